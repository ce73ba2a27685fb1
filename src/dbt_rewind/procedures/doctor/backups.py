"""What is checked of backups, where rewind.yml speaks of them."""

from __future__ import annotations

from collections.abc import Iterator

from dbt_rewind.engine.backups.place import backup_place
from dbt_rewind.engine.workspace import Workspace
from dbt_rewind.errors import RewindError
from dbt_rewind.model import Finding, Health
from dbt_rewind.procedures.doctor.findings import refused


def check_backups(workspace: Workspace) -> Iterator[Finding]:
    """Whether backups can be made, and whether the newest was ever proven; nothing where there is
    no section `backups:`."""
    if workspace.config.backups is None:
        return
    try:
        shelf = backup_place(workspace).shelf
        found, damaged = shelf.all(), shelf.damaged()
    except RewindError as error:
        yield refused("backups", error)
        return
    if not found:
        yield Finding("backups", Health.WARNING, "none yet", "rewind backup create")
        return
    newest = found[0]
    words = f"{len(found)}; the newest is {newest.id} of {newest.at:%Y-%m-%d %H:%M} UTC"
    if damaged:
        unreadable = f"{words}; the record of {', '.join(damaged)} cannot be read"
        yield Finding("backups", Health.WARNING, unreadable, f"look into {shelf.folder}")
    elif not any(each.verified_at for each in found):
        yield Finding("backups", Health.WARNING, f"{words}; none was ever proven", _PROVE)
    else:
        yield Finding("backups", Health.OK, words)


_PROVE = "rewind backup verify"
