"""The second half of a prune, also of one that was killed: drop what is marked, and confirm it."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from dbt_rewind.engine.history import GONE, History
from dbt_rewind.engine.ledger import Ledger
from dbt_rewind.engine.records import encode_relation
from dbt_rewind.errors import WarehouseFailed
from dbt_rewind.model import EventKind, RelationName


def finish_prune(ledger: Ledger) -> tuple[RelationName, ...]:
    """Drops what is marked, confirms it in the ledger, and returns what was there to drop.

    Everything is dropped in one transaction, and what is gone is passed over, so that it may be
    begun again. Where the warehouse refuses, nothing is dropped and the ledger says so: then the
    releases are as they were. Raises WarehouseFailed, LeaseLost.
    """
    operation, warehouse = ledger.history.unfinished, ledger.access.warehouse
    if operation is None:
        raise AssertionError("a prune is marked before it is finished")
    states = warehouse.pointers(operation.writes)
    there = tuple(sorted(name for name, state in states.items() if not state.absent))
    ledger.require_lease()
    try:
        warehouse.drop(there)
    except WarehouseFailed:
        _confirm(ledger, (), ())
        raise
    environment = ledger.history.environment
    warehouse.forget(environment, _forgettable(ledger.history, operation.pruned))
    _confirm(ledger, operation.pruned, operation.writes)
    warehouse.reclaim()
    return there


def _confirm(
    ledger: Ledger, releases: Collection[int], relations: Collection[RelationName]
) -> None:
    ledger.append(
        EventKind.PRUNED,
        {
            "operation": "prune",
            "releases": list(releases),
            "relations": [encode_relation(relation) for relation in relations],
        },
    )


def _forgettable(history: History, pruned: Collection[int]) -> frozenset[str]:
    """Digests of what is stored for releases that are gone and for no other: dbt's artifacts. The
    records stay, so that `rewind show` can tell of every release."""
    used: set[str] = set()
    unused: set[str] = set()
    for number, name, digest in _artifacts(history):
        going = number in pruned or history.releases[number].state in GONE
        (unused if going and name != "record" else used).add(digest)
    return frozenset(unused - used)


def _artifacts(history: History) -> Iterator[tuple[int, str, str]]:
    """The release, name and digest of everything that events name."""
    for event in history.events:
        for name, digest in event.payload.get("artifacts", {}).items():
            yield event.payload["release"], name, digest
