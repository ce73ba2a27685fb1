"""Microsoft's own parser takes every text; runs where REWIND_TEST_SCRIPTDOM says how to call it."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

import pytest
from tests.sqlserver.server import HOW_SCRIPTDOM, SCRIPTDOM
from tests.sqlserver.test_golden import TEXTS, with_values

if not os.environ.get(SCRIPTDOM):
    pytest.skip(HOW_SCRIPTDOM, allow_module_level=True)


def parsed(folder: Path, texts: dict[str, str]) -> str:
    for name, text in texts.items():
        (folder / f"{name}.sql").write_text(text, "utf-8")
    files = sorted(map(str, folder.iterdir()))
    done = subprocess.run(
        [*shlex.split(os.environ[SCRIPTDOM]), *files], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    return done.stdout


def test_it_takes_every_text(tmp_path: Path) -> None:
    assert parsed(tmp_path, {name: with_values(text) for name, text in TEXTS.items()}) == ""


def test_it_would_notice(tmp_path: Path) -> None:
    assert "bad.sql: line 1" in parsed(tmp_path, {"bad": "CREATE VIEW a.b AS SELEC 1;"})
