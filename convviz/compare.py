"""One setting in each framework, side by side: what comes of it, where they differ, who refuses it and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from convviz import words
from convviz.errors import SettingError
from convviz.like import FRAMEWORKS, Asked, Framework, refused
from convviz.numbers import times
from convviz.slide import real_cells
from convviz.trace import Trace
from convviz.window import Window

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
    def called(self) -> str:
        """The operator, or nothing where there is none."""
        operator = self.framework.operators.get(self.asked.kind)
        return operator.called.format(n=len(self.asked.size)) if operator else ""

    @property
    def default_stride(self) -> str:
        """What a stride is where none is given, in words."""
        operator = self.framework.operators[self.asked.kind]
        return "the pool's size" if operator.stride is None else str(operator.stride)

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
    settled = asked.settled(framework)
    if (refusal := refused(asked, framework)) is not None:
        return Answer(framework, settled, None, f"{framework.name} {refusal.why}", refusal.way)
    try:
        return Answer(framework, settled, settled.window())
    except SettingError as problem:
        return Answer(framework, settled, None, f"{framework.name}: {problem}")


def comparison(trace: Trace) -> str:
    """Return the table, the refusals, and a sentence on where the frameworks differ.

    >>> from convviz import max_pool1d
    >>> print(comparison(max_pool1d([3, 1, 4, 1], 2)))
                    PyTorch             Keras                      ONNX
    operator        torch.nn.MaxPool1d  keras.layers.MaxPooling1D  MaxPool
    output          2                   2                          3
    padding         0                   0                          0
    stride          2                   2                          1
    default stride  the pool's size     the pool's size            1
    channels        first               last                       first
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
    rows = [("operator", [answer.called or "none" for answer in found])]
    rows.append(("output", [_output(answer) or "refused" for answer in found]))
    if "stride" in trace.settings:  # what has no settings leaves nothing to differ in
        for name, cell in VARYING.items():
            if any(map(cell, found)):
                rows.append((name, [cell(answer) or ABSENT for answer in found]))
        rows.append(("default stride", [answer.default_stride if answer.called else ABSENT for answer in found]))
    rows.append(("channels", [answer.framework.channels for answer in found]))
    if trace.kernel is not None:
        rows.append(("weight", [answer.framework.weight for answer in found]))
    return rows


def _output(answer: Answer) -> str:
    return times(answer.window.out) if answer.window else ""


def _padding(answer: Answer) -> str:
    """Write the padding as it is typed, one for all axes where they are alike."""
    if answer.window is None:
        return ""
    said = [words.padding((axis.low, axis.high)) for axis in answer.window.axes]
    return said[0] if len(set(said)) == 1 else ",".join(said)


def _stride(answer: Answer) -> str:
    if answer.window is None:
        return ""
    said = [str(axis.stride) for axis in answer.window.axes]
    return said[0] if len(set(said)) == 1 else ",".join(said)


def _divisor(answer: Answer) -> str:
    if answer.divisors is None:
        return ""
    least, most = answer.divisors
    return str(least) if least == most else f"{least} to {most}"


VARYING = {"padding": _padding, "stride": _stride, "divides by": _divisor}


def differ(found: list[Answer]) -> str:
    """Say in a sentence where those differ that take the setting, and who refuses it."""
    taken = [answer for answer in found if answer.window is not None]
    if not any(answer.called for answer in found):
        why = found[0].refused.removeprefix(f"{found[0].framework.name} has no ")
        return f"None of the three has {why}{f': it is {found[0].way}' if found[0].way else ''}."
    if not taken:
        return "None of the three takes it."
    said = []
    for name, cell in {"stride": _stride, "padding": _padding, "output": _output, "divisor": _divisor}.items():
        groups: dict[str, list[str]] = {}
        for answer in taken:
            groups.setdefault(cell(answer), []).append(answer.framework.name)
        if len(groups) > 1:
            said.append(f"the {name} ({', '.join(f'{value} in {_and(names)}' for value, names in groups.items())})")
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
                "padding": [[axis.low, axis.high] for axis in answer.window.axes] if answer.window else None,
                "stride": [axis.stride for axis in answer.window.axes] if answer.window else None,
                "divides_by": list(answer.divisors) if answer.divisors else None,
                "channels": answer.framework.channels,
            }
            for key, answer in found.items()
        },
        "differ": differ(list(found.values())),
    }
