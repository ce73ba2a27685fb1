from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from dbt_rewind.config.profile import Profile, load_profile, private_profile
from dbt_rewind.config.project import read_project
from dbt_rewind.config.rendering import Rendering

FOLDER = Path("/some folder/dbt")


def profile(settings: dict[str, Any], adapter: str = "duckdb", folder: Path = FOLDER) -> Profile:
    raw = {"type": adapter, **settings}
    rendered = Rendering("profiles.yml").value(raw)
    return Profile("shop", "dev", folder / "profiles.yml", adapter, folder, rendered, raw)


def written(given: Profile, threads: int | None = None) -> dict[str, Any]:
    document = yaml.safe_load(private_profile(given, threads))
    assert list(document) == ["shop"]
    assert document["shop"]["target"] == "dev"
    assert list(document["shop"]["outputs"]) == ["dev"]
    settings: dict[str, Any] = document["shop"]["outputs"]["dev"]
    return settings


@pytest.mark.parametrize(
    ("path", "absolute"),
    [
        ("dev.duckdb", "/some folder/dbt/dev.duckdb"),
        ("./data/dev.duckdb", "/some folder/dbt/data/dev.duckdb"),
        ("../dev.duckdb", "/some folder/dbt/../dev.duckdb"),
        ("ducklake:meta.ducklake", "ducklake:/some folder/dbt/meta.ducklake"),
        ("ducklake:sqlite:meta.db", "ducklake:sqlite:/some folder/dbt/meta.db"),
        *(
            (path, path)
            for path in (
                *("/abs/dev.duckdb", "~/dev.duckdb", ":memory:", ":memory:named", ""),
                *("md:", "md:db?motherduck_token=x", "motherduck:db", "s3://bucket/x.duckdb"),
                *("https://host/x.duckdb", "ducklake:postgres:dbname=x", "ducklake:md:x"),
                "ducklake:/abs/meta.ducklake",
            )
        ),
    ],
)
def test_a_path(path: str, absolute: str) -> None:
    assert written(profile({"path": path}))["path"] == absolute
    assert written(profile({"attach": [{"path": path}]}))["attach"] == [{"path": absolute}]


@pytest.mark.parametrize(
    ("attachment", "absolute"),
    [
        ({"path": "a.db", "type": "sqlite", "alias": "x"}, True),
        ({"path": "a.db", "type": "DUCKDB"}, True),
        ({"path": "a.db", "options": {"type": "sqlite"}}, True),
        ({"path": "dbname=x host=y", "type": "postgres"}, False),
        ({"path": "host=y", "options": {"type": "mysql"}}, False),
        ({"alias": "x"}, False),
        ("nonsense", False),
    ],
)
def test_an_attachment(attachment: Any, absolute: bool) -> None:
    (found,) = written(profile({"attach": [attachment]}))["attach"]
    expected = {**attachment, "path": "/some folder/dbt/a.db"} if absolute else attachment
    assert found == expected


def test_where_exported_files_go() -> None:
    assert written(profile({}))["external_root"] == "/some folder/dbt"
    assert written(profile({"external_root": "out"}))["external_root"] == "/some folder/dbt/out"
    assert written(profile({"external_root": "s3://b/out"}))["external_root"] == "s3://b/out"


def test_jinja_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = {"path": "{{ env_var('DB') }}", "settings": {"key": "{{ env_var('KEY') }}"}}
    monkeypatch.setenv("KEY", "hunter2")
    monkeypatch.setenv("DB", "own.duckdb")
    text = private_profile(profile(raw))
    assert "hunter2" not in text
    assert "own.duckdb" not in text
    settings = yaml.safe_load(text)["shop"]["outputs"]["dev"]
    assert settings["path"] == "/some folder/dbt/{{ env_var('DB') }}"
    assert Rendering("f").value(settings)["path"] == "/some folder/dbt/own.duckdb"
    monkeypatch.setenv("DB", "/elsewhere/own.duckdb")
    assert written(profile(raw))["path"] == "{{ env_var('DB') }}"


def test_a_scheme_that_only_rendering_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB", "ducklake:meta")
    assert written(profile({"path": "{{ env_var('DB') }}"}))["path"] == (
        "ducklake:/some folder/dbt/meta"
    )
    assert written(profile({"path": "ducklake:{{ 'meta' }}"}))["path"] == (
        "ducklake:/some folder/dbt/{{ 'meta' }}"
    )


@settings(deadline=None)
@given(st.text("{}%#'\"\\ab /.", min_size=1, max_size=12))
def test_a_folder_whose_name_looks_like_jinja(name: str) -> None:
    folder = Path(f"/x/{name}")
    for raw, file in (("x.db", "x.db"), ("{{ env_var('ABSENT', 'x.db') }}", "x.db")):
        settings = written(profile({"path": raw}, folder=folder))
        assert Path(Rendering("f").value(settings["path"])) == folder / file


def test_threads() -> None:
    assert written(profile({"threads": 2}), threads=8)["threads"] == 8
    assert written(profile({"threads": 2}))["threads"] == 2
    assert "threads" not in written(profile({}))


def test_another_adapter_stays_as_it_is() -> None:
    settings = {"type": "postgres", "path": "x", "password": "{{ env_var('P', 'x') }}"}
    assert written(profile(settings, adapter="postgres")) == settings


def test_read_back_it_means_the_same(project: Path, tmp_path: Path) -> None:
    (project / "profiles.yml").write_text(
        "shop: {outputs: {'on': {type: duckdb, path: x.db, note: \"a: 'b' # ☃\", day: 2024-01-02}}}"
    )
    first = load_profile(read_project(project), None, "on")
    (tmp_path / "profiles.yml").write_text(private_profile(first))
    again = load_profile(read_project(project), tmp_path, "on")
    changed = {"path": str(project / "x.db"), "external_root": str(project)}
    assert again.settings == {**first.settings, **changed}
