"""Feature maps in one line, cell by cell, beside what global pooling leaves of them."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

import numpy as np

from convviz import terms, words
from convviz.errors import SettingError
from convviz.flattening import Flattened
from convviz.numbers import choose, times
from convviz.scene import Mark, Scene
from convviz.summary import about, described, foot, heading, layer_record
from convviz.views.board import Board, Moment
from convviz.views.panels import Item, Table
from convviz.views.plan import Style

GRIDS = ("input", "line", "pooled")
MOST_CHANNELS = 8  # that stand side by side
SMALLEST = 22  # pixels: numbers of smaller cells can't be read from afar


def draw_flatten(layer: Flattened, style: Style) -> Scene:
    """Draw every cell on its way into the line."""
    return _Picture(layer, style).scene_of()


class _Picture(Board):
    def __init__(self, layer: Flattened, style: Style) -> None:
        self.layer = layer
        self.channels, self.rows, self.columns = layer.input.shape
        super().__init__(style, heading(layer), about(layer), foot(layer), steps=layer.output.size)
        if self.channels > MOST_CHANNELS:
            raise SettingError(
                f"flattening {self.channels} channels does not fit the figure: give at most {MOST_CHANNELS}"
            )
        what = f"flattening {times(layer.input.shape)} cells"
        cells, tables, wraps = layer.output.size, [], []
        for down in range(1, 7):
            across = ceil(cells / down)
            if ceil(cells / across) != down:
                continue
            wraps.append((down, across))
            tables.append(self._table(down, across))
        number = self.arrange(tables, what, smallest=SMALLEST)
        self.down, self.across = wraps[number]
        line = np.zeros(self.down * self.across, dtype=layer.output.dtype)
        line[:cells] = layer.output
        self.show("input", layer.input, layer.format)
        self.show("line", line.reshape(1, self.down, self.across), layer.format)
        both = np.stack([trace.output.reshape(1, -1) for trace in (layer.average, layer.largest)])
        self.show("pooled", both, choose(both, layer.average.rule.noise(layer.input, self.rows * self.columns)))
        self.numbered(GRIDS, what)
        self.alike("input", "line")

    def _table(self, down: int, across: int) -> Table:
        """Return the maps over the line over what pooling leaves; the maps in as many rows as fit best."""
        layer, channels = self.layer, self.channels
        counts = (layer.output.size, channels, channels)
        said = [terms.flatten_label(layer.input.shape), *terms.POOLED]
        said = [
            f"{label}  →  {terms.parameters(each, layer.units, layer.parameters(each))}"
            for label, each in zip(said, counts, strict=True)
        ]
        names = tuple(words.channel_name(each) for each in range(channels))
        planes = Item("input", self.rows, self.columns, across=channels, labels=names, gap=40)
        line = Item("line", down, across, row=1, labels=(said[0],))
        pooled = Item("pooled", 1, channels, row=2, across=2, labels=tuple(said[1:]), below=True)
        return Table((planes, line, pooled._replace(one_of_many=True)), (), (6.0, 12.0))

    def scene_of(self) -> Scene:
        chosen, moments, before = self.chosen(self.columns), [], -1
        for step in chosen:
            moments.append(self._moment(step, before))
            before = step
        return self.scene(self._base(), moments, described(self.layer), layer_record(self.layer), numbers=chosen)

    def _base(self) -> Iterator[Mark]:
        yield from self.labels(GRIDS)
        yield from self.notes(["pooled"])
        yield from self.cells("input", "input")
        for index in range(self.layer.output.size):
            yield self.box("line", 0, *divmod(index, self.across), "ground")
        if self.down * self.across == self.layer.output.size:
            yield self.frame("line")
        yield from self.cells("pooled", "output")

    def _moment(self, step: int, before: int) -> Moment:
        settled: list[Mark] = []
        for index in range(before + 1, step + 1):
            settled += self.cell("line", 0, *divmod(index, self.across), "output")
        if self.down * self.across == self.layer.output.size:
            settled.append(self.frame("line"))
        channel, row, column = (int(each) for each in self.layer.places[step])
        place = divmod(step, self.across)
        moving = [
            *self.cell("input", channel, row, column, "tap", "tap ink", bold=True),
            *self.outline("input", channel, row, column),
            *self.cell("line", 0, *place, "current", "current ink", bold=True),
            *self.outline("line", 0, *place),
        ]
        size = self.layer.input.shape
        value = self.layer.format.brief(self.layer.output[step])
        return Moment(settled, moving, terms.flattened(step, (channel, row, column), size, self.layer.order, value))
