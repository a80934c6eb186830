"""Softmax from left to right: numbers, less the largest, their exponentials with the sum, the probabilities."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from convviz import terms, words
from convviz.errors import SettingError
from convviz.numbers import Format, times
from convviz.probabilities import Softmax
from convviz.scene import Mark, Rect, Scene
from convviz.summary import about, described, foot, heading, layer_record
from convviz.views.board import Board, Moment
from convviz.views.marks import write
from convviz.views.panels import Item, Table
from convviz.views.plan import Style

COLUMNS = ("logits", "shifted", "exponentials", "probabilities")
WIDE, HIGH = 104, 52  # pixels: a cell of a column, at most
LOWEST = 24  # pixels: where classes would be lower, there are too many
BAR = 150  # pixels: a probability of 1
CHIPS = 1.4  # seconds that a whole vector is shown
ROOM = 74  # letters of a sum


def draw_softmax(layer: Softmax, style: Style) -> Scene:
    """Draw a vector class by class; of a matrix, vector by vector, between the numbers and the probabilities."""
    return _Picture(layer, style).scene_of()


class _Picture(Board):
    def __init__(self, layer: Softmax, style: Style) -> None:
        self.layer = layer
        self.logits, self.shifted, self.exponentials, self.p, self.sums = layer.vectors
        self.count, self.classes = self.logits.shape
        if layer.input.ndim > 2:
            raise SettingError(
                f"softmax of a shape {times(layer.input.shape)} is not drawn: give a vector, or rows and columns"
            )
        self.matrix = self.count > 1
        steps = self.count if self.matrix else 2 * self.classes + 1
        super().__init__(style, heading(layer), about(layer), foot(layer), steps=steps)
        self._place()

    def _place(self) -> None:
        unit, area = self.sizes, self.area
        high = min(unit(HIGH), (area.bottom - area.top - unit(34 + 28 + 30)) // (self.classes + 1))
        if high < unit(LOWEST):
            most = (area.bottom - area.top - unit(34 + 28 + 30)) // unit(LOWEST) - 1
            raise SettingError(f"softmax over {self.classes} classes does not fit the figure: give at most {most}")
        wide = unit(WIDE if not self.matrix else 76)
        labels = (terms.LOGITS, terms.SHIFTED, terms.EXPONENTIALS, terms.PROBABILITIES)
        items, first = [], 1 if self.matrix else 0
        if self.matrix:
            rows, columns = self.layer.input.shape
            sides = min(unit(68), (self.width - 2 * unit(40) - 4 * wide - unit(330)) // (2 * columns))
            sides = min(sides, (area.bottom - area.top - unit(70)) // rows)
            if sides < unit(18):
                raise SettingError(
                    f"softmax of {rows}×{columns} does not fit the figure: give fewer rows or columns, or one vector"
                )
            label = (words.grid_label(words.INPUT, (rows, columns)),)
            items.append(Item("map", rows, columns, column=0, row_end=1, labels=label, side=sides))
            label = (words.grid_label(words.OUTPUT, (rows, columns)),)
            items.append(Item("out", rows, columns, column=5, row_end=1, labels=label, side=sides))
        for number, (name, said) in enumerate(zip(COLUMNS, labels, strict=True)):
            tail = BAR + 12 if name == "probabilities" and not self.matrix else 0
            items.append(
                Item(name, self.classes, 1, column=first + number, labels=(said,), side=wide, high=high, tail=tail)
            )
        for name, column in (("sum", 2), ("one", 3)):
            tail = BAR + 12 if name == "one" and not self.matrix else 0
            items.append(Item(name, 1, 1, row=1, column=first + column, side=wide, high=high, tail=tail, below=True))
        joint = 34.0 if self.matrix else 66.0
        joints = (30.0, joint, joint, joint, 30.0) if self.matrix else (joint, joint, joint)
        self.arrange([Table(tuple(items), joints, (18.0,))], "softmax", smallest=1)
        form, less, powers, after = self.layer.formats
        every = (self.logits, self.shifted, self.exponentials, self.p)
        for name, values, how in zip(COLUMNS, every, (form, less, powers, after), strict=True):
            self.show(name, values[:, :, None], how)
        self.show("sum", self.sums[:, None, None], powers)
        self.show("one", np.ones((1, 1, 1), dtype=np.int64), Format())
        self.alike(*COLUMNS, "sum", "one")
        if self.matrix:
            self.show("map", self.layer.input[None], form)
            self.show("out", self.layer.output[None], after)

    def scene_of(self) -> Scene:
        chosen = self.chosen(self.steps)
        moments, before = [], -1
        for step in chosen:
            moments.append(self._vector(step, before) if self.matrix else self._class(step, before))
            before = step
        return self.scene(
            self._base(),
            moments,
            described(self.layer),
            layer_record(self.layer),
            numbers=chosen,
            seconds=CHIPS if self.matrix else 0.9,
        )

    def _base(self) -> Iterator[Mark]:
        names = ["map", "out"] if self.matrix else []
        yield from self.labels([*names, *COLUMNS])
        if self.matrix:
            yield from self.cells("map", "input")
            yield from self.blank("out")
            yield from self.notes(["map", "out"])
        else:
            for name, fill in (("logits", "input"), ("shifted", "input")):
                yield from self.cells(name, fill)
            for name in ("exponentials", "probabilities", "sum", "one"):
                yield from self.blank(name)
        for a, b in pairwise(COLUMNS):
            yield from self.sign(a, b, "→", 26)
        grid, size = self.layout.grids["sum"], self.sizes.type(16)
        x, y = grid.x - self.sizes(10), grid.y + grid.tall / 2
        yield write(x, y, terms.SUM, size, "muted", "ground", "end", tag="label/sum")
        yield from self.notes(["sum"])

    def _bar(self, i: int) -> Rect:
        """Return the bar of a probability."""
        grid, value = self.layout.grids["probabilities"], float(self.p[0, i])
        length = round(self.sizes(BAR) * value) if np.isfinite(value) else 0
        y, inside = grid.y_of(i), self.sizes(10)
        tall = grid.y_of(i + 1) - y - 2 * inside
        return Rect(grid.right + self.sizes(10), y + inside, max(1, length), tall, "current", "frame", tag=f"bar/{i}")

    # One vector, class by class.

    def _class(self, step: int, before: int) -> Moment:
        settled: list[Mark] = []
        for each in range(before + 1, step + 1):
            settled += self._done(each)
        n, moving = self.classes, list[Mark]()
        form, _, powers, after = self.layer.formats
        e, z, p = self.exponentials[0], self.logits[0], self.p[0]
        if step < n:
            said = terms.exponential(
                step,
                form.brief(z[step]),
                form.brief(z.max()),
                powers(e[step]),
                rounded=not (self.shifted[0, step] == 0 or self.layer.rational),
            )
            for name in ("logits", "shifted"):
                moving += self.cell(name, 0, step, 0, "tap", "tap ink", bold=True)
            moving += self._current("exponentials", step)
            moving += self._frames("logits", "shifted")
        elif step == n:
            room = ROOM if self.steps > 1 else 200
            said = terms.exponential_sum(
                [powers(each) for each in e], powers(self.sums[0]), rounded=not self.layer.rational, room=room
            )
            for i in range(n):
                moving += self.cell("exponentials", 0, i, 0, "tap", "tap ink", bold=True)
            moving += self._current("sum", 0)
            moving += self._frames("exponentials")
        else:
            i = step - n - 1
            rounded = not (self.layer.rational and after.is_exact(float(p[i])))
            said = terms.probability(i, powers(e[i]), powers(self.sums[0]), after(p[i]), rounded=rounded)
            moving += self.cell("exponentials", 0, i, 0, "tap", "tap ink", bold=True)
            moving += self.cell("sum", 0, 0, 0, "tap", "tap ink", bold=True)
            moving += self._current("probabilities", i)
            moving += self._frames("exponentials", "sum")
        return Moment(settled, moving, said)

    def _done(self, step: int) -> Iterator[Mark]:
        """What stays of a step."""
        n = self.classes
        if step < n:
            yield from self.cell("exponentials", 0, step, 0, "output")
            yield self.frame("exponentials")
        elif step == n:
            yield from self.cell("sum", 0, 0, 0, "output")
            yield self.frame("sum")
        else:
            yield from self.cell("probabilities", 0, step - n - 1, 0, "output")
            yield self.frame("probabilities")
            yield self._bar(step - n - 1)
            if step == 2 * n:
                yield from self.cell("one", 0, 0, 0, "output")
                yield self.frame("one")

    def _current(self, name: str, row: int, slot: int = 0) -> Iterator[Mark]:
        yield from self.cell(name, slot, row, 0, "current", "current ink", bold=True)
        yield from self.outline(name, slot, row, 0)

    def _frames(self, *names: str) -> Iterator[Mark]:
        for name in names:
            yield self.frame(name)

    # A matrix, vector by vector.

    def _vector(self, step: int, before: int) -> Moment:
        settled: list[Mark] = []
        for vector in range(before + 1, step + 1):
            for row, column in self._cells_of(vector):
                settled += self.cell("out", 0, row, column, "output") if not self.looks["out"].coloured else ()
        if self.looks["out"].coloured:
            settled.append(self.colours("out", 0))
        settled.append(self.frame("out"))
        moving: list[Mark] = []
        for name, values in zip(COLUMNS, (self.logits, self.shifted, self.exponentials, self.p), strict=True):
            self.values[name] = values[step][None, :, None]
            moving += self.cells(
                name, "tap" if name == "logits" else "output", *(("tap ink",) if name == "logits" else ())
            )
        self.values["sum"] = self.sums[step].reshape(1, 1, 1)
        for name in ("sum", "one"):
            moving += self.cells(name, "output")
        best = int(np.argmax(self.p[step]))
        moving += self._current("probabilities", best)
        cells = self._cells_of(step)
        across = self.layer.dim == 1
        for name in ("map", "out"):
            row, column = cells[0]
            if not self.looks[name].coloured:
                for r, c in cells:
                    fill = "tap" if name == "map" else "current"
                    moving += self.cell(name, 0, r, c, fill, f"{fill} ink", bold=True)
            down, along = (1, len(cells)) if across else (len(cells), 1)
            moving += self.outline(name, 0, row, column, down, along)
        where = f"{'row' if across else 'column'} {step}"
        said = terms.largest_probability(where, best, self.layer.formats[3](self.p[step, best]))
        return Moment(settled, moving, said)

    def _cells_of(self, vector: int) -> Sequence[tuple[int, int]]:
        if self.layer.input.ndim == 1:
            return [(0, i) for i in range(self.classes)]
        return [(vector, i) if self.layer.dim == 1 else (i, vector) for i in range(self.classes)]
