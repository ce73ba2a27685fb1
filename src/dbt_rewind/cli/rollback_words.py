"""A rollback in words and as JSON facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dbt_rewind.cli.asking import permit_facts, say_permit
from dbt_rewind.cli.errors_told import error_facts
from dbt_rewind.cli.screen import Screen
from dbt_rewind.cli.words import ago, commit_words, count, lasting, moment, tests_words, wrapped

if TYPE_CHECKING:
    from dbt_rewind.engine.quarantine import Quarantined
    from dbt_rewind.engine.rollback import RollbackPlan
    from dbt_rewind.engine.workspace import Workspace
    from dbt_rewind.errors import RewindError
    from dbt_rewind.model import Incident, Permit
    from dbt_rewind.procedures.aftermath import Published


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a rollback went: `seconds` is what the publish took, `bad` what it has put in quarantine,
    `quarantine` all that is there now."""

    planned: RollbackPlan
    permit: Permit
    sequence: int
    by: str
    reason: str
    seconds: float
    bad: Quarantined | None
    quarantine: tuple[Quarantined, ...]

    @property
    def published(self) -> Published:
        """What others are told."""
        from dbt_rewind.procedures.aftermath import Published

        source, target = self.planned.live.number, self.planned.target.number
        return Published(
            self.sequence, "rollback", source, target, self.by, self.reason, self.permit
        )


def say_plan(screen: Screen, environment: str, planned: RollbackPlan) -> None:
    """What would move, and what would not be as it was."""
    from dbt_rewind.cli.flag_words import switched_words
    from dbt_rewind.cli.plan_words import (
        say_changes,
        say_inexact,
        say_moves,
        say_one_by_one,
        say_repair,
    )

    live, target = planned.live, planned.target
    screen.tell(f"{environment}: {live.id} -> {target.id}")
    screen.tell(f"  from {live.id:5} {commit_words(live.commit)}")
    screen.tell(f"  to   {target.id:5} {commit_words(target.commit)}")
    built = f"built {moment(target.created_at)}, {ago(target.created_at)}"
    screen.tell(f"             {built}, {tests_words(target.tests)}")
    if planned.plan.repair is not None:
        say_repair(screen, planned.plan.repair)
    total = len(target.nodes)
    screen.tell(
        f"  {len(planned.plan.moves)} of {count(total, 'pointer')} move; nothing is rebuilt"
    )
    say_moves(screen, planned.plan.moves)
    say_one_by_one(screen, planned.plan)
    say_changes(screen, planned.findings)
    say_inexact(screen, planned.inexact)
    for words in switched_words(live, target):
        screen.say("\n".join(wrapped("  flag: ", words)), fg="yellow")


def say_outcome(screen: Screen, workspace: Workspace, outcome: Outcome) -> None:
    """That it is done."""
    planned = outcome.planned
    moved = count(len(planned.plan.moves), "pointer")
    took = lasting(outcome.seconds)
    words = f"{planned.target.id} is live in {workspace.name}: {moved} moved in {took}"
    screen.say(words, fg="green", bold=True)


def say_what_follows(
    screen: Screen, environment: str, outcome: Outcome, incident: Incident | None
) -> None:
    """By what right it was done, and the commands that come next."""
    say_permit(screen, environment, outcome.permit, outcome.sequence, incident)
    screen.tell(f"  check it       rewind verify --deep -e {environment}")
    forward = outcome.planned.live.id
    screen.tell(f"  forward again  rewind rollback --to {forward} -e {environment}")
    if outcome.bad is not None:
        short = outcome.bad.commit.sha[:7]
        screen.tell(
            f"  in quarantine  {short}: no deploy brings it again, until a revert of it, or"
        )
        screen.tell(f"                 rewind release-quarantine {short} -e {environment}")


def say_document(
    screen: Screen,
    environment: str,
    planned: RollbackPlan,
    outcome: Outcome | None = None,
    incident: Incident | None = None,
    *,
    code: Mapping[str, Any] | None = None,
    error: RewindError | None = None,
) -> None:
    """The JSON document; without an outcome, that of a dry run. `code` says what is done to the
    code, and `error` why it is not."""
    if not screen.wants_document:
        return
    from dbt_rewind.cli.plan_words import commit_facts, finding_facts, move_facts, repair_facts

    facts = {
        "environment": environment,
        "dry_run": outcome is None,
        "from": {"id": planned.live.id, "commit": commit_facts(planned.live)},
        "to": {"id": planned.target.id, "commit": commit_facts(planned.target)},
        "moves": [move_facts(move) for move in planned.plan.moves],
        "repair": repair_facts(planned.plan.repair),
        "gates": [finding_facts(finding) for finding in planned.findings],
        "not_exact": planned.inexact,
        "reason": outcome.reason if outcome else "",
        "quarantined": outcome.bad.commit.sha if outcome and outcome.bad else None,
        "permit": permit_facts(outcome.permit if outcome else None),
        "incident": incident and incident.id,
        "publish_seconds": round(outcome.seconds, 4) if outcome else None,
        "code": code,
        **({"error": error_facts(error)} if error else {}),
    }
    screen.document("rollback", facts)
