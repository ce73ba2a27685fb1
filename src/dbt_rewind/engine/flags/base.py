"""The last release without a feature."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dbt_rewind.engine.flags.composite import Side
from dbt_rewind.engine.flags.sides import Sides
from dbt_rewind.engine.history import HEALTHY, History
from dbt_rewind.errors import NoReleaseWithout
from dbt_rewind.model import Flag, release_id


@dataclass(frozen=True, slots=True)
class Base:
    """The release that a flag goes back to, by number, and why that one."""

    release: int
    why: str


def find_base(sides: Sides, flag: Flag, nodes: frozenset[str], live: Side) -> Base:
    """Walks back from release to release as users saw them, past those that proved bad, to the
    newest in which each of `nodes`, which the flag names in the live one, is absent or has another
    code; of these, to the newest whose project had nothing of the flag's yet, where there is one.

    A release that only mended the feature has other code, too: its record says that the flag named
    something in it. Raises NoReleaseWithout, ArtifactDamaged, ArtifactInvalid.
    """
    other: Base | None = None
    for number in _before(sides.history):
        side = sides.of(number)
        changed = _changed(side, nodes, live)
        if changed is None:
            continue
        if not _knows(side, flag):
            return Base(number, _why(changed, "the flag named nothing in it"))
        other = other or Base(number, _why(changed, ""))
    if other is None:
        raise NoReleaseWithout(flag.name, sides.history.environment, tuple(sorted(nodes)))
    return other


def _before(history: History) -> Iterator[int]:
    """The healthy releases that were live before, the last one first."""
    number = history.live.number if history.live else None
    while number is not None and (number := history.before(number)) is not None:
        if history.releases[number].state in HEALTHY:
            yield number


def _changed(side: Side, nodes: frozenset[str], live: Side) -> tuple[str, ...] | None:
    """Those of the nodes that the release has with another code; None where it has one with the
    same."""
    there = [each for each in sorted(nodes) if side.manifest.code(each) is not None]
    if any(side.manifest.code(each) == live.manifest.code(each) for each in there):
        return None
    return tuple(there)


def _knows(side: Side, flag: Flag) -> bool:
    return any(each.flag == flag.name and each.nodes for each in side.release.flags)


def _why(changed: tuple[str, ...], more: str) -> str:
    names = ", ".join(each.split(".")[-1] for each in changed[:3])
    names += f" and {len(changed) - 3} more" if len(changed) > 3 else ""
    words = f"it has {names} with other code" if changed else "it has none of its models"
    return f"{words}, and {more}" if more and changed else words


def base_named(number: int, how: str) -> Base:
    """A base that somebody has named."""
    return Base(number, f"{how} says {release_id(number)}")
