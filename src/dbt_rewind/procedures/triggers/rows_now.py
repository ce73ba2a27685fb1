"""Have published tables lost rows, or got more? Nobody writes to them, so that both is damage."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from dbt_rewind.errors import WarehouseError
from dbt_rewind.model import Observation, Severity, Trigger, TriggerFinding, release_id
from dbt_rewind.procedures.triggers.published import PublishedTable, published_tables
from dbt_rewind.procedures.triggers.signal import unseen
from dbt_rewind.procedures.triggers.subject import MOVED_ON, Subject
from dbt_rewind.procedures.triggers.words import in_rows, in_tables
from dbt_rewind.redact import redact

NAME: Final = "rows since the publish"


@dataclass(frozen=True, slots=True)
class RowsNow:
    """Counts the live release's tables, the smallest first, and begins none after `seconds`.

    Compared is what was recorded before the publish. That all rows are lost is critical, and so is
    a loss beyond `max_loss` percent; any other difference is high."""

    max_loss: float | None
    seconds: float
    trigger: Trigger = Trigger.DATA
    question: str = "Have published tables lost rows?"

    def look(self, subject: Subject) -> Iterator[Observation]:
        tables = published_tables(subject)
        recorded = sorted(
            (each for each in tables if each.node.rows is not None),
            key=lambda each: each.node.rows or 0,
        )
        findings: list[TriggerFinding] = []
        unread: list[Observation] = []
        counted = 0
        until = time.monotonic() + self.seconds
        for each in recorded:
            if time.monotonic() > until:
                break
            try:
                findings += self._differing(subject, each)
                counted += 1
            except WarehouseError as error:
                name = f"rows of {each.node.pointer}"
                unread.append(unseen(self.trigger, name, redact(error.message)))
        if findings and subject.has_moved_on():
            yield unseen(self.trigger, NAME, MOVED_ON)
            return
        seen = f"{in_tables(counted)} counted: {len(findings) or 'none'} unlike its record"
        yield Observation(self.trigger, NAME, seen, tuple(findings))
        yield from unread
        left = len(recorded) - counted - len(unread)
        if left:
            why = f"{in_tables(left)} not counted in {self.seconds:g} s (triggers.data.time)"
            yield unseen(self.trigger, "rows of larger tables", why)

    def _differing(self, subject: Subject, each: PublishedTable) -> Iterator[TriggerFinding]:
        recorded = each.node.rows or 0
        now = subject.reader.measure(each.table, fingerprint=False).rows
        if now == recorded:
            return
        yield TriggerFinding(
            self.trigger,
            self._severity(recorded, now),
            subject=str(each.node.pointer),
            what=f"{each.node.pointer} {_change(recorded, now)} since it was published",
            measured=in_rows(now),
            threshold=f"{in_rows(recorded)}, as recorded",
            evidence=(
                f"counted in {each.table}, which nobody should write to",
                f"{release_id(each.node.built_by)} built it",
            ),
            release=subject.live.number,
            remedy=subject.remedy_of(each.node),
        )

    def _severity(self, recorded: int, now: int) -> Severity:
        lost = 100 * (recorded - now) / recorded if recorded else 0
        is_great = self.max_loss is not None and lost > self.max_loss
        return Severity.CRITICAL if is_great or lost == 100 else Severity.HIGH


def _change(recorded: int, now: int) -> str:
    if not now:
        return f"has lost all its {in_rows(recorded)}"
    if now < recorded:
        return f"has lost {in_rows(recorded - now)}"
    return f"has got {now - recorded:,} more {'row' if now - recorded == 1 else 'rows'}"
