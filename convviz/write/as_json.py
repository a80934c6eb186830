"""The numbers of a trace as JSON."""

from __future__ import annotations

import json
from typing import BinaryIO

from convviz.record import record
from convviz.trace import Trace


def write(trace: Trace, file: BinaryIO) -> None:
    """Write the whole record, with its schema."""
    file.write(json.dumps(record(trace, whole=True), allow_nan=False).encode() + b"\n")
