"""A stack of layers: the shape after each, its parameters, multiply-adds and receptive field; no weights, no data."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from convviz import toml
from convviz import words_network as words
from convviz.errors import SettingError
from convviz.language import Layer, LayerError, of_table, one, parse, refuse, shown, stages_of
from convviz.numbers import times
from convviz.window import Axis, Window, bins, slide, stamps
from convviz.words import printable, undivided

MOST_LAYERS = 2000
LARGEST = 1 << 31  # of a size, filters or units
POOLS = ("max", "avg", "min", "lp")
ADAPTIVE = ("adaptive-max", "adaptive-avg")
SLIDING = ("conv", "transpose", *POOLS, *ADAPTIVE, "global-max", "global-avg")
WHOLE = ("dense", "global-max", "global-avg")  # each of their values comes of all values before
TOP = ("name", "input", "layers", "layer", "note")  # keys of a TOML file

# Yann LeCun et al., "Gradient-based learning applied to document recognition", 1998, as today's lessons build it.
LENET = """input 28x28x1 | conv 5x5 6 same | sigmoid | avg 2x2 | conv 5x5 16 | sigmoid | avg 2x2
| flatten | dense 120 | sigmoid | dense 84 | sigmoid | dense 10"""
# Alex Krizhevsky et al., "ImageNet classification with deep convolutional neural networks", 2012, on one device.
ALEXNET = """input 224x224x3 | conv 11x11 96 s4 | relu | max 3x3 s2 | conv 5x5 256 same | relu | max 3x3 s2
| conv 3x3 384 same | relu | conv 3x3 384 same | relu | conv 3x3 256 same | relu | max 3x3 s2
| flatten | dense 4096 | relu | dropout 0.5 | dense 4096 | relu | dropout 0.5 | dense 1000"""
# Karen Simonyan and Andrew Zisserman, "Very deep convolutional networks for large-scale image recognition", 2015.
VGG16 = "input 224x224x3 | " + " | ".join(
    [
        *(
            " | ".join([f"conv 3x3 {filters} same | relu"] * repeats) + " | max 2x2"
            for filters, repeats in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
        ),
        "flatten | dense 4096 | relu | dropout 0.5 | dense 4096 | relu | dropout 0.5 | dense 1000",
    ]
)
NETWORKS = {
    "lenet": ("LeNet", LENET, ()),
    "alexnet": ("AlexNet", ALEXNET, (words.ALEXNET_NOTE,)),
    "vgg16": ("VGG16", VGG16, ()),
}
NETWORK_ALIASES = {"lenet5": "lenet", "lenet-5": "lenet", "alex-net": "alexnet", "vgg": "vgg16", "vgg-16": "vgg16"}


class Shape(NamedTuple):
    """What lies between two layers: rows × columns × channels, or, without ``space``, a vector of so many values.

    >>> str(Shape((28, 28), 6)), str(Shape((), 4096)), Shape((5, 5), 16).size
    ('28×28×6', '4,096', 400)
    """

    space: tuple[int, ...]
    channels: int

    @property
    def size(self) -> int:
        """How many values there are."""
        return math.prod(self.space) * self.channels

    @property
    def list(self) -> tuple[int, ...]:
        """The sizes, channels last."""
        return (*self.space, self.channels)

    def __str__(self) -> str:
        return times(self.list) if self.space else words.count(self.channels)


class Reach(NamedTuple):
    """What one cell of an axis goes back to in the input: ``cells`` of it, the first cell's from ``start`` on.

    From one cell to the next it moves by ``jump``. Padding is counted: a start may lie before the input.
    """

    cells: int = 1
    jump: int = 1
    start: int = 0

    def after(self, axis: Axis) -> Reach:
        """Return the reach behind one more window: r ← r + (span − 1)·j, then j ← j·s.

        >>> Reach().after(Axis(28, 5, low=2, high=2)).after(Axis(28, 2, 2))
        Reach(cells=6, jump=2, start=-2)
        """
        return Reach(
            self.cells + (axis.span - 1) * self.jump,
            self.jump * axis.stride,
            self.start - axis.low * self.jump,
        )

    def of(self, cell: int) -> range:
        """Return what a cell goes back to, in cells of the input (and of its padding)."""
        return range(self.start + cell * self.jump, self.start + cell * self.jump + self.cells)


Region: TypeAlias = tuple[Sequence[int], ...]  # cells of a map, rising, on each axis


def read_by(axis: Axis, outputs: Sequence[int]) -> list[int]:
    """Return the input cells that some outputs of an axis read, rising, without padding and gaps.

    >>> read_by(Axis(6, 3, low=1, high=1), [0, 1])
    [0, 1, 2]
    """
    found: set[int] = set()
    for output in outputs:
        found.update(axis.cells(axis.taps(output)).tolist())
    return sorted(found - {-1})


@dataclass(frozen=True)
class Stage:
    """One layer in its place.

    ``window`` is how it slides over what comes before, where it does; a layer that sees all of it (dense, flatten) has
    none. ``untrained`` of the ``parameters`` are kept up by other means (the running mean and variance of batch
    normalisation). ``reach`` is the receptive field of its cells, an axis of the network's input each; none behind a
    layer whose cells do not all reach as far: a transposed convolution, adaptive pooling.
    """

    layer: Layer
    source: Shape
    result: Shape
    window: Window | None
    parameters: int
    untrained: int
    multiply_adds: int
    reach: tuple[Reach, ...]

    @property
    def kind(self) -> str:
        """What kind of layer it is."""
        return self.layer.kind

    @property
    def sees_all(self) -> bool:
        """Whether each of its values comes of everything before it."""
        return self.kind in WHOLE

    @property
    def pointwise(self) -> bool:
        """Whether it changes values and no shape: an activation, dropout, batch normalisation."""
        return self.window is None and self.kind not in ("dense", "flatten")

    def back(self, region: Region) -> Region:
        """Return what a region of its result reads of its source, without the padding."""
        if self.sees_all or self.kind == "flatten":
            return tuple(range(size) for size in self.source.space)
        if self.window is None:
            return region
        return tuple(read_by(axis, cells) for axis, cells in zip(self.window.axes, region, strict=True))


@dataclass(frozen=True)
class Network:
    """A stack of layers behind an input.

    >>> lenet = network("lenet")
    >>> lenet.parameters, lenet.multiply_adds, [str(stage.result) for stage in lenet.stages if stage.window]
    (61706, 416520, ['28×28×6', '14×14×6', '10×10×16', '5×5×16'])
    """

    name: str
    input: Shape
    stages: tuple[Stage, ...]
    notes: tuple[str, ...] = ()

    @property
    def parameters(self) -> int:
        """All parameters, as Keras's ``summary()`` counts them."""
        return sum(stage.parameters for stage in self.stages)

    @property
    def untrained(self) -> int:
        """Those of them that training does not change."""
        return sum(stage.untrained for stage in self.stages)

    @property
    def multiply_adds(self) -> int:
        """Multiplications, each with its addition, for one input."""
        return sum(stage.multiply_adds for stage in self.stages)

    @property
    def output(self) -> Shape:
        """What comes out."""
        return self.stages[-1].result if self.stages else self.input

    @cached_property
    def last_map(self) -> int:
        """The number of the last stage whose result has rows and columns, −1 for the input itself."""
        return max((number for number, stage in enumerate(self.stages) if stage.result.space), default=-1)

    def code(self, language: str = "keras") -> str:
        """Return Python that builds the network, ready to be pasted: "keras" or "torch".

        >>> print(network("input 8x8x1 | conv 3x3 4 | relu | dense 10").code("torch").splitlines()[4])
            nn.Conv2d(1, 4, 3),
        """
        from convviz.building import code  # the one way up: a convenience

        return code(self, language)

    def field(self, number: int) -> tuple[int, ...]:
        """Return the receptive field of a stage: cells of the input on each axis that one of its values comes of.

        Of a map it counts the padding, as is usual; of what sees a whole map, it is what is left without. Behind a
        transposed convolution or adaptive pooling, where not all reach as far, it is the most that one value comes of,
        without the padding.

        >>> lenet = network("lenet")
        >>> lenet.field(5), lenet.field(len(lenet.stages) - 1)
        ((16, 16), (28, 28))
        """
        if not self.stages[number].result.space and any(stage.sees_all for stage in self.stages[: number + 1]):
            return tuple(len(cells) for cells in self.seen_from((), number)[0])
        if self.input.space and not self.stages[number].reach:
            return self._widest(number)
        return tuple(reach.cells for reach in self.stages[number].reach)

    def _widest(self, number: int) -> tuple[int, ...]:
        """Return the most cells of the input on each axis that one value of a stage comes of."""
        widest = []
        for place, size in enumerate(self.input.space):
            first = last = np.arange(size)  # which cells of the input each cell comes of; none: from size to −1
            for stage in self.stages[: number + 1]:
                if stage.window is None or stage.kind in WHOLE:
                    continue
                axis = stage.window.axes[place]
                read = axis.cells(axis.positions())
                first = np.where(read >= 0, first[read], size).min(axis=1)
                last = np.where(read >= 0, last[read], -1).max(axis=1)
            widest.append(max(0, int((last - first).max()) + 1))
        return tuple(widest)

    def seen_from(self, region: Region, number: int) -> list[Region]:
        """Return what a region of the result of a stage goes back to: in the input, then after each stage up to it.

        >>> lenet = network("lenet")
        >>> [[len(cells) for cells in region] for region in lenet.seen_from((range(1), range(1)), 2)]
        [[4, 4], [2, 2], [2, 2], [1, 1]]
        """
        found = [region]
        for stage in reversed(self.stages[: number + 1]):
            found.append(stage.back(found[-1]))
        return found[::-1]


def network(what: str | os.PathLike[str], *, name: str | None = None) -> Network:
    """Return a network: by name (lenet, alexnet, vgg16), from a .toml file, or of layers in a line.

    The line is ``input 28x28x1 | conv 5x5 6 same | sigmoid | avg 2x2 | flatten | dense 10``: see `convviz.language`.
    A file has ``input = "28x28x1"``, ``name``, ``note`` and either ``layers``, such a line, or a ``[[layer]]`` table
    for each, with ``kind``, ``kernel``, ``filters``, ``units``, ``stride``, ``padding``, ``dilation``, ``groups``,
    ``bias``, ``ceil``, ``rate``, ``activation``, ``name`` and ``repeat``. Raises `SettingError` and `FileError`.

    >>> network("input 32x32x3 | conv 3x3 8 | max 2x2 | dense 10").parameters
    18234
    """
    if isinstance(what, os.PathLike) or (isinstance(what, str) and what.lower().endswith(".toml")):
        return _of_file(Path(os.fsdecode(what)), name)
    if "|" in what or what.split()[:1] == ["input"]:
        return _of_line(what, name or words.OWN_NAME)
    spelled = what.lower().replace("_", "-")
    spelled = NETWORK_ALIASES.get(spelled, spelled)
    if spelled not in NETWORKS:
        from difflib import get_close_matches

        near = get_close_matches(spelled, [*NETWORKS, *NETWORK_ALIASES], n=1)
        hint = f"did you mean {NETWORK_ALIASES.get(near[0], near[0])}? " if near else ""
        raise SettingError(
            f"network {shown(what)!r} is unknown: {hint}use {', '.join(NETWORKS)}, a .toml file, "
            "or layers such as 'input 28x28x1 | conv 5x5 6 | max 2x2 | dense 10'"
        )
    title, line, notes = NETWORKS[spelled]
    return replace(_of_line(line, name or title), notes=notes)


def stack(input: Shape, layers: Sequence[Layer], name: str = "", notes: Sequence[str] = ()) -> Network:
    """Put layers one on another; raise `SettingError` naming the one that does not fit, and the shape before it."""
    if len(layers) > MOST_LAYERS:
        raise SettingError(f"{len(layers)} layers are too many: use at most {MOST_LAYERS}")
    stages: list[Stage] = []
    before = _Before(input, tuple(Reach() for _ in input.space))
    for number, layer in enumerate(layers, start=1):
        flattened = [Layer("flatten", words.FLATTENED)] if layer.kind == "dense" and before.shape.space else []
        for each in (*flattened, layer):
            try:
                stages.append(_placed(each, before))
            except SettingError as problem:
                refuse(number, layer.said, problem, str(before.shape))
            spread = {"flatten": before.shape.space, "dense": ()}.get(each.kind, before.spread)
            before = _Before(stages[-1].result, stages[-1].reach, spread)
    return Network(name, input, tuple(stages), tuple(notes))


def shape_of(value: Any) -> Shape:
    """Read the shape of an input: rows x columns x channels, rows x columns, or a number of values.

    >>> shape_of("28x28x1"), shape_of([224, 224, 3]), shape_of(784)
    (Shape(space=(28, 28), channels=1), Shape(space=(224, 224), channels=3), Shape(space=(), channels=784))
    """
    parts = re.split("[x×]", value.strip().lower()) if isinstance(value, str) else value
    parts = parts if isinstance(parts, list | tuple) else [parts]
    texts = [str(part).strip() for part in parts if not isinstance(part, bool)]
    if len(texts) not in (1, 2, 3) or not all(re.fullmatch("[0-9]{1,9}", text) and int(text) for text in texts):
        raise SettingError(
            f"input {shown(value)!r} is not a shape: use rows x columns x channels, such as 28x28x1, or a number"
        )
    sizes = tuple(map(int, texts))
    if len(sizes) == 1:
        return Shape((), sizes[0])
    return Shape(sizes[:2], sizes[2] if len(sizes) == 3 else 1)


# One layer in its place.


class _Before(NamedTuple):
    """What a layer stands on: a shape, the reach of its cells and, of a vector, the map over which it is spread."""

    shape: Shape
    reach: tuple[Reach, ...]
    spread: tuple[int, ...] = ()


def _placed(layer: Layer, before: _Before) -> Stage:
    """Work out what a layer makes of a shape."""
    shape, reach, spread = before
    if layer.kind in SLIDING and not shape.space:
        raise SettingError(f"{layer.kind} slides over rows and columns, and here is a vector: put it before flatten")
    match layer.kind:
        case "conv":
            return _convolution(layer, shape, reach)
        case "transpose":
            return _convolution(layer, shape, reach)
        case "adaptive-max" | "adaptive-avg":
            goal = layer.output_size if len(layer.output_size) > 1 else layer.output_size * len(shape.space)
            if len(goal) != len(shape.space):
                raise SettingError(f"output-size {times(goal)} has {len(goal)} sizes, for {len(shape.space)} axes")
            window = bins(shape.space, [_within(each, "output") for each in goal])
            return Stage(layer, shape, Shape(window.out, shape.channels), window, 0, 0, 0, ())
        case "max" | "avg" | "min" | "lp":
            window = _window(layer, shape)
            return Stage(layer, shape, Shape(window.out, shape.channels), window, 0, 0, 0, _after(reach, window))
        case "global-max" | "global-avg":
            window = slide(shape.space, shape.space, stride=1, padding=0, dilation=1)
            return Stage(layer, shape, Shape((), shape.channels), window, 0, 0, 0, _after(reach, window))
        case "flatten":
            return Stage(layer, shape, Shape((), shape.size), None, 0, 0, 0, reach)
        case "dense":
            units = _within(layer.count or 0, "units")
            weights = shape.channels * units
            whole = tuple(each.after(Axis(size, size)) for each, size in zip(reach, spread, strict=False)) or reach
            return Stage(layer, shape, Shape((), units), None, weights + units * layer.bias, 0, weights, whole)
        case "batch-norm":
            channels = shape.channels
            return Stage(layer, shape, shape, None, 4 * channels, 2 * channels, 0, reach)
    return Stage(layer, shape, shape, None, 0, 0, 0, reach)


def _convolution(layer: Layer, shape: Shape, reach: tuple[Reach, ...]) -> Stage:
    channels = shape.channels
    by_itself = not layer.groups or (bool(layer.weights) and layer.count is None)  # a kernel for each channel
    groups = channels if by_itself else layer.groups
    filters = layer.count or (channels if by_itself else 0)
    if not filters:
        kind = layer.kind
        raise SettingError(f"{kind} has no filters: write how many, such as {kind} {words.size(layer.kernel)} 16")
    if channels % groups or filters % groups:
        raise SettingError(undivided(groups, channels, filters))
    window = _window(layer, shape)
    result = Shape(window.out, _within(filters, "filters"))
    weights = filters * (channels // groups) * window.taps
    stamped = layer.kind == "transpose"  # each input cell is multiplied with the kernel, not each output's window
    times_ = math.prod(shape.space if stamped else result.space)
    parameters, multiply_adds = weights + filters * layer.bias, times_ * weights
    layer = replace(layer, groups=groups)
    return Stage(layer, shape, result, window, parameters, 0, multiply_adds, _after(reach, window))


def _window(layer: Layer, shape: Shape) -> Window:
    rank = len(shape.space)
    kernel = layer.kernel if len(layer.kernel) > 1 else layer.kernel * rank
    if len(kernel) != rank:
        raise SettingError(f"kernel {times(kernel)} has {len(kernel)} sizes, for {rank} axes: use {rank}, such as 3x3")
    own: dict[str, Any] = {"stride": layer.stride, "padding": layer.padding, "dilation": layer.dilation}
    if layer.kind == "transpose":
        window = stamps(shape.space, kernel, **own, output_padding=layer.output_padding)
    else:
        window = slide(shape.space, kernel, **own, ceil=layer.ceil)
    for size in window.out:
        _within(size, "output")
    return window


def _within(size: int, what: str) -> int:
    if size > LARGEST:
        raise SettingError(f"{what} would be {size}, which is out of reach: use smaller settings")
    return size


def _after(reach: tuple[Reach, ...], window: Window) -> tuple[Reach, ...]:
    if not reach or any(axis.form != "window" for axis in window.axes):
        return ()
    return tuple(each.after(axis) for each, axis in zip(reach, window.axes, strict=True))


# What is typed, and files.


def _of_line(text: str, name: str, notes: Sequence[str] = ()) -> Network:
    stages = stages_of(text)
    if not stages or stages[0].lower().split()[:1] != ["input"]:
        raise SettingError(f"the layers {shown(text)!r} have no input: begin with its shape, such as input 28x28x1 | …")
    shape = shape_of(stages[0][len("input") :].strip())
    return stack(shape, parse(" | ".join(stages[1:])), name, notes)


def _of_file(path: Path, name: str | None) -> Network:
    said = f"network {str(path)!r}"
    text, table = toml.read(path, said, 'input = "28x28x1"', "a network is a list of layers")
    for key in table:
        if key not in TOP:
            from difflib import get_close_matches

            near = get_close_matches(key, TOP, n=1)
            hint = f"did you mean {near[0]}? " if near else ""
            raise SettingError(f"{_at(said, _line(text, key))}: {shown(key)!r} is unknown: {hint}use {', '.join(TOP)}")
    if ("layer" in table) == ("layers" in table):
        way = "leave one of them out" if "layer" in table else 'add layers = "conv 5x5 6 | …", or a [[layer]] for each'
        raise SettingError(f"{said} has {'layer and layers' if 'layer' in table else 'no layers'}: {way}")
    line = table.get("layers")
    begins = isinstance(line, str) and line.split()[:1] == ["input"]
    if "input" not in table and not begins:
        raise SettingError(f'{said} has no input: add, for example, input = "28x28x1"')
    for key in ("name", "note"):
        if not isinstance(table.get(key, ""), str):
            raise SettingError(f"{_at(said, _line(text, key))}: {key} is {shown(table[key])!r}: use text")
    title = name or printable(table.get("name", path.stem)) or path.stem
    notes = [printable(table["note"])] if table.get("note") else []
    try:
        if isinstance(line, str):
            if begins:
                return _of_line(line, title, notes)
            return stack(shape_of(table["input"]), _typed(line, text, said), title, notes)
        if isinstance(line, list) and line and all(isinstance(each, dict) for each in line):
            raise SettingError(f"{said} has tables named layers: write [[layer]], for each layer one")
        if "layers" in table:
            raise SettingError(f'layers is {shown(line)!r}: use text, such as "conv 5x5 6 | max 2x2"')
        return stack(shape_of(table["input"]), _tabled(table["layer"], text, said), title, notes)
    except SettingError as problem:
        raise problem if str(problem).startswith(said) else SettingError(f"{said}: {problem}") from problem


def _typed(line: str, text: str, said: str) -> list[Layer]:
    """Read the layers of a line in a file."""
    found: list[Layer] = []
    for number, stage in enumerate(stages_of(line), start=1):
        try:
            found += one(stage)
        except LayerError as problem:
            at = next((n for n, each in enumerate(text.splitlines(), 1) if stage in " ".join(each.split())), None)
            at = at or _line(text, "layers")
            raise SettingError(f"{_at(said, at)}: layers, number {number}, {shown(stage)!r}: {problem}") from problem
    return found


def _tabled(tables: Any, text: str, said: str) -> list[Layer]:
    """Read the layers of tables in a file."""
    if not isinstance(tables, list) or not all(isinstance(each, dict) for each in tables):
        raise SettingError(f"{_at(said, _line(text, 'layer'))}: layer is {shown(tables)!r}: write a [[layer]] for each")
    found: list[Layer] = []
    for number, table in enumerate(tables, start=1):
        try:
            found += of_table(table)
        except LayerError as problem:
            key = f", {problem.key}" if problem.key else ""
            at = _at(said, _line(text, problem.key, number))
            raise SettingError(f"{at}: layer {number}{key}: {problem}") from problem
    return found


def _line(text: str, key: str, layer: int = 0) -> int | None:
    """Return the line of a key, in the so many-th ``[[layer]]`` or, for 0, before any; of the table, without a key."""
    number, header = 0, 0
    for at, line in enumerate(text.splitlines(), start=1):
        if re.match(r"\s*\[\[\s*[\"']?layer[\"']?\s*\]\]", line):
            number, header = number + 1, at if number + 1 == layer else header
        elif number == layer and key and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", line):
            return at
    return header or (_line(text, "layer") if layer else None)


def _at(said: str, line: int | None) -> str:
    return f"{said}, line {line}" if line else said
