"""The command that puts back what max pooling took."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from convviz import inputs, ops
from convviz.cli import arrays, job, typed
from convviz.cli import options as o
from convviz.cli.app import ARRAY, DRAW, only
from convviz.cli.arrays import Say
from convviz.errors import SettingError
from convviz.exact import Array, as_numbers
from convviz.like import over_all
from convviz.trace import Trace
from convviz.window import Window, per_axis, slide, unpooled

UNPOOL = (*ARRAY, "indices", "pool_size", "stride", "padding", "output_size", "like")


def unpool(
    input: o.Input = None,
    seed: o.Seed = None,
    resize: o.Resize = None,
    channels: o.Channels = None,
    interleave: o.Interleave = False,
    color: o.Color = False,
    sample: o.Sample = None,
    indices: o.Indices = None,
    pool_size: o.PoolSize = None,
    stride: o.PoolStride = None,
    padding: o.Padding = None,
    output_size: o.PooledSize = None,
    like: o.Like = None,
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
    code: o.Code = None,
    alt: o.Alt = False,
    transcript: o.Transcript = False,
    quiet: o.Quiet = False,
    force: o.Force = False,
) -> None:
    """Put each value back where max pooling found it, and 0 everywhere else."""
    options: dict[str, Any] = dict(locals())
    job.run(lambda say: unpooling(say=say, **only(options, UNPOOL)), **only(options, DRAW))


def explain_unpool(
    input: o.Input = None,
    seed: o.Seed = None,
    resize: o.Resize = None,
    channels: o.Channels = None,
    interleave: o.Interleave = False,
    color: o.Color = False,
    sample: o.Sample = None,
    indices: o.Indices = None,
    pool_size: o.PoolSize = None,
    stride: o.PoolStride = None,
    padding: o.Padding = None,
    output_size: o.PooledSize = None,
    like: o.Like = None,
    json: o.Json = False,
    quiet: o.Quiet = False,
    force: o.Force = False,
) -> None:
    """Say what an unpooling's settings lead to."""
    options: dict[str, Any] = dict(locals())
    job.explain(lambda say: unpooling(say=say, **only(options, UNPOOL)), quiet, json=json)


def unpooling(
    *,
    input: str | None,
    seed: str | None,
    resize: str | None,
    channels: str | None,
    interleave: bool,
    color: bool,
    sample: str | None,
    indices: str | None,
    pool_size: str | None,
    stride: str | None,
    padding: str | None,
    output_size: str | None,
    like: str | None,
    force: bool,
    say: Say,
) -> Trace:
    """Run the unpooling that was typed; without indices, of what max pooling makes of the input."""
    made_of = arrays.channels_made(channels, interleave, force)
    loaded = arrays.load(input, seed, resize, made_of, color, sample, force)
    if seed is not None and not (input or "").startswith("random"):
        raise SettingError(f"seed {seed} means nothing here: it belongs to --input random:4x4")
    if output_size is not None and indices is None:
        raise SettingError(
            f"output-size {output_size} means nothing without --indices: the input is pooled first, and sets the size"
        )
    if indices is not None and loaded is None:
        raise SettingError("indices mean nothing without --input, the values that they belong to: add --input")
    size = typed.sizes("pool-size", pool_size) if pool_size is not None else (2,)
    if len(size) > 3:
        raise SettingError(f"pool-size {pool_size} has {len(size)} sizes: give at most 3, such as 2x2")
    rank = len(size) if len(size) > 1 else min(loaded.rank, 2) if loaded else 2
    kernel = per_axis("pool-size", size, rank)
    strides = None if stride is None else typed.whole("stride", stride)
    pads = arrays.pads_of(padding, rank)
    goal = None if output_size is None else typed.sizes("output-size", output_size)

    def window(size: tuple[int, ...]) -> Window:
        if indices is None:
            return slide(size, kernel, stride=strides, padding=pads, dilation=1)
        return unpooled(size, kernel, strides, pads, goal)

    given = loaded or arrays.example((4,) * rank, made_of)
    x = arrays.placed(given, rank, sample, say)
    shape = x.shape[x.ndim - rank :]
    arrays.check(window(shape), x, 1, force)
    operation = (ops.max_unpool1d, ops.max_unpool2d, ops.max_unpool3d)[rank - 1]
    if indices is not None:
        found = _indices(indices, x.shape, force)
        return operation(x, found, kernel, stride=strides, padding=pads, output_size=goal, like=like)
    pool = (ops.max_pool1d, ops.max_pool2d, ops.max_pool3d)[rank - 1]
    pooled = pool(x, kernel, stride=strides, padding=pads, like=like)
    kept = pooled.indices
    if kept is not None and over_all(like, "max_unpool"):
        lead = x.shape[: x.ndim - rank]
        planes = np.arange(arrays.product(lead)).reshape(*lead, *[1] * rank)
        kept = kept + planes * arrays.product(shape)
    say("no --indices: the input is max pooled first, and unpooled from what that keeps")
    return operation(pooled.output, kept, kernel, stride=strides, padding=pads, output_size=shape, like=like)


def _indices(text: str, shape: tuple[int, ...], force: bool) -> Array:
    """Return the indices that were typed, in the shape of the input where they have as many cells."""
    if inputs.is_inline(text):
        found = inputs.numbers(text, "indices")
    else:
        found = as_numbers(inputs.read(Path(text), "indices", force).array, f"indices {text!r}")
    if found.dtype.kind == "f" and bool((found == found.round()).all()):
        found = found.astype("int64")
    return found.reshape(shape) if found.size == arrays.product(shape) else found
