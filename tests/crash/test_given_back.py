"""Killed while adopting, ejecting or repairing: wholly the one or wholly the other.

Users see the same rows at every instant. Invariants 1, 2, 6 and 7, proven with plain SQL.
"""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.crash.checker import prove
from tests.crash.child import REACHED
from tests.crash.scenarios import Shelf, run
from tests.crash.test_killed import EVERY, RANDOM_KILLS, Record
from tests.e2e.lab import Lab

pytestmark = pytest.mark.crash

Rows = list[tuple[Any, ...]]

TEXTS = (
    "select schema_name, table_name, sql, comment from duckdb_tables()",
    "select schema_name, view_name, sql, comment from duckdb_views() where not internal",
    "select schema_name, index_name, sql, NULL from duckdb_indexes()",
    "select schema_name, table_name, column_name, comment from duckdb_columns()"
    " where comment is not null and not internal",
)


@dataclass(frozen=True)
class Standing:
    """What a file holds outside of the schemas of dbt-rewind, and whether it has such schemas."""

    texts: Rows
    rows: dict[str, Rows]
    own_schemas: list[str]

    @property
    def shown(self) -> dict[str, Rows]:
        """What users read, whatever else stands beside it."""
        return {name: rows for name, rows in self.rows.items() if "__" not in name}


def standing(database: Path) -> Standing:
    with duckdb.connect(str(database), read_only=True) as connection:
        texts = [
            row
            for query in TEXTS
            for row in connection.execute(f"{query} order by all").fetchall()
            if not row[0].startswith("rewind")
        ]
        names = connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables()"
            " where not starts_with(schema_name, 'rewind') union select schema_name || '.'"
            " || view_name from duckdb_views() where not internal"
            " and not starts_with(schema_name, 'rewind') order by all"
        ).fetchall()
        rows = {
            name: connection.execute(f"from {name} order by all").fetchall() for (name,) in names
        }
        schemas = connection.execute(
            "select schema_name from duckdb_schemas() where starts_with(schema_name, 'rewind')"
        ).fetchall()
    return Standing(texts, rows, [name for (name,) in schemas])


Killing = tuple[str, int]
"""At which instant, or at which random moment, a command is killed."""

INSTANTS = "instants"
RANDOM = "random"


def killings(how: str, first: int) -> Iterator[Killing]:
    """Every so many instants until the command comes to its end, or a number of random moments."""
    begin = 1 + (first - 1) % EVERY
    numbers = range(begin, 1000, EVERY) if how == INSTANTS else range(4 * RANDOM_KILLS)
    return ((how, number) for number in numbers)


def is_over(how: str, tried: int, *, going: bool) -> bool:
    """Whether there are no more instants, or there were enough random moments."""
    return not going if how == INSTANTS else tried == RANDOM_KILLS


def killed(lab: Lab, killing: Killing, *command: str) -> bool:
    """Whether it was killed, and not at its end before."""
    how, at = killing
    if how == RANDOM:
        wait = random.Random(f"{command[0]} {at}").uniform(0, 1.05) * usual(lab, *command)
        return run(lab, *command, after=wait).status == -9
    answer = run(lab, *command, at=at)
    if REACHED in answer.stderr:
        assert answer.status == -9
        return True
    answer.check(0)
    assert at > 5, "there are next to no instants"
    return False


_USUAL: dict[str, float] = {}


def usual(lab: Lab, *command: str) -> float:
    """The seconds that the command takes when nobody kills it."""
    if command[0] not in _USUAL:
        copied = lab.copy(lab.folder.with_name("usual"))
        began = time.monotonic()
        run(copied, *command).check(0)
        _USUAL[command[0]] = time.monotonic() - began
    return _USUAL[command[0]]


@pytest.mark.parametrize("how", [INSTANTS, RANDOM])
def test_adopting(how: str, shelf: Shelf, tmp_path: Path, record_property: Record) -> None:
    begun = standing(shelf.stage("plain").database)
    tried = 0
    for at in killings(how, 2):
        lab = shelf.stage("plain").copy(tmp_path / str(at[1]))
        going = killed(lab, at, "adopt", "v1", "--yes")
        assert standing(lab.database).shown == begun.shown, at
        run(lab, "recover").check(0)
        now = standing(lab.database)
        assert now.shown == begun.shown, at
        if now.texts == begun.texts:
            assert going
            assert [name for name in now.own_schemas if name != "rewind"] == []
            run(lab, "adopt", "v1", "--yes").check(0)
        found = prove(lab.database, lab.mirror)
        assert found.live is not None
        assert "regions__r" in str(standing(lab.database).texts)
        # All the way back.
        run(lab, "eject", "--yes").check(0)
        assert standing(lab.database) == begun, at
        tried += going
        shutil.rmtree(lab.folder)
        if is_over(how, tried, going=going):
            break
    assert is_over(how, tried, going=going), "it never ends"
    record_property(f"adopt: {how}", tried)


@pytest.mark.parametrize("how", [INSTANTS, RANDOM])
def test_ejecting(how: str, shelf: Shelf, tmp_path: Path, record_property: Record) -> None:
    begun = standing(shelf.stage("adopted").database)
    outcomes = set()
    tried = 0
    for at in killings(how, 1):
        lab = shelf.stage("adopted").copy(tmp_path / str(at[1]))
        going = killed(lab, at, "eject", "--yes")
        assert standing(lab.database).shown == begun.shown, at
        if tried % 2:
            run(lab, "recover").check(0)
            now = standing(lab.database)
            if now.own_schemas:
                assert prove(lab.database, lab.mirror).live == 2
                assert now.texts == begun.texts
            else:
                assert now.rows == begun.shown, "something of ours is left"
                assert not lab.mirror.exists()
        adopted = run(lab, "adopt", "v2", "--yes", "--json")
        outcomes.add(adopted.status)
        if adopted.status:
            assert adopted.check(8).error["slug"] == "already-live"
        assert prove(lab.database, lab.mirror).live in {1, 2}
        assert standing(lab.database).shown == begun.shown, at
        tried += going
        shutil.rmtree(lab.folder)
        if is_over(how, tried, going=going):
            break
    assert is_over(how, tried, going=going), "it never ends"
    assert outcomes <= {0, 8}
    assert how == RANDOM or outcomes == {0, 8}
    record_property(f"eject: {how}", tried)


@pytest.mark.parametrize("how", [INSTANTS, RANDOM])
def test_repairing_in_a_rollback(
    how: str, shelf: Shelf, tmp_path: Path, record_property: Record
) -> None:
    begun = standing(shelf.stage("drifted").database)
    theirs = [("theirs",)]
    assert begun.rows["gold.sales"] == theirs
    command = ("rollback", "--yes", "--repair")
    tried = 0
    for at in killings(how, 3):
        lab = shelf.stage("drifted").copy(tmp_path / str(at[1]))
        going = killed(lab, at, *command)
        run(lab, "recover").check(0)
        now = standing(lab.database)
        if now.rows["gold.sales"] == theirs:
            assert now == begun, f"{at}: half a repair"
            run(lab, *command).check(0)
        found = prove(lab.database, lab.mirror)
        now = standing(lab.database)
        kept = [rows for name, rows in now.rows.items() if name.startswith("gold.sales__aside_")]
        assert kept == [theirs], at
        assert found.live in {1, 2}
        if found.live == 2:
            run(lab, "rollback", "--yes").check(0)
            assert prove(lab.database, lab.mirror).live == 1
        tried += going
        shutil.rmtree(lab.folder)
        if not going:
            assert found.kinds[-2:] == ["repaired", "published"]
        if is_over(how, tried, going=going):
            break
    assert is_over(how, tried, going=going), "it never ends"
    record_property(f"rollback --repair: {how}", tried)
