"""Releases and events by the dozen: factories for tests of what reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from dbt_rewind.engine.derive import derive_history
from dbt_rewind.engine.history import History
from dbt_rewind.engine.payloads import recorded_payload, started_payload
from dbt_rewind.engine.plan import Plan
from dbt_rewind.engine.records import encode_relation, encode_release
from dbt_rewind.model import (
    Commit,
    Event,
    EventKind,
    FailedNode,
    FlagNodes,
    FlagOff,
    Origin,
    RelationName,
    Release,
    ReleaseKind,
    ReleaseNode,
    TestSummary,
    next_event,
)

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def node(name: str, release: int, *, reused: bool = False, **fields: Any) -> ReleaseNode:
    facts: dict[str, Any] = {
        "unique_id": f"model.shop.{name}",
        "resource_type": "model",
        "materialized": "table",
        "relation": RelationName("memory", "rewind_gold", f"{name}__r{release}"),
        "pointer": RelationName("memory", "gold", name),
        "origin": Origin.REUSED if reused else Origin.BUILT,
        "built_by": release,
        "rows": 1,
        "fingerprint": "memory-1:abc",
    }
    return ReleaseNode(**{**facts, **fields})


def release(number: int, *nodes: ReleaseNode, **fields: Any) -> Release:
    facts: dict[str, Any] = {
        "number": number,
        "environment": "prod",
        "kind": ReleaseKind.DEPLOY,
        "commit": Commit(f"{number:x}" * 40, f"Change {number}", "Ada"),
        "build_key": f"key {number}",
        "created_at": AT + timedelta(days=number),
        "created_by": "ada",
        "seconds": 1.5,
        "dbt_version": "1.11.0",
        "tests": TestSummary(passed=3),
        "nodes": nodes or (node("orders", number),),
    }
    return Release(**{**facts, **fields})


def _artifacts(made: Release) -> dict[str, bytes]:
    return {"record": encode_release(made), "manifest": b"{}"}


class Chain:
    """Writes an environment's events as the engine does."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def append(self, kind: EventKind, payload: Mapping[str, Any]) -> Chain:
        previous = self.events[-1] if self.events else None
        at = AT + timedelta(minutes=len(self.events))
        self.events.append(next_event(previous, "prod", at, kind, payload))
        return self

    def started(self, made: Release) -> Chain:
        plan = Plan("deploy", "prod", made.number, "", made.nodes, ())
        payload = dict(started_payload(plan, made.kind, made.commit, made.created_by))
        payload["writes"] = [
            [each.relation.database, each.relation.schema, each.relation.name]
            for each in made.nodes
        ]
        return self.append(EventKind.STARTED, payload)

    def built(self, made: Release) -> Chain:
        return self.append(EventKind.BUILT, recorded_payload(made, _artifacts(made)))

    def failed(self, made: Release) -> Chain:
        return self.append(EventKind.FAILED, recorded_payload(made, _artifacts(made)))

    def published(self, number: int, previous: int | None = None, by: str = "deploy") -> Chain:
        payload = {"operation": by, "release": number, "previous": previous, "moved": 1}
        return self.append(EventKind.PUBLISHED, {**payload, "reason": "", "by": "ada"})

    def aborted(self, number: int) -> Chain:
        payload = {"operation": "deploy", "release": number, "reason": "killed", "dropped": []}
        return self.append(EventKind.ABORTED, payload)

    def pinned(self, number: int, reason: str = "") -> Chain:
        return self.append(EventKind.PINNED, {"release": number, "reason": reason, "by": "ada"})

    def pruned(self, *numbers: int, relations: Sequence[RelationName] = ()) -> Chain:
        payload = {
            "operation": "prune",
            "releases": list(numbers),
            "relations": [encode_relation(relation) for relation in relations],
        }
        self.append(EventKind.PRUNING, {**payload, "reason": "", "by": "ada"})
        return self.append(EventKind.PRUNED, payload)

    def deployed(self, *numbers: int, **fields: Any) -> Chain:
        for number in numbers:
            made = release(number, **fields)
            live = self.history.live
            self.started(made).built(made).published(number, live.number if live else None)
        return self

    def rolled_back(self, number: int) -> Chain:
        live = self.history.live
        return self.published(number, live.number if live else None, by="rollback")

    @property
    def history(self) -> History:
        return derive_history("prod", self.events)

    def states(self) -> list[str]:
        releases = self.history.releases
        return [releases[number].state.value for number in sorted(releases)]


NAMES = st.text(min_size=1, max_size=12)
TEXTS = st.text(max_size=20)
RELATIONS = st.builds(RelationName, NAMES, NAMES, NAMES)
SECONDS = st.floats(min_value=0, max_value=1e6, allow_nan=False)
COMMITS = st.builds(Commit, TEXTS, TEXTS, TEXTS, st.lists(NAMES, max_size=2).map(tuple))
NODES = st.builds(
    ReleaseNode,
    unique_id=NAMES,
    resource_type=st.sampled_from(["model", "seed", "snapshot"]),
    materialized=NAMES,
    relation=RELATIONS,
    pointer=RELATIONS,
    origin=st.sampled_from(Origin),
    built_by=st.integers(1, 99),
    rows=st.none() | st.integers(0),
    fingerprint=st.none() | TEXTS,
    follows_sources=st.booleans(),
    seconds=st.none() | SECONDS,
)
FAILED = st.builds(FailedNode, NAMES, TEXTS, TEXTS, st.none() | TEXTS, st.none() | TEXTS)
TESTS = st.builds(
    TestSummary, st.integers(0, 99), st.integers(0, 99), st.integers(0, 99), st.integers(0, 99)
)


def few(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Sequence[Any]]:
    return st.lists(values, max_size=3).map(tuple)


NUMBERS = st.none() | st.integers(1, 99)
RELEASES = st.builds(
    Release,
    number=st.integers(1, 999),
    environment=NAMES,
    kind=st.sampled_from(ReleaseKind),
    commit=COMMITS,
    build_key=TEXTS,
    created_at=st.datetimes(timezones=st.just(UTC)),
    created_by=TEXTS,
    seconds=SECONDS,
    dbt_version=TEXTS,
    tests=TESTS,
    nodes=few(NODES),
    failures=few(FAILED),
    warnings=few(FAILED),
    pending=few(NAMES),
    flags=few(st.builds(FlagNodes, NAMES, TEXTS, few(NAMES))),
    off=few(st.builds(FlagOff, NAMES, TEXTS, NUMBERS, NUMBERS, few(NAMES), few(NAMES))),
    withheld=few(NODES),
)
