"""What a token of CI proves, and what of it is recorded.

A token opens doors for as long as it is valid, so that it never reaches the ledger: what is kept is
what it said, and its digest. Its signature was checked when it was taken, by whoever recorded it;
from then on, what is recorded is as good as the ledger. A signature with a key is more: anybody can
check it again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from dbt_rewind.errors import SignerUnknown, TokenRefused
from dbt_rewind.model import CiTrust, Person, Policy, Proof, ProofMethod

LEEWAY: Final = timedelta(seconds=60)
"""By how much the clocks of CI, its issuer and the database's client may differ."""

_KEPT: Final = (
    *("iss", "aud", "sub", "repository", "ref", "event_name", "actor"),
    *("run_id", "run_attempt", "workflow_ref", "jti", "iat", "exp"),
)
"""The claims that are recorded."""

_UNATTENDED: Final = frozenset({"schedule"})
"""Events that nobody has a hand in; who wrote the schedule stands in the token as the actor."""


def audience(statement: str) -> str:
    """Whom a token must be for, so that it proves this statement and opens no other door."""
    return f"dbt-rewind:{hashlib.sha256(statement.encode()).hexdigest()}"


def ci_proof(policy: Policy, token: str, key: str, claims: Mapping[str, Any]) -> Proof:
    """The proof that a token gives whose signature by the issuer's `key` was checked.

    Raises TokenRefused, SignerUnknown.
    """
    evidence = {name: str(claims[name]) for name in _KEPT if name in claims}
    evidence |= {"key": key, "token": hashlib.sha256(token.encode()).hexdigest()}
    return Proof(ProofMethod.CI, _person(policy, evidence.get("actor", "")).name, evidence)


def check_ci_proof(policy: Policy, proof: Proof, statement: str, at: datetime) -> Person:
    """Whose statement it is. Raises TokenRefused, SignerUnknown."""
    if policy.ci is None:
        raise TokenRefused("the policy in force trusts no CI")
    claims = proof.evidence
    problem = _problem(policy.ci, claims, statement) or _untimely(claims, at)
    if problem:
        raise TokenRefused(problem)
    person = _person(policy, claims.get("actor", ""))
    if person.name != proof.person:
        raise TokenRefused(f"its actor is {person.name}, not {proof.person}")
    return person


def _problem(trust: CiTrust, claims: Mapping[str, str], statement: str) -> str | None:
    repository, ref = claims.get("repository", ""), claims.get("ref", "")
    refs = {f"refs/heads/{branch}" for branch in trust.branches}
    rules = (
        (claims.get("iss") == trust.issuer, f"its issuer is not {trust.issuer}"),
        (claims.get("aud") == audience(statement), "it was not made for this very statement"),
        (
            repository.lower() == trust.repository.lower(),
            f"it is for {repository or 'no repository'}, not for {trust.repository}",
        ),
        # On a branch that anybody may push to, anybody says what runs in another's name.
        (
            ref in refs,
            f"its workflow runs on {ref or 'no branch'}, not on {' or '.join(sorted(refs))}",
        ),
        (
            claims.get("event_name", "schedule") not in _UNATTENDED,
            "its workflow was started by a schedule, and by nobody",
        ),
        # A run that is repeated keeps its first actor, whoever repeats it.
        (
            claims.get("run_attempt") == "1",
            "its workflow was run again, which proves nobody: start a new run",
        ),
    )
    return next((words for holds, words in rules if not holds), None)


def _untimely(claims: Mapping[str, str], at: datetime) -> str | None:
    try:
        begins = datetime.fromtimestamp(int(claims["iat"]), UTC) - LEEWAY
        ends = datetime.fromtimestamp(int(claims["exp"]), UTC) + LEEWAY
    except (KeyError, ValueError, OverflowError, OSError):
        return "it does not say from when to when it is valid"
    if at < begins:
        return "it was not valid yet"
    return "it had expired" if at > ends else None


def _person(policy: Policy, actor: str) -> Person:
    for person in policy.people:
        if actor and actor.casefold() in {login.casefold() for login in person.logins}:
            return person
    raise SignerUnknown(f"the login {actor}" if actor else "a token without a login")
