"""`rewind backup`: copy the whole database, list the copies, prove them, remove old ones."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dbt_rewind.cli.group import register_group
from dbt_rewind.cli.options import Env, Json, Quiet, Reason, Yes
from dbt_rewind.cli.screen import Screen
from dbt_rewind.cli.words import count, lasting, sized

Wanted = Annotated[
    str | None, typer.Argument(metavar="BACKUP", help="Its id (B3); default: the newest.")
]


def register(app: typer.Typer) -> None:
    register_group(
        app,
        "backup",
        "Copy the whole database, list the copies, prove them, remove old ones.",
        (("create", create), ("list", list_), ("verify", verify), ("prune", prune)),
    )


def create(
    env: Env = None, reason: Reason = "", as_json: Json = False, quiet: Quiet = False
) -> None:
    """Copy the whole database as it stands; nobody deploys or rolls back meanwhile.

    Backups beyond those that `backups.keep` keeps are removed afterwards.
    """
    from dbt_rewind.cli.backup_words import backup_facts, say_made
    from dbt_rewind.cli.recover import say_recovery
    from dbt_rewind.engine.backups.create import create_backup, remove_superfluous
    from dbt_rewind.engine.backups.place import backup_place
    from dbt_rewind.engine.site import operating
    from dbt_rewind.engine.workspace import open_workspace

    screen = Screen(as_json, quiet)
    workspace = open_workspace(Path.cwd(), env)
    place = backup_place(workspace)
    with operating(workspace.site("backup"), "backup") as (ledger, recovery):
        say_recovery(screen, recovery)
        made = create_backup(place, ledger, why=reason, by=ledger.lease.owner.person)
    gone = remove_superfluous(place, place.settings.keep)
    say_made(screen, place, made, gone)
    screen.document(
        "backup create",
        {
            "environment": workspace.name,
            "backup": backup_facts(place.shelf, made),
            "removed": [each.id for each in gone],
        },
    )


def list_(env: Env = None, as_json: Json = False, quiet: Quiet = False) -> None:
    """The backups, newest first. The database is not needed for that."""
    from dbt_rewind.cli.backup_words import backup_facts, say_list
    from dbt_rewind.engine.backups.place import shelf_of
    from dbt_rewind.engine.workspace import open_workspace

    screen = Screen(as_json, quiet)
    workspace = open_workspace(Path.cwd(), env)
    shelf = shelf_of(workspace)
    found, damaged = shelf.all(), shelf.damaged()
    say_list(screen, shelf, found)
    for name in damaged:
        screen.warn(f"the record of {name} in {shelf.folder} cannot be read")
    screen.document(
        "backup list",
        {
            "environment": workspace.name,
            "folder": str(shelf.folder),
            "backups": [backup_facts(shelf, each) for each in found],
            "damaged": list(damaged),
        },
    )


def verify(
    backup: Wanted = None, env: Env = None, as_json: Json = False, quiet: Quiet = False
) -> None:
    """Prove a backup: restore it beside the database, look at all of it, remove it again."""
    import time

    from dbt_rewind.cli.backup_words import backup_facts, backup_words
    from dbt_rewind.engine.backups.place import backup_place
    from dbt_rewind.engine.backups.prove import prove_backup
    from dbt_rewind.engine.workspace import open_workspace

    screen = Screen(as_json, quiet)
    workspace = open_workspace(Path.cwd(), env)
    place = backup_place(workspace)
    found = place.shelf.find(backup)
    screen.tell(f"{workspace.name}: {backup_words(found)}")
    began = time.perf_counter()
    proof = prove_backup(place, found)
    took = time.perf_counter() - began
    rows = f"{count(proof.relations, 'relation')}, {count(proof.rows, 'row')}"
    screen.say(f"{found.id} is whole: restored aside in {lasting(took)}", fg="green", bold=True)
    screen.tell(f"  {count(proof.events, 'event')} in unbroken chains; {rows}, as recorded")
    screen.document(
        "backup verify",
        {
            "environment": workspace.name,
            "backup": backup_facts(place.shelf, proof.backup),
            "events": proof.events,
            "relations": proof.relations,
            "rows": proof.rows,
            "seconds": round(took, 3),
        },
    )


def prune(
    keep: Annotated[
        int | None,
        typer.Option("--keep", min=1, help="How many are kept; default: `backups.keep`."),
    ] = None,
    env: Env = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be removed; remove nothing.")
    ] = False,
    yes: Yes = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Remove old backups. The newest that was proven stays, whatever its age."""
    from dbt_rewind.cli.backup_words import backup_facts, backup_words
    from dbt_rewind.cli.confirm import confirm
    from dbt_rewind.engine.backups.create import remove_superfluous
    from dbt_rewind.engine.backups.place import backup_place
    from dbt_rewind.engine.backups.retention import superfluous
    from dbt_rewind.engine.workspace import open_workspace

    screen = Screen(as_json, quiet)
    workspace = open_workspace(Path.cwd(), env)
    place = backup_place(workspace)
    kept = keep or place.settings.keep
    planned = superfluous(place.shelf.all(), kept)
    for each in planned:
        screen.tell(f"  {backup_words(each)}")
    freed = sum(each.bytes for each in planned)
    what = f"{count(len(planned), 'backup')} of {workspace.name}, {sized(freed)}"
    if not planned:
        screen.say(f"{workspace.name}: no backup is too many")
    elif dry_run:
        screen.say(f"{what}, would be removed")
    else:
        if not yes:
            confirm(f"removing {what}", f"Remove {what}?")
        planned = remove_superfluous(place, kept)
        screen.say(f"{what}, removed", fg="green")
    screen.document(
        "backup prune",
        {
            "environment": workspace.name,
            "dry_run": dry_run,
            "removed": [backup_facts(place.shelf, each) for each in planned],
            "bytes": freed,
        },
    )
