"""Figures of channels, filters, groups, slices, strips and lenses: every number on them is computed again."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable

import numpy as np
import pytest

import convviz
from convviz import SettingError, Trace, animate
from convviz.scene import Image, Mark, Rect, Scene, Text
from convviz.text import CAP, measure
from convviz.views.strip import strip


def whole(seed: int, low: int, high: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(low, high, shape)


def photo(rows: int, columns: int) -> np.ndarray:
    waves = np.add.outer(np.sin(np.arange(rows) / 5), np.cos(np.arange(columns) / 7))
    return np.rint(waves * 60 + 128).astype(int)


CASES: dict[str, Callable[[], Trace]] = {
    "three channels, two filters": lambda: convviz.conv2d(
        whole(1, 0, 9, 3, 5, 5), whole(2, -2, 3, 2, 3, 3, 3), [1, -2], stride=2, padding=1
    ),
    "one filter": lambda: convviz.conv2d(whole(1, 0, 9, 3, 5, 5), whole(2, -2, 3, 1, 3, 2, 2)),
    "pointwise": lambda: convviz.conv2d(whole(1, 0, 9, 3, 4, 4), whole(2, -2, 3, 2, 3, 1, 1)),
    "thirds": lambda: convviz.conv2d(whole(1, 0, 9, 2, 4, 4), whole(2, -2, 3, 2, 2, 2, 2) / 3),
    "two groups": lambda: convviz.conv2d(whole(3, 0, 9, 4, 4, 4), whole(4, -2, 3, 4, 2, 2, 2), groups=2),
    "depthwise": lambda: convviz.conv2d(whole(3, 0, 9, 3, 5, 5), whole(4, -2, 3, 3, 1, 3, 3), groups=3),
    "depth multiplier": lambda: convviz.conv2d(whole(3, 0, 9, 2, 4, 4), whole(4, -2, 3, 4, 1, 2, 2), groups=2),
    "one kernel for each channel": lambda: convviz.conv2d(whole(3, 0, 9, 3, 4, 4), [[1, -1], [2, 0]]),
    "many channels": lambda: convviz.conv2d(whole(5, 0, 9, 64, 6, 6), whole(6, -2, 3, 32, 64, 3, 3)),
    "many groups": lambda: convviz.conv2d(whole(5, 0, 9, 16, 6, 6), whole(6, -2, 3, 16, 1, 3, 3), groups=16),
    "max pooling of channels": lambda: convviz.max_pool2d(whole(7, 0, 9, 3, 4, 4), 2),
    "average pooling of channels": lambda: convviz.avg_pool2d(whole(7, 0, 9, 2, 4, 4), 2, stride=1),
    "slices": lambda: convviz.conv3d(whole(8, 0, 9, 4, 4, 4), whole(9, -2, 3, 2, 2, 2), padding=1),
    "max pooling of slices": lambda: convviz.max_pool3d(whole(8, 0, 9, 3, 4, 4), 2, stride=1),
    "more bins than slices": lambda: convviz.adaptive_max_pool3d(whole(8, 0, 9, 2, 1, 3, 3), (3, 2, 2)),
    "causal": lambda: convviz.conv1d(whole(1, 0, 9, 12), [1, 2, 3], padding="causal", dilation=2),
    "strips of channels": lambda: convviz.conv1d(whole(1, 0, 9, 2, 9), whole(2, -2, 3, 3, 2, 3)),
    "a batch": lambda: convviz.conv2d(whole(1, 0, 9, 2, 3, 4, 4), whole(2, -2, 3, 2, 3, 2, 2)),
}
ALL = pytest.mark.parametrize("trace", [pytest.param(make(), id=name) for name, make in CASES.items()])


def number(text: str) -> float:
    sign, _, over = text.replace("−", "-").partition("/")
    return float(sign) / float(over or 1)


def plain_texts(trace: Trace) -> list[Text]:
    return [mark for mark in animate(trace).base if isinstance(mark, Text)]


def moments(trace: Trace) -> list[int]:
    count = min(len(trace), trace.planes_out[0].size)
    return sorted({0, 1 % count, count // 2, count - 2 if count > 1 else 0, count - 1})


def seen(scene: Scene, index: int) -> dict[str, str]:
    """Return what is written in each cell, by its tag: the last text counts, unless a cell was cleared after it."""
    found: dict[str, str] = {}
    for mark in scene.at(index):
        if mark.tag.split("/")[0] not in ("input", "output", "kernel"):
            continue
        if isinstance(mark, Text):
            if not mark.string.startswith("×"):
                found[mark.tag] = mark.string
        elif isinstance(mark, Rect):
            found.pop(mark.tag, None)
    return found


@ALL
def test_every_number_is_right(trace: Trace) -> None:
    steps = moments(trace)
    scene = animate(trace, steps=steps)
    x, y = trace.planes_in[0], trace.planes_out[0]
    flat_axes = 3 - len(trace.window.axes)  # of slices, rows, columns, those that there are not
    for frame, index in enumerate(steps):
        step = trace[index]
        kernels = None if step.weights is None or trace.kernel is None else trace.kernel.numerators
        for tag, text in seen(scene, frame).items():
            name, *places = tag.split("/")
            place = [int(each) for each in places]
            if name == "output":
                cell = (place[0], *place[1 + flat_axes :])
                value = y[cell]
                assert abs(number(text) - value) <= 0.006 * max(1, abs(value)), (tag, text)
                flat = np.ravel_multi_index(cell, y.shape)
                assert flat <= index, "an output is there before its step"
            elif name == "input" and "∞" not in text:
                at = place[1 + flat_axes :]
                inside = all(0 <= n < size for n, size in zip(at, trace.window.size, strict=True))
                assert number(text) == (x[(place[0], *at)] if inside else 0), (tag, text)
            elif name == "kernel" and kernels is not None:
                assert number(text) == kernels[(*place[:2], *place[2 + flat_axes :])], (tag, text)


@ALL
def test_the_current_filter_and_what_it_reads_are_lit(trace: Trace) -> None:
    steps = moments(trace)
    scene = animate(trace, steps=steps)
    for frame, index in enumerate(steps):
        step = trace[index]
        taps = {m.tag for m in scene.frames[frame].moving if isinstance(m, Rect) and m.tag.startswith("input/")}
        read = {int(tag.split("/")[1]) for tag in taps}
        assert read <= set(step.channels), trace
        current = [m for m in scene.frames[frame].moving if isinstance(m, Rect) and m.tag.startswith("output/")]
        assert {int(m.tag.split("/")[1]) for m in current} == {step.filter}
        kernels = {m.tag.split("/")[1] for m in marks_of(scene, frame, "kernel")}
        if trace.kernel is not None and trace.groups == 1:
            assert str(step.filter) in kernels


def marks_of(scene: Scene, frame: int, name: str) -> list[Rect]:
    return [m for m in scene.at(frame) if isinstance(m, Rect) and m.tag.split("/")[0] == name]


@ALL
def test_the_sums_of_the_channels_add_up(trace: Trace) -> None:
    steps = moments(trace)
    scene = animate(trace, steps=steps)
    for frame, index in enumerate(steps):
        sums = {m.tag: m.string for m in scene.frames[frame].moving if isinstance(m, Text) and m.tag.startswith("sum/")}
        step = trace[index]
        if not sums:
            continue
        products = step.products.reshape(len(step.channels), -1).sum(axis=1)
        for tag, text in sums.items():
            channel = step.channels.index(int(tag.split("/")[1]))
            assert number(text[2:]) == pytest.approx(products[channel], abs=0.006), (tag, text)
            assert (text[0] == "=") == (abs(number(text[2:]) - products[channel]) < 1e-12)
        bias = 0 if trace.bias is None else trace.bias[step.filter]
        assert products.sum() + bias == pytest.approx(step.value)


def test_the_sentence_adds_up_the_channels_and_the_bias() -> None:
    trace = CASES["three channels, two filters"]()
    scene = animate(trace)
    for frame, step in zip(scene.frames, trace, strict=True):
        said = "".join(m.string for m in frame.moving if isinstance(m, Text) and m.tag in ("sentence", "result"))
        _, sum_, result = re.split(" = ", said)
        assert eval(sum_.replace("−", "-")) == number(result) == step.value


def test_what_is_left_out_is_said() -> None:
    scene = animate(CASES["many channels"]())
    notes = " ".join(m.string for m in scene.base if isinstance(m, Text) and m.tag == "note")
    assert "3 of 64 channels and 3 of 32 filters drawn" in notes
    labels = {m.string for m in scene.at(-1) if isinstance(m, Text) and m.tag.startswith("label/")}
    assert {"input, channel 0", "input, channel 63", "output, filter 0", "output, filter 31"} <= labels
    assert any(m.tag == "elided/input" for m in scene.base)


def test_all_planes_are_drawn_where_there_is_room() -> None:
    for name in ("two groups", "depthwise", "three channels, two filters"):
        trace = CASES[name]()
        tags = {tuple(m.tag.split("/")[:2]) for m in animate(trace).at(-1) if isinstance(m, Rect)}
        assert {int(n) for kind, n in (t for t in tags if len(t) == 2) if kind == "input"} == set(
            range(trace.planes_in[0].shape[0])
        )


@pytest.mark.parametrize("name", ["two groups", "depthwise", "max pooling of channels"])
def test_lines_lead_from_what_a_group_reads_to_what_it_fills(name: str) -> None:
    trace = CASES[name]()
    scene = animate(trace)
    for frame, step in zip(scene.frames, trace, strict=False):
        per_group = trace.planes_in[0].shape[0] // trace.groups
        lanes = [m for m in scene.at(step.index) if isinstance(m, Rect) and m.tag.startswith("group/")]
        assert len({m.tag for m in lanes}) == trace.groups
        last = {m.tag: m for m in lanes}
        thick = {tag: min(m.width, m.height) for tag, m in last.items()}
        current = f"group/{step.channels[0] // per_group}"
        assert all(thick[current] > each for tag, each in thick.items() if tag != current)
        assert len({m.fill for m in last.values()}) == min(trace.groups, 4)
        assert frame.seconds > 0


def test_the_slices_that_are_read_are_named_with_the_slice_of_the_kernel() -> None:
    trace = CASES["slices"]()
    scene = animate(trace, steps=moments(trace))
    for frame, index in enumerate(moments(trace)):
        last: dict[str, str] = {}
        for mark in scene.at(frame):
            if isinstance(mark, Text) and mark.tag.startswith("label/input/"):
                last[mark.tag] = mark.string
        linked = sorted(int(re.search(r"kernel (\d)", text)[1]) for text in last.values() if "kernel" in text)
        taps = list(trace[index].taps[0])
        assert linked == list(range(len(taps)))


# Photos.


@pytest.mark.parametrize(
    "trace",
    [
        convviz.conv2d(photo(96, 96), convviz.kernel("sobel-x")),
        convviz.conv2d(photo(60, 90), whole(1, -2, 3, 5, 5)),
        convviz.max_pool2d(photo(80, 80), 3),
        convviz.conv2d(np.stack([photo(64, 64), photo(64, 64)[::-1], photo(64, 64).T]), whole(2, -2, 3, 2, 3, 3, 3)),
        convviz.conv1d(photo(1, 400)[0], [1, 0, -1]),
    ],
    ids=repr,
)
def test_a_lens_shows_the_numbers_of_the_window(trace: Trace) -> None:
    steps = [0, len(trace) // 3, len(trace) - 1]
    scene = animate(trace, steps=steps)
    for frame, index in enumerate(steps):
        step = trace[index]
        written: dict[str, list[float]] = {"window": [], "kernel": [], "product": []}
        for mark in scene.at(frame):
            name = mark.tag.split("/")[0]
            if isinstance(mark, Text) and name in ("window", "product"):
                written[name].append(number(mark.string))
        assert written["window"] == step.seen.ravel().tolist()
        if written["product"]:
            assert written["product"] == [s * w for s, w in zip(step.seen, step.numerators, strict=True)]
        assert any(isinstance(m, Image) for m in scene.at(frame))


def test_a_lens_shows_fractions_and_says_that_they_are_rounded() -> None:
    values = np.random.default_rng(3).normal(size=(70, 70))  # more distinct ones than are measured
    trace = convviz.conv2d(values, whole(5, -9, 9, 5, 5) / 7)
    scene = animate(trace, steps=[70])
    step = trace[70]
    found = [number(m.string) for m in scene.at(0) if isinstance(m, Text) and m.tag.startswith("window/")]
    assert np.allclose(found, step.seen, atol=0.0051)
    said = [m.string for m in scene.at(0) if isinstance(m, Text) and m.tag == "note"]
    assert any(each.startswith("window") and "rounded to 2 decimals" in each for each in said)
    exact = animate(convviz.conv2d(photo(70, 70), convviz.kernel("sobel-x")), steps=[70])
    assert not any("rounded" in m.string for m in exact.at(0) if isinstance(m, Text))


@pytest.mark.parametrize(("filters", "kernel"), [(1, 3), (16, 5), (4, 7)])
def test_the_first_layer_of_a_network_has_a_lens_that_names_the_channels(filters: int, kernel: int) -> None:
    trace = convviz.conv2d(np.stack([photo(28, 28)] * 3), whole(2, -2, 2, filters, 3, kernel, kernel))
    scene = animate(trace.named("red", "green", "blue"), steps=[100])
    found = [number(m.string) for m in scene.at(0) if isinstance(m, Text) and m.tag.startswith("window/")]
    assert found == trace[100].seen.ravel().tolist()
    labels = [m.string for m in scene.at(0) if isinstance(m, Text) and m.tag.startswith("label/lens/")]
    assert [each.rpartition(", ")[2] for each in labels[:3]] == ["red", "green", "blue"]
    added = [number(m.string[2:]) for m in scene.at(0) if isinstance(m, Text) and m.tag.startswith("sum/")]
    assert added == trace[100].channel_sums.tolist()


def test_an_output_beside_many_small_planes_takes_the_room_that_is_left() -> None:
    trace = convviz.conv2d(whole(1, 0, 300, 4, 12, 12), whole(2, -2, 2, 1, 4, 2, 2))
    frames = [m for m in animate(trace, steps=[9]).at(0) if isinstance(m, Rect) and m.stroke == "frame"]
    sides = sorted({m.width for m in frames})
    assert sides[-1] >= 150, sides  # its cells are twice as large as those of the input


def test_what_is_no_number_has_no_shade() -> None:
    trace = convviz.conv2d([[0.0, np.nan, 2.0], [3.0, -4.0, 5.0], [-6.0, 7.0, 8.0]], [[1.0, 1.0]])
    marks = animate(trace, shade=True, steps=[len(trace) - 1]).at(0)
    fills = {m.tag: m.fill for m in marks if isinstance(m, Rect) and m.tag.startswith(("input/", "output/"))}
    assert fills["input/0/0/0/1"] == "input"
    assert fills["output/0/0/0/0"] == fills["output/0/0/0/1"] == "output"
    assert fills["input/0/0/0/2"].startswith("shade")


def test_wide_grids_stand_under_one_another() -> None:
    trace = convviz.conv2d(whole(1, 0, 9, 3, 40), np.ones((3, 3)))
    cells: dict[str, list[Rect]] = {"input": [], "kernel": [], "output": []}
    for mark in animate(trace, steps=[5]).at(0):
        if isinstance(mark, Rect) and (name := mark.tag.split("/")[0]) in cells:
            cells[name].append(mark)
    assert min(m.width for m in cells["input"]) >= 24
    for upper, lower in itertools.pairwise(cells.values()):
        assert max(m.y + m.height for m in upper) < min(m.y for m in lower)


def test_a_photo_has_bars_that_say_what_colours_mean() -> None:
    trace = convviz.conv2d(photo(96, 96), convviz.kernel("sobel-x"))
    scene = animate(trace)
    bars = [m for m in scene.base if isinstance(m, Image) and m.tag == "bar"]
    assert {m.ramp for m in bars} == {"grey", "diverging"}
    said = [m.string for m in scene.base if isinstance(m, Text) and m.tag == "note"]
    reach = int(np.abs(trace.output).max())
    assert {str(int(trace.input.min())), str(int(trace.input.max())), f"−{reach}", "0", str(reach)} <= set(said)


def test_an_exercise_does_not_tell_its_answer() -> None:
    def drawn(trace: Trace, *blank: str) -> list[Mark]:
        return list(animate(trace, blank=blank, steps=[2]).at(0))

    sobel = convviz.conv2d(whole(1, 0, 9, 6, 6), convviz.kernel("sobel-y"))
    marks = drawn(sobel, "kernel", "sentence")
    assert not any("sobel" in m.string for m in marks if isinstance(m, Text))
    assert not any(m.hatch == "tap" for m in marks if isinstance(m, Rect)), "taps without weight are not told"
    marks = drawn(convviz.max_pool2d(whole(1, 0, 9, 6, 6), 2), "output")
    assert not any(m.tag.split("/")[0] in ("winner", "tie") for m in marks)
    assert not any(m.fill == "current" and m.tag.startswith("input") for m in marks if isinstance(m, Rect))
    marks = drawn(convviz.conv2d(whole(1, 0, 9, 9, 9), np.ones((3, 3)), stride=2, dilation=2), "size", "output")
    said = [m.string for m in marks if isinstance(m, Text)]
    assert "output" in said
    assert "?" in said
    assert "step 3" in said
    assert not any(m.tag.startswith(("output/", "index")) for m in marks)


def test_all_taps_have_their_weight_or_none_has() -> None:
    """One without would seem to be multiplied by 1."""
    found = set()
    for side in range(3, 13):
        trace = convviz.conv2d(whole(1, 0, 9, side, side), [[1, -2], [0, -113]])
        marks = animate(trace, steps=[0]).at(0)
        count = sum(isinstance(m, Text) and m.string.startswith("×") for m in marks)
        assert count in (0, 4), (side, count)
        found.add(count)
    assert 0 in found
    marks = animate(convviz.conv2d(whole(1, 0, 9, 4, 4), [[1, -2], [0, 3]]), steps=[0]).at(0)
    assert sum(isinstance(m, Text) and m.string.startswith("×") for m in marks) == 4


def test_no_two_groups_have_lines_of_one_colour() -> None:
    for groups in (3, 4, 5, 6):
        marks = animate(convviz.max_pool2d(whole(1, 0, 9, groups, 4, 4), 2), steps=[0]).at(0)
        lines = {m.tag: m.fill for m in marks if isinstance(m, Rect) and m.tag.startswith("group/")}
        coloured = [fill for fill in lines.values() if fill != "muted"]
        assert len(set(coloured)) == len(coloured) >= 1


def test_slices_of_the_output_that_are_left_out_are_counted() -> None:
    trace = convviz.conv3d(whole(1, 0, 9, 4, 5, 6), np.ones((3, 2, 3)), padding=1, stride=(2, 1, 2))
    said = " ".join(m.string for m in animate(trace, steps=[0]).at(0) if isinstance(m, Text))
    assert "3 of 6 slices and 1 of 2 output slices drawn" in said


def test_channels_have_the_names_that_they_are_given() -> None:
    trace = convviz.conv2d(whole(1, 0, 9, 3, 4, 4), whole(2, -2, 3, 2, 3, 2, 2)).named("red", "green", "blue")
    said = [m.string for m in animate(trace, steps=[0]).at(0) if isinstance(m, Text)]
    assert [each for each in said if "red" in each or "green" in each or "blue" in each] == [
        *("input, red", "input, green", "input, blue"),
        *("filter 0, red", "filter 0, green", "filter 0, blue"),
    ]
    assert not any("channel 0" in each for each in said)
    with pytest.raises(convviz.ConvvizError, match="2 names for 3 channels"):
        trace.named("red", "green")


def test_a_few_large_values_do_not_leave_the_others_without_colour() -> None:
    """The zeros round a photo make edges that are stronger than any in it: colours end before them, and say so."""
    x = photo(96, 96) // 8 + 100
    trace = convviz.conv2d(x, convviz.kernel("sobel-x"), padding=1)
    scene = animate(trace, steps=[len(trace) - 1])
    said = [m.string for m in scene.base if isinstance(m, Text) and m.tag == "note"]
    least, most = (next(each for each in said if each.startswith(sign)) for sign in "≤≥")
    end = number(most.removeprefix("≥ "))
    sizes = np.abs(trace.output)
    assert least.removeprefix("≤ ") == f"−{most.removeprefix('≥ ')}"
    assert end < sizes.max() / 2
    assert (sizes > end).mean() < 0.05
    levels = next(m.levels for m in scene.at(0) if isinstance(m, Image) and m.tag.startswith("output"))
    expected = np.rint((np.clip(trace.output, -end, end) + end) / (2 * end) * 255)
    assert np.array_equal(levels, expected)
    assert not any(mark.string.startswith("≥") for mark in plain_texts(convviz.conv2d(x, convviz.kernel("sobel-x"))))


def test_shaded_cells_have_one_of_the_shades_that_fits_their_value() -> None:
    trace = convviz.conv2d(whole(1, -9, 10, 6, 6), convviz.kernel("sobel-x"))
    scene = animate(trace, shade=True)
    colours = [
        re.findall("..", scene.palette[role][1:]) for role in scene.palette if role.startswith("shade diverging")
    ]
    assert len(colours) == 13
    fills = {}
    for mark in scene.base:
        if isinstance(mark, Rect) and mark.tag.startswith("input/"):
            fills[mark.tag] = mark.fill
    order = sorted((trace.input[int(t.split("/")[3]), int(t.split("/")[4])], f) for t, f in fills.items())
    ranks = [int(re.findall(r"\d+", fill)[-1]) for _, fill in order]
    assert ranks == sorted(ranks)
    assert len(set(ranks)) > 6
    by_value: dict[int, set[str]] = {}
    for value, fill in order:
        by_value.setdefault(value, set()).add(fill)
    assert all(len(each) == 1 for each in by_value.values())


# Strips and blanks.


@pytest.mark.parametrize("name", ["three channels, two filters", "max pooling of channels", "slices", "causal"])
@pytest.mark.parametrize("count", [1, 2, 4, 5])
def test_a_strip_shows_its_steps(name: str, count: int) -> None:
    trace = CASES[name]()
    scene = strip(trace, count)
    said = [m.string for m in scene.at(0) if isinstance(m, Text) and m.tag == "step"]
    total = trace.planes_out[0].size
    expected = [n * (total - 1) // max(1, count - 1) for n in range(count)]
    assert said == [f"step {n + 1} of {total}" for n in expected]
    results = [m.string for m in scene.at(0) if isinstance(m, Text) and m.tag == "result"]
    assert [number(each) for each in results] == [trace[n].value for n in expected]
    for mark in scene.at(0):
        if isinstance(mark, Rect | Image):
            assert mark.x >= 0
            assert mark.y >= 0
            assert mark.x + mark.width <= scene.width
            assert mark.y + mark.height <= scene.height


@pytest.mark.parametrize("theme", ["light", "print"])
@pytest.mark.parametrize("name", ["sobel-x", "prewitt-y", "mean"])
def test_sentences_of_a_strip_have_one_size_of_type(name: str, theme: str) -> None:
    for seed in range(6):
        trace = convviz.conv2d(whole(seed, 0, 99 if seed % 2 else 9, 6, 6), convviz.kernel(name))
        scene = strip(trace, 4, theme=theme)
        marks = list(scene.at(0))
        sentence = [mark for mark in marks if isinstance(mark, Text) and mark.tag in ("sentence", "result")]
        assert len({mark.size for mark in sentence}) == 1
        assert all(mark.length == measure(mark.string, mark.size, mark.bold, mark.mono) for mark in sentence)
        for chip, lead, result in zip(marks[1:], marks, marks[2:], strict=False):
            if isinstance(result, Text) and result.tag == "result":
                assert isinstance(chip, Rect)
                assert isinstance(lead, Text)
                assert chip.x == round(lead.x + lead.length)
                assert chip.x < result.x
                assert result.x + result.length < chip.x + chip.width
                assert chip.y < result.y - CAP * result.size < result.y < chip.y + chip.height


def test_steps_are_named_in_python_as_they_are_typed() -> None:
    trace = convviz.conv2d(whole(1, 0, 9, 4, 5), [[1, 2], [3, 4]])
    for typed, indices in (("1-3,last", [0, 1, 2, 11]), ("rows", [3, 7, 11]), ("2", [1])):
        assert [*animate(trace, steps=typed).frames] == [*animate(trace, steps=indices).frames]
        assert [*convviz.strip(trace, typed).at(0)] == [*convviz.strip(trace, indices).at(0)]
    with pytest.raises(convviz.ConvvizError, match="there are 12 steps"):
        animate(trace, steps="13")


@pytest.mark.parametrize("steps", [0, -1, 25, [], [3, 1], [999], range(30)])
def test_a_strip_that_cannot_be_drawn_is_refused(steps: object) -> None:
    with pytest.raises(SettingError, match=r"use|name|sort"):
        strip(convviz.conv2d(np.arange(100).reshape(10, 10), np.ones((3, 3))), steps)  # type: ignore[arg-type]


@pytest.mark.parametrize("part", ["input", "kernel", "output", "sentence", "size", "stride", "padding", "dilation"])
def test_what_is_blank_is_nowhere(part: str) -> None:
    """No text of the figure gives away what is left out."""
    trace = convviz.conv2d(whole(1, 10, 50, 7, 7), [[3, 5], [7, 9]], stride=2, padding=1, dilation=2)
    full, blank = (texts(animate(trace, blank=parts)) for parts in ((), (part,)))
    gone = {
        "input": [t for t in full if t[0].startswith("input/")],
        "kernel": [t for t in full if t[0].startswith("kernel/")],
        "output": [t for t in full if t[0].startswith("output/") or t[0] == "result"],
        "sentence": [t for t in full if t[0] in ("sentence", "result")],
    }.get(part, [])
    assert not set(gone) & set(blank)
    assert len(full) > len(blank) or full != blank
    if part in ("stride", "padding", "dilation"):
        letter = part[0]
        settings = next(text for tag, text in blank if tag == "settings")
        assert f"{part} {letter} = ?" in settings
        assert all("⌋ + 1 = ⌊" not in text for tag, text in blank if tag == "size")
    if part == "size":
        assert all(text.endswith("?") for tag, text in blank if tag == "size")


def texts(scene: Scene) -> list[tuple[str, str]]:
    return [(m.tag, m.string) for index in range(len(scene.frames)) for m in scene.at(index) if isinstance(m, Text)]


def test_an_unknown_blank_is_refused() -> None:
    with pytest.raises(SettingError, match=r"blank 'colour' is not a part.*use input"):
        animate(CASES["one filter"](), blank=["colour"])


def test_planes_that_fit_no_canvas_are_refused() -> None:
    with pytest.raises(SettingError, match="do not fit 320 pixels"):
        animate(convviz.conv3d(np.zeros((9, 9, 60, 90)), np.ones((9, 9, 9, 9, 9))), width=320)


def test_steps_of_a_batch_are_those_of_its_first_sample() -> None:
    trace = CASES["a batch"]()
    assert len(animate(trace, all_steps=True).frames) == len(trace) // 2


def test_kernels_change_with_the_filter_only() -> None:
    trace = CASES["three channels, two filters"]()
    scene = animate(trace)
    changed = [any(m.tag.startswith("kernel/") for m in frame.settled) for frame in scene.frames]
    filters = [step.filter for step in trace]
    assert changed == [False, *(a != b for a, b in itertools.pairwise(filters))]
