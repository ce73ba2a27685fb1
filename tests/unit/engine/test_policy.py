"""The policy that rewind.yml says, stored and read again."""

from __future__ import annotations

from pathlib import Path

import pytest

from dbt_rewind.config.load import load_config
from dbt_rewind.engine.policy import configured_policy, triggers_in_force
from dbt_rewind.engine.policy_record import decode_policy, encode_policy
from dbt_rewind.errors import ArtifactDamaged
from dbt_rewind.model import Demand

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"

EVERYTHING = f"""\
version: 1
environments:
  prod: {{target: prod}}
  dev: {{target: dev}}
people:
  ada: {{roles: [on-call], keys: [{KEY}], logins: [ada-l]}}
  "Grace Hopper, née Murray": {{roles: [team-lead, cto], logins: [grace]}}
  Joan: {{roles: [team-lead]}}
matrix:
  - {{severities: [high], triggers: [freshness, data], production: true, action: assess, within: 2h,
      approval: {{roles: [team-lead], people: 1}}, review: true}}
  - {{action: monitor, production: false}}
approvals:
  expires: 30m
  deploy: {{roles: [team-lead], people: 1}}
  ci: {{repository: acme/shop, branches: [main, release]}}
triggers:
  tests: {{tags: {{nightly: low}}, default: medium}}
  health:
    checks:
      - {{name: shop, url: "https://${{HOST}}/health", status: 200, values: {{/status: ok}}}}
      - {{name: orders, sql: select 1, min_rows: 7, timeout: 2s, attempts: 1, severity: low}}
  data: {{max_loss: null, releases: 3}}
  performance: {{floor: 2s, worse_by: 10.0}}
  security: {{exempt: ["docs/*"], vulnerabilities: true, service: osv}}
"""


def written(folder: Path, text: str = EVERYTHING) -> Path:
    file = folder / "rewind.yml"
    file.write_text(text)
    return file


@pytest.mark.parametrize("name", ["prod", "dev"])
def test_a_stored_policy_is_the_same_again(tmp_path: Path, name: str) -> None:
    policy = configured_policy(load_config(written(tmp_path)), name)
    content = encode_policy(policy)
    assert decode_policy(content, "it") == policy
    assert encode_policy(decode_policy(content, "it")) == content


def test_the_triggers_in_force_are_those_that_were_said(tmp_path: Path) -> None:
    said = load_config(written(tmp_path))
    policy = configured_policy(said, "prod")
    loosened = load_config(written(tmp_path, EVERYTHING.replace("min_rows: 7", "min_rows: 0")))
    assert loosened.triggers != said.triggers
    assert triggers_in_force(loosened, policy) == said.triggers


def test_where_nobody_is_asked_rewind_yml_says_the_triggers(tmp_path: Path) -> None:
    said = load_config(written(tmp_path))
    policy = configured_policy(said, "dev")
    assert triggers_in_force(said, policy) is said.triggers


def test_what_rewind_yml_says_of_people_and_approvals(tmp_path: Path) -> None:
    policy = configured_policy(load_config(written(tmp_path)), "prod")
    assert policy.enforced
    assert [person.name for person in policy.people] == ["ada", "Grace Hopper, née Murray", "Joan"]
    assert policy.people[0].keys == (KEY,)
    assert policy.deploy == Demand(("team-lead",), 1)
    assert policy.expires.total_seconds() == 1800
    assert policy.ci is not None
    assert policy.ci.branches == ("main", "release")


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"null", b"\xff"])
def test_a_damaged_policy_is_told(content: bytes) -> None:
    with pytest.raises(ArtifactDamaged):
        decode_policy(content, "the policy in force")
