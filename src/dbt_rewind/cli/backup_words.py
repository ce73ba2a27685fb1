"""Backups in words and as JSON facts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dbt_rewind.cli.screen import Screen
from dbt_rewind.cli.words import ago, clipped, count, lasting, moment, sized

if TYPE_CHECKING:
    from dbt_rewind.engine.backups.place import BackupPlace
    from dbt_rewind.engine.backups.record import Backup
    from dbt_rewind.engine.backups.shelf import Shelf


def backup_words(backup: Backup) -> str:
    """`B3  2026-11-29 14:05 UTC  r5 9f3c2a1  1.2 GB`."""
    live = f"{backup.live_id} {backup.live_commit[:7]}" if backup.live_id else "nothing live"
    return f"{backup.id:4} {moment(backup.at)}  {live:13} {sized(backup.bytes):>9}"


def say_made(screen: Screen, place: BackupPlace, backup: Backup, gone: Sequence[Backup]) -> None:
    """That a backup is made, and what went for it."""
    live = f"with {backup.live_id} live" if backup.live_id else "with nothing live"
    words = f"{backup.id} of {backup.environment} is made, {live}"
    took = f"{sized(backup.bytes)} in {lasting(backup.seconds)}"
    screen.say(f"{words}: {took}", fg="green", bold=True)
    screen.tell(f"  {place.shelf.folder / backup.id}")
    if gone:
        ids = ", ".join(each.id for each in gone)
        screen.tell(clipped(f"  {ids} removed: {place.settings.keep} are kept", 80))
    screen.tell(f"  prove it       rewind backup verify {backup.id} -e {backup.environment}")


def say_list(screen: Screen, shelf: Shelf, backups: Sequence[Backup]) -> None:
    if not backups:
        screen.say(f"{shelf.environment}: no backup yet; `rewind backup create` makes one")
        return
    total = sized(sum(each.bytes for each in backups))
    screen.say(f"{shelf.environment}: {count(len(backups), 'backup')}, {total}")
    screen.tell(f"  {shelf.folder}")
    for each in backups:
        screen.say(backup_words(each))
        why = f"{each.why}, " if each.why else ""
        screen.tell(clipped(f"     {why}by {each.by}, {ago(each.at)}", 80))
        proven = f"proven {moment(each.verified_at)}" if each.verified_at else "never proven"
        others = sorted({name.split(".")[0] for name in each.chains} - {each.environment})
        shared = f"; {', '.join(others)} is in it, too" if others else ""
        screen.tell(clipped(f"     {count(each.rows, 'row')}; {proven}{shared}", 80))


def backup_facts(shelf: Shelf, backup: Backup) -> dict[str, Any]:
    head = backup.head
    return {
        "id": backup.id,
        "at": backup.at,
        "by": backup.by,
        "why": backup.why,
        "engine": backup.engine,
        "folder": str(shelf.folder / backup.id),
        "live": backup.live_id,
        "commit": backup.live_commit or None,
        "head": head and {"sequence": head.sequence, "hash": head.hash},
        "chains": sorted(backup.chains),
        "rows": backup.rows,
        "bytes": backup.bytes,
        "seconds": round(backup.seconds, 3),
        "verified_at": backup.verified_at,
    }
