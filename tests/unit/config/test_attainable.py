"""Every yes that rules ask for has to be somebody's to give."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.unit.config.refused import KEY

from dbt_rewind.config.load import load_config
from dbt_rewind.errors import ConfigInvalid

LEAD = {"roles": ["team-lead"], "keys": [KEY]}


def problem(folder: Path, **settings: Any) -> str:
    """What is wrong with the settings; empty: nothing."""
    file = folder / "rewind.yml"
    given = {"version": 1, "environments": {"prod": {"target": "prod"}}, **settings}
    file.write_text(yaml.safe_dump(given, sort_keys=False))
    try:
        load_config(file)
    except ConfigInvalid as error:
        return error.message
    return ""


def rule(roles: list[str], people: int = 1, **about: Any) -> dict[str, Any]:
    approval = {"roles": roles, "people": people}
    return {"action": "monitor", "approval": approval, "production": True, **about}


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"matrix": [rule(["cto"], 3)]},
        {"people": {"Ada": LEAD}},
        {"people": {"Ada": {"roles": ["cto"], "keys": [KEY]}}, "matrix": [rule(["cto"])]},
        {"people": {"Ada": LEAD}, "matrix": [rule(["cto"], production=False)]},
        {
            "people": {"Ada": {"roles": ["team-lead"], "logins": ["ada"]}},
            "approvals": {"ci": {"repository": "acme/shop"}},
        },
        {
            "people": {"Ada": LEAD, "Bob": {"roles": ["cto"], "logins": ["bob"]}},
            "matrix": [rule(["cto", "team-lead"], 2)],
            "approvals": {"deploy": {"roles": ["cto"]}, "ci": {"repository": "acme/shop"}},
        },
    ],
    ids=[
        "nobody is named",
        "rules without people",
        "a lead, whom the matrix asks",
        "another whom every rule asks",
        "rules outside production",
        "a login that CI proves",
        "two for two",
    ],
)
def test_these_can_be_met(tmp_path: Path, settings: dict[str, Any]) -> None:
    assert problem(tmp_path, **settings) == ""


def test_a_rule_that_leaves_cases_to_the_default_matrix(tmp_path: Path) -> None:
    """The rule is about high alone: for the others the default matrix goes on asking a lead."""
    people = {"Ada": {"roles": ["cto"], "keys": [KEY]}}
    words = problem(tmp_path, people=people, matrix=[rule(["cto"], severities=["high"])])
    assert "`people` names nobody" in words
    assert "1 of team-lead" in words


def test_each_setting_is_named_where_it_stands(tmp_path: Path) -> None:
    people = {"Ada": LEAD}
    words = problem(
        tmp_path, people=people, matrix=[rule(["team-lead"]), rule(["cto"], severities=["low"])]
    )
    assert "`matrix[1].approval` needs the yes of 1 of cto" in words
    words = problem(
        tmp_path, people=people, approvals={"deploy": {"roles": ["team-lead"], "people": 2}}
    )
    assert (
        "`approvals.deploy` needs the yes of 2 of team-lead, and `people` names 1 of them" in words
    )
