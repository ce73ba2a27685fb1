"""Runs a planned build: one loop over the steps, one failure policy."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field, replace
from typing import assert_never

from dbt_rewind import clock
from dbt_rewind.dbt.manifest import merge_manifests
from dbt_rewind.dbt.version import Built, ProjectVersion
from dbt_rewind.engine.build_plan import DeployPlan, DeployRequest
from dbt_rewind.engine.compare import check_gates
from dbt_rewind.engine.drift import apply_repair, require_no_drift
from dbt_rewind.engine.gates import accept, stopped_by
from dbt_rewind.engine.ledger import Ledger
from dbt_rewind.engine.payloads import recorded_payload, started_payload
from dbt_rewind.engine.plan import (
    BuildNodes,
    CheckGates,
    CloneRelation,
    MeasureNodes,
    Publish,
    Step,
)
from dbt_rewind.engine.profile import Profile, encode_profile, read_profile
from dbt_rewind.engine.progress import Listener
from dbt_rewind.engine.records import encode_release
from dbt_rewind.engine.recover import undo_failed
from dbt_rewind.engine.rollback import publish
from dbt_rewind.engine.soundness import require_sound_code
from dbt_rewind.errors import BuildFailed, Interrupted
from dbt_rewind.model import (
    EventKind,
    GateFinding,
    Measure,
    Origin,
    Release,
    ReleaseNode,
    TestSummary,
)


@dataclass(slots=True)
class Execution:
    """A running deploy: what it is to do, and what its steps have found so far.

    `began` is the `time.perf_counter()` at which the deploy began.
    """

    ledger: Ledger
    request: DeployRequest
    planned: DeployPlan
    version: ProjectVersion
    listener: Listener
    began: float
    built: Built | None = None
    measures: dict[str, Measure] = field(default_factory=dict)
    findings: tuple[GateFinding, ...] = ()
    release: Release | None = None


def execute(execution: Execution) -> Release:
    """Runs the plan's steps in order and returns the release, which is live then.

    Whatever goes wrong before the publish has committed, the relations written so far are dropped
    and the ledger says so; those of a build that failed, or that a gate stopped, are kept for a
    look. Raises BuildFailed, GateStopped, Interrupted, LeaseLost.
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
            request = execution.request
            publish(execution.ledger, execution.planned.plan, reason=request.reason, by=request.by)
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
        _release(execution).nodes,
        _profile(execution),
        manifest,
        request.rules,
    )
    execution.findings = accept(found, request.accepted)
    if not any(finding.stops for finding in execution.findings):
        return
    release = _release(execution)
    artifacts = _artifacts(execution, release)
    ledger.append(
        EventKind.STOPPED,
        recorded_payload(release, artifacts),
        artifacts=tuple(artifacts.values()),
    )
    raise stopped_by(release, ledger.history)


def _record(execution: Execution) -> Release:
    """Appends the built release, whole, before it is published."""
    release = _release(execution)
    artifacts = _artifacts(execution, release)
    execution.ledger.append(
        EventKind.BUILT,
        recorded_payload(release, artifacts),
        artifacts=tuple(artifacts.values()),
    )
    return release


def _artifacts(execution: Execution, release: Release) -> dict[str, bytes]:
    """What is stored of a release that was built whole, by name."""
    planned, built = execution.planned, execution.built
    new = built.manifest if built else planned.manifest
    live = planned.live.manifest if planned.live else None
    stored = merge_manifests(new, live, planned.selected.nodes)
    artifacts = {
        "record": encode_release(release),
        "manifest": json.dumps(stored.data).encode(),
        "profile": encode_profile(_profile(execution)),
    }
    return artifacts | ({"run_results": built.results_bytes} if built else {})


def _profile(execution: Execution) -> Profile:
    """The columns' figures: those measured now, and the live release's of what is reused."""
    ledger = execution.ledger
    live = ledger.history.live
    held = read_profile(ledger.access.warehouse, live) if live else {}
    reused = {
        node.unique_id: held[node.unique_id]
        for node in execution.planned.plan.nodes
        if node.origin is Origin.REUSED and node.unique_id in held
    }
    measured = {unique_id: measure.columns for unique_id, measure in execution.measures.items()}
    return {**reused, **measured}


def _record_failure(execution: Execution, built: Built) -> None:
    release = _release(execution)
    artifacts = {
        "record": encode_release(release),
        "manifest": built.manifest_bytes,
        "run_results": built.results_bytes,
    }
    execution.ledger.append(
        EventKind.FAILED,
        recorded_payload(release, artifacts),
        artifacts=tuple(artifacts.values()),
    )
    live = execution.ledger.history.live
    raise BuildFailed(release.id, release.failures, live.id if live else None)


def _release(execution: Execution) -> Release:
    planned, built, request = execution.planned, execution.built, execution.request
    return Release(
        number=planned.plan.release,
        environment=planned.plan.environment,
        kind=request.kind,
        commit=request.commit,
        # A release that leaves changes out is not what its commit says, so nothing equals it.
        build_key="" if planned.selected.pending else request.build_key,
        created_at=clock.now(),
        created_by=request.by,
        seconds=round(time.perf_counter() - execution.began, 3),
        dbt_version=planned.dbt_version,
        tests=built.results.tests if built else TestSummary(),
        nodes=tuple(_measured(node, execution) for node in planned.plan.nodes),
        failures=built.results.failures(built.manifest) if built else (),
        warnings=built.results.warnings(built.manifest) if built else (),
        pending=planned.selected.pending,
        extras=planned.plan.extras,
        gates=execution.findings,
        base=planned.live.release.number if planned.live else None,
    )


def _measured(node: ReleaseNode, execution: Execution) -> ReleaseNode:
    measure = execution.measures.get(node.unique_id)
    result = execution.built.results.nodes.get(node.unique_id) if execution.built else None
    return replace(
        node,
        rows=measure.rows if measure else node.rows,
        fingerprint=measure.fingerprint if measure else node.fingerprint,
        seconds=round(result.seconds, 3) if result else node.seconds,
    )
