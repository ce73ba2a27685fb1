"""`rewind schema`: the JSON Schema of rewind.yml, for editors."""

from __future__ import annotations

import json

import typer

from dbt_rewind.cli.screen import echo


def register(app: typer.Typer) -> None:
    app.command("schema")(schema)


def schema() -> None:
    """Print the JSON Schema of rewind.yml, for editors that complete and check it."""
    from dbt_rewind.config.load import json_schema

    echo(json.dumps(json_schema(), indent=2))
