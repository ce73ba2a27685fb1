"""Messages to people and to other systems: recorded first, delivered then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from dbt_rewind.model.severity import Severity


class Topic(StrEnum):
    """What a message is about; channels choose by it."""

    INCIDENT_OPENED = "incident-opened"
    INCIDENT_NOTED = "incident-noted"
    INCIDENT_ACKNOWLEDGED = "incident-acknowledged"
    INCIDENT_CLOSED = "incident-closed"
    APPROVAL_REQUESTED = "approval-requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    ROLLED_BACK = "rolled-back"
    EMERGENCY = "emergency"
    ESCALATED = "escalated"
    POLICY_CHANGED = "policy-changed"
    BRANCH_RESET = "branch-reset"


@dataclass(frozen=True, slots=True)
class Message:
    """One message for one channel. `attempts` counts the failed ones; `due_at` is when it is tried
    next, None once it is sent or given up. Until `claimed_until` one process has it in hand, and no
    other touches it. `facts` are what the channel needs beside the words,
    such as the incident's number."""

    number: int
    at: datetime
    channel: str
    topic: Topic
    subject: str
    body: str
    severity: Severity | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    attempts: int = 0
    problem: str = ""
    due_at: datetime | None = None
    sent_at: datetime | None = None
    claimed_until: datetime | None = None

    @property
    def id(self) -> str:
        return f"M{self.number}"

    @property
    def given_up(self) -> bool:
        return self.sent_at is None and self.due_at is None

    def is_due(self, now: datetime) -> bool:
        """Whether it is to be sent now, and nobody is at it."""
        if self.due_at is None or self.due_at > now:
            return False
        return self.claimed_until is None or self.claimed_until <= now
