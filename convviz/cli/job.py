"""What a command does: load the arrays, run the operation, write what is asked for, say what happened."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

from convviz import inputs, ops, saving, words
from convviz.cli import typed
from convviz.errors import FileError, SettingError
from convviz.exact import Array, as_numbers
from convviz.inputs import Loaded
from convviz.kernels import KERNELS
from convviz.kernels import kernel as named_kernel
from convviz.numbers import times
from convviz.scene import Scene
from convviz.trace import Trace
from convviz.views.walk import animate
from convviz.window import AXIS_NAMES, Window, check_padding_mode, per_axis, slide

POOLS = {
    "max": "max_pool",
    "avg": "avg_pool",
    "min": "min_pool",
    "global-max": "global_max_pool",
    "global-avg": "global_avg_pool",
}
POOL_ALIASES = {"average": "avg", "mean": "avg", "maximum": "max", "minimum": "min", "global-average": "global-avg"}
Say: TypeAlias = Callable[[str], None]
LONG = 200  # frames: a bar is shown from here on


def run(make: Callable[[Say], Trace], *, output: list[str] | None, format: str | None, **options: Any) -> None:
    """Make a trace and write it to every output, or print it: once nothing can be refused any more."""
    quiet, force, as_json = options["quiet"], options["force"], options["json"]
    with _interruptible():
        places = [_place(each, format, force) for each in output or []]
        if format is not None and "-" not in (output or []):
            raise SettingError(f"format {format!r} means nothing without -o -: the suffix of a file chooses its format")
        figure = _figure(options, [suffix for _, suffix in places], force)
        notes: list[str] = []
        trace = make(notes.append)
        drawn = [_drawn(trace, suffix, figure) for _, suffix in places]
        for note in notes:
            _say(note, quiet)
        if as_json:
            sys.stdout.buffer.write(_bytes(trace, ".json"))
        elif not places:
            _print(_bytes(trace, ".txt").decode())
        sys.stdout.flush()
        for (path, suffix), what in zip(places, drawn, strict=True):
            _write(what, path, suffix, quiet)


def explain(make: Callable[[Say], Trace], quiet: bool) -> None:
    """Print what the settings lead to."""
    from convviz.report import explanation

    with _interruptible():
        notes: list[str] = []
        text = explanation(make(notes.append))
        for note in notes:
            _say(note, quiet)
        _print(text + "\n")


def kernels() -> None:
    """Print every named kernel with its numbers."""
    from convviz.exact import over_one_divisor
    from convviz.numbers import Format
    from convviz.report import table

    for name, known in KERNELS.items():
        numerators, divisor = over_one_divisor(named_kernel(name))
        size = "any size" if known.sized else "3×3"
        lines = [f"{name} ({size}{f', 1/{divisor} ·' if divisor != 1 else ''}): {known.does}"]
        _print("\n    ".join([*lines, *table(numerators, Format())]) + "\n")


def convolution(
    *,
    input: str | None,
    seed: str | None,
    resize: str | None,
    kernel: str | None,
    kernel_size: str | None,
    bias: str | None,
    flip_kernel: bool,
    stride: str | None,
    padding: str | None,
    padding_mode: str | None,
    padding_value: str | None,
    dilation: str | None,
    force: bool,
    say: Say,
) -> Trace:
    """Run the convolution that was typed."""
    loaded = _load(input, seed, resize, force)
    weight, is_named = _kernel(kernel, kernel_size, loaded, force)
    rank = weight.ndim if weight.ndim <= 3 else weight.ndim - 2
    if rank == 1 and (loaded is None or loaded.array.ndim > 1):
        weight, rank = weight.reshape(1, -1), 2
    if padding_value is not None and padding_mode is None:
        raise SettingError(
            f"padding-value {padding_value} means nothing with padding-mode zeros: add --padding-mode constant"
        )
    mode = check_padding_mode("zeros" if padding_mode is None else padding_mode)
    strides, dilations = typed.whole("stride", stride), typed.whole("dilation", dilation)
    pads = _pads(padding, rank)
    value = typed.number("padding-value", padding_value) if padding_value is not None else 0

    def window(size: tuple[int, ...]) -> Window:
        taps = weight.shape[weight.ndim - rank :]
        return slide(size, taps, stride=strides, padding=pads, dilation=dilations, padding_mode=mode)

    loaded = _default(loaded, rank, window, say, example=is_named)
    x = _placed(loaded, rank, say)
    _check(window(x.shape[x.ndim - rank :]), x, weight.shape[0] if weight.ndim > rank else 1, force)
    shift = None if bias is None else [typed.number("bias", part) for part in bias.split(",")]
    operation = (ops.conv1d, ops.conv2d, ops.conv3d)[rank - 1]
    return operation(
        x,
        weight,
        shift,
        stride=strides,
        padding=pads,
        padding_mode=mode,
        padding_value=value,
        dilation=dilations,
        flip=flip_kernel,
    )


def pooling(
    *,
    kind: str,
    input: str | None,
    seed: str | None,
    resize: str | None,
    pool_size: str | None,
    stride: str | None,
    padding: str | None,
    dilation: str | None,
    ceil_mode: bool,
    no_count_include_pad: bool,
    force: bool,
    say: Say,
) -> Trace:
    """Run the pooling that was typed."""
    kind = _pool_kind(kind)
    given = {
        "pool-size": pool_size,
        "stride": stride,
        "padding": padding,
        "dilation": dilation,
        "ceil-mode": ceil_mode,
    }
    if no_count_include_pad and kind != "avg":
        raise SettingError(f"no-count-include-pad means nothing for {kind} pooling: it belongs to pool avg")
    loaded = _load(input, seed, resize, force)
    if kind.startswith("global"):
        for name, value in given.items():
            if value not in (None, False):
                shown = "" if value is True else f" {value!r}"
                raise SettingError(
                    f"{name}{shown} means nothing for {kind} pooling, whose one window covers the input: leave it out"
                )
        rank = min(loaded.array.ndim, 2) if loaded else 2
        x = _placed(loaded or Loaded(inputs.ramp((6,) * rank), "0, 1, 2…"), rank, say)
        return _operation(kind, rank)(x)
    size = typed.sizes("pool-size", pool_size) if pool_size is not None else (2,)
    if len(size) > 3:
        raise SettingError(f"pool-size {pool_size} has {len(size)} sizes: give at most 3, such as 2x2")
    rank = len(size) if len(size) > 1 else min(loaded.array.ndim, 2) if loaded else 2
    kernel = per_axis("pool-size", size, rank)
    strides = None if stride is None else typed.whole("stride", stride)
    dilations = typed.whole("dilation", dilation)
    pads = _pads(padding, rank)

    def window(size: tuple[int, ...]) -> Window:
        return slide(size, kernel, stride=strides, padding=pads, dilation=dilations, ceil=ceil_mode)

    loaded = _default(loaded, rank, window, say)
    x = _placed(loaded, rank, say)
    _check(window(x.shape[x.ndim - rank :]), x, 1, force)
    options: dict[str, Any] = {"count_include_pad": False} if no_count_include_pad else {}
    return _operation(kind, rank)(
        x, kernel, stride=strides, padding=pads, dilation=dilations, ceil_mode=ceil_mode, **options
    )


def _operation(kind: str, rank: int) -> Callable[..., Trace]:
    operation: Callable[..., Trace] = getattr(ops, f"{POOLS[kind]}{rank}d")
    return operation


# Arrays.


def _load(spec: str | None, seed: str | None, resize: str | None, force: bool) -> Loaded | None:
    if spec is None:
        for name, value in (("seed", seed), ("resize", resize)):
            if value is not None:
                raise SettingError(f"{name} {value} means nothing without --input: add --input")
        return None
    if not spec.strip():
        raise SettingError("input '' is empty: use a size such as 6x6, example, numbers or a file")
    number = None
    if seed is not None:
        number = typed.one("seed", seed)
        if number < 0:
            raise SettingError(f"seed {number} is negative: use 0 or more")
    return inputs.load(spec, seed=number, resize=resize, force=force)


def _kernel(spec: str | None, size: str | None, loaded: Loaded | None, force: bool) -> tuple[Array, bool]:
    """Return the weight, and whether it was asked for by name."""
    rank = 2 if loaded is None else min(loaded.array.ndim, 2)
    if spec is None:
        shape = per_axis("kernel-size", typed.sizes("kernel-size", size), rank) if size is not None else (3,) * rank
        _check_size("kernel-size", shape, force)
        return named_kernel("mean", shape), False
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
        return named_kernel("mean", shape), False
    if inputs.is_inline(text):
        _no_size(size, spec)
        return inputs.numbers(text, "kernel"), False
    if inputs.is_file(text) or text.lower().endswith((".npy", *inputs.TEXT_SUFFIXES)):
        _no_size(size, spec)
        read = inputs.read(Path(text), "kernel", force)
        if read.image:
            raise FileError(f"kernel {text!r} is an image: use numbers in a .npy or .csv file")
        return as_numbers(read.array, f"kernel {text!r}"), False
    shape = per_axis("kernel-size", typed.sizes("kernel-size", size), rank) if size is not None else (3,) * rank
    _check_size("kernel-size", shape, force)
    return named_kernel(text, shape if size is not None or rank != 2 else None), True


def _check_size(name: str, shape: tuple[int, ...], force: bool) -> None:
    cells = 1
    for side in shape:
        cells *= side
    inputs.check_memory(cells, force, f"{name} {times(shape)}")


def _no_size(size: str | None, spec: str) -> None:
    if size is not None:
        raise SettingError(f"kernel-size {size} means nothing beside kernel {spec!r}, which has its own: leave it out")


def _default(
    loaded: Loaded | None, rank: int, window: Callable[[tuple[int, ...]], Window], say: Say, *, example: bool = False
) -> Loaded:
    """Return the input, or the default one: as small as it can be."""
    if loaded is not None:
        return loaded
    size = inputs.default_size(rank, lambda size: window(size).axes)
    usual = (4 if rank > 2 else 6,) * rank
    if size != usual:
        say(f"input is {times(size)}, so that the window has two positions on each axis")
    return Loaded(inputs.example(size), "the example pattern") if example else Loaded(inputs.ramp(size), "0, 1, 2…")


def _placed(loaded: Loaded, rank: int, say: Say) -> Array:
    """Return the array in the shape that the operation takes, and say how it was read."""
    array, said = loaded.array, loaded.said
    if loaded.image:
        if array.ndim == 3:
            said += ", as grey"
        array = inputs.grey(array)
    if array.ndim < rank:
        array = array.reshape((1,) * (rank - array.ndim) + array.shape)
    if array.ndim <= rank + 2:
        say(f"input: {said} ({words.read_as(array.shape, rank, AXIS_NAMES[rank])})")
    return array


def _check(window: Window, x: Array, filters: int, force: bool) -> None:
    cells = 1
    for axis in window.axes:
        cells *= max(axis.padded, axis.out)
    planes = max(1, x.size // max(1, _product(window.size)))
    inputs.check_memory(cells * max(planes, filters), force, f"an input padded to {times(window.padded)}")


def _product(sizes: tuple[int, ...]) -> int:
    total = 1
    for size in sizes:
        total *= size
    return total


def _pads(text: str | None, rank: int) -> Any:
    pads = typed.padding(text)
    if isinstance(pads, tuple) and len(pads) == 1 and isinstance(pads[0], tuple):
        return pads * rank
    return pads


def _pool_kind(kind: str) -> str:
    spelled = kind.lower().replace("_", "-")
    spelled = POOL_ALIASES.get(spelled, spelled)
    if spelled not in POOLS:
        from difflib import get_close_matches

        near = get_close_matches(spelled, [*POOLS, *POOL_ALIASES], n=1)
        hint = f"did you mean {POOL_ALIASES.get(near[0], near[0])}? " if near else ""
        raise SettingError(f"pool {kind!r} is unknown: {hint}use one of {', '.join(POOLS)}")
    return spelled


# Output.


def _place(text: str, format: str | None, force: bool) -> tuple[Path | None, str]:
    """Return where an output goes (None: standard output) and its suffix, once both are known to be good."""
    if not text.strip():
        raise SettingError("output '' is empty: name a file, such as out.gif")
    if text != "-":
        return Path(text), saving.check_place(Path(text))
    if format is None:
        raise SettingError(f"output '-' needs --format: use one of {saving.known()}")
    suffix = "." + format.lower().lstrip(".")
    if suffix not in saving.FIGURES and suffix not in saving.NUMBERS:
        raise SettingError(f"format {format!r} is not known: use one of {saving.known()}")
    if suffix not in saving.TEXTUAL and sys.stdout.isatty() and not force:
        raise SettingError(f"output '-' is a terminal, and {suffix} is binary: send it to a file, or use --force")
    return None, suffix


def _figure(options: dict[str, Any], suffixes: list[str], force: bool) -> dict[str, Any]:
    """Return what was typed for the figure, as `animate` takes it."""
    drawn = [suffix for suffix in suffixes if suffix in saving.FIGURES]
    for name in ("step", "theme", "step_seconds", "hold", "width", "title", "no_values", "all_steps"):
        if options[name] not in (None, False) and not drawn:
            raise SettingError(f"{name.replace('_', '-')} means nothing without a figure: add -o out.gif, for example")
    stills = [suffix for suffix in drawn if suffix not in saving.ANIMATED]
    if options["step"] is not None and not stills:
        raise SettingError(
            f"step {options['step']} means nothing for {drawn[0]}, which shows every step: use .png or .svg"
        )
    for name in ("step_seconds", "hold", "all_steps"):
        if options[name] not in (None, False) and len(stills) == len(drawn):
            raise SettingError(f"{name.replace('_', '-')} means nothing for {drawn[0]}, which shows one step: use .gif")
    figure: dict[str, Any] = {}
    if options["step"] is not None:
        figure["step"] = options["step"]
    if options["theme"] is not None:
        figure["theme"] = options["theme"]
    if options["title"] is not None:
        figure["title"] = options["title"]
    for name in ("step_seconds", "hold"):
        if options[name] is not None:
            figure[name] = typed.number(name.replace("_", "-"), options[name])
    if options["width"] is not None:
        figure["width"] = typed.one("width", options["width"])
        if figure["width"] > 0:
            need = figure["width"] ** 2 * 9 // 16
            inputs.check_memory(need, force, f"a figure {figure['width']} pixels wide")
    if options["no_values"]:
        figure["values"] = False
    if options["all_steps"]:
        figure["all_steps"] = True
    return figure


def _drawn(trace: Trace, suffix: str, figure: dict[str, Any]) -> Trace | Scene:
    """Return what is to be written: the figure, or for a file of numbers the trace."""
    if suffix not in saving.FIGURES:
        return trace
    options = {name: value for name, value in figure.items() if name != "step"}
    if suffix not in saving.ANIMATED:
        options = {name: value for name, value in options.items() if name not in ("step_seconds", "hold", "all_steps")}
        options["steps"] = [saving.step_number(figure.get("step", "last"), len(trace))]
    return animate(trace, **options)


def _write(what: Trace | Scene, path: Path | None, suffix: str, quiet: bool) -> None:
    frames = len(what.frames) if isinstance(what, Scene) else 0
    with _bar(frames, quiet) as tick:
        if path is None:
            saving.write(what, sys.stdout.buffer, suffix, tick=tick)
            sys.stdout.buffer.flush()
            return
        saving.save(what, path, tick=tick)
    drawn = ""
    if isinstance(what, Scene) and suffix in saving.ANIMATED:
        drawn = f"{what.notes[0]} (--all-steps draws each), " if what.notes else f"{frames} step{'s' * (frames > 1)}, "
    _say(f"wrote {path}: {drawn}{_bytes_said(path.stat().st_size)}", quiet)


def _bytes_said(size: int) -> str:
    return f"{size} bytes" if size < 1000 else f"{size / 1000:.0f} kB" if size < 1e6 else f"{size / 1e6:.1f} MB"


def _bytes(trace: Trace, suffix: str) -> bytes:
    import io

    file = io.BytesIO()
    saving.write(trace, file, suffix)
    return file.getvalue()


@contextlib.contextmanager
def _bar(frames: int, quiet: bool) -> Iterator[Callable[[int], None] | None]:
    """Show a progress bar for long work, on a terminal."""
    if quiet or frames < LONG or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("drawing", total=frames)
        yield lambda done: progress.update(task, completed=done)


def _print(text: str) -> None:
    """Print, as UTF-8 where the terminal's own encoding lacks a sign."""
    try:
        data = text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        data = text.encode()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def _say(message: str, quiet: bool) -> None:
    if not quiet:
        print(message, file=sys.stderr)


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        print("convviz: interrupted", file=sys.stderr)
        raise SystemExit(130) from None
