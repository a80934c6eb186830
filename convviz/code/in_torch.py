"""A trace as lines of PyTorch: channels first, functions."""

from __future__ import annotations

import math
from collections.abc import Sequence

from convviz.code import shared
from convviz.code.script import Script, number, per_axis, sequence
from convviz.code.shared import Dialect, Recipe, each
from convviz.trace import Trace
from convviz.window import Axis, Pads

COPIES = ("reflect", "replicate", "circular")


def script(trace: Trace) -> Script:
    """Return the lines."""
    lines = Script("import torch", "import torch.nn.functional as F", space="torch")
    return shared.written(trace, DIALECT.title, lines, RECIPES, shared.start)


def _convolution(trace: Trace, script: Script) -> None:
    axes, rank = trace.window.axes, len(trace.window.axes)
    shared.weight(trace, script, "torch.repeat_interleave(weight, {n}, dim=0)")
    mode = trace.padding_mode if trace.padding_mode in COPIES else ""
    low = each(axes, "low")
    padding = any(low) and low == each(axes, "high") and not mode and not trace.rule.fill
    if any(map(any, shared.pads(axes))) and not padding:
        script.add(*_pad("x", shared.pads(axes), trace.rule.fill, mode))
    own = [f"padding={per_axis(low)}"] if padding else []
    given = ["x", "weight", *(["bias"] if trace.bias is not None else []), *_widened(axes), *own]
    given += [f"groups={trace.groups}"] if trace.groups > 1 else []
    script.add(f"output = F.conv{rank}d({', '.join(given)})")


def _transposed(trace: Trace, script: Script) -> None:
    axes, rank = trace.window.axes, len(trace.window.axes)
    shared.weight(trace, script, "torch.repeat_interleave(weight, {n}, dim=0)")
    given = [axis.given for axis in axes]
    low, high, extra = ([*parts] for parts in zip(*((*end.pads, end.output_padding) for end in given), strict=True))
    takes = low == high and min(low) >= 0
    ends = [Pads(-end.pads.low, end.output_padding - end.pads.high) for end in given]
    later = trace.bias is not None and not takes and any(max(pair) > 0 for pair in ends)  # added to what is new too
    stride = [end.stride for end in given]
    own = [f"stride={per_axis(stride)}"] if max(stride) > 1 else []
    if takes:
        own += [f"padding={per_axis(low)}"] if any(low) else []
        own += [f"output_padding={per_axis(extra)}"] if any(extra) else []
    dilation = each(axes, "dilation")
    own += [f"dilation={per_axis(dilation)}"] if max(dilation) > 1 else []
    own += [f"groups={trace.groups}"] if trace.groups > 1 else []
    bias = ["bias"] if trace.bias is not None and not later else []
    script.add(f"output = F.conv_transpose{rank}d({', '.join(['x', 'weight', *bias, *own])})")
    if not takes:
        if any(min(pair) < 0 < max(pair) for pair in ends):  # first more, then less: there may be too little to crop
            script.add(*_pad("output", [Pads(max(low, 0), max(high, 0)) for low, high in ends], 0))
            ends = [Pads(min(low, 0), min(high, 0)) for low, high in ends]
        script.add(*_pad("output", ends, 0))
    if later:
        script.add(f"output = output + bias.reshape(-1{', 1' * rank})")


def _widened(axes: Sequence[Axis]) -> list[str]:
    """Return stride and dilation where they are not 1."""
    names = [name for name in ("stride", "dilation") if max(each(axes, name)) > 1]
    return [f"{name}={per_axis(each(axes, name))}" for name in names]


def _max_pool(trace: Trace, script: Script) -> None:
    _extreme(trace, script, "")


def _min_pool(trace: Trace, script: Script) -> None:
    script.add("x = -x  # PyTorch has no min pooling: it is −max(−x)")
    _extreme(trace, script, "-")


def _extreme(trace: Trace, script: Script, sign: str) -> None:
    axes = trace.window.axes
    own = _padding(axes)
    if not _takes(axes):
        script.add(*_pad("x", shared.hand_padded(axes), -math.inf))
        own = []
    dilation = [f"dilation={per_axis(each(axes, 'dilation'))}"] if max(each(axes, "dilation")) > 1 else []
    given = ", ".join(["x", shared.sizes(axes, "stride"), *dilation, *own])
    script.add(f"output = {sign}F.max_pool{len(axes)}d({given})")


def _avg_pool(trace: Trace, script: Script) -> None:
    axes, rank = trace.window.axes, len(trace.window.axes)
    override, counts = trace.settings["divisor_override"], trace.settings["count_include_pad"]
    small = rank == 3 and any(axis.kernel > axis.size for axis in axes)  # which it refuses, padded or not
    if max(each(axes, "dilation")) > 1 or not _takes(axes) or small or (override and rank == 1):
        shared.mean(trace, script, DIALECT)
        return
    own = _padding(axes)
    own += ["count_include_pad=False"] if any(each(axes, "low")) and not counts else []
    own += [f"divisor_override={override}"] if override else []
    script.add(f"output = F.avg_pool{rank}d({', '.join(['x', shared.sizes(axes, 'stride'), *own])})")


def _lp_pool(trace: Trace, script: Script) -> None:
    axes, power = trace.window.axes, trace.settings["norm_type"]
    signed = power != "Infinity" and power % 2 != 0 and bool((trace.input < 0).any())  # PyTorch adds up xᵖ, not |x|ᵖ
    plain = shared.plain(axes) and not any(map(any, shared.pads(axes)))
    if signed or not plain or max(each(axes, "dilation")) > 1:
        shared.norm(trace, script, DIALECT)
        return
    shown = 'float("inf")' if power == "Infinity" else power
    script.add(f"output = F.lp_pool{len(axes)}d(x, {shown}, {shared.sizes(axes, 'stride')})")


def _max_unpool(trace: Trace, script: Script) -> None:
    axes, rank = trace.window.axes, len(trace.window.axes)
    shared.indices(trace, script)
    shape, out = trace.planes_out.shape, trace.window.out
    given = [axis.given for axis in axes]
    low, stride = [end.pads.low for end in given], [end.stride for end in given]
    usual = [axis.spaced - 1 - 2 * end.pads.low + axis.kernel for axis, end in zip(axes, given, strict=True)]
    if all(abs(wanted - size) < step for wanted, size, step in zip(out, usual, stride, strict=True)):
        own = [f"padding={per_axis(low)}"] if any(low) else []
        own += [f"output_size={sequence(out)}"] if list(out) != usual else []
        sizes = ", ".join([per_axis(each(axes, "kernel")), f"stride={per_axis(stride)}", *own])
        script.add(f"output = F.max_unpool{rank}d(x, indices, {sizes})")
        return
    script.add(
        "# F.max_unpool pads both ends alike: here each value is put back by its index",
        f"output = torch.zeros({sequence([*shape[:2], math.prod(out)])}, dtype=x.dtype)",
        "output = output.scatter(2, indices.flatten(2), x.flatten(2))",
        f"output = output.reshape{sequence(shape)}",
    )


def _adaptive_max_pool(trace: Trace, script: Script) -> None:
    _adaptive(trace, script, "max")


def _adaptive_avg_pool(trace: Trace, script: Script) -> None:
    _adaptive(trace, script, "avg")


def _adaptive(trace: Trace, script: Script, what: str) -> None:
    script.add(f"output = F.adaptive_{what}_pool{len(trace.window.axes)}d(x, {sequence(trace.window.out)})")


def _takes(axes: Sequence[Axis]) -> bool:
    """Tell whether a pooling takes the padding: the same at both ends, and at most half of the window."""
    return all(axis.low == axis.high <= axis.kernel // 2 for axis in axes)


def _padding(axes: Sequence[Axis]) -> list[str]:
    own = [f"padding={per_axis(each(axes, 'low'))}"] if any(each(axes, "low")) else []
    return own if shared.plain(axes) else [*own, "ceil_mode=True"]


def _global_max_pool(trace: Trace, script: Script) -> None:
    script.add(f"output = F.adaptive_max_pool{len(trace.window.axes)}d(x, 1)")


def _global_avg_pool(trace: Trace, script: Script) -> None:
    script.add(f"output = F.adaptive_avg_pool{len(trace.window.axes)}d(x, 1)")


def _activation(trace: Trace, script: Script) -> None:
    called = ACTIVATIONS[trace.kind]
    script.add(f"output = {called.format(**trace.settings)}")


def _pad(name: str, pads: Sequence[Pads], value: float, mode: str = "") -> list[str]:
    """Pad with a value or as a mode says; the last axis comes first."""
    ends = ", ".join(f"{low}, {high}" for low, high in reversed(pads))
    own = f', mode="{mode}"' if mode else f", value={number(value)}" if value else ""
    return [f"{name} = F.pad({name}, ({ends}){own})"]


def _pool(what: str, name: str, axes: Sequence[Axis], kind: str) -> str:
    return f"F.{what}_pool{len(axes)}d({name}, {shared.sizes(axes, 'stride')})"


def _over(what: str, taps: str) -> str:
    return f"torch.stack({taps}).{'amax' if what == 'max' else 'sum'}(dim=0)"


DIALECT = Dialect("PyTorch", 2, _pad, _pool, _over, "torch.ones_like")
ACTIVATIONS = {
    "relu": "F.relu(x)",
    "leaky_relu": "F.leaky_relu(x, {negative_slope})",
    "elu": "F.elu(x, {alpha})",
    "gelu": "F.gelu(x)",
    "gelu_tanh": 'F.gelu(x, approximate="tanh")',
    "silu": "F.silu(x)",
    "softplus": "F.softplus(x)",
    "mish": "F.mish(x)",
    "tanh": "torch.tanh(x)",
    "sigmoid": "torch.sigmoid(x)",
    "hardsigmoid": "F.hardsigmoid(x)",
    "hardswish": "F.hardswish(x)",
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
