"""The numbers against plain loops on thousands of random settings, and against what must be true of them."""

import math
import random
from collections import Counter
from fractions import Fraction

import numpy as np
import oracles
import pytest
from conftest import need
from hypothesis import assume, given
from hypothesis import settings as budget
from hypothesis import strategies as st

import convviz
from convviz import SettingError
from convviz.window import Axis

SIZES = {1: 11, 2: 6, 3: 4}
KERNELS = {1: 5, 2: 3, 3: 2}
MODES = ["zeros", "constant", "reflect", "replicate", "circular"]


def operation(name, rank):
    return getattr(convviz, f"{name}{rank}d")


def seeded(*parts):
    name = "-".join(map(str, parts))
    return random.Random(name), np.random.default_rng(list(name.encode()))


def whole(x, rank):
    """Give an input the batch and channel axes it lacks."""
    return x.reshape((1,) * (rank + 2 - x.ndim) + x.shape)


def tried(call, *arguments, **settings):
    """Call, and return the trace, or None and what the refusal says."""
    try:
        return call(*arguments, **settings), ""
    except SettingError as refusal:
        return None, str(refusal)


def drawn_padding(draw, rank, axes, most):
    """Return padding as it can be written, and what it stands for: (low, high) per axis.

    ``axes``: (size, kernel, stride, dilation) of each; ``most``: the largest padding of each.
    """
    form = draw.choice(["number", "numbers", "pairs", "pairs", "name"])
    if form == "number":
        one = draw.randint(0, min(most))
        return one, [(one, one)] * rank
    if form == "numbers":
        each = [draw.randint(0, m) for m in most]
        return each, [(p, p) for p in each]
    if form == "name":
        name = draw.choice(["valid", "same", "same_lower", "full", *(["causal"] if rank == 1 else [])])
        return name, [oracles.named_pads(name, *axis) for axis in axes]
    pairs = [(draw.randint(0, m), draw.randint(0, m)) for m in most]
    return pairs, pairs


# against loops


@pytest.mark.parametrize("batch", range(5))
@pytest.mark.parametrize(("rank", "count"), [(1, 180), (2, 150), (3, 60)])
def test_convolution_equals_plain_loops(rank, count, batch):
    draw, dice = seeded("conv", rank, batch)
    done, kinds = 0, Counter()
    while done < count:
        kind = draw.choice(["int64", "uint8", "fraction", "float32", "float64"])
        plane_kernel = draw.random() < 0.3
        groups = draw.choice([1, 1, 1, 2, 3])
        depth, filters = (1, groups) if plane_kernel else (draw.randint(1, 2), groups * draw.randint(1, 2))
        channels = groups * depth
        lead = draw.choice([(2, channels), (1, channels), (channels,), *([()] if channels == 1 else [])])
        space = [draw.randint(1, SIZES[rank]) for _ in range(rank)]
        kernel = [draw.randint(1, KERNELS[rank]) for _ in range(rank)]
        stride = [draw.randint(1, 3) for _ in range(rank)]
        dilation = [draw.randint(1, 3) for _ in range(rank)]
        mode = draw.choice(MODES)
        most = [min(3, {"reflect": n - 1, "circular": n}.get(mode, 3)) for n in space]
        padding, pads = drawn_padding(draw, rank, list(zip(space, kernel, stride, dilation, strict=True)), most)
        fill = draw.choice([-2, 3, 0.5]) if mode == "constant" else 0
        flip = draw.random() < 0.3
        if kind in ("int64", "uint8", "fraction"):
            x = dice.integers(0 if kind == "uint8" else -9, 10, size=(*lead, *space)).astype(
                "int64" if kind == "fraction" else kind
            )
            top = dice.integers(-5, 6, size=(filters, depth, *kernel))
            bias = dice.integers(-5, 6, size=filters)
        else:
            x = dice.standard_normal((*lead, *space)).astype(kind)
            top = dice.standard_normal((filters, depth, *kernel)).astype(kind)
            bias = dice.standard_normal(filters).astype(kind)
        if plane_kernel:
            top = np.broadcast_to(top[:1], top.shape)
        bottom = draw.choice([3, 7, 9, 10, 16, 271]) if kind == "fraction" else 1
        weight = top / bottom if bottom > 1 else top
        bias = bias if draw.random() < 0.4 and bottom == 1 else None
        setting = f"{kind} {x.shape} * {weight.shape} {stride=} {padding=} {dilation=} {mode=}"
        setting += f" {fill=} {groups=} {flip=} bias={bias is not None}"
        trace, refusal = tried(
            operation("conv", rank),
            x,
            weight[0, 0] if plane_kernel else weight,
            bias,
            stride=stride,
            padding=padding,
            padding_mode=mode,
            padding_value=fill,
            dilation=dilation,
            groups=1 if plane_kernel else groups,
            flip=flip,
        )
        too_wide = any(
            max(pair) > {"reflect": n - 1, "circular": n}.get(mode, 99) for pair, n in zip(pads, space, strict=True)
        )
        expected = None
        if not too_wide:
            expected = oracles.convolve(
                whole(x, rank),
                top,
                None if bias is None else bias.tolist(),
                stride=stride,
                pads=pads,
                dilation=dilation,
                groups=groups,
                mode=mode,
                fill=fill,
                flip=flip,
            )
        kinds["refused" if expected is None else kind] += 1
        assert (trace is None) == (expected is None), (setting, refusal)
        if trace is None:
            continue
        done += 1
        values, scale = expected
        keep = max(len(lead), 0 if plane_kernel else 1)
        assert trace.output.shape == values.shape[2 - keep :], setting
        ours = trace.output.reshape(values.shape)
        if kind in ("int64", "uint8") and fill != 0.5:
            assert ours.dtype == np.int64, setting
            assert ours.tolist() == values.tolist(), setting
        elif kind == "fraction" or ours.dtype == np.int64 or kind in ("int64", "uint8"):
            exact = [float(Fraction(value) / bottom) for value in values.ravel().tolist()]
            assert ours.dtype == np.float64, setting
            if fill == 0.5 and kind == "fraction":
                np.testing.assert_allclose(ours.ravel(), exact, rtol=1e-14, atol=1e-14, err_msg=setting)
            else:
                assert ours.ravel().tolist() == exact, setting
        else:
            limit = 4 * (top[0].size + 2) * np.finfo(kind).eps
            assert (np.abs(ours - values.astype(np.float64)) <= limit * scale.astype(np.float64)).all(), setting
    assert min(kinds.values()) >= 3  # every kind of numbers, and refusals too
    assert len(kinds) == 6


@pytest.mark.parametrize("batch", range(4))
@pytest.mark.parametrize("name", ["max_pool", "min_pool", "avg_pool"])
@pytest.mark.parametrize(("rank", "count"), [(1, 80), (2, 60), (3, 25)])
def test_pooling_equals_plain_loops(name, rank, count, batch):
    draw, dice = seeded(name, rank, batch)
    done, blind = 0, 0
    while done < count:
        kind = draw.choice(["int64", "uint8", "float32", "float64"])
        lead = draw.choice([(2, 2), (1, 1), (3,), ()])
        space = [draw.randint(1, SIZES[rank]) for _ in range(rank)]
        kernel = [draw.randint(1, KERNELS[rank]) for _ in range(rank)]
        stride = draw.choice([None, [draw.randint(1, 3) for _ in range(rank)]])
        dilation = [draw.randint(1, 3) for _ in range(rank)]
        axes = list(zip(space, kernel, stride or kernel, dilation, strict=True))
        padding, pads = drawn_padding(draw, rank, axes, [2] * rank)
        ceil = draw.random() < 0.5
        x = dice.integers(0 if kind == "uint8" else -3, 4, size=(*lead, *space)).astype(kind)
        if kind.startswith("float") and draw.random() < 0.7:
            x = dice.standard_normal((*lead, *space)).astype(kind)
        plain = {"stride": tuple(stride or kernel), "pads": tuple(pads), "dilation": tuple(dilation), "ceil": ceil}
        call = {"stride": stride, "padding": padding, "dilation": dilation, "ceil_mode": ceil}
        if name == "avg_pool":
            own = {"count_include_pad": draw.random() < 0.5, "divisor_override": draw.choice([None, None, 5])}
            expected = oracles.average_pool(whole(x, rank), tuple(kernel), **plain, **own)
            call |= own
        else:
            expected = oracles.extreme_pool(whole(x, rank), tuple(kernel), **plain, largest=name == "max_pool")
        setting = f"{kind} {x.shape} {kernel=} {call}"
        trace, refusal = tried(operation(name, rank), x, kernel, **call)
        assert (trace is None) == (expected is None), (setting, refusal)
        if trace is None:
            blind += "nothing but padding" in refusal
            continue
        done += 1
        assert trace.output.ndim == x.ndim, setting
        if name == "avg_pool":
            ours = trace.output.reshape(expected.shape)
            assert trace.indices is None
            if kind in ("int64", "uint8"):
                assert ours.dtype == np.float64, setting
                assert (ours == expected).all(), setting
            else:
                assert ours.dtype == kind, setting
                limit = 4 * math.prod(kernel) * np.finfo(kind).eps * max(1.0, float(np.abs(x).max()))
                assert (np.abs(ours - expected) <= limit * math.prod(kernel)).all(), setting
        else:
            values, places = expected
            assert trace.output.dtype == (np.int64 if kind in ("int64", "uint8") else kind), setting
            assert trace.output.reshape(values.shape).tolist() == values.tolist(), setting
            assert (trace.indices.reshape(places.shape) == places).all(), setting
    assert blind  # windows that see nothing were drawn, and refused


@pytest.mark.parametrize("name", ["max_pool", "min_pool"])
def test_a_nan_wins_and_the_first_of_several_is_pointed_at(name):
    draw, dice = seeded("nan", name)
    for _ in range(60):
        x = dice.choice([np.nan, -1.0, 0.0, 2.0, np.inf, -np.inf], size=(2, 5, 6))
        plain = {"stride": (1, 2), "pads": ((1, 0), (1, 1)), "dilation": (1, draw.randint(1, 2)), "ceil": False}
        values, places = oracles.extreme_pool(x[None], (2, 3), **plain, largest=name == "max_pool")
        trace = operation(name, 2)(x, (2, 3), stride=(1, 2), padding=[(1, 0), (1, 1)], dilation=plain["dilation"])
        np.testing.assert_array_equal(trace.output[None], values.astype(np.float64))
        np.testing.assert_array_equal(trace.indices[None], places)
        for step in trace:
            assert tuple(step.cells[step.ties[0]][1:]) == divmod(int(trace.indices[step.position]), 6)


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_global_pooling_is_one_window_over_everything(rank):
    draw, dice = seeded("global", rank)
    for _ in range(30):
        lead = draw.choice([(), (2,), (2, 3)])
        x = dice.integers(-9, 10, size=(*lead, *[draw.randint(1, 4) for _ in range(rank)]))
        space = x.shape[x.ndim - rank :]
        most, mean = operation("global_max_pool", rank)(x), operation("global_avg_pool", rank)(x)
        planes = x.reshape(-1, math.prod(space))
        assert most.output.shape == mean.output.shape == (*lead, *[1] * rank)
        assert most.output.ravel().tolist() == [max(plane) for plane in planes.tolist()]
        assert most.indices.ravel().tolist() == [plane.index(max(plane)) for plane in planes.tolist()]
        assert mean.output.ravel().tolist() == [float(Fraction(sum(p), len(p))) for p in planes.tolist()]


# settings that hypothesis draws


@st.composite
def axes(draw, ceil=None):
    return Axis(
        size=draw(st.integers(1, 14)),
        kernel=draw(st.integers(1, 6)),
        stride=draw(st.integers(1, 5)),
        low=draw(st.integers(0, 6)),
        high=draw(st.integers(0, 6)),
        dilation=draw(st.integers(1, 4)),
        ceil=draw(st.booleans()) if ceil is None else ceil,
    )


def brute(axis):
    return oracles.starts(axis.size, axis.kernel, axis.stride, axis.low, axis.high, axis.dilation, axis.ceil)


@st.composite
def convolutions(draw, integers=None):
    """Return a trace of a small convolution, of 1 or 2 dimensions, with any setting."""
    rank = draw(st.integers(1, 2))
    most = {1: 8, 2: 5}[rank]
    space = draw(st.lists(st.integers(1, most), min_size=rank, max_size=rank))
    kernel = draw(st.lists(st.integers(1, 3), min_size=rank, max_size=rank))
    groups = draw(st.integers(1, 2))
    channels, filters = groups * draw(st.integers(1, 2)), groups * draw(st.integers(1, 2))
    dice = np.random.default_rng(draw(st.integers(0, 999)))
    shapes = [(draw(st.integers(1, 2)), channels, *space), (filters, channels // groups, *kernel), (filters,)]
    if draw(st.booleans()) if integers is None else integers:
        arrays = [dice.integers(-9, 10, size=shape) for shape in shapes]
    else:
        arrays = [dice.standard_normal(shape) for shape in shapes]
        if draw(st.booleans()):
            arrays[1] = np.rint(arrays[1] * 4) / 9
    mode = draw(st.sampled_from(MODES))
    try:
        return operation("conv", rank)(
            *arrays[:2],
            arrays[2] if draw(st.booleans()) else None,
            stride=draw(st.lists(st.integers(1, 3), min_size=rank, max_size=rank)),
            dilation=draw(st.lists(st.integers(1, 2), min_size=rank, max_size=rank)),
            padding=[(draw(st.integers(0, 2)), draw(st.integers(0, 2))) for _ in range(rank)],
            padding_mode=mode,
            padding_value=draw(st.sampled_from([-3, 0.25])) if mode == "constant" else 0,
            groups=groups,
            flip=draw(st.booleans()),
        )
    except SettingError:
        assume(False)


@st.composite
def poolings(draw):
    rank = draw(st.integers(1, 2))
    name = draw(st.sampled_from(["max_pool", "min_pool", "avg_pool"]))
    space = draw(st.lists(st.integers(1, {1: 9, 2: 5}[rank]), min_size=rank, max_size=rank))
    dice = np.random.default_rng(draw(st.integers(0, 999)))
    x = dice.integers(-3, 4, size=(*draw(st.sampled_from([(), (2,), (2, 2)])), *space))
    own = {}
    if name == "avg_pool":
        own = {
            "count_include_pad": draw(st.booleans()),
            "divisor_override": draw(st.sampled_from([None, None, 3])),
        }
    try:
        return operation(name, rank)(
            x if draw(st.booleans()) else x / 4,
            draw(st.lists(st.integers(1, 3), min_size=rank, max_size=rank)),
            stride=draw(st.lists(st.integers(1, 3), min_size=rank, max_size=rank)),
            padding=[(draw(st.integers(0, 2)), draw(st.integers(0, 2))) for _ in range(rank)],
            dilation=draw(st.lists(st.integers(1, 2), min_size=rank, max_size=rank)),
            ceil_mode=draw(st.booleans()),
            **own,
        )
    except SettingError:
        assume(False)


# sizes


@given(axes())
@budget(max_examples=600)
def test_the_size_formula_counts_the_positions(axis):
    assert max(axis.out, 0) == len(brute(axis))
    assert axis.fits == bool(brute(axis))


@given(axes())
@budget(max_examples=300)
def test_taps_lie_where_sliding_puts_them(axis):
    found = [list(axis.taps(place)) for place in range(max(axis.out, 0))]
    assert found == [[start + k * axis.dilation for k in range(axis.kernel)] for start in brute(axis)]
    assert axis.positions().tolist() == found if found else axis.out <= 0


@given(axes())
@budget(max_examples=300)
def test_overhang_is_what_the_last_window_reads_beyond_the_padding(axis):
    assume(brute(axis))
    last = brute(axis)[-1] + (axis.kernel - 1) * axis.dilation
    assert axis.overhang == max(0, last - (axis.size + axis.high - 1))
    assert axis.ceil or axis.overhang == 0


@given(axes(ceil=False))
@budget(max_examples=300)
def test_keeping_size_keeps_the_size(axis):
    low, high = axis.keeping_size
    assert high - low in (0, 1)
    kept = Axis(axis.size, axis.kernel, axis.stride, low, high, axis.dilation)
    assert kept.out == len(brute(kept)) == axis.size


@given(axes(), st.sampled_from(["same", "same_lower"]))
@budget(max_examples=300)
def test_same_gives_the_size_over_the_stride_rounded_up(axis, name):
    trace = convviz.conv1d(
        np.arange(axis.size), np.ones(axis.kernel, int), stride=axis.stride, padding=name, dilation=axis.dilation
    )
    assert trace.output.shape == (math.ceil(axis.size / axis.stride),)
    [(low, high)] = trace.settings["padding"]
    assert (high - low if name == "same" else low - high) in (0, 1)


@pytest.mark.parametrize(("n", "k", "s", "pads"), [(5, 3, 2, [1, 1]), (6, 3, 2, [0, 1]), (7, 4, 1, [1, 2])])
def test_same_puts_the_extra_cell_at_the_end(n, k, s, pads):
    x, weight = np.arange(n), np.ones(k, int)
    assert convviz.conv1d(x, weight, stride=s, padding="same").settings["padding"] == [pads]
    assert convviz.conv1d(x, weight, stride=s, padding="same_lower").settings["padding"] == [pads[::-1]]


@given(axes())
@budget(max_examples=200)
def test_dilation_widens_the_span(axis):
    assert axis.span == len(range(axis.taps(0)[0], axis.taps(0)[-1] + 1))
    wider = Axis(axis.size, axis.kernel, axis.stride, axis.low, axis.high, axis.dilation + 1)
    assert wider.span - axis.span == axis.kernel - 1


@given(st.one_of(convolutions(), poolings()))
def test_never_read_is_what_no_step_touches(trace):
    rank = len(trace.window.axes)
    touched = [set() for _ in range(rank)]
    for step in trace:
        for cell in step.cells[:, -rank:].tolist():
            for axis, place in enumerate(cell):
                touched[axis].add(place)
    for axis, places in zip(trace.window.axes, touched, strict=True):
        assert axis.never_read == tuple(sorted(set(range(axis.size)) - places))


# steps


@given(st.one_of(convolutions(), poolings()))
@budget(max_examples=150)
def test_steps_go_through_the_output_in_its_order(trace):
    assert len(trace) == trace.output.size == len(list(trace))
    for number, step in enumerate(trace):
        assert step.value == trace.output.flat[number] == trace.output[step.position]
        assert step.position == np.unravel_index(number, trace.output.shape)
        assert step.sentence
    assert trace[-1].index == len(trace) - 1
    assert [step.index for step in trace[::2]] == list(range(0, len(trace), 2))
    with pytest.raises(IndexError):
        trace[len(trace)]


def near(left, right, trace):
    if trace.output.dtype == np.int64:
        return left == right
    return math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-9)


@given(convolutions())
@budget(max_examples=150)
def test_a_step_of_convolution_adds_up(trace):
    for step in trace:
        bias = 0 if step.bias is None else step.bias
        assert near(step.partials[-1] + bias, step.value, trace)
        assert near(float(step.seen @ step.weights) + bias, float(step.value), trace) or trace.output.dtype.kind == "i"
        assert near(sum(step.products.tolist()) + bias, step.value, trace)
        assert np.allclose(np.cumsum(step.products), step.partials)
        assert len(step.cells) == len(step.inside) == len(step.seen) == len(step.weights) == trace.weight[0].size
        if trace.output.dtype == np.int64:
            assert (step.seen * step.weights).sum() + bias == step.value


@given(convolutions())
@budget(max_examples=150)
def test_a_step_sees_the_cells_it_names(trace):
    rank, fill = len(trace.window.axes), trace.settings["padding_value"]
    for step in trace:
        for cell, inside, seen in zip(step.cells.tolist(), step.inside, step.seen, strict=True):
            lead, space = cell[:-rank], cell[-rank:]
            sizes = trace.window.size
            assert inside == all(0 <= at < size for at, size in zip(space, sizes, strict=True))
            where = [oracles.source(at, size, trace.padding_mode) for at, size in zip(space, sizes, strict=True)]
            assert seen == (fill if None in where else trace.input[(*lead, *where)])
            assert lead[0] == step.position[0]


@given(convolutions())
@budget(max_examples=100)
def test_a_step_reads_the_channels_of_its_group(trace):
    filters, depth = trace.weight.shape[:2]
    rank = len(trace.window.axes)
    for step in trace:
        group = step.position[1] // (filters // trace.groups)
        assert sorted(set(step.cells[:, -rank - 1].tolist())) == list(range(group * depth, (group + 1) * depth))
        own = trace.weight[step.position[1]]
        turned = np.flip(own, axis=tuple(range(1, own.ndim))) if trace.settings["flip"] else own
        assert np.allclose(step.weights, turned.ravel())


@given(poolings())
@budget(max_examples=200)
def test_a_step_of_pooling_says_what_it_took(trace):
    rank = len(trace.window.axes)
    for step in trace:
        real = step.seen[step.inside]
        assert [trace.input[tuple(cell)] for cell in step.cells[step.inside].tolist()] == real.tolist()
        assert step.partials[-1] == pytest.approx(step.value)
        assert step.products.sum() == pytest.approx(step.value)
        if trace.picks:
            best = max(real) if trace.kind == "max_pool" else min(real)
            assert step.value == best
            winner = step.cells[step.ties[0], -rank:]
            assert np.ravel_multi_index(winner, trace.window.size) == trace.indices[step.position]
            ties = np.flatnonzero(step.inside & (step.seen == best)).tolist()
            assert list(step.ties) == ties
            assert step.weights.tolist() == [int(tap == ties[0]) for tap in range(len(step.seen))]
        else:
            assert step.ties == ()
            assert step.value == pytest.approx(real.sum() / step.divisor)
            assert float(step.seen @ step.weights) == pytest.approx(step.value)
            assert step.divisor == (trace.settings["divisor_override"] or step.numerators.sum())
            if not trace.settings["count_include_pad"]:
                assert (step.numerators == step.inside).all()


# laws


@given(convolutions(), st.integers(1, 3))
def test_moving_the_input_by_strides_moves_the_output(trace, moves):
    rank = len(trace.window.axes)
    axis = trace.window.axes[-1]
    plain = operation("conv", rank)
    own = {key: trace.settings[key] for key in ("stride", "dilation", "groups", "flip")}
    x = np.concatenate([trace.input, trace.input, trace.input], axis=-1)
    shift = moves * axis.stride
    try:
        before = plain(x, trace.weight, **own).output
        after = plain(x[..., shift:], trace.weight, **own).output
    except SettingError:
        assume(False)
    np.testing.assert_allclose(after, before[..., moves:], rtol=1e-12, atol=1e-12)


@given(convolutions(), st.integers(-4, 4))
def test_on_a_circle_turning_the_input_turns_the_output(trace, turn):
    plain = operation("conv", len(trace.window.axes))
    own = {"padding": "same", "padding_mode": "circular", "groups": trace.groups, "flip": trace.settings["flip"]}
    try:
        before = plain(trace.input, trace.weight, **own).output
    except SettingError:
        assume(False)
    after = plain(np.roll(trace.input, turn, axis=-1), trace.weight, **own).output
    np.testing.assert_allclose(after, np.roll(before, turn, axis=-1), rtol=1e-12, atol=1e-12)


@given(convolutions())
def test_dilation_is_a_kernel_with_zeros_between(trace):
    rank = len(trace.window.axes)
    spread = np.zeros((*trace.weight.shape[:2], *(axis.span for axis in trace.window.axes)), dtype=trace.weight.dtype)
    spread[(..., *(slice(None, None, axis.dilation) for axis in trace.window.axes))] = trace.weight
    own = {key: value for key, value in trace.settings.items() if key not in ("kernel_size", "dilation")}
    stuffed = operation("conv", rank)(trace.input, spread, trace.bias, **own)
    np.testing.assert_allclose(stuffed.output, trace.output, rtol=1e-12, atol=1e-12)


@given(convolutions())
def test_flip_is_a_kernel_turned_round(trace):
    rank = len(trace.window.axes)
    turned = np.flip(trace.weight, axis=tuple(range(2, rank + 2)))
    own = {key: value for key, value in trace.settings.items() if key != "kernel_size"}
    other = operation("conv", rank)(trace.input, turned, trace.bias, **{**own, "flip": not own["flip"]})
    assert (other.output == trace.output).all()


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_flip_with_full_padding_is_the_convolution_of_mathematics(rank):
    signal = need("scipy.signal")
    dice = np.random.default_rng(rank)
    for _ in range(10):
        x = dice.integers(-9, 10, size=dice.integers(1, 6, size=rank))
        weight = dice.integers(-9, 10, size=dice.integers(1, 5, size=rank))
        ours = operation("conv", rank)(x, weight, padding="full", flip=True).output
        assert (ours == signal.convolve(x, weight, method="direct")).all()
        assert (operation("conv", rank)(x, weight, padding="full").output == signal.correlate(x, weight)).all()


@given(convolutions(integers=True), st.integers(-5, 5))
def test_convolution_is_linear(trace, factor):
    assume(trace.bias is None and trace.settings["padding_value"] == 0)
    own = {key: value for key, value in trace.settings.items() if key != "kernel_size"}
    scaled = operation("conv", len(trace.window.axes))(trace.input * factor, trace.weight, **own)
    assert (scaled.output == trace.output * factor).all()


@given(poolings())
def test_min_pooling_is_max_pooling_of_the_negative(trace):
    assume(trace.kind == "max_pool")
    own = {key: value for key, value in trace.settings.items() if key != "kernel_size"}
    least = operation("min_pool", len(trace.window.axes))(-trace.input, trace.window.kernel, **own)
    assert (least.output == -trace.output).all()
    assert (least.indices == trace.indices).all()


@pytest.mark.parametrize("shape", [(70, 90), (300, 5), (3, 400)])
def test_large_inputs_that_are_worked_through_in_blocks_give_the_same(shape):
    dice = np.random.default_rng(5)
    x = dice.integers(-9, 10, size=(6, *shape))
    weight = dice.integers(-9, 10, size=(4, 6, 3, 2))
    padded = np.pad(x, ((0, 0), (2, 2), (1, 1)))
    expected = sum(
        weight[:, c, i, j, None, None] * padded[c, 2 * i : 2 * i + shape[0], j : j + shape[1] + 1]
        for c in range(6)
        for i in range(3)
        for j in range(2)
    )
    assert (convviz.conv2d(x, weight, padding=(2, 1), dilation=(2, 1)).output == expected).all()
    strided = convviz.conv2d(x, weight, padding=(2, 1), dilation=(2, 1), stride=(2, 3)).output
    assert (strided == expected[:, ::2, ::3]).all()
    plane = convviz.conv2d(x, weight[0, 0], padding=(2, 1), dilation=(2, 1)).output
    for c in range(6):
        assert (plane[c] == convviz.conv2d(x[c], weight[0, 0], padding=(2, 1), dilation=(2, 1)).output).all()


def test_blocks_of_rows_meet_without_a_seam():
    dice = np.random.default_rng(6)
    x = dice.integers(0, 9, size=(8, 200, 150))
    ones = np.ones((3, 8, 3, 3), dtype=np.int64)
    for stride in (1, 2):
        sums = convviz.conv2d(x, ones, stride=stride).output
        by_hand = sum(x[:, i : i + 198, j : j + 148] for i in range(3) for j in range(3)).sum(axis=0)
        assert (sums == by_hand[::stride, ::stride]).all()
        alone = convviz.conv2d(x[0], ones[0, 0], stride=stride).output
        assert (
            alone == sum(x[0, i : i + 198, j : j + 148] for i in range(3) for j in range(3))[::stride, ::stride]
        ).all()


# exact


@pytest.mark.parametrize("top", [2**20, 2**24, 2**26, 2**28])
@pytest.mark.parametrize("channels", [1, 3])
def test_integers_are_exact_on_either_side_of_what_floats_hold(top, channels):
    dice = np.random.default_rng(top)
    x = dice.integers(-top, top, size=(channels, 6, 5))
    weight = dice.integers(-top, top, size=(2, channels, 2, 3))
    bias = dice.integers(-top, top, size=2).tolist()
    plain = {"stride": (1, 1), "pads": ((1, 1), (1, 1)), "dilation": (1, 1)}
    values, _ = oracles.convolve(x[None], weight, bias, **plain)  # Python's integers have no end
    assert convviz.conv2d(x, weight, bias, padding=1).output.tolist() == values[0].tolist()


@pytest.mark.parametrize("beyond", [-1, 0, 1, 2, 3])
def test_sums_around_two_to_the_53_are_exact(beyond):
    big = 2**53 + beyond
    assert convviz.conv1d([big - 5, 5, 1], [1, 1]).output.tolist() == [big, 6]
    assert convviz.conv1d([[big - 5, 5, 1], [0, 0, 0]], [[[1, 1], [1, 1]]]).output.tolist() == [[big, 6]]
    assert convviz.conv1d([1], [big]).output.tolist() == [big]
    assert convviz.conv1d([big, 0], [1, 1], bias=1).output.tolist() == [big + 1]
    assert convviz.max_pool1d([big, big - 1, big + 1, 0], 2).output.tolist() == [big, big + 1]


@pytest.mark.parametrize("beyond", [0, 1, 3])
def test_the_steps_of_sums_beyond_two_to_the_53_are_exact(beyond):
    big = 2**53 + beyond
    step = convviz.conv1d([big, 1, 7], [1, 2, -1], padding=1)[1]
    assert step.partials.tolist() == [big, big + 2, big - 5]
    assert step.value == big - 5


def test_max_pooling_beyond_two_to_the_53_points_at_the_largest():
    trace = convviz.max_pool1d([2**53, 2**53 + 1], 3, padding=1, stride=1)
    assert trace.output.tolist() == [2**53 + 1] * 2
    assert trace.indices.tolist() == [1, 1]
    for step in trace:  # one tap of each window is padding
        assert [step.cells[tap].tolist() for tap in step.ties] == [[1]]


def test_the_ends_of_int64_survive():
    low, high = -(2**63), 2**63 - 1
    assert convviz.max_pool1d([low, low], 2, padding=1, stride=1).output.tolist() == [low] * 3
    assert convviz.max_pool1d([low, low], 2, padding=1, stride=1).indices.tolist() == [0, 0, 1]
    assert convviz.min_pool1d([high, low, high], 1).output.tolist() == [high, low, high]


@pytest.mark.parametrize(("x", "weight"), [([2**63 - 1], [1]), ([1], [2**63 - 1]), ([3], [2**61])])
def test_sums_that_just_fit_int64_are_not_refused(x, weight):
    assert convviz.conv1d(x, weight).output.tolist() == [sum(a * b for a, b in zip(x, weight, strict=True))]


@pytest.mark.parametrize(
    ("x", "weight", "bias"),
    [
        ([2**62, 2**62], [1, 1], None),
        ([2**40], [2**23], None),
        ([2**32] * 3, [2**31] * 3, None),
        ([-(2**62)] * 3, [1, 1, 1], None),
        ([2], [-(2**63)], None),  # whose absolute value int64 can't hold
        ([3], [3074457345618258603], None),  # 2⁶³ + 1
        ([2**62], [1], 2**62),
        ([2**40], [2**10], 2**63 - 1),
        ([-(2**55)], [2], -(2**63)),
    ],
)
def test_sums_beyond_int64_are_refused(x, weight, bias):
    with pytest.raises(SettingError, match="64-bit"):
        convviz.conv1d(x, weight, bias)


@pytest.mark.parametrize("values", [[2**64], [2**63], np.array([2**63], dtype=np.uint64), [-(2**63) - 1]])
def test_integers_beyond_int64_are_refused_as_input(values):
    with pytest.raises(SettingError):
        convviz.max_pool1d(values, 1)


@pytest.mark.parametrize("fill", [2**53 + 1, 2**60 + 1])
def test_an_integer_in_the_padding_is_exact(fill):
    assert convviz.conv1d([1], [1, 1], padding=1, padding_mode="constant", padding_value=fill).output[0] == fill + 1


@pytest.mark.parametrize("fill", [1e30, -1e19, 2**63, 2**70])
def test_padding_beyond_int64_is_refused_or_makes_floats(fill):
    try:
        trace = convviz.conv1d([1], [1, 1], padding=1, padding_mode="constant", padding_value=fill)
    except SettingError:
        return
    assert trace.output.tolist() == [fill + 1, fill + 1]


@given(st.lists(st.integers(-(2**45), 2**45), min_size=9, max_size=9), st.sampled_from([3, 7, 9, 10, 49, 271, 1000]))
@budget(max_examples=200)
def test_integers_over_a_divisor_are_rounded_once(values, divisor):
    x = np.reshape(values, (3, 3))
    exact = float(Fraction(sum(values), divisor))
    assert convviz.conv2d(x, np.ones((3, 3)) / divisor).output.item() == exact
    assert convviz.conv2d(x[None], np.ones((1, 1, 3, 3)) / divisor).output.item() == exact
    assert convviz.avg_pool2d(x, 3, divisor_override=divisor).output.item() == exact
    assert convviz.global_avg_pool2d(x).output.item() == float(Fraction(sum(values), 9))


def test_digits_are_called_exact_only_where_they_are_beside_far_larger_numbers():
    infinite = convviz.conv_transpose2d([[134, 17]], [[-4.0, np.inf, -5.0]], -4.25, stride=(1, 3))
    assert infinite[0].sentence == "output[0, 0] = 134·(−4) − 4.25 = −540.25"
    beside = convviz.conv1d([0.3, 1 / 3], [[[1e14]], [[0.1]]])
    assert beside[3].sentence == "output[1, 1] = 0.33·0.1 ≈ 0.0333"
    large = convviz.conv1d(np.array([1000000.4375], np.float32), [1])
    assert large[0].sentence == "output[0] = 1000000.44·1 ≈ 1000000.44"
    assert "≈" not in convviz.conv1d(np.array([100.1, 0.1], np.float32), [1, 1])[0].sentence


def test_the_mean_of_8_to_22_is_15():
    x = np.arange(36).reshape(6, 6)
    trace = convviz.conv2d(x, np.ones((3, 3)) / 9)
    assert trace.output[1, 2] == 15.0
    assert trace.output.tolist() == [
        [float(Fraction(int(x[i : i + 3, j : j + 3].sum()), 9)) for j in range(4)] for i in range(4)
    ]
    assert trace[6].divisor == 9
    assert trace[6].numerators.tolist() == [1] * 9
    assert "135/9 = 15" in trace[6].sentence


@given(st.lists(st.integers(-40, 40), min_size=1, max_size=6), st.integers(1, 1024), st.sampled_from(["f4", "f8"]))
@budget(max_examples=200)
def test_a_kernel_of_fractions_is_recognised(tops, divisor, kind):
    weight = (np.array(tops) / divisor).astype(kind)
    trace = convviz.conv1d(np.arange(10), weight)
    numerators, over = trace[0].numerators, trace[0].divisor
    assert [Fraction(int(top), over) for top in numerators] == [Fraction(top, divisor) for top in tops]
    assert trace.output.dtype == kind


def test_a_kernel_of_no_fractions_is_taken_as_it_is():
    weight = np.array([0.1234567, math.pi, 1 / 1031])
    step = convviz.conv1d([1.0, 2.0, 3.0], weight)[0]
    assert step.divisor == 1
    assert step.numerators.tolist() == weight.tolist()


# what goes in and comes out


@pytest.mark.parametrize(
    ("given_as", "kept_as"),
    [
        ("bool", "int64"),
        ("int8", "int64"),
        ("uint8", "int64"),
        ("int32", "int64"),
        ("uint64", "int64"),
        ("float16", "float32"),
        ("float32", "float32"),
        ("float64", "float64"),
        (">f4", "float32"),
        (">i4", "int64"),
        ("longdouble", "float64"),
    ],
)
def test_dtypes_are_kept_or_widened(given_as, kept_as):
    x = np.array([[1, 0, 1], [1, 1, 0]]).astype(given_as)
    for trace in (convviz.conv2d(x, np.ones((2, 2)).astype(given_as)), convviz.max_pool2d(x, 2, stride=1)):
        assert trace.input.dtype == kept_as
        assert trace.input.dtype.isnative
        assert trace.output.dtype == kept_as
        assert trace.output.tolist()[0][0] == (3 if trace.kind == "conv" else 1)
    mean = convviz.avg_pool2d(x, 2, stride=1).output
    assert mean.dtype == ("float64" if kept_as == "int64" else kept_as)
    assert mean.tolist() == [[0.75, 0.5]]


@pytest.mark.parametrize("mode", MODES)
def test_float32_stays_float32_whatever_the_padding(mode):
    x, weight = np.ones(4, dtype=np.float32), np.ones(2, dtype=np.float32)
    fill = 0.5 if mode == "constant" else 0
    trace = convviz.conv1d(x, weight, padding=1, padding_mode=mode, padding_value=fill)
    assert trace.output.dtype == np.float32
    assert trace.output[1] == 2


def test_the_widest_float_that_takes_part_decides():
    x, weight = np.ones(3, dtype=np.float32), np.full(2, 0.3)
    assert convviz.conv1d(x, weight).output.dtype == np.float64
    assert convviz.conv1d(x, weight.astype(np.float32)).output.dtype == np.float32
    assert convviz.conv1d(x, [1, 2]).output.dtype == np.float32
    assert convviz.conv1d([1, 2, 3], weight.astype(np.float32)).output.dtype == np.float32
    assert convviz.conv1d([1, 2, 3], [1, 2], bias=0.5).output.dtype == np.float64
    assert convviz.conv1d([1, 2, 3], [1, 2], bias=0.5).output.tolist() == [5.5, 8.5]


@pytest.mark.parametrize(
    "values",
    [
        [1j, 2],
        np.array([1, 2], dtype=np.complex64),
        np.array([1, None]),
        [object()],
        ["1", "2"],
        np.array([b"1"]),
        np.array(["2020-01-01"], dtype="M8[D]"),
        "12",
        None,
        [],
        np.zeros((2, 0)),
        [[1, 2], [3]],
        {1: 2},
    ],
    ids=repr,
)
def test_what_holds_no_real_numbers_is_refused(values):
    with pytest.raises(SettingError, match="input"):
        convviz.max_pool1d(values, 1)
    with pytest.raises(SettingError, match="weight"):
        convviz.conv1d([1, 2, 3], values)


@pytest.mark.parametrize("dtype", ["int64", "float32", "float64"])
def test_inputs_are_never_changed_and_results_are_read_only(dtype):
    x, weight, bias = np.arange(12).reshape(3, 4).astype(dtype), np.ones((2, 2), dtype), np.ones(1, dtype)
    before = [array.copy() for array in (x, weight, bias)]
    traces = [
        convviz.conv2d(x, weight, bias, padding=1, flip=True),
        convviz.max_pool2d(x, 1),
        convviz.min_pool2d(x, 2, padding=1),
        convviz.avg_pool2d(x, 1),
        convviz.global_avg_pool2d(x),
    ]
    for trace in traces:
        for step in trace:
            assert step.sentence
            assert step.partials is not None
        for array in (trace.input, trace.output, trace.weight, trace.bias, trace.indices):
            if array is not None:
                assert not array.flags.writeable
                with pytest.raises(ValueError, match="read-only"):
                    array[...] = 0
    for array, old in zip((x, weight, bias), before, strict=True):
        assert array.flags.writeable
        assert (array == old).all()
    kept = [trace.output.copy() for trace in traces]
    x[...], weight[...], bias[...] = 99, 99, 99  # and changing them afterwards changes no trace
    for trace, old in zip(traces, kept, strict=True):
        assert (trace.output == old).all()
        assert trace.input.tolist() == before[0].tolist()
        assert (trace[0].seen != 99).all()


def test_lists_tuples_and_arrays_in_any_order_are_taken():
    rows = [[1, 2, 3], [4, 5, 6]]
    expected = convviz.conv2d(np.array(rows), [[1, 0], [0, -1]]).output.tolist()
    for same in (
        rows,
        tuple(map(tuple, rows)),
        np.asfortranarray(rows),
        np.array(rows)[::-1][::-1],
        [np.array(r) for r in rows],
    ):
        assert convviz.conv2d(same, ((1, 0), (0, -1))).output.tolist() == expected


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int64", "float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize("grad", [False, True])
def test_tensors_of_torch_are_taken(dtype, grad):
    torch = need("torch")
    torch.set_num_threads(1)
    kind = getattr(torch, dtype)
    if grad and not kind.is_floating_point:
        return
    x = torch.tensor([[1, 0, 1], [1, 1, 0]], dtype=kind, requires_grad=grad)
    weight = torch.ones(2, 2, dtype=kind, requires_grad=grad)
    trace = convviz.conv2d(x, weight, torch.ones(1, dtype=kind, requires_grad=grad))
    assert trace.output.tolist() == [[4, 3]]
    wide = {"float64": "float64", "float32": "float32", "float16": "float32", "bfloat16": "float32"}
    assert trace.output.dtype == wide.get(dtype, "int64")
    assert x.requires_grad == grad
    assert convviz.max_pool2d(x.T, 2).output.tolist() == [[1]]
    with torch.no_grad():
        x.zero_()
    assert trace.input.sum() == 4


@pytest.mark.parametrize(("x", "weight"), [((5,), (2,)), ((1, 5), (2,)), ((2, 5), (2,)), ((2, 3, 5), (2,))])
def test_a_kernel_of_one_plane_goes_over_each_channel(x, weight):
    trace = convviz.conv1d(np.arange(math.prod(x)).reshape(x), np.ones(weight, int))
    assert trace.output.shape == (*x[:-1], 4)


def test_a_channel_axis_comes_from_either_side():
    assert convviz.conv1d([1, 2, 3], [[[1, 1]]]).output.tolist() == [[3, 5]]
    assert convviz.conv1d([1, 2, 3], [[[1, 1]], [[0, 1]]]).output.tolist() == [[3, 5], [2, 3]]
    assert convviz.conv1d([[1, 2, 3]], [1, 1]).output.tolist() == [[3, 5]]
    assert convviz.conv1d([1, 2, 3], [1, 1]).output.tolist() == [3, 5]


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ({"stride": 0}, "stride is 0"),
        ({"stride": -1}, "stride is -1"),
        ({"stride": 1.5}, "stride must be a whole number"),
        ({"stride": True}, "stride must be a whole number"),
        ({"stride": (1, 1)}, "stride has 2 values"),
        ({"dilation": 0}, "dilation is 0"),
        ({"padding": -1}, "padding is -1"),
        ({"padding": "some"}, "padding 'some' is unknown"),
        ({"padding": [(1, 1, 1)]}, "3 values"),
        ({"padding_mode": "mirror"}, "padding_mode 'mirror' is unknown"),
        ({"padding_value": 1}, "padding_value 1"),
        ({"padding": 4, "padding_mode": "reflect"}, "at most 3"),
        ({"padding": 5, "padding_mode": "circular"}, "at most 4"),
        ({"groups": 2}, "groups is 2"),
        ({"dilation": 5}, "spans 6 cells"),
        ({"bias": [1, 2, 3]}, "bias has 3 values"),
    ],
)
def test_settings_that_make_no_sense_are_refused_by_name(call, says):
    with pytest.raises(SettingError, match=says):
        convviz.conv1d([1, 2, 3, 4], [1, 1], **call)
