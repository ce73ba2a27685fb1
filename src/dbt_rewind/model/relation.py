"""Names and measures of tables and views."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, order=True, slots=True)
class RelationName:
    """A table's or view's full name, unquoted: parts hold exactly what the catalogue holds."""

    database: str
    schema: str
    name: str

    def __str__(self) -> str:
        """The name for people to read; never put into SQL."""
        return f"{self.schema}.{self.name}"


class RelationKind(StrEnum):
    TABLE = "table"
    VIEW = "view"
    MATERIALIZED_VIEW = "materialized view"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `type` is the engine's own spelling."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class RelationInfo:
    """What the catalogue says of one relation."""

    name: RelationName
    kind: RelationKind
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """One column of a relation with content: how many of its rows are NULL, and the sum of all, as
    exact text, where it was asked for and the column has one."""

    name: str
    type: str
    nulls: int
    total: str | None = None


@dataclass(frozen=True, slots=True)
class Measure:
    """A relation's content in figures.

    `fingerprint` does not depend on the order of rows and starts with the name of the algorithm
    that made it, so that figures of two algorithms are never compared; None: not taken. `columns`
    are in the relation's order, none where no fingerprint was asked for.
    """

    rows: int
    fingerprint: str | None
    columns: tuple[ColumnProfile, ...] = ()
