"""A connection that is lost: what was committed is told truly, and the loss hides nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.unit.engine.double import Model
from tests.unit.engine.stage import Fault, Stage, unheard

from dbt_rewind.engine import confirm
from dbt_rewind.engine.access import Access
from dbt_rewind.engine.deploy import deploy
from dbt_rewind.engine.site import operating
from dbt_rewind.errors import (
    CommitUnconfirmed,
    ConnectionLost,
    DbtCrashed,
    RewindError,
    WarehouseUnreachable,
)
from dbt_rewind.warehouse.protocol import Warehouse

PROJECT = {"orders": Model("1")}
CHANGED = {"orders": Model("2")}

UNCONFIRMED = CommitUnconfirmed("shop", "publishing to prod", "no answer")
LOST = ConnectionLost("shop", "doing something", "it is gone")


@pytest.fixture
def live(stage: Stage) -> Stage:
    stage.deploy(PROJECT)
    return stage


def failing_once(error: RewindError, when: str) -> Fault:
    due = [error]

    def fault(at: str) -> None:
        if at == when and due:
            raise due.pop()

    return fault


def test_a_commit_whose_answer_was_lost_counts(live: Stage) -> None:
    live.deploy(CHANGED, fault=failing_once(UNCONFIRMED, "after published"))
    assert live.codes == {"gold.orders": "2"}
    assert live.recover().mirrored == 0, "the mirror was not written"
    live.rollback()
    assert live.codes == {"gold.orders": "1"}
    live.rollback("r2")
    live.assert_consistent()


def test_a_commit_that_was_never_made_does_not(live: Stage) -> None:
    with pytest.raises(ConnectionLost) as raised:
        live.deploy(CHANGED, fault=failing_once(UNCONFIRMED, "before published"))
    assert "users see what they saw before" in raised.value.hint
    assert live.codes == {"gold.orders": "1"}
    assert live.states() == ["live", "aborted"]
    live.assert_consistent()


def test_where_nobody_can_be_asked_that_is_said(
    live: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confirm, "SECONDS", 0.3)
    gone: list[bool] = []

    def fault(at: str) -> None:
        if at == "after published":
            gone.append(True)
            raise UNCONFIRMED

    site = live.site(fault=fault, killed=True)

    def connect() -> Warehouse:
        if gone:
            raise WarehouseUnreachable("shop", "nobody answers")
        return site.access.connect()

    with (
        pytest.raises(CommitUnconfirmed),
        operating(replace(site, access=Access(connect)), "deploy") as (ledger, _),
    ):
        deploy(ledger, live.request(CHANGED), unheard)
    assert live.recover().mirrored == 1
    assert live.codes == {"gold.orders": "2"}
    live.assert_consistent()


def test_a_lease_that_cannot_be_given_back_spoils_nothing(live: Stage) -> None:
    deployed = live.deploy(CHANGED, fault=failing_once(LOST, "before release"))
    assert deployed.release == live.live
    live.rollback()
    live.assert_consistent()


def test_a_lost_connection_does_not_hide_what_went_wrong(live: Stage) -> None:
    def fault(at: str) -> None:
        if at == "before published":
            raise DbtCrashed("the first thing that went wrong")
        if at == "before release":
            raise LOST

    with pytest.raises(DbtCrashed):
        live.deploy(CHANGED, fault=fault)
    assert live.states() == ["live", "aborted"]
