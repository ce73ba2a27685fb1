"""Writes a release, whole, into the ledger."""

from __future__ import annotations

from collections.abc import Mapping

from dbt_rewind.engine.ledger import Ledger
from dbt_rewind.engine.payloads import recorded_payload
from dbt_rewind.model import EventKind, Release


def append_release(
    ledger: Ledger, kind: EventKind, release: Release, artifacts: Mapping[str, bytes]
) -> None:
    """Appends the event that says what became of the release, with what is stored of it, by name.
    Raises what `Ledger.append` raises."""
    payload = recorded_payload(release, artifacts)
    ledger.append(kind, payload, artifacts=tuple(artifacts.values()))
