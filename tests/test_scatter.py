"""The scatter reading: its stamps against plain loops, its pictures' numbers against the trace, and its words."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from commands import good, run

import convviz
from convviz import SettingError, Trace, animate
from convviz.scene import Rect, Scene, Text
from convviz.stamping import Stamps
from convviz.views.kinds import VIEWS, steps_of


def whole(seed: int, low: int, high: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(low, high, shape)


CASES: dict[str, Callable[[], Trace]] = {
    "stride 2": lambda: convviz.conv_transpose2d(whole(1, 0, 9, 3, 3), whole(2, -2, 4, 3, 3), stride=2),
    "stride 3, output padding": lambda: convviz.conv_transpose2d(
        whole(1, 0, 9, 3, 3), whole(2, -2, 4, 3, 3), stride=3, padding=1, output_padding=2
    ),
    "gaps between stamps": lambda: convviz.conv_transpose2d(whole(1, 1, 9, 2, 3), [[1, 2], [3, 4]], [5], stride=4),
    "dilation 2": lambda: convviz.conv_transpose2d(
        whole(1, 0, 9, 3, 3), whole(2, -2, 4, 3, 3), stride=2, dilation=2, padding=1, output_padding=1
    ),
    "more cropped at one side": lambda: convviz.conv_transpose2d(
        whole(1, 0, 9, 3, 3), whole(2, -2, 4, 3, 3), stride=2, padding=[(0, 2), (3, 0)]
    ),
    "all but the middle cropped": lambda: convviz.conv_transpose2d(
        whole(1, 0, 9, 3, 3), whole(2, -2, 4, 3, 3), stride=2, padding=3
    ),
    "a strip": lambda: convviz.conv_transpose1d([1, 2, 3, 4], [1, 2, 3], [-1], stride=2, output_padding=1),
    "slices": lambda: convviz.conv_transpose3d(whole(1, 0, 9, 2, 2, 2), whole(2, -2, 4, 2, 2, 2), stride=2),
    "slices, cropped": lambda: convviz.conv_transpose3d(
        whole(1, 0, 9, 2, 2, 2), whole(2, -2, 4, 3, 3, 3), stride=2, padding=1
    ),
    "channels and filters": lambda: convviz.conv_transpose2d(
        whole(1, 0, 9, 2, 3, 3), whole(2, -2, 4, 2, 3, 2, 2), [1, 2, -3], stride=2
    ),
    "groups": lambda: convviz.conv_transpose2d(
        whole(1, 0, 9, 4, 2, 2), whole(2, -2, 4, 4, 1, 3, 3), stride=2, padding=1, groups=2
    ),
    "quarters": lambda: convviz.conv_transpose2d(
        whole(1, 0, 9, 3, 3), np.outer([1, 2, 1], [1, 2, 1]) / 4, stride=2, padding=1, output_padding=1
    ),
    "ninths": lambda: convviz.conv2d(whole(1, 0, 9, 5, 5), np.ones((3, 3)) / 9, padding=1),
    "floats": lambda: convviz.conv_transpose2d(
        np.random.default_rng(0).normal(size=(3, 3)), np.random.default_rng(1).normal(size=(3, 3)), stride=2
    ),
    "convolution": lambda: convviz.conv2d(whole(1, 0, 9, 5, 5), whole(2, -2, 4, 3, 3)),
    "flipped convolution": lambda: convviz.conv2d(whole(1, 0, 9, 4, 5), whole(2, -2, 4, 3, 2), flip=True, padding=1),
    "convolution with stride": lambda: convviz.conv2d(
        whole(1, 0, 9, 6, 6), whole(2, -2, 4, 3, 3), [4], stride=2, padding=1
    ),
    "convolution of channels": lambda: convviz.conv2d(
        whole(1, 0, 9, 4, 4, 4), whole(2, -2, 4, 4, 2, 2, 2), groups=2, dilation=2
    ),
    "a batch": lambda: convviz.conv_transpose2d(whole(1, 0, 9, 2, 2, 2, 3), whole(2, -2, 4, 2, 1, 2, 2), stride=2),
}
ALL = pytest.mark.parametrize("trace", [pytest.param(make(), id=name) for name, make in CASES.items()])


def fed(trace: Trace, channel: int, place: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], float]]:
    """Yield where one input cell counts and how much, by asking every step what it reads: (output, what is added)."""
    rank = len(trace.window.axes)
    for step in itertools.islice(trace, trace.planes_out[0].size):
        for cell, inside, product in zip(step.cells.tolist(), step.inside, step.products.tolist(), strict=True):
            cells = (0, *cell)[-rank - 1 :] if len(cell) <= rank else tuple(cell[-rank - 1 :])
            if inside and tuple(cells) == (channel, *place):
                yield (step.filter, *step.place), product


@ALL
def test_stamps_add_up_as_steps_say(trace: Trace) -> None:
    """After every stamp, sums and hits are those of a plain loop over what the steps read; in the end, the output."""
    stamps = Stamps(trace)
    y = trace.planes_out[0]
    sums, hits = np.zeros(y.shape), np.zeros(y.shape, dtype=int)
    bias = (
        np.zeros(y.shape)
        if trace.bias is None
        else np.broadcast_to(trace.bias.reshape(-1, *[1] * (y.ndim - 1)), y.shape)
    )
    for stamp in stamps:
        for output, product in fed(trace, stamp.channel, stamp.position[1:]):
            sums[output] += product
            hits[output] += 1
        mine, counted = stamps.after(stamp.index + 1)
        assert (counted == hits).all()
        assert mine == pytest.approx(np.where(hits > 0, sums + bias, 0), abs=1e-9)
        if y.dtype.kind == "i":
            assert mine.dtype.kind == "i"
            assert (mine == np.where(hits > 0, sums + bias, 0)).all()
    final, counted = stamps.after(len(stamps))
    assert (final[counted > 0] == y[counted > 0]).all()
    assert (y[counted == 0] == bias[counted == 0]).all()
    assert (counted == stamps.hits).all()


@ALL
def test_a_stamp_lies_where_the_trace_says_what_a_cell_feeds(trace: Trace) -> None:
    stamps = Stamps(trace)
    for stamp in stamps:
        listed = trace.fed(stamp.cell)
        assert listed.numerators is not None
        extra = trace.output.ndim - len(trace.window.axes)
        found = {}
        for number, filter_ in enumerate(stamp.filters):
            for tap in np.ndindex(*trace.window.kernel):
                goals = [int(goal[k]) for goal, k in zip(stamp.goals, tap, strict=True)]
                if all(lands[k] for lands, k in zip(stamp.lands, tap, strict=True)):
                    found[((0, filter_)[2 - extra :], *goals)] = stamp.numerators[(number, *tap)]
        with_trace = {
            (tuple(out[: -len(trace.window.axes)]), *out[-len(trace.window.axes) :]): stamp.value * weight
            for out, weight in zip(listed.outputs.tolist(), listed.numerators.tolist(), strict=True)
        }
        assert found == with_trace
        assert stamp.landed * len(stamp.filters) == len(found)


def number(text: str) -> float:
    return float(text.replace("−", "-").removeprefix("+").replace("∞", "inf"))


def written(scene: Scene, index: int) -> dict[str, str]:
    """Return what is written in each cell, by its tag: the last text counts, unless the cell was cleared after it."""
    found: dict[str, str] = {}
    for mark in scene.at(index):
        if "/" not in mark.tag:
            continue
        if isinstance(mark, Text):
            if not mark.string.startswith("×"):
                found[mark.tag] = mark.string
        elif isinstance(mark, Rect):
            found.pop(mark.tag, None)
    return found


def spot(trace: Trace, places: list[str]) -> tuple[int, ...]:
    """Return the plane and the place that a tag names."""
    flat = 3 - len(trace.window.axes)
    return (int(places[0]), *(int(each) for each in places[1 + flat :]))


@ALL
def test_every_number_of_the_figure_is_right(trace: Trace) -> None:
    stamps = Stamps(trace)
    scene = animate(trace, view="scatter", all_steps=True, width=1600)
    x, y = trace.planes_in[0], trace.planes_out[0]
    shown_outputs = 0
    for frame in sorted({0, 1 % len(stamps), len(stamps) // 2, len(stamps) - 1}):
        stamp = stamps[frame]
        sums, hits = stamps.after(frame + 1)
        last = frame == len(stamps) - 1
        outputs = 0
        for tag, text in written(scene, frame).items():
            name, *places = tag.split("/")
            if name == "input":
                assert number(text) == pytest.approx(x[spot(trace, places)], abs=0.006)
            elif name == "output":
                at = spot(trace, places)
                assert hits[at] > 0 or last, "an output is there before it is hit"
                value = y[at] if last else sums[at]
                assert number(text) == pytest.approx(value, abs=0.006), tag
                if y.dtype.kind == "i":
                    assert number(text) == value
                outputs += 1
            elif name == "hits":
                at = (0, *(int(each) for each in places))[-len(trace.window.axes) :]
                assert int(text) == hits[(stamp.filters[0], *at)]
            elif name == "stamp":
                value = stamp.values.reshape(
                    -1, *stamp.values.shape[-2:] if stamp.values.ndim > 2 else (1, stamp.values.shape[-1])
                )[0][int(places[1]), int(places[2])]
                assert number(text) == pytest.approx(value, abs=0.006)
            elif name == "plus":
                at = spot(trace, places)
                rows = [goals.tolist().index(goal) for goals, goal in zip(stamp.goals, at[1:], strict=True)]
                assert number(text) == pytest.approx(stamp.values[(at[0] - stamp.filters[0], *rows)], abs=0.006)
            elif name == "kernel":
                assert trace.kernel is not None
                given = trace.kernel.numerators
                if trace.kernel.flipped:
                    given = np.flip(given, axis=tuple(range(2, given.ndim)))
                flat = 3 - len(trace.window.axes)
                kernel_at = (int(places[0]), int(places[1]), *(int(each) for each in places[2 + flat :]))
                assert number(text) == pytest.approx(given[kernel_at], abs=0.006)
        assert outputs <= (hits > 0).sum() or last
        shown_outputs += outputs
        if last and any(tag.startswith("output/") for tag in written(scene, frame)):
            filters = {int(tag.split("/")[1]) for tag in written(scene, frame) if tag.startswith("output/")}
            assert outputs == y[sorted(filters)].size, "in the end every output has its number"
    assert shown_outputs > 0


@ALL
def test_the_last_frame_says_what_the_gather_view_says(trace: Trace) -> None:
    both = [animate(trace, view=view, all_steps=True, width=1600) for view in ("gather", "scatter")]
    gathered, scattered = (
        {tag: number(text) for tag, text in written(scene, -1).items() if tag.startswith("output/")} for scene in both
    )
    common = gathered.keys() & scattered.keys()
    assert common
    assert {tag: gathered[tag] for tag in common} == pytest.approx({tag: scattered[tag] for tag in common}, abs=0.011)


@ALL
def test_both_readings_come_to_the_same_number(trace: Trace) -> None:
    scene = animate(trace, view="both", width=1600, steps=sorted({0, len(trace.planes_out[0].ravel()) // 2}))
    for frame, index in enumerate(sorted({0, trace.planes_out[0].size // 2})):
        results = [m.string for m in scene.at(frame) if isinstance(m, Text) and m.tag in ("result", "stamps result")]
        assert len(results) == 2
        assert results[0] == results[1] == trace.formats.output.brief(trace[index].value)
        said = "".join(m.string for m in scene.at(frame) if isinstance(m, Text) and m.tag == "stamps sentence")
        step = trace[index]
        read = {
            tuple(cell)
            for cell, inside, n in zip(step.cells.tolist(), step.inside, step.numerators, strict=True)
            if inside and n
        }
        if len(read) <= 4 and trace.output.dtype.kind == "i":
            assert said.count(" by ") == len(read)
        lit = {
            tuple(int(each) for each in m.tag.split("/")[1:])
            for m in scene.frames[frame].moving
            if isinstance(m, Rect) and m.tag.startswith("stamps/")
        }
        rank = len(trace.window.axes)
        feeding = {
            (cell[-rank - 1] if len(cell) > rank else 0, *(0,) * (3 - rank), *cell[-rank:])
            for cell, inside in zip(step.cells.tolist(), step.inside, strict=True)
            if inside
        }
        assert (
            {each[: 4 if len(each) == 4 else 2] for each in lit} == {each[: len(next(iter(lit)))] for each in feeding}
            if lit
            else not feeding
        )


def test_the_sentence_says_where_a_stamp_lies() -> None:
    said = [str(stamp.explain()) for stamp in Stamps(CASES["more cropped at one side"]())]
    assert said[0].endswith(": all of its stamp is cropped away")
    assert "stamps" in said[1]
    assert "cells cropped" in said[1]
    dilated = str(Stamps(CASES["dilation 2"]())[4].explain())
    assert dilated.endswith("kernel at output[1/3/5, 1/3/5]")
    missed = Stamps(convviz.conv2d(whole(1, 1, 9, 4, 4), [[1, 2]], stride=3))
    assert str(missed[2].explain()).endswith("no window reads it, so it stamps nothing")


@pytest.mark.parametrize(
    ("trace", "said"),
    [
        (
            convviz.conv_transpose2d(np.ones((4, 4)), np.ones((3, 3)), stride=2),
            "1, 2 or 4 times: uneven, a checkerboard",
        ),
        (convviz.conv_transpose2d(np.ones((4, 4)), np.ones((4, 4)), stride=2), "1, 2 or 4 times: even inside"),
        (convviz.conv_transpose2d(np.ones((4, 4)), np.ones((2, 2)), stride=2), "each output is hit once: even"),
        (convviz.conv_transpose2d(np.ones((3, 3)), np.ones((2, 2)), stride=3), "0 or 1 times: uneven, with gaps"),
        (convviz.conv_transpose1d(np.ones(4), np.ones(3), stride=2), "1 or 2 times: uneven"),
        (convviz.conv2d(np.ones((5, 5)), np.ones((3, 3)), stride=2), "each output is hit 9 times: even"),
        (convviz.conv2d(np.ones((5, 5)), np.ones((3, 3)), padding=1), "4, 6 or 9 times: even inside"),
    ],
)
def test_how_evenly_outputs_are_hit_is_said(trace: Trace, said: str) -> None:
    stamps = Stamps(trace)
    assert said in stamps.evenness
    notes = " ".join(m.string for m in animate(trace, view="scatter").base if isinstance(m, Text) and m.tag == "note")
    assert stamps.evenness in notes
    counts = np.zeros(trace.planes_out.shape[2:], dtype=int)
    for step in trace:
        counts[step.place] += int(step.inside.sum())
    assert (counts == stamps.hits).all()


def test_outputs_are_empty_until_they_are_hit_and_plain_until_they_are_whole() -> None:
    trace = CASES["stride 2"]()
    scene, stamps = animate(trace, view="scatter"), Stamps(trace)
    for frame in range(len(scene.frames)):
        hits = stamps.after(frame + 1)[1][0]
        fills: dict[str, str] = {}
        for mark in [m for n in range(frame + 1) for m in scene.frames[n].settled]:
            if isinstance(mark, Rect) and mark.tag.startswith("output/"):
                fills[mark.tag] = mark.fill
        for row, column in np.ndindex(*hits.shape):
            tag = f"output/0/0/{row}/{column}"
            if not hits[row, column]:
                assert tag not in fills
            else:
                whole_ = hits[row, column] == stamps.hits[row, column]
                assert fills[tag] == ("output" if whole_ else "ground")


def test_what_is_cropped_lies_hatched_outside_the_frame() -> None:
    trace = CASES["more cropped at one side"]()
    scene = animate(trace, view="scatter")
    cropped = [m for m in scene.base if isinstance(m, Rect) and m.tag.startswith("cropped/")]
    frame = next(m for m in scene.base if isinstance(m, Rect) and m.tag == "frame/output")
    assert len(cropped) == 7 * 7 - trace.output.size
    for mark in cropped:
        assert mark.hatch == "padding hatch"
        outside = (
            mark.x + mark.width <= frame.x + 1
            or mark.x >= frame.x + frame.width - 1
            or mark.y + mark.height <= frame.y + 1
            or mark.y >= frame.y + frame.height - 1
        )
        assert outside
    assert "output 7×7, cropped to 5×4" in [m.string for m in scene.base if isinstance(m, Text)]


@pytest.mark.parametrize("view", VIEWS)
def test_rows_and_columns_of_output_padding_are_marked(view: str) -> None:
    trace = CASES["stride 3, output padding"]()
    scene = animate(trace, view=view)
    bars = [m for m in scene.base if isinstance(m, Rect) and m.tag == "output padding"]
    assert len(bars) == 2
    size = trace.output.shape[0]
    cells = {m.tag: m for m in scene.base if isinstance(m, Rect) and m.tag.startswith("output/")}
    first, last = cells[f"output/0/0/{size - 2}/{size - 2}"], cells[f"output/0/0/{size - 1}/{size - 1}"]
    tall = max(bars, key=lambda bar: bar.height)
    wide = max(bars, key=lambda bar: bar.width)
    assert (tall.y, tall.y + tall.height) == (first.y, last.y + last.height)
    assert (wide.x, wide.x + wide.width) == (first.x, last.x + last.width)
    assert tall.x > last.x + last.width
    assert wide.y > last.y + last.height
    notes = " ".join(m.string for m in scene.base if isinstance(m, Text) and m.tag == "note")
    assert f"output padding: rows {size - 2}, {size - 1} · columns {size - 2}, {size - 1}" in notes


@pytest.mark.parametrize("view", ["scatter", "both"])
def test_what_has_no_stamps_is_refused_by_name(view: str) -> None:
    for trace in (convviz.max_pool2d(whole(1, 0, 9, 4, 4), 2), convviz.avg_pool1d([1, 2, 3], 2)):
        with pytest.raises(SettingError, match=rf"view 'scatter' means nothing for {trace.kind}.*use view 'gather'"):
            animate(trace, view=view)
    mirrored = convviz.conv2d(whole(1, 0, 9, 4, 4), np.ones((3, 3)), padding=1, padding_mode="reflect")
    with pytest.raises(SettingError, match=r"padding_mode 'reflect'.*use view 'gather', or padding_mode 'zeros'"):
        animate(mirrored, view=view)
    filled = convviz.conv2d(whole(1, 0, 9, 4, 4), np.ones((3, 3)), padding=1, padding_mode="constant", padding_value=2)
    with pytest.raises(SettingError, match="padding adds too"):
        animate(filled, view=view)


def test_an_unknown_view_is_refused() -> None:
    with pytest.raises(SettingError, match="view 'spread' is unknown: use one of gather, scatter, both"):
        animate(CASES["stride 2"](), view="spread")


def test_steps_are_counted_as_the_view_has_them() -> None:
    trace = CASES["channels and filters"]()
    for view, count in (("gather", trace.output.size), ("scatter", trace.input.size), ("both", trace.output.size)):
        assert steps_of(trace, view) == count
        assert len(animate(trace, view=view, all_steps=True).frames) == count
    with pytest.raises(SettingError, match="use 1 to 18"):
        animate(trace, view="scatter", steps=[18])


def test_the_figure_is_described_as_stamps() -> None:
    trace = CASES["stride 2"]()
    said = animate(trace, view="scatter").description
    assert "9 stamps add up to an output of rows 7, columns 7" in said
    assert str(Stamps(trace)[0].explain()) in said
    assert Stamps(trace).evenness in said


@pytest.mark.parametrize("view", ["scatter", "both"])
@pytest.mark.parametrize("part", ["input", "kernel", "output", "sentence"])
def test_what_is_blank_is_nowhere(view: str, part: str) -> None:
    trace = convviz.conv_transpose2d(whole(1, 10, 50, 3, 3), [[103, 105], [107, 109]], stride=2)
    scene = animate(trace, view=view, blank=[part], width=1600)
    texts = [
        (m.tag.split("/")[0], m.string) for n in range(len(scene.frames)) for m in scene.at(n) if isinstance(m, Text)
    ]
    assert texts
    gone = {
        "input": ("input", "stamps"),
        "kernel": ("kernel",),
        "output": ("output", "plus"),
        "sentence": ("sentence",),
    }[part]
    if part != "output":
        assert not {tag for tag, _ in texts} & {"sentence", "stamp", "plus", "stamps sentence"}
    assert not [text for tag, text in texts if tag in gone]
    values = {"input": trace.input, "kernel": trace.weight, "output": trace.output}.get(part)
    if values is not None:
        assert values.size
        kept = {text for tag, text in texts if tag not in ("index", "step", "hits", "settings", "size")}
        if part == "kernel":
            assert not kept & {str(each) for each in values.ravel().tolist()}


def test_a_photo_is_stamped_in_time() -> None:
    photo = whole(1, 0, 256, 96, 96)
    trace = convviz.conv_transpose2d(photo, whole(2, -2, 4, 3, 3), stride=2)
    scene = animate(trace, view="scatter")
    assert len(scene.frames) <= 46
    said = [m.string for m in scene.at(-1) if isinstance(m, Text) and m.tag.startswith("stamp/")]
    assert [number(each) for each in said] == Stamps(trace)[-1].values.ravel().tolist()


def test_what_is_rounded_is_said_to_be() -> None:
    sixteenths = convviz.conv_transpose2d(whole(1, 1, 9, 3, 3), convviz.kernel("gaussian"), stride=2)
    scene = animate(sixteenths, view="scatter")
    notes = " ".join(m.string for m in scene.base if isinstance(m, Text) and m.tag == "note")
    assert "output rounded to 2 decimals" in notes
    assert "what is added rounded to 2 decimals" in notes
    whole_numbers = animate(CASES["stride 2"](), view="scatter")
    assert "rounded" not in " ".join(m.string for m in whole_numbers.base if isinstance(m, Text))


# The command line.


def test_the_view_is_an_option_of_what_has_a_kernel(tmp_path: Path) -> None:
    for command in ("conv", "transpose"):
        for view, steps in (("scatter", 9), ("both", None), ("gather", None)):
            out = tmp_path / f"{command}-{view}.gif"
            said = good(
                command, "--input", "3x3", "--kernel-size", "2", "--kernel", "mean", "--view", view, "-o", str(out)
            )
            assert out.read_bytes().startswith(b"GIF89a")
            if steps:
                assert f"{steps} steps" in said.err
    assert run("pool", "max", "--view", "scatter", "-o", str(tmp_path / "a.gif")).code == 2


def test_a_view_is_refused_where_it_means_nothing(tmp_path: Path) -> None:
    for arguments, said in (
        (["--view", "spread", "-o", "a.gif"], "view 'spread' is unknown: use one of gather, scatter, both"),
        (["--view", "scatter"], "view means nothing without a figure"),
        (["--view", "scatter", "-o", "a.html"], "view means nothing for .html"),
        (["--view", "scatter", "--strip", "3", "-o", "a.png"], "view 'scatter' is not drawn as a strip"),
        (["--view", "both", "--padding-mode", "reflect", "--padding", "1", "-o", "a.gif"], "padding adds too"),
    ):
        typed = [str(tmp_path / each) if each.startswith("a.") else each for each in arguments]
        ended = run("conv", *typed)
        assert ended.code == 2
        assert said in ended.err
        assert not list(tmp_path.iterdir())


def test_words_and_settings_follow_the_view(tmp_path: Path) -> None:
    out = tmp_path / "a.svg"
    typed = ("transpose", "--input", "2x2", "--stride", "2", "--view", "scatter", "--step", "first", "-o", str(out))
    alt, transcript = good(*typed, "--alt"), good(*typed, "--transcript")
    assert "4 stamps add up to an output of rows 5, columns 5" in alt.out.decode()
    assert transcript.out.decode().count(" stamps ") == 4
    scene = animate(CASES["stride 2"](), view="scatter")
    assert json.loads(json.dumps(scene.settings))["figure"]["view"] == "scatter"
    assert "input[0, 0] = " in out.read_text()


def test_a_half_is_not_drawn_as_0_beside_a_sentence_that_says_half(tmp_path: Path) -> None:
    """Cells that are too narrow for −12.0 are wide enough for −12 and −0.5."""
    x = np.array([[-3, 0, -1, -4], [8, 8, -6, -3], [-7, -6, -9, -2], [7, -6, 9, 7], [-5, -9, -4, -1]]) / 2
    trace = convviz.conv_transpose2d(x, [[-2.0, 1.0, 1.0]], stride=(1, 2), padding=(0, 1), output_padding=(0, 1))
    path = tmp_path / "half.svg"
    convviz.save(trace, path, view="both")
    drawn = {
        text.get("data-tag"): "".join(text.itertext()).replace("−", "-")
        for text in ElementTree.parse(path).iter("{http://www.w3.org/2000/svg}text")
        if text.get("data-tag", "").startswith("output/")
    }
    assert len(drawn) == trace.output.size
    for (row, column), value in np.ndenumerate(trace.output):
        assert float(drawn[f"output/0/0/{row}/{column}"]) == value
