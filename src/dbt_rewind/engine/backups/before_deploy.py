"""A backup before a deploy builds anything."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from dbt_rewind.config.environment import is_production
from dbt_rewind.errors import BackupError, BackupUnsupported, WarehouseError

if TYPE_CHECKING:
    from dbt_rewind.engine.ledger import Ledger
    from dbt_rewind.engine.workspace import Workspace


def is_backed_up(workspace: Workspace) -> bool:
    """Whether rewind.yml wants a backup before deploys to the environment."""
    settings = workspace.config.backups
    if settings is None:
        return False
    if settings.before_deploy is not None:
        return settings.before_deploy
    return is_production(workspace.name, workspace.environment)


def backup_first(workspace: Workspace) -> Callable[[Ledger], None]:
    """Makes a backup under the ledger's lease, unless the newest serves.

    What it returns raises BackupFailed, ProgramMissing, BackupUnsupported, WarehouseError; the note
    on these says how to deploy without.
    """

    def make(ledger: Ledger) -> None:
        try:
            _make(workspace, ledger)
        except (BackupError, BackupUnsupported, WarehouseError) as error:
            error.add_note(
                "nothing was built; `--no-backup --reason TEXT` deploys without a backup, and"
                " `backups.before_deploy: false` in rewind.yml always does"
            )
            raise

    return make


def _make(workspace: Workspace, ledger: Ledger) -> None:
    from dbt_rewind.engine.backups.create import create_backup, fresh_backup, remove_superfluous
    from dbt_rewind.engine.backups.place import backup_place

    tell = workspace.patience.tell
    place = backup_place(workspace)
    fresh = fresh_backup(place, ledger.history)
    if fresh is not None:
        tell(f"{fresh.id} serves as the backup: nothing was published since")
        return
    tell("backing up the database first")
    number = ledger.history.next_number
    made = create_backup(
        place, ledger, why=f"before the deploy of r{number}", by=ledger.lease.owner.person
    )
    tell(f"{made.id} is made: {made.bytes / 10**6:,.1f} MB in {made.seconds:.1f} s")
    remove_superfluous(place, place.settings.keep)
