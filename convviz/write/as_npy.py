"""The output of a trace as a NumPy file."""

from __future__ import annotations

from typing import BinaryIO

import numpy as np

from convviz.exact import Computed


def write(trace: Computed, file: BinaryIO) -> None:
    """Write the output array."""
    np.lib.format.write_array(file, trace.output, allow_pickle=False)
