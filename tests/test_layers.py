"""Softmax, dense, flatten, batch normalisation and dilated kernels against PyTorch; their pictures and commands."""

from __future__ import annotations

import io
import json
import math
import os
import re
from collections.abc import Callable
from functools import cache
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from commands import good, run
from conftest import need
from PIL import Image as Picture
from test_layout import Canvas, bounds, ink

import convviz
from convviz import Scene, SettingError, batch_norm, dense, dense_dropout, dilate, draw, dropout, flatten, softmax
from convviz.activations import NAMES
from convviz.kernels import made_up
from convviz.saving import FIGURES
from convviz.scene import Line, Rect, Text
from convviz.summary import described, layer_record, summary
from convviz.theme import THEMES
from convviz.write import gif, png

os.environ.setdefault("KERAS_BACKEND", "torch")
torch = need("torch")
F = torch.nn.functional
CELLS = re.compile(r"^[A-Za-z ]+/\d+/\d+/\d+$")  # tags of what is written in cells

# Softmax.


@pytest.mark.parametrize("dim", [0, 1, -1])
def test_softmax_is_that_of_torch(dim: int) -> None:
    r = np.random.default_rng(0)
    for scale in (1, 10, 1000, 1e300):
        x = r.normal(0, scale, (7, 5)) if scale < 1e300 else 1e308 * r.uniform(-1, 1, (7, 5))
        made = softmax(x, dim)
        np.testing.assert_allclose(made.output, F.softmax(torch.tensor(x), dim).numpy(), rtol=1e-12, atol=1e-300)
        np.testing.assert_allclose(made.output.sum(axis=dim), 1, rtol=1e-13)
        np.testing.assert_allclose(made.output, made.exponentials / made.sums, rtol=1e-15)


def test_softmax_of_integers_is_that_of_their_floats() -> None:
    x = np.random.default_rng(1).integers(-1000, 1000, (4, 3, 5))
    np.testing.assert_allclose(
        softmax(x, 1).output, F.softmax(torch.tensor(x, dtype=torch.float64), 1).numpy(), rtol=1e-12
    )
    assert softmax([2**62, -(2**62)]).output.tolist() == [1.0, 0.0]
    assert softmax(np.float32([1, 2])).output.dtype == np.float32


def test_the_jacobian_is_that_of_automatic_differentiation() -> None:
    for x in ([2.0, 1.0, 0.1], [1000.0, 0.0, -1000.0], [5.0]):
        theirs = torch.autograd.functional.jacobian(lambda z: F.softmax(z, 0), torch.tensor(x, dtype=torch.float64))
        np.testing.assert_allclose(softmax(x).jacobian(), theirs.numpy(), rtol=1e-12, atol=1e-15)


@pytest.mark.filterwarnings("error")
def test_softmax_masks_with_infinity_and_says_nan() -> None:
    x = [[0.0, -np.inf, 0.0], [np.inf, 0, 1], [-np.inf] * 3, [np.nan, 0, 1]]
    np.testing.assert_array_equal(softmax(x).output, F.softmax(torch.tensor(x, dtype=torch.float64), 1).numpy())
    assert len(draw(softmax(x)).frames) == 4
    assert "NaN" in summary(softmax(x))


def test_probabilities_are_rounded_where_they_are_not_rational() -> None:
    assert softmax([3, 3, 3, 3]).formats[3].exact
    assert not softmax([3, 3, 3]).formats[3].exact  # thirds
    assert not softmax([800, 0]).formats[3].exact  # 1 and 0 in floating point, but not in truth
    assert "0.333" in summary(softmax([3, 3, 3]))
    assert "(these rounded ones: 0.999)" in summary(softmax([3, 3, 3]))
    assert "rounded ones" not in summary(softmax([2, 1, 0.1]))


def test_each_step_of_softmax_says_its_arithmetic() -> None:
    said = sentences(draw(softmax([2, 0])))
    assert said == [
        "e^(z[0] − m) = e^(2 − 2) = 1.000",
        "e^(z[1] − m) = e^(0 − 2) ≈ 0.135",
        "sum = 1.000 + 0.135 ≈ 1.135",
        "p[0] = 1.000 / 1.135 ≈ 0.881",
        "p[1] = 0.135 / 1.135 ≈ 0.119",
    ]
    assert sentences(draw(softmax([[1, 2], [4, 0]])))[1] == "row 1: the largest probability is p[0] 0.982"


# Dense.


@pytest.mark.parametrize("biased", [True, False])
def test_dense_is_that_of_torch(biased: bool) -> None:
    r = np.random.default_rng(2)
    for _ in range(40):
        n, m, batch = (int(each) for each in r.integers(1, 9, 3))
        x, w, b = r.integers(-9, 9, (batch, n)), r.integers(-3, 4, (m, n)), r.integers(-5, 5, m)
        made = dense(x, w, b if biased else None)
        theirs = F.linear(
            *(torch.tensor(each, dtype=torch.float64) for each in (x, w)), torch.tensor(b * 1.0) if biased else None
        )
        assert made.output.tolist() == theirs.numpy().tolist()
        assert len(made) == made.output.size
        for step in made:
            assert step.value == made.output.flat[step.index]
            assert step.seen.tolist() == x[step.position[0]].tolist()
            assert int(step.products.sum()) + (int(b[step.filter]) if biased else 0) == step.value
        floats = dense(x * 0.1, w * 0.7, b * 0.3)
        theirs = F.linear(torch.tensor(x * 0.1), torch.tensor(w * 0.7), torch.tensor(b * 0.3)).numpy()
        np.testing.assert_allclose(floats.output, theirs, rtol=1e-12, atol=1e-12)


def test_the_parameters_of_dense_are_those_of_keras() -> None:
    keras = need("keras")
    for n, m in ((6, 4), (400, 120), (1, 1)):
        layer = keras.layers.Dense(m)
        layer.build((None, n))
        made = dense(np.zeros(n, dtype=int), np.zeros((m, n), dtype=int), 0)
        assert f"= {layer.count_params():,} parameter" in made.about


def test_dense_weights_that_are_fractions_stay_exact() -> None:
    made = dense([1, 2, 3], np.ones((2, 3)) / 3)
    assert made[0].sentence == "output[0] = (1 + 2 + 3) / 3 = 6/3 = 2"
    assert "1/3 · W 2×3" in strings(convviz.animate(made))


def test_a_dense_layer_is_written_in_every_format(tmp_path) -> None:
    made = dense([1, 3, 0, 2], made_up((3, 4)), [1, 0, -1])
    for suffix in (".gif", ".png", ".svg", ".pdf", ".html", ".json", ".csv", ".npy", ".txt"):
        assert convviz.save(made, tmp_path / f"dense{suffix}").stat().st_size
    with pytest.raises(SettingError, match="no window that walks"):
        convviz.strip(made, 2)
    for name in ("shade", "blank"):
        with pytest.raises(SettingError, match=name):
            convviz.animate(made, **{name: ["output"] if name == "blank" else True})
    with pytest.raises(SettingError, match="values=False"):
        convviz.animate(made, values=False)


def test_lines_lead_from_every_input_to_the_unit() -> None:
    made = dense([1, 3, 0, 2], made_up((3, 4)))
    scene = convviz.animate(made)
    for unit, frame in enumerate(scene.frames):
        into = sorted(mark.tag for mark in frame.moving if isinstance(mark, Line))
        assert into == [f"line/{each}/{unit}" for each in range(4)]


# Flatten.


@pytest.mark.parametrize("shape", [(2, 4, 4), (3, 2, 5), (1, 1, 1), (4, 3)])
def test_flatten_is_that_of_torch_and_of_keras(shape: tuple[int, ...]) -> None:
    keras = need("keras")
    x = np.random.default_rng(3).integers(0, 99, shape)
    planes = x.reshape((1,) * (3 - x.ndim) + x.shape)
    ours = flatten(x)
    assert ours.output.tolist() == torch.flatten(torch.tensor(planes)).tolist()
    last = np.moveaxis(planes, 0, -1)[None].astype(np.float32)
    theirs = keras.layers.Flatten(data_format="channels_last")(last).numpy()[0]
    ours = flatten(x, order="keras")
    assert ours.output.tolist() == theirs.tolist()
    for order in ("torch", "keras"):
        made = flatten(x, order=order)
        assert [planes[tuple(place)] for place in made.places.tolist()] == made.output.tolist()
    assert ours.average.output.ravel() == pytest.approx(planes.mean(axis=(1, 2)))
    assert ours.largest.output.ravel().tolist() == planes.max(axis=(1, 2)).tolist()


def test_the_parameters_after_flatten_are_those_of_keras() -> None:
    keras = need("keras")
    made = flatten(np.zeros((2, 4, 4), dtype=int), units=10)
    for layer, inputs in ((keras.layers.Flatten(), 32), (keras.layers.GlobalAveragePooling2D(), 2)):
        model = keras.Sequential([keras.Input((4, 4, 2)), layer, keras.layers.Dense(10)])
        assert model.count_params() == made.parameters(inputs)
    said = strings(draw(made))
    assert any("32·10 + 10 = 330 parameters" in each for each in said)
    assert sum("2·10 + 10 = 30 parameters" in each for each in said) == 2


@pytest.mark.parametrize("order", ["torch", "keras"])
def test_the_index_in_the_sentence_is_where_the_value_goes(order: str) -> None:
    x = np.random.default_rng(4).integers(0, 99, (2, 3, 4))
    made = flatten(x, order=order)
    for number, said in enumerate(sentences(draw(made))):
        found = re.fullmatch(r"index (.+) = (\d+):  flat\[(\d+)\] = input\[(\d), (\d), (\d)\] = (\d+)", said)
        assert found, said
        assert eval(found[1].replace("·", "*")) == int(found[2]) == int(found[3]) == number
        assert x[int(found[4]), int(found[5]), int(found[6])] == int(found[7]) == made.output[number]


# Batch normalisation.


def test_batch_norm_is_that_of_torch() -> None:
    r = np.random.default_rng(5)
    for _ in range(40):
        shape = tuple(int(each) for each in r.integers(1, 6, 4))
        if shape[0] * shape[2] * shape[3] == 1:
            continue  # PyTorch refuses one value a channel
        x, gamma, beta = r.integers(-9, 9, shape), r.normal(size=shape[1]), r.normal(size=shape[1])
        eps = float(r.choice([1e-5, 1e-3, 0.5]))
        made = batch_norm(x, gamma, beta, eps=eps)
        tensors = [torch.tensor(each, dtype=torch.float64) for each in (x, gamma, beta)]
        theirs = F.batch_norm(tensors[0], None, None, tensors[1], tensors[2], training=True, eps=eps)
        np.testing.assert_allclose(made.output, theirs.numpy(), rtol=1e-10, atol=1e-11)
        np.testing.assert_allclose(made.variance, x.var(axis=(0, 2, 3)), rtol=1e-12)  # NumPy's is the biased one
        np.testing.assert_allclose(made.mean, x.mean(axis=(0, 2, 3)), rtol=1e-12, atol=1e-14)


def test_batch_norm_is_that_of_keras() -> None:
    keras = need("keras")
    x = np.random.default_rng(6).normal(3, 2, (4, 5, 5, 3)).astype(np.float32)
    theirs = keras.layers.BatchNormalization()(x, training=True).detach().numpy()
    ours = batch_norm(np.moveaxis(x, -1, 1), eps=1e-3).output
    np.testing.assert_allclose(ours, np.moveaxis(theirs, -1, 1), rtol=1e-4, atol=1e-5)


def test_what_is_normalised_has_mean_0_and_variance_1() -> None:
    made = batch_norm(np.random.default_rng(7).normal(5, 3, (8, 4, 6, 6)), eps=0)
    np.testing.assert_allclose(made.normalised.mean(axis=(0, 2, 3)), 0, atol=1e-13)
    np.testing.assert_allclose(made.normalised.var(axis=(0, 2, 3)), 1, rtol=1e-12)


def test_each_stage_of_batch_norm_says_its_arithmetic() -> None:
    said = sentences(draw(batch_norm([[[0, 2], [4, 6]]], [2], [-1])))
    assert said == [
        "μ[0] = (0 + 2 + 4 + 6) / 4 = 3",
        "σ²[0] = ((0 − 3)² + (2 − 3)² + (4 − 3)² + (6 − 3)²) / 4 = 5",
        "normalised[0, 0, 0] = (0 − 3) / √(5 + 1e−5) ≈ −1.34",
        "y[0, 0, 0] = 2 · (−1.34) − 1 ≈ −3.68",
    ]
    assert "≈" in sentences(draw(batch_norm(np.arange(9).reshape(1, 3, 3))))[1]


# Dilated kernels.


@pytest.mark.parametrize("dilation", [1, 2, 3, (2, 1), (1, 4)])
def test_a_dilated_kernel_convolves_as_dilation_does(dilation: Any) -> None:
    """An ordinary convolution with it is the dilated convolution with the kernel."""
    r = np.random.default_rng(8)
    weights, x = r.integers(-3, 4, (2, 3)), r.integers(0, 9, (12, 12))
    made = dilate(weights, dilation)
    plain, dilated = convviz.conv2d(x, made.output), convviz.conv2d(x, weights, dilation=dilation)
    assert plain.output.tolist() == dilated.output.tolist()
    assert made.dilated.shape == tuple(axis.span for axis in dilated.window.axes)
    assert made.dilated[made.taps == 1].tolist() == weights.ravel().tolist()
    assert not made.dilated[made.taps == 0].any()


def test_the_lesson_s_dilated_kernel() -> None:
    made = dilate(np.arange(1, 10).reshape(3, 3), 2)
    assert made.dilated.tolist() == [[1, 0, 2, 0, 3], [0] * 5, [4, 0, 5, 0, 6], [0] * 5, [7, 0, 8, 0, 9]]
    scene = draw(made)
    shown = {m.tag: m.string for m in scene.base if isinstance(m, Text) and m.tag.startswith("dilated/")}
    assert [[shown[f"dilated/0/{i}/{j}"] for j in range(5)] for i in range(5)] == [
        [str(value) for value in row] for row in made.dilated.tolist()
    ]
    hatched = {m.tag for m in scene.base if isinstance(m, Rect) and m.hatch}
    assert len(hatched) == 16
    assert dilate(np.ones((3, 3)) / 9, 2).divisor == 9
    np.testing.assert_allclose(dilate(np.ones((3, 3)) / 9, 2).output.sum(), 1)


# What is wrong.


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: softmax(3), "a single number"),
        (lambda: softmax([1, 2], 1), "dim 1 is not an axis"),
        (lambda: softmax([1, 2], True), "dim True is not"),
        (lambda: softmax([1, 2], 0.5), "dim 0.5 is not"),
        (lambda: dense([[[1]]], [[1]]), "flatten it first"),
        (lambda: dense([1, 2], [[1, 2, 3]]), "use a weight of shape (units, 2)"),
        (lambda: dense([1, 2], [1, 2]), "use a weight of shape (units, 2)"),
        (lambda: dense([1, 2], [[1, 2]], [1, 2]), "bias has 2 values"),
        (lambda: flatten([1, 2, 3]), "feature maps have"),
        (lambda: flatten([[1]], order="tf"), "order 'tf' is unknown"),
        (lambda: flatten([[1]], units=0), "units is 0"),
        (lambda: batch_norm([1, 2]), "input has 1 axes"),
        (lambda: batch_norm([[1, 1]], eps=0), "all values of channel 0 are equal"),
        (lambda: batch_norm([[1, 2]], eps=-1), "eps -1 is not a number"),
        (lambda: batch_norm([[1, 2]], eps="x"), "eps 'x' is not a number"),
        (lambda: batch_norm([[1, 2]], weight=[1, 2]), "weight has 2 values, but there is 1 channel"),
        (lambda: batch_norm([[1, 2]], bias=[math.nan]), "bias holds NaN"),
        (lambda: dilate(np.ones((2, 2, 2))), "a matrix has rows and columns"),
        (lambda: dilate([1, 2], 0), "dilation is 0"),
        (lambda: dilate([[1, 2]], (1, 2, 3)), "dilation has 3 values"),
        (lambda: dilate(np.ones((9, 9)), 10_000), "use a smaller one"),
        (lambda: draw(softmax(np.zeros((2, 2, 2)))), "is not drawn: give a vector"),
        (lambda: draw(softmax(np.zeros(100))), "does not fit the figure: give at most"),
        (lambda: draw(softmax(np.zeros((40, 40)))), "does not fit"),
        (lambda: draw(dropout(np.zeros((2, 2, 2)))), "is not drawn"),
        (lambda: draw(flatten(np.zeros((20, 2, 2)))), "give at most 8"),
        (lambda: draw(flatten(np.zeros((2, 30, 30)))), "use fewer cells"),
        (lambda: draw(batch_norm(np.zeros((9, 1, 2, 2)), eps=1)), "give at most 4"),
        (lambda: draw(batch_norm(np.random.default_rng(0).normal(size=(1, 2, 20, 20)))), "use fewer cells"),
        (lambda: draw(dense_dropout(np.ones(20), np.ones((2, 20)))), "use at most 10 in each"),
        (lambda: convviz.animate(dense(np.ones(20), np.ones((2, 20)))), "use at most 12 of each"),
        (lambda: draw(dilate(np.ones((30, 30)), 9)), "use fewer cells"),
        (lambda: draw(dilate([1, 2]), width=10), "width is 10 pixels"),
        (lambda: draw(dropout([1, 2]), hold=-1), "hold is −1"),
        (lambda: draw(dropout([1, 2]), steps=[2]), "step 3 is not there: use 1 to 2"),
        (lambda: draw(dropout([1, 2]), steps=[]), "steps is empty"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(make: Callable[[], object], said: str) -> None:
    with pytest.raises(SettingError, match=r"^[^\n]{15,400}$") as problem:
        make()
    assert said in str(problem.value)


# Pictures: layouts over many settings.


def layer(r: np.random.Generator) -> Callable[..., Scene]:
    """Return what draws a random layer."""
    scale = int(r.choice([3, 10, 100, 3000]))
    values = r.integers(-scale if r.random() < 0.5 else 0, scale, (4, 4, 6, 6)) * (
        r.random() if r.random() < 0.3 else 1
    )
    rows, columns = (int(each) for each in r.integers(1, 7, 2))
    plane = values[0, 0, :rows, :columns]
    kind = str(r.choice(["softmax", "dropout", "between", "flatten", "norm", "dilated", "dense", "activation"]))
    if kind == "softmax":
        made: Any = softmax(
            plane if r.random() < 0.5 else plane[0] if plane[0].size > 1 else [1, 2], int(r.choice([-1, 0]))
        )
    elif kind == "dropout":
        big = r.integers(0, 255, (30, 40))
        made = dropout(
            big if r.random() < 0.2 else plane[0] if r.random() < 0.3 else plane, float(r.choice([0, 0.1, 0.2, 0.5]))
        )
    elif kind == "between":
        n, m = (int(each) for each in r.integers(1, 11, 2))
        made = dense_dropout(
            r.integers(0, 20, n), r.integers(-2, 3, (m, n)), float(r.choice([0.1, 0.2, 0.5])), passes=2
        )
    elif kind == "flatten":
        made = flatten(values[0, : int(r.integers(1, 5)), :rows, :columns], order=str(r.choice(["torch", "keras"])))
    elif kind == "norm":
        n, c = (int(each) for each in r.integers(1, 4, 2))
        made = batch_norm(values[:n, :c, :rows, :columns] % 20, r.integers(1, 4, c), r.integers(-3, 4, c) * 0.5)
    elif kind == "dilated":
        made = dilate(plane / int(r.choice([1, 1, 3])), [int(each) for each in r.integers(1, 5, 2)])
    elif kind == "dense":
        n, m = (int(each) for each in r.integers(1, 13, 2))
        trace = dense(
            r.integers(-9, 9, n), r.integers(-3, 4, (m, n)) / int(r.choice([1, 1, 3])), 1 if r.random() < 0.5 else None
        )
        return lambda **options: convviz.animate(trace, **options)
    else:
        names = [name for name in NAMES if name != "softmax"]
        trace = convviz.activation(plane, str(r.choice(names)))
        return lambda **options: convviz.animate(trace, **options)
    return lambda **options: draw(made, **options)


@cache
def drawn(seed: int) -> tuple[str, Scene] | None:
    r = np.random.default_rng(seed)
    options: dict[str, Any] = {"theme": str(r.choice(list(THEMES))), "width": int(r.choice([480, 1120, 1120, 1600]))}
    if r.random() < 0.2:
        options["title"] = str(r.choice(["A title", "A longer title than any figure should have " * 3]))
    make = layer(r)
    try:
        scene = make(**options)
    except SettingError:
        return None  # too large; the test below sees to it that these are few
    return f"seed {seed}: {scene.description[:70]} {options}", scene


SEEDS, PARTS = 240, 6
PART = pytest.mark.parametrize("part", range(PARTS))


def figures(part: int) -> list[tuple[str, Scene]]:
    found = [each for seed in range(part, SEEDS, PARTS) if (each := drawn(seed)) is not None]
    assert len(found) > 0.75 * SEEDS / PARTS
    return found


def moments(scene: Scene) -> list[int]:
    return sorted({0, len(scene.frames) // 2, len(scene.frames) - 1})


@PART
def test_texts_overlap_nothing_and_all_lies_on_the_canvas(part: int) -> None:
    problems = []
    for name, scene in figures(part):
        for moment in moments(scene):
            canvas = Canvas(scene)
            for mark in scene.at(moment):
                left, top, right, bottom = bounds(mark)
                if left < 0 or top < 0 or right > scene.width or bottom > scene.height:
                    problems.append(f"{name}\n    frame {moment} leaves the canvas: {mark}")
                    break
                canvas.put(mark)
            found = [*canvas.problems, *canvas.half_hidden()]
            problems += [f"{name}\n    frame {moment}: {said}" for said in found[:1]]
    assert not problems, f"{len(problems)} problems:\n" + "\n".join(problems[:12])


@PART
def test_numbers_stay_in_their_cells_and_words_are_never_small(part: int) -> None:
    problems = []
    for name, scene in figures(part):
        unit = scene.width / 1120
        for moment in moments(scene):
            cells: dict[str, Rect] = {}
            for mark in scene.at(moment):
                in_cell = bool(CELLS.match(mark.tag)) or mark.tag.split("/")[0] in ("input", "output")
                if isinstance(mark, Rect) and in_cell:
                    cells[mark.tag] = mark
                if not isinstance(mark, Text):
                    continue
                least = 10 if in_cell else 13
                if mark.size < math.floor(least * unit * 2) / 2:
                    problems.append(f"{name}\n    frame {moment}: {mark.size} px: {mark.string}")
                if mark.string.endswith("…") and mark.tag in ("note", "size", "settings"):
                    problems.append(f"{name}\n    frame {moment}: shortened: {mark.string}")
                if in_cell:
                    cell, (left, top, right, bottom) = cells[mark.tag], ink(mark)
                    inside = cell.x <= left and cell.y <= top
                    if not (inside and right <= cell.x + cell.width + 1 and bottom <= cell.y + cell.height + 1):
                        problems.append(f"{name}\n    frame {moment}: {mark.string!r} leaves {cell}")
    assert not problems, f"{len(problems)} problems:\n" + "\n".join(problems[:12])


SAMPLES: dict[str, Callable[[], Any]] = {
    "softmax": lambda: softmax([2, 1, 0.1]),
    "softmax of rows": lambda: softmax([[1, 2, 0], [3, 5, 1]]),
    "dropout": lambda: dropout(4 * np.arange(16).reshape(4, 4), 0.2, seed=1),
    "dropout between": lambda: dense_dropout([4, 8, 4, 12], made_up((3, 4)), 0.2, seed=1),
    "flatten": lambda: flatten(np.arange(32).reshape(2, 4, 4)),
    "batch norm": lambda: batch_norm(np.arange(18).reshape(2, 3, 3)),
    "dilated": lambda: dilate(np.arange(1, 10).reshape(3, 3)),
}
SAMPLE = pytest.mark.parametrize("name", sorted(SAMPLES))


@SAMPLE
def test_every_writer_writes_every_picture_in_every_theme(name: str, tmp_path) -> None:
    made = SAMPLES[name]()
    for theme in THEMES:
        scene = draw(made, theme=theme, width=640)
        for suffix in FIGURES if theme == "light" else (".gif",):
            assert convviz.save(scene, tmp_path / f"x{suffix}").stat().st_size > 500
        with Picture.open(tmp_path / "x.gif") as picture:
            assert picture.n_frames == len(scene.frames)
            assert picture.size == (640, 360)
            picture.seek(picture.n_frames - 1)
            last = np.asarray(picture.convert("RGB")).astype(int)
        file = io.BytesIO()
        png.write(scene, file, len(scene.frames) - 1, lambda _: None)
        still = np.asarray(Picture.open(file).convert("RGB")).astype(int)
        assert (np.abs(last - still) <= 2).all()  # what settled and what moved add up to the same picture
        ElementTree.parse(tmp_path / "x.svg")


@SAMPLE
def test_a_file_says_how_it_was_made(name: str) -> None:
    made = SAMPLES[name]()
    scene = draw(made, theme="dark")
    record = layer_record(made)
    assert scene.settings == {**record, "figure": {"theme": "dark", "width": 1120}}
    assert json.loads(json.dumps(record)) == record
    assert record["schema"] == 1
    assert scene.description == described(made)
    assert len(scene.description) > 60
    assert gif.write


@SAMPLE
def test_a_loop_lasts_at_most_20_seconds_and_holds_its_end(name: str) -> None:
    scene = draw(SAMPLES[name]())
    seconds = [frame.seconds for frame in scene.frames]
    assert sum(seconds) <= 20.001
    assert seconds[-1] == pytest.approx(1.5 + seconds[0] if len(seconds) > 1 else seconds[-1])
    assert min(seconds) >= 0.4
    quick = draw(SAMPLES[name](), step_seconds=0.1, hold=0)
    assert {frame.seconds for frame in quick.frames} == {0.1}


def test_chosen_steps_show_what_came_before_them() -> None:
    whole, some = draw(SAMPLES["dropout"]()), draw(SAMPLES["dropout"](), steps=[3, -1])
    assert len(some.frames) == 2
    for index, moment in ((0, 3), (1, 15)):
        a, b = (Canvas(scene) for scene in (whole, some))
        for canvas, scene, at in ((a, whole, moment), (b, some, index)):
            for mark in scene.at(at):
                canvas.put(mark)
        assert [a.names[n] for n in a.under.ravel()[::7]] == [b.names[n] for n in b.under.ravel()[::7]]
    many = draw(dropout(np.ones((10, 10)), 0.5))
    assert len(many.frames) <= 46
    assert many.notes == (f"{len(many.frames)} of 100 steps drawn",)
    assert len(draw(dropout(np.ones((10, 10)), 0.5), all_steps=True).frames) == 100


# Commands.


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("dense",), "Dense · y = W·x + b · 6 inputs · 4 units · 4·6 + 4 = 28 parameters\n"),
        (("dense", "--input", "1 2", "--weight", "1 2; 3 4", "--bias", "1,0"), "\n 6  11\n"),
        (("dense", "--input", "1 2 3", "--units", "2"), "3 inputs · 2 units"),
        (("flatten",), "dense 10: 32·10 + 10 = 330 parameters\n"),
        (("flatten", "--order", "keras", "--units", "3"), "0   1   2   3   4"),
        (("batchnorm",), "      0    8.00        26.67        1        0\n"),
        (("batchnorm", "--weight", "2,1", "--bias", "0,-1", "--eps", "1e-3"), "ε = 1e−3\n"),
        (("kernel",), "\n1  0  2  0  3\n0  0  0  0  0\n4  0  5  0  6\n"),
        (("kernel", "--kernel", "1 2 3", "--dilation", "3"), "1  0  0  2  0  0  3"),
        (("kernel", "--kernel", "mean", "--kernel-size", "2", "--dilation", "2,1"), "1/4 ·\n1  1\n0  0\n1  1\n"),
        (("activation", "softmax", "--input", "0 0 0 0"), "    0      0          1             0.25\n"),
        (("activation", "relu", "--input", "-1 2; 3 -4"), "\n0  2\n3  0\n"),
        (("activation", "leaky-relu", "--negative-slope", "0.5", "--input", "-1 2"), "\n−0.5   2.0\n"),
        (("activation", "relu", "tanh"), " 1  1.0000  1.0000   0.7616  0.4200\n"),
        (("activation", "elu", "--alpha", "2"), "f(x) = x if x > 0, else 2 · (e^x − 1) · range (−2, ∞)\n"),
        (("activation", "gelu", "--approximate", "tanh"), "GELU (tanh form)"),
    ],
)
def test_commands_print_the_numbers(args: tuple[str, ...], said: str) -> None:
    assert said in good(*args).out.decode()


@pytest.mark.parametrize(
    "command", ["dense", "flatten", "batchnorm", "kernel", "activation softmax", "activation relu"]
)
def test_commands_write_what_is_asked_for(command: str, tmp_path) -> None:
    names = [tmp_path / f"x{suffix}" for suffix in (".png", ".svg", ".pdf")]
    if command != "kernel":
        names.append(tmp_path / "x.gif")
    args = [*command.split(), "--theme", "dark", *[part for name in names for part in ("-o", str(name))]]
    ended = good(*args)
    assert ended.err.count("wrote ") == len(names)
    for name in names:
        assert name.stat().st_size > 1000
    record = json.loads(good(*command.split(), "--json").out)
    assert record["schema"] == 1
    assert len(good(*command.split(), "--alt").out.decode()) > 60
    assert good(*command.split(), "--quiet", "-o", str(names[0])).err == ""
    assert good(*command.split(), "-o", "-", "--format", "png").out[:4] == b"\x89PNG"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("activation", "relo"), "activation 'relo' is unknown: did you mean relu?"),
        (("activation", "relu", "relu", "-o", "x.png"), "name one twice"),
        (("activation", "relu", "tanh", "--input", "3x3"), "is for one activation, and 2 are named"),
        (("activation", "relu", "tanh", "-o", "x.gif"), ".gif is for one activation"),
        (("activation", "softmax", "relu", "--together", "-o", "x.png"), "softmax has no curve"),
        (("activation", "relu", "--alpha", "2"), "alpha 2 means nothing for relu: it belongs to elu"),
        (("activation", "elu", "--alpha", "x"), "alpha 'x' is not a number"),
        (("activation", "gelu", "--approximate", "fast"), "approximate 'fast' is unknown"),
        (("activation", "relu", "--dim", "1"), "dim 1 means nothing here"),
        (("activation", "softmax", "--dim", "3"), "dim 3 is not an axis"),
        (("activation", "relu", "--reach", "0", "-o", "x.png"), "reach is 0"),
        (("activation", "relu", "--shade", "-o", "x.png"), "shade means nothing for curves"),
        (("activation", "relu", "--theme", "dark"), "theme means nothing without a figure"),
        (("activation", "relu", "--width", "9", "-o", "x.png"), "width is 9 pixels"),
        (("activation", "relu", "--input", "3x3", "--together", "-o", "x.png"), "together means nothing for a walk"),
        (("activation", "relu", "--channels", "2", "-o", "x.gif"), "channels means nothing without --input"),
        (("activation", "softmax", "--strip", "2", "-o", "x.png"), "strip means nothing for softmax"),
        (("activation", "softmax", "--input", "2x2x2", "-o", "x.png"), "is not drawn"),
        (("dense", "--weight", "1 2; 3 4", "--units", "2"), "units 2 means nothing beside --weight"),
        (("dense", "--weight", "1 2; 3 4", "--input", "1 2 3"), "use a weight of shape (units, 3)"),
        (("dense", "--weight", "nothing"), "is no numbers and no file"),
        (("dense", "--units", "0"), "units is 0"),
        (("dense", "--units", "100000", "--input", "random:100000"), "--force"),
        (("dense", "--units", "50", "-o", "x.gif"), "use at most 12 of each"),
        (("flatten", "--order", "tf"), "order 'tf' is unknown"),
        (("flatten", "--units", "-1"), "units is -1"),
        (("flatten", "--input", "20x20", "-o", "x.png"), "use fewer cells"),
        (("batchnorm", "--eps", "-1"), "eps"),
        (("batchnorm", "--weight", "1,2,3"), "weight has 3 values, but there are 2 channels"),
        (("batchnorm", "--weight", "a"), "weight 'a' is not a number"),
        (("kernel", "--dilation", "0"), "dilation is 0"),
        (("kernel", "--kernel", "sobelx"), "did you mean sobel-x?"),
        (("kernel", "--dilation", "2", "--theme", "drak", "-o", "x.png"), "did you mean dark?"),
    ],
)
def test_commands_refuse_in_one_sentence(args: tuple[str, ...], said: str, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    ended = run(*args)
    assert ended.code == 2, ended
    assert said in ended.err
    assert ended.err.startswith("convviz: ")
    assert ended.err.count("\n") == 1
    assert not list(tmp_path.iterdir())


# Helpers.


def strings(scene: Scene) -> list[str]:
    return [mark.string for mark in scene.at(-1) if isinstance(mark, Text)]


def sentences(scene: Scene) -> list[str]:
    parts = ("sentence", "result")
    return [
        "".join(mark.string for mark in frame.moving if isinstance(mark, Text) and mark.tag in parts)
        for frame in scene.frames
    ]
