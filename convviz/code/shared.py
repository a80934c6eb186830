"""What the lines of every framework have in common: its arrays, and pooling put in other operations."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeAlias

import numpy as np

from convviz.code.script import Script, per_axis, sequence
from convviz.errors import SettingError
from convviz.exact import EXACT_IN_FLOAT, heaviest, magnitude
from convviz.trace import Trace
from convviz.window import AXIS_NAMES, Axis, Pads

EXACT_IN_SINGLE = 2**24  # every integer below this is a float32

Recipe: TypeAlias = Callable[[Trace, Script], None]


class Dialect(NamedTuple):
    """How a framework says what is needed to pool by hand.

    ``first``: its first axis of space. ``pad``: the lines that pad a variable with a value. ``pool``: "max" or "avg" of
    a variable, without padding, dilation or overhang. ``over``: "max" or "sum" over a list of tensors. ``ones``: ones
    of the shape of a variable.
    """

    title: str
    first: int
    pad: Callable[[str, Sequence[Pads], float], list[str]]
    pool: Callable[[str, str, Sequence[Axis], str], str]
    over: Callable[[str, str], str]
    ones: str


def written(trace: Trace, title: str, script: Script, recipes: Mapping[str, Recipe], start: Recipe) -> Script:
    """Return the script that an operation's recipe makes, after the input; raise `SettingError` where it can't."""
    if trace.kind not in recipes:
        raise SettingError(f"{title} has no counterpart of {trace.operation}: use code 'python'")
    if reach(trace) >= EXACT_IN_FLOAT:
        raise SettingError(
            f"{title} adds floats, which can't hold whole numbers as large as these (over 2⁵³): use code 'python', "
            "or smaller numbers"
        )
    start(trace, script)
    recipes[trace.kind](trace, script)
    return script


def reach(trace: Trace) -> int:
    """Return a bound on the whole numbers that come up; 0 where there are fractions."""
    if trace.input.dtype.kind != "i":
        return 0
    if trace.kernel is None:
        return magnitude(trace.input) * (1 if trace.picks else trace.window.taps)
    if trace.kernel.numerators.dtype.kind != "i":
        return 0
    more = magnitude(trace.bias) if trace.bias is not None and trace.bias.dtype.kind == "i" else 0
    most = max(magnitude(trace.input), math.ceil(abs(trace.kernel.fill)))
    return most * heaviest(trace.kernel.numerators) + more


def kind(trace: Trace) -> str:
    """Return the dtype in which a framework finds the same numbers: float32 where that is exact, or what was used."""
    if trace.output.dtype == np.float32:
        return "float32"
    return "float32" if trace.output.dtype.kind == "i" and reach(trace) < EXACT_IN_SINGLE else "float64"


def start(trace: Trace, script: Script) -> None:
    """Append the input, (batch, channels, *space)."""
    axes = ", ".join(("batch", "channels", *AXIS_NAMES[len(trace.window.axes)]))
    script.array("x", trace.input, trace.planes_in.shape, kind(trace), "input", axes)


def weight(trace: Trace, script: Script, repeat: str) -> None:
    """Append the weight, in the layout of PyTorch, and the bias; ``repeat``: its {n} copies, one for each channel."""
    assert trace.weight is not None
    rank = len(trace.window.axes)
    alone = trace.weight.ndim == rank
    shape = (1, 1, *trace.weight.shape) if alone else trace.weight.shape
    first = ("in", "out/groups") if trace.window.axes[0].form == "transposed" else ("out", "in/groups")
    axes = ", ".join((*first, *AXIS_NAMES[rank]))
    script.array("weight", trace.weight, shape, kind(trace), "weight", axes)
    if alone and trace.groups > 1:
        script.add(f"weight = {repeat.format(n=trace.groups)}  # the same for each channel")
    if trace.settings.get("flip"):
        script.add(f"weight = {script.space}.flip(weight, {sequence(range(2, rank + 2))})  # as mathematics has it")
    if trace.bias is not None:
        script.array("bias", trace.bias, trace.bias.shape, kind(trace), "bias")


def pads(axes: Sequence[Axis]) -> list[Pads]:
    """Return the padding of each axis."""
    return [Pads(axis.low, axis.high) for axis in axes]


def read(axes: Sequence[Axis]) -> list[Pads]:
    """Return the padding of each axis that is read: without a last window that ceil mode leaves out."""
    return [
        Pads(axis.low, min(axis.high, axis.out * axis.stride + axis.span - 1 - axis.size - axis.low)) for axis in axes
    ]


def plain(axes: Sequence[Axis]) -> bool:
    """Tell whether ceil mode makes no difference."""
    return all(axis.out == replace(axis, ceil=False).out for axis in axes)


def each(axes: Sequence[Axis], name: str) -> list[int]:
    """Return one setting of every axis."""
    return [getattr(axis, name) for axis in axes]


def sizes(axes: Sequence[Axis], stride: str) -> str:
    """Write the first arguments of a pooling."""
    return f"{per_axis(each(axes, 'kernel'))}, {stride}={per_axis(each(axes, 'stride'))}"


def extreme(trace: Trace, script: Script, dialect: Dialect, sign: str = "", value: float = -math.inf) -> None:
    """Append a maximum that no layer takes: padded by hand with a value, tap by tap where it is dilated."""
    axes = trace.window.axes
    if any(map(any, hand_padded(axes))):
        script.add(*dialect.pad("x", hand_padded(axes), value))
    if max(each(axes, "dilation")) == 1:
        script.add(f"output = {sign}{dialect.pool('max', 'x', axes, kind(trace))}")
        return
    _taps(script, axes, dialect)
    script.add(f"output = {sign}{dialect.over('max', 'taps(x)')}")


def mean(trace: Trace, script: Script, dialect: Dialect) -> None:
    """Append an average that no layer takes: of what it counts, one average over another."""
    axes = trace.window.axes
    counts, override = trace.settings["count_include_pad"], trace.settings["divisor_override"]
    padded, hangs = any(map(any, read(axes))), any(each(axes, "overhang"))
    divided = override is None and (hangs or (padded and not counts))
    if divided and not counts:
        script.add(f"counted = {dialect.ones}(x)  # real cells only")
    over = [Pads(0, axis.overhang) for axis in axes]
    if divided and counts:
        script.add(*(dialect.pad("x", read(axes), 0) if padded else ()))
        script.add(f"counted = {dialect.ones}(x)  # padding too, but not what hangs over the end")
        script.add(*dialect.pad("x", over, 0), *dialect.pad("counted", over, 0))
    elif padded or hangs:
        both = hand_padded(axes)
        script.add(*dialect.pad("x", both, 0), *(dialect.pad("counted", both, 0) if divided else ()))
    if max(each(axes, "dilation")) > 1:
        _taps(script, axes, dialect)
        script.add(f"output = {dialect.over('sum', 'taps(x)')}")
        divisor = dialect.over("sum", "taps(counted)") if divided else str(override or trace.window.taps)
        script.add(f"output = output / {divisor}")
        return
    script.add(f"output = {dialect.pool('avg', 'x', axes, kind(trace))}")
    if divided:
        script.add(f"output = output / {dialect.pool('avg', 'counted', axes, kind(trace))}")
    elif override is not None:
        script.add(f"output = output * {trace.window.taps} / {override}")


def hand_padded(axes: Sequence[Axis]) -> list[Pads]:
    """Return what has to be padded by hand: with what a last window hangs over the end."""
    return [Pads(low, high + axis.overhang) for (low, high), axis in zip(read(axes), axes, strict=True)]


def norm(trace: Trace, script: Script, dialect: Dialect) -> None:
    """Append a norm: powers, added up under each window, and the root; of an infinite p, the largest size."""
    axes, power = trace.window.axes, trace.settings["norm_type"]
    if power == "Infinity":
        script.add("x = abs(x)")
        extreme(trace, script, dialect, value=0)
        return
    script.add(f"x = abs(x){'' if power == 1 else f' ** {power}'}")
    if any(map(any, hand_padded(axes))):
        script.add(*dialect.pad("x", hand_padded(axes), 0))
    if max(each(axes, "dilation")) > 1:
        _taps(script, axes, dialect)
        script.add(f"output = {dialect.over('sum', 'taps(x)')}")
    else:
        script.add(f"output = {dialect.pool('avg', 'x', axes, kind(trace))} * {trace.window.taps}")
    if power != 1:
        script.add(f"output = output ** (1 / {power})")


def indices(trace: Trace, script: Script) -> None:
    """Append where each value is put back, flat over its plane: (batch, channels, *space)."""
    assert trace.indices is not None
    script.array("indices", trace.indices, trace.planes_in.shape, "int64", "indices", "flat over a plane")


def _taps(script: Script, axes: Sequence[Axis], dialect: Dialect) -> None:
    """Append a function that lists, tap by tap, what every window reads there."""
    cuts, loops = [":"] * dialect.first, []
    for letter, axis in zip("ijk", axes, strict=False):
        cuts.append(f"{letter} : {letter} + {(axis.out - 1) * axis.stride + 1} : {axis.stride}")
        loops.append(f"for {letter} in range(0, {axis.span}, {axis.dilation})")
    script.add(
        "",
        "",
        f"def taps(x):  # what each tap reads in every window: {dialect.title} has no such dilation",
        f"    return [x[{', '.join(cuts)}] {' '.join(loops)}]",
        "",
        "",
    )
