"""A GIF, frame by frame as it comes: one colour table, and of each frame only what has changed."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from operator import itemgetter
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convviz.scene import Scene
from convviz.write import lzw
from convviz.write.embed import embedded
from convviz.write.raster import Box, Pixels, Raster

LARGEST = 65535  # pixels a side, by the format
KEEP = 1  # disposal: leave the frame in place
SHIFTS = (1, 2, 4, 8, 16)  # doubling: together they reach GAP pixels
GAP = sum(SHIFTS)
MANY = 64  # frames: from here on speed counts for more than the last bytes
FREE = 0.35  # of the height: so many rows without a change are worth skipping
LINE = 48  # rows: a band of text is not higher, and there short gaps are worth filling
APART = 16  # rows: marks that are farther apart are compared by themselves


def write(scene: Scene, file: BinaryIO, step: int, tick: Callable[[int], None]) -> None:
    """Write an endless loop of all frames; ``tick`` is told of each."""
    raster = Raster(scene)
    bits = raster.bits
    file.write(
        b"GIF89a" + struct.pack("<HHBBB", scene.width, scene.height, 0xF0 | (bits - 1), raster.roles["ground"], 0)
    )
    file.write(raster.palette)
    file.write(b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00")
    file.write(b"\x21\xfe" + _blocks(embedded(scene)) + b"\x00")
    fast = len(scene.frames) > MANY
    free = round(FREE * scene.height) if fast else scene.height
    owed = 0.0
    for number, (patches, seconds) in enumerate(_patches(scene, raster, fast=fast)):
        owed += seconds * 100
        delay = max(2, round(owed))
        owed -= delay
        file.write(_frame(patches, delay, bits, free))
        tick(number + 1)
    file.write(b"\x3b")


class Patch(NamedTuple):
    """A piece of a frame: where it lies, and its pixels, 0 where nothing has changed."""

    x: int
    y: int
    pixels: Pixels


def _patches(scene: Scene, raster: Raster, *, fast: bool) -> Iterator[tuple[list[Patch], float]]:
    """Paint frame after frame and yield what has changed. Only what marks touch is ever copied or compared."""
    settled = raster.blank()
    raster.paint(scene.base, settled)
    shown = canvas = settled.copy()
    before: list[Box] = []
    for number, frame in enumerate(scene.frames):
        touched = raster.paint(frame.settled, settled)
        for left, top, right, bottom in (*before, *touched):
            canvas[top:bottom, left:right] = settled[top:bottom, left:right]
        now = raster.paint(frame.moving, canvas)
        if not number:
            yield [Patch(0, 0, canvas)], frame.seconds
            shown = canvas.copy()
        else:
            bands = _bands([*before, *touched, *now])
            yield [patch for part in bands if (patch := _changed(canvas, shown, part, fast=fast))], frame.seconds
            for part in bands:
                shown[part] = canvas[part]
        before = now


def _bands(boxes: Iterable[Box]) -> list[tuple[slice, slice]]:
    """Join boxes into bands of rows with free rows between them."""
    bands = []
    group: list[Box] = []
    reach = 0
    for box in sorted(boxes, key=itemgetter(1)):
        if group and box[1] > reach + APART:
            bands.append(_around(group, reach))
            group, reach = [], 0
        group.append(box)
        reach = max(reach, box[3])
    return [*bands, _around(group, reach)] if group else bands


def _around(boxes: list[Box], bottom: int) -> tuple[slice, slice]:
    lefts, tops, rights, _ = zip(*boxes, strict=True)
    return slice(tops[0], bottom), slice(min(lefts), max(rights))


def _changed(canvas: Pixels, shown: Pixels, part: tuple[slice, slice], *, fast: bool) -> Patch | None:
    """Return what has changed in one band, or None."""
    new = canvas[part]
    changed = new != shown[part]
    rows = np.flatnonzero(changed.any(axis=1))
    if not len(rows):
        return None
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    columns = np.flatnonzero(changed[top:bottom].any(axis=0))
    left, right = int(columns[0]), int(columns[-1]) + 1
    changed = changed[top:bottom, left:right]
    if not fast or bottom - top <= LINE:
        changed = _closed(changed)
    pixels = new[top:bottom, left:right] * changed
    return Patch(part[1].start + left, part[0].start + top, pixels)


def _frame(patches: list[Patch], delay: int, bits: int, free: int) -> bytes:
    """Return one frame: the box round all its patches. ``free`` rows and more are skipped, for a few more bytes."""
    left = min((patch.x for patch in patches), default=0)
    top = min((patch.y for patch in patches), default=0)
    right = max((patch.x + patch.pixels.shape[1] for patch in patches), default=1)
    bottom = max((patch.y + patch.pixels.shape[0] for patch in patches), default=1)
    width, height = right - left, bottom - top
    control = struct.pack("<BBBBHBB", 0x21, 0xF9, 4, KEEP << 2 | 1, min(delay, 65535), 0, 0)
    place = struct.pack("<BHHHHB", 0x2C, left, top, width, height, 0)
    strips = _strips(patches, left, top, width, free)
    if len(strips) == 1 and len(strips[0][1]) == height:
        data = lzw.encode(strips[0][1], bits)
    else:
        data = lzw.encode_bands(strips, width, height, bits)
    return control + place + bytes([bits]) + data


def _strips(patches: list[Patch], left: int, top: int, width: int, free: int) -> list[tuple[int, Pixels]]:
    """Widen patches to the box of a frame, and join those with fewer than ``free`` rows between them."""
    groups: list[list[Patch]] = []
    for patch in patches:
        if groups and patch.y - groups[-1][-1].y - len(groups[-1][-1].pixels) < free:
            groups[-1].append(patch)
        else:
            groups.append([patch])
    strips = []
    for group in groups:
        first, last = group[0].y, group[-1].y + len(group[-1].pixels)
        pixels = np.zeros((last - first, width), dtype=np.uint8)
        for x, y, part in group:
            pixels[y - first : y - first + part.shape[0], x - left : x - left + part.shape[1]] = part
        strips.append((first - top, pixels))
    return strips or [(0, np.zeros((1, width), dtype=np.uint8))]


def _closed(changed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Fill the short gaps between changed pixels of a row: one run compresses better than many holes."""
    height, width = changed.shape
    grown = np.zeros((height, width + GAP), dtype=bool)
    grown[:, :width] = changed
    for step in SHIFTS:
        grown[:, step:] |= grown[:, :-step].copy()
    for step in SHIFTS:
        grown[:, :-step] &= grown[:, step:].copy()
    return grown[:, :width]


def _blocks(data: bytes) -> bytes:
    return b"".join(bytes([len(part)]) + part for part in (data[n : n + 255] for n in range(0, len(data), 255)))
