"""What the warehouse in memory holds, and what tests may do to it behind the product's back."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import RLock
from typing import Any

from dbt_rewind.model import (
    Column,
    ColumnProfile,
    Event,
    Lease,
    PointerMove,
    RelationKind,
    RelationName,
)

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Comments:
    """A relation's comments: its own, and those of columns as pairs of column and comment."""

    own: str | None = None
    columns: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    comments: Comments = Comments()


@dataclass(frozen=True, slots=True)
class View:
    """A view onto all of `target`; None for a view that is no pointer."""

    target: RelationName | None
    comments: Comments = Comments()


@dataclass(slots=True)
class Contents:
    """One state of a store. Everything in the dictionaries is immutable, so that copying them
    copies the state. `leases` keeps the last lease of an environment and whether it is held,
    `half_published` the event and the moves of a publish that has stopped half way."""

    relations: dict[RelationName, Table | View] = field(default_factory=dict)
    events: dict[str, tuple[Event, ...]] = field(default_factory=dict)
    artifacts: dict[str, bytes] = field(default_factory=dict)
    leases: dict[str, tuple[Lease, bool]] = field(default_factory=dict)
    half_published: dict[str, tuple[Event, tuple[PointerMove, ...]]] = field(default_factory=dict)
    ledger_version: int | None = None

    def copy(self) -> Contents:
        return Contents(
            dict(self.relations),
            dict(self.events),
            dict(self.artifacts),
            dict(self.leases),
            dict(self.half_published),
            self.ledger_version,
        )

    def kind(self, name: RelationName) -> RelationKind | None:
        """What stands under `name`, None for nothing."""
        match self.relations.get(name):
            case Table():
                return RelationKind.TABLE
            case View():
                return RelationKind.VIEW
            case None:
                return None

    def is_held(self, lease: Lease) -> bool:
        """Whether its environment's lease is held under this lease's fence."""
        last, held = self.leases.get(lease.environment, (None, False))
        return last is not None and held and last.fence == lease.fence

    def table_behind(self, name: RelationName) -> Table | None:
        """The table that `name` is or leads to over any number of pointers; None for nothing."""
        relation = self.relations.get(self.end_of(name))
        return relation if isinstance(relation, Table) else None

    def end_of(self, name: RelationName) -> RelationName:
        """Where the pointers that begin with `name` end."""
        relation = self.relations.get(name)
        while isinstance(relation, View) and relation.target:
            name = relation.target
            relation = self.relations.get(name)
        return name


class MemoryStore:
    """Data that several openings share. The `create_`, `change_` and `rows` methods are for tests:
    they do what dbt and other people do to a warehouse. `in_the_way` are sessions for which no
    pointer can be moved, `damaged` what an integrity check finds in tables."""

    def __init__(self) -> None:
        self.contents = Contents()
        self.in_the_way: tuple[str, ...] = ()
        self.damaged: dict[RelationName, str] = {}
        self.answers: dict[str, tuple[tuple[str, ...], tuple[Row, ...]]] = {}
        self._lock = RLock()

    @contextmanager
    def changing(self) -> Iterator[Contents]:
        """A draft to change, which takes effect as a whole unless something is raised."""
        with self._lock:
            draft = self.contents.copy()
            yield draft
            self.contents = draft

    def create_table(
        self,
        name: RelationName,
        columns: Sequence[Column],
        rows: Sequence[Row],
        comments: Comments = Comments(),
    ) -> None:
        """Puts a table under `name`, whatever stood there."""
        with self.changing() as draft:
            draft.relations[name] = Table(tuple(columns), tuple(rows), comments)

    def stop_half_way(self, environment: str, before: Contents) -> None:
        """Leaves of the last publish what a kill may leave where pointers move one by one: `before`
        is what stood before, and only the first pointer has moved."""
        with self.changing() as draft:
            event = draft.events[environment][-1]
            draft.events[environment] = before.events[environment]
            moves = []
            for name in sorted(before.relations):
                old, new = before.relations[name], draft.relations[name]
                if isinstance(old, View) and isinstance(new, View) and old != new:
                    moves.append(PointerMove(name, old.target, new.target))
                    if len(moves) > 1:
                        draft.relations[name] = old
            draft.half_published[environment] = (event, tuple(moves))

    def create_view(self, name: RelationName, target: RelationName | None) -> None:
        """Puts a view onto all of `target` under `name`; None: a view that is no pointer."""
        with self.changing() as draft:
            draft.relations[name] = View(target)

    def remove(self, name: RelationName) -> None:
        """Drops what stands under `name`."""
        with self.changing() as draft:
            del draft.relations[name]

    def change_artifact(self, digest: str, stored: bytes) -> None:
        """Overwrites the stored bytes, as a damaged disk would."""
        with self.changing() as draft:
            draft.artifacts[digest] = stored

    def change_ledger_version(self, version: int) -> None:
        """Pretends that another dbt-rewind has written here."""
        with self.changing() as draft:
            draft.ledger_version = version

    def change_rows(self, name: RelationName, rows: Sequence[Row]) -> None:
        """Replaces the rows of the table that `name` is or leads to."""
        with self.changing() as draft:
            table = draft.table_behind(name)
            if table is None:
                raise KeyError(name)
            draft.relations[draft.end_of(name)] = replace(table, rows=tuple(rows))

    def change_answer(self, sql: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """What `query` is to answer to exactly this text; there is no SQL engine in memory."""
        self.answers[sql] = (tuple(columns), tuple(rows))

    def rows(self, name: RelationName) -> tuple[Row, ...]:
        """The rows that a user sees under `name`. Raises KeyError where nothing stands there."""
        table = self.contents.table_behind(name)
        if table is None:
            raise KeyError(name)
        return table.rows


def profiles(table: Table, totals: Collection[str]) -> tuple[ColumnProfile, ...]:
    """The table's columns with their NULLs, and with the sums of those among `totals` that are
    numbers."""
    found = []
    for at, column in enumerate(table.columns):
        values = [row[at] for row in table.rows if row[at] is not None]
        numbers = column.name in totals and all(isinstance(value, int) for value in values)
        total = str(sum(values)) if numbers else None
        nulls = len(table.rows) - len(values)
        found.append(ColumnProfile(column.name, column.type, nulls, total))
    return tuple(found)


_STORES: dict[str, MemoryStore] = {}


def memory_store(name: str) -> MemoryStore:
    """The store of that name in this process, made when it is first asked for."""
    return _STORES.setdefault(name, MemoryStore())
