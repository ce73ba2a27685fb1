"""`matrix:` in rewind.yml."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from dbt_rewind.config.load import load_config
from dbt_rewind.config.matrix import rule_of
from dbt_rewind.errors import ConfigInvalid
from dbt_rewind.model import NOBODY, Action, Answer, Demand, Rule, Severity, Trigger

BASE = "version: 1\nenvironments: {prod: {target: prod}}\nmatrix:\n"


def rules(folder: Path, text: str) -> tuple[Rule, ...]:
    file = folder / "rewind.yml"
    file.write_text(BASE + text)
    return tuple(rule_of(each) for each in load_config(file).matrix)


def test_what_a_rule_says(tmp_path: Path) -> None:
    text = """\
  - triggers: [tests, data]
    severities: [high]
    production: true
    action: roll back
    within: 30m
    approval: {roles: [a, b], people: 2}
    review: true
  - action: monitor
  - {action: roll back, severities: [critical], production: true, approval: emergency, within: 0s}
  - {action: assess, severities: [low], approval: nobody, within: 2d}
"""
    assert rules(tmp_path, text) == (
        Rule(
            Answer(Action.ROLL_BACK, timedelta(minutes=30), Demand(("a", "b"), 2), True),
            (Trigger.TESTS, Trigger.DATA),
            (Severity.HIGH,),
            True,
        ),
        Rule(Answer(Action.MONITOR)),
        Rule(
            Answer(Action.ROLL_BACK, timedelta(0), Demand(emergency=True)),
            None,
            (Severity.CRITICAL,),
            True,
        ),
        Rule(Answer(Action.ASSESS, timedelta(days=2), NOBODY), None, (Severity.LOW,)),
    )


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("  - {severities: [high]}\n", 4, "`matrix[0]` lacks `action`"),
        ("  - {action: panic}\n", 4, "`matrix[0].action` must be"),
        ("  - {action: monitor, severities: [hot]}\n", 4, "`matrix[0].severities[0]` must be"),
        ("  - {action: monitor, triggers: []}\n", 4, "`matrix[0].triggers` must be"),
        ("  - {action: assess, within: soon}\n", 4, "`matrix[0].within` must be a time such as"),
        ("  - {action: assess, within: 4}\n", 4, "`matrix[0].within` must be a time such as"),
        ("  - {action: assess, approval: me}\n", 4, "`matrix[0].approval` must be nobody, "),
        ("  - {action: assess, approval: {roles: []}}\n", 4, "`matrix[0].approval"),
        ("  - {action: assess, approval: {people: 2}}\n", 4, "lacks `roles`"),
        ("  - {action: assess, approval: {roles: [a], people: 0}}\n", 4, "must be 1 or more"),
        ("  - {action: assess, approval: emergency}\n", 4, "for `action: roll back` alone"),
        ("  - {action: roll back, severities: [high]}\n", 4, "rolls back outside production"),
        ("  - {action: roll back, production: true}\n", 4, "rolls back for warnings too"),
        (
            "  - {action: monitor, severities: [high]}\n  - {action: assess, triggers: [tests]}\n",
            5,
            "`matrix[1]` contradicts matrix[0] for: tests, high, in production",
        ),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str, line: int, problem: str) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        rules(tmp_path, text)
    assert problem in caught.value.problem
    assert caught.value.line == line


def test_a_rule_for_the_common_case_settles_a_contradiction(tmp_path: Path) -> None:
    text = """\
  - {action: monitor, severities: [high]}
  - {action: assess, triggers: [tests]}
  - {action: assess, triggers: [tests], severities: [high]}
"""
    assert len(rules(tmp_path, text)) == 3
