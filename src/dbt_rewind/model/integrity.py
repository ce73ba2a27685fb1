"""What a warehouse finds where it checks its own storage."""

from __future__ import annotations

from dataclasses import dataclass

from dbt_rewind.model.relation import RelationName


@dataclass(frozen=True, slots=True)
class IntegrityFault:
    """Damage in what is stored of `table`, in the engine's words."""

    table: RelationName
    problem: str


@dataclass(frozen=True, slots=True)
class IntegrityCheck:
    """`how` says in a few words by what it was checked, empty where it was not at all. `unseen` are
    what could not be checked, each with the reason and what helps."""

    how: str
    faults: tuple[IntegrityFault, ...] = ()
    unseen: tuple[str, ...] = ()
