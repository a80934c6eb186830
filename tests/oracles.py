"""What convolution and pooling mean, cell by cell, in plain loops over Python numbers.

Slow on purpose, and independent: nothing of convviz is imported here.
"""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from typing import Any

import numpy as np


def starts(size: int, kernel: int, stride: int, low: int, high: int, dilation: int, ceil: bool = False) -> list[int]:
    """Return where each window of an axis starts, found by sliding it along; 0 is the first input cell."""
    reach = (kernel - 1) * dilation
    end = size - 1 + high
    found = []
    start = -low
    if not ceil:
        while start + reach <= end:
            found.append(start)
            start += stride
        return found
    while start - stride + reach < end:  # the window before this one left cells at the end unread
        found.append(start)
        start += stride
    if found and found[-1] >= size:  # it would start in the end padding
        found.pop()
    return found


def named_pads(name: str, size: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """Return (low, high) of a padding that has a name."""
    reach = (kernel - 1) * dilation
    if name == "valid":
        return 0, 0
    if name == "full":
        return reach, reach
    if name == "causal":
        return reach, 0
    wanted = len(range(0, size, stride))
    total = 0
    while len(starts(size, kernel, stride, 0, total, dilation)) < wanted:
        total += 1
    half = total // 2
    return {"same": (half, total - half), "same_lower": (total - half, half)}[name]


def source(place: int, size: int, mode: str) -> int | None:
    """Return which input cell stands at a place on an axis; None in padding that copies nothing."""
    if 0 <= place < size:
        return place
    if mode in ("zeros", "constant"):
        return None
    if mode == "replicate":
        return 0 if place < 0 else size - 1
    if mode == "circular":
        while place < 0:
            place += size
        while place >= size:
            place -= size
        return place
    assert mode == "reflect"
    while not 0 <= place < size:
        place = -place if place < 0 else 2 * (size - 1) - place
    return place


def total_of(terms: list[Any]) -> Any:
    """Add up: exactly for integers, to the last digit for floats."""
    if all(isinstance(term, int) for term in terms):
        return sum(terms)
    return math.fsum(terms)


def convolve(
    x: np.ndarray,
    weight: np.ndarray,
    bias: Any = None,
    *,
    stride: tuple[int, ...],
    pads: tuple[tuple[int, int], ...],
    dilation: tuple[int, ...],
    groups: int = 1,
    mode: str = "zeros",
    fill: Any = 0,
    flip: bool = False,
) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the output as Python numbers, and for each the sum of the terms' sizes; None if no window fits.

    ``x``: (N, C, *space); ``weight``: (out, C/groups, *kernel); ``bias``: one number per filter, or None.
    """
    space, kernel = x.shape[2:], weight.shape[2:]
    rank = len(space)
    places = [starts(space[a], kernel[a], stride[a], *pads[a], dilation[a]) for a in range(rank)]
    if any(not axis for axis in places):
        return None
    filters, depth = weight.shape[:2]
    shape = (x.shape[0], filters, *(len(axis) for axis in places))
    output, sizes = np.empty(shape, dtype=object), np.empty(shape, dtype=object)
    cells = {index: x[index].item() for index in np.ndindex(x.shape)}
    weights = {index: weight[index].item() for index in np.ndindex(weight.shape)}
    for out in np.ndindex(shape):
        sample, one, *position = out
        group = one // (filters // groups)
        terms = []
        for channel in range(depth):
            for tap in itertools.product(*map(range, kernel)):
                where = [source(places[a][position[a]] + tap[a] * dilation[a], space[a], mode) for a in range(rank)]
                value = fill if None in where else cells[(sample, group * depth + channel, *where)]
                turned = tuple(kernel[a] - 1 - tap[a] for a in range(rank)) if flip else tap
                terms.append(value * weights[(one, channel, *turned)])
        if bias is not None:
            terms.append(bias[one])
        output[out] = total_of(terms)
        sizes[out] = sum(abs(term) for term in terms)
    return output, sizes


def windows(
    space: tuple[int, ...],
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    pads: tuple[tuple[int, int], ...],
    dilation: tuple[int, ...],
    ceil: bool,
) -> tuple[tuple[int, ...], dict[tuple[int, ...], list[tuple[int, ...]]]]:
    """Return the shape of the output and, for each position, the places it reads, on or off the input."""
    rank = len(space)
    places = [starts(space[a], kernel[a], stride[a], *pads[a], dilation[a], ceil) for a in range(rank)]
    shape = tuple(len(axis) for axis in places)
    read = {}
    for position in np.ndindex(shape):
        read[position] = [
            tuple(places[a][position[a]] + tap[a] * dilation[a] for a in range(rank))
            for tap in itertools.product(*map(range, kernel))
        ]
    return shape, read


def extreme_pool(
    x: np.ndarray,
    kernel: tuple[int, ...],
    *,
    stride: tuple[int, ...],
    pads: tuple[tuple[int, int], ...],
    dilation: tuple[int, ...],
    ceil: bool,
    largest: bool,
) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the extreme of every window and where it is, flat over its plane; None if a window sees no cell."""
    space = x.shape[2:]
    shape, read = windows(space, kernel, stride, pads, dilation, ceil)
    if 0 in shape:
        return None
    output = np.empty((*x.shape[:2], *shape), dtype=object)
    indices = np.empty((*x.shape[:2], *shape), dtype=np.int64)
    for sample, channel in np.ndindex(x.shape[:2]):
        for position, places in read.items():
            best: Any = None
            for place in places:
                if not all(0 <= at < size for at, size in zip(place, space, strict=True)):
                    continue
                value = x[(sample, channel, *place)].item()
                flat = 0
                for at, size in zip(place, space, strict=True):
                    flat = flat * size + at
                if best is None:
                    best = value, flat
                elif math.isnan(best[0]):
                    break
                elif math.isnan(value) or (value > best[0] if largest else value < best[0]):
                    best = value, flat
            if best is None:
                return None
            output[(sample, channel, *position)], indices[(sample, channel, *position)] = best
    return output, indices


def average_pool(
    x: np.ndarray,
    kernel: tuple[int, ...],
    *,
    stride: tuple[int, ...],
    pads: tuple[tuple[int, int], ...],
    dilation: tuple[int, ...],
    ceil: bool,
    count_include_pad: bool,
    divisor_override: int | None,
) -> np.ndarray | None:
    """Return the average of every window as a fraction, rounded once; None if there is nothing to average."""
    space = x.shape[2:]
    shape, read = windows(space, kernel, stride, pads, dilation, ceil)
    if 0 in shape:
        return None
    output = np.empty((*x.shape[:2], *shape), dtype=np.float64)
    for sample, channel in np.ndindex(x.shape[:2]):
        for position, places in read.items():
            total, real, padded = Fraction(0), 0, 0
            for place in places:
                if all(0 <= at < size for at, size in zip(place, space, strict=True)):
                    total += Fraction(x[(sample, channel, *place)].item())
                    real += 1
                elif all(-low <= at < size + high for at, size, (low, high) in zip(place, space, pads, strict=True)):
                    padded += 1
            if not real and not count_include_pad:
                return None
            divisor = divisor_override or (real + padded if count_include_pad else real)
            output[(sample, channel, *position)] = float(total / divisor)
    return output
