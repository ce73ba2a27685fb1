"""Runs a planned build: one loop over the steps, one failure policy."""

from __future__ import annotations

from typing import assert_never

from dbt_rewind.dbt.version import Built
from dbt_rewind.engine.append_release import append_release
from dbt_rewind.engine.compare import check_gates
from dbt_rewind.engine.deploy_intent import deploy_intent
from dbt_rewind.engine.drift import apply_repair, require_no_drift
from dbt_rewind.engine.execution import Execution, artifacts_of, profile_of, release_of
from dbt_rewind.engine.gates import accept, stopped_by
from dbt_rewind.engine.payloads import started_payload
from dbt_rewind.engine.permits import permit_for
from dbt_rewind.engine.plan import (
    BuildNodes,
    CheckGates,
    CloneRelation,
    MeasureNodes,
    Publish,
    Step,
)
from dbt_rewind.engine.records import encode_release
from dbt_rewind.engine.recover import undo_failed
from dbt_rewind.engine.rollback import publish
from dbt_rewind.engine.soundness import require_sound_code
from dbt_rewind.engine.waiting import keep_waiting
from dbt_rewind.errors import ApprovalNeeded, BuildFailed, Interrupted, PublishBlocked
from dbt_rewind.model import (
    EventKind,
    Release,
    ReleaseNode,
)


def execute(execution: Execution) -> Release:
    """Runs the plan's steps in order and returns the release, which is live then.

    Whatever goes wrong before the publish has committed, the relations written so far are dropped
    and the ledger says so; those of a build that failed, or that a gate stopped, are kept for a
    look, and those of one whose publish was blocked for its publish. Raises BuildFailed,
    GateStopped, PublishBlocked, Interrupted, LeaseLost.
    """
    ledger, plan, request = execution.ledger, execution.planned.plan, execution.request
    if plan.repair is not None:
        apply_repair(ledger, plan.repair, reason=request.reason, by=request.by)
    intent = started_payload(plan, request.kind, request.commit, request.by)
    ledger.append(EventKind.STARTED, intent)
    try:
        for step in plan.steps:
            ledger.require_lease()
            execution.listener(step)
            _run(step, execution)
    except BaseException as error:
        execution.version.close()  # a build that still runs would hold the warehouse
        undo_failed(ledger, error)
        if not isinstance(error, KeyboardInterrupt):
            raise
        live = ledger.history.live
        if live is None or live.number != plan.release:
            raise Interrupted(f"the {plan.operation}") from error
    if execution.release is None:
        raise AssertionError("a plan ends with its publish step")
    return execution.release


def _run(step: Step, execution: Execution) -> None:
    access = execution.ledger.access
    match step:
        case CloneRelation():
            access.warehouse.clone(step.source, step.target)
        case BuildNodes():
            _build(execution)
        case MeasureNodes():
            execution.measures = {
                node.unique_id: access.warehouse.measure(
                    node.relation, fingerprint=True, totals=_summed(execution, node)
                )
                for node in step.nodes
                if not node.follows_sources
            }
        case CheckGates():
            _check_gates(execution)
        case Publish():
            if (live := execution.planned.live) is not None:
                # Also names that do not move: somebody may have come in between while dbt worked.
                history = execution.ledger.history
                require_no_drift(access.warehouse, history, live.release)
            execution.release = _record(execution)
            _publish(execution, execution.release)
        case _:
            assert_never(step)


def _build(execution: Execution) -> None:
    selected = execution.planned.selected
    with execution.ledger.access.lent():
        execution.version.place(execution.planned.places)
        built = execution.version.build(
            selected.arguments,
            selected.state,
            within=selected.within,
            retries=execution.request.retries,
            full_refresh=execution.request.full_refresh,
            listener=execution.listener,
        )
        execution.version.close()
    default = execution.ledger.access.warehouse.capabilities.default_schema
    require_sound_code(execution.planned.manifest, built.manifest, selected.chosen, default)
    execution.built = built
    if built.results.failures(built.manifest):
        _record_failure(execution, built)


def _summed(execution: Execution, node: ReleaseNode) -> tuple[str, ...]:
    return tuple(execution.request.rules.of(node.unique_id).gates.max_change)


def _check_gates(execution: Execution) -> None:
    """Compares with the live release; raises GateStopped after recording the release as stopped."""
    ledger, request = execution.ledger, execution.request
    manifest = execution.built.manifest if execution.built else execution.planned.manifest
    found = check_gates(
        ledger.access.warehouse,
        ledger.history,
        release_of(execution).nodes,
        profile_of(execution),
        manifest,
        request.rules,
    )
    execution.findings = accept(found, request.accepted)
    if not any(finding.stops for finding in execution.findings):
        return
    release = release_of(execution)
    artifacts = artifacts_of(execution, release)
    append_release(ledger, EventKind.STOPPED, release, artifacts)
    raise stopped_by(release, ledger.history)


def _publish(execution: Execution, release: Release) -> None:
    """Publishes the built release, or keeps it where others are in the way."""
    ledger, request = execution.ledger, execution.request
    plan = execution.planned.plan
    intent = deploy_intent(plan, ledger.history, request)
    try:
        permit = permit_for(ledger, intent, request.asks)
        publish(ledger, plan, intent, permit, reason=request.reason, by=request.by)
        execution.permit = permit
    except PublishBlocked as blocked:
        keep_waiting(ledger, request, release, "; ".join(blocked.sessions))
        blocked.built = release.id
        raise
    except ApprovalNeeded as needed:
        keep_waiting(ledger, request, release, needed.message)
        needed.built = release.id
        raise


def _record(execution: Execution) -> Release:
    """Appends the built release, whole, before it is published."""
    release = release_of(execution)
    artifacts = artifacts_of(execution, release)
    append_release(execution.ledger, EventKind.BUILT, release, artifacts)
    return release


def _record_failure(execution: Execution, built: Built) -> None:
    release = release_of(execution)
    artifacts = {
        "record": encode_release(release),
        "manifest": built.manifest_bytes,
        "run_results": built.results_bytes,
    }
    append_release(execution.ledger, EventKind.FAILED, release, artifacts)
    live = execution.ledger.history.live
    raise BuildFailed(release.id, release.failures, live.id if live else None)
