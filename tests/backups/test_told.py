"""The mirror tells a restored ledger what it forgot."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.crash.scenarios import Shelf, run
from tests.e2e.lab import Lab

from dbt_rewind.engine.mirror import read_mirror


@pytest.fixture
def shop(shelf: Shelf, tmp_path: Path) -> Lab:
    return shelf.stage("two").copy(tmp_path / "lab")


def done(lab: Lab, *arguments: str, expected: int = 0) -> dict[str, Any]:
    return run(lab, *arguments, "--json").check(expected).document


def states(lab: Lab) -> dict[str, str]:
    return {each["id"]: each["state"] for each in done(lab, "history")["releases"]}


def restored_by_hand(lab: Lab, *between: tuple[str, ...]) -> None:
    """The file is copied, commands are run, and the copy is put back."""
    copy = lab.folder / "copy"
    shutil.copy(lab.database, copy)
    for command in between:
        done(lab, *command)
    shutil.copy(copy, lab.database)


def test_a_database_that_was_restored_by_hand_goes_on(shop: Lab) -> None:
    before = shop.read()
    restored_by_hand(
        shop,
        ("deploy", "v3"),
        ("incident", "open", "The disk is broken"),
        ("pin", "r1", "--reason", "audit"),
        ("deploy", "v4"),
    )
    mirrored = read_mirror(shop.mirror)
    error = run(shop, "deploy", "v5", "--json").check(13).error
    assert error["slug"] == "mirror-ahead"
    assert "rewind recover --restored" in error["hint"]

    told = done(shop, "recover", "--restored", "--reason", "the disk")["restored"]
    assert told["lost"] == ["r3", "r4"]
    assert states(shop) == {"r4": "lost", "r3": "lost", "r2": "live", "r1": "superseded"}
    events = read_mirror(shop.mirror)
    assert events[: len(mirrored)] == mirrored
    assert [event.kind.value for event in events[len(mirrored) :]] == ["restored"]
    assert [each["id"] for each in done(shop, "incident", "list")["incidents"]] == ["I1"]

    # Nothing is lost twice, users see what the copy held, and it goes forward again.
    assert done(shop, "recover", "--restored")["restored"]["sequence"] is None
    assert shop.read() == before
    error = run(shop, "rollback", "--to", "r3", "--yes", "--json").check(9).error
    assert "lost" in error["message"]
    assert done(shop, "show", "r3")["record"] is None
    assert done(shop, "deploy", "v3")["release"]["id"] == "r5"
    pruned = done(shop, "prune", "--keep", "1", "--yes")
    fates = {each["id"]: each["why"] for each in pruned["releases"]}
    assert fates == {"r5": "live", "r4": "empty", "r3": "empty", "r2": "way back", "r1": "pinned"}


def test_what_was_pruned_since_is_back(shop: Lab) -> None:
    """What is derived is what the restored database holds, or its space would never be free."""
    done(shop, "deploy", "v3")
    restored_by_hand(shop, ("deploy", "v4"), ("prune", "--keep", "1", "--yes"))
    done(shop, "recover", "--restored")
    assert states(shop) == {"r4": "lost", "r3": "live", "r2": "superseded", "r1": "superseded"}
    done(shop, "rollback", "--to", "r1", "--yes")


def test_a_copy_from_the_middle_of_a_build(shop: Lab) -> None:
    """The build that the copy has half of is undone, though it had ended well."""
    run(shop, "deploy", "v3", named="building latest")
    copy = shop.folder / "copy"
    shutil.copy(shop.database, copy)
    done(shop, "recover")
    done(shop, "deploy", "v3")
    shutil.copy(copy, shop.database)
    done(shop, "recover", "--restored")
    assert states(shop) == {"r4": "lost", "r3": "aborted", "r2": "live", "r1": "superseded"}
    done(shop, "deploy", "v3")


def test_a_ledger_that_went_on_without_the_mirror_is_told_nothing(shop: Lab) -> None:
    restored_by_hand(shop, ("deploy", "v3"))
    away = shop.mirror.with_name("away")
    shop.mirror.rename(away)
    done(shop, "deploy", "v4")
    away.rename(shop.mirror)
    error = run(shop, "recover", "--restored", "--json").check(13).error
    assert error["slug"] == "mirror-ahead"
    assert "--restored" not in error["hint"]
    assert states(shop) == {"r3": "live", "r2": "superseded", "r1": "superseded"}
