"""No exception of the driver leaves the adapter."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import duckdb
import pytest
from tests.conformance.operation import ALIVE, MINUTE, NOW

from dbt_rewind.errors import (
    DiskFull,
    WarehouseError,
    WarehouseFailed,
    WarehouseLocked,
    WarehouseMissing,
)
from dbt_rewind.model import EventKind, next_event
from dbt_rewind.warehouse.duckdb import open_duckdb
from dbt_rewind.warehouse.duckdb_errors import translated, translated_without_words

EXCEPTIONS = sorted(
    {
        found
        for found in vars(duckdb).values()
        if isinstance(found, type) and issubclass(found, Exception)
    },
    key=lambda found: found.__name__,
)
OTHERS = [OverflowError, RuntimeError, UnicodeError, ValueError]

HOLDER = """
import duckdb, sys
connection = duckdb.connect(sys.argv[1])
print("open", flush=True)
input()
"""


def test_the_drivers_exceptions_are_known() -> None:
    assert duckdb.Error in EXCEPTIONS
    assert len(EXCEPTIONS) > 25


@pytest.mark.parametrize("kind", [*EXCEPTIONS, *OTHERS], ids=lambda kind: kind.__name__)
def test_every_exception_is_translated(kind: type[Exception]) -> None:
    original = kind("what went wrong\nLINE 1: more")
    with pytest.raises(WarehouseError) as raised, translated("reading", "shop.duckdb"):
        raise original
    assert raised.value.__cause__ is original
    assert isinstance(raised.value, WarehouseFailed)
    assert (raised.value.doing, raised.value.problem) == ("reading", "what went wrong")


@pytest.mark.parametrize("kind", EXCEPTIONS, ids=lambda kind: kind.__name__)
def test_invariant_10_words_that_may_hold_a_secret_are_not_told(kind: type[Exception]) -> None:
    with pytest.raises(WarehouseFailed) as raised, translated_without_words("attaching", "x"):
        raise kind("password=hunter2")
    assert raised.value.problem == kind.__name__
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__


def test_what_is_ours_passes_through() -> None:
    with pytest.raises(KeyboardInterrupt), translated("reading", "shop.duckdb"):
        raise KeyboardInterrupt


@pytest.mark.parametrize("cause", [None, KeyboardInterrupt(), SystemExit(3)], ids=repr)
@pytest.mark.parametrize("guard", [translated, translated_without_words])
def test_a_signal_that_stops_a_query_is_no_failure(
    guard: Callable[[str, str], AbstractContextManager[None]], cause: BaseException | None
) -> None:
    """No signal is sent here: DuckDB may not look at one before a query has ended."""
    expected = cause or KeyboardInterrupt()
    with pytest.raises(type(expected)) as raised, guard("reading", "shop.duckdb"):
        raise RuntimeError("Query interrupted") from cause
    assert cause is None or raised.value is cause


@pytest.fixture
def holder(path: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that has the file open."""
    duckdb.connect(path).close()
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        yield process
        process.kill()


@pytest.mark.parametrize("read_only", [True, False])
def test_a_file_that_another_process_has_open(
    path: str, holder: subprocess.Popen[str], read_only: bool
) -> None:
    with pytest.raises(WarehouseLocked) as raised:
        open_duckdb(path, read_only=read_only)
    assert (raised.value.path, raised.value.pid) == (path, holder.pid)


def test_a_lock_whose_holder_is_not_told() -> None:
    message = 'IO Error: Could not set lock on file "shop.duckdb"'
    with pytest.raises(WarehouseLocked) as raised, translated("opening", "shop.duckdb"):
        raise duckdb.IOException(message)
    assert raised.value.pid is None


def test_a_missing_file_cannot_be_read(path: str) -> None:
    with pytest.raises(WarehouseMissing) as raised:
        open_duckdb(path, read_only=True)
    assert raised.value.path == path
    assert not Path(path).exists()


@pytest.mark.parametrize("read_only", [True, False])
def test_a_missing_folder(tmp_path: Path, read_only: bool) -> None:
    with pytest.raises(WarehouseMissing):
        open_duckdb(str(tmp_path / "missing" / "shop.duckdb"), read_only=read_only)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "shop.duckdb"
    path.write_text("no database" * 5000)
    for wrong in (path, tmp_path):
        with pytest.raises(WarehouseFailed):
            open_duckdb(str(wrong), read_only=False)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of two megabytes."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"a full disk needs a tmpfs, which cannot be mounted here: {error}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_invariant_2_a_full_disk_leaves_nothing_behind(small_disk: Path) -> None:
    path = str(small_disk / "shop.duckdb")
    warehouse = open_duckdb(path, read_only=False)
    warehouse.prepare()
    lease = warehouse.acquire_lease("prod", ALIVE, NOW, MINUTE)
    first = next_event(None, "prod", NOW, EventKind.STARTED, {})
    warehouse.commit(first, lease)
    second = next_event(first, "prod", NOW, EventKind.PUBLISHED, {})
    with pytest.raises(DiskFull) as raised:
        warehouse.commit(second, lease, artifacts=[os.urandom(4_000_000)])
    assert raised.value.path == path
    warehouse.close()
    again = open_duckdb(path, read_only=False)
    assert again.events("prod") == (first,)
    again.commit(second, lease)
    assert again.events("prod") == (first, second)
    again.close()
