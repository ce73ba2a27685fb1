"""How an error is told, to people and to programs."""

from __future__ import annotations

from typing import Any

from dbt_rewind.cli.screen import echo
from dbt_rewind.cli.words import shown, wrapped
from dbt_rewind.errors import RewindError


def error_facts(error: RewindError) -> dict[str, Any]:
    """The error in a JSON document."""
    return {
        "slug": error.slug,
        "message": error.message,
        "hint": error.hint,
        "exit_code": int(error.exit_code),
        "facts": error.facts(),
    }


def say_error(error: RewindError) -> None:
    """The error on standard error, for people."""
    notes = getattr(error, "__notes__", ())
    lines = [*wrapped("error: ", error.message)]
    for line in error.details:
        # Code keeps its lines, which begin with a bar or with spaces.
        lines += [f"  {shown(line)}"] if line[:1] in "| " else wrapped("  ", line)
    lines += [*wrapped("  try: ", error.hint)]
    for note in notes:
        lines += wrapped("  note: ", note)
    echo("\n".join(lines), err=True)
