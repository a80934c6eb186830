"""What each framework's conventions leave unsaid, allow and refuse: the same setting is not the same everywhere.

Checked against torch 2.13, Keras 3.15 and the operator specification of ONNX. A framework is a table of operators; an
operator says what it is called, what a stride that is left out means, what an average counts, and which settings it
refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeAlias

from convviz.errors import SettingError
from convviz.window import Axis, Padding, Pads, Window, resolve_padding, slide


@dataclass(frozen=True)
class Asked:
    """One setting, as it can be asked of any framework; None where it is left to its default.

    ``padding`` is as it was given: a name, a number, numbers or pairs.

    >>> Asked("max_pool", (6,), (3,)).settled(FRAMEWORKS["onnx"]).stride
    (1,)
    """

    kind: str
    size: tuple[int, ...]
    kernel: tuple[int, ...]
    stride: tuple[int, ...] | None = None
    padding: Padding = 0
    dilation: tuple[int, ...] = (1,)
    ceil_mode: bool = False
    count_include_pad: bool | None = None
    divisor_override: int | None = None
    padding_mode: str = "zeros"
    flip: bool = False

    @property
    def name(self) -> str | None:
        """The name that was given for the padding, where it is no numbers."""
        return self.padding.lower().replace("-", "_") if isinstance(self.padding, str) else None

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes without their padding; a stride that is left out is the kernel's."""
        rank = len(self.size)
        strides, dilations = self.stride or self.kernel, self.dilation * (rank // len(self.dilation))
        return tuple(
            Axis(n, k, s, dilation=d, ceil=self.ceil_mode)
            for n, k, s, d in zip(self.size, self.kernel, strides, dilations, strict=True)
        )

    @property
    def pads(self) -> tuple[Pads, ...]:
        """The padding of each axis, in cells. Raises `SettingError`."""
        return resolve_padding(self.padding, self.axes)

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


class Refusal(NamedTuple):
    """Why a framework refuses a setting ("takes padding in numbers…", after its name), and what it would take."""

    why: str
    way: str = ""


Rule: TypeAlias = Callable[[Asked], Refusal | None]


@dataclass(frozen=True)
class Operator:
    """An operation as one framework has it.

    ``called``: with ``{n}`` for the number of dimensions. ``stride``: what it is where none is given (None: the
    kernel's size). ``counts``: whether an average counts padding where that is not said.
    """

    called: str
    refuses: tuple[Rule, ...] = ()
    stride: int | None = None
    counts: bool | None = None


@dataclass(frozen=True)
class Framework:
    """A framework: what it is called, its operators, where its channels stand, the axes of its kernels."""

    name: str
    operators: Mapping[str, Operator]
    channels: str
    weight: str


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
    return asked.settled(framework)


def refused(asked: Asked, framework: Framework) -> Refusal | None:
    """Return why a framework refuses a setting, or None where it takes it."""
    operator = framework.operators.get(asked.kind)
    if operator is None:
        return Refusal(f"has no {asked.kind.replace('_', ' ').replace('pool', 'pooling')}", INSTEAD.get(asked.kind, ""))
    settled = asked.settled(framework)
    return next((refusal for rule in operator.refuses if (refusal := rule(settled)) is not None), None)


def _sentence(asked: Asked, framework: Framework, refusal: Refusal) -> str:
    """Say who refuses what, who takes it, and the ways out."""
    ways = [refusal.way] if refusal.way else []
    text = f"{framework.name} {refusal.why}"
    for key, other in FRAMEWORKS.items():
        if refused(asked, other) is None:
            text += f"; {other.name} {_does(asked.settled(other))}"
            ways.insert(0, f"like {key!r}")
            break
    return f"{text}: use {', or '.join(ways or ['no like'])}"


def _does(asked: Asked) -> str:
    """Say what becomes of a setting where it is taken."""
    if asked.name is None or asked.name == "valid":
        return "takes it"
    pads = [str(tuple(each)) for each in asked.pads]
    return f"pads {pads[0] if len(set(pads)) == 1 else ', '.join(pads)} here"


def known(like: Any) -> str:
    """Return the key of a framework; without one, of the framework whose defaults are convviz's."""
    if like is None:
        return "torch"
    name = str(like).lower()
    name = {"pytorch": "torch"}.get(name, name)
    if name not in FRAMEWORKS:
        raise SettingError(f"like {like!r} is unknown: use one of {', '.join(FRAMEWORKS)}")
    return name


# What is refused. Each rule sees a setting with the framework's defaults in it.


def _numbers_or(*names: str, way: Callable[[tuple[Pads, ...]], str] = lambda pads: f"padding {_typed(pads)}") -> Rule:
    """Padding is in numbers, or has one of these names; ``way``: how else to pad so much."""

    def rule(asked: Asked) -> Refusal | None:
        if asked.name is None or asked.name in names:
            return None
        takes = _or(["in numbers", *map(repr, names)])
        return Refusal(f"takes padding {takes}, not {asked.name!r}", way(asked.pads))

    return rule


def _only_named(*names: str, before: str = "") -> Rule:
    """Padding has one of these names; none at all is "valid". ``before``: what can pad the input first."""

    def rule(asked: Asked) -> Refusal | None:
        pads = asked.pads
        allowed = [name for name in names if name != "causal" or len(pads) == 1]
        if asked.name in allowed or (asked.name is None and not any(map(any, pads))):
            return None
        same = {name: replace(asked, padding=name).pads for name in allowed}
        fits = next((name for name, other in same.items() if other == pads), None)
        shown = repr(asked.name) if asked.name else _typed(pads)
        way = f"padding {fits!r}, which is that here" if fits else f"padding {names[0]!r}"
        if before and not fits:
            way += f" after {before.format(n=len(pads))}"
        return Refusal(f"takes padding {_or(list(map(repr, allowed)))}, not {shown}", way)

    return rule


def _same_at_both_ends(asked: Asked) -> Refusal | None:
    if asked.name is not None or all(low == high for low, high in asked.pads):
        return None
    return Refusal(f"pads both ends of an axis alike, not {_typed(asked.pads)}", _alike(asked.pads))


def _alike(pads: tuple[Pads, ...]) -> str:
    """Say how PyTorch pads so much: in numbers where both ends are alike."""
    if all(low == high for low, high in pads):
        return f"padding {_typed(pads)}"
    return "torch.nn.functional.pad before it"


def _same_keeps_every_step(asked: Asked) -> Refusal | None:
    stride = asked.stride or ()
    if asked.name != "same" or max(stride, default=1) == 1:
        return None
    return Refusal(f"refuses padding 'same' with stride {_numbers(stride)}", _alike(asked.pads))


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


def _no_flip(asked: Asked) -> Refusal | None:
    return (
        Refusal("never flips a kernel (flip True)", "flip False, and a weight that is flipped") if asked.flip else None
    )


def _or(words: Sequence[str]) -> str:
    """Write alternatives.

    >>> _or(["1", "2", "3"])
    '1, 2 or 3'
    """
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _typed(pads: tuple[Pads, ...]) -> str:
    """Write padding as it is typed: ``1``, ``1,2`` or ``0:1,2:2``."""
    said = [str(low) if low == high else f"{low}:{high}" for low, high in pads]
    return said[0] if len(set(said)) == 1 else ",".join(said)


def _numbers(values: tuple[int, ...]) -> str:
    return str(values[0]) if len(set(values)) == 1 else ",".join(map(str, values))


INSTEAD = {"min_pool": "max pooling of the input with its signs changed"}
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
            ),
            "max_pool": Operator("torch.nn.MaxPool{n}d", _TORCH_POOL),
            "avg_pool": Operator(
                "torch.nn.AvgPool{n}d",
                (*_TORCH_POOL, _no_dilation, _no_divisor_in_1d, _larger_than_the_kernel),
                counts=True,
            ),
            "global_max_pool": Operator("torch.nn.AdaptiveMaxPool{n}d(1)"),
            "global_avg_pool": Operator("torch.nn.AdaptiveAvgPool{n}d(1)"),
        },
        channels="first",
        weight="out, in/groups, kernel",
    ),
    "keras": Framework(
        "Keras",
        {
            "conv": Operator(
                "keras.layers.Conv{n}D",
                (
                    _only_named("valid", "same", "causal", before="keras.layers.ZeroPadding{n}D"),
                    _either_stride_or_dilation,
                    _modes("zeros", instead="; keras.ops.pad knows some others"),
                    _no_flip,
                ),
                stride=1,
            ),
            "max_pool": Operator("keras.layers.MaxPooling{n}D", _KERAS_POOL),
            "avg_pool": Operator(
                "keras.layers.AveragePooling{n}D", (*_KERAS_POOL, _never_counts_padding, _no_divisor), counts=False
            ),
            "global_max_pool": Operator("keras.layers.GlobalMaxPooling{n}D"),
            "global_avg_pool": Operator("keras.layers.GlobalAveragePooling{n}D"),
        },
        channels="last",
        weight="kernel, in/groups, out",
    ),
    "onnx": Framework(
        "ONNX",
        {
            "conv": Operator(
                "Conv", (_ONNX_PADS, _modes("zeros", instead=" (a Pad operator before it does)"), _no_flip), stride=1
            ),
            "max_pool": Operator("MaxPool", (_ONNX_PADS, _no_ceil_of_valid), stride=1),
            "avg_pool": Operator("AveragePool", (_ONNX_PADS, _no_ceil_of_valid, _no_divisor), stride=1, counts=False),
            "global_max_pool": Operator("GlobalMaxPool"),
            "global_avg_pool": Operator("GlobalAveragePool"),
        },
        channels="first",
        weight="out, in/groups, kernel",
    ),
}
