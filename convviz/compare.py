"""One setting in each framework, side by side: what comes of it, where they differ, who refuses it and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from convviz import words
from convviz.errors import SettingError
from convviz.like import FRAMEWORKS, Asked, Framework, Operator, read, refused
from convviz.numbers import times
from convviz.slide import real_cells
from convviz.trace import Trace
from convviz.window import Axis, Window

ABSENT = "–"


@dataclass(frozen=True)
class Answer:
    """What one framework makes of a setting: its window and what an average divides by, or why it refuses."""

    framework: Framework
    asked: Asked
    window: Window | None
    refused: str = ""
    way: str = ""

    @property
    def operator(self) -> Operator | None:
        """The operator, where there is one."""
        return self.framework.operators.get(self.asked.kind)

    @property
    def called(self) -> str:
        """What the operator is called, or nothing."""
        return self.operator.called.format(n=len(self.asked.size)) if self.operator else ""

    @property
    def default_stride(self) -> str:
        """What a stride is where none is given, in words."""
        if self.operator is None:
            return ""
        return "the pool's size" if self.operator.stride is None else str(self.operator.stride)

    def axes(self, part: Callable[[Axis], Any]) -> str:
        """Write one setting of the axes as it is typed, once where they are alike; nothing where it is refused."""
        said = [str(part(axis)) for axis in self.window.axes] if self.window else [""]
        return said[0] if len(set(said)) == 1 else ",".join(said)

    @property
    def divisors(self) -> tuple[int, int] | None:
        """The least and the most that an average divides by; None where nothing is averaged."""
        if self.window is None or self.asked.count_include_pad is None:
            return None
        if self.asked.divisor_override is not None:
            return self.asked.divisor_override, self.asked.divisor_override
        counts = real_cells(self.window.axes, padding=self.asked.count_include_pad)
        return int(counts.min()), int(counts.max())


def answers(trace: Trace) -> dict[str, Answer]:
    """Return what each framework makes of the setting of a trace; what was left out is left to each.

    >>> from convviz import max_pool1d
    >>> {key: answer.window.out for key, answer in answers(max_pool1d([3, 1, 4, 1], 2)).items()}
    {'torch': (2,), 'keras': (2,), 'onnx': (3,)}
    """
    if trace.asked is None:
        raise SettingError(f"{trace.operation} has no counterpart to compare with: use a convolution or a pooling")
    return {key: _answer(trace.asked, framework) for key, framework in FRAMEWORKS.items()}


def _answer(asked: Asked, framework: Framework) -> Answer:
    try:
        if (refusal := refused(asked, framework)) is not None:
            return Answer(framework, asked.settled(framework), None, f"{framework.name} {refusal.why}", refusal.way)
        meant = read(asked, framework)
        return Answer(framework, meant, meant.window())
    except SettingError as problem:
        return Answer(framework, asked.settled(framework), None, f"{framework.name}: {problem}")


def comparison(trace: Trace) -> str:
    """Return the table, the refusals, and a sentence on where the frameworks differ.

    >>> from convviz import max_pool1d
    >>> print(comparison(max_pool1d([3, 1, 4, 1], 2)))
                    PyTorch            Keras                ONNX
    operator        nn.MaxPool1d       layers.MaxPooling1D  MaxPool
    output          2                  2                    3
    stride          2                  2                    1
    padding         0                  0                    0
    default stride  the pool's size    the pool's size      1
    channels        first              last                 first
    indices         flat over a plane  –                    flat over all planes
    They differ in the stride (2 in PyTorch and Keras, 1 in ONNX) and in the output (2 in PyTorch and Keras, 3 in ONNX).
    """
    found = list(answers(trace).values())
    if not any(answer.called for answer in found):
        return differ(found)
    rows = [("", [answer.framework.name for answer in found])]
    rows += _rows(found, trace)
    wide = [max(len(cells[place]) for _, cells in rows) for place in range(len(found))]
    first = max(len(name) for name, _ in rows)
    lines = [
        "  ".join([name.ljust(first), *(cell.ljust(width) for cell, width in zip(cells, wide, strict=True))]).rstrip()
        for name, cells in rows
    ]
    refusals = [f"{each.refused}{f': use {each.way}' if each.way else ''}." for each in found if each.refused]
    return "\n".join([*lines, *refusals, differ(found)])


def _rows(found: list[Answer], trace: Trace) -> list[tuple[str, list[str]]]:
    """Return the lines of the table: what it is, and each framework's cell."""
    rows = [("operator", [answer.called.partition(".")[2] or answer.called or "none" for answer in found])]
    rows.append(("output", [_output(answer) or "refused" for answer in found]))
    cells: dict[str, Callable[[Answer], str]] = {"channels": lambda answer: answer.framework.channels}
    if "stride" in trace.settings:  # what has no settings leaves nothing to differ in
        cells = {**VARYING, "default stride": lambda answer: answer.default_stride, **cells}
    cells["weight"] = lambda answer: answer.operator.weight if answer.operator else ""
    cells["indices"] = lambda answer: answer.operator.indices if answer.operator else ""
    said = {name: [cell(answer) for answer in found] for name, cell in cells.items()}
    return rows + [(name, [text or ABSENT for text in texts]) for name, texts in said.items() if any(texts)]


def _output(answer: Answer) -> str:
    return times(answer.window.out) if answer.window else ""


def _padding(answer: Answer) -> str:
    return answer.axes(lambda axis: words.padding(axis.given.pads))


def _stride(answer: Answer) -> str:
    return answer.axes(lambda axis: axis.given.stride)


def _output_padding(answer: Answer) -> str:
    text = answer.axes(lambda axis: axis.given.output_padding)
    return text if any(digit not in "0," for digit in text) else ""


def _divisor(answer: Answer) -> str:
    if answer.divisors is None:
        return ""
    least, most = answer.divisors
    return str(least) if least == most else f"{least} to {most}"


VARYING = {"stride": _stride, "padding": _padding, "output padding": _output_padding, "divides by": _divisor}


DIFFERING = {"divides by": "what an average divides by"}
NONE = "none"


def differ(found: list[Answer]) -> str:
    """Say in a sentence where those differ that take the setting, and who refuses it."""
    taken = [answer for answer in found if answer.window is not None]
    if not any(answer.called for answer in found):
        why = found[0].refused.removeprefix(f"{found[0].framework.name} has no ")
        return f"None of the three has {why}{f': it is {found[0].way}' if found[0].way else ''}."
    if not taken:
        return "None of the three takes it."
    said = []
    for name, cell in {**VARYING, "output": _output}.items():
        groups: dict[str, list[str]] = {}
        for answer in taken:
            groups.setdefault(cell(answer), []).append(answer.framework.name)
        if len(groups) > 1:
            values = ", ".join(f"{value or NONE} in {_and(names)}" for value, names in groups.items())
            said.append(f"{DIFFERING.get(name, f'the {name}')} ({values})")
    refusing = [answer.framework.name for answer in found if answer.window is None]
    names = _and([answer.framework.name for answer in taken])
    if said:
        text = f"{'They differ' if not refusing else f'{names} differ'} in {_and(said, ' and in ')}"
    elif refusing:
        text = f"{names} {'agree' if len(taken) > 1 else 'takes it'}"
    else:
        text = "The three agree"
    return f"{text}; {_and(refusing)} refuse{'s' * (len(refusing) == 1)} it." if refusing else f"{text}."


def _and(names: list[str], last: str = " and ") -> str:
    return last.join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def record(trace: Trace) -> dict[str, Any]:
    """Return the comparison as JSON values.

    >>> from convviz import max_pool1d
    >>> record(max_pool1d([3, 1, 4, 1], 2, padding=1))["frameworks"]["keras"]["refused"]
    "Keras takes padding 'valid' or 'same', not 1"
    """
    found = answers(trace)
    return {
        "frameworks": {
            key: {
                "operator": answer.called or None,
                "refused": answer.refused or None,
                "instead": answer.way or None,
                "output": list(answer.window.out) if answer.window else None,
                "padding": [list(axis.given.pads) for axis in answer.window.axes] if answer.window else None,
                "stride": [axis.given.stride for axis in answer.window.axes] if answer.window else None,
                "output_padding": [axis.given.output_padding for axis in answer.window.axes] if answer.window else None,
                "divides_by": list(answer.divisors) if answer.divisors else None,
                "channels": answer.framework.channels,
            }
            for key, answer in found.items()
        },
        "differ": differ(list(found.values())),
    }
