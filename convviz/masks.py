"""Dropout: which cells a mask keeps, and how much these grow for it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from convviz import ops
from convviz.errors import SettingError
from convviz.exact import Array, as_numbers, divided, over_one_divisor
from convviz.numbers import Format, choose, plain
from convviz.trace import Trace

MOST_PASSES = 24
MOST_DIVISOR = 10**9  # of a rate that is a fraction


@dataclass(frozen=True, eq=False)
class Dropout:
    """An input, the mask over it (1 is kept, 0 is dropped), and the output at training; at inference it is the input.

    What is kept is multiplied by ``numerator / divisor`` = 1 / (1 − rate).
    """

    input: Array
    rate: float
    seed: int
    mask: Array
    output: Array
    numerator: float
    divisor: float

    @property
    def scale(self) -> float:
        """What a kept cell is multiplied by: 1 / (1 − rate)."""
        return self.numerator / self.divisor

    @property
    def kept(self) -> int:
        """How many cells are kept."""
        return int(self.mask.sum())

    @property
    def spoilt(self) -> bool:
        """Whether an infinite value or a NaN is dropped, of which 0 times it makes a NaN."""
        return not bool(np.isfinite(self.input[self.mask == 0]).all())

    @cached_property
    def formats(self) -> tuple[Format, Format]:
        """How the input and the output are written."""
        return choose(self.input), choose(self.output)


def check_rate(rate: Any) -> float:
    """Return a rate, or refuse it: 0 keeps everything, and a rate of 1 would leave nothing to scale."""
    try:
        number = math.nan if isinstance(rate, bool) else float(rate)
    except (TypeError, ValueError):
        number = math.nan
    if not 0 <= number < 1:
        shown = str(rate)[:40] if math.isnan(number) else plain(number)
        raise SettingError(f"rate {shown} is not the part of the cells that is dropped: use 0 or more and less than 1")
    return number


def check_seed(seed: Any) -> int:
    """Return a seed, or refuse it."""
    if isinstance(seed, bool) or not hasattr(seed, "__index__") or seed.__index__() < 0:
        raise SettingError(f"seed {seed!r} is not a whole number from 0 on: use 1, for example")
    return int(seed.__index__())


def dropout(input: Any, rate: float = 0.5, *, seed: int = 0) -> Dropout:
    """Drop cells at random, as at training: each by itself, with the probability ``rate``; scale the others up.

    The same ``seed`` gives the same mask. Kept cells are multiplied by 1 / (1 − rate), so that on average a cell is
    what it was. Raises `SettingError` for a rate outside [0, 1).

    >>> made = dropout([[1, 2], [3, 4]], 0.2, seed=1)
    >>> made.mask.tolist(), made.output.tolist()
    ([[1, 1], [0, 1]], [[1.25, 2.5], [0.0, 5.0]])
    """
    x, part, number = as_numbers(input, "input"), check_rate(rate), check_seed(seed)
    mask = draw_mask(np.random.default_rng(number), x.shape, part)
    numerator, divisor = scale_of(part)
    kind = x.dtype if x.dtype.kind == "f" else np.dtype(np.float64)
    with np.errstate(all="ignore"):
        output = np.where(mask == 1, scaled(x, numerator, divisor, kind), nothing_of(x, kind))
    for each in (mask, output):
        each.setflags(write=False)
    return Dropout(x, part, number, mask, output, numerator, divisor)


@dataclass(frozen=True, eq=False)
class DenseDropout:
    """Dropout between two dense layers: several passes of training, each with a mask of its own, and inference.

    ``passes`` are the second layer at each pass, its input what dropout left of ``hidden``; ``inference`` is the same
    layer with all of it.
    """

    hidden: Array
    weight: Array
    rate: float
    seed: int
    masks: Array
    passes: tuple[Trace, ...]
    inference: Trace
    numerator: float
    divisor: float

    @property
    def output(self) -> Array:
        """The second layer's outputs, pass after pass: (passes, units)."""
        return np.stack([each.output for each in self.passes])

    @property
    def scale(self) -> float:
        """What a kept unit is multiplied by: 1 / (1 − rate)."""
        return self.numerator / self.divisor

    @cached_property
    def formats(self) -> tuple[Format, Format, Format]:
        """How the outputs of the first layer, what dropout leaves of them, and the second layer's are written."""
        left = np.stack([each.input for each in self.passes])
        return choose(self.hidden), choose(left), choose(np.stack([each.output for each in self.passes]))


def dense_dropout(hidden: Any, weight: Any, rate: float = 0.5, *, seed: int = 0, passes: int = 5) -> DenseDropout:
    """Drop outputs of a dense layer at random, pass after pass, before they reach the next layer.

    ``hidden``: the outputs of the first layer, (units); ``weight`` of the second: (its units, units). Raises
    `SettingError`.

    >>> made = dense_dropout([1, 2, 3], [[1, 1, 1]], 0.5, seed=1, passes=2)
    >>> made.masks.tolist(), [each.output.tolist() for each in made.passes], made.inference.output.tolist()
    ([[1, 1, 0], [1, 0, 0]], [[6.0], [2.0]], [6])
    """
    x, part, number = as_numbers(hidden, "hidden"), check_rate(rate), check_seed(seed)
    if x.ndim != 1:
        raise SettingError(
            f"hidden has shape {x.shape}, but the outputs of a dense layer are a vector: pass one sample"
        )
    if isinstance(passes, bool) or not hasattr(passes, "__index__") or not 1 <= passes.__index__() <= MOST_PASSES:
        raise SettingError(f"passes is {passes!r}: use 1 to {MOST_PASSES}")
    random = np.random.default_rng(number)
    masks = np.stack([draw_mask(random, x.shape, part) for _ in range(int(passes))])
    numerator, divisor = scale_of(part)
    kind = x.dtype if x.dtype.kind == "f" else np.dtype(np.float64)
    grown = scaled(x, numerator, divisor, kind)
    layers = tuple(ops.dense(np.where(mask == 1, grown, nothing_of(x, kind)), weight) for mask in masks)
    masks.setflags(write=False)
    whole = ops.dense(x, weight)
    return DenseDropout(x, as_numbers(weight, "weight"), part, number, masks, layers, whole, numerator, divisor)


def draw_mask(random: np.random.Generator, shape: tuple[int, ...], rate: float) -> Array:
    """Return 1 where a cell is kept and 0 where it is dropped."""
    return np.asarray((random.random(shape) >= rate).astype(np.int64))


def nothing_of(x: Array, kind: np.dtype[Any]) -> Array:
    """Return x · 0, which is what PyTorch makes of a dropped cell: NaN where x is infinite or NaN.

    >>> nothing_of(np.array([-2.0, np.inf]), np.dtype(np.float64)).tolist()
    [0.0, nan]
    """
    return np.asarray(np.where(np.isfinite(x), kind.type(0), kind.type(np.nan)))


def scale_of(rate: float) -> tuple[float, float]:
    """Return 1 / (1 − rate) as a numerator over a divisor: whole numbers where the rate is a fraction of few digits.

    >>> scale_of(0.2), scale_of(0.5), scale_of(0.99999)
    ((5, 4), (2, 1), (100000, 1))
    """
    part, of = over_one_divisor(np.array([rate]))
    left = 1 - (Fraction(int(part[0]), of) if part.dtype.kind == "i" else Fraction(repr(rate)))  # as it is typed
    if left.denominator > MOST_DIVISOR:
        return 1.0, 1.0 - rate
    return left.denominator, left.numerator


def scaled(x: Array, numerator: float, divisor: float, kind: np.dtype[Any]) -> Array:
    """Multiply and divide once each: of integers, the float nearest to the quotient."""
    reach = max(abs(int(x.max())), abs(int(x.min()))) * numerator if x.dtype.kind == "i" else 0
    if x.dtype.kind == "i" and isinstance(numerator, int) and reach < 2**63:
        return divided(x * numerator, divisor, kind)
    return np.asarray((x * (numerator / divisor)).astype(kind))
