"""Releases that a request can make live without building anything."""

from __future__ import annotations

from dbt_rewind.engine.build_plan import DeployRequest
from dbt_rewind.engine.drift import missing_relations
from dbt_rewind.engine.history import RESTORABLE, History, ReleaseState, ReleaseSummary
from dbt_rewind.engine.ledger import read_release
from dbt_rewind.model import Release, ReleaseKind
from dbt_rewind.warehouse.protocol import LedgerReader


def equal_release(history: History, request: DeployRequest) -> ReleaseSummary | None:
    """The newest release that was live and was built from the same tree, or None.

    `--select`, `--selector`, `--full` and `--full-refresh` ask for a build, and so does a refresh:
    nothing is equal then.
    """
    asked = request.select or request.selector is not None or request.full or request.full_refresh
    if asked or request.kind is ReleaseKind.REFRESH:
        return None
    if history.live is not None and history.live.build_key == request.build_key:
        return history.live
    for release in history.newest_first():
        if release.build_key == request.build_key and release.state in RESTORABLE:
            return release
    return None


def reusable_release(
    reader: LedgerReader, history: History, request: DeployRequest
) -> ReleaseSummary | None:
    """As `equal_release`, but None where a relation of it is gone, so that it has to be built."""
    equal = equal_release(history, request)
    if equal is None or missing_relations(reader, read_release(reader, equal)):
        return None
    return equal


def accepted_release(
    reader: LedgerReader, history: History, request: DeployRequest
) -> Release | None:
    """The release that a gate stopped, where it can be published as it was built: it is the newest
    of all, compared with what is live now, and `request` asks for the same and accepts a gate."""
    newest = next(iter(history.newest_first()), None)
    asked = request.select or request.selector is not None or request.full
    if newest is None or newest.state is not ReleaseState.STOPPED or not request.accepted or asked:
        return None
    if (newest.build_key, newest.kind) != (request.build_key, request.kind):
        return None
    release = read_release(reader, newest)
    compared = history.live is not None and release.base == history.live.number
    return release if compared and not missing_relations(reader, release) else None
