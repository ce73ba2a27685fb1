"""Requests for approval, what was said to them, and the permit that a publish needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dbt_rewind.model.policy import Demand
from dbt_rewind.model.proof import Proof
from dbt_rewind.model.severity import Severity


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one person said to a request."""

    approves: bool
    at: datetime
    proof: Proof
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody asks for approval of one plan. `plan` is the digest of what was shown; a plan that
    differs needs a request of its own. `summary` are the lines that approvers see. `decision` is
    the number of the decision that it rests on."""

    number: int
    at: datetime
    proof: Proof
    operation: str
    plan: str
    demand: Demand
    expires_at: datetime
    summary: tuple[str, ...]
    reason: str = ""
    severity: Severity | None = None
    decision: int | None = None
    verdicts: tuple[Verdict, ...] = ()

    @property
    def id(self) -> str:
        return f"A{self.number}"

    @property
    def rejected(self) -> bool:
        return any(not verdict.approves for verdict in self.verdicts)


class Ground(StrEnum):
    """On what ground something may go live.

    `free`: nothing is enforced there, or the matrix demands nothing of such an operation.
    `immediate`: the matrix says immediately, without approval. `approved`: a request has its yes.
    `emergency`: the glass was broken. `automatic`: the watch did it, where the matrix lets it.
    """

    FREE = "free"
    IMMEDIATE = "immediate"
    APPROVED = "approved"
    EMERGENCY = "emergency"
    AUTOMATIC = "automatic"


@dataclass(frozen=True, slots=True)
class Permit:
    """Why one plan may be published, as it is recorded with the publish. `review`: somebody has to
    look at it afterwards. `proof` is who broke the glass."""

    ground: Ground
    plan: str
    severity: Severity | None = None
    decision: int | None = None
    request: int | None = None
    approvers: tuple[str, ...] = ()
    review: bool = False
    proof: Proof | None = None
