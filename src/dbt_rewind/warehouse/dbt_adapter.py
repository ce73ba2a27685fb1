"""The warehouse protocol through a dbt adapter, for every warehouse that has no module of its own.

The SQL is ours, from pure functions that a dialect's data fill in; what executes it is the adapter
that the dbt profile names, in a process of the project's own Python.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence, Set
from datetime import datetime, timedelta
from time import perf_counter
from types import MappingProxyType
from typing import Any, Final

from dbt_rewind.errors import AdapterUnsupported, WarehouseFailed
from dbt_rewind.model import (
    Event,
    IntegrityCheck,
    Lease,
    Measure,
    Owner,
    PointerMove,
    PointerState,
    RelationInfo,
    RelationName,
    Relocation,
)
from dbt_rewind.warehouse import dbt_adapter_catalogue as catalogue
from dbt_rewind.warehouse import dbt_adapter_copy as copying
from dbt_rewind.warehouse import dbt_adapter_lease as lease_of
from dbt_rewind.warehouse import dbt_adapter_ledger as ledger
from dbt_rewind.warehouse import dbt_adapter_measure as measuring
from dbt_rewind.warehouse import dbt_adapter_publish as publishing
from dbt_rewind.warehouse.dbt_adapter_channel import OpenChannel
from dbt_rewind.warehouse.dbt_adapter_dialect import Dialect
from dbt_rewind.warehouse.dbt_adapter_journal import Intent
from dbt_rewind.warehouse.dbt_adapter_session import Session
from dbt_rewind.warehouse.dbt_adapter_sql import first_rows
from dbt_rewind.warehouse.dbt_adapter_views import is_one_query
from dbt_rewind.warehouse.dialects import DIALECTS
from dbt_rewind.warehouse.protocol import Answer, Capabilities, Warehouse


def dialect_of(adapter: str) -> Dialect:
    """How that adapter's warehouse is spoken to. Raises AdapterUnsupported."""
    if adapter not in DIALECTS:
        raise AdapterUnsupported(adapter, tuple(sorted(DIALECTS)))
    return DIALECTS[adapter]


NO_CHECK: Final = "through dbt's adapter, no warehouse can be asked to check its storage"


def capabilities_of(dialect: Dialect, settings: Mapping[str, Any]) -> Capabilities:
    """What a warehouse of that dialect can do, opened as the profile's `settings` say."""
    return Capabilities(
        engine=dialect.name,
        exclusive=dialect.exclusive or settings.get("method") in dialect.exclusive_methods,
        transactional_ddl=not dialect.journalled,
        grants=False,
        returns_space=dialect.name != "duckdb",
        max_identifier=dialect.max_identifier,
        name_units=dialect.name_units,
        views_hold=dialect.views_hold,
        default_schema=dialect.default_schema,
        moves_tables=bool(dialect.relocate),
        tried=dialect.tried,
        word_names=dialect.word_names,
    )


def open_dbt_adapter(
    adapter: str, settings: Mapping[str, Any], open_channel: OpenChannel, *, read_only: bool
) -> AdapterWarehouse:
    """The warehouse that the adapter leads to. Raises AdapterUnsupported, DbtMissing,
    WarehouseFailed."""
    return open_dialect(dialect_of(adapter), settings, open_channel, read_only=read_only)


def open_dialect(
    dialect: Dialect, settings: Mapping[str, Any], open_channel: OpenChannel, *, read_only: bool
) -> AdapterWarehouse:
    """The warehouse that speaks this dialect. Raises AdapterUnsupported, DbtMissing,
    WarehouseFailed."""
    channel = open_channel()
    try:
        session = Session(channel, dialect, read_only=read_only)
        session.prepare_connection()
        found = session.row("reading the database's name", dialect.current_database)
        session.database = str(found[0] or "") if found else ""
    except BaseException:
        channel.close()
        raise
    return AdapterWarehouse(session, capabilities_of(dialect, settings))


class AdapterWarehouse(Warehouse):
    """A warehouse behind a dbt adapter; every method does what the protocol says of it."""

    def __init__(self, session: Session, capabilities: Capabilities) -> None:
        self._session = session
        self._capabilities = capabilities

    @property
    def capabilities(self) -> Capabilities:
        return self._capabilities

    def close(self) -> None:
        self._session.close()

    def prepare(self) -> None:
        ledger.prepare(self._session)

    def events(self, environment: str, after: int = 0) -> tuple[Event, ...]:
        return ledger.events(self._session, environment, after)

    def artifact(self, digest: str) -> bytes | None:
        return ledger.artifact(self._session, digest)

    def lease(self, environment: str) -> Lease | None:
        return lease_of.current(self._session, environment)

    def acquire_lease(
        self, environment: str, owner: Owner, now: datetime, duration: timedelta
    ) -> Lease:
        return lease_of.acquire(self._session, environment, owner, now, duration)

    def renew_lease(self, lease: Lease, now: datetime, duration: timedelta) -> Lease:
        return lease_of.renew(self._session, lease, now, duration)

    def release_lease(self, lease: Lease) -> None:
        lease_of.release(self._session, lease)

    def pointers(self, names: Collection[RelationName]) -> Mapping[RelationName, PointerState]:
        return catalogue.pointers(self._session, names)

    def relations(self, names: Collection[RelationName]) -> Mapping[RelationName, RelationInfo]:
        return catalogue.relations(self._session, names)

    def reads(self, views: Collection[RelationName]) -> Mapping[RelationName, Set[RelationName]]:
        return catalogue.reads(self._session, views)

    def referred(
        self, tables: Collection[RelationName]
    ) -> Mapping[RelationName, Set[RelationName]]:
        return catalogue.referred(self._session, tables)

    def environments(self) -> Set[str]:
        return ledger.environments(self._session)

    def sizes(self, names: Collection[RelationName]) -> Mapping[RelationName, int]:
        return dict.fromkeys(names, 0) | catalogue.sizes(self._session, names)

    def require_atomic(self, names: Collection[RelationName]) -> None:
        publishing.require_one_database(self._session, list(names))

    def half_published(self, environment: str) -> Event | None:
        return publishing.half_published(self._session, environment)

    def finish_publish(self, lease: Lease) -> Event | None:
        return publishing.finish(self._session, lease)

    def measure(
        self, relation: RelationName, *, fingerprint: bool, totals: Collection[str] = ()
    ) -> Measure:
        return measuring.measure(self._session, relation, fingerprint=fingerprint, totals=totals)

    def duplicates(self, relation: RelationName, key: Sequence[str]) -> int:
        return measuring.duplicates(self._session, relation, key)

    def unreadable(self, names: Collection[RelationName]) -> Mapping[RelationName, str]:
        return measuring.unreadable(self._session, names)

    def check_integrity(
        self,
        tables: Collection[RelationName],  # noqa: ARG002 - no adapter can be asked for it
    ) -> IntegrityCheck:
        return IntegrityCheck("", unseen=(NO_CHECK,))

    def fingerprint_algorithm(self) -> str:
        return measuring.algorithm(self._session)

    def query(self, sql: str, *, limit: int) -> Answer:
        doing = "the query"
        if not is_one_query(self._session.dialect, sql):
            raise WarehouseFailed(doing, "it is not one SELECT")
        with self._session.reading(doing):
            begun = perf_counter()
            found = self._session.answer(doing, first_rows(sql, limit))
            return Answer(found.columns, found.rows, perf_counter() - begun)

    def clone(self, source: RelationName, target: RelationName) -> None:
        self._capabilities.require_fitting([target])
        copying.clone(self._session, source, target)

    def drop(self, relations: Sequence[RelationName]) -> None:
        copying.drop(self._session, relations)

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
        intent = Intent(event, tuple(moves), tuple(relocations), references)
        self._capabilities.require_fitting(intent.names())
        publishing.commit(self._session, intent, lease, artifacts)

    def replay(
        self, events: Sequence[Event], lease: Lease, *, artifacts: Sequence[bytes] = ()
    ) -> None:
        publishing.replay(self._session, events, lease, artifacts)

    def forget(self, environment: str, digests: Collection[str]) -> None:
        ledger.forget(self._session, environment, digests)

    def reclaim(self) -> None:
        """Warehouses behind a door free what was dropped by themselves, each in its time."""

    def remove_ledger(self) -> None:
        ledger.remove(self._session)
