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
LINE = 3  # times as wide as high: a line of text, in which short gaps are worth filling whatever the time
APART = 28  # pixels: marks that are farther apart are compared by themselves


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
    colours = len(raster.colours) if fast else 0
    owed = 0.0
    for number, (patches, seconds) in enumerate(_patches(scene, raster, fast=fast)):
        owed += seconds * 100
        delay = max(2, round(owed))
        owed -= delay
        file.write(_frame(patches, delay, bits, colours))
        tick(number + 1)
    file.write(b"\x3b")


class Patch(NamedTuple):
    """A piece of a frame: where it lies, its pixels, 0 where nothing has changed, and the rows where something has."""

    x: int
    y: int
    pixels: Pixels
    rows: NDArray[np.intp]


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
            yield [Patch(0, 0, canvas, np.arange(scene.height))], frame.seconds
            shown = canvas.copy()
        else:
            boxes = _apart({*before, *touched, *now})
            yield [patch for box in boxes if (patch := _changed(canvas, shown, box, fast=fast))], frame.seconds
            for left, top, right, bottom in boxes:
                shown[top:bottom, left:right] = canvas[top:bottom, left:right]
        before = now


def _apart(boxes: Iterable[Box]) -> list[Box]:
    """Join boxes into fewer ones with free rows or columns between them."""
    parts = [part for row in _joined(boxes, 1) for part in _joined(row, 0)]
    sides = (zip(*again, strict=True) for part in parts for again in _joined(part, 1))
    return [(min(left), min(top), max(right), max(bottom)) for left, top, right, bottom in sides]


def _joined(boxes: Iterable[Box], side: int) -> list[list[Box]]:
    """Put boxes together that lie near one another in one direction: 0 across, 1 down."""
    groups: list[list[Box]] = []
    reach = -APART - 1
    for box in sorted(boxes, key=itemgetter(side)):
        if box[side] > reach + APART:
            groups.append([])
        groups[-1].append(box)
        reach = max(reach, box[side + 2])
    return groups


def _changed(canvas: Pixels, shown: Pixels, box: Box, *, fast: bool) -> Patch | None:
    """Return what has changed in a box, or None."""
    x, y, right, bottom = box
    new = canvas[y:bottom, x:right]
    changed = new != shown[y:bottom, x:right]
    rows = np.flatnonzero(changed.any(axis=1))
    if not len(rows):
        return None
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    columns = np.flatnonzero(changed[top:bottom].any(axis=0))
    left, right = int(columns[0]), int(columns[-1]) + 1
    where = changed[top:bottom, left:right]
    if not fast or right - left > LINE * (bottom - top):
        where = _closed(where)
    return Patch(x + left, y + top, new[top:bottom, left:right] * where, rows - top)


def _frame(patches: list[Patch], delay: int, bits: int, colours: int) -> bytes:
    """Return one frame: the box round all its patches. Of how many colours is told where time counts more than size."""
    left = min((patch.x for patch in patches), default=0)
    top = min((patch.y for patch in patches), default=0)
    right = max((patch.x + patch.pixels.shape[1] for patch in patches), default=1)
    bottom = max((patch.y + patch.pixels.shape[0] for patch in patches), default=1)
    pixels = np.zeros((bottom - top, right - left), dtype=np.uint8)
    used = np.zeros(bottom - top, dtype=bool)
    for x, y, part, rows in patches:
        pixels[y - top : y - top + part.shape[0], x - left : x - left + part.shape[1]] = part
        used[y - top + rows] = True
    data = lzw.encode_rows(pixels, np.flatnonzero(used), bits, colours) if colours else lzw.encode(pixels, bits)
    control = struct.pack("<BBBBHBB", 0x21, 0xF9, 4, KEEP << 2 | 1, min(delay, 65535), 0, 0)
    place = struct.pack("<BHHHHB", 0x2C, left, top, right - left, bottom - top, 0)
    return control + place + bytes([bits]) + data


def _closed(changed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Fill the short gaps between changed pixels of a row: one run compresses better than many holes."""
    height, width = changed.shape
    padded = np.zeros((height, width + GAP), dtype=bool)
    padded[:, :width] = changed
    packed = np.packbits(padded)
    bits = int.from_bytes(packed.tobytes(), "big")  # all rows as one number: shifting it is quick
    for step in SHIFTS:
        bits |= bits >> step
    for step in SHIFTS:
        bits &= bits << step
    closed = np.unpackbits(np.frombuffer(bits.to_bytes(len(packed), "big"), dtype=np.uint8), count=padded.size)
    return closed.view(bool).reshape(padded.shape)[:, :width]


def _blocks(data: bytes) -> bytes:
    return b"".join(bytes([len(part)]) + part for part in (data[n : n + 255] for n in range(0, len(data), 255)))
