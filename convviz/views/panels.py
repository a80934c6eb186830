"""Where grids of cells stand on a canvas: in a table whose tracks share their centre lines, with one size of cell."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from convviz.text import measure

DESIGNED = 1120  # pixels: every measure below is for a canvas this wide, and scales with it
LARGEST_CELL = 52
SMALLEST_CELL = 0.001
HIGHEST_CELL = 80  # of grids with few rows, so that small figures fill the canvas too
COMFORT = 312  # pixels: cells grow until the tallest grid is this high
MARGIN = 40
LABEL, PLANE_LABEL, CAPTION = 17, 15, 15  # sizes of type
ABOVE, PLANE_ABOVE, BELOW = 34, 25, 28  # room for a label, for one of several planes, and for a caption
TIGHT = 0.75  # of a joint is left where cells gain by it
GAP = 16  # between planes of a block
SIGN = 10  # how far a sign beside a grid reaches up and down from its middle


class Item(NamedTuple):
    """What stands in one place of the table: ``down`` × ``across`` planes of rows × columns, or a box of words.

    It lies in the tracks ``row`` … ``row_end`` and ``column``. ``labels`` are written over the planes (one each), under
    the block a note ``caption`` pixels wide (``below``: keep room for one); ``top`` and ``left`` are gutters for
    indices, at every plane; planes that are ``one_of_many`` have smaller labels. No cell is smaller than ``least``
    pixels, and if room is left it grows up to ``grows``; ``side`` is one of its own, in pixels, and ``high`` the height
    of a row where that is not a square's.
    ``shift``: cells to the right of the track's centre. ``lead``, ``tail``, ``foot``: room kept to the left, to the
    right and below, in pixels of the designed canvas. ``box``: of words, (width, height) in pixels.
    """

    name: str
    rows: int = 0
    columns: int = 0
    row: int = 0
    column: int = 0
    row_end: int = 0
    down: int = 1
    across: int = 1
    labels: tuple[str, ...] = ()
    caption: int = 0
    below: bool = False
    top: int = 0
    left: int = 0
    least: float = 0
    grows: int = 0
    side: int = 0
    high: int = 0
    shift: float = 0.0
    gap: int = GAP
    one_of_many: bool = False
    lead: int = 0
    tail: int = 0
    foot: int = 0
    box: tuple[int, int] = (0, 0)

    @property
    def label_size(self) -> int:
        """Designed size of the type of the labels."""
        return PLANE_LABEL if self.one_of_many else LABEL


class Grid(NamedTuple):
    """The planes of one kind in their places: the corner of each plane (its slot), and the sides of a cell."""

    rows: int
    columns: int
    cell: float
    high: float
    corners: tuple[tuple[int, int], ...]
    items: tuple[Item, ...]

    @property
    def blocks(self) -> list[tuple[tuple[int, int], ...]]:
        """The corners of the planes of each item."""
        found, first = [], 0
        for item in self.items:
            count = len(item.labels) or item.down * item.across
            found.append(self.corners[first : first + count])
            first += count
        return found

    @property
    def x(self) -> int:
        """Left edge of all planes."""
        return min(x for x, _ in self.corners)

    @property
    def y(self) -> int:
        """Upper edge of all planes."""
        return min(y for _, y in self.corners)

    @property
    def wide(self) -> int:
        """Width of one plane."""
        return round(self.columns * self.cell)

    @property
    def tall(self) -> int:
        """Height of one plane."""
        return round(self.rows * self.high)

    @property
    def right(self) -> int:
        """Right edge of all planes."""
        return max(x for x, _ in self.corners) + self.wide

    @property
    def bottom(self) -> int:
        """Lower edge of all planes."""
        return max(y for _, y in self.corners) + self.tall

    @property
    def width(self) -> int:
        """Width of all planes."""
        return self.right - self.x

    @property
    def height(self) -> int:
        """Height of all planes."""
        return self.bottom - self.y

    @property
    def square(self) -> bool:
        """Whether cells are squares."""
        return self.cell == self.high

    def x_of(self, column: int, slot: int = 0) -> int:
        """Return the left edge of a column."""
        return self.corners[slot][0] + round(column * self.cell)

    def y_of(self, row: int, slot: int = 0) -> int:
        """Return the upper edge of a row."""
        return self.corners[slot][1] + round(row * self.high)

    @property
    def side(self) -> int:
        """Side of a cell in whole pixels, at least one."""
        return max(1, round(self.cell))


class Layout(NamedTuple):
    """The grids by name, the boxes of words (x, y, width, height) by name, and the side of a cell."""

    grids: dict[str, Grid]
    boxes: dict[str, tuple[int, int, int, int]]
    cell: float
    tight: bool


class Sizes(NamedTuple):
    """The measures of a canvas of some width, each a multiple of the designed one."""

    unit: float

    def __call__(self, pixels: float) -> int:
        """Scale a length to whole pixels."""
        return round(pixels * self.unit)

    def type(self, pixels: float) -> float:
        """Scale a size of type, to half pixels."""
        return max(1.0, round(pixels * self.unit * 2) / 2)


class Table(NamedTuple):
    """Items, and the joints between tracks on the designed canvas; those between columns shrink if cells gain by it."""

    items: tuple[Item, ...]
    columns: tuple[float, ...] = ()
    rows: tuple[float, ...] = ()


class Area(NamedTuple):
    """Where a table may stand."""

    left: int
    top: int
    right: int
    bottom: int


def place(tables: Sequence[Table], area: Area, sizes: Sizes) -> tuple[int, Layout]:
    """Return the number of the table that can have the largest cells, the first of equals, and it in its place.

    Where none fits, cells have the size 0.

    >>> square = Item("input", 6, 6)
    >>> number, layout = place([Table((square,))], Area(0, 0, 1040, 420), Sizes(1))
    >>> layout.cell, layout.grids["input"].corners
    (52, ((364, 54),))
    """
    best = (0.0, 0, False)
    for number, table in enumerate(tables):
        loose = _largest(table, area, sizes, tight=False)
        tight = _largest(table, area, sizes, tight=True) if loose < sizes(44) else loose
        cell = max(loose, tight)
        if cell > best[0] * 1.04:
            best = cell, number, tight > loose
    cell, number, is_tight = best
    cell = int(cell) if cell >= 2 else cell
    table = _grown(tables[number], area, sizes, cell, tight=is_tight)
    return number, _arranged(table, area, sizes, cell, tight=is_tight)


class _Extent(NamedTuple):
    """How far an item reaches before and after the centre of its cells, on one axis."""

    before: float
    after: float


def _sub(item: Item, cell: float, sizes: Sizes) -> tuple[int, int, int, int]:
    """Return width and height of one plane's cells, and the pitch from one plane to the next on both axes."""
    side = item.side or max(cell, item.least)
    wide, tall = round(item.columns * side), round(item.rows * (item.high or side))
    size = sizes.type(item.label_size)
    words = max((round(measure(label, size)) + sizes(4) for label in item.labels), default=0)
    return wide, tall, max(wide, words) + item.left + sizes(item.gap), tall + _head(item, sizes) + sizes(item.gap)


def _head(item: Item, sizes: Sizes) -> int:
    """Return the room over the cells of a plane."""
    room = ABOVE if item.label_size == LABEL else PLANE_ABOVE
    return item.top + (sizes(room) if item.labels else 0)


def _extents(item: Item, cell: float, sizes: Sizes) -> tuple[_Extent, _Extent]:
    """Return how far an item reaches around the centre of its cells: across, down."""
    if not item.rows:
        width, height = item.box
        return _Extent(width / 2, width / 2), _Extent(height / 2, height / 2)
    wide, tall, pitch_x, pitch_y = _sub(item, cell, sizes)
    half = ((item.across - 1) * pitch_x + wide) / 2
    more = (pitch_x - item.left - sizes(item.gap) - wide) / 2
    caption = item.caption / 2 + sizes(2) if item.caption else 0
    shift = item.shift * max(cell, item.least)
    across = _Extent(
        max(half + more, caption) + item.left + sizes(item.lead) - shift,
        max(half + more, caption) + sizes(item.tail) + shift,
    )
    half = ((item.down - 1) * pitch_y + tall + 1) // 2
    below = sizes(BELOW if item.below else 4) + sizes(item.foot)
    if item.foot:  # what lies at the foot runs under the signs too
        below = max(below, sizes(SIGN) - half + below)
    return across, _Extent(half + _head(item, sizes), half + below)


def _tracks(table: Table, cell: float, sizes: Sizes) -> tuple[list[_Extent], list[_Extent]]:
    """Return the extents of the columns and of the rows of a table."""
    columns = [_Extent(0, 0)] * (len(table.columns) + 1)
    rows = [_Extent(0, 0)] * (len(table.rows) + 1)

    def widen(tracks: list[_Extent], track: int, before: float, after: float) -> None:
        old = tracks[track]
        tracks[track] = _Extent(max(old.before, before), max(old.after, after))

    spanning = []
    for item in table.items:
        across, down = _extents(item, cell, sizes)
        widen(columns, item.column, *across)
        if item.row_end > item.row:
            spanning.append((item, down))
        else:
            widen(rows, item.row, *down)
    for item, down in spanning:
        half = _between(rows, table.rows, item.row, item.row_end, sizes) / 2
        widen(rows, item.row, down.before - half, 0)
        widen(rows, item.row_end, 0, down.after - half)
    return columns, rows


def _between(tracks: Sequence[_Extent], joints: Sequence[float], first: int, last: int, sizes: Sizes) -> float:
    """Return how far the centres of two tracks are apart."""
    return sum(tracks[n].after + sizes(joints[n]) + tracks[n + 1].before for n in range(first, last))


def _joint(pixels: float, sizes: Sizes, tight: bool) -> int:
    return sizes(pixels * TIGHT if tight else pixels)


def _largest(table: Table, area: Area, sizes: Sizes, *, tight: bool) -> float:
    """Return the largest cell: whole pixels from two on, else a fraction."""

    def fits(cell: float) -> bool:
        return _fits(table, area, sizes, cell, tight=tight)

    tallest = max((item.rows * item.down for item in table.items if item.rows and not item.side), default=1)
    low, high = 1, sizes(min(max(LARGEST_CELL, COMFORT // tallest), HIGHEST_CELL))
    if fits(high):
        return high
    if not fits(SMALLEST_CELL):
        return 0.0  # not even what is written fits
    while low < high - 1:  # low fits or is 1, high does not
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    if low > 1:
        return low
    small, large = SMALLEST_CELL, 2.0
    while large > small * 1.05:
        between = math.sqrt(small * large)
        small, large = (between, large) if fits(between) else (small, between)
    return small


def _fits(table: Table, area: Area, sizes: Sizes, cell: float, *, tight: bool) -> bool:
    across = area.right - area.left - sum(_joint(joint, sizes, tight) for joint in table.columns)
    down = area.bottom - area.top - sum(sizes(joint) for joint in table.rows)
    columns, rows = _tracks(table, cell, sizes)
    return sum(map(sum, columns)) <= across and sum(map(sum, rows)) <= down


def _grown(table: Table, area: Area, sizes: Sizes, cell: float, *, tight: bool) -> Table:
    """Return a table in which the grids that may grow, one after the other, have the largest cells that fit."""
    for name, most in {item.name: item.grows for item in table.items if item.grows > max(cell, item.least)}.items():
        sides = [side for side in (*(step / 4 for step in range(1, 8)), *range(2, most + 1)) if cell < side]
        while cell and sides:
            middle = len(sides) // 2
            grown = table._replace(items=tuple(_at_least(item, name, sides[middle]) for item in table.items))
            if _fits(grown, area, sizes, cell, tight=tight):
                table, sides = grown, sides[middle + 1 :]
            else:
                sides = sides[:middle]
    return table


def _at_least(item: Item, name: str, side: float) -> Item:
    return item._replace(least=max(item.least, side)) if item.name == name else item


def _arranged(table: Table, area: Area, sizes: Sizes, cell: float, *, tight: bool) -> Layout:
    columns, rows = _tracks(table, cell, sizes)
    gaps = [_joint(joint, sizes, tight) for joint in table.columns]
    x = area.left + (area.right - area.left - sum(map(sum, columns)) - sum(gaps)) / 2
    xs = _centres(columns, gaps, x)
    gaps = [sizes(joint) for joint in table.rows]
    if len(rows) == 1:  # on the middle of the area, if it fits there
        middle = min(max((area.top + area.bottom) // 2, area.top + rows[0].before), area.bottom - rows[0].after)
        ys: list[float] = [middle]
    else:
        ys = _centres(rows, gaps, area.top + (area.bottom - area.top - sum(map(sum, rows)) - sum(gaps)) // 2)
    found: dict[str, list[tuple[Item, list[tuple[int, int]]]]] = {}
    boxes: dict[str, tuple[int, int, int, int]] = {}
    for item in table.items:
        x, y = xs[item.column], (ys[item.row] + ys[max(item.row, item.row_end)]) / 2
        if not item.rows:
            width, height = item.box
            boxes[item.name] = round(x - width / 2), round(y - height / 2), width, height
            continue
        wide, tall, pitch_x, pitch_y = _sub(item, cell, sizes)
        left = round(x + item.shift * max(cell, item.least) - ((item.across - 1) * pitch_x + wide) / 2)
        top = round(y) - ((item.down - 1) * pitch_y + tall) // 2
        corners = [(left + a * pitch_x, top + d * pitch_y) for d in range(item.down) for a in range(item.across)]
        found.setdefault(item.name, []).append((item, corners))
    grids = {}
    for name, parts in found.items():
        first = parts[0][0]
        side = first.side or max(cell, first.least)
        grids[name] = Grid(
            first.rows,
            first.columns,
            side,
            first.high or side,
            tuple(corner for item, corners in parts for corner in corners[: len(item.labels) or None]),
            tuple(item for item, _ in parts),
        )
    return Layout(grids, boxes, cell, tight)


def _centres(tracks: Sequence[_Extent], gaps: Sequence[int], start: float) -> list[float]:
    centres = []
    for number, track in enumerate(tracks):
        centres.append(start + track.before)
        start += sum(track) + (gaps[number] if number < len(gaps) else 0)
    return centres
