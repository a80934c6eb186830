"""A canvas whose height follows what stands on it: its texts, its colours, its heading and its foot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from convviz.errors import SettingError
from convviz.numbers import plain
from convviz.scene import Anchor, Frame, Mark, Rect, Scene, Text
from convviz.text import CAP, clipped, fitting, measure
from convviz.theme import INKS, Theme
from convviz.views.pace import HOLD
from convviz.views.panels import DESIGNED, MARGIN, Sizes
from convviz.words import printable

LEAST = 13.0  # pixels: no type is smaller, however narrow the canvas is
NARROWEST, WIDEST = 320, 65535
MOST_LETTERS = 200
SMALLER = 15  # size of type of sentences where they are long; longer ones are broken
ROLES = ("ground", "ink", "muted", "lit", "grid", "frame", "window", "halo", "tap", "tap ink", "current", "current ink")
TRACK = "track"


class Style(NamedTuple):
    """What the reader chose: colours, size, heading and pace."""

    theme: Theme
    width: int = DESIGNED
    title: str | None = None
    step_seconds: float | None = None
    hold: float | None = None

    def checked(self) -> Style:
        """Return the style, or refuse what can't be drawn."""
        if isinstance(self.width, bool) or not NARROWEST <= self.width <= WIDEST:
            raise SettingError(f"width is {self.width} pixels: use {NARROWEST} to {WIDEST}")
        for name, seconds in (("step_seconds", self.step_seconds), ("hold", self.hold)):
            if seconds is not None and not 0 <= seconds <= 600:
                raise SettingError(f"{name} is {plain(seconds)}: use 0 to 600 seconds")
        return self


class Moment(NamedTuple):
    """One frame before it has its time: what stays, what is there for now, and the lines said beneath."""

    settled: Sequence[Mark]
    moving: Sequence[Mark]
    said: Sequence[str] = ()


class Sheet:
    """Makes texts, and puts a scene together; ``fills`` are roles beside the theme's, with their colours."""

    def __init__(self, style: Style, fills: Mapping[str, str]) -> None:
        self.style, self.theme = style.checked(), style.theme
        self.width = style.width
        self.unit = Sizes(style.width / DESIGNED)
        self.margin = self.unit(MARGIN)
        self.room = self.width - 2 * self.margin
        known = {role: style.theme.palette[role] for role in (*ROLES, TRACK) if role in style.theme.palette}
        self.palette = {**known, **fills}
        self.inks = [pair for pair in INKS if self.palette.keys() >= {*pair}]

    def type(self, pixels: float) -> float:
        """Scale a size of type; it is never too small to be read."""
        return max(LEAST, self.unit.type(pixels))

    def text(
        self,
        x: float,
        middle: float,
        string: str,
        size: float,
        role: str = "ink",
        on: str = "ground",
        anchor: Anchor = "middle",
        *,
        bold: bool = False,
        mono: bool = False,
        tag: str = "",
    ) -> Text:
        """Make a text whose digits are centred on a height."""
        if (role, on) not in self.inks:
            self.inks.append((role, on))
        baseline = round(middle + CAP * size / 2)
        return Text(x, baseline, string, size, role, on, measure(string, size, bold, mono), anchor, bold, mono, tag)

    def edges(self, *pairs: tuple[str, str]) -> None:
        """Note colours whose edges are smoothed exactly."""
        self.inks += [pair for pair in pairs if pair not in self.inks]

    # Heading.

    def heading(self, title: str, about: str) -> tuple[list[Mark], int]:
        """Write the title, and beside or below it what it is about; return where the rest may begin."""
        given = title if self.style.title is None else self.style.title
        title = (printable(given) or " ")[:MOST_LETTERS]
        large, small = self.type(26), self.type(18)
        size = fitting(title, self.room, large, min(small, large), bold=True)
        title = clipped(title, self.room, size, bold=True)
        marks: list[Mark] = []
        y = self.unit(40)
        if title.strip():
            marks.append(self.text(self.margin, y, title, size, anchor="start", bold=True, tag="title"))
        start = self.margin + measure(title, size, bold=True) + self.unit(25)
        second = small
        if start + measure(about, second) <= self.width - self.margin:
            marks.append(self.text(start, y + 1, about, second, "muted", anchor="start", tag="settings"))
            return marks, y + self.unit(30)
        for line in self.wrapped(about, second):
            y += round(1.45 * second)
            marks.append(self.text(self.margin, y, line, second, "muted", anchor="start", tag="settings"))
        return marks, y + self.unit(28)

    def wrapped(self, text: str, size: float, room: float | None = None, *, mono: bool = False) -> list[str]:
        """Break a text into lines between words; a word that is too long is cut short."""
        room = self.room if room is None else room
        lines: list[str] = []
        for word in text.split():
            longer = f"{lines[-1]} {word}" if lines else word
            if lines and measure(longer, size, mono=mono) <= room:
                lines[-1] = longer
            else:
                lines.append(clipped(word, room, size, mono=mono))
        return lines

    # The scene.

    def scene(
        self,
        base: Sequence[Mark],
        moments: Sequence[Moment],
        top: int,
        notes: Sequence[str],
        title: str,
        about: str,
        settings: Mapping[str, Any],
        pace: tuple[float, float],
        *,
        ramps: Mapping[str, tuple[str, ...]] | None = None,
        passed_over: str = "",
    ) -> Scene:
        """Put the foot under what is drawn down to ``top``: what is said at each moment, how far it is, the notes."""
        small = self.type(15)
        said = [line for moment in moments for line in moment.said]
        least = self.type(SMALLER)
        size = min((fitting(line, self.room, self.type(17), least, mono=True) for line in said), default=least)
        lines = [self._fitted(moment.said, size) for moment in moments]
        deep = max(map(len, lines), default=0)
        pitch = round(1.4 * self.type(17))
        below = [line for note in notes for line in self.wrapped(note, small)]
        foot = deep * pitch + self.unit(26) + len(below) * round(1.45 * small) + self.unit(12)
        height = max(round(self.width * 9 / 16), top + foot)
        first = height - foot + pitch / 2
        track = round(height - foot + deep * pitch + self.unit(8))
        marks = [*base]
        if len(moments) > 1:
            marks.append(Rect(self.margin, track, self.room, max(2, self.unit(4)), TRACK, tag="progress"))
        y = track + self.unit(18) + small / 2
        for number, line in enumerate(below):
            at = y + number * round(1.45 * small)
            marks.append(self.text(self.margin, at, line, small, "muted", anchor="start", tag="note"))
        frames = list(self._frames(moments, lines, (first, pitch, track), size, pace))
        return Scene(
            width=self.width,
            height=height,
            base=tuple(marks),
            frames=frames,
            palette=self.palette,
            ramps=ramps or {},
            inks=tuple(self.inks),
            title=printable(title if self.style.title is None else self.style.title),
            description=about,
            settings=settings,
            notes=(passed_over,) if passed_over else (),
        )

    def _fitted(self, said: Iterable[str], size: float) -> list[str]:
        """Return lines in one size of type, broken where they are too long for any."""
        found = []
        for line in said:
            whole = measure(line, size, mono=True) <= self.room
            found += [line] if whole else self.wrapped(line, size, mono=True)
        return found

    def _frames(
        self,
        moments: Sequence[Moment],
        lines: Sequence[Sequence[str]],
        places: tuple[float, int, int],
        size: float,
        pace: tuple[float, float],
    ) -> Iterator[Frame]:
        first, pitch, track = places
        hold = HOLD if self.style.hold is None else self.style.hold
        least, most = pace
        seconds = min(max((20.0 - hold) / max(1, len(moments)), least), most)
        seconds = seconds if self.style.step_seconds is None else self.style.step_seconds
        for number, (moment, said) in enumerate(zip(moments, lines, strict=True)):
            settled, moving = list(moment.settled), list(moment.moving)
            for at, line in enumerate(said):
                y = first + at * pitch
                moving.append(self.text(self.margin, y, line, size, anchor="start", mono=True, tag="sentence"))
            if len(moments) > 1:
                end = self.room * (number + 1) // len(moments)
                start = self.room * number // len(moments)
                thick = max(2, self.unit(4))
                settled.append(Rect(self.margin + start, track, end - start, thick, "window", tag="progress"))
            last = number == len(moments) - 1
            yield Frame(tuple(settled), tuple(moving), seconds + hold * last)
