"""The window walks: input, kernel and output side by side, one frame a step, with the arithmetic in a sentence."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import overload

import numpy as np

from convviz import words
from convviz.exact import Array
from convviz.record import record
from convviz.scene import Anchor, Frame, Image, Mark, Rect, Scene, Text
from convviz.text import CAP, clipped, fitting, measure
from convviz.theme import INKS
from convviz.trace import Step, Trace
from convviz.views.panels import CAPTION, LABEL, MARGIN, Placed
from convviz.views.plan import INDEX, LEAST, MOST_LETTERS, Plan, three

SENTENCE = 18  # pixels


def animate(
    trace: Trace,
    *,
    theme: str = "light",
    width: int = 1120,
    title: str | None = None,
    values: bool = True,
    steps: Sequence[int] | None = None,
    all_steps: bool = False,
    step_seconds: float | None = None,
    hold: float | None = None,
) -> Scene:
    """Draw a trace as a scene: what settles and what moves, frame by frame.

    ``width``: pixels; the height is 9/16 of it. ``values=False`` leaves the numbers out. ``steps``: which steps to
    draw, in order; left out, all up to 46, and of more the opening ones, the ends of blocks of rows and the last,
    unless ``all_steps``. ``step_seconds`` and ``hold`` (how much longer the last frame stays) are seconds.
    Of a batch, the first sample is drawn. Raises `SettingError`.

    >>> from convviz import conv2d
    >>> scene = animate(conv2d([[1, 2, 3], [4, 5, 6]], [[1, 0], [0, 1]]))
    >>> scene.width, scene.height, len(scene.frames)
    (1120, 630, 2)
    """
    return Walk(trace, theme, width, title, values, steps, all_steps, step_seconds, hold).scene()


class Walk(Plan):
    """Makes the marks of one figure."""

    @cached_property
    def _cells(self) -> dict[tuple[int, int, int, int, str, str], tuple[Mark, ...]]:
        """Cells of the input that have been drawn before, by what they show."""
        return {}

    def scene(self) -> Scene:
        """Return the scene, its frames still to be drawn."""
        kind = words.TITLES[self.trace.kind]
        settings = record(self.trace)
        settings["figure"] = {
            "theme": self.theme.name,
            "width": self.width,
            **({} if self.given is None else {"title": self.given}),
            **({} if self.values else {"values": False}),
        }
        ramps = {look.ramp for look in (self.input_look, self.output_look, self.kernel_look) if look.ramp}
        return Scene(
            width=self.width,
            height=self.height,
            base=tuple(self._base()),
            frames=Frames(self),
            palette=self.theme.palette,
            ramps={name: self.theme.ramps[name] for name in sorted(ramps)},
            inks=INKS,
            title=self.heading or kind,
            description=words.description(kind, self.settings_line, self.trace.input.shape, self.trace.output.shape),
            settings=settings,
            notes=(words.drawn(len(self.steps), self.y.size),) if self._passes_over else (),
        )

    # What never changes.

    def _base(self) -> Iterator[Mark]:
        unit, width = self.sizes, self.width
        margin = unit(MARGIN)
        yield from self._heading()
        yield from self._input_base()
        if self.kernel is not None:
            yield from self._operator_before_kernel()
            yield self._label(self.layout.panels[1], words.KERNEL)
            yield from self._caption(self.layout.panels[1], self.notes[1])
            if self.kernel.shape[0] == 1:
                yield from self.kernel_marks(0)
        yield from self._operator_before_output()
        yield from self._output_base()
        room = width - 2 * margin - self._drawn_room
        if self._passes_over:
            said, type_ = words.drawn(len(self.steps), self.y.size), unit.type(16)
            yield self._text(width - margin, self._lines_at[-1], said, type_, "muted", "ground", "end", tag="drawn")
        if self.footnote:
            type_ = fitting(self.footnote, room, unit.type(16), unit.type(LEAST))
            note = clipped(self.footnote, room, type_)
            yield self._text(margin, self._lines_at[-1], note, type_, "muted", "ground", "start", tag="note")
        size = min(fitting(line, room, unit.type(16), unit.type(LEAST), mono=True) for line in self.size_lines)
        for line, y in zip(self.size_lines, self._lines_at, strict=False):
            shown = clipped(line, room, size, mono=True)
            yield self._text(margin, y, shown, size, "muted", "ground", "start", mono=True, tag="size")
        yield Rect(margin, self._track_at, width - 2 * margin, unit(4), "track", tag="progress")

    def _heading(self) -> Iterator[Mark]:
        unit, margin = self.sizes, self.sizes(MARGIN)
        room = self.width - 2 * margin
        heading = (self.heading or words.TITLES[self.trace.kind])[:MOST_LETTERS]
        size = fitting(heading, room, unit.type(26), unit.type(18), bold=True)
        heading = clipped(heading, room, size, bold=True)
        yield self._text(margin, unit(40), heading, size, "ink", "ground", "start", bold=True, tag="title")
        x, y = margin, unit(72)
        if self._title_lines == 1:
            x, y = margin + round(measure(heading, size, bold=True)) + unit(25), unit(41)
        room = self.width - margin - x
        size = fitting(self.settings_line, room, unit.type(18), unit.type(LEAST))
        line = clipped(self.settings_line, room, size)
        yield self._text(x, y, line, size, "muted", "ground", "start", tag="settings")

    def _text(
        self,
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

    def _label(self, placed: Placed, name: str) -> Mark:
        y = placed.y - placed.panel.top - self.sizes(18)
        x = placed.x + placed.width / 2
        size = self.sizes.type(LABEL)
        return self._text(x, y, placed.panel.label, size, "muted", "ground", tag=f"label/{name}")

    def _caption(self, placed: Placed, note: str) -> Iterator[Mark]:
        if not note:
            return
        unit = self.sizes
        centres = [each.x + each.width // 2 for each in self.layout.panels]
        mine = placed.x + placed.width // 2
        room = 2 * min(mine - unit(8), self.width - unit(8) - mine)
        room = min([room, *(abs(mine - other) - unit(12) for other in centres if other != mine and room)])
        room = max(room, placed.width, round(measure(placed.panel.caption, unit.type(CAPTION))))
        size = fitting(note, room, unit.type(CAPTION), unit.type(LEAST))
        note = clipped(note, room, size)
        x, y = placed.x + placed.width / 2, placed.y + placed.height + unit(19)
        yield self._text(x, y, note, size, "muted", "ground", tag="note")

    def _input_base(self) -> Iterator[Mark]:
        placed = self.layout.panels[0]
        yield self._label(placed, words.INPUT)
        yield from self._caption(placed, self.notes[0])
        for channel in range(self.x.shape[0]):
            for slice_ in range(self.padded[0]):
                if self.input_look.ramp:
                    yield from self._input_colours(placed, channel, slice_)
                else:
                    for row in range(self.padded[1]):
                        for column in range(self.padded[2]):
                            yield from self.input_cell(channel, slice_, row, column)
                if self.low[0] <= slice_ < self.low[0] + self.size[0]:
                    yield self.input_frame(channel, slice_)
                    if self.input_look.ramp:
                        yield from self._unread_ticks(placed, channel, slice_)

    def _input_colours(self, placed: Placed, channel: int, slice_: int) -> Iterator[Mark]:
        """One plane as colours: padding that copies nothing is hatched."""
        x, y = placed.x_of(0, slice_), placed.y_of(0, channel)
        width, height = placed.x_of(self.padded[2], slice_) - x, placed.y_of(self.padded[1], channel) - y
        if self.padded != self.size:
            yield Rect(x, y, width, height, "padding", "grid", 1, "padding hatch")
        real = ~self.filled[slice_]
        if not real.any():
            return
        rows, columns = np.flatnonzero(real.any(axis=1)), np.flatnonzero(real.any(axis=0))
        top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
        values = self.padded_values[channel, slice_, top:bottom, left:right]
        yield self._image(
            placed, channel, slice_, top, left, self.input_look.levels(values), self.input_look.ramp, words.INPUT
        )

    def _unread_ticks(self, placed: Placed, channel: int, slice_: int) -> Iterator[Rect]:
        """Mark, beside colours, the rows and columns that no window reads."""
        unit = self.sizes
        right, bottom = placed.x_of(self.padded[2], slice_), placed.y_of(self.padded[1], channel)
        for row in sorted(self.unread[1]):
            y, end = (placed.y_of(row + self.low[1] + more, channel) for more in (0, 1))
            yield Rect(right + unit(3), y, unit(5), max(1, end - y), "muted", tag="unread")
        for column in sorted(self.unread[2]):
            x, end = (placed.x_of(column + self.low[2] + more, slice_) for more in (0, 1))
            yield Rect(x, bottom + unit(3), max(1, end - x), unit(5), "muted", tag="unread")

    def _image(
        self, placed: Placed, down: int, across: int, row: int, column: int, levels: Array, ramp: str, name: str
    ) -> Image:
        x, y = placed.x_of(column, across), placed.y_of(row, down)
        width = max(1, placed.x_of(column + levels.shape[1], across) - x)
        height = max(1, placed.y_of(row + levels.shape[0], down) - y)
        return Image(x, y, width, height, levels, ramp, f"{name}/{down}/{across}")

    def input_frame(self, channel: int, slice_: int) -> Rect:
        """Return the frame round what is really input."""
        placed, (_, top, left) = self.layout.panels[0], self.low
        x, y = placed.x_of(left, slice_), placed.y_of(top, channel)
        right, bottom = placed.x_of(left + self.size[2], slice_), placed.y_of(top + self.size[1], channel)
        return Rect(x, y, right - x, bottom - y, "", "frame", max(1, self.sizes(2)), tag="frame/input")

    def input_cell(
        self, channel: int, slice_: int, row: int, column: int, state: str = "", weight: str = ""
    ) -> tuple[Mark, ...]:
        """Draw one cell of the padded input: as it is, or as a tap, a gap or a winner under the window."""
        key = channel, slice_, row, column, state, weight
        if key not in self._cells:
            self._cells[key] = tuple(self._input_cell(*key))
        return self._cells[key]

    def _input_cell(self, channel: int, slice_: int, row: int, column: int, state: str, weight: str) -> Iterator[Mark]:
        placed, unit = self.layout.panels[0], self.sizes
        x, y = placed.x_of(column, slice_), placed.y_of(row, channel)
        side = placed.x_of(column + 1, slice_) - x
        depth, down, along = slice_ - self.low[0], row - self.low[1], column - self.low[2]
        inside = 0 <= depth < self.size[0] and 0 <= down < self.size[1] and 0 <= along < self.size[2]
        unread = depth in self.unread[0] or down in self.unread[1] or along in self.unread[2]
        fill, hatch, back, role = ("input", "", False, "ink")
        if state == "gap" and inside:
            fill = "gap"
        elif state == "tap":
            fill, role, hatch = "tap", "tap ink", "" if inside else "tap hatch"
        elif state == "zero":
            fill, hatch, back = "gap", "tap", True
        elif state == "winner":
            fill, role = "current", "current ink"
        elif not inside:
            fill, hatch, role = "padding", "padding hatch", "muted"
        elif unread:
            fill, hatch, back, role = "unread", "unread hatch", True, "muted"
        tag = f"input/{channel}/{depth}/{down}/{along}"
        yield Rect(x, y, side, side, fill, "grid", 1, hatch, back, tag=tag)
        look = self.input_look
        if not look.size:
            return
        if self.filled[slice_, row, column] and not np.isfinite(self.trace.rule.fill) and side < unit(28):
            return  # a sign of infinity does not fit: the hatch says that it is padding
        value = (
            self.trace.rule.fill
            if self.filled[slice_, row, column]
            else self.padded_values[channel, slice_, row, column]
        )
        bold = look.bold and state in ("tap", "zero", "winner")
        middle = y + side / 2 - (round(side * 0.135) if weight else 0)
        number = self._text(x + side / 2, middle, look.format(value), look.size, role, fill, bold=bold, tag=tag)
        if hatch:
            yield self._patch(number, x, side, fill)
        yield number
        if weight:
            size = unit.type(14)
            small = self._text(
                x + side - self._edge(side) - unit(3),
                y + side - self._edge(side) - unit(3) - CAP * size / 2,
                weight,
                size,
                role,
                fill,
                "end",
                bold=True,
                tag=tag,
            )
            if hatch:
                yield self._patch(small, x, side, fill)
            yield small

    def _patch(self, text: Text, x: int, side: int, fill: str) -> Rect:
        """Clear the hatch under a text, inside the lines of its cell."""
        height = round(CAP * text.size)
        left = max(x + 1, round(text.left) - 2)
        right = min(x + side, round(text.left + text.length) + 2)
        return Rect(left, round(text.y) - height - 3, right - left, height + 6, fill)

    def _operator_before_kernel(self) -> Iterator[Mark]:
        unit, layout, trace = self.sizes, self.layout, self.trace
        assert trace.kernel is not None
        x, divisor = layout.joints[0], trace.kernel.divisor
        left, right = layout.panels[0], layout.panels[1]
        room = right.x - left.x - left.width
        x = left.x + left.width + room // 2
        if divisor == 1:
            yield self._sign(x, trace.rule.operator, 34, bold=True)
            return
        size = unit.type(20)
        width = round(measure(str(divisor), size)) + unit(8)
        x += unit(14)
        yield self._sign(x - width // 2 - unit(20), trace.rule.operator, 34, bold=True)
        yield self._text(x, layout.centre - unit(14), "1", size, "ink", "ground", tag="divisor")
        yield Rect(x - width // 2, layout.centre - unit(1), width, max(1, unit(2)), "ink")
        yield self._text(x, layout.centre + unit(15), str(divisor), size, "ink", "ground", tag="divisor")

    def _sign(self, x: int, sign: str, size: float, *, bold: bool = False) -> Text:
        """Make an operator whose stroke lies on the centre line: signs sit lower than digits do."""
        type_ = self.sizes.type(size)
        y = round(self.layout.centre + 0.314 * type_)
        return Text(x, y, sign, type_, "muted", "ground", measure(sign, type_, bold), "middle", bold, tag="operator")

    def _operator_before_output(self) -> Iterator[Mark]:
        unit, layout = self.sizes, self.layout
        left, right = layout.panels[-2], layout.panels[-1]
        x = (left.x + left.width + right.x - right.panel.left) // 2
        if self.kernel is not None:
            yield self._sign(x, "=", 30)
            return
        yield self._text(
            x,
            layout.centre - unit(24),
            self.trace.rule.operator,
            unit.type(20),
            "ink",
            "ground",
            bold=True,
            tag="operator",
        )
        yield self._sign(x, "→", 34)

    def kernel_marks(self, filter_: int) -> Iterator[Mark]:
        """Draw the kernel of one filter."""
        placed, look = self.layout.panels[1], self.kernel_look
        assert self.kernel is not None
        for channel, slices in enumerate(self.kernel[filter_]):
            for slice_, plane in enumerate(slices):
                if look.ramp:
                    yield self._image(placed, channel, slice_, 0, 0, look.levels(plane), look.ramp, words.KERNEL)
                else:
                    for row, column in np.ndindex(plane.shape):
                        x, y = placed.x_of(column, slice_), placed.y_of(row, channel)
                        side = placed.side
                        tag = f"kernel/{filter_}/{channel}/{slice_}/{row}/{column}"
                        yield Rect(x, y, side, side, "kernel", "grid", tag=tag)
                        if look.size:
                            number = look.format(plane[row, column])
                            yield self._text(x + side / 2, y + side / 2, number, look.size, "ink", "kernel", tag=tag)
                yield self._plane_frame(placed, channel, slice_)

    def _plane_frame(self, placed: Placed, down: int, across: int) -> Rect:
        x, y = placed.x_of(0, across), placed.y_of(0, down)
        width = max(1, placed.x_of(placed.panel.columns, across) - x)
        height = max(1, placed.y_of(placed.panel.rows, down) - y)
        return Rect(x, y, width, height, "", "frame", max(1, self.sizes(2)))

    def _output_base(self) -> Iterator[Mark]:
        placed = self.layout.panels[-1]
        yield self._label(placed, words.OUTPUT)
        yield from self._caption(placed, self.notes[-1])
        depth, rows, columns = three(self.trace.window.out)
        for filter_ in range(self.y.shape[0]):
            for slice_ in range(depth):
                if not self.output_look.ramp:
                    for row in range(rows):
                        for column in range(columns):
                            yield self.output_cell(filter_, slice_, row, column, "ground")
                yield self._plane_frame(placed, filter_, slice_)
        yield from self._indices

    def _says_index(self, number: int, count: int) -> bool:
        """Indices are written where there is room: each, or every second, fifth, tenth."""
        need = measure(str(count - 1), self.sizes.type(INDEX), bold=True) + self.sizes(6)
        need = max(need, self.sizes(INDEX + 4))
        every = next(
            step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 10**9) if step * self.layout.cell >= need
        )
        return number % every == 0

    def _column_index(self, slice_: int, column: int, *, lit: bool) -> Text:
        placed, unit = self.layout.panels[-1], self.sizes
        x = placed.x_of(column, slice_) + placed.cell / 2
        role = "lit" if lit else "muted"
        return self._text(x, placed.y - unit(12), str(column), unit.type(INDEX), role, "ground", bold=lit, tag="index")

    def _row_index(self, filter_: int, row: int, *, lit: bool) -> Text:
        placed, unit = self.layout.panels[-1], self.sizes
        x, y = placed.x - unit(8), placed.y_of(row, filter_) + placed.cell / 2
        role = "lit" if lit else "muted"
        return self._text(x, y, str(row), unit.type(INDEX), role, "ground", "end", bold=lit, tag="index")

    def output_cell(self, filter_: int, slice_: int, row: int, column: int, fill: str) -> Rect:
        """Return one cell of the output, without its number."""
        placed = self.layout.panels[-1]
        x, y = placed.x_of(column, slice_), placed.y_of(row, filter_)
        tag = f"output/{filter_}/{slice_}/{row}/{column}"
        return Rect(x, y, placed.side, placed.side, fill, "grid", tag=tag)

    def output_number(self, filter_: int, slice_: int, row: int, column: int, *, current: bool) -> Iterator[Mark]:
        """Return the number of one cell of the output."""
        look, placed = self.output_look, self.layout.panels[-1]
        if not look.size:
            return
        x, y = placed.x_of(column, slice_) + placed.side / 2, placed.y_of(row, filter_) + placed.side / 2
        value = self.outputs[filter_, slice_, row, column]
        role, on = ("current ink", "current") if current else ("ink", "output")
        tag = f"output/{filter_}/{slice_}/{row}/{column}"
        yield self._text(x, y, look.format(value), look.size, role, on, bold=current and look.bold, tag=tag)

    @cached_property
    def outputs(self) -> Array:
        """The output as (filters, slices, rows, columns)."""
        return np.asarray(self.y.reshape(self.y.shape[0], *three(self.trace.window.out)))

    # What settles, and what moves.

    def frame(self, number: int) -> Frame:
        """Draw frame ``number``."""
        index = self.steps[number]
        before = self.steps[number - 1] if number else -1
        step = self.trace[index]
        last = number == len(self.steps) - 1
        return Frame(
            tuple(self._settled(before + 1, index + 1)),
            tuple(self._moving(step)),
            self.seconds + (self.hold if last else 0),
        )

    def _settled(self, first: int, end: int) -> Iterator[Mark]:
        """The outputs of steps ``first`` … ``end`` − 1, and the progress line."""
        depth, rows, columns = three(self.trace.window.out)
        if self.output_look.ramp:
            placed, look = self.layout.panels[-1], self.output_look
            for filter_, slice_, row, column, high, wide in _boxes(first, end, depth, rows, columns):
                values = self.outputs[filter_, slice_, row : row + high, column : column + wide]
                yield self._image(placed, filter_, slice_, row, column, look.levels(values), look.ramp, words.OUTPUT)
        else:
            for index in range(first, end):
                place_ = np.unravel_index(index, self.outputs.shape)
                filter_, slice_, row, column = (int(each) for each in place_)
                yield self.output_cell(filter_, slice_, row, column, "output")
                yield from self.output_number(filter_, slice_, row, column, current=False)
        touched = (
            sorted({divmod(index // (rows * columns), depth) for index in (first, end - 1)}) if end > first else []
        )
        for filter_, slice_ in touched:
            yield self._plane_frame(self.layout.panels[-1], filter_, slice_)
        margin, unit = self.sizes(MARGIN), self.sizes
        length = (self.width - 2 * margin) * end // self.y.size
        yield Rect(margin, self._track_at, length, unit(4), "window", tag="progress")

    def _moving(self, step: Step) -> Iterator[Mark]:
        taps = [range(1)] * (3 - len(step.taps)) + list(step.taps)
        yield from self._window(step, taps)
        if self.kernel is not None and self.kernel.shape[0] > 1:
            yield from self.kernel_marks(step.filter)
        yield from self._current(step)
        yield from self._sentence(step)

    def _window(self, step: Step, taps: list[range]) -> Iterator[Mark]:
        """The taps, the gaps between them, and the outline of the window."""
        placed, unit = self.layout.panels[0], self.sizes
        gaps = any(axis.dilation > 1 and axis.kernel > 1 for axis in self.trace.window.axes)
        slices, rows, columns = taps
        numerators = step.numerators.reshape(len(step.channels), len(slices), len(rows), len(columns))
        states = self._states(step, numerators)
        for c, channel in enumerate(step.channels):
            for k, depth in enumerate(slices):
                slice_ = depth + self.low[0]
                if not self.input_look.ramp and 0 <= slice_ < self.padded[0]:
                    if gaps:
                        yield from self._gaps(channel, slice_, rows, columns)
                    for i, row in enumerate(rows):
                        for j, column in enumerate(columns):
                            weight = self._tap_weight(numerators[c, k, i, j])
                            yield from self._tap(channel, slice_, row, column, states[c, k, i, j], weight, gaps)
                    if 0 <= depth < self.size[0]:
                        yield self.input_frame(channel, slice_)
                slice_ = min(max(slice_, 0), self.spatial[0] - 1)
                x, y = placed.x_of(columns[0] + self.low[2], slice_), placed.y_of(rows[0] + self.low[1], channel)
                right = placed.x_of(columns[-1] + self.low[2] + 1, slice_)
                bottom = placed.y_of(rows[-1] + self.low[1] + 1, channel)
                box = x, y, max(right - x, unit(5)), max(bottom - y, unit(5))
                if self.input_look.ramp:
                    yield from self._outline_on_colours(*box)
                else:
                    yield from self._outline(*box, placed.cell)

    def _states(self, step: Step, numerators: Array) -> Array:
        states = np.where(numerators == 0, "zero", "tap").astype("U6")
        if step.ties:
            states[...] = "tap"
            flat = states.reshape(-1)
            flat[list(step.ties)] = "tie"
            flat[step.ties[0]] = "winner"
        return states

    def _tap(
        self, channel: int, slice_: int, row: int, column: int, state: str, weight: str, gaps: bool
    ) -> Iterator[Mark]:
        row, column = row + self.low[1], column + self.low[2]
        if not (0 <= row < self.padded[1] and 0 <= column < self.padded[2]):
            return  # hangs over the end
        drawn = "tap" if state == "tie" else str(state)
        yield from self.input_cell(channel, slice_, row, column, drawn, weight)
        placed, thick = self.layout.panels[0], max(1, self.sizes(2))
        x, y, side = placed.x_of(column, slice_), placed.y_of(row, channel), placed.side
        if state in ("tie", "winner"):
            yield from self._bars(x, y, side, 1 if state == "winner" else 2)
        elif gaps and state == "tap" and side > 4 * thick:
            yield _inset(x + 1, y + 1, side - 1, side - 1, 0, thick, "window")

    def _bars(self, x: int, y: int, side: int, count: int) -> Iterator[Rect]:
        """Bars under a number: one, the winner; two, a tie."""
        edge = self._edge(side) + self.sizes(2)
        high = max(2, self.sizes(3 if side >= self.sizes(28) else 2))
        room = side - 2 * edge
        wide = (room - (count - 1) * (room // 4)) // count
        for number in range(count):
            left = x + edge + number * (room - wide)
            yield Rect(left, y + side - edge - high, wide, high, "tap ink", tag="winner" if count == 1 else "tie")

    def _gaps(self, channel: int, slice_: int, rows: range, columns: range) -> Iterator[Mark]:
        """Cells under the window that it does not read."""
        for row in range(rows[0], rows[-1] + 1):
            for column in range(columns[0], columns[-1] + 1):
                if (row in rows and column in columns) or not (0 <= row < self.size[1] and 0 <= column < self.size[2]):
                    continue
                yield from self.input_cell(channel, slice_, row + self.low[1], column + self.low[2], "gap")

    def _tap_weight(self, numerator: object) -> str:
        """Return what a tap is multiplied by, where there is room to write it."""
        if not (self.weighted and self.values and self.input_look.size):
            return ""
        text = f"×{self.trace.formats.weight(numerator)}"
        placed, unit = self.layout.panels[0], self.sizes
        fits = placed.cell >= unit(44) and measure(text, unit.type(14), bold=True) <= placed.cell - 2 * self._edge(
            placed.cell
        ) - unit(4)
        return text if fits else ""

    def _outline(self, x: int, y: int, width: int, height: int, cell: float) -> Iterator[Mark]:
        """Draw a strong line just inside an edge, and inside it a halo where the theme needs one to set it off.

        It touches no cell but those it encloses: what changes from frame to frame stays small.
        """
        thick, halo = self._line(cell), self._edge(cell) - self._line(cell)
        if halo and min(width, height) > 4 * (thick + halo):
            yield _inset(x, y, width, height, thick, halo, "halo")
        yield _inset(x, y, width, height, 0, thick, "window")

    def _outline_on_colours(self, x: int, y: int, width: int, height: int) -> Iterator[Mark]:
        """Draw the line round colours of any kind: on a band of the ground, which is seen on all of them."""
        thick = max(2, self.sizes(2))
        yield Rect(x, y, width, height, "", "ground", 3 * thick, tag="halo")
        yield Rect(x, y, width, height, "", "frame", thick, tag="window")

    def _current(self, step: Step) -> Iterator[Mark]:
        """The output cell of this step, outlined, and its indices lit."""
        placed = self.layout.panels[-1]
        place_ = (0,) * (3 - len(step.place)) + step.place
        slice_, row, column = place_
        if not self.output_look.ramp:
            yield self.output_cell(step.filter, slice_, row, column, "current")
            yield from self.output_number(step.filter, slice_, row, column, current=True)
        x, y = placed.x_of(column, slice_), placed.y_of(row, step.filter)
        side = max(placed.side, self.sizes(5))
        if self.output_look.ramp:
            yield from self._outline_on_colours(x, y, side, side)
        else:
            yield from self._outline(x, y, side, side, placed.cell)
        lit = [self._column_index(slice_, column, lit=True)]
        if self._has_rows:
            lit.append(self._row_index(step.filter, row, lit=True))
        for text in lit:
            yield self._cleared(text)
            yield text

    def _cleared(self, lit: Text) -> Rect:
        """Return a patch of ground under a lit index, which hides those that it would cut."""
        left, top, right, bottom = mine = _box(lit)
        for other in self._index_boxes:
            if other[0] < mine[2] and mine[0] < other[2] and other[1] < mine[3] and mine[1] < other[3]:
                left, top = min(left, other[0]), min(top, other[1])
                right, bottom = max(right, other[2]), max(bottom, other[3])
        return Rect(left, top, right - left, bottom - top, "ground")

    @cached_property
    def _index_boxes(self) -> list[tuple[int, int, int, int]]:
        return [_box(text) for text in self._indices]

    @cached_property
    def _indices(self) -> list[Text]:
        """The indices that are always written, where they stand so close that a lit one may touch another."""
        _, rows, columns = three(self.trace.window.out)
        shown = [
            self._column_index(0, column, lit=False) for column in range(columns) if self._says_index(column, columns)
        ]
        for filter_ in range(self.y.shape[0] if self._has_rows else 0):
            shown += [self._row_index(filter_, row, lit=False) for row in range(rows) if self._says_index(row, rows)]
        return shown

    def _sentence(self, step: Step) -> Iterator[Mark]:
        """The arithmetic, its result on a chip, and which step this is."""
        unit, margin = self.sizes, self.sizes(MARGIN)
        room = self.width - 2 * margin - self._progress_room
        y = self._sentence_at
        if self.values:
            yield from self._arithmetic(step, margin, y, room)
        else:
            axes = zip(self.trace.window.names, step.taps, self.trace.window.size, strict=True)
            said = words.reads(words.place(words.OUTPUT, step.position), list(axes))
            size = fitting(said, room, unit.type(20), unit.type(LEAST + 2), mono=True)
            said = clipped(said, room, size, mono=True)
            yield self._text(margin, y, said, size, "ink", "ground", "start", mono=True, tag="sentence")
        right = self.width - margin
        said = words.progress(step.index + 1, self.y.size)
        yield self._text(right, y, said, unit.type(16), "muted", "ground", "end", tag="step")

    def _arithmetic(self, step: Step, x: int, y: int, room: int) -> Iterator[Mark]:
        unit = self.sizes
        pad = unit(8)
        size = unit.type(SENTENCE)
        letters = int((room - 2 * pad - unit(10)) / measure("0", size, mono=True))
        sentence = step.explain(letters, self._term_width)
        if len(str(sentence)) > letters:
            sentence = step.explain(letters)
        while size > unit.type(LEAST) and measure(str(sentence), size, mono=True) + 2 * pad + unit(10) > room:
            size -= 0.5
        lead = self._text(x, y, sentence.lead, size, "ink", "ground", "start", mono=True, tag="sentence")
        yield lead
        chip = x + round(lead.length)
        length = round(measure(sentence.result, size, bold=True, mono=True))
        height = round(size * 1.5)
        yield Rect(chip, y - height // 2, length + 2 * pad, height, "current", radius=unit(4))
        result = sentence.result
        yield self._text(
            chip + pad, y, result, size, "current ink", "current", "start", bold=True, mono=True, tag="result"
        )
        if sentence.tail:
            x = chip + length + 2 * pad
            yield self._text(x, y, sentence.tail, size, "ink", "ground", "start", mono=True, tag="sentence")


class Frames(Sequence[Frame]):
    """The frames of a walk, drawn when they are asked for."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk

    def __len__(self) -> int:
        return len(self.walk.steps)

    @overload
    def __getitem__(self, index: int) -> Frame: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Frame]: ...
    def __getitem__(self, index: int | slice) -> Frame | Sequence[Frame]:
        numbers = range(len(self))[index]
        return [self.walk.frame(each) for each in numbers] if isinstance(numbers, range) else self.walk.frame(numbers)


def _box(text: Text) -> tuple[int, int, int, int]:
    """Return the corners of a patch that covers a text."""
    left, top = math.floor(text.left) - 3, round(text.y - CAP * text.size) - 2
    return left, top, math.ceil(text.left + text.length) + 3, round(text.y) + 2


def _inset(x: int, y: int, width: int, height: int, inset: int, thick: int, role: str) -> Rect:
    """Return a frame inside a rectangle: ``thick`` pixels of it, from ``inset`` pixels on."""
    low = inset + thick // 2
    high = inset + thick - thick // 2
    return Rect(x + low, y + low, width - low - high, height - low - high, "", role, thick, tag=role)


def _boxes(first: int, end: int, depth: int, rows: int, columns: int) -> Iterator[tuple[int, int, int, int, int, int]]:
    """Cut a run of output cells into rectangles: (filter, slice, row, column, height, width)."""
    plane = rows * columns
    while first < end:
        number, place_ = divmod(first, plane)
        row, column = divmod(place_, columns)
        left = min(end, (number + 1) * plane) - first
        if column == 0 and left >= columns:
            high, wide = left // columns, columns
        else:
            high, wide = 1, min(left, columns - column)
        yield (*divmod(number, depth), row, column, high, wide)
        first += high * wide
