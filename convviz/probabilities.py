"""Softmax: from any numbers to probabilities, by way of exponentials that can't overflow."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from convviz.errors import SettingError
from convviz.exact import Array, as_numbers
from convviz.numbers import Format, choose

DECIMALS = 3  # of what is not rational


@dataclass(frozen=True, eq=False)
class Softmax:
    """Logits, what is left of them once the largest is taken away, its exponentials, their sums, the probabilities.

    All but the sums have the shape of the input; ``sums`` has 1 on the axis ``dim``.
    """

    input: Array
    dim: int
    shifted: Array
    exponentials: Array
    sums: Array
    output: Array

    @cached_property
    def vectors(self) -> tuple[Array, Array, Array, Array, Array]:
        """Input, shifted, exponentials and output as (vectors, classes), the sums as (vectors,)."""
        whole = (self.input, self.shifted, self.exponentials, self.output)
        rows = [np.moveaxis(each, self.dim, -1).reshape(-1, self.input.shape[self.dim]) for each in whole]
        return rows[0], rows[1], rows[2], rows[3], np.moveaxis(self.sums, self.dim, -1).ravel()

    @cached_property
    def rational(self) -> bool:
        """Whether no power of e is taken but the first: all numbers of each vector are equal, or −∞."""
        return bool(((self.shifted == 0) | ~np.isfinite(self.shifted)).all())

    @cached_property
    def formats(self) -> tuple[Format, Format, Format, Format]:
        """How the input, what is shifted, exponentials with their sums, and probabilities are written."""
        rounded = Format(DECIMALS, exact=False, rational=False, epsilon=float(np.finfo(self.output.dtype).eps))
        powers, after = (choose(self.sums), choose(self.output)) if self.rational else (rounded, rounded)
        return choose(self.input), choose(self.shifted), powers, after if after.exact else rounded

    def jacobian(self, vector: int = 0) -> Array:
        """Return how each probability of a vector changes with each number of it: p·(1 if i = j, else 0) − p·pᵀ.

        >>> softmax([0, 0]).jacobian().tolist()
        [[0.25, -0.25], [-0.25, 0.25]]
        """
        p = self.vectors[3][vector].astype(np.float64)
        return np.asarray(np.diag(p) - np.outer(p, p))


def softmax(input: Any, dim: int = -1) -> Softmax:
    """Return the probabilities that numbers stand for along an axis, and every step on the way.

    The largest is taken from all of them first: the result is the same, and no exponential overflows. Raises
    `SettingError` for an axis that is not there.

    >>> softmax([1000, 1000, 1000, 1000]).output.tolist()
    [0.25, 0.25, 0.25, 0.25]
    """
    x = as_numbers(input, "input")
    if x.ndim == 0:
        raise SettingError("input is a single number: softmax takes a vector, or rows of them")
    if isinstance(dim, bool) or not hasattr(dim, "__index__") or not -x.ndim <= dim.__index__() < x.ndim:
        raise SettingError(f"dim {dim!r} is not an axis of a shape {x.shape}: use {-x.ndim} to {x.ndim - 1}")
    axis = dim.__index__() % x.ndim
    whole = x.astype(np.float64)
    with np.errstate(all="ignore"):  # ∞ − ∞ is NaN, as in any framework
        shifted = x - x.max(axis=axis, keepdims=True) if x.dtype.kind == "f" else _differences(x, axis)
        exponentials = np.exp(whole - whole.max(axis=axis, keepdims=True))
        sums = exponentials.sum(axis=axis, keepdims=True)
        output = exponentials / sums
    kind = x.dtype if x.dtype.kind == "f" else np.dtype(np.float64)
    parts = [each.astype(kind, copy=False) for each in (exponentials, sums, output)]
    for each in (shifted, *parts):
        each.setflags(write=False)
    return Softmax(x, axis, shifted, *parts)


def _differences(x: Array, axis: int) -> Array:
    """Return integers less the largest: exact, or as floats where they would leave 64 bits."""
    low, high = int(x.min()), int(x.max())
    wide = x if high - low < 2**63 else x.astype(np.float64)
    return np.asarray(wide - wide.max(axis=axis, keepdims=True))
