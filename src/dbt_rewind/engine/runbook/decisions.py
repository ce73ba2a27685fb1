"""Decisions in the runbook's chain: `assessed` events."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dbt_rewind.engine.runbook.codec import (
    decode_answer,
    decode_trigger_finding,
    encode_answer,
    encode_trigger_finding,
)
from dbt_rewind.model import Decision, Event, Severity


def assessed_payload(decision: Decision) -> Mapping[str, Any]:
    """The decision as its event holds it; when it was taken is the event's own time."""
    return {
        "decision": decision.number,
        "by": decision.by,
        "release": decision.release,
        "severity": decision.severity.value,
        "answer": encode_answer(decision.answer),
        "findings": [encode_trigger_finding(finding) for finding in decision.findings],
        "deadline": decision.deadline.isoformat() if decision.deadline else None,
        "target": decision.target,
    }


def decision_of(event: Event) -> Decision:
    payload = event.payload
    deadline = payload["deadline"]
    return Decision(
        payload["decision"],
        event.at,
        payload["by"],
        payload["release"],
        Severity(payload["severity"]),
        decode_answer(payload["answer"]),
        tuple(decode_trigger_finding(finding) for finding in payload["findings"]),
        datetime.fromisoformat(deadline) if deadline else None,
        payload["target"],
    )
