"""A page of its own: one file that plays a payload, from anywhere, and asks nothing of a network."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
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

    The script is none that waits for the end of the page: what an explorer shows first stands before it, and all other
    choices after it, so that the page can be used while they are still being read.

    Scripts and styles that are not the ones in the file do not run, and nothing can be fetched: the policy in its
    head allows these two by their hashes. What a payload holds can't end the block in which it stands.
    """
    explores = "sets" in payload
    script = '\n"use strict";\n' + joined("player.mjs", *["explore.mjs"] * explores, "host.mjs")
    style = STYLE + FRAMED * framed + "\n" + styles("player.css", *["explore.css"] * explores)
    said = "" if framed else f"<noscript><p>{escape(str(payload['description']))}</p></noscript>\n"
    now, later = (payload, None) if not explores else _split(payload)
    more = "" if later is None else _data(later)
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
        f"{_data(now)}"
        f"<script>{script}</script>\n{more}</body>\n</html>\n"
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
    inner = "".join(others).replace("export default { render };", "").replace("export const", "const")
    return lean(inner + last)


def source(name: str) -> str:
    """Return a file of the front end."""
    return (files("convviz") / "page" / name).read_text(encoding="utf-8")


TOKEN = re.compile(  # of what a source of JavaScript consists
    r"""(?P<space>(?:\s|//[^\n]*|/\*.*?\*/)+)
    |(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)
    |(?P<word>[\w$#]+)
    |(?P<sign>.)""",
    re.DOTALL | re.VERBOSE,
)
PATTERN = re.compile(r"/(?!\*)(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*")


def lean(text: str) -> str:
    r"""Return a source of the front end without what only its readers need: comments, and spaces beside signs.

    A line ends where it did if it ends with a word, a value or a brace: nothing is asked of semicolons that are not
    there. Constants that follow one another are one declaration. Templates hold no templates.

    >>> lean("/* What\n   it does. */\n\nif (a) {\n  b = [\"c, d\", e - -f]; // g\n}\n// h\n")
    'if(a){b=["c, d",e- -f];}\n'
    >>> lean("{  f(/[/ \"]/g, `${a + 1} b`) / 2;\n  return /x /.test(c);\n\n}\nlet d;\n")
    '{f(/[/ "]/g,`${a + 1} b`)/2;return /x /.test(c);}\nlet d;\n'
    >>> lean("const a = 1;\nconst b = () => {\n  const c = 2;\n  f(c);\n  const d = 3;\n};\nconst [e] = g;")
    'const a=1,b=()=>{const c=2;f(c);const d=3;},[e]=g;\n'
    """
    found: list[str] = []
    within = [False]  # for each block that is open: whether the statement that was read last declares constants
    starts = True  # a statement
    for before, space, each in _tokens(text.strip()):
        if starts and each == "const" and before == ";" and within[-1]:
            found[-1], starts = ",", False  # one declaration of both
            continue
        if starts and each.isalnum():
            within[-1] = each == "const"
        spaced = space and before and not (before == "const" and found[-1] == ",")
        found += [_between(before, each, "\n" in space) if spaced else "", each]
        starts = each in ("{", "}", ";")
        if each in "([{":
            within.append(False)
        elif each in ")]}":
            within.pop()
    return "".join(found) + "\n"


def _tokens(text: str) -> Iterator[tuple[str, str, str]]:
    """Go through a source: the token before, the space and the comments between, and a token."""
    at, before, space = 0, "", ""
    while at < len(text):
        divides = before not in ("", "return") and before not in "=(,:?&|!>{};["  # a slash, after a value
        match = (not divides and PATTERN.match(text, at)) or TOKEN.match(text, at)
        assert match is not None, at
        at = match.end()
        if match.lastgroup == "space":
            space = match[0]
            continue
        yield before, space, match[0]
        before, space = match[0], ""


def _between(before: str, after: str, ends: bool) -> str:
    """Return what has to stay of the space between two tokens; ``ends``: whether a line ends there."""
    if ends and before in "})]" and after not in "})].,;:?":
        return "\n"
    last, first = before[-1], after[0]
    if last in "+-" and first == last:
        return " "
    if ends:
        return "" if before in "{([,;:?&|=>+-*" or after[0] in "})].,:?&|" else "\n"
    words = re.compile(r"[\w$#]")
    return " " if words.match(last) and (words.match(first) or (before == "return" and first == "/")) else ""


def lean_style(text: str) -> str:
    """Return a style sheet without what only its readers need.

    >>> lean_style(".a > .b { c: d; }")
    '.a > .b{c:d}'
    """
    text = re.sub(r"\s*([{};])\s*", r"\1", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL).strip())
    return re.sub(r"([{;][a-z-]+):\s+", r"\1:", text).replace(";}", "}")


def _data(value: Mapping[str, Any]) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return f'<script type="application/json">{text.replace("<", chr(92) + "u003c")}</script>\n'


def _split(explorer: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Part an explorer's payload in what is seen at first, and the rest."""
    later = {name: explorer[name] for name in ("parts", "texts", "lines")}
    later["sets"] = [{name: each[name] for name in ("columns", "refused")} for each in explorer["sets"]]
    sets = [{name: each[name] for name in each if name not in ("columns", "refused")} for each in explorer["sets"]]
    return {name: explorer[name] for name in explorer if name not in later} | {"sets": sets}, later


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
