"""Colours by role, and which roles must be told apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from convviz.errors import SettingError


@dataclass(frozen=True)
class Theme:
    """A colour for every role, and the stops of every ramp.

    A theme has a "halo" where its window's line needs one to be seen on what it encloses.
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
        "window": "#A84300",
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
        "group 0": "#A84300",
        "group 1": "#0B4FA8",
        "group 2": "#1A7F37",
        "group 3": "#6B3FA0",
    },
    {"grey": ("#000000", "#EFEFEF"), "diverging": ("#0B4FA8", "#ECECEC", "#B3400A")},
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
    {"grey": ("#000000", "#FFFFFF"), "diverging": ("#5AA2F5", "#343A44", "#FF9A52")},
)

THEMES = {theme.name: theme for theme in (LIGHT, DARK)}

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
    ("halo", "tap"),
    ("halo", "current"),
)

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
    """Return the colours of a ramp in so many steps, each with the role of the ink that is legible on it."""
    raise NotImplementedError


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
