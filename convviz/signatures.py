"""With what each public operation is called, for type checkers: they are made for each number of dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeAlias

from convviz.trace import Trace
from convviz.window import Padding, PerAxis

ArrayLike: TypeAlias = Any  # a nested list, an array, or a tensor of any framework


class Convolution(Protocol):
    """The signature of `conv1d`, `conv2d`, `conv3d`."""

    def __call__(
        self,
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
        """Run the operation."""


class TransposedConvolution(Protocol):
    """The signature of `conv_transpose1d`, `conv_transpose2d`, `conv_transpose3d`."""

    def __call__(
        self,
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
        """Run the operation."""


class Pooling(Protocol):
    """The signature of `max_pool1d` and its kin, and of `min_pool1d`."""

    def __call__(
        self,
        input: ArrayLike,
        kernel_size: PerAxis,
        *,
        stride: PerAxis | None = None,
        padding: Padding = 0,
        dilation: PerAxis = 1,
        ceil_mode: bool = False,
        like: str | None = None,
    ) -> Trace:
        """Run the operation."""


class AveragePooling(Protocol):
    """The signature of `avg_pool1d` and its kin."""

    def __call__(
        self,
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
        """Run the operation."""


class GlobalPooling(Protocol):
    """The signature of `global_max_pool1d` and its kin."""

    def __call__(self, input: ArrayLike) -> Trace:
        """Run the operation."""


class AdaptivePooling(Protocol):
    """The signature of `adaptive_avg_pool1d` and its kin."""

    def __call__(
        self, input: ArrayLike, output_size: int | Sequence[int | None] | None, *, like: str | None = None
    ) -> Trace:
        """Run the operation."""


class NormPooling(Protocol):
    """The signature of `lp_pool1d` and its kin."""

    def __call__(
        self,
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
        """Run the operation."""


class Unpooling(Protocol):
    """The signature of `max_unpool1d` and its kin."""

    def __call__(
        self,
        input: ArrayLike,
        indices: ArrayLike,
        kernel_size: PerAxis,
        *,
        stride: PerAxis | None = None,
        padding: Padding = 0,
        output_size: PerAxis | None = None,
        like: str | None = None,
    ) -> Trace:
        """Run the operation."""


class Upsampling(Protocol):
    """The signature of `upsample_nearest1d` and its kin."""

    def __call__(self, input: ArrayLike, scale_factor: PerAxis) -> Trace:
        """Run the operation."""
