"""A person says that something is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dbt_rewind.model import Observation, Severity, Trigger, TriggerFinding
from dbt_rewind.procedures.triggers.subject import Subject


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody (`by`) has seen, in his own words, and how bad he holds it to be."""

    text: str
    severity: Severity
    by: str
    trigger: Trigger = Trigger.REPORT
    question: str = "What do people say?"

    def look(self, subject: Subject) -> Iterator[Observation]:
        finding = TriggerFinding(
            self.trigger,
            self.severity,
            subject=self.text,
            what=self.text,
            measured=f"{self.severity}, says {self.by}",
            threshold="a person's word",
            release=subject.live.number,
        )
        yield Observation(self.trigger, "report", f"1 report by {self.by}", (finding,))
