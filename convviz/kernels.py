"""Kernels that have a name, as integers over one divisor."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from convviz.errors import SettingError
from convviz.exact import Array, over_one_divisor
from convviz.window import per_axis


class Named(NamedTuple):
    """What a name stands for: its integers, what they are divided by, and what it does."""

    numerators: Callable[[tuple[int, ...]], Array]
    does: str
    sized: bool = False  # whether it comes in more sizes than 3×3


def _fixed(*rows: Sequence[int]) -> Callable[[tuple[int, ...]], Array]:
    return lambda _: np.array(rows, dtype=np.int64)


def _ones(size: tuple[int, ...]) -> Array:
    return np.ones(size, dtype=np.int64)


def _identity(size: tuple[int, ...]) -> Array:
    kernel = np.zeros(size, dtype=np.int64)
    kernel[tuple((n - 1) // 2 for n in size)] = 1
    return kernel


def _binomial(size: tuple[int, ...]) -> Array:
    """Rows of Pascal's triangle, the integer stand-in for a Gaussian."""
    if sum(n - 1 for n in size) > 62:
        raise SettingError(
            f"kernel gaussian of {'×'.join(map(str, size))} has weights over 64-bit integers: use at most 32×32"
        )
    kernel = np.ones((), dtype=np.int64)
    for n in size:
        kernel = np.multiply.outer(kernel, np.array([math.comb(n - 1, k) for k in range(n)], dtype=np.int64))
    return kernel


KERNELS = {
    "mean": Named(_ones, "averages: a blur in which every cell counts the same", sized=True),
    "identity": Named(_identity, "copies the cell under its centre", sized=True),
    "gaussian": Named(_binomial, "averages, the centre counting most (binomial weights)", sized=True),
    "sharpen": Named(_fixed((0, -1, 0), (-1, 5, -1), (0, -1, 0)), "raises a cell above its neighbours"),
    "laplacian": Named(_fixed((0, 1, 0), (1, -4, 1), (0, 1, 0)), "second derivative: edges all round"),
    "laplacian-8": Named(_fixed((1, 1, 1), (1, -8, 1), (1, 1, 1)), "second derivative, diagonals too"),
    "outline": Named(_fixed((-1, -1, -1), (-1, 8, -1), (-1, -1, -1)), "bright where a cell stands out"),
    "sobel-x": Named(_fixed((-1, 0, 1), (-2, 0, 2), (-1, 0, 1)), "left to right change: vertical edges"),
    "sobel-y": Named(_fixed((-1, -2, -1), (0, 0, 0), (1, 2, 1)), "top to bottom change: horizontal edges"),
    "prewitt-x": Named(_fixed((-1, 0, 1), (-1, 0, 1), (-1, 0, 1)), "left to right change, rows counting the same"),
    "prewitt-y": Named(_fixed((-1, -1, -1), (0, 0, 0), (1, 1, 1)), "top to bottom change, columns counting the same"),
    "scharr-x": Named(_fixed((-3, 0, 3), (-10, 0, 10), (-3, 0, 3)), "left to right change, even at any angle"),
    "scharr-y": Named(_fixed((-3, -10, -3), (0, 0, 0), (3, 10, 3)), "top to bottom change, even at any angle"),
    "emboss": Named(_fixed((-2, -1, 0), (-1, 1, 1), (0, 1, 2)), "relief, lit from the top left"),
}  # fmt: skip
ALIASES = {"box": "mean", "average": "mean", "blur": "mean", "gauss": "gaussian", "edge": "outline"}


def kernel(name: str, size: int | Sequence[int] | None = None) -> Array:
    """Return a named kernel, 3×3 if no size is given: integers, or floats where it is divided.

    ``size``: rows and columns, or one number for both; of some kernels only. Raises `SettingError`.

    >>> kernel("sobel-x").tolist()
    [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
    >>> float(kernel("gaussian", 5).sum()), kernel("mean", (1, 3)).shape
    (1.0, (1, 3))
    """
    name = name if len(name) <= 40 else name[:40] + "…"
    spelled = name.lower().replace("_", "-").replace(" ", "-")
    spelled = ALIASES.get(spelled, spelled)
    if spelled not in KERNELS:
        from difflib import get_close_matches

        near = get_close_matches(spelled, [*KERNELS, *ALIASES], n=1, cutoff=0.4)
        hint = f"did you mean {near[0]}? " if near else ""
        raise SettingError(
            f"kernel {name!r} is unknown: {hint}use a size like 3x3, numbers, a file, or a name ({', '.join(KERNELS)})"
        )
    named = KERNELS[spelled]
    shape = (3, 3) if size is None else per_axis("size", size, len(size) if isinstance(size, Sequence) else 2)
    if not named.sized and shape != (3, 3):
        sized = ", ".join(each for each, known in KERNELS.items() if known.sized)
        raise SettingError(
            f"kernel {spelled} comes only as 3×3, not {'×'.join(map(str, shape))}: "
            f"leave the size out, or use one that comes in sizes ({sized})"
        )
    numerators = named.numerators(shape)
    divisor = int(numerators.sum()) if named.sized else 1
    return numerators / divisor if divisor != 1 else numerators


def made_up(shape: Sequence[int], seed: int = 0) -> Array:
    """Return whole numbers from −2 to 2, the same for a seed: weights that are easily followed.

    >>> made_up((1, 2, 2)).tolist()
    [[[2, 1], [0, -1]]]
    """
    return np.random.default_rng(seed).integers(-2, 3, size=tuple(shape))


def name_of(weights: Array) -> str:
    """Return the name of a kernel, or nothing if it has none.

    >>> name_of(np.full((2, 2), 0.25)), name_of(np.array([[3]]))
    ('mean', '')
    """
    numerators, divisor = over_one_divisor(weights)
    for name, named in KERNELS.items():
        if not named.sized and weights.shape != (3, 3):
            continue
        if weights.size == 1 and name != "identity":
            continue
        known = named.numerators(weights.shape)
        whole = int(known.sum()) if named.sized else 1
        if (numerators * whole == known * divisor).all():
            return name
    return ""
