"""The command line: what can be typed, what comes of it, and on which stream."""

from __future__ import annotations

import functools
import io
import itertools
import json
import math
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from commands import ROOT, environment, good, run
from PIL import Image

import convviz
from convviz.errors import LettersWarning

RAMP = np.arange(36).reshape(6, 6)
MEAN = np.full((3, 3), 1 / 9)
SUFFIXES = ("gif", "png", "svg", "pdf", "json", "csv", "npy", "txt")
COMMANDS = ("", "conv", "pool", "transpose", "unpool", "explain", "explain conv", "explain pool", "kernels")
COMMANDS += ("explain transpose", "explain unpool", "network", "pipeline", "gallery", "lesson")


def numbers(*args: str, stdin: bytes = b"") -> dict[str, Any]:
    """Return what a command prints as JSON, arrays as arrays."""
    record = json.loads(good(*args, "--json", stdin=stdin).out)
    return {
        key: np.array(value) if key in ("input", "weight", "bias", "output", "indices") and value is not None else value
        for key, value in record.items()
    }


def process(*args: str, stdin: bytes = b"", **env: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "convviz", *args], input=stdin, capture_output=True, env=environment(**env), check=False
    )


def mean_of(array: np.ndarray, **settings: Any) -> np.ndarray:
    return convviz.conv2d(array, MEAN, **settings).output


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


# Inputs.


def test_input_size_counts_from_zero_in_rows() -> None:
    record = numbers("conv", "--input", "6x6")
    assert (record["input"] == RAMP).all()
    assert np.allclose(record["output"], mean_of(RAMP))
    assert (numbers("conv", "--input", "4x7")["input"] == np.arange(28).reshape(4, 7)).all()


def test_input_size_of_one_and_three_axes() -> None:
    assert (numbers("conv", "--input", "9")["input"] == np.arange(9)).all()
    solid = numbers("pool", "max", "--input", "4x4x4", "--pool-size", "2x2x2")
    assert solid["operation"] == "max_pool3d"
    assert solid["output"].ravel().tolist() == [21, 23, 29, 31, 53, 55, 61, 63]


def test_input_example_gives_distinct_outputs_and_one_tie() -> None:
    record = numbers("conv", "--input", "example")
    assert record["input"].shape == (6, 6)
    assert len(np.unique(np.round(record["output"] * 9))) == 16
    windows = numbers("pool", "max", "--input", "example")["input"].reshape(3, 2, 3, 2).swapaxes(1, 2).reshape(9, 4)
    assert sum((window == window.max()).sum() > 1 for window in windows) == 1


def test_random_input_is_small_integers_repeatable_and_seeded() -> None:
    first = numbers("conv", "--input", "random:5x7")["input"]
    assert first.shape == (5, 7)
    assert first.dtype.kind == "i"
    assert np.abs(first).max() < 100
    assert len(np.unique(first)) > 3
    assert (numbers("conv", "--input", "random:5x7", "--seed", "0")["input"] == first).all()
    assert (numbers("conv", "--input", "random:5x7")["input"] == first).all()
    assert (numbers("conv", "--input", "random:5x7", "--seed", "1")["input"] != first).any()


def luma(red: Any, green: Any, blue: Any) -> Any:
    return 0.299 * np.asarray(red) + 0.587 * np.asarray(green) + 0.114 * np.asarray(blue)


GREY = np.arange(0, 250, 10, dtype=np.uint8).reshape(5, 5)


def test_grey_png_is_its_own_numbers() -> None:
    Image.fromarray(GREY).save("grey.png")
    record = numbers("conv", "--input", "grey.png")
    assert record["input"].dtype.kind == "i"
    assert (record["input"] == GREY).all()


def test_rgb_png_becomes_grey_and_says_so() -> None:
    pixels = np.random.default_rng(5).integers(0, 256, (4, 5, 3), dtype=np.uint8)
    Image.fromarray(pixels).save("colour.png")
    record = numbers("conv", "--input", "colour.png")
    assert np.abs(record["input"] - luma(*np.moveaxis(pixels, -1, 0))).max() <= 1
    assert "as grey" in good("conv", "--input", "colour.png").err


def test_rgba_lies_over_white() -> None:
    pixels = np.zeros((3, 4, 4), dtype=np.uint8)
    pixels[..., 0], pixels[..., 3] = 255, [0, 51, 128, 255]
    Image.fromarray(pixels).save("alpha.png")
    part = np.array([0, 51, 128, 255]) / 255
    seen = luma(255, 255 * (1 - part), 255 * (1 - part))
    assert np.abs(numbers("conv", "--input", "alpha.png")["input"] - seen).max() <= 1.5


def test_grey_with_alpha_lies_over_white() -> None:
    pixels = np.zeros((3, 4, 2), dtype=np.uint8)
    pixels[..., 0], pixels[..., 1] = 40, [0, 51, 128, 255]
    Image.fromarray(pixels, "LA" if Image.__version__ < "11" else None).save("alpha.png")
    part = np.array([0, 51, 128, 255]) / 255
    assert np.abs(numbers("conv", "--input", "alpha.png")["input"] - (40 * part + 255 * (1 - part))).max() <= 1.5


@pytest.mark.parametrize("transparent", [False, True])
def test_palette_png(transparent: bool) -> None:
    image = Image.fromarray(np.array([[0, 1, 2]] * 3, dtype=np.uint8)).convert("P")
    image.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
    image.save("palette.png", **({"transparency": 1} if transparent else {}))
    row = [luma(255, 0, 0), 255 if transparent else luma(0, 255, 0), luma(0, 0, 255)]
    assert np.abs(numbers("conv", "--input", "palette.png")["input"] - [row] * 3).max() <= 1


def test_one_bit_png_is_black_and_white() -> None:
    image = Image.fromarray(GREY).point(lambda value: 255 * (value > 100)).convert("1")
    image.save("bits.png")
    assert (numbers("conv", "--input", "bits.png")["input"] == 255 * (GREY > 100)).all()


@pytest.mark.parametrize("top", [1, 255], ids=["dark", "bright"])
def test_sixteen_bit_png_is_scaled_to_255(top: int) -> None:
    deep = (np.arange(25).reshape(5, 5) * top // 24 * 257).astype(np.uint16)
    Image.fromarray(deep).save("deep.png")
    assert np.abs(numbers("conv", "--input", "deep.png")["input"] - deep / 257).max() <= 0.5


@pytest.mark.parametrize(
    ("orientation", "white"), [(1, np.s_[:, :16]), (3, np.s_[:, 16:]), (6, np.s_[:16]), (8, np.s_[16:])]
)
def test_jpeg_is_turned_as_its_exif_says(orientation: int, white: Any) -> None:
    pixels = np.zeros((24, 32), dtype=np.uint8)
    pixels[:, :16] = 255
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(pixels).save("turned.jpg", exif=exif, quality=95)
    shown = numbers("conv", "--input", "turned.jpg")["input"]
    assert shown.shape == ((24, 32) if orientation < 5 else (32, 24))
    expected = np.zeros(shown.shape)
    expected[white] = 255
    assert np.abs(shown - expected).max() < 10


def test_resize_averages_what_lies_under_a_cell() -> None:
    blocks = np.array([[10, 20, 30, 40], [50, 60, 70, 80], [90, 100, 110, 120]], dtype=np.uint8)
    Image.fromarray(np.kron(blocks, np.ones((4, 5), dtype=np.uint8))).save("blocks.png")
    ended = good("conv", "--input", "blocks.png", "--resize", "3x4")
    assert "resized to 3×4" in ended.err
    assert (numbers("conv", "--input", "blocks.png", "--resize", "3x4")["input"] == blocks).all()


TABLE = np.array([[1, -2, 3.5], [4, 5, 6], [7, 8, 9]])


@pytest.mark.parametrize("mark", [",", ";", "\t", " ", ", ", "  "], ids=repr)
@pytest.mark.parametrize("name", ["t.csv", "t.tsv", "t.txt"])
def test_tables_with_any_separator(mark: str, name: str) -> None:
    Path(name).write_text("\n".join(mark.join(f"{value:g}" for value in row) for row in TABLE) + "\n")
    assert (numbers("conv", "--input", name)["input"] == TABLE).all()


@pytest.mark.parametrize(
    "text", ["﻿1,2,3\r\n4,5,6\r\n7,8,9\r\n", "# a note\n1,2,3\n\n4,5,6\n7,8,9", '"1","2","3"\n4,5,6\n7,8,9']
)
def test_tables_as_spreadsheets_save_them(text: str) -> None:
    Path("t.csv").write_text(text, encoding="utf-8", newline="")
    record = numbers("conv", "--input", "t.csv")
    assert (record["input"] == np.arange(1, 10).reshape(3, 3)).all()
    assert record["input"].dtype.kind == "i"


@pytest.mark.parametrize("dtype", ["i1", "u2", ">i4", "f2", "f4", "f8", "?"])
def test_npy(dtype: str) -> None:
    array = (np.arange(12).reshape(3, 4) % 5).astype(dtype)
    np.save("a.npy", np.asfortranarray(array))
    record = numbers("conv", "--input", "a.npy")
    assert (record["input"] == array.astype(float)).all()
    assert np.allclose(record["output"], mean_of(array.astype(float)))


def test_npy_with_channels_and_batch_says_how_it_was_read() -> None:
    np.save("planes.npy", np.arange(48).reshape(3, 4, 4))
    assert "channels 3, rows 4, columns 4" in good("pool", "max", "--input", "planes.npy").err
    np.save("batch.npy", np.arange(96).reshape(2, 3, 4, 4))
    ended = good("pool", "max", "--input", "batch.npy", "--json")
    assert "batch 2, channels 3, rows 4, columns 4" in ended.err
    assert np.array(json.loads(ended.out)["output"]).shape == (2, 3, 2, 2)


@pytest.mark.parametrize(
    "text", ["1 2 3; 4 5 6; 7 8 9", "1,2,3;4,5,6;7,8,9", "1 2 3;4 5 6;7 8 9;", " 1  2 3 ;4 5 6 ; 7 8 9 "]
)
def test_inline_input(text: str) -> None:
    assert (numbers("conv", "--input", text)["input"] == np.arange(1, 10).reshape(3, 3)).all()


def test_inline_input_of_one_row_is_one_axis() -> None:
    record = numbers("conv", "--input", "3 1 4 1 5", "--kernel", "1 1")
    assert record["operation"] == "conv1d"
    assert record["output"].tolist() == [4, 5, 5, 6]


def test_inline_values_may_be_negative_fractions_and_floats() -> None:
    record = numbers("pool", "max", "--input", "-1 1/2; −0.25 1e2")
    assert record["input"].tolist() == [[-1, 0.5], [-0.25, 100]]


def test_a_long_inline_input() -> None:
    array = np.arange(400).reshape(20, 20)
    text = "; ".join(" ".join(map(str, row)) for row in array)
    assert (numbers("conv", "--input", text)["input"] == array).all()


def test_a_long_inline_kernel() -> None:
    text = "; ".join(["10 " * 12] * 12)
    assert (numbers("conv", "--input", "20x20", "--kernel", text)["weight"] == 10).all()


def test_standard_input_takes_text_npy_and_images() -> None:
    array = np.arange(9).reshape(3, 3)
    text = b"0,1,2\n3,4,5\n6,7,8\n"
    stored, picture = io.BytesIO(), io.BytesIO()
    np.save(stored, array)
    Image.fromarray(array.astype(np.uint8)).save(picture, "png")
    for content in (text, text.replace(b",", b" "), text.replace(b",", b"\t"), stored.getvalue(), picture.getvalue()):
        assert (numbers("conv", "--input", "-", stdin=content)["input"] == array).all()


def test_standard_input_of_a_real_process() -> None:
    ended = process("conv", "--input", "-", "--json", stdin=b"1 2 3\n4 5 6\n7 8 9\n")
    assert ended.returncode == 0
    assert json.loads(ended.stdout)["output"] == [[5.0]]


# Kernels.


@pytest.mark.parametrize(
    ("typed", "shape"), [("3x3", (3, 3)), ("2x4", (2, 4)), ("2", (2, 2)), ("3×1", (3, 1)), ("1x1", (1, 1))]
)
def test_kernel_size_is_a_mean(typed: str, shape: tuple[int, int]) -> None:
    weight = numbers("conv", "--kernel", typed)["weight"]
    assert weight.shape == shape
    assert np.allclose(weight, 1 / math.prod(shape))


def test_kernel_by_name() -> None:
    sobel = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
    for typed in ("sobel-x", "SOBEL_X", "Sobel-X"):
        assert numbers("conv", "--kernel", typed)["weight"].tolist() == sobel
    assert numbers("conv", "--kernel", "sobel-y")["weight"].tolist() == np.transpose(sobel).tolist()


def test_named_kernel_with_a_size() -> None:
    row = np.array([1, 4, 6, 4, 1])
    for typed in ("5", "5x5", "5,5"):
        weight = numbers("conv", "--kernel", "gaussian", "--kernel-size", typed)["weight"]
        assert np.allclose(weight, np.outer(row, row) / 256)
    assert numbers("conv", "--kernel", "identity", "--kernel-size", "2x5")["weight"].shape == (2, 5)


@pytest.mark.parametrize("size", [31, 34, 40])
def test_a_large_gaussian_is_an_average_or_refused(size: int) -> None:
    if size > 32 and run("conv", "--kernel", "gaussian", "--kernel-size", str(size)).code == 2:
        return
    row = np.array([math.comb(size - 1, k) / 2 ** (size - 1) for k in range(size)])
    weight = numbers("conv", "--kernel", "gaussian", "--kernel-size", str(size))["weight"]
    assert np.allclose(weight, np.outer(row, row), atol=1e-12)


@pytest.mark.parametrize("form", ["one argument", "with ="])
def test_values_may_start_with_a_minus(form: str) -> None:
    for option, value in (("--kernel", "-1 0 1"), ("-k", "-1 0 1"), ("--bias", "-2.5"), ("--input", "-1 2 3 4 5 6")):
        if form == "with =" and not option.startswith("--"):
            continue
        typed = [option, value] if form == "one argument" else [f"{option}={value}"]
        good("conv", "--quiet", *typed)
    assert numbers("conv", "--kernel", "-1 0 1")["weight"].ravel().tolist() == [-1, 0, 1]
    assert numbers("conv", "--bias", "-2.5")["bias"].tolist() == [-2.5]
    padded = numbers("conv", "--padding", "1", "--padding-mode", "constant", "--padding-value", "-9")
    assert np.allclose(padded["output"][0, 0], (-9 * 5 + 0 + 1 + 6 + 7) / 9)


def test_inline_kernel_with_fractions() -> None:
    assert np.allclose(numbers("conv", "--kernel", "1/9 1/9; 1/3 −1/2")["weight"], [[1 / 9, 1 / 9], [1 / 3, -1 / 2]])


def test_kernel_from_a_file() -> None:
    weight = np.array([[1, 2], [-3, 4]])
    np.save("k.npy", weight)
    np.savetxt("k.csv", weight, fmt="%d", delimiter=",")
    for name in ("k.npy", "k.csv"):
        assert (numbers("conv", "--kernel", name)["weight"] == weight).all()
    filters = np.arange(2 * 1 * 3 * 3).reshape(2, 1, 3, 3)
    np.save("filters.npy", filters)
    assert numbers("conv", "--kernel", "filters.npy", "--bias", "1,2")["output"].shape == (2, 4, 4)


def test_flip_kernel_is_a_flipped_kernel() -> None:
    flipped = numbers("conv", "--kernel", "1 2; 3 4", "--flip-kernel")
    assert (flipped["output"] == numbers("conv", "--kernel", "4 3; 2 1")["output"]).all()
    assert (flipped["output"] != numbers("conv", "--kernel", "1 2; 3 4")["output"]).any()


def test_bias_is_added() -> None:
    assert np.allclose(numbers("conv", "--bias", "1.5")["output"], mean_of(RAMP) + 1.5)


# The window.


@pytest.mark.parametrize(
    ("command", "one", "other"),
    [
        ("conv", "--stride 2", "--strides 2"),
        ("conv", "--stride 2", "-s 2"),
        ("conv", "--dilation 2", "--dilation-rate 2"),
        ("conv", "--dilation 2", "-d 2"),
        ("conv", "--padding 1", "-p 1"),
        ("conv", "--kernel outline", "-k outline"),
        ("conv", "--input 7x8", "-i 7x8"),
        ("conv", "--quiet", "-q"),
        ("conv", "--channels 2", "--in-channels 2"),
        ("conv", "--filters 2", "--out-channels 2"),
        ("conv --channels 2", "--groups 2", "--group 2"),
        ("conv --channels 3", "--groups 3", "--groups depthwise"),
        ("pool max", "--pool-size 3", "--kernel-size 3"),
        ("pool max", "--pool-size 3", "-k 3"),
        ("pool max", "--stride 1", "--strides 1"),
        ("pool max", "--dilation 2", "--dilation-rate 2"),
        ("explain conv", "--stride 2", "--strides 2"),
        ("explain pool avg", "--pool-size 3", "--kernel-size 3"),
        ("conv", "--padding same", "--padding SAME"),
        ("conv", "--padding same_lower --stride 2", "--padding same-lower --stride 2"),
    ],
)
def test_aliases(command: str, one: str, other: str) -> None:
    first, second = good(*command.split(), *one.split()), good(*command.split(), *other.split())
    assert first == second
    if "quiet" not in one:
        assert first.out != good(*command.split()).out


@pytest.mark.parametrize(
    ("typed", "axes"),
    [
        ("--stride 2,1", {"stride": [2, 1]}),
        ("--dilation 1,2", {"dilation": [1, 2]}),
        ("--padding 1", {"padding": [[1, 1], [1, 1]]}),
        ("--padding 1,2", {"padding": [[1, 1], [2, 2]]}),
        ("--padding 0:1,2:2", {"padding": [[0, 1], [2, 2]]}),
        ("--padding 0:1", {"padding": [[0, 1], [0, 1]]}),
        ("--padding 3,0:1", {"padding": [[3, 3], [0, 1]]}),
        ("--padding valid", {"padding": [[0, 0], [0, 0]]}),
        ("--padding same", {"padding": [[1, 1], [1, 1]], "output": [6, 6]}),
        ("--padding same --stride 2", {"padding": [[0, 1], [0, 1]], "output": [3, 3]}),
        ("--padding same_lower --stride 2", {"padding": [[1, 0], [1, 0]], "output": [3, 3]}),
        ("--padding full", {"padding": [[2, 2], [2, 2]], "output": [8, 8]}),
        ("--padding full --dilation 2", {"padding": [[4, 4], [4, 4]]}),
        ("--kernel 2x3 --stride 1,2 --padding 0:1,2:0", {"kernel": [2, 3], "stride": [1, 2]}),
    ],
)
def test_one_value_per_axis_rows_first(typed: str, axes: dict[str, list[Any]]) -> None:
    record = numbers("conv", "--input", "6x6", *typed.split())
    for name, values in axes.items():
        assert [axis[name] for axis in record["axes"]] == values
    assert [axis["output"] for axis in record["axes"]] == list(record["output"].shape)


def test_causal_padding_of_one_axis() -> None:
    record = numbers("conv", "--input", "1 2 3 4", "--kernel", "1 1", "--padding", "causal")
    assert record["output"].tolist() == [1, 3, 5, 7]


@pytest.mark.parametrize(
    ("mode", "numpy_mode"), [("reflect", "reflect"), ("replicate", "edge"), ("circular", "wrap"), ("zeros", "constant")]
)
def test_padding_modes(mode: str, numpy_mode: Any) -> None:
    record = numbers("conv", "--padding", "2", "--padding-mode", mode)
    assert np.allclose(record["output"], mean_of(np.pad(RAMP, 2, numpy_mode)))


@pytest.mark.parametrize(("kind", "best"), [("max", np.max), ("min", np.min), ("avg", np.mean)])
def test_pooling(kind: str, best: Any) -> None:
    record = numbers("pool", kind, "--input", "random:6x8", "--pool-size", "3x2")
    windows = record["input"].reshape(2, 3, 4, 2)
    assert np.allclose(record["output"], best(windows, axis=(1, 3)))
    assert (record["indices"] is None) == (kind == "avg")


@pytest.mark.parametrize(("kind", "best"), [("global-max", np.max), ("global-avg", np.mean)])
def test_global_pooling(kind: str, best: Any) -> None:
    record = numbers("pool", kind, "--input", "random:6x8")
    assert np.allclose(record["output"], [[best(record["input"])]])


def test_indices_of_max_pooling() -> None:
    record = numbers("pool", "max", "--input", "random:6x6")
    assert (record["input"].ravel()[record["indices"]] == record["output"]).all()


def test_ceil_mode_and_count_include_pad() -> None:
    assert numbers("pool", "max", "--input", "5x5")["output"].shape == (2, 2)
    assert numbers("pool", "max", "--input", "5x5", "--ceil-mode")["output"].shape == (3, 3)
    ones = "; ".join(["1 1 1 1"] * 4)
    assert numbers("pool", "avg", "--input", ones, "--padding", "1")["output"][0, 0] == 0.25
    assert numbers("pool", "avg", "--input", ones, "--padding", "1", "--no-count-include-pad")["output"][0, 0] == 1


@pytest.mark.parametrize(
    ("alias", "kind"), [("average", "avg"), ("mean", "avg"), ("MAX", "max"), ("global_max", "global-max")]
)
def test_pool_kinds_spelled_otherwise(alias: str, kind: str) -> None:
    assert good("pool", alias) == good("pool", kind)


# Defaults.


@pytest.mark.parametrize(
    ("typed", "size", "out"),
    [
        ("", 6, 4),
        ("--padding 1", 6, 6),
        ("--stride 2", 6, 2),
        ("--dilation 2", 6, 2),
        ("--stride 2 --dilation 2", 7, 2),
    ],
)
def test_default_input_and_every_step(typed: str, size: int, out: int) -> None:
    ended = good("conv", *typed.split(), "-o", "out.gif", "-o", "out.json")
    record = json.loads(Path("out.json").read_bytes())
    assert record["input"] == np.arange(size**2).reshape(size, size).tolist()
    assert np.allclose(record["weight"], MEAN)
    settings = {
        name.lstrip("-"): int(value) for name, value in zip(typed.split()[::2], typed.split()[1::2], strict=True)
    }
    assert np.allclose(record["output"], mean_of(np.arange(size**2).reshape(size, size), **settings))
    with Image.open("out.gif") as gif:
        assert gif.n_frames == out**2
    assert f"{out**2} steps" in ended.err
    assert ("7×7" in ended.err) == (size == 7)


def test_the_default_input_leaves_two_positions_on_each_axis() -> None:
    for typed in ("--kernel 9x2", "--stride 3,1 --dilation 1,4", "--kernel 7 --padding 1", "--stride 50"):
        for smaller in (False, True):
            record = numbers("conv", *typed.split())
            (side, other) = record["input"].shape
            assert side == other
            if not smaller:
                assert min(record["output"].shape) >= 2
            elif side > 6:
                ended = run("conv", *typed.split(), "--input", f"{side - 1}x{side - 1}", "--json")
                assert ended.code == 2 or min(np.array(json.loads(ended.out)["output"]).shape) < 2


def test_a_stride_with_no_second_position_is_not_said_to_have_two() -> None:
    ended = run("explain", "conv", "--stride", "5000")
    if ended.code:
        assert "stride" in ended.err
    else:
        assert "two positions" not in ended.err or "has 1 position" not in ended.out.decode()


def test_named_kernels_use_the_example() -> None:
    example = numbers("conv", "--input", "example")["input"]
    assert (numbers("conv", "--kernel", "sobel-x")["input"] == example).all()
    assert "example" in good("conv", "--kernel", "sobel-x").err
    assert (numbers("conv", "--kernel", "3x3")["input"] == RAMP).all()


def test_default_pooling_is_two_by_two_stride_two() -> None:
    record = numbers("pool", "max")
    assert [(axis["kernel"], axis["stride"]) for axis in record["axes"]] == [(2, 2)] * 2
    assert record["output"].tolist() == [[7, 9, 11], [19, 21, 23], [31, 33, 35]]
    assert [axis["stride"] for axis in numbers("pool", "avg", "--pool-size", "3x2")["axes"]] == [3, 2]


# Output.


def test_results_on_one_stream_and_messages_on_the_other() -> None:
    ended = good("conv")
    text = ended.out.decode()
    assert "⌊(6 + 2·0 − 1·(3 − 1) − 1)/1⌋ + 1 = 4" in text
    assert [row.split() for row in text.splitlines()[-4:]] == [[f"{v:g}" for v in row] for row in mean_of(RAMP)]
    assert "rows 6, columns 6" in ended.err
    assert "0, 1, 2…" in ended.err
    ended = good("conv", "-o", "out.csv")
    assert ended.out == b""
    assert "out.csv" in ended.err


@pytest.mark.parametrize(
    "typed", ["conv", "conv -o a.gif", "conv --stride 2 --dilation 2", "explain conv", "pool max --json"]
)
def test_quiet_says_nothing(typed: str) -> None:
    loud, still = good(*typed.split()), good(*typed.split(), "--quiet")
    assert still.err == ""
    assert loud.err != ""
    assert still.out == loud.out


@pytest.mark.parametrize(
    ("typed", "make"),
    [
        ("conv --padding 1 --stride 2,1", lambda x: convviz.conv2d(x, MEAN, padding=1, stride=(2, 1))),
        ("conv --kernel sobel-x --bias 3 --input 6x6", lambda x: convviz.conv2d(x, convviz.kernel("sobel-x"), [3])),
        ("pool max --padding 1", lambda x: convviz.max_pool2d(x, 2, padding=1)),
        ("pool avg --pool-size 3 --stride 1", lambda x: convviz.avg_pool2d(x, 3, stride=1)),
    ],
)
def test_json_holds_the_numbers_of_the_trace(typed: str, make: Any) -> None:
    trace = make(RAMP)
    ended = good(*typed.split(), "--json")
    record = json.loads(ended.out)
    assert ended.out.endswith(b"}\n")
    assert record["schema"] == 1
    assert record["operation"] == trace.operation
    for name in ("input", "weight", "bias", "output", "indices"):
        array = getattr(trace, name)
        assert record[name] == (None if array is None else array.tolist()), name
    good(*typed.split(), "-o", "out.json")
    assert Path("out.json").read_bytes() == ended.out


def test_one_run_writes_several_files_of_every_suffix() -> None:
    options = [each for suffix in SUFFIXES for each in ("-o", f"out.{suffix}")]
    ended = good("conv", "--kernel", "sobel-x", *options)
    assert ended.out == b""
    assert sorted(os.listdir()) == sorted(f"out.{suffix}" for suffix in SUFFIXES)
    assert all(f"out.{suffix}" in ended.err for suffix in SUFFIXES)
    output = np.array(json.loads(Path("out.json").read_bytes())["output"])
    for name, form in (("gif", "GIF"), ("png", "PNG")):
        with Image.open(f"out.{name}") as image:
            image.load()
            assert (image.format, image.size) == (form, (1120, 630))
    assert Path("out.svg").read_text().lstrip().startswith("<svg")
    assert (np.load("out.npy") == output).all()
    assert (np.loadtxt("out.csv", delimiter=",") == output).all()
    assert Path("out.txt").read_bytes() == good("conv", "--kernel", "sobel-x").out


def test_suffix_in_capitals_and_a_long_option() -> None:
    good("conv", "--output", "OUT.PNG")
    assert Path("OUT.PNG").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_standard_output_gets_the_same_bytes_as_a_file(suffix: str) -> None:
    good("conv", "--stride", "2", "-o", f"out.{suffix}")
    assert good("conv", "--stride", "2", "-o", "-", "--format", suffix).out == Path(f"out.{suffix}").read_bytes()


def test_a_gif_through_a_real_pipe() -> None:
    ended = process("conv", "--stride", "2", "-o", "-", "--format", "gif", "--quiet")
    assert (ended.returncode, ended.stderr) == (0, b"")
    with Image.open(io.BytesIO(ended.stdout)) as gif:
        assert gif.n_frames == 4


def test_overwriting_is_the_default() -> None:
    Path("out.csv").write_text("old")
    good("conv", "-o", "out.csv")
    assert Path("out.csv").read_text().startswith("7.0,")


def test_a_link_stays_a_link() -> None:
    Path("real.csv").write_text("old")
    try:
        Path("link.csv").symlink_to("real.csv")
    except OSError:
        pytest.skip("no symbolic links here")
    good("conv", "-o", "link.csv")
    assert Path("link.csv").is_symlink()
    assert Path("real.csv").read_text() != "old"


# The figure.


def test_step_counts_from_one() -> None:
    pictures = {}
    for step in ("first", "1", "7", "16", "last", ""):
        good("conv", "-o", "out.png", "-o", "out.svg", *(["--step", step] if step else []))
        pictures[step] = Path("out.png").read_bytes(), Path("out.svg").read_bytes()
        number = {"first": 1, "last": 16, "": 16}.get(step) or int(step)
        assert f"step {number} of 16" in Path("out.svg").read_text()
    assert pictures["first"] == pictures["1"]
    assert pictures["last"] == pictures["16"] == pictures[""]
    assert len(set(pictures.values())) == 3


def svg(*args: str) -> str:
    return good("conv", "-o", "-", "--format", "svg", *args).out.decode()


def test_theme_title_width_and_values() -> None:
    plain = svg()
    assert svg("--theme", "light") == plain
    assert svg("--theme", "dark") != plain
    assert "#14171C" in svg("--theme", "dark")
    assert "Blur &lt;&amp;&gt; it" in svg("--title", "Blur <&> it")
    assert re.search(r'width="640"', svg("--width", "640"))
    assert ">35<" in plain
    assert ">35<" not in svg("--no-values")
    good("conv", "-o", "w.png", "--width", "640")
    with Image.open("w.png") as image:
        assert image.size == (640, 360)


def durations(path: str) -> list[int]:
    found = []
    with Image.open(path) as gif:
        for number in range(gif.n_frames):
            gif.seek(number)
            found.append(gif.info["duration"])
        assert gif.info["loop"] == 0
    return found


def test_step_seconds_and_hold() -> None:
    good("conv", "--stride", "2", "-o", "out.gif", "--step-seconds", "0.1", "--hold", "2")
    assert durations("out.gif") == [100, 100, 100, 2100]
    good("conv", "--stride", "2", "-o", "out.gif", "--hold", "0")
    assert durations("out.gif") == [700] * 4
    good("conv", "-o", "out.gif")
    assert durations("out.gif") == [700] * 15 + [2200]


def test_long_figures_are_shortened_unless_all_steps() -> None:
    ended = good("conv", "--input", "9x9", "--padding", "1", "-o", "out.gif")
    assert len(durations("out.gif")) <= 46
    assert "of 81 steps" in ended.err
    assert "--all-steps" in ended.err
    ended = good("conv", "--input", "9x9", "--padding", "1", "-o", "out.gif", "--all-steps")
    assert len(durations("out.gif")) == 81
    assert "81 steps" in ended.err


def test_no_progress_bar_where_there_is_no_terminal() -> None:
    ended = good("conv", "--input", "16x16", "--padding", "1", "--all-steps", "--width", "320", "-o", "out.gif")
    assert "drawing" not in ended.err
    assert "\x1b" not in ended.err
    assert len(ended.err.splitlines()) == 2


def test_force_passes_the_memory_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("convviz.inputs.MEMORY", 2000)
    ended = run("conv", "--input", "30x30")
    assert ended.code == 2
    assert "--force" in ended.err
    good("conv", "--input", "30x30", "--force")


# Explanations and lists.


def test_explain_conv() -> None:
    ended = good("explain", "conv", "--input", "28x28", "--kernel", "5x5", "--stride", "2", "--padding", "same")
    text = ended.out.decode()
    for said in (
        "rows 28, columns 28",
        "rows 14, columns 14",
        "⌊(28 + 1 + 2 − 1·(5 − 1) − 1)/2⌋ + 1 = 14",
        "1 before, 2 after",
        "never read: nothing",
        "padding 15:16",
    ):
        assert said in text
    assert os.listdir() == []
    kept = numbers("conv", "--input", "28x28", "--kernel", "5x5", "--stride", "2", "--padding", "15:16")
    assert kept["output"].shape == (28, 28)


def test_explain_says_what_is_never_read() -> None:
    text = good("explain", "conv", "--input", "6x7", "--stride", "2,3", "--dilation", "1,2").out.decode()
    record = numbers("conv", "--input", "6x7", "--stride", "2,3", "--dilation", "1,2")
    read = [
        {o * axis["stride"] + k * axis["dilation"] for o in range(axis["output"]) for k in range(axis["kernel"])}
        for axis in record["axes"]
    ]
    assert read == [{0, 1, 2, 3, 4}, {0, 2, 4}]
    assert "never read: row 5 · columns 1, 3, 5, 6" in text.replace("5–6", "5, 6")


def test_explain_pool() -> None:
    text = good("explain", "pool", "max", "--input", "7x7", "--pool-size", "2", "--ceil-mode").out.decode()
    assert "⌈(7 + 2·0 − 1·(2 − 1) − 1)/2⌉ + 1 = 4" in text
    assert "hangs 1 over the end" in text
    assert "the size is kept" in good("explain", "conv", "--padding", "1").out.decode()


def test_kernels_lists_every_name_with_its_numbers() -> None:
    from convviz.kernels import KERNELS

    text = good("kernels").out.decode()
    blocks = re.split(r"^(?=\S)", text, flags=re.MULTILINE)[1:]
    assert [re.match(r"[\w-]+", block)[0] for block in blocks] == list(KERNELS)
    for name, block in zip(KERNELS, blocks, strict=True):
        rows = [[int(v.replace("−", "-")) for v in row.split()] for row in block.splitlines()[1:]]
        weight = convviz.kernel(name)
        divisor = int(found[1]) if (found := re.search(r"1/(\d+) ·", block)) else 1
        assert np.allclose(np.array(rows) / divisor, weight)


def test_version() -> None:
    assert good("--version").out.decode() == f"convviz {convviz.__version__}\n"
    ended = process("--version")
    assert (ended.returncode, ended.stdout.decode().split(), ended.stderr) == (0, ["convviz", convviz.__version__], b"")


# The same again, and what is loaded.


def test_the_same_command_gives_the_same_bytes(tmp_path: Path) -> None:
    written = []
    for seed in ("1", "2"):
        folder = tmp_path / f"run{seed}"
        folder.mkdir()
        options = [each for suffix in SUFFIXES for each in ("-o", str(folder / f"out.{suffix}"))]
        ended = process("pool", "max", "--input", "random:6x6", "--quiet", *options, PYTHONHASHSEED=seed)
        assert (ended.returncode, ended.stderr) == (0, b"")
        written.append({path.name: path.read_bytes() for path in folder.iterdir()})
    assert len(written[0]) == len(SUFFIXES)
    assert written[0] == written[1]


def test_files_carry_no_place(tmp_path: Path) -> None:
    for suffix in SUFFIXES:
        good("conv", "-o", str(tmp_path / f"secretname.{suffix}"))
        content = (tmp_path / f"secretname.{suffix}").read_bytes()
        assert b"secretname" not in content
        assert str(tmp_path).encode() not in content


HEAVY = ("numpy", "matplotlib", "imageio", "pydantic", "PIL")


def loaded(code: str) -> set[str]:
    """Return the top-level modules that a new process has after some code."""
    tail = "\nimport sys; print('|'.join({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"
    ended = subprocess.run([sys.executable, "-c", code + tail], capture_output=True, env=environment(), check=True)
    return set(ended.stderr.decode().splitlines()[-1].split("|"))


def commanded(*args: str) -> str:
    return (
        f"import sys; sys.argv = ['convviz', *{args!r}]\nfrom convviz.cli import main\n"
        "try: main()\nexcept SystemExit as end: assert not end.code, end.code"
    )


@pytest.mark.parametrize("code", ["import convviz", "import convviz.cli", commanded("--version")])
def test_little_is_loaded_for_an_import_or_the_version(code: str) -> None:
    assert not loaded(code) & {*HEAVY, "rich", "typer"}


@pytest.mark.parametrize("out", ["out.gif", "out.png", "out.svg", "out.json"])
def test_a_figure_loads_no_library_that_it_can_do_without(out: str) -> None:
    modules = loaded(commanded("conv", "--stride", "2", "-o", out))
    assert "numpy" in modules
    assert not modules & {"matplotlib", "imageio", "torch", "scipy", "pandas", "pydantic"}
    assert Path(out).stat().st_size > 0


# Help, and every example in it.


@functools.cache
def help_of(command: str) -> str:
    with patch.dict(os.environ, COLUMNS="400"):
        ended = good(*command.split(), "--help")
    return re.sub(r"\x1b\[[\d;]*m", "", ended.out.decode())


def examples(text: str) -> list[list[str]]:
    """Return the arguments of every ``convviz …`` in lines of a shell."""
    found = []
    for line in text.replace("\\\n", " ").splitlines():
        if "convviz" not in line:
            continue
        reader = shlex.shlex(line, posix=True, punctuation_chars="&|<>")
        reader.whitespace_split = True
        command: list[str] | None = None
        for token in reader:
            if re.fullmatch(r"[&|<>]+", token):
                command = None
            elif command is not None:
                command.append(token)
            elif re.fullmatch(r"(.*/)?convviz", token):
                found.append(command := [])
    return found


def help_examples() -> list[str]:
    return [shlex.join(args) for command in COMMANDS for args in examples(_said_as_example(command))]


def _said_as_example(command: str) -> str:
    return "\n".join(line.partition("Example")[2] for line in help_of(command).splitlines() if "Example" in line)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_runs(command: str) -> None:
    text = help_of(command)
    assert f"convviz {command}".strip() in text
    assert b"Usage" in good(*command.split(), "-h").out
    if command in ("conv", "pool"):
        for group in ("Input", "Window", "Figure", "Output"):
            assert re.search(rf"─ {group} ─|^{group}", text, flags=re.MULTILINE), group


@pytest.mark.parametrize("command", [each for each in COMMANDS if each != "explain"])
def test_help_has_an_example(command: str) -> None:
    assert examples(_said_as_example(command))


@pytest.mark.parametrize("command", ["conv", "pool", "explain conv", "explain pool"])
def test_help_shows_no_stray_markup(command: str) -> None:
    text = help_of(command)
    assert "[/" not in text
    for option in ("--input", "--stride", "--padding", "--dilation"):
        assert option in text


def works(args: list[str]) -> None:
    """Check that an example works where its input files are there."""
    for option, value in itertools.pairwise(args):
        path = Path(value)
        if option not in ("--input", "-i", "--kernel", "-k") or path.exists():
            continue
        array = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)
        if path.suffix in (".png", ".jpg", ".jpeg"):
            Image.fromarray(array).save(path)
        elif path.suffix == ".npy":
            np.save(path, array[:6, :6, 0] if "input" in option or option == "-i" else array[:3, :3, 0])
        elif path.suffix in (".csv", ".tsv", ".txt"):
            np.savetxt(path, array[:6, :6, 0] if "input" in option or option == "-i" else array[:3, :3, 0], fmt="%d")
    ended = good(*args, stdin=b"1 2 3\n4 5 6\n7 8 9\n")
    assert "Traceback" not in ended.err
    for option, value in itertools.pairwise(args):
        if option in ("-o", "--output") and value != "-":
            assert Path(value).stat().st_size > 0


@pytest.mark.parametrize("example", help_examples())
def test_examples_of_the_help_work(example: str) -> None:
    works(shlex.split(example))


def test_examples_of_the_readme_work() -> None:
    readme = ROOT / "README.md"
    if not readme.exists():
        pytest.skip("installed without the README")
    blocks = re.findall(
        r"^```(?:sh|bash|shell|console|)\n(.*?)^```", readme.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    found = examples("\n".join(blocks))
    assert found
    for args in found:
        works(args)


# Streams that are not as one would like them.


@pytest.mark.parametrize(
    "typed", ["conv", "explain conv", "kernels", "conv --kernel sobl --help", "pool max -o out.gif"]
)
def test_a_stream_that_knows_few_characters(typed: str) -> None:
    ended = process(*typed.split(), PYTHONIOENCODING="cp1252", PYTHONUTF8="0")
    assert b"Traceback" not in ended.stderr
    assert ended.returncode == 0


@pytest.mark.parametrize("typed", ["conv", "explain conv", "kernels", "conv --json", "conv -o - --format gif"])
@pytest.mark.skipif(os.name != "posix", reason="pipes as POSIX has them")
def test_a_reader_that_has_gone(typed: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "convviz", *typed.split()],
            stdout=writer,
            stderr=subprocess.PIPE,
            env=environment(),
            check=False,
        )
    finally:
        os.close(writer)
    assert b"Traceback" not in ended.stderr
    assert b"Exception" not in ended.stderr


def test_channels_are_numbered_one_after_another_or_in_turn() -> None:
    plain = numbers("pool", "max", "--input", "2x3", "--pool-size", "1", "--channels", "2")["input"]
    assert plain.tolist() == np.arange(12).reshape(2, 2, 3).tolist()
    turn = numbers("pool", "max", "--input", "2x3", "--pool-size", "1", "--channels", "2", "--interleave")["input"]
    assert turn.tolist() == [[[0, 2, 4], [6, 8, 10]], [[1, 3, 5], [7, 9, 11]]]
    lesson = numbers("pool", "avg", "--channels", "2", "--interleave", "--input", "4x4", "--stride", "1")
    assert (lesson["input"] == np.arange(32).reshape(4, 4, 2).transpose(2, 0, 1)).all()
    assert (lesson["output"] == convviz.avg_pool2d(lesson["input"], 2, stride=1).output).all()
    strip = numbers("conv", "--input", "8", "--channels", "2", "--kernel", "3")
    assert strip["input"].shape == (2, 8)
    assert strip["weight"].shape == (1, 2, 3)


@pytest.mark.parametrize(
    ("typed", "shape", "groups"),
    [
        ("--channels 3", (1, 3, 3, 3), 1),
        ("--channels 3 --filters 2", (2, 3, 3, 3), 1),
        ("--filters 4", (4, 1, 3, 3), 1),
        ("--channels 3 --filters 2 --kernel 1x1", (2, 3, 1, 1), 1),
        ("--channels 4 --groups 2", (2, 2, 3, 3), 2),
        ("--channels 4 --groups 2 --filters 6 --kernel-size 2", (6, 2, 2, 2), 2),
        ("--channels 3 --groups depthwise", (3, 1, 3, 3), 3),
        ("--channels 2 --groups depthwise --filters 4", (4, 1, 3, 3), 2),
    ],
)
def test_made_up_weights(typed: str, shape: tuple[int, ...], groups: int) -> None:
    record = numbers("conv", *typed.split())
    assert record["weight"].shape == shape
    assert set(np.unique(record["weight"])) <= {-2, -1, 0, 1, 2}
    expected = convviz.conv2d(record["input"], record["weight"], groups=groups).output
    assert (record["output"] == expected).all()
    assert (record["weight"] == numbers("conv", *typed.split(), "--seed", "0")["weight"]).all()
    assert (record["weight"] != numbers("conv", *typed.split(), "--seed", "1")["weight"]).any()
    assert f"of shape {'×'.join(map(str, shape))}" in good("conv", *typed.split()).err


def test_colours_are_kept_when_asked_for() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (9, 8, 3), dtype=np.uint8)
    Image.fromarray(pixels).save("colours.png")
    record = numbers("conv", "--input", "colours.png", "--color", "--kernel", "sobel-x")
    assert (record["input"] == pixels.transpose(2, 0, 1)).all()
    expected = convviz.conv2d(pixels.transpose(2, 0, 1).astype(int), convviz.kernel("sobel-x")).output
    assert (record["output"] == expected).all()
    assert numbers("conv", "--input", "colours.png", "--color", "--filters", "2")["weight"].shape == (2, 3, 3, 3)
    assert "--color" in good("conv", "--input", "colours.png").err
    Image.fromarray(pixels[..., 0]).save("one.png")
    assert numbers("pool", "max", "--input", "one.png", "--color")["input"].shape == (3, 9, 8)


def test_a_sample_of_a_batch() -> None:
    batch = np.random.default_rng(0).integers(0, 9, (3, 2, 4, 4))
    np.save("samples.npy", batch)
    record = numbers("pool", "max", "--input", "samples.npy", "--sample", "2")
    assert (record["input"] == batch[2]).all()
    assert "sample 2" in good("pool", "max", "--input", "samples.npy", "--sample", "2").err
    good("pool", "max", "--input", "samples.npy", "-o", "batch.png", "-o", "batch.gif")


@pytest.mark.parametrize(
    ("steps", "picked"),
    [("1-4,9,last", [1, 2, 3, 4, 9, 16]), ("rows", [4, 8, 12, 16]), ("first,3", [1, 3]), ("9,1,1-2", [1, 2, 9])],
)
def test_steps_are_picked_for_a_gif_and_a_still(steps: str, picked: list[int]) -> None:
    good("conv", "--steps", steps, "-o", "picked.gif", "-o", "picked.svg")
    assert len(durations("picked.gif")) == len(picked)
    said = re.findall(r"step (\d+) of 16", Path("picked.svg").read_text().partition("</desc>")[2])
    assert [int(each) for each in said] == picked
    good("conv", "--steps", "7", "-o", "seven.png", "--step-seconds", "0.1", "-o", "seven.gif")
    good("conv", "--step", "7", "-o", "also.png")
    assert Path("seven.png").read_bytes() == Path("also.png").read_bytes()


def test_strips() -> None:
    good("conv", "--strip", "4", "-o", "strip.svg", "-o", "strip.png", "-o", "strip.pdf")
    said = re.findall(r"step (\d+) of 16", Path("strip.svg").read_text().partition("</desc>")[2])
    assert said == ["1", "6", "11", "16"]


def test_an_exercise_and_its_solution() -> None:
    good("conv", "--blank", "output,stride", "--solution", "-o", "task.svg", "--step", "3")
    task, solution = Path("task.svg").read_text(), Path("task-solution.svg").read_text()
    good("conv", "-o", "plain.svg", "--step", "3")
    assert solution == Path("plain.svg").read_text()
    assert "stride s = ?" in task
    assert "stride s = 1" in solution


def test_a_blank_is_nowhere_in_the_files_words_either() -> None:
    """What a pupil can copy out of the file gives nothing away that the picture hides."""
    good("conv", "--kernel", "sobel-x", "--blank", "output,stride", "-o", "task.svg", "--step", "3")
    text = Path("task.svg").read_text()
    words = re.search("<desc.*?</desc>", text, re.DOTALL)[0]
    assert "Convolution" in words
    assert not re.search(r"stride s = \d", words)
    assert "steps fill an output of ?" in words
    assert "output[" not in words


def test_alt_text_and_transcript() -> None:
    alt = good("conv", "--alt").out.decode()
    assert alt.startswith("Convolution: kernel k = 3")
    assert "16 steps fill an output of rows 4, columns 4" in alt
    lines = good("conv", "--transcript").out.decode().splitlines()
    assert len(lines) == 17
    for number, (line, step) in enumerate(zip(lines[1:], convviz.conv2d(RAMP, MEAN), strict=True), start=1):
        assert line.startswith(f"step {number} of 16: output[{step.position[0]}, {step.position[1]}] reads rows ")
        assert line.endswith(str(step.sentence))


def test_only_steps_that_fall_are_told_to_rise() -> None:
    assert run("conv", "-o", "new.gif", "--steps", "99").err.strip().endswith("but there are 16 steps: use 1 to 16")


def test_not_a_number_may_be_typed() -> None:
    assert good("pool", "max", "--input", "1 nan 2;3 4 5", "--pool-size", "1x2", "--stride", "1").out.decode().split()[
        -4:
    ] == ["NaN", "NaN", "4", "5"]
    assert good("conv", "--input", "1 −inf 2", "--kernel", "1").out.decode().split()[-3:] == ["1", "−∞", "2"]


@pytest.mark.parametrize("line", ["conv", "activation relu", "pipeline relu", "dense", "network lenet"])
def test_letters_that_no_font_has_are_told(line: str) -> None:
    said = "convviz: the fonts of figures have no 卷 积 🙂, drawn as boxes: use other letters"
    suffixes = (".png", ".pdf") if line != "network lenet" else (".png",)
    for suffix in suffixes:
        ended = good(*line.split(), "--title", "卷积 🙂 αβγ − ⌊½⌋", "-o", f"new{suffix}")
        assert said in ended.err, suffix
        assert sum(each.startswith(said) for each in ended.err.splitlines()) == 1
        assert not [each for each in good(*line.split(), "-o", f"new{suffix}").err.splitlines() if "fonts" in each]
    if line == "conv":
        assert "fonts" not in good("conv", "--title", "卷积", "-o", "new.svg").err
    with pytest.warns(LettersWarning, match="have no 卷"):
        convviz.save(convviz.max_pool1d([1, 2], 2), "new.gif", title="卷")


def test_a_command_loads_no_other() -> None:
    from convviz.cli.app import COMMANDS as KNOWN
    from convviz.cli.app import app

    names = {command.name for command in app("conv").registered_commands}
    assert names == {"conv"}
    assert not app("conv").registered_groups
    assert {command.name for command in app("").registered_commands} == set(KNOWN) >= {"conv", "pool", "kernels"}
