"""A network as compact blocks: a row for each layer, its numbers in columns, their shares as bars."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil
from typing import NamedTuple

from convviz import words_network as words
from convviz.errors import SettingError
from convviz.networks import Network
from convviz.scene import Anchor, Line, Mark, Rect
from convviz.text import measure
from convviz.views.parts import NONE, Part, parts, steps
from convviz.views.sheet import Moment, Sheet

WIDE = ("kernel", "stride", "padding", "output", "parameters", "multiply-adds", "receptive field", "then")
SHORT = ("output", "parameters", "multiply-adds", "receptive field")
NUMBERS = ("output", "parameters", "multiply-adds", "receptive field")  # set flush right
LOW, HIGH = 27, 40  # pixels from one row to the next
TYPES = (16, 15, 14, 13)
UNITS = ("M", "G", "T")  # at the end of a number that is written in brief
BAR = 3  # pixels: how high the bar of a share is


class Row(NamedTuple):
    """A part, what stands in its block (in a second line what follows), and what in the columns beside it."""

    part: Part
    said: str
    then: str
    cells: dict[str, str]


class Listed(NamedTuple):
    """One network: its rows, its columns with their widths, and the width of its blocks."""

    network: Network
    rows: list[Row]
    columns: dict[str, float]
    block: float
    gap: float

    @property
    def width(self) -> float:
        """How wide all of it is."""
        return self.block + sum(self.columns.values()) + self.gap * len(self.columns)


class Place(NamedTuple):
    """Where the block of a part stands, and its row ends."""

    x: float
    y: float
    width: float
    height: float
    end: float


class Blocks:
    """Draws networks as rows of blocks on a sheet, side by side where there is room."""

    def __init__(self, sheet: Sheet, networks: Sequence[Network], height: float) -> None:
        self.sheet, self.networks = sheet, networks
        self.headed = len(networks) > 1
        self.between = sheet.unit(44)
        self._choose()
        self.places: dict[tuple[int, int], Place] = {}
        heads = self._heads
        deep = self.size * (3.2 if any(row.then for listed in self.lists for row in listed.rows) else 1.9)
        most = max(len(listed.rows) for listed in self.lists) + 1 if self.beside else 0
        rows = most or sum(len(listed.rows) + 1 for listed in self.lists)
        room = (height - heads * (1 if self.beside else len(self.lists))) / rows
        self.pitch = round(min(max(room, deep, sheet.unit(LOW)), max(sheet.unit(HIGH), deep)))

    @property
    def _heads(self) -> float:
        """How high the heads over the rows are."""
        return self.size * 2.4 + (self.sheet.type(18) * 1.7 if self.headed else 0)

    def _choose(self) -> None:
        """Choose what stands in columns, and the type: the most that fits side by side, else one under the other."""
        sheet, count = self.sheet, len(self.networks)
        for self.beside in (True, False) if count > 1 else (False,):
            for names, brief in ((WIDE, False), (WIDE, True), (SHORT, False), (SHORT, True)):
                for type_ in TYPES:
                    self.size = sheet.type(type_)
                    self.lists = [self._listed(network, names, brief=brief) for network in self.networks]
                    widths = [listed.width for listed in self.lists]
                    need = sum(widths) + self.between * (count - 1) if self.beside else max(widths)
                    if need <= sheet.room:
                        return
        least = ceil((need + 16) / 0.92 / 10) * 10  # what is not margin, and some more for gaps that grow
        raise SettingError(f"blocks of these layers do not fit {sheet.width} pixels: use a width of about {least}")

    def _listed(self, network: Network, names: Sequence[str], *, brief: bool) -> Listed:
        size, long = self.size, names is WIDE
        rows = []
        for part in parts(network):
            cells = part.cells(brief=brief)
            more = [cells.pop(key) for key in ("more", "more 2") if key in cells]
            said = [cells.pop("layer")]
            if not long:
                said += [cells.get("kernel", NONE), *_typed(part)]
            said = [" ".join([each for each in said if each]), *more]
            cells["then"] = ", ".join(part.then())
            rows.append(Row(part, ", ".join(said), NONE if long else cells["then"], cells))
        columns = {}
        for name in names:
            values = [row.cells.get(name, NONE) for row in rows]
            if name in ("parameters", "multiply-adds"):
                total = network.parameters if name == "parameters" else network.multiply_adds
                values.append(words.brief(total) if brief else words.count(total))
            if any(values[: len(rows)]):
                head = max(measure(word, size) for word in words.head(name))
                columns[name] = max(head, *(measure(value, size, bold=True) for value in values))
        words_ = [measure(row.said, size, bold=True) for row in rows] + [measure(row.then, size) for row in rows]
        return Listed(network, rows, columns, max(words_) + 1.6 * size, self.sheet.unit(22 if long else 14))

    # Marks.

    def outlines(self) -> Iterator[Mark]:
        """Draw nothing more: the outlines stand under their texts."""
        yield from ()

    def place(self, top: float, height: float) -> tuple[list[Mark], int]:
        """Put everything in its place, every block as an outline; return where it ends."""
        sheet = self.sheet
        marks: list[Mark] = []
        y = bottom = top
        spare = sheet.room - (sum(listed.width for listed in self.lists) if self.beside else 0)
        gap = spare / max(1, len(self.lists) - 1) if self.beside else 0.0
        x = float(sheet.margin)
        for number, listed in enumerate(self.lists):
            stretched = listed._replace(gap=self._spread(listed)) if not self.beside else listed
            marks += self._list(number, stretched, x, y)
            rows = len(listed.rows) + 1
            end = y + self._heads + rows * self.pitch
            bottom = max(bottom, end)
            if self.beside:
                x += listed.width + gap
            else:
                y = end + sheet.unit(18)
        return marks, round(bottom)

    def _spread(self, listed: Listed) -> float:
        """Return the gap with which columns take the width there is, up to a point."""
        more = (self.sheet.room - listed.width) / max(1, len(listed.columns))
        return listed.gap + min(max(0.0, more), self.sheet.unit(40))

    def _list(self, number: int, listed: Listed, x: float, top: float) -> Iterator[Mark]:
        sheet, size = self.sheet, self.size
        y = top
        if self.headed:
            strong = sheet.type(18)
            yield sheet.text(x, y + strong * 0.6, listed.network.name, strong, anchor="start", bold=True, tag="name")
            y += strong * 1.7
        ends = self._ends(listed, x)
        for name, (left, right) in ends.items():
            words_ = words.head(name)
            at, anchor = _set(name, left, right)
            for line, word in enumerate(words_):
                middle = y + size * (1.0 if len(words_) == 1 else 0.45 + 1.1 * line)
                yield sheet.text(at, middle, word, size, "muted", anchor=anchor, tag=f"head/{number}/{name}")
        y += size * 2.4
        high = self.pitch - sheet.unit(7)
        end = max((right for _, right in ends.values()), default=x + listed.block)
        for row in listed.rows:
            self.places[number, row.part.number] = Place(x, y, listed.block, high, end)
            yield from self._outline(number, row)
            yield from self._cells(number, listed, row, ends)
            y += self.pitch
        middle = y + high / 2
        yield sheet.text(x + 0.8 * size, middle, words.TOTAL, size, anchor="start", bold=True, tag=f"total/{number}")
        for name, total in (("parameters", listed.network.parameters), ("multiply-adds", listed.network.multiply_adds)):
            if name in ends:
                brief = any(row.cells.get(name, "").endswith(UNITS) for row in listed.rows)
                said = words.brief(total) if brief else words.count(total)
                yield sheet.text(
                    ends[name][1], middle, said, size, anchor="end", bold=True, tag=f"total/{number}/{name}"
                )

    def _ends(self, listed: Listed, x: float) -> dict[str, tuple[float, float]]:
        """Return where every column begins and ends."""
        found, at = {}, x + listed.block
        for name, width in listed.columns.items():
            at += listed.gap
            found[name] = at, at + width
            at += width
        return found

    def _outline(self, number: int, row: Row) -> Iterator[Mark]:
        place = self.places[number, row.part.number]
        x, y, width, height = (round(each) for each in place[:4])
        tag = f"ghost/{number}/{row.part.number + 1}"
        yield Rect(x, y, width, height, "", "grid", 1, tag=tag)
        yield from self._said(row, place, "ground", tag)

    def _said(self, row: Row, place: Place, on: str, tag: str) -> Iterator[Mark]:
        """Write what stands in a block."""
        x, middle, size = round(place.x) + 0.8 * self.size, round(place.y) + round(place.height) / 2, self.size
        up = 0.65 * size if row.then else 0
        yield self.sheet.text(x, middle - up, row.said, size, "ink", on, "start", bold=True, tag=tag)
        if row.then:
            yield self.sheet.text(x, middle + 0.65 * size, row.then, size, "ink", on, "start", tag=tag)

    def _cells(self, number: int, listed: Listed, row: Row, ends: dict[str, tuple[float, float]]) -> Iterator[Mark]:
        place, sheet = self.places[number, row.part.number], self.sheet
        middle, stage = place.y + place.height / 2, row.part.stage
        for name, (left, right) in ends.items():
            said = row.cells.get(name, NONE)
            if not said:
                continue
            at, anchor = _set(name, left, right)
            role = "muted" if name == "then" else "ink"
            tag = f"part/{number}/{row.part.number + 1}/{name}"
            yield sheet.text(at, middle, said, self.size, role, anchor=anchor, tag=tag)
            if stage is None or name not in ("parameters", "multiply-adds"):
                continue
            of, total = (
                (stage.parameters, listed.network.parameters)
                if name == "parameters"
                else (stage.multiply_adds, listed.network.multiply_adds)
            )
            long, high = round((right - left) * of / total), max(2, sheet.unit(BAR))
            if long:
                y = round(middle + self.size * 0.62)
                yield Rect(round(right) - long, y, long, high, "window", tag=f"share/{number}/{name}")

    def moments(self) -> Iterator[Moment]:
        """Yield the flow through every network, row by row, then what one value of the last map comes of."""
        for number, listed in enumerate(self.lists):
            before: Row | None = None
            named = [listed.network.name] if self.headed else []
            for row in listed.rows:
                settled = [*self._joined(number, before, row), *self._block(number, row)]
                yield Moment(settled, list(self._lit(number, row.part)), [*named, *steps(row.part)])
                before = row
            yield from self._back(number, listed.network, named)

    def _block(self, number: int, row: Row) -> Iterator[Mark]:
        place, family = self.places[number, row.part.number], row.part.family
        x, y, width, height = (round(each) for each in place[:4])
        tag = f"box/{number}/{row.part.number + 1}"
        yield Rect(x, y, width, height, family, "frame", 1, tag=tag)
        yield from self._said(row, place, family, tag)

    def _joined(self, number: int, before: Row | None, row: Row) -> Iterator[Mark]:
        if before is None:
            return
        a, b = self.places[number, before.part.number], self.places[number, row.part.number]
        x = round(a.x + 2 * self.size) + 0.5
        yield Line(((x, round(a.y) + round(a.height) + 1), (x, round(b.y))), "frame", 1, tag=f"join/{number}")

    def _lit(self, number: int, part: Part) -> Iterator[Mark]:
        place, thick = self.places[number, part.number], max(2, self.sheet.unit(3))
        x, y = round(place.x), round(place.y)
        yield Rect(x, y, round(place.width), round(place.height), "", "window", thick, tag="current")

    def _back(self, number: int, network: Network, named: list[str]) -> Iterator[Moment]:
        """Yield what one value of the last map comes of, from row to row back to the input."""
        for part, region, last in _fields(network):
            said = f"{words.short(last.kind)} {last.shape}"
            line = words.one_value(said)
            if part is not last:
                name = words.short(part.kind) if part.stage else words.INPUT
                line = words.reached(region, name, str(part.shape), said)
            yield Moment([], list(self._lit(number, part)), [*named, line])


def _set(name: str, left: float, right: float) -> tuple[float, Anchor]:
    """Return where a column's texts stand, and which end of them: numbers are flush right."""
    return (right, "end") if name in NUMBERS else (left, "start")


def _typed(part: Part) -> list[str]:
    """Return stride and padding as they are typed, where they are worth a word."""
    if part.stage is None or part.stage.window is None or not part.stage.layer.kernel:
        return []
    axes = part.stage.window.axes
    strides, pads = (words.per_axis([axis.given.stride for axis in axes]), part.row.padding.split(" ")[0])
    return [*([f"s{strides}"] if strides != "1" else []), *([f"p{pads}"] if pads != "0" else [])]


def _fields(network: Network) -> Iterator[tuple[Part, tuple[int, ...], Part]]:
    """Yield the maps of a network from the last to the input, each with how much of it one value of the last sees."""
    known = [part for part in parts(network) if part.shape.space]
    if not known:
        return
    last = known[-1]
    cell = tuple(range(size // 2, size // 2 + 1) for size in last.shape.space)
    regions = network.seen_from(cell, last.number)
    for part in reversed(known):
        sizes = tuple(len(cells) for cells in regions[part.number + 1])
        if not all(sizes):
            return
        yield part, sizes, last
