"""Layouts of several hundred figures made of random settings: nothing overlaps, nothing leaves its place."""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest

import convviz
from convviz import Scene, SettingError, Trace, animate
from convviz.scene import Image, Line, Mark, Polygon, Rect, Text
from convviz.text import font, measure
from convviz.views.plan import BLANKS
from convviz.write.coverage import area, stroke

Box = tuple[int, int, int, int]
GRIDS = ("input", "kernel", "output")
CROWDED = (*GRIDS, "gap", "window", "product")  # what is written in cells may be smaller than words
PLANES = range(360, 600)
SPREAD = range(600, 720)
FOUND = (1491, 1941, 1986, 2183, 2862, 2957, 3035, 3138, 4836)  # where something was wrong once
SEEDS = (*range(SPREAD.stop), *FOUND)
PARTS = 12


def made(seed: int) -> tuple[Trace, dict[str, object]]:
    """Return a random trace and the options of its figure."""
    r = np.random.default_rng(seed)
    options = {
        "theme": str(r.choice(["light", "dark"])),
        "width": int(r.choice([480, 1120, 1120, 1600])),
        "values": bool(r.random() < 0.93),
    }
    if r.random() < 0.15:
        options["blank"] = [str(each) for each in r.choice(BLANKS, int(r.integers(1, 4)), replace=False)]
    if r.random() < 0.2:
        options["title"] = str(r.choice(["A title", "A longer title than any figure should have " * 3, "é"]))
    make = spread_of if seed >= SPREAD.start else planes_of if seed >= PLANES.start else trace_of
    while True:
        try:
            return make(r), options
        except SettingError:
            continue


def trace_of(r: np.random.Generator) -> Trace:
    rank = int(r.choice([1, 2, 2, 2, 2, 2, 2, 3]))
    most = {1: 20, 2: 20, 3: 5}[rank]
    if rank == 2 and r.random() < 0.5:
        most = 9
    size = [int(n) for n in r.integers(1, most + 1, rank)]
    kernel = [int(n) for n in r.integers(1, 6 if rank < 3 else 4, rank)]
    scale = int(r.choice([5, 10, 100, 256, 30000]))
    x = r.integers(-scale if r.random() < 0.4 else 0, scale, size)
    if r.random() < 0.2:
        x = x * r.random(size)
    window = {
        "stride": [int(n) for n in r.integers(1, 4, rank)],
        "dilation": [int(n) for n in r.integers(1, 4, rank)] if r.random() < 0.4 else 1,
        "padding": [int(n) for n in r.integers(0, 4, rank)] if r.random() < 0.7 else "same",
    }
    kind = r.choice(["conv", "conv", "conv", "max_pool", "avg_pool", "global_max_pool", "global_avg_pool"])
    if str(kind).startswith("global"):
        return getattr(convviz, f"{kind}{rank}d")(x)
    if kind != "conv":
        return getattr(convviz, f"{kind}{rank}d")(x, kernel, ceil_mode=bool(r.random() < 0.3), **window)
    weight = r.integers(-3, 4, kernel) if r.random() < 0.6 else np.ones(kernel) / math.prod(kernel)
    if r.random() < 0.1:
        weight = r.normal(size=kernel)
    if rank == 2 and r.random() < 0.15:
        channels, filters = (int(n) for n in r.integers(1, 4, 2))
        x = r.integers(0, 10, (channels, *size))
        weight = r.integers(-2, 3, (filters, channels, *kernel))
    mode = str(r.choice(["zeros", "zeros", "reflect", "replicate", "circular"]))
    return getattr(convviz, f"conv{rank}d")(x, weight, padding_mode=mode, **window)


def planes_of(r: np.random.Generator) -> Trace:
    """Return a trace of several channels, filters, groups or slices, small or like a photo."""
    rank = int(r.choice([1, 2, 2, 2, 2, 3]))
    size = [int(n) for n in r.integers(2, {1: 14, 2: 9, 3: 6}[rank], rank)]
    if rank < 3 and r.random() < 0.25:
        size = [int(n) for n in r.integers(40, 160, rank)]
    kernel = [int(n) for n in r.integers(1, 4, rank)]
    groups = int(r.choice([1, 1, 1, 2, 3, 8]))
    per_group, filters = int(r.choice([1, 2, 3, 5, 16])), int(r.choice([1, 1, 2, 3, 7]))
    x = r.integers(-9 if r.random() < 0.5 else 0, int(r.choice([3, 10, 256])), (groups * per_group, *size))
    window = {"stride": int(r.integers(1, 3)), "padding": int(r.integers(0, 2)), "dilation": int(r.choice([1, 1, 2]))}
    if r.random() < 0.25:
        return getattr(convviz, f"{r.choice(['max', 'avg'])}_pool{rank}d")(x, kernel, **window)
    weight = r.integers(-2, 3, (groups * filters, per_group, *kernel)) / int(r.choice([1, 1, 3]))
    bias = r.integers(-2, 3, groups * filters) if r.random() < 0.5 else None
    return getattr(convviz, f"conv{rank}d")(x, weight, bias, groups=groups, **window)


def spread_of(r: np.random.Generator) -> Trace:
    """Return a trace whose window is spread out, or made of unequal bins, or takes a norm."""
    rank = int(r.choice([1, 2, 2, 2, 2, 3]))
    size = [int(n) for n in r.integers(1, {1: 12, 2: 7, 3: 4}[rank], rank)]
    if rank < 3 and r.random() < 0.15:
        size = [int(n) for n in r.integers(15, 60, rank)]
    kernel = [int(n) for n in r.integers(1, 4, rank)]
    channels = int(r.choice([1, 1, 1, 2, 3]))
    x = r.integers(-9 if r.random() < 0.5 else 0, int(r.choice([3, 10, 256])), (channels, *size))
    x = x[0] if channels == 1 else x
    window = {"stride": [int(n) for n in r.integers(1, 4, rank)], "padding": int(r.integers(0, 2))}
    kind = str(r.choice(["conv_transpose"] * 3 + ["adaptive_avg_pool", "adaptive_max_pool", "lp_pool", "max_unpool"]))
    operation = getattr(convviz, f"{kind}{rank}d")
    if kind.startswith("adaptive"):
        return operation(x, [int(n) for n in r.integers(1, 8, rank)])
    if kind == "lp_pool":
        return operation(x, float(r.choice([1, 2, 3, 1.5, np.inf])), kernel, **window)
    if kind == "max_unpool":
        pooled = getattr(convviz, f"max_pool{rank}d")(x, kernel, **window)
        return operation(pooled.output, pooled.indices, kernel, output_size=size, **window)
    if r.random() < 0.2:
        window["padding"] = [(int(a), int(b)) for a, b in r.integers(-1, 4, (rank, 2))]
    weight = r.integers(-2, 3, (channels, int(r.choice([1, 1, 2, 3])), *kernel)) / int(r.choice([1, 1, 3]))
    if channels == 1 and r.random() < 0.5:
        weight = weight[0, 0]
    return operation(x, weight, dilation=int(r.choice([1, 1, 2])), **window)


@dataclass(frozen=True)
class Figure:
    name: str
    trace: Trace
    scene: Scene

    @property
    def moments(self) -> list[int]:
        count = len(self.scene.frames)
        return sorted({0, count // 2, count - 1})


@cache
def figure(seed: int) -> Figure | None:
    trace, options = made(seed)
    steps = sorted({0, len(trace) // 2, len(trace) - 1})
    try:
        scene = animate(trace, steps=steps, **options)
    except SettingError:
        return None  # too many planes for the canvas; `figures` sees to it that these are few
    return Figure(f"seed {seed}: {trace!r} {trace.settings} {options}", trace, scene)


def figures(part: int) -> Iterator[Figure]:
    found = [each for seed in SEEDS[part::PARTS] if (each := figure(seed)) is not None]
    assert len(found) > 0.8 * len(SEEDS) / PARTS
    yield from found


@cache
def ink_box(string: str, size: float, bold: bool, mono: bool) -> tuple[float, float, float, float]:
    return font(size, bold, mono).getbbox(string, anchor="ls")


def ink(mark: Text) -> Box:
    """Return the box of the glyphs themselves."""
    left, top, right, bottom = ink_box(mark.string, mark.size, mark.bold, mark.mono)
    x, y = round(mark.left), round(mark.y)
    return math.floor(x + left), math.floor(y + top), math.ceil(x + right), math.ceil(y + bottom)


def covered(mark: Rect) -> Box:
    """Return the box of a rectangle with its line."""
    low = mark.thickness // 2 if mark.stroke else 0
    high = mark.thickness - low if mark.stroke else 0
    return mark.x - low, mark.y - low, mark.x + mark.width + high, mark.y + mark.height + high


def bounds(mark: Mark) -> Box:
    match mark:
        case Text():
            return ink(mark)
        case Rect():
            return covered(mark)
        case Line() | Polygon():
            reach = mark.thickness / 2 if isinstance(mark, Line) or mark.stroke else 0
            left, top = math.floor(mark.x - reach), math.floor(mark.y - reach)
            return left, top, math.ceil(mark.x + mark.width + reach), math.ceil(mark.y + mark.height + reach)
        case _:
            return mark.x, mark.y, mark.x + mark.width, mark.y + mark.height


def report(problems: list[str]) -> None:
    assert not problems, f"{len(problems)} problems:\n" + "\n".join(problems[:12])


PART = pytest.mark.parametrize("part", range(PARTS))


@PART
def test_every_mark_lies_on_the_canvas(part: int) -> None:
    problems = []
    for each in figures(part):
        for moment in each.moments:
            for mark in each.scene.at(moment):
                left, top, right, bottom = bounds(mark)
                if left < 0 or top < 0 or right > each.scene.width or bottom > each.scene.height:
                    problems.append(f"{each.name}\n    frame {moment}: {mark}")
                    break
                if not isinstance(mark, Text) and (mark.width < 0 or mark.height < 0):
                    problems.append(f"{each.name}\n    frame {moment}: a size below 0: {mark}")
    report(problems)


class Canvas:
    """Follows which text and which ground is seen at every pixel, mark after mark."""

    def __init__(self, scene: Scene) -> None:
        self.owner = np.zeros((scene.height, scene.width), dtype=np.int32)
        self.names = ["ground"]
        self.under = np.zeros((scene.height, scene.width), dtype=np.int16)
        self.texts: list[Text] = []
        self.sizes: list[int] = []
        self.problems: list[str] = []

    def role(self, name: str) -> int:
        if name not in self.names:
            self.names.append(name)
        return self.names.index(name)

    def put(self, mark: Mark) -> None:
        if isinstance(mark, Text):
            self.write(mark)
        elif isinstance(mark, Image):
            self.fill((mark.x, mark.y, mark.x + mark.width, mark.y + mark.height), "a ramp")
        elif isinstance(mark, Line | Polygon):
            self.shape(mark)
        else:
            if mark.fill:
                self.fill((mark.x, mark.y, mark.x + mark.width, mark.y + mark.height), mark.fill)
            if mark.stroke:
                left, top, right, bottom = covered(mark)
                t = mark.thickness
                for box in (
                    (left, top, right, top + t),
                    (left, bottom - t, right, bottom),
                    (left, top, left + t, bottom),
                    (right - t, top, right, bottom),
                ):
                    self.fill(box, mark.stroke)

    def fill(self, box: Box, role: str) -> None:
        left, top, right, bottom = box
        self.owner[top:bottom, left:right] = 0
        self.under[top:bottom, left:right] = self.role(role)

    def shape(self, mark: Line | Polygon) -> None:
        """Follow a shape by the pixels of which it covers a part."""
        left, top, right, bottom = bounds(mark)
        points = tuple((x - left, y - top) for x, y in mark.points)
        size = right - left, bottom - top
        part = np.s_[max(0, top) : bottom, max(0, left) : right]
        layers = []
        if isinstance(mark, Line):
            layers.append((stroke(points, mark.thickness, False, mark.dash, *size), mark.role))
        else:
            if mark.fill:
                layers.append((area(points, *size), mark.fill))
            if mark.stroke:
                layers.append((stroke(points, mark.thickness, True, (), *size), mark.stroke))
        for coverage, role in layers:
            height, width = self.owner[part].shape
            covered_ = coverage[max(0, -top) :, max(0, -left) :][:height, :width] > 0.2
            self.owner[part][covered_] = 0
            self.under[part][covered_] = self.role(role)

    def write(self, mark: Text) -> None:
        left, top, right, bottom = ink(mark)
        left, top = max(left, 0), max(top, 0)
        part = self.owner[top:bottom, left:right]
        for other in np.unique(part[part > 0]).tolist():
            self.problems.append(f"{mark.string!r} ({mark.tag}) is written over {self.texts[other - 1].string!r}")
        grounds = {self.names[n] for n in np.unique(self.under[top:bottom, left:right]).tolist()}
        if grounds - {mark.on}:
            self.problems.append(f"{mark.string!r} ({mark.tag}) should lie on {mark.on}, and lies on {grounds}")
        self.texts.append(mark)
        self.sizes.append(part.size)
        part[...] = len(self.texts)

    def half_hidden(self) -> Iterator[str]:
        """Name texts of which something is hidden; a faint edge of a pixel may be, and the whole of a text."""
        left = np.bincount(self.owner.ravel(), minlength=len(self.texts) + 1)[1:]
        for number, (mark, whole, seen) in enumerate(zip(self.texts, self.sizes, left.tolist(), strict=True), start=1):
            if 0 < seen < whole:
                x0, y0, x1, y1 = ink(mark)
                inner = self.owner[y0 + 1 : y1 - 1, x0 + 1 : x1 - 1]
                if (inner != number).any():
                    yield f"{whole - seen} of {whole} pixels of {mark.string!r} ({mark.tag}) are hidden"


@PART
def test_texts_overlap_nothing(part: int) -> None:
    """No text lies over or partly under anything, and each stands on the ground that it says."""
    problems = []
    for each in figures(part):
        for moment in each.moments:
            canvas = Canvas(each.scene)
            for mark in each.scene.at(moment):
                canvas.put(mark)
            found = [*canvas.problems, *canvas.half_hidden()]
            problems += [f"{each.name}\n    frame {moment}: {said}" for said in found[:1]]
    report(problems)


@PART
def test_what_is_written_in_a_cell_stays_in_it(part: int) -> None:
    problems = []
    for each in figures(part):
        for moment in each.moments:
            cells: dict[str, Rect] = {}
            for mark in each.scene.at(moment):
                if mark.tag.split("/")[0] not in CROWDED:
                    continue
                if isinstance(mark, Rect):
                    cells[mark.tag] = mark
                elif isinstance(mark, Text):
                    cell = cells[mark.tag]
                    left, top, right, bottom = ink(mark)
                    if (
                        left < cell.x
                        or top < cell.y
                        or right > cell.x + cell.width + 1
                        or bottom > cell.y + cell.height + 1
                    ):
                        problems.append(f"{each.name}\n    frame {moment}: {mark.string!r} leaves {cell}")
                        break
    report(problems)


@PART
def test_a_lone_number_is_centred_in_its_cell(part: int) -> None:
    for each in figures(part):
        cells = {m.tag: m for m in each.scene.base if isinstance(m, Rect) and m.tag}
        for mark in each.scene.base:
            if isinstance(mark, Text) and mark.tag.split("/")[0] in CROWDED:
                cell = cells[mark.tag]
                left, (_, top, _, bottom) = mark.left, ink(mark)
                assert abs(left + mark.length / 2 - cell.x - cell.width / 2) <= 1, each.name
                if any(digit in mark.string for digit in "0123456789"):
                    assert abs((top + bottom) / 2 - cell.y - cell.height / 2) <= 1.5, each.name


def panels(scene: Scene, moment: int) -> dict[str, Box]:
    """Return the box round the cells of each grid, told apart by the tags."""
    found: dict[str, Box] = {}
    for mark in scene.at(moment):
        name = mark.tag.split("/")[0]
        if name in GRIDS and not isinstance(mark, Text):
            left, top, right, bottom = mark.x, mark.y, mark.x + mark.width, mark.y + mark.height
            if name in found:
                a, b, c, d = found[name]
                left, top, right, bottom = min(a, left), min(b, top), max(c, right), max(d, bottom)
            found[name] = left, top, right, bottom
    return found


def planes(scene: Scene) -> dict[tuple[str, ...], Box]:
    """Return the box round the cells of each plane: of the grid and its first two numbers (three, of a kernel)."""
    found: dict[tuple[str, ...], Box] = {}
    for mark in scene.at(0):
        parts = mark.tag.split("/")
        if parts[0] in GRIDS and not isinstance(mark, Text):
            name = tuple(parts[: 4 if parts[0] == "kernel" else 3])
            box = mark.x, mark.y, mark.x + mark.width, mark.y + mark.height
            old = found.get(name, box)
            found[name] = min(old[0], box[0]), min(old[1], box[1]), max(old[2], box[2]), max(old[3], box[3])
    return found


def centre(box: Box) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


@PART
def test_planes_lie_apart(part: int) -> None:
    for each in figures(part):
        found = planes(each.scene)
        names = {name for name, *_ in found}
        at_any = set().union(*(panels(each.scene, moment) for moment in each.moments))  # first padding slices may come
        hidden = {"size", "output"} <= set(
            each.scene.settings["figure"].get("blank", ())
        )  # which leaves a question mark
        assert ({"input"} if hidden else {"input", "output"}) <= names | at_any, each.name
        for (one, a), (other, b) in itertools.combinations(found.items(), 2):
            apart = a[2] < b[0] or b[2] < a[0] or a[3] < b[1] or b[3] < a[1]
            assert apart, (each.name, one, other)


@PART
def test_grids_share_a_centre_line(part: int) -> None:
    """Side by side they have one height, under one another one middle; each channel and its kernel do too."""
    for each in figures(part):
        window, found = each.trace.window, planes(each.scene)
        if any(axis.low != axis.high or axis.overhang for axis in window.axes) or "window" in tags(each.scene):
            continue  # drawn as colours, padding is no cell; what hangs over the end is none; causal strips are shifted
        kernels = sorted(name for name in found if name[0] == "kernel")
        inputs = sorted((name for name in found if name[0] == "input"), key=lambda name: [int(n) for n in name[1:]])
        outputs = [name for name in found if name[0] == "output"]
        if len(window.axes) == 3:
            continue  # slices are wrapped
        pairs = list(zip(inputs, kernels, strict=False)) if len(kernels) == len(inputs) else []
        if len(inputs) == len(outputs) == 1:
            pairs.append((inputs[0], outputs[0]))
        for one, other in pairs:
            (x0, y0), (x1, y1) = centre(found[one]), centre(found[other])
            assert abs(x0 - x1) <= 2 or abs(y0 - y1) <= 2, (each.name, one, other)


def tags(scene: Scene) -> set[str]:
    return {mark.tag.split("/")[0] for mark in scene.at(0)}


@PART
def test_input_and_output_have_cells_of_one_size(part: int) -> None:
    """Those of the kernel may be larger where that makes its numbers legible, never smaller.

    So may those of an output with a quarter of the cells a side, beside an input that is drawn as colours, and of any
    beside several small planes that have a lens or are drawn as colours.
    """
    for each in figures(part):
        sides: dict[str, set[int]] = {name: set() for name in GRIDS}
        for mark in each.scene.at(-1):
            if isinstance(mark, Rect) and mark.tag.split("/")[0] in GRIDS:
                assert mark.width == mark.height, each.name
                sides[mark.tag.split("/")[0]].add(mark.width)
        assert all(max(found) - min(found) <= 1 for found in sides.values() if found), (each.name, sides)
        axes = each.trace.window.axes[-2:]
        several = any(mark.tag == "label/input/1" for mark in each.scene.base)
        if several and (not sides["input"] or any(mark.tag == "lens" for mark in each.scene.at(-1))):
            assert min(sides["output"] or {99}) >= max(sides["input"] or {0}), (each.name, sides)
            continue
        if not sides["input"] and 4 * max(a.out for a in axes) <= max(a.padded + a.overhang for a in axes):
            continue
        drawn = sides["input"] | sides["output"]
        assert not drawn or max(drawn) - min(drawn) <= 1, (each.name, sides)
        assert not drawn or not sides["kernel"] or min(sides["kernel"]) >= min(drawn) - 1, (each.name, sides)


@PART
def test_words_are_never_small(part: int) -> None:
    """On a canvas of the designed width: words from 13 px, numbers in crowded cells from 10 px."""
    problems = []
    for each in figures(part):
        unit = each.scene.width / 1120
        for moment in each.moments:
            for mark in each.scene.at(moment):
                if isinstance(mark, Text):
                    least = 10 if mark.tag.split("/")[0] in CROWDED else 13
                    if mark.size < math.floor(least * unit * 2) / 2:
                        problems.append(f"{each.name}\n    {mark}")
    report(problems)


@PART
def test_lengths_are_the_measured_ones(part: int) -> None:
    for each in figures(part):
        for mark in each.scene.at(0):
            if isinstance(mark, Text):
                width = font(mark.size, mark.bold, mark.mono).getlength(mark.string)
                assert (
                    mark.length
                    == pytest.approx(width, abs=0.01)
                    == measure(mark.string, mark.size, mark.bold, mark.mono)
                )


@PART
def test_what_must_be_said_is_said_whole(part: int) -> None:
    """An ellipsis may shorten a title or a sentence, never the note that says what the numbers are."""
    problems = []
    for each in figures(part):
        for mark in each.scene.base:
            if isinstance(mark, Text) and mark.tag in ("note", "size", "settings") and mark.string.endswith("…"):
                problems.append(f"{each.name}\n    {mark.tag}: {mark.string}")
    report(problems)


def test_type_is_large_enough_for_a_projector() -> None:
    mean = animate(convviz.conv2d(np.arange(36).reshape(6, 6), np.ones((3, 3)) / 9))
    sobel = animate(convviz.conv2d(np.arange(36).reshape(6, 6) % 7, [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]))
    assert (mean.width, mean.height) == (1120, 630)
    for scene in (mean, sobel):
        weights = 0
        for mark in scene.at(5):
            if not isinstance(mark, Text):
                continue
            name = mark.tag.split("/")[0]
            if mark.string.startswith("×"):
                assert mark.size >= 14
                assert mark.bold
                weights += 1
            elif name in CROWDED and (scene is mean or name == "input"):
                assert mark.size >= 20, mark
            elif name in ("sentence", "result"):
                assert mark.size >= 18
            else:
                assert mark.size >= 13
        assert weights == (9 if scene is sobel else 0)


def test_a_family_of_figures_lines_up() -> None:
    """The default figures have one canvas, one size of cell, and their title, sentence and formula in one place."""
    x = np.arange(36).reshape(6, 6)
    scenes = [animate(convviz.conv2d(x, np.ones((3, 3)) / 9, **o)) for o in ({}, {"stride": 2}, {"dilation": 2})]
    places = [
        {(m.tag, m.x, m.y) for m in scene.at(0) if isinstance(m, Text) and m.tag in ("title", "size", "sentence")}
        for scene in scenes
    ]
    assert places[0] == places[1] == places[2]


def test_nothing_is_wasted_where_a_grid_could_be_larger() -> None:
    """A figure that fills neither the width nor the height has cells of the largest size."""
    for shape in ((6, 6), (5, 8), (8, 5), (10, 10)):
        scene = animate(convviz.conv2d(np.arange(math.prod(shape)).reshape(shape), np.ones((3, 3)) / 9, padding=1))
        grids = panels(scene, -1)
        side = next(m.width for m in scene.base if isinstance(m, Rect) and m.tag.startswith("input/"))
        across = max(box[2] for box in grids.values()) - min(box[0] for box in grids.values())
        down = max(box[3] for box in grids.values()) - min(box[1] for box in grids.values())
        assert side >= 50 or across > 0.8 * scene.width or down > 0.6 * scene.height, (shape, side, across, down)
