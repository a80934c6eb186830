"""What is drawn: marks in their final places on one canvas, each naming a colour role, frame after frame.

Positions are pixels, x to the right and y downwards. A mark may carry a tag that says what it shows
(``output/0/3/1``: plane, row, column).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from convviz.errors import SettingError
from convviz.exact import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Anchor: TypeAlias = Literal["start", "middle", "end"]
Point: TypeAlias = tuple[float, float]


class Rect(NamedTuple):
    """A rectangle; its stroke is centred on its edge. A hatch is drawn over the fill; ``back``: it leans back."""

    x: int
    y: int
    width: int
    height: int
    fill: str = ""
    stroke: str = ""
    thickness: int = 1
    hatch: str = ""
    back: bool = False
    radius: int = 0
    tag: str = ""


class Text(NamedTuple):
    """One line of text. ``y`` is the baseline, ``length`` the measured width, ``on`` the role of what lies under it."""

    x: float
    y: float
    string: str
    size: float
    role: str
    on: str
    length: float
    anchor: Anchor = "middle"
    bold: bool = False
    mono: bool = False
    tag: str = ""

    @property
    def left(self) -> float:
        """Where the text starts."""
        if self.anchor == "middle":
            return self.x - self.length / 2
        return self.x - self.length if self.anchor == "end" else self.x


@dataclass(frozen=True, slots=True)
class Image:
    """A grid of colours: ``levels`` (rows, columns), 0 … 255 along a ramp of the scene, spread over the rectangle."""

    x: int
    y: int
    width: int
    height: int
    levels: Array = field(compare=False)
    ramp: str = "grey"
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Points:
    """What lies between points; its box leaves the thickness of its line out, as that of a `Rect` does."""

    points: tuple[Point, ...]

    @property
    def x(self) -> float:
        """The left edge."""
        return min(x for x, _ in self.points)

    @property
    def y(self) -> float:
        """The upper edge."""
        return min(y for _, y in self.points)

    @property
    def width(self) -> float:
        """Pixels from the left edge to the right one."""
        return max(x for x, _ in self.points) - self.x

    @property
    def height(self) -> float:
        """Pixels from the upper edge to the lower one."""
        return max(y for _, y in self.points) - self.y


@dataclass(frozen=True, slots=True)
class Line(Points):
    """A line through two points or more: flat at its ends, round where it bends, never moved to whole pixels.

    A line of one pixel that covers whole ones runs through their middles, at .5. ``dash``: pixels drawn, left out,
    drawn, left out, and so on from the first point.
    """

    role: str
    thickness: float = 1
    dash: tuple[float, ...] = ()
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Polygon(Points):
    """An area between three points or more, whose edges may cross no other; its stroke is centred on its edge."""

    fill: str = ""
    stroke: str = ""
    thickness: float = 1
    tag: str = ""


Mark: TypeAlias = Rect | Text | Image | Line | Polygon


@dataclass(frozen=True, slots=True)
class Frame:
    """One moment: ``settled`` marks stay from here on, ``moving`` ones are gone in the next frame."""

    settled: tuple[Mark, ...]
    moving: tuple[Mark, ...]
    seconds: float


@dataclass(frozen=True)
class Scene:
    """A figure: a canvas, what stands on it from the start, and its frames (a lazy sequence).

    ``palette`` gives every role its colour, ``ramps`` every ramp its two or three stops; ``inks`` are the (role, on)
    pairs of the text, and of edges that are smoothed exactly: others take the nearest colour that there is.
    ``settings`` is what is embedded in the files: plain JSON.
    """

    width: int
    height: int
    base: tuple[Mark, ...]
    frames: Sequence[Frame]
    palette: Mapping[str, str]
    ramps: Mapping[str, tuple[str, ...]]
    inks: Sequence[tuple[str, str]]
    title: str
    description: str
    settings: Mapping[str, Any]
    notes: tuple[str, ...] = ()

    @property
    def hatch(self) -> int:
        """Pixels from one line of a hatch to the next, along a row."""
        return max(4, round(self.width / 112))

    def at(self, index: int) -> Iterator[Mark]:
        """Return all marks of one frame in drawing order: the base, what has settled so far, what moves."""
        index = range(len(self.frames))[index]
        yield from self.base
        for number in range(index):
            yield from self.frames[number].settled
        frame = self.frames[index]
        yield from frame.settled
        yield from frame.moving

    def draw(self, ax: Axes, step: int = 0) -> Axes:
        """Draw frame ``step``, counted from 0 or, below it, from the end, on Axes of matplotlib; return them.

        Lines and type are in the size of the figure at every size of the Axes. What convviz drew there before is
        replaced. Raises `SettingError`.

        >>> from matplotlib.figure import Figure
        >>> from convviz import animate, conv2d
        >>> scene = animate(conv2d([[1, 2, 3], [4, 5, 6]], [[1, 0], [0, 1]]))
        >>> figure = Figure()
        >>> for step, ax in enumerate(figure.subplots(1, 2)):
        ...     ax = scene.draw(ax, step)
        """
        from convviz.write.mpl import paint  # the one way up: a convenience

        return paint(self, counted(step, len(self.frames)), ax)


def ramp_colours(stops: Sequence[str], count: int) -> NDArray[np.uint8]:
    """Return ``count`` colours along a ramp, evenly from its first stop to its last, shape (count, 3).

    >>> ramp_colours(("#000000", "#FF0000", "#FFFFFF"), 5).tolist()
    [[0, 0, 0], [128, 0, 0], [255, 0, 0], [255, 128, 128], [255, 255, 255]]
    """
    known = np.array([tuple(bytes.fromhex(stop[1:])) for stop in stops])
    at = np.linspace(0, len(known) - 1, count)
    channels = [np.interp(at, range(len(known)), known[:, channel]) for channel in range(3)]
    return np.asarray(np.rint(np.stack(channels, axis=1)).astype(np.uint8))


def counted(step: int, count: int) -> int:
    """Return the index of one of ``count`` steps, counted from 0 or, below it, from the end.

    >>> counted(2, 4), counted(-1, 4)
    (2, 3)
    """
    if isinstance(step, bool) or not hasattr(step, "__index__") or not -count <= step.__index__() < count:
        raise SettingError(f"step {step!r} is not there: use 0 to {count - 1}, or -1 for the last down to -{count}")
    return step.__index__() % count
