"""The demo's own PostgreSQL: its data stays with the sample, and it serves while it is needed."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from dbt_rewind.demo.postgres_guard import common_place, is_common
from dbt_rewind.demo.postgres_server import PACKAGE, PostgresServer, start_postgres
from dbt_rewind.demo.sample import Loading
from dbt_rewind.errors import DemoServerFailed, DriverMissing
from dbt_rewind.warehouse.driver import require_driver

PROFILES = "profiles.yml"
SERVER = ".server"
NOT_COMMITTED = (PROFILES, SERVER)
"""What the sample's git ignores: the profile has the server's password."""

_DATABASES = {"prod": "adventureworks", "dev": "adventureworks_dev"}
"""By target of the profile."""


@contextmanager
def serving(place: Path) -> Iterator[PostgresServer]:
    """The server of the sample in `place`, made where it is missing, for the length of the block.

    Raises DriverMissing, DemoServerFailed.
    """
    # Only its binaries are used; importing it warns of folders that it does not find.
    if find_spec(PACKAGE) is None:
        raise DriverMissing(PACKAGE.replace("_", "-"), "demo-postgres", "it is not installed")
    require_driver("psycopg", "psycopg", "demo-postgres")
    try:
        server = start_postgres({}, kept=_folder(place))
    except OSError as error:
        raise DemoServerFailed(str(error)) from error
    try:
        yield server
    finally:
        server.close()


def has_server(place: Path) -> bool:
    """Whether a demo has left the data of a server there."""
    return (place / SERVER).exists()


def prepare(place: Path, server: PostgresServer) -> Loading:
    """Makes the databases and the profile that leads to them; returns how the first is filled."""
    import psycopg

    settings = server.settings()
    login = {name: settings[name] for name in ("host", "port", "user", "password")}
    with psycopg.connect(**login, dbname="postgres", autocommit=True) as connection:
        for database in _DATABASES.values():
            connection.execute(f"CREATE DATABASE {database}".encode())
    _write_profile(place / PROFILES, server)
    target = f"host={server.host} port={server.port} user={server.user}"
    return Loading(
        ("--postgres", f"{target} dbname={_DATABASES['prod']}"), {"PGPASSWORD": server.password}
    )


def _write_profile(path: Path, server: PostgresServer) -> None:
    outputs: dict[str, Any] = {
        target: {**server.settings(database), "threads": 2}
        for target, database in _DATABASES.items()
    }
    path.touch(mode=0o600)
    # JSON is YAML.
    profile = {"adventureworks": {"target": "prod", "outputs": outputs}}
    path.write_text(json.dumps(profile, indent=2) + "\n")


def _folder(place: Path) -> Path:
    """The server's folder in `place`; or, where that is out of reach for the user that it runs as,
    a folder for it elsewhere, to which a link leads."""
    own = place / SERVER
    if not own.exists() and os.geteuid() == 0 and not is_common(place):
        own.symlink_to(tempfile.mkdtemp(prefix="rewind-demo-", dir=common_place()))
    return own.resolve()
