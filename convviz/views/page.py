"""The payload of the page: a trace as plain JSON values, so compact that one look-up gives what a step shows.

`payload` returns one mapping. Nothing in it needs arithmetic to be shown: a step is named by the places that it reads
on each axis, and every number stands there as it is written. Its parts:

``schema``
    1; it only ever grows.
``title``, ``settings``, ``size``, ``notes``, ``description``
    what stands over and under the figure; the description is for those who can't see it.
``input``, ``kernel``, ``output``
    the three grids (``kernel`` is None where there are no weights). Each has ``shape`` (planes, slices, rows, columns;
    of the kernel: filters, channels of a group, slices, rows, columns), ``values`` in that order (whole numbers beyond
    2⁵³, NaN and ∞ are strings), ``texts`` as they are written where that is not the whole number itself, ``inexact``
    (which are rounded in writing), ``format`` (decimals, compact), ``shade`` (the ends of its colours, and whether 0 is
    in the middle), ``named`` (how a cell is called), ``labels``.
``input.axes``
    for slices, rows and columns of the padded input: ``kinds``, a letter a cell (``i`` input, ``u`` never read, ``g`` a
    gap between cells, ``p`` padding, ``h`` beyond what is drawn), ``low`` and ``across``, where the input lies, and
    ``sources``, the input cell that each copies, or −1 for ``input.fill``.
``reads``
    ``axes``: for slices, rows and columns, ``at``: for each output, the cells of the padded input that it reads, and
    ``k``: the places in the kernel they are multiplied with (once, where it is the same for every output).
    ``channels``: for each plane of the output, the first plane of the input that it reads and the one after the last.
``sentences``, ``used``
    where a result is no sum and no pick, the sentence of each step in its three parts, and where some cells under the
    window take no part, which taps do; such cells can't be edited.
``counts``, ``divisors``, ``totals``, ``rounded``, ``ties``, ``sums``
    columns with an entry a step, or shorter where they are all alike: which kinds of cell count (None: all), what the
    sum is divided by, the sum before that (None: it is no whole number), the steps whose result is rounded, which taps
    hold the extreme (the winner first), and what each channel adds, as it is written.
``pick``
    "max" or "min" where the result is one of the cells.
``operator``, ``real``, ``weighted``, ``bias``
    the sign between the grids; whether only real cells are read; whether taps carry their weights; what is added at the
    end, by filter.
``arrays``
    for the lines to copy where cells were edited: the shapes of input and kernel as they were given, on how many axes
    the window slides and, where the kernel was not given in the order of the grid, where each cell stands in it.
``pace``, ``step``, ``show``, ``themes``, ``theme``, ``words``, ``keys``, ``code``, ``name``
    seconds a step; where it starts; what is shown at first; colours by role (theme None: the reader's system chooses);
    every word of the page; the lines to copy; the name of a downloaded still.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from functools import cache
from typing import Any

import numpy as np

from convviz import words
from convviz.errors import SettingError
from convviz.exact import EXACT_IN_FLOAT, Array, magnitude
from convviz.numbers import Format, plain
from convviz.page_words import KEYS, WORDS
from convviz.record import values as listed
from convviz.report import alt_text
from convviz.rules import Mean
from convviz.spelled import code
from convviz.theme import THEMES, Theme, ThemeLike, shades
from convviz.theme import theme as theme_of
from convviz.trace import Trace
from convviz.views.looks import SHADES, coloured
from convviz.views.pace import LONGEST_STEP
from convviz.views.subject import Subject, three

MOST_STEPS = 1_000_000  # of a page: beyond that its file is too large to be opened


def payload(
    trace: Trace,
    *,
    theme: ThemeLike | None = None,
    title: str | None = None,
    values: bool = True,
    shade: bool = False,
    step: int = 0,
    step_seconds: float | None = None,
) -> dict[str, Any]:
    """Return what the page shows of a trace, as JSON values; of a batch, its first sample.

    ``theme`` left out, the reader's system chooses light, dark or high contrast. ``step``: where it starts, counted
    from 0. The rest is as in `convviz.animate`. Raises `SettingError`.

    >>> from convviz import conv2d
    >>> made = payload(conv2d([[1, 2, 3], [4, 5, 6]], [[1, 0], [0, 1]]))
    >>> made["output"]["values"], made["reads"]["axes"][2]["at"]
    ([6, 8], [[0, 1], [1, 2]])
    """
    if step_seconds is not None and not 0 <= step_seconds <= 600:
        raise SettingError(f"step_seconds is {plain(step_seconds)}: use 0 to 600 seconds")
    if not trace.window.axes:
        raise SettingError(
            f"a page plays a window that slides, and {trace.kind} has none: use .gif, .png, .svg or .pdf"
        )
    return _Payload(trace).payload(theme, title, values, shade, step, step_seconds)


class _Payload(Subject):
    def payload(
        self,
        theme: ThemeLike | None,
        title: str | None,
        values: bool,
        shade: bool,
        step: int,
        step_seconds: float | None,
    ) -> dict[str, Any]:
        trace, formats, window = self.trace, self.trace.formats, self.trace.window
        steps = self.y.size
        if steps > MOST_STEPS:
            raise SettingError(
                f"{steps} steps are too many for a page: use a smaller input, fewer filters, or a stride"
            )
        known = {name: _known_colours(name) for name in THEMES}
        chosen = None if theme is None else theme_of(theme)
        if chosen is not None:
            known[chosen.name] = _colours(chosen)
        shape = words.KERNEL if trace.kernel else words.WINDOW
        planes = words.planes(
            self.x.shape[0], self.y.shape[0] if trace.kernel else 1, trace.groups if trace.kernel else 1
        )
        settings = trace.about or words.settings(window, shape, trace.padding_mode, plain(trace.rule.fill))
        heading = words.TITLES[trace.kind] if title is None else words.printable(title)
        return {
            "schema": 1,
            "title": heading,
            "settings": f"{settings} · {planes}" if planes else settings,
            "size": [words.same_size(window)] if trace.about else words.size_lines(window),
            "notes": [note for note in (words.never_read(window), self._not_input) if note],
            "description": alt_text(trace),
            "operator": trace.rule.operator,
            "pick": trace.rule.operator if trace.picks else None,
            "input": self._input(formats.input),
            "kernel": self._kernel(formats.weight),
            "output": self._output(formats.output),
            "bias": None
            if trace.bias is None
            else _texts([trace.bias.reshape(-1)], formats.bias) | {"values": _values(trace.bias.reshape(-1))},
            "real": trace.rule.only_real,
            "weighted": self.kernel is not None and bool((self.kernel != 1).any()),
            "reads": self._reads(),
            **self._columns(steps),
            "pace": LONGEST_STEP if step_seconds is None else max(0.05, step_seconds),
            "step": step,
            "show": {"numbers": values, "shading": shade},
            "theme": None if chosen is None else chosen.name,
            "themes": known,
            "words": WORDS,
            "keys": [list(each) for each in KEYS],
            "code": [list(line) for line in code(trace)],
            "arrays": self._arrays(),
            "name": f"convviz-{trace.operation.replace('_', '-')}",
        }

    def _input(self, format: Format) -> dict[str, Any]:
        trace, sizes = self.trace, self.trace.window
        extra = trace.input.ndim - len(sizes.axes)
        fill = trace.rule.fill
        axes = []
        for drawn, axis, sources in zip(self._axes, sizes.axes, self._sources, strict=True):
            missed, cells = set(axis.never_read), drawn.cells(range(-drawn.low, drawn.padded - drawn.low)).tolist()
            kinds = ["p"] * drawn.padded
            for place in range(drawn.spaced):
                cell = cells[drawn.low + place]
                kinds[drawn.low + place] = "g" if cell < 0 else "u" if cell in missed else "i"
            axes.append(
                {
                    "kinds": "".join(kinds) + "h" * axis.overhang,
                    "sources": [*sources.tolist(), *[-1] * axis.overhang],
                    "low": drawn.low,
                    "across": drawn.spaced,
                }
            )
        none = {"kinds": "i", "sources": [0], "low": 0, "across": 1}
        return {
            **self._grid(self.x, format, signed=False),
            "shape": [self.x.shape[0], *three(sizes.size)],
            "axes": [none] * (3 - len(axes)) + axes,
            "fill": {"value": _value(fill), "text": format(fill), "exact": format.is_exact(fill)},
            "named": _named(extra, len(sizes.axes)),
            "labels": self._labels("input"),
            **({"names": self.trace.channel_names} if self.trace.channel_names else {}),
        }

    def _arrays(self) -> dict[str, Any]:
        """Return what the lines to copy need to know of the arrays that were given."""
        trace, rank = self.trace, len(self.trace.window.axes)
        found: dict[str, Any] = {"rank": rank, "input": list(trace.input.shape)}
        if trace.weight is None:
            return found
        shape = trace.weight.shape
        found["kernel"] = list(shape)
        if trace.window.axes[0].form == "transposed" and len(shape) > rank and max(shape[:2]) > 1:
            places = np.arange(trace.weight.size).reshape(trace.groups, -1, *shape[1:])
            found["places"] = np.moveaxis(places, 2, 1).ravel().tolist()
        return found

    def _kernel(self, format: Format) -> dict[str, Any] | None:
        if self.kernel is None or self.trace.kernel is None:
            return None
        return {
            **self._grid(self.kernel, format, signed=True),
            "shape": list(self.kernel.shape),
            "divisor": self.trace.kernel.divisor,
            "labels": self._labels("kernel"),
            "flip": self._flip_note,
        }

    def _output(self, format: Format) -> dict[str, Any]:
        extra = self.trace.output.ndim - len(self.trace.window.axes)
        return {
            **self._grid(self.y, format, signed=True),
            "shape": [self.y.shape[0], *three(self.trace.window.out)],
            "named": _named(extra, len(self.trace.window.axes)),
            "labels": self._labels("output"),
        }

    def _grid(self, array: Array, format: Format, *, signed: bool) -> dict[str, Any]:
        look = coloured(array, format, signed=signed)
        shade = coloured(array, format, signed=True)
        return {
            "values": _values(array),
            **_texts([array], format),
            "format": {"decimals": format.decimals, "compact": format.compact},
            "ramp": {"low": look.low, "high": look.high, "name": look.ramp},
            "shade": {"low": shade.low, "high": shade.high, "name": shade.ramp.replace("grey", "shade", 1)}
            if shade.ramp == "grey"
            else {"low": shade.low, "high": shade.high, "name": "shade diverging"},
            "ends": look.ends,
        }

    def _labels(self, name: str) -> dict[str, str]:
        """Return what is written over a plane: where it is the only one, and where there are others."""
        window, trace = self.trace.window, self.trace
        per_group, _ = self._sizes_of_groups
        channels, filters, has_slices = self.x.shape[0], self.y.shape[0], self.sliced
        slice_ = "{slice}" if has_slices else ""
        called = "{channel}" if trace.channel_names else words.channel_name("{channel}")
        channel, filter_ = called if channels > 1 else "", "{filter}" if filters > 1 else ""
        if name == "input":
            group = "{group}" if trace.groups > 1 and per_group > 1 else ""
            named = "" if group else words.INPUT  # a label that is long keeps cells small
            many = words.plane_label(named, group=group, channel=channel, slice=slice_)
            one = words.grid_label(
                words.INPUT, window.size, window.padded, spaced=window.spaced, how=words.resized(window)
            )
            return {"one": one, "many": many}
        if name == "kernel":
            one = words.grid_label(words.KERNEL, window.kernel, called=self.kernel_name)
            many = words.plane_label(
                "" if filter_ else words.KERNEL,  # what it is divided by stands before the planes
                filter=filter_,
                channel=channel if per_group > 1 else "",
                slice=slice_,
            )
            return {"one": one, "many": many}
        plane = {"filter": filter_} if self.kernel is not None else {"channel": called if filters > 1 else ""}
        return {"one": self.output_label, "many": words.plane_label(words.OUTPUT, slice=slice_, **plane)}

    def _reads(self) -> dict[str, Any]:
        trace = self.trace
        axes = []
        for axis, drawn in zip(trace.window.axes, self._axes, strict=True):
            taps = list(range(axis.kernel))
            flipped = trace.kernel is not None and trace.kernel.flipped
            at = [[tap + drawn.low for tap in axis.taps(output)] for output in range(axis.out)]
            axes.append({"at": at, "k": [taps[::-1] if flipped else taps]})
        none = {"at": [[0]], "k": [[0]]}
        plane = self.y[0].size
        channels = [trace[filter_ * plane].channels for filter_ in range(self.y.shape[0])]
        return {
            "axes": [none] * (3 - len(axes)) + axes,
            "channels": [[each.start, each.stop] for each in channels],
        }

    def _columns(self, steps: int) -> dict[str, Any]:
        """Return what differs from step to step beside the cells that are read."""
        trace, formats = self.trace, self.trace.formats
        divisors: Any = 1
        totals = counts = ties = sums = None
        if not self._summed and not trace.picks:
            return self._told(steps)
        if trace.picks:
            ties = [list(trace[index].ties) for index in range(steps)]
        elif trace.kernel is None:
            divisors = [trace[index].divisor for index in range(steps)]
            counts = "iup" if isinstance(trace.rule, Mean) and trace.rule.count_include_pad else "iu"
        else:
            divisors = trace.kernel.divisor
            counts = "iu" if trace.rule.only_real else None
        whole = self.x.dtype.kind == "i" and (trace.kernel is None or trace.kernel.numerators.dtype.kind == "i")
        whole = whole and isinstance(trace.rule.fill, int)
        if not trace.picks and np.any(np.array(divisors) != 1):
            totals = [self._total(index) for index in range(steps)]
        if len(trace[0].channels) > 1 and not whole and trace.kernel is not None:
            sums = []
            for index in range(steps):
                step = trace[index]
                sums.append([step.sum_format.brief(value) for value in step.channel_sums.tolist()])
        exact = formats.input.exact and formats.weight.exact and formats.output.exact and formats.bias.exact
        rounded: list[int] = []
        if not exact:
            by_channel = len(trace[0].channels) > 1
            for index in range(steps):
                if trace[index].explain(60, by_channel=by_channel).lead.rstrip().endswith("≈"):
                    rounded.append(index)
        if isinstance(divisors, list) and len(set(divisors)) == 1:
            divisors = divisors[0]
        return {
            "counts": counts,
            "divisors": divisors,
            "totals": totals,
            "rounded": rounded,
            "ties": ties,
            "sums": sums,
        }

    def _told(self, steps: int) -> dict[str, Any]:
        """Return the columns of results that are no sum and no pick: their sentences, and which taps take part."""
        used = [np.flatnonzero(self.trace[index].numerators).tolist() for index in range(steps)]
        every = [np.flatnonzero(self.trace[index].inside).tolist() for index in range(steps)]
        return {
            "sentences": [list(self.trace[index].explain(None)) for index in range(steps)],
            "counts": "iu" if self.trace.rule.only_real else None,
            "used": None if used == every else used,
            "divisors": 1,
        }

    @property
    def _not_input(self) -> str:
        """Say what the zeros round and between input cells are, where nothing is done with them."""
        drawn = self.spaces or self.padded != self.size
        return words.NOT_INPUT if self.trace.rule.only_real and drawn else ""

    @property
    def _summed(self) -> bool:
        """Whether the result is a sum that can be added up again."""
        return self.trace.kernel is not None or isinstance(self.trace.rule, Mean)

    def _total(self, index: int) -> Any:
        """Return the sum of a step before it is divided, as its sentence has it: None where it is no whole number."""
        step, form = self.trace[index], self.trace.formats.input
        pairs = zip(step.seen.tolist(), step.numerators.tolist(), strict=True)
        used = [(a, b) for a, b in pairs if b or not math.isfinite(a)]
        total = sum(a * b for a, b in used)
        if not math.isfinite(total) or total != int(total) or not all(form.is_exact(a) for a, _ in used):
            return None
        return _value(int(total))


def _named(extra: int, rank: int) -> dict[str, Any]:
    """Return how a cell is called: what stands first, and which of (plane, slice, row, column) follow."""
    axes = list(range(4 - rank, 4))
    return {"first": [0] if extra == 2 else [], "axes": [0, *axes] if extra else axes}


def _value(value: Any) -> Any:
    """Return a number as JSON holds it: a string where a JavaScript number would change it."""
    if isinstance(value, int):
        return value if abs(value) < EXACT_IN_FLOAT else str(value)
    return listed(np.asarray([value]))[0]


def _values(array: Array) -> list[Any]:
    flat = array.reshape(-1)
    found: list[Any] = listed(flat)
    if flat.dtype.kind == "i":
        return found if magnitude(flat) < EXACT_IN_FLOAT else [_value(value) for value in found]
    return [int(each) if isinstance(each, float) and each == int(each) and abs(each) < 1e15 else each for each in found]


def _texts(arrays: Collection[Array], format: Format) -> dict[str, Any]:
    """Return how values are written, where that is not the whole number itself, and which are rounded by it."""
    flat = [value for array in arrays for value in array.reshape(-1).tolist()]
    if all(isinstance(value, int) for value in flat):
        return {}
    texts = [format(value) for value in flat]
    inexact = [] if format.exact else [place for place, value in enumerate(flat) if not format.is_exact(value)]
    if all(map(_is_whole, flat)) and texts == [Format()(int(value)) for value in flat]:
        return {}
    return {"texts": texts, "inexact": inexact}


def _is_whole(value: float) -> bool:
    return bool(np.isfinite(value)) and value == int(value) and abs(value) < 1e15


@cache
def _known_colours(name: str) -> dict[str, Any]:
    return _colours(THEMES[name])


def _colours(theme: Theme) -> dict[str, Any]:
    """Return the colours of a theme: by role, along its ramps, and of shaded cells with the ink that is legible."""
    return {
        "palette": dict(theme.palette),
        "ramps": {name: list(stops) for name, stops in theme.ramps.items()},
        "shades": {name: [list(pair) for pair in shades(theme, name, SHADES)] for name in ("shade", "shade diverging")},
    }
