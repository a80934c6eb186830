"""What is typed for an option becomes a value: numbers per axis, padding, sizes."""

from __future__ import annotations

import math
import re

from convviz.errors import SettingError
from convviz.window import PADDING_NAMES

DIGITS = 12  # of a whole number that can be meant


def whole(name: str, text: str | None, default: int = 1, typed: str | None = None) -> tuple[int, ...]:
    """Read one whole number, or one per axis; ``typed`` is what the reader wrote, if that was something else.

    >>> whole("stride", "2,1"), whole("stride", None)
    ((2, 1), (1,))
    """
    if text is None:
        return (default,)
    parts = text.split(",")
    shown = text if typed is None else typed
    if not all(re.fullmatch(r"\s*[-+−]?[0-9]+\s*", part) for part in parts):
        raise SettingError(f"{name} {shown!r} is not a whole number, nor one per axis: use, for example, 2 or 2,1")
    if max(map(len, parts)) > DIGITS:
        raise SettingError(f"{name} {shown[:40]} is out of reach: use a number of at most {DIGITS - 1} digits")
    return tuple(int(part.replace("−", "-")) for part in parts)


def sizes(name: str, text: str) -> tuple[int, ...]:
    """Read one size, or one per axis.

    >>> sizes("pool-size", "3x2"), sizes("pool-size", "2")
    ((3, 2), (2,))
    """
    return whole(name, re.sub("[x×]", ",", text.lower()), typed=text)


def optional_sizes(name: str, text: str) -> tuple[int | None, ...]:
    """Read one size, or one per axis; none keeps an axis as it is.

    >>> optional_sizes("output-size", "3xnone"), optional_sizes("output-size", "3")
    ((3, None), (3,))
    """
    parts = re.split("[x×,]", text.lower())
    found = [None if part.strip() == "none" else whole(name, part, typed=text)[0] for part in parts]
    if len(found) > 3:
        raise SettingError(f"{name} {text} has {len(found)} sizes: give at most 3, such as 3x2")
    return tuple(found)


def norm(name: str, text: str | None) -> float:
    """Read the p of a norm.

    >>> norm("norm-type", None), norm("norm-type", "inf"), norm("norm-type", "1.5")
    (2, inf, 1.5)
    """
    if text is None:
        return 2
    return math.inf if text.strip().lower() in ("inf", "infinity", "∞") else number(name, text)


def padding(text: str | None) -> str | tuple[int, ...] | tuple[tuple[int, int], ...]:
    """Read padding: a number, one per axis, low:high pairs, or a name.

    >>> padding("1"), padding("0:1,2:2"), padding("same"), padding("0:1")
    ((1,), ((0, 1), (2, 2)), 'same', ((0, 1),))
    """
    if text is None:
        return (0,)
    spelled = text.strip().lower().replace("-", "_")
    if re.fullmatch("[a-z_]+", spelled):
        return spelled
    if ":" not in text:
        if not re.fullmatch(r"[-+−\d,\s]+", text):
            raise SettingError(
                f"padding {text!r} is not known: use a number, one per axis (1,2), before:after (0:1,2:2), "
                f"or {', '.join(PADDING_NAMES)}"
            )
        return whole("padding", text)
    pairs = []
    for part in text.split(","):
        ends = whole("padding", part.replace(":", ","), typed=text)
        if part.count(":") > 1 or len(ends) > 2:
            raise SettingError(f"padding {text!r} has more than before:after for an axis: use, for example, 0:1,2:2")
        pairs.append((ends[0], ends[-1]))
    return tuple(pairs)


def number(name: str, text: str) -> float:
    """Read one number.

    >>> number("hold", "1.5")
    1.5
    """
    spelled = text.strip().replace("−", "-")
    if re.fullmatch(r"[-+]?[0-9]{1,18}", spelled):
        return int(spelled)
    try:
        value = math.nan if "_" in spelled else float(spelled)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise SettingError(f"{name} {text!r} is not a number: use, for example, 1.5")
    return value


def one(name: str, text: str) -> int:
    """Read one whole number.

    >>> one("width", "800")
    800
    """
    if not re.fullmatch(rf"\s*[-+−]?[0-9]{{1,{DIGITS}}}\s*", text):
        raise SettingError(f"{name} {text[:40]!r} is not a whole number: use, for example, 800")
    return int(text.replace("−", "-"))
