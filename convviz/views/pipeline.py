"""A pipeline as one figure: every stage's map side by side, and one cell followed through all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil

import numpy as np

from convviz import words_network as words
from convviz.errors import SettingError
from convviz.numbers import Format, times
from convviz.pipelines import Pipeline, Way, through, unshown
from convviz.record import SCHEMA, record
from convviz.scene import Image, Line, Mark, Polygon, Rect, Scene
from convviz.text import measure
from convviz.theme import ThemeLike
from convviz.theme import theme as theme_of
from convviz.trace import Step
from convviz.views.looks import NUMBER, SMALLEST_NUMBERED, Look, Room, coloured, look, sampled
from convviz.views.pace import drawn_steps
from convviz.views.panels import CAPTION, DESIGNED, LABEL, Area, Grid, Item, Table, place
from convviz.views.sheet import Moment, Sheet, Style
from convviz.words import drawn, rounded

PACE = (0.5, 1.0)  # seconds a step: there is a line to read for each stage
LOWEST = 300  # pixels of the designed canvas that maps have at least
BETWEEN = 50  # pixels between maps, for an arrow
LINE = 20  # pixels between two lines under a map
GUTTER = 24  # pixels for the indices of the cell that is followed
TALLER = (1.0, 1.2, 1.45, 1.8, 2.2)  # of the usual height
LENS, LENS_ROOM = 44, 135  # pixels: the largest cell of a lens, and how high a lens is at most
MOST_IN_LENS = 7  # cells a side: a larger window has no lens
SAMPLED = 2000  # values of a map by which the type in its lens is chosen
LEAST_MAP = 0.1  # pixels: the smallest cell
SEEN = 90  # pixels: the largest side of the largest map should not be smaller


def follow(
    pipeline: Pipeline,
    *,
    theme: ThemeLike = "light",
    width: int = DESIGNED,
    title: str | None = None,
    values: bool = True,
    steps: Sequence[int] | None = None,
    all_steps: bool = False,
    step_seconds: float | None = None,
    hold: float | None = None,
) -> Scene:
    """Draw a pipeline as a scene: for every output cell, all that it comes of and the way that leads to it.

    On each map the cells that the output comes of are tinted, those that the step reads are filled, and the cell it
    makes is outlined; a line for each stage has its arithmetic. Maps too large for numbers are drawn as colours, with
    the windows under them at full size. The options are those of `convviz.animate`. Raises `SettingError`.

    >>> from convviz import pipeline
    >>> scene = follow(pipeline("conv 3x3 sobel-x | relu | max 2x2", [[n * m % 7 for n in range(6)] for m in range(6)]))
    >>> scene.width, scene.height, len(scene.frames)
    (1120, 630, 4)
    """
    total = pipeline.traces[-1].planes_out[0].size
    chosen = (
        steps if steps is not None else range(total) if all_steps else drawn_steps(total, pipeline.output.shape[-1])
    )
    for step in chosen:
        if not 0 <= step < total:
            raise SettingError(f"step {step} is not there: use 0 to {total - 1}")
    sheet = Sheet(Style(theme_of(theme), width, title, step_seconds, hold), {})
    return _Followed(sheet, pipeline, values=values).scene(list(chosen), total)


class _Followed:
    """Makes the marks of one figure."""

    def __init__(self, sheet: Sheet, pipeline: Pipeline, *, values: bool) -> None:
        self.sheet, self.pipeline, self.values = sheet, pipeline, values
        self.maps = pipeline.maps
        self.names = (words.INPUT, *pipeline.names)
        first = pipeline.traces[0].formats.input
        self.formats = [first, *(trace.formats.output for trace in pipeline.traces)]
        palette = sheet.theme.palette
        for role in ("input", "output", "gap", "padding", "padding hatch"):
            sheet.palette[role] = palette[role]
        self.unit = sheet.unit
        self.many = len(self.maps) > 4
        self.deep = False  # whether there are two lines under each map

    # Layout.

    def _signed(self, number: int) -> bool:
        return bool((self.maps[number] < 0).any())

    def _captions(self, number: int, channel: int, *, colours: bool) -> list[str]:
        """Return the lines under a map: its size, which channel it is, what its colours mean."""
        array = self.maps[number]
        said = [times(array.shape[1:])]
        if len(array) > 1:
            said.append(words.channel(channel, len(array)))
        key = [words.ends(*self.looks[number].ends)] if colours else []
        return [" · ".join(said), *key] if self.deep else [" · ".join([*said, *key])]

    def _items(self, lines: int, *, colours: bool) -> Table:
        """Return the maps in so many lines, under each its lens where there are colours."""
        count = len(self.maps)
        across = ceil(count / lines)
        gutter = 0 if colours else self.unit(GUTTER)
        items = []
        for number, array in enumerate(self.maps):
            row, column = divmod(number, across)
            row = row * 2 if colours else row
            _, rows, columns = array.shape
            said = self._captions(number, len(array) - 1, colours=colours)
            caption = max(ceil(measure(line, self.unit.type(CAPTION))) for line in said)
            items.append(
                Item(
                    f"map {number}",
                    rows,
                    columns,
                    row=row,
                    column=column,
                    row_end=row,
                    labels=(self.names[number],),
                    caption=caption,
                    below=True,
                    foot=LINE if self.deep else 0,
                    top=gutter if number else 0,
                    left=gutter if number else 0,
                    one_of_many=self.many,
                )
            )
            if colours and self.values and (shape := self._lens_shape(number)) is not None:
                high = self.unit(min(LENS, LENS_ROOM / max(shape)) * (1 if lines == 1 else 0.8))
                items.append(
                    Item(
                        f"lens {number}",
                        *shape,
                        row=row + 1,
                        column=column,
                        row_end=row + 1,
                        side=max(high, ceil(self._widest(number, self._lens_type(high))) + self.unit(10)),
                        high=high,
                        labels=(self._lens_label(number),),
                        one_of_many=True,
                    )
                )
        return Table(tuple(items), (BETWEEN,) * (across - 1), (8,) * (lines * (2 if colours else 1) - 1))

    def _lens_type(self, high: float) -> float:
        return self.unit.type(max(11, NUMBER * high / self.unit.unit))

    def _widest(self, number: int, size: float) -> float:
        """Return how wide the widest number of a map is."""
        strings = {self.formats[number](value) for value in sampled(self.maps[number], SAMPLED)} | {"0"}
        return max(measure(each, size) for each in strings)

    def _lens_label(self, number: int) -> str:
        return words.IN_THE_WINDOW if number < len(self.maps) - 1 else words.RESULT

    def _lens_shape(self, number: int) -> tuple[int, int] | None:
        """Return rows and columns of what is shown of a map at full size; None for what is too large."""
        if number == len(self.maps) - 1:
            return 1, 1
        kernel = self.pipeline.traces[number].window.kernel
        rows, columns = (1, *kernel)[-2:]
        return (rows, columns) if max(rows, columns) <= MOST_IN_LENS else None

    def _arranged(self, area: Area, *, colours: bool) -> bool:
        """Place the maps, with numbers or as colours with lenses; tell whether they fit."""
        count, self.colours = len(self.maps), colours
        self.deep = colours and any(len(array) > 1 for array in self.maps)
        self.looks = [
            coloured(array, self.formats[number], signed=self._signed(number)) if colours else Look(Format())
            for number, array in enumerate(self.maps)
        ]
        tables = [self._items(lines, colours=colours) for lines in (1, 2, 3) if lines <= count]
        _, self.layout = place(tables, area, self.unit)
        cell = self.layout.cell
        if colours:
            return cell >= LEAST_MAP and max(self._grid(0).wide, self._grid(0).tall) >= self.unit(SEEN)
        if cell < (self.unit(SMALLEST_NUMBERED) if self.values else 4):
            return False
        if not self.values:
            return True
        room = Room(cell, self._line(cell) + self.unit(2), self.unit)
        self.looks = [
            look(array, self.formats[number], room, signed=self._signed(number))
            for number, array in enumerate(self.maps)
        ]
        return all(each.size and each.format == self.formats[n] for n, each in enumerate(self.looks))

    def _fit(self, top: int, usual: int) -> int:
        """Place the maps under ``top``; return how high they are: higher than usual where that is for numbers."""
        for colours in (False, True):
            for part in TALLER:
                area = Area(self.sheet.margin, top, self.sheet.width - self.sheet.margin, top + round(part * usual))
                if self._arranged(area, colours=colours):
                    return round(part * usual)
        if self.layout.cell < LEAST_MAP:
            raise SettingError(
                f"the maps of {len(self.maps) - 1} stages do not fit {self.sheet.width} pixels: "
                "use a larger width, a smaller input or fewer stages"
            )
        return round(part * usual)

    def _line(self, cell: float) -> int:
        return max(2, self.unit(4 if cell >= self.unit(44) else 3 if cell >= self.unit(28) else 2))

    def _grid(self, number: int) -> Grid:
        return self.layout.grids[f"map {number}"]

    # The scene.

    def scene(self, chosen: list[int], total: int) -> Scene:
        """Return the scene."""
        sheet, pipeline = self.sheet, self.pipeline
        about = f"{times(self.maps[0].shape[1:])} → {times(self.maps[-1].shape[1:])}"
        heading, top = sheet.heading(" → ".join(pipeline.names), about)
        lines = len(pipeline.traces)
        foot = sheet.unit(70) + lines * round(1.4 * sheet.type(17)) + 2 * round(1.45 * sheet.type(15))
        usual = max(round(sheet.width * 9 / 16) - top - foot, sheet.unit(LOWEST))
        high = self._fit(top, usual)
        ways = [pipeline.way(step) for step in chosen]
        moments = list(self._moments(chosen, ways, total))
        return sheet.scene(
            [*heading, *self._base(ways[0])],
            moments,
            top + high,
            self._notes(ways, total),
            " → ".join(pipeline.names),
            words.pipeline_alt(pipeline.names, [times(each.shape[1:]) for each in self.maps], moments[-1].said),
            self._settings(),
            PACE,
            ramps={each.ramp: sheet.theme.ramps[each.ramp] for each in self.looks if each.ramp},
            passed_over=drawn(len(chosen), total) if 1 < len(chosen) < total else "",
        )

    def _notes(self, ways: Sequence[Way], total: int) -> list[str]:
        shown, notes = len(ways), []
        for number, name in enumerate(self.names):
            chosen, lens = self.looks[number], f"lens {number}" in self.layout.grids
            if (chosen.size or lens) and not chosen.format.exact:
                said = rounded(chosen.format.decimals, compact=chosen.format.compact)
                notes.append(f"{name}: {said}")
        found = [
            words.FOLLOWED if not self.colours else words.COLOURED if self.values else words.FRAMED,
            *([" · ".join(notes)] if notes else []),
            *(
                words.undrawn(self.names[number], self.names[number + 1])
                for number in range(len(self.maps) - 1)
                if any(unshown(way.steps[number]) for way in ways)
            ),
        ]
        return [*found, drawn(shown, total)] if 1 < shown < total else found

    def _settings(self) -> dict[str, object]:
        style = self.sheet.style
        return {
            "schema": SCHEMA,
            "pipeline": [layer.said for layer in self.pipeline.stages],
            "stages": [record(trace) for trace in self.pipeline.traces],
            "figure": {
                "theme": style.theme.settings,
                "width": style.width,
                **({} if style.title is None else {"title": style.title}),
                **({} if self.values else {"values": False}),
            },
        }

    def _base(self, first: Way) -> Iterator[Mark]:
        """Draw every map but the last, the labels, and the arrows between."""
        for number in range(len(self.maps)):
            last = number == len(self.maps) - 1
            yield from self._plane(number, first.regions[number][0][0], empty=last)
            yield from self._words_of(number)
        for number in range(len(self.maps) - 1):
            yield from self._arrow(self._grid(number), self._grid(number + 1))
        for name, grid in self.layout.grids.items():
            if name.startswith("lens"):
                yield from self._label(grid)

    def _label(self, grid: Grid) -> Iterator[Mark]:
        item = grid.items[0]
        size = self.unit.type(item.label_size)
        (x, y), middle = grid.corners[0], 18 if item.label_size == LABEL else 15
        at = y - item.top - self.unit(middle)
        yield self.sheet.text(x + grid.wide / 2, at, item.labels[0], size, "ink", bold=not item.side, tag="label")

    def _words_of(self, number: int) -> Iterator[Mark]:
        grid = self._grid(number)
        yield from self._label(grid)
        if len(self.maps[number]) == 1:
            yield from self._under(number, self._captions(number, 0, colours=self.colours))
        elif self.deep:
            yield from self._under(number, ["", *self._captions(number, 0, colours=True)[1:]])

    def _under(self, number: int, said: Sequence[str]) -> Iterator[Mark]:
        """Write lines under a map."""
        grid, size = self._grid(number), self.unit.type(CAPTION)
        x, y = grid.corners[0]
        for down, line in enumerate(said):
            middle = y + grid.tall + self.unit(17 + down * LINE)
            if line:
                yield self.sheet.text(x + grid.wide / 2, middle, line, size, "muted", tag="caption")

    def _arrow(self, one: Grid, other: Grid) -> Iterator[Mark]:
        start, end = one.right + self.unit(9), other.x - other.items[0].left - self.unit(9)
        y = (one.y + one.bottom) / 2
        if end - start < self.unit(8) or abs(y - (other.y + other.bottom) / 2) > 2:
            return  # the next one stands in another line
        start = max(start, end - self.unit(34))
        head = self.unit(7)
        yield Line(((start, y), (end - head, y)), "muted", max(1, self.unit(2)), tag="arrow")
        yield Polygon(((end - head * 1.4, y - head), (end, y), (end - head * 1.4, y + head)), "muted", tag="arrow")

    def _plane(self, number: int, channel: int, *, empty: bool = False) -> Iterator[Mark]:
        """Draw one plane of a map."""
        grid, array = self._grid(number), self.maps[number][channel]
        x, y = grid.corners[0]
        if self.colours:
            if empty:
                yield Rect(x, y, grid.wide, grid.tall, "ground", tag=f"map/{number}")
            else:
                yield self._image(number, channel, 0, grid.rows, grid.columns)
        else:
            for row, column in np.ndindex(array.shape):
                yield from self._cell(number, channel, row, column, "ground" if empty else "", empty=empty)
        yield self._frame(number)

    def _frame(self, number: int) -> Rect:
        grid = self._grid(number)
        x, y = grid.corners[0]
        return Rect(x, y, grid.wide, grid.tall, "", "frame", max(1, self.unit(2)), tag=f"frame/{number}")

    def _image(self, number: int, channel: int, first: int, end: int, columns: int) -> Image:
        """Draw rows of a map as colours."""
        grid, chosen = self._grid(number), self.looks[number]
        part = self.maps[number][channel, first:end, :columns]
        top, left = grid.y_of(first), grid.corners[0][0]
        wide, tall = max(1, grid.x_of(columns) - left), max(1, grid.y_of(end) - top)
        return Image(left, top, wide, tall, chosen.levels(part), chosen.ramp, f"map/{number}/{channel}")

    def _cell(
        self,
        number: int,
        channel: int,
        row: int,
        column: int,
        fill: str = "",
        ink: str = "ink",
        *,
        bold: bool = False,
        empty: bool = False,
    ) -> Iterator[Mark]:
        """Draw one cell with its number."""
        grid, chosen = self._grid(number), self.looks[number]
        fill = fill or ("input" if number == 0 else "output")
        x, y = grid.x_of(column), grid.y_of(row)
        side = grid.side
        tag = f"map/{number}/{channel}/{row}/{column}"
        yield Rect(x, y, side, side, fill, "grid", 1, tag=tag)
        if chosen.size and not empty:
            said = chosen.format(self.maps[number][channel, row, column])
            strong = bold and chosen.bold
            yield self.sheet.text(x + side / 2, y + side / 2, said, chosen.size, ink, fill, bold=strong, tag=tag)

    # Steps.

    def _moments(self, chosen: Sequence[int], ways: Sequence[Way], total: int) -> Iterator[Moment]:
        shown = [cells[0][0] for cells in ways[0].regions]
        done = 0
        for step, way in zip(chosen, ways, strict=True):
            settled: list[Mark] = []
            now = [self._channel(way, number) for number in range(len(self.maps))]
            for number, (before, channel) in enumerate(zip(shown, now, strict=True)):
                last = number == len(self.maps) - 1
                if before != channel:
                    settled += self._plane(number, channel, empty=last)
                    if last:
                        done = step - step % self.maps[-1][0].size
                if len(self.maps[number]) > 1 and (before != channel or step == chosen[0]):
                    settled += self._named_channel(number, channel)
            shown = now
            settled += self._results(now[-1], done, step)
            done = step + 1
            yield Moment(settled, list(self._marked(way, now)), list(self._said(way)))

    def _channel(self, way: Way, number: int) -> int:
        """Return which plane of a map the way goes through."""
        if number:
            return way.steps[number - 1].filter
        first = way.steps[0]
        return through(first)[0] if first.trace.input.ndim > len(first.trace.window.axes) else 0

    def _named_channel(self, number: int, channel: int) -> Iterator[Mark]:
        """Write which channel is drawn over what was written before."""
        grid, last = self._grid(number), len(self.maps[number]) - 1
        widest = self._captions(number, last, colours=self.colours)[0]
        size = self.unit.type(CAPTION)
        wide = ceil(measure(widest, size)) + 4
        x, y = grid.corners[0]
        left, top = round(x + grid.wide / 2 - wide / 2), y + grid.tall + self.unit(17) - round(0.65 * size)
        yield Rect(left, top, wide, round(1.3 * size), "ground", tag="caption")
        yield from self._under(number, self._captions(number, channel, colours=self.colours)[:1])

    def _results(self, channel: int, done: int, step: int) -> Iterator[Mark]:
        """Fill in the last map up to a step."""
        number, grid = len(self.maps) - 1, self._grid(len(self.maps) - 1)
        plane = grid.rows * grid.columns
        first, end = max(0, done - channel * plane), step - channel * plane + 1
        if not self.colours:
            for at in range(first, end):
                yield from self._cell(number, channel, *divmod(at, grid.columns))
            yield self._frame(number)
            return
        row, rest = divmod(end, grid.columns)
        top = first // grid.columns
        if row > top:
            yield self._image(number, channel, top, row, grid.columns)
        if rest:
            yield self._image(number, channel, row, row + 1, rest)
        yield self._frame(number)

    def _marked(self, way: Way, channels: Sequence[int]) -> Iterator[Mark]:
        """Mark, on every map, what the output comes of, what the step reads, and the cell that the way goes through."""
        for number, region in enumerate(way.regions):
            reading = way.steps[number] if number < len(way.steps) else None
            made = way.steps[number - 1] if number else None
            if self.colours:
                yield from self._on_colours(number, region[1:])
                yield from self._lens(number, reading or way.steps[-1], channels[number], last=reading is None)
            else:
                yield from self._on_numbers(number, channels[number], region, reading, made)

    def _on_numbers(
        self, number: int, channel: int, region: Sequence[Sequence[int]], reading: Step | None, made: Step | None
    ) -> Iterator[Mark]:
        cell = _place(made) if made else None
        read = set(_read(reading, channel)) if reading else set()
        for row in region[1]:
            for column in region[2]:
                if (row, column) == cell:
                    yield from self._cell(number, channel, row, column, "current", "current ink", bold=True)
                elif (row, column) in read:
                    yield from self._cell(number, channel, row, column, "tap", "tap ink", bold=True)
                else:
                    yield from self._cell(number, channel, row, column, "gap")
        yield self._frame(number)
        if read:
            rows, columns = sorted({row for row, _ in read}), sorted({column for _, column in read})
            yield from self._outline(number, rows, columns)
        if cell:
            if len(read) != 1:
                yield from self._outline(number, cell[:1], cell[1:])
            yield from self._indices(number, cell)

    def _outline(self, number: int, rows: Sequence[int], columns: Sequence[int]) -> Iterator[Mark]:
        """Draw a strong line inside the edge of some cells, with a halo where the theme needs one."""
        grid, thick = self._grid(number), self._line(self.layout.cell)
        x, y = grid.x_of(columns[0]), grid.y_of(rows[0])
        wide, tall = grid.x_of(columns[-1] + 1) - x, grid.y_of(rows[-1] + 1) - y
        halo = self.unit(2) if "halo" in self.sheet.palette and self.layout.cell >= self.unit(28) else 0
        if halo:
            yield _inset(x, y, wide, tall, thick, halo, "halo")
        yield _inset(x, y, wide, tall, 0, thick, "window")

    def _indices(self, number: int, cell: tuple[int, int]) -> Iterator[Mark]:
        """Write row and column of the cell that a stage makes."""
        grid, (row, column) = self._grid(number), cell
        size, side = self.unit.type(13), grid.side
        x, y = grid.corners[0]
        over, beside = grid.x_of(column) + side / 2, x - self.unit(7)
        yield self.sheet.text(over, y - self.unit(11), str(column), size, "lit", bold=True, tag="index")
        if self.maps[number].shape[1] > 1:
            middle = grid.y_of(row) + side / 2
            yield self.sheet.text(beside, middle, str(row), size, "lit", anchor="end", bold=True, tag="index")

    def _on_colours(self, number: int, region: Sequence[Sequence[int]]) -> Iterator[Mark]:
        grid, (rows, columns) = self._grid(number), region
        if not rows or not columns:
            return
        x, y = grid.x_of(columns[0]), grid.y_of(rows[0])
        wide, tall = grid.x_of(columns[-1] + 1) - x, grid.y_of(rows[-1] + 1) - y
        thick = max(2, self.unit(2))
        wide, tall = max(wide, 3 * thick), max(tall, 3 * thick)
        yield Rect(x, y, wide, tall, "", "ground", 3 * thick, tag="halo")
        yield self._frame(number)
        yield Rect(x, y, wide, tall, "", "frame", thick, tag="region")

    def _lens(self, number: int, reading: Step, channel: int, *, last: bool) -> Iterator[Mark]:
        """Draw what a step reads of a map, at full size; of the last map its cell."""
        grid = self.layout.grids.get(f"lens {number}")
        if grid is None:
            return
        chosen = Look(self.formats[number], self._lens_type(grid.high))
        if last:
            yield from self._lens_cell(grid, 0, 0, chosen, reading.value, "current", "current ink")
            return
        shape = len(reading.channels), *(1, *reading.trace.window.kernel)[-2:]
        values, inside = reading.seen.reshape(shape), reading.inside.reshape(shape)
        at = reading.channels.index(channel)
        for row, column in np.ndindex(shape[1:]):
            real = bool(inside[at, row, column])
            fill, ink = ("tap", "tap ink") if real else ("padding", "muted")
            yield from self._lens_cell(grid, row, column, chosen, values[at, row, column], fill, ink)
        x, y = grid.corners[0]
        yield Rect(x, y, grid.wide, grid.tall, "", "window", max(2, self.unit(3)), tag="lens")

    def _lens_cell(
        self, grid: Grid, row: int, column: int, chosen: Look, value: object, fill: str, ink: str
    ) -> Iterator[Mark]:
        x, y = grid.x_of(column), grid.y_of(row)
        wide, tall = grid.x_of(column + 1) - x, grid.y_of(row + 1) - y
        yield Rect(x, y, wide, tall, fill, "grid", 1, "padding hatch" if fill == "padding" else "", tag="lens cell")
        text = self.sheet.text(x + wide / 2, y + tall / 2, chosen.format(value), chosen.size, ink, fill, tag="lens")
        if fill == "padding":
            across, high = ceil(text.length) + 4, round(1.1 * chosen.size)
            yield Rect(round(x + wide / 2 - across / 2), round(y + tall / 2 - high / 2), across, high, fill)
        yield text

    def _said(self, way: Way) -> Iterator[str]:
        """Yield the arithmetic of each stage."""
        room = int(self.sheet.room / measure("0", self.sheet.type(16), mono=True))
        for name, step in zip(self.pipeline.names, way.steps, strict=True):
            summed = len(step.channels) > 1 and len(step.seen) > len(step.channels)
            said = step.explain(max(40, room - len(name) - 8), by_channel=summed) if self.values else step.reads
            yield f"{name}: {said}"


def _place(step: Step) -> tuple[int, int]:
    """Return row and column of what a step makes."""
    row, column = (0, *step.place)[-2:]
    return row, column


def _read(step: Step, channel: int) -> Iterator[tuple[int, int]]:
    """Yield row and column of each cell that a step reads of a channel."""
    if channel not in step.channels:
        return
    rows, columns = (range(1), *step.taps)[-2:]
    sizes = (1, *step.trace.window.size)[-2:]
    for row in rows:
        for column in columns:
            if 0 <= row < sizes[0] and 0 <= column < sizes[1]:
                yield row, column


def _inset(x: int, y: int, wide: int, tall: int, by: int, thick: int, role: str) -> Rect:
    """Return a line of a thickness that lies inside an edge."""
    low, high = by + thick // 2, by + thick - thick // 2
    return Rect(x + low, y + low, wide - low - high, tall - low - high, "", role, thick, tag="window")
