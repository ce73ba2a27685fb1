"""Who has said yes to a request, as far as it is proven; and what they sign."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from dbt_rewind.engine.history import History
from dbt_rewind.engine.identity import check
from dbt_rewind.engine.intent import Intent
from dbt_rewind.errors import ApprovalError, ProofToolMissing
from dbt_rewind.model import Demand, Policy, Proof, Request
from dbt_rewind.model.statement import Purpose, statement_of
from dbt_rewind.redact import MASK


def used_requests(history: History) -> frozenset[int]:
    """The numbers of the requests by which something has happened: each serves once."""
    permits = (event.payload.get("permit") for event in history.events)
    return frozenset(
        permit["request"] for permit in permits if permit and permit["request"] is not None
    )


def has_shown(request: Request, intent: Intent) -> bool:
    """Whether those who were asked have seen what this does. Secrets were masked for them."""
    return len(request.summary) == len(intent.summary) and all(
        re.fullmatch(".*".join(map(re.escape, shown.split(MASK))), line, re.DOTALL)
        for shown, line in zip(request.summary, intent.summary, strict=True)
    )


def approvers(
    policy: Policy, environment: str, request: Request, demand: Demand, now: datetime
) -> tuple[str, ...]:
    """Who of the policy's people has said yes to the request, proven, in time, with a role that is
    asked for, and has not made it. Nobody where it is not proven who has made it, and where it may
    be answered for longer than the policy allows."""
    if now >= request.expires_at or request.expires_at > request.at + policy.expires:
        return ()
    asker = proven_by(policy, request.proof, ask_statement(environment, request), request.at)
    if asker is None:
        return ()
    return tuple(dict.fromkeys(_yes(policy, environment, request, demand, asker)))


def _yes(
    policy: Policy, environment: str, request: Request, demand: Demand, asker: str
) -> Iterator[str]:
    for verdict in request.verdicts:
        said = verdict_statement(environment, request, approves=True)
        name = proven_by(policy, verdict.proof, said, verdict.at)
        person = policy.person(name) if name else None
        if person is None or not verdict.approves or verdict.at >= request.expires_at:
            continue
        if person.name != asker and demand.asks(person):
            yield person.name


def ask_statement(environment: str, request: Request) -> str:
    """What whoever makes the request signs."""
    return statement_of(
        Purpose.ASK,
        environment,
        operation=request.operation,
        plan=request.plan,
        request=request.id,
        expires_at=request.expires_at,
    )


def verdict_statement(environment: str, request: Request, *, approves: bool) -> str:
    """What whoever answers the request signs."""
    return statement_of(
        Purpose.APPROVE if approves else Purpose.REJECT,
        environment,
        operation=request.operation,
        plan=request.plan,
        request=request.id,
        expires_at=request.expires_at,
    )


def emergency_statement(environment: str, operation: str, plan: str) -> str:
    """What whoever breaks the glass signs; `plan` is a digest, or the commit of a deploy."""
    return statement_of(Purpose.EMERGENCY, environment, operation=operation, plan=plan)


def proven_by(policy: Policy, proof: Proof, statement: str, at: datetime) -> str | None:
    try:
        return check(policy, proof, statement, at).name
    except ProofToolMissing:
        raise  # it says nothing of the proof
    except ApprovalError:
        return None  # what nobody can prove counts as if nobody had said it
