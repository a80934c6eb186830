"""A PDF of one step: a page as large as the figure, its type embedded, its texts still texts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO

import matplotlib
from matplotlib.backends.backend_pdf import FigureCanvasPdf

from convviz.scene import Scene
from convviz.write.embed import embedded
from convviz.write.mpl import figure

PER_INCH = 96  # pixels of a scene, as a browser counts them
RC: dict[Any, Any] = {
    "pdf.fonttype": 42,  # TrueType: texts can be found and copied
    "pdf.use14corefonts": False,
    "pdf.inheritcolor": False,
    "pdf.compression": 6,
    "path.simplify": False,
}


def write(scene: Scene, file: BinaryIO, step: int, tick: Callable[[int], None]) -> None:
    """Write frame ``step``: the same bytes for the same figure, whatever the time and the user's settings."""
    about = {
        "Title": _plain(scene.title),
        "Subject": _plain(scene.description),
        "Keywords": embedded(scene).decode(),
        "Creator": "convviz",
        "CreationDate": None,
    }
    with matplotlib.rc_context(RC):
        canvas: Any = FigureCanvasPdf(figure(scene, step, PER_INCH))
        canvas.print_pdf(file, metadata=about)  # not `savefig`, which heeds the user's margins and colours


def _plain(text: str) -> str:
    """Leave out what UTF-16 cannot hold."""
    return text.encode(errors="ignore").decode()
