"""Unpooling: which input value is put back at each output cell, and why none is at the others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from convviz import words
from convviz.errors import SettingError
from convviz.exact import Array
from convviz.numbers import times
from convviz.window import Axis, Window

if TYPE_CHECKING:
    from convviz.trace import Step


@dataclass(frozen=True, eq=False)
class PutBack:
    """Unpooling: each input value is put back where its index says, and 0 stands everywhere else.

    ``indices``: of the input's shape, flat over the plane of the output.
    """

    indices: Array
    fill: int | float = 0
    operator = "put back"
    only_real = True
    needs_cells = False
    named = ""

    def compute(self, x: Array, window: Sequence[Axis], mode: str, dtype: np.dtype[Any]) -> Array:
        """Put every value back."""
        return _put(x, self.indices.reshape(x.shape), [axis.out for axis in window])

    def noise(self, x: Array, taps: int) -> float:
        """Nothing is computed, so nothing is rounded."""
        return 0.0

    def _goals(self, step: Step) -> Array:
        """Return where each tap's value is put back, flat; −1 where there is none."""
        trace = step.trace
        planes = self.indices.reshape(trace.planes_in.shape)[step.sample][np.array(step.channels)]
        return np.where(step.inside, planes[np.ix_(np.arange(len(planes)), *step.sources)].ravel(), -1)

    def taps(self, step: Step) -> tuple[Array, int]:
        """Return 1 for the cell that is put back here and 0 for the others."""
        weights = np.zeros(len(step.inside), dtype=np.int64)
        here = np.flatnonzero(self._goals(step) == np.ravel_multi_index(step.place, step.trace.window.out))
        weights[here[:1]] = 1
        return weights, 1

    def products(self, step: Step) -> Array:
        """Return the value that is put back here, and 0 for the others."""
        return np.where(step.numerators != 0, step.seen, 0)

    def partials(self, step: Step) -> Array:
        """Return what is here, tap by tap."""
        return np.cumsum(self.products(step))

    def explain(self, step: Step, room: int | None, width: int, *, by_channel: bool) -> words.Sentence:
        """Say which cell is put back, or why none is."""
        formats = step.trace.formats
        cells = [words.place(words.INPUT, cell.tolist()) for cell in step.cells]
        here = np.flatnonzero(step.numerators)
        elsewhere = []
        if not here.size:
            lead = step.position[: len(step.position) - len(step.place)]
            for tap in np.flatnonzero(step.inside).tolist():
                goal = np.unravel_index(self._goals(step)[tap], step.trace.window.out)
                elsewhere.append((cells[tap], words.place(words.OUTPUT, (*lead, *(int(each) for each in goal)))))
        return words.put_back(
            words.place(words.OUTPUT, step.position),
            formats.output.brief(step.value),
            cells[here[0]] if here.size else "",
            elsewhere,
            rounded=not formats.output.is_exact(step.value),
        )


def _put(x: Array, indices: Array, out: Sequence[int]) -> Array:
    """Return zeros, (N, C, *out), with each value where its index says; ``indices`` of the shape of ``x``."""
    result = np.zeros((*x.shape[:2], *out), dtype=x.dtype)
    _flat(result)[_over_all(indices, math.prod(out))] = x
    return result


def _over_all(indices: Array, plane: int) -> Array:
    """Return indices over planes of so many cells, (N, C, *space), as indices over all of them."""
    first = np.arange(math.prod(indices.shape[:2])) * plane
    return indices + first.reshape(*indices.shape[:2], *[1] * (indices.ndim - 2))


def _flat(array: Array) -> Array:
    return array.reshape(-1)


def check_indices(x: Array, indices: Array, window: Window) -> None:
    """Refuse indices that no pooling with this window gives; ``x`` and ``indices`` are (N, C, *space)."""
    out = window.out
    most = math.prod(out) - 1
    wrong: Array | None = None
    if indices.min() < 0 or indices.max() > most:
        wrong = (indices < 0) | (indices > most)
    else:
        rest = indices
        for number, axis in reversed(list(enumerate(window.axes))):
            over = rest // axis.out  # far faster than unravelling
            places, rest = rest - over * axis.out, over
            starts = np.arange(axis.size) * axis.given.stride - axis.given.pads.low
            offset = places - starts.reshape(-1, *[1] * (len(window.axes) - number - 1))
            if offset.min() < 0 or offset.max() >= axis.kernel:
                out_of_it = (offset < 0) | (offset >= axis.kernel)
                wrong = out_of_it if wrong is None else wrong | out_of_it
    if wrong is not None:
        cell = tuple(int(each) for each in np.argwhere(wrong)[0])
        index = int(indices[cell])
        if not 0 <= index <= most:
            raise SettingError(
                f"index {index} of {words.place(words.INPUT, cell[2:])} is not in an output of {times(out)}: use 0 to "
                f"{most}, flat over one plane, or another output_size"
            )
        at = tuple(int(each) for each in np.unravel_index(index, out))
        raise SettingError(
            f"index {index} of {words.place(words.INPUT, cell[2:])} is {words.place(words.OUTPUT, at)}, which lies "
            "outside the window of that cell: give kernel_size, stride, padding and output_size as in the pooling"
        )
    if all(axis.kernel <= axis.given.stride for axis in window.axes):  # no cell lies in two windows
        return
    found = _flat(_put(x, indices, out))[_over_all(indices, most + 1)]
    if bool(((found == x) | ((found != found) & (x != x))).all()):  # noqa: PLR0124 (NaN)
        return
    for values, places in zip(
        x.reshape(-1, math.prod(x.shape[2:])), indices.reshape(-1, math.prod(x.shape[2:])), strict=True
    ):
        order = np.argsort(places, kind="stable")
        same = np.flatnonzero(places[order][1:] == places[order][:-1])
        one, two = values[order][same], values[order][same + 1]
        clash = np.flatnonzero((one != two) & ~((one != one) & (two != two)))  # noqa: PLR0124 (NaN)
        if clash.size:
            pair = [np.unravel_index(int(order[same[clash[0]] + more]), x.shape[2:]) for more in (0, 1)]
            first, second = (words.place(words.INPUT, [int(each) for each in cell]) for cell in pair)
            raise SettingError(
                f"index {int(places[order][same[clash[0]]])} is that of {first} and of {second}, which hold different "
                "values: give each its own index, such as trace.indices of max_pool2d"
            )
