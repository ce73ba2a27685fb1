"""Views in PostgreSQL with all that they have, so that they can be made again as they were."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any

from dbt_rewind.model import RelationName
from dbt_rewind.warehouse import postgres_sql
from dbt_rewind.warehouse import postgres_views_sql as sql
from dbt_rewind.warehouse.postgres_session import Session

_MATERIALIZED = "m"
_OF_COMMENTS = 7


@dataclass(frozen=True, slots=True)
class Part:
    """What a view has beside its query: `statement` makes it; `column` is what it is of."""

    statement: str
    column: str | None
    is_comment: bool


@dataclass(frozen=True, slots=True)
class View:
    """A view, materialized or not; `reads` are the identities of what it reads among all that is
    made anew, `needs` the columns that it reads of each of them."""

    oid: int
    name: RelationName
    is_materialized: bool
    owner: str
    options: tuple[str, ...]
    text: str
    method: str | None
    tablespace: str | None
    is_populated: bool
    is_temporary: bool
    reads: frozenset[int]
    needs: tuple[tuple[int, frozenset[str]], ...]

    def drop(self) -> str:
        kind = "MATERIALIZED VIEW" if self.is_materialized else "VIEW"
        return f"DROP {kind} {postgres_sql.qualified(self.name)}"

    def create(self) -> str:
        if self.is_materialized:
            return postgres_sql.create_materialized_view(
                self.name,
                self.options,
                self.text,
                method=self.method,
                tablespace=self.tablespace,
                populated=self.is_populated,
            )
        return postgres_sql.create_view(self.name, self.options, self.text)


def dependents(
    session: Session, roots: Collection[int], barred: Collection[int]
) -> tuple[View, ...]:
    """The views that read one of `roots`, directly or through others, and are not among `barred`:
    each after those that it reads."""
    if not roots:
        return ()
    doing = "reading the views of others"
    needs: defaultdict[int, dict[int, list[str]]] = defaultdict(dict)
    for oid, read, columns in session.rows(
        doing, sql.FIND_DEPENDENTS, [sorted(roots), sorted(barred)]
    ):
        needs[oid][read] = columns
    described = session.rows(doing, sql.FIND_VIEWS, [sorted(needs)]) if needs else []
    views = {row[0]: _view(session, row, needs[row[0]]) for row in described}
    order = TopologicalSorter({oid: view.reads for oid, view in views.items()})
    return tuple(views[oid] for oid in order.static_order() if oid in views)


def parts(session: Session, views: Collection[int]) -> Mapping[int, Sequence[Part]]:
    """What these views have beside their queries, in an order in which it can be made."""
    found: defaultdict[int, list[Part]] = defaultdict(list)
    doing = "reading the views of others"
    for oid, rank, column, statement in (
        session.rows(doing, sql.FIND_PARTS, [sorted(views)]) if views else ()
    ):
        found[oid].append(Part(statement, column, rank == _OF_COMMENTS))
    return found


def uncarried(session: Session, views: Collection[int]) -> list[tuple[int, str]]:
    """What would be lost if these were made anew, with what it hangs on."""
    if not views:
        return []
    doing = "reading what depends on the pointers"
    return [(oid, what) for oid, what in session.rows(doing, sql.FIND_UNCARRIED, [sorted(views)])]


def followers(session: Session, relations: Collection[int]) -> list[tuple[int, str]]:
    """The functions that go on to read one of these relations where it is moved, behind it."""
    if not relations:
        return []
    doing = "reading what depends on the pointers"
    found = session.rows(doing, sql.FIND_FOLLOWERS, [sorted(relations)])
    return [(oid, what) for oid, what in found]


def _view(session: Session, row: tuple[Any, ...], needs: Mapping[int, list[str]]) -> View:
    oid, schema, name, kind, owner, options, text, method, tablespace, populated, temporary = row
    return View(
        oid,
        RelationName(session.database, schema, name),
        kind == _MATERIALIZED,
        owner,
        tuple(options),
        text,
        method,
        tablespace,
        populated,
        temporary,
        frozenset(needs),
        tuple((oid, frozenset(columns)) for oid, columns in sorted(needs.items())),
    )
