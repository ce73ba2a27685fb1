"""A release as users see it while flags are off: its own nodes, and an earlier release's. Pure.

A flagged node and everything that reads it are shown as the release before the feature has them;
what that release lacks is not shown. Nothing that is shown can have been made from the feature
then: whatever reads a held node is held itself, in the same release.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from dbt_rewind.dbt.manifest import Manifest
from dbt_rewind.errors import FlagsCollide
from dbt_rewind.model import FlagOff, Origin, RelationName, Release, ReleaseNode


@dataclass(frozen=True, slots=True)
class Flagged:
    """A flag that is off, as it bears on one project. `base` is None only where `nodes`, which it
    names there, are none."""

    flag: str
    models: str
    base: int | None
    nodes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Side:
    """A release with the manifest of its own code."""

    release: Release
    manifest: Manifest

    @property
    def nodes(self) -> Mapping[str, ReleaseNode]:
        """The nodes as its own code makes them, by unique id."""
        return {node.unique_id: node for node in self.release.made}


@dataclass(frozen=True, slots=True)
class Composite:
    """What users see of a project while flags are off, what of it they do not see, and which flag
    does that. `nodes` are sorted."""

    nodes: tuple[ReleaseNode, ...]
    withheld: tuple[ReleaseNode, ...] = ()
    off: tuple[FlagOff, ...] = ()

    @property
    def held(self) -> tuple[ReleaseNode, ...]:
        """The nodes that an earlier release has made."""
        names = {unique_id for each in self.off for unique_id in each.held}
        return tuple(node for node in self.nodes if node.unique_id in names)


def compose(
    made: Collection[ReleaseNode],
    manifest: Manifest,
    flags: Sequence[Flagged],
    bases: Mapping[int, Side],
) -> Composite:
    """What users see of the nodes `made`, whose graph `manifest` has, with these flags off. `bases`
    has each flag's base. Raises FlagsCollide where two nodes would have one name."""
    own = {node.unique_id: node for node in made}
    shown, withheld = dict(own), {}
    off: list[FlagOff] = []
    for group in _groups(manifest, flags, bases):
        base = group.base
        if base is None:
            off += [FlagOff(each.flag, each.models) for each in group.flags]
            continue
        back = bases[base].nodes
        held, hidden = set(), set()
        for unique_id in sorted(group.reach):
            now, then = own.get(unique_id), back.get(unique_id)
            if now is None and then is None:
                continue  # it is ephemeral
            if now is not None:
                withheld[unique_id] = now
            if then is None:
                del shown[unique_id]
                hidden.add(unique_id)
            else:
                shown[unique_id] = _taken(then, now.pointer if now else then.pointer)
                held.add(unique_id)
        for each in group.flags:
            reach = _reach(manifest, each, bases[base])
            off.append(
                FlagOff(
                    each.flag,
                    each.models,
                    each.base,
                    base,
                    tuple(sorted(held & reach)),
                    tuple(sorted(hidden & reach)),
                )
            )
    nodes = tuple(shown[unique_id] for unique_id in sorted(shown))
    _require_names(nodes)
    return Composite(
        nodes,
        tuple(withheld[unique_id] for unique_id in sorted(withheld)),
        tuple(sorted(off, key=lambda each: each.flag)),
    )


def _taken(node: ReleaseNode, pointer: RelationName) -> ReleaseNode:
    """An earlier release's node, under the name that it has today."""
    return replace(node, pointer=pointer, origin=Origin.REUSED, seconds=None, in_place=None)


@dataclass(frozen=True, slots=True)
class _Group:
    """Flags that reach nodes in common, which go back to the oldest of their bases together: it is
    without all of their features."""

    flags: tuple[Flagged, ...]
    base: int | None
    reach: frozenset[str]


def _groups(
    manifest: Manifest, flags: Sequence[Flagged], bases: Mapping[int, Side]
) -> list[_Group]:
    groups: list[_Group] = []
    for flag in sorted(flags, key=lambda each: each.flag):
        merged = _group((flag,), manifest, bases)
        # Where two become one, it reaches more: with the older release's graph.
        while meeting := [each for each in groups if each.reach & merged.reach]:
            members = (*merged.flags, *(flag for each in meeting for flag in each.flags))
            groups = [each for each in groups if each not in meeting]
            merged = _group(members, manifest, bases)
        groups.append(merged)
    return groups


def _group(flags: tuple[Flagged, ...], manifest: Manifest, bases: Mapping[int, Side]) -> _Group:
    base = min((each.base for each in flags if each.base is not None), default=None)
    if base is None:
        return _Group(flags, None, frozenset())
    reach = frozenset().union(*(_reach(manifest, each, bases[base]) for each in flags))
    return _Group(flags, base, reach)


def _reach(manifest: Manifest, flag: Flagged, base: Side) -> frozenset[str]:
    """The nodes that the flag bears on: those that it names, all that read these, and what the base
    has that reads them and is there no more."""
    now = manifest.reached(flag.nodes)
    gone = base.manifest.reached(now) - manifest.unique_ids
    return now | gone


def _require_names(nodes: Collection[ReleaseNode]) -> None:
    names: dict[RelationName, str] = {}
    for node in nodes:
        other = names.setdefault(node.pointer, node.unique_id)
        if other != node.unique_id:
            raise FlagsCollide(str(node.pointer), (other, node.unique_id))
