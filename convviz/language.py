"""The one small language in which layers are typed: ``conv 3x3 16 s2 p1 | relu | max 2x2``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, NamedTuple, NoReturn, TypeAlias

from convviz.activations import ALIASES as ACTIVATION_ALIASES
from convviz.activations import NAMES as ACTIVATIONS
from convviz.errors import SettingError
from convviz.kernels import ALIASES as KERNEL_ALIASES
from convviz.kernels import KERNELS
from convviz.window import PADDING_NAMES, Padding, PerAxis

Settings: TypeAlias = dict[str, Any]
LONGEST = 60  # characters of what was typed that are repeated in a refusal
MOST_DIGITS = 9  # of a whole number that can be meant
MOST_REPEATS = 200
DEPTHWISE = "depthwise"


@dataclass(frozen=True)
class Layer:
    """One layer as it was typed; what it makes of an input is worked out by `convviz.networks`.

    ``kernel``, ``stride``, ``dilation`` are for one axis or for each; ``count`` are the filters of a convolution or
    the units of a dense layer, ``weights`` the name of a kernel. ``stride=None``: the kernel's size, as in pooling.
    ``groups=0``: as many as there are channels. ``output_size`` are the bins of adaptive pooling, ``norm_type`` is p of
    Lp pooling, ``output_padding`` belongs to a transposed convolution. ``said`` is what was typed.
    """

    kind: str
    said: str
    kernel: tuple[int, ...] = ()
    weights: str = ""
    count: int | None = None
    stride: PerAxis | None = None
    padding: Padding = 0
    dilation: PerAxis = 1
    groups: int = 1
    bias: bool = True
    ceil: bool = False
    rate: float = 0.0
    output_size: tuple[int, ...] = ()
    output_padding: PerAxis = 0
    norm_type: float = 2
    name: str = ""


class Kind(NamedTuple):
    """What a kind of layer can be told: its settings, and which one a bare number is."""

    settings: tuple[str, ...] = ()
    number: str = ""
    needs: tuple[str, ...] = ()
    example: str = ""


_CONV = ("kernel", "weights", "filters", "stride", "padding", "dilation", "groups", "bias")
_POOL = Kind(("kernel", "stride", "padding", "dilation", "ceil"), "kernel", ("kernel",), "max 2x2 s2")
KINDS: dict[str, Kind] = {
    "conv": Kind(_CONV, "filters", ("kernel",), "conv 3x3 16 s2 p1"),
    "transpose": Kind((*_CONV, "output-padding"), "filters", ("kernel",), "transpose 3x3 16 s2 p1"),
    "max": _POOL,
    "avg": _POOL._replace(example="avg 2x2 s2"),
    "min": _POOL._replace(example="min 2x2 s2"),
    "lp": _POOL._replace(settings=(*_POOL.settings, "norm-type"), example="lp 2x2 norm 3"),
    "adaptive-max": Kind(("output-size",), "output-size", ("output-size",), "adaptive-max 7"),
    "adaptive-avg": Kind(("output-size",), "output-size", ("output-size",), "adaptive-avg 7"),
    "global-max": Kind(example="global-max"),
    "global-avg": Kind(example="global-avg"),
    "flatten": Kind(example="flatten"),
    "dense": Kind(("units", "bias"), "units", ("units",), "dense 10"),
    "dropout": Kind(("rate",), "rate", ("rate",), "dropout 0.5"),
    "batch-norm": Kind(example="batch-norm"),
    **{name.replace("_", "-"): Kind(example=name.replace("_", "-")) for name in ACTIVATIONS},
}
KIND_ALIASES = {
    **dict.fromkeys(("convolution", "conv2d", "convolution2d"), "conv"),
    **dict.fromkeys(("max-pool", "maxpool", "maxpool2d", "max-pool2d", "max-pooling", "maxpooling2d"), "max"),
    **dict.fromkeys(
        ("average", "mean", "avg-pool", "avgpool", "avgpool2d", "avg-pool2d", "average-pool", "averagepooling2d"), "avg"
    ),
    **dict.fromkeys(("min-pool", "minpool"), "min"),
    **dict.fromkeys(
        ("transposed", "conv-transpose", "convtranspose", "convtranspose2d", "conv-transpose2d", "conv2dtranspose"),
        "transpose",
    ),
    **dict.fromkeys(("deconv", "deconvolution"), "transpose"),
    **dict.fromkeys(("lp-pool", "lppool", "lppool2d", "lp-pool2d"), "lp"),
    **dict.fromkeys(("adaptive-max-pool", "adaptivemaxpool2d", "adaptivemaxpooling2d"), "adaptive-max"),
    **dict.fromkeys(
        ("adaptive-average", "adaptive-avg-pool", "adaptiveavgpool2d", "adaptiveaveragepooling2d"), "adaptive-avg"
    ),
    **dict.fromkeys(
        ("global-average", "global-mean", "gap", "globalaveragepooling2d", "global-avg-pool"), "global-avg"
    ),
    **dict.fromkeys(("globalmaxpooling2d", "global-max-pool"), "global-max"),
    **dict.fromkeys(("linear", "fc", "fully-connected"), "dense"),
    **dict.fromkeys(("bn", "batchnorm", "batchnorm2d", "batch-normalization", "batchnormalization"), "batch-norm"),
    **{alias.replace("_", "-"): name.replace("_", "-") for alias, name in ACTIVATION_ALIASES.items()},
}
SETTING_ALIASES = {
    "type": "kind",
    "layer": "kind",
    "kernel-size": "kernel",
    "pool-size": "kernel",
    "size": "kernel",
    "out-channels": "filters",
    "channels": "filters",
    "strides": "stride",
    "pad": "padding",
    "dilation-rate": "dilation",
    "use-bias": "bias",
    "ceil-mode": "ceil",
    "p": "rate",
    "times": "repeat",
    "norm": "norm-type",
    "bins": "output-size",
}
EVERY = ("kind", "activation", "name", "repeat")  # settings that a table of any kind may have
LETTERS = {
    "k": "kernel",
    "s": "stride",
    "p": "padding",
    "d": "dilation",
    "g": "groups",
    "op": "output-padding",
}


class LayerError(SettingError):
    """What is wrong with one layer, and with which of its settings (empty: with the layer)."""

    def __init__(self, message: str, key: str = "") -> None:
        super().__init__(message)
        self.key = key


def parse(text: str, what: str = "layer") -> list[Layer]:
    """Read layers, one after another with | between them (a new line will do).

    The first word names the layer. A size (3x3) is its kernel; a number is how many filters or units it has, of
    pooling its size, of adaptive pooling how many bins, of dropout its rate; s2 (or stride 2) is the stride, p1 or same
    the padding, d2 the dilation, g2 the groups, op1 the output padding of a transposed convolution, norm 3 the p of Lp
    pooling; no-bias, depthwise and ceil are words; the name of a kernel (sobel-x) gives a convolution its weights.
    Raises `SettingError`.

    >>> conv, relu, pool = parse("conv 3x3 16 s2 p1 | relu | max 2x2")
    >>> conv.kernel, conv.count, conv.stride, conv.padding, pool.kernel, pool.stride
    ((3, 3), 16, (2,), 1, (2, 2), None)
    """
    found = []
    stages = stages_of(text)
    if not stages:
        raise SettingError(f"there is no {what} in {shown(text)!r}: write, for example, conv 3x3 16 | relu | max 2x2")
    for number, stage in enumerate(stages, start=1):
        try:
            found += one(stage)
        except LayerError as problem:
            raise SettingError(f"{what} {number}, {shown(stage)!r}: {problem}") from None
    return found


def stages_of(text: str) -> list[str]:
    r"""Return what stands between the signs | of a text, or on lines of their own: "" where that is nothing.

    >>> stages_of("conv 3x3 | relu\n| max 2x2"), stages_of("conv 3x3 | | relu"), stages_of(" ")
    (['conv 3x3', 'relu', 'max 2x2'], ['conv 3x3', '', 'relu'], [])
    """
    parts = re.split(r"\s*\|\s*|\s*\n\s*", text.strip()) if text.strip() else []
    return [" ".join(part.split()) for part in parts]


def one(stage: str) -> list[Layer]:
    """Read one layer (with ``x3`` at its end, so many alike); raise `LayerError`.

    >>> [layer.count for layer in one("conv 3x3 64 same *2")]
    [64, 64]
    """
    if not stage:
        raise LayerError("nothing stands here: write a layer, such as relu, or leave a bar out")
    first, *rest = stage.split()
    kind = known_kind(first)
    settings: Settings = {}
    repeat: Any = 1
    for word in _joined(rest):
        if times := re.fullmatch(r"[*×](\d+)", word):
            repeat = times[1]
            continue
        key, value = _word(kind, word)
        if key in settings:
            raise LayerError(f"{key} is said twice, by {shown(word)!r} too: leave one out", key)
        settings[key] = value
    return [made(kind, settings, stage)] * _repeats(repeat)


def _joined(words: Sequence[str]) -> Iterator[str]:
    """Put the name of a setting and the value after it together.

    >>> list(_joined(["3x3", "stride", "2", "ceil"]))
    ['3x3', 'stride=2', 'ceil']
    """
    left = list(words)
    while left:
        word = left.pop(0)
        name = word.lower().replace("_", "-")
        name = SETTING_ALIASES.get(name, name)
        if name not in READERS or name == "ceil":
            yield word
        elif left and (name == "padding" or re.match(r"[-+−.\d]|inf|depthwise|true|false", left[0].lower())):
            yield f"{word}={left.pop(0)}"
        else:
            raise LayerError(f"{shown(word)} has no value: write it after the word, such as {word} 2", name)


def of_table(table: Mapping[str, Any]) -> list[Layer]:
    """Read the layers of one table (a ``[[layer]]`` of a TOML file); raise `LayerError`.

    >>> [layer.kind for layer in of_table({"kind": "conv", "kernel": 3, "filters": 16, "activation": "relu"})]
    ['conv', 'relu']
    """
    settings: Settings = {}
    typed_as: dict[str, str] = {}
    for key, value in table.items():
        spelled = str(key).lower().replace("_", "-")
        spelled = SETTING_ALIASES.get(spelled, spelled)
        if spelled in settings:
            raise LayerError(f"{spelled} is there twice: leave one out", str(key))
        settings[spelled], typed_as[spelled] = value, str(key)
    try:
        return _of_settings(settings)
    except LayerError as problem:
        raise LayerError(str(problem), typed_as.get(problem.key, problem.key)) from None


def _of_settings(settings: Settings) -> list[Layer]:
    typed = settings.pop("kind", None)
    if not isinstance(typed, str):
        said = "has no kind" if typed is None else f"has the kind {shown(typed)!r}"
        raise LayerError(f'{said}: add, for example, kind = "conv"', "" if typed is None else "kind")
    try:
        kind = known_kind(typed)
    except LayerError as problem:
        raise LayerError(str(problem), "kind") from None
    more = {key: settings.pop(key) for key in EVERY if key in settings}
    for key in settings:
        if key not in KINDS[kind].settings or key == "weights":
            names = [each for each in KINDS[kind].settings if each != "weights"] + [*EVERY]
            raise LayerError(f"{shown(key)!r} is no setting of {kind}: {_near(key, names)}use {', '.join(names)}", key)
    name = more.get("name", "")
    if not isinstance(name, str):
        raise LayerError(f"name is {shown(name)!r}: use text", "name")
    words = [kind, *(_spelled(key, value) for key, value in settings.items())]
    layers = [made(kind, settings, " ".join(words), name)]
    if "activation" in more:
        activation = more["activation"]
        try:
            layers.append(made(known_activation(activation), {}, str(activation)))
        except LayerError as problem:
            raise LayerError(str(problem), "activation") from None
    return layers * _repeats(more.get("repeat", 1))


def known_kind(text: str) -> str:
    """Return a kind of layer as it is spelled here, or raise `LayerError` with the nearest that there is.

    >>> known_kind("MaxPool2d"), known_kind("fc"), known_kind("leaky_relu")
    ('max', 'dense', 'leaky-relu')
    """
    spelled = text.lower().replace("_", "-").strip("-")
    spelled = KIND_ALIASES.get(spelled, spelled)
    if spelled not in KINDS:
        kinds = [each for each in KINDS if each.replace("-", "_") not in ACTIVATIONS]
        near = _near(spelled, [*KINDS, *KIND_ALIASES])
        raise LayerError(f"{shown(text)!r} is no layer: {near}use {', '.join(kinds)} or an activation, such as relu")
    return spelled


def known_activation(value: Any) -> str:
    """Return an activation as it is spelled here, or raise `LayerError`."""
    spelled = value.lower().replace("_", "-") if isinstance(value, str) else ""
    spelled = KIND_ALIASES.get(spelled, spelled)
    names = [name.replace("_", "-") for name in ACTIVATIONS]
    if spelled not in names:
        raise LayerError(
            f"activation {shown(value)!r} is unknown: {_near(spelled, names)}use one of {', '.join(names)}"
        )
    return spelled


def made(kind: str, given: Settings, said: str, name: str = "") -> Layer:
    """Make a layer of its settings, each a number, a list or what was typed; raise `LayerError`."""
    for need in KINDS[kind].needs:
        if need not in given and not (need == "kernel" and "weights" in given):
            raise LayerError(f"{kind} has no {need}: write, for example, {KINDS[kind].example}", need)
    read: Settings = {}
    for key, value in given.items():
        try:
            read[key] = READERS[key](key, value)
        except LayerError as problem:
            raise LayerError(str(problem), key) from None
    if "weights" in read and "kernel" not in read:
        read["kernel"] = (3, 3)
    count = read.pop("filters", None) or read.pop("units", None)
    if kind in ("conv", "transpose"):
        read.setdefault("stride", (1,))
    settings = {key.replace("-", "_"): value for key, value in read.items()}
    return Layer(kind=kind, said=said, count=count, name=name, **settings)


def shown(value: object) -> str:
    """Return what was typed, cut short where it is long."""
    text = " ".join(str(value).split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


# One word of a layer.


def _word(kind: str, word: str) -> tuple[str, str]:
    """Return which setting a word is, and its value."""
    known, low = KINDS[kind], word.lower().replace("×", "x")
    key, value = _meant(known, low)
    if key not in known.settings:
        takes = f"takes {', '.join(known.settings)}" if known.settings else "takes no settings"
        if key:
            raise LayerError(f"{key} ({shown(word)}) means nothing for {kind}, which {takes}: leave it out", key)
        own = low.replace("_", "-").strip("-")
        if KIND_ALIASES.get(own, own) in KINDS:
            raise LayerError(f"{shown(word)!r} is a layer of its own: write it after a bar, {kind} … | {low}")
        names = [*KERNELS, *PADDING_NAMES, "no-bias", DEPTHWISE] if "weights" in known.settings else [*PADDING_NAMES]
        names += ["ceil"] if "ceil" in known.settings else []
        near = _near(low, names) if known.settings else ""
        raise LayerError(
            f"{shown(word)!r} is not known here: {near}{kind} {takes}; write, for example, {known.example}"
        )
    return key, value


def _meant(known: Kind, low: str) -> tuple[str, str]:
    if "=" in low:
        name, _, value = low.partition("=")
        name = name.replace("_", "-")
        name = {**SETTING_ALIASES, **LETTERS}.get(name, name)
        if "units" in known.settings and name == "filters":
            name = "units"
        return (name if name in READERS else ""), value
    if re.fullmatch(r"\d+(x\d+)+", low):
        return ("kernel" if "output-size" not in known.settings else "output-size"), low
    if re.fullmatch(r"[-+−]?\d*\.?\d+", low):
        return known.number or "number", low
    if letter := re.fullmatch(r"([kspdg]|op)(\d.*)", low):
        return LETTERS[letter[1]], letter[2]
    name = low.replace("-", "_")
    if name in PADDING_NAMES:
        return "padding", name
    words = {"no-bias": ("bias", "false"), "ceil": ("ceil", "true"), DEPTHWISE: ("groups", DEPTHWISE)}
    if low in words:
        return words[low]
    spelled = low.replace("_", "-")
    spelled = KERNEL_ALIASES.get(spelled, spelled)
    return ("weights", spelled) if spelled in KERNELS else ("", low)


def _spelled(key: str, value: Any) -> str:
    """Write a setting of a table as it would be typed."""
    short = {name: letter for letter, name in LETTERS.items() if name != "kernel"}
    if isinstance(value, list):
        value = ("x" if key in ("kernel", "output-size") else ",").join(map(str, value))
    if key in ("kernel", "filters", "units", "rate", "output-size") or (key == "padding" and isinstance(value, str)):
        return f"k{value}" if key == "kernel" and isinstance(value, int) else str(value)
    return f"{short[key]}{value}" if key in short else f"{key}={str(value).lower()}"


# Values.


def _wholes(key: str, value: Any, least: int = 1) -> tuple[int, ...]:
    """Read one whole number, or one per axis."""
    parts = re.split("[,x×]", value) if isinstance(value, str) else value if isinstance(value, list) else [value]
    numbers = []
    for each in parts:
        typed = isinstance(each, str) and re.fullmatch(rf"\s*\d{{1,{MOST_DIGITS}}}\s*", each)
        part = int(each) if typed else each
        if isinstance(part, bool) or not isinstance(part, int):
            raise LayerError(f"{key} is {shown(value)!r}: use a whole number, or one per axis, such as 2 or 2,1")
        if not least <= part < 10**MOST_DIGITS:
            raise LayerError(f"{key} is {shown(value)}: use {least} or more, with at most {MOST_DIGITS} digits")
        numbers.append(part)
    if not numbers or len(numbers) > 3:
        raise LayerError(f"{key} is {shown(value)!r}: give one number, or one for each of up to 3 axes")
    return tuple(numbers)


def _one(key: str, value: Any) -> int:
    numbers = _wholes(key, value)
    if len(numbers) != 1:
        raise LayerError(f"{key} is {shown(value)!r}: give one whole number")
    return numbers[0]


def _groups(key: str, value: Any) -> int:
    return 0 if value == DEPTHWISE else _one(key, value)


def _padding(key: str, value: Any) -> Padding:
    """Read a name, a number, one per axis, or low:high of each axis."""
    if isinstance(value, str) and value.lower().replace("-", "_") in PADDING_NAMES:
        return value.lower().replace("-", "_")
    if isinstance(value, str) and re.fullmatch(r"[a-z_\- ]+", value.lower()):
        near = _near(value, PADDING_NAMES)
        raise LayerError(
            f"padding {shown(value)!r} is unknown: {near}use a number, or one of {', '.join(PADDING_NAMES)}"
        )
    if isinstance(value, str) and ":" in value:
        value = [part.split(":") for part in value.split(",")]
    if isinstance(value, list) and value and all(isinstance(pair, list) for pair in value):
        pairs = [tuple(_wholes(key, end, 0)[0] for end in pair) for pair in value]
        if any(len(pair) != 2 for pair in pairs):
            raise LayerError("padding has more than low:high for an axis: use, for example, 0:1,2:2")
        return tuple((low, high) for low, high in pairs)
    numbers = _wholes(key, value, 0)
    return numbers if len(numbers) > 1 else numbers[0]


def _switch(key: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).lower() in ("true", "false", "yes", "no"):
        return str(value).lower() in ("true", "yes")
    raise LayerError(f"{key} is {shown(value)!r}: use true or false")


def _rate(key: str, value: Any) -> float:
    try:
        number = -1.0 if isinstance(value, bool) else float(str(value).replace("−", "-"))
    except ValueError:
        number = -1.0
    if not 0 <= number < 1:
        raise LayerError(f"{key} is {shown(value)}: use 0 or more and less than 1, such as 0.5")
    return number


def _extra(key: str, value: Any) -> tuple[int, ...]:
    return _wholes(key, value, 0)


def _norm(key: str, value: Any) -> float:
    try:
        number = 0.0 if isinstance(value, bool) else float(str(value).replace("∞", "inf"))
    except ValueError:
        number = 0.0
    if not number > 0:
        raise LayerError(f"{key} is {shown(value)}: use a number above 0, such as 2, or inf")
    return int(number) if number.is_integer() else number


def _weights(key: str, value: Any) -> str:
    return str(value)


READERS: dict[str, Callable[[str, Any], Any]] = {
    "kernel": _wholes,
    "weights": _weights,
    "filters": _one,
    "units": _one,
    "stride": _wholes,
    "padding": _padding,
    "dilation": _wholes,
    "groups": _groups,
    "bias": _switch,
    "ceil": _switch,
    "rate": _rate,
    "output-size": _wholes,
    "output-padding": _extra,
    "norm-type": _norm,
}


def _repeats(value: Any) -> int:
    try:
        times = _one("repeat", value)
    except LayerError as problem:
        raise LayerError(str(problem), "repeat") from None
    if times > MOST_REPEATS:
        raise LayerError(f"repeat is {times}: use at most {MOST_REPEATS}", "repeat")
    return times


def _near(name: str, names: Iterable[str]) -> str:
    near = get_close_matches(name[:LONGEST], list(names), n=1)
    return f"did you mean {near[0]}? " if near else ""


def refuse(number: int, said: str, problem: Exception, on: str, what: str = "layer") -> NoReturn:
    """Say which layer can't stand on a shape, and why."""
    raise SettingError(f"{what} {number}, {shown(said)!r}, on {on}: {problem}") from problem
