"""Adopt: take over what plain dbt built as a release, where it lies."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from dbt_rewind import clock
from dbt_rewind.dbt.manifest import Manifest, ManifestNode, merge_manifests, placed
from dbt_rewind.dbt.own_sources import OwnSources
from dbt_rewind.engine.access import Access
from dbt_rewind.engine.append_release import append_release
from dbt_rewind.engine.build_plan import DeployRequest
from dbt_rewind.engine.drift import is_pointer
from dbt_rewind.engine.history import History
from dbt_rewind.engine.ledger import Ledger
from dbt_rewind.engine.needs import needs_of_moves
from dbt_rewind.engine.profile import encode_profile
from dbt_rewind.engine.progress import Listener, Phase
from dbt_rewind.engine.records import encode_release
from dbt_rewind.engine.recover import undo_failed
from dbt_rewind.engine.select import with_reads
from dbt_rewind.errors import AdoptionRefused, AlreadyLive, NameTooLong, NotAtomic
from dbt_rewind.model import (
    GENESIS,
    EventKind,
    Measure,
    Origin,
    PointerMove,
    RelationInfo,
    RelationKind,
    RelationName,
    Release,
    ReleaseKind,
    ReleaseNode,
    Relocation,
    TestSummary,
    release_id,
    versioned,
)
from dbt_rewind.warehouse.protocol import LedgerReader


@dataclass(frozen=True, slots=True)
class AdoptPlan:
    """What an adoption will do. `head` is the last event's hash that it knew of; `missing` are
    nodes that the warehouse does not have; `nodes` are not measured yet, and `tables` of them are
    tables."""

    environment: str
    release: int
    head: str
    nodes: tuple[ReleaseNode, ...]
    tables: int
    missing: tuple[str, ...]
    dbt_version: str
    manifest: Manifest = field(compare=False)

    @property
    def relocations(self) -> tuple[Relocation, ...]:
        """Everything goes where relations of releases are, except tables that would have to be
        copied for that: they make room in their own schema."""
        return tuple(Relocation(node.pointer, node.storage or node.relation) for node in self.nodes)

    @property
    def moves(self) -> tuple[PointerMove, ...]:
        """Every public name leads to its versioned relation, and that, where a table stays in its
        own schema, to the table."""
        pointers = [PointerMove(node.pointer, None, node.relation) for node in self.nodes]
        inner = [
            PointerMove(node.relation, None, node.storage) for node in self.nodes if node.storage
        ]
        return (*pointers, *inner)

    @property
    def references(self) -> Mapping[RelationName, RelationName]:
        """What adopted views name from now on: the release's own relations."""
        return {node.pointer: node.relation for node in self.nodes}


def plan_adopt(
    access: Access, history: History, request: DeployRequest, listener: Listener
) -> AdoptPlan:
    """Reads the commit's project, looks for its relations, and plans. Changes nothing.

    Raises AlreadyLive, and AdoptionRefused with everything that stands in the way.
    """
    if history.live is not None:
        raise AlreadyLive(history.environment, history.live.id)
    listener(Phase("reading the project"))
    with request.open_version() as version, access.lent():
        manifest = OwnSources(version.parse()).manifest
        dbt_version = version.dbt_version
    number, reader = history.next_number, access.warehouse
    found = reader.relations([node.relation for node in manifest.nodes.values()])
    moves_tables = reader.capabilities.moves_tables
    nodes = tuple(
        _stored_aside(_adopted(node, number))
        if found[node.relation].kind is RelationKind.TABLE and not moves_tables
        else _adopted(node, number)
        for _, node in sorted(manifest.nodes.items())
        if node.relation in found
    )
    problems = tuple(_problems(reader, manifest, nodes, found))
    if problems:
        raise AdoptionRefused(history.environment, problems)
    adopted = {node.unique_id for node in nodes}
    tables = sum(found[node.pointer].kind is RelationKind.TABLE for node in nodes)
    missing = tuple(sorted(manifest.nodes.keys() - adopted))
    head = history.head.hash if history.head else GENESIS
    nodes = with_reads(manifest, nodes, ())
    plan = AdoptPlan(
        history.environment, number, head, nodes, tables, missing, dbt_version, manifest
    )
    reader.require_permitted(needs_of_moves(plan.moves, plan.relocations))
    return plan


def adopt(
    ledger: Ledger, request: DeployRequest, plan: AdoptPlan, listener: Listener, *, measure: bool
) -> Release:
    """Makes what is there the live release, in one transaction, and returns it.

    Without `measure`, rows are neither counted nor fingerprinted. Whatever goes wrong, all is as it
    was. Raises what `Ledger.append` raises.
    """
    began = time.perf_counter()
    measures: dict[str, Measure] = {}
    if measure:
        listener(Phase(f"measuring {len(plan.nodes)} relations"))
        measures = {
            node.unique_id: ledger.access.warehouse.measure(node.pointer, fingerprint=True)
            for node in plan.nodes
            if not node.follows_sources
        }
    nodes = tuple(_measured(node, measures.get(node.unique_id)) for node in plan.nodes)
    release = _release(request, plan, nodes, time.perf_counter() - began)
    adopted = {node.unique_id: node.relation for node in nodes}
    stored = placed(merge_manifests(plan.manifest, None, adopted), adopted)
    artifacts = {
        "record": encode_release(release),
        "manifest": json.dumps(stored.data).encode(),
        "profile": encode_profile({name: each.columns for name, each in measures.items()}),
    }
    try:
        append_release(ledger, EventKind.BUILT, release, artifacts)
        ledger.append(
            EventKind.PUBLISHED,
            {
                "operation": "adopt",
                "release": release.number,
                "previous": None,
                "moved": len(nodes),
                "reason": request.reason,
                "by": request.by,
            },
            moves=plan.moves,
            relocations=plan.relocations,
            references=plan.references,
        )
    except BaseException as error:
        undo_failed(ledger, error)
        raise
    return release


def _release(
    request: DeployRequest, plan: AdoptPlan, nodes: tuple[ReleaseNode, ...], seconds: float
) -> Release:
    return Release(
        number=plan.release,
        environment=plan.environment,
        kind=ReleaseKind.ADOPT,
        commit=request.commit,
        # A release that lacks nodes is not what its commit says, so nothing equals it.
        build_key="" if plan.missing else request.build_key,
        created_at=clock.now(),
        created_by=request.by,
        seconds=round(seconds, 3),
        dbt_version=plan.dbt_version,
        tests=TestSummary(),
        nodes=nodes,
        pending=plan.missing,
    )


def _adopted(node: ManifestNode, number: int) -> ReleaseNode:
    """The node with its table or view as versioned."""
    public = node.relation
    return ReleaseNode(
        unique_id=node.unique_id,
        resource_type=node.resource_type,
        materialized=node.materialized,
        relation=versioned(public, number),
        pointer=public,
        origin=Origin.BUILT,
        built_by=number,
        follows_sources=node.follows_sources,
    )


def _stored_aside(node: ReleaseNode) -> ReleaseNode:
    """The node with its table where it is, under another name."""
    name = f"{node.pointer.name}__{release_id(node.built_by)}"
    return replace(node, storage=replace(node.pointer, name=name))


def _measured(node: ReleaseNode, measure: Measure | None) -> ReleaseNode:
    if measure is None:
        return node
    return replace(node, rows=measure.rows, fingerprint=measure.fingerprint)


def _problems(
    reader: LedgerReader,
    manifest: Manifest,
    nodes: tuple[ReleaseNode, ...],
    found: Mapping[RelationName, RelationInfo],
) -> Iterator[str]:
    """Everything that keeps the nodes from being adopted, one sentence each."""
    if not nodes:
        yield "none of the project's relations is in the warehouse"
    public = [node.pointer for node in nodes]
    for node in manifest.nodes.values():
        if node.materialized == "external":
            yield f"{node.relation} is external: its content lies outside of the warehouse"
    try:
        reader.require_atomic(public)
    except NotAtomic as error:
        yield error.message
    states = reader.pointers(public)
    for name in sorted(public):
        if is_pointer(states[name]):
            yield f"{name} is a pointer of another environment"
    made = [name for node in nodes for name in (node.storage, node.relation) if name]
    try:
        reader.capabilities.require_fitting(made)
    except NameTooLong as error:
        yield error.message
    for name in sorted(reader.relations(made)):
        yield f"{name} is there already, and would be needed as a name"
    if reader.capabilities.moves_tables:
        return
    tables = [name for name in public if found[name].kind is RelationKind.TABLE]
    for name, children in sorted(reader.referred(tables).items()):
        others = ", ".join(map(str, sorted(children)))
        yield f"foreign keys refer to {name}, so that it cannot be renamed: {others}"
