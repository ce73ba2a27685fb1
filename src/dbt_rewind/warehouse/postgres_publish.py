"""The one transaction of a publish: lease, chain, pointers, others' views, artifacts, event."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from dbt_rewind.errors import DependentsInTheWay, NotAtomic, WarehouseFailed
from dbt_rewind.model import (
    Event,
    EventKind,
    Lease,
    Needs,
    Patience,
    PointerMove,
    RelationName,
    Relocation,
)
from dbt_rewind.warehouse import (
    postgres_catalogue,
    postgres_holders,
    postgres_lease,
    postgres_ledger,
    postgres_locks,
    postgres_move,
)
from dbt_rewind.warehouse.postgres_change import is_unchanged, read_change, widened
from dbt_rewind.warehouse.postgres_errors import is_conflict, is_deadlock, is_lock_timeout
from dbt_rewind.warehouse.postgres_patience import InTheWay, Refused, patiently
from dbt_rewind.warehouse.postgres_permissions import require_permitted
from dbt_rewind.warehouse.postgres_session import Session
from dbt_rewind.warehouse.postgres_sql import PLAIN_PATH, bound_locks
from dbt_rewind.warehouse.preconditions import (
    require_distinct,
    require_lease_of,
    require_standing,
)


@dataclass(frozen=True, slots=True)
class Publish:
    """Everything that one publish does; the protocol's `commit` says what it means."""

    event: Event
    lease: Lease
    moves: Sequence[PointerMove]
    relocations: Sequence[Relocation]
    references: Mapping[RelationName, RelationName]
    artifacts: Sequence[bytes]

    @property
    def doing(self) -> str:
        return f"publishing to {self.event.environment}"


def commit(session: Session, publish: Publish, patience: Patience) -> None:
    """All of it or none; the protocol's `commit` names the errors, beside which there are
    DependentsInTheWay and PublishBlocked."""
    names = [move.pointer for move in publish.moves]
    names += [name for each in publish.relocations for name in (each.source, each.target)]
    require_one_database(session, names)
    require_lease_of(publish.event, publish.lease)
    require_distinct(publish.moves, _itself)
    longest = postgres_locks.time_for_locks(session, patience.lock_timeout)
    try:
        patiently(
            publish.event.environment,
            patience,
            postgres_locks.attempts(len(publish.moves), longest),
            lambda timeout: _attempt(session, publish, timeout, longest),
        )
    except WarehouseFailed as failed:
        if is_conflict(failed):
            # The server does not say on what; whoever got in first has left traces that do.
            with session.transaction(publish.doing):
                _require_unchanged(session, publish)
        raise


def replay(
    session: Session, events: Sequence[Event], lease: Lease, artifacts: Sequence[bytes]
) -> None:
    """All of them or none; the protocol's `replay` names the errors."""
    doing = f"telling the ledger of {lease.environment} what it forgot"
    with session.transaction(doing):
        postgres_lease.hold_against_takers(session, lease)
        postgres_ledger.store_artifacts(session, artifacts)
        for event in events:
            require_lease_of(event, lease)
            postgres_ledger.require_next(session, event)
            postgres_ledger.append(session, event)


def require_one_database(session: Session, names: Collection[RelationName]) -> None:
    """Raises NotAtomic unless all of `names` are in the connection's database."""
    databases = {session.database, *(name.database for name in names)}
    if len(databases) > 1:
        raise NotAtomic(tuple(sorted(databases)))


def _attempt(session: Session, publish: Publish, timeout: timedelta, longest: timedelta) -> None:
    """The whole transaction, with `timeout` for its locks and `longest` for what is slow behind
    them. Raises Refused where it can be tried again."""
    began = postgres_holders.server_time(session)
    with session.transaction(publish.doing):
        session.run(publish.doing, PLAIN_PATH)
        moves = publish.moves
        if publish.event.kind is EventKind.PUBLISHED:
            moves = (*moves, *widened(session, moves))
        change = read_change(session, moves, publish.relocations)
        _require_unchanged(session, publish)
        if change.problems:
            raise DependentsInTheWay(change.problems)
        anew = tuple(view.name for view in change.dependents)
        require_permitted(session, Needs(makes=anew, changes=anew), publish.doing)
        _require_nobody_looks_back(session, publish, began)
        # What takes long and needs no lock comes before the locks.
        postgres_ledger.store_artifacts(session, publish.artifacts)
        postgres_ledger.append(session, publish.event)
        in_the_way = partial(
            postgres_holders.users, session, change.identities, change.targets, began
        )
        with _refused(in_the_way):
            left = postgres_locks.lock(session, publish.doing, change.locked, timeout)
            if not is_unchanged(session, change, publish.relocations):
                # Somebody was at it between the first look and the locks.
                raise Refused(in_the_way)
            session.run(publish.doing, bound_locks(left))
            postgres_move.move(session, change, publish.relocations, publish.references, longest)


def _require_unchanged(session: Session, publish: Publish) -> None:
    postgres_lease.hold_against_takers(session, publish.lease)
    postgres_ledger.require_next(session, publish.event)
    states = postgres_catalogue.pointers(session, [move.pointer for move in publish.moves])
    leaving = [each.source for each in publish.relocations]
    require_standing(publish.moves, states, _itself, leaving=leaving)


def _require_nobody_looks_back(session: Session, publish: Publish, began: datetime) -> None:
    targets = [move.after for move in publish.moves if move.after]
    onlookers = partial(
        postgres_holders.onlookers, session, publish.event.environment, targets, began
    )
    if targets and onlookers():
        raise Refused(onlookers)


@contextmanager
def _refused(in_the_way: InTheWay) -> Iterator[None]:
    """Raises Refused where a lock was not to be had."""
    try:
        yield
    except WarehouseFailed as failed:
        if is_lock_timeout(failed) or is_deadlock(failed):
            raise Refused(in_the_way) from failed
        raise


def _itself(name: RelationName) -> RelationName:
    return name
