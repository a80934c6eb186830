"""Pipelines: each stage against torch, the way of a cell against gradients, figures against both, the command."""

import itertools
import json
import math
import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import good, run
from conftest import need
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Picture
from PIL import ImageSequence
from test_layout import Canvas, bounds, report
from test_svg_png import painted

import convviz
from convviz import Pipeline, Scene, follow, pipeline, save
from convviz.errors import SettingError
from convviz.pipelines import through, unshown
from convviz.scene import Image, Rect, Text
from convviz.text import measure
from convviz.theme import THEMES

SEEDS = st.integers(0, 2**32 - 1)
ACTIVATIONS = ("relu", "leaky-relu", "sigmoid", "tanh", "silu", "softplus")
EDGES = "conv 3x3 sobel-x | relu | max 2x2"


def stages(r: np.random.Generator) -> str:
    said = []
    for _ in range(int(r.integers(1, 5))):
        match r.choice(["conv", "conv", "pool", "activation"]):
            case "conv":
                word = str(r.choice(["3x3 sobel-x", "3x3", "2x2", "3x3 laplacian", "1x2 2", "3x3 3"]))
                window = str(r.choice(["", "", "p1", "same", "s2", "d2"]))
                said.append(f"conv {word} {window}".strip())
            case "pool":
                kind, window = str(r.choice(["max", "avg", "min"])), str(r.choice(["", "s1", "same", "ceil"]))
                said.append(f"{kind} {r.choice(['2x2', '2x3', '3x3'])} {window}".strip())
            case _:
                said.append(str(r.choice(ACTIVATIONS)))
    if r.random() < 0.15:
        said.append(str(r.choice(["global-max", "global-avg"])))
    return " | ".join(said)


@cache
def made(seed: int) -> Pipeline:
    """Return a random pipeline."""
    r = np.random.default_rng(seed)
    while True:
        size = [int(n) for n in (r.integers(3, 11, 2) if r.random() < 0.75 else r.integers(30, 90, 2))]
        if r.random() < 0.3:
            size = [int(r.integers(2, 4)), *size]
        x = r.integers(-9 if r.random() < 0.5 else 0, int(r.choice([5, 10, 256])), size)
        if r.random() < 0.2:
            x = x / 4
        try:
            return pipeline(stages(r), x, seed=seed % 1000)
        except SettingError:
            continue


# Numbers.


def in_torch(found: Pipeline) -> list[Any]:
    """Return the input and what each stage makes of it in torch, as tensors (1, channels, rows, columns)."""
    torch, f = need("torch"), need("torch.nn.functional")
    x = torch.tensor(np.array(found.traces[0].planes_in), dtype=torch.float64, requires_grad=True)
    maps = [x]
    for layer, trace in zip(found.stages, found.traces, strict=True):
        axes = trace.window.axes
        pads = [side for axis in reversed(axes) for side in (axis.low, axis.high)]
        strides, dilations = [axis.stride for axis in axes], [axis.dilation for axis in axes]
        if layer.kind == "conv":
            weight = torch.tensor(np.array(trace.weight), dtype=torch.float64)
            groups = trace.groups
            if weight.ndim == 2:
                weight = weight.expand(groups, 1, *weight.shape)
            y = f.conv2d(f.pad(x, pads), weight, None, strides, 0, dilations, groups)
        elif layer.kind in ("max", "min"):
            sign = 1 if layer.kind == "max" else -1
            y = sign * f.max_pool2d(
                f.pad(sign * x, pads, value=-math.inf), layer.kernel, strides, ceil_mode=layer.ceil, dilation=dilations
            )
        elif layer.kind == "avg":
            ones = (
                f.pad(torch.ones_like(x), pads) if isinstance(layer.padding, str) else torch.ones_like(f.pad(x, pads))
            )
            options = {"stride": strides, "ceil_mode": layer.ceil}
            y = f.avg_pool2d(f.pad(x, pads), layer.kernel, **options) / f.avg_pool2d(ones, layer.kernel, **options)
        elif layer.kind == "global-max":
            y = f.adaptive_max_pool2d(x, 1)
        elif layer.kind == "global-avg":
            y = f.adaptive_avg_pool2d(x, 1)
        else:
            y = getattr(f, layer.kind.replace("-", "_"))(x)
        x = y
        x.retain_grad()
        maps.append(x)
    return maps


@given(seed=SEEDS)
@settings(max_examples=120)
def test_every_stage_is_what_torch_makes(seed: int) -> None:
    found = made(seed)
    for ours, theirs in zip(found.maps, in_torch(found), strict=True):
        assert np.allclose(ours, theirs[0].detach().numpy(), rtol=1e-6, atol=1e-6), found.names


@given(seed=SEEDS)
@settings(max_examples=80)
def test_what_a_cell_comes_of_is_where_the_gradient_may_come_from(seed: int) -> None:
    """Of a sum all that is read counts, so stages that pick or squash are replaced by sums of the same window."""
    found, torch, f = made(seed), need("torch"), need("torch.nn.functional")
    x = torch.ones(found.traces[0].planes_in.shape, dtype=torch.float64, requires_grad=True)
    maps = [x]
    for trace in found.traces:
        axes = trace.window.axes
        channels, filters = trace.planes_in.shape[1], trace.planes_out.shape[1]
        pads = [side for axis in reversed(axes) for side in (axis.low, axis.high + axis.overhang)]
        weight = torch.ones((filters, channels // trace.groups, *trace.window.kernel), dtype=torch.float64)
        options = {"stride": [a.stride for a in axes], "dilation": [a.dilation for a in axes], "groups": trace.groups}
        maps.append(f.conv2d(f.pad(maps[-1], pads), weight, **options))
        maps[-1].retain_grad()
    index = int(np.random.default_rng(seed).integers(0, found.traces[-1].planes_out[0].size))
    maps[-1].flatten()[index].backward()
    for region, each in zip(found.way(index).regions, maps, strict=True):
        lit = each.grad[0].numpy() != 0
        expected = np.zeros_like(lit)
        expected[np.ix_(*map(list, region))] = True
        assert np.array_equal(lit, expected), found.names


@given(seed=SEEDS)
@settings(max_examples=80)
def test_a_way_leads_from_cell_to_cell(seed: int) -> None:
    found = made(seed)
    for index in range(0, found.traces[-1].planes_out[0].size, 7):
        steps = found.way(index).steps
        assert steps[-1].index == index
        for before, after in itertools.pairwise(steps):
            missing = after.trace.input.ndim - len(before.position)
            assert missing == 0
            if after.inside.any():
                assert list(before.position) in after.cells.tolist()
            if after.trace.picks:
                assert before.value == after.value
        for step, region in zip(steps, found.way(index).regions[1:], strict=True):
            place = (*(0,) * (3 - len(step.position)), *step.position)
            assert all(at in cells for at, cells in zip(place, region, strict=True)) or not all(map(len, region))


def test_one_axis_is_a_pipeline_too() -> None:
    found = pipeline("conv k3 | relu | max 2", [1, -8, 3, 4, 5, -6, 7, 8])
    assert [trace.output.shape for trace in found.traces] == [(6,), (6,), (3,)]
    assert found.names == ("conv 3", "ReLU", "max pool 2")
    assert follow(found).width == 1120


def test_averages_of_same_padding_count_real_cells_as_keras_does() -> None:
    x = np.arange(9).reshape(3, 3)
    assert pipeline("avg 2x2 s2 same", x).output[-1, -1] == 8
    assert pipeline("avg 2x2 s2 p0:1,0:1", x).output[-1, -1] == 2


BAD = {
    "conv 3x3 | max 9x9": "stage 2, 'max 9x9', on 6×6: the window spans 9 cells but the input has only 6 rows",
    "conv 5x5 | conv 5x5": "stage 2, 'conv 5x5', on 4×4: the window spans 5 cells",
    "conv 3x3 4 | max 7x7": "stage 2, 'max 7x7', on 6×6×4: the window spans 7 cells",
    "conv 3x3 | dense 4": "stage 2, 'dense 4', on 6×6: dense has no map to follow a cell through: use conv",
    "softmax": "stage 1, 'softmax', on 8×8: softmax has no map",
    "conv 3x3 4 sobel-x": "sobel-x has its own weights: leave 4 filters out",
    "conv 5x5 sobel-x": "kernel sobel-x comes only as 3×3, not 5×5",
    "conv 3x3 sobel-z": "stage 1, 'conv 3x3 sobel-z': 'sobel-z' is not known here: did you mean sobel-y?",
    "conv 3x3 | rleu": "stage 2, 'rleu': 'rleu' is no layer: did you mean relu?",
    "conv 3x3 4 g3": "groups is 3, which does not divide the one channel: use 1 group",
    "conv 3x3 4 | conv 3x3 6 depthwise": "groups is 4, which does not divide the 6 filters: use 4, 8, 12… filters",
    "conv 3x3 99999999": "a convolution of 99999999 filters needs about",
    "conv 3x3x3": "kernel has 3 values, but there are 2 axes",
    "": "there is no stage in ''",
    " | ".join(["relu"] * 13): "13 stages are too many for a pipeline: use at most 12",
}


@pytest.mark.parametrize("line", BAD)
def test_stages_that_do_not_fit_are_named_with_their_shapes(line: str) -> None:
    with pytest.raises(SettingError, match=re.escape(BAD[line])):
        pipeline(line, np.arange(64).reshape(8, 8))
    with pytest.raises(SettingError, match="input has 4 axes"):
        pipeline(EDGES, np.zeros((1, 1, 8, 8)))


# Figures.


@cache
def figure(seed: int) -> tuple[str, Pipeline, Scene]:
    r = np.random.default_rng(seed)
    found = made(seed)
    options = {
        "theme": str(r.choice([*THEMES])),
        "width": int(r.choice([800, 1120, 1120, 1600])),
        "values": bool(r.random() < 0.9),
    }
    return f"seed {seed}: {found.names} on {found.input.shape} {options}", found, follow(found, **options)


PARTS = 5
PART = pytest.mark.parametrize("part", range(PARTS))
FIGURES = range(110)


def moments(scene: Scene) -> list[int]:
    return sorted({0, len(scene.frames) // 2, len(scene.frames) - 1})


@PART
def test_nothing_of_a_figure_overlaps_or_leaves_the_canvas(part: int) -> None:
    problems = []
    for seed in FIGURES[part::PARTS]:
        name, _, scene = figure(seed)
        for moment in moments(scene):
            canvas = Canvas(scene)
            for mark in scene.at(moment):
                canvas.put(mark)
                left, top, right, bottom = bounds(mark)
                if left < 0 or top < 0 or right > scene.width or bottom > scene.height:
                    problems.append(f"{name}\n    frame {moment}: {mark}")
            found = [*canvas.problems, *canvas.half_hidden()]
            problems += [f"{name}\n    frame {moment}: {said}" for said in found[:1]]
    report(problems)


@PART
def test_words_are_whole_and_large_enough(part: int) -> None:
    for seed in FIGURES[part::PARTS]:
        name, found, scene = figure(seed)
        unit = scene.width / 1120
        texts = [mark for mark in scene.at(-1) if isinstance(mark, Text)]
        for mark in texts:
            least = 10 if mark.tag.startswith("map/") or mark.tag == "lens" else 13
            assert mark.size >= math.floor(least * min(1, unit) * 2) / 2, (name, mark)
            assert mark.length == pytest.approx(measure(mark.string, mark.size, mark.bold, mark.mono))
            if mark.tag not in ("title", "sentence"):
                assert "…" not in mark.string, name
        assert {*found.names, "input"} <= {mark.string for mark in texts if mark.tag == "label"}, name


def numbers_of(scene: Scene, moment: int) -> dict[tuple[int, ...], str]:
    """Return the number last written in each cell: (map, channel, row, column); cells made empty have none."""
    known: dict[tuple[int, ...], str] = {}
    for mark in scene.at(moment):
        if mark.tag.startswith("map/") and mark.tag.count("/") == 4:
            place = tuple(map(int, mark.tag.split("/")[1:]))
            if isinstance(mark, Text):
                known[place] = mark.string
            else:
                known.pop(place, None)
    return known


@PART
def test_numbers_on_the_maps_are_those_of_the_traces(part: int) -> None:
    numbered = 0
    for seed in FIGURES[part::PARTS]:
        name, found, scene = figure(seed)
        if not any(mark.tag.startswith("map/") for mark in scene.base if isinstance(mark, Text)):
            continue
        numbered += 1
        for moment in moments(scene):
            known = numbers_of(scene, moment)
            last = len(found.maps) - 1
            for (number, channel, row, column), said in known.items():
                value = found.maps[number][channel, row, column]
                formats = found.traces[0].formats.input if not number else found.traces[number - 1].formats.output
                assert said == formats(value), name
            for number, array in enumerate(found.maps[:last]):
                channels = {place[1] for place in known if place[0] == number}
                assert sum(place[0] == number for place in known) >= array[0].size, name
                assert channels <= set(range(len(array)))
            done = [place for place in known if place[0] == last]
            assert done, name
            if moment == len(scene.frames) - 1:
                assert len(done) == found.maps[-1].size or len(found.maps[-1]) > 1, name
    assert numbered > 4


def filled(scene: Scene, moment: int, number: int, role: str) -> set[tuple[int, int]]:
    return {
        tuple(map(int, mark.tag.split("/")[3:]))
        for mark in scene.frames[moment].moving
        if isinstance(mark, Rect) and mark.tag.startswith(f"map/{number}/") and mark.fill == role
    }


@PART
def test_marked_cells_are_those_of_the_way(part: int) -> None:
    for seed in FIGURES[part::PARTS]:
        name, found, scene = figure(seed)
        total = found.traces[-1].planes_out[0].size
        if len(scene.frames) != total or not any(m.tag.startswith("map/0/") for m in scene.frames[0].moving):
            continue
        for index in range(0, total, 3):
            way = found.way(index)
            for number, region in enumerate(way.regions):
                every = set(itertools.product(*region[1:]))
                marked = [filled(scene, index, number, role) for role in ("gap", "tap", "current")]
                assert set.union(*marked) == every, name
                if number:
                    step = way.steps[number - 1]
                    assert marked[2] in ({step.place[-2:]}, set()), name
                if number < len(way.steps):
                    step = way.steps[number]
                    read = {
                        tuple(cell[-2:])
                        for cell, inside in zip(step.cells.tolist(), step.inside, strict=True)
                        if inside
                    }
                    assert marked[1] | (marked[2] & read) == read, name


@PART
def test_each_line_is_the_step_of_a_stage(part: int) -> None:
    for seed in FIGURES[part::PARTS]:
        name, found, scene = figure(seed)
        total = found.traces[-1].planes_out[0].size
        if len(scene.frames) != total:
            continue
        for index in {0, total // 2, total - 1}:
            said = " ".join(m.string for m in scene.frames[index].moving if isinstance(m, Text) and m.tag == "sentence")
            for stage, step in zip(found.names, found.way(index).steps, strict=True):
                words = step.sentence if "values=False" in name else step.explain(400)
                assert f"{stage}: " in said, name
                if "'values': True" in name:
                    assert f"output[{', '.join(map(str, step.position))}] = " in said, name
                    assert words.result in said, name  # type: ignore[union-attr]


@PART
def test_the_last_map_fills_in_and_the_rest_is_there(part: int) -> None:
    for seed in FIGURES[part::PARTS]:
        name, found, scene = figure(seed)
        last = len(found.maps) - 1
        colours = any(isinstance(mark, Image) for mark in scene.base)
        if colours:
            assert not [m for m in scene.base if isinstance(m, Image) and m.tag.startswith(f"map/{last}/")], name
            assert [m for m in scene.at(-1) if isinstance(m, Image) and m.tag.startswith(f"map/{last}/")], name
        else:
            assert not [m for m in scene.base if isinstance(m, Text) and m.tag.startswith(f"map/{last}/")], name
        maps = {m.tag.split("/")[1] for m in scene.base if isinstance(m, Image | Rect) and m.tag.startswith("map/")}
        assert maps == set(map(str, range(last + 1))), name


def test_a_photo_has_lenses_with_the_numbers_of_the_window() -> None:
    x = np.random.default_rng(1).integers(0, 256, (60, 80))
    found = pipeline(EDGES, x)
    scene = follow(found)
    assert scene.notes
    assert "steps drawn" in scene.notes[0]
    for moment in (0, 20, len(scene.frames) - 1):
        said = [m.string for m in scene.frames[moment].moving if isinstance(m, Text) and m.tag == "lens"]
        lines = [m.string for m in scene.frames[moment].moving if isinstance(m, Text) and m.tag == "sentence"]
        row, column = map(int, re.search(r"max pool 2×2: output\[(\d+), (\d+)\]", lines[2]).groups())
        way = found.way(row * found.output.shape[1] + column)
        expected = [value for step in way.steps for value in step.seen.tolist()] + [found.output[row, column]]
        assert said == [str(value).replace("-", "−") for value in expected]


@pytest.mark.parametrize("size", [(6, 6), (40, 50)])
def test_a_gif_shows_every_frame_as_it_is_painted(size: tuple[int, int], tmp_path: Path) -> None:
    found = pipeline("conv 3x3 2 | relu | max 2x2", np.random.default_rng(2).integers(0, 99, size))
    scene = follow(found, width=800, theme="dark")
    with Picture.open(save(scene, tmp_path / "p.gif")) as picture:
        frames = [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(picture)]
    assert len(frames) == len(scene.frames)
    for number, frame in enumerate(frames):
        assert np.array_equal(frame, painted(scene, number)), number


def test_steps_are_chosen_as_in_other_figures() -> None:
    found = pipeline(EDGES, np.arange(100).reshape(10, 10) % 7)
    assert len(follow(found).frames) == 16
    assert len(follow(found, steps=[0, 5]).frames) == 2
    large = pipeline("max 1x1", np.arange(100).reshape(10, 10))
    assert len(follow(large).frames) <= 46
    assert len(follow(large, all_steps=True).frames) == 100
    with pytest.raises(SettingError, match="step 16 is not there: use 0 to 15"):
        follow(found, steps=[16])
    with pytest.raises(SettingError, match="width is 10 pixels"):
        follow(found, width=10)


def test_a_figure_says_what_it_is() -> None:
    scene = follow(pipeline(EDGES, np.arange(36).reshape(6, 6)))
    assert scene.title == "conv 3×3 sobel-x → ReLU → max pool 2×2"
    assert scene.description.startswith("Pipeline: input 6×6; conv 3×3 sobel-x gives 4×4; ReLU gives 4×4;")
    assert "max pool 2×2: output[1, 1] = max(8, 8, 8, 8) = 8" in scene.description
    assert [each["operation"] for each in scene.settings["stages"]] == ["conv2d", "relu", "max_pool2d"]
    json.dumps(dict(scene.settings))


def drawn_channels(scene: Scene, moment: int) -> dict[int, int]:
    """Return which channel of each map is drawn, as painted last."""
    places = [mark.tag.split("/") for mark in scene.at(moment) if mark.tag.startswith("map/")]
    return {int(place[1]): int(place[2]) for place in places if len(place) > 2}


def test_the_plane_drawn_is_the_one_the_result_comes_from() -> None:
    found = pipeline("conv 3x3 depthwise | conv 1x1 4", np.arange(75).reshape(3, 5, 5))
    scene = follow(found)
    assert found.traces[1].weight[0].ravel().tolist() == [0, 0, 1]
    assert drawn_channels(scene, 2) == {0: 2, 1: 2, 2: 0}
    said = [mark.string for mark in scene.frames[2].moving if isinstance(mark, Text) and mark.tag == "sentence"]
    assert said[1] == "conv 1×1: output[0, 0, 2] = 58·1 = 58"
    assert [m.string for m in scene.frames[2].moving if isinstance(m, Text) and m.tag == "map/1/2/0/2"] == ["58"]


@given(seed=SEEDS)
@settings(max_examples=60)
def test_no_channel_adds_more_than_the_one_the_way_goes_through(seed: int) -> None:
    found = made(seed)
    for index in range(0, found.traces[-1].planes_out[0].size, 5):
        for step in found.way(index).steps:
            if step.trace.picks or not step.inside.any() or step.trace.input.ndim == len(step.trace.window.axes):
                continue
            products = np.asarray(step.products, dtype=float).reshape(len(step.channels), -1)
            own = step.channels.index(through(step)[0])
            sums = np.abs(products.sum(axis=1))
            assert sums[own] == sums.max()
            others = [each for number, each in enumerate(products) if number != own]
            assert unshown(step) == any(each.any() for each in others)
            place = step.cells.tolist().index(list(through(step)))
            assert products.ravel()[place] != 0 or not products[own].any()


def notes_of(scene: Scene) -> list[str]:
    return [mark.string for mark in scene.base if isinstance(mark, Text) and mark.tag == "note"]


def test_channels_that_add_to_a_sum_undrawn_are_told() -> None:
    found = pipeline("conv 3x3 8 p1 | relu | max 2x2 | conv 3x3 4 | global-avg", np.arange(64).reshape(8, 8))
    scene = follow(found, steps=[1])
    told = "Drawn of max pool 2×2: the channel that adds most to conv 3×3; what other channels add is not drawn"
    assert told in notes_of(scene)
    step = found.way(1).steps[3]
    assert step.seen.reshape(8, -1)[drawn_channels(scene, 0)[3]].any()
    said = [mark.string for mark in scene.frames[0].moving if isinstance(mark, Text) and mark.tag == "sentence"]
    assert said[3] == "conv 3×3: output[1, 1, 0] = 0 + 2329 + 440 + 0 + 0 − 305 + 1365 + 462 = 4291"
    assert not any(note.startswith("Drawn of") for note in notes_of(follow(pipeline(EDGES, np.ones((3, 6, 6))))))


def captions(scene: Scene, moment: int = -1) -> list[str]:
    return [mark.string for mark in scene.at(moment) if isinstance(mark, Text) and mark.tag == "caption"]


def test_captions_say_which_channels_there_are_and_what_is_only_a_colour() -> None:
    found = pipeline("conv 3x3 8 p1 | relu | max 2x2 | conv 3x3 4 | global-avg", np.arange(64).reshape(8, 8))
    said = captions(follow(found, steps=[1]))
    assert "8×8 · channel 1 (of 0–7)" in said
    assert "1×1 · channel 1 (of 0–3)" in said
    assert {"colours 0 to 63", "colours −618 to 618", "colours 0 to 598", "colours −5287 to 5287"} <= {*said}
    x = np.random.default_rng(1).integers(100, 110, (120, 80))
    x[30] = 255
    padded = captions(follow(pipeline("conv 3x3 sobel-y p1 | relu", x), steps=[99]))
    assert any(re.fullmatch(r"120×80 · colours ≤ −\d+ to ≥ \d+", each) for each in padded), padded


def test_numbers_are_as_large_as_fit_their_own_map() -> None:
    scene = follow(pipeline("conv 3x3 3 | relu | avg 2x2", np.arange(49).reshape(7, 7) % 8))
    sizes: dict[str, set[float]] = {}
    for mark in scene.base:
        if isinstance(mark, Text) and mark.tag.startswith("map/"):
            sizes.setdefault(mark.tag[:5], set()).add(mark.size)
    assert all(len(each) == 1 for each in sizes.values())
    assert min(sizes["map/0"]) >= 15 > min(sizes["map/1"])


def test_names_say_in_how_many_groups_channels_are_taken() -> None:
    x = np.ones((4, 6, 6), dtype=int)
    assert pipeline("conv 3x3 depthwise | conv 1x1 4 g2 | conv 1x1 4 | conv 3x3 sobel-x | max 2x2", x).names == (
        "conv 3×3 depthwise",
        "conv 1×1 2 groups",
        "conv 1×1",
        "conv 3×3 sobel-x depthwise",
        "max pool 2×2",
    )


# The command.


def test_the_command_prints_shapes_and_the_output() -> None:
    ended = good("pipeline", EDGES, "--input", "example")
    lines = ended.out.decode().splitlines()
    assert [line.split()[-1] for line in lines[:4]] == ["6×6", "4×4", "4×4", "2×2"]
    assert [line.split() for line in lines[5:]] == [["23", "0"], ["5", "19"]]
    assert "input: the example pattern (rows 6, columns 6)" in ended.err


def test_the_command_draws_a_photo(tmp_path: Path) -> None:
    photo = tmp_path / "photo.png"
    y, x = np.mgrid[0:40, 0:60]
    Picture.fromarray(((x * y) % 256).astype(np.uint8)).save(photo)
    out = [tmp_path / "p.gif", tmp_path / "p.svg"]
    ended = good("pipeline", EDGES, "--input", str(photo), "-o", str(out[0]), "-o", str(out[1]), "--theme", "dark")
    assert "steps drawn" in ended.err
    with Picture.open(out[0]) as picture:
        assert picture.n_frames <= 46
    assert "conv 3×3 sobel-x" in out[1].read_text("utf-8")


def test_the_command_takes_colours_seeds_and_steps(tmp_path: Path) -> None:
    photo, out = tmp_path / "photo.png", tmp_path / "p.gif"
    Picture.fromarray(np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8)).save(photo)
    good("pipeline", "conv 3x3 2 | relu", "--input", str(photo), "--color", "--steps", "1-3", "-o", str(out))
    with Picture.open(out) as picture:
        assert picture.n_frames == 3
    one, two, three = (good("pipeline", "conv 3x3 2", "--input", "6x6", "--seed", seed).out for seed in ("1", "1", "2"))
    assert one == two != three
    assert good("pipeline", EDGES, "--alt").out.decode().startswith("Pipeline: input 6×6;")


BAD_COMMANDS = {
    ("conv 3x3 | max 9x9",): "stage 2, 'max 9x9', on 4×4: the window spans 9 cells",
    ("conv 3x3 | | relu",): "stage 2, '': nothing stands here: write a layer, such as relu, or leave a bar out",
    ("conv 3x3 | relu |",): "stage 3, '': nothing stands here",
    ("conv 3x3 | rleu",): "did you mean relu?",
    (EDGES, "--input", "none.png"): "none.png",
    (EDGES, "--theme", "dark"): "theme means nothing without a figure",
    (EDGES, "--seed", "x"): "seed 'x' is not a whole number",
    (EDGES, "-o", "out.json"): ".json is for one operation, and this is none",
    (EDGES, "-o", "out.gif", "--steps", "9"): "steps '9' names 9, but there are 4 steps",
    (EDGES, "-o", "out.svg", "--step", "5"): "step '5' is not there: use 1 to 4",
}


@pytest.mark.parametrize("args", BAD_COMMANDS)
def test_a_bad_command_is_refused_in_a_sentence(
    args: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = run("pipeline", *args)
    assert ended.code == 2
    assert ended.out == b""
    assert BAD_COMMANDS[args] in ended.err
    assert ended.err.splitlines()[-1].startswith("convviz: ")
    assert not list(tmp_path.iterdir())


def test_transposed_adaptive_and_lp_stages_are_the_operations() -> None:
    x = np.arange(36).reshape(6, 6)
    made = pipeline("transpose 3x3 gaussian stride 2 padding 1 op1 | lp 2x2 norm 3 s1 | adaptive-max 3x4", x)
    up = convviz.conv_transpose2d(x, convviz.kernel("gaussian"), stride=2, padding=1, output_padding=1)
    norm = convviz.lp_pool2d(up.output, 3, 2, stride=1)
    assert np.array_equal(made.traces[0].output, up.output)
    assert np.array_equal(made.traces[1].output, norm.output)
    assert np.array_equal(made.output, convviz.adaptive_max_pool2d(norm.output, (3, 4)).output)
    assert made.names == (
        "transposed conv 3×3 gaussian stride 2 padding 1 output padding 1",
        "L3 pool 2×2 stride 1",
        "adaptive max pool to 3×4",
    )
    for index in range(made.output.size):
        way = made.way(index)
        assert way.steps[-1].value == made.output.flat[index]
        for before, after in itertools.pairwise(way.steps):
            assert tuple(after.cells[after.ties[0]] if after.ties else before.position) == before.position
        assert all(cells for region in way.regions for cells in region)


def test_filters_of_a_transposed_stage_are_made_up_in_its_own_layout() -> None:
    x = np.ones((2, 3, 3), dtype=int)
    made = pipeline("transpose 2x2 4 s2 g2 | transpose 3x3 3", x, seed=5)
    assert [trace.weight.shape for trace in made.traces] == [(2, 2, 2, 2), (4, 3, 3, 3)]
    assert made.output.shape == (3, 8, 8)
    assert pipeline("adaptive-avg 2", [1, 2, 3]).output.tolist() == [1.5, 2.5]
