import contextlib
import io
import os

import numpy as np
import pytest
from commands import good, run
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
    "input 7x6x4 | transpose 3x3 6 s2 p1 op1 | relu | transpose 2x2 4 s2 no-bias | adaptive-avg 5x3 | dense 3",
    "input 5x5x2 | transpose 3x3 6 s2 same | adaptive-max 4 | transpose 4x3 2 s2,1 p1 | transpose 3x3 4 p2,1 d2",
    "input 6x6x1 | transpose 3x3 4 s3 op2 | transpose 2x2 3 s2 same | transpose 3x3 2 p0:1,2:1",
    "input 20 | dense 7 | tanh | batch-norm | dense 2 | softmax",
]


ONLY_TORCH = [
    "input 8x8x4 | transpose 3x3 6 s2 p1 g2 | lp 2x2 norm 3 | transpose 2x3 4 s2 d2 | lp 3x3 s2 norm inf",
]


@pytest.mark.parametrize("line", NETWORKS + ONLY_TORCH)
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


@pytest.mark.parametrize("name", ["lenet", "alexnet", "input 6x6x2 | avg 3x3 s1 same | batch-norm | dense 3"])
def test_code_runs_as_it_is_printed_and_says_the_same_counts(name):
    torch, keras = need("torch"), need("keras")
    known = network(name)
    for language in ("keras", "torch"):
        printed = good("network", name, "--code", language).out.decode()
        assert printed == known.code(language) + "\n"
        assert f"· {known.parameters:,} parameters" in printed.splitlines()[0]
        names: dict = {}
        with torch.device("meta" if language == "torch" else "cpu"), contextlib.redirect_stdout(io.StringIO()) as said:
            exec(printed, names)
        if language == "keras":
            assert names["model"].count_params() == known.parameters
            assert f"Total params: {known.parameters:,}" in said.getvalue()
        else:
            assert said.getvalue().splitlines()[-1] == f"{known.parameters - known.untrained:,} parameters"
    assert keras.backend.backend() == "torch"


def test_an_average_with_padding_same_leaves_it_out_in_both_frameworks():
    torch, _ = need("torch"), need("keras")
    known = network("input 5x5x1 | avg 3x3 s1 same")
    x = np.arange(25, dtype=np.float32).reshape(1, 1, 5, 5)
    names: dict = {}
    exec(build(known, "torch"), names)
    theirs = names["model"](torch.from_numpy(x)).numpy()[0, 0]
    exec(build(known, "keras"), names)
    assert np.allclose(theirs, names["model"](np.moveaxis(x, 1, -1)).numpy()[0, :, :, 0])


def test_what_is_printed_is_one_thing_and_a_table_is_named_for_numbers(tmp_path):
    assert "table and code would be mixed" in run("network", "lenet", "--code", "keras", "--table", "json").err
    assert "code 'jax' is unknown: use keras or torch" in run("network", "lenet", "--code", "jax").err
    out = str(tmp_path / "x.json")
    assert "use .gif .png .svg .pdf .html, or --table json on standard output" in run("network", "lenet", "-o", out).err
    both = good("network", "lenet", "--code", "keras,pytorch").out.decode()
    assert both.count("# LeNet: 28×28×1 → 10 · 61,706 parameters") == 2


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
        ("input 8x8x1 | conv 3x3 4 s2 d2", "keras", "is not in Keras"),
        ("input 8x8x1 | transpose 2x2 2 s3 same", "keras", "is not in Keras"),
        ("input 8x8x1 | transpose 2x2 2 s3 same", "torch", "is not in PyTorch"),
        (ONLY_TORCH[0], "keras", "is not in Keras"),
        ("input 8x8x1 | lp 2x2", "keras", "'lp 2x2' is not in Keras"),
        ("input 8x8x1 | lp 2x2 p1", "torch", "is not in PyTorch"),
        ("lenet", "jax", "code 'jax' is unknown: use keras or torch"),
    ],
)
def test_what_a_framework_lacks_is_refused(line, language, said):
    with pytest.raises(SettingError, match=said):
        build(network(line), language)
