"""Adaptive and Lp pooling, unpooling, and separable convolution: numbers, sentences, marks and refusals."""

import itertools
import json
import math
import os
import random

import numpy as np
import pytest
from commands import good, run
from conftest import need
from hypothesis import given
from hypothesis import strategies as st

import convviz
from convviz import SettingError, animate
from convviz.record import record
from convviz.report import explanation, report
from convviz.rules import Norm
from convviz.scene import Rect, Text
from convviz.window import Bins

SIZES = {1: 12, 2: 8, 3: 5}


def operation(name, rank):
    return getattr(convviz, f"{name}{rank}d")


def refusal(call, *args, **settings):
    with pytest.raises(SettingError) as told:
        call(*args, **settings)
    said = str(told.value)
    assert "\n" not in said
    assert not said.endswith(".")
    return said


def space(draw, rank, least=1):
    return [draw.randint(least, SIZES[rank]) for _ in range(rank)]


# Adaptive pooling.


@given(size=st.integers(1, 30), bins=st.integers(1, 30))
def test_bins_are_those_of_the_formula(size, bins):
    axis = Bins.of(size, bins)
    wanted = [list(range(math.floor(o * size / bins), math.ceil((o + 1) * size / bins))) for o in range(bins)]
    assert [list(axis.taps(output)) for output in range(axis.out)] == wanted
    assert axis.kernel == max(map(len, wanted))
    assert [[each for each in row if each >= 0] for row in axis.cells(axis.positions()).tolist()] == wanted
    assert axis.never_read == ()
    if axis.regular:
        plain = axis.regular
        assert [list(plain.taps(output)) for output in range(plain.out)] == wanted
    if size % bins == 0:
        assert axis.regular is not None


@pytest.mark.parametrize(("rank", "count"), [(1, 1000), (2, 1000), (3, 500)])
def test_adaptive_pooling_is_that_of_torch(rank, count):
    torch = need("torch")
    torch.set_num_threads(1)
    draw, dice = random.Random(rank), np.random.default_rng(rank)
    average = getattr(torch.nn.functional, f"adaptive_avg_pool{rank}d")
    largest = getattr(torch.nn.functional, f"adaptive_max_pool{rank}d")
    overlapping = 0
    for number in range(count):
        shape = [*([2] if number % 3 == 0 else []), draw.randint(1, 3), *space(draw, rank)]
        wanted = [draw.choice([None, *range(1, SIZES[rank] + 1)]) for _ in range(rank)]
        whole = number % 2 == 0
        x = dice.integers(-4, 5, shape) if whole else dice.standard_normal(shape)
        tensor = torch.tensor(x, dtype=torch.float64)
        trace = operation("adaptive_avg_pool", rank)(x, wanted if rank > 1 else wanted[0])
        theirs = average(tensor, wanted if rank > 1 or wanted[0] is not None else shape[-1]).numpy()
        assert trace.output.shape == theirs.shape
        np.testing.assert_allclose(trace.output, theirs, rtol=1e-12, atol=1e-12)
        overlapping += any(
            len(set(itertools.chain(*map(axis.taps, range(axis.out))))) < sum(map(len, map(axis.taps, range(axis.out))))
            for axis in trace.window.axes
        )
        step = trace[draw.randrange(len(trace))]
        assert math.isclose(step.products.sum(), step.value, abs_tol=1e-12)
        assert step.divisor == len(step.seen)
        trace = operation("adaptive_max_pool", rank)(x, wanted)
        if None in wanted:
            wanted = [size if each is None else each for size, each in zip(shape[-rank:], wanted, strict=True)]
        theirs, places = largest(tensor, wanted, return_indices=True)
        assert (trace.output == theirs.numpy()).all()
        assert (trace.indices == places.numpy()).all()
        step = trace[draw.randrange(len(trace))]
        assert step.products.sum() == step.value
    assert overlapping > count / 4


def test_adaptive_means_of_integers_are_divided_once():
    trace = convviz.adaptive_avg_pool1d([1, 2, 3, 4, 5, 6, 8], 2)
    assert trace.output.tolist() == [10 / 4, 23 / 4]
    assert str(trace[1].sentence) == "output[1] = (4 + 5 + 6 + 8) / 4 = 23/4 = 5.75"


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_stays_in_its_bins(odd):
    torch = need("torch")
    for place, bins in itertools.product(range(7), (1, 2, 3, 4, 7)):
        x = np.arange(7.0)
        x[place] = odd
        tensor = torch.tensor(x)[None]
        np.testing.assert_array_equal(
            convviz.adaptive_avg_pool1d(x, bins).output,
            torch.nn.functional.adaptive_avg_pool1d(tensor, bins)[0].numpy(),
        )
        np.testing.assert_array_equal(
            convviz.adaptive_max_pool1d(x, bins).output,
            torch.nn.functional.adaptive_max_pool1d(tensor, bins)[0].numpy(),
        )


def test_a_bin_is_outlined_as_large_as_it_is():
    trace = convviz.adaptive_max_pool2d(np.arange(25).reshape(5, 5), 3)
    scene = animate(trace)
    for number, step in enumerate(trace):
        drawn = {
            mark.tag for mark in scene.frames[number].moving if isinstance(mark, Rect) and mark.tag.startswith("input/")
        }
        assert drawn == {"input/0/0/" + "/".join(map(str, cell)) for cell in step.cells.tolist()}
        outline = next(mark for mark in scene.frames[number].moving if isinstance(mark, Rect) and mark.tag == "window")
        rows, columns = map(len, step.taps)
        assert abs(outline.width / outline.height - columns / rows) < 0.1


def test_the_bins_are_said():
    text = report(convviz.adaptive_avg_pool2d(np.zeros((5, 4)), (3, 2)))
    assert "output row o reads ⌊o·i/b⌋ to ⌈(o + 1)·i/b⌉ − 1 = ⌊o·5/3⌋ to ⌈(o + 1)·5/3⌉ − 1: 0–1, 1–3, 3–4" in text
    assert "output column o reads ⌊o·4/2⌋ to ⌈(o + 1)·4/2⌉ − 1: 0–1, 2–3" in text
    said = explanation(convviz.adaptive_avg_pool1d(np.zeros(5), 3))
    assert "5 cells in 3 bins of 2 to 3, some of which overlap" in said
    assert "overlap" not in explanation(convviz.adaptive_avg_pool1d(np.zeros(6), 3))
    known = record(convviz.adaptive_avg_pool1d([1, 2, 3, 4, 5], 3))
    assert known["axes"][0]["bins"] == [[0, 2], [1, 4], [3, 5]]
    assert known["settings"] == {"output_size": [3]}


# Lp pooling.


def powers(x, power, kernel, stride, padding, dilation, ceil):
    """Return the norms of a strip, in plain loops, with ceil_mode as PyTorch has it."""
    low, high = padding
    reach = (kernel - 1) * dilation
    room = len(x) + low + high - reach - 1
    count = (-(-room // stride) if ceil else room // stride) + 1
    if ceil and (count - 1) * stride >= len(x) + low:
        count -= 1
    found = []
    for output in range(count):
        places = [output * stride - low + tap * dilation for tap in range(kernel)]
        sizes = [abs(x[place]) for place in places if 0 <= place < len(x)]
        if power == math.inf:
            found.append(max(sizes, default=0))
        else:
            found.append(math.fsum(size**power for size in sizes) ** (1 / power))
    return found


def test_norms_are_those_of_plain_loops():
    draw, done = random.Random(1), 0
    while done < 1500:
        x = [draw.randint(-9, 9) for _ in range(draw.randint(1, 12))]
        power = draw.choice([1, 2, 2, 3, 4, 5, 1.5, 0.5, math.inf])
        settings = {
            "stride": draw.choice([None, 1, 2, 3]),
            "padding": [(draw.randint(0, 3), draw.randint(0, 3))],
            "dilation": draw.randint(1, 2),
            "ceil_mode": draw.random() < 0.5,
        }
        kernel = draw.randint(1, 4)
        try:
            trace = convviz.lp_pool1d(x, power, kernel, **settings)
        except SettingError:
            continue
        done += 1
        expected = powers(
            x,
            power,
            kernel,
            settings["stride"] or kernel,
            settings["padding"][0],
            settings["dilation"],
            settings["ceil_mode"],
        )
        np.testing.assert_allclose(trace.output, expected, rtol=1e-13)
        step = trace[draw.randrange(len(trace))]
        if power < math.inf:
            assert math.isclose(float(step.products.sum()) ** (1 / power), step.value, rel_tol=1e-12)
        assert step.partials[-1] == pytest.approx(step.value, rel=1e-12)


@pytest.mark.parametrize("rank", [1, 2])
def test_norms_of_sizes_are_those_of_torch(rank):
    """PyTorch leaves the absolute value out, so it is given sizes."""
    torch = need("torch")
    draw, dice = random.Random(rank), np.random.default_rng(rank)
    theirs = getattr(torch.nn.functional, f"lp_pool{rank}d")
    for number in range(600):
        shape = [draw.randint(1, 3), *space(draw, rank, 4)]
        kernel = [draw.randint(1, 4) for _ in range(rank)]
        stride = [draw.randint(1, 3) for _ in range(rank)]
        power = draw.choice([1, 2, 2, 3, 4, 2.5])
        x = np.abs(dice.standard_normal(shape).astype(np.float32 if number % 2 else np.float64))
        single = [each[0] if rank == 1 else each for each in (kernel, stride)]
        expected = theirs(torch.tensor(x), float(power), single[0], stride=single[1]).numpy()
        trace = operation("lp_pool", rank)(x, power, kernel, stride=stride)
        assert trace.output.dtype == x.dtype == expected.dtype
        np.testing.assert_allclose(trace.output, expected, rtol=5e-6 if number % 2 else 1e-12)


def test_roots_of_integers_are_exact_where_they_are_integers():
    assert convviz.lp_pool1d([3, 4, -5, 12], 2, 2).output.tolist() == [5, 13]
    assert convviz.lp_pool1d([3, 4, -5], 3, 3).output.tolist() == [6]
    assert convviz.lp_pool1d([-7], 5, 1).output.tolist() == [7]
    ones = convviz.lp_pool2d(np.array([[-1, 2], [3, -4]]), 1, 2)
    assert ones.output.tolist() == [[10]]
    assert ones.output.dtype == np.int64
    assert convviz.lp_pool1d([-(2**40), 3], math.inf, 2).output.tolist() == [2**40]


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_powers_neither_overflow_nor_vanish(dtype):
    x = np.array([10**9, 10**9, 1, 1], dtype=dtype)
    for power in (2, 40, 300):
        found = convviz.lp_pool1d(x, power, 2).output
        np.testing.assert_allclose(found, [1e9 * 2 ** (1 / power), 2 ** (1 / power)], rtol=1e-6)
    for power in (300, 10**30):
        said = str(convviz.lp_pool1d(np.array([2, 1], dtype=dtype), power, 2)[0].sentence)
        assert said.startswith("output[0] = (2")
        assert said.endswith(" = 2" if dtype is not np.int64 else " ≈ 2")
    tiny = np.array([1e-30, 1e-30, 0, 0], dtype=np.float32)
    np.testing.assert_allclose(convviz.lp_pool1d(tiny, 2, 2).output, [math.sqrt(2) * 1e-30, 0], rtol=1e-6)


def test_norms_of_what_is_not_finite():
    assert convviz.lp_pool1d([1.0, -np.inf, 2.0, 3.0], 2, 2).output.tolist() == [math.inf, math.sqrt(13)]
    found = convviz.lp_pool1d([1.0, np.nan, np.inf, np.nan], 2, 2).output
    assert np.isnan(found).all()
    assert convviz.lp_pool1d([np.inf, 1.0], math.inf, 2).output.tolist() == [math.inf]


@pytest.mark.parametrize(
    ("power", "said"),
    [
        (1, "output[0] = |3| + |−4| = 7"),
        (2, "output[0] = √(3² + (−4)²) = √25 = 5"),
        (3, "output[0] = (3³ + |−4|³)^(1/3) = 91^(1/3) ≈ 4.50"),
        (0.5, "output[0] = (3^0.5 + |−4|^0.5)^(1/0.5) ≈ 13.93"),
        (math.inf, "output[0] = max(|3|, |−4|) = 4"),
    ],
)
def test_the_sentence_of_a_norm(power, said):
    assert str(convviz.lp_pool1d([3, -4], power, 2)[0].sentence) == said


def test_a_root_that_is_no_integer_is_never_said_to_be_one():
    trace = convviz.lp_pool1d([2**20, 1], 2, 2)
    assert str(trace[0].sentence) == f"output[0] = √({2**20}² + 1²) = √{2**40 + 1} ≈ {2**20}.00"
    assert str(convviz.lp_pool1d([2**20, 0], 2, 2)[0].sentence).endswith(f"= {2**20}")


def test_a_norm_says_which_and_leaves_padding_out():
    trace = convviz.lp_pool1d([3, 4], 2, 2, stride=1, padding=2)
    assert str(trace[0].sentence) == "output[0] = 0: no tap is on an input cell"
    assert str(trace[1].sentence) == "output[1] = √(3²) = √9 = 3"
    assert "L2 norm" in report(trace)
    assert "L∞ norm" in report(convviz.lp_pool1d([3, 4], math.inf, 2))
    json.dumps(record(convviz.lp_pool1d([3, 4], math.inf, 2)), allow_nan=False)
    for wrong in (0, -1, math.nan, "two", None, 10**400):
        assert "norm_type" in refusal(convviz.lp_pool1d, [3, 4], wrong, 2)


# Unpooling.


@pytest.mark.parametrize(("rank", "count"), [(1, 800), (2, 800), (3, 400)])
def test_unpooling_puts_back_what_max_pooling_took(rank, count):
    torch = need("torch")
    draw, dice = random.Random(rank), np.random.default_rng(rank)
    theirs = getattr(torch.nn.functional, f"max_unpool{rank}d")
    done = 0
    while done < count:
        shape = [*([2] if done % 3 == 0 else []), draw.randint(1, 3), *space(draw, rank)]
        kernel = [draw.randint(1, 4) for _ in range(rank)]
        settings = {
            "stride": [draw.randint(1, 4) for _ in range(rank)],
            "padding": [draw.randint(0, each // 2) for each in kernel],
        }
        x = dice.permutation(math.prod(shape)).reshape(shape) - 20
        try:
            pooled = operation("max_pool", rank)(x, kernel, ceil_mode=draw.random() < 0.3, **settings)
        except SettingError:
            continue
        done += 1
        trace = operation("max_unpool", rank)(
            pooled.output, pooled.indices, kernel, output_size=shape[-rank:], **settings
        )
        taken = set(pooled.output.ravel().tolist())
        assert (trace.output == np.where(np.isin(x, list(taken)), x, 0)).all()
        expected = theirs(
            torch.tensor(pooled.output, dtype=torch.float64),
            torch.tensor(pooled.indices),
            kernel,
            output_size=shape[-rank:],
            **settings,
        )
        assert (trace.output == expected.numpy()).all()
        for index in draw.sample(range(len(trace)), min(4, len(trace))):
            step = trace[index]
            assert step.products.sum() == step.value == step.partials[-1]
            assert step.numerators.sum() in (0, 1)


def test_the_reason_is_said():
    trace = convviz.max_unpool2d([[5, 2], [2, 7]], [[4, 2], [12, 15]], 2)
    assert trace.output.tolist() == [[0, 0, 2, 0], [5, 0, 0, 0], [0, 0, 0, 0], [2, 0, 0, 7]]
    assert str(trace[4].sentence) == "output[1, 0] = 5 from input[0, 0]"
    assert str(trace[0].sentence) == "output[0, 0] = 0: input[0, 0] goes to output[1, 0]"
    gap = convviz.max_unpool1d([3, 4], [0, 3], 1, stride=3)
    assert str(gap[1].sentence) == "output[1] = 0: no tap is on an input cell"
    assert (trace.indices == [[4, 2], [12, 15]]).all()
    assert record(trace)["indices"] == [[4, 2], [12, 15]]


def test_of_overlapping_windows_the_same_cell_may_be_put_back_twice():
    pooled = convviz.max_pool1d([1, 9, 2], 2, stride=1)
    assert pooled.indices.tolist() == [1, 1]
    trace = convviz.max_unpool1d(pooled.output, pooled.indices, 2, stride=1)
    assert trace.output.tolist() == [0, 9, 0]
    assert trace[1].products.tolist() == [9, 0]
    assert str(trace[1].sentence) == "output[1] = 9 from input[0]"


def test_indices_that_no_pooling_gives_are_refused():
    call = convviz.max_unpool2d
    assert "99" in refusal(call, [[5, 2], [2, 7]], [[4, 2], [12, 99]], 2)
    assert "0 to 15" in refusal(call, [[5, 2], [2, 7]], [[4, 2], [-1, 15]], 2)
    assert "outside the window" in refusal(call, [[5, 2], [2, 7]], [[4, 2], [0, 15]], 2)
    assert "one index per input cell" in refusal(call, [[5, 2], [2, 7]], [[4, 2]], 2)
    assert "fractions" in refusal(call, [[5, 2]], [[0.0, 2.0]], (1, 2))
    assert "different values" in refusal(convviz.max_unpool1d, [5, 6], [1, 1], 2, stride=1)
    assert "output_size" in refusal(call, [[5, 2], [2, 7]], [[4, 2], [12, 15]], 2, output_size=7)
    assert "output_size too" in refusal(call, [[5, 2], [2, 7]], [[4, 2], [12, 15]], 2, padding="same")


def test_keeping_what_is_not_finite():
    trace = convviz.max_unpool1d([np.nan, -np.inf], [1, 2], 2)
    np.testing.assert_array_equal(trace.output, [0, np.nan, -np.inf, 0])
    assert str(trace[1].sentence) == "output[1] = NaN from input[0]"


def test_the_cell_that_is_put_back_is_lit_and_those_that_go_elsewhere_are_hatched():
    scene = animate(convviz.max_unpool2d([[5, 2], [2, 7]], [[4, 2], [12, 15]], 2))
    here = {
        mark.tag: mark for mark in scene.frames[4].moving if isinstance(mark, Rect) and mark.tag.startswith("input/")
    }
    assert [mark.fill for mark in here.values() if mark.stroke] == ["tap"]
    elsewhere = [
        mark
        for mark in scene.frames[0].moving
        if isinstance(mark, Rect) and mark.tag == "input/0/0/0/0" and mark.stroke
    ]
    assert [mark.hatch for mark in elsewhere] == ["tap"]
    texts = {mark.string for mark in scene.frames[0].moving if isinstance(mark, Text)}
    assert ": input[0, 0] goes to output[1, 0]" in texts


# Separable convolution.


def test_separable_convolution_is_that_of_keras():
    os.environ["KERAS_BACKEND"] = "torch"
    keras = need("keras")
    draw, dice = random.Random(2), np.random.default_rng(2)
    for _ in range(150):
        rank = draw.choice([1, 2])
        channels, multiplier, filters = draw.randint(1, 3), draw.randint(1, 2), draw.randint(1, 3)
        size, kernel = space(draw, rank, 5), [draw.randint(1, 3) for _ in range(rank)]
        stride = draw.randint(1, 2)
        padding = draw.choice(["same", "valid"])
        x = dice.integers(-5, 6, (channels, *size))
        depth = dice.integers(-5, 6, (channels, multiplier, *kernel))
        point = dice.integers(-5, 6, (filters, channels * multiplier))
        theirs = keras.ops.separable_conv(
            np.moveaxis(x, 0, -1)[None].astype(np.float64),
            np.moveaxis(depth, (0, 1), (-2, -1)).astype(np.float64),
            point.T.reshape(*[1] * rank, channels * multiplier, filters).astype(np.float64),
            strides=stride,
            padding=padding,
        )
        first, second = operation("separable_conv", rank)(
            x, depth.reshape(channels * multiplier, 1, *kernel), point, stride=stride, padding=padding
        )
        assert second.output.tolist() == np.moveaxis(np.asarray(theirs)[0], -1, 0).tolist()
        assert (second.input == first.output).all()
        assert second.window.kernel == (1,) * rank


def test_separable_convolution_refuses_what_mixes_more_than_channels():
    call, x = convviz.separable_conv2d, np.ones((2, 4, 4), int)
    assert "pointwise" in refusal(call, x, np.ones((3, 3)), np.ones((1, 2, 3, 3)))
    assert "channels" in refusal(call, np.ones((4, 4)), np.ones((3, 3)), np.ones((1, 1)))
    made = call(x, np.ones((2, 2), int), [[1, 1]], 5)
    assert made.pointwise.output.tolist() == [[[13] * 3] * 3]
    assert made.depthwise.bias is None


# On the command line.


def printed(*args):
    return json.loads(good(*args, "--json").out)


def test_the_commands_do_what_the_functions_do():
    x = np.arange(36).reshape(6, 6)
    said = printed("pool", "lp", "--norm-type", "3", "--pool-size", "3x2", "--padding", "1")
    assert said["output"] == convviz.lp_pool2d(x, 3, (3, 2), padding=1).output.tolist()
    assert printed("pool", "lp", "--norm-type", "inf")["settings"]["norm_type"] == "Infinity"
    said = printed("pool", "adaptive-avg", "--input", "6x6", "--output-size", "4xnone")
    assert said["output"] == convviz.adaptive_avg_pool2d(x, (4, None)).output.tolist()
    said = printed("pool", "adaptive-max", "--input", "1 5 2 7", "--output-size", "3")
    assert said["output"] == [5, 5, 7]
    said = printed("unpool", "--input", "5 2; 2 7", "--indices", "4 2; 12 15")
    assert said["output"] == [[0, 0, 2, 0], [5, 0, 0, 0], [0, 0, 0, 0], [2, 0, 0, 7]]
    ended = good("unpool", "--input", "5x5", "--pool-size", "2", "--json")
    said = json.loads(ended.out)
    assert "pooled first" in ended.err
    assert np.shape(said["output"]) == (5, 5)
    assert sorted(set(np.ravel(said["output"]).tolist())) == [0, 6, 8, 16, 18]
    assert "bins" in good("explain", "pool", "adaptive-max").out.decode()
    assert "L2 norm" in good("explain", "pool", "lp").out.decode()
    assert "Max unpooling" in good("explain", "unpool").out.decode()


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        ("pool adaptive-avg --stride 2", "stride"),
        ("pool adaptive-max --pool-size 2", "pool-size"),
        ("pool adaptive-max --ceil-mode", "ceil-mode"),
        ("pool adaptive-avg --no-count-include-pad", "count-include-pad"),
        ("pool lp --no-count-include-pad", "count-include-pad"),
        ("pool max --norm-type 2", "norm-type"),
        ("pool avg --output-size 2", "output-size"),
        ("pool global-max --output-size 2", "output-size"),
        ("pool global-avg --norm-type 2", "norm-type"),
        ("pool lp --norm-type 0", "norm_type"),
        ("pool lp --norm-type two", "norm-type"),
        ("pool adaptive-avg --output-size 0", "output_size is 0"),
        ("pool adaptive-avg --output-size 1x1x1x1", "output-size"),
        ("pool adaptive-max --output-size 999999x999999", "GiB"),
        ("unpool --output-size 4", "output-size 4"),
        ("unpool --indices 1", "indices mean nothing without --input"),
        ("unpool --input 2x2 --indices 1,2,3", "one index per input cell"),
        ("unpool --input 2x2 --indices 9,9,9,99", "not in an output"),
        ("unpool --input 2x2 --indices nowhere.npy", "nowhere.npy"),
    ],
)
def test_what_means_nothing_is_refused_by_name(typed, named, tmp_path):
    path = tmp_path / "never.gif"
    ended = run(*typed.split(), "-o", str(path))
    assert ended.code == 2, ended
    assert named in ended.err
    assert len(ended.err.strip().splitlines()) == 1
    assert not path.exists()


@pytest.mark.parametrize("pool", [convviz.max_pool2d, convviz.min_pool2d, convviz.avg_pool2d])
@pytest.mark.parametrize(("size", "kernel", "stride"), list(itertools.product([2, 6, 7], [1, 2, 3], [1, 2, 3])))
def test_padding_said_to_keep_the_size_is_taken_and_keeps_it(pool, size, kernel, stride):
    x = np.arange(size * size).reshape(size, size)
    for ceil in (False, True):
        if kernel > size:
            continue
        said = explanation(pool(x, kernel, stride=stride, ceil_mode=ceil)).splitlines()[-1]
        if not said.startswith("to keep the size: padding "):
            continue
        pads = said.removeprefix("to keep the size: padding ").removesuffix(" on rows and columns")
        low, high = map(int, pads.split(":") if ":" in pads else (pads, pads))
        kept = pool(x, kernel, stride=stride, ceil_mode=ceil, padding=((low, high), (low, high)))
        assert kept.output.shape == (size, size)


@pytest.mark.parametrize("power", [0.3, 1.5, 1.7, 2.5, 5, 7.5])
def test_norms_of_any_power_are_right_to_the_last_float32(power):
    x = np.random.default_rng(5).standard_normal(70_000).astype(np.float32)  # more than are raised at a time
    known = (np.abs(x.astype(np.longdouble)) ** np.longdouble(power)).astype(np.float32)
    assert np.array_equal(Norm(power)._powers(np.abs(x)), known)


@pytest.mark.parametrize("settings", [{}, {"padding": 1}, {"ceil_mode": True}, {"padding": 1, "ceil_mode": True}])
@pytest.mark.parametrize("counted", [True, False])
@pytest.mark.parametrize("size", [5, 6])
def test_an_average_divides_by_what_is_counted_where_all_windows_count_alike_and_where_not(settings, counted, size):
    torch = need("torch")
    x = np.arange(size * size, dtype=np.float64).reshape(1, 1, size, size)
    trace = convviz.avg_pool2d(x, 2, **settings, count_include_pad=counted)
    theirs = torch.nn.functional.avg_pool2d(torch.from_numpy(x), 2, **settings, count_include_pad=counted)
    assert np.array_equal(trace.output, theirs.numpy())


def test_unpooling_takes_an_index_twice_only_where_both_hold_the_same():
    same = convviz.max_unpool2d([[[np.nan, np.nan], [2, 3]]], [[[1, 1], [3, 4]]], 2, stride=1)
    assert np.isnan(same.output[0, 0, 1])
    assert same.output[0, 1].tolist() == [2, 3, 0]
    with pytest.raises(SettingError, match=r"index 1 is that of input\[0, 0\] and of input\[0, 1\]"):
        convviz.max_unpool2d([[[np.nan, 7], [2, 3]]], [[[1, 1], [3, 4]]], 2, stride=1)
    with pytest.raises(SettingError, match=r"index 5 of input\[0, 1\] is output\[1, 1\], which lies outside"):
        convviz.max_unpool2d([[1, 2], [3, 4]], [[0, 5], [8, 10]], 2)


def test_explaining_an_unpooling_names_no_padding_that_would_change_the_pooling_before_it():
    pooled = convviz.max_pool2d(np.arange(25).reshape(5, 5), 3, stride=2)
    said = explanation(convviz.max_unpool2d(pooled.output, pooled.indices, 3, stride=2))
    assert said.endswith("the padding is that of the pooling: unpooling leads back to the size that was pooled")
    assert "to keep the size" not in good("explain", "unpool").out.decode()


def test_one_cell_is_said_to_be_one_with_nothing_between():
    said = explanation(convviz.conv_transpose2d([[1, 2, 3]], np.ones((3, 3)), stride=2))
    assert "rows    1 cell, padding 2 at each end, so 5;" in said
    assert "columns 3 cells with 1 zero between them, so 5; padding 2 at each end, so 9;" in said
    assert "1 cell in 1 bin" in explanation(convviz.adaptive_avg_pool1d([1], 1))


def test_pooling_that_no_padding_keeps_says_so():
    assert "no padding keeps the size" in explanation(convviz.max_pool2d(np.zeros((6, 6)), 2))
    assert "padding 0:3" in explanation(convviz.max_pool1d([1, 2], 2, dilation=3, stride=1, padding=((0, 2),)))
    assert "to keep the size" in explanation(convviz.avg_pool2d(np.zeros((6, 6)), 2))
    assert "the size:" not in explanation(convviz.global_max_pool2d(np.zeros((6, 6))))
