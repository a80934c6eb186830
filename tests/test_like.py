"""Each framework's conventions: what it refuses is refused, and what it takes has its numbers."""

import os
import random

import numpy as np
import pytest
from conftest import need

import convviz
from convviz import SettingError

torch = need("torch")
torch.set_num_threads(1)
onnx = need("onnx")
runtime = need("onnxruntime")

SIZES = {1: 10, 2: 7, 3: 5}
MOST_TAPS = {1: 5, 2: 4, 3: 3}
NAMES = ("same", "same_lower", "valid", "full", "causal")
MODES = ("zeros", "zeros", "zeros", "constant", "reflect", "replicate", "circular")


@pytest.fixture(scope="module")
def keras():
    os.environ["KERAS_BACKEND"] = "torch"  # read when it is imported
    return need("keras")


def seeded(*parts):
    name = "-".join(map(str, parts))
    return random.Random(name), np.random.default_rng(list(name.encode()))


def channels_last(array):
    return np.moveaxis(array, 1, -1)


def channels_first(tensor):
    return np.moveaxis(tensor.detach().numpy(), -1, 1)


def padding_of(draw, rank):
    """Return padding as anyone may give it: nothing, a name, a number, pairs."""
    return draw.choice(
        [
            0,
            draw.choice(NAMES),
            draw.choice(NAMES[:3]),
            [draw.randint(0, 2) for _ in range(rank)],
            [(draw.randint(0, 2), draw.randint(0, 2)) for _ in range(rank)],
        ]
    )


def like(framework, call, *arguments, **settings):
    """Return the trace, or None and the refusal of the framework: None and "" where convviz itself refuses."""
    try:
        return call(*arguments, like=framework, **settings), ""
    except SettingError as refusal:
        said = str(refusal)
        return None, said if said.startswith(("PyTorch ", "Keras ", "ONNX ")) else ""


def plain(padding):
    """Return padding as torch takes it, where that is numbers: one per axis."""
    if not isinstance(padding, list) or not all(isinstance(each, tuple) and each[0] == each[1] for each in padding):
        return padding
    return [low for low, _ in padding]


# PyTorch


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel:UserWarning")  # torch's, of its own speed
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_convolution_like_torch_is_what_a_layer_of_torch_does_or_refuses(rank):
    draw, dice = seeded("torch", rank)
    taken = refused = 0
    while taken < 60 or refused < 60:
        kernel = [draw.randint(1, MOST_TAPS[rank]) for _ in range(rank)]
        mode = draw.choice(MODES)
        asked = {
            "stride": [draw.choice([1, 1, 2]) for _ in range(rank)],
            "padding": padding_of(draw, rank),
            "dilation": [draw.randint(1, 2) for _ in range(rank)],
        }
        x = dice.integers(-4, 5, size=(1, 2, *[draw.randint(3, SIZES[rank]) for _ in range(rank)])).astype(float)
        weight = dice.integers(-4, 5, size=(3, 2, *kernel)).astype(float)
        trace, why = like("torch", getattr(convviz, f"conv{rank}d"), x, weight, padding_mode=mode, **asked)
        if trace is None and not why:
            continue
        try:
            own = {**asked, "padding": plain(asked["padding"])}
            layer = getattr(torch.nn, f"Conv{rank}d")(2, 3, kernel, bias=False, padding_mode=mode, **own)
            layer.weight.data = torch.from_numpy(weight)
            theirs = layer(torch.from_numpy(x)).detach().numpy()
        except (RuntimeError, ValueError, TypeError):
            theirs = None
        assert (trace is None) == (theirs is None), (x.shape, kernel, mode, asked, why)
        if trace is None:
            assert why.startswith("PyTorch "), why
            refused += 1
        else:
            assert (trace.output == theirs).all(), (x.shape, kernel, mode, asked)
            taken += 1


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("name", ["max", "avg"])
def test_pooling_like_torch_is_what_torch_does_or_refuses(name, rank):
    draw, dice = seeded("torch", name, rank)
    taken = refused = 0
    while taken < 60 or refused < 60:
        asked = pooling_of(draw, rank, name)
        if asked["ceil_mode"] and draw.random() < 0.5:
            asked["padding"] = 0
        x = dice.integers(-4, 5, size=(1, 2, *[draw.randint(2, SIZES[rank]) for _ in range(rank)])).astype(float)
        trace, why = like("torch", getattr(convviz, f"{name}_pool{rank}d"), x, **asked)
        if trace is None and not why:
            continue
        own = {**asked, "padding": plain(asked["padding"])}
        if name == "avg" and own["dilation"] == [1] * rank:
            del own["dilation"]  # which torch has not even as 1
        if own.get("divisor_override") is None:
            own.pop("divisor_override", None)
        try:
            theirs = getattr(torch.nn.functional, f"{name}_pool{rank}d")(torch.from_numpy(x), **own).numpy()
        except (RuntimeError, TypeError):
            theirs = None
        assert (trace is None) == (theirs is None), (x.shape, asked, why)
        if trace is None:
            assert why.startswith("PyTorch "), why
            refused += 1
        else:
            np.testing.assert_allclose(trace.output, theirs, rtol=1e-12, err_msg=str((x.shape, asked)))
            taken += 1


def pooling_of(draw, rank, name):
    """Return settings of a pooling, among them those that only some frameworks know."""
    asked = {
        "kernel_size": [draw.randint(1, MOST_TAPS[rank]) for _ in range(rank)],
        "padding": padding_of(draw, rank),
        "dilation": [draw.choice([1, 1, 1, 2])] * rank,
        "ceil_mode": draw.random() < 0.2,
    }
    if draw.random() < 0.6:
        asked["stride"] = [draw.randint(1, 3) for _ in range(rank)]
    if name == "avg" and draw.random() < 0.5:
        asked["count_include_pad"] = draw.random() < 0.5
    if name == "avg" and draw.random() < 0.1:
        asked["divisor_override"] = draw.randint(1, 5)
    return asked


# Keras


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_convolution_like_keras_is_what_a_layer_of_keras_does_or_refuses(keras, rank):
    draw, dice = seeded("keras", rank)
    taken = refused = 0
    while taken < 40 or refused < 40:
        kernel = [draw.randint(1, MOST_TAPS[rank]) for _ in range(rank)]
        asked = {
            "stride": [draw.choice([1, 1, 2]) for _ in range(rank)],
            "padding": padding_of(draw, rank),
            "dilation": [draw.choice([1, 1, 2]) for _ in range(rank)],
        }
        x = dice.integers(-4, 5, size=(1, 2, *[draw.randint(4, SIZES[rank]) for _ in range(rank)])).astype("float32")
        weight = dice.integers(-4, 5, size=(3, 2, *kernel)).astype("float32")
        trace, why = like("keras", getattr(convviz, f"conv{rank}d"), x, weight, **asked)
        if trace is None and not why:
            continue
        own = {"strides": asked["stride"], "padding": asked["padding"], "dilation_rate": asked["dilation"]}
        if not isinstance(own["padding"], str) and not np.any(own["padding"]):
            own["padding"] = "valid"  # no padding, which Keras says by name
        try:
            layer = getattr(keras.layers, f"Conv{rank}D")(3, kernel, use_bias=False, **own)
            layer.build(channels_last(x).shape)
            layer.set_weights([np.moveaxis(weight, (0, 1), (-1, -2))])
            theirs = channels_first(layer(channels_last(x)))
        except (ValueError, AttributeError, TypeError):
            theirs = None
        assert (trace is None) == (theirs is None), (x.shape, kernel, asked, why)
        if trace is None:
            assert why.startswith("Keras "), why
            refused += 1
        else:
            assert (trace.output == theirs).all(), (x.shape, kernel, asked)
            taken += 1


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize(("name", "layer"), [("max", "MaxPooling"), ("avg", "AveragePooling")])
def test_pooling_like_keras_is_what_keras_does_or_refuses(keras, name, layer, rank):
    draw, dice = seeded("keras", name, rank)
    taken = refused = 0
    while taken < 40 or refused < 40:
        asked = pooling_of(draw, rank, name)
        x = dice.integers(-4, 5, size=(1, 2, *[draw.randint(4, SIZES[rank]) for _ in range(rank)])).astype("float32")
        trace, why = like("keras", getattr(convviz, f"{name}_pool{rank}d"), x, **asked)
        if trace is None and not why:
            continue
        own = {"pool_size": asked["kernel_size"], "strides": asked.get("stride"), "padding": asked["padding"]}
        if not isinstance(own["padding"], str) and not np.any(own["padding"]):
            own["padding"] = "valid"
        if rank == 1:
            own["pool_size"] = own["pool_size"][0]
        unknown = (
            own["padding"] not in ("same", "valid")
            or asked["ceil_mode"]
            or asked["dilation"] != [1] * rank
            or asked.get("divisor_override")
        )
        if unknown or asked.get("count_include_pad"):  # not in its documentation
            theirs = None
        else:
            try:
                theirs = channels_first(getattr(keras.layers, f"{layer}{rank}D")(**own)(channels_last(x)))
            except (ValueError, AttributeError, TypeError):
                theirs = None
        assert (trace is None) == (theirs is None), (x.shape, asked, why)
        if trace is None:
            assert why.startswith("Keras "), why
            refused += 1
            continue
        if name == "avg" and any(low != high for low, high in trace.settings["padding"]):
            continue  # Keras on PyTorch then averages copies of the edge, unlike on TensorFlow and on JAX: not its rule
        np.testing.assert_allclose(trace.output, theirs, rtol=1e-6, atol=1e-6, err_msg=str((x.shape, asked)))
        taken += 1


# ONNX


def run_onnx(operator, *arrays, **attributes):
    """Run one operator on arrays."""
    names = ["x", "w"][: len(arrays)]
    kind = onnx.TensorProto.FLOAT
    node = onnx.helper.make_node(operator, names, ["y"], **attributes)
    shapes = [onnx.helper.make_tensor_value_info(each, kind, [None] * arrays[0].ndim) for each in (*names, "y")]
    graph = onnx.helper.make_graph([node], "one", shapes[:-1], shapes[-1:])
    opset = onnx.helper.make_opsetid("", 22)
    model = onnx.helper.make_model(graph, opset_imports=[opset], ir_version=10).SerializeToString()
    session = runtime.InferenceSession(model, QUIET)
    return session.run(None, dict(zip(names, arrays, strict=True)))[0]


def beyond_the_runtime(trace, asked):
    """Tell whether the specification allows what the runtime can't: its own limits, and no convention."""
    axes = trace.window.axes
    if asked["padding"] in ("same", "same_lower"):  # it takes no account of dilation, and refuses gaps between windows
        return any(axis.dilation > 1 or axis.stride > axis.kernel for axis in axes)
    return any(max(axis.low, axis.high) >= axis.kernel for axis in axes)


QUIET = runtime.SessionOptions()
QUIET.log_severity_level = 4
QUIET.intra_op_num_threads = 1


def onnx_padding(trace, padding):
    """Return padding as attributes: begins, then ends, or the name."""
    if isinstance(padding, str):
        return {"auto_pad": {"same": "SAME_UPPER", "same_lower": "SAME_LOWER", "valid": "VALID"}[padding]}
    pairs = trace.settings["padding"]
    return {"pads": [low for low, _ in pairs] + [high for _, high in pairs]}


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_convolution_like_onnx_is_that_of_its_runtime(rank):
    draw, dice = seeded("onnx", rank)
    taken = 0
    while taken < 40:
        kernel = [draw.randint(1, MOST_TAPS[rank]) for _ in range(rank)]
        groups = draw.choice([1, 2])
        asked = {
            "stride": [draw.choice([1, 2]) for _ in range(rank)],
            "padding": padding_of(draw, rank),
            "dilation": [draw.choice([1, 2]) for _ in range(rank)],
        }
        x = dice.integers(-4, 5, size=(1, 2, *[draw.randint(4, SIZES[rank]) for _ in range(rank)])).astype("float32")
        weight = dice.integers(-4, 5, size=(4, 2 // groups, *kernel)).astype("float32")
        trace, why = like("onnx", getattr(convviz, f"conv{rank}d"), x, weight, groups=groups, **asked)
        if trace is None:
            assert not why or asked["padding"] in ("full", "causal"), (why, asked)
            continue
        if beyond_the_runtime(trace, asked):
            continue
        theirs = run_onnx(
            "Conv",
            x,
            weight,
            strides=asked["stride"],
            dilations=asked["dilation"],
            group=groups,
            **onnx_padding(trace, asked["padding"]),
        )
        assert (trace.output == theirs).all(), (x.shape, kernel, asked)
        taken += 1


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize(("name", "operator"), [("max", "MaxPool"), ("avg", "AveragePool")])
def test_pooling_like_onnx_is_that_of_its_runtime(name, operator, rank):
    draw, dice = seeded("onnx", name, rank)
    taken = 0
    while taken < 40:
        asked = pooling_of(draw, rank, name)
        x = dice.integers(-4, 5, size=(1, 2, *[draw.randint(4, SIZES[rank]) for _ in range(rank)])).astype("float32")
        trace, why = like("onnx", getattr(convviz, f"{name}_pool{rank}d"), x, **asked)
        if trace is None:
            odd = asked["padding"] in ("full", "causal") or asked.get("divisor_override")
            assert not why or odd or (asked["ceil_mode"] and asked["padding"] == "valid"), (why, asked)
            continue
        own = {"strides": asked["stride"]} if "stride" in asked else {}
        if "count_include_pad" in asked:
            own["count_include_pad"] = int(asked["count_include_pad"])
        if beyond_the_runtime(trace, asked):
            continue
        theirs = run_onnx(
            operator,
            x,
            kernel_shape=asked["kernel_size"],
            dilations=asked["dilation"],
            ceil_mode=int(asked["ceil_mode"]),
            **own,
            **onnx_padding(trace, asked["padding"]),
        )
        np.testing.assert_allclose(trace.output, theirs, rtol=1e-5, atol=1e-6, err_msg=str((x.shape, asked)))
        taken += 1


# What is said


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            lambda: convviz.conv2d(np.ones((6, 6)), np.ones((3, 3)), stride=2, padding="same", like="torch"),
            "PyTorch refuses padding 'same' with stride 2; Keras pads (0, 1) here: use like 'keras', or "
            "torch.nn.functional.pad before it",
        ),
        (
            lambda: convviz.conv1d(np.ones(9), np.ones(3), stride=2, dilation=2, like="Keras"),
            "Keras refuses stride 2 with dilation 2; PyTorch takes it: use like 'torch', or one of the two as 1",
        ),
        (
            lambda: convviz.conv2d(np.ones((6, 6)), np.ones((3, 3)), padding=1, like="keras"),
            "Keras takes padding 'valid' or 'same', not 1; PyTorch takes it: use like 'torch', or padding 'same', "
            "which is that here",
        ),
        (
            lambda: convviz.max_pool2d(np.ones((6, 6)), 3, padding=2, stride=1, like="pytorch"),
            "PyTorch pads at most half a pool: padding 2 is more than half of 3; ONNX takes it: use like 'onnx', "
            "or padding of at most 1",
        ),
        (
            lambda: convviz.min_pool1d([1, 2], 2, like="onnx"),
            "ONNX has no min pooling: use max pooling of the input with its signs changed",
        ),
        (lambda: convviz.max_pool1d([1, 2], 2, like="caffe"), "like 'caffe' is unknown: use one of torch, keras, onnx"),
    ],
)
def test_a_refusal_says_whose_rule_it_is_who_takes_it_and_what_to_do(call, said):
    with pytest.raises(SettingError) as refusal:
        call()
    assert str(refusal.value) == said


def test_defaults_are_those_of_the_framework():
    x = np.arange(1, 26).reshape(5, 5)
    strides = {like: convviz.max_pool2d(x, 2, like=like).settings["stride"] for like in ("torch", "keras", "onnx")}
    assert strides == {"torch": [2, 2], "keras": [2, 2], "onnx": [1, 1]}
    corners = {
        like: convviz.avg_pool2d(x, 3, stride=2, padding=padding, like=like).output[0, 0]
        for like, padding in (("torch", 1), ("keras", "same"), ("onnx", 1))
    }
    assert corners == {"torch": (1 + 2 + 6 + 7) / 9, "keras": 4.0, "onnx": 4.0}
    assert convviz.avg_pool2d(x, 3, padding=1, like="onnx", count_include_pad=True).output[0, 0] == 16 / 9


def test_without_a_framework_nothing_is_refused_and_the_settings_do_not_name_one():
    trace = convviz.conv2d(np.ones((6, 6)), np.ones((3, 3)), stride=2, dilation=2, padding="full")
    assert "like" not in trace.settings
    assert convviz.max_pool1d([1, 2, 3], 2, like="PyTorch").settings["like"] == "torch"
