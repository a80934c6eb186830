"""Exploring on the command line: what is typed for ``--explore`` becomes sliders; the page for a course."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from convviz import saving
from convviz.cli import console, job
from convviz.cli import options as o
from convviz.errors import SettingError
from convviz.exploring import Exploration, Setting, ready, setting, started
from convviz.trace import Trace
from convviz.views.explorer import embedded

MOST_VALUES = 100  # of one setting
EXAMPLE = '"stride=1..3 padding=0..2"'


def explore(
    output: o.Page = None,
    theme: o.ThemeName = None,
    title: o.Title = None,
    quiet: o.Quiet = False,
    force: o.Force = False,
) -> None:
    """Write a page to play with: convolution, transposed convolution and pooling, with sliders for their settings."""
    with console.interruptible():
        if output is None:
            raise SettingError("explore needs a file to write: add -o conv.html")
        path, suffix = console.place_of(output, None, force)
        if path is None or suffix not in saving.PAGES:
            raise SettingError(f"output {output!r} is no page to explore: use a name such as conv.html")
        options: dict[str, Any] = {name: value for name, value in (("theme", theme), ("title", title)) if value}
        made = _worked_out(ready(), quiet, options)
        saving.save(made, path)
        refused = sum(len(each["refused"]) for each in made["sets"])
        shown = sum(each.size for each in ready()) - refused
        console.say_aside(
            f"wrote {path}: {shown} choices of settings ({refused} more are not possible, and it says why), "
            f"{console.bytes_said(path.stat().st_size)}",
            quiet,
        )


def page(
    make: Callable[..., Trace],
    text: str,
    typed: Mapping[str, Any],
    suffixes: list[str],
    figure: Mapping[str, Any],
    notes: list[str],
    quiet: bool,
) -> tuple[job.Payload, Trace]:
    """Return the payload of the page, and the trace that it starts with; how that came about is added to the notes."""
    if not saving.PAGES.keys() & set(suffixes):
        raise SettingError(f"explore {text[:40]} means nothing without a page: add -o explore.html")
    if "step" in figure:
        raise SettingError(f"step {figure['step']} means nothing with --explore, which has many figures: leave it out")
    made = exploration(make, text, typed)
    chosen = {each.name: each.values[place] for each, place in zip(made.settings, made.start, strict=True)}
    trace = make(notes.append, **chosen)
    options = {name: figure[name] for name in saving.PAGE_OPTIONS if name in figure}
    return _worked_out((made,), quiet, options), trace


def exploration(make: Callable[..., Trace], text: str, typed: Mapping[str, Any]) -> Exploration:
    """Return what is explored: ``typed`` holds what was typed for every option, those that are explored included."""
    names = [name.replace("_", "-") for name, value in typed.items() if not isinstance(value, bool)]
    chosen: list[Setting] = []
    for part in text.split():
        name, equals, values = part.partition("=")
        if not equals or not values:
            raise SettingError(f"explore {part[:60]!r} is not name=values: use, for example, {EXAMPLE}")
        if name not in names:
            raise SettingError(f"explore {name[:40]!r} is no setting of this: use {', '.join(names)}")
        name = name.replace("-", "_")
        if name in (each.name for each in chosen):
            raise SettingError(f"explore names {name.replace('_', '-')} twice: leave one out")
        chosen.append(_setting(name, values))
    if not chosen:
        raise SettingError(f"explore is empty: use, for example, {EXAMPLE}")
    given = [each.values.index(typed[each.name]) if typed[each.name] in each.values else 0 for each in chosen]
    return started("typed", chosen, lambda **values: make(lambda _: None, **values), tuple(given))


def _setting(name: str, text: str) -> Setting:
    """Read the values of one setting: ``1..3``, or a list such as ``mean,sobel-x``, or ``1,1|2,1`` with bars."""
    shown = f"explore {name.replace('_', '-')}={text[:40]}"
    ends = re.fullmatch(r"([0-9]{1,4})\.\.([0-9]{1,4})", text)
    if ends:
        low, high = int(ends[1]), int(ends[2])
        if low > high:
            raise SettingError(f"{shown} falls: use {high}..{low}")
        values = [str(each) for each in range(low, min(high, low + MOST_VALUES) + 1)]
        values = [f"{each}x{each}" for each in values] if name == "input" else values
    else:
        values = text.split("|" if "|" in text else ",")
    if not all(values):
        raise SettingError(f"{shown} has an empty value: use, for example, 1..3 or 1,2,4")
    if len(values) > MOST_VALUES or len(set(values)) < len(values):
        what = "a value twice" if len(set(values)) < len(values) else "too many values"
        raise SettingError(f"{shown} has {what}: use at most {MOST_VALUES}, each once")
    if all(re.fullmatch(r"[-−]?[0-9]+([.:x×,][0-9]+)*", each) for each in values):
        return setting(name, values, [each.replace("x", "×").replace("-", "−") for each in values])
    return setting(name, {each: each for each in values})


def _worked_out(sets: tuple[Exploration, ...], quiet: bool, options: Mapping[str, Any]) -> dict[str, Any]:
    with console.bar(sum(each.size for each in sets), quiet) as tick:
        return embedded(sets, tick, **options)
