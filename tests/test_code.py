"""The code of a trace is run, and computes what the trace holds."""

import os
import random

import numpy as np
import pytest
from commands import good, run
from conftest import need

import convviz
from convviz import SettingError
from convviz.activations import NAMES

torch = need("torch")
torch.set_num_threads(1)
os.environ["KERAS_BACKEND"] = "torch"  # read when it is imported
keras = need("keras")

SIZES = {1: 11, 2: 7, 3: 5}
MOST_TAPS = {1: 5, 2: 4, 3: 3}
LANGUAGES = ("python", "keras", "torch")
COUNT = {1: 50, 2: 50, 3: 30}


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def seeded(*parts):
    name = "-".join(map(str, parts))
    return random.Random(name), np.random.default_rng(list(name.encode()))


def ran(code):
    """Run lines of code, and return what they call output as an array."""
    names = {}
    exec(compile(code.replace("print(output)", ""), "<code>", "exec"), names)
    assert "convviz" not in names or "keras" not in names
    output = names["output"]
    return output.detach().numpy() if hasattr(output, "detach") else output


def same(trace, language):
    """Check that the code computes what the trace holds, in the layout of its framework."""
    code = trace.code(language)
    if "trace.json" in code:
        trace.save("trace.json")
    output = ran(code)
    if language == "python":
        assert output.dtype == trace.output.dtype, code
        np.testing.assert_array_equal(output, trace.output, err_msg=code)
        return
    if language == "keras":
        output = np.moveaxis(output, -1, 1)
    expected = trace.planes_out
    assert output.shape == expected.shape, code
    eps = np.finfo(output.dtype).eps
    if trace.output.dtype.kind == "i" or trace.picks:
        np.testing.assert_array_equal(output, expected.astype(output.dtype), err_msg=code)
        return
    assert output.dtype == trace.output.dtype, code
    terms = trace.window.taps * trace.planes_in.shape[1]
    size = np.abs(trace.input).max() * (1 if trace.kernel is None else np.abs(trace.weight).max())
    np.testing.assert_allclose(output, expected, rtol=8 * eps, atol=4 * terms * eps * max(1.0, size), err_msg=code)


def numbers(draw, dice, shape):
    """Return whole numbers, or floats of either size."""
    kind = draw.choice(["int", "int", "float32", "float64"])
    if kind == "int":
        return dice.integers(-9, 10, size=shape)
    return dice.standard_normal(shape).astype(kind)


def input_of(draw, dice, rank, channels):
    lead = draw.choice([(1, channels), (2, channels), (channels,), *([()] if channels == 1 else [])])
    shape = (*lead, *[draw.randint(3, SIZES[rank]) for _ in range(rank)])
    return np.arange(np.prod(shape)).reshape(shape) if draw.random() < 0.2 else numbers(draw, dice, shape)


def pads_of(draw, rank, most=2):
    return draw.choice(
        [
            0,
            "same",
            "same_lower",
            [(pad, pad) for pad in (draw.randint(0, most) for _ in range(rank))],
            [(draw.randint(0, most), draw.randint(0, most)) for _ in range(rank)],
        ]
    )


def made(count, make):
    """Yield as many traces, of settings that make sense."""
    while count:
        try:
            trace = make()
        except SettingError:
            continue
        count -= 1
        yield trace


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("language", LANGUAGES)
def test_code_of_a_convolution(language, rank):
    draw, dice = seeded(language, rank)

    def make():
        groups = draw.choice([1, 1, 2])
        channels, filters = groups * draw.randint(1, 2), groups * draw.randint(1, 2)
        kernel = [draw.randint(1, MOST_TAPS[rank]) for _ in range(rank)]
        x = input_of(draw, dice, rank, channels)
        channels = x.shape[-rank - 1] if x.ndim > rank else 1
        alone = draw.random() < 0.3  # one plane, for each channel
        weight = numbers(draw, dice, kernel if alone else (filters, channels // groups, *kernel))
        if draw.random() < 0.2:
            weight = np.ones(weight.shape) / weight[0].size
        bias = numbers(draw, dice, channels if alone else filters) if draw.random() < 0.5 else None
        mode = draw.choice(["zeros", "zeros", "constant", "reflect", "replicate", "circular"])
        return getattr(convviz, f"conv{rank}d")(
            x,
            weight,
            bias,
            stride=[draw.choice([1, 1, 2, 3]) for _ in range(rank)],
            padding=draw.choice([pads_of(draw, rank), *(["causal"] if rank == 1 else [])]),
            padding_mode=mode,
            padding_value=draw.choice([3, -0.5]) if mode == "constant" else 0,
            dilation=[draw.choice([1, 1, 2]) for _ in range(rank)],
            groups=1 if alone else groups,
            flip=draw.random() < 0.2,
        )

    for trace in made(COUNT[rank], make):
        same(trace, language)


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["max", "min", "avg"])
def test_code_of_a_pooling(name, language, rank):
    draw, dice = seeded(name, language, rank)

    def make():
        own = {}
        if name == "avg":
            own = {
                "count_include_pad": draw.random() < 0.5,
                "divisor_override": draw.choice([None, None, None, draw.randint(1, 5)]),
            }
        return getattr(convviz, f"{name}_pool{rank}d")(
            input_of(draw, dice, rank, draw.randint(1, 2)),
            [draw.randint(1, MOST_TAPS[rank]) for _ in range(rank)],
            stride=draw.choice([None, [draw.randint(1, 3) for _ in range(rank)]]),
            padding=pads_of(draw, rank),
            dilation=[draw.choice([1, 1, 1, 2])] * rank,
            ceil_mode=draw.random() < 0.4,
            **own,
        )

    for trace in made(COUNT[rank], make):
        same(trace, language)


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["global_max_pool", "global_avg_pool"])
def test_code_of_a_global_pooling(name, language, rank):
    draw, dice = seeded(name, language, rank)
    for _ in range(10):
        same(getattr(convviz, f"{name}{rank}d")(input_of(draw, dice, rank, draw.randint(1, 2))), language)


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("language", LANGUAGES)
def test_code_of_a_transposed_convolution(language, rank):
    draw, dice = seeded("transposed", language, rank)

    def make():
        groups = draw.choice([1, 1, 2])
        channels = groups * draw.randint(1, 2)
        x = input_of(draw, dice, rank, channels)[..., *[slice(draw.randint(1, 4)) for _ in range(rank)]]
        alone = draw.random() < 0.3
        kernel = [draw.randint(1, MOST_TAPS[rank]) for _ in range(rank)]
        filters = draw.randint(1, 2)
        weight = numbers(draw, dice, kernel if alone else (channels, filters, *kernel))
        bias = numbers(draw, dice, channels if alone else filters * groups) if draw.random() < 0.5 else None
        stride = [draw.randint(1, 3) for _ in range(rank)]
        padding = pads_of(draw, rank)
        named = isinstance(padding, str)
        return getattr(convviz, f"conv_transpose{rank}d")(
            x,
            weight,
            bias,
            stride=stride,
            padding=padding,
            output_padding=[draw.choice([0, 0, 1, 2]) for _ in range(rank)],
            dilation=[draw.choice([1, 1, 2]) for _ in range(rank)],
            groups=1 if alone else groups,
            output_size=[draw.randint(3, 12) for _ in range(rank)] if named and draw.random() < 0.3 else None,
        )

    for trace in made(COUNT[rank], make):
        same(trace, language)


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("language", LANGUAGES)
def test_code_of_lp_pooling(language, rank):
    draw, dice = seeded("lp", language, rank)

    def make():
        return getattr(convviz, f"lp_pool{rank}d")(
            input_of(draw, dice, rank, draw.randint(1, 2)),
            draw.choice([1, 2, 3, 2.5, np.inf]),
            [draw.randint(1, MOST_TAPS[rank]) for _ in range(rank)],
            stride=draw.choice([None, [draw.randint(1, 3) for _ in range(rank)]]),
            padding=pads_of(draw, rank),
            dilation=[draw.choice([1, 1, 1, 2])] * rank,
            ceil_mode=draw.random() < 0.4,
        )

    for trace in made(COUNT[rank], make):
        same(trace, language)


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["adaptive_max_pool", "adaptive_avg_pool"])
def test_code_of_adaptive_pooling(name, language, rank):
    draw, dice = seeded(name, language, rank)
    for _ in range(15):
        x = input_of(draw, dice, rank, draw.randint(1, 2))
        same(getattr(convviz, f"{name}{rank}d")(x, [draw.randint(1, n) for n in x.shape[-rank:]]), language)


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("language", LANGUAGES)
def test_code_of_unpooling(language, rank):
    draw, dice = seeded("unpool", language, rank)

    def make():
        x = input_of(draw, dice, rank, draw.randint(1, 2))
        kernel = [draw.randint(1, MOST_TAPS[rank]) for _ in range(rank)]
        own = {
            "stride": draw.choice([None, [draw.randint(1, 3) for _ in range(rank)]]),
            "padding": pads_of(draw, rank, most=1),
        }
        pooled = getattr(convviz, f"max_pool{rank}d")(x, kernel, **own)
        size = x.shape[-rank:]
        return getattr(convviz, f"max_unpool{rank}d")(pooled.output, pooled.indices, kernel, output_size=size, **own)

    for trace in made(COUNT[rank], make):
        same(trace, language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", [name for name in NAMES if name != "softmax"])
def test_code_of_an_activation(name, language):
    draw, dice = seeded(name, language)
    own = {"leaky_relu": {"negative_slope": 0.2}, "elu": {"alpha": 1.5}}.get(name, {})
    for number in range(12):
        rank = draw.choice([1, 2])
        x = input_of(draw, dice, rank, draw.randint(1, 2))
        x = np.clip(x, -9, 9) if rank == 2 else x.reshape(-1)[:9]  # ln(1 + e^x) of large x is x in PyTorch
        same(convviz.activation(x, name, **(own if number % 2 else {})), language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["int64", "float32", "float64"])
def test_large_arrays_are_read_from_a_file_that_is_named(language, kind):
    dice = np.random.default_rng(0)
    x = dice.integers(-99, 99, size=(3, 12, 12)) if kind == "int64" else dice.standard_normal((3, 12, 12)).astype(kind)
    if kind != "int64":
        x[0, 0, 0] = np.nan
    weight = dice.integers(-3, 4, size=(9, 3, 3, 3))
    trace = convviz.conv2d(x, weight)
    code = trace.code(language)
    assert "trace.save('trace.json')" in code
    trace.save("trace.json")
    if kind == "int64":
        same(trace, language)
    else:
        output = ran(code)
        output = np.moveaxis(output, -1, 1) if language == "keras" else output
        np.testing.assert_allclose(output.reshape(trace.output.shape), trace.output, rtol=1e-4, atol=1e-4)
        assert np.isnan(output).sum() == 9  # the one window that sees it, in each filter


@pytest.mark.parametrize("language", LANGUAGES)
def test_nan_infinity_and_minus_zero_are_written(language):
    trace = convviz.max_pool1d(np.array([-0.0, np.inf, 1.0, -np.inf, np.nan, 2.0]), 2)
    output = ran(trace.code(language)).reshape(3)
    assert output[:2].tolist() == [np.inf, 1.0]
    assert np.isnan(output[2])


def test_arrays_are_written_as_what_they_are():
    code = convviz.conv2d(np.arange(36).reshape(6, 6), convviz.kernel("gaussian"), padding="same").code("keras")
    assert "np.arange(36, dtype=np.float64).reshape(1, 1, 6, 6)" in code
    assert "dtype=np.float64).reshape(1, 1, 3, 3) / 16" in code
    assert 'padding="same"' in code
    assert "dtype" not in convviz.max_pool1d([3, 1, 4, 1], 2).code("keras").splitlines()[-2]  # float32 is exact there


def test_what_a_layer_takes_is_given_to_the_layer():
    x = np.arange(36).reshape(6, 6)
    assert "F.pad" not in convviz.conv2d(x, x[:3, :3], padding=1, stride=2).code("torch")
    assert "F.pad(x, (0, 1, 0, 1))" in convviz.conv2d(x, x[:3, :3], padding="same", stride=2).code("torch")
    assert "ops" not in convviz.max_pool2d(x, 3, padding="same").code("keras")
    assert "ops" not in convviz.avg_pool2d(x, 3, stride=1, padding="same", count_include_pad=False).code("keras")


def test_what_can_not_be_said_is_refused():
    with pytest.raises(SettingError, match="code 'julia' is unknown: use one of python, keras, torch"):
        convviz.max_pool1d([1, 2], 2).code("julia")
    large = convviz.conv1d([2**60, 1], [1, 1])
    with pytest.raises(SettingError, match="Keras adds floats"):
        large.code("keras")
    assert ran(large.code()).tolist() == [2**60 + 1]
    spread = convviz.conv_transpose1d([np.inf, 1.0], [1, 2], stride=2, dilation=2)
    with pytest.raises(SettingError, match="an infinite input or a NaN would spread: use code 'torch'"):
        spread.code("keras")
    assert np.array_equal(ran(spread.code("torch"))[0, 0], spread.output, equal_nan=True)


# On the command line


def test_code_is_printed_instead_of_the_output_and_runs():
    ended = good("conv", "--padding", "same", "--stride", "2", "--code", "torch", "-q")
    output = ran(ended.out.decode())
    trace = convviz.conv2d(np.arange(36).reshape(6, 6), np.ones((3, 3)) / 9, stride=2, padding="same")
    np.testing.assert_allclose(output[0, 0], trace.output)


def test_several_languages_once_each_and_beside_a_file(tmp_path):
    place = tmp_path / "out.svg"
    ended = good("pool", "max", "--code", "keras,python", "--code", "PyTorch", "--code", "torch", "-o", str(place))
    text = ended.out.decode()
    assert [text.count(f"import {name}\n") for name in ("keras", "convviz", "torch")] == [1, 1, 1]
    assert place.stat().st_size > 1000


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("conv --code julia", "code 'julia' is unknown: use one of python, keras, torch"),
        ("pool max --code keras --json", "json and code would be mixed on standard output: leave one out"),
        (
            "conv --padding same --stride 2 --like torch",
            "PyTorch refuses padding 'same' with stride 2; Keras pads (0, 1) here: use --like keras, or "
            "torch.nn.functional.pad before it",
        ),
        (
            "pool avg --like onnx --padding full",
            "ONNX takes padding in numbers, 'same', 'same_lower' or 'valid', not 'full': use padding 1",
        ),
        (
            "explain pool max --ceil-mode --like keras",
            "Keras has no ceil_mode; PyTorch takes it: use --like torch, or no ceil_mode, or padding 'same'",
        ),
        ("pool global-max --like kears", "like 'kears' is unknown: use one of torch, keras, onnx"),
    ],
)
def test_what_is_refused_is_refused_in_a_sentence(typed, said):
    ended = run(*typed.split())
    assert (ended.code, ended.err.splitlines()[-1]) == (2, f"convviz: {said}")
    assert not ended.out
