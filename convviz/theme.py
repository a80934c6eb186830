"""Colours by role, which roles must be told apart, and themes of one's own."""

from __future__ import annotations

import os
import string
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, TypeAlias

from convviz import toml
from convviz.errors import SettingError


@dataclass(frozen=True)
class Theme:
    """A colour for every role, and the two or three stops of every ramp.

    A theme has a "halo" where its window's line needs one to be seen on what it encloses. The ramps "grey" and
    "diverging" are for cells without numbers. The "shade" ones lie under numbers: they stay on the ground's side of
    the middle greys, on which no ink is legible. ``base`` names the theme that has what is left out.
    """

    name: str
    palette: Mapping[str, str]
    ramps: Mapping[str, tuple[str, ...]]
    base: str = "light"

    @property
    def settings(self) -> str | dict[str, Any]:
        """What `theme` makes this theme of again, as plain JSON: its name, or what differs from its base."""
        if THEMES.get(self.name) == self:
            return self.name
        base = THEMES[self.base]
        colours = {role: colour for role, colour in self.palette.items() if base.palette.get(role) != colour}
        ramps = {name: list(stops) for name, stops in self.ramps.items() if base.ramps[name] != stops}
        return {"name": self.name, "base": self.base, "colors": colours, "ramps": ramps}


ThemeLike: TypeAlias = "str | Theme | Mapping[str, Any] | os.PathLike[str]"


LIGHT = Theme(
    "light",
    {
        "ground": "#FFFFFF",
        "ink": "#14171C",
        "muted": "#434B57",
        "grid": "#808A99",
        "frame": "#14171C",
        "input": "#E4EFFB",
        "padding": "#F2F3F5",
        "padding hatch": "#B9C0CA",
        "unread": "#FFFFFF",
        "unread hatch": "#A9B6C8",
        "window": "#983C00",
        "lit": "#8A3700",
        "tap": "#F7B64A",
        "tap hatch": "#D08A1E",
        "tap ink": "#14171C",
        "gap": "#FCE9C9",
        "kernel": "#FBE3C0",
        "output": "#D9F0E4",
        "current": "#5FD3A0",
        "current ink": "#14171C",
        "track": "#B9C0CA",
        "group 0": "#983C00",
        "group 1": "#1A7F37",
        "group 2": "#0B4FA8",
        "group 3": "#6B3FA0",
    },
    {
        "grey": ("#000000", "#EFEFEF"),
        "diverging": ("#0B4FA8", "#ECECEC", "#B3400A"),
        "shade": ("#FFF7DC", "#D3D9EE", "#80C0F4"),
        "shade diverging": ("#80C0F4", "#EFEFEF", "#FAAA62"),
    },
)

DARK = Theme(
    "dark",
    {
        "ground": "#14171C",
        "ink": "#F2F4F7",
        "muted": "#B7BFCA",
        "grid": "#667181",
        "frame": "#F2F4F7",
        "input": "#1C2E47",
        "padding": "#1B1F26",
        "padding hatch": "#3A424E",
        "unread": "#14171C",
        "unread hatch": "#3F5472",
        "window": "#FFB066",
        "halo": "#14171C",
        "lit": "#FFB066",
        "tap": "#F5B041",
        "tap hatch": "#C98518",
        "tap ink": "#14171C",
        "gap": "#3D3120",
        "kernel": "#4A361A",
        "output": "#143A2C",
        "current": "#5FD3A0",
        "current ink": "#14171C",
        "track": "#3A424E",
        "group 0": "#FFB066",
        "group 1": "#5FD3A0",
        "group 2": "#5AA2F5",
        "group 3": "#C9A0FF",
    },
    {
        "grey": ("#262626", "#FFFFFF"),
        "diverging": ("#5AA2F5", "#343A44", "#FF9A52"),
        "shade": ("#1E222A", "#26325C", "#20545E"),
        "shade diverging": ("#1B4A7C", "#23272E", "#753F16"),
    },
)

# Black on white for toner and photocopiers: hatches and heavy lines, and no fill that is large and dark.
PRINT = Theme(
    "print",
    {
        "ground": "#FFFFFF",
        "ink": "#000000",
        "muted": "#565656",
        "grid": "#7A7A7A",
        "frame": "#000000",
        "input": "#FFFFFF",
        "padding": "#FFFFFF",
        "padding hatch": "#8C8C8C",
        "unread": "#FFFFFF",
        "unread hatch": "#8C8C8C",
        "window": "#000000",
        "halo": "#FFFFFF",
        "lit": "#000000",
        "tap": "#D9D9D9",
        "tap hatch": "#8C8C8C",
        "tap ink": "#000000",
        "gap": "#FFFFFF",
        "kernel": "#FFFFFF",
        "output": "#FFFFFF",
        "current": "#000000",
        "current ink": "#FFFFFF",
        "track": "#C8C8C8",
        "group 0": "#000000",
        "group 1": "#7A7A7A",
        "group 2": "#404040",
        "group 3": "#8C8C8C",
    },
    {
        "grey": ("#000000", "#EFEFEF"),
        "diverging": ("#08306B", "#F0F0F0", "#D9730D"),
        "shade": ("#F5F5F5", "#A0A0A0"),
        "shade diverging": ("#8E9FE0", "#F2F2F2", "#F2B27A"),
    },
)

# White and yellow on black, for low vision and washed-out projectors.
CONTRAST = Theme(
    "contrast",
    {
        "ground": "#000000",
        "ink": "#FFFFFF",
        "muted": "#E8E8E8",
        "grid": "#8F8F8F",
        "frame": "#FFFFFF",
        "input": "#000000",
        "padding": "#000000",
        "padding hatch": "#6E6E6E",
        "unread": "#000000",
        "unread hatch": "#6E6E6E",
        "window": "#FFFFFF",
        "halo": "#000000",
        "lit": "#FFE600",
        "tap": "#FFE600",
        "tap hatch": "#B59F00",
        "tap ink": "#000000",
        "gap": "#2B2700",
        "kernel": "#000000",
        "output": "#000000",
        "current": "#00E5FF",
        "current ink": "#000000",
        "track": "#5C5C5C",
        "group 0": "#FFE600",
        "group 1": "#FFFFFF",
        "group 2": "#00E5FF",
        "group 3": "#FF9CF2",
    },
    {
        "grey": ("#161616", "#FFFFFF"),
        "diverging": ("#4DB2FF", "#262626", "#FF9838"),
        "shade": ("#161616", "#16489A"),
        "shade diverging": ("#06489A", "#1A1A1A", "#883604"),
    },
)

THEMES = {theme.name: theme for theme in (LIGHT, DARK, PRINT, CONTRAST)}

TEXT = 7.0  # WCAG AAA
LINE = 3.0  # WCAG, graphical objects
SEEN = 1.05  # a shade is not the ground
SAMPLES = 25  # colours of a ramp that are checked
APART = 64  # of 255: the least difference of the ends of a diverging ramp
PARTS = ("name", "base", "colors", "ramps")  # of a theme of one's own

# What is written on what. The raster painter blends only these, and a test computes that each is legible.
INKS = (
    ("ink", "ground"),
    ("muted", "ground"),
    ("lit", "ground"),
    ("ink", "input"),
    ("ink", "kernel"),
    ("ink", "output"),
    ("ink", "gap"),
    ("muted", "padding"),
    ("muted", "unread"),
    ("tap ink", "tap"),
    ("current ink", "current"),
)

# Lines that must be seen: (line, what it lies on or beside).
LINES = (
    ("grid", "ground"),
    ("frame", "ground"),
    ("frame", "input"),
    ("frame", "padding"),
    ("window", "ground"),
    ("window", "input"),
    ("window", "padding"),
    ("window", "gap"),
    ("halo", "window"),
    *((f"group {number}", "ground") for number in range(4)),
)

# What the window's outline crosses or encloses: its line or its halo is seen on each.
CROSSED = ("ground", "input", "padding", "unread", "gap", "tap", "output", "current")

# Neighbours that are not told apart by contrast alone, and by what they are.
TOLD_APART = {
    ("input", "padding"): "the padding is hatched, and the input has a strong frame",
    ("input", "unread"): "what is never read is hatched the other way, and a caption says so",
    ("input", "tap"): "taps are bold, inside the window's outline",
    ("tap", "gap"): "with gaps, each tap has a frame of its own",
    ("output", "current"): "the current cell is bold, inside the window's outline",
    ("output", "ground"): "an output that is not computed yet has no number",
    ("input", "gap"): "gaps lie inside the window's outline",
    ("padding", "ground"): "the padding is hatched and has its grid",
    ("padding", "unread"): "the hatches lean different ways, and the input's frame lies between",
    ("padding", "gap"): "the padding is hatched, and the input's frame lies between",
    ("padding", "tap"): "taps are bold, inside the window's outline",
    ("gap", "unread"): "gaps lie inside the window's outline, and what is never read is hatched",
    ("tap", "unread"): "taps are bold, inside the window's outline",
    ("tap", "current"): "the winner of a window has a bar under its number",
}


def shades(theme: Theme, ramp: str, count: int) -> list[tuple[str, str]]:
    """Return the colours of a ramp in so many steps, each with the role of the ink that is legible on it.

    >>> shades(LIGHT, "shade diverging", 3)
    [('#80C0F4', 'ink'), ('#EFEFEF', 'ink'), ('#FAAA62', 'ink')]
    """
    inks = [(role, theme.palette[role]) for role in ("ink", "ground")]  # one is dark and one is light, in any theme
    colours = _along(theme.ramps[ramp], count)
    return [(each, max(inks, key=lambda ink: _contrast(ink[1], each))[0]) for each in colours]


def _along(stops: Sequence[str], count: int) -> list[str]:
    """Return so many colours, evenly along a ramp."""
    known, colours = [_parts(stop) for stop in stops], []
    for number in range(count):
        at = number * (len(known) - 1) / max(1, count - 1)
        low = min(int(at), len(known) - 2)
        mixed = [a + (b - a) * (at - low) for a, b in zip(known[low], known[low + 1], strict=True)]
        colours.append("#" + "".join(f"{round(part):02X}" for part in mixed))
    return colours


def _parts(colour: str) -> tuple[int, int, int]:
    """Return red, green and blue of #RRGGBB."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    """Return the relative luminance of WCAG, 0 to 1."""
    parts = [part / 255 for part in _parts(colour)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    """Return the contrast ratio of WCAG, 1 to 21."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def theme(value: ThemeLike) -> Theme:
    """Return a theme: by its name, from a mapping or a .toml file, or a `Theme` itself.

    A theme of one's own has ``name``, ``base`` (the theme that has what is left out), ``colors`` (role = "#RRGGBB")
    and ``ramps`` (name = two or three colours), and is checked: what can't be read or told apart is refused. Raises
    `SettingError`, and `FileError` where there is no such file.

    >>> theme("dark").palette["ground"]
    '#14171C'
    >>> theme({"base": "dark", "colors": {"ground": "#000"}}).palette["ground"]
    '#000000'
    """
    if isinstance(value, Theme):
        if THEMES.get(value.name) is value:
            return value
        parts = {"name": value.name, "base": value.base, "colors": value.palette, "ramps": value.ramps}
        return _own(parts, "own")
    if isinstance(value, Mapping):
        return _own(value, "own")
    if isinstance(value, os.PathLike) or (isinstance(value, str) and value.lower().endswith(".toml")):
        path = Path(os.fsdecode(value))
        said = f"theme {str(path)!r}"
        if path.suffix.lower() != ".toml":
            raise SettingError(f"{said} is not a .toml file: use one of {', '.join(THEMES)} or a .toml file")
        return _own(toml.read(path, said, 'ink = "#14171C"', "a theme is a short table of colours")[1], path.stem)
    return _named("theme", value)


def _named(what: str, name: object) -> Theme:
    if not isinstance(name, str) or name not in THEMES:
        more = " or a .toml file" if what == "theme" else ""
        raise SettingError(f"{what} {name!r} is unknown: {_nearest(name, THEMES)}use one of {', '.join(THEMES)}{more}")
    return THEMES[name]


def _nearest(name: object, names: Mapping[str, object] | Sequence[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(str(name), names, n=1)
    return f"did you mean {near[0]}? " if near else ""


def _own(given: Mapping[str, Any], default: str) -> Theme:
    """Make and check a theme of one's own."""
    name = given.get("name", default)
    if not isinstance(name, str) or not name.isprintable() or not 0 < len(name) <= 100:
        raise SettingError(f"theme name {str(name)[:100]!r} is not a name: use up to 100 letters")
    said = f'theme "{name}"'
    roles = (*PRINT.palette,)  # it has them all
    for key in given:
        if key in PARTS:
            continue
        if _role(key) in roles:
            raise SettingError(f"{said}: {key} is a colour: put it under colors")
        raise SettingError(f"{said}: {key!r} is unknown: {_nearest(key, PARTS)}use {', '.join(PARTS)}")
    base = _named(f"{said}: base", given.get("base", "light"))
    colours: dict[str, str] = {}
    for key, colour in _table(given, "colors", 'ink = "#14171C"', said).items():
        role = _role(key)
        if role not in roles:
            hint = _nearest(role, roles).strip() or f"use {', '.join(roles)}"
            raise SettingError(f"{said}: {key!r} is not a role: {hint}")
        if role in colours:
            raise SettingError(f"{said}: {role} has two colours: leave one of them out")
        colours[role] = _colour(colour, f"{said}: {role}")
    ramps: dict[str, tuple[str, ...]] = {}
    for key, stops in _table(given, "ramps", 'shade = ["#FFF7DC", "#80C0F4"]', said).items():
        ramp = _role(key)
        if ramp not in base.ramps:
            raise SettingError(
                f"{said}: {key!r} is not a ramp: {_nearest(ramp, (*base.ramps,))}use {', '.join(base.ramps)}"
            )
        if ramp in ramps:
            raise SettingError(f"{said}: ramp {ramp} is there twice: leave one of them out")
        ramps[ramp] = _stops(stops, ramp, said)
    made = Theme(name, {**base.palette, **colours}, {**base.ramps, **ramps}, base.name)
    _check(made, colours, said)
    return made


def _role(key: object) -> str:
    """Return a role as it is spelled here, with spaces."""
    return " ".join(str(key).lower().replace("-", " ").replace("_", " ").split())


def _table(given: Mapping[str, Any], part: str, example: str, said: str) -> Mapping[str, Any]:
    table = given.get(part, {})
    if not isinstance(table, Mapping):
        raise SettingError(f"{said}: {part} is {str(table)[:100]!r}: use a table, such as {example}")
    return table


def _colour(value: object, said: str) -> str:
    """Return #RGB or #RRGGBB as #RRGGBB."""
    digits = value[1:] if isinstance(value, str) and value[:1] == "#" else ""
    if len(digits) not in (3, 6) or not set(digits) <= set(string.hexdigits):
        raise SettingError(f"{said} is {str(value)[:100]!r}: use #RRGGBB or #RGB, such as #14171C")
    return "#" + (digits if len(digits) == 6 else "".join(2 * digit for digit in digits)).upper()


def _stops(value: object, ramp: str, said: str) -> tuple[str, ...]:
    counts = (3,) if ramp.endswith("diverging") else (2, 3)
    if not isinstance(value, list | tuple) or len(value) not in counts:
        need = "three colours, the middle one for 0" if len(counts) == 1 else "two or three colours"
        raise SettingError(f"{said}: ramp {ramp} is {str(value)[:100]!r}: use a list of {need}")
    return tuple(_colour(stop, f"{said}: a stop of ramp {ramp}") for stop in value)


# Checks of a theme of one's own.


class Pair(NamedTuple):
    """Two colours that are too close."""

    role: str
    on: str
    ratio: float
    least: float


def _check(theme: Theme, own: Mapping[str, str], said: str) -> None:
    """Refuse a theme whose text or lines can't be seen, or whose ramps can't be used."""
    pairs = sorted(_close(theme), key=lambda pair: pair.ratio / pair.least)
    if pairs:
        _refuse(pairs, theme, own, said)
    for name, stops in theme.ramps.items():
        _check_ramp(theme, name, stops, f"{said}: ramp {name}")


def _close(theme: Theme) -> Iterator[Pair]:
    """Find pairs that are too close."""
    palette = theme.palette
    needs = [(role, on, TEXT) for role, on in INKS] + [(role, on, LINE) for role, on in LINES if role in palette]
    for role, on, least in needs:
        if (ratio := _contrast(palette[role], palette[on])) < least:
            yield Pair(role, on, ratio, least)
    named = {on for role, on in LINES if role == "window"}
    lines = [palette[role] for role in ("window", "halo") if role in palette]
    for on in CROSSED:
        if on not in named and (ratio := max(_contrast(line, palette[on]) for line in lines)) < LINE:
            yield Pair("window", on, ratio, LINE)


def _refuse(pairs: Sequence[Pair], theme: Theme, own: Mapping[str, str], said: str) -> NoReturn:
    """Name the pairs that are too close, the worst first, and a way out of that one."""
    role, on, ratio, least = pairs[0]
    front, back = theme.palette[role], theme.palette[on]
    others = [f"{pair.role} on {pair.on} {_tenths(pair.ratio)}" for pair in pairs[1:3]]
    if len(pairs) > 3:
        others.append(f"{len(pairs) - 3} more")
    also = f" (also too close: {', '.join(others)})" if others else ""
    darker = _luminance(front) <= _luminance(back)
    if role == "halo":  # it is there to differ from the window's line
        darker = _contrast("#000000", back) >= LINE
    can_be = _contrast("#000000" if darker else "#FFFFFF", back) >= least
    way, what = ("darker", role) if darker else ("lighter", role)
    if not can_be or (on in own and role not in own):
        way, what = ("lighter", on) if darker else ("darker", on)
    raise SettingError(
        f"{said}: {role} {front} on {on} {back} has a contrast of {_tenths(ratio)}, less than {least:g}{also}: "
        f"choose a {way} {what}"
    )


def _tenths(ratio: float) -> str:
    """Return a ratio with one decimal, rounded down: what is too low must not look enough."""
    return f"{int(ratio * 10) / 10:.1f}"


def _check_ramp(theme: Theme, name: str, stops: tuple[str, ...], said: str) -> None:
    palette, colours = theme.palette, _along(stops, SAMPLES)
    side = "lighter" if _luminance(palette["ground"]) > _luminance(palette["ink"]) else "darker"
    inks = ("ink", "ground") if name.startswith("shade") else ("frame", "ground")
    least = TEXT if name.startswith("shade") else LINE
    for each in colours:
        if _contrast(each, palette["ground"]) < SEEN:
            raise SettingError(f"{said} has {each}, which looks like the ground, where nothing is: choose other stops")
    ratio, worst = min((max(_contrast(each, palette[ink]) for ink in inks), each) for each in colours)
    if ratio < least:
        way = f"choose {side} stops" if least == TEXT else "set frame and ground further apart"
        raise SettingError(
            f"{said} has {worst}, on which {inks[0]} and ground have contrasts of {_tenths(ratio)} at most, "
            f"less than {least:g}: {way}"
        )
    ratio, worst = min((_contrast(each, palette["window"]), each) for each in colours)
    if ratio < LINE and least == TEXT:  # it frames taps that are shaded
        raise SettingError(
            f"{said} has {worst}, on which window {palette['window']} has a contrast of {_tenths(ratio)}, "
            f"less than {LINE:g}: choose {side} stops, or another window"
        )
    levels = [_luminance(each) for each in colours]
    middle = SAMPLES // 2
    diverging = name.endswith("diverging")
    halves = [levels[middle::-1], levels[middle:]] if diverging else [levels]
    rising = [all(a < b for a, b in pairwise(half)) for half in halves]
    falling = [all(a > b for a, b in pairwise(half)) for half in halves]
    if not (all(rising) or all(falling)):
        way = "from its middle to both ends" if diverging else "from end to end"
        raise SettingError(f"{said} does not get lighter or darker all the way {way}: choose stops that do")
    if diverging and max(abs(a - b) for a, b in zip(_parts(stops[0]), _parts(stops[2]), strict=True)) < APART:
        raise SettingError(f"{said} has ends that look alike, {stops[0]} and {stops[2]}: choose two hues")
