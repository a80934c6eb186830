"""Curves of activation functions and of their slopes, with formula and range: a figure of matplotlib."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle
from math import ceil
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator

from convviz import terms, words
from convviz.activations import NAMES, Activation, activation_named, known_name
from convviz.errors import SettingError
from convviz.exact import Array
from convviz.numbers import Format, plain
from convviz.probabilities import Softmax, softmax
from convviz.text import clipped, fitting
from convviz.theme import Theme, ThemeLike
from convviz.theme import theme as theme_of
from convviz.views.panels import DESIGNED, MARGIN
from convviz.views.plan import LEAST

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PER_INCH = 100
MOST_PANELS = len(NAMES)  # each once
REACH = 5.0  # x runs from −REACH to REACH
POINTS = 1201
LOGITS = (2.0, 1.0, 0.1, -1.0)  # of the softmax beside curves
# On a canvas of 1120 pixels: a size in pixels is told from a size in points by the figure's dots per inch.
TITLE, FORMULA, WORD, TICK = 26, 20, 17, 14
HEIGHT = DESIGNED * 9 / 16
TALL_ROW = 268.0  # pixels: where there are more than two rows of panels, the figure is higher
PART = r",\ \ "  # where a long formula may be cut
DERIVATIVE: Any = (0, (5, 2))
DASHES: tuple[Any, ...] = (
    "solid",
    (0, (6, 2)),
    (0, (1.5, 1.5)),
    (0, (6, 2, 1.5, 2)),
    (0, (10, 3)),
    (0, (3, 1.5, 1, 1.5, 1, 1.5)),
)
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p", "*", "h")
COLOURS = ("group 0", "group 1", "group 2", "group 3")
RC: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "mathtext.fontset": "dejavusans",
    "axes.unicode_minus": True,
    "svg.fonttype": "path",
    "svg.hashsalt": "convviz",
    "pdf.fonttype": 42,
    "path.simplify": True,
    "text.usetex": False,
}


Where: TypeAlias = Literal["center right", "lower center"]


class Named(NamedTuple):
    """One panel: an activation, or the softmax of some numbers."""

    name: str
    function: Activation | None

    @property
    def title(self) -> str:
        """What stands over the panel."""
        return terms.SOFTMAX if self.function is None else self.function.title


def plot_activation(
    *names: str,
    together: bool = False,
    theme: ThemeLike = "light",
    width: int = DESIGNED,
    title: str | None = None,
    reach: float = REACH,
    negative_slope: float | None = None,
    alpha: float | None = None,
    approximate: str | None = None,
) -> Figure:
    """Plot activation functions and their derivatives, each in a panel with its formula and range.

    ``together``: all functions on one pair of axes, and all derivatives on another. ``reach``: x runs from −reach to
    reach. ``negative_slope``, ``alpha`` and ``approximate`` are as in `convviz.activation`. "softmax" is a panel of
    bars: numbers, their exponentials, their probabilities. Raises `SettingError`.

    >>> figure = plot_activation("relu", "tanh")
    >>> len(figure.axes), figure.get_size_inches().tolist()
    (2, [11.2, 6.3])
    """
    panels = chosen(names, negative_slope=negative_slope, alpha=alpha, approximate=approximate)
    if not 320 <= width <= 10_000:
        raise SettingError(f"width is {width} pixels: use 320 to 10000")
    if not 0 < reach <= 1000:
        raise SettingError(f"reach is {plain(reach)}: use a number above 0, up to 1000")
    if together and any(panel.function is None for panel in panels):
        raise SettingError("softmax has no curve of one number: leave it out, or leave together out")
    colours = theme_of(theme)
    with matplotlib.rc_context(RC):
        rows, _ = tiling(1 if together else len(panels))
        height = HEIGHT if rows < 3 else round(66 + TALL_ROW * rows)
        figure = Figure((width / PER_INCH, width * height / DESIGNED / PER_INCH), dpi=PER_INCH)
        figure.set_facecolor(colours.palette["ground"])
        pen = _Pen(figure, colours, width, height, reach)
        if together:
            pen.together([panel.function for panel in panels if panel.function], title)
        else:
            pen.panels(panels, title)
    return figure


def chosen(
    names: Sequence[str], *, negative_slope: float | None, alpha: float | None, approximate: str | None
) -> list[Named]:
    """Return which functions are meant, each with the settings that belong to it."""
    if not 1 <= len(names) <= MOST_PANELS:
        raise SettingError(f"{len(names)} activations are not drawn: name 1 to {MOST_PANELS}")
    spelled = [known_name(name) for name in names]
    given = {"negative_slope": negative_slope, "alpha": alpha, "approximate": approximate}
    owners = {"negative_slope": "leaky_relu", "alpha": "elu", "approximate": "gelu"}
    for setting, owner in owners.items():
        if given[setting] is not None and owner not in spelled:
            raise SettingError(f"{setting} {given[setting]!r} means nothing here: it belongs to {owner}")
    found = []
    for name in spelled:
        if name == "softmax":
            found.append(Named(name, None))
            continue
        mine: dict[str, Any] = {setting: given[setting] for setting, owner in owners.items() if owner == name}
        found.append(Named(name, activation_named(name, **mine)))
    if len({panel.function.name if panel.function else "softmax" for panel in found}) < len(found):
        raise SettingError(f"activations {', '.join(names)} name one twice: leave it out")
    return found


class Box(NamedTuple):
    """A part of the figure, in pixels of the designed canvas, from its upper left corner."""

    left: float
    top: float
    right: float
    bottom: float


class _Pen:
    """Draws on one figure, in the colours of a theme; lengths are in pixels of the designed canvas."""

    def __init__(self, figure: Figure, theme: Theme, width: int, height: float, reach: float) -> None:
        self.figure, self.palette, self.unit, self.height = figure, theme.palette, width / DESIGNED, height
        self.x = np.linspace(-reach, reach, POINTS)
        self.reach = reach
        canvas: Any = FigureCanvasAgg(figure)
        self.renderer = canvas.get_renderer()

    def size(self, pixels: float) -> float:
        """Return in points what is in pixels of the designed canvas."""
        return pixels * self.unit * 72 / PER_INCH

    def text(self, x: float, y: float, said: str, size: float, **more: Any) -> Text:
        """Write at a place; return the text, which can be measured."""
        look = {"color": self.palette["ink"], **more}
        return self.figure.text(x / DESIGNED, 1 - y / self.height, said, size=self.size(size), **look)

    def measured(self, text: Text) -> tuple[float, float]:
        """Return width and height of a text."""
        extent = text.get_window_extent(self.renderer)
        return extent.width / self.unit, extent.height / self.unit

    def axes(self, box: Box) -> Axes:
        """Make axes that fill a box."""
        return self.figure.add_axes(
            (
                box.left / DESIGNED,
                1 - box.bottom / self.height,
                (box.right - box.left) / DESIGNED,
                (box.bottom - box.top) / self.height,
            )
        )

    def heading(self, said: str, room: float) -> None:
        """Write the heading, smaller or shorter where there is less room."""
        size = fitting(said, room, TITLE, 18, bold=True)
        said = clipped(said, room, size, bold=True).replace("$", r"\$")
        self.text(MARGIN, 40, said, size, weight="bold", va="center", ha="left")

    # Panels.

    def panels(self, panels: Sequence[Named], title: str | None) -> None:
        """Draw every function in a panel of its own, its formula under it."""
        count = len(panels)
        rows, columns = tiling(count)
        scale = {1: 1.0, 2: 0.95, 3: 0.85, 4: 0.75}[columns]
        alone = panels[0] if count == 1 else None
        curves = any(panel.function for panel in panels)
        heading = terms.COMPARED if alone is None else alone.title
        self.heading(words.printable(title) if title is not None else heading, DESIGNED - 2 * MARGIN - 270 * curves)
        if curves:
            kinds = [("$f(x)$", "group 0", "solid", 3.2), (r"$f\,'(x)$", "group 1", DERIVATIVE, 2.6)]
            handles = [
                Line2D([], [], color=self.palette[role], linestyle=dash, linewidth=self.size(thick), label=said)
                for said, role, dash, thick in kinds
            ]
            self._legend(handles, (1 - MARGIN / DESIGNED, 1 - 40 / self.height), "center right", 2)
        gap, top, bottom = 26.0, 66.0, self.height - 18.0
        wide = (DESIGNED - 2 * MARGIN - (columns - 1) * gap) / columns
        captions = [self._caption(panel, scale, columns, wide) for panel in panels]
        lines = [[self.measured(text) for text in caption] for caption in captions]
        spread = 7.0 if rows > 1 else 9.0
        heights = [sum(tall for _, tall in each) + spread * (len(each) - 1) for each in lines]
        deepest = [max(heights[row * columns : (row + 1) * columns]) for row in range(rows)]
        above = 0.0 if alone else 34 * scale
        ticks = 34.0
        each_row = (bottom - top - sum(deepest) - (rows - 1) * 16) / rows
        y = top
        for row in range(rows):
            for column in range(columns):
                number = row * columns + column
                if number >= count:
                    break
                left = MARGIN + column * (wide + gap)
                panel = panels[number]
                box = Box(left + (30 if panel.function else 0), y + above, left + wide, y + each_row - ticks)
                axes = self.axes(box)
                if not alone:
                    where = left + (30 if panel.function else 0)
                    self.text(where, y + above / 2 - 2, panel.title, 22 * scale, weight="bold", va="center", ha="left")
                if panel.function is None:
                    self._softmax(axes, softmax(LOGITS), wide)
                else:
                    self._curves(axes, panel.function, scale)
                line_y = y + each_row
                for text, (_, tall) in zip(captions[number], lines[number], strict=True):
                    text.set_position(((left + 15 + wide / 2) / DESIGNED, 1 - line_y / self.height))
                    line_y += tall + spread
            y += each_row + deepest[row] + 16

    def _caption(self, panel: Named, scale: float, columns: int, wide: float) -> list[Text]:
        """Write what stands under a panel, at a size at which it fits; where it stands is still to be settled."""
        if panel.function is None:
            total = Format(2, rational=False)(float(np.exp(np.array(LOGITS)).sum()))
            said = terms.softmax_plot(total, short=columns > 2)
        else:
            function = panel.function
            said = [f"$f(x) = {function.formula}$", rf"$f\,'(x) = {function.derivative}$", f"range {function.range}"]
            if columns > 2:  # no room for all that
                said = [*[f"${part}$" for part in f"f(x) = {function.formula}".split(PART)], said[2]]
        size = max(LEAST, (FORMULA if columns == 1 else WORD) * (scale if columns > 1 else 1))
        if columns > 2:
            size = LEAST + 1.0
        texts = [self.text(0, 0, each, size, ha="center", va="top") for each in said]
        while size > LEAST and max(self.measured(text)[0] for text in texts) > wide + 20:
            size -= 0.5
            for text in texts:
                text.set_fontsize(self.size(size))
        return texts

    def _curves(self, axes: Axes, function: Activation, scale: float) -> None:
        with np.errstate(all="ignore"):
            value, slope = function.value(self.x), function.slope(self.x)
        self._frame(axes)
        axes.plot(self.x, value, color=self.palette["group 0"], linewidth=self.size(3.2 * scale))
        for part_x, part in pieces(self.x, slope):
            axes.plot(
                part_x, part, color=self.palette["group 1"], linewidth=self.size(2.6 * scale), linestyle=DERIVATIVE
            )
        self._limits(axes, [value, slope])

    def _legend(self, handles: Sequence[Line2D], at: tuple[float, float], where: Where, columns: int) -> None:
        legend = self.figure.legend(
            handles=handles,
            loc=where,
            bbox_to_anchor=at,
            ncols=columns,
            fontsize=self.size(WORD),
            facecolor=self.palette["ground"],
            edgecolor=self.palette["grid"],
            labelcolor=self.palette["ink"],
            framealpha=1,
            handlelength=3.4,
            borderaxespad=0,
        )
        legend.get_frame().set_linewidth(self.size(1.2))

    def _frame(self, axes: Axes) -> None:
        """Draw the axes through 0, a quiet grid, ticks that can be read."""
        palette = self.palette
        axes.set_facecolor(palette["ground"])
        for spine in axes.spines.values():
            spine.set_color(palette["grid"])
            spine.set_linewidth(self.size(1.2))
        axes.grid(visible=True, color=palette["track"], linewidth=self.size(0.8))
        axes.set_axisbelow(True)
        axes.axhline(0, color=palette["muted"], linewidth=self.size(1.4), zorder=1.5)
        axes.axvline(0, color=palette["muted"], linewidth=self.size(1.4), zorder=1.5)
        axes.tick_params(
            colors=palette["muted"], labelsize=self.size(TICK), labelcolor=palette["muted"], width=self.size(1.2), pad=3
        )
        axes.set_xlim(-self.reach, self.reach)
        tall = axes.get_position().height * self.height
        axes.yaxis.set_major_locator(MaxNLocator(max(2, int(tall / 40)), steps=[1, 2, 5, 10]))

    def _limits(self, axes: Axes, curves: Sequence[Array]) -> None:
        """Show the curves up to where they have left what is of interest, with room above and below."""
        low = min(float(np.nanmin(each)) for each in curves)
        high = max(float(np.nanmax(each)) for each in curves)
        low, high = max(low, -self.reach), min(high, self.reach)
        room = 0.08 * max(high - low, 0.1)
        axes.set_ylim(low - room, high + room)

    def _softmax(self, axes: Axes, layer: Softmax, wide: float) -> None:
        """Draw numbers, their exponentials and their probabilities as three groups of bars, each with its number."""
        axes.set_facecolor(self.palette["ground"])
        axes.set_axis_off()
        palette, count = self.palette, layer.input.size
        logits, p = layer.vectors[0][0], layer.vectors[3][0]
        exponentials = np.exp(logits.astype(np.float64))
        form = layer.formats[0]
        narrow = wide < 420
        two = Format(2, exact=False, rational=False)
        groups = (
            (terms.LOGITS, logits, form, "group 1", ""),
            ("$e^{z}$", exponentials, Format(1, exact=False, rational=False) if narrow else two, "group 2", "//"),
            (terms.PROBABILITIES if wide > 420 else "p", p, two, "group 0", "\\\\"),
        )
        small = LEAST if wide < 420 else TICK
        for number, (said, values, how, role, hatch) in enumerate(groups):
            start = number * (count + 0.7)
            tallest = float(np.abs(values).max())
            for place, value in enumerate(values.tolist()):
                height = value / tallest
                axes.bar(
                    start + place,
                    height,
                    width=0.72,
                    facecolor=palette["ground"] if hatch else palette[role],
                    edgecolor=palette[role],
                    hatch=hatch * 2,
                    linewidth=self.size(2),
                )
                if narrow and place not in (0, count - 1):
                    continue  # no room between neighbours
                axes.annotate(
                    how(value),
                    (start + place, height),
                    (0, self.size(4 if value >= 0 else -4)),
                    textcoords="offset points",
                    ha="center",
                    va="bottom" if value >= 0 else "top",
                    size=self.size(small),
                    color=palette["ink"],
                )
            size = self.size(small if narrow else WORD)
            axes.text(start + (count - 1) / 2, 1.62, said, ha="center", va="center", size=size, color=palette["ink"])
        axes.axhline(0, color=palette["muted"], linewidth=self.size(1.4))
        axes.set_xlim(-0.7, 3 * count + 1.1)
        axes.set_ylim(-0.75, 1.75)

    # Together.

    def together(self, functions: Sequence[Activation], title: str | None) -> None:
        """Draw all functions on the left and all derivatives on the right; lines differ in dash and marker too."""
        self.heading(terms.COMPARED if title is None else words.printable(title), DESIGNED - 2 * MARGIN)
        rows = ceil(len(functions) / 4)
        bottom = self.height - 62.0 - 34 * rows
        left = self.axes(Box(MARGIN + 30, 104, DESIGNED / 2 - 16, bottom))
        right = self.axes(Box(DESIGNED / 2 + 44, 104, DESIGNED - MARGIN, bottom))
        handles = []
        for axes, said, x in ((left, terms.FUNCTION, MARGIN + 30), (right, terms.DERIVATIVE, DESIGNED / 2 + 44)):
            self._frame(axes)
            self.text(x, 84, said, 20, va="center", ha="left")
        looks = zip(functions, cycle(COLOURS), cycle(DASHES), cycle(MARKERS), strict=False)
        values, slopes = [], []
        every = POINTS // 10
        for number, (function, role, dash, marker) in enumerate(looks):
            with np.errstate(all="ignore"):
                values.append(function.value(self.x))
                slopes.append(function.slope(self.x))
            start = every // 2 + number * every // len(functions)
            style: dict[str, Any] = {
                "color": self.palette[role],
                "linestyle": dash,
                "linewidth": self.size(2.6),
                "marker": marker,
                "markersize": self.size(9),
                "markerfacecolor": self.palette["ground"],
                "markeredgewidth": self.size(1.8),
            }
            (handle,) = left.plot(self.x, values[-1], markevery=(start % every, every), label=function.title, **style)
            handles.append(handle)
            for part_x, part in pieces(self.x, slopes[-1]):
                first = int(np.searchsorted(self.x, part_x[0]))
                places = range(start % every, POINTS, every)
                right.plot(
                    part_x, part, markevery=[n - first for n in places if first <= n < first + len(part_x)], **style
                )
        self._limits(left, values)
        self._limits(right, slopes)
        self._legend(handles, (0.5, 16 / self.height), "lower center", min(len(functions), 4))


def tiling(count: int) -> tuple[int, int]:
    """Return in how many rows and columns so many panels stand.

    >>> tiling(1), tiling(4), tiling(5), tiling(13)
    ((1, 1), (2, 2), (2, 3), (4, 4))
    """
    columns = count if count <= 2 else 2 if count == 4 else 3 if count <= 6 else 4
    return ceil(count / columns), columns


def pieces(x: Array, y: Array) -> list[tuple[Array, Array]]:
    """Cut a curve where it jumps, so that no line is drawn that is not there.

    >>> [part.tolist() for _, part in pieces(np.arange(4), np.array([0.0, 0.0, 1.0, 1.0]))]
    [[0.0, 0.0], [1.0, 1.0]]
    """
    rises = np.abs(np.diff(y))
    steep = max(0.1, 8 * float(np.median(rises)))
    cuts = np.flatnonzero(rises > steep) + 1
    return list(zip(np.split(x, cuts), np.split(y, cuts), strict=True))


def described_curves(panels: Sequence[Named]) -> str:
    """Say what a plot shows, for those who can't see it."""
    said = []
    for panel in panels:
        if panel.function is None:
            said.append(f"{terms.SOFTMAX}: {terms.SOFTMAX_FORMULA}")
        else:
            said.append(f"{panel.function.title}: {panel.function.about}")
    return f"{terms.PLOTTED} {'. '.join(said)}."
