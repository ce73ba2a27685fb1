from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.config.refused import REFUSED

from dbt_rewind.config.load import load_config
from dbt_rewind.errors import ConfigInvalid, ConfigNotFound


def refusal(tmp_path: Path, content: str | bytes) -> ConfigInvalid:
    with pytest.raises(ConfigInvalid) as raised:
        load_config(written(tmp_path, content))
    assert raised.value.file == str(tmp_path / "rewind.yml")
    return raised.value


def written(folder: Path, content: str | bytes) -> Path:
    file = folder / "rewind.yml"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


@pytest.mark.parametrize("case", REFUSED)
def test_refused(tmp_path: Path, case: str) -> None:
    content, line, problem, fix = REFUSED[case]
    error = refusal(tmp_path, content)
    assert problem in error.problem
    assert error.line == line
    assert error.fix
    assert fix in error.fix
    assert "\n" not in error.message
    assert "pydantic" not in error.message + error.hint


def test_a_secret_beside_a_syntax_error_is_not_shown(tmp_path: Path) -> None:
    error = refusal(tmp_path, "version: 1\nenvironments: *hunter2\n")
    assert "hunter2" not in error.message + error.hint


def test_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigNotFound):
        load_config(tmp_path / "rewind.yml")


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid, match="cannot be read"):
        load_config(tmp_path)
