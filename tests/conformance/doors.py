"""Warehouses through the adapter door. One process that has imported dbt serves all tests of a
worker, as importing it takes seconds; each test has connections of its own."""

from __future__ import annotations

import atexit
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from dbt_rewind.dbt.adapter_door import AdapterDoor, AdapterProfile
from dbt_rewind.warehouse.dbt_adapter import dialect_of, open_dialect
from dbt_rewind.warehouse.dbt_adapter_channel import Channel
from dbt_rewind.warehouse.dbt_adapter_dialect import Dialect
from dbt_rewind.warehouse.protocol import Warehouse


def profile_of(settings: dict[str, Any], folder: Path) -> AdapterProfile:
    text = yaml.safe_dump({"shop": {"target": "dev", "outputs": {"dev": settings}}})
    return AdapterProfile(settings["type"], "shop", "dev", folder, text)


IN_MEMORY = {"type": "duckdb", "path": ":memory:"}

_SHARED: dict[tuple[str, str], AdapterDoor] = {}


def shared_door(python: str, adapter: str, kept: AdapterProfile) -> AdapterDoor:
    """A door whose process stays to the end, because a connection to `kept` is never closed."""
    if (python, adapter) not in _SHARED:
        door = _SHARED[python, adapter] = AdapterDoor(lambda: python)
        atexit.register(door.open(kept).close)
    return _SHARED[python, adapter]


class Door:
    """The way to one warehouse for one test; whoever opens it may forget to close it."""

    def __init__(
        self,
        settings: dict[str, Any],
        folder: Path,
        python: str = sys.executable,
        dialect: Dialect | None = None,
    ) -> None:
        self.settings = settings
        self.dialect = dialect or dialect_of(settings["type"])
        self.profile = profile_of(settings, folder)
        kept = self.profile if python != sys.executable else profile_of(IN_MEMORY, Path())
        self.door = shared_door(python, settings["type"], kept)
        self.opened: list[Warehouse] = []
        self._stranger: Channel | None = None

    def open(self, *, read_only: bool = False) -> Warehouse:
        warehouse = open_dialect(
            self.dialect,
            self.settings,
            lambda: self.door.open(self.profile),
            read_only=read_only,
        )
        self.opened.append(warehouse)
        return warehouse

    @property
    def stranger(self) -> Channel:
        """Somebody else's connection."""
        if self._stranger is None:
            self._stranger = self.door.open(self.profile)
        return self._stranger

    def close(self) -> None:
        for warehouse in self.opened:
            warehouse.close()
        if self._stranger is not None:
            self._stranger.close()


class Stranger:
    """A stranger's connection with as much of a driver's methods as tests use."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._rows: list[tuple[Any, ...]] = []

    def execute(self, sql: str, values: Sequence[Any] = ()) -> Stranger:
        self._rows = list(self._channel.run(sql, list(values) or None, fetch=True).rows)
        return self

    def fetchall(self) -> list[tuple[Any, ...]]:
        return self._rows
