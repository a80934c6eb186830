"""A dense layer unit by unit: the lines into it, its row of the matrix, its bias, the sum."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from convviz import words
from convviz.errors import SettingError
from convviz.record import record
from convviz.report import alt_text
from convviz.scene import Line, Mark, Scene, Text
from convviz.text import measure
from convviz.trace import Trace
from convviz.views.board import SENTENCE, Board, Moment
from convviz.views.marks import write
from convviz.views.panels import LABEL, Area, Item, Table
from convviz.views.plan import Style

MOST = 12  # inputs or units that are drawn
APART = 12  # pixels between units
BETWEEN = 150.0  # pixels: room for the lines
SMALLEST = 20  # pixels: numbers of smaller cells can't be read


def draw_dense(trace: Trace, style: Style) -> Scene:
    """Draw a dense layer; of a batch, its first sample."""
    return _Picture(trace, style).scene_of()


class _Picture(Board):
    def __init__(self, trace: Trace, style: Style) -> None:
        assert trace.kernel is not None
        self.trace, self.kernel = trace, trace.kernel
        self.units, self.inputs = self.kernel.numerators.shape
        if max(self.units, self.inputs) > MOST:
            raise SettingError(
                f"a dense layer of {words.counted(self.inputs, 'input')} and {words.counted(self.units, 'unit')} is "
                f"not drawn: use at most {MOST} of each"
            )
        for name in ("shade", "blank"):
            if getattr(style, name):
                raise SettingError(f"{name} means nothing for a dense layer: leave it out")
        if not style.values:
            raise SettingError("values=False means nothing for a dense layer: leave it out")
        foot = words.dense_foot(trace.bias is not None)
        super().__init__(style, words.TITLES[trace.kind], trace.about, (foot,), steps=self.units)
        x, y = trace.planes_in[0], trace.planes_out[0]
        matrix = words.over(self.kernel.divisor) + f"W {self.units}×{self.inputs}"
        column = Item("", 1, 1, gap=APART)
        items = [
            column._replace(name="from", down=self.inputs),
            column._replace(name="into", down=self.units, column=1),
            Item("W", self.units, self.inputs, column=2, labels=(matrix,), below=True),
            Item("x", self.inputs, 1, column=3, labels=("x",), below=True),
        ]
        if trace.bias is not None:
            items.append(Item("b", self.units, 1, column=4, labels=("b",), below=True))
        items.append(Item("y", self.units, 1, column=len(items), labels=("y",), below=True))
        joints = [BETWEEN, 84.0, 40.0, 44.0, 44.0]
        table = Table(tuple(items), tuple(joints[: len(items) - 1]))
        self.arrange([table], f"a dense layer of {self.inputs} inputs", smallest=SMALLEST)
        form = trace.formats
        self.show("from", x[:, None, None], form.input)
        self.show("x", x[None, :, None], form.input)
        self.show("W", self.kernel.numerators[None], form.weight, signed=True)
        if trace.bias is not None:
            self.show("b", trace.bias.reshape(1, -1, 1), form.bias, signed=True)
        self.show("into", y[:, None, None], form.output, signed=True)
        self.show("y", y[None, :, None], form.output, signed=True)
        self.numbered(("from", "into"), "a dense layer of such numbers")
        self.alike("from", "x")
        self.alike("into", "y")
        notes = self.noted({name: name for name in ("W", "x", "b", "y")})
        self.foot = (f"{foot} · {notes}" if notes else foot,)

    @property
    def area(self) -> Area:
        """Where grids may stand: under what is written over the units."""
        return super().area._replace(top=super().area.top + self.sizes(24))

    def scene_of(self) -> Scene:
        chosen, moments, before = self.chosen(1), [], -1
        for step in chosen:
            moments.append(self._moment(step, before))
            before = step
        scene = self.scene(self._base(), moments, alt_text(self.trace), record(self.trace), numbers=chosen, seconds=1.2)
        return with_lines(scene)

    def _base(self) -> Iterator[Mark]:
        for unit in range(self.units):
            yield from lines(self, "from", "into", range(self.inputs), unit, "grid", 1)
        yield from self.labels(["W", "x", "y", *(["b"] if self.trace.bias is not None else [])])
        yield from over_units(self, {"from": words.INPUT, "into": words.OUTPUT})
        yield from self.cells("from", "input")
        yield from self.blank("into")
        yield from self.cells("W", "kernel")
        yield from self.cells("x", "input")
        yield from self.sign("W", "x", "·", 30)
        if self.trace.bias is not None:
            yield from self.cells("b", "kernel")
            yield from self.sign("x", "b", "+", 26)
        yield from self.blank("y")
        yield from self.sign("b" if self.trace.bias is not None else "x", "y", "=", 26)

    def _moment(self, step: int, before: int) -> Moment:
        settled: list[Mark] = []
        for unit in range(before + 1, step + 1):
            settled += self.cell("into", unit, 0, 0, "output")
            settled.append(self.frame("into", unit))
            settled += self.cell("y", 0, unit, 0, "output")
        settled.append(self.frame("y"))
        moving: list[Mark] = [*lines(self, "from", "into", range(self.inputs), step, "window", 2)]
        for each in range(self.inputs):
            moving += self.cell("from", each, 0, 0, "tap", "tap ink", bold=True)
            moving.append(self.frame("from", each))
            moving += self.cell("W", 0, step, each, "tap", "tap ink", bold=True)
            moving += self.cell("x", 0, each, 0, "tap", "tap ink", bold=True)
        moving += self.outline("W", 0, step, 0, 1, self.inputs)
        moving += self.outline("x", 0, 0, 0, self.inputs, 1)
        if self.trace.bias is not None:
            moving += self.cell("b", 0, step, 0, "tap", "tap ink", bold=True)
            moving += self.outline("b", 0, step, 0)
        for name, slot, row in (("into", step, 0), ("y", 0, step)):
            moving += self.cell(name, slot, row, 0, "current", "current ink", bold=True)
            moving += self.outline(name, slot, row, 0)
        room = (self.width - 2 * self.sizes(40) - self.sizes(130)) / measure("0", self.sizes.type(SENTENCE), mono=True)
        return Moment(settled, moving, self.trace[step].explain(int(room)))


def over_units(board: Board, names: Mapping[str, str]) -> Iterator[Text]:
    """Write over the columns of units what they are."""
    top = min(board.layout.grids[name].y for name in names)
    for name, said in names.items():
        grid, size = board.layout.grids[name], board.sizes.type(LABEL)
        yield write(grid.x + grid.wide / 2, top - board.sizes(16), said, size, "muted", "ground", tag=f"label/{name}")


def lines(
    board: Board, left: str, right: str, units: Sequence[int], into: int, role: str, thick: int
) -> Iterator[Line]:
    """Draw lines from units of one column into a unit of another."""
    a, b = board.layout.grids[left], board.layout.grids[right]
    x, y = b.corners[into]
    for unit in units:
        start_x, start_y = a.corners[unit]
        points = ((start_x + a.wide + 1.0, start_y + a.tall / 2), (float(x - 1), y + b.tall / 2))
        yield Line(points, role, max(1, board.sizes(thick)), tag=f"line/{unit}/{into}")


def with_lines(scene: Scene) -> Scene:
    """Return a scene whose lines are smooth on the ground."""
    return replace(scene, inks=[*scene.inks, ("grid", "ground"), ("window", "ground")])
