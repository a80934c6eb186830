"""Activations against PyTorch (values, and slopes by automatic differentiation), at extremes, and as pictures."""

import json
import math
import shlex
from itertools import pairwise
from typing import Any
from unittest.mock import patch
from xml.etree import ElementTree

import numpy as np
import pytest
from commands import good
from conftest import need
from PIL import Image as Picture

import convviz
import convviz.words
from convviz import SettingError, activation, animate, plot_activation
from convviz.activations import NAMES, activation_named
from convviz.report import alt_text, report
from convviz.spelled import code
from convviz.theme import THEMES
from convviz.views.page import payload

torch = need("torch")
F = torch.nn.functional

REFERENCES = {
    "relu": F.relu,
    "leaky_relu": F.leaky_relu,
    "elu": F.elu,
    "gelu": F.gelu,
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
    "silu": F.silu,
    "softplus": lambda x: F.softplus(x, threshold=50),  # above its threshold PyTorch leaves out what is left of e^−x
    "mish": F.mish,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "hardsigmoid": F.hardsigmoid,
    "hardswish": F.hardswish,
}
POINTWISE = [name for name in NAMES if name != "softmax"]
KINKS = {"relu": (0.0,), "leaky_relu": (0.0,), "elu": (0.0,), "hardsigmoid": (-3.0, 3.0), "hardswish": (-3.0, 3.0)}
EVERY = pytest.mark.parametrize("name", POINTWISE)
ORDINARY = np.concatenate([np.linspace(-12, 12, 961), np.random.default_rng(0).normal(0, 5, 500)])
EXTREME = np.array(
    [-1e308, -1e200, -1e4, -1000.0, -745.0, -100.0, -40.0, -1e-300, 0.0, 1e-300, 40.0, 709.0, 1000.0, 1e308]
)


def test_every_function_has_a_reference() -> None:
    assert set(REFERENCES) == set(POINTWISE)
    assert set(POINTWISE) <= set(convviz.words.TITLES)


@EVERY
def test_values_are_those_of_torch(name: str) -> None:
    x = torch.tensor(np.concatenate([ORDINARY, EXTREME]))
    theirs = REFERENCES[name](x).numpy()
    finite = np.isfinite(theirs)  # PyTorch's own hardswish overflows at 1e308
    assert finite.sum() >= len(x) - 2
    np.testing.assert_allclose(activation_named(name).value(x.numpy())[finite], theirs[finite], rtol=1e-12, atol=2e-15)


@EVERY
def test_slopes_are_those_of_automatic_differentiation(name: str) -> None:
    x = torch.tensor(np.concatenate([ORDINARY, EXTREME[(np.abs(EXTREME) <= 1e4)]]), requires_grad=True)
    REFERENCES[name](x).sum().backward()
    ours = activation_named(name).slope(x.detach().numpy())
    close = 1e-7 if name == "hardsigmoid" else 1e-11  # PyTorch keeps its 1/6 in single precision
    np.testing.assert_allclose(ours, x.grad.numpy(), rtol=close, atol=2e-14)


@pytest.mark.parametrize("name", sorted(KINKS))
def test_slopes_at_a_kink_are_those_of_torch(name: str) -> None:
    x = torch.tensor(KINKS[name], dtype=torch.float64, requires_grad=True)
    REFERENCES[name](x).sum().backward()
    assert activation_named(name).slope(x.detach().numpy()).tolist() == x.grad.tolist()


@EVERY
def test_slopes_are_what_values_do(name: str) -> None:
    """A central difference knows nothing of any formula of a derivative."""
    x = np.linspace(-8, 8, 1000)  # no kink among them
    function, step = activation_named(name), 1e-6
    slope = (function.value(x + step) - function.value(x - step)) / (2 * step)
    np.testing.assert_allclose(function.slope(x), slope, atol=1e-8)


@EVERY
def test_extremes_neither_overflow_nor_warn(name: str) -> None:
    function = activation_named(name)
    with np.errstate(divide="raise", over="raise", invalid="raise"):
        values, slopes = function.value(EXTREME), function.slope(EXTREME)
    assert np.isfinite(values).all()
    assert np.isfinite(slopes).all()


LIMITS = {  # value and slope at −∞ and at ∞
    "relu": (0, 0, np.inf, 1),
    "leaky_relu": (-np.inf, 0.01, np.inf, 1),
    "elu": (-1, 0, np.inf, 1),
    "gelu": (0, 0, np.inf, 1),
    "gelu_tanh": (0, 0, np.inf, 1),
    "silu": (0, 0, np.inf, 1),
    "softplus": (0, 0, np.inf, 1),
    "mish": (0, 0, np.inf, 1),
    "tanh": (-1, 0, 1, 0),
    "sigmoid": (0, 0, 1, 0),
    "hardsigmoid": (0, 0, 1, 0),
    "hardswish": (0, 0, np.inf, 1),
}


@EVERY
def test_infinities_give_the_limits_and_nan_stays_nan(name: str) -> None:
    function = activation_named(name)
    with np.errstate(all="ignore"):
        value, slope = function.value(np.array([-np.inf, np.inf])), function.slope(np.array([-np.inf, np.inf]))
        assert (value[0], slope[0], value[1], slope[1]) == LIMITS[name]
        assert np.isnan(function.value(np.array([np.nan]))).all()
        assert np.isnan(function.slope(np.array([np.nan]))).all()


@EVERY
def test_the_range_is_what_values_fill(name: str) -> None:
    """The ends that are written are where the values end, and a bracket means that the end is reached."""
    function = activation_named(name)
    low, high = function.range[1:-1].replace("≈ ", "").replace("−", "-").replace("∞", "inf").split(", ")
    x = np.linspace(-60, 60, 240_001)
    values = function.value(x)
    if math.isfinite(float(low)):
        assert values.min() == pytest.approx(float(low), abs=0.0005)
        near = function.value(x[np.abs(x) < 3.5])
        assert (function.range[0] == "[") == bool(near.min() <= float(low) + 0.0005)
        assert ("≈" in function.range) == (name in ("gelu", "gelu_tanh", "silu", "mish"))
    else:
        assert values.min() < -0.5
    if math.isfinite(float(high)):
        assert values.max() == pytest.approx(float(high), abs=1e-9)
        assert (function.range[-1] == "]") == bool(function.value(np.array([5.0]))[0] == float(high))
    else:
        assert values.max() > 50


def test_settings_change_the_function_as_in_torch() -> None:
    x = torch.tensor(ORDINARY)
    for slope in (0.0, 0.2, 1.5):
        ours = activation_named("leaky_relu", negative_slope=slope)
        np.testing.assert_allclose(ours.value(ORDINARY), F.leaky_relu(x, slope).numpy(), rtol=1e-15)
    for alpha in (0.5, 2.0):
        ours = activation_named("elu", alpha=alpha)
        np.testing.assert_allclose(ours.value(ORDINARY), F.elu(x, alpha).numpy(), rtol=1e-12)
    assert activation_named("gelu", approximate="tanh") is activation_named("gelu-tanh")
    assert activation_named("leaky_relu", negative_slope=0).range == "[0, ∞)"
    assert activation_named("elu", alpha=2).range == "(−2, ∞)"


@pytest.mark.parametrize(
    ("name", "settings", "said"),
    [
        ("relo", {}, "activation 'relo' is unknown: did you mean relu?"),
        ("softmx", {}, "did you mean softmax?"),
        ("swich", {}, "did you mean swish?"),
        ("q" * 500, {}, "is unknown: use one of"),
        ("softmax", {}, "use convviz.softmax"),
        ("relu", {"alpha": 1}, "alpha 1 means nothing for relu: it belongs to elu"),
        ("elu", {"alpha": 0}, "alpha is 0: use a number above 0"),
        ("elu", {"alpha": math.nan}, "alpha must be a finite number"),
        ("leaky_relu", {"negative_slope": -1}, "negative_slope is −1: use 0 or more"),
        ("leaky_relu", {"negative_slope": "steep"}, "must be a finite number"),
        ("gelu", {"approximate": "erf"}, "approximate 'erf' is unknown"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(name: str, settings: dict[str, object], said: str) -> None:
    with pytest.raises(SettingError, match=r"^[^\n]{20,400}$") as problem:
        activation_named(name, **settings)
    assert said in str(problem.value)


# As a trace.


@EVERY
@pytest.mark.parametrize("shape", [(5,), (3, 4), (2, 3, 4), (2, 2, 3, 4)])
def test_a_trace_holds_every_cell(name: str, shape: tuple[int, ...]) -> None:
    x = np.random.default_rng(1).integers(-4, 5, shape)
    trace = activation(x, name)
    expected = REFERENCES[name](torch.tensor(x, dtype=torch.float64)).numpy()
    assert trace.output.shape == shape
    np.testing.assert_allclose(trace.output, expected, rtol=1e-12, atol=1e-15)
    assert len(trace) == x.size
    for step in trace:
        assert step.seen.tolist() == [x[step.position]]
        assert step.value == trace.output.flat[step.index]
        assert f"{trace.formats.output.brief(step.value)}" in step.sentence


def test_relu_keeps_integers_and_others_do_not() -> None:
    assert activation([[-1, 2**60]], "relu").output.tolist() == [[0, 2**60]]
    assert activation([[-1, 2]], "relu").output.dtype == np.int64
    assert activation([[-1, 2]], "tanh").output.dtype == np.float64
    assert activation(np.array([[-1, 2]], dtype=np.float32), "tanh").output.dtype == np.float32


def test_what_is_not_rational_is_never_written_as_if_it_were() -> None:
    """The hyperbolic tangent of 20 is less than 1, though floating point has no number between."""
    trace = activation([0, 20, -20], "tanh")
    assert [step.sentence for step in trace] == [
        "output[0] = tanh(0) = 0",
        "output[1] = tanh(20) ≈ 1.00",
        "output[2] = tanh(−20) ≈ −1.00",
    ]
    assert "rounded to 2 decimals" in {m.string for m in animate(trace).base if hasattr(m, "string")}
    assert activation([0, 3, -3], "hardsigmoid")[1].sentence == "output[1] = min(1, max(0, (3 + 3)/6)) = 1"
    assert activation([1, 2], "hardsigmoid")[0].sentence == "output[0] = min(1, max(0, (1 + 3)/6)) ≈ 0.67"
    assert activation([-1.0, 2.0], "leaky_relu")[0].sentence == "output[0] = 0.01 · (−1) = −0.01"


@EVERY
def test_the_sentence_is_the_formula_with_the_number_in_it(name: str) -> None:
    """What is written is read again, as arithmetic, and gives the value."""
    known = {
        **{each: getattr(math, each) for each in ("tanh", "erf", "sqrt", "pi", "e")},
        "ln": math.log,
        "max": max,
        "min": min,
    }
    for x in (-4, -2.5, -1, 0, 0.5, 1, 3, 5):
        trace = activation([x], name)
        written = trace[0].sentence.removeprefix("output[0] = ").split(" ≈ ")[0].split(" = ")[0]
        code = written.replace("−", "-").replace("·", "*").replace("³", "**3").replace("^", "**")
        code = code.replace("√(2/π)", "sqrt(2/pi)").replace("√2", "sqrt(2)")
        value = eval(code, {"__builtins__": {}}, known)
        assert value == pytest.approx(float(trace.output[0]), abs=1e-12), written


def test_the_text_says_the_formula_and_the_range() -> None:
    said = report(activation([[-1, 2]], "sigmoid"))
    assert said.startswith("Sigmoid · f(x) = 1 / (1 + e^(−x)) · range (0, 1)\n")
    assert "kernel" not in said
    assert "stride" not in said
    assert "1 / (1 + e^(−x))" in alt_text(activation([[-1, 2]], "sigmoid"))


@EVERY
def test_a_page_tells_what_the_trace_says_and_how_to_make_it_again(name: str) -> None:
    settings = {"leaky_relu": {"negative_slope": 0.2}, "elu": {"alpha": 2}}.get(name, {})
    for x in ([[-3, 2], [0, 5]], [-1.5, 0.25, 4], np.arange(-9, 9).reshape(2, 3, 3)):
        trace = activation(x, name, **settings)
        made = payload(trace)
        assert ["".join(parts) for parts in made["sentences"]] == [step.sentence for step in trace]
        lines = dict(code(trace))
        space: dict[str, Any] = {}
        exec(
            lines["Python"].replace('trace.save("out.html")', "").replace('np.load("input.npy")', "given"),
            {"given": x},
            space,
        )
        assert (space["trace"].output == trace.output).all()
        if "input.npy" not in lines["command"]:
            typed = shlex.split(lines["command"])[1:-2]
            assert json.loads(good(*typed, "--json").out)["output"] == trace.output.tolist()


def test_scalars_and_words_are_refused() -> None:
    for bad in (3, "abc", [[1], [2, 3]], np.zeros((1,) * 5)):
        with pytest.raises(SettingError):
            activation(bad, "relu")


# As curves.


def texts_of(figure: Any) -> list[Any]:
    """Draw a figure, and return the texts that were drawn: not the labels of ticks beyond the ends of an axis."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.text import Text

    seen: list[Any] = []
    draw = Text.draw

    def noted(text: Any, *args: Any, **options: Any) -> Any:
        if text.get_visible() and text.get_text().strip():
            seen.append(text)
        return draw(text, *args, **options)

    with patch.object(Text, "draw", noted):
        FigureCanvasAgg(figure).draw()
    return seen


def overlaps(figure: Any) -> list[str]:
    """Return the pairs of texts whose boxes overlap, and the texts that leave the figure or are small."""
    unit = figure.bbox.width / 1120
    boxes = [(text.get_text(), text.get_window_extent(), text) for text in texts_of(figure)]
    found = []
    for number, (said, box, text) in enumerate(boxes):
        if box.x0 < 0 or box.y0 < 0 or box.x1 > figure.bbox.x1 or box.y1 > figure.bbox.y1:
            found.append(f"{said} leaves the figure")
        if text.get_fontsize() * 100 / 72 < 12.99 * unit:
            found.append(f"{said} has {text.get_fontsize() * 100 / 72:.1f} px")
        for other, another, _ in boxes[:number]:
            across = min(box.x1, another.x1) - max(box.x0, another.x0)
            if across > 1 and min(box.y1, another.y1) - max(box.y0, another.y0) > 1:
                found.append(f"{said} lies over {other}")
    return found


SETS = [
    *[(name,) for name in NAMES],
    ("relu", "tanh"),
    ("relu", "tanh", "sigmoid"),
    ("relu", "tanh", "sigmoid", "softmax"),
    ("gelu", "gelu_tanh", "silu", "mish", "hardswish"),
    ("gelu", "gelu_tanh", "silu", "mish", "hardswish", "softmax"),
    ("relu", "gelu_tanh", "tanh", "hardswish", "elu", "leaky_relu", "softmax", "mish"),
    tuple(POINTWISE),
]


@pytest.mark.parametrize("names", SETS, ids="-".join)
def test_texts_of_a_plot_overlap_nothing_and_are_large_enough(names: tuple[str, ...]) -> None:
    assert overlaps(plot_activation(*names)) == []
    if "softmax" not in names and len(names) > 1:
        assert overlaps(plot_activation(*names, together=True)) == []


@pytest.mark.parametrize("width", [640, 1600])
@pytest.mark.parametrize("theme", sorted(THEMES))
def test_a_plot_has_the_colours_of_its_theme_at_any_width(theme: str, width: int) -> None:
    from matplotlib.colors import to_hex
    from matplotlib.lines import Line2D

    figure = plot_activation("relu", "tanh", "sigmoid", "softmax", theme=theme, width=width, title="Ünï $x$")
    assert overlaps(figure) == []
    assert figure.get_size_inches().tolist() == [width / 100, width * 9 / 1600]
    palette = THEMES[theme].palette
    assert to_hex(figure.get_facecolor()).upper() == palette["ground"]
    known = {palette[role] for role in ("ink", "muted")}
    assert {to_hex(text.get_color()).upper() for text in texts_of(figure)} <= known  # 7:1, as the theme's tests hold
    seen = {palette[role] for role in ("group 0", "group 1", "muted", "grid", "track")}
    assert {to_hex(line.get_color()).upper() for line in figure.axes[1].findobj(Line2D)} <= seen


@EVERY
def test_the_curves_that_are_drawn_are_the_function_and_its_slope(name: str) -> None:
    """The lines in the figure, point for point, against PyTorch."""
    axes = plot_activation(name).axes[0]
    lines = [line for line in axes.lines if len(line.get_xdata()) > 2]
    x = torch.tensor(np.asarray(lines[0].get_xdata()), requires_grad=True)
    value = REFERENCES[name](x)
    value.sum().backward()
    np.testing.assert_allclose(lines[0].get_ydata(), value.detach().numpy(), atol=1e-12)
    slopes = {float(a): float(b) for line in lines[1:] for a, b in zip(line.get_xdata(), line.get_ydata(), strict=True)}
    assert len(slopes) == len(x)  # no point is left out
    np.testing.assert_allclose([slopes[float(a)] for a in x.detach()], x.grad.numpy(), atol=1e-7)
    ends = pairwise(lines[1:])
    jumps = [abs(float(b.get_ydata()[0]) - float(a.get_ydata()[-1])) for a, b in ends]
    assert all(jump > 0.1 for jump in jumps)  # lines are cut only where the slope jumps


def test_curves_that_are_compared_differ_in_more_than_colour() -> None:
    figure = plot_activation(*POINTWISE, together=True)
    for axes in figure.axes:
        curves = [line for line in axes.lines if len(line.get_xdata()) > 2]
        looks = {(line.get_marker(), line._dash_pattern[1] and tuple(line._dash_pattern[1])) for line in curves}
        assert len(looks) == 12
    said = [text.get_text() for text in figure.legends[0].get_texts()]
    assert said == [convviz.words.TITLES[name] for name in POINTWISE]


def test_a_plot_says_formula_derivative_and_range() -> None:
    for name in POINTWISE:
        function = activation_named(name)
        said = [text.get_text() for text in texts_of(plot_activation(name))]
        assert f"$f(x) = {function.formula}$" in said
        assert any(function.derivative in each for each in said)
        assert f"range {function.range}" in said
        assert function.title in said


def test_a_plot_leaves_matplotlib_as_it_was_and_heeds_no_settings_of_the_user() -> None:
    import matplotlib

    with matplotlib.rc_context({"font.size": 40, "axes.grid": True, "lines.linewidth": 9, "axes.unicode_minus": False}):
        before = dict(matplotlib.rcParams)
        figure = plot_activation("tanh")
        assert dict(matplotlib.rcParams) == before
    assert overlaps(figure) == []


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_a_plot_is_written_the_same_twice_with_words_for_those_who_cannot_see(suffix: str, tmp_path) -> None:
    names = [tmp_path / f"{number}{suffix}" for number in (1, 2)]
    for name in names:
        good("activation", "relu", "tanh", "softmax", "--theme", "print", "-o", str(name))
    one, two = (name.read_bytes() for name in names)
    assert one == two
    if suffix == ".png":
        with Picture.open(names[0]) as picture:
            assert picture.size == (1120, 630)
            assert "f(x) = max(0, x)" in picture.text["Description"]
            assert json.loads(picture.text["convviz"]) == {"activations": ["relu", "tanh", "softmax"]}
    if suffix == ".svg":
        root = ElementTree.fromstring(one)
        title, desc = (root.find(f"{{http://www.w3.org/2000/svg}}{each}") for each in ("title", "desc"))
        assert title is not None
        assert title.text == "Activation functions"
        assert desc is not None
        assert "range (−1, 1)" in (desc.text or "")
        assert root.get("role") == "img"


def test_every_activation_stands_in_one_figure(tmp_path: Any) -> None:
    assert len(plot_activation(*NAMES).axes) == len(NAMES)  # a panel each
    out = tmp_path / "all.png"
    good("activation", "all", "-o", str(out))
    with Picture.open(out) as picture:
        assert json.loads(picture.text["convviz"])["activations"] == list(NAMES)
    good("activation", "all", "--together", "-o", str(out))
    with Picture.open(out) as picture:
        assert json.loads(picture.text["convviz"])["activations"] == [name for name in NAMES if name != "softmax"]


@pytest.mark.parametrize(
    ("names", "options", "said"),
    [
        ((), {}, "0 activations are not drawn"),
        (("relu", "ReLU"), {}, "name one twice"),
        (("gelu", "gelu-tanh"), {"approximate": "tanh"}, "name one twice"),
        (("softmax",), {"together": True}, "softmax has no curve"),
        (("relu",), {"alpha": 2}, "alpha 2 means nothing here"),
        (("relu",), {"width": 100}, "width is 100 pixels"),
        (("relu",), {"reach": 0}, "reach is 0"),
        (("relu",), {"theme": "drak"}, "did you mean dark?"),
        (("rellu", "tanh"), {}, "did you mean relu?"),
    ],
)
def test_plots_that_cannot_be_are_refused(names: tuple[str, ...], options: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingError, match=r"^[^\n]{15,400}$") as problem:
        plot_activation(*names, **options)
    assert said in str(problem.value)
