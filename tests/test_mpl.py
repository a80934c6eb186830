"""Axes of matplotlib, and PDFs: against the painter of pixels, and as other programs read them."""

import datetime
import io
import json
import math
import pickle
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from conftest import need
from PIL import Image as Picture
from programs import program
from shapes import shapes

import convviz
from convviz import Scene, SettingError, animate, save
from convviz.scene import Image, Line, Polygon, Rect, Text
from convviz.text import measure
from convviz.write import png

matplotlib = need("matplotlib")
for part in ("figure", "backends.backend_agg", "backends.backend_pdf", "backends.backend_svg"):
    need(f"matplotlib.{part}")
Figure = matplotlib.figure.Figure

from convviz.write import mpl, pdf  # noqa: E402 (what matplotlib warns of while it is imported is its own affair)

Pixels = np.ndarray
SOBEL = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
HOSTILE = ["a $x^2$ b_1 \\frac", "kernel 🤖 ok", "one\ntwo\tthree", "a\x00b\x7fc", "שלום مرحبا", "W" * 3000, "é – ∑ ﬁ"]
CLOSE = 4.5  # of 255, over the whole picture: glyphs are smoothed in another way, by older matplotlib in whole pixels


def ramp(*shape: int) -> Pixels:
    return np.arange(math.prod(shape)).reshape(shape)


def noise(seed: int, low: int, high: int, *shape: int) -> Pixels:
    return np.random.default_rng(seed).integers(low, high, shape)


FIGURES: dict[str, Callable[[], Scene]] = {
    "default": lambda: animate(convviz.conv2d(ramp(6, 6), np.ones((3, 3)) / 9)),
    "dark": lambda: animate(convviz.conv2d(ramp(7, 7), np.ones((3, 3)) / 9, stride=2, dilation=2), theme="dark"),
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


def painted(scene: Scene, step: int) -> Pixels:
    file = io.BytesIO()
    png.write(scene, file, step, lambda _: None)
    return pixels(file)


def pixels(file: io.BytesIO | Path) -> Pixels:
    with Picture.open(file) as picture:
        return np.asarray(picture.convert("RGB")).astype(int)


def shown(figure: "Figure", **options: object) -> Pixels:
    file = io.BytesIO()
    figure.savefig(file, format="png", **options)
    return pixels(file)


def alone(scene: Scene, step: int, scale: float = 1.0, dpi: int = 100) -> Pixels:
    """Return a frame on Axes that fill a figure ``scale`` times as large as the scene in pixels."""
    figure = Figure((scene.width * scale / dpi, scene.height * scale / dpi), dpi)
    scene.draw(figure.add_axes((0, 0, 1, 1)), step)
    return shown(figure)


def as_pdf(scene: Scene, step: int = -1) -> bytes:
    file = io.BytesIO()
    pdf.write(scene, file, step, lambda _: None)
    return file.getvalue()


def blocks(apart: Pixels, side: int) -> Pixels:
    """Return the means of squares of a picture."""
    height, width = (size // side * side for size in apart.shape)
    return apart[:height, :width].reshape(height // side, side, width // side, side).mean(axis=(1, 3))


def outside_texts(scene: Scene, step: int) -> Pixels:
    """Return which pixels lie outside all texts."""
    free = np.ones((scene.height, scene.width), dtype=bool)
    for mark in scene.at(step):
        if isinstance(mark, Text):
            left, top = max(0, int(mark.left) - 3), max(0, int(mark.y - mark.size) - 2)
            free[top : int(mark.y + mark.size * 0.3) + 2, left : int(mark.left + mark.length) + 4] = False
    return free


def ink(picture: Pixels, ground: Pixels) -> tuple[int, int, int, int]:
    """Return the box of what is not ground: left, top, right, bottom."""
    rows, columns = np.nonzero(np.abs(picture - ground).sum(axis=2) > 120)
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1


# Against the painter of pixels.


@EACH
@pytest.mark.parametrize("step", [0, 1, -1])
def test_axes_show_what_the_painter_paints(name: str, step: int) -> None:
    scene = scene_of(name)
    ours, seen = painted(scene, step), alone(scene, step)
    assert seen.shape == ours.shape
    apart = np.abs(seen - ours).mean(axis=2)
    assert apart.mean() < CLOSE
    assert blocks(apart, 40).max() < 60, "a region is drawn in another way"
    for axis in (0, 1):
        for by in (-1, 1):
            assert apart.mean() < 0.7 * np.abs(np.roll(seen, by, axis) - ours).mean(), "the whole is out of place"


@EACH
def test_lines_and_cells_are_the_same_to_the_pixel(name: str) -> None:
    scene = scene_of(name)
    apart = np.abs(alone(scene, 1) - painted(scene, 1)).max(axis=2)[outside_texts(scene, 1)]
    sloped = any(isinstance(m, Line | Polygon) or (isinstance(m, Rect) and m.hatch) for m in scene.at(1))
    assert (apart > 8).mean() < (0.03 if sloped else 0.001), "edges of hatches and round corners may differ"
    assert (apart > 110).mean() < 0.002


@pytest.mark.parametrize("scale", [0.5, 2.0, 3.0])
def test_a_frame_has_the_same_look_at_every_size(scale: float) -> None:
    scene = scene_of("sobel")
    seen = alone(scene, 7, scale)
    with_smoothing = Picture.fromarray(painted(scene, 7).astype(np.uint8))
    ours = np.asarray(with_smoothing.resize(seen.shape[1::-1], Picture.Resampling.BOX)).astype(int)
    assert blocks(np.abs(seen - ours).mean(axis=2), round(40 * scale)).max() < 45
    assert np.abs(seen - ours).mean() < 5


# Type.


def lone_text(string: str, size: float, **more: object) -> Scene:
    """Return a scene of one text."""
    width = measure(string, size, bool(more.get("bold")), bool(more.get("mono")))
    mark = Text(40, 100, string, size, "ink", "ground", width, "start", **more)
    colours = {"ground": "#FFFFFF", "ink": "#000000"}
    return Scene(800, 200, (mark,), [convviz.scene.Frame((), (), 1.0)], colours, {}, [("ink", "ground")], "", "", {})


@pytest.mark.parametrize("dpi", [50, 100, 150, 300])
@pytest.mark.parametrize(
    ("size", "more"), [(26, {}), (26, {"bold": True}), (18, {"mono": True}), (16, {"mono": True, "bold": True})]
)
def test_type_is_as_large_as_its_pixels_at_every_resolution(dpi: int, size: float, more: dict[str, bool]) -> None:
    string = "H" + "1234567890" * 3 + "H"
    scene = lone_text(string, size, **more)
    figure = Figure((8, 2), dpi=100)
    scene.draw(figure.add_axes((0, 0, 1, 1)))
    seen = shown(figure, dpi=dpi)
    assert seen.shape == (2 * dpi, 8 * dpi, 3)
    left, top, right, bottom = (edge * 100 / dpi for edge in ink(seen, np.full(3, 255)))
    pixel = 1.5 * max(1.0, 100 / dpi)
    assert bottom == pytest.approx(100, abs=pixel)
    assert bottom - top == pytest.approx(0.729 * size, abs=pixel + 0.08 * size)
    assert left == pytest.approx(40 + 0.1 * size, abs=pixel + 0.1 * size)
    assert right == pytest.approx(40 + measure(string, size, **more) - 0.1 * size, abs=2 * pixel + 0.1 * size)


def test_a_resized_figure_and_zoomed_axes_carry_their_type_along() -> None:
    scene = lone_text("H" * 12, 24)
    figure = Figure((4, 1), dpi=100)
    ax = scene.draw(figure.add_axes((0, 0, 1, 1)))
    boxes = []
    for size in ((4, 1), (8, 2), (16, 4)):
        figure.set_size_inches(size)
        boxes.append(ink(shown(figure), np.full(3, 255)))
    widths, heights = ([box[n + 2] - box[n] for box in boxes] for n in (0, 1))
    assert widths[1] / widths[0] == pytest.approx(2, rel=0.05)
    assert widths[2] / widths[1] == pytest.approx(2, rel=0.03)
    assert heights[2] / heights[1] == pytest.approx(2, rel=0.1)
    ax.set(xlim=(0, 400), ylim=(150, 50))
    left, _, right, _ = ink(shown(figure), np.full(3, 255))
    assert (right - left) / widths[2] == pytest.approx(2, rel=0.03)


def test_signs_of_mathematics_are_signs() -> None:
    for string in ("$x^2$", "$", "a_b^c", r"\frac{1}{2}"):
        plain, dollar = (alone(lone_text(each, 24), 0) for each in (string.replace("$", "S"), string))
        wide = [ink(each, np.full(3, 255))[2] for each in (plain, dollar)]
        assert wide[0] == pytest.approx(wide[1], abs=3)


@pytest.mark.parametrize("title", HOSTILE)
def test_any_title_is_drawn_without_a_warning(title: str) -> None:
    scene = animate(convviz.conv2d(ramp(3, 3), [[1, 2]]), title=title)
    assert alone(scene, -1).shape == (630, 1120, 3)
    assert as_pdf(scene).startswith(b"%PDF")


# A user's figure.


@pytest.mark.parametrize("layout", [None, "constrained", "tight"])
def test_two_axes_of_a_users_figure(layout: str | None) -> None:
    scenes = scene_of("sobel"), scene_of("dark")
    figure = Figure((10, 4), dpi=120, layout=layout)
    axes = figure.subplots(1, 2)
    for scene, ax in zip(scenes, axes, strict=True):
        assert scene.draw(ax, 1) is ax
        ax.set_title("a title")
    seen = shown(figure, dpi=120)
    for scene, ax in zip(scenes, axes, strict=True):
        box = ax.get_window_extent()
        assert box.width / box.height == pytest.approx(scene.width / scene.height, rel=1e-6)
        (marks,) = ax.artists
        assert marks.get_window_extent().bounds == pytest.approx(box.bounds)
        x0, x1 = round(box.x0), round(box.x1)
        y0, y1 = round(len(seen) - box.y1), round(len(seen) - box.y0)
        part = seen[y0:y1, x0:x1]
        small = Picture.fromarray(painted(scene, 1).astype(np.uint8)).resize((x1 - x0, y1 - y0), Picture.Resampling.BOX)
        apart = np.abs(part - np.asarray(small).astype(int)).mean(axis=2)
        assert apart.mean() < 8
        assert blocks(apart, 24).max() < 70


def test_axes_may_be_tiny() -> None:
    figure = Figure((4, 3))
    grid = figure.add_gridspec(3, 3)
    scene_of("dark").draw(figure.add_subplot(grid[1, 1]))
    scene_of("colours").draw(figure.add_subplot(grid[0, 2]), -1)
    scene_of("default").draw(figure.add_axes((0, 0, 0.001, 0.001)))
    assert len(np.unique(shown(figure, dpi=100).reshape(-1, 3), axis=0)) > 50


def test_axes_are_cleared_of_what_was_drawn_before() -> None:
    scene, figure = scene_of("default"), Figure((11.2, 6.3), dpi=100)
    ax = figure.add_axes((0, 0, 1, 1))
    for step in range(4):
        scene.draw(ax, step)
    assert len(ax.artists) == 1
    assert np.array_equal(shown(figure), alone(scene, 3))


def test_a_figure_can_be_kept_and_cropped() -> None:
    figure = convviz.conv2d(ramp(4, 4), SOBEL[:2, :2]).plot(0)
    again = pickle.loads(pickle.dumps(figure))
    assert np.array_equal(shown(again), shown(figure))
    assert shown(figure, bbox_inches="tight", pad_inches=0).shape == (630, 1120, 3)


def test_what_lies_outside_the_limits_is_cut_off() -> None:
    scene = scene_of("sobel")
    figure = Figure((6, 6), dpi=100, facecolor="#FF00FF")
    ax = scene.draw(figure.add_axes((0.25, 0.25, 0.5, 0.5)))
    ax.set(xlim=(100, 300), ylim=(300, 100))
    seen = shown(figure)
    outside = np.ones(seen.shape[:2], dtype=bool)
    outside[149:451, 149:451] = False
    assert (seen[outside] == (255, 0, 255)).all()
    assert not (seen[151:449, 151:449] == (255, 0, 255)).all(axis=2).any()


@pytest.mark.parametrize("step", [16, -17, 1.0, "last", True, None])
def test_a_step_that_is_not_there_is_named(step: object) -> None:
    trace = convviz.conv2d(ramp(6, 6), SOBEL)
    with pytest.raises(SettingError, match=r"^step .* is not there: use 0 to 15, or -1"):
        animate(trace).draw(Figure().add_subplot(), step)
    if step is not None:
        with pytest.raises(SettingError, match=r"^step .* is not there: use 0 to 15, or -1"):
            trace.plot(step)


def test_only_plain_axes_can_be_drawn_on() -> None:
    for wrong in (None, Figure(), Figure().add_subplot(projection="polar")):
        with pytest.raises(SettingError, match="pass plain Axes of matplotlib"):
            scene_of("default").draw(wrong)


# Trace.plot.


def test_a_trace_plots_a_step_as_a_still_shows_it(tmp_path: Path) -> None:
    trace = convviz.conv2d(noise(0, 0, 9, 6, 6), SOBEL)
    for step in (0, 6, -1):
        figure = trace.plot(step)
        assert type(figure) is Figure
        seen = shown(figure)
        ours = pixels(save(trace, tmp_path / "out.png", step=step % 16 + 1))
        assert seen.shape == ours.shape
        assert np.abs(seen - ours).mean() < CLOSE
    assert np.array_equal(shown(trace.plot()), shown(trace.plot(15)))
    assert shown(trace.plot(theme="dark", width=800)).shape == (450, 800, 3)


def test_of_a_batch_the_last_step_that_is_drawn(tmp_path: Path) -> None:
    trace = convviz.max_pool2d(ramp(2, 1, 4, 4), 2)
    assert np.array_equal(shown(trace.plot()), shown(trace.plot(3)))
    with pytest.raises(SettingError, match="use 0 to 3"):
        trace.plot(4)
    for suffix in (".png", ".svg", ".pdf"):
        assert save(trace, tmp_path / f"out{suffix}").stat().st_size > 1000


def test_nothing_global_is_changed(tmp_path: Path) -> None:
    before = dict(matplotlib.rcParams)
    trace = convviz.conv2d(ramp(4, 4), [[1, 2]])
    shown(trace.plot())
    save(trace, tmp_path / "out.pdf")
    assert dict(matplotlib.rcParams) == before


def test_a_users_settings_change_nothing(tmp_path: Path) -> None:
    trace = convviz.conv2d(noise(0, 0, 9, 6, 6), SOBEL, padding=1)
    usual, page = shown(trace.plot()), save(trace, tmp_path / "usual.pdf").read_bytes()
    settings: dict[str, object] = dict.fromkeys(("lines.linewidth", "font.size", "savefig.pad_inches"), 9)
    settings |= dict.fromkeys(("figure.constrained_layout.use", "axes.grid", "text.usetex"), True)
    settings |= {"image.interpolation": "bicubic", "image.origin": "lower", "savefig.bbox": "tight", "savefig.dpi": 30}
    settings |= {"font.family": "serif", "pdf.fonttype": 3, "pdf.compression": 0, "text.hinting": "native"}
    with matplotlib.rc_context(settings):
        assert save(trace, tmp_path / "theirs.pdf").read_bytes() == page
        page_box = matplotlib.transforms.Bbox([(0, 0), (11.2, 6.3)])
        assert np.array_equal(shown(trace.plot(), bbox_inches=page_box, dpi=100), usual)


def test_pyplot_is_never_loaded() -> None:
    code = (
        "import sys, io, convviz; t = convviz.conv2d([[1, 2, 3]], [[1, 1]]); s = convviz.animate(t); "
        "assert 'matplotlib' not in sys.modules; t.plot().savefig(io.BytesIO()); "
        "from convviz.write import pdf; pdf.write(s, io.BytesIO(), 0, print); "
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=100)


# PDF.


@EACH
def test_the_same_scene_gives_the_same_pdf(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first = as_pdf(scene_of(name))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(datetime.datetime(2001, 2, 3).timestamp())))
    assert as_pdf(FIGURES[name]()) == first
    assert b"CreationDate" not in first
    assert b"ModDate" not in first


def test_another_process_at_another_time_gives_the_same_pdf(tmp_path: Path) -> None:
    trace = convviz.conv2d([[1, 2, 3]], [[1, 1]])
    ours = save(trace, tmp_path / "ours.pdf").read_bytes()
    code = "import sys, convviz; convviz.conv2d([[1, 2, 3]], [[1, 1]]).save(sys.argv[1])"
    for seed in ("1", "2"):
        path = tmp_path / f"{seed}.pdf"
        subprocess.run([sys.executable, "-c", code, str(path)], check=True, timeout=100, env={"PYTHONHASHSEED": seed})
        assert path.read_bytes() == ours


@EACH
@pytest.mark.parametrize("step", [0, -1])
def test_a_pdf_looks_as_the_painter_paints(name: str, step: int, tmp_path: Path) -> None:
    reader = program("pdftoppm")
    scene = scene_of(name)
    (tmp_path / "out.pdf").write_bytes(as_pdf(scene, step))
    subprocess.run([reader, "-r", "96", "-png", "-singlefile", "out.pdf", "out"], cwd=tmp_path, check=True, timeout=100)
    seen, ours = pixels(tmp_path / "out.png"), painted(scene, step)
    assert abs(seen.shape[0] - ours.shape[0]) <= 1
    assert seen.shape[1] == ours.shape[1]
    seen = seen[: len(ours)]
    apart = np.abs(seen - ours[: len(seen)]).mean(axis=2)
    assert apart.mean() < 7
    assert blocks(apart, 40).max() < 60
    for by in (-2, 2):
        assert apart.mean() < 0.7 * np.abs(np.roll(seen, by, 1) - ours[: len(seen)]).mean(), "it is out of place"


def words_of(document: bytes) -> list[str]:
    reader = program("pdftotext")
    done = subprocess.run([reader, "-layout", "-", "-"], input=document, capture_output=True, check=True, timeout=100)
    assert done.stderr == b""
    return done.stdout.decode().split()


@EACH
def test_every_word_and_number_of_a_pdf_can_be_found(name: str) -> None:
    scene = scene_of(name)
    found = "".join(sorted("".join(words_of(as_pdf(scene)))))
    marks = list(scene.at(-1))
    said = []
    for number, mark in enumerate(marks):
        if isinstance(mark, Text):
            x, y = mark.left + mark.length / 2, mark.y - mark.size / 3
            later = [
                each
                for each in marks[number + 1 :]
                if isinstance(each, Image) or (isinstance(each, Rect) and each.fill)
            ]
            if not any(b.x <= x <= b.x + b.width and b.y <= y <= b.y + b.height for b in later):
                said.append(mark.string)
    assert found == "".join(sorted("".join("".join(said).split()))), "each letter once, and none that is covered"


def test_sentences_of_a_pdf_stay_whole() -> None:
    trace = convviz.conv2d(noise(0, 0, 9, 6, 6), SOBEL)
    said = " ".join(words_of(as_pdf(animate(trace, steps=[6]), 0)))
    for line in ("Convolution kernel k = 3 · stride s = 1", "input 6×6", "kernel 3×3 (sobel-x)", "step 7 of 16"):
        assert line in said
    assert f"= {str(trace[6].value).replace('-', '−')} step 7 of 16" in said
    assert "output size = ⌊(i + 2p − d(k − 1) − 1)/s⌋ + 1" in said


def test_a_pdf_embeds_its_fonts_as_truetype_and_says_what_it_is() -> None:
    scene = scene_of("dark")
    document = as_pdf(scene)
    assert document.count(b"/CIDFontType2") >= 3
    assert b"/Type3" not in document
    assert b"/FontFile2" in document
    assert b"/Title (Convolution)" in document
    assert b"/Creator (convviz)" in document
    assert b"/MediaBox [ 0 0 840 472.5 ]" in document
    assert document.count(b"/Type /Page\n") + document.count(b"/Type /Page ") == 1
    info = subprocess.run([program("pdfinfo"), "-"], input=document, capture_output=True, check=True, timeout=100)
    about = dict(line.split(":", 1) for line in info.stdout.decode().splitlines() if ":" in line)
    assert about["Subject"].strip() == scene.description
    assert about["Pages"].strip() == "1"
    assert json.loads(about["Keywords"])["output"] == [[16, 18], [30, 32]]


def test_a_pdf_shows_the_step_that_is_asked_for(tmp_path: Path) -> None:
    trace = convviz.conv2d(ramp(6, 6), SOBEL)
    for step, number in (("first", 1), (7, 7), ("last", 16)):
        path = save(trace, tmp_path / "out.pdf", step=step)
        assert f"step {number} of 16" in " ".join(words_of(path.read_bytes()))
    save(animate(trace), tmp_path / "scene.pdf", step=3)
    assert "step 3 of 16" in " ".join(words_of((tmp_path / "scene.pdf").read_bytes()))


def test_the_command_writes_a_pdf(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "convviz", "conv", "-o", str(tmp_path / "out.pdf")]
    subprocess.run(command, check=True, capture_output=True, timeout=100)
    assert (tmp_path / "out.pdf").read_bytes().startswith(b"%PDF-1")


def test_a_ramp_in_a_figure_has_its_own_colours() -> None:
    scene = scene_of("colours")
    (mark,) = [each for each in scene.base if isinstance(each, Image) and each.tag.startswith("input")]
    table = mpl.ramp_colours(scene.ramps[mark.ramp], 256).astype(int)
    seen = alone(scene, -1, 2)
    rows, columns = mark.levels.shape
    y = [round(2 * (mark.y + (i + 0.5) * mark.height / rows)) for i in range(rows - 4)]
    x = [round(2 * (mark.x + (j + 0.5) * mark.width / columns)) for j in range(columns - 4)]
    assert np.array_equal(seen[np.ix_(y, x)], table[mark.levels[:-4, :-4]])
