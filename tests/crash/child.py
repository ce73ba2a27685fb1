"""`rewind` with the double in dbt's place, which signals itself at one instant of its work.

Run as a script: the command's arguments follow. `CRASH_AT` is the instant's number from 1 (0:
none), or `CRASH_NAMED` its name; `CRASH_BY` is the signal's name. The instant's name goes to
standard error before the signal. `CRASH_LEASE` is for how many seconds a lease is taken.
`CRASH_ENGINE` is the adapter's name, without it `duckdb`.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.crash.double import opening

from dbt_rewind.backups import duckdb as backups_duckdb
from dbt_rewind.cli.main import main
from dbt_rewind.engine import execute, finish_eject, ledger, recover, site
from dbt_rewind.engine.restore import carry_out
from dbt_rewind.engine.runbook import logbook
from dbt_rewind.engine.workspace import Workspace
from dbt_rewind.procedures import escalation

REACHED = "instant:"


class Instants:
    """Counts the instants of a run and ends it, or interrupts it, at the chosen one."""

    def __init__(self, chosen: int, named: str, by: signal.Signals) -> None:
        self.chosen = chosen
        self.named = named
        self.by = by
        self.passed = 0

    def __call__(self, name: str) -> None:
        if self.comes(name):
            self.signal(name)

    def comes(self, name: str) -> bool:
        self.passed += 1
        return self.passed == self.chosen or name == self.named

    def signal(self, name: str) -> None:
        os.write(2, f"{REACHED} {name}\n".encode())
        os.kill(os.getpid(), self.by)

    def before(self, owner: Any, name: str, words: str) -> None:
        """Makes an instant of the moment before a function runs."""

        def wrapped(original: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
            self(words)
            return original(*arguments, **named)

        _wrap(owner, name, wrapped)

    def after(self, owner: Any, name: str, words: str) -> None:
        """Makes an instant of the moment after a function has run."""

        def wrapped(original: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
            result = original(*arguments, **named)
            self(words)
            return result

        _wrap(owner, name, wrapped)

    def torn(self, owner: Any, name: str) -> None:
        """Makes an instant of a mirror of whose new lines only half is on the disk."""

        def wrapped(original: Callable[..., Any], path: Path, *arguments: Any) -> Any:
            before = path.stat().st_size if path.exists() else 0
            result = original(path, *arguments)
            after = path.stat().st_size if path.exists() else 0
            words = "half a line in the mirror"
            if after > before and self.comes(words):
                os.truncate(path, (before + after) // 2)
                self.signal(words)
            return result

        _wrap(owner, name, wrapped)


def _wrap(owner: Any, name: str, wrapper: Callable[..., Any]) -> None:
    original = getattr(owner, name)

    def wrapped(*arguments: Any, **named: Any) -> Any:
        return wrapper(original, *arguments, **named)

    setattr(owner, name, wrapped)


def install(instants: Instants) -> None:
    """Every place where a command has changed something that the next one must understand."""
    warehouse, own_ledger = _adapter()
    open_version = "open_version"
    setattr(Workspace, open_version, opening(instants))
    instants.after(warehouse, "prepare", "the ledger is made")
    instants.after(warehouse, "acquire_lease", "the lease is taken")
    instants.before(own_ledger, "append", "the event is not written, the pointers are moved")
    instants.after(own_ledger, "append", "all is written and not committed")
    instants.after(warehouse, "commit", "the commit is not mirrored")
    for module in (ledger, recover, finish_eject, logbook):
        instants.torn(module, "sync_mirror")
        instants.after(module, "sync_mirror", "the mirror is written")
    instants.after(execute, "_run", "a step is done")
    instants.before(escalation, "queue", "a level is called, its message is not written")
    instants.after(escalation, "queue", "a level is called, its message is written")
    instants.before(warehouse, "drop", "nothing is dropped")
    instants.after(warehouse, "drop", "all is dropped, the event is not written")
    instants.after(warehouse, "forget", "artifacts are forgotten")
    instants.before(warehouse, "reclaim", "the log is not in the file")
    instants.after(warehouse, "reclaim", "the log is in the file")
    instants.after(finish_eject, "set_ejected_aside", "the mirror is set aside")
    instants.after(warehouse, "remove_ledger", "the ledger is gone")
    instants.after(carry_out, "write_journal", "the restore is written down")
    instants.after(carry_out, "require_whole", "the backup is whole")
    instants.before(carry_out, "look_at", "the copy is beside the database")
    instants.after(carry_out, "look_at", "the copy is looked at")
    instants.after(carry_out, "_exchange", "the databases are exchanged")
    instants.after(carry_out, "tell_ledger", "the ledger is told")
    instants.before(backups_duckdb, "flush", "the database has its other name")
    instants.before(warehouse, "release_lease", "the lease is held")
    instants.after(warehouse, "release_lease", "the lease is given back")


def _adapter() -> tuple[Any, Any]:
    """The warehouse's class, and the module that appends to its ledger."""
    if os.environ.get("CRASH_ENGINE") == "postgres":
        from dbt_rewind.warehouse import postgres_ledger
        from dbt_rewind.warehouse.postgres import PostgresWarehouse

        return PostgresWarehouse, postgres_ledger
    from dbt_rewind.warehouse import duckdb_ledger
    from dbt_rewind.warehouse.duckdb import DuckDBWarehouse

    return DuckDBWarehouse, duckdb_ledger


if __name__ == "__main__":
    by = signal.Signals[os.environ.get("CRASH_BY", "SIGKILL")]
    chosen = int(os.environ.get("CRASH_AT", "0"))
    install(Instants(chosen, os.environ.get("CRASH_NAMED", ""), by))
    if lease := os.environ.get("CRASH_LEASE"):
        site.EXCLUSIVE_LEASE = site.LEASE = timedelta(seconds=float(lease))
    main()
