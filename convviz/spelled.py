"""A trace as the lines that make it again: on the command line, in Python, and in each framework."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any

import numpy as np

from convviz import inputs
from convviz.errors import SettingError
from convviz.exact import Array
from convviz.kernels import name_of
from convviz.trace import Trace

MOST_TYPED = 100  # cells: a larger array is named as a file
LONGEST = 120  # characters of one that is typed
POOLS = {"max_pool": "max", "min_pool": "min", "avg_pool": "avg"}
POOLS |= {"global_max_pool": "global-max", "global_avg_pool": "global-avg"}
CONVOLUTIONS = {"conv": "conv", "conv_transpose": "transpose"}


def code(trace: Trace) -> list[tuple[str, str]]:
    """Return the lines that make a trace again: (what it is for, the line), the command first.

    >>> from convviz import conv2d, kernel
    >>> import numpy as np
    >>> code(conv2d(np.arange(36).reshape(6, 6), kernel("mean"), stride=2))[0]
    ('command', 'convviz conv --input 6x6 --kernel mean --stride 2 -o out.html')
    """
    lines = [("command", command(trace))]
    lines += [(name, _written(trace, name.lower())) for name in ("Python", "Keras", "PyTorch")]
    return [(name, line) for name, line in lines if line]


def _written(trace: Trace, language: str) -> str:
    """Return the lines of a language, or nothing where it lacks the operation."""
    try:
        return trace.code(language)
    except SettingError:
        return ""


def command(trace: Trace) -> str:
    """Return what to type in a terminal, or nothing where no command does it; large arrays are named as files."""
    if trace.about:
        return _activation(trace)
    if trace.kind not in CONVOLUTIONS and (trace.kind not in POOLS or len(trace.window.axes) != 2):
        return ""
    words = ["convviz", CONVOLUTIONS[trace.kind]] if trace.kernel else ["convviz", "pool", POOLS[trace.kind]]
    words += ["--input", _typed(trace.input, "input", len(trace.window.axes))]
    if trace.kernel and trace.weight is not None:
        named = _name(trace)
        kernel = named or _typed(trace.weight, "kernel", len(trace.window.axes))
        words += ["--kernel", kernel]
        if named and trace.window.kernel != (3, 3):
            words += ["--kernel-size", "x".join(map(str, trace.window.kernel))]
        if trace.bias is not None:
            words += ["--bias", ",".join(map(_number, trace.bias.ravel().tolist()))]
    settings = trace.settings
    if not trace.kernel and "global" not in trace.kind:
        words += ["--pool-size", _axes(settings["kernel_size"])]
    usual = [1] * len(trace.window.axes) if trace.kernel else settings.get("kernel_size")
    if settings.get("stride", usual) != usual:
        words += ["--stride", _axes(settings["stride"])]
    if any(map(any, settings.get("padding", ()))):
        words += ["--padding", _axes([a if a == b else f"{a}:{b}" for a, b in settings["padding"]])]
    if any(settings.get("output_padding", ())):
        words += ["--output-padding", _axes(settings["output_padding"])]
    if settings.get("padding_mode", "zeros") != "zeros":
        words += ["--padding-mode", settings["padding_mode"]]
        if settings["padding_mode"] == "constant":
            words += ["--padding-value", _number(settings["padding_value"])]
    if any(step != 1 for step in settings.get("dilation", ())):
        words += ["--dilation", _axes(settings["dilation"])]
    words += [f"--{name.replace('_', '-')}" for name, value in _switches(trace).items() if value is True]
    words += ["--no-count-include-pad"] if settings.get("count_include_pad") is False else []
    words += ["--groups", str(trace.groups)] if trace.kernel and trace.groups > 1 else []
    return shlex.join([*words, "-o", "out.html"])


def _activation(trace: Trace) -> str:
    """Return what to type for an activation; nothing for a plane of one row, which would be read as cells."""
    if trace.input.ndim == 2 and len(trace.input) == 1:
        return ""
    words = ["convviz", "activation", trace.kind.replace("_", "-")]
    words += ["--input", _typed(trace.input, "input", len(trace.window.axes))]
    for name, value in trace.settings.items():
        words += [f"--{name.replace('_', '-')}", _number(value)]
    return shlex.join([*words, "-o", "out.html"])


def _switches(trace: Trace) -> dict[str, Any]:
    return {"ceil_mode": trace.settings.get("ceil_mode"), "flip_kernel": trace.settings.get("flip")}


def _name(trace: Trace) -> str:
    """Return the name of the kernel, where there is one kernel and it has a name."""
    weight, window = trace.weight, trace.window
    if weight is None or weight.size != window.taps or weight.ndim != len(window.axes) or trace.planes_in.shape[1] > 1:
        return ""
    return name_of(weight)


def _typed(array: Array, name: str, rank: int) -> str:
    """Return an array as it is typed: a size for 0, 1, 2…, numbers, or a file."""
    if name == "input" and array.ndim == rank and array.dtype.kind == "i":
        if (array == inputs.ramp(array.shape)).all() and (rank > 1 or array.size > 1):
            return "x".join(map(str, array.shape))
        if array.shape == (6, 6) and (array == inputs.example(array.shape)).all():
            return "example"
    if array.ndim > 2 or array.size > MOST_TYPED or not np.isfinite(array).all():
        return f"{name}.npy"
    typed = "; ".join(" ".join(map(_number, row)) for row in np.atleast_2d(array).tolist())
    return typed if len(typed) <= LONGEST else f"{name}.npy"


def _number(value: Any) -> str:
    return str(int(value)) if value == int(value) else repr(value)


def _axes(values: Sequence[Any]) -> str:
    return str(values[0]) if len(set(values)) == 1 else ",".join(map(str, values))
