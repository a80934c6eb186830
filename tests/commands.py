"""Runs the command line: in this process, or with the environment that a new process needs."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import convviz
from convviz.cli import main

ROOT = Path(convviz.__file__).resolve().parents[1]


class Ended(NamedTuple):
    """How a command ended: its exit code and what it printed."""

    code: Any
    out: bytes
    err: str


def run(*args: str, stdin: bytes = b"") -> Ended:
    """Run a command in this process."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="backslashreplace", write_through=True)
    code: Any = 0
    with patch.multiple(
        sys, argv=["convviz", *args], stdin=io.TextIOWrapper(io.BytesIO(stdin)), stdout=out, stderr=err
    ):
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
    return Ended(code, out.buffer.getvalue(), err.buffer.getvalue().decode())


def good(*args: str, stdin: bytes = b"") -> Ended:
    """Run a command that must succeed."""
    ended = run(*args, stdin=stdin)
    assert ended.code == 0, ended.err
    return ended


def environment(**changes: str) -> dict[str, str]:
    """Return an environment in which a new process finds this convviz, wherever it stands."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    return {**os.environ, "PYTHONPATH": path, **changes}
