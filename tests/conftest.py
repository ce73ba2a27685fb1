"""What all tests need of the process that they run in."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from tests.postgres import Database, database, shared_server

from dbt_rewind.demo.postgres_server import PostgresServer

# A shell has what it runs in the background ignore Ctrl-C, which the commands that are started and
# then interrupted would inherit.
signal.signal(signal.SIGINT, signal.default_int_handler)

# What the walk asserts is told in full where it does not hold; before anything imports it.
pytest.register_assert_rewrite("tests.projects.walk")


@pytest.fixture(scope="session")
def postgres_server() -> PostgresServer:
    """The server of all tests of this process, started by the first that asks."""
    return shared_server()


@pytest.fixture
def postgres(postgres_server: PostgresServer) -> Iterator[Database]:
    """An empty database on it, for one test."""
    with database(postgres_server) as fresh:
        yield fresh
