"""A trace in a notebook: how it shows itself there, and the live widget.

Nothing of a notebook is imported before it is used; the widget needs anywidget (``pip install 'convviz[notebook]'``).
"""

from __future__ import annotations

import base64
import io
import os
import sys
import tempfile
import webbrowser
from collections.abc import Callable, Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from convviz import page_words, saving
from convviz.errors import ConvvizError, SettingError
from convviz.exploring import At, Exploration, exploration, ready
from convviz.report import alt_text, report
from convviz.trace import Trace
from convviz.views.explorer import about, answer, embedded
from convviz.write import html

MOST_STEPS = 5000  # that are played in a notebook, which is saved with them
HEIGHT = 660  # pixels of a frame


def explore(operation: Callable[..., Trace] | None = None, *given: Any, **settings: Any) -> Any:
    """Return a live widget: sliders for the settings, and the player of what they lead to.

    Arguments that are a ``range``, or a mapping from names to values, are explored; the others hold. A range of input
    sizes makes inputs up, one of kernel sizes makes means. With no argument at all: convolution, transposed
    convolution and pooling. What is chosen is ``widget.trace``; ``widget.save("page.html")`` writes every choice as one
    page. Needs anywidget. Raises `SettingError`, `ConvvizError`.

    >>> import convviz
    >>> kernels = {name: convviz.kernel(name) for name in ("mean", "sobel-x")}
    >>> widget = convviz.explore(convviz.conv2d, range(4, 9), kernels, stride=range(1, 4))  # doctest: +SKIP
    """
    if operation is None:
        if given or settings:
            raise SettingError("explore needs an operation before its arguments: use, for example, convviz.conv2d")
        return widget(ready())
    return widget((exploration(operation, *given, **settings),))


def bundle(trace: Trace) -> dict[str, str]:
    """Return what a notebook may choose from: a page that plays where it can be drawn, and the text in any case."""
    found = {"text/plain": report(trace)}
    page = frame(trace)
    if page:
        found["text/html"] = page
    return found


def frame(trace: Trace) -> str:
    """Return a trace as HTML: a picture, and over it the player in a frame of its own that can reach nothing.

    So a viewer that strips frames or scripts still has the picture; where neither can be drawn, nothing is returned.
    """
    try:
        picture = _picture(trace)
    except ConvvizError:
        return ""
    said = escape(alt_text(trace))
    still = f'<img alt="{said}" src="data:image/png;base64,{picture}" style="display:block;width:100%;height:auto">'
    try:
        if len(trace) > MOST_STEPS:
            return still
        page = html.document(saving.page(trace), framed=True)
    except ConvvizError:
        return still
    inside = page.replace("&", "&amp;").replace("'", "&#39;")
    names = {
        "sandbox": "allow-scripts allow-downloads",
        "allow": "fullscreen *; clipboard-write *",
        "title": escape(page_words.WORDS["figure"]),
        "style": "position:absolute;inset:0;width:100%;height:100%;border:0",
    }
    opened = " ".join(f'{name}="{value}"' for name, value in names.items())
    return (
        f'<div style="position:relative;height:{HEIGHT}px;overflow:hidden">{still}'
        f"<iframe {opened} srcdoc='{inside}'></iframe></div>"
    )


def show(trace: Trace, where: str | None = None) -> Path | None:
    """Show a trace in the notebook it is called from, or else its page in a browser; "html": in a browser.

    The path of a page is returned.
    """
    if where not in (None, "html"):
        raise SettingError(f"where is {where!r}: use 'html' for a page in a browser, or leave it out")
    shell = _notebook() if where is None else None
    if shell is not None:
        shell(trace)
        return None
    with tempfile.NamedTemporaryFile(prefix="convviz-", suffix=".html", delete=False) as file:
        path = Path(file.name)
    saving.save(trace, path)
    if not webbrowser.open(path.as_uri()):
        print(f"no browser was found: open {path}", file=sys.stderr)
    return path


def _notebook() -> Callable[[Trace], Any] | None:
    """Return how the notebook around shows something; None where there is none."""
    marimo = sys.modules.get("marimo")
    if marimo is not None and marimo.running_in_notebook():
        append: Callable[[Trace], Any] = marimo.output.append
        return append
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    if shell is None or not hasattr(shell, "kernel"):
        return None
    from IPython.display import display

    return display  # type: ignore[no-any-return,unused-ignore]


def _picture(trace: Trace) -> str:
    """Return the still of the last step, as base64."""
    file = io.BytesIO()
    saving.write(trace, file, ".png")
    return base64.b64encode(file.getvalue()).decode()


def widget(sets: Sequence[Exploration]) -> Any:
    """Return the live widget of some explorations."""
    try:
        made = _class()
    except ModuleNotFoundError as problem:
        if problem.name not in ("anywidget", "traitlets"):
            raise
        raise ConvvizError(
            "the live widget needs anywidget: pip install 'convviz[notebook]', or write a page with convviz explore"
        ) from None
    return made(sets)


@cache
def _class() -> Any:
    """Return the class of the widget, made when the first one is."""
    import anywidget
    import traitlets

    class Explorer(anywidget.AnyWidget):
        """Sliders and the player; Python answers what they ask."""

        _esm = html.module()
        sets: Any = traitlets.List().tag(sync=True)
        words = traitlets.Dict().tag(sync=True)
        asked = traitlets.Dict().tag(sync=True)
        answer = traitlets.Dict().tag(sync=True)
        view = traitlets.Dict().tag(sync=True)

        def __init__(self, explorations: Sequence[Exploration]) -> None:
            self._explorations = tuple(explorations)
            self._chosen: tuple[int, At] = (0, explorations[0].start)
            first = {"serial": 0, **answer(self._explorations, *self._chosen)}
            super().__init__(sets=[about(each) for each in explorations], words=page_words.EXPLORER, answer=first)

        @property
        def trace(self) -> Trace:
            """The trace of what is chosen."""
            number, at = self._chosen
            return self._explorations[number].trace(at)

        def save(self, path: str | os.PathLike[str], **options: Any) -> Path:
            """Write all of its choices as one page that works offline; ``options`` are those of a page."""
            return saving.save(embedded(self._explorations, **options), path)

        @traitlets.observe("asked")
        def _hear(self, change: Any) -> None:
            asked = change["new"]
            number, at = _checked(self._explorations, asked)
            found = answer(self._explorations, number, at)
            if "refused" not in found:
                self._chosen = number, at
            self.answer = {"serial": asked.get("serial"), **found}

    return Explorer


def _checked(sets: Sequence[Exploration], asked: Any) -> tuple[int, At]:
    """Return a choice that there is, whatever was asked."""
    number = min(max(int(asked.get("set", 0)), 0), len(sets) - 1)
    settings = sets[number].settings
    at = tuple(int(each) for each in asked.get("at", ()))[: len(settings)]
    if len(at) < len(settings):
        return number, sets[number].start
    return number, tuple(min(max(place, 0), len(one.values) - 1) for place, one in zip(at, settings, strict=True))
