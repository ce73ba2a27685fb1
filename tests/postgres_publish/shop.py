"""A shop in PostgreSQL: releases of its relations, and publishes of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from tests.conformance.operation import ALIVE, MINUTE, NOW
from tests.postgres import Database

from dbt_rewind.model import (
    EventKind,
    Patience,
    PointerMove,
    RelationName,
    Relocation,
    next_event,
)
from dbt_rewind.warehouse.postgres import open_postgres
from dbt_rewind.warehouse.postgres_settings import postgres_settings
from dbt_rewind.warehouse.postgres_sql import qualified, quoted

PATIENCE = Patience()


class Shop:
    """Holds the lease on `prod`, publishes, and knows which release each pointer is of."""

    def __init__(self, database: Database, patience: Patience = PATIENCE) -> None:
        self.database = database
        self.patience = patience
        self.roles: list[str] = []
        settings = postgres_settings(database.settings)
        self.warehouse = open_postgres(settings, read_only=False, patience=patience)
        self.warehouse.prepare()
        self.lease = self.warehouse.acquire_lease("prod", ALIVE, NOW, MINUTE)
        self.live: dict[str, int] = {}
        self.run("CREATE SCHEMA mart", "CREATE TABLE mart.nothing ()")

    def close(self) -> None:
        self.warehouse.close()
        for role in self.roles:
            self.run(f"DROP OWNED BY {role}", f"DROP ROLE {role}")

    def run(self, *statements: str) -> None:
        """What somebody else does to the database."""
        self.database.run(*statements)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.database.rows(query)

    def role(self, name: str) -> str:
        """A role of this test's own."""
        role = f"{self.database.name}_{name}"
        self.roles.append(role)
        self.run(f"CREATE ROLE {role} LOGIN", f"GRANT USAGE ON SCHEMA mart TO {role}")
        return role

    @contextmanager
    def acting_as(self, role: str) -> Iterator[psycopg.Connection[Any]]:
        with self.database.connect() as connection:
            connection.execute(f"SET ROLE {role}".encode())
            yield connection

    def reads(self, role: str, query: str) -> list[tuple[Any, ...]]:
        """What the role sees."""
        with self.acting_as(role) as connection:
            return connection.execute(query.encode()).fetchall()

    def pointer(self, name: str = "orders") -> RelationName:
        return RelationName(self.database.name, "gold", name)

    def versioned(self, release: int, name: str = "orders") -> RelationName:
        return RelationName(self.database.name, f"rewind_r{release}_gold", name)

    def build(self, release: int, query: str, name: str = "orders", kind: str = "TABLE") -> None:
        relation = self.versioned(release, name)
        self.run(
            f"CREATE SCHEMA IF NOT EXISTS {quoted(relation.schema)}",
            f"CREATE {kind} {qualified(relation)} AS {query}",
        )

    def built(self) -> None:
        """Says in the ledger that what was built is complete."""
        self._append(EventKind.BUILT)

    def publish(
        self,
        release: int | None,
        *names: str,
        relocations: Collection[Relocation] = (),
    ) -> None:
        """Publishes the release's relations under these names; None: the pointers end."""
        chosen = names or ("orders",)
        moves = []
        for name in chosen:
            before = self.live.get(name)
            moves.append(
                PointerMove(
                    self.pointer(name),
                    self.versioned(before, name) if before else None,
                    self.versioned(release, name) if release else None,
                )
            )
        self.commit(*moves, relocations=relocations)
        for name in chosen:
            if release:
                self.live[name] = release
            else:
                del self.live[name]

    def commit(self, *moves: PointerMove, relocations: Collection[Relocation] = ()) -> None:
        self._append(EventKind.PUBLISHED, *moves, relocations=relocations)

    def _append(
        self, kind: EventKind, *moves: PointerMove, relocations: Collection[Relocation] = ()
    ) -> None:
        chain = self.warehouse.events("prod")
        event = next_event(chain[-1] if chain else None, "prod", NOW, kind, {})
        self.warehouse.commit(event, self.lease, moves=moves, relocations=tuple(relocations))

    def everything(self) -> list[tuple[Any, ...]]:
        """All that the catalogue says of the relations in `gold` and `mart`, but no identities."""
        return self.rows(EVERYTHING)


EVERYTHING = """
SELECT n.nspname, c.relname, c.relkind::text, c.relowner::regrole::text, c.reloptions,
  (SELECT array_agg(x::text ORDER BY x::text) FROM unnest(c.relacl) x),
  obj_description(c.oid, 'pg_class'),
  pg_get_viewdef(c.oid),
  (SELECT array_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || ' '
     || coalesce(col_description(c.oid, a.attnum), '-') || ' '
     || coalesce((SELECT array_agg(x::text ORDER BY x::text)::text FROM unnest(a.attacl) x), '-')
     || ' ' || coalesce(pg_get_expr(d.adbin, d.adrelid), '-') ORDER BY a.attnum)
   FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
   WHERE a.attrelid = c.oid AND a.attnum > 0),
  (SELECT array_agg(pg_get_triggerdef(t.oid) || coalesce(obj_description(t.oid, 'pg_trigger'), '')
     ORDER BY t.tgname) FROM pg_trigger t WHERE t.tgrelid = c.oid),
  (SELECT array_agg(pg_get_ruledef(r.oid) || coalesce(obj_description(r.oid, 'pg_rewrite'), '')
     ORDER BY r.rulename) FROM pg_rewrite r WHERE r.ev_class = c.oid),
  (SELECT array_agg(pg_get_indexdef(i.indexrelid) || i.indisclustered
     || coalesce(obj_description(i.indexrelid, 'pg_class'), '')
     ORDER BY i.indexrelid::regclass::text)
   FROM pg_index i WHERE i.indrelid = c.oid)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname IN ('gold', 'mart') AND c.relkind IN ('r', 'v', 'm') ORDER BY 1, 2
"""
