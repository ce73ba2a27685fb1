"""What all tests need of the process that they run in."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from tests.postgres import Database, database, shared_server
from tests.sqlserver.server import HOW, connection_string

from dbt_rewind.demo.postgres_server import PostgresServer

# A shell has what it runs in the background ignore Ctrl-C, which the commands that are started and
# then interrupted would inherit.
signal.signal(signal.SIGINT, signal.default_int_handler)

# What the walk asserts is told in full where it does not hold; before anything imports it.
pytest.register_assert_rewrite("tests.projects.walk")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="Write the golden files anew.")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says it where nothing was tried on a server that only some have."""
    skipped = terminalreporter.stats.get("skipped", [])
    if any("sqlserver" in report.nodeid for report in skipped) and connection_string() is None:
        terminalreporter.write_sep("=", "no SQL Server", yellow=True, bold=True)
        terminalreporter.write_line(HOW)


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(scope="session")
def postgres_server() -> PostgresServer:
    """The server of all tests of this process, started by the first that asks."""
    return shared_server()


@pytest.fixture
def postgres(postgres_server: PostgresServer) -> Iterator[Database]:
    """An empty database on it, for one test."""
    with database(postgres_server) as fresh:
        yield fresh
