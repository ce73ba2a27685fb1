"""dbt's tests, run now against what users see."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dbt_rewind.config.triggers import TestsTrigger
from dbt_rewind.model import Observation, Trigger
from dbt_rewind.procedures.live_tests import run_live_tests
from dbt_rewind.procedures.triggers.failed_tests import counted, findings_of
from dbt_rewind.procedures.triggers.signal import unseen
from dbt_rewind.procedures.triggers.subject import Subject


@dataclass(frozen=True, slots=True)
class TestsNow:
    """Runs all tests on the live release's relations, with the code they were built from."""

    __test__ = False  # pytest must not collect it

    settings: TestsTrigger
    trigger: Trigger = Trigger.TESTS
    question: str = "Which tests fail now?"

    def look(self, subject: Subject) -> Iterator[Observation]:
        live, state = subject.live, subject.manifest
        withheld = {node.unique_id for node in live.withheld}
        with subject.access.lent():
            built = run_live_tests(subject.workspace, live.commit.sha, state, (), withheld)
        found = findings_of(built.results, built.manifest, self.settings, live.number)
        seen = counted(built.results) if built.results.nodes else "the project has no tests"
        yield Observation(self.trigger, "tests now", seen, tuple(found))
        for node in built.results.nodes.values():
            if node.skipped:
                yield unseen(self.trigger, node.unique_id, "dbt skipped the test")
