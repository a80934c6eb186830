"""What a walk shows and where it stands: everything that is settled before the first mark is made."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from functools import cached_property
from math import ceil, floor
from typing import NamedTuple, TypeAlias

import numpy as np

from convviz import words
from convviz.errors import SettingError
from convviz.exact import Array
from convviz.numbers import Format, plain
from convviz.text import measure
from convviz.theme import LIGHT, Theme
from convviz.trace import Trace
from convviz.views.compose import Facts, Planes, tables
from convviz.views.looks import MOST_NUMBERS, SMALLEST_NUMBERED, Look, Room, coloured, look, sampled
from convviz.views.pace import HOLD, drawn_steps, seconds_a_step
from convviz.views.panels import (
    CAPTION,
    DESIGNED,
    GAP,
    MARGIN,
    PLANE_ABOVE,
    PLANE_LABEL,
    Area,
    Item,
    Layout,
    Sizes,
    place,
)
from convviz.views.subject import Subject, three

LEAST = 13  # pixels: no words are smaller, on a canvas of the designed width
INDEX = 14
MOST_LETTERS = 300  # of a heading that are drawn, if they fit
READABLE = 28  # pixels: a small kernel is drawn at least as large, however small the cells of the input
FEWER = 4  # times as few cells a side as the input: an output beside colours has larger cells of its own
OWN_ROOM = 260  # pixels: that such an output may fill
SMALL = 10  # the same of one among many, or beside colours
LARGE = 44  # pixels: cells with room for the largest type; in tiles, shorter labels may make them as large
COMFORTABLE = 30  # pixels: where all channels would have smaller cells, some are left out
SMALLEST_PLANE = 48  # pixels: of several, smaller ones show nothing
FEW, SOME = 4, 3  # up to FEW channels are always drawn; of more, SOME where all are too many
UNDER_LENS = 26  # room for what a channel adds or, without a kernel, the word that says what becomes of a window
LENS, SMALLEST_LENS = 44, 20  # pixels: sides of a cell under the lens
ELIDED = 36  # between planes in a row of which others are left out
UNREAD = 10  # room for the marks of rows that no window reads, beside colours
BINS = 20  # room for the bars of bins: two lanes, so that bins which overlap are seen to
LANE_WIDTH = 8  # pixels: of the line of the current group
STRIP = 64  # pixels: height of a strip of colours
SUM = 20  # size of the type of what a channel adds


class Bar(NamedTuple):
    """A colour bar between its ends: the words before it, the ramp, its ends, and whether 0 is in the middle."""

    name: str
    least: str
    most: str
    ramp: str

    @property
    def diverging(self) -> bool:
        """Whether 0 stands in the middle."""
        return self.ramp.endswith("diverging")


Note: TypeAlias = tuple[str | Bar, ...]  # what is said on one line
BAR = 120  # pixels: length of a colour bar
DOT = " · "  # between what is said in one note
BETWEEN = "  ·  "


BLANKS = ("input", "kernel", "output", "sentence", "size", "stride", "padding", "dilation")  # what may be left out


class Style(NamedTuple):
    """What is wanted of a figure: see `convviz.animate`."""

    theme: Theme = LIGHT
    width: int = DESIGNED
    title: str | None = None
    values: bool = True
    shade: bool = False
    blank: frozenset[str] = frozenset()
    steps: Sequence[int] | None = None
    all_steps: bool = False
    step_seconds: float | None = None
    hold: float | None = None


class Tile(NamedTuple):
    """A part of a canvas that shows one step, without the heading, the formula and the line of progress."""

    width: int
    height: int
    unit: float


class Plan(Subject):
    """The settings of one figure, its layout, and how each of its grids shows its values."""

    def __init__(self, trace: Trace, style: Style, tile: Tile | None = None) -> None:
        super().__init__(trace)
        if not trace.window.axes:
            raise SettingError(f"{words.TITLES[trace.kind]} has no window that walks: use convviz.animate, or .gif")
        self.style = style
        self.theme = style.theme
        width = style.width
        if not 320 <= width <= 65535:
            raise SettingError(f"width is {width} pixels: use 320 to 65535")
        self.width, self.height = width, round(width * 9 / 16)
        self.sizes = Sizes(width / DESIGNED)
        self.tile = tile
        if tile is not None:
            self.width, self.height, self.sizes = tile.width, tile.height, Sizes(tile.unit)
        self.values, self.shade, self.blank = style.values, style.shade, style.blank
        for name in sorted(self.blank):
            if name not in BLANKS:
                raise SettingError(f"blank {name!r} is not a part of a figure: use {', '.join(BLANKS)}")
        self.heading = None if style.title is None else words.printable(style.title)
        total, steps = self.count, style.steps
        if steps is None:
            steps = range(total) if style.all_steps else drawn_steps(total, self.steps_a_row)
        if not len(steps):
            raise SettingError("steps is empty: name at least one step")
        if not all(isinstance(step, int | np.integer) for step in steps):
            raise SettingError(f"steps {list(steps)[:8]} are not whole numbers: use indices of steps, such as [0, 3]")
        if min(steps) < 0 or max(steps) >= total:
            raise SettingError(f"step {max(steps) + 1} is not there: use 1 to {total}, first or last")
        if any(later <= earlier for earlier, later in itertools.pairwise(steps)):
            raise SettingError("steps must rise: outputs fill in one after another; sort them")
        self.steps = steps
        for name, seconds in (("step_seconds", style.step_seconds), ("hold", style.hold)):
            if seconds is not None and not 0 <= seconds <= 600:
                raise SettingError(f"{name} is {plain(seconds)}: use 0 to 600 seconds")
        self.hold = HOLD if style.hold is None else style.hold
        self.seconds = (
            seconds_a_step(len(steps), self.hold) if style.step_seconds is None else max(0.02, style.step_seconds)
        )
        self.lens_kinds: tuple[str, ...] = ()
        self.lens_looks: dict[str, Look] = {}
        self._compose()

    @property
    def count(self) -> int:
        """How many steps there are."""
        return int(self.y.size)

    @property
    def steps_a_row(self) -> int:
        """How many steps one row of cells has."""
        return int(self.y.shape[-1])

    @property
    def looks(self) -> tuple[Look, ...]:
        """How the grids show their values."""
        return self.input_look, self.output_look, self.kernel_look

    def _compose(self) -> None:
        """Arrange the figure with every plane, or, where cells would be too small, with fewer, and shorter labels."""
        best, kept = 0.0, (self.most, True, False)
        for least, choice in self._choices():
            if best >= least * self.sizes.unit:
                break
            self.draw_at_most(*choice)
            self._arrange()
            cell = self.layout.cell
            if "lens" in self.layout.grids and not self.input_look.coloured:
                cell = min(cell, self.sizes(SMALLEST_NUMBERED))  # without the lens these cells would be too small
            if cell > best * 1.1:
                best, kept = cell, choice
        if (self.most, self.every_slice, self.short) != kept:
            self.draw_at_most(*kept)
            self._arrange()
        grid = self.layout.grids["input"]
        if not best or (self.many and max(grid.wide, grid.tall) < self.sizes(SMALLEST_PLANE)):
            raise SettingError(
                f"{self.x.shape[0]} input and {self.y.shape[0]} output planes of up to {max(self.spatial)} cells "
                f"do not fit {self.width} pixels: use a larger width, a smaller input, or fewer channels"
            )

    def _choices(self) -> Iterator[tuple[float, tuple[int, bool, bool]]]:
        """Yield how many planes of a kind are drawn, whether every slice is, whether labels are short; plainest first.

        Each comes with the size of cells that is to be missed without it.
        """
        every = self.most
        yield LARGE if self.tile and not self.many else COMFORTABLE, (every, True, False)
        if not self.many:
            if self.tile:
                yield LARGE, (every, True, True)
            return
        counts = [every, *([SOME] if every > FEW else [])]
        for most in counts:
            if most != every:
                yield COMFORTABLE, (most, True, False)
            yield COMFORTABLE, (most, True, True)
        if self.padded[0] > self.span_slices:
            yield COMFORTABLE, (counts[-1], False, False)
            yield COMFORTABLE, (counts[-1], False, True)
        smallest = SMALLEST_PLANE / max(self.spatial[1:])
        for most in (SOME, 1):
            if every > most and most not in counts:
                yield smallest, (most, self.padded[0] <= self.span_slices, True)

    def _arrange(self) -> None:
        """Place the grids; again where what must be said below them needs room, or cells turn into colours."""
        rule = self.trace.rule
        counts = not rule.needs_cells if self.kernel is None and not rule.only_real else None
        missed = words.under_input(self.trace.window, only_real=rule.only_real, counts=counts)
        self.footnotes: tuple[Note, ...] = ()
        kernel_note = self._kernel_note(0) if self.kernel is not None else ""
        longer = "" if "padding" in self.blank else words.output_padding(self.trace.window)
        captions = {"input": _note(missed), "kernel": _note(kernel_note), "output": _note(longer)}
        self._as_strips: set[str] = set()  # grids of one row that are drawn high: colours only
        self._lines_kept = 0
        at_foot = False
        crowded = 0  # cells are too small for numbers: 1, then make the kernel smaller too; 2, then look through a lens
        for turn in range(8):  # what must be said depends on the size of the cells, and the other way round
            self.layout = self._placed(captions, crowded)
            lines = len(self.footnotes)
            cell = self.layout.cell
            self.input_look = self._look("input", self.x, self.trace.formats.input, cell)
            own = self.layout.grids["output"].cell
            self.output_look = self._look("output", self.y, self.trace.formats.output, own)
            grid = self.layout.grids.get("kernel")
            self.kernel_look = self._kernel_look(grid.cell) if grid else Look(Format())
            looks = {"input": self.input_look, "kernel": self.kernel_look, "output": self.output_look}
            asked = self.input_look.coloured and crowded < 2
            if self.many or self.tile:
                said: list[Note] = [*self._parted(missed), _note(kernel_note), _note(longer), _note(self._drawn_planes)]
                said += [self._note(look, name) for name, look in looks.items()]
                said += self._lens_notes()
                self.footnotes = self._lines_of([each for each in said if each])
                notes: dict[str, Note] = dict.fromkeys(captions, ())
            else:
                notes = {name: self._note(look) for name, look in looks.items()}
                below = (*_note(missed), *notes["input"])
                if missed and not at_foot and not self.input_look.coloured and self._fits_below(below):
                    notes["input"], self.footnotes = below, ()
                else:
                    self.footnotes = self._lines_of(self._parted(missed))  # too long to stand under the grid
                    at_foot = bool(missed)
                notes["kernel"] = (*_note(kernel_note), *notes["kernel"])
                if notes["output"] or self.output_look.coloured:
                    self.footnotes = self._lines_of([*self.footnotes, *([_note(longer)] if longer else [])])
                else:
                    notes["output"] = _note(longer)
                if self.kernel is not None and "kernel" not in self.layout.grids and kernel_note:  # under a lens
                    self.footnotes = self._lines_of([*self.footnotes, _note(kernel_note)])
                self.footnotes = self._lines_of([*self.footnotes, *self._lens_notes()])
            self.notes = notes
            strips = {name for name in ("input", "output") if crowded + asked == 2 and looks[name].coloured}
            if notes == captions and len(self.footnotes) == lines and not asked and strips >= self._as_strips:
                break
            if turn > 2:  # it swings: keep the room that one of the sides needs
                self._lines_kept = max(self._lines_kept, lines, len(self.footnotes))
            captions, crowded = notes, crowded + asked
            self._as_strips = strips
        if "lens" in self.layout.grids and "kernel" in self.lens_looks:
            self.kernel_look = self.lens_looks["kernel"]

    def note_width(self, note: Note, size: float) -> float:
        """Return the width of a note."""
        return sum(self._part_width(part, size) for part in note) + measure(BETWEEN, size) * max(0, len(note) - 1)

    def _part_width(self, part: str | Bar, size: float) -> float:
        if isinstance(part, str):
            return measure(part, size)
        named = measure(f"{part.name} ", size) if part.name else 0
        zero = measure("0", size) + 2 * self.sizes(5) if part.diverging else 0
        return named + measure(part.least, size) + measure(part.most, size) + zero + self.sizes(BAR + 10)

    def _look(self, name: str, values: Array, format: Format, cell: float) -> Look:
        """Choose how a grid shows its values."""
        if not self.values or name in self.blank:
            return Look(format)
        padding = self.trace.rule.fill
        padded = name == "input" and self.padded != self.size
        padded = padded and (cell >= self.sizes(READABLE) or bool(np.isfinite(padding)))
        room = Room(cell, self._edge(cell), self.sizes)
        chosen = look(values, format, room, signed=name != "input", extra=padding if padded else None)
        if self.shade and chosen.size:
            shaded = coloured(values, format, signed=True, kind=("shade", "shade diverging"))
            return chosen._replace(ramp=shaded.ramp, low=shaded.low, high=shaded.high)
        return chosen

    @cached_property
    def kernel_name(self) -> str:
        """The name of the kernel, where there is one kernel, it has a name, and it is not what is asked for."""
        return "" if "kernel" in self.blank else super().kernel_name

    @property
    def output_label(self) -> str:
        """What is written over the output where it is one plane."""
        return words.OUTPUT if "size" in self.blank else super().output_label

    @property
    def hides_output(self) -> bool:
        """Whether not even the cells of the output are drawn: their number is what is asked for."""
        return {"size", "output"} <= self.blank

    @property
    def hides_arithmetic(self) -> bool:
        """Whether the sentence would say what is left out."""
        return not self.values or bool(self.blank & {"input", "kernel", "sentence"})

    def reach(self, name: str, block: int | None = None) -> tuple[int, int]:
        """Return how far a grid, or one of its blocks, reaches to the left and right: with its indices and labels."""
        grid = self.layout.grids[name]
        items = grid.items if block is None else (grid.items[block],)
        corners = grid.corners if block is None else grid.blocks[block]
        size = self.sizes.type(items[0].label_size)
        half = max((measure(label, size) for each in items for label in each.labels), default=0) / 2
        lefts, rights = [x for x, _ in corners], [x + grid.wide for x, _ in corners]
        if name == "output":
            half = max(half, (grid.wide - grid.cell + self._widest_index) / 2)
        first, last = min(lefts) - items[0].left, min(lefts) + grid.wide / 2 - half
        return floor(min(first, last)), ceil(max(*rights, max(rights) - grid.wide / 2 + half))

    def lane_right(self, block: int) -> int:
        """Return where the line begins that runs down beside the planes of a group."""
        grids = [name for name in ("input", "kernel", "output") if name in self.layout.grids]
        return max(self.reach(name, block)[1] for name in grids) + self.ticks(1) + self.sizes(6)

    def ticks(self, axis: int) -> int:
        """Return how far marks of rows (1) or columns (2) stand out: of bins or, beside colours, of what is unread."""
        if self.binned[axis]:
            return self.sizes(BINS)
        return self.sizes(UNREAD) if self.input_look.coloured and self.unread[axis] else 0

    @cached_property
    def longer(self) -> tuple[int, int, int]:
        """How many slices, rows and columns of the output are there because of output padding."""
        return three([axis.given.output_padding for axis in self.trace.window.axes], missing=0)

    @cached_property
    def binned(self) -> tuple[bool, ...]:
        """Whether slices, rows and columns are read in bins, of which there are several."""
        found = [axis.form == "bins" and axis.out > 1 for axis in self.trace.window.axes]
        return (*[False] * (3 - len(found)), *found)

    def _lines_of(self, said: list[Note]) -> tuple[Note, ...]:
        """Put notes on as few lines as hold them."""
        room, size = self.width - 2 * self.sizes(MARGIN) - self._drawn_room, self.sizes.type(LEAST + 1)
        lines: list[Note] = [()]
        for each in said:
            longer = (*lines[-1], *each)
            if lines[-1] and self.note_width(longer, size) > room:
                lines.append(each)
            else:
                lines[-1] = longer
        return tuple(line for line in lines if line)

    def _parted(self, said: str) -> list[Note]:
        """Return what is said as one note or, where it is too long for a line, as several."""
        room = self.width - 2 * self.sizes(MARGIN) - self._drawn_room
        parts: list[str] = []
        for each in said.split(DOT):
            longer = f"{parts[-1]}{DOT}{each}" if parts else ""
            if parts and measure(longer, self.sizes.type(LEAST)) <= room:
                parts[-1] = longer
            else:
                parts.append(each)
        return [_note(each) for each in parts]

    @property
    def _drawn_planes(self) -> str:
        """Say that channels, filters or slices are left out."""
        channels = self.x.shape[0], sum(map(len, self.channels))
        filters = self.y.shape[0], len({filter_ for filter_, _ in self.shown(self.trace[self.steps[0]]).outputs})
        slices = self.padded[0], self.padded[0] if self.every_slice else self.trace.window.kernel[0]
        depth = three(self.trace.window.out)[0]
        outputs = depth, depth if self.every_slice else 1
        return words.drawn_planes(channels, filters, slices, outputs, weighted=self.kernel is not None)

    def _fits_below(self, note: Note) -> bool:
        room = self.layout.grids["input"].width + self.sizes(40)
        return self.note_width(note, self.sizes.type(CAPTION)) <= room

    def _placed(self, captions: dict[str, Note], crowded: int) -> Layout:
        facts = self._facts(captions, crowded)
        margin = 0 if self.tile else self.sizes(MARGIN)
        area = Area(margin, self.top, self.width - margin, self._bottom)
        _, layout = place(tables(facts), area, self.sizes)
        return layout

    # What the tables are made of.

    def _facts(self, notes: dict[str, Note], crowded: int) -> Facts:
        trace, sizes = self.trace, self.sizes
        captions = {name: round(self.note_width(note, sizes.type(CAPTION))) for name, note in notes.items()}
        slices, rows, columns = self.spatial
        first = self.shown(trace[self.steps[0]])
        depth, out_rows, out_columns = three(trace.window.out)
        slices = self.padded[0] if self.every_slice else self.span_slices
        depth = depth if self.every_slice else 1
        high = {name: sizes(STRIP) if rows == 1 and name in self._as_strips else 0 for name in ("input", "output")}

        def at(number: int, count: int) -> slice:
            return slice(number * count, (number + 1) * count)

        inputs, kernels, outputs = [], [], []
        ticks, foot = (BINS if self.binned[axis] else UNREAD if crowded and self.unread[axis] else 0 for axis in (1, 2))
        labels = self.labels(first, widest=True)
        seen = 0
        for channels in self.channels:
            inputs.append(
                [
                    Planes(
                        slices,
                        rows,
                        columns,
                        labels["input"][at(seen + n, slices)],
                        captions["input"],
                        high=high["input"],
                        gap=(
                            ELIDED + (UNREAD if crowded else 0)
                            if slices == 1 and len(channels) < self._sizes_of_groups[0]
                            else GAP
                        )
                        + ticks,
                        tail=ticks,
                        foot=foot,
                    )
                    for n in range(len(channels))
                ]
            )
            if self.kernel is not None:
                _, _, thick, down, along = self.kernel.shape
                least = sizes(SMALL if self.many or crowded else READABLE) if max(down, along) <= 9 else 0
                plane = Planes(
                    thick,
                    down,
                    along,
                    caption=captions["kernel"],
                    least=least,
                    grows=sizes(READABLE) if crowded and self.many else 0,
                    labels=(),
                )
                of_each = [labels["kernel"][at(seen + n, thick)] for n in range(len(channels))]
                kernels.append([plane._replace(labels=each) for each in of_each])
            seen += len(channels)
        digits = measure("0" * len(str(out_rows - 1)), sizes.type(INDEX), bold=True)
        planes = len(first.outputs) // len(self.channels)
        gutter = round(digits) + sizes(10) if self._has_rows else 0
        for group in range(len(self.channels)):
            outputs.append(
                Planes(
                    planes,
                    out_rows,
                    out_columns,
                    labels["output"][at(group, planes)],
                    captions["output"],
                    top=sizes(22),
                    left=gutter,
                    least=self._least_output(planes) if crowded else 0,
                    grows=self._own_side() if crowded == 2 and self.many else 0,
                    high=high["output"],
                    tail=UNREAD if self.longer[1] else 0,
                    foot=UNREAD if self.longer[2] else 0,
                )
            )
        divisor = trace.kernel.divisor if trace.kernel else 1
        sums = not self.hides_arithmetic and self.kernel is not None and len(self.channels[0]) > 1
        bias = sums and trace.bias is not None
        return Facts(
            inputs,
            kernels,
            outputs,
            fraction=measure(str(divisor), 20) + 24 if divisor != 1 and not self.many else 0,
            below=any(captions.values()) and not self.many and not self.tile,
            lens=self._lens() if crowded == 2 and not self.hides_arithmetic else None,
            sum_box=(round(measure("= −0000", sizes.type(SUM), bold=True)), sizes(30)) if sums else (0, sizes(4)),
            bias_box=(round(measure(self._bias_words(0, widest=True), sizes.type(CAPTION))), sizes(26))
            if bias
            else (0, 0),
            compact=self.tile is not None,
            elided=sum(map(len, self.channels)) < self.x.shape[0],
            strips=rows == 1 and len(trace.window.axes) == 1,
            shift=self._strip_shift,
            operator=self._operator_room,
        )

    def _least_output(self, planes: int) -> int:
        """Return the least side of an output's cells, beside an input of so many that it is drawn as colours.

        What is left of it, where strides are long, would be a dot in cells of the same size.
        """
        _, *sides = three(self.trace.window.out)
        if FEWER * max(sides) > max(self.spatial[1:]):
            return 0
        return self._own_side(1 if planes * len(self.channels) == 1 else 3)

    def _own_side(self, share: int = 1) -> int:
        """Return the side of an output's cells that have a size of their own, where so many share the room for one."""
        _, *sides = three(self.trace.window.out)
        room = 3 * OWN_ROOM if sides[0] == 1 else OWN_ROOM  # strips stand under one another
        return min(self.sizes(LARGE), self.sizes(room) // max(sides) // share)

    @property
    def _operator_room(self) -> int:
        """Designed width of the operator beside a grid, with what kernels are divided by and the space after it."""
        operator, kernel = self.trace.rule.operator, self.trace.kernel
        if kernel is None:
            return ceil(measure(operator, 20, bold=True)) + 16
        divisor = 0.0 if kernel.divisor == 1 or self.many else measure(str(kernel.divisor), 20) + 22
        return ceil(measure(operator, 34, bold=True) + divisor) + 12

    @property
    def _strip_shift(self) -> float:
        """Cells to the right that an output strip stands, so that causal ones end under the newest cell they read."""
        axis = self.trace.window.axes[-1]
        causal = axis.stride == 1 and axis.high == 0 and axis.low and axis.out == axis.size
        return (axis.span - 1) / 2 if causal else 0.0

    def _kernel_note(self, filter_: int) -> str:
        """Say whether the kernel is flipped, and what is added to the sum."""
        bias = "" if self.trace.bias is None or len(self.channels[0]) > 1 else self._bias_words(filter_, widest=False)
        return " · ".join(note for note in (self._flip_note, bias) if note)

    def _bias_words(self, filter_: int, *, widest: bool) -> str:
        assert self.trace.bias is not None
        values = [self.trace.formats.bias.brief(value) for value in self.trace.bias.reshape(-1).tolist()]
        return words.bias(max(values, key=len) if widest else values[filter_])

    # The lens.

    def _lens(self) -> Item | None:
        """Return the planes that show the window at full size: its values, and where there is one, kernel, products."""
        _, rows, columns = three(self.trace.window.kernel)
        kinds: tuple[str, ...] = ("window", "kernel", "products") if self.kernel is not None else ("window",)
        across = len(self._channels_of(0)) * self.span_slices if self.kernel is not None else 1
        sizes = self.sizes
        foot = UNDER_LENS if self.kernel is None or self.sums_under_lens else 0
        room_y = (self._bottom - self.top) - sizes(30 + foot)
        room_x = self.width * (0.27 if across == 1 else 0.42)
        strip = rows == 1
        while kinds:
            down = len(kinds)
            if strip:
                side = min(sizes(LENS), int((self.width - 2 * sizes(MARGIN)) / (down * columns + 2)))
            else:
                side = min(
                    sizes(LENS), int(room_y / down - sizes(PLANE_ABOVE + 16)) // rows, int(room_x / across) // columns
                )
            if side >= sizes(SMALLEST_LENS):
                self.lens_looks = dict(zip(kinds, self._lens_looks(side, kinds), strict=True))
                given = self.trace.formats.input.compact  # 428 as 4.3e2 would say less than its colour
                if not any(each.coloured or each.format.compact > given for each in self.lens_looks.values()):
                    break
            kinds = kinds[:-1]
        if not kinds:
            return None
        self.lens_kinds = kinds
        divisor = self.trace.kernel.divisor if self.trace.kernel else 1
        names = words.lens_labels(self.kernel_name, divisor, flipped=self.flipped)
        labels = tuple(
            label
            for kind in kinds
            for label in self._lens_labels(kind, names[kind], across, columns * side + sizes(GAP))
        )
        return Item(
            "lens", rows, columns, down=down, across=across, labels=labels, side=side, one_of_many=True, foot=foot
        )

    @property
    def sums_under_lens(self) -> bool:
        """Whether a lens says what each channel adds."""
        return self.kernel is not None and len(self.channels) == 1 < len(self.channels[0]) and self.span_slices == 1

    def _lens_labels(self, kind: str, name: str, across: int, room: int) -> list[str]:
        """Return what is written over the planes of a row under the lens, with their channels if there is room."""
        if not self.sums_under_lens:
            return [name] * across
        channels = [self.channel_called(channel) for channel in self.channels[0]]
        size = self.sizes.type(PLANE_LABEL)
        for short in (name, words.WINDOW, "") if kind == "window" else (name,):
            labels = [words.plane_label(short, channel=channel) for channel in channels]
            if max(measure(label, size) for label in labels) <= room:
                return labels
        return [name] * across

    def _lens_looks(self, side: float, kinds: tuple[str, ...]) -> list[Look]:
        """Return how numbers are written in each plane under a lens: in each theme alike, for it has no halo there."""
        room = Room(side, max(1, self._line(side) - 1), self.sizes)  # half the line round a plane
        formats, padding = self.trace.formats, self.trace.rule.fill
        seen = sampled(self.x, MOST_NUMBERS - 1)
        if self.padded != self.size and np.isfinite(padding):
            seen = np.append(seen, padding)
        seen = seen[None]
        looks = [look(seen, formats.input, room, signed=False)]
        if self.kernel is not None and "kernel" in kinds:
            looks.append(look(self.kernel, formats.weight, room, signed=True))
        if self.kernel is not None and "products" in kinds:
            with np.errstate(all="ignore"):
                products = np.multiply.outer(sampled(seen, 256), sampled(self.kernel, 64))
            whole = formats.input.exact and formats.weight.exact
            form = Format(min(4, formats.input.decimals + formats.weight.decimals), exact=whole)
            products = sampled(products, MOST_NUMBERS)[None]
            looks.append(look(products, form if whole else Format(2, exact=False), room, signed=True))
        return looks

    def _lens_notes(self) -> list[Note]:
        """Say which numbers under the lens are rounded."""
        if "lens" not in self.layout.grids:
            return []
        found: dict[str, list[str]] = {}
        for kind, each in self.lens_looks.items():
            if each.note:
                found.setdefault(words.rounded(each.format.decimals, compact=each.format.compact), []).append(kind)
        return [_note(f"{' and '.join(kinds)} {said}") for said, kinds in found.items()]

    def _kernel_look(self, cell: float) -> Look:
        if self.kernel is None:
            return Look(Format())
        return self._look("kernel", self.kernel, self.trace.formats.weight, cell)

    def _note(self, look: Look, name: str = "") -> Note:
        """Say that a grid shows rounded numbers, or which colours mean what."""
        if not look.note:
            return ()
        said = f"{name} " if name else ""
        if look.coloured and look.low == look.high:
            return (said + words.ALL_ONE.format(value=look.format.brief(look.low)),)
        if look.coloured:
            return (Bar(name, *look.ends, look.ramp),)
        return (said + words.rounded(look.format.decimals, compact=look.format.compact),)

    # What the figure consists of.

    @property
    def settings_line(self) -> str:
        """The settings beside the title."""
        trace = self.trace
        if trace.about:
            return trace.about
        shape = words.KERNEL if trace.kernel else words.WINDOW
        planes = words.planes(
            self.x.shape[0], self.y.shape[0] if trace.kernel else 1, trace.groups if trace.kernel else 1
        )
        fill = plain(trace.rule.fill)
        said = words.settings(trace.window, shape, trace.padding_mode, fill, self.blank, trace.rule.named)
        return f"{said} · {planes}" if planes else said

    @cached_property
    def size_lines(self) -> list[str]:
        """The output-size formula, a line an axis where they differ; without the letters where there is no room."""
        if self.tile:
            return []
        if self.trace.about:
            return [words.same_size(self.trace.window)]
        if self.blank & {"size", "stride", "padding", "dilation"}:
            return words.size_lines(self.trace.window, solved=False)
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
        return round(measure(words.drawn(len(self.steps), self.count), self.sizes.type(16))) + self.sizes(24)

    @cached_property
    def weighted(self) -> bool:
        """Whether the taps carry their weights: there are some, and they are not all 1."""
        return self.kernel is not None and "kernel" not in self.blank and bool((self.kernel != 1).any())

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
    def top(self) -> int:
        """Where the grids may begin."""
        if self.tile:
            return self.sizes(30)
        return self.sizes(60 if self._title_lines == 1 else 88)

    @property
    def _lines_at(self) -> list[int]:
        """Centre lines of the size formula."""
        unit, count = self.sizes, len(self.size_lines) + max(len(self.footnotes), self._lines_kept)
        if self.tile:
            return [self.height]
        last = 604 if count == 1 else 610
        return [unit(last - 21 * (count - 1 - number)) for number in range(count)]

    @property
    def _sentence_at(self) -> int:
        if self.tile:
            return self.height - self.sizes(18)
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
        if self.tile:
            return 0
        return round(measure(words.progress(self.count, self.count), self.sizes.type(16))) + self.sizes(24)

    @property
    def _passes_over(self) -> bool:
        """Whether the figure leaves steps out."""
        return bool(1 < len(self.steps) < self.count) and not self.tile

    @property
    def _widest_index(self) -> float:
        """Width of the number of the last column of the output."""
        last = three(self.trace.window.out)[2] - 1
        return measure(str(last), self.sizes.type(INDEX), bold=True)

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


def _note(text: str) -> Note:
    return (text,) if text else ()
