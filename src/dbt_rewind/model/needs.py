"""What an operation will do with relations, to be asked about before it begins."""

from __future__ import annotations

from dataclasses import dataclass

from dbt_rewind.model.relation import RelationName


@dataclass(frozen=True, slots=True)
class Needs:
    """`makes` are made, in schemas that are made where they are missing; `changes` get other
    content or another name where they exist, and `drops` go; `reads` are read.

    `temporary`: dbt makes temporary tables for it. `ends`: the ledger itself is removed.
    """

    makes: tuple[RelationName, ...] = ()
    changes: tuple[RelationName, ...] = ()
    drops: tuple[RelationName, ...] = ()
    reads: tuple[RelationName, ...] = ()
    temporary: bool = False
    ends: bool = False
