"""Nothing goes live but by a permit, and only one place gives them: read from the code itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.engine.double import Model
from tests.unit.engine.stage import FREE, Stage

import dbt_rewind
from dbt_rewind.engine.ledger import read_release
from dbt_rewind.engine.permits import permit_for
from dbt_rewind.engine.rollback import plan_rollback, publish, rollback_intent
from dbt_rewind.engine.site import operating
from dbt_rewind.errors import AlreadyLive
from dbt_rewind.model import EventKind, Ground, Permit

SOURCE = Path(dbt_rewind.__file__).parent
MODULES = {
    str(file.relative_to(SOURCE)): ast.parse(file.read_text(encoding="utf-8"))
    for file in sorted(SOURCE.rglob("*.py"))
}
PROJECT = {"orders": Model("1"), "summary": Model("1", "view", ("orders",))}
CHANGED = {**PROJECT, "orders": Model("2")}

GUARDED = {
    EventKind.PUBLISHED,
    EventKind.EJECTED,
    EventKind.POLICY,
    EventKind.UNQUARANTINED,
}
"""What changes what users see, or by whose yes that may be changed."""


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def name_of(call: ast.Call) -> str:
    match call.func:
        case ast.Name(name) | ast.Attribute(_, name):
            return name
    return ""


def callers(*names: str) -> set[str]:
    return {
        module
        for module, tree in MODULES.items()
        if any(name_of(call) in names for call in calls(tree))
    }


def test_only_the_judge_gives_permits() -> None:
    """The codec reads those that were given; a policy by which nobody is asked changes freely."""
    assert callers("Permit") == {
        "engine/judge.py",
        "engine/permits.py",
        "engine/runbook/codec.py",
        "procedures/policy.py",
    }
    # Nor is one made of another.
    assert callers("judge") == {"engine/permits.py"}
    for module, tree in MODULES.items():
        for call in calls(tree):
            if name_of(call) == "replace" and call.args and isinstance(call.args[0], ast.Name):
                assert call.args[0].id != "permit" or module == "engine/judge.py", module


def appended(tree: ast.AST) -> Iterator[tuple[EventKind, set[str]]]:
    """Every guarded event that is appended, with the keys of its payload, in the order of lines."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        dicts = {
            target.id: node.value
            for node in ast.walk(function)
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for call in calls(function):
            if name_of(call) != "append" or len(call.args) < 2:
                continue
            kind, payload = call.args[:2]
            if not isinstance(kind, ast.Attribute) or not isinstance(kind.value, ast.Name):
                continue
            if kind.value.id != "EventKind" or EventKind[kind.attr] not in GUARDED:
                continue
            found = dicts.get(payload.id) if isinstance(payload, ast.Name) else payload
            assert isinstance(found, ast.Dict), "a payload is written where it is appended"
            keys = {key.value for key in found.keys if isinstance(key, ast.Constant)}
            yield EventKind[kind.attr], {str(key) for key in keys}


def test_every_event_that_needs_one_has_its_permit() -> None:
    """But for an adoption, which is possible only where nothing is live."""
    found = {
        (module, kind): "permit" in keys
        for module, tree in MODULES.items()
        for kind, keys in appended(tree)
    }
    assert found == {
        ("engine/adopt.py", EventKind.PUBLISHED): False,
        ("engine/eject.py", EventKind.EJECTED): True,
        ("engine/policy.py", EventKind.POLICY): True,
        ("engine/quarantine.py", EventKind.UNQUARANTINED): True,
        ("engine/rollback.py", EventKind.PUBLISHED): True,
    }


def test_events_are_written_in_two_places_and_nowhere_else() -> None:
    """So that no other way leads past what was looked for above. Beside them, a restored ledger is
    told what it forgot, and that it was restored: by the permit that the restore was begun with, or
    by none where somebody has replaced the database by hand."""
    assert callers("next_event") == {
        "engine/ledger.py",
        "engine/restore/tell.py",
        "engine/runbook/logbook.py",
    }
    told = {module for module in callers("replay") if not module.startswith("warehouse/")}
    assert told == {"engine/restore/tell.py"}
    assert callers("Restoration") == {"cli/recover.py", "engine/restore/carry_out.py"}
    assert callers("exchange") == {"engine/restore/carry_out.py"}


def test_each_of_them_asks_for_it() -> None:
    asking = callers("permit_for")
    assert asking == {
        "engine/deploy.py",
        "engine/eject.py",
        "engine/execute.py",
        "engine/flags/switch.py",
        "engine/quarantine.py",
        "engine/rollback.py",
        "procedures/policy.py",
    }
    # Where a policy is recorded: by its permit, or as the first by which people are asked.
    assert callers("record_policy") == {"engine/policy.py", "procedures/policy.py"}
    publishing = {each for each in callers("publish") if not each.startswith("warehouse/")}
    assert publishing == {
        "engine/deploy.py",
        "engine/execute.py",
        "engine/flags/switch.py",
        "engine/rollback.py",
    }
    assert publishing <= asking


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path)
    stage.deploy(PROJECT)
    stage.deploy(CHANGED)
    return stage


def test_a_permit_is_for_one_plan(stage: Stage) -> None:
    seen = stage.seen
    with operating(stage.site(), "rollback") as (ledger, _):
        target = ledger.history.releases[1]
        planned = plan_rollback(ledger.access.warehouse, ledger.history, target)
        intent = rollback_intent(planned)
        permit = permit_for(ledger, intent, FREE)
        other = Permit(Ground.FREE, "f" * 64)
        backwards = replace(planned.plan, operation="deploy")
        for plan, given in ((planned.plan, other), (backwards, permit)):
            with pytest.raises(AssertionError, match="another plan"):
                publish(ledger, plan, intent, given, reason="", by="ada")
        assert read_release(ledger.access.warehouse, target).number == 1
    assert stage.seen == seen


def test_what_is_live_is_not_adopted_over(stage: Stage) -> None:
    before = stage.history.events
    with pytest.raises(AlreadyLive):
        stage.adopt(PROJECT)
    assert stage.history.events == before
