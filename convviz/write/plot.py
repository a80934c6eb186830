"""A figure of matplotlib as a file: the same bytes for the same figure, with what it shows in words."""

from __future__ import annotations

import io
import json
import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import escape
from typing import Any, BinaryIO

import matplotlib
from matplotlib.figure import Figure
from matplotlib.text import Text

from convviz.text import lacking
from convviz.write.letters import warn

SUFFIXES = (".png", ".svg", ".pdf")
RC: dict[Any, Any] = {
    "axes.unicode_minus": True,
    "path.simplify": True,
    "pdf.fonttype": 42,  # TrueType: texts can be found and copied
    "svg.fonttype": "path",
    "svg.hashsalt": "convviz",
}


def write(figure: Figure, file: BinaryIO, suffix: str, title: str, about: str, settings: Mapping[str, Any]) -> None:
    """Write a figure at its own size; ``about`` says what it shows, ``settings`` are embedded as JSON."""
    embedded = json.dumps(dict(settings), separators=(",", ":"), sort_keys=True)
    metadata: dict[str, Any] = {
        ".png": {"Title": title, "Description": about, "convviz": embedded, "Software": None},
        ".svg": {"Title": title, "Description": about, "Creator": "convviz", "Date": None},
        ".pdf": {"Title": title, "Subject": about, "Keywords": embedded, "Creator": "convviz", "CreationDate": None},
    }[suffix]
    made = io.BytesIO()
    warn(lacking(text.get_text(), bold=True) for text in figure.findobj(Text))
    with matplotlib.rc_context(RC), _quiet("fontTools"), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing", category=UserWarning)  # said in a sentence
        figure.savefig(made, format=suffix[1:], dpi=figure.dpi, facecolor=figure.get_facecolor(), metadata=metadata)
    content = made.getvalue()
    if suffix == ".svg":  # matplotlib's own metadata is read by no screen reader
        said = f'role="img"><title>{escape(title)}</title><desc>{escape(about)}</desc>'
        start = content.index(b"<svg")
        end = content.index(b">", start)
        content = content[:end] + b" " + said.encode() + content[end + 1 :]
    file.write(content)


@contextmanager
def _quiet(name: str) -> Iterator[None]:
    """Keep a library from remarking on the dates of the fonts that it embeds."""
    log = logging.getLogger(name)
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(level)
