"""The whole lesson in one go: every figure as a GIF, a still and a page, and an index of them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from convviz.cli import options as o

Folder = Annotated[
    str | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FOLDER",
        rich_help_panel=o.OUTPUT,
        help="Where to write; it is made if it is not there. Without it the figures are listed.",
    ),
]


def lesson(output: Folder = None, theme: o.ThemeName = None, quiet: o.Quiet = False) -> None:
    """Make every figure of a first course on convolutional networks, and a page that shows them."""
    from convviz.lesson import SECTIONS

    if output is None:
        for heading, figures in SECTIONS.items():
            print(heading + "\n")
            for name, figure in figures.items():
                print(f"  {name:<24}convviz {figure.line}")
            print()
        print("Add -o figures to make them all.")
        return
    make(output, theme, quiet)


def make(output: str, theme: str | None, quiet: bool) -> None:
    """Write the files, and say so."""
    from convviz.cli import console
    from convviz.errors import SettingError
    from convviz.lesson import FIGURES
    from convviz.lesson import lesson as files_of

    if not output.strip():
        raise SettingError("output '' is empty: name a folder, such as figures")
    folder = Path(output)
    total = count = 0
    with console.interruptible():
        for path in files_of(folder, "light" if theme is None else theme):
            count += 1
            total += path.stat().st_size
            if path.suffix == ".html" and path.stem in FIGURES and not quiet:
                print(f"{path.stem}: .gif, .png, .html", file=sys.stderr)
    if not quiet:
        said = console.bytes_said(total)
        print(f"wrote {count} files, {said}: open {folder / 'index.html'}", file=sys.stderr)
