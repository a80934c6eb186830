import os

import pytest
from conftest import need

from convviz import network
from convviz.building import build
from convviz.errors import SettingError

os.environ.setdefault("KERAS_BACKEND", "torch")
NETWORKS = [
    "lenet",
    "alexnet",
    "input 9x8x4 | conv 3x2 8 s2,1 p1 g2 no-bias | gelu | max 2x2 s1 | batch-norm | global-avg | dense 3 no-bias",
    "input 12x12x1 | conv 3x3 2 d2 | hard-swish | avg 3x3 s2 | dropout 0.25 | conv 4x4 5 same | softplus | global-max",
    "input 20 | dense 7 | tanh | batch-norm | dense 2 | softmax",
]


@pytest.mark.parametrize("line", NETWORKS)
def test_pytorch_builds_the_same_shapes_and_parameters(line):
    torch = need("torch")
    known = network(line)
    names: dict = {}
    with torch.device("meta"):
        exec(build(known, "torch"), names)
        model = names["model"].eval()
        out = model(torch.empty(1, known.input.channels, *known.input.space))
    assert tuple(out.shape[1:]) == (known.output.channels, *known.output.space)
    trained = sum(each.numel() for each in model.parameters())
    assert trained == known.parameters - known.untrained


@pytest.mark.parametrize("line", NETWORKS)
def test_keras_builds_the_same_shapes_and_parameters(line):
    need("keras")
    known = network(line)
    names: dict = {}
    exec(build(known, "keras"), names)
    model = names["model"]
    assert model.count_params() == known.parameters
    assert model.output_shape[1:] == known.output.list


@pytest.mark.parametrize(
    ("line", "language", "said"),
    [
        ("input 8x8x1 | min 2x2", "keras", "layer 'min 2x2' is not in Keras"),
        ("input 8x8x1 | min 2x2", "torch", "layer 'min 2x2' is not in PyTorch"),
        ("input 8x8x1 | max 2x2 p1", "keras", "is not in Keras"),
        ("input 8x8x1 | conv sobel-x", "torch", "is not in PyTorch"),
        ("lenet", "jax", "code 'jax' is unknown: use keras or torch"),
    ],
)
def test_what_a_framework_lacks_is_refused(line, language, said):
    with pytest.raises(SettingError, match=said):
        build(network(line), language)
