"""The command line: it parses what is typed, calls the package, and prints."""

from __future__ import annotations

import gc
import os
import sys
import warnings
from typing import TextIO


def main() -> None:
    """Run the command in ``sys.argv``; end with 0, 2 (the reader can mend it), 1 (they can't) or 130 (interrupted)."""
    if sys.argv[1:] == ["--version"]:  # answered before anything is loaded
        from convviz import __version__

        print(f"convviz {__version__}")
        return
    gc.set_threshold(50_000, 20, 100)  # a command ends soon, and leaves few circles behind
    from convviz.cli.app import app
    from convviz.errors import ConvvizError, LettersWarning

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always", LettersWarning)
            warnings.showwarning = _said
            app(sys.argv[1] if len(sys.argv) > 1 else "")(prog_name="convviz")
    except ConvvizError as problem:
        print(f"convviz: {problem}", file=sys.stderr)
        sys.exit(problem.exit_code)
    except MemoryError:
        print("convviz: there is not enough memory for this: use a smaller input or width", file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:  # the reader of our output has gone
        sys.stderr.close()
        sys.exit(1)
    except OSError as problem:
        print(f"convviz: standard output can't be written ({problem.strerror or problem})", file=sys.stderr)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is still to be written would fail again
        sys.exit(1)


def _said(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Print a warning as errors are printed: one sentence, without the line of the program that it came from."""
    print(f"convviz: {message}", file=sys.stderr)
