"""A database that is corrupted or gone is restored, and its ledger told what it forgot."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Any

import pytest
from tests.crash.scenarios import Shelf, run
from tests.e2e.lab import Lab


def done(lab: Lab, *arguments: str, expected: int = 0) -> dict[str, Any]:
    return run(lab, *arguments, "--json").check(expected).document


def restore(lab: Lab, *arguments: str, expected: int = 0) -> dict[str, Any]:
    return done(lab, "rollback", "--strategy", "restore", *arguments, expected=expected)


def sentence(lab: Lab) -> str:
    return str(restore(lab, "--dry-run")["sentence"])


def states(lab: Lab) -> dict[str, str]:
    return {each["id"]: each["state"] for each in done(lab, "history")["releases"]}


@pytest.fixture
def shop(shelf: Shelf, tmp_path: Path) -> Lab:
    """A file with a backup of r2, after which r3 went live."""
    lab = shelf.stage("two").copy(tmp_path / "lab")
    done(lab, "backup", "create")
    done(lab, "deploy", "v3")
    return lab


def overwrite(path: Path) -> None:
    """Puts random bytes over most of the file."""
    size = path.stat().st_size
    random.seed(7)
    with path.open("r+b") as file:
        for at in range(0, size, 4096):
            file.seek(at)
            file.write(random.randbytes(2048))


def test_a_file_of_random_bytes(shop: Lab) -> None:
    overwrite(shop.database)
    broken = shop.database.read_bytes()
    assert run(shop, "deploy", "v4", "--json").status == 12
    planned = restore(shop, "--dry-run")
    assert planned["loss"]["releases"] == ["r3"]
    assert planned["loss"]["rows"] is None
    assert planned["loss"]["problem"]
    error = run(shop, "rollback", "--strategy", "restore", "--yes", "--json").check(3).error
    assert error["slug"] == "sentence-needed"
    assert error["facts"]["sentence"] == "prod goes back to B1 and loses r3"

    ended = restore(shop, "--confirm", planned["sentence"], "--reason", "the disk")
    assert ended["live"] == "r2"
    assert Path(ended["kept"]).read_bytes() == broken
    assert states(shop) == {"r3": "lost", "r2": "live", "r1": "superseded"}
    done(shop, "verify", "--deep", "--no-tests", expected=0)
    done(shop, "rollback", "--yes")
    done(shop, "rollback", "--to", "r2", "--yes")
    assert done(shop, "deploy", "v3")["release"]["id"] == "r4"
    done(shop, "verify", "--deep", "--no-tests", expected=0)
    assert sorted(path.name for path in shop.mirror.parent.glob("*restore*")) == []


def test_a_file_that_is_gone(shop: Lab) -> None:
    shop.database.unlink()
    ended = restore(shop, "--confirm", "prod goes back to B1 and loses r3")
    assert ended["kept"] is None
    assert states(shop) == {"r3": "lost", "r2": "live", "r1": "superseded"}


def test_a_database_that_is_whole_and_wrong(shop: Lab) -> None:
    """Rows are counted then, and the lease keeps everybody else out."""
    planned = restore(shop, "--dry-run")
    assert planned["loss"]["problem"] is None
    assert planned["loss"]["rows"] >= 0
    error = run(shop, "rollback", "--strategy", "restore", "--confirm", "yes", "--json").check(3)
    assert error.error["slug"] == "sentence-needed"
    assert states(shop)["r3"] == "live"
    ended = restore(shop, "--confirm", planned["sentence"])
    assert ended["restored"]["lost"] == ["r3"]
    assert Path(ended["kept"]).exists()
    # A second restore, to what was copied before the first, loses nothing twice.
    done(shop, "deploy", "v4")
    again = restore(shop, "--confirm", "prod goes back to B1 and loses r4")
    assert again["restored"]["lost"] == ["r4"]
    assert states(shop) == {"r4": "lost", "r3": "lost", "r2": "live", "r1": "superseded"}


def test_a_damaged_backup_changes_nothing(shop: Lab) -> None:
    before = shop.file_digest()
    copy = shop.repository / ".rewind/backups/prod/B1/data/database.duckdb"
    overwrite(copy)
    error = run(shop, "rollback", "--strategy", "restore", "--confirm", sentence(shop), "--json")
    assert error.check(24).error["slug"] == "backup-damaged"
    assert shop.standing()["events"]
    assert before
    assert states(shop)["r3"] == "live"
    done(shop, "deploy", "v4")


def test_production_does_not_go_back_with_another(shop: Lab) -> None:
    """Whoever may restore dev has nobody's yes for prod, which lies in the same file."""
    config = shop.repository / "rewind.yml"
    config.write_text(config.read_text().replace("prod}\n", "prod}\n  dev: {target: prod}\n", 1))
    done(shop, "backup", "create", "-e", "dev")
    command = ("rollback", "--strategy", "restore", "-e", "dev", "--yes")
    error = run(shop, *command, "--json").check(3).error
    assert (error["slug"], error["facts"]["other"]) == ("database-shared", "prod")


@pytest.mark.parametrize("instant", ["the database has its other name", "the ledger is told"])
def test_killed_and_run_again(shop: Lab, instant: str) -> None:
    """Nobody is asked twice, and nothing else may be done meanwhile."""
    said = sentence(shop)
    command = ("rollback", "--strategy", "restore", "--confirm", said, "--reason", "the disk")
    assert run(shop, *command, named=instant).status == -9
    error = run(shop, "deploy", "v4", "--json").check(24).error
    assert error["slug"] == "restore-unfinished"
    ended = restore(shop)
    assert (ended["live"], ended["restored"]["lost"]) == ("r2", ["r3"])
    assert ended["reason"] == "the disk"
    assert states(shop) == {"r3": "lost", "r2": "live", "r1": "superseded"}
    left = {path.name for path in shop.repository.glob("double.duckdb*")}
    assert left == {"double.duckdb", Path(ended["kept"]).name}
    done(shop, "deploy", "v4")


@pytest.mark.parametrize("instant", ["the restore is written down", "the copy is looked at"])
def test_killed_before_anything_was_changed(shop: Lab, instant: str) -> None:
    """It has not begun, so that others may go on; whoever wants it says so again."""
    said = sentence(shop)
    command = ("rollback", "--strategy", "restore", "--confirm", said)
    assert run(shop, *command, named=instant).status == -9
    run(shop, "rollback", "--strategy", "restore", "--json").check(3)
    run(shop, "recover").check(0)
    assert [path.name for path in shop.repository.glob("double.duckdb*")] == ["double.duckdb"]
    assert states(shop)["r3"] == "live"
    ended = restore(shop, "--confirm", said)
    assert ended["live"] == "r2"


def test_nobody_restores_while_somebody_deploys(shop: Lab) -> None:
    said = sentence(shop)
    holder = os.fork()
    if holder == 0:
        import duckdb

        connection = duckdb.connect(str(shop.database))
        connection.execute("select 1")
        (shop.folder / "held").touch()
        import time

        time.sleep(60)
        os._exit(0)
    try:
        while not (shop.folder / "held").exists():
            pass
        answer = run(shop, "rollback", "--strategy", "restore", "--confirm", said, "--json")
        assert answer.status in {7, 12}
    finally:
        os.kill(holder, 9)
        os.waitpid(holder, 0)
    assert states(shop)["r3"] == "live"
    done(shop, "deploy", "v4")
