"""Plans and releases in words and as JSON facts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dbt_rewind.cli.screen import Screen
from dbt_rewind.cli.words import count, wrapped
from dbt_rewind.engine.plan import Plan, Repair
from dbt_rewind.model import Origin, PointerMove, RelationName

if TYPE_CHECKING:
    from dbt_rewind.engine.history import ReleaseSummary
    from dbt_rewind.engine.undoing import Inexact
    from dbt_rewind.model import FailedNode, GateFinding, Release


_MOST_CHANGES = 10


def say_plan(screen: Screen, plan: Plan, pending: Sequence[str]) -> None:
    """What a deploy would do, step by step, and what becomes of every relation."""
    from dbt_rewind.cli.progress import describe

    screen.say(f"r{plan.release} would be made in {plan.environment}:")
    if plan.repair is not None:
        say_repair(screen, plan.repair)
    for number, step in enumerate(plan.steps, start=1):
        screen.say(f"  {number}. {describe(step)}")
    for origin, heading in ((Origin.BUILT, "build"), (Origin.REUSED, "reuse")):
        for node in plan.nodes:
            if node.origin is origin:
                screen.say(f"  {heading:7} {node.pointer}  ({node.materialized})")
    say_one_by_one(screen, plan)
    dropped = [move for move in plan.moves if move.after is None]
    for move in dropped:
        screen.say(f"  drop    {move.pointer}  (comes back with a rollback)")
    if pending:
        screen.say(f"  {count(len(pending), 'changed node')} left for the next deploy")


def say_one_by_one(screen: Screen, plan: Plan) -> None:
    """What readers may see meanwhile, where pointers do not move together."""
    if plan.publish.one_by_one and len(plan.moves) > 1:
        words = "this warehouse moves names one by one: until all have moved, readers see some of"
        screen.say("\n".join(wrapped("  note: ", f"{words} either release")))


def say_inexact(screen: Screen, inexact: Sequence[Inexact]) -> None:
    """What a rollback will not bring back as it was, by reason."""
    by_reason: dict[str, list[Inexact]] = {}
    for each in inexact:
        by_reason.setdefault(each.reason, []).append(each)
    for reason, those in by_reason.items():
        names = ", ".join(str(each.pointer) for each in those[:3])
        more = f" and {len(those) - 3} more" if len(those) > 3 else ""
        screen.say("\n".join(wrapped("  not undone exactly: ", f"{names}{more}: {reason}")))


def say_findings(screen: Screen, findings: Sequence[GateFinding]) -> None:
    """What gates found before a publish, one a line."""
    for finding in findings:
        how = "accepted" if finding.accepted else finding.level.value
        words = f"{finding.pointer} {finding.words}"
        screen.say("\n".join(wrapped(f"  {how:8}  {finding.gate.value}: ", words)))


def say_changes(screen: Screen, findings: Sequence[GateFinding]) -> None:
    """What users will see change, which no gate stops here."""
    for finding in findings[:_MOST_CHANGES]:
        screen.tell("\n".join(wrapped("  users see: ", f"{finding.pointer} {finding.words}")))
    if len(findings) > _MOST_CHANGES:
        screen.tell(f"  and {len(findings) - _MOST_CHANGES} changes more (--json has all)")


def finding_facts(finding: GateFinding) -> dict[str, Any]:
    """A gate's finding as JSON data."""
    return {
        "gate": finding.gate,
        "pointer": finding.pointer,
        "level": finding.level,
        "accepted": finding.accepted,
        "words": finding.words,
    }


def say_moves(screen: Screen, moves: Sequence[PointerMove]) -> None:
    """Every pointer that will move, one a line."""
    for move in moves:
        if move.before is None:
            screen.tell(f"    create  {move.pointer} -> {move.after}")
        elif move.after is None:
            screen.tell(f"    drop    {move.pointer}")
        else:
            screen.tell(f"    move    {move.pointer}")
            screen.tell(f"              {_way(move.before, move.after)}")


def say_repair(screen: Screen, repair: Repair) -> None:
    """What was put right, or will be, and where what stood there is kept."""
    screen.say(f"  {count(len(repair.pointers), 'drifted pointer')} put right first")
    for each in repair.set_aside:
        screen.say(f"    keep    {each.source}")
        screen.say(f"              as {each.target}")


def repair_facts(repair: Repair | None) -> dict[str, Any] | None:
    """A repair as JSON data."""
    if repair is None:
        return None
    return {
        "pointers": repair.pointers,
        "set_aside": [
            {"pointer": each.source, "relation": each.target} for each in repair.set_aside
        ],
    }


def _way(before: RelationName, after: RelationName) -> str:
    """From where to where a pointer moves; what releases call the same is told by the schemas."""
    if before.name == after.name:
        return f"{before.schema} -> {after.schema}"
    return f"{before} -> {after}"


def plan_facts(plan: Plan) -> dict[str, Any]:
    """A plan as JSON data."""
    from dbt_rewind.cli.progress import describe

    return {
        "environment": plan.environment,
        "release": f"r{plan.release}",
        "steps": [describe(step) for step in plan.steps],
        "build": [n.unique_id for n in plan.nodes if n.origin is Origin.BUILT],
        "reuse": [n.unique_id for n in plan.nodes if n.origin is Origin.REUSED],
        "moves": [move_facts(move) for move in plan.moves],
        "repair": repair_facts(plan.repair),
    }


def move_facts(move: PointerMove) -> dict[str, Any]:
    return {"pointer": move.pointer, "before": move.before, "after": move.after}


def summary_facts(release: ReleaseSummary) -> dict[str, Any]:
    """What events alone say of a release, as JSON data."""
    return {
        "id": release.id,
        "state": release.state,
        "kind": release.kind,
        "commit": commit_facts(release),
        "created_at": release.created_at,
        "created_by": release.created_by,
        "published_at": release.published_at,
        "seconds": release.seconds,
        "built": release.built,
        "reused": release.reused,
        "tests": tests_facts(release),
    }


def release_facts(release: Release) -> dict[str, Any]:
    """A release with its nodes, as JSON data."""
    from dbt_rewind.cli.flag_words import off_facts

    return {
        "id": release.id,
        "kind": release.kind,
        "commit": commit_facts(release),
        "created_at": release.created_at,
        "created_by": release.created_by,
        "seconds": release.seconds,
        "dbt_version": release.dbt_version,
        "tests": tests_facts(release),
        "pending": release.pending,
        "nodes": [
            {
                "unique_id": node.unique_id,
                "pointer": node.pointer,
                "relation": node.relation,
                "storage": node.storage,
                "materialized": node.materialized,
                "origin": node.origin,
                "built_by": f"r{node.built_by}",
                "rows": node.rows,
                "fingerprint": node.fingerprint,
                "follows_sources": node.follows_sources,
                "seconds": node.seconds,
                "in_place": node.in_place,
            }
            for node in release.nodes
        ],
        "off": [off_facts(each) for each in release.off],
        "withheld": [
            {
                "unique_id": node.unique_id,
                "relation": node.relation,
                "built_by": f"r{node.built_by}",
            }
            for node in release.withheld
        ],
        "gates": [finding_facts(finding) for finding in release.gates],
        "failures": [_failure_facts(node) for node in release.failures],
        "warnings": [_failure_facts(node) for node in release.warnings],
    }


def commit_facts(release: Release | ReleaseSummary) -> dict[str, Any]:
    commit = release.commit
    return {
        "sha": commit.sha,
        "subject": commit.subject,
        "author": commit.author,
        "tags": commit.tags,
    }


def tests_facts(release: Release | ReleaseSummary) -> dict[str, int]:
    tests = release.tests
    return {
        "passed": tests.passed,
        "warned": tests.warned,
        "failed": tests.failed,
        "skipped": tests.skipped,
    }


def _failure_facts(node: FailedNode) -> dict[str, Any]:
    return {
        "unique_id": node.unique_id,
        "status": node.status,
        "message": node.message,
        "file": node.file,
        "rows_in": node.rows_in,
        "compiled_sql": node.compiled_sql,
    }
