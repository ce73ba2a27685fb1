"""Events: the append-only, hash-chained ledger entries of an environment."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

GENESIS = "0" * 64
"""What the first event of an environment names as the hash of the event before it."""

PAYLOAD_VERSION = 1


class EventKind(StrEnum):
    """What happened. `STOPPED`: a gate kept a built release from its publish. `BLOCKED`: others did
    who use what it must move, so that it waits. `PRUNING` says what will be dropped, `PRUNED` that
    it was. `RESTORED`: the database was replaced by a backup of it. `CODE_CHANGED`: commits that
    take the code back were pushed or proposed; `CODE_REFUSED`: they could not be. From `ASSESSED`
    on they stand in the runbook's chain (`runbook_chain`)."""

    STARTED = "started"
    BUILT = "built"
    FAILED = "failed"
    STOPPED = "stopped"
    PUBLISHED = "published"
    ABORTED = "aborted"
    PINNED = "pinned"
    UNPINNED = "unpinned"
    PRUNING = "pruning"
    PRUNED = "pruned"
    REPAIRED = "repaired"
    EJECTED = "ejected"
    BLOCKED = "blocked"
    POLICY = "policy"
    UNQUARANTINED = "unquarantined"
    RESTORED = "restored"

    ASSESSED = "assessed"
    REQUESTED = "requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    REVIEWED = "reviewed"
    OPENED = "opened"
    NOTED = "noted"
    LINKED = "linked"
    ACKNOWLEDGED = "acknowledged"
    ESCALATED = "escalated"
    CLOSED = "closed"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    UNDELIVERED = "undelivered"
    CODE_CHANGED = "code-changed"
    CODE_REFUSED = "code-refused"


_RUNBOOK_SUFFIX = ".runbook"


def runbook_chain(environment: str) -> str:
    """The name of the chain that holds an environment's decisions, approvals, incidents and
    messages: a chain of its own, so that nobody who answers for them waits for a deploy. No
    environment has such a name, because names of environments have no dot."""
    return environment + _RUNBOOK_SUFFIX


def chain_owner(chain: str) -> str:
    """The environment whose events, or whose runbook's, the chain holds."""
    return chain.removesuffix(_RUNBOOK_SUFFIX)


@dataclass(frozen=True, slots=True)
class Event:
    """One entry. `payload` is plain JSON data whose shape `version` names."""

    environment: str
    sequence: int
    at: datetime
    kind: EventKind
    version: int
    payload: Mapping[str, Any]
    previous_hash: str
    hash: str


def event_hash(
    environment: str,
    sequence: int,
    at: datetime,
    kind: EventKind,
    version: int,
    payload: Mapping[str, Any],
    previous_hash: str,
) -> str:
    """The SHA-256 (64 hexadecimal digits) over every field, canonically written.

    The hash covers the previous event's hash, so changing, dropping or moving any event breaks
    every later link (Haber and Stornetta, 1991).
    """
    canonical = json.dumps(
        [environment, sequence, at.isoformat(), kind.value, version, payload, previous_hash],
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=True,
        allow_nan=False,
    )
    return hashlib.sha256(canonical.encode()).hexdigest()


def event_time(text: str) -> datetime:
    """The time that is written so, and no other way: the hash covers this text.

    Raises ValueError.
    """
    moment = datetime.fromisoformat(text)
    if moment.isoformat() != text:
        raise ValueError(f"{text!r} is not how a time is written")
    return moment


def next_event(
    previous: Event | None,
    environment: str,
    at: datetime,
    kind: EventKind,
    payload: Mapping[str, Any],
) -> Event:
    """The event that follows `previous` (None: the first) in `environment`'s chain."""
    sequence = previous.sequence + 1 if previous else 1
    previous_hash = previous.hash if previous else GENESIS
    digest = event_hash(environment, sequence, at, kind, PAYLOAD_VERSION, payload, previous_hash)
    return Event(environment, sequence, at, kind, PAYLOAD_VERSION, payload, previous_hash, digest)
