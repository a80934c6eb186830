"""A scene as a page to step through: every frame is in it once, as what settles and what moves."""

from __future__ import annotations

import base64
import hashlib
import json
from html import escape
from typing import BinaryIO

from convviz.page_words import WORDS
from convviz.scene import Scene
from convviz.write.html import lean, lean_style, source
from convviz.write.svg import elements, hatching

ROLES = ("ground", "ink", "muted")  # that the page around the figure takes from its theme


def write(scene: Scene, file: BinaryIO) -> None:
    """Write the page of a scene."""
    file.write(document(scene).encode())


def document(scene: Scene) -> str:
    """Return the page. Without scripts the last frame is shown; nothing can be fetched, nor any other script run."""
    script = "\n" + lean(source("flip.mjs"))
    colours = "".join(f"--{role}:{scene.palette[role]};" for role in ROLES)
    style = f":root{{{colours}}}\n" + lean_style(source("flip.css"))
    data = {name: WORDS[name] for name in ("step", "play", "pause")}
    data |= {"seconds": [round(frame.seconds, 3) for frame in scene.frames]}  # type: ignore[dict-item]
    policy = (
        f"default-src 'none'; script-src 'sha256-{digest(script)}'; style-src 'sha256-{digest(style)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    buttons = "".join(
        f'<button type="button">{escape(WORDS[name])}</button>' for name in ("first", "previous", "play", "next")
    )
    count = len(scene.frames)
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<link rel="icon" href="data:,">\n'
        f"<title>{escape(scene.title)}</title>\n<style>{style}</style>\n</head>\n<body>\n<main>\n"
        f'<h1 class="words-only">{escape(scene.title)}</h1>\n{drawing(scene)}\n'
        f'<div class="bar" hidden>{buttons}<input type="range" min="1" max="{count}" value="{count}" '
        f'aria-label="{escape(WORDS["scrub"])}"><output aria-hidden="true"></output></div>\n'
        f'<p class="words">{escape(scene.description)}</p>\n</main>\n'
        f'<script type="application/json">{json.dumps(data).replace("<", chr(92) + "u003c")}</script>\n'
        f'<script type="module">{script}</script>\n</body>\n</html>\n'
    )


def drawing(scene: Scene) -> str:
    """Return the figure: the base, what settles frame by frame, and above it what moves in each frame."""
    frames = list(scene.frames)
    last = len(frames) - 1
    marks = [*scene.base, *(mark for frame in frames for mark in (*frame.settled, *frame.moving))]
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {scene.width} {scene.height}" role="img" '
        'aria-labelledby="figure-title">',
        f'<title id="figure-title">{escape(scene.title)}</title>',
        *hatching(marks, scene),
        f'<rect width="{scene.width}" height="{scene.height}" fill="{scene.palette["ground"]}"/>',
        *elements(scene.base, scene),
    ]
    for number, frame in enumerate(frames):
        if frame.settled:
            lines += [f'<g data-from="{number}">', *elements(frame.settled, scene), "</g>"]
    for number, frame in enumerate(frames):
        hidden = "" if number == last else " hidden"
        lines += [f'<g data-at="{number}"{hidden}>', *elements(frame.moving, scene), "</g>"]
    return "\n".join([*lines, "</svg>"])


def digest(text: str) -> str:
    """Return the hash by which a policy names a script or a style."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
