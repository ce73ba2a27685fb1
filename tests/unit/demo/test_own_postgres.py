"""The demo's own PostgreSQL: kept beside the sample, for its user alone to read."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import psycopg
import pytest

from dbt_rewind.demo import own_postgres
from dbt_rewind.demo.own_postgres import has_server, prepare, serving
from dbt_rewind.errors import DriverMissing


def test_it_serves_again_with_its_data_under_the_same_port(tmp_path: Path) -> None:
    assert not has_server(tmp_path)
    try:
        with serving(tmp_path) as server:
            loading = prepare(tmp_path, server)
            first = server.settings("adventureworks")
            with connected(first) as connection:
                connection.execute("create table kept (id int)")
        assert has_server(tmp_path)
        with pytest.raises(psycopg.OperationalError):
            connected(first)
        with serving(tmp_path) as server:
            assert server.settings("adventureworks") == first
            with connected(first) as connection:
                assert connection.execute("select * from kept").fetchall() == []
    finally:
        shutil.rmtree((tmp_path / ".server").resolve())
    profile = tmp_path / "profiles.yml"
    outputs = json.loads(profile.read_text())["adventureworks"]["outputs"]
    assert outputs["prod"] == {**first, "threads": 2}
    assert outputs["dev"]["dbname"] == "adventureworks_dev"
    assert profile.stat().st_mode & 0o077 == 0
    assert first["password"] not in str(loading.arguments)
    assert loading.environment == {"PGPASSWORD": first["password"]}


def connected(settings: dict[str, object]) -> psycopg.Connection[tuple[object, ...]]:
    login = {name: str(settings[name]) for name in ("host", "port", "user", "password", "dbname")}
    return psycopg.connect(" ".join(f"{name}={value}" for name, value in login.items()))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has PostgreSQL run as somebody else")
def test_where_its_user_cannot_go_a_link_leads_elsewhere(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    folder = own_postgres._folder(closed)
    try:
        assert (closed / ".server").is_symlink()
        assert own_postgres._folder(closed) == folder
    finally:
        folder.rmdir()


def test_without_the_package_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_postgres, "find_spec", lambda name: None)
    with pytest.raises(DriverMissing) as raised, serving(tmp_path):
        pass
    assert "dbt-rewind[demo-postgres]" in raised.value.hint
