"""Eject: give back plain tables and views, with nothing of ours left."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from dbt_rewind.engine.drift import kept_aside, missing_relations, require_no_drift
from dbt_rewind.engine.finish_eject import Ejected, finish_eject, held_by, other_environments
from dbt_rewind.engine.history import History, SetAside
from dbt_rewind.engine.intent import Intent, digest_of_data
from dbt_rewind.engine.judge import Asking
from dbt_rewind.engine.ledger import Ledger, read_release
from dbt_rewind.engine.needs import needs_of_moves
from dbt_rewind.engine.permits import permit_for, permit_payload
from dbt_rewind.engine.records import encode_relation
from dbt_rewind.errors import EjectionRefused, NothingLive
from dbt_rewind.model import (
    GENESIS,
    SCHEMA_PREFIX,
    EventKind,
    PointerMove,
    RelationKind,
    RelationName,
    Release,
    ReleaseNode,
    Relocation,
    release_id,
)
from dbt_rewind.warehouse.protocol import LedgerReader


@dataclass(frozen=True, slots=True)
class EjectPlan:
    """What an eject will do. `copied` are the tables that have to be copied to get back their
    public names, with their bytes on disk; `dropped` is what only other releases hold."""

    environment: str
    release: int
    head: str
    nodes: tuple[ReleaseNode, ...]
    copied: Mapping[RelationName, int]
    dropped: tuple[RelationName, ...]
    set_aside: tuple[SetAside, ...]

    @property
    def moves(self) -> tuple[PointerMove, ...]:
        """Every pointer ends, also those that lead to adopted tables."""
        pointers = [PointerMove(node.pointer, node.relation, None) for node in self.nodes]
        inner = [
            PointerMove(node.relation, node.storage, None) for node in self.nodes if node.storage
        ]
        return (*pointers, *inner)

    @property
    def relocations(self) -> tuple[Relocation, ...]:
        return tuple(Relocation(node.storage or node.relation, node.pointer) for node in self.nodes)

    @property
    def references(self) -> Mapping[RelationName, RelationName]:
        """What views name from now on: public names."""
        return {node.relation: node.pointer for node in self.nodes}


def plan_eject(reader: LedgerReader, history: History) -> EjectPlan:
    """Reads what is live and plans to give it back. Changes nothing.

    Raises NothingLive, PointerDrifted, and EjectionRefused with everything that stands in the way.
    """
    if history.live is None:
        raise NothingLive(history.environment)
    live = read_release(reader, history.live)
    require_no_drift(reader, history, live)
    found = reader.relations([node.relation for node in live.nodes])
    views = {name for name, info in found.items() if info.kind is RelationKind.VIEW}
    copies = {
        node.relation: node.pointer
        for node in live.nodes
        if node.storage is None and node.relation not in views
    }
    if reader.capabilities.moves_tables:
        copies = {}
    problems = tuple(_problems(reader, live, views, copies))
    if problems:
        raise EjectionRefused(history.environment, live.id, problems)
    sizes = reader.sizes(copies)
    own = {name for node in live.nodes for name in (node.relation, node.storage) if name}
    others = held_by(history, partial(read_release, reader)) - own
    states = reader.pointers(others)
    plan = EjectPlan(
        history.environment,
        live.number,
        history.head.hash if history.head else GENESIS,
        live.nodes,
        {pointer: sizes[name] for name, pointer in sorted(copies.items())},
        tuple(sorted(name for name in others if not states[name].absent)),
        kept_aside(reader, history),
    )
    ends = not other_environments(reader, history.environment)
    reader.require_permitted(needs_of_moves(plan.moves, plan.relocations, plan.dropped, ends=ends))
    return plan


def eject_intent(plan: EjectPlan) -> Intent:
    """What the eject would do, as approvals are bound to it: the ledger goes with it, and with that
    whatever anybody was asked for."""
    subject = release_id(plan.release)
    said = {
        "operation": "eject",
        "environment": plan.environment,
        "subject": subject,
        "pointers": [encode_relation(node.pointer) for node in plan.nodes],
    }
    words = f"eject of {plan.environment}: {subject} -> plain tables and views, no ledger"
    return Intent("eject", plan.environment, subject, digest_of_data(said), (words,))


def eject(ledger: Ledger, plan: EjectPlan, asking: Asking, *, reason: str, by: str) -> Ejected:
    """Gives everything back in one transaction, then removes what is left of ours.

    Raises ApprovalNeeded, and what `Ledger.append` raises, and then all is as it was. What goes
    wrong after that is finished by whatever command comes next.
    """
    permit = permit_for(ledger, eject_intent(plan), asking)
    ledger.append(
        EventKind.EJECTED,
        {
            "operation": "eject",
            "release": plan.release,
            "by": by,
            "reason": reason,
            "permit": permit_payload(permit),
        },
        moves=plan.moves,
        relocations=plan.relocations,
        references=plan.references,
    )
    return finish_eject(ledger)


def _problems(
    reader: LedgerReader,
    live: Release,
    views: Collection[RelationName],
    copies: Collection[RelationName],
) -> Iterator[str]:
    """Everything that keeps the release from being given back, one sentence each."""
    for name in missing_relations(reader, live):
        yield f"{name} is gone"
    own = {name for node in live.nodes for name in (node.relation, node.storage) if name}
    plain = [node.relation for node in live.nodes if node.relation in views and not node.storage]
    for view, names in sorted(reader.reads(plain).items()):
        for name in sorted(names):
            if name.schema.casefold().startswith(SCHEMA_PREFIX) and name not in own:
                yield f"{view} reads {name}, which is no part of {live.id}"
    for name, children in sorted(reader.referred(list(copies)).items()):
        for child in sorted(set(children) - set(copies)):
            yield f"{child} refers to {name} with a foreign key, so that it cannot be moved"
