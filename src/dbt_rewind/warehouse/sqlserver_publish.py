"""The one transaction of a publish: lease, chain, pointers, others' views, artifacts, event.

What readers wait for comes last and goes in one round trip: the views are replaced, each of which
takes a lock that lasts until the commit.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from dbt_rewind.errors import (
    ConnectionLost,
    DependentsInTheWay,
    NotAtomic,
    PermissionMissing,
    PublishBlocked,
    WarehouseError,
    WarehouseFailed,
)
from dbt_rewind.model import (
    Event,
    EventKind,
    Lease,
    Patience,
    PointerMove,
    RelationKind,
    RelationName,
    Relocation,
)
from dbt_rewind.warehouse import (
    sqlserver_catalogue,
    sqlserver_lease,
    sqlserver_ledger,
    sqlserver_sql,
)
from dbt_rewind.warehouse.preconditions import (
    inner_first,
    require_distinct,
    require_lease_of,
    require_standing,
)
from dbt_rewind.warehouse.sqlserver_attempts import LockBudget, OutOfPatience, persistently
from dbt_rewind.warehouse.sqlserver_blockers import holders
from dbt_rewind.warehouse.sqlserver_dependents import dependents, stale_pointers, usable
from dbt_rewind.warehouse.sqlserver_describe import (
    Description,
    changes,
    descriptions,
    pointer_description,
)
from dbt_rewind.warehouse.sqlserver_errors import is_conflict, is_in_the_way, number_of, place_of
from dbt_rewind.warehouse.sqlserver_names import identity
from dbt_rewind.warehouse.sqlserver_relocate import (
    References,
    Step,
    copy_aside,
    making_anew,
    renaming,
    sorted_out,
    stays_in_schema,
)
from dbt_rewind.warehouse.sqlserver_schemas import give_to_pointers_owners, make_schemas
from dbt_rewind.warehouse.sqlserver_session import Session
from dbt_rewind.warehouse.sqlserver_view_rewrite import Fold

_RECONNECTS = 5
_REFRESHING = "refreshing"
_ONLY_TABLES = ("VIEW CHANGE TRACKING",)
"""Permissions that a view cannot have."""


def commit(
    session: Session,
    patience: Patience,
    event: Event,
    lease: Lease,
    moves: Sequence[PointerMove],
    relocations: Sequence[Relocation],
    references: References,
    artifacts: Sequence[bytes],
) -> None:
    """All of it or none; the protocol's `commit` names the errors."""
    names = [move.pointer for move in moves]
    names += [move.after for move in moves if move.after]
    names += [name for each in relocations for name in (each.source, each.target)]
    require_one_database(session, names)
    require_lease_of(event, lease)
    names += [move.before for move in moves if move.before]
    for name in names:
        sqlserver_sql.qualified(name)  # what is too long is not to be found, and so not missing
    fold = identity(session, names)
    require_distinct(moves, fold)
    give_to_pointers_owners(session, moves)
    publish = _Publish(session, event, lease, moves, relocations, references, artifacts, fold)
    try:
        persistently(
            lambda: publish.attempt(LockBudget(patience.lock_timeout)),
            patience,
            lambda: holders(session, [move.pointer for move in moves]),
        )
    except OutOfPatience as out:
        waited = f"{out.waited.total_seconds():.1f} s"
        raise PublishBlocked(event.environment, waited, out.users) from out.__cause__
    except ConnectionLost as lost:
        if not _took_effect(session, event, lost):
            raise
    except WarehouseFailed as failed:
        if is_conflict(failed) or number_of(failed) is not None:
            # Whoever got in first has left traces that say it better than the server does.
            with session.transaction(publish.doing):
                publish.require_unchanged()
        raise


def replay(
    session: Session, events: Sequence[Event], lease: Lease, artifacts: Sequence[bytes]
) -> None:
    """All of them or none; the protocol's `replay` names the errors."""
    doing = f"telling the ledger of {lease.environment} what it forgot"
    with session.transaction(doing):
        sqlserver_lease.hold_against_takers(session, lease)
        sqlserver_ledger.store_artifacts(session, artifacts)
        for event in events:
            require_lease_of(event, lease)
            sqlserver_ledger.require_next(session, event)
            sqlserver_ledger.append(session, event)


def require_one_database(session: Session, names: Collection[RelationName]) -> None:
    """Raises NotAtomic unless all of `names` are in the connection's database."""
    databases = {name.database for name in names}
    others = {name for name in databases if not sqlserver_catalogue.is_own_database(session, name)}
    if others:
        raise NotAtomic(tuple(sorted({session.database, *others})))


class _Publish:
    """One publish: what is to be done, for as many attempts as it takes."""

    def __init__(
        self,
        session: Session,
        event: Event,
        lease: Lease,
        moves: Sequence[PointerMove],
        relocations: Sequence[Relocation],
        references: References,
        artifacts: Sequence[bytes],
        fold: Fold,
    ) -> None:
        self.doing = f"publishing to {event.environment}"
        self._session = session
        self._event = event
        self._lease = lease
        self._moves = moves
        self._relocations = relocations
        self._references = references
        self._artifacts = artifacts
        self._fold = fold

    def attempt(self, budget: LockBudget) -> None:
        """The transaction, once."""
        session = self._session
        with session.transaction(self.doing):
            self.require_unchanged()
            sqlserver_ledger.store_artifacts(session, self._artifacts)
            if self._moves or self._relocations or self._event.kind is EventKind.PUBLISHED:
                before = descriptions(session, [move.pointer for move in self._moves])
                targets = self._target_descriptions()
                steps = self._steps()
                _run(session, self.doing, steps, budget.left())
                described = list(self._describing(before, targets))
                _run(session, self.doing, described, budget.left())
            sqlserver_ledger.append(session, self._event)

    def require_unchanged(self) -> None:
        """Raises what the protocol names where lease, chain or pointers are not as they must be."""
        session = self._session
        sqlserver_lease.hold_against_takers(session, self._lease)
        sqlserver_ledger.require_next(session, self._event)
        states = sqlserver_catalogue.pointers(session, [move.pointer for move in self._moves])
        leaving = [each.source for each in self._relocations]
        require_standing(self._moves, states, self._fold, leaving=leaving)

    def _steps(self) -> list[Step]:
        """Everything that readers may wait for, in an order in which all that a view names is there
        when the view is made."""
        session, fold = self._session, self._fold
        ending = [move.pointer for move in self._moves if move.after is None]
        found = sorted_out(session, self._relocations, ending)
        refreshing = self._refreshing()
        make_schemas(session, [move.pointer for move in self._moves if move.after])
        aside = copy_aside(session, found.copied)
        in_place = (
            ()
            if self._references
            else tuple(each for each in found.views if stays_in_schema(each, fold))
        )
        anew = [each for each in found.views if each not in in_place]
        making = making_anew(session, anew, self._references)
        awaited = {fold(name) for each in anew for name in (each.source, each.target)}
        inner, outer = inner_first(self._moves, fold)
        led = [*inner, *outer]
        return [
            *self._dropping(),
            *renaming(in_place),
            *aside,
            *renaming(found.renamed),
            *(self._creating(move) for move in led if not self._awaits(move, awaited)),
            *making,
            *(self._creating(move) for move in led if self._awaits(move, awaited)),
            *refreshing,
        ]

    def _dropping(self) -> list[Step]:
        replaces = self._session.server.replaces_views
        return [
            (
                f"moving {move.pointer}",
                sqlserver_sql.drop_relation(move.pointer, RelationKind.VIEW),
            )
            for move in self._moves
            if move.before is not None and (move.after is None or not replaces)
        ]

    def _creating(self, move: PointerMove) -> Step:
        if move.after is None:
            raise AssertionError(move)
        replaces = self._session.server.replaces_views
        create = sqlserver_sql.replace_pointer if replaces else sqlserver_sql.create_pointer
        return f"moving {move.pointer}", create(move.pointer, move.after)

    def _awaits(self, move: PointerMove, names: Collection[RelationName]) -> bool:
        """Whether a view that is relocated has the pointer's name yet, or is what it leads to."""
        involved = {self._fold(name) for name in (move.pointer, move.after) if name}
        return not involved.isdisjoint(names)

    def _refreshing(self) -> list[Step]:
        """What gives views and inline functions of other people the columns anew of pointers whose
        columns change. Raises DependentsInTheWay where such a view reads a pointer that ends."""
        session = self._session
        named = [move.pointer for move in self._moves]
        named += [self._stands_for(move.after) for move in self._moves if move.after]
        columns = sqlserver_catalogue.relations(session, named)
        there = [move for move in self._moves if move.pointer in columns]
        own = [columns[move.pointer].name for move in there]
        own += [each.source for each in self._relocations]
        arriving = {self._fold(each.target) for each in self._relocations}
        self._require_unread(
            [
                columns[move.pointer].name
                for move in there
                if move.after is None and self._fold(move.pointer) not in arriving
            ],
            own,
        )
        changed = []
        for move in there:
            target = columns.get(self._stands_for(move.after)) if move.after else None
            if target is not None and target.columns != columns[move.pointer].columns:
                changed.append(columns[move.pointer].name)
        moved = {self._fold(name) for name in named}
        stale = [name for name in stale_pointers(session) if self._fold(name) not in moved]
        changed += stale
        if not changed:
            return []
        read = ", ".join(map(str, changed[:3])) + (" and others" if len(changed) > 3 else "")
        # A stale pointer is no stranger's, and is found again among its own dependents.
        return [
            *((f"moving {name}", sqlserver_sql.refresh(name)) for name in stale),
            *(
                (f"{_REFRESHING} {view}, which reads {read},", sqlserver_sql.refresh(view))
                for view in usable(session, dependents(session, changed, [*own, *stale]))
            ),
        ]

    def _require_unread(
        self, ending: Sequence[RelationName], own: Collection[RelationName]
    ) -> None:
        problems = tuple(
            f"{reader} reads {pointer}, which the release has no more"
            for pointer in ending
            for reader in usable(self._session, dependents(self._session, [pointer], own))
        )
        if problems:
            raise DependentsInTheWay(problems)

    def _stands_for(self, name: RelationName) -> RelationName:
        """The relation that has now what will be found under `name` after the publish: through
        pointers that it makes, to where a relocated one is as yet."""
        made = {self._fold(move.pointer): move.after for move in self._moves if move.after}
        moved = {self._fold(each.target): each.source for each in self._relocations}
        at = name
        for _ in made:  # a pointer that leads to itself would have no end
            if (following := made.get(self._fold(at))) is None:
                break
            at = following
        return moved.get(self._fold(at), at)

    def _target_descriptions(self) -> Mapping[RelationName, Description]:
        """By pointer: what is said of the relation that it will lead to."""
        stands = {move.pointer: self._stands_for(move.after) for move in self._moves if move.after}
        found = descriptions(self._session, set(stands.values()))
        return {pointer: found[target] for pointer, target in stands.items()}

    def _describing(
        self,
        before: Mapping[RelationName, Description],
        targets: Mapping[RelationName, Description],
    ) -> list[Step]:
        """What gives pointers, and relations that come into the place of one, what the pointer
        had."""
        session = self._session
        led = [move.pointer for move in self._moves if move.after]
        ended = {self._fold(move.pointer): move.pointer for move in self._moves if not move.after}
        arrived = [each.target for each in self._relocations if self._fold(each.target) in ended]
        is_now = descriptions(session, [*led, *arrived])
        infos = sqlserver_catalogue.relations(session, [*led, *arrived])
        steps: list[Step] = []
        for pointer in led:
            columns = {column.name for column in infos[pointer].columns}
            wanted = pointer_description(before[pointer], targets[pointer], columns)
            wanted.permissions = {
                each for each in wanted.permissions if each.name not in _ONLY_TABLES
            }
            steps += [
                (f"describing {pointer}", statement)
                for statement in changes(pointer, RelationKind.VIEW, is_now[pointer], wanted)
            ]
        for name in arrived:
            had = before[ended[self._fold(name)]].permissions
            wanted = Description(is_now[name].properties, is_now[name].permissions | had)
            steps += [
                (f"describing {name}", statement)
                for statement in changes(name, infos[name].kind, is_now[name], wanted)
            ]
        return steps


def _run(session: Session, doing: str, steps: Sequence[Step], wait: timedelta) -> None:
    """Executes the steps in one round trip; the error says which of them failed."""
    try:
        session.run_all(doing, [statement for _, statement in steps], wait)
    except (WarehouseFailed, PermissionMissing) as failed:
        place = place_of(failed)
        if not place or is_in_the_way(failed):
            raise
        doing = steps[place - 1][0]
        if doing.startswith(_REFRESHING) and isinstance(failed, WarehouseFailed):
            raise DependentsInTheWay((f"{doing} fails: {failed.problem}",)) from failed.__cause__
        raise replace(failed, doing=doing) from failed.__cause__


def _took_effect(session: Session, event: Event, lost: ConnectionLost) -> bool:
    """Whether the publish was committed before the connection was lost, which only the ledger can
    tell. Raises ConnectionLost where it cannot be asked."""
    for attempt in range(_RECONNECTS):
        if attempt:
            time.sleep(attempt)
        try:
            session.reconnect()
            with session.transaction("looking for the event"):
                # Whoever has begun to commit, or to undo, is done when we get this lock.
                sqlserver_lease.take_turn(session, event.environment)
                return sqlserver_ledger.is_appended(session, event)
        except WarehouseError:
            continue
    doing = f"{lost.doing}, of which is not known whether it has taken effect,"
    raise ConnectionLost(lost.server, doing, lost.problem) from lost
