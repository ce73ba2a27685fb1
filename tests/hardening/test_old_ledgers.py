"""A ledger of an older version is read as it is, and goes on from the first command that changes
something. The samples in tests/ledgers were written by the versions that they are named after."""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any

import pytest
from tests.crash.checker import prove
from tests.hardening.place import Place

from dbt_rewind.warehouse.protocol import LEDGER_VERSION

SAMPLES = Path(__file__).parents[1] / "ledgers"


def load(place: Place, sample: dict[str, Any]) -> None:
    """Puts the sample in the place's database, and no mirror beside it."""
    place.database.unlink(missing_ok=True)
    place.mirror.unlink(missing_ok=True)
    with place.connect() as connection:
        relations = (*sample["tables"], *sample["views"])
        for schema in sorted({"rewind", *(each["schema"] for each in relations)}):
            connection.execute(f'create schema "{schema}"')
        for statement in sample["statements"]:
            connection.execute(statement)
        connection.execute("insert into rewind.ledger (version) values (?)", [sample["version"]])
        for event in sample["events"]:
            marks = ", ".join("?" for _ in event)
            connection.execute(f"insert into rewind.event values ({marks})", list(event.values()))
        for digest, content in sample["artifacts"].items():
            packed = zlib.compress(content.encode())
            connection.execute("insert into rewind.artifact values (?, ?)", [digest, packed])
        for table in sample["tables"]:
            connection.execute(table["sql"])
            for row in table["rows"]:
                marks = ", ".join("?" for _ in row)
                target = f'"{table["schema"]}"."{table["name"]}"'
                connection.execute(f"insert into {target} values ({marks})", row)
        for view in sample["views"]:
            connection.execute(view["sql"])


@pytest.fixture
def sample(place: Place) -> dict[str, Any]:
    """Version 1: r1 and r2 were deployed, r3 failed, and r1 was made live again."""
    found: dict[str, Any] = json.loads((SAMPLES / "v1.json").read_text())
    load(place, found)
    return found


def version(place: Place) -> int:
    with place.connect(read_only=True) as connection:
        ((found,),) = connection.execute("select version from rewind.ledger").fetchall()
    return int(found)


def test_an_old_ledger_is_read_without_a_write(place: Place, sample: dict[str, Any]) -> None:
    before = place.lab.file_digest()
    known = place.run("history").check(0).document
    assert [(each["id"], each["state"]) for each in known["releases"]] == [
        ("r3", "failed"),
        ("r2", "rolled back"),
        ("r1", "live"),
    ]
    for release in ("r1", "r2", "r3"):
        assert place.run("show", release).check(0).document["record"]["id"] == release
    status = place.run("status").check(0).document
    assert (status["live"]["id"], status["drift"]) == ("r1", [])
    assert place.run("verify", "--no-tests").check(0).document["verdict"] == "verified"
    assert place.run("rollback", "--dry-run", "--to", "r2").check(0).document["to"]["id"] == "r2"
    assert place.lab.file_digest() == before
    assert version(place) == 1


def test_an_old_ledger_goes_on(place: Place, sample: dict[str, Any]) -> None:
    written = len(sample["events"])
    place.run("rollback", "--yes", "--to", "r2").check(0)
    assert version(place) == LEDGER_VERSION
    assert place.events()[:written] == sample["events"]
    assert len(place.lines()) == written + 1
    assert place.run("deploy", "v4").check(0).document["release"]["id"] == "r4"
    for release in ("r1", "r2", "r3", "r4"):
        place.run("show", release).check(0)
    for target in ("r1", "r4", "r2"):
        place.run("rollback", "--yes", "--to", target).check(0)
    assert place.run("verify", "--no-tests").check(0).document["verdict"] == "verified"
    assert place.events()[:written] == sample["events"]
    assert prove(place.database, place.mirror).live == 2


@pytest.mark.parametrize("command", [("pin", "r2"), ("recover",), ("deploy", "v5")])
def test_any_command_that_changes_something_upgrades(
    place: Place, sample: dict[str, Any], command: tuple[str, ...]
) -> None:
    place.run(*command).check(0)
    assert version(place) == LEDGER_VERSION
    assert place.run("history").check(0).document["total"] >= 3


def test_the_sample_is_of_that_version(sample: dict[str, Any]) -> None:
    assert sample["version"] == 1
    assert {event["version"] for event in sample["events"]} == {1}
