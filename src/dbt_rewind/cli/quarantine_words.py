"""What is in quarantine, in words and as JSON facts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dbt_rewind.cli.screen import Screen
from dbt_rewind.cli.words import clipped

if TYPE_CHECKING:
    from dbt_rewind.engine.quarantine import Quarantined

_MOST = 5


def say_quarantine(screen: Screen, entries: Sequence[Quarantined]) -> None:
    """A line for each commit that no deploy may bring again, the latest first."""
    for number, entry in enumerate(entries[:_MOST]):
        head = "  kept out  " if not number else " " * 12
        since = f"{entry.commit.sha[:7]} ({entry.id}), in quarantine since {entry.at:%Y-%m-%d}"
        screen.say(clipped(f"{head}{since}: {why(entry)}", 80), fg="yellow")
    if len(entries) > _MOST:
        screen.say(f"{' ' * 12}and {len(entries) - _MOST} more; --json has all", fg="yellow")


def why(entry: Quarantined) -> str:
    """The reason of the rollback, on one line."""
    return " ".join(entry.reason.split()) or "no reason given"


def quarantine_facts(entry: Quarantined) -> dict[str, Any]:
    return {
        "commit": entry.commit.sha,
        "subject": entry.commit.subject,
        "release": entry.id,
        "good": entry.good.sha,
        "by": entry.by,
        "at": entry.at,
        "reason": entry.reason,
    }
