"""`rewind adopt`: take over what plain dbt built."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dbt_rewind.cli.options import Env, Json, Quiet, Reason, Wait, Yes
from dbt_rewind.cli.screen import Screen
from dbt_rewind.cli.words import commit_words, count

if TYPE_CHECKING:
    from dbt_rewind.engine.adopt import AdoptPlan
    from dbt_rewind.engine.build_plan import DeployRequest
    from dbt_rewind.engine.workspace import Workspace
    from dbt_rewind.model import Release


def register(app: typer.Typer) -> None:
    app.command("adopt")(adopt)


def adopt(
    ref: Annotated[
        str | None,
        typer.Argument(help="The commit that was built; default: the checkout's."),
    ] = None,
    env: Env = None,
    measure: Annotated[
        bool,
        typer.Option(
            "--measure/--no-measure",
            help="Count and fingerprint all rows, for verify; reads every table.",
        ),
    ] = True,
    reason: Reason = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan; change nothing.")] = (
        False
    ),
    wait: Wait = None,
    yes: Yes = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Take over what plain dbt built as a release; no rows are copied.

    Users see the same under the same names, which are pointers from then on.
    """
    from dbt_rewind.cli.progress import watching
    from dbt_rewind.cli.recover import say_recovery
    from dbt_rewind.engine.adopt import adopt as engine_adopt
    from dbt_rewind.engine.adopt import plan_adopt
    from dbt_rewind.engine.requests import deploy_request
    from dbt_rewind.engine.site import operating
    from dbt_rewind.engine.workspace import open_workspace
    from dbt_rewind.errors import LiveChanged

    screen = Screen(as_json, quiet)
    workspace = open_workspace(Path.cwd(), env).waiting(wait, screen.tell_wrapped)
    request = deploy_request(workspace, ref, reason=reason)
    screen.tell(f"{workspace.name}: {commit_words(request.commit)}")
    believed = None
    if dry_run or not yes:
        believed = _preview(screen, workspace, request)
        if dry_run:
            screen.say("nothing was changed")
            _document(screen, believed, None)
            return
        _confirm(workspace, believed)
    site = workspace.site("adopt")
    with watching(screen) as listener, operating(site, "adopt") as (ledger, recovery):
        say_recovery(screen, recovery)
        planned = plan_adopt(ledger.access, ledger.history, request, listener)
        if believed is None:
            _say_plan(screen, planned)
        elif believed != planned:
            raise LiveChanged(workspace.name)
        release = engine_adopt(ledger, request, planned, listener, measure=measure)
    if ledger.mirror_problem:
        screen.warn(ledger.mirror_problem)
    taken = count(len(release.nodes), "relation")
    screen.say(f"{release.id} is live in {workspace.name}: {taken} taken over", fg="green")
    screen.tell(f"  deploy what comes next   rewind deploy -e {workspace.name}")
    screen.tell(f"  give all of it back      rewind eject -e {workspace.name}")
    _document(screen, planned, release)


def _preview(screen: Screen, workspace: Workspace, request: DeployRequest) -> AdoptPlan:
    """Plans over a connection that changes nothing and holds no lock while a person thinks."""
    from dbt_rewind.cli.progress import watching
    from dbt_rewind.engine.access import Access
    from dbt_rewind.engine.adopt import plan_adopt
    from dbt_rewind.engine.ledger import read_history
    from dbt_rewind.engine.mirror import check_mirror
    from dbt_rewind.engine.site import require_own

    access = Access(workspace.connect_to_read)
    try:
        history = read_history(access.warehouse, workspace.name)
        check_mirror(workspace.mirror, workspace.name, history.events)
        require_own(history, workspace.project.name, workspace.project_at)
        with watching(screen) as listener:
            planned = plan_adopt(access, history, request, listener)
    finally:
        access.close()
    _say_plan(screen, planned)
    return planned


def _say_plan(screen: Screen, planned: AdoptPlan) -> None:
    views = len(planned.nodes) - planned.tables
    taken = f"{count(planned.tables, 'table')} and {count(views, 'view')}"
    screen.tell(f"  r{planned.release} takes over {taken}; no rows are copied")
    for node in planned.nodes:
        screen.tell(f"    adopt   {node.pointer}")
        screen.tell(f"              as {node.storage or node.relation}")
    for unique_id in planned.missing:
        screen.tell(f"    later   {unique_id}")
        screen.tell("              is not in the warehouse; the next deploy builds it")


def _confirm(workspace: Workspace, planned: AdoptPlan) -> None:
    from dbt_rewind.cli.confirm import confirm

    confirm(
        f"adopting {workspace.name}",
        f"Adopt {count(len(planned.nodes), 'relation')} in {workspace.name}?",
    )


def _document(screen: Screen, planned: AdoptPlan, release: Release | None) -> None:
    if not screen.as_json:
        return
    from dbt_rewind.cli.plan_words import release_facts

    adopted = [
        {
            "unique_id": node.unique_id,
            "pointer": node.pointer,
            "relation": node.relation,
            "storage": node.storage,
        }
        for node in planned.nodes
    ]
    facts = {
        "environment": planned.environment,
        "dry_run": release is None,
        "adopted": adopted,
        "missing": planned.missing,
        "release": release_facts(release) if release else None,
    }
    screen.document("adopt", facts)
