"""Secrets in the change: found by detect-secrets in real commits, and never told."""

from __future__ import annotations

import logging
import socket
import warnings
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.unit.git.sandbox import Sandbox
from tests.unit.procedures.triggers.committed import committed
from tests.unit.procedures.triggers.subject import looked

from dbt_rewind.errors import UnknownRef
from dbt_rewind.model import Observation, Severity, TriggerFinding
from dbt_rewind.procedures.triggers import secrets_in_change
from dbt_rewind.procedures.triggers.secret_scan import find_secrets
from dbt_rewind.procedures.triggers.secrets_in_change import SecretsInChange

# Put together, so that no scan of this repository takes them for secrets.
AWS = "AKIA" + "QX7MPLZ3RTW5YHBN"
PASSWORD = "correct" + "horse9battery"
ADDRESS = "postgres" + "://loader:s3kr3t-Pa55@db.example.com/shop"


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("asks a network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def seen(
    folder: Path, sandbox: Sandbox, shas: Sequence[str], signal: SecretsInChange | None = None
) -> tuple[Observation, ...]:
    with committed(folder, sandbox, *shas) as opened:
        return looked(signal or SecretsInChange(), opened)


def findings(observations: Sequence[Observation]) -> list[TriggerFinding]:
    assert [each.unseen for each in observations if each.unseen] == []
    return [finding for each in observations for finding in each.findings]


def test_secrets_that_the_change_has_brought(tmp_path: Path, sandbox: Sandbox) -> None:
    older = sandbox.commit("First", old=f"key = {AWS[:-1]}A\n", load__conf="# nothing\n")
    newer = sandbox.commit(
        "Second",
        load__conf=f"# nothing\naws_key = {AWS}\nurl = {ADDRESS}\n",
        **{"profiles.yml": f"shop:\n  password: {PASSWORD}\n"},
    )
    observations = seen(tmp_path, sandbox, (older, newer))
    found = {each.what: each for each in findings(observations)}
    assert set(found) == {
        "AWS Access Key in load/conf:2",
        "Basic Auth Credentials in load/conf:3",
        "Secret Keyword in profiles.yml:2",
    }
    key = found["AWS Access Key in load/conf:2"]
    assert (key.severity, key.subject, key.release) == (Severity.CRITICAL, "load/conf:2", 2)
    assert key.measured == "20 characters, beginning with 'AK'"
    assert key.evidence[0] == "told by its shape"
    guess = found["Secret Keyword in profiles.yml:2"]
    assert guess.severity is Severity.HIGH
    assert guess.evidence[0] == "guessed by a name or by disorder"
    assert observations[0].seen == "3 in 4 new lines since r1"


def test_a_secret_is_never_told(tmp_path: Path, sandbox: Sandbox) -> None:
    """Invariant 10."""
    older = sandbox.commit("First")
    newer = sandbox.commit("Second", a=f"k = {AWS}\npassword = '{PASSWORD}'\nu = {ADDRESS}\n")
    told = repr(seen(tmp_path, sandbox, (older, newer)))
    assert "AWS Access Key" in told
    for secret in (AWS, PASSWORD, "s3kr3t-Pa55"):
        assert secret[3:] not in told


def test_what_was_there_before_is_not_of_this_release(tmp_path: Path, sandbox: Sandbox) -> None:
    first = sandbox.commit("First", a=f"key = {AWS}\n")
    second = sandbox.commit("Second", a=f"# a comment\nkey = {AWS}\n", b="1\n")
    (sandbox.folder / "a").rename(sandbox.folder / "c")
    third = sandbox.commit("Third")
    assert findings(seen(tmp_path / "1", sandbox, (first, second))) == []
    assert findings(seen(tmp_path / "2", sandbox, (second, third))) == []
    # Beside the release before it, not beside the commit before it.
    assert findings(seen(tmp_path / "3", sandbox, (sandbox.commit("None"), third))) == []


def test_what_the_project_says_is_no_secret(tmp_path: Path, sandbox: Sandbox) -> None:
    older = sandbox.commit("First")
    newer = sandbox.commit(
        "Second",
        a=f"key = {AWS}  # pragma: allowlist secret\n",
        profiles="password: \"{{ env_var('SHOP_PASSWORD') }}\"\n",
        seeds__keys=f"{AWS}\n",
    )
    sandbox.write("package-lock.yml", "sha1_hash: 'd94e5f90b8a1c1e3e0ad2c0fd3a4e1c2c9a7b6f5'\n")
    locked = sandbox.commit("Third")
    exempt = SecretsInChange(exempt=("seeds/*",))
    assert findings(seen(tmp_path / "1", sandbox, (older, newer), exempt)) == []
    assert findings(seen(tmp_path / "2", sandbox, (newer, locked))) == []


def test_the_first_release_has_changed_nothing(tmp_path: Path, sandbox: Sandbox) -> None:
    (observation,) = seen(tmp_path, sandbox, (sandbox.commit("First", a=AWS),))
    assert (observation.seen, observation.findings) == ("nothing was live before r1", ())


def test_a_commit_that_git_does_not_know_is_unseen(tmp_path: Path, sandbox: Sandbox) -> None:
    newer = sandbox.commit("First", a=AWS)
    (observation,) = seen(tmp_path, sandbox, ("0" * 40, newer))
    assert observation.unseen == UnknownRef("0" * 40).message


def test_what_is_too_large_is_unseen(
    tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = sandbox.commit("First")
    newer = sandbox.commit("Second", small=f"{AWS}\n", many="1\n" * 20, wide="x" * 2000)
    monkeypatch.setattr(secrets_in_change, "MOST", 10)
    monkeypatch.setattr(secrets_in_change, "LARGEST", 1000)
    scanned, left = seen(tmp_path, sandbox, (older, newer))
    assert [finding.subject for finding in scanned.findings] == ["small:1"]
    assert left.unseen == "too large to be scanned: many and 1 more"


@pytest.mark.parametrize("asked", [True, False])
def test_without_detect_secrets(
    tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, asked: bool
) -> None:
    monkeypatch.setattr(secrets_in_change, "can_scan", lambda: False)
    shas = (sandbox.commit("First"), sandbox.commit("Second", a=AWS))
    (observation,) = seen(tmp_path, sandbox, shas, SecretsInChange(asked))
    said = observation.unseen if asked else observation.seen
    assert said is not None
    assert "pip install 'dbt-rewind[security]'" in said
    assert (observation.unseen is None) is not asked


def test_a_scan_leaves_the_process_as_it_was() -> None:
    before = warnings.showwarning
    found = find_secrets({"a": f"{AWS}\n".encode(), "b": b"\xff\xfe\x00"}, {"a": {1}, "b": {1}})
    assert [each.kind for each in found] == ["AWS Access Key"]
    assert warnings.showwarning is before
    assert not logging.getLogger("py.warnings").handlers
