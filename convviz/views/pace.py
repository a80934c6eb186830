"""The pace of a figure: which steps it draws, and how long each is shown."""

from __future__ import annotations

import re
from collections.abc import Sequence

from convviz.errors import SettingError

MOST_FRAMES = 46
LONGEST_LOOP = 20.0  # seconds
SHORTEST_STEP, LONGEST_STEP = 0.4, 0.7
HOLD = 1.5  # seconds that the last frame is held longer


def drawn_steps(steps: int, row: int) -> Sequence[int]:
    """Return the steps drawn when there are too many: the opening ones, then the ends of blocks of rows, the last.

    ``row`` is how many steps one row of the output has. As many rows are drawn whole as leave a frame for each other.

    >>> list(drawn_steps(16, 4)) == list(range(16))
    True
    >>> drawn = drawn_steps(10_000, 100)
    >>> len(drawn) <= MOST_FRAMES, drawn[:3], drawn[-1]
    (True, [0, 1, 2], 9999)
    >>> list(drawn_steps(49, 7)) == [*range(43), 48]
    True
    """
    if steps <= MOST_FRAMES:
        return range(steps)
    if row >= steps:
        row = 1  # of a strip, single steps stand for the rest
    rows = -(-steps // row)
    whole = (MOST_FRAMES - 1 - rows) // (row - 1) if row > 1 else 0
    opening = whole * row + 1 if whole > 0 else MOST_FRAMES // 2 if row == 1 else min(row + 1, MOST_FRAMES // 2)
    first = -(-opening // row)  # the first row of which only the end is drawn
    block = max(1, -(-(rows - first) // (MOST_FRAMES - opening)))
    ends = [min((number + 1) * row, steps) - 1 for number in range(first + block - 1, rows, block)]
    drawn = [*range(opening), *(end for end in ends if end >= opening)]
    if drawn[-1] != steps - 1:
        drawn[-1 if len(drawn) == MOST_FRAMES else len(drawn) :] = [steps - 1]
    return drawn


def seconds_a_step(frames: int, hold: float) -> float:
    """Return how long a step lasts, so that the loop lasts at most 20 s if that can be.

    >>> seconds_a_step(16, 1.5), seconds_a_step(40, 1.5), seconds_a_step(256, 1.5)
    (0.7, 0.4625, 0.4)
    """
    return min(max((LONGEST_LOOP - hold) / frames, SHORTEST_STEP), LONGEST_STEP)


def named_steps(text: str, total: int, row: int) -> list[int]:
    """Read which steps are meant, counted from 1, and return their indices; ``row``: outputs in a row.

    >>> named_steps("1-3,9,last", 16, 4), named_steps("rows", 16, 4)
    ([0, 1, 2, 8, 15], [3, 7, 11, 15])
    """
    named = {"first": "1", "last": str(total)}
    found: set[int] = set()
    for part in text.lower().split(","):
        if part.strip() == "rows":
            found.update(range(row - 1, total, row))
            continue
        ends = [named.get(end.strip(), end.strip()) for end in re.split("[-–]", part)]
        if len(ends) > 2 or not all(re.fullmatch("[0-9]{1,12}", end) for end in ends):
            raise SettingError(f"steps {text[:60]!r} is not known: use, for example, 1-4,9,last or rows")
        low, high = int(ends[0]), int(ends[-1])
        if not 1 <= low <= high <= total:
            said = f"steps {text[:60]!r} names {part.strip()}"
            if 1 <= high < low <= total:
                raise SettingError(f"{said}, which falls: use {high}-{low}, rising")
            raise SettingError(f"{said}, but there are {total} steps: use 1 to {total}")
        found.update(range(low - 1, high))
    return sorted(found)
