"""Gives tables and views in PostgreSQL other names, with all they have; nothing is copied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dbt_rewind.errors import NameTaken, WarehouseFailed
from dbt_rewind.model import RelationKind, RelationName, Relocation
from dbt_rewind.warehouse import postgres_catalogue, postgres_sql
from dbt_rewind.warehouse.postgres_session import Session

References = Mapping[RelationName, RelationName]


def relocate(session: Session, relocations: Sequence[Relocation], references: References) -> None:
    """Renames relations, within the caller's transaction.

    A view keeps to the very relations that it was made on, whatever they are called, so that none
    has to be written anew for `references`. Raises WarehouseFailed where a source is not there, or
    where a view would read something else than `references` asks for; NameTaken where a target is.
    """
    kinds = postgres_catalogue.kinds(session, [each.source for each in relocations])
    for each in relocations:
        if each.source not in kinds:
            raise WarehouseFailed(f"renaming {each.source}", "it does not exist")
    _require_free(session, relocations)
    _require_followed(session, relocations, references)
    make_schemas(session, [each.target for each in relocations])
    leaving = {each.source for each in relocations}
    detours = [each for each in relocations if not _is_direct(each, leaving)]
    for number, each in enumerate(detours):
        _rename(session, each.source, kinds[each.source], _aside(number))
    for each in relocations:
        if _is_direct(each, leaving):
            _move(session, each.source, kinds[each.source], each.target)
    for number, each in enumerate(detours):
        source = RelationName(each.source.database, each.source.schema, _aside(number))
        _move(session, source, kinds[each.source], each.target)


def make_schemas(session: Session, names: Sequence[RelationName]) -> None:
    """Makes the schemas of these names where they are missing, within the caller's transaction."""
    doing = "making a schema"
    wanted = sorted({name.schema for name in names})
    found = session.rows(doing, postgres_sql.FIND_SCHEMAS, [wanted]) if wanted else ()
    for schema in wanted:
        # Asked for, because to make a schema that is there needs a permission all the same.
        if (schema,) not in found:
            session.run(doing, postgres_sql.create_schema(schema))


def _require_free(session: Session, relocations: Sequence[Relocation]) -> None:
    leaving = {each.source for each in relocations}
    taken = postgres_catalogue.kinds(session, [each.target for each in relocations])
    for name in sorted(taken):
        if name not in leaving:
            raise NameTaken(str(name))


def _require_followed(
    session: Session, relocations: Sequence[Relocation], references: References
) -> None:
    """Raises WarehouseFailed where a name of `references` that a view reads does not itself become
    what replaces it."""
    moved = {each.source: each.target for each in relocations}
    if all(moved.get(name, name) == target for name, target in references.items()):
        return
    for view, names in postgres_catalogue.reads(session, list(moved)).items():
        for name in sorted(names & references.keys()):
            if moved.get(name, name) != references[name]:
                problem = f"it would read {moved.get(name, name)} and not {references[name]}"
                raise WarehouseFailed(f"renaming {view}", problem)


def _is_direct(each: Relocation, leaving: set[RelationName]) -> bool:
    """Whether one statement does it: a relation gets another schema or another name in one, and
    where both change, a third may have the name in between."""
    changes_both = each.source.schema != each.target.schema and each.source.name != each.target.name
    return not changes_both and each.target not in leaving


def _move(session: Session, name: RelationName, kind: RelationKind, target: RelationName) -> None:
    doing = f"renaming {name}"
    if name.schema != target.schema:
        session.run(doing, postgres_sql.set_schema(name, kind, target.schema))
    if name.name != target.name:
        moved = RelationName(name.database, target.schema, name.name)
        _rename(session, moved, kind, target.name)


def _rename(session: Session, name: RelationName, kind: RelationKind, new: str) -> None:
    session.run(f"renaming {name}", postgres_sql.rename(name, kind, new))


def _aside(number: int) -> str:
    """What a relation is called while others make room; seen by nobody else."""
    return f"rewind_moving_{number}"
