"""The window walks: input, kernel and output side by side, one frame a step, with the arithmetic in a sentence."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import overload

import numpy as np

from convviz import words
from convviz.errors import SettingError
from convviz.exact import Array
from convviz.kernels import name_of
from convviz.numbers import Format, plain, shorter
from convviz.record import record
from convviz.scene import Anchor, Frame, Image, Mark, Rect, Scene, Text
from convviz.text import CAP, clipped, fitting, measure
from convviz.theme import INKS
from convviz.theme import theme as named_theme
from convviz.trace import Step, Trace
from convviz.views.pace import HOLD, drawn_steps, seconds_a_step
from convviz.views.panels import CAPTION, LABEL, MARGIN, Layout, Panel, Placed, Sizes, place

LEAST = 13  # pixels: no words are smaller, on a canvas of the designed width
LEAST_NUMBER = 10  # pixels: numbers in crowded cells may be as small as this before the cells turn into colours
NUMBER = 0.404  # size of a number against its cell
INDEX = 14
SENTENCE = 18
MOST_LETTERS = 300  # of a heading that are drawn, if they fit
READABLE = 28  # pixels: a small kernel is drawn at least as large, however small the cells of the input
SMALLEST_NUMBERED = 18  # pixels: smaller cells show colours
SMALLEST_CELL = 1.0  # pixels: below this several planes cannot be told apart
MOST_NUMBERS = 2500  # cells of a grid: beyond that it is drawn as colours without trying


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


@dataclass(frozen=True, slots=True)
class Look:
    """How one grid shows its values: as numbers of a size of type, or (size 0) as colours along a ramp."""

    format: Format
    size: float = 0.0
    bold: bool = False
    ramp: str = ""
    low: float = 0.0
    high: float = 0.0
    note: bool = False

    def levels(self, values: Array) -> Array:
        """Return values as 0 … 255 along the ramp."""
        if self.high <= self.low:
            return np.full(values.shape, 128, dtype=np.uint8)
        part = (np.nan_to_num(values.astype(np.float64), nan=self.low) - self.low) / (self.high - self.low)
        return np.rint(np.clip(part, 0, 1) * 255).astype(np.uint8)


class Walk:
    """Builds the scene of one trace."""

    def __init__(
        self,
        trace: Trace,
        theme: str,
        width: int,
        title: str | None,
        values: bool,
        steps: Sequence[int] | None,
        all_steps: bool,
        step_seconds: float | None,
        hold: float | None,
    ) -> None:
        self.trace = trace
        self.theme = named_theme(theme)
        if not 320 <= width <= 65535:
            raise SettingError(f"width is {width} pixels: use 320 to 65535")
        self.width, self.height = width, round(width * 9 / 16)
        self.sizes = Sizes(width / 1120)
        self.values = values
        self.given = title
        self.heading = None if title is None else words.printable(title)
        self.x = trace.planes_in[0]
        self.y = trace.planes_out[0]
        total = self.y.size
        chosen = steps if steps is not None else range(total) if all_steps else drawn_steps(total, self.y.shape[-1])
        if not len(chosen):
            raise SettingError("steps is empty: name at least one step")
        if min(chosen) < 0 or max(chosen) >= total:
            raise SettingError(f"step {max(chosen) + 1} is not there: use 1 to {total}, first or last")
        self.steps = chosen
        for name, seconds in (("step_seconds", step_seconds), ("hold", hold)):
            if seconds is not None and not 0 <= seconds <= 600:
                raise SettingError(f"{name} is {plain(seconds)}: use 0 to 600 seconds")
        self.hold = HOLD if hold is None else hold
        self.seconds = seconds_a_step(len(chosen), self.hold) if step_seconds is None else max(0.02, step_seconds)
        self._cells: dict[tuple[int, int, int, int, str, str], tuple[Mark, ...]] = {}
        self._arrange()

    def _arrange(self) -> None:
        """Place the panels; a second time where what must be said below them needs room."""
        missed = words.never_read(self.trace.window)
        self.footnote = ""
        captions = [missed, self._flip_note, ""]
        for _ in range(4):  # what must be said depends on the size of the cells, and the other way round
            self.layout = self._placed(captions, any(captions))
            cell = self.layout.cell
            self.input_look = self._look(self.x, self.trace.formats.input, cell, signed=False)
            self.output_look = self._look(self.y, self.trace.formats.output, cell, signed=True)
            self.kernel_look = self._kernel_look(self.layout.panels[1].cell)
            notes = [self._note(look) for look in (self.input_look, self.kernel_look, self.output_look)]
            if missed and self._fits_below(" · ".join(note for note in (missed, notes[0]) if note)):
                notes[0] = " · ".join(note for note in (missed, notes[0]) if note)
            else:
                self.footnote = missed  # too long to stand under the grid
            notes[1] = " · ".join(note for note in (self._flip_note, notes[1]) if note)
            self.notes = notes
            if notes == captions:
                return
            captions = notes

    def _fits_below(self, note: str) -> bool:
        room = self.layout.panels[0].width + self.sizes(40)
        return measure(note, self.sizes.type(CAPTION)) <= room

    def _placed(self, captions: list[str], below: bool) -> Layout:
        trace, sizes = self.trace, self.sizes
        slices, rows, columns = self.spatial
        label = words.grid_label(words.INPUT, trace.window.size, trace.window.padded)
        panels = [Panel(rows, columns, self.x.shape[0], slices, label, captions[0], below=below)]
        if self.kernel is not None:
            _, channels, depth, down, along = self.kernel.shape
            label = words.grid_label(words.KERNEL, trace.window.kernel, called=self.kernel_name)
            least = self.sizes(READABLE) if max(down * channels, along * depth) <= 9 else 0
            panels.append(Panel(down, along, channels, depth, label, captions[1], below=below, least=least))
        depth, out_rows, out_columns = three(trace.window.out)
        digits = measure("0" * len(str(out_rows - 1)), sizes.type(INDEX), bold=True)
        panels.append(
            Panel(
                out_rows,
                out_columns,
                self.y.shape[0],
                depth,
                words.grid_label(words.OUTPUT, trace.window.out),
                captions[2],
                below=below,
                top=sizes(22),
                left=round(digits) + sizes(10) if self._has_rows else 0,
            )
        )
        joints: list[float] = [124]
        if trace.kernel:
            fraction = measure(str(trace.kernel.divisor), 20) + 24 if trace.kernel.divisor != 1 else 0
            joints = [62 + fraction, 52]
        layout = place(panels, joints, self.width, self._top, self._bottom, sizes)
        if layout.cell < SMALLEST_CELL and self.x.shape[0] + self.y.shape[0] > 2:
            raise SettingError(
                f"{self.x.shape[0]} input and {self.y.shape[0]} output planes of up to {max(self.spatial)} cells "
                f"do not fit {self.width} pixels: use a larger width, a smaller input, or fewer channels"
            )
        return layout

    def _look(self, values: Array, format: Format, cell: float, *, signed: bool) -> Look:
        """Choose how a grid shows its values: numbers as large as fit, shorter numbers, else colours."""
        if not self.values:
            return Look(format)
        if values.size <= MOST_NUMBERS and cell >= self.sizes(SMALLEST_NUMBERED):
            for each in shorter(format, values):
                strings = {each(value) for value in values.ravel()}
                if (
                    not signed
                    and self.padded != self.size
                    and (cell >= self.sizes(28) or np.isfinite(self.trace.rule.fill))
                ):
                    strings.add(each(self.trace.rule.fill))
                edge = self._edge(cell)
                for bold, margin in ((True, edge + 1), (False, edge if cell >= self.sizes(28) else edge - 1)):
                    size = self._number_size(strings, cell - 2 * margin, cell, bold)
                    if size:
                        rounded = each is not format and not all(map(each.is_exact, values.ravel().tolist()))
                        return Look(each, size, bold, note=rounded or not format.exact)
        finite = values[np.isfinite(values)].astype(np.float64)
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
        if signed and low < 0 < high:
            reach = max(-low, high)
            return Look(format, ramp="diverging", low=-reach, high=reach, note=True)
        return Look(format, ramp="grey", low=low, high=high, note=True)

    def _number_size(self, strings: set[str], room: float, cell: float, bold: bool) -> float:
        """Return the size of type at which all of a grid's numbers fit their cells, or 0."""
        least = self.sizes.type(LEAST_NUMBER)
        size = max(least, self.sizes.type(NUMBER * cell / self.sizes.unit))
        longest = max(map(len, strings))
        widest = [each for each in strings if len(each) >= longest - 2]
        while size >= least:
            if max(measure(each, size, bold) for each in widest) <= room:
                return size
            size -= 0.5
        return 0.0

    def _kernel_look(self, cell: float) -> Look:
        if self.kernel is None:
            return Look(Format())
        return self._look(self.kernel, self.trace.formats.weight, cell, signed=True)

    def _note(self, look: Look) -> str:
        """Say that a grid shows rounded numbers, or colours."""
        if not look.note:
            return ""
        if look.ramp and look.low == look.high:
            return words.ALL_ONE.format(value=look.format.brief(look.low))
        if look.ramp:
            return words.COLOURS.format(least=look.format.brief(look.low), most=look.format.brief(look.high))
        return words.rounded(look.format.decimals, compact=look.format.compact)

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

    # What the figure consists of.

    @property
    def settings_line(self) -> str:
        """The settings beside the title."""
        trace = self.trace
        shape = words.KERNEL if trace.kernel else words.WINDOW
        return words.settings(trace.window, shape, trace.padding_mode, plain(trace.rule.fill))

    @cached_property
    def size_lines(self) -> list[str]:
        """The output-size formula, a line an axis where they differ; without the letters where there is no room."""
        room, least = self.width - 2 * self.sizes(MARGIN) - self._drawn_room, self.sizes.type(LEAST)
        lines = words.size_lines(self.trace.window)
        if all(measure(line, least, mono=True) <= room for line in lines):
            return lines
        return words.size_lines(self.trace.window, in_letters=False)

    @property
    def _drawn_room(self) -> int:
        """Width of the words that say that steps are left out, with the space before them."""
        if not self._passes_over:
            return 0
        return round(measure(words.drawn(len(self.steps), self.y.size), self.sizes.type(16))) + self.sizes(24)

    @cached_property
    def spatial(self) -> tuple[int, int, int]:
        """Slices, rows and columns of the padded input, with what a last window hangs over its end."""
        return three([axis.padded + axis.overhang for axis in self.trace.window.axes])

    @cached_property
    def low(self) -> tuple[int, int, int]:
        """Padding before the first slice, row and column."""
        return three([axis.low for axis in self.trace.window.axes], missing=0)

    @cached_property
    def size(self) -> tuple[int, int, int]:
        """Slices, rows and columns of the input itself."""
        return three(self.trace.window.size)

    @cached_property
    def padded(self) -> tuple[int, int, int]:
        """Slices, rows and columns of the padded input."""
        return three(self.trace.window.padded)

    @cached_property
    def kernel(self) -> Array | None:
        """The kernel as given, times its divisor: (filters, channels, slices, rows, columns)."""
        if self.trace.kernel is None:
            return None
        shown = self.trace.kernel.numerators
        if self.trace.settings["flip"]:
            shown = np.flip(shown, axis=tuple(range(2, shown.ndim)))
        return shown.reshape(*shown.shape[:2], *three(shown.shape[2:]))

    @cached_property
    def kernel_name(self) -> str:
        """The name of the kernel, where there is one kernel and it has a name."""
        weight = self.trace.weight
        if weight is None or weight.size != self.trace.window.taps:
            return ""
        return name_of(weight.reshape(self.trace.window.kernel))

    @cached_property
    def _flip_note(self) -> str:
        """Say whether the kernel is flipped, where that makes a difference."""
        if self.kernel is None or bool((self.kernel == np.flip(self.kernel, axis=(2, 3, 4))).all()):
            return ""
        return words.FLIPPED if self.trace.settings["flip"] else words.NOT_FLIPPED

    @cached_property
    def padded_values(self) -> Array:
        """The input with what the padding mode puts round it: (channels, slices, rows, columns)."""
        values = self.x
        for along, (sources, axis) in enumerate(zip(self.trace.sources, self.trace.window.axes, strict=True), start=1):
            values = np.take(values, sources[: axis.padded].clip(0), axis=along)
        return np.asarray(values).reshape(self.x.shape[0], *self.padded)

    @cached_property
    def filled(self) -> Array:
        """Whether each cell of the padded input holds the padding value: (slices, rows, columns)."""
        filled = np.zeros((), dtype=bool)
        for sources, axis in zip(self.trace.sources, self.trace.window.axes, strict=True):
            filled = np.logical_or.outer(filled, sources[: axis.padded] < 0)
        return filled.reshape(self.padded)

    @cached_property
    def unread(self) -> tuple[frozenset[int], ...]:
        """Slices, rows and columns of the input that no window reads."""
        missed = [frozenset(axis.never_read) for axis in self.trace.window.axes]
        return (*[frozenset[int]()] * (3 - len(missed)), *missed)

    @cached_property
    def weighted(self) -> bool:
        """Whether the taps carry their weights: there are some, and they are not all 1."""
        return self.kernel is not None and bool((self.kernel != 1).any())

    @cached_property
    def _term_width(self) -> int:
        """Characters of the widest value of the input, so that terms keep their places; 0 where they are too unlike."""
        if self.x.size > MOST_NUMBERS or len(self.steps) == 1:
            return 0
        form = words.factor if self.weighted else str
        lengths = {len(form(self.trace.formats.input.brief(value))) for value in self.x.ravel()}
        return max(lengths) if max(lengths) - min(lengths) <= 2 else 0

    # Where things stand.

    @property
    def _title_lines(self) -> int:
        unit = self.sizes
        heading = (self.heading or words.TITLES[self.trace.kind])[:MOST_LETTERS]
        both = measure(heading, unit.type(26), bold=True) + unit(25) + measure(self.settings_line, unit.type(16))
        return 1 if both <= self.width - 2 * unit(MARGIN) else 2

    @property
    def _top(self) -> int:
        return self.sizes(60 if self._title_lines == 1 else 88)

    @property
    def _lines_at(self) -> list[int]:
        """Centre lines of the size formula."""
        unit, count = self.sizes, len(self.size_lines) + bool(self.footnote)
        last = 604 if count == 1 else 610
        return [unit(last - 21 * (count - 1 - number)) for number in range(count)]

    @property
    def _sentence_at(self) -> int:
        return self._track_at - self.sizes(24)

    @property
    def _bottom(self) -> int:
        return self._sentence_at - self.sizes(20)

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

    @property
    def _track_at(self) -> int:
        return self._lines_at[0] - self.sizes(24)

    @property
    def _progress_room(self) -> int:
        """Width of the words that say which step this is, with the space before them."""
        return round(measure(words.progress(self.y.size, self.y.size), self.sizes.type(16))) + self.sizes(24)

    @property
    def _passes_over(self) -> bool:
        """Whether the figure leaves steps out."""
        return bool(1 < len(self.steps) < self.y.size)

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

    @property
    def _has_rows(self) -> bool:
        """Whether rows have numbers: a strip has none."""
        return len(self.trace.window.axes) > 1

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

    def _line(self, cell: float) -> int:
        """Return how thick the window's outline is."""
        return max(2, self.sizes(4 if cell >= self.sizes(44) else 3 if cell >= self.sizes(28) else 2))

    def _edge(self, cell: float) -> int:
        """Return how much of a cell the outline takes on each side, with its halo where the theme has one."""
        wide = cell >= self.sizes(28)  # in smaller cells there is room for the line alone
        return self._line(cell) + (max(1, self.sizes(2)) if wide and "halo" in self.theme.palette else 0)

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


def three(sizes: Sequence[int], missing: int = 1) -> tuple[int, int, int]:
    """Return slices, rows and columns: a strip has one row, a plane one slice."""
    slices, rows, columns = (missing,) * (3 - len(sizes)) + tuple(sizes)
    return slices, rows, columns


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
