"""Backups are whole copies that are proven by restoring them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.crash.scenarios import run
from tests.e2e.lab import Lab


def backup(lab: Lab, *arguments: str, expected: int = 0) -> dict[str, Any]:
    return run(lab, "backup", *arguments, "--json").check(expected).document


def folder(lab: Lab) -> Path:
    return lab.repository / ".rewind" / "backups" / "prod"


def test_made_listed_proven_and_removed(lab: Lab) -> None:
    made = backup(lab, "create", "--reason", "before the move")["backup"]
    assert (made["id"], made["live"], made["verified_at"]) == ("B1", "r2", None)
    proof = backup(lab, "verify")
    assert proof["relations"] == 5
    assert proof["rows"] == proof["backup"]["rows"] > 0
    assert proof["events"] == made["head"]["sequence"]
    backup(lab, "create")
    run(lab, "rollback", "--yes").check(0)
    third = backup(lab, "create")["backup"]
    assert (third["id"], third["live"]) == ("B3", "r1")

    listed = backup(lab, "list")["backups"]
    assert [each["id"] for each in listed] == ["B3", "B2", "B1"]
    assert listed[2]["why"] == "before the move"
    # The newest stays, and the newest that was proven.
    gone = backup(lab, "prune", "--keep", "1", "--yes")["removed"]
    assert [each["id"] for each in gone] == ["B2"]
    assert sorted(path.name for path in folder(lab).iterdir()) == ["B1", "B3"]
    assert backup(lab, "create")["backup"]["id"] == "B4"


def test_a_copy_that_was_changed_is_no_proof(lab: Lab) -> None:
    made = backup(lab, "create")["backup"]
    data = folder(lab) / made["id"] / "data"
    largest = max(
        (path for path in data.rglob("*") if path.is_file()), key=lambda p: p.stat().st_size
    )
    content = bytearray(largest.read_bytes())
    content[len(content) // 2] ^= 1
    largest.write_bytes(content)
    error = run(lab, "backup", "verify", "--json").check(24).error
    assert error["slug"] == "backup-damaged"
    assert largest.name in error["message"]


def test_what_a_kill_left_of_a_backup_is_none(lab: Lab) -> None:
    half = folder(lab) / "B1.half" / "data"
    half.mkdir(parents=True)
    (half / "rubbish").write_text("x")
    assert backup(lab, "list")["backups"] == []
    assert backup(lab, "create")["backup"]["id"] == "B1"
    assert [path.name for path in folder(lab).iterdir()] == ["B1"]
