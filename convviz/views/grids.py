"""The marks of the grids: input, kernel and output, as they stand before a window comes."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from functools import cached_property

import numpy as np
from PIL import Image as Picture

from convviz import words
from convviz.exact import Array
from convviz.scene import Image, Mark, Rect, Text
from convviz.text import CAP, clipped, measure
from convviz.theme import shades
from convviz.views.looks import SHADES, Look
from convviz.views.marks import write
from convviz.views.panels import CAPTION, Grid
from convviz.views.plan import BAR, BETWEEN, INDEX, LANE_WIDTH, LEAST, UNREAD, Note, Plan
from convviz.views.subject import Shown, three

SMALLEST_LINED = 6  # pixels: smaller cells have no lines between them
UNKNOWN = 48  # size of the type of a question mark
LIFTED = 0.135  # of a cell: so much higher stands a number that has a weight under it


class Grids(Plan):
    """Makes the marks of planes that stand in their slots."""

    @cached_property
    def _cells(self) -> dict[tuple[int, int, int, int, int, str, str], tuple[Mark, ...]]:
        """Cells of the input that have been drawn before, by what they show."""
        return {}

    _text = staticmethod(write)

    @cached_property
    def _shade_table(self) -> dict[str, list[tuple[str, str]]]:
        """Return, for each ramp that shades cells, the colours along it and the ink that is legible on each."""
        used = sorted({look.ramp for look in self.looks if look.ramp and look.size})
        return {ramp: shades(self.theme, ramp, SHADES) for ramp in used}

    @property
    def shades(self) -> dict[str, str]:
        """The roles of shaded cells, and their colours."""
        return {f"{ramp} {n}": colour for ramp, row in self._shade_table.items() for n, (colour, _) in enumerate(row)}

    @property
    def shade_inks(self) -> list[tuple[str, str]]:
        """What is written on shaded cells: (ink, role)."""
        return [(ink, f"{ramp} {n}") for ramp, row in self._shade_table.items() for n, (_, ink) in enumerate(row)]

    def shaded(self, look: Look, value: float, fill: str, ink: str) -> tuple[str, str]:
        """Return the fill of a cell and its ink: by its value, where cells are shaded and it has one: NaN is none."""
        if not (look.ramp and look.size) or math.isnan(value):
            return fill, ink
        level = int(look.levels(np.asarray(value), SHADES - 1))
        return f"{look.ramp} {level}", self._shade_table[look.ramp][level][1]

    # What is written round grids.

    def plane_labels(self, shown: Shown, before: Shown | None) -> Iterator[Mark]:
        """Write what stands above the planes, the current ones lit; over other words, once these are cleared."""
        now = self.labels(shown)
        then = self.labels(before) if before else {}
        for name, labels in now.items():
            grid = self.layout.grids.get(name)
            if grid is None:
                continue
            for slot, label in enumerate(labels):
                lit = self._is_lit(shown, name, slot)
                if before:
                    if then[name][slot] == label and self._is_lit(before, name, slot) == lit:
                        continue
                    yield self._patch_of(self._label(grid, name, slot, then[name][slot]))
                yield self._label(grid, name, slot, label, lit=lit)

    def _is_lit(self, shown: Shown, name: str, slot: int) -> bool:
        if name == "input":
            return shown.inputs[slot] in shown.lit
        return name == "output" and len(shown.outputs) > 1 and shown.outputs[slot] == shown.current

    def _label(self, grid: Grid, name: str, slot: int, label: str, *, lit: bool = False) -> Text:
        item, (left, top) = grid.items[0], grid.corners[slot]
        y = top - item.top - self.sizes(18 if not item.one_of_many else 13)
        size = self.sizes.type(item.label_size)
        role = "lit" if lit else "muted"
        return self._text(left + grid.wide / 2, y, label, size, role, "ground", tag=f"label/{name}/{slot}")

    def _patch_of(self, text: Text) -> Rect:
        """Return a patch of ground over a text."""
        left, top = int(text.left) - 3, round(text.y - CAP * text.size) - 4
        return Rect(left, top, int(text.length) + 7, round(text.y) + 6 - top, "ground")

    def caption(self, name: str, note: Note) -> Iterator[Mark]:
        """Write under a grid."""
        if not note:
            return
        unit, grid = self.sizes, self.layout.grids[name]
        centres = [each.x + each.width // 2 for each in self.layout.grids.values() if each.bottom > grid.y]
        mine = grid.x + grid.width // 2
        room = 2 * min(mine - unit(8), self.width - unit(8) - mine)
        room = min([room, *(abs(mine - other) - unit(12) for other in centres if other != mine and room)])
        room = max(room, grid.width, grid.items[0].caption)
        size = self._note_size(note, room, CAPTION)
        x = grid.x + (grid.width - min(room, self.note_width(note, size))) / 2
        bars = unit(UNREAD) if name == "output" and self.longer[2] else self.ticks(2) if name == "input" else 0
        y = grid.bottom + bars + unit(19)
        if name == "kernel" and self.trace.kernel and self.trace.kernel.divisor != 1 and not self.many:
            y = max(y, (grid.y + grid.bottom) // 2 + unit(34))  # under the fraction beside a low kernel
        yield from self.noted(note, x, y, room, CAPTION)

    def _note_size(self, note: Note, room: float, largest: float) -> float:
        size, least = self.sizes.type(largest), self.sizes.type(LEAST)
        while size > least and self.note_width(note, size) > room:
            size -= 0.5
        return max(size, least)

    def noted(self, note: Note, x: float, y: float, room: float, largest: float = 16) -> Iterator[Mark]:
        """Write a note from ``x`` on: words, and colour bars between their ends."""
        size, unit = self._note_size(note, room, largest), self.sizes
        end = x + room
        for number, part in enumerate(note):
            if number:
                x += measure(BETWEEN, size)
            if isinstance(part, str):
                text = self._text(x, y, clipped(part, end - x, size), size, "muted", "ground", "start", tag="note")
                yield text
                x += text.length
                continue
            halves = [np.arange(128), np.arange(128, 256)] if part.diverging else [np.arange(256)]
            said = [part.least, "0", part.most] if part.diverging else [part.least, part.most]
            said[0] = f"{part.name} {said[0]}".strip()
            for each, levels in zip(said, [*halves, None], strict=True):
                text = self._text(x, y, each, size, "muted", "ground", "start", tag="note")
                yield text
                x += text.length + unit(5)
                if levels is not None:
                    wide, tall = unit(BAR) // len(halves), unit(11)
                    across, top = round(x), round(y - tall / 2)
                    yield Image(across, top, wide, tall, levels[None].astype(np.uint8), part.ramp, "bar")
                    yield Rect(across, top, wide, tall, "", "muted", tag="bar")
                    x += wide + unit(5)
            x -= unit(5)

    # The input.

    def input_planes(self, shown: Shown, before: Shown | None) -> Iterator[Mark]:
        """Draw every plane of the input that was not in its slot before."""
        grid = self.layout.grids["input"]
        for slot, (channel, slice_) in enumerate(shown.inputs):
            if before and before.inputs[slot] == (channel, slice_):
                continue
            if self.input_look.coloured:
                yield from self._input_colours(slot, channel, slice_)
            else:
                for row in range(self.padded[1]):
                    for column in range(self.padded[2]):
                        yield from self.input_cell(slot, channel, slice_, row, column)
            if self.low[0] <= slice_ < self.low[0] + self.size[0]:
                yield self.input_frame(slot)
                yield from self.bin_bars(slot)
                if self.input_look.coloured:
                    yield from self._unread_ticks(slot)
        if before is None:
            yield from self._gaps_between("input", [channel for channel, _ in shown.inputs], grid)

    def _gaps_between(self, name: str, numbers: list[int], grid: Grid) -> Iterator[Mark]:
        """Write an ellipsis where planes are left out: between what stands side by side, or beside what does not."""
        unit = self.sizes
        sign_size = unit.type(26)
        starts = list(itertools.accumulate(map(len, grid.blocks), initial=0))
        for slot in range(1, len(numbers)):
            if numbers[slot] - numbers[slot - 1] <= 1:
                continue
            (x0, y0), (x1, y1) = grid.corners[slot - 1], grid.corners[slot]
            if y0 == y1:
                outline = unit(8) if self.input_look.coloured else 0  # of a window at the edge
                end = x0 + grid.wide + max(self.ticks(1), outline)
                if self.trace.groups > 1 and slot in starts:  # the line of a group runs down there
                    end = self.lane_right(starts.index(slot) - 1) + unit(LANE_WIDTH)
                x, middle, sign = (end + x1 - outline) / 2, y0 + grid.tall / 2, "⋯"
            else:
                x, middle, sign = self.reach(name)[0] - unit(4), (y0 + grid.tall + y1) / 2, "⋮"
                x -= math.ceil(measure(sign, sign_size) / 2)
            baseline, length = round(middle + 0.36 * sign_size), measure(sign, sign_size)
            yield Text(x, baseline, sign, sign_size, "muted", "ground", length, tag=f"elided/{name}")

    def _input_colours(self, slot: int, channel: int, slice_: int) -> Iterator[Mark]:
        """One plane as colours: padding that copies nothing is hatched."""
        grid = self.layout.grids["input"]
        x, y = grid.corners[slot]
        width, height = grid.x_of(self.padded[2], slot) - x, grid.y_of(self.padded[1], slot) - y
        if self.padded != self.size:
            yield Rect(x, y, width, height, "padding", "grid", 1, "padding hatch")
        real = ~self.filled[slice_]
        if not real.any():
            return
        rows, columns = np.flatnonzero(real.any(axis=1)), np.flatnonzero(real.any(axis=0))
        top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
        values = self.padded_values[channel, slice_, top:bottom, left:right]
        tag = f"{words.INPUT}/{channel}/{slice_}"
        yield self._image(grid, slot, top, left, self.input_look.levels(values), self.input_look.ramp, tag)
        for row in np.flatnonzero(~real[top:bottom].any(axis=1)) + top:
            above, below = grid.y_of(int(row), slot), grid.y_of(int(row) + 1, slot)
            yield Rect(x, above, width, below - above, "padding", "", 0, "padding hatch", tag="gap")
        for column in np.flatnonzero(~real[:, left:right].any(axis=0)) + left:
            start, end = grid.x_of(int(column), slot), grid.x_of(int(column) + 1, slot)
            yield Rect(start, y, end - start, height, "padding", "", 0, "padding hatch", tag="gap")

    def bin_bars(self, slot: int, place: tuple[int, int] | None = None) -> Iterator[Rect]:
        """Mark the bins beside the input, in two lanes: where bins overlap, both have a bar. ``place``: the current."""
        unit, grid = self.sizes, self.layout.grids["input"]
        right, bottom = grid.x_of(self.padded[2], slot), grid.y_of(self.padded[1], slot)
        thick = max(2, unit(6))
        role = "muted" if place is None else "window"
        for number in (1, 2):
            if not self.binned[number]:
                continue
            axis = self.trace.window.axes[number - 3]
            for output in range(axis.out) if place is None else [place[number - 1]]:
                taps, away = axis.taps(output), unit(4) + output % 2 * unit(8)
                if number == 1:
                    y, end = grid.y_of(taps[0], slot) + 1, grid.y_of(taps[-1] + 1, slot) - 1
                    yield Rect(right + away, y, thick, max(1, end - y), role, tag=f"bin/rows/{output}")
                else:
                    x, end = grid.x_of(taps[0], slot) + 1, grid.x_of(taps[-1] + 1, slot) - 1
                    yield Rect(x, bottom + away, max(1, end - x), thick, role, tag=f"bin/columns/{output}")

    def _unread_ticks(self, slot: int) -> Iterator[Rect]:
        """Mark, beside colours, the rows and columns that no window reads."""
        unit, grid = self.sizes, self.layout.grids["input"]
        right, bottom = grid.x_of(self.padded[2], slot), grid.y_of(self.padded[1], slot)
        for row in (place for place, spot in enumerate(self.spots[1]) if spot in self.unread[1]):
            y, end = (grid.y_of(row + more, slot) for more in (0, 1))
            yield Rect(right + unit(3), y, unit(5), max(1, end - y), "muted", tag="unread")
        for column in (place for place, spot in enumerate(self.spots[2]) if spot in self.unread[2]):
            x, end = (grid.x_of(column + more, slot) for more in (0, 1))
            yield Rect(x, bottom + unit(3), max(1, end - x), unit(5), "muted", tag="unread")

    def _image(self, grid: Grid, slot: int, row: int, column: int, levels: Array, ramp: str, tag: str) -> Image:
        x, y = grid.x_of(column, slot), grid.y_of(row, slot)
        width = max(1, grid.x_of(column + levels.shape[1], slot) - x)
        height = max(1, grid.y_of(row + levels.shape[0], slot) - y)
        if height < levels.shape[0] or width < levels.shape[1]:  # several cells a pixel: their mean
            smaller = min(width, levels.shape[1]), min(height, levels.shape[0])
            levels = np.asarray(Picture.fromarray(levels).resize(smaller, Picture.Resampling.BOX))
        return Image(x, y, width, height, levels, ramp, tag)

    def input_frame(self, slot: int) -> Rect:
        """Return the frame round what is really input."""
        grid, (_, top, left) = self.layout.grids["input"], self.low
        x, y = grid.x_of(left, slot), grid.y_of(top, slot)
        right, bottom = grid.x_of(left + self.size[2], slot), grid.y_of(top + self.size[1], slot)
        return Rect(x, y, right - x, bottom - y, "", "frame", max(1, self.sizes(2)), tag="frame/input")

    def input_cell(
        self, slot: int, channel: int, slice_: int, row: int, column: int, state: str = "", weight: str = ""
    ) -> tuple[Mark, ...]:
        """Draw one cell of the padded input: as it is, or as a tap, a gap or a winner under the window.

        Its tag counts cells of the input, going on below 0 and past the end in padding; that of a cell in a gap begins
        with ``gap`` and counts gaps too.
        """
        key = slot, channel, slice_, row, column, state, weight
        if key not in self._cells:
            self._cells[key] = tuple(self._input_cell(*key))
        return self._cells[key]

    def _input_cell(
        self, slot: int, channel: int, slice_: int, row: int, column: int, state: str, weight: str
    ) -> Iterator[Mark]:
        grid, unit = self.layout.grids["input"], self.sizes
        x, y = grid.x_of(column, slot), grid.y_of(row, slot)
        side = grid.x_of(column + 1, slot) - x
        depth, down, along = slice_ - self.low[0], row - self.low[1], column - self.low[2]
        spot = self.spots[0][slice_], self.spots[1][row], self.spots[2][column]
        inside = min(spot) >= 0
        unread = any(each in missed for each, missed in zip(spot, self.unread, strict=True))
        fill, hatch, back, role = self._drawn_as(state, inside, unread)
        if fill in ("input", "tap", "gap") and not hatch and inside:
            fill, role = self.shaded(self.input_look, self.value_at(channel, slice_, row, column), fill, role)
        tag = self._tag_of(channel, (depth, down, along), spot)
        yield Rect(x, y, side, side, fill, "grid", 1, hatch, back, tag=tag)
        look = self.input_look
        if not look.size:
            return
        if self.filled[slice_, row, column] and not np.isfinite(self.trace.rule.fill) and side < unit(28):
            return  # a sign of infinity does not fit: the hatch says that it is padding
        bold = look.bold and state in ("tap", "zero", "winner")
        middle = y + side / 2 - (round(side * LIFTED) if weight else 0)
        value = look.format(self.value_at(channel, slice_, row, column))
        number = self._text(x + side / 2, middle, value, look.size, role, fill, bold=bold, tag=tag)
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

    def _tag_of(self, channel: int, place: tuple[int, int, int], spot: tuple[int, int, int]) -> str:
        """Return the tag of a cell of the padded input, of where it lies and which cell of the input it is."""
        name, counted = "input", []
        for position, cell, spread, size in zip(place, spot, self.size, three(self.trace.window.size), strict=True):
            if cell < 0 and 0 <= position < spread:
                name, counted = "gap", list(place)
                break
            counted.append(cell if cell >= 0 else position if position < 0 else position - spread + size)
        return "/".join(map(str, (name, channel, *counted)))

    @staticmethod
    def _drawn_as(state: str, inside: bool, unread: bool) -> tuple[str, str, bool, str]:
        """Return the fill of a cell, its hatch and which way that leans, and the ink of its number."""
        if state == "gap" and inside:
            return "gap", "", False, "ink"
        if state == "tap":
            return "tap", "" if inside else "tap hatch", False, "tap ink"
        if state == "zero":
            return "gap", "tap", True, "ink"
        if state == "winner":
            return "current", "", False, "current ink"
        if not inside:
            return "padding", "padding hatch", False, "muted"
        if unread:
            return "unread", "unread hatch", True, "muted"
        return "input", "", False, "ink"

    def value_at(self, channel: int, slice_: int, row: int, column: int) -> float:
        """Return what a cell of the padded input holds."""
        if self.filled[slice_, row, column]:
            return self.trace.rule.fill
        value: float = self.padded_values[channel, slice_, row, column]
        return value

    def _patch(self, text: Text, x: int, side: int, fill: str) -> Rect:
        """Clear the hatch under a text, inside the lines of its cell."""
        height = round(CAP * text.size)
        left = max(x + 1, round(text.left) - 2)
        right = min(x + side, round(text.left + text.length) + 2)
        return Rect(left, round(text.y) - height - 3, right - left, height + 6, fill)

    # The kernel.

    def kernel_planes(self, shown: Shown, before: Shown | None) -> Iterator[Mark]:
        """Draw the planes of the kernels that were not there before."""
        if "kernel" not in self.layout.grids:
            return
        for slot, plane in enumerate(shown.kernels):
            if not (before and before.kernels[slot] == plane):
                yield from self.kernel_plane(self.layout.grids["kernel"], slot, plane)

    def kernel_plane(
        self, grid: Grid, slot: int, plane: tuple[int, int, int], *, turned: bool = False
    ) -> Iterator[Mark]:
        """Draw one plane of one filter's kernel: (filter, channel in its group, slice), as it is or turned round."""
        assert self.kernel is not None
        look, values = self.kernel_look, self.kernel[plane]
        if turned:
            values = np.flip(self.kernel[plane[0], plane[1], self.span_slices - 1 - plane[2]])
        if look.coloured:
            tag = f"{words.KERNEL}/{plane[0]}/{plane[1]}/{plane[2]}"
            yield self._image(grid, slot, 0, 0, look.levels(values), look.ramp, tag)
        else:
            for row, column in np.ndindex(values.shape):
                x, y, side = grid.x_of(column, slot), grid.y_of(row, slot), grid.side
                place = (plane[2], row, column)
                if turned:
                    place = tuple(size - 1 - each for size, each in zip(self.kernel.shape[2:], place, strict=True))
                tag = "/".join(map(str, ("kernel", *plane[:2], *place)))
                fill, role = self.shaded(look, values[row, column], "kernel", "ink")
                yield Rect(x, y, side, side, fill, "grid", tag=tag)
                if look.size:
                    number = look.format(values[row, column])
                    yield self._text(x + side / 2, y + side / 2, number, look.size, role, fill, tag=tag)
        yield self.plane_frame(grid, slot)

    def plane_frame(self, grid: Grid, slot: int) -> Rect:
        """Return the frame round one plane."""
        x, y = grid.corners[slot]
        return Rect(x, y, max(1, grid.wide), max(1, grid.tall), "", "frame", max(1, self.sizes(2)))

    # The output.

    @cached_property
    def outputs(self) -> Array:
        """The output as (filters, slices, rows, columns)."""
        return np.asarray(self.y.reshape(self.y.shape[0], *three(self.trace.window.out)))

    def output_planes(self, shown: Shown, before: Shown | None, done: int) -> Iterator[Mark]:
        """Draw every plane of the output that was not in its slot before, with the results of ``done`` steps."""
        grid = self.layout.grids["output"]
        plane = grid.rows * grid.columns
        slices = three(self.trace.window.out)[0]
        if self.hides_output:
            yield from self._unknown(before)
            return
        for slot, (filter_, slice_) in enumerate(shown.outputs):
            if before and before.outputs[slot] == (filter_, slice_):
                continue
            if not self.output_look.coloured:
                for row, column in np.ndindex(grid.rows, grid.columns):
                    yield self.output_cell(slot, filter_, slice_, row, column, "ground")
            elif before:
                (x, y), (wide, tall) = grid.corners[slot], (grid.wide, grid.tall)
                yield Rect(x, y, wide, tall, "ground")
            yield self.plane_frame(grid, slot)
            if before:
                first = (filter_ * slices + slice_) * plane
                yield from self.results(shown, first, min(done, first + plane))

    def _unknown(self, before: Shown | None) -> Iterator[Mark]:
        """Write a question mark in place of each plane of the output, whose size is asked for."""
        grid, size = self.layout.grids["output"], self.sizes.type(UNKNOWN)
        for x, y in grid.corners if before is None else ():
            middle = x + grid.wide / 2, y + grid.tall / 2
            yield self._text(*middle, words.UNKNOWN, size, "ink", "ground", bold=True, tag="unknown")

    def results(self, shown: Shown, first: int, end: int) -> Iterator[Mark]:
        """Draw the outputs of steps ``first`` … ``end`` − 1 that have a slot."""
        if self.hides_output:
            return
        grid, look = self.layout.grids["output"], self.output_look
        slots = {plane: slot for slot, plane in enumerate(shown.outputs)}
        slices = three(self.trace.window.out)[0]
        for number, row, column, high, wide in _boxes(first, end, grid.rows, grid.columns):
            plane = divmod(number, slices)
            slot = slots.get(plane)
            if slot is None:
                continue
            if look.coloured:
                values = self.outputs[plane][row : row + high, column : column + wide]
                tag = f"{words.OUTPUT}/{plane[0]}/{plane[1]}"
                yield self._image(grid, slot, row, column, look.levels(values), look.ramp, tag)
            else:
                for r, c in itertools.product(range(row, row + high), range(column, column + wide)):
                    yield self.output_cell(slot, *plane, r, c, "output")
                    yield from self.output_number(slot, *plane, r, c, current=False)
            yield from self._covered(grid, slot, range(row, row + high), range(column, column + wide))

    def _covered(self, grid: Grid, slot: int, rows: range, columns: range) -> Iterator[Rect]:
        """Draw what these cells have covered of the frame round their plane."""
        frame = self.plane_frame(grid, slot)
        thick, low = frame.thickness, frame.thickness // 2
        left, right = grid.x_of(columns.start, slot), grid.x_of(columns.stop, slot)
        top, bottom = grid.y_of(rows.start, slot), grid.y_of(rows.stop, slot)
        for x in (frame.x - low, frame.x + frame.width - low):
            if left < x + thick and right >= x:
                yield Rect(x, top - low, thick, bottom - top + thick, frame.stroke)
        for y in (frame.y - low, frame.y + frame.height - low):
            if top < y + thick and bottom >= y:
                yield Rect(left - low, y, right - left + thick, thick, frame.stroke)

    def padding_bars(self, slot: int, rows: int, columns: int) -> Iterator[Rect]:
        """Mark, beside the output, the rows and columns that end at these and are there because of output padding."""
        unit, grid = self.sizes, self.layout.grids["output"]
        right, bottom = grid.x_of(columns, slot), grid.y_of(rows, slot)
        _, down, along = self.longer
        if down:
            y = grid.y_of(max(0, rows - down), slot)
            yield Rect(right + unit(4), y, unit(5), max(1, bottom - y), "frame", tag="output padding")
        if along:
            x = grid.x_of(max(0, columns - along), slot)
            yield Rect(x, bottom + unit(4), max(1, right - x), unit(5), "frame", tag="output padding")

    def output_cell(self, slot: int, filter_: int, slice_: int, row: int, column: int, fill: str) -> Rect:
        """Return one cell of the output, without its number."""
        grid = self.layout.grids["output"]
        x, y = grid.x_of(column, slot), grid.y_of(row, slot)
        tag = f"output/{filter_}/{slice_}/{row}/{column}"
        if fill == "output":
            fill, _ = self.shaded(self.output_look, self.outputs[filter_, slice_, row, column], fill, "ink")
        return Rect(
            x, y, grid.side, grid.side, fill, "grid" if grid.side >= self.sizes(SMALLEST_LINED) else "", tag=tag
        )

    def output_number(
        self, slot: int, filter_: int, slice_: int, row: int, column: int, *, current: bool
    ) -> Iterator[Mark]:
        """Return the number of one cell of the output."""
        look, grid = self.output_look, self.layout.grids["output"]
        if not look.size:
            return
        x, y = grid.x_of(column, slot) + grid.side / 2, grid.y_of(row, slot) + grid.side / 2
        value = self.outputs[filter_, slice_, row, column]
        role, on = ("current ink", "current") if current else ("ink", "output")
        if not current:
            on, role = self.shaded(look, value, on, role)
        tag = f"output/{filter_}/{slice_}/{row}/{column}"
        yield self._text(x, y, look.format(value), look.size, role, on, bold=current and look.bold, tag=tag)

    # Indices of the output.

    def indices(self, slot: int) -> Iterator[Text]:
        """Write the numbers of the rows and columns of one plane of the output."""
        if self.hides_output:
            return
        grid = self.layout.grids["output"]
        for column in range(grid.columns):
            if self._says_index(column, grid.columns):
                yield self.column_index(slot, column, lit=False)
        for row in range(grid.rows if self._has_rows else 0):
            if self._says_index(row, grid.rows):
                yield self.row_index(slot, row, lit=False)

    def _says_index(self, number: int, count: int) -> bool:
        """Indices are written where there is room: each, or every second, fifth, tenth."""
        need = measure(str(count - 1), self.sizes.type(INDEX), bold=True) + self.sizes(6)
        need = max(need, self.sizes(INDEX + 4))
        cell = self.layout.grids["output"].cell
        every = next(n for n in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 10**9) if n * cell >= need)
        return number % every == 0

    def column_index(self, slot: int, column: int, *, lit: bool) -> Text:
        """Return the number of a column, over the output."""
        grid, unit = self.layout.grids["output"], self.sizes
        x, y = grid.x_of(column, slot) + grid.cell / 2, grid.corners[slot][1] - unit(12)
        role = "lit" if lit else "muted"
        return self._text(x, y, str(column), unit.type(INDEX), role, "ground", bold=lit, tag="index")

    def row_index(self, slot: int, row: int, *, lit: bool) -> Text:
        """Return the number of a row, beside the output."""
        grid, unit = self.layout.grids["output"], self.sizes
        x, y = grid.corners[slot][0] - unit(8), grid.y_of(row, slot) + grid.high / 2
        role = "lit" if lit else "muted"
        return self._text(x, y, str(row), unit.type(INDEX), role, "ground", "end", bold=lit, tag="index")


def _boxes(first: int, end: int, rows: int, columns: int) -> Iterator[tuple[int, int, int, int, int]]:
    """Cut a run of output cells into rectangles: (plane, row, column, height, width)."""
    plane = rows * columns
    while first < end:
        number, place_ = divmod(first, plane)
        row, column = divmod(place_, columns)
        left = min(end, (number + 1) * plane) - first
        if column == 0 and left >= columns:
            high, wide = left // columns, columns
        else:
            high, wide = 1, min(left, columns - column)
        yield number, row, column, high, wide
        first += high * wide
