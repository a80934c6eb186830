"""Writes a figure that is not of one trace to every output that is asked for, or prints what there is to read."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

from convviz import inputs, saving
from convviz.cli import console, typed
from convviz.errors import SettingError
from convviz.scene import Scene

FIGURE = ("theme", "width", "title", "step_seconds", "hold", "style", "values")


def run(
    draw: Callable[..., Scene],
    read: Callable[[], str],
    *,
    output: list[str] | None,
    format: str | None,
    alt: bool,
    quiet: bool,
    force: bool,
    step: str | None = None,
    printed: bool = False,
    notes: list[str] | None = None,
    ways: Mapping[str, str] | None = None,
    **figure: Any,
) -> None:
    """Draw with what was typed for the figure and write it; without an output, or if ``printed``, print what is read.

    ``notes`` is filled while drawing or reading, and said on standard error. ``ways``: what prints what a suffix of
    numbers may be meant for.
    """
    with console.interruptible():
        places = [console.place_of(each, format, force) for each in output or []]
        if format is not None and "-" not in (output or []):
            raise SettingError(f"format {format!r} means nothing without -o -: the suffix of a file chooses its format")
        for _, suffix in places:
            if suffix not in saving.FIGURES and suffix not in saving.STEPPED:
                known = " ".join([*saving.FIGURES, *saving.STEPPED])
                way = f", or {ways[suffix]} on standard output" if ways and suffix in ways else ""
                raise SettingError(f"{suffix} is for one operation, and this is none: use {known}{way}")
        options = _options(figure, [suffix for _, suffix in places], step, force, needed=not alt)
        scene = draw(**options) if places or alt else None
        text = read() if (printed or not places) and not alt else ""
        for note in notes or []:
            console.say_aside(note, quiet)
        if alt and scene is not None:
            console.write_text(scene.description + "\n")
        if text:
            console.write_text(text + "\n")
        sys.stdout.flush()
        for path, suffix in places:
            assert scene is not None
            frames = len(scene.frames)
            with console.bar(frames if suffix in saving.MOVING else 1, quiet) as tick:
                if path is None:
                    saving.write(scene, sys.stdout.buffer, suffix, step=step, tick=tick)
                    sys.stdout.buffer.flush()
                    continue
                saving.save(scene, path, step=step, tick=tick)
            said = f"{frames} step{'s' * (frames > 1)}, " if suffix in saving.MOVING else ""
            more = f"{scene.notes[0]}, " if scene.notes and suffix in saving.MOVING else said
            console.say_aside(f"wrote {path}: {more}{console.bytes_said(path.stat().st_size)}", quiet)


def _options(
    figure: dict[str, Any], suffixes: list[str], step: str | None, force: bool, *, needed: bool
) -> dict[str, Any]:
    """Return what was typed for the figure as the view takes it; refuse what means nothing."""
    for name, value in {**figure, "step": step}.items():
        if value not in (None, False) and not suffixes and (needed or name == "step"):
            raise SettingError(f"{name.replace('_', '-')} means nothing without a figure: add -o out.gif, for example")
    stills = [suffix for suffix in suffixes if suffix not in saving.MOVING]
    if step is not None and not stills:
        raise SettingError(f"step {step} means nothing for {suffixes[0]}, which shows every step: use .png or .svg")
    options: dict[str, Any] = {}
    for name, value in figure.items():
        if value is None or value is False:
            continue
        if name in ("step_seconds", "hold"):
            if suffixes and len(stills) == len(suffixes):
                said = name.replace("_", "-")
                raise SettingError(f"{said} means nothing for {suffixes[0]}, which shows one step: use .gif")
            options[name] = typed.number(name.replace("_", "-"), value)
        elif name == "width":
            options[name] = typed.one(name, value)
            if options[name] > 0:
                inputs.check_memory(options[name] ** 2, force, f"a figure {options[name]} pixels wide")
        else:
            options[name] = value
    return options
