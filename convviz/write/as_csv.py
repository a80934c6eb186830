"""The output of a trace as comma-separated values: a row a line, an empty line between planes."""

from __future__ import annotations

from typing import BinaryIO

from convviz.exact import Computed


def write(trace: Computed, file: BinaryIO) -> None:
    """Write every value in the shortest digits that give it back."""
    output = trace.output
    rows = output.reshape(-1, output.shape[-1])
    height = output.shape[-2] if output.ndim > 1 else 1
    for number, row in enumerate(rows):
        if number and number % height == 0:
            file.write(b"\n")
        file.write(",".join(str(value) for value in row).encode() + b"\n")
