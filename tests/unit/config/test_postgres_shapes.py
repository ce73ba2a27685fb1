from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from dbt_rewind.config.postgres_shapes import misshapen
from dbt_rewind.config.profile import load_profile
from dbt_rewind.config.project import read_project
from dbt_rewind.errors import ProfileInvalid
from dbt_rewind.redact import redact

GOOD = {
    "type": "postgres",
    "host": "db.example.com",
    "user": "ada",
    "password": "CANARY",
    "port": 5432,
    "dbname": "shop",
    "schema": "public",
    "threads": 4,
}


def with_(**changes: Any) -> dict[str, Any]:
    """The good settings, changed; None takes one away."""
    return {name: value for name, value in {**GOOD, **changes}.items() if value is not None}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"password": None},
        {"password": None, "pass": "CANARY"},
        {"dbname": None, "database": "shop"},
        {"host": "/var/run/postgresql"},
        {"host": ""},
        {"sslmode": "verify-full", "sslrootcert": "root.pem", "sslcert": "a", "sslkey": "b"},
        {"sslmode": ""},
        {"keepalives_idle": 0, "connect_timeout": 0, "retries": 0},
        {"search_path": "gold, public", "role": "deployer", "application_name": ""},
        {"something_new": {"of": ["dbt's"]}},
    ],
)
def test_what_dbt_takes(changes: dict[str, Any]) -> None:
    assert misshapen(with_(**changes)) is None


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"host": None}, "`host` is missing"),
        ({"user": None}, "`user` is missing"),
        ({"port": None}, "`port` is missing"),
        ({"dbname": None}, "`dbname` is missing"),
        ({"schema": None}, "`schema` is missing"),
        ({"pass": "CANARY"}, "`password` and `pass` are names of the same setting: keep one"),
        ({"database": "b"}, "`dbname` and `database` are names of the same setting: keep one"),
        ({"password": 4_815_162_342}, "`password` must be a text, not a number"),
        ({"password": True}, "`password` must be a text, not a number or a truth value"),
        ({"password": ["CANARY"]}, "`password` must be a text"),
        ({"user": "a\0b"}, "`user` must be a text"),
        ({"port": "5432"}, "`port` must be a number, not a text: after `env_var()`, say"),
        ({"port": 0}, "`port` must be 1 to 65535"),
        ({"port": 65_536}, "`port` must be 1 to 65535"),
        ({"port": True}, "`port` must be a whole number, 1 to 65535"),
        ({"port": 54.32}, "`port` must be a whole number"),
        ({"retries": -1}, "`retries` must be 0 or more"),
        ({"connect_timeout": "soon"}, "`connect_timeout` must be a number, not a text"),
        ({"keepalives_idle": []}, "`keepalives_idle` must be a whole number"),
        ({"sslmode": "always"}, "`sslmode` must be one of disable, allow, prefer, require"),
        ({"sslmode": 1}, "`sslmode` must be a text, not a number"),
        ({"role": {"a": 1}}, "`role` must be a text"),
    ],
)
def test_what_is_wrong_is_named_without_its_value(changes: dict[str, Any], problem: str) -> None:
    found = misshapen(with_(**changes))
    assert found is not None
    assert found.startswith(problem)
    assert "CANARY" not in found
    assert "4815162342" not in found


def test_the_error_names_file_target_and_setting(project: Path) -> None:
    target = {"shop": {"outputs": {"prod": with_(port="5432")}}}
    (project / "profiles.yml").write_text(yaml.safe_dump(target))
    with pytest.raises(ProfileInvalid) as raised:
        load_profile(read_project(project), None, "prod")
    assert raised.value.file == str(project / "profiles.yml")
    assert raised.value.problem.startswith("shop.prod: `port` must be a number")


def test_who_connects_and_where_is_no_secret(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("host", "user", "dbname", "schema", "role", "search_path", "password")
    for name in names:
        monkeypatch.setenv(f"SHOP_{name.upper()}", f"the-{name}")
    written = {name: f"{{{{ env_var('SHOP_{name.upper()}') }}}}" for name in names}
    (project / "profiles.yml").write_text(
        yaml.safe_dump({"shop": {"outputs": {"prod": with_(**written)}}})
    )
    load_profile(read_project(project), None, "prod")
    told = redact(" ".join(f"the-{name}" for name in names))
    assert told == "the-host the-user the-dbname the-schema the-role the-search_path *****"
