"""Where an environment's backups lie, and what makes them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dbt_rewind.backups.connect import Options, backup_engine
from dbt_rewind.backups.protocol import Aside, BackupEngine
from dbt_rewind.config.backups import FOLDER, BackupsConfig
from dbt_rewind.engine.backups.shelf import Shelf
from dbt_rewind.errors import BackupUnsupported
from dbt_rewind.state_folder import make_state_folder
from dbt_rewind.warehouse.connect import connect

if TYPE_CHECKING:
    from dbt_rewind.engine.workspace import Workspace
    from dbt_rewind.warehouse.protocol import Warehouse


@dataclass(frozen=True, slots=True)
class BackupPlace:
    """An environment's backups, and the engine that copies its database."""

    workspace: Workspace
    settings: BackupsConfig
    engine: BackupEngine
    shelf: Shelf

    def open_aside(self, aside: Aside, *, read_only: bool) -> Warehouse:
        """The warehouse that was put aside. Raises what opening one raises."""
        profile = self.workspace.profile
        return connect(
            profile.adapter,
            {**profile.settings, **aside.settings},
            profile.folder,
            read_only=read_only,
            patience=self.workspace.patience,
        )


def shelf_of(workspace: Workspace) -> Shelf:
    """The environment's backups, also where nothing can copy its database."""
    settings = workspace.config.backups or BackupsConfig()
    # Here or in another checkout, what is ours is invisible to git.
    if settings.folder == FOLDER:
        make_state_folder(workspace.state_folder)
    folder = workspace.root / Path(settings.folder).expanduser()
    return Shelf(workspace.name, folder / workspace.name)


def backup_place(workspace: Workspace) -> BackupPlace:
    """Raises BackupUnsupported, AdapterUnsupported, DriverMissing, ProgramMissing."""
    settings = workspace.config.backups or BackupsConfig()
    profile = workspace.profile
    if workspace.environment.through == "dbt":
        raise BackupUnsupported(
            "a database that is spoken to through dbt's adapter",
            "use the database's own backups; after you have restored one, `rewind recover"
            " --restored` tells the ledger what it forgot",
        )
    options = Options(settings.jobs, settings.pg_dump, settings.pg_restore, settings.server_folder)
    engine = backup_engine(profile.adapter, profile.settings, profile.folder, options)
    engine.require_ready()
    return BackupPlace(workspace, settings, engine, shelf_of(workspace))
