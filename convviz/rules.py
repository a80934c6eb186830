"""What an operation makes of the cells that its window sees: a fill for the padding, one value, a sentence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from convviz import slide, words
from convviz.exact import LARGEST, Array, divided, magnitude
from convviz.numbers import Format, plain
from convviz.window import Axis

if TYPE_CHECKING:
    from convviz.trace import Step

BLOCK = 1 << 15  # numbers that are raised to a power at a time, so that what is in between stays in the cache


class Rule(Protocol):
    """What every operation says of itself; views ask nothing else of it."""

    @property
    def operator(self) -> str:
        """The word or sign that stands between the input and what comes next."""

    @property
    def fill(self) -> int | float:
        """What the window sees in padding, where the padding mode copies nothing."""

    @property
    def only_real(self) -> bool:
        """Whether padding and gaps have no weight: they add nothing, and the sentence leaves them out."""

    @property
    def needs_cells(self) -> bool:
        """Whether a window that lies wholly in padding has no result."""

    @property
    def named(self) -> str:
        """What there is to say of it beside the settings of the window; may be empty."""

    def compute(self, x: Array, window: Sequence[Axis], mode: str, dtype: np.dtype[Any]) -> Array:
        """Return the whole output, (N, out, *positions), of the unpadded input (N, C, *space)."""

    def noise(self, x: Array, taps: int) -> float:
        """Return a bound on the rounding error that `compute` leaves in a float output of so many taps a window."""

    def taps(self, step: Step) -> tuple[Array, int]:
        """Return one weight per tap of a step and what they are divided by."""

    def products(self, step: Step) -> Array:
        """Return what each tap adds to the result."""

    def partials(self, step: Step) -> Array:
        """Return the running result, tap by tap."""

    def explain(self, step: Step, room: int | None, width: int, *, by_channel: bool) -> words.Sentence:
        """Return the arithmetic of a step, in at most about ``room`` characters, terms padded to ``width``.

        ``by_channel``: with one term for each channel, where the result is a sum over several.
        """


@dataclass(frozen=True, eq=False)
class WeightedSum:
    """Convolution: integer weights (or floats) over one divisor, as applied, plus a bias per filter.

    ``numerators``: (out, C/groups, *kernel), ``flipped`` against the kernel as it is given or not. With ``only_real``
    each input cell stamps the kernel on the output: padding and gaps are zeros that nothing is multiplied with.
    """

    numerators: Array
    divisor: int
    bias: Array | None
    groups: int
    fill: int | float
    flipped: bool = False
    only_real: bool = False
    operator = "·"
    needs_cells = False
    named = ""

    def compute(self, x: Array, window: Sequence[Axis], mode: str, dtype: np.dtype[Any]) -> Array:
        """Sum exactly where everything is an integer, divide once, add the bias."""
        whole = x.dtype.kind == "i" and self.numerators.dtype.kind == "i" and isinstance(self.fill, int)
        kind = np.dtype(np.int64) if whole else dtype if dtype.kind == "f" else np.dtype(np.float64)
        x, weights = x.astype(kind, copy=False), self.numerators.astype(kind, copy=False)
        more = magnitude(self.bias) if self.bias is not None and self.bias.dtype.kind == "i" else 0
        if self.only_real:
            total = slide.stamp(x, weights, window, self.groups, more)
        else:
            total = slide.correlate(slide.pad(x, window, mode, self.fill), weights, window, self.groups, more)
        if self.divisor != 1:
            total = divided(total, self.divisor, dtype)
        total = total.astype(dtype, copy=False)
        if self.bias is not None:
            total = total + self.bias.astype(dtype).reshape(-1, *[1] * len(window))
        return total

    def noise(self, x: Array, taps: int) -> float:
        """Each term may be off by half a unit in the last place of the largest sum."""
        if x.dtype.kind == "i" and self.numerators.dtype.kind == "i" and isinstance(self.fill, int):
            return 0.0
        finite = np.abs(np.where(np.isfinite(x), x, 0))
        every: Array = np.abs(np.where(np.isfinite(self.numerators), self.numerators, 0))  # infinity rounds nothing
        weights = every.sum(axis=tuple(range(1, every.ndim)), dtype=np.float64)
        reach = max(float(finite.max()), abs(self.fill)) * float(weights.max()) / self.divisor
        return float(self.numerators[0].size * _epsilon(x, self.numerators) * reach)

    def taps(self, step: Step) -> tuple[Array, int]:
        """Return the weights of this step's filter."""
        weights = self.numerators[step.filter].ravel()
        return np.where(step.inside, weights, 0) if self.only_real else weights, self.divisor

    def products(self, step: Step) -> Array:
        """Return values times weights."""
        return _products(step)

    def partials(self, step: Step) -> Array:
        """Return the running sum, before the bias."""
        sums = np.cumsum(_times(step.seen, step.numerators))
        return sums / self.divisor if self.divisor != 1 else sums

    def explain(self, step: Step, room: int | None, width: int, *, by_channel: bool) -> words.Sentence:
        """Spell the sum out; terms whose weight is 0 are left out."""
        bias = None if self.bias is None else self.bias[step.filter]
        by_channel = by_channel and bool(step.inside.any())
        if by_channel:
            said = _channel_sentence(step, bias, room)
        else:
            said = _sum_sentence(step, self.divisor, bias, room, width)
        if self.only_real and not step.inside.any():
            return words.unreached(words.place(words.OUTPUT, step.position), said)
        return said


@dataclass(frozen=True, eq=False)
class Mean:
    """Average pooling: the sum of a window over how many cells it counts.

    Explicit padding is counted with ``count_include_pad``; what a last window hangs over the end never is.
    """

    count_include_pad: bool = True
    divisor_override: int | None = None
    fill: int | float = 0
    only_real = False
    operator = "mean"
    named = ""

    @property
    def needs_cells(self) -> bool:
        """There is no average of nothing."""
        return not self.count_include_pad

    def compute(self, x: Array, window: Sequence[Axis], mode: str, dtype: np.dtype[Any]) -> Array:
        """Sum, exactly where the cells are integers, and divide once."""
        if x.dtype.kind == "i":
            reach = magnitude(x) * int(np.prod([axis.kernel for axis in window], dtype=np.float64))
            if reach > np.iinfo(np.int64).max:
                x = x.astype(np.float64)
        total = slide.reduce(slide.pad(x, window, "zeros", 0), window, np.add)
        divisors: Any = self.divisor_override
        if divisors is None and all(axis.is_bare for axis in window):  # each window counts as many cells
            divisors = math.prod(axis.kernel for axis in window)
        if divisors is None:
            divisors = slide.real_cells(window, padding=self.count_include_pad)
            divisors = divisors.astype(dtype) if dtype.kind == "f" else divisors
        return divided(total, divisors, dtype if dtype.kind == "f" else np.dtype(np.float64))

    def noise(self, x: Array, taps: int) -> float:
        """Each cell may be off by half a unit in the last place."""
        if x.dtype.kind == "i":
            return 0.0
        return taps * _epsilon(x) * float(np.abs(np.where(np.isfinite(x), x, 0)).max())

    def taps(self, step: Step) -> tuple[Array, int]:
        """Return 1 for each cell that is counted and 0 for the others."""
        counted = step.inside
        if self.count_include_pad:
            counted = np.ones(1, dtype=bool)
            for axis, place in zip(step.trace.window.axes, step.place, strict=True):
                positions = np.array(axis.taps(place))
                within = (positions >= -axis.low) & (positions < axis.spaced + axis.high)
                counted = np.logical_and.outer(counted, within)
        weights = counted.ravel().astype(np.int64)
        return weights, self.divisor_override or int(weights.sum())

    def products(self, step: Step) -> Array:
        """Return what each cell adds to the average."""
        return _products(step)

    def partials(self, step: Step) -> Array:
        """Return the running sum over the divisor."""
        return np.asarray(np.cumsum(_times(step.seen, step.numerators)) / step.divisor)

    def explain(self, step: Step, room: int | None, width: int, *, by_channel: bool) -> words.Sentence:
        """Spell the sum out, over its divisor."""
        return _sum_sentence(step, step.divisor, None, room, width)


@dataclass(frozen=True, eq=False)
class Extreme:
    """Max or min pooling: padding never wins, the first of equals does, and a NaN wins over all."""

    largest: bool = True
    only_real = False
    needs_cells = True
    named = ""

    @property
    def operator(self) -> str:
        """The word for it."""
        return "max" if self.largest else "min"

    @property
    def fill(self) -> float:
        """A padding that never wins."""
        return -np.inf if self.largest else np.inf

    def compute(self, x: Array, window: Sequence[Axis], mode: str, dtype: np.dtype[Any]) -> Array:
        """Return every window's extreme."""
        fill: Any = self.fill
        if x.dtype.kind == "i":
            fill = np.iinfo(x.dtype).min if self.largest else np.iinfo(x.dtype).max
        return slide.reduce(slide.pad(x, window, "zeros", fill), window, np.maximum if self.largest else np.minimum)

    def noise(self, x: Array, taps: int) -> float:
        """Nothing is computed, so nothing is rounded."""
        return 0.0

    def taps(self, step: Step) -> tuple[Array, int]:
        """Return 1 for the winner and 0 for the others."""
        weights = np.zeros(len(step.inside), dtype=np.int64)
        weights[step.ties[0]] = 1
        return weights, 1

    def products(self, step: Step) -> Array:
        """Return the winner, and 0 for the others."""
        return np.where(step.numerators != 0, step.seen, 0)

    def partials(self, step: Step) -> Array:
        """Return the running extreme."""
        ufunc = np.maximum if self.largest else np.minimum
        return np.asarray(ufunc.accumulate(step.seen))

    def explain(self, step: Step, room: int | None, width: int, *, by_channel: bool) -> words.Sentence:
        """Name the winner, and the cells it tied with."""
        formats = step.trace.formats
        real = step.seen[step.inside].tolist()
        shown = formats.output.brief(step.value)
        where = [words.place(words.INPUT, step.cells[tap].tolist()) for tap in step.ties[:2]]
        ties = [*where[1:], *[""] * (len(step.ties) - 2)]
        return words.extreme(
            words.place(words.OUTPUT, step.position),
            self.operator,
            [formats.input.brief(value) for value in real],
            shown,
            where[0],
            ties,
            rounded=not formats.output.is_exact(step.value),
            room=room,
            width=width,
        )


@dataclass(frozen=True, eq=False)
class Norm:
    """Lp pooling: the root of the sum of powers, (Σ|x|ᵖ)^(1/p); with an infinite p the largest size.

    Padding is 0, which adds nothing. Powers of integers are added exactly where they fit, and a root that is an integer
    is that integer.
    """

    power: int | float
    fill: int | float = 0
    only_real = True
    needs_cells = False

    @property
    def operator(self) -> str:
        """The name of the norm."""
        return f"L{plain(self.power)}"

    @property
    def named(self) -> str:
        """Which norm it is."""
        return words.norm_name(self.operator)

    def compute(self, x: Array, window: Sequence[Axis], mode: str, dtype: np.dtype[Any]) -> Array:
        """Return every window's norm: of integers an integer where p is 1 or infinite, else a float64."""
        sizes = np.abs(x)
        if x.dtype.kind == "i" and int(sizes.min()) < 0:  # the least 64-bit integer has no size that is one
            sizes = np.abs(x.astype(np.float64))
        if math.isinf(self.power):
            return slide.reduce(slide.pad(sizes, window, mode, 0), window, np.maximum)
        whole = sizes.dtype.kind == "i" and isinstance(self.power, int)
        taps = math.prod(axis.kernel for axis in window)
        if not whole or self._fits(sizes, taps):
            total = slide.reduce(slide.pad(self._powers(sizes), window, mode, 0), window, np.add)
            if whole or not self._lost(total, taps, sizes, window, mode):
                return self._root(total, dtype)
        padded = slide.pad(sizes.astype(np.float64), window, mode, 0)
        largest = slide.reduce(padded, window, np.maximum)
        parts = np.zeros_like(largest)
        for seen in slide.views(padded, window):
            parts += np.where(largest > 0, seen / largest, 0) ** float(self.power)
        result = np.where(np.isfinite(largest), largest * parts ** (1 / self.power), largest)
        return np.asarray(result.astype(dtype if dtype.kind == "f" else np.float64))

    def _fits(self, sizes: Array, taps: int) -> bool:
        """Tell whether the powers of integers, added up, are 64-bit integers."""
        largest = int(sizes.max())
        return largest <= 1 or (self.power * math.log2(largest) < 64 and largest**self.power * taps <= LARGEST)

    def _lost(self, total: Array, taps: int, sizes: Array, window: Sequence[Axis], mode: str) -> bool:
        """Tell whether a sum of powers of floats has overflowed, or is so small that some have vanished."""
        limits = np.finfo(total.dtype)
        doubtful = np.isinf(total) | (total < taps * float(limits.tiny) / float(limits.eps))
        if not doubtful.any():
            return False
        largest = slide.reduce(slide.pad(sizes, window, mode, 0), window, np.maximum)[doubtful]
        return bool((np.isfinite(largest) & (largest > 0)).any())

    def _powers(self, sizes: Array) -> Array:
        if self.power == 1:
            return sizes
        if self.power in (2, 3, 4):
            powers = sizes * sizes
            if self.power > 2:
                powers *= sizes if self.power == 3 else powers
            return np.asarray(powers)
        if sizes.dtype.kind == "i" and isinstance(self.power, int):
            return np.asarray(sizes**self.power) if self.power < 64 else sizes  # which are 0 or 1
        return _raised(sizes, float(self.power))

    def _root(self, total: Array, dtype: np.dtype[Any]) -> Array:
        """Take the root: an integer where that is exact."""
        if self.power == 1:
            return total
        kind = dtype if dtype.kind == "f" else np.dtype(np.float64)
        if self.power in (2, 3, 4):
            root = (np.cbrt if self.power == 3 else np.sqrt)(total.astype(kind, copy=False))
            return np.asarray(np.sqrt(root) if self.power == 4 else root)
        root = _raised(total.astype(kind, copy=False), 1 / self.power)
        if isinstance(self.power, int) and total.dtype.kind == "i":
            whole = np.rint(root)
            root = np.where(whole.astype(np.float64) ** float(self.power) == total, whole, root)
        return root

    def noise(self, x: Array, taps: int) -> float:
        """Each power may be off by half a unit in the last place."""
        if x.dtype.kind == "i":
            return 0.0
        return taps * _epsilon(x) * float(np.abs(np.where(np.isfinite(x), x, 0)).max())

    def taps(self, step: Step) -> tuple[Array, int]:
        """Return 1 for each input cell and 0 for the others."""
        return step.inside.astype(np.int64), 1

    def products(self, step: Step) -> Array:
        """Return each power, or size."""
        sizes = np.abs(step.seen)
        if math.isinf(self.power):
            return sizes
        if sizes.dtype.kind == "i" and isinstance(self.power, int) and not self._fits(sizes, 1):
            sizes = sizes.astype(np.float64)
        return self._powers(sizes)

    def partials(self, step: Step) -> Array:
        """Return the running norm."""
        if math.isinf(self.power):
            return np.asarray(np.maximum.accumulate(np.abs(step.seen)))
        return np.asarray(np.cumsum(self.products(step).astype(np.float64)) ** (1 / self.power))

    def explain(self, step: Step, room: int | None, width: int, *, by_channel: bool) -> words.Sentence:
        """Spell the powers out; cells of padding are left out."""
        formats = step.trace.formats
        seen = step.seen[step.inside]
        where = words.place(words.OUTPUT, step.position)
        if not len(seen):
            return words.unreached(where, words.weighted_sum(where, [], "", "", "", "0", rounded=False, room=None))
        exact = formats.output.is_exact(step.value) and all(map(formats.input.is_exact, seen.tolist()))
        total = ""
        if seen.dtype.kind == "i" and isinstance(self.power, int) and self.power > 1:
            exact = False  # the root of an integer is an integer, or no fraction at all
            if self._fits(np.abs(seen), len(seen)):
                sum_ = sum(abs(value) ** self.power for value in seen.tolist())
                total, exact = plain(sum_), round(float(step.value)) ** min(self.power, 64) == sum_
        return words.norm(
            where,
            [formats.input.brief(value) for value in seen.tolist()],
            self.power,
            total,
            formats.output.brief(step.value),
            rounded=not exact,
            room=room,
            width=width,
        )


def _raised(sizes: Array, power: float) -> Array:
    """Return sizes to a power; float32 by way of float64 logarithms, which is as exact and several times faster."""
    if sizes.dtype != np.float32:
        return np.asarray(sizes.astype(np.float64, copy=False) ** power)
    powers = np.empty(sizes.shape, dtype=np.float32)
    given, found = sizes.reshape(-1), powers.reshape(-1)
    for first in range(0, given.size, BLOCK):
        wide = given[first : first + BLOCK].astype(np.float64)
        np.log(wide, out=wide)
        wide *= power
        found[first : first + BLOCK] = np.exp(wide, out=wide)
    return powers


def _products(step: Step) -> Array:
    products = _times(step.seen, step.numerators)
    return np.asarray(products / step.divisor if step.divisor != 1 else products)


def _times(seen: Array, weights: Array) -> Array:
    return np.asarray(seen * weights)


def _epsilon(*arrays: Array) -> float:
    return max((float(np.finfo(array.dtype).eps) for array in arrays if array.dtype.kind == "f"), default=0.0)


def _sum_sentence(step: Step, divisor: int, bias: Any, room: int | None, width: int) -> words.Sentence:
    formats = step.trace.formats
    every = step.numerators.tolist()
    alone = step.trace.kernel is not None and not step.trace.rule.only_real and len(every) == 1  # 6 = 6 tells nothing
    pairs = [(a, b) for a, b in zip(step.seen.tolist(), every, strict=True) if alone or b or not math.isfinite(a)]
    seen, weights = [a for a, _ in pairs], [b for _, b in pairs]
    left = [formats.input.brief(value) for value in seen]
    if not alone and set(every if step.trace.kernel else weights) <= {1}:
        terms = left
    else:
        right = [formats.weight.brief(weight) for weight in weights]
        terms = [f"{words.factor(a).rjust(width)}·{words.factor(b)}" for a, b in zip(left, right, strict=True)]
        width = 0
    rounded = not (
        formats.output.is_exact(step.value)
        and all(map(formats.input.is_exact, seen))
        and all(map(formats.weight.is_exact, weights))
        and (bias is None or formats.bias.is_exact(bias))
    )
    return words.weighted_sum(
        words.place(words.OUTPUT, step.position),
        terms,
        str(divisor) if divisor != 1 else "",
        "" if bias is None else formats.bias.brief(bias),
        _fraction(seen, weights, divisor, formats.input) if divisor != 1 else "",
        formats.output.brief(step.value),
        rounded=rounded,
        room=room,
        width=width,
    )


def _channel_sentence(step: Step, bias: Any, room: int | None) -> words.Sentence:
    formats, form = step.trace.formats, step.sum_format
    sums = step.channel_sums.tolist()
    rounded = not (
        formats.output.is_exact(step.value)
        and all(map(form.is_exact, sums))
        and (bias is None or formats.bias.is_exact(bias))
    )
    return words.weighted_sum(
        words.place(words.OUTPUT, step.position),
        [form.brief(value) for value in sums],
        "",
        "" if bias is None else formats.bias.brief(bias),
        "",
        formats.output.brief(step.value),
        rounded=rounded,
        room=room,
    )


def _fraction(seen: list[Any], weights: list[Any], divisor: int, format: Format) -> str:
    """Write the sum over its divisor where the sum is an integer; nothing where it is not."""
    total = sum(a * b for a, b in zip(seen, weights, strict=True))
    if not math.isfinite(total) or total != int(total) or not all(map(format.is_exact, seen)):
        return ""
    return f"{plain(int(total))}/{divisor}"
