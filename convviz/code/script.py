"""Lines of Python that grow, with arrays and settings written as Python has them."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np

from convviz.exact import Array, over_one_divisor

WRITTEN_OUT = 200  # values: more are read from a file
LINE = 100  # characters
STORED = (
    "# trace.json holds the large arrays: trace.save('trace.json') writes it, or convviz … -o trace.json",
    'with open("trace.json", encoding="utf-8") as file:',
    "    stored = json.load(file)",
)


class Script:
    """Lines that compute something, and what they import; ``space``: "np" or "torch", whose arrays they make."""

    def __init__(self, *imports: str, space: str = "np") -> None:
        self.space = space
        self.imports = list(imports)
        self.lines: list[str] = []
        self.stored = False
        self.title = ""

    def under(self, title: str) -> Script:
        """Put a comment above all."""
        self.title = title
        return self

    def __str__(self) -> str:
        imports = ["import json", *self.imports] if self.stored else self.imports
        return "\n".join(
            [f"# {self.title}", *imports, "", *(STORED if self.stored else ()), *self.lines, "print(output)"]
        )

    def add(self, *lines: str) -> None:
        """Append lines."""
        self.lines += lines

    def array(self, name: str, array: Array, shape: Sequence[int], kind: str, stored: str, said: str = "") -> None:
        """Append the line that makes an array: as what it is, value by value, or out of the file.

        ``shape`` is what it is made to have, ``kind`` its dtype ("" for NumPy's own), ``stored`` its name in the file.
        """
        dtype = f", dtype={self.space}.{kind}" if kind else ""
        reshaped = "" if array.shape == tuple(shape) else f".reshape({', '.join(map(str, shape))})"
        own = array.dtype
        numerators, divisor = over_one_divisor(array)
        if own == np.float32 and kind == "float64" and (divisor == 1 or name != "weight"):
            array = array.astype(np.float64)  # its digits; but a kernel of fractions is added up as fractions
            numerators, divisor = array, 1
        flat = numerators.ravel()
        if (array == 0).any() and np.signbit(array[array == 0]).any():
            numerators, divisor, flat = array, 1, array.ravel()  # −0
        if flat.size > 2 and (flat == np.arange(flat.size)).all() and divisor == 1:
            made = f"{self.space}.arange({flat.size}{dtype}).reshape({', '.join(map(str, shape))})"
        elif flat.size > 2 and flat[0] in (0, 1) and (flat == flat[0]).all() and not np.signbit(flat[0]):
            make = "ones" if flat[0] == 1 else "zeros"
            made = f"{self.space}.{make}({sequence(shape)}{dtype or f', dtype={self.space}.int64'})"
        elif flat.size > 2 and (flat == flat[0]).all():
            made = f"{self.space}.full({sequence(shape)}, {number(flat[0])}{dtype})"
        elif flat.size <= WRITTEN_OUT:
            make = "torch.tensor" if self.space == "torch" else "np.array"
            values = nested(numerators if kind else array)
            made = f"{make}({values}{dtype}){reshaped}"
        else:
            divisor = 1
            made = self._read(stored, own.name if own.kind == "f" else kind, reshaped)
            if own == np.float32 and kind == "float64":
                made += ".double()" if self.space == "torch" else ".astype(np.float64)"
        over = f" / {divisor}" if divisor != 1 else ""
        self.add(f"{name} = {made}{over}{f'  # {said}' if said else ''}")

    def _read(self, stored: str, kind: str, reshaped: str) -> str:
        self.stored = True
        made = f'np.array(stored["{stored}"]{f", dtype=np.{kind}" if kind else ""}){reshaped}'
        if self.space != "torch":
            return made
        if "import numpy as np" not in self.imports:
            self.imports.insert(0, "import numpy as np")
        return f"torch.from_numpy({made})"


def number(value: Any) -> str:
    """Write one value as Python has it.

    >>> number(np.int64(3)), number(np.float32(0.1)), number(-np.inf)
    ('3', '0.1', '-float("inf")')
    """
    if isinstance(value, np.integer | int):
        return str(int(value))
    if not math.isfinite(value):
        return f'{"-" if value < 0 else ""}float("{"nan" if np.isnan(value) else "inf"}")'
    return repr(float(str(value)) if isinstance(value, np.float32) else float(value))


def nested(array: Array) -> str:
    """Write an array as nested lists, a row a line.

    >>> print(nested(np.array([[1, 2], [3, 4]])))
    [
        [1, 2],
        [3, 4],
    ]
    """
    if array.ndim > 1:
        rows = ",\n".join(nested(row) for row in array)
        return f"[\n{textwrap.indent(rows, '    ')},\n]"
    texts = [number(value) for value in array]
    text = f"[{', '.join(texts)}]"
    if len(text) <= LINE:
        return text
    wrapped = textwrap.fill(", ".join(texts), LINE, break_long_words=False)
    return f"[\n{textwrap.indent(wrapped, '    ')},\n]"


def sequence(values: Sequence[Any]) -> str:
    """Write a tuple.

    >>> sequence([1]), sequence([1, 2])
    ('(1,)', '(1, 2)')
    """
    return f"({', '.join(map(str, values))}{',' * (len(values) == 1)})"


def per_axis(values: Sequence[Any]) -> str:
    """Write one value where all axes have the same, else a tuple.

    >>> per_axis([2, 2]), per_axis([2, 1])
    ('2', '(2, 1)')
    """
    return str(values[0]) if len(set(values)) == 1 else sequence(values)
