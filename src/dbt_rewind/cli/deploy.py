"""`rewind deploy`: build a commit aside, test it, make it live."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dbt_rewind.cli.options import (
    Accept,
    DryRun,
    Emergency,
    Env,
    FullRefresh,
    Github,
    Json,
    Quiet,
    Reason,
    Repair,
    Retries,
    Select,
    Selector,
    Wait,
    Watching,
)
from dbt_rewind.cli.screen import Screen
from dbt_rewind.cli.words import commit_words

if TYPE_CHECKING:
    from dbt_rewind.engine.build_plan import DeployRequest
    from dbt_rewind.engine.deploy import Deployed
    from dbt_rewind.engine.workspace import Workspace


def register(app: typer.Typer) -> None:
    app.command("deploy")(deploy)


def deploy(
    ref: Annotated[
        str | None, typer.Argument(help="Commit, tag or branch; default: the checkout.")
    ] = None,
    env: Env = None,
    select: Select = None,
    selector: Selector = None,
    full: Annotated[bool, typer.Option("--full", help="Build all, not only changes.")] = False,
    full_refresh: FullRefresh = False,
    accept: Accept = None,
    dry_run: DryRun = False,
    retries: Retries = None,
    reason: Reason = "",
    emergency: Emergency = False,
    repair: Repair = False,
    no_backup: Annotated[
        bool, typer.Option("--no-backup", help="Without the backup before; needs --reason.")
    ] = False,
    wait: Wait = None,
    watch: Watching = None,
    github: Github = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Build a commit as a release beside the live one, test it, and make it live.

    Only what changed is built; nobody sees anything before all tests have passed. A commit whose
    project equals a release that is still there is published without running dbt.
    """
    from dbt_rewind.cli.asking import asked_for
    from dbt_rewind.cli.building import built_facts, say_built, say_waiting
    from dbt_rewind.cli.progress import watching
    from dbt_rewind.cli.recover import say_recovery
    from dbt_rewind.cli.watch import EVERY
    from dbt_rewind.cli.watch_words import follow
    from dbt_rewind.engine.admission import require_admitted
    from dbt_rewind.engine.deploy import deploy as engine_deploy
    from dbt_rewind.engine.history import ReleaseState
    from dbt_rewind.engine.ready import reusable_release
    from dbt_rewind.engine.requests import deploy_request
    from dbt_rewind.engine.site import operating
    from dbt_rewind.engine.waiting import waiting_release
    from dbt_rewind.engine.workspace import open_workspace

    if select and selector is not None:
        raise typer.BadParameter("say either --select or --selector", param_hint="--selector")
    screen = Screen(as_json, quiet, github)
    workspace = open_workspace(Path.cwd(), env).waiting(wait, screen.tell_wrapped)
    request = deploy_request(
        workspace,
        ref,
        select=tuple(select or ()),
        selector=selector,
        full=full,
        full_refresh=full_refresh,
        retries=retries,
        reason=reason,
        repair=repair,
        accepted=tuple(accept or ()),
        backup=not no_backup,
    )
    if emergency and not dry_run:
        request = _emergency(screen, workspace, request)
    screen.tell(f"{workspace.name}: {commit_words(request.commit)}")
    if dry_run:
        _dry_run(screen, workspace, request)
        return
    site = workspace.site("deploy")
    with (
        asked_for(screen, workspace, reason),
        watching(screen) as listener,
        operating(site, "deploy") as (ledger, recovery),
    ):
        say_recovery(screen, recovery)
        reader, known = ledger.access.warehouse, ledger.history
        require_admitted(known, request)
        waiting = waiting_release(reader, known, request)
        equal = reusable_release(reader, known, request) if waiting is None else None
        if waiting is not None:
            say_waiting(screen, waiting)
        elif equal is not None and equal != known.live:
            screen.tell(f"  the project equals {equal.id}: nothing to build")
            if equal.state is ReleaseState.ROLLED_BACK:
                screen.warn(f"{equal.id} was rolled back before; `rewind show {equal.id}` says why")
        deployed = engine_deploy(ledger, request, listener)
        sequence = ledger.history.events[-1].sequence
    if ledger.mirror_problem:
        screen.warn(ledger.mirror_problem)
    say_built(screen, workspace.name, deployed)
    _tell(screen, workspace, deployed, request, sequence)
    facts = built_facts(workspace.name, deployed)
    if watch is None:
        screen.document("deploy", facts)
        return
    watched = follow(screen, workspace, deployed.release.number, watch, EVERY)
    screen.document("deploy", {**facts, "watch": watched.facts})
    watched.leave()


def _emergency(screen: Screen, workspace: Workspace, request: DeployRequest) -> DeployRequest:
    """The request with the glass broken for its commit."""
    from dataclasses import replace

    from dbt_rewind.procedures.asking import emergency_of, require_emergency

    require_emergency(workspace, request.reason)
    asking = emergency_of(workspace, "deploy", request.commit.sha, screen.warn)
    return replace(request, asking=asking)


def _tell(
    screen: Screen,
    workspace: Workspace,
    deployed: Deployed,
    request: DeployRequest,
    sequence: int,
) -> None:
    """Tells others where it went live by more than its own right."""
    from dbt_rewind.cli.asking import say_permit
    from dbt_rewind.procedures.aftermath import Published, tell_of_publish

    permit = deployed.permit
    if permit is None:
        return
    published = Published(
        sequence,
        "deploy",
        deployed.previous,
        deployed.release.number,
        request.by,
        request.reason,
        permit,
    )
    incident = tell_of_publish(workspace, published, screen.warn)
    say_permit(screen, workspace.name, permit, sequence, incident)


def _dry_run(screen: Screen, workspace: Workspace, request: DeployRequest) -> None:
    from dbt_rewind.cli.building import say_planned, would_publish
    from dbt_rewind.cli.plan_words import repair_facts, say_repair
    from dbt_rewind.engine.access import Access
    from dbt_rewind.engine.admission import require_admitted
    from dbt_rewind.engine.build_plan import nothing_before
    from dbt_rewind.engine.deploy import plan_reuse
    from dbt_rewind.engine.mirror import check_mirror
    from dbt_rewind.engine.ready import reusable_release

    access = Access(workspace.connect_to_read)
    try:
        history = workspace.history(access.warehouse)
        check_mirror(workspace.mirror, workspace.name, history.events)
        require_admitted(history, request)
        if would_publish(screen, access.warehouse, history, request):
            return
        equal = reusable_release(access.warehouse, history, request)
        if equal is not None:
            live = history.live is not None and equal.number == history.live.number
            will = "it is live: nothing to do" if live else "it would be published as it is"
            repair = plan_reuse(access.warehouse, history, request, equal)
            screen.say(f"the project equals {equal.id}; {will}")
            if repair is not None:
                say_repair(screen, repair)
            screen.document(
                "deploy",
                {
                    "environment": workspace.name,
                    "dry_run": True,
                    "equals": equal.id,
                    "live": live,
                    "repair": repair_facts(repair),
                },
            )
            return
        if request.before_build is not nothing_before:
            screen.say("a backup of the database would be made first")
        say_planned(screen, access, history, request)
    finally:
        access.close()
