"""A rule for windows of one cell: each output is a function of the one input under it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from convviz import words
from convviz.activations import Activation
from convviz.exact import Array
from convviz.window import Axis

if TYPE_CHECKING:
    from convviz.trace import Step

SHORT = 4  # letters of a name that has room over an arrow


@dataclass(frozen=True, eq=False)
class Pointwise:
    """An activation, cell by cell."""

    activation: Activation
    fill = 0
    only_real = False
    needs_cells = False
    named = ""

    @property
    def operator(self) -> str:
        """The name of the function where it is short: its formula stands in the heading."""
        return self.activation.title if len(self.activation.title) <= SHORT else "f"

    def compute(self, x: Array, window: Sequence[Axis], mode: str, dtype: np.dtype[Any]) -> Array:
        """Return the value at every cell: in float64, then as the input is."""
        if self.activation.whole and x.dtype.kind == "i":
            return np.asarray(self.activation.value(x))
        return np.asarray(self.activation.value(x.astype(np.float64)).astype(dtype))

    def noise(self, x: Array, taps: int) -> float:
        """Whatever a value lacks is less than a unit in its last place, which every format allows for."""
        return 0.0

    def taps(self, step: Step) -> tuple[Array, int]:
        """Return one tap."""
        return np.ones(1, dtype=np.int64), 1

    def products(self, step: Step) -> Array:
        """Return the value: it is all that the one tap gives."""
        return np.asarray([step.value])

    def partials(self, step: Step) -> Array:
        """Return the value: there is nothing on the way to it."""
        return np.asarray([step.value])

    def explain(self, step: Step, room: int | None, width: int, *, by_channel: bool) -> words.Sentence:
        """Put the number into the formula."""
        formats, x = step.trace.formats, step.seen[0]
        known = bool(self.activation.exact(np.asarray(x, dtype=np.float64)))
        return words.put_in(
            words.place(words.OUTPUT, step.position),
            self.activation.spell(x, formats.input.brief),
            formats.output.brief(step.value) if known else formats.output(step.value),
            rounded=not (known and formats.input.is_exact(x) and formats.output.is_exact(step.value)),
        )
