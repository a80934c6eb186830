"""The same numbers as PyTorch's and Keras's, on thousands of random settings."""

import os
import random

import numpy as np
import pytest
from conftest import need

import convviz
from convviz import SettingError

torch = need("torch")
torch.set_num_threads(1)

SIZES = {1: 12, 2: 8, 3: 5}
KERNELS = {1: 5, 2: 4, 3: 3}
BATCHES = range(5)


@pytest.fixture(scope="module")
def keras():
    os.environ["KERAS_BACKEND"] = "torch"  # read when it is imported
    return need("keras")


def seeded(*parts):
    name = "-".join(map(str, parts))
    return random.Random(name), np.random.default_rng(list(name.encode()))


def numbers(dice, shape, kind):
    """Return integers in float64, which both sides add up exactly, or floats."""
    if kind == "integers":
        return dice.integers(-4, 5, size=shape).astype(np.float64)
    return dice.standard_normal(shape).astype(kind)


def agree(ours, theirs, kind, setting, terms=1):
    theirs = np.asarray(theirs)
    assert ours.shape == theirs.shape, setting
    if kind == "integers":
        assert (ours == theirs).all(), setting
    else:
        assert ours.dtype == theirs.dtype == kind, setting
        limit = 40 * max(terms, 4) * np.finfo(kind).eps
        np.testing.assert_allclose(ours, theirs, rtol=limit, atol=limit, err_msg=str(setting))


def tried(call, *arguments, **settings):
    """Call, and return the trace, or None and what the refusal says."""
    try:
        return call(*arguments, **settings), ""
    except SettingError as refusal:
        return None, str(refusal)


def torch_pads(pads):
    """Return (low, high) pairs the way torch.nn.functional.pad wants them: last axis first."""
    return [each for pair in reversed(pads) for each in pair]


# convolution


@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize(("rank", "count"), [(1, 80), (2, 80), (3, 50)])
def test_convolution_is_that_of_torch(rank, count, batch):
    draw, dice = seeded("conv", rank, batch)
    theirs_conv = getattr(torch.nn.functional, f"conv{rank}d")
    ours_conv = getattr(convviz, f"conv{rank}d")
    done = refused = 0
    while done < count:
        kind = draw.choice(["integers", "float32", "float64"])
        groups = draw.choice([1, 1, 2, 3])
        channels, filters = groups * draw.randint(1, 2), groups * draw.randint(1, 3)
        space = [draw.randint(1, SIZES[rank]) for _ in range(rank)]
        kernel = [draw.randint(1, KERNELS[rank]) for _ in range(rank)]
        stride = [draw.randint(1, 3) for _ in range(rank)]
        dilation = [draw.randint(1, 3) for _ in range(rank)]
        mode = draw.choice(["zeros", "constant", "reflect", "replicate", "circular"])
        most = {"reflect": [n - 1 for n in space], "circular": space}.get(mode, [3] * rank)
        pads = [(draw.randint(0, min(3, m)), draw.randint(0, min(3, m))) for m in most]
        fill = draw.randint(-3, 3) if mode == "constant" else 0
        lead = draw.choice([(1, channels), (2, channels), (channels,)])
        x = numbers(dice, (*lead, *space), kind)
        weight = numbers(dice, (filters, channels // groups, *kernel), kind)
        bias = numbers(dice, filters, kind) if draw.random() < 0.5 else None
        own = {"stride": stride, "dilation": dilation, "groups": groups}
        setting = {"x": x.shape, "weight": weight.shape, "pads": pads, "mode": mode, "fill": fill, "kind": kind, **own}
        call = {**own, "padding": pads, "padding_mode": mode, "padding_value": fill}
        trace, _ = tried(ours_conv, torch.from_numpy(x), weight, bias, **call)
        name = {"zeros": "constant"}.get(mode, mode)
        batched = torch.from_numpy(x.reshape((1,) * (rank + 2 - x.ndim) + x.shape))
        padded = torch.nn.functional.pad(
            batched, torch_pads(pads), mode=name, value=fill if name == "constant" else None
        )
        try:
            theirs = theirs_conv(
                padded, torch.from_numpy(weight), None if bias is None else torch.from_numpy(bias), **own
            )
        except RuntimeError:
            theirs = None
        assert (trace is None) == (theirs is None), setting
        if trace is None:
            refused += 1
            continue
        theirs = theirs.numpy()
        agree(trace.output, theirs if x.ndim == rank + 2 else theirs[0], kind, setting, weight[0].size)
        done += 1
    assert refused  # so that refusals are compared too


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel:UserWarning")  # torch's, of its own speed
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_zero_padding_of_torch_is_ours(rank):
    draw, dice = seeded("plain", rank)
    for _ in range(60):
        pads = [draw.randint(0, 2) for _ in range(rank)]
        named = draw.choice([pads, "valid", "same"])
        x = numbers(dice, (2, 3, *[draw.randint(5, 7)] * rank), "integers")
        weight = numbers(dice, (4, 3, *[draw.randint(1, 3) for _ in range(rank)]), "integers")
        dilation = draw.randint(1, 2)
        stride = 1 if named == "same" else draw.randint(1, 3)
        theirs = getattr(torch.nn.functional, f"conv{rank}d")(
            torch.from_numpy(x),
            torch.from_numpy(weight),
            stride=stride,
            dilation=dilation,
            padding=named if isinstance(named, str) else tuple(named),
        )
        ours = getattr(convviz, f"conv{rank}d")(x, weight, stride=stride, dilation=dilation, padding=named).output
        agree(ours, theirs, "integers", (named, x.shape, weight.shape, stride, dilation))


@pytest.mark.parametrize("mode", ["zeros", "reflect", "replicate", "circular"])
def test_padding_modes_are_those_of_a_torch_layer(mode):
    draw, dice = seeded("layer", mode)
    for _ in range(20):
        padding = (draw.randint(0, 3), draw.randint(0, 3))
        layer = torch.nn.Conv2d(2, 3, (3, 2), padding=padding, padding_mode=mode, dtype=torch.float64)
        x = numbers(dice, (2, 2, 5, 4), "float64")
        trace = convviz.conv2d(x, layer.weight, layer.bias, padding=padding, padding_mode=mode)
        agree(trace.output, layer(torch.from_numpy(x)).detach(), "float64", (mode, padding), 12)


@pytest.mark.parametrize(
    ("values", "taps"),
    [
        ([np.inf, 1.0, 2.0], [1.0, 1.0]),
        ([np.nan, 1.0, 2.0], [1.0, 0.0]),
        ([2.0, 1.0, np.inf], [1.0, 0.0]),  # ∞·0
        ([np.inf, -np.inf, 1.0], [1.0, 1.0]),  # ∞ − ∞
    ],
)
def test_infinity_spreads_as_in_torch(values, taps):
    theirs = torch.nn.functional.conv1d(torch.tensor([[values]]), torch.tensor([[taps]]))[0, 0]
    np.testing.assert_array_equal(convviz.conv1d(np.float32(values), np.float32(taps)).output, theirs.numpy())


def test_the_mean_of_large_floats_is_as_finite_as_in_torch():
    large = np.full(2, 3e38, dtype=np.float32)
    half = np.full(2, 0.5, dtype=np.float32)
    theirs = torch.nn.functional.conv1d(torch.from_numpy(large)[None, None], torch.from_numpy(half)[None, None])
    np.testing.assert_allclose(convviz.conv1d(large, half).output, theirs.numpy()[0, 0])


# pooling


def pooling_draw(draw, rank):
    """Return settings that torch takes: padding of at most half the kernel, the same at both ends."""
    kernel = [draw.randint(1, KERNELS[rank] + 1) for _ in range(rank)]
    return {
        "kernel_size": kernel,
        "stride": draw.choice([None, [draw.randint(1, 4) for _ in range(rank)]]),
        "padding": [draw.randint(0, k // 2) for k in kernel],
        "ceil_mode": draw.random() < 0.5,
    }


@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize(("rank", "count"), [(1, 80), (2, 70), (3, 40)])
def test_max_pooling_and_its_indices_are_those_of_torch(rank, count, batch):
    draw, dice = seeded("max", rank, batch)
    pool = getattr(torch.nn.functional, f"max_pool{rank}d")
    done = 0
    while done < count:
        kind = draw.choice(["integers", "integers", "float32", "float64"])  # integers have ties
        lead = draw.choice([(1, 2), (2, 1), (3,)])
        x = numbers(dice, (*lead, *[draw.randint(1, SIZES[rank]) for _ in range(rank)]), kind)
        call = {**pooling_draw(draw, rank), "dilation": [draw.randint(1, 3) for _ in range(rank)]}
        setting = (x.shape, kind, call)
        try:
            theirs, indices = pool(torch.from_numpy(x), return_indices=True, **call)
        except RuntimeError:
            theirs = None
        trace, refusal = tried(getattr(convviz, f"max_pool{rank}d"), x, **call)
        if trace is None:
            blind = theirs is not None and bool(torch.isinf(theirs).any())  # a maximum of nothing is −∞ in torch
            assert theirs is None or blind, (setting, refusal)
            continue
        assert theirs is not None, setting
        agree(trace.output, theirs, kind, setting)
        assert (trace.output == theirs.numpy()).all(), setting
        assert (trace.indices == indices.numpy()).all(), setting
        done += 1


@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize(("rank", "count"), [(1, 70), (2, 70), (3, 40)])
def test_average_pooling_and_its_divisors_are_those_of_torch(rank, count, batch):
    draw, dice = seeded("avg", rank, batch)
    pool = getattr(torch.nn.functional, f"avg_pool{rank}d")
    done = 0
    while done < count:
        kind = draw.choice(["integers", "float32", "float64"])
        lead = draw.choice([(1, 2), (2, 1), (3,)])
        x = numbers(dice, (*lead, *[draw.randint(1, SIZES[rank]) for _ in range(rank)]), kind)
        call = {**pooling_draw(draw, rank), "count_include_pad": draw.random() < 0.5}
        if rank > 1 and draw.random() < 0.3:
            call["divisor_override"] = draw.randint(1, 9)
        setting = (x.shape, kind, call)
        try:
            theirs = pool(torch.from_numpy(x), **call)
        except RuntimeError as refusal:
            if "smaller than kernel size" in str(refusal):  # avg_pool3d alone looks at the input without its padding
                assert rank == 3, setting
                continue
            theirs = None
        pooled = getattr(convviz, f"avg_pool{rank}d")
        trace, refusal = tried(pooled, x.astype(int) if kind == "integers" else x, **call)
        if trace is None:
            blind = "nothing but padding" in refusal and not call["count_include_pad"]
            assert theirs is None or blind, (setting, refusal)
            continue
        assert theirs is not None, setting
        agree(trace.output, theirs, "float64" if kind == "integers" else kind, setting, np.prod(call["kernel_size"]))
        done += 1


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_global_pooling_is_adaptive_pooling_of_torch_to_one_cell(rank):
    draw, dice = seeded("global", rank)
    for _ in range(40):
        lead = draw.choice([(1, 2), (2, 1), (3,)])
        x = numbers(dice, (*lead, *[draw.randint(1, SIZES[rank]) for _ in range(rank)]), "float32")
        most, indices = getattr(torch.nn.functional, f"adaptive_max_pool{rank}d")(
            torch.from_numpy(x), 1, return_indices=True
        )
        mean = getattr(torch.nn.functional, f"adaptive_avg_pool{rank}d")(torch.from_numpy(x), 1)
        trace = getattr(convviz, f"global_max_pool{rank}d")(x)
        agree(trace.output, most, "float32", x.shape)
        assert (trace.indices == indices.numpy()).all(), x.shape
        agree(getattr(convviz, f"global_avg_pool{rank}d")(x).output, mean, "float32", x.shape, x.size)


def test_a_nan_wins_as_in_torch():
    x = np.array([[[1.0, np.nan, 3.0, 2.0, 5.0, 4.0]]])
    theirs, indices = torch.nn.functional.max_pool1d(torch.from_numpy(x), 2, return_indices=True)
    trace = convviz.max_pool1d(x, 2)
    np.testing.assert_array_equal(trace.output, theirs.numpy())
    np.testing.assert_array_equal(trace.indices, indices.numpy())


# Keras: channels last, so everything is transposed


def channels_last(array):
    return np.moveaxis(array, 1, -1)


def channels_first(tensor):
    return np.moveaxis(tensor.detach().numpy(), -1, 1)


@pytest.mark.parametrize(("rank", "count"), [(1, 70), (2, 50), (3, 30)])
def test_convolution_is_that_of_keras(keras, rank, count):
    draw, dice = seeded("keras", rank)
    for _ in range(count):
        groups = draw.choice([1, 1, 2])
        channels, filters = groups * draw.randint(1, 2), groups * draw.randint(1, 2)
        kernel = [draw.randint(1, KERNELS[rank]) for _ in range(rank)]
        stride, dilation = [1] * rank, [1] * rank
        widened = draw.choice([stride, dilation])  # Keras takes one or the other
        widened[:] = [draw.randint(1, 3) for _ in range(rank)]
        padding = draw.choice(["same", "valid", "causal"] if rank == 1 else ["same", "valid"])
        size = (2, channels, *[draw.randint(3 * KERNELS[rank] - 2, 3 * KERNELS[rank]) for _ in range(rank)])
        x, weight = (numbers(dice, each, "float32") for each in (size, (filters, channels // groups, *kernel)))
        bias = numbers(dice, filters, "float32")
        layer = getattr(keras.layers, f"Conv{rank}D")(
            filters, kernel, strides=stride, padding=padding, dilation_rate=dilation, groups=groups
        )
        layer.build(channels_last(x).shape)
        layer.set_weights([np.moveaxis(weight, (0, 1), (-1, -2)), bias])
        theirs = channels_first(layer(channels_last(x)))
        trace = getattr(convviz, f"conv{rank}d")(
            x, weight, bias, stride=stride, padding=padding, dilation=dilation, groups=groups
        )
        agree(trace.output, theirs, "float32", (size, weight.shape, stride, dilation, padding), weight[0].size)


def keras_pooling(draw, dice, rank):
    size = (2, draw.randint(1, 3), *[draw.randint(KERNELS[rank], SIZES[rank] + 2) for _ in range(rank)])
    kernel = [draw.randint(1, KERNELS[rank]) for _ in range(rank)]
    stride = draw.choice([None, [draw.randint(1, 4) for _ in range(rank)]])
    return numbers(dice, size, "float32"), kernel, stride, draw.choice(["same", "valid"])


@pytest.mark.parametrize(("rank", "count"), [(1, 60), (2, 50), (3, 30)])
def test_max_pooling_is_that_of_keras(keras, rank, count):
    draw, dice = seeded("keras-max", rank)
    for _ in range(count):
        x, kernel, stride, padding = keras_pooling(draw, dice, rank)
        layer = getattr(keras.layers, f"MaxPooling{rank}D")(kernel if rank > 1 else kernel[0], stride, padding)
        trace = getattr(convviz, f"max_pool{rank}d")(x, kernel, stride=stride, padding=padding)
        agree(trace.output, channels_first(layer(channels_last(x))), "float32", (x.shape, kernel, stride, padding))


@pytest.mark.parametrize(("rank", "count"), [(1, 60), (2, 50), (3, 30)])
def test_average_pooling_is_that_of_keras_which_counts_real_cells_only(keras, rank, count):
    draw, dice = seeded("keras-average", rank)
    padded = 0
    while count:
        x, kernel, stride, padding = keras_pooling(draw, dice, rank)
        if draw.random() < 0.5:  # padding as wide before as after
            kernel, stride = [draw.choice([1, 3]) for _ in range(rank)], [1] * rank
        pool = getattr(convviz, f"avg_pool{rank}d")
        trace = pool(x, kernel, stride=stride, padding=padding, count_include_pad=False)
        pads = [tuple(pair) for pair in trace.settings["padding"]]
        if any(low != high for low, high in pads):
            # Keras on PyTorch then averages copies of the edge, unlike Keras on TensorFlow and on JAX: not its rule
            continue
        layer = getattr(keras.layers, f"AveragePooling{rank}D")(kernel if rank > 1 else kernel[0], stride, padding)
        theirs = channels_first(layer(channels_last(x)))
        agree(trace.output, theirs, "float32", (x.shape, kernel, stride, padding), np.prod(kernel))
        padded += any(pair != (0, 0) for pair in pads)
        count -= 1
    assert padded > 4


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_global_pooling_is_that_of_keras(keras, rank):
    draw, dice = seeded("keras-global", rank)
    for _ in range(15):
        x = numbers(dice, (2, draw.randint(1, 3), *[draw.randint(1, SIZES[rank]) for _ in range(rank)]), "float32")
        for name, ours in (("Max", "max"), ("Average", "avg")):
            layer = getattr(keras.layers, f"Global{name}Pooling{rank}D")(keepdims=True)
            trace = getattr(convviz, f"global_{ours}_pool{rank}d")(x)
            agree(trace.output, channels_first(layer(channels_last(x))), "float32", (name, x.shape), x.size)
