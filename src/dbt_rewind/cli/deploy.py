"""`rewind deploy`: build a commit aside, test it, make it live."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dbt_rewind.cli.options import Env, Json, Quiet, Reason, Repair
from dbt_rewind.cli.screen import Screen
from dbt_rewind.cli.words import commit_words, count, lasting, tests_words, wrapped

if TYPE_CHECKING:
    from dbt_rewind.engine.build_plan import DeployPlan, DeployRequest
    from dbt_rewind.engine.deploy import Deployed
    from dbt_rewind.engine.workspace import Workspace


def register(app: typer.Typer) -> None:
    app.command("deploy")(deploy)


def deploy(
    ref: Annotated[
        str | None, typer.Argument(help="Commit, tag or branch; default: the checkout.")
    ] = None,
    env: Env = None,
    select: Annotated[
        list[str] | None, typer.Option("--select", "-s", help="Only these (dbt selection).")
    ] = None,
    selector: Annotated[
        str | None, typer.Option("--selector", help="Only these (a saved selector's name).")
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Build all, not only changes.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan; change nothing.")] = (
        False
    ),
    retries: Annotated[
        int | None,
        typer.Option("--retries", min=0, max=10, help="Retries of transient failures."),
    ] = None,
    reason: Reason = "",
    repair: Repair = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Build a commit as a release beside the live one, test it, and make it live.

    Only what changed is built; nobody sees anything before all tests have passed. A commit whose
    project equals a release that is still there is published without running dbt.
    """
    from dbt_rewind.cli.progress import watching
    from dbt_rewind.cli.recover import say_recovery
    from dbt_rewind.engine.deploy import deploy as engine_deploy
    from dbt_rewind.engine.deploy import reusable_release
    from dbt_rewind.engine.history import ReleaseState
    from dbt_rewind.engine.requests import deploy_request
    from dbt_rewind.engine.site import operating
    from dbt_rewind.engine.workspace import open_workspace

    if select and selector is not None:
        raise typer.BadParameter("say either --select or --selector", param_hint="--selector")
    screen = Screen(as_json, quiet)
    workspace = open_workspace(Path.cwd(), env)
    request = deploy_request(
        workspace,
        ref,
        select=tuple(select or ()),
        selector=selector,
        full=full,
        retries=retries,
        reason=reason,
        repair=repair,
    )
    screen.tell(f"{workspace.name}: {commit_words(request.commit)}")
    if dry_run:
        _dry_run(screen, workspace, request)
        return
    site = workspace.site("deploy")
    with watching(screen) as listener, operating(site, "deploy") as (ledger, recovery):
        say_recovery(screen, recovery)
        equal = reusable_release(ledger.access.warehouse, ledger.history, request)
        if equal is not None and equal != ledger.history.live:
            screen.tell(f"  the project equals {equal.id}: nothing to build")
            if equal.state is ReleaseState.ROLLED_BACK:
                screen.warn(f"{equal.id} was rolled back before; `rewind show {equal.id}` says why")
        deployed = engine_deploy(ledger, request, listener)
    if ledger.mirror_problem:
        screen.warn(ledger.mirror_problem)
    _say(screen, workspace.name, deployed)


def _dry_run(screen: Screen, workspace: Workspace, request: DeployRequest) -> None:
    from dbt_rewind.cli.plan_words import plan_facts, repair_facts, say_plan, say_repair
    from dbt_rewind.cli.progress import watching
    from dbt_rewind.engine.access import Access
    from dbt_rewind.engine.build_plan import plan_build
    from dbt_rewind.engine.deploy import plan_reuse, reusable_release
    from dbt_rewind.engine.mirror import check_mirror

    access = Access(workspace.connect_to_read)
    try:
        history = workspace.history(access.warehouse)
        check_mirror(workspace.mirror, workspace.name, history.events)
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
        with (
            watching(screen) as listener,
            request.open_version() as version,
        ):
            planned: DeployPlan = plan_build(access, history, request, version, listener)
    finally:
        access.close()
    say_plan(screen, planned.plan, planned.selected.pending)
    screen.document("deploy", {"dry_run": True, **plan_facts(planned.plan)})


def _say(screen: Screen, environment: str, deployed: Deployed) -> None:
    from dbt_rewind.cli.plan_words import release_facts, repair_facts, say_repair

    if deployed.repair is not None:
        say_repair(screen, deployed.repair)
    release, plan = deployed.release, deployed.plan
    if plan is None:
        screen.say(f"{release.id} is live already with this project: nothing to do", fg="green")
    else:
        built = sum(node.built_by == release.number for node in release.nodes)
        made = f"{built} built, {len(release.nodes) - built} reused"
        tested = "" if deployed.reused else f", {tests_words(release.tests)}"
        moved = count(len(plan.moves), "pointer")
        took = lasting(deployed.seconds)
        screen.say(f"{release.id} is live in {environment} after {took}", fg="green", bold=True)
        screen.say(f"  {made}{tested}")
        screen.say(f"  {moved} moved in one transaction")
        for warning in release.warnings:
            name = warning.unique_id.split(".", 2)[-1]
            screen.say("\n".join(wrapped("  warned: ", f"{name}: {warning.message}")))
        if release.pending:
            left = count(len(release.pending), "changed node was", "changed nodes were")
            screen.say(f"  {left} not selected and wait for the next deploy")
        if deployed.previous is not None:
            screen.tell(f"  back to r{deployed.previous}: rewind rollback")
    screen.document(
        "deploy",
        {
            "environment": environment,
            "release": release_facts(release),
            "previous": deployed.previous and f"r{deployed.previous}",
            "equals": deployed.reused and f"r{deployed.reused}",
            "moved": len(plan.moves) if plan else 0,
            "repair": repair_facts(deployed.repair),
            "seconds": round(deployed.seconds, 3),
        },
    )
