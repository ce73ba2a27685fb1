from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.keys import Pair, new_pair

from dbt_rewind import redact
from dbt_rewind.engine.identity import KeySigner, NoSigner, check, prove
from dbt_rewind.engine.runbook.codec import decode_proof, encode_proof
from dbt_rewind.errors import ApprovalError, ExitCode, NotProven, ProofInvalid, SignerUnknown
from dbt_rewind.model import Person, Policy, Proof, ProofMethod, Purpose, statement_of
from dbt_rewind.redact import redact_data

AT = datetime(2024, 3, 1, 12, tzinfo=UTC)


def said(**changed: str) -> str:
    facts = {"operation": "rollback", "plan": "abc", "request": "A3", **changed}
    purpose = Purpose(facts.pop("purpose", "approve"))
    return statement_of(purpose, facts.pop("environment", "prod"), **facts)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def ada(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return new_pair(tmp_path_factory.mktemp("ada"))


@pytest.fixture(scope="module")
def bob(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return new_pair(tmp_path_factory.mktemp("bob"), kind="rsa", bits=2048)


@pytest.fixture(scope="module")
def policy(ada: Pair, bob: Pair) -> Policy:
    people = (
        Person("Ada Lovelace, *", ("team-lead",), (ada.public,)),
        Person("Bob", ("on-call",), (bob.public,)),
    )
    return Policy(production=True, people=people)


def signer(pair: Pair) -> KeySigner:
    return KeySigner("whoever", pair.signing)


def as_recorded(proof: Proof) -> Proof:
    """After it was in the ledger."""
    return decode_proof(json.loads(json.dumps(redact_data(encode_proof(proof)))))


def test_a_signature_proves_who_says_it(policy: Policy, ada: Pair, bob: Pair) -> None:
    for pair, name in ((ada, "Ada Lovelace, *"), (bob, "Bob")):
        proof = prove(policy, said(), signer(pair))
        assert (proof.method, proof.person) == (ProofMethod.KEY, name)
        assert check(policy, as_recorded(proof), said(), AT) == policy.person(name)


@pytest.mark.parametrize(
    "changed",
    [
        {"purpose": "reject"},
        {"environment": "dev"},
        {"operation": "deploy"},
        {"plan": "abd"},
        {"request": "A4"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_it_holds_for_nothing_else(policy: Policy, ada: Pair, changed: dict[str, str]) -> None:
    proof = prove(policy, said(), signer(ada))
    with pytest.raises(ProofInvalid):
        check(policy, proof, said(**changed), AT)


def test_one_persons_signature_is_not_anothers(policy: Policy, ada: Pair, bob: Pair) -> None:
    of_ada, of_bob = (prove(policy, said(), signer(pair)) for pair in (ada, bob))
    # Under another's name; then with the key that this one has.
    with pytest.raises(SignerUnknown):
        check(policy, replace(of_ada, person="Bob"), said(), AT)
    claimed = {"key": of_bob.evidence["key"], "signature": of_ada.evidence["signature"]}
    with pytest.raises(ProofInvalid):
        check(policy, Proof(ProofMethod.KEY, "Bob", claimed), said(), AT)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: "",
        lambda text: text[:-8],
        lambda text: text + "AAAA",
        lambda text: text[:40] + ("A" if text[40] != "A" else "B") + text[41:],
        lambda text: text.swapcase(),
        lambda text: "not base64",
    ],
    ids=["empty", "cut", "longer", "one letter", "case", "other text"],
)
def test_a_signature_that_was_altered(
    policy: Policy, ada: Pair, spoil: Callable[[str], str]
) -> None:
    proof = prove(policy, said(), signer(ada))
    forged = {**proof.evidence, "signature": spoil(proof.evidence["signature"])}
    with pytest.raises(ProofInvalid):
        check(policy, replace(proof, evidence=forged), said(), AT)


def test_evidence_that_is_not_there(policy: Policy) -> None:
    with pytest.raises(SignerUnknown):
        check(policy, Proof(ProofMethod.KEY, "Bob"), said(), AT)


def test_a_key_that_is_nobodys(policy: Policy, tmp_path: Path) -> None:
    stranger = new_pair(tmp_path)
    with pytest.raises(SignerUnknown, match="SHA256:") as raised:
        prove(policy, said(), signer(stranger))
    assert raised.value.exit_code is ExitCode.APPROVAL


def test_a_key_that_was_taken_away(policy: Policy, ada: Pair) -> None:
    proof = prove(policy, said(), signer(ada))
    later = replace(policy, people=policy.people[1:])
    with pytest.raises(SignerUnknown):
        check(later, proof, said(), AT)


def test_a_name_alone_proves_nothing(policy: Policy) -> None:
    proof = prove(policy, said(), NoSigner("Ada Lovelace, *"))
    assert proof == Proof(ProofMethod.NONE, "Ada Lovelace, *")
    with pytest.raises(NotProven, match="Ada"):
        check(policy, proof, said(), AT)


def test_where_nothing_is_enforced_nobody_is_asked(policy: Policy, tmp_path: Path) -> None:
    no_key = KeySigner("ada", new_pair(tmp_path, passphrase="asks").signing)
    for free in (replace(policy, production=False), replace(policy, people=())):
        assert prove(free, said(), no_key) == Proof(ProofMethod.NONE, "ada")


def test_a_signature_survives_the_masks(
    policy: Policy, bob: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where CI holds the private key in a variable, whose lines have the public key in them:
    that is why the ledger has the signature without the key."""
    monkeypatch.setenv("SIGNING_PRIVATE_KEY", bob.file.read_text())
    monkeypatch.setenv("DEPLOY_KEY_SECRET", bob.public.split()[1])
    monkeypatch.setattr(redact, "_known", None)
    assert redact.redact(bob.file.read_text().splitlines()[3]) == redact.MASK
    proof = prove(policy, said(), signer(bob))
    assert as_recorded(proof) == proof
    check(policy, as_recorded(proof), said(), AT)


def test_a_proof_that_the_masks_would_spoil_is_refused_at_once(
    policy: Policy, ada: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = prove(policy, said(), signer(ada)).evidence["signature"][20:40]
    monkeypatch.setenv("SOME_PASSWORD", part)
    monkeypatch.setattr(redact, "_known", None)
    with pytest.raises(ProofInvalid):
        prove(policy, said(), signer(ada))


EVIDENCE = st.dictionaries(
    st.sampled_from(["key", "signature", "iss", "aud", "actor", "exp", "iat"]) | st.text(),
    st.text(),
)


@settings(max_examples=200)
@given(
    method=st.sampled_from(ProofMethod),
    person=st.sampled_from(["Bob", "Ada Lovelace, *"]) | st.text(),
    evidence=EVIDENCE,
)
def test_whatever_somebody_makes_up_is_refused(
    policy: Policy, method: ProofMethod, person: str, evidence: dict[str, str]
) -> None:
    with pytest.raises(ApprovalError):
        check(policy, Proof(method, person, evidence), said(), AT)
