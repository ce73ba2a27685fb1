"""Which relations each release needs: its own, and what its views read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from dbt_rewind.engine.history import History, ReleaseSummary
from dbt_rewind.engine.records import decode_relation
from dbt_rewind.model import STORED, EventKind, RelationName, Release, ReleaseNode

ReadRecord = Callable[[ReleaseSummary], Release]


@dataclass(slots=True)
class Holdings:
    """What the releases of `history` hold, by their records, each of which is read once and not
    before it is needed. Every method raises what `read` raises (ArtifactDamaged)."""

    history: History
    read: ReadRecord
    _records: dict[int, Release] = field(default_factory=dict)
    _nodes: dict[RelationName, ReleaseNode] = field(default_factory=dict)

    def needs(self, number: int) -> frozenset[RelationName]:
        """Every relation that the release would be broken without, or that was made for it.

        A view that `--select` left as it was may read a table that no node of its release is any
        more, and that only a pruned release had as a node.
        """
        waiting = [*self._made_of(number), *_written(self.history, number)]
        found = set(waiting)
        while waiting:
            behind = [each for each in self._behind(waiting.pop()) if each not in found]
            found.update(behind)
            waiting += behind
        return frozenset(found)

    def _made_of(self, number: int) -> Iterator[RelationName]:
        record = self._record(number)
        if record is None:
            return
        for node in (*record.nodes, *record.withheld):
            yield node.relation
            if node.storage is not None:
                yield node.storage
        yield from record.extras

    def _behind(self, relation: RelationName) -> Iterator[RelationName]:
        """What the relation reads, as far as it would be broken without it."""
        node = self._nodes.get(relation)
        if node is None:
            return
        if node.reads is None and node.storage is None and node.materialized not in STORED:
            # An old record does not say: anything that the release was made of.
            yield from self._made_of(node.built_by)
        if node.storage is not None:
            yield node.storage
        for read in node.reads or ():
            self._look_for(read)
            yield read

    def _look_for(self, relation: RelationName) -> None:
        """Reads records, the newest first, until one says what the relation is."""
        for number in sorted(self.history.releases, reverse=True):
            if relation in self._nodes:
                return
            self._record(number)

    def _record(self, number: int) -> Release | None:
        """The release's record, None where it was not built to its end."""
        if number not in self._records:
            summary = self.history.releases[number]
            if not summary.record_digest:
                return None
            record = self.read(summary)
            self._records[number] = record
            for node in (*record.nodes, *record.withheld):
                self._nodes.setdefault(node.relation, node)
        return self._records[number]


def _written(history: History, number: int) -> Iterator[RelationName]:
    """What the release's build may have made, whatever its record says."""
    for event in history.events:
        if event.kind is EventKind.STARTED and event.payload["release"] == number:
            yield from map(decode_relation, event.payload["writes"])
