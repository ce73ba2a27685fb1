"""Pointers: the names users query, and where they lead."""

from __future__ import annotations

from dataclasses import dataclass

from dbt_rewind.model.relation import RelationKind, RelationName


@dataclass(frozen=True, slots=True)
class PointerState:
    """What stands under a public name now.

    `target` is the relation that a pointer of ours leads to. A name may also be held by something
    that is no pointer: then `target` is None and `occupied_by` says what it is.
    """

    pointer: RelationName
    target: RelationName | None
    occupied_by: RelationKind | None = None

    @property
    def absent(self) -> bool:
        return self.target is None and self.occupied_by is None


@dataclass(frozen=True, order=True, slots=True)
class Relocation:
    """A table or view gets another name, and keeps all it has: rows, constraints, comments."""

    source: RelationName
    target: RelationName


@dataclass(frozen=True, order=True, slots=True)
class PointerMove:
    """One pointer's way in a publish.

    `before` and `after` are the relations it leads to; None means that the pointer does not exist
    (before: it is created; after: it is dropped).
    """

    pointer: RelationName
    before: RelationName | None
    after: RelationName | None

    def __post_init__(self) -> None:
        if self.before == self.after:
            raise ValueError(f"{self.pointer} does not move")
