"""Artifacts: stored once under their digest, and checked when read."""

from __future__ import annotations

import hashlib
import zlib

import pytest
from tests.conformance.operation import ALIVE, MINUTE, NOW, Operation

from dbt_rewind.errors import ArtifactDamaged
from dbt_rewind.model import EventKind, next_event

CONTENTS = [b"", b"\x00\xff", b'{"nodes": {}}', bytes(range(256)) * 4096]


def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("content", CONTENTS, ids=len)
def test_an_artifact_comes_back_as_it_was(operation: Operation, content: bytes) -> None:
    operation.publish(artifacts=[content])
    assert operation.warehouse.artifact(digest_of(content)) == content


def test_an_unknown_artifact_is_none(operation: Operation) -> None:
    assert operation.warehouse.artifact(digest_of(b"never stored")) is None


def test_the_same_artifact_may_be_stored_again(operation: Operation) -> None:
    operation.publish(artifacts=[b"one", b"one"])
    operation.publish(artifacts=[b"two", b"one"])
    for content in (b"one", b"two"):
        assert operation.warehouse.artifact(digest_of(content)) == content


def test_an_artifact_that_is_there_is_left_as_it_is(operation: Operation) -> None:
    operation.publish(artifacts=[b"one"])
    operation.engine.damage_artifact(digest_of(b"one"), zlib.compress(b"other"))
    operation.publish(artifacts=[b"one"])
    with pytest.raises(ArtifactDamaged):
        operation.warehouse.artifact(digest_of(b"one"))


@pytest.mark.parametrize("stored", [b"", b"no zlib at all", zlib.compress(b"another content")])
def test_damage_is_detected(operation: Operation, stored: bytes) -> None:
    operation.publish(artifacts=[b"content"])
    digest = digest_of(b"content")
    operation.engine.damage_artifact(digest, stored)
    with pytest.raises(ArtifactDamaged) as raised:
        operation.warehouse.artifact(digest)
    assert raised.value.artifact == digest


def test_what_is_forgotten_is_gone_and_nothing_else(operation: Operation) -> None:
    operation.publish(artifacts=[b"one", b"two"])
    operation.warehouse.forget("prod", [digest_of(b"one"), digest_of(b"never stored")])
    operation.warehouse.forget("prod", [])
    assert operation.warehouse.artifact(digest_of(b"one")) is None
    assert operation.warehouse.artifact(digest_of(b"two")) == b"two"
    operation.publish(artifacts=[b"one"])
    assert operation.warehouse.artifact(digest_of(b"one")) == b"one"


def test_what_another_environment_names_is_not_forgotten(operation: Operation) -> None:
    warehouse = operation.warehouse
    lease = warehouse.acquire_lease("dev", ALIVE, NOW, MINUTE)
    payload = {"artifacts": {"manifest": digest_of(b"shared")}}
    event = next_event(None, "dev", NOW, EventKind.BUILT, payload)
    warehouse.commit(event, lease, artifacts=[b"shared"])
    operation.publish(artifacts=[b"shared", b"own"])
    warehouse.forget("prod", [digest_of(b"shared"), digest_of(b"own")])
    assert warehouse.artifact(digest_of(b"shared")) == b"shared"
    assert warehouse.artifact(digest_of(b"own")) is None
    warehouse.forget("dev", [digest_of(b"shared")])
    assert warehouse.artifact(digest_of(b"shared")) is None
