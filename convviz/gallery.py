"""Pictures that have a name: for each the line that makes it, and what it shows.

The first three groups are the figures of Vincent Dumoulin and Francesco Visin, *A guide to convolution arithmetic for
deep learning* (2016, arXiv:1603.07285), with the settings that their repository conv_arithmetic gives them. Theirs have
no numbers; here the input is 0, 1, 2… and the kernel the one of their numerical figures.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from difflib import get_close_matches
from typing import NamedTuple

from convviz.errors import SettingError

LARGEST = 150_000  # bytes of a picture that the repository keeps


class Picture(NamedTuple):
    """A picture: what is computed and how it is drawn, as typed; what it shows; whether the repository keeps it."""

    line: str
    caption: str
    suffix: str = ".gif"
    figure: str = ""
    kept: bool = True

    def words(self, *, drawn: bool = True) -> list[str]:
        """Return what follows ``convviz``, as a shell takes it apart; what is not drawn needs no options for that.

        >>> Picture("conv --kernel '1 2 3'", "", figure="--theme dark").words()
        ['conv', '--kernel', '1 2 3', '--theme', 'dark']
        """
        return shlex.split(f"{self.line} {self.figure}" if drawn else self.line)


_INPUT = "'3 3 2 1 0; 0 0 1 3 1; 3 1 2 2 3; 2 0 0 2 2; 2 0 0 0 1'"  # the guide's, figure 1.1
_K3 = "--kernel '0 1 2; 2 2 0; 0 1 2'"
_K4 = "--kernel '0 1 2 1; 2 2 0 1; 0 1 2 0; 1 0 1 2'"  # the guide names its size only

ARITHMETIC = {
    "no_padding_no_strides": Picture(f"conv --input 4x4 {_K3}", "No padding, stride 1: 4×4 becomes 2×2."),
    "arbitrary_padding_no_strides": Picture(
        f"conv --input 5x5 {_K4} --padding 2", "An even kernel, 4×4, and a padding of 2: 5×5 becomes 6×6.", kept=False
    ),
    "same_padding_no_strides": Picture(
        f"conv --input 5x5 {_K3} --padding 1", "Half padding: 5×5 stays 5×5.", kept=False
    ),
    "full_padding_no_strides": Picture(
        f"conv --input 5x5 {_K3} --padding 2",
        "Full padding: every overlap counts, and 5×5 becomes 7×7.",
        kept=False,
        figure="--all-steps",
    ),
    "no_padding_strides": Picture(f"conv --input 5x5 {_K3} --stride 2", "Stride 2: every other window, 5×5 to 2×2."),
    "padding_strides": Picture(f"conv --input 5x5 {_K3} --stride 2 --padding 1", "Stride 2 and padding 1: 5×5 to 3×3."),
    "padding_strides_odd": Picture(
        f"conv --input 6x6 {_K3} --stride 2 --padding 1",
        "6×6 becomes 3×3 as well: the last row and column of padding are never read.",
        kept=False,
    ),
    "dilation": Picture(f"conv --input 7x7 {_K3} --dilation 2", "Dilation 2: taps with gaps, 7×7 to 3×3."),
}
TRANSPOSED = {
    "no_padding_no_strides_transposed": Picture(
        f"transpose --input 2x2 {_K3}", "The transpose of no padding, stride 1: 2×2 becomes 4×4 again."
    ),
    "arbitrary_padding_no_strides_transposed": Picture(
        f"transpose --input 6x6 {_K4} --padding 2",
        "A padding of 2 crops the result: 6×6 becomes 5×5 again.",
        kept=False,
    ),
    "same_padding_no_strides_transposed": Picture(
        f"transpose --input 5x5 {_K3} --padding 1", "The transpose of half padding: 5×5 stays 5×5.", kept=False
    ),
    "full_padding_no_strides_transposed": Picture(
        f"transpose --input 7x7 {_K3} --padding 2",
        "The transpose of full padding is a convolution without any: 7×7 becomes 5×5 again.",
        kept=False,
    ),
    "no_padding_strides_transposed": Picture(
        f"transpose --input 2x2 {_K3} --stride 2",
        "The transpose of stride 2 puts gaps between the input cells: 2×2 becomes 5×5 again.",
        figure="--width 800",
    ),
    "padding_strides_transposed": Picture(
        f"transpose --input 3x3 {_K3} --stride 2 --padding 1",
        "Gaps between the cells, and less around them: 3×3 becomes 5×5 again.",
        figure="--width 800",
    ),
    "padding_strides_odd_transposed": Picture(
        f"transpose --input 3x3 {_K3} --stride 2 --padding 1 --output-padding 1",
        "An output padding of 1 gives the other size that stride 2 maps to 3×3: 6×6 again.",
        figure="--width 800",
    ),
}
NUMERICAL = {
    "numerical_no_padding_no_strides": Picture(f"conv --input {_INPUT} {_K3}", "A convolution with its numbers."),
    "numerical_padding_strides": Picture(
        f"conv --input {_INPUT} {_K3} --stride 2 --padding 1", "Stride 2 and padding 1, with the numbers."
    ),
    "numerical_average_pooling": Picture(
        f"pool avg --input {_INPUT} --pool-size 3 --stride 1", "Average pooling, 3×3 at stride 1."
    ),
    "numerical_max_pooling": Picture(
        f"pool max --input {_INPUT} --pool-size 3 --stride 1", "Max pooling, 3×3 at stride 1: many windows have ties."
    ),
}
OURS = {
    "plain": Picture("conv", "A 3×3 mean over a 6×6 input, with the sum of every step."),
    "padding-1": Picture(
        "conv --padding 1", "Padding 1 keeps the size: zeros stand around the input.", figure="--width 720"
    ),
    "stride-2": Picture("conv --stride 2", "Stride 2: the window skips every other place."),
    "dilation-2": Picture("conv --dilation 2", "Dilation 2: nine taps over a span of five."),
    "stride-2-dilation-2": Picture("conv --stride 2 --dilation 2", "Stride and dilation together."),
    "sobel-x-dilated": Picture(
        "conv --kernel sobel-x --padding 1 --dilation 2",
        "A dilated sobel-x kernel over padding: each tap has its weight, taps of weight 0 are hatched.",
        ".png",
        figure="--step 7",
    ),
    "sobel-x-dilated-dark": Picture(
        "conv --kernel sobel-x --padding 1 --dilation 2",
        "The same in the dark theme.",
        ".svg",
        figure="--step 7 --theme dark",
    ),
    "dilated-kernel": Picture(
        "kernel --kernel '1 2 3; 4 5 6; 7 8 9' --dilation 2", "A kernel, and what it is once dilated by 2.", ".png"
    ),
    "same-is-asymmetric": Picture(
        "conv --stride 2 --padding same",
        "Padding “same” at stride 2 pads at the bottom and right only.",
        ".png",
        figure="--step 5",
    ),
    "max-pooling": Picture("pool max --input example", "Max pooling: the winner of each window, and a tie."),
    "average-pooling": Picture(
        "pool avg --input example --padding 1 --no-count-include-pad", "Average pooling that leaves padding out."
    ),
    "global-average": Picture("pool global-avg --input 4x4", "Global average pooling: one window, one number.", ".png"),
    "filters": Picture(
        "conv --channels 3 --filters 2 --bias 1,0 --stride 2 --padding 1",
        "Two filters over three channels, each with its bias.",
        figure="--width 800",
    ),
    "channels": Picture(
        "conv --channels 3 --filters 2 --bias 1,0 --stride 2 --padding 1",
        "Three channels, each with its slice of the kernel, and what each adds.",
        ".png",
        figure="--step 14",
    ),
    "groups": Picture(
        "conv --channels 4 --groups 2 --filters 4",
        "Two groups: each pair of filters reads its own pair of channels.",
        ".png",
        figure="--step 39",
    ),
    "depthwise": Picture(
        "conv --channels 3 --groups depthwise",
        "Depthwise: a kernel of its own for each channel.",
        ".png",
        figure="--step 20",
    ),
    "pooled-channels": Picture(
        "pool max --input 4x4 --channels 2 --interleave --stride 1", "Pooling treats each channel by itself.", ".png"
    ),
    "edges": Picture(
        "conv --input scene --kernel sobel-x",
        "Vertical edges of a picture, and a lens on the window.",
        ".png",
        figure="--step 5000",
    ),
    "shaded": Picture(
        "conv --input example --kernel sobel-y --padding 1",
        "Cells coloured by their values, in the theme of high contrast.",
        ".png",
        figure="--shade --step 20 --theme contrast",
    ),
    "causal": Picture(
        "conv --input '3 1 4 1 5 9 2 6 5 3 5 8' --kernel '1 2 3' --padding causal --dilation 2",
        "One dimension, causal: no output looks ahead.",
        ".png",
        figure="--step 9",
    ),
    "strip": Picture(
        "conv --kernel sobel-x", "Four steps side by side, for print.", ".png", figure="--strip 4 --theme print"
    ),
    "activations": Picture(
        "activation relu tanh sigmoid softmax", "Activation functions with their slopes, and softmax.", ".png"
    ),
    "relu": Picture("activation relu", "ReLU, cell by cell."),
    "softmax": Picture("activation softmax", "Softmax: from logits to probabilities that add up to 1."),
    "dropout": Picture("dropout --rate 0.2 --seed 1", "Dropout: the mask, the scaling, and inference without either."),
    "dense": Picture("dense", "A dense layer: every unit adds up every input.", ".png"),
    "flatten": Picture(
        "flatten --input 4x4 --channels 2 --units 10", "Flatten beside global pooling, and what each costs.", ".png"
    ),
    "batchnorm": Picture(
        "batchnorm --input random:3x3 --channels 2", "Batch normalisation, channel by channel.", ".png"
    ),
    "lenet": Picture("network lenet", "LeNet: the shape flows through, and one value’s field grows back."),
    "alexnet": Picture("network alexnet", "AlexNet with every layer’s shape, parameters and receptive field.", ".png"),
    "stamps": Picture(
        f"transpose --input 3x3 {_K3} --stride 2 --padding 1",
        "A transposed convolution from the side of its input: every cell stamps the kernel, and overlaps add up.",
        figure="--view scatter --width 800",
    ),
    "checkerboard": Picture(
        "transpose --input '1 1 1; 1 1 1; 1 1 1' --kernel '1 1 1; 1 1 1; 1 1 1' --stride 2",
        "Why transposed convolutions draw checkerboards: how often each output is hit.",
        ".png",
        figure="--view scatter",
    ),
    "pipeline": Picture(
        "pipeline 'conv 3x3 sobel-x | relu | max 2x2' --input example",
        "Three stages, and one output cell followed back through all of them.",
    ),
    "exercise": Picture(
        "conv --input 7x7 --stride 2",
        "An exercise: what belongs in the output?",
        ".png",
        figure="--blank output,size --step 5",
    ),
}
GROUPS: Mapping[str, Mapping[str, Picture]] = {
    "Convolution arithmetic": ARITHMETIC,
    "Transposed convolution arithmetic": TRANSPOSED,
    "Convolution arithmetic, with numbers": NUMERICAL,
    "More": OURS,
}
PICTURES: Mapping[str, Picture] = {name: picture for group in GROUPS.values() for name, picture in group.items()}


def find(name: str) -> tuple[str, Picture]:
    """Return a picture and its name as it is spelled; hyphens and underscores are the same.

    Raises `SettingError`, with the nearest name, where there is none.

    >>> find("No-Padding-Strides")[0]
    'no_padding_strides'
    """
    spelled = _plain(name)
    names = {_plain(each): each for each in PICTURES}
    if spelled not in names:
        within = [each for each in names if len(spelled) > 2 and spelled in each]  # a part of a long name
        near = [*get_close_matches(spelled, names, n=1), *within]
        hint = f"did you mean {names[near[0]]}? " if near else ""
        raise SettingError(f"gallery {name[:60]!r} is unknown: {hint}`convviz gallery` lists the names")
    return names[spelled], PICTURES[names[spelled]]


def command(name: str, more: str = "") -> str:
    """Return the whole line that makes a picture in a file of its name.

    >>> command("stride-2"), command("stride-2", "--theme dark")
    ('convviz conv --stride 2 -o stride-2.gif', 'convviz conv --stride 2 --theme dark -o stride-2.gif')
    """
    picture = PICTURES[name]
    return " ".join(filter(None, ["convviz", picture.line, picture.figure, more, "-o", name + picture.suffix]))


def _plain(name: str) -> str:
    return name.strip().lower().replace("-", "_").removesuffix(".gif")
