"""Which stateful nodes are copied before they are written on, and which cannot be."""

from __future__ import annotations

from collections.abc import Mapping

from dbt_rewind.dbt.manifest import Manifest
from dbt_rewind.engine.rules import Rules
from dbt_rewind.engine.select import Live
from dbt_rewind.model import RelationName


def in_place_reasons(
    continued: Mapping[str, RelationName],
    manifest: Manifest,
    live: Live | None,
    rules: Rules,
    sizes: Mapping[RelationName, int],
) -> dict[str, str]:
    """Why nodes of `continued` (each with the table that holds its content) are written on in that
    table instead of in a copy, by unique id; those that are copied are left out.

    A node whose public name changed is always copied: its old name may be wanted again.
    """
    reasons = {}
    for unique_id, table in continued.items():
        if live is None or live.nodes[unique_id].pointer != manifest.nodes[unique_id].relation:
            continue
        size, limit = sizes.get(table, 0), rules.copy_limit
        if not rules.of(unique_id).copied:
            reasons[unique_id] = "checkpoint: none"
        elif limit is not None and size > limit:
            reasons[unique_id] = f"{bytes_words(size)} are over the limit of {bytes_words(limit)}"
    return reasons


def bytes_words(size: int) -> str:
    """A size in its largest unit, in powers of 1000: `20.5 GB`."""
    for unit, factor in (("TB", 10**12), ("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= factor:
            return f"{size / factor:.1f}".removesuffix(".0") + f" {unit}"
    return f"{size} B"
