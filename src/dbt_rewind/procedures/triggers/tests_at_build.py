"""dbt's tests, as they came out when the live release was built."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dbt_rewind.config.triggers import TestsTrigger
from dbt_rewind.model import Observation, Trigger
from dbt_rewind.procedures.triggers.failed_tests import counted, findings_of
from dbt_rewind.procedures.triggers.stored_results import live_results
from dbt_rewind.procedures.triggers.subject import Subject


@dataclass(frozen=True, slots=True)
class TestsAtBuild:
    """Takes no dbt and no time. A failed test never reaches users, so that there are warnings here,
    and failures only of what is no release of ours."""

    __test__ = False  # pytest must not collect it

    settings: TestsTrigger
    trigger: Trigger = Trigger.TESTS
    question: str = "Which tests failed when the live release was built?"

    def look(self, subject: Subject) -> Iterator[Observation]:
        results = live_results(subject)
        found = findings_of(results, subject.manifest, self.settings, subject.live.number)
        seen = counted(results)
        if not any(node.is_test for node in results.nodes.values()):
            seen = f"no test has run for {subject.live.id}"
        yield Observation(self.trigger, "tests at the build", seen, tuple(found))
