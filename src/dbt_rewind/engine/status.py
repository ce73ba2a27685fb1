"""Status: what is live, how far behind its branch, what drifted, who is at work."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dbt_rewind import clock
from dbt_rewind.engine.drift import Drift, find_drift, kept_aside, missing_relations
from dbt_rewind.engine.flags.standing import FlagState, states_in
from dbt_rewind.engine.history import Operation, ReleaseSummary, SetAside
from dbt_rewind.engine.ledger import read_history, read_release
from dbt_rewind.engine.mirror import check_mirror, read_mirror
from dbt_rewind.engine.quarantine import Quarantined, quarantined
from dbt_rewind.errors import LedgerError
from dbt_rewind.model import Event, Lease, RelationName
from dbt_rewind.warehouse.owner import has_ended
from dbt_rewind.warehouse.protocol import LedgerReader


@dataclass(frozen=True, slots=True)
class BranchDistance:
    """How the live release's commit lies to its branch's head. `commits` is None where git cannot
    tell; `same_project` says that deploying the head would change nothing."""

    branch: str
    head: str
    commits: int | None
    same_project: bool


@dataclass(frozen=True, slots=True)
class Status:
    """An environment as it stands. `missing` are relations of the live release, `set_aside` are
    strangers' relations that a repair has kept; `half_published` is the event of a publish that has
    moved some pointers and not others, which are no drift; `waiting` is built, and others were in
    the way of its publish; `quarantine` is what no deploy may bring again; `flags` are off;
    `ejected`: all was given back, and the ledger is still there; `mirror_problem` is None where the
    mirror agrees.
    """

    environment: str
    live: ReleaseSummary | None
    pointers: int
    drift: tuple[Drift, ...]
    missing: tuple[RelationName, ...]
    set_aside: tuple[SetAside, ...]
    branch: BranchDistance | None
    lease: Lease | None
    unfinished: Operation | None
    half_published: Event | None
    waiting: ReleaseSummary | None
    quarantine: tuple[Quarantined, ...]
    flags: tuple[FlagState, ...]
    ejected: bool
    mirror: Path
    mirror_problem: str | None

    @property
    def at_work(self) -> bool:
        """Whether somebody holds the lease who may still be running."""
        lease = self.lease
        return lease is not None and clock.now() < lease.expires_at and not has_ended(lease.owner)

    @property
    def healthy(self) -> bool:
        left_over = self.unfinished is not None or self.half_published is not None or self.ejected
        interrupted = left_over and not self.at_work
        drifted = self.drift or self.missing
        return not drifted and not interrupted and self.mirror_problem is None


def read_status(
    reader: LedgerReader,
    environment: str,
    mirror: Path,
    branch: BranchDistance | None,
) -> Status:
    """Reads the state without taking the lock. Raises ChainBroken, WarehouseError."""
    history = read_history(reader, environment)
    live = read_release(reader, history.live) if history.live else None
    half = reader.half_published(environment)
    newest = next(iter(history.newest_first()), None)
    return Status(
        environment,
        history.live,
        len(live.nodes) if live else 0,
        find_drift(reader, live) if live and half is None else (),
        missing_relations(reader, live) if live else (),
        kept_aside(reader, history),
        branch,
        reader.lease(environment),
        history.unfinished,
        half,
        newest if newest is not None and newest.waits else None,
        quarantined(history),
        tuple(state for state in states_in(live, history, ()) if state.off is not None),
        history.ejected,
        mirror,
        _mirror_problem(mirror, environment, reader),
    )


def _mirror_problem(mirror: Path, environment: str, reader: LedgerReader) -> str | None:
    events = reader.events(environment)
    try:
        check_mirror(mirror, environment, events)
    except LedgerError as error:
        return error.message
    missing = len(events) - len(read_mirror(mirror))
    if not missing:
        return None
    return (
        "1 event is not mirrored yet" if missing == 1 else f"{missing} events are not mirrored yet"
    )
