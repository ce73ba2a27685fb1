"""What all tests need of the process that they run in."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from tests.github.actionlint import HOW as HOW_ACTIONLINT
from tests.github.prism import HOW as HOW_PRISM
from tests.notify.description import HOW as HOW_GITHUB
from tests.postgres import Database, database, shared_server
from tests.spark import session as spark
from tests.sqlserver.server import HOW, HOW_DRIVER, HOW_SCRIPTDOM
from tests.unit.warehouse.damaged import HOW_AMCHECK

from dbt_rewind.demo.postgres_server import PostgresServer

if TYPE_CHECKING:
    from tests.crash.postgres_lab import PostgresShelf
    from tests.crash.scenarios import Shelf

NOT_EVERYWHERE = {
    "tests/sqlserver/test_server.py": HOW,
    "tests/sqlserver/test_scriptdom.py": HOW_SCRIPTDOM,
    "tests/sqlserver/test_driver.py": HOW_DRIVER,
    "tests/notify/test_github_described.py": HOW_GITHUB,
    "tests/github/test_actionlint.py": HOW_ACTIONLINT,
    "tests/github/test_prism.py": HOW_PRISM,
    "tests/unit/warehouse/test_amcheck.py": HOW_AMCHECK,
}
"""Tests that need what only some have, and what they need."""

# A shell has what it runs in the background ignore Ctrl-C, which the commands that are started and
# then interrupted would inherit.
signal.signal(signal.SIGINT, signal.default_int_handler)

# What the walk asserts is told in full where it does not hold; before anything imports it.
pytest.register_assert_rewrite("tests.projects.walk")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="Write the golden files anew.")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says it where nothing was tried on what only some have."""
    skipped = [report.nodeid for report in terminalreporter.stats.get("skipped", [])]
    for file, how in NOT_EVERYWHERE.items():
        if any(nodeid.startswith(file) for nodeid in skipped):
            terminalreporter.write_sep("=", "not tried", yellow=True, bold=True)
            terminalreporter.write_line(how)

    ran = [report.nodeid for report in terminalreporter.stats.get("passed", [])]
    if any("postgres-door" in nodeid for nodeid in ran) and spark.spark_python() is None:
        terminalreporter.write_sep("=", "no Spark", yellow=True, bold=True)
        terminalreporter.write_line(spark.HOW)


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


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """Labs whose releases were built by the double of dbt, made once for all workers."""
    from tests.crash.scenarios import Shelf
    from tests.e2e.stages import Stages

    return Shelf(Stages.shared(tmp_path_factory))


@pytest.fixture(scope="session")
def postgres_shelf(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: PostgresServer
) -> PostgresShelf:
    """The same on the worker's server, which has room for one such shelf."""
    from tests.crash.postgres_lab import PostgresShelf
    from tests.e2e.stages import Stages

    return PostgresShelf(Stages(tmp_path_factory.mktemp("stages")), postgres_server)
