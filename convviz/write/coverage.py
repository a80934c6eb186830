"""How much of every pixel a line or a polygon covers, 0 to 1."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from math import ceil, floor, hypot
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from convviz.scene import Point

Coverage: TypeAlias = NDArray[np.float32]
Floats: TypeAlias = NDArray[np.float64]
ROWS = 8  # lines across a pixel along which a polygon is measured; along each it is measured exactly


@lru_cache(maxsize=256)
def area(points: tuple[Point, ...], width: int, height: int) -> Coverage:
    """Return what a polygon covers of a canvas whose upper left corner is (0, 0), shape (height, width).

    >>> area(((0, 0), (1.5, 0), (1.5, 1), (0, 1)), 3, 2).tolist()
    [[1.0, 0.5, 0.0], [0.0, 0.0, 0.0]]
    """
    rows = (np.arange(height * ROWS) + 0.5) / ROWS
    right = np.arange(1, width + 1, dtype=np.float32)
    covered = np.zeros((height * ROWS, width), dtype=np.float32)
    for (x0, y0), (x1, y1) in pairwise((*points, points[0])):
        low, high = sorted((y0, y1))
        first, last = (min(max(0, ceil(y * ROWS - 0.5)), len(rows)) for y in (low, high))
        if first < last:  # what lies to the right of the edge: added on the way down, taken off on the way up
            crossing = x0 + (rows[first:last, None] - y0) * ((x1 - x0) / (y1 - y0))
            beyond = np.clip(right - crossing.astype(np.float32), 0, 1)
            covered[first:last] += beyond if y0 < y1 else -beyond
    return np.asarray(np.abs(covered.reshape(height, ROWS, width).mean(axis=1)).astype(np.float32))


@lru_cache(maxsize=256)
def stroke(
    points: tuple[Point, ...], thickness: float, closed: bool, dash: tuple[float, ...], width: int, height: int
) -> Coverage:
    """Return what a line through points covers of such a canvas: flat at its ends, round where it bends.

    >>> stroke(((0.0, 0.5), (2.0, 0.5)), 1.0, False, (), 3, 2).tolist()
    [[1.0, 1.0, 0.0], [0.0, 0.0, 0.0]]
    """
    covered = np.zeros((height, width), dtype=np.float32)
    for part in dashed((*points, points[0]) if closed else points, dash):
        for start, end in pairwise(part):
            _segment(covered, start, end, thickness)
        ends = part if closed and not dash else part[1:-1]
        for x, y in ends:
            _dot(covered, x, y, thickness)
    return covered


def dashed(points: Sequence[Point], dash: Sequence[float]) -> Iterator[list[Point]]:
    """Yield the parts of a line that are drawn.

    >>> list(dashed([(0, 0), (10, 0)], (4, 3)))
    [[(0, 0), (4.0, 0.0)], [(7.0, 0.0), (10, 0)]]
    """
    if not dash or sum(dash) <= 0:
        yield list(points)
        return
    lengths = [*dash, *dash] if len(dash) % 2 else [*dash]
    number, left, part = 0, lengths[0], [points[0]]
    for start, (x1, y1) in pairwise(points):
        x0, y0 = start
        whole, done = hypot(x1 - x0, y1 - y0), 0.0
        while whole - done > left:
            done += left
            at = x0 + (x1 - x0) * done / whole, y0 + (y1 - y0) * done / whole
            if number % 2 == 0:
                yield [*part, at]
            number = (number + 1) % len(lengths)
            left, part = lengths[number], [at]
        left -= whole - done
        part.append((x1, y1))
    if number % 2 == 0 and len(part) > 1:
        yield part


def _segment(covered: Coverage, start: Point, end: Point, thickness: float) -> None:
    (x0, y0), (x1, y1) = start, end
    length = hypot(x1 - x0, y1 - y0)
    if not length:
        return
    reach = thickness / 2 + 1
    part, x, y = _near(covered, min(x0, x1) - reach, min(y0, y1) - reach, max(x0, x1) + reach, max(y0, y1) + reach)
    across = ((x - x0) * (y1 - y0) - (y - y0) * (x1 - x0)) / length
    along = ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length
    inside = _overlap(across, -thickness / 2, thickness / 2) * _overlap(along, 0, length)
    np.maximum(part, inside, out=part)


def _dot(covered: Coverage, x0: float, y0: float, thickness: float) -> None:
    reach = thickness / 2 + 1
    part, x, y = _near(covered, x0 - reach, y0 - reach, x0 + reach, y0 + reach)
    np.maximum(part, _overlap(np.hypot(x - x0, y - y0), -thickness / 2, thickness / 2), out=part)


def _near(covered: Coverage, left: float, top: float, right: float, bottom: float) -> tuple[Coverage, Floats, Floats]:
    """Return a part of the canvas, and the middles of its pixels."""
    x0, y0 = max(0, floor(left)), max(0, floor(top))
    part = covered[y0 : max(y0, ceil(bottom)), x0 : max(x0, ceil(right))]
    x, y = (np.arange(size, dtype=np.float64) + 0.5 for size in reversed(part.shape))
    return part, x[None, :] + x0, y[:, None] + y0


def _overlap(middle: Floats, low: float, high: float) -> Floats:
    """Return how much of a pixel's length lies between two ends."""
    return np.asarray(np.clip(np.minimum(high, middle + 0.5) - np.maximum(low, middle - 0.5), 0, 1))
