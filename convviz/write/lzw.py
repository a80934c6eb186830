"""GIF's LZW: Pillow's encoder, and the codes of long runs of zeros put between its own, so that it never reads them.

Pillow's `Image.tobytes("gif", "P", bits, 0)` returns ready sub-blocks without the closing zero; ``bits`` of 2 … 8 is
honoured. That triple of arguments is not documented, so the tests hold it to what other programs decode.

How zeros are put in: what is left out leaves a mark, a colour that the picture does not have. A mark is a code by
itself, since no phrase of the table holds it, so it can be taken out for as many codes as the zeros need; the entries
after it then move up by as many. A run of zeros grows by one a code: each is the entry that it begins itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import isqrt
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from convviz.write.raster import Pixels

Codes: TypeAlias = NDArray[np.int64]
Piece: TypeAlias = tuple[Pixels, int]  # pixels in reading order, and how many zeros come after them

FULL = 4096  # entries of a full table; Pillow clears it then
WIDE = 8  # bits a pixel of what Pillow reads: the colours that a picture does not have are free for marks
FIRST = (1 << WIDE) + 2  # the first entry of its table: code n makes entry n - 1
FEW = 2000  # pixels that fit into one table whatever they are
WORTH = 12_000  # zeros: to leave out fewer takes longer than to read them
TAIL = 1000  # zeros read before others are left out: they show which run of zeros is the longest in the table


def encode(pixels: Pixels, bits: int) -> bytes:
    """Compress indices below 2**bits, as sub-blocks with the closing zero."""
    height, width = pixels.shape
    picture = Image.frombuffer("P", (width, height), np.ascontiguousarray(pixels), "raw", "P", 0, 1)
    return bytes(picture.tobytes("gif", "P", bits, 0)) + b"\x00"


def encode_rows(pixels: Pixels, rows: NDArray[np.intp], bits: int, colours: int) -> bytes:
    """Compress indices below ``colours`` that are 0 but for some rows, given in order.

    A little larger than `encode`, and faster by the rows that it never reads.
    """
    height, width = pixels.shape
    flat = pixels.ravel()
    firsts, lasts = np.append(rows, height) * width, np.append(0, rows + 1) * width
    pieces: list[Piece] = []
    start = 0
    for gap in np.flatnonzero(firsts - lasts >= WORTH)[: (1 << WIDE) - colours].tolist():  # a colour for each mark
        end, first = int(lasts[gap]), int(firsts[gap])
        read = end + TAIL if gap else 0
        pieces.append((flat[start:read], first - read))
        start = first
    if not pieces:
        return encode(pixels, bits)
    if start < len(flat):
        pieces.append((flat[start:], 0))
    try:
        return _blocks(_packed(_tables(pieces, bits, colours), bits))
    except ValueError:
        return encode(pixels, bits)


def _tables(pieces: Sequence[Piece], bits: int, colours: int) -> list[Codes]:
    """Return the codes of all pieces, as many together as one table can hold."""
    codes = _joined(pieces, bits, colours)
    if codes is not None:
        return [codes]
    half = len(pieces) // 2
    pixels, zeros = pieces[0]
    if half:
        parts = [pieces[:half], pieces[half:]]
    elif len(pixels) > FEW:
        half = len(pixels) // 2
        parts = [[(pixels[:half], 0)], [(pixels[half:], zeros)]]
    else:
        parts = [[(pixels, zeros // 2)], [(pixels[:0], zeros - zeros // 2)]]
    return [table for part in parts for table in _tables(part, bits, colours)]


def _joined(pieces: Sequence[Piece], bits: int, colours: int) -> Codes | None:
    """Return the codes of all pieces from an empty table, or None where they fill it."""
    parts = []
    for mark, (pixels, zeros) in enumerate(pieces, colours):
        parts += [pixels, np.array([mark][:zeros], dtype=np.uint8)]
    gaps = [(len(pixels), zeros) for pixels, zeros in pieces if zeros]
    codes = _read(encode(np.concatenate(parts)[None], WIDE))
    if codes is None:
        return None
    first = (1 << bits) + 2
    known = codes.tolist()
    place = np.arange(len(codes))  # of each code among those that are written
    runs = np.zeros(2, dtype=np.int64)  # the code of a run of n zeros, by n
    lengths = {0: 1}  # of Pillow's own runs of zeros
    written, start, read = [], 0, 0
    for at, (before, zeros) in zip(np.flatnonzero((codes >= colours) & (codes < FIRST)).tolist(), gaps, strict=True):
        read += before
        if before and 2 * read > len(runs) ** 2:  # fewer zeros make no longer run than there is
            _measure(known, at, lengths)
        if len(lengths) >= len(runs):
            runs = _moved(np.array([0, *lengths]), place, first)
        fill, runs = _fill(zeros, runs, first + int(place[at]))
        place[at + 1 :] += len(fill) - 1
        written.append((start, at, fill))
        start = at + 1
    moved = _moved(codes, place, first)
    joined = np.concatenate([*(part for begin, at, fill in written for part in (moved[begin:at], fill)), moved[start:]])
    return joined if len(joined) < FULL - first else None


def _moved(codes: Codes, place: Codes, first: int) -> Codes:
    """Return codes with the entries of the table where they have moved to."""
    return np.where(codes < FIRST, codes, place[np.maximum(codes - FIRST + 1, 0)] + first - 1)


def _measure(codes: list[int], mark: int, lengths: dict[int, int]) -> None:
    """Add the runs of zeros that are longer than those known, up to the longest that the tail before a mark shows."""
    longest: list[int] = []
    tail = TAIL
    for last in codes[mark - 1], codes[mark - 2]:  # what was left of the tail, and the longest run before it
        run, code = [], last
        while code not in lengths and code >= FIRST:
            run.append(code)
            code = codes[code - FIRST]  # a phrase is another one, which is longer by one
        tail -= lengths.get(code, TAIL) + len(run)
        if tail >= 0 and len(run) > len(longest):
            longest = run
    lengths.update(zip(reversed(longest), range(len(lengths) + 1, TAIL), strict=False))


def _fill(zeros: int, runs: Codes, entry: int) -> tuple[Codes, Codes]:
    """Return the codes of so many zeros, and the longer runs then known; the second code makes this entry."""
    length = len(runs) - 1
    odd = 2 * length - 1
    count = (isqrt(odd * odd + 8 * zeros) - odd) // 2  # runs of length, length + 1, …, one entry each
    rest = zeros - count * length - count * (count - 1) // 2
    grown = np.concatenate([runs, entry + np.arange(count)])
    if rest:
        return np.append(grown[length : length + count], grown[rest]), grown
    return grown[length : length + count], grown[: length + count]


def _read(blocks: bytes) -> Codes | None:
    """Return the codes of Pillow between its first clear and the end code, or None if they fill a table."""
    data = b"".join(blocks[at + 1 : at + 256] for at in range(0, len(blocks), 256)).rstrip(b"\x00")
    widths, starts = _layout(WIDE)
    size = len(data) * 8 - 8 + data[-1].bit_length()  # the end code is 1 0…0 1: its first bit is the last that is set
    size -= 2 * (WIDE + 1)  # the clear and the end code
    count = int(starts.searchsorted(size))
    if count >= FULL - FIRST:
        return None
    if starts[count] != size:
        raise ValueError("this Pillow writes other codes")
    words: NDArray[np.uint32] = np.ndarray(len(data), "<u4", data + bytes(3), strides=(1,))  # four bytes from each on
    at = starts[:count] + WIDE + 1
    return np.asarray((words[at >> 3].astype(np.int64) >> (at & 7)) & ((1 << widths[:count]) - 1))


def _packed(tables: Sequence[Codes], bits: int) -> bytes:
    """Return the bytes of all codes, with a clear before each table and the end code after the last."""
    widths, starts = _layout(bits)
    clear, size = 1 << bits, bits + 1
    codes, places = [np.array([clear])], [np.array([0])]
    for number, table in enumerate(tables, 1):
        codes += [table, np.array([clear if number < len(tables) else clear + 1])]
        places.append(starts[: len(table) + 1] + size)
        size += int(starts[len(table)] + widths[len(table)])
    at = np.concatenate(places)
    shifted, byte, length = np.concatenate(codes) << (at & 7), at >> 3, -(-size // 8)
    where, what = [byte, byte + 1, byte + 2], [shifted & 255, shifted >> 8 & 255, shifted >> 16]
    summed = np.bincount(np.concatenate(where), np.concatenate(what), length)  # no two codes share a bit
    return summed[:length].astype(np.uint8).tobytes()


@cache
def _layout(bits: int) -> tuple[Codes, Codes]:
    """Return the widths of the codes that follow a clear, and the bits before each."""
    entries = (1 << bits) + 1 + np.maximum(np.arange(FULL - (1 << bits)), 1)
    widths = np.minimum(np.searchsorted(1 << np.arange(13), entries, "right"), 12)
    return widths, np.concatenate([[0], np.cumsum(widths)])


def _blocks(data: bytes) -> bytes:
    parts = [bytes([len(part)]) + part for part in (data[at : at + 255] for at in range(0, len(data), 255))]
    return b"".join(parts) + b"\x00"
