"""The public operations: arguments become a `Trace`."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from convviz import words
from convviz.errors import SettingError
from convviz.exact import EXACT_IN_FLOAT, LARGEST, Array, as_numbers, common_dtype, heaviest, over_one_divisor
from convviz.like import Asked, Binned, Stamped, Unpooled, known, over_all, settle
from convviz.rules import Extreme, Mean, Norm, Rule, WeightedSum
from convviz.signatures import (
    AdaptivePooling,
    ArrayLike,
    AveragePooling,
    Convolution,
    GlobalPooling,
    NormPooling,
    Pooling,
    TransposedConvolution,
    Unpooling,
    Upsampling,
)
from convviz.trace import Trace
from convviz.unpooling import PutBack, check_indices
from convviz.window import (
    AXIS_NAMES,
    Axis,
    Padding,
    PerAxis,
    Window,
    bins,
    check_padding_mode,
    per_axis,
    slide,
)

Operation = TypeVar("Operation", bound=Callable[..., Trace])
_SPACE = {1: "length", 2: "rows, columns", 3: "slices, rows, columns"}


def _named(operation: Operation, name: str, rank: int, doc: str) -> Operation:
    """Give an operation made for one number of dimensions its name, and its documentation.

    In the text, ``SPACE`` are the spatial axes, ``ND`` the number of dimensions, « » as many brackets as that,
    and LAST and STRIDE are 2 on the last axis, and 1 on the others.
    """
    operation.__name__ = operation.__qualname__ = f"{name}{rank}d"
    last = str((1,) * (rank - 1) + (2,))
    text = doc.replace("SPACE", _SPACE[rank]).replace("ND", f"{rank}d").replace("LAST", last).replace("STRIDE", last)
    operation.__doc__ = text.replace("«", "[" * rank).replace("»", "]" * rank)
    return operation


def _convolution(rank: int) -> Convolution:
    def conv(
        input: ArrayLike,
        weight: ArrayLike,
        bias: ArrayLike = None,
        *,
        stride: PerAxis = 1,
        padding: Padding = 0,
        padding_mode: str = "zeros",
        padding_value: float = 0,
        dilation: PerAxis = 1,
        groups: int = 1,
        flip: bool = False,
        like: str | None = None,
    ) -> Trace:
        x = _planes("input", as_numbers(input, "input"), rank)
        given = as_numbers(weight, "weight")
        kernels, groups = _kernels(given, x.shape[-rank - 1] if x.ndim > rank else 1, rank, groups)
        shift = _bias(bias, kernels.shape[0])
        mode, fill = _padding_value(padding_mode, padding_value)
        asked = Asked(
            "conv",
            x.shape[x.ndim - rank :],
            kernels.shape[2:],
            per_axis("stride", stride, rank),
            padding,
            per_axis("dilation", dilation, rank),
            padding_mode=mode,
            flip=bool(flip),
        )
        window = settle(asked, like).window()
        numerators, divisor = _integers(x, kernels)
        if flip:
            numerators = np.flip(numerators, axis=tuple(range(2, numerators.ndim)))
        dtype = common_dtype(x, given, shift)
        if dtype.kind == "i" and not isinstance(fill, int):
            dtype = np.dtype(np.float64)
        settings = {
            **_window_settings(window),
            "padding_mode": mode,
            "padding_value": fill,
            "groups": groups,
            "flip": bool(flip),
            **_told(like),
        }
        return _trace(
            f"conv{rank}d",
            x,
            window,
            WeightedSum(numerators, divisor, shift, groups, fill, flipped=bool(flip)),
            settings,
            weight=given,
            bias=shift,
            dtype=dtype,
            mode=mode,
            groups=groups,
            planes=given.ndim > rank,
            asked=asked,
        )

    return _named(conv, "conv", rank, _CONV)


_CONV = """Slide a kernel over the input and keep every step (cross-correlation: no flip, as in PyTorch and Keras).

    ``input``: (SPACE), (C, SPACE) or (N, C, SPACE), a list, array or tensor.
    ``weight``: (kernel …), which is applied to each channel by itself, or (out, C/groups, kernel …).
    ``bias``: one number, or one per filter. ``stride``, ``dilation``: a whole number, or one per axis.
    ``padding``: in cells; a number, one per axis, a (low, high) pair per axis, "valid", "same" (the extra cell at the
    end, as Keras, TensorFlow and ONNX SAME_UPPER have it), "same_lower", "full" or, in 1-D, "causal".
    ``padding_mode``: zeros, constant (with ``padding_value``), reflect, replicate or circular.
    ``flip=True`` turns the kernel round first: the convolution of mathematics.
    ``like``: "torch", "keras" or "onnx", to refuse what that framework refuses.

    The output has ⌊(n + low + high − dilation·(k − 1) − 1) / stride⌋ + 1 positions on an axis (Dumoulin and Visin,
    "A guide to convolution arithmetic for deep learning", 2016). Integers give exact int64; a kernel of fractions over
    one divisor is summed in integers and divided once. Raises `SettingError`.

    >>> convND(«1, 2, 3», «1, 1»).output.tolist() == «3, 5»
    True
    """


def _transposed(rank: int) -> TransposedConvolution:
    def conv_transpose(
        input: ArrayLike,
        weight: ArrayLike,
        bias: ArrayLike = None,
        *,
        stride: PerAxis = 1,
        padding: Padding = 0,
        output_padding: PerAxis = 0,
        dilation: PerAxis = 1,
        groups: int = 1,
        output_size: PerAxis | None = None,
        like: str | None = None,
    ) -> Trace:
        x = _planes("input", as_numbers(input, "input"), rank)
        given = as_numbers(weight, "weight")
        kernels, groups = _turned(given, x.shape[-rank - 1] if x.ndim > rank else 1, rank, groups)
        shift = _bias(bias, kernels.shape[0])
        asked = Stamped(
            "conv_transpose",
            x.shape[x.ndim - rank :],
            kernels.shape[2:],
            per_axis("stride", stride, rank),
            padding,
            per_axis("dilation", dilation, rank),
            output_padding=per_axis("output_padding", output_padding, rank, least=0),
            output_size=None if output_size is None else per_axis("output_size", output_size, rank),
            groups=groups,
        )
        window = settle(asked, like).window()
        numerators, divisor = _integers(x, kernels)
        return _trace(
            f"conv_transpose{rank}d",
            x,
            window,
            WeightedSum(numerators, divisor, shift, groups, 0, flipped=True, only_real=True),
            {**_window_settings(window), "groups": groups, **_told(like)},
            weight=given,
            bias=shift,
            dtype=common_dtype(x, given, shift),
            groups=groups,
            planes=given.ndim > rank,
            asked=asked,
        )

    return _named(conv_transpose, "conv_transpose", rank, _CONV_TRANSPOSE)


_CONV_TRANSPOSE = """Slide a window over the input spread out, and keep every step: the transpose of `convND`.

    Each input cell stamps the kernel, scaled, onto the output at ``stride`` cells from the next, and overlaps add up.
    The trace reads the same as a window: of stride 1, over the input with stride − 1 gaps between its cells and
    dilation·(k − 1) − padding cells of padding, with the kernel turned round. Gaps and padding add nothing. With a
    kernel of ones as large as the stride it is upsampling by the nearest neighbour.

    ``input``: (SPACE), (C, SPACE) or (N, C, SPACE), a list, array or tensor.
    ``weight``: (kernel …), which is applied to each channel by itself, or (C, out/groups, kernel …).
    ``bias``: one number, or one per filter. ``stride``, ``dilation``: a whole number, or one per axis.
    ``padding``: how much is cropped off the result: a number, one per axis, a (low, high) pair per axis, "valid" (0),
    "full" (that of a full convolution: dilation·(k − 1) at each end), "same" (n·stride cells are left, as ONNX
    SAME_UPPER has it, and Keras and TensorFlow where the kernel spans a stride) or "same_lower". Below 0 it extends
    the result by cells that no input reaches. ``output_padding``: cells added to the size at the end; less than the
    stride or the dilation. ``output_size``: the spatial size wanted; with padding in numbers it sets the output padding
    (as in PyTorch), with "same" or "same_lower" the padding (as in ONNX). ``like``: "torch", "keras" or "onnx", for
    what that framework makes of sizes, and to refuse what it refuses.

    The output has (n − 1)·stride − low − high + dilation·(k − 1) + 1 + output_padding cells on an axis (Dumoulin and
    Visin, "A guide to convolution arithmetic for deep learning", 2016). Integers give exact int64. Raises
    `SettingError`.

    >>> conv_transposeND(«1, 2, 3», «4, 5», stride=STRIDE).output.tolist() == «4, 5, 8, 10, 12, 15»
    True
    """


def _upsampling(rank: int) -> Upsampling:
    def upsample(input: ArrayLike, scale_factor: PerAxis) -> Trace:
        factors = per_axis("scale_factor", scale_factor, rank)
        operation = (conv_transpose1d, conv_transpose2d, conv_transpose3d)[rank - 1]
        return operation(input, np.ones(factors, dtype=np.int64), stride=factors)

    return _named(upsample, "upsample_nearest", rank, _UPSAMPLE)


_UPSAMPLE = """Repeat every cell so many times along each axis: upsampling by the nearest neighbour.

    The trace is that of the transposed convolution that does it (`conv_transposeND`): a kernel of ones as large as the
    stride, so that each input cell stamps itself beside the last and nothing overlaps.

    ``input``: (SPACE), (C, SPACE) or (N, C, SPACE), a list, array or tensor; each channel is upsampled by itself.
    ``scale_factor``: a whole number, or one per axis. Raises `SettingError`.

    >>> upsample_nearestND(«1, 2, 3», LAST).output.tolist() == «1, 1, 2, 2, 3, 3»
    True
    """


def _pooling(rank: int, name: str, rule: Rule, doc: str) -> Pooling:
    def pool(
        input: ArrayLike,
        kernel_size: PerAxis,
        *,
        stride: PerAxis | None = None,
        padding: Padding = 0,
        dilation: PerAxis = 1,
        ceil_mode: bool = False,
        like: str | None = None,
    ) -> Trace:
        return _pool(name, rank, input, lambda _: rule, kernel_size, stride, padding, dilation, ceil_mode, like)

    return _named(pool, name, rank, doc)


_POOL_ARGUMENTS = """
    ``input``: (SPACE), (C, SPACE) or (N, C, SPACE), a list, array or tensor; each channel is pooled by itself.
    ``kernel_size``, ``stride`` (the kernel's size if left out), ``dilation``: a whole number, or one per axis.
    ``padding``: as in `conv1d`; more than half the kernel works, a window that sees nothing else does not.
    ``ceil_mode``: let a last window hang over the end, unless it would start in the end padding (PyTorch's rule).
    ``like``: "torch", "keras" or "onnx", for that framework's defaults (in ONNX the stride is 1), and to refuse what
    it refuses. Raises `SettingError`.
"""

_MAX = f"""Keep the largest value under each window; the first of equals wins, and a NaN wins over all.
{_POOL_ARGUMENTS}
    ``trace.indices`` says where each value was found, flat over its plane. Padding never wins.

    >>> max_poolND(«3, 1, 4», LAST, stride=1).output.tolist() == «3, 4»
    True
    """

_MIN = f"""Keep the smallest value under each window; the first of equals wins, and a NaN wins over all.
{_POOL_ARGUMENTS}
    >>> min_poolND(«3, 1, 4», LAST, stride=1).output.tolist() == «1, 1»
    True
    """


def _averaging(rank: int) -> AveragePooling:
    def pool(
        input: ArrayLike,
        kernel_size: PerAxis,
        *,
        stride: PerAxis | None = None,
        padding: Padding = 0,
        dilation: PerAxis = 1,
        ceil_mode: bool = False,
        count_include_pad: bool | None = None,
        divisor_override: int | None = None,
        like: str | None = None,
    ) -> Trace:
        if divisor_override is not None:
            divisor_override = per_axis("divisor_override", divisor_override, 1)[0]
        return _pool(
            "avg_pool",
            rank,
            input,
            lambda settled: Mean(bool(settled.count_include_pad), settled.divisor_override),
            kernel_size,
            stride,
            padding,
            dilation,
            ceil_mode,
            like,
            count_include_pad=None if count_include_pad is None else bool(count_include_pad),
            divisor_override=divisor_override,
        )

    return _named(pool, "avg_pool", rank, _AVG)


_AVG = f"""Average the values under each window.
{_POOL_ARGUMENTS}
    ``count_include_pad``: whether the divisor counts explicit padding (what ``ceil_mode`` hangs over the end is never
    counted); left out, it does, but not like Keras and ONNX. ``divisor_override``: divide by this instead.

    >>> avg_poolND(«1, 2, 4», LAST, stride=1).output.tolist() == «1.5, 3.0»
    True
    """


def _global(rank: int, name: str, rule: Rule) -> GlobalPooling:
    def pool(input: ArrayLike) -> Trace:
        x = _planes("input", as_numbers(input, "input"), rank)
        size = x.shape[x.ndim - rank :]
        asked = Asked(name, size, size, (1,) * rank)
        return _trace(f"{name}{rank}d", x, asked.window(), rule, {"kernel_size": list(size)}, asked=asked)

    return _named(pool, name, rank, _GLOBAL)


_GLOBAL = """Pool each channel with one window over all of it; the reduced axes stay, with size 1.

    ``input``: (SPACE), (C, SPACE) or (N, C, SPACE), a list, array or tensor. Raises `SettingError`.

    >>> global_max_poolND(«3, 1, 4»).output.tolist() == «4»
    True
    """


def _adaptive(rank: int, name: str, rule: Rule, doc: str) -> AdaptivePooling:
    def pool(input: ArrayLike, output_size: int | Sequence[int | None] | None, *, like: str | None = None) -> Trace:
        x = _planes("input", as_numbers(input, "input"), rank)
        window = bins(x.shape[x.ndim - rank :], output_size)
        asked = Binned(name, window.size, window.kernel, output_size=window.out)
        if like is not None:  # it has no defaults to settle, but may be refused
            settle(asked, like)
        return _trace(f"{name}{rank}d", x, window, rule, {"output_size": list(window.out), **_told(like)}, asked=asked)

    return _named(pool, name, rank, doc)


_ADAPTIVE = """
    ``input``: (SPACE), (C, SPACE) or (N, C, SPACE), a list, array or tensor; each channel is pooled by itself.
    ``output_size``: how many bins, or how many on each axis; None keeps an axis as it is. Bin o of b holds the cells
    from ⌊o·n/b⌋ up to ⌈(o + 1)·n/b⌉, as in PyTorch: they may be of unequal sizes, and overlap. ``like``: "torch",
    "keras" or "onnx", to refuse what that framework refuses. Raises `SettingError`.
"""

_ADAPTIVE_AVG = f"""Average the values in each of so many bins.
{_ADAPTIVE}
    >>> adaptive_avg_poolND(«1, 2, 4», LAST).output.tolist() == «1.5, 3.0»
    True
    """

_ADAPTIVE_MAX = f"""Keep the largest value in each of so many bins; the first of equals wins, and a NaN wins over all.
{_ADAPTIVE}
    >>> adaptive_max_poolND(«3, 1, 4», LAST).output.tolist() == «3, 4»
    True
    """


def _norm(rank: int) -> NormPooling:
    def pool(
        input: ArrayLike,
        norm_type: float,
        kernel_size: PerAxis,
        *,
        stride: PerAxis | None = None,
        padding: Padding = 0,
        dilation: PerAxis = 1,
        ceil_mode: bool = False,
        like: str | None = None,
    ) -> Trace:
        rule = Norm(_power(norm_type))
        return _pool(
            "lp_pool",
            rank,
            input,
            lambda _: rule,
            kernel_size,
            stride,
            padding,
            dilation,
            ceil_mode,
            like,
            norm_type=rule.power,
        )

    return _named(pool, "lp_pool", rank, _LP)


_LP = f"""Take the norm of the values under each window: (Σ|x|ᵖ)^(1/p).
{_POOL_ARGUMENTS}
    ``norm_type``: p, above 0: 1 adds up sizes, 2 is the Euclidean norm, ``math.inf`` the largest size. Padding is 0 and
    adds nothing. ONNX has the same; PyTorch leaves the | | out, which differs where p is odd and values are negative.

    >>> lp_poolND(«3, 4, 0», 2, LAST, stride=1).output.tolist() == «5.0, 4.0»
    True
    """


def _power(value: Any) -> int | float:
    """Check the p of a norm."""
    try:
        power = float(value)
    except OverflowError:
        raise SettingError("norm_type is an integer larger than any float: use math.inf for the largest size") from None
    except (TypeError, ValueError):
        power = math.nan
    if not power > 0:
        raise SettingError(f"norm_type must be a number above 0, or infinity, not {value!r}: use 2, for example")
    return int(power) if power.is_integer() else power


def _unpooling(rank: int) -> Unpooling:
    def unpool(
        input: ArrayLike,
        indices: ArrayLike,
        kernel_size: PerAxis,
        *,
        stride: PerAxis | None = None,
        padding: Padding = 0,
        output_size: PerAxis | None = None,
        like: str | None = None,
    ) -> Trace:
        x = _planes("input", as_numbers(input, "input"), rank)
        asked = Unpooled(
            "max_unpool",
            x.shape[x.ndim - rank :],
            per_axis("kernel_size", kernel_size, rank),
            None if stride is None else per_axis("stride", stride, rank),
            padding,
            output_size=None if output_size is None else per_axis("output_size", output_size, rank),
        )
        window = settle(asked, like).window()
        places = as_numbers(indices, "indices")
        if places.dtype.kind != "i":
            raise SettingError("indices hold fractions: give whole numbers, such as trace.indices of max_pool2d")
        if places.shape != x.shape:
            raise SettingError(
                f"indices have shape {places.shape}, but the input has {x.shape}: give one index per input cell"
            )
        if over_all(like, "max_unpool"):
            planes = np.arange(math.prod(x.shape[: x.ndim - rank])).reshape(*x.shape[: x.ndim - rank], *[1] * rank)
            places = places - planes * math.prod(window.out)
        rule = PutBack(places)
        whole = (1,) * (rank + 2 - x.ndim) + x.shape
        check_indices(x.reshape(whole), places.reshape(whole), window)
        settings = {**_window_settings(window), "output_size": list(window.out), **_told(like)}
        return _trace(f"max_unpool{rank}d", x, window, rule, settings, asked=asked)

    return _named(unpool, "max_unpool", rank, _UNPOOL)


_UNPOOL = """Put each value back where max pooling found it, and 0 everywhere else.

    ``input``: (SPACE), (C, SPACE) or (N, C, SPACE), a list, array or tensor: what max pooling kept. ``indices``: of the
    same shape, where each value was, flat over the plane that was pooled (``trace.indices`` of the pooling; as in
    PyTorch). ``kernel_size``, ``stride`` (the kernel's size if left out), ``padding``: those of the pooling.
    ``output_size``: the size of what was pooled; left out, (n − 1)·stride − low − high + kernel. An index outside the
    window of its cell, or one that two cells with different values share, is refused. ``like``: "torch", or "onnx",
    whose stride is 1 if left out, and whose indices are flat over all planes. Raises `SettingError`.

    >>> max_unpoolND(«3, 4», «1, 2», LAST).output.tolist() == «0, 3, 4, 0»
    True
    """


conv1d, conv2d, conv3d = (_convolution(rank) for rank in (1, 2, 3))
conv_transpose1d, conv_transpose2d, conv_transpose3d = (_transposed(rank) for rank in (1, 2, 3))
upsample_nearest1d, upsample_nearest2d, upsample_nearest3d = (_upsampling(rank) for rank in (1, 2, 3))
max_pool1d, max_pool2d, max_pool3d = (_pooling(rank, "max_pool", Extreme(True), _MAX) for rank in (1, 2, 3))
min_pool1d, min_pool2d, min_pool3d = (_pooling(rank, "min_pool", Extreme(False), _MIN) for rank in (1, 2, 3))
adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d = (
    _adaptive(rank, "adaptive_avg_pool", Mean(), _ADAPTIVE_AVG) for rank in (1, 2, 3)
)
adaptive_max_pool1d, adaptive_max_pool2d, adaptive_max_pool3d = (
    _adaptive(rank, "adaptive_max_pool", Extreme(True), _ADAPTIVE_MAX) for rank in (1, 2, 3)
)
lp_pool1d, lp_pool2d, lp_pool3d = (_norm(rank) for rank in (1, 2, 3))
max_unpool1d, max_unpool2d, max_unpool3d = (_unpooling(rank) for rank in (1, 2, 3))
avg_pool1d, avg_pool2d, avg_pool3d = (_averaging(rank) for rank in (1, 2, 3))
global_max_pool1d, global_max_pool2d, global_max_pool3d = (
    _global(rank, "global_max_pool", Extreme(True)) for rank in (1, 2, 3)
)
global_avg_pool1d, global_avg_pool2d, global_avg_pool3d = (
    _global(rank, "global_avg_pool", Mean()) for rank in (1, 2, 3)
)


def _pool(
    name: str,
    rank: int,
    input: ArrayLike,
    rule: Callable[[Asked], Rule],
    kernel_size: PerAxis,
    stride: PerAxis | None,
    padding: Padding,
    dilation: PerAxis,
    ceil_mode: bool,
    like: str | None,
    **own: Any,
) -> Trace:
    """Pool; ``rule`` is made of what was settled, and ``own`` are the settings that only this pooling has."""
    x = _planes("input", as_numbers(input, "input"), rank)
    asked = Asked(
        name,
        x.shape[x.ndim - rank :],
        per_axis("kernel_size", kernel_size, rank),
        None if stride is None else per_axis("stride", stride, rank),
        padding,
        per_axis("dilation", dilation, rank),
        bool(ceil_mode),
        negative=own.get("norm_type", 2) % 2 != 0 and bool((x < 0).any()),  # which an even power hides
        **own,
    )
    settled = settle(asked, like)
    window, pooled = settled.window(), rule(settled)
    if pooled.needs_cells:
        for axis, called in zip(window.axes, window.names, strict=True):
            _check_sees_cells(axis, called)
    settings = {
        **_window_settings(window),
        "ceil_mode": settled.ceil_mode,
        **{setting: _stored(getattr(settled, setting)) for setting in own},
        **_told(like),
    }
    return _trace(f"{name}{rank}d", x, window, pooled, settings, asked=asked)


def _stored(value: Any) -> Any:
    """Return a setting as JSON holds it."""
    return "Infinity" if isinstance(value, float) and math.isinf(value) else value


def _told(like: str | None) -> dict[str, Any]:
    """Return whose conventions were asked for, where any were."""
    return {} if like is None else {"like": known(like)}


def activation(
    input: ArrayLike,
    name: str,
    *,
    negative_slope: float | None = None,
    alpha: float | None = None,
    approximate: str | None = None,
) -> Trace:
    """Apply an activation function to every cell, and keep every step.

    ``name``: relu, leaky_relu, elu, gelu, gelu_tanh, silu, softplus, mish, tanh, sigmoid, hardsigmoid or hardswish.
    ``negative_slope`` belongs to leaky_relu (0.01 if left out), ``alpha`` to elu (1), ``approximate`` ("none" or
    "tanh") to gelu. ``input``: (cells), (rows, columns), (channels, rows, columns) or a batch of these. Raises
    `SettingError`; softmax, which takes whole vectors, is `convviz.softmax`.

    >>> trace = activation([[-1, 0], [2, -3]], "relu")
    >>> trace.output.tolist()
    [[0, 0], [2, 0]]
    >>> print(trace[3].sentence)
    output[1, 1] = max(0, −3) = 0
    """
    from convviz.activations import activation_named
    from convviz.pointwise import Pointwise

    chosen = activation_named(name, negative_slope=negative_slope, alpha=alpha, approximate=approximate)
    x = as_numbers(input, "input")
    rank = min(max(x.ndim, 1), 2)
    x = _planes("input", x, rank)
    window = slide(x.shape[x.ndim - rank :], (1,) * rank, stride=1, padding=0, dilation=1)
    known = x.astype(np.float64)
    return replace(
        _trace(
            chosen.name,
            x,
            window,
            Pointwise(chosen),
            dict(chosen.settings),
            dtype=x.dtype if x.dtype.kind == "f" or chosen.whole else np.dtype(np.float64),
        ),
        about=chosen.about,
        rounded=not bool(chosen.exact(known).all()),
    )


def dense(input: ArrayLike, weight: ArrayLike, bias: ArrayLike = None) -> Trace:
    """Multiply a vector with a matrix and add a bias: a convolution that slides along no axis. Keep every step.

    ``input``: (features) or (batch, features); ``weight``: (units, features), as PyTorch has it; ``bias``: one value,
    or one per unit. Raises `SettingError`.

    >>> trace = dense([1, 2, 3], [[1, 0, 2], [-1, 1, 1]], bias=[0, 10])
    >>> trace.output.tolist()
    [7, 14]
    >>> print(trace[1].sentence)
    output[1] = 1·(−1) + 2·1 + 3·1 + 10 = 14
    """
    x, given = as_numbers(input, "input"), as_numbers(weight, "weight")
    if x.ndim not in (1, 2):
        raise SettingError(
            f"input has {x.ndim} axes (shape {x.shape}), but a dense layer takes (features) or (batch, features): "
            "flatten it first"
        )
    if given.ndim != 2 or given.shape[1] != x.shape[-1]:
        raise SettingError(
            f"weight has shape {given.shape}, but the input has {x.shape[-1]} features: "
            f"use a weight of shape (units, {x.shape[-1]})"
        )
    shift = _bias(bias, given.shape[0])
    numerators, divisor = over_one_divisor(given)
    if divisor != 1 and _overflows(x, numerators):
        numerators, divisor = given, 1
    return replace(
        _trace(
            "dense",
            x,
            Window(()),
            WeightedSum(numerators, divisor, shift, 1, 0),
            {},
            weight=given,
            bias=shift,
            dtype=common_dtype(x, numerators if divisor == 1 else given, shift),
            groups=1,
            planes=True,
        ),
        about=words.dense(given.shape[0], given.shape[1], shift is not None),
    )


def _trace(
    operation: str,
    x: Array,
    window: Window,
    rule: Rule,
    settings: dict[str, Any],
    *,
    weight: Array | None = None,
    bias: Array | None = None,
    dtype: np.dtype[Any] | None = None,
    mode: str = "zeros",
    groups: int | None = None,
    planes: bool = False,
    asked: Asked | None = None,
) -> Trace:
    """Compute the output and keep everything; the output has a channel axis where the input or the weight has one."""
    rank = len(window.axes)
    whole = x.reshape((1,) * (rank + 2 - x.ndim) + x.shape)
    with np.errstate(all="ignore"):  # NaN and infinity are results here, as in any framework
        output = rule.compute(whole, window.axes, mode, dtype or x.dtype)
    keep = max(x.ndim - rank, 1 if planes else 0)
    output = output.reshape(output.shape[2 - keep :])
    output.setflags(write=False)
    return Trace(
        operation=operation,
        input=x,
        weight=weight,
        bias=bias,
        window=window,
        output=output,
        rule=rule,
        settings=settings,
        padding_mode=mode,
        groups=whole.shape[1] if groups is None else groups,
        asked=asked,
    )


def _window_settings(window: Window) -> dict[str, Any]:
    given = [axis.given for axis in window.axes]
    settings: dict[str, Any] = {
        "kernel_size": [axis.kernel for axis in window.axes],
        "stride": [each.stride for each in given],
        "padding": [list(each.pads) for each in given],
        "dilation": [axis.dilation for axis in window.axes],
    }
    if any(axis.form == "transposed" for axis in window.axes):
        settings["output_padding"] = [each.output_padding for each in given]
    return settings


def _planes(name: str, array: Array, rank: int) -> Array:
    if not rank <= array.ndim <= rank + 2:
        axes = ", ".join(AXIS_NAMES[rank])
        raise SettingError(
            f"{name} has {array.ndim} axes (shape {array.shape}), but {rank}-D takes ({axes}), (channels, {axes}) or "
            f"(batch, channels, {axes}): reshape it, or use the operation of another dimension"
        )
    return array


def _kernels(weight: Array, channels: int, rank: int, groups: Any) -> tuple[Array, int]:
    """Return the weight as (out, C/groups, *kernel), with the groups that go with it."""
    groups = per_axis("groups", groups, 1)[0]
    if weight.ndim == rank:
        if groups not in (1, channels):
            raise SettingError(
                f"groups is {groups}, but a weight of one plane is applied to each of the {channels} channels: "
                "leave groups out, or give a weight of shape (out, channels/groups, …)"
            )
        return np.broadcast_to(weight, (channels, 1, *weight.shape)), channels
    if weight.ndim != rank + 2:
        raise SettingError(
            f"weight has {weight.ndim} axes (shape {weight.shape}), but {rank}-D takes {rank} (the kernel) or "
            f"{rank + 2} (out, channels/groups, the kernel): reshape it"
        )
    if channels % groups or weight.shape[0] % groups:
        raise SettingError(words.undivided(groups, channels, weight.shape[0]))
    if weight.shape[1] * groups != channels:
        raise SettingError(
            f"weight takes {weight.shape[1]} channels in each of {groups} groups, but the input has {channels}: "
            f"use a weight of shape {(weight.shape[0], channels // groups, *weight.shape[2:])}, or other groups"
        )
    return weight, groups


def _turned(weight: Array, channels: int, rank: int, groups: Any) -> tuple[Array, int]:
    """Return the weight of a transposed convolution as a window applies it: (out, C/groups, *kernel), turned round."""
    turned = tuple(range(2, rank + 2))
    if weight.ndim == rank:
        kernels, groups = _kernels(weight, channels, rank, groups)
        return np.flip(kernels, axis=turned), groups
    groups = per_axis("groups", groups, 1)[0]
    if weight.ndim != rank + 2:
        raise SettingError(
            f"weight has {weight.ndim} axes (shape {weight.shape}), but {rank}-D takes {rank} (the kernel) or "
            f"{rank + 2} (channels, out/groups, the kernel): reshape it"
        )
    if weight.shape[0] != channels:
        raise SettingError(
            f"weight takes {weight.shape[0]} channels, but the input has {channels}: use a weight of shape "
            f"{(channels, *weight.shape[1:])}; a transposed convolution has (channels, out/groups, …)"
        )
    if channels % groups:
        fitting = [each for each in range(1, channels + 1) if channels % each == 0]
        raise SettingError(
            f"groups is {groups}, which does not divide the {channels} channels: use one of "
            f"{', '.join(map(str, fitting))}"
        )
    filters, kernel = weight.shape[1], weight.shape[2:]
    split = weight.reshape(groups, channels // groups, filters, *kernel).swapaxes(1, 2)
    return np.flip(split.reshape(groups * filters, channels // groups, *kernel), axis=turned), groups


def _integers(x: Array, kernels: Array) -> tuple[Array, int]:
    """Return kernels as integers over one divisor, where they are that and their sums can't overflow."""
    numerators, divisor = over_one_divisor(kernels)
    return (kernels, 1) if divisor != 1 and _overflows(x, numerators) else (numerators, divisor)


def _bias(bias: ArrayLike, filters: int) -> Array | None:
    if bias is None:
        return None
    array = as_numbers(bias, "bias").reshape(-1)
    if array.size not in (1, filters):
        raise SettingError(
            f"bias has {array.size} values, but there {'is 1 filter' if filters == 1 else f'are {filters} filters'}: "
            "give one value, or one per filter"
        )
    return np.broadcast_to(array, (filters,))


def _overflows(x: Array, numerators: Array) -> bool:
    """Tell whether sums of floats could overflow before they are divided."""
    if x.dtype.kind == "i":
        return False
    finite = np.abs(x[np.isfinite(x)])
    return finite.size > 0 and float(finite.max()) * heaviest(numerators) > float(np.finfo(x.dtype).max)


def _padding_value(mode: str, value: Any) -> tuple[str, int | float]:
    mode = check_padding_mode(mode)
    fill: int | float
    try:
        fill = int(value) if hasattr(value, "__index__") else float(value)
    except (TypeError, ValueError):
        fill = math.nan
    if isinstance(fill, int) and abs(fill) > LARGEST:
        raise SettingError(f"padding_value {fill} is over 64-bit integers: pass it as a float")
    if not math.isfinite(fill):
        raise SettingError(f"padding_value must be a finite number, not {value!r}: use 0, for example")
    if isinstance(fill, float) and fill.is_integer() and abs(fill) < EXACT_IN_FLOAT:
        fill = int(fill)
    if fill != 0 and mode != "constant":
        raise SettingError(
            f"padding_value {value!r} means nothing with padding_mode {mode!r}: use padding_mode 'constant'"
        )
    return mode, fill


def _check_sees_cells(axis: Axis, name: str) -> None:
    """Refuse windows that lie wholly in padding: there is nothing to take the extreme or the average of."""
    if not axis.sees_cells:
        positions = axis.positions()
        blind = ~((positions >= 0) & (positions < axis.size)).any(axis=1)
        fitting = max(axis.low, axis.high)
        while fitting and not replace(axis, low=fitting, high=fitting).sees_cells:
            fitting -= 1
        raise SettingError(
            f"padding {max(axis.low, axis.high)} leaves window {int(blind.argmax())} of the {name} "
            f"({axis.kernel} taps, dilation {axis.dilation}) with nothing but padding to see: "
            f"use padding of at most {fitting}"
        )
