"""What triggers look at: one environment, its live release, and the ways to both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from dbt_rewind.engine.access import Access
from dbt_rewind.engine.history import HEALTHY, History
from dbt_rewind.engine.ledger import read_artifact, read_release
from dbt_rewind.errors import NothingLive
from dbt_rewind.model import Release, ReleaseNode
from dbt_rewind.warehouse.protocol import LedgerReader

if TYPE_CHECKING:
    from dbt_rewind.dbt.manifest import Manifest
    from dbt_rewind.engine.workspace import Workspace

MOVED_ON: Final = "another release went live, or is written in place, meanwhile: look again"


@dataclass(frozen=True)
class Subject:
    """`live` is the live release, whole. `access` is the way to the warehouse, which can only be
    read; who runs dbt borrows it (`access.lent()`), because some engines admit one process."""

    workspace: Workspace
    access: Access
    history: History
    live: Release

    @property
    def reader(self) -> LedgerReader:
        """The open connection; ask for it anew after dbt has run. Raises what `connect` raises."""
        return self.access.warehouse

    @cached_property
    def manifest(self) -> Manifest:
        """The live release's manifest. Raises ArtifactDamaged, ArtifactInvalid."""
        from dbt_rewind.dbt.manifest import read_manifest

        name = f"the manifest of {self.live.id}"
        digest = self.history.releases[self.live.number].manifest_digest
        return read_manifest(read_artifact(self.reader, digest, name), name)

    def earlier(self) -> Iterator[Release]:
        """The releases before the live one that went live and were not rolled back, whole, the
        newest first; none that was pruned. Raises ArtifactDamaged."""
        for summary in self.history.newest_first():
            number = summary.number
            if number < self.live.number and summary.state in HEALTHY and summary.record_digest:
                if number not in self._records:
                    self._records[number] = read_release(self.reader, summary)
                yield self._records[number]

    def remedy_of(self, node: ReleaseNode) -> str:
        """What helps where the content of that node is damaged, empty where a rollback does: not
        where the release before has it in the same relation. Raises ArtifactDamaged."""
        before = next(self.earlier(), None)
        if before is None or all(each.relation != node.relation for each in before.nodes):
            return ""
        return f"build it anew with `rewind deploy --full`: {before.id} has it as it is now, too"

    def has_moved_on(self) -> bool:
        """Whether another release has gone live since, or one was begun that writes on in relations
        of this one: what was seen last is then nothing to judge it by."""
        now = self.workspace.history(self.reader)
        live = now.live.number if now.live else None
        return live != self.live.number or now.overwritten(self.live) != self.history.overwritten(
            self.live
        )

    @cached_property
    def _records(self) -> dict[int, Release]:
        return {}


@contextmanager
def open_subject(workspace: Workspace) -> Iterator[Subject]:
    """The environment as it stands now; the connection is closed when the block ends.

    Raises NothingLive, ArtifactDamaged, and what `Workspace.history` raises.
    """
    access = Access(workspace.connect_to_read)
    try:
        history = workspace.history(access.warehouse)
        if history.live is None:
            raise NothingLive(workspace.name)
        yield Subject(workspace, access, history, read_release(access.warehouse, history.live))
    finally:
        access.close()
