"""Marks that every view makes: texts centred on a height, lines inside an edge."""

from __future__ import annotations

from convviz.scene import Anchor, Rect, Text
from convviz.text import CAP, measure


def write(
    x: float,
    middle: float,
    string: str,
    size: float,
    role: str,
    on: str,
    anchor: Anchor = "middle",
    *,
    bold: bool = False,
    mono: bool = False,
    tag: str = "",
) -> Text:
    """Make a text whose digits are centred on a height."""
    baseline = round(middle + CAP * size / 2)
    return Text(x, baseline, string, size, role, on, measure(string, size, bold, mono), anchor, bold, mono, tag)


def inset(x: int, y: int, width: int, height: int, inset: int, thick: int, role: str) -> Rect:
    """Return a frame inside a rectangle: ``thick`` pixels of it, from ``inset`` pixels on."""
    low, high = inset + thick // 2, inset + thick - thick // 2
    return Rect(x + low, y + low, width - low - high, height - low - high, "", role, thick, tag=role)
