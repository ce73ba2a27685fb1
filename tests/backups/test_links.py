"""A database that a link leads to stays where it is."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb

from dbt_rewind.backups.duckdb import DuckDBBackups


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    disk, copy = tmp_path / "disk", tmp_path / "copy"
    disk.mkdir()
    copy.mkdir()
    with duckdb.connect(str(disk / "shop.duckdb")) as connection:
        connection.execute("create table orders as select 1 as id")
    link = tmp_path / "shop.duckdb"
    link.symlink_to(disk / "shop.duckdb")
    engine = DuckDBBackups(str(link))
    engine.copy(copy, "prod_B1")
    (disk / "shop.duckdb").write_bytes(b"nonsense")
    kept = engine.kept_name(datetime(2026, 3, 2, tzinfo=UTC))
    engine.put_aside(copy, "B1", "restore")
    assert engine.exchange("restore", kept)
    assert link.is_symlink()
    assert Path(kept).read_bytes() == b"nonsense"
    assert Path(kept).parent == disk
    with duckdb.connect(str(link), read_only=True) as connection:
        assert connection.execute("from orders").fetchall() == [(1,)]
    assert engine.exchange("restore", kept), "again, after a kill"
    assert sorted(path.name for path in disk.iterdir()) == ["shop.duckdb", Path(kept).name]
