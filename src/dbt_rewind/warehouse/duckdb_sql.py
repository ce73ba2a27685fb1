# ruff: noqa: S608 - names are quoted and values bound
"""SQL text for DuckDB: pure functions, so that every statement is tested without a database.

Ledger tables and relations are named with their catalogue: a schema and an attached file may have
the same name, and then DuckDB refuses a shorter one as ambiguous.
"""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from dbt_rewind.model import RelationKind, RelationName
from dbt_rewind.warehouse.protocol import LEDGER_SCHEMA
from dbt_rewind.warehouse.table_text import IndexText, TableText

_FOLD = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def folded(identifier: str) -> str:
    """The spelling under which DuckDB compares identifiers: it ignores case, of ASCII letters
    only."""
    # The same for ASCII, and several times as fast; a publish folds every name many times.
    return identifier.lower() if identifier.isascii() else identifier.translate(_FOLD)


def folded_name(relation: RelationName) -> RelationName:
    """The name with every part folded: equal for two spellings of one relation."""
    return RelationName(folded(relation.database), folded(relation.schema), folded(relation.name))


def quoted(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A string constant, for the statements in which DuckDB takes no bound value."""
    return "'" + text.replace("'", "''") + "'"


def constant(value: Any) -> str:
    """A setting's value: numbers and booleans as such, everything else as a string constant."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    return literal(str(value))


def qualified(relation: RelationName) -> str:
    return ".".join(map(quoted, (relation.database, relation.schema, relation.name)))


def qualified_schema(database: str, schema: str) -> str:
    return f"{quoted(database)}.{quoted(schema)}"


def ledger_table(database: str, table: str) -> str:
    return f"{qualified_schema(database, LEDGER_SCHEMA)}.{quoted(table)}"


def create_schema(database: str, schema: str) -> str:
    return f"CREATE SCHEMA IF NOT EXISTS {qualified_schema(database, schema)}"


def drop_schema(database: str, schema: str) -> str:
    return f"DROP SCHEMA {qualified_schema(database, schema)}"


def create_pointer(pointer: RelationName, target: RelationName) -> str:
    """A pointer's view. Its text leaves out the catalogue where it can, because a file that was
    renamed, copied or attached under another name has another catalogue name and DuckDB 1 stores
    what was written."""
    same = folded(pointer.database) == folded(target.database)
    if same and folded(target.schema) != folded(target.database):
        leads_to = f"{quoted(target.schema)}.{quoted(target.name)}"
    else:
        leads_to = qualified(target)
    return f"CREATE OR REPLACE VIEW {qualified(pointer)} AS SELECT * FROM {leads_to}"


def drop_relation(relation: RelationName, kind: RelationKind) -> str:
    return f"DROP {kind.value.upper()} {qualified(relation)}"


def drop_index(table: RelationName, name: str) -> str:
    return f"DROP INDEX {qualified(replace(table, name=name))}"


def rename(relation: RelationName, kind: RelationKind, name: str) -> str:
    return f"ALTER {kind.value.upper()} {qualified(relation)} RENAME TO {quoted(name)}"


def comment_on(relation: RelationName, kind: RelationKind, comment: str) -> str:
    return f"COMMENT ON {kind.value.upper()} {qualified(relation)} IS {literal(comment)}"


def comment_on_column(relation: RelationName, column: str, comment: str) -> str:
    return f"COMMENT ON COLUMN {qualified(relation)}.{quoted(column)} IS {literal(comment)}"


def create_table(target: RelationName, definition: TableText) -> str:
    return f"CREATE TABLE {qualified(target)} ({definition.body})"


def create_index(name: str, target: RelationName, definition: IndexText) -> str:
    unique = "UNIQUE " if definition.unique else ""
    return f"CREATE {unique}INDEX {quoted(name)} ON {qualified(target)} {definition.body}"


def copy_rows(source: RelationName, target: RelationName, columns: Sequence[str]) -> str:
    names = ", ".join(map(quoted, columns))
    return f"INSERT INTO {qualified(target)} ({names}) SELECT {names} FROM {qualified(source)}"


def count_rows(relation: RelationName) -> str:
    return f"SELECT count(*) FROM {qualified(relation)}"


def describe(relation: RelationName) -> str:
    """Rows of column name and type first, more beside them."""
    return f"DESCRIBE SELECT * FROM {qualified(relation)}"


def fingerprint_rows(
    relation: RelationName, columns: Sequence[str], totals: Sequence[str] = ()
) -> str:
    """One row: the count, the exclusive or and the sum of the rows' 64-bit hashes, how often each
    column is not NULL, and the sums of `totals`."""
    names = ", ".join(map(quoted, columns))
    filled = "".join(f", count({quoted(column)})" for column in columns)
    sums = "".join(f", sum({quoted(column)})::VARCHAR" for column in totals)
    return (
        f"SELECT count(*), bit_xor(hash({names})), sum(hash({names})::HUGEINT){filled}{sums}"
        f" FROM {qualified(relation)}"
    )


def count_duplicates(relation: RelationName, key: Sequence[str]) -> str:
    """One row: how many values of the key stand in more than one row."""
    names = ", ".join(map(quoted, key))
    filled = " AND ".join(f"{quoted(column)} IS NOT NULL" for column in key)
    return (
        f"SELECT count(*) FROM (SELECT {names} FROM {qualified(relation)} WHERE {filled}"
        f" GROUP BY {names} HAVING count(*) > 1)"
    )


def count_blocks(number: int) -> str:
    """Rows of position and number of blocks on disk, for that many tables, each named by a bound
    text of its quoted name."""
    return " UNION ALL ".join(
        f"SELECT {at}, count(DISTINCT block_id) FILTER (persistent) FROM pragma_storage_info(?)"
        for at in range(number)
    )


BLOCK_SIZE = "SELECT block_size FROM pragma_database_size() WHERE database_name = ?"
"""One row: the bytes of a block of the database with that name."""


def checkpoint(database: str) -> str:
    """Writes the log into the file, and marks the blocks of what was dropped as free."""
    return f"CHECKPOINT {quoted(database)}"


def set_option(name: str, value: Any) -> str:
    return f"SET {quoted(name)} = {constant(value)}"


def attach(entry: Mapping[str, Any], *, read_only: bool) -> str:
    """ATTACH for one entry of a dbt-duckdb profile's `attach` list."""
    extra = dict(entry.get("options") or {})
    extra.pop("read_only", None)
    options = [
        f"{name.upper()} {quoted(str(value))}"
        for name in ("type", "secret")
        if (value := entry.get(name) or extra.pop(name, None))
    ]
    for name, value in extra.items():
        if value is True:
            options.append(quoted(name))
        elif value is not None and value is not False:
            options.append(f"{quoted(name)} {constant(value)}")
    if read_only:
        options.append("READ_ONLY")
    alias = f" AS {quoted(str(entry['alias']))}" if entry.get("alias") else ""
    bracketed = f" ({', '.join(options)})" if options else ""
    return f"ATTACH IF NOT EXISTS {literal(str(entry['path']))}{alias}{bracketed}"
