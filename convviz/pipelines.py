"""Stages one after another: what one makes, the next reads; a trace of each, and the way of one cell through all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from convviz import ops
from convviz import words_network as words
from convviz.activations import NAMES as ACTIVATIONS
from convviz.errors import SettingError
from convviz.exact import Array, as_numbers
from convviz.inputs import check_memory
from convviz.kernels import kernel as named_kernel
from convviz.kernels import made_up
from convviz.language import Layer, parse, refuse
from convviz.networks import read_by
from convviz.numbers import times
from convviz.trace import Step, Trace
from convviz.window import Window, per_axis, slide, stamps
from convviz.words import undivided

POOLS = {"max": "max_pool", "avg": "avg_pool", "min": "min_pool", "lp": "lp_pool"}
ADAPTIVE = {"adaptive-max": "adaptive_max_pool", "adaptive-avg": "adaptive_avg_pool"}
CONVOLUTIONS = ("conv", "transpose")
GLOBALS = {"global-max": "global_max_pool", "global-avg": "global_avg_pool"}
MOST_STAGES = 12
Cells: TypeAlias = tuple[tuple[int, ...], ...]  # of a map, rising, on each axis: channels, rows, columns


class Way(NamedTuple):
    """The way of one output cell: the step of each stage that leads to it, and all that it comes of on every map.

    ``regions`` has one entry more than ``steps``: of the input first, then of what each stage makes.
    """

    steps: tuple[Step, ...]
    regions: tuple[Cells, ...]


@dataclass(frozen=True)
class Pipeline:
    """Stages with the trace of each.

    >>> made = pipeline("conv 2x2 identity | relu | max 2x2", [[1, -2, 3], [-4, 5, -6], [7, -8, 9]])
    >>> [trace.output.tolist() for trace in made.traces]
    [[[1, -2], [-4, 5]], [[1, 0], [0, 5]], [[5]]]
    """

    stages: tuple[Layer, ...]
    traces: tuple[Trace, ...]

    @property
    def input(self) -> Array:
        """What goes in."""
        return self.traces[0].input

    @property
    def output(self) -> Array:
        """What comes out."""
        return self.traces[-1].output

    @cached_property
    def maps(self) -> tuple[Array, ...]:
        """The input and what each stage makes of it, each (channels, rows, columns); one axis is a row."""
        arrays = [self.traces[0].planes_in[0], *(trace.planes_out[0] for trace in self.traces)]
        return tuple(array.reshape(len(array), -1, array.shape[-1]) for array in arrays)

    @property
    def names(self) -> tuple[str, ...]:
        """What each stage is called."""
        return tuple(_name(layer, trace) for layer, trace in zip(self.stages, self.traces, strict=True))

    def way(self, index: int) -> Way:
        """Return the way of one output cell, counted as the steps of the last trace are.

        Where a stage picks a value, the way goes through the one picked, else through the channel that adds most
        and there through the middle of all that adds something.

        >>> made = pipeline("conv 2x2 identity | relu | max 2x2", [[1, -2, 3], [-4, 5, -6], [7, -8, 9]])
        >>> [step.position for step in made.way(0).steps]
        [(1, 1), (1, 1), (0, 0)]
        """
        step = self.traces[-1][index]
        steps, regions = [step], [_cells(step.trace, step.position)]
        for trace, before in zip(self.traces[::-1], (*self.traces[-2::-1], None), strict=True):
            regions.append(_back(trace, regions[-1]))
            if before is not None:
                place = through(steps[-1])
                steps.append(before[int(np.ravel_multi_index(place, before.output.shape))])
        rows = ((0,),) if len(regions[0]) == 2 else ()  # one axis is a row
        return Way(tuple(steps[::-1]), tuple((each[0], *rows, *each[1:]) for each in regions[::-1]))


def pipeline(stages: str, input: Any, *, seed: int = 0, force: bool = False) -> Pipeline:
    """Run stages one after another, and keep every step of each.

    ``stages``: ``conv 3x3 sobel-x | relu | max 2x2``, as in `convviz.network`, of conv, transpose, max, avg, min, lp,
    adaptive-max, adaptive-avg, global-max, global-avg and activations. A convolution without filters takes a kernel by
    name, or a mean of its size, for each channel; with filters, made-up whole numbers from −2 to 2 (``seed``).
    ``input``: (cells), (rows, columns) or (channels, rows, columns). ``force`` passes the cap of 1 GiB of memory.
    Raises `SettingError`, with the stage that does not fit and the shape it is given.
    """
    x = as_numbers(input, "input")
    if not 1 <= x.ndim <= 3:
        raise SettingError(
            f"input has {x.ndim} axes (shape {x.shape}): a pipeline takes rows and columns, or channels before them"
        )
    layers = parse(stages, "stage")
    if len(layers) > MOST_STAGES:
        raise SettingError(f"{len(layers)} stages are too many for a pipeline: use at most {MOST_STAGES}")
    traces: list[Trace] = []
    for number, layer in enumerate(layers, start=1):
        try:
            traces.append(_run(layer, x, min(x.ndim, 2), seed + number - 1, force))
        except SettingError as problem:
            refuse(number, layer.said, problem, shape_of(x), "stage")
        x = traces[-1].output
    return Pipeline(tuple(layers), tuple(traces))


def shape_of(x: Array) -> str:
    """Return a shape as people write it, the channels last.

    >>> shape_of(np.zeros((3, 4, 5))), shape_of(np.zeros((4, 5)))
    ('4×5×3', '4×5')
    """
    return times((*x.shape[1:], x.shape[0]) if x.ndim > 2 else x.shape)


def _run(layer: Layer, x: Array, rank: int, seed: int, force: bool) -> Trace:
    """Run one stage."""
    window = {"stride": layer.stride, "padding": layer.padding, "dilation": layer.dilation}
    if layer.kind in CONVOLUTIONS:
        return _convolution(layer, x, rank, seed, window, force)
    if layer.kind in POOLS:
        more = {"count_include_pad": False} if layer.kind == "avg" and isinstance(layer.padding, str) else {}
        operation = getattr(ops, f"{POOLS[layer.kind]}{rank}d")
        norm = [layer.norm_type] if layer.kind == "lp" else []
        size = per_axis("kernel", layer.kernel, rank)
        trace: Trace = operation(x, *norm, size, ceil_mode=layer.ceil, **window, **more)
        return trace
    if layer.kind in ADAPTIVE:
        goal = per_axis("output-size", layer.output_size, rank)
        check_memory(prod(goal) * x.size, force, f"an output of {times(goal)}")
        binned: Trace = getattr(ops, f"{ADAPTIVE[layer.kind]}{rank}d")(x, goal)
        return binned
    if layer.kind in GLOBALS:
        pooled: Trace = getattr(ops, f"{GLOBALS[layer.kind]}{rank}d")(x)
        return pooled
    name = layer.kind.replace("-", "_")
    if name in ACTIVATIONS and name != "softmax":
        return ops.activation(x, name)
    known = ", ".join([*CONVOLUTIONS, *POOLS, *ADAPTIVE, *GLOBALS])
    raise SettingError(f"{layer.kind} has no map to follow a cell through: use {known} or an activation such as relu")


def _convolution(layer: Layer, x: Array, rank: int, seed: int, window: dict[str, Any], force: bool) -> Trace:
    size = per_axis("kernel", layer.kernel, rank)
    stamped = layer.kind == "transpose"
    operation = getattr(ops, f"conv_transpose{rank}d" if stamped else f"conv{rank}d")
    if stamped:
        window = {**window, "output_padding": layer.output_padding}
    places = prod(_window(x, size, window, stamped=stamped).out)
    if layer.count is None:
        check_memory(x.size // prod(x.shape[x.ndim - rank :]) * places, force, f"an output of {places} cells")
        made: Trace = operation(x, named_kernel(layer.weights or "mean", size), **window)
        return made
    if layer.weights:
        raise SettingError(f"{layer.weights} has its own weights: leave {layer.count} filters out, or the name")
    channels = x.shape[0] if x.ndim > rank else 1
    groups = layer.groups or channels
    if channels % groups or layer.count % groups:
        raise SettingError(undivided(groups, channels, layer.count))
    cells = layer.count * max(places, channels // groups * prod(size))
    check_memory(cells, force, f"a convolution of {layer.count} filters")
    shape = (channels, layer.count // groups) if stamped else (layer.count, channels // groups)
    summed: Trace = operation(x, made_up((*shape, *size), seed), groups=groups, **window)
    return summed


def _window(x: Array, size: tuple[int, ...], settings: dict[str, Any], *, stamped: bool) -> Window:
    space = x.shape[x.ndim - len(size) :]
    return stamps(space, size, **settings) if stamped else slide(space, size, **settings)


def _name(layer: Layer, trace: Trace) -> str:
    """Return what a stage is called: its kind, its kernel, and what is not as usual."""
    if layer.kind in ADAPTIVE:
        return f"{words.kind(layer.kind)} to {times(trace.window.out)}"
    if layer.kind not in (*POOLS, *CONVOLUTIONS):
        return words.kind(layer.kind)
    axes, given = trace.window.axes, [axis.given for axis in trace.window.axes]
    named = words.kind(layer.kind) if layer.kind != "lp" else words.kind("lp").replace("Lp", trace.rule.operator)
    said = [named, times(trace.window.kernel), *([layer.weights] if layer.weights else [])]
    strides = [each.stride for each in given]
    if strides != [1 if layer.kind in CONVOLUTIONS else axis.kernel for axis in axes]:
        said.append(f"stride {words.per_axis(strides)}")
    if any(map(any, (each.pads for each in given))):
        said.append(f"padding {words.pads(trace.window, layer.padding)}")
    if any(each.output_padding for each in given):
        said.append(f"output padding {words.per_axis([each.output_padding for each in given])}")
    if any(axis.dilation > 1 for axis in axes):
        said.append(f"dilation {words.per_axis([axis.dilation for axis in axes])}")
    if layer.kind in CONVOLUTIONS and trace.groups > 1:
        said.append(words.grouped(trace.groups, trace.planes_in.shape[1]))
    return " ".join(said)


# One cell.


def _cells(trace: Trace, position: Iterable[int]) -> Cells:
    """Return one cell of an output, with an axis of channels."""
    place = tuple(position)
    missing = 1 + len(trace.window.axes) - len(place)
    return tuple((each,) for each in (*(0,) * missing, *place))


def _back(trace: Trace, region: Cells) -> Cells:
    """Return what a region of an output comes of in the input, without the padding."""
    planes_in, planes_out = trace.planes_in.shape[1], trace.planes_out.shape[1]
    each_in, each_out = planes_in // trace.groups, planes_out // trace.groups
    groups = sorted({filter_ // each_out for filter_ in region[0]})
    found = [tuple(channel for group in groups for channel in range(group * each_in, (group + 1) * each_in))]
    for axis, cells in zip(trace.window.axes, region[1:], strict=True):
        found.append(tuple(read_by(axis, cells)))
    return tuple(found)


def through(step: Step) -> tuple[int, ...]:
    """Return the cell of a step's input through which the way goes: the value picked, or one that is added up.

    It is in the channel that adds most, whatever the sign, and there in the middle of all that adds something.

    >>> through(pipeline("conv 1x3", [[5, 1, 0]]).traces[0][0]), through(pipeline("max 1x3", [[1, 0, 5]]).traces[0][0])
    ((0, 1), (0, 2))
    """
    if step.ties:
        number = step.ties[0]
    else:
        products, inside = _by_channel(step), step.inside.reshape(len(step.channels), -1)
        added, largest = np.abs(products.sum(axis=1)), np.abs(products).max(axis=1)
        channel = max(range(len(products)), key=lambda each: (added[each], largest[each]))
        counts = inside[channel] & (products[channel] != 0)
        taps = np.flatnonzero(counts if counts.any() else inside[channel])
        number = channel * len(products[channel]) + (int(taps[len(taps) // 2]) if len(taps) else 0)
    cell = step.cells[number]
    first = step.trace.input.ndim - len(step.trace.window.axes)
    sizes = step.trace.input.shape
    return tuple(
        int(place) if axis < first else min(max(int(place), 0), sizes[axis] - 1) for axis, place in enumerate(cell)
    )


def unshown(step: Step) -> bool:
    """Tell whether channels beside the one that the way goes through add to a step, too.

    >>> made = pipeline("conv 1x1 1", [[[1, 2]], [[0, 4]]], seed=3)
    >>> [unshown(step) for step in made.traces[0]]
    [False, True]
    """
    if step.trace.picks or len(step.channels) == 1:
        return False
    others = np.delete(_by_channel(step), step.channels.index(through(step)[0]), axis=0)
    return bool((others != 0).any())


def _by_channel(step: Step) -> Array:
    """Return what each tap adds, a row for each channel; what is no number counts for nothing."""
    added = np.nan_to_num(step.products.astype(np.float64), posinf=1e300, neginf=-1e300)
    return added.reshape(len(step.channels), -1)
