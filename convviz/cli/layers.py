"""The commands for layers that are no sliding windows: activations, dropout, dense, flatten, batch normalisation."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

import typer

from convviz.cli import options as o
from convviz.cli.app import ARRAY

SETTINGS = "Layer"


def _option(name: str, metavar: str, help: str) -> Any:
    return typer.Option(name, metavar=metavar, rich_help_panel=SETTINGS, help=help)


Names: TypeAlias = Annotated[
    list[str],
    typer.Argument(
        metavar="NAME...",
        help="relu, leaky-relu, elu, gelu, gelu-tanh, silu, softplus, mish, tanh, sigmoid, hard-sigmoid, hard-swish or "
        "softmax; several are compared; all: each of them.",
    ),
]
Slope: TypeAlias = Annotated[
    str | None, _option("--negative-slope", "NUMBER", "Of leaky-relu, below 0.  (default: 0.01)")
]
Alpha: TypeAlias = Annotated[str | None, _option("--alpha", "NUMBER", "Of elu, its depth.  (default: 1)")]
Approximate: TypeAlias = Annotated[str | None, _option("--approximate", "HOW", "Of gelu: none or tanh.")]
Dim: TypeAlias = Annotated[str | None, _option("--dim", "N", "Of softmax: the axis it runs along.  (default: -1)")]
Together: TypeAlias = Annotated[
    bool,
    typer.Option("--together", rich_help_panel=o.FIGURE, help="Draw all curves on one pair of axes."),
]
Reach: TypeAlias = Annotated[
    str | None,
    typer.Option("--reach", metavar="NUMBER", rich_help_panel=o.FIGURE, help="x runs from -N to N.  (default: 5)"),
]
Rate: TypeAlias = Annotated[
    str | None, _option("--rate", "P", "The part that is dropped, 0 or more and less than 1.  (default: 0.5)")
]
Seed: TypeAlias = Annotated[
    str | None, _option("--seed", "N", "Seed of the mask, and of an input that is random.  (default: 0)")
]
Between: TypeAlias = Annotated[
    str | None, _option("--dense", "N,M", "Between dense layers of so many units, instead of on a grid: 6,4.")
]
Passes: TypeAlias = Annotated[str | None, _option("--passes", "N", "Passes of training, with --dense.  (default: 5)")]
Weight: TypeAlias = Annotated[
    str | None, _option("--weight", "WHAT", "A row for each unit: '1 0 2; -1 1 1', or a file.  (default: made up)")
]
Units: TypeAlias = Annotated[str | None, _option("--units", "N", "Units of the dense layer.")]
Order: TypeAlias = Annotated[
    str | None, _option("--order", "HOW", "torch: channels, rows, columns; keras: rows, columns, channels.")
]
Bias: TypeAlias = Annotated[
    str | None, _option("--bias", "NUMBER", "Added to each output; one per unit: 1,2; none: 0.  (default: made up)")
]
Gamma: TypeAlias = Annotated[
    str | None, _option("--weight", "NUMBER", "The scale, gamma; one per channel: 2,1.  (default: 1)")
]
Beta: TypeAlias = Annotated[
    str | None, _option("--bias", "NUMBER", "The shift, beta; one per channel: 1,0.  (default: 0)")
]
Eps: TypeAlias = Annotated[
    str | None, _option("--eps", "NUMBER", "Added to the variance: 1e-5 as in PyTorch, 1e-3 as in Keras.")
]
FIGURE = ("theme", "width", "title", "step", "all_steps", "step_seconds", "hold")
OUTPUT = ("output", "format", "json", "alt", "quiet", "force")


def activation(
    names: Names,
    negative_slope: Slope = None,
    alpha: Alpha = None,
    approximate: Approximate = None,
    dim: Dim = None,
    input: o.Input = None,
    seed: o.Seed = None,
    resize: o.Resize = None,
    channels: o.Channels = None,
    interleave: o.Interleave = False,
    color: o.Color = False,
    sample: o.Sample = None,
    together: Together = False,
    reach: Reach = None,
    step: o.StepNumber = None,
    steps: o.Steps = None,
    strip: o.Strip = None,
    theme: o.ThemeName = None,
    step_seconds: o.StepSeconds = None,
    hold: o.Hold = None,
    width: o.Width = None,
    title: o.Title = None,
    no_values: o.NoValues = False,
    shade: o.Shade = False,
    blank: o.Blank = None,
    solution: o.Solution = False,
    all_steps: o.AllSteps = False,
    output: o.Output = None,
    format: o.Format = None,
    json: o.Json = False,
    alt: o.Alt = False,
    transcript: o.Transcript = False,
    quiet: o.Quiet = False,
    force: o.Force = False,
) -> None:
    """Plot activation functions with their slopes; with --input, or as a .gif, apply one cell by cell."""
    from convviz.cli import curves

    typed = dict(locals())
    own = {name: typed[name] for name in ("negative_slope", "alpha", "approximate", "dim")}
    array = {name: typed[name] for name in ARRAY}
    rest = {name: value for name, value in typed.items() if name not in {*own, *ARRAY, "names", "curves"}}
    curves.run(names, array, own, {**rest, "force": force})


def dropout(
    rate: Rate = None,
    seed: Seed = None,
    between: Between = None,
    passes: Passes = None,
    input: o.Input = None,
    resize: o.Resize = None,
    step: o.StepNumber = None,
    theme: o.ThemeName = None,
    step_seconds: o.StepSeconds = None,
    hold: o.Hold = None,
    width: o.Width = None,
    title: o.Title = None,
    all_steps: o.AllSteps = False,
    output: o.Output = None,
    format: o.Format = None,
    json: o.Json = False,
    alt: o.Alt = False,
    quiet: o.Quiet = False,
    force: o.Force = False,
) -> None:
    """Drop cells at random and scale what is kept: the mask, training against inference."""
    from convviz.cli import layering, picture

    typed = dict(locals())
    own = {name: typed[name] for name in ("rate", "seed", "between", "passes", "input", "resize", "force")}
    picture.run(lambda say: layering.dropout(say=say, **own), **_drawn(typed))


def dense(
    input: o.Input = None,
    seed: o.Seed = None,
    weight: Weight = None,
    units: Units = None,
    bias: Bias = None,
    step: o.StepNumber = None,
    theme: o.ThemeName = None,
    step_seconds: o.StepSeconds = None,
    hold: o.Hold = None,
    width: o.Width = None,
    title: o.Title = None,
    all_steps: o.AllSteps = False,
    output: o.Output = None,
    format: o.Format = None,
    json: o.Json = False,
    alt: o.Alt = False,
    transcript: o.Transcript = False,
    quiet: o.Quiet = False,
    force: o.Force = False,
) -> None:
    """Multiply a vector with a matrix: every unit adds up all inputs, each times a weight, and a bias."""
    from convviz.cli import job, layering

    typed = dict(locals())
    own = {name: typed[name] for name in ("input", "seed", "weight", "units", "bias", "force")}
    walk: dict[str, Any] = {
        "steps": None,
        "strip": None,
        "no_values": False,
        "shade": False,
        "blank": None,
        "solution": False,
    }
    job.run(lambda say: layering.dense(say=say, **own), **walk, **_drawn(typed), transcript=transcript)


def flatten(
    input: o.Input = None,
    seed: o.Seed = None,
    channels: o.Channels = None,
    interleave: o.Interleave = False,
    sample: o.Sample = None,
    order: Order = None,
    units: Units = None,
    step: o.StepNumber = None,
    theme: o.ThemeName = None,
    step_seconds: o.StepSeconds = None,
    hold: o.Hold = None,
    width: o.Width = None,
    title: o.Title = None,
    all_steps: o.AllSteps = False,
    output: o.Output = None,
    format: o.Format = None,
    json: o.Json = False,
    alt: o.Alt = False,
    quiet: o.Quiet = False,
    force: o.Force = False,
) -> None:
    """Put feature maps in one line, beside global pooling, with the parameters of the dense layer that follows."""
    from convviz.cli import layering, picture

    typed = dict(locals())
    own = {name: typed[name] for name in ("order", "units")}
    array = {name: typed[name] for name in ("input", "seed", "channels", "interleave", "sample", "force")}
    picture.run(lambda say: layering.flatten(array=array, say=say, **own), **_drawn(typed))


def batchnorm(
    input: o.Input = None,
    seed: o.Seed = None,
    channels: o.Channels = None,
    interleave: o.Interleave = False,
    weight: Gamma = None,
    bias: Beta = None,
    eps: Eps = None,
    step: o.StepNumber = None,
    theme: o.ThemeName = None,
    step_seconds: o.StepSeconds = None,
    hold: o.Hold = None,
    width: o.Width = None,
    title: o.Title = None,
    all_steps: o.AllSteps = False,
    output: o.Output = None,
    format: o.Format = None,
    json: o.Json = False,
    alt: o.Alt = False,
    quiet: o.Quiet = False,
    force: o.Force = False,
) -> None:
    """Normalise every channel by its mean and variance, then scale and shift it."""
    from convviz.cli import layering, picture

    typed = dict(locals())
    own = {name: typed[name] for name in ("weight", "bias", "eps")}
    array = {name: typed[name] for name in ("input", "seed", "channels", "interleave", "force")}
    picture.run(lambda say: layering.batchnorm(array=array, say=say, **own), **_drawn(typed))


def kernel(
    kernel: o.Kernel = None,
    kernel_size: o.KernelSize = None,
    dilation: o.Dilation = None,
    theme: o.ThemeName = None,
    width: o.Width = None,
    title: o.Title = None,
    output: o.Output = None,
    format: o.Format = None,
    json: o.Json = False,
    alt: o.Alt = False,
    quiet: o.Quiet = False,
    force: o.Force = False,
) -> None:
    """Show a kernel beside its dilated form: zeros between its weights."""
    from convviz.cli import layering, picture

    typed = dict(locals())
    own = {name: typed[name] for name in ("kernel", "kernel_size", "dilation", "force")}
    picture.run(lambda say: layering.dilated(say=say, **own), **_drawn(typed))


def _drawn(typed: dict[str, Any]) -> dict[str, Any]:
    """Return the options of the figure and of the output."""
    return {name: typed[name] for name in (*FIGURE, *OUTPUT) if name in typed}
