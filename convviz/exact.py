"""What an array holds: numbers of a kind that can be added up exactly, or to the last digit of their floats."""

from __future__ import annotations

import math
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from convviz.errors import SettingError

Array = NDArray[Any]


class Computed(Protocol):
    """Whatever has an output."""

    @property
    def output(self) -> Array:
        """What came of it."""


LARGEST_DIVISOR = 1024
LARGEST_POWER = 2**16  # of two: no float is one over it by chance
EXACT_IN_FLOAT = 2**53  # every integer below this is a float64
LARGEST = 2**63 - 1  # of a 64-bit integer


def as_numbers(values: Any, name: str) -> Array:
    """Take lists, arrays and tensors as an array of int64, float32 or float64: a read-only copy.

    bool and integers become int64, float16 becomes float32. Tensors with ``detach`` and ``cpu`` are detached and
    moved. Raises `SettingError` for what holds no real numbers, or none at all.

    >>> as_numbers([[True, False]], "input").dtype
    dtype('int64')
    """
    for step in ("detach", "cpu"):
        if hasattr(values, step):
            values = getattr(values, step)()
    try:
        array = np.asarray(values)
    except TypeError:  # a bfloat16 tensor has no NumPy dtype
        array = np.asarray(values.float())
    except ValueError as problem:
        raise SettingError(
            f"{name} is ragged: its rows have different lengths; give every row the same number of values"
        ) from problem
    if array.size == 0:
        raise SettingError(f"{name} is empty (shape {array.shape}): give it at least one value")
    kind = array.dtype.kind
    if kind == "b" or kind in "iu":
        if kind == "u" and array.dtype.itemsize == 8 and int(array.max()) > np.iinfo(np.int64).max:
            raise SettingError(f"{name} holds {array.max()}, which is over 64-bit integers: pass floats")
        array = array.astype(np.int64)
    elif kind == "f":
        array = array.astype(np.float32 if array.dtype.itemsize <= 4 else np.float64)
    else:
        what = {"c": "complex numbers", "O": "Python objects", "U": "words", "S": "words"}.get(kind, str(array.dtype))
        raise SettingError(f"{name} holds {what}, not real numbers: pass integers or floats")
    array.setflags(write=False)
    return array


def over_one_divisor(weights: Array) -> tuple[Array, int]:
    """Return the integers behind an array of fractions, with their common divisor.

    A float array whose every entry is the nearest float to n/d, with one d of at most 1024 (or a power of two of at
    most 65536), is recognised, so that sums are of integers and are divided once. Anything else comes back as it is,
    over 1.

    >>> over_one_divisor(np.ones((2, 2)) / 9)
    (array([[1, 1],
           [1, 1]]), 9)
    >>> over_one_divisor(np.array([0.5, 0.3333]))[1]
    1
    """
    if weights.dtype.kind != "f":
        return weights, 1
    if not np.isfinite(weights).all() or float(np.abs(weights).max()) > 2**31:
        return weights, 1
    flat = weights.ravel()
    if not (flat != np.rint(flat)).any():
        return weights.astype(np.int64), 1
    whole = flat.astype(np.float64) * LARGEST_POWER
    if not (whole != np.rint(whole)).any():
        common = math.gcd(LARGEST_POWER, *np.unique(whole.astype(np.int64)).tolist())
        return (whole / common).astype(np.int64).reshape(weights.shape), LARGEST_POWER // common
    from fractions import Fraction  # brings decimals along: loaded where it is needed

    divisor = 1
    while True:
        numerators = np.round(flat.astype(np.float64) * divisor)
        wrong = (numerators / divisor).astype(weights.dtype) != flat
        if not wrong.any():
            return numerators.astype(np.int64).reshape(weights.shape), divisor
        entry = flat[int(wrong.argmax())]
        fraction = Fraction(float(entry)).limit_denominator(LARGEST_DIVISOR)
        if weights.dtype.type(fraction.numerator / fraction.denominator) != entry:
            return weights, 1
        wider = math.lcm(divisor, fraction.denominator)
        if wider > LARGEST_DIVISOR or wider == divisor:
            return weights, 1
        divisor = wider


def common_dtype(*arrays: Array | None) -> np.dtype[Any]:
    """Return the dtype of a result: the widest float that takes part, else int64."""
    floats = [array.dtype for array in arrays if array is not None and array.dtype.kind == "f"]
    return np.result_type(*floats) if floats else np.dtype(np.int64)


def magnitude(array: Array) -> int:
    """Return the largest absolute value of an integer array, as a Python int."""
    return max(abs(int(array.max())), abs(int(array.min())))


def heaviest(weights: Array) -> int:
    """Return the largest sum of absolute integer weights that a filter has, as a Python int.

    >>> heaviest(np.array([[1, -2], [0, 1]]))
    3
    """
    flat = weights.reshape(len(weights), -1)
    if magnitude(flat) * flat.shape[1] > LARGEST:
        sums: list[int] = [sum(map(abs, filter_)) for filter_ in flat.tolist()]
        return max(sums)
    return int(np.abs(flat).sum(axis=1).max())


def divided(total: Array, divisor: Any, dtype: np.dtype[Any]) -> Array:
    """Divide sums once, each result the float nearest to the quotient.

    >>> divided(np.array([2**53 + 1]), 3, np.dtype(np.float64)).tolist() == [(2**53 + 1) / 3]
    True
    """
    if total.dtype.kind == "i" and magnitude(total) >= EXACT_IN_FLOAT:
        pairs = zip(total.ravel().tolist(), np.broadcast_to(divisor, total.shape).ravel().tolist(), strict=True)
        return np.array([a / int(b) for a, b in pairs]).reshape(total.shape).astype(dtype)
    return np.asarray((total / divisor).astype(dtype, copy=False))
