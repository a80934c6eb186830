"""What every command says and where: places of outputs, text, notes on standard error, progress, an interrupt."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from convviz import saving
from convviz.errors import SettingError

LONG = 200  # frames: a bar is shown from here on


def place_of(text: str, format: str | None, force: bool) -> tuple[Path | None, str]:
    """Return where an output goes (None: standard output) and its suffix, once both are known to be good."""
    if not text.strip():
        raise SettingError("output '' is empty: name a file, such as out.gif")
    if text != "-":
        return Path(text), saving.check_place(Path(text))
    if format is None:
        raise SettingError(f"output '-' needs --format: use one of {saving.known()}")
    suffix = "." + format.lower().lstrip(".")
    if suffix not in saving.known().split():
        raise SettingError(f"format {format!r} is not known: use one of {saving.known()}")
    if suffix not in saving.TEXTUAL and sys.stdout.isatty() and not force:
        raise SettingError(f"output '-' is a terminal, and {suffix} is binary: send it to a file, or use --force")
    return None, suffix


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """End with exit code 130 where somebody interrupts, without a trace of Python."""
    try:
        yield
    except KeyboardInterrupt:
        print("convviz: interrupted", file=sys.stderr)
        raise SystemExit(130) from None


def write_text(text: str) -> None:
    """Print, as UTF-8 where the terminal's own encoding lacks a sign."""
    try:
        data = text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        data = text.encode()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def say_aside(message: str, quiet: bool) -> None:
    """Say something on standard error."""
    if not quiet:
        print(message, file=sys.stderr)


def bytes_said(size: int) -> str:
    """Write a size of a file.

    >>> bytes_said(999), bytes_said(12_345), bytes_said(1_234_567)
    ('999 bytes', '12 kB', '1.2 MB')
    """
    return f"{size} bytes" if size < 1000 else f"{size / 1000:.0f} kB" if size < 1e6 else f"{size / 1e6:.1f} MB"


@contextlib.contextmanager
def bar(frames: int, quiet: bool) -> Iterator[Callable[[int], None] | None]:
    """Show a progress bar for long work, on a terminal."""
    if quiet or frames < LONG or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("drawing", total=frames)
        yield lambda done: progress.update(task, completed=done)
