"""Requests for approval in the runbook's chain: `requested`, `approved` and `rejected` events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from dbt_rewind.engine.runbook.codec import (
    decode_demand,
    decode_proof,
    encode_demand,
    encode_proof,
)
from dbt_rewind.model import Event, EventKind, Request, Severity, Verdict


def requested_payload(request: Request) -> Mapping[str, Any]:
    """The request as its event holds it; when it was made is the event's own time."""
    return {
        "request": request.number,
        "proof": encode_proof(request.proof),
        "operation": request.operation,
        "plan": request.plan,
        "demand": encode_demand(request.demand),
        "expires_at": request.expires_at.isoformat(),
        "summary": list(request.summary),
        "reason": request.reason,
        "severity": request.severity.value if request.severity else None,
        "decision": request.decision,
    }


def verdict_payload(request: Request, verdict: Verdict) -> Mapping[str, Any]:
    """One person's answer, for an `approved` or a `rejected` event."""
    return {
        "request": request.number,
        "proof": encode_proof(verdict.proof),
        "reason": verdict.reason,
    }


def take_request(requests: dict[int, Request], event: Event) -> None:
    """Adds the event to the requests by number."""
    payload = event.payload
    number = payload["request"]
    if event.kind is EventKind.REQUESTED:
        # Nobody makes a request anew that was answered: the first is the one that counts.
        requests.setdefault(number, _request(event))
        return
    verdict = Verdict(
        event.kind is EventKind.APPROVED,
        event.at,
        decode_proof(payload["proof"]),
        payload["reason"],
    )
    asked = requests[number]
    requests[number] = replace(asked, verdicts=(*asked.verdicts, verdict))


def _request(event: Event) -> Request:
    payload = event.payload
    return Request(
        payload["request"],
        event.at,
        decode_proof(payload["proof"]),
        payload["operation"],
        payload["plan"],
        decode_demand(payload["demand"]),
        datetime.fromisoformat(payload["expires_at"]),
        tuple(payload["summary"]),
        payload["reason"],
        Severity(payload["severity"]) if payload["severity"] else None,
        payload["decision"],
    )
