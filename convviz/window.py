"""Which input cells does each output cell read?  Integers only, no data."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from convviz.errors import SettingError

PerAxis: TypeAlias = int | Sequence[int]
Padding: TypeAlias = int | str | Sequence[int] | Sequence[tuple[int, int]]

LARGEST = 2**31  # of any setting
PADDING_NAMES = ("valid", "same", "same_lower", "full", "causal")
PADDING_MODES = ("zeros", "constant", "reflect", "replicate", "circular")
PASSED = -(2**62)  # where an input cell feeds no output through a tap, because the stride passes over it
AXIS_NAMES = {0: (), 1: ("cells",), 2: ("rows", "columns"), 3: ("slices", "rows", "columns")}


class Pads(NamedTuple):
    """Cells added before the first and after the last input cell of one axis."""

    low: int
    high: int


class Given(NamedTuple):
    """The stride and the padding of an axis as its operation is given them."""

    stride: int
    pads: Pads
    output_padding: int = 0


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of a sliding window.

    Output ``o`` reads the position ``o·stride + k·dilation − low`` for ``k`` in 0 … kernel−1. Between two input cells
    lie ``spacing`` − 1 gaps: only the positions 0, spacing, 2·spacing … are input cells (0, 1, 2 …), the others are
    gaps, and those outside 0 … spaced−1 are padding. Negative padding crops. With ``ceil`` a last window may hang over
    the end (``ceil_mode`` of pooling).

    >>> axis = Axis(size=6, kernel=3, stride=2, low=1, high=1)
    >>> axis.out, list(axis.taps(0)), axis.never_read
    (3, [-1, 0, 1], ())
    >>> spaced = Axis(size=3, kernel=3, low=1, high=1, spacing=2)
    >>> spaced.padded, spaced.out, list(spaced.taps(2)), spaced.cells(spaced.taps(2)).tolist()
    (7, 5, [1, 2, 3], [-1, 1, -1])
    """

    size: int
    kernel: int
    stride: int = 1
    low: int = 0
    high: int = 0
    dilation: int = 1
    ceil: bool = False
    spacing: int = 1

    form: ClassVar[str] = "window"  # which formula its number of positions follows

    @property
    def span(self) -> int:
        """Cells from the first tap to the last, both included: (k − 1)·d + 1."""
        return self.dilation * (self.kernel - 1) + 1

    @property
    def spaced(self) -> int:
        """Cells of the input with the gaps between them."""
        return (self.size - 1) * self.spacing + 1

    @property
    def padded(self) -> int:
        """Cells of the input with its gaps and its padding."""
        return self.spaced + self.low + self.high

    @property
    def given(self) -> Given:
        """The stride and the padding as they were given."""
        return Given(self.stride, Pads(self.low, self.high))

    @property
    def fits(self) -> bool:
        """Tell whether there is at least one position for the window."""
        return self.out >= 1

    @property
    def out(self) -> int:
        """Number of positions: ⌊(n + low + high − span) / stride⌋ + 1, where n counts gaps too.

        With ``ceil`` it is ⌈…⌉, less one if that last window would start in the end padding (PyTorch's rule).
        """
        room = self.padded - self.span
        if not self.ceil:
            return room // self.stride + 1
        count = -(-room // self.stride) + 1
        return count - 1 if (count - 1) * self.stride >= self.spaced + self.low else count

    @property
    def overhang(self) -> int:
        """Cells by which the last window hangs over the end of the padded input."""
        return max(0, (self.out - 1) * self.stride + self.span - self.padded)

    @property
    def is_bare(self) -> bool:
        """Tell whether every window reads as many cells as it has taps: no padding, no gaps, nothing over the end."""
        return self.low == 0 == self.high and self.spacing == 1 and (not self.ceil or self.overhang == 0)

    def taps(self, output: int) -> range:
        """Return the positions that one output position reads, gaps counted; those outside are padding."""
        start = output * self.stride - self.low
        return range(start, start + self.span, self.dilation)

    def positions(self) -> NDArray[np.int64]:
        """Return the positions that every output position reads, shape (out, kernel)."""
        starts = np.arange(self.out)[:, None] * self.stride - self.low
        return np.asarray(starts + np.arange(self.kernel) * self.dilation)

    def cells(self, positions: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the input cell at each position; −1 where there is none: in padding, in a gap, or cropped away."""
        places = np.asarray(positions, dtype=np.int64)
        real = (places >= max(0, -self.low)) & (places < self.spaced + min(0, self.high))
        if self.spacing > 1:
            real &= places % self.spacing == 0
        return np.where(real, places // self.spacing, -1)

    def goals(self) -> NDArray[np.int64]:
        """Return the output that each input cell feeds through each tap, shape (kernel, size).

        Below 0 and from ``out`` on it is one that there is not: it is cropped away. `PASSED` where the stride passes
        over the cell.

        >>> Axis(3, 2, low=1, high=1).goals().tolist()
        [[1, 2, 3], [0, 1, 2]]
        """
        places = np.arange(self.size) * self.spacing + self.low - np.arange(self.kernel)[:, None] * self.dilation
        return np.where(places % self.stride == 0, places // self.stride, PASSED)

    @property
    def cropped(self) -> Pads:
        """How many outputs input cells would feed before the first and after the last that there is.

        >>> Transposed.of(3, 3, 2, Pads(1, 0)).cropped, Axis(5, 3).cropped
        (Pads(low=1, high=0), Pads(low=2, high=2))
        """
        goals = self.goals()
        fed = goals[goals != PASSED]
        if not fed.size:
            return Pads(0, 0)
        return Pads(max(0, -int(fed.min())), max(0, int(fed.max()) - self.out + 1))

    @property
    def never_read(self) -> tuple[int, ...]:
        """Return the input cells that no window reads."""
        seen = np.zeros(self.size, dtype=bool)
        cells = self.cells(self.positions())
        seen[cells[cells >= 0]] = True
        return tuple(np.flatnonzero(~seen).tolist())

    @property
    def sees_cells(self) -> bool:
        """Tell whether every window sees a cell of the input: none lies wholly in padding."""
        positions = self.positions()
        return len(positions) > 0 and bool(((positions >= 0) & (positions < self.size)).any(axis=1).all())

    @property
    def keeping_size(self) -> Pads:
        """Return the padding with which the output is as long as the input, an odd one at the end as in Keras."""
        total = (self.size - 1) * self.stride + self.span - self.spaced
        low = total // 2
        if self.ceil:  # the last window has to start before the end padding
            low = max(low, (self.size - 1) * self.stride - self.spaced + 1)
        return Pads(low, total - low)

    def sources(self, mode: str = "zeros") -> NDArray[np.int64]:
        """Return, for every cell of the padded input, the input cell it copies; −1 where it holds the padding value.

        The overhang of a last window counts as padding.
        """
        places = np.arange(-self.low, self.spaced + self.high + self.overhang)
        if mode == "replicate":
            return places.clip(0, self.size - 1)
        if mode == "circular":
            return places % self.size
        if mode == "reflect":
            if self.size == 1:
                return np.zeros_like(places)
            period = 2 * (self.size - 1)
            folded = np.abs(places) % period
            return np.asarray(np.minimum(folded, period - folded))
        return self.cells(places)


@dataclass(frozen=True, slots=True)
class Transposed(Axis):
    """One axis of a transposed convolution: a window of stride 1 over the input with gaps between its cells.

    Its stride is the ``spacing``; its padding crops the result, so that the window sees span − 1 − padding cells of
    it, with ``output_padding`` more at the end.

    >>> axis = Transposed.of(3, 3, 2, Pads(1, 1), output_padding=1)
    >>> axis.out, axis.spaced, axis.padded, axis.given.pads
    (6, 5, 8, Pads(low=1, high=1))
    """

    output_padding: int = 0

    form: ClassVar[str] = "transposed"

    @classmethod
    def of(
        cls, size: int, kernel: int, stride: int, pads: Pads, dilation: int = 1, output_padding: int = 0
    ) -> Transposed:
        """Make the axis of what the operation is given."""
        reach = dilation * (kernel - 1)
        low, high = reach - pads.low, reach - pads.high + output_padding
        return cls(size, kernel, 1, low, high, dilation, False, stride, output_padding)

    @property
    def given(self) -> Given:
        """The stride and the padding as they were given."""
        reach = self.span - 1
        pads = Pads(reach - self.low, reach - self.high + self.output_padding)
        return Given(self.spacing, pads, self.output_padding)

    @property
    def keeping_size(self) -> Pads:
        """Return the padding with which the output is as long as the input, an odd one at the end."""
        total = self.spaced - 1 + self.span + self.output_padding - self.size
        return Pads(total // 2, total - total // 2)


@dataclass(frozen=True, slots=True)
class Bins(Axis):
    """One axis of adaptive pooling: so many bins, which may be of unequal sizes and overlap.

    Output ``o`` reads the cells from ⌊o·n/bins⌋ up to, not including, ⌈(o + 1)·n/bins⌉. ``kernel`` is the size of the
    largest bin.

    >>> axis = Bins.of(5, 3)
    >>> [list(axis.taps(output)) for output in range(axis.out)], axis.kernel
    ([[0, 1], [1, 2, 3], [3, 4]], 3)
    """

    bins: int = 1

    form: ClassVar[str] = "bins"

    @staticmethod
    def of(size: int, bins: int) -> Bins:
        """Make the axis of how many cells there are, and into how many bins they go."""
        return _bins_of(size, bins)

    @property
    def out(self) -> int:
        """Number of bins."""
        return self.bins

    @property
    def overhang(self) -> int:
        """No bin hangs over the end."""
        return 0

    @property
    def is_bare(self) -> bool:
        """Tell whether all bins are as wide."""
        return self.size % self.bins == 0

    @property
    def regular(self) -> Axis | None:
        """The window that does the same, where the bins are all as wide and as far apart."""
        bins_ = [self.taps(output) for output in range(self.bins)]
        strides = {later[0] - bin_[0] for bin_, later in itertools.pairwise(bins_)} or {self.size}
        widths = {len(bin_) for bin_ in bins_}
        if len(strides) > 1 or len(widths) > 1 or 0 in strides:
            return None
        return Axis(self.size, widths.pop(), strides.pop())

    def taps(self, output: int) -> range:
        """Return the input cells of one bin."""
        return range(output * self.size // self.bins, -(-(output + 1) * self.size // self.bins))

    def ends(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the first cell of every bin, and the one after its last."""
        return _ends_of_bins(self.size, self.bins)

    def positions(self) -> NDArray[np.int64]:
        """Return the input cells of every bin, shape (out, kernel): past the end where a bin has fewer."""
        first, end = self.ends()
        found = first[:, None] + np.arange(self.kernel)
        return np.where(found < end[:, None], found, self.size)


@lru_cache(maxsize=16)
def _bins_of(size: int, bins: int) -> Bins:
    first, end = _ends_of_bins(size, bins)
    return Bins(size, int((end - first).max()), bins=bins)


@lru_cache(maxsize=16)
def _ends_of_bins(size: int, bins: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    numbers = np.arange(bins)
    first, end = numbers * size // bins, -(-(numbers + 1) * size // bins)
    for each in (first, end):
        each.setflags(write=False)
    return first, end


@dataclass(frozen=True, slots=True)
class Window:
    """The axes of a sliding window, rows before columns.

    >>> Window((Axis(6, 3), Axis(5, 2))).out
    (4, 4)
    """

    axes: tuple[Axis, ...]

    @property
    def out(self) -> tuple[int, ...]:
        """Number of positions on each axis."""
        return tuple(axis.out for axis in self.axes)

    @property
    def kernel(self) -> tuple[int, ...]:
        """Taps on each axis."""
        return tuple(axis.kernel for axis in self.axes)

    @property
    def size(self) -> tuple[int, ...]:
        """Input cells on each axis."""
        return tuple(axis.size for axis in self.axes)

    @property
    def padded(self) -> tuple[int, ...]:
        """Input cells on each axis, with the gaps and the padding."""
        return tuple(axis.padded for axis in self.axes)

    @property
    def spaced(self) -> tuple[int, ...]:
        """Input cells on each axis, with the gaps between them."""
        return tuple(axis.spaced for axis in self.axes)

    @property
    def taps(self) -> int:
        """Cells that one position reads in one plane."""
        return math.prod(self.kernel)

    @property
    def names(self) -> tuple[str, ...]:
        """What the axes are called: rows, columns."""
        return AXIS_NAMES[len(self.axes)]


def slide(
    size: Sequence[int],
    kernel: Sequence[int],
    *,
    stride: PerAxis | None,
    padding: Padding,
    dilation: PerAxis,
    padding_mode: str = "zeros",
    ceil: bool = False,
) -> Window:
    """Make a window of loose settings; raise `SettingError` where there is no position for it.

    ``stride=None`` means the kernel's size, as pooling has it.
    """
    rank = len(size)
    strides = tuple(kernel) if stride is None else per_axis("stride", stride, rank)
    dilations = per_axis("dilation", dilation, rank)
    bare = [Axis(n, k, s, 0, 0, d, ceil) for n, k, s, d in zip(size, kernel, strides, dilations, strict=True)]
    pads = resolve_padding(padding, bare)
    axes = tuple(
        Axis(a.size, a.kernel, a.stride, low, high, a.dilation, ceil) for a, (low, high) in zip(bare, pads, strict=True)
    )
    window = Window(axes)
    for axis, name in zip(axes, window.names, strict=True):
        _check_mode(axis, name, padding_mode)
    for axis, name in zip(axes, window.names, strict=True):
        if not axis.fits:
            raise SettingError(_too_large(axis, name))
    return window


def bins(size: Sequence[int], output_size: int | Sequence[int | None] | None) -> Window:
    """Make the window of adaptive pooling; None keeps an axis as it is.

    >>> bins([5, 4], [3, None]).out
    (3, 4)
    """
    rank = len(size)
    wanted: Any = [output_size] * rank if output_size is None or isinstance(output_size, int) else output_size
    if isinstance(wanted, list | tuple) and len(wanted) == rank:
        wanted = [n if each is None else each for each, n in zip(wanted, size, strict=True)]
    counts = per_axis("output_size", wanted, rank)
    return Window(tuple(Bins.of(n, count) for n, count in zip(size, counts, strict=True)))


def stamps(
    size: Sequence[int],
    kernel: Sequence[int],
    *,
    stride: PerAxis,
    padding: Padding,
    output_padding: PerAxis,
    dilation: PerAxis,
    output_size: PerAxis | None = None,
) -> Window:
    """Make the window of a transposed convolution; raise `SettingError` where nothing would be left of the result.

    With padding in numbers, ``output_size`` sets the output padding; with "same" or "same_lower", the padding.

    >>> stamps([3], [3], stride=2, padding="same", output_padding=0, dilation=1).axes[0].given.pads
    Pads(low=0, high=1)
    """
    rank = len(size)
    strides, dilations = per_axis("stride", stride, rank), per_axis("dilation", dilation, rank)
    more = per_axis("output_padding", output_padding, rank, least=0)
    wanted = None if output_size is None else per_axis("output_size", output_size, rank)
    names = AXIS_NAMES[rank]
    for name, extra, step, apart in zip(names, more, strides, dilations, strict=True):
        _check_output_padding(extra, step, apart, name)
    spread = [
        Transposed.of(n, k, s, Pads(0, 0), d, extra)
        for n, k, s, d, extra in zip(size, kernel, strides, dilations, more, strict=True)
    ]
    named = padding.lower().replace("-", "_") if isinstance(padding, str) else ""
    if named in ("same", "same_lower"):
        goals = wanted or tuple(axis.size * axis.spacing for axis in spread)
        pads = tuple(_sharing(axis.out - goal, named) for axis, goal in zip(spread, goals, strict=True))
    elif named == "causal":
        raise SettingError("padding 'causal' is not for transposed convolution: use (low, high) pairs per axis")
    else:
        pads = resolve_padding(padding, spread, least=-LARGEST)
        if wanted is not None:
            if any(more):
                raise SettingError(
                    f"output_padding {list(more)} and output_size {list(wanted)} both say how large the result is: "
                    "give one of them"
                )
            axes = zip(spread, pads, wanted, names, strict=True)
            more = tuple(_output_padding(axis, each, goal, name) for axis, each, goal, name in axes)
    window = Window(
        tuple(
            Transposed.of(axis.size, axis.kernel, axis.spacing, each, axis.dilation, extra)
            for axis, each, extra in zip(spread, pads, more, strict=True)
        )
    )
    for axis, name in zip(window.axes, names, strict=True):
        if not axis.fits:
            low, high = axis.given.pads
            most = axis.out + low + high - 1
            raise SettingError(
                f"padding {low} + {high} crops all of the {most + 1} {name} of the result: use at most {most} in all"
            )
    return window


def unpooled(
    size: Sequence[int], kernel_size: PerAxis, stride: PerAxis | None, padding: Padding, output_size: PerAxis | None
) -> Window:
    """Make the window of unpooling: which cells of what was pooled could lie where, as in a transposed convolution.

    >>> unpooled([2], 2, None, 0, 5).axes[0].given
    Given(stride=2, pads=Pads(low=0, high=0), output_padding=1)
    """
    rank = len(size)
    kernel = per_axis("kernel_size", kernel_size, rank)
    strides = kernel if stride is None else per_axis("stride", stride, rank)
    if output_size is None:
        if isinstance(padding, str) and padding.lower() != "valid":
            raise SettingError(
                f"padding {padding!r} depends on the size of what was pooled: give output_size too, or padding in cells"
            )
        wanted: tuple[int, ...] | None = None
        pads = resolve_padding(padding, [Axis(n, k, s) for n, k, s in zip(size, kernel, strides, strict=True)])
    else:
        wanted = per_axis("output_size", output_size, rank)
        pads = resolve_padding(padding, [Axis(n, k, s) for n, k, s in zip(wanted, kernel, strides, strict=True)])
    axes = []
    for number, name in enumerate(AXIS_NAMES[rank]):
        (low, high), step = pads[number], strides[number]
        plain = (size[number] - 1) * step - low - high + kernel[number]
        goal = plain if wanted is None else wanted[number]
        if not max(1, plain - step + 1) <= goal < plain + step:
            least, most = max(1, plain - step + 1), plain + step - 1
            reach = f"{least} to {most}" if least < most else str(most)
            raise SettingError(
                f"the output would have {goal} {name}, but pooling to {size[number]} {name} with this window starts "
                f"from {reach}: use such an output_size, or the settings of the pooling"
            )
        ends = Pads(low, high + max(0, plain - goal))
        axes.append(Transposed.of(size[number], kernel[number], step, ends, 1, max(0, goal - plain)))
    return Window(tuple(axes))


def _check_output_padding(extra: int, stride: int, dilation: int, name: str) -> None:
    if extra and extra >= max(stride, dilation):
        raise SettingError(
            f"output_padding is {extra} on {name}, but it must be less than the stride ({stride}) or the dilation "
            f"({dilation}), as PyTorch has it: use at most {max(stride, dilation) - 1}"
        )


def _sharing(total: int, name: str) -> Pads:
    """Share out what is cropped, as ONNX does: of an odd one, the end gets more for "same", else the beginning.

    >>> _sharing(3, "same"), _sharing(3, "same_lower"), _sharing(-1, "same")
    (Pads(low=1, high=2), Pads(low=2, high=1), Pads(low=-1, high=0))
    """
    less = total // 2
    return Pads(less, total - less) if name == "same" else Pads(total - less, less)


def _output_padding(axis: Transposed, pads: Pads, wanted: int, name: str) -> int:
    """Return the output padding that makes a result as long as is wanted."""
    least = axis.out - pads.low - pads.high
    most = least + max(axis.spacing, axis.dilation) - 1
    if not least <= wanted <= most:
        reach = f"{least} to {most}" if most > least else str(least)
        raise SettingError(
            f"output_size is {wanted} on {name}, but with this padding the result has {reach}: "
            "use such a size, other padding, or padding 'same' or 'same_lower', which follows from the size"
        )
    return wanted - least


def per_axis(name: str, value: Any, rank: int, least: int = 1) -> tuple[int, ...]:
    """Return one integer per axis of an int, or of a sequence of them.

    >>> per_axis("stride", 2, rank=2), per_axis("stride", (2, 1), rank=2)
    ((2, 2), (2, 1))
    """
    values = [value] * rank if not isinstance(value, Sequence | np.ndarray) or isinstance(value, str) else list(value)
    if len(values) == 1:
        values = values * rank
    if len(values) != rank:
        raise SettingError(
            f"{name} has {len(values)} values, but there {'is 1 axis' if rank == 1 else f'are {rank} axes'} "
            f"({', '.join(AXIS_NAMES[rank])}): give one value, or one per axis"
        )
    return tuple(_whole(name, entry, least) for entry in values)


def _whole(name: str, value: Any, least: int) -> int:
    """Check one integer."""
    if isinstance(value, bool | np.bool_) or not hasattr(value, "__index__"):
        raise SettingError(f"{name} must be a whole number of at least {least}, not {value!r}: use {least} or more")
    if int(value) < least:
        raise SettingError(f"{name} is {int(value)}, but it must be at least {least}: use {least} or more")
    if int(value) > LARGEST:
        raise SettingError(f"{name} is {int(value)}, which is out of reach: use at most {LARGEST}")
    return int(value)


def resolve_padding(padding: Any, axes: Sequence[Axis], least: int = 0) -> tuple[Pads, ...]:
    """Return (low, high) per axis of a number, numbers, pairs or a name; numbers may not be under ``least``.

    "same" is Keras's, TensorFlow's and ONNX's SAME_UPPER: ``out = ⌈n / s⌉``, the extra cell at the end.

    >>> resolve_padding("same", [Axis(6, 3, stride=2)])
    (Pads(low=0, high=1),)
    """
    rank = len(axes)
    if isinstance(padding, str):
        return _named_padding(padding.lower().replace("-", "_"), axes)
    if isinstance(padding, np.ndarray):
        padding = padding.tolist()
    if isinstance(padding, Sequence):
        if len(padding) == rank and all(isinstance(pair, Sequence) and not isinstance(pair, str) for pair in padding):
            pairs = []
            for pair in padding:
                if len(pair) != 2:
                    raise SettingError(f"padding {padding!r} has {len(pair)} values for an axis: give (low, high)")
                pairs.append(Pads(_whole("padding", pair[0], least), _whole("padding", pair[1], least)))
            return tuple(pairs)
        if any(isinstance(pair, Sequence) and not isinstance(pair, str) for pair in padding):
            raise SettingError(
                f"padding {padding!r} does not fit {rank} {'axis' if rank == 1 else 'axes'}: "
                "give one number, one per axis, or one (low, high) pair per axis"
            )
    return tuple(Pads(each, each) for each in per_axis("padding", padding, rank, least=least))


def _named_padding(name: str, axes: Sequence[Axis]) -> tuple[Pads, ...]:
    if name not in PADDING_NAMES:
        raise SettingError(f"padding {name!r} is unknown: use a number, or one of {', '.join(PADDING_NAMES)}")
    if name == "causal" and len(axes) != 1:
        raise SettingError(
            f"padding 'causal' is for one axis, and here are {len(axes)}: use 1-D, or (low, high) pairs per axis"
        )
    if name == "valid":
        return tuple(Pads(0, 0) for _ in axes)
    if name == "full":
        return tuple(Pads(axis.span - 1, axis.span - 1) for axis in axes)
    if name == "causal":
        return tuple(Pads(axis.span - 1, 0) for axis in axes)
    pads = []
    for axis in axes:
        out = -(-axis.size // axis.stride)
        total = max((out - 1) * axis.stride + axis.span - axis.size, 0)
        less, more = total // 2, total - total // 2
        pads.append(Pads(less, more) if name == "same" else Pads(more, less))
    return tuple(pads)


def check_padding_mode(mode: Any) -> str:
    """Return a known padding mode (NumPy's, ONNX's and Keras's spellings are taken too)."""
    spelled = str(mode).lower()
    known = {"zero": "zeros", "edge": "replicate", "wrap": "circular", **{each: each for each in PADDING_MODES}}
    if spelled not in known:
        raise SettingError(f"padding_mode {mode!r} is unknown: use one of {', '.join(PADDING_MODES)}")
    return known[spelled]


def _check_mode(axis: Axis, name: str, mode: str) -> None:
    most = {"reflect": axis.size - 1, "circular": axis.size}.get(mode)
    if most is not None and max(axis.low, axis.high) > most:
        raise SettingError(
            f"padding {max(axis.low, axis.high)} is too much for padding_mode {mode!r} on {axis.size} {name}: "
            f"use at most {most}, or padding_mode 'replicate'"
        )


def _too_large(axis: Axis, name: str) -> str:
    """Say that a window does not fit, and what would."""
    ways = []
    if axis.dilation > 1 and axis.kernel > 1 and (axis.padded - 1) // (axis.kernel - 1) >= 1:
        ways.append(f"a dilation of at most {(axis.padded - 1) // (axis.kernel - 1)}")
    kernel = (axis.padded - 1) // axis.dilation + 1
    if kernel >= 1:
        ways.append(f"a kernel of at most {kernel}")
    missing = axis.span - axis.padded
    ways.append(f"padding of at least {max(axis.low, axis.high) + -(-missing // 2)}")
    ways.append(f"an input of at least {axis.span - axis.low - axis.high} {name}")
    across = f" ({axis.kernel} taps, dilation {axis.dilation})" if axis.dilation > 1 else ""
    padded = "padded input" if axis.low or axis.high else "input"
    units = name.removesuffix("s") if axis.padded == 1 else name
    return (
        f"the window spans {axis.span} cells{across} but the {padded} has only {axis.padded} {units}: "
        f"use {', '.join(ways[:-1])} or {ways[-1]}"
    )
