"""An SVG of one step: every mark an element, text as text."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO, assert_never
from xml.sax.saxutils import escape, quoteattr

from PIL import Image as Picture

from convviz.scene import Image, Line, Mark, Points, Polygon, Rect, Scene, Text, ramp_colours
from convviz.write.embed import embedded

SANS = "DejaVu Sans, Verdana, sans-serif"
MONO = "DejaVu Sans Mono, Menlo, Consolas, monospace"


def write(scene: Scene, file: BinaryIO, step: int, tick: Callable[[int], None]) -> None:
    """Write frame ``step``."""
    for line in lines(scene, step):
        file.write(line.encode() + b"\n")


def lines(scene: Scene, step: int) -> Iterator[str]:
    """Return the document line by line."""
    palette = scene.palette
    marks = list(scene.at(step))
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {scene.width} {scene.height}" '
        f'width="{scene.width}" height="{scene.height}" role="img" aria-labelledby="title desc">'
    )
    yield f'<title id="title">{escape(_clean(scene.title))}</title>'
    yield f'<desc id="desc">{escape(_clean(scene.description))}</desc>'
    yield f"<metadata>{escape(embedded(scene).decode())}</metadata>"
    yield from hatching(marks, scene)
    yield f'<rect width="{scene.width}" height="{scene.height}" fill="{palette["ground"]}"/>'
    yield from elements(marks, scene)
    yield "</svg>"


def hatching(marks: Iterable[Mark], scene: Scene) -> Iterator[str]:
    """Return the patterns that marks are hatched with."""
    hatches = sorted({(mark.hatch, mark.back) for mark in marks if isinstance(mark, Rect) and mark.hatch})
    if hatches:
        size = scene.hatch
        yield "<defs>"
        for role, back in hatches:
            path = (
                f"M-1,-1 L{size + 1},{size + 1}"
                if back
                else f"M-1,1 L1,-1 M0,{size} L{size},0 M{size - 1},{size + 1} L{size + 1},{size - 1}"
            )
            yield (
                f'<pattern id="{_hatch(role, back)}" width="{size}" height="{size}" patternUnits="userSpaceOnUse">'
                f'<path d="{path}" stroke="{scene.palette[role]}" stroke-width="1.4"/></pattern>'
            )
        yield "</defs>"


def elements(marks: Iterable[Mark], scene: Scene) -> Iterator[str]:
    """Return the elements of marks, in their order."""
    for mark in marks:
        match mark:
            case Rect():
                yield from _rect(mark, scene)
            case Text():
                yield _text(mark, scene)
            case Image():
                yield _image(mark, scene)
            case Line():
                yield _line(mark, scene)
            case Polygon():
                yield _polygon(mark, scene)
            case _:
                assert_never(mark)


def _rect(mark: Rect, scene: Scene) -> Iterator[str]:
    box = f'x="{mark.x}" y="{mark.y}" width="{mark.width}" height="{mark.height}"'
    tag = f" data-tag={quoteattr(mark.tag)}" if mark.tag else ""
    fill = scene.palette[mark.fill] if mark.fill else "none"
    radius = f' rx="{mark.radius}"' if mark.radius else ""
    stroke = ""
    if mark.stroke:
        stroke = f' stroke="{scene.palette[mark.stroke]}" stroke-width="{mark.thickness}"'
        if mark.thickness % 2:  # odd lines cover whole pixels, as in the raster
            stroke += ' transform="translate(.5 .5)"'
    if mark.hatch:
        yield f'<rect {box} fill="{fill}"{tag}/>'
        yield f'<rect {box} fill="url(#{_hatch(mark.hatch, mark.back)})"/>'
        if stroke:
            yield f'<rect {box} fill="none"{stroke}/>'
        return
    yield f'<rect {box}{radius} fill="{fill}"{stroke}{tag}/>'


def _text(mark: Text, scene: Scene) -> str:
    weight = ' font-weight="700"' if mark.bold else ""
    tag = f" data-tag={quoteattr(mark.tag)}" if mark.tag else ""
    length = f' textLength="{_short(mark.length)}"' if len(mark.string) > 1 else ""
    anchor = "" if mark.anchor == "start" else f' text-anchor="{mark.anchor}"'
    return (
        f'<text x="{_short(mark.x)}" y="{_short(mark.y)}" font-family="{MONO if mark.mono else SANS}" '
        f'font-size="{_short(mark.size)}"{weight}{anchor}{length} fill="{scene.palette[mark.role]}" '
        f'xml:space="preserve"{tag}>{escape(_clean(mark.string))}</text>'
    )


def _image(mark: Image, scene: Scene) -> str:
    picture = Picture.fromarray(ramp_colours(scene.ramps[mark.ramp], 256)[mark.levels])
    data = io.BytesIO()
    picture.save(data, "PNG", optimize=True)
    tag = f" data-tag={quoteattr(mark.tag)}" if mark.tag else ""
    shown = base64.b64encode(data.getvalue()).decode()
    return (
        f'<image x="{mark.x}" y="{mark.y}" width="{mark.width}" height="{mark.height}" preserveAspectRatio="none" '
        f'style="image-rendering:pixelated" href="data:image/png;base64,{shown}"{tag}/>'
    )


def _line(mark: Line, scene: Scene) -> str:
    dash = f' stroke-dasharray="{" ".join(map(_short, mark.dash))}"' if mark.dash else ""
    tag = f" data-tag={quoteattr(mark.tag)}" if mark.tag else ""
    return (
        f'<polyline points="{_points(mark)}" fill="none" stroke="{scene.palette[mark.role]}" '
        f'stroke-width="{_short(mark.thickness)}" stroke-linejoin="round"{dash}{tag}/>'
    )


def _polygon(mark: Polygon, scene: Scene) -> str:
    fill = scene.palette[mark.fill] if mark.fill else "none"
    stroke = ""
    if mark.stroke:
        width = _short(mark.thickness)
        stroke = f' stroke="{scene.palette[mark.stroke]}" stroke-width="{width}" stroke-linejoin="round"'
    tag = f" data-tag={quoteattr(mark.tag)}" if mark.tag else ""
    return f'<polygon points="{_points(mark)}" fill="{fill}"{stroke}{tag}/>'


def _points(mark: Points) -> str:
    return " ".join(f"{_short(x)},{_short(y)}" for x, y in mark.points)


def _hatch(role: str, back: bool) -> str:
    return role.replace(" ", "-") + ("-back" if back else "")


def _short(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _clean(text: str) -> str:
    """Leave out what XML cannot hold."""
    return "".join(each for each in text if each >= " " or each in "\t\n")
