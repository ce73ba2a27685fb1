"""From dbt's words on tests to findings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dbt_rewind.config.triggers import TestsTrigger
from dbt_rewind.model import Severity, Trigger, TriggerFinding, worst

if TYPE_CHECKING:
    from dbt_rewind.dbt.manifest import Manifest
    from dbt_rewind.dbt.results import NodeResult, RunResults

WARNED = "warn"


def findings_of(
    results: RunResults, manifest: Manifest, settings: TestsTrigger, release: int
) -> Iterator[TriggerFinding]:
    """A finding for each test that failed or warned, as bad as its tags say."""
    for node in results.nodes.values():
        if node.is_test and (node.failed or node.status == WARNED):
            yield _finding(node, manifest, settings, release)


def counted(results: RunResults) -> str:
    """What became of the tests, in figures."""
    tests = results.tests
    figures = ((tests.passed, "passed"), (tests.warned, "warned"), (tests.failed, "failed"))
    return ", ".join(f"{number} {word}" for number, word in figures)


def severity_of(tags: tuple[str, ...], settings: TestsTrigger) -> Severity:
    """How bad it is when a test with these tags fails: the worst that one of them says."""
    known = tuple(Severity(settings.tags[tag]) for tag in tags if tag in settings.tags)
    return worst(known) or Severity(settings.default)


def _finding(
    node: NodeResult, manifest: Manifest, settings: TestsTrigger, release: int
) -> TriggerFinding:
    tags = manifest.tags(node.unique_id)
    warned = node.status == WARNED
    kept = manifest.kept_failures.get(node.unique_id)
    file = manifest.file(node.unique_id)
    evidence = (
        node.message,
        f"the test is in {file}" if file else "",
        f"its tags are {', '.join(tags)}" if tags else "",
        f"the rows are in {kept}" if kept and node.failures != 0 else "",
    )
    name = node.unique_id.split(".")[2] if node.unique_id.count(".") >= 2 else node.unique_id
    return TriggerFinding(
        Trigger.TESTS,
        Severity.LOW if warned else severity_of(tags, settings),
        node.unique_id,
        f"the test {name} {'warns' if warned else 'fails'}",
        f"{node.failures:,} failing rows" if node.failures is not None else node.status,
        _threshold(manifest.limit(node.unique_id, node.status), warned=warned),
        tuple(each for each in evidence if each),
        release,
    )


def _threshold(limit: str | None, *, warned: bool) -> str:
    return f"{'warns' if warned else 'fails'} if {limit}" if limit else "it passes"
