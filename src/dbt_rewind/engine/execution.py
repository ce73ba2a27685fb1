"""A running build: what it is to do, what it has found, and the release that this makes."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field, replace

from dbt_rewind import clock
from dbt_rewind.dbt.manifest import merge_manifests
from dbt_rewind.dbt.version import Built, ProjectVersion
from dbt_rewind.engine.build_plan import DeployPlan, DeployRequest
from dbt_rewind.engine.ledger import Ledger
from dbt_rewind.engine.profile import Profile, encode_profile, profile_from
from dbt_rewind.engine.progress import Listener
from dbt_rewind.engine.records import encode_release
from dbt_rewind.model import GateFinding, Measure, Permit, Release, ReleaseNode, TestSummary


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
    permit: Permit | None = None


def release_of(execution: Execution) -> Release:
    """The release as far as it is built, measured and compared."""
    planned, built, request = execution.planned, execution.built, execution.request
    composite = planned.kept.composite
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
        nodes=tuple(_measured(node, execution) for node in composite.nodes),
        failures=built.results.failures(built.manifest) if built else (),
        warnings=built.results.warnings(built.manifest) if built else (),
        pending=planned.selected.pending,
        extras=planned.plan.extras,
        gates=execution.findings,
        base=planned.live.release.number if planned.live else None,
        flags=planned.kept.flags,
        off=composite.off,
        withheld=tuple(_measured(node, execution) for node in composite.withheld),
    )


def _measured(node: ReleaseNode, execution: Execution) -> ReleaseNode:
    if node.built_by != execution.planned.plan.release:
        return node
    measure = execution.measures.get(node.unique_id)
    result = execution.built.results.nodes.get(node.unique_id) if execution.built else None
    return replace(
        node,
        rows=measure.rows if measure else node.rows,
        fingerprint=measure.fingerprint if measure else node.fingerprint,
        seconds=round(result.seconds, 3) if result else node.seconds,
    )


def artifacts_of(execution: Execution, release: Release) -> dict[str, bytes]:
    """What is stored of a release that was built whole, by name."""
    planned, built = execution.planned, execution.built
    new = built.manifest if built else planned.manifest
    live = planned.live.manifest if planned.live else None
    stored = merge_manifests(new, live, planned.selected.nodes)
    artifacts = {
        "record": encode_release(release),
        "manifest": json.dumps(stored.data).encode(),
        "profile": encode_profile(profile_of(execution)),
    }
    return artifacts | ({"run_results": built.results_bytes} if built else {})


def profile_of(execution: Execution) -> Profile:
    """The columns' figures: those measured now, and those that are on record of what is reused."""
    ledger, planned = execution.ledger, execution.planned
    columns = dict(planned.kept.columns(ledger.access.warehouse, ledger.history))
    for node in planned.plan.built:
        if (measure := execution.measures.get(node.unique_id)) is not None:
            columns[node.relation] = measure.columns
        else:
            columns.pop(node.relation, None)
    composite = planned.kept.composite
    return profile_from(columns, composite.nodes, composite.withheld)
