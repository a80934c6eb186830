"""Options and arguments that take text, as it was typed: Typer need not load what would convert it.

That is a quarter of the time until a command begins. A Typer that converts in another way is left to do so.
"""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand, TyperGroup


class Plain:
    """What Typer asks to convert the value of a parameter: it is right as it was typed."""

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """Return a text, a flag, or the list of all that were given; None where nothing was."""
        return list(value or ()) if param.multiple or param.nargs == -1 else value


class Command(TyperCommand):
    """A command that is given texts and flags."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters, help among them."""
        return _plain(super().get_params(ctx))


class Group(TyperGroup):
    """A group of such commands."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters, help among them."""
        return _plain(super().get_params(ctx))


def _plain(parameters: list[Any]) -> list[Any]:
    for parameter in parameters:
        kind = getattr(getattr(parameter, "type_descriptor", None), "annotation", None)
        if kind in (str, bool, list[str]):
            parameter.get_runtime_param = Plain
    return parameters
