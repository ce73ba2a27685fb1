"""Status: what is live, how far behind its branch, what drifted, who is at work."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dbt_rewind import clock
from dbt_rewind.engine.history import Operation, ReleaseSummary
from dbt_rewind.engine.ledger import read_history, read_release
from dbt_rewind.engine.mirror import check_mirror, read_mirror
from dbt_rewind.engine.plan import describe_state
from dbt_rewind.errors import LedgerError
from dbt_rewind.model import Lease, RelationName, Release
from dbt_rewind.warehouse.owner import has_ended
from dbt_rewind.warehouse.protocol import LedgerReader


@dataclass(frozen=True, slots=True)
class Drift:
    """A public name that is not as the ledger says."""

    pointer: RelationName
    expected: RelationName
    found: str


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
    """An environment as it stands. `mirror_problem` is None where the mirror agrees."""

    environment: str
    live: ReleaseSummary | None
    pointers: int
    drift: tuple[Drift, ...]
    branch: BranchDistance | None
    lease: Lease | None
    unfinished: Operation | None
    mirror: Path
    mirror_problem: str | None

    @property
    def at_work(self) -> bool:
        """Whether somebody holds the lease who may still be running."""
        lease = self.lease
        return lease is not None and clock.now() < lease.expires_at and not has_ended(lease.owner)

    @property
    def healthy(self) -> bool:
        interrupted = self.unfinished is not None and not self.at_work
        return not self.drift and not interrupted and self.mirror_problem is None


def read_status(
    reader: LedgerReader,
    environment: str,
    mirror: Path,
    branch: BranchDistance | None,
) -> Status:
    """Reads the state without taking the lock. Raises ChainBroken, WarehouseError."""
    history = read_history(reader, environment)
    live = read_release(reader, history.live) if history.live else None
    return Status(
        environment,
        history.live,
        len(live.nodes) if live else 0,
        find_drift(reader, live) if live else (),
        branch,
        reader.lease(environment),
        history.unfinished,
        mirror,
        _mirror_problem(mirror, environment, reader),
    )


def find_drift(reader: LedgerReader, live: Release) -> tuple[Drift, ...]:
    """The live release's pointers that do not lead where they should, sorted by name."""
    states = reader.pointers([node.pointer for node in live.nodes])
    drifts = [
        Drift(node.pointer, node.relation, describe_state(states[node.pointer]))
        for node in live.nodes
        if states[node.pointer].target != node.relation
    ]
    return tuple(sorted(drifts, key=lambda drift: drift.pointer))


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
