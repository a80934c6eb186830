"""The commands: what can be typed, and what each does with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Annotated, Any, TypeAlias

import typer

from convviz.cli import options as o
from convviz.cli.texts import Command, Group

KINDS = "max, avg, min, lp, adaptive-max, adaptive-avg, global-max or global-avg"
Kind = Annotated[str, typer.Argument(metavar="KIND", help=f"What becomes of a window: {KINDS}.")]


def convviz(
    version: Annotated[bool, typer.Option("--version", help="Print the version and end.")] = False,
) -> None:
    """Pictures of what convolution and pooling do, step by step, with the right numbers."""
    if version:
        from convviz import __version__

        print(f"convviz {__version__}")
        raise typer.Exit


def conv(
    input: o.Input = None,
    seed: o.Seed = None,
    resize: o.Resize = None,
    channels: o.Channels = None,
    interleave: o.Interleave = False,
    color: o.Color = False,
    sample: o.Sample = None,
    kernel: o.Kernel = None,
    kernel_size: o.KernelSize = None,
    filters: o.Filters = None,
    groups: o.Groups = None,
    bias: o.Bias = None,
    flip_kernel: o.Flip = False,
    stride: o.Stride = None,
    padding: o.Padding = None,
    padding_mode: o.PaddingMode = None,
    padding_value: o.PaddingValue = None,
    dilation: o.Dilation = None,
    like: o.Like = None,
    view: o.View = None,
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
    explore: o.Explore = None,
    json: o.Json = False,
    code: o.Code = None,
    alt: o.Alt = False,
    transcript: o.Transcript = False,
    quiet: o.Quiet = False,
    force: o.Force = False,
) -> None:
    """Slide a kernel over an input: each output is a weighted sum of what the kernel covers."""
    from convviz.cli import job

    typed = dict(locals())
    chosen = only(typed, CONV)
    make = job.changing(job.convolution, chosen)
    job.run(make, explore=explore, settings=chosen, **only(typed, (*DRAW, "view")))


def pool(
    kind: Kind,
    input: o.Input = None,
    seed: o.Seed = None,
    resize: o.Resize = None,
    channels: o.Channels = None,
    interleave: o.Interleave = False,
    color: o.Color = False,
    sample: o.Sample = None,
    pool_size: o.PoolSize = None,
    stride: o.PoolStride = None,
    padding: o.Padding = None,
    dilation: o.Dilation = None,
    like: o.Like = None,
    ceil_mode: o.CeilMode = False,
    count_include_pad: o.CountPad = None,
    norm_type: o.NormType = None,
    output_size: o.BinCount = None,
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
    explore: o.Explore = None,
    json: o.Json = False,
    code: o.Code = None,
    alt: o.Alt = False,
    transcript: o.Transcript = False,
    quiet: o.Quiet = False,
    force: o.Force = False,
) -> None:
    """Slide a window over an input: each output is the largest, smallest or average value in it."""
    from convviz.cli import job

    typed = dict(locals())
    chosen = only(typed, POOL)
    make = job.changing(job.pooling, chosen)
    job.run(make, explore=explore, settings=chosen, **only(typed, DRAW))


def explain_conv(
    input: o.Input = None,
    seed: o.Seed = None,
    resize: o.Resize = None,
    channels: o.Channels = None,
    interleave: o.Interleave = False,
    color: o.Color = False,
    sample: o.Sample = None,
    kernel: o.Kernel = None,
    kernel_size: o.KernelSize = None,
    filters: o.Filters = None,
    groups: o.Groups = None,
    bias: o.Bias = None,
    flip_kernel: o.Flip = False,
    stride: o.Stride = None,
    padding: o.Padding = None,
    padding_mode: o.PaddingMode = None,
    padding_value: o.PaddingValue = None,
    dilation: o.Dilation = None,
    like: o.Like = None,
    json: o.Json = False,
    quiet: o.Quiet = False,
    force: o.Force = False,
) -> None:
    """Say what a convolution's settings lead to."""
    from convviz.cli import job

    typed = dict(locals())
    job.explain(lambda say: job.convolution(say=say, **only(typed, CONV)), quiet, json=json)


def explain_pool(
    kind: Kind,
    input: o.Input = None,
    seed: o.Seed = None,
    resize: o.Resize = None,
    channels: o.Channels = None,
    interleave: o.Interleave = False,
    color: o.Color = False,
    sample: o.Sample = None,
    pool_size: o.PoolSize = None,
    stride: o.PoolStride = None,
    padding: o.Padding = None,
    dilation: o.Dilation = None,
    like: o.Like = None,
    ceil_mode: o.CeilMode = False,
    count_include_pad: o.CountPad = None,
    norm_type: o.NormType = None,
    output_size: o.BinCount = None,
    json: o.Json = False,
    quiet: o.Quiet = False,
    force: o.Force = False,
) -> None:
    """Say what a pooling's settings lead to."""
    from convviz.cli import job

    typed = dict(locals())
    job.explain(lambda say: job.pooling(say=say, **only(typed, POOL)), quiet, json=json)


def kernels() -> None:
    """List the kernels that have a name."""
    from convviz.cli import job

    job.kernels()


ARRAY = ("input", "seed", "resize", "channels", "interleave", "color", "sample", "force")
WINDOW = ("stride", "padding", "dilation", "like")
KERNEL = ("kernel", "kernel_size", "filters", "groups", "bias", "flip_kernel")
CONV = (*ARRAY, *WINDOW, *KERNEL, "padding_mode", "padding_value")
POOL = (*ARRAY, *WINDOW, "kind", "pool_size", "ceil_mode", "count_include_pad", "norm_type", "output_size")
STEPS = ("step", "steps", "strip", "all_steps", "step_seconds", "hold")
FIGURE = (*STEPS, "theme", "width", "title", "no_values", "shade", "blank", "solution")
DRAW = (*FIGURE, "output", "format", "json", "code", "alt", "transcript", "quiet", "force")


def only(typed: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """Return those of the options typed that have such names."""
    return {name: typed[name] for name in names}


# What is called, or the module and the name where that is found once it is asked for; and an example.
Commands: TypeAlias = Mapping[str, tuple[Callable[..., None] | str, str]]
COMMANDS: Commands = {
    "conv": (conv, "convviz conv --input photo.png --resize 12x12 --kernel sobel-x -o edges.gif"),
    "pool": (pool, "convviz pool max --input example -o max.gif"),
    "transpose": (
        "convviz.cli.transpose:transpose",
        "convviz transpose --stride 2 --padding 1 --output-padding 1 --kernel gaussian -o up.gif",
    ),
    "unpool": ("convviz.cli.unpool:unpool", "convviz unpool --input example --pool-size 2 -o unpool.gif"),
    "explore": ("convviz.cli.explore:explore", "convviz explore -o conv.html"),
    "kernels": (kernels, "convviz conv --kernel scharr-y --padding 1"),
    "lesson": ("convviz.cli.lesson:lesson", "convviz lesson --theme dark -o figures"),
    "gallery": ("convviz.cli.gallery:gallery", "convviz gallery padding_strides --theme dark -o strided.gif"),
    "kernel": (
        "convviz.cli.layers:kernel",
        "convviz kernel --kernel '1 2; 3 4' --dilation 2 -o dilated.png",
    ),
    "activation": ("convviz.cli.layers:activation", "convviz activation relu tanh sigmoid softmax -o activations.png"),
    "dropout": ("convviz.cli.layers:dropout", "convviz dropout --rate 0.2 --seed 1 -o dropout.gif"),
    "dense": ("convviz.cli.layers:dense", "convviz dense --input '1 3 0 2' --units 3 -o dense.gif"),
    "flatten": ("convviz.cli.layers:flatten", "convviz flatten --input 4x4 --channels 2 --units 10 -o flatten.gif"),
    "batchnorm": ("convviz.cli.layers:batchnorm", "convviz batchnorm --input random:3x3 --channels 2 -o batchnorm.gif"),
    "network": ("convviz.cli.network:network", "convviz network lenet -o lenet.gif"),
    "pipeline": (
        "convviz.cli.pipeline:pipeline",
        "convviz pipeline 'conv 3x3 sobel-x | relu | max 2x2' -o edges.gif",
    ),
}
PASSED_ON = {"gallery": {"allow_extra_args": True, "ignore_unknown_options": True}}  # what follows is another's
EXPLAINED: Commands = {
    "conv": (explain_conv, "convviz explain conv --input 28x28 --kernel 5x5 --stride 2 --padding same"),
    "pool": (explain_pool, "convviz explain pool max --input 7x7 --pool-size 3 --stride 2 --ceil-mode"),
    "transpose": (
        "convviz.cli.transpose:explain_transpose",
        "convviz explain transpose --input 4x4 --stride 2 --padding same",
    ),
    "unpool": ("convviz.cli.unpool:explain_unpool", "convviz explain unpool --input 7x7 --pool-size 3 --stride 2"),
}


def app(asked: str = "") -> typer.Typer:
    """Return the command line: with the one command that is asked for, or, where that is none, with all of them.

    Making an option takes most of a millisecond, and there are many.
    """
    made = typer.Typer(
        cls=Group,
        no_args_is_help=True,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        epilog="Example:  convviz conv --stride 2 --dilation 2 -o out.gif",
    )
    made.callback(invoke_without_command=True)(convviz)
    alone = asked in COMMANDS or asked == "explain"
    _add(made, {asked: COMMANDS[asked]} if asked in COMMANDS else {} if alone else COMMANDS)
    if asked == "explain" or not alone:
        explain = typer.Typer(
            cls=Group,
            help="Say what settings lead to: sizes, formula, padding, what is never read. No picture.",
            no_args_is_help=True,
        )
        _add(explain, EXPLAINED)
        made.add_typer(explain, name="explain")
    return made


def _add(app: typer.Typer, commands: Commands) -> None:
    for name, (command, example) in commands.items():
        if isinstance(command, str):
            module, _, called = command.partition(":")
            command = getattr(import_module(module), called)  # noqa: PLW2901 (what it names)
        app.command(name, cls=Command, epilog=f"Example:  {example}", context_settings=PASSED_ON.get(name))(command)
