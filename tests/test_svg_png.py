"""Stills: PNGs as Pillow reads them, SVGs as an XML parser and a browser do."""

import io
import json
import math
import subprocess
from collections.abc import Callable
from contextlib import nullcontext
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image as Picture
from programs import program
from shapes import shapes

import convviz
from convviz import Scene, animate, save
from convviz.errors import LettersWarning
from convviz.scene import Image, Mark, Rect, Text
from convviz.text import font, measure, places
from convviz.write import png, raster, svg
from convviz.write.raster import Raster

Pixels = np.ndarray
SVG = "{http://www.w3.org/2000/svg}"
MEAN = np.ones((3, 3)) / 9
SOBEL = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
HOSTILE = {
    "script": "<script>alert(1)</script>",
    "end of script": "</text></svg><svg onload=alert(1)>",
    "ampersand": "a & b &amp; c &#60; &lt;",
    "cdata": "<![CDATA[ x ]]> ]]>",
    "quotes": "\"double\" 'single' `back`",
    "comment": "<!-- a -- b -->",
    "control": "a\x00b\x01c\x07d\x1be\x7ff",
    "lines": "one\ntwo\r\nthree\tfour",
    "no characters": "a\ufffeb\uffffc",
    "lone surrogate": "a\udcffb",
    "emoji": "kernel 🤖👩‍👩‍👧 ok",
    "right to left": "שלום مرحبا \u202eabc",
    "combining": "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢",
    "long": "word " * 2000,
    "one long word": "W" * 5000,
    "spaces": "  two  spaces  ",
}


def ramp(*shape: int) -> Pixels:
    return np.arange(math.prod(shape)).reshape(shape)


def noise(seed: int, low: int, high: int, *shape: int) -> Pixels:
    return np.random.default_rng(seed).integers(low, high, shape)


FIGURES: dict[str, Callable[[], Scene]] = {
    "default": lambda: animate(convviz.conv2d(ramp(6, 6), MEAN)),
    "dark": lambda: animate(convviz.conv2d(ramp(7, 7), MEAN, stride=2, dilation=2), theme="dark"),
    "sobel": lambda: animate(convviz.conv2d(noise(0, 0, 9, 6, 6), SOBEL, padding=1)),
    "max": lambda: animate(convviz.max_pool2d(noise(1, 0, 4, 6, 7), 2), theme="dark", width=800),
    "colours": lambda: animate(convviz.conv2d(noise(4, 0, 256, 40, 36), SOBEL, padding=1), width=640),
    "slices": lambda: animate(convviz.conv3d(ramp(3, 4, 4), np.ones((2, 2, 2)) / 8)),
    "shapes": shapes,
}
EACH = pytest.mark.parametrize("name", FIGURES)


@cache
def scene_of(name: str) -> Scene:
    return FIGURES[name]()


def titled(title: str) -> Scene:
    return animate(convviz.conv2d(ramp(3, 3), [[1, 2]]), title=title)


def painted(scene: Scene, step: int, marks: list[Mark] | None = None) -> Pixels:
    raster = Raster(scene)
    canvas = raster.blank()
    raster.paint(scene.at(step) if marks is None else marks, canvas)
    return np.frombuffer(raster.palette, dtype=np.uint8).reshape(-1, 3)[canvas]


def as_png(scene: Scene, step: int) -> bytes:
    file = io.BytesIO()
    png.write(scene, file, step, lambda _: None)
    return file.getvalue()


def as_svg(scene: Scene, step: int) -> bytes:
    file = io.BytesIO()
    svg.write(scene, file, step, lambda _: None)
    return file.getvalue()


def parsed(scene: Scene, step: int = 0) -> ElementTree.Element:
    root = ElementTree.fromstring(as_svg(scene, step))
    assert root.tag == SVG + "svg"
    return root


# PNG.


@EACH
@pytest.mark.parametrize("step", [0, -1])
def test_a_png_is_what_the_painter_painted(name: str, step: int) -> None:
    scene = scene_of(name)
    with Picture.open(io.BytesIO(as_png(scene, step))) as picture:
        assert picture.format == "PNG"
        assert picture.size == (scene.width, scene.height)
        assert np.array_equal(np.asarray(picture.convert("RGB")), painted(scene, step))


def test_a_png_holds_its_settings() -> None:
    scene = scene_of("dark")
    with Picture.open(io.BytesIO(as_png(scene, 0))) as picture:
        picture.load()
        texts = picture.text
    record = json.loads(texts["convviz"])
    assert record["schema"] == 1
    assert record["operation"] == "conv2d"
    assert record["settings"]["stride"] == record["settings"]["dilation"] == [2, 2]
    assert record["input"] == ramp(7, 7).tolist()
    assert record["output"] == [[16, 18], [30, 32]]
    assert record["figure"]["theme"] == "dark"
    assert texts["Title"] == scene.title == "Convolution"
    assert texts["Description"] == scene.description


def test_a_large_array_is_named_by_its_digest() -> None:
    x = noise(4, 0, 256, 40, 36)
    with Picture.open(io.BytesIO(as_png(scene_of("colours"), 0))) as picture:
        picture.load()
        record = json.loads(picture.text["convviz"])
    import hashlib

    assert record["input"]["shape"] == [40, 36]
    assert record["input"]["sha256"] == hashlib.sha256(x.astype("<i8").tobytes()).hexdigest()


def test_steps_are_counted_from_one(tmp_path: Path) -> None:
    trace = convviz.conv2d(ramp(6, 6), MEAN)
    for step, index in ((1, 0), (7, 6), (16, 15), ("first", 0), ("last", 15)):
        path = save(trace, tmp_path / "out.png", step=step)
        with Picture.open(path) as picture:
            assert np.array_equal(np.asarray(picture.convert("RGB")), painted(animate(trace, steps=[index]), 0)), step


@EACH
def test_the_same_scene_gives_the_same_stills(name: str) -> None:
    assert as_png(FIGURES[name](), -1) == as_png(scene_of(name), -1)
    assert as_svg(FIGURES[name](), -1) == as_svg(scene_of(name), -1)


# SVG.


@EACH
@pytest.mark.parametrize("step", [0, -1])
def test_an_svg_holds_the_same_texts(name: str, step: int) -> None:
    scene = scene_of(name)
    root = parsed(scene, step)
    assert root.get("viewBox") == f"0 0 {scene.width} {scene.height}"
    texts = [mark for mark in scene.at(step) if isinstance(mark, Text)]
    elements = list(root.iter(SVG + "text"))
    assert [element.text for element in elements] == [mark.string for mark in texts]
    for element, mark in zip(elements, texts, strict=True):
        assert float(element.get("x")) == pytest.approx(mark.x, abs=0.005)
        assert float(element.get("y")) == pytest.approx(mark.y, abs=0.005)
        assert float(element.get("font-size")) == mark.size
        assert element.get("fill") == scene.palette[mark.role]
        assert element.get("text-anchor", "start") == mark.anchor
        assert (element.get("font-weight") == "700") == mark.bold
        assert ("Mono" in element.get("font-family")) == mark.mono
        if len(mark.string) > 1:
            length = measure(mark.string, mark.size, mark.bold, mark.mono)
            assert float(element.get("textLength")) == pytest.approx(length, abs=0.005)


@EACH
def test_an_svg_holds_every_mark(name: str) -> None:
    scene = scene_of(name)
    root = parsed(scene, -1)
    marks = list(scene.at(-1))
    ns = {"s": SVG[1:-1]}
    assert len(root.findall("s:image", ns)) == sum(isinstance(mark, Image) for mark in marks)
    hatched = sum(isinstance(mark, Rect) and bool(mark.hatch) for mark in marks)
    again = sum(isinstance(mark, Rect) and bool(mark.hatch) and bool(mark.stroke) for mark in marks)
    rects = sum(isinstance(mark, Rect) for mark in marks)
    assert len(root.findall("s:rect", ns)) == 1 + rects + hatched + again
    tags = [element.get("data-tag") for element in root if element.get("data-tag")]
    assert tags == [mark.tag for mark in marks if mark.tag]
    defined = {element.get("id") for element in root.iter(SVG + "pattern")}
    used = {e.get("fill")[5:-1] for e in root.iter(SVG + "rect") if e.get("fill").startswith("url(")}
    assert used == defined


@EACH
def test_an_svg_can_be_read_aloud(name: str) -> None:
    scene = scene_of(name)
    root = parsed(scene)
    title, desc = root.find(SVG + "title"), root.find(SVG + "desc")
    assert title.text == scene.title != ""
    assert desc.text == scene.description != ""
    assert root.get("role") == "img"
    assert root.get("aria-labelledby").split() == [title.get("id"), desc.get("id")]
    assert json.loads(root.find(SVG + "metadata").text)["schema"] == 1


def test_an_svg_asks_for_nothing_from_outside() -> None:
    for name in FIGURES:
        text = as_svg(scene_of(name), -1).decode()
        assert text.count("http") == 1, "only the namespace"
        assert "<script" not in text
        for element in ElementTree.fromstring(text).iter():
            for key, value in element.attrib.items():
                assert not key.startswith("on")
                if key.endswith("href"):
                    assert value.startswith("data:image/png;base64,")


def test_colours_are_those_of_the_raster() -> None:
    """An image in the SVG holds a cell a pixel; the raster has fewer shades, never far from it."""
    import base64

    scene = scene_of("colours")
    element = parsed(scene).find(SVG + "image")
    data = base64.b64decode(element.get("href").partition(",")[2])
    with Picture.open(io.BytesIO(data)) as picture:
        small = np.asarray(picture.convert("RGB")).astype(int)
    (mark,) = [mark for mark in scene.base if isinstance(mark, Image) and mark.tag.startswith("input")]
    assert small.shape[:2] == mark.levels.shape
    big = painted(scene, 0, list(scene.base)).astype(int)
    rows, columns = small.shape[:2]
    y = [round(mark.y + (i + 0.5) * mark.height / rows) for i in range(2, rows - 2)]
    x = [round(mark.x + (j + 0.5) * mark.width / columns) for j in range(2, columns - 2)]
    assert np.abs(big[np.ix_(y, x)] - small[2:-2, 2:-2]).max() <= 4


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_title_stays_text(name: str) -> None:
    scene = titled(HOSTILE[name])
    root = parsed(scene)
    usual = parsed(titled("A title"))
    shape = [element.tag for element in root.iter()]
    if abs(len(shape) - len([*usual.iter()])) <= 1:  # the settings go to a line of their own beside a long title
        assert set(shape) == {element.tag for element in usual.iter()}
    assert not [tag for tag in shape if "script" in tag]
    printable = "".join(each for each in HOSTILE[name] if each.isprintable() and each != " ")
    seen = "".join(each for each in root.find(SVG + "title").text if each.isprintable() and each != " ")
    assert seen == printable
    (text,) = [e for e in root.iter(SVG + "text") if e.get("data-tag") == "title"]
    assert float(text.get("textLength")) <= scene.width - 80 + 1


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_title_makes_a_png_and_a_gif(name: str, tmp_path: Path) -> None:
    trace = convviz.conv2d(ramp(3, 3), [[1, 2]])
    lacking = pytest.warns(LettersWarning, match="drawn as boxes")
    for suffix in (".png", ".gif"):
        with lacking if name in ("emoji", "combining") else nullcontext():
            path = save(trace, tmp_path / f"out{suffix}", title=HOSTILE[name])
        with Picture.open(path) as picture:
            picture.load()
            assert picture.size == (1120, 630)
            if suffix == ".png":
                assert json.loads(picture.text["convviz"])["figure"]["title"] == HOSTILE[name]


# A browser.


def shot(path: Path, folder: Path, width: int, height: int) -> Pixels:
    """Return what Chromium shows of a file."""
    into = folder / "shot.png"
    subprocess.run(
        [
            *(program("chromium"), "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
            *("--disable-background-networking", "--force-device-scale-factor=1", "--force-color-profile=srgb"),
            *(f"--user-data-dir={folder / 'profile'}", f"--window-size={width},{height}"),
            *(f"--screenshot={into}", path.as_uri()),
        ],
        check=True,
        capture_output=True,
        timeout=100,
    )
    with Picture.open(into) as picture:
        return np.asarray(picture.convert("RGB")).astype(int)


def moved(marks: list[Mark], name: str, by: int) -> list[Mark]:
    """Return marks with one grid pushed to the right."""
    return [m._replace(x=m.x + by) if m.tag.split("/")[0] == name else m for m in marks]


CLOSE = 4.0  # of 255, over the whole picture: edges of glyphs and hatches are smoothed in another way


@pytest.mark.parametrize("name", ["sobel", "dark"])
def test_a_browser_shows_the_svg_as_the_painter_paints(name: str, tmp_path: Path) -> None:
    scene = scene_of(name)
    step = 2
    path = tmp_path / "figure.svg"
    path.write_bytes(as_svg(scene, step))
    seen = shot(path, tmp_path, scene.width, scene.height)
    ours = painted(scene, step).astype(int)
    assert seen.shape == ours.shape
    apart = np.abs(seen - ours).mean(axis=2)
    assert apart.mean() < CLOSE
    assert apart.mean() < np.abs(np.roll(seen, 1, axis=1) - ours).mean(), "the whole is out of place"

    marks = list(scene.at(step))
    for grid in ("input", "kernel", "output"):
        boxes = [m for m in marks if isinstance(m, Rect) and m.tag.split("/")[0] == grid]
        part = np.s_[
            min(m.y for m in boxes) - 4 : max(m.y + m.height for m in boxes) + 5,
            min(m.x for m in boxes) - 4 : max(m.x + m.width for m in boxes) + 5,
        ]
        for by in (-2, -1, 1, 2):
            pushed = painted(scene, step, moved(marks, grid, by)).astype(int)
            far = np.abs(seen - pushed).mean(axis=2)[part].mean()
            assert apart[part].mean() < 0.65 * far, f"the {grid} could as well be {by} pixels to the right"


@pytest.mark.parametrize("bold", [False, True])
@pytest.mark.parametrize("size", [10, 10.5, 11, 12, 13, 14, 15.5, 16, 20, 24, 26])
def test_texts_put_together_from_letters_are_those_that_are_drawn_whole(size, bold):
    painter = raster.Raster(animate(convviz.conv2d([[1, 2], [3, 4]], [[1]])))
    look = (size, bold, False, "ink", "ground")
    for string in ("7", "−152", "0.125", "≈ −3.1e−05", "×−2", "step 123 of 4096", "63/9", "[0, 10]", "1771−411", "Ay1"):
        levels, dx, dy = raster._glyphs(string, size, bold, False)
        whole, found = np.zeros((60, 300), np.uint8), np.zeros((60, 300), np.uint8)
        part = np.s_[40 + dy : 40 + dy + len(levels), 10 + dx : 10 + dx + levels.shape[1]]
        whole[part] = painter._blends["ink", "ground"][levels] * (levels > 0)
        inked, where, dx, dy = painter._ink(string, look)
        found[40 + dy : 40 + dy + len(inked), 10 + dx : 10 + dx + inked.shape[1]] = inked * where
        np.testing.assert_array_equal(found, whole, string)
        assert places(string, size, bold)[-1] == font(size, bold).getlength(string)
