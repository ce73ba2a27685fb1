"""Gives tables and views in SQL Server other names, with all they have."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from graphlib import TopologicalSorter

from dbt_rewind.errors import NameTaken, WarehouseFailed
from dbt_rewind.model import RelationKind, RelationName, Relocation
from dbt_rewind.warehouse import sqlserver_catalogue, sqlserver_sql
from dbt_rewind.warehouse.sqlserver_copy import copy_table, definition_of
from dbt_rewind.warehouse.sqlserver_describe import Description, changes, descriptions
from dbt_rewind.warehouse.sqlserver_names import identity
from dbt_rewind.warehouse.sqlserver_schemas import make_schemas
from dbt_rewind.warehouse.sqlserver_session import Session
from dbt_rewind.warehouse.sqlserver_view_rewrite import Fold, names_in, relocated_view

References = Mapping[RelationName, RelationName]
Step = tuple[str, str]
"""What is being done, and the statement that does it."""


@dataclass(frozen=True, slots=True)
class Relocations:
    """All relocations of one publish by what has to be done: tables within their schema, tables
    that are copied into another, views."""

    renamed: tuple[Relocation, ...]
    copied: tuple[Relocation, ...]
    views: tuple[Relocation, ...]


def sorted_out(
    session: Session, relocations: Sequence[Relocation], ending: Collection[RelationName]
) -> Relocations:
    """The relocations by kind. `ending` are pointers that make room before.

    Raises WarehouseFailed where a source is not there or is held by something that was made WITH
    SCHEMABINDING, NameTaken where a target is there.
    """
    sources = [each.source for each in relocations]
    targets = [each.target for each in relocations]
    kinds = sqlserver_catalogue.kinds(session, sources)
    for source in sources:
        if source not in kinds:
            raise WarehouseFailed(f"renaming {source}", "it does not exist")
    fold = identity(session, [*sources, *targets, *ending])
    leaving = {fold(name) for name in (*sources, *ending)}
    for name in sorted(sqlserver_catalogue.objects(session, targets)):
        if fold(name) not in leaving:
            raise NameTaken(str(name))
    for source, holders in sorted(sqlserver_catalogue.bound(session, sources).items()):
        named = ", ".join(map(str, sorted(holders)))
        raise WarehouseFailed(f"renaming {source}", f"it is bound by {named} (SCHEMABINDING)")
    tables = [each for each in relocations if kinds[each.source] is RelationKind.TABLE]
    return Relocations(
        renamed=tuple(each for each in tables if stays_in_schema(each, fold)),
        copied=tuple(each for each in tables if not stays_in_schema(each, fold)),
        views=tuple(each for each in relocations if each not in tables),
    )


def stays_in_schema(relocation: Relocation, fold: Fold) -> bool:
    """Whether only its last part is another."""
    moved = replace(relocation.target, name=relocation.source.name)
    return moved.schema == relocation.source.schema or fold(moved) == fold(relocation.source)


def copy_aside(session: Session, relocations: Sequence[Relocation]) -> list[Step]:
    """Copies tables into the schemas where they are to be, under names that nobody knows, and
    returns what gives them their own: the rows are copied before any lock is taken that readers
    would wait for, because the server has no way from one schema to another that is not a lock on
    the whole schema."""
    make_schemas(session, [each.target for each in relocations])
    steps: list[Step] = []
    for each in relocations:
        aside = replace(each.target, name=_aside(each.target))
        doing = f"renaming {each.source}"
        copy_table(session, each.source, aside, definition_of(session, doing, each.source))
        steps.append((doing, sqlserver_sql.drop_relation(each.source, RelationKind.TABLE)))
        steps.append((doing, sqlserver_sql.rename(aside, each.target.name)))
    return steps


def renaming(relocations: Sequence[Relocation]) -> list[Step]:
    """What renames tables or views within their schemas; the texts of views stay, also where
    something that they name is gone."""
    return [
        (f"renaming {each.source}", sqlserver_sql.rename(each.source, each.target.name))
        for each in relocations
    ]


def making_anew(
    session: Session, relocations: Sequence[Relocation], references: References
) -> list[Step]:
    """What drops views and makes them under their new names, each after those that it reads, with
    what they are described by; `references` are the names to replace in their texts.

    Raises WarehouseFailed where a text cannot be read.
    """
    make_schemas(session, [each.target for each in relocations])
    sources = [each.source for each in relocations]
    texts = {
        name: found.text for name, found in sqlserver_catalogue.objects(session, sources).items()
    }
    named = {
        name for source in sources for name in names_in(texts.get(source) or "", source.database)
    }
    fold = identity(session, [*sources, *references, *named])
    replaced = {fold(name): target for name, target in references.items()}
    described = descriptions(session, sources)
    steps: list[Step] = [
        (f"renaming {source}", sqlserver_sql.drop_relation(source, RelationKind.VIEW))
        for source in sources
    ]
    for each in _read_first(session, relocations, fold):
        doing = f"renaming {each.source}"
        text = texts.get(each.source)
        if text is None:
            raise WarehouseFailed(doing, "its text cannot be read")
        try:
            steps.append((doing, relocated_view(text, each.target, replaced, fold)))
        except ValueError as error:
            raise WarehouseFailed(doing, str(error)) from error
        steps += [
            (doing, statement)
            for statement in changes(
                each.target, RelationKind.VIEW, Description(), described[each.source]
            )
        ]
    return steps


def _read_first(
    session: Session, relocations: Sequence[Relocation], fold: Fold
) -> list[Relocation]:
    by_source = {fold(each.source): each for each in relocations}
    reads = sqlserver_catalogue.reads(session, [each.source for each in relocations])
    order = TopologicalSorter({name: set[RelationName]() for name in by_source})
    for name, read in reads.items():
        for other in sorted(map(fold, read)):
            if other in by_source:
                order.add(fold(name), other)
    return [by_source[name] for name in order.static_order()]


def _aside(target: RelationName) -> str:
    digest = hashlib.sha256(f"{target.schema}\n{target.name}".encode()).hexdigest()
    return f"rewind_moving_{digest[:16]}"
