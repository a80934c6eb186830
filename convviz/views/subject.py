"""What of a trace is drawn: its planes as arrays, which of them have a place, and what is said of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from convviz import words
from convviz.exact import Array
from convviz.kernels import name_of
from convviz.trace import Step, Trace
from convviz.window import Axis


class Shown(NamedTuple):
    """Which plane stands in each slot, and what is read: (channel, slice), (filter, channel, slice), (filter, slice).

    ``lit``: slots of the input that are read, in figures that have others; ``current``: the slot of the output.
    """

    inputs: tuple[tuple[int, int], ...]
    kernels: tuple[tuple[int, int, int], ...]
    outputs: tuple[tuple[int, int], ...]
    lit: tuple[tuple[int, int], ...]
    current: tuple[int, int]


class Subject:
    """The planes of a trace (of a batch, of its first sample), some of them left out where ``most`` is less."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.x = trace.planes_in[0]
        self.y = trace.planes_out[0]
        self.most = max(self.x.shape[0], self.y.shape[0])
        self.every_slice, self.short = True, False
        self._shown: dict[tuple[int, int], Shown] = {}

    def draw_at_most(self, most: int, every_slice: bool, short: bool) -> None:
        """Draw so many channels, filters and groups at most, every slice or those that are read, ``short`` labels."""
        self.most, self.every_slice, self.short = most, every_slice, short
        self.__dict__.pop("channels", None)
        self._shown.clear()

    # Arrays.

    @cached_property
    def spatial(self) -> tuple[int, int, int]:
        """Slices, rows and columns of the padded input, with what a last window hangs over its end."""
        return three(
            [drawn.padded + axis.overhang for drawn, axis in zip(self._axes, self.trace.window.axes, strict=True)]
        )

    @cached_property
    def _axes(self) -> tuple[Axis, ...]:
        """The axes as they are drawn: what is cropped away is drawn too, as cells that no window reads."""
        return tuple(replace(axis, low=max(axis.low, 0), high=max(axis.high, 0)) for axis in self.trace.window.axes)

    @cached_property
    def low(self) -> tuple[int, int, int]:
        """Padding before the first slice, row and column."""
        return three([axis.low for axis in self._axes], missing=0)

    @cached_property
    def size(self) -> tuple[int, int, int]:
        """Slices, rows and columns of the input itself, with the gaps between its cells."""
        return three(self.trace.window.spaced)

    @cached_property
    def padded(self) -> tuple[int, int, int]:
        """Slices, rows and columns of the padded input."""
        return three([axis.padded for axis in self._axes])

    @cached_property
    def spots(self) -> tuple[tuple[int, ...], ...]:
        """For each slice, row and column drawn, which one of the input it is; −1 in padding and in gaps."""
        found = [tuple(axis.cells(range(-axis.low, axis.padded - axis.low)).tolist()) for axis in self._axes]
        return (*[(0,)] * (3 - len(found)), *found)

    @cached_property
    def spaces(self) -> bool:
        """Whether there are gaps between input cells."""
        return any(axis.spacing > 1 for axis in self.trace.window.axes)

    @cached_property
    def kernel(self) -> Array | None:
        """The kernel as given, times its divisor: (filters, channels, slices, rows, columns)."""
        if self.trace.kernel is None:
            return None
        shown = self.trace.kernel.numerators
        if self.trace.kernel.flipped:
            shown = np.flip(shown, axis=tuple(range(2, shown.ndim)))
        return shown.reshape(*shown.shape[:2], *three(shown.shape[2:]))

    @cached_property
    def kernel_name(self) -> str:
        """The name of the kernel, where there is one kernel and it has a name."""
        weight = self.trace.weight
        if weight is None or weight.size != self.trace.window.taps:
            return ""
        return name_of(weight.reshape(self.trace.window.kernel))

    @cached_property
    def _flip_note(self) -> str:
        """Say whether the kernel is flipped, where that makes a difference."""
        if self.kernel is None or self._symmetric:
            return ""
        return words.FLIPPED if self.flipped else words.NOT_FLIPPED

    @cached_property
    def _symmetric(self) -> bool:
        """Whether the kernel is the same turned round."""
        return self.kernel is not None and bool((self.kernel == np.flip(self.kernel, axis=(2, 3, 4))).all())

    @property
    def flipped(self) -> bool:
        """Whether the kernel is applied turned round, and that makes a difference."""
        return self.trace.kernel is not None and self.trace.kernel.flipped and not self._symmetric

    @cached_property
    def _sources(self) -> list[Array]:
        """On each axis, the input cell that every cell drawn copies; −1 for the padding value."""
        return [axis.sources(self.trace.padding_mode)[: axis.padded] for axis in self._axes]

    @cached_property
    def padded_values(self) -> Array:
        """The input with what the padding mode puts round it: (channels, slices, rows, columns)."""
        values = self.x
        for along, sources in enumerate(self._sources, start=1):
            values = np.take(values, sources.clip(0), axis=along)
        return np.asarray(values).reshape(self.x.shape[0], *self.padded)

    @cached_property
    def filled(self) -> Array:
        """Whether each cell of the padded input holds the padding value: (slices, rows, columns)."""
        filled = np.zeros((), dtype=bool)
        for sources in self._sources:
            filled = np.logical_or.outer(filled, sources < 0)
        return filled.reshape(self.padded)

    @cached_property
    def unread(self) -> tuple[frozenset[int], ...]:
        """Slices, rows and columns of the input that no window reads."""
        missed = [frozenset(axis.never_read) for axis in self.trace.window.axes]
        return (*[frozenset[int]()] * (3 - len(missed)), *missed)

    # Which planes are drawn.

    @cached_property
    def many(self) -> bool:
        """Whether any of the grids has more planes than one."""
        return self.sliced or max(self.x.shape[0], self.y.shape[0]) > 1

    @cached_property
    def sliced(self) -> bool:
        """Whether there are slices: several bins may share the one of an input."""
        return max(self.padded[0], three(self.trace.window.out)[0]) > 1

    @cached_property
    def span_slices(self) -> int:
        """How many slices the window reads."""
        return three(self.trace.window.kernel)[0]

    @property
    def _sizes_of_groups(self) -> tuple[int, int]:
        """How many channels and how many filters a group has."""
        return self.x.shape[0] // self.trace.groups, self.y.shape[0] // self.trace.groups

    @cached_property
    def channels(self) -> tuple[tuple[int, ...], ...]:
        """The channels drawn, a tuple for each group drawn, as they are at first."""
        return tuple(self._channels_of(group) for group in picked(self.trace.groups, self.most, 0))

    def _channels_of(self, group: int) -> tuple[int, ...]:
        per_group, _ = self._sizes_of_groups
        return tuple(group * per_group + each for each in picked(per_group, self.most, 0))

    def shown(self, step: Step) -> Shown:
        """Return which plane stands in each slot at a step."""
        depth = (0,) * (3 - len(step.place)) + step.place
        key = step.filter, depth[0] if self.sliced else 0
        if key not in self._shown:
            self._shown[key] = self._shown_at(step, depth[0])
        return self._shown[key]

    def _shown_at(self, step: Step, depth: int) -> Shown:
        per_group, filters_a_group = self._sizes_of_groups
        current = step.filter // filters_a_group
        taps = [tap + self.low[0] for tap in ([range(1)] * (3 - len(step.taps)) + list(step.taps))[0]]
        slices = range(self.padded[0]) if self.every_slice else [tap for tap in taps if 0 <= tap < self.padded[0]]
        if not self.every_slice:  # what hangs over the end leaves its slot to the first
            slices = [*slices, *[each for each in range(self.padded[0]) if each not in slices]][: self.span_slices]
        out_slices = range(three(self.trace.window.out)[0]) if self.every_slice else [depth]
        inputs, kernels, outputs = [], [], []
        for group in picked(self.trace.groups, self.most, current):
            channels = self._channels_of(group)
            inputs += [(channel, slice_) for channel in channels for slice_ in slices]
            now = step.filter % filters_a_group if group == current else filters_a_group - 1 if group < current else 0
            if self.kernel is not None:
                kernels += [
                    (group * filters_a_group + now, channel % per_group, k)
                    for channel in channels
                    for k in range(self.span_slices)
                ]
            filters = picked(filters_a_group, self.most, now)
            outputs += [(group * filters_a_group + each, slice_) for each in filters for slice_ in out_slices]
        read = {(channel, slice_) for channel in step.channels for slice_ in taps}
        lit = tuple(plane for plane in inputs if plane in read)
        return Shown(
            tuple(inputs),
            tuple(kernels),
            tuple(outputs),
            () if len(lit) == len(inputs) else lit,
            (step.filter, depth),
        )

    @property
    def output_label(self) -> str:
        """What is written over the output where it is one plane."""
        return words.grid_label(words.OUTPUT, self.trace.window.out)

    def labels(self, shown: Shown, *, widest: bool = False) -> dict[str, tuple[str, ...]]:
        """Return what is written over each plane; ``widest``: as long as it ever gets."""
        trace, window = self.trace, self.trace.window
        per_group, filters_a_group = self._sizes_of_groups
        channels, filters = self.x.shape[0], self.y.shape[0]
        has_slices = self.sliced
        if not self.many and self.short:
            found: dict[str, tuple[str, ...]] = {"input": (words.INPUT,), "output": (words.OUTPUT,)}
            return found if self.kernel is None else {**found, "kernel": (self.kernel_name or words.KERNEL,)}
        if not self.many:
            found = {
                "input": (
                    words.grid_label(
                        words.INPUT, window.size, window.padded, spaced=window.spaced, how=words.resized(window)
                    ),
                ),
                "output": (self.output_label,),
            }
            if self.kernel is not None:
                found["kernel"] = (words.grid_label(words.KERNEL, window.kernel, called=self.kernel_name),)
            return found
        inputs = []
        for channel, slice_ in shown.inputs:
            grouped = f"{channel // per_group}" if trace.groups > 1 and per_group > 1 else ""
            real = 0 <= slice_ - self.low[0] < self.size[0]
            spot = self.spots[0][slice_]
            named = str(spot) if spot >= 0 else words.GAP if real else words.PADDING
            tap = self._tap_of(shown, channel, slice_) if has_slices else ""
            if widest:
                tap = str(self.span_slices - 1)
                named = words.PADDING if self.low[0] else str(max(self.spots[0]))
            inputs.append(
                words.plane_label(
                    "" if self.short else words.INPUT,
                    group="" if self.short else grouped,
                    channel=self.channel_called(channel, widest=widest) if channels > 1 else "",
                    slice=named if has_slices else "",
                    tap=tap if has_slices and self.kernel is not None else "",
                )
            )
        kernels = []
        for filter_, channel, k in shown.kernels:
            read = channel + filter_ // filters_a_group * per_group
            kernels.append(
                words.plane_label(
                    words.over(trace.kernel.divisor if trace.kernel else 1) + (words.KERNEL if filters == 1 else ""),
                    filter=str(filters - 1 if widest else filter_) if filters > 1 else "",
                    channel=self.channel_called(read) if per_group > 1 else "",
                    slice=str(k) if has_slices else "",
                )
            )
        outputs = []
        for filter_, slice_ in shown.outputs:
            name = str(filters - 1 if widest else filter_) if filters > 1 else ""
            outputs.append(
                words.plane_label(
                    "" if self.short and (filters > 1 or has_slices) else words.OUTPUT,
                    filter=name if self.kernel is not None else "",
                    channel=self.channel_called(filter_, widest=widest) if self.kernel is None and filters > 1 else "",
                    slice=str(slice_) if has_slices else "",
                )
            )
        if filters == 1 and not has_slices:
            outputs = [self.output_label]
        return {"input": tuple(inputs), "kernel": tuple(kernels), "output": tuple(outputs)}

    def channel_called(self, number: int, *, widest: bool = False) -> str:
        """Return what a channel is called; ``widest``: the longest that any is."""
        names = self.trace.channel_names
        if widest:
            return max(names, key=len) if names else words.channel_name(len(self.x) - 1)
        return words.channel_name(number, names)

    def _tap_of(self, shown: Shown, channel: int, slice_: int) -> str:
        """Return which slice of the kernel reads a slice of the input; nothing where none does."""
        if (channel, slice_) not in (shown.lit or shown.inputs):
            return ""
        axis = self.trace.window.axes[0]
        return str((slice_ - self.low[0] - axis.taps(shown.current[1]).start) // axis.dilation)


def picked(count: int, most: int, current: int) -> tuple[int, ...]:
    """Return which of so many are drawn: all; or the first, the current one (or the second), and the last; or one.

    >>> picked(4, 4, 0), picked(64, 3, 0), picked(64, 3, 7), picked(64, 1, 7)
    ((0, 1, 2, 3), (0, 1, 63), (0, 7, 63), (7,))
    """
    if count <= most:
        return tuple(range(count))
    if most < 3:
        return (current,)
    return (0, min(max(current, 1), count - 2), count - 1)


def three(sizes: Sequence[int], missing: int = 1) -> tuple[int, int, int]:
    """Return slices, rows and columns: a strip has one row, a plane one slice."""
    slices, rows, columns = (missing,) * (3 - len(sizes)) + tuple(sizes)
    return slices, rows, columns
