"""What dbt said when the parts of the live release were built."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dbt_rewind.engine.history import History
from dbt_rewind.engine.ledger import read_artifact
from dbt_rewind.model import EventKind, release_id
from dbt_rewind.procedures.triggers.subject import Subject
from dbt_rewind.warehouse.protocol import LedgerReader

if TYPE_CHECKING:
    from dbt_rewind.dbt.results import RunResults


def results_of(reader: LedgerReader, history: History, number: int) -> RunResults | None:
    """dbt's results of one release's build; None where dbt built nothing, and where that release
    was pruned. Raises ArtifactDamaged, ArtifactInvalid."""
    from dbt_rewind.dbt.results import read_results

    digest = _digest(history, number)
    if digest is None or reader.artifact(digest) is None:
        return None
    name = f"the test results of {release_id(number)}"
    return read_results(read_artifact(reader, digest, name), name)


def makers(subject: Subject) -> tuple[int, ...]:
    """The releases that built parts of the live release, and itself, oldest first."""
    return tuple(sorted({subject.live.number, *(node.built_by for node in subject.live.nodes)}))


def live_results(subject: Subject) -> RunResults:
    """The outcomes of what the live release has, each as it was when that was built last.

    Raises ArtifactDamaged, ArtifactInvalid.
    """
    from dbt_rewind.dbt.results import RunResults, merge_results

    merged = RunResults({})
    for number in makers(subject):
        stored = results_of(subject.reader, subject.history, number)
        merged = merge_results(merged, stored) if stored else merged
    known = subject.manifest.unique_ids
    return RunResults({key: node for key, node in merged.nodes.items() if key in known})


def _digest(history: History, number: int) -> str | None:
    for event in history.events:
        if event.kind is EventKind.BUILT and event.payload["release"] == number:
            digest: str | None = event.payload["artifacts"].get("run_results")
            return digest
    return None
