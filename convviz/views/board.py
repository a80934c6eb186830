"""A figure of grids, their labels, a sentence and a line of progress: what every picture of a layer is made with."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from convviz import words
from convviz.errors import SettingError
from convviz.exact import Array
from convviz.numbers import Format, plain
from convviz.scene import Frame, Image, Mark, Rect, Scene, Text
from convviz.text import CAP, clipped, fitting, measure
from convviz.theme import INKS
from convviz.views.looks import Look, Room, coloured, look
from convviz.views.marks import inset, write
from convviz.views.pace import HOLD, LONGEST_LOOP, drawn_steps, seconds_a_step
from convviz.views.panels import CAPTION, LABEL, MARGIN, Area, Layout, Sizes, Table, place
from convviz.views.plan import LEAST, MOST_LETTERS, Style

SENTENCE, SIGN, SIZE_LINE = 18, 30, 16  # sizes of type
LINE_STEP = 21  # pixels from one line of the foot to the next


class Moment(NamedTuple):
    """One frame before it has its time: what stays, what is there for now, and the sentence that goes with it."""

    settled: Sequence[Mark]
    moving: Sequence[Mark]
    sentence: words.Sentence


class Board:
    """A canvas with a heading and a foot; grids are placed between, and drawn cell by cell."""

    def __init__(self, style: Style, kind: str, about: str, foot: Sequence[str], *, steps: int) -> None:
        if not 320 <= style.width <= 65535:
            raise SettingError(f"width is {style.width} pixels: use 320 to 65535")
        for name, seconds in (("step_seconds", style.step_seconds), ("hold", style.hold)):
            if seconds is not None and not 0 <= seconds <= 600:
                raise SettingError(f"{name} is {plain(seconds)}: use 0 to 600 seconds")
        self.style, self.theme, self.kind, self.about, self.foot = style, style.theme, kind, about, tuple(foot)
        self.width, self.height = style.width, round(style.width * 9 / 16)
        self.sizes = Sizes(style.width / 1120)
        self.heading = (kind if style.title is None else words.printable(style.title))[:MOST_LETTERS]
        self.steps = steps
        self.looks: dict[str, Look] = {}
        self.values: dict[str, Array] = {}
        self.layout = Layout({}, {}, 0, False)

    # Where things stand.

    @property
    def _two_lines(self) -> bool:
        unit = self.sizes
        both = measure(self.heading, unit.type(26), bold=True) + unit(25) + measure(self.about, unit.type(16))
        return both > self.width - 2 * unit(MARGIN)

    @property
    def area(self) -> Area:
        """Where grids may stand."""
        margin = self.sizes(MARGIN)
        return Area(
            margin, self.sizes(94 if self._two_lines else 66), self.width - margin, self.sentence_at - margin // 2
        )

    @property
    def _lines_at(self) -> list[int]:
        count = max(1, len(self.foot))
        last = 604 if count == 1 else 610
        return [self.sizes(last - LINE_STEP * (count - 1 - number)) for number in range(count)]

    @property
    def _track_at(self) -> int:
        return self._lines_at[0] - self.sizes(24)

    @property
    def sentence_at(self) -> int:
        """The middle of the sentence."""
        return self._track_at - self.sizes(24)

    def arrange(self, tables: Sequence[Table], what: str, *, smallest: int = 8) -> int:
        """Place the grids of the table that has the largest cells; return its number. Refuse what does not fit."""
        number, self.layout = place(tables, self.area, self.sizes)
        if self.layout.cell < self.sizes(smallest):
            raise SettingError(f"{what} does not fit the figure, its numbers would be too small: use fewer cells")
        return number

    # Cells.

    def show(
        self, name: str, values: Array, format: Format, *, signed: bool = False, every: Array | None = None
    ) -> Look:
        """Settle how a grid shows its values, shape (planes, rows, columns); ``every``: all that it ever shows."""
        cell = self.layout.grids[name].cell
        high = self.layout.grids[name].high
        edge = self.edge(min(cell, high))
        room = Room(cell, edge, self.sizes)
        chosen = look(values if every is None else every, format, room, signed=signed)
        if high < cell and chosen.size:
            chosen = chosen._replace(size=min(chosen.size, self.sizes.type(0.46 * high / self.sizes.unit)))
        self.looks[name], self.values[name] = chosen, values
        return chosen

    def alike(self, *names: str) -> None:
        """Give the numbers of several grids one size of type."""
        size = min(self.looks[name].size for name in names)
        for name in names:
            self.looks[name] = self.looks[name]._replace(size=size)

    def edge(self, cell: float) -> int:
        """Return how much of a cell its outline takes on each side."""
        halo = max(1, self.sizes(2)) if cell >= self.sizes(28) and "halo" in self.theme.palette else 0
        return self.line(cell) + halo

    def line(self, cell: float) -> int:
        """Return how thick the outline of a cell is."""
        return max(2, self.sizes(4 if cell >= self.sizes(44) else 3 if cell >= self.sizes(28) else 2))

    def cells(self, name: str, fill: str, ink: str = "ink") -> Iterator[Mark]:
        """Draw all planes of a grid, with their values: numbers in cells, or colours."""
        grid, values = self.layout.grids[name], self.values[name]
        for slot in range(len(grid.corners)):
            if self.looks[name].coloured:
                yield self.colours(name, slot)
            else:
                for row, column in np.ndindex(values.shape[1:]):
                    yield from self.cell(name, slot, row, column, fill, ink)
            yield self.frame(name, slot)

    def colours(self, name: str, slot: int) -> Image:
        """Draw one plane as colours."""
        grid, chosen = self.layout.grids[name], self.looks[name]
        (x, y), levels = grid.corners[slot], chosen.levels(self.values[name][slot])
        return Image(x, y, grid.wide, grid.tall, levels, chosen.ramp, f"{name}/{slot}")

    def colour(self, name: str, *, signed: bool) -> None:
        """Show a grid as colours, whatever would fit."""
        self.looks[name] = coloured(self.values[name], self.looks[name].format, signed=signed)

    def colours_until(self, name: str, rows: int, rest: int) -> Iterator[Image]:
        """Draw the first rows of one plane as colours, and some cells of the next row."""
        grid, chosen, values = self.layout.grids[name], self.looks[name], self.values[name][0]
        x = grid.corners[0][0]
        for first, part in ((0, values[:rows]), (rows, values[rows : rows + 1, :rest])):
            if part.size:
                top, bottom, right = grid.y_of(first), grid.y_of(first + len(part)), grid.x_of(part.shape[1])
                if bottom > top and right > x:
                    yield Image(x, top, right - x, bottom - top, chosen.levels(part), chosen.ramp, f"{name}/0")

    def noted(self, names: Mapping[str, str]) -> str:
        """Return what must be said of how grids show their values, in one line: by what they are called."""
        said: dict[str, list[str]] = {}
        for name, called in names.items():
            if name in self.looks and (note := look_note(self.looks[name])):
                said.setdefault(note, []).append(called)
        return " · ".join(f"{', '.join(dict.fromkeys(called))} {note}" for note, called in said.items())

    def numbered(self, names: Iterable[str], what: str) -> None:
        """Refuse grids whose numbers don't fit their cells."""
        if any(self.looks[name].coloured for name in names):
            raise SettingError(f"{what} does not fit the figure, its numbers would be too small: use fewer cells")

    def blank(self, name: str) -> Iterator[Mark]:
        """Draw all planes of a grid whose values are still to come."""
        grid = self.layout.grids[name]
        for slot in range(len(grid.corners)):
            if not self.looks[name].coloured:
                for row, column in np.ndindex(grid.rows, grid.columns):
                    yield self.box(name, slot, row, column, "ground")
            yield self.frame(name, slot)

    def box(
        self, name: str, slot: int, row: int, column: int, fill: str, hatch: str = "", *, back: bool = False
    ) -> Rect:
        """Return one cell without its number."""
        grid = self.layout.grids[name]
        x, y = grid.x_of(column, slot), grid.y_of(row, slot)
        wide, tall = grid.x_of(column + 1, slot) - x, grid.y_of(row + 1, slot) - y
        return Rect(x, y, wide, tall, fill, "grid", 1, hatch, back, tag=f"{name}/{slot}/{row}/{column}")

    def cell(
        self,
        name: str,
        slot: int,
        row: int,
        column: int,
        fill: str,
        ink: str = "ink",
        hatch: str = "",
        *,
        back: bool = False,
        bold: bool = False,
    ) -> Iterator[Mark]:
        """Draw one cell with its number; on a hatch, the number has a patch of the fill. Planes of colours stay."""
        if self.looks[name].coloured:
            return
        box, chosen = self.box(name, slot, row, column, fill, hatch, back=back), self.looks[name]
        yield box
        if not chosen.size:
            return
        said = chosen.format(self.values[name][slot, row, column])
        number = write(
            box.x + box.width / 2,
            box.y + box.height / 2,
            said,
            chosen.size,
            ink,
            fill,
            bold=bold and chosen.bold,
            tag=box.tag,
        )
        if hatch:
            left, top = math.floor(number.left) - 3, round(number.y - CAP * number.size) - 3
            right, bottom = math.ceil(number.left + number.length) + 3, round(number.y) + 4
            left, right = max(left, box.x + 1), min(right, box.x + box.width)
            yield Rect(left, top, right - left, bottom - top, fill)
        yield number

    def frame(self, name: str, slot: int = 0) -> Rect:
        """Return the frame round one plane."""
        grid = self.layout.grids[name]
        x, y = grid.corners[slot]
        return Rect(x, y, max(1, grid.wide), max(1, grid.tall), "", "frame", max(1, self.sizes(2)), tag=f"frame/{name}")

    def outline(self, name: str, slot: int, row: int, column: int, down: int = 1, across: int = 1) -> Iterator[Rect]:
        """Draw a strong line inside the edge of some cells, with a halo where the theme needs one."""
        grid = self.layout.grids[name]
        x, y = grid.x_of(column, slot), grid.y_of(row, slot)
        wide, tall = grid.x_of(column + across, slot) - x, grid.y_of(row + down, slot) - y
        cell = min(grid.cell, grid.high)
        thick, halo = self.line(cell), self.edge(cell) - self.line(cell)
        if self.looks[name].coloured:
            yield Rect(x, y, max(wide, 5), max(tall, 5), "", "ground", 3 * thick, tag="halo")
            yield Rect(x, y, max(wide, 5), max(tall, 5), "", "frame", thick, tag="window")
            return
        if halo and min(wide, tall) > 4 * (thick + halo):
            yield inset(x, y, wide, tall, thick, halo, "halo")
        yield inset(x, y, wide, tall, 0, thick, "window")

    # Words.

    def labels(self, names: Iterable[str]) -> Iterator[Text]:
        """Write what stands over the planes."""
        for name in names:
            grid = self.layout.grids[name]
            for item, corners in zip(grid.items, grid.blocks, strict=True):
                for label, (left, top) in zip(item.labels, corners, strict=False):
                    y = top - item.top - self.sizes(18 if item.label_size == LABEL else 13)
                    size = self.sizes.type(item.label_size)
                    yield write(left + grid.wide / 2, y, label, size, "muted", "ground", tag=f"label/{name}")

    def notes(self, names: Iterable[str]) -> Iterator[Text]:
        """Write, under grids that need it, that their numbers are rounded, or are colours."""
        for name in names:
            chosen, grid = self.looks[name], self.layout.grids[name]
            said = look_note(chosen)
            if said:
                size = self.sizes.type(CAPTION)
                y = grid.bottom + self.sizes(19)
                yield write((grid.x + grid.right) / 2, y, said, size, "muted", "ground", tag="note")

    def sign(self, left: str, right: str, sign: str, size: float = SIGN, *, over: str = "") -> Iterator[Text]:
        """Write a sign half-way between two grids, at the height of the second; ``over`` it in bold, a word."""
        a, b = self.layout.grids[left], self.layout.grids[right]
        x, y = (a.right + b.x - b.items[0].left) / 2, (b.y + b.bottom) / 2
        yield from self.sign_at(x, y, sign, size, over=over)

    def sign_at(self, x: float, y: float, sign: str, size: float = SIGN, *, over: str = "") -> Iterator[Text]:
        """Write a sign whose stroke lies on a height."""
        type_ = self.sizes.type(size)
        baseline = round(y + 0.314 * type_)
        yield Text(x, baseline, sign, type_, "muted", "ground", measure(sign, type_), tag="operator")
        if over:
            size = self.sizes.type(18)
            yield write(x, y - self.sizes(24), over, size, "ink", "ground", bold=True, tag="operator")

    def heading_marks(self) -> Iterator[Text]:
        """Write the title and what is said beside it, or under it where it is long."""
        unit, margin = self.sizes, self.sizes(MARGIN)
        room = self.width - 2 * margin
        size = fitting(self.heading, room, unit.type(26), unit.type(18), bold=True)
        heading = clipped(self.heading, room, size, bold=True)
        yield write(margin, unit(40), heading, size, "ink", "ground", "start", bold=True, tag="title")
        x, y = margin, unit(72)
        if not self._two_lines:
            x, y = margin + round(measure(heading, size, bold=True)) + unit(25), unit(41)
        room = self.width - margin - x
        size = fitting(self.about, room, unit.type(18), unit.type(LEAST))
        yield write(x, y, clipped(self.about, room, size), size, "muted", "ground", "start", tag="settings")

    def foot_marks(self) -> Iterator[Mark]:
        """Write the foot, and draw the line along which the steps go."""
        unit, margin = self.sizes, self.sizes(MARGIN)
        room = self.width - 2 * margin
        sizes = [fitting(line, room, unit.type(SIZE_LINE), unit.type(LEAST)) for line in self.foot]
        size = min(sizes, default=unit.type(LEAST))
        for line, y in zip(self.foot, self._lines_at, strict=False):
            yield write(margin, y, clipped(line, room, size), size, "muted", "ground", "start", tag="size")
        if self.steps > 1:
            yield Rect(margin, self._track_at, room, unit(4), "track", tag="progress")

    def sentence(self, said: words.Sentence, step: int) -> Iterator[Mark]:
        """Write the arithmetic of a step, its result on a chip, and which step this is, counted from 1."""
        unit, margin, y = self.sizes, self.sizes(MARGIN), self.sentence_at
        progress = words.progress(step, self.steps) if self.steps > 1 else ""
        room = self.width - 2 * margin - (measure(progress, unit.type(16)) + unit(24) if progress else 0)
        pad, size = unit(8), unit.type(SENTENCE)
        chip_room = 2 * pad + unit(4) if said.result else 0
        while size > unit.type(LEAST) and measure(str(said), size, mono=True) + chip_room > room:
            size -= 0.5
        lead = write(
            margin,
            y,
            clipped(said.lead, room, size, mono=True),
            size,
            "ink",
            "ground",
            "start",
            mono=True,
            tag="sentence",
        )
        yield lead
        if said.result:
            chip, height = margin + round(lead.length), round(size * 1.5)
            length = round(measure(said.result, size, bold=True, mono=True))
            yield Rect(chip, y - height // 2, length + 2 * pad, height, "current", radius=unit(4))
            yield write(
                chip + pad, y, said.result, size, "current ink", "current", "start", bold=True, mono=True, tag="result"
            )
            if said.tail:
                x = chip + length + 2 * pad
                yield write(x, y, said.tail, size, "ink", "ground", "start", mono=True, tag="sentence")
        if progress:
            right = self.width - margin
            yield write(right, y, progress, unit.type(16), "muted", "ground", "end", tag="step")

    # The scene.

    def chosen(self, row: int) -> Sequence[int]:
        """Return which of the steps are drawn: all, of many some, or those that were asked for."""
        return range(self.steps) if self.style.all_steps else chosen_steps(self.style.steps, self.steps, row)

    def scene(
        self,
        base: Iterable[Mark],
        moments: Sequence[Moment],
        description: str,
        settings: Mapping[str, Any],
        *,
        numbers: Sequence[int] | None = None,
        seconds: float | None = None,
    ) -> Scene:
        """Return the scene; ``numbers``: which step each moment is, ``seconds``: how long one lasts at its own pace."""
        numbers = range(len(moments)) if numbers is None else numbers
        margin, unit = self.sizes(MARGIN), self.sizes
        hold = HOLD if self.style.hold is None else self.style.hold
        pace = seconds_a_step(len(moments), hold)
        if seconds is not None:
            pace = max(pace, min(seconds, (LONGEST_LOOP - hold) / len(moments)))
        if self.style.step_seconds is not None:
            pace = max(0.02, self.style.step_seconds)
        frames = []
        for place_, (moment, number) in enumerate(zip(moments, numbers, strict=True)):
            settled = list(moment.settled)
            if self.steps > 1:
                length = (self.width - 2 * margin) * (number + 1) // self.steps
                settled.append(Rect(margin, self._track_at, length, unit(4), "window", tag="progress"))
            moving = (*moment.moving, *self.sentence(moment.sentence, number + 1))
            frames.append(Frame(tuple(settled), moving, pace + (hold if place_ == len(moments) - 1 else 0)))
        ramps = {each.ramp for each in self.looks.values() if each.ramp}
        figure = {
            "theme": self.theme.settings,
            "width": self.width,
            **({} if self.style.title is None else {"title": self.style.title}),
        }
        return Scene(
            width=self.width,
            height=self.height,
            base=(*self.heading_marks(), *base, *self.foot_marks()),
            frames=frames,
            palette={role: colour for role, colour in self.theme.palette.items() if role[:6] != "group "},
            ramps={name: self.theme.ramps[name] for name in sorted(ramps)},
            inks=list(INKS),
            title=self.heading,
            description=description,
            settings={**settings, "figure": figure},
            notes=(words.drawn(len(moments), self.steps),) if 1 < len(moments) < self.steps else (),
        )


def chosen_steps(steps: Sequence[int] | None, total: int, row: int) -> Sequence[int]:
    """Return which of ``total`` steps are drawn; those below 0 are counted from the end. Raises `SettingError`.

    >>> list(chosen_steps(None, 3, 3)), list(chosen_steps([0, -1], 3, 3))
    ([0, 1, 2], [0, 2])
    """
    if steps is None:
        return drawn_steps(total, row)
    wrong = [step for step in steps if not -total <= step < total]
    if wrong or not len(steps):
        said = f"step {wrong[0] + (wrong[0] >= 0)} is not there" if wrong else "steps is empty"
        raise SettingError(f"{said}: use 1 to {total}, first or last")
    return sorted({step % total for step in steps})


def look_note(chosen: Look) -> str:
    """Say that numbers are rounded, or which colours mean what; nothing where there is nothing to say."""
    if not chosen.note:
        return ""
    if chosen.coloured:
        least, most = chosen.format.brief(chosen.low), chosen.format.brief(chosen.high)
        return words.COLOURS.format(least=least, most=most)
    return words.rounded(chosen.format.decimals, compact=chosen.format.compact)
