"""The second half of an eject, also of one that was killed: remove what is left of ours."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from dbt_rewind import clock
from dbt_rewind.engine.derive import derive_history
from dbt_rewind.engine.history import GONE, History, ReleaseState
from dbt_rewind.engine.holdings import Holdings, ReadRecord
from dbt_rewind.engine.ledger import Ledger, read_release
from dbt_rewind.engine.mirror import runbook_mirror, set_ejected_aside, sync_mirror
from dbt_rewind.engine.records import encode_relation
from dbt_rewind.model import EventKind, RelationName, chain_owner
from dbt_rewind.warehouse.protocol import LedgerReader


@dataclass(frozen=True, slots=True)
class Ejected:
    """What was removed. `mirror` is where the mirror is kept, None where there was none, or where
    the ledger stays (`others` are the environments that need it)."""

    dropped: tuple[RelationName, ...] = ()
    mirror: Path | None = None
    others: tuple[str, ...] = ()


def held_by(history: History, read: ReadRecord) -> frozenset[RelationName]:
    """Everything that any release holds which was not pruned. Raises what `read` raises."""
    holdings = Holdings(history, read)
    numbers = [n for n, release in history.releases.items() if release.state not in GONE]
    return frozenset(name for number in numbers for name in holdings.needs(number))


def other_environments(reader: LedgerReader, environment: str) -> tuple[str, ...]:
    """The other environments in the ledger, sorted; a runbook counts as its environment."""
    owners = {chain_owner(chain) for chain in reader.environments()}
    return tuple(sorted(owners - {environment}))


def finish_eject(ledger: Ledger) -> Ejected:
    """Drops what releases held, removes the ledger unless another environment needs it, and keeps
    the mirror under a name that says so. May be begun again at any point.

    Raises WarehouseError, LeaseLost, MirrorUnusable; the next command begins again then.
    """
    history, warehouse = ledger.history, ledger.access.warehouse
    environment = history.environment
    sync_mirror(ledger.mirror, environment, history.events)
    before = derive_history(environment, history.events[:-1])
    if before.live is None:
        raise AssertionError("what is given back was live")
    held = held_by(before, partial(read_release, warehouse))
    # Adopted tables have their public names again; whoever has these names now is a stranger.
    held -= {node.storage for node in read_release(warehouse, before.live).nodes if node.storage}
    states = warehouse.pointers(held)
    dropped = tuple(sorted(name for name, state in states.items() if not state.absent))
    ledger.require_lease()
    warehouse.drop(sorted(held))  # all, because schemas that are empty go with their relations
    others = other_environments(warehouse, environment)
    if others:
        _confirm(ledger, dropped)
        return Ejected(dropped, others=others)
    # In this order: a mirror without a ledger would tell of a database that has forgotten.
    mirror = set_ejected_aside(ledger.mirror, clock.now())
    set_ejected_aside(runbook_mirror(ledger.mirror), clock.now())
    warehouse.remove_ledger()
    return Ejected(dropped, mirror)


def _confirm(ledger: Ledger, dropped: tuple[RelationName, ...]) -> None:
    numbers = [n for n, r in ledger.history.releases.items() if r.state is ReleaseState.PRUNED]
    ledger.append(
        EventKind.PRUNED,
        {
            "operation": "eject",
            "releases": sorted(numbers),
            "relations": [encode_relation(relation) for relation in dropped],
        },
    )
