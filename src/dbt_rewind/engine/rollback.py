"""Rollback: publish an earlier release. Runs no dbt, reads no data, moves only pointers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dbt_rewind.engine.compare import compare_releases
from dbt_rewind.engine.drift import apply_repair, settle
from dbt_rewind.engine.history import History, ReleaseSummary
from dbt_rewind.engine.intent import Intent, intent_of, plan_digest
from dbt_rewind.engine.judge import Asking
from dbt_rewind.engine.ledger import Ledger, read_release
from dbt_rewind.engine.needs import needs_of_plan
from dbt_rewind.engine.permits import permit_for, permit_payload
from dbt_rewind.engine.plan import Plan, plan_publish, pointer_map
from dbt_rewind.engine.records import encode_finding
from dbt_rewind.engine.rules import Rules
from dbt_rewind.engine.undoing import Inexact, inexact_moves
from dbt_rewind.errors import NothingLive
from dbt_rewind.model import GENESIS, EventKind, GateFinding, Permit, Release
from dbt_rewind.warehouse.protocol import LedgerReader


@dataclass(frozen=True, slots=True)
class RollbackPlan:
    """What a rollback will do; `plan` has no moves where the target's data is live already.

    `findings` are what gates would say of it, and `inexact` what will not be as it was: both are
    told and stop nothing.
    """

    live: Release
    target: Release
    plan: Plan
    findings: tuple[GateFinding, ...] = ()
    inexact: tuple[Inexact, ...] = ()


def plan_rollback(
    reader: LedgerReader,
    history: History,
    target: ReleaseSummary,
    rules: Rules | None = None,
    *,
    repair: bool = False,
) -> RollbackPlan:
    """Reads what stands now and plans the way to `target`; with `repair`, drift is put right first.

    Raises ReleaseNotRestorable, PointerDrifted, PointerOccupied, ArtifactDamaged.
    """
    if history.live is None:
        raise NothingLive(history.environment)
    live = read_release(reader, history.live)
    wanted = read_release(reader, target)
    pointers = {node.pointer for node in (*live.nodes, *wanted.nodes)}
    needed = {node.relation for node in wanted.nodes}
    # One question for both: to ask for the relations' columns too would take most of a rollback.
    states = reader.pointers(pointers | needed)
    present = {relation for relation in needed if not states[relation].absent}
    head = history.head.hash if history.head else GENESIS
    names = pointer_map(wanted.nodes)
    standing = settle(reader, history, live, names, states, repair=repair)
    plan = plan_publish(
        "rollback",
        head,
        wanted,
        live,
        present,
        standing.lost,
        one_by_one=not reader.capabilities.transactional_ddl,
    )
    plan = replace(plan, repair=standing.repair)
    reader.require_permitted(needs_of_plan(plan))
    return RollbackPlan(
        live,
        wanted,
        plan,
        compare_releases(reader, history, live, wanted, rules or Rules()),
        inexact_moves(history, plan, wanted),
    )


def rollback_intent(rollback: RollbackPlan) -> Intent:
    """What the rollback would make live, as approvals are bound to it."""
    target = rollback.target
    return intent_of(rollback.plan, target.id, target=target.number, backward=True)


def apply_rollback(
    ledger: Ledger, rollback: RollbackPlan, asking: Asking, *, reason: str, by: str
) -> Permit:
    """Publishes the target, after the repair where one is planned, and returns by what right.
    Raises ApprovalNeeded, and what `Ledger.append` raises; then no release has gone live."""
    intent = rollback_intent(rollback)
    permit = permit_for(ledger, intent, asking)
    if rollback.plan.repair is not None:
        apply_repair(ledger, rollback.plan.repair, reason=reason, by=by)
    publish(ledger, rollback.plan, intent, permit, reason=reason, by=by)
    return permit


def publish(
    ledger: Ledger,
    plan: Plan,
    intent: Intent,
    permit: Permit,
    *,
    reason: str,
    by: str,
    accepted: Sequence[GateFinding] = (),
) -> None:
    """Runs the plan's publish step: the end of every operation that changes what users see. The
    permit is for this very plan. `accepted` are findings of gates that were let through after the
    release was recorded."""
    if permit.plan != plan_digest(plan, intent.subject):
        raise AssertionError("the permit is for another plan")
    step = plan.publish
    ledger.append(
        EventKind.PUBLISHED,
        {
            "operation": plan.operation,
            "release": step.release,
            "previous": step.previous,
            "moved": len(step.moves),
            "reason": reason,
            "by": by,
            "permit": permit_payload(permit),
            "accepted": [encode_finding(finding) for finding in accepted if finding.accepted],
        },
        moves=step.moves,
    )
