"""Dropout between two dense layers: training, pass after pass, beside inference."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from convviz import terms, words
from convviz.errors import SettingError
from convviz.masks import DenseDropout
from convviz.scene import Mark, Rect, Scene, Text
from convviz.summary import about, described, foot, heading, layer_record
from convviz.text import fitting, measure
from convviz.views.board import SENTENCE, Board, Moment
from convviz.views.dense import lines as lines_into
from convviz.views.dense import over_units, with_lines
from convviz.views.dropout import DROPPED
from convviz.views.marks import write
from convviz.views.panels import LABEL, Area, Item, Table
from convviz.views.plan import Style

MOST = 10  # units of a layer that are drawn
APART = 10  # pixels between units
JOINT, LINES, MIDDLE = 70.0, 130.0, 96.0  # pixels between columns
PACE = 1.8  # seconds of a pass
TRAINING = ("hidden", "left", "next")
INFERENCE = ("same hidden", "same left", "same next")


def draw_dense_dropout(layer: DenseDropout, style: Style) -> Scene:
    """Draw every pass as a frame."""
    return _Picture(layer, style).scene_of()


class _Picture(Board):
    def __init__(self, layer: DenseDropout, style: Style) -> None:
        self.layer = layer
        self.after, self.before = layer.weight.shape
        if max(self.after, self.before) > MOST:
            raise SettingError(
                f"dense layers of {self.before} and {words.counted(self.after, 'unit')} are not drawn: "
                f"use at most {MOST} in each"
            )
        super().__init__(style, heading(layer), about(layer), foot(layer), steps=len(layer.passes))
        counts = (self.before, self.before, self.after) * 2
        items = [
            Item(name, 1, 1, column=column, down=count, gap=APART)
            for column, (name, count) in enumerate(zip((*TRAINING, *INFERENCE), counts, strict=True))
        ]
        self.arrange([Table(tuple(items), (JOINT, LINES, MIDDLE, JOINT, LINES))], "the layers", smallest=18)
        form, left, after = layer.formats
        whole = layer.inference.formats.output
        self.show("hidden", layer.hidden[:, None, None], form)
        lefts = np.stack([trace.input for trace in layer.passes])[:, :, None]
        nexts = np.stack([trace.output for trace in layer.passes])[:, :, None]
        self.show("left", lefts[0][:, None], left, every=lefts)
        self.show("next", nexts[0][:, None], after, signed=True, every=nexts)
        self.show("same hidden", layer.hidden[:, None, None], form)
        self.show("same left", layer.hidden[:, None, None], form)
        self.show("same next", layer.inference.output[:, None, None], whole, signed=True)
        self.numbered((*TRAINING, *INFERENCE), "dropout between layers of such numbers")
        self.alike("hidden", "same hidden", "same left")
        names = {"hidden": terms.FIRST, "left": terms.AFTER, "next": terms.SECOND, "same next": terms.SECOND}
        if notes := self.noted(names):
            self.foot = (self.foot[0], f"{self.foot[1]} · {notes}")

    @property
    def area(self) -> Area:
        """Where units may stand: under what is written over them."""
        return super().area._replace(top=super().area.top + self.sizes(56))

    def scene_of(self) -> Scene:
        chosen = self.chosen(1)
        moments = [self._moment(step) for step in chosen]
        return with_lines(
            self.scene(
                self._base(), moments, described(self.layer), layer_record(self.layer), numbers=chosen, seconds=PACE
            )
        )

    def _base(self) -> Iterator[Mark]:
        for unit in range(self.after):
            yield from lines_into(self, "same left", "same next", range(self.before), unit, "grid", 1)
        for unit in range(self.before):
            yield from self._across("same hidden", "same left", unit)
        named = {"hidden": terms.FIRST, "left": terms.AFTER, "next": terms.SECOND}
        yield from over_units(self, {**named, **{f"same {name}": said for name, said in named.items()}})
        yield from self.cells("hidden", "input")
        for name, fill in zip(INFERENCE, ("input", "input", "output"), strict=True):
            yield from self.cells(name, fill)
        yield from self._title(INFERENCE, terms.INFERENCE)

    def _title(self, names: tuple[str, ...], said: str) -> Iterator[Text]:
        """Write what a half of the figure shows."""
        a, b = self.layout.grids[names[0]], self.layout.grids[names[-1]]
        size = fitting(said, b.right - a.x + self.sizes(60), self.sizes.type(20), self.sizes.type(LABEL), bold=True)
        y = super().area.top + self.sizes(14)
        yield write((a.x + b.right) / 2, y, said, size, "ink", "ground", bold=True, tag="half")

    def _across(self, left: str, right: str, unit: int) -> Iterator[Rect]:
        """Draw a level line from a unit to itself."""
        a, b = self.layout.grids[left], self.layout.grids[right]
        x, y = a.corners[unit]
        start, thick = x + a.wide + 1, max(1, self.sizes(2))
        yield Rect(start, y + a.tall // 2 - thick // 2, b.corners[unit][0] - 1 - start, thick, "grid", tag="line")

    def _moment(self, step: int) -> Moment:
        layer = self.layer
        trace, mask = layer.passes[step], layer.masks[step]
        kept = [unit for unit in range(self.before) if mask[unit]]
        moving: list[Mark] = []
        for unit in range(self.after):
            moving += lines_into(self, "left", "next", kept, unit, "window", 1)
        self.values["left"], self.values["next"] = trace.input[:, None, None], trace.output[:, None, None]
        for unit in range(self.before):
            if mask[unit]:
                moving += self._across("hidden", "left", unit)
                moving += self.cell("left", unit, 0, 0, "tap", "tap ink", bold=True)
            else:
                moving += self.cell("left", unit, 0, 0, *DROPPED)
            moving.append(self.frame("left", unit))
        for unit in range(self.after):
            moving += self.cell("next", unit, 0, 0, *(("output", "ink") if unit else ("current", "current ink")))
            moving.append(self.frame("next", unit))
        moving += self.outline("next", 0, 0, 0)
        gone = [unit for unit in range(self.before) if not mask[unit]]
        moving += self._title(TRAINING, f"{terms.training_pass(step + 1)}: {terms.dropped_units(gone)}")
        room = (self.width - 2 * self.sizes(40) - self.sizes(130)) / measure("0", self.sizes.type(SENTENCE), mono=True)
        return Moment((), moving, trace[0].explain(int(room)))
