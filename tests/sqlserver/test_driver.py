"""The real driver, spoken to in a few canned sentences of TDS: what it makes of errors, rows and
lost connections is what the adapter expects. No SQL is executed."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from datetime import timedelta

import pytest
from tests.sqlserver.server import HOW_DRIVER
from tests.sqlserver.tds import Speaker, done, error, rows

from dbt_rewind.errors import (
    ConnectionLost,
    PermissionMissing,
    WarehouseFailed,
    WarehouseUnreachable,
)
from dbt_rewind.warehouse.sqlserver_errors import number_of, place_of
from dbt_rewind.warehouse.sqlserver_open import open_session
from dbt_rewind.warehouse.sqlserver_session import Session
from dbt_rewind.warehouse.sqlserver_settings import SqlServerSettings

try:
    ctypes.CDLL("libltdl.so.7")
except OSError:
    pytest.skip(HOW_DRIVER, allow_module_level=True)

FACTS = ("double", "shop", "dbo", "16.0.4000.1", "Latin1_General_CI_AS", None, None)
SECOND = timedelta(seconds=1)


def answer(text: str) -> bytes:
    """What is said, by a word of the statement."""
    if "SERVERPROPERTY" in text:
        return rows([str(at) for at in range(len(FACTS))], [FACTS], more=False)
    if "@statements TABLE" in text:
        return error(50_000, "rewind:1222:3:Lock request time out period exceeded.")
    for word, said in SENTENCES.items():
        if word in text:
            return said
    return done()


SENTENCES = {
    "two_rows": rows(["a", "b"], [("1", None), ("2", "\u4e16")], more=False),
    "denied": error(50_000, "rewind:229:0:The SELECT permission was denied, 100 % of it."),
    "late": rows(["a"], [("1",)], more=True) + error(50_000, "rewind:8134:0:Divide by zero."),
    "foreign": error(50_000, "rewind:208:0:Ung\u00fcltiger Objektname."),
}


@pytest.fixture
def speaker() -> Iterator[Speaker]:
    made = Speaker(answer)
    yield made
    made.close()


@pytest.fixture
def session(speaker: Speaker) -> Iterator[Session]:
    opened = open_session(settings(speaker.port), read_only=False, wait=SECOND)
    yield opened
    opened.close()


def settings(port: int) -> SqlServerSettings:
    words = f"Server=127.0.0.1,{port};UID=sa;PWD=geheim;Encrypt=no"
    return SqlServerSettings(words, place="shop on this machine", retries=0, login_timeout=5)


def test_the_server_is_known(session: Session) -> None:
    assert session.server.label == "shop on double"
    assert session.server.replaces_views


def test_rows_come_as_they_are(session: Session) -> None:
    assert session.rows("asking", "SELECT two_rows;") == [("1", None), ("2", "\u4e16")]
    columns, found = session.first_rows("asking", "SELECT two_rows;", 1)
    assert (columns, found) == (("a", "b"), [("1", None)])
    assert session.rows("asking", "UPDATE nothing;") == []


def test_an_error_has_its_number(session: Session) -> None:
    with pytest.raises(PermissionMissing) as denied:
        session.rows("asking", "SELECT denied;")
    assert denied.value.problem == "The SELECT permission was denied, 100 % of it."
    with pytest.raises(WarehouseFailed) as foreign:
        session.rows("asking", "SELECT foreign;")
    assert number_of(foreign.value) == 208


def test_an_error_behind_a_result_is_told(session: Session) -> None:
    with pytest.raises(WarehouseFailed) as raised:
        session.rows("asking", "SELECT late;")
    assert number_of(raised.value) == 8134


def test_of_many_statements_the_place_is_told(session: Session) -> None:
    with pytest.raises(WarehouseFailed) as raised:
        session.run_all("asking", ["a;", "b;", "c;"], SECOND)
    assert (number_of(raised.value), place_of(raised.value)) == (1222, 3)


def test_values_are_sent_beside_the_statement(speaker: Speaker, session: Session) -> None:
    with pytest.raises(PermissionMissing):
        session.rows(
            "asking",
            "SELECT denied;",
            environment="it's \u00e9 ?",
            sequence=2**40,
            content=b"\x00\xff",
        )
    # The driver has put names of its own in the place of the marks.
    assert "@environment nvarchar(max) = @P1, @sequence bigint = @P2" in speaker.heard[-1]
    assert "it's \u00e9 ?" in speaker.heard[-1]


def test_a_transaction_is_said_in_three_words(speaker: Speaker, session: Session) -> None:
    with session.transaction("a test"):
        session.run("writing", "UPDATE nothing;")
    with pytest.raises(WarehouseFailed), session.transaction("a test"):
        session.rows("asking", "SELECT late;")
    said = [text for text in speaker.heard if "TRANSACTION;" in text and "DECLARE" not in text]
    assert said[-4:] == [
        "BEGIN TRANSACTION;",
        "COMMIT TRANSACTION;",
        "BEGIN TRANSACTION;",
        "IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;",
    ]


def test_a_server_that_hangs_up() -> None:
    def hang_up(text: str) -> bytes:
        if "hang up" in text:
            raise OSError("gone")
        return answer(text)

    speaker = Speaker(hang_up)
    session = open_session(settings(speaker.port), read_only=False, wait=SECOND)
    with pytest.raises(ConnectionLost):
        session.rows("asking", "SELECT hang up;")
    session.reconnect()
    assert session.rows("asking", "SELECT two_rows;")
    session.close()
    speaker.close()


def test_nobody_listens(speaker: Speaker) -> None:
    speaker.close()
    with pytest.raises(WarehouseUnreachable) as raised:
        open_session(settings(1), read_only=False, wait=SECOND)
    assert "geheim" not in str(raised.value)
