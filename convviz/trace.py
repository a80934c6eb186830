"""The numbers of a sliding window at every step: a picture can show nothing that is not in here."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, overload

import numpy as np

from convviz import slide, words
from convviz.errors import SettingError
from convviz.exact import Array
from convviz.like import Asked
from convviz.numbers import Format, choose
from convviz.rules import Extreme, Rule, WeightedSum
from convviz.unpooling import PutBack
from convviz.window import Window

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Formats(NamedTuple):
    """How the values of each grid are written."""

    input: Format
    weight: Format
    bias: Format
    output: Format


class Fed(NamedTuple):
    """The output cells that one input cell feeds, filter by filter, then in the order of steps.

    ``outputs``: where they stand in ``trace.output``, (cells, output.ndim); ``taps``: which tap reads the cell, counted
    as the kernel is applied, (cells, axes); ``numerators``: that tap's weight times ``divisor``, (cells,), None where
    there is no kernel. What is stamped on an output is the value of the input cell times its weight.
    """

    outputs: Array
    taps: Array
    numerators: Array | None
    divisor: int

    @property
    def weights(self) -> Array | None:
        """The weight of each tap, (cells,)."""
        if self.numerators is None or self.divisor == 1:
            return self.numerators
        return np.asarray(self.numerators / self.divisor)


class Step:
    """One position of the window: a lazy look into the arrays of its trace."""

    def __init__(self, trace: Trace, index: int) -> None:
        self.trace = trace
        self.index = index

    def __repr__(self) -> str:
        return f"<Step {self.index}: {self.sentence}>"

    @cached_property
    def position(self) -> tuple[int, ...]:
        """Where the result stands in ``trace.output``."""
        return tuple(int(place) for place in np.unravel_index(self.index, self.trace.output.shape))

    @property
    def place(self) -> tuple[int, ...]:
        """The position on the window's own axes: (row, column)."""
        return self.position[len(self.position) - len(self.trace.window.axes) :]

    @cached_property
    def sample(self) -> int:
        """Which sample of the batch."""
        per_sample: int = math.prod(self.trace.planes_out.shape[1:])
        return self.index // per_sample

    @cached_property
    def filter(self) -> int:
        """Which plane of the output."""
        return int(self.index // math.prod(self.trace.window.out) % self.trace.planes_out.shape[1])

    @cached_property
    def channels(self) -> range:
        """Which planes of the input are read."""
        group = self.filter // (self.trace.planes_out.shape[1] // self.trace.groups)
        size = self.trace.planes_in.shape[1] // self.trace.groups
        return range(group * size, (group + 1) * size)

    @cached_property
    def taps(self) -> tuple[range, ...]:
        """The positions read on each axis, gaps between input cells counted; those outside the input are padding."""
        return tuple(axis.taps(place) for axis, place in zip(self.trace.window.axes, self.place, strict=True))

    @cached_property
    def sources(self) -> tuple[Array, ...]:
        """The input cell that each tap reads on each axis; −1 in padding and in gaps."""
        return tuple(axis.cells(taps) for axis, taps in zip(self.trace.window.axes, self.taps, strict=True))

    @cached_property
    def cells(self) -> Array:
        """Where each tap lies in ``trace.input``, shape (taps, input.ndim): channels, then rows, then columns.

        A row or column below 0, or past the end, is padding; where there are gaps, −1 is a gap or padding.
        """
        axes = zip(self.trace.window.axes, self.taps, self.sources, strict=True)
        read = [taps if axis.spacing == 1 else sources for axis, taps, sources in axes]
        places = np.meshgrid(self.channels, *read, indexing="ij")
        extra = self.trace.input.ndim - len(self.trace.window.axes)
        columns = [np.full(places[0].size, self.sample), *(axis.ravel() for axis in places)]
        return np.stack(columns[2 - extra :], axis=1)

    @cached_property
    def inside(self) -> Array:
        """Whether each tap reads a real input cell, shape (taps,)."""
        inside = np.ones(len(self.channels), dtype=bool)
        for sources in self.sources:
            inside = np.logical_and.outer(inside, sources >= 0)
        return inside.ravel()

    @cached_property
    def _copied(self) -> tuple[Array, Array]:
        """The input value at each tap or that its padding copies, and whether there is one; each (taps,)."""
        trace = self.trace
        sources = [
            lut[taps.start + axis.low : taps.stop + axis.low : taps.step]
            for lut, taps, axis in zip(trace.sources, self.taps, trace.window.axes, strict=True)
        ]
        values = trace.planes_in[self.sample][np.ix_(np.array(self.channels), *sources)]
        real = np.ones(len(self.channels), dtype=bool)
        for source in sources:
            real = np.logical_and.outer(real, source >= 0)
        return values.ravel(), real.ravel()

    @cached_property
    def seen(self) -> Array:
        """The value at each tap, shape (taps,): in padding, what the padding mode puts there."""
        values, real = self._copied
        return values if real.all() else np.where(real, values, self.trace.rule.fill)

    @cached_property
    def _weighed(self) -> tuple[Array, int]:
        return self.trace.rule.taps(self)

    @property
    def numerators(self) -> Array:
        """The weight of each tap times `divisor`: integers where the kernel is integers over one divisor."""
        return self._weighed[0]

    @property
    def divisor(self) -> int:
        """What the sum is divided by."""
        return self._weighed[1]

    @property
    def weights(self) -> Array:
        """The weight of each tap, shape (taps,): of max pooling, 1 for the winner."""
        return self.numerators / self.divisor if self.divisor != 1 else self.numerators

    @property
    def products(self) -> Array:
        """What each tap adds to the result, before the bias (of a norm, to what the root is taken of)."""
        with np.errstate(all="ignore"):
            return self.trace.rule.products(self)

    @property
    def partials(self) -> Array:
        """The running result, tap by tap: of a sum before the bias, of an extreme the best so far."""
        with np.errstate(all="ignore"):
            return self.trace.rule.partials(self)

    @property
    def channel_sums(self) -> Array:
        """What each channel that is read adds to the result, before the bias, shape (channels,)."""
        with np.errstate(all="ignore"):
            sums = (self.seen * self.numerators).reshape(len(self.channels), -1).sum(axis=1)
            return np.asarray(sums / self.divisor if self.divisor != 1 else sums)

    @property
    def bias(self) -> Any:
        """What is added at the end, or None."""
        return None if self.trace.bias is None else self.trace.bias.reshape(-1)[self.filter]

    @cached_property
    def ties(self) -> tuple[int, ...]:
        """The taps that hold the extreme, the winner first; empty where the result is a sum."""
        if not self.trace.picks:
            return ()
        values, real = self._copied  # not what is seen: beside an infinite padding, large integers are rounded
        same = np.isnan(values) if np.isnan(self.value) else values == self.value
        return tuple(np.flatnonzero(same & real).tolist())

    @property
    def value(self) -> Any:
        """The result."""
        return self.trace.output[self.position]

    @property
    def sentence(self) -> str:
        """The arithmetic in words: ``output[1, 2] = (8 + 9 + …) / 9 = 135/9 = 15``."""
        return str(self.explain(room=400))

    @property
    def sum_format(self) -> Format:
        """How `channel_sums` are written."""
        return choose(self.channel_sums, self.trace.rule.noise(self.trace.input, self.trace.window.taps))

    @property
    def reads(self) -> str:
        """Which cells the step reads, in words."""
        window = self.trace.window
        read = self.taps
        if self.trace.rule.only_real:
            read = tuple(sources[sources >= 0].tolist() for sources in self.sources)
        axes = list(zip(window.names, read, window.size, strict=True))
        return words.reads(words.place(words.OUTPUT, self.position), axes)

    def explain(self, room: int | None = None, width: int = 0, *, by_channel: bool = False) -> words.Sentence:
        """Return the sentence in its parts, shortened in the middle to about ``room`` characters.

        ``width`` pads the values, so that they keep their places from step to step; ``by_channel`` adds up what each
        channel adds, instead of every product.
        """
        return self.trace.rule.explain(self, room, width, by_channel=by_channel)


@dataclass(frozen=True, eq=False, repr=False)
class Trace(Sequence[Step]):
    """The input, the window, and the output of one operation; as a sequence, its steps.

    ``len(trace) == trace.output.size`` and ``trace[i].value == trace.output.flat[i]``: samples, then filters one
    after another, then rows, then columns. The arrays are read-only copies.

    >>> from convviz import conv2d
    >>> trace = conv2d([[1, 2, 3], [4, 5, 6]], [[1, 0], [0, 1]])
    >>> trace.output.tolist(), len(trace), trace[1].seen.tolist()
    ([[6, 8]], 2, [2, 3, 5, 6])
    >>> print(trace[0].sentence)
    output[0, 0] = 1·1 + 5·1 = 6
    """

    operation: str
    input: Array
    weight: Array | None
    bias: Array | None
    window: Window
    output: Array
    rule: Rule = field(repr=False)
    settings: Mapping[str, Any]
    padding_mode: str = "zeros"
    groups: int = 1
    asked: Asked | None = field(default=None, repr=False)
    about: str = ""  # said in place of the window's settings, where the window is one cell
    rounded: bool = False  # whether the output holds what digits can't, such as e
    channel_names: tuple[str, ...] = ()  # of the input, where they have other names than their numbers

    def named(self, *channels: str) -> Trace:
        """Return the trace with names for the channels of its input, which figures write over their planes.

        >>> from convviz import max_pool2d
        >>> max_pool2d([[[1, 2], [3, 4]]] * 3, 2).named("red", "green", "blue").channel_names
        ('red', 'green', 'blue')
        """
        count = self.planes_in.shape[1]
        if len(channels) != count:
            raise SettingError(f"there are {len(channels)} names for {count} channels: give one for each")
        return replace(self, channel_names=tuple(map(str, channels)))

    def __repr__(self) -> str:
        return f"<Trace {self.operation}: {self.input.shape} to {self.output.shape}, {len(self)} steps>"

    def __len__(self) -> int:
        return self.output.size

    @overload
    def __getitem__(self, index: int) -> Step: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Step]: ...
    def __getitem__(self, index: int | slice) -> Step | Sequence[Step]:
        if isinstance(index, slice):
            return [Step(self, each) for each in range(*index.indices(len(self)))]
        number = index.__index__()
        if not -len(self) <= number < len(self):
            raise IndexError(f"step {number} is out of range: the trace has {len(self)} steps")
        return Step(self, number % len(self))

    def __iter__(self) -> Iterator[Step]:
        return (Step(self, index) for index in range(len(self)))

    @property
    def kind(self) -> str:
        """The operation without its number of dimensions: conv, max_pool."""
        return self.operation.removesuffix(f"{len(self.window.axes)}d")

    @property
    def planes_in(self) -> Array:
        """The input with batch and channel axes, ``(N, C, *space)``."""
        axes = self.input.ndim - len(self.window.axes)
        return self.input.reshape((1,) * (2 - axes) + self.input.shape)

    @property
    def planes_out(self) -> Array:
        """The output with batch and channel axes, ``(N, out, *positions)``."""
        axes = self.output.ndim - len(self.window.axes)
        return self.output.reshape((1,) * (2 - axes) + self.output.shape)

    @property
    def kernel(self) -> WeightedSum | None:
        """The kernel as it is applied, where there is one."""
        return self.rule if isinstance(self.rule, WeightedSum) else None

    @property
    def picks(self) -> bool:
        """Whether the result is one of the values seen, rather than a sum of them."""
        return isinstance(self.rule, Extreme)

    @cached_property
    def sources(self) -> tuple[Array, ...]:
        """On each axis, the input cell that every cell of the padded input copies; −1 for the padding value."""
        return tuple(axis.sources(self.padding_mode) for axis in self.window.axes)

    @cached_property
    def hits(self) -> Array:
        """How many input cells of one channel each position of the window reads: the checkerboard."""
        counts = slide.real_cells(self.window.axes, padding=False)
        counts.setflags(write=False)
        return counts

    @cached_property
    def _read(self) -> tuple[Array, ...]:
        """On each axis, the input cell that each tap of each output copies, (out, kernel); −1 for none."""
        if self.padding_mode in ("zeros", "constant"):
            return tuple(axis.cells(axis.positions()) for axis in self.window.axes)
        axes = zip(self.window.axes, self.sources, strict=True)
        return tuple(sources[axis.positions() + axis.low] for axis, sources in axes)

    def fed(self, cell: Sequence[int]) -> Fed:
        """Return the outputs that one cell of ``trace.input`` feeds, through which taps, and with what weights.

        >>> from convviz import conv_transpose1d
        >>> fed = conv_transpose1d([1, 2, 3], [4, 5], stride=2).fed((1,))
        >>> fed.outputs.tolist(), fed.weights.tolist()
        ([[2], [3]], [4, 5])
        """
        rank, axes = len(self.window.axes), self.input.ndim
        if len(cell) != axes or not all(0 <= each < size for each, size in zip(cell, self.input.shape, strict=True)):
            raise IndexError(f"cell {tuple(cell)} is not in an input of shape {self.input.shape}")
        sample, channel = (0, 0, *cell[: axes - rank])[-2:]
        size, filters = self.planes_in.shape[1] // self.groups, self.planes_out.shape[1] // self.groups
        group, within = divmod(channel, size)
        pairs = [np.argwhere(read == place) for read, place in zip(self._read, cell[axes - rank :], strict=True)]
        found = np.stack([*np.meshgrid(*(np.arange(len(each)) for each in pairs), indexing="ij")], axis=-1)
        chosen = found.reshape(-1, rank)
        places = np.stack([each[chosen[:, axis], 0] for axis, each in enumerate(pairs)], axis=1)
        taps = np.stack([each[chosen[:, axis], 1] for axis, each in enumerate(pairs)], axis=1)
        mine = np.repeat(np.arange(group * filters, (group + 1) * filters), len(taps))
        where = np.column_stack([np.full(len(mine), sample), mine, np.tile(places, (filters, 1))])
        taps = np.tile(taps, (filters, 1))
        kernel = self.kernel
        numerators = None if kernel is None else kernel.numerators[(mine, within, *taps.T)]
        outputs = where[:, 2 + rank - self.output.ndim :]
        return Fed(outputs, taps, numerators, 1 if kernel is None else kernel.divisor)

    @cached_property
    def indices(self) -> Array | None:
        """Where max (or min) pooling found each value, flat over its unpadded plane.

        Of unpooling, where each input value is put back; None for other operations.
        """
        if isinstance(self.rule, PutBack):
            return self.rule.indices
        if not self.picks:
            return None
        found = slide.winners(self.planes_in, self.planes_out, self.window.axes).reshape(self.output.shape)
        found.setflags(write=False)
        return found

    @cached_property
    def formats(self) -> Formats:
        """How the values of the input, the kernel, the bias and the output are written."""
        values, fill = self.input, self.rule.fill
        if self.window.padded != self.window.size and isinstance(fill, float) and np.isfinite(fill):
            values = np.append(values, np.asarray(fill, dtype=values.dtype if values.dtype.kind == "f" else None))
        return Formats(
            choose(values),
            Format() if self.kernel is None else choose(self.kernel.numerators),
            Format() if self.bias is None else choose(self.bias),
            choose(self.output, self.rule.noise(self.input, self.window.taps), rational=not self.rounded),
        )

    def save(self, path: str | os.PathLike[str], **options: Any) -> Path:
        """Write the trace, or its figure, in the format of the suffix: see `convviz.save`."""
        from convviz.saving import save  # the one way up: a convenience

        return save(self, path, **options)

    def code(self, language: str = "python") -> str:
        """Return Python that computes the same, ready to be pasted: "python" (convviz itself), "keras" or "torch".

        >>> from convviz import max_pool1d
        >>> print(max_pool1d([3, 1, 4, 1], 2).code("keras").splitlines()[-2])
        output = keras.layers.MaxPooling1D(2, strides=2)(x)
        """
        from convviz.code import code  # and another

        return code(self, language)

    def show(self, where: str | None = None) -> Path | None:
        """Show the trace in the notebook this is called from, or else its page in a browser (``where="html"``)."""
        from convviz.notebook import show  # another

        return show(self, where)

    def _repr_html_(self) -> str:
        from convviz.notebook import frame

        return frame(self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from convviz.notebook import bundle

        return bundle(self)

    def plot(self, step: int | None = None, **options: Any) -> Figure:
        """Return a figure of matplotlib that shows one step, counted as in the trace; left out, the last drawn.

        100 pixels of the scene are an inch. ``options`` go to `convviz.animate`. Raises `SettingError`.

        >>> from convviz import conv2d
        >>> figure = conv2d([[1, 2, 3], [4, 5, 6]], [[1, 0], [0, 1]]).plot(0, width=800)
        >>> figure.get_size_inches().tolist(), figure.dpi
        ([8.0, 4.5], 100)
        """
        from convviz.saving import plot  # the other way up

        return plot(self, step, **options)
