"""Between feature maps and dense layers: every cell in one line, or one number for each channel."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from convviz import ops
from convviz.errors import SettingError
from convviz.exact import Array, as_numbers
from convviz.numbers import Format, choose
from convviz.trace import Trace

ORDERS = ("torch", "keras")


@dataclass(frozen=True, eq=False)
class Flattened:
    """Feature maps (channels, rows, columns), all of their cells in a line, and what global pooling leaves of them.

    ``order``: "torch" goes through one channel after another, "keras" through the channels of one place after another.
    ``units``: how many units the dense layer has that follows.
    """

    input: Array
    order: str
    units: int
    output: Array
    average: Trace
    largest: Trace

    @cached_property
    def places(self) -> Array:
        """Where each value of the output stands in the input: (channel, row, column) of each, shape (cells, 3)."""
        where = np.stack(np.unravel_index(np.arange(self.input.size), self.input.shape), axis=-1)
        if self.order == "torch":
            return where
        return np.asarray(np.moveaxis(where.reshape(*self.input.shape, 3), 0, 2).reshape(-1, 3))

    def parameters(self, inputs: int) -> int:
        """Return how many parameters the dense layer has for so many inputs: a weight for each, and a bias a unit."""
        return inputs * self.units + self.units

    @cached_property
    def format(self) -> Format:
        """How the values of the input are written."""
        return choose(self.input)


def flatten(input: Any, *, order: str = "torch", units: int = 10) -> Flattened:
    """Put every cell of feature maps in one line, beside the averages and the maxima of the channels.

    ``input``: (channels, rows, columns), or (rows, columns) of one channel. ``order``: "torch" (channels, then rows,
    then columns) or "keras" (rows, columns, then channels). ``units`` of the dense layer that follows are for its
    parameters. Raises `SettingError`.

    >>> made = flatten([[[0, 2], [4, 6]], [[1, 3], [5, 7]]], order="keras")
    >>> made.output.tolist(), made.average.output.ravel().tolist(), made.parameters(made.output.size)
    ([0, 1, 2, 3, 4, 5, 6, 7], [3.0, 4.0], 90)
    """
    x = as_numbers(input, "input")
    if x.ndim not in (2, 3):
        raise SettingError(
            f"input has {x.ndim} axes (shape {x.shape}), but feature maps have (channels, rows, columns): reshape it"
        )
    if order not in ORDERS:
        raise SettingError(f"order {order!r} is unknown: use torch (channels first) or keras (channels last)")
    if isinstance(units, bool) or not hasattr(units, "__index__") or not 1 <= units.__index__() <= 10**9:
        raise SettingError(f"units is {units!r}: use a whole number from 1 on")
    x = x.reshape((1,) * (3 - x.ndim) + x.shape)
    output = (x if order == "torch" else np.moveaxis(x, 0, 2)).reshape(-1)
    output.setflags(write=False)
    return Flattened(x, order, int(units.__index__()), output, ops.global_avg_pool2d(x), ops.global_max_pool2d(x))
