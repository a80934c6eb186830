"""Batch normalisation: every channel to mean 0 and variance 1, then to a scale and a shift of its own."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from convviz.errors import SettingError
from convviz.exact import Array, as_numbers
from convviz.numbers import Format, choose, plain

EPS = 1e-5  # PyTorch's; Keras adds 1e-3


@dataclass(frozen=True, eq=False)
class BatchNorm:
    """A batch, the mean and variance of each channel over all its samples and places, and what becomes of it.

    ``input``, ``normalised`` and ``output``: (samples, channels, rows, columns); the others have one value a channel.
    ``variance`` is the biased one: squared distances from the mean over how many there are.
    """

    input: Array
    weight: Array
    bias: Array
    eps: float
    mean: Array
    variance: Array
    normalised: Array
    output: Array

    @property
    def count(self) -> int:
        """How many values a channel has."""
        return int(self.input.size // self.input.shape[1])

    @cached_property
    def formats(self) -> tuple[Format, Format, Format, Format]:
        """How the input, the normalised values, the output, and the means and variances are written."""
        noise = 16 * float(np.finfo(self.output.dtype).eps) * float(np.abs(np.nan_to_num(self.output)).max())
        rational = bool((self.variance == 0).all())  # elsewhere there is a root
        return (
            choose(self.input),
            choose(self.normalised, noise, rational=rational),
            choose(self.output, noise, rational=rational),
            choose(np.stack([self.mean, self.variance])),
        )


def batch_norm(input: Any, weight: Any = None, bias: Any = None, *, eps: float = EPS) -> BatchNorm:
    """Normalise a batch as at training: each channel by its own mean and biased variance.

    ``input``: (samples, channels, rows, columns), or one sample without its axis, or one plane. ``weight`` (γ, 1 if
    left out) and ``bias`` (β, 0) have a value for each channel. y = γ·(x − μ) / √(σ² + ε) + β. Raises `SettingError`.

    >>> made = batch_norm([[[0, 2], [4, 6]]], weight=[2], bias=[1], eps=0)
    >>> made.mean.tolist(), made.variance.tolist(), made.output.round(3).tolist()
    ([3.0], [5.0], [[[[-1.683, 0.106], [1.894, 3.683]]]])
    """
    x = as_numbers(input, "input")
    if not 2 <= x.ndim <= 4:
        raise SettingError(
            f"input has {x.ndim} axes (shape {x.shape}), but batch normalisation takes (samples, channels, rows, "
            "columns), one sample or one plane: reshape it"
        )
    x = x.reshape((1,) * (4 - x.ndim) + x.shape)
    try:
        small = math.nan if isinstance(eps, bool) else float(eps)
    except (TypeError, ValueError):
        small = math.nan
    if not 0 <= small < math.inf:
        raise SettingError(f"eps {eps!r} is not a number from 0 on: use 1e-5 (PyTorch) or 1e-3 (Keras)")
    gamma, beta = _per_channel("weight", weight, 1, x.shape[1]), _per_channel("bias", bias, 0, x.shape[1])
    kind = x.dtype if x.dtype.kind == "f" else np.dtype(np.float64)
    wide = x.astype(np.float64)
    with np.errstate(all="ignore"):
        mean = wide.mean(axis=(0, 2, 3))
        away = wide - mean[:, None, None]
        variance = (away * away).mean(axis=(0, 2, 3))
    if small == 0 and bool((variance == 0).any()):
        raise SettingError(
            f"eps 0 divides by 0: all values of channel {int((variance == 0).argmax())} are equal; use eps 1e-5"
        )
    with np.errstate(all="ignore"):
        normalised = away / np.sqrt(variance + small)[:, None, None]
        output = gamma.astype(np.float64)[:, None, None] * normalised + beta.astype(np.float64)[:, None, None]
    parts = [each.astype(kind) for each in (mean, variance, normalised, output)]
    for each in parts:
        each.setflags(write=False)
    return BatchNorm(x, gamma, beta, small, *parts)


def _per_channel(name: str, values: Any, default: int, channels: int) -> Array:
    if values is None:
        return np.full(channels, default)
    given = as_numbers(values, name).reshape(-1)
    if given.size not in (1, channels):
        raise SettingError(
            f"{name} has {given.size} values, but there "
            f"{'is 1 channel' if channels == 1 else f'are {channels} channels'}: give one value, or one per channel"
        )
    if not np.isfinite(given).all():
        raise SettingError(f"{name} holds {plain(given[~np.isfinite(given)][0])}: use finite numbers")
    return np.broadcast_to(given, (channels,))
