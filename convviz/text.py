"""How wide a text is: measured here and nowhere else, in the fonts that come with matplotlib."""

from __future__ import annotations

import importlib.util
from functools import cache, lru_cache
from pathlib import Path

from PIL import ImageFont

CAP = 0.729  # height of capitals and digits in DejaVu, in ems
FILES = {
    (False, False): "DejaVuSans.ttf",
    (True, False): "DejaVuSans-Bold.ttf",
    (False, True): "DejaVuSansMono.ttf",
    (True, True): "DejaVuSansMono-Bold.ttf",
}


@cache
def _folder() -> Path:
    spec = importlib.util.find_spec("matplotlib")  # finds it without importing it
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("convviz draws with the fonts that come with matplotlib: install matplotlib")
    return Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf"


@cache
def font(size: float, bold: bool = False, mono: bool = False) -> ImageFont.FreeTypeFont:
    """Return DejaVu Sans, or DejaVu Sans Mono, of a size in pixels an em."""
    path = str(_folder() / FILES[bold, mono])
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)


def measure(string: str, size: float, bold: bool = False, mono: bool = False) -> float:
    """Return the width of a text in pixels."""
    if mono:  # every glyph is as wide
        return len(string) * _advance(size, bold)
    return _length(string, size, bold)


def places(string: str, size: float, bold: bool = False, mono: bool = False) -> list[float]:
    """Return where each letter of a text starts, and where the text ends, in pixels from its start.

    >>> places("12", 16.0, mono=True)
    [0.0, 10.0, 20.0]
    """
    if mono:
        return [number * _advance(size, bold) for number in range(len(string) + 1)]
    found = [0.0]
    for number, letter in enumerate(string, start=1):
        found.append(found[-1] + _apart(letter, string[number : number + 1], size, bold))
    return found


def lacking(string: str, bold: bool = False, mono: bool = False) -> str:
    """Return the letters of a text that its font does not have, each once: a box would be drawn.

    >>> lacking("Ünïcode: 卷积 🙂"), lacking("i − k ≥ ⌊½⌋")
    ('卷积🙂', '')
    """
    return "".join(each for each in dict.fromkeys(string) if each > "~" and not _has(each, bold, mono))


@cache
def _has(letter: str, bold: bool, mono: bool) -> bool:
    """Tell whether a font has a letter; for those that it has not, all show the same."""
    face = font(16.0, bold, mono)
    return letter.isspace() or bytes(face.getmask(letter)) != bytes(face.getmask("\uffff"))


@lru_cache(maxsize=2048)
def _length(string: str, size: float, bold: bool) -> float:
    return places(string, size, bold)[-1]


@cache
def _apart(letter: str, following: str, size: float, bold: bool) -> float:
    """Return how far the letter after one starts from it: fonts kern."""
    face = font(size, bold)
    return face.getlength(letter + following) - (face.getlength(following) if following else 0)


@cache
def _advance(size: float, bold: bool) -> float:
    return font(size, bold, True).getlength("0")


def fitting(string: str, room: float, size: float, least: float, *, bold: bool = False, mono: bool = False) -> float:
    """Return the largest size, in half pixels from ``size`` down to ``least``, at which a text fits; or ``least``."""
    while size > least and measure(string, size, bold, mono) > room:
        size = max(least, size - 0.5)
    return size


def clipped(string: str, room: float, size: float, *, bold: bool = False, mono: bool = False) -> str:
    """Return the text, or what fits of it before an ellipsis."""
    if measure(string, size, bold, mono) <= room:
        return string
    low, high = 0, len(string)
    while low < high:
        middle = (low + high + 1) // 2
        if measure(string[:middle] + "…", size, bold, mono) <= room:
            low = middle
        else:
            high = middle - 1
    return string[:low].rstrip() + "…"
