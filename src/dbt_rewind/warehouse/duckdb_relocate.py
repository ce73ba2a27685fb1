"""Gives tables and views in DuckDB other names, with all they have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from graphlib import TopologicalSorter

from dbt_rewind.errors import NameTaken, WarehouseFailed
from dbt_rewind.model import RelationKind, RelationName, Relocation
from dbt_rewind.warehouse import duckdb_catalogue, duckdb_sql
from dbt_rewind.warehouse.duckdb_copy import copy_table, drop_all
from dbt_rewind.warehouse.duckdb_describe import set_comments
from dbt_rewind.warehouse.duckdb_session import Session
from dbt_rewind.warehouse.duckdb_sql import folded_name
from dbt_rewind.warehouse.table_text import read_index
from dbt_rewind.warehouse.view_rewrite import names_in, relocated_view

References = Mapping[RelationName, RelationName]


def by_kind(
    session: Session, relocations: Sequence[Relocation]
) -> tuple[list[Relocation], list[Relocation]]:
    """The relocations of tables and those of views. Raises WarehouseFailed where a source is not
    there, NameTaken where a target is."""
    kinds = duckdb_catalogue.kinds(session, [each.source for each in relocations])
    for each in relocations:
        if each.source not in kinds:
            raise WarehouseFailed(f"renaming {each.source}", "it does not exist")
    _require_free(session, relocations)
    tables = [each for each in relocations if kinds[each.source] is RelationKind.TABLE]
    return tables, [each for each in relocations if each not in tables]


def make_schemas(session: Session, names: Sequence[RelationName]) -> None:
    """Makes the schemas of these names where they are missing."""
    for database, schema in sorted({(name.database, name.schema) for name in names}):
        session.run("making a schema", duckdb_sql.create_schema(database, schema))


def relocate_tables(session: Session, relocations: Sequence[Relocation]) -> None:
    """Renames tables, within the caller's transaction."""
    make_schemas(session, [each.target for each in relocations])
    copied = [each for each in relocations if not stays_in_schema(each)]
    for each in copied:
        # A rename copies nothing, but DuckDB has no way from one schema to another.
        copy_table(session, each.source, each.target)
    drop_all(session, [each.source for each in copied])
    for each in relocations:
        if stays_in_schema(each):
            _rename_table(session, each)


def stays_in_schema(relocation: Relocation) -> bool:
    """Whether only its last part is another."""
    return _schema(relocation.source) == _schema(relocation.target)


def rename_views(session: Session, relocations: Sequence[Relocation]) -> None:
    """Renames views within their schemas, within the caller's transaction: their texts stay, also
    where something that they name is gone."""
    for each in relocations:
        rename = duckdb_sql.rename(each.source, RelationKind.VIEW, each.target.name)
        session.run(f"renaming {each.source}", rename)


def _require_free(session: Session, relocations: Sequence[Relocation]) -> None:
    leaving = {folded_name(each.source) for each in relocations}
    taken = duckdb_catalogue.kinds(session, [each.target for each in relocations])
    for name in sorted(taken):
        if folded_name(name) not in leaving:
            raise NameTaken(str(name))


def _rename_table(session: Session, each: Relocation) -> None:
    doing = f"renaming {each.source}"
    # DuckDB renames no table that has an index.
    indexes = duckdb_catalogue.named_indexes(session, each.source)
    for name, _ in indexes:
        session.run(doing, duckdb_sql.drop_index(each.source, name))
    session.run(doing, duckdb_sql.rename(each.source, RelationKind.TABLE, each.target.name))
    for name, text in indexes:
        session.run(doing, duckdb_sql.create_index(name, each.target, read_index(text)))


def relocate_views(
    session: Session, relocations: Sequence[Relocation], references: References
) -> None:
    """Renames views, within the caller's transaction; `references` are the names to replace in
    their texts, by something that is called the same in another schema."""
    make_schemas(session, [each.target for each in relocations])
    replaced = {folded_name(name): target for name, target in references.items()}
    sources = [each.source for each in relocations]
    texts = duckdb_catalogue.view_texts(session, sources)
    comments = duckdb_catalogue.comments(session, sources)
    columns = duckdb_catalogue.relations(session, sources)
    for source in sources:
        session.run(f"renaming {source}", duckdb_sql.drop_relation(source, RelationKind.VIEW))
    made = {folded_name(each.target): each for each in relocations}
    rewritten = {
        name: relocated_view(
            texts[each.source], each.source.database, duckdb_sql.qualified(each.target), replaced
        )
        for name, each in made.items()
    }
    order = TopologicalSorter(
        {
            name: {folded_name(found) for found in names_in(text, name.database)}
            & made.keys() - {name}
            for name, text in rewritten.items()
        }
    )
    for name in order.static_order():
        each = made[name]
        doing = f"renaming {each.source}"
        session.run(doing, rewritten[name])
        set_comments(
            session, each.target, RelationKind.VIEW, comments.get(folded_name(each.source))
        )
        is_now = duckdb_catalogue.relations(session, [each.target])[each.target]
        if is_now.columns != columns[each.source].columns:
            raise WarehouseFailed(doing, "its columns would change")


def _schema(name: RelationName) -> tuple[str, str]:
    folded = folded_name(name)
    return folded.database, folded.schema
