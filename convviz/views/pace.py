"""The pace of a figure: which steps it draws, and how long each is shown."""

from __future__ import annotations

from collections.abc import Sequence

MOST_FRAMES = 46
LONGEST_LOOP = 20.0  # seconds
SHORTEST_STEP, LONGEST_STEP = 0.4, 0.7
HOLD = 1.5  # seconds that the last frame is held longer


def drawn_steps(steps: int, row: int) -> Sequence[int]:
    """Return the steps drawn when there are too many: the opening ones, then the ends of blocks of rows, the last.

    ``row`` is how many steps one row of the output has.

    >>> list(drawn_steps(16, 4)) == list(range(16))
    True
    >>> drawn = drawn_steps(10_000, 100)
    >>> len(drawn) <= MOST_FRAMES, drawn[:3], drawn[-1]
    (True, [0, 1, 2], 9999)
    """
    if steps <= MOST_FRAMES:
        return range(steps)
    opening = min(row + 1, MOST_FRAMES // 2)
    first = -(-opening // row)  # the first row of which only the end is drawn
    rows = -(-steps // row)
    block = -(-(rows - first) // (MOST_FRAMES - opening))
    if block < 1:
        return range(steps)
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
