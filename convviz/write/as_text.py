"""A trace as text: its sizes, its formula, its output."""

from __future__ import annotations

from typing import BinaryIO

from convviz.report import report
from convviz.trace import Trace


def write(trace: Trace, file: BinaryIO) -> None:
    """Write the report."""
    file.write(report(trace).encode() + b"\n")
