"""The gallery on the command line: a name stands for a line, and what follows it is added to that line."""

from __future__ import annotations

import shlex
import sys
from typing import Annotated

import typer

from convviz.gallery import GROUPS, command, find


def gallery(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Left out: the names are listed.")] = None,
) -> None:
    """Draw a picture by its name, such as the animations of conv_arithmetic.

    What follows the name is added to the line it stands for: -o and all that goes with it.
    """
    if name is None:
        _list()
        return
    name, picture = find(name)
    more = context.args
    if not more:
        print(f"{picture.caption}\n\n  {command(name)}\n\nAdd -o {name}{picture.suffix} to draw it.")
        return
    from convviz.cli.app import app

    drawn = any(word.startswith(("-o", "--output")) for word in more)
    line = [*picture.words(drawn=drawn), *more]
    if not {"-q", "--quiet"} & set(more):
        print(f"convviz {shlex.join(line)}", file=sys.stderr)
    app(line[0])(args=line, prog_name="convviz")


def _list() -> None:
    for heading, pictures in GROUPS.items():
        width = max(map(len, pictures))
        print(heading + "\n")
        for each, picture in pictures.items():
            print(f"  {each:<{width}}  {picture.caption}")
        print()
