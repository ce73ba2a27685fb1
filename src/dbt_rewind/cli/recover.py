"""`rewind recover`: finish or undo what a killed process left."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dbt_rewind.cli.options import Env, Json, Quiet, Reason, Wait
from dbt_rewind.cli.screen import Screen
from dbt_rewind.cli.words import begun, count, release_of, wrapped

if TYPE_CHECKING:
    from dbt_rewind.engine.finish_eject import Ejected
    from dbt_rewind.engine.recover import Recovery
    from dbt_rewind.engine.restore.tell import Told
    from dbt_rewind.engine.site import Site
    from dbt_rewind.engine.workspace import Workspace


def register(app: typer.Typer) -> None:
    app.command("recover")(recover)


def recover(
    env: Env = None,
    accept_ledger: Annotated[
        bool,
        typer.Option(
            "--accept-ledger",
            help="The database is another one: set the old one's mirror aside and go on.",
        ),
    ] = False,
    restored: Annotated[
        bool,
        typer.Option(
            "--restored",
            help="The database was restored from a backup: tell its ledger what it forgot.",
        ),
    ] = False,
    reason: Reason = "",
    wait: Wait = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Put right what a killed process left; every command that changes something does it first."""
    from dbt_rewind import clock
    from dbt_rewind.cli.restore_words import told_facts
    from dbt_rewind.engine.mirror import runbook_mirror, set_aside
    from dbt_rewind.engine.recover import Recovery
    from dbt_rewind.engine.site import finish_left_eject, is_untouched, operating
    from dbt_rewind.engine.workspace import open_workspace

    if accept_ledger and restored:
        words = "say either --restored or --accept-ledger"
        raise typer.BadParameter(words, param_hint="--restored")
    screen = Screen(as_json, quiet)
    workspace = open_workspace(Path.cwd(), env).waiting(wait, screen.tell_wrapped)
    for mirror in (workspace.mirror, runbook_mirror(workspace.mirror)) if accept_ledger else ():
        if mirror.exists():
            kept = set_aside(mirror, clock.now())
            screen.say(f"the old mirror is kept as\n  {kept}")
    site = workspace.site("recover")
    _forget_copy(screen, workspace, site)
    told = _tell(screen, workspace, site, reason) if restored else None
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
            "restored": told and told_facts(told),
        },
    )


def _forget_copy(screen: Screen, workspace: Workspace, site: Site) -> None:
    """Removes what is left of a restore that had changed nothing when it was killed."""
    from dbt_rewind.engine.restore.journal import read_journal

    if read_journal(workspace.mirror) is None:
        return
    from dbt_rewind.engine.backups.place import backup_place
    from dbt_rewind.engine.restore.carry_out import forget_copy

    if forget_copy(backup_place(workspace), site):
        screen.say("a restore had changed nothing when it was killed; its copy is removed")


def _tell(screen: Screen, workspace: Workspace, site: Site, reason: str) -> Told:
    """Tells the ledger of a database that somebody has restored what it forgot."""
    from dbt_rewind.cli.restore_words import say_told
    from dbt_rewind.engine.restore.journal import require_no_restore
    from dbt_rewind.engine.restore.policies import known_policies
    from dbt_rewind.engine.restore.tell import Restoration, tell_ledger
    from dbt_rewind.engine.site import holding

    require_no_restore(workspace.mirror)
    try:
        with holding(site, "recover") as ledger:
            by = ledger.lease.owner.person
            restoration = Restoration(by, reason, policies=known_policies(workspace))
            told = tell_ledger(ledger, restoration)
    finally:
        site.access.close()
    say_told(screen, workspace.name, told)
    return told


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
            "restored": None,
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
