"""The lesson: every figure of a first course on convolutional networks, and what is said with each."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from convviz import ops, saving, words
from convviz.building import build
from convviz.dilating import dilate
from convviz.errors import FileError
from convviz.inputs import Channels, example, ramp
from convviz.kernels import kernel
from convviz.masks import dropout
from convviz.networks import Network, network
from convviz.probabilities import softmax
from convviz.report import transcript
from convviz.scene import Scene
from convviz.summary import Layer
from convviz.theme import ThemeLike
from convviz.theme import theme as theme_of
from convviz.trace import Trace
from convviz.write import flip, index
from convviz.write.index import Entry, Shown

Subject: TypeAlias = Trace | Layer | Network
LOGITS = (2.0, 1.0, 0.1, -1.0)
TITLE = "Convolutional networks in pictures"
INTRODUCTION = (
    "Every figure here is a GIF, a still and a page to play with, made by the line under it. "
    "In the formulas i is the size of the input along an axis, k that of the kernel, s the stride, p the padding "
    "before and after, d the dilation; ⌊ ⌋ rounds down."
)


class Figure(NamedTuple):
    """A figure: its heading, the line that makes it (without ``convviz`` and ``-o``), what it shows, how it is made.

    ``formulas`` are shown beside those that a window has; ``curve`` is the activation whose curve is the still; the
    lines of ``keras`` and ``torch`` stand for those that a trace writes itself.
    """

    title: str
    line: str
    caption: str
    make: Callable[[], Subject]
    formulas: tuple[str, ...] = ()
    curve: str = ""
    keras: str = ""
    torch: str = ""


def _square(**settings: Any) -> Callable[[], Trace]:
    return lambda: ops.conv2d(ramp((6, 6)), kernel("mean"), **settings)


def _planes() -> Any:
    return Channels(2, interleaved=True).of(ramp, (4, 4))


def _activated(name: str) -> Callable[[], Trace]:
    return lambda: ops.activation(example((4, 4)) - 4, name)


def _pointwise(name: str) -> dict[str, str]:
    return {
        "curve": name,
        "keras": f"output = keras.activations.{name}(x)",
        "torch": f"output = torch.{name}(x)",
    }


SECTIONS: Mapping[str, Mapping[str, Figure]] = {
    "Convolution": {
        "plain": Figure("Convolution", "conv", "A 3×3 mean slides over 6×6: each place gives a sum.", _square()),
        "stride-2": Figure(
            "Stride 2",
            "conv --stride 2",
            "The window moves by two cells; the last row and column are read by none.",
            _square(stride=2),
        ),
        "padding-1": Figure(
            "Padding 1",
            "conv --padding 1",
            "Zeros around the input: the output is as large as the input.",
            _square(padding=1),
        ),
        "dilation-2": Figure(
            "Dilation 2",
            "conv --dilation 2",
            "Gaps between the taps: nine weights see five rows and columns.",
            _square(dilation=2),
        ),
        "dilated-kernel": Figure(
            "The dilated kernel",
            "kernel --kernel '1 2 3; 4 5 6; 7 8 9' --dilation 2",
            "As a matrix: zeros stand between the weights, which nobody stores or multiplies.",
            lambda: dilate(np.arange(1, 10).reshape(3, 3), 2),
            ("span = d(k − 1) + 1 = 2·(3 − 1) + 1 = 5",),
            keras="layer = keras.layers.Conv2D(1, 3, dilation_rate=2)",
            torch="layer = torch.nn.Conv2d(1, 1, 3, dilation=2)",
        ),
    },
    "Pooling": {
        "average-pooling": Figure(
            "Average pooling",
            "pool avg --input 4x4 --channels 2 --interleave --pool-size 2 --stride 1",
            "The mean of every 2×2 window, channel by channel.",
            lambda: ops.avg_pool2d(_planes(), 2, stride=1),
        ),
        "max-pooling": Figure(
            "Max pooling",
            "pool max --input 4x4 --channels 2 --interleave --pool-size 2 --stride 1",
            "The largest value of every 2×2 window, channel by channel.",
            lambda: ops.max_pool2d(_planes(), 2, stride=1),
        ),
        "global-average-pooling": Figure(
            "Global average pooling",
            "pool global-avg --input 4x4 --channels 2 --interleave",
            "One window covers all: a mean for each channel.",
            lambda: ops.global_avg_pool2d(_planes()),
        ),
        "global-max-pooling": Figure(
            "Global max pooling",
            "pool global-max --input 4x4 --channels 2 --interleave",
            "One window covers all: a maximum for each channel.",
            lambda: ops.global_max_pool2d(_planes()),
        ),
    },
    "Activations": {
        "relu": Figure(
            "ReLU",
            "activation relu",
            "What is negative becomes 0; the rest stays.",
            _activated("relu"),
            ("f(x) = max(0, x)",),
            **_pointwise("relu"),
        ),
        "tanh": Figure(
            "Tanh",
            "activation tanh",
            "Between −1 and 1, steep in the middle and flat at both ends.",
            _activated("tanh"),
            ("f(x) = (e^x − e^(−x))/(e^x + e^(−x))",),
            **_pointwise("tanh"),
        ),
        "sigmoid": Figure(
            "Sigmoid",
            "activation sigmoid",
            "Between 0 and 1; its slope is never above 1/4.",
            _activated("sigmoid"),
            ("f(x) = 1/(1 + e^(−x))",),
            **_pointwise("sigmoid"),
        ),
        "softmax": Figure(
            "Softmax",
            "activation softmax",
            "From logits to probabilities: exponentials, divided by their sum.",
            lambda: softmax(LOGITS),
            ("p_i = e^(z_i − m)/(Σ_j e^(z_j − m))",),
            keras="output = keras.activations.softmax(x)",
            torch="output = torch.softmax(x, dim=-1)",
        ),
    },
    "Dropout": {
        "dropout": Figure(
            "Dropout",
            "dropout --rate 0.2 --seed 1",
            "In training each cell is dropped with probability p, and what stays is divided by 1 − p. "
            "At inference nothing happens.",
            lambda: dropout(4 * ramp((4, 4)), 0.2, seed=1),
            ("y = x·mask/(1 − p)",),
            keras="output = keras.layers.Dropout(0.2, seed=1)(x, training=True)",
            torch="output = torch.nn.functional.dropout(x, 0.2, training=True)",
        )
    },
    "Networks": {
        "lenet": Figure(
            "LeNet",
            "network lenet",
            "Digits of 28×28 in, ten classes out: the shape flows through, then one value’s field grows back.",
            lambda: network("lenet"),
            ("⌊(28 + 2·2 − 5)/1⌋ + 1 = 28", "⌊(28 − 2)/2⌋ + 1 = 14"),
        ),
        "alexnet": Figure(
            "AlexNet",
            "network alexnet",
            "Images of 224×224×3 in, a thousand classes out. Without padding the first layer gives 54×54; "
            "textbooks that say 55 take an input of 227, or padding.",
            lambda: network("alexnet"),
            ("⌊(224 − 11)/4⌋ + 1 = 54", "⌊(54 − 3)/2⌋ + 1 = 26"),
        ),
    },
}
FIGURES: Mapping[str, Figure] = {name: figure for part in SECTIONS.values() for name, figure in part.items()}


def lesson(folder: Path, theme: ThemeLike = "light") -> Iterator[Path]:
    """Write every figure into a folder, which is made if it is not there, then the index; yield each file.

    Raises `SettingError` for a theme that is not known and `FileError` where nothing can be written.
    """
    colours = theme_of(theme)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        said = "is a file" if folder.exists() else f"can't be made ({problem.strerror or problem})"
        raise FileError(f"output {str(folder)!r} {said}: name a folder, such as figures") from problem
    sections: dict[str, list[Entry]] = {}
    for heading, figures in SECTIONS.items():
        sections[heading] = []
        for name, figure in figures.items():
            entry, files = _entry(name, figure, colours)
            for file, content in files.items():
                yield _written(folder / file, content)
            sections[heading].append(entry)
    page = index.document(TITLE, INTRODUCTION, sections, colours.palette)
    yield _written(folder / "index.html", page.encode())


def _written(path: Path, content: bytes) -> Path:
    with saving.whole(path) as file:
        file.write(content)
    return path


def _entry(name: str, figure: Figure, theme: ThemeLike) -> tuple[Entry, dict[str, bytes]]:
    """Return what the index says of a figure, and its files."""
    subject = figure.make()
    moving = scene(subject, theme)
    files = {f"{name}.gif": _saved(moving, ".gif")}
    still, said = _still(figure, subject, moving, theme)
    files[f"{name}.png"] = still
    files[f"{name}.html"] = _page(subject, moving, theme)
    alt = moving.description
    images = [Shown(f"{name}.gif", f"{name}.png" if not figure.curve else "", alt, moving.width, moving.height)]
    if figure.curve:
        images.insert(0, Shown(f"{name}.png", "", said, moving.width, moving.height))
    sizes = words.size_lines(subject.window) if isinstance(subject, Trace) and not subject.about else []
    formulas = [*figure.formulas, *sizes]
    told = transcript(subject) if isinstance(subject, Trace) else alt
    lines = {"convviz": f"convviz {figure.line} -o {name}.gif", **_code(subject, figure)}
    return Entry(name, figure.title, figure.caption, images, formulas, lines, told), files


def scene(subject: Subject, theme: ThemeLike, steps: Sequence[int] | None = None) -> Scene:
    """Return the animation of a figure; ``steps``: which of a trace."""
    from convviz.views.draw import draw
    from convviz.views.kinds import animate
    from convviz.views.network import architecture

    if isinstance(subject, Trace):
        return animate(subject, theme=theme, steps=steps)
    return architecture(subject, theme=theme) if isinstance(subject, Network) else draw(subject, theme=theme)


def _saved(what: Scene, suffix: str) -> bytes:
    file = io.BytesIO()
    saving.write(what, file, suffix)
    return file.getvalue()


def _still(figure: Figure, subject: Subject, moving: Scene, theme: ThemeLike) -> tuple[bytes, str]:
    """Return the still, and what it shows: the last step, or the curve of an activation."""
    if not figure.curve:
        # A step of its own: in a frame of many, terms are padded so that they keep their places.
        what = scene(subject, theme, steps=[len(subject) - 1]) if isinstance(subject, Trace) else moving
        return _saved(what, ".png"), moving.description
    from convviz.views.curve import chosen, described_curves, plot_activation
    from convviz.write import plot

    said = described_curves(chosen([figure.curve], negative_slope=None, alpha=None, approximate=None))
    file = io.BytesIO()
    plot.write(plot_activation(figure.curve, theme=theme), file, ".png", figure.title, said, {"curve": figure.curve})
    return file.getvalue(), said


def _page(subject: Subject, moving: Scene, theme: ThemeLike) -> bytes:
    """Return the page: to play with where it is a trace, else to step through."""
    if isinstance(subject, Trace):
        file = io.BytesIO()
        saving.write(saving.page(subject, theme=theme), file, ".html")
        return file.getvalue()
    return flip.document(moving).encode()


def _code(subject: Subject, figure: Figure) -> dict[str, str]:
    """Return the lines that compute the same in Keras and PyTorch."""
    if isinstance(subject, Network):
        return {"Keras": build(subject, "keras"), "PyTorch": build(subject, "torch")}
    if figure.keras:
        return {"Keras": f"import keras\n\n{figure.keras}", "PyTorch": f"import torch\n\n{figure.torch}"}
    write = getattr(subject, "code", None)
    return {} if write is None else {"Keras": write("keras"), "PyTorch": write("torch")}
