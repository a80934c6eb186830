"""The command that runs a transposed convolution."""

from __future__ import annotations

from typing import Any

import numpy as np

from convviz import inputs, ops
from convviz.cli import arrays, job, typed
from convviz.cli import options as o
from convviz.cli.app import ARRAY, DRAW, only
from convviz.cli.arrays import Say
from convviz.errors import SettingError
from convviz.like import Stamped, settle
from convviz.trace import Trace
from convviz.window import Window, per_axis

WINDOW = ("stride", "padding", "output_padding", "output_size", "dilation", "like")
TRANSPOSE = (*ARRAY, *WINDOW, "kernel", "kernel_size", "filters", "groups", "bias", "upsample")


def transpose(
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
    upsample: o.Upsample = None,
    stride: o.Stride = None,
    padding: o.Crop = None,
    output_padding: o.OutputPadding = None,
    output_size: o.OutputSize = None,
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
    """Stamp a kernel on the output, once for each input cell: the transpose of a convolution."""
    options: dict[str, Any] = dict(locals())
    chosen = only(options, TRANSPOSE)
    make = job.changing(transposed, chosen)
    job.run(make, explore=explore, settings=chosen, **only(options, (*DRAW, "view")))


def explain_transpose(
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
    upsample: o.Upsample = None,
    stride: o.Stride = None,
    padding: o.Crop = None,
    output_padding: o.OutputPadding = None,
    output_size: o.OutputSize = None,
    dilation: o.Dilation = None,
    like: o.Like = None,
    json: o.Json = False,
    quiet: o.Quiet = False,
    force: o.Force = False,
) -> None:
    """Say what a transposed convolution's settings lead to."""
    options: dict[str, Any] = dict(locals())
    job.explain(lambda say: transposed(say=say, **only(options, TRANSPOSE)), quiet, json=json)


def transposed(
    *,
    input: str | None,
    seed: str | None,
    resize: str | None,
    channels: str | None,
    interleave: bool,
    color: bool,
    sample: str | None,
    kernel: str | None,
    kernel_size: str | None,
    filters: str | None,
    groups: str | None,
    bias: str | None,
    upsample: str | None,
    stride: str | None,
    padding: str | None,
    output_padding: str | None,
    output_size: str | None,
    dilation: str | None,
    like: str | None,
    force: bool,
    say: Say,
) -> Trace:
    """Run the transposed convolution that was typed."""
    made_of = arrays.channels_made(channels, interleave, force)
    loaded = arrays.load(input, seed, resize, made_of, color, sample, force)
    if upsample is not None:
        said = {"kernel": kernel, "kernel-size": kernel_size, "filters": filters, "stride": stride}
        said |= {"dilation": dilation, "padding": padding, "output-padding": output_padding, "groups": groups}
        for name, value in (said | {"output-size": output_size, "bias": bias}).items():
            if value is not None:
                raise SettingError(f"{name} {value} and upsample {upsample} both say what is stamped: leave one out")
        factors = per_axis("upsample", typed.whole("upsample", upsample), 2 if loaded is None else min(loaded.rank, 2))
        inputs.check_memory(arrays.product(factors), force, f"upsample {upsample}")
        kernels = arrays.Kernels(np.ones(factors, dtype=np.int64), "kernel of ones")
        stride = ",".join(map(str, factors))
    else:
        kernels = arrays.kernel_of(kernel, kernel_size, 2 if loaded is None else min(loaded.rank, 2), force)
    weight, rank = kernels.array, kernels.rank
    if rank == 1 and (loaded is None or loaded.rank > 1):
        weight, rank = weight.reshape(1, -1), 2
    planes = made_of.number if made_of else loaded.planes(rank) if loaded else 1
    divided = arrays.groups_of(groups, planes)
    if filters is not None or (kernels.sized and (channels is not None or groups is not None)):
        weight = arrays.made_up(kernels, weight.shape, filters, divided, planes, seed, force, say, transposed=True)
    elif seed is not None and not (input or "").startswith("random"):
        raise SettingError(f"seed {seed} means nothing here: it belongs to --input random:3x3, or to --filters")
    elif planes > 1 and weight.ndim == rank:
        say("kernel: applied to each channel by itself")
    share = divided if weight.ndim > rank or groups is not None else 1
    settings: dict[str, Any] = {
        "stride": per_axis("stride", typed.whole("stride", stride), rank),
        "padding": arrays.pads_of(padding, rank),
        "output_padding": per_axis("output_padding", typed.whole("output-padding", output_padding, 0), rank, least=0),
        "output_size": None
        if output_size is None
        else per_axis("output_size", typed.sizes("output-size", output_size), rank),
        "dilation": per_axis("dilation", typed.whole("dilation", dilation), rank),
    }

    def window(size: tuple[int, ...]) -> Window:
        asked = Stamped("conv_transpose", size, weight.shape[weight.ndim - rank :], groups=share, **settings)
        return settle(asked, like).window()

    loaded = loaded or arrays.ramp((3 if rank < 3 else 2,) * rank, made_of)
    x = arrays.placed(loaded, rank, sample, say)
    many = weight.shape[1] * divided if weight.ndim > rank else 1
    arrays.check(window(x.shape[x.ndim - rank :]), x, many, force)
    shift = None if bias is None else [typed.number("bias", part) for part in bias.split(",")]
    operation = (ops.conv_transpose1d, ops.conv_transpose2d, ops.conv_transpose3d)[rank - 1]
    return operation(x, weight, shift, groups=share, like=like, **settings)
