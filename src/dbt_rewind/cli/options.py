"""Options that several commands share, described once."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from dbt_rewind.config.duration import parse_duration

Env = Annotated[
    str | None,
    typer.Option("--env", "-e", help="The environment; default: the current branch's."),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Only the outcome, and errors.")]
Github = Annotated[
    bool, typer.Option("--github", help="Tell GitHub, too: summary, annotations, deployment.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask; for CI.")]
Repair = Annotated[
    bool,
    typer.Option(
        "--repair",
        help="Put drifted pointers right first; what stands in their place is kept aside.",
    ),
]


def duration(text: str) -> timedelta:
    """A time as options take it. Raises BadParameter."""
    try:
        return parse_duration(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def interval(text: str) -> timedelta:
    """As `duration`, of a time between two looks."""
    found = duration(text)
    if found < timedelta(seconds=1):
        raise typer.BadParameter("must be 1s or more")
    return found


Wait = Annotated[
    timedelta | None,
    typer.Option(
        "--wait",
        parser=duration,
        metavar="TIME",
        help="How long a publish may wait for readers: 30s, 10m, 1h.",
    ),
]
Turn = Annotated[
    timedelta | None,
    typer.Option(
        "--turn",
        parser=duration,
        metavar="TIME",
        help="How long to wait for others to be done: 0s, 15m.",
    ),
]
Emergency = Annotated[
    bool,
    typer.Option(
        "--emergency", help="Without the approval it needs; announced and reviewed afterwards."
    ),
]
Watching = Annotated[
    timedelta | None,
    typer.Option(
        "--watch",
        parser=duration,
        metavar="TIME",
        help="Look at it for that long afterwards, and take it back if need be: 15m.",
    ),
]
Reason = Annotated[str, typer.Option("--reason", help="Why; recorded in the ledger.")]
Select = Annotated[
    list[str] | None, typer.Option("--select", "-s", help="Only these (dbt selection).")
]
Selector = Annotated[
    str | None, typer.Option("--selector", help="Only these (a saved selector's name).")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show the plan; change nothing.")]
Retries = Annotated[
    int | None,
    typer.Option("--retries", min=0, max=10, help="Retries of transient failures."),
]
FullRefresh = Annotated[
    bool, typer.Option("--full-refresh", help="Build incremental models from nothing.")
]
Accept = Annotated[
    list[str] | None,
    typer.Option("--accept", help="Let a gate pass (rows, rows:gold.orders); needs --reason."),
]
