"""Which backups are kept: a pure policy."""

from __future__ import annotations

from collections.abc import Sequence

from dbt_rewind.engine.backups.record import Backup


def superfluous(backups: Sequence[Backup], keep: int) -> tuple[Backup, ...]:
    """Those of `backups` (the newest first) that are beyond the newest `keep`, the oldest last.
    The newest of all that were proven to be whole stays, however old it is."""
    proven = next((backup for backup in backups if backup.verified_at), None)
    return tuple(backup for backup in backups[max(keep, 1) :] if backup != proven)
