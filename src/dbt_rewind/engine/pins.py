"""Pins: releases that no prune drops."""

from __future__ import annotations

from dbt_rewind.engine.history import ReleaseSummary
from dbt_rewind.engine.ledger import Ledger
from dbt_rewind.engine.target import require_restorable
from dbt_rewind.model import EventKind


def pin(ledger: Ledger, release: ReleaseSummary, *, reason: str, by: str) -> bool:
    """Keeps the release from every prune; returns whether that is new.

    Raises ReleaseNotRestorable where there is nothing to keep.
    """
    require_restorable(release)
    if release.number in ledger.history.pins:
        return False
    ledger.append(EventKind.PINNED, {"release": release.number, "reason": reason, "by": by})
    return True


def unpin(ledger: Ledger, release: ReleaseSummary, *, reason: str, by: str) -> bool:
    """Leaves the release to the retention rules again; returns whether it was pinned."""
    if release.number not in ledger.history.pins:
        return False
    ledger.append(EventKind.UNPINNED, {"release": release.number, "reason": reason, "by": by})
    return True
