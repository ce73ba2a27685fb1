"""What somebody says when they ask or answer, as the text that is signed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from enum import StrEnum


class Purpose(StrEnum):
    """What a statement does. A signature under one does nothing else."""

    ASK = "ask"
    APPROVE = "approve"
    REJECT = "reject"
    EMERGENCY = "emergency"
    REVIEW = "review"
    POLICY = "policy"
    UNQUARANTINE = "unquarantine"


def statement_of(
    purpose: Purpose,
    environment: str,
    *,
    operation: str,
    plan: str,
    request: str = "",
    expires_at: datetime | None = None,
) -> str:
    """The text to sign: two that differ in anything differ in their text.

    `plan` is the digest of what was shown, `request` an id such as `A3`. `expires_at` tells two
    requests of the same id in two ledgers of the same environment apart.
    """
    expires = expires_at.astimezone(UTC).isoformat() if expires_at else ""
    said = {
        "purpose": purpose.value,
        "environment": environment,
        "operation": operation,
        "plan": plan,
        "request": request,
        "expires": expires,
    }
    # As JSON, no value can end its line and go on as another.
    lines = (f"{name}: {json.dumps(value)}" for name, value in said.items())
    return "\n".join(("dbt-rewind statement, version 1", *lines, ""))
