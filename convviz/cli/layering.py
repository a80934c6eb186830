"""From what is typed for a layer to the layer: arrays, weights and settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from convviz import inputs, ops
from convviz.cli import arrays, curves, typed
from convviz.cli.arrays import Say
from convviz.dilating import Dilated, dilate
from convviz.errors import FileError, SettingError
from convviz.exact import Array, as_numbers
from convviz.flattening import Flattened
from convviz.flattening import flatten as flattened
from convviz.inputs import Channels, Loaded
from convviz.kernels import made_up
from convviz.masks import DenseDropout, Dropout, check_rate, dense_dropout
from convviz.masks import dropout as dropped
from convviz.normalising import EPS, BatchNorm, batch_norm
from convviz.numbers import times
from convviz.trace import Trace

INPUTS, UNITS = 6, 4  # of a dense layer that is made up
MOST_UNITS = 100_000


def dropout(
    *,
    rate: str | None,
    seed: str | None,
    between: str | None,
    passes: str | None,
    input: str | None,
    resize: str | None,
    force: bool,
    say: Say,
) -> Dropout | DenseDropout:
    """Make the dropout that was typed."""
    part = check_rate(0.5 if rate is None else typed.number("rate", rate))
    number = 0 if seed is None else arrays.seed_of(seed)
    if between is None:
        if passes is not None:
            raise SettingError(f"passes {passes} means nothing without --dense: add --dense 6,4")
        array = {"input": input, "seed": seed if (input or "").startswith("random") else None, "resize": resize}
        loaded = curves.load({**array, "force": force}, say, lambda: Loaded(4 * inputs.ramp((4, 4)), "0, 4, 8…"))
        say(f"input: {loaded.said} ({times(loaded.array.shape)})")
        return dropped(loaded.array, part, seed=number)
    sizes = typed.whole("dense", between)
    if len(sizes) != 2 or min(sizes) < 1:
        raise SettingError(f"dense {between} is not two numbers of units: use, for example, 6,4")
    inputs.check_memory(sizes[0] * sizes[1], force, f"{sizes[1]} units of {sizes[0]} weights")
    if resize is not None:
        raise SettingError(f"resize {resize} means nothing with --dense: leave it out")
    if input is not None:
        loaded = curves.load({"input": input, "force": force}, say, lambda: Loaded(np.zeros(1), ""))
        hidden = loaded.array.reshape(-1)
        if hidden.size != sizes[0]:
            raise SettingError(
                f"input {input!r} has {hidden.size} values, but the first layer has {sizes[0]} units: give as many"
            )
    else:
        hidden = 4 * np.random.default_rng(number).integers(1, 5, size=sizes[0])
        say(f"outputs of the first layer: made-up multiples of 4, seed {number}")
    weight = made_up((sizes[1], sizes[0]), number)
    say(f"weights: made-up whole numbers from −2 to 2, seed {number}, of shape {times(weight.shape)}")
    count = 5 if passes is None else typed.one("passes", passes)
    return dense_dropout(hidden, weight, part, seed=number, passes=count)


def dense(
    *,
    input: str | None,
    seed: str | None,
    weight: str | None,
    units: str | None,
    bias: str | None,
    force: bool,
    say: Say,
) -> Trace:
    """Run the dense layer that was typed."""
    number = 0 if seed is None else arrays.seed_of(seed)
    random = (input or "").startswith("random")
    if seed is not None and weight is not None and not random:
        raise SettingError(f"seed {seed} means nothing here: it belongs to --input random:6, or to made-up weights")
    given = None if weight is None else _matrix(weight, force)
    features = INPUTS if given is None else given.shape[1]
    loaded = curves.load(
        {"input": input, "seed": seed if random else None, "force": force},
        say,
        lambda: Loaded(
            np.random.default_rng(number).integers(0, 6, size=features), f"made-up whole numbers, seed {number}"
        ),
    )
    x = loaded.array.reshape(-1) if loaded.array.ndim > 1 and 1 in loaded.array.shape else loaded.array
    say(f"input: {loaded.said} ({times(x.shape)})")
    if given is not None:
        if units is not None:
            raise SettingError(f"units {units} means nothing beside --weight, which has a row for each: leave it out")
        shift = None
    else:
        count = UNITS if units is None else _units(units)
        inputs.check_memory(count * x.shape[-1], force, f"{count} units of {x.shape[-1]} weights")
        given = made_up((count, x.shape[-1]), number)
        shift = made_up((count,), number + 1)
        say(f"weights: made-up whole numbers from −2 to 2, seed {number}, of shape {times(given.shape)}")
    if bias is not None:
        shift = np.array([typed.number("bias", part) for part in bias.split(",")])
    return ops.dense(x, given, shift)


def flatten(*, array: dict[str, Any], order: str | None, units: str | None, say: Say) -> Flattened:
    """Flatten the feature maps that were typed: two channels of 4×4, numbered in turn, where none were."""
    loaded = curves.load(array, say, lambda: Loaded(Channels(2, True).of(inputs.ramp, (4, 4)), "0, 2, 4… and 1, 3, 5…"))
    x = arrays.placed(loaded, 2, array["sample"], say)
    inputs.check_memory(x.size, array["force"], f"an input of {x.size} cells")
    return flattened(x, order=(order or "torch").lower(), units=10 if units is None else _units(units))


def batchnorm(*, array: dict[str, Any], weight: str | None, bias: str | None, eps: str | None, say: Say) -> BatchNorm:
    """Normalise the batch that was typed: two channels of 3×3, numbered in turn, where none was."""
    loaded = curves.load(array, say, lambda: Loaded(Channels(2, True).of(inputs.ramp, (3, 3)), "0, 2, 4… and 1, 3, 5…"))
    x = arrays.placed(loaded, 2, None, say)
    parts = [
        None if text is None else [typed.number(name, part) for part in text.split(",")]
        for name, text in (("weight", weight), ("bias", bias))
    ]
    return batch_norm(x, *parts, eps=EPS if eps is None else typed.number("eps", eps))


def dilated(*, kernel: str | None, kernel_size: str | None, dilation: str | None, force: bool, say: Say) -> Dilated:
    """Dilate the kernel that was typed: 1 to 9 where none was."""
    if kernel is None and kernel_size is None:
        given: Array = np.arange(1, 10).reshape(3, 3)
        say("kernel: 1, 2, 3… (3×3)")
    else:
        known = arrays.kernel_of(kernel, kernel_size, 2, force)
        given = known.array
        if given.ndim > 2:
            raise SettingError(f"{known.said} has shape {times(given.shape)}, but a matrix has rows and columns")
        say(f"{known.said} ({times(given.shape)})")
    return dilate(given, typed.whole("dilation", dilation, default=2))


def _matrix(text: str, force: bool) -> Array:
    """Return weights: numbers, or a file of them."""
    if inputs.is_inline(text):
        return np.atleast_2d(inputs.numbers(text, "weight"))
    if inputs.is_file(text) or text.lower().endswith((".npy", *inputs.TEXT_SUFFIXES)):
        read = inputs.read(Path(text), "weight", force)
        if read.image:
            raise FileError(f"weight {text!r} is an image: use numbers in a .npy or .csv file")
        return np.atleast_2d(as_numbers(read.array, f"weight {text!r}"))
    raise SettingError(f"weight {text!r} is no numbers and no file: use, for example, '1 0 2; -1 1 1'")


def _units(text: str) -> int:
    count = typed.one("units", text)
    if not 1 <= count <= MOST_UNITS:
        raise SettingError(f"units is {count}: use 1 to {MOST_UNITS}")
    return count
