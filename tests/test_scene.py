"""Scenes by their marks: what a reader sees is read back, and computed again with plain loops."""

import itertools
import math
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import convviz
from convviz import Scene, Trace, animate
from convviz.scene import Image, Mark, Rect, Text

Cell = tuple[int, ...]


def ramp(*shape: int) -> np.ndarray:
    return np.arange(math.prod(shape)).reshape(shape)


def drawn_at_random(seed: int, low: int, high: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(low, high, shape)


MEAN = np.ones((3, 3)) / 9
SOBEL = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
TIES = np.array([[3, 2, 2, 1], [0, 3, 2, 2], [5, 5, -1, -1], [5, 0, -1, -4]])
FLOATS = np.random.default_rng(3).normal(size=(5, 5))

# Every kind of figure, with cells large enough for numbers.
CASES: dict[str, Callable[[], Trace]] = {
    "plain": lambda: convviz.conv2d(ramp(6, 6), MEAN),
    "padding": lambda: convviz.conv2d(ramp(6, 6), MEAN, padding=1),
    "stride": lambda: convviz.conv2d(ramp(6, 6), MEAN, stride=2),
    "dilation": lambda: convviz.conv2d(ramp(6, 6), MEAN, dilation=2),
    "stride and dilation": lambda: convviz.conv2d(ramp(7, 7), MEAN, stride=2, dilation=2),
    "stride 3": lambda: convviz.conv2d(ramp(8, 8), np.ones((2, 2), int), stride=3),
    "padding, stride, dilation": lambda: convviz.conv2d(ramp(5, 7), SOBEL, padding=2, stride=2, dilation=2),
    "sobel": lambda: convviz.conv2d(drawn_at_random(1, 0, 9, 6, 6), SOBEL, padding=1),
    "negative": lambda: convviz.conv2d(drawn_at_random(2, -9, 10, 5, 5), -SOBEL.T, bias=-3),
    "flipped": lambda: convviz.conv2d(ramp(5, 4), [[1, 2], [3, -4]], flip=True),
    "bias": lambda: convviz.conv2d(ramp(4, 4), [[1, 1]], bias=0.5),
    "not square": lambda: convviz.conv2d(
        ramp(5, 8), drawn_at_random(3, -2, 3, 2, 3), stride=(2, 1), padding=(1, 0), dilation=(1, 2)
    ),
    "same": lambda: convviz.conv2d(ramp(5, 6), [[1, -1, 2, 0], [0, 1, 1, 1]], padding="same"),
    "same_lower": lambda: convviz.conv2d(ramp(5, 6), [[1, -1, 2, 0], [0, 1, 1, 1]], padding="same_lower"),
    "full": lambda: convviz.conv2d(ramp(3, 4), [[1, 2], [3, 4]], padding="full"),
    "pairs": lambda: convviz.conv2d(ramp(4, 5), np.ones((2, 2), int), padding=((0, 2), (1, 0))),
    "constant": lambda: convviz.conv2d(
        ramp(4, 5), np.ones((2, 2), int), padding=1, padding_mode="constant", padding_value=-7
    ),
    "constant half": lambda: convviz.conv2d(
        ramp(4, 4), np.ones((2, 2), int), padding=1, padding_mode="constant", padding_value=0.5
    ),
    "reflect": lambda: convviz.conv2d(ramp(4, 6), MEAN, padding=2, padding_mode="reflect"),
    "replicate": lambda: convviz.conv2d(ramp(4, 5), SOBEL, padding=((0, 1), (2, 1)), padding_mode="replicate"),
    "circular": lambda: convviz.conv2d(ramp(4, 5), SOBEL, padding=1, padding_mode="circular"),
    "floats": lambda: convviz.conv2d(FLOATS, FLOATS[:2, :2]),
    "quarters": lambda: convviz.conv2d(ramp(4, 4) / 4, np.ones((2, 2)) / 4),
    "one cell": lambda: convviz.conv2d([[3]], [[2]]),
    "max": lambda: convviz.max_pool2d(TIES, 2),
    "max, overlapping": lambda: convviz.max_pool2d(TIES, 2, stride=1),
    "max, padded": lambda: convviz.max_pool2d(TIES, 3, stride=2, padding=1),
    "max, dilated": lambda: convviz.max_pool2d(drawn_at_random(4, 0, 9, 5, 6), 2, stride=1, dilation=2),
    "max, ceil": lambda: convviz.max_pool2d(ramp(6, 5), 3, stride=2, ceil_mode=True),
    "max, ceil, one less": lambda: convviz.max_pool2d(ramp(5, 5), 2, stride=3, padding=1, ceil_mode=True),
    "min": lambda: convviz.min_pool2d(TIES, (1, 2), stride=1),
    "average": lambda: convviz.avg_pool2d(ramp(6, 4), 2),
    "average, padded": lambda: convviz.avg_pool2d(ramp(4, 4), 3, stride=2, padding=1),
    "average, padding left out": lambda: convviz.avg_pool2d(
        ramp(4, 4), 3, stride=2, padding=1, count_include_pad=False
    ),
    "average, ceil": lambda: convviz.avg_pool2d(ramp(6, 6), 3, stride=2, padding=1, ceil_mode=True),
    "average, divisor": lambda: convviz.avg_pool2d(ramp(4, 4), 2, divisor_override=3),
    "global max": lambda: convviz.global_max_pool2d(TIES),
    "global average": lambda: convviz.global_avg_pool2d(ramp(3, 6)),
    "strip": lambda: convviz.conv1d(ramp(9), [1, 0, -1], padding=1, stride=2),
    "strip, max": lambda: convviz.max_pool1d(ramp(7), 2),
    "strip, causal": lambda: convviz.conv1d(ramp(6), [1, 2], dilation=2, padding="causal"),
    "slices": lambda: convviz.conv3d(ramp(3, 3, 4), np.ones((2, 2, 2)) / 8),
    "slices, max": lambda: convviz.max_pool3d(ramp(2, 4, 4), (1, 2, 2)),
    "channels": lambda: convviz.conv2d(drawn_at_random(5, -3, 4, 2, 4, 5), drawn_at_random(6, -2, 3, 3, 2, 2, 2)),
    "depthwise": lambda: convviz.conv2d(ramp(2, 4, 4), np.ones((2, 2), int)),
    "channels, max": lambda: convviz.max_pool2d(drawn_at_random(7, 0, 5, 2, 4, 4), 2),
}
EACH = pytest.mark.parametrize("trace", [pytest.param(make(), id=name) for name, make in CASES.items()])


def every_step(trace: Trace) -> Scene:
    """Return the figure with every step."""
    return animate(trace, all_steps=True)


def number(text: str) -> float:
    """Read a number as it is drawn; a hyphen is not a minus sign."""
    assert "-" not in text, f"{text!r} has a hyphen for a minus sign"
    text = text.replace("−", "-").replace("∞", "inf")
    return float(text)


def slack(text: str) -> float:
    """Return by how much a number drawn may be off where it is rounded: half of its last digit."""
    mantissa, _, exponent = text.replace("−", "-").partition("e")
    return 0.5 * 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2])) * (1 + 1e-9)


def three(numbers: Any, missing: int) -> Cell:
    return (missing,) * (3 - len(tuple(numbers))) + tuple(int(each) for each in numbers)


def cell_of(mark: Mark) -> Cell:
    return tuple(int(each) for each in mark.tag.split("/")[1:])


def tagged(marks: Any, name: str, kind: type = Text) -> list[Any]:
    return [mark for mark in marks if isinstance(mark, kind) and mark.tag.split("/")[0] == name]


def said(marks: Any, tag: str) -> list[str]:
    return [mark.string for mark in marks if isinstance(mark, Text) and mark.tag == tag]


def numbers_of(marks: Any, name: str) -> dict[Cell, str]:
    """Return the last number drawn in every cell of a grid (weights of taps are not numbers of the cell)."""
    return {cell_of(mark): mark.string for mark in tagged(marks, name) if not mark.string.startswith("×")}


def notes(scene: Scene) -> str:
    return " · ".join(mark.string for mark in scene.base if isinstance(mark, Text) and mark.tag == "note")


def reads(trace: Trace, index: int) -> list[tuple[int, Cell]]:
    """Return (channel, place) of each tap of a step, by the definition and with plain loops."""
    position = np.unravel_index(index, trace.planes_out.shape)
    filter_, place = int(position[1]), position[2:]
    per_group = trace.planes_in.shape[1] // trace.groups
    first = filter_ // (trace.planes_out.shape[1] // trace.groups) * per_group
    found = []
    for channel in range(first, first + per_group):
        for taps in itertools.product(*(range(axis.kernel) for axis in trace.window.axes)):
            at = [
                int(o) * axis.stride + k * axis.dilation - axis.low
                for o, k, axis in zip(place, taps, trace.window.axes, strict=True)
            ]
            found.append((channel, tuple(at)))
    return found


def padded_value(trace: Trace, channel: int, place: Cell) -> float:
    """Return what a cell of the padded input holds, by the definition of the padding mode."""
    source = []
    for at, axis in zip(place, trace.window.axes, strict=True):
        n = axis.size
        if 0 <= at < n:
            source.append(at)
        elif trace.padding_mode == "replicate":
            source.append(0 if at < 0 else n - 1)
        elif trace.padding_mode == "circular":
            source.append(at % n)
        elif trace.padding_mode == "reflect":
            source.append(-at if at < 0 else 2 * (n - 1) - at)
        elif "max" in trace.kind or "min" in trace.kind:
            return -math.inf if "max" in trace.kind else math.inf
        else:
            return float(trace.settings.get("padding_value", 0))
    return float(trace.planes_in[0, channel][tuple(source)])


def in_padded(trace: Trace, place: Cell) -> bool:
    return all(-a.low <= at < a.size + a.high for at, a in zip(place, trace.window.axes, strict=True))


def is_tap(mark: Rect) -> bool:
    return mark.fill in ("tap", "current") or (mark.fill == "gap" and mark.hatch == "tap")


def same(text: str, value: float, rounding_is_said: bool) -> None:
    """Check one number: it is the value, or the value rounded and the figure says so."""
    shown = number(text)
    if shown == value or abs(shown - value) <= 1e-9 * abs(value):
        return
    assert abs(shown - value) <= slack(text), f"{text} is drawn for {value}"
    assert rounding_is_said, f"{text} is drawn for {value}, and no note says that it is rounded"


# What is read.


@EACH
def test_the_taps_drawn_are_the_cells_that_are_read(trace: Trace) -> None:
    scene = every_step(trace)
    for index, frame in enumerate(scene.frames):
        cells = {cell_of(mark) for mark in tagged(frame.moving, "input", Rect) if is_tap(mark)}
        expected = {(c, *three(at, 0)) for c, at in reads(trace, index) if in_padded(trace, at)}
        assert cells == expected
        step = trace[index]
        axes = len(trace.window.axes)
        from_trace = {
            (int(cell[-axes - 1]) if len(cell) > axes else step.channels[0], *three(cell[-axes:], 0))
            for cell in step.cells.tolist()
            if in_padded(trace, cell[-axes:])
        }
        assert cells == from_trace


@EACH
def test_only_the_cells_in_the_span_of_the_window_change(trace: Trace) -> None:
    scene = every_step(trace)
    for index, frame in enumerate(scene.frames):
        places = [three(at, 0) for _, at in reads(trace, index)]
        low, high = np.min(places, axis=0), np.max(places, axis=0)
        for mark in tagged(frame.moving, "input", Rect):
            assert (low <= cell_of(mark)[1:]).all()
            assert (cell_of(mark)[1:] <= high).all()
            if not is_tap(mark):
                assert mark.fill == "gap"


@EACH
def test_every_number_of_the_input_is_the_value(trace: Trace) -> None:
    scene = every_step(trace)
    rounding = "rounded" in notes(scene)
    shown = numbers_of(scene.base, "input")
    spaces = [range(-a.low, a.size + a.high) for a in trace.window.axes]
    cells = {
        (channel, *three(at, 0)): padded_value(trace, channel, at)
        for channel in range(trace.planes_in.shape[1])
        for at in itertools.product(*spaces)
    }
    assert set(shown) == set(cells)
    for cell, text in shown.items():
        same(text, cells[cell], rounding)
    for frame in scene.frames:
        for cell, text in numbers_of(frame.moving, "input").items():
            assert text == shown[cell], "a cell shows another number under the window"
        under = {cell_of(mark) for mark in tagged(frame.moving, "input", Rect)}
        assert set(numbers_of(frame.moving, "input")) == under, "a number vanishes under the window"


@EACH
def test_every_number_of_the_kernel_is_the_weight(trace: Trace) -> None:
    scene = every_step(trace)
    if trace.weight is None:
        assert not numbers_of(scene.at(0), "kernel")
        return
    divisor = said(scene.base, "divisor")
    assert not divisor or divisor[0] == "1"
    over = [re.match(r"1/(\d+) · ", m.string) for m in tagged(scene.base, "label") if "/kernel/" in m.tag]
    by = number(divisor[1]) if divisor else int(over[0][1]) if over and over[0] else 1
    weight = trace.weight
    axes = len(trace.window.axes)
    filters = trace.planes_out.shape[1]
    whole = np.broadcast_to(weight, (filters, 1, *weight.shape)) if weight.ndim == axes else weight
    whole = whole.reshape(*whole.shape[:2], *three(whole.shape[2:], 1))
    for index in {0, len(trace) // 2, len(trace) - 1}:
        there = {(m.x, m.y): m for m in tagged(scene.at(index), "kernel")}  # the last one drawn in every place
        shown = {cell_of(mark): mark.string for mark in there.values()}
        filter_ = index // math.prod(trace.window.out)
        if trace.groups == 1:
            assert {cell[0] for cell in shown} == {filter_}, "the kernel of another filter is drawn"
        else:
            assert len({cell[0] for cell in shown}) == trace.groups
        current = {cell for cell in shown if cell[0] == filter_}
        assert {cell[1:] for cell in current} == set(itertools.product(*map(range, whole.shape[1:])))
        for cell, text in shown.items():
            same(text, float(whole[cell]) * by, "rounded" in notes(scene))


@EACH
def test_taps_carry_the_weight_that_they_are_multiplied_by(trace: Trace) -> None:
    scene = every_step(trace)
    for index, frame in enumerate(scene.frames):
        weights = {cell_of(m): m.string for m in tagged(frame.moving, "input") if m.string.startswith("×")}
        if trace.weight is None:
            assert not weights
            continue
        expected = {
            (c, *three(at, 0)): float(w)
            for (c, at), w in zip(reads(trace, index), trace[index].numerators, strict=True)
        }
        for cell, text in weights.items():
            same(text[1:], expected[cell], "rounded" in notes(scene))
        zero = {cell_of(m) for m in tagged(frame.moving, "input", Rect) if m.fill == "gap" and m.hatch == "tap"}
        rank = len(trace.window.axes)
        assert zero == {cell for cell, weight in expected.items() if weight == 0 and in_padded(trace, cell[-rank:])}


def test_sobel_writes_its_weights_on_the_taps() -> None:
    trace = CASES["sobel"]()
    scene = animate(trace)
    frame = scene.frames[7]  # output[1, 1]: no padding under it
    weights = {cell_of(m)[2:]: m.string for m in tagged(frame.moving, "input") if m.string.startswith("×")}
    assert weights == {(i, j): f"×{SOBEL[i, j]}".replace("-", "−") for i in range(3) for j in range(3)}


def test_a_flipped_kernel_is_drawn_as_given_and_applied_flipped() -> None:
    scene = animate(CASES["flipped"]())
    assert numbers_of(scene.base, "kernel") == {
        (0, 0, 0, 0, 0): "1",
        (0, 0, 0, 0, 1): "2",
        (0, 0, 0, 1, 0): "3",
        (0, 0, 0, 1, 1): "−4",
    }
    weights = {cell_of(m)[2:]: m.string for m in tagged(scene.frames[0].moving, "input") if m.string.startswith("×")}
    assert weights == {(0, 0): "×−4", (0, 1): "×3", (1, 0): "×2", (1, 1): "×1"}
    assert "flipped before it slides" in notes(scene)


def test_whether_the_kernel_is_flipped_is_said_only_where_it_matters() -> None:
    assert "not flipped" in notes(animate(CASES["sobel"]()))
    assert "flipped" not in notes(animate(CASES["plain"]()))


# What comes out.


@EACH
def test_the_output_fills_in_step_by_step(trace: Trace) -> None:
    scene = every_step(trace)
    assert len(scene.frames) == len(trace)
    rounding = "rounded" in notes(scene)
    out = trace.planes_out[0].reshape(trace.planes_out.shape[1], *three(trace.window.out, 1))
    order = list(np.ndindex(out.shape))
    for index in range(len(trace)):
        shown = numbers_of(scene.at(index), "output")
        assert set(shown) == set(order[: index + 1]), "not the cells computed so far"
        for cell, text in shown.items():
            same(text, float(out[cell]), rounding)
    assert len(shown) == trace.output.size


@EACH
def test_one_cell_is_current_and_its_indices_are_lit(trace: Trace) -> None:
    scene = every_step(trace)
    for index, frame in enumerate(scene.frames):
        step = trace[index]
        cells = [cell_of(mark) for mark in tagged(frame.moving, "output", Rect) if mark.fill == "current"]
        place = three(step.position[-len(trace.window.axes) :], 0)
        assert cells == [(step.filter, *place)]
        lit = sorted(mark.string for mark in frame.moving if isinstance(mark, Text) and mark.role == "lit")
        assert lit == sorted(map(str, step.position[-len(trace.window.axes) :][-2:]))
        settled = [cell_of(mark) for mark in tagged(frame.settled, "output", Rect)]
        assert settled == cells
        assert said(frame.moving, "step") == [f"step {index + 1} of {len(trace)}"]


def test_all_rows_and_columns_of_the_output_are_numbered() -> None:
    scene = animate(CASES["not square"]())
    rows, columns = CASES["not square"]().output.shape
    assert sorted(said(scene.base, "index")) == sorted([*map(str, range(rows)), *map(str, range(columns))])


# The sentence.


def evaluated(text: str) -> float:
    text = text.replace("−", "-").replace("·", "*").replace("∞", "inf")
    assert re.fullmatch(r"(?:max|min|inf|e|[-+*/()., 0-9])+", text), text
    names = {"max": lambda *v: max(v), "min": lambda *v: min(v), "inf": math.inf}
    return float(eval(text, {"__builtins__": {}}, names))


def arithmetic(marks: Any) -> tuple[str, str, str]:
    parts = [mark for mark in marks if isinstance(mark, Text) and mark.tag in ("sentence", "result")]
    number_ = next(n for n, mark in enumerate(parts) if mark.tag == "result")
    strings = [mark.string for mark in parts]
    return "".join(strings[:number_]), strings[number_], "".join(strings[number_ + 1 :])


@EACH
def test_the_sentence_is_true(trace: Trace) -> None:
    scene = every_step(trace)
    for index, frame in enumerate(scene.frames):
        step = trace[index]
        lead, result, tail = arithmetic(frame.moving)
        where = ", ".join(map(str, step.position))
        assert lead.startswith(f"output[{where}] = ")
        assert abs(number(result) - float(step.value)) <= max(slack(result), 1e-9)
        exact = abs(number(result) - float(step.value)) <= 1e-9 * max(1.0, abs(float(step.value)))
        sign = lead.rstrip()[-1]
        assert sign in "=≈"
        if sign == "=":
            assert exact, f"{lead}{result} is not equal"
        parts = re.split(r"[=≈]", lead)[1:-1]
        seen = [padded_value(trace, c, at) for c, at in reads(trace, index)]
        for part in parts:
            if "more" in part:
                continue
            loose = 1e-9 * max(1, abs(step.value))
            if trace.input.dtype.kind == "f" and sign == "≈":  # each factor is rounded to two digits
                loose = 0.005 * sum(abs(v) + abs(w) + 0.005 for v, w in zip(seen, step.weights, strict=True))
            assert abs(evaluated(part.strip()) - float(step.value)) <= loose
        if trace.picks:
            names = re.findall(r"input\[([^\]]*)\]", tail)
            assert names
            for each in names:
                assert trace.input[tuple(int(n) for n in each.split(", "))] == step.value
            # the first of the largest in order of rows and columns
            first = next(n for n, value in enumerate(seen) if value == step.value)
            assert names[0] == ", ".join(map(str, step.cells[first].tolist()))
            ties = sum(value == step.value for value in seen)
            assert ("tied" in tail) == (ties > 1)
            if ties > 2:
                assert tail.endswith((f"and {ties - 2} more", f"one of {ties} tied"))


def test_a_long_sum_counts_what_it_leaves_out() -> None:
    trace = CASES["global average"]()
    lead, result, _ = arithmetic(animate(trace).frames[0].moving)
    middle = re.search(r"\((.*?) \+ … (\d+) more … \+ (.*)\) / 18", lead)
    assert middle, lead
    shown = [number(each) for part in (middle[1], middle[3]) for each in part.split(" + ")]
    left_out = int(middle[2])
    assert len(shown) + left_out == 18
    tail = len(middle[3].split(" + "))
    assert shown == [*range(18 - left_out - tail), *range(18 - tail, 18)]
    assert result == "8.5"
    assert "153/18" in lead


def test_zero_weights_are_left_out_of_the_sentence() -> None:
    lead, _, _ = arithmetic(animate(CASES["sobel"]()).frames[7].moving)
    assert lead.count("·") == 6
    assert "·0" not in lead


@pytest.mark.parametrize(
    ("name", "index", "divisor"),
    [
        ("average", 0, 4),
        ("average, padded", 0, 9),
        ("average, padding left out", 0, 4),
        ("average, divisor", 0, 3),
        ("average, ceil", 3, 6),  # 3 wide by 2: the column that hangs over the end is not counted
        ("global average", 0, 18),
    ],
)
def test_an_average_names_its_divisor(name: str, index: int, divisor: int) -> None:
    lead, _, _ = arithmetic(animate(CASES[name]()).frames[index].moving)
    assert f") / {divisor} " in lead


# Max pooling.


def test_the_winner_and_its_ties_are_marked() -> None:
    trace = convviz.max_pool2d(TIES, 2)
    scene = animate(trace)
    expected = [((0, 0), (1, 1)), ((0, 2), (1, 2), (1, 3)), ((2, 0), (2, 1), (3, 0)), ((2, 2), (2, 3), (3, 2))]
    for frame, (winner, *ties) in zip(scene.frames, expected, strict=True):
        cells = {cell_of(m)[2:]: m for m in tagged(frame.moving, "input", Rect)}
        assert [cell for cell, mark in cells.items() if mark.fill == "current"] == [winner]
        inside = [m for m in frame.moving if isinstance(m, Rect) and m.tag in ("winner", "tie")]
        assert [m.tag for m in inside].count("winner") == 1
        barred = {
            cell
            for cell, c in cells.items()
            for m in inside
            if c.x <= m.x and m.x + m.width <= c.x + c.width and c.y <= m.y and m.y + m.height <= c.y + c.height
        }
        assert barred == {winner, *ties}


def test_padding_never_wins() -> None:
    trace = convviz.max_pool2d(-1 - ramp(4, 4), 3, stride=2, padding=1)
    scene = animate(trace)
    for frame in scene.frames:
        (winner,) = [m for m in tagged(frame.moving, "input", Rect) if m.fill == "current"]
        assert min(cell_of(winner)) >= 0
    assert numbers_of(scene.base, "input")[0, 0, -1, -1] == "−∞"


@pytest.mark.parametrize("name", ["global max", "global average"])
def test_global_pooling_is_one_window_over_all(name: str) -> None:
    trace = CASES[name]()
    scene = animate(trace)
    assert len(scene.frames) == 1
    cells = [mark for mark in tagged(scene.frames[0].moving, "input", Rect) if is_tap(mark)]
    assert len(cells) == trace.input.size
    window = [m for m in scene.frames[0].moving if isinstance(m, Rect) and m.stroke == "window"]
    left, top = min(m.x for m in cells), min(m.y for m in cells)
    right, bottom = max(m.x + m.width for m in cells), max(m.y + m.height for m in cells)
    edges = [(m.x - left, m.y - top, right - m.x - m.width, bottom - m.y - m.height) for m in window]
    assert any(max(map(abs, apart)) < 5 for apart in edges)


# The window.


@EACH
def test_the_window_is_one_outline_over_its_whole_span(trace: Trace) -> None:
    scene = every_step(trace)
    for index in {0, len(trace) // 2, len(trace) - 1}:
        frame = scene.frames[index]
        cells = [m for m in tagged(frame.moving, "input", Rect) if is_tap(m)]
        planes: dict[Cell, list[Rect]] = {}
        for mark in cells:
            planes.setdefault(cell_of(mark)[:2], []).append(mark)
        outlines = [m for m in frame.moving if isinstance(m, Rect) and m.stroke == "window"]
        for marks in planes.values():
            left, top = min(m.x for m in marks), min(m.y for m in marks)
            right, bottom = max(m.x + m.width for m in marks), max(m.y + m.height for m in marks)
            around = [
                m
                for m in outlines
                if 0 <= m.x - left <= 4 >= m.y - top >= 0
                and m.x + m.width >= right - 4
                and m.y + m.height >= bottom - 4
            ]
            assert len(around) == 1


def test_a_window_that_hangs_over_the_end_is_drawn_whole() -> None:
    trace = CASES["max, ceil"]()
    scene = animate(trace)
    last = scene.frames[-1]
    side = tagged(last.moving, "input", Rect)[0].width
    widest = max((m for m in last.moving if isinstance(m, Rect) and m.stroke == "window"), key=lambda m: m.height)
    assert widest.height >= 3 * side - 4
    assert "ceil" in said(scene.base, "settings")[0]


# Never read.


def unread_by_loops(trace: Trace) -> list[list[int]]:
    found = []
    for axis in trace.window.axes:
        read = {o * axis.stride + k * axis.dilation - axis.low for o in range(axis.out) for k in range(axis.kernel)}
        found.append([n for n in range(axis.size) if n not in read])
    return found


def numbers_named(text: str) -> list[int]:
    found: list[int] = []
    for part in text.split(", "):
        first, _, last = part.partition("–")
        found.extend(range(int(first), int(last or first) + 1))
    return found


@EACH
def test_the_caption_names_what_is_never_read(trace: Trace) -> None:
    scene = every_step(trace)
    captions = [text for text in said(scene.base, "note") if "never read" in text]
    unread = unread_by_loops(trace)
    hatched = {cell_of(m)[1:] for m in tagged(scene.base, "input", Rect) if m.hatch == "unread hatch"}
    space = itertools.product(*(range(a.size) for a in trace.window.axes))
    assert hatched == {three(at, 0) for at in space if any(n in u for n, u in zip(at, unread, strict=True))}
    if not any(unread):
        assert not captions
        return
    (caption,) = captions
    named = dict.fromkeys(trace.window.names, ())
    for part in caption.removeprefix("never read: ").split(" · "):
        if match := re.fullmatch(r"(\w+?)s? (\d[\d, –]*)", part):
            named[match[1] + "s"] = numbers_named(match[2])
    assert [list(each) for each in named.values()] == unread


def test_runs_of_rows_never_read_are_joined() -> None:
    trace = convviz.conv2d(ramp(8, 9), [[1]], stride=(1, 5))
    (caption,) = [text for text in said(animate(trace).base, "note") if "never" in text]
    assert caption == "never read: columns 1–4, 6–8"


# The size.


@EACH
def test_the_size_formula_gives_the_size(trace: Trace) -> None:
    scene = every_step(trace)
    lines = said(scene.base, "size")
    axes = trace.window.axes
    assert len(lines) == (1 if len(set(axes)) == 1 else len(axes))
    letters = ""
    for line, axis, name in zip(lines, axes, trace.window.names, strict=False):
        assert "…" not in line
        what, *parts = line.split(" = ")
        assert what == ("output size" if len(lines) == 1 else f"output {name}")
        if "i" in parts[0].split("/")[0]:
            letters, *parts = parts
        figures, result = parts
        assert ("⌈" if axis.ceil else "⌊") in figures
        value = formula(figures)
        match = re.fullmatch(r"(\d+)(?:, less 1 in the padding: (\d+))?", result)
        assert match
        assert int(match[1]) == value
        assert int(match[2] or match[1]) == axis.out == (value if match[2] is None else value - 1)
        named = {"i": axis.size, "p": axis.low, "p₀": axis.low, "p₁": axis.high, "d": axis.dilation}
        named |= {"k": axis.kernel, "s": axis.stride}
        if axis.low != axis.high:
            assert "2p" not in letters
        assert formula(letters, named) == value


def formula(text: str, named: dict[str, int] | None = None) -> int:
    text = re.sub(r"(?<=[0-9a-z])(?=[a-z(])(?!loor|eil)", "·", text) if named else text
    for letter, value in sorted((named or {}).items(), reverse=True):
        text = re.sub(rf"(?<![a-z]){letter}(?![a-z₀₁])", str(value), text)
    text = text.replace("⌊", "floor(").replace("⌈", "ceil(").replace("⌋", ")").replace("⌉", ")")
    text = text.replace("−", "-").replace("·", "*")
    assert re.fullmatch(r"(?:floor|ceil|[-+*/() 0-9])+", text), text
    return int(eval(text, {"__builtins__": {}, "floor": math.floor, "ceil": math.ceil}))


@EACH
def test_the_title_carries_the_letters(trace: Trace) -> None:
    (line,) = said(every_step(trace).base, "settings")
    assert re.search(r"\bk = \d+(×\d+)*", line)
    for letter, values in (
        ("s", [a.stride for a in trace.window.axes]),
        ("d", [a.dilation for a in trace.window.axes]),
    ):
        match = re.search(rf"\b{letter} = (\d+(?:, \d+)*)", line)
        assert match
        given = [int(each) for each in match[1].split(", ")]
        assert given * (len(values) if len(given) == 1 else 1) == values


# The figures of before, recomputed.

OLD: dict[str, dict[str, Any]] = {
    "plain": {},
    "padding": {"padding": 1},
    "stride": {"stride": 2},
    "dilation": {"dilation": 2},
}


@pytest.mark.parametrize("name", OLD)
def test_the_four_figures_have_the_right_numbers(name: str) -> None:
    options = OLD[name]
    stride, padding, dilation = (
        options.get(key, usual) for key, usual in (("stride", 1), ("padding", 0), ("dilation", 1))
    )
    scene = animate(convviz.conv2d(np.arange(36).reshape(6, 6), np.ones((3, 3)) / 9, **options))
    span = 2 * dilation + 1
    out = (6 + 2 * padding - span) // stride + 1
    assert out == {"plain": 4, "padding": 6, "stride": 2, "dilation": 2}[name]
    assert len(scene.frames) == out * out
    sums = {}
    for i, j in itertools.product(range(out), repeat=2):
        total = 0
        for k, m in itertools.product(range(3), repeat=2):
            row, column = i * stride + k * dilation - padding, j * stride + m * dilation - padding
            if 0 <= row < 6 and 0 <= column < 6:
                total += 6 * row + column
        sums[i, j] = total
    whole = all(total % 9 == 0 for total in sums.values())
    for (cell, total), frame in zip(sums.items(), scene.frames, strict=True):
        text = numbers_of(frame.settled, "output")[0, 0, *cell]
        if total % 9 == 0:
            assert text == str(total // 9)
        else:
            assert text == f"{total / 9:.2f}"
        lead, result, tail = arithmetic(frame.moving)
        assert lead.startswith(f"output[{cell[0]}, {cell[1]}] = (")
        assert f" / 9 = {total}/9 " in lead
        assert (result, tail) == (str(total // 9) if total % 9 == 0 else f"{total / 9:.2f}", "")
        assert ("≈" in lead) == (total % 9 != 0)
    assert ("rounded to 2 decimals" in notes(scene)) == (not whole)
    assert [text for _, text in sorted(numbers_of(scene.base, "kernel").items())] == ["1"] * 9
    assert said(scene.base, "divisor") == ["1", "9"]


# Without values, in colours, in part.


@pytest.mark.parametrize(
    "name", ["plain", "padding", "dilation", "sobel", "max", "global average", "strip", "slices", "channels"]
)
def test_without_values_no_number_is_drawn(name: str) -> None:
    trace = CASES[name]()
    scene = animate(trace, values=False)
    for index in range(len(trace)):
        marks = list(scene.at(index))
        for grid in ("input", "kernel", "output", "result"):
            assert not tagged(marks, grid)
            assert not tagged(marks, grid, Image)
        (sentence,) = said(marks, "sentence")
        assert "=" not in sentence
        assert sentence.startswith(f"output[{', '.join(map(str, trace[index].position))}] reads ")
    cells = {cell_of(mark) for mark in tagged(scene.frames[0].moving, "input", Rect) if is_tap(mark)}
    assert cells == {(c, *three(at, 0)) for c, at in reads(trace, 0) if in_padded(trace, at)}


def image_values(images: list[Image], side_x: float, side_y: float, origin: tuple[int, int]) -> dict[Cell, int]:
    found = {}
    for image in images:
        rows, columns = image.levels.shape
        for i, j in np.ndindex(rows, columns):
            x = image.x + (j + 0.5) * image.width / columns
            y = image.y + (i + 0.5) * image.height / rows
            found[int((y - origin[1]) / side_y), int((x - origin[0]) / side_x)] = int(image.levels[i, j])
    return found


def test_cells_too_small_for_numbers_are_colours() -> None:
    x = drawn_at_random(8, 0, 256, 60, 50)
    trace = convviz.conv2d(x, SOBEL)
    scene = animate(trace)
    assert not numbers_of(scene.at(-1), "input")
    (image,) = tagged(scene.base, "input", Image)
    assert (image.levels == np.rint((x - x.min()) / (x.max() - x.min()) * 255)).all()
    images = tagged(scene.at(-1), "output", Image)
    frame = next(
        m for m in scene.base if isinstance(m, Rect) and m.stroke == "frame" and m.x > scene.width // 2 and not m.fill
    )
    shown = image_values(images, frame.width / 48, frame.height / 58, (frame.x, frame.y))
    reach = np.abs(trace.output).max()
    expected = np.rint((trace.output + reach) / (2 * reach) * 255)
    assert shown == {cell: int(expected[cell]) for cell in np.ndindex(expected.shape)}
    assert notes(scene) == f"{x.min()} · {x.max()} · −{reach} · 0 · {reach} · not flipped", "the ends of the bars"
    bars = [mark for mark in scene.base if isinstance(mark, Image) and mark.tag == "bar"]
    assert [bar.ramp for bar in bars] == ["grey", "diverging", "diverging"]
    assert np.concatenate([bar.levels[0] for bar in bars]).tolist() == [*range(256), *range(256)]
    assert len(scene.frames) <= 46
    assert scene.notes == (f"{len(scene.frames)} of {len(trace)} steps drawn",)


def test_cells_never_read_are_marked_on_colours_too() -> None:
    """Drawn as colours, rows that no window reads must still be told from the others, not only in the caption."""
    trace = convviz.conv2d(ramp(40, 40), MEAN, stride=5)
    scene = animate(trace)
    marks = list(scene.base)
    assert tagged(marks, "input", Image)
    ticks = [m for m in marks if isinstance(m, Rect) and m.tag == "unread"]
    assert len(ticks) == sum(len(axis.never_read) for axis in trace.window.axes)


def test_steps_passed_over_are_said_and_settle_all_the_same() -> None:
    trace = convviz.conv2d(ramp(12, 12), MEAN, padding=1)
    scene = animate(trace)
    assert len(scene.frames) <= 46
    assert len(numbers_of(scene.at(-1), "output")) == 144
    assert numbers_of(scene.at(-1), "output")[0, 0, 11, 11] == "63" or "rounded" in notes(scene)
    for index in range(len(scene.frames)):
        (text,) = said(scene.frames[index].moving, "step")
        done = int(text.split()[1])
        assert len(numbers_of(scene.at(index), "output")) == done
    words = f"{len(scene.frames)} of 144 steps drawn"
    assert words in scene.notes
    visible = [mark.string for mark in scene.at(0) if isinstance(mark, Text)]
    assert any(words in text for text in visible), "the figure itself must say that steps are passed over"
    assert len(animate(trace, all_steps=True).frames) == 144
    assert animate(trace, all_steps=True).notes == ()


def test_the_durations_follow_the_rule() -> None:
    for make, frames in ((CASES["plain"], 16), (CASES["padding"], 36), (CASES["stride"], 4)):
        seconds = [frame.seconds for frame in animate(make()).frames]
        assert len(seconds) == frames
        usual = min(max((20 - 1.5) / frames, 0.4), 0.7)
        assert seconds == pytest.approx([usual] * (frames - 1) + [usual + 1.5])
    seconds = [frame.seconds for frame in animate(CASES["plain"](), step_seconds=0.25, hold=3).frames]
    assert seconds == pytest.approx([0.25] * 15 + [3.25])


@EACH
def test_the_progress_line_is_as_long_as_what_is_done(trace: Trace) -> None:
    scene = every_step(trace)
    (track,) = [m for m in scene.base if isinstance(m, Rect) and m.tag == "progress"]
    for index, frame in enumerate(scene.frames):
        (line,) = [m for m in frame.settled if isinstance(m, Rect) and m.tag == "progress"]
        assert (line.x, line.y, line.height) == (track.x, track.y, track.height)
        assert abs(line.width - track.width * (index + 1) / len(trace)) < 1


def test_frames_are_lazy_and_the_same_each_time() -> None:
    scene = animate(convviz.conv2d(ramp(64, 64), MEAN, padding=1), all_steps=True)
    assert len(scene.frames) == 4096
    assert scene.frames[4000] == scene.frames[4000]
    assert scene.frames[-1] == scene.frames[4095]
    assert scene.frames[10:12] == [scene.frames[10], scene.frames[11]]
    with pytest.raises(IndexError):
        scene.frames[4096]


def test_the_figure_shows_nothing_but_what_is_in_the_trace() -> None:
    """Tag by tag, every text belongs to something known."""
    known = {"title", "settings", "size", "step", "sentence", "result", "note", "index", "operator", "divisor"}
    known |= {"input", "kernel", "output", "label", "drawn", "sum", "bias"}
    for make in CASES.values():
        marks: Iterator[Mark] = animate(make()).at(0)
        assert {mark.tag.split("/")[0] for mark in marks if isinstance(mark, Text)} <= known


def test_an_exercise_does_not_tell_its_answer() -> None:
    trace = convviz.conv2d(np.arange(16).reshape(4, 4), np.ones((3, 3)) / 9, 1)
    said = {}
    for blank in ((), ("output",)):
        scene = animate(trace, blank=blank, steps=[0])
        said[blank] = [mark.string for mark in scene.at(0) if isinstance(mark, Text)]
    assert any("45/9 + 1 = " in each for each in said[()])
    assert not any("45/9" in each for each in said["output",])
    assert "?" in said["output",]
