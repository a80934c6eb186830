"""How a grid shows its values: as numbers of a size of type, or as colours along a ramp."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from convviz.exact import Array
from convviz.numbers import Format, shorter
from convviz.text import measure
from convviz.views.panels import Sizes

LEAST_NUMBER = 10  # pixels: numbers in crowded cells may be as small as this before the cells turn into colours
NUMBER = 0.404  # size of a number against its cell
SMALLEST_NUMBERED = 18  # pixels: smaller cells show colours
ROOMY = 28  # pixels: smaller cells have no room for a halo or a margin
MOST_NUMBERS = 2500  # cells of a plane: beyond that it is drawn as colours without trying
MOST_DISTINCT = 4096  # values that are measured
DIGITS = str.maketrans("123456789", "0" * 9)
MANY = 1024  # values: of fewer each is worth its own colour
BULK = 0.95  # of the values: a ramp that diverges ends at
USUAL = 1.5  # times their reach, where others reach more than twice as far
SHADES = 13  # fills of shaded cells: odd, so that 0 is in the middle of a diverging ramp


class Look(NamedTuple):
    """How one grid shows its values.

    With a ``size`` as numbers; with a ``ramp`` and no size as colours; with both as numbers on shaded cells.
    """

    format: Format
    size: float = 0.0
    bold: bool = False
    ramp: str = ""
    low: float = 0.0
    high: float = 0.0
    note: bool = False
    beyond: bool = False

    @property
    def ends(self) -> tuple[str, str]:
        """What a colour bar says at its ends; of values ``beyond`` them, which have the last colours, too."""
        low, high = self.format.brief(self.low), self.format.brief(self.high)
        return (f"≤ {low}", f"≥ {high}") if self.beyond else (low, high)

    @property
    def coloured(self) -> bool:
        """Whether the grid shows colours and no numbers."""
        return bool(self.ramp) and not self.size

    def levels(self, values: Array, most: int = 255) -> Array:
        """Return values as 0 … ``most`` along the ramp."""
        if self.high <= self.low:
            return np.full(values.shape, (most + 1) // 2, dtype=np.uint8)
        part = (np.nan_to_num(values.astype(np.float64), nan=self.low) - self.low) / (self.high - self.low)
        return np.rint(np.clip(part, 0, 1) * most).astype(np.uint8)


def look(values: Array, format: Format, room: Room, *, signed: bool, extra: float | None = None) -> Look:
    """Choose how a grid shows its values: numbers as large as fit, shorter numbers, else colours.

    ``values`` has planes on its last two axes; ``extra`` is one more value that must fit; ``signed`` ones with both
    signs diverge around 0.
    """
    if values.shape[-1] * values.shape[-2] <= MOST_NUMBERS and room.numbered:
        distinct = values.ravel() if values.size <= MOST_NUMBERS else sampled(values)
        for each in shorter(format, distinct):
            strings = {each(value) for value in distinct}
            if extra is not None:
                strings.add(each(extra))
            bold = room.size_of(strings, room.cell - 2 * (room.edge + 1), bold=True)
            regular = room.size_of(strings, room.cell - 2 * room.tight, bold=False)
            if size := regular if regular > bold * 1.05 else bold:
                rounded = each is not format and not all(map(each.is_exact, distinct.tolist()))
                return Look(each, size, size == bold, note=rounded or not format.exact)
    return coloured(values, format, signed=signed)


def coloured(values: Array, format: Format, *, signed: bool, kind: tuple[str, str] = ("grey", "diverging")) -> Look:
    """Show values along a ramp: the second of the two where signs mix, around 0.

    Where a few of very many values would leave the others hardly a colour, as the edges of a padded photo do under a
    kernel that looks for edges, such a ramp ends before them.
    """
    finite = values[np.isfinite(values)].astype(np.float64)
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    if signed and low < 0 < high:
        reach = max(-low, high)
        usual = USUAL * float(np.quantile(np.abs(finite), BULK)) if finite.size >= MANY else reach
        beyond = 0 < 2 * usual < reach
        if beyond:
            reach = float(f"{usual:.1e}")
        return Look(format, ramp=kind[1], low=-reach, high=reach, note=True, beyond=beyond)
    return Look(format, ramp=kind[0], low=low, high=high, note=True)


class Room(NamedTuple):
    """A cell, and what its outline takes of it on each side."""

    cell: float
    edge: int
    sizes: Sizes

    @property
    def numbered(self) -> bool:
        """Whether a number may stand in it at all."""
        return self.cell >= self.sizes(SMALLEST_NUMBERED)

    @property
    def tight(self) -> int:
        """What the outline takes of a number in regular type, which may touch it in small cells."""
        return self.edge if self.cell >= self.sizes(ROOMY) else self.edge - 1

    def size_of(self, strings: set[str], room: float, *, bold: bool) -> float:
        """Return the size of type at which all of a grid's numbers fit, or 0."""
        least = self.sizes.type(LEAST_NUMBER)
        size = max(least, self.sizes.type(NUMBER * self.cell / self.sizes.unit))
        strings = {each.translate(DIGITS) for each in strings}  # digits are all as wide
        longest = max(map(len, strings))
        widest = [each for each in strings if len(each) >= longest - 2]
        while size >= least:
            if max(measure(each, size, bold) for each in widest) <= room:
                return size
            size -= 0.5
        return 0.0


def sampled(values: Array, most: int = MOST_DISTINCT) -> Array:
    """Return the values whose writing must be measured, each once: of very many the ends and some between."""
    distinct = np.unique(values)
    if distinct.size > most:
        distinct = distinct[np.linspace(0, distinct.size - 1, most).astype(int)]
    return np.asarray(distinct)
