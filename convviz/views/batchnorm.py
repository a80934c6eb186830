"""Batch normalisation of each channel: its mean, its variance, what is normalised, what is scaled and shifted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from convviz import terms, words
from convviz.errors import SettingError
from convviz.normalising import BatchNorm
from convviz.numbers import Format, choose, times
from convviz.scene import Mark, Scene, Text
from convviz.summary import about, described, foot, heading, layer_record
from convviz.text import measure
from convviz.views.board import Board, Moment
from convviz.views.marks import write
from convviz.views.panels import Item, Table
from convviz.views.plan import Style

GRIDS = ("input", "normalised", "output")
STAGES = 4  # of a channel: mean, variance, normalise, scale and shift
PACE = 1.6  # seconds of a stage
FACTS = 18  # size of the type of what is known of a channel
ROOM = 72  # letters of a sentence
MOST_CHANNELS, MOST_SAMPLES = 4, 4


class Fact(NamedTuple):
    """One line between two grids."""

    said: str
    stage: int


def draw_batch_norm(layer: BatchNorm, style: Style) -> Scene:
    """Draw every channel in four stages."""
    return _Picture(layer, style).scene_of()


class _Picture(Board):
    def __init__(self, layer: BatchNorm, style: Style) -> None:
        self.layer = layer
        self.samples, self.channels, self.rows, self.columns = layer.input.shape
        for name, count, most in (("samples", self.samples, MOST_SAMPLES), ("channels", self.channels, MOST_CHANNELS)):
            if count > most:
                raise SettingError(f"{count} {name} do not fit the figure: give at most {most}")
        super().__init__(style, heading(layer), about(layer), foot(layer), steps=STAGES * self.channels)
        what = f"batch normalisation of {times(layer.input.shape)} cells"
        self.arrange([self._table(down) for down in range(1, self.samples + 1)], what, smallest=18)
        form, normal, after, _ = layer.formats
        parts = zip(GRIDS, (layer.input, layer.normalised, layer.output), (form, normal, after), strict=True)
        for name, values, how in parts:
            order = np.moveaxis(values, 1, 0).reshape(-1, self.rows, self.columns)
            self.show(name, order, how, signed=name != "input")
        self.numbered(GRIDS, what)
        self.alike("normalised", "output")

    def _table(self, down: int) -> Table:
        across = -(-self.samples // down)
        items = []
        for channel in range(self.channels):
            labels = {
                "input": [f"x, {words.channel_name(channel)}" if self.channels > 1 else "x"],
                "normalised": [terms.NORMALISED],
                "output": [terms.SCALED],
            }
            if self.samples > 1:
                for name, sign in zip(GRIDS, ("x", "x̂", "y"), strict=True):
                    labels[name] = [words.place(sign, (sample, channel)) for sample in range(self.samples)]
            for number, name in enumerate(GRIDS):
                items.append(
                    Item(
                        name,
                        self.rows,
                        self.columns,
                        row=channel,
                        column=2 * number,
                        down=down,
                        across=across,
                        labels=tuple(labels[name]),
                        one_of_many=True,
                        below=name != "input" and channel == self.channels - 1,
                    )
                )
            for number in (1, 3):
                items.append(Item(f"facts/{channel}/{number}", row=channel, column=number, box=self._box(number)))
        return Table(tuple(items), (20.0, 20.0, 20.0, 20.0), (10.0,) * (self.channels - 1))

    def _box(self, side: int) -> tuple[int, int]:
        """Return the size of the words between two grids, in pixels."""
        size = self.sizes.type(FACTS)
        lines = [fact.said for channel in range(self.channels) for fact in self._facts(channel, side)]
        return round(max(measure(line, size) for line in lines)) + self.sizes(4), self.sizes(3 * 26)

    def _facts(self, channel: int, side: int) -> list[Fact]:
        """Return what is known of a channel, between input and normalised or between that and the output."""
        layer, moments = self.layer, self.layer.formats[3]
        if side == 3:
            gamma, beta = layer.weight[channel], layer.bias[channel]
            form = Format(4, compact=True, exact=False, epsilon=2e-16)
            return [Fact(f"γ = {form(gamma)}", 3), Fact(f"β = {form(beta)}", 3)]
        mean, variance = float(layer.mean[channel]), float(layer.variance[channel])
        root = float(np.sqrt(variance + layer.eps))
        how = choose(np.array([root]), rational=layer.eps == 0 and variance == int(variance) and root == int(root))
        return [
            Fact(f"μ {terms.approximately(not moments.is_exact(mean))} {moments.brief(mean)}", 0),
            Fact(f"σ² {terms.approximately(not moments.is_exact(variance))} {moments.brief(variance)}", 1),
            Fact(f"√(σ² + ε) {terms.approximately(not how.exact)} {how(root)}", 2),
        ]

    def scene_of(self) -> Scene:
        chosen, moments, before = self.chosen(STAGES), [], -1
        for step in chosen:
            moments.append(self._moment(step, before))
            before = step
        return self.scene(
            self._base(), moments, described(self.layer), layer_record(self.layer), numbers=chosen, seconds=PACE
        )

    def _base(self) -> Iterator[Mark]:
        yield from self.labels(GRIDS)
        yield from self.notes(GRIDS)
        yield from self.cells("input", "input")
        for name in GRIDS[1:]:
            yield from self.blank(name)

    def _moment(self, step: int, before: int) -> Moment:
        settled: list[Mark] = []
        for each in range(before + 1, step + 1):
            settled += self._done(*divmod(each, STAGES))
        channel, stage = divmod(step, STAGES)
        first = channel * self.samples
        moving: list[Mark] = []
        if stage < 2:  # all of a channel is read
            for slot in range(first, first + self.samples):
                for row, column in np.ndindex(self.rows, self.columns):
                    moving += self.cell("input", slot, row, column, "tap", "tap ink", bold=True)
                moving += self.outline("input", slot, 0, 0, self.rows, self.columns)
        else:  # the sentence is about the first cell
            source, name = GRIDS[stage - 2], GRIDS[stage - 1]
            moving += self.cell(source, first, 0, 0, "tap", "tap ink", bold=True)
            moving += self.outline(source, first, 0, 0)
            moving += self.cell(name, first, 0, 0, "current", "current ink", bold=True)
            moving += self.outline(name, first, 0, 0)
        return Moment(settled, moving, self._said(channel, stage))

    def _done(self, channel: int, stage: int) -> Iterator[Mark]:
        """What stays of a stage."""
        if stage >= 2:
            name = GRIDS[stage - 1]
            for slot in range(channel * self.samples, (channel + 1) * self.samples):
                for row, column in np.ndindex(self.rows, self.columns):
                    yield from self.cell(name, slot, row, column, "output")
                yield self.frame(name, slot)
        yield from self._lines(channel, stage)

    def _lines(self, channel: int, stage: int) -> Iterator[Text]:
        """Write what has become known."""
        size = self.sizes.type(FACTS)
        for side in (1, 3):
            x, y, width, height = self.layout.boxes[f"facts/{channel}/{side}"]
            facts = self._facts(channel, side)
            for number, fact in enumerate(facts):
                if fact.stage == stage:
                    middle = y + height / 2 + self.sizes(26) * (number - (len(facts) - 1) / 2)
                    yield write(x + width / 2, middle, fact.said, size, "ink", "ground", tag="fact")

    def _said(self, channel: int, stage: int) -> words.Sentence:
        layer = self.layer
        form, normal, after, moments = layer.formats
        values = layer.input[:, channel].ravel()
        mean, variance = float(layer.mean[channel]), float(layer.variance[channel])
        exact = all(map(form.is_exact, values.tolist()))
        if stage == 0:
            shown = [form.brief(each) for each in values]
            rounded = not (exact and moments.is_exact(mean))
            return terms.mean_sentence(channel, shown, layer.count, moments.brief(mean), rounded=rounded, room=ROOM)
        if stage == 1:
            shown = [form.brief(each) for each in values]
            rounded = not (exact and moments.is_exact(mean) and moments.is_exact(variance))
            return terms.variance_sentence(
                channel, shown, moments.brief(mean), layer.count, moments.brief(variance), rounded=rounded, room=ROOM
            )
        position = (0, channel, 0, 0)[1 if self.samples == 1 else 0 :]
        x, hat, y = (float(each[0, channel, 0, 0]) for each in (layer.input, layer.normalised, layer.output))
        if stage == 2:
            rational = hat == 0 or variance == 0
            return terms.normalised_sentence(
                position,
                form.brief(x),
                moments.brief(mean),
                moments.brief(variance),
                layer.eps,
                normal(hat),
                rounded=not (rational and exact),
            )
        gamma, beta = (Format(4, compact=True)(each) for each in (layer.weight[channel], layer.bias[channel]))
        return terms.shifted_sentence(position, gamma, normal(hat), beta, after(y), rounded=not (hat == 0 and exact))
