"""Another transaction comes first, or comes in between: who wins, and what the other is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import duckdb
import pytest
from tests.conformance.operation import ALIVE, MINUTE, NOW

from dbt_rewind.errors import LiveChanged, LockHeld, PointerDrifted, RewindError
from dbt_rewind.model import EventKind, Lease, PointerMove, RelationName, next_event
from dbt_rewind.warehouse.duckdb import DuckDBWarehouse, open_duckdb
from dbt_rewind.warehouse.duckdb_session import Session

POINTER = RelationName("shop", "gold", "orders")
FIRST = RelationName("shop", "rewind_gold", "orders__r1")
SECOND = RelationName("shop", "rewind_gold", "orders__r2")
STARTED = next_event(None, "prod", NOW, EventKind.STARTED, {})


class Meanwhile(Sequence[bytes]):
    """No artifacts at all, but somebody acts while they are stored."""

    def __init__(self, act: Callable[[], Any]) -> None:
        self._act = act

    def __getitem__(self, index: Any) -> Any:
        raise IndexError(index)

    def __len__(self) -> int:
        return 1

    def __iter__(self) -> Iterator[bytes]:
        self._act()
        return iter(())


def test_invariant_5_who_comes_while_we_publish_gets_nothing(
    warehouse: DuckDBWarehouse, path: str, lease: Lease
) -> None:
    other = open_duckdb(path, read_only=False)
    theirs = next_event(None, "prod", NOW, EventKind.STARTED, {"by": "them"})

    def act() -> None:
        for attempt in (
            lambda: other.acquire_lease("prod", ALIVE, NOW + MINUTE, MINUTE),
            lambda: other.commit(theirs, lease),
        ):
            with pytest.raises(RewindError):
                attempt()

    warehouse.commit(STARTED, lease, artifacts=Meanwhile(act))
    assert warehouse.events("prod") == (STARTED,)
    assert other.lease("prod") == lease
    other.close()


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("CREATE OR REPLACE VIEW gold.orders AS FROM rewind_gold.orders__r2", PointerDrifted),
        (
            "INSERT INTO rewind.event VALUES"
            f" ('prod', 1, '2026-01-01T00:00:00+00:00', 'started', 1, '{{}}', '{'0' * 64}', 'x')",
            LiveChanged,
        ),
    ],
)
def test_what_changes_while_we_publish_is_told(
    warehouse: DuckDBWarehouse,
    stranger: duckdb.DuckDBPyConnection,
    lease: Lease,
    monkeypatch: pytest.MonkeyPatch,
    statement: str,
    error: type[RewindError],
) -> None:
    """Another transaction commits between our look at what stands and our writing."""
    stranger.execute("CREATE SCHEMA gold; CREATE VIEW gold.orders AS FROM rewind_gold.orders__r1")
    run = Session.run

    def run_after_stranger(session: Session, doing: str, sql: str, values: Any = ()) -> None:
        if sql.startswith("CREATE SCHEMA"):
            stranger.execute(statement)
        run(session, doing, sql, values)

    monkeypatch.setattr(Session, "run", run_after_stranger)
    with pytest.raises(error):
        warehouse.commit(STARTED, lease, moves=[PointerMove(POINTER, FIRST, SECOND)])
    assert STARTED.hash not in {event.hash for event in warehouse.events("prod")}


def test_two_takers_at_once(
    warehouse: DuckDBWarehouse, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = open_duckdb(path, read_only=False)
    run = Session.run

    def run_after_other(session: Session, doing: str, sql: str, values: Any = ()) -> None:
        if "rewind" in sql and "lease" in sql:
            monkeypatch.undo()
            other.acquire_lease("prod", ALIVE, NOW, MINUTE)
        run(session, doing, sql, values)

    monkeypatch.setattr(Session, "run", run_after_other)
    with pytest.raises(LockHeld):
        warehouse.acquire_lease("prod", ALIVE, NOW, MINUTE)
    other.close()
