"""How a value is written: the same digits in the picture, on the page, in the sentence and in the text."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

MINUS = "\N{MINUS SIGN}"
DECIMALS = 2  # what a grid is rounded to when its values are not exact
EXACT = 3  # in so many or fewer
TINY = 0.1  # a rounded grid whose every value is below this would read as zeros: use significant digits
EXACT_HALVES = 2.0**50  # larger floats have no halves to speak of
HUGE = 1e7  # a float above this is written with an exponent


@dataclass(frozen=True, slots=True)
class Format:
    """One way of writing numbers, for a whole grid, and for the sentences about it.

    At most ``decimals`` digits stand after the point, fewer where they are the value itself; with ``compact`` there are
    instead that many significant digits and, where needed, an exponent. ``exact`` says that no value of the grid is
    changed by it; ``noise`` is the error that the arithmetic itself may have left in a value (0 for values that were
    given). Values that are not ``rational`` keep all their digits: 1.00 is not quite 1.

    >>> Format(2)(1 / 3), Format(0)(-4), Format(1)(-0.0), Format(3, compact=True)(123456)
    ('0.33', '−4', '0', '1.23e5')
    >>> Format()(2**53 + 1), Format(1)(10), Format(2, exact=False, epsilon=2e-16)(15.0)
    ('9007199254740993', '10', '15')
    """

    decimals: int = 0
    compact: bool = False
    exact: bool = True
    epsilon: float = 0.0
    noise: float = 0.0
    rational: bool = True

    def __call__(self, value: Any) -> str:
        """Write one value, with a real minus sign; NaN and the infinities by name."""
        if type(value) is int and not self.decimals and not self.compact:  # most are, and this is quick
            return str(value) if value >= 0 else f"{MINUS}{-value}"
        return self.brief(value) if self.rational else self.aligned(value)

    def aligned(self, value: Any) -> str:
        """Write one value of a table of text, with the zeros that line up its points.

        >>> Format(2).aligned(-2.5), Format(1).aligned(-0.0)
        ('−2.50', '0.0')
        """
        if isinstance(value, float) or not hasattr(value, "__index__"):
            value = float(value)
            if math.isnan(value):
                return "NaN"
            if math.isinf(value):
                return "∞" if value > 0 else MINUS + "∞"
        else:
            value = int(value)
        if self.compact:
            text = _significant(value, self.decimals)
        elif isinstance(value, int):  # in its own digits: as a float it would lose those beyond 2**53
            text = f"{value}.{'0' * self.decimals}".rstrip(".")
        else:
            text = self._fixed(value)
        if text.startswith("-"):
            text = text[1:] if not text.strip("-0.") else MINUS + text[1:]
        return text

    def _fixed(self, value: float) -> str:
        """Write so many decimals, halves away from 0, as people round; also those that floating point just misses.

        >>> [Format(2)(each) for each in (0.125, -5.125, 2.675, 1.005, 0.1249)]
        ['0.13', '−5.13', '2.68', '1.01', '0.12']
        """
        scaled = abs(value) * 10.0**self.decimals
        if scaled < EXACT_HALVES:
            half = math.floor(scaled) + 0.5
            slack = min((4 * self.epsilon * abs(value) + self.noise) * 10.0**self.decimals, 0.005)
            if abs(scaled - half) <= max(slack, 1e-12 * half):
                value = math.copysign((half + 0.5) / 10**self.decimals, value)
        return f"{value:.{self.decimals}f}"

    def brief(self, value: Any) -> str:
        """Write one value that is known to be rational: without zeros at its end.

        >>> rounded = Format(2, exact=False, epsilon=2e-16)
        >>> rounded.brief(15.0), rounded.brief(0.5), rounded.brief(1 / 3)
        ('15', '0.5', '0.33')
        """
        text = self.aligned(value)
        return _trimmed(text) if "e" not in text and self.is_exact(value) else text

    def is_exact(self, value: Any) -> bool:
        """Tell whether the digits written are the value itself, up to what floating point leaves behind."""
        if self.exact or not math.isfinite(value):
            return True
        shown = float(self.aligned(value).replace(MINUS, "-")) if self.compact else round(value, self.decimals)
        least = abs(value) / 1e4 if self.compact else _least(self.decimals)
        return bool(abs(value - shown) <= min(4 * self.epsilon * abs(value) + self.noise, least))


def _least(decimals: int) -> float:
    """Return what floating point may leave behind at most: a small part of the last digit that is written.

    Beside far larger values the bound on rounding errors is far larger than what a small one may be off by.
    """
    return float(0.05 * 10.0**-decimals)


def _significant(value: float, digits: int) -> str:
    """Write with so many significant digits, as short as it goes.

    >>> _significant(1234567, 3), _significant(0.00124, 2), _significant(12, 3), _significant(0, 2)
    ('1.23e6', '1.2e−3', '12', '0')
    """
    if value == 0:
        return "0"
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    power = int(exponent)
    if -2 <= power < digits:
        return _trimmed(f"{value:.{max(0, digits - 1 - power)}f}")
    return f"{_trimmed(mantissa)}e{MINUS if power < 0 else ''}{abs(power)}"


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def choose(values: NDArray[Any], noise: float = 0.0, *, rational: bool = True) -> Format:
    """Pick the one format in which a whole grid is written.

    Integers show as integers; other values with the fewest decimals that are exact, up to three; else rounded to two
    (or to two significant digits where two decimals would show nothing but zeros). Values that are not ``rational``,
    such as e, are always rounded.

    >>> import numpy as np
    >>> choose(np.array([1.0, 2.0])).decimals, choose(np.array([0.5, 2.0])).decimals
    (0, 1)
    >>> choose(np.array([0.125, 2.0])).decimals, choose(np.array([1 / 3, 1.0])).exact
    (3, False)
    """
    import numpy as np

    if values.dtype.kind in "iu":
        return Format()
    epsilon = float(np.finfo(values.dtype).eps)
    finite = values[np.isfinite(values)].astype(np.float64)
    size = np.abs(finite)
    largest = float(size.max()) if size.size else 0.0
    if largest >= HUGE:
        return Format(3, compact=True, exact=False, epsilon=epsilon, noise=noise, rational=rational)
    slack = 4 * epsilon * size + noise
    for decimals in range(EXACT + 1 if rational else 0):
        if bool((np.abs(finite - np.round(finite, decimals)) <= np.minimum(slack, _least(decimals))).all()):
            return Format(decimals, exact=True, epsilon=epsilon, noise=noise, rational=rational)
    if largest < TINY:
        return Format(2, compact=True, exact=False, epsilon=epsilon, noise=noise, rational=rational)
    return Format(DECIMALS, exact=False, epsilon=epsilon, noise=noise, rational=rational)


def shorter(format: Format, values: NDArray[Any]) -> Iterator[Format]:
    """Yield a format and ever shorter ones, for values that are too long for their cells.

    Whole numbers come after significant digits that keep as much of the largest value: they would show a half as 0.

    >>> import numpy as np
    >>> [each(-0.5) for each in shorter(Format(1), np.array([-0.5, 12.0]))][:3]
    ['−0.5', '−0.5', '−0.5']
    >>> [each(252.333) for each in shorter(Format(2, exact=False), np.array([252.333]))]
    ['252.33', '252.3', '252', '252', '252', '2.5e2']
    """
    import numpy as np

    yield format
    finite = np.abs(values[np.isfinite(values)])
    largest = float(finite.max()) if finite.size else 0.0
    compact = [replace(format, decimals=digits, compact=True, exact=False) for digits in (3, 2)]
    if not format.compact and format.decimals > DECIMALS and TINY <= largest < 10:
        yield replace(format, decimals=DECIMALS, exact=False)
    if not format.compact and largest >= 10:
        for decimals in range(format.decimals - 1, -1, -1):
            if decimals == 0:
                yield from (each for each in compact if round(largest) < 10**each.decimals)
            yield replace(format, decimals=decimals, exact=False)
    yield from compact


def times(sizes: Any) -> str:
    """Write sizes as people do.

    >>> times((6, 4))
    '6×4'
    """
    return "×".join(str(size) for size in sizes)


def plain(value: Any) -> str:
    """Write one setting as it was given: an integer, or a float in its shortest form.

    >>> plain(-2), plain(0.5), plain(3.0)
    ('−2', '0.5', '3')
    """
    number = float(value)
    if not math.isfinite(number):
        return Format()(number)
    text = str(int(value)) if number == int(number) else repr(number)
    return text.replace("-", MINUS)
