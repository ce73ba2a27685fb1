"""Health: real answers of a real server, and queries, each with what is expected."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.unit.engine.double import Model
from tests.unit.engine.stage import Stage
from tests.unit.integrations.web import Web, serving
from tests.unit.procedures.triggers.subject import looked, subject

from dbt_rewind.config.measures import HealthTrigger
from dbt_rewind.model import Observation, Severity, TriggerFinding
from dbt_rewind.procedures.triggers.all import Extent, all_triggers
from dbt_rewind.procedures.triggers.health import Health, health_of
from dbt_rewind.procedures.triggers.json_pointer import ABSENT, at_pointer


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path)
    stage.deploy({"orders": Model("o1")})
    return stage


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as found:
        yield found


def observed(stage: Stage, *checks: dict[str, Any]) -> tuple[Observation, ...]:
    """What the checks of a rewind.yml see; nobody waits a second between two attempts."""
    settings = HealthTrigger.model_validate({"checks": list(checks)})
    with subject(stage) as opened:
        return looked(Health(health_of(settings).checks, pause=0.01), opened)


def asked(stage: Stage, web: Web, path: str, **settings: Any) -> Observation:
    settings = {"name": "shop", "url": web.address + path, "timeout": "60s", **settings}
    (seen,) = observed(stage, settings)
    return seen


def only(seen: Observation) -> TriggerFinding:
    (finding,) = seen.findings
    return finding


def test_all_is_well(stage: Stage, web: Web) -> None:
    seen = asked(
        stage,
        web,
        "/up",
        contains="status",
        values={"/status": "ok", "/deep/list/1": "two", "/deep/list/2": None},
    )
    assert (seen.findings, seen.unseen, seen.name) == ((), None, "health: shop")
    assert seen.seen.startswith("200 in 0.")
    assert web.seen == ["/up"]


def test_production_is_down(stage: Stage, web: Web) -> None:
    finding = only(asked(stage, web, "/wrong"))
    assert finding.severity is Severity.CRITICAL
    assert (finding.subject, finding.release) == ("shop", 1)
    assert finding.what == "shop: it answers with status 500"
    assert finding.measured.startswith("500 in 0.")
    assert finding.threshold == "200-299 within 60 s"
    assert finding.evidence[0] == f"GET {web.address}/wrong"
    assert finding.evidence[1].startswith("tried 3 times, the last one: 500 in 0.")
    assert web.seen == ["/wrong"] * 3


def test_one_failure_is_no_outage(stage: Stage, web: Web) -> None:
    web.fails = 2
    assert asked(stage, web, "/shaky").findings == ()
    web.fails = 3
    assert asked(stage, web, "/shaky").findings != ()


@pytest.mark.parametrize(
    ("path", "settings", "what"),
    [
        ("/up", {"status": 204}, "it answers with status 200"),
        ("/up", {"contains": "sorry"}, "its answer has no 'sorry' in it"),
        ("/up", {"values": {"/status": "bad"}}, '/status is "ok", not "bad"'),
        ("/up", {"values": {"/deep/list/0": True}}, "/deep/list/0 is 1, not true"),
        ("/up", {"values": {"/no": None}}, "/no is missing, not null"),
        ("/shaky", {"values": {"/status": "ok"}}, "its answer is no JSON"),
        ("/huge", {"values": {"/status": "ok"}}, "its answer is longer than a megabyte"),
        ("/huge", {"contains": "y"}, "its answer has no 'y' in it in its first megabyte"),
        ("/circle", {}, "it redirects more than 5 times"),
        ("/closed", {}, "the connection was closed before an answer"),
        ("/slow", {"timeout": "100ms"}, "no answer within 0.1 s"),
        ("/drip", {"timeout": "100ms"}, "no answer within 0.1 s"),
    ],
)
def test_what_is_wrong(
    stage: Stage, web: Web, path: str, settings: dict[str, Any], what: str
) -> None:
    assert only(asked(stage, web, path, **settings)).what == f"shop: {what}"


def test_a_wrong_status_that_is_expected_is_good(stage: Stage, web: Web) -> None:
    assert asked(stage, web, "/wrong", status="500-503").findings == ()


def test_the_checks_own_severity(stage: Stage, web: Web) -> None:
    assert only(asked(stage, web, "/wrong", severity="low")).severity is Severity.LOW


def test_all_addresses_are_asked_at_once(stage: Stage, web: Web) -> None:
    checks = [
        {"name": f"slow {number}", "url": f"{web.address}/slow", "timeout": "1s", "attempts": 1}
        for number in range(20)
    ]
    began = time.monotonic()
    seen = observed(stage, *checks)
    assert time.monotonic() - began < 15
    assert [each.name for each in seen] == [f"health: slow {number}" for number in range(20)]
    assert all(each.findings for each in seen)


def test_secrets_of_an_address_are_not_shown(
    stage: Stage, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Invariant 10."""
    monkeypatch.setenv("SHOP_KEY", "hush-hush-1")
    seen = asked(
        stage,
        web,
        "",
        url=web.address.replace("//", "//ada:open-sesame@") + "/echo?key=${SHOP_KEY}",
        values={"/path": "?"},
    )
    assert web.seen[0] == "/echo?key=hush-hush-1"
    assert "hush-hush" not in repr(seen)
    assert "open-sesame" not in repr(seen)
    assert only(seen).what == 'shop: /path is "/echo?key=*****", not "?"'
    assert only(seen).measured == '/path is "/echo?key=*****"'
    assert only(seen).threshold == '/path is "?"'
    assert only(seen).evidence[0].endswith("/echo?key=${SHOP_KEY}")


def test_a_missing_variable_says_nothing_of_the_application(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SHOP_HOST", raising=False)
    (seen,) = observed(stage, {"name": "shop", "url": "https://${SHOP_HOST}/"})
    assert seen.unseen == "the environment variable SHOP_HOST is not set"
    assert seen.findings == ()


def test_a_query_answers(stage: Stage) -> None:
    (seen,) = observed(
        stage,
        {"name": "orders", "sql": "select * from gold.orders", "values": {"code": "o1"}},
    )
    assert (seen.findings, seen.unseen) == ((), None)
    assert seen.seen == "at least 1 row in 0.00 s"


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        ({"min_rows": 2}, "it returns 1 row"),
        ({"values": {"code": "o2"}}, 'code is "o1", not "o2"'),
        ({"values": {"other": "o2"}}, 'other is missing, not "o2"'),
        ({"sql": "select 1"}, "in memory only SELECT"),
    ],
)
def test_what_is_wrong_with_a_query(stage: Stage, settings: dict[str, Any], what: str) -> None:
    settings = {"name": "orders", "sql": "select * from gold.orders", **settings}
    (seen,) = observed(stage, settings)
    finding = only(seen)
    assert what in finding.what
    assert finding.evidence[0] == settings["sql"]
    assert what in seen.seen


def test_the_settings_decide_whether_it_is_looked_at(stage: Stage) -> None:
    checks = {"triggers": {"health": {"checks": [{"name": "a", "sql": "b"}]}}}
    for settings, expected in ((checks, 1), ({}, 0)):
        with subject(stage, settings) as opened:
            signals = all_triggers(opened.workspace.config.triggers, Extent())
        assert sum(isinstance(signal, Health) for signal in signals) == expected


@pytest.mark.parametrize(
    ("pointer", "found"),
    [
        ("", {"a/b": {"~": [1]}}),
        ("/a~1b/~0/0", 1),
        ("/a~1b/~0/1", ABSENT),
        ("/a~1b/~0/00", ABSENT),
        ("/a~1b/~0/-", ABSENT),
        ("/a~1b/~0/0/x", ABSENT),
        ("/none", ABSENT),
    ],
)
def test_json_pointers(pointer: str, found: Any) -> None:
    assert at_pointer({"a/b": {"~": [1]}}, pointer) == found
