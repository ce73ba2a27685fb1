"""Requests for approval: asking, and answering.

Nobody holds a lease while a person thinks or a key asks for its passphrase: what is signed is read
first, and compared again when it is written down.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from dbt_rewind import clock
from dbt_rewind.engine.approvers import ask_statement, used_requests, verdict_statement
from dbt_rewind.engine.identity import prove
from dbt_rewind.engine.policy import configured_policy, policy_in_force
from dbt_rewind.engine.reviews import Review, open_reviews
from dbt_rewind.engine.runbook.requests import requested_payload, verdict_payload
from dbt_rewind.engine.runbook.state import Runbook, read_runbook
from dbt_rewind.engine.workspace import Workspace
from dbt_rewind.errors import (
    ApprovalNeeded,
    LedgerError,
    NotProven,
    NotYours,
    RequestClosed,
    RequestNotFound,
)
from dbt_rewind.model import EventKind, Policy, Proof, ProofMethod, Request, Verdict
from dbt_rewind.procedures.announce import announce
from dbt_rewind.procedures.identity import signer_of
from dbt_rewind.procedures.messages import approval_requested, approved, rejected
from dbt_rewind.procedures.runbook import holding_runbook, mirrors_problem
from dbt_rewind.warehouse.protocol import LedgerReader

_ID: Final = re.compile(r"[Aa]([1-9][0-9]{0,8})")
_ATTEMPTS: Final = 5


@dataclass(frozen=True, slots=True)
class Standing:
    """The requests of an environment, the policy in force, which of them have served, and what
    waits for a review. `problem` is what is wrong with a mirror, None: nothing. `differs`:
    rewind.yml says something else than the policy in force."""

    policy: Policy
    runbook: Runbook
    used: frozenset[int]
    reviews: tuple[Review, ...] = ()
    problem: LedgerError | None = None
    differs: bool = False

    @property
    def open_requests(self) -> tuple[Request, ...]:
        """Those that can be answered or used, the oldest first."""
        return tuple(
            request
            for _, request in sorted(self.runbook.requests.items())
            if closed_because(self, request) is None
        )


def read_standing(workspace: Workspace) -> Standing:
    """The requests as they stand. Raises as `Workspace.history` and `read_runbook` do."""
    reader = workspace.connect_to_read()
    try:
        return standing_of(workspace, reader)
    finally:
        reader.close()


def standing_of(workspace: Workspace, reader: LedgerReader) -> Standing:
    """As `read_standing`, over an open connection."""
    history = workspace.history(reader)
    configured = configured_policy(workspace.config, workspace.name)
    runbook = read_runbook(reader, workspace.name)
    policy = policy_in_force(reader, history, configured)
    return Standing(
        policy,
        runbook,
        used_requests(history),
        open_reviews(history, runbook),
        mirrors_problem(workspace, history, runbook),
        policy != configured,
    )


def require_whole(standing: Standing) -> None:
    """Raises MirrorAhead, MirrorBroken, MirrorUnreadable where a mirror tells of another past: what
    has served, or waits for a review, is then not sure enough to answer."""
    if standing.problem is not None:
        raise standing.problem


def closed_because(standing: Standing, request: Request) -> str | None:
    """Why a request can be answered no longer, None where it can."""
    if request.number in standing.used:
        return "it has served its purpose"
    if request.rejected:
        no = next(verdict for verdict in request.verdicts if not verdict.approves)
        return f"{no.proof.person} has rejected it: {no.reason}"
    if request.expires_at <= clock.now():
        return f"it ran out at {request.expires_at:%Y-%m-%d %H:%M} UTC"
    return None


def ask(
    workspace: Workspace, needed: ApprovalNeeded, reason: str, warn: Callable[[str], None]
) -> Request | None:
    """Makes the request that `needed` says is missing, tells those who can answer, and returns it;
    None where nobody's yes would help, or one waits already. `needed` then names it.

    Raises NotProven, SignerUnknown and other ApprovalErrors where it is not proven who asks.
    """
    if needed.request is not None or needed.rejected_by is not None or not needed.people:
        return None
    for _ in range(_ATTEMPTS):
        standing = read_standing(workspace)
        request = _signed(workspace, standing, needed, reason)
        with holding_runbook(workspace) as (book, _history):
            if _next_number(book.runbook) != request.number:
                continue  # somebody else has it now, and it is part of what was signed
            book.append(EventKind.REQUESTED, requested_payload(request))
            request = book.runbook.requests[request.number]
        needed.request = request.id
        announce(workspace, approval_requested(workspace.name, request), warn)
        return request
    raise RequestClosed("the request", "others ask at the same time, again and again")


def _signed(
    workspace: Workspace, standing: Standing, needed: ApprovalNeeded, reason: str
) -> Request:
    now = clock.now()
    request = Request(
        _next_number(standing.runbook),
        now,
        Proof(ProofMethod.NONE, workspace.person),
        needed.operation,
        needed.plan,
        needed.demand,
        now + standing.policy.expires,
        needed.summary,
        reason,
        needed.severity,
        int(needed.decision[1:]) if needed.decision else None,
    )
    signer = signer_of(workspace, standing.policy)
    proof = prove(standing.policy, ask_statement(workspace.name, request), signer)
    if not proof.proven:
        raise NotProven(proof.person)
    return replace(request, proof=proof)


def _next_number(runbook: Runbook) -> int:
    return max(runbook.requests, default=0) + 1


def find_request(standing: Standing, wanted: str | None) -> Request:
    """The request with that id; without one, the only one that can be answered.

    Raises RequestNotFound, RequestClosed.
    """
    ids = tuple(each.id for each in standing.open_requests)
    if wanted is None:
        if len(ids) != 1:
            raise RequestNotFound(standing.runbook.environment, None, ids)
        return standing.open_requests[0]
    match = _ID.fullmatch(wanted)
    found = standing.runbook.requests.get(int(match[1])) if match else None
    if found is None:
        raise RequestNotFound(standing.runbook.environment, wanted, ids)
    _require_open(standing, found)
    return found


def answer(
    workspace: Workspace,
    standing: Standing,
    request: Request,
    *,
    approves: bool,
    reason: str,
    warn: Callable[[str], None],
) -> Request:
    """Says yes or no to the request in the name of whoever acts here, tells the others, and returns
    it with all answers. Raises ApprovalErrors where it is not theirs to say, or no longer open."""
    statement = verdict_statement(workspace.name, request, approves=approves)
    proof = prove(standing.policy, statement, signer_of(workspace, standing.policy))
    if not proof.proven:
        raise NotProven(proof.person)
    _require_theirs(standing, request, proof.person, approves=approves)
    verdict = Verdict(approves, clock.now(), proof, reason)
    kind = EventKind.APPROVED if approves else EventKind.REJECTED
    with holding_runbook(workspace) as (book, history):
        now = Standing(standing.policy, book.runbook, used_requests(history))
        current = book.runbook.requests.get(request.number)
        if current is None or replace(current, verdicts=()) != replace(request, verdicts=()):
            raise RequestClosed(request.id, "it is another request by now")
        _require_open(now, current)
        _require_theirs(now, current, proof.person, approves=approves)
        book.append(kind, verdict_payload(current, verdict))
        current = book.runbook.requests[request.number]
    told = approved if approves else rejected
    announce(workspace, told(workspace.name, current, current.verdicts[-1]), warn)
    return current


def _require_open(standing: Standing, request: Request) -> None:
    closed = closed_because(standing, request)
    if closed is not None:
        raise RequestClosed(request.id, closed)


def _require_theirs(standing: Standing, request: Request, name: str, *, approves: bool) -> None:
    """Raises NotYours where that person's answer does not count."""
    own = request.proof.person == name
    if own and approves:
        raise NotYours(request.id, name, "whoever asks cannot say yes")
    person = standing.policy.person(name)
    if not own and (person is None or not request.demand.asks(person)):
        wanted = " or ".join(role for each in request.demand.parts for role in each.roles)
        raise NotYours(request.id, name, f"it needs somebody who is {wanted}")
    if any(verdict.proof.person == name for verdict in request.verdicts):
        raise NotYours(request.id, name, "they have answered it already")
