import importlib.util
import json
import shlex
from pathlib import Path

import numpy as np
import pytest
from commands import ROOT, good, run
from oracles import convolve
from PIL import Image

from convviz.gallery import GROUPS, PICTURES, command
from convviz.inputs import grey, load, planes

# (input, kernel, stride, padding, dilation, output): conv_arithmetic's own settings, bin/generate_makefile and README.
PUBLISHED = {
    "no_padding_no_strides": (4, 3, 1, 0, 1, 2),
    "arbitrary_padding_no_strides": (5, 4, 1, 2, 1, 6),
    "same_padding_no_strides": (5, 3, 1, 1, 1, 5),
    "full_padding_no_strides": (5, 3, 1, 2, 1, 7),
    "no_padding_strides": (5, 3, 2, 0, 1, 2),
    "padding_strides": (5, 3, 2, 1, 1, 3),
    "padding_strides_odd": (6, 3, 2, 1, 1, 3),
    "dilation": (7, 3, 1, 0, 2, 3),
}
# The transposes of the same: (input, kernel, stride, padding, output padding, output).
TRANSPOSED = {
    "no_padding_no_strides_transposed": (2, 3, 1, 0, 0, 4),
    "arbitrary_padding_no_strides_transposed": (6, 4, 1, 2, 0, 5),
    "same_padding_no_strides_transposed": (5, 3, 1, 1, 0, 5),
    "full_padding_no_strides_transposed": (7, 3, 1, 2, 0, 5),
    "no_padding_strides_transposed": (2, 3, 2, 0, 0, 5),
    "padding_strides_transposed": (3, 3, 2, 1, 0, 5),
    "padding_strides_odd_transposed": (3, 3, 2, 1, 1, 6),
}
# Figures 1.1, 1.2, 1.5 and 1.6 of the guide, as printed there.
NUMBERS = {
    "numerical_no_padding_no_strides": "12 12 17, 10 17 19, 9 6 14",
    "numerical_padding_strides": "6 17 3, 8 17 13, 6 4 4",
    "numerical_average_pooling": "1.7 1.7 1.7, 1.0 1.2 1.8, 1.1 0.8 1.3",
    "numerical_max_pooling": "3 3 3, 3 3 3, 3 2 3",
}


def printed(name: str) -> dict:
    return json.loads(good("gallery", name, "--json", "-q").out)


@pytest.mark.parametrize("name", PUBLISHED)
def test_an_animation_has_the_settings_and_the_sizes_of_the_published_one(name):
    i, k, s, p, d, o = PUBLISHED[name]
    found = printed(name)
    assert np.shape(found["input"]) == (i, i)
    assert np.shape(found["weight"]) == (k, k)
    settings = found["settings"]
    assert (settings["stride"], settings["padding"], settings["dilation"]) == ([s] * 2, [[p, p]] * 2, [d] * 2)
    assert np.shape(found["output"]) == (o, o)
    x, w = np.array(found["input"]), np.array(found["weight"])
    expected, _ = convolve(x[None, None], w[None, None], None, stride=(s, s), pads=((p, p), (p, p)), dilation=(d, d))
    assert np.array_equal(found["output"], expected[0, 0])


@pytest.mark.parametrize("name", TRANSPOSED)
def test_a_transposed_animation_has_the_settings_and_the_size_that_its_twin_began_with(name):
    i, k, s, p, a, o = TRANSPOSED[name]
    x, w = (np.array(printed(name)[each]) for each in ("input", "weight"))
    assert x.shape == (i, i)
    assert w.shape == (k, k)
    twin = PUBLISHED[name.removesuffix("_transposed")]
    assert (twin[5], *twin[1:4], twin[0]) == (i, k, s, p, o)
    whole = np.zeros(((i - 1) * s + k + a,) * 2, dtype=int)  # every input cell stamps the kernel, and overlaps add
    for row, column in np.ndindex(i, i):
        whole[row * s : row * s + k, column * s : column * s + k] += x[row, column] * w
    assert np.array_equal(printed(name)["output"], whole[p : p + o, p : p + o])


@pytest.mark.parametrize("name", [*PUBLISHED, *TRANSPOSED])
def test_an_animation_has_a_frame_for_each_output(name, tmp_path):
    good("gallery", name, "-q", "-o", str(tmp_path / "out.gif"))
    with Image.open(tmp_path / "out.gif") as picture:
        assert picture.n_frames == (PUBLISHED | TRANSPOSED)[name][-1] ** 2


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_are_the_published_ones(name):
    expected = [[float(value) for value in row.split()] for row in NUMBERS[name].split(", ")]
    assert np.array_equal(np.round(printed(name)["output"], 1), expected)


@pytest.mark.parametrize("name", [name for name in PICTURES if name not in PUBLISHED | TRANSPOSED])
def test_every_other_picture_is_drawn(name, tmp_path):
    path = tmp_path / f"{name}{PICTURES[name].suffix}"
    good("gallery", name, "-q", "-o", str(path))
    assert path.stat().st_size > 2000


def test_all_of_conv_arithmetic_is_there():
    assert len(PUBLISHED | TRANSPOSED) == 15
    assert set(GROUPS["Convolution arithmetic"]) == set(PUBLISHED)
    assert set(GROUPS["Transposed convolution arithmetic"]) == set(TRANSPOSED)
    assert set(GROUPS["Convolution arithmetic, with numbers"]) == set(NUMBERS)


def test_names_alone_list_every_picture_with_its_caption():
    text = good("gallery").out.decode()
    for name, picture in PICTURES.items():
        assert f"  {name}  " in text
        assert picture.caption in text
    assert all(heading in text for heading in GROUPS)


def test_a_name_alone_shows_a_line_that_makes_the_picture(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    line = next(
        line
        for line in good("gallery", "same-is-asymmetric").out.decode().splitlines()
        if line.startswith("  convviz ")
    )
    assert line.strip() == command("same-is-asymmetric")
    good(*shlex.split(line)[1:])
    with Image.open(tmp_path / "same-is-asymmetric.png") as picture:
        assert picture.size == (1120, 630)


def test_what_follows_a_name_is_added_to_its_line(tmp_path):
    ended = good("gallery", "padding_strides", "--theme", "dark", "--width", "640", "-o", str(tmp_path / "out.gif"))
    assert "convviz conv --input 5x5" in ended.err
    assert "--theme dark --width 640" in ended.err
    with Image.open(tmp_path / "out.gif") as picture:
        assert picture.size == (640, 360)
        assert max(picture.convert("RGB").getpixel((2, 2))) < 64
    assert not good("gallery", "plain", "--alt", "-q").err


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        ("padding-stride", "padding_strides"),
        ("numerical_max", "numerical_max_pooling"),
        ("dilatoin", "dilation"),
        ("sobel", "sobel-x-dilated"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest(typed, near):
    ended = run("gallery", typed)
    assert ended.code == 2
    assert f"gallery '{typed}' is unknown: did you mean {near}" in ended.err
    assert len(ended.err.splitlines()) == 1


def test_an_unknown_name_near_to_none_is_refused_without_a_guess():
    assert run("gallery", "foo").err == "convviz: gallery 'foo' is unknown: `convviz gallery` lists the names\n"


def test_a_name_that_is_like_no_other_is_refused_without_a_guess():
    ended = run("gallery", "zzzz", "-o", "out.gif")
    assert ended.code == 2
    assert "did you mean" not in ended.err


def test_an_option_that_its_line_does_not_take_is_refused(tmp_path):
    ended = run("gallery", "plain", "--pool-size", "2", "-o", str(tmp_path / "out.gif"))
    assert ended.code == 2
    assert "--pool-size" in ended.err
    assert not list(tmp_path.iterdir())


def test_the_picture_that_comes_with_convviz_is_an_input():
    ended = good("conv", "--input", "scene", "--resize", "6x8", "--json")
    assert np.shape(json.loads(ended.out)["input"]) == (6, 8)
    assert "scene" in ended.err


def test_the_picture_that_comes_with_convviz_has_colours():
    """A blue sky, a red roof, green trees: kernels on its planes are worth comparing."""
    pixels = load("scene").array
    sky, roof, tree = pixels[60, 127].astype(int), pixels[50, 33].astype(int), pixels[58, 87].astype(int)
    assert sky.argmax() == 2
    assert roof.argmax() == 0
    assert tree.argmax() == 1
    assert min(np.ptp(each) for each in (sky, roof, tree)) > 40
    red, green, blue = planes(pixels)
    assert min(np.abs(one - other).mean() for one, other in ((red, green), (green, blue), (red, blue))) > 15
    assert [grey(pixels)[place] for place in ((60, 127), (50, 33), (58, 87), (20, 100))] == [181, 45, 35, 255]


def test_the_page_of_the_folder_is_made_from_the_table():
    place = ROOT / "gallery" / "make.py"
    if not place.exists():
        pytest.skip("the repository's gallery is not here")
    spec = importlib.util.spec_from_file_location("make_gallery", place)
    make = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make)
    assert (place.parent / "README.md").read_text(encoding="utf-8") == make.readme()
    kept = {Path(file) for file in make.KEPT}
    assert {Path(path.name) for path in place.parent.iterdir()} >= kept
