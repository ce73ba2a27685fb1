"""`rewind recover`: finish or undo what a killed process left."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dbt_rewind.cli.options import Env, Json, Quiet, Wait
from dbt_rewind.cli.screen import Screen
from dbt_rewind.cli.words import begun, count, release_of, wrapped

if TYPE_CHECKING:
    from dbt_rewind.engine.finish_eject import Ejected
    from dbt_rewind.engine.recover import Recovery


def register(app: typer.Typer) -> None:
    app.command("recover")(recover)


def recover(
    env: Env = None,
    accept_ledger: Annotated[
        bool,
        typer.Option(
            "--accept-ledger",
            help="The database was replaced or restored: set its old mirror aside and go on.",
        ),
    ] = False,
    wait: Wait = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Put right what a killed process left; every command that changes something does it first."""
    from dbt_rewind import clock
    from dbt_rewind.engine.mirror import runbook_mirror, set_aside
    from dbt_rewind.engine.recover import Recovery
    from dbt_rewind.engine.site import finish_left_eject, is_untouched, operating
    from dbt_rewind.engine.workspace import open_workspace

    screen = Screen(as_json, quiet)
    workspace = open_workspace(Path.cwd(), env).waiting(wait, screen.tell_wrapped)
    for mirror in (workspace.mirror, runbook_mirror(workspace.mirror)) if accept_ledger else ():
        if mirror.exists():
            kept = set_aside(mirror, clock.now())
            screen.say(f"the old mirror is kept as\n  {kept}")
    site = workspace.site("recover")
    ejected = finish_left_eject(site)
    if ejected is not None:
        _say_ejected(screen, workspace.name, ejected)
        return
    if is_untouched(site):  # after an eject, above all: no ledger is to be made again
        site.remove_abandoned()
        live, recovery = None, Recovery()
    else:
        with operating(site, "recover") as (ledger, recovery):
            live = ledger.history.live
    say_recovery(screen, recovery)
    if recovery.mirrored:
        screen.say(f"{count(recovery.mirrored, 'event')} written to the mirror")
    if not recovery.needed:
        screen.say(f"{workspace.name}: nothing to recover")
    screen.say(f"users see {live.id}" if live else "nothing is live")
    screen.document(
        "recover",
        {
            "environment": workspace.name,
            "undone": f"r{recovery.undone.release}" if recovery.undone else None,
            "finished": [f"r{n}" for n in recovery.finished.pruned] if recovery.finished else [],
            "dropped": list(recovery.dropped),
            "published": recovery.published and release_of(recovery.published),
            "mirrored": recovery.mirrored,
            "live": live.id if live else None,
            "ejected": None,
        },
    )


def _say_ejected(screen: Screen, environment: str, ejected: Ejected) -> None:
    from dbt_rewind.cli.eject import ejected_facts, say_ejected

    screen.say(f"{environment} was being given back, which is finished now")
    say_ejected(screen, ejected)
    screen.document(
        "recover",
        {
            "environment": environment,
            "undone": None,
            "published": None,
            "dropped": [],
            "mirrored": 0,
            "live": None,
            "ejected": ejected_facts(ejected),
        },
    )


def say_recovery(screen: Screen, recovery: Recovery) -> None:
    """What was left over and is put right, if anything was."""
    if recovery.published is not None:
        words = f"{begun(recovery.published)} had moved some names and not others; now all have"
        screen.say("\n".join(wrapped("", words)), fg="yellow")
    if recovery.undone is not None:
        undone = recovery.undone
        words = f"{undone.kind} of r{undone.release} by {undone.by} had no outcome and was undone"
        screen.say("\n".join(wrapped("", words)), fg="yellow")
        screen.say(f"  {count(len(recovery.dropped), 'half-built relation')} dropped")
    if recovery.finished is not None:
        finished = recovery.finished
        outcome = "given up" if recovery.refusal else "finished"
        releases = count(len(finished.pruned), "release")
        words = f"prune of {releases} by {finished.by} had no outcome and was {outcome}"
        screen.say("\n".join(wrapped("", words)), fg="yellow")
        if recovery.refusal:
            screen.warn(recovery.refusal)
        else:
            screen.say(f"  {count(len(recovery.dropped), 'relation')} dropped")
