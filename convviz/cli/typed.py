"""What is typed for an option becomes a value: numbers per axis, padding, sizes."""

from __future__ import annotations

import math
import re

from convviz.errors import SettingError
from convviz.window import PADDING_NAMES


def whole(name: str, text: str | None, default: int = 1) -> tuple[int, ...]:
    """Read one whole number, or one per axis.

    >>> whole("stride", "2,1"), whole("stride", None)
    ((2, 1), (1,))
    """
    if text is None:
        return (default,)
    parts = text.split(",")
    if not all(re.fullmatch(r"\s*[-+−]?\d+\s*", part) for part in parts):
        raise SettingError(f"{name} {text!r} is not a whole number, nor one per axis: use, for example, 2 or 2,1")
    return tuple(int(part.replace("−", "-")) for part in parts)


def sizes(name: str, text: str) -> tuple[int, ...]:
    """Read one size, or one per axis.

    >>> sizes("pool-size", "3x2"), sizes("pool-size", "2")
    ((3, 2), (2,))
    """
    return whole(name, re.sub("[x×]", ",", text.lower()))


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
        ends = whole("padding", part.replace(":", ","))
        if part.count(":") > 1 or len(ends) > 2:
            raise SettingError(f"padding {text!r} has more than before:after for an axis: use, for example, 0:1,2:2")
        pairs.append((ends[0], ends[-1]))
    return tuple(pairs)


def number(name: str, text: str) -> float:
    """Read one number.

    >>> number("hold", "1.5")
    1.5
    """
    try:
        value = float(text.replace("−", "-"))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise SettingError(f"{name} {text!r} is not a number: use, for example, 1.5")
    return int(value) if value.is_integer() else value


def one(name: str, text: str) -> int:
    """Read one whole number.

    >>> one("width", "800")
    800
    """
    values = whole(name, text)
    if len(values) != 1:
        raise SettingError(f"{name} {text!r} is {len(values)} numbers: give one")
    return values[0]
