"""The tables of the live release, which nobody writes to once they are published."""

from __future__ import annotations

from dataclasses import dataclass

from dbt_rewind.engine.select import without_lost_figures
from dbt_rewind.model import RelationKind, RelationName, ReleaseNode
from dbt_rewind.procedures.triggers.subject import Subject


@dataclass(frozen=True, slots=True)
class PublishedTable:
    """`table` holds the rows of `node`, whose recorded figures are None where a later release has
    written on in it, or begun to."""

    node: ReleaseNode
    table: RelationName


def published_tables(subject: Subject) -> tuple[PublishedTable, ...]:
    """Those that are there, in the order of their public names. Views are none: what they return
    may change by itself, with their sources or with the date."""
    overwritten = subject.history.overwritten(subject.live)
    nodes = without_lost_figures(subject.live.nodes, overwritten)
    found = [PublishedTable(node, node.storage or node.relation) for node in nodes]
    present = subject.reader.relations([each.table for each in found])
    tables = {name for name, info in present.items() if info.kind is RelationKind.TABLE}
    found.sort(key=lambda each: each.node.pointer)
    return tuple(each for each in found if each.table in tables)
