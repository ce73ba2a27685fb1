"""What a deploy and a refresh do about flags: they stay off where they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from dbt_rewind.dbt.manifest import RELATION_TYPES, Manifest
from dbt_rewind.dbt.selection import selected_nodes
from dbt_rewind.dbt.version import ProjectVersion
from dbt_rewind.engine.flags.composite import Composite, Flagged, Side, compose
from dbt_rewind.engine.flags.sides import Sides, named_in, require_kept
from dbt_rewind.engine.history import History, ReleaseSummary
from dbt_rewind.engine.ledger import read_release
from dbt_rewind.engine.profile import Columns, columns_of, read_profile
from dbt_rewind.errors import FlagInvalid, ProjectUnusable
from dbt_rewind.model import ColumnProfile, Flag, FlagNodes, RelationName, Release, ReleaseNode
from dbt_rewind.warehouse.protocol import LedgerReader

Named = Callable[[str, str], frozenset[str]]
"""The nodes that a flag names, by its name and its selection."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A project as users will see it: with the releases that flags go back to, and with what every
    flag names in it."""

    composite: Composite
    bases: Mapping[int, Side] = field(default_factory=dict)
    flags: tuple[FlagNodes, ...] = ()

    def columns(
        self, reader: LedgerReader, history: History, equal: ReleaseSummary | None = None
    ) -> Columns:
        """The figures that are on record of what the live release, or `equal`, and the bases are
        made of. Raises ArtifactDamaged."""
        found: dict[RelationName, tuple[ColumnProfile, ...]] = {}
        summaries = [history.releases[number] for number in sorted(self.bases)]
        own = equal or history.live
        for summary in (*summaries, *([own] if own else [])):
            release = read_release(reader, summary)
            found.update(columns_of(release, read_profile(reader, summary)))
        return found


def name_nodes(
    version: ProjectVersion, manifest: Manifest, flags: Sequence[Flag], live: Release | None
) -> tuple[FlagNodes, ...]:
    """What the flags name in a parsed project, and those that are off and rewind.yml has no longer.
    dbt is asked where it alone can tell. Raises FlagInvalid."""
    wanted = {(flag.name, flag.models) for flag in flags}
    wanted |= models_off(live, flags).items() if live else set()
    return tuple(
        FlagNodes(name, models, tuple(sorted(_named(version, manifest, name, models))))
        for name, models in sorted(wanted)
    )


def models_off(live: Release, flags: Sequence[Flag]) -> dict[str, str]:
    """The models of each flag that is off: those that it had when it was switched off, and those
    that rewind.yml says now. So a change there can hide more, and shows nothing by itself."""
    known = {flag.name: flag.models for flag in flags}
    return {
        each.flag: " ".join(
            dict.fromkeys((*each.models.split(), *known.get(each.flag, "").split()))
        )
        for each in live.off
    }


def _named(version: ProjectVersion, manifest: Manifest, name: str, models: str) -> frozenset[str]:
    found = selected_nodes(manifest, models)
    if found is not None:
        return found
    try:
        chosen = version.select(tuple(models.split()), None)
    except ProjectUnusable as error:
        raise FlagInvalid(name, models, error.problem) from error
    nodes = manifest.data["nodes"]
    return frozenset(
        each for each in chosen if each in nodes and nodes[each]["resource_type"] in RELATION_TYPES
    )


def keep_off(
    reader: LedgerReader,
    sides: Sides,
    live: Release | None,
    made: Sequence[ReleaseNode],
    manifest: Manifest,
    named: tuple[FlagNodes, ...],
    flags: Sequence[Flag],
) -> Kept:
    """What users will see of the nodes `made`, whose graph is `manifest`'s, with the flags off that
    are off in the live release. `named` is what the flags name in the project.

    A flag that had nothing to hold goes back to the live release once it has.
    Raises FlagStuck, FlagsCollide, ArtifactDamaged, ArtifactInvalid.
    """
    nodes = {(each.flag, each.models): frozenset(each.nodes) for each in named}
    off = []
    if live is not None:
        models = models_off(live, flags)
        for each in live.off:
            found = nodes[each.flag, models[each.flag]]
            base = live.number if each.base is None and found else each.base
            off.append(Flagged(each.flag, models[each.flag], base, found))
    return compose_kept(reader, sides, made, manifest, off, named)


def keep_off_taken(
    reader: LedgerReader,
    sides: Sides,
    equal: Release,
    made: Sequence[ReleaseNode],
    flags: Sequence[Flag],
) -> Kept:
    """As `keep_off`, of the nodes `made` of the release `equal` that is taken over. Raises
    FlagUnclear, too."""
    live = sides.history.live
    if live is None or not live.off:
        return Kept(Composite(tuple(made)), flags=equal.flags)
    side, release = sides.of(equal.number), sides.of(live.number).release
    found = tuple(
        FlagNodes(name, models, tuple(sorted(named_in(side, name, models))))
        for name, models in sorted(models_off(release, flags).items())
    )
    named = tuple(dict.fromkeys((*equal.flags, *found)))
    return keep_off(reader, sides, release, made, side.manifest, named, flags)


def compose_kept(
    reader: LedgerReader,
    sides: Sides,
    made: Sequence[ReleaseNode],
    manifest: Manifest,
    off: Sequence[Flagged],
    flags: tuple[FlagNodes, ...],
) -> Kept:
    """The nodes `made` with the flags in `off` off. Raises what `keep_off` raises."""
    bases = sides.all(each.base for each in off)
    composite = compose(made, manifest, off, bases)
    require_kept(reader, sides, composite)
    return Kept(composite, bases, flags)
