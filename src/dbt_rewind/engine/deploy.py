"""Deploy: build a commit aside as a new release, test it, publish it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

from dbt_rewind import clock
from dbt_rewind.engine.build_plan import DeployRequest, plan_build
from dbt_rewind.engine.execute import Execution, execute
from dbt_rewind.engine.history import RESTORABLE, History, ReleaseSummary
from dbt_rewind.engine.ledger import Ledger, read_artifact, read_release
from dbt_rewind.engine.payloads import recorded_payload
from dbt_rewind.engine.plan import Plan, plan_publish
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


@dataclass(frozen=True, slots=True)
class Deployed:
    """How a deploy ended. `release` is live. `reused` is the release whose relations it took over
    whole; equal to `release` where that was live already and nothing was done."""

    release: Release
    previous: int | None
    plan: Plan | None
    reused: int | None = None
    seconds: float = field(default=0.0)


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


def deploy(ledger: Ledger, request: DeployRequest, listener: Listener) -> Deployed:
    """Makes the requested commit live and returns how.

    Raises BuildFailed where a node or a test failed; the live release is untouched then, as it is
    after every other error.
    """
    began = time.perf_counter()
    equal = equal_release(ledger.history, request)
    if equal is not None and ledger.history.live == equal:
        release = read_release(ledger.access.warehouse, equal)
        return Deployed(release, equal.number, None, equal.number)
    if equal is not None:
        deployed = _take_over(ledger, request, equal)
        if deployed is not None:
            return replace(deployed, seconds=time.perf_counter() - began)
    with request.open_version() as version:
        planned = plan_build(ledger.access, ledger.history, request, version, listener)
        previous = ledger.history.live.number if ledger.history.live else None
        release = execute(Execution(ledger, request, planned, version, listener, began))
    return Deployed(release, previous, planned.plan, seconds=time.perf_counter() - began)


def _take_over(ledger: Ledger, request: DeployRequest, equal: ReleaseSummary) -> Deployed | None:
    """Publishes the relations of `equal` as a new release; None where some of them are gone."""
    warehouse = ledger.access.warehouse
    source = read_release(warehouse, equal)
    present = warehouse.relations([node.relation for node in source.nodes])
    if len(present) < len({node.relation for node in source.nodes}):
        return None
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
    plan = plan_publish("deploy", head, release, live, warehouse.pointers(names), present)
    manifest = read_artifact(warehouse, equal.manifest_digest, f"the manifest of {equal.id}")
    record = encode_release(release)
    ledger.append(
        EventKind.BUILT, recorded_payload(release, record, manifest), artifacts=(record, manifest)
    )
    reason = request.reason or f"the same project as {equal.id}"
    publish(ledger, plan, reason=reason, by=request.by)
    return Deployed(release, previous.number if previous else None, plan, equal.number)
