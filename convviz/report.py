"""A trace in words and columns: how it was read, its settings, the formula with the numbers in, its output."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from convviz import words
from convviz.exact import Array
from convviz.kernels import name_of
from convviz.numbers import Format, plain, times
from convviz.stamping import Stamps
from convviz.trace import Trace
from convviz.unpooling import PutBack
from convviz.window import Pads

MOST_ROWS, MOST_COLUMNS = 40, 24
SPOKEN = 200  # characters of a sentence that is read out


def report(trace: Trace) -> str:
    """Return the sizes, the formula and the output.

    >>> from convviz import max_pool1d
    >>> print(report(max_pool1d([3, 1, 4, 1], 2)))
    Max pooling · window k = 2 · stride s = 2 · padding p = 0 · dilation d = 1
    input   cells 4
    output  cells 2
    output size = ⌊(i + 2p − d(k − 1) − 1)/s⌋ + 1 = ⌊(4 + 2·0 − 1·(2 − 1) − 1)/2⌋ + 1 = 2
    <BLANKLINE>
    3  4
    """
    return "\n".join([*head(trace), "", *table(trace.output, trace.formats.output)])


def head(trace: Trace) -> list[str]:
    """Return the lines before the output."""
    window = trace.window
    rank = len(window.axes)
    lines = [
        _titled(trace),
        f"{words.INPUT:7} {words.read_as(trace.input.shape, rank, window.names)}",
    ]
    if trace.weight is not None and trace.kernel is not None:
        called = name_of(trace.weight.reshape(window.kernel)) if trace.weight.size == window.taps else ""
        text = words.grid_label("", trace.weight.shape, called=called).strip()
        if trace.kernel.divisor != 1:
            text += f", 1/{trace.kernel.divisor} · integers"
        lines.append(f"{words.KERNEL if window.axes else words.WEIGHTS:7} {text}")
    lines.append(f"{words.OUTPUT:7} {words.read_as(trace.output.shape, rank, window.names)}")
    sizes = [words.same_size(window)] if trace.about else words.size_lines(window)
    return lines + [line for line in sizes if line]


def _titled(trace: Trace, hidden: Collection[str] = ()) -> str:
    """Return what is done, and with which settings."""
    shape = words.KERNEL if trace.kernel else words.WINDOW
    settings = trace.about or words.settings(
        trace.window, shape, trace.padding_mode, plain(trace.rule.fill), hidden, trace.rule.named
    )
    return f"{words.TITLES[trace.kind]} · {settings}"


def alt_text(trace: Trace, blank: Collection[str] = ()) -> str:
    """Return what a figure of a trace shows, in a few sentences for those who can't see it.

    What is ``blank`` in the figure is not said: see `convviz.animate`.

    >>> from convviz import max_pool1d
    >>> said = alt_text(max_pool1d([3, 1, 4, 1], 2))
    >>> said[said.index("2 steps"):said.index("The last")]
    '2 steps fill an output of cells 2. The first: output[0] = max(3, 1) = 3 from input[0]. '
    """
    window = trace.window
    title, _, settings = _titled(trace, blank).partition(" · ")
    read, made = (words.read_as(array.shape, len(window.axes), window.names) for array in (trace.input, trace.output))
    hidden = {"size", "stride", "padding", "dilation"} & set(blank)
    shown = not {"input", "kernel", "output", "sentence"} & set(blank)
    ends = [str(trace[number].explain(SPOKEN)) for number in sorted({0, len(trace) - 1})] if shown else []
    return words.alt_text(title, settings, read, "?" if hidden else made, ends, "?" if hidden else len(trace))


def stamped_text(stamps: Stamps, blank: Collection[str] = ()) -> str:
    """Return what a figure of stamps shows, in a few sentences for those who can't see it.

    >>> from convviz import conv_transpose1d
    >>> said = stamped_text(Stamps(conv_transpose1d([1, 2], [3, 4], stride=2)))
    >>> said[said.index("2 stamps"):said.index(" The last")]
    '2 stamps add up to an output of cells 4. The first: input[0] = 1 stamps 1 · kernel at output[0…1].'
    """
    trace = stamps.trace
    title, _, settings = _titled(trace, blank).partition(" · ")
    names, rank = trace.window.names, len(trace.window.axes)
    read, made = (words.read_as(array.shape, rank, names) for array in (trace.input, trace.output))
    hidden = {"size", "stride", "padding", "dilation"} & set(blank)
    shown = not {"input", "kernel", "output", "sentence"} & set(blank)
    ends = [str(stamps[number].explain()) for number in sorted({0, len(stamps) - 1})] if shown else []
    evenness = "" if hidden else stamps.evenness
    return words.stamped_text(title, settings, read, "?" if hidden else made, ends, len(stamps), evenness)


def transcript(trace: Trace) -> str:
    """Return every step in words, a line each.

    >>> from convviz import max_pool1d
    >>> print(transcript(max_pool1d([3, 1, 4, 1], 2)))
    Max pooling · window k = 2 · stride s = 2 · padding p = 0 · dilation d = 1
    step 1 of 2: output[0] reads cells 0, 1; output[0] = max(3, 1) = 3 from input[0]
    step 2 of 2: output[1] reads cells 2, 3; output[1] = max(4, 1) = 4 from input[2]
    """
    lines = [f"{words.progress(step.index + 1, len(trace))}: {step.reads}; {step.explain(SPOKEN)}" for step in trace]
    return "\n".join([head(trace)[0], *lines])


def stamped_transcript(stamps: Stamps) -> str:
    """Return what every input cell stamps in words, a line each.

    >>> from convviz import conv_transpose1d
    >>> print(stamped_transcript(Stamps(conv_transpose1d([1, 2], [3, 4], stride=2))).splitlines()[1])
    step 1 of 2: input[0] = 1 stamps 1 · kernel at output[0…1]
    """
    lines = [f"{words.progress(stamp.index + 1, len(stamps))}: {stamp.explain()}" for stamp in stamps]
    return "\n".join([head(stamps.trace)[0], *lines])


def explanation(trace: Trace) -> str:
    """Return the sizes and what follows from the settings: no picture, no output.

    >>> from convviz import conv2d
    >>> import numpy as np
    >>> print(explanation(conv2d(np.zeros((6, 6)), np.ones((3, 3)), stride=2)).splitlines()[-1])
    to keep the size: padding 3:4 on rows and columns
    """
    window = trace.window
    lines = head(trace)
    for name, axis in zip(window.names, window.axes, strict=True):
        lines.append(f"{name:7} {words.across(axis)}")
        if axis.overhang:
            lines.append(f"        the last window hangs {axis.overhang} over the end")
    if trace.rule.only_real and (said := words.zeros(window)):
        lines.append(said)
    lines.append(words.never_read(window) or "never read: nothing, each input cell is read")
    if all(axis.out == axis.size for axis in window.axes):
        lines.append("the size is kept")
    elif isinstance(trace.rule, PutBack):
        lines.append(words.PADDING_OF_POOLING)
    elif window.axes[0].form != "bins" and "padding" in trace.settings:
        said = _keeping(trace)
        lines.append(f"to keep the size: padding {said}" if said else words.NO_PADDING_KEEPS)
    return "\n".join(lines)


def _keeping(trace: Trace) -> str:
    """Say which padding keeps the size; nothing where each leaves a window nothing to see that has to see cells."""
    said: dict[str, list[str]] = {}
    for name, axis in zip(trace.window.names, trace.window.axes, strict=True):
        pads = axis.keeping_size
        if trace.rule.needs_cells:
            total = sum(pads)
            lows = sorted((abs(low - pads.low), low) for low in range(total + 1))
            tried = (replace(axis, low=low, high=total - low) for _, low in lows)
            found = next((each for each in tried if each.out == axis.size and each.sees_cells), None)
            if found is None:
                return ""
            pads = Pads(found.low, found.high)
        said.setdefault(words.padding(pads), []).append(name)
    return "; ".join(f"{pads} on {' and '.join(names)}" for pads, names in said.items())


def table(array: Array, format: Format) -> list[str]:
    """Return an array in columns, planes one after another; of a large one, the corners."""
    if array.ndim < 3:
        return _plane(np.atleast_2d(array), format)
    lines: list[str] = []
    planes = array.reshape(-1, *array.shape[-2:])
    for number, index in enumerate(np.ndindex(array.shape[:-2])):
        if number == 16:
            lines += ["", f"… {len(planes) - number} more planes"]
            break
        lines += [*([""] if number else []), f"[{', '.join(map(str, index))}]", *_plane(planes[number], format)]
    return lines


def _plane(plane: Array, format: Format) -> list[str]:
    rows, columns = plane.shape
    top = list(range(rows)) if rows <= MOST_ROWS else [*range(MOST_ROWS // 2), *range(rows - MOST_ROWS // 2, rows)]
    left = (
        list(range(columns))
        if columns <= MOST_COLUMNS
        else [*range(MOST_COLUMNS // 2), *range(columns - MOST_COLUMNS // 2, columns)]
    )
    cells = [[format.aligned(plane[row, column]) for column in left] for row in top]
    width = max(len(cell) for row in cells for cell in row)
    lines = []
    for number, row in enumerate(cells):
        shown = [cell.rjust(width) for cell in row]
        if columns > MOST_COLUMNS:
            shown.insert(MOST_COLUMNS // 2, "…")
        if rows > MOST_ROWS and number == MOST_ROWS // 2:
            lines.append("…")
        lines.append("  ".join(shown))
    if rows > MOST_ROWS or columns > MOST_COLUMNS:
        lines.append(f"({times(plane.shape)}; -o FILE.csv holds all)")
    return lines
