"""An index of figures as a page: each with its caption, its formulas, and the lines that make it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

from convviz.formulas import latex, mathml
from convviz.write.flip import digest
from convviz.write.html import lean_style, source

ROLES = ("ground", "ink", "muted", "grid", "lit", "input")  # of the theme, which the page takes its colours from
CONTENTS, FILES, IN_WORDS, LATEX = "Contents", "Files", "In words", "LaTeX"
KINDS = {".gif": "GIF", ".png": "still", ".html": "page"}


class Shown(NamedTuple):
    """A picture: its file, a still for those who want no motion (or none), its words and its size."""

    file: str
    still: str
    alt: str
    width: int
    height: int


class Entry(NamedTuple):
    """A figure: its name, heading and caption, its pictures, formulas, lines to copy, and its steps in words."""

    name: str
    title: str
    caption: str
    pictures: Sequence[Shown]
    formulas: Sequence[str]
    lines: Mapping[str, str]
    told: str


def document(title: str, introduction: str, sections: Mapping[str, Sequence[Entry]], palette: Mapping[str, str]) -> str:
    """Return the page. It runs no script, and loads nothing but the pictures beside it."""
    colours = "".join(f"--{role}:{palette[role]};" for role in ROLES)
    style = f":root{{{colours}color-scheme:{'dark' if _is_dark(palette['ground']) else 'light'}}}\n"
    style += lean_style(source("index.css"))
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest(style)}'; img-src 'self' file: data:; "
        "base-uri 'none'; form-action 'none'"
    )
    contents = "".join(
        f'<li><a href="#{_anchor(heading)}">{escape(heading)}</a><ul>'
        + "".join(f'<li><a href="#{entry.name}">{escape(entry.title)}</a></li>' for entry in entries)
        + "</ul></li>"
        for heading, entries in sections.items()
    )
    parts = "".join(
        f'<section aria-labelledby="{_anchor(heading)}">\n<h2 id="{_anchor(heading)}">{escape(heading)}</h2>\n'
        + "\n".join(map(_article, entries))
        + "\n</section>\n"
        for heading, entries in sections.items()
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<link rel="icon" href="data:,">\n'
        f"<title>{escape(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n"
        f"<header><h1>{escape(title)}</h1>\n<p>{escape(introduction)}</p></header>\n"
        f'<nav aria-label="{CONTENTS}"><ul>{contents}</ul></nav>\n<main>\n{parts}</main>\n</body>\n</html>\n'
    )


def _article(entry: Entry) -> str:
    pictures = "\n".join(map(_picture, entry.pictures))
    formulas = "".join(
        f'<div class="formula">{mathml(formula, block=True)}'
        f'<details><summary>{LATEX}</summary><pre tabindex="0"><code>{escape(latex(formula))}</code></pre></details>'
        "</div>"
        for formula in entry.formulas
    )
    lines = "".join(
        f"<details{' open' if number == 0 else ''}><summary>{escape(name)}</summary>"
        f'<pre tabindex="0"><code>{escape(text)}</code></pre></details>'
        for number, (name, text) in enumerate(entry.lines.items())
    )
    files = " · ".join(
        f'<a href="{entry.name}{suffix}">{kind}<span class="words-only"> {escape(entry.title)}</span></a>'
        for suffix, kind in KINDS.items()
    )
    return (
        f'<article id="{entry.name}" aria-labelledby="{entry.name}-title">\n'
        f'<h3 id="{entry.name}-title">{escape(entry.title)}</h3>\n'
        f"<figure>{pictures}\n<figcaption>{escape(entry.caption)}</figcaption></figure>\n"
        f'<p class="files">{FILES}: {files}</p>\n{formulas}\n<div class="lines">{lines}'
        f'<details><summary>{IN_WORDS}</summary><p class="told">{escape(entry.told)}</p></details></div>\n</article>'
    )


def _picture(shown: Shown) -> str:
    still = f'<source media="(prefers-reduced-motion: reduce)" srcset="{escape(shown.still)}">' if shown.still else ""
    return (
        f'<picture>{still}<img src="{escape(shown.file)}" alt="{escape(shown.alt)}" width="{shown.width}" '
        f'height="{shown.height}" loading="lazy"></picture>'
    )


def _anchor(heading: str) -> str:
    return "part-" + re.sub(r"\W+", "-", heading.lower())


def _is_dark(colour: str) -> bool:
    red, green, blue = bytes.fromhex(colour[1:])
    return 0.299 * red + 0.587 * green + 0.114 * blue < 128
