"""What is checked of the environment's past: the ledger, its lease, its mirror."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from dbt_rewind import clock
from dbt_rewind.engine.history import History
from dbt_rewind.engine.mirror import mirror_problem
from dbt_rewind.engine.needs import needs_of_moves
from dbt_rewind.errors import RewindError
from dbt_rewind.model import Finding, Health, PointerMove, Release, versioned
from dbt_rewind.procedures.doctor.findings import refused
from dbt_rewind.warehouse.owner import has_ended
from dbt_rewind.warehouse.protocol import LedgerReader


def check_past(
    reader: LedgerReader, history: History, live: Release | None, mirror: Path
) -> Iterator[Finding]:
    """What `history` tells, which could be read: so every event follows the one before it."""
    events = len(history.events)
    chain = f"{events} events, each follows the one before it" if events else "no event yet"
    is_live = f"{live.id} is live" if live else "nothing is live"
    yield Finding("ledger", Health.OK, f"{chain}; {is_live}")
    yield _lease(reader, history)
    yield _mirror(mirror, history)
    yield _ownership(reader, live, history.next_number)


def _lease(reader: LedgerReader, history: History) -> Finding:
    lease = reader.lease(history.environment)
    if lease is not None and clock.now() < lease.expires_at and not has_ended(lease.owner):
        since = f"{lease.acquired_at:%Y-%m-%d %H:%M} UTC"
        return Finding("lease", Health.OK, f"held since {since}: {lease.owner}")
    if history.unfinished is not None:
        words = f"{history.unfinished.kind} of r{history.unfinished.release} was interrupted"
        return Finding("lease", Health.WARNING, words, "run `rewind recover`")
    return Finding("lease", Health.OK, "free")


def _mirror(mirror: Path, history: History) -> Finding:
    problem = mirror_problem(mirror, history.environment, history.events)
    if problem is not None:
        return refused("mirror", problem)
    place = mirror
    while not place.exists() and place != place.parent:
        place = place.parent
    if not os.access(place, os.W_OK):
        fix = "let this user write there, or set `mirror:` in rewind.yml to another folder"
        return Finding("mirror", Health.PROBLEM, f"{place} cannot be written", fix)
    return Finding("mirror", Health.OK, str(mirror))


def _ownership(reader: LedgerReader, live: Release | None, number: int) -> Finding:
    """Whether a next release could be built beside the live one and take its place."""
    if live is None:
        return Finding("ownership", Health.NOT_CHECKED, "nothing is live yet")
    try:
        _require_successor(reader, live, number)
    except RewindError as error:
        return refused("ownership", error)
    return Finding("ownership", Health.OK, f"all {len(live.nodes)} public names can be moved")


def _require_successor(reader: LedgerReader, live: Release, number: int) -> None:
    """Raises PermissionMissing where a release of that number could not take the live one's
    place."""
    built = {node.pointer: versioned(node.pointer, number) for node in live.nodes}
    moves = [PointerMove(each.pointer, each.relation, built[each.pointer]) for each in live.nodes]
    needs = needs_of_moves(moves)
    reader.require_permitted(replace(needs, makes=(*needs.makes, *sorted(built.values()))))
