"""A trace as lines of Keras 3: channels last, layers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from convviz.code import shared
from convviz.code.script import Script, number, per_axis, sequence
from convviz.code.shared import Dialect, Recipe, each
from convviz.errors import SettingError
from convviz.like import FRAMEWORKS, Asked, Stamped, read
from convviz.trace import Trace
from convviz.window import Axis, Pads

FIRST = ("max_unpool",)  # whose indices are flat over planes: it has channels first until its end
COPIES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}  # padding modes, and NumPy's names for them


def script(trace: Trace) -> Script:
    """Return the lines."""
    return shared.written(trace, DIALECT.title, Script("import keras", "import numpy as np"), RECIPES, _input)


def _input(trace: Trace, script: Script) -> None:
    shared.start(trace, script)
    if trace.kind not in FIRST:
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


def _transposed(trace: Trace, script: Script) -> None:
    axes, rank = trace.window.axes, len(trace.window.axes)
    shared.weight(trace, script, "np.repeat(weight, {n}, axis=0)")
    script.add("weight = np.moveaxis(weight, (0, 1), (-1, -2))  # Keras has out/groups and in last")
    given = [axis.given for axis in axes]
    stride, dilation, kernel = [end.stride for end in given], each(axes, "dilation"), each(axes, "kernel")
    if max(stride) > 1 and max(dilation) > 1:
        if not bool(np.isfinite(trace.input).all()):
            raise SettingError(
                "Keras refuses stride > 1 with dilation > 1, and with zeros in the kernel in place of the dilation an "
                "infinite input or a NaN would spread: use code 'torch'"
            )
        every = ", ".join(f"::{step}" for step in dilation)
        kernel = each(axes, "span")
        script.add(
            f"spread = np.zeros({sequence([*kernel, '*weight.shape[-2:]'])}, dtype=weight.dtype)",
            f"spread[{every}] = weight  # Keras refuses stride > 1 with dilation > 1: the dilation is in the kernel",
            "weight = spread",
        )
        dilation = [1] * rank
    name = _cropped(trace)
    full = [axis.spaced - 1 + max(axis.span, end.stride) for axis, end in zip(axes, given, strict=True)]
    ends = [
        Pads(-end.pads.low, axis.out + end.pads.low - whole) if not name else Pads(0, 0)
        for axis, end, whole in zip(axes, given, full, strict=True)
    ]
    own = [f"strides={per_axis(stride)}"] if max(stride) > 1 else []
    own += [f'padding="{name}"'] if name == "same" else []
    own += [f"dilation_rate={per_axis(dilation)}"] if max(dilation) > 1 else []
    later = trace.bias is not None and (trace.groups > 1 or any(max(pair) > 0 for pair in ends))
    if trace.groups > 1:
        parts = ", ".join(["part", "kernel", *own])
        script.add(
            "# Keras has no groups here: each is a convolution of its own",
            f"parts = zip(np.split(x, {trace.groups}, axis=-1), np.split(weight, {trace.groups}, axis=-1))",
            f"output = [keras.ops.conv_transpose({parts}) for part, kernel in parts]",
            "output = keras.ops.concatenate(output, axis=-1)",
        )
    else:
        own += ["use_bias=False"] if trace.bias is None or later else []
        given_ = [str(trace.planes_out.shape[1]), per_axis(kernel), *own, *_dtype(shared.kind(trace))]
        script.add(
            f"layer = keras.layers.Conv{rank}DTranspose({', '.join(given_)})",
            "layer.build(x.shape)",
            f"layer.set_weights([weight{', bias' if trace.bias is not None and not later else ''}])",
            "output = layer(x)",
        )
    more = [Pads(max(low, 0), max(high, 0)) for low, high in ends]
    if any(map(any, more)):
        script.add(*_pad("output", more, 0))
    if any(min(pair) < 0 for pair in ends):
        cuts = [f"{max(-low, 0) or ''}:{min(high, 0) or ''}" for low, high in ends]
        script.add(f"output = output[:, {', '.join(cuts)}]  # the padding crops")
    if later:
        script.add("output = keras.ops.add(output, bias)")


def _cropped(trace: Trace) -> str:
    """Return the name that Keras has for the padding of a transposed convolution, or nothing."""
    asked = trace.asked
    if not isinstance(asked, Stamped):
        return ""
    for name in ("valid", "same"):
        plain = replace(asked, padding=name, output_padding=(0,) * len(asked.size), output_size=None)
        if read(plain, FRAMEWORKS["keras"]).window() == trace.window:
            return name
    return ""


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


def _lp_pool(trace: Trace, script: Script) -> None:
    shared.norm(trace, script, DIALECT)


def _max_unpool(trace: Trace, script: Script) -> None:
    shared.indices(trace, script)
    shape, size = trace.planes_out.shape, math.prod(trace.window.out)
    planes = math.prod(shape[:2])
    script.add(
        f"indices = indices.reshape({planes}, -1) + {size} * np.arange({planes}).reshape({planes}, 1)",
        f"output = keras.ops.zeros({planes * size}, dtype=x.dtype.name)",
        "output = keras.ops.scatter_update(output, indices.reshape(-1, 1), x.reshape(-1))",
        f"output = keras.ops.moveaxis(keras.ops.reshape(output, {sequence(shape)}), 1, -1)  # Keras has channels last",
    )


def _adaptive_max_pool(trace: Trace, script: Script) -> None:
    _adaptive(trace, script, "Max")


def _adaptive_avg_pool(trace: Trace, script: Script) -> None:
    _adaptive(trace, script, "Average")


def _adaptive(trace: Trace, script: Script, what: str) -> None:
    rank, out = len(trace.window.axes), trace.window.out
    given = ", ".join([str(out[0]) if rank == 1 else sequence(out), *_dtype(shared.kind(trace))])
    script.add(f"output = keras.layers.Adaptive{what}Pooling{rank}D({given})(x)")


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


def _activation(trace: Trace, script: Script) -> None:
    called = ACTIVATIONS[trace.kind]
    script.add("x = keras.ops.convert_to_tensor(x)", f"output = keras.activations.{called.format(**trace.settings)}")


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
ACTIVATIONS = {
    "relu": "relu(x)",
    "leaky_relu": "leaky_relu(x, {negative_slope})",
    "elu": "elu(x, {alpha})",
    "gelu": "gelu(x)",
    "gelu_tanh": "gelu(x, approximate=True)",
    "silu": "silu(x)",
    "softplus": "softplus(x)",
    "mish": "mish(x)",
    "tanh": "tanh(x)",
    "sigmoid": "sigmoid(x)",
    "hardsigmoid": "hard_sigmoid(x)",
    "hardswish": "hard_silu(x)",
}
RECIPES: dict[str, Recipe] = {
    "conv": _convolution,
    "conv_transpose": _transposed,
    "max_pool": _max_pool,
    "min_pool": _min_pool,
    "avg_pool": _avg_pool,
    "lp_pool": _lp_pool,
    "max_unpool": _max_unpool,
    "adaptive_max_pool": _adaptive_max_pool,
    "adaptive_avg_pool": _adaptive_avg_pool,
    "global_max_pool": _global_max_pool,
    "global_avg_pool": _global_avg_pool,
    **dict.fromkeys(ACTIVATIONS, _activation),
}
