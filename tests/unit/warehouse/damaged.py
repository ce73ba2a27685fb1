"""Tables on a PostgreSQL server whose files are changed while it is down."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

from tests.postgres import Database

PAGE = 8192

HOW_AMCHECK = (
    "amcheck was not tried: it needs a PostgreSQL of version 14 or later with its additional"
    " modules, below /usr/lib/postgresql as Debian's packages have it"
)


def make_tables(database: Database) -> None:
    """Two tables in `gold`, one with an index and with long values that are stored apart."""
    database.run(
        "CREATE SCHEMA gold",
        "CREATE TABLE gold.customers AS SELECT i, md5(i::text) AS name"
        " FROM generate_series(1, 5000) AS i",
        "CREATE TABLE gold.orders AS SELECT i, md5(i::text) AS name,"
        " CASE WHEN i < 3 THEN (SELECT string_agg(md5(j::text), '')"
        " FROM generate_series(1, 1000) AS j) END AS long FROM generate_series(1, 5000) AS i",
        "CREATE INDEX orders_i ON gold.orders (i)",
    )


def change_file(database: Database, relation: str, change: Callable[[Path], None]) -> None:
    """Stops the server, changes the file in which the relation is, and starts it again."""
    server = database.server
    found = database.rows("SELECT pg_relation_filepath(%s)", relation)
    database.run("CHECKPOINT")  # or else it would be written again from the log
    os.kill(server.postmaster, signal.SIGKILL)
    change(server.folder / "data" / str(found[0][0]))
    server.restart()


def written(offset: int, content: bytes) -> Callable[[Path], None]:
    """Writes over what is in a file."""

    def write(path: Path) -> None:
        with path.open("r+b") as file:
            file.seek(offset)
            file.write(content)

    return write
