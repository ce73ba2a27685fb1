"""What doctor says of approvals: also of a policy that no rewind.yml of today would have."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.engine.people import CTO, pair_of, person, policy_of

from dbt_rewind.engine.identity import KeySigner, NoSigner, Signer
from dbt_rewind.git.signatures import SigningKey
from dbt_rewind.model import CiTrust, Health, Person, Policy
from dbt_rewind.procedures.doctor import approvals
from dbt_rewind.procedures.doctor.approvals import unattainable


class Token:
    """A job of CI that Grace has started."""

    person = "Grace-H"

    def sign(self, policy: Policy, statement: str) -> None:
        raise AssertionError("doctor signs nothing")


def found(policy: Policy, signer: Signer, configured: Policy | None = None) -> tuple[Health, str]:
    finding = approvals._check(policy, configured or policy, signer)
    assert bool(finding.fix) == (finding.health is not Health.OK)
    return finding.health, finding.found


def key_of(name: str) -> KeySigner:
    return KeySigner("whoever", pair_of(name).signing)


def test_who_would_be_acting_here() -> None:
    policy = policy_of()
    assert found(policy, key_of("grace")) == (
        Health.OK,
        "4 people are named, you are grace (team-lead)",
    )
    health, words = found(policy, key_of("mallory"))
    assert health is Health.WARNING
    assert "belongs to nobody" in words
    assert found(policy, NoSigner("ada"))[0] is Health.WARNING


def test_a_login_of_ci() -> None:
    grace = replace(person("grace"), logins=("grace-h",))
    policy = policy_of(people=(grace,), ci=CiTrust("acme/shop"))
    token: Signer = Token()  # type: ignore[assignment]
    assert found(policy, token)[1].endswith("you are grace (team-lead)")
    assert found(policy_of(ci=CiTrust("acme/shop")), token)[0] is Health.WARNING


def test_a_key_whose_public_half_is_not_there(tmp_path: Path) -> None:
    alone = tmp_path / "alone"
    alone.write_bytes(pair_of("grace").file.read_bytes())
    signer = KeySigner("whoever", SigningKey("REWIND_SIGNING_KEY", str(alone)))
    health, words = found(policy_of(), signer)
    assert health is Health.WARNING
    assert "no .pub file" in words


def test_what_nobody_can_give() -> None:
    assert unattainable(policy_of()) == ()
    assert unattainable(policy_of("ada", "grace", deploy=CTO)) == (CTO,)
    unknown = Person("grace", ("team-lead",), (), ("grace",))
    assert len(unattainable(policy_of(people=(unknown,)))) == 1
    assert unattainable(policy_of(people=(unknown,), ci=CiTrust("acme/shop"))) == ()
    health, words = found(policy_of("ada"), key_of("ada"))
    assert (health, words) == (Health.PROBLEM, "nobody can give the yes of 1 of team-lead")


def test_where_nothing_checks_signatures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    health, words = found(policy_of(), key_of("ada"))
    assert health is Health.PROBLEM
    assert "ssh-keygen is not installed" in words


def test_another_policy_is_in_force_than_was_written() -> None:
    health, words = found(policy_of(), key_of("ada"), policy_of("ada", "grace"))
    assert health is Health.WARNING
    assert "rewind.yml says something else" in words
