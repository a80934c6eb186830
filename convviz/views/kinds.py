"""Which kinds of picture there are of a trace, by name, and how one is asked for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from importlib import import_module

from convviz.errors import SettingError
from convviz.scene import Scene
from convviz.theme import ThemeLike
from convviz.theme import theme as theme_of
from convviz.trace import Trace
from convviz.views.pace import named_steps
from convviz.views.plan import Style

# Each is a module with a function of the same name: `function(trace, style) -> Scene`.
VIEWS = {
    "gather": ("convviz.views.walk", "walk"),
    "scatter": ("convviz.views.scatter", "scatter"),
    "both": ("convviz.views.linked", "both"),
}


def animate(
    trace: Trace,
    *,
    view: str = "gather",
    theme: ThemeLike = "light",
    width: int = 1120,
    title: str | None = None,
    values: bool = True,
    shade: bool = False,
    blank: Collection[str] = (),
    steps: Sequence[int] | str | None = None,
    all_steps: bool = False,
    step_seconds: float | None = None,
    hold: float | None = None,
) -> Scene:
    """Draw a trace as a scene: what settles and what moves, frame by frame.

    ``view``: "gather" (the window walks: a step an output), "scatter" (each input cell stamps the kernel on the output:
    a step an input cell), or "both" (a step an output: the window that reads it, and the stamps that meet on it); the
    last two are for operations with a kernel.
    ``theme``: light, dark, print or contrast, or one's own: a mapping, a .toml file or a `Theme`. ``width``: pixels;
    the height is 9/16 of it. ``values=False`` leaves the numbers out, ``shade``
    colours cells by their values, and ``blank`` names parts to leave out for an exercise: input, kernel, output,
    sentence, size, stride, padding, dilation. ``steps``: which steps to draw, in order, counted from 0, or as they are
    typed, counted from 1: "1-4,9,last" or "rows"; left out, all up to 46, and of more the opening ones, the ends of
    blocks of rows and the last, unless ``all_steps``. ``step_seconds`` and ``hold`` (how much longer the last frame
    stays) are seconds.
    Of a batch, the first sample is drawn. Raises `SettingError`.

    >>> from convviz import conv2d, conv_transpose2d
    >>> scene = animate(conv2d([[1, 2, 3], [4, 5, 6]], [[1, 0], [0, 1]]))
    >>> scene.width, scene.height, len(scene.frames)
    (1120, 630, 2)
    >>> len(animate(conv_transpose2d([[1, 2, 3]], [[1, 0], [0, 1]], stride=2), view="scatter").frames)
    3
    """
    if isinstance(steps, str):
        steps = named_steps(steps, steps_of(trace, view), steps_a_row(trace, view))
    style = Style(theme_of(theme), width, title, values, shade, frozenset(blank), steps, all_steps, step_seconds, hold)
    if not trace.window.axes and view == "gather":
        from convviz.views.dense import draw_dense  # loaded where it is needed: most figures are walks

        return draw_dense(trace, style)
    return _drawing(view)(trace, style)


def steps_of(trace: Trace, view: str = "gather") -> int:
    """Return how many steps a kind of picture has; of a batch, those of its first sample.

    >>> from convviz import conv_transpose1d
    >>> trace = conv_transpose1d([1, 2, 3], [1, 1], stride=2)
    >>> steps_of(trace), steps_of(trace, "scatter")
    (6, 3)
    """
    check_view(trace, view)
    return int((trace.planes_in if view == "scatter" else trace.planes_out)[0].size)


def steps_a_row(trace: Trace, view: str = "gather") -> int:
    """Return how many steps one row of cells has."""
    return int((trace.input if view == "scatter" else trace.output).shape[-1])


def check_view(trace: Trace, view: str) -> None:
    """Refuse a kind of picture that there is not, or not of such a trace."""
    _drawing(view)
    if view != "gather":
        from convviz.stamping import Stamps

        Stamps(trace)


def _drawing(view: str) -> Callable[[Trace, Style], Scene]:
    if view not in VIEWS:
        raise SettingError(f"view {view!r} is unknown: use one of {', '.join(VIEWS)}")
    module, name = VIEWS[view]
    drawing: Callable[[Trace, Style], Scene] = getattr(import_module(module), name)
    return drawing
