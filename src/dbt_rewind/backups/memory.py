"""Copies of what the warehouse in memory holds, for as long as the process lasts: for tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from dbt_rewind.backups.protocol import Aside, Traits
from dbt_rewind.errors import BackupDamaged
from dbt_rewind.warehouse.memory_store import Contents, MemoryStore, memory_store

_FILE: Final = "contents.txt"
_COPIES: Final[dict[str, Contents]] = {}
"""By what the copy's file says."""


@dataclass(frozen=True, slots=True)
class MemoryBackups:
    """The store of that name."""

    store: str

    traits = Traits("memory")

    def require_ready(self) -> None:
        pass

    def copy(self, folder: Path, name: str) -> None:
        key = f"{self.store} {name}\n"
        _COPIES[key] = memory_store(self.store).contents.copy()
        (folder / _FILE).write_text(key)

    def put_aside(self, folder: Path, name: str, purpose: str) -> Aside:
        found = _COPIES.get((folder / _FILE).read_text())
        if found is None:
            raise BackupDamaged(name, "it was made by another process")
        aside = f"{self.store}-{purpose}"
        memory_store(aside).contents = found.copy()
        return Aside(aside, {"store": aside}, "")

    def drop_aside(self, purpose: str) -> None:
        memory_store(f"{self.store}-{purpose}").contents = Contents()

    def kept_name(self, at: datetime) -> str:
        return f"{self.store}-corrupt-{at:%Y%m%d-%H%M%S}"

    def exchange(self, purpose: str, kept: str) -> bool:
        aside, here, old = map(memory_store, (f"{self.store}-{purpose}", self.store, kept))
        if _holds(aside):
            old.contents, here.contents = here.contents, aside.contents
            aside.contents = Contents()
        return _holds(old)

    def forget(self, folder: Path, name: str) -> None:
        pass


def _holds(store: MemoryStore) -> bool:
    return store.contents.ledger_version is not None
