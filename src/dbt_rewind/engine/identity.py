"""Who says something, and how that is known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol, assert_never

from dbt_rewind import clock
from dbt_rewind.engine.ci_proof import check_ci_proof
from dbt_rewind.errors import NotProven, ProofInvalid, SignerUnknown
from dbt_rewind.git.signatures import Signature, SigningKey, is_signed, sign
from dbt_rewind.model import Person, Policy, Proof, ProofMethod
from dbt_rewind.model.ssh_key import fingerprint
from dbt_rewind.redact import redact_data


class Signer(Protocol):
    """What can prove who acts here. `person` is the name that the machine gives."""

    @property
    def person(self) -> str: ...

    def sign(self, policy: Policy, statement: str) -> Proof:
        """The proof that somebody of the policy says this. Raises ApprovalError."""
        ...


@dataclass(frozen=True, slots=True)
class NoSigner:
    """Proves nothing."""

    person: str

    def sign(self, policy: Policy, statement: str) -> Proof:  # noqa: ARG002
        return Proof(ProofMethod.NONE, self.person)


@dataclass(frozen=True, slots=True)
class KeySigner:
    """Signs with an SSH key."""

    person: str
    key: SigningKey

    def sign(self, policy: Policy, statement: str) -> Proof:
        signature = sign(statement, self.key)
        mark = fingerprint(signature.key)
        for person in policy.people:
            if signature.key in person.keys:
                evidence = {"key": mark, "signature": signature.text}
                return Proof(ProofMethod.KEY, person.name, evidence)
        raise SignerUnknown(f"the key {mark}")


def prove(policy: Policy, statement: str, signer: Signer) -> Proof:
    """Says the statement in the name of whoever acts here. Call it right before the proof is
    recorded, while no lease is held: it may ask for a passphrase, and a token of CI soon expires.

    Where the policy is not enforced, nobody is asked, and nothing is proven. A signer without a key
    or a token proves nothing either, which `check` refuses. Raises ApprovalError.
    """
    if not policy.enforced:
        return Proof(ProofMethod.NONE, signer.person)
    proof = signer.sign(policy, statement)
    if proof.proven:
        # As the ledger will have it: what is masked there could never be checked again.
        kept = replace(proof, evidence=redact_data(dict(proof.evidence)))
        check(policy, kept, statement, clock.now())
    return proof


def check(policy: Policy, proof: Proof, statement: str, at: datetime) -> Person:
    """Who has said the statement, as the policy knows them; `at` is when it was recorded.

    Raises NotProven, SignerUnknown, ProofInvalid, TokenRefused; ProofToolMissing.
    """
    match proof.method:
        case ProofMethod.NONE:
            raise NotProven(proof.person)
        case ProofMethod.KEY:
            return _check_key(policy, proof, statement)
        case ProofMethod.CI:
            return check_ci_proof(policy, proof, statement, at)
        case _:
            assert_never(proof.method)


def _check_key(policy: Policy, proof: Proof, statement: str) -> Person:
    person = policy.person(proof.person)
    mark = proof.evidence.get("key", "")
    keys = [key for key in person.keys if fingerprint(key) == mark] if person else []
    if person is None or not keys:
        raise SignerUnknown(f"a key of {proof.person}")
    signature = Signature(keys[0], proof.evidence.get("signature", ""))
    if not is_signed(statement, signature, person.name):
        raise ProofInvalid(person.name)
    return person
