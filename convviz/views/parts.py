"""What of a network is drawn: its volumes and vectors, what leads to each, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from convviz import listing
from convviz import words_network as words
from convviz.networks import ADAPTIVE, POOLS, Network, Shape, Stage
from convviz.theme import Theme

NONE = ""
FACES = {"": 0.0, " top": -0.12, " side": 0.14}  # how much more of its colour a face has than the front
GREY = {"input": 0.0, "conv": 0.34, "pool": 0.12, "dense": 0.22, "other": 0.06}  # of the ink, where a theme has no hues
REGION = "region"  # the role of what one value comes of
HUES = 24  # of 255: a colour whose parts are less apart is grey
FAMILIES = {  # which roles of a theme a kind of layer is coloured by, and which kinds these are
    "input": ("group 1", ("input",)),
    "conv": ("group 0", listing.CONVOLUTIONS),
    "pool": ("group 2", (*POOLS, *ADAPTIVE, "global-max", "global-avg")),
    "dense": ("group 3", ("dense",)),
    "other": ("muted", ()),
}
TINTS = {"input": 0.2, "conv": 0.2, "pool": 0.24, "dense": 0.2, "other": 0.12}  # of a family's colour on the ground


class Part(NamedTuple):
    """A shape in the network: the stage that makes it (−1 and None: the input), and what then only changes values."""

    network: Network
    number: int
    stage: Stage | None
    row: listing.Row
    after: tuple[Stage, ...] = ()

    @property
    def shape(self) -> Shape:
        """What it is."""
        return self.stage.result if self.stage else self.network.input

    @property
    def kind(self) -> str:
        """What kind of layer makes it."""
        return self.stage.kind if self.stage else "input"

    @property
    def family(self) -> str:
        """Which colour it has."""
        return next((name for name, (_, kinds) in FAMILIES.items() if self.kind in kinds), "other")

    def cells(self, *, brief: bool) -> dict[str, str]:
        """Return what is written of it, by the name of the row; numbers ``brief`` or whole."""
        stage, write = self.stage, words.brief if brief else words.count
        if stage is None:
            return {"layer": words.INPUT, "output": str(self.shape)}
        row = self.row
        window = stage.window is not None and stage.kind not in (*ADAPTIVE, "global-max", "global-avg")
        found = {
            "layer": words.short(stage.kind),
            "kernel": row.kernel if window else NONE,
            "stride": row.stride if window else NONE,
            "padding": row.padding if window else NONE,
            "output": row.output,
            "parameters": write(stage.parameters) if stage.parameters else NONE,
            "multiply-adds": write(stage.multiply_adds) if stage.multiply_adds else NONE,
            "receptive field": row.field if row.field != words.NOTHING else NONE,
        }
        for name, value in zip(("more", "more 2"), words.details(listing.label(stage)), strict=False):
            found[name] = value
        return found

    def then(self) -> list[str]:
        """Return what follows that changes no shape."""
        said = []
        for stage in self.after:
            more = f" +{words.count(stage.parameters)}" if stage.parameters else ""
            said.append(listing.label(stage) + more)
        return said


def parts(network: Network) -> list[Part]:
    """Return the input and every layer that makes another shape, with what follows it.

    >>> from convviz.networks import network
    >>> [(part.kind, str(part.shape), part.then()) for part in parts(network("lenet"))][:3]
    [('input', '28×28×1', []), ('conv', '28×28×6', ['sigmoid']), ('avg', '14×14×6', [])]
    """
    rows = listing.rows(network)
    found = [Part(network, -1, None, rows[0])]
    for number, stage in enumerate(network.stages):
        if stage.pointwise:
            found[-1] = found[-1]._replace(after=(*found[-1].after, stage))
        else:
            found.append(Part(network, number, stage, rows[number + 1]))
    return found


def fills(theme: Theme, families: set[str]) -> dict[str, str]:
    """Return the roles of the faces of boxes, with their colours: mixed of the theme's own."""
    colours = {family: theme.palette[role] for family, (role, _) in FAMILIES.items() if family in families}
    grey = all(max(parts) - min(parts) < HUES for parts in (bytes.fromhex(each[1:]) for each in colours.values()))
    found = {}
    for family, colour in colours.items():
        ink, part = (theme.palette["ink"], GREY[family]) if grey else (colour, TINTS[family])
        for face, more in FACES.items():
            found[family + face] = mixed(theme.palette["ground"], ink, max(0.0, part + more))
    return {**found, REGION: mixed(theme.palette["ground"], theme.palette["tap"], 0.5)}


def mixed(one: str, other: str, part: float) -> str:
    """Return a colour between two.

    >>> mixed("#000000", "#FF8000", 0.5)
    '#804000'
    """
    a, b = (bytes.fromhex(colour[1:]) for colour in (one, other))
    return "#" + "".join(f"{round(x + (y - x) * part):02X}" for x, y in zip(a, b, strict=True))


def steps(part: Part) -> Iterator[str]:
    """Yield what is said when the flow comes to a part: how its shape and its numbers come about."""
    stage = part.stage
    if stage is None:
        yield words.input_line(part.shape.list, part.shape.size)
        return
    said = listing.label(stage)
    then = ", ".join(part.then())
    if stage.window is not None and stage.kind in ADAPTIVE:
        yield words.bins_line(said, stage.window, str(stage.result), then)
    elif stage.window is not None:
        yield words.shape_line(said, stage.window, str(stage.result), then)
    elif stage.kind == "flatten":
        yield words.flatten_line(stage.source.list, stage.result.size, then)
    else:
        yield words.dense_line(said, stage.source.channels, stage.result.channels, then)
    if stage.kind in listing.CONVOLUTIONS and stage.window is not None:
        filters, groups, kernel = stage.result.channels, stage.layer.groups, stage.window.kernel
        taps = (stage.source.channels // groups, *kernel)
        factors = (*stage.result.list, *taps)
        if stage.kind == "transpose":
            factors = (*stage.source.list, filters // groups, *kernel)
        numbers = stage.parameters, stage.multiply_adds
        yield words.conv_numbers(filters, taps, factors, numbers, bias=stage.layer.bias)
    elif stage.kind == "dense":
        numbers = stage.parameters, stage.multiply_adds
        yield words.dense_numbers(stage.source.channels, stage.result.channels, numbers, bias=stage.layer.bias)
    else:
        yield words.NO_PARAMETERS
