"""The warehouse protocol on a PostgreSQL database."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from datetime import datetime, timedelta
from time import perf_counter
from types import MappingProxyType

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
    postgres_catalogue,
    postgres_copy,
    postgres_drop,
    postgres_examine,
    postgres_integrity,
    postgres_lease,
    postgres_ledger,
    postgres_measure,
    postgres_permissions,
    postgres_privileges,
    postgres_publish,
    postgres_sql,
)
from dbt_rewind.warehouse.postgres_open import open_session
from dbt_rewind.warehouse.postgres_publish import Publish
from dbt_rewind.warehouse.postgres_session import Session
from dbt_rewind.warehouse.postgres_settings import PostgresSettings
from dbt_rewind.warehouse.protocol import Answer, Capabilities, NameUnits, Warehouse

CAPABILITIES = Capabilities(
    engine="postgres",
    exclusive=False,
    transactional_ddl=True,
    grants=True,
    returns_space=True,
    moves_tables=True,
    views_hold=True,
    max_identifier=postgres_sql.LONGEST_NAME,
    name_units=NameUnits.BYTES,
    default_schema="public",
)


def open_postgres(
    settings: PostgresSettings, *, read_only: bool, patience: Patience
) -> PostgresWarehouse:
    """The warehouse in the database that `settings` lead to. Raises as `open_session` does."""
    session = open_session(settings, read_only=read_only)
    return PostgresWarehouse(session, patience)


class PostgresWarehouse(Warehouse):
    """A warehouse in one PostgreSQL database; every method does what the protocol says of it."""

    def __init__(self, session: Session, patience: Patience) -> None:
        self._session = session
        self._patience = patience

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    def close(self) -> None:
        self._session.close()

    def prepare(self) -> None:
        postgres_permissions.require_ledger(self._session)
        postgres_ledger.prepare(self._session)

    def events(self, environment: str, after: int = 0) -> tuple[Event, ...]:
        return postgres_ledger.events(self._session, environment, after)

    def artifact(self, digest: str) -> bytes | None:
        return postgres_ledger.artifact(self._session, digest)

    def lease(self, environment: str) -> Lease | None:
        return postgres_lease.current(self._session, environment)

    def acquire_lease(
        self, environment: str, owner: Owner, now: datetime, duration: timedelta
    ) -> Lease:
        return postgres_lease.acquire(self._session, environment, owner, now, duration)

    def renew_lease(self, lease: Lease, now: datetime, duration: timedelta) -> Lease:
        return postgres_lease.renew(self._session, lease, now, duration)

    def release_lease(self, lease: Lease) -> None:
        postgres_lease.release(self._session, lease)

    def pointers(self, names: Collection[RelationName]) -> Mapping[RelationName, PointerState]:
        return postgres_catalogue.pointers(self._session, names)

    def relations(self, names: Collection[RelationName]) -> Mapping[RelationName, RelationInfo]:
        return postgres_catalogue.relations(self._session, names)

    def reads(self, views: Collection[RelationName]) -> Mapping[RelationName, Set[RelationName]]:
        return postgres_catalogue.reads(self._session, views)

    def referred(
        self, tables: Collection[RelationName]
    ) -> Mapping[RelationName, Set[RelationName]]:
        return postgres_catalogue.referred(self._session, tables)

    def environments(self) -> Set[str]:
        return postgres_ledger.environments(self._session)

    def sizes(self, names: Collection[RelationName]) -> Mapping[RelationName, int]:
        return postgres_catalogue.sizes(self._session, names)

    def require_atomic(self, names: Collection[RelationName]) -> None:
        postgres_publish.require_one_database(self._session, names)

    def require_permitted(self, needs: Needs) -> None:
        postgres_permissions.require_permitted(self._session, needs)

    def public_grants(self, names: Collection[RelationName]) -> Mapping[RelationName, Set[str]]:
        return postgres_privileges.public_grants(self._session, names)

    def query(self, sql: str, *, limit: int) -> Answer:
        doing = "the query"
        with self._session.reading(doing):
            begun = perf_counter()
            columns, rows = self._session.first_rows(doing, sql, limit)
            return Answer(columns, tuple(rows), perf_counter() - begun)

    def measure(
        self, relation: RelationName, *, fingerprint: bool, totals: Collection[str] = ()
    ) -> Measure:
        return postgres_measure.measure(
            self._session, relation, fingerprint=fingerprint, totals=totals
        )

    def duplicates(self, relation: RelationName, key: Sequence[str]) -> int:
        return postgres_measure.duplicates(self._session, relation, key)

    def unreadable(self, names: Collection[RelationName]) -> Mapping[RelationName, str]:
        return postgres_integrity.unreadable(self._session, names)

    def check_integrity(self, tables: Collection[RelationName]) -> IntegrityCheck:
        return postgres_integrity.check(self._session, tables)

    def fingerprint_algorithm(self) -> str:
        return postgres_measure.algorithm(self._session)

    def clone(self, source: RelationName, target: RelationName) -> None:
        postgres_copy.clone(self._session, source, target)

    def drop(self, relations: Sequence[RelationName]) -> None:
        postgres_drop.drop(self._session, relations)

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
        publish = Publish(event, lease, moves, relocations, references, artifacts)
        postgres_publish.commit(self._session, publish, self._patience)

    def replay(
        self, events: Sequence[Event], lease: Lease, *, artifacts: Sequence[bytes] = ()
    ) -> None:
        postgres_publish.replay(self._session, events, lease, artifacts)

    def forget(self, environment: str, digests: Collection[str]) -> None:
        postgres_ledger.forget(self._session, environment, digests)

    def examine(self, schemas: Collection[str]) -> Iterable[Finding]:
        return postgres_examine.examine(self._session, schemas, self._patience)

    def reclaim(self) -> None:
        """The server gives the files of what was dropped back by itself."""

    def remove_ledger(self) -> None:
        postgres_ledger.remove(self._session)
