# ruff: noqa: S608 - names are quoted; definitions are the catalogue's own texts
"""A table's definition, and the SQL text that makes another table like it.

Foreign keys are left out: they would tie the copy to a table of another release, which then could
not be dropped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from dbt_rewind.model import RelationName
from dbt_rewind.warehouse.sqlserver_sql import literal, qualified, quoted

_ROWSTORE: Final = (1, 2)
_COLUMNSTORE: Final = (5, 6)
_CLUSTERED: Final = (1, 5)
_ROW_VERSION: Final = ("timestamp", "rowversion")


@dataclass(frozen=True, slots=True)
class ColumnDefinition:
    """One column; `computed` and `default` are expressions as the catalogue keeps them, with
    parentheses. `default_name` is None where the server has chosen it."""

    name: str
    type: str
    collation: str | None = None
    nullable: bool = True
    identity: tuple[int, int] | None = None
    rowguid: bool = False
    sparse: bool = False
    computed: str | None = None
    persisted: bool = False
    default: str | None = None
    default_name: str | None = None

    @property
    def is_stored(self) -> bool:
        """Whether a copy's rows need a value for it: the server makes those of the others."""
        return self.computed is None and self.type not in _ROW_VERSION


@dataclass(frozen=True, slots=True)
class IndexDefinition:
    """One index, or the constraint that it belongs to. `type` is the catalogue's number: 1 and 2
    rows, 5 and 6 columns, the first of each the table itself. `keys` are name and whether the
    order is descending; `space` is what comes after ON where the table is partitioned."""

    name: str | None
    type: int
    keys: tuple[tuple[str, bool], ...]
    included: tuple[str, ...] = ()
    unique: bool = False
    constraint: str | None = None
    disabled: bool = False
    filter: str | None = None
    options: tuple[str, ...] = ()
    space: str | None = None

    @property
    def is_table(self) -> bool:
        """Whether the index is how the table itself is kept."""
        return self.type in _CLUSTERED


@dataclass(frozen=True, slots=True)
class CheckDefinition:
    """One CHECK constraint; `name` is None where the server has chosen it."""

    name: str | None
    definition: str
    disabled: bool
    trusted: bool


@dataclass(frozen=True, slots=True)
class TableDefinition:
    """All of a table that a copy repeats. `identity_at` are the last value that the identity
    column has given, and its increment; `options` and `space` are those of a heap."""

    columns: tuple[ColumnDefinition, ...]
    indexes: tuple[IndexDefinition, ...] = ()
    checks: tuple[CheckDefinition, ...] = ()
    identity_at: tuple[int, int] | None = None
    options: tuple[str, ...] = ()
    space: str | None = None

    @property
    def stored(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.is_stored)

    @property
    def has_identity(self) -> bool:
        return any(column.identity for column in self.columns)


def before_rows(target: RelationName, table: TableDefinition) -> Iterator[str]:
    """The statements that make the empty table, kept as it will be."""
    lines = ",\n    ".join(_column(column) for column in table.columns)
    end = f"{_on(table.space)}{_with(table.options)}"
    yield f"CREATE TABLE {qualified(target)} (\n    {lines}\n){end};"
    yield from (create_index(target, index) for index in table.indexes if index.is_table)


def copy_rows(source: RelationName, target: RelationName, table: TableDefinition) -> str:
    """Copies all rows, with the values of an identity column as they are."""
    names = ", ".join(map(quoted, table.stored))
    copied = (
        f"INSERT INTO {qualified(target)} WITH (TABLOCK) ({names})\n"
        f"SELECT {names} FROM {qualified(source)};"
    )
    if not table.has_identity:
        return copied
    switch = f"SET IDENTITY_INSERT {qualified(target)}"
    return f"{switch} ON;\n{copied}\n{switch} OFF;"


def after_rows(target: RelationName, table: TableDefinition) -> Iterator[str]:
    """The statements for what is made of rows, or would slow their copying down."""
    if table.identity_at is not None:
        yield _continue_identity(target, *table.identity_at)
    yield from (create_index(target, index) for index in table.indexes if not index.is_table)
    yield from (
        f"ALTER INDEX {quoted(index.name)} ON {qualified(target)} DISABLE;"
        for index in table.indexes
        if index.disabled and index.name and index.constraint is None
    )
    for check in table.checks:
        trusted = "CHECK" if check.trusted else "NOCHECK"
        named = f"CONSTRAINT {quoted(check.name)} " if check.name else ""
        yield (
            f"ALTER TABLE {qualified(target)} WITH {trusted} ADD {named}CHECK {check.definition};"
        )
        if check.disabled and check.name:
            yield f"ALTER TABLE {qualified(target)} NOCHECK CONSTRAINT {quoted(check.name)};"


def create_index(target: RelationName, index: IndexDefinition) -> str:
    """The statement that makes the index, or adds the constraint that it belongs to."""
    kept = "CLUSTERED" if index.is_table else "NONCLUSTERED"
    end = f"{_with(index.options)}{_on(index.space)};"
    keys = ", ".join(f"{quoted(name)}{' DESC' if down else ''}" for name, down in index.keys)
    if index.constraint is not None:
        named = f"CONSTRAINT {quoted(index.name)} " if index.name else ""
        return f"ALTER TABLE {qualified(target)} ADD {named}{index.constraint} {kept} ({keys}){end}"
    name = quoted(index.name or "")
    filtered = f"\nWHERE {index.filter}" if index.filter else ""
    if index.type in _COLUMNSTORE:
        listed = "" if index.is_table else f" ({', '.join(map(quoted, index.included))})"
        return (
            f"CREATE {kept} COLUMNSTORE INDEX {name} ON {qualified(target)}{listed}{filtered}{end}"
        )
    unique = "UNIQUE " if index.unique else ""
    included = f"\nINCLUDE ({', '.join(map(quoted, index.included))})" if index.included else ""
    return (
        f"CREATE {unique}{kept} INDEX {name} ON {qualified(target)} ({keys})"
        f"{included}{filtered}{end}"
    )


def _continue_identity(target: RelationName, last: int, increment: int) -> str:
    """Where a table never had rows, the server gives the very number that it is told, else the one
    behind it."""
    name = literal(qualified(target))
    reseed = f"DBCC CHECKIDENT ({name}, RESEED, {{}}) WITH NO_INFOMSGS"
    return (
        f"IF EXISTS (SELECT 1 FROM {qualified(target)})\n    {reseed.format(last)};\n"
        f"ELSE\n    {reseed.format(last + increment)};"
    )


def _column(column: ColumnDefinition) -> str:
    if column.computed is not None:
        persisted = " PERSISTED" if column.persisted else ""
        required = " NOT NULL" if column.persisted and not column.nullable else ""
        return f"{quoted(column.name)} AS {column.computed}{persisted}{required}"
    parts = [quoted(column.name), column.type]
    if column.collation is not None:
        parts.append(f"COLLATE {column.collation}")
    if column.sparse:
        parts.append("SPARSE")
    if column.identity is not None:
        parts.append("IDENTITY ({}, {})".format(*column.identity))
    if column.rowguid:
        parts.append("ROWGUIDCOL")
    parts.append("NULL" if column.nullable else "NOT NULL")
    if column.default is not None:
        named = f"CONSTRAINT {quoted(column.default_name)} " if column.default_name else ""
        parts.append(f"{named}DEFAULT {column.default}")
    return " ".join(parts)


def _with(options: Sequence[str]) -> str:
    return f"\nWITH ({', '.join(options)})" if options else ""


def _on(space: str | None) -> str:
    return f"\nON {space}" if space else ""
