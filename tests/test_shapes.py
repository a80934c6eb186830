"""Lines and polygons: what they cover, against samples taken one by one; how the painters paint them."""

import io
import itertools
import math
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Picture
from shapes import ROLES, shapes, star
from test_svg_png import as_svg, painted, shot

from convviz import Scene
from convviz.scene import Frame, Line, Mark, Point, Polygon
from convviz.views.strip import moved
from convviz.write.coverage import area, dashed, stroke
from convviz.write.raster import Raster

Pixels = np.ndarray
SAMPLES = 16  # a side of a pixel
COLOURS = {"ground": "#FFFFFF", "ink": "#000000", "red": "#C00000", "blue": "#0000C0"}
SEEDS = st.integers(0, 2**32 - 1)


def lone(*marks: Mark, moving: tuple[Mark, ...] = (), size: int = 64) -> Scene:
    inks = [(a, b) for a in COLOURS for b in COLOURS if a != b]
    return Scene(size, size, marks, [Frame((), moving, 1.0)], COLOURS, {}, inks, "t", "d", {})


def samples(width: int, height: int) -> tuple[Pixels, Pixels]:
    along = (np.arange(max(width, height) * SAMPLES) + 0.5) / SAMPLES
    return along[None, : width * SAMPLES], along[: height * SAMPLES, None]


def averaged(inside: Pixels) -> Pixels:
    height, width = (size // SAMPLES for size in inside.shape)
    return inside.reshape(height, SAMPLES, width, SAMPLES).mean(axis=(1, 3))


def inside(points: tuple[Point, ...], width: int, height: int) -> Pixels:
    """Tell of every sample whether it lies in a polygon, by how often a ray to its right crosses the edges."""
    x, y = samples(width, height)
    odd = np.zeros((height * SAMPLES, width * SAMPLES), dtype=bool)
    for (x0, y0), (x1, y1) in itertools.pairwise((*points, points[0])):
        if y0 != y1:
            odd ^= ((y0 > y) != (y1 > y)) & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
    return odd


def within(points: list[Point], thickness: float, width: int, height: int) -> Pixels:
    """Tell of every sample whether it is near enough to a line, which is flat at its ends and round between."""
    x, y = samples(width, height)
    found = np.zeros((height * SAMPLES, width * SAMPLES), dtype=bool)
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        length = math.hypot(x1 - x0, y1 - y0)
        along = ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length
        across = np.abs((x - x0) * (y1 - y0) - (y - y0) * (x1 - x0)) / length
        found |= (along >= 0) & (along <= length) & (across <= thickness / 2)
    for x0, y0 in points[1:-1]:
        found |= np.hypot(x - x0, y - y0) <= thickness / 2
    return found


@given(seed=SEEDS)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_an_area_covers_what_samples_say(seed: int) -> None:
    r = np.random.default_rng(seed)
    kind = r.integers(3)
    if kind == 0:
        points = star(*r.uniform(5, 35, 2), float(r.uniform(2, 25)), float(r.uniform(0, 6)))
    else:  # a convex one: points on an ellipse
        angles = np.sort(r.uniform(0, 2 * math.pi, int(r.integers(3, 8))))[:: 1 if kind == 1 else -1]
        (x, y), (a, b) = r.uniform(0, 40, 2), r.uniform(3, 30, 2)
        points = tuple((float(x + a * math.cos(t)), float(y + b * math.sin(t))) for t in angles)
    apart = np.abs(area(points, 40, 36) - averaged(inside(points, 40, 36)))
    assert apart.max() < 0.13
    assert apart.mean() < 0.005


@given(seed=SEEDS)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_a_stroke_covers_what_samples_say(seed: int) -> None:
    r = np.random.default_rng(seed)
    points = tuple((float(x), float(y)) for x, y in r.uniform(-4, 44, (int(r.integers(2, 5)), 2)))
    thickness = float(r.choice([1, 1.5, 2, 3, 6]))
    apart = np.abs(stroke(points, thickness, False, (), 40, 36) - averaged(within([*points], thickness, 40, 36)))
    assert apart.max() < 0.45, "where lines meet at a sharp angle"
    assert apart.mean() < 0.012


@given(seed=SEEDS)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_dashes_and_gaps_add_up(seed: int) -> None:
    r = np.random.default_rng(seed)
    points = [(float(x), float(y)) for x, y in r.uniform(0, 50, (int(r.integers(2, 6)), 2))]
    dash = [float(each) for each in r.uniform(1, 9, int(r.integers(1, 5)))]
    whole = sum(math.dist(a, b) for a, b in itertools.pairwise(points))
    parts = [sum(math.dist(a, b) for a, b in itertools.pairwise(part)) for part in dashed(points, dash)]
    pattern = itertools.cycle(dash)
    left, expected = whole, []
    for number, each in enumerate(pattern):
        if left <= 0:
            break
        if number % 2 == 0:
            expected.append(min(each, left))
        left -= each
    assert parts == pytest.approx(expected)


def test_whole_pixels_stay_whole() -> None:
    square = ((4, 5), (20, 5), (20, 30), (4, 30))
    marks = (
        Polygon(square, "red"),
        Line(((0, 40.5), (64, 40.5)), "ink"),
        Line(((50, 0), (50, 64)), "blue", 2),
    )
    seen = painted(lone(*marks), 0)
    expected = np.full((64, 64, 3), 255, dtype=np.uint8)
    expected[5:30, 4:20] = (192, 0, 0)
    expected[40] = 0
    expected[:, 49:51] = (0, 0, 192)
    assert np.array_equal(seen, expected)


def test_edges_are_blended_with_what_lies_under_them() -> None:
    half = Polygon(((8, 8), (30.5, 8), (30.5, 40), (8, 40)), "ink")
    for under, colour in (("ground", 255), ("red", (192, 0, 0)), ("blue", (0, 0, 192))):
        ground = Polygon(((0, 0), (64, 0), (64, 64), (0, 64)), under)
        seen = painted(lone(ground, half), 0).astype(int)
        assert np.abs(seen[20, 30] - np.array(colour) / 2).max() <= 1
        assert (seen[20, 29] == 0).all()
        assert (seen[20, 31] == colour).all()


@given(seed=SEEDS)
@settings(max_examples=80, deadline=None, derandomize=True)
def test_a_mark_changes_nothing_outside_the_box_it_names(seed: int) -> None:
    r = np.random.default_rng(seed)
    points = tuple((float(x), float(y)) for x, y in r.uniform(-30, 94, (3, 2)))
    thickness = float(r.choice([0.5, 1, 2, 5]))
    if r.random() < 0.5:
        dash = tuple(map(float, r.uniform(1, 6, int(r.integers(0, 4)))))
        mark: Mark = Line(points, "ink", thickness, dash)
    else:
        mark = Polygon(points, str(r.choice(["", "red"])), str(r.choice(["", "blue"])), thickness)
    raster = Raster(lone())
    canvas = raster.blank()
    ((left, top, right, bottom),) = raster.paint([mark], canvas)
    changed = canvas != raster.roles["ground"]
    changed[max(0, top) : max(0, bottom), max(0, left) : max(0, right)] = False
    assert not changed.any()


def test_a_mark_knows_its_box_and_can_be_moved() -> None:
    points = ((3.0, 9.0), (7.5, 2.0), (5.0, 4.0))
    for mark in (Line(points, "ink"), Polygon(points, "red")):
        assert (mark.x, mark.y, mark.width, mark.height) == (3, 2, 4.5, 7)
        pushed = moved(mark, 10, 20)
        assert isinstance(pushed, type(mark))
        assert pushed.points == ((13.0, 29.0), (17.5, 22.0), (15.0, 24.0))


# SVG and a browser.


@cache
def figure() -> Scene:
    return shapes()


def test_an_svg_holds_every_line_and_polygon() -> None:
    scene = figure()
    root = ElementTree.fromstring(as_svg(scene, 5))
    for kind, name in ((Line, "polyline"), (Polygon, "polygon")):
        marks = [mark for mark in scene.at(5) if isinstance(mark, kind)]
        elements = list(root.iter("{http://www.w3.org/2000/svg}" + name))
        assert len(elements) == len(marks) > 3
        for element, mark in zip(elements, marks, strict=True):
            read = [tuple(map(float, pair.split(","))) for pair in element.get("points").split()]
            assert np.allclose(read, mark.points, atol=0.005)
            ink = mark.role if isinstance(mark, Line) else mark.stroke
            assert element.get("stroke") == (scene.palette[ink] if ink else None)
            assert float(element.get("stroke-width", mark.thickness)) == mark.thickness
            assert element.get("data-tag", "") == mark.tag
            if isinstance(mark, Line):
                assert tuple(map(float, (element.get("stroke-dasharray") or "").split())) == mark.dash
                assert element.get("fill") == "none"
            else:
                assert element.get("fill") == scene.palette[mark.fill]


def crowd() -> Scene:
    """Return many shapes, whose edges make up most of the picture."""
    r = np.random.default_rng(5)
    marks: list[Mark] = []
    for number in range(60):
        x, y = (float(each) for each in r.uniform(20, 360, 2))
        points = star(x, y, float(r.uniform(10, 50)), float(r.uniform(0, 6)))
        fill, ink = (str(each) for each in r.choice(["red", "blue", "ink"], 2))
        thickness = float(r.choice([1, 2, 3]))
        if number % 3:
            marks.append(Polygon(points, fill, ink, thickness))
        else:
            marks.append(Line(points[:6:2], ink, thickness, (9.0, 4.0) if number % 2 else ()))
    return lone(*marks, size=380)


def test_a_browser_shows_the_shapes_as_the_painter_paints(tmp_path: Path) -> None:
    scene = crowd()
    path = tmp_path / "figure.svg"
    path.write_bytes(as_svg(scene, 0))
    seen = shot(path, tmp_path, 600, 600)[: scene.height, : scene.width]
    ours = painted(scene, 0).astype(int)
    apart = np.abs(seen - ours).max(axis=2)
    assert apart.mean() < 3
    assert (apart > 80).mean() < 0.003
    for axis in (0, 1):
        assert apart.mean() < 0.3 * np.abs(np.roll(seen, 1, axis) - ours).max(axis=2).mean()


def test_matplotlib_shows_the_shapes_as_the_painter_paints() -> None:
    from matplotlib.figure import Figure

    scene = crowd()
    drawn = Figure((scene.width / 100, scene.height / 100), dpi=100)
    scene.draw(drawn.add_axes((0, 0, 1, 1)))
    file = io.BytesIO()
    drawn.savefig(file, format="png")
    with Picture.open(file) as picture:
        seen = np.asarray(picture.convert("RGB")).astype(int)
    apart = np.abs(seen - painted(scene, 0).astype(int)).max(axis=2)
    assert apart.mean() < 3
    assert (apart > 80).mean() < 0.003


def test_the_roles_of_the_figure_are_roles() -> None:
    assert set(ROLES) <= set(figure().palette)
