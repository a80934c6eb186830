"""The lens: where cells are too small for numbers, the window at full size, with its kernel and the products."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np

from convviz.exact import Array
from convviz.scene import Mark, Rect
from convviz.text import CAP
from convviz.trace import Step
from convviz.views.grids import Grids
from convviz.views.subject import Shown, three

SMALLEST_BARRED = 12  # pixels


class Lens(Grids):
    """Makes the marks of the window at full size."""

    def lens_base(self) -> Iterator[Mark]:
        """Write what stands over the planes, and the signs between them."""
        grid = self.layout.grids.get("lens")
        if grid is None:
            return
        labels = [label for item in grid.items for label in item.labels]
        for slot, label in enumerate(labels):
            yield self._label(grid, "lens", slot, label)
        if "products" in self.lens_kinds:
            across = len(grid.corners) // len(self.lens_kinds)
            first = across * self.lens_kinds.index("products")
            for slot in range(first, first + across):
                for row, column in product(range(grid.rows), range(grid.columns)):
                    x, y = grid.x_of(column, slot), grid.y_of(row, slot)
                    tag = f"product/{slot}/{row}/{column}"
                    yield Rect(x, y, grid.side, grid.side, "output", "grid", tag=tag)
                yield self.plane_frame(grid, slot)

    def lens_kernel(self, shown: Shown, before: Shown | None) -> Iterator[Mark]:
        """Draw the kernel under the lens, once for each filter."""
        grid = self.layout.grids.get("lens")
        if grid is None or "kernel" not in self.lens_kinds:
            return
        planes = self._planes_read(shown)
        if before and self._planes_read(before) == planes:
            return
        across = len(grid.corners) // len(self.lens_kinds)
        for number, plane in enumerate(planes):
            slot = across * self.lens_kinds.index("kernel") + number
            yield from self.kernel_plane(grid, slot, plane, turned=self.flipped)

    def _planes_read(self, shown: Shown) -> list[tuple[int, int, int]]:
        """Return the planes of the kernel that the current group shows."""
        filter_ = shown.current[0]
        return [plane for plane in shown.kernels if plane[0] == filter_]

    def lens_moving(self, step: Step) -> Iterator[Mark]:
        """Draw what the window sees, and the products."""
        grid = self.layout.grids.get("lens")
        if grid is None:
            return
        shape = len(step.channels), *three([len(taps) for taps in step.taps])
        seen, numerators = step.seen.reshape(shape), step.numerators.reshape(shape)
        inside = step.inside.reshape(shape)
        across = len(grid.corners) // len(self.lens_kinds)
        if self.kernel is not None:
            shown = self._planes_read(self.shown(step))
            picked = [(channel, k) for _, channel, k in shown]
        else:
            picked = [(0, 0)]
        states = self.states(step, numerators)
        for number, place in enumerate(picked):
            yield from self._seen(number, seen[place], inside[place], states[place])
            if "products" in self.lens_kinds:
                with np.errstate(all="ignore"):
                    products = seen[place] * numerators[place]
                slot = across * self.lens_kinds.index("products") + number
                yield from self._products(slot, products)

    def states(self, step: Step, numerators: Array) -> Array:
        """Return what becomes of each tap: tap, zero, winner or tie; gap where it reads what has no weight."""
        zero = (numerators == 0) & ("kernel" not in self.blank)  # in an exercise it would tell where the zeros are
        states = np.where(zero, "zero", "tap").astype("U6")
        if self.trace.rule.only_real:
            states[~step.inside.reshape(states.shape)] = "gap"
        if step.ties:
            states[...] = "tap"
            states[~step.inside.reshape(states.shape)] = "zero"  # padding never wins: it is not counted
            if "output" in self.blank:
                return states  # and this would tell which wins
            flat = states.reshape(-1)
            flat[list(step.ties)] = "tie"
            flat[step.ties[0]] = "winner"
        return states

    def _seen(self, slot: int, values: Array, inside: Array, states: Array) -> Iterator[Mark]:
        grid, look = self.layout.grids["lens"], self.lens_looks["window"]
        side, rows, columns = grid.side, *values.shape
        found = zip(*(each.reshape(-1).tolist() for each in (values, inside, states)), strict=True)
        for (row, column), (value, within, became) in zip(product(range(rows), range(columns)), found, strict=True):
            state = "tap" if became == "tie" else became
            fill, hatch, back, role = self._drawn_as(state, within, False)
            x, y = grid.x_of(column, slot), grid.y_of(row, slot)
            tag = f"window/{slot}/{row}/{column}"
            yield Rect(x, y, side, side, fill, "grid", 1, hatch, back, tag=tag)
            if look.size:
                number = look.format(value)
                text = self._text(x + side / 2, y + side / 2, number, look.size, role, fill, bold=look.bold, tag=tag)
                if hatch:
                    yield self._patch(text, x, side, fill)
                yield text
            if became in ("tie", "winner"):
                yield from self.bars(x, y, side, 1 if became == "winner" else 2, role, look.size)
        (x, y), thick = grid.corners[slot], max(2, self.sizes(3))
        right, bottom = grid.x_of(columns, slot), grid.y_of(rows, slot)
        yield Rect(x, y, right - x, bottom - y, "", "window", thick, tag="lens")

    def bars(self, x: int, y: int, side: int, count: int, ink: str, number: float) -> Iterator[Rect]:
        """Bars under a number of a size of type: one, the winner; two, a tie."""
        roomy = side >= self.sizes(28)
        edge = self._edge(side) + (self.sizes(2) if roomy else 0)
        high = max(2, self.sizes(3 if roomy else 2))
        if side < self.sizes(SMALLEST_BARRED) or side - edge - high < round((side + CAP * number) / 2):
            return  # in so small a cell the fill alone tells the winner
        room = side - 2 * edge
        wide = (room - (count - 1) * (room // 4)) // count
        for each in range(count):
            left = x + edge + each * (room - wide)
            yield Rect(left, y + side - edge - high, wide, high, ink, tag="winner" if count == 1 else "tie")

    def _products(self, slot: int, values: Array) -> Iterator[Mark]:
        """Write numbers into the cells that are there from the start."""
        grid, look = self.layout.grids["lens"], self.lens_looks["products"]
        if not look.size:
            return
        rows, columns = values.shape
        cells = product(range(rows), range(columns))
        for (row, column), value in zip(cells, values.reshape(-1).tolist(), strict=True):
            x, y = grid.x_of(column, slot) + grid.side / 2, grid.y_of(row, slot) + grid.side / 2
            tag = f"product/{slot}/{row}/{column}"
            yield self._text(x, y, look.format(value), look.size, "ink", "output", tag=tag)
