"""Whatever somebody does to the mirror is named, with its line; a lag is made up for."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from tests.crash.checker import prove
from tests.hardening.place import ACTING, ALL, READING, Place, combined
from tests.hardening.test_tampered_ledger import LAST, flipped

from dbt_rewind import clock
from dbt_rewind.engine.mirror import event_line
from dbt_rewind.model import Event, EventKind, next_event

Line = dict[str, Any]
Lines = list[bytes]

CHANGES: dict[str, Callable[[Line], Line]] = {
    "environment": lambda line: {"environment": "dev"},
    "sequence": lambda line: {"sequence": line["sequence"] + 100},
    "at": lambda line: {"at": line["at"].replace("2026", "2025")},
    "kind": lambda line: {"kind": "aborted" if line["kind"] != "aborted" else "built"},
    "version": lambda line: {"version": line["version"] + 100},
    "payload": lambda line: {"payload": {**line["payload"], "by": "eve"}},
    "no number": lambda line: {"payload": {"release": float("nan")}},
    "previous_hash": lambda line: {"previous_hash": flipped(line["previous_hash"])},
    "hash": lambda line: {"hash": flipped(line["hash"])},
}

ARRANGED: dict[str, tuple[Callable[[Lines], Lines], int]] = {
    "the first is deleted": (lambda lines: lines[1:], 1),
    "one is deleted": (lambda lines: lines[:4] + lines[5:], 5),
    "two are swapped": (lambda lines: [*lines[:4], lines[5], lines[4], *lines[6:]], 5),
    "one is there twice": (lambda lines: lines[:5] + lines[4:], 6),
    "the last is there twice": (lambda lines: lines + lines[-1:], LAST + 1),
    "another environment's": (
        lambda lines: [line.replace(b'"prod"', b'"dev"') for line in lines],
        1,
    ),
    "another environment's among them": (
        lambda lines: [*lines, lines[0].replace(b'"prod"', b'"dev"')],
        LAST + 1,
    ),
}

UNREADABLE: dict[str, Callable[[bytes], bytes]] = {
    "half a line": lambda line: line[: len(line) // 2],
    "nothing": lambda line: b"",
    "noise": lambda line: random.Random(0).randbytes(40).replace(b"\n", b""),
    "no kind": lambda line: line.replace(b'"kind":"', b'"kind":"x'),
    "no hash": lambda line: line.replace(b'"hash"', b'"hush"'),
    "a payload that is a list": lambda line: line.replace(b'"payload":{', b'"payload":[],"was":{'),
    "a sequence that is a text": lambda line: line.replace(
        b'"sequence":', b'"sequence":"7","was":'
    ),
}


def assert_named_by_all(place: Place, slug: str, where: str) -> None:
    """Who acts, or says what it would do, refuses; who reads says it beside its answer."""
    before = place.lab.standing()
    mirror = place.mirror.read_bytes()
    for command, calls in ACTING.items():
        for arguments in calls:
            error = place.refused(command, *arguments)
            assert error["slug"] == slug, (command, *arguments)
            assert where in error["message"]
    for command, calls in READING.items():
        for arguments in calls:
            answer = place.run(command, *arguments)
            answer.check(10 if command == "verify" else 0)
            assert where in answer.stdout, command
            assert str(place.mirror) in answer.stdout
    assert not place.run("status").document["healthy"]
    assert place.lab.standing() == before
    assert place.mirror.read_bytes() == mirror


def assert_caught_up(place: Place) -> None:
    """Nothing is wrong with a mirror that lags; the next command writes what is missing."""
    for command, calls in READING.items():
        for arguments in calls:
            place.run(command, *arguments).check(0)
    place.run("rollback", "--yes").check(0)
    assert prove(place.database, place.mirror).live == 1


def rewritten(place: Place, change: Callable[[Lines], Lines]) -> None:
    lines = place.mirror.read_bytes().splitlines()
    assert len(lines) == LAST
    place.mirror.write_bytes(b"".join(line + b"\n" for line in change(lines)))


@pytest.mark.parametrize(("change", "line"), combined(CHANGES, [1, 6, LAST]))
def test_a_changed_line_is_named(place: Place, change: str, line: int) -> None:
    def altered(lines: Lines) -> Lines:
        record = json.loads(lines[line - 1])
        lines[line - 1] = json.dumps({**record, **CHANGES[change](record)}).encode()
        return lines

    rewritten(place, altered)
    assert_named_by_all(place, "mirror-broken", f"line {line} ")


@pytest.mark.parametrize("arrangement", ARRANGED)
def test_lines_out_of_order_are_named(place: Place, arrangement: str) -> None:
    arrange, line = ARRANGED[arrangement]
    rewritten(place, arrange)
    assert_named_by_all(place, "mirror-broken", f"line {line} ")


@pytest.mark.parametrize(("damage", "line"), combined(UNREADABLE, [1, LAST]))
def test_a_line_that_is_no_event_is_named(place: Place, damage: str, line: int) -> None:
    rewritten(
        place,
        lambda lines: [*lines[: line - 1], UNREADABLE[damage](lines[line - 1]), *lines[line:]],
    )
    assert_named_by_all(place, "mirror-unreadable", f"line {line} ")


def test_an_event_that_the_ledger_never_had_is_named(place: Place) -> None:
    last = place.events()[-1]
    event = Event(**{**last, "kind": EventKind(last["kind"])})
    more = next_event(event, "prod", clock.now(), EventKind.ABORTED, {"release": 4})
    rewritten(place, lambda lines: [*lines, event_line(more).encode()])
    assert_named_by_all(place, "mirror-ahead", f"event {LAST + 1} ")


@pytest.mark.parametrize("kept", [0, 1, LAST - 1])
def test_lines_that_are_missing_at_the_end_are_written_again(place: Place, kept: int) -> None:
    rewritten(place, lambda lines: lines[:kept])
    assert_caught_up(place)


def test_a_mirror_that_is_gone_is_written_again(place: Place) -> None:
    place.mirror.unlink()
    assert_caught_up(place)


@pytest.mark.parametrize("bytes_lost", [1, 2, 40])
def test_a_last_line_without_its_end_is_written_again(place: Place, bytes_lost: int) -> None:
    place.mirror.write_bytes(place.mirror.read_bytes()[:-bytes_lost])
    assert_caught_up(place)


def test_other_line_ends_are_no_damage(place: Place) -> None:
    place.mirror.write_bytes(place.mirror.read_bytes().replace(b"\n", b"\r\n"))
    assert_caught_up(place)


@pytest.mark.parametrize("seed", range(12 if ALL else 6))
def test_any_flipped_bit_is_named_or_mended(place: Place, seed: int) -> None:
    """A flipped bit may hit the very end of a line, and then the line counts as torn."""
    dice = random.Random(seed)
    content = bytearray(place.mirror.read_bytes())
    at = dice.randrange(len(content))
    content[at] ^= 1 << dice.randrange(8)
    place.mirror.write_bytes(bytes(content))
    answer = place.run("recover")
    if answer.status:
        assert answer.error["slug"] in {"mirror-broken", "mirror-unreadable"}
        assert answer.error["facts"]["line"] == content[:at].count(b"\n") + 1
        place.run("recover", "--accept-ledger").check(0)
    prove(place.database, place.mirror)


def test_a_mirror_set_aside_is_written_anew(place: Place) -> None:
    rewritten(place, lambda lines: lines[1:])
    place.run("recover").check(13)
    place.run("recover", "--accept-ledger").check(0)
    assert_caught_up(place)
    assert len(list(place.mirror.parent.glob("prod.ledger.jsonl.*"))) == 1
