"""Every word that people see, English first: titles, labels, sentences and formulas."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, NamedTuple

from convviz.numbers import plain, times

if TYPE_CHECKING:
    from convviz.window import Axis, Window

TITLES = {
    "conv": "Convolution",
    "conv_transpose": "Transposed convolution",
    "max_pool": "Max pooling",
    "min_pool": "Min pooling",
    "avg_pool": "Average pooling",
    "lp_pool": "Lp pooling",
    "adaptive_max_pool": "Adaptive max pooling",
    "adaptive_avg_pool": "Adaptive average pooling",
    "max_unpool": "Max unpooling",
    "global_max_pool": "Global max pooling",
    "global_avg_pool": "Global average pooling",
    "relu": "ReLU",
    "leaky_relu": "Leaky ReLU",
    "elu": "ELU",
    "gelu": "GELU (exact)",
    "gelu_tanh": "GELU (tanh form)",
    "silu": "SiLU (swish)",
    "softplus": "Softplus",
    "mish": "Mish",
    "tanh": "tanh",
    "sigmoid": "Sigmoid",
    "hardsigmoid": "Hard sigmoid",
    "hardswish": "Hard swish",
    "dense": "Dense",
}
INPUT, OUTPUT, KERNEL, WINDOW, WEIGHTS = "input", "output", "kernel", "window", "weights"
PADDING = "padding"
HITS = "hits so far"
UNKNOWN = "?"
ADDED = "add"
STAMP = "what is added"
CROPPED = "hatched cells outside the frame are cropped by the padding"
TURNED = "each stamp is the kernel turned round"
BOTH = "Beside it stand the input cells whose stamps meet on the same output, and add up to the same number"
FLIPPED_TO_GATHER = "the window slides the kernel flipped, stamps are the kernel as it is"
TURNED_TO_STAMP = "stamps are the kernel turned round"
GAP = "gap"
NOT_FLIPPED = "not flipped"
FLIPPED = "flipped before it slides"
NEVER_READ = "never read"
SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
NOT_INPUT = "hatched zeros are no input"
PADDING_OF_POOLING = "the padding is that of the pooling: unpooling leads back to the size that was pooled"
NO_PADDING_KEEPS = "no padding keeps the size: with so much, some windows would see nothing else"
NO_INPUT = "no tap is on an input cell"
NOT_COUNTED = "padding is not counted"
COUNTED = "padding is counted"
COLOURS = "{least} to {most}, as colours"
ALL_ONE = "{value}, as a colour"


class Sentence(NamedTuple):
    """The arithmetic of one step: what leads to the result, the result, and what there is to add."""

    lead: str
    result: str
    tail: str = ""

    def __str__(self) -> str:
        return self.lead + self.result + self.tail


def rounded(digits: int, *, compact: bool) -> str:
    """Say that the numbers of a grid are rounded.

    >>> rounded(2, compact=False), rounded(0, compact=False), rounded(3, compact=True)
    ('rounded to 2 decimals', 'rounded to whole numbers', 'rounded to 3 digits')
    """
    if compact:
        return f"rounded to {digits} digits"
    return f"rounded to {digits} decimal{'s' if digits > 1 else ''}" if digits else "rounded to whole numbers"


def place(name: str, position: Sequence[object]) -> str:
    """Name one cell.

    >>> place("output", (1, 2))
    'output[1, 2]'
    """
    return f"{name}[{', '.join(map(str, position))}]"


def factor(number: str) -> str:
    """Write a number as a factor of a product: a negative one in parentheses."""
    return f"({number})" if number.startswith("−") else number


def added(terms: Sequence[str], room: int | None = None, width: int = 0) -> str:
    """Write a sum; in the middle, what finds no room is counted. ``width`` pads terms, so that they stay in place.

    >>> added(["8", "−3", "2·(−1)"])
    '8 − 3 + 2·(−1)'
    >>> added(["10"] * 20, room=40)
    '10 + 10 + 10 + … 15 more … + 10 + 10'
    >>> added(["8", "−3", "10"], width=2)
    ' 8 −  3 + 10'
    """
    parts = [
        term.rjust(width)
        if not number
        else f" − {term[1:].rjust(width)}"
        if term.startswith("−")
        else f" + {term.rjust(width)}"
        for number, term in enumerate(terms)
    ]
    return _shortened(parts, room, " + … {} more …")


def listed(terms: Sequence[str], room: int | None = None, width: int = 0) -> str:
    """Write a list; in the middle, what finds no room is counted. ``width`` pads terms, so that they stay in place.

    >>> listed(["8", "3"]), listed(["10"] * 20, room=30)
    ('8, 3', '10, 10, … 16 more …, 10, 10')
    """
    parts = [term.rjust(width) if not number else f", {term.rjust(width)}" for number, term in enumerate(terms)]
    return _shortened(parts, room, ", … {} more …")


def _shortened(parts: list[str], room: int | None, gap: str) -> str:
    whole = "".join(parts)
    if room is None or len(whole) <= room or len(parts) <= 4:
        return whole
    tail = parts[-2:]
    used = len(gap.format(len(parts))) + sum(map(len, tail))
    head: list[str] = []
    for part in parts[:-3]:
        used += len(part)
        if used > room and head:
            break
        head.append(part)
    return "".join([*head, gap.format(len(parts) - len(head) - len(tail)), *tail])


def weighted_sum(
    where: str,
    terms: Sequence[str],
    divisor: str,
    bias: str,
    fraction: str,
    result: str,
    *,
    rounded: bool,
    room: int | None,
    width: int = 0,
) -> Sentence:
    """Say how a weighted sum came about; ``divisor``, ``bias`` and ``fraction`` may be empty.

    >>> print(weighted_sum("output[0]", ["5·2", "3"], "", "1", "", "14", rounded=False, room=None))
    output[0] = 5·2 + 3 + 1 = 14
    """
    shift = "" if not bias else f" − {bias[1:]}" if bias.startswith("−") else f" + {bias}"
    equals = "≈" if rounded else "="
    before, after = f"{where} = ", f"{shift} {equals} "
    if divisor:
        single = len(terms) == 1
        before += "" if single else "("
        after = f"{'' if single else ')'} / {divisor}{shift}"
        after += f" = {fraction}{shift} {equals} " if fraction else f" {equals} "
    left = None if room is None else room - len(before) - len(after) - len(result)
    if left is not None and len(added(terms, None, width)) > left:
        width = 0
    return Sentence(before + (added(terms, left, width) or "0") + after, result)


def asked(said: Sentence) -> Sentence:
    """Return a sentence that asks for its result, without the fraction that would tell it.

    >>> str(asked(Sentence("output[0] = (4 + 5) / 2 = 9/2 = ", "4.5")))
    'output[0] = (4 + 5) / 2 = ?'
    """
    return Sentence(re.sub(r"−?[\d.]+/\d+( [+−] [\d.]+)? [=≈] $", "", said.lead), UNKNOWN)


def run(numbers: Sequence[int]) -> str:
    """Write which rows or columns: one, a run of them, or each of a few.

    >>> run([4]), run([2, 3, 4]), run([0, 2, 4]), run([0, 2, 4, 6, 8])
    ('4', '2…4', '0/2/4', '0/2/…/8')
    """
    first, last = numbers[0], numbers[-1]
    if len(numbers) == 1:
        return str(first)
    if last - first + 1 == len(numbers):
        return f"{first}…{last}"
    return "/".join(map(str, numbers if len(numbers) <= 4 else [*numbers[:2], "…", last]))


def stamped(where: str, value: str, over: str, cropped: int, all_: int, *, turned: bool) -> Sentence:
    """Say what an input cell stamps where, and how much of the stamp is cropped away.

    >>> print(stamped("input[0, 0]", "3", "output[0…1, 0…1]", 5, 9, turned=False))
    input[0, 0] = 3 stamps 3 · kernel at output[0…1, 0…1]; 5 of 9 cells cropped
    """
    tail = f" stamps {factor(value)} · {'turned ' if turned else ''}{KERNEL} at {over}"
    return Sentence(f"{where} = ", value, tail + (f"; {cropped} of {all_} cells cropped" if cropped else ""))


def met(
    where: str,
    terms: Sequence[tuple[str, str]],
    bias_: str,
    result: str,
    *,
    rounded: bool,
    room: int | None = None,
    lies: bool = True,
) -> Sentence:
    """Say which stamps meet on an output, and what they add up to: (what is added, by which cell).

    ``lies``: whether any stamp lies on it, if only with zeros.

    >>> print(met("output[2]", [("10", "input[0]"), ("−4", "[1]")], "1", "7", rounded=False))
    output[2] = 10 by input[0] − 4 by [1] + 1 = 7
    >>> print(met("output[5]", [], "", "0", rounded=False, lies=False))
    output[5] = 0: no stamp lies on it
    """
    shift = "" if not bias_ else f" − {bias_[1:]}" if bias_.startswith("−") else f" + {bias_}"
    if not terms:
        return Sentence(f"{where} = ", result, ": only zeros are added" if lies else ": no stamp lies on it")
    before, after = f"{where} = ", f"{shift} {'≈' if rounded else '='} "
    left = None if room is None else room - len(before) - len(after) - len(result)
    return Sentence(before + added([f"{value} by {cell}" for value, cell in terms], left) + after, result)


def stamped_blank(where: str, over: str) -> str:
    """Say where an input cell stamps the kernel, for a figure without values."""
    return f"{where} stamps the {KERNEL} at {over}" if over else f"{where} stamps nothing"


def stamped_nowhere(where: str, value: str, *, cropped: bool) -> Sentence:
    """Say why an input cell adds nothing."""
    why = ": all of its stamp is cropped away" if cropped else ": no window reads it, so it stamps nothing"
    return Sentence(f"{where} = ", value, why)


def evenness(hits: Sequence[int], *, even_inside: bool, axes: int) -> str:
    """Say how often outputs are hit in the end.

    >>> evenness([9], even_inside=True, axes=2)
    'in the end each output is hit 9 times: even'
    >>> evenness([1, 2, 4], even_inside=False, axes=2)
    'in the end outputs are hit 1, 2 or 4 times: uneven, a checkerboard'
    """
    if len(hits) == 1:
        times_ = {0: "never hit", 1: "hit once"}.get(hits[0], f"hit {hits[0]} times")
        return f"in the end each output is {times_}: even"
    said = f"{hits[0]} to {hits[-1]}" if len(hits) > 4 else f"{', '.join(map(str, hits[:-1]))} or {hits[-1]}"
    uneven = "uneven, with gaps" if not hits[0] else "uneven, a checkerboard" if axes > 1 else "uneven"
    how = "even inside, fewer at the edges" if even_inside else uneven
    return f"in the end outputs are hit {said} times: {how}"


def unreached(where: str, said: Sentence) -> Sentence:
    """Say that no input cell lies under the window, so that there is nothing but the bias, if there is one.

    >>> str(unreached("output[5]", Sentence("output[5] = 0 = ", "0")))
    'output[5] = 0: no tap is on an input cell'
    """
    alone = f"{where} = 0 = "
    lead = f"{where} = " if said.lead == alone else said.lead
    return Sentence(lead, said.result, f": {NO_INPUT}")


def norm_name(operator: str) -> str:
    """Name a norm beside the settings: ``L2 norm``."""
    return f"{operator} norm"


def norm(
    where: str,
    values: Sequence[str],
    power: int | float,
    total: str,
    result: str,
    *,
    rounded: bool,
    room: int | None,
    width: int = 0,
) -> Sentence:
    """Say how a norm came about; ``total``, what the root is taken of, may be empty.

    >>> print(norm("output[0]", ["3", "−4"], 2, "25", "5", rounded=False, room=None))
    output[0] = √(3² + (−4)²) = √25 = 5
    >>> print(norm("output[0]", ["3", "−4"], 3, "91", "4.5", rounded=True, room=None))
    output[0] = (3³ + |−4|³)^(1/3) = 91^(1/3) ≈ 4.5
    """
    equals = "≈" if rounded else "="
    if power in (1, float("inf")):
        terms = [f"|{value}|" for value in values]
        left = None if room is None else room - len(f"{where} = max()   {result}")
        if power != 1:
            return Sentence(f"{where} = max({listed(terms, left) or '0'}) {equals} ", result)
        return Sentence(f"{where} = {added(terms, left) or '0'} {equals} ", result)
    whole, even = isinstance(power, int), power % 2 == 0
    raised = plain(power).translate(SUPERSCRIPTS) if whole else f"^{plain(power)}"
    terms = [_size_of(value, even=even) + raised for value in values]
    root = ("√", "") if power == 2 else ("", f"^(1/{plain(power)})")
    before, after = f"{where} = {root[0]}(", f"){root[1]} {equals} "
    if total:
        after = f"){root[1]} = {root[0]}{total}{root[1]} {equals} "
    left = None if room is None else room - len(before) - len(after) - len(result)
    if left is not None and len(added(terms, None, width)) > left:
        width = 0
    return Sentence(before + (added(terms, left, width) or "0") + after, result)


def _size_of(value: str, *, even: bool) -> str:
    """Write a number that is raised to a power: a negative one as its size, if an even power does not do that."""
    if not value.startswith("−"):
        return value
    return f"({value})" if even else f"|{value}|"


def put_back(
    where: str, result: str, cell: str, elsewhere: Sequence[tuple[str, str]], *, rounded: bool = False
) -> Sentence:
    """Say which cell is put back somewhere, or why nothing is: (cell, where it goes) of those that could have been.

    >>> print(put_back("output[0]", "5", "input[0]", []))
    output[0] = 5 from input[0]
    >>> print(put_back("output[1]", "0", "", [("input[0]", "output[0]")]))
    output[1] = 0: input[0] goes to output[0]
    """
    lead = f"{where} {'≈' if rounded else '='} "
    if cell:
        return Sentence(lead, result, f" from {cell}")
    if not elsewhere:
        return Sentence(lead, result, f": {NO_INPUT}")
    said = ", ".join(f"{one} goes to {other}" for one, other in elsewhere[:2])
    more = f", and {len(elsewhere) - 2} more elsewhere" if len(elsewhere) > 2 else ""
    return Sentence(lead, result, f": {said}{more}")


def extreme(
    where: str,
    name: str,
    terms: Sequence[str],
    result: str,
    winner: str,
    ties: Sequence[str],
    *,
    rounded: bool,
    room: int | None,
    width: int = 0,
) -> Sentence:
    """Say which value won, and from where; what tied with it in a few words, where values would find no room.

    >>> ties = ["input[0, 1]", "input[3, 0]"]
    >>> str(extreme("output[0, 0]", "max", ["2", "2", "1", "2"], "2", "input[0, 0]", ties, rounded=False, room=55))
    'output[0, 0] = max(2, 2, 1, 2) = 2 from input[0, 0], one of 3 tied'
    """
    before, after = f"{where} = {name}(", f") {'≈' if rounded else '='} "
    tail = f" from {winner}"
    tied = f", tied with {ties[0]}" + (f" and {len(ties) - 1} more" if len(ties) > 1 else "") if ties else ""
    left = None if room is None else room - len(before) - len(after) - len(result) - len(tail)
    if ties and left is not None and left - len(tied) < len(listed(terms, 0, width)):
        tied = f", one of {len(ties) + 1} tied"
    if left is not None:
        left -= len(tied)
    return Sentence(before + listed(terms, left, width) + after, result, tail + tied)


def put_in(where: str, expression: str, result: str, *, rounded: bool) -> Sentence:
    """Say what a formula gives for one number; where it is the number itself, only that.

    >>> str(put_in("output[0]", "max(0, −3)", "0", rounded=False)), str(put_in("output[1]", "3", "3", rounded=False))
    ('output[0] = max(0, −3) = 0', 'output[1] = 3')
    """
    equals = "≈" if rounded else "="
    return Sentence(f"{where} = " if expression == result else f"{where} = {expression} {equals} ", result)


def reads(where: str, axes: Sequence[tuple[str, Sequence[int], int]]) -> str:
    """Say which cells a step reads, for a figure without values: (axis name, positions, size) per axis.

    >>> reads("output[0, 0]", [("rows", range(-1, 3, 2), 6), ("columns", range(0, 3), 6)])
    'output[0, 0] reads row 1 and padding, columns 0, 1, 2'
    """
    said = [] if axes else ["every input"]
    for name, positions, size in axes:
        real = [str(position) for position in positions if 0 <= position < size]
        one = name.removesuffix("s") if len(real) == 1 else name
        text = f"{one} {listed(real, 40)}" if real else name if len(positions) else f"no {name}"
        if len(real) < len(positions):
            text += " and padding" if real else ": padding only"
        said.append(text)
    return f"{where} reads {', '.join(said)}"


def padding(pads: tuple[int, int]) -> str:
    """Write the padding of one axis as it is typed: one number, or low:high."""
    low, high = map(plain, pads)
    return low if low == high else f"{low}:{high}"


def _per_axis(values: Sequence[object], joint: str) -> str:
    return str(values[0]) if len(set(values)) == 1 else joint.join(map(str, values))


def settings(
    window: Window,
    kernel: str,
    mode: str = "zeros",
    value: str = "0",
    hidden: Collection[str] = (),
    named: str = "",
) -> str:
    """Write the settings beside the title, with the letters that the formula uses; ``?`` for those hidden."""
    axes = window.axes
    if axes[0].form == "bins":
        return f"output size b = {'?' if 'size' in hidden else _per_axis(window.out, '×')}"
    given = [axis.given for axis in axes]
    pads = _per_axis([padding(each.pads) for each in given], ", ")
    if mode == "constant":
        pads += f" (constant {value})"
    elif mode != "zeros":
        pads += f" ({mode})"
    said = [
        f"{kernel} k = {_per_axis(window.kernel, '×')}",
        f"stride s = {'?' if 'stride' in hidden else _per_axis([each.stride for each in given], ', ')}",
        f"padding p = {'?' if 'padding' in hidden else pads}",
        f"dilation d = {'?' if 'dilation' in hidden else _per_axis([axis.dilation for axis in axes], ', ')}",
    ]
    if any(each.output_padding for each in given):
        more = _per_axis([each.output_padding for each in given], ", ")
        said.insert(3, f"output padding a = {'?' if 'padding' in hidden else more}")
    if any(axis.ceil for axis in axes):
        said.append("ceil mode")
    if named:
        said.insert(0, named)
    return " · ".join(said)


def letters(axis: Axis) -> str:
    """Write the output-size formula in letters."""
    (low, high), more = axis.given.pads, axis.given.output_padding
    if axis.form == "transposed":
        pads = "2p" if low == high else "(p₀ + p₁)"
        return f"(i − 1)·s − {pads} + d(k − 1) + 1{' + a' if more else ''}"
    pads = "2p" if low == high else "p₀ + p₁"
    return _size(f"i + {pads} − d(k − 1) − 1", "s", axis.ceil)


def figures(axis: Axis) -> str:
    """Write the output-size formula with this axis's numbers put in.

    >>> from convviz.window import Pads, Transposed
    >>> figures(Transposed.of(3, 3, 2, Pads(-1, 1), output_padding=1))
    '(3 − 1)·2 − (−1 + 1) + 1·(3 − 1) + 1 + 1'
    """
    stride, (low, high), more = axis.given
    pads = f"2·{factor(plain(low))}" if low == high else f"{plain(low)} + {factor(plain(high))}"
    taps = f"{axis.dilation}·({axis.kernel} − 1)"
    if axis.form == "transposed":
        pads = pads if low == high else f"({pads})"
        return f"({axis.size} − 1)·{stride} − {pads} + {taps} + 1{f' + {more}' if more else ''}"
    return _size(f"{axis.size} + {pads} − {taps} − 1", str(stride), axis.ceil)


def _size(room: str, stride: str, ceil: bool) -> str:
    low, high = "⌈⌉" if ceil else "⌊⌋"
    return f"{low}({room})/{stride}{high} + 1"


def sized(axis: Axis) -> str:
    """Write the formula with the numbers put in, and what comes of it.

    >>> from convviz.window import Axis
    >>> sized(Axis(6, 3, low=1, high=1, dilation=2))
    '⌊(6 + 2·1 − 2·(3 − 1) − 1)/1⌋ + 1 = 4'
    """
    text = f"{figures(axis)} = "
    unclipped = -(-(axis.padded - axis.span) // axis.stride) + 1
    if axis.ceil and unclipped != axis.out:  # PyTorch's rule
        return f"{text}{unclipped}, less 1 in the padding: {axis.out}"
    return f"{text}{axis.out}"


def size_lines(window: Window, *, in_letters: bool = True, solved: bool = True) -> list[str]:
    """Write the size formula, in letters and in numbers: one line where all axes are alike, else one an axis.

    Not ``solved``, in letters only, as a question.
    """
    if window.axes[0].form == "bins":
        return _bin_lines(window, in_letters=in_letters, solved=solved)
    if not solved:
        return list(dict.fromkeys(f"output size = {letters(axis)} = ?" for axis in window.axes))
    if len(set(window.axes)) == 1:
        axis = window.axes[0]
        return [f"output size = {letters(axis)} = {sized(axis)}" if in_letters else f"output size = {sized(axis)}"]
    lines: list[str] = []
    said = ""
    for name, axis in zip(window.names, window.axes, strict=True):
        formula = letters(axis) if in_letters else ""
        lines.append(f"output {name} = {'' if formula == said else formula + ' = '}{sized(axis)}")
        said = formula
    return lines


def same_size(window: Window) -> str:
    """Say that an operation works cell by cell."""
    if not window.axes:
        return ""
    return f"output size = input size = {times(window.out)}: each cell by itself"


def resized(window: Window) -> str:
    """Say what is done at the ends of the input.

    >>> from convviz.window import Axis, Window
    >>> resized(Window((Axis(6, 3, low=1, high=-1),)))
    'cropped and padded'
    """
    ends = [end for axis in window.axes for end in (axis.low, axis.high)]
    crops, pads = min(ends, default=0) < 0, max(ends, default=0) > 0
    return "cropped and padded" if crops and pads else "cropped" if crops else "padded"


def across(axis: Axis) -> str:
    r"""Say what the window finds on one axis.

    >>> from convviz.window import Axis, Pads, Transposed
    >>> across(Axis(6, 3, low=1))
    '6 cells, padding 1 before, 0 after, so 7; the window spans 3 and has 5 positions'
    >>> print(across(Transposed.of(3, 2, 2, Pads(2, 0))).replace("; the", "\n the"))
    3 cells with 1 zero between them, so 5; 1 cropped before, padding 1 after, so 5
     the window spans 2 and has 4 positions
    """
    low, high = axis.low, axis.high
    if axis.form == "bins":
        sizes = sorted({len(axis.taps(output)) for output in range(axis.out)})
        of = f"{sizes[0]}" if len(sizes) == 1 else f"{sizes[0]} to {sizes[-1]}"
        shared = sum(map(len, map(axis.taps, range(axis.out)))) > axis.size
        overlap = ", some of which overlap" if shared else ""
        cells = f"{axis.size} cell{'s' if axis.size != 1 else ''}"
        return f"{cells} in {axis.out} bin{'s' if axis.out != 1 else ''} of {of}{overlap}"
    said = f"{axis.size} cell{'s' if axis.size != 1 else ''}"
    if axis.spacing > 1 and axis.size > 1:
        gaps = axis.spacing - 1
        said += f" with {gaps} zero{'s' if gaps > 1 else ''} between them, so {axis.spaced};"
    if min(low, high) < 0:
        ends = [
            f"{-n} cropped {end}" if n < 0 else f"padding {n} {end}" for n, end in ((low, "before"), (high, "after"))
        ]
        said = f"{said.removesuffix(';')}; {', '.join(ends)}, so {axis.padded}"
    else:
        pads = f"{low} before, {high} after" if low != high else f"{low} at each end"
        said = f"{said.removesuffix(';')}{';' if said.endswith(';') else ','} padding {pads}, so {axis.padded}"
    return f"{said}; the window spans {axis.span} and has {axis.out} position{'s' if axis.out != 1 else ''}"


def _bin_lines(window: Window, *, in_letters: bool, solved: bool) -> list[str]:
    """Say what each bin reads: one line where all axes are alike, else one an axis.

    >>> from convviz.window import Bins, Window
    >>> print(_bin_lines(Window((Bins.of(5, 3),)), in_letters=True, solved=True)[0])
    output o reads ⌊o·i/b⌋ to ⌈(o + 1)·i/b⌉ − 1 = ⌊o·5/3⌋ to ⌈(o + 1)·5/3⌉ − 1: 0–1, 1–3, 3–4
    """
    formula = "⌊o·{i}/{b}⌋ to ⌈(o + 1)·{i}/{b}⌉ − 1"
    rule = formula.format(i="i", b="b")
    if not solved:
        return [f"output o reads {rule} = ?"]
    alike = len(set(window.axes)) == 1
    lines: list[str] = []
    for name, axis in list(zip(window.names, window.axes, strict=True))[: 1 if alike else None]:
        cells = [axis.taps(output) for output in range(axis.out)]
        read = [str(each[0]) if len(each) == 1 else f"{each[0]}–{each[-1]}" for each in cells]
        said = f"{formula.format(i=axis.size, b=axis.out)}: {listed(read, 40 if in_letters else 30)}"
        letters_ = f"{rule} = " if in_letters and not lines else ""
        lines.append(f"output {'o' if alike else name.removesuffix('s') + ' o'} reads {letters_}{said}")
    return lines


def dense(units: int, features: int, biased: bool) -> str:
    """Say what a dense layer computes, and how many parameters it has.

    >>> dense(4, 6, True)
    'y = W·x + b · 6 inputs · 4 units · 4·6 + 4 = 28 parameters'
    """
    sizes = f"{counted(features, 'input')} · {counted(units, 'unit')}"
    if biased:
        return (
            f"y = W·x + b · {sizes} · {units}·{features} + {units} = {counted(units * features + units, 'parameter')}"
        )
    return f"y = W·x · {sizes} · {units}·{features} = {counted(units * features, 'parameter')}"


def dense_foot(biased: bool) -> str:
    """Say what a unit does."""
    return "every unit adds up all inputs, each times a weight of its own" + (", and its bias" if biased else "")


def counted(number: int, noun: str) -> str:
    """Write a number before a noun.

    >>> counted(1, "unit"), counted(1200, "unit")
    ('1 unit', '1,200 units')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def grid_label(
    name: str,
    size: Sequence[int],
    padded: Sequence[int] | None = None,
    called: str = "",
    spaced: Sequence[int] | None = None,
    how: str = "padded",
) -> str:
    """Write what stands above a grid.

    >>> grid_label("input", (6, 6), (8, 8)), grid_label("kernel", (3, 3), called="mean")
    ('input 6×6, padded to 8×8', 'kernel 3×3 (mean)')
    >>> grid_label("input", (3, 3), (4, 5), spaced=(5, 5), how="cropped")
    'input 3×3, spaced to 5×5, cropped to 4×5'
    """
    text, before = f"{name} {times(size)}", tuple(size)
    if spaced is not None and tuple(spaced) != before:
        before = tuple(spaced)
        text += f", spaced to {times(spaced)}"
    if padded is not None and tuple(padded) != before:
        text += f", {how} to {times(padded)}"
    return f"{text} ({called})" if called else text


def channel_name(number: int | str, names: Sequence[str] = ()) -> str:
    """Say what a channel is called: by its number, where it has no name.

    >>> channel_name(1), channel_name(1, ("red", "green", "blue"))
    ('channel 1', 'green')
    """
    return names[int(number)] if names else f"channel {number}"


def plane_label(
    name: str, *, group: str = "", filter: str = "", channel: str = "", slice: str = "", tap: str = ""
) -> str:
    """Write what stands above one of several planes: a channel by what it is called, a filter or a slice by its number.

    ``tap``: the slice of the kernel that reads it.

    >>> plane_label("input", channel="red"), plane_label("", filter="0", channel=channel_name(2))
    ('input, red', 'filter 0, channel 2')
    >>> plane_label("input", slice="2", tap="0")
    'input, slice 2 · kernel 0'
    """
    said = [
        name,
        f"filter {filter}" if filter else "",
        channel,
        (slice if slice in (PADDING, GAP) else f"slice {slice}") if slice else "",
    ]
    text = ", ".join(each for each in said if each).replace(" · , ", " · ")
    text += f" (group {group})" if group else ""
    return f"{text} · {KERNEL} {tap}" if tap else text


def drawn_planes(
    channels: tuple[int, int],
    filters: tuple[int, int],
    slices: tuple[int, int],
    outputs: tuple[int, int],
    *,
    weighted: bool,
) -> str:
    """Say of which planes only some are drawn: (there are, are drawn) of each kind; ``outputs``: slices of the output.

    >>> drawn_planes((64, 3), (8, 3), (1, 1), (1, 1), weighted=True)
    '3 of 64 channels and 3 of 8 filters drawn'
    >>> drawn_planes((1, 1), (1, 1), (4, 2), (3, 1), weighted=True)
    '2 of 4 slices and 1 of 3 output slices drawn'
    """
    kinds = [("channels", channels), ("slices", slices), ("output slices", outputs)]
    if weighted:
        kinds.insert(1, ("filters", filters))
    said = [f"{drawn} of {all_} {name}" for name, (all_, drawn) in kinds if drawn < all_]
    *most, last = said or [""]
    return f"{', '.join(most)}{' and ' if most else ''}{last} drawn" if said else ""


def planes(channels: int, filters: int, groups: int) -> str:
    """Say how many channels, filters and groups there are; nothing of what there is one of.

    >>> planes(3, 2, 1), planes(1, 1, 1)
    ('channels 3 · filters 2', '')
    """
    known = {"channels": channels, "filters": filters, "groups": groups}
    return " · ".join(f"{name} {count}" for name, count in known.items() if count > 1)


def over(divisor: int) -> str:
    """Write that what follows is divided; nothing where it is not.

    >>> over(9), over(1)
    ('1/9 · ', '')
    """
    return f"1/{divisor} · " if divisor != 1 else ""


def bias(value: str) -> str:
    """Name the bias of a filter."""
    return f"bias {value}"


def lens_labels(called: str, divisor: int, *, flipped: bool = False) -> dict[str, str]:
    """Write what stands above the planes of a lens; the kernel is drawn there as it is applied.

    >>> lens_labels("mean", 9)
    {'window': 'in the window', 'kernel': '1/9 · kernel (mean)', 'products': '1/9 · products'}
    """
    kernel_ = f"{KERNEL} ({called})" if called else KERNEL
    kernel_ += ", flipped" if flipped else ""
    return {"window": "in the window", "kernel": over(divisor) + kernel_, "products": f"{over(divisor)}products"}


def also_stamped(label: str) -> str:
    """Write what stands above an input whose cells stamp, beside one that a window reads.

    >>> also_stamped("input")
    'input, as stamps'
    """
    return f"{label}, as stamps"


def stamped_label(size: Sequence[int], whole: Sequence[int]) -> str:
    """Write what stands above an output, of which stamps reach more than is kept.

    >>> stamped_label((5, 5), (7, 7)), stamped_label((7, 7), (7, 7))
    ('output 7×7, cropped to 5×5', 'output 7×7')
    """
    return f"{OUTPUT} {times(whole)}" + (f", cropped to {times(size)}" if tuple(size) != tuple(whole) else "")


def starts_at_bias(biases: Sequence[str]) -> str:
    """Say where running sums begin.

    >>> starts_at_bias(["1"]), starts_at_bias(["1", "−2"])
    ('each output starts at the bias 1', 'each output starts at its bias: 1, −2')
    """
    if len(set(biases)) == 1:
        return f"each output starts at the bias {biases[0]}"
    return f"each output starts at its bias: {listed(biases, 20)}"


def output_padding(window: Window) -> str:
    """Say which rows and columns of the output are there because of output padding; nothing where none are.

    >>> from convviz.window import Pads, Transposed, Window
    >>> output_padding(Window((Transposed.of(3, 3, 2, Pads(1, 1), output_padding=1),) * 2))
    'output padding: row 5 · column 5'
    """
    said = []
    for name, axis in zip(window.names, window.axes, strict=True):
        if more := min(axis.given.output_padding, axis.out):
            word = name if more > 1 else name.removesuffix("s")
            said.append(f"{word} {ranges(range(axis.out - more, axis.out))}")
    return f"output padding: {' · '.join(said)}" if said else ""


def never_read(window: Window) -> str:
    """Say which input rows and columns no window reads; nothing where all are read."""
    said = []
    for name, axis in zip(window.names, window.axes, strict=True):
        if missed := axis.never_read:
            word = name if len(missed) > 1 else name.removesuffix("s")
            said.append(f"{word} {ranges(missed)}")
    return f"{NEVER_READ}: {' · '.join(said)}" if said else ""


def under_input(window: Window, *, only_real: bool, counts: bool | None = None) -> str:
    """Say what is to be known of the cells of the input.

    Which are never read, that zeros have no weight, whether padding ``counts`` (None: that goes without saying), how
    far a last window hangs over the end, and which cells are in two bins.
    """
    said = [never_read(window), NOT_INPUT if only_real and window.padded != window.size else ""]
    if counts is not None and any(max(axis.low, axis.high) > 0 for axis in window.axes):
        said.append(COUNTED if counts else NOT_COUNTED)
    said += [hangs_over(window), shared(window)]
    return " · ".join(each for each in said if each)


def hangs_over(window: Window) -> str:
    """Say how far last windows hang over the end; nothing where none does.

    >>> from convviz.window import Axis, Window
    >>> hangs_over(Window((Axis(5, 2, 2, ceil=True), Axis(4, 2, 2, ceil=True))))
    'the last window hangs 1 over the end of the rows: not counted'
    """
    over = {name: axis.overhang for name, axis in zip(window.names, window.axes, strict=True) if axis.overhang}
    if not over:
        return ""
    if len(over) == len(window.axes) and len(set(over.values())) == 1:
        return f"the last window hangs {next(iter(over.values()))} over the end: not counted"
    ends = " and ".join(f"{more} over the end of the {name}" for name, more in over.items())
    return f"the last window hangs {ends}: not counted"


def shared(window: Window) -> str:
    """Say which rows and columns lie in more bins than one; nothing where none do.

    >>> from convviz.window import Bins, Window
    >>> shared(Window((Bins.of(5, 3), Bins.of(6, 3))))
    'in two bins: rows 1, 3'
    """
    said, most = [], 2
    for name, axis in zip(window.names, window.axes, strict=True):
        if axis.form != "bins":
            continue
        places = [place for output in range(axis.out) for place in axis.taps(output)]
        often = [places.count(place) for place in range(axis.size)]
        if twice := [place for place, count in enumerate(often) if count > 1]:
            most = max(most, *often)
            said.append(f"{name if len(twice) > 1 else name.removesuffix('s')} {ranges(twice)}")
    return f"in {'two' if most == 2 else 'several'} bins: {' · '.join(said)}" if said else ""


def divided_by(divisor: int) -> str:
    """Write what a sum is divided by.

    >>> divided_by(9)
    '÷ 9'
    """
    return f"÷ {divisor}"


def zeros(window: Window) -> str:
    """Say that zeros between or round the input cells are left out of sentences; nothing where there are none."""
    between = any(axis.spacing > 1 for axis in window.axes)
    round_ = any(max(axis.low, axis.high) > 0 for axis in window.axes)
    where = " and ".join(each for each, there in (("between", between), ("round", round_)) if there)
    return f"the zeros {where} the input cells add nothing, and are not spelled out" if where else ""


def ranges(numbers: Sequence[int]) -> str:
    """Write numbers with the runs among them joined.

    >>> ranges([1, 3, 4, 5, 9])
    '1, 3–5, 9'
    """
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    shown = [str(a) if a == b else f"{a}, {b}" if b == a + 1 else f"{a}–{b}" for a, b in runs]
    return listed(shown, 30)


def progress(step: int, steps: int, *, counted: bool = True) -> str:
    """Say where we are, counted from 1; not of how many, where that would tell the size that is asked for."""
    return f"step {step} of {steps}" if counted else f"step {step}"


def drawn(frames: int, steps: int) -> str:
    """Say that steps are passed over."""
    return f"{frames} of {steps} steps drawn"


def read_as(shape: Sequence[int], rank: int, names: Sequence[str]) -> str:
    """Say how an array was read.

    >>> read_as((2, 4, 5), 2, ("rows", "columns"))
    'channels 2, rows 4, columns 5'
    """
    all_names = ("batch", "channels" if names else "features", *names)
    return ", ".join(f"{name} {size}" for name, size in zip(all_names[-len(shape) :], shape, strict=True))


def alt_text(title: str, settings: str, read: str, made: str, sentences: Sequence[str], steps: int | str) -> str:
    """Describe a figure to those who can't see it: what slides over what, and the first and the last step."""
    fills = "one step fills" if steps == 1 else f"{steps} steps fill"
    said = " ".join(f"{when}: {each}." for when, each in zip(("The first", "The last"), sentences, strict=False))
    return f"{title}: {settings}. The input has {read}; {fills} an output of {made}. {said}".rstrip()


def stamped_text(
    title: str, settings: str, read: str, made: str, sentences: Sequence[str], steps: int, evenness_: str
) -> str:
    """Describe a figure of stamps to those who can't see it: what is stamped, first and last, and how evenly."""
    said = " ".join(f"{when}: {each}." for when, each in zip(("The first", "The last"), sentences, strict=False))
    stamps_ = "one stamp adds" if steps == 1 else f"{steps} stamps add"
    return (
        f"{title}: {settings}. The input has {read}; {stamps_} up to an output of {made}. {said} {evenness_}.".replace(
            ".  ", ". "
        )
    )


def undivided(groups: int, channels: int, filters: int) -> str:
    """Say that groups do not divide channels and filters, and which numbers go together.

    >>> undivided(3, 3, 4)
    'groups is 3, which does not divide the 4 filters: use 3, 6, 9… filters, or 1 group'
    >>> undivided(3, 4, 6)
    'groups is 3, which does not divide the 4 channels: use 1 or 2 groups'
    """
    fitting = [each for each in range(1, math.gcd(channels, filters) + 1) if channels % each == filters % each == 0]
    others = "1 group" if len(fitting) == 1 else f"{', '.join(map(str, fitting[:-1]))} or {fitting[-1]} groups"
    if channels % groups:
        planes = "one channel" if channels == 1 else f"{channels} channels"
        return f"groups is {groups}, which does not divide the {planes}: use {others}"
    several = f"{groups}, {2 * groups}, {3 * groups}…"
    return f"groups is {groups}, which does not divide the {filters} filters: use {several} filters, or {others}"


OWN_FONTS = ", or .svg, whose reader brings its own fonts"


def lacking(letters: str, way: str = "") -> str:
    """Say that letters are drawn as boxes, and what to do.

    >>> lacking("卷积")
    'the fonts of figures have no 卷 积, drawn as boxes: use other letters'
    >>> lacking("🙂", OWN_FONTS)
    'the fonts of figures have no 🙂, drawn as boxes: use other letters, or .svg, whose reader brings its own fonts'
    """
    shown = " ".join(letters[:8]) + (" …" if len(letters) > 8 else "")
    return f"the fonts of figures have no {shown}, drawn as boxes: use other letters{way}"


def printable(text: str) -> str:
    r"""Return one line that can be drawn and stored: what is not printable becomes a space.

    >>> printable("a\nb")
    'a b'
    """
    return "".join(each if each.isprintable() else " " for each in text)
