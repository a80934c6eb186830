"""A network as a table, a row for each layer: as text, as Markdown, as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from convviz import words_network as words
from convviz.errors import SettingError
from convviz.networks import Network, Stage
from convviz.numbers import plain, times
from convviz.words import printable

SCHEMA = 1
KINDS = ("text", "markdown", "json")
CONVOLUTIONS = ("conv", "transpose")
RIGHT = (4, 5, 6, 7)  # columns of numbers


class Row(NamedTuple):
    """What is said of one layer, in the order of `convviz.words_network.HEADS`."""

    layer: str
    kernel: str
    stride: str
    padding: str
    output: str
    parameters: str
    multiply_adds: str
    field: str


def rows(network: Network) -> list[Row]:
    """Return what is said of the input, then of each layer.

    >>> from convviz.networks import network
    >>> rows(network("lenet"))[1]
    Row(layer='conv', kernel='5×5', stride='1', padding='2 (same)', output='28×28×6', parameters='156', \
multiply_adds='117,600', field='5×5')
    """
    none = words.NOTHING
    found = [Row(words.INPUT, none, none, none, str(network.input), none, none, none)]
    for number, stage in enumerate(network.stages):
        window = stage.window if stage.layer.kernel or stage.sees_all else None  # bins have no kernel
        found.append(
            Row(
                label(stage),
                times(window.kernel) if window else none,
                words.per_axis([axis.given.stride for axis in window.axes]) if window else none,
                words.pads(window, stage.layer.padding) if window else none,
                str(stage.result),
                words.count(stage.parameters) if stage.parameters else none,
                words.count(stage.multiply_adds) if stage.multiply_adds else none,
                field(network, number),
            )
        )
    return found


def label(stage: Stage) -> str:
    """Return the name of a layer, with the settings that have no column of their own."""
    layer, said = stage.layer, [words.kind(stage.kind)]
    if layer.name:
        said = [f"{printable(layer.name)}: {said[0]}"]
    if layer.weights:
        said.append(layer.weights)
    if stage.window and any(axis.dilation > 1 for axis in stage.window.axes):
        said.append(f"dilation {words.per_axis([axis.dilation for axis in stage.window.axes])}")
    if stage.kind in CONVOLUTIONS and layer.groups > 1:
        said.append("depthwise" if layer.groups == stage.source.channels else f"{layer.groups} groups")
    if stage.window and any(axis.given.output_padding for axis in stage.window.axes):
        said.append(f"output padding {words.per_axis([axis.given.output_padding for axis in stage.window.axes])}")
    if stage.kind == "lp":
        said.append(f"p = {plain(layer.norm_type)}")
    if stage.kind in (*CONVOLUTIONS, "dense") and not layer.bias:
        said.append("no bias")
    if layer.ceil:
        said.append("ceil mode")
    if stage.kind == "dropout":
        said = [f"{said[0]} {plain(layer.rate)}"]
    return ", ".join(said)


def field(network: Network, number: int) -> str:
    """Return the receptive field of a layer, as it is written."""
    sees_all = not network.stages[number].result.space and any(stage.sees_all for stage in network.stages[: number + 1])
    return words.field(network.field(number), network.input.space, sees_all=sees_all)


def table(networks: Sequence[Network], kind: str = "text") -> str:
    """Return tables of networks, one under the other.

    >>> from convviz.networks import network
    >>> print(table([network("input 4x4x1 | max 2x2 | dense 2")]))
    Network
    layer     kernel  stride  padding  output  parameters  multiply-adds  receptive field
    input     –       –       –         4×4×1           –              –                –
    max pool  2×2     2       0         2×2×1           –              –              2×2
    flatten   –       –       –             4           –              –              2×2
    dense     –       –       –             2          10              8              all
    total                                              10              8
    """
    if kind not in KINDS:
        from difflib import get_close_matches

        near = get_close_matches(kind.lower(), KINDS, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise SettingError(f"table {kind!r} is unknown: {hint}use one of {', '.join(KINDS)}")
    if kind == "json":
        known = [record(each) for each in networks]
        return json.dumps(known[0] if len(known) == 1 else known, indent=2, ensure_ascii=False)
    return "\n\n".join(_markdown(each) if kind == "markdown" else _text(each) for each in networks)


def record(network: Network) -> dict[str, Any]:
    """Return a network as JSON values: shapes with the channels last."""
    return {
        "schema": SCHEMA,
        "name": network.name,
        "input": list(network.input.list),
        "layers": [
            {
                "kind": stage.kind,
                **({"name": stage.layer.name} if stage.layer.name else {}),
                **(
                    {
                        "kernel": list(stage.window.kernel),
                        "stride": [axis.given.stride for axis in stage.window.axes],
                        "padding": [list(axis.given.pads) for axis in stage.window.axes],
                        "dilation": [axis.dilation for axis in stage.window.axes],
                    }
                    if stage.window and (stage.layer.kernel or stage.sees_all)
                    else {}
                ),
                **(
                    {"output_padding": [axis.given.output_padding for axis in stage.window.axes]}
                    if stage.window and stage.kind == "transpose"
                    else {}
                ),
                **({"norm_type": _finite(stage.layer.norm_type)} if stage.kind == "lp" else {}),
                **({"groups": stage.layer.groups} if stage.kind in CONVOLUTIONS else {}),
                **({"rate": stage.layer.rate} if stage.kind == "dropout" else {}),
                "output": list(stage.result.list),
                "parameters": stage.parameters,
                "untrained": stage.untrained,
                "multiply_adds": stage.multiply_adds,
                "receptive_field": list(network.field(number)),
            }
            for number, stage in enumerate(network.stages)
        ],
        "parameters": network.parameters,
        "untrained": network.untrained,
        "multiply_adds": network.multiply_adds,
        "notes": list(network.notes),
    }


def _finite(value: float) -> float | str:
    return "Infinity" if math.isinf(value) else value


def notes(network: Network) -> list[str]:
    """Return what is to be said beside the table: what was noted, and what is counted."""
    said = list(network.notes)
    if network.untrained:
        said.append(words.untrained(network.untrained, network.parameters))
    return said


def _body(network: Network) -> list[tuple[str, ...]]:
    total = Row(words.TOTAL, "", "", "", "", words.count(network.parameters), words.count(network.multiply_adds), "")
    return [words.HEADS, *rows(network), total]


def _text(network: Network) -> str:
    body = _body(network)
    wide = [max(len(row[column]) for row in body) for column in range(len(words.HEADS))]
    lines = [printable(network.name)]
    for row in body:
        cells = [
            cell.rjust(wide[column]) if column in RIGHT else cell.ljust(wide[column]) for column, cell in enumerate(row)
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join([*lines, *notes(network)])


def _markdown(network: Network) -> str:
    body = _body(network)
    marks = ["---:" if column in RIGHT else "---" for column in range(len(words.HEADS))]
    lines = [f"### {_escaped(printable(network.name))}", ""]
    for number, row in enumerate(body):
        bold = number == len(body) - 1
        cells = [f"**{_escaped(cell)}**" if bold and cell else _escaped(cell) for cell in row]
        lines.append(f"| {' | '.join(cells)} |")
        if not number:
            lines.append(f"| {' | '.join(marks)} |")
    return "\n".join([*lines, *(f"\n{_escaped(note)}" for note in notes(network))])


def _escaped(text: str) -> str:
    return "".join(f"\\{each}" if each in "|*_`<[\\" else each for each in text)
