"""A network as the lines that build it, in Keras and in PyTorch."""

from __future__ import annotations

import math
from collections.abc import Sequence

from convviz.errors import SettingError
from convviz.like import FRAMEWORKS, Stamped, read
from convviz.networks import Network, Stage
from convviz.numbers import plain
from convviz.window import Axis, Window
from convviz.words import printable
from convviz.words_network import count

# Activations: (Keras, PyTorch), where they are not spelled alike.
ACTIVATIONS = {
    "relu": ("relu", "ReLU()"),
    "tanh": ("tanh", "Tanh()"),
    "sigmoid": ("sigmoid", "Sigmoid()"),
    "softmax": ("softmax", "Softmax(dim=1)"),
    "leaky-relu": ("leaky_relu", "LeakyReLU()"),
    "elu": ("elu", "ELU()"),
    "gelu": ("gelu", "GELU()"),
    "silu": ("silu", "SiLU()"),
    "softplus": ("softplus", "Softplus()"),
    "mish": ("mish", "Mish()"),
    "hardsigmoid": ("hard_sigmoid", "Hardsigmoid()"),
    "hardswish": ("hard_swish", "Hardswish()"),
}


def code(network: Network, language: str) -> str:
    """Return a whole script: what it is of, the lines that build it, and what shows that it is the same.

    >>> from convviz import network
    >>> script = code(network("input 20 | dense 7"), "Keras").splitlines()
    >>> script[0], script[-1]
    ('# Network: 20 → 7 · 147 parameters', 'model.summary()')
    """
    spelled = str(language).strip().lower()
    spelled = {"pytorch": "torch"}.get(spelled, spelled)
    said = f"{printable(network.name)}: {network.input} → {network.output} · {count(network.parameters)} parameters"
    lines = build(network, spelled)
    if spelled == "keras":
        return f"# {said}\n{lines}\nmodel.summary()"
    held = f", {count(network.untrained)} of them in buffers" if network.untrained else ""
    total = 'print(f"{sum(each.numel() for each in model.parameters()):,} parameters")'
    return f"# {said}{held}\n{lines}\nprint(model)\n{total}"


def build(network: Network, language: str) -> str:
    """Return Python that builds a network: "keras" or "torch".

    Raises `SettingError` for a layer that the framework does not have.

    >>> from convviz import network
    >>> print(build(network("input 8x8x1 | conv 3x3 4 same | relu | max 2x2 | dense 10"), "keras"))
    import keras
    from keras import layers
    <BLANKLINE>
    model = keras.Sequential([
        keras.Input((8, 8, 1)),
        layers.Conv2D(4, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(2),
        layers.Flatten(),
        layers.Dense(10),
    ])
    """
    if language not in ("keras", "torch"):
        raise SettingError(f"code {language!r} is unknown: use keras or torch")
    if len(network.input.space) not in (0, 2):
        raise SettingError(f"an input of {network.input} is not built: use rows x columns x channels, or a vector")
    if language == "keras":
        lines = [f"keras.Input({tuple(network.input.list)}),"]
        for number, stage in enumerate(network.stages):
            if stage.kind in ACTIVATIONS and number and network.stages[number - 1].kind in ("conv", "dense"):
                lines[-1] = lines[-1].removesuffix("),") + f', activation="{ACTIVATIONS[stage.kind][0]}"),'
            else:
                lines += [f"layers.{line}," for line in _keras(stage)]
        head = ["import keras", "from keras import layers", "", "model = keras.Sequential(["]
        return "\n".join([*head, *(f"    {line}" for line in lines), "])"])
    lines = [f"nn.{line}," for stage in network.stages for line in _torch(stage)]
    return "\n".join(["from torch import nn", "", "model = nn.Sequential(", *(f"    {line}" for line in lines), ")"])


def _keras(stage: Stage) -> list[str]:
    layer = stage.layer
    bias = "" if layer.bias else ", use_bias=False"
    match stage.kind:
        case "conv" | "max" | "avg" if stage.window and not layer.weights and not layer.ceil:
            axes = stage.window.axes
            before = []
            more = ""
            if layer.padding == "same":
                more = ', padding="same"'
            elif any(axis.low or axis.high for axis in axes):
                if stage.kind != "conv":
                    raise _lacking(stage, "Keras")
                before = [f"ZeroPadding2D({tuple((axis.low, axis.high) for axis in axes)})"]
            kernel = _each([axis.kernel for axis in axes])
            strides = [axis.stride for axis in axes]
            if stage.kind == "conv":
                if max(strides) > 1 and any(axis.dilation > 1 for axis in axes):
                    raise _lacking(stage, "Keras")
                more = (f", strides={_each(strides)}" if set(strides) != {1} else "") + more + _dilation(axes)
                more += f", groups={layer.groups}" if layer.groups > 1 else ""
                return [*before, f"Conv2D({stage.result.channels}, {kernel}{more}{bias})"]
            if any(axis.dilation != 1 for axis in axes):
                raise _lacking(stage, "Keras")
            usual = strides == [axis.kernel for axis in axes]
            name = "MaxPooling2D" if stage.kind == "max" else "AveragePooling2D"
            return [f"{name}({kernel}{'' if usual else f', strides={_each(strides)}'}{more})"]
        case "transpose" if stage.window and not layer.weights and layer.groups == 1:
            return _keras_transposed(stage, stage.window, bias)
        case "adaptive-max" | "adaptive-avg":
            name = "AdaptiveMaxPooling2D" if stage.kind == "adaptive-max" else "AdaptiveAveragePooling2D"
            return [f"{name}({_each(stage.result.space)})"]
        case "global-max" | "global-avg":
            return ["GlobalMaxPooling2D()" if stage.kind == "global-max" else "GlobalAveragePooling2D()"]
        case "flatten":
            return ["Flatten()"]
        case "dense":
            return [f"Dense({stage.result.channels}{bias})"]
        case "dropout":
            return [f"Dropout({plain(layer.rate)})"]
        case "batch-norm":
            return ["BatchNormalization()"]
        case kind if kind in ACTIVATIONS:
            return [f'Activation("{ACTIVATIONS[kind][0]}")']
    raise _lacking(stage, "Keras")


def _keras_transposed(stage: Stage, window: Window, bias: str) -> list[str]:
    """Return a transposed convolution of Keras: cropped by its name for the padding, or afterwards."""
    axes, given = window.axes, [axis.given for axis in window.axes]
    strides, extra = tuple(each.stride for each in given), tuple(each.output_padding for each in given)
    kernel, dilation = tuple(axis.kernel for axis in axes), tuple(axis.dilation for axis in axes)
    if max(strides) > 1 and max(dilation) > 1:
        raise _lacking(stage, "Keras")
    more = (f", strides={_each(strides)}" if set(strides) != {1} else "") + _dilation(axes)
    plain_ = Stamped("conv_transpose", window.size, kernel, strides, "same", dilation)
    if read(plain_, FRAMEWORKS["keras"]).window() == window:
        return [f'Conv2DTranspose({stage.result.channels}, {_each(kernel)}{more}, padding="same"{bias})']
    if any(extra):
        if any(one >= step for one, step in zip(extra, strides, strict=True)):
            raise _lacking(stage, "Keras")
        more += f", output_padding={_each(extra)}"
        whole = [axis.spaced - 1 + axis.span + one for axis, one in zip(axes, extra, strict=True)]
    else:
        whole = [axis.spaced - 1 + max(axis.span, step) for axis, step in zip(axes, strides, strict=True)]
    crops = tuple(
        (each.pads.low, size - axis.out - each.pads.low) for axis, each, size in zip(axes, given, whole, strict=True)
    )
    if any(end < 0 for pair in crops for end in pair):
        raise _lacking(stage, "Keras")
    cropped = [f"Cropping2D({crops})"] if any(map(any, crops)) else []
    return [f"Conv2DTranspose({stage.result.channels}, {_each(kernel)}{more}{bias})", *cropped]


def _torch(stage: Stage) -> list[str]:
    layer, channels = stage.layer, stage.source.channels
    bias = "" if layer.bias else ", bias=False"
    match stage.kind:
        case "conv" | "max" | "avg" if stage.window and not layer.weights:
            axes = stage.window.axes
            kernel = _each([axis.kernel for axis in axes])
            strides = [axis.stride for axis in axes]
            usual = [1, 1] if stage.kind == "conv" else [axis.kernel for axis in axes]
            more = "" if strides == usual else f", stride={_each(strides)}"
            before = []
            if all(axis.low == axis.high for axis in axes):
                pads = [axis.low for axis in axes]
                more += f", padding={_each(pads)}" if any(pads) else ""
            elif stage.kind == "conv":
                before = [f"ZeroPad2d({(axes[1].low, axes[1].high, axes[0].low, axes[0].high)})"]
            else:
                raise _lacking(stage, "PyTorch")
            more += _dilation(axes, "dilation") if stage.kind != "avg" else ""
            if stage.kind == "conv":
                more += f", groups={layer.groups}" if layer.groups > 1 else ""
                return [*before, f"Conv2d({channels}, {stage.result.channels}, {kernel}{more}{bias})"]
            if stage.kind == "avg" and any(axis.dilation != 1 for axis in axes):
                raise _lacking(stage, "PyTorch")
            more += ", ceil_mode=True" if layer.ceil else ""
            if stage.kind == "avg" and layer.padding == "same" and any(axis.low for axis in axes):
                more += ", count_include_pad=False"  # as Keras averages
            return [f"{'MaxPool2d' if stage.kind == 'max' else 'AvgPool2d'}({kernel}{more})"]
        case "transpose" if stage.window and not layer.weights:
            return _torch_transposed(stage, stage.window, bias)
        case "adaptive-max" | "adaptive-avg":
            name = "AdaptiveMaxPool2d" if stage.kind == "adaptive-max" else "AdaptiveAvgPool2d"
            return [f"{name}({_each(stage.result.space)})"]
        case "lp" if stage.window:
            axes = stage.window.axes
            if any(axis.low or axis.high or axis.dilation > 1 or axis.overhang for axis in axes):
                raise _lacking(stage, "PyTorch")
            strides = [axis.stride for axis in axes]
            more = "" if strides == [axis.kernel for axis in axes] else f", stride={_each(strides)}"
            power = 'float("inf")' if math.isinf(layer.norm_type) else plain(layer.norm_type)
            return [f"LPPool2d({power}, {_each([axis.kernel for axis in axes])}{more})"]
        case "global-max" | "global-avg":
            name = "AdaptiveMaxPool2d" if stage.kind == "global-max" else "AdaptiveAvgPool2d"
            return [f"{name}(1)", "Flatten()"]
        case "flatten":
            return ["Flatten()"]
        case "dense":
            return [f"Linear({channels}, {stage.result.channels}{bias})"]
        case "dropout":
            return [f"Dropout({plain(layer.rate)})"]
        case "batch-norm":
            return [f"{'BatchNorm2d' if stage.source.space else 'BatchNorm1d'}({channels})"]
        case kind if kind in ACTIVATIONS:
            return [ACTIVATIONS[kind][1]]
    raise _lacking(stage, "PyTorch")


def _torch_transposed(stage: Stage, window: Window, bias: str) -> list[str]:
    """Return a transposed convolution of PyTorch, cropped afterwards where both ends are not cropped alike."""
    axes, given, groups = window.axes, [axis.given for axis in window.axes], stage.layer.groups
    strides, extra = [each.stride for each in given], [each.output_padding for each in given]
    alike = all(each.pads.low == each.pads.high >= 0 for each in given)
    more = f", stride={_each(strides)}" if set(strides) != {1} else ""
    if alike:
        pads = [each.pads.low for each in given]
        more += f", padding={_each(pads)}" if any(pads) else ""
    ends = [(-each.pads.low, -each.pads.high) for each in given]
    if not alike and any(end > 0 for pair in ends for end in pair):
        raise _lacking(stage, "PyTorch")
    after = [] if alike else [f"ZeroPad2d({(*ends[1], *ends[0])})"]
    more += f", output_padding={_each(extra)}" if any(extra) else ""
    more += _dilation(axes, "dilation") + (f", groups={groups}" if groups > 1 else "")
    kernel = _each([axis.kernel for axis in axes])
    channels = f"{stage.source.channels}, {stage.result.channels}"
    return [f"ConvTranspose2d({channels}, {kernel}{more}{bias})", *after]


def _lacking(stage: Stage, framework: str) -> SettingError:
    return SettingError(f"layer {stage.layer.said!r} is not in {framework}: leave it out, or use another")


def _dilation(axes: Sequence[Axis], name: str = "dilation_rate") -> str:
    steps = [axis.dilation for axis in axes]
    return f", {name}={_each(steps)}" if any(step != 1 for step in steps) else ""


def _each(values: Sequence[int]) -> str:
    return str(values[0]) if len(set(values)) == 1 else str(tuple(values))
