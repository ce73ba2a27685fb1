"""What is said for a backup and a restore, in which order: on a stand-in that knows names alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from dbt_rewind.backups import sqlserver
from dbt_rewind.backups.sqlserver import SqlServerBackups
from dbt_rewind.errors import BackupUnsupported, WarehouseFailed

SETTINGS = {"server": "db", "port": 1433, "database": "shop", "user": "ada", "password": "x"}
FILES = [
    ("shop", "/var/opt/mssql/data/shop.mdf", "D"),
    ("shop_log", "/var/opt/mssql/data/shop_log.ldf", "L"),
]


@dataclass
class StandIn:
    """The server's databases with their status; `fails_at` is the statement that it refuses."""

    databases: dict[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    fails_at: str = ""

    def row(self, doing: str, sql: str, **values: Any) -> tuple[Any, ...] | None:
        status = self.databases.get(values["name"])
        return None if status is None else (status,)

    def rows(self, doing: str, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        self.run(doing, sql)
        return FILES if "FILELISTONLY" in sql else []

    def run(self, doing: str, sql: str) -> None:
        if self.fails_at and self.fails_at in sql:
            raise WarehouseFailed(doing, "it is used by somebody")
        self.said.append(sql)
        renamed = re.fullmatch(r"ALTER DATABASE \[(\w+)\] MODIFY NAME = \[(\w+)\];", sql)
        made = re.match(r"RESTORE DATABASE \[(\w+)\]", sql)
        dropped = re.match(r"DROP DATABASE \[(\w+)\]", sql)
        if renamed:
            assert renamed[2] not in self.databases
            self.databases[renamed[2]] = self.databases.pop(renamed[1])
        elif made:
            self.databases[made[1]] = "ONLINE"
        elif dropped:
            del self.databases[dropped[1]]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> StandIn:
    stand_in = StandIn({"shop": "ONLINE"})

    @contextmanager
    def session(_: SqlServerBackups) -> Iterator[StandIn]:
        yield stand_in

    monkeypatch.setattr(SqlServerBackups, "_server", session)
    return stand_in


@pytest.fixture
def engine(server: StandIn) -> SqlServerBackups:
    return SqlServerBackups(SETTINGS, "/backup")


def aside(engine: SqlServerBackups, folder: Path) -> None:
    engine.copy(folder, "prod_B1")
    assert engine.put_aside(folder, "B1", "restore").database == "shop_rewind_restore"


def test_there_and_back(engine: SqlServerBackups, server: StandIn, tmp_path: Path) -> None:
    aside(engine, tmp_path)
    assert [text.split(" [")[0].split(" FROM")[0] for text in server.said] == [
        "BACKUP DATABASE",
        "RESTORE VERIFYONLY",
        "RESTORE VERIFYONLY",
        "RESTORE FILELISTONLY",
        "RESTORE DATABASE",
    ]
    places = re.findall(r"MOVE N'(\w+)' TO N'([^']+)'", server.said[-1])
    assert [name for name, _ in places] == ["shop", "shop_log"]
    # Beside the originals, and in no file's place.
    assert all(place.startswith("/var/opt/mssql/data/shop_rewind_") for _, place in places)
    assert [Path(place).suffix for _, place in places] == [".mdf", ".ldf"]
    assert engine.exchange("restore", "shop_corrupt")
    assert server.databases == {"shop": "ONLINE", "shop_corrupt": "ONLINE"}
    assert server.said[-1] == "ALTER DATABASE [shop_corrupt] SET MULTI_USER;"
    assert engine.exchange("restore", "shop_corrupt")  # again, after a kill: there is nothing left


def test_a_database_that_cannot_be_renamed(
    engine: SqlServerBackups, server: StandIn, tmp_path: Path
) -> None:
    """Offline first: then its files stay when the server forgets it."""
    aside(engine, tmp_path)
    server.databases["shop"] = "SUSPECT"
    assert not engine.exchange("restore", "shop_corrupt")
    assert server.databases == {"shop": "ONLINE"}
    said = [text for text in server.said if "[shop]" in text][1:]
    assert said[:2] == [
        "ALTER DATABASE [shop] SET OFFLINE WITH ROLLBACK IMMEDIATE;",
        "DROP DATABASE [shop];",
    ]


def test_killed_between_the_names(
    engine: SqlServerBackups, server: StandIn, tmp_path: Path
) -> None:
    aside(engine, tmp_path)
    server.databases["shop_corrupt"] = server.databases.pop("shop")
    assert engine.exchange("restore", "shop_corrupt")
    assert server.databases == {"shop": "ONLINE", "shop_corrupt": "ONLINE"}


def test_what_fails_half_way_is_taken_back(
    engine: SqlServerBackups, server: StandIn, tmp_path: Path
) -> None:
    aside(engine, tmp_path)
    server.fails_at = "[shop_rewind_restore] MODIFY"
    with pytest.raises(WarehouseFailed):
        engine.exchange("restore", "shop_corrupt")
    assert "shop_corrupt" not in server.databases
    assert server.said[-1] == "ALTER DATABASE [shop] SET MULTI_USER;"


def test_where_somebody_is_in_the_way_all_may_connect_again(
    engine: SqlServerBackups, server: StandIn, tmp_path: Path
) -> None:
    aside(engine, tmp_path)
    server.fails_at = "[shop] MODIFY"
    with pytest.raises(WarehouseFailed):
        engine.exchange("restore", "shop_corrupt")
    assert server.said[-1] == "ALTER DATABASE [shop] SET MULTI_USER;"


def test_the_folder_has_to_be_said() -> None:
    with pytest.raises(BackupUnsupported, match="folder"):
        SqlServerBackups(SETTINGS, None).require_ready()


@pytest.mark.parametrize(
    ("folder", "path"),
    [
        ("/backup/", "/backup/shop_B1.bak"),
        ("D:\\backup", "D:\\backup\\shop_B1.bak"),
        ("D:", "D:\\shop_B1.bak"),
        ("\\\\share\\backup", "\\\\share\\backup\\shop_B1.bak"),
    ],
)
def test_paths_are_the_servers(folder: str, path: str) -> None:
    assert sqlserver._in_folder(folder, "shop_B1.bak") == path
