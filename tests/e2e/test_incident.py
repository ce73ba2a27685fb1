"""An incident on the demo's pipeline, from what is really broken to its end: each row of the
default matrix, in production and outside, with people who sign and receivers that are real."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.incident import TIMEOUT, Scene, deployed, scene
from tests.e2e.stages import Stages
from tests.e2e.told import Told, received

pytestmark = pytest.mark.e2e

SUMMARY = "rewind_r2_gold.gld_sales_summary"
NAME = "gold.gld_sales_summary"
UNIQUE = "unique_gld_sales_summary_sales_summary_id"
HEADER = "not_null_brnz_sales_orders_header_sales_order_id"
LINE = '"Sales"."SalesOrderDetail"'
CUSTOMER = '"Sales"."Customer"'
PATIENCE = 30
"""How many seconds a command may take on a busy machine; the slow receiver holds on for longer."""
REPORT = "revenue is twice what it should be"
WITHOUT_NUMBER = "select c.* replace (-1 as customerid)"
REASON = "the summary is wrong"
NOTE = "v1.2.0 is rolled back"
PLAN = [
    "rollback in prod: r2 -> r1",
    "gold.gld_sales_summary: rewind_r2_gold.gld_sales_summary -> rewind_r1_gold.gld_sales_summary",
]


def sql(statement: str) -> Callable[[Scene], object]:
    return lambda scene: scene.lab.sql(statement)


def answers(status: int) -> Callable[[Scene], object]:
    """The application answers with that status from now on."""
    return lambda scene: setattr(scene.shop, "status", status)


def nothing(_scene: Scene) -> None:
    """What a person reports, nobody has to break; and a rollback puts most of it right."""


@dataclass(frozen=True)
class Row:
    """A row of the matrix: what goes wrong, and what `assess` with `look` finds of it. `way` is by
    what right it is rolled back in production; `levels` are called before somebody answers; `right`
    puts right what no rollback can."""

    wrong: Callable[[Scene], object]
    severity: str
    code: int
    subject: str
    title: str
    action: str
    within: float | None
    way: str
    look: tuple[str, ...] = ()
    levels: int = 1
    right: Callable[[Scene], object] = nothing

    @property
    def has_incident(self) -> bool:
        return self.severity in {"critical", "high"}


ROWS = {
    "a critical test fails": Row(
        wrong=sql(f"insert into {SUMMARY} from {SUMMARY} limit 1"),
        severity="critical",
        code=20,
        subject=UNIQUE,
        title=f"the test {UNIQUE} fails",
        action="roll back",
        within=0.0,
        way="at once",
        look=("--run-tests",),
    ),
    "production is down": Row(
        wrong=answers(500),
        severity="critical",
        code=20,
        subject="shop",
        title="shop: it answers with status 500",
        action="roll back",
        within=0.0,
        way="at once",
        levels=2,
        right=answers(200),
    ),
    "all rows are lost": Row(
        wrong=sql(f"delete from {SUMMARY}"),
        severity="critical",
        code=20,
        subject=NAME,
        title=f"{NAME} has lost all its 196 rows since it was published",
        action="roll back",
        within=0.0,
        way="watched",
    ),
    "somebody says that it is critical": Row(
        wrong=nothing,
        severity="critical",
        code=20,
        subject=REPORT,
        title=REPORT,
        action="roll back",
        within=0.0,
        way="emergency",
        look=("--report", REPORT, "--severity", "critical"),
    ),
    "some rows are lost": Row(
        wrong=sql(f"delete from {SUMMARY} where rowid = 0"),
        severity="high",
        code=21,
        subject=NAME,
        title=f"{NAME} has lost 1 row since it was published",
        action="roll back",
        within=3600.0,
        way="approved",
        levels=4,
    ),
    "a query takes too long": Row(
        wrong=sql(f"insert into {CUSTOMER} {WITHOUT_NUMBER} from {CUSTOMER} as c, range(15)"),
        severity="medium",
        code=22,
        subject="query without number",
        title="the query without number takes longer than it may",
        action="assess",
        within=4 * 3600.0,
        way="approved",
        right=sql(f"delete from {CUSTOMER} where customerid < 0"),
    ),
    "a test warns": Row(
        wrong=sql(f"update {LINE} set salesorderid = -salesorderid where rowid = 0"),
        severity="low",
        code=23,
        subject=HEADER,
        title=f"the test {HEADER} warns",
        action="monitor",
        within=None,
        way="refused",
        look=("--run-tests",),
        right=sql(f"update {LINE} set salesorderid = -salesorderid where rowid = 0"),
    ),
}


@pytest.fixture
def prod(stages: Stages, tmp_path: Path) -> Iterator[Scene]:
    with scene(deployed(stages, "prod").copy(tmp_path / "lab"), "prod") as opened:
        yield opened


@pytest.fixture
def dev(stages: Stages, tmp_path: Path) -> Iterator[Scene]:
    with scene(deployed(stages, "dev").copy(tmp_path / "lab"), "dev") as opened:
        yield opened


def check_decision(found: dict[str, Any], row: Row) -> dict[str, Any]:
    """What is found is what is broken, and the worst of it."""
    decision: dict[str, Any] = found["decision"]
    assert decision["id"] == "D1"
    assert decision["severity"] == row.severity
    findings = [each for look in found["looks"] for each in look["findings"]]
    (finding,) = (each for each in findings if each["severity"] == row.severity)
    assert row.subject in finding["subject"]
    assert finding["what"] == row.title
    return decision


LADDER = (
    (0, "on-call", "+44 20 7946 0001", ["pager"]),
    (15, "DevOps lead", "+44 20 7946 0958", ["pager"]),
    (30, "engineering manager", "", None),
    (60, "CTO", "", None),
)


def nobody_answers(scene: Scene, row: Row, told: Told) -> None:
    """Each level is called once while time passes, until somebody answers."""
    (opened,) = events(scene, "opened")
    told.opened_at = at_minute(opened["at"])
    told.opened("Ada")
    for number, (after, name, contact, to) in enumerate(LADDER[: row.levels], start=1):
        told.called(number, name, contact, to)
        if number == 1:
            continue  # the assessment has called it
        scene.minutes(after - scene.later / 60)
        done = scene.rewind("tick")["environments"][0]["done"]
        (call,) = (each["words"] for each in done if each["duty"] == "escalation")
        assert f"level {number}, {name}" in call
    assert row.levels == 1 or scene.rewind("tick")["environments"][0]["done"] == []
    scene.rewind("incident", "ack", by="Grace")
    told.in_hand("Grace")


def rolled_back(scene: Scene, *arguments: str, ground: str) -> None:
    """A rollback that goes through, whatever becomes of the messages about it."""
    done = scene.rewind("rollback", "--yes", "--reason", REASON, *arguments)
    assert scene.took < TIMEOUT + PATIENCE
    assert done["permit"]["ground"] == ground
    assert (done["from"]["id"], done["to"]["id"]) == ("r2", "r1")


def at_once(scene: Scene, told: Told) -> None:
    rolled_back(scene, ground="immediate")
    told.rolled_back("Ada", REASON)
    reviewed(scene)


def watched(scene: Scene, told: Told) -> None:
    """Nobody has to type it."""
    done = scene.rewind("watch", "--for", "0s", expected=18)
    assert scene.took < TIMEOUT + PATIENCE
    assert (done["release"], done["withdrawn_to"], done["incident"]) == ("r2", "r1", "I1")
    told.rolled_back("Ada", f"D1: {told.title}")
    reviewed(scene)


def emergency(scene: Scene, told: Told) -> None:
    asked(scene, told)
    rolled_back(scene, "--emergency", ground="emergency")
    told.emergency("Ada", REASON)
    told.rolled_back("Ada", REASON)
    assert scene.refused("review", "close", "--note", "I was right", by="Ada") == "not-yours"
    reviewed(scene)


def approved(scene: Scene, told: Told) -> None:
    asked(scene, told)
    if told.severity == "high":  # once is enough
        for by in ("Ada", "Bob"):
            assert scene.refused("approve", "A1", "--yes", by=by) == "not-yours"
    scene.rewind("approve", "A1", "--yes", by="Grace")
    lines = ["So far: 1 of 1", "Asked by: Ada", *because()]
    follows = "the same rollback again, which goes through once all have said yes"
    told.answered("approved", "Grace", lines, follows)
    rolled_back(scene, ground="approved")
    told.rolled_back("Ada", REASON)


def refused(scene: Scene, told: Told) -> None:
    asked(scene, told)
    scene.rewind("reject", "A1", "--yes", "--reason", "mend the source", by="Grace")
    lines = ["Because: mend the source", "Asked by: Ada", *because()]
    told.answered("rejected", "Grace", lines, "rewind status --env prod")
    answer = scene.run("rollback", "--yes", "--reason", REASON).check(16)
    assert answer.error["facts"]["rejected_by"] == "Grace"


WAYS = {
    "at once": at_once,
    "watched": watched,
    "emergency": emergency,
    "approved": approved,
    "refused": refused,
}


def asked(scene: Scene, told: Told) -> None:
    """A rollback that lacks a yes asks for it."""
    assert scene.refused("rollback", "--yes", "--reason", REASON) == "approval-needed"
    (request,) = events(scene, "requested")
    told.asked("Ada", at_minute(request["payload"]["expires_at"]), REASON, PLAN)


def events(scene: Scene, kind: str) -> list[dict[str, Any]]:
    """The runbook's events of that kind, as its mirror has them."""
    mirror = scene.lab.mirror.with_name("prod.runbook.ledger.jsonl")
    found = [json.loads(line) for line in mirror.read_text().splitlines()]
    return [event for event in found if event["kind"] == kind]


def at_minute(text: str) -> str:
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M} UTC"


def because() -> list[str]:
    """What every message about the request repeats."""
    return [f"Reason: {REASON}", *(f"Plan: {line}" for line in PLAN)]


def reviewed(scene: Scene) -> None:
    """What nobody was asked about, somebody else looks at."""
    scene.rewind("review", "close", "--note", "it was right", by="Grace")


def receivers_come_back(scene: Scene, told: Told) -> None:
    """What they have missed they get now, and once."""
    missed = ("slow", "away")
    assert all(received(scene)[name] == [] for name in missed)
    scene.come_back()
    scene.minutes(61)
    done = scene.rewind("tick")["environments"][0]["done"]
    assert {each["duty"] for each in done} <= {"messages"}, "nobody further is called"
    assert len(done) == sum(len(told.messages[name]) for name in missed)
    assert received(scene) == told.messages
    assert scene.rewind("tick")["environments"][0]["done"] == []


def closed(scene: Scene, row: Row, told: Told) -> None:
    """The incident tells the whole story, and is closed."""
    shown = scene.rewind("incident", "show", "I1")
    assert shown["next_call"] is None
    kinds = [each["kind"] for each in shown["timeline"]]
    story = ["published", "assessed", "opened", *["escalated"] * row.levels, "acknowledged"]
    story += {"approved": ["requested", "approved"], "emergency": ["requested"]}.get(row.way, [])
    story += ["published"] if row.way == "approved" else ["published", "reviewed"]
    assert [kind for kind in kinds if kind in story] == story
    assert kinds.count("sent") == told.number
    assert shown["timeline"][-1]["chain"] == "runbook"
    ended = scene.rewind("incident", "close", "--note", NOTE, by="Grace")
    assert ended["incident"]["state"] == "closed"
    told.closed("Grace", NOTE)


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_in_production(prod: Scene, row: Row) -> None:
    row.wrong(prod)
    found = prod.rewind("assess", *row.look, expected=row.code)
    decision = check_decision(found, row)
    assert decision["action"] == row.action
    assert decision["within_seconds"] == row.within
    assert decision["target"] == ("r1" if row.action == "roll back" else None)
    assert found["incident"] == ("I1" if row.has_incident else None)
    told = Told(row.severity, row.title)
    if row.has_incident:
        nobody_answers(prod, row, told)
    WAYS[row.way](prod, told)
    receivers_come_back(prod, told)

    row.right(prod)
    prod.rewind("verify")
    again = prod.rewind("assess", expected=0)
    assert again["decision"] is None
    assert again["release"] == ("r2" if row.way == "refused" else "r1")
    if row.has_incident:
        closed(prod, row, told)
    assert received(prod) == told.messages


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_outside_production(dev: Scene, row: Row) -> None:
    row.wrong(dev)
    found = dev.rewind("assess", *row.look, expected=row.code)
    decision = check_decision(found, row)
    assert decision["action"] == ("monitor" if row.severity == "low" else "fix forward")
    assert decision["target"] is None
    assert found["options"][0]["strategy"] == "forward fix"
    assert found["command"] == "rewind deploy -e dev"
    assert found["incident"] is None
    assert not any(received(dev).values())


def test_outside_production_nobody_is_asked_or_told(dev: Scene) -> None:
    dev.shop.status = 500
    assert dev.rewind("watch", "--for", "0s", expected=20)["withdrawn_to"] is None
    assert dev.rewind("rollback", "--yes")["permit"] is None
    assert dev.rewind("tick")["environments"][0]["done"] == []
    assert dev.rewind("incident", "list", "--all")["total"] == 0
    dev.shop.status = 200
    assert dev.rewind("assess")["release"] == "r1"
    assert not any(received(dev).values())
