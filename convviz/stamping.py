"""A trace read the other way: each input cell stamps the kernel, scaled, onto the output, and overlaps add up."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, overload

import numpy as np

from convviz import words
from convviz.errors import SettingError
from convviz.exact import Array, divided
from convviz.trace import Trace
from convviz.window import PASSED


class Stamp:
    """What one input cell adds to the output: a lazy look into the arrays of its trace."""

    def __init__(self, stamps: Stamps, index: int) -> None:
        self.stamps = stamps
        self.index = index

    @cached_property
    def position(self) -> tuple[int, ...]:
        """The channel and the place of the cell on the axes of the window."""
        return tuple(int(each) for each in np.unravel_index(self.index, self.stamps.x.shape))

    @property
    def channel(self) -> int:
        """Which channel the cell is in."""
        return self.position[0]

    @cached_property
    def cell(self) -> tuple[int, ...]:
        """Where the cell stands in ``trace.input``."""
        trace = self.stamps.trace
        extra = trace.input.ndim - len(trace.window.axes)
        return ((0, *self.position))[2 - extra :]

    @property
    def value(self) -> Any:
        """What the cell holds."""
        return self.stamps.x[self.position]

    @cached_property
    def filters(self) -> range:
        """The planes of the output that the cell is stamped on."""
        trace = self.stamps.trace
        filters = self.stamps.filters // trace.groups
        group = self.channel // (len(self.stamps.x) // trace.groups)
        return range(group * filters, (group + 1) * filters)

    @cached_property
    def goals(self) -> tuple[Array, ...]:
        """On each axis, the output that each row of the stamp lies on; outside the output it is cropped, see `Axis`."""
        places = zip(self.stamps.goals, self.position[1:], strict=True)
        return tuple(goals[::-1, place] for goals, place in places)

    @cached_property
    def lands(self) -> tuple[Array, ...]:
        """On each axis, whether there is such an output."""
        axes = zip(self.goals, self.stamps.trace.window.axes, strict=True)
        return tuple((goals >= 0) & (goals < axis.out) for goals, axis in axes)

    @property
    def numerators(self) -> Array:
        """The stamp times the divisor of the kernel, as it lies on the output: (filters, *kernel)."""
        with np.errstate(all="ignore"):
            return np.asarray(self.value * self.stamps.kernels[self.filters, self.channel % self.stamps.depth])

    @property
    def values(self) -> Array:
        """The stamp: what is added to each output under it, (filters, *kernel)."""
        with np.errstate(all="ignore"):
            return self.numerators / self.stamps.divisor if self.stamps.divisor != 1 else self.numerators

    @property
    def landed(self) -> int:
        """How many cells of one plane of the stamp lie on the output."""
        return math.prod(int(lands.sum()) for lands in self.lands)

    def explain(self) -> words.Sentence:
        """Say what is stamped where.

        >>> from convviz import conv_transpose2d
        >>> stamps = Stamps(conv_transpose2d([[1, 2], [3, 4]], [[1, 1, 1]] * 3, stride=2))
        >>> print(stamps[2].explain())
        input[1, 0] = 3 stamps 3 · kernel at output[2…4, 0…2]
        """
        stamps, trace = self.stamps, self.stamps.trace
        shown = trace.formats.input.brief(self.value)
        where = words.place(words.INPUT, self.cell)
        if not self.landed:
            return words.stamped_nowhere(where, shown, cropped=stamps.crops)
        axes = [goals[lands].tolist() for goals, lands in zip(self.goals, self.lands, strict=True)]
        extra = trace.output.ndim - len(axes)
        planes = [[0], [*self.filters]][2 - extra :]
        over = words.place(words.OUTPUT, [words.run(each) for each in [*planes, *axes]])
        all_ = math.prod(int((goals != PASSED).sum()) for goals in self.goals)
        return words.stamped(where, shown, over, all_ - self.landed, all_, turned=stamps.turned)


class Stamps(Sequence[Stamp]):
    """The steps of the scatter reading, one for each input cell of the first sample.

    The steps go through the channels one after another, then rows, then columns. Raises `SettingError` for what has
    no kernel, and where cells count that are not of the input.

    >>> from convviz import conv_transpose1d
    >>> stamps = Stamps(conv_transpose1d([1, 2, 3], [4, 5, 6], stride=2))
    >>> stamps[1].values.tolist(), stamps.after(2)[0].tolist(), stamps.after(2)[1].tolist()
    ([[8, 10, 12]], [[4, 5, 14, 10, 12, 0, 0]], [[1, 1, 2, 1, 1, 0, 0]])
    >>> bool((stamps.after(3)[0] == stamps.trace.output).all())
    True
    """

    def __init__(self, trace: Trace) -> None:
        kernel = trace.kernel
        if kernel is None:
            raise SettingError(
                f"view 'scatter' means nothing for {trace.kind}, which has no kernel to stamp: use view 'gather'"
            )
        if trace.padding_mode not in ("zeros", "constant") or kernel.fill:
            raise SettingError(
                f"view 'scatter' shows what input cells add, and with padding_mode {trace.padding_mode!r} the padding "
                "adds too: use view 'gather', or padding_mode 'zeros'"
            )
        self.trace = trace
        self.x = trace.planes_in[0]
        self.filters = trace.planes_out.shape[1]
        self.depth = kernel.numerators.shape[1]
        self.divisor = kernel.divisor
        self.kernels = np.flip(kernel.numerators, axis=tuple(range(2, kernel.numerators.ndim)))
        self.goals = [axis.goals() for axis in trace.window.axes]
        self._known: tuple[int, Array, Array] | None = None

    def __len__(self) -> int:
        return int(self.x.size)

    @overload
    def __getitem__(self, index: int) -> Stamp: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Stamp]: ...
    def __getitem__(self, index: int | slice) -> Stamp | Sequence[Stamp]:
        if isinstance(index, slice):
            return [Stamp(self, each) for each in range(*index.indices(len(self)))]
        return Stamp(self, range(len(self))[index])

    @property
    def crops(self) -> bool:
        """Whether what falls outside the output was cropped away: else there is no window that reads it."""
        return self.trace.window.axes[0].form == "transposed"

    @cached_property
    def turned(self) -> bool:
        """Whether a stamp is the kernel turned round against the kernel as given, and that makes a difference."""
        assert self.trace.kernel is not None
        given = self.kernels if self.trace.kernel.flipped else np.flip(self.kernels, axis=tuple(range(2, self._ndim)))
        return bool((given != self.kernels).any())

    @property
    def _ndim(self) -> int:
        return int(self.kernels.ndim)

    @cached_property
    def hits(self) -> Array:
        """How often each output is hit in the end, (*positions): the same in every plane."""
        return np.asarray(self.trace.hits * self.depth)

    def after(self, count: int) -> tuple[Array, Array]:
        """Return what the first ``count`` stamps have added up to, and how often they hit each output.

        Both (filters, *positions); the sums are those of the stamps over the divisor, with the bias where an output
        has been hit. A sum that is complete is the value in ``trace.output``.
        """
        numerators, hits = self._added(count)
        trace = self.trace
        result = trace.planes_out[0]
        with np.errstate(all="ignore"):
            sums = numerators
            if self.divisor != 1:
                kind = result.dtype if result.dtype.kind == "f" else np.dtype(np.float64)
                sums = divided(numerators, self.divisor, kind)
            if trace.bias is not None:
                bias = trace.bias.reshape(-1, *[1] * (result.ndim - 1))
                sums = sums + np.where(hits > 0, bias, np.zeros_like(bias))
            whole = (hits == self.hits) & (hits > 0)
            return np.where(whole, result, sums.astype(result.dtype, copy=False)), hits

    def _added(self, count: int) -> tuple[Array, Array]:
        """Return the sums of the first stamps times the divisor, and the hits; go on from where it was last."""
        shape = self.trace.planes_out.shape[1:]
        done = 0
        if self._known is not None and self._known[0] <= count:
            done, sums, hits = self._known
        else:
            whole = self.x.dtype.kind == self.kernels.dtype.kind == "i"
            sums, hits = np.zeros(shape, dtype=np.int64 if whole else np.float64), np.zeros(shape, dtype=np.int64)
        if done < count:
            sums, hits = sums.copy(), hits.copy()
            for box in _boxes(done, count, self.x.shape):
                self._stamp(box, sums, hits)
            self._known = count, sums, hits
        return sums, hits

    def _stamp(self, box: tuple[range, ...], sums: Array, hits: Array) -> None:
        """Add the stamps of a box of cells (channel, then places), tap after tap."""
        channel, *places = box
        first = Stamp(self, int(np.ravel_multi_index([each.start for each in box], self.x.shape)))
        filters, within = slice(first.filters.start, first.filters.stop), channel.start % self.depth
        x = self.x[np.ix_(*box)][0]
        for tap in np.ndindex(*self.trace.window.kernel):
            goals = [
                each[size - 1 - k, place.start : place.stop]
                for each, k, size, place in zip(self.goals, tap, self.trace.window.kernel, places, strict=True)
            ]
            lands = [(each >= 0) & (each < axis.out) for each, axis in zip(goals, self.trace.window.axes, strict=True)]
            if not all(each.any() for each in lands):
                continue
            into: Any = np.ix_(*(each[land] for each, land in zip(goals, lands, strict=True)))
            weights = self.kernels[(filters, within, *tap)]
            with np.errstate(all="ignore"):
                more = np.multiply.outer(weights, x[np.ix_(*lands)])
                sums[(filters, *into)] += more
            hits[(filters, *into)] += 1

    @cached_property
    def evenness(self) -> str:
        """Say whether all outputs are hit equally often, away from the edges too."""
        inside = []
        for axis in self.trace.window.axes:
            reached = np.arange(axis.spacing)[:, None] + np.arange(axis.kernel) * axis.dilation
            inside.append(len(set((reached % axis.spacing == 0).sum(axis=1).tolist())) == 1)
        values = sorted({int(each) for each in np.unique(self.hits)})
        return words.evenness(values, even_inside=all(inside), axes=inside.count(False))


def _boxes(first: int, end: int, shape: Sequence[int]) -> Iterator[tuple[range, ...]]:
    """Cut a run of cells into boxes of one channel each: whole rows together, and what is left of a row.

    >>> list(_boxes(1, 8, (1, 3, 3)))
    [(range(0, 1), range(0, 1), range(1, 3)), (range(0, 1), range(1, 2), range(0, 3)), \
(range(0, 1), range(2, 3), range(0, 2))]
    """
    columns = shape[-1]
    while first < end:
        *lead, column = (int(each) for each in np.unravel_index(first, shape))
        stop = min(columns, column + end - first)
        rows = 1
        if column == 0 and stop == columns and len(shape) > 2:
            rows = min(shape[-2] - lead[-1], (end - first) // columns)
        box = [range(each, each + 1) for each in lead]
        if len(shape) > 2:
            box[-1] = range(lead[-1], lead[-1] + rows)
        yield (*box, range(column, stop))
        first += rows * (stop - column)
