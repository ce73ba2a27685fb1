"""Every way in which a connection to PostgreSQL is not to be had is one clear error."""

from __future__ import annotations

import socket
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.postgres import Database

from dbt_rewind.errors import (
    DatabaseMissing,
    EncryptionFailed,
    LoginRefused,
    PermissionMissing,
    RewindError,
    ServerFull,
    ServerNotReady,
    WarehouseUnreachable,
)
from dbt_rewind.redact import know_profile
from dbt_rewind.warehouse.postgres_open import open_session
from dbt_rewind.warehouse.postgres_session import Session
from dbt_rewind.warehouse.postgres_settings import postgres_settings

CANARY = "CANARY-is-wrong"


@pytest.fixture(autouse=True)
def _nobodys_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("PGPASSWORD", "PGPASSFILE", "PGSERVICE", "PGSSLMODE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses between attempts, which are not made."""
    made: list[float] = []
    monkeypatch.setattr(time, "sleep", made.append)
    return made


def opened(settings: dict[str, Any], **changes: Any) -> Session:
    settings = {"retries": 0, **settings, **changes}
    know_profile(settings, settings)
    return open_session(postgres_settings(settings), read_only=False)


def refusal(settings: dict[str, Any], **changes: Any) -> RewindError:
    with pytest.raises(RewindError) as raised:
        opened(settings, **changes).close()
    error = raised.value
    told = (
        error.message,
        error.hint,
        str(error.facts()),
        "".join(traceback.format_exception(error)),
    )
    for words in told:
        assert CANARY not in words
        assert settings.get("password", CANARY) not in words
    return error


def user(settings: dict[str, Any]) -> str:
    found = opened(settings)
    row = found.row("asking", "SELECT current_user")
    found.close()
    assert row is not None
    return str(row[0])


class TestLogin:
    def test_a_wrong_password(self, postgres: Database) -> None:
        error = refusal(postgres.settings, password=CANARY)
        assert isinstance(error, LoginRefused)
        assert error.message == (
            f"{postgres.name} on 127.0.0.1:{postgres.server.port} does not let postgres in:"
            ' password authentication failed for user "postgres"'
        )

    def test_no_password(self, postgres: Database) -> None:
        settings = {**postgres.settings}
        settings.pop("password")
        error = refusal(settings)
        assert isinstance(error, LoginRefused)
        assert "asks for a password, and neither the profile nor PGPASSWORD" in error.problem

    def test_passwords_that_libpq_finds(
        self, postgres: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        password = postgres.settings["password"]
        settings = {**postgres.settings, "password": ""}
        pgpass = tmp_path / ".pgpass"
        pgpass.write_text(f"127.0.0.1:*:*:postgres:{password}\n")
        pgpass.chmod(0o600)
        monkeypatch.setenv("PGPASSFILE", str(pgpass))
        assert user(settings) == "postgres"
        pgpass.unlink()
        service = tmp_path / "service.conf"
        service.write_text(f"[shop]\npassword={password}\n")
        monkeypatch.setenv("PGSERVICEFILE", str(service))
        monkeypatch.setenv("PGSERVICE", "shop")
        assert user(settings) == "postgres"
        monkeypatch.delenv("PGSERVICE")
        monkeypatch.setenv("PGPASSWORD", password)
        assert user(settings) == "postgres"

    def test_accounts_that_may_not_come_in(self, postgres: Database) -> None:
        mine = {**postgres.settings, "user": f"{postgres.name}_guest", "password": "guest-guest"}
        name = mine["user"]
        assert isinstance(refusal(mine), LoginRefused)  # unknown
        postgres.run(f"CREATE ROLE {name} PASSWORD 'guest-guest'")
        try:
            error = refusal(mine)
            assert isinstance(error, LoginRefused)
            assert error.problem == f'role "{name}" is not permitted to log in'
            postgres.run(
                f"ALTER ROLE {name} LOGIN",
                f"REVOKE CONNECT ON DATABASE {postgres.name} FROM PUBLIC",
            )
            error = refusal(mine)
            assert isinstance(error, PermissionMissing)
            assert error.problem == f'permission denied for database "{postgres.name}"'
            assert error.grants == (f'GRANT CONNECT ON DATABASE "{postgres.name}" TO "{name}"',)
            postgres.run(
                f"GRANT CONNECT ON DATABASE {postgres.name} TO {name}",
                f"ALTER ROLE {name} CONNECTION LIMIT 1",
            )
            one = opened(mine)
            error = refusal(mine)
            one.close()
            assert isinstance(error, ServerFull)
            assert error.problem == f'too many connections for role "{name}"'
        finally:
            postgres.run(f"DROP OWNED BY {name}", f"DROP ROLE {name}")

    def test_the_role_of_the_profile(self, postgres: Database) -> None:
        role = f"{postgres.name}_Deployer"
        postgres.run(f'CREATE ROLE "{role}"')
        try:
            assert user({**postgres.settings, "role": f'"{role}"'}) == role
            error = refusal({**postgres.settings, "role": role})  # made lower case by the server
            assert isinstance(error, LoginRefused)
            assert error.problem == f"as the role '{role.lower()}': role \"{role.lower()}\"" + (
                " does not exist"
            )
        finally:
            postgres.run(f'DROP ROLE "{role}"')


class TestPlace:
    def test_an_unknown_database(self, postgres: Database) -> None:
        error = refusal(postgres.settings, dbname="nowhere")
        assert isinstance(error, DatabaseMissing)
        assert error.message == f"127.0.0.1:{postgres.server.port} has no database 'nowhere'"

    def test_an_unknown_host(self, postgres: Database) -> None:
        error = refusal(postgres.settings, host="no-such-host.invalid")
        assert isinstance(error, WarehouseUnreachable)
        assert error.problem == "no host has that name"

    def test_nobody_listens(self, postgres: Database) -> None:
        error = refusal(postgres.settings, port=1)
        assert isinstance(error, WarehouseUnreachable)
        assert error.problem == "Connection refused"

    def test_no_socket(self, postgres: Database, tmp_path: Path) -> None:
        error = refusal(postgres.settings, host=str(tmp_path))
        assert isinstance(error, WarehouseUnreachable)
        assert error.problem == "No such file or directory"

    def test_a_socket(self, postgres: Database) -> None:
        folder = str(postgres.server.folder)
        assert user({**postgres.settings, "host": folder}) == "postgres"

    def test_no_answer(self) -> None:
        with answering(lambda connection: time.sleep(0)) as port, silent_port() as silent:
            assert port != silent
            error = refusal({**FAKE, "port": silent, "connect_timeout": 2})
        assert isinstance(error, WarehouseUnreachable)
        assert error.problem == "no answer in 2 s"

    def test_no_encryption_to_be_had(self, postgres: Database) -> None:
        error = refusal(postgres.settings, sslmode="require")
        assert isinstance(error, EncryptionFailed)
        assert error.problem == "server does not support SSL, but SSL was required"
        assert error.hint.startswith("correct `sslmode`")


FAKE: dict[str, Any] = {
    "host": "127.0.0.1",
    "user": "ada",
    "password": CANARY,
    "dbname": "shop",
    "schema": "public",
    "sslmode": "disable",
}


@contextmanager
def answering(answer: Callable[[socket.socket], object]) -> Iterator[int]:
    """The port of a server that gives each connection this answer to its first message."""

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(10_000)
                answer(connection)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()


@contextmanager
def silent_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def saying(state: str, words: str, severity: str = "FATAL") -> Callable[[socket.socket], object]:
    """An answer that a server gives which lets nobody in."""
    fields = {"S": severity, "V": "FATAL", "C": state, "M": words}
    body = b"".join(f"{key}{value}\0".encode() for key, value in fields.items()) + b"\0"
    message = b"E" + (len(body) + 4).to_bytes(4, "big") + body
    return lambda connection: connection.sendall(message)


@pytest.mark.parametrize(
    ("state", "words", "expected"),
    [
        ("57P03", "the database system is starting up", ServerNotReady),
        ("57P03", "the database system is shutting down", ServerNotReady),
        ("57P03", "the database system is in recovery mode", ServerNotReady),
        ("57P03", "the database system is not yet accepting connections", ServerNotReady),
        ("53300", "sorry, too many clients already", ServerFull),
        ("53300", "remaining connection slots are reserved for roles with the X", ServerFull),
        ("53300", 'too many connections for database "shop"', ServerFull),
        ("28000", 'role "ada" does not exist', LoginRefused),
        ("28000", 'pg_hba.conf rejects connection for host "127.0.0.1"', LoginRefused),
        ("28000", 'no pg_hba.conf entry for host "::1", user "ada", SSL on', LoginRefused),
        ("28000", 'no pg_hba.conf entry for host "::1", user "a", SSL off', EncryptionFailed),
        ("28000", 'no pg_hba.conf entry for host "::1", no encryption', EncryptionFailed),
        ("28000", "connection requires a valid client certificate", EncryptionFailed),
    ],
)
def test_what_a_server_says(state: str, words: str, expected: type[RewindError]) -> None:
    with answering(saying(state, words)) as port:
        error = refusal({**FAKE, "port": port})
    assert type(error) is expected
    assert error.message.endswith(words)


def test_a_server_of_another_language_is_quoted() -> None:
    words = "Das Datenbanksystem wird hochgefahren"
    with answering(saying("57P03", words, "FATAL")) as port:
        error = refusal({**FAKE, "port": port})
    assert isinstance(error, WarehouseUnreachable)
    assert error.problem == words


def test_a_server_that_repeats_the_password() -> None:
    with answering(saying("XX000", f"cannot read {CANARY}")) as port:
        assert "cannot read *****" in refusal({**FAKE, "port": port}).message


def test_what_passes_is_tried_again(pauses: list[float]) -> None:
    seen: list[object] = []
    starting = saying("57P03", "the database system is starting up")

    def answer(connection: socket.socket) -> None:
        seen.append(connection)
        starting(connection)

    with answering(answer) as port:
        assert isinstance(refusal({**FAKE, "port": port, "retries": 3}), ServerNotReady)
    assert len(seen) == 4
    assert pauses == [1, 4, 9]


def test_a_refusal_is_not(postgres: Database, pauses: list[float]) -> None:
    refusal(postgres.settings, password=CANARY, retries=3)
    assert pauses == []


def test_who_may_only_read(postgres: Database) -> None:
    session = open_session(postgres_settings(postgres.settings), read_only=True)
    with pytest.raises(RewindError, match="read-only"):
        session.run("writing", "CREATE TABLE t ()")
    session.close()
