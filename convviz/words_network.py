"""Every word that people see of networks, English first: labels, notes, sentences."""

from __future__ import annotations

from collections.abc import Sequence

from convviz.numbers import times
from convviz.window import Window
from convviz.words import TITLES, padding

OWN_NAME = "Network"
INPUT = "input"
FLATTENED = "flatten (before dense)"
ALEXNET_NOTE = (
    "224×224 without padding gives ⌊(224 − 11)/4⌋ + 1 = 54; where textbooks say 55, they take 227×227, or pad"
)
KINDS = {
    "conv": "conv",
    "max": "max pool",
    "avg": "average pool",
    "min": "min pool",
    "global-max": "global max pool",
    "global-avg": "global average pool",
    "flatten": "flatten",
    "dense": "dense",
    "dropout": "dropout",
    "batch-norm": "batch norm",
    "softmax": "softmax",
}
HEADS = ("layer", "kernel", "stride", "padding", "output", "parameters", "multiply-adds", "receptive field")
TOTAL = "total"
ALL = "all"
NOTHING = "–"


def kind(name: str) -> str:
    """Name a kind of layer.

    >>> kind("avg"), kind("leaky-relu"), kind("sigmoid")
    ('average pool', 'leaky ReLU', 'sigmoid')
    """
    if name in KINDS:
        return KINDS[name]
    title = TITLES[name.replace("-", "_")].partition(" (")[0]
    first, *rest = title.split(" ")
    return " ".join([first.lower() if first.istitle() else first, *rest])


def size(sizes: Sequence[int]) -> str:
    """Write a kernel as it is typed: one size for both axes too.

    >>> size((3,)), size((3, 2))
    ('3x3', '3x2')
    """
    return "x".join(map(str, sizes if len(sizes) > 1 else (*sizes, *sizes)))


def count(number: int) -> str:
    """Write a whole number with its thousands apart.

    >>> count(61706)
    '61,706'
    """
    return f"{number:,}"


def brief(number: int) -> str:
    """Write a whole number in three digits where it is long, visibly so.

    >>> [brief(number) for number in (9_999, 34_944, 105_415_200, 15_470_264_320, 999_950)]
    ['9,999', '34.9 k', '105 M', '15.5 G', '1,000 k']
    """
    for unit, name in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if number >= 10 * unit or (number >= unit > 1000):
            part = number / unit
            return f"{part:,.{0 if part >= 99.95 else 1}f} {name}"
    return count(number)


def per_axis(values: Sequence[int]) -> str:
    """Write one number where all axes are alike."""
    return str(values[0]) if len(set(values)) == 1 else ", ".join(map(str, values))


def pads(window: Window, given: object) -> str:
    """Write the padding: in cells, and by the name that was typed.

    >>> from convviz.window import Axis
    >>> pads(Window((Axis(28, 5, low=2, high=2),) * 2), "same"), pads(Window((Axis(6, 3),) * 2), 0)
    ('2 (same)', '0')
    """
    sides = [padding((axis.low, axis.high)) for axis in window.axes]
    said = sides[0] if len(set(sides)) == 1 else ", ".join(sides)
    return f"{said} ({given})" if isinstance(given, str) and given != "valid" else said


def field(sizes: Sequence[int], whole: Sequence[int], *, sees_all: bool) -> str:
    """Write a receptive field.

    >>> field((16, 16), (28, 28), sees_all=False), field((28, 28), (28, 28), sees_all=True)
    ('16×16', 'all')
    """
    if not whole:
        return NOTHING if not sees_all else ALL
    return ALL if sees_all and tuple(sizes) == tuple(whole) else times(sizes)


def untrained(number: int, parameters: int) -> str:
    """Say how many parameters are not trained.

    >>> untrained(32, 1000)
    '32 of the 1,000 parameters are not trained: running means and variances, which PyTorch calls buffers'
    """
    return (
        f"{count(number)} of the {count(parameters)} parameters are not trained: "
        "running means and variances, which PyTorch calls buffers"
    )
