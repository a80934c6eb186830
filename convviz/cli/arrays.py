"""What is typed for the arrays of a command becomes arrays: inputs, kernels, groups."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from convviz import inputs, words
from convviz.cli import typed
from convviz.errors import FileError, SettingError
from convviz.exact import Array, as_numbers
from convviz.inputs import Channels, Loaded
from convviz.kernels import kernel as named_kernel
from convviz.kernels import made_up as made_up_weights
from convviz.numbers import times
from convviz.window import AXIS_NAMES, Window, per_axis

Say: TypeAlias = Callable[[str], None]


def channels_made(text: str | None, interleave: bool, force: bool) -> Channels | None:
    """Return how many channels a made-up input has."""
    if text is None:
        if interleave:
            raise SettingError("interleave means nothing without --channels: add --channels 2")
        return None
    count = typed.one("channels", text)
    if count < 1:
        raise SettingError(f"channels is {count}: use 1 or more")
    inputs.check_memory(count, force, f"an input of {count} channels")
    return Channels(count, interleave)


def load(
    spec: str | None,
    seed: str | None,
    resize: str | None,
    made_of: Channels | None,
    color: bool,
    sample: str | None,
    force: bool,
) -> Loaded | None:
    """Return the input that was typed, if one was."""
    if spec is None:
        for name, value in (("resize", resize), ("color", "" if color else None), ("sample", sample)):
            if value is not None:
                raise SettingError(f"{f'{name} {value}'.strip()} means nothing without --input: add --input")
        return None
    if not spec.strip():
        raise SettingError("input '' is empty: use a size such as 6x6, example, numbers or a file")
    number = None
    if seed is not None:
        number = seed_of(seed)
    loaded = inputs.load(
        spec, seed=number if spec.startswith("random") else None, resize=resize, channels=made_of, force=force
    )
    if color:
        if not loaded.image:
            raise SettingError(f"color means nothing for {loaded.said}: it is for images")
        said = f"{loaded.said}, in red, green and blue"
        return loaded._replace(array=inputs.planes(loaded.array), said=said, has_channels=True)
    if loaded.image:
        said = f"{loaded.said}, as grey (--color keeps its colours)" if loaded.array.ndim == 3 else loaded.said
        return loaded._replace(array=inputs.grey(loaded.array), said=said)
    return loaded


def seed_of(text: str) -> int:
    """Return a seed."""
    number = typed.one("seed", text)
    if number < 0:
        raise SettingError(f"seed {number} is negative: use 0 or more")
    return number


def groups_of(text: str | None, channels: int) -> int:
    """Return how many groups are meant."""
    if text is None:
        return 1
    if text.strip().lower() == "depthwise":
        return channels
    number = typed.one("groups", text)
    if number < 1 or channels % number:
        fitting = ", ".join(str(each) for each in range(1, channels + 1) if channels % each == 0)
        raise SettingError(f"groups is {number}, which does not divide the channels: use {fitting}, or depthwise")
    return number


def made_up(
    kernels: Kernels,
    size: tuple[int, ...],
    filters: str | None,
    groups: int,
    channels: int,
    seed: str | None,
    force: bool,
    say: Say,
    *,
    transposed: bool = False,
) -> Array:
    """Return weights of small whole numbers: (filters, channels of a group, kernel …).

    Of a transposed convolution they are (channels, filters of a group, kernel …).
    """
    if not kernels.sized:
        raise SettingError(
            f"filters {filters} means nothing beside {kernels.said}, which holds its own weights: "
            "leave it out, or give a size, such as --kernel 3x3"
        )
    count = typed.one("filters", filters) if filters is not None else groups
    if count < 1:
        raise SettingError(f"filters is {count}: use 1 or more")
    if transposed and count % groups:
        raise SettingError(f"filters is {count}, which {groups} groups do not share evenly: use a multiple of {groups}")
    shape = (channels, count // groups, *size) if transposed else (count, channels // groups, *size)
    number = 0 if seed is None else seed_of(seed)
    inputs.check_memory(product(shape), force, f"{count} filters of {times(shape[1:])} weights")
    made = made_up_weights(shape, number)
    say(f"kernel: made-up whole numbers from −2 to 2, seed {number}, of shape {times(shape)}")
    return made


class Kernels(NamedTuple):
    """A weight, what was typed, and whether that was a size or a name."""

    array: Array
    said: str
    sized: bool = False
    named: bool = False

    @property
    def rank(self) -> int:
        """How many axes it slides along."""
        return self.array.ndim if self.array.ndim <= 3 else self.array.ndim - 2


def kernel_of(spec: str | None, size: str | None, rank: int, force: bool) -> Kernels:
    """Return the weight that was typed; without one, a mean for as many axes."""
    if spec is None:
        shape = per_axis("kernel-size", typed.sizes("kernel-size", size), rank) if size is not None else (3,) * rank
        _check_size("kernel-size", shape, force)
        return Kernels(named_kernel("mean", shape), f"kernel {times(shape)}", sized=True)
    text = spec.strip()
    if not text:
        raise SettingError("kernel '' is empty: use a size such as 3x3, a name, numbers or a file")
    is_size = all(part.strip("+-−.").isdecimal() for part in text.lower().replace("×", "x").split("x"))
    if is_size and ("." not in text or "x" in text.lower()):
        if size is not None:
            raise SettingError(f"kernel-size {size} means nothing beside kernel {spec}, which is a size: leave one out")
        shape = inputs.sizes("kernel", text)
        shape = shape if len(shape) > 1 else shape * rank
        _check_size("kernel", shape, force)
        return Kernels(named_kernel("mean", shape), f"kernel {text}", sized=True)
    if inputs.is_inline(text):
        _no_size(size, spec)
        return Kernels(inputs.numbers(text, "kernel"), f"kernel {text!r}")
    if inputs.is_file(text) or text.lower().endswith((".npy", *inputs.TEXT_SUFFIXES)):
        _no_size(size, spec)
        read = inputs.read(Path(text), "kernel", force)
        if read.image:
            raise FileError(f"kernel {text!r} is an image: use numbers in a .npy or .csv file")
        return Kernels(as_numbers(read.array, f"kernel {text!r}"), f"kernel {text!r}")
    shape = per_axis("kernel-size", typed.sizes("kernel-size", size), rank) if size is not None else (3,) * rank
    _check_size("kernel-size", shape, force)
    weight = named_kernel(text, shape if size is not None or rank != 2 else None)
    return Kernels(weight, f"kernel {text}", named=True)


def _check_size(name: str, shape: tuple[int, ...], force: bool) -> None:
    cells = 1
    for side in shape:
        cells *= side
    inputs.check_memory(cells, force, f"{name} {times(shape)}")


def _no_size(size: str | None, spec: str) -> None:
    if size is not None:
        raise SettingError(f"kernel-size {size} means nothing beside kernel {spec!r}, which has its own: leave it out")


def default(
    loaded: Loaded | None,
    rank: int,
    window: Callable[[tuple[int, ...]], Window],
    say: Say,
    made_of: Channels | None,
    force: bool,
    *,
    telling: bool = False,
) -> Loaded:
    """Return the input, or the default one: as small as it can be."""
    if loaded is not None:
        return loaded
    size = inputs.default_size(rank, lambda size: window(size).axes)
    usual = (4 if rank > 2 else 6,) * rank
    if size != usual:
        say(f"input is {times(size)}, so that the window has two positions on each axis")
    if made_of:
        inputs.check_memory(product(size) * made_of.number, force, f"an input of {made_of.number} channels")
    if telling and not (made_of and made_of.interleaved):
        return example(size, made_of)
    return ramp(size, made_of)


def ramp(size: tuple[int, ...], made_of: Channels | None) -> Loaded:
    """Return an input that counts its cells."""
    return Loaded(made_of.of(inputs.ramp, size) if made_of else inputs.ramp(size), "0, 1, 2…")


def example(size: tuple[int, ...], made_of: Channels | None) -> Loaded:
    """Return an input of the example pattern."""
    made = made_of.of(inputs.example, size) if made_of else inputs.example(size)
    return Loaded(made, "the example pattern")


def placed(loaded: Loaded, rank: int, sample: str | None, say: Say) -> Array:
    """Return the array in the shape that the operation takes, and say how it was read."""
    array, said = loaded.array, loaded.said
    if array.ndim < rank:
        array = array.reshape((1,) * (rank - array.ndim) + array.shape)
    if sample is not None:
        number = typed.one("sample", sample)
        if array.ndim != rank + 2:
            raise SettingError(f"sample {number} means nothing for {said}, which is no batch: leave it out")
        if not 0 <= number < array.shape[0]:
            raise SettingError(f"sample {number} is not there: use 0 to {array.shape[0] - 1}")
        array, said = array[number], f"{said}, sample {number}"
    if array.ndim <= rank + 2:
        say(f"input: {said} ({words.read_as(array.shape, rank, AXIS_NAMES[rank])})")
    return array


def check(window: Window, x: Array, filters: int, force: bool) -> None:
    """Refuse what would need too much memory."""
    cells = 1
    for axis in window.axes:
        cells *= max(axis.padded, axis.out)
    planes = max(1, x.size // max(1, product(window.size)))
    inputs.check_memory(cells * max(planes, filters), force, f"an input padded to {times(window.padded)}")


def product(sizes: tuple[int, ...]) -> int:
    """Multiply sizes, without ever overflowing."""
    total = 1
    for size in sizes:
        total *= size
    return total


def pads_of(text: str | None, rank: int) -> Any:
    """Return the padding that was typed, one pair for all axes or one each."""
    pads = typed.padding(text)
    if isinstance(pads, tuple) and len(pads) == 1 and isinstance(pads[0], tuple):
        return pads * rank
    return pads
