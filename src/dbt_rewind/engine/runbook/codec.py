"""Answers, demands, findings and proofs as plain JSON data, as events hold them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from dbt_rewind.model import (
    Action,
    Answer,
    Demand,
    Ground,
    Permit,
    Proof,
    ProofMethod,
    Severity,
    Trigger,
    TriggerFinding,
)


def encode_demand(demand: Demand) -> dict[str, Any]:
    record = {
        "roles": list(demand.roles),
        "quorum": demand.quorum,
        "emergency": demand.emergency,
    }
    also = [encode_demand(each) for each in demand.also]
    return {**record, "also": also} if also else record


def decode_demand(record: Mapping[str, Any]) -> Demand:
    also = tuple(decode_demand(each) for each in record.get("also", ()))
    return Demand(tuple(record["roles"]), record["quorum"], record["emergency"], also)


def encode_answer(answer: Answer) -> dict[str, Any]:
    return {
        "action": answer.action.value,
        "within_seconds": None if answer.within is None else answer.within.total_seconds(),
        "demand": encode_demand(answer.demand),
        "review": answer.review,
    }


def decode_answer(record: Mapping[str, Any]) -> Answer:
    seconds = record["within_seconds"]
    return Answer(
        Action(record["action"]),
        None if seconds is None else timedelta(seconds=seconds),
        decode_demand(record["demand"]),
        record["review"],
    )


def encode_trigger_finding(finding: TriggerFinding) -> dict[str, Any]:
    return {
        "trigger": finding.trigger.value,
        "severity": finding.severity.value,
        "subject": finding.subject,
        "what": finding.what,
        "measured": finding.measured,
        "threshold": finding.threshold,
        "evidence": list(finding.evidence),
        "release": finding.release,
        "remedy": finding.remedy,
    }


def decode_trigger_finding(record: Mapping[str, Any]) -> TriggerFinding:
    return TriggerFinding(
        Trigger(record["trigger"]),
        Severity(record["severity"]),
        record["subject"],
        record["what"],
        record["measured"],
        record["threshold"],
        tuple(record["evidence"]),
        record["release"],
        record["remedy"],
    )


def encode_permit(permit: Permit) -> dict[str, Any]:
    return {
        "ground": permit.ground.value,
        "plan": permit.plan,
        "severity": permit.severity.value if permit.severity else None,
        "decision": permit.decision,
        "request": permit.request,
        "approvers": list(permit.approvers),
        "review": permit.review,
        "proof": encode_proof(permit.proof) if permit.proof else None,
    }


def decode_permit(record: Mapping[str, Any]) -> Permit:
    severity, proof = record["severity"], record["proof"]
    return Permit(
        Ground(record["ground"]),
        record["plan"],
        Severity(severity) if severity else None,
        record["decision"],
        record["request"],
        tuple(record["approvers"]),
        record["review"],
        decode_proof(proof) if proof else None,
    )


def encode_proof(proof: Proof) -> dict[str, Any]:
    return {
        "method": proof.method.value,
        "person": proof.person,
        "evidence": dict(proof.evidence),
    }


def decode_proof(record: Mapping[str, Any]) -> Proof:
    return Proof(ProofMethod(record["method"]), record["person"], record["evidence"])
