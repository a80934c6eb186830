"""What ``convviz activation`` does: curves, a walk over a feature map, or softmax step by step."""

from __future__ import annotations

import io
import json as as_json
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from convviz import inputs, ops, saving, terms
from convviz.activations import NAMES, Activation, activation_named, known_name
from convviz.cli import arrays, console, job, picture, typed
from convviz.cli.arrays import Say
from convviz.errors import SettingError
from convviz.exact import Array
from convviz.inputs import Loaded
from convviz.numbers import Format, plain
from convviz.probabilities import Softmax
from convviz.probabilities import softmax as softmax_of
from convviz.summary import summary
from convviz.trace import Trace

LOGITS = (2.0, 1.0, 0.1, -1.0)
TABLE = range(-5, 6)  # where functions are printed
SETTINGS = ("negative_slope", "alpha", "approximate")
WALKED = ("steps", "strip", "no_values", "shade", "blank", "solution", "transcript")  # what only a walk has
MOVING = ("step", "all_steps", "step_seconds", "hold")
PLOTTED = ("theme", "width", "title", "together", "reach")


def run(names: list[str], array: dict[str, Any], settings: dict[str, Any], options: dict[str, Any]) -> None:
    """Draw activations in the way that what is typed asks for."""
    if [name.lower() for name in names] == ["all"]:
        names = [name for name in NAMES if name != "softmax" or not options["together"]]
    known = [known_name(name) for name in names]
    given = {name: settings[name] for name in SETTINGS}
    for name in ("negative_slope", "alpha"):
        if given[name] is not None:
            given[name] = typed.number(name.replace("_", "-"), given[name])
    check(known, given)
    dim = settings["dim"]
    if dim is not None and known != ["softmax"]:
        raise SettingError(f"dim {dim} means nothing here: it belongs to softmax alone")
    walk = {name: value for name, value in options.items() if name not in ("together", "reach")}
    asked = any(value not in (None, False) for value in array.values())
    drawn = [_suffix(each, options["format"]) for each in options["output"] or []]
    curves = {name: options[name] for name in ("together", "reach") if options[name] not in (None, False)}
    whole = asked or (
        bool(drawn) and all(suffix not in saving.FIGURES or suffix in saving.ANIMATED for suffix in drawn)
    )
    if known == ["softmax"] or (whole and known[:1] == ["softmax"]):
        _alone(names, "input" if asked else drawn[0] if drawn else "")
        _refuse(curves, "softmax, which has no curve of one number")
        _refuse({name: walk[name] for name in WALKED}, "softmax")
        rest = {name: value for name, value in walk.items() if name not in WALKED}
        picture.run(lambda say: _softmax(array, dim, say), **rest)
        return
    if whole:
        _alone(names, "an input" if asked else drawn[0])
        _refuse(curves, "a walk over a feature map")
        job.run(lambda say: _walk(known[0], given, array, say), **walk)
        return
    moving = [suffix for suffix in drawn if suffix in saving.ANIMATED]
    if moving:  # and some are not
        _alone(names, moving[0])
        outputs = list(zip(options["output"], drawn, strict=True))
        plots = [each for each, suffix in outputs if suffix not in saving.ANIMATED]
        _curves(known, given, {**options, "output": plots, **dict.fromkeys(MOVING)})
        walk = {
            **walk,
            "output": [each for each in options["output"] if each not in plots],
            "json": False,
            "alt": False,
        }
        job.run(lambda say: _walk(known[0], given, array, say), **walk)
        return
    _curves(known, given, options)


def check(names: Sequence[str], given: dict[str, Any]) -> list[Activation]:
    """Return the activations that are meant, softmax left out; refuse settings that belong to none of them."""
    from convviz.activations import OWNERS

    for setting, owner in OWNERS.items():
        if given[setting] is not None and owner not in names:
            shown = f"{setting.replace('_', '-')} {given[setting]}"
            raise SettingError(f"{shown} means nothing for {', '.join(names)}: it belongs to {owner.replace('_', '-')}")
    functions = []
    for name in names:
        if name != "softmax":
            mine = {setting: given[setting] for setting, owner in OWNERS.items() if owner == name}
            functions.append(activation_named(name, **mine))
    return functions


def _suffix(text: str, format: str | None) -> str:
    """Return the suffix of an output, before anything is known to be good."""
    return "." + (format or "").lower().lstrip(".") if text == "-" else "." + text.lower().rpartition(".")[2]


def _alone(names: Sequence[str], what: str) -> None:
    if len(names) > 1:
        raise SettingError(
            f"{what} is for one activation, and {len(names)} are named ({', '.join(names)}): name one, "
            "or leave it out to compare their curves in a .png, .svg or .pdf"
        )


def _refuse(given: dict[str, Any], what: str) -> None:
    for name, value in given.items():
        if value not in (None, False):
            raise SettingError(f"{name.replace('_', '-')} means nothing for {what}: leave it out")


# Arrays.


def _walk(name: str, given: dict[str, Any], array: dict[str, Any], say: Say) -> Trace:
    """Run the activation over a feature map."""
    loaded = load(array, say, lambda: Loaded(inputs.example((4, 4)) - 4, "the example pattern, less 4"))
    x = arrays.placed(loaded, min(loaded.rank, 2), array["sample"], say)
    inputs.check_memory(x.size, array["force"], f"an input of {x.size} cells")
    return ops.activation(x, name, **{setting: value for setting, value in given.items() if value is not None})


def _softmax(array: dict[str, Any], dim: str | None, say: Say) -> Softmax:
    loaded = load(array, say, lambda: Loaded(np.array(LOGITS), "four logits"))
    x: Array = loaded.array
    say(f"input: {loaded.said} ({' × '.join(map(str, x.shape))})")
    return softmax_of(x, -1 if dim is None else typed.one("dim", dim))


def load(array: dict[str, Any], say: Say, default: Callable[[], Loaded]) -> Loaded:
    """Return the array that was typed, or another."""
    channels = arrays.channels_made(array.get("channels"), array.get("interleave", False), array["force"])
    given = {name: array.get(name) for name in ("resize", "sample")}
    loaded = arrays.load(
        array["input"],
        array.get("seed"),
        given["resize"],
        channels,
        bool(array.get("color")),
        given["sample"],
        array["force"],
    )
    if loaded is None and channels is not None:
        raise SettingError("channels means nothing without --input: add --input 4x4, for example")
    return default() if loaded is None else loaded


# Curves.


def _curves(names: list[str], given: dict[str, Any], options: dict[str, Any]) -> None:
    """Plot curves, or print them."""
    quiet = options["quiet"]
    with console.interruptible():
        places = picture.places_of(
            options["output"], options["format"], options["json"], options["alt"], options["force"]
        )
        _refuse({name: options[name] for name in (*WALKED, *MOVING)}, "curves")
        plotted = [suffix for _, suffix in places if suffix in saving.FIGURES]
        for name in PLOTTED:
            if options[name] not in (None, False) and not plotted:
                raise SettingError(f"{name} means nothing without a figure: add -o out.png, for example")
        functions = check(names, given)
        contents = [(path, _plotted(names, given, options, suffix)) for path, suffix in places]
        record = _record(names, functions)
        if options["json"]:
            sys.stdout.buffer.write(as_json.dumps(record, allow_nan=False).encode() + b"\n")
        elif options["alt"]:
            from convviz.views.curve import described_curves

            console.write_text(described_curves(_panels(names, given)) + "\n")
        elif not places:
            console.write_text(_text(names, functions) + "\n")
        sys.stdout.flush()
        for path, content in contents:
            picture.put(content, path, quiet)


def _panels(names: list[str], given: dict[str, Any]) -> list[Any]:
    from convviz.views.curve import chosen

    return chosen(names, **given)


def _plotted(names: list[str], given: dict[str, Any], options: dict[str, Any], suffix: str) -> bytes:
    """Return the bytes of a plot."""
    from convviz.views.curve import REACH, described_curves, plot_activation
    from convviz.write import plot

    if suffix not in plot.SUFFIXES:
        raise SettingError(
            f"curves are not written as {suffix}: use {', '.join(plot.SUFFIXES)}, or add --input for a feature map"
        )
    reach = REACH if options["reach"] is None else typed.number("reach", options["reach"])
    more = {name: options[name] for name in ("theme", "title") if options[name] is not None}
    if options["width"] is not None:
        more["width"] = typed.one("width", options["width"])
    figure = plot_activation(*names, together=options["together"], reach=reach, **more, **given)
    file = io.BytesIO()
    title = options["title"] or terms.COMPARED
    settings = {"activations": names, **{name: value for name, value in given.items() if value is not None}}
    plot.write(figure, file, suffix, title, described_curves(_panels(names, given)), settings)
    return file.getvalue()


def _text(names: Sequence[str], functions: Sequence[Activation]) -> str:
    """Return formulas and ranges, and a table of values and slopes."""
    said = [f"{function.title} · {function.about}" for function in functions]
    if functions:
        x = np.array(TABLE, dtype=np.float64)
        form = Format(4, exact=False, rational=False)
        columns = [["x", *(plain(each) for each in x)]]
        for function in functions:
            with np.errstate(all="ignore"):
                columns.append([function.name, *map(form, function.value(x))])
                columns.append(["slope", *map(form, function.slope(x))])
        widths = [max(map(len, column)) for column in columns]
        rows = zip(*columns, strict=True)
        said += ["", *("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)]
        said += ["", "rounded to 4 decimals"]
    if "softmax" in names:
        said += ["", summary(softmax_of(LOGITS))] if functions else [summary(softmax_of(LOGITS))]
    return "\n".join(said)


def _record(names: Sequence[str], functions: Sequence[Activation]) -> dict[str, Any]:
    """Return values and slopes as JSON values."""
    from convviz.record import SCHEMA, values
    from convviz.summary import layer_record

    x = np.array(TABLE, dtype=np.float64)
    curves = []
    for function in functions:
        with np.errstate(all="ignore"):
            value, slope = values(np.asarray(function.value(x))), values(np.asarray(function.slope(x)))
        about = {"formula": function.spelled, "range": function.range, "settings": dict(function.settings)}
        curves.append({"name": function.name, **about, "values": value, "slopes": slope})
    more = {"softmax": layer_record(softmax_of(LOGITS))} if "softmax" in names else {}
    return {"schema": SCHEMA, "operation": "activations", "x": x.tolist(), "functions": curves, **more}
