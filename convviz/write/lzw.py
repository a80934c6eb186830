"""GIF's LZW: Pillow's encoder, and streams of it joined bit by bit across rows in which nothing changes.

Pillow's `Image.tobytes("gif", "P", bits, 0)` returns ready sub-blocks without the closing zero; ``bits`` of 2 … 8 is
honoured. That triple of arguments is not documented, so the tests hold it to what other programs decode.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from math import isqrt

import numpy as np
from PIL import Image

from convviz.write.raster import Pixels

FULL = 4096  # codes in a full table; Pillow clears it then


def encode(pixels: Pixels, bits: int) -> bytes:
    """Compress indices below 2**bits, as sub-blocks with the closing zero."""
    height, width = pixels.shape
    picture = Image.frombuffer("P", (width, height), np.ascontiguousarray(pixels), "raw", "P", 0, 1)
    return bytes(picture.tobytes("gif", "P", bits, 0)) + b"\x00"


def encode_bands(bands: Sequence[tuple[int, Pixels]], width: int, height: int, bits: int) -> bytes:
    """Compress a picture that is 0 but for some bands of rows, (first row, pixels), each as wide as the picture.

    The bands are encoded one by one; the zeros between them have a code that is known. A little larger than `encode`
    of the whole, and faster by the rows it never looks at.
    """
    clear = 1 << bits
    stream, length = clear, bits + 1
    code = bits + 1  # the width of the next code
    row = 0

    def put(data: int, size: int, next_code: int) -> None:
        """Append codes that start from an empty table."""
        nonlocal stream, length, code
        if length > bits + 1:
            stream |= clear << length
            length += code
        stream |= data << length
        length += size
        code = next_code

    for first, pixels in bands:
        if first > row:
            put(*_zeros((first - row) * width, bits))
        data, size = _bare(encode(pixels, bits), bits)
        ending = _endings(bits).get(size % _segment(bits))
        if ending is None:
            return encode(_whole(bands, width, height), bits)  # this Pillow clears its table at another time
        put(data, size, ending)
        row = first + len(pixels)
    if height > row:
        put(*_zeros((height - row) * width, bits))
    stream |= (clear | 1) << length
    length += code
    return _blocks(stream.to_bytes(-(-length // 8), "little"))


def _whole(bands: Sequence[tuple[int, Pixels]], width: int, height: int) -> Pixels:
    pixels = np.zeros((height, width), dtype=np.uint8)
    for first, band in bands:
        pixels[first : first + len(band)] = band
    return pixels


def _blocks(data: bytes) -> bytes:
    parts = [bytes([len(part)]) + part for part in (data[at : at + 255] for at in range(0, len(data), 255))]
    return b"".join(parts) + b"\x00"


def _bare(blocks: bytes, bits: int) -> tuple[int, int]:
    """Return the codes between the first clear and the end code, and how many bits they are."""
    parts, at = [], 0
    while blocks[at]:
        parts.append(blocks[at + 1 : at + 1 + blocks[at]])
        at += 1 + blocks[at]
    stream = int.from_bytes(b"".join(parts), "little")
    size = stream.bit_length() - (bits + 1)  # the end code is 1 0…0 1, and its first bit is the last that is set
    return (stream & ((1 << size) - 1)) >> (bits + 1), size - (bits + 1)


def _width(codes: int, bits: int) -> int:
    """Return the width of the next code after so many from an empty table."""
    return min(12, max(bits + 1, ((1 << bits) + 1 + max(codes, 1)).bit_length()))


@cache
def _endings(bits: int) -> dict[int, int]:
    """Return the width of the next code by how many bits have been written since the table was emptied."""
    endings, size = {}, 0
    for codes in range(FULL - (1 << bits) - 1):
        endings[size] = _width(codes, bits)
        size += _width(codes, bits)
    return endings


@cache
def _segment(bits: int) -> int:
    """Return the bits of one whole table of codes, with the clear that follows."""
    return sum(_width(codes, bits) for codes in range(FULL - (1 << bits)))


@cache
def _runs(bits: int) -> list[tuple[int, int]]:
    """Return the codes of runs of 1 + 2 + … + n zeros, and their bits, by n; it grows as it is needed."""
    return [(0, 0)]


@lru_cache(maxsize=64)
def _zeros(count: int, bits: int) -> tuple[int, int, int]:
    """Return the codes of so many zeros from an empty table, their bits, and the width of the next code."""
    runs = _runs(bits)
    whole = (isqrt(8 * count + 1) - 1) // 2
    while len(runs) <= whole:
        codes, size = runs[-1]
        number = len(runs)
        runs.append((codes | _run(number, bits) << size, size + _width(number - 1, bits)))
    codes, size = runs[whole]
    rest = count - whole * (whole + 1) // 2
    if rest:
        codes |= _run(rest, bits) << size
        size += _width(whole, bits)
    return codes, size, _width(whole + bool(rest), bits)


def _run(length: int, bits: int) -> int:
    """Return the code of a run of zeros."""
    return 0 if length == 1 else (1 << bits) + length
