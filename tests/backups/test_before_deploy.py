"""A production deploy that builds is backed up first, or does not build."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.crash.scenarios import FILES, Shelf, run
from tests.e2e.lab import Lab


@pytest.fixture
def shop(shelf: Shelf, tmp_path: Path) -> Lab:
    lab = shelf.stage("two").copy(tmp_path / "lab")
    lab.write({"rewind.yml": FILES["rewind.yml"] + "backups: {keep: 2}\n"})
    return lab


def done(lab: Lab, *arguments: str) -> dict[str, Any]:
    return run(lab, *arguments, "--json").check(0).document


def backups(lab: Lab) -> list[tuple[str, str, str]]:
    listed = done(lab, "backup", "list")["backups"]
    return [(each["id"], each["live"], each["why"]) for each in listed]


def test_before_what_builds_and_nothing_else(shop: Lab) -> None:
    assert "made first" in run(shop, "deploy", "v3", "--dry-run").check(0).stdout
    done(shop, "deploy", "v3")
    assert backups(shop) == [("B1", "r2", "before the deploy of r3")]
    # Nothing is built for what is there; and nothing was published since for what fails.
    done(shop, "deploy", "v2")
    run(shop, "deploy", "fails").check(6)
    said = run(shop, "deploy", "v4").check(0).stdout
    assert "B2 serves as the backup" in said
    assert [each[0] for each in backups(shop)] == ["B2", "B1"]
    done(shop, "refresh")
    done(shop, "deploy", "v5")
    assert [each[0] for each in backups(shop)] == ["B3", "B2"]


def test_where_it_fails_nothing_is_built(shop: Lab) -> None:
    blocked = shop.repository / ".rewind" / "backups"
    blocked.write_text("no folder")
    before = shop.standing()
    answer = run(shop, "deploy", "v3", "--json").check(24)
    assert answer.error["slug"] == "backup-failed"
    assert "--no-backup" in answer.stderr
    assert shop.standing() == before
    assert (
        run(shop, "deploy", "v3", "--no-backup", "--json").check(3).error["slug"] == "reason-needed"
    )
    done(shop, "deploy", "v3", "--no-backup", "--reason", "the disk for backups is broken")
