"""Networks as figures: volumes to scale or compact blocks, with a legend, and as animations the shape that flows."""

from __future__ import annotations

from collections.abc import Sequence

from convviz import listing
from convviz import words_network as words
from convviz.errors import SettingError
from convviz.networks import Network
from convviz.scene import Mark, Rect, Scene
from convviz.text import measure
from convviz.theme import ThemeLike
from convviz.theme import theme as theme_of
from convviz.views.blocks import Blocks
from convviz.views.panels import DESIGNED
from convviz.views.parts import FAMILIES, fills, parts
from convviz.views.sheet import Sheet, Style
from convviz.views.volumes import Volumes

STYLES = ("volumes", "blocks")
PACE = (0.5, 1.2)  # seconds a step: there are sentences to read
MOST_NETWORKS = 4
MOST_PARTS = 120


def architecture(
    networks: Network | Sequence[Network],
    *,
    style: str = "volumes",
    theme: ThemeLike = "light",
    width: int = DESIGNED,
    title: str | None = None,
    step_seconds: float | None = None,
    hold: float | None = None,
) -> Scene:
    """Draw networks as a scene: frame by frame the shape flows through, then one value's field grows back.

    ``style``: volumes (boxes to a scale that is stated) or blocks (a row for each layer). Several networks are drawn
    in one figure, to one scale. The height follows what there is to draw, and is at least 9/16 of the ``width``.
    ``theme``, ``step_seconds`` and ``hold`` are as in `convviz.animate`. Raises `SettingError`.

    >>> from convviz import network
    >>> scene = architecture(network("lenet"))
    >>> scene.width, scene.height, len(scene.frames)
    (1120, 630, 14)
    """
    known = [networks] if isinstance(networks, Network) else list(networks)
    if not 1 <= len(known) <= MOST_NETWORKS:
        raise SettingError(f"{len(known)} networks are not drawn in one figure: use 1 to {MOST_NETWORKS}")
    if style not in STYLES:
        from difflib import get_close_matches

        near = get_close_matches(str(style).lower(), STYLES, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise SettingError(f"style {style!r} is unknown: {hint}use one of {', '.join(STYLES)}")
    count = sum(len(parts(network)) for network in known)
    if count > MOST_PARTS:
        raise SettingError(f"{count} layers are too many for a figure: use a table, or at most {MOST_PARTS}")
    colours = theme_of(theme)
    families = {part.family for network in known for part in parts(network)}
    sheet = Sheet(Style(colours, width, title, step_seconds, hold), fills(colours, families))
    return _Drawn(sheet, known, style).scene(families)


class _Drawn:
    """Puts the parts of a figure of networks together."""

    def __init__(self, sheet: Sheet, networks: Sequence[Network], style: str) -> None:
        self.sheet, self.networks, self.style = sheet, networks, style

    def scene(self, families: set[str]) -> Scene:
        """Return the scene."""
        sheet = self.sheet
        name = " · ".join(network.name for network in self.networks)
        about = " and ".join(f"{network.input} → {network.output}" for network in self.networks)
        if len(self.networks) == 1:
            about += f" · {words.totals(self.networks[0].parameters, self.networks[0].multiply_adds)}"
        heading, top = sheet.heading(name, about)
        legend, top = self._legend(families, top)
        notes = [note for network in self.networks for note in listing.notes(network)]
        foot = sheet.unit(58) + 2 * round(1.4 * sheet.type(17)) + round(1.45 * sheet.type(15)) * (len(notes) + 1)
        height = round(sheet.width * 9 / 16) - top - foot
        view: Volumes | Blocks
        if self.style == "volumes":
            view = Volumes(sheet, self.networks, height)
            notes = [words.scale(view.scale.name if any(each.input.space for each in self.networks) else ""), *notes]
        else:
            view = Blocks(sheet, self.networks, height)
            notes = [words.SHARES, *notes]
        marks, bottom = view.place(top, height)
        return sheet.scene(
            [*heading, *legend, *marks, *view.outlines()],
            list(view.moments()),
            bottom + sheet.unit(16),
            notes,
            name,
            "\n".join(_alt(network) for network in self.networks),
            self._settings(),
            PACE,
        )

    def _legend(self, families: set[str], top: int) -> tuple[list[Mark], int]:
        """Say which colour is which kind of layer; return where the rest may begin."""
        sheet, size = self.sheet, self.sheet.type(15)
        side = round(size)
        x, y = sheet.margin, top
        marks: list[Mark] = []
        for family in FAMILIES:
            if family not in families:
                continue
            said = words.FAMILIES[family]
            wide = side + sheet.unit(8) + measure(said, size)
            if x > sheet.margin and x + wide > sheet.width - sheet.margin:
                x, y = sheet.margin, y + round(1.6 * size)
            marks.append(Rect(x, y - side // 2, side, side, family, "frame", 1, tag=f"legend/{family}"))
            marks.append(sheet.text(x + side + sheet.unit(8), y, said, size, anchor="start", tag="legend"))
            x += round(wide) + sheet.unit(26)
        return marks, y + round(size) + sheet.unit(10)

    def _settings(self) -> dict[str, object]:
        style = self.sheet.style
        return {
            "schema": listing.SCHEMA,
            "networks": [listing.record(network) for network in self.networks],
            "figure": {
                "theme": style.theme.settings,
                "width": style.width,
                "style": self.style,
                **({} if style.title is None else {"title": style.title}),
            },
        }


def _alt(network: Network) -> str:
    layers = []
    for part in parts(network):
        then = f", then {', '.join(part.then())}" if part.after else ""
        kernel = f" {part.row.kernel}" if part.stage and part.stage.window else ""
        layers.append(f"{part.row.layer}{kernel} gives {part.shape}{then}" if part.stage else f"input {part.shape}")
    return words.alt_text(network.name, layers, words.totals(network.parameters, network.multiply_adds))
