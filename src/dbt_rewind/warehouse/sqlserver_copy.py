"""Copies tables in SQL Server."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from dbt_rewind.errors import WarehouseFailed
from dbt_rewind.model import RelationKind, RelationName
from dbt_rewind.warehouse import sqlserver_catalogue, sqlserver_sql, sqlserver_table_sql
from dbt_rewind.warehouse.sqlserver_describe import Description, changes, descriptions
from dbt_rewind.warehouse.sqlserver_names import asked, identity
from dbt_rewind.warehouse.sqlserver_schemas import make_schemas
from dbt_rewind.warehouse.sqlserver_session import Session
from dbt_rewind.warehouse.sqlserver_sql import quoted
from dbt_rewind.warehouse.sqlserver_table import (
    CheckDefinition,
    ColumnDefinition,
    IndexDefinition,
    TableDefinition,
    after_rows,
    before_rows,
    copy_rows,
)
from dbt_rewind.warehouse.sqlserver_types import type_text

_TRAITS: Final = ("system-versioned", "memory-optimised", "external")
_KNOWN_INDEXES: Final = (0, 1, 2, 5, 6)
_PARTITIONED: Final = "PS"
_PLAIN: Final = (None, "NONE", "COLUMNSTORE")


def clone(session: Session, source: RelationName, target: RelationName) -> None:
    """Replaces `target` by a copy of the table `source`. Raises WarehouseFailed where `source` is
    no table, or one that cannot be copied."""
    doing = f"copying {source} to {target}"
    same = identity(session, [source, target])
    if same(source) == same(target):
        raise WarehouseFailed(doing, "a table is no copy of itself")
    table = definition_of(session, doing, source)
    there = sqlserver_catalogue.kinds(session, [target])
    # Not in one transaction: it would hold locks on the catalogue for as long as the rows take, and
    # a copy that is not finished belongs to a release that never was.
    if target in there:
        session.run(doing, sqlserver_sql.drop_relation(target, there[target]))
    make_schemas(session, [target])
    copy_table(session, source, target, table)


def copy_table(
    session: Session, source: RelationName, target: RelationName, table: TableDefinition
) -> None:
    """Copies a table to a name that is free, in a schema that is there."""
    doing = f"copying {source} to {target}"
    named = _with_free_names(session, target, table)
    for statement in (
        *before_rows(target, named),
        copy_rows(source, target, named),
        *after_rows(target, named),
    ):
        session.run(doing, statement)
    described = descriptions(session, [source])[source]
    wanted = Description(properties=described.properties)
    for statement in changes(target, RelationKind.TABLE, Description(), wanted):
        session.run(f"describing {target}", statement)


def definition_of(session: Session, doing: str, table: RelationName) -> TableDefinition:
    """All of the table that a copy repeats. Raises WarehouseFailed where it is no table, or has
    what a copy cannot have."""
    traits = asked(session, doing, sqlserver_table_sql.FIND_TRAITS, [table])
    if not traits:
        raise WarehouseFailed(doing, f"{table} is not a table")
    for trait, found in zip(_TRAITS, traits[0][1:], strict=True):
        if found:
            raise WarehouseFailed(doing, f"{table} is {trait}, and cannot be copied")
    rows = asked(session, doing, sqlserver_table_sql.FIND_DEFINITION, [table])
    columns, identity_at = _columns(rows)
    indexes, heap = _indexes(session, doing, table)
    checks = tuple(
        CheckDefinition(None if system else name, text, bool(disabled), not untrusted)
        for _, name, system, text, disabled, untrusted in asked(
            session, doing, sqlserver_table_sql.FIND_CHECKS, [table]
        )
    )
    return TableDefinition(
        columns,
        indexes,
        checks,
        identity_at,
        options=heap.options if heap else (),
        space=heap.space if heap else None,
    )


def _columns(
    rows: Sequence[tuple[Any, ...]],
) -> tuple[tuple[ColumnDefinition, ...], tuple[int, int] | None]:
    identity_at = None
    columns = []
    for row in rows:
        (_, name, *kind, collation, nullable, seed, increment, last, rowguid, sparse) = row[:14]
        computed, persisted, default_name, default_is_system, default = row[14:]
        if last is not None:
            identity_at = (int(last), int(increment))
        columns.append(
            ColumnDefinition(
                name,
                type_text(*kind),
                collation=collation,
                nullable=bool(nullable),
                identity=None if seed is None else (int(seed), int(increment)),
                rowguid=bool(rowguid),
                sparse=bool(sparse),
                computed=computed,
                persisted=bool(persisted),
                default=default,
                default_name=None if default_is_system else default_name,
            )
        )
    return tuple(columns), identity_at


def _indexes(
    session: Session, doing: str, table: RelationName
) -> tuple[tuple[IndexDefinition, ...], IndexDefinition | None]:
    """The table's indexes, and the heap where it is one."""
    columns: defaultdict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for _, index, *column in asked(session, doing, sqlserver_table_sql.FIND_INDEX_COLUMNS, [table]):
        columns[index].append(tuple(column))
    found = []
    heap = None
    for row in asked(session, doing, sqlserver_table_sql.FIND_INDEXES, [table]):
        if row[3] not in _KNOWN_INDEXES:
            raise WarehouseFailed(doing, f"the index {row[2]} of {table} is of a kind not copied")
        index = _index(row, columns[row[1]])
        if index.type == 0:
            heap = index
        else:
            found.append(index)
    return tuple(found), heap


def _index(row: tuple[Any, ...], columns: Sequence[tuple[Any, ...]]) -> IndexDefinition:
    (_, _, name, kind, unique, primary, unique_constraint, is_system, disabled) = row[:9]
    (fill, padded, ignore_twice, row_locks, page_locks, filtered) = row[9:15]
    (space, space_type, is_default, compression) = row[15:]
    options = [
        text
        for is_set, text in (
            (compression not in _PLAIN, f"DATA_COMPRESSION = {compression}"),
            (fill, f"FILLFACTOR = {fill}"),
            (padded, "PAD_INDEX = ON"),
            (ignore_twice, "IGNORE_DUP_KEY = ON"),
            (kind and not row_locks, "ALLOW_ROW_LOCKS = OFF"),
            (kind and not page_locks, "ALLOW_PAGE_LOCKS = OFF"),
        )
        if is_set
    ]
    constraint = "PRIMARY KEY" if primary else "UNIQUE" if unique_constraint else None
    return IndexDefinition(
        None if is_system else name,
        int(kind),
        keys=tuple((column, bool(down)) for column, ordinal, down, *_ in columns if ordinal),
        included=tuple(column for column, _, _, is_included, _ in columns if is_included),
        unique=bool(unique),
        constraint=constraint,
        disabled=bool(disabled),
        filter=filtered,
        options=tuple(options),
        space=_space(space, space_type, is_default, columns),
    )


def _space(
    name: str | None, kind: str | None, is_default: Any, columns: Sequence[tuple[Any, ...]]
) -> str | None:
    if name is None or (is_default and kind != _PARTITIONED):
        return None
    by = [quoted(column) for column, _, _, _, partition in columns if partition]
    return f"{quoted(name)} ({', '.join(by)})" if kind == _PARTITIONED else quoted(name)


def _with_free_names(
    session: Session, target: RelationName, table: TableDefinition
) -> TableDefinition:
    """The definition without those names of constraints that are taken in the target's schema: the
    server chooses others then."""
    names = {
        *(column.default_name for column in table.columns if column.default_name),
        *(index.name for index in table.indexes if index.constraint and index.name),
        *(check.name for check in table.checks if check.name),
    }
    there = sqlserver_catalogue.objects(
        session, [replace(target, name=name) for name in sorted(names)]
    )
    free = names - {name.name for name in there}

    def kept(name: str | None) -> str | None:
        return name if name in free else None

    return replace(
        table,
        columns=tuple(
            replace(each, default_name=kept(each.default_name)) for each in table.columns
        ),
        indexes=tuple(
            replace(each, name=kept(each.name)) if each.constraint else each
            for each in table.indexes
        ),
        checks=tuple(replace(each, name=kept(each.name)) for each in table.checks),
    )
