"""Networks: shapes, parameters, multiply-adds and receptive fields against Keras and torch; what is typed; tables."""

import itertools
import json
import math
import os
import re
import shlex
import warnings
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import good, run
from conftest import need
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Picture
from PIL import ImageSequence
from test_layout import Canvas, bounds, report
from test_svg_png import painted

from convviz import save
from convviz.activations import NAMES as ACTIVATIONS
from convviz.errors import ConvvizError, FileError, SettingError
from convviz.language import KINDS, parse
from convviz.listing import record, rows, table
from convviz.networks import NETWORKS, Network, Shape, network, shape_of, stack
from convviz.scene import Polygon, Rect, Scene, Text
from convviz.text import measure
from convviz.theme import THEMES, _contrast
from convviz.views.network import STYLES, architecture
from convviz.views.parts import FAMILIES, fills, parts, steps

SEEDS = st.integers(0, 2**32 - 1)
SQUASH = ("relu", "tanh", "sigmoid", "softmax", "leaky-relu", "elu", "gelu", "silu", "softplus", "hard-sigmoid")


# Networks in other frameworks, without memory for their weights.


def keras() -> Any:
    os.environ.setdefault("KERAS_BACKEND", "torch")
    return need("keras")


def in_keras(made: Network) -> list[tuple[tuple[int, ...], int, int]]:
    """Return, for each layer as Keras builds it, its output shape, its parameters and those that are not trained."""
    k = keras()
    found = []
    with k.device("meta"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        x = k.Input(made.input.list)
        for stage in made.stages:
            layer = stage.layer
            if stage.window and not isinstance(layer.padding, str) and any(a.low or a.high for a in stage.window.axes):
                x = k.layers.ZeroPadding2D([(axis.low, axis.high) for axis in stage.window.axes])(x)
            window: dict[str, Any] = {}
            if stage.window:
                strides = [axis.stride for axis in stage.window.axes]
                padding = layer.padding if isinstance(layer.padding, str) else "valid"
                window = {"strides": strides, "padding": padding}
            match stage.kind:
                case "conv":
                    built = k.layers.Conv2D(
                        stage.result.channels,
                        stage.window.kernel,
                        dilation_rate=[axis.dilation for axis in stage.window.axes],
                        groups=layer.groups,
                        use_bias=layer.bias,
                        **window,
                    )
                case "max":
                    built = k.layers.MaxPooling2D(stage.window.kernel, **window)
                case "avg":
                    built = k.layers.AveragePooling2D(stage.window.kernel, **window)
                case "global-max":
                    built = k.layers.GlobalMaxPooling2D()
                case "global-avg":
                    built = k.layers.GlobalAveragePooling2D()
                case "flatten":
                    built = k.layers.Flatten()
                case "dense":
                    built = k.layers.Dense(stage.result.channels, use_bias=layer.bias)
                case "dropout":
                    built = k.layers.Dropout(layer.rate)
                case "batch-norm":
                    built = k.layers.BatchNormalization()
                case activation:
                    built = k.layers.Activation(activation.replace("hards", "hard_s").replace("-", "_"))
            x = built(x)
            untrained = sum(math.prod(each.shape) for each in built.non_trainable_weights)
            found.append((tuple(x.shape[1:]), built.count_params(), untrained))
    return found


def in_torch(made: Network) -> list[tuple[tuple[int, ...], int]]:
    """Return, for each layer as torch builds it, its output shape (channels last) and its parameters."""
    nn = need("torch.nn")
    torch = need("torch")
    found = []
    with torch.device("meta"), torch.no_grad():
        x = torch.zeros((1, made.input.channels, *made.input.space))
        for stage in made.stages:
            built = torch_layer(nn, stage)
            if stage.window and stage.kind == "conv":
                pads = [side for axis in reversed(stage.window.axes) for side in (axis.low, axis.high)]
                x = nn.functional.pad(x, pads)
            x = built(x)
            shape = (*x.shape[2:], x.shape[1])
            found.append((shape, sum(each.numel() for each in built.parameters())))
    return found


def torch_layer(nn: Any, stage: Any) -> Any:
    layer, window = stage.layer, stage.window
    if window:
        kernel, stride = window.kernel, tuple(axis.stride for axis in window.axes)
        pads, dilation = tuple(axis.low for axis in window.axes), tuple(axis.dilation for axis in window.axes)
    match stage.kind:
        case "conv":
            channels = stage.source.channels, stage.result.channels
            return nn.Conv2d(*channels, kernel, stride, 0, dilation, groups=layer.groups, bias=layer.bias)
        case "max":
            return nn.MaxPool2d(kernel, stride, pads, dilation, ceil_mode=layer.ceil)
        case "avg":
            return nn.AvgPool2d(kernel, stride, pads, ceil_mode=layer.ceil)
        case "global-max":
            return nn.Sequential(nn.AdaptiveMaxPool2d(1), nn.Flatten())
        case "global-avg":
            return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
        case "flatten":
            return nn.Flatten()
        case "dense":
            return nn.Linear(stage.source.channels, stage.result.channels, bias=layer.bias)
        case "batch-norm":
            return nn.BatchNorm2d(stage.source.channels) if stage.source.space else nn.BatchNorm1d(stage.source.size)
    return nn.Identity()


def drawn(seed: int, like: str) -> Network:
    """Return a random network of layers that a framework has."""
    r = np.random.default_rng(seed)
    while True:
        rows_, columns = (int(n) for n in r.integers(4, 40, 2))
        words = [f"input {rows_}x{columns}x{r.integers(1, 5)}"]
        for _ in range(int(r.integers(1, 7))):
            words.append(conv(r, like) if r.random() < 0.55 else pool(r, like))
            if r.random() < 0.3:
                words.append(str(r.choice(["dropout 0.3", "batch-norm", *SQUASH])))
        if r.random() < 0.6:
            words.append(str(r.choice(["flatten", "global-avg", "global-max", "dense 7"])))
            words += [f"dense {r.integers(1, 30)}{' no-bias' * int(r.random() < 0.3)} | relu"] * int(r.integers(0, 3))
        try:
            return network(" | ".join(words))
        except SettingError:
            continue


def conv(r: np.random.Generator, like: str) -> str:
    said = ["conv", "x".join(map(str, r.integers(1, 6, 2)))]
    said.append("depthwise" if r.random() < 0.15 else str(r.integers(1, 9)))
    same = r.random() < 0.4
    said.append("same" if same else f"p{r.integers(0, 3)},{r.integers(0, 3)}" if r.random() < 0.5 else "valid")
    if r.random() < 0.5:
        said.append(f"s{r.integers(1, 4)},{r.integers(1, 4)}")
    elif r.random() < 0.4:
        said.append(f"d{r.integers(1, 4)}" if like == "keras" else f"d{r.integers(1, 4)},{r.integers(1, 4)}")
    if r.random() < 0.25:
        said.append("no-bias")
    return " ".join(said)


def pool(r: np.random.Generator, like: str) -> str:
    kind, size = str(r.choice(["max", "avg"])), r.integers(1, 4, 2)
    said = [kind, "x".join(map(str, size))]
    if r.random() < 0.5:
        said.append(f"s{r.integers(1, 4)}")
    if like == "keras":
        said.append(str(r.choice(["same", "valid"])))
    else:
        said.append(f"p{r.integers(0, size[0] // 2 + 1)},{r.integers(0, size[1] // 2 + 1)}")
        said += ["ceil"] * int(r.random() < 0.4)
        said += ["d2"] * int(kind == "max" and r.random() < 0.2)
    return " ".join(said)


@pytest.mark.parametrize("name", NETWORKS)
def test_known_networks_are_those_that_keras_builds(name: str) -> None:
    made = network(name)
    theirs = in_keras(made)
    ours = [(stage.result.list, stage.parameters, stage.untrained) for stage in made.stages]
    assert ours == theirs
    assert made.parameters == sum(parameters for _, parameters, _ in theirs)


@pytest.mark.parametrize("name", NETWORKS)
def test_known_networks_are_those_that_torch_builds(name: str) -> None:
    made = network(name)
    assert [(stage.result.list, stage.parameters) for stage in made.stages] == in_torch(made)


def test_known_networks_have_the_numbers_that_are_published() -> None:
    assert network("lenet").parameters == 61_706
    assert network("alexnet").parameters == 50_844_008
    assert network("vgg16").parameters == 138_357_544
    lenet, alexnet, vgg = (network(name) for name in NETWORKS)
    assert [str(s.result) for s in lenet.stages if s.window] == ["28×28×6", "14×14×6", "10×10×16", "5×5×16"]
    assert [s.result.space[0] for s in alexnet.stages if s.window] == [54, 26, 26, 12, 12, 12, 12, 5]
    assert [s.result.space[0] for s in vgg.stages if s.kind == "max"] == [112, 56, 28, 14, 7]
    assert vgg.multiply_adds == 15_470_264_320
    assert [s.result.channels for s in alexnet.stages if s.kind == "dense"] == [4096, 4096, 1000]
    reach = {name: network(name).field(network(name).last_map)[0] for name in NETWORKS}
    assert reach == {"lenet": 16, "alexnet": 195, "vgg16": 212}


@given(seed=SEEDS)
@settings(max_examples=60)
def test_random_networks_are_those_that_keras_builds(seed: int) -> None:
    made = drawn(seed, "keras")
    ours = [(stage.result.list, stage.parameters, stage.untrained) for stage in made.stages]
    assert ours == in_keras(made), table([made])


@given(seed=SEEDS)
@settings(max_examples=150)
def test_random_networks_are_those_that_torch_builds(seed: int) -> None:
    made = drawn(seed, "torch")
    ours = [(stage.result.list, stage.parameters - stage.untrained) for stage in made.stages]
    assert ours == in_torch(made), table([made])


@given(seed=SEEDS)
@settings(max_examples=60)
def test_multiply_adds_are_half_of_what_torch_counts(seed: int) -> None:
    counter = need("torch.utils.flop_counter")
    made = drawn(seed, "torch")
    with counter.FlopCounterMode(display=False) as counted:
        in_torch(made)
    assert counted.get_total_flops() == 2 * made.multiply_adds, table([made])


def test_multiply_adds_of_known_networks_are_half_of_what_torch_counts() -> None:
    counter = need("torch.utils.flop_counter")
    for name in NETWORKS:
        with counter.FlopCounterMode(display=False) as counted:
            in_torch(network(name))
        assert counted.get_total_flops() == 2 * network(name).multiply_adds


def lit(made: Network, cell: tuple[int, ...]) -> list[np.ndarray]:
    """Return where the gradient of one cell of the last map is not 0: in the input, then after each layer."""
    torch, nn = need("torch"), need("torch.nn")
    x = torch.ones((1, made.input.channels, *made.input.space), requires_grad=True)
    maps = [x]
    for stage in made.stages[: made.last_map + 1]:
        if stage.window is None:
            maps.append(maps[-1])
            continue
        axes = stage.window.axes
        pads = [side for axis in reversed(axes) for side in (axis.low, axis.high + axis.overhang)]
        channels = stage.source.channels, stage.result.channels
        strides, dilations = tuple(axis.stride for axis in axes), tuple(axis.dilation for axis in axes)
        summing = nn.Conv2d(*channels, stage.window.kernel, strides, 0, dilations, bias=False)
        nn.init.ones_(summing.weight)
        maps.append(summing(nn.functional.pad(maps[-1], pads)))
        maps[-1].retain_grad()
    maps[-1][0, 0, *cell].backward()
    return [each.grad[0, 0].numpy() != 0 for each in maps]


@given(seed=SEEDS)
@settings(max_examples=80)
def test_a_receptive_field_is_where_the_gradient_comes_from(seed: int) -> None:
    made = drawn(seed, "torch")
    number = made.last_map
    shape = made.stages[number].result.space if number >= 0 else made.input.space
    r = np.random.default_rng(seed)
    cell = tuple(int(r.integers(0, size)) for size in shape)
    regions = made.seen_from(tuple(range(at, at + 1) for at in cell), number)
    for region, found in zip(regions, lit(made, cell), strict=True):
        for axis, cells in enumerate(region):
            along = np.flatnonzero(found.any(axis=1 - axis))
            if found.any() or not len(cells):  # where a window of the other axis reads padding only, nothing is lit
                assert [*cells] == along.tolist(), table([made])
    if number >= 0:
        for axis, (reach, at) in enumerate(zip(made.stages[number].reach, cell, strict=True)):
            size = made.input.space[axis]
            inside = [place for place in reach.of(at) if 0 <= place < size]
            read = regions[0][axis]
            if len(read) and inside:
                assert set(read) <= set(inside)
                if all(stage.window is None or stage.window.axes[axis].low == 0 for stage in made.stages[: number + 1]):
                    assert min(inside) == read[0]
            assert made.field(number)[axis] == len(reach.of(at))


def test_a_receptive_field_grows_as_the_rule_says() -> None:
    """r ← r + (span − 1)·j, j ← j·s."""
    for seed in range(60):
        made = drawn(seed, "torch")
        r, j = [1, 1], [1, 1]
        for number, stage in enumerate(made.stages[: made.last_map + 1]):
            if stage.window:
                for axis, each in enumerate(stage.window.axes):
                    r[axis] += (each.kernel - 1) * each.dilation * j[axis]
                    j[axis] *= each.stride
            assert made.field(number) == tuple(r)


def test_what_sees_a_whole_map_sees_the_whole_input_but_for_what_is_never_read() -> None:
    alexnet = network("alexnet")
    assert alexnet.field(len(alexnet.stages) - 1) == (219, 219)
    assert network("lenet").field(11) == (28, 28)
    assert rows(network("lenet"))[-1].field == "all"
    flat = network("input 4x4x1 | conv 3x3 2 | flatten | dropout 0.5 | dense 3 | relu")
    assert [flat.field(n) for n in range(5)] == [(3, 3), (3, 3), (3, 3), (4, 4), (4, 4)]


# What is typed.


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("conv 3x3 16 s2 p1", "CONV2D 3×3 filters=16 stride=2 padding=1"),
        ("conv 3x3 16", "conv k3 16"),
        ("conv 3x3 16 valid", "conv kernel_size=3x3 out_channels=16 p0"),
        ("max 2x2", "maxpool 2"),
        ("max 3x3 s2", "MaxPool2d kernel=3 strides=2,2"),
        ("avg 2x2", "average 2"),
        ("dense 10 | relu", "fc 10\nReLU"),
        ("conv 3x3 4 same | conv 3x3 4 same", "conv 3x3 4 same *2"),
        ("conv 3x3 depthwise", "conv 3x3 groups=depthwise"),
        ("batch-norm | leaky-relu | global-avg", "BatchNorm2d | LeakyReLU | gap"),
    ],
)
def test_layers_may_be_spelled_otherwise(one: str, other: str) -> None:
    a, b = (network(f"input 16x16x4 | {line}") for line in (one, other))
    assert [(s.kind, s.result, s.window, s.parameters) for s in a.stages] == [
        (s.kind, s.result, s.window, s.parameters) for s in b.stages
    ]


def test_every_kind_has_an_example_that_works() -> None:
    for kind, known in KINDS.items():
        (layer,) = parse(known.example)
        assert layer.kind == kind
        assert stack(Shape((9, 9), 4), [layer]).stages[-1].kind == kind


def test_padding_is_given_as_anywhere() -> None:
    made = network("input 9x7x1 | conv 3x3 1 p0:1,2:2 | conv 3x3 1 p1,0 | max 2x2 same s2")
    assert [[(a.low, a.high) for a in stage.window.axes] for stage in made.stages] == [
        [(0, 1), (2, 2)],
        [(1, 1), (0, 0)],
        [(0, 0), (0, 1)],
    ]


def test_a_dense_layer_flattens_a_map() -> None:
    made = network("input 5x5x3 | dense 4")
    assert [stage.kind for stage in made.stages] == ["flatten", "dense"]
    assert made.parameters == 75 * 4 + 4


def test_shapes_of_inputs() -> None:
    assert shape_of("28×28") == Shape((28, 28), 1)
    assert shape_of((3, 4, 5)) == Shape((3, 4), 5)
    assert network("input 784 | dense 10").parameters == 7850
    for wrong in ("", "0x3", "axb", "1x2x3x4", "-3", 2.5, True, None):
        with pytest.raises(SettingError, match="is not a shape: use rows x columns x channels"):
            shape_of(wrong)


BAD = {
    "input 8x8x1 | conv 3x3 4 || dense 10": "layer 2, '': nothing stands here: write a layer, such as relu, or leave",
    "vgg61": "network 'vgg61' is unknown: did you mean vgg16?",
    "Le Net": "did you mean lenet?",
    "input 28x28x1 | cnov 3x3 6": "layer 1, 'cnov 3x3 6': 'cnov' is no layer: did you mean conv?",
    "input 28x28x1 | conv 3x3 6 | rleu": "layer 2, 'rleu': 'rleu' is no layer: did you mean relu?",
    "input 28x28x1 | conv 3x3 6 smae": "'smae' is not known here: did you mean same?",
    "input 28x28x1 | conv 3x3 6 relu": "'relu' is a layer of its own: write it after a bar, conv … | relu",
    "input 28x28x1 | conv 3x3 6 7": "filters is said twice, by '7' too: leave one out",
    "input 28x28x1 | conv 6": "conv has no kernel: write, for example, conv 3x3 16",
    "input 28x28x1 | conv 3x3": "conv has no filters: write how many, such as conv 3x3 16",
    "input 28x28x1 | max": "max has no kernel: write, for example, max 2x2 s2",
    "input 28x28x1 | dense": "dense has no units: write, for example, dense 10",
    "input 28x28x1 | dropout": "dropout has no rate: write, for example, dropout 0.5",
    "input 28x28x1 | dropout 1": "rate is 1: use 0 or more and less than 1",
    "input 28x28x1 | max 2x2 g2": "groups (g2) means nothing for max, which takes kernel",
    "input 28x28x1 | relu 0.1": "means nothing for relu, which takes no settings: leave it out",
    "input 28x28x1 | conv 3x3 6 s0": "stride is 0: use 1 or more",
    "input 28x28x1 | conv 3x3 6 s99999999999": "stride is '99999999999': use a whole number",
    "input 28x28x1 | conv 3x3x3 6": "kernel 3×3×3 has 3 sizes, for 2 axes",
    "input 5x5x1 | conv 3x3 6 | conv 7x7 8": "layer 2, 'conv 7x7 8', on 3×3×6: the window spans 7 cells",
    "input 5x5x4 | conv 3x3 6 g4": "on 5×5×4: groups is 4, which does not divide the 6 filters: use 4, 8, 12… filters",
    "input 5x5x1 | flatten | conv 3x3 6": "on 25: conv slides over rows and columns, and here is a vector",
    "input 5x5x1 | max 3x3 p0:1:2": "padding has more than low:high for an axis: use, for example, 0:1,2:2",
    "conv 3x3 6 | relu": "have no input: begin with its shape, such as input 28x28x1",
    "input 28x28x1": "there is no layer in",
    "input 9x9x9x9 | relu": "is not a shape",
    "input 9x9x1 | conv 3x3 4 *900": "repeat is 900: use at most 200",
    "input 4x4x1 | " + "x" * 5000: "is no layer",
    "input 4x4x1 | conv 1x1 4 p999999999 | conv 1x1 4 p999999999 | conv 1x1 4 p999999999": "which is out of reach",
}


@pytest.mark.parametrize("line", BAD)
def test_what_is_wrong_with_a_line_is_said(line: str) -> None:
    with pytest.raises(SettingError, match=re.escape(BAD[line])) as caught:
        network(line)
    assert len(str(caught.value)) < 600
    assert "\n" not in str(caught.value)


@given(text=st.text(st.sampled_from("conv max|x3 1s2p d=:,same0.5*−é\n"), max_size=40))
@settings(max_examples=200)
def test_any_line_is_a_network_or_refused_in_a_sentence(text: str) -> None:
    said = ""
    try:
        network(f"input 9x9x2 | {text}")
    except ConvvizError as problem:
        said = str(problem)
    assert "\n" not in said


# Files.

FILE = """\
name = "Mine"
input = "32x32x3"
note = "for small pictures"

[[layer]]
kind = "conv"
kernel = 3
filters = 32
padding = "same"
activation = "relu"
repeat = 2

[[layer]]
type = "MaxPool"
pool_size = [2, 2]

[[layer]]
kind = "conv"
kernel = "5x5"
filters = 64
strides = 2
padding = [[1, 2], [0, 1]]
bias = false
name = "last"

[[layer]]
kind = "dense"
units = 10
"""


def written(folder: Path, text: str | bytes, name: str = "mine.toml") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_file_of_tables(tmp_path: Path) -> None:
    made = network(written(tmp_path, FILE))
    line = "input 32x32x3 | conv 3x3 32 same | relu | conv 3x3 32 same | relu | max 2x2"
    other = network(f"{line} | conv 5x5 64 s2 p1:2,0:1 no-bias | dense 10")
    assert (made.name, made.notes) == ("Mine", ("for small pictures",))
    assert [(s.kind, s.result, s.window, s.parameters) for s in made.stages] == [
        (s.kind, s.result, s.window, s.parameters) for s in other.stages
    ]
    assert made.stages[5].layer.name == "last"
    assert [(stage.result.list, stage.parameters, stage.untrained) for stage in made.stages] == in_keras(made)


def test_a_file_with_a_line(tmp_path: Path) -> None:
    text = 'input = [32, 32, 3]\nlayers = """\nconv 3x3 8 same | relu\nmax 2x2\ndense 10\n"""\n'
    made = network(str(written(tmp_path, text, "other.toml")))
    assert made.name == "other"
    assert made.parameters == network("input 32x32x3 | conv 3x3 8 same | relu | max 2x2 | dense 10").parameters
    whole = network(written(tmp_path, 'layers = "input 32x32x3 | dense 10"'))
    assert whole.parameters == 30730


BAD_FILES: dict[str, tuple[str, ...]] = {
    FILE.replace('"conv"\nkernel = 3', '"cnov"\nkernel = 3'): ("line 6", "layer 1, kind", "did you mean conv?"),
    FILE.replace("pool_size", "pol_size"): ("line 15", "layer 2", "'pol-size' is no setting of max", "use kernel"),
    FILE.replace("filters = 64", "filtres = 64"): ("line 20", "layer 3", "did you mean filters?"),
    FILE.replace("filters = 64", "filters = -1"): ("line 20", "layer 3, filters", "filters is -1"),
    FILE.replace('"relu"', '"rleu"'): ("line 10", "layer 1, activation", "did you mean relu?"),
    FILE.replace('padding = "same"', 'padding = "smae"'): ("line 9", "layer 1, padding", "did you mean same?"),
    FILE.replace("units = 10\n", ""): ("line 26", "layer 4, units", "dense has no units"),
    FILE.replace('kind = "dense"\n', ""): ("line 26", "layer 4", "has no kind"),
    FILE.replace("repeat = 2", "repeat = 0"): ("line 11", "repeat"),
    FILE.replace("bias = false", 'bias = "perhaps"'): ("line 23", "bias", "use true or false"),
    FILE.replace('kernel = "5x5"', 'kernel = "55x5"'): ("'conv 55x5 64 s2", "on 16×16×32", "spans 55 cells"),
    FILE.replace("input", "inputs"): ("line 2", "'inputs' is unknown", "did you mean input?"),
    FILE.replace('name = "Mine"', "name = 3"): ("line 1", "name is '3': use text"),
    FILE.replace('input = "32x32x3"', 'input = "32"'): ("on 32", "slides over rows and columns"),
    FILE.replace('input = "32x32x3"', 'input = "big"'): ("'big' is not a shape",),
    FILE.replace('input = "32x32x3"', ""): ("has no input", "add, for example"),
    FILE.replace("32x32x3", "32x32x3\\n"[:-2] + '"\n'): ("is not TOML",),
    'input = "4x4"\n': ("has no layers", "add layers"),
    'input = "4x4"\nlayers = "relu"\n[[layer]]\nkind = "relu"\n': ("has layer and layers", "leave one of them out"),
    'input = "4x4"\nlayers = """\nmax 2x2\nconv 3x3 2 smae\n"""\n': ("line 4", "number 2", "did you mean same?"),
    'input = "4x4"\nlayers = 3\n': ("layers is '3'",),
    'input = "4x4"\n[[layers]]\nkind = "relu"\n': ("tables named layers", "[[layer]]"),
    'input = "4x4"\nlayer = 3\n': ("line 2", "write a [[layer]] for each"),
    'input = "4x4"\n[layer]\nkind = "relu"\n': ("write a [[layer]] for each",),
    'input = "4x4"\nlayer = [{kind = "cnov"}]\n': ("line 2", "layer 1, kind", "did you mean conv?"),
    'input = "4x4"\n[[layer]]\nkind = 3\n': ("line 3", "has the kind '3'"),
    "": ("has no layers",),
}


@pytest.mark.parametrize("text", BAD_FILES)
def test_what_is_wrong_with_a_file_is_said_with_its_line(text: str, tmp_path: Path) -> None:
    path = written(tmp_path, text)
    with pytest.raises(SettingError) as caught:
        network(path)
    said = str(caught.value)
    assert said.startswith(f"network {str(path)!r}")
    assert all(part in said for part in BAD_FILES[text]), said
    assert "\n" not in said


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="is not there: check the name"):
        network(tmp_path / "none.toml")
    with pytest.raises(FileError, match="is not text: save it as UTF-8"):
        network(written(tmp_path, b"name = '\xff'"))
    with pytest.raises(FileError, match="has over 1 MiB"):
        network(written(tmp_path, b"#" * (1 << 20) + b"##"))
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(FileError, match="is not an ordinary file"):
        network(tmp_path / "folder.toml")


# Tables.


def cells(line: str) -> list[str]:
    return [each.strip() for each in re.split(r"\s{2,}", line.strip())]


@pytest.mark.parametrize("name", NETWORKS)
def test_tables_hold_every_layer_and_the_totals(name: str) -> None:
    made = network(name)
    theirs = in_keras(made)
    text = table([made]).splitlines()
    assert text[0] == made.name
    body = text[3 : 3 + len(made.stages)]
    for line, (shape, parameters, _) in zip(body, theirs, strict=True):
        said = cells(line)
        assert said[4] == ("×".join(map(str, shape)) if len(shape) > 1 else f"{shape[0]:,}")
        assert said[5] == (f"{parameters:,}" if parameters else "–")
    total = cells(text[3 + len(made.stages)])
    assert total == ["total", f"{sum(each[1] for each in theirs):,}", f"{made.multiply_adds:,}"]
    marked = [line for line in table([made], "markdown").splitlines() if line.startswith("|")]
    assert len(marked) == len(made.stages) + 4
    assert all(line.count(" | ") == 7 for line in marked)
    known = json.loads(table([made], "json"))
    assert known == record(made)
    assert [(tuple(each["output"]), each["parameters"]) for each in known["layers"]] == [each[:2] for each in theirs]


def test_a_name_cannot_break_a_table() -> None:
    made = network("input 4x4x1 | dense 2", name="a | b\n# <b> `c`")
    marked = table([made], "markdown")
    assert marked.splitlines()[0] == r"### a \| b # \<b> \`c\`"
    assert table([made]).splitlines()[0] == "a | b # <b> `c`"


def test_alexnet_says_why_it_has_54() -> None:
    assert "55" in table([network("alexnet")])
    assert network("input 227x227x3 | conv 11x11 96 s4").stages[0].result.space == (55, 55)
    assert network("input 224x224x3 | conv 11x11 96 s4 p2").stages[0].result.space == (55, 55)


def test_an_unknown_table_is_refused() -> None:
    with pytest.raises(SettingError, match="table 'markdwon' is unknown: did you mean markdown"):
        table([network("lenet")], "markdwon")


# Figures.


@cache
def figure(seed: int) -> tuple[str, list[Network], Scene]:
    """Return a random figure: of one network or two, known or drawn."""
    r = np.random.default_rng(seed)
    chosen = [drawn(seed, "torch") if r.random() < 0.8 else network(str(r.choice([*NETWORKS])))]
    if r.random() < 0.35:
        chosen.append(drawn(seed + 1, "keras") if r.random() < 0.7 else network(str(r.choice([*NETWORKS]))))
    options = {
        "style": str(r.choice(STYLES)),
        "theme": str(r.choice([*THEMES])),
        "width": int(r.choice([640, 800, 1120, 1120, 1120, 1600])),
        **({"title": "A title that is as long as no title should ever be " * 3} if r.random() < 0.1 else {}),
    }
    return f"seed {seed} {options}\n{table(chosen)}", chosen, architecture(chosen, **options)


PARTS = 6
PART = pytest.mark.parametrize("part", range(PARTS))
FIGURES = range(90)


def moments(scene: Scene) -> list[int]:
    count = len(scene.frames)
    return sorted({0, count // 3, 2 * count // 3, count - 1})


@PART
def test_nothing_of_a_figure_overlaps_or_leaves_the_canvas(part: int) -> None:
    problems = []
    for seed in FIGURES[part::PARTS]:
        name, _, scene = figure(seed)
        for moment in moments(scene):
            canvas = Canvas(scene)
            for mark in scene.at(moment):
                canvas.put(mark)
                left, top, right, bottom = bounds(mark)
                if left < 0 or top < 0 or right > scene.width or bottom > scene.height:
                    problems.append(f"{name}\n    frame {moment}: {mark}")
            found = [*canvas.problems, *canvas.half_hidden()]
            problems += [f"{name}\n    frame {moment}: {said}" for said in found[:1]]
    report(problems)


@PART
def test_every_word_of_a_figure_is_whole_and_large_enough(part: int) -> None:
    for seed in FIGURES[part::PARTS]:
        name, chosen, scene = figure(seed)
        texts = [mark for mark in scene.at(-1) if isinstance(mark, Text)]
        for mark in texts:
            assert mark.size >= 13, name
            assert mark.length == pytest.approx(measure(mark.string, mark.size, mark.bold, mark.mono))
            assert "…" not in mark.string or mark.tag == "title", (name, mark.string)
        strings = {mark.string for mark in texts}
        for made in chosen:
            for part_ in parts(made):
                assert str(part_.shape) in strings, name
                brief, whole = part_.cells(brief=True), part_.cells(brief=False)
                for key in whole:
                    options = {brief[key], whole[key]} - {""}
                    typed = {each.split(" ")[0] for each in options}  # in a block, as s2 or p1
                    assert not options or options & strings or any(one in each for one in typed for each in strings), (
                        name,
                        key,
                    )


def fronts(scene: Scene) -> dict[tuple[int, int], Polygon]:
    """Return the front of every volume: the last face that is drawn of it."""
    found = {}
    for mark in scene.at(-1):
        if isinstance(mark, Polygon) and mark.tag.startswith("box/"):
            _, number, stage = mark.tag.split("/")
            found[int(number), int(stage)] = mark
    return found


@pytest.mark.parametrize("names", [["lenet"], ["alexnet"], ["vgg16"], ["lenet", "alexnet"]])
def test_volumes_are_drawn_to_the_scale_that_is_stated(names: list[str]) -> None:
    made = [network(name) for name in names]
    scene = architecture(made)
    said = " ".join(mark.string for mark in scene.base if isinstance(mark, Text) and mark.tag == "note")
    scale = math.sqrt if "square roots of rows and columns" in said else float
    assert "as rows and columns" in said or scale is math.sqrt
    found = fronts(scene)
    units, bars = set(), set()
    for number, each in enumerate(made):
        for part in parts(each):
            front = found[number, part.number + 1]
            if part.shape.space:
                rows_, columns = part.shape.space
                units |= {round(front.height / scale(rows_), 3), round(front.width / scale(columns), 3)}
            else:
                bars.add(round(front.height / math.log2(1 + part.shape.channels), 3))
    assert max(units) - min(units) < 0.01
    assert max(bars) - min(bars) < 0.01


def test_marked_regions_are_the_receptive_field() -> None:
    made = network("lenet")
    scene = architecture(made)
    found = fronts(scene)
    regions = [mark for mark in scene.at(-1) if isinstance(mark, Rect) and mark.tag == "region"]
    cell = tuple(range(size // 2, size // 2 + 1) for size in made.stages[made.last_map].result.space)
    seen = made.seen_from(cell, made.last_map)
    for part in parts(made)[:5]:
        front, (rows_, columns) = found[0, part.number + 1], seen[part.number + 1]
        high, wide = front.height / part.shape.space[0], front.width / part.shape.space[1]
        box = front.x + columns[0] * wide, front.y + rows_[0] * high, len(columns) * wide, len(rows_) * high
        assert any(np.allclose(box, (mark.x, mark.y, mark.width, mark.height), atol=1.1) for mark in regions), part


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("theme", ["light", "contrast"])
def test_a_gif_shows_every_frame_as_it_is_painted(style: str, theme: str, tmp_path: Path) -> None:
    scene = architecture(network("lenet"), style=style, theme=theme, width=800)
    with Picture.open(save(scene, tmp_path / "net.gif")) as picture:
        frames = [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(picture)]
    assert len(frames) == len(scene.frames)
    for number, frame in enumerate(frames):
        assert np.array_equal(frame, painted(scene, number)), number


def sentences(scene: Scene) -> list[list[str]]:
    frames = range(len(scene.frames))
    return [[m.string for m in scene.at(n) if isinstance(m, Text) and m.tag == "sentence"] for n in frames]


def test_what_is_said_step_by_step() -> None:
    said = sentences(architecture(network("lenet")))
    assert said[0] == ["input: 28·28·1 = 784 values"]
    assert said[1] == [
        "conv 5×5: ⌊(28 + 2·2 − 1·(5 − 1) − 1)/1⌋ + 1 = 28, so 28×28×6, then sigmoid",
        "parameters 6·(1·5·5 + 1) = 156 · multiply-adds 28·28·6·1·5·5 = 117,600",
    ]
    assert said[5] == ["flatten: 5·5·16 = 400 values in a row", "no parameters"]
    assert said[6][1] == "parameters 120·(400 + 1) = 48,120 · multiply-adds 120·400 = 48,000"
    assert said[9] == ["one value of avg pool 5×5×16: what does it come from?"]
    assert [line[0].split("comes from ")[-1] for line in said[10:]] == [
        "2×2 cells of conv 10×10×16",
        "6×6 cells of avg pool 14×14×6",
        "12×12 cells of conv 28×28×6",
        "16×16 cells of input 28×28×1",
    ]


@given(seed=SEEDS)
@settings(max_examples=25)
def test_the_arithmetic_that_is_written_is_right(seed: int) -> None:
    """What stands on both sides of an equals sign is the same, worked out by Python."""
    made = drawn(seed, "torch")
    checked = 0
    for line in (" ".join(frame) for frame in sentences(architecture(made, width=1600))):
        for worked in re.findall(r"[⌊⌈(\d][^a-z,:]*? = [\d,]+(?![\d·])", line):
            left, right = worked.split(" = ")[-2:]
            for sign, python in {"·": "*", "−": "-", "⌊": "floor(", "⌋": ")", "⌈": "ceil(", "⌉": ")"}.items():
                left = left.replace(sign, python)
            assert eval(left, {"floor": math.floor, "ceil": math.ceil}) == int(right.replace(",", "")), worked
            checked += 1
    assert checked


@pytest.mark.parametrize("style", STYLES)
def test_the_first_frame_shows_what_comes_and_the_last_everything(style: str) -> None:
    scene = architecture(network("lenet"), style=style)
    first, last = list(scene.at(0)), list(scene.at(-1))
    for mark in scene.base:
        assert mark in first
    kind = Polygon if style == "volumes" else Rect
    ghosts = [m for m in first if isinstance(m, kind) and m.tag.startswith("ghost/")]
    boxes = [m for m in last if isinstance(m, kind) and m.tag.startswith("box/")]
    assert len(ghosts) == len(boxes) == (27 if style == "volumes" else 9)
    assert len([m for m in first if isinstance(m, kind) and m.tag.startswith("box/")]) == len(boxes) / 9
    assert scene.frames[-1].seconds > scene.frames[0].seconds


@pytest.mark.parametrize("theme", THEMES)
def test_texts_are_legible_on_every_block_and_faces_are_told_apart(theme: str) -> None:
    known = THEMES[theme]
    colours = fills(known, {*FAMILIES})
    for family in FAMILIES:
        assert _contrast(known.palette["ink"], colours[family]) >= 7
    fronts_ = [colours[family] for family in FAMILIES]
    assert len(set(fronts_)) == len(fronts_)
    for family in FAMILIES:
        assert len({colours[family], colours[family + " side"]}) == 2


def test_a_figure_says_what_it_is() -> None:
    scene = architecture([network("lenet"), network("alexnet")])
    assert scene.title == "LeNet · AlexNet"
    assert "average pool 2×2 gives 14×14×6; conv 5×5 gives 10×10×16, then sigmoid" in scene.description
    assert "50,844,008 parameters" in scene.description
    assert [each["parameters"] for each in scene.settings["networks"]] == [61_706, 50_844_008]
    json.dumps(dict(scene.settings))


def test_what_cannot_be_drawn_is_refused() -> None:
    lenet = network("lenet")
    for call, words in (
        (lambda: architecture([]), "0 networks are not drawn in one figure: use 1 to 4"),
        (lambda: architecture(lenet, style="volume"), "style 'volume' is unknown: did you mean volumes?"),
        (lambda: architecture(lenet, theme="dakr"), "did you mean dark?"),
        (lambda: architecture(lenet, width=100), "width is 100 pixels: use 320 to 65535"),
        (lambda: architecture(lenet, hold=-1), "hold is −1: use 0 to 600 seconds"),
        (lambda: architecture(lenet, width=320, style="blocks"), "use a width of about"),
        (lambda: architecture(network("input 9x9x1" + " | max 1x1" * 130)), "are too many for a figure"),
    ):
        with pytest.raises(SettingError, match=re.escape(words)):
            call()
    with pytest.raises(SettingError) as caught:
        architecture(lenet, width=320, style="blocks")
    architecture(lenet, width=int(str(caught.value).split()[-1]), style="blocks")


# The command.


def test_the_command_prints_a_table() -> None:
    made = network("lenet")
    assert good("network", "lenet").out.decode() == table([made]) + "\n"
    for kind in ("text", "markdown", "json"):
        assert good("network", "lenet", "--table", kind).out.decode() == table([made], kind) + "\n"
    both = good("network", "lenet", "alexnet", "--table", "markdown").out.decode()
    assert both == table([made, network("alexnet")], "markdown") + "\n"


def test_the_command_draws(tmp_path: Path) -> None:
    names = [tmp_path / f"net{suffix}" for suffix in (".gif", ".png", ".svg", ".pdf")]
    outputs = [part for name in names for part in ("-o", str(name))]
    ended = good("network", "lenet", "--style", "blocks", "--theme", "dark", "--width", "900", *outputs)
    assert ended.out == b""
    assert [line.split(":")[0] for line in ended.err.splitlines()] == [f"wrote {name}" for name in names]
    assert "14 steps" in ended.err
    with Picture.open(names[0]) as picture:
        assert (picture.n_frames, picture.size[0]) == (14, 900)
    with Picture.open(names[1]) as picture:
        picture.load()
        record_ = json.loads(picture.text["convviz"])
    assert record_["figure"] == {"theme": "dark", "width": 900, "style": "blocks"}
    assert record_["networks"][0]["parameters"] == 61_706
    good("network", "lenet", "--table", "json", "-o", str(names[0]))
    with Picture.open(names[0]) as picture:
        assert picture.n_frames == 14


def test_the_command_draws_a_file_and_a_line(tmp_path: Path) -> None:
    path = written(tmp_path, FILE)
    out = tmp_path / "out.svg"
    good("network", str(path), "input 9x9x1 | conv 3x3 2 | dense 3", "-o", str(out), "--title", "Two of mine")
    text = out.read_text("utf-8")
    for said in ("Two of mine", "Mine", "Network", ">32×32×32<", ">7×7×2<"):
        assert said in text


def test_the_command_says_in_words_what_it_draws() -> None:
    said = good("network", "lenet", "--alt").out.decode()
    assert said.startswith("LeNet: input 28×28×1; conv 5×5 gives 28×28×6, then sigmoid;")


def test_a_still_shows_the_step_that_is_asked_for(tmp_path: Path) -> None:
    for step, said in (("first", "input: 28·28·1 = 784 values"), ("3", "average pool 2×2: "), ("last", "16×16 cells")):
        good("network", "lenet", "-o", str(tmp_path / "out.svg"), "--step", step)
        assert said in (tmp_path / "out.svg").read_text("utf-8")


BAD_COMMANDS = {
    ("vgg61",): "network 'vgg61' is unknown: did you mean vgg16?",
    ("lenet", "--table", "mrakdown"): "table 'mrakdown' is unknown: did you mean markdown?",
    ("lenet", "--style", "block", "-o", "out.svg"): "style 'block' is unknown: did you mean blocks?",
    ("lenet", "-o", "out.json"): ".json is for one operation, and this is none: use .gif .png .svg .pdf .html",
    ("lenet", "--theme", "dark"): "theme means nothing without a figure: add -o out.gif",
    ("lenet", "--step", "3"): "step means nothing without a figure",
    ("lenet", "--step", "3", "-o", "out.gif"): "step 3 means nothing for .gif, which shows every step",
    ("lenet", "--step", "99", "-o", "out.svg"): "step '99' is not there: use 1 to 14, first or last",
    ("lenet", "--hold", "3", "-o", "out.svg"): "hold means nothing for .svg, which shows one step",
    ("lenet", "--width", "wide", "-o", "out.svg"): "width 'wide' is not a whole number",
    ("lenet", "--width", "90000", "-o", "out.gif"): "over the cap of 1 GiB",
    ("lenet", "--alt", "--table", "text"): "table and alt would be mixed on standard output: leave one out",
    ("lenet", "--format", "gif"): "format 'gif' means nothing without -o -",
    ("none.toml",): "network 'none.toml' is not there: check the name",
    (
        "lenet",
        "lenet",
        "lenet",
        "lenet",
        "lenet",
        "-o",
        "out.svg",
    ): "5 networks are not drawn in one figure: use 1 to 4",
}


@pytest.mark.parametrize("args", BAD_COMMANDS)
def test_a_bad_command_is_refused_in_a_sentence(
    args: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = run("network", *args)
    assert ended.code == 2
    assert ended.out == b""
    assert ended.err.startswith("convviz: ")
    assert BAD_COMMANDS[args] in ended.err
    assert ended.err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_the_page_about_networks_is_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Path(__file__).parent.parent / "docs" / "networks.md"
    if not source.exists():
        pytest.skip("installed without the documentation")
    monkeypatch.chdir(tmp_path)
    text = source.read_text("utf-8")
    found: dict[str, list[str]] = {}
    for language, code in re.findall(r"```(\w*)\n(.*?)```", text, re.DOTALL):
        found.setdefault(language, []).append(code)
    for line in found["sh"][0].splitlines():
        good(*shlex.split(line)[1:])
    assert {path.name for path in tmp_path.iterdir()} == {"lenet.svg", "both.gif", "mine.png", "edges.gif"}
    made = network(written(tmp_path, found["toml"][0]))
    assert [str(stage.result) for stage in made.stages if stage.window] == [
        "32×32×32",
        "32×32×32",
        "16×16×32",
        "8×8×64",
    ]
    written(tmp_path, found["toml"][0].replace("filters = 32", "filtres = 32"))
    said = run("network", "mine.toml").err.removeprefix("convviz: ")
    assert said == found[""][0]
    exec(found["python"][0], {})
    for kind in KINDS:
        if kind.replace("-", "_") not in ACTIVATIONS:
            assert f"`{kind}`" in text, kind
    for example in re.findall(r"^\| `.*\| `([^`]*)` \|$", text, re.MULTILINE):
        assert parse(example)


# Layers that are not on every network: transposed, adaptive, Lp.


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("transpose 3x3 8 stride 2 padding 1 op1", "ConvTranspose2d 3x3 8 s2 p1 output_padding=1"),
        ("transpose 3x3 8 s2 same", "deconv k3 filters=8 stride=2 padding same"),
        ("adaptive-avg 7", "AdaptiveAvgPool2d output-size=7"),
        ("adaptive-max 7x5", "adaptive-max-pool bins=7,5"),
        ("lp 2x2 norm 3", "LPPool2d 2 norm_type=3"),
        ("conv 3x3 8 stride 2 groups 2", "conv 3x3 8 s2 g2"),
    ],
)
def test_other_layers_are_typed_in_several_ways(typed: str, meant: str) -> None:
    one, other = parse(typed)[0], parse(meant)[0]
    bare = {"said": "", "output_size": (), "kernel": (), "padding": 0, "stride": None, "output_padding": 0}
    assert replace(one, **bare) == replace(other, **bare)
    for name in ("output_size", "kernel", "padding", "stride", "output_padding"):
        a, b = getattr(one, name), getattr(other, name)
        assert set(a if isinstance(a, tuple) else [a]) == set(b if isinstance(b, tuple) else [b])


def test_a_table_of_a_file_has_them_too(tmp_path: Path) -> None:
    file = tmp_path / "up.toml"
    file.write_text(
        'input = "5x5x2"\n[[layer]]\nkind = "transpose"\nkernel = 3\nfilters = 4\nstride = 2\noutput_padding = 1\n'
        '[[layer]]\nkind = "adaptive-avg"\noutput_size = [3, 2]\n[[layer]]\nkind = "lp"\nkernel = 2\nnorm = 3\n'
    )
    line = "input 5x5x2 | transpose 3x3 4 s2 op1 | adaptive-avg 3x2 | lp k2 norm 3"
    made, same = network(file), network(line)
    assert [stage.result for stage in made.stages] == [stage.result for stage in same.stages]
    assert made.parameters == same.parameters == 4 * (2 * 9 + 1)
    known = record(made)["layers"]
    assert known[0]["stride"] == [2, 2]
    assert known[0]["output_padding"] == [1, 1]
    assert known[1].keys() & {"kernel", "stride"} == set()
    assert known[2]["norm_type"] == 3


def test_the_field_behind_them_is_the_most_cells_that_one_value_comes_of() -> None:
    line = "input 9x11x1 | conv 3x3 2 | transpose 3x2 2 s2 p1,0 | conv 3x3 1 same | adaptive-avg 4x3 | lp 2x2 s1"
    made = network(line)
    for number, stage in enumerate(made.stages):
        if stage.window is None:
            continue
        space = stage.result.space
        most = [0, 0]
        for row, column in itertools.product(range(space[0]), range(space[1])):
            seen = made.seen_from(((row,), (column,)), number)[0]
            most = [max(one, cells[-1] - cells[0] + 1 if cells else 0) for one, cells in zip(most, seen, strict=True)]
        assert made.field(number) == tuple(most)


def test_multiply_adds_of_a_transposed_convolution_are_those_of_its_stamps() -> None:
    stage = network("input 5x7x4 | transpose 3x2 6 s2 g2").stages[0]
    assert stage.multiply_adds == 5 * 7 * 4 * 3 * 3 * 2
    assert "5·7·4·3·3·2 = 2,520" in " ".join(steps(parts(network("input 5x7x4 | transpose 3x2 6 s2 g2"))[1]))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("input 5x5x1 | transpose 3x3 s2", "transpose has no filters: write how many, such as transpose 3x3 16"),
        ("input 5x5x1 | adaptive-avg", "adaptive-avg has no output-size: write, for example, adaptive-avg 7"),
        ("input 5x5x1 | adaptive-avg 1x2x3", "output-size 1×2×3 has 3 sizes, for 2 axes"),
        ("input 5x5x1 | adaptive-avg 3 s2", "stride (s2) means nothing for adaptive-avg"),
        ("input 5x5x1 | lp 2x2 norm 0", "norm-type is 0: use a number above 0"),
        ("input 5x5x1 | conv 3x3 4 stride", "stride has no value: write it after the word, such as stride 2"),
        ("input 5x5x1 | max 2x2 norm 3", "norm-type (norm=3) means nothing for max"),
        ("input 5x5x1 | transpose 3x3 4 op1", "output_padding is 1 on rows, but it must be less than the stride"),
    ],
)
def test_bad_settings_of_them_are_refused(line: str, said: str) -> None:
    with pytest.raises(SettingError, match=re.escape(said)):
        network(line)


@pytest.mark.parametrize("style", ["volumes", "blocks"])
def test_they_are_drawn(style: str) -> None:
    made = network("input 12x12x3 | conv 3x3 4 | transpose 3x3 8 s2 op1 | adaptive-avg 5x4 | lp 2x2 norm 3 | dense 3")
    scene = architecture(made, style=style)
    texts = {
        mark.string for mark in [*scene.base, *(m for f in scene.frames for m in f.moving)] if isinstance(mark, Text)
    }
    assert any("transposed conv" in text for text in texts)
    assert any("adaptive avg" in text or "adaptive average" in text for text in texts)
    assert any("p = 3" in text for text in texts)
