"""What a command does: load the arrays, run the operation, write what is asked for, say what happened."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from convviz import inputs, ops, saving
from convviz.cli import arrays, console, typed
from convviz.cli.arrays import Say
from convviz.errors import SettingError
from convviz.kernels import KERNELS
from convviz.kernels import kernel as named_kernel
from convviz.like import known as check_like
from convviz.numbers import times
from convviz.scene import Scene
from convviz.trace import Trace
from convviz.views.kinds import animate, steps_a_row, steps_of
from convviz.views.pace import named_steps
from convviz.window import Window, check_padding_mode, per_axis, slide

POOLS = {
    "max": "max_pool",
    "avg": "avg_pool",
    "min": "min_pool",
    "lp": "lp_pool",
    "adaptive-max": "adaptive_max_pool",
    "adaptive-avg": "adaptive_avg_pool",
    "global-max": "global_max_pool",
    "global-avg": "global_avg_pool",
}
POOL_ALIASES = {"average": "avg", "mean": "avg", "maximum": "max", "minimum": "min", "global-average": "global-avg"}
POOL_ALIASES |= {"l2": "lp", "adaptive-average": "adaptive-avg"}
Payload: TypeAlias = Mapping[str, Any]
ALWAYS = ("json", "code", "alt", "transcript", "quiet", "force")  # options that mean something without a figure too
NOT_ON_PAGES = ("view", "strip", "steps", "blank", "solution", "width", "hold", "all_steps")


def run(
    make: Callable[..., Trace],
    *,
    output: list[str] | None,
    format: str | None,
    explore: str | None = None,
    settings: Mapping[str, Any] | None = None,
    **options: Any,
) -> None:
    """Make a trace and write it to every output, or print it: once nothing can be refused any more.

    ``make`` takes what is said, and by name any of the ``settings`` that differs from what was typed.
    """
    options = {"code": None, **options}  # not every command has it
    quiet, force = options["quiet"], options["force"]
    printed = [name for name in ("json", "code", "alt", "transcript") if options[name]]
    make = _with_options(make)
    with console.interruptible():
        if options["json"] and len(printed) > 1:
            raise SettingError(f"json and {printed[1]} would be mixed on standard output: leave one out")
        languages = _languages(options["code"])
        places = [console.place_of(each, format, force) for each in output or []]
        if format is not None and "-" not in (output or []):
            raise SettingError(f"format {format!r} means nothing without -o -: the suffix of a file chooses its format")
        figure = _figure(options, [suffix for _, suffix in places], force)
        notes: list[str] = []
        if explore is not None:
            from convviz.cli.explore import page

            suffixes = [suffix for _, suffix in places]
            explored, trace = page(make, explore, settings or {}, suffixes, figure, notes, quiet)
        else:
            explored, trace = None, make(notes.append)
        drawn = [
            (path, suffix, explored if explored and suffix in saving.PAGES else _drawn(trace, suffix, figure))
            for path, suffix in places
        ]
        if options["solution"]:
            whole = {name: value for name, value in figure.items() if name != "blank"}
            drawn += [
                (_solution(path), suffix, _drawn(trace, suffix, whole))
                for path, suffix in places
                if suffix in saving.FIGURES
            ]
        scripts = [trace.code(language) for language in languages]
        for note in notes:
            console.say_aside(note, quiet)
        if scripts:
            console.write_text("\n\n".join(scripts) + "\n")
        if options["json"]:
            sys.stdout.buffer.write(_bytes(trace, ".json"))
        elif options["alt"] or options["transcript"]:
            for name in ("alt", "transcript"):
                if options[name]:
                    console.write_text(_in_words(trace, name, figure.get("view", "gather")) + "\n")
        elif not places and not scripts:
            console.write_text(_bytes(trace, ".txt").decode())
        sys.stdout.flush()
        for path, suffix, what in drawn:
            _write(what, path, suffix, quiet, chosen=options["steps"] is not None)


def _in_words(trace: Trace, what: str, view: str) -> str:
    """Return the alt text or the transcript of a figure."""
    from convviz import report

    if view == "scatter":
        from convviz.stamping import Stamps

        stamps = Stamps(trace)
        return report.stamped_text(stamps) if what == "alt" else report.stamped_transcript(stamps)
    return report.alt_text(trace) if what == "alt" else report.transcript(trace)


def changing(operation: Callable[..., Trace], typed: Mapping[str, Any]) -> Callable[..., Trace]:
    """Return how a trace is made from what was typed: it takes what is said, and by name what differs."""

    def make(say: Say, **other: Any) -> Trace:
        trace = operation(say=say, **{**typed, **other})
        kept = typed.get("color") and trace.planes_in.shape[1] == len(inputs.COLOURS)
        return trace.named(*inputs.COLOURS) if kept else trace

    return make


def explain(make: Callable[[Say], Trace], quiet: bool, *, json: bool) -> None:
    """Print what the settings lead to, here and in each framework."""
    from convviz import compare
    from convviz.report import explanation

    with console.interruptible():
        notes: list[str] = []
        trace = _with_options(make)(notes.append)
        if json:
            from json import dumps

            from convviz.record import record

            known = record(trace)
            said = {key: known[key] for key in ("schema", "operation", "settings", "axes")} | compare.record(trace)
            text = dumps(said, ensure_ascii=False)
        else:
            text = f"{explanation(trace)}\n\n{compare.comparison(trace)}"
        for note in notes:
            console.say_aside(note, quiet)
        console.write_text(text + "\n")


def _with_options(make: Callable[..., Trace]) -> Callable[..., Trace]:
    """Return how a trace is made, so that a refusal that names another framework names the option for it."""

    def made(say: Say, **other: Any) -> Trace:
        try:
            return make(say, **other)
        except SettingError as refusal:
            raise SettingError(re.sub(r"use like '(\w+)'", r"use --like \1", str(refusal))) from None

    return made


def kernels() -> None:
    """Print every named kernel with its numbers."""
    from convviz.exact import over_one_divisor
    from convviz.numbers import Format
    from convviz.report import table

    for name, known in KERNELS.items():
        numerators, divisor = over_one_divisor(named_kernel(name))
        size = "any size" if known.sized else "3×3"
        lines = [f"{name} ({size}{f', 1/{divisor} ·' if divisor != 1 else ''}): {known.does}"]
        console.write_text("\n    ".join([*lines, *table(numerators, Format())]) + "\n")


def convolution(
    *,
    input: str | None,
    seed: str | None,
    resize: str | None,
    channels: str | None,
    interleave: bool,
    color: bool,
    sample: str | None,
    kernel: str | None,
    kernel_size: str | None,
    filters: str | None,
    groups: str | None,
    bias: str | None,
    flip_kernel: bool,
    stride: str | None,
    padding: str | None,
    padding_mode: str | None,
    padding_value: str | None,
    dilation: str | None,
    like: str | None,
    force: bool,
    say: Say,
) -> Trace:
    """Run the convolution that was typed."""
    made_of = arrays.channels_made(channels, interleave, force)
    loaded = arrays.load(input, seed, resize, made_of, color, sample, force)
    kernels = arrays.kernel_of(kernel, kernel_size, 2 if loaded is None else min(loaded.rank, 2), force)
    weight, rank = kernels.array, kernels.rank
    if rank == 1 and (loaded is None or loaded.rank > 1):
        weight, rank = weight.reshape(1, -1), 2
    planes = made_of.number if made_of else loaded.planes(rank) if loaded else 1
    divided = arrays.groups_of(groups, planes)
    made_up = filters is not None or (kernels.sized and (channels is not None or groups is not None))
    if made_up:
        weight = arrays.made_up(kernels, weight.shape, filters, divided, planes, seed, force, say)
    elif seed is not None and not (input or "").startswith("random"):
        raise SettingError(f"seed {seed} means nothing here: it belongs to --input random:6x6, or to --filters")
    elif planes > 1 and weight.ndim == rank:
        say("kernel: applied to each channel by itself")
    if padding_value is not None and padding_mode is None:
        raise SettingError(
            f"padding-value {padding_value} means nothing with padding-mode zeros: add --padding-mode constant"
        )
    mode = check_padding_mode("zeros" if padding_mode is None else padding_mode)
    strides, dilations = typed.whole("stride", stride), typed.whole("dilation", dilation)
    pads = arrays.pads_of(padding, rank)
    value = typed.number("padding-value", padding_value) if padding_value is not None else 0

    def window(size: tuple[int, ...]) -> Window:
        taps = weight.shape[weight.ndim - rank :]
        return slide(size, taps, stride=strides, padding=pads, dilation=dilations, padding_mode=mode)

    loaded = arrays.default(loaded, rank, window, say, made_of, force, telling=kernels.named or made_up)
    x = arrays.placed(loaded, rank, sample, say)
    arrays.check(window(x.shape[x.ndim - rank :]), x, weight.shape[0] if weight.ndim > rank else 1, force)
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
        groups=divided if weight.ndim > rank or groups is not None else 1,
        flip=flip_kernel,
        like=like,
    )


def pooling(
    *,
    kind: str,
    input: str | None,
    seed: str | None,
    resize: str | None,
    channels: str | None,
    interleave: bool,
    color: bool,
    sample: str | None,
    pool_size: str | None,
    stride: str | None,
    padding: str | None,
    dilation: str | None,
    like: str | None,
    ceil_mode: bool,
    count_include_pad: bool | None,
    norm_type: str | None,
    output_size: str | None,
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
        "count-include-pad": count_include_pad is True,
        "no-count-include-pad": count_include_pad is False,
        "norm-type": norm_type,
        "output-size": output_size,
    }
    _check_meant(kind, given)
    made_of = arrays.channels_made(channels, interleave, force)
    loaded = arrays.load(input, seed, resize, made_of, color, sample, force)
    if seed is not None and not (input or "").startswith("random"):
        raise SettingError(f"seed {seed} means nothing here: it belongs to --input random:6x6")
    if kind.startswith("global"):
        if like is not None:
            check_like(like)  # each has them, and they have no settings
        rank = min(loaded.rank, 2) if loaded else 2
        x = arrays.placed(loaded or arrays.ramp((6,) * rank, made_of), rank, sample, say)
        return _operation(kind, rank)(x)
    if kind.startswith("adaptive"):
        goal = typed.optional_sizes("output-size", "3" if output_size is None else output_size)
        rank = len(goal) if len(goal) > 1 else min(loaded.rank, 2) if loaded else 2
        x = arrays.placed(loaded or arrays.ramp((5,) * rank, made_of), rank, sample, say)
        goal = goal * rank if len(goal) == 1 else goal
        cells = arrays.product(tuple(each or 1 for each in goal))
        inputs.check_memory(cells * x.size, force, f"an output of {times(each or 1 for each in goal)}")
        return _operation(kind, rank)(x, goal, like=like)
    size = typed.sizes("pool-size", pool_size) if pool_size is not None else (2,)
    if len(size) > 3:
        raise SettingError(f"pool-size {pool_size} has {len(size)} sizes: give at most 3, such as 2x2")
    rank = len(size) if len(size) > 1 else min(loaded.rank, 2) if loaded else 2
    kernel = per_axis("pool-size", size, rank)
    strides = None if stride is None else typed.whole("stride", stride)
    dilations = typed.whole("dilation", dilation)
    pads = arrays.pads_of(padding, rank)

    def window(size: tuple[int, ...]) -> Window:
        return slide(size, kernel, stride=strides, padding=pads, dilation=dilations, ceil=ceil_mode)

    loaded = arrays.default(loaded, rank, window, say, made_of, force)
    x = arrays.placed(loaded, rank, sample, say)
    arrays.check(window(x.shape[x.ndim - rank :]), x, 1, force)
    options: dict[str, Any] = {} if count_include_pad is None else {"count_include_pad": count_include_pad}
    before = [typed.norm("norm-type", norm_type)] if kind == "lp" else []
    return _operation(kind, rank)(
        x, *before, kernel, stride=strides, padding=pads, dilation=dilations, ceil_mode=ceil_mode, like=like, **options
    )


def _operation(kind: str, rank: int) -> Callable[..., Trace]:
    operation: Callable[..., Trace] = getattr(ops, f"{POOLS[kind]}{rank}d")
    return operation


def _check_meant(kind: str, given: dict[str, str | bool | None]) -> None:
    """Refuse options that mean nothing for a kind of pooling."""
    own: dict[str, tuple[str, ...]] = dict.fromkeys(("count-include-pad", "no-count-include-pad"), ("avg",))
    own |= {"norm-type": ("lp",), "output-size": ("adaptive-max", "adaptive-avg")}
    has = "whose one window covers the input" if kind.startswith("global") else "whose bins follow from --output-size"
    for name, value in given.items():
        if value in (None, False):
            continue
        shown = "" if value is True else f" {value!r}"
        if name in own and kind not in own[name]:
            belongs = " and ".join(f"pool {each}" for each in own[name])
            raise SettingError(f"{name}{shown} means nothing for {kind} pooling: it belongs to {belongs}")
        if name not in own and kind.startswith(("global", "adaptive")):
            raise SettingError(f"{name}{shown} means nothing for {kind} pooling, {has}: leave it out")


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


def _figure(options: dict[str, Any], suffixes: list[str], force: bool) -> dict[str, Any]:
    """Return what was typed for the figure, as `animate` takes it."""
    drawn = [suffix for suffix in suffixes if suffix not in saving.NUMBERS]
    for name, value in options.items():
        if name not in ALWAYS and value not in (None, False) and not drawn:
            raise SettingError(f"{name.replace('_', '-')} means nothing without a figure: add -o out.gif, for example")
    if drawn and all(suffix in saving.PAGES for suffix in drawn):
        for name in NOT_ON_PAGES:
            if options.get(name) not in (None, False):
                raise SettingError(
                    f"{name.replace('_', '-')} means nothing for {drawn[0]}, which plays every step: use .gif or .png"
                )
    stills = [suffix for suffix in drawn if suffix in saving.FIGURES and suffix not in saving.ANIMATED]
    for name in ("step", "strip"):
        if options[name] is not None and not stills and not (name == "step" and saving.PAGES.keys() & set(drawn)):
            raise SettingError(
                f"{name} {options[name]} means nothing for {drawn[0]}, which shows every step: use .png, .svg or .pdf"
            )
    for name in ("step_seconds", "hold", "all_steps"):
        if options[name] not in (None, False) and len(stills) == len(drawn):
            raise SettingError(f"{name.replace('_', '-')} means nothing for {drawn[0]}, which shows one step: use .gif")
    asked = [name for name in ("step", "steps", "strip") if options[name] is not None]
    if len(asked) > 1 or (asked == ["steps"] and options["all_steps"]):
        raise SettingError(f"{asked[0]} and {(*asked, 'all-steps')[1]} both say which steps are drawn: leave one out")
    if options["solution"] and options["blank"] is None:
        raise SettingError("solution means nothing without --blank: add, for example, --blank output")
    figure: dict[str, Any] = {}
    for name in ("step", "steps"):
        if options[name] is not None:
            figure[name] = options[name]
    if options["strip"] is not None:
        figure["strip"] = typed.one("strip", options["strip"])
    if options["blank"] is not None:
        figure["blank"] = [part.strip().lower() for part in options["blank"].split(",")]
    if options.get("view") is not None:
        figure["view"] = options["view"].strip().lower()
    if options["shade"]:
        figure["shade"] = True
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


def _drawn(trace: Trace, suffix: str, figure: dict[str, Any]) -> Trace | Scene | Payload:
    """Return what is to be written: the figure, the payload of a page, or for a file of numbers the trace."""
    if suffix in saving.PAGES:
        options = {name: figure[name] for name in ("step", *saving.PAGE_OPTIONS) if name in figure}
        return saving.page(trace, **options) if trace.window.axes else animate(trace, **options)
    if suffix not in saving.FIGURES:
        return trace
    step, count, text = (figure.get(name) for name in ("step", "strip", "steps"))
    options = {name: value for name, value in figure.items() if name not in ("step", "strip", "steps")}
    view = figure.get("view", "gather")
    total = steps_of(trace, view)
    chosen = None if text is None else named_steps(text, total, steps_a_row(trace, view))
    if suffix in saving.ANIMATED:
        return animate(trace, steps=chosen, **options)
    options = {name: value for name, value in options.items() if name not in ("step_seconds", "hold", "all_steps")}
    together = chosen if chosen and len(chosen) > 1 else count
    if together is not None:
        if options.pop("view", "gather") != "gather":
            raise SettingError(f"view {view!r} is not drawn as a strip: choose one step for {suffix}, or use .gif")
        from convviz.views.strip import strip

        return strip(trace, together, **options)
    if chosen is None:
        chosen = [saving.step_number("last" if step is None else step, total)]
    return animate(trace, steps=chosen, **options)


def _languages(typed: list[str] | None) -> list[str]:
    """Return the languages that were asked for, one an option or with commas between them."""
    if not typed:
        return []
    from convviz.code import check

    return list(dict.fromkeys(check(each) for text in typed for each in text.split(",")))


def _solution(path: Path | None) -> Path:
    """Return where the whole figure goes that stands beside one with blanks."""
    if path is None:
        raise SettingError("solution needs a file to stand beside: name one with -o, such as out.png")
    return path.with_name(f"{path.stem}-solution{path.suffix}")


def _write(what: Trace | Scene | Payload, path: Path | None, suffix: str, quiet: bool, *, chosen: bool) -> None:
    frames = len(what.frames) if isinstance(what, Scene) else 0
    with console.bar(frames, quiet) as tick:
        if path is None:
            saving.write(what, sys.stdout.buffer, suffix, tick=tick)
            sys.stdout.buffer.flush()
            return
        saving.save(what, path, tick=tick)
    drawn = ""
    if isinstance(what, Scene) and suffix in saving.ANIMATED:
        drawn = f"{frames} step{'s' * (frames > 1)}, "
        if what.notes:
            drawn = f"{what.notes[0]}, " if chosen else f"{what.notes[0]} (--all-steps draws each), "
    console.say_aside(f"wrote {path}: {drawn}{console.bytes_said(path.stat().st_size)}", quiet)


def _bytes(trace: Trace, suffix: str) -> bytes:
    import io

    file = io.BytesIO()
    saving.write(trace, file, suffix)
    return file.getvalue()
