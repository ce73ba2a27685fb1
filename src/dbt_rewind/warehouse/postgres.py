"""The warehouse protocol on a PostgreSQL database."""

from __future__ import annotations

from collections.abc import Collection
from time import perf_counter

from dbt_rewind.model import Patience, RelationName
from dbt_rewind.warehouse import postgres_publish, postgres_sql
from dbt_rewind.warehouse.postgres_open import open_session
from dbt_rewind.warehouse.postgres_session import Session
from dbt_rewind.warehouse.postgres_settings import PostgresSettings
from dbt_rewind.warehouse.protocol import Answer, Capabilities, Warehouse

CAPABILITIES = Capabilities(
    engine="postgres",
    exclusive=False,
    transactional_ddl=True,
    grants=True,
    returns_space=True,
    moves_tables=True,
    max_identifier=postgres_sql.LONGEST_NAME,
    default_schema="public",
)


def open_postgres(
    settings: PostgresSettings, *, read_only: bool, patience: Patience
) -> PostgresWarehouse:
    """The warehouse in the database that `settings` lead to. Raises as `open_session` does."""
    session = open_session(settings, read_only=read_only)
    return PostgresWarehouse(session, patience)  # type: ignore[abstract] # ledger, catalogue


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

    def require_atomic(self, names: Collection[RelationName]) -> None:
        postgres_publish.require_one_database(self._session, names)

    def query(self, sql: str, *, limit: int) -> Answer:
        doing = "the query"
        with self._session.reading(doing):
            begun = perf_counter()
            columns, rows = self._session.first_rows(doing, sql, limit)
            return Answer(columns, tuple(rows), perf_counter() - begun)
