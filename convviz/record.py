"""A trace as plain JSON: what files carry, and what ``.json`` holds. Its schema only ever grows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from convviz.exact import Array
from convviz.trace import Trace

SCHEMA = 1
LARGEST = 1024  # cells: of a larger array a figure carries the shape and a digest


def record(trace: Trace, *, whole: bool = False) -> dict[str, Any]:
    """Return operation, settings, axes and arrays as JSON values; ``whole`` keeps large arrays too.

    An axis names its stride, padding and, where there are gaps between the input cells, its spacing as those of the
    window: see `convviz.window.Axis`. NaN and the infinities become the strings "NaN", "Infinity" and "-Infinity".

    >>> from convviz import conv2d
    >>> record(conv2d([[1, 2]], [[1, 1]]))["output"]
    [[3]]
    """

    def plain(array: Array | None) -> Any:
        if array is None:
            return None
        if array.size > LARGEST and not whole:
            import hashlib  # only large arrays need it

            data = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
            return {"shape": list(array.shape), "dtype": str(array.dtype), "sha256": hashlib.sha256(data).hexdigest()}
        return values(array)

    return {
        "schema": SCHEMA,
        "operation": trace.operation,
        "settings": dict(trace.settings),
        "axes": [
            {
                "name": name,
                "size": axis.size,
                "kernel": axis.kernel,
                "stride": axis.stride,
                "padding": [axis.low, axis.high],
                "dilation": axis.dilation,
                "span": axis.span,
                "output": axis.out,
                **(
                    {"bins": [[bin_[0], bin_[-1] + 1] for bin_ in map(axis.taps, range(axis.out))]}
                    if axis.form == "bins"
                    else {}
                ),
                **({"spacing": axis.spacing} if axis.spacing > 1 else {}),
            }
            for name, axis in zip(trace.window.names, trace.window.axes, strict=True)
        ],
        "input": plain(trace.input),
        "weight": plain(trace.weight),
        "bias": plain(trace.bias),
        "output": plain(trace.output),
        "indices": plain(trace.indices),
    }


def values(array: Array) -> Any:
    """Return an array as nested lists that JSON can hold, without loss."""
    if array.dtype.kind != "f":
        return array.tolist()
    wide = (
        array.astype(np.float64)
        if array.dtype == np.float64
        else np.array([float(str(value)) for value in array.ravel()], dtype=np.float64).reshape(array.shape)
    )  # float32 in its own shortest digits
    return wide.tolist() if bool(np.isfinite(wide).all()) else _named(wide.tolist())


def _named(value: Any) -> Any:
    if isinstance(value, list):
        return [_named(each) for each in value]
    if math.isnan(value):
        return "NaN"
    return value if math.isfinite(value) else "Infinity" if value > 0 else "-Infinity"
