"""GIFs as others read them: Pillow, gifsicle and ffmpeg, frame by frame and pixel by pixel."""

import io
import itertools
import math
import struct
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageSequence
from programs import program
from shapes import shapes

import convviz
from convviz import Scene, animate, save
from convviz.write import gif, lzw
from convviz.write.raster import Raster

Pixels = np.ndarray


def ramp(*shape: int) -> Pixels:
    return np.arange(math.prod(shape)).reshape(shape)


def noise(seed: int, low: int, high: int, *shape: int) -> Pixels:
    return np.random.default_rng(seed).integers(low, high, shape)


MEAN = np.ones((3, 3)) / 9
SOBEL = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
FIGURES: dict[str, Callable[[], Scene]] = {
    "default": lambda: animate(convviz.conv2d(ramp(6, 6), MEAN)),
    "dark": lambda: animate(convviz.conv2d(ramp(7, 7), MEAN, stride=2, dilation=2), theme="dark"),
    "padding": lambda: animate(convviz.conv2d(noise(0, 0, 9, 5, 6), SOBEL, padding=1), width=700),
    "max": lambda: animate(convviz.max_pool2d(noise(1, 0, 4, 6, 7), 3, stride=2, ceil_mode=True), theme="dark"),
    "global": lambda: animate(convviz.global_avg_pool2d(ramp(4, 7))),
    "strip": lambda: animate(convviz.conv1d(ramp(12), [1, 0, -1], padding=1), width=480),
    "slices": lambda: animate(convviz.conv3d(ramp(3, 4, 4), np.ones((2, 2, 2)) / 8), width=800, theme="dark"),
    "channels": lambda: animate(convviz.conv2d(noise(2, -3, 4, 2, 5, 5), noise(3, -2, 3, 2, 2, 3, 3)), width=900),
    "colours": lambda: animate(convviz.conv2d(noise(4, 0, 256, 40, 36), SOBEL, padding=1), width=640),
    "no values": lambda: animate(convviz.conv2d(ramp(6, 6), MEAN, dilation=2), values=False, width=333),
    "passed over": lambda: animate(convviz.conv2d(ramp(9, 9), MEAN, padding=1), width=600),
    "all steps": lambda: animate(convviz.conv2d(ramp(9, 9), MEAN, padding=1), all_steps=True, width=560),
    "all steps, dark": lambda: animate(convviz.conv2d(ramp(10, 10), SOBEL), theme="dark", all_steps=True, width=560),
    "all steps, colours": lambda: animate(convviz.max_pool2d(noise(5, 0, 99, 40, 40), 5), all_steps=True, width=480),
    "shapes": shapes,
}
EACH = pytest.mark.parametrize("name", FIGURES)


@cache
def scene_of(name: str) -> Scene:
    return FIGURES[name]()


@cache
def bytes_of(name: str) -> bytes:
    return written(scene_of(name))


def written(scene: Scene) -> bytes:
    file = io.BytesIO()
    gif.write(scene, file, -1, lambda _: None)
    return file.getvalue()


@cache
def painted(name: str) -> Pixels:
    """Return all frames as colours, each painted on a blank canvas."""
    scene = scene_of(name)
    raster = Raster(scene)
    colours = np.frombuffer(raster.palette, dtype=np.uint8).reshape(-1, 3)
    frames = np.empty((len(scene.frames), scene.height, scene.width, 3), dtype=np.uint8)
    for index in range(len(scene.frames)):
        canvas = raster.blank()
        raster.paint(scene.at(index), canvas)
        frames[index] = colours[canvas]
    return frames


def by_pillow(data: bytes) -> Pixels:
    with Image.open(io.BytesIO(data)) as picture:
        return np.stack([np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(picture)])


def run(*command: str, data: bytes | None = None) -> bytes:
    done = subprocess.run(command, input=data, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert not done.stderr, done.stderr.decode()
    return done.stdout


@EACH
def test_pillow_sees_what_the_painter_painted(name: str) -> None:
    assert np.array_equal(by_pillow(bytes_of(name)), painted(name))


@EACH
def test_gifsicle_sees_what_the_painter_painted(name: str) -> None:
    whole = run(program("gifsicle"), "--unoptimize", "--no-warnings", data=bytes_of(name))
    for frame in Gif.read(whole).frames:
        assert (frame.width, frame.height) == (scene_of(name).width, scene_of(name).height), "not unoptimised"
    assert np.array_equal(by_pillow(whole), painted(name))


@EACH
def test_gifsicle_finds_nothing_to_warn_of(name: str) -> None:
    run(program("gifsicle"), "--info", "--careful", "-o", "/dev/null", data=bytes_of(name))


@EACH
def test_ffmpeg_sees_what_the_painter_painted(name: str, tmp_path: Path) -> None:
    path = tmp_path / "figure.gif"
    path.write_bytes(bytes_of(name))
    raw = run(
        *(program("ffmpeg"), "-nostdin", "-loglevel", "error", "-ignore_loop", "1", "-i", str(path)),
        *("-vsync", "passthrough", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"),
    )
    frames = np.frombuffer(raw, dtype=np.uint8).reshape(-1, *painted(name).shape[1:])
    assert len(frames) == len(painted(name))
    assert np.array_equal(frames, painted(name))


def test_frames_are_not_all_alike() -> None:
    """What the tests above compare is not a blank page."""
    for name in FIGURES:
        frames = painted(name)
        assert len(np.unique(frames[0] @ [65536, 256, 1])) > 8
        assert all((a != b).any() for a, b in itertools.pairwise(frames))


# The file itself.


@dataclass(frozen=True)
class Frame:
    left: int
    top: int
    width: int
    height: int
    local_table: bool
    interlaced: bool
    delay: int
    disposal: int
    transparent: int | None


@dataclass(frozen=True)
class Gif:
    """What the blocks of a GIF say, read by the specification."""

    width: int
    height: int
    colours: int
    background: int
    frames: tuple[Frame, ...]
    loops: int | None
    comments: tuple[bytes, ...]

    @classmethod
    def read(cls, data: bytes) -> "Gif":
        assert data[:6] == b"GIF89a"
        width, height, flags, background, _ = struct.unpack_from("<HHBBB", data, 6)
        assert flags & 0x80, "no global colour table"
        colours = 2 << (flags & 7)
        at = 13 + 3 * colours
        frames, comments, loops, control = [], [], None, None
        while data[at] != 0x3B:
            if data[at] == 0x21:
                kind, at = data[at + 1], at + 2
                parts, at = cls.blocks(data, at)
                if kind == 0xF9:
                    packed, delay, transparent = struct.unpack("<BHB", parts[0])
                    control = delay, packed >> 2 & 7, transparent if packed & 1 else None
                elif kind == 0xFE:
                    comments.append(b"".join(parts))
                elif kind == 0xFF and parts[0] == b"NETSCAPE2.0":
                    assert parts[1][0] == 1
                    loops = struct.unpack("<H", parts[1][1:])[0]
                    assert not frames, "the loop is for the beginning of the file"
            else:
                assert data[at] == 0x2C
                left, top, wide, high, packed = struct.unpack_from("<HHHHB", data, at + 1)
                at += 10 + (3 * (2 << (packed & 7)) if packed & 0x80 else 0)
                assert 2 <= data[at] <= 8
                _, at = cls.blocks(data, at + 1)
                assert control is not None, "a frame without a control block"
                frames.append(Frame(left, top, wide, high, bool(packed & 0x80), bool(packed & 0x40), *control))
                control = None
        assert at == len(data) - 1, "something follows the trailer"
        return cls(width, height, colours, background, tuple(frames), loops, tuple(comments))

    @staticmethod
    def blocks(data: bytes, at: int) -> tuple[list[bytes], int]:
        parts = []
        while data[at]:
            parts.append(data[at + 1 : at + 1 + data[at]])
            at += 1 + data[at]
        return parts, at + 1


@EACH
def test_the_file_is_well_made(name: str) -> None:
    scene, read = scene_of(name), Gif.read(bytes_of(name))
    assert (read.width, read.height) == (scene.width, scene.height)
    assert len(read.frames) == len(scene.frames)
    assert read.loops == 0, "0 is for ever"
    first = read.frames[0]
    assert (first.left, first.top, first.width, first.height) == (0, 0, scene.width, scene.height)
    for frame in read.frames:
        assert not frame.local_table
        assert not frame.interlaced
        assert frame.disposal == 1
        assert frame.width >= 1
        assert frame.height >= 1
        assert frame.left + frame.width <= scene.width
        assert frame.top + frame.height <= scene.height
    smaller = [frame for frame in read.frames[1:] if frame.width * frame.height < scene.width * scene.height]
    assert len(smaller) == len(read.frames) - 1, "frames hold only what has changed"


def test_the_first_frame_leaves_no_pixel_open() -> None:
    for name in FIGURES:
        with Image.open(io.BytesIO(bytes_of(name))) as picture:
            indices = np.asarray(picture)
            transparent = picture.info.get("transparency")
        assert picture.mode == "P"
        assert transparent is None or not (indices == transparent).any()


@EACH
def test_frames_last_as_long_as_the_scene_says(name: str) -> None:
    scene = scene_of(name)
    delays = [frame.delay for frame in Gif.read(bytes_of(name)).frames]
    steps = len(scene.frames)
    usual = min(max((20 - 1.5) / steps, 0.4), 0.7)
    assert all(abs(delay - usual * 100) < 1 for delay in delays[:-1]), "hundredths of a second"
    assert abs(delays[-1] - (usual + 1.5) * 100) < 1, "the last frame stays 1.5 s longer"
    assert abs(sum(delays) - 100 * (usual * steps + 1.5)) <= 0.5 + 1e-9, "what is rounded away is made up for"
    if steps <= 46:
        assert sum(delays) <= 2000


def test_pace_is_as_asked() -> None:
    trace = convviz.conv2d(ramp(4, 5), MEAN)
    for seconds, hold in ((0.1, 0), (0.333, 2.5), (2, 0.5)):
        delays = [f.delay for f in Gif.read(written(animate(trace, step_seconds=seconds, hold=hold, width=400))).frames]
        ends = np.cumsum([seconds * 100] * (len(trace) - 1) + [(seconds + hold) * 100])
        assert (np.abs(np.cumsum(delays) - ends) <= 0.5 + 1e-9).all()
    shortest = [f.delay for f in Gif.read(written(animate(trace, step_seconds=0, width=400))).frames]
    assert min(shortest) >= 2, "browsers slow down what is faster than 2 hundredths"


def test_the_settings_are_inside() -> None:
    import json

    comments = Gif.read(bytes_of("dark")).comments
    record: dict[str, Any] = json.loads(b"".join(comments))
    assert record["schema"] == 1
    assert record["operation"] == "conv2d"
    assert record["settings"]["stride"] == [2, 2]
    assert record["output"] == convviz.conv2d(ramp(7, 7), MEAN, stride=2, dilation=2).output.tolist()


@EACH
def test_the_same_scene_gives_the_same_bytes(name: str) -> None:
    assert written(scene_of(name)) == bytes_of(name)
    assert written(FIGURES[name]()) == bytes_of(name)


def test_saving_is_writing(tmp_path: Path) -> None:
    path = save(scene_of("default"), tmp_path / "out.gif")
    assert path.read_bytes() == bytes_of("default")
    assert save(convviz.conv2d(ramp(6, 6), MEAN), tmp_path / "two.gif").read_bytes() == bytes_of("default")


def test_every_frame_is_told_of() -> None:
    told: list[int] = []
    gif.write(scene_of("default"), io.BytesIO(), -1, told.append)
    assert told == list(range(1, 17))


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_short_gaps_of_a_row_are_filled(seed: int) -> None:
    r = np.random.default_rng(seed)
    changed = r.random((int(r.integers(1, 9)), int(r.integers(1, 150)))) < r.choice([0.01, 0.05, 0.3])
    closed = changed.copy()
    for row in closed:
        marked = np.flatnonzero(row)
        for left, right in itertools.pairwise(marked.tolist()):
            row[left:right] |= right - left <= gif.GAP + 1
    assert np.array_equal(gif._closed(changed), closed)


# Size.


@cache
def large() -> bytes:
    return written(animate(convviz.conv2d(ramp(16, 16), MEAN, padding=1), all_steps=True))


def optimised(data: bytes) -> int:
    return len(run(program("gifsicle"), "-O3", "--no-warnings", data=data))


def test_a_frame_of_the_default_figure_is_small() -> None:
    data = bytes_of("default")
    assert len(data) <= 16 * 6000


def test_the_default_figure_is_nearly_as_small_as_gifsicle_makes_it() -> None:
    data = bytes_of("default")
    assert len(data) <= 1.05 * optimised(data), len(data) / optimised(data)


def test_256_frames_are_nearly_as_small_as_gifsicle_makes_them() -> None:
    data = large()
    assert len(Gif.read(data).frames) == 256
    assert len(data) <= 1.05 * optimised(data), len(data) / optimised(data)


# The compression.


def one_frame(pixels: Pixels, bits: int, data: bytes) -> bytes:
    """Wrap a stream as a GIF of one frame whose colours tell each index."""
    height, width = pixels.shape
    table = bytes(value for n in range(1 << bits) for value in (n, 255 - n, n * 7 % 256))
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80 | 0x70 | (bits - 1), 0, 0) + table
    return head + struct.pack("<BHHHHB", 0x2C, 0, 0, width, height, 0) + bytes([bits]) + data + b"\x3b"


def coloured(pixels: Pixels) -> Pixels:
    n = pixels.astype(int)
    return np.stack([n, 255 - n, n * 7 % 256], axis=-1).astype(np.uint8)[None]


def codes(data: bytes, bits: int) -> int:
    """Walk through the codes of a stream, strictly; return how many there are between two clears, at most."""
    parts, end = Gif.blocks(data, 0)
    assert end == len(data)
    stream = int.from_bytes(b"".join(parts), "little")
    clear, size, width, seen, most = 1 << bits, 0, bits + 1, 0, 0
    while True:
        code = stream >> size & ((1 << width) - 1)
        size += width
        if code == clear:
            seen, width = 0, bits + 1
        elif code == clear + 1:
            break
        else:
            assert code <= min(4095, clear + 1 + seen), "a code that is not in the table yet"
            seen += 1
            most = max(most, seen)
            width = min(12, max(bits + 1, (clear + 1 + seen).bit_length()))
    total = sum(map(len, parts))
    assert -(-size // 8) - 1 <= total <= -(-size // 8), "bytes after the end code"  # Pillow may write it a bit narrower
    return most


def decodes(pixels: Pixels, bits: int, data: bytes, *, gifsicle: bool = False) -> None:
    picture = one_frame(pixels, bits, data)
    assert np.array_equal(by_pillow(picture), coloured(pixels))
    codes(data, bits)
    if gifsicle:
        again = run(program("gifsicle"), "--careful", data=picture)
        assert np.array_equal(by_pillow(again), coloured(pixels))


def random_pixels(r: np.random.Generator, height: int, width: int, bits: int) -> Pixels:
    """Return flat, striped or noisy pixels."""
    kind = r.integers(4)
    if kind == 0:
        return np.full((height, width), r.integers(1 << bits), dtype=np.uint8)
    if kind == 1:
        return r.integers(0, 1 << bits, (height, width), dtype=np.uint8)
    runs = np.repeat(r.integers(0, 1 << bits, height * width), r.integers(1, 30, height * width))[: height * width]
    return runs.reshape(height, width).astype(np.uint8)


@given(seed=st.integers(0, 2**32 - 1), bits=st.integers(2, 8))
@settings(max_examples=250, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_streams_decode(seed: int, bits: int) -> None:
    r = np.random.default_rng(seed)
    height, width = (int(n) for n in r.integers(1, 90, 2))
    pixels = random_pixels(r, height, width, bits)
    decodes(pixels, bits, lzw.encode(pixels, bits))


def random_rows(r: np.random.Generator, bits: int, most: int, colours: int) -> Pixels:
    """Return bands of pixels with rows of zeros round them."""
    width = int(r.integers(1, most))
    parts = []
    for _ in range(int(r.integers(1, 9))):
        free = int(r.choice([0, 0, 1, int(r.integers(1, 200)), int(r.integers(1, 600))]))
        parts += [np.zeros((free, width), dtype=np.uint8)]
        parts += [np.minimum(random_pixels(r, int(r.integers(1, most)), width, bits), colours - 1)]
    parts += [np.zeros((int(r.choice([0, 0, 1, int(r.integers(1, 300))])), width), dtype=np.uint8)]
    return np.concatenate(parts)


def encoded(pixels: Pixels, bits: int, colours: int = 0) -> bytes:
    return lzw.encode_rows(pixels, np.flatnonzero(pixels.any(axis=1)), bits, colours or 1 << bits)


@given(seed=st.integers(0, 2**32 - 1), bits=st.integers(2, 8), worth=st.sampled_from([1100, 3000, lzw.WORTH]))
@settings(max_examples=400, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_rows_decode(seed: int, bits: int, worth: int) -> None:
    r = np.random.default_rng(seed)
    colours = int(r.integers(2, (1 << bits) + 1))
    pixels = random_rows(r, bits, 100, colours)
    with patch.object(lzw, "WORTH", worth):
        decodes(pixels, bits, encoded(pixels, bits, colours))


@given(seed=st.integers(0, 2**32 - 1), bits=st.integers(2, 8))
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_rows_of_a_figure_decode(seed: int, bits: int) -> None:
    """Wide and mostly empty, as what changes from step to step is."""
    r = np.random.default_rng(seed)
    pixels = np.zeros((int(r.integers(40, 500)), int(r.integers(300, 1200))), dtype=np.uint8)
    for _ in range(int(r.integers(0, 12))):
        part = random_pixels(r, int(r.integers(1, 30)), int(r.integers(1, 200)), bits)[: len(pixels)]
        y, x = int(r.integers(0, len(pixels) - len(part) + 1)), int(r.integers(0, pixels.shape[1] - part.shape[1] + 1))
        pixels[y : y + len(part), x : x + part.shape[1]] = part
    with patch.object(lzw, "WORTH", int(r.choice([1100, 5000, lzw.WORTH]))):
        decodes(pixels, bits, encoded(pixels, bits, min(1 << bits, 240)))


@pytest.mark.parametrize("bits", range(2, 9))
def test_gifsicle_decodes_streams_and_rows(bits: int) -> None:
    for seed in range(8):
        r = np.random.default_rng([bits, seed])
        pixels = random_rows(r, bits, 150, 1 << bits)
        with patch.object(lzw, "WORTH", (1100, lzw.WORTH)[seed % 2]):
            decodes(pixels, bits, encoded(pixels, bits), gifsicle=True)
        decodes(pixels, bits, lzw.encode(pixels, bits), gifsicle=True)


@pytest.mark.parametrize("bits", range(2, 9))
def test_streams_of_more_codes_than_the_table_holds(bits: int) -> None:
    r = np.random.default_rng(bits)
    # noise takes about a code a pixel at first, so that these go round the table, and the bands end at any place in it
    for more in (0, 1, 50, 121):
        rows = (90 if bits > 3 else 240) + more
        band = r.integers(0, 1 << bits, (rows, 97), dtype=np.uint8)
        data = lzw.encode(band, bits)
        assert codes(data, bits) > 3500, "the table is never full"
        decodes(band, bits, data, gifsicle=more == 0)
        whole = np.zeros((rows * 2 + 333, 97), dtype=np.uint8)
        whole[7 : 7 + rows] = band
        whole[300 + rows : 300 + 2 * rows] = band[::-1]
        decodes(whole, bits, encoded(whole, bits, min(1 << bits, 250)), gifsicle=True)


def test_streams_that_just_fill_the_table() -> None:
    r = np.random.default_rng(0)
    noise = r.integers(1, 200, 5000, dtype=np.uint8)
    found = set()
    for length in range(3700, 3900):  # a code a pixel, nearly
        whole = np.zeros((3, 20_000), dtype=np.uint8)
        whole[0, :length], whole[2, :9] = noise[:length], 7
        data = encoded(whole, 8, 250)
        found.add(codes(data, 8))
        decodes(whole, 8, data)
    assert max(found) - min(found) > 100


@pytest.mark.parametrize("bits", [2, 5, 8])
def test_a_sea_of_zeros_round_one_pixel(bits: int) -> None:
    """Long runs have long codes: thousands of rows, more than one table can hold."""
    for height, width in ((3000, 1000), (9000, 1120), (1, 65535)):
        whole = np.zeros((height, width), dtype=np.uint8)
        whole[height // 2, width // 2] = (1 << bits) - 1
        decodes(whole, bits, encoded(whole, bits, min(1 << bits, 250)), gifsicle=height == 3000)


def test_a_frame_in_which_nothing_changes() -> None:
    for height, width in ((1, 1), (300, 400)):
        decodes(np.zeros((height, width), dtype=np.uint8), 4, encoded(np.zeros((height, width), dtype=np.uint8), 4))


def test_another_encoder_is_not_taken_apart() -> None:
    pixels = np.zeros((500, 100), dtype=np.uint8)
    pixels[250] = 3
    with patch.object(lzw, "_read", side_effect=ValueError):
        assert encoded(pixels, 4) == lzw.encode(pixels, 4)
    with pytest.raises(ValueError, match="other codes"):
        lzw._read(lzw.encode(pixels, 4))


def test_free_rows_cost_little_more_than_the_whole() -> None:
    r = np.random.default_rng(0)
    whole = np.zeros((600, 900), dtype=np.uint8)
    whole[100:160] = random_pixels(r, 60, 900, 6)
    whole[400:430] = random_pixels(r, 30, 900, 6)
    assert len(encoded(whole, 6)) <= 1.02 * len(lzw.encode(whole, 6)) + 200
