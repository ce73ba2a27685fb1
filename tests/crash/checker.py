"""What must hold after every recovery, proven with plain SQL and without the product's code."""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.crash.catalogues import Catalogue, Name, Place, opened

GENESIS = "0" * 64
RECORDED = ("built", "stopped")
"""What says of which relations a release is made; one that a gate stopped may be accepted."""

FIELDS = ("environment", "sequence", "at", "kind", "version", "payload", "previous_hash", "hash")
TARGET = re.compile(r'from\s+("?\w+"?\.)?"?(?P<schema>\w+)"?\."?(?P<name>\w+)"?\s*;?\s*$', re.I)


@dataclass(frozen=True)
class Found:
    """The state that was proven: `live` is the release that users see, None before the first."""

    live: int | None
    events: tuple[dict[str, Any], ...]
    pointers: Mapping[Name, Name]

    @property
    def kinds(self) -> list[str]:
        return [event["kind"] for event in self.events]


def prove(place: Place, mirror: Path, environment: str = "prod") -> Found:
    """Raises AssertionError at the first thing that is not as it must be."""
    with opened(place) as catalogue:
        events = _chain(catalogue, environment)
        pointers = _public(catalogue)
        existing = catalogue.versioned()
        live = next((e["payload"]["release"] for e in events[::-1] if is_publish(e)), None)
        releases = {
            event["payload"]["release"]: _record(catalogue, event)
            for event in events
            if event["kind"] == "built"
        }
        pruned = {
            release
            for event in events
            if event["kind"] == "pruned"
            for release in event["payload"]["releases"]
        }
        published = {event["payload"]["release"] for event in events if is_publish(event)} - pruned
        assert live not in pruned, "the live release was pruned"
        reads = _reads(catalogue, events)
        withheld = {
            (node["relation"][1], node["relation"][2])
            for event in events
            if event["kind"] == "built" and event["payload"]["release"] in published
            for node in _nodes(catalogue, event, "withheld")
        }
        _prove_artifacts(catalogue, events, pruned)
        wanted = releases[live] if live is not None else {}
        assert pointers == wanted, "users see something else than the last published release"
        for schema, name in pointers:
            rows = catalogue.rows(f'select * from "{schema}"."{name}"')
            assert rows, f"{schema}.{name} has no rows"
        held = catalogue.rows("select environment from rewind.lease where held") if events else []
    needed = {relation for release in published for relation in releases[release].values()}
    needed |= withheld
    waiting = list(needed)
    while waiting:
        behind = reads.get(waiting.pop(), set()) - needed
        needed |= behind
        waiting += behind
    assert needed <= existing, f"missing: {needed - existing}"
    failed = _written(events, "failed", pruned) | _written(events, "stopped", pruned)
    assert existing <= needed | failed, f"left over: {existing - needed - failed}"
    assert not _unfinished(events), "an operation has no outcome"
    assert not held, "the lease is still held"
    assert _mirrored(mirror) == list(events), "the mirror differs from the ledger"
    return Found(live, events, pointers)


def is_publish(event: Mapping[str, Any]) -> bool:
    return bool(event["kind"] == "published")


def readable(place: Place) -> Mapping[Name, Name]:
    """Where each public name leads; every one can be read. Holds at any time, before recovery."""
    with opened(place) as catalogue:
        pointers = _public(catalogue)
        for schema, name in pointers:
            catalogue.rows(f'select * from "{schema}"."{name}"')
        return pointers


def whole(place: Place, environment: str = "prod") -> Mapping[Name, Name]:
    """As `readable`, and all of them lead into the release that the ledger says is live. Holds at
    any time, before recovery."""
    pointers = readable(place)
    with opened(place) as catalogue:
        events = _chain(catalogue, environment)
        live = next((e["payload"]["release"] for e in events[::-1] if is_publish(e)), None)
        built = [e for e in events if e["kind"] in RECORDED and e["payload"]["release"] == live]
        wanted = _record(catalogue, built[-1]) if built else {}
    assert pointers == wanted, "users see no whole release"
    return pointers


def publishes(place: Place, environment: str = "prod") -> int:
    """How often something was published."""
    with opened(place) as catalogue:
        return sum(map(is_publish, _chain(catalogue, environment)))


def _chain(catalogue: Catalogue, environment: str) -> tuple[dict[str, Any], ...]:
    if not catalogue.has_ledger():
        return ()
    rows = catalogue.rows(
        'select environment, sequence, "at", kind, version, payload, previous_hash, hash'
        " from rewind.event where environment = ? order by sequence",
        environment,
    )
    events = []
    previous = GENESIS
    for position, row in enumerate(rows, start=1):
        event = dict(zip(FIELDS, row, strict=True))
        event["payload"] = json.loads(event["payload"])
        assert event["sequence"] == position, "an event is missing"
        assert event["previous_hash"] == previous, f"event {position} does not follow the chain"
        parts = [event[name] for name in FIELDS[:-1]]
        text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        previous = hashlib.sha256(text.encode()).hexdigest()
        assert event["hash"] == previous, f"event {position} was altered"
        events.append(event)
    return tuple(events)


def _public(catalogue: Catalogue) -> dict[Name, Name]:
    pointers = {}
    for (schema, name), text in catalogue.public().items():
        match = TARGET.search(text)
        assert match, f"{schema}.{name} leads to no relation: {text}"
        pointers[schema, name] = (match["schema"], match["name"])
    return pointers


def _record(catalogue: Catalogue, event: Mapping[str, Any]) -> dict[Name, Name]:
    """Where each public name leads in a release, from the record that the ledger stores."""
    return {
        (node["pointer"][1], node["pointer"][2]): (node["relation"][1], node["relation"][2])
        for node in _nodes(catalogue, event)
    }


def _nodes(
    catalogue: Catalogue, event: Mapping[str, Any], part: str = "nodes"
) -> list[dict[str, Any]]:
    digest = event["payload"]["artifacts"]["record"]
    ((packed,),) = catalogue.rows("select content from rewind.artifact where digest = ?", digest)
    content = zlib.decompress(packed)
    assert hashlib.sha256(content).hexdigest() == digest, "a record was altered"
    nodes: list[dict[str, Any]] = json.loads(content).get(part, [])
    return nodes


def _reads(catalogue: Catalogue, events: tuple[dict[str, Any], ...]) -> Mapping[Name, set[Name]]:
    """What each relation cannot be without, from the records of all releases, also pruned ones."""
    found: dict[Name, set[Name]] = {}
    for event in events:
        if event["kind"] in {"built", "failed", "stopped"}:
            for node in (*_nodes(catalogue, event), *_nodes(catalogue, event, "withheld")):
                own = found.setdefault((node["relation"][1], node["relation"][2]), set())
                own |= {(schema, name) for _, schema, name in node.get("reads") or ()}
    return found


def _prove_artifacts(
    catalogue: Catalogue, events: tuple[dict[str, Any], ...], pruned: set[int]
) -> None:
    """What releases that are there have stored is there; of pruned ones only the record is."""
    stored = {row[0] for row in catalogue.rows("select digest from rewind.artifact")}
    named = [
        (event["payload"]["release"], name, digest)
        for event in events
        for name, digest in event["payload"].get("artifacts", {}).items()
    ]
    ended = {event["payload"]["release"] for event in events if event["kind"] == "aborted"}
    gone = pruned | ended
    needed = {digest for release, name, digest in named if release not in gone or name == "record"}
    assert needed <= stored, "an artifact of a release that is there is missing"
    left = {digest for release, _, digest in named if release in pruned} & stored - needed
    assert not left, "artifacts of pruned releases are left"


def _written(events: tuple[dict[str, Any], ...], outcome: str, pruned: set[int]) -> set[Name]:
    """The relations that operations with that outcome may have written, as far as they are kept."""
    ended = {event["payload"]["release"] for event in events if event["kind"] == outcome} - pruned
    return {
        (relation[1], relation[2])
        for event in events
        if event["kind"] == "started" and event["payload"]["release"] in ended
        for relation in event["payload"]["writes"]
    }


def _unfinished(events: tuple[dict[str, Any], ...]) -> set[int | str]:
    begun: set[int | str] = set()
    for event in events:
        if event["kind"] in {"started", "built"}:
            begun.add(event["payload"]["release"])
        elif event["kind"] == "pruning":
            begun.add("prune")
        elif event["kind"] == "pruned":
            begun.discard("prune")
        elif event["kind"] not in {"pinned", "unpinned"}:
            begun.discard(event["payload"]["release"])
    return begun


def _mirrored(mirror: Path) -> list[dict[str, Any]]:
    if not mirror.exists():
        return []
    text = mirror.read_text(encoding="utf-8")
    assert text.endswith("\n") or not text, "the mirror ends in half a line"
    return [json.loads(line) for line in text.splitlines()]
