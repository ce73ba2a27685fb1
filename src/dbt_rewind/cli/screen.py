"""Where a command's words go: text for people on one side, one JSON document on the other."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

import typer

from dbt_rewind.cli.words import shown, wrapped
from dbt_rewind.model import RelationName
from dbt_rewind.redact import redact

JSON_VERSION = 1
"""The shape of `--json` documents; fields may be added, none changes meaning under one number."""


@dataclass(frozen=True, slots=True)
class Screen:
    """One command's output. With `as_json` people see nothing but the document and errors; with
    `github` GitHub is told of both, too."""

    as_json: bool = False
    quiet: bool = False
    github: bool = False

    @property
    def wants_document(self) -> bool:
        return self.as_json or self.github

    def say(self, text: str = "", **style: Any) -> None:
        """An outcome: a line for people, also with --quiet."""
        if not self.as_json:
            echo(self._painted(shown(text), style))

    def tell(self, text: str = "", **style: Any) -> None:
        """A line for people that --quiet leaves out."""
        if not self.quiet:
            self.say(text, **style)

    def tell_wrapped(self, text: str) -> None:
        """As `tell`, of words that may be longer than a line."""
        self.tell("\n".join(wrapped("  ", text)))

    def document(self, command: str, facts: Mapping[str, Any]) -> None:
        """The JSON document of a command, where JSON was asked for."""
        if self.as_json:
            content = {"version": JSON_VERSION, "command": command, **facts}
            echo(json.dumps(content, default=plain, indent=2))
        if self.github:
            from dbt_rewind.cli.github_output import tell_github

            tell_github(self, command, facts)

    def warn(self, text: str) -> None:
        """A line on standard error that says what is not as it should be."""
        words = "\n".join(wrapped("warning: ", text))
        echo(self._painted(words, {"fg": "yellow"}, sys.stderr), err=True)

    @staticmethod
    def _painted(text: str, style: Mapping[str, Any], stream: Any = None) -> str:
        stream = stream or sys.stdout
        coloured = style and not os.environ.get("NO_COLOR") and stream.isatty()
        return typer.style(text, **style) if coloured else text


def echo(text: str = "", *, err: bool = False) -> None:
    """Writes one line, without the secrets in it.

    Where whoever read it has gone, such as `head`, the command goes on unheard: an operation that
    has begun must not fail for that.
    """
    stream = sys.stderr if err else sys.stdout
    text = redact(text)
    # What others wrote, such as a message of dbt's, may hold what this terminal cannot show.
    encoding = stream.encoding or "utf-8"
    try:
        typer.echo(text.encode(encoding, "replace").decode(encoding), err=err)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def plain(value: Any) -> Any:
    """JSON data for a value that JSON does not know."""
    for kind, conversion in _PLAIN:
        if isinstance(value, kind):
            return conversion(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    return str(value)


def _relation(name: RelationName) -> dict[str, str]:
    return {"database": name.database, "schema": name.schema, "name": name.name}


_PLAIN: tuple[tuple[type | tuple[type, ...], Callable[[Any], Any]], ...] = (
    (datetime, datetime.isoformat),
    (RelationName, _relation),
    (Enum, lambda value: value.value),
    ((set, frozenset), sorted),
)
