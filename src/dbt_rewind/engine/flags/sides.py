"""Reading releases with their graphs, and what flags name in them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from dbt_rewind.dbt.manifest import read_manifest
from dbt_rewind.dbt.selection import selected_nodes
from dbt_rewind.engine.flags.composite import Composite, Side
from dbt_rewind.engine.history import History, ReleaseSummary
from dbt_rewind.engine.ledger import read_artifact, read_release
from dbt_rewind.errors import FlagStuck, FlagUnclear
from dbt_rewind.model import RelationName, release_id
from dbt_rewind.warehouse.protocol import LedgerReader


@dataclass(slots=True)
class Sides:
    """The releases of `history` with their graphs, each of which is read once and not before it is
    needed."""

    reader: LedgerReader
    history: History
    _known: dict[int, Side] = field(default_factory=dict)

    def of(self, number: int) -> Side:
        """Raises ArtifactDamaged, ArtifactInvalid."""
        if number not in self._known:
            self._known[number] = _read_side(self.reader, self.history.releases[number])
        return self._known[number]

    def all(self, numbers: Iterable[int | None]) -> Mapping[int, Side]:
        """As `of`, of several; None stands for no release."""
        return {number: self.of(number) for number in numbers if number is not None}


def _read_side(reader: LedgerReader, summary: ReleaseSummary) -> Side:
    name = f"the manifest of {summary.id}"
    content = read_artifact(reader, summary.manifest_digest, name)
    return Side(read_release(reader, summary), read_manifest(content, name))


def named_in(side: Side, flag: str, models: str) -> frozenset[str]:
    """The nodes that the flag names in a release: as recorded when it was built, or, where the
    flag was not there yet or named others, as far as that can be told without dbt.

    Raises FlagUnclear.
    """
    for each in side.release.flags:
        if (each.flag, each.models) == (flag, models):
            return frozenset(each.nodes)
    found = selected_nodes(side.manifest, models)
    if found is None:
        raise FlagUnclear(flag, models, side.release.id)
    return found


def require_kept(reader: LedgerReader, sides: Sides, composite: Composite) -> None:
    """Raises FlagStuck where something that the composite holds is no longer there, or no longer
    what it was."""
    held = {node.unique_id: node for node in composite.held}
    if not held:
        return
    needed = {name for node in held.values() for name in (node.relation, node.storage) if name}
    states = reader.pointers(needed)
    for off in composite.off:
        if off.shown is None:
            continue
        release = release_id(off.shown)
        overwritten = {
            each.relation: each for each in sides.history.overwritten(sides.of(off.shown).release)
        }
        for unique_id in off.held:
            node = held[unique_id]
            names = _names(node.relation, node.storage)
            for name in names:
                if states[name].absent:
                    raise FlagStuck(off.flag, release, f"{name} is gone")
                if name in overwritten:
                    later = release_id(overwritten[name].release)
                    raise FlagStuck(off.flag, release, f"{later} has written on in {name}")


def _names(*names: RelationName | None) -> Collection[RelationName]:
    return [name for name in names if name is not None]
