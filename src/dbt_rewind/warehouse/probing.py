"""Finds those among many relations that cannot be queried, with few statements."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from dbt_rewind.errors import WarehouseError, WarehouseFailed
from dbt_rewind.model import RelationName

_AT_ONCE = 50


def unreadable(
    names: Collection[RelationName],
    probe: Callable[[Sequence[RelationName]], None],
    is_broken: Callable[[WarehouseError], bool],
) -> dict[RelationName, str]:
    """Those of `names` for which `probe` fails, with the engine's words.

    A part that fails is halved until the one that makes it fail is found. What is not `is_broken`
    is raised: it says nothing of the relation.
    """
    ordered = sorted(names)
    parts = [ordered[start : start + _AT_ONCE] for start in range(0, len(ordered), _AT_ONCE)]
    found: dict[RelationName, str] = {}
    while parts:
        part = parts.pop()
        try:
            probe(part)
        except WarehouseError as error:
            if not isinstance(error, WarehouseFailed) or not is_broken(error):
                raise
            if len(part) == 1:
                found[part[0]] = error.problem
            else:
                half = len(part) // 2
                parts += [part[:half], part[half:]]
    return found


def probe_text(qualified: Sequence[str]) -> str:
    """A query that has to understand all of these relations and reads no row of any."""
    return "\nUNION ALL ".join(f"SELECT 1 FROM {name} WHERE 1 = 0" for name in qualified)  # noqa: S608
