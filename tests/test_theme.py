"""Colours: contrast by the formula of WCAG, and roles told apart without hue, or by shape."""

import io
import itertools
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_scene import CASES

import convviz
from convviz import ConvvizError, FileError, Scene, SettingError, Trace, animate
from convviz.scene import Rect, Text
from convviz.theme import CROSSED, INKS, LINE, LINES, TEXT, THEMES, TOLD_APART, Theme, ThemeLike, shades
from convviz.theme import theme as theme_of
from convviz.views.looks import SHADES
from convviz.views.strip import strip
from convviz.write import svg

EVERY = pytest.mark.parametrize("theme", [pytest.param(each, id=name) for name, each in THEMES.items()])

# Machado, Oliveira and Fernandes, "A physiologically-based model for simulation of color vision deficiency" (2009),
# severity 1.0, on linear RGB.
SEEN_BY = {
    "everyone": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
    "a grey printer": np.array([[0.2126, 0.7152, 0.0722]] * 3),
}

# Fills that lie side by side, or take each other's place in a cell, and mean different things.
NEIGHBOURS = (
    ("input", "padding"),
    ("input", "unread"),
    ("input", "tap"),
    ("input", "gap"),
    ("tap", "gap"),
    ("tap", "padding"),
    ("tap", "unread"),
    ("tap", "current"),
    ("gap", "padding"),
    ("gap", "unread"),
    ("padding", "unread"),
    ("padding", "ground"),
    ("output", "current"),
    ("output", "ground"),
)


def linear(colour: str) -> np.ndarray:
    """Return linear RGB of #RRGGBB."""
    assert len(colour) == 7
    assert colour[0] == "#"
    part = np.array([int(colour[n : n + 2], 16) for n in (1, 3, 5)]) / 255
    return np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)


def luminance(rgb: np.ndarray) -> float:
    return float(np.clip(rgb, 0, 1) @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str, seen: np.ndarray = SEEN_BY["everyone"]) -> float:
    """Return the contrast ratio of WCAG 2, 1 to 21."""
    light, dark = sorted((luminance(seen @ linear(one)), luminance(seen @ linear(other))), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def ramp(theme: Theme, name: str, count: int = 17) -> list[str]:
    """Return colours along a ramp."""
    stops = [[int(stop[n : n + 2], 16) for n in (1, 3, 5)] for stop in theme.ramps[name]]
    at = np.linspace(0, len(stops) - 1, count)
    channels = [np.interp(at, range(len(stops)), [stop[c] for stop in stops]) for c in range(3)]
    return ["#" + "".join(f"{round(value):02X}" for value in rgb) for rgb in zip(*channels, strict=True)]


def test_the_formula_is_that_of_wcag() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.005)
    assert contrast("#0000FF", "#FFFFFF") == pytest.approx(8.59, abs=0.005)
    assert (TEXT, LINE) == (7, 3)
    for name, matrix in SEEN_BY.items():
        assert matrix.sum(axis=1) == pytest.approx([1] * 3, abs=2e-5), f"white stays white ({name})"


EYES = pytest.mark.parametrize("eye", SEEN_BY)


@EVERY
@EYES
def test_text_stands_out(theme: Theme, eye: str) -> None:
    weak = {pair: round(contrast(theme.palette[pair[0]], theme.palette[pair[1]], SEEN_BY[eye]), 2) for pair in INKS}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < 7} == {}


@EVERY
@EYES
def test_lines_can_be_seen(theme: Theme, eye: str) -> None:
    both = [pair for pair in LINES if pair[0] in theme.palette and pair[1] in theme.palette]
    assert len(both) >= len(LINES) - 1  # there may be no halo
    weak = {pair: round(contrast(theme.palette[pair[0]], theme.palette[pair[1]], SEEN_BY[eye]), 2) for pair in both}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < 3} == {}


@EVERY
@EYES
@pytest.mark.parametrize("what", CROSSED)
def test_the_window_can_be_seen_on_whatever_it_crosses(theme: Theme, what: str, eye: str) -> None:
    """Its line, or the halo inside it, stands out from all that it lies on, encloses or adjoins."""
    lines = [theme.palette[name] for name in ("window", "halo") if name in theme.palette]
    assert max(contrast(line, theme.palette[what], SEEN_BY[eye]) for line in lines) >= 3


@EVERY
@pytest.mark.parametrize("name", ["grey", "diverging"])
def test_the_window_can_be_seen_on_colours(theme: Theme, name: str) -> None:
    """Cells without numbers run through a whole ramp, and the window's outline must stand out from each shade."""
    lines = [theme.palette[line] for line in ("frame", "ground")]  # a line on a band of the ground
    weak = {c: round(max(contrast(line, c) for line in lines), 2) for c in ramp(theme, name)}
    assert {colour: ratio for colour, ratio in weak.items() if ratio < 3} == {}


@EVERY
def test_themes_name_the_same_roles(theme: Theme) -> None:
    assert set(theme.palette) - {"halo"} == set(THEMES["light"].palette) - {"halo"}
    assert set(theme.ramps) == set(THEMES["light"].ramps)


def test_themes_are_named_by_their_names() -> None:
    assert list(THEMES) == ["light", "dark", "print", "contrast"]
    assert all(theme.name == name for name, theme in THEMES.items())


def test_a_print_is_black_on_white() -> None:
    """What is dark is a small cell, a line or letters."""
    palette = THEMES["print"].palette
    assert all(len({colour[1:3], colour[3:5], colour[5:7]}) == 1 for colour in palette.values()), "greys only"
    fills = ("ground", "input", "padding", "unread", "gap", "kernel", "output")
    assert {palette[role] for role in fills} == {"#FFFFFF"}
    assert luminance(linear(palette["tap"])) > 0.6


@EVERY
@EYES
def test_neighbours_are_told_apart(theme: Theme, eye: str) -> None:
    """By lightness, as anyone sees it, or by a shape, a frame or a hatch that is written down."""
    listed = {frozenset(pair) for pair in TOLD_APART}
    seen = SEEN_BY[eye]
    weak = {
        pair: round(contrast(theme.palette[pair[0]], theme.palette[pair[1]], seen), 2)
        for pair in NEIGHBOURS
        if frozenset(pair) not in listed
    }
    assert {pair: ratio for pair, ratio in weak.items() if ratio < 3} == {}


def test_the_reasons_are_reasons() -> None:
    words = ("hatch", "frame", "bold", "outline", "number", "caption")
    for pair, reason in TOLD_APART.items():
        assert any(word in reason for word in words), f"{pair}: {reason!r} names no shape"
        assert all(role in THEMES["light"].palette for role in pair)


def figure(name: str, theme: str) -> tuple[Trace, Scene]:
    trace = CASES[name]()
    return trace, animate(trace, theme=theme, all_steps=True)


@pytest.mark.parametrize("theme", THEMES)
def test_every_text_is_written_on_a_known_ground(theme: str) -> None:
    seen = set()
    for name in CASES:
        trace, scene = figure(name, theme)
        for index in {0, len(trace) - 1}:
            pairs = {(mark.role, mark.on) for mark in scene.at(index) if isinstance(mark, Text)}
            assert pairs <= set(INKS), name
            seen |= pairs
    assert seen == set(INKS), "a pair that nothing uses need not be in the list"


@pytest.mark.parametrize("theme", THEMES)
def test_every_role_of_a_mark_is_in_the_palette(theme: str) -> None:
    for name in CASES:
        _, scene = figure(name, theme)
        for mark in scene.at(-1):
            roles: tuple[str, ...] = ()
            if isinstance(mark, Text):
                roles = (mark.role, mark.on)
            elif isinstance(mark, Rect):
                roles = (mark.fill, mark.stroke, mark.hatch)
            assert all(role in scene.palette for role in roles if role)


# The reasons hold.


def inputs(scene: Scene, index: int, *, moving: bool) -> list[Rect]:
    marks = scene.frames[index].moving if moving else scene.base
    return [mark for mark in marks if isinstance(mark, Rect) and mark.tag.startswith("input/")]


def is_inside(trace: Trace, mark: Rect) -> bool:
    rank = len(trace.window.axes)
    place = [int(each) for each in mark.tag.split("/")[1:]][-rank:]
    return all(0 <= at < axis.size for at, axis in zip(place, trace.window.axes, strict=True))


@pytest.mark.parametrize("name", ["padding", "reflect", "max, padded", "strip"])
def test_padding_is_hatched_and_the_input_framed(name: str) -> None:
    trace, scene = figure(name, "light")
    for mark in inputs(scene, 0, moving=False):
        assert (mark.hatch == "padding hatch") == (not is_inside(trace, mark))
        assert not mark.back
    (frame,) = [m for m in scene.base if isinstance(m, Rect) and m.tag == "frame/input"]
    assert frame.stroke == "frame"
    assert frame.thickness >= 2
    real = [m for m in inputs(scene, 0, moving=False) if is_inside(trace, m)]
    assert frame.x == min(m.x for m in real)
    assert frame.y == min(m.y for m in real)
    assert frame.x + frame.width == max(m.x + m.width for m in real)
    assert frame.y + frame.height == max(m.y + m.height for m in real)


@pytest.mark.parametrize("name", ["padding", "reflect", "max, padded", "strip", "dilation", "sobel"])
def test_padding_stays_hatched_under_the_window(name: str) -> None:
    trace, scene = figure(name, "dark")
    for index in range(len(trace)):
        for mark in inputs(scene, index, moving=True):
            if not is_inside(trace, mark):
                assert mark.hatch


def test_what_is_never_read_is_hatched_the_other_way() -> None:
    _, scene = figure("stride", "light")
    unread = [m for m in inputs(scene, 0, moving=False) if m.fill == "unread"]
    assert len(unread) == 11
    assert all(mark.hatch == "unread hatch" and mark.back for mark in unread)


def test_taps_are_bold_and_framed_between_gaps() -> None:
    _, scene = figure("dilation", "light")
    for frame in scene.frames:
        cells = {m.tag: m for m in frame.moving if isinstance(m, Rect) and m.tag.startswith("input/")}
        texts = [m for m in frame.moving if isinstance(m, Text) and m.tag.startswith("input/")]
        assert {m.bold for m in texts if cells[m.tag].fill == "tap"} == {True}
        assert {m.bold for m in texts if cells[m.tag].fill == "gap"} == {False}
        frames = [m for m in frame.moving if isinstance(m, Rect) and m.stroke == "window" and m.width < 60]
        taps = [m for m in cells.values() if m.fill == "tap"]
        assert len(taps) == 9
        for tap in taps:
            assert any(abs(m.x - tap.x) <= 2 and abs(m.y - tap.y) <= 2 for m in frames)


def test_the_current_cell_is_bold_and_outlined() -> None:
    _, scene = figure("plain", "light")
    for frame in scene.frames:
        (cell,) = [
            m for m in frame.moving if isinstance(m, Rect) and m.fill == "current" and m.tag.startswith("output/")
        ]
        (text,) = [m for m in frame.moving if isinstance(m, Text) and m.tag == cell.tag]
        assert text.bold
        assert any(
            abs(m.x - cell.x) <= 2 and abs(m.y - cell.y) <= 2 and abs(m.width - cell.width) <= 4
            for m in frame.moving
            if isinstance(m, Rect) and m.stroke == "window"
        )


@EVERY
@EYES
def test_ramps_run_one_way(theme: Theme, eye: str) -> None:
    """Along a sequential ramp lightness only grows; a diverging one has its extreme of lightness in the middle."""
    seen = SEEN_BY[eye]
    grey = [luminance(seen @ linear(colour)) for colour in ramp(theme, "grey")]
    assert all(a < b for a, b in itertools.pairwise(grey))
    both = [luminance(seen @ linear(colour)) for colour in ramp(theme, "diverging")]
    down, up = both[: len(both) // 2 + 1], both[len(both) // 2 :]
    for half in (down[::-1], up):
        steps = [b - a for a, b in itertools.pairwise(half)]
        assert all(step > 0 for step in steps) or all(step < 0 for step in steps)


@EVERY
@pytest.mark.parametrize("eye", ["everyone", "protanopia", "deuteranopia", "tritanopia"])
@pytest.mark.parametrize("name", ["diverging", "shade diverging"])
def test_the_ends_of_a_diverging_ramp_are_told_apart(theme: Theme, eye: str, name: str) -> None:
    """Negative and positive differ by hue alone on a diverging ramp: it must survive every eye.

    In grey they look alike, and only signs tell them apart: those of the numbers, or of the colour bar's ends.
    """
    low, _, high = (np.clip(SEEN_BY[eye] @ linear(stop), 0, 1) for stop in theme.ramps[name])
    coded = [np.where(c <= 0.0031308, 12.92 * c, 1.055 * c ** (1 / 2.4) - 0.055) for c in (low, high)]
    assert np.abs(coded[0] - coded[1]).max() > 0.35


@EVERY
@pytest.mark.parametrize("name", ["grey", "diverging", "shade", "shade diverging"])
def test_no_shade_is_the_ground(theme: Theme, name: str) -> None:
    """An output that is not computed yet shows the ground: a value must not look like that."""
    same = [colour for colour in ramp(theme, name, 256) if contrast(colour, theme.palette["ground"]) < 1.05]
    assert same == []


# Cells shaded by their values.

SHADED = pytest.mark.parametrize("name", ["shade", "shade diverging"])


def lightness(colour: str, eye: str) -> float:
    """Return L* of CIE 1976, 0 to 100: equal steps look equal."""
    y = luminance(SEEN_BY[eye] @ linear(colour))
    return float(116 * np.cbrt(y) - 16) if y > 216 / 24389 else y * 24389 / 27


@EVERY
@SHADED
@EYES
def test_numbers_are_legible_on_every_shade(theme: Theme, name: str, eye: str) -> None:
    ratios = {c: contrast(theme.palette[ink], c, SEEN_BY[eye]) for c, ink in shades(theme, name, SHADES)}
    least = 7
    assert {colour: round(ratio, 2) for colour, ratio in ratios.items() if ratio < least} == {}


@EVERY
@SHADED
def test_shades_run_evenly_from_end_to_end(theme: Theme, name: str) -> None:
    colours = [colour for colour, _ in shades(theme, name, SHADES)]
    assert colours == ramp(theme, name, SHADES)
    assert (colours[0], colours[-1]) == (theme.ramps[name][0], theme.ramps[name][-1])
    assert shades(theme, name, 1)[0][0] == theme.ramps[name][0]


@EVERY
@SHADED
@EYES
def test_taps_are_framed_on_every_shade(theme: Theme, name: str, eye: str) -> None:
    """Shaded taps have no fill of their own: a thin line in the window's colour marks each."""
    weak = {c: round(contrast(theme.palette["window"], c, SEEN_BY[eye]), 2) for c in ramp(theme, name, SHADES)}
    assert {colour: ratio for colour, ratio in weak.items() if ratio < 3} == {}


@EVERY
@EYES
def test_shades_are_told_apart(theme: Theme, eye: str) -> None:
    """Each step of a sequential ramp goes the same way, and the ends of it lie far apart."""
    levels = [lightness(colour, eye) for colour in ramp(theme, "shade", SHADES)]
    steps = [b - a for a, b in itertools.pairwise(levels)]
    assert all(step > 1 for step in steps) or all(step < -1 for step in steps)
    assert abs(levels[-1] - levels[0]) > 18


@EVERY
@EYES
def test_shades_diverge_from_the_middle(theme: Theme, eye: str) -> None:
    """Each step away from 0 is seen. In grey the signs look alike: shaded cells have numbers, with their signs."""
    levels = [lightness(colour, eye) for colour in ramp(theme, "shade diverging", SHADES)]
    middle = SHADES // 2
    for half in (levels[middle::-1], levels[middle:]):
        steps = [b - a for a, b in itertools.pairwise(half)]
        assert all(step > 1 for step in steps) or all(step < -1 for step in steps)


@EVERY
@pytest.mark.parametrize("name", ["diverging", "shade diverging"])
def test_zero_is_neutral(theme: Theme, name: str) -> None:
    """The middle of a diverging ramp has no hue to speak of, and the stops are the ends and the middle."""
    _, middle, _ = theme.ramps[name]
    parts = [int(middle[n : n + 2], 16) for n in (1, 3, 5)]
    assert max(parts) - min(parts) <= 16


# Themes of one's own.

NIGHT: dict[str, Any] = {
    "name": "night",
    "base": "dark",
    "colors": {"ground": "#0b0b14", "tap-ink": "#000", "Current_Ink": "#000000", "padding hatch": "#333A48"},
    "ramps": {"shade": ["#1c1c2e", "#1A4A6B"]},
}
TOML = """
name = "night"
base = "dark"

[colors]
ground = "#0B0B14"
tap_ink = "#000"
"current ink" = "#000000"
padding-hatch = "#333A48"

[ramps]
shade = ["#1C1C2E", "#1A4A6B"]
"""


def test_a_theme_takes_from_its_base_what_it_leaves_out() -> None:
    made, base = theme_of(NIGHT), THEMES["dark"]
    own = {"ground": "#0B0B14", "tap ink": "#000000", "current ink": "#000000", "padding hatch": "#333A48"}
    assert made.palette == {**base.palette, **own}
    assert made.ramps == {**base.ramps, "shade": ("#1C1C2E", "#1A4A6B")}
    assert (made.name, made.base) == ("night", "dark")
    assert base == THEMES["dark"] != made
    assert theme_of({}).palette == THEMES["light"].palette


def test_a_theme_may_be_a_file(tmp_path: Path) -> None:
    path = tmp_path / "Night Sky.TOML"
    path.write_text(TOML, encoding="utf-8")
    assert theme_of(path) == theme_of(str(path)) == theme_of(NIGHT)
    path.write_text("\ufeff[colors]\nink = '#000'", encoding="utf-8")
    assert theme_of(path).name == "Night Sky"


@pytest.mark.parametrize("name", THEMES)
def test_a_theme_that_is_given_is_as_good_as_its_name(name: str) -> None:
    assert theme_of(THEMES[name]) is theme_of(name)
    assert THEMES[name].settings == name
    assert theme_of({"name": name, "base": name}).palette == THEMES[name].palette
    copied = Theme("copied", dict(THEMES[name].palette), dict(THEMES[name].ramps), name)
    assert theme_of(copied) == copied


def themed(value: ThemeLike, *, shade: bool = False) -> list[Scene]:
    trace = CASES["sobel"]()
    return [animate(trace, theme=value, shade=shade), strip(trace, 2, theme=value, shade=shade)]


def test_figures_take_a_theme_in_any_form_and_embed_what_makes_it_again(tmp_path: Path) -> None:
    path = tmp_path / "night.toml"
    path.write_text(TOML, encoding="utf-8")
    for shade in (False, True):
        written = []
        for value in (NIGHT, path, str(path), theme_of(NIGHT), {**NIGHT}):
            for scene in themed(value, shade=shade):
                file = io.BytesIO()
                svg.write(scene, file, 0, lambda _: None)
                written.append(file.getvalue().decode())
                embedded = scene.settings["figure"]["theme"]
                assert json.loads(json.dumps(embedded)) == embedded
                assert embedded["base"] == "dark"
                assert set(embedded["colors"]) == {"ground", "tap ink", "current ink", "padding hatch"}
                assert theme_of(embedded) == theme_of(NIGHT)
        assert len(set(written)) == 2, "all the same, but for the strip"
    again = themed(themed(NIGHT)[0].settings["figure"]["theme"])[0]
    assert again.palette == themed(NIGHT)[0].palette
    assert again.settings == themed(NIGHT)[0].settings


@pytest.mark.parametrize("name", THEMES)
def test_the_name_of_a_theme_is_embedded(name: str) -> None:
    assert [scene.settings["figure"]["theme"] for scene in themed(name)] == [name, name]


def bright(**colors: str) -> dict[str, Any]:
    return {"name": "mine", "colors": colors}


def with_ramp(name: str, *stops: str) -> dict[str, Any]:
    return {"name": "mine", "ramps": {name: list(stops)}}


REFUSED: dict[str, tuple[Any, list[str]]] = {
    "no theme": (None, ["theme None", "light, dark, print, contrast"]),
    "a number": (5, ["theme 5", ".toml file"]),
    "a wrong name": ("drak", ["theme 'drak'", "did you mean dark?"]),
    "a list": (["light"], ["light, dark"]),
    "another file": (Path("mine.json"), ["mine.json", "not a .toml file"]),
    "a wrong key": ({"name": "mine", "colour": {}}, ['theme "mine"', "'colour'", "did you mean colors?"]),
    "a role outside": ({"name": "mine", "ink": "#000"}, ["ink", "under colors"]),
    "a wrong base": ({"base": "drak"}, ["base 'drak'", "did you mean dark?"]),
    "an own base": ({"base": "mine.toml"}, ["base 'mine.toml'", "light, dark"]),
    "no name": ({"name": ""}, ["theme name ''"]),
    "a name with a line break": ({"name": "a\nb"}, ["theme name"]),
    "a number for a name": ({"name": 5}, ["theme name '5'"]),
    "no table": ({"name": "mine", "colors": "#000"}, ["colors is '#000'", "such as"]),
    "no table of ramps": ({"name": "mine", "ramps": [1]}, ["ramps is '[1]'", "such as"]),
    "a wrong role": (bright(inkk="#000"), ["'inkk'", "did you mean ink?"]),
    "a strange role": (bright(qqqqqqq="#000"), ["'qqqqqqq'", "use ground, ink"]),
    "a role twice": (bright(**{"tap-ink": "#000", "tap_ink": "#000"}), ["tap ink", "two colours"]),
    "a word": (bright(ink="black"), ["ink is 'black'", "#RRGGBB"]),
    "four digits": (bright(ink="#0000"), ["ink is '#0000'", "#RGB"]),
    "not hexadecimal": (bright(ink="#00000G"), ["ink is '#00000G'"]),
    "digits of another script": (bright(ink="#٣٣٣"), ["ink is '#٣٣٣'"]),
    "no colour": (bright(ink=0), ["ink is '0'"]),  # type: ignore[arg-type]
    "weak text": (bright(input="#9A9AB0"), ["window #983C00 on input #9A9AB0", "choose a lighter input"]),
    "weak ink": (bright(ink="#777777"), ["ink #777777 on", "less than 7", "ink on output 3.7", "choose a darker ink"]),
    "weak light ink": (
        {"name": "mine", "base": "dark", "colors": {"ink": "#777777"}},
        ["ink #777777 on", "choose a lighter ink"],
    ),
    "a weak line": (bright(grid="#DDDDDD"), ["grid #DDDDDD on ground #FFFFFF", "1.3, less than 3", "a darker grid"]),
    "a weak window": (bright(window="#5FD3A0"), ["window #5FD3A0 on", "choose a darker window"]),
    "a window on current": (bright(current="#983C00", **{"current ink": "#FFF"}), ["window", "current #983C00"]),
    "a weak halo": (
        {"name": "mine", "base": "print", "colors": {"halo": "#000"}},
        ["halo #000000 on window #000000", "choose a lighter halo"],
    ),
    "one stop": (with_ramp("shade", "#FFF7DC"), ["ramp shade is \"['#FFF7DC']\"", "two or three"]),
    "four stops": (with_ramp("grey", *["#000"] * 4), ["ramp grey", "two or three"]),
    "no middle": (with_ramp("shade diverging", "#000", "#FFF"), ["ramp shade diverging", "three colours"]),
    "a string of stops": ({"ramps": {"shade": "#000"}}, ["ramp shade is '#000'", "a list of"]),
    "a wrong stop": (with_ramp("shade", "#FFF7DC", "blue"), ["ramp shade is 'blue'", "#RRGGBB"]),
    "a wrong ramp": (with_ramp("shads", "#000", "#FFF"), ["'shads'", "did you mean shade?"]),
    "a ramp twice": (
        {"ramps": {"shade-diverging": ["#80C0F4", "#EFEFEF", "#FAAA62"], "shade_diverging": ["#000"] * 3}},
        ["ramp shade diverging", "twice"],
    ),
    "an illegible shade": (
        {"name": "mine", "base": "print", "ramps": {"shade": ["#F5F5F5", "#777777"]}},
        ["ramp shade has #777777", "4.6 at most, less than 7", "choose lighter stops"],
    ),
    "an illegible middle": (
        with_ramp("shade diverging", "#80C0F4", "#808080", "#FAAA62"),
        ["has #808080", "4.5 at", "lighter"],
    ),
    "a shade like the window": (with_ramp("shade", "#FFF7DC", "#B48A6A"), ["ramp shade has"]),
    "a shade like the ground": (with_ramp("grey", "#000", "#FFF"), ["ramp grey has #FFFFFF", "the ground"]),
    "a ramp to and fro": (with_ramp("grey", "#000", "#AAA", "#222"), ["ramp grey", "from end to end"]),
    "a ramp on one side": (with_ramp("diverging", "#000", "#888", "#EEE"), ["ramp diverging", "from its middle"]),
    "no two sides": (with_ramp("diverging", "#0B4FA8", "#ECECEC", "#0B4FB0"), ["ends that look alike"]),
    "a frame that colours hide": (
        {"name": "mine", "base": "contrast", "colors": {"frame": "#6E6E6E"}},
        ["ramp grey has", "frame and ground"],
    ),
    "nothing there": ("no such.toml", ["theme 'no such.toml'", "not there"]),
    "a null in a path": ("\0.toml", ["theme", "can't be read"]),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_wrong_is_said_in_a_sentence(case: str) -> None:
    value, words = REFUSED[case]
    with pytest.raises(ConvvizError) as caught:
        animate(CASES["one cell"](), theme=value)
    message = str(caught.value)
    assert all(word in message for word in words), message
    assert "\n" not in message
    assert message.startswith("theme ")
    assert re.search(r": (did|use|choose|put|leave|give|check|set)|, the middle one", message), f"no way out: {message}"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[colors]\nink = #000", ["not TOML", "line 2"]),
        (b"ink = \xe9", ["not text", "UTF-8"]),
        (b"x = " + b"[" * 5000, ["nests too deeply"]),
        (b"#" * (1 << 20) + b"##", ["over 1 MiB"]),
        (b"[colors]\nink = '#7'", ['theme "mine"', "ink is '#7'"]),
        (b"[colors]\nink = 2020-01-01", ["ink is '2020-01-01'"]),
    ],
)
def test_what_is_wrong_in_a_file_is_said(tmp_path: Path, content: bytes, words: list[str]) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(content)
    with pytest.raises(ConvvizError) as caught:
        theme_of(path)
    assert all(word in str(caught.value) for word in words), str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_is_no_theme(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").mkdir()
    with pytest.raises(FileError, match="not an ordinary file"):
        theme_of(tmp_path / "mine.toml")


def test_ratios_are_rounded_down() -> None:
    """A contrast of 6.96 is not shown as 7.0, less than 7."""
    ink = next(f"#{n:02X}{n:02X}{n:02X}" for n in range(90) if contrast(f"#{n:02X}{n:02X}{n:02X}", "#D9F0E4") < 7)
    with pytest.raises(SettingError, match=r"contrast of 6\.\d, less than 7"):
        theme_of(bright(ink=ink))


def test_what_is_refused_agrees_with_the_formula() -> None:
    """Greys for one role, one after another: a theme is taken where all its pairs hold."""
    base = THEMES["light"].palette
    for level in range(0, 256, 5):
        grid = f"#{level:02X}{level:02X}{level:02X}"
        if contrast(grid, base["ground"]) >= 3:
            theme_of(bright(grid=grid))
        else:
            with pytest.raises(SettingError, match=f"grid {grid}"):
                theme_of(bright(grid=grid))


def test_the_package_offers_themes() -> None:
    assert convviz.Theme is Theme


def page() -> dict[str, list[str]]:
    """Return the examples of docs/themes.md by their language."""
    text = (Path(__file__).parent.parent / "docs" / "themes.md").read_text(encoding="utf-8")
    found: dict[str, list[str]] = {}
    for language, code in re.findall(r"```(\w*)\n(.*?)```", text, re.DOTALL):
        found.setdefault(language, []).append(code)
    return found


def test_the_page_about_themes_is_right(tmp_path: Path) -> None:
    (tmp_path / "night.toml").write_text(page()["toml"][0], encoding="utf-8")
    night = theme_of(tmp_path / "night.toml")
    assert night.palette["window"] == "#FFD166"
    exec("\n".join(page()["python"][:2]), {})
    said = page()[""][-1].strip()
    with pytest.raises(SettingError, match=re.escape(said)):
        theme_of(bright(grid="#DDDDDD"))
    text = (Path(__file__).parent.parent / "docs" / "themes.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in text for name in (*THEMES, *night.ramps, *night.palette) if not name.startswith("group"))
