"""Releases as plain JSON data, the shape stored in the ledger's artifacts.

Written by hand, field by field: what is stored outlives today's classes, and `version` says which
shape it has.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dbt_rewind.errors import ArtifactDamaged
from dbt_rewind.model import (
    Commit,
    FailedNode,
    FlagNodes,
    FlagOff,
    Gate,
    GateFinding,
    GateLevel,
    Origin,
    RelationName,
    Release,
    ReleaseKind,
    ReleaseNode,
    TestSummary,
)
from dbt_rewind.redact import redact

RECORD_VERSION = 3
"""Version 1 has no `extras`, `gates` and `base`; its nodes have no `reads`, `storage` and
`in_place`. Version 2 has no `flags`, `off` and `withheld`."""


def encode_release(release: Release) -> bytes:
    """The release as canonical JSON, so that equal releases have equal digests."""
    record = {
        "version": RECORD_VERSION,
        "number": release.number,
        "environment": release.environment,
        "kind": release.kind.value,
        "commit": {
            "sha": release.commit.sha,
            "subject": redact(release.commit.subject),
            "author": redact(release.commit.author),
            "tags": list(release.commit.tags),
        },
        "build_key": release.build_key,
        "created_at": release.created_at.isoformat(),
        "created_by": release.created_by,
        "seconds": release.seconds,
        "dbt_version": release.dbt_version,
        "tests": encode_tests(release.tests),
        "nodes": [_encode_node(node) for node in release.nodes],
        "failures": [_encode_failure(node) for node in release.failures],
        "warnings": [_encode_failure(node) for node in release.warnings],
        "pending": list(release.pending),
        "extras": [encode_relation(relation) for relation in release.extras],
        "gates": [encode_finding(finding) for finding in release.gates],
        "base": release.base,
        "flags": [
            {"flag": each.flag, "models": each.models, "nodes": list(each.nodes)}
            for each in release.flags
        ],
        "off": [_encode_off(each) for each in release.off],
        "withheld": [_encode_node(node) for node in release.withheld],
    }
    return json.dumps(record, sort_keys=True, separators=(",", ":")).encode()


def decode_release(content: bytes, name: str) -> Release:
    """The release in `content`. Raises ArtifactDamaged, which calls it `name`."""
    try:
        record = json.loads(content)
        if record["version"] == 1:
            record = _from_version_1(record)
        if record["version"] == 2:
            record = {"flags": [], "off": [], "withheld": [], **record, "version": 3}
        if record["version"] != RECORD_VERSION:
            raise ArtifactDamaged(name)
        return Release(
            number=record["number"],
            environment=record["environment"],
            kind=ReleaseKind(record["kind"]),
            commit=Commit(
                record["commit"]["sha"],
                record["commit"]["subject"],
                record["commit"]["author"],
                tuple(record["commit"]["tags"]),
            ),
            build_key=record["build_key"],
            created_at=datetime.fromisoformat(record["created_at"]),
            created_by=record["created_by"],
            seconds=record["seconds"],
            dbt_version=record["dbt_version"],
            tests=decode_tests(record["tests"]),
            nodes=tuple(_decode_node(node) for node in record["nodes"]),
            failures=tuple(FailedNode(**node) for node in record["failures"]),
            warnings=tuple(FailedNode(**node) for node in record["warnings"]),
            pending=tuple(record["pending"]),
            extras=tuple(decode_relation(parts) for parts in record["extras"]),
            gates=tuple(decode_finding(finding) for finding in record["gates"]),
            base=record["base"],
            flags=tuple(
                FlagNodes(each["flag"], each["models"], tuple(each["nodes"]))
                for each in record["flags"]
            ),
            off=tuple(_decode_off(each) for each in record["off"]),
            withheld=tuple(_decode_node(node) for node in record["withheld"]),
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ArtifactDamaged(name) from error


def _from_version_1(record: dict[str, Any]) -> dict[str, Any]:
    added = {"reads": None, "storage": None, "in_place": None}
    nodes = [{**added, **node} for node in record["nodes"]]
    return {"extras": [], "gates": [], "base": None, **record, "nodes": nodes, "version": 2}


def encode_relation(relation: RelationName) -> list[str]:
    return [relation.database, relation.schema, relation.name]


def decode_relation(parts: list[str]) -> RelationName:
    database, schema, name = parts
    return RelationName(database, schema, name)


def encode_tests(tests: TestSummary) -> dict[str, int]:
    return {
        "passed": tests.passed,
        "warned": tests.warned,
        "failed": tests.failed,
        "skipped": tests.skipped,
    }


def decode_tests(record: Mapping[str, int]) -> TestSummary:
    return TestSummary(record["passed"], record["warned"], record["failed"], record["skipped"])


def encode_finding(finding: GateFinding) -> dict[str, Any]:
    return {
        "gate": finding.gate.value,
        "pointer": encode_relation(finding.pointer),
        "level": finding.level.value,
        "words": finding.words,
        "accepted": finding.accepted,
    }


def decode_finding(record: Mapping[str, Any]) -> GateFinding:
    return GateFinding(
        Gate(record["gate"]),
        decode_relation(record["pointer"]),
        GateLevel(record["level"]),
        record["words"],
        record["accepted"],
    )


def _encode_node(node: ReleaseNode) -> dict[str, Any]:
    return {
        "unique_id": node.unique_id,
        "resource_type": node.resource_type,
        "materialized": node.materialized,
        "relation": encode_relation(node.relation),
        "pointer": encode_relation(node.pointer),
        "origin": node.origin.value,
        "built_by": node.built_by,
        "rows": node.rows,
        "fingerprint": node.fingerprint,
        "follows_sources": node.follows_sources,
        "seconds": node.seconds,
        "reads": None if node.reads is None else [encode_relation(name) for name in node.reads],
        "storage": encode_relation(node.storage) if node.storage else None,
        "in_place": node.in_place,
    }


def _decode_node(record: Mapping[str, Any]) -> ReleaseNode:
    return ReleaseNode(
        unique_id=record["unique_id"],
        resource_type=record["resource_type"],
        materialized=record["materialized"],
        relation=decode_relation(record["relation"]),
        pointer=decode_relation(record["pointer"]),
        origin=Origin(record["origin"]),
        built_by=record["built_by"],
        rows=record["rows"],
        fingerprint=record["fingerprint"],
        follows_sources=record["follows_sources"],
        seconds=record["seconds"],
        reads=_decode_reads(record["reads"]),
        storage=decode_relation(record["storage"]) if record["storage"] else None,
        in_place=record["in_place"],
    )


def _encode_off(off: FlagOff) -> dict[str, Any]:
    return {
        "flag": off.flag,
        "models": off.models,
        "base": off.base,
        "shown": off.shown,
        "held": list(off.held),
        "hidden": list(off.hidden),
    }


def _decode_off(record: Mapping[str, Any]) -> FlagOff:
    return FlagOff(
        record["flag"],
        record["models"],
        record["base"],
        record["shown"],
        tuple(record["held"]),
        tuple(record["hidden"]),
    )


def _decode_reads(names: list[list[str]] | None) -> tuple[RelationName, ...] | None:
    return None if names is None else tuple(decode_relation(parts) for parts in names)


def _encode_failure(node: FailedNode) -> dict[str, Any]:
    return {
        "unique_id": node.unique_id,
        "status": node.status,
        "message": redact(node.message),
        "compiled_sql": None if node.compiled_sql is None else redact(node.compiled_sql),
        "file": node.file,
        "rows_in": node.rows_in,
    }
