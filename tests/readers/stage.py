"""An environment with many pointers on PostgreSQL: four finished releases, and the way between."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from tests.postgres import libpq
from tests.readers.crowd import Name, Target

from dbt_rewind import clock
from dbt_rewind.engine.access import Access
from dbt_rewind.engine.append_release import append_release
from dbt_rewind.engine.intent import intent_of
from dbt_rewind.engine.judge import Asking
from dbt_rewind.engine.ledger import Ledger, read_release
from dbt_rewind.engine.payloads import started_payload
from dbt_rewind.engine.permits import permit_for
from dbt_rewind.engine.plan import Plan, plan_build_of, plan_publish
from dbt_rewind.engine.records import encode_release
from dbt_rewind.engine.rollback import apply_rollback, plan_rollback, publish
from dbt_rewind.engine.site import Site, operating
from dbt_rewind.model import (
    Commit,
    EventKind,
    Origin,
    Patience,
    Policy,
    RelationName,
    Release,
    ReleaseKind,
    ReleaseNode,
    TestSummary,
    versioned,
)
from dbt_rewind.warehouse.connect import DEFAULT_PATIENCE, connect
from dbt_rewind.warehouse.owner import current_owner
from dbt_rewind.warehouse.protocol import Warehouse

ENVIRONMENT = "prod"
SCHEMA = "gold"
POINTERS = 100
RELEASES = 4
ROWS = 20
WIDER = 3
"""From this release on, every tenth model has one more column, before the others."""

VIEWS: tuple[Name, ...] = (("reports", "both"), ("reports", "upon_both"))


@dataclass(frozen=True)
class Stage:
    """The environment in the database of that name, to which `settings` lead; `folder` is where
    its mirror lies."""

    database: str
    settings: Mapping[str, Any]
    folder: Path
    pointers: int = POINTERS
    patience: Patience = DEFAULT_PATIENCE

    @property
    def mirror(self) -> Path:
        return self.folder / f"{ENVIRONMENT}.ledger.jsonl"

    @property
    def target(self) -> Target:
        """What readers read."""
        return Target(self.settings, self.models, VIEWS)

    @property
    def models(self) -> list[Name]:
        return [(SCHEMA, self.name(at)) for at in range(self.pointers)]

    @staticmethod
    def name(at: int) -> str:
        return f"model_{at:03}"

    def connect(self) -> Warehouse:
        return connect(
            "postgres", self.settings, self.folder, read_only=False, patience=self.patience
        )

    def site(self, operation: str) -> Site:
        return Site(
            ENVIRONMENT,
            "shop",
            lambda _: None,
            Access(self.connect),
            self.mirror,
            current_owner("ada", operation),
            lambda: None,
        )

    def run(self, *statements: str) -> None:
        """As a stranger, each statement in a transaction of its own."""
        with psycopg.connect(**libpq(self.settings), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    @contextmanager
    def operating(self, operation: str = "rollback") -> Iterator[Ledger]:
        """The environment's ledger under its lease, for the length of the block."""
        with operating(self.site(operation), operation) as (ledger, _):
            yield ledger

    def build(self) -> None:
        """Makes all releases, each of which goes live."""
        self.make_relations()
        with self.operating("deploy") as ledger:
            for number in range(1, RELEASES + 1):
                self._deploy(ledger, number)

    def add_views(self) -> None:
        """What people have built on the pointers."""
        one, other = self.name(0), self.name(self.pointers // 2)
        self.run(
            "CREATE SCHEMA reports",
            "CREATE VIEW reports.both AS SELECT a.id, a.release AS one, b.release AS other"
            f" FROM {SCHEMA}.{one} AS a JOIN {SCHEMA}.{other} AS b ON b.id = a.id",
            "CREATE VIEW reports.upon_both AS SELECT one, other FROM reports.both WHERE id < 10",
        )

    def make_relations(self) -> None:
        """The versioned relations of all releases, and nothing that leads to them."""
        self.run("BEGIN", *self._relations(), "COMMIT")

    def _relations(self) -> Iterator[str]:
        for number in range(1, RELEASES + 1):
            yield f"CREATE SCHEMA rewind_r{number}_{SCHEMA}"
            for at in range(self.pointers):
                name = f"rewind_r{number}_{SCHEMA}.{self.name(at)}"
                note = "'new' AS note, " if number >= WIDER and at % 10 == 0 else ""
                if at % 3 == 2:
                    needed = f"rewind_r{number}_{SCHEMA}.{self.name(at - 1)}"
                    yield f"CREATE VIEW {name} AS SELECT {note}id, release FROM {needed}"
                else:
                    yield (
                        f"CREATE TABLE {name} AS SELECT {note}i AS id, {number} AS release"
                        f" FROM generate_series(1, {ROWS}) AS i"
                    )

    def _deploy(self, ledger: Ledger, number: int) -> None:
        made = self._release(number)
        head = ledger.history.head.hash if ledger.history.head else ""
        live = ledger.history.live
        before = read_release(ledger.access.warehouse, live) if live else None
        planned = plan_build_of(
            "deploy", ENVIRONMENT, head, number, made.nodes, (), {}, before, tests=0
        )
        started = started_payload(planned, made.kind, made.commit, made.created_by)
        ledger.append(EventKind.STARTED, started)
        artifacts = {"record": encode_release(made), "manifest": b"{}"}
        append_release(ledger, EventKind.BUILT, made, artifacts)
        go_live(ledger, planned)

    def _release(self, number: int) -> Release:
        return Release(
            number=number,
            environment=ENVIRONMENT,
            kind=ReleaseKind.DEPLOY,
            commit=Commit(f"{number:040x}", f"Change {number}", "Ada"),
            build_key=f"key {number}",
            created_at=clock.now(),
            created_by="ada",
            seconds=1.0,
            dbt_version="1.11.0",
            tests=TestSummary(),
            nodes=tuple(self._node(at, number) for at in range(self.pointers)),
        )

    def _node(self, at: int, number: int) -> ReleaseNode:
        pointer = RelationName(self.database, SCHEMA, self.name(at))
        needed = RelationName(self.database, SCHEMA, self.name(at - 1))
        is_view = at % 3 == 2
        return ReleaseNode(
            unique_id=f"model.shop.{pointer.name}",
            resource_type="model",
            materialized="view" if is_view else "table",
            relation=versioned(pointer, number),
            pointer=pointer,
            origin=Origin.BUILT,
            built_by=number,
            rows=ROWS,
            reads=(versioned(needed, number),) if is_view else (),
        )


ASKING = Asking("ada", Policy(production=False))


def go_live(ledger: Ledger, planned: Plan) -> None:
    intent = intent_of(planned, "the next one", target=None, backward=False)
    permit = permit_for(ledger, intent, ASKING)
    publish(ledger, planned, intent, permit, reason="", by="ada")


def go_to(ledger: Ledger, number: int) -> None:
    """Makes a release live as commands do: an earlier one by a rollback, a later one by the publish
    that ends a deploy of a commit that was built before."""
    history = ledger.history
    warehouse = ledger.access.warehouse
    assert history.live is not None
    if number < history.live.number:
        rollback = plan_rollback(warehouse, history, history.releases[number])
        apply_rollback(ledger, rollback, ASKING, reason="", by="ada")
        return
    live = read_release(warehouse, history.live)
    wanted = read_release(warehouse, history.releases[number])
    assert history.head is not None
    present = {node.relation for node in wanted.nodes}
    planned = plan_publish("deploy", history.head.hash, wanted, live, present)
    go_live(ledger, planned)
