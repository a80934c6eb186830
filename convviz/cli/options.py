"""The options, each spelled once: names, help, and the group in which help lists it."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

INPUT, KERNEL, WINDOW, FIGURE, OUTPUT = "Input", "Kernel", "Window", "Figure", "Output"

Input: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--input",
        "-i",
        metavar="WHAT",
        rich_help_panel=INPUT,
        help="6x6 (0, 1, 2…), example, random:6x6, scene (a picture), an image, a .npy or .csv file, numbers such as "
        "'1 2 3; 4 5 6', or - for standard input.",
    ),
]
Seed: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--seed", metavar="N", rich_help_panel=INPUT, help="Seed of random:6x6, and of weights.  (default: 0)"
    ),
]
Resize: TypeAlias = Annotated[
    str | None,
    typer.Option("--resize", metavar="ROWSxCOLS", rich_help_panel=INPUT, help="Resize an image, such as 12x12."),
]
Channels: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--channels", "--in-channels", metavar="N", rich_help_panel=INPUT, help="Channels of an input that is made up."
    ),
]
Interleave: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--interleave", rich_help_panel=INPUT, help="Number the channels in turn: 0, 2, 4… and 1, 3, 5… for two."
    ),
]
Color: TypeAlias = Annotated[
    bool, typer.Option("--color", "--colour", rich_help_panel=INPUT, help="Keep red, green and blue of an image.")
]
Sample: TypeAlias = Annotated[
    str | None,
    typer.Option("--sample", metavar="N", rich_help_panel=INPUT, help="Which sample of a batch, from 0.  (default: 0)"),
]
Kernel: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--kernel",
        "-k",
        metavar="WHAT",
        rich_help_panel=KERNEL,
        help="3x3 (a mean of that size), a name such as sobel-x (see: convviz kernels), numbers such as "
        "'-1 0 1; -2 0 2; -1 0 1', or a file.  (default: 3x3)",
    ),
]
KernelSize: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--kernel-size", metavar="SIZE", rich_help_panel=KERNEL, help="Size of a named kernel that comes in sizes."
    ),
]
Filters: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--filters",
        "--out-channels",
        metavar="N",
        rich_help_panel=KERNEL,
        help="Filters with made-up weights, whole numbers from -2 to 2.  (default: 1, or one per group)",
    ),
]
Groups: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--groups",
        "--group",
        metavar="N",
        rich_help_panel=KERNEL,
        help="Groups of channels, each with filters of its own: 2, or depthwise.  (default: 1)",
    ),
]
Bias: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--bias", metavar="NUMBER", rich_help_panel=KERNEL, help="Added to every output; one per filter: 1,2."
    ),
]
Flip: TypeAlias = Annotated[
    bool, typer.Option("--flip-kernel", rich_help_panel=KERNEL, help="Flip the kernel first, as mathematics does.")
]
PoolSize: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--pool-size", "--kernel-size", "-k", metavar="SIZE", rich_help_panel=WINDOW, help="2, or 3x2.  (default: 2x2)"
    ),
]
Stride: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--stride",
        "--strides",
        "-s",
        metavar="N",
        rich_help_panel=WINDOW,
        help="2, or one per axis: 2,1.  (default: 1)",
    ),
]
PoolStride: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--stride",
        "--strides",
        "-s",
        metavar="N",
        rich_help_panel=WINDOW,
        help="2, or one per axis: 2,1.  (default: the pool size; like onnx 1)",
    ),
]
Padding: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--padding",
        "-p",
        metavar="HOW",
        rich_help_panel=WINDOW,
        help="1, one per axis: 1,2, before:after: 0:1,2:2, or valid, same, same_lower, full.  (default: 0)",
    ),
]
PaddingMode: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--padding-mode",
        metavar="MODE",
        rich_help_panel=WINDOW,
        help="zeros, constant, reflect, replicate or circular.  (default: zeros)",
    ),
]
PaddingValue: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--padding-value", metavar="NUMBER", rich_help_panel=WINDOW, help="What --padding-mode constant pads with."
    ),
]
Dilation: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--dilation",
        "--dilation-rate",
        "-d",
        metavar="N",
        rich_help_panel=WINDOW,
        help="2, or one per axis: 2,1.  (default: 1)",
    ),
]
CeilMode: TypeAlias = Annotated[
    bool, typer.Option("--ceil-mode", rich_help_panel=WINDOW, help="Let a last window hang over the end.")
]
CountPad: TypeAlias = Annotated[
    bool | None,
    typer.Option(
        "--count-include-pad/--no-count-include-pad",
        rich_help_panel=WINDOW,
        help="Whether an average counts the padding.  (default: it does, but not like keras or onnx)",
    ),
]
Like: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--like",
        metavar="FRAMEWORK",
        rich_help_panel=WINDOW,
        help="torch, keras or onnx: take its defaults, and refuse what it refuses.",
    ),
]
NormType: TypeAlias = Annotated[
    str | None,
    typer.Option("--norm-type", metavar="P", rich_help_panel=WINDOW, help="Which norm lp takes: 2, inf.  (default: 2)"),
]
BinCount: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--output-size",
        metavar="SIZE",
        rich_help_panel=WINDOW,
        help="Into how many bins adaptive pooling divides: 3, 3x2, or 3xnone, which keeps an axis.  (default: 3)",
    ),
]
Crop: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--padding",
        "-p",
        metavar="HOW",
        rich_help_panel=WINDOW,
        help="What is cropped off the result: 1, one per axis: 1,2, before:after: 0:1,2:2, or valid, same, same_lower, "
        "full.  (default: 0)",
    ),
]
Upsample: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--upsample",
        metavar="N",
        rich_help_panel=KERNEL,
        help="Repeat every cell: a kernel of N×N ones at stride N. One per axis: 2,1.",
    ),
]
OutputPadding: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--output-padding",
        metavar="N",
        rich_help_panel=WINDOW,
        help="Cells added to the size at the end: 1, or one per axis.  (default: 0)",
    ),
]
OutputSize: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--output-size",
        "--output-shape",
        metavar="SIZE",
        rich_help_panel=WINDOW,
        help="The size wanted: 6, or 6x5. It sets the output padding; with --padding same, the padding.",
    ),
]
PooledSize: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--output-size",
        metavar="SIZE",
        rich_help_panel=WINDOW,
        help="Beside --indices: the size of what was pooled, where it is not the least.",
    ),
]
Indices: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--indices",
        metavar="WHAT",
        rich_help_panel=INPUT,
        help="Where each value was, flat over its plane: numbers such as '5 7; 13 15', or a file. "
        "Without them the input is pooled first.",
    ),
]
StepNumber: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--step",
        metavar="N",
        rich_help_panel=FIGURE,
        help="Which step a still shows: 7, first or last.  (default: last)",
    ),
]
Steps: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--steps",
        metavar="LIST",
        rich_help_panel=FIGURE,
        help="Which steps are drawn: 1-4,9,last, or rows (the end of each row). A still shows them side by side.",
    ),
]
Strip: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--strip", metavar="N", rich_help_panel=FIGURE, help="Show so many steps side by side, first to last."
    ),
]
View: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--view",
        metavar="NAME",
        rich_help_panel=FIGURE,
        help="gather (the window reads), scatter (each input cell stamps the kernel), or both.  (default: gather)",
    ),
]
Shade: TypeAlias = Annotated[
    bool, typer.Option("--shade", rich_help_panel=FIGURE, help="Colour each cell by its value, under its number.")
]
Blank: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--blank",
        metavar="PARTS",
        rich_help_panel=FIGURE,
        help="Leave parts out, for an exercise: input, kernel, output, sentence, size, stride, padding, dilation.",
    ),
]
Solution: TypeAlias = Annotated[
    bool,
    typer.Option("--solution", rich_help_panel=FIGURE, help="Beside --blank: write the whole figure too, *-solution."),
]
ThemeName: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--theme",
        metavar="NAME",
        rich_help_panel=FIGURE,
        help="light, dark, print, contrast, or a .toml file of your own.  (default: light)",
    ),
]
StepSeconds: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--step-seconds",
        metavar="SECONDS",
        rich_help_panel=FIGURE,
        help="How long a step lasts.  (default: 0.4 to 0.7)",
    ),
]
Hold: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--hold", metavar="SECONDS", rich_help_panel=FIGURE, help="How much longer the last step stays.  (default: 1.5)"
    ),
]
Width: TypeAlias = Annotated[
    str | None,
    typer.Option("--width", metavar="PIXELS", rich_help_panel=FIGURE, help="Width of the figure.  (default: 1120)"),
]
Title: TypeAlias = Annotated[
    str | None, typer.Option("--title", metavar="TEXT", rich_help_panel=FIGURE, help="A heading of your own.")
]
NoValues: TypeAlias = Annotated[
    bool, typer.Option("--no-values", rich_help_panel=FIGURE, help="Leave the numbers out.")
]
AllSteps: TypeAlias = Annotated[
    bool, typer.Option("--all-steps", rich_help_panel=FIGURE, help="Draw every step, however many there are.")
]
Output: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        rich_help_panel=OUTPUT,
        help="Where to write, as often as you like: .gif .png .svg .pdf .html .json .csv .npy .txt, "
        "or - for standard output. Without it the sizes and the output are printed.",
    ),
]
Figures: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        rich_help_panel=OUTPUT,
        help="Where to write, as often as you like: .gif .png .svg .pdf, or - for standard output.",
    ),
]
Format: TypeAlias = Annotated[
    str | None,
    typer.Option("--format", metavar="SUFFIX", rich_help_panel=OUTPUT, help="The format of -o -, such as gif."),
]
Explore: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--explore",
        metavar="SETTINGS",
        rich_help_panel=OUTPUT,
        help="Sliders for a page: 'stride=1..3 padding=0..2 kernel=mean,sobel-x', each choice worked out beforehand.",
    ),
]
Page: TypeAlias = Annotated[
    str | None,
    typer.Option("--output", "-o", metavar="FILE", help="Where to write the page, such as conv.html."),
]
Json: TypeAlias = Annotated[bool, typer.Option("--json", rich_help_panel=OUTPUT, help="Print the numbers as JSON.")]
Code: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--code",
        metavar="LANGUAGE",
        rich_help_panel=OUTPUT,
        help="Print lines that compute the same: python, torch or keras, or several, as often as you like.",
    ),
]
Alt: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--alt", rich_help_panel=OUTPUT, help="Print what the figure shows, as text for those who can't see it."
    ),
]
Transcript: TypeAlias = Annotated[
    bool, typer.Option("--transcript", rich_help_panel=OUTPUT, help="Print every step in words.")
]
Quiet: TypeAlias = Annotated[bool, typer.Option("--quiet", "-q", rich_help_panel=OUTPUT, help="Print no messages.")]
Force: TypeAlias = Annotated[
    bool,
    typer.Option("--force", rich_help_panel=OUTPUT, help="Pass the memory cap of 1 GiB; send binary to a terminal."),
]
