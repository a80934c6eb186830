"""Arrays from what a person types or has: a size, numbers, an image, a file."""

from __future__ import annotations

import contextlib
import io
import math
import os
import re
import stat
import sys
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from convviz.errors import FileError, SettingError
from convviz.exact import Array
from convviz.numbers import times
from convviz.window import Axis

MEMORY = 1 << 30  # bytes that a figure may need before it asks for --force
COLOURS = ("red", "green", "blue")
LARGEST_FILE = 256 << 20
LARGEST_IMAGE = 64_000_000  # pixels: above it an image is taken for a decompression bomb
TEXT_SUFFIXES = (".csv", ".tsv", ".txt")
FARTHEST = 8192  # cells a side of a default input
EXAMPLE = (
    (0, 7, 8, 3, 2, 5),
    (1, 7, 6, 1, 2, 0),
    (4, 5, 9, 8, 6, 1),
    (2, 2, 1, 0, 7, 5),
    (0, 0, 0, 2, 9, 5),
    (1, 3, 7, 5, 2, 3),
)  # under a 3×3 mean all outputs differ; 2×2 max pooling meets one tie


class Loaded(NamedTuple):
    """An array, and how it came about in a few words."""

    array: Array
    said: str
    image: bool = False
    made_up: bool = False
    has_channels: bool = False

    @property
    def rank(self) -> int:
        """How many axes there are beside that of channels which were asked for."""
        return self.array.ndim - self.has_channels

    def planes(self, rank: int) -> int:
        """Return how many channels it has, if windows slide along so many axes."""
        return self.array.shape[-rank - 1] if self.array.ndim > rank else 1


class Channels(NamedTuple):
    """How many channels an array that is made up has, and whether they are numbered in turn."""

    number: int
    interleaved: bool = False

    def of(self, make: Callable[[tuple[int, ...]], Array], size: tuple[int, ...]) -> Array:
        """Make channels of a size.

        >>> Channels(2, interleaved=True).of(ramp, (1, 3)).tolist()
        [[[0, 2, 4]], [[1, 3, 5]]]
        """
        if self.interleaved:
            return np.moveaxis(make((*size, self.number)), -1, 0)
        return make((self.number, *size))


def load(
    spec: str,
    *,
    seed: int | None = None,
    resize: str | None = None,
    channels: Channels | None = None,
    force: bool = False,
) -> Loaded:
    """Return the array that ``--input`` names: see the README for what it may be.

    >>> load("2x3").array.tolist(), load("1 2; 3 4.5").array.tolist()
    ([[0, 1, 2], [3, 4, 5]], [[1.0, 2.0], [3.0, 4.5]])
    """
    loaded = _load(spec, 0 if seed is None else seed, channels, force)
    if channels is not None and not loaded.made_up:
        raise SettingError(
            f"channels {channels.number} means nothing for {loaded.said}, which has its own: leave it out, "
            "or use an input that is made up, such as --input 6x6"
        )
    if seed is not None and not spec.startswith("random"):
        raise SettingError(f"seed {seed} means nothing for input {spec!r}: it belongs to --input random:6x6")
    if resize is not None:
        if not loaded.image:
            raise SettingError(f"resize {resize!r} means nothing for {loaded.said}: it is for images")
        rows, columns = sizes("resize", resize, 2)
        check_memory(rows * columns, force, f"an image of {rows}×{columns}")
        return Loaded(_resized(loaded.array, rows, columns), f"{loaded.said}, resized to {rows}×{columns}", True)
    return loaded


def _load(spec: str, seed: int, channels: Channels | None, force: bool) -> Loaded:
    if spec == "-":
        return _from_bytes(_standard_input(), "standard input", force)
    if spec == "example":
        return _made_up(example, (6, 6), channels, "the example pattern", force)
    if spec == "scene":
        return _from_bytes((files("convviz") / "pictures" / "scene.png").read_bytes(), "scene", force)
    if spec.startswith("random:"):
        size = sizes("input", spec.removeprefix("random:"))

        def random(size: tuple[int, ...]) -> Array:
            return np.random.default_rng(seed).integers(0, 10, size=size)

        return _made_up(random, size, channels, f"random integers, seed {seed}", force)
    if re.fullmatch(r"[-−+]?[\d.]+(x[-−+]?[\d.]+)+|\d+", spec):
        return _made_up(ramp, sizes("input", spec), channels, "0, 1, 2…", force)
    if is_inline(spec):
        return Loaded(numbers(spec, "input"), "the numbers given")
    return read(Path(spec), "input", force)


def _made_up(
    make: Callable[[tuple[int, ...]], Array], size: tuple[int, ...], channels: Channels | None, said: str, force: bool
) -> Loaded:
    check_memory(math.prod(size) * (channels.number if channels else 1), force, f"an input of {times(size)}")
    return Loaded(
        channels.of(make, size) if channels else make(size), said, made_up=True, has_channels=channels is not None
    )


def ramp(size: tuple[int, ...]) -> Array:
    """Return 0, 1, 2… in rows."""
    return np.arange(math.prod(size), dtype=np.int64).reshape(size)


def example(size: tuple[int, ...]) -> Array:
    """Return a hand-made pattern that shows what a kernel does; beyond 6×6 it goes on, shifted."""
    pattern = np.array(EXAMPLE, dtype=np.int64)
    if len(size) == 1:
        return np.array([value for n in range(-(-size[0] // 6)) for value in EXAMPLE[n % 6]])[: size[0]]
    places = np.indices(size)
    rows, columns = places[-2], places[-1]
    depth = places[:-2].sum(axis=0)
    values = pattern[(rows + depth) % 6, columns % 6] + 3 * (rows // 6) + 7 * (columns // 6)
    return np.asarray(values % 10)


def sizes(name: str, text: str, rank: int | None = None) -> tuple[int, ...]:
    """Read a size such as ``6x4`` (rows x columns).

    >>> sizes("input", "6x4")
    (6, 4)
    """
    parts = re.split("[x×]", text.strip().lower())
    text = text if len(text) <= 40 else text[:40] + "…"
    way = "rows x columns, such as 6x6" if rank == 2 or len(parts) > 1 else "whole numbers, such as 6x6"
    if not all(re.fullmatch("[0-9]{1,12}", part.strip()) for part in parts) or not 1 <= len(parts) <= 3:
        raise SettingError(f"{name} {text!r} is not a size: sizes are {way}, each at least 1")
    size = tuple(int(part) for part in parts)
    if min(size) < 1:
        raise SettingError(f"{name} {text!r} has a size of 0: sizes are {way}, each at least 1")
    if rank is not None and len(size) != rank:
        raise SettingError(f"{name} {text!r} has {len(size)} sizes: give {way}")
    return size


def check_memory(cells: int, force: bool, what: str) -> None:
    """Refuse arrays that would not fit the memory cap; ``force`` passes it."""
    need = cells * 8 * 4  # the array, its padded copy, the output, and room to work
    if need > MEMORY and not force:
        gib = f"about {need / 2**30:.1f}" if need < 2**50 else "a million"
        raise SettingError(f"{what} needs {gib} GiB, over the cap of {MEMORY >> 30} GiB: use a smaller one, or --force")


def default_size(rank: int, axes_at: Callable[[tuple[int, ...]], Sequence[Axis]]) -> tuple[int, ...]:
    """Return the smallest square of at least 6 cells a side that leaves a window two positions on each axis.

    ``axes_at(size)`` returns the window's axes on an input of that size, or raises `SettingError`.
    """
    side = 6 if rank < 3 else 4
    while side <= FARTHEST:
        size = (side,) * rank
        with contextlib.suppress(SettingError):  # the window does not fit yet
            if all(axis.out >= 2 for axis in axes_at(size)):
                return size
        side += 1
    axes_at((FARTHEST,) * rank)  # says what is wrong, if it is not just the size
    raise SettingError(f"no input of up to {FARTHEST} cells a side leaves the window two positions: give --input")


def is_inline(text: str) -> bool:
    """Tell whether a text is numbers typed in place, such as ``1 2 3; 4 5 6``, or was meant to be.

    >>> is_inline("1 2 3; 4 5 6"), is_inline("1 2 x; 3 4 nan"), is_inline("2 photos.png"), is_inline("sobel-x")
    (True, True, False, False)
    """
    if re.fullmatch(r"[-+−\d.eE/\s;,]*\d[-+−\d.eE/\s;,]*", text):
        return not is_file(text)
    parts = [part for part in re.split(r"[\s;,]+", text) if part]
    meant = sum(_value(part) is not None for part in parts)
    named = re.search(r"\.[A-Za-z]\w{1,4}$", text)  # as files are
    return len(parts) > 1 and 2 * meant > len(parts) and not named and not is_file(text)


def is_file(text: str) -> bool:
    """Tell whether a text names a file that is there."""
    try:
        return Path(text).is_file()
    except (OSError, ValueError):  # too long for a name, or with a NUL
        return False


def numbers(text: str, name: str) -> Array:
    """Read numbers typed in place: rows end with ``;``, a fraction such as 1/9 is taken; one row makes one axis.

    >>> numbers("1 2 3; 4 5 6", "kernel").shape, numbers("-1 0 1", "kernel").tolist()
    ((2, 3), [-1, 0, 1])
    """
    rows = [re.split(r"[\s,]+", row.strip().strip(",")) for row in re.split("[;\n]", text.strip().strip(";"))]
    return _rows([[cell for cell in row if cell] for row in rows], name, lambda r, c: f"row {r + 1}, value {c + 1}")


def _rows(rows: list[list[str]], name: str, where: Any) -> Array:
    values = [[_number(cell, name, where(r, c)) for c, cell in enumerate(row)] for r, row in enumerate(rows)]
    if not values or not any(values):
        raise SettingError(f"{name} is empty: give it at least one number")
    for r, row in enumerate(values):
        if len(row) != len(values[0]):
            raise SettingError(
                f"{name} is ragged: row 1 has {len(values[0])} values and row {r + 1} has {len(row)}; "
                "give every row the same number of values"
            )
    array = np.array(values if len(values) > 1 else values[0])
    if array.dtype == object:
        raise SettingError(f"{name} holds a number over 64-bit integers: write it as a float, with a point")
    return array


def _number(text: str, name: str, where: str) -> int | float:
    value = _value(text)
    if value is None:
        raise SettingError(f"{name}, {where}: {text.strip()[:40]!r} is not a number; use numbers only (nan is one)")
    return value


def _value(text: str) -> int | float | None:
    """Return the number that is written, or None."""
    from fractions import Fraction

    spelled = text.strip().replace("−", "-")
    if "_" not in spelled and len(spelled) < 400:
        for kind in (int, float, Fraction):
            try:
                value = kind(spelled)
            except (ValueError, ZeroDivisionError, OverflowError):
                continue
            return value if isinstance(value, int | float) else float(value)
    return None


def read(path: Path, name: str, force: bool = False) -> Loaded:
    """Read an image, ``.npy``, ``.csv``, ``.tsv`` or ``.txt`` file as an array.

    Raises `FileError` where the file can't be read and `SettingError` where it holds no numbers.
    """
    try:
        found = os.stat(path)
    except (OSError, ValueError) as problem:
        raise FileError(
            f"{name} {str(path)!r} is neither a file that is there nor numbers, a size such as 6x6, "
            "example or random:6x6: check the name"
        ) from problem
    if stat.S_ISDIR(found.st_mode):
        raise FileError(f"{name} {str(path)!r} is a folder: name a file in it")
    if not stat.S_ISREG(found.st_mode):
        raise FileError(f"{name} {str(path)!r} is not an ordinary file: copy what it holds to a file, or use -")
    if found.st_size > LARGEST_FILE and not force:
        raise FileError(
            f"{name} {str(path)!r} has {found.st_size >> 20} MiB, over the {LARGEST_FILE >> 20} MiB that are read: "
            "use a smaller file, or --force"
        )
    try:
        content = path.read_bytes()
    except OSError as problem:
        raise FileError(
            f"{name} {str(path)!r} can't be read ({problem.strerror or problem}): check that you may"
        ) from problem
    return _from_bytes(content, f"{name} {str(path)!r}", force, suffix=path.suffix.lower())


def _standard_input() -> bytes:
    content = sys.stdin.buffer.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise FileError(f"standard input has over {LARGEST_FILE >> 20} MiB: send less")
    return content


def _from_bytes(content: bytes, name: str, force: bool, suffix: str = "") -> Loaded:
    said = name.removeprefix("input ").strip("'")
    if not content:
        raise FileError(f"{name} is empty: give it at least one number")
    if content.startswith(b"\x93NUMPY") or suffix == ".npy":
        array = _npy(content, name, force)
        if array.size == 0:
            raise FileError(f"{name} is empty (shape {array.shape}): give it at least one number")
        return Loaded(array, said)
    if suffix in TEXT_SUFFIXES or (not suffix and _is_text(content)):
        return Loaded(_table(content, name), said)
    return Loaded(_image(content, name), said, image=True)


def _is_text(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return b"\0" not in content


def _npy(content: bytes, name: str, force: bool) -> Array:
    import tokenize  # for what reading a broken header may raise

    stream: BinaryIO = io.BytesIO(content)
    try:
        version = np.lib.format.read_magic(stream)
        reader = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = reader(stream)
        if dtype.hasobject:
            raise SettingError(f"{name} holds pickled Python objects, which are never loaded: save plain numbers")
        check_memory(math.prod(shape), force, f"{name} of shape {times(shape)}"[:200])
        if math.prod(shape) * dtype.itemsize > len(content):
            raise ValueError("the header promises more than there is")
        stream.seek(0)
        return np.asarray(np.lib.format.read_array(stream, allow_pickle=False))
    except SettingError:
        raise
    except (ValueError, OSError, SyntaxError, TypeError, tokenize.TokenError, MemoryError, RecursionError) as problem:
        raise FileError(f"{name} is not a whole .npy file: save it again with numpy.save") from problem


def _table(content: bytes, name: str) -> Array:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise FileError(f"{name} is not text: save it as UTF-8, with numbers only") from problem
    numbered = [
        (number, line)
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if not numbered:
        raise FileError(f"{name} is empty: give it at least one number")
    lines = [line for _, line in numbered]
    delimiter = next((mark for mark in (",", ";", "\t") if mark in lines[0]), None)
    rows = [line.split(delimiter) for line in lines]
    return _rows(
        [[_unquoted(cell.strip()) for cell in row] for row in rows],
        name,
        lambda r, c: f"line {numbered[r][0]}, column {c + 1}",
    )


def _unquoted(cell: str) -> str:
    return cell[1:-1] if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell


def _image(content: bytes, name: str) -> Array:
    """Return (rows, columns) or (rows, columns, 3) integers 0 … 255: EXIF-rotated, alpha over white."""
    import warnings

    import imageio.v3 as iio
    from PIL import Image

    limit = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = None  # the size is checked below, before anything is decoded
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with iio.imopen(content, "r", plugin="pillow") as file:
                found = file.properties(index=0)
                rows, columns = found.shape[:2]
                if rows * columns > LARGEST_IMAGE:
                    raise FileError(
                        f"{name} has {rows}×{columns} pixels, over the {LARGEST_IMAGE // 10**6} million that are "
                        "decoded: make it smaller first"
                    )
                read: Any = file.read  # the plugin takes more than the base class says
                eight = found.dtype in (np.dtype(np.uint8), np.dtype(bool))
                pixels = np.asarray(read(index=0, rotate=True, **({"mode": "RGBA"} if eight else {})))
    except FileError:
        raise
    except Exception as problem:  # decoders raise nearly anything on a broken file
        raise FileError(
            f"{name} can't be read as an image, and is not .npy, .csv, .tsv or .txt: "
            "it may be cut off or of another kind; save it again"
        ) from problem
    finally:
        Image.MAX_IMAGE_PIXELS = limit
    if not eight:
        scale = 257 if pixels.dtype == np.uint16 or float(pixels.max()) > 255 else 1
        return np.asarray(np.clip(np.rint(pixels / scale), 0, 255).astype(np.uint8))
    alpha = pixels[..., 3]
    rgb = pixels[..., :3]
    if not (alpha == 255).all():
        part = alpha[..., None].astype(np.uint32)
        rgb = ((rgb * part + 255 * (255 - part) + 127) // 255).astype(np.uint8)
    return np.ascontiguousarray(rgb)


def planes(pixels: Array) -> Array:
    """Return the red, green and blue of (rows, columns, 3) pixels as planes; those of a grey image are the same."""
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, axis=2)
    return np.moveaxis(pixels, 2, 0).astype(np.int64)


def grey(pixels: Array) -> Array:
    """Return the luma of (rows, columns, 3) pixels (ITU-R BT.601, as Pillow's mode L), integers 0 … 255."""
    from PIL import Image

    if pixels.ndim == 2:
        return pixels.astype(np.int64)
    return np.asarray(Image.fromarray(pixels).convert("L")).astype(np.int64)


def _resized(pixels: Array, rows: int, columns: int) -> Array:
    """Return pixels on another grid: each cell is the average of what lies under it."""
    from PIL import Image

    return np.asarray(Image.fromarray(pixels).resize((columns, rows), Image.Resampling.BOX))
