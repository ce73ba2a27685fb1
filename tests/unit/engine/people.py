"""People with real keys, what they ask for and what they say to it: for tests of approvals."""

from __future__ import annotations

import atexit
import tempfile
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from tests.keys import Pair, new_pair
from tests.unit.engine.releases import AT, Chain

from dbt_rewind.engine.approvers import ask_statement, verdict_statement
from dbt_rewind.engine.history import History
from dbt_rewind.engine.identity import KeySigner
from dbt_rewind.engine.intent import Intent
from dbt_rewind.engine.judge import Asking
from dbt_rewind.engine.runbook.state import Runbook
from dbt_rewind.git import signatures
from dbt_rewind.model import (
    Decision,
    Demand,
    Person,
    Policy,
    Proof,
    ProofMethod,
    Request,
    Severity,
    Trigger,
    TriggerFinding,
    Verdict,
)
from dbt_rewind.model.matrix import Case, answer

ROLES = {
    "ada": ("on-call",),
    "grace": ("team-lead",),
    "joan": ("team-lead",),
    "hal": ("cto",),
}
LEAD = Demand(("team-lead",), 1)
CTO = Demand(("cto",), 1)
EXPIRES = timedelta(hours=4)

THEN = AT + timedelta(hours=1)
"""When a decision was taken and something was asked for; releases went live before."""
SOON = THEN + timedelta(minutes=10)
"""When it was answered."""
NOW = THEN + timedelta(minutes=30)
"""When it is to be done."""

is_signed = cache(signatures.is_signed)
"""As ssh-keygen says, who is asked once: the same answer to the same question takes 10 ms."""


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    folder = tempfile.TemporaryDirectory(prefix="rewind-keys-")
    atexit.register(folder.cleanup)  # before it is collected, which would be a warning
    return folder


@cache
def pair_of(name: str) -> Pair:
    return new_pair(Path(_folder().name), name)


def person(name: str, *roles: str) -> Person:
    """That person, known by a key; without roles, with their own."""
    return Person(name, roles or ROLES[name], (pair_of(name).public,))


def policy_of(*names: str, **settings: object) -> Policy:
    """Production, where these people are asked; without names, all of them."""
    people = tuple(person(name) for name in names or ROLES)
    return Policy(**{"production": True, "people": people, "expires": EXPIRES, **settings})  # type: ignore[arg-type]


def three_live() -> History:
    """r1, r2 and r3 were live one after the other: r3 is."""
    return Chain().deployed(1, 2, 3).history


def rollback_to(number: int, digest: str = "f00") -> Intent:
    words = (f"rollback in prod: r3 -> r{number}", "gold.orders: r3 -> earlier")
    return Intent("rollback", "prod", f"r{number}", digest, words, number, backward=True)


@cache
def _signature(policy: Policy, statement: str, name: str) -> Proof:
    return KeySigner(name, pair_of(name).signing).sign(policy, statement)


def signed(policy: Policy, statement: str, name: str) -> Proof:
    """That person's signature under the statement."""
    return _signature(policy, statement, name)


def asked(
    policy: Policy,
    intent: Intent,
    by: str | None = "ada",
    *,
    number: int = 1,
    demand: Demand = LEAD,
    at: datetime = THEN,
    expires_at: datetime | None = None,
    environment: str = "prod",
) -> Request:
    """What somebody asks for; by None, nobody has signed it."""
    request = Request(
        number,
        at,
        Proof(ProofMethod.NONE, "ada"),
        intent.operation,
        intent.digest,
        demand,
        expires_at or at + policy.expires,
        intent.summary,
        "it is wrong",
    )
    if by is None:
        return request
    return replace(request, proof=signed(policy, ask_statement(environment, request), by))


def said(
    policy: Policy,
    request: Request,
    by: str,
    *,
    approves: bool = True,
    at: datetime = SOON,
    environment: str = "prod",
) -> Verdict:
    """That person's yes, or no."""
    statement = verdict_statement(environment, request, approves=approves)
    return Verdict(approves, at, signed(policy, statement, by), "so be it")


def answered(policy: Policy, request: Request, *names: str, at: datetime = SOON) -> Request:
    """The request with the yes of all these people."""
    verdicts = tuple(said(policy, request, name, at=at) for name in names)
    return replace(request, verdicts=(*request.verdicts, *verdicts))


def decided(
    severity: Severity,
    trigger: Trigger = Trigger.TESTS,
    *,
    policy: Policy | None = None,
    number: int = 1,
    release: int = 3,
    at: datetime = THEN,
) -> Decision:
    """What was decided about the live release."""
    rules = policy.matrix if policy else ()
    finding = TriggerFinding(trigger, severity, "a", "it is wrong", "1", "0")
    said = answer(rules, Case(trigger, severity, production=True))
    return Decision(number, at, "ada", release, severity, said, (finding,))


def runbook_of(*requests: Request, decisions: tuple[Decision, ...] = ()) -> Runbook:
    return Runbook(
        "prod",
        decisions={each.number: each for each in decisions},
        requests={each.number: each for each in requests},
    )


def asking(policy: Policy, **said: object) -> Asking:
    return Asking("ada", policy, **said)  # type: ignore[arg-type]
