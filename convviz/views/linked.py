"""Both readings of one step: the window that gathers an output, and the stamps that meet on it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from convviz import words
from convviz.exact import Array
from convviz.numbers import Format
from convviz.report import alt_text
from convviz.scene import Frame, Mark, Rect, Scene
from convviz.text import clipped, measure
from convviz.trace import Step, Trace
from convviz.views.compose import BEFORE_KERNEL, BEFORE_OUTPUT, STRIPS, Planes, wraps
from convviz.views.looks import Look, Room
from convviz.views.panels import MARGIN, Table
from convviz.views.plan import INDEX, LEAST, READABLE, Style
from convviz.views.scatter import BEFORE_SUM, Scatter
from convviz.views.subject import Shown, picked, three
from convviz.views.walk import SENTENCE

SECOND_LINE = 30  # pixels from one sentence to the next


def both(trace: Trace, style: Style) -> Scene:
    """Draw the two readings of a trace with a kernel in one figure: see `convviz.animate`.

    >>> from convviz import conv_transpose2d
    >>> len(both(conv_transpose2d([[1, 2], [3, 4]], [[1, 2], [3, 4]], stride=2), Style()).frames)
    16
    """
    return Both(trace, style).scene()


class Both(Scatter):
    """Makes the marks of one figure: the input as the window reads it, kernel, output, and the input that is stamped.

    A step is an output. Both readings have that output in common, and come to the same number.
    """

    view = "both"
    bare = "stamps"

    @property
    def count(self) -> int:
        """One step for each output."""
        return int(self.y.size)

    @property
    def steps_a_row(self) -> int:
        """How many outputs a row has."""
        return int(self.y.shape[-1])

    @property
    def described(self) -> str:
        """What the figure shows, for those who can't see it."""
        return f"{alt_text(self.trace, self.blank)} {words.BOTH}."

    @property
    def _bottom(self) -> int:
        return super()._bottom - self.sizes(SECOND_LINE)

    @cached_property
    def many(self) -> bool:
        """Whether any of the grids has more planes than one: slices of padding are drawn under the window."""
        return super().many or self.sliced

    @property
    def first_shown(self) -> Shown:
        """Which plane stands in each slot of the scatter reading at first."""
        return self.shown_with(self.trace[self.steps[0]])

    def shown_with(self, step: Step) -> Shown:
        """Return which plane of the scatter reading stands in each slot at a step."""
        channels = [step.channels[n] for n in picked(len(step.channels), self.most, 0)]
        inputs = [(c, s) for c in channels for s in range(self.cells[0])]
        kernels = [(step.filter, c % self.stamps.depth, k) for c in channels for k in range(self.taps[0])]
        slices = range(self.positions[0])
        outputs = [(f, s) for f in picked(len(self.y), self.most, step.filter) for s in slices]
        return Shown(tuple(inputs), tuple(kernels), tuple(outputs), (), (step.filter, 0))

    def plane_names(self, shown: Shown, *, widest: bool = False) -> dict[str, tuple[str, ...]]:
        """Return what is written over each plane."""
        found = super().plane_names(shown, widest=widest)
        names = found["input"] if self.many else (words.INPUT,)
        stamps = tuple(words.also_stamped(name) for name in names)
        return {**found, "stamps": stamps, "input": (), "hits": ()}

    def gathered(self, step: Step) -> Shown:
        """Return which plane of the gather reading stands in each slot: those that the step's group reads."""
        shown, channels = self.shown(step), {c for c, _ in self.shown_with(step).inputs}
        return shown._replace(inputs=tuple(each for each in shown.inputs if each[0] in channels))

    def _tables(self) -> Iterator[Table]:
        step, sizes = self.trace[self.steps[0]], self.sizes
        shown, gathered = self.first_shown, self.gathered(step)
        names = self.plane_names(shown, widest=True)
        _, rows, columns = self._extended
        digits = measure("0" * len(str(self.positions[1] - 1)), sizes.type(INDEX), bold=True)
        gutter = round(digits) + sizes(10) if self._has_rows else 0
        least = sizes(READABLE if len(shown.kernels) == 1 else 0) if max(self.taps[1:]) <= 9 else 0
        ticks = 10 if any(self.longer) else 0
        labels = self._labels_gathered(gathered, widest=True)
        inputs = Planes(len(gathered.inputs), *self.spatial[1:], labels)
        kernels = Planes(len(shown.kernels), *self.taps[1:], names["kernel"], least=least)
        outputs = Planes(
            len(shown.outputs), rows, columns, names["output"], top=sizes(22), left=gutter, tail=ticks, foot=ticks
        )
        stamps = Planes(len(shown.inputs), *self.cells[1:], names["stamps"])
        if rows == 1 and len(self.trace.window.axes) == 1 and len(shown.kernels) == 1:
            items = (
                inputs.item("input"),
                outputs.item("output", row=1),
                stamps.item("stamps", row=2),
                kernels.item("kernel", column=1),
            )
            yield Table(items, (BEFORE_KERNEL,), (STRIPS,) * 2)
        for down_in in wraps(inputs.number):
            for down_kernel in wraps(kernels.number):
                for down in wraps(outputs.number):
                    for down_stamps in wraps(stamps.number):
                        first = inputs.item("input", down_in)
                        kernel = kernels.item("kernel", down_kernel, column=1)
                        output = outputs.item("output", down, column=2)
                        second = stamps.item("stamps", down_stamps, column=3)
                        joints = (BEFORE_KERNEL - 14, BEFORE_OUTPUT - 4, BEFORE_SUM - 10)
                        yield Table((first, kernel, output, second), joints)
                        kernel, output = kernel._replace(row_end=1), output._replace(row_end=1)
                        second = second._replace(column=0, row=1, row_end=1)
                        yield Table((first, second, kernel, output), joints[:2], (STRIPS - 12,))

    def _labels_gathered(self, gathered: Shown, *, widest: bool = False) -> tuple[str, ...]:
        """Return what is written over the planes that the window reads."""
        return self.labels(gathered, widest=widest)["input"]

    @cached_property
    def _sums_shown(self) -> Array:
        return np.unique(self.y)

    @cached_property
    def _sum_format(self) -> Format:
        return self.trace.formats.output

    def _hits_look(self, room: Room) -> Look:
        return Look(Format())

    def _said(self) -> list[str]:
        said = super()._said()
        missed = words.under_input(self.trace.window, only_real=self.trace.rule.only_real)
        flip = words.FLIPPED_TO_GATHER if self.flipped else words.TURNED_TO_STAMP if self.stamps.turned else ""
        said = [each for each in said if each not in (words.TURNED, self.stamps.evenness)]
        return [each for each in (missed, flip) if each] + said

    # Marks.

    def grid_marks(self) -> Iterator[Mark]:
        """Draw the grids before the first step, and what stands round them."""
        yield from self._gathered_planes(self.gathered(self.trace[self.steps[0]]), None)
        yield from super().grid_marks()

    def _gathered_planes(self, gathered: Shown, before: Shown | None) -> Iterator[Mark]:
        yield from self.input_planes(gathered, before)
        grid = self.layout.grids["input"]
        labels = self._labels_gathered(gathered)
        then = self._labels_gathered(before) if before else labels
        for slot, said in enumerate(labels):
            if before is None or then[slot] != said:
                if before:
                    yield self._patch_of(self._label(grid, "input", slot, then[slot]))
                yield self._label(grid, "input", slot, said)

    def _signs(self) -> Iterator[Mark]:
        grids, unit = self.layout.grids, self.sizes
        ends = {name: self._reached(name) for name in grids}
        kernel, output, stamps = grids["kernel"], grids["output"], grids["stamps"]
        middle = (kernel.y + kernel.bottom) // 2
        left = max(ends[name][1] for name in ("input", "stamps") if ends[name][1] <= ends["kernel"][0])
        yield self._sign((left + ends["kernel"][0]) // 2, middle, "·", 30, bold=True)
        if kernel.x > output.right:  # strips: the output lies between the inputs
            return
        yield self._sign((ends["kernel"][1] + ends["output"][0]) // 2, (output.y + output.bottom) // 2, "=", 28)
        if stamps.x > output.right:
            x, y = (ends["output"][1] + ends["stamps"][0]) // 2, (output.y + output.bottom) // 2
            size = unit.type(20)
            yield self._text(x, y - unit(24), words.ADDED, size, "ink", "ground", bold=True, tag="operator")
            yield self._sign(x, y, "←", 34)

    def _planes_of(self, shown: Shown, before: Shown | None, done: int) -> Iterator[Mark]:
        yield from self._inputs(shown, before)
        yield from self.kernel_planes(shown, before)
        if before is None or before.outputs != shown.outputs:
            yield from self._empty_outputs(shown)
            if before is not None:
                yield from self._finished(shown, 0, done)
        yield from self._labels_of(shown, before)

    def _finished(self, shown: Shown, first: int, end: int) -> Iterator[Mark]:
        """Draw the outputs of steps ``first`` … ``end`` − 1."""
        done = np.zeros(self.y.size, dtype=bool)
        done[first:end] = True
        hit = self._spatial(done)
        for slot, (filter_, slice_) in enumerate(shown.outputs):
            if hit[filter_, slice_].any():
                yield from self._results(slot, filter_, slice_, hit[filter_, slice_])

    def _results(self, slot: int, filter_: int, slice_: int, mask: Array) -> Iterator[Mark]:
        yield from self.changed_cells(slot, filter_, slice_, mask, self.outputs, whole=np.ones_like(mask))
        yield self._output_frame(slot)

    def frame(self, number: int) -> Frame:
        """Draw frame ``number``."""
        index = self.steps[number]
        before = self.steps[number - 1] + 1 if number else 0
        step, last = self.trace[index], number == len(self.steps) - 1
        shown, gathered = self.shown_with(step), self.gathered(step)
        settled: list[Mark] = []
        if before:
            earlier = self.trace[before - 1]
            if (then := self.shown_with(earlier)) != shown:
                settled += self._planes_of(shown, then, before)
            if (read := self.gathered(earlier)) != gathered:
                settled += self._gathered_planes(gathered, read)
        settled += self._finished(shown, before, index + 1)
        margin, unit = self.sizes(MARGIN), self.sizes
        length = (self.width - 2 * margin) * (index + 1) // self.count
        settled.append(Rect(margin, self._track_at, length, unit(4), "window", tag="progress"))
        taps = [range(1)] * (3 - len(step.taps)) + list(step.taps)
        moving = [*self._window(step, gathered, taps), *self._meets(step, shown), *self._sentences(step)]
        return Frame(tuple(settled), tuple(moving), self.seconds + (self.hold if last else 0))

    def _meets(self, step: Step, shown: Shown) -> Iterator[Mark]:
        """The cells whose stamps lie on the output, their stamps, and the output itself."""
        rank = len(self.trace.window.axes)
        stamps = []
        for tap in np.flatnonzero(step.inside).tolist():
            cell = step.cells[tap].tolist()
            channel = cell[-rank - 1] if len(cell) > rank else 0
            place = three(cell[-rank:], missing=0)
            index = int(np.ravel_multi_index((channel, *cell[-rank:]), self.x.shape))
            stamps.append(self.stamps[index])
            slot = next((n for n, plane in enumerate(shown.inputs) if plane == (channel, place[0])), None)
            if slot is None:
                continue
            if self.input_look.coloured:
                grid = self.layout.grids[self.bare]
                x, y = grid.x_of(place[2], slot), grid.y_of(place[1], slot)
                yield Rect(x, y, grid.side, grid.side, "tap", tag=f"stamps/{channel}/{place[0]}")
            else:
                weight = self._tap_weight(step.numerators[tap])
                yield from self._value(slot, channel, *place, now=True, weight=weight)
                yield self.plane_frame(self.layout.grids[self.bare], slot)
        place = three(step.place, missing=0)
        slot = shown.outputs.index((step.filter, place[0]))
        x, y, side = self._at(slot, place[1], place[2])
        if not self.output_look.coloured:
            tag = f"output/{step.filter}/{'/'.join(map(str, place))}"
            yield Rect(x, y, side, side, "current", self._lined(side), tag=tag)
            if self.output_look.size:
                said = self.output_look.format.brief(step.value)
                size, bold = self.output_look.size, self.output_look.bold
                yield self._text(x + side / 2, y + side / 2, said, size, "current ink", "current", bold=bold, tag=tag)
        for box in dict.fromkeys(self._lies(stamp.index, slot, place[0]) for stamp in stamps):
            yield Rect(*box, "", "window", max(1, self.sizes(2)), tag="outline")
        yield from self._outlined(x, y, side, side, side, colours=self.output_look.coloured)

    def _lies(self, index: int, slot: int, slice_: int) -> tuple[int, int, int, int]:
        """Return the rectangle of a stamp on a plane of the output, as far as it is drawn."""
        _, rows, columns = self._goals(self.stamps[index])
        ends = []
        for goals, number in ((rows, 1), (columns, 2)):
            low, high = -self.extra[0][number], self.positions[number] + self.extra[1][number]
            ends.append([goal for goal in goals if low <= goal < high])
        x, y, _ = self._at(slot, ends[0][0], ends[1][0])
        right, bottom, _ = self._at(slot, ends[0][-1] + 1, ends[1][-1] + 1)
        return x, y, right - x, bottom - y

    def _sentences(self, step: Step) -> Iterator[Mark]:
        """The arithmetic of both readings, one under the other, and which step this is."""
        unit, margin = self.sizes, self.sizes(MARGIN)
        room = self.width - 2 * margin - self._progress_room
        y, right = self._sentence_at, self.width - margin
        said = words.progress(step.index + 1, self.count)
        yield self._text(right, y, said, unit.type(16), "muted", "ground", "end", tag="step")
        if self.hides_arithmetic:
            return
        yield from self._arithmetic(step, margin, y - unit(SECOND_LINE), room)
        pad, size = unit(8), unit.type(SENTENCE)
        sentence = self._met(step, int((room - 2 * pad - unit(10)) / measure("0", size, mono=True)))
        if "output" in self.blank:
            sentence = words.asked(sentence)
        while size > unit.type(LEAST) and measure(str(sentence), size, mono=True) + 2 * pad + unit(10) > room:
            size -= 0.5
        result = sentence.result
        length, height = round(measure(result, size, bold=True, mono=True)), round(size * 1.5)
        lead = clipped(sentence.lead, room - length - 2 * pad, size, mono=True)
        text = self._text(margin, y, lead, size, "ink", "ground", "start", mono=True, tag="stamps sentence")
        yield text
        chip = margin + round(text.length)
        yield Rect(chip, y - height // 2, length + 2 * pad, height, "current", radius=unit(4))
        tag = "stamps result"
        yield self._text(chip + pad, y, result, size, "current ink", "current", "start", bold=True, mono=True, tag=tag)
        if sentence.tail:
            x = chip + length + 2 * pad
            tail = clipped(sentence.tail, room - (x - margin), size, mono=True)
            yield self._text(x, y, tail, size, "ink", "ground", "start", mono=True, tag="stamps sentence")

    def _met(self, step: Step, room: int) -> words.Sentence:
        formats, form = self.trace.formats, self._stamp_format
        counted = step.inside & ((step.numerators != 0) | ~np.isfinite(step.seen))
        products, taps = step.products, np.flatnonzero(counted).tolist()
        found = [(products[tap], step.cells[tap].tolist()) for tap in taps]
        exact = formats.output.is_exact(step.value) and all(form.is_exact(value) for value, _ in found)
        if step.bias is not None:
            exact = exact and formats.bias.is_exact(step.bias)
        return words.met(
            words.place(words.OUTPUT, step.position),
            [
                (form.brief(value), words.place("" if number else words.INPUT, cell))
                for number, (value, cell) in enumerate(found)
            ],
            "" if step.bias is None else formats.bias.brief(step.bias),
            formats.output.brief(step.value),
            rounded=not exact,
            room=room,
            lies=bool(step.inside.any()),
        )
