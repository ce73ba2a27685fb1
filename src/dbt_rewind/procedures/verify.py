"""Verify: is what users see whole, and what the ledger says it is? Every answer with evidence."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from dbt_rewind.dbt.results import RunResults
from dbt_rewind.engine.drift import find_drift, missing_relations
from dbt_rewind.engine.history import History, ReleaseSummary
from dbt_rewind.engine.mirror import mirror_problem
from dbt_rewind.engine.status import BranchDistance
from dbt_rewind.errors import WarehouseError
from dbt_rewind.model import RelationName, Release, ReleaseNode
from dbt_rewind.warehouse.protocol import LedgerReader


class CheckStatus(StrEnum):
    PASSED = "passed"
    WARNED = "warned"
    FAILED = "failed"
    SKIPPED = "skipped"


class Verdict(StrEnum):
    """`unverified`: nothing failed, but something that had to be looked at could not be."""

    VERIFIED = "verified"
    FAILED = "failed"
    UNVERIFIED = "unverified"


@dataclass(frozen=True, slots=True)
class Check:
    """One question and its answer. `evidence` is what was seen; `details` name each finding.

    `required`: a skipped check of this kind leaves the whole unverified. `seconds` is what the
    check took.
    """

    name: str
    status: CheckStatus
    evidence: str
    details: tuple[str, ...] = ()
    required: bool = True
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class SampleQuery:
    """A query of the configuration: it must return `min_rows` rows within `max_seconds`."""

    name: str
    sql: str
    max_seconds: float
    min_rows: int


RunTests = Callable[[], RunResults]


def verdict(checks: Iterable[Check]) -> Verdict:
    """What the checks say together."""
    checks = tuple(checks)
    if any(check.status is CheckStatus.FAILED for check in checks):
        return Verdict.FAILED
    if any(check.status is CheckStatus.SKIPPED and check.required for check in checks):
        return Verdict.UNVERIFIED
    return Verdict.VERIFIED


def check_ledger(history: History, mirror: Path) -> Check:
    """The mirror tells the same past as the ledger, whose chain was followed when it was read."""
    problem = mirror_problem(mirror, history.environment, history.events)
    evidence = f"{len(history.events)} events, each follows the one before it"
    if problem is None:
        return Check("ledger", CheckStatus.PASSED, evidence)
    return Check("ledger", CheckStatus.FAILED, evidence, (problem.message,))


def check_code(live: ReleaseSummary, branch: BranchDistance | None) -> Check:
    """Which commit is live, and whether its branch has moved on. A branch ahead is a warning."""
    at = f"{live.id} is commit {live.commit.sha[:10]}"
    if branch is None:
        return Check("code version", CheckStatus.PASSED, at)
    if branch.same_project:
        return Check("code version", CheckStatus.PASSED, f"{at}, the project as on {branch.branch}")
    ahead = "an unknown number of" if branch.commits is None else str(branch.commits)
    commits = "commit" if branch.commits == 1 else "commits"
    evidence = f"{at}; {branch.branch} has {ahead} newer {commits}, not deployed"
    return Check("code version", CheckStatus.WARNED, evidence)


def check_pointers(reader: LedgerReader, live: Release) -> Check:
    """Every public name leads to its relation of the live release, and that relation exists."""
    began = time.perf_counter()
    half = reader.half_published(live.environment)
    if half is not None:
        evidence = "some names have moved and others not: a publish has stopped half way"
        fix = ["`rewind recover` finishes it, unless it is still running"]
        return _check("pointers", evidence, fix, began)
    drifts = find_drift(reader, live)
    gone = missing_relations(reader, live)
    details = [
        f"{drift.pointer} should lead to {drift.expected} but is {drift.found}" for drift in drifts
    ]
    details += [f"{name} is missing" for name in gone]
    wrong = {drift.pointer for drift in drifts}
    wrong |= {node.pointer for node in live.nodes if {node.relation, node.storage} & {*gone}}
    total = len(live.nodes)
    evidence = f"{total - len(wrong)} of {total} names lead where they should"
    return _check("pointers", evidence, details, began)


def check_rows(
    reader: LedgerReader, live: Release, overwritten: Collection[RelationName] = ()
) -> Check:
    """Row counts equal those recorded at the publish; what a later release has written on in is
    passed over."""
    return _compare(reader, live, overwritten, deep=False)


def check_fingerprints(
    reader: LedgerReader, live: Release, overwritten: Collection[RelationName] = ()
) -> Check:
    """Contents equal those recorded at the publish, row by row, whatever their order; what a later
    release has written on in is passed over."""
    return _compare(reader, live, overwritten, deep=True)


def check_query(reader: LedgerReader, query: SampleQuery) -> Check:
    """A sample query of the configuration answers, with enough rows, in time."""
    name = f"query: {query.name}"
    try:
        answer = reader.query(query.sql, limit=max(query.min_rows, 5))
    except WarehouseError as error:
        return Check(name, CheckStatus.FAILED, error.message)
    first = ", ".join(
        f"{column} = {value}"
        for column, value in zip(
            answer.columns, answer.rows[0] if answer.rows else (), strict=False
        )
    )
    evidence = f"{answer.seconds:.3f} s (limit {query.max_seconds:g} s); {first or 'no rows'}"
    good = answer.seconds <= query.max_seconds and len(answer.rows) >= query.min_rows
    status = CheckStatus.PASSED if good else CheckStatus.FAILED
    return Check(name, status, evidence, seconds=answer.seconds)


def check_tests(results: RunResults, seconds: float, *, selected: bool = True) -> Check:
    """dbt's tests, run now against the live release's relations.

    A selection that names no test was meant to check something, so it counts as skipped; a project
    without tests (`selected` is false) has nothing to check.
    """
    if not results.nodes and not selected:
        return Check("dbt tests", CheckStatus.SKIPPED, "the project has no tests", required=False)
    tests = results.tests
    details = [
        f"{node.unique_id}: {node.message or node.status}"
        for node in results.nodes.values()
        if node.failed or node.status in {"warn", "skipped"}
    ]
    evidence = f"{tests.passed} passed, {tests.warned} warned, {tests.failed} failed"
    if tests.skipped:
        evidence += f", {tests.skipped} skipped"
    if tests.failed:
        status = CheckStatus.FAILED
    elif tests.skipped or not results.nodes:
        status = CheckStatus.SKIPPED
        evidence = evidence if results.nodes else "the selection names no test"
    else:
        status = CheckStatus.WARNED if tests.warned else CheckStatus.PASSED
    return Check("dbt tests", status, evidence, tuple(details), seconds=seconds)


def check_warehouse(
    reader: LedgerReader,
    live: Release,
    queries: Sequence[SampleQuery],
    *,
    deep: bool,
    overwritten: Collection[RelationName] = (),
) -> Iterator[Check]:
    """The checks that need only the warehouse, each as soon as it is answered."""
    pointers = check_pointers(reader, live)
    yield pointers
    yield check_rows(reader, live, overwritten)
    if deep:
        yield check_fingerprints(reader, live, overwritten)
    for query in queries:
        yield check_query(reader, query)


def _compare(
    reader: LedgerReader, live: Release, overwritten: Collection[RelationName], *, deep: bool
) -> Check:
    began = time.perf_counter()
    measured = [node for node in live.nodes if node.rows is not None]
    recorded = [node for node in measured if (node.storage or node.relation) not in overwritten]
    present = reader.relations([node.relation for node in recorded])
    details, unreadable = [], 0
    for node in recorded:
        if node.relation not in present:
            details.append(f"{node.pointer}: {node.relation} is missing")
            continue
        problem, readable = _difference(reader, node, deep=deep)
        details += [problem] if problem else []
        unreadable += not readable
    name = "fingerprints" if deep else "row counts"
    following = sum(node.follows_sources for node in live.nodes)
    unmeasured = len(live.nodes) - len(measured) - following
    evidence = f"{len(recorded) - len(details) - unreadable} of {len(recorded)} as recorded"
    if following:
        views = (
            "view follows its source and has"
            if following == 1
            else "views follow their sources and have"
        )
        evidence += f"; {following} {views} no record"
    if unmeasured:
        evidence += f"; {unmeasured} without a record"
    if len(measured) > len(recorded):
        evidence += f"; {len(measured) - len(recorded)} written on since by a later release"
    if unreadable:
        evidence += f"; {unreadable} were recorded by another version of the engine"
    if (unreadable or unmeasured) and not details:
        return Check(name, CheckStatus.SKIPPED, evidence, seconds=time.perf_counter() - began)
    return _check(name, evidence, details, began)


def _difference(reader: LedgerReader, node: ReleaseNode, *, deep: bool) -> tuple[str | None, bool]:
    """What differs, or None; and whether the record could be compared at all."""
    if deep:
        algorithm = (node.fingerprint or "").split(":")[0]
        if algorithm != reader.fingerprint_algorithm():
            return None, False
    measure = reader.measure(node.relation, fingerprint=deep)
    if measure.rows != node.rows:
        return f"{node.pointer}: {measure.rows} rows, recorded {node.rows}", True
    if deep and measure.fingerprint != node.fingerprint:
        return f"{node.pointer}: content differs from the record", True
    return None, True


def _check(name: str, evidence: str, details: Sequence[str], began: float) -> Check:
    status = CheckStatus.FAILED if details else CheckStatus.PASSED
    return Check(name, status, evidence, tuple(details), seconds=time.perf_counter() - began)


def relation_kinds(reader: LedgerReader, live: Release) -> dict[RelationName, str]:
    """The kind (table or view) of each public name's relation, for the report."""
    infos = reader.relations([node.relation for node in live.nodes])
    return {
        node.pointer: infos[node.relation].kind.value
        for node in live.nodes
        if node.relation in infos
    }
