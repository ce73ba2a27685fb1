"""Deploy: build a commit aside as a new release, test it, publish it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

from dbt_rewind import clock
from dbt_rewind.engine.admission import require_admitted
from dbt_rewind.engine.append_release import append_release
from dbt_rewind.engine.build_plan import DeployRequest, plan_build
from dbt_rewind.engine.deploy_intent import deploy_intent
from dbt_rewind.engine.drift import apply_repair, settle
from dbt_rewind.engine.execute import execute
from dbt_rewind.engine.execution import Execution
from dbt_rewind.engine.flags.keep import keep_off_taken
from dbt_rewind.engine.flags.sides import Sides
from dbt_rewind.engine.gates import accept, stopped_by
from dbt_rewind.engine.history import History, ReleaseSummary
from dbt_rewind.engine.ledger import Ledger, read_artifact, read_release
from dbt_rewind.engine.needs import needs_of_plan
from dbt_rewind.engine.permits import permit_for
from dbt_rewind.engine.plan import Plan, Repair, plan_publish, pointer_map
from dbt_rewind.engine.profile import encode_profile, profile_from
from dbt_rewind.engine.progress import Listener
from dbt_rewind.engine.ready import accepted_release, reusable_release
from dbt_rewind.engine.records import encode_release
from dbt_rewind.engine.recover import undo_failed
from dbt_rewind.engine.rollback import publish
from dbt_rewind.engine.select import taken, without_lost_figures
from dbt_rewind.engine.waiting import waiting_release
from dbt_rewind.errors import NothingLive, PublishBlocked
from dbt_rewind.model import (
    GENESIS,
    EventKind,
    GateFinding,
    Permit,
    Release,
    ReleaseKind,
    TestSummary,
)
from dbt_rewind.warehouse.protocol import LedgerReader


@dataclass(frozen=True, slots=True)
class Deployed:
    """How a deploy ended. `release` is live. `reused` is the release whose relations it took over
    whole; equal to `release` where that was live already and nothing was built. `repair` was done
    before. `permit` is by what right it went live, None where it was."""

    release: Release
    previous: int | None
    plan: Plan | None
    reused: int | None = None
    seconds: float = field(default=0.0)
    repair: Repair | None = None
    permit: Permit | None = None


def refresh(ledger: Ledger, request: DeployRequest, listener: Listener) -> Deployed:
    """Builds the live release's code on today's source data and makes that live.

    Raises NothingLive, and what `deploy` raises.
    """
    if ledger.history.live is None:
        raise NothingLive(ledger.history.environment)
    return deploy(ledger, request, listener)


def deploy(ledger: Ledger, request: DeployRequest, listener: Listener) -> Deployed:
    """Makes the requested commit live and returns how.

    Raises CommitQuarantined where it would bring back what was rolled back, BuildFailed where a
    node or a test failed, GateStopped where it differs too much from the live release,
    PublishBlocked where others were in the way, ApprovalNeeded where somebody has to say yes; and
    what the request's `before_build` raises. The live release is untouched then, as it is after
    every other error.
    """
    began = time.perf_counter()
    reader, history = ledger.access.warehouse, ledger.history
    require_admitted(history, request)
    waiting = waiting_release(reader, history, request)
    if waiting is not None:
        deployed = _publish_ready(ledger, request, waiting)
        return replace(deployed, seconds=time.perf_counter() - began)
    stopped = accepted_release(reader, history, request)
    if stopped is not None:
        release = _accepted(ledger, request, stopped)
        deployed = _publish_ready(ledger, request, release, release.gates)
        return replace(deployed, seconds=time.perf_counter() - began)
    equal = reusable_release(reader, history, request)
    if equal is not None and history.live == equal:
        return _keep(ledger, request, equal)
    if equal is not None:
        deployed = _take_over(ledger, request, equal)
        return replace(deployed, seconds=time.perf_counter() - began)
    request.before_build(ledger)
    with request.open_version() as version:
        planned = plan_build(ledger.access, ledger.history, request, version, listener)
        previous = ledger.history.live.number if ledger.history.live else None
        execution = Execution(ledger, request, planned, version, listener, began)
        release = execute(execution)
    return Deployed(
        release,
        previous,
        planned.plan,
        seconds=time.perf_counter() - began,
        repair=planned.plan.repair,
        permit=execution.permit,
    )


def plan_reuse(
    reader: LedgerReader, history: History, request: DeployRequest, equal: ReleaseSummary
) -> Repair | None:
    """What is to be put right before `equal` is published, or, where it is live, left as it is.

    Raises PointerDrifted, PointerOccupied where nothing is to be put right, but would have to be.
    """
    live = read_release(reader, history.live) if history.live else None
    target = pointer_map(read_release(reader, equal).nodes)
    names = {*target, *pointer_map(live.nodes if live else ())}
    states = reader.pointers(names)
    return settle(reader, history, live, names, states, repair=request.repair).repair


def _keep(ledger: Ledger, request: DeployRequest, live: ReleaseSummary) -> Deployed:
    """Leaves the live release as it is, once its pointers are as they should be."""
    warehouse = ledger.access.warehouse
    release = read_release(warehouse, live)
    repair = plan_reuse(warehouse, ledger.history, request, live)
    if repair is not None:
        apply_repair(ledger, repair, reason=request.reason, by=request.by)
    return Deployed(release, live.number, None, live.number, repair=repair)


def _accepted(ledger: Ledger, request: DeployRequest, stopped: Release) -> Release:
    """The stopped release as it may be published. Raises GateStopped where the request does not
    accept all that stops it."""
    release = replace(stopped, gates=accept(stopped.gates, request.accepted))
    if any(finding.stops for finding in release.gates):
        raise stopped_by(release, ledger.history)
    return release


def _publish_ready(
    ledger: Ledger,
    request: DeployRequest,
    release: Release,
    accepted: tuple[GateFinding, ...] = (),
) -> Deployed:
    """Publishes a release as it was built before. `accepted` are findings of gates, some of which
    were let through only now."""
    plan = plan_ready(ledger.access.warehouse, ledger.history, request, release)
    intent = deploy_intent(plan, ledger.history, request)
    permit = permit_for(ledger, intent, request.asks)
    _repair(ledger, request, plan)
    try:
        publish(
            ledger,
            plan,
            intent,
            permit,
            reason=request.reason,
            by=request.by,
            accepted=accepted,
        )
    except PublishBlocked as blocked:
        blocked.built = release.id
        raise
    return Deployed(release, release.base, plan, release.number, repair=plan.repair, permit=permit)


def plan_ready(
    reader: LedgerReader, history: History, request: DeployRequest, release: Release
) -> Plan:
    """The plan that publishes a release whose relations are there, with the repair before it.

    Raises PointerDrifted, PointerOccupied.
    """
    live = read_release(reader, history.live) if history.live else None
    names = {node.pointer for node in (*release.nodes, *(live.nodes if live else ()))}
    head = history.head.hash if history.head else GENESIS
    standing = settle(reader, history, live, names, reader.pointers(names), repair=request.repair)
    present = [node.relation for node in release.nodes]
    plan = plan_publish(
        request.kind.value,
        head,
        release,
        live,
        present,
        standing.lost,
        one_by_one=not reader.capabilities.transactional_ddl,
    )
    plan = replace(plan, repair=standing.repair)
    reader.require_permitted(needs_of_plan(plan))
    return plan


def _repair(ledger: Ledger, request: DeployRequest, plan: Plan) -> None:
    if plan.repair is not None:
        apply_repair(ledger, plan.repair, reason=request.reason, by=request.by)


def _take_over(ledger: Ledger, request: DeployRequest, equal: ReleaseSummary) -> Deployed:
    """Publishes the relations of `equal` as a new release."""
    warehouse = ledger.access.warehouse
    history = ledger.history
    previous = history.live
    sides = Sides(warehouse, history)
    source = read_release(warehouse, equal)
    made = without_lost_figures(source.made, history.overwritten(source))
    kept = keep_off_taken(warehouse, sides, source, made, request.flags)
    composite = kept.composite
    release = replace(
        source,
        number=history.next_number,
        kind=ReleaseKind.DEPLOY,
        commit=request.commit,
        created_at=clock.now(),
        created_by=request.by,
        seconds=0.0,
        tests=TestSummary(),
        warnings=(),
        nodes=taken(composite.nodes),
        gates=(),
        base=previous.number if previous else None,
        flags=kept.flags,
        off=composite.off,
        withheld=taken(composite.withheld),
    )
    plan = plan_ready(warehouse, history, request, release)
    intent = deploy_intent(plan, history, request, equal)
    permit = permit_for(ledger, intent, request.asks)
    _repair(ledger, request, plan)
    manifest = read_artifact(warehouse, equal.manifest_digest, f"the manifest of {equal.id}")
    columns = kept.columns(warehouse, history, equal)
    profile = profile_from(columns, composite.nodes, composite.withheld)
    artifacts = {
        "record": encode_release(release),
        "manifest": manifest,
        "profile": encode_profile(profile),
    }
    reason = request.reason or f"the same project as {equal.id}"
    try:
        append_release(ledger, EventKind.BUILT, release, artifacts)
        publish(ledger, plan, intent, permit, reason=reason, by=request.by)
    except BaseException as error:
        undo_failed(ledger, error)
        raise
    number = previous.number if previous else None
    return Deployed(release, number, plan, equal.number, repair=plan.repair, permit=permit)
