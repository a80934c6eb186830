"""Paints marks as palette indices: colours are chosen before the first pixel, and nothing is ever converted."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from math import ceil, floor
from typing import TypeAlias, assert_never

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Picture
from PIL import ImageDraw

from convviz.errors import SettingError
from convviz.scene import Image, Line, Mark, Points, Polygon, Rect, Scene, Text, ramp_colours
from convviz.text import font, measure, places
from convviz.write.coverage import Coverage, area, stroke

Pixels: TypeAlias = NDArray[np.uint8]
Box: TypeAlias = tuple[int, int, int, int]  # left, top, right, bottom
Glyphs: TypeAlias = tuple[Pixels, int, int]  # levels, and where they lie from the start of the baseline
Look: TypeAlias = tuple[float, bool, bool, str, str]  # size, bold, mono, role, on
Inking: TypeAlias = tuple[Pixels, NDArray[np.bool_], int, int]  # colours, where they are, and from where as in Glyphs
LEVELS = 4  # steps from a ground to full ink: more cannot be seen at these sizes, and cost bytes
LARGE = 11  # pixels: type from this size on takes only every other level, and nobody sees a difference
SHADES = 48  # colours of a ramp
DIGITS = frozenset("0123456789")
PIECES = re.compile(r"[0-9]|[^0-9]+")
MOST_CACHED = 4096  # texts that are kept once they are drawn: numbers, which come again,
SHORT = 8  # letters at most
FINE = 4  # subpixels a side, for what is not made of rows and columns
HATCHES = (("padding hatch", "padding"), ("unread hatch", "unread"), ("tap hatch", "tap"), ("tap", "gap"))
CHIP = ("current", "ground")


class Raster:
    """The palette of one scene, and the painter that goes with it.

    Index 0 is kept for "transparent": what has not changed since the frame before.
    """

    def __init__(self, scene: Scene) -> None:
        self.width, self.height = scene.width, scene.height
        self.colours: list[tuple[int, int, int]] = [(0, 0, 0)]
        self._index: dict[tuple[int, int, int], int] = {}
        self.roles = {role: self._add(_rgb(colour)) for role, colour in scene.palette.items()}
        self._blends: dict[tuple[str, str], Pixels] = {}
        self._letters: dict[tuple[float, bool, str, str], dict[str, Pixels]] = {}
        self._inked: dict[tuple[str, Look], Inking] = {}
        known = [pair for pair in (*HATCHES, CHIP) if scene.palette.keys() >= {*pair}]  # a plot has no padding
        for ink, on in (*scene.inks, *known):
            self._blends[ink, on] = self._mix(_rgb(scene.palette[on]), _rgb(scene.palette[ink]), LEVELS + 1)
        self._ramps = {name: self._shades(stops) for name, stops in scene.ramps.items()}
        if len(self.colours) > 256:
            raise SettingError(
                f"the figure needs {len(self.colours)} colours, and a palette holds 256: use fewer ramps"
            )
        self._hatch = scene.hatch
        self._hatches: dict[tuple[str, str, tuple[bool, int, int, int, int]], tuple[Pixels, NDArray[np.bool_]]] = {}
        self._table = np.array(self.colours[1:], dtype=np.int32)
        self._over: dict[str, Pixels] = {}

    def _add(self, colour: tuple[int, int, int]) -> int:
        if colour not in self._index:
            self._index[colour] = len(self.colours)
            self.colours.append(colour)
        return self._index[colour]

    def _mix(self, low: tuple[int, ...], high: tuple[int, ...], count: int) -> Pixels:
        """Return the indices of ``count`` colours from one to the other."""
        part = np.linspace(0, 1, count)[:, None]
        colours = np.rint((1 - part) * np.array(low) + part * np.array(high)).astype(int)
        return np.array([self._add((r, g, b)) for r, g, b in colours.tolist()], dtype=np.uint8)

    def _shades(self, stops: tuple[str, ...]) -> Pixels:
        """Return, for each of 256 levels, the index of its colour on a ramp."""
        indices = [self._add((r, g, b)) for r, g, b in ramp_colours(stops, SHADES + 1).tolist()]
        return np.asarray(np.array(indices, dtype=np.uint8)[np.rint(np.arange(256) / 255 * SHADES).astype(int)])

    @property
    def bits(self) -> int:
        """Bits a pixel, 2 to 8."""
        return max(2, (len(self.colours) - 1).bit_length())

    @property
    def palette(self) -> bytes:
        """The colours as bytes, red green blue, filled up to a power of two."""
        flat = bytes(value for colour in self.colours for value in colour)
        return flat + bytes(3 * (1 << self.bits) - len(flat))

    def blank(self) -> Pixels:
        """Return an empty canvas."""
        return np.full((self.height, self.width), self.roles["ground"], dtype=np.uint8)

    def paint(self, marks: Iterable[Mark], canvas: Pixels) -> list[Box]:
        """Draw marks on a canvas, one over the other; return the boxes they touched."""
        boxes = []
        for mark in marks:
            match mark:
                case Rect():
                    box = self._rect(mark, canvas)
                case Text():
                    box = self._text(mark, canvas)
                case Image():
                    box = self._image(mark, canvas)
                case Line():
                    box = self._line_through(mark, canvas)
                case Polygon():
                    box = self._polygon(mark, canvas)
                case _:
                    assert_never(mark)
            boxes.append(self._clipped(box))
        return boxes

    def _clipped(self, box: Box) -> Box:
        left, top, right, bottom = box
        if left >= 0 <= top and right <= self.width and bottom <= self.height:
            return box
        return max(0, left), max(0, top), min(right, self.width), min(bottom, self.height)

    def _rect(self, mark: Rect, canvas: Pixels) -> Box:
        x0, y0, x1, y1 = mark.x, mark.y, mark.x + mark.width, mark.y + mark.height
        if mark.fill and mark.stroke and mark.thickness == 1 and not mark.hatch and not mark.radius and x0 >= 0 <= y0:
            canvas[y0 : y1 + 1, x0 : x1 + 1] = self.roles[mark.stroke]  # a plain cell: its line, then what is in it
            canvas[y0 + 1 : y1, x0 + 1 : x1] = self.roles[mark.fill]
            return x0, y0, x1 + 1, y1 + 1
        if mark.fill:
            if mark.radius:
                self._smooth(canvas, x0, y0, _rounded(mark.width, mark.height, mark.radius), mark.fill)
            else:
                canvas[max(0, y0) : max(0, y1), max(0, x0) : max(0, x1)] = self.roles[mark.fill]
        if mark.hatch:
            _copy(canvas, x0, y0, *self._hatched(mark))
        if not mark.stroke:
            return x0, y0, x1, y1
        role, low = self.roles[mark.stroke], mark.thickness // 2
        high = mark.thickness - low
        top, left = max(0, y0 - low), max(0, x0 - low)
        bottom, right = y1 + high, x1 + high
        canvas[top : y0 + high, left:right] = role
        canvas[max(0, y1 - low) : bottom, left:right] = role
        canvas[top:bottom, left : x0 + high] = role
        canvas[top:bottom, max(0, x1 - low) : right] = role
        return left, top, right, bottom

    def _hatched(self, mark: Rect) -> tuple[Pixels, NDArray[np.bool_]]:
        """Return the lines over a rectangle, as they run over the whole canvas, and where they are; they are kept."""
        period = self._hatch
        shape = mark.back, mark.x % period, mark.y % period, mark.width, mark.height
        key = mark.hatch, mark.fill, shape
        if key not in self._hatches:
            levels = _hatch(period, *shape)
            self._hatches[key] = self._blends[mark.hatch, mark.fill][levels], levels > 0
        return self._hatches[key]

    def _text(self, mark: Text, canvas: Pixels) -> Box:
        if mark.mono and (line := self._line(mark)) is not None:
            x, y = round(mark.left), round(mark.y) - round(mark.size)
            height, width = line.shape
            canvas[y : y + height, x : x + width] = line[:, : self.width - x]
            return x, y, x + width, y + height
        inked, where, dx, dy = self._ink(mark.string, (mark.size, mark.bold, mark.mono, mark.role, mark.on))
        height, width = inked.shape
        left, top = round(mark.left) + dx, round(mark.y) + dy
        right, bottom = left + width, top + height
        if left >= 0 <= top and right <= self.width and bottom <= self.height:
            np.copyto(canvas[top:bottom, left:right], inked, where=where)
        else:
            _copy(canvas, left, top, inked, where)
        return left, top, right, bottom

    def _ink(self, string: str, look: Look) -> Inking:
        """Return a text as it is drawn; it is kept, but for long ones with digits, which differ from frame to frame."""
        key = string, look
        if key in self._inked:
            return self._inked[key]
        size, bold, mono, role, on = look
        plain = mono or DIGITS.isdisjoint(string)
        levels, dx, dy = (_glyphs if plain else _joined)(string, size, bold, mono)
        inking = self._blends[role, on][levels], levels > 0, dx, dy
        if plain or len(string) <= SHORT:
            if len(self._inked) >= MOST_CACHED:
                self._inked.clear()
            self._inked[key] = inking
        return inking

    def _line(self, mark: Text) -> Pixels | None:
        """Return a text whose letters are all as wide, put together from its letters; None where one is wider."""
        key = mark.size, mark.bold, mark.role, mark.on
        if key not in self._letters:
            self._letters[key] = {}
        letters = self._letters[key]
        for each in set(mark.string) - letters.keys():
            box = _letter(each, mark.size, mark.bold)
            if box is None:
                return None
            letters[each] = self._blends[mark.role, mark.on][box]
        return np.concatenate([letters[each] for each in mark.string], axis=1)

    def _image(self, mark: Image, canvas: Pixels) -> Box:
        rows, columns = mark.levels.shape
        x1, y1 = mark.x + mark.width, mark.y + mark.height
        across = np.arange(mark.width) * columns // mark.width
        down = np.arange(mark.height) * rows // mark.height
        canvas[mark.y : y1, mark.x : x1] = self._ramps[mark.ramp][mark.levels][down[:, None], across]
        return mark.x, mark.y, x1, y1

    def _line_through(self, mark: Line, canvas: Pixels) -> Box:
        (left, top, right, bottom), points = self._place(mark, mark.thickness)
        covered = stroke(points, mark.thickness, False, mark.dash, right - left, bottom - top)
        self._smooth(canvas, left, top, _levels(covered), mark.role)
        return left, top, right, bottom

    def _polygon(self, mark: Polygon, canvas: Pixels) -> Box:
        (left, top, right, bottom), points = self._place(mark, mark.thickness if mark.stroke else 0)
        if mark.fill:
            self._smooth(canvas, left, top, _levels(area(points, right - left, bottom - top)), mark.fill)
        if mark.stroke:
            covered = stroke(points, mark.thickness, True, (), right - left, bottom - top)
            self._smooth(canvas, left, top, _levels(covered), mark.stroke)
        return left, top, right, bottom

    def _place(self, mark: Points, thickness: float) -> tuple[Box, tuple[tuple[float, float], ...]]:
        """Return the box that a mark may touch, and its points within it."""
        x, y, reach = mark.x, mark.y, thickness / 2
        left, top = floor(x - reach), floor(y - reach)
        right, bottom = ceil(x + mark.width + reach), ceil(y + mark.height + reach)
        return (left, top, right, bottom), tuple((x - left, y - top) for x, y in mark.points)

    def _smooth(self, canvas: Pixels, x: int, y: int, levels: Pixels, role: str) -> None:
        """Paint a role over what is there, each pixel at its level, in the nearest colours that the palette has."""
        top, left = max(0, -y), max(0, -x)
        region = canvas[max(0, y) : max(0, y + levels.shape[0]), max(0, x) : max(0, x + levels.shape[1])]
        part = levels[top : top + region.shape[0], left : left + region.shape[1]]
        region[...] = self._over_all(role)[part, region]

    def _over_all(self, role: str) -> Pixels:
        """Return what becomes of every colour under a role, at each level: shape (levels, colours)."""
        if role not in self._over:
            ink = np.array(self.colours[self.roles[role]], dtype=np.int32)
            table = np.zeros((LEVELS + 1, len(self.colours)), dtype=np.uint8)
            table[0] = np.arange(len(self.colours))
            table[LEVELS] = self.roles[role]
            for level in range(1, LEVELS):
                mixed = np.rint(self._table + (ink - self._table) * (level / LEVELS)).astype(np.int32)
                apart = ((mixed[:, None, :] - self._table[None, :, :]) ** 2).sum(axis=2)
                table[level, 1:] = apart.argmin(axis=1) + 1
            self._over[role] = table
        return self._over[role]


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _copy(canvas: Pixels, x: int, y: int, pixels: Pixels, where: NDArray[np.bool_]) -> None:
    """Put what lies on the canvas there."""
    top, left = max(0, -y), max(0, -x)
    region = canvas[max(0, y) : max(0, y + pixels.shape[0]), max(0, x) : max(0, x + pixels.shape[1])]
    part = np.s_[top : top + region.shape[0], left : left + region.shape[1]]
    np.copyto(region, pixels[part], where=where[part])


def _steps(coarse: int) -> Pixels:
    """Return the level of each coverage 0 … 255; faint edges are dropped and strong ones filled, for crisp type."""
    part = np.clip((np.arange(256) - 50) / 155, 0, 1)
    return np.asarray((np.rint(part * (LEVELS // coarse)) * coarse).astype(np.uint8))


FINE_STEPS, COARSE_STEPS = _steps(1), _steps(2)


def _levels(covered: Coverage) -> Pixels:
    """Return the level of each pixel of which so much is covered."""
    return np.asarray(np.rint(covered * LEVELS).astype(np.uint8))


def _joined(string: str, size: float, bold: bool, mono: bool) -> Glyphs:
    """Put a text together from its digits and what lies between them; the same to the pixel, and faster."""
    at, starts = 0, places(string, size, bold, mono)
    parts: list[tuple[int, int, Pixels]] = []
    for piece in PIECES.findall(string):
        levels, dx, dy = _glyphs(piece, size, bold, mono)
        parts.append((round(starts[at]) + dx, dy, levels))
        at += len(piece)
    left, top = min(x for x, _, _ in parts), min(y for _, y, _ in parts)
    right = max(x + levels.shape[1] for x, _, levels in parts)
    bottom = max(y + len(levels) for _, y, levels in parts)
    whole = np.zeros((bottom - top, right - left), dtype=np.uint8)
    for x, y, levels in parts:
        region = whole[y - top : y - top + len(levels), x - left : x - left + levels.shape[1]]
        np.maximum(region, levels, out=region)
    return whole, left, top


@lru_cache(maxsize=1024)
def _glyphs(string: str, size: float, bold: bool, mono: bool) -> Glyphs:
    """Return the levels of a text."""
    mask, offset = font(size, bold, mono).getmask2(string, mode="L", anchor="ls")
    width, height = mask.size
    coverage = np.frombuffer(bytes(mask), dtype=np.uint8).reshape(height, width)
    return (COARSE_STEPS if size >= LARGE else FINE_STEPS)[coverage], round(offset[0]), round(offset[1])


@lru_cache(maxsize=1024)
def _letter(string: str, size: float, bold: bool) -> Pixels | None:
    """Return the levels of one letter in its box; None for a letter that leaves it."""
    levels, dx, dy = _glyphs(string, size, bold, True)
    height, width = levels.shape
    advance, ascent = measure(string, size, bold, True), round(size)
    box = np.zeros((ascent + ascent // 3, int(advance)), dtype=np.uint8)
    if not height or not width:
        return box
    if dx < 0 or dx + width > advance or ascent + dy < 0 or ascent + dy + height > len(box) or advance % 1:
        return None
    box[ascent + dy : ascent + dy + height, dx : dx + width] = levels
    return box


@lru_cache(maxsize=64)
def _rounded(width: int, height: int, radius: int) -> Pixels:
    """Return the levels of a rectangle with round corners."""
    large = Picture.new("L", (width * FINE, height * FINE))
    box = (0, 0, width * FINE - 1, height * FINE - 1)
    ImageDraw.Draw(large).rounded_rectangle(box, radius * FINE, fill=255)
    return np.asarray(FINE_STEPS[np.asarray(large.reduce(FINE))])


def _hatch(period: int, back: bool, x: int, y: int, width: int, height: int) -> Pixels:
    """Return the levels of diagonal lines, as they run over the whole canvas."""
    across = np.arange(width)[None, :] + x
    down = np.arange(height)[:, None] + y
    profile = np.zeros(period)
    profile[0], profile[1], profile[-1] = 1.0, 0.5, 0.5
    levels = np.rint(profile[(across - down if back else across + down) % period] * LEVELS)
    return np.asarray(levels.astype(np.uint8))
