"""The warehouse protocol on a SQL Server database."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from datetime import datetime, timedelta
from time import perf_counter
from types import MappingProxyType

from dbt_rewind.errors import WarehouseFailed
from dbt_rewind.model import (
    Event,
    Finding,
    IntegrityCheck,
    Lease,
    Measure,
    Needs,
    Owner,
    Patience,
    PointerMove,
    PointerState,
    RelationInfo,
    RelationName,
    Relocation,
)
from dbt_rewind.warehouse import (
    sqlserver_catalogue,
    sqlserver_copy,
    sqlserver_drop,
    sqlserver_examine,
    sqlserver_integrity,
    sqlserver_lease,
    sqlserver_ledger,
    sqlserver_measure,
    sqlserver_permissions,
    sqlserver_publish,
)
from dbt_rewind.warehouse.protocol import Answer, Capabilities, Warehouse
from dbt_rewind.warehouse.sqlserver_open import open_session
from dbt_rewind.warehouse.sqlserver_query import is_one_query
from dbt_rewind.warehouse.sqlserver_session import Session
from dbt_rewind.warehouse.sqlserver_settings import SqlServerSettings
from dbt_rewind.warehouse.sqlserver_sql import LONGEST_NAME, NAME_UNITS


def open_sqlserver(
    settings: SqlServerSettings, *, read_only: bool, patience: Patience
) -> SQLServerWarehouse:
    """The warehouse in the database that `settings` lead to.

    Raises WarehouseUnreachable, LoginRefused, WarehouseFailed.
    """
    return SQLServerWarehouse(
        open_session(settings, read_only=read_only, wait=patience.wait), patience
    )


class SQLServerWarehouse(Warehouse):
    """A warehouse in one SQL Server database; every method does what the protocol says of it."""

    def __init__(self, session: Session, patience: Patience) -> None:
        self._session = session
        self._patience = patience

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            engine="sqlserver",
            exclusive=False,
            transactional_ddl=True,
            grants=True,
            returns_space=False,
            max_identifier=LONGEST_NAME,
            name_units=NAME_UNITS,
            default_schema=self._session.server.default_schema,
            moves_tables=False,
            views_hold=False,
        )

    def close(self) -> None:
        self._session.close()

    def prepare(self) -> None:
        sqlserver_ledger.prepare(self._session)

    def events(self, environment: str, after: int = 0) -> tuple[Event, ...]:
        return sqlserver_ledger.events(self._session, environment, after)

    def artifact(self, digest: str) -> bytes | None:
        return sqlserver_ledger.artifact(self._session, digest)

    def lease(self, environment: str) -> Lease | None:
        return sqlserver_lease.current(self._session, environment)

    def acquire_lease(
        self, environment: str, owner: Owner, now: datetime, duration: timedelta
    ) -> Lease:
        return sqlserver_lease.acquire(self._session, environment, owner, now, duration)

    def renew_lease(self, lease: Lease, now: datetime, duration: timedelta) -> Lease:
        return sqlserver_lease.renew(self._session, lease, now, duration)

    def release_lease(self, lease: Lease) -> None:
        sqlserver_lease.release(self._session, lease)

    def pointers(self, names: Collection[RelationName]) -> Mapping[RelationName, PointerState]:
        return sqlserver_catalogue.pointers(self._session, names)

    def relations(self, names: Collection[RelationName]) -> Mapping[RelationName, RelationInfo]:
        return sqlserver_catalogue.relations(self._session, names)

    def reads(self, views: Collection[RelationName]) -> Mapping[RelationName, Set[RelationName]]:
        return sqlserver_catalogue.reads(self._session, views)

    def referred(
        self, tables: Collection[RelationName]
    ) -> Mapping[RelationName, Set[RelationName]]:
        return sqlserver_catalogue.referred(self._session, tables)

    def environments(self) -> Set[str]:
        return sqlserver_ledger.environments(self._session)

    def sizes(self, names: Collection[RelationName]) -> Mapping[RelationName, int]:
        return {**dict.fromkeys(names, 0), **sqlserver_catalogue.sizes(self._session, names)}

    def require_atomic(self, names: Collection[RelationName]) -> None:
        sqlserver_publish.require_one_database(self._session, names)

    def require_permitted(self, needs: Needs) -> None:
        sqlserver_permissions.require_permitted(self._session, needs)

    def public_grants(self, names: Collection[RelationName]) -> Mapping[RelationName, Set[str]]:
        return sqlserver_catalogue.public_grants(self._session, names)

    def measure(
        self, relation: RelationName, *, fingerprint: bool, totals: Collection[str] = ()
    ) -> Measure:
        return sqlserver_measure.measure(
            self._session, relation, fingerprint=fingerprint, totals=totals
        )

    def duplicates(self, relation: RelationName, key: Sequence[str]) -> int:
        return sqlserver_measure.duplicates(self._session, relation, key)

    def unreadable(self, names: Collection[RelationName]) -> Mapping[RelationName, str]:
        return sqlserver_integrity.unreadable(self._session, names)

    def check_integrity(self, tables: Collection[RelationName]) -> IntegrityCheck:
        return sqlserver_integrity.check(self._session, tables)

    def fingerprint_algorithm(self) -> str:
        return sqlserver_measure.ALGORITHM

    def query(self, sql: str, *, limit: int) -> Answer:
        doing = "the query"
        if not is_one_query(sql):
            raise WarehouseFailed(doing, "it must be a single SELECT statement")
        with self._session.undone(doing):
            begun = perf_counter()
            columns, rows = self._session.first_rows(doing, sql, limit)
            return Answer(columns, tuple(rows), perf_counter() - begun)

    def clone(self, source: RelationName, target: RelationName) -> None:
        sqlserver_copy.clone(self._session, source, target)

    def drop(self, relations: Sequence[RelationName]) -> None:
        sqlserver_drop.drop(self._session, self._patience, relations)

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
        sqlserver_publish.commit(
            self._session,
            self._patience,
            event,
            lease,
            moves,
            relocations,
            references,
            artifacts,
        )

    def replay(
        self, events: Sequence[Event], lease: Lease, *, artifacts: Sequence[bytes] = ()
    ) -> None:
        sqlserver_publish.replay(self._session, events, lease, artifacts)

    def forget(self, environment: str, digests: Collection[str]) -> None:
        sqlserver_ledger.forget(self._session, environment, digests)

    def examine(self, schemas: Collection[str]) -> Iterable[Finding]:  # noqa: ARG002
        return sqlserver_examine.examine(self._session)

    def reclaim(self) -> None:
        """The server makes the space of what was dropped free by itself."""

    def remove_ledger(self) -> None:
        sqlserver_ledger.remove(self._session)
