"""Dropout: its mask, its scale and its mean, by statistics, and against Keras and PyTorch."""

import math
import os

import numpy as np
import pytest
from commands import good, run
from conftest import need

from convviz import SettingError, dense_dropout, draw, dropout
from convviz.masks import scale_of
from convviz.scene import Image, Line, Text
from convviz.summary import summary

os.environ.setdefault("KERAS_BACKEND", "torch")
torch = need("torch")
RATES = (0.0, 0.1, 0.2, 0.3, 0.5, 0.75, 0.9, 0.999)


@pytest.mark.parametrize("rate", RATES)
def test_what_is_kept_is_divided_by_what_is_left(rate: float) -> None:
    x = np.random.default_rng(0).integers(-50, 50, (40, 50))
    made = dropout(x, rate, seed=3)
    assert set(np.unique(made.mask)) <= {0, 1}
    np.testing.assert_allclose(made.output, np.where(made.mask == 1, x / (1 - rate), 0), rtol=1e-13)
    assert made.scale == pytest.approx(1 / (1 - rate), rel=1e-14)
    assert made.kept == np.count_nonzero(made.mask)


@pytest.mark.parametrize("rate", RATES)
def test_as_many_are_dropped_as_the_rate_says(rate: float) -> None:
    """The number that is kept is binomial: it lies within five standard deviations of what is expected."""
    cells = 200_000
    kept = dropout(np.ones(cells), rate, seed=11).kept
    assert abs(kept - cells * (1 - rate)) <= 5 * math.sqrt(cells * rate * (1 - rate))


@pytest.mark.parametrize("rate", [0.2, 0.5, 0.9])
def test_the_mean_of_every_cell_is_kept(rate: float) -> None:
    """Over many masks a cell is on average what it was, and cells are dropped independently of their neighbours."""
    x, passes = np.array([-3.0, 1.0, 2.0, 10.0]), 6000
    outputs = np.stack([dropout(x, rate, seed=seed).output for seed in range(passes)])
    deviation = np.abs(x) * math.sqrt(rate / (1 - rate) / passes)
    assert (np.abs(outputs.mean(axis=0) - x) <= 5 * deviation).all()
    kept = (outputs != 0).astype(float)
    apart = np.corrcoef(kept.T) - np.eye(4)
    assert np.abs(apart).max() < 5 / math.sqrt(passes)


@pytest.mark.parametrize("rate", [0.2, 0.5, 0.3])
def test_keras_scales_in_the_same_way(rate: float) -> None:
    """Every value that Keras gives at training is one that convviz gives for the same input, and as often."""
    keras = need("keras")
    x = np.arange(1, 10_001, dtype=np.float32)
    layer = keras.layers.Dropout(rate, seed=1)
    theirs = layer(x, training=True).numpy()
    ours = dropout(x, rate, seed=1)
    kept = theirs != 0
    np.testing.assert_allclose(theirs[kept], (x / (1 - rate))[kept], rtol=1e-6)
    np.testing.assert_allclose(ours.output[ours.mask == 1], (x / (1 - rate))[ours.mask == 1], rtol=1e-6)
    assert abs(kept.mean() - ours.mask.mean()) < 0.04
    assert layer(x, training=False).numpy().tolist() == x.tolist()  # inference: as it is


def test_torch_scales_in_the_same_way() -> None:
    torch.manual_seed(0)
    theirs = torch.nn.functional.dropout(torch.arange(1.0, 1001.0), 0.2).numpy()
    assert set(np.round(theirs / np.arange(1, 1001), 4)) == {0.0, 1.25}
    ours = dropout(np.arange(1.0, 1001.0), 0.2)
    assert set(np.round(ours.output / np.arange(1, 1001), 4)) == {0.0, 1.25}


def test_a_seed_gives_one_mask() -> None:
    x = np.arange(64).reshape(8, 8)
    assert (dropout(x, 0.5, seed=4).mask == dropout(x, 0.5, seed=4).mask).all()
    assert (dropout(x, 0.5, seed=4).mask != dropout(x, 0.5, seed=5).mask).any()
    assert (dropout(x, 0).output == x).all()


def test_scales_are_fractions_where_the_rate_is_one() -> None:
    assert scale_of(0.2) == (5, 4)
    assert scale_of(0.1) == (10, 9)
    assert scale_of(0.0) == (1, 1)
    assert dropout([3], 0.1, seed=2).output.tolist() == [30 / 9]
    assert dropout(np.float32([3]), 0.1, seed=2).output.dtype == np.float32


@pytest.mark.parametrize("rate", [1, 1.0, -0.1, 1.5, math.nan, math.inf, "half", None, True, -1e-9])
def test_a_rate_that_is_none_is_refused_in_one_sentence(rate: object) -> None:
    with pytest.raises(SettingError, match=r"^rate [^\n]* use 0 or more and less than 1$"):
        dropout([1, 2], rate)
    with pytest.raises(SettingError, match="rate"):
        dense_dropout([1, 2], [[1, 1]], rate)


@pytest.mark.parametrize("seed", [-1, 1.5, "x", None, True])
def test_a_seed_that_is_none_is_refused(seed: object) -> None:
    with pytest.raises(SettingError, match="seed"):
        dropout([1, 2], 0.5, seed=seed)


def test_what_is_not_finite_is_nan_where_it_is_dropped_as_in_torch() -> None:
    x = np.array([np.inf, np.nan, -np.inf, 1.0] * 8)
    made = dropout(x, 0.5, seed=1)
    torch.manual_seed(0)
    theirs = torch.nn.functional.dropout(torch.from_numpy(x), 0.5, training=True).numpy()
    for value in (np.inf, np.nan, -np.inf, 1.0):
        mine = {repr(float(each)) for each in made.output[x == value if value == value else x != x]}  # noqa: PLR0124
        assert mine == {repr(float(each)) for each in theirs[x == value if value == value else x != x]}  # noqa: PLR0124
    assert made.spoilt
    assert "NaN · 0 are NaN, as in PyTorch" in summary(made)
    frame = draw(dropout([1.0, np.nan], 0.99, seed=1)).frames[1]
    said = "".join(
        mark.string for mark in frame.moving if isinstance(mark, Text) and mark.tag in ("sentence", "result")
    )
    assert said.startswith("output[1] = NaN · 0 = NaN")
    assert "as in PyTorch" not in summary(dropout([1.0, 2.0], 0.5))
    between = dense_dropout([np.inf, 1], [[1, 1]], 0.99, seed=1, passes=1)
    assert not between.masks.any()
    assert np.isnan(between.passes[0].output).all()


def test_a_rate_of_few_digits_is_the_fraction_it_is_typed_as() -> None:
    assert scale_of(0.99999) == (100000, 1)
    assert scale_of(1 / 3) == (3, 2)
    assert scale_of(0.000001) == (1000000, 999999)
    assert dropout([3], 0.99999).scale == 100000
    assert "1/(1 − 0.99999) = 100000\n" in good("dropout", "--rate", "0.99999").out.decode()


# Between dense layers.


def test_passes_are_the_second_layer_of_what_is_left() -> None:
    r = np.random.default_rng(5)
    hidden, weight = r.integers(-9, 9, 6), r.integers(-3, 4, (4, 6))
    made = dense_dropout(hidden, weight, 0.3, seed=2, passes=20)
    assert made.masks.shape == (20, 6)
    for mask, layer in zip(made.masks, made.passes, strict=True):
        np.testing.assert_allclose(layer.output, weight @ (mask * hidden / 0.7), rtol=1e-12, atol=1e-12)
    assert made.inference.output.tolist() == (weight @ hidden).tolist()
    assert made.output.shape == (20, 4)


def test_the_mean_of_many_passes_is_inference() -> None:
    hidden, weight = np.array([4, 8, 2, 6]), np.array([[1, -1, 2, 1]])
    outputs = np.concatenate(
        [dense_dropout(hidden, weight, 0.5, seed=seed, passes=24).output for seed in range(200)]
    ).ravel()
    deviation = math.sqrt(float(((weight * hidden) ** 2).sum()) / len(outputs))
    assert abs(outputs.mean() - float((weight @ hidden)[0])) < 5 * deviation


def test_dropped_units_send_no_line() -> None:
    made = dense_dropout([4, 8, 2, 6, 3, 5], np.ones((4, 6), dtype=int), 0.5, seed=1)
    scene = draw(made)
    for frame, mask in zip(scene.frames, made.masks, strict=True):
        sent = {int(mark.tag.split("/")[1]) for mark in frame.moving if isinstance(mark, Line)}
        assert sent == set(np.flatnonzero(mask).tolist())


@pytest.mark.parametrize(
    ("options", "said"),
    [({"passes": 0}, "passes is 0"), ({"passes": 25}, "passes is 25"), ({"passes": 1.5}, "passes is 1.5")],
)
def test_passes_that_are_none_are_refused(options: dict[str, object], said: str) -> None:
    with pytest.raises(SettingError, match=said):
        dense_dropout([1, 2], [[1, 1]], 0.5, **options)
    with pytest.raises(SettingError, match="a vector"):
        dense_dropout([[1, 2]], [[1, 1]], 0.5)


# The picture.


@pytest.mark.parametrize("rate", [0.2, 0.3])
def test_every_number_of_the_picture_is_that_of_the_layer(rate: float) -> None:
    x = np.arange(12).reshape(3, 4) * 4 - 20
    made = dropout(x, rate, seed=1)
    scene = draw(made)
    shown = {mark.tag: mark.string for mark in scene.at(-1) if isinstance(mark, Text) and mark.tag.count("/") == 3}
    form, after = made.formats
    for row, column in np.ndindex(x.shape):
        place = f"0/{row}/{column}"
        assert shown[f"input/{place}"] == shown[f"inference/{place}"] == form(x[row, column])
        assert shown[f"mask/{place}"] == str(made.mask[row, column])
        assert shown[f"training/{place}"] == after(made.output[row, column])
    assert any("rounded" in mark.string for mark in scene.base if isinstance(mark, Text)) == (rate == 0.3)


def test_sentences_say_what_is_done_to_the_cell() -> None:
    made = dropout([[10, 20], [30, -40]], 0.2, seed=1)
    said = [
        "".join(mark.string for mark in frame.moving if isinstance(mark, Text) and mark.tag in ("sentence", "result"))
        for frame in draw(made).frames
    ]
    assert said == [
        "output[0, 0] = 10 · 1 / (1 − 0.2) = 12.5  kept",
        "output[0, 1] = 20 · 1 / (1 − 0.2) = 25  kept",
        "output[1, 0] = 30 · 0 = 0  dropped",
        "output[1, 1] = (−40) · 1 / (1 − 0.2) = −50  kept",
    ]
    rounded = draw(dropout([[10]], 0.3, seed=1)).frames[0]
    assert any(mark.string.endswith("≈ ") for mark in rounded.moving if isinstance(mark, Text))


def test_a_photo_is_drawn_as_colours() -> None:
    scene = draw(dropout(np.add.outer(np.arange(120), np.arange(160)) % 256, 0.3))
    drawn = [mark for mark in scene.at(-1) if isinstance(mark, Image)]
    assert {mark.tag for mark in drawn} == {"input/0", "mask/0", "training/0", "inference/0"}
    assert "0 to 255, as colours" in {mark.string for mark in scene.base if isinstance(mark, Text)}
    with pytest.raises(SettingError, match="use fewer cells"):
        draw(dropout(np.zeros((600, 800)), 0.3))


# The command.


def test_the_command_prints_and_writes(tmp_path) -> None:
    said = good("dropout", "--rate", "0.2", "--seed", "1").out.decode()
    assert said.startswith("Dropout · rate p = 0.2 · seed 1\n")
    assert "mask\n1  1  0  1\n" in said
    names = [
        tmp_path / f"dropout{suffix}" for suffix in (".gif", ".png", ".svg", ".pdf", ".json", ".csv", ".npy", ".txt")
    ]
    good("dropout", "--rate", "0.2", "--seed", "1", *[part for name in names for part in ("-o", str(name))])
    assert np.load(names[6]).tolist() == dropout(4 * np.arange(16).reshape(4, 4), 0.2, seed=1).output.tolist()
    assert names[7].read_text(encoding="utf-8").rstrip() == said.rstrip()
    good("dropout", "--dense", "6,4", "--passes", "3", "-o", str(names[0]))


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--rate", "1"), "rate 1 is not the part of the cells"),
        (("--rate", "-0.2"), "rate −0.2 is not"),
        (("--rate", "half"), "rate 'half' is not a number"),
        (("--seed", "-1"), "seed -1 is negative"),
        (("--dense", "6"), "dense 6 is not two numbers"),
        (("--dense", "6,4,2"), "is not two numbers"),
        (("--dense", "0,4"), "is not two numbers"),
        (("--dense", "60,4", "-o", "x.png"), "use at most 10"),
        (("--passes", "3"), "means nothing without --dense"),
        (("--dense", "6,4", "--passes", "99"), "passes is 99"),
        (("--dense", "6,4", "--input", "1 2 3"), "has 3 values, but the first layer has 6 units"),
        (("--theme", "dark"), "theme means nothing without a figure"),
        (("--step", "2", "-o", "x.gif"), "step 2 means nothing for .gif"),
        (("--step", "99", "-o", "x.png"), "step 99 is not there: use 1 to 16"),
        (("--step", "0", "-o", "x.png"), "step 0 is not there"),
        (("--hold", "2", "-o", "x.png"), "hold means nothing for .png"),
        (("--theme", "drak", "-o", "x.png"), "did you mean dark?"),
        (("--width", "9", "-o", "x.png"), "width is 9 pixels"),
        (("--json", "--alt"), "json and alt would be mixed"),
        (("-o", "x.xyz"), "which is not known"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(args: tuple[str, ...], said: str, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    ended = run("dropout", *args)
    assert ended.code == 2, ended
    assert ended.err.startswith("convviz: ")
    assert said in ended.err
    assert ended.err.count("\n") == 1
    assert not list(tmp_path.iterdir())
