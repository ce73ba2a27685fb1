"""`rewind schema`: the JSON Schema of rewind.yml, for editors."""

from __future__ import annotations

import json

import typer


def register(app: typer.Typer) -> None:
    app.command("schema")(schema)


def schema() -> None:
    """Print the JSON Schema of rewind.yml, for editors that complete and check it."""
    from dbt_rewind.config.load import json_schema

    typer.echo(json.dumps(json_schema(), indent=2))
