"""Commands that share their first word, such as `rewind incident open`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import typer
from typer.core import TyperGroup


class _Group(TyperGroup):
    """Shows what there is in it where it is named alone, which Typer takes for an error."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        return super().parse_args(ctx, args or ["--help"])


def register_group(
    app: typer.Typer, name: str, help: str, commands: Sequence[tuple[str, Callable[..., None]]]
) -> None:
    """Adds the commands under one name."""
    group = typer.Typer(name=name, cls=_Group, help=help, rich_markup_mode=None)
    for word, command in commands:
        group.command(word)(command)
    app.add_typer(group)
