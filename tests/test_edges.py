"""The edges of pooling as they are drawn: padding, what hangs over the end, what is counted, ties and bins."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import convviz
from convviz import Trace, animate
from convviz.scene import Mark, Rect, Scene, Text

X = np.random.default_rng(3).integers(0, 10, (5, 7))
AVERAGES = {
    "padding counted": convviz.avg_pool2d(X, 3, stride=2, padding=1),
    "padding not counted": convviz.avg_pool2d(X, 3, stride=2, padding=1, count_include_pad=False),
    "hanging over": convviz.avg_pool2d(X, (2, 4), stride=2, ceil_mode=True),
    "hanging over padding": convviz.avg_pool2d(X[:4, :4], 3, stride=2, padding=1, ceil_mode=True),
    "hanging over, not counted": convviz.avg_pool2d(
        X[:4, :4], 3, stride=2, padding=1, ceil_mode=True, count_include_pad=False
    ),
    "bins": convviz.adaptive_avg_pool2d(X, (3, 4)),
}
EXTREMES = {
    "max": convviz.max_pool2d(X, 3, stride=2, padding=1),
    "min": convviz.min_pool2d(X, 3, stride=2, padding=1),
    "max, hanging over": convviz.max_pool2d(X, (2, 4), stride=2, ceil_mode=True, padding=(1, 0)),
}


def cell(trace: Trace, step: int, tap: int) -> tuple[int, int]:
    """Return the row and the column that a tap reads; those outside the input are padding, or nothing."""
    rows, columns = trace[step].taps
    row, column = divmod(tap, len(columns))
    return rows[row], columns[column]


def drawn(scene: Scene, frame: int) -> dict[str, Rect]:
    """Return the fill of each cell of the input as the window draws it, by its tag."""
    return {m.tag: m for m in scene.frames[frame].moving if isinstance(m, Rect) and "/" in m.tag}


def within(trace: Trace, row: int, column: int) -> bool:
    """Tell whether a place is in the padded input."""
    return all(
        -axis.low <= place < axis.size + axis.high for place, axis in zip((row, column), trace.window.axes, strict=True)
    )


@pytest.mark.parametrize("trace", [pytest.param(trace, id=name) for name, trace in AVERAGES.items()])
def test_counted_cells_are_filled_and_others_hatched(trace: Trace) -> None:
    scene = animate(trace, all_steps=True)
    for frame, step in enumerate(trace):
        marks = drawn(scene, frame)
        counted = 0
        for tap, weight in enumerate(step.numerators.tolist()):
            row, column = cell(trace, frame, tap)
            if not within(trace, row, column):
                places = [p + a.low for p, a in zip((row, column), trace.window.axes, strict=True)]
                over = marks["overhang/{}/{}".format(*places)]
                assert weight == 0
                assert over.hatch == "unread hatch"
                continue
            mark = marks[f"input/0/0/{row}/{column}"]
            assert (mark.fill == "tap") == bool(weight), "what counts is filled"
            counted += mark.fill == "tap"
        assert counted == step.divisor
        said = [m.string for m in scene.frames[frame].moving if isinstance(m, Text) and m.tag == "divisor"]
        assert said == ([f"÷ {counted}"] if counted > 1 else [])


@pytest.mark.parametrize("trace", [pytest.param(trace, id=name) for name, trace in EXTREMES.items()])
def test_padding_never_looks_as_if_it_could_win(trace: Trace) -> None:
    scene = animate(trace, all_steps=True)
    for frame, step in enumerate(trace):
        marks = drawn(scene, frame)
        for tap, inside in enumerate(step.inside.tolist()):
            row, column = cell(trace, frame, tap)
            mark = marks.get(f"input/0/0/{row}/{column}")
            if inside:
                assert mark is not None
                assert mark.fill == ("current" if tap == step.ties[0] else "tap")
                assert not mark.hatch
            elif mark is not None:
                assert mark.hatch
                assert mark.fill not in ("tap", "current")
            else:
                assert not within(trace, row, column)


def notes(scene: Scene) -> str:
    return " ".join(m.string for m in scene.base if isinstance(m, Text) and m.tag == "note")


def test_what_is_counted_and_what_hangs_over_is_said() -> None:
    said = {name: notes(animate(trace)) for name, trace in {**AVERAGES, **EXTREMES}.items()}
    assert "padding is counted" in said["padding counted"]
    assert "padding is not counted" in said["padding not counted"]
    assert "padding is not counted" in said["max"]
    assert "the last window hangs 1 over the end: not counted" in said["hanging over padding"]
    assert "padding is counted" in said["hanging over padding"]
    assert "hangs 1 over the end" in said["hanging over"]
    plain = notes(animate(convviz.avg_pool2d(X, 2)))
    assert "padding" not in plain
    assert "hangs" not in plain
    assert "padding" not in notes(animate(convviz.conv2d(X, np.ones((3, 3)), padding=1)))


def test_a_tie_has_two_bars_and_the_winner_one() -> None:
    trace = convviz.max_pool2d([[5, 1, 5], [0, 2, 5]], (2, 3))
    frame = animate(trace).frames[0]
    bars = [m.tag for m in frame.moving if isinstance(m, Rect) and m.tag in ("tie", "winner")]
    assert sorted(bars) == ["tie"] * 4 + ["winner"]


@pytest.mark.parametrize(
    "trace",
    [
        convviz.adaptive_avg_pool2d(X, (3, 4)),
        convviz.adaptive_max_pool2d(X, (4, 3)),
        convviz.adaptive_avg_pool1d(X[0], 3),
        convviz.adaptive_max_pool2d(np.arange(60 * 90).reshape(60, 90), (7, 9)),
    ],
    ids=repr,
)
def test_each_bin_has_a_bar_over_the_cells_that_it_reads(trace: Trace) -> None:
    scene = animate(trace, all_steps=True)
    grid = input_box(scene)
    bars = {m.tag: m for m in scene.base if isinstance(m, Rect) and m.tag.startswith("bin/")}
    names = {"rows": -2, "columns": -1}
    for name, number in names.items():
        if name == "rows" and len(trace.window.axes) == 1:
            continue
        axis = trace.window.axes[number]
        start, length = (grid[1], grid[3] - grid[1]) if name == "rows" else (grid[0], grid[2] - grid[0])
        for output in range(axis.out):
            bar, taps = bars[f"bin/{name}/{output}"], axis.taps(output)
            low, high = (bar.y, bar.y + bar.height) if name == "rows" else (bar.x, bar.x + bar.width)
            assert low == pytest.approx(start + taps[0] * length / axis.size, abs=2)
            assert high == pytest.approx(start + (taps[-1] + 1) * length / axis.size, abs=2)
        lanes = [bars[f"bin/{name}/{output}"] for output in range(axis.out)]
        for one, other in itertools.pairwise(lanes):
            assert (one.x, one.y) != (other.x, other.y)
            apart = one.x + one.width <= other.x or other.x + other.width <= one.x
            assert apart or one.y + one.height <= other.y or other.y + other.height <= one.y, "bars of two bins meet"
    for frame in (0, len(trace) - 1):
        lit = [m.tag for m in scene.frames[frame].moving if isinstance(m, Rect) and m.tag.startswith("bin/")]
        places = dict(zip(("rows", "columns")[2 - len(trace.window.axes) :], trace[frame].place, strict=True))
        assert sorted(lit) == sorted(f"bin/{name}/{place}" for name, place in places.items())


def input_box(scene: Scene) -> tuple[int, int, int, int]:
    cells: list[Mark] = [m for m in scene.base if m.tag.split("/")[0] == "input" and not isinstance(m, Text)]
    return (
        round(min(m.x for m in cells)),
        round(min(m.y for m in cells)),
        round(max(m.x + m.width for m in cells)),
        round(max(m.y + m.height for m in cells)),
    )


def test_cells_that_are_in_two_bins_are_named() -> None:
    said = notes(animate(convviz.adaptive_avg_pool2d(np.ones((5, 6)), 3)))
    assert "in two bins: rows 1, 3" in said
    assert "columns" not in said
    assert "bins" not in notes(animate(convviz.adaptive_avg_pool2d(np.ones((6, 6)), 3)))
    often = notes(animate(convviz.adaptive_avg_pool1d([1, 2], 6)))
    assert "in several bins: cells 0, 1" in often


def test_taps_on_gaps_are_seen_where_a_kernel_is_dilated() -> None:
    trace = convviz.conv_transpose2d(np.ones((3, 3)), np.ones((2, 2)), stride=2, dilation=3)
    scene = animate(trace, steps=[0])
    frames = [m for m in scene.frames[0].moving if isinstance(m, Rect) and m.tag == "window" and m.thickness <= 2]
    assert len(frames) >= trace.window.taps


@pytest.mark.parametrize("value", [10**400, -(10**400), 2**63, float("inf"), float("nan"), "seven", None])
def test_a_padding_value_that_no_number_holds_is_refused_by_name(value):
    with pytest.raises(convviz.ConvvizError, match="padding_value"):
        convviz.conv2d([[1, 2], [3, 4]], [[1]], padding=1, padding_mode="constant", padding_value=value)


def test_a_lone_tap_shows_its_weight():
    assert str(convviz.conv1d([6, 5], [1])[0].sentence) == "output[0] = 6·1 = 6"
    assert str(convviz.conv1d([6, 5], [0])[1].sentence) == "output[1] = 5·0 = 0"
    assert str(convviz.conv1d([6, 5], [1 / 3])[0].sentence) == "output[0] = 6·1 / 3 = 6/3 = 2"
    assert (
        str(convviz.conv_transpose1d([6, 5], [3], stride=2)[1].sentence) == "output[1] = 0: no tap is on an input cell"
    )
