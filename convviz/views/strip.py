"""Chosen steps as one still: small figures in rows, with one heading and one formula; the print twin of a GIF."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from math import ceil
from typing import assert_never

from convviz.errors import SettingError
from convviz.scene import Frame, Image, Line, Mark, Polygon, Rect, Scene, Text
from convviz.text import CAP, measure
from convviz.theme import ThemeLike
from convviz.theme import theme as theme_of
from convviz.trace import Trace
from convviz.views.pace import named_steps
from convviz.views.panels import DESIGNED, MARGIN
from convviz.views.plan import Style, Tile
from convviz.views.walk import Walk

MOST_TILES = 24
RESULT = "result"
SENTENCE = ("sentence", RESULT)  # tags of the texts of one line
GAP = 28  # pixels between tiles
SHAPES = (0.34, 0.42, 0.5, 0.6, 0.75)  # height of a tile against its width: the lowest with large cells is taken
SMALLEST = 22  # pixels: where cells would be smaller, fewer tiles stand side by side
TYPES = (1.0, 0.86, 0.78, 0.72)  # size of type in a tile against the heading, by how many stand side by side


def strip(
    trace: Trace,
    steps: int | Sequence[int] | str = 4,
    *,
    theme: ThemeLike = "light",
    width: int = DESIGNED,
    title: str | None = None,
    values: bool = True,
    shade: bool = False,
    blank: Collection[str] = (),
) -> Scene:
    """Draw several steps of a trace side by side, as a scene of one frame.

    ``steps``: how many, spread evenly from the first to the last, or which (counted from 0, rising, or
    "1-4,9,last", counted from 1); at most 24. The
    others are as in `convviz.animate`. Raises `SettingError`.

    >>> from convviz import conv2d
    >>> scene = strip(conv2d([[1, 2, 3], [4, 5, 6], [7, 8, 9]], [[1, 0], [0, 1]]), 4)
    >>> len(scene.frames), [mark.string for mark in scene.at(0) if mark.tag == "step"][:2]
    (1, ['step 1 of 4', 'step 2 of 4'])
    """
    total = trace.planes_out[0].size
    if isinstance(steps, str):
        steps = named_steps(steps, total, trace.output.shape[-1])
    chosen = spread(steps, total) if isinstance(steps, int) else tuple(steps)
    if not 1 <= len(chosen) <= MOST_TILES:
        raise SettingError(f"a strip of {len(chosen)} steps is not drawn: use 1 to {MOST_TILES}")
    style = Style(theme_of(theme), width, title, values, shade, frozenset(blank), chosen)
    whole = Walk(trace, style)  # for the heading, the formula and the notes
    unit = whole.sizes
    columns, tile = _tiling(trace, style._replace(steps=chosen[:1]), whole, len(chosen))
    walks = [Walk(trace, style._replace(steps=(step,)), tile) for step in chosen]
    marks, top = list(whole.heading_marks()), whole.top
    for number, panel in enumerate(alike([[*walk.tile_marks()] for walk in walks])):
        down, across = divmod(number, columns)
        x, y = unit(MARGIN) + across * (tile.width + unit(GAP)), top + down * (tile.height + unit(GAP))
        marks += [moved(mark, x, y) for mark in panel]
    bottom = top + ceil(len(chosen) / columns) * (tile.height + unit(GAP))
    whole.footnotes = walks[0].footnotes
    foot = [mark for mark in whole.foot_marks() if mark.tag != "progress"]
    first = min(mark.y for mark in foot)
    marks += [moved(mark, 0, round(bottom + unit(12) - first)) for mark in foot]
    height = round(bottom + unit(12) + max(mark.y for mark in foot) - first + unit(20))
    scene = walks[0].scene_of(marks, [Frame((), (), whole.seconds)], strip=[step + 1 for step in chosen])
    return replace(scene, width=width, height=height)


def _tiling(trace: Trace, style: Style, whole: Walk, count: int) -> tuple[int, Tile]:
    """Return how many tiles stand side by side, and their size: fewer where numbers would be too small."""
    unit = whole.sizes
    most = next(n for n in (1, 2, 3, 4) if n == 4 or n * (n + 1) >= count)
    for columns in range(most, 0, -1):
        wide = (whole.width - 2 * unit(MARGIN) - (columns - 1) * unit(GAP)) // columns
        best = 0.0
        for shape in SHAPES:
            tile = Tile(wide, round(wide * shape), unit.unit * TYPES[columns - 1])
            with contextlib.suppress(SettingError):  # too small for its planes
                cell = Walk(trace, style, tile).layout.cell
                if cell > best * 1.05:
                    best, chosen = cell, tile
        if best >= min(whole.layout.cell, unit(SMALLEST)):
            break
    return columns, chosen if best else tile


def spread(count: int, total: int) -> tuple[int, ...]:
    """Return ``count`` of so many steps, evenly from the first to the last.

    >>> spread(4, 16), spread(9, 4)
    ((0, 5, 10, 15), (0, 1, 2, 3))
    """
    if count < 1:
        raise SettingError(f"a strip of {count} steps is not drawn: use 1 to {MOST_TILES}")
    if count >= total:
        return tuple(range(total))
    return tuple(number * (total - 1) // max(1, count - 1) for number in range(count))


def alike(panels: Sequence[Sequence[Mark]]) -> list[list[Mark]]:
    """Return panels with their sentences in one size of type: the smallest that one of them needs."""
    sizes = [mark.size for panel in panels for mark in panel if isinstance(mark, Text) and mark.tag in SENTENCE]
    return [[*_sized(panel, min(sizes))] for panel in panels] if sizes else [[*panel] for panel in panels]


def _sized(panel: Sequence[Mark], size: float) -> Iterator[Mark]:
    """Yield the marks of a panel, its sentence in another size of type: the parts of a line move together."""
    shift = 0  # by how much what stands further right in the line is nearer
    for mark, following in zip(panel, (*panel[1:], None), strict=True):
        if isinstance(mark, Text) and mark.tag in SENTENCE:
            middle = mark.y - CAP * mark.size / 2
            length = measure(mark.string, size, mark.bold, mark.mono)
            yield mark._replace(x=mark.x - shift, y=round(middle + CAP * size / 2), size=size, length=length)
            shift += round(mark.length) - round(length)
        elif isinstance(mark, Rect) and isinstance(following, Text) and following.tag == RESULT:
            length = measure(following.string, size, following.bold, following.mono)
            high = round(mark.height * size / following.size)
            wide = mark.width - round(following.length) + round(length)
            y = mark.y + mark.height // 2 - high // 2
            yield mark._replace(x=mark.x - shift, y=y, width=wide, height=high)
        else:
            yield mark


def moved(mark: Mark, x: int, y: int) -> Mark:
    """Return a mark at another place."""
    match mark:
        case Text():
            return mark._replace(x=mark.x + x, y=mark.y + y)
        case Rect():
            return mark._replace(x=mark.x + x, y=mark.y + y)
        case Image():
            return replace(mark, x=mark.x + x, y=mark.y + y)
        case Line() | Polygon():
            return replace(mark, points=tuple((across + x, down + y) for across, down in mark.points))
        case _:
            assert_never(mark)
