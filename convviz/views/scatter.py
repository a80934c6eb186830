"""The kernel is stamped: one step an input cell, which adds its scaled kernel to the output; overlaps add up."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import cached_property
from math import ceil, prod

import numpy as np

from convviz import words
from convviz.errors import SettingError
from convviz.exact import Array
from convviz.numbers import Format, choose
from convviz.report import stamped_text
from convviz.scene import Frame, Mark, Rect, Scene, Text
from convviz.stamping import Stamp, Stamps
from convviz.text import CAP, clipped, fitting, measure
from convviz.trace import Trace
from convviz.views.compose import BEFORE_KERNEL, EQUALS, STRIPS, UNDER, Planes, wraps
from convviz.views.looks import MOST_NUMBERS, Look, Room, coloured, look
from convviz.views.marks import inset
from convviz.views.panels import GAP, MARGIN, Area, Layout, Table, place
from convviz.views.plan import ELIDED, FEW, INDEX, LEAST, LENS, READABLE, SMALLEST_PLANE, SOME, Note, Style, Tile
from convviz.views.subject import Shown, picked, three
from convviz.views.walk import SENTENCE, Frames, Walk

BEFORE_SUM = 92  # the joint before the output, with room for a word over an arrow
BEFORE_HITS = 44
PLUS = 44  # pixels: smaller cells have no room for what is added to them
SMALLEST = 20  # pixels: a stamp in smaller cells shows no numbers
MOST_SUMS = 4_000_000  # running sums that are looked at to choose how they are written


def scatter(trace: Trace, style: Style) -> Scene:
    """Draw the scatter reading of a trace with a kernel: see `convviz.animate`.

    >>> from convviz import conv_transpose2d
    >>> len(scatter(conv_transpose2d([[1, 2], [3, 4]], [[1, 2], [3, 4]], stride=2), Style()).frames)
    4
    """
    return Scatter(trace, style).scene()


class Scatter(Walk):
    """Makes the marks of one figure: input, kernel, stamp, the running output, and how often it was hit."""

    view = "scatter"
    bare = "input"  # the name of the grid that shows the input as it is, without gaps and padding

    def __init__(self, trace: Trace, style: Style, tile: Tile | None = None) -> None:
        self.stamps = Stamps(trace)
        super().__init__(trace, style, tile)

    @property
    def count(self) -> int:
        """One step for each input cell."""
        return len(self.stamps)

    @property
    def steps_a_row(self) -> int:
        """How many cells a row of the input has."""
        return int(self.x.shape[-1])

    @property
    def looks(self) -> tuple[Look, ...]:
        """How the grids show their values, the stamp and the hits too."""
        return *super().looks, self.stamp_look, self.hits_look

    @property
    def described(self) -> str:
        """What the figure shows, for those who can't see it."""
        return stamped_text(self.stamps, self.blank)

    def scene(self) -> Scene:
        """Return the scene, its frames still to be drawn."""
        base = [*self.heading_marks(), *self.grid_marks(), *self.foot_marks()]
        return self.scene_of(base, Frames(self), view=self.view)

    # Which planes are drawn: all of the input and the output, or the first, the current and the last.

    @cached_property
    def extra(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Cropped slices, rows and columns that are drawn before and after those of the output: no whole slices."""
        if not self.stamps.crops:
            return (0, 0, 0), (0, 0, 0)
        ends = [axis.cropped for axis in self.trace.window.axes[-2:]]
        return three([each.low for each in ends], missing=0), three([each.high for each in ends], missing=0)

    @cached_property
    def positions(self) -> tuple[int, int, int]:
        """Slices, rows and columns of the output."""
        return three(self.trace.window.out)

    @cached_property
    def cells(self) -> tuple[int, int, int]:
        """Slices, rows and columns of the input itself."""
        return three(self.trace.window.size)

    @cached_property
    def taps(self) -> tuple[int, int, int]:
        """Slices, rows and columns of the kernel."""
        return three(self.trace.window.kernel)

    @cached_property
    def many(self) -> bool:
        """Whether any of the grids has more planes than one."""
        return max(len(self.x), len(self.y), self.cells[0], self.taps[0], self.positions[0]) > 1

    @property
    def first_shown(self) -> Shown:
        """Which plane stands in each slot at first."""
        return self.shown_by(self.stamps[self.steps[0]])

    def shown_by(self, stamp: Stamp) -> Shown:
        """Return which plane stands in each slot at a step."""
        channels, filters = len(self.x), len(stamp.filters)
        inputs = [(c, s) for c in picked(channels, self.most, stamp.channel) for s in range(self.cells[0])]
        within = stamp.channel % self.stamps.depth
        kernels = [(stamp.filters[n], within, k) for n in picked(filters, self.most, 0) for k in range(self.taps[0])]
        slices = range(self.positions[0])
        outputs = [(f, s) for f in picked(len(self.y), self.most, stamp.filters[0]) for s in slices]
        lit = ((stamp.channel, 0),) if len(self.x) > 1 else ()
        return Shown(tuple(inputs), tuple(kernels), tuple(outputs), lit, (stamp.filters[0], 0))

    def plane_names(self, shown: Shown, *, widest: bool = False) -> dict[str, tuple[str, ...]]:
        """Return what is written over each plane."""
        window, label = self.trace.window, words.plane_label
        channels, filters = len(self.x), len(self.y)
        three_d = len(window.axes) > 2
        divisor = words.over(self.stamps.divisor)
        found = {
            "input": tuple(
                label(
                    words.INPUT,
                    channel=self.channel_called(c, widest=widest) if channels > 1 else "",
                    slice=str(s) if three_d else "",
                )
                for c, s in shown.inputs
            ),
            "kernel": tuple(
                label(
                    divisor + ("" if filters > 1 else words.KERNEL),
                    filter=str(filters - 1 if widest else f) if filters > 1 else "",
                    channel=self.channel_called(self._channel_of(f, c)) if self.stamps.depth > 1 else "",
                    slice=str(k) if three_d else "",
                )
                for f, c, k in shown.kernels
            ),
            "output": tuple(
                label(
                    words.OUTPUT,
                    filter=str(filters - 1 if widest else f) if filters > 1 else "",
                    slice=str(s) if three_d else "",
                )
                for f, s in shown.outputs
            ),
            "hits": tuple(
                label(
                    words.HITS,
                    filter=str(filters - 1 if widest else shown.current[0]) if self.trace.groups > 1 else "",
                    slice=str(s) if three_d else "",
                )
                for s in range(self.positions[0])
            ),
        }
        if channels == 1 and not three_d:
            found["input"] = (words.grid_label(words.INPUT, window.size),)
        if filters == 1 and not three_d:
            cropped = self._extended[3 - len(window.axes) :]
            found["output"] = (words.stamped_label(window.out, cropped),)
        if not self.many:
            found["kernel"] = (divisor + words.grid_label(words.KERNEL, window.kernel, called=self.kernel_name),)
        found["stamp"] = tuple(words.STAMP for _ in shown.kernels)
        return found

    def _channel_of(self, filter_: int, channel: int) -> int:
        return int(channel + filter_ // (len(self.y) // self.trace.groups) * self.stamps.depth)

    @cached_property
    def _extended(self) -> tuple[int, int, int]:
        """Slices, rows and columns of the output with what is cropped."""
        low, high = self.extra
        return (
            low[0] + self.positions[0] + high[0],
            low[1] + self.positions[1] + high[1],
            low[2] + self.positions[2] + high[2],
        )

    # Where they stand.

    def _compose(self) -> None:
        """Arrange the figure with every plane, or with fewer where cells would be too small."""
        best, kept = 0.0, self.most
        every = self.most
        choices = [every, *([SOME] if every > FEW else []), *([1] if every > 1 else [])]
        for most in dict.fromkeys(choices):
            if best >= self.sizes(READABLE if most > 1 else 12):
                break
            self.draw_at_most(most, True, False)
            self._arrange()
            if self.layout.cell > best * 1.1:
                best, kept = self.layout.cell, most
        if kept != self.most:
            self.draw_at_most(kept, True, False)
            self._arrange()
        grid = self.layout.grids["input"]
        if not best or (self.many and max(grid.wide, grid.tall) < self.sizes(SMALLEST_PLANE) and best < 8):
            raise SettingError(
                f"{len(self.x)} input and {len(self.y)} output planes of up to {max(self.spatial)} cells do not fit "
                f"{self.width} pixels: use a larger width, a smaller input, or fewer channels"
            )

    def _arrange(self) -> None:
        """Place the grids; again where what must be said at the foot needs another line."""
        self.notes: dict[str, Note] = {}
        self._lines_kept = 0
        said: list[Note] = [(each,) for each in self._said()]
        self.footnotes = self._lines_of(said)
        self.stamp_least = READABLE
        for _ in range(5):
            self.layout = self._placed_planes()
            self._choose_looks()
            if self.stamp_look.coloured:  # its numbers want larger cells, or are left out
                self.stamp_least = LENS if self.stamp_least < LENS else 0
                continue
            more = [self._note(each, name) for name, each in self._noted_looks()]
            footnotes = self._lines_of([*said, *(note for note in more if note)])
            if len(footnotes) <= max(len(self.footnotes), self._lines_kept):
                self.footnotes = footnotes
                break
            self.footnotes = footnotes

    def _said(self) -> list[str]:
        """Say how evenly outputs are hit, and what must be known to read the figure."""
        said = [self.stamps.evenness]
        if self.trace.bias is not None:
            said.append(words.starts_at_bias([self.trace.formats.bias.brief(b) for b in self.trace.bias.tolist()]))
        if self.stamps.turned:
            said.append(words.TURNED)
        if any(map(any, self.extra)):
            said.append(words.CROPPED)
        if more := words.output_padding(self.trace.window):
            said.append(more)
        drawn = words.drawn_planes(
            (len(self.x), len(self.first_shown.inputs) // self.cells[0]),
            (len(self.y), len({filter_ for filter_, _ in self.first_shown.outputs})),
            (1, 1),
            (1, 1),
            weighted=True,
        )
        return [*said, *([drawn] if drawn else [])]

    def _noted_looks(self) -> list[tuple[str, Look]]:
        named = [("input", self.input_look), ("kernel", self.kernel_look), ("output", self.output_look)]
        if self.stamp_look.size:
            named.append((words.STAMP, self.stamp_look))
        elif self.output_look.size and not self.hides_arithmetic and self.layout.cell >= self.sizes(PLUS):
            named.append((words.STAMP, Look(self._stamp_format, 1, note=not self._stamp_format.exact)))
        return [*named, *([("hits", self.hits_look)] if self.hits_look.coloured else [])]

    def _placed_planes(self) -> Layout:
        area = Area(0 if self.tile else self.sizes(MARGIN), self.top, 0, self._bottom)
        area = area._replace(right=self.width - area.left)
        _, layout = place(list(self._tables()), area, self.sizes)
        return layout

    def _tables(self) -> Iterator[Table]:
        """Yield the tables in which the grids may stand, the plainest first."""
        shown, sizes = self.first_shown, self.sizes
        labels = self.plane_names(shown, widest=True)
        _, rows, columns = self._extended
        digits = measure("0" * len(str(self.positions[1] - 1)), sizes.type(INDEX), bold=True)
        gutter = round(digits) + sizes(10) if self._has_rows else 0
        small = max(self.taps[1:]) <= 9
        one = len(shown.kernels) == 1 and self.stamp_least > 0 and not self.hides_arithmetic
        ticks = 10 if any(self.longer) else 0
        gap = ELIDED if self.cells[0] == 1 and len(shown.inputs) < len(self.x) else GAP
        planes = {
            "input": Planes(len(shown.inputs), *self.cells[1:], labels["input"], gap=gap),
            "kernel": Planes(len(shown.kernels), *self.taps[1:], labels["kernel"]),
            "stamp": Planes(len(shown.kernels), *self.taps[1:], labels["stamp"]),
            "output": Planes(
                len(shown.outputs), rows, columns, labels["output"], top=sizes(22), left=gutter, tail=ticks, foot=ticks
            ),
            "hits": Planes(self.positions[0], *self.positions[1:], labels["hits"]),
        }
        if small:
            least = sizes(self.stamp_least if one else SMALLEST)
            planes["kernel"] = planes["kernel"]._replace(least=least)
            planes["stamp"] = planes["stamp"]._replace(least=least)
        shift = (self.extra[0][2] - self.extra[1][2]) / 2
        if rows == 1 and len(self.trace.window.axes) == 1 and one:
            first = [planes["kernel"].item("kernel"), planes["input"].item("input", column=1)]
            second = [
                planes["stamp"].item("stamp", row=1, lead=EQUALS),
                planes["output"].item("output", row=1, column=1),
            ]
            hits = planes["hits"].item("hits", row=2, column=1)._replace(shift=shift)
            yield Table((*first, *second, hits), (BEFORE_SUM,), (STRIPS, STRIPS))
            names = ["input", "kernel", "stamp", "output", "hits"]
            leads = {"kernel": EQUALS, "stamp": EQUALS, "output": 2 * EQUALS}
            items = [planes[name].item(name, row=row, lead=leads.get(name, 0)) for row, name in enumerate(names)]
            items[-1] = items[-1]._replace(shift=shift)
            yield Table(tuple(items), (), (STRIPS - 6,) * 4)
        before = BEFORE_KERNEL - 10
        for down_in in wraps(planes["input"].number):
            for down in wraps(planes["output"].number):
                for down_kernel in wraps(planes["kernel"].number) if not one else [1]:
                    for down_hits in wraps(planes["hits"].number):
                        last = 1 if one else 0
                        middle = [planes["kernel"].item("kernel", down_kernel, column=1, one_of_many=not one)]
                        if one:
                            middle.append(planes["stamp"].item("stamp", row=1, column=1, lead=EQUALS))
                        left = planes["input"].item("input", down_in, row_end=last)
                        output = planes["output"].item("output", down, column=2, row_end=last)
                        hits = planes["hits"].item("hits", down_hits, column=3, row_end=last)
                        under = (UNDER,) * last
                        yield Table((left, *middle, output, hits), (before, BEFORE_SUM, BEFORE_HITS), under)
                        if one:
                            left, hits = left._replace(row_end=0), hits._replace(column=0, row=1, row_end=1)
                            yield Table((left, hits, *middle, output), (before, BEFORE_SUM), under)
                        else:
                            hits = hits._replace(column=1, row=1, row_end=1)
                            left, output = left._replace(row_end=1), output._replace(row_end=1)
                            yield Table((left, *middle, hits, output), (before, BEFORE_SUM), (UNDER,))

    # How values are shown.

    @cached_property
    def _sums_shown(self) -> Array:
        """All running sums that are drawn, each once; the results where these are too many to look at."""
        if len(self.steps) * self.y.size > MOST_SUMS:
            return np.unique(self.y)
        found = [np.unique(self.y)]
        for step in self.steps:
            sums, hits = self.stamps.after(step + 1)
            found.append(np.unique(sums[hits > 0]))
        return np.unique(np.concatenate(found))

    @cached_property
    def _sum_format(self) -> Format:
        noise = self.trace.rule.noise(self.trace.input, self.trace.window.taps)
        return choose(self._sums_shown, noise)

    @cached_property
    def _stamp_format(self) -> Format:
        return choose(self._stamps_shown, self.trace.rule.noise(self.trace.input, 1))

    @cached_property
    def _stamps_shown(self) -> Array:
        """The values of all stamps that are drawn, each once; of very many some."""
        with np.errstate(all="ignore"):
            products = np.multiply.outer(_few(self.x, 400), _few(self.stamps.kernels, 200))
            return np.unique(products / self.stamps.divisor if self.stamps.divisor != 1 else products)

    def _choose_looks(self) -> None:
        grids, trace = self.layout.grids, self.trace
        cell = self.layout.cell
        self.input_look = self._look("input", self.x, trace.formats.input, cell)
        self.kernel_look = self._kernel_look(grids["kernel"].cell)
        hidden = not self.values
        room = Room(cell, self._edge(cell), self.sizes)
        plain = Look(Format())
        self.hits_look = plain if hidden else self._hits_look(room)
        self.output_look = Look(self._sum_format) if hidden or "output" in self.blank else self._output_look(room)
        self.stamp_look = plain
        if "stamp" in grids and not self.hides_arithmetic:
            side = grids["stamp"].cell
            room = Room(side, self._edge(side), self.sizes)
            self.stamp_look = look(self._stamps_shown[None], self._stamp_format, room, signed=True)

    def _output_look(self, room: Room) -> Look:
        if prod(self._extended[1:]) > MOST_NUMBERS or len(self.steps) * self.y.size > MOST_SUMS:
            return coloured(self._sums_shown, self._sum_format, signed=True)
        chosen = look(self._sums_shown[None], self._sum_format, room, signed=True)
        if self.shade and chosen.size:
            shaded = coloured(self._sums_shown, self._sum_format, signed=True, kind=("shade", "shade diverging"))
            return chosen._replace(ramp=shaded.ramp, low=shaded.low, high=shaded.high)
        return chosen

    def _hits_look(self, room: Room) -> Look:
        """Hits are numbers on shaded cells, or colours alone."""
        most = int(self.stamps.hits.max())
        counts = np.arange(most + 1)[None]
        big = prod(self.positions[1:]) > MOST_NUMBERS
        chosen = Look(Format()) if big else look(counts, Format(), room, signed=False)
        if not chosen.size or chosen.ramp:
            return Look(Format(), ramp="grey", low=0, high=max(1, most), note=True)
        return chosen._replace(ramp="shade", low=0, high=max(1, most))

    # Marks.

    def grid_marks(self) -> Iterator[Mark]:
        """Draw the grids before the first step, and what stands round them."""
        yield from self._planes_of(self.first_shown, None, 0)
        yield from self._signs()
        yield from self._indices
        yield from self._ticks_of_padding()

    def _planes_of(self, shown: Shown, before: Shown | None, done: int) -> Iterator[Mark]:
        """Draw the planes that are not in their slots yet, as they are after ``done`` stamps."""
        yield from self._inputs(shown, before)
        yield from self.kernel_planes(shown, before)
        if before is None or before.outputs != shown.outputs:
            yield from self._empty_outputs(shown)
            if before is not None:
                yield from self._sums_of(shown, done, None)
        if before is None:
            yield from self._empty_hits()
        elif before.current != shown.current:
            yield from self._empty_hits()
            yield from self._hits_of(shown, done, None)
        yield from self._labels_of(shown, before)

    def _labels_of(self, shown: Shown, before: Shown | None) -> Iterator[Mark]:
        now, then = self.plane_names(shown), self.plane_names(before) if before else {}
        for name, labels in now.items():
            if (grid := self.layout.grids.get(name)) is None:
                continue
            for slot, said in enumerate(labels):
                lit = name == "input" and self._lit(shown, slot)
                if before:
                    if then[name][slot] == said and (name != "input" or self._lit(before, slot) == lit):
                        continue
                    yield self._patch_of(self._label(grid, name, slot, then[name][slot]))
                yield self._label(grid, name, slot, said, lit=lit)

    @staticmethod
    def _lit(shown: Shown, slot: int) -> bool:
        return bool(shown.lit) and shown.inputs[slot][0] == shown.lit[0][0]

    def _inputs(self, shown: Shown, before: Shown | None) -> Iterator[Mark]:
        grid = self.layout.grids[self.bare]
        for slot, (channel, slice_) in enumerate(shown.inputs):
            if before and before.inputs[slot] == (channel, slice_):
                continue
            if self.input_look.coloured:
                values = self.x.reshape(len(self.x), *self.cells)[channel, slice_]
                tag = f"{self.bare}/{channel}/{slice_}"
                levels = self.input_look.levels(values)
                yield self._image(grid, slot, 0, 0, levels, self.input_look.ramp, tag)
            else:
                for row, column in np.ndindex(*self.cells[1:]):
                    yield from self._value(slot, channel, slice_, row, column)
            yield self.plane_frame(grid, slot)
        if before is None:
            yield from self._gaps_between(self.bare, [channel for channel, _ in shown.inputs], grid)

    def _value(
        self, slot: int, channel: int, slice_: int, row: int, column: int, *, now: bool = False, weight: str = ""
    ) -> Iterator[Mark]:
        """Draw one cell of the input; that of the step is filled as what is stamped, with what it is multiplied by."""
        grid, look_ = self.layout.grids[self.bare], self.input_look
        x, y, side = grid.x_of(column, slot), grid.y_of(row, slot), grid.side
        value = self.x.reshape(len(self.x), *self.cells)[channel, slice_, row, column]
        tag = f"{self.bare}/{channel}/{slice_}/{row}/{column}"
        fill, role = ("tap", "tap ink") if now else ("input", "ink")
        fill, role = self.shaded(look_, value, fill, role)
        yield Rect(x, y, side, side, fill, self._lined(side), tag=tag)
        if look_.size:
            number, bold = look_.format(value), now and look_.bold
            middle = y + side / 2 - (round(side * 0.135) if weight else 0)
            yield self._text(x + side / 2, middle, number, look_.size, role, fill, bold=bold, tag=tag)
        if weight:
            inner, size = self._edge(side) + self.sizes(3), self.sizes.type(14)
            middle = y + side - inner - CAP * size / 2
            yield self._text(x + side - inner, middle, weight, size, role, fill, "end", bold=True, tag=tag)

    def _lined(self, side: int) -> str:
        return "grid" if side >= self.sizes(6) else ""

    def _empty_outputs(self, shown: Shown) -> Iterator[Mark]:
        """Draw the planes of the output without a number; what is cropped is hatched."""
        grid = self.layout.grids["output"]
        low = self.extra[0]
        for slot, (filter_, slice_) in enumerate(shown.outputs):
            x, y = grid.corners[slot]
            if self.output_look.coloured:
                if any(map(any, self.extra)):
                    yield Rect(x, y, grid.wide, grid.tall, "padding", "grid", 1, "padding hatch", tag="cropped")
                yield Rect(*self._real(slot), "ground")
            else:
                for row, column in np.ndindex(grid.rows, grid.columns):
                    yield from self._bare(slot, filter_, slice_, row - low[1], column - low[2])
            yield self._output_frame(slot)

    def _bare(self, slot: int, filter_: int, slice_: int, row: int, column: int) -> Iterator[Rect]:
        """Draw one cell of the output without a number."""
        x, y, side = self._at(slot, row, column)
        real = self._is_real(slice_, row, column)
        tag = f"{'output' if real else 'cropped'}/{filter_}/{slice_}/{row}/{column}"
        if real:
            yield Rect(x, y, side, side, "ground", self._lined(side), tag=tag)
        else:
            yield Rect(x, y, side, side, "padding", self._lined(side), 1, "padding hatch", tag=tag)

    def _is_real(self, *place_: int) -> bool:
        return all(0 <= each < size for each, size in zip(place_, self.positions, strict=True))

    def _at(self, slot: int, row: int, column: int) -> tuple[int, int, int]:
        """Return the corner and the side of a cell of the output."""
        grid, low = self.layout.grids["output"], self.extra[0]
        return grid.x_of(column + low[2], slot), grid.y_of(row + low[1], slot), grid.side

    def _real(self, slot: int) -> tuple[int, int, int, int]:
        """Return the rectangle of the output itself."""
        grid, low = self.layout.grids["output"], self.extra[0]
        x, y = grid.x_of(low[2], slot), grid.y_of(low[1], slot)
        right = grid.x_of(low[2] + self.positions[2], slot)
        bottom = grid.y_of(low[1] + self.positions[1], slot)
        return x, y, max(1, right - x), max(1, bottom - y)

    def _output_frame(self, slot: int) -> Rect:
        return Rect(*self._real(slot), "", "frame", max(1, self.sizes(2)), tag="frame/output")

    def _sums_of(self, shown: Shown, done: int, since: int | None) -> Iterator[Mark]:
        """Draw the running sums after ``done`` stamps: those that changed ``since``, or all that have been hit."""
        sums, hits = (self._spatial(each) for each in self.stamps.after(done))
        whole = self.stamps.hits.reshape(self.positions)
        last = done == len(self.stamps)
        changed = hits > 0
        if since is not None:
            changed = hits != self._spatial(self.stamps.after(since)[1])
        if last:
            changed = changed | (whole == 0)[None]  # what is never hit holds 0, or the bias: it is said at the end
            sums = np.where((whole == 0)[None], self.outputs, sums)
        for slot, (filter_, slice_) in enumerate(shown.outputs):
            mask = changed[filter_, slice_]
            if not mask.any():
                continue
            finished = np.ones_like(mask) if last else hits[filter_, slice_] == whole[slice_]
            yield from self.changed_cells(slot, filter_, slice_, mask, sums, whole=finished)
            yield self._output_frame(slot)

    def changed_cells(
        self, slot: int, filter_: int, slice_: int, mask: Array, sums: Array, *, whole: Array
    ) -> Iterator[Mark]:
        """Draw some cells of one plane of the output: as colours, or as numbers; ``whole``: which are finished."""
        if self.output_look.coloured:
            values, low, grid = sums[filter_, slice_], self.extra[0], self.layout.grids["output"]
            for top, left, bottom, right in _runs(mask):
                levels = self.output_look.levels(values[top:bottom, left:right])
                tag = f"output/{filter_}/{slice_}"
                yield self._image(grid, slot, top + low[1], left + low[2], levels, self.output_look.ramp, tag)
            return
        for row, column in np.argwhere(mask).tolist():
            yield from self._sum(slot, filter_, slice_, row, column, sums, finished=bool(whole[row, column]))

    def _sum(
        self, slot: int, filter_: int, slice_: int, row: int, column: int, sums: Array, *, finished: bool
    ) -> Iterator[Mark]:
        """Draw one running sum: on plain ground while more is to come."""
        x, y, side = self._at(slot, row, column)
        look_, value = self.output_look, sums[filter_, slice_, row, column]
        fill, role = ("output", "ink") if finished else ("ground", "muted")
        if finished:
            fill, role = self.shaded(look_, value, fill, role)
        tag = f"output/{filter_}/{slice_}/{row}/{column}"
        yield Rect(x, y, side, side, fill, self._lined(side), tag=tag)
        if look_.size:
            yield self._text(x + side / 2, y + side / 2, look_.format.brief(value), look_.size, role, fill, tag=tag)

    def _spatial(self, values: Array) -> Array:
        return values.reshape(len(self.y), *self.positions)

    def _empty_hits(self) -> Iterator[Mark]:
        grid = self.layout.grids["hits"]
        for slot in range(self.positions[0]):
            if self.hits_look.coloured:
                yield Rect(*grid.corners[slot], max(1, grid.wide), max(1, grid.tall), "ground")
            else:
                for row, column in np.ndindex(grid.rows, grid.columns):
                    x, y, side = grid.x_of(column, slot), grid.y_of(row, slot), grid.side
                    yield Rect(x, y, side, side, "ground", self._lined(side), tag=f"hits/{slot}/{row}/{column}")
            yield self.plane_frame(grid, slot)

    def _hits_of(self, shown: Shown, done: int, since: int | None) -> Iterator[Mark]:
        """Draw how often each output has been hit, where that has changed."""
        filter_ = shown.current[0]
        hits = self._spatial(self.stamps.after(done)[1])[filter_]
        changed = hits > 0
        if since is not None:
            changed = hits != self._spatial(self.stamps.after(since)[1])[filter_]
        if done == len(self.stamps):
            changed = changed | (hits == 0)
        grid, look_ = self.layout.grids["hits"], self.hits_look
        for slot, mask in enumerate(changed):
            if not mask.any():
                continue
            if look_.coloured:
                for top, left, bottom, right in _runs(mask):
                    levels = look_.levels(hits[slot, top:bottom, left:right])
                    yield self._image(grid, slot, top, left, levels, look_.ramp, f"hits/{slot}")
            else:
                for row, column in np.argwhere(mask).tolist():
                    x, y, side = grid.x_of(column, slot), grid.y_of(row, slot), grid.side
                    count = int(hits[slot, row, column])
                    fill, role = self.shaded(look_, count, "output", "ink")
                    tag = f"hits/{slot}/{row}/{column}"
                    yield Rect(x, y, side, side, fill, self._lined(side), tag=tag)
                    if look_.size:
                        yield self._text(x + side / 2, y + side / 2, str(count), look_.size, role, fill, tag=tag)
            yield self.plane_frame(grid, slot)

    # What settles, and what moves.

    def frame(self, number: int) -> Frame:
        """Draw frame ``number``."""
        index = self.steps[number]
        before = self.steps[number - 1] + 1 if number else 0
        stamp, last = self.stamps[index], number == len(self.steps) - 1
        return Frame(
            tuple(self._settles(before, index)),
            tuple(self._moves(stamp)),
            self.seconds + (self.hold if last else 0),
        )

    def _settles(self, before: int, index: int) -> Iterator[Mark]:
        shown = self.shown_by(self.stamps[index])
        if before and (then := self.shown_by(self.stamps[before - 1])) != shown:
            yield from self._planes_of(shown, then, before)
        yield from self._sums_of(shown, index + 1, before)
        yield from self._hits_of(shown, index + 1, before)
        margin, unit = self.sizes(MARGIN), self.sizes
        length = (self.width - 2 * margin) * (index + 1) // self.count
        yield Rect(margin, self._track_at, length, unit(4), "window", tag="progress")

    def _moves(self, stamp: Stamp) -> Iterator[Mark]:
        shown = self.shown_by(stamp)
        yield from self._pressed(stamp, shown)
        yield from self._stamped(stamp, shown)
        yield from self._added(stamp)
        yield from self._said_of(stamp)

    def _pressed(self, stamp: Stamp, shown: Shown) -> Iterator[Mark]:
        """The input cell of this step."""
        slice_, row, column = (0,) * (4 - len(stamp.position)) + stamp.position[1:]
        slot = shown.inputs.index((stamp.channel, slice_))
        grid = self.layout.grids["input"]
        if not self.input_look.coloured:
            yield from self._value(slot, stamp.channel, slice_, row, column, now=True)
        yield from self._outlined(grid.x_of(column, slot), grid.y_of(row, slot), grid.side, grid.side, grid.cell)

    def _outlined(
        self, x: int, y: int, wide: int, tall: int, cell: float, *, colours: bool | None = None
    ) -> Iterator[Mark]:
        wide, tall = max(wide, self.sizes(5)), max(tall, self.sizes(5))
        if self.input_look.coloured if colours is None else colours:
            yield from self._outline_on_colours(x, y, wide, tall)
        else:
            yield from self._outline(x, y, wide, tall, cell)

    def _stamped(self, stamp: Stamp, shown: Shown) -> Iterator[Mark]:
        """The outputs under the stamp: what they hold now, and what has just been added."""
        slices, rows, columns = self._goals(stamp)
        values = stamp.values.reshape(len(stamp.filters), *self.taps)
        sums = self._spatial(self.stamps.after(stamp.index + 1)[0])
        grid, hits_grid = self.layout.grids["output"], self.layout.grids["hits"]
        low, high = self.extra[0], [a + b for a, b in zip(self.positions, self.extra[1], strict=True)]
        within = [
            [(k, goal) for k, goal in enumerate(goals) if -a <= goal < b]
            for goals, a, b in zip((slices, rows, columns), low, high, strict=True)
        ]
        if not all(within):
            return
        for slot, (filter_, slice_) in enumerate(shown.outputs):
            if filter_ not in stamp.filters:
                continue
            for ks in (k for k, goal in within[0] if goal == slice_):
                if not self.output_look.coloured:
                    for kr, row in within[1]:
                        for kc, column in within[2]:
                            added = values[filter_ - stamp.filters[0], ks, kr, kc]
                            yield from self._hit(slot, filter_, slice_, row, column, added, sums)
                yield self._output_frame(slot)
                x, y, _ = self._at(slot, within[1][0][1], within[2][0][1])
                right, bottom, _ = self._at(slot, within[1][-1][1] + 1, within[2][-1][1] + 1)
                yield from self._outlined(x, y, right - x, bottom - y, grid.cell, colours=self.output_look.coloured)
        landing = [
            [goal for _, goal in each if 0 <= goal < size] for each, size in zip(within, self.positions, strict=True)
        ]
        if all(landing):
            for slot in landing[0]:
                x, y = hits_grid.x_of(landing[2][0], slot), hits_grid.y_of(landing[1][0], slot)
                wide = hits_grid.x_of(landing[2][-1] + 1, slot) - x
                tall = hits_grid.y_of(landing[1][-1] + 1, slot) - y
                yield from self._outlined(x, y, wide, tall, hits_grid.cell, colours=self.hits_look.coloured)

    def _goals(self, stamp: Stamp) -> list[list[int]]:
        return [*[[0]] * (3 - len(stamp.goals)), *(goals.tolist() for goals in stamp.goals)]

    def _hit(
        self, slot: int, filter_: int, slice_: int, row: int, column: int, added: float, sums: Array
    ) -> Iterator[Mark]:
        """Draw one output under the stamp, with what it adds where there is room to write that."""
        x, y, side = self._at(slot, row, column)
        look_, unit = self.output_look, self.sizes
        real = self._is_real(slice_, row, column)
        small = self._plus(added, side) if not self.hides_arithmetic else ""
        if real:
            tag = f"output/{filter_}/{slice_}/{row}/{column}"
            yield Rect(x, y, side, side, "tap", self._lined(side), tag=tag)
            if any(axis.dilation > 1 for axis in self.trace.window.axes) and side >= unit(READABLE):
                yield inset(x + 1, y + 1, side - 1, side - 1, 0, max(1, unit(2)), "window")
            if look_.size:
                middle = y + side / 2 - (round(side * 0.135) if small else 0)
                number = look_.format.brief(sums[filter_, slice_, row, column])
                yield self._text(x + side / 2, middle, number, look_.size, "tap ink", "tap", bold=look_.bold, tag=tag)
        elif not small:
            return
        if small:
            role, fill = ("tap ink", "tap") if real else ("muted", "padding")
            tag = f"plus/{filter_}/{slice_}/{row}/{column}"
            size = unit.type(14)
            inner = self._edge(side) + unit(3)
            middle = y + side - inner - CAP * size / 2
            text = self._text(x + side - inner, middle, small, size, role, fill, "end", bold=True, tag=tag)
            if not real:
                yield self._patch(text, x, side, fill)
            yield text

    def _plus(self, added: float, side: float) -> str:
        """Return what is added as it stands in a cell; nothing where it does not fit."""
        said = self._stamp_format.brief(added)
        said = said if said.startswith("−") else f"+{said}"
        room = side - 2 * self._edge(side) - self.sizes(4)
        fits = self.output_look.size and side >= self.sizes(PLUS)
        return said if fits and measure(said, self.sizes.type(14), bold=True) <= room else ""

    def _added(self, stamp: Stamp) -> Iterator[Mark]:
        """The stamp by itself: the kernel times the value of the cell; what does not land is hatched."""
        grid = self.layout.grids.get("stamp")
        if grid is None or self.stamp_look.coloured or self.hides_arithmetic:
            return
        values = stamp.values.reshape(len(stamp.filters), *self.taps)[0, 0]
        down, along = [[bool(each) for each in lands] for lands in [np.ones(1, bool), *stamp.lands][-2:]]
        for row, column in np.ndindex(values.shape):
            x, y, side = grid.x_of(column), grid.y_of(row), grid.side
            lands = down[row] and along[column]
            fill, hatch, role = ("tap", "", "tap ink") if lands else ("padding", "padding hatch", "muted")
            tag = f"stamp/0/{row}/{column}"
            yield Rect(x, y, side, side, fill, "grid", 1, hatch, tag=tag)
            if self.stamp_look.size:
                number = self.stamp_look.format.brief(values[row, column])
                text = self._text(x + side / 2, y + side / 2, number, self.stamp_look.size, role, fill, tag=tag)
                if hatch:
                    yield self._patch(text, x, side, fill)
                yield text
        yield self.plane_frame(grid, 0)

    def _said_of(self, stamp: Stamp) -> Iterator[Mark]:
        """What is stamped where, in a sentence, and which step this is."""
        unit, margin = self.sizes, 0 if self.tile else self.sizes(MARGIN)
        room = self.width - 2 * margin - self._progress_room
        y, said = self._sentence_at, stamp.explain()
        if not self.hides_arithmetic:
            pad, size = unit(8), unit.type(SENTENCE)
            while size > unit.type(LEAST) and measure(str(said), size, mono=True) + 2 * pad + unit(10) > room:
                size -= 0.5
            lead = self._text(margin, y, said.lead, size, "ink", "ground", "start", mono=True, tag="sentence")
            yield lead
            chip = margin + round(lead.length)
            length, height = round(measure(said.result, size, bold=True, mono=True)), round(size * 1.5)
            yield Rect(chip, y - height // 2, length + 2 * pad, height, "tap", radius=unit(4))
            yield self._text(
                chip + pad, y, said.result, size, "tap ink", "tap", "start", bold=True, mono=True, tag="result"
            )
            x = chip + length + 2 * pad
            tail = clipped(said.tail, room - (x - margin), size, mono=True)
            yield self._text(x, y, tail, size, "ink", "ground", "start", mono=True, tag="sentence")
        elif not self.blank:
            where = words.stamped_blank(said.lead.removesuffix(" = "), said.tail.partition(" at ")[2])
            size = fitting(where, room, unit.type(SENTENCE), unit.type(LEAST), mono=True)
            where = clipped(where, room, size, mono=True)
            yield self._text(margin, y, where, size, "ink", "ground", "start", mono=True, tag="sentence")
        if not self.tile:
            step = words.progress(stamp.index + 1, self.count)
            right = self.width - margin
            yield self._text(right, y, step, unit.type(16), "muted", "ground", "end", tag="step")

    # Signs, indices, and the marks of output padding.

    def _signs(self) -> Iterator[Mark]:
        grids, unit = self.layout.grids, self.sizes
        kernel, output, size = grids["kernel"], grids["output"], unit.type(20)
        ends = {name: self._reached(name) for name in grids}
        one, other = sorted([ends["input"], ends["kernel"]])
        x = (one[1] + other[0]) // 2 if other[0] > one[1] else other[0] - unit(16)
        yield self._sign(x, (kernel.y + kernel.bottom) // 2, "·", 34, bold=True)
        if "stamp" in grids:
            stamp = grids["stamp"]
            yield self._sign(stamp.x - unit(18), (stamp.y + stamp.bottom) // 2, "=", 30)
        left = [name for name in ("kernel", "stamp", "hits") if name in grids and grids[name].x < output.x]
        start = ends["output"][0]
        before = max((ends[name][1] for name in left), default=start)
        y = (output.y + output.bottom) // 2
        if start <= before:  # it stands under what is added
            yield self._text(start - unit(10), y, words.ADDED, size, "ink", "ground", "end", bold=True, tag="operator")
            return
        x = (before + start) // 2
        yield self._text(x, y - unit(24), words.ADDED, size, "ink", "ground", bold=True, tag="operator")
        yield self._sign(x, y, "→", 34)

    def _reached(self, name: str) -> tuple[int, int]:
        """Return how far a grid reaches to both sides, with its labels."""
        grid = self.layout.grids[name]
        item = grid.items[0]
        size = self.sizes.type(item.label_size)
        half = max((measure(label, size) for label in item.labels), default=0) / 2
        centres = [x + grid.wide / 2 for x, _ in grid.corners]
        left = min(min(centres) - half, grid.x - item.left)
        return round(left), ceil(max(max(centres) + half, grid.right))

    def column_index(self, slot: int, column: int, *, lit: bool) -> Text:
        """Return the number of a column, over the output."""
        x, _, side = self._at(slot, 0, column)
        y = self.layout.grids["output"].corners[slot][1] - self.sizes(12)
        return self._text(x + side / 2, y, str(column), self.sizes.type(INDEX), "muted", "ground", tag="index")

    def row_index(self, slot: int, row: int, *, lit: bool) -> Text:
        """Return the number of a row, beside the output."""
        _, y, side = self._at(slot, row, 0)
        x = self.layout.grids["output"].corners[slot][0] - self.sizes(8)
        return self._text(x, y + side / 2, str(row), self.sizes.type(INDEX), "muted", "ground", "end", tag="index")

    def indices(self, slot: int) -> Iterator[Text]:
        """Write the numbers of the rows and columns of one plane of the output."""
        for column in range(self.positions[2]):
            if self._says_index(column, self.positions[2]):
                yield self.column_index(slot, column, lit=False)
        for row in range(self.positions[1] if self._has_rows else 0):
            if self._says_index(row, self.positions[1]):
                yield self.row_index(slot, row, lit=False)

    def _ticks_of_padding(self) -> Iterator[Mark]:
        grid = self.layout.grids["output"]
        for slot in range(len(grid.corners)):
            ends = [a + b for a, b in zip(self.extra[0], self.positions, strict=True)]
            yield from self.padding_bars(slot, ends[1], ends[2])


def _few(values: Array, most: int) -> Array:
    distinct = np.unique(values)
    if distinct.size > most:
        distinct = distinct[np.linspace(0, distinct.size - 1, most).astype(int)]
    return np.asarray(distinct)


def _runs(mask: Array) -> Iterator[tuple[int, int, int, int]]:
    """Cut what is set into rectangles: (top, left, bottom, right), rows that are alike together.

    >>> list(_runs(np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1]], dtype=bool)))
    [(0, 0, 2, 2), (2, 2, 3, 3)]
    """
    edges = [0, *(np.flatnonzero((mask[1:] != mask[:-1]).any(axis=1)) + 1).tolist(), len(mask)]
    for top, bottom in itertools.pairwise(edges):
        ends = np.flatnonzero(np.diff(np.concatenate([[False], mask[top], [False]]).astype(np.int8)))
        for left, right in ends.reshape(-1, 2).tolist():
            yield top, left, bottom, right
