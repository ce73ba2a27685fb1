"""Deploy: build a commit aside as a new release, test it, publish it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

from dbt_rewind import clock
from dbt_rewind.engine.build_plan import DeployRequest, plan_build
from dbt_rewind.engine.drift import apply_repair, missing_relations, settle
from dbt_rewind.engine.execute import Execution, execute
from dbt_rewind.engine.history import RESTORABLE, History, ReleaseSummary
from dbt_rewind.engine.ledger import Ledger, read_artifact, read_release
from dbt_rewind.engine.payloads import recorded_payload
from dbt_rewind.engine.plan import Plan, Repair, plan_publish, pointer_map
from dbt_rewind.engine.progress import Listener
from dbt_rewind.engine.records import encode_release
from dbt_rewind.engine.rollback import publish
from dbt_rewind.model import (
    GENESIS,
    EventKind,
    Origin,
    Release,
    ReleaseKind,
    TestSummary,
)
from dbt_rewind.warehouse.protocol import LedgerReader


@dataclass(frozen=True, slots=True)
class Deployed:
    """How a deploy ended. `release` is live. `reused` is the release whose relations it took over
    whole; equal to `release` where that was live already and nothing was built. `repair` was done
    before."""

    release: Release
    previous: int | None
    plan: Plan | None
    reused: int | None = None
    seconds: float = field(default=0.0)
    repair: Repair | None = None


def equal_release(history: History, request: DeployRequest) -> ReleaseSummary | None:
    """The newest release that was live and was built from the same tree, or None.

    `--select`, `--selector` and `--full` ask for a build, so nothing is equal then.
    """
    if request.select or request.selector is not None or request.full:
        return None
    if history.live is not None and history.live.build_key == request.build_key:
        return history.live
    for release in history.newest_first():
        if release.build_key == request.build_key and release.state in RESTORABLE:
            return release
    return None


def reusable_release(
    reader: LedgerReader, history: History, request: DeployRequest
) -> ReleaseSummary | None:
    """As `equal_release`, but None where a relation of it is gone, so that it has to be built."""
    equal = equal_release(history, request)
    if equal is None or missing_relations(reader, read_release(reader, equal)):
        return None
    return equal


def deploy(ledger: Ledger, request: DeployRequest, listener: Listener) -> Deployed:
    """Makes the requested commit live and returns how.

    Raises BuildFailed where a node or a test failed; the live release is untouched then, as it is
    after every other error.
    """
    began = time.perf_counter()
    equal = reusable_release(ledger.access.warehouse, ledger.history, request)
    if equal is not None and ledger.history.live == equal:
        return _keep(ledger, request, equal)
    if equal is not None:
        deployed = _take_over(ledger, request, equal)
        return replace(deployed, seconds=time.perf_counter() - began)
    with request.open_version() as version:
        planned = plan_build(ledger.access, ledger.history, request, version, listener)
        previous = ledger.history.live.number if ledger.history.live else None
        release = execute(Execution(ledger, request, planned, version, listener, began))
    seconds = time.perf_counter() - began
    return Deployed(release, previous, planned.plan, seconds=seconds, repair=planned.plan.repair)


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


def _take_over(ledger: Ledger, request: DeployRequest, equal: ReleaseSummary) -> Deployed:
    """Publishes the relations of `equal` as a new release."""
    warehouse = ledger.access.warehouse
    source = read_release(warehouse, equal)
    present = [node.relation for node in source.nodes]
    history = ledger.history
    previous = history.live
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
        nodes=tuple(replace(node, origin=Origin.REUSED, seconds=None) for node in source.nodes),
    )
    live = read_release(warehouse, previous) if previous else None
    names = {node.pointer for node in (*release.nodes, *(live.nodes if live else ()))}
    head = history.head.hash if history.head else GENESIS
    standing = settle(
        warehouse, history, live, names, warehouse.pointers(names), repair=request.repair
    )
    plan = plan_publish("deploy", head, release, live, present, standing.lost)
    if standing.repair is not None:
        apply_repair(ledger, standing.repair, reason=request.reason, by=request.by)
    manifest = read_artifact(warehouse, equal.manifest_digest, f"the manifest of {equal.id}")
    record = encode_release(release)
    ledger.append(
        EventKind.BUILT, recorded_payload(release, record, manifest), artifacts=(record, manifest)
    )
    reason = request.reason or f"the same project as {equal.id}"
    publish(ledger, plan, reason=reason, by=request.by)
    number = previous.number if previous else None
    return Deployed(release, number, plan, equal.number, repair=standing.repair)
