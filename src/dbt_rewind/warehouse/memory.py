"""The warehouse protocol in memory: the double that tests of everything above it run on."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from time import perf_counter
from types import MappingProxyType

from dbt_rewind.errors import LeaseLost, LedgerTooNew, PublishBlocked, WarehouseFailed
from dbt_rewind.model import (
    Event,
    Finding,
    Health,
    IntegrityCheck,
    IntegrityFault,
    Lease,
    Measure,
    Owner,
    PointerMove,
    PointerState,
    RelationInfo,
    RelationName,
    Relocation,
)
from dbt_rewind.warehouse import memory_publish
from dbt_rewind.warehouse.artifact_bytes import unpacked
from dbt_rewind.warehouse.memory_store import (
    Contents,
    MemoryStore,
    Table,
    View,
    memory_store,
    profiles,
)
from dbt_rewind.warehouse.preconditions import require_takeable
from dbt_rewind.warehouse.protocol import LEDGER_VERSION, Answer, Capabilities, NameUnits, Warehouse

__all__ = ["CAPABILITIES", "MemoryWarehouse", "memory_store"]

CAPABILITIES = Capabilities(
    engine="memory",
    exclusive=False,
    transactional_ddl=True,
    grants=False,
    returns_space=True,
    max_identifier=None,
    name_units=NameUnits.CHARACTERS,
    default_schema=None,
    moves_tables=False,
    views_hold=False,
)

_SELECT_ALL = re.compile(r'select \* from "?(\w+)"?\."?(\w+)"?', re.IGNORECASE)


class MemoryWarehouse(Warehouse):
    """One opening of a store; every method does what the protocol says of it.

    `capabilities` are what it says that it can do, so that tests see what others make of that."""

    def __init__(
        self,
        store: MemoryStore,
        *,
        read_only: bool = False,
        capabilities: Capabilities = CAPABILITIES,
    ) -> None:
        self._store = store
        self._read_only = read_only
        self._capabilities = capabilities
        self._closed = False

    @property
    def capabilities(self) -> Capabilities:
        return self._capabilities

    def close(self) -> None:
        self._closed = True

    def prepare(self) -> None:
        found = self._ledger("making the ledger").ledger_version
        if found is None or found < LEDGER_VERSION:
            with self._changing("making the ledger", needs_ledger=False) as draft:
                draft.ledger_version = LEDGER_VERSION

    def events(self, environment: str, after: int = 0) -> tuple[Event, ...]:
        chain = self._ledger("reading the ledger").events.get(environment, ())
        return tuple(event for event in chain if event.sequence > after)

    def artifact(self, digest: str) -> bytes | None:
        stored = self._ledger("reading an artifact").artifacts.get(digest)
        return unpacked(digest, stored) if stored is not None else None

    def lease(self, environment: str) -> Lease | None:
        lease, held = self._ledger("reading the lease").leases.get(environment, (None, False))
        return lease if held else None

    def acquire_lease(
        self, environment: str, owner: Owner, now: datetime, duration: timedelta
    ) -> Lease:
        with self._changing("taking the lease") as draft:
            last, held = draft.leases.get(environment, (None, False))
            require_takeable(last if held else None, now)
            fence = last.fence + 1 if last else 1
            lease = Lease(environment, owner, fence, now, now + duration)
            draft.leases[environment] = (lease, True)
            return lease

    def renew_lease(self, lease: Lease, now: datetime, duration: timedelta) -> Lease:
        with self._changing("renewing the lease") as draft:
            if not draft.is_held(lease):
                raise LeaseLost(lease.environment)
            renewed = replace(lease, expires_at=now + duration)
            draft.leases[lease.environment] = (renewed, True)
            return renewed

    def release_lease(self, lease: Lease) -> None:
        with self._changing("giving back the lease", needs_ledger=False) as draft:
            if draft.is_held(lease):
                draft.leases[lease.environment] = (lease, False)

    def pointers(self, names: Collection[RelationName]) -> Mapping[RelationName, PointerState]:
        contents = self._contents("reading the pointers")
        return {name: memory_publish.state(contents, name) for name in names}

    def relations(self, names: Collection[RelationName]) -> Mapping[RelationName, RelationInfo]:
        contents = self._contents("reading the catalogue")
        found: dict[RelationName, RelationInfo] = {}
        for name in names:
            kind, table = contents.kind(name), contents.table_behind(name)
            if kind:
                found[name] = RelationInfo(name, kind, table.columns if table else ())
        return found

    def reads(self, views: Collection[RelationName]) -> Mapping[RelationName, Set[RelationName]]:
        relations = self._contents("reading the views").relations
        found = {name: relations.get(name) for name in views}
        return {
            name: {view.target} if view.target in relations else set()
            for name, view in found.items()
            if isinstance(view, View)
        }

    def referred(
        self,
        tables: Collection[RelationName],  # noqa: ARG002 - tables in memory have no constraints
    ) -> Mapping[RelationName, Set[RelationName]]:
        self._contents("reading the foreign keys")
        return {}

    def environments(self) -> Set[str]:
        contents = self._ledger("reading the ledger")
        held = {name for name, (_, is_held) in contents.leases.items() if is_held}
        return held | {name for name, chain in contents.events.items() if chain}

    def sizes(self, names: Collection[RelationName]) -> Mapping[RelationName, int]:
        relations = self._contents("reading sizes").relations
        tables = {name: relations.get(name) for name in names}
        return {
            name: len(repr(table.rows)) if isinstance(table, Table) else 0
            for name, table in tables.items()
        }

    def require_atomic(self, names: Collection[RelationName]) -> None:
        memory_publish.require_one_database(names)

    def public_grants(
        self,
        names: Collection[RelationName],  # noqa: ARG002 - who has the database has all of it
    ) -> Mapping[RelationName, Set[str]]:
        return {}

    def measure(
        self, relation: RelationName, *, fingerprint: bool, totals: Collection[str] = ()
    ) -> Measure:
        table = self._table(f"measuring {relation}", relation)
        if not fingerprint:
            return Measure(len(table.rows), None)
        return Measure(len(table.rows), self._fingerprint(table), profiles(table, totals))

    def duplicates(self, relation: RelationName, key: Sequence[str]) -> int:
        doing = f"looking for duplicates in {relation}"
        table = self._table(doing, relation)
        names = [column.name for column in table.columns]
        missing = [column for column in key if column not in names]
        if missing:
            raise WarehouseFailed(doing, f"it has no column {missing[0]}")
        values = [tuple(row[names.index(column)] for column in key) for row in table.rows]
        counts = Counter(value for value in values if None not in value)
        return sum(number > 1 for number in counts.values())

    def unreadable(self, names: Collection[RelationName]) -> Mapping[RelationName, str]:
        contents = self._contents("looking for what cannot be queried")
        ends = {name: contents.end_of(name) for name in names}
        return {
            name: f"{end} does not exist"
            for name, end in ends.items()
            if end not in contents.relations
        }

    def check_integrity(self, tables: Collection[RelationName]) -> IntegrityCheck:
        contents = self._contents("checking the storage")
        for table in tables:
            self._table(f"checking {table}", table)
        damaged = {name: self._store.damaged.get(contents.end_of(name)) for name in sorted(tables)}
        faults = [IntegrityFault(name, words) for name, words in damaged.items() if words]
        return IntegrityCheck("nothing is stored", tuple(faults))

    def _table(self, doing: str, relation: RelationName) -> Table:
        table = self._contents(doing).table_behind(relation)
        if table is None:
            raise WarehouseFailed(doing, "it does not exist")
        return table

    def fingerprint_algorithm(self) -> str:
        return "memory-1"

    def query(self, sql: str, *, limit: int) -> Answer:
        begun = perf_counter()
        columns, rows = self._store.answers.get(sql) or self._select_all(sql)
        return Answer(columns, rows[:limit], perf_counter() - begun)

    def half_published(self, environment: str) -> Event | None:
        half = self._contents("reading the journal").half_published.get(environment)
        return half[0] if half else None

    def finish_publish(self, lease: Lease) -> Event | None:
        if self.half_published(lease.environment) is None:
            return None
        with self._changing("finishing a publish") as draft:
            event, moves = draft.half_published.pop(lease.environment)
            memory_publish.finish(draft, event, lease, moves)
            return event

    def clone(self, source: RelationName, target: RelationName) -> None:
        doing = f"copying {source} to {target}"
        with self._changing(doing, needs_ledger=False) as draft:
            table = draft.relations.get(source)
            if not isinstance(table, Table):
                raise WarehouseFailed(doing, f"{source} is not a table")
            if source == target:
                raise WarehouseFailed(doing, "a table cannot replace itself")
            draft.relations[target] = table

    def drop(self, relations: Sequence[RelationName]) -> None:
        with self._changing("dropping relations", needs_ledger=False) as draft:
            for relation in relations:
                draft.relations.pop(relation, None)

    def commit(
        self,
        event: Event,
        lease: Lease,
        *,
        moves: Sequence[PointerMove] = (),
        relocations: Sequence[Relocation] = (),
        references: Mapping[RelationName, RelationName] = MappingProxyType({}),
        artifacts: Sequence[bytes] = (),
    ) -> None:
        memory_publish.require_atomic(moves, relocations)
        if (moves or relocations) and self._store.in_the_way:
            raise PublishBlocked(event.environment, "5m 0s", self._store.in_the_way)
        with self._changing(f"publishing to {event.environment}") as draft:
            memory_publish.publish(draft, event, lease, moves, relocations, references, artifacts)

    def replay(
        self, events: Sequence[Event], lease: Lease, *, artifacts: Sequence[bytes] = ()
    ) -> None:
        with self._changing(f"replaying {lease.environment}") as draft:
            for event in events:
                memory_publish.publish(draft, event, lease, (), (), {}, artifacts)

    def forget(self, environment: str, digests: Collection[str]) -> None:
        with self._changing("forgetting artifacts") as draft:
            others = [
                repr(event.payload)
                for name, chain in draft.events.items()
                for event in chain
                if name != environment
            ]
            for digest in digests:
                if not any(digest in payload for payload in others):
                    draft.artifacts.pop(digest, None)

    def examine(self, schemas: Collection[str]) -> Iterable[Finding]:  # noqa: ARG002
        self._contents("examining the warehouse")
        return (Finding("warehouse", Health.OK, "in memory"),)

    def reclaim(self) -> None:
        """There is nothing to do in memory."""

    def remove_ledger(self) -> None:
        with self._changing("removing the ledger", needs_ledger=False) as draft:
            draft.events.clear()
            draft.artifacts.clear()
            draft.leases.clear()
            draft.ledger_version = None

    def _contents(self, doing: str) -> Contents:
        if self._closed:
            raise WarehouseFailed(doing, "the warehouse is closed")
        return self._store.contents

    def _ledger(self, doing: str) -> Contents:
        contents = self._contents(doing)
        found = contents.ledger_version
        if found is not None and found > LEDGER_VERSION:
            raise LedgerTooNew(found=found, known=LEDGER_VERSION)
        return contents

    @contextmanager
    def _changing(self, doing: str, *, needs_ledger: bool = True) -> Iterator[Contents]:
        contents = self._contents(doing)
        if self._read_only:
            raise WarehouseFailed(doing, "the warehouse was opened read-only")
        if needs_ledger and contents.ledger_version is None:
            raise WarehouseFailed(doing, "there is no ledger")
        with self._store.changing() as draft:
            yield draft

    def _fingerprint(self, table: Table) -> str:
        rows = sorted(repr(row) for row in table.rows)
        digest = hashlib.sha256(repr((table.columns, rows)).encode()).hexdigest()
        return f"{self.fingerprint_algorithm()}:{digest}"

    def _select_all(self, sql: str) -> tuple[tuple[str, ...], tuple[tuple[object, ...], ...]]:
        doing = "the query"
        plain = _SELECT_ALL.fullmatch(sql.strip())
        for name in self._contents(doing).relations:
            if plain and (name.schema, name.name) == plain.groups():
                table = self._store.contents.table_behind(name)
                if table:
                    return tuple(column.name for column in table.columns), table.rows
        raise WarehouseFailed(doing, "in memory only SELECT * FROM schema.name is understood")
