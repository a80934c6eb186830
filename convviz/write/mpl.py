"""Paints a frame on Axes of matplotlib: marks in data coordinates, lines and type sized while they are drawn."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from math import floor
from typing import Any, Literal, TypeAlias, assert_never

import matplotlib
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backend_bases import GraphicsContextBase, RendererBase
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, get_font
from matplotlib.image import AxesImage
from matplotlib.path import Path
from matplotlib.transforms import Bbox, IdentityTransform

from convviz.errors import SettingError
from convviz.scene import Image, Line, Mark, Polygon, Rect, Scene, Text, ramp_colours
from convviz.text import font, measure

HATCH = 1.4  # pixels: how thick the lines of a hatch are
ROUND = 0.5523  # of a radius: where the control points of a quarter of a circle lie
FINE = 2  # pixels of a stored image in a pixel of the scene: viewers smooth cells that are few pixels
EXACT = 1000.0  # pixels: at this size hinting no longer rounds a width
UNKNOWN = "\N{REPLACEMENT CHARACTER}"
Corners: TypeAlias = tuple[float, float, float, float]


def figure(scene: Scene, index: int, dpi: float) -> Figure:
    """Return a figure of one frame, as large as the scene, that no other knows of."""
    made = Figure((scene.width / dpi, scene.height / dpi), dpi, facecolor=scene.palette["ground"])
    made.set_layout_engine("none")
    paint(scene, index, made.add_axes((0, 0, 1, 1)))
    return made


def paint(scene: Scene, index: int, axes: Axes) -> Axes:
    """Draw a frame on Axes, which take its limits and its aspect, and return them; one that was there is replaced."""
    if not isinstance(axes, Axes) or axes.name != "rectilinear":
        raise SettingError(f"axes {axes!r} can't be drawn on: pass plain Axes of matplotlib")
    for artist in [each for each in axes.artists if isinstance(each, Marks)]:
        artist.remove()
    axes.add_artist(Marks(scene, index, axes))
    axes.set(xlim=(0, scene.width), ylim=(scene.height, 0))
    axes.set_aspect("equal", adjustable="box")
    axes.set_axis_off()
    return axes


class Marks(Artist):
    """All marks of one frame. Where and how large they are is asked anew at every drawing."""

    def __init__(self, scene: Scene, index: int, axes: Axes) -> None:
        super().__init__()
        self.size = scene.width, scene.height
        self.marks = _uncovered([Rect(0, 0, *self.size, "ground"), *scene.at(index)])
        self.colours = {role: _rgb(colour) for role, colour in scene.palette.items()}
        self.period = scene.hatch
        self.images = {n: _shown(m, scene, axes) for n, m in enumerate(self.marks) if isinstance(m, Image)}

    def get_window_extent(self, renderer: RendererBase | None = None) -> Bbox:
        """Return where the scene lies, in pixels of the display."""
        assert self.axes is not None
        corners = self.axes.transData.transform([(0, 0), self.size])
        return Bbox([corners.min(axis=0), corners.max(axis=0)])

    def draw(self, renderer: RendererBase) -> None:
        """Draw every mark, one over the other."""
        if not self.get_visible():
            return
        renderer.open_group("convviz", gid=self.get_gid())
        with matplotlib.rc_context({"text.hinting": "none"}):  # hinted, letters would be whole pixels wide
            self._draw(renderer)
        renderer.close_group("convviz")
        self.stale = False

    def _draw(self, renderer: RendererBase) -> None:
        pen = Pen(self, renderer)
        for number, mark in enumerate(self.marks):
            match mark:
                case Rect():
                    pen.rect(mark)
                case Text():
                    pen.text(mark)
                case Image():
                    self.images[number].draw(renderer)
                case Line():
                    pen.line(mark)
                case Polygon():
                    pen.polygon(mark)
                case _:
                    assert_never(mark)


class Pen:
    """Draws marks with one renderer, at the place and the size that the Axes have now."""

    def __init__(self, marks: Marks, renderer: RendererBase) -> None:
        assert marks.axes is not None
        self.renderer, self.colours, self.period = renderer, marks.colours, marks.period
        self.clip = marks.axes.bbox
        width, height = marks.size
        (self.left, self.top), (right, bottom) = marks.axes.transData.transform([(0, 0), (width, height)])
        self.across, self.down = (right - self.left) / width, (bottom - self.top) / height
        self.scale = min(abs(self.across), abs(self.down))
        self.point = renderer.points_to_pixels(1)
        self.snaps = not renderer.option_scale_image()  # whole pixels; drawings for any size have none
        self.canvas_height = renderer.get_canvas_width_height()[1]

    def rect(self, mark: Rect) -> None:
        """Fill, hatch and outline a rectangle."""
        box = float(mark.x), float(mark.y), float(mark.x + mark.width), float(mark.y + mark.height)
        if mark.fill:
            corners = self._corners(box, 0)
            radius = mark.radius * self.scale
            self._path(_rounded(corners, radius) if radius else _closed(corners), fill=mark.fill)
        if mark.hatch:
            lines = [self._place(x, y) for line in _hatch(mark, self.period) for x, y in line]
            clip = Bbox.from_extents(*self._corners(box, 0))
            if lines and (inside := Bbox.intersection(clip, self.clip)) is not None:
                codes = [Path.MOVETO, Path.LINETO] * (len(lines) // 2)
                self._path(Path(lines, codes), stroke=mark.hatch, thickness=HATCH, clip=inside)
        if mark.stroke:
            half = mark.thickness % 2 / 2  # odd lines cover whole pixels, as in the raster
            corners = self._corners((box[0] + half, box[1] + half, box[2] + half, box[3] + half), mark.thickness)
            self._path(_closed(corners), stroke=mark.stroke, thickness=mark.thickness)

    def text(self, mark: Text) -> None:
        """Write a text as wide as it was measured: fonts for screens round the widths of their letters."""
        string = _known(mark.string, mark.bold, mark.mono)
        size = mark.size
        if len(string) > 1 and (natural := measure(mark.string, EXACT, mark.bold, mark.mono) / EXACT * size):
            size *= mark.length / natural
        x, y = self._place(mark.left, mark.y)
        prop = FontProperties(
            family="DejaVu Sans Mono" if mark.mono else "DejaVu Sans",
            weight="bold" if mark.bold else "normal",
            size=size * self.scale / self.point,
            fname=_file(mark.bold, mark.mono),
        )
        if not string.strip() or not size * self.scale:
            return
        gc = self._context(mark.role)
        self.renderer.draw_text(gc, x, self.canvas_height - y if self.renderer.flipy() else y, string, prop, 0)
        gc.restore()

    def line(self, mark: Line) -> None:
        """Draw a line through points."""
        path = Path([self._place(x, y) for x, y in mark.points])
        self._path(path, stroke=mark.role, thickness=mark.thickness, dash=mark.dash, join="round")

    def polygon(self, mark: Polygon) -> None:
        """Fill a polygon, then draw its edge."""
        path = Path([self._place(x, y) for x, y in (*mark.points, mark.points[0])], closed=True)
        if mark.fill:
            self._path(path, fill=mark.fill)
        if mark.stroke:
            self._path(path, stroke=mark.stroke, thickness=mark.thickness, join="round")

    def _place(self, x: float, y: float) -> tuple[float, float]:
        return self.left + x * self.across, self.top + y * self.down

    def _corners(self, box: Corners, thickness: int) -> Corners:
        """Return two corners on the display: on whole pixels where there are any, or between for odd lines."""
        (x0, y0), (x1, y1) = self._place(box[0], box[1]), self._place(box[2], box[3])
        if not self.snaps:
            return x0, y0, x1, y1
        odd = thickness and max(1, round(thickness * self.scale)) % 2
        x0, y0, x1, y1 = (_whole(value, bool(odd)) for value in (x0, y0, x1, y1))
        return x0, y0, x1, y1

    def _context(self, role: str, clip: Any = None) -> GraphicsContextBase:
        gc = self.renderer.new_gc()
        gc.set_foreground(self.colours[role], isRGBA=True)
        gc.set_clip_rectangle(self.clip if clip is None else clip)
        return gc

    def _path(
        self,
        path: Path,
        fill: str = "",
        stroke: str = "",
        thickness: float = 0,
        clip: Any = None,
        dash: tuple[float, ...] = (),
        join: Literal["miter", "round"] = "miter",
    ) -> None:
        gc = self._context(stroke or fill, clip)
        gc.set_linewidth(thickness * self.scale / self.point)
        gc.set_joinstyle(join)
        if dash:
            gc.set_dashes(0, [each * self.scale / self.point for each in dash])
        gc.set_snap(False)
        self.renderer.draw_path(gc, path, IdentityTransform(), self.colours[fill] if fill else None)
        gc.restore()


def _uncovered(marks: list[Mark]) -> list[Mark]:
    """Leave out texts over which something is painted later: who copies a text would copy them too."""
    covers = [each for each in marks if isinstance(each, Image) or (isinstance(each, Rect) and each.fill)]
    boxes = np.array([(each.x, each.y, each.x + each.width, each.y + each.height) for each in covers])
    left: list[Mark] = []
    done = 0
    for mark in marks:
        if isinstance(mark, Text):
            ink = font(mark.size, mark.bold, mark.mono).getbbox(mark.string, anchor="ls")
            low = np.array((mark.left, mark.y)) + ink[:2] >= boxes[done:, :2]
            high = np.array((mark.left, mark.y)) + ink[2:] <= boxes[done:, 2:]
            if (low & high).all(axis=1).any():
                continue
        elif done < len(covers) and mark is covers[done]:
            done += 1
        left.append(mark)
    return left


def _whole(value: float, odd: bool) -> float:
    """Return the nearest edge between pixels, or for an odd line the middle of the pixel."""
    return floor(value + 1e-6) + 0.5 if odd else float(floor(value + 0.5 + 1e-6))


def _closed(corners: Corners) -> Path:
    x0, y0, x1, y1 = corners
    return Path([(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)], closed=True)


def _rounded(corners: Corners, radius: float) -> Path:
    """Return a rectangle with quarters of circles for corners."""
    x0, y0, x1, y1 = corners
    radius = min(radius, abs(x1 - x0) / 2, abs(y1 - y0) / 2)
    r, s = np.copysign(radius, x1 - x0), np.copysign(radius, y1 - y0)
    k, m = r * (1 - ROUND), s * (1 - ROUND)
    points = [
        *((x0 + r, y0), (x1 - r, y0), (x1 - k, y0), (x1, y0 + m), (x1, y0 + s)),
        *((x1, y1 - s), (x1, y1 - m), (x1 - k, y1), (x1 - r, y1)),
        *((x0 + r, y1), (x0 + k, y1), (x0, y1 - m), (x0, y1 - s)),
        *((x0, y0 + s), (x0, y0 + m), (x0 + k, y0), (x0 + r, y0), (x0 + r, y0)),
    ]
    side = [Path.LINETO, *[Path.CURVE4] * 3]
    return Path(points, [Path.MOVETO, *side, *side, *side, *side, Path.CLOSEPOLY])


def _hatch(mark: Rect, period: int) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    """Return the diagonal lines over a rectangle, a little longer than it, as they run over the whole canvas."""
    x0, y0, x1, y1 = mark.x - 1, mark.y - 1, mark.x + mark.width + 1, mark.y + mark.height + 1
    low, high = (x0 - y1, x1 - y0) if mark.back else (x0 + y0, x1 + y1)
    offset = 0 if mark.back else 1  # lines run through the middles of pixels
    for each in range(low - (low - offset) % period, high + 1, period):
        start, end = (max(x0, y0 + each), min(x1, y1 + each)) if mark.back else (max(x0, each - y1), min(x1, each - y0))
        if start < end:
            yield (
                ((start, start - each), (end, end - each)) if mark.back else ((start, each - start), (end, each - end))
            )


def _shown(mark: Image, scene: Scene, axes: Axes) -> AxesImage:
    """Return an image, its cells so many pixels that no viewer smooths them."""
    rows, columns = mark.levels.shape
    times = max(1, -(-FINE * mark.width // columns), -(-FINE * mark.height // rows))
    colours = ramp_colours(scene.ramps[mark.ramp], 256)[mark.levels]
    extent = (mark.x, mark.x + mark.width, mark.y + mark.height, mark.y)
    shown = AxesImage(axes, interpolation="none", origin="upper", extent=extent, resample=False)
    shown.set_data(colours.repeat(times, axis=0).repeat(times, axis=1))
    shown.set_figure(axes.figure)
    shown.set_transform(axes.transData)
    shown.set_clip_path(axes.patch)
    return shown


@cache
def _file(bold: bool, mono: bool) -> str:
    return str(font(EXACT, bold, mono).path)


@cache
def _letters(bold: bool, mono: bool) -> frozenset[str]:
    return frozenset(map(chr, get_font(_file(bold, mono)).get_charmap()))


def _known(string: str, bold: bool, mono: bool) -> str:
    """Put a sign where the font has no letter, of which matplotlib would warn."""
    letters = _letters(bold, mono)
    return "".join(each if each in letters else UNKNOWN for each in string)


def _rgb(colour: str) -> tuple[float, float, float, float]:
    red, green, blue = bytes.fromhex(colour[1:])
    return red / 255, green / 255, blue / 255, 1.0
