"""A network as volumes to scale: a box for each shape, and under it what makes it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from math import ceil
from typing import NamedTuple

from convviz import words_network as words
from convviz.networks import Network, Region, Shape
from convviz.scene import Line, Mark, Point, Polygon, Rect
from convviz.text import measure
from convviz.views.parts import NONE, REGION, Part, parts, steps
from convviz.views.sheet import Moment, Sheet

ROWS = ("layer", "more", "more 2", "output", "kernel", "stride", "padding", "parameters", "multiply-adds", "field")
HEADS = {"field": "receptive field", "more": "", "more 2": "", "layer": ""}
SLANT = 0.7  # of its depth: so far a box goes to the right and up
BAR = 16  # pixels: width of a vector
DEEP = 4.0  # pixels of depth for each doubling of the channels
LOW, COMFORT, HIGH = 70, 140, 240  # pixels: the largest side of a box, where there is more to draw than room
TYPES = (16, 15, 14)  # sizes of type: the largest that takes no more lines
GAP = 18  # between columns
FEW = 16  # units that are drawn one by one
LEAST_SIDES = {"linear": 11.0, "root": 4.0, "logarithm": 0.0}  # pixels: where a side is smaller, the next scale is used
SCALES: dict[str, Callable[[float], float]] = {
    "linear": float,
    "root": math.sqrt,
    "logarithm": lambda size: math.log2(1 + size),
}


class Scale(NamedTuple):
    """How large things are drawn: a side of ``most`` cells is ``side`` pixels high."""

    name: str
    most: int
    side: float
    longest: int
    deep: float

    def of(self, cells: int) -> float:
        """Return how long a side of so many cells is drawn."""
        return SCALES[self.name](cells) / SCALES[self.name](self.most) * self.side

    def bar(self, values: int) -> float:
        """Return how long a vector of so many values is drawn."""
        return math.log2(1 + values) / math.log2(1 + self.longest) * self.side

    def depth(self, channels: int) -> float:
        """Return how deep so many channels are drawn."""
        return self.deep * math.log2(1 + channels)


def scaled(networks: Sequence[Network], side: float, deep: float) -> Scale:
    """Choose one scale for all shapes: the plainest in which no side is too small."""
    shapes = [part.shape for network in networks for part in parts(network)]
    sides = [size for shape in shapes for size in shape.space] or [1]
    longest = max((shape.channels for shape in shapes if not shape.space), default=1)
    for name, least in LEAST_SIDES.items():
        scale = Scale(name, max(sides), side, longest, deep)
        if scale.of(min(sides)) >= least:
            break
    return scale


class Box(NamedTuple):
    """The front of a volume or of a vector in its place, and how far it goes back."""

    x: float
    y: float
    width: float
    height: float
    depth: float

    @property
    def right(self) -> float:
        """The right edge of the front."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The lower edge of the front."""
        return self.y + self.height

    def region(self, region: Region, space: Sequence[int]) -> Box:
        """Return the part of the front on which a region lies."""
        rows, columns = region
        high, wide = self.height / space[0], self.width / space[1]
        top, left = self.y + rows[0] * high, self.x + columns[0] * wide
        return Box(left, top, (columns[-1] + 1 - columns[0]) * wide, (rows[-1] + 1 - rows[0]) * high, 0)


class Column(NamedTuple):
    """A part, what is written of it, and how wide it is."""

    part: Part
    cells: dict[str, str]
    then: list[str]
    width: float


class Volumes:
    """Draws networks as volumes on a sheet, one under the other."""

    def __init__(self, sheet: Sheet, networks: Sequence[Network], height: float) -> None:
        self.sheet, self.networks = sheet, networks
        self.brief = False
        self.headed = len(networks) > 1
        self._choose(height)
        self.boxes: dict[tuple[int, int], Box] = {}
        self.line_of: dict[tuple[int, int], int] = {}

    # How large everything is.

    def _choose(self, height: float) -> None:
        """Choose the scale and the type: the largest with the fewest lines, within the height if that can be."""
        unit = self.sheet.unit.unit
        low, comfort, high = (max(side * unit, 56) for side in (LOW, COMFORT, HIGH))

        def flow(type_: float, side: float, brief: bool) -> int:
            self.size, self.strong, self.brief = self.sheet.type(type_), self.sheet.type(type_ + 1), brief
            self.pitch = round(1.36 * self.size)
            heads = [*(HEADS.get(name, name) for name in ROWS), words.THEN]
            self.head = max(measure(head, self.size) for head in heads) + self.sheet.unit(14)
            self.scale = scaled(self.networks, side, max(DEEP * unit, 2.5))
            self.lines = [self._flowed(network) for network in self.networks]
            return sum(map(len, self.lines))

        fewest = flow(TYPES[-1], low, True)
        brief = flow(TYPES[-1], low, False) > fewest
        for type_ in TYPES:
            fits = flow(type_, low, brief) <= fewest and self._height(self.lines) <= height
            if fits:
                break
        best = low
        for side in range(ceil(low), ceil(high if fits else comfort) + 1, 2):
            if flow(type_, side, brief) > fewest or (fits and self._height(self.lines) > height):
                break
            best = side
        flow(type_, best, brief)

    def _columns(self, network: Network) -> list[Column]:
        found = []
        for part in parts(network):
            cells = part.cells(brief=self.brief)
            cells["field"] = cells.pop("receptive field", NONE)
            then = part.then()
            words_ = [measure(said, self.size) for said in (*cells.values(), *then)]
            words_.append(measure(cells["layer"], self.strong, bold=True))
            wide, _, depth = self._measures(part.shape)
            found.append(Column(part, cells, then, max(wide + SLANT * depth, *words_)))
        return found

    def _measures(self, shape: Shape) -> tuple[float, float, float]:
        if not shape.space:
            return max(8.0, BAR * self.sheet.unit.unit), self.scale.bar(shape.channels), self.scale.depth(1)
        return self.scale.of(shape.space[1]), self.scale.of(shape.space[0]), self.scale.depth(shape.channels)

    def _flowed(self, network: Network) -> list[list[Column]]:
        """Break a network into lines, as even as they can be."""
        columns, gap = self._columns(network), self.sheet.unit(GAP)
        room = self.sheet.room - self.head

        def broken(room: float) -> list[list[Column]]:
            lines: list[list[Column]] = [[]]
            used = 0.0
            for column in columns:
                if lines[-1] and used + column.width > room:
                    lines.append([])
                    used = 0.0
                lines[-1].append(column)
                used += column.width + gap
            return lines

        fewest = len(broken(room))
        low, high = max(column.width for column in columns), room
        for _ in range(12):
            middle = (low + high) / 2
            low, high = (low, middle) if len(broken(middle)) == fewest else (middle, high)
        return broken(high)

    def _rows(self, line: Sequence[Column]) -> list[str]:
        return [name for name in ROWS if any(column.cells.get(name, NONE) for column in line)]

    def _line_height(self, line: Sequence[Column]) -> tuple[float, float]:
        """Return how high the boxes of a line are, and its texts."""
        boxes = sum(self._reach(line))
        texts = len(self._rows(line)) + max(len(column.then) for column in line)
        return boxes, texts * self.pitch + self.sheet.unit(14)

    def _reach(self, line: Sequence[Column]) -> tuple[float, float]:
        """Return how far the boxes of a line reach over and under the middles of their fronts."""
        measures = [self._measures(column.part.shape) for column in line]
        return max(high / 2 + SLANT * depth for _, high, depth in measures), max(high / 2 for _, high, _ in measures)

    def _height(self, found: Sequence[Sequence[Sequence[Column]]]) -> float:
        unit = self.sheet.unit
        lines = [line for network in found for line in network]
        heads = len(self.networks) * self.sheet.type(18) * 1.8 if self.headed else 0
        return heads + sum(sum(self._line_height(line)) for line in lines) + unit(22) * (len(lines) - 1)

    # Marks.

    def place(self, top: float, height: float) -> tuple[list[Mark], int]:
        """Put everything in its place, with its texts and an outline of each box; return where it ends."""
        unit = self.sheet.unit
        marks: list[Mark] = []
        spare = max(0.0, height - self._height(self.lines)) / (sum(map(len, self.lines)) + 1)
        y = top + spare / 2
        count = 0
        for number, (network, lines) in enumerate(zip(self.networks, self.lines, strict=True)):
            if self.headed:
                size = self.sheet.type(18)
                middle = y + size * 0.6
                head = self.sheet.text(self.sheet.margin, middle, network.name, size, anchor="start", bold=True)
                said = words.totals(network.parameters, network.multiply_adds)
                marks += [head, self._after(head.left + head.length, middle, said)]
                y += size * 1.8
            for line in lines:
                boxes, texts = self._line_height(line)
                marks += self._line(number, count, line, y, boxes)
                y += boxes + texts + unit(22) + spare
                count += 1
        return marks, round(y - unit(22) - spare)

    def _after(self, x: float, middle: float, said: str) -> Mark:
        size, left = self.sheet.type(15), x + self.sheet.unit(16)
        return self.sheet.text(left, middle, said, size, "muted", anchor="start", tag="totals")

    def _line(self, number: int, count: int, line: Sequence[Column], top: float, boxes: float) -> Iterator[Mark]:
        """Write one line of columns under their boxes."""
        sheet, gap = self.sheet, self.sheet.unit(GAP)
        used = sum(column.width for column in line) + gap * (len(line) - 1)
        extra = min(gap * 3, max(0.0, sheet.room - self.head - used) / max(1, len(line) - 1))
        x = sheet.margin + self.head + max(0.0, sheet.room - self.head - used - extra * (len(line) - 1)) / 2
        rows = self._rows(line)
        first = top + boxes + sheet.unit(14) + self.pitch / 2
        for at, name in enumerate(rows):
            if head := HEADS.get(name, name):
                y = first + at * self.pitch
                yield sheet.text(sheet.margin, y, head, self.size, "muted", anchor="start", tag=f"head/{name}")
        if any(column.then for column in line):
            y = first + len(rows) * self.pitch
            yield sheet.text(sheet.margin, y, words.THEN, self.size, "muted", anchor="start", tag="head/then")
        axis = top + self._reach(line)[0]
        for column in line:
            width, height, depth = self._measures(column.part.shape)
            middle = x + column.width / 2
            box = Box(middle - (width + SLANT * depth) / 2, axis - height / 2, width, height, depth)
            key = number, column.part.number
            self.boxes[key], self.line_of[key] = box, count
            tag = f"part/{number}/{column.part.number + 1}"
            for at, name in enumerate(rows):
                if said := column.cells.get(name, NONE):
                    strong = name == "layer"
                    size = self.strong if strong else self.size
                    yield sheet.text(middle, first + at * self.pitch, said, size, bold=strong, tag=f"{tag}/{name}")
            for at, said in enumerate(column.then, start=len(rows)):
                yield sheet.text(middle, first + at * self.pitch, said, self.size, "muted", tag=f"{tag}/then")
            x += column.width + gap + extra

    def outlines(self) -> Iterator[Mark]:
        """Draw the outline of every box."""
        for (number, stage), box in self.boxes.items():
            tag = f"ghost/{number}/{stage + 1}"
            for points in faces(box).values():
                yield Polygon(points, "", "grid", 1, tag)

    def moments(self) -> Iterator[Moment]:
        """Yield the flow through every network, part by part, then what one value of the last map comes of."""
        for number, network in enumerate(self.networks):
            before: Part | None = None
            for part in parts(network):
                settled = [*self._drawn(number, part), *self._joined(number, before, part, "grid")]
                moving = [*self._joined(number, before, part, "window"), *self._window(number, before, part)]
                yield Moment(settled, moving, [*self._named(network), *steps(part)])
                before = part
            yield from self._back(number, network)

    def _named(self, network: Network) -> list[str]:
        return [network.name] if self.headed else []

    def _drawn(self, number: int, part: Part) -> Iterator[Mark]:
        """Draw one box."""
        box, tag = self.boxes[number, part.number], f"box/{number}/{part.number + 1}"
        for face, points in faces(box).items():
            self.sheet.edges(("frame", part.family + face), (part.family + face, "ground"))
            yield Polygon(points, part.family + face, "frame", 1, tag)
        if not part.shape.space and part.shape.channels <= FEW:
            for unit in range(1, part.shape.channels):
                y = round(box.y + unit * box.height / part.shape.channels) + 0.5
                yield Line(((box.x, y), (box.right, y)), "frame", 1, tag=tag)

    def _joined(self, number: int, before: Part | None, part: Part, role: str) -> Iterator[Mark]:
        """Join a vector to what it is made of: a row of the same values, or all of them to all."""
        if before is None or part.shape.space or self._apart(number, before, part):
            return
        a, b = self.boxes[number, before.number], self.boxes[number, part.number]
        lift = SLANT * a.depth
        start, ends = a.right + lift + 2, (a.y - lift, a.bottom - lift)
        pairs = [(ends[0], b.y), (ends[1], b.bottom)]
        if part.kind == "dense":
            pairs += [(ends[0], b.bottom), (ends[1], b.y)]
        dash = () if part.kind == "dense" else (4.0, 3.0)
        for y0, y1 in pairs:
            yield Line(((start, y0), (b.x - 2, y1)), role, 1, dash, f"join/{number}/{part.number + 1}")

    def _window(self, number: int, before: Part | None, part: Part) -> Iterator[Mark]:
        """Show what the value in the middle of a map is made of."""
        if before is None or not before.shape.space or part.stage is None or part.stage.window is None:
            return
        if not part.shape.space:
            whole = tuple(range(size) for size in before.shape.space)
            yield from self._marked(self.boxes[number, before.number].region(whole, before.shape.space))
            return
        cell = tuple(range(size // 2, size // 2 + 1) for size in part.shape.space)
        region = part.stage.back(cell)
        if not all(map(len, region)):
            return
        yield from self._cone(number, (before, region), (part, cell))

    def _cone(self, number: int, one: tuple[Part, Region], other: tuple[Part, Region]) -> Iterator[Mark]:
        """Mark two regions, and join their edges."""
        (before, region), (part, cell) = one, other
        a = self.boxes[number, before.number].region(region, before.shape.space)
        b = self.boxes[number, part.number].region(cell, part.shape.space)
        yield from self._marked(a)
        yield from self._marked(b)
        if not self._apart(number, before, part):
            thick = self._thick
            yield Line(((a.right, a.y), (b.x, b.y)), "window", thick, tag="cone")
            yield Line(((a.right, a.bottom), (b.x, b.bottom)), "window", thick, tag="cone")

    def _marked(self, box: Box) -> Iterator[Mark]:
        """Mark a region of a front; one that is very small is drawn a little larger."""
        self.sheet.edges(("window", REGION))
        x, y = round(box.x), round(box.y)
        wide, high = max(3, round(box.right) - x), max(3, round(box.bottom) - y)
        yield Rect(x, y, wide, high, REGION, "window", max(1, round(self._thick)), tag="region")

    @property
    def _thick(self) -> float:
        return max(1.0, self.sheet.unit(2))

    def _apart(self, number: int, before: Part, part: Part) -> bool:
        return self.line_of[number, before.number] != self.line_of[number, part.number]

    def _back(self, number: int, network: Network) -> Iterator[Moment]:
        """Yield what one value of the last map comes of, from layer to layer back to the input."""
        if network.last_map < 0:
            return
        known = [part for part in parts(network) if part.shape.space]
        last = known[-1]
        cell = tuple(range(size // 2, size // 2 + 1) for size in last.shape.space)
        regions = network.seen_from(cell, last.number)
        said = f"{words.short(last.kind)} {last.shape}"
        yield Moment(
            [*self._marked(self._front(number, last, cell))], [], [*self._named(network), words.one_value(said)]
        )
        for part, following in zip(known[-2::-1], known[:0:-1], strict=True):
            region = regions[part.number + 1]
            if not all(map(len, region)):
                return
            sizes = tuple(len(cells) for cells in region)
            line = words.reached(sizes, words.short(part.kind) if part.stage else words.INPUT, str(part.shape), said)
            yield Moment(
                [*self._cone(number, (part, region), (following, regions[following.number + 1]))],
                [],
                [*self._named(network), line],
            )

    def _front(self, number: int, part: Part, region: Region) -> Box:
        return self.boxes[number, part.number].region(region, part.shape.space)


def faces(box: Box) -> dict[str, tuple[Point, ...]]:
    """Return the corners of the faces of a box that are seen: the front, the top and the side."""
    x, y, right, bottom = box.x, box.y, box.right, box.bottom
    d = SLANT * box.depth
    return {
        " top": ((x, y), (x + d, y - d), (right + d, y - d), (right, y)),
        " side": ((right, y), (right + d, y - d), (right + d, bottom - d), (right, bottom)),
        "": ((x, y), (right, y), (right, bottom), (x, bottom)),
    }
