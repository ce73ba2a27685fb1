"""How many rows each table had in the releases before, from their records. All is pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dbt_rewind.model import Gate, RelationName, Release, ReleaseNode


def earlier_counts(
    live: Release, earlier: Iterable[Release], most: int
) -> Mapping[RelationName, tuple[int, ...]]:
    """For each name of `live` that has a recorded count: those of the last earlier builds of it, at
    most `most`, the newest first. `earlier` are the releases before, the newest first.

    A table that was taken over from release to release counts once. What is older than a change
    that somebody has let through (`--accept rows`) is no measure any more.
    """
    builds = {node.pointer: {_build(node)} for node in live.nodes if node.rows is not None}
    counts: dict[RelationName, list[int]] = {name: [] for name in builds}
    wanted = builds.keys() - _let_through(live)
    for release in earlier:
        if not wanted:
            break
        for node in release.nodes:
            name, build = node.pointer, _build(node)
            if name in wanted and node.rows is not None and build not in builds[name]:
                builds[name].add(build)
                counts[name].append(node.rows)
        wanted -= _let_through(release)
        wanted = {name for name in wanted if len(counts[name]) < most}
    return {name: tuple(found) for name, found in counts.items()}


def _build(node: ReleaseNode) -> tuple[RelationName, int]:
    """What a count is of. The relation alone is not enough: some are written on in place."""
    return node.relation, node.built_by


def _let_through(release: Release) -> set[RelationName]:
    """The names whose change of rows somebody has let through in that release."""
    return {each.pointer for each in release.gates if each.gate is Gate.ROWS and each.accepted}
