"""Activation functions: values and slopes that never overflow, with their formulas and ranges."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from convviz.errors import SettingError
from convviz.exact import Array
from convviz.numbers import plain
from convviz.words import TITLES

Curve: TypeAlias = Callable[[Array], Array]
Spell: TypeAlias = Callable[[float, Callable[[float], str]], str]
MOST_NAME = 40  # characters of a name that are repeated in a refusal


@dataclass(frozen=True, eq=False)
class Activation:
    """One function of one number.

    ``value`` and ``slope`` take float64 arrays; where the function has a kink, the slope is PyTorch's. ``formula`` and
    ``derivative`` are in matplotlib's mathtext, ``spelled`` is the formula in plain text, ``spell`` the same with a
    number put in. ``exact`` tells where the value is a rational number that floating point holds as well as the
    input; elsewhere digits are rounded. ``whole``: integers stay integers.
    """

    name: str
    value: Curve
    slope: Curve
    formula: str
    derivative: str
    spelled: str
    range: str
    spell: Spell
    exact: Curve
    whole: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The name that people read."""
        return TITLES[self.name]

    @property
    def about(self) -> str:
        """The formula and the range, in plain text."""
        return f"f(x) = {self.spelled} · range {self.range}"


def activation_named(
    name: str,
    *,
    negative_slope: float | None = None,
    alpha: float | None = None,
    approximate: str | None = None,
) -> Activation:
    """Return an activation by its name, in PyTorch's spelling, Keras's, or with hyphens.

    ``negative_slope`` belongs to leaky_relu (0.01 if left out), ``alpha`` to elu (1), ``approximate`` ("none" or
    "tanh") to gelu. Raises `SettingError` for an unknown name, with the nearest that is known.

    >>> activation_named("Leaky-ReLU", negative_slope=0.2).about
    'f(x) = x if x ≥ 0, else 0.2·x · range (−∞, ∞)'
    """
    spelled = known_name(name)
    if spelled == "softmax":
        raise SettingError("softmax is no function of one number: use convviz.softmax, which takes a whole vector")
    given = {"negative_slope": negative_slope, "alpha": alpha, "approximate": approximate}
    for setting, owner in OWNERS.items():
        if given[setting] is not None and spelled != owner:
            shown = f"{setting} {given[setting]!r}"
            raise SettingError(f"{shown} means nothing for {spelled}: it belongs to {owner}")
    match spelled:
        case "leaky_relu":
            return _leaky_relu(_number("negative_slope", negative_slope, 0.01, least=0.0))
        case "elu":
            return _elu(_number("alpha", alpha, 1.0, least=math.ulp(0)))
        case "gelu" if approximate not in (None, "none"):
            if approximate != "tanh":
                raise SettingError(f"approximate {approximate!r} is unknown: use none (the exact form) or tanh")
            return _FIXED["gelu_tanh"]
    return _FIXED[spelled]


def known_name(name: str) -> str:
    """Return the name of an activation, or of softmax, as it is spelled here.

    >>> known_name("Swish"), known_name("hard-sigmoid"), known_name("SoftMax")
    ('silu', 'hardsigmoid', 'softmax')
    """
    shown = name if len(name) <= MOST_NAME else name[:MOST_NAME] + "…"
    key = name.lower().replace("-", "_").replace(" ", "_").strip("_")
    key = ALIASES.get(key, key)
    if key in NAMES:
        return key
    from difflib import get_close_matches

    near = get_close_matches(key[:MOST_NAME], [*NAMES, *ALIASES], n=1)
    hint = f"did you mean {_typed(near[0])}? " if near else ""
    raise SettingError(f"activation {shown!r} is unknown: {hint}use one of {', '.join(map(_typed, NAMES))}")


def _typed(name: str) -> str:
    """Return a name as it is typed in a command, which is as good in Python.

    >>> _typed("leaky_relu"), _typed("hardswish")
    ('leaky-relu', 'hard-swish')
    """
    return re.sub("^hard(?=s)", "hard-", name.replace("_", "-"))


def _number(name: str, value: Any, default: float, least: float) -> float:
    if value is None:
        return default
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise SettingError(f"{name} must be a finite number, not {value!r}: use {plain(default)}, for example")
    if number < least:
        bound = "0 or more" if least == 0 else "a number above 0"
        raise SettingError(f"{name} is {plain(number)}: use {bound}, such as {plain(default)}")
    return number


# Values and slopes: each exponential is of a number that is not above 0.


def sigmoid(x: Array) -> Array:
    """Return 1 / (1 + e^−x).

    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0])).tolist()
    [0.0, 0.5, 1.0]
    """
    small = np.exp(-np.abs(x))
    return np.asarray(np.where(x >= 0, 1.0, small) / (1 + small))


def _sigmoid_slope(x: Array) -> Array:
    small = np.exp(-np.abs(x))
    return np.asarray(small / (1 + small) ** 2)


def softplus(x: Array) -> Array:
    """Return ln(1 + e^x).

    >>> softplus(np.array([-1000.0, 1000.0])).tolist()
    [0.0, 1000.0]
    """
    return np.asarray(np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))))


def _tanh_slope(x: Array) -> Array:
    small = np.exp(-2 * np.minimum(np.abs(x), 400))  # beyond it nothing is left
    return np.asarray(4 * small / (1 + small) ** 2)


def _times(x: Array, factor: Array) -> Array:
    """Return x · factor, where a factor of 0 wins over an infinite x: it went to 0 much faster."""
    return np.asarray(np.where(factor == 0, factor, x * np.where(factor == 0, 1, factor)))


def _normal(x: Array) -> Array:
    """Return Φ(x), the share of a normal distribution below x."""
    flat = [math.erfc(-value / math.sqrt(2)) / 2 for value in x.ravel().tolist()]
    return np.array(flat, dtype=np.float64).reshape(x.shape)


def _density(x: Array) -> Array:
    with np.errstate(over="ignore"):
        return np.asarray(np.exp(-x * x / 2) / math.sqrt(2 * math.pi))


def _gelu_slope(x: Array) -> Array:
    return np.asarray(_normal(x) + _times(x, _density(x)))


ROOT = math.sqrt(2 / math.pi)
CUBIC = 0.044715


def _inner(x: Array) -> Array:
    with np.errstate(over="ignore"):
        return np.asarray(ROOT * (x + CUBIC * x * x * x))


def _gelu_tanh(x: Array) -> Array:
    return _times(x, sigmoid(2 * _inner(x)))  # (1 + tanh u)/2, without losing the digits of what is left of 1 − 1


def _gelu_tanh_slope(x: Array) -> Array:
    inner = _inner(x)
    with np.errstate(over="ignore", invalid="ignore"):
        steep = np.asarray(ROOT * (1 + 3 * CUBIC * x * x))
        return np.asarray(sigmoid(2 * inner) + _times(steep, _times(x, _tanh_slope(inner))) / 2)


def _mish(x: Array) -> Array:
    return _times(x, np.tanh(softplus(x)))


def _mish_slope(x: Array) -> Array:
    smooth = softplus(x)
    return np.asarray(np.tanh(smooth) + _times(x, _times(sigmoid(x), _tanh_slope(smooth))))


def _silu_slope(x: Array) -> Array:
    return np.asarray(sigmoid(x) + _times(x, _sigmoid_slope(x)))


def _hardsigmoid(x: Array) -> Array:
    return np.asarray(np.clip(x, -3, 3) + 3) / 6


def _kept(x: Array, slope: Any) -> Array:
    """Return a slope, NaN where x is."""
    return np.asarray(np.where(np.isnan(x), np.nan, slope))


# Where values are rational.


def _everywhere(x: Array) -> Array:
    return np.ones(x.shape, dtype=bool)


def _nowhere(x: Array) -> Array:
    return ~np.isfinite(x)


def _at_zero(x: Array) -> Array:
    return np.asarray((x == 0) | ~np.isfinite(x))


def _factor(text: str) -> str:
    return f"({text})" if text.startswith("−") else text


def _fixed(*activations: Activation) -> dict[str, Activation]:
    return {each.name: each for each in activations}


_FIXED = _fixed(
    Activation(
        "relu",
        lambda x: np.maximum(x, 0),
        lambda x: _kept(x, x > 0),
        r"\max(0,\, x)",
        r"1\ \mathrm{if}\ x > 0,\ \mathrm{else}\ 0",
        "max(0, x)",
        "[0, ∞)",
        lambda x, w: f"max(0, {w(x)})",
        _everywhere,
        whole=True,
    ),
    Activation(
        "tanh",
        np.tanh,
        _tanh_slope,
        r"\tanh x = \dfrac{e^{x} - e^{-x}}{e^{x} + e^{-x}}",
        r"1 - \tanh^2 x",
        "tanh x",
        "(−1, 1)",
        lambda x, w: f"tanh({w(x)})",
        _at_zero,
    ),
    Activation(
        "sigmoid",
        sigmoid,
        _sigmoid_slope,
        r"\sigma(x) = \dfrac{1}{1 + e^{-x}}",
        r"\sigma(x)\,(1 - \sigma(x))",
        "1 / (1 + e^(−x))",
        "(0, 1)",
        lambda x, w: f"1 / (1 + e^{w(-x)})",
        _at_zero,
    ),
    Activation(
        "gelu",
        lambda x: _times(x, _normal(x)),
        _gelu_slope,
        r"x\,\Phi(x) = \dfrac{x}{2}\,\left(1 + \mathrm{erf}\,\dfrac{x}{\sqrt{2}}\right)",
        r"\Phi(x) + x\,\varphi(x)",
        "x/2 · (1 + erf(x/√2))",
        "[≈ −0.170, ∞)",
        lambda x, w: f"{w(x)}/2 · (1 + erf({w(x)}/√2))",
        _at_zero,
    ),
    Activation(
        "gelu_tanh",
        _gelu_tanh,
        _gelu_tanh_slope,
        r"\dfrac{x}{2}\,(1 + \tanh u),\ \ u = \sqrt{\dfrac{2}{\pi}}\,(x + 0.044715\,x^3)",
        r"\dfrac{1 + \tanh u}{2} + \dfrac{x}{2}\,u'\,(1 - \tanh^2 u)",
        "x/2 · (1 + tanh(√(2/π)·(x + 0.044715·x³)))",
        "[≈ −0.170, ∞)",
        lambda x, w: f"{w(x)}/2 · (1 + tanh(√(2/π)·({w(x)} + 0.044715·{_factor(w(x))}³)))",
        _at_zero,
    ),
    Activation(
        "silu",
        lambda x: _times(x, sigmoid(x)),
        _silu_slope,
        r"x\,\sigma(x) = \dfrac{x}{1 + e^{-x}}",
        r"\sigma(x)\,(1 + x\,(1 - \sigma(x)))",
        "x / (1 + e^(−x))",
        "[≈ −0.278, ∞)",
        lambda x, w: f"{w(x)} / (1 + e^{w(-x)})",
        _at_zero,
    ),
    Activation(
        "softplus",
        softplus,
        sigmoid,
        r"\ln(1 + e^{x})",
        r"\sigma(x)",
        "ln(1 + e^x)",
        "(0, ∞)",
        lambda x, w: f"ln(1 + e^{w(x)})",
        _nowhere,
    ),
    Activation(
        "mish",
        _mish,
        _mish_slope,
        r"x\,\tanh s,\ \ s = \ln(1 + e^{x})",
        r"\tanh s + x\,\sigma(x)\,(1 - \tanh^2 s)",
        "x · tanh(ln(1 + e^x))",
        "[≈ −0.309, ∞)",
        lambda x, w: f"{w(x)} · tanh(ln(1 + e^{w(x)}))",
        _at_zero,
    ),
    Activation(
        "hardsigmoid",
        _hardsigmoid,
        lambda x: _kept(x, (np.abs(x) < 3) / 6),
        r"\min(1,\, \max(0,\, \dfrac{x + 3}{6}))",
        r"\dfrac{1}{6}\ \mathrm{if}\ |x| < 3,\ \mathrm{else}\ 0",
        "min(1, max(0, (x + 3)/6))",
        "[0, 1]",
        lambda x, w: f"min(1, max(0, ({w(x)} + 3)/6))",
        _everywhere,
    ),
    Activation(
        "hardswish",
        lambda x: _times(x, _hardsigmoid(x)),
        lambda x: _kept(x, np.where(x <= -3, 0, np.where(x >= 3, 1, np.clip(x, -3, 3) / 3 + 0.5))),
        r"x\,\min(1,\, \max(0,\, \dfrac{x + 3}{6}))",
        r"0\ \mathrm{if}\ x \leq -3,\ 1\ \mathrm{if}\ x \geq 3,\ \mathrm{else}\ \dfrac{x}{3} + \dfrac{1}{2}",
        "x · min(1, max(0, (x + 3)/6))",
        "[−0.375, ∞)",
        lambda x, w: f"{w(x)} · min(1, max(0, ({w(x)} + 3)/6))",
        _everywhere,
    ),
)


def _leaky_relu(slope: float) -> Activation:
    said = plain(slope)
    return Activation(
        "leaky_relu",
        lambda x: np.where(x >= 0, x, slope * x if slope else np.where(np.isnan(x), x, 0)),
        lambda x: _kept(x, np.where(x > 0, 1, slope)),
        rf"x\ \mathrm{{if}}\ x \geq 0,\ \mathrm{{else}}\ {said}\,x",
        rf"1\ \mathrm{{if}}\ x > 0,\ \mathrm{{else}}\ {said}",
        f"x if x ≥ 0, else {said}·x",
        "(−∞, ∞)" if slope else "[0, ∞)",
        lambda x, w: w(x) if x >= 0 else f"{said} · ({w(x)})",
        _everywhere,
        settings={"negative_slope": slope},
    )


def _elu(alpha: float) -> Activation:
    said = plain(alpha)
    front = "" if alpha == 1 else said
    return Activation(
        "elu",
        lambda x: np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0))),
        lambda x: np.where(x > 0, 1, alpha * np.exp(np.minimum(x, 0))),
        rf"x\ \mathrm{{if}}\ x > 0,\ \mathrm{{else}}\ {front}\,(e^{{x}} - 1)",
        rf"1\ \mathrm{{if}}\ x > 0,\ \mathrm{{else}}\ {front}\,e^{{x}}",
        f"x if x > 0, else {said + ' · (e^x − 1)' if front else 'e^x − 1'}",
        f"(−{said}, ∞)",
        lambda x, w: w(x) if x > 0 else f"{said} · (e^{w(x)} − 1)" if front else f"e^{w(x)} − 1",
        lambda x: np.asarray((x >= 0) | ~np.isfinite(x)),
        settings={"alpha": alpha},
    )


NAMES = (
    *("relu", "leaky_relu", "elu", "gelu", "gelu_tanh", "silu", "softplus", "mish"),
    *("tanh", "sigmoid", "hardsigmoid", "hardswish", "softmax"),
)
OWNERS = {"negative_slope": "leaky_relu", "alpha": "elu", "approximate": "gelu"}
ALIASES = {
    "swish": "silu",
    "logistic": "sigmoid",
    "leakyrelu": "leaky_relu",
    "hard_sigmoid": "hardsigmoid",
    "hard_swish": "hardswish",
    "hard_silu": "hardswish",
    "hardsilu": "hardswish",
    "gelu_exact": "gelu",
    "gelu_approximate": "gelu_tanh",
    "soft_plus": "softplus",
    "soft_max": "softmax",
}
