"""Colours by role, and which roles must be told apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from convviz.errors import SettingError


@dataclass(frozen=True)
class Theme:
    """A colour for every role, and the two or three stops of every ramp.

    A theme has a "halo" where its window's line needs one to be seen on what it encloses. The ramps "grey" and
    "diverging" are for cells without numbers. The "shade" ones lie under numbers: they stay on the ground's side of
    the middle greys, on which no ink is legible.
    """

    name: str
    palette: Mapping[str, str]
    ramps: Mapping[str, tuple[str, ...]]


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
        "group 1": "#0B4FA8",
        "group 2": "#1A7F37",
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
        "group 1": "#5AA2F5",
        "group 2": "#5FD3A0",
        "group 3": "#C9A0FF",
    },
    {
        "grey": ("#000000", "#FFFFFF"),
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
        "group 1": "#00E5FF",
        "group 2": "#FFFFFF",
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


def theme(name: str) -> Theme:
    """Return a theme by its name.

    >>> theme("dark").palette["ground"]
    '#14171C'
    """
    if name not in THEMES:
        from difflib import get_close_matches

        near = get_close_matches(str(name), THEMES, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise SettingError(f"theme {name!r} is unknown: {hint}use one of {', '.join(THEMES)}")
    return THEMES[name]
