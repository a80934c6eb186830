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
    text = listing.table(known, "text" if table is None else table)
    if table is not None and alt:
        raise SettingError("table and alt would be mixed on standard output: leave one out")

    def draw(**options: Any) -> Scene:
        return architecture(known, **options)

    scenes.run(
        draw,
        lambda: text,
        printed=table is not None,
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
