"""The result of every window at once, vectorised: windows are views, sums are matrix products."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np

from convviz.errors import SettingError
from convviz.exact import EXACT_IN_FLOAT, LARGEST, Array, heaviest, magnitude
from convviz.window import Axis, Bins

BLOCK = 1 << 17  # elements of one block of shifted rows, so that it stays in the cache


def pad(x: Array, axes: Sequence[Axis], mode: str, fill: Any) -> Array:
    """Return ``x``, shape (N, C, *space), with its padding and, where a last window hangs over the end, that too."""
    if not any(axis.low or axis.high or axis.overhang or axis.spacing > 1 for axis in axes):
        return x
    if mode in ("zeros", "constant"):
        shape = (axis.padded + axis.overhang for axis in axes)
        padded = np.full((*x.shape[:2], *shape), fill, dtype=x.dtype)
        into, of = zip(*(_kept(axis) for axis in axes), strict=True)
        padded[(..., *into)] = x[(..., *of)]
        return padded
    for place, axis in enumerate(axes, start=2):
        x = np.take(x, axis.sources(mode), axis=place)
    return x


def _kept(axis: Axis) -> tuple[slice, slice]:
    """Return where the input cells that are not cropped away lie in the padded input, and which they are."""
    first = -(-max(0, -axis.low) // axis.spacing)
    last = (axis.spaced - 1 + min(0, axis.high)) // axis.spacing
    start = first * axis.spacing + axis.low
    count = max(0, last + 1 - first)
    return slice(start, start + count * axis.spacing, axis.spacing), slice(first, first + count)


def correlate(x: Array, weights: Array, axes: Sequence[Axis], groups: int, more: int = 0) -> Array:
    """Return the weighted sum under every window, without flipping the weights.

    ``x``: padded input, (N, C, *space); ``weights``: (out, C/groups, *kernel); result: (N, out, *positions).
    Both are int64, or both the same float. Integers are summed exactly: through float64 matrix products while no sum
    can reach 2⁵³, else in int64; `SettingError` where the sums, with ``more`` added, may not fit in that either.
    """
    return _exactly(_correlate, x, weights, axes, groups, more)


def stamp(x: Array, weights: Array, axes: Sequence[Axis], groups: int, more: int = 0) -> Array:
    """Return what `correlate` returns of the padded input, without ever multiplying a gap or padding.

    Each input cell stamps the turned-round weights, scaled, onto the output, and overlaps add up. ``x``: input without
    gaps and padding, (N, C, *space); the rest as in `correlate`. The axes have stride 1. Where there are no gaps, and
    no weight makes more of a zero than a zero, the padding may be multiplied too: that is one product for many taps.
    """
    if all(axis.spacing == 1 for axis in axes) and (weights.dtype.kind == "i" or bool(np.isfinite(weights).all())):
        return correlate(pad(x, axes, "zeros", 0), weights, axes, groups, more)
    return _exactly(_stamp, x, weights, axes, groups, more)


def _exactly(
    sums: Callable[[Array, Array, Sequence[Axis], int], Array],
    x: Array,
    weights: Array,
    axes: Sequence[Axis],
    groups: int,
    more: int,
) -> Array:
    """Add up integers without loss; other numbers as they are."""
    if x.dtype.kind != "i":
        return sums(x, weights, axes, groups)
    reach = magnitude(x) * heaviest(weights)
    if reach < EXACT_IN_FLOAT and reach + more <= LARGEST:
        return sums(x.astype(np.float64), weights.astype(np.float64), axes, groups).astype(np.int64)
    if reach + more > LARGEST:
        raise SettingError(
            f"the sums may reach {reach + more:.1e}, over 64-bit integers: pass the input as floats "
            "(where it is typed, a point in one number is enough: 9.0 for 9)"
        )
    return sums(x, weights, axes, groups)


def _stamp(x: Array, weights: Array, axes: Sequence[Axis], groups: int) -> Array:
    """One tap after another: a matrix product over the channels, added where that tap puts it."""
    batch, channels = x.shape[0], weights.shape[1]
    filters = weights.shape[0] // groups
    result = np.zeros((batch, weights.shape[0], *(axis.out for axis in axes)), dtype=x.dtype)
    into: Any
    of: Any
    for tap in np.ndindex(*(axis.kernel for axis in axes)):
        fed = [_fed(axis, k) for axis, k in zip(axes, tap, strict=True)]
        if any(count == 0 for _, _, count in fed):
            continue
        of = tuple(slice(first, first + count) for first, _, count in fed)
        into = tuple(
            slice(start, start + (count - 1) * axis.spacing + 1, axis.spacing)
            for axis, (_, start, count) in zip(axes, fed, strict=True)
        )
        shape = tuple(count for *_, count in fed)
        for sample, group in product(range(batch), range(groups)):
            mine = slice(group * filters, (group + 1) * filters)
            seen = x[(sample, slice(group * channels, (group + 1) * channels), *of)]
            matrix = weights[(mine, slice(None), *tap)]
            result[(sample, mine, *into)] += (matrix @ seen.reshape(channels, -1)).reshape(filters, *shape)
    return result


def _fed(axis: Axis, tap: int) -> tuple[int, int, int]:
    """Return which input cells a tap reads, over all windows of stride 1: the first, the window that does, how many."""
    offset = axis.low - tap * axis.dilation  # of the window that reads cell 0 with this tap
    first = max(0, -(offset // axis.spacing))
    last = min(axis.size - 1, (axis.out - 1 - offset) // axis.spacing)
    return first, offset + first * axis.spacing, max(0, last + 1 - first)


def _correlate(x: Array, weights: Array, axes: Sequence[Axis], groups: int) -> Array:
    """Work through the planes of rows and columns; the axes before them are looped over."""
    if not axes:  # a dense layer
        return np.asarray(_correlate(x[:, :, None], weights[:, :, None], (Axis(1, 1),), groups)[:, :, 0])
    if len(axes) == 1:
        return _correlate(x[:, :, None], weights[:, :, None], (Axis(1, 1), *axes), groups)[:, :, 0]
    *lead, rows, columns = axes
    batch, channels = x.shape[0], weights.shape[1]
    filters = weights.shape[0] // groups
    result = np.empty((batch, weights.shape[0], *(axis.out for axis in axes)), dtype=x.dtype)
    one = _taps if channels == 1 and filters == 1 else _shifts
    for sample, group in product(range(batch), range(groups)):
        planes = x[sample, group * channels : (group + 1) * channels]
        mine = slice(group * filters, (group + 1) * filters)
        for position in np.ndindex(*(axis.out for axis in lead)):
            into = result[(sample, mine, *position)]
            for number, tap in enumerate(np.ndindex(*(axis.kernel for axis in lead))):
                depth = (o * a.stride + k * a.dilation for o, k, a in zip(position, tap, lead, strict=True))
                one(
                    planes[(slice(None), *depth)],
                    weights[(mine, slice(None), *tap)],
                    rows,
                    columns,
                    into,
                    add=number > 0,
                )
    return result


def _taps(x: Array, weights: Array, rows: Axis, columns: Axis, into: Array, *, add: bool) -> None:
    """One plane, one filter: add up the shifted planes, a block of rows at a time.

    ``x``: (1, rows, columns); ``weights``: (1, 1, kh, kw); ``into``: (1, out rows, out columns).
    """
    plane, kernel, result = x[0], weights[0, 0], into[0]
    step = max(1, BLOCK // 4 // max(1, columns.out))
    term = np.empty((min(step, rows.out), columns.out), dtype=x.dtype)
    for first in range(0, rows.out, step):
        count = min(step, rows.out - first)
        total, product_ = result[first : first + count], term[:count]
        for number, (i, j) in enumerate(np.ndindex(kernel.shape)):
            seen = plane[_every(rows, i, first, count), _every(columns, j, 0, columns.out)]
            if number or add:
                np.multiply(seen, kernel[i, j], out=product_)
                np.add(total, product_, out=total)
            else:
                np.multiply(seen, kernel[i, j], out=total)


def _shifts(x: Array, weights: Array, rows: Axis, columns: Axis, into: Array, *, add: bool) -> None:
    """Many planes: copy the kw horizontal shifts, take the kh vertical taps as offset views, kh matrix products.

    ``x``: (C, rows, columns); ``weights``: (out, C, kh, kw); ``into``: (out, out rows, out columns).
    """
    filters, channels, kh, kw = weights.shape
    depth, width = channels * kw, columns.out
    flat = [np.ascontiguousarray(weights[:, :, i]).reshape(filters, depth) for i in range(kh)]
    step = max(1, min(rows.out, BLOCK // (depth * width * rows.stride)))
    for first in range(0, rows.out, step):
        count = min(step, rows.out - first)
        height = (count - 1) * rows.stride + rows.span
        top = first * rows.stride
        shifted = np.empty((channels, kw, height, width), dtype=x.dtype)
        for j in range(kw):
            shifted[:, j] = x[:, top : top + height, _every(columns, j, 0, width)]
        total: Array | None = None
        for i in range(kh):
            if rows.stride == 1:
                start = i * rows.dilation * width
                seen = shifted.reshape(depth, height * width)[:, start : start + count * width]
            else:
                seen = shifted[:, :, _every(rows, i, 0, count)].reshape(depth, count * width)
            if total is None:
                total = flat[i] @ seen
            else:
                total += flat[i] @ seen
        assert total is not None
        block = total.reshape(filters, count, width)
        if add:
            into[:, first : first + count] += block
        else:
            into[:, first : first + count] = block


def _every(axis: Axis, tap: int, first: int, count: int) -> slice:
    """Return where one tap of ``count`` windows lies in the padded input, from window ``first`` on."""
    start = first * axis.stride + tap * axis.dilation
    return slice(start, start + (count - 1) * axis.stride + 1, axis.stride)


def reduce(x: Array, axes: Sequence[Axis], combine: np.ufunc) -> Array:
    """Return every window of ``x`` (padded, (N, C, *space)) combined by np.add, np.maximum or np.minimum.

    Done one axis after another: k operations an axis instead of one a tap.
    """
    if all(
        axis.out == 1 and axis.kernel == axis.padded == axis.padded + axis.overhang for axis in axes
    ):  # over all of it
        return np.asarray(combine.reduce(x.reshape(*x.shape[:2], -1), axis=2)).reshape(*x.shape[:2], *[1] * len(axes))
    few = all(isinstance(axis, Bins) and axis.size * axis.out <= BLOCK for axis in axes)
    if few and combine is np.add and x.dtype.kind == "f":
        total = _summed(x, axes)
        if bool(np.isfinite(total).all()):  # an infinity or a NaN would have leaked out of its bin
            return total
    for place, axis in enumerate(axes, start=2):
        front = (slice(None),) * place
        if isinstance(axis, Bins):
            if axis.regular is None:
                x = _binned(x, axis, place, combine)
                continue
            axis = axis.regular  # noqa: PLW2901 (the same windows)
        if axis.out == 1:
            x = combine.reduce(x[(*front, _taps_of_first(axis))], axis=place, keepdims=True)
            continue
        if axis.kernel == 1:
            x = x[(*front, _every(axis, 0, 0, axis.out))]
            continue
        views = [x[(*front, _every(axis, tap, 0, axis.out))] for tap in range(axis.kernel)]
        total = combine(views[0], views[1])
        for view in views[2:]:
            combine(total, view, out=total)
        x = total
    return np.ascontiguousarray(x)


def views(x: Array, axes: Sequence[Axis]) -> Iterator[Array]:
    """Yield, tap by tap, what every window of ``x`` (padded, (N, C, *space)) reads: (N, C, *positions)."""
    for tap in np.ndindex(*(axis.kernel for axis in axes)):
        place: Any = (..., *(_every(axis, k, 0, axis.out) for axis, k in zip(axes, tap, strict=True)))
        yield x[place]


def _summed(x: Array, axes: Sequence[Axis]) -> Array:
    """Add up the cells of each bin in matrix products, one axis after another."""
    for place, axis in enumerate(axes, start=2):
        before, after = x.shape[:place], x.shape[place + 1 :]
        if after:
            weights = _bin_weights(axis.size, axis.out, x.dtype)
            total = np.matmul(weights, x.reshape(-1, axis.size, math.prod(after)))
        else:
            total = x.reshape(-1, axis.size) @ _bin_weights_turned(axis.size, axis.out, x.dtype)
        x = total.reshape(*before, axis.out, *after)
    return x


@lru_cache(maxsize=16)
def _bin_weights(size: int, bins: int, dtype: np.dtype[Any]) -> Array:
    """Return 1 where a bin reads a cell and 0 where it does not, (bins, size)."""
    cells, (first, end) = np.arange(size), Bins.of(size, bins).ends()
    return ((cells >= first[:, None]) & (cells < end[:, None])).astype(dtype)


@lru_cache(maxsize=16)
def _bin_weights_turned(size: int, bins: int, dtype: np.dtype[Any]) -> Array:
    """Return the same, (size, bins)."""
    return np.ascontiguousarray(_bin_weights(size, bins, dtype).T)


def _binned(x: Array, axis: Bins, place: int, combine: np.ufunc) -> Array:
    """Combine what lies in each bin: the taps that all bins have, then, of the wider ones, the rest."""
    positions = axis.positions()
    total = np.take(x, positions[:, 0], axis=place)
    for tap in range(1, axis.kernel):
        wide = np.flatnonzero(positions[:, tap] < axis.size)
        seen = np.take(x, positions[wide, tap], axis=place)
        if len(wide) == axis.bins:
            combine(total, seen, out=total)
        else:
            some = (slice(None),) * place + (wide,)
            total[some] = combine(total[some], seen)
    return total


def _taps_of_first(axis: Axis) -> slice:
    return slice(0, axis.span, axis.dilation)


def winners(x: Array, best: Array, axes: Sequence[Axis]) -> Array:
    """Return where each window's best value lies: flat over the unpadded planes, the first of equals.

    ``x``: unpadded input, (N, C, *space); ``best``: the extreme of every window, (N, C, *positions); a NaN is equal
    to a NaN here.
    """
    if any(isinstance(axis, Bins) for axis in axes):
        return _winners_of_bins(x, best, axes)
    index = np.full(best.shape, -1, dtype=np.int64)
    strides = [int(np.prod([axis.size for axis in axes[place + 1 :]], dtype=np.int64)) for place in range(len(axes))]
    nan = bool(x.dtype.kind == "f" and np.isnan(best).any())
    for tap in np.ndindex(*(axis.kernel for axis in axes)):
        reach = [_inside(axis, k) for axis, k in zip(axes, tap, strict=True)]
        if any(places.start >= places.stop for places in reach):
            continue
        outputs: Any = (..., *(slice(places.start, places.stop) for places in reach))
        starts = [
            places.start * axis.stride - axis.low + k * axis.dilation
            for places, axis, k in zip(reach, axes, tap, strict=True)
        ]
        inputs: Any = tuple(
            slice(start, start + (len(places) - 1) * axis.stride + 1, axis.stride)
            for start, places, axis in zip(starts, reach, axes, strict=True)
        )
        seen, wanted, found = x[(..., *inputs)], best[outputs], index[outputs]
        hit = seen == wanted
        if nan:
            hit |= np.isnan(seen) & np.isnan(wanted)
        hit &= found < 0
        flat: Any = 0
        for start, places, axis, stride in zip(starts, reach, axes, strides, strict=True):
            flat = np.add.outer(flat, (start + np.arange(len(places)) * axis.stride) * stride)
        np.copyto(found, flat, where=hit)
    return index


def _winners_of_bins(x: Array, best: Array, axes: Sequence[Axis]) -> Array:
    """Return the same for bins: what each tap of all bins reads is looked up."""
    index = np.full(best.shape, -1, dtype=np.int64)
    read = [axis.positions() for axis in axes]
    flat = np.arange(math.prod(axis.size for axis in axes)).reshape([axis.size for axis in axes])
    for tap in np.ndindex(*(axis.kernel for axis in axes)):
        places = [positions[:, k] for positions, k in zip(read, tap, strict=True)]
        real = np.ones((), dtype=bool)
        for each, axis in zip(places, axes, strict=True):
            real = np.logical_and.outer(real, each < axis.size)
        cells: Any = np.ix_(*(each.clip(0, axis.size - 1) for each, axis in zip(places, axes, strict=True)))
        seen = x[(..., *cells)]
        hit = (seen == best) | ((seen != seen) & (best != best))  # noqa: PLR0124 (NaN)
        np.copyto(index, flat[cells], where=hit & real & (index < 0))
    return index


def _inside(axis: Axis, tap: int) -> range:
    """Return the outputs for which this tap reads a real input cell."""
    offset = tap * axis.dilation - axis.low
    first = max(0, -(offset // axis.stride))
    last = min(axis.out, (axis.size - 1 - offset) // axis.stride + 1)
    return range(first, last)


def real_cells(axes: Sequence[Axis], *, padding: bool) -> Array:
    """Return how many cells each window reads, shape (*positions): input cells, or explicit padding too.

    What a last window hangs over the end is never counted.
    """
    counts: Any = 1
    if all(isinstance(axis, Bins) for axis in axes):
        return _cells_in_bins(tuple((axis.size, axis.out) for axis in axes))
    for axis in axes:
        positions = axis.positions()
        if padding:
            counted = (positions >= -axis.low) & (positions < axis.spaced + axis.high)
        else:
            counted = axis.cells(positions) >= 0
        counts = np.multiply.outer(counts, counted.sum(axis=1))
    return np.asarray(counts, dtype=np.int64)


@lru_cache(maxsize=8)
def _cells_in_bins(axes: tuple[tuple[int, int], ...]) -> Array:
    counts: Any = 1
    for size, bins in axes:
        first, end = Bins.of(size, bins).ends()
        counts = np.multiply.outer(counts, end - first)
    counts.setflags(write=False)
    return np.asarray(counts)
