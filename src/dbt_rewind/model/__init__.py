"""Frozen values the whole product speaks in: names, releases, events, pointers, leases."""

from dbt_rewind.model.event import GENESIS, Event, EventKind, event_hash, event_time, next_event
from dbt_rewind.model.finding import Finding, Health
from dbt_rewind.model.gate import Gate, GateFinding, GateLevel
from dbt_rewind.model.lease import Lease, Owner
from dbt_rewind.model.needs import Needs
from dbt_rewind.model.patience import Patience
from dbt_rewind.model.pointer import PointerMove, PointerState, Relocation
from dbt_rewind.model.relation import (
    Column,
    ColumnProfile,
    Measure,
    RelationInfo,
    RelationKind,
    RelationName,
)
from dbt_rewind.model.release import (
    SCHEMA_PREFIX,
    STORED,
    Commit,
    FailedNode,
    Origin,
    Release,
    ReleaseKind,
    ReleaseNode,
    TestSummary,
    release_id,
    release_number,
    versioned,
)

__all__ = [
    "GENESIS",
    "SCHEMA_PREFIX",
    "STORED",
    "Column",
    "ColumnProfile",
    "Commit",
    "Event",
    "EventKind",
    "FailedNode",
    "Finding",
    "Gate",
    "GateFinding",
    "GateLevel",
    "Health",
    "Lease",
    "Measure",
    "Needs",
    "Origin",
    "Owner",
    "Patience",
    "PointerMove",
    "PointerState",
    "RelationInfo",
    "RelationKind",
    "RelationName",
    "Release",
    "ReleaseKind",
    "ReleaseNode",
    "Relocation",
    "TestSummary",
    "event_hash",
    "event_time",
    "next_event",
    "release_id",
    "release_number",
    "versioned",
]
