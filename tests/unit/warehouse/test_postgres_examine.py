"""What the doctor finds wrong with a PostgreSQL server, with its fix."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.postgres import Database

from dbt_rewind import clock
from dbt_rewind.model import Finding, Health, Patience
from dbt_rewind.warehouse import postgres_examine
from dbt_rewind.warehouse.postgres_examine import examine
from dbt_rewind.warehouse.postgres_open import open_session
from dbt_rewind.warehouse.postgres_settings import postgres_settings


class Server:
    """A database with a role that deploys there, and one that reads."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.deployer, self.reader = f"{database.name}_deployer", f"{database.name}_reader"
        self.run(
            f"CREATE ROLE {self.deployer} LOGIN PASSWORD 'quite-secret'",
            f"CREATE ROLE {self.reader}",
            "CREATE SCHEMA gold",
            f"GRANT ALL ON SCHEMA gold TO {self.deployer}",
        )

    def run(self, *statements: str) -> None:
        self.database.run(*statements)

    def findings(self, **changes: Any) -> dict[str, Finding]:
        settings = {**self.database.settings, "user": self.deployer, "password": "quite-secret"}
        session = open_session(postgres_settings({**settings, **changes}), read_only=False)
        try:
            return {each.name: each for each in examine(session, {"gold"}, Patience())}
        finally:
            session.close()

    def close(self) -> None:
        for role in (self.deployer, self.reader):
            self.run(
                f"REASSIGN OWNED BY {role} TO postgres",
                f"DROP OWNED BY {role}",
                f"DROP ROLE {role}",
            )


@pytest.fixture
def server(postgres: Database) -> Iterator[Server]:
    made = Server(postgres)
    yield made
    made.close()


def test_permissions_are_missing_and_then_granted(server: Server) -> None:
    found = server.findings()["permissions"]
    assert found.health is Health.PROBLEM
    grant = f'GRANT CREATE ON DATABASE "{server.database.name}" TO "{server.deployer}"'
    assert found.fix.endswith(grant)
    server.run(grant)
    every = server.findings()
    assert {each.health for each in every.values()} == {Health.OK}
    assert every["permissions"].found.startswith("tried and taken back: make the ledger's schema,")
    assert every["warehouse"].found.startswith("PostgreSQL ")
    assert every["warehouse"].found.endswith(f"as {server.deployer}")


def test_a_ledger_that_somebody_else_keeps(server: Server) -> None:
    server.run(
        f"GRANT CREATE ON DATABASE {server.database.name} TO {server.deployer}",
        "CREATE SCHEMA rewind",
    )
    found = server.findings()["permissions"]
    assert found.health is Health.PROBLEM
    assert found.fix.endswith(f'GRANT USAGE, CREATE ON SCHEMA "rewind" TO "{server.deployer}"')


def test_a_role_that_the_profile_names(server: Server) -> None:
    server.run(f"GRANT {server.reader} TO {server.deployer}")
    found = server.findings(role=server.reader)["warehouse"].found
    assert found.endswith(f"as {server.reader} (logged in as {server.deployer})")


def test_a_role_that_only_reads(server: Server) -> None:
    server.run(f"ALTER ROLE {server.deployer} SET default_transaction_read_only TO on")
    found = server.findings()["permissions"]
    assert (found.health, found.found) == (Health.PROBLEM, "every transaction is read-only")


def test_an_old_server(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_examine, "OLDEST", 99)
    found = server.findings()["warehouse"]
    assert found.health is Health.PROBLEM
    assert found.found.endswith("it is too old")
    assert found.fix == "use a server of version 99 or newer"


def test_readers_of_names_to_come(server: Server) -> None:
    server.run(
        "CREATE VIEW gold.orders AS SELECT 1 AS id",
        f"ALTER VIEW gold.orders OWNER TO {server.deployer}",
        f"GRANT SELECT ON gold.orders TO {server.reader}",
    )
    found = server.findings()["readers"]
    assert found.health is Health.WARNING
    assert f"{server.reader} in gold" in found.found
    server.run(*found.details)
    assert server.findings()["readers"].health is Health.OK


def test_everybody_reads(server: Server) -> None:
    server.run("CREATE VIEW gold.orders AS SELECT 1 AS id", "GRANT SELECT ON gold.orders TO PUBLIC")
    found = server.findings()["readers"]
    assert "PUBLIC in gold" in found.found
    server.run(*found.details)
    assert server.findings()["readers"].health is Health.OK


def test_a_short_deadlock_timeout(server: Server) -> None:
    server.run(f"ALTER DATABASE {server.database.name} SET deadlock_timeout TO '200ms'")
    found = server.findings()["locks"]
    assert found.health is Health.WARNING
    assert found.found.startswith("a publish holds readers up for 160 ms at the most, and not for")


@pytest.mark.parametrize(
    ("seconds", "health", "word"),
    [
        (0, Health.OK, "this machine is 0."),
        (-10, Health.WARNING, "s behind the server"),
        (3600, Health.PROBLEM, "3600.0 s ahead of the server"),
    ],
)
def test_clocks(
    server: Server, monkeypatch: pytest.MonkeyPatch, seconds: int, health: Health, word: str
) -> None:
    offset = timedelta(seconds=seconds)
    monkeypatch.setattr(clock, "now", lambda: datetime.now(UTC) + offset)
    found = server.findings()["clock"]
    assert found.health is health
    assert word in found.found
