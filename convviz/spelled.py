"""A trace as the lines that make it again: first of all, on the command line."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from typing import Any

import numpy as np

from convviz import inputs
from convviz.errors import SettingError
from convviz.exact import Array
from convviz.kernels import name_of
from convviz.numbers import times
from convviz.trace import Trace

MOST_TYPED = 100  # cells: a larger array is in a file
LONGEST = 120  # characters of one that is typed
MOST_MADE = 2000  # cells of one whose file a line makes; of a larger one it is said what the file has to hold
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
    lines = [("command", command(trace)), *((name, _written(trace, name)) for name in ("Python", "Keras", "PyTorch"))]
    return [(name, line) for name, line in lines if line]


def _written(trace: Trace, name: str) -> str:
    """Return the lines of a language, or nothing where it lacks the operation."""
    try:
        return trace.code(name.lower())
    except SettingError:
        return ""


def command(trace: Trace) -> str:
    """Return what to type in a terminal, or nothing where no command does it; large arrays are in files, made before.

    >>> from convviz import max_pool2d
    >>> print(command(max_pool2d([[[0, 1, 2], [3, 4, 5]], [[6, 7, 8], [9, 0, 1]]], 2)))
    python -c "import numpy; numpy.save('input.npy', [[[0, 1, 2], [3, 4, 5]], [[6, 7, 8], [9, 0, 1]]])"
    convviz pool max --input input.npy --pool-size 2 -o out.html
    """
    if trace.about:
        return _activation(trace)
    if trace.kind not in CONVOLUTIONS and (trace.kind not in POOLS or len(trace.window.axes) != 2):
        return ""
    words = ["convviz", CONVOLUTIONS[trace.kind]] if trace.kernel else ["convviz", "pool", POOLS[trace.kind]]
    files: list[str] = []
    words += ["--input", _typed(trace.input, "input", len(trace.window.axes), files)]
    if trace.kernel and trace.weight is not None:
        named = _name(trace)
        kernel = named or _typed(trace.weight, "kernel", len(trace.window.axes), files)
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
    return "\n".join([*files, shlex.join([*words, "-o", "out.html"])])


def _activation(trace: Trace) -> str:
    """Return what to type for an activation; nothing for a plane of one row, which would be read as cells."""
    if trace.input.ndim == 2 and len(trace.input) == 1:
        return ""
    words = ["convviz", "activation", trace.kind.replace("_", "-")]
    files: list[str] = []
    words += ["--input", _typed(trace.input, "input", len(trace.window.axes), files)]
    for name, value in trace.settings.items():
        words += [f"--{name.replace('_', '-')}", _number(value)]
    return "\n".join([*files, shlex.join([*words, "-o", "out.html"])])


def _switches(trace: Trace) -> dict[str, Any]:
    return {"ceil_mode": trace.settings.get("ceil_mode"), "flip_kernel": trace.settings.get("flip")}


def _name(trace: Trace) -> str:
    """Return the name of the kernel, where there is one kernel and it has a name."""
    weight, window = trace.weight, trace.window
    if weight is None or weight.size != window.taps or weight.ndim != len(window.axes) or trace.planes_in.shape[1] > 1:
        return ""
    return name_of(weight)


def _typed(array: Array, name: str, rank: int, files: list[str]) -> str:
    """Return an array as it is typed: a size for 0, 1, 2…, numbers, or a file, whose line goes to ``files``."""
    if name == "input" and array.ndim == rank and array.dtype.kind == "i":
        if (array == inputs.ramp(array.shape)).all() and (rank > 1 or array.size > 1):
            return "x".join(map(str, array.shape))
        if array.shape == (6, 6) and (array == inputs.example(array.shape)).all():
            return "example"
    typed = ""
    if array.ndim <= 2 and array.size <= MOST_TYPED and np.isfinite(array).all():
        typed = "; ".join(" ".join(map(_number, row)) for row in np.atleast_2d(array).tolist())
        typed += ";" * (array.size == 1)  # a number alone would be a size
    if not typed or len(typed) > LONGEST:
        files.append(_filed(array, name))
        return f"{name}.npy"
    return typed


def _filed(array: Array, name: str) -> str:
    """Return the line that makes the file of an array, or, where that would be too long, says what it has to hold."""
    shape = ", ".join(map(str, array.shape))
    if array.dtype.kind == "i" and (array.ravel() == np.arange(array.size)).all():
        made = f"numpy.arange({array.size})" + (f".reshape({shape})" if array.ndim > 1 else "")
    elif array.size <= MOST_MADE:
        made = re.sub(r"(-?)\b(nan|inf)\b", r"float('\1\2')", str(array.tolist()))
        made = f"numpy.float32({made})" if array.dtype == np.float32 else made
    else:
        return f"# {name}.npy has to be there: its {times(array.shape)} numbers, as numpy.save writes them"
    return f"python -c \"import numpy; numpy.save('{name}.npy', {made})\""


def _number(value: Any) -> str:
    return str(int(value)) if value == int(value) else repr(value)


def _axes(values: Sequence[Any]) -> str:
    return str(values[0]) if len(set(values)) == 1 else ",".join(map(str, values))
