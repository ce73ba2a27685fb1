"""What commands say of approvals: whose is needed, by what right something went live."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from dbt_rewind.cli.screen import Screen
from dbt_rewind.cli.words import moment, wrapped
from dbt_rewind.errors import ApprovalNeeded

if TYPE_CHECKING:
    from dbt_rewind.engine.judge import Missing
    from dbt_rewind.engine.workspace import Workspace
    from dbt_rewind.model import Incident, Permit


@contextmanager
def asked_for(screen: Screen, workspace: Workspace, reason: str) -> Iterator[None]:
    """Makes a request for the approval that the block lacks, once it has given its lease back, and
    raises ApprovalNeeded, which names it."""
    try:
        yield
    except ApprovalNeeded as needed:
        from dbt_rewind.procedures.approvals import ask

        request = ask(workspace, needed, reason, screen.warn)
        if request is not None:
            until = moment(request.expires_at)
            screen.tell(f"{request.id} asks for it, until {until}", fg="yellow")
        raise


def say_demand(screen: Screen, permit: Permit | Missing) -> None:
    """Whose yes is needed, before anything is done."""
    from dbt_rewind.model import Ground, Permit

    if not isinstance(permit, Permit):
        screen.tell("\n".join(wrapped("  approval: ", missing_words(permit))), fg="yellow")
    elif permit.ground is Ground.APPROVED:
        words = f"A{permit.request}, by {', '.join(permit.approvers)}"
        screen.tell("\n".join(wrapped("  approval: ", words)))
    elif permit.ground is Ground.IMMEDIATE:
        why = f": D{permit.decision} is {permit.severity}" if permit.decision else ""
        words = f"nobody's is needed{why}"
        screen.tell("\n".join(wrapped("  approval: ", words)))


def missing_words(missing: Missing) -> str:
    """`1 of team-lead has to say yes (A3 asks for it)`."""
    demand = missing.demand
    if missing.rejected is not None:
        return f"{missing.rejected.proof.person} has said no: {missing.rejected.reason}"
    if not demand.quorum:
        return "nobody's: it needs --emergency"
    words = f"{demand} has to say yes"
    if missing.request is not None:
        words += f" ({missing.request.id} asks for it"
        words += f"; so far: {', '.join(missing.yes)})" if missing.yes else ")"
    return f"{words}, or --emergency" if demand.emergency else words


def say_permit(
    screen: Screen, environment: str, permit: Permit, sequence: int, incident: Incident | None
) -> None:
    """By what right it went live, and what has to follow."""
    from dbt_rewind.model import Ground

    if permit.ground is Ground.APPROVED:
        screen.tell(f"  approved by    {', '.join(permit.approvers)} (A{permit.request})")
    if permit.ground is Ground.EMERGENCY:
        screen.say("  emergency      nobody was asked; it is announced", fg="yellow")
    if permit.review:
        screen.tell(f"  review         rewind review close R{sequence} -e {environment}")
    if incident is not None:
        screen.tell(f"  incident       rewind incident show {incident.id} -e {environment}")


def permit_facts(permit: Permit | None) -> dict[str, Any] | None:
    """By what right it went live; null where nobody has to be asked."""
    from dbt_rewind.engine.permits import permit_payload

    if permit is None or permit_payload(permit) is None:
        return None
    return {
        "ground": permit.ground,
        "plan": permit.plan,
        "severity": permit.severity,
        "decision": permit.decision,
        "request": permit.request,
        "approvers": list(permit.approvers),
        "review": permit.review,
        "proof": permit.proof and {"method": permit.proof.method, "person": permit.proof.person},
    }
