"""Looking afterwards at what went live without a yes."""

from __future__ import annotations

import re
from typing import Final

from dbt_rewind.engine.identity import prove
from dbt_rewind.engine.policy import policy_before
from dbt_rewind.engine.reviews import Review, open_reviews
from dbt_rewind.engine.runbook.codec import encode_proof
from dbt_rewind.engine.workspace import Workspace
from dbt_rewind.errors import NotProven, NotYours, ReviewNotFound
from dbt_rewind.model import EventKind, Policy
from dbt_rewind.model.statement import Purpose, statement_of
from dbt_rewind.procedures.identity import signer_of
from dbt_rewind.procedures.runbook import holding_runbook

_ID: Final = re.compile(r"[Rr]([1-9][0-9]{0,8})")


def find_review(environment: str, reviews: tuple[Review, ...], wanted: str | None) -> Review:
    """The open review with that id; without one, the only one. Raises ReviewNotFound."""
    ids = tuple(each.id for each in reviews)
    if wanted is None and len(reviews) == 1:
        return reviews[0]
    match = _ID.fullmatch(wanted) if wanted is not None else None
    for each in reviews:
        if match and each.sequence == int(match[1]):
            return each
    raise ReviewNotFound(environment, wanted, ids)


def close_review(workspace: Workspace, policy: Policy, review: Review, *, note: str) -> str:
    """Says that whoever acts here has looked at it, and returns who that is. Where people are
    asked, it is proven who says so, and it is somebody else than who did it. A change of the policy
    is looked at by those whom the one before names: not by somebody whom the change has let in.

    Raises ApprovalErrors, and as `Logbook.append`.
    """
    if review.operation == EventKind.POLICY.value:
        policy = _before(workspace, review) or policy
    statement = statement_of(
        Purpose.REVIEW,
        workspace.name,
        operation=review.operation,
        plan=review.permit.plan,
        request=review.id,
    )
    proof = prove(policy, statement, signer_of(workspace, policy))
    if policy.enforced and not proof.proven:
        raise NotProven(proof.person)
    doer = review.permit.proof.person if review.permit.proof else review.by
    if policy.enforced and proof.person in (doer, review.by):
        raise NotYours(review.id, proof.person, "whoever did it cannot review it")
    with holding_runbook(workspace) as (book, history):
        if review not in open_reviews(history, book.runbook):
            raise ReviewNotFound(workspace.name, review.id, ())
        book.append(
            EventKind.REVIEWED,
            {
                "publish": review.sequence,
                "by": proof.person,
                "note": note,
                "proof": encode_proof(proof),
            },
        )
    return proof.person


def _before(workspace: Workspace, review: Review) -> Policy | None:
    reader = workspace.connect_to_read()
    try:
        return policy_before(reader, workspace.history(reader), review.sequence)
    finally:
        reader.close()
