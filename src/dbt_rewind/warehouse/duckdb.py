"""The warehouse protocol on a DuckDB file."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from datetime import datetime, timedelta
from time import perf_counter
from types import MappingProxyType
from typing import Any

from dbt_rewind.errors import WarehouseFailed
from dbt_rewind.model import (
    Event,
    Finding,
    IntegrityCheck,
    Lease,
    Measure,
    Owner,
    PointerMove,
    PointerState,
    RelationInfo,
    RelationKind,
    RelationName,
    Relocation,
)
from dbt_rewind.warehouse import (
    duckdb_catalogue,
    duckdb_copy,
    duckdb_examine,
    duckdb_integrity,
    duckdb_lease,
    duckdb_ledger,
    duckdb_measure,
    duckdb_publish,
    duckdb_sql,
)
from dbt_rewind.warehouse.duckdb_open import open_session
from dbt_rewind.warehouse.duckdb_session import Session
from dbt_rewind.warehouse.protocol import Answer, Capabilities, NameUnits, Warehouse

CAPABILITIES = Capabilities(
    engine="duckdb",
    exclusive=True,
    transactional_ddl=True,
    grants=False,
    returns_space=False,
    max_identifier=None,
    name_units=NameUnits.CHARACTERS,
    default_schema="main",
    moves_tables=False,
    views_hold=False,
)


def open_duckdb(
    path: str,
    *,
    read_only: bool,
    settings: Mapping[str, Any] | None = None,
    extensions: Sequence[str | Mapping[str, str]] = (),
    attach: Sequence[Mapping[str, Any]] = (),
) -> DuckDBWarehouse:
    """The warehouse in the file at `path`, which is made where it is missing and may be written.

    `settings`, `extensions` and `attach` are what a dbt-duckdb profile calls so.
    Raises WarehouseMissing, WarehouseLocked, WarehouseFailed.
    """
    session = open_session(
        path,
        read_only=read_only,
        settings=settings or {},
        extensions=extensions,
        attach=attach,
    )
    return DuckDBWarehouse(session)


class DuckDBWarehouse(Warehouse):
    """A warehouse in one DuckDB file; every method does what the protocol says of it."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    def close(self) -> None:
        self._session.close()

    def prepare(self) -> None:
        duckdb_ledger.prepare(self._session)

    def events(self, environment: str, after: int = 0) -> tuple[Event, ...]:
        return duckdb_ledger.events(self._session, environment, after)

    def artifact(self, digest: str) -> bytes | None:
        return duckdb_ledger.artifact(self._session, digest)

    def lease(self, environment: str) -> Lease | None:
        return duckdb_lease.current(self._session, environment)

    def acquire_lease(
        self, environment: str, owner: Owner, now: datetime, duration: timedelta
    ) -> Lease:
        return duckdb_lease.acquire(self._session, environment, owner, now, duration)

    def renew_lease(self, lease: Lease, now: datetime, duration: timedelta) -> Lease:
        return duckdb_lease.renew(self._session, lease, now, duration)

    def release_lease(self, lease: Lease) -> None:
        duckdb_lease.release(self._session, lease)

    def pointers(self, names: Collection[RelationName]) -> Mapping[RelationName, PointerState]:
        return duckdb_catalogue.pointers(self._session, names)

    def relations(self, names: Collection[RelationName]) -> Mapping[RelationName, RelationInfo]:
        return duckdb_catalogue.relations(self._session, names)

    def reads(self, views: Collection[RelationName]) -> Mapping[RelationName, Set[RelationName]]:
        return duckdb_catalogue.reads(self._session, views)

    def referred(
        self, tables: Collection[RelationName]
    ) -> Mapping[RelationName, Set[RelationName]]:
        return duckdb_catalogue.referred(self._session, tables)

    def environments(self) -> Set[str]:
        return duckdb_ledger.environments(self._session)

    def sizes(self, names: Collection[RelationName]) -> Mapping[RelationName, int]:
        kinds = duckdb_catalogue.kinds(self._session, names)
        tables = sorted(name for name, kind in kinds.items() if kind is RelationKind.TABLE)
        return {**dict.fromkeys(names, 0), **duckdb_measure.sizes(self._session, tables)}

    def require_atomic(self, names: Collection[RelationName]) -> None:
        duckdb_publish.require_one_database(self._session, names)

    def public_grants(
        self,
        names: Collection[RelationName],  # noqa: ARG002 - who has the database has all of it
    ) -> Mapping[RelationName, Set[str]]:
        return {}

    def measure(
        self, relation: RelationName, *, fingerprint: bool, totals: Collection[str] = ()
    ) -> Measure:
        return duckdb_measure.measure(
            self._session, relation, fingerprint=fingerprint, totals=totals
        )

    def duplicates(self, relation: RelationName, key: Sequence[str]) -> int:
        return duckdb_measure.duplicates(self._session, relation, key)

    def unreadable(self, names: Collection[RelationName]) -> Mapping[RelationName, str]:
        return duckdb_integrity.unreadable(self._session, names)

    def check_integrity(self, tables: Collection[RelationName]) -> IntegrityCheck:
        return duckdb_integrity.check(self._session, tables)

    def fingerprint_algorithm(self) -> str:
        return duckdb_measure.algorithm()

    def query(self, sql: str, *, limit: int) -> Answer:
        doing = "the query"
        if not self._session.is_one_select(doing, sql):
            raise WarehouseFailed(doing, "it must be a single SELECT statement")
        with self._session.reading(doing):
            begun = perf_counter()
            columns, rows = self._session.first_rows(doing, sql, limit)
            return Answer(columns, tuple(rows), perf_counter() - begun)

    def clone(self, source: RelationName, target: RelationName) -> None:
        duckdb_copy.clone(self._session, source, target)

    def drop(self, relations: Sequence[RelationName]) -> None:
        duckdb_copy.drop(self._session, relations)

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
        duckdb_publish.commit(
            self._session, event, lease, moves, relocations, references, artifacts
        )

    def replay(
        self, events: Sequence[Event], lease: Lease, *, artifacts: Sequence[bytes] = ()
    ) -> None:
        duckdb_publish.replay(self._session, events, lease, artifacts)

    def forget(self, environment: str, digests: Collection[str]) -> None:
        duckdb_ledger.forget(self._session, environment, digests)

    def examine(self, schemas: Collection[str]) -> Iterable[Finding]:  # noqa: ARG002
        return duckdb_examine.examine(self._session)

    def reclaim(self) -> None:
        self._session.run("reclaiming space", duckdb_sql.checkpoint(self._session.database))

    def remove_ledger(self) -> None:
        duckdb_ledger.remove(self._session)
