"""The window walks: input, kernel and output side by side, one frame a step, with the arithmetic in a sentence."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple, overload

import numpy as np

from convviz import words
from convviz.record import record
from convviz.report import alt_text
from convviz.scene import Frame, Mark, Rect, Scene, Text
from convviz.text import CAP, clipped, fitting, measure
from convviz.theme import INKS
from convviz.trace import Step, Trace
from convviz.views.grids import LIFTED
from convviz.views.lens import Lens
from convviz.views.marks import inset
from convviz.views.panels import CAPTION, MARGIN, SIGN, Grid
from convviz.views.plan import LANE_WIDTH, LEAST, MOST_LETTERS, SUM, UNDER_LENS, Style
from convviz.views.subject import Shown, three

SENTENCE = 18  # pixels
GROUP_COLOURS = 4


def walk(trace: Trace, style: Style) -> Scene:
    """Draw how the window walks: see `convviz.animate`."""
    return Walk(trace, style).scene()


class Walk(Lens):
    """Makes the marks of one figure."""

    def scene(self) -> Scene:
        """Return the scene, its frames still to be drawn."""
        return self.scene_of([*self.heading_marks(), *self.grid_marks(), *self.foot_marks()], Frames(self))

    def scene_of(self, base: Sequence[Mark], frames: Sequence[Frame], **more: object) -> Scene:
        """Return a scene of such marks: its colours, and what is said of it; ``more`` is embedded too."""
        kind = words.TITLES[self.trace.kind]
        settings = record(self.trace)
        settings["figure"] = {
            "theme": self.theme.settings,
            "width": self.style.width,
            **({} if self.style.title is None else {"title": self.style.title}),
            **({} if self.values else {"values": False}),
            **({"shade": True} if self.shade else {}),
            **({"blank": sorted(self.blank)} if self.blank else {}),
            **more,
        }
        palette = {**self.theme.palette, **self.shades}
        lanes = self.trace.groups > 1  # each colour fewer makes a GIF smaller
        ramps = {look.ramp for look in self.looks if look.coloured}
        return Scene(
            width=self.width,
            height=self.height,
            base=tuple(base),
            frames=frames,
            palette={role: colour for role, colour in palette.items() if lanes or role[:6] != "group "},
            ramps={name: self.theme.ramps[name] for name in sorted(ramps)},
            inks=[*INKS, *self.shade_inks],
            title=self.heading or kind,
            description=self.described,
            settings=settings,
            notes=(words.drawn(len(self.steps), self.count),) if self._passes_over else (),
        )

    @property
    def described(self) -> str:
        """What the figure shows, for those who can't see it."""
        return alt_text(self.trace, self.blank)

    # What never changes.

    def grid_marks(self) -> Iterator[Mark]:
        """Draw the grids before the first step, and what stands round them."""
        yield from self._planes(self.shown(self.trace[self.steps[0]]), None, 0)
        for name, note in self.notes.items():
            if name in self.layout.grids:
                yield from self.caption(name, note)
        yield from self.lens_base()
        yield from self._operators()
        yield from self._indices
        _, rows, columns = three(self.trace.window.out)
        for slot in range(0 if self.hides_output else len(self.layout.grids["output"].corners)):
            yield from self.padding_bars(slot, rows, columns)

    def foot_marks(self) -> Iterator[Mark]:
        """Write the formula and the notes, and draw the line along which the steps go."""
        unit, margin = self.sizes, self.sizes(MARGIN)
        room = self.width - 2 * margin - self._drawn_room
        if self._passes_over:
            said, type_ = words.drawn(len(self.steps), self.count), unit.type(16)
            x = self.width - margin
            yield self._text(x, self._lines_at[-1], said, type_, "muted", "ground", "end", tag="drawn")
        for note, y in zip(self.footnotes, self._lines_at[len(self.size_lines) :], strict=False):
            yield from self.noted(note, margin, y, room)
        size = min(fitting(line, room, unit.type(16), unit.type(LEAST), mono=True) for line in self.size_lines)
        for line, y in zip(self.size_lines, self._lines_at, strict=False):
            shown = clipped(line, room, size, mono=True)
            yield self._text(margin, y, shown, size, "muted", "ground", "start", mono=True, tag="size")
        yield Rect(margin, self._track_at, self.width - 2 * margin, unit(4), "track", tag="progress")

    def tile_marks(self) -> Iterator[Mark]:
        """Draw one step as a tile: which step it is, the grids, the arithmetic."""
        said, size = words.progress(self.steps[0] + 1, self.count, counted=not self.hides_output), self.sizes.type(16)
        yield self._text(0, self.sizes(14), said, size, "ink", "ground", "start", bold=True, tag="step")
        yield from self.grid_marks()
        frame = self.frame(0)
        yield from (mark for mark in frame.settled if mark.tag != "progress")
        yield from frame.moving

    def _planes(self, shown: Shown, before: Shown | None, done: int) -> Iterator[Mark]:
        """Draw the planes that are not in their slots yet, and what is written over them."""
        yield from self.input_planes(shown, before)
        yield from self.kernel_planes(shown, before)
        yield from self.lens_kernel(shown, before)
        yield from self.output_planes(shown, before, done)
        yield from self.plane_labels(shown, before)
        yield from self._lanes(shown, before)
        if "bias" in self.layout.boxes and (before is None or before.current[0] != shown.current[0]):
            x, y, width, height = self.layout.boxes["bias"]
            if before:
                yield Rect(x, y, width, height, "ground")
            said, size = self._bias_words(shown.current[0], widest=False), self.sizes.type(CAPTION)
            yield self._text(x + width / 2, y + height / 2, said, size, "ink", "ground", tag="bias")

    def heading_marks(self) -> Iterator[Mark]:
        """Write the title and the settings."""
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

    # Signs between grids.

    def _operators(self) -> Iterator[Mark]:
        """Write, between grids, what is done with them."""
        grids = self.layout.grids
        if "lens" in grids:
            yield from self._signs_of_lens()
        elif "kernel" not in grids:
            yield from self._signs_of_pooling()
        else:
            for a, b in self._pairs("input", "kernel"):
                yield from self._sign_of_kernel(a, b)
            if not any(name.startswith("sum/") for name in self.layout.boxes):
                for a, b in self._pairs("kernel", "output"):
                    yield from self._sign_between(a, b, "=", 30)
            elif grids["output"].y > grids["kernel"].bottom:
                yield from self._sign_between(_all(self._blocks("input")), _all(self._blocks("output")), "=", 30)
            else:
                yield self._arrow(grids["output"])

    def _pairs(self, left: str, right: str) -> list[tuple[_Box, _Box]]:
        """Return the boxes of the blocks of two grids that belong together: of each group, or of each channel."""
        lefts, rights = self._blocks(left), self._blocks(right)
        return list(zip(lefts, rights, strict=True)) if len(lefts) == len(rights) else [(_all(lefts), _all(rights))]

    def _blocks(self, name: str) -> list[_Box]:
        """Return the box of each block of planes of a grid."""
        grid = self.layout.grids[name]
        found = []
        for number, corners in enumerate(grid.blocks):
            left, top = min(x for x, _ in corners), min(y for _, y in corners)
            right, bottom = max(x for x, _ in corners) + grid.wide, max(y for _, y in corners) + grid.tall
            reach = self.reach(name, number)
            half_way = reach if len({y for _, y in corners}) > 1 else (left - grid.items[0].left, right)
            found.append(_Box(left, top, right, bottom, *reach, *half_way))
        return found

    def _sign_of_kernel(self, a: _Box, b: _Box) -> Iterator[Mark]:
        """Write the operator between an input and its kernel, and what the kernel's integers are divided by."""
        unit, trace = self.sizes, self.trace
        assert trace.kernel is not None
        divisor = trace.kernel.divisor
        if divisor == 1 or self.many:
            yield from self._sign_between(a, b, trace.rule.operator, 34, bold=True)
            return
        x, y = (a.end + b.start) // 2, b.middle
        size = unit.type(20)
        width = round(measure(str(divisor), size)) + unit(8)
        x = b.first - unit(12) - width // 2 if b.top > a.bottom else x + unit(14)
        yield self._sign(x - width // 2 - unit(20), y, trace.rule.operator, 34, bold=True)
        yield self._text(x, y - unit(14), "1", size, "ink", "ground", tag="divisor")
        yield Rect(x - width // 2, y - unit(1), width, max(1, unit(2)), "ink")
        yield self._text(x, y + unit(15), str(divisor), size, "ink", "ground", tag="divisor")

    def _sign_between(self, a: _Box, b: _Box, sign: str, size: float, *, bold: bool = False) -> Iterator[Mark]:
        """Write a sign between two boxes: beside the lower one where they stand under one another."""
        type_ = self.sizes.type(size)
        if b.top > a.bottom:
            x = b.first - self.sizes(8) - round(measure(sign, type_, bold) / 2)
        else:
            x = (a.end + b.start) // 2
        yield self._sign(x, b.middle, sign, size, bold=bold)

    def _arrow(self, output: Grid) -> Mark:
        """Return the arrow that leads from the sums to the output."""
        sums = [box for name, box in self.layout.boxes.items() if name.startswith("sum/")]
        kernel = self.layout.grids["kernel"]
        x = max([kernel.right, *(x + width for x, _, width, _ in sums)])
        if len({y for _, y, _, _ in sums}) == 1:  # channels are columns
            x = max(x, self.layout.grids["input"].right)
        return self._sign(round((x + self.reach("output")[0]) / 2), (output.y + output.bottom) // 2, "→", 34)

    def _signs_of_pooling(self) -> Iterator[Mark]:
        unit, operator = self.sizes, self.trace.rule.operator
        size = unit.type(20)
        for a, b in self._pairs("input", "output"):
            if b.top > a.bottom:
                x, high = b.first - unit(10), b.bottom - b.top >= unit(60)  # lower ones have room for the word alone
                y = b.middle - unit(12) * high
                yield self._text(x, y, operator, size, "ink", "ground", "end", bold=True, tag="operator")
                if high:
                    half = round(measure(operator, size, bold=True) / 2)
                    yield self._sign(x - half, b.middle + unit(14), "↓", 30)
                continue
            x = (a.end + b.start) // 2
            if a.bottom - a.top < unit(60):  # the word stands as high as what is written over so low a plane
                x = max(x, a.last + unit(4) + round(measure(operator, size, bold=True) / 2))
            yield self._text(x, b.middle - unit(24), operator, size, "ink", "ground", bold=True, tag="operator")
            yield self._sign(x, b.middle, "→", 34)

    def _signs_of_lens(self) -> Iterator[Mark]:
        """Write the operators between the planes under the lens, and where the result goes."""
        grids, unit = self.layout.grids, self.sizes
        grid, output = grids["lens"], grids["output"]
        item = grid.items[0]
        signs = {"kernel": self.trace.rule.operator, "products": "="}
        heights: list[int] = []
        for number, kind in enumerate(self.lens_kinds[1:], start=1):
            slot = number * len(grid.corners) // len(self.lens_kinds)
            x, y = grid.corners[slot]
            x -= unit(item.gap if item.down == 1 else 36) // 2
            heights.append(y + grid.tall // 2)
            yield self._sign(x, heights[-1], signs[kind], 26, bold=kind == "kernel")
        if output.y > grid.bottom:
            return
        x, y, sign = round((self.reach("lens")[1] + self.reach("output")[0]) / 2), (output.y + output.bottom) // 2, "→"
        x = max(x, grid.right + unit(3) + round(measure(sign, unit.type(30)) / 2))
        if output.x < grid.x:  # the lens stands to the right of all
            lane = self.lane_right(len(grids["input"].items) - 1) + unit(LANE_WIDTH)
            x, sign = (lane + self.reach("lens")[0]) // 2, "←"
            if any(abs(y - each) < unit(26) for each in heights):
                y = sum(heights) // 2 if len(heights) > 1 else heights[0] + unit(30)
        if self.kernel is None:
            operator = self.trace.rule.operator
            size = fitting(operator, grid.width, unit.type(20), unit.type(LEAST), bold=True)
            under = grid.bottom + unit(20)
            yield self._text(grid.x + grid.width / 2, under, operator, size, "ink", "ground", bold=True, tag="operator")
        yield self._sign(x, y, sign, 30)

    def _sign(self, x: int, y: int, sign: str, size: float, *, bold: bool = False) -> Text:
        """Make an operator whose stroke lies on a height: signs sit lower than digits do."""
        type_ = self.sizes.type(size)
        baseline = round(y + 0.314 * type_)
        return Text(
            x, baseline, sign, type_, "muted", "ground", measure(sign, type_, bold), "middle", bold, tag="operator"
        )

    def _lanes(self, shown: Shown, before: Shown | None) -> Iterator[Mark]:
        """Draw a line from the planes that a group reads to those that it fills; that of the current one is thick."""
        grids, unit = self.layout.grids, self.sizes
        if len(grids["input"].items) < 2 or self.trace.groups == 1:
            return
        per_group, filters_a_group = self._sizes_of_groups
        inputs, outputs = self._blocks("input"), self._blocks("output")
        now = [channel // per_group for channel, _ in shown.inputs[:: len(shown.inputs) // len(inputs)]]
        for number, (a, b) in enumerate(zip(inputs, outputs, strict=True)):
            current = now[number] == shown.current[0] // filters_a_group
            few = self.trace.groups <= GROUP_COLOURS  # of more, one colour would stand for two
            role = f"group {now[number]}" if few else "group 0" if current else "muted"
            thick = unit(LANE_WIDTH if current else 3)
            under = b.top > a.bottom
            if under:
                right = self.lane_right(number)
                parts = [(right, a.top, unit(LANE_WIDTH), b.bottom - a.top)]
            else:
                low = max(a.bottom + self.ticks(2), b.bottom, b.middle + unit(SIGN)) + unit(6)
                ends = [(a.left, a.right), (b.left, b.right)] if "lens" in grids else [(a.left, b.right)]
                parts = [(left, low, right - left, unit(LANE_WIDTH)) for left, right in ends]
            for x, y, wide, tall in parts:
                if before:
                    yield Rect(x, y, wide, tall, "ground")
                yield Rect(x, y, thick if under else wide, tall if under else thick, role, tag=f"group/{now[number]}")

    # What settles, and what moves.

    def frame(self, number: int) -> Frame:
        """Draw frame ``number``."""
        index = self.steps[number]
        before = self.steps[number - 1] if number else -1
        step = self.trace[index]
        last = number == len(self.steps) - 1
        return Frame(
            tuple(self._settled(before, index)),
            tuple(self._moving(step)),
            self.seconds + (self.hold if last else 0),
        )

    def _settled(self, before: int, index: int) -> Iterator[Mark]:
        """The planes that come, the outputs of the steps after ``before`` up to ``index``, and the progress line."""
        shown = self.shown(self.trace[index])
        if before >= 0 and (then := self.shown(self.trace[before])) != shown:
            yield from self._planes(shown, then, before + 1)
        yield from self.results(shown, before + 1, index + 1)
        margin, unit = self.sizes(MARGIN), self.sizes
        length = (self.width - 2 * margin) * (index + 1) // self.count
        yield Rect(margin, self._track_at, length, unit(4), "window", tag="progress")

    def _moving(self, step: Step) -> Iterator[Mark]:
        taps = [range(1)] * (3 - len(step.taps)) + list(step.taps)
        shown = self.shown(step)
        yield from self._window(step, shown, taps)
        yield from self.lens_moving(step)
        yield from self._sums(step)
        yield from self._divisor(step)
        yield from self._current(step, shown)
        yield from self._sentence(step)

    def _window(self, step: Step, shown: Shown, taps: list[range]) -> Iterator[Mark]:
        """The taps, the gaps between them, and the outline of the window."""
        grid, unit = self.layout.grids["input"], self.sizes
        gaps = any(axis.dilation > 1 and axis.kernel > 1 for axis in self.trace.window.axes)
        slices, rows, columns = taps
        numerators = step.numerators.reshape(len(step.channels), len(slices), len(rows), len(columns))
        states = self.states(step, numerators)
        slots = {plane: slot for slot, plane in enumerate(shown.inputs)}
        for c, channel in enumerate(step.channels):
            for k, depth in enumerate(slices):
                slot = slots.get((channel, depth + self.low[0]))
                if slot is None:
                    continue
                slice_ = depth + self.low[0]
                if not self.input_look.coloured:
                    if gaps:
                        yield from self._gaps(slot, channel, slice_, rows, columns)
                    for i, row in enumerate(rows):
                        for j, column in enumerate(columns):
                            weight = "" if states[c, k, i, j] == "gap" else self._tap_weight(numerators[c, k, i, j])
                            yield from self._tap(slot, channel, slice_, row, column, states[c, k, i, j], weight, gaps)
                    if 0 <= depth < self.size[0]:
                        yield self.input_frame(slot)
                if any(self.binned):
                    yield from self.bin_bars(slot, three(step.place, missing=0)[1:])
                x, y = grid.x_of(columns[0] + self.low[2], slot), grid.y_of(rows[0] + self.low[1], slot)
                right = grid.x_of(columns[-1] + self.low[2] + 1, slot)
                bottom = grid.y_of(rows[-1] + self.low[1] + 1, slot)
                box = x, y, max(right - x, unit(5)), max(bottom - y, unit(5))
                if self.input_look.coloured:
                    yield from self._outline_on_colours(*box)
                else:
                    yield from self._outline(*box, grid.cell)

    def _tap(
        self,
        slot: int,
        channel: int,
        slice_: int,
        row: int,
        column: int,
        state: str,
        weight: str,
        gaps: bool,
    ) -> Iterator[Mark]:
        row, column = row + self.low[1], column + self.low[2]
        grid, thick = self.layout.grids["input"], max(1, self.sizes(2))
        x, y, side = grid.x_of(column, slot), grid.y_of(row, slot), grid.side
        if not (0 <= row < self.padded[1] and 0 <= column < self.padded[2]):  # hangs over the end: there is nothing
            yield Rect(x, y, side, side, "unread", "grid", 1, "unread hatch", tag=f"overhang/{row}/{column}")
            return
        drawn = "tap" if state == "tie" else str(state)
        if drawn == "gap":  # it reads a gap or padding that has no weight, and stays as it is
            if gaps and side > 4 * thick:
                yield inset(x, y, side, side, 0, thick, "window")
            return
        cell = self.input_cell(slot, channel, slice_, row, column, drawn, weight)
        yield from cell
        if state in ("tie", "winner"):
            ink = next(
                (mark.role for mark in cell if isinstance(mark, Text)),
                f"{'current' if state == 'winner' else 'tap'} ink",
            )
            yield from self.bars(x, y, side, 1 if state == "winner" else 2, ink, self.input_look.size)
        elif (gaps or self.input_look.ramp) and state == "tap" and side > 4 * thick:
            within = 1 if side >= self.sizes(28) else 0  # numbers fill smaller cells
            yield inset(x + within, y + within, side - within, side - within, 0, thick, "window")

    def _gaps(self, slot: int, channel: int, slice_: int, rows: range, columns: range) -> Iterator[Mark]:
        """Cells under the window that it does not read."""
        _, down, along = self.spots
        for row in range(rows[0], rows[-1] + 1):
            for column in range(columns[0], columns[-1] + 1):
                if (row in rows and column in columns) or not (0 <= row < self.size[1] and 0 <= column < self.size[2]):
                    continue
                if min(down[row + self.low[1]], along[column + self.low[2]]) < 0:
                    continue
                yield from self.input_cell(slot, channel, slice_, row + self.low[1], column + self.low[2], "gap")

    def _tap_weight(self, numerator: object) -> str:
        """Return what a tap is multiplied by, where every tap has room for it: one without would seem to have 1."""
        return f"×{self.trace.formats.weight(numerator)}" if self._weights_fit else ""

    @cached_property
    def _weights_fit(self) -> bool:
        """Whether the weight of every tap fits into its cell, under the number."""
        look, cell, unit = self.input_look, self.layout.cell, self.sizes
        if self.kernel is None or not (self.weighted and self.values and look.size and cell >= unit(44)):
            return False
        edge, low = self._edge(cell) + unit(3), cell / 2 - round(cell * LIFTED)
        size, half = unit.type(14), CAP * look.size / 2
        if low - half < self._edge(cell) or low + half > cell - edge - CAP * size:
            return False
        written = {f"×{self.trace.formats.weight(each)}" for each in np.unique(self.kernel)}
        return max(measure(each, size, bold=True) for each in written) <= cell - 2 * self._edge(cell) - unit(4)

    def _outline(self, x: int, y: int, width: int, height: int, cell: float) -> Iterator[Mark]:
        """Draw a strong line just inside an edge, and inside it a halo where the theme needs one to set it off.

        It touches no cell but those it encloses: what changes from frame to frame stays small.
        """
        thick, halo = self._line(cell), self._edge(cell) - self._line(cell)
        if halo and min(width, height) > 4 * (thick + halo):
            yield inset(x, y, width, height, thick, halo, "halo")
        yield inset(x, y, width, height, 0, thick, "window")

    def _outline_on_colours(self, x: int, y: int, width: int, height: int) -> Iterator[Mark]:
        """Draw the line round colours of any kind: on a band of the ground, which is seen on all of them."""
        thick = max(2, self.sizes(2))
        yield Rect(x, y, width, height, "", "ground", 3 * thick, tag="halo")
        yield Rect(x, y, width, height, "", "frame", thick, tag="window")

    def _sums(self, step: Step) -> Iterator[Mark]:
        """Write what each channel adds."""
        boxes = [box for name, box in self.layout.boxes.items() if name.startswith("sum/")]
        boxes = boxes or self._boxes_under_lens()
        if not boxes or self.hides_arithmetic:
            return
        shown = self.channels[0]
        sums, unit = step.channel_sums, self.sizes
        form = step.sum_format
        for (x, y, width, height), channel in zip(boxes, shown, strict=True):
            value = sums[channel]
            said = f"{'=' if form.is_exact(value) else '≈'} {form.brief(value)}"
            size = fitting(said, width, unit.type(SUM), unit.type(LEAST), bold=True)
            yield self._text(
                x + width / 2, y + height / 2, said, size, "ink", "ground", bold=True, tag=f"sum/{channel}"
            )

    def _boxes_under_lens(self) -> list[tuple[int, int, int, int]]:
        """Return the room for what each channel adds, under its planes of the lens."""
        grid, unit = self.layout.grids.get("lens"), self.sizes
        if grid is None or not self.sums_under_lens:
            return []
        corners = grid.corners[-len(self.channels[0]) :]
        return [(x - unit(6), y + grid.tall + unit(4), grid.wide + unit(12), unit(UNDER_LENS)) for x, y in corners]

    def _divisor(self, step: Step) -> Iterator[Mark]:
        """Write what the sum is divided by, under the arrow of a pooling: how many cells are counted."""
        if self.kernel is not None or step.ties or "lens" in self.layout.grids or self.hides_arithmetic:
            return
        if step.divisor == 1 or len(self.layout.grids["input"].items) > 1:
            return
        unit = self.sizes
        for a, b in self._pairs("input", "output")[:1]:
            if b.top <= a.bottom:
                x, said = (a.end + b.start) // 2, words.divided_by(step.divisor)
                yield self._text(x, b.middle + unit(28), said, unit.type(18), "ink", "ground", tag="divisor")

    def _current(self, step: Step, shown: Shown) -> Iterator[Mark]:
        """The output cell of this step, outlined, and its indices lit."""
        if self.hides_output:
            return
        grid = self.layout.grids["output"]
        slot = shown.outputs.index(shown.current)
        slice_, row, column = (0,) * (3 - len(step.place)) + step.place
        if not self.output_look.coloured:
            yield self.output_cell(slot, step.filter, slice_, row, column, "current")
            yield from self.output_number(slot, step.filter, slice_, row, column, current=True)
        x, y = grid.x_of(column, slot), grid.y_of(row, slot)
        wide, tall = max(grid.side, self.sizes(5)), max(round(grid.high), self.sizes(5))
        if self.output_look.coloured:
            yield from self._outline_on_colours(x, y, wide, tall)
        else:
            yield from self._outline(x, y, wide, tall, grid.cell)
        lit = [self.column_index(slot, column, lit=True)]
        if self._has_rows:
            lit.append(self.row_index(slot, row, lit=True))
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
        slots = range(len(self.layout.grids["output"].corners))
        return [text for slot in slots for text in self.indices(slot)]

    def _sentence(self, step: Step) -> Iterator[Mark]:
        """The arithmetic, its result on a chip, and which step this is."""
        unit, margin = self.sizes, 0 if self.tile else self.sizes(MARGIN)
        room = self.width - 2 * margin - self._progress_room
        y = self._sentence_at
        if not self.hides_arithmetic:
            yield from self._arithmetic(step, margin, y, room)
        elif not self.blank:
            said = step.reads
            size = fitting(said, room, unit.type(20), unit.type(LEAST + 2), mono=True)
            said = clipped(said, room, size, mono=True)
            yield self._text(margin, y, said, size, "ink", "ground", "start", mono=True, tag="sentence")
        if self.tile:
            return
        right = self.width - margin
        said = words.progress(step.index + 1, self.count, counted=not self.hides_output)
        yield self._text(right, y, said, unit.type(16), "muted", "ground", "end", tag="step")

    def _arithmetic(self, step: Step, x: int, y: int, room: int) -> Iterator[Mark]:
        unit, left = self.sizes, x
        pad = unit(8)
        size = unit.type(SENTENCE)
        letters = int((room - 2 * pad - unit(10)) / measure("0", size, mono=True))
        by_channel = len(step.channels) > 1
        sentence = step.explain(letters, self._term_width, by_channel=by_channel)
        if len(str(sentence)) > letters:
            sentence = step.explain(letters, by_channel=by_channel)
        if "output" in self.blank:
            sentence = words.asked(sentence)
        while size > unit.type(LEAST) and measure(str(sentence), size, mono=True) + 2 * pad + unit(10) > room:
            size -= 0.5
        lead = self._text(x, y, sentence.lead, size, "ink", "ground", "start", mono=True, tag="sentence")
        yield lead
        chip = x + round(lead.length)
        result = sentence.result
        length = round(measure(result, size, bold=True, mono=True))
        height = round(size * 1.5)
        yield Rect(chip, y - height // 2, length + 2 * pad, height, "current", radius=unit(4))
        yield self._text(
            chip + pad, y, result, size, "current ink", "current", "start", bold=True, mono=True, tag="result"
        )
        if sentence.tail:
            x = chip + length + 2 * pad
            tail = clipped(sentence.tail, room - (x - left), size, mono=True)
            yield self._text(x, y, tail, size, "ink", "ground", "start", mono=True, tag="sentence")


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


class _Box(NamedTuple):
    """Where a block of planes lies.

    With its labels and indices it reaches from ``first`` to ``last``, and half-way down from ``start`` to ``end``.
    """

    left: int
    top: int
    right: int
    bottom: int
    first: int
    last: int
    start: int
    end: int

    @property
    def middle(self) -> int:
        """Half-way down."""
        return (self.top + self.bottom) // 2


def _all(boxes: Sequence[_Box]) -> _Box:
    """Return the box round blocks."""
    lefts, tops, rights, bottoms, firsts, lasts, starts, ends = zip(*boxes, strict=True)
    return _Box(min(lefts), min(tops), max(rights), max(bottoms), min(firsts), max(lasts), min(starts), max(ends))
