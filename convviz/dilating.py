"""The dilated kernel as a matrix: zeros put between the weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from convviz.errors import SettingError
from convviz.exact import Array, as_numbers, over_one_divisor
from convviz.numbers import Format, choose
from convviz.window import Axis, PerAxis, per_axis


@dataclass(frozen=True, eq=False)
class Dilated:
    """A kernel and the same kernel with zeros between its weights, both as integers over one divisor where they can be.

    ``axes`` hold kernel, dilation and span of the rows and the columns; ``taps`` is 1 where a weight stands.
    """

    kernel: Array
    axes: tuple[Axis, ...]
    numerators: Array
    divisor: int
    dilated: Array
    taps: Array

    @property
    def output(self) -> Array:
        """The dilated weights as numbers."""
        return self.dilated if self.divisor == 1 else np.asarray(self.dilated / self.divisor)

    @property
    def dilation(self) -> tuple[int, ...]:
        """The dilation of each axis."""
        return tuple(axis.dilation for axis in self.axes)

    @property
    def format(self) -> Format:
        """How the weights are written."""
        return choose(self.numerators)


def dilate(kernel: Any, dilation: PerAxis = 2) -> Dilated:
    """Put dilation − 1 zeros between the weights of a kernel.

    ``kernel``: one row of weights, or (rows, columns). Raises `SettingError`.

    >>> dilate([[1, 2, 3]], 2).dilated.tolist()
    [[1, 0, 2, 0, 3]]
    """
    given = as_numbers(kernel, "kernel")
    if given.ndim not in (1, 2):
        raise SettingError(
            f"kernel has {given.ndim} axes (shape {given.shape}), but a matrix has rows and columns: reshape it"
        )
    numbers = per_axis("dilation", dilation, given.ndim)
    for number in numbers:
        if number < 1:
            raise SettingError(f"dilation is {number}: use 1 or more")
    weights, divisor = over_one_divisor(given)
    axes = tuple(
        Axis(number * (size - 1) + 1, size, dilation=number) for size, number in zip(given.shape, numbers, strict=True)
    )
    cells = 1
    for axis in axes:
        cells *= axis.span
    if cells > MOST_CELLS:
        raise SettingError(
            f"dilation {', '.join(map(str, numbers))} makes a kernel of {cells} cells: use a smaller one"
        )
    places = np.ix_(*[np.array(axis.taps(0)) for axis in axes])
    dilated = np.zeros([axis.span for axis in axes], dtype=weights.dtype)
    taps = np.zeros(dilated.shape, dtype=np.int64)
    dilated[places], taps[places] = weights, 1
    for each in (dilated, taps):
        each.setflags(write=False)
    return Dilated(given, axes, weights, divisor, dilated, taps)


MOST_CELLS = 1 << 20  # of a dilated kernel
