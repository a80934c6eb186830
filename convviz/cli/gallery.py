"""The gallery on the command line: a name stands for a line, and what follows it is added to that line."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Sequence

from convviz.gallery import GROUPS, command, find

Run = Callable[[Sequence[str]], None]


def gallery(name: str | None, more: Sequence[str], run: Run) -> None:
    """List the names; or show what one stands for; or, where more is typed than the name, run that."""
    if name is None:
        for heading, pictures in GROUPS.items():
            width = max(map(len, pictures))
            print(heading + "\n")
            for each, picture in pictures.items():
                print(f"  {each:<{width}}  {picture.caption}")
            print()
        return
    name, picture = find(name)
    if more:
        drawn = any(word.startswith(("-o", "--output")) for word in more)
        line = [*picture.words(drawn=drawn), *more]
        if not {"-q", "--quiet"} & set(more):
            print(f"convviz {shlex.join(line)}", file=sys.stderr)
        run(line)
        return
    print(f"{picture.caption}\n\n  {command(name)}\n\nAdd -o {name}{picture.suffix} to draw it.")
