"""Opening a file the way a dbt-duckdb profile asks for it."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from tests.conformance.operation import ALIVE, MINUTE, NOW

from dbt_rewind.errors import AdapterUnsupported, NotAtomic, WarehouseError, WarehouseFailed
from dbt_rewind.model import EventKind, PointerMove, RelationName, next_event
from dbt_rewind.warehouse.connect import SUPPORTED, connect
from dbt_rewind.warehouse.duckdb import open_duckdb
from dbt_rewind.warehouse.memory import memory_store
from dbt_rewind.warehouse.protocol import LEDGER_VERSION


@pytest.mark.parametrize(
    ("file", "database"),
    [("shop.duckdb", "shop"), ("a.b.duckdb", "a"), ("My Shop.db", "My Shop"), ('q"q', 'q"q')],
)
def test_the_catalogues_name_is_found_out(tmp_path: Path, file: str, database: str) -> None:
    warehouse = open_duckdb(str(tmp_path / file), read_only=False)
    warehouse.prepare()
    assert warehouse.query("SELECT current_database()", limit=1).rows == ((database,),)
    assert warehouse.events("prod") == ()
    warehouse.close()


@pytest.mark.parametrize("file", ["rewind.duckdb", "main.duckdb", "select.duckdb"])
def test_a_file_may_be_named_like_a_schema(tmp_path: Path, file: str) -> None:
    warehouse = open_duckdb(str(tmp_path / file), read_only=False)
    warehouse.prepare()
    lease = warehouse.acquire_lease("prod", ALIVE, NOW, MINUTE)
    event = next_event(None, "prod", NOW, EventKind.STARTED, {})
    warehouse.commit(event, lease)
    assert warehouse.events("prod") == (event,)
    warehouse.close()


def test_settings_are_applied(path: str) -> None:
    settings = {"threads": 2, "TimeZone": "Asia/Tokyo", "enable_http_metadata_cache": True}
    warehouse = open_duckdb(path, read_only=False, settings=settings)
    answer = warehouse.query(
        "SELECT current_setting('threads'), current_setting('TimeZone'),"
        " current_setting('enable_http_metadata_cache')",
        limit=1,
    )
    assert answer.rows == ((2, "Asia/Tokyo", True),)
    warehouse.close()


def test_invariant_10_a_refused_setting_keeps_its_value_secret(path: str) -> None:
    with pytest.raises(WarehouseFailed) as raised:
        open_duckdb(path, read_only=False, settings={"threads": "hunter2"})
    assert "threads" in raised.value.message
    assert "hunter2" not in raised.value.message
    open_duckdb(path, read_only=True).close()


def test_invariant_10_a_failed_attachment_keeps_its_path_secret(path: str) -> None:
    entry = {"path": "/missing/password=hunter2/x.duckdb", "alias": "lake"}
    with pytest.raises(WarehouseError) as raised:
        open_duckdb(path, read_only=False, attach=[entry])
    assert "lake" in raised.value.message
    assert "hunter2" not in f"{raised.value.message}{raised.value.facts()}"


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """A second database with one table."""
    path = tmp_path / "lake.duckdb"
    connection = duckdb.connect(str(path))
    connection.execute("CREATE SCHEMA rw; CREATE TABLE rw.orders (i INTEGER)")
    connection.close()
    return path


def test_an_attached_database_can_be_led_to_but_not_written(path: str, lake: Path) -> None:
    entry = {"path": str(lake), "alias": "lake", "type": "duckdb"}
    warehouse = open_duckdb(path, read_only=False, attach=[entry])
    warehouse.prepare()
    lease = warehouse.acquire_lease("prod", ALIVE, NOW, MINUTE)
    event = next_event(None, "prod", NOW, EventKind.PUBLISHED, {})
    target = RelationName("lake", "rw", "orders")
    ours, theirs = (RelationName(name, "gold", "orders") for name in ("shop", "lake"))
    with pytest.raises(NotAtomic) as raised:
        warehouse.commit(event, lease, moves=[PointerMove(theirs, None, target)])
    assert raised.value.databases == ("lake", "shop")
    warehouse.commit(event, lease, moves=[PointerMove(ours, None, target)])
    assert warehouse.pointers([ours])[ours].target == target
    warehouse.close()


def test_a_profile_is_read_from_its_folder(tmp_path: Path, lake: Path) -> None:
    profile = {
        "type": "duckdb",
        "path": "shop.duckdb",
        "schema": "main",
        "attach": [{"path": lake.name, "read_only": True}],
        "settings": None,
    }
    connect("duckdb", profile, tmp_path, read_only=False).close()
    warehouse = connect("duckdb", profile, tmp_path, read_only=True)
    assert warehouse.query("SELECT count(*) FROM lake.rw.orders", limit=1).rows == ((0,),)
    with pytest.raises(WarehouseError):
        warehouse.prepare()
    warehouse.close()
    assert (tmp_path / "shop.duckdb").exists()


def test_a_profile_without_a_path_is_in_memory(tmp_path: Path) -> None:
    warehouse = connect("duckdb", {}, tmp_path, read_only=False)
    warehouse.prepare()
    assert warehouse.query("SELECT current_database()", limit=1).rows == (("memory",),)
    warehouse.close()
    assert list(tmp_path.iterdir()) == []


def test_memory_is_shared_by_name(tmp_path: Path) -> None:
    one, other = (
        connect("memory", {"store": "shared by name"}, tmp_path, read_only=read_only)
        for read_only in (False, True)
    )
    one.prepare()
    one.acquire_lease("prod", ALIVE, NOW, MINUTE)
    assert other.lease("prod") is not None
    assert memory_store("shared by name").contents.ledger_version == LEDGER_VERSION
    assert memory_store("another").contents.ledger_version is None


@pytest.mark.parametrize("adapter", ["oracle", "DuckDB", ""])
def test_other_adapters_are_refused(tmp_path: Path, adapter: str) -> None:
    with pytest.raises(AdapterUnsupported) as raised:
        connect(adapter, {}, tmp_path, read_only=True)
    assert (raised.value.adapter, raised.value.supported) == (adapter, SUPPORTED)


@pytest.mark.parametrize("path", ["md:shop", "motherduck:shop?token=hunter2", "s3://a/b.duckdb"])
def test_paths_that_are_no_files_are_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(AdapterUnsupported) as raised:
        connect("duckdb", {"path": path}, tmp_path, read_only=True)
    assert "hunter2" not in raised.value.message
