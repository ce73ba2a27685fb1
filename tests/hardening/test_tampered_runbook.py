"""Whatever somebody does to the runbook's chain or mirror is named, and nobody writes behind it."""

from __future__ import annotations

import json

import pytest
from tests.hardening.place import Place

from dbt_rewind.engine.mirror import runbook_mirror
from dbt_rewind.model import runbook_chain

CHAIN = runbook_chain("prod")

READING: tuple[tuple[str, ...], ...] = (
    ("incident", "list"),
    ("incident", "show"),
    ("review", "list"),
    ("tick",),
)

ACTING: tuple[tuple[str, ...], ...] = (
    ("incident", "open", "another"),
    ("incident", "note", "more"),
    ("incident", "ack"),
    ("incident", "close", "--note", "it is over"),
)

ANSWERING: tuple[tuple[str, ...], ...] = (
    ("approve", "A1", "--yes"),
    ("reject", "A1", "--yes", "--reason", "no"),
    ("review", "close", "--note", "it is good"),
    ("watch", "--for", "0s"),
)


@pytest.fixture
def noted(place: Place) -> Place:
    """A place with an incident, which the runbook tells of in two events or more."""
    place.run("incident", "open", "users see nonsense").check(0)
    place.run("incident", "note", "since noon").check(0)
    return place


def runbook_events(place: Place) -> list[tuple[int, str]]:
    with place.connect(read_only=True) as connection:
        return connection.execute(
            "select sequence, hash from rewind.event where environment = ? order by 1", [CHAIN]
        ).fetchall()


@pytest.mark.parametrize("sequence", [1, 2])
def test_a_changed_event_is_named(noted: Place, sequence: int) -> None:
    with noted.connect() as connection:
        connection.execute(
            "update rewind.event set payload = replace(payload, 'n', 'm')"
            " where environment = ? and sequence = ?",
            [CHAIN, sequence],
        )
    before = runbook_events(noted)
    for call in (*READING, *ACTING, *ANSWERING, ("status",)):
        error = noted.refused(*call)
        assert error["slug"] == "chain-broken", call
        assert (error["facts"]["environment"], error["facts"]["sequence"]) == (CHAIN, sequence)
    examined = noted.run("doctor").check(15)
    assert f"{CHAIN} was altered: event {sequence} " in examined.stdout
    assert runbook_events(noted) == before


@pytest.mark.parametrize(
    ("damage", "slug"), [("a line", "mirror-broken"), ("an event", "mirror-ahead")]
)
def test_a_mirror_that_tells_otherwise_is_named(noted: Place, damage: str, slug: str) -> None:
    mirror = runbook_mirror(noted.mirror)
    if damage == "a line":
        lines = [json.loads(line) for line in mirror.read_text().splitlines()]
        lines[0]["payload"]["title"] = "nothing is wrong"
        mirror.write_text("".join(json.dumps(line) + "\n" for line in lines))
    else:
        last = runbook_events(noted)[-1]
        with noted.connect() as connection:
            connection.execute("delete from rewind.event where hash = ?", [last[1]])
    content, before = mirror.read_bytes(), runbook_events(noted)
    for call in READING:
        answer = noted.run(*call).check(0)
        assert str(mirror) in answer.stdout, call
    for call in (*ACTING, *ANSWERING):
        assert noted.refused(*call)["slug"] == slug, call
    assert str(mirror) in noted.run("doctor").check(15).stdout
    assert (mirror.read_bytes(), runbook_events(noted)) == (content, before)
    noted.run("recover", "--accept-ledger").check(0)
    noted.run("incident", "ack").check(0)


def test_what_is_wrong_with_the_environments_mirror_keeps_nobody_from_an_incident(
    noted: Place,
) -> None:
    noted.mirror.write_bytes(noted.mirror.read_bytes().replace(b'"prod"', b'"dev"'))
    content = noted.mirror.read_bytes()
    for call in (*ACTING[1:], ACTING[0]):
        answer = noted.run(*call).check(0)
        assert f"{noted.mirror}\n" in answer.stderr, call
        assert "was altered: the event of line 1 " in answer.stderr, call
    for call in ANSWERING:
        assert noted.refused(*call)["slug"] == "mirror-broken", call
    assert noted.mirror.read_bytes() == content
