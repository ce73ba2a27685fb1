"""`rewind eject`: give back plain tables and views."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dbt_rewind.cli.options import Env, Json, Quiet, Reason, Wait, Yes
from dbt_rewind.cli.screen import Screen
from dbt_rewind.cli.words import count, wrapped

if TYPE_CHECKING:
    from dbt_rewind.engine.eject import EjectPlan
    from dbt_rewind.engine.finish_eject import Ejected
    from dbt_rewind.engine.workspace import Workspace


def register(app: typer.Typer) -> None:
    app.command("eject")(eject)


def eject(
    env: Env = None,
    reason: Reason = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan; change nothing.")] = (
        False
    ),
    wait: Wait = None,
    yes: Yes = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Give back plain tables and views, and leave nothing of dbt-rewind.

    Users see the same under the same names. All other releases and the ledger are dropped.
    """
    from dbt_rewind.cli.asking import asked_for
    from dbt_rewind.cli.recover import say_recovery
    from dbt_rewind.engine.asking import asking_of
    from dbt_rewind.engine.eject import eject as engine_eject
    from dbt_rewind.engine.eject import plan_eject
    from dbt_rewind.engine.site import operating
    from dbt_rewind.engine.workspace import open_workspace
    from dbt_rewind.errors import LiveChanged

    screen = Screen(as_json, quiet)
    workspace = open_workspace(Path.cwd(), env).waiting(wait, screen.tell_wrapped)
    believed = None
    if dry_run or not yes:
        believed = _preview(screen, workspace)
        if dry_run:
            screen.say("nothing was changed")
            _document(screen, believed, None)
            return
        _confirm(workspace)
    with (
        asked_for(screen, workspace, reason),
        operating(workspace.site("eject"), "eject") as (ledger, recovery),
    ):
        say_recovery(screen, recovery)
        planned = plan_eject(ledger.access.warehouse, ledger.history)
        if believed is None:
            _say_plan(screen, planned)
        elif believed != planned:
            raise LiveChanged(workspace.name)
        by = ledger.lease.owner.person
        ejected = engine_eject(ledger, planned, asking_of(workspace), reason=reason, by=by)
    given = count(len(planned.nodes), "plain table or view", "plain tables and views")
    screen.say(f"{workspace.name} is given back: {given}", fg="green", bold=True)
    say_ejected(screen, ejected)
    _document(screen, planned, ejected)


def say_ejected(screen: Screen, ejected: Ejected) -> None:
    """What was removed, and what is left and where."""
    screen.say(f"  {count(len(ejected.dropped), 'relation')} of releases dropped")
    if ejected.others:
        words = f"the ledger stays, because it is also that of: {', '.join(ejected.others)}"
        screen.say("\n".join(wrapped("  ", words)))
    else:
        screen.say("  the ledger is removed")
    if ejected.mirror is not None:
        screen.say(f"  its mirror is kept as {ejected.mirror.name}")


def ejected_facts(ejected: Ejected) -> dict[str, object]:
    """What was removed, as JSON data."""
    return {
        "dropped": ejected.dropped,
        "ledger_kept_for": ejected.others,
        "mirror_kept_as": str(ejected.mirror) if ejected.mirror else None,
    }


def _preview(screen: Screen, workspace: Workspace) -> EjectPlan:
    """Plans over a connection that changes nothing and holds no lock while a person thinks."""
    from dbt_rewind.engine.eject import plan_eject
    from dbt_rewind.engine.ledger import read_history
    from dbt_rewind.engine.mirror import check_mirror

    reader = workspace.connect_to_read()
    try:
        history = read_history(reader, workspace.name)
        check_mirror(workspace.mirror, workspace.name, history.events)
        planned = plan_eject(reader, history)
    finally:
        reader.close()
    _say_plan(screen, planned)
    return planned


def _say_plan(screen: Screen, planned: EjectPlan) -> None:
    screen.tell(f"{planned.environment}: r{planned.release} -> plain tables and views")
    for node in planned.nodes:
        kept = node.storage or node.relation
        how = "copy" if node.pointer in planned.copied else "name"
        screen.tell(f"    {how:7} {kept}")
        screen.tell(f"              as {node.pointer}")
    if planned.copied:
        megabytes = sum(planned.copied.values()) / 1_000_000
        words = (
            f"{count(len(planned.copied), 'table')} with {megabytes:,.1f} MB must be copied: this"
            " warehouse cannot move one to another schema"
        )
        screen.tell("\n".join(wrapped("  ", words)))
    dropped = count(len(planned.dropped), "relation")
    screen.tell(f"  {dropped} of other releases will be dropped; no release can come back")
    for each in planned.set_aside:
        screen.tell(f"    stays   {each.relation}")


def _confirm(workspace: Workspace) -> None:
    from dbt_rewind.cli.confirm import confirm

    confirm(f"ejecting {workspace.name}", f"Give {workspace.name} back, and drop all releases?")


def _document(screen: Screen, planned: EjectPlan, ejected: Ejected | None) -> None:
    if not screen.as_json:
        return
    facts = {
        "environment": planned.environment,
        "dry_run": ejected is None,
        "release": f"r{planned.release}",
        "given_back": [
            {
                "unique_id": node.unique_id,
                "pointer": node.pointer,
                "relation": node.storage or node.relation,
                "copied_bytes": planned.copied.get(node.pointer),
            }
            for node in planned.nodes
        ],
        "to_drop": planned.dropped,
        "set_aside": [
            {"pointer": each.pointer, "relation": each.relation, "at": each.at}
            for each in planned.set_aside
        ],
        "ejected": ejected_facts(ejected) if ejected else None,
    }
    screen.document("eject", facts)
