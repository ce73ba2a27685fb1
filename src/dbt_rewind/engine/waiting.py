"""Releases that are built and wait for their publish, because others were in its way."""

from __future__ import annotations

import hashlib
import json

from dbt_rewind.engine.build_plan import DeployRequest
from dbt_rewind.engine.drift import missing_relations
from dbt_rewind.engine.history import History, ReleaseSummary
from dbt_rewind.engine.ledger import Ledger, read_release
from dbt_rewind.model import EventKind, Release
from dbt_rewind.warehouse.protocol import LedgerReader


def asked_for(request: DeployRequest) -> str:
    """Equal for requests that ask for the same build."""
    asked = [
        request.build_key,
        request.kind.value,
        request.select,
        request.selector,
        request.full,
        request.full_refresh,
    ]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


def waiting_summary(history: History, request: DeployRequest) -> ReleaseSummary | None:
    """The release that waits for what is requested, or None. It is the newest of all: what was
    begun after it may have written on in relations that it shares."""
    newest = next(iter(history.newest_first()), None)
    if newest is None or not newest.waits or newest.asked != asked_for(request):
        return None
    return newest


def waiting_release(
    reader: LedgerReader, history: History, request: DeployRequest
) -> Release | None:
    """As `waiting_summary`, whole; but None where another release is live than it was compared
    with, or something of it is gone, so that it has to be built again. Raises ArtifactDamaged."""
    summary = waiting_summary(history, request)
    if summary is None:
        return None
    release = read_release(reader, summary)
    live = history.live.number if history.live else None
    return release if release.base == live and not missing_relations(reader, release) else None


def keep_waiting(ledger: Ledger, request: DeployRequest, release: Release, message: str) -> None:
    """Records that the built release is kept, so that the same request publishes it; `message` says
    what it waits for. Raises what `Ledger.append` raises."""
    ledger.append(
        EventKind.BLOCKED,
        {
            "operation": request.kind.value,
            "release": release.number,
            "asked": asked_for(request),
            "by": request.by,
            "message": message,
        },
    )
