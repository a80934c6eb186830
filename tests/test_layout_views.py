"""Layouts of stamps, of both readings and of the edges of pooling, at three sizes of canvas: nothing overlaps."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
import pytest
from test_layout import Canvas, bounds, ink, report

import convviz
from convviz import Scene, SettingError, Trace, animate
from convviz.scene import Rect, Text
from convviz.views.kinds import steps_of

WIDTHS = (640, 1120, 1600)
SEEDS = (*range(240), 338, 358, 381, 555, 598, 698)  # the last ones are where something was wrong once
PARTS = 8
CELLS = ("input", "kernel", "output", "stamp", "stamps", "plus", "hits", "gap", "window", "product")


def stamped(r: np.random.Generator) -> Trace:
    """Return a random trace with a kernel, most of them transposed."""
    rank = int(r.choice([1, 2, 2, 2, 2, 3]))
    size = [int(n) for n in r.integers(1, {1: 22, 2: 6, 3: 3}[rank], rank)]
    if rank == 2 and r.random() < 0.1:
        size = [int(n) for n in r.integers(20, 48, rank)]
    kernel = [int(n) for n in r.integers(1, 5 if rank < 3 else 3, rank)]
    groups = int(r.choice([1, 1, 1, 2])) if rank < 3 else 1
    channels, filters = groups * int(r.choice([1, 1, 1, 2, 3])), int(r.choice([1, 1, 2, 3]))
    x = r.integers(-9 if r.random() < 0.4 else 0, int(r.choice([4, 10, 100])), (channels, *size))
    stride = [int(n) for n in r.integers(1, 4, rank)]
    dilation = [int(n) for n in r.integers(1, 3, rank)]
    bias = r.integers(-3, 4, filters * groups) if r.random() < 0.3 else None
    over = int(r.choice([1, 1, 1, 4, 9]))
    if r.random() < 0.25:
        weight = r.integers(-2, 4, (groups * filters, channels // groups, *kernel)) / over
        window = {"stride": stride, "dilation": dilation, "padding": int(r.integers(0, 3)), "groups": groups}
        return getattr(convviz, f"conv{rank}d")(x, weight, bias, **window)
    weight = r.integers(-2, 4, (channels, filters, *kernel)) / over
    more = [int(r.integers(0, max(a, b))) for a, b in zip(stride, dilation, strict=True)]
    pads = [(int(a), int(b)) for a, b in r.integers(0, 3, (rank, 2))]
    return getattr(convviz, f"conv_transpose{rank}d")(
        x, weight, bias, stride=stride, padding=pads, output_padding=more, dilation=dilation, groups=groups
    )


def pooled(r: np.random.Generator) -> Trace:
    """Return a random pooling whose windows hang over the end, read padding or are bins."""
    rank = int(r.choice([1, 2, 2, 2, 3]))
    size = [int(n) for n in r.integers(2, {1: 14, 2: 9, 3: 5}[rank], rank)]
    if rank == 2 and r.random() < 0.15:
        size = [int(n) for n in r.integers(30, 90, rank)]
    channels = int(r.choice([1, 1, 1, 2, 3]))
    x = r.integers(-9 if r.random() < 0.4 else 0, int(r.choice([3, 10, 256])), (channels, *size))
    x = x[0] if channels == 1 else x
    kind = str(r.choice(["max_pool", "avg_pool", "avg_pool", "lp_pool", "adaptive_avg_pool", "adaptive_max_pool"]))
    operation = getattr(convviz, f"{kind}{rank}d")
    if kind.startswith("adaptive"):
        return operation(x, [int(n) for n in r.integers(1, 7, rank)])
    kernel = [int(n) for n in r.integers(2, 4, rank)]
    window = {"stride": [int(n) for n in r.integers(1, 4, rank)], "padding": int(r.integers(0, 2)), "ceil_mode": True}
    if kind == "lp_pool":
        return operation(x, 2, kernel, **window)
    if kind == "avg_pool":
        window["count_include_pad"] = bool(r.random() < 0.5)
    return operation(x, kernel, **window)


@cache
def figure(seed: int) -> tuple[str, Trace, Scene, str] | None:
    """Return a random figure, None where its planes are too many for the canvas."""
    r = np.random.default_rng(seed)
    view = ("scatter", "scatter", "both", "gather")[seed % 4]
    width = WIDTHS[seed // 4 % 3]
    theme = str(r.choice(["light", "dark", "print", "contrast"]))
    while True:
        try:
            trace = pooled(r) if view == "gather" else stamped(r)
            break
        except SettingError:
            continue
    count = steps_of(trace, view)
    steps = sorted({0, int(r.integers(0, count)), count - 1})
    try:
        scene = animate(trace, view=view, width=width, theme=theme, steps=steps, shade=bool(r.random() < 0.1))
    except SettingError:
        return None  # `figures` sees to it that these are few
    return f"seed {seed}: {view} {width} {theme} {trace!r} {dict(trace.settings)}", trace, scene, view


def figures(part: int) -> Iterator[tuple[str, Trace, Scene, str]]:
    seeds = SEEDS[part::PARTS]
    found = [each for seed in seeds if (each := figure(seed)) is not None]
    assert len(found) > 0.8 * len(seeds)
    yield from found


PART = pytest.mark.parametrize("part", range(PARTS))


@PART
def test_every_mark_lies_on_the_canvas_and_texts_overlap_nothing(part: int) -> None:
    problems = []
    for name, _, scene, _ in figures(part):
        for moment in range(len(scene.frames)):
            canvas = Canvas(scene)
            for mark in scene.at(moment):
                left, top, right, bottom = bounds(mark)
                if left < 0 or top < 0 or right > scene.width or bottom > scene.height:
                    problems.append(f"{name}\n    frame {moment} leaves the canvas: {mark}")
                    break
                canvas.put(mark)
            else:
                found = [*canvas.problems, *canvas.half_hidden()]
                problems += [f"{name}\n    frame {moment}: {said}" for said in found[:1]]
    report(problems)


@PART
def test_what_is_written_in_a_cell_stays_in_it(part: int) -> None:
    problems = []
    for name, _, scene, _ in figures(part):
        for moment in range(len(scene.frames)):
            cells: dict[str, Rect] = {}
            for mark in scene.at(moment):
                kind = mark.tag.split("/")[0]
                if isinstance(mark, Rect) and (kind in CELLS or kind == "cropped"):
                    cells[mark.tag] = mark
                elif isinstance(mark, Text) and kind in CELLS:
                    cell = cells.get(mark.tag) or next(
                        cells[other]
                        for other in (mark.tag.replace("plus", "output"), mark.tag.replace("plus", "cropped"))
                        if other in cells
                    )
                    left, top, right, bottom = ink(mark)
                    inside = left >= cell.x and top >= cell.y
                    if not (inside and right <= cell.x + cell.width + 1 and bottom <= cell.y + cell.height + 1):
                        problems.append(f"{name}\n    frame {moment}: {mark.string!r} leaves {cell}")
                        break
    report(problems)


@PART
def test_words_are_no_smaller_than_can_be_read(part: int) -> None:
    for name, _, scene, _ in figures(part):
        least = 12.5 * scene.width / 1120
        for moment in range(len(scene.frames)):
            for mark in scene.at(moment):
                if isinstance(mark, Text) and mark.tag.split("/")[0] not in CELLS:
                    assert mark.size >= min(least, 13), (name, mark)


@PART
def test_planes_lie_apart(part: int) -> None:
    for name, _, scene, _ in figures(part):
        found: dict[tuple[str, ...], list[int]] = {}
        for mark in scene.at(0):
            parts = mark.tag.split("/")
            if parts[0] not in ("input", "kernel", "output", "stamps", "hits", "stamp") or isinstance(mark, Text):
                continue
            plane = tuple(parts[: {"kernel": 4, "hits": 2, "stamp": 2}.get(parts[0], 3)])
            box = [mark.x, mark.y, mark.x + mark.width, mark.y + mark.height]
            old = found.setdefault(plane, box)
            found[plane] = [min(old[0], box[0]), min(old[1], box[1]), max(old[2], box[2]), max(old[3], box[3])]
        planes = list(found.items())
        for number, (one, a) in enumerate(planes):
            for other, b in planes[number + 1 :]:
                assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1], (name, one, other)
