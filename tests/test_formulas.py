import re
from xml.etree import ElementTree

import pytest
from matplotlib.mathtext import MathTextParser

import convviz
from convviz import report
from convviz.errors import SettingError
from convviz.formulas import latex, mathml

WINDOW = "output size = ⌊(i + 2p − d(k − 1) − 1)/s⌋ + 1 = ⌊(6 + 2·0 − 1·(3 − 1) − 1)/2⌋ + 1 = 2"
FORMULAS = [
    WINDOW,
    "(i − 1)·s − 2p + d(k − 1) + 1 + a",
    "f(x) = max(0, x)",
    "f(x) = 1/(1 + e^(−x))",
    "f(x) = (e^x − e^(−x))/(e^x + e^(−x))",
    "p_i = e^(z_i − m)/(Σ_j e^(z_j − m))",
    "f′(x) = σ(x)(1 − σ(x))",
    "o reads ⌊o·i/b⌋ to ⌈(o + 1)·i/b⌉ − 1",
    "x_i^2",
    "−3 + 1,000.5",
]
INSIDE = "{http://www.w3.org/1998/Math/MathML}"


@pytest.mark.parametrize("text", FORMULAS)
def test_latex_is_read_by_a_reader_of_latex(text):
    MathTextParser("agg").parse(f"${latex(text)}$")


@pytest.mark.parametrize("text", FORMULAS)
def test_mathml_is_whole_and_says_what_was_typed(text):
    math = ElementTree.fromstring(mathml(text, block=True))
    assert math.tag == INSIDE + "math"
    assert math.get("alttext") == text
    assert math.get("display") == "block"
    arity = {"mfrac": 2, "msup": 2, "msub": 2, "msubsup": 3}
    for element in math.iter():
        name = element.tag.removeprefix(INSIDE)
        if name in arity:
            assert len(element) == arity[name], ElementTree.tostring(element)
    kept = re.sub(r"[\s()/^_⁡]", "", text)
    shown = re.sub(r"[\s()/⁡]", "", "".join(math.itertext()))
    assert sorted(shown) == sorted(kept)  # nothing is lost, nothing added: fractions and powers may reorder


def test_a_fraction_in_a_floor_stays_in_the_line_where_brackets_may_not_grow():
    assert latex("⌊(i + 2p − d(k − 1) − 1)/s⌋ + 1") == (
        r"\left\lfloor \frac{i + 2 p - d (k - 1) - 1}{s} \right\rfloor + 1"
    )
    assert mathml("⌊n/2⌋").endswith(
        '<mo stretchy="false">⌊</mo><mi>n</mi><mo>/</mo><mn>2</mn><mo stretchy="false">⌋</mo></mrow></mrow></math>'
    )
    assert "<mfrac><mi>n</mi><mn>2</mn></mfrac>" in mathml("n/2")


@pytest.mark.parametrize("stride", [1, 2])
def test_every_formula_that_convviz_writes_can_be_read(stride):
    x = [[1, 2, 3, 4]] * 4
    for trace in (
        convviz.conv2d(x, [[1, 0], [0, 1]], stride=stride, padding=((0, 1), (1, 0))),
        convviz.max_pool2d(x, 3, stride=stride, ceil_mode=True),
        convviz.conv_transpose2d(x, [[1, 0], [0, 1]], stride=stride),
    ):
        for line in report.head(trace):
            if line.startswith("output size"):
                assert latex(line).startswith(r"\mathrm{output\ size} = ")
                MathTextParser("agg").parse(f"${latex(line)}$")


@pytest.mark.parametrize("text", ["", "1 +", "(1 + 2", "⌊1)", "1 + / 2", "a }", "x^", "f(1,"])
def test_what_is_no_formula_is_refused(text):
    with pytest.raises(SettingError, match="formula"):
        latex(text)
