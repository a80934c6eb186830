"""Where grids of cells stand on a canvas: side by side, on one centre line, with one size of cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from convviz.text import measure

DESIGNED = 1120  # pixels: every measure below is for a canvas this wide, and scales with it
LARGEST_CELL = 52
HIGHEST_CELL = 80  # of grids with few rows, so that small figures fill the canvas too
COMFORT = 312  # pixels: cells grow until the tallest grid is this high
MARGIN = 40


class Panel(NamedTuple):
    """Planes of cells as the view wants them: ``down`` × ``across`` planes of rows × columns.

    ``label`` and ``caption`` are what is written over and under them (``below``: keep room for a caption that is not
    known yet); ``top`` and ``left`` are gutters for indices; no cell is smaller than ``least``.
    """

    rows: int
    columns: int
    down: int = 1
    across: int = 1
    label: str = ""
    caption: str = ""
    below: bool = False
    top: int = 0
    left: int = 0
    least: int = 0

    def side(self, cell: float) -> float:
        """Return the side of this panel's cells where others have ``cell``: at least ``least`` pixels."""
        return max(cell, self.least)


class Placed(NamedTuple):
    """A panel in its place: the corner of its first plane, the side of a cell and the gap between planes."""

    panel: Panel
    x: int
    y: int
    cell: float
    gap: int

    @property
    def width(self) -> int:
        """Width of all planes."""
        return self.x_of(self.panel.columns, self.panel.across - 1) - self.x

    @property
    def height(self) -> int:
        """Height of all planes."""
        return self.y_of(self.panel.rows, self.panel.down - 1) - self.y

    def x_of(self, column: int, across: int = 0) -> int:
        """Return the left edge of a column."""
        return self.x + across * (round(self.panel.columns * self.cell) + self.gap) + round(column * self.cell)

    def y_of(self, row: int, down: int = 0) -> int:
        """Return the upper edge of a row."""
        return self.y + down * (round(self.panel.rows * self.cell) + self.gap) + round(row * self.cell)

    @property
    def side(self) -> int:
        """Side of a cell in whole pixels, at least one."""
        return max(1, round(self.cell))


class Layout(NamedTuple):
    """The panels in their places; between each two of them, the middle of the joint; and the centre line."""

    panels: tuple[Placed, ...]
    joints: tuple[int, ...]
    centre: int
    cell: float


class Sizes(NamedTuple):
    """The measures of a canvas of some width, each a multiple of the designed one."""

    unit: float

    def __call__(self, pixels: float) -> int:
        """Scale a length to whole pixels."""
        return round(pixels * self.unit)

    def type(self, pixels: float) -> float:
        """Scale a size of type, to half pixels."""
        return max(1.0, round(pixels * self.unit * 2) / 2)


LABEL, CAPTION = 17, 15
ABOVE, BELOW = 34, 28  # room for a label and for a caption


def place(panels: Sequence[Panel], joints: Sequence[float], width: int, top: int, bottom: int, sizes: Sizes) -> Layout:
    """Place panels between ``top`` and ``bottom``, with the largest cells that fit.

    ``joints`` are the gaps between panels on the designed canvas; they shrink where that gives larger cells.
    """
    loose = _largest(panels, joints, width, top, bottom, sizes, tight=False)
    tight = _largest(panels, joints, width, top, bottom, sizes, tight=True)
    is_tight = loose < sizes(44) and tight > loose
    return _arranged(panels, joints, width, top, bottom, sizes, tight if is_tight else loose, is_tight)


def _gap(sizes: Sizes) -> int:
    return sizes(16)


def _span(count: int, planes: int, cell: float, sizes: Sizes) -> int:
    return planes * round(count * cell) + (planes - 1) * _gap(sizes)


def _block(panel: Panel, cell: float, sizes: Sizes) -> int:
    """Return the width that a panel takes, with what is written above and below."""
    cells = _span(panel.columns, panel.across, panel.side(cell), sizes)
    words = max(
        measure(panel.label, sizes.type(LABEL)) if panel.label else 0,
        measure(panel.caption, sizes.type(CAPTION)) if panel.caption else 0,
    )
    return max(cells, round(words) + sizes(4))


def _joint(pixels: float, sizes: Sizes, tight: bool) -> int:
    return sizes(pixels * 0.75 if tight else pixels)


def _needs(panels: Sequence[Panel], cell: float, sizes: Sizes) -> tuple[int, int]:
    """Return the room needed above and below the centre line."""
    above = below = 0
    for panel in panels:
        half = (_span(panel.rows, panel.down, panel.side(cell), sizes) + 1) // 2
        above = max(above, half + panel.top + (sizes(ABOVE) if panel.label else 0))
        below = max(below, half + (sizes(BELOW) if panel.below else sizes(4)))
    return above, below


def _largest(
    panels: Sequence[Panel], joints: Sequence[float], width: int, top: int, bottom: int, sizes: Sizes, *, tight: bool
) -> float:
    """Return the largest cell: whole pixels from two on, else a fraction."""
    room = width - 2 * sizes(MARGIN)

    def fits(cell: float) -> bool:
        across = sum(_block(panel, cell, sizes) + panel.left for panel in panels)
        across += sum(_joint(joint, sizes, tight) for joint in joints)
        return across <= room and sum(_needs(panels, cell, sizes)) <= bottom - top

    rows = max(panel.rows * panel.down for panel in panels)
    largest = min(max(LARGEST_CELL, COMFORT // rows), HIGHEST_CELL)
    for whole in range(sizes(largest), 1, -1):
        if fits(whole):
            return whole
    cell = 1.9
    while cell > 0.001 and not fits(cell):
        cell *= 0.95
    return cell


def _arranged(
    panels: Sequence[Panel],
    joints: Sequence[float],
    width: int,
    top: int,
    bottom: int,
    sizes: Sizes,
    cell: float,
    tight: bool,
) -> Layout:
    above, below = _needs(panels, cell, sizes)
    centre = min(max((top + bottom) // 2, top + above), bottom - below)
    blocks = [_block(panel, cell, sizes) for panel in panels]
    gaps = [_joint(joint, sizes, tight) for joint in joints]
    x = (width - sum(blocks) - sum(gaps) - sum(panel.left for panel in panels)) // 2
    placed, middles = [], []
    for number, (panel, block) in enumerate(zip(panels, blocks, strict=True)):
        if number:
            middles.append(x + gaps[number - 1] // 2)
            x += gaps[number - 1]
        x += panel.left
        side = panel.side(cell)
        across = _span(panel.columns, panel.across, side, sizes)
        down = _span(panel.rows, panel.down, side, sizes)
        placed.append(Placed(panel, x + (block - across) // 2, centre - down // 2, side, _gap(sizes)))
        x += block
    return Layout(tuple(placed), tuple(middles), centre, cell)
