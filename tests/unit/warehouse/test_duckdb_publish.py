"""What is particular to publishing in DuckDB: spelling, cost, and renamed files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.conformance.operation import NOW

from dbt_rewind.errors import PointerOccupied
from dbt_rewind.model import EventKind, Lease, PointerMove, RelationName, next_event
from dbt_rewind.warehouse.duckdb import DuckDBWarehouse, open_duckdb
from dbt_rewind.warehouse.duckdb_session import Session

POINTER = RelationName("shop", "gold", "orders")
FIRST = RelationName("shop", "rewind_gold", "orders__r1")
SECOND = RelationName("shop", "rewind_gold", "orders__r2")


def publish(warehouse: DuckDBWarehouse, lease: Lease, *moves: PointerMove) -> None:
    chain = warehouse.events("prod")
    event = next_event(chain[-1] if chain else None, "prod", NOW, EventKind.PUBLISHED, {})
    warehouse.commit(event, lease, moves=moves)


def test_spelling_does_not_matter_to_duckdb_nor_to_us(
    warehouse: DuckDBWarehouse, lease: Lease
) -> None:
    shouted = RelationName("SHOP", "GOLD", "ORDERS")
    loud = RelationName("Shop", "Rewind_Gold", "Orders__R1")
    publish(warehouse, lease, PointerMove(POINTER, None, loud))
    assert warehouse.pointers([shouted])[shouted].target == replace(loud, database="SHOP")
    publish(warehouse, lease, PointerMove(shouted, FIRST, SECOND))
    assert warehouse.pointers([POINTER])[POINTER].target == SECOND
    infos = warehouse.relations([loud, FIRST])
    assert infos[loud] == infos[FIRST]
    assert infos[loud].name == FIRST
    warehouse.drop([loud])
    assert warehouse.relations([FIRST]) == {}


def test_a_target_is_spelled_as_it_was_published(warehouse: DuckDBWarehouse, lease: Lease) -> None:
    target = RelationName("shop", "Rewind_Gold", "Orders__r1")
    publish(warehouse, lease, PointerMove(POINTER, None, target))
    assert warehouse.pointers([POINTER])[POINTER].target == target


def test_two_spellings_of_one_pointer_cannot_both_be_published(
    warehouse: DuckDBWarehouse, lease: Lease
) -> None:
    other = RelationName("shop", "Gold", "orders")
    moves = [PointerMove(POINTER, None, FIRST), PointerMove(other, None, SECOND)]
    with pytest.raises(PointerOccupied):
        publish(warehouse, lease, *moves)
    assert warehouse.pointers([POINTER])[POINTER].absent


def test_the_number_of_catalogue_queries_is_constant(
    warehouse: DuckDBWarehouse,
    stranger: duckdb.DuckDBPyConnection,
    lease: Lease,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = [f"model_{number}" for number in range(30)]
    for name in names:
        stranger.execute(f"CREATE TABLE rewind_gold.{name}__r1 (i INTEGER)")
    counted: list[str] = []
    for method in ("run", "rows"):
        original = getattr(Session, method)

        def count(
            session: Session, doing: str, sql: str, values: Any = (), *, original: Any = original
        ) -> Any:
            counted.append(sql)
            return original(session, doing, sql, values)

        monkeypatch.setattr(Session, method, count)

    def statements(moved: Sequence[str]) -> int:
        counted.clear()
        moves = [
            PointerMove(
                RelationName("shop", "gold", name),
                None,
                RelationName("shop", "rewind_gold", f"{name}__r1"),
            )
            for name in moved
        ]
        publish(warehouse, lease, *moves)
        return len(counted)

    assert statements(names[1:]) - statements(names[:1]) == len(names) - 2


def test_a_pointer_outlives_the_files_name(
    warehouse: DuckDBWarehouse,
    stranger: duckdb.DuckDBPyConnection,
    lease: Lease,
    path: str,
    tmp_path: Path,
) -> None:
    publish(warehouse, lease, PointerMove(POINTER, None, FIRST))
    stranger.close()
    warehouse.close()
    renamed = Path(path).rename(tmp_path / "restored.duckdb")
    again = open_duckdb(str(renamed), read_only=True)
    assert again.query("FROM gold.orders", limit=1).rows == ((1,),)
    pointer = RelationName("restored", "gold", "orders")
    target = RelationName("restored", "rewind_gold", "orders__r1")
    assert again.pointers([pointer])[pointer].target == target
    again.close()
    reader = duckdb.connect()
    reader.execute(f"ATTACH '{renamed}' AS elsewhere (READ_ONLY)")
    assert reader.execute("FROM elsewhere.gold.orders").fetchall() == [(1,)]
    reader.close()
