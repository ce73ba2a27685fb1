"""A publish of many pointers beside the bare SQL that re-creates as many views.

Run as a process of its own (`python -m bench.publish 1000`), so that neither side finds the other's
memory warm. Prints JSON: seconds of every round, in turns.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import duckdb

from dbt_rewind import clock
from dbt_rewind.model import Event, EventKind, Lease, PointerMove, RelationName, next_event
from dbt_rewind.warehouse.duckdb import open_duckdb
from dbt_rewind.warehouse.duckdb_sql import create_pointer, qualified
from dbt_rewind.warehouse.owner import current_owner
from dbt_rewind.warehouse.protocol import Warehouse

_ROUNDS = 5
_COLUMNS = "1 AS id, 2 AS customer, 3.0 AS amount, DATE '2026-01-01' AS day, 'x' AS note"


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="rewind-bench-") as scratch:
        print(json.dumps(compare(Path(scratch), int(sys.argv[1]))))


def compare(folder: Path, pointers: int) -> dict[str, list[float]]:
    """Both sides in turns over two equal files, so that each round of either moves every view."""
    ours, bare = folder / "ours.duckdb", folder / "bare.duckdb"
    measured: dict[str, list[float]] = {"publish": [], "bare": []}
    for file in (ours, bare):
        _make_relations(file, pointers)
    warehouse = open_duckdb(str(ours), read_only=False)
    warehouse.prepare()
    owner = current_owner("bench", "publish")
    lease = warehouse.acquire_lease("prod", owner, clock.now(), timedelta(hours=1))
    publisher = _Publisher(warehouse, lease)
    with duckdb.connect(str(bare)) as connection:
        for round_ in range(_ROUNDS + 1):
            taken = publisher.publish(_moves("ours", pointers, round_))
            plain = _bare(connection, _moves("bare", pointers, round_))
            if round_ > 0:  # the first creates what the others move
                measured["publish"].append(round(taken, 4))
                measured["bare"].append(round(plain, 4))
    warehouse.close()
    return measured


@dataclass(slots=True)
class _Publisher:
    warehouse: Warehouse
    lease: Lease
    last: Event | None = None

    def publish(self, moves: Sequence[PointerMove]) -> float:
        """Seconds from the first check to the commit of the one transaction."""
        payload = {"operation": "rollback", "release": 1, "previous": 2, "moved": len(moves)}
        event = next_event(self.last, "prod", clock.now(), EventKind.PUBLISHED, payload)
        began = time.perf_counter()
        self.warehouse.commit(event, self.lease, moves=moves)
        self.last = event
        return time.perf_counter() - began


def _bare(connection: duckdb.DuckDBPyConnection, moves: Sequence[PointerMove]) -> float:
    statements = [create_pointer(move.pointer, move.after) for move in moves if move.after]
    began = time.perf_counter()
    connection.execute("BEGIN TRANSACTION")
    for statement in statements:
        connection.execute(statement)
    connection.execute("COMMIT")
    return time.perf_counter() - began


def _make_relations(file: Path, pointers: int) -> None:
    with duckdb.connect(str(file)) as connection:
        connection.execute("CREATE SCHEMA rewind_gold")
        connection.execute("CREATE SCHEMA gold")
        connection.execute("BEGIN TRANSACTION")
        for at in range(pointers):
            for release in (1, 2):
                relation = qualified(_relation(file.stem, at, release))
                connection.execute(f"CREATE TABLE {relation} AS SELECT {_COLUMNS}")
        connection.execute("COMMIT")


def _moves(database: str, pointers: int, round_: int) -> list[PointerMove]:
    """Every pointer from one of its two relations to the other."""
    after, before = (1, 2) if round_ % 2 == 0 else (2, 1)
    return [
        PointerMove(
            RelationName(database, "gold", f"model_{at}"),
            _relation(database, at, before) if round_ > 0 else None,
            _relation(database, at, after),
        )
        for at in range(pointers)
    ]


def _relation(database: str, at: int, release: int) -> RelationName:
    return RelationName(database, "rewind_gold", f"model_{at}__r{release}")


if __name__ == "__main__":
    main()
