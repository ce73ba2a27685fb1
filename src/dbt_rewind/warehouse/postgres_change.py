"""What a publish changes in PostgreSQL, as the catalogue has it: read, and nothing done."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any

from dbt_rewind.model import PointerMove, RelationName, Relocation
from dbt_rewind.warehouse import postgres_catalogue, postgres_views
from dbt_rewind.warehouse import postgres_views_sql as sql
from dbt_rewind.warehouse.postgres_catalogue import Comments
from dbt_rewind.warehouse.postgres_privileges import Privileges, privileges
from dbt_rewind.warehouse.postgres_session import Session
from dbt_rewind.warehouse.postgres_views import Part, View

_ABSENT = (None, None, None, None, None, True, False, None, None)

Columns = tuple[tuple[str, str], ...]
"""Names and types, in order."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A pointer before its move; `oid` is None where it is not there, `version` is another when
    somebody has changed it, `target` the identity of what it is to lead to.

    `fits` says that the columns that it has are the first of those that it is to lead to, so that
    the view can stay what it is; otherwise `has` and `gets` are the columns before and after, none
    where they cannot be known yet.
    """

    move: PointerMove
    oid: int | None
    version: str | None
    owner: str | None
    options: tuple[str, ...]
    target: int | None
    owner_reads_target: bool
    fits: bool
    has: Columns
    gets: Columns | None

    def made_anew(self) -> Standing:
        return replace(self, fits=False, gets=None)

    @property
    def is_replaced(self) -> bool:
        return self.oid is not None and self.move.after is not None and self.fits

    @property
    def is_dropped(self) -> bool:
        return self.oid is not None and not self.is_replaced


@dataclass(frozen=True, slots=True)
class Change:
    """All that is read before a publish.

    `dependents` are the views of others that are made anew, each after those that it reads;
    `moved` are the relations that get another name, with their owners. `parts` are those of what is
    dropped and made anew, by identity; `privileges` and `comments` those of everything that is
    there. `problems` speak against the whole.
    """

    standing: tuple[Standing, ...]
    moved: tuple[tuple[int, RelationName, str], ...]
    dependents: tuple[View, ...]
    parts: Mapping[int, Sequence[Part]]
    privileges: Privileges
    comments: Mapping[RelationName, Comments]
    problems: tuple[str, ...]

    @property
    def only_replaces(self) -> bool:
        """Whether every pointer that is there stays the view that it is."""
        return not (self.moved or any(each.is_dropped for each in self.standing))

    @property
    def locked(self) -> list[tuple[RelationName, str]]:
        """Everything that readers may use and that changes, with its owner, in an order that is
        the same for every publish."""
        pointers = [
            (each.oid, each.move.pointer, each.owner)
            for each in self.standing
            if each.oid is not None and each.owner is not None
        ]
        views = [(view.oid, view.name, view.owner) for view in self.dependents]
        found = {oid: (name, owner) for oid, name, owner in (*pointers, *views, *self.moved)}
        return [found[oid] for oid in sorted(found)]

    @property
    def identities(self) -> list[int]:
        pointers = [each.oid for each in self.standing if each.oid is not None]
        return sorted(
            {*pointers, *(view.oid for view in self.dependents), *(each[0] for each in self.moved)}
        )

    @property
    def targets(self) -> list[int]:
        return sorted({each.target for each in self.standing if each.target is not None})


def widened(session: Session, moves: Sequence[PointerMove]) -> tuple[PointerMove, ...]:
    """Moves of pointers that are not among `moves` to where they lead already: a view has the
    columns that its table had when it was made, and what is written on in place may get others."""
    rows = session.rows("reading the pointers", sql.FIND_NARROW)
    named = {move.pointer for move in moves}
    names = {RelationName(session.database, *row) for row in rows} - named
    states = postgres_catalogue.pointers(session, names)
    led = {name: state.target for name, state in states.items() if state.target is not None}
    found = postgres_catalogue.relations(session, {*led, *led.values()})
    return tuple(
        PointerMove(name, None, target)
        for name, target in sorted(led.items())
        if found[name].columns != found[target].columns
    )


def read_change(
    session: Session, moves: Sequence[PointerMove], relocations: Sequence[Relocation]
) -> Change:
    """What these moves and relocations come down to; `search_path` must be the plain one."""
    moved = _moved(session, [each.source for each in relocations])
    standing = _standing(session, moves, makes_room={oid for oid, _, _ in moved})
    pointers = {each.oid for each in standing if each.oid is not None}
    dropped = {each.oid: each for each in standing if each.oid is not None and each.is_dropped}
    # Who reads a name reads what has it afterwards, and not what has left it.
    taken = {move.pointer for move in moves}
    left = {oid: name for oid, name, _ in moved if name in taken}
    barred = [oid for oid, _, _ in moved]
    found = postgres_views.dependents(session, dropped.keys() | left.keys(), barred)
    views = tuple(view for view in found if view.oid not in pointers)
    # A pointer onto a pointer that is made anew has to be made anew, fit its columns or not.
    led = {view.oid for view in found} & pointers - dropped.keys()
    standing = tuple(each.made_anew() if each.oid in led else each for each in standing)
    dropped |= {each.oid: each for each in standing if each.oid in led and each.oid is not None}
    anew = dropped.keys() | {view.oid for view in views}
    related = {name for move in moves for name in (move.pointer, move.before, move.after) if name}
    return Change(
        standing,
        moved,
        views,
        postgres_views.parts(session, anew),
        privileges(session, related | {view.name for view in views}),
        postgres_catalogue.comments(session, related),
        (
            *_uncarried(session, anew, dropped, views, left),
            *(
                f"{view.name} is a temporary view of a session's, and would have to be made anew"
                for view in views
                if view.is_temporary
            ),
            *_ended(dropped, views, {each.target for each in relocations}),
            *_columns_gone(dropped, views),
        ),
    )


def is_unchanged(session: Session, change: Change, relocations: Sequence[Relocation]) -> bool:
    """Whether everything is still as it was read, once it is locked."""
    moves = [each.move for each in change.standing]
    if not change.only_replaces:
        return read_change(session, moves, relocations) == change
    pointers = [move.pointer for move in moves]
    values = [[name.schema for name in pointers], [name.name for name in pointers]]
    rows = session.rows("reading the pointers", sql.FIND_VERSIONS, values) if moves else ()
    found = {RelationName(session.database, schema, name): rest for schema, name, *rest in rows}
    return all(
        found.get(each.move.pointer, [None, None]) == [each.oid, each.version]
        for each in change.standing
    )


def changed_types(change: Change, view: View) -> list[tuple[RelationName, str, str, str]]:
    """The columns that the view reads of pointers and that change their type: pointer, column,
    type before and after."""
    standing = {each.oid: each for each in change.standing if each.oid is not None}
    found = []
    for oid, columns in view.needs:
        gets = dict(standing[oid].gets or ()) if oid in standing else {}
        found += [
            (standing[oid].move.pointer, column, had, gets[column])
            for column, had in (standing[oid].has if oid in standing else ())
            if column in columns and gets.get(column, had) != had
        ]
    return found


def _standing(
    session: Session, moves: Sequence[PointerMove], makes_room: Set[int]
) -> tuple[Standing, ...]:
    """What stands there; what `makes_room` is no pointer, and stands somewhere else afterwards."""
    if not moves:
        return ()
    targets = [move.after for move in moves]
    values = [
        [move.pointer.schema for move in moves],
        [move.pointer.name for move in moves],
        [target.schema if target else None for target in targets],
        [target.name if target else None for target in targets],
    ]
    rows = session.rows("reading the pointers", sql.FIND_STANDING, values)
    return tuple(
        _made(move, row) if row[0] not in makes_room else _made(move, _ABSENT)
        for move, row in zip(moves, rows, strict=True)
    )


def _made(move: PointerMove, row: tuple[Any, ...]) -> Standing:
    oid, version, owner, options, target, reads_target, fits, has, gets = row
    return Standing(
        move,
        oid,
        version,
        owner,
        tuple(options or ()),
        target,
        reads_target,
        bool(fits),
        tuple((name, kind) for name, kind in has or ()),
        tuple((name, kind) for name, kind in gets or ()) if target is not None else None,
    )


def _moved(
    session: Session, names: Sequence[RelationName]
) -> tuple[tuple[int, RelationName, str], ...]:
    if not names:
        return ()
    values = [[name.schema for name in names], [name.name for name in names]]
    return tuple(
        (oid, RelationName(session.database, schema, name), owner)
        for oid, schema, name, owner in session.rows(
            "reading what is to be renamed", sql.FIND_OWNERS, values
        )
    )


def _uncarried(
    session: Session,
    anew: Collection[int],
    dropped: dict[int, Standing],
    views: Sequence[View],
    left: dict[int, RelationName],
) -> list[str]:
    names = {oid: each.move.pointer for oid, each in dropped.items()}
    names |= {view.oid: view.name for view in views} | left
    lost = postgres_views.uncarried(session, anew)
    following = postgres_views.followers(session, left)
    return [
        f"{names[oid]} has to be made anew, and cannot be with {what}" for oid, what in lost
    ] + [f"{what} would go on to read what {names[oid]} is now" for oid, what in following]


def _ended(
    dropped: dict[int, Standing], views: Sequence[View], arriving: Set[RelationName]
) -> list[str]:
    """What is read and gets no successor."""
    ends = {
        oid: each.move.pointer
        for oid, each in dropped.items()
        if each.move.after is None and each.move.pointer not in arriving
    }
    return [
        f"{view.name} reads {ends[oid]}, which ends"
        for view in views
        for oid in sorted(view.reads & ends.keys())
    ]


def _columns_gone(dropped: dict[int, Standing], views: Sequence[View]) -> list[str]:
    gets = {
        oid: {name for name, _ in each.gets}
        for oid, each in dropped.items()
        if each.move.after is not None and each.gets is not None
    }
    return [
        f"{view.name} reads the column {column} of {dropped[oid].move.pointer}, which is gone"
        for view in views
        for oid, columns in view.needs
        if oid in gets
        for column in sorted(columns - gets[oid])
    ]
