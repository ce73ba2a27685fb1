"""The shapes of event payloads: plain JSON data, small, with digests of what is large."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dbt_rewind.engine.ledger import digest_of
from dbt_rewind.engine.plan import Plan
from dbt_rewind.engine.records import encode_relation, encode_tests
from dbt_rewind.model import Commit, Origin, Release, ReleaseKind


def started_payload(plan: Plan, kind: ReleaseKind, commit: Commit, by: str) -> Mapping[str, Any]:
    """The intent, written before the first relation is: `writes` is what an undo has to drop,
    `in_place` what it cannot undo, because it is written on in earlier releases' relations."""
    return {
        "operation": plan.operation,
        "release": plan.release,
        "kind": kind.value,
        "commit": encode_commit(commit),
        "by": by,
        "writes": [encode_relation(relation) for relation in plan.writes],
        "in_place": [
            {
                "unique_id": node.unique_id,
                "relation": encode_relation(node.relation),
                "reason": node.in_place,
            }
            for node in plan.in_place
        ],
    }


def recorded_payload(release: Release, artifacts: Mapping[str, bytes]) -> Mapping[str, Any]:
    """A release that was built, or that failed: its figures, and where the whole is stored, which
    is in the artifacts `record`, `manifest`, and `profile` and `run_results` where there are."""
    return {
        "release": release.number,
        "kind": release.kind.value,
        "commit": encode_commit(release.commit),
        "build_key": release.build_key,
        "by": release.created_by,
        "seconds": release.seconds,
        "tests": encode_tests(release.tests),
        "built": sum(node.origin is Origin.BUILT for node in release.made),
        "reused": sum(node.origin is Origin.REUSED for node in release.made),
        "off": {each.flag: each.base for each in release.off},
        "failed": [node.unique_id for node in release.failures],
        "artifacts": {name: digest_of(content) for name, content in artifacts.items()},
    }


def encode_commit(commit: Commit) -> dict[str, Any]:
    return {
        "sha": commit.sha,
        "subject": commit.subject,
        "author": commit.author,
        "tags": list(commit.tags),
    }
