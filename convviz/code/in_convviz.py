"""A trace as a call of convviz, with every setting that is not its default."""

from __future__ import annotations

from typing import Any

from convviz import ops
from convviz.code.script import Script, per_axis, sequence
from convviz.trace import Trace
from convviz.window import AXIS_NAMES

ARRAYS = ("input", "weight", "bias", "indices")


def script(trace: Trace) -> Script:
    """Return the lines."""
    import inspect  # takes a while

    lines = Script("import numpy as np", "import convviz")
    rank = len(trace.window.axes)
    operation, given = trace.operation, []
    if not hasattr(ops, operation):  # a function of one number, which has no dimensions of its own
        operation = "activation"
    known = inspect.signature(getattr(ops, operation)).parameters
    for name, parameter in known.items():
        if name in ARRAYS:
            array = getattr(trace, name)
            if array is None:
                continue
            variable = "x" if name == "input" else name
            kind = "" if array.dtype.kind == "i" else array.dtype.name
            said = ", ".join(("batch", "channels", *AXIS_NAMES[rank])[-array.ndim :]) if name == "input" else ""
            lines.array(variable, array, array.shape, kind, name, said)
            given.append(variable)
            continue
        if name == "name":
            given.append(repr(trace.kind))
            continue
        if name == "like":  # its defaults are settings now
            continue
        value = trace.settings.get(name, parameter.default)
        if value in (parameter.default, _spread(parameter.default, value)):
            continue
        if name == "groups" and trace.weight is not None and trace.weight.ndim == rank:
            continue  # a kernel of one plane is applied to each channel
        text = _setting(value)
        given.append(text if parameter.kind is parameter.POSITIONAL_OR_KEYWORD else f"{name}={text}")
    lines.add(f"trace = convviz.{operation}({', '.join(given)})", "output = trace.output")
    return lines


def _spread(default: Any, value: Any) -> Any:
    """Return a default that is one number as a setting has it: per axis, or in pairs."""
    if not isinstance(value, list):
        return default
    return [[default, default] if isinstance(each, list) else default for each in value]


def _setting(value: Any) -> str:
    """Write a setting as short as it goes.

    >>> _setting([2, 2]), _setting([[1, 1], [2, 2]]), _setting([[0, 1], [1, 1]]), _setting("reflect")
    ('2', '(1, 2)', '((0, 1), (1, 1))', "'reflect'")
    """
    if not isinstance(value, list):
        return repr(value)
    if not any(isinstance(each, list) for each in value):
        return per_axis(value)
    if all(low == high for low, high in value):
        return per_axis([low for low, _ in value])
    return sequence([sequence(each) for each in value])
