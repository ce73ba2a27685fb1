from __future__ import annotations

import base64
import hmac
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.issuer import PERMIT, Issuer, issuing, new_key

from dbt_rewind import clock, redact
from dbt_rewind.engine.ci_proof import audience
from dbt_rewind.engine.identity import check, prove
from dbt_rewind.engine.runbook.codec import decode_proof, encode_proof
from dbt_rewind.errors import (
    ApprovalError,
    ProofToolMissing,
    SignerUnknown,
    TokenRefused,
    TokenUnavailable,
)
from dbt_rewind.integrations import ci_token
from dbt_rewind.integrations.ci_token import CiSigner, ci_signer
from dbt_rewind.model import CiTrust, Person, Policy, Proof, ProofMethod, Purpose, statement_of
from dbt_rewind.redact import redact_data

ADA = Person("Ada", ("team-lead",), logins=("Ada-Lovelace",))
SAID = statement_of(Purpose.APPROVE, "prod", operation="rollback", plan="abc", request="A3")
OTHER = statement_of(Purpose.REJECT, "prod", operation="rollback", plan="abc", request="A3")


@pytest.fixture(autouse=True)
def _no_secrets_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redact, "_known", None)
    monkeypatch.setattr(redact, "_told", frozenset())
    monkeypatch.setattr(ci_token, "_PAUSE", 0.0)


@pytest.fixture
def issuer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Issuer]:
    with issuing() as issuer:
        for name, value in issuer.variables.items():
            monkeypatch.setenv(name, value)
        yield issuer


def policy(issuer: Issuer) -> Policy:
    return Policy(production=True, people=(ADA, Person("Bob")), ci=issuer.trust)


def signer() -> CiSigner:
    found = ci_signer("whoever")
    assert found is not None
    return found


def altered(**claims: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Claims with others in their place; without those that are None."""

    def alter(before: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in {**before, **claims}.items() if value is not None}

    return alter


def part(value: dict[str, Any]) -> str:
    """A part of a token."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def proof(issuer: Issuer) -> Proof:
    return prove(policy(issuer), SAID, signer())


class TestProof:
    def test_a_token_proves_who_started_the_run(self, issuer: Issuer) -> None:
        found = proof(issuer)
        assert (found.method, found.person) == (ProofMethod.CI, "Ada")
        kept = decode_proof(json.loads(json.dumps(redact_data(encode_proof(found)))))
        assert check(policy(issuer), kept, SAID, clock.now()) == ADA
        assert {"run_id", "jti", "key", "token"} <= set(kept.evidence)

    def test_the_ledger_gets_nothing_that_opens_a_door(self, issuer: Issuer) -> None:
        """Invariant 10."""
        kept = json.dumps(encode_proof(proof(issuer)))
        (token,) = issuer.issued
        for part in (*token.split("."), PERMIT):
            assert part not in kept
        assert redact.redact(f"x {token} y {PERMIT}") == f"x {redact.MASK} y {redact.MASK}"

    def test_it_holds_for_one_statement(self, issuer: Issuer) -> None:
        with pytest.raises(TokenRefused, match="not made for this very statement"):
            check(policy(issuer), proof(issuer), OTHER, clock.now())

    @pytest.mark.parametrize(
        ("late", "words"), [(timedelta(minutes=7), "had expired"), (-timedelta(2), "not valid yet")]
    )
    def test_what_was_recorded_at_another_time_is_refused(
        self, issuer: Issuer, late: timedelta, words: str
    ) -> None:
        with pytest.raises(TokenRefused, match=words):
            check(policy(issuer), proof(issuer), SAID, clock.now() + late)

    def test_it_holds_long_after_if_it_was_recorded_in_time(self, issuer: Issuer) -> None:
        at = clock.now()
        found = proof(issuer)
        issuer.shutdown()  # nobody is asked again
        assert check(policy(issuer), found, SAID, at) == ADA

    def test_in_anothers_name_it_is_refused(self, issuer: Issuer) -> None:
        with pytest.raises(TokenRefused, match="its actor is Ada, not Bob"):
            check(policy(issuer), replace(proof(issuer), person="Bob"), SAID, clock.now())

    def test_where_no_ci_is_trusted_it_is_refused(self, issuer: Issuer) -> None:
        alone = replace(policy(issuer), ci=None)
        with pytest.raises(TokenRefused, match="trusts no CI"):
            check(alone, proof(issuer), SAID, clock.now())
        with pytest.raises(TokenRefused, match="trusts no CI"):
            prove(alone, SAID, signer())


REFUSED: dict[str, tuple[dict[str, Any], type[ApprovalError], str]] = {
    "expired": ({"exp": 1_700_000_000}, TokenRefused, "it had expired"),
    "not yet": ({"iat": 9_000_000_000, "exp": 9_000_000_300}, TokenRefused, "does not hold"),
    "no end": ({"exp": None}, TokenRefused, "does not hold"),
    "no audience": ({"aud": None}, TokenRefused, "does not hold"),
    "GitHub's own audience": ({"aud": "https://github.com/acme"}, TokenRefused, "very statement"),
    "several audiences": ({"aud": ["dbt-rewind:1", "x"]}, TokenRefused, "very statement"),
    "issuer": ({"iss": "https://other.example"}, TokenRefused, "its issuer is not http://127"),
    "repository": ({"repository": "evil/shop"}, TokenRefused, "it is for evil/shop"),
    "a fork's branch": ({"ref": "refs/pull/7/merge"}, TokenRefused, "runs on refs/pull/7/merge"),
    "branch": ({"ref": "refs/heads/main2"}, TokenRefused, "runs on refs/heads/main2, not on"),
    "a tag of that name": ({"ref": "refs/tags/main"}, TokenRefused, "runs on refs/tags/main"),
    "no branch": ({"ref": None}, TokenRefused, "runs on no branch"),
    "schedule": ({"event_name": "schedule"}, TokenRefused, "started by a schedule"),
    "no event": ({"event_name": None}, TokenRefused, "started by a schedule"),
    "again": ({"run_attempt": "2"}, TokenRefused, "was run again"),
    "no attempt": ({"run_attempt": None}, TokenRefused, "was run again"),
    "stranger": ({"actor": "mallory"}, SignerUnknown, "the login mallory belongs to nobody"),
    "no actor": ({"actor": None}, SignerUnknown, "a token without a login"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(issuer: Issuer, case: str) -> None:
    claims, error, words = REFUSED[case]
    issuer.alter = altered(**claims)
    with pytest.raises(error, match=words) as raised:
        proof(issuer)
    assert issuer.issued[0] not in raised.value.message + raised.value.hint


class TestForged:
    def test_signed_by_another_key(self, issuer: Issuer) -> None:
        issuer.signs_with = new_key()
        with pytest.raises(TokenRefused, match="InvalidSignatureError"):
            proof(issuer)

    def test_a_key_that_the_issuer_does_not_have(self, issuer: Issuer) -> None:
        issuer.name = "key-2"
        with pytest.raises(TokenRefused, match="no such key"):
            proof(issuer)

    @pytest.mark.parametrize("algorithm", ["none", "HS256"])
    def test_not_signed_by_a_key_of_its_own(self, issuer: Issuer, algorithm: str) -> None:
        """With nothing, or as if the public key were a secret that two share."""
        head = part({"alg": algorithm, "typ": "JWT", "kid": "key-1"})
        said = f"{head}.{part(issuer.claims(audience(SAID)))}"
        public = json.dumps(issuer.keys()["keys"][0]).encode()
        made = hmac.digest(public, said.encode(), "sha256") if algorithm == "HS256" else b""
        forged = f"{said}.{base64.urlsafe_b64encode(made).decode().rstrip('=')}"
        issuer.answers["/token"] = (200, json.dumps({"value": forged}).encode())
        with pytest.raises(TokenRefused, match="InvalidAlgorithmError"):
            proof(issuer)

    def test_claims_that_were_changed(self, issuer: Issuer) -> None:
        head, body, signature = issuer.token(audience(SAID)).split(".")
        claims = json.loads(base64.urlsafe_b64decode(body + "=="))
        forged = f"{head}.{part({**claims, 'actor': 'bob'})}.{signature}"
        issuer.answers["/token"] = (200, json.dumps({"value": forged}).encode())
        with pytest.raises(TokenRefused, match="InvalidSignatureError"):
            proof(issuer)

    @pytest.mark.parametrize("token", ["x", "a.b.c", "e30.e30.", "\u00e9.\u00e9.\u00e9"])
    def test_no_token_at_all(self, issuer: Issuer, token: str) -> None:
        issuer.answers["/token"] = (200, json.dumps({"value": token}).encode())
        with pytest.raises(TokenRefused):
            proof(issuer)

    def test_an_issuer_of_ones_own(self, issuer: Issuer) -> None:
        """Who says in the environment where tokens come from does not say whose count."""
        with issuing() as own:
            trusting = replace(policy(issuer), ci=own.trust)
            with pytest.raises(TokenRefused):
                prove(trusting, SAID, signer())


class TestUnavailable:
    def test_the_job_may_not_ask(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("ACTIONS_ID_TOKEN_REQUEST_URL", raising=False)
        assert ci_signer("whoever") is None

    @pytest.mark.parametrize(
        ("path", "answer", "words"),
        [
            ("/token", (403, b"{}"), "CI answers with status 403"),
            ("/token", (200, b"[]"), "no JSON object"),
            ("/token", (200, b"{}"), "CI answers without one"),
            ("/token", (302, b"/else"), "redirects more than 0 times"),
            ("/.well-known/openid-configuration", (200, b"{}"), "not say where its keys are"),
            (
                "/.well-known/openid-configuration",
                (200, b'{"jwks_uri": "file:///etc/passwd"}'),
                "not say where its keys are",
            ),
            ("/.well-known/jwks", (200, b"<html>"), "no JSON object"),
            ("/.well-known/jwks", (500, b""), "answers with status 500"),
        ],
    )
    def test_who_answers_otherwise(
        self, issuer: Issuer, path: str, answer: tuple[int, bytes], words: str
    ) -> None:
        issuer.answers[path] = answer
        with pytest.raises(TokenUnavailable, match=words) as raised:
            proof(issuer)
        assert PERMIT not in raised.value.message
        assert issuer.asked.count(path) == (3 if answer[0] == 500 else issuer.asked.count(path))

    def test_keys_that_are_none(self, issuer: Issuer) -> None:
        issuer.answers["/.well-known/jwks"] = (200, b'{"keys": []}')
        with pytest.raises(TokenRefused):
            proof(issuer)

    def test_nobody_is_there(self, issuer: Issuer) -> None:
        gone = CiTrust("acme/shop", ("main",), "http://127.0.0.1:1")
        with pytest.raises(TokenUnavailable, match="does not answer: the connection is refused"):
            prove(replace(policy(issuer), ci=gone), SAID, signer())

    def test_the_extra_is_missing(self, issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "path", [])
        for name in [name for name in sys.modules if name.partition(".")[0] == "jwt"]:
            monkeypatch.delitem(sys.modules, name)
        with pytest.raises(ProofToolMissing, match="PyJWT") as raised:
            proof(issuer)
        assert "dbt-rewind[ci]" in raised.value.hint


def test_nothing_is_imported_before_a_token_is_asked_for(tmp_path: Path) -> None:
    code = (
        "import sys, dbt_rewind.integrations.ci_token, dbt_rewind.procedures.identity\n"
        "print({'jwt', 'cryptography'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
    )
    assert done.stdout.strip() == "set()"
