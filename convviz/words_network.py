"""Every word that people see of networks, English first: labels, notes, sentences."""

from __future__ import annotations

from collections.abc import Sequence

from convviz.numbers import times
from convviz.window import Window
from convviz.words import TITLES, across, padding, sized

OWN_NAME = "Network"
INPUT = "input"
FLATTENED = "flatten (before dense)"
ALEXNET_NOTE = (
    "224×224 without padding gives ⌊(224 − 11)/4⌋ + 1 = 54; where textbooks say 55, they take 227×227, or pad"
)
KINDS = {
    "conv": "conv",
    "max": "max pool",
    "avg": "average pool",
    "min": "min pool",
    "transpose": "transposed conv",
    "lp": "Lp pool",
    "adaptive-max": "adaptive max pool",
    "adaptive-avg": "adaptive average pool",
    "global-max": "global max pool",
    "global-avg": "global average pool",
    "flatten": "flatten",
    "dense": "dense",
    "dropout": "dropout",
    "batch-norm": "batch norm",
    "softmax": "softmax",
}
HEADS = ("layer", "kernel", "stride", "padding", "output", "parameters", "multiply-adds", "receptive field")
TOTAL = "total"
SHARES = "Bars: shares of all parameters and of all multiply-adds"
ALL = "all"
NOTHING = "–"


def kind(name: str) -> str:
    """Name a kind of layer.

    >>> kind("avg"), kind("leaky-relu"), kind("sigmoid")
    ('average pool', 'leaky ReLU', 'sigmoid')
    """
    if name in KINDS:
        return KINDS[name]
    title = TITLES[name.replace("-", "_")].partition(" (")[0]
    first, *rest = title.split(" ")
    return " ".join([first.lower() if first.istitle() else first, *rest])


def size(sizes: Sequence[int]) -> str:
    """Write a kernel as it is typed: one size for both axes too.

    >>> size((3,)), size((3, 2))
    ('3x3', '3x2')
    """
    return "x".join(map(str, sizes if len(sizes) > 1 else (*sizes, *sizes)))


def count(number: int) -> str:
    """Write a whole number with its thousands apart.

    >>> count(61706)
    '61,706'
    """
    return f"{number:,}"


def brief(number: int) -> str:
    """Write a whole number in three digits where it is a million or more, visibly so.

    >>> [brief(number) for number in (34_944, 1_327_488, 26_218_496, 415_334_400, 999_999_999, 15_470_264_320)]
    ['34,944', '1.33 M', '26.2 M', '415 M', '1.00 G', '15.5 G']
    """
    for unit, name in ((10**12, "T"), (10**9, "G"), (10**6, "M")):
        part = float(f"{number / unit:.2e}")  # three digits
        if part >= 1 and number >= 10**6:
            return f"{part:.{2 if part < 10 else 1 if part < 100 else 0}f} {name}"
    return count(number)


def per_axis(values: Sequence[int]) -> str:
    """Write one number where all axes are alike."""
    return str(values[0]) if len(set(values)) == 1 else ", ".join(map(str, values))


def pads(window: Window, given: object) -> str:
    """Write the padding: in cells, and by the name that was typed.

    >>> from convviz.window import Axis
    >>> pads(Window((Axis(28, 5, low=2, high=2),) * 2), "same"), pads(Window((Axis(6, 3),) * 2), 0)
    ('2 (same)', '0')
    """
    sides = [padding(axis.given.pads) for axis in window.axes]
    said = sides[0] if len(set(sides)) == 1 else ", ".join(sides)
    return f"{said} ({given})" if isinstance(given, str) and given != "valid" else said


def field(sizes: Sequence[int], whole: Sequence[int], *, sees_all: bool) -> str:
    """Write a receptive field.

    >>> field((16, 16), (28, 28), sees_all=False), field((28, 28), (28, 28), sees_all=True)
    ('16×16', 'all')
    """
    if not whole:
        return NOTHING if not sees_all else ALL
    return ALL if sees_all and tuple(sizes) == tuple(whole) else times(sizes)


def untrained(number: int, parameters: int) -> str:
    """Say how many parameters are not trained.

    >>> untrained(32, 1000)
    '32 of the 1,000 parameters are not trained: running means and variances, which PyTorch calls buffers'
    """
    return (
        f"{count(number)} of the {count(parameters)} parameters are not trained: "
        "running means and variances, which PyTorch calls buffers"
    )


SHORT = {
    "max": "max pool",
    "avg": "avg pool",
    "adaptive-max": "adaptive max",
    "adaptive-avg": "adaptive avg",
    "global-max": "global max",
    "global-avg": "global avg",
}
NO_PARAMETERS = "no parameters"
FAMILIES = {
    "input": "input",
    "conv": "convolution",
    "pool": "pooling",
    "dense": "dense",
    "other": "flatten",
}
THEN = "then"
SCALES = {
    "linear": "height and width as rows and columns",
    "root": "height and width as the square roots of rows and columns",
    "logarithm": "height and width as the logarithms of rows and columns",
}


def short(name: str) -> str:
    """Name a kind of layer where room is scarce."""
    return SHORT.get(name, kind(name))


def details(label: str) -> list[str]:
    """Return what a label says beside the kind of layer.

    >>> details("conv, dilation 2, 2 groups"), details("dense")
    (['dilation 2', '2 groups'], [])
    """
    return label.split(", ")[1:]


def totals(parameters: int, multiply_adds: int) -> str:
    """Say what a network adds up to."""
    return f"{count(parameters)} parameters · {count(multiply_adds)} multiply-adds for one input"


def scale(name: str) -> str:
    """Say to which scale volumes are drawn; without a name, where there are none."""
    if not name:
        return "To scale: bars as the logarithms of values"
    return f"To scale: {SCALES[name]}; depth and bars as the logarithms of channels and of values"


def seen_by_one(last: str, field: str, whole: str) -> str:
    """Say what the marked regions are."""
    return f"One value of {last} comes from {field} of the {whole} cells of the input"


def input_line(shape: Sequence[int], size: int) -> str:
    """Say how many values come in.

    >>> input_line((28, 28, 1), 784), input_line((1024,), 1024)
    ('input: 28·28·1 = 784 values', 'input: 1,024 values')
    """
    product = f"{'·'.join(map(count, shape))} = " if len(shape) > 1 else ""
    return f"input: {product}{count(size)} values"


def shape_line(said: str, window: Window, result: str, then: str) -> str:
    """Say how a size comes about.

    >>> from convviz.window import Axis
    >>> shape_line("conv", Window((Axis(28, 5, low=2, high=2),) * 2), "28×28×6", "ReLU")
    'conv 5×5: ⌊(28 + 2·2 − 1·(5 − 1) − 1)/1⌋ + 1 = 28, so 28×28×6, then ReLU'
    """
    sizes = " and ".join(dict.fromkeys(sized(axis) for axis in window.axes))
    return f"{said} {times(window.kernel)}: {sizes}, so {result}" + (f", then {then}" if then else "")


def bins_line(said: str, window: Window, result: str, then: str) -> str:
    """Say which cells an adaptive pooling puts together.

    >>> from convviz.window import Bins
    >>> bins_line("adaptive max pool", Window((Bins.of(5, 3),) * 2), "3×3×6", "")
    'adaptive max pool: 5 cells in 3 bins of 2 to 3, some of which overlap, so 3×3×6'
    """
    cells = " and ".join(dict.fromkeys(across(axis) for axis in window.axes))
    return f"{said}: {cells}, so {result}" + (f", then {then}" if then else "")


def flatten_line(shape: Sequence[int], size: int, then: str) -> str:
    """Say how many values a map has."""
    product = f"{'·'.join(map(count, shape))} = " if len(shape) > 1 else ""
    return f"flatten: {product}{count(size)} values in a row" + (f", then {then}" if then else "")


def dense_line(said: str, values: int, units: int, then: str) -> str:
    """Say what is joined to what."""
    return f"{said}: each of {count(units)} units sees all {count(values)} values" + (f", then {then}" if then else "")


def conv_numbers(
    filters: int, taps: Sequence[int], factors: Sequence[int], numbers: tuple[int, int], *, bias: bool
) -> str:
    """Say how the parameters and the multiply-adds of a convolution come about.

    ``taps``: channels that a filter reads, and the kernel; ``factors``: of the multiply-adds.

    >>> conv_numbers(6, (1, 5, 5), (28, 28, 6, 1, 5, 5), (156, 117600), bias=True)
    'parameters 6·(1·5·5 + 1) = 156 · multiply-adds 28·28·6·1·5·5 = 117,600'
    """
    read = "·".join(map(count, taps))
    own = f"{count(filters)}·({read} + 1)" if bias else f"{count(filters)}·{read}"
    return (
        f"parameters {own} = {count(numbers[0])} · multiply-adds {'·'.join(map(count, factors))} = {count(numbers[1])}"
    )


def dense_numbers(values: int, units: int, numbers: tuple[int, int], *, bias: bool) -> str:
    """Say how the parameters and the multiply-adds of a dense layer come about.

    >>> dense_numbers(6400, 120, (768120, 768000), bias=True)
    'parameters 120·(6,400 + 1) = 768,120 · multiply-adds 120·6,400 = 768,000'
    """
    to, of = count(units), count(values)
    own = f"{to}·({of} + 1)" if bias else f"{to}·{of}"
    return f"parameters {own} = {count(numbers[0])} · multiply-adds {to}·{of} = {count(numbers[1])}"


def reached(sizes: Sequence[int], name: str, shape: str, last: str) -> str:
    """Say what one value comes from in an earlier layer.

    >>> reached((4, 4), "input", "28×28×1", "avg pool 5×5×16")
    'one value of avg pool 5×5×16 comes from 4×4 cells of input 28×28×1'
    """
    return f"one value of {last} comes from {times(sizes)} cells of {name} {shape}"


def alt_text(name: str, layers: Sequence[str], totals: str) -> str:
    """Describe a network to those who can't see it."""
    return f"{name}: {'; '.join(layers)}. {totals}."


def one_value(last: str) -> str:
    """Begin with one value of the last map."""
    return f"one value of {last}: what does it come from?"


def head(name: str) -> list[str]:
    """Write what stands over a column, in one line or in two.

    >>> head("receptive field"), head("multiply-adds")
    (['receptive', 'field'], ['multiply-', 'adds'])
    """
    return {"receptive field": ["receptive", "field"], "multiply-adds": ["multiply-", "adds"]}.get(name, [name])


IN_THE_WINDOW = "in the window"
RESULT = "result"
COLOURED = "Framed: all that the last cell comes from. Below: what each step reads, at full size. Each line: its step"
FRAMED = "Framed: all that the last cell comes from. Each line: the step of one stage"
FOLLOWED = "Tinted: all that the last cell comes from. Filled: what each step reads. Each line: the step of one stage"


def channel(number: int, of: int) -> str:
    """Say which plane of several is drawn, counted from 0 as in the sentences.

    >>> channel(2, 8)
    'channel 2 (of 0–7)'
    """
    return f"channel {number} (of 0–{of - 1})"


def grouped(groups: int, channels: int) -> str:
    """Say in how many groups a convolution takes its channels.

    >>> grouped(2, 4), grouped(4, 4)
    ('2 groups', 'depthwise')
    """
    return "depthwise" if groups == channels else f"{groups} groups"


def undrawn(name: str, reader: str) -> str:
    """Say that the plane drawn of a map is not all that a sum reads.

    >>> undrawn("ReLU", "conv 3×3")
    'Drawn of ReLU: the channel that adds most to conv 3×3; what other channels add is not drawn'
    """
    return f"Drawn of {name}: the channel that adds most to {reader}; what other channels add is not drawn"


def pipeline_alt(names: Sequence[str], shapes: Sequence[str], last: Sequence[str]) -> str:
    """Describe a pipeline to those who can't see it: the stages, and the way of the last cell."""
    stages = "; ".join(f"{name} gives {shape}" for name, shape in zip(names, shapes[1:], strict=True))
    return f"Pipeline: input {shapes[0]}; {stages}. The last cell: {'. '.join(last)}."


def ends(least: str, most: str) -> str:
    """Say from where to where colours go, which is not from where to where the values do.

    >>> ends("−37", "37"), ends("≤ −98", "≥ 98"), ends("3", "3")
    ('colours −37 to 37', 'colours ≤ −98 to ≥ 98', '3')
    """
    return f"colours {least} to {most}" if least != most else least
