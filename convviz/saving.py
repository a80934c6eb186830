"""From a suffix to a writer: which formats there are, and how a file comes to be whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from convviz.errors import FileError, SettingError
from convviz.scene import Scene, counted
from convviz.trace import Trace
from convviz.views.kinds import animate, steps_of
from convviz.write import letters

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Each is a module with `write(scene, file, step, tick)`, or `write(trace, file)`.
FIGURES = {
    ".gif": "convviz.write.gif",
    ".png": "convviz.write.png",
    ".svg": "convviz.write.svg",
    ".pdf": "convviz.write.pdf",
}
PAGES = {".html": "convviz.write.html"}  # `write(payload, file)`: what can be played with
NUMBERS = {
    ".json": "convviz.write.as_json",
    ".csv": "convviz.write.as_csv",
    ".npy": "convviz.write.as_npy",
    ".txt": "convviz.write.as_text",
}
PAGE_OPTIONS = ("theme", "title", "values", "shade", "step_seconds")
ANIMATED = (".gif",)
STEPPED = {".html": "convviz.write.flip"}  # of a scene: `write(scene, file)`, every frame to step through
MOVING = (*ANIMATED, *STEPPED)
OWN_FONTS = (".svg",)  # what shows these may have letters that no font of ours has
PER_INCH = 100  # pixels of a scene, in a figure of matplotlib
TEXTUAL = (".svg", ".html", ".json", ".csv", ".txt")


def save(
    what: Trace | Scene | Mapping[str, Any],
    path: str | os.PathLike[str],
    *,
    step: int | str | None = None,
    tick: Callable[[int], None] | None = None,
    **options: Any,
) -> Path:
    r"""Write a trace, or a scene made of it, in the format that the suffix names; return the path.

    ``.gif`` holds every step, ``.png``, ``.svg`` and ``.pdf`` one: ``step`` counts from 1, or is "first" or "last"
    (left out: the last).
    ``.html`` is a page to play with, and ``step`` where it starts; of a scene, one to step through. ``.json``,
    ``.csv``, ``.npy`` and ``.txt`` hold the numbers; these need a trace. ``options`` go to `animate`, and those of a
    page are theme, title, values, shade and step_seconds.
    The file is written beside its place and moved there when it is whole. Raises `SettingError` and `FileError`.

    >>> import tempfile
    >>> from convviz import conv2d
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(conv2d([[1, 2]], [[1, 1]]), folder + "/out.csv").read_text()
    '3\n'
    """
    place = Path(path)
    suffix = check_place(place)
    with whole(place) as file:
        write(what, file, suffix, step=step, tick=tick, **options)
    return place


def write(
    what: Trace | Scene | Mapping[str, Any],
    file: BinaryIO,
    suffix: str,
    *,
    step: int | str | None = None,
    tick: Callable[[int], None] | None = None,
    **options: Any,
) -> None:
    """Write to an open file, in the format of a suffix; a page from a trace, or from a payload that `page` made."""
    if suffix in NUMBERS:
        if not isinstance(what, Trace):
            raise SettingError(f"a scene holds no numbers to write as {suffix}: pass the trace")
        import_module(NUMBERS[suffix]).write(what, file)
        return
    if suffix in PAGES:
        if isinstance(what, Trace) and not what.window.axes:  # nothing slides
            what, options = animate(what, **options), {}
        if isinstance(what, Scene):
            if options or step is not None:
                name = next(iter(options), "step")
                raise SettingError(f"{name} means nothing for a scene as {suffix}, which has every frame: leave it out")
            import_module(STEPPED[suffix]).write(what, file)
            return
        if isinstance(what, Trace):
            what = page(what, step="first" if step is None else step, **options)
        if not isinstance(what, Mapping):
            raise SettingError(f"a page plays the steps of a trace, and this is a {type(what).__name__}: draw it")
        import_module(PAGES[suffix]).write(what, file)
        return
    if isinstance(what, Mapping):
        raise SettingError(f"a page can't be written as {suffix}: pass the trace, or use {', '.join(PAGES)}")
    step = "last" if step is None else step
    if isinstance(what, Trace):
        if suffix not in ANIMATED:
            options["steps"] = [step_number(step, steps_of(what, options.get("view", "gather")))]
        figure = animate(what, **options)
        frame = 0 if suffix not in ANIMATED else -1
    else:
        if options:
            raise SettingError(f"{next(iter(options))} is for making a scene, and this is one: pass the trace")
        figure, frame = what, step_number(step, len(what.frames))
    if suffix not in OWN_FONTS:
        letters.check(figure.base)
    import_module(FIGURES[suffix]).write(figure, file, frame, tick or (lambda _: None))


def page(trace: Trace, *, step: int | str = "first", **options: Any) -> dict[str, Any]:
    """Return the payload of a page: see `convviz.views.page.payload`; ``step`` counts from 1."""
    from convviz.views.page import payload

    for name in options:
        if name not in PAGE_OPTIONS:
            raise SettingError(f"{name} means nothing for a page, which shows every step: leave it out")
    return payload(trace, step=step_number(step, steps_of(trace)), **options)


def plot(trace: Trace, step: int | None = None, **options: Any) -> Figure:
    """Return a figure of matplotlib that shows one step: see `Trace.plot`."""
    from convviz.write.mpl import figure

    steps = steps_of(trace, options.get("view", "gather"))
    return figure(animate(trace, steps=[counted(steps - 1 if step is None else step, steps)], **options), 0, PER_INCH)


def step_number(step: int | str, steps: int) -> int:
    """Return the index of a step that is counted from 1, or named "first" or "last".

    >>> step_number("last", 16), step_number(1, 16)
    (15, 0)
    """
    if step in ("first", "last"):
        return 0 if step == "first" else steps - 1
    try:
        number = int(step)
    except (TypeError, ValueError):
        number = 0
    if not 1 <= number <= steps or isinstance(step, float):
        raise SettingError(f"step {step!r} is not there: use 1 to {steps}, first or last")
    return number - 1


def known() -> str:
    """Return the suffixes that can be written."""
    return " ".join([*FIGURES, *PAGES, *NUMBERS])


def check_place(path: Path) -> str:
    """Return the suffix of a path that can be written, or say why it can't be."""
    suffix = path.suffix.lower()
    try:
        return _checked(path, suffix)
    except OSError as problem:
        if isinstance(problem, FileError):
            raise
        shown = str(path)[:60]
        raise FileError(
            f"output {shown!r}… can't be written ({problem.strerror or problem}): use another name"
        ) from problem


def _checked(path: Path, suffix: str) -> str:
    if path.is_dir():
        raise FileError(f"output {str(path)!r} is a folder: name a file in it, such as {str(path / 'out.gif')!r}")
    if suffix not in known().split():
        what = f"the suffix {suffix!r}" if suffix else "no suffix"
        raise SettingError(f"output {str(path)!r} has {what}, which is not known: use one of {known()}")
    folder = path.parent
    if not folder.is_dir():
        raise FileError(f"output {str(path)!r}: there is no folder {str(folder)!r}; make it first, or name another")
    if not os.access(folder, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise FileError(f"output {str(path)!r} may not be written: name a place where you may")
    return suffix


@contextlib.contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """Open a file that comes to its place only when it is whole: beside it until then, and nowhere if that fails."""
    try:
        if path.exists() and not stat.S_ISREG(path.stat().st_mode):
            with path.open("wb") as file:  # a device or a pipe: nothing can be put in its place
                yield file
            return
        place = Path(os.path.realpath(path))
        beside = place.with_name(f".{place.name}.{os.getpid()}.part")
        try:
            with beside.open("xb") as file:
                yield file
            if place.exists():
                beside.chmod(stat.S_IMODE(place.stat().st_mode))
            os.replace(beside, place)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as problem:
        if isinstance(problem, FileError):
            raise
        full = problem.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
        raise FileError(
            f"output {str(path)!r} can't be written ({problem.strerror or problem}): "
            + ("make room, or name another place" if full else "name another place"),
            exit_code=1 if full else 2,
        ) from problem
