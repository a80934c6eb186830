"""A page of its own: one file that plays a payload, from anywhere, and asks nothing of a network."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from html import escape
from importlib.resources import files
from typing import Any, BinaryIO

STYLE = "html,body{margin:0;height:100%}main{height:100%;height:100dvh}"
FRAMED = ".cv-root.cv-root.cv-root.cv-root{font-size:14px}"


def write(payload: Mapping[str, Any], file: BinaryIO) -> None:
    """Write the page of a payload, or of an explorer: see `convviz.views.page` and `convviz.views.explorer`."""
    file.write(document(payload).encode())


def document(payload: Mapping[str, Any], *, framed: bool = False) -> str:
    """Return the page: the player, its style and what it plays; ``framed``: in smaller type, over a picture.

    Scripts and styles that are not the ones in the file do not run, and nothing can be fetched: the policy in its
    head allows these two by their hashes. What a payload holds can't end the block in which it stands.
    """
    explores = "sets" in payload
    script = "\n" + joined("player.mjs", *["explore.mjs"] * explores, "host.mjs")
    style = STYLE + FRAMED * framed + "\n" + styles("player.css", *["explore.css"] * explores)
    said = "" if framed else f"<noscript><p>{escape(str(payload['description']))}</p></noscript>\n"
    data = json.dumps(payload, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    policy = (
        "default-src 'none'; "
        f"script-src 'sha256-{_digest(script)}'; style-src 'sha256-{_digest(style)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    return (
        "<!doctype html>\n"
        '<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<link rel="icon" href="data:,">\n'
        f"<title>{escape(str(payload['title']))}</title>\n"
        f'<meta name="description" content="{escape(str(payload["description"]))}">\n'
        f"<style>{style}</style>\n</head>\n<body>\n<main></main>\n{said}"
        f'<script type="application/json">{data.replace("<", chr(92) + "u003c")}</script>\n'
        f'<script type="module">{script}</script>\n</body>\n</html>\n'
    )


def module() -> str:
    """Return the front-end module of a live widget, its style included, as anywidget takes it."""
    style = json.dumps(styles("player.css", "explore.css"), ensure_ascii=False)
    return f"const STYLE = {style};\n{joined('player.mjs', 'explore.mjs', 'widget.mjs')}"


def styles(*names: str) -> str:
    """Return styles of the front end as one."""
    return lean_style("".join(map(source, names)))


def joined(*names: str) -> str:
    """Return files of the front end as one: of scripts, the last says what a host gets."""
    *others, last = map(source, names)
    return lean("".join(each.replace("export default { render };", "") for each in others) + last)


def source(name: str) -> str:
    """Return a file of the front end."""
    return (files("convviz") / "page" / name).read_text(encoding="utf-8")


def lean(text: str) -> str:
    r"""Return a source of the front end without what only its readers need.

    That is its indentation, the comments that have lines of their own, and, in lines of code that hold nothing but
    code and plain texts, the spaces beside signs (never beside + and −: ``a - -b``).

    >>> lean("/* What\n   it does. */\n\nif (a) {\n  b = [\"c, d\", e - -f]; // g\n}\n// h\n")
    'if(a){\nb = ["c, d", e - -f]; // g\n}\n'
    >>> lean("  b = [\"c, d\", e - -f];")
    'b=["c, d",e - -f];\n'
    """
    text = re.sub(r"^[ ]*/\*.*?\*/[ ]*$", "", text, flags=re.DOTALL | re.MULTILINE)
    lines = (line.strip() for line in text.splitlines())
    return "".join(f"{_squeezed(line)}\n" for line in lines if line and not line.startswith("// "))


def lean_style(text: str) -> str:
    """Return a style sheet without what only its readers need.

    >>> lean_style(".a > .b { c: d; }")
    '.a > .b{c: d;}'
    """
    return re.sub(r"\s*([{};])\s*", r"\1", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL).strip())


def _squeezed(line: str) -> str:
    if not {"`", "/", "'"}.isdisjoint(line):
        return line  # there may be a pattern, a template or a comment in it
    parts = re.split(r'("[^"]*")', line)
    return "".join(part if part[:1] == '"' else re.sub(r" ?([{}()\[\];,:=<>?&|!*]+) ?", r"\1", part) for part in parts)


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
