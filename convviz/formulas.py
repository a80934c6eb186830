"""A formula as it is typed, such as ``⌊(i + 2p)/s⌋ + 1``, becomes MathML or LaTeX.

A formula is numbers, letters and words; ``+ − · / ^ _``; brackets, floors and ceilings; functions such as
``max(0, x)``; ``Σ_j``; and ``= ≈`` between its sides. What stands side by side is multiplied. A fraction takes what
``·`` holds together on its left and one factor on its right, whose brackets are then not needed; a power and an index
take one factor.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from typing import TypeAlias, assert_never

from convviz.errors import SettingError

FUNCTIONS = ("max", "min", "tanh", "exp", "log", "erf")
RELATIONS = ("=", "≈", "≤", "≥", "→")
BRACKETS = {"(": ")", "⌊": "⌋", "⌈": "⌉", "[": "]"}
LATEX = {
    "−": "-",
    "·": r"\cdot ",
    "×": r"\times ",
    "≈": r"\approx ",
    "≤": r"\le ",
    "≥": r"\ge ",
    "→": r"\to ",
    "⌊": r"\lfloor ",
    "⌋": r"\rfloor ",
    "⌈": r"\lceil ",
    "⌉": r"\rceil ",
    "Σ": r"\sum",
    "σ": r"\sigma ",
    "?": "?",
}


@dataclass(frozen=True)
class Atom:
    """A number, a letter, words or a sign."""

    text: str


@dataclass(frozen=True)
class Row:
    """What stands side by side."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True)
class Bracketed:
    """What stands in brackets."""

    left: str
    inner: Formula
    right: str


@dataclass(frozen=True)
class Over:
    """A fraction."""

    above: Formula
    below: Formula


@dataclass(frozen=True)
class Raised:
    """A base with what is written above or below to its right; either may be missing."""

    base: Formula
    power: Formula | None
    index: Formula | None


Formula: TypeAlias = Atom | Row | Bracketed | Over | Raised


def parse(text: str) -> Formula:
    """Read a formula; raises `SettingError` where it can't be.

    >>> parse("2p/s")
    Over(above=Row(parts=(Atom(text='2'), Atom(text='p'))), below=Atom(text='s'))
    """
    reader = _Reader(text)
    formula = reader.sides()
    if reader.next:
        raise SettingError(f"formula {text!r} has {reader.next!r} where it can't stand: take it out")
    return formula


def mathml(text: str, *, block: bool = False) -> str:
    """Return a formula as MathML, with its text as the words for those who can't see it.

    >>> mathml("n/s")[-55:]
    '<mrow><mfrac><mi>n</mi><mi>s</mi></mfrac></mrow></math>'
    """
    shown = ' display="block"' if block else ""
    return (
        f'<math xmlns="http://www.w3.org/1998/Math/MathML"{shown} alttext="{escape(text)}">'
        f"<mrow>{_ml(parse(text))}</mrow></math>"
    )


def latex(text: str) -> str:
    r"""Return a formula as LaTeX, without dollar signs.

    >>> print(latex("⌊(i + 2p)/s⌋ + 1"))
    \left\lfloor \frac{i + 2 p}{s} \right\rfloor + 1
    """
    return re.sub(" +", " ", _tex(parse(text))).strip()


class _Reader:
    """Reads a formula from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = re.findall(r"\d+(?:[.,]\d+)*|[^\W\d_]+′?|\S", text)
        self.at = 0

    @property
    def next(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        token = self.next
        if not token:
            raise SettingError(f"formula {self.text!r} ends too early: finish it")
        self.at += 1
        return token

    def sides(self) -> Formula:
        parts = [self.sum()]
        while self.next in RELATIONS:
            parts += [Atom(self.take()), self.sum()]
        return _row(parts)

    def sum(self) -> Formula:
        parts: list[Formula] = []
        if self.next in ("−", "-", "+"):
            parts.append(Atom(self.sign()))
        parts.append(self.product())
        while self.next in ("+", "−", "-"):
            parts += [Atom(self.sign()), self.product()]
        return _row(parts)

    def sign(self) -> str:
        return self.take().replace("-", "−")

    def product(self) -> Formula:
        parts = [self.factor()]
        while self.next and self.next not in (*RELATIONS, *BRACKETS.values(), "+", "−", "-", ","):
            if self.next == "/":
                self.take()
                parts = [Over(_row(parts), self.factor())]
            elif self.next in ("·", "×"):
                parts += [Atom(self.take()), self.factor()]
            else:
                parts.append(self.factor())
        return _row(parts)

    def factor(self) -> Formula:
        base = self.base()
        power = index = None
        while self.next in ("^", "_"):
            if self.take() == "^":
                power = _bare(self.factor_of_script())
            else:
                index = _bare(self.factor_of_script())
        return base if power is index is None else Raised(base, power, index)

    def factor_of_script(self) -> Formula:
        if self.next in ("−", "-"):
            return Row((Atom(self.sign()), self.base()))
        return self.base()

    def base(self) -> Formula:
        token = self.take()
        if token in BRACKETS:
            return self.bracketed(token)
        if token in FUNCTIONS and self.next == "(":
            return Row((Atom(token), self.bracketed(self.take())))
        if not (token[0].isalnum() or token in ("Σ", "?", "…", "∞")):
            raise SettingError(f"formula {self.text!r} has {token!r} where it can't stand: take it out")
        while _is_words(token) and _is_words(self.next):  # output size
            token += " " + self.take()
        return Atom(token)

    def bracketed(self, left: str) -> Formula:
        parts = [self.sides()]
        while self.next == ",":
            parts += [Atom(self.take()), self.sides()]
        right = self.take()
        if right != BRACKETS[left]:
            raise SettingError(f"formula {self.text!r} opens {left} and closes {right}: close it with {BRACKETS[left]}")
        return Bracketed(left, _row(parts), right)


def _is_words(token: str) -> bool:
    return len(token) > 1 and token.isalpha() and token not in FUNCTIONS


def _row(parts: list[Formula]) -> Formula:
    return parts[0] if len(parts) == 1 else Row(tuple(parts))


def _bare(formula: Formula) -> Formula:
    """Take off brackets that a line or a raised place makes needless."""
    return formula.inner if isinstance(formula, Bracketed) and formula.left == "(" else formula


def _is_tall(formula: Formula) -> bool:
    """Tell whether brackets around it have to grow."""
    match formula:
        case Row(parts):
            return any(map(_is_tall, parts))
        case Bracketed(_, inner, _):
            return _is_tall(inner)
        case _:
            return isinstance(formula, Over)


def _ml(formula: Formula, flat: bool = False) -> str:
    """Return the elements of a formula; ``flat``: a fraction in brackets stays in the line.

    Brackets grow only where a font for mathematics is there, and many machines have none.
    """
    match formula:
        case Atom(text):
            return _element(text)
        case Row(parts):
            return "".join(
                _ml(part, flat) + ("<mo>&#8289;</mo>" if isinstance(part, Atom) and part.text in FUNCTIONS else "")
                for part in parts
            )
        case Bracketed(left, inner, right):
            fence = '<mo stretchy="false">{}</mo>'
            return f"<mrow>{fence.format(left)}{_ml(inner, True)}{fence.format(right)}</mrow>"
        case Over(above, below) if flat:
            return f"{_ml(above, flat)}<mo>/</mo>{_ml(below, flat)}"
        case Over(above, below):
            return f"<mfrac>{_one(_bare(above))}{_one(_bare(below))}</mfrac>"
        case Raised(base, power, index):
            if power is None or index is None:
                name = "msub" if power is None else "msup"
                return f"<{name}>{_one(base)}{''.join(_one(each) for each in (power, index) if each)}</{name}>"
            return f"<msubsup>{_one(base)}{_one(index)}{_one(power)}</msubsup>"
        case _:
            assert_never(formula)


def _element(text: str) -> str:
    """Return a number, a letter, words or a sign."""
    if text[0].isdigit():
        return f"<mn>{text}</mn>"
    if _is_words(text.replace(" ", "")):
        return f"<mtext>{escape(text)}</mtext>"
    if text.endswith("′"):
        return f"<msup><mi>{text[:-1]}</mi><mo>′</mo></msup>"
    kind = "mi" if text[0].isalpha() and text != "Σ" else "mo"
    return f"<{kind}>{escape(text)}</{kind}>"


def _one(formula: Formula) -> str:
    """Return one element: a row counts as several."""
    return f"<mrow>{_ml(formula)}</mrow>" if isinstance(formula, Row) else _ml(formula)


def _tex(formula: Formula) -> str:
    match formula:
        case Atom(text):
            if text in FUNCTIONS:
                return rf"\operatorname{{{text}}}" if text == "erf" else rf"\{text}"
            if _is_words(text.replace(" ", "")):
                return rf"\mathrm{{{text.replace(' ', chr(92) + ' ')}}}"
            sign = LATEX.get(text, text).replace("′", "'")
            return f" {sign} " if not text[0].isalnum() and text not in ("Σ", "?", "…") else sign
        case Row(parts):
            return " ".join(_tex(part) for part in parts)
        case Bracketed(left, inner, right):
            low, high = LATEX.get(left, left), LATEX.get(right, right)
            return rf"\left{low} {_tex(inner)} \right{high}" if _is_tall(inner) else f"{low}{_tex(inner)}{high}"
        case Over(above, below):
            return rf"\frac{{{_tex(_bare(above))}}}{{{_tex(_bare(below))}}}"
        case Raised(base, power, index):
            low = "" if index is None else f"_{{{_tex(index)}}}"
            return _tex(base) + low + ("" if power is None else f"^{{{_tex(power)}}}")
        case _:
            assert_never(formula)
