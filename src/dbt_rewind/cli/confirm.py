"""Asks a person before anything is done that they may not want."""

from __future__ import annotations

import sys

import typer

from dbt_rewind.errors import ConfirmationNeeded


def confirm(action: str, question: str) -> None:
    """Returns where the person says yes. Raises ConfirmationNeeded, which calls it `action`, where
    they do not, and where nobody can be asked."""
    if not sys.stdin.isatty() or not typer.confirm(question):
        raise ConfirmationNeeded(action)
