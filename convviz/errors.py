"""What convviz raises: one clear sentence that names the setting, its value and a way out."""

from __future__ import annotations


class ConvvizError(Exception):
    """The base of everything that convviz raises on purpose.

    ``exit_code`` is what the command line ends with: 2 for what the reader can mend, 1 for what they can't.
    """

    exit_code = 2


class SettingError(ConvvizError, ValueError):
    """A setting, or a combination of settings, that makes no sense."""


class LettersWarning(UserWarning):
    """A figure that is drawn, but with boxes where its fonts have no letter."""


class FileError(ConvvizError, OSError):
    """A file that can't be read, or a place that can't be written."""

    def __init__(self, message: str, exit_code: int = 2) -> None:
        super().__init__(message)
        self.exit_code = exit_code
