"""What was done to the code goes into the runbook's chain, where timelines and reports find it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from dbt_rewind.engine.quarantine import Quarantined
from dbt_rewind.engine.runbook.code import code_changed_payload, code_refused_payload
from dbt_rewind.engine.runbook.state import read_runbook
from dbt_rewind.engine.workspace import Workspace
from dbt_rewind.errors import RewindError
from dbt_rewind.model import EventKind, RollbackStrategy, release_number
from dbt_rewind.procedures.code.site import CodeSite
from dbt_rewind.procedures.code.take_back import CodeOutcome
from dbt_rewind.procedures.runbook import holding_runbook

Warn = Callable[[str], None]


def record_changed(workspace: Workspace, outcome: CodeOutcome, warn: Warn) -> None:
    """Records what was pushed or proposed. Never raises: it has happened."""
    plan, delivered = outcome.plan, outcome.delivered
    if delivered is None:
        return
    payload = code_changed_payload(
        plan.strategy,
        remote=plan.remote,
        branch=plan.branch,
        way=delivered.way.value,
        to=delivered.branch,
        commit=delivered.sha,
        commits=[each.step.sha for each in plan.steps],
        releases=_numbers(held.release for held in plan.holds),
        address=delivered.proposal.address if delivered.proposal else "",
        by=workspace.person,
    )
    _record(workspace, EventKind.CODE_CHANGED, payload, warn)


def record_refused(
    workspace: Workspace,
    site: CodeSite,
    strategy: RollbackStrategy,
    entries: Sequence[Quarantined],
    error: RewindError,
    warn: Warn,
) -> None:
    """Records why it could not be. Never raises."""
    payload = code_refused_payload(
        strategy,
        remote=site.remote.name,
        branch=site.branch,
        slug=error.slug,
        message=error.message,
        releases=[entry.release for entry in entries],
        by=workspace.person,
    )
    _record(workspace, EventKind.CODE_REFUSED, payload, warn)


def incidents_of(workspace: Workspace) -> Mapping[int, str]:
    """The ids of open incidents by the numbers of their releases; none where nobody can tell."""
    try:
        reader = workspace.connect_to_read()
        try:
            runbook = read_runbook(reader, workspace.name)
        finally:
            reader.close()
    except RewindError:
        return {}
    found = runbook.incidents.values()
    return {number: each.id for each in found if each.is_open for number in each.releases}


def _record(workspace: Workspace, kind: EventKind, payload: Mapping[str, Any], warn: Warn) -> None:
    try:
        with holding_runbook(workspace) as (book, _):
            book.append(kind, payload)
    except RewindError as error:
        warn(f"what was done to the code is not recorded: {error.message}")


def _numbers(releases: Iterable[str]) -> list[int]:
    return [number for each in releases if (number := release_number(each)) is not None]
