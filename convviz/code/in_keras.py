"""A trace as lines of Keras 3: channels last, layers."""

from __future__ import annotations

from collections.abc import Sequence

from convviz.code import shared
from convviz.code.script import Script, number, per_axis, sequence
from convviz.code.shared import Dialect, Recipe, each
from convviz.like import Asked
from convviz.trace import Trace
from convviz.window import Axis, Pads

COPIES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}  # padding modes, and NumPy's names for them


def script(trace: Trace) -> Script:
    """Return the lines."""
    return shared.written(trace, DIALECT.title, Script("import keras", "import numpy as np"), RECIPES, _input)


def _input(trace: Trace, script: Script) -> None:
    shared.start(trace, script)
    script.add("x = np.moveaxis(x, 1, -1)  # Keras has channels last")


def _convolution(trace: Trace, script: Script) -> None:
    axes, rank = trace.window.axes, len(trace.window.axes)
    shared.weight(trace, script, "np.repeat(weight, {n}, axis=0)")
    script.add("weight = np.moveaxis(weight, (0, 1), (-1, -2))  # Keras has in/groups and out last")
    stride, dilation = each(axes, "stride"), each(axes, "dilation")
    both = max(stride) > 1 and max(dilation) > 1  # which Keras refuses
    mode = COPIES.get(trace.padding_mode, "")
    name = "" if mode or trace.rule.fill or both else _named(axes, "same", "causal")
    if any(map(any, shared.pads(axes))) and not name:
        script.add(*(_copy(shared.pads(axes), mode) if mode else _pad("x", shared.pads(axes), trace.rule.fill)))
    given = [str(trace.planes_out.shape[1]), per_axis(each(axes, "kernel"))]
    given += [f"strides={per_axis(stride)}"] if max(stride) > 1 and not both else []
    given += [f'padding="{name}"'] if name else []
    given += [f"dilation_rate={per_axis(dilation)}"] if max(dilation) > 1 else []
    given += [f"groups={trace.groups}"] if trace.groups > 1 else []
    given += ["use_bias=False"] if trace.bias is None else []
    script.add(
        f"layer = keras.layers.Conv{rank}D({', '.join([*given, *_dtype(shared.kind(trace))])})",
        "layer.build(x.shape)",
        f"layer.set_weights([weight{', bias' if trace.bias is not None else ''}])",
        "output = layer(x)",
    )
    if both:
        every = ", ".join(f"::{step}" for step in stride)
        script.add(f"output = output[:, {every}]  # Keras refuses stride > 1 with dilation > 1")


def _max_pool(trace: Trace, script: Script) -> None:
    _extreme(trace, script, "")


def _min_pool(trace: Trace, script: Script) -> None:
    script.add("x = -x  # Keras has no min pooling: it is −max(−x)")
    _extreme(trace, script, "-")


def _extreme(trace: Trace, script: Script, sign: str) -> None:
    axes = trace.window.axes
    if any(map(any, shared.pads(axes))) and _pools(axes) and _named(axes, "same"):
        script.add(f"output = {sign}{_pool('max', 'x', axes, shared.kind(trace), 'same')}")
    else:
        shared.extreme(trace, script, DIALECT, sign)


def _avg_pool(trace: Trace, script: Script) -> None:
    axes = trace.window.axes
    even = each(axes, "low") == each(axes, "high")  # where they are not, Keras's backends do not agree
    counts = trace.settings["count_include_pad"] or trace.settings["divisor_override"] is not None
    if any(each(axes, "low")) and even and not counts and _pools(axes) and _named(axes, "same"):
        script.add(f"output = {_pool('avg', 'x', axes, shared.kind(trace), 'same')}")
    else:
        shared.mean(trace, script, DIALECT)


def _pools(axes: Sequence[Axis]) -> bool:
    """Tell whether a layer of pooling takes the window, but for its padding."""
    return max(each(axes, "dilation")) == 1 and shared.plain(axes)


def _global_max_pool(trace: Trace, script: Script) -> None:
    _global(trace, script, "Max")


def _global_avg_pool(trace: Trace, script: Script) -> None:
    if shared.kind(trace) == "float32":
        _global(trace, script, "Average")
        return
    script.add("# GlobalAveragePooling, which means this, rounds to float32 on some backends")
    script.add(f"output = {_pool('avg', 'x', trace.window.axes, 'float64')}")


def _global(trace: Trace, script: Script, what: str) -> None:
    given = ", ".join(["keepdims=True", *_dtype(shared.kind(trace))])
    script.add(f"output = keras.layers.Global{what}Pooling{len(trace.window.axes)}D({given})(x)")


def _named(axes: Sequence[Axis], *names: str) -> str:
    """Return the name that Keras has for the padding of a window, or nothing."""
    size, kernel, stride, dilation = (tuple(each(axes, name)) for name in ("size", "kernel", "stride", "dilation"))
    for name in names:
        if name == "causal" and len(axes) > 1:
            continue
        if list(Asked("conv", size, kernel, stride, name, dilation).pads) == shared.pads(axes):
            return name
    return ""


def _dtype(kind: str) -> list[str]:
    """Return the dtype of a layer where it is not what layers have."""
    return [f'dtype="{kind}"'] if kind != "float32" else []


def _copy(pads: Sequence[Pads], mode: str) -> list[str]:
    """Pad with copies of cells: by taking them again, since not every backend knows every mode."""
    return [
        f'x = keras.ops.take(x, np.pad(np.arange(x.shape[{axis}]), {sequence(pair)}, mode="{mode}"), axis={axis})'
        for axis, pair in enumerate(pads, start=1)
        if any(pair)
    ]


def _pad(name: str, pads: Sequence[Pads], value: float) -> list[str]:
    ends = sequence(["(0, 0)", *(sequence(pair) for pair in pads), "(0, 0)"])
    own = f", constant_values={number(value)}" if value else ""
    return [f"{name} = keras.ops.pad({name}, {ends}{own})"]


def _pool(what: str, name: str, axes: Sequence[Axis], kind: str, padding: str = "") -> str:
    layer = "MaxPooling" if what == "max" else "AveragePooling"
    own = [f'padding="{padding}"'] if padding else []
    given = ", ".join([shared.sizes(axes, "strides"), *own, *_dtype(kind)])
    return f"keras.layers.{layer}{len(axes)}D({given})({name})"


def _over(what: str, taps: str) -> str:
    return f"keras.ops.{what}(keras.ops.stack({taps}), axis=0)"


DIALECT = Dialect("Keras", 1, _pad, _pool, _over, "keras.ops.ones_like")
RECIPES: dict[str, Recipe] = {
    "conv": _convolution,
    "max_pool": _max_pool,
    "min_pool": _min_pool,
    "avg_pool": _avg_pool,
    "global_max_pool": _global_max_pool,
    "global_avg_pool": _global_avg_pool,
}
