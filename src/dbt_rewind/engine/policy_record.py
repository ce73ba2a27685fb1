"""A policy as the ledger stores it: canonical JSON, so that equal policies have one digest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from dbt_rewind.engine.runbook.codec import (
    decode_answer,
    decode_demand,
    encode_answer,
    encode_demand,
)
from dbt_rewind.errors import ArtifactDamaged
from dbt_rewind.model import Person, Policy, Rule, Severity, Trigger
from dbt_rewind.model.policy import CiTrust


def encode_policy(policy: Policy) -> bytes:
    """The policy in UTF-8."""
    record = {
        "version": 1,
        "production": policy.production,
        "matrix": [_encode_rule(rule) for rule in policy.matrix],
        "people": [
            {
                "name": person.name,
                "roles": list(person.roles),
                "keys": list(person.keys),
                "logins": list(person.logins),
            }
            for person in policy.people
        ],
        "expires_seconds": policy.expires.total_seconds(),
        "deploy": encode_demand(policy.deploy),
        "triggers": policy.triggers,
        "ci": policy.ci
        and {
            "repository": policy.ci.repository,
            "branches": list(policy.ci.branches),
            "issuer": policy.ci.issuer,
        },
    }
    return json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def decode_policy(content: bytes, name: str) -> Policy:
    """The policy in `content`; `name` is what an error calls it. Raises ArtifactDamaged."""
    try:
        return _decoded(json.loads(content))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ArtifactDamaged(name) from error


def _decoded(record: Mapping[str, Any]) -> Policy:
    ci = record["ci"]
    return Policy(
        record["production"],
        tuple(_decode_rule(rule) for rule in record["matrix"]),
        tuple(
            Person(each["name"], tuple(each["roles"]), tuple(each["keys"]), tuple(each["logins"]))
            for each in record["people"]
        ),
        timedelta(seconds=record["expires_seconds"]),
        decode_demand(record["deploy"]),
        record["triggers"],
        CiTrust(ci["repository"], tuple(ci["branches"]), ci["issuer"]) if ci else None,
    )


def _encode_rule(rule: Rule) -> dict[str, Any]:
    return {
        "answer": encode_answer(rule.answer),
        "triggers": None if rule.triggers is None else [each.value for each in rule.triggers],
        "severities": None if rule.severities is None else [each.value for each in rule.severities],
        "production": rule.production,
    }


def _decode_rule(record: Mapping[str, Any]) -> Rule:
    triggers, severities = record["triggers"], record["severities"]
    return Rule(
        decode_answer(record["answer"]),
        None if triggers is None else tuple(Trigger(each) for each in triggers),
        None if severities is None else tuple(Severity(each) for each in severities),
        record["production"],
    )
