"""What each framework's conventions leave unsaid, allow and refuse: the same setting is not the same everywhere.

Checked against torch 2.13, Keras 3.15 and the operator specification of ONNX. A framework is a table of operators; an
operator says what it is called, what a stride that is left out means, what an average counts, and which settings it
refuses.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from convviz import words
from convviz.errors import SettingError
from convviz.window import Axis, Padding, Pads, Window, bins, resolve_padding, slide, stamps, unpooled


@dataclass(frozen=True)
class Asked:
    """One setting, as it can be asked of any framework; None where it is left to its default.

    ``padding`` is as it was given: a name, a number, numbers or pairs.

    >>> Asked("max_pool", (6,), (3,)).settled(FRAMEWORKS["onnx"]).stride
    (1,)
    """

    kind: str
    size: tuple[int, ...]
    kernel: tuple[int, ...] = ()
    stride: tuple[int, ...] | None = None
    padding: Padding = 0
    dilation: tuple[int, ...] = (1,)
    ceil_mode: bool = False
    count_include_pad: bool | None = None
    divisor_override: int | None = None
    padding_mode: str = "zeros"
    flip: bool = False
    norm_type: float | None = None
    negative: bool = False  # whether an input has values below 0 of which the power is not even

    @property
    def name(self) -> str | None:
        """The name that was given for the padding, where it is no numbers."""
        return self.padding.lower().replace("-", "_") if isinstance(self.padding, str) else None

    @property
    def pads(self) -> tuple[Pads, ...]:
        """The padding of each axis, in cells. Raises `SettingError`."""
        strides, dilations = self.stride or self.kernel, self.dilation * (len(self.size) // len(self.dilation))
        parts = zip(self.size, self.kernel, strides, dilations, strict=True)
        return resolve_padding(self.padding, [Axis(n, k, s, dilation=d) for n, k, s, d in parts])

    def settled(self, framework: Framework) -> Asked:
        """Put a framework's defaults where nothing was said."""
        operator = framework.operators.get(self.kind, Operator(""))
        return replace(
            self,
            stride=self.stride or (self.kernel if operator.stride is None else (operator.stride,) * len(self.size)),
            count_include_pad=operator.counts if self.count_include_pad is None else self.count_include_pad,
        )

    def window(self) -> Window:
        """Return the window that this comes to. Raises `SettingError`."""
        return slide(
            self.size,
            self.kernel,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            padding_mode=self.padding_mode,
            ceil=self.ceil_mode,
        )


@dataclass(frozen=True)
class Stamped(Asked):
    """A setting of transposed convolution, whose padding crops the result."""

    output_padding: tuple[int, ...] = (0,)
    output_size: tuple[int, ...] | None = None
    groups: int = 1

    @property
    def pads(self) -> tuple[Pads, ...]:
        """What is cropped on each axis, in cells. Raises `SettingError`."""
        return tuple(axis.given.pads for axis in self.window().axes)

    def window(self) -> Window:
        """Return the window that this comes to. Raises `SettingError`."""
        return stamps(
            self.size,
            self.kernel,
            stride=self.stride or 1,
            padding=self.padding,
            output_padding=self.output_padding,
            dilation=self.dilation,
            output_size=self.output_size,
        )


@dataclass(frozen=True)
class Binned(Asked):
    """A setting of adaptive pooling: how many bins."""

    output_size: tuple[int, ...] = ()

    def window(self) -> Window:
        """Return the window that this comes to. Raises `SettingError`."""
        return bins(self.size, self.output_size)


@dataclass(frozen=True)
class Unpooled(Asked):
    """A setting of unpooling: that of the pooling that it undoes, and the size of what was pooled."""

    output_size: tuple[int, ...] | None = None

    @property
    def pads(self) -> tuple[Pads, ...]:
        """What the pooling padded on each axis, in cells. Raises `SettingError`."""
        return tuple(axis.given.pads for axis in self.window().axes)

    def window(self) -> Window:
        """Return the window that this comes to. Raises `SettingError`."""
        return unpooled(self.size, self.kernel, self.stride, self.padding, self.output_size)


class Refusal(NamedTuple):
    """Why a framework refuses a setting ("takes padding in numbers…", after its name), and what it would take."""

    why: str
    way: str = ""


Rule: TypeAlias = Callable[[Asked], Refusal | None]
Reading: TypeAlias = Callable[[Asked], Asked]


def _as_asked(asked: Asked) -> Asked:
    return asked


@dataclass(frozen=True)
class Operator:
    """An operation as one framework has it.

    ``called``: with ``{n}`` for the number of dimensions. ``stride``: what it is where none is given (None: the
    kernel's size). ``counts``: whether an average counts padding where that is not said. ``reads``: what the framework
    takes a setting for, where that is not what convviz does. ``indices``: how the places of maxima are numbered.
    ``weight``: the axes of a kernel.
    """

    called: str
    refuses: tuple[Rule, ...] = ()
    stride: int | None = None
    counts: bool | None = None
    reads: Reading = _as_asked
    indices: str = ""
    weight: str = ""


@dataclass(frozen=True)
class Framework:
    """A framework: what it is called, its operators, where its channels stand."""

    name: str
    operators: Mapping[str, Operator]
    channels: str


def settle(asked: Asked, like: str | None) -> Asked:
    """Return a setting with a framework's defaults; raise `SettingError` for what the framework refuses.

    Without a framework the defaults are PyTorch's, and nothing is refused.

    >>> settle(Asked("conv", (5,), (3,), (2,), "same"), "torch")
    Traceback (most recent call last):
        ...
    convviz.errors.SettingError: PyTorch refuses padding 'same' with stride 2; Keras pads (1, 1) here: use like \
'keras', or padding 1
    """
    framework = FRAMEWORKS[known(like)]
    if like is not None and (refusal := refused(asked, framework)) is not None:
        raise SettingError(_sentence(asked, framework, refusal))
    return asked.settled(framework) if like is None else read(asked, framework)


def read(asked: Asked, framework: Framework) -> Asked:
    """Return what a setting is to a framework: its defaults, and what it means by names and sizes."""
    operator = framework.operators.get(asked.kind, Operator(""))
    return operator.reads(asked.settled(framework))


def refused(asked: Asked, framework: Framework) -> Refusal | None:
    """Return why a framework refuses a setting, or None where it takes it."""
    operator = framework.operators.get(asked.kind)
    if operator is None:
        return Refusal(f"has no {title(asked.kind)}", INSTEAD.get(asked.kind, ""))
    settled = asked.settled(framework)
    return next((refusal for rule in operator.refuses if (refusal := rule(settled)) is not None), None)


def _sentence(asked: Asked, framework: Framework, refusal: Refusal) -> str:
    """Say who refuses what, who takes it, and the ways out."""
    ways = [refusal.way] if refusal.way else []
    text = f"{framework.name} {refusal.why}"
    for key, other in FRAMEWORKS.items():
        if _takes(asked, other):
            text += f"; {other.name} {_does(asked, other)}"
            ways.insert(0, f"like {key!r}")
            break
    return f"{text}: use {', or '.join(ways or ['no like'])}"


def _takes(asked: Asked, framework: Framework) -> bool:
    """Tell whether a framework takes a setting, and something comes of it."""
    try:
        return refused(asked, framework) is None and bool(read(asked, framework).window().axes)
    except SettingError:
        return False


def _does(asked: Asked, framework: Framework) -> str:
    """Say what becomes of a setting where it is taken."""
    if asked.name is None or asked.name == "valid":
        return "takes it"
    pads = [str(tuple(each)) for each in read(asked, framework).pads]
    does = "crops" if isinstance(asked, Stamped) else "pads"
    return f"{does} {pads[0] if len(set(pads)) == 1 else ', '.join(pads)} here"


def known(like: Any) -> str:
    """Return the key of a framework; without one, of the framework whose defaults are convviz's."""
    if like is None:
        return "torch"
    name = str(like).lower()
    name = {"pytorch": "torch"}.get(name, name)
    if name not in FRAMEWORKS:
        raise SettingError(f"like {like!r} is unknown: use one of {', '.join(FRAMEWORKS)}")
    return name


def over_all(like: str | None, kind: str) -> bool:
    """Tell whether a framework numbers the places of maxima over all planes, and not over each."""
    operator = FRAMEWORKS[known(like)].operators.get(kind)
    return operator is not None and operator.indices == OF_ALL


# What is refused. Each rule sees a setting with the framework's defaults in it.


def _numbers_or(*names: str, way: Callable[[Asked], str] = lambda asked: f"padding {_typed(asked.pads)}") -> Rule:
    """Padding is in numbers, or has one of these names; ``way``: how else to pad so much."""

    def rule(asked: Asked) -> Refusal | None:
        if asked.name is None or asked.name in names:
            return None
        takes = _or(["in numbers", *map(repr, names)])
        return Refusal(f"takes padding {takes}, not {asked.name!r}", way(asked))

    return rule


def _only_named(*names: str, beside: str = "") -> Rule:
    """Padding has one of these names; none at all is "valid". ``beside``: what can do the rest."""

    def rule(asked: Asked) -> Refusal | None:
        pads = asked.pads
        allowed = [name for name in names if name != "causal" or len(pads) == 1]
        if asked.name in allowed or (asked.name is None and not any(map(any, pads))):
            return None
        same = {name: replace(asked, padding=name).pads for name in allowed}
        fits = next((name for name, other in same.items() if other == pads), None)
        shown = repr(asked.name) if asked.name else _typed(pads)
        way = f"padding {fits!r}, which is that here" if fits else f"padding {names[0]!r}"
        if beside and not fits:
            way += f" {beside.format(n=len(pads))}"
        return Refusal(f"takes padding {_or(list(map(repr, allowed)))}, not {shown}", way)

    return rule


def _same_at_both_ends(asked: Asked) -> Refusal | None:
    if asked.name is not None or all(low == high for low, high in asked.pads):
        return None
    return Refusal(f"pads both ends of an axis alike, not {_typed(asked.pads)}", _alike(asked))


def _alike(asked: Asked) -> str:
    """Say how PyTorch pads so much: in numbers where both ends are alike."""
    if all(low == high for low, high in asked.pads):
        return f"padding {_typed(asked.pads)}"
    return f"torch.nn.functional.pad {'after' if isinstance(asked, Stamped) else 'before'} it"


def _same_keeps_every_step(asked: Asked) -> Refusal | None:
    stride = asked.stride or ()
    if asked.name != "same" or max(stride, default=1) == 1:
        return None
    return Refusal(f"refuses padding 'same' with stride {_numbers(stride)}", _alike(asked))


def _half_the_kernel(asked: Asked) -> Refusal | None:
    for kernel, (low, high) in zip(asked.kernel, asked.pads, strict=True):
        if max(low, high) > kernel // 2:
            return Refusal(
                f"pads at most half a pool: padding {max(low, high)} is more than half of {kernel}",
                f"padding of at most {kernel // 2}",
            )
    return None


def _larger_than_the_kernel(asked: Asked) -> Refusal | None:
    """In 3-D, PyTorch's average looks at the input without its padding."""
    for size, kernel in zip(asked.size, asked.kernel, strict=True):
        if len(asked.size) == 3 and kernel > size:
            return Refusal(
                f"takes no average of {kernel} cells over an axis of {size} in 3-D, padded or not",
                f"a kernel of at most {size}",
            )
    return None


def _modes(*modes: str, instead: str) -> Rule:
    def rule(asked: Asked) -> Refusal | None:
        if asked.padding_mode in modes:
            return None
        return Refusal(f"pads with {_or(modes)}, not {asked.padding_mode!r}{instead}", "padding_mode 'zeros'")

    return rule


def _either_stride_or_dilation(asked: Asked) -> Refusal | None:
    stride = asked.stride or ()
    if max(stride, default=1) == 1 or max(asked.dilation) == 1:
        return None
    return Refusal(f"refuses stride {_numbers(stride)} with dilation {_numbers(asked.dilation)}", "one of the two as 1")


def _no_dilation(asked: Asked) -> Refusal | None:
    if max(asked.dilation) == 1:
        return None
    return Refusal(f"has no dilation here, such as {_numbers(asked.dilation)}", "dilation 1")


def _no_ceil_mode(asked: Asked) -> Refusal | None:
    return Refusal("has no ceil_mode", "no ceil_mode, or padding 'same'") if asked.ceil_mode else None


def _no_ceil_of_valid(asked: Asked) -> Refusal | None:
    if not asked.ceil_mode or asked.name != "valid":
        return None
    return Refusal("ignores ceil_mode with auto_pad VALID", "padding 0")


def _never_counts_padding(asked: Asked) -> Refusal | None:
    if not asked.count_include_pad:
        return None
    return Refusal("never counts padding in an average (count_include_pad True)", "count_include_pad False")


def _no_divisor(asked: Asked) -> Refusal | None:
    if asked.divisor_override is None:
        return None
    return Refusal(f"has no divisor_override here, such as {asked.divisor_override}", "no divisor_override")


def _no_divisor_in_1d(asked: Asked) -> Refusal | None:
    return _no_divisor(asked) if len(asked.size) == 1 else None


def _no_groups(asked: Asked) -> Refusal | None:
    if not isinstance(asked, Stamped) or asked.groups == 1:
        return None
    return Refusal(f"has no groups of transposed convolution, such as {asked.groups}", "groups 1")


def _no_output_size(asked: Asked) -> Refusal | None:
    if not isinstance(asked, Stamped) or asked.output_size is None:
        return None
    return Refusal(f"has no output_size here, such as {_numbers(asked.output_size)}", "output_padding")


def _size_within_a_stride(asked: Asked) -> Refusal | None:
    if not isinstance(asked, Stamped) or asked.output_size is None:
        return None
    if all(axis.given.output_padding < axis.given.stride for axis in asked.window().axes):
        return None
    return Refusal(
        f"takes an output_size less than a stride above the least, not {_numbers(asked.output_size)}", "output_padding"
    )


def _output_padding_below_stride(asked: Asked) -> Refusal | None:
    if not isinstance(asked, Stamped) or not any(asked.output_padding):
        return None
    extra = asked.output_padding
    if asked.name == "same":  # its backends crop different cells
        return Refusal(f"has no one meaning of output_padding {_numbers(extra)} with padding 'same'", "padding 'valid'")
    strides = asked.stride or ()
    if any(more >= step for more, step in zip(extra, strides, strict=True)):
        return Refusal(
            f"takes output_padding below the stride alone, not {_numbers(extra)} with stride {_numbers(strides)}",
            f"output_padding of at most {min(strides) - 1}",
        )
    return None


def _either_size_or_padding(asked: Asked) -> Refusal | None:
    if not isinstance(asked, Stamped) or asked.output_size is None or asked.name is not None:
        return None
    if asked.padding in (0, (0,), [0]) or not np.any(asked.padding):
        return None
    return Refusal("ignores padding in numbers beside an output_size", "padding 'same' or 'same_lower'")


def _power_of_size(asked: Asked) -> Refusal | None:
    power = asked.norm_type
    if power is None or not asked.negative or math.isinf(power) or power % 2 == 0:
        return None
    return Refusal(f"adds up xᵖ, not |x|ᵖ, and has no such norm of negative values (norm_type {power})", "norm_type 2")


def _whole_norm(asked: Asked) -> Refusal | None:
    power = asked.norm_type
    if power is None or float(power).is_integer():
        return None
    way = "max pooling of |x|" if math.isinf(power) else f"norm_type {max(1, round(power))}"
    return Refusal(f"takes whole numbers as norm_type, not {'infinity' if math.isinf(power) else power}", way)


def _no_padding(asked: Asked) -> Refusal | None:
    if asked.name is None and not any(map(any, asked.pads)):
        return None
    shown = repr(asked.name) if asked.name else _typed(asked.pads)
    return Refusal(f"has no padding here, such as {shown}", "padding 0")


def _no_overhang(asked: Asked) -> Refusal | None:
    if math.isinf(asked.norm_type or 0) or not any(axis.overhang for axis in asked.window().axes):
        return None
    return Refusal("scales up a window that hangs over the end in ceil_mode", "no ceil_mode")


def _no_flip(asked: Asked) -> Refusal | None:
    return (
        Refusal("never flips a kernel (flip True)", "flip False, and a weight that is flipped") if asked.flip else None
    )


def _keras_sizes(asked: Asked) -> Asked:
    """Where a kernel is smaller than its stride, Keras leaves room for all of the last stride, and crops nothing."""
    if not isinstance(asked, Stamped) or any(asked.output_padding):
        return asked
    window = replace(asked, padding=0).window()
    pads: list[tuple[int, int]] = []
    extra = []
    for axis, named in zip(window.axes, asked.pads, strict=True):
        gap = max(axis.spacing - axis.span, 0)
        extra.append(gap)
        pads.append((0, 0) if gap else (named.low, named.high))
    return replace(asked, padding=pads, output_padding=tuple(extra))


def _onnx_sizes(asked: Asked) -> Asked:
    """Where a size is wanted, ONNX crops as much as that takes: of an odd number of cells, more at the beginning."""
    if isinstance(asked, Stamped) and asked.output_size is not None and asked.name in (None, "valid"):
        return replace(asked, padding="same_lower")
    return asked


def _or(ways: Sequence[str]) -> str:
    """Write alternatives.

    >>> _or(["1", "2", "3"])
    '1, 2 or 3'
    """
    return " or ".join([", ".join(ways[:-1]), ways[-1]] if len(ways) > 1 else ways)


def _typed(pads: tuple[Pads, ...]) -> str:
    """Write padding as it is typed: ``1``, ``1,2`` or ``0:1,2:2``."""
    said = [str(low) if low == high else f"{low}:{high}" for low, high in pads]
    return said[0] if len(set(said)) == 1 else ",".join(said)


def _numbers(values: tuple[int, ...]) -> str:
    return str(values[0]) if len(set(values)) == 1 else ",".join(map(str, values))


def title(kind: str) -> str:
    """Write an operation within a sentence.

    >>> title("min_pool"), title("lp_pool")
    ('min pooling', 'Lp pooling')
    """
    text = words.TITLES[kind]
    return text if text.startswith("Lp") else text[0].lower() + text[1:]


INSTEAD = {
    "min_pool": "max pooling of the input with its signs changed",
    "lp_pool": "average pooling of powers",
    "max_unpool": "a scatter to the indices",
    "adaptive_max_pool": "max pooling, where the bins are of one size",
    "adaptive_avg_pool": "average pooling, where the bins are of one size",
}
OUT_FIRST, IN_FIRST = "out, in/groups, k", "in, out/groups, k"  # k: an axis for each of the kernel's
PER_PLANE, OF_ALL = "flat over a plane", "flat over all planes"
_TORCH_POOL = (_numbers_or(way=_alike), _same_at_both_ends, _half_the_kernel)
_KERAS_POOL = (_only_named("valid", "same"), _no_ceil_mode, _no_dilation)
_ONNX_PADS = _numbers_or("same", "same_lower", "valid")

FRAMEWORKS: dict[str, Framework] = {
    "torch": Framework(
        "PyTorch",
        {
            "conv": Operator(
                "torch.nn.Conv{n}d",
                (
                    _numbers_or("same", "valid", way=_alike),
                    _same_keeps_every_step,
                    _same_at_both_ends,
                    _modes("zeros", "reflect", "replicate", "circular", instead=""),
                    _no_flip,
                ),
                stride=1,
                weight=OUT_FIRST,
            ),
            "conv_transpose": Operator(
                "torch.nn.ConvTranspose{n}d",
                (_numbers_or(way=_alike), _same_at_both_ends, _size_within_a_stride),
                stride=1,
                weight=IN_FIRST,
            ),
            "max_pool": Operator("torch.nn.MaxPool{n}d", _TORCH_POOL, indices=PER_PLANE),
            "lp_pool": Operator("torch.nn.LPPool{n}d", (_no_padding, _no_dilation, _power_of_size, _no_overhang)),
            "max_unpool": Operator("torch.nn.MaxUnpool{n}d", (_numbers_or(), _same_at_both_ends), indices=PER_PLANE),
            "adaptive_max_pool": Operator("torch.nn.AdaptiveMaxPool{n}d", indices=PER_PLANE),
            "adaptive_avg_pool": Operator("torch.nn.AdaptiveAvgPool{n}d"),
            "avg_pool": Operator(
                "torch.nn.AvgPool{n}d",
                (*_TORCH_POOL, _no_dilation, _no_divisor_in_1d, _larger_than_the_kernel),
                counts=True,
            ),
            "global_max_pool": Operator("torch.nn.AdaptiveMaxPool{n}d(1)"),
            "global_avg_pool": Operator("torch.nn.AdaptiveAvgPool{n}d(1)"),
        },
        channels="first",
    ),
    "keras": Framework(
        "Keras",
        {
            "conv": Operator(
                "keras.layers.Conv{n}D",
                (
                    _only_named("valid", "same", "causal", beside="after keras.layers.ZeroPadding{n}D"),
                    _either_stride_or_dilation,
                    _modes("zeros", instead="; keras.ops.pad knows some others"),
                    _no_flip,
                ),
                stride=1,
                weight="k, in/groups, out",
            ),
            "conv_transpose": Operator(
                "keras.layers.Conv{n}DTranspose",
                (
                    _only_named("valid", "same", beside="before keras.layers.Cropping{n}D"),
                    _either_stride_or_dilation,
                    _no_groups,
                    _no_output_size,
                    _output_padding_below_stride,
                ),
                stride=1,
                reads=_keras_sizes,
                weight="k, out, in",
            ),
            "max_pool": Operator("keras.layers.MaxPooling{n}D", _KERAS_POOL),
            "adaptive_max_pool": Operator("keras.layers.AdaptiveMaxPooling{n}D"),
            "adaptive_avg_pool": Operator("keras.layers.AdaptiveAveragePooling{n}D"),
            "avg_pool": Operator(
                "keras.layers.AveragePooling{n}D", (*_KERAS_POOL, _never_counts_padding, _no_divisor), counts=False
            ),
            "global_max_pool": Operator("keras.layers.GlobalMaxPooling{n}D"),
            "global_avg_pool": Operator("keras.layers.GlobalAveragePooling{n}D"),
        },
        channels="last",
    ),
    "onnx": Framework(
        "ONNX",
        {
            "conv": Operator(
                "Conv",
                (_ONNX_PADS, _modes("zeros", instead=" (a Pad operator before it does)"), _no_flip),
                stride=1,
                weight=OUT_FIRST,
            ),
            "conv_transpose": Operator(
                "ConvTranspose", (_ONNX_PADS, _either_size_or_padding), stride=1, reads=_onnx_sizes, weight=IN_FIRST
            ),
            "max_pool": Operator("MaxPool", (_ONNX_PADS, _no_ceil_of_valid), stride=1, indices=OF_ALL),
            "lp_pool": Operator("LpPool", (_ONNX_PADS, _no_ceil_of_valid, _whole_norm), stride=1),
            "max_unpool": Operator("MaxUnpool", (_numbers_or(),), stride=1, indices=OF_ALL),
            "avg_pool": Operator("AveragePool", (_ONNX_PADS, _no_ceil_of_valid, _no_divisor), stride=1, counts=False),
            "global_max_pool": Operator("GlobalMaxPool"),
            "global_avg_pool": Operator("GlobalAveragePool"),
        },
        channels="first",
    ),
}
