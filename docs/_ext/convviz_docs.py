"""What the documentation adds to Sphinx: pictures made by the lines shown, formulas, the commands, the gallery.

A line is run once for a state of the sources: what it made, and its words, are kept in ``_figures`` of the output.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import shlex
import sys
from contextlib import chdir
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, ClassVar
from unittest.mock import patch

import typer
from docutils import nodes
from docutils.parsers.rst import directives
from docutils.parsers.rst.states import Inliner
from PIL import Image
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

import convviz
from convviz import gallery
from convviz.cli import main
from convviz.cli.app import app as command_line
from convviz.formulas import latex, mathml

SOURCES = Path(convviz.__file__).parent
FOLDER = "_figures"
THEMES = ("light", "dark")
EXTERNAL = re.compile(r"<(?:script|link|img|iframe|source|video)\b[^>]*\b(?:src|href|srcset)=[\"'](?:https?:)?//[^>]*>")


class Made:
    """The folder of pictures: what has been made, by which line, in which state of the sources."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.list = folder / "made.json"
        self.known: dict[str, dict[str, str]] = json.loads(self.list.read_text()) if self.list.exists() else {}

    def make(self, line: str, *files: str) -> str:
        """Run a line for all files of one picture, if they are not there, and return what it shows in words."""
        words = [*shlex.split(line), "--alt", "-q", *(word for file in files for word in ("-o", file))]
        key = hashlib.sha256(state().digest() + shlex.join(words).encode()).hexdigest()
        known = self.known.get(files[0])
        if known is None or known["key"] != key or not all((self.folder / file).exists() for file in files):
            self.folder.mkdir(parents=True, exist_ok=True)
            known = self.known[files[0]] = {"key": key, "alt": run(words, self.folder)}
            self.list.write_text(json.dumps(self.known))
        return known["alt"]


@cache
def state() -> hashlib._Hash:
    """Return a hash of all that the pages are made with: convviz, and this."""
    found = hashlib.sha256(Path(__file__).read_bytes())
    for path in sorted(SOURCES.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            found.update(path.read_bytes())
    return found


MADE: dict[Any, Made] = {}  # of each build, by the folder of its output


def run(words: list[str], folder: Path) -> str:
    """Run a command line in this process, in a folder, and return what it prints."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    with chdir(folder), patch.multiple(sys, argv=["convviz", *words], stdout=out, stderr=err):
        try:
            main()
        except SystemExit as end:
            if end.code:
                raise ExtensionError(f"convviz {shlex.join(words)}: {err.buffer.getvalue().decode()}") from None
    return out.buffer.getvalue().decode().strip()


class Pictured(SphinxDirective):
    """What shows pictures."""

    @property
    def made(self) -> Made:
        """The folder of pictures of this build."""
        return MADE[self.env.app.outdir]

    def place(self, file: str) -> str:
        """Return where a picture is, from the page in hand."""
        return "../" * self.env.docname.count("/") + f"{FOLDER}/{file}"

    def picture(self, line: str, name: str, suffix: str, *, lazy: bool = True) -> str:
        """Return the HTML of a picture in both themes; who wants no motion sees its last step."""
        shown = []
        for theme in THEMES:
            file = name if theme == "light" else f"{name}-{theme}"
            moving = suffix == ".gif"
            files = [file + suffix, *([file + ".png"] if moving else [])]
            own = "--theme" in line
            alt = self.made.make(line if own or theme == "light" else f"{line} --theme {theme}", *files)
            width, height = size(self.made.folder / (file + (".png" if moving else suffix)))
            still = (
                f'<source media="(prefers-reduced-motion: reduce)" srcset="{self.place(file)}.png">' if moving else ""
            )
            shown.append(
                f'<picture class="{"" if own else f"only-{theme}"}">{still}<img src="{self.place(file)}{suffix}" '
                f'alt="{escape(alt)}" width="{width}" height="{height}"{" loading=lazy" if lazy else ""}></picture>'
            )
            if own:
                break
        return "".join(shown)


def size(path: Path) -> tuple[int, int]:
    """Return the width and height of a picture."""
    if path.suffix == ".svg":
        found = re.search(r'viewBox="0 0 (\d+) (\d+)"', path.read_text(encoding="utf-8"))
        return (int(found[1]), int(found[2])) if found else (1120, 630)
    with Image.open(path) as picture:
        return picture.size


class Figure(Pictured):
    """``{figure-of} conv --stride 2``: the picture that a line makes, its caption, and the line."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec: ClassVar = {
        "name": directives.unchanged_required,
        "suffix": directives.unchanged,
        "live": directives.flag,
        "code": directives.flag,
        "eager": directives.flag,
    }

    def run(self) -> list[nodes.Node]:
        line = " ".join(self.arguments[0].split())
        name = self.options.get("name") or re.sub(r"\W+", "-", line).strip("-").lower()
        suffix = self.options.get("suffix", ".gif")
        figure = nodes.container(classes=["cv-figure"])
        if "live" in self.options:
            suffix = ".html"
            self.made.make(line, f"{name}.html")
            frame = (
                f'<iframe class="cv-live" src="{self.place(name)}.html" loading="lazy" '
                f'title="{escape("Live: convviz " + line)}"></iframe>'
                f'<p class="cv-alone"><a href="{self.place(name)}.html">Open this page alone</a></p>'
            )
            figure += nodes.raw("", frame, format="html")
        else:
            html = self.picture(line, name, suffix, lazy="eager" not in self.options)
            figure += nodes.raw("", html, format="html")
        if self.content:
            caption = nodes.container(classes=["cv-caption"])
            self.state.nested_parse(self.content, self.content_offset, caption)
            figure += caption
        typed = f"convviz {line} -o {name}{suffix}"
        figure += nodes.literal_block(typed, typed, language="sh", classes=["cv-line"])
        if "code" in self.options:
            for framework, spelled in (("Keras", "keras"), ("PyTorch", "torch")):
                text = run([*shlex.split(line), "--code", spelled, "-q"], self.made.folder)
                figure += nodes.raw("", f"<details class=cv-code><summary>In {framework}</summary>", format="html")
                figure += nodes.literal_block(text, text, language="python")
                figure += nodes.raw("", "</details>", format="html")
        return [figure]


class Gallery(Pictured):
    """``{gallery-of} Convolution arithmetic``: the pictures of a group, each with its name and its line."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        shown = []
        for name, picture in gallery.GROUPS[self.arguments[0]].items():
            html = self.picture(f"{picture.line} {picture.figure}".strip(), f"gallery-{name}", picture.suffix)
            shown.append(
                f'<figure id="{name}">{html}<figcaption><p><strong>{name}</strong><br>{escape(picture.caption)}</p>'
                f"<pre><code>{escape(gallery.command(name))}</code></pre></figcaption></figure>"
            )
        return [nodes.raw("", f'<div class="cv-gallery">{"".join(shown)}</div>', format="html")]


class Display(SphinxDirective):
    """``{formula} ⌊n/s⌋``: a formula on a line of its own, with its LaTeX to copy."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        text = " ".join(self.arguments[0].split())
        html = (
            f'<div class="cv-formula">{mathml(text, block=True)}<details><summary>LaTeX</summary>'
            f"<pre><code>{escape(latex(text))}</code></pre></details></div>"
        )
        return [nodes.raw("", html, format="html")]


def formula(
    name: str, raw: str, text: str, lineno: int, inliner: Inliner, options: Any = None, content: Any = None
) -> tuple[list[nodes.Node], list[nodes.system_message]]:
    """Show a formula in a line."""
    return [nodes.raw("", mathml(text), format="html")], []


class Commands(SphinxDirective):
    """``{commands}``: every command with its arguments and options, from the objects that read them."""

    def run(self) -> list[nodes.Node]:
        root = typer.main.get_command(command_line(""))
        found: list[nodes.Node] = []
        for name, command in root.commands.items():  # type: ignore[attr-defined]
            below = getattr(command, "commands", None)
            if below is None:
                found.append(self.section(f"convviz {name}", command))
                continue
            section = self.heading(f"convviz {name}", command)
            section += [self.section(f"convviz {name} {each}", inner) for each, inner in below.items()]
            found.append(section)
        return found

    def heading(self, called: str, command: Any) -> nodes.section:
        section = nodes.section(ids=[called.replace(" ", "-")], names=[called])
        section += nodes.title("", "", nodes.literal("", called))
        for part in re.split(r"\n\s*\n", command.help or ""):
            section += nodes.paragraph("", " ".join(part.split()))
        return section

    def section(self, called: str, command: Any) -> nodes.section:
        section = self.heading(called, command)
        example = re.sub(r"^Example:\s*", "", command.epilog or "")
        if example:
            section += nodes.literal_block(example, example, language="sh")
        panels: dict[str, list[tuple[str, str, str]]] = {}
        for parameter in command.params:
            if getattr(parameter, "hidden", False):
                continue
            takes = parameter.metavar or ""
            if parameter.param_type_name == "argument":
                row = (takes or parameter.name.upper(), "", parameter.help or "")
                panels.setdefault("Arguments", []).append(row)
            else:
                panel = getattr(parameter, "rich_help_panel", None) or "Options"
                spelled = ", ".join([*parameter.opts, *parameter.secondary_opts])
                panels.setdefault(panel, []).append((spelled, takes, parameter.help or ""))
        for panel, rows in panels.items():
            section += nodes.rubric("", panel)
            section += options_table(rows)
        return section


def options_table(rows: list[tuple[str, str, str]]) -> nodes.raw:
    """Return options as a table: spelling, what it takes, what it does."""
    lines = "".join(
        f'<tr><th scope="row"><code>{escape(spelled).replace(", ", "</code> <code>")}</code>'
        f"{f' <var>{escape(takes)}</var>' if takes else ''}</th>"
        f"<td>{escape(' '.join(said.split()))}</td></tr>"
        for spelled, takes, said in rows
    )
    return nodes.raw("", f'<table class="cv-options docutils"><tbody>{lines}</tbody></table>', format="html")


def begin(app: Sphinx) -> None:
    """Open the folder of pictures."""
    MADE[app.outdir] = Made(Path(app.outdir) / FOLDER)


def accessible(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Mend what the theme leaves out: blocks that scroll can be reached by key, headings have a level."""
    if "body" in context:
        context["body"] = context["body"].replace("<pre>", '<pre tabindex="0">')
    if "furo_navigation_tree" in context:
        tree = str(context["furo_navigation_tree"])
        context["furo_navigation_tree"] = tree.replace('role="heading"', 'role="heading" aria-level="2"')


def offline(app: Sphinx, problem: Exception | None) -> None:
    """Refuse pages that would fetch something from elsewhere."""
    if problem is not None:
        return
    for page in Path(app.outdir).rglob("*.html"):
        if found := EXTERNAL.search(page.read_text(encoding="utf-8")):
            raise ExtensionError(f"{page.relative_to(app.outdir)} fetches from elsewhere: {found[0]}")


def setup(app: Sphinx) -> dict[str, Any]:
    """Tell Sphinx what there is."""
    app.add_config_value("convviz_state", state().hexdigest(), "env")  # pages are read anew when it changes
    app.add_directive("figure-of", Figure)
    app.add_directive("gallery-of", Gallery)
    app.add_directive("formula", Display)
    app.add_directive("commands", Commands)
    app.add_role("formula", formula)
    app.connect("builder-inited", begin)
    app.connect("html-page-context", accessible, priority=900)  # after the theme
    app.connect("build-finished", offline)
    return {"parallel_read_safe": False}
