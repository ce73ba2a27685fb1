"""`rewind` with the double in dbt's place, which signals itself at one instant of its work.

Run as a script: the command's arguments follow. `CRASH_AT` is the instant's number from 1 (0:
none), or `CRASH_NAMED` its name; `CRASH_BY` is the signal's name. The instant's name goes to
standard error before the signal.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.crash.double import opening

from dbt_rewind.cli.main import main
from dbt_rewind.engine import execute, ledger, mirror, recover
from dbt_rewind.engine.ledger import Ledger
from dbt_rewind.engine.workspace import Workspace
from dbt_rewind.warehouse import duckdb_copy, duckdb_ledger, duckdb_publish
from dbt_rewind.warehouse.duckdb import DuckDBWarehouse

REACHED = "instant:"


class Instants:
    """Counts the instants of a run and ends it, or interrupts it, at the chosen one."""

    def __init__(self, chosen: int, named: str, by: signal.Signals) -> None:
        self.chosen = chosen
        self.named = named
        self.by = by
        self.passed = 0

    def __call__(self, name: str) -> None:
        if self.comes() or name == self.named:
            self.signal(name)

    def comes(self) -> bool:
        self.passed += 1
        return self.passed == self.chosen

    def signal(self, name: str) -> None:
        os.write(2, f"{REACHED} {name}\n".encode())
        os.kill(os.getpid(), self.by)

    def around(self, owner: Any, name: str) -> None:
        """Makes an instant of the moment before a function runs and of the one after."""
        original = getattr(owner, name)

        def wrapped(*arguments: Any, **named: Any) -> Any:
            self(f"before {name}")
            result = original(*arguments, **named)
            self(f"after {name}")
            return result

        setattr(owner, name, wrapped)

    def tear(self) -> None:
        """Makes an instant of a mirror whose last line is written by half."""
        whole = mirror._append

        def torn(path: Path, *arguments: Any) -> None:
            if not self.comes():
                whole(path, *arguments)
                return
            before = path.read_bytes() if path.exists() else b""
            whole(path, *arguments)
            written = path.read_bytes()
            path.write_bytes(written[: (len(before) + len(written)) // 2])
            self.signal("half a line in the mirror")

        setattr(mirror, "_append", torn)  # noqa: B010 -- a function of another's, on purpose


def install(instants: Instants) -> None:
    setattr(Workspace, "open_version", opening(instants))  # noqa: B010
    instants.tear()
    for owner, name in (
        (execute, "_run"),
        (execute, "_undo"),
        (recover, "undo"),
        (Ledger, "append"),
        (ledger, "sync_mirror"),
        (recover, "sync_mirror"),
        (duckdb_publish, "_move"),
        (duckdb_ledger, "append"),
        (duckdb_copy, "_drop_all"),
        (DuckDBWarehouse, "commit"),
        (DuckDBWarehouse, "prepare"),
        (DuckDBWarehouse, "acquire_lease"),
        (DuckDBWarehouse, "release_lease"),
    ):
        instants.around(owner, name)


if __name__ == "__main__":
    by = signal.Signals[os.environ.get("CRASH_BY", "SIGKILL")]
    chosen = int(os.environ.get("CRASH_AT", "0"))
    install(Instants(chosen, os.environ.get("CRASH_NAMED", ""), by))
    main()
