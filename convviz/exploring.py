"""What can be explored: an operation, with every value that some of its settings may have.

An `Exploration` is a rule from places on sliders to a trace. Whoever shows it asks for the traces: a page for all of
them beforehand, a notebook for one at a time.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from convviz import inputs, ops, page_words
from convviz.errors import SettingError
from convviz.kernels import kernel as named_kernel
from convviz.numbers import plain, times
from convviz.trace import Trace

MOST = 5000  # settings of a page: its file would be too large, and take minutes to make
At: TypeAlias = tuple[int, ...]  # for each setting, which of its values, counted from 0


@dataclass(frozen=True)
class Setting:
    """One setting that can be chosen: its name in code and in an address, its label, its values, how they are written.

    ``named``: its values have names and no order; otherwise they rise, and a slider shows them.
    """

    name: str
    label: str
    values: tuple[Any, ...]
    texts: tuple[str, ...]
    named: bool = False


@dataclass(frozen=True)
class Exploration:
    """An operation with settings to choose: ``make`` takes one value of each by name, and returns the trace.

    ``start``: which values are chosen at first.

    >>> from convviz import conv2d
    >>> made = exploration(conv2d, [[1, 2], [3, 4]], [[1, 1]], padding=range(3))
    >>> made.trace((1,)).output.shape, len(list(made.places()))
    ((4, 3), 3)
    """

    name: str
    label: str
    settings: tuple[Setting, ...]
    start: At
    make: Callable[..., Trace]

    def trace(self, at: At) -> Trace:
        """Return the trace at one place of each setting. Raises `SettingError` where it is refused."""
        return self.make(**{each.name: each.values[place] for each, place in zip(self.settings, at, strict=True)})

    def refusal(self, at: At) -> str:
        """Return why there is no trace at these settings; nothing where there is one."""
        try:
            self.trace(at)
        except SettingError as problem:
            return str(problem)
        return ""

    def beside(self, at: At) -> list[list[str]]:
        """Return, for each setting and each of its values, why it is refused beside the others as they are."""
        return [
            [self.refusal((*at[:number], value, *at[number + 1 :])) for value in range(len(each.values))]
            for number, each in enumerate(self.settings)
        ]

    def places(self) -> Iterator[At]:
        """Go through every choice, the last setting fastest."""
        return itertools.product(*(range(len(each.values)) for each in self.settings))

    @property
    def size(self) -> int:
        """How many choices there are."""
        return math.prod(len(each.values) for each in self.settings)


def setting(name: str, values: Sequence[Any] | Mapping[str, Any], texts: Sequence[str] | None = None) -> Setting:
    """Return a setting; a mapping gives each value a name, and texts are how the others are written.

    >>> setting("stride", range(1, 4)).texts, setting("kernel", {"mean": 1}).named
    (('1', '2', '3'), True)
    """
    label = page_words.SETTINGS.get(name, name.replace("_", " "))
    if isinstance(values, Mapping):
        names = tuple(str(each) for each in values)
        return Setting(name, label, tuple(values.values()), names, named=True)
    written = tuple(plain(each) for each in values) if texts is None else tuple(texts)
    return Setting(name, label, tuple(values), written)


def exploration(operation: Callable[..., Trace], *given: Any, **settings: Any) -> Exploration:
    """Return the exploration of an operation: arguments that are a ``range`` or a mapping of names are explored.

    A range of input sizes gives inputs that are made up, one of kernel sizes gives means. The first choice that is
    not refused is where it starts. Raises `SettingError`.

    >>> from convviz import max_pool2d
    >>> [each.texts for each in exploration(max_pool2d, range(4, 6), range(2, 4), padding=1).settings]
    [('4×4', '5×5'), ('2×2', '3×3')]
    """
    rank = _rank(operation)
    names = ("input", "weight" if "conv" in operation.__name__ else "kernel_size", "bias")
    if len(given) > len(names):
        raise SettingError(f"{len(given)} arguments are too many before the settings: use at most {', '.join(names)}")
    arguments = dict(zip(names, given, strict=False)) | settings
    chosen = [_explored(name, value, rank) for name, value in arguments.items() if isinstance(value, (range, Mapping))]
    if not chosen:
        raise SettingError("nothing is explored: give a setting as a range, such as stride=range(1, 4)")
    for each in chosen:
        if not each.values:
            raise SettingError(f"{each.name} has no values to explore: use, for example, range(1, 4)")
    fixed = {name: value for name, value in arguments.items() if not isinstance(value, (range, Mapping))}
    kind = operation.__name__.rstrip("123d")
    return started(kind, chosen, lambda **values: operation(**fixed, **values))


def started(kind: str, settings: Sequence[Setting], make: Callable[..., Trace], start: At = ()) -> Exploration:
    """Return an exploration that starts where it is told, or else at the first choice that is not refused."""
    label = page_words.OPERATIONS.get(kind, kind)
    made = Exploration(kind, label, tuple(settings), start or (0,) * len(settings), make)
    if made.size > MOST:
        raise SettingError(f"{made.size} choices of settings are too many to explore: use at most {MOST}")
    reason = made.refusal(made.start)
    if reason:
        for at in made.places():
            if not made.refusal(at):
                return replace(made, start=at)
        raise SettingError(f"every choice is refused; the first, because {reason}")
    return made


def _explored(name: str, values: range | Mapping[str, Any], rank: int) -> Setting:
    if isinstance(values, range) and name in ("input", "weight", "kernel_size"):
        if values and min(values) < 1:
            raise SettingError(f"{name} {min(values)} is no size: use 1 or more")
        shapes = [(side,) * rank for side in values]
        made = [_made(name, shape) for shape in shapes]
        return setting(name, made, [times(shape) for shape in shapes])
    return setting(name, values)


def _made(name: str, shape: tuple[int, ...]) -> Any:
    """Return what a size stands for: an input that is made up, a mean, or the size itself."""
    if name == "input":
        return inputs.example(shape)
    return named_kernel("mean", shape) if name == "weight" else shape


def _rank(operation: Callable[..., Trace]) -> int:
    """Return how many axes an operation slides along."""
    name = getattr(operation, "__name__", "")
    if getattr(ops, name, None) is not operation or name[-2:] not in ("1d", "2d", "3d"):
        raise SettingError("what is explored is an operation of convviz: use, for example, convviz.conv2d")
    return int(name[-2])


# What is ready made.

SIDES = range(4, 9)
SMALL = range(2, 6)  # a transposed convolution makes large ones of them
STRIDES, PADS, DILATIONS = range(1, 4), range(3), range(1, 3)
NAMED = ("mean", "gaussian", "sobel-x", "sobel-y", "laplacian", "sharpen")


def ready() -> tuple[Exploration, ...]:
    """Return what a course page needs: convolution, transposed convolution, maximum and average.

    >>> [(each.label, each.size) for each in ready()][0]
    ('Convolution', 2160)
    """
    start = {"input": "6×6", "kernel": "sobel-x", "size": "3×3", "stride": "1", "padding": "0", "dilation": "1"}

    def at(settings: Sequence[Setting], **chosen: str) -> At:
        return tuple(each.texts.index((start | chosen)[each.name]) for each in settings)

    window = (setting("stride", STRIDES), setting("padding", PADS), setting("dilation", DILATIONS))
    sizes = _sized("size", range(1, 5), lambda side: side)
    inputs_ = _sized("input", SIDES, lambda side: inputs.example((side, side)))
    fewer = _sized("input", SMALL, lambda side: inputs.example((side, side)))
    named = setting("kernel", {name: name for name in NAMED})
    made: tuple[tuple[str, tuple[Setting, ...], Callable[..., Trace], dict[str, str]], ...] = (
        ("conv", (named, inputs_, sizes, *window), _convolved, {}),
        ("conv_transpose", (fewer, sizes, *window), _transposed, {"input": "3×3", "stride": "2"}),
        ("max_pool", (inputs_, sizes, *window), _pooled(ops.max_pool2d), {"size": "2×2", "stride": "2"}),
        ("avg_pool", (inputs_, sizes, *window), _pooled(ops.avg_pool2d), {"size": "2×2", "stride": "2"}),
    )
    return tuple(
        Exploration(name, page_words.OPERATIONS[name], settings, at(settings, **chosen), make)
        for name, settings, make, chosen in made
    )


def _sized(name: str, sides: range, make: Callable[[int], Any]) -> Setting:
    return setting(name, [make(side) for side in sides], [times((side, side)) for side in sides])


def _convolved(kernel: str, input: Any, size: int, **window: Any) -> Trace:
    return ops.conv2d(input, named_kernel(kernel, (size, size)), **window)


def _transposed(input: Any, size: int, **window: Any) -> Trace:
    kernel = [[row * size + column + 1 for column in range(size)] for row in range(size)]  # it is seen to be turned
    return ops.conv_transpose2d(input, kernel, **window)


def _pooled(operation: Callable[..., Trace]) -> Callable[..., Trace]:
    def pooled(input: Any, size: int, **window: Any) -> Trace:
        return operation(input, size, **window)

    return pooled
