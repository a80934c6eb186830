"""What a walk shows and where it stands: everything that is settled before the first mark is made."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np

from convviz import words
from convviz.errors import SettingError
from convviz.exact import Array
from convviz.kernels import name_of
from convviz.numbers import Format, plain, shorter
from convviz.text import measure
from convviz.theme import theme as named_theme
from convviz.trace import Trace
from convviz.views.pace import HOLD, drawn_steps, seconds_a_step
from convviz.views.panels import CAPTION, DESIGNED, MARGIN, Layout, Panel, Sizes, place

LEAST = 13  # pixels: no words are smaller, on a canvas of the designed width
LEAST_NUMBER = 10  # pixels: numbers in crowded cells may be as small as this before the cells turn into colours
NUMBER = 0.404  # size of a number against its cell
INDEX = 14
MOST_LETTERS = 300  # of a heading that are drawn, if they fit
READABLE = 28  # pixels: a small kernel is drawn at least as large, however small the cells of the input
SMALLEST_NUMBERED = 18  # pixels: smaller cells show colours
SMALLEST_CELL = 1.0  # pixels: below this several planes cannot be told apart
MOST_NUMBERS = 2500  # cells of a grid: beyond that it is drawn as colours without trying


class Look(NamedTuple):
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


class Plan:
    """The settings of one figure, its layout, and how each of its grids shows its values."""

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
        self.sizes = Sizes(width / DESIGNED)
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
                tight = edge if cell >= self.sizes(28) else edge - 1
                bold = self._number_size(strings, cell - 2 * (edge + 1), cell, bold=True)
                regular = self._number_size(strings, cell - 2 * tight, cell, bold=False)
                if size := regular if regular > bold * 1.05 else bold:
                    rounded = each is not format and not all(map(each.is_exact, values.ravel().tolist()))
                    return Look(each, size, size == bold, note=rounded or not format.exact)
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

    @property
    def _has_rows(self) -> bool:
        """Whether rows have numbers: a strip has none."""
        return len(self.trace.window.axes) > 1

    def _line(self, cell: float) -> int:
        """Return how thick the window's outline is."""
        return max(2, self.sizes(4 if cell >= self.sizes(44) else 3 if cell >= self.sizes(28) else 2))

    def _edge(self, cell: float) -> int:
        """Return how much of a cell the outline takes on each side, with its halo where the theme has one."""
        wide = cell >= self.sizes(28)  # in smaller cells there is room for the line alone
        return self._line(cell) + (max(1, self.sizes(2)) if wide and "halo" in self.theme.palette else 0)


def three(sizes: Sequence[int], missing: int = 1) -> tuple[int, int, int]:
    """Return slices, rows and columns: a strip has one row, a plane one slice."""
    slices, rows, columns = (missing,) * (3 - len(sizes)) + tuple(sizes)
    return slices, rows, columns
