"""The command that draws networks, or lists their layers."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from convviz.cli import options as o

Names = Annotated[
    list[str],
    typer.Argument(
        metavar="NETWORK",
        help="lenet, alexnet, vgg16, a .toml file, or layers: 'input 28x28x1 | conv 5x5 6 | max 2x2 | dense 10'. "
        "Several are drawn in one figure.",
    ),
]
Table = Annotated[
    str | None,
    typer.Option(
        "--table", metavar="KIND", rich_help_panel=o.OUTPUT, help="Print the layers: as text, markdown or json."
    ),
]
StyleName = Annotated[
    str | None,
    typer.Option(
        "--style", metavar="NAME", rich_help_panel=o.FIGURE, help="volumes (to scale) or blocks.  (default: volumes)"
    ),
]

Code = Annotated[
    list[str] | None,
    typer.Option(
        "--code",
        metavar="LANGUAGE",
        rich_help_panel=o.OUTPUT,
        help="Print lines that build it: keras or torch; several with commas.",
    ),
]
StepSeconds = Annotated[
    str | None,
    typer.Option(
        "--step-seconds",
        metavar="SECONDS",
        rich_help_panel=o.FIGURE,
        help="How long a step lasts.  (default: 0.5 to 1.2)",
    ),
]


def network(
    names: Names,
    table: Table = None,
    style: StyleName = None,
    step: o.StepNumber = None,
    theme: o.ThemeName = None,
    step_seconds: StepSeconds = None,
    hold: o.Hold = None,
    width: o.Width = None,
    title: o.Title = None,
    output: o.Figures = None,
    format: o.Format = None,
    code: Code = None,
    alt: o.Alt = False,
    quiet: o.Quiet = False,
    force: o.Force = False,
) -> None:
    """Draw networks layer by layer: shapes, parameters, multiply-adds, receptive fields."""
    from convviz import listing, networks
    from convviz.cli import scenes
    from convviz.errors import SettingError
    from convviz.scene import Scene
    from convviz.views.network import architecture

    known = [networks.network(name) for name in names]
    asked = {"table": table is not None, "code": bool(code), "alt": alt}
    printed = [name for name, given in asked.items() if given]
    if len(printed) > 1:
        raise SettingError(f"{printed[0]} and {printed[1]} would be mixed on standard output: leave one out")
    if code:
        languages = dict.fromkeys(each for text in code for each in text.split(","))
        text = "\n\n".join(each.code(language) for language in languages for each in known)
    else:
        text = listing.table(known, "text" if table is None else table)

    def draw(**options: Any) -> Scene:
        return architecture(known, **options)

    scenes.run(
        draw,
        lambda: text,
        printed=table is not None or bool(code),
        ways={".json": "--table json", ".txt": "--table text", ".csv": "--table markdown"},
        output=output,
        format=format,
        step=step,
        theme=theme,
        width=width,
        title=title,
        step_seconds=step_seconds,
        hold=hold,
        style=style,
        alt=alt,
        quiet=quiet,
        force=force,
    )
