"""The steps of a publish through the door, and which of them are left to do.

`remaining` looks at what stands there now, so that the same steps are right for a publish that
begins and for one that a killed process has left: a pointer that leads where it should, or a
relation that has its new name, needs nothing. What a stranger has put in a pointer's place in the
meantime is left alone; it is drift then, and is told as such.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import assert_never

from dbt_rewind.errors import WarehouseFailed
from dbt_rewind.model import (
    PointerMove,
    PointerState,
    RelationInfo,
    RelationKind,
    RelationName,
    Relocation,
)
from dbt_rewind.warehouse import dbt_adapter_catalogue as catalogue
from dbt_rewind.warehouse import dbt_adapter_sql as sql
from dbt_rewind.warehouse.dbt_adapter_catalogue import Comments
from dbt_rewind.warehouse.dbt_adapter_comments import set_comments
from dbt_rewind.warehouse.dbt_adapter_copy import copy
from dbt_rewind.warehouse.dbt_adapter_session import Session
from dbt_rewind.warehouse.dbt_adapter_views import names_in, renamed
from dbt_rewind.warehouse.preconditions import inner_first

References = Mapping[RelationName, RelationName]


@dataclass(frozen=True, slots=True)
class DropPointer:
    pointer: RelationName


@dataclass(frozen=True, slots=True)
class Relocate:
    """Of a table, or of a view whose text stays as it is."""

    relocation: Relocation
    kind: RelationKind


@dataclass(frozen=True, slots=True)
class RemakeView:
    """Of a view whose text names what has other names now: made anew, then the old one dropped."""

    relocation: Relocation
    query: str


@dataclass(frozen=True, slots=True)
class DropSource:
    """What was left under the old name of a relation that has been copied or made anew."""

    source: RelationName
    kind: RelationKind


@dataclass(frozen=True, slots=True)
class CreatePointer:
    pointer: RelationName
    target: RelationName


Step = DropPointer | Relocate | RemakeView | DropSource | CreatePointer


def remaining(
    session: Session,
    moves: Sequence[PointerMove],
    relocations: Sequence[Relocation],
    references: References,
) -> tuple[Step, ...]:
    """In an order in which everything that a view names is there when the view is made."""

    def folded(name: RelationName) -> RelationName:
        return sql.folded_name(session.dialect, name)

    names = [move.pointer for move in moves]
    names += [name for each in relocations for name in (each.source, each.target)]
    states = {folded(name): state for name, state in catalogue.pointers(session, names).items()}
    made = {folded(move.pointer): move for move in moves if move.after}
    steps: list[Step] = [
        DropPointer(move.pointer)
        for move in moves
        if move.after is None and _leads_to(states[folded(move.pointer)], move.before, folded)
    ]
    ending = {folded(step.pointer) for step in steps if isinstance(step, DropPointer)}
    tables, remade, after = _relocating(session, relocations, references, states, made, ending)
    steps += tables
    awaited = {
        folded(name) for each in remade for name in (each.relocation.source, each.relocation.target)
    }
    inner, outer = inner_first(moves, folded)
    ordered = [move for move in (*inner, *outer) if _is_due(move, states, relocations, folded)]
    later = [move for move in ordered if not awaited.isdisjoint(_involved(move, folded))]
    steps += [_create(move) for move in ordered if move not in later]
    steps += [*remade, *after]
    return (*steps, *map(_create, later))


def _relocating(
    session: Session,
    relocations: Sequence[Relocation],
    references: References,
    states: Mapping[RelationName, PointerState],
    made: Mapping[RelationName, PointerMove],
    ending: Set[RelationName],
) -> tuple[list[Step], list[RemakeView], list[Step]]:
    """What leads relocations to their new names: the first before pointers are made, the views that
    are made anew among them, and what is left of these afterwards."""

    def folded(name: RelationName) -> RelationName:
        return sql.folded_name(session.dialect, name)

    kinds = {
        folded(name): kind
        for name, kind in catalogue.kinds(
            session, [name for each in relocations for name in (each.source, each.target)]
        ).items()
    }
    first: list[Step] = []
    views: list[Relocation] = []
    after: list[Step] = []
    for each in relocations:
        kind = kinds.get(folded(each.source))
        ours = made.get(folded(each.source))
        state = states[folded(each.source)]
        if kind is None or (ours and ours.after and state.target == ours.after):
            continue  # it has its new name
        can_rename = session.dialect.rename_view is not None
        keeps_text = session.dialect.moves_views or kind is not RelationKind.VIEW
        if folded(each.target) in kinds.keys() - made.keys() - ending:
            after.append(DropSource(each.source, kind))
        elif keeps_text or (can_rename and not references and _stays(session, each)):
            first.append(Relocate(each, kind))
        else:
            views.append(each)
            after.append(DropSource(each.source, kind))
    return first, _remade(session, views, references), after


def _remade(
    session: Session, views: Sequence[Relocation], references: References
) -> list[RemakeView]:
    dialect = session.dialect
    texts = catalogue.view_texts(session, [each.source for each in views])
    replaced = {sql.folded_name(dialect, name): target for name, target in references.items()}
    made = {
        sql.folded_name(dialect, each.target): RemakeView(
            each, renamed(dialect, texts[each.source], each.source.database, replaced)
        )
        for each in views
    }
    order = TopologicalSorter(
        {
            name: (names_in(dialect, each.query, name.database) & made.keys()) - {name}
            for name, each in made.items()
        }
    )
    return [made[name] for name in order.static_order()]


def _stays(session: Session, each: Relocation) -> bool:
    source = sql.folded_name(session.dialect, each.source)
    target = sql.folded_name(session.dialect, each.target)
    return (source.database, source.schema) == (target.database, target.schema)


def _is_due(
    move: PointerMove,
    states: Mapping[RelationName, PointerState],
    relocations: Sequence[Relocation],
    folded: Callable[[RelationName], RelationName],
) -> bool:
    state = states[folded(move.pointer)]
    if _leads_to(state, move.after, folded):
        return False
    makes_room = {folded(each.source) for each in relocations}
    is_free = state.absent or folded(move.pointer) in makes_room
    return is_free or _leads_to(state, move.before, folded)


def _leads_to(
    state: PointerState,
    name: RelationName | None,
    folded: Callable[[RelationName], RelationName],
) -> bool:
    return state.target is not None and name is not None and folded(state.target) == folded(name)


def _involved(
    move: PointerMove, folded: Callable[[RelationName], RelationName]
) -> set[RelationName]:
    return {folded(name) for name in (move.pointer, move.after) if name}


def _create(move: PointerMove) -> CreatePointer:
    if move.after is None:
        raise AssertionError("a pointer that ends is dropped")
    return CreatePointer(move.pointer, move.after)


def make_schemas(session: Session, steps: Sequence[Step]) -> None:
    """Makes the schemas that the steps need where they are missing."""
    names = []
    for step in steps:
        match step:
            case CreatePointer():
                names.append(step.pointer)
            case Relocate() | RemakeView():
                names.append(step.relocation.target)
            case DropPointer() | DropSource():
                pass
    for database, schema in sorted({(name.database, name.schema) for name in names}):
        session.run("making a schema", sql.create_schema(session.dialect, database, schema))


@dataclass(frozen=True, slots=True)
class Scene:
    """What the catalogue said of the relations of some steps, read once for all of them."""

    session: Session
    infos: Mapping[RelationName, RelationInfo]
    found: Mapping[RelationName, Comments]

    def info(self, name: RelationName) -> RelationInfo | None:
        """The relation's kind and columns; what was not there may have been made since."""
        if name in self.infos:
            return self.infos[name]
        return catalogue.relations(self.session, [name]).get(name)

    def comments(self, name: RelationName) -> Comments:
        key = sql.folded_name(self.session.dialect, name)
        if name in self.infos:
            return self.found.get(key, Comments())
        return catalogue.comments(self.session, [name]).get(key, Comments())


def scene_of(session: Session, steps: Sequence[Step]) -> Scene:
    names: list[RelationName] = []
    for step in steps:
        if isinstance(step, CreatePointer):
            names += [step.pointer, step.target]
    infos = catalogue.relations(session, names)
    return Scene(session, infos, catalogue.comments(session, infos.keys()))


def run(scene: Scene, step: Step) -> None:
    """Does one step."""
    session = scene.session
    dialect = session.dialect
    match step:
        case DropPointer():
            statement = sql.drop_relation(dialect, step.pointer, RelationKind.VIEW)
            session.run(f"moving {step.pointer}", statement)
        case Relocate():
            _relocate(session, step.relocation, step.kind)
        case RemakeView():
            _remake(session, step)
        case DropSource():
            statement = sql.drop_relation(dialect, step.source, step.kind)
            session.run(f"renaming {step.source}", statement)
        case CreatePointer():
            _point(scene, step)
        case _:
            assert_never(step)


def _point(scene: Scene, step: CreatePointer) -> None:
    session = scene.session
    dialect = session.dialect
    doing = f"moving {step.pointer}"
    target, pointer = scene.info(step.target), scene.infos.get(step.pointer)
    if target is None:
        raise WarehouseFailed(doing, f"{step.target} does not exist")
    comments, has = scene.comments(step.target), Comments()
    replaced = None
    if pointer is not None and pointer.kind is RelationKind.VIEW:
        has = scene.comments(step.pointer) if dialect.keeps_comments else has
        replaced = sql.replace_pointer(dialect, step.pointer, step.target)
        kept = target.columns[: len(pointer.columns)]
        if dialect.keeps_columns and kept != pointer.columns:
            session.run(doing, sql.drop_relation(dialect, step.pointer, RelationKind.VIEW))
            has = Comments()
    columns = [column.name for column in target.columns]
    created = sql.create_pointer(
        dialect, step.pointer, step.target, columns, comments.own, comments.columns
    )
    session.run(doing, replaced or created)
    if dialect.comments.within is None:
        set_comments(session, step.pointer, RelationKind.VIEW, comments, has)


def _relocate(session: Session, each: Relocation, kind: RelationKind) -> None:
    dialect = session.dialect
    doing = f"renaming {each.source}"
    if _stays(session, each):
        session.run(doing, sql.rename(dialect, each.source, each.target, kind))
    elif dialect.relocate:
        for statement in sql.relocate(dialect, each.source, each.target, kind):
            session.run(doing, statement)
    else:
        copy(session, each.source, each.target)
        session.run(doing, sql.drop_relation(dialect, each.source, kind))


def _remake(session: Session, step: RemakeView) -> None:
    dialect = session.dialect
    source, target = step.relocation.source, step.relocation.target
    doing = f"renaming {source}"
    columns = catalogue.relations(session, [source])[source].columns
    comments = catalogue.comments(session, [source]).get(
        sql.folded_name(dialect, source), Comments()
    )
    statement = sql.create_view(
        dialect,
        target,
        step.query,
        [column.name for column in columns],
        comments.own,
        comments.columns,
    )
    session.run(doing, statement)
    if dialect.comments.within is None:
        set_comments(session, target, RelationKind.VIEW, comments)
    if catalogue.relations(session, [target])[target].columns != columns:
        raise WarehouseFailed(doing, "its columns would change")
