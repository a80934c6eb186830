"""The commands: what can be typed, and what each does with it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from convviz.cli import options as o

app = typer.Typer(
    help="Pictures of what convolution and pooling do, step by step, with the right numbers.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Example:  convviz conv --stride 2 --dilation 2 -o out.gif",
)
explain = typer.Typer(
    help="Say what settings lead to: sizes, formula, padding, what is never read. No picture.", no_args_is_help=True
)
app.add_typer(explain, name="explain")

KINDS = "max, avg, min, global-max or global-avg"
Kind = Annotated[str, typer.Argument(metavar="KIND", help=f"What becomes of a window: {KINDS}.")]


@app.callback(invoke_without_command=True)
def convviz(
    version: Annotated[bool, typer.Option("--version", help="Print the version and end.")] = False,
) -> None:
    """Pictures of what convolution and pooling do, step by step, with the right numbers."""
    if version:
        from convviz import __version__

        print(f"convviz {__version__}")
        raise typer.Exit


@app.command(epilog="Example:  convviz conv --input photo.png --resize 12x12 --kernel sobel-x -o edges.gif")
def conv(
    input: o.Input = None,
    seed: o.Seed = None,
    resize: o.Resize = None,
    kernel: o.Kernel = None,
    kernel_size: o.KernelSize = None,
    bias: o.Bias = None,
    flip_kernel: o.Flip = False,
    stride: o.Stride = None,
    padding: o.Padding = None,
    padding_mode: o.PaddingMode = None,
    padding_value: o.PaddingValue = None,
    dilation: o.Dilation = None,
    step: o.StepNumber = None,
    theme: o.ThemeName = None,
    step_seconds: o.StepSeconds = None,
    hold: o.Hold = None,
    width: o.Width = None,
    title: o.Title = None,
    no_values: o.NoValues = False,
    all_steps: o.AllSteps = False,
    output: o.Output = None,
    format: o.Format = None,
    json: o.Json = False,
    quiet: o.Quiet = False,
    force: o.Force = False,
) -> None:
    """Slide a kernel over an input: each output is a weighted sum of what the kernel covers."""
    from convviz.cli import job

    typed = dict(locals())
    job.run(lambda say: job.convolution(say=say, **_only(typed, CONV)), **_only(typed, DRAW))


@app.command(epilog="Example:  convviz pool max --input example -o max.gif")
def pool(
    kind: Kind,
    input: o.Input = None,
    seed: o.Seed = None,
    resize: o.Resize = None,
    pool_size: o.PoolSize = None,
    stride: o.PoolStride = None,
    padding: o.Padding = None,
    dilation: o.Dilation = None,
    ceil_mode: o.CeilMode = False,
    no_count_include_pad: o.NoCountPad = False,
    step: o.StepNumber = None,
    theme: o.ThemeName = None,
    step_seconds: o.StepSeconds = None,
    hold: o.Hold = None,
    width: o.Width = None,
    title: o.Title = None,
    no_values: o.NoValues = False,
    all_steps: o.AllSteps = False,
    output: o.Output = None,
    format: o.Format = None,
    json: o.Json = False,
    quiet: o.Quiet = False,
    force: o.Force = False,
) -> None:
    """Slide a window over an input: each output is the largest, smallest or average value in it."""
    from convviz.cli import job

    typed = dict(locals())
    job.run(lambda say: job.pooling(say=say, **_only(typed, POOL)), **_only(typed, DRAW))


@explain.command("conv", epilog="Example:  convviz explain conv --input 28x28 --kernel 5x5 --stride 2 --padding same")
def explain_conv(
    input: o.Input = None,
    seed: o.Seed = None,
    resize: o.Resize = None,
    kernel: o.Kernel = None,
    kernel_size: o.KernelSize = None,
    bias: o.Bias = None,
    flip_kernel: o.Flip = False,
    stride: o.Stride = None,
    padding: o.Padding = None,
    padding_mode: o.PaddingMode = None,
    padding_value: o.PaddingValue = None,
    dilation: o.Dilation = None,
    quiet: o.Quiet = False,
    force: o.Force = False,
) -> None:
    """Say what a convolution's settings lead to."""
    from convviz.cli import job

    typed = dict(locals())
    job.explain(lambda say: job.convolution(say=say, **_only(typed, CONV)), quiet)


@explain.command("pool", epilog="Example:  convviz explain pool max --input 7x7 --pool-size 3 --stride 2 --ceil-mode")
def explain_pool(
    kind: Kind,
    input: o.Input = None,
    seed: o.Seed = None,
    resize: o.Resize = None,
    pool_size: o.PoolSize = None,
    stride: o.PoolStride = None,
    padding: o.Padding = None,
    dilation: o.Dilation = None,
    ceil_mode: o.CeilMode = False,
    no_count_include_pad: o.NoCountPad = False,
    quiet: o.Quiet = False,
    force: o.Force = False,
) -> None:
    """Say what a pooling's settings lead to."""
    from convviz.cli import job

    typed = dict(locals())
    job.explain(lambda say: job.pooling(say=say, **_only(typed, POOL)), quiet)


@app.command(epilog="Example:  convviz conv --kernel scharr-y --padding 1")
def kernels() -> None:
    """List the kernels that have a name."""
    from convviz.cli import job

    job.kernels()


ARRAY = ("input", "seed", "resize", "force")
WINDOW = ("stride", "padding", "dilation")
CONV = (*ARRAY, *WINDOW, "kernel", "kernel_size", "bias", "flip_kernel", "padding_mode", "padding_value")
POOL = (*ARRAY, *WINDOW, "kind", "pool_size", "ceil_mode", "no_count_include_pad")
FIGURE = ("step", "theme", "step_seconds", "hold", "width", "title", "no_values", "all_steps")
DRAW = (*FIGURE, "output", "format", "json", "quiet", "force")


def _only(typed: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: typed[name] for name in names}
