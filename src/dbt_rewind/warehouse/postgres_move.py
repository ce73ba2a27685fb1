"""Moves pointers in PostgreSQL, and makes what is built on them anew where that is needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from datetime import timedelta

from dbt_rewind.errors import DependentsInTheWay, WarehouseFailed
from dbt_rewind.model import PointerMove, RelationKind, RelationName, Relocation
from dbt_rewind.warehouse import postgres_catalogue, postgres_relocate, postgres_sql
from dbt_rewind.warehouse.postgres_catalogue import Comments
from dbt_rewind.warehouse.postgres_change import Change, Standing, changed_types
from dbt_rewind.warehouse.postgres_errors import is_lock_timeout
from dbt_rewind.warehouse.postgres_privileges import (
    Privilege,
    handed_over,
    let_read,
    privileges,
    statements,
    wanted,
)
from dbt_rewind.warehouse.postgres_session import Session
from dbt_rewind.warehouse.postgres_views import Part, View
from dbt_rewind.warehouse.preconditions import inner_first

_DOING = "moving the pointers"
_NONE: Set[Privilege] = frozenset()


def move(
    session: Session,
    change: Change,
    relocations: Sequence[Relocation],
    references: Mapping[RelationName, RelationName],
    timeout: timedelta,
) -> None:
    """Does what `change` says, within the caller's transaction, which has the locks.

    No materialized view may take longer than `timeout` to be made anew. Raises DependentsInTheWay.
    """
    _drop(session, change)
    postgres_relocate.relocate(session, relocations, references)
    postgres_relocate.make_schemas(
        session, [each.move.pointer for each in change.standing if each.move.after]
    )
    _point(session, change)
    for view in change.dependents:
        _make_anew(session, change, view, timeout)
    _describe(session, change, relocations)


def _drop(session: Session, change: Change) -> None:
    """What is to be made anew, and pointers that end: what reads first."""
    views = [view.drop() for view in reversed(change.dependents)]
    pointers = [each.move.pointer for each in change.standing if each.is_dropped]
    if pointers:
        # In one statement, because one may lead to another.
        views.append(postgres_sql.drop_relations(pointers, RelationKind.VIEW))
    _run_all(session, _DOING, views)


def _point(session: Session, change: Change) -> None:
    standing = {each.move.pointer: each for each in change.standing}
    made: list[str] = []
    for part in inner_first([each.move for each in change.standing], _itself):
        for move in part:
            made += _pointer(standing[move.pointer], move)
    _run_all(session, _DOING, made)
    for each in change.standing:
        if each.is_dropped and each.move.after:
            # What is of a column goes with it; and the comments are the relation's.
            parts = change.parts.get(each.oid or 0, ())
            kept = [part for part in parts if not part.is_comment and _has(each, part)]
            _add(session, each.move.pointer, kept)


def _pointer(standing: Standing, move: PointerMove) -> list[str]:
    pointer, target, owner = move.pointer, move.after, standing.owner
    if target is None:
        return []
    made = [*let_read(owner, target)] if owner and not standing.owner_reads_target else []
    if standing.is_replaced:
        return [*made, postgres_sql.replace_pointer(pointer, target, standing.options)]
    made.append(postgres_sql.create_pointer(pointer, target, standing.options))
    return [*made, postgres_sql.give_to(pointer, owner)] if owner else made


def _has(standing: Standing, part: Part) -> bool:
    return part.column is None or part.column in dict(standing.gets or ())


def _make_anew(session: Session, change: Change, view: View, timeout: timedelta) -> None:
    made = [view.create(), postgres_sql.give_to(view.name, view.owner)]
    if view.is_materialized:
        made = [postgres_sql.bound(timeout), *made, postgres_sql.UNBOUND]
    try:
        _run_all(session, f"making {view.name} anew", made)
    except WarehouseFailed as failed:
        if view.is_materialized and is_lock_timeout(failed):
            seconds = timeout.total_seconds()
            problem = f"{view.name} has to be filled anew, which takes more than {seconds:g} s"
            raise DependentsInTheWay((problem,)) from failed
        raise DependentsInTheWay(_reasons(change, view, failed)) from failed
    _add(session, view.name, change.parts.get(view.oid, ()))


def _add(session: Session, view: RelationName, parts: Sequence[Part]) -> None:
    try:
        _run_all(session, f"making {view} anew", [part.statement for part in parts])
    except WarehouseFailed as failed:
        problem = f"{view} cannot be made anew with all that it has: {failed.problem}"
        raise DependentsInTheWay((problem,)) from failed


def _reasons(change: Change, view: View, failed: WarehouseFailed) -> tuple[str, ...]:
    changed = [
        f"{view.name} reads the column {column} of {pointer}, which is {had} and would be {gets}"
        for pointer, column, had, gets in changed_types(change, view)
    ]
    return (f"{view.name} cannot be made anew: {failed.problem}", *changed)


def _describe(session: Session, change: Change, relocations: Sequence[Relocation]) -> None:
    """Gives the pointers the comments of what they lead to, and everybody their privileges."""
    views = [view.name for view in change.dependents]
    made = [each.move.pointer for each in change.standing if not each.is_replaced]
    new = {*views, *made, *(each.target for each in relocations)}
    comments = {name: found for name, found in change.comments.items() if name not in new}
    comments |= postgres_catalogue.comments(session, new)
    granted = {name: found for name, found in change.privileges.items() if name not in new}
    granted |= privileges(session, new)
    then = {name: change.privileges.get(name, _NONE) for name in views}
    told: list[str] = []
    standing = {each.move.pointer: each for each in change.standing}
    inner, outer = inner_first([each.move for each in change.standing], _itself)
    # A pointer that leads to another gets what that one has been given.
    for move in (*inner, *outer):
        pointer, target = move.pointer, move.after
        if target is None:
            continue
        said = comments.get(target, Comments())
        told += _comments(pointer, comments.get(pointer, Comments()), said)
        comments[pointer] = said
        was_there = standing[pointer].oid is not None
        held = (change.privileges if was_there else granted).get(pointer, _NONE)
        left = change.privileges.get(move.before, _NONE) if move.before else _NONE
        reached = then.get(target) or granted.get(target, _NONE)
        then[pointer] = wanted(held, left, reached, standing[pointer].owner)
    moves = [each.move for each in change.standing]
    then |= handed_over(moves, relocations, change.privileges, granted)
    columns = _columns(session, then)
    for name, wants in then.items():
        has = columns.get(name, frozenset())
        told += statements(name, granted.get(name, _NONE), wants, has)
    _run_all(session, "giving back comments and privileges", told)


def _comments(pointer: RelationName, now: Comments, then: Comments) -> list[str]:
    made: list[str] = []
    if now.own != then.own:
        made.append(postgres_sql.comment_on(pointer, RelationKind.VIEW, then.own))
    for column in sorted(now.columns.keys() | then.columns.keys()):
        said = then.columns.get(column)
        if now.columns.get(column) != said:
            made.append(postgres_sql.comment_on_column(pointer, column, said))
    return made


def _columns(
    session: Session, then: Mapping[RelationName, Set[Privilege]]
) -> dict[RelationName, Set[str]]:
    """The columns of those that have privileges on columns."""
    asked = [name for name, every in then.items() if any(each.column for each in every)]
    return {
        name: {column.name for column in relation.columns}
        for name, relation in postgres_catalogue.relations(session, asked).items()
    }


def _run_all(session: Session, doing: str, made: Sequence[str]) -> None:
    """All of them in one round trip."""
    if made:
        session.run(doing, "; ".join(made))


def _itself(name: RelationName) -> RelationName:
    return name
