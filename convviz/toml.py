"""Reads a small TOML file, or says in one sentence why it can't."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from convviz.errors import FileError, SettingError

LARGEST = 1 << 20  # bytes


def read(path: Path, said: str, example: str, about: str) -> tuple[str, dict[str, Any]]:
    """Return what a file holds, as text and as a table.

    ``said`` names it in what is raised, ``example`` is a line that it could hold, ``about`` says what it is. Raises
    `SettingError` and `FileError`.
    """
    import tomllib

    try:
        if path.exists() and not path.is_file():
            raise FileError(f"{said} is not an ordinary file: name a .toml file")
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except FileNotFoundError as problem:
        raise FileError(f"{said} is not there: check the name") from problem
    except (OSError, ValueError) as problem:
        if isinstance(problem, FileError):
            raise
        raise FileError(f"{said} can't be read ({getattr(problem, 'strerror', '') or problem}): check it") from problem
    if len(content) > LARGEST:
        raise FileError(f"{said} has over {LARGEST >> 20} MiB: {about}")
    try:
        text = content.decode("utf-8-sig")
        return text, tomllib.loads(text)
    except UnicodeDecodeError as problem:
        raise FileError(f"{said} is not text: save it as UTF-8") from problem
    except tomllib.TOMLDecodeError as problem:
        reason = str(problem)
        raise SettingError(
            f"{said} is not TOML: {reason[:1].lower()}{reason[1:]}; write, for example, {example}"
        ) from problem
    except RecursionError as problem:
        raise SettingError(f"{said} nests too deeply: {about}") from problem
