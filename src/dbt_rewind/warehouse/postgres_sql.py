# ruff: noqa: S608 - names are quoted and values bound
"""SQL text for PostgreSQL: pure functions, so that every statement is tested without a server.

Relations are named with their schema and without their database: a connection leads to one
database, and no statement to another.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from dbt_rewind.errors import NameTooLong
from dbt_rewind.model import RelationKind, RelationName
from dbt_rewind.warehouse.protocol import LEDGER_SCHEMA

LONGEST_NAME = 63
"""The bytes of the longest identifier; the server cuts a longer one off and goes on."""

PLAIN_PATH = "SET LOCAL search_path TO pg_catalog, pg_temp"
"""For the rest of the transaction, texts that the catalogue gives back name everything with its
schema, and nobody's function or operator stands in for the server's own."""


def quoted(identifier: str) -> str:
    """Raises NameTooLong: the server would silently take another name for it."""
    if len(identifier.encode(errors="surrogatepass")) > LONGEST_NAME:
        raise NameTooLong(identifier, LONGEST_NAME)
    return '"' + identifier.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A string constant, for the statements that take no bound value."""
    doubled = text.replace("'", "''")
    if "\\" in text:
        # Said so that it means the same whatever `standard_conforming_strings` is.
        return "E'" + doubled.replace("\\", "\\\\") + "'"
    return f"'{doubled}'"


def qualified(relation: RelationName) -> str:
    return f"{quoted(relation.schema)}.{quoted(relation.name)}"


def ledger_table(table: str) -> str:
    return f"{quoted(LEDGER_SCHEMA)}.{quoted(table)}"


def create_schema(schema: str) -> str:
    return f"CREATE SCHEMA {quoted(schema)}"


def drop_schema(schema: str) -> str:
    return f"DROP SCHEMA {quoted(schema)}"


def create_pointer(pointer: RelationName, target: RelationName, options: Sequence[str]) -> str:
    """The view must not be there yet."""
    return f"CREATE VIEW {_view(pointer, options)} AS SELECT * FROM {qualified(target)}"


def replace_pointer(pointer: RelationName, target: RelationName, options: Sequence[str]) -> str:
    """The view must be there, and its columns be the first of the target's. It loses the options
    that are not given."""
    return f"CREATE OR REPLACE VIEW {_view(pointer, options)} AS SELECT * FROM {qualified(target)}"


def create_view(name: RelationName, options: Sequence[str], text: str) -> str:
    """`text` is the view's query as the catalogue gives it."""
    return f"CREATE VIEW {_view(name, options)} AS {text.rstrip().removesuffix(';')}"


def create_materialized_view(
    name: RelationName,
    options: Sequence[str],
    text: str,
    *,
    method: str | None,
    tablespace: str | None,
    populated: bool,
) -> str:
    """`text` is the view's query as the catalogue gives it."""
    using = f" USING {quoted(method)}" if method else ""
    place = f" TABLESPACE {quoted(tablespace)}" if tablespace else ""
    query = text.rstrip().removesuffix(";")
    data = "WITH DATA" if populated else "WITH NO DATA"
    return (
        f"CREATE MATERIALIZED VIEW {qualified(name)}{using}{_with(options)}{place}"
        f" AS {query} {data}"
    )


def give_to(relation: RelationName, owner: str) -> str:
    """Of a table or a view of any kind. It locks the relation, and nothing that it reads, even
    where it is the owner's already."""
    return f"ALTER TABLE {qualified(relation)} OWNER TO {quoted(owner)}"


def together(statements: Sequence[str]) -> str:
    """One statement that executes these, so that one `statement_timeout` holds for all of them."""
    block = f"BEGIN EXECUTE {literal('; '.join(statements))}; END"
    return f"DO {literal(block)}"


def bound(timeout: timedelta) -> str:
    """No statement of the rest of the transaction takes longer."""
    return f"SET LOCAL statement_timeout TO {_milliseconds(timeout)}"


def bound_locks(timeout: timedelta) -> str:
    """No lock of the rest of the transaction is waited for any longer."""
    return f"SET LOCAL lock_timeout TO {_milliseconds(timeout)}"


UNBOUND = "SET LOCAL statement_timeout TO DEFAULT"

LET_GO = "SET LOCAL idle_in_transaction_session_timeout TO '2s'"
"""For whoever holds locks: a client that was stopped, or whose network is gone, holds nobody up for
longer between two statements of the rest of the transaction."""


def drop_relation(relation: RelationName, kind: RelationKind) -> str:
    """Never `CASCADE`: what others built on it stops it."""
    return drop_relations([relation], kind)


def drop_relations(relations: Sequence[RelationName], kind: RelationKind) -> str:
    """Of one kind; they may depend on each other."""
    return f"DROP {kind.value.upper()} {', '.join(map(qualified, relations))}"


def rename(relation: RelationName, kind: RelationKind, name: str) -> str:
    return f"ALTER {kind.value.upper()} {qualified(relation)} RENAME TO {quoted(name)}"


def set_schema(relation: RelationName, kind: RelationKind, schema: str) -> str:
    return f"ALTER {kind.value.upper()} {qualified(relation)} SET SCHEMA {quoted(schema)}"


FIND_SCHEMAS = "SELECT nspname::text FROM pg_catalog.pg_namespace WHERE nspname = ANY($1::text[])"
"""Those of the schemas that exist."""


def comment_on(relation: RelationName, kind: RelationKind, comment: str | None) -> str:
    """None takes the comment away."""
    text = "NULL" if comment is None else literal(comment)
    return f"COMMENT ON {kind.value.upper()} {qualified(relation)} IS {text}"


def comment_on_column(relation: RelationName, column: str, comment: str | None) -> str:
    """None takes the comment away."""
    text = "NULL" if comment is None else literal(comment)
    return f"COMMENT ON COLUMN {qualified(relation)}.{quoted(column)} IS {text}"


def declare_cursor(name: str, query: str) -> str:
    return f"DECLARE {quoted(name)} NO SCROLL CURSOR WITHOUT HOLD FOR {query}"


def fetch_rows(name: str, limit: int) -> str:
    return f"FETCH FORWARD {limit:d} FROM {quoted(name)}"


def close_cursor(name: str) -> str:
    return f"CLOSE {quoted(name)}"


def _view(name: RelationName, options: Sequence[str]) -> str:
    return qualified(name) + _with(options)


def _with(options: Sequence[str]) -> str:
    """The options as the catalogue has them, `name=value`."""
    if not options:
        return ""
    pairs = (option.partition("=") for option in options)
    return f" WITH ({', '.join(f'{quoted(name)} = {literal(value)}' for name, _, value in pairs)})"


def _milliseconds(time: timedelta) -> int:
    # None at all would mean that nothing is bound.
    return max(1, round(time.total_seconds() * 1000))
