"""A separable convolution: two traces, the second of which reads what the first one wrote."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np

from convviz.errors import SettingError
from convviz.exact import as_numbers
from convviz.ops import conv1d, conv2d, conv3d
from convviz.signatures import ArrayLike
from convviz.trace import Trace
from convviz.window import AXIS_NAMES, Padding, PerAxis


class Separable(NamedTuple):
    """The two steps of a separable convolution; ``pointwise.input`` is ``depthwise.output``."""

    depthwise: Trace
    pointwise: Trace


class SeparableConvolution(Protocol):
    """The signature of `separable_conv1d`, `separable_conv2d`, `separable_conv3d`."""

    def __call__(
        self,
        input: ArrayLike,
        depthwise: ArrayLike,
        pointwise: ArrayLike,
        bias: ArrayLike = None,
        *,
        stride: PerAxis = 1,
        padding: Padding = 0,
        dilation: PerAxis = 1,
    ) -> Separable:
        """Run the operation."""


def _separable(rank: int) -> SeparableConvolution:
    conv = (conv1d, conv2d, conv3d)[rank - 1]

    def separable_conv(
        input: ArrayLike,
        depthwise: ArrayLike,
        pointwise: ArrayLike,
        bias: ArrayLike = None,
        *,
        stride: PerAxis = 1,
        padding: Padding = 0,
        dilation: PerAxis = 1,
    ) -> Separable:
        x = as_numbers(input, "input")
        if not rank + 1 <= x.ndim <= rank + 2:
            raise SettingError(
                f"input has {x.ndim} axes (shape {x.shape}), but a separable convolution in {rank}-D takes "
                f"(channels, {', '.join(AXIS_NAMES[rank])}), with or without a batch before them: reshape it"
            )
        first = conv(x, depthwise, stride=stride, padding=padding, dilation=dilation, groups=x.shape[-rank - 1])
        mixing = as_numbers(pointwise, "pointwise")
        if mixing.ndim == 2:
            mixing = np.reshape(mixing, (*mixing.shape, *[1] * rank))
        if mixing.ndim != rank + 2 or any(size != 1 for size in mixing.shape[2:]):
            raise SettingError(
                f"pointwise has shape {mixing.shape}, but it mixes channels at one place: give (out, channels), or "
                f"{('out', 'channels', *[1] * rank)}".replace("'", "")
            )
        return Separable(first, conv(first.output, mixing, bias))

    separable_conv.__name__ = separable_conv.__qualname__ = f"separable_conv{rank}d"
    separable_conv.__doc__ = _DOC.replace("ND", f"{rank}d").replace("«", "[" * rank).replace("»", "]" * rank)
    return separable_conv


_DOC = """Convolve each channel by itself, then mix the channels at each place; keep every step of both.

    ``input``: (C, …) or (N, C, …). ``depthwise``: (kernel …), for every channel, or (C·multiplier, 1, kernel …), as
    PyTorch has it. ``pointwise``: (out, C·multiplier), or the same with as many 1s behind as there are axes. ``bias``:
    one number, or one per filter, added at the end. ``stride``, ``padding``, ``dilation``: of the first step, as in
    `convND`. Raises `SettingError`.

    >>> first, second = separable_convND([«1, 2, 3», «4, 5, 6»], «2», [[1, 10]])
    >>> first.output.tolist() == [«2, 4, 6», «8, 10, 12»], second.output.tolist() == [«82, 104, 126»]
    (True, True)
    """

separable_conv1d, separable_conv2d, separable_conv3d = (_separable(rank) for rank in (1, 2, 3))
