"""The command that follows one cell through stages."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from convviz.cli import options as o

Stages = Annotated[
    str,
    typer.Argument(
        metavar="STAGES",
        help="One after another: 'conv 3x3 sobel-x | relu | max 2x2', of conv, transpose, max, avg, min, lp, "
        "adaptive-max, adaptive-avg, global-max, global-avg and activations; s2 is a stride, p1 or same a padding, d2 "
        "a dilation, 8 a number of filters.",
    ),
]
Seed = Annotated[
    str | None,
    typer.Option(
        "--seed", metavar="N", rich_help_panel=o.INPUT, help="Seed of random:6x6, and of filters.  (default: 0)"
    ),
]
StepSeconds = Annotated[
    str | None,
    typer.Option(
        "--step-seconds",
        metavar="SECONDS",
        rich_help_panel=o.FIGURE,
        help="How long a step lasts.  (default: 0.5 to 1)",
    ),
]


def pipeline(
    stages: Stages,
    input: o.Input = None,
    seed: Seed = None,
    resize: o.Resize = None,
    channels: o.Channels = None,
    interleave: o.Interleave = False,
    color: o.Color = False,
    sample: o.Sample = None,
    step: o.StepNumber = None,
    steps: o.Steps = None,
    all_steps: o.AllSteps = False,
    theme: o.ThemeName = None,
    step_seconds: StepSeconds = None,
    hold: o.Hold = None,
    width: o.Width = None,
    title: o.Title = None,
    no_values: o.NoValues = False,
    output: o.Figures = None,
    format: o.Format = None,
    alt: o.Alt = False,
    quiet: o.Quiet = False,
    force: o.Force = False,
) -> None:
    """Run stages one after another, and follow each output cell back through all of them."""
    from convviz import pipelines
    from convviz.cli import arrays, scenes
    from convviz.report import table
    from convviz.scene import Scene
    from convviz.views.pace import named_steps
    from convviz.views.pipeline import follow

    notes: list[str] = []
    number = 0 if seed is None else arrays.seed_of(seed)
    loaded = arrays.load(
        "example" if input is None else input,
        seed if (input or "").startswith("random") else None,
        resize,
        arrays.channels_made(channels, interleave, force),
        color,
        sample,
        force,
    )
    assert loaded is not None
    made = pipelines.pipeline(
        stages, arrays.placed(loaded, min(loaded.rank, 2), sample, notes.append), seed=number, force=force
    )

    def draw(**options: Any) -> Scene:
        if no_values:
            options["values"] = False
        if steps is not None:
            last = made.traces[-1]
            options["steps"] = named_steps(steps, last.planes_out[0].size, made.output.shape[-1])
        return follow(made, **options)

    def read() -> str:
        lines = [f"{'input':24} {pipelines.shape_of(made.input)}"]
        for name, trace in zip(made.names, made.traces, strict=True):
            lines.append(f"{name:24} {pipelines.shape_of(trace.output)}")
        return "\n".join([*lines, "", *table(made.output, made.traces[-1].formats.output)])

    scenes.run(
        draw,
        read,
        notes=notes,
        output=output,
        format=format,
        step=step,
        all_steps=all_steps,
        theme=theme,
        width=width,
        title=title,
        step_seconds=step_seconds,
        hold=hold,
        alt=alt,
        quiet=quiet,
        force=force,
    )
