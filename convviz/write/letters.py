"""Which letters of a figure its fonts lack: they are drawn as boxes, and that is said."""

from __future__ import annotations

import warnings
from collections.abc import Iterable

from convviz import words
from convviz.errors import LettersWarning
from convviz.scene import Mark, Text
from convviz.text import lacking


def check(marks: Iterable[Mark]) -> None:
    """Warn of what can't be written of the texts among marks."""
    warn((lacking(mark.string, mark.bold, mark.mono) for mark in marks if isinstance(mark, Text)), words.OWN_FONTS)


def warn(letters: Iterable[str], way: str = "") -> None:
    """Warn of letters, if there are any; ``way``: another way out than other letters."""
    if found := "".join(dict.fromkeys("".join(letters))):
        warnings.warn(words.lacking(found, way), LettersWarning, stacklevel=4)
