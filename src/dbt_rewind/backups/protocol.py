"""What copies a whole database and puts the copy back: one small contract for every engine.

It stands beside the warehouse protocol: that speaks over an open connection to a database that
works, and here the database may be damaged, or gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Traits:
    """What there is to know of an engine's copies, as data.

    `in_folder`: the copy lies in the folder that it was told, and not where the server keeps it.
    `tried`: all that is said to a server of this kind has been said to a real one.
    """

    engine: str
    in_folder: bool = True
    tried: bool = True


@dataclass(frozen=True, slots=True)
class Aside:
    """A copy that was put beside the database: `place` says for people where; `settings` are those
    of the profile that lead to it and not to the database, and `database` is the name that its
    relations have."""

    place: str
    settings: Mapping[str, Any]
    database: str


class BackupEngine(Protocol):
    """How one database is copied whole. Every method raises BackupFailed or a WarehouseError where
    it cannot do what it says; then the database is as it was."""

    @property
    def traits(self) -> Traits: ...

    def require_ready(self) -> None:
        """Raises what keeps a backup from being made that can be told beforehand: ProgramMissing,
        BackupUnsupported."""
        ...

    def copy(self, folder: Path, name: str) -> None:
        """Writes a consistent copy of the database into `folder`, which is empty; `name` tells it
        from others where the server keeps it. Nobody else writes through dbt-rewind meanwhile, and
        our connection is closed where the engine admits only one."""
        ...

    def put_aside(self, folder: Path, name: str, purpose: str) -> Aside:
        """Makes a database of the copy beside the original, in place of what an earlier attempt
        with the same `purpose` (a word) has left. The original is not touched, nor need it be
        there."""
        ...

    def drop_aside(self, purpose: str) -> None:
        """Removes what `put_aside` has made; does nothing where that is not there."""
        ...

    def kept_name(self, at: datetime) -> str:
        """What the original will be called when it has been replaced at that time."""
        ...

    def exchange(self, purpose: str, kept: str) -> bool:
        """Puts what `put_aside` has made in place of the database, which is renamed to `kept` and
        never deleted; returns whether there was one. May be called again after a kill at any
        instant, and then does what is left to do.

        Raises WarehouseLocked, LockHeld where others cannot be kept out.
        """
        ...

    def forget(self, folder: Path, name: str) -> None:
        """Deletes what the server keeps of a copy; does nothing where all of it is in `folder`."""
        ...
