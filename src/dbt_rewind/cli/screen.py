"""Where a command's words go: text for people on one side, one JSON document on the other."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import PurePath
from typing import Any

import typer

from dbt_rewind.model import RelationName

JSON_VERSION = 1
"""The shape of `--json` documents; fields may be added, none changes meaning under one number."""


@dataclass(frozen=True, slots=True)
class Screen:
    """One command's output. With `as_json` people see nothing but the document and errors."""

    as_json: bool = False
    quiet: bool = False

    def say(self, text: str = "", **style: Any) -> None:
        """An outcome: a line for people, also with --quiet."""
        if not self.as_json:
            typer.echo(self._painted(text, style))

    def tell(self, text: str = "", **style: Any) -> None:
        """A line for people that --quiet leaves out."""
        if not self.quiet:
            self.say(text, **style)

    def document(self, command: str, facts: Mapping[str, Any]) -> None:
        """The JSON document of a command, where JSON was asked for."""
        if self.as_json:
            content = {"version": JSON_VERSION, "command": command, **facts}
            typer.echo(json.dumps(content, default=plain, indent=2))

    def warn(self, text: str) -> None:
        """A line on standard error that says what is not as it should be."""
        typer.echo(self._painted(f"warning: {text}", {"fg": "yellow"}, sys.stderr), err=True)

    @staticmethod
    def _painted(text: str, style: Mapping[str, Any], stream: Any = None) -> str:
        stream = stream or sys.stdout
        coloured = style and not os.environ.get("NO_COLOR") and stream.isatty()
        return typer.style(text, **style) if coloured else text


def plain(value: Any) -> Any:
    """JSON data for a value that JSON does not know."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, RelationName):
        return {"database": value.database, "schema": value.schema, "name": value.name}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    return str(value)
