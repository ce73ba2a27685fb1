"""What dbt-sqlserver promises within one model, by its version and its flag."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from packaging.version import Version

from dbt_rewind.config.project import read_flags
from dbt_rewind.procedures.doctor.dbt_sqlserver import FLAG, promise


@pytest.mark.parametrize(
    ("version", "flags", "whole"),
    [
        ("1.9.0", {}, False),
        ("1.9.0", {FLAG: True}, False),
        ("1.10.1", {}, False),
        ("1.10.1", {FLAG: True}, True),
        ("1.11.3", {FLAG: False}, False),
        ("1.12.0", {}, True),
        ("1.12.1", {FLAG: True}, True),
        ("1.12.1", {FLAG: False}, False),
        ("2.0.0", {}, True),
        ("0", {}, False),
    ],
)
def test_what_a_failed_model_leaves(version: str, flags: dict[str, Any], whole: bool) -> None:
    found = promise(Version(version), flags)
    assert found.is_whole == whole
    assert ("one transaction" in found.found) == whole
    assert ("commits every statement by itself" in found.found) == (not whole)


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        ("name: shop\n", {}),
        (f"name: shop\nflags:\n  {FLAG}: true\n", {FLAG: True}),
        ("name: shop\nflags: none\n", {}),
        ("flags: [", {}),
    ],
)
def test_flags_of_a_project(tmp_path: Path, text: str, flags: dict[str, Any]) -> None:
    (tmp_path / "dbt_project.yml").write_text(text)
    assert read_flags(tmp_path) == flags


def test_flags_of_no_project(tmp_path: Path) -> None:
    assert read_flags(tmp_path) == {}
