"""Dropout cell by cell: the input, the mask, what training makes of it, and inference, which changes nothing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from convviz import terms, words
from convviz.errors import SettingError
from convviz.exact import Array
from convviz.masks import Dropout
from convviz.numbers import Format, times
from convviz.scene import Mark, Scene
from convviz.summary import about, described, foot, heading, layer_record, scale_format
from convviz.text import measure
from convviz.views.board import Board, Moment
from convviz.views.panels import Item, Table
from convviz.views.plan import Style

GRIDS = ("input", "mask", "training", "inference")
BESIDE = 56.0  # pixels between grids: room for a sign
LAST = 64.0
TIGHT = 0.75  # of a joint is left where cells gain by it
SCALE = 18  # size of the type of what is written over an arrow


def draw_dropout(layer: Dropout, style: Style) -> Scene:
    """Draw one mask over one plane: each step decides about one cell."""
    return _Picture(layer, style).scene_of()


class _Picture(Board):
    def __init__(self, layer: Dropout, style: Style) -> None:
        self.layer = layer
        if layer.input.ndim > 2:
            raise SettingError(
                f"dropout on a shape {times(layer.input.shape)} is not drawn: give a vector, or rows and columns"
            )
        self.x, self.mask, self.y = (np.atleast_2d(each) for each in (layer.input, layer.mask, layer.output))
        super().__init__(style, heading(layer), about(layer), foot(layer), steps=self.x.size)
        size, shape = self.x.shape, layer.input.shape
        scale = scale_format(layer)
        exact = scale.is_exact(layer.scale)
        brief = scale if exact else Format(2, exact=False)
        self.over = f"{'' if exact else '≈ '}× {brief.brief(layer.scale)}"
        rows, columns = size
        names = [words.grid_label(words.INPUT, shape), terms.MASK, terms.TRAINING, terms.INFERENCE]
        items = [
            Item(name, rows, columns, labels=(label,), below=True) for name, label in zip(GRIDS, names, strict=True)
        ]
        row = [item._replace(column=number) for number, item in enumerate(items)]
        names[2:] = terms.training_label(scale.brief(layer.scale), exact=exact), terms.INFERENCE_LABEL
        items = [item._replace(labels=(label,)) for item, label in zip(items, names, strict=True)]
        square = [item._replace(row=number // 2, column=number % 2) for number, item in enumerate(items)]
        column = [item._replace(row=number) for number, item in enumerate(items)]
        tables = [
            Table(tuple(row), (BESIDE, max(BESIDE, (measure(self.over, SCALE, bold=True) + 16) / TIGHT), LAST)),
            Table(tuple(square), (BESIDE,), (8.0,)),
            Table(tuple(column), (), (4.0, 4.0, 4.0)),
        ]
        if size[0] == 1:
            tables = tables[2:]
        number = self.arrange(tables, f"dropout on {times(shape)} cells", smallest=1)
        self.side_by_side = size[0] > 1 and number == 0
        form, after = layer.formats
        parts: dict[str, tuple[Array, Format]] = {
            "input": (self.x, form),
            "mask": (self.mask, Format()),
            "training": (self.y, after),
            "inference": (self.x, form),
        }
        for name, (values, how) in parts.items():
            self.show(name, values[None], how, signed=name != "input")
        if not any(self.looks[name].coloured for name in GRIDS):
            self.alike("input", "mask", "inference")
        elif not all(self.looks[name].coloured for name in GRIDS):
            for name in GRIDS:
                self.colour(name, signed=name != "input")

    def scene_of(self) -> Scene:
        chosen, moments, before = self.chosen(self.x.shape[1]), [], -1
        for step in chosen:
            moments.append(self._moment(step, before))
            before = step
        return self.scene(self._base(), moments, described(self.layer), layer_record(self.layer), numbers=chosen)

    def _base(self) -> Iterator[Mark]:
        yield from self.labels(GRIDS)
        yield from self.notes(GRIDS)
        yield from self.cells("input", "input")
        for name in GRIDS[1:]:
            yield from self.blank(name)
        if self.side_by_side:
            yield from self.sign("input", "mask", "×", 28)
            yield from self.sign("mask", "training", "→", 28, over=self.over)

    def _moment(self, step: int, before: int) -> Moment:
        settled: list[Mark] = []
        if self.looks["input"].coloured:
            settled += self._colours(step)
        else:
            for each in range(before + 1, step + 1):
                settled += self._done(*divmod(each, self.x.shape[1]))
            settled += [self.frame(name) for name in GRIDS[1:]]
        row, column = divmod(step, self.x.shape[1])
        moving: list[Mark] = []
        kept = bool(self.mask[row, column])
        if not self.looks["input"].coloured:
            moving += self.cell("input", 0, row, column, "tap", "tap ink", bold=True)
            moving += self.cell("mask", 0, row, column, *(("current", "current ink") if kept else DROPPED), bold=kept)
            moving += self.cell(
                "training", 0, row, column, *(("current", "current ink") if kept else DROPPED), bold=kept
            )
            moving += self.cell("inference", 0, row, column, "current", "current ink", bold=True)
        for name in GRIDS:
            moving += self.outline(name, 0, row, column)
        form, after = self.layer.formats
        value, x = self.y[row, column], self.x[row, column]
        said = terms.dropped(
            (row, column)[2 - self.layer.input.ndim :],
            words.factor(form.brief(x)),
            kept,
            self.layer.rate,
            after.brief(value),
            rounded=not (form.is_exact(x) and after.is_exact(value)),
        )
        return Moment(settled, moving, said)

    def _done(self, row: int, column: int) -> Iterator[Mark]:
        """What stays of a step."""
        kept = bool(self.mask[row, column])
        yield from self.cell("mask", 0, row, column, *(("output", "ink") if kept else DROPPED))
        yield from self.cell("training", 0, row, column, *(("output", "ink") if kept else DROPPED))
        yield from self.cell("inference", 0, row, column, "output")

    def _colours(self, step: int) -> Iterator[Mark]:
        """Return planes of colours up to a step: whole rows, then a part of one."""
        rows, rest = divmod(step + 1, self.x.shape[1])
        for name in GRIDS[1:]:
            yield from self.colours_until(name, rows, rest)
            yield self.frame(name)


DROPPED = ("padding", "muted", "padding hatch")  # fill, ink, hatch: no data
