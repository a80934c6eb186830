"""Each framework's conventions: what it refuses is refused, and what it takes has its numbers."""

import json
import os
import random

import numpy as np
import pytest
from commands import good
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


# Transposed convolution


def stamping_of(draw, rank):
    """Return settings of a transposed convolution, among them those that only some frameworks know."""
    asked = {
        "stride": [draw.choice([1, 2, 3]) for _ in range(rank)],
        "padding": draw.choice([0, "same", padding_of(draw, rank)]),
        "dilation": [draw.choice([1, 1, 2])] * rank,
    }
    if draw.random() < 0.3:
        asked["output_padding"] = [draw.randint(0, 2) for _ in range(rank)]
    if draw.random() < 0.2:
        asked["output_size"] = [draw.randint(4, 12) for _ in range(rank)]
    return asked


def stamped_of(draw, dice, rank):
    groups = draw.choice([1, 1, 2])
    kernel = [draw.randint(1, MOST_TAPS[rank]) for _ in range(rank)]
    x = dice.integers(-4, 5, size=(1, 2, *[draw.randint(2, 5) for _ in range(rank)])).astype("float32")
    weight = dice.integers(-4, 5, size=(2, 3, *kernel)).astype("float32")
    return groups, kernel, x, weight


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_transposed_convolution_like_torch_is_what_a_layer_of_torch_does_or_refuses(rank):
    draw, dice = seeded("torch-transposed", rank)
    taken = refused = 0
    while taken < 60 or refused < 60:
        asked = stamping_of(draw, rank)
        groups, kernel, x, weight = stamped_of(draw, dice, rank)
        trace, why = like("torch", getattr(convviz, f"conv_transpose{rank}d"), x, weight, groups=groups, **asked)
        if trace is None and not why:
            continue
        own = {**asked, "padding": plain(asked["padding"])}
        size = own.pop("output_size", None)
        try:
            layer = getattr(torch.nn, f"ConvTranspose{rank}d")(2, 3 * groups, kernel, bias=False, groups=groups, **own)
            layer.weight.data = torch.from_numpy(weight)
            theirs = layer(torch.from_numpy(x), size).detach().numpy()
        except (RuntimeError, ValueError, TypeError):
            theirs = None
        assert (trace is None) == (theirs is None), (x.shape, kernel, asked, why)
        if trace is None:
            assert why.startswith("PyTorch "), why
            refused += 1
        else:
            assert (trace.output == theirs).all(), (x.shape, kernel, asked)
            taken += 1


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_transposed_convolution_like_keras_is_what_a_layer_of_keras_does_or_refuses(keras, rank):
    draw, dice = seeded("keras-transposed", rank)
    taken = refused = gaps = 0
    while taken < 60 or refused < 60:
        asked = stamping_of(draw, rank)
        groups, kernel, x, weight = stamped_of(draw, dice, rank)
        trace, why = like("keras", getattr(convviz, f"conv_transpose{rank}d"), x, weight, groups=groups, **asked)
        if trace is None and not why:
            continue
        named = "valid" if not isinstance(asked["padding"], str) and not np.any(asked["padding"]) else asked["padding"]
        unknown = groups > 1 or "output_size" in asked or named not in ("same", "valid")
        extra = asked.get("output_padding") if np.any(asked.get("output_padding", 0)) else None
        if named == "same" and extra:
            assert trace is None  # its backends differ
            continue
        theirs = None
        if not unknown:
            try:
                layer = getattr(keras.layers, f"Conv{rank}DTranspose")(
                    3,
                    kernel,
                    strides=asked["stride"],
                    padding=named,
                    dilation_rate=asked["dilation"],
                    output_padding=extra,
                    use_bias=False,
                )
                layer.build(channels_last(x).shape)
                layer.set_weights([np.moveaxis(weight, (0, 1), (-1, -2))])
                theirs = channels_first(layer(channels_last(x)))
            except ValueError:
                theirs = None
        assert (trace is None) == (theirs is None), (x.shape, kernel, asked, why)
        if trace is None:
            assert why.startswith("Keras "), why
            refused += 1
            continue
        if named == "same":
            assert trace.planes_out.shape[2:] == tuple(n * s for n, s in zip(x.shape[2:], asked["stride"], strict=True))
        assert trace.output.shape == theirs.shape, (x.shape, kernel, asked)
        assert (trace.output == theirs).all(), (x.shape, kernel, asked)
        gaps += any(trace.settings["output_padding"])
        taken += 1
    assert gaps > 5


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_transposed_convolution_like_onnx_is_that_of_its_runtime(rank):
    draw, dice = seeded("onnx-transposed", rank)
    taken = 0
    while taken < 40:
        asked = stamping_of(draw, rank)
        groups, kernel, x, weight = stamped_of(draw, dice, rank)
        trace, why = like("onnx", getattr(convviz, f"conv_transpose{rank}d"), x, weight, groups=groups, **asked)
        if trace is None:
            beside = "output_size" in asked and np.any(asked["padding"])
            assert not why or asked["padding"] in ("full", "causal") or beside, (why, asked)
            continue
        given = [axis.given for axis in trace.window.axes]
        if any(min(each.pads) < 0 or each.output_padding >= each.stride for each in given):
            continue  # its runtime does not extend a result, nor know that dilation may be more than the stride
        own = onnx_padding(trace, asked["padding"]) if "output_size" not in asked or asked["padding"] != 0 else {}
        if "output_size" in asked:
            own["output_shape"] = asked["output_size"]
        if "output_padding" in asked:
            own["output_padding"] = asked["output_padding"]
        theirs = run_onnx(
            "ConvTranspose", x, weight, strides=asked["stride"], dilations=asked["dilation"], group=groups, **own
        )
        assert trace.output.shape == theirs.shape, (x.shape, kernel, asked)
        assert (trace.output == theirs).all(), (x.shape, kernel, asked)
        taken += 1


# Lp pooling, adaptive pooling, unpooling


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_lp_pooling_like_torch_is_what_torch_does_or_refuses(rank):
    draw, dice = seeded("torch-lp", rank)
    taken = refused = 0
    while taken < 60 or refused < 40:
        asked = pooling_of(draw, rank, "lp")
        if draw.random() < 0.7:
            asked |= {"padding": 0, "dilation": [1] * rank}
        power = draw.choice([1, 2, 2, 3, 4, 2.5, np.inf])
        x = dice.standard_normal((1, 2, *[draw.randint(3, SIZES[rank]) for _ in range(rank)]))
        x = np.abs(x) if draw.random() < 0.4 else x
        trace, why = like("torch", getattr(convviz, f"lp_pool{rank}d"), x, power, **asked)
        if trace is None and not why:
            continue
        kernel, stride = asked["kernel_size"], asked.get("stride")
        given = [each[0] if rank == 1 and each else each for each in (kernel, stride)]
        if asked["padding"] != 0 or max(asked["dilation"]) > 1:  # no arguments of its
            assert trace is None or not np.any(trace.settings["padding"]), asked
            refused += trace is None
            continue
        if any(n < k for n, k in zip(x.shape[2:], kernel, strict=True)) and not asked["ceil_mode"]:
            continue
        pool = getattr(torch.nn.functional, f"lp_pool{rank}d")
        theirs = pool(torch.from_numpy(x), power, *given, asked["ceil_mode"])
        if trace is None:  # its numbers are others
            ours = getattr(convviz, f"lp_pool{rank}d")(x, power, **asked).output
            assert not np.allclose(ours, theirs.numpy(), rtol=1e-9) or power % 2, (x.shape, power, asked, why)
            refused += 1
            continue
        np.testing.assert_allclose(trace.output, theirs.numpy(), rtol=1e-9, err_msg=str((power, asked)))
        taken += 1


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_lp_pooling_like_onnx_is_that_of_its_runtime(rank):
    draw, dice = seeded("onnx-lp", rank)
    taken = 0
    while taken < 40:
        asked = {**pooling_of(draw, rank, "lp"), "ceil_mode": False}
        power = draw.choice([1, 2, 3, 2.5, np.inf])
        x = dice.standard_normal((1, 2, *[draw.randint(4, SIZES[rank]) for _ in range(rank)])).astype("float32")
        trace, why = like("onnx", getattr(convviz, f"lp_pool{rank}d"), x, power, **asked)
        if trace is None:
            assert not why or asked["padding"] in ("full", "causal") or power in (2.5, np.inf), (why, asked)
            continue
        if beyond_the_runtime(trace, asked):
            continue
        own = {"strides": asked["stride"]} if "stride" in asked else {}
        theirs = run_onnx(
            "LpPool",
            x,
            p=power,
            kernel_shape=asked["kernel_size"],
            dilations=asked["dilation"],
            **own,
            **onnx_padding(trace, asked["padding"]),
        )
        np.testing.assert_allclose(trace.output, theirs, rtol=1e-4, err_msg=str((power, asked)))
        taken += 1


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize(("name", "layer"), [("avg", "Average"), ("max", "Max")])
def test_adaptive_pooling_like_keras_is_that_of_keras(keras, name, layer, rank):
    draw, dice = seeded("keras-adaptive", name, rank)
    for _ in range(15):
        x = dice.standard_normal((2, 2, *[draw.randint(2, SIZES[rank]) for _ in range(rank)])).astype("float32")
        size = [draw.randint(1, n) for n in x.shape[2:]]
        trace = getattr(convviz, f"adaptive_{name}_pool{rank}d")(x, size, like="keras")
        theirs = getattr(keras.layers, f"Adaptive{layer}Pooling{rank}D")(size if rank > 1 else size[0])(
            channels_last(x)
        )
        np.testing.assert_allclose(trace.output, channels_first(theirs), rtol=1e-5, atol=1e-6, err_msg=str(size))
    with pytest.raises(SettingError, match=f"ONNX has no adaptive {layer.lower()} pooling"):
        getattr(convviz, f"adaptive_{name}_pool{rank}d")(x, size, like="onnx")


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_unpooling_like_onnx_counts_over_all_planes_and_has_stride_one(rank):
    draw, dice = seeded("onnx-unpool", rank)
    for _ in range(20):
        x = dice.permutation(2 * 3 * 6**rank).reshape(2, 3, *[6] * rank).astype("float32")
        kernel = [draw.randint(1, 3) for _ in range(rank)]
        stride = draw.choice([None, kernel])
        kept = getattr(convviz, f"max_pool{rank}d")(x, kernel, stride=stride, like="onnx")
        theirs = both_of_max_pool(x, kernel, stride)
        assert (kept.output == theirs[0]).all()
        back = getattr(convviz, f"max_unpool{rank}d")(
            theirs[0], theirs[1], kernel, stride=stride, output_size=x.shape[2:], like="onnx"
        )
        assert (np.sort(back.output[back.output != 0]) == np.unique(theirs[0][theirs[0] != 0])).all()
        assert ((back.output == x) | (back.output == 0)).all()
        assert back.settings["stride"] == (stride or [1] * rank)
    with pytest.raises(SettingError, match="Keras has no max unpooling; PyTorch takes it: use"):
        getattr(convviz, f"max_unpool{rank}d")(kept.output, kept.indices, kernel, like="keras")


def both_of_max_pool(x, kernel, stride):
    """Return the values and the indices that the runtime of ONNX finds."""
    kinds = onnx.TensorProto
    node = onnx.helper.make_node("MaxPool", ["x"], ["y", "i"], kernel_shape=kernel, strides=stride or [1] * len(kernel))
    infos = [
        onnx.helper.make_tensor_value_info(name, kind, [None] * x.ndim)
        for name, kind in (("x", kinds.FLOAT), ("y", kinds.FLOAT), ("i", kinds.INT64))
    ]
    graph = onnx.helper.make_graph([node], "one", infos[:1], infos[1:])
    opset = onnx.helper.make_opsetid("", 22)
    model = onnx.helper.make_model(graph, opset_imports=[opset], ir_version=10).SerializeToString()
    return runtime.InferenceSession(model, QUIET).run(None, {"x": x})


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
            lambda: convviz.conv_transpose1d([1, 2], [1, 2, 3], stride=2, padding="same", like="torch"),
            "PyTorch takes padding in numbers, not 'same'; Keras crops (0, 1) here: use like 'keras', or "
            "torch.nn.functional.pad after it",
        ),
        (
            lambda: convviz.lp_pool1d([-1, 2], 3, 2, like="torch"),
            "PyTorch adds up xᵖ, not |x|ᵖ, and has no such norm of negative values (norm_type 3); ONNX takes it: use "
            "like 'onnx', or norm_type 2",
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


# Side by side


def beside(*typed):
    """Return what explain says of the frameworks, as JSON and as text."""
    text = good("explain", *typed, "-q").out.decode()
    return json.loads(good("explain", *typed, "--json", "-q").out), text.partition("\n\n")[2].splitlines()


def test_explain_puts_the_three_side_by_side_and_says_where_they_differ():
    said, lines = beside("pool", "avg", "--padding", "1", "--pool-size", "3")
    torch_, keras_, onnx_ = (said["frameworks"][name] for name in ("torch", "keras", "onnx"))
    assert (torch_["output"], torch_["stride"], torch_["divides_by"]) == ([2, 2], [3, 3], [9, 9])
    assert (onnx_["output"], onnx_["stride"], onnx_["divides_by"]) == ([6, 6], [1, 1], [4, 9])
    assert (keras_["output"], keras_["refused"]) == (None, "Keras takes padding 'valid' or 'same', not 1")
    assert lines[0].split() == ["PyTorch", "Keras", "ONNX"]
    assert lines[-1] == said["differ"]
    assert said["differ"] == (
        "PyTorch and ONNX differ in the stride (3 in PyTorch, 1 in ONNX), what an average divides by (9 in PyTorch, "
        "4 to 9 in ONNX) and in the output (2×2 in PyTorch, 6×6 in ONNX); Keras refuses it."
    )
    columns = [line.index(name) for line, name in ((lines[0], "Keras"), (lines[1], "layers"), (lines[2], "refu"))]
    assert len(set(columns)) == 1


@pytest.mark.parametrize(
    "typed", ["conv", "pool avg", "pool max", "pool lp", "pool adaptive-avg", "transpose", "unpool"]
)
def test_the_table_fits_a_terminal(typed):
    _, lines = beside(*typed.split())
    assert max(len(line) for line in lines if not line.endswith(".")) <= 80


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("conv", "The three agree."),
        ("conv --padding same --stride 2", "Keras and ONNX agree; PyTorch refuses it."),
        ("conv --padding full", "None of the three takes it."),
        ("pool min", "None of the three has min pooling: it is max pooling of the input with its signs changed."),
        ("pool global-avg", "The three agree."),
        ("unpool --stride 2", "PyTorch and ONNX agree; Keras refuses it."),
        (
            "transpose --stride 3 --kernel 2x2",
            "They differ in the output padding (none in PyTorch and ONNX, 1 in Keras) and in the output (8×8 in "
            "PyTorch and ONNX, 9×9 in Keras).",
        ),
        ("pool adaptive-max --output-size 2", "PyTorch and Keras agree; ONNX refuses it."),
    ],
)
def test_where_they_differ(typed, said):
    known, lines = beside(*typed.split())
    assert known["differ"] == lines[-1] == said


@pytest.mark.parametrize("typed", ["conv --padding 1", "pool max --input 7x7 --pool-size 3", "transpose --stride 2"])
@pytest.mark.parametrize("framework", ["torch", "keras", "onnx"])
def test_what_is_said_of_a_framework_is_what_comes_of_it_like_that(typed, framework):
    known = json.loads(good("explain", *typed.split(), "--json", "-q").out)["frameworks"][framework]
    if known["refused"]:
        assert known["output"] is None
        return
    made = json.loads(good(*typed.split(), "--like", framework, "--json", "-q").out)
    assert known["output"] == list(np.shape(made["output"]))
    assert (known["stride"], known["padding"]) == (made["settings"]["stride"], made["settings"]["padding"])


def test_unpooling_on_the_command_line_is_the_same_like_onnx():
    plain, like_onnx = (
        json.loads(
            good("unpool", "--input", "random:4x4", "--channels", "2", "--stride", "2", *more, "--json", "-q").out
        )
        for more in ((), ("--like", "onnx"))
    )
    assert plain["output"] == like_onnx["output"]
