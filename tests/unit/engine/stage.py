"""One environment on the memory warehouse, with everything a test does to it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType

from tests.unit.engine.double import (
    FakeVersion,
    Hook,
    Project,
    no_hook,
    opening,
    pointer,
    project_key,
)

from dbt_rewind import clock
from dbt_rewind.engine.access import Access
from dbt_rewind.engine.adopt import adopt, plan_adopt
from dbt_rewind.engine.build_plan import DeployRequest
from dbt_rewind.engine.deploy import Deployed, deploy, refresh
from dbt_rewind.engine.derive import derive_history
from dbt_rewind.engine.drift import apply_repair, settle
from dbt_rewind.engine.eject import eject, plan_eject
from dbt_rewind.engine.finish_eject import Ejected
from dbt_rewind.engine.flags.base import Base
from dbt_rewind.engine.flags.switch import Switch, SwitchPlan, apply_switch, plan_switch
from dbt_rewind.engine.history import History
from dbt_rewind.engine.judge import Asking
from dbt_rewind.engine.ledger import read_history, read_release
from dbt_rewind.engine.mirror import read_mirror
from dbt_rewind.engine.pins import pin, unpin
from dbt_rewind.engine.plan import pointer_map
from dbt_rewind.engine.progress import Progress
from dbt_rewind.engine.prune import PrunePlan, apply_prune, plan_prune
from dbt_rewind.engine.quarantine import find_quarantined, lift
from dbt_rewind.engine.recover import Recovery
from dbt_rewind.engine.retention import Rules as RetentionRules
from dbt_rewind.engine.rollback import RollbackPlan, apply_rollback, plan_rollback
from dbt_rewind.engine.rules import Rules
from dbt_rewind.engine.site import Site, finish_left_eject, operating
from dbt_rewind.engine.target import choose_target
from dbt_rewind.errors import WarehouseFailed
from dbt_rewind.model import (
    Commit,
    Event,
    Flag,
    Lease,
    PointerMove,
    Policy,
    RelationName,
    Release,
    ReleaseKind,
    Relocation,
)
from dbt_rewind.warehouse.memory import CAPABILITIES, MemoryWarehouse
from dbt_rewind.warehouse.memory_store import MemoryStore, Row, View
from dbt_rewind.warehouse.owner import current_owner
from dbt_rewind.warehouse.protocol import Capabilities, Warehouse

ENVIRONMENT = "prod"
ALIVE = current_owner("ada", "test")
DEAD = replace(ALIVE, started="an earlier start")

Fault = Callable[[str], None]
"""Called before and after each change with what it is; what it raises, the warehouse raises."""

FREE = Asking("ada", Policy(production=False))
"""Somebody by whose policy nobody has to be asked."""


class FaultyWarehouse(MemoryWarehouse):
    """A memory warehouse that fails where `fault` says, on either side of a commit."""

    def __init__(self, store: MemoryStore, fault: Fault, capabilities: Capabilities) -> None:
        super().__init__(store, capabilities=capabilities)
        self._fault = fault

    def clone(self, source: RelationName, target: RelationName) -> None:
        self._fault("before clone")
        super().clone(source, target)
        self._fault("after clone")

    def drop(self, relations: Sequence[RelationName]) -> None:
        self._fault("before drop")
        super().drop(relations)
        self._fault("after drop")

    def forget(self, environment: str, digests: Collection[str]) -> None:
        super().forget(environment, digests)
        self._fault("after forget")

    def remove_ledger(self) -> None:
        self._fault("before remove")
        super().remove_ledger()
        self._fault("after remove")

    def release_lease(self, lease: Lease) -> None:
        self._fault("before release")
        super().release_lease(lease)

    def commit(
        self,
        event: Event,
        lease: Lease,
        *,
        moves: Sequence[PointerMove] = (),
        relocations: Sequence[Relocation] = (),
        references: Mapping[RelationName, RelationName] = MappingProxyType({}),
        artifacts: Sequence[bytes] = (),
    ) -> None:
        self._fault(f"before {event.kind.value}")
        super().commit(
            event,
            lease,
            moves=moves,
            relocations=relocations,
            references=references,
            artifacts=artifacts,
        )
        self._fault(f"after {event.kind.value}")


def killed_at(when: str) -> Fault:
    """A fault of a process that is dead from there on: nothing it does has any effect."""
    dead = False

    def fault(at: str) -> None:
        nonlocal dead
        dead = dead or at == when
        if dead:
            raise WarehouseFailed(at, "the process is dead")

    return fault


def unheard(_: Progress) -> None:
    pass


@dataclass
class Stage:
    """`prod` in `store`, its mirror in `folder`."""

    folder: Path
    store: MemoryStore = field(default_factory=MemoryStore)
    versions: list[FakeVersion] = field(default_factory=list)
    project: str = "shop"
    project_at: Callable[[str], str | None] = lambda sha: None
    capabilities: Capabilities = CAPABILITIES
    flags: tuple[Flag, ...] = ()

    @property
    def mirror(self) -> Path:
        return self.folder / "prod.ledger.jsonl"

    def connect(self) -> Warehouse:
        return MemoryWarehouse(self.store, capabilities=self.capabilities)

    def site(self, *, fault: Fault | None = None, killed: bool = False) -> Site:
        """`killed`: the holder of the lease is a process that has ended."""

        def connect() -> Warehouse:
            if fault is None:
                return self.connect()
            return FaultyWarehouse(self.store, fault, self.capabilities)

        return Site(
            ENVIRONMENT,
            self.project,
            self.project_at,
            Access(connect),
            self.mirror,
            DEAD if killed else ALIVE,
            lambda: None,
        )

    def request(
        self,
        project: Project,
        *,
        hook: Hook = no_hook,
        select: Sequence[str] = (),
        full: bool = False,
        tags: Sequence[str] = (),
        repair: bool = False,
        accepted: Sequence[str] = (),
        rules: Rules | None = None,
        full_refresh: bool = False,
    ) -> DeployRequest:
        key = project_key(project)
        sha = hashlib.sha1(key.encode()).hexdigest()
        return DeployRequest(
            Commit(sha, f"Change {sha[:6]}", "Ada", tuple(tags)),
            key,
            "ada",
            opening(self.store, project, hook, self.versions),
            tuple(select),
            full,
            repair=repair,
            reason="meant" if accepted else "",
            accepted=tuple(accepted),
            rules=rules or Rules(),
            full_refresh=full_refresh,
            flags=self.flags,
        )

    def refresh(
        self,
        project: Project,
        *,
        hook: Hook = no_hook,
        fault: Fault | None = None,
        killed: bool = False,
        select: Sequence[str] = (),
        accepted: Sequence[str] = (),
        rules: Rules | None = None,
        full_refresh: bool = False,
    ) -> Deployed:
        """Refreshes with the live code, which is `project`."""
        asked = self.request(
            project,
            hook=hook,
            select=select,
            accepted=accepted,
            rules=rules,
            full_refresh=full_refresh,
        )
        with operating(self.site(fault=fault, killed=killed), "refresh") as (ledger, _):
            live = ledger.history.live
            if live is not None:
                asked = replace(
                    asked, kind=ReleaseKind.REFRESH, commit=live.commit, build_key=live.build_key
                )
            return refresh(ledger, asked, unheard)

    def deploy(
        self,
        project: Project,
        *,
        hook: Hook = no_hook,
        fault: Fault | None = None,
        killed: bool = False,
        select: Sequence[str] = (),
        full: bool = False,
        tags: Sequence[str] = (),
        repair: bool = False,
        accepted: Sequence[str] = (),
        rules: Rules | None = None,
        full_refresh: bool = False,
        listener: Callable[[Progress], None] = unheard,
    ) -> Deployed:
        request = self.request(
            project,
            hook=hook,
            select=select,
            full=full,
            tags=tags,
            repair=repair,
            accepted=accepted,
            rules=rules,
            full_refresh=full_refresh,
        )
        with operating(self.site(fault=fault, killed=killed), "deploy") as (ledger, _):
            return deploy(ledger, request, listener)

    def rollback(
        self, to: str | None = None, *, fault: Fault | None = None, repair: bool = False
    ) -> RollbackPlan:
        with operating(self.site(fault=fault), "rollback") as (ledger, _):
            target = choose_target(ledger.history, to, lambda name: None)
            planned = plan_rollback(ledger.access.warehouse, ledger.history, target, repair=repair)
            apply_rollback(ledger, planned, FREE, reason="", by="ada")
            return planned

    def switch(
        self,
        *,
        off: Sequence[str] = (),
        on: Sequence[str] = (),
        to: int | None = None,
        fault: Fault | None = None,
        killed: bool = False,
    ) -> SwitchPlan:
        """What `rewind flag disable` and `rewind flag enable` do."""
        known = {flag.name: flag for flag in self.flags}
        switch = Switch("flag-sync", tuple(known[name] for name in off), tuple(on))
        named = Base(to, "--to") if to else None
        with operating(self.site(fault=fault, killed=killed), "flag") as (ledger, _):
            warehouse, history = ledger.access.warehouse, ledger.history
            planned = plan_switch(warehouse, history, switch, known, lambda flag: named, by="ada")
            apply_switch(ledger, planned, FREE, reason="")
            return planned

    def prune(
        self,
        keep: int = 1,
        within: timedelta | None = None,
        *,
        fault: Fault | None = None,
        killed: bool = False,
    ) -> PrunePlan:
        with operating(self.site(fault=fault, killed=killed), "prune") as (ledger, _):
            rules = RetentionRules(keep, within)
            plan = plan_prune(ledger.access.warehouse, ledger.history, rules, clock.now())
            apply_prune(ledger, plan, reason="", by="ada")
            return plan

    def pin(self, number: int, reason: str = "") -> bool:
        with operating(self.site(), "pin") as (ledger, _):
            return pin(ledger, ledger.history.releases[number], reason=reason, by="ada")

    def unpin(self, number: int) -> bool:
        with operating(self.site(), "unpin") as (ledger, _):
            return unpin(ledger, ledger.history.releases[number], reason="", by="ada")

    def let_in(self, project: Project) -> None:
        """What `rewind release-quarantine` of the project's commit does."""
        sha = self.request(project).commit.sha
        with operating(self.site(), "release-quarantine") as (ledger, _):
            entry = find_quarantined(ledger.history, sha, lambda name: None)
            lift(ledger, entry, FREE, reason="it is good")

    def plain_build(self, project: Project) -> None:
        """What dbt does without dbt-rewind: it builds under the public names."""
        version = FakeVersion(self.store, project)
        version.place({m.id(name): pointer(name, m.schema) for name, m in project.items()})
        version.build((), None)

    def adopt(
        self,
        project: Project,
        *,
        fault: Fault | None = None,
        killed: bool = False,
        measure: bool = True,
    ) -> Release:
        request = self.request(project)
        with operating(self.site(fault=fault, killed=killed), "adopt") as (ledger, _):
            plan = plan_adopt(ledger.access, ledger.history, request, unheard)
            return adopt(ledger, request, plan, unheard, measure=measure)

    def eject(self, *, fault: Fault | None = None, killed: bool = False) -> Ejected:
        with operating(self.site(fault=fault, killed=killed), "eject") as (ledger, _):
            plan = plan_eject(ledger.access.warehouse, ledger.history)
            return eject(ledger, plan, FREE, reason="", by="ada")

    def finish_eject(self) -> Ejected | None:
        """What `rewind recover` does first."""
        return finish_left_eject(self.site())

    def repair(self) -> None:
        """What `rewind deploy --repair` of what is live does."""
        live = self.live
        assert live is not None
        names = pointer_map(live.nodes)
        with operating(self.site(), "deploy") as (ledger, _):
            reader = ledger.access.warehouse
            states = reader.pointers(names)
            planned = settle(reader, ledger.history, live, names, states, repair=True).repair
            if planned is not None:
                apply_repair(ledger, planned, reason="", by="ada")

    def recover(self) -> Recovery:
        with operating(self.site(), "recover") as (_, recovery):
            return recovery

    @property
    def history(self) -> History:
        return read_history(self.connect(), ENVIRONMENT)

    @property
    def live(self) -> Release | None:
        live = self.history.live
        return read_release(self.connect(), live) if live else None

    @property
    def deploy_pending(self) -> tuple[str, ...]:
        """What the live release says was left out of it."""
        return self.live.pending if self.live else ()

    @property
    def pointers(self) -> Mapping[RelationName, RelationName]:
        """Every public name that leads to a release, and where it leads."""
        return {
            name: relation.target
            for name, relation in self.store.contents.relations.items()
            if isinstance(relation, View)
            and relation.target is not None
            and relation.target.schema.startswith("rewind_")
            and not name.schema.startswith("rewind_")
        }

    @property
    def seen(self) -> Mapping[str, tuple[Row, ...]]:
        """What users read under each public name, as whole rows; views over sources, which the
        double has none of, are left out."""
        return {
            str(name): self.store.rows(name)
            for name in self.pointers
            if self.store.contents.table_behind(name)
        }

    @property
    def codes(self) -> Mapping[str, str]:
        """The code that built the newest row of each public name."""
        return {name: rows[-1][1] for name, rows in self.seen.items()}

    @property
    def kinds(self) -> list[str]:
        return [event.kind.value for event in self.connect().events(ENVIRONMENT)]

    def states(self) -> list[str]:
        history = self.history
        return [history.releases[number].state.value for number in sorted(history.releases)]

    def assert_consistent(self) -> None:
        """Pointers are the live release's, the chain is whole, nobody holds the lease, and the
        mirror says what the ledger says."""
        events = self.connect().events(ENVIRONMENT)
        history = derive_history(ENVIRONMENT, events)
        live = self.live
        assert self.pointers == (pointer_map(live.nodes) if live else {})
        assert history.unfinished is None
        assert self.connect().lease(ENVIRONMENT) is None
        assert read_mirror(self.mirror) == events
