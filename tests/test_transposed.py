"""Transposed convolution: the same numbers as PyTorch's, Keras's and plain loops; the gather is the scatter."""

import itertools
import json
import math
import os
import random
from fractions import Fraction

import numpy as np
import pytest
from commands import good, run
from conftest import need
from hypothesis import given
from hypothesis import strategies as st

import convviz
from convviz import SettingError, animate, slide
from convviz.record import record
from convviz.report import explanation, transcript
from convviz.scene import Rect, Text
from convviz.window import Axis, Pads, Transposed, Window

SIZES = {1: 7, 2: 5, 3: 4}


def operation(name, rank):
    return getattr(convviz, f"{name}{rank}d")


def refusal(call, *args, **settings):
    with pytest.raises(SettingError) as told:
        call(*args, **settings)
    said = str(told.value)
    assert "\n" not in said
    assert not said.endswith(".")
    return said


def drawn(draw, dice, rank, whole=True):
    """Draw an input, a weight, a bias and settings."""
    groups = draw.choice([1, 1, 1, 2, 3])
    channels, filters = groups * draw.randint(1, 2), draw.randint(1, 2)
    space = [draw.randint(1, SIZES[rank]) for _ in range(rank)]
    kernel = [draw.randint(1, 4) for _ in range(rank)]
    settings = {
        "stride": [draw.randint(1, 3) for _ in range(rank)],
        "padding": [draw.randint(0, 3) for _ in range(rank)],
        "dilation": [draw.randint(1, 3) for _ in range(rank)],
        "groups": groups,
    }
    pairs = zip(settings["stride"], settings["dilation"], strict=True)
    settings["output_padding"] = [draw.randint(0, max(pair) - 1) for pair in pairs]
    make = (lambda shape: dice.integers(-5, 6, shape)) if whole else dice.standard_normal
    batch = draw.choice([[], [1], [2]])
    x, weight = make((*batch, channels, *space)), make((channels, filters, *kernel))
    return x, weight, make(groups * filters) if draw.random() < 0.5 else None, settings


def stamped(x, weight, bias, stride, padding, dilation, output_padding, groups):
    """Stamp the kernel cell by cell, in plain loops over Python numbers; padding is (low, high) per axis."""
    rank = len(stride)
    x, weight = np.asarray(x), np.asarray(weight)
    x = x.reshape((1,) * (rank + 2 - x.ndim) + x.shape)
    axes = zip(x.shape[2:], weight.shape[2:], stride, padding, dilation, output_padding, strict=True)
    out = [(n - 1) * s - low - high + d * (k - 1) + 1 + more for n, k, s, (low, high), d, more in axes]
    channels, filters = x.shape[1] // groups, weight.shape[1]
    result = np.zeros((x.shape[0], groups * filters, *out), dtype=object)
    for sample, channel in np.ndindex(x.shape[:2]):
        group = channel // channels
        for cell in np.ndindex(x.shape[2:]):
            for tap in np.ndindex(weight.shape[2:]):
                settings = zip(cell, tap, stride, dilation, padding, strict=True)
                place = [i * s + k * d - low for i, k, s, d, (low, _) in settings]
                if all(0 <= each < size for each, size in zip(place, out, strict=True)):
                    for number in range(filters):
                        what = x[(sample, channel, *cell)].item() * weight[(channel, number, *tap)].item()
                        result[(sample, group * filters + number, *place)] += what
    if bias is not None:
        result = result + np.asarray(bias, dtype=object).reshape(-1, *[1] * rank)
    return result


# The numbers.


@pytest.mark.parametrize(("rank", "count"), [(1, 1500), (2, 1500), (3, 1000)])
def test_it_is_that_of_torch(rank, count):
    torch = need("torch")
    torch.set_num_threads(1)
    theirs = getattr(torch.nn.functional, f"conv_transpose{rank}d")
    draw, dice = random.Random(rank), np.random.default_rng(rank)
    done = refused = negative = 0
    while done < count:
        whole = draw.random() < 0.7
        x, weight, bias, settings = drawn(draw, dice, rank, whole)
        tensors = [None if each is None else torch.tensor(each, dtype=torch.float64) for each in (x, weight, bias)]
        try:
            expected = theirs(*tensors, **settings).numpy()
        except RuntimeError:
            refusal(operation("conv_transpose", rank), x, weight, bias, **settings)
            refused += 1
            continue
        trace = operation("conv_transpose", rank)(x, weight, bias, **settings)
        assert trace.output.shape == expected.shape, settings
        negative += any(min(axis.low, axis.high) < 0 for axis in trace.window.axes)
        if whole:
            assert trace.output.dtype == np.int64
            assert (trace.output == expected).all(), settings
        else:
            np.testing.assert_allclose(trace.output, expected, rtol=1e-12, atol=1e-12)
        done += 1
    assert refused > 15
    assert negative > 20


def test_it_is_that_of_keras():
    os.environ["KERAS_BACKEND"] = "torch"
    keras = need("keras")
    draw, dice = random.Random(5), np.random.default_rng(5)
    odd = 0
    for _ in range(300):
        rank = draw.choice([1, 2, 2, 3])
        stride = draw.randint(1, 3)
        kernel = [draw.randint(stride, stride + 2) for _ in range(rank)]  # spans a stride
        dilation = draw.randint(1, 2) if stride == 1 else 1
        space = [draw.randint(1, 4) for _ in range(rank)]
        channels, filters = draw.randint(1, 2), draw.randint(1, 3)
        x, weight = dice.integers(-5, 6, (channels, *space)), dice.integers(-5, 6, (channels, filters, *kernel))
        padding = draw.choice(["same", "valid"])
        theirs = keras.ops.conv_transpose(
            np.moveaxis(x, 0, -1)[None].astype(np.float64),
            np.moveaxis(weight, (0, 1), (-1, -2)).astype(np.float64),
            stride,
            padding=padding,
            dilation_rate=dilation,
        )
        theirs = np.moveaxis(np.asarray(theirs)[0], -1, 0)
        trace = operation("conv_transpose", rank)(x, weight, stride=stride, padding=padding, dilation=dilation)
        assert trace.output.shape == theirs.shape
        assert (trace.output == theirs).all()
        if padding == "same":
            assert trace.output.shape[1:] == tuple(n * stride for n in space)
        odd += any(low != high for low, high in trace.settings["padding"])
    assert odd > 30


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_it_is_what_plain_loops_stamp(rank):
    draw, dice = random.Random(rank + 10), np.random.default_rng(rank + 10)
    done = 0
    while done < 60 // rank:
        x, weight, bias, settings = drawn(draw, dice, rank)
        settings["padding"] = [(draw.randint(-2, 3), draw.randint(-2, 3)) for _ in range(rank)]
        try:
            trace = operation("conv_transpose", rank)(x, weight, bias, **settings)
        except SettingError:
            continue
        expected = stamped(x, weight, bias, **settings)
        assert trace.planes_out.tolist() == expected.tolist(), settings
        done += 1


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_the_window_gathers_what_the_cells_scatter(rank):
    draw, dice = random.Random(rank + 20), np.random.default_rng(rank + 20)
    done = 0
    while done < 60 // rank:
        x, weight, bias, settings = drawn(draw, dice, rank)
        try:
            trace = operation("conv_transpose", rank)(x, weight, bias, **settings)
        except SettingError:
            continue
        done += 1
        shift = 0 if bias is None else bias.reshape(-1, *[1] * rank)
        padded = slide.pad(trace.planes_in, trace.window.axes, "zeros", 0)
        gathered = slide.correlate(padded, trace.kernel.numerators, trace.window.axes, trace.groups)
        assert (gathered + shift == trace.planes_out).all(), settings
        scattered = np.zeros_like(trace.output) + shift
        hits = np.zeros_like(trace.output)
        for cell in np.ndindex(x.shape):
            fed = trace.fed(cell)
            np.add.at(scattered, tuple(fed.outputs.T), x[cell] * fed.weights)
            np.add.at(hits, tuple(fed.outputs.T), 1)
        assert (scattered == trace.output).all(), settings
        each_channel = hits // (trace.planes_in.shape[1] // trace.groups)
        assert (each_channel == trace.hits).all(), settings
        for index in draw.sample(range(len(trace)), min(5, len(trace))):
            step = trace[index]
            assert (step.seen * step.weights).sum() + (step.bias or 0) == step.value
            assert step.products.sum() + (step.bias or 0) == step.value
            real = step.cells[step.inside]
            assert len(real) == hits[step.position]
            assert all(step.position in set(map(tuple, trace.fed(cell).outputs)) for cell in real.tolist()[:4])
            lead = [trace.input[(step.sample,) * (x.ndim - rank - 1) + tuple(cell[-rank - 1 :])] for cell in real]
            assert lead == step.seen[step.inside].tolist()
            assert not step.seen[~step.inside].any()


@pytest.mark.parametrize("mode", ["zeros", "reflect", "replicate", "circular"])
def test_every_operation_tells_what_a_cell_feeds(mode):
    draw, dice = random.Random(mode), np.random.default_rng(7)
    for _ in range(15):
        x, weight = dice.integers(-5, 6, (2, 4, 5)), dice.integers(-5, 6, (3, 2, 2, 3))
        settings = {"stride": draw.randint(1, 2), "padding": draw.randint(0, 2), "dilation": draw.randint(1, 2)}
        trace = convviz.conv2d(x, weight, padding_mode=mode, **settings)
        total = np.zeros_like(trace.output)
        for cell in np.ndindex(x.shape):
            fed = trace.fed(cell)
            np.add.at(total, tuple(fed.outputs.T), x[cell] * fed.weights)
        assert (total == trace.output).all()
    pooled = convviz.adaptive_avg_pool2d(np.arange(50).reshape(2, 5, 5), 3)
    fed = pooled.fed((1, 1, 3))
    assert fed.weights is None
    assert fed.outputs.tolist() == [[1, 0, 1], [1, 0, 2], [1, 1, 1], [1, 1, 2]]
    with pytest.raises(IndexError):
        pooled.fed((2, 0, 0))


@given(
    n=st.integers(1, 9),
    k=st.integers(1, 4),
    s=st.integers(1, 4),
    d=st.integers(1, 3),
    low=st.integers(0, 4),
    high=st.integers(0, 4),
    seed=st.integers(0, 9),
)
def test_it_is_the_adjoint_of_convolution(n, k, s, d, low, high, seed):
    """⟨conv x, y⟩ = ⟨x, convᵀ y⟩."""
    if n + low + high < d * (k - 1) + 1:
        return
    dice = np.random.default_rng(seed)
    x, weight = dice.integers(-9, 10, (2, n)), dice.integers(-9, 10, (3, 2, k))
    there = convviz.conv1d(x, weight, stride=s, padding=[(low, high)], dilation=d)
    y = dice.integers(-9, 10, there.output.shape)
    unread = (n + low + high - d * (k - 1) - 1) % s
    back = convviz.conv_transpose1d(
        y, weight, stride=s, padding=[(low, high - unread)], dilation=d
    )  # cells that no window reads come back as zeros
    assert back.output.shape == x.shape
    assert (there.output * y).sum() == (x * back.output).sum()


@pytest.mark.parametrize("rank", [2, 3])
def test_it_is_the_adjoint_in_more_dimensions(rank):
    draw, dice = random.Random(rank), np.random.default_rng(rank)
    for _ in range(30):
        stride, dilation = [draw.randint(1, 3) for _ in range(rank)], [draw.randint(1, 2) for _ in range(rank)]
        groups = draw.choice([1, 2])
        weight = dice.integers(-5, 6, (2 * groups, 1, *[draw.randint(1, 3) for _ in range(rank)]))
        x = dice.integers(-5, 6, (groups, *[draw.randint(5, 8) for _ in range(rank)]))
        there = operation("conv", rank)(x, weight, stride=stride, padding=1, dilation=dilation, groups=groups)
        y = dice.integers(-5, 6, there.output.shape)
        spans = [d * (k - 1) + 1 for d, k in zip(dilation, weight.shape[2:], strict=True)]
        unread = [(n + 2 - span) % step for n, span, step in zip(x.shape[1:], spans, stride, strict=True)]
        back = operation("conv_transpose", rank)(
            y, weight, stride=stride, padding=[(1, 1 - each) for each in unread], dilation=dilation, groups=groups
        )
        assert back.output.shape == x.shape
        assert (there.output * y).sum() == (x * back.output).sum()


def test_padding_that_follows_from_the_size_is_that_of_onnx():
    """The rule of the ONNX specification, written out here."""
    draw = random.Random(3)
    negative = 0
    for _ in range(400):
        n, k, s, d = draw.randint(1, 6), draw.randint(1, 4), draw.randint(1, 4), draw.randint(1, 3)
        more = draw.randint(0, max(s, d) - 1)
        full = s * (n - 1) + more + (k - 1) * d + 1
        wanted = draw.choice([None, draw.randint(1, full + 3)])
        total = full - (n * s if wanted is None else wanted)
        half = math.floor(Fraction(total, 2))
        x, weight = list(range(1, n + 1)), list(range(1, k + 1))
        own = {"stride": s, "dilation": d, "output_padding": more, "output_size": wanted}
        for name, pads in (("same", (half, total - half)), ("same_lower", (total - half, half))):
            trace = convviz.conv_transpose1d(x, weight, padding=name, **own)
            assert trace.settings["padding"] == [list(pads)]
            assert len(trace) == (n * s if wanted is None else wanted)
            whole = [0] * full
            for i, j in itertools.product(range(n), range(k)):
                whole[i * s + j * d] += x[i] * weight[j]
            expected = [whole[each] if 0 <= each < full else 0 for each in range(pads[0], full - pads[1])]
            assert trace.output.tolist() == expected
            negative += total < 0
    assert negative > 50


def test_output_size_sets_the_output_padding_as_torch_does():
    torch = need("torch")
    for size in (5, 6):
        trace = convviz.conv_transpose2d(
            np.arange(9).reshape(3, 3), np.ones((3, 3), int), stride=2, padding=1, output_size=size
        )
        layer = torch.nn.ConvTranspose2d(1, 1, 3, stride=2, padding=1, bias=False)
        with torch.no_grad():
            layer.weight[...] = 1
            theirs = layer(torch.arange(9.0).reshape(1, 1, 3, 3), output_size=[size, size]).numpy()[0, 0]
        assert (trace.output == theirs).all()
        assert trace.settings["output_padding"] == [size - 5] * 2


def test_integers_are_exact():
    big = 2**40 + 1
    trace = convviz.conv_transpose1d([big, big + 2], [3**14, 1], stride=1)
    assert trace.output.tolist() == [big * 3**14, big + (big + 2) * 3**14, big + 2]
    assert "64-bit" in refusal(convviz.conv_transpose1d, [2**62, 1], [4, 4])
    ninths = convviz.conv_transpose2d(np.full((3, 3), 9), np.ones((3, 3)) / 9, stride=1)
    assert ninths.output.tolist()[2] == [3, 6, 9, 6, 3]


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_nan_and_infinity_are_those_of_torch(stride):
    torch = need("torch")
    dice = np.random.default_rng(stride)
    odd = [0.0, 1.0, -2.0, np.inf, -np.inf, np.nan]
    for _ in range(60):
        x, weight = dice.choice(odd, (1, 1, 3, 4)), dice.choice(odd, (1, 1, 3, 2), p=[0.3, 0.3, 0.3, 0.04, 0.03, 0.03])
        theirs = torch.nn.functional.conv_transpose2d(torch.tensor(x), torch.tensor(weight), stride=stride).numpy()
        trace = convviz.conv_transpose2d(x, weight, stride=stride)
        np.testing.assert_array_equal(trace.output, theirs)
        for step in trace:
            with np.errstate(all="ignore"):
                np.testing.assert_array_equal(step.products.sum(), step.value)


# The axis.


@given(
    size=st.integers(1, 6),
    kernel=st.integers(1, 4),
    stride=st.integers(1, 3),
    low=st.integers(-3, 3),
    high=st.integers(-3, 3),
    dilation=st.integers(1, 3),
    spacing=st.integers(1, 4),
)
def test_an_axis_of_spaced_cells_is_one_of_the_input_spread_out(size, kernel, stride, low, high, dilation, spacing):
    axis = Axis(size, kernel, stride, low, high, dilation, spacing=spacing)
    spread = [
        number if not rest else -1
        for number, rest in (divmod(place, spacing) for place in range((size - 1) * spacing + 1))
    ]
    padded = [-1] * max(low, 0) + spread[max(-low, 0) : len(spread) + min(high, 0)] + [-1] * max(high, 0)
    if len(spread) + min(low, 0) + min(high, 0) < 1 or len(padded) < axis.span:
        return
    assert axis.padded == len(padded)
    assert axis.sources().tolist()[: axis.padded] == padded
    reads = [
        [padded[start + tap * dilation] for tap in range(kernel)]
        for start in range(0, len(padded) - axis.span + 1, stride)
    ]
    assert axis.out == len(reads)
    assert axis.cells(axis.positions()).tolist() == reads
    assert [axis.cells(axis.taps(output)).tolist() for output in range(axis.out)] == reads
    assert axis.never_read == tuple(sorted(set(range(size)) - set(itertools.chain(*reads))))
    values = np.arange(1, size + 1)[None, None]
    assert slide.pad(values, (axis,), "zeros", 0)[0, 0].tolist() == [each + 1 for each in padded]


@given(
    size=st.integers(1, 6),
    kernel=st.integers(1, 4),
    stride=st.integers(1, 4),
    pads=st.tuples(st.integers(-3, 3), st.integers(-3, 3)),
    dilation=st.integers(1, 3),
    more=st.integers(0, 3),
)
def test_a_transposed_axis_remembers_what_it_was_given(size, kernel, stride, pads, dilation, more):
    axis = Transposed.of(size, kernel, stride, Pads(*pads), dilation, more)
    assert axis.given == (stride, pads, more)
    assert axis.out == (size - 1) * stride - sum(pads) + dilation * (kernel - 1) + 1 + more
    kept = Transposed.of(size, kernel, stride, axis.keeping_size, dilation, more)
    assert kept.out == size


def test_spacing_goes_into_the_record_and_nowhere_else():
    trace = convviz.conv_transpose1d([1, 2, 3], [1, 2], stride=2, padding=1)
    known = json.loads(json.dumps(record(trace)))
    assert known["settings"] == {
        "kernel_size": [2],
        "stride": [2],
        "padding": [[1, 1]],
        "dilation": [1],
        "output_padding": [0],
        "groups": 1,
    }
    assert known["axes"] == [
        {
            "name": "cells",
            "size": 3,
            "kernel": 2,
            "stride": 1,
            "padding": [0, 0],
            "dilation": 1,
            "span": 2,
            "output": 4,
            "spacing": 2,
        }
    ]
    assert known["output"] == trace.output.tolist()
    assert "spacing" not in record(convviz.conv1d([1, 2, 3], [1, 2]))["axes"][0]


# What is refused.


def test_refusals_name_the_setting_and_a_way_out():
    call, x, weight = convviz.conv_transpose2d, np.ones((3, 3), int), np.ones((2, 2), int)
    said = refusal(call, x, weight, stride=2, output_padding=2)
    assert "output_padding is 2" in said
    assert "at most 1" in said
    assert "at most 3" in refusal(call, x, weight, padding=2)  # 4 rows, 4 of them cropped
    assert "4 to 5" in refusal(call, x, np.ones((2, 2), int), stride=2, padding=1, output_size=8)
    assert "both say" in refusal(call, x, weight, stride=2, output_padding=1, output_size=7)
    assert "causal" in refusal(call, x, weight, padding="causal")
    assert "channels, out/groups" in refusal(call, x, np.ones((2, 1, 2, 2)))
    assert "does not divide" in refusal(call, np.ones((3, 4, 4)), np.ones((3, 1, 2, 2)), groups=2)
    assert "2 (the kernel) or 4" in refusal(call, x, np.ones((1, 2, 2)))
    assert "one per filter" in refusal(call, x, np.ones((1, 3, 2, 2)), [1, 2])


# What is said and drawn.


def test_the_formula_has_the_numbers_in():
    trace = convviz.conv_transpose2d(
        np.ones((3, 4)), np.ones((3, 2)), stride=2, padding=[(1, 0), (0, 0)], output_padding=(1, 0)
    )
    lines = [line for line in explanation(trace).splitlines() if line.startswith("output ")]
    assert (
        lines[1]
        == "output rows = (i − 1)·s − (p₀ + p₁) + d(k − 1) + 1 + a = (3 − 1)·2 − (1 + 0) + 1·(3 − 1) + 1 + 1 = 7"
    )
    assert lines[2] == "output columns = (i − 1)·s − 2p + d(k − 1) + 1 = (4 − 1)·2 − 2·0 + 1·(2 − 1) + 1 = 8"
    assert "3 cells with 1 zero between them" in explanation(trace)
    assert "not spelled out" in explanation(trace)
    letters = lines[1].split(" = ")[1].replace("·", "*").replace("−", "-").replace("d(", "d*(")
    numbers = {"i": 3, "s": 2, "p₀": 1, "p₁": 0, "d": 1, "k": 3, "a": 1}
    for name, value in numbers.items():
        letters = letters.replace(name, str(value))
    assert eval(letters) == 7


def test_the_sentence_leaves_out_what_is_no_input():
    trace = convviz.conv_transpose1d([1, 2, 3], [4, -5], 6, stride=3, padding=[(0, -1)])
    said = [str(step.sentence) for step in trace]
    assert said[0] == "output[0] = 1·4 + 6 = 10"
    assert said[1] == "output[1] = 1·(−5) + 6 = 1"
    assert said[2] == "output[2] = 0 + 6 = 6: no tap is on an input cell"
    bare = convviz.conv_transpose1d([1, 2], [4], stride=2)
    assert str(bare[1].sentence) == "output[1] = 0: no tap is on an input cell"
    assert "reads no cells" in transcript(bare)
    assert "NaN" not in transcript(convviz.conv_transpose1d([1.0, 2.0], [np.inf, 1.0], stride=3))


def marks(scene, number=0):
    return [*scene.base, *scene.frames[number].settled, *scene.frames[number].moving]


@pytest.mark.parametrize("theme", ["light", "dark", "print", "contrast"])
def test_gaps_look_like_padding_and_real_cells_like_input(theme):
    x = np.arange(1, 10).reshape(3, 3)
    scene = animate(convviz.conv_transpose2d(x, np.arange(9).reshape(3, 3), stride=2, padding=1), theme=theme)
    cells = {mark.tag: mark for mark in scene.base if isinstance(mark, Rect) and mark.stroke and mark.fill}
    real = [f"input/0/0/{row}/{column}" for row in range(3) for column in range(3)]
    assert {cells[tag].fill for tag in real} == {"input"}
    gaps = [tag for tag in cells if tag.startswith("gap/")]
    assert len(gaps) == 7 * 7 - 5 * 5  # with padding, 2 rows and 2 columns of 7 lie in gaps
    assert {(cells[tag].fill, cells[tag].hatch) for tag in gaps} == {("padding", "padding hatch")}
    numbers = {mark.tag: mark.string for mark in scene.base if isinstance(mark, Text)}
    assert [numbers[tag] for tag in real] == [str(each) for each in range(1, 10)]
    assert {numbers[tag] for tag in gaps} == {"0"}


def test_taps_lie_on_real_cells_and_carry_the_turned_kernel():
    trace = convviz.conv_transpose2d([[1, 2], [3, 4]], [[1, 2, 3], [4, 5, 6], [7, 8, 9]], stride=2)
    scene = animate(trace)
    for number, step in enumerate(trace):
        taps = {mark.tag for mark in scene.frames[number].moving if isinstance(mark, Rect) and mark.fill == "tap"}
        wanted = {"input/0/0/" + "/".join(map(str, cell)) for cell in step.cells[step.inside].tolist()}
        assert taps == wanted
        weights = sorted(
            mark.string
            for mark in scene.frames[number].moving
            if isinstance(mark, Text) and mark.string.startswith("×")
        )
        assert weights == sorted(f"×{weight}" for weight in step.weights[step.inside].tolist())


def test_the_frame_stands_round_the_spread_out_input_and_what_is_cropped_is_never_read():
    trace = convviz.conv_transpose2d(np.arange(9).reshape(3, 3), [[1, 2], [3, 4]], stride=3, padding=[(1, 2), (3, 0)])
    assert trace.window.axes[0].never_read == (2,) or trace.window.axes[1].never_read == (0,)
    scene = animate(trace)
    frame = next(mark for mark in scene.base if mark.tag == "frame/input")
    corner, other = (
        next(m for m in scene.base if m.tag == f"input/0/0/{i}/{i}" and isinstance(m, Rect)) for i in (0, 2)
    )
    assert (frame.x, frame.y) == (corner.x, corner.y)
    assert (frame.x + frame.width, frame.y + frame.height) == (other.x + other.width, other.y + other.height)
    unread = {mark.tag for mark in scene.base if isinstance(mark, Rect) and mark.hatch == "unread hatch"}
    rows, columns = ({axis.never_read for axis in trace.window.axes[i : i + 1]}.pop() for i in (0, 1))
    assert unread == {
        f"input/0/0/{row}/{column}" for row in range(3) for column in range(3) if row in rows or column in columns
    }


def test_a_large_input_is_drawn_as_colours_with_its_gaps_hatched():
    scene = animate(convviz.conv_transpose2d(np.arange(400).reshape(20, 20), np.ones((3, 3), int), stride=2))
    gaps = [mark for mark in scene.base if mark.tag == "gap"]
    assert len(gaps) == 2 * 19
    assert all(mark.hatch for mark in gaps)


def test_a_lens_shows_the_kernel_as_it_is_applied():
    trace = convviz.conv_transpose2d(np.arange(400).reshape(20, 20), np.arange(9).reshape(3, 3), stride=2, padding=2)
    scene = animate(trace, steps=[0])
    seen = {}
    for mark in marks(scene):
        if isinstance(mark, Text) and mark.tag.split("/")[0] in ("window", "kernel", "product"):
            seen.setdefault(mark.tag.split("/")[0], []).append(((mark.y, mark.x), mark.string))
    window, kernel, product = (
        [int(text) for _, text in sorted(seen[name])] for name in ("window", "kernel", "product")
    )
    assert [a * b for a, b in zip(window, kernel, strict=True)] == product
    assert any(isinstance(mark, Text) and mark.string.endswith("kernel, flipped") for mark in scene.base)


# On the command line.


def test_the_command_does_what_the_function_does(tmp_path):
    ended = good(
        "transpose",
        "--input",
        "1 2; 3 4",
        "-k",
        "1 2 3; 4 5 6; 7 8 9",
        "-s",
        "2",
        "-p",
        "1",
        "--output-padding",
        "1",
        "--json",
    )
    trace = convviz.conv_transpose2d(
        [[1, 2], [3, 4]], np.arange(1, 10).reshape(3, 3), stride=2, padding=1, output_padding=1
    )
    assert json.loads(ended.out) == json.loads(json.dumps(record(trace)))
    said = json.loads(
        good("transpose", "--channels", "2", "--filters", "4", "--groups", "2", "--bias", "1,2,3,4", "--json").out
    )
    assert np.shape(said["weight"]) == (2, 2, 3, 3)
    assert np.shape(said["output"]) == (4, 5, 5)
    assert json.loads(good("transpose", "--output-size", "7x6", "--padding", "same", "-s", "2", "--json").out)[
        "settings"
    ]["padding"] == [[0, 0], [0, 1]]
    path = tmp_path / "up.gif"
    assert good("transpose", "-s", "2", "-o", str(path)).out == b""
    assert path.stat().st_size > 1000


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        ("--output-padding 1", "output_padding is 1"),
        ("--padding causal", "causal"),
        ("--output-size 99", "output_size is 99"),
        ("--kernel sobel-x --filters 2", "filters 2"),
        ("--channels 4 --groups 2 --filters 3", "filters is 3"),
        ("--stride 100000 --kernel 3x3", "GiB"),
        ("--seed 3", "seed 3"),
        ("--padding 2", "crops all"),
    ],
)
def test_the_command_refuses(typed, named, tmp_path):
    path = tmp_path / "never.gif"
    ended = run("transpose", *typed.split(), *(["--input", "1x1"] if typed == "--padding 2" else []), "-o", str(path))
    assert ended.code == 2
    assert named in ended.err
    assert len(ended.err.strip().splitlines()) == 1
    assert not path.exists()


def test_explain_says_what_the_settings_lead_to():
    text = good("explain", "transpose", "--input", "4x4", "--stride", "2", "--padding", "same").out.decode()
    assert "= 8" in text
    assert "padding 2 before, 1 after" in text


def test_windows_know_how_they_are_spread():
    window = Window((Transposed.of(3, 3, 2, Pads(1, 1)),))
    assert (window.size, window.spaced, window.padded, window.out) == ((3,), (5,), (7,), (5,))


# Upsampling.


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("lead", [(), (2,), (2, 3)])
def test_upsampling_is_that_of_torch(rank, lead):
    torch = need("torch")
    random = np.random.default_rng(rank)
    operation = getattr(convviz, f"upsample_nearest{rank}d")
    for _ in range(10):
        space, factors = random.integers(1, 5, rank).tolist(), random.integers(1, 4, rank).tolist()
        x = random.integers(-9, 10, (*lead, *space))
        trace = operation(x, factors)
        whole = torch.from_numpy(x.reshape((1,) * (2 - len(lead)) + x.shape).astype(np.float64))
        theirs = torch.nn.functional.interpolate(whole, scale_factor=tuple(map(float, factors)), mode="nearest")
        assert trace.output.dtype == np.int64
        assert np.array_equal(trace.planes_out, theirs.numpy())
        assert set(trace.hits.ravel().tolist()) == {1}
    assert np.array_equal(operation(x, 2).output, operation(x, (2,) * rank).output)


def test_upsampling_repeats_infinities_and_nans_and_nothing_else():
    trace = convviz.upsample_nearest1d([np.inf, np.nan, 1.5], 2)
    assert np.array_equal(trace.output, [np.inf, np.inf, np.nan, np.nan, 1.5, 1.5], equal_nan=True)


def test_upsampling_on_the_command_line_is_a_kernel_of_ones_at_its_own_stride():
    said = good("transpose", "--upsample", "2,3", "--input", "1 2; 3 4", "--json").out.decode()
    known = json.loads(said)
    assert known["output"] == convviz.upsample_nearest2d([[1, 2], [3, 4]], (2, 3)).output.tolist()
    assert known["weight"] == [[1, 1, 1], [1, 1, 1]]
    for more, value in (("stride", "3"), ("kernel", "mean"), ("padding", "1"), ("bias", "1"), ("filters", "2")):
        ended = run("transpose", "--upsample", "2", f"--{more}", value)
        assert ended.code == 2
        assert f"{more} {value} and upsample 2 both say what is stamped: leave one out" in ended.err
    assert "upsample is 0, but it must be at least 1" in run("transpose", "--upsample", "0").err
