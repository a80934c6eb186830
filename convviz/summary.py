"""Layers that are no sliding windows, as text, as plain JSON and as a description of their picture."""

from __future__ import annotations

from typing import Any, TypeAlias, assert_never

import numpy as np

from convviz import terms
from convviz.dilating import Dilated
from convviz.exact import Array
from convviz.flattening import Flattened
from convviz.masks import DenseDropout, Dropout
from convviz.normalising import BatchNorm
from convviz.numbers import Format, times
from convviz.probabilities import Softmax
from convviz.record import LARGEST, SCHEMA, values
from convviz.report import table

Layer: TypeAlias = Softmax | Dropout | DenseDropout | Flattened | BatchNorm | Dilated


def summary(layer: Layer) -> str:
    """Return a layer as text: what it is, and its numbers in columns.

    >>> from convviz.dilating import dilate
    >>> print(summary(dilate([[1, 2], [3, 4]], 2)))
    Dilated kernel · dilation d = 2 · 1 zero between weights
    rows = d(k − 1) + 1 = 2·(2 − 1) + 1 = 3
    columns = d(k − 1) + 1 = 2·(2 − 1) + 1 = 3
    <BLANKLINE>
    1  0  2
    0  0  0
    3  0  4
    """
    match layer:
        case Softmax():
            return _softmax(layer)
        case Dropout():
            form, after = layer.formats
            parts = {terms.INPUT: (layer.input, form), terms.MASK: (layer.mask, Format())}
            parts |= {terms.TRAINING: (layer.output, after), terms.INFERENCE_LABEL: (layer.input, form)}
            return _parts(title(layer), foot(layer), parts)
        case DenseDropout():
            return _dense_dropout(layer)
        case Flattened():
            return _flattened(layer)
        case BatchNorm():
            form, normal, after, moments = layer.formats
            each = np.stack([layer.mean, layer.variance, layer.weight, layer.bias])
            head = ["channel  mean μ  variance σ²  scale γ  shift β"]
            for number, row in enumerate(each.T.tolist()):
                said = [moments.aligned(row[0]), moments.aligned(row[1]), *map(Format(4, compact=True), row[2:])]
                head.append(
                    f"{number:7}  {said[0].rjust(6)}  {said[1].rjust(11)}  {said[2].rjust(7)}  {said[3].rjust(7)}"
                )
            parts = {
                terms.INPUT: (layer.input, form),
                terms.NORMALISED: (layer.normalised, normal),
                terms.SCALED: (layer.output, after),
            }
            return _parts(title(layer), [*foot(layer), "", *head], parts)
        case Dilated():
            over = [f"1/{layer.divisor} ·"] if layer.divisor != 1 else []
            return "\n".join([title(layer), *foot(layer), "", *over, *table(layer.dilated, layer.format)])
        case _:
            assert_never(layer)


def title(layer: Layer) -> str:
    """Return what a layer is, with its settings."""
    return f"{heading(layer)} · {about(layer)}"


def heading(layer: Layer) -> str:
    """Return what a layer is called."""
    match layer:
        case Softmax():
            return terms.SOFTMAX
        case Dropout() | DenseDropout():
            return terms.DROPOUT
        case Flattened():
            return terms.FLATTEN
        case BatchNorm():
            return terms.BATCH_NORM
        case Dilated():
            return terms.DILATED
        case _:
            assert_never(layer)


def about(layer: Layer) -> str:
    """Return the settings that stand beside the heading."""
    match layer:
        case Softmax():
            return terms.SOFTMAX_FORMULA
        case Dropout():
            return terms.dropout_about(layer.rate, layer.seed)
        case DenseDropout():
            return terms.dense_dropout_about(layer.rate, layer.seed, layer.weight.shape[::-1])
        case Flattened():
            return terms.flatten_about(layer.order, layer.input.shape)
        case BatchNorm():
            return terms.batch_norm_about(layer.eps, layer.input.shape)
        case Dilated():
            return terms.dilated_about(layer.dilation)
        case _:
            assert_never(layer)


def foot(layer: Layer) -> tuple[str, ...]:
    """Return what is to be said at the foot of the picture."""
    match layer:
        case Softmax():
            return (terms.SOFTMAX_FOOT, terms.softmax_sums(_sum_of_rounded(layer)))
        case Dropout():
            scale = scale_format(layer)
            exact = scale.is_exact(layer.scale)
            said = terms.dropout_foot(layer.rate, scale.brief(layer.scale), layer.kept, layer.mask.size, exact=exact)
            return (*said, terms.SPOILT) if layer.spoilt else said
        case DenseDropout():
            scale = scale_format(layer)
            return terms.dense_dropout_foot(layer.rate, scale.brief(layer.scale), exact=scale.is_exact(layer.scale))
        case Flattened():
            return (terms.flatten_foot(layer.units),)
        case BatchNorm():
            return terms.batch_norm_foot(layer.count, layer.input.shape[0])
        case Dilated():
            names = ("columns",) if len(layer.axes) == 1 else ("rows", "columns")
            pairs = zip(names, layer.axes, strict=True)
            return tuple(terms.span(name, axis.dilation, axis.kernel, axis.span) for name, axis in pairs)
        case _:
            assert_never(layer)


def scale_format(layer: Dropout | DenseDropout) -> Format:
    """Return how 1 / (1 − rate) is written: with at most four digits after the point."""
    for decimals in range(5):
        if abs(round(layer.scale, decimals) - layer.scale) <= 4e-16 * layer.scale:
            return Format(decimals, epsilon=2e-16)
    return Format(4, exact=False, epsilon=2e-16)


def described(layer: Layer) -> str:
    """Return what the picture of a layer shows, for those who can't see it.

    >>> from convviz.masks import dropout
    >>> described(dropout([1, 2], 0.5, seed=3)).split(". ")[0]
    'Dropout · rate p = 0.5 · seed 3'
    """
    said = [title(layer), *foot(layer)]
    match layer:
        case Softmax():
            logits, _, _, p, _ = layer.vectors
            form, _, _, after = layer.formats
            if p.shape[1] <= 12:
                said.append(
                    f"{terms.LOGITS} {', '.join(map(form, logits[0]))} give {terms.PROBABILITIES} "
                    f"{', '.join(map(after, p[0]))}"
                )
        case Dropout():
            said.append(f"the input is {times(layer.input.shape)}")
        case DenseDropout():
            for number, mask in enumerate(layer.masks[:6]):
                said.append(
                    f"{terms.training_pass(number + 1)}: {terms.dropped_units(np.flatnonzero(mask == 0).tolist())}"
                )
            said.append(f"{terms.INFERENCE}: {terms.dropped_units([])}")
        case Flattened():
            counts = [layer.output.size, layer.input.shape[0]]
            said += [terms.parameters(each, layer.units, layer.parameters(each)) for each in counts]
        case BatchNorm():
            moments = layer.formats[3]
            pairs = zip(layer.mean.tolist(), layer.variance.tolist(), strict=True)
            rows = [f"channel {c} has μ {moments(m)} and σ² {moments(v)}" for c, (m, v) in enumerate(pairs) if c < 4]
            said.append("; ".join(rows))
        case Dilated():
            said.append(terms.zeros(int(layer.dilated.size - layer.taps.sum()), layer.numerators.size))
        case _:
            assert_never(layer)
    return ". ".join(said) + "."


def layer_record(layer: Layer, *, whole: bool = False) -> dict[str, Any]:
    """Return a layer as JSON values; ``whole`` keeps large arrays too.

    >>> from convviz.dilating import dilate
    >>> layer_record(dilate([1, 2]))["output"]
    [1, 0, 2]
    """

    def plain(array: Array) -> Any:
        return values(array) if whole or array.size <= LARGEST else {"shape": list(array.shape)}

    match layer:
        case Softmax():
            return _record(
                "softmax",
                {"dim": layer.dim},
                input=plain(layer.input),
                shifted=plain(layer.shifted),
                exponentials=plain(layer.exponentials),
                sums=plain(layer.sums),
                output=plain(layer.output),
            )
        case Dropout():
            return _record(
                "dropout",
                {"rate": layer.rate, "seed": layer.seed, "scale": layer.scale},
                input=plain(layer.input),
                mask=plain(layer.mask),
                output=plain(layer.output),
            )
        case DenseDropout():
            return _record(
                "dense_dropout",
                {"rate": layer.rate, "seed": layer.seed, "scale": layer.scale},
                input=plain(layer.hidden),
                weight=plain(layer.weight),
                mask=plain(layer.masks),
                passes=[plain(each.output) for each in layer.passes],
                output=plain(layer.inference.output),
            )
        case Flattened():
            pooled = {"average": layer.average, "largest": layer.largest}
            return _record(
                "flatten",
                {"order": layer.order, "units": layer.units},
                input=plain(layer.input),
                output=plain(layer.output),
                parameters=layer.parameters(layer.output.size),
                **{
                    f"global_{name}_pooling": {
                        "output": plain(trace.output.reshape(-1)),
                        "parameters": layer.parameters(layer.input.shape[0]),
                    }
                    for name, trace in pooled.items()
                },
            )
        case BatchNorm():
            return _record(
                "batch_norm",
                {"eps": layer.eps},
                input=plain(layer.input),
                weight=plain(layer.weight),
                bias=plain(layer.bias),
                mean=plain(layer.mean),
                variance=plain(layer.variance),
                normalised=plain(layer.normalised),
                output=plain(layer.output),
            )
        case Dilated():
            return _record(
                "dilate",
                {"dilation": list(layer.dilation), "divisor": layer.divisor},
                input=plain(layer.kernel),
                output=plain(layer.dilated),
            )
        case _:
            assert_never(layer)


def _record(operation: str, settings: dict[str, Any], **parts: Any) -> dict[str, Any]:
    return {"schema": SCHEMA, "operation": operation, "settings": settings, **parts}


def _parts(head: str, lines: Any, parts: dict[str, tuple[Array, Format]]) -> str:
    """Return arrays in columns under their names."""
    said = [head, *lines]
    for name, (array, form) in parts.items():
        said += ["", name, *table(array, form)]
    return "\n".join(said)


def _softmax(layer: Softmax) -> str:
    """Return the vectors as columns: every step of a class on one line."""
    logits, shifted, exponentials, p, sums = layer.vectors
    form, less, powers, after = layer.formats
    said = [title(layer), *foot(layer)]
    names = [terms.LOGITS, terms.SHIFTED, terms.EXPONENTIALS, terms.PROBABILITIES]
    for number in range(min(len(logits), 16)):
        rows = [
            [form.aligned(a), less.aligned(b), powers.aligned(c), after.aligned(d)]
            for a, b, c, d in zip(logits[number], shifted[number], exponentials[number], p[number], strict=True)
        ]
        rows.append(["", terms.SUM, powers(sums[number]), "1"])
        widths = [max(len(row[column]) for row in [names, *rows]) for column in range(4)]
        said.append("" if len(logits) == 1 else f"\nvector {number}")
        said += [
            "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in [names, *rows]
        ]
    if len(logits) > 16:
        said.append(f"\n… {len(logits) - 16} more vectors")
    if len(logits) == 1 and p.shape[1] <= 12:
        said += ["", "∂pᵢ/∂zⱼ = pᵢ·((1 if i = j, else 0) − pⱼ)", *table(layer.jacobian(), Format(3, exact=False))]
    return "\n".join(said)


def _sum_of_rounded(layer: Softmax) -> str:
    """Return what the written probabilities add up to where that is not 1; nothing of several vectors, or of NaN."""
    p, after = layer.vectors[3], layer.formats[3]
    if len(p) != 1 or not np.isfinite(p).all():
        return ""
    total = sum(round(value * 10**after.decimals) for value in p[0].tolist())
    return "" if total == 10**after.decimals else Format(after.decimals)(total / 10**after.decimals)


def _dense_dropout(layer: DenseDropout) -> str:
    """Return every pass on lines of its own."""
    form, left, after = layer.formats
    said = [title(layer), *foot(layer), "", terms.FIRST, *table(layer.hidden, form), "", "W"]
    said += table(layer.weight, layer.inference.formats.weight)
    for number, (mask, each) in enumerate(zip(layer.masks, layer.passes, strict=True)):
        said += ["", f"{terms.training_pass(number + 1)}: {terms.dropped_units(np.flatnonzero(mask == 0).tolist())}"]
        said += [*table(each.input, left), *table(each.output, after)]
    said += [
        "",
        f"{terms.INFERENCE}: {terms.dropped_units([])}",
        *table(layer.inference.output, layer.inference.formats.output),
    ]
    return "\n".join(said)


def _flattened(layer: Flattened) -> str:
    average, largest = (trace.output.reshape(1, -1) for trace in (layer.average, layer.largest))
    said = [title(layer), *foot(layer)]
    for label, row, form in (
        (terms.flatten_label(layer.input.shape), layer.output.reshape(1, -1), layer.format),
        (terms.AVERAGE, average, layer.average.formats.output),
        (terms.LARGEST, largest, layer.largest.formats.output),
    ):
        said += ["", f"{label} · {terms.parameters(row.size, layer.units, layer.parameters(row.size))}"]
        said += table(row, form)
    return "\n".join([*said, "", terms.INPUT, *table(layer.input, layer.format)])
