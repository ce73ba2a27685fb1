"""`rewind refresh`: build the live code again, on today's source data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from dbt_rewind.cli.options import (
    Accept,
    DryRun,
    Env,
    FullRefresh,
    Json,
    Quiet,
    Reason,
    Retries,
    Select,
    Selector,
    Wait,
)
from dbt_rewind.cli.screen import Screen
from dbt_rewind.cli.words import commit_words

if TYPE_CHECKING:
    from dbt_rewind.engine.build_plan import DeployRequest
    from dbt_rewind.engine.history import History
    from dbt_rewind.engine.workspace import Workspace


def register(app: typer.Typer) -> None:
    app.command("refresh")(refresh)


def refresh(
    env: Env = None,
    select: Select = None,
    selector: Selector = None,
    full_refresh: FullRefresh = False,
    accept: Accept = None,
    dry_run: DryRun = False,
    retries: Retries = None,
    reason: Reason = "",
    wait: Wait = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Build the live release's code again on today's source data, as a release of its own.

    Tables, incremental models and snapshots are built, or those that --select names, and the views
    that read them; everything else is taken over. Tests, gates and rollback are those of a deploy.
    """
    from dbt_rewind.cli.building import built_facts, say_built, say_waiting
    from dbt_rewind.cli.progress import watching
    from dbt_rewind.cli.recover import say_recovery
    from dbt_rewind.engine.deploy import refresh as engine_refresh
    from dbt_rewind.engine.requests import refresh_request, require_accepted
    from dbt_rewind.engine.site import operating
    from dbt_rewind.engine.waiting import waiting_release
    from dbt_rewind.engine.workspace import open_workspace
    from dbt_rewind.errors import NothingLive

    if select and selector is not None:
        raise typer.BadParameter("say either --select or --selector", param_hint="--selector")
    screen = Screen(as_json, quiet)
    accepted = tuple(accept or ())
    require_accepted(accepted, reason)
    workspace = open_workspace(Path.cwd(), env).waiting(wait, screen.tell_wrapped)

    def request(history: History) -> DeployRequest:
        if history.live is None:
            raise NothingLive(workspace.name)
        screen.tell(f"{workspace.name}: {history.live.id} {commit_words(history.live.commit)}")
        return refresh_request(
            workspace,
            history.live,
            select=tuple(select or ()),
            selector=selector,
            full_refresh=full_refresh,
            retries=retries,
            reason=reason,
            accepted=accepted,
        )

    if dry_run:
        _dry_run(screen, workspace, request)
        return
    site = workspace.site("refresh")
    with watching(screen) as listener, operating(site, "refresh") as (ledger, recovery):
        say_recovery(screen, recovery)
        asked = request(ledger.history)
        waiting = waiting_release(ledger.access.warehouse, ledger.history, asked)
        if waiting is not None:
            say_waiting(screen, waiting)
        refreshed = engine_refresh(ledger, asked, listener)
    if ledger.mirror_problem:
        screen.warn(ledger.mirror_problem)
    say_built(screen, workspace.name, refreshed)
    screen.document("refresh", built_facts(workspace.name, refreshed))


def _dry_run(
    screen: Screen, workspace: Workspace, request: Callable[[History], DeployRequest]
) -> None:
    from dbt_rewind.cli.building import say_planned, would_publish
    from dbt_rewind.engine.access import Access
    from dbt_rewind.engine.ledger import read_history
    from dbt_rewind.engine.mirror import check_mirror
    from dbt_rewind.engine.site import require_own

    access = Access(workspace.connect_to_read)
    try:
        history = read_history(access.warehouse, workspace.name)
        check_mirror(workspace.mirror, workspace.name, history.events)
        require_own(history, workspace.project.name, workspace.project_at)
        asked = request(history)
        if not would_publish(screen, access.warehouse, history, asked):
            say_planned(screen, access, history, asked)
    finally:
        access.close()
