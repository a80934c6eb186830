"""The words of layers that are no sliding windows: headings, labels, feet and sentences."""

from __future__ import annotations

from collections.abc import Sequence

from convviz.numbers import Format, plain, times
from convviz.words import Sentence, added, counted, factor, listed, place

SOFTMAX, DROPOUT, FLATTEN, BATCH_NORM = "Softmax", "Dropout", "Flatten and global pooling", "Batch normalisation"
DILATED = "Dilated kernel"


def approximately(rounded: bool) -> str:
    """Return the sign before a result."""
    return "≈" if rounded else "="


# Softmax.

SOFTMAX_FORMULA = "pᵢ = e^(zᵢ − m) / Σ e^(zⱼ − m),  m = max z"
SOFTMAX_FOOT = "taking the largest number m from all changes no probability, and no exponential overflows"
LOGITS, SHIFTED, EXPONENTIALS, PROBABILITIES, SUM = "logits z", "z − m", "e^(z − m)", "probabilities p", "sum"


def softmax_sums(rounded: str) -> str:
    """Say that probabilities add up to 1, and what the rounded ones add up to, where that is something else."""
    return "probabilities add up to 1" + (f" (these rounded ones: {rounded})" if rounded else "")


def exponential(i: int, logit: str, largest: str, result: str, *, rounded: bool) -> Sentence:
    """Say how one exponential came about."""
    less = f"{logit} − {factor(largest)}"
    return Sentence(f"e^(z[{i}] − m) = e^({less}) {approximately(rounded)} ", result)


def exponential_sum(terms: Sequence[str], result: str, *, rounded: bool, room: int) -> Sentence:
    """Say what the exponentials add up to."""
    return Sentence(f"sum = {added(terms, room)} {approximately(rounded)} ", result)


def probability(i: int, exponential: str, total: str, result: str, *, rounded: bool) -> Sentence:
    """Say how one probability came about."""
    return Sentence(f"p[{i}] = {exponential} / {total} {approximately(rounded)} ", result)


def largest_probability(where: str, i: int, result: str) -> Sentence:
    """Say which class of a vector is the likeliest."""
    return Sentence(f"{where}: the largest probability is p[{i}] ", result)


# Dropout.

INPUT, MASK, TRAINING, INFERENCE = "input", "mask", "training", "inference"
FIRST, AFTER, SECOND = "layer 1", "after dropout", "layer 2"


def dropout_about(rate: float, seed: int) -> str:
    """Say the settings beside the title."""
    return f"rate p = {plain(rate)} · seed {seed}"


def scaled_by(rate: float, scale: str, *, exact: bool) -> str:
    """Say what kept cells are multiplied by."""
    return f"1/(1 − p) = 1/(1 − {plain(rate)}) {approximately(not exact)} {scale}"


def training_label(scale: str, *, exact: bool) -> str:
    """Say what training does."""
    return f"{TRAINING}: input × mask × {'' if exact else '≈ '}{scale}"


INFERENCE_LABEL = f"{INFERENCE}: the input as it is"


def dropout_foot(rate: float, scale: str, kept: int, cells: int, *, exact: bool) -> tuple[str, str]:
    """Say what dropout does, and what it did here."""
    part = plain(rate)
    return (
        f"at training each cell is dropped with probability p = {part}, and what is kept is multiplied by "
        f"{scaled_by(rate, scale, exact=exact)}",
        f"here {kept:,} of {counted(cells, 'cell')} {'is' if kept == 1 else 'are'} kept; on average a cell stays what "
        f"it is: (1 − p)·x/(1 − p) + p·0 = x, so inference drops and scales nothing",
    )


SPOILT = "∞ · 0 and NaN · 0 are NaN, as in PyTorch, which multiplies with the mask; Keras on TensorFlow or JAX puts 0"


def dropped(position: Sequence[int], value: str, kept: bool, rate: float, result: str, *, rounded: bool) -> Sentence:
    """Say what becomes of one cell."""
    where = place("output", position)
    if not kept:
        return Sentence(f"{where} = {value} · 0 = ", result, "  dropped")
    return Sentence(f"{where} = {value} · 1 / (1 − {plain(rate)}) {approximately(rounded)} ", result, "  kept")


def dense_dropout_about(rate: float, seed: int, sizes: Sequence[int]) -> str:
    """Say the settings beside the title."""
    return f"between dense layers of {sizes[0]} and {counted(sizes[1], 'unit')} · rate p = {plain(rate)} · seed {seed}"


def training_pass(number: int) -> str:
    """Name one pass."""
    return f"training, pass {number}"


def dropped_units(units: Sequence[int]) -> str:
    """Say which units are dropped.

    >>> dropped_units([]), dropped_units([1]), dropped_units([0, 2])
    ('no unit is dropped', 'unit 1 is dropped', 'units 0, 2 are dropped')
    """
    if not len(units):
        return "no unit is dropped"
    plural = len(units) > 1
    said = listed([str(unit) for unit in units], 30)
    return f"unit{'s' if plural else ''} {said} {'are' if plural else 'is'} dropped"


def dense_dropout_foot(rate: float, scale: str, *, exact: bool) -> tuple[str, str]:
    """Say what changes from pass to pass."""
    return (
        f"each pass of training drops other units, each with probability p = {plain(rate)}, and multiplies the others "
        f"by {scaled_by(rate, scale, exact=exact)}",
        "a dropped unit sends 0; inference uses every unit as it is",
    )


# Flatten.


def flatten_about(order: str, sizes: Sequence[int]) -> str:
    """Say the settings beside the title."""
    said = "channels, rows, columns (PyTorch)" if order == "torch" else "rows, columns, channels (Keras)"
    return f"{times(sizes)} · order: {said}"


def flatten_label(sizes: Sequence[int]) -> str:
    """Say how many values there are."""
    return f"flatten: {times(sizes)} = {counted(sizes[0] * sizes[1] * sizes[2], 'value')}"


AVERAGE, LARGEST = "global average pooling", "global max pooling"
POOLED = ("global average", "global max")  # where there is less room


def parameters(inputs: int, units: int, total: int) -> str:
    """Say how many parameters the dense layer has that follows."""
    return f"dense {units}: {inputs}·{units} + {units} = {counted(total, 'parameter')}"


def flattened(index: int, position: Sequence[int], size: Sequence[int], order: str, value: str) -> Sentence:
    """Say where one value goes."""
    c, i, j = position
    channels, rows, columns = size
    made = f"({c}·{rows} + {i})·{columns} + {j}" if order == "torch" else f"({i}·{columns} + {j})·{channels} + {c}"
    return Sentence(f"index {made} = {index}:  flat[{index}] = input[{c}, {i}, {j}] = ", value)


def flatten_foot(units: int) -> str:
    """Say what follows."""
    return f"a dense layer of {counted(units, 'unit')} has, in each unit, a weight for each input and a bias"


# Batch normalisation.

BATCH_NORM_FORMULA = "y = γ · (x − μ) / √(σ² + ε) + β"


def batch_norm_about(eps: float, shape: Sequence[int]) -> str:
    """Say the settings beside the title."""
    return f"{BATCH_NORM_FORMULA} · ε = {small(eps)}"


def small(number: float) -> str:
    """Write a number that may be very small.

    >>> small(1e-5), small(0.001), small(0)
    ('1e−5', '1e−3', '0')
    """
    return Format(6, compact=True)(float(number))


def batch_norm_foot(count: int, samples: int) -> tuple[str, str]:
    """Say over what the numbers are taken."""
    over = f"over all {counted(count, 'value')} of a channel" + (f", in {samples} samples" if samples > 1 else "")
    return (
        f"at training: mean μ and biased variance σ² (divided by n = {count}) {over}; γ and β are learned",
        "at inference: averages of μ and σ² that were kept at training take their place",
    )


def mean_sentence(channel: int, terms: Sequence[str], count: int, result: str, *, rounded: bool, room: int) -> Sentence:
    """Say how a mean came about."""
    return Sentence(f"μ[{channel}] = ({added(terms, room)}) / {count} {approximately(rounded)} ", result)


def variance_sentence(
    channel: int, terms: Sequence[str], mean: str, count: int, result: str, *, rounded: bool, room: int
) -> Sentence:
    """Say how a variance came about."""
    squares = [f"({term} − {factor(mean)})²" for term in terms]
    return Sentence(f"σ²[{channel}] = ({added(squares, room)}) / {count} {approximately(rounded)} ", result)


def normalised_sentence(
    position: Sequence[int], x: str, mean: str, variance: str, eps: float, result: str, *, rounded: bool
) -> Sentence:
    """Say how one value is normalised."""
    where = place("normalised", position)
    root = f"√({variance} + {small(eps)})" if eps else f"√{variance}"
    return Sentence(f"{where} = ({x} − {factor(mean)}) / {root} {approximately(rounded)} ", result)


def shifted_sentence(position: Sequence[int], gamma: str, x: str, beta: str, result: str, *, rounded: bool) -> Sentence:
    """Say how one value is scaled and shifted."""
    where = place("y", position)
    more = f" − {beta[1:]}" if beta.startswith("−") else f" + {beta}"
    return Sentence(f"{where} = {factor(gamma)} · {factor(x)}{more} {approximately(rounded)} ", result)


NORMALISED, SCALED = "normalised x̂", "scaled and shifted y"


# The dilated kernel.


def dilated_about(dilation: Sequence[int]) -> str:
    """Say the settings beside the title."""
    said = str(dilation[0]) if len(set(dilation)) == 1 else ", ".join(map(str, dilation))
    between = dilation[0] - 1
    if len(set(dilation)) > 1:
        return f"dilation d = {said}"
    return f"dilation d = {said} · {'no zeros' if not between else counted(between, 'zero')} between weights"


def dilated_label(dilation: Sequence[int], sizes: Sequence[int]) -> str:
    """Name the dilated kernel."""
    said = str(dilation[0]) if len(set(dilation)) == 1 else ", ".join(map(str, dilation))
    return f"dilated by {said}: {times(sizes)}"


def span(name: str, dilation: int, kernel: int, result: int) -> str:
    """Write how far the dilated kernel reaches on one axis."""
    return f"{name} = d(k − 1) + 1 = {dilation}·({kernel} − 1) + 1 = {result}"


def zeros(more: int, taps: int) -> str:
    """Say that zeros cost nothing."""
    return f"{counted(taps, 'weight')} as before; {counted(more, 'zero')} more, which no layer stores or multiplies"


# Curves.

COMPARED, FUNCTION, DERIVATIVE = "Activation functions", "function $f(x)$", r"derivative $f\,'(x)$"
PLOTTED = "Curves of functions and of their derivatives."


def softmax_plot(total: str, *, short: bool) -> list[str]:
    """Write the formula of softmax, and what its denominator is for the numbers in the plot, in mathtext."""
    formula, sums = (
        r"$p_i = e^{z_i} / \Sigma_j\, e^{z_j}$",
        rf"$\Sigma_j\, e^{{z_j}} \approx {total},\ \ \Sigma_i\, p_i = 1$",
    )
    if short:
        return [formula, sums]
    return [
        f"{formula},  {sums}",
        r"$\partial p_i / \partial z_j = p_i\,(\delta_{ij} - p_j)$",
        "range (0, 1) · numbers rounded to 2 decimals",
    ]
