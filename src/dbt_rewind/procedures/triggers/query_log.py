"""What sample queries took on this machine: lines of JSON in the folder `.rewind`.

They are notes and no part of the ledger: times that another machine measured, over another network,
cannot be compared, and a look at a healthy environment must not need to write to the warehouse.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from dbt_rewind.state_folder import make_state_folder

KEPT: Final = 2_000
"""So many lines stay when the file has become twice as long."""


@dataclass(frozen=True, slots=True)
class QueryTime:
    """A query, known by what it says, took that long while that release was live."""

    query: str
    release: int
    seconds: float


def query_key(sql: str) -> str:
    """What a query is known by; nobody can read the query from it."""
    return hashlib.sha256(sql.strip().encode()).hexdigest()[:16]


def log_file(state_folder: Path, environment: str) -> Path:
    return state_folder / f"{environment}.query-times.jsonl"


def read_times(file: Path) -> tuple[QueryTime, ...]:
    """What was noted, oldest first; none without a file. What is no note is passed over."""
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ()
    found = []
    for line in lines:
        with suppress(ValueError, TypeError, KeyError, RecursionError):
            note = json.loads(line)
            found.append(
                QueryTime(str(note["query"]), int(note["release"]), float(note["seconds"]))
            )
    return tuple(found)


def note_times(file: Path, times: Iterable[QueryTime]) -> None:
    """Adds to the file, and forgets the oldest where it has become long. Raises OSError."""
    make_state_folder(file.parent)
    with file.open("a", encoding="utf-8") as log:
        log.write("".join(json.dumps(asdict(each)) + "\n" for each in times))
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
    if len(lines) > 2 * KEPT:
        shorter = file.with_suffix(f".{os.getpid()}")
        shorter.write_text("".join(lines[-KEPT:]), encoding="utf-8")
        shorter.replace(file)
