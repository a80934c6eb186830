"""What a command does whose picture is no walk of a window: draw a layer or curves, write them, say what happened."""

from __future__ import annotations

import io
import json as as_json
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from convviz import saving
from convviz.cli import console, typed
from convviz.cli.arrays import Say
from convviz.errors import SettingError
from convviz.summary import Layer, described, layer_record, summary
from convviz.views.draw import draw


def run(
    make: Callable[[Say], Layer],
    *,
    output: list[str] | None,
    format: str | None,
    json: bool,
    alt: bool,
    quiet: bool,
    force: bool,
    **figure: Any,
) -> None:
    """Make a layer and write it to every output, or print it: once nothing can be refused any more."""
    with console.interruptible():
        places = places_of(output, format, json, alt, force)
        options = figure_options(figure, [suffix for _, suffix in places])
        notes: list[str] = []
        layer = make(notes.append)
        drawn = [(path, suffix, _content(layer, suffix, options)) for path, suffix in places]
        for note in notes:
            console.say_aside(note, quiet)
        if json:
            sys.stdout.buffer.write(_json(layer))
        elif alt:
            console.write_text(described(layer) + "\n")
        elif not places:
            console.write_text(summary(layer) + "\n")
        sys.stdout.flush()
        for path, suffix, (content, frames) in drawn:
            put(content, path, quiet, f"{frames} steps, " if frames > 1 and suffix in saving.MOVING else "")


def places_of(
    output: list[str] | None, format: str | None, json: bool, alt: bool, force: bool
) -> list[tuple[Path | None, str]]:
    """Return where each output goes, and its suffix."""
    if json and alt:
        raise SettingError("json and alt would be mixed on standard output: leave one out")
    places = [console.place_of(each, format, force) for each in output or []]
    if format is not None and "-" not in (output or []):
        raise SettingError(f"format {format!r} means nothing without -o -: the suffix of a file chooses its format")
    return places


def figure_options(given: Mapping[str, Any], suffixes: Sequence[str]) -> dict[str, Any]:
    """Return what was typed for the figure, as `draw` takes it; ``step`` stays as it was typed."""
    drawn = [suffix for suffix in suffixes if suffix in saving.FIGURES or suffix in saving.STEPPED]
    moving = [suffix for suffix in drawn if suffix in saving.MOVING]
    options: dict[str, Any] = {}
    for name, value in given.items():
        if value in (None, False):
            continue
        shown = name.replace("_", "-")
        if not drawn:
            raise SettingError(f"{shown} means nothing without a figure: add -o out.png, for example")
        if name == "step" and len(moving) == len(drawn):
            raise SettingError(f"step {value} means nothing for {drawn[0]}, which shows every step: use .png")
        if name in ("step_seconds", "hold", "all_steps") and not moving:
            raise SettingError(f"{shown} means nothing for {drawn[0]}, which shows one step: use .gif")
        options[name] = value
        if name in ("step_seconds", "hold"):
            options[name] = typed.number(shown, value)
        elif name == "width":
            options[name] = typed.one(shown, value)
    return options


def step_of(text: str) -> int:
    """Return the index of a step that was typed: counted from 1, or first or last.

    >>> step_of("first"), step_of("7"), step_of("last")
    (0, 6, -1)
    """
    named = {"first": 1, "last": 0}
    number = named[text.strip().lower()] if text.strip().lower() in named else typed.one("step", text)
    if number < 1 and text.strip().lower() != "last":
        raise SettingError(f"step {text} is not there: use 1 or more, first or last")
    return number - 1


def _content(layer: Layer, suffix: str, options: Mapping[str, Any]) -> tuple[bytes, int]:
    """Return a file's bytes, and how many steps it shows."""
    if suffix == ".json":
        return _json(layer), 0
    if suffix == ".txt":
        return summary(layer).encode() + b"\n", 0
    file = io.BytesIO()
    if suffix in saving.NUMBERS:
        import_module(saving.NUMBERS[suffix]).write(layer, file)
        return file.getvalue(), 0
    if suffix not in saving.FIGURES and suffix not in saving.STEPPED:
        raise SettingError(f"{suffix} is not written for this picture: use one of {', '.join(saving.FIGURES)}")
    chosen = {name: value for name, value in options.items() if name != "step"}
    if suffix not in saving.MOVING:
        chosen = {name: value for name, value in chosen.items() if name in ("theme", "width", "title")}
        chosen["steps"] = [step_of(str(options.get("step", "last")))]
    scene = draw(layer, **chosen)
    saving.write(scene, file, suffix)
    return file.getvalue(), len(scene.frames)


def _json(layer: Layer) -> bytes:
    return as_json.dumps(layer_record(layer, whole=True), allow_nan=False).encode() + b"\n"


def put(content: bytes, path: Path | None, quiet: bool, what: str = "") -> None:
    """Write bytes to a file, or to standard output, and say so."""
    if path is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    with saving.whole(path) as file:
        file.write(content)
    console.say_aside(f"wrote {path}: {what}{console.bytes_said(path.stat().st_size)}", quiet)
