"""Has the live release far fewer rows than the releases before it, or far more?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from dbt_rewind.config.triggers import DataTrigger
from dbt_rewind.model import Observation, ReleaseNode, Trigger, TriggerFinding, release_id
from dbt_rewind.procedures.triggers.row_counts import earlier_counts
from dbt_rewind.procedures.triggers.row_limits import Unusual, limits_for, limits_of, unusual
from dbt_rewind.procedures.triggers.subject import Subject
from dbt_rewind.procedures.triggers.words import in_rows

NAME: Final = "rows beside earlier releases"

_FARTHEST: Final = 200
"""So many releases are looked through for earlier counts, and no more."""


@dataclass(frozen=True, slots=True)
class RowsBefore:
    """Compares the recorded rows of each name with those of its last builds. Nothing is counted.

    What has no recorded count is passed over, and so are names that have ended: a model that was
    removed on purpose is no loss."""

    settings: DataTrigger
    trigger: Trigger = Trigger.DATA
    question: str = "Has the release far fewer rows than those before it?"

    def look(self, subject: Subject) -> Iterator[Observation]:
        earlier = islice(subject.earlier(), _FARTHEST)
        counts = earlier_counts(subject.live, earlier, self.settings.releases)
        known = {name for name, past in counts.items() if len(past) >= self.settings.samples}
        default, config = limits_of(self.settings), subject.workspace.config
        findings = []
        for node in sorted(subject.live.nodes, key=lambda each: each.pointer):
            if node.pointer in known and node.rows is not None:
                limits = limits_for(node.unique_id, default, config)
                found = unusual(node.rows, counts[node.pointer], limits)
                findings += [_finding(node, found, subject.live.number)] if found else []
        yield Observation(
            self.trigger, NAME, self._seen(len(counts), len(known), len(findings)), tuple(findings)
        )

    def _seen(self, counted: int, known: int, found: int) -> str:
        if not known:
            return f"nothing has {self.settings.samples} earlier counts yet"
        few = f"; {counted - known} have too few counts" if known < counted else ""
        return f"{known} of {counted} compared{few}: {found or 'none'} unusual"


def _finding(node: ReleaseNode, found: Unusual, release: int) -> TriggerFinding:
    lost = found.change < 0
    percent = f"{abs(found.change):,.0f} %"
    what = f"has {percent} {'fewer' if lost else 'more'} rows than usual"
    return TriggerFinding(
        Trigger.DATA,
        found.severity,
        subject=f"{node.pointer} beside earlier releases",
        what=f"{node.pointer} {what if found.rows else 'is empty, which is unusual'}",
        measured=in_rows(found.rows),
        threshold=f"at {'least' if lost else 'most'} {in_rows(found.threshold)}",
        evidence=(
            f"usually {in_rows(found.usual)}, the median of {found.samples} earlier counts",
            f"{release_id(node.built_by)} built it",
        ),
        release=release,
    )
