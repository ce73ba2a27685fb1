"""Frozen values the whole product speaks in: names, releases, events, pointers, leases."""

from dbt_rewind.model.event import GENESIS, Event, EventKind, event_hash, next_event
from dbt_rewind.model.lease import Lease, Owner
from dbt_rewind.model.pointer import PointerMove, PointerState
from dbt_rewind.model.relation import Column, Measure, RelationInfo, RelationKind, RelationName
from dbt_rewind.model.release import (
    Commit,
    FailedNode,
    Origin,
    Release,
    ReleaseKind,
    ReleaseNode,
    TestSummary,
    release_id,
    release_number,
)

__all__ = [
    "GENESIS",
    "Column",
    "Commit",
    "Event",
    "EventKind",
    "FailedNode",
    "Lease",
    "Measure",
    "Origin",
    "Owner",
    "PointerMove",
    "PointerState",
    "RelationInfo",
    "RelationKind",
    "RelationName",
    "Release",
    "ReleaseKind",
    "ReleaseNode",
    "TestSummary",
    "event_hash",
    "next_event",
    "release_id",
    "release_number",
]
