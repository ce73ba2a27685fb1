"""However a command ends, it says so once, in words and in a document."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.crash.checker import prove
from tests.crash.scenarios import CHILD, Shelf

from dbt_rewind.cli import main as main_module
from dbt_rewind.cli.main import run


def test_a_fault_of_ours_is_told_with_a_document(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(modules: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.delenv("REWIND_TRACEBACK", raising=False)
    monkeypatch.setattr(main_module, "command_line", broken)
    assert run(["status", "--json"]) == 1
    told = capsys.readouterr()
    error = json.loads(told.out)["error"]
    assert (error["slug"], error["exit_code"]) == ("internal-fault", 1)
    assert error["facts"] == {"kind": "ZeroDivisionError", "problem": "division by zero"}
    assert told.err.startswith("error: dbt-rewind failed with an internal error: ZeroDivisionError")
    assert "Traceback" not in told.err
    monkeypatch.setenv("REWIND_TRACEBACK", "1")
    assert run(["status", "--json"]) == 1
    assert capsys.readouterr().err.startswith("Traceback")


LOADING = """\
import sys

class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == "typer":
            raise KeyboardInterrupt
        return None

sys.meta_path.insert(0, Interrupting())
sys.argv = ["rewind", "status"]
from dbt_rewind.__main__ import start
start()
"""


def test_an_interrupt_while_the_command_is_loaded_is_told(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADING], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 130
    assert done.stderr == "error: the command was interrupted before it began\n"


def test_a_reader_that_goes_away_stops_no_operation(shelf: Shelf, tmp_path: Path) -> None:
    lab = shelf.stage("two").copy(tmp_path / "lab")
    for command, status in (
        (("rollback", "--yes"), 0),
        (("deploy", "v3"), 0),
        (("status",), 0),
        (("rollback", "--yes", "--to", "r9", "--json"), 9),
        (("schema",), 0),
    ):
        for_reading, for_writing = os.pipe()
        os.close(for_reading)
        done = subprocess.run(
            [sys.executable, *CHILD, *command],
            cwd=lab.repository,
            env=lab.environment({}),
            stdin=subprocess.DEVNULL,
            stdout=for_writing,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        os.close(for_writing)
        assert done.returncode == status, done.stderr
        assert "Traceback" not in done.stderr
    assert prove(lab.database, lab.mirror).live == 3
