"""The lease, recovery and the ledger (invariants 2, 4, 5 and 6)."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.unit.engine.double import COLUMNS, Model, pointer, versioned
from tests.unit.engine.stage import ALIVE, ENVIRONMENT, Stage, killed_at

from dbt_rewind import clock
from dbt_rewind.engine import site as site_module
from dbt_rewind.engine.access import Access
from dbt_rewind.engine.deploy import deploy
from dbt_rewind.engine.heartbeat import beating
from dbt_rewind.engine.mirror import read_mirror
from dbt_rewind.engine.site import LEASE, operating
from dbt_rewind.errors import (
    ChainBroken,
    EnvironmentTaken,
    LeaseLost,
    LiveChanged,
    LockHeld,
    MirrorAhead,
    MirrorUnusable,
    PointerDrifted,
    WarehouseFailed,
)
from dbt_rewind.model import EventKind, Lease, PointerMove
from dbt_rewind.warehouse.memory import MemoryWarehouse
from dbt_rewind.warehouse.protocol import Warehouse

PROJECT = {"orders": Model("1")}
CHANGED = {"orders": Model("2")}


def kill_at(stage: Stage, when: str, project: dict[str, Model] = CHANGED) -> None:
    """Leaves what a deploy leaves that is killed there."""
    with pytest.raises(WarehouseFailed):
        stage.deploy(project, fault=killed_at(when), killed=True)


def test_the_lease_is_held_for_the_block_and_given_back(stage: Stage) -> None:
    with operating(stage.site(), "deploy") as (ledger, _):
        held = stage.connect().lease(ENVIRONMENT)
        assert held == ledger.lease
        assert held is not None
        assert held.owner == replace(ALIVE, operation="deploy")
        assert held.expires_at - held.acquired_at == LEASE
    assert stage.connect().lease(ENVIRONMENT) is None


def test_another_projects_environment_is_refused(stage: Stage) -> None:
    stage.deploy(PROJECT)
    stage.deploy(CHANGED)
    before = stage.history
    assert before.project == "shop"
    stage.project = "finance"
    for act in (lambda: stage.deploy(PROJECT), stage.rollback, stage.recover):
        with pytest.raises(EnvironmentTaken, match=r"'prod'.*'shop', not to 'finance'"):
            act()
    assert stage.history == before
    stage.assert_consistent()


def test_a_project_that_was_renamed_is_no_other(stage: Stage) -> None:
    stage.deploy(PROJECT)
    live = stage.history.live
    assert live is not None
    stage.project = "finance"
    stage.project_at = lambda sha: "shop" if sha == live.commit.sha else None
    stage.deploy(CHANGED)
    assert stage.history.project == "finance"
    stage.rollback()
    stage.assert_consistent()


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_the_lease_is_given_back_after_any_error(stage: Stage, error: type[BaseException]) -> None:
    with pytest.raises(error), operating(stage.site(), "deploy"):
        raise error
    assert stage.connect().lease(ENVIRONMENT) is None


def test_the_lease_is_given_back_where_the_ledger_is_damaged(stage: Stage) -> None:
    stage.deploy(PROJECT)
    with stage.store.changing() as draft:
        draft.events[ENVIRONMENT] = draft.events[ENVIRONMENT][1:]
    with pytest.raises(ChainBroken), operating(stage.site(), "deploy"):
        pass
    assert stage.connect().lease(ENVIRONMENT) is None


def test_two_operations_exclude_each_other(stage: Stage) -> None:
    with operating(stage.site(), "deploy"):
        with pytest.raises(LockHeld) as raised, operating(stage.site(), "rollback"):
            pass
        assert "deploy by ada" in raised.value.holder
        assert stage.connect().lease(ENVIRONMENT) is not None
    with operating(stage.site(), "rollback"):
        pass


def test_a_dead_holder_keeps_nobody_out(stage: Stage) -> None:
    kill_at(stage, "after started", PROJECT)
    assert stage.connect().lease(ENVIRONMENT) is not None
    stage.recover()
    stage.assert_consistent()


@pytest.mark.parametrize(
    "when", ["after started", "before built", "after built", "before published"]
)
def test_what_a_killed_deploy_left_is_undone(stage: Stage, when: str) -> None:
    stage.deploy(PROJECT)
    before = dict(stage.store.contents.relations)
    kill_at(stage, when)
    # What the tool did not write stays, whatever its name.
    stranger = versioned("stranger", 2)
    stage.store.create_table(stranger, COLUMNS, [("x", "1", "")])
    recovery = stage.recover()
    assert recovery.undone is not None
    assert (recovery.undone.release, recovery.undone.kind) == (2, "deploy")
    built = [] if when == "after started" else [versioned("orders", 2)]
    assert list(recovery.dropped) == built
    assert stage.kinds[-1] == "aborted"
    stage.store.remove(stranger)
    assert stage.store.contents.relations == before
    assert stage.states() == ["live", "aborted"]
    stage.assert_consistent()
    assert not stage.recover().needed
    assert stage.deploy(CHANGED).release.number == 3
    assert stage.codes == {"gold.orders": "2"}


def test_a_deploy_killed_after_its_publish_is_live_and_the_mirror_catches_up(stage: Stage) -> None:
    stage.deploy(PROJECT)
    kill_at(stage, "after published")
    assert len(read_mirror(stage.mirror)) == len(stage.kinds) - 1
    recovery = stage.recover()
    assert (recovery.undone, recovery.mirrored, recovery.needed) == (None, 1, True)
    assert stage.codes == {"gold.orders": "2"}
    stage.assert_consistent()


def test_every_operation_recovers_first(stage: Stage) -> None:
    stage.deploy(PROJECT)
    stage.deploy(CHANGED)
    kill_at(stage, "before published", {"orders": Model("3")})
    stage.rollback()
    assert stage.states() == ["live", "rolled back", "aborted"]
    stage.assert_consistent()


def test_abandoned_worktrees_are_cleared_under_the_lease(stage: Stage) -> None:
    held: list[Lease | None] = []
    site = replace(
        stage.site(), remove_abandoned=lambda: held.append(stage.connect().lease(ENVIRONMENT))
    )
    with operating(site, "recover"):
        pass
    assert len(held) == 1
    assert held[0] is not None


def test_a_database_older_than_its_mirror_stops_every_operation(stage: Stage) -> None:
    stage.deploy(PROJECT)
    backup = stage.store.contents.copy()
    stage.deploy(CHANGED)
    stage.store.contents = backup
    with pytest.raises(MirrorAhead), operating(stage.site(), "deploy"):
        pass
    assert stage.connect().lease(ENVIRONMENT) is None


def test_an_append_grows_the_history_and_the_mirror(stage: Stage) -> None:
    with operating(stage.site(), "deploy") as (ledger, _):
        payload = {"operation": "deploy", "release": 1, "kind": "deploy", "by": "ada", "writes": []}
        commit = {"sha": "a", "subject": "s", "author": "Ada", "tags": []}
        ledger.append(EventKind.STARTED, {**payload, "commit": commit})
        begun = ledger.history
        ledger.append(EventKind.ABORTED, {"release": 1})
        assert begun.unfinished is not None
        assert ledger.history.unfinished is None
        assert ledger.history.events == stage.connect().events(ENVIRONMENT)
        assert read_mirror(stage.mirror) == ledger.history.events


@pytest.mark.parametrize("step", ["build", "built"])
def test_a_mirror_that_cannot_be_written_makes_no_success_a_failure(
    stage: Stage, step: str
) -> None:
    stage.deploy(PROJECT)
    kept = stage.mirror.read_bytes()

    def hook(at: str) -> None:
        if at == step:
            stage.mirror.unlink()
            stage.mirror.mkdir()

    with operating(stage.site(), "deploy") as (ledger, _):
        deploy(ledger, stage.request(CHANGED, hook=hook), lambda _: None)
        assert ledger.mirror_problem is not None
    assert stage.codes == {"gold.orders": "2"}
    assert stage.states() == ["superseded", "live"]
    with pytest.raises(MirrorUnusable):
        stage.rollback()
    assert stage.connect().lease(ENVIRONMENT) is None
    stage.mirror.rmdir()
    stage.mirror.write_bytes(kept)
    assert stage.recover().mirrored == 3
    stage.rollback()
    assert stage.codes == {"gold.orders": "1"}
    stage.assert_consistent()


def test_a_refused_append_changes_nothing(stage: Stage) -> None:
    """Invariant 2: all pointers and the event, or nothing."""
    stage.deploy(PROJECT)
    before, mirror = stage.store.contents.copy(), stage.mirror.read_bytes()
    wrong = PointerMove(pointer("orders"), versioned("orders", 7), versioned("orders", 1))
    with operating(stage.site(), "deploy") as (ledger, _):
        history = ledger.history
        new = PointerMove(pointer("new"), None, versioned("orders", 1))
        with pytest.raises(PointerDrifted):
            ledger.append(EventKind.PUBLISHED, {"release": 1}, moves=[new, wrong])
        assert ledger.history == history
    assert stage.store.contents.relations == before.relations
    assert stage.store.contents.events == before.events
    assert stage.mirror.read_bytes() == mirror


def test_a_process_that_lost_its_lease_cannot_publish(stage: Stage) -> None:
    """Invariant 5: the fence is compared in the publishing transaction."""
    stage.deploy(PROJECT)
    stage.deploy(CHANGED)
    move = PointerMove(pointer("orders"), versioned("orders", 2), versioned("orders", 1))
    payload = {"operation": "rollback", "release": 1, "previous": 2, "moved": 1}
    with operating(stage.site(), "rollback") as (stale, _):
        with stage.store.changing() as draft:
            lease, _held = draft.leases[ENVIRONMENT]
            expired = replace(lease, expires_at=lease.acquired_at)
            draft.leases[ENVIRONMENT] = (expired, True)
        with operating(stage.site(), "deploy") as (taker, _):
            assert taker.lease.fence == stale.lease.fence + 1
            with pytest.raises(LeaseLost):
                stale.append(EventKind.PUBLISHED, payload, moves=[move])
        assert stage.connect().lease(ENVIRONMENT) is None
        with pytest.raises(LeaseLost):
            stale.append(EventKind.PUBLISHED, payload, moves=[move])
    assert stage.codes == {"gold.orders": "2"}


def test_a_lost_lease_is_not_given_back_by_the_loser(stage: Stage) -> None:
    with operating(stage.site(), "deploy"), stage.store.changing() as draft:
        lease, _ = draft.leases[ENVIRONMENT]
        taken = replace(lease, fence=lease.fence + 1)
        draft.leases[ENVIRONMENT] = (taken, True)
    assert stage.connect().lease(ENVIRONMENT) == taken


def test_a_plan_made_on_older_news_cannot_publish(stage: Stage) -> None:
    """The event must follow the chain's end."""
    stage.deploy(PROJECT)
    with operating(stage.site(), "deploy") as (ledger, _):
        stale = replace(ledger.history, events=ledger.history.events[:-1])
        ledger.history = replace(stale, head=stale.events[-1])
        with pytest.raises(LiveChanged):
            ledger.append(EventKind.ABORTED, {"release": 1})


class Beats:
    """Connections whose renewals are counted, and fail where told to."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.renewed: list[Lease] = []
        self.failing = 0
        self.enough = threading.Event()
        self.opened = self.closed = 0

    def connect(self) -> Warehouse:
        beats = self
        beats.opened += 1

        class Counting(MemoryWarehouse):
            def renew_lease(self, lease: Lease, now: datetime, duration: timedelta) -> Lease:
                if beats.failing:
                    beats.failing -= 1
                    raise WarehouseFailed("renewing the lease", "the network is away")
                renewed = super().renew_lease(lease, now, duration)
                beats.renewed.append(renewed)
                if len(beats.renewed) >= 3:
                    beats.enough.set()
                return renewed

            def close(self) -> None:
                beats.closed += 1
                super().close()

        return Counting(self.stage.store)


@pytest.mark.parametrize("failing", [0, 2])
def test_a_lease_is_renewed_also_after_a_beat_that_failed(stage: Stage, failing: int) -> None:
    beats = Beats(stage)
    access = Access(beats.connect)
    access.warehouse.prepare()
    duration = timedelta(milliseconds=30)
    lease = access.warehouse.acquire_lease(ENVIRONMENT, ALIVE, clock.now(), duration)
    beats.failing = failing
    with beating(access, lease, duration):
        assert beats.enough.wait(10)
    assert beats.failing == 0
    ends = [each.expires_at for each in beats.renewed]
    assert ends == sorted(ends)
    assert ends[-1] > lease.expires_at
    assert {each.fence for each in beats.renewed} == {lease.fence}
    # Every beat has a connection of its own, and the operation's own stays open.
    assert beats.opened == beats.closed + 1


def test_the_heart_stops_with_the_operation(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site_module, "LEASE", timedelta(milliseconds=15))
    beats = Beats(stage)
    with operating(replace(stage.site(), access=Access(beats.connect)), "deploy"):
        assert beats.enough.wait(10)
    count = len(beats.renewed)
    time.sleep(0.05)
    assert len(beats.renewed) == count
    assert stage.connect().lease(ENVIRONMENT) is None


def test_a_heart_that_beats_for_a_lost_lease_does_not_take_it_back(stage: Stage) -> None:
    beats = Beats(stage)
    access = Access(beats.connect)
    access.warehouse.prepare()
    past = datetime(2020, 1, 1, tzinfo=UTC)
    duration = timedelta(milliseconds=15)
    lease = access.warehouse.acquire_lease(ENVIRONMENT, ALIVE, past, duration)
    taken = stage.connect().acquire_lease(ENVIRONMENT, ALIVE, clock.now(), LEASE)
    with beating(access, lease, duration):
        time.sleep(0.05)
    assert beats.renewed == []
    assert stage.connect().lease(ENVIRONMENT) == taken


class Exclusive(MemoryWarehouse):
    """One process at a time, as DuckDB."""

    @property
    def capabilities(self):  # type: ignore[no-untyped-def]
        return replace(super().capabilities, exclusive=True)


def test_on_an_exclusive_warehouse_no_heart_beats_and_the_lease_is_long(stage: Stage) -> None:
    opened: list[Warehouse] = []

    def connect() -> Warehouse:
        opened.append(Exclusive(stage.store))
        return opened[-1]

    site = replace(stage.site(), access=Access(connect))
    threads = threading.active_count()
    with operating(site, "deploy") as (ledger, _):
        assert threading.active_count() == threads
        assert ledger.lease.expires_at - ledger.lease.acquired_at == timedelta(hours=24)
        assert len(opened) == 1
        with site.access.lent(), pytest.raises(WarehouseFailed, match="closed"):
            opened[0].events(ENVIRONMENT)
        site.access.warehouse.events(ENVIRONMENT)
        assert len(opened) == 2
