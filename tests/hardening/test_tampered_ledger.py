"""Whatever somebody does to the ledger, every command names it and none acts on it. Invariant 4."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.hardening.place import ACTING, EXAMINING, READING, WITHOUT_A_LEDGER, Place, combined

from dbt_rewind.cli.main import COMMANDS

Rows = list[dict[str, Any]]

LAST = 12


def flipped(text: str) -> str:
    """The text with one bit of its middle changed."""
    at = len(text) // 2
    return f"{text[:at]}{chr(ord(text[at]) ^ 1)}{text[at + 1 :]}"


CHANGES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "environment": lambda row: {"environment": "prpd"},
    "sequence": lambda row: {"sequence": row["sequence"] + 100},
    "at": lambda row: {"at": row["at"].replace("T", "t")},
    "no time": lambda row: {"at": flipped(row["at"])[:-3]},
    "kind": lambda row: {"kind": "aborted" if row["kind"] != "aborted" else "built"},
    "no kind": lambda row: {"kind": flipped(row["kind"])},
    "version": lambda row: {"version": row["version"] ^ 1},
    "payload": lambda row: {"payload": json.dumps({**json.loads(row["payload"]), "by": "eve"})},
    "no JSON": lambda row: {"payload": row["payload"][:-1]},
    "no object": lambda row: {"payload": "[]"},
    "no number": lambda row: {"payload": '{"release": NaN}'},
    "too deep": lambda row: {"payload": "[" * 100_000},
    "previous_hash": lambda row: {"previous_hash": flipped(row["previous_hash"])},
    "hash": lambda row: {"hash": flipped(row["hash"])},
}

ARRANGED: dict[str, tuple[Callable[[Rows], Rows], int]] = {
    "the first is deleted": (lambda rows: rows[1:], 1),
    "one is deleted": (lambda rows: rows[:4] + rows[5:], 5),
    "two are swapped": (
        lambda rows: [
            *rows[:4],
            {**rows[5], "sequence": 5},
            {**rows[4], "sequence": 6},
            *rows[6:],
        ],
        5,
    ),
    "one is there twice": (lambda rows: rows[:5] + rows[4:], 6),
    "the last is there twice": (lambda rows: rows + rows[-1:], LAST + 1),
    "one is written over": (lambda rows: [*rows[:4], {**rows[2], "sequence": 5}, *rows[5:]], 5),
}

CALLS = [
    (command, *arguments)
    for table in (READING, ACTING)
    for command, calls in table.items()
    for arguments in calls
]


def test_every_command_is_called() -> None:
    """A command that is added needs calls in place.py, so that it is tried here."""
    names = {name.replace("_", "-") for name in COMMANDS}
    assert names == {*READING, *ACTING, *EXAMINING, *WITHOUT_A_LEDGER}


def assert_named_by_all(place: Place, sequence: int) -> None:
    before = place.lab.standing()
    mirror = place.mirror.read_bytes()
    for call in CALLS:
        error = place.refused(*call)
        assert (error["slug"], error["facts"]["sequence"]) == ("chain-broken", sequence), call
        assert f"event {sequence} " in error["message"]
    for command in EXAMINING:
        answer = place.run(command)
        assert answer.status == 15
        assert f"event {sequence} " in answer.stdout
    assert place.lab.standing() == before
    assert place.mirror.read_bytes() == mirror


@pytest.mark.parametrize(("change", "sequence"), combined(CHANGES, [LAST, 6, 1]))
def test_a_changed_event_is_named(place: Place, change: str, sequence: int) -> None:
    rows = place.events()
    assert len(rows) == LAST
    rows[sequence - 1] |= CHANGES[change](rows[sequence - 1])
    place.write_events(rows)
    if change == "environment" and sequence == LAST:
        assert_last_are_missed(place, LAST)
    else:
        assert_named_by_all(place, sequence)


@pytest.mark.parametrize("arrangement", ARRANGED)
def test_events_out_of_order_are_named(place: Place, arrangement: str) -> None:
    arrange, sequence = ARRANGED[arrangement]
    place.write_events(arrange(place.events()))
    assert_named_by_all(place, sequence)


def assert_last_are_missed(place: Place, sequence: int) -> None:
    """The chain that is left is whole; only the mirror knows what went on."""
    before = place.lab.standing()
    for command, calls in ACTING.items():
        for arguments in calls:
            error = place.refused(command, *arguments)
            assert error["slug"] == "mirror-ahead", (command, *arguments)
            assert error["facts"]["sequence"] == sequence
            assert f"event {sequence} " in error["message"]
    for command in ("history", "incident", "policy", "review", "show", "status", "tick", "verify"):
        for arguments in READING[command]:
            answer = place.run(command, *arguments)
            if answer.status in {9, 13}:  # with the events went what was asked for
                assert answer.error["slug"] in {"release-not-found", "nothing-live"}
                continue
            assert f"from event {sequence} on" in answer.stdout
            assert answer.status == (10 if command == "verify" else 0)
    assert place.lab.standing() == before


@pytest.mark.parametrize("kept", [0, 1, 3, 6, 8, LAST - 1])
def test_the_last_events_are_missed(place: Place, kept: int) -> None:
    place.write_events(place.events()[:kept])
    assert_last_are_missed(place, kept + 1)


def test_a_ledger_without_its_table_of_events(place: Place) -> None:
    with place.connect() as connection:
        connection.execute("drop table rewind.event")
    for call in CALLS:
        assert place.refused(*call)["slug"] == "warehouse-failed", call


def test_a_ledger_without_its_version(place: Place) -> None:
    """It is written again by the next command that changes something, and nothing is lost."""
    before = place.events()
    with place.connect() as connection:
        connection.execute("delete from rewind.ledger")
    assert place.run("recover").check(0).document["live"] == "r4"
    assert place.events() == before
    assert place.run("rollback", "--yes").check(0).document["to"]["id"] == "r1"


@pytest.mark.parametrize("version", [99, 2**31 - 1])
def test_a_ledger_of_a_newer_version(place: Place, version: int) -> None:
    with place.connect() as connection:
        connection.execute("update rewind.ledger set version = ?", [version])
    before = place.lab.standing()
    for call in CALLS:
        error = place.refused(*call)
        assert (error["slug"], error["facts"]["found"]) == ("ledger-too-new", version), call
    assert place.lab.standing() == before


@pytest.mark.parametrize("column", ["acquired_at", "expires_at"])
def test_a_lease_that_cannot_be_read(place: Place, column: str) -> None:
    with place.connect() as connection:
        connection.execute(f"update rewind.lease set {column} = 'soon', held = true")
    for call in (("status",), ("recover",), ("rollback", "--yes"), ("deploy", "v4")):
        error = place.refused(*call)
        assert error["slug"] == "warehouse-failed"
        assert "the lease" in error["message"]
