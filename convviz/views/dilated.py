"""A kernel beside the same kernel dilated: the weights, and the zeros between them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from convviz import terms, words
from convviz.dilating import Dilated
from convviz.exact import Array
from convviz.kernels import name_of
from convviz.scene import Mark, Rect, Scene
from convviz.summary import about, described, foot, heading, layer_record
from convviz.text import measure
from convviz.views.board import Board, Moment
from convviz.views.marks import write
from convviz.views.panels import Item, Table
from convviz.views.plan import Style


def draw_dilated(layer: Dilated, style: Style) -> Scene:
    """Draw both kernels as one still."""
    return _Picture(layer, style).scene_of()


class _Picture(Board):
    def __init__(self, layer: Dilated, style: Style) -> None:
        self.layer = layer
        super().__init__(style, heading(layer), about(layer), foot(layer), steps=1)
        kernel, dilated = (np.atleast_2d(each)[None] for each in (layer.numerators, layer.dilated))
        taps = np.atleast_2d(layer.taps)
        label = words.grid_label(words.KERNEL, layer.kernel.shape, called=name_of(layer.kernel))
        lead = 56 if layer.divisor != 1 else 0
        name = terms.dilated_label(layer.dilation, layer.dilated.shape)
        one = Item("kernel", kernel.shape[1], kernel.shape[2], labels=(label,), below=True, lead=lead)
        other = Item("dilated", dilated.shape[1], dilated.shape[2], labels=(name,), below=True, lead=lead)
        tables = [
            Table((one, other._replace(column=1)), (96.0,)),
            Table((one, other._replace(row=1)), (), (30.0,)),
        ]
        self.under = self.arrange(tables, f"a kernel dilated to {taps.shape[0]}×{taps.shape[1]}") == 1
        self.taps: Array = taps
        self.show("kernel", kernel, layer.format, signed=True)
        self.show("dilated", dilated, layer.format, signed=True)
        if not (self.looks["kernel"].coloured or self.looks["dilated"].coloured):
            self.alike("kernel", "dilated")

    def scene_of(self) -> Scene:
        more = int(self.layer.dilated.size - self.layer.taps.sum())
        said = words.Sentence(terms.zeros(more, self.layer.numerators.size), "")
        return self.scene(self._base(), [Moment((), (), said)], described(self.layer), layer_record(self.layer))

    def _base(self) -> Iterator[Mark]:
        yield from self.labels(["kernel", "dilated"])
        yield from self.notes(["kernel", "dilated"])
        yield from self.cells("kernel", "kernel")
        if self.looks["dilated"].coloured:
            yield from self.cells("dilated", "kernel")
        else:
            for row, column in np.ndindex(self.taps.shape):
                if self.taps[row, column]:
                    yield from self.cell("dilated", 0, row, column, "kernel", bold=True)
                else:
                    yield from self.cell("dilated", 0, row, column, "padding", "muted", "padding hatch")
            yield self.frame("dilated")
        if not self.under:
            a, b = self.layout.grids["kernel"], self.layout.grids["dilated"]
            left = b.x - (self.sizes(56) if self.layer.divisor != 1 else 0)
            yield from self.sign_at((a.right + left) / 2, (b.y + b.bottom) / 2, "→", 34)
        if self.layer.divisor != 1:
            for name in ("kernel", "dilated"):
                yield from self._fraction(name)

    def _fraction(self, name: str) -> Iterator[Mark]:
        """Write what the integers are divided by, before a grid."""
        grid, unit = self.layout.grids[name], self.sizes
        size, y = unit.type(20), (grid.y + grid.bottom) // 2
        width = round(measure(str(self.layer.divisor), size)) + unit(8)
        x = grid.x - unit(26)
        yield write(x, y - unit(14), "1", size, "ink", "ground", tag="divisor")
        yield Rect(x - width // 2, y - unit(1), width, max(1, unit(2)), "ink")
        yield write(x, y + unit(15), str(self.layer.divisor), size, "ink", "ground", tag="divisor")
