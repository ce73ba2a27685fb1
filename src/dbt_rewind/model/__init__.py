"""Frozen values the whole product speaks in: names, releases, events, pointers, leases."""

from dbt_rewind.model.approval import Ground, Permit, Request, Verdict
from dbt_rewind.model.decision import Decision
from dbt_rewind.model.escalation import Ladder, Level
from dbt_rewind.model.event import (
    GENESIS,
    Event,
    EventKind,
    chain_owner,
    event_hash,
    event_time,
    next_event,
    runbook_chain,
)
from dbt_rewind.model.finding import Finding, Health
from dbt_rewind.model.flag import Flag, FlagNodes, FlagOff
from dbt_rewind.model.gate import Gate, GateFinding, GateLevel
from dbt_rewind.model.incident import Incident, Note
from dbt_rewind.model.integrity import IntegrityCheck, IntegrityFault
from dbt_rewind.model.lease import Lease, Owner
from dbt_rewind.model.message import Message, Topic
from dbt_rewind.model.needs import Needs
from dbt_rewind.model.patience import Patience
from dbt_rewind.model.pointer import PointerMove, PointerState, Relocation
from dbt_rewind.model.policy import NOBODY, Action, Answer, CiTrust, Demand, Person, Policy, Rule
from dbt_rewind.model.proof import Proof, ProofMethod
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
from dbt_rewind.model.severity import Severity, worst
from dbt_rewind.model.statement import Purpose, statement_of
from dbt_rewind.model.strategy import RollbackStrategy
from dbt_rewind.model.trigger import Observation, Trigger, TriggerFinding

__all__ = [
    "GENESIS",
    "NOBODY",
    "SCHEMA_PREFIX",
    "STORED",
    "Action",
    "Answer",
    "CiTrust",
    "Column",
    "ColumnProfile",
    "Commit",
    "Decision",
    "Demand",
    "Event",
    "EventKind",
    "FailedNode",
    "Finding",
    "Flag",
    "FlagNodes",
    "FlagOff",
    "Gate",
    "GateFinding",
    "GateLevel",
    "Ground",
    "Health",
    "Incident",
    "IntegrityCheck",
    "IntegrityFault",
    "Ladder",
    "Lease",
    "Level",
    "Measure",
    "Message",
    "Needs",
    "Note",
    "Observation",
    "Origin",
    "Owner",
    "Patience",
    "Permit",
    "Person",
    "PointerMove",
    "PointerState",
    "Policy",
    "Proof",
    "ProofMethod",
    "Purpose",
    "RelationInfo",
    "RelationKind",
    "RelationName",
    "Release",
    "ReleaseKind",
    "ReleaseNode",
    "Relocation",
    "Request",
    "RollbackStrategy",
    "Rule",
    "Severity",
    "TestSummary",
    "Topic",
    "Trigger",
    "TriggerFinding",
    "Verdict",
    "chain_owner",
    "event_hash",
    "event_time",
    "next_event",
    "release_id",
    "release_number",
    "runbook_chain",
    "statement_of",
    "versioned",
    "worst",
]
