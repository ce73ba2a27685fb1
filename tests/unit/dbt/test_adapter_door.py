"""The adapter door: values there and back, refusals, and its end in every case."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import duckdb
import pytest

from dbt_rewind.dbt.adapter_door import AdapterDoor, AdapterProfile
from dbt_rewind.errors import AdapterUnsupported, DbtMissing, WarehouseFailed
from dbt_rewind.warehouse.dbt_adapter_channel import Channel, ChannelClosed, DriverRefused

PROFILE = """
shop:
  target: dev
  outputs:
    dev:
      type: TYPE
      path: "{{ env_var('SHOP_FILE', 'shop.duckdb') }}"
"""


def profile(folder: Path, adapter: str = "duckdb") -> AdapterProfile:
    return AdapterProfile(adapter, "shop", "dev", folder, PROFILE.replace("TYPE", adapter))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("door")


@pytest.fixture(scope="module")
def door() -> AdapterDoor:
    return AdapterDoor(lambda: sys.executable)


@pytest.fixture(scope="module")
def channel(door: AdapterDoor, folder: Path) -> Iterator[Channel]:
    opened = door.open(profile(folder))
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        ("NULL", None),
        ("true", True),
        ("1::BIGINT", 1),
        ("170141183460469231731687303715884105727::HUGEINT", 2**127 - 1),
        ("1.10::DECIMAL(9, 2)", Decimal("1.10")),
        ("0.1::DOUBLE", 0.1),
        ("'-inf'::DOUBLE", float("-inf")),
        ("'0123'", "0123"),
        ("chr(10) || 'it''s ☃'", "\nit's ☃"),
        ("DATE '2026-01-02'", date(2026, 1, 2)),
        ("TIMESTAMP '2026-01-02 03:04:05.678901'", datetime(2026, 1, 2, 3, 4, 5, 678901)),
        ("INTERVAL 90 MINUTE", timedelta(minutes=90)),
        ("'\\x00\\xFF'::BLOB", b"\x00\xff"),
        (
            "'00000000-0000-0000-0000-000000000001'::UUID",
            UUID("00000000-0000-0000-0000-000000000001"),
        ),
        ("[1, NULL]", (1, None)),
        ("{'a': DATE '2026-01-02'}", {"a": date(2026, 1, 2)}),
    ],
)
def test_a_value_comes_as_the_driver_gives_it(channel: Channel, sql: str, value: object) -> None:
    found = channel.run(f"SELECT {sql} AS it", None, fetch=True)
    assert found.columns == ("it",)
    assert found.rows == ((value,),)
    assert type(found.rows[0][0]) is type(value)


def test_not_a_number_is_none_of_them(channel: Channel) -> None:
    ((found,),) = channel.run("SELECT 'nan'::DOUBLE", None, fetch=True).rows
    assert found != found


@pytest.mark.parametrize("value", [None, True, 2**40, 0.5, "it's ? % \n ☃", b"\x00\xff"])
def test_a_bound_value_arrives_as_it_is(channel: Channel, value: object) -> None:
    assert channel.run("SELECT ?", [value], fetch=True).rows == ((value,),)  # type: ignore[list-item]


def test_a_refusal_has_the_drivers_names_and_words(channel: Channel) -> None:
    with pytest.raises(DriverRefused) as raised:
        channel.run("SELECT * FROM is_missing", None, fetch=True)
    assert raised.value.kind == "CatalogException"
    assert "CatalogException" in raised.value.names
    assert "is_missing" in raised.value.words
    assert channel.run("SELECT 1", None, fetch=True).rows == ((1,),)


def test_a_second_connection_needs_no_second_process_and_does_not_wait(
    door: AdapterDoor, channel: Channel, folder: Path
) -> None:
    slow = threading.Thread(
        target=channel.run,
        args=("SELECT count(*) FROM range(8000000000)", None),
        kwargs={"fetch": True},
        daemon=True,
    )
    other = door.open(profile(folder))
    slow.start()
    assert other.run("SELECT 2", None, fetch=True).rows == ((2,),)
    assert slow.is_alive()
    other.close()
    with pytest.raises(ChannelClosed):
        other.run("SELECT 1", None, fetch=True)
    slow.join()


def test_transactions_are_begun_in_sql(channel: Channel) -> None:
    channel.run("CREATE OR REPLACE TABLE t (i INTEGER)", None, fetch=False)
    channel.run("BEGIN", None, fetch=False)
    channel.run("INSERT INTO t VALUES (1)", None, fetch=False)
    channel.run("ROLLBACK", None, fetch=False)
    channel.run("INSERT INTO t VALUES (2)", None, fetch=False)
    assert channel.run("FROM t", None, fetch=True).rows == ((2,),)


def test_what_dbt_does_not_have(tmp_path: Path) -> None:
    with pytest.raises(AdapterUnsupported) as raised:
        AdapterDoor(lambda: sys.executable).open(profile(tmp_path, "snowflake"))
    assert "snowflake" in raised.value.message
    assert "dbt-snowflake" in raised.value.hint


def test_a_profile_that_dbt_refuses(tmp_path: Path) -> None:
    wrong = AdapterProfile("duckdb", "shop", "dev", tmp_path, "shop: {outputs: {}}")
    with pytest.raises(WarehouseFailed) as raised:
        AdapterDoor(lambda: sys.executable).open(wrong)
    assert raised.value.doing == "opening the database"


def test_a_python_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(DbtMissing):
        AdapterDoor(lambda: str(tmp_path / "python")).open(profile(tmp_path))


def test_it_releases_the_file_and_is_started_anew(tmp_path: Path) -> None:
    door = AdapterDoor(lambda: sys.executable)
    for number in range(2):
        channel = door.open(profile(tmp_path))
        channel.run(f"CREATE TABLE t{number} (i INTEGER)", None, fetch=False)
        channel.close()
        channel.close()
        with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
            assert len(connection.execute("SHOW TABLES").fetchall()) == number + 1


OWNER = """
    import sys
    from pathlib import Path
    from dbt_rewind.dbt.adapter_door import AdapterDoor, AdapterProfile
    door = AdapterDoor(lambda: sys.executable)
    channel = door.open(AdapterProfile("duckdb", "shop", "dev", Path(sys.argv[1]), sys.argv[2]))
    channel.run("CREATE TABLE t (i INTEGER)", None, fetch=False)
    channel.run("BEGIN", None, fetch=False)
    channel.run("INSERT INTO t VALUES (1)", None, fetch=False)
    print("ready", flush=True)
    WAIT
"""
BUSY = 'channel.run("SELECT count(*) FROM range(400000000000)", None, fetch=True)'
IDLE = "sys.stdin.read()"


@pytest.mark.parametrize("wait", [BUSY, IDLE], ids=["busy", "idle"])
def test_it_dies_with_whoever_started_it(tmp_path: Path, wait: str) -> None:
    code = textwrap.dedent(OWNER).replace("WAIT", wait)
    text = PROFILE.replace("TYPE", "duckdb")
    owner = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path), text],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "ready\n"
        time.sleep(0.5)  # until the statement is running, where one does
        owner.send_signal(signal.SIGKILL)
    until = time.monotonic() + 60
    while (rows := rows_in(tmp_path / "shop.duckdb")) is None and time.monotonic() < until:
        time.sleep(0.05)
    assert rows == []


def rows_in(file: Path) -> list[tuple[int]] | None:
    """What was committed, None while another process has the file."""
    try:
        with duckdb.connect(str(file)) as connection:
            return connection.execute("FROM t").fetchall()
    except duckdb.IOException:
        return None
