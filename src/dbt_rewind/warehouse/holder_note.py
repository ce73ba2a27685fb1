"""Who holds a lease, written beside the database file for those whom the engine keeps out of it.

A note is an answer and not a lock: it never decides who may act. One that is missing, damaged, or
left by a process that was killed is passed over.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from dbt_rewind.model import Lease, Owner
from dbt_rewind.state_folder import STATE_FOLDER, make_state_folder
from dbt_rewind.warehouse.owner import has_ended

_VERSION = 1
_SUFFIX = ".holder.json"
_IN_MEMORY = ":memory:"


def write_note(database: str, lease: Lease) -> None:
    """Notes who holds the lease, in place of an earlier note on its environment.

    Where that cannot be written, the operation goes on without.
    """
    if database == _IN_MEMORY:
        return
    note = _note(database, lease.environment)
    half_written = note.with_name(f"{note.name}.new")
    with suppress(OSError):
        make_state_folder(note.parent)
        half_written.write_text(json.dumps(_encode(lease)), encoding="utf-8")
        half_written.replace(note)


def remove_note(database: str, lease: Lease) -> None:
    """Removes the note on the lease, unless somebody else has taken the lease meanwhile."""
    if database == _IN_MEMORY:
        return
    note = _note(database, lease.environment)
    written = _read(note)
    if written is not None and written.fence == lease.fence:
        with suppress(OSError):
            note.unlink()


def noted_leases(database: str, now: datetime) -> tuple[Lease, ...]:
    """The leases held on environments in the database, oldest first.

    Only those count that have not run out, and whose holders may still be running.
    """
    held = (lease for lease in _notes(database) if now < lease.expires_at)
    running = [lease for lease in held if not has_ended(lease.owner)]
    return tuple(sorted(running, key=lambda lease: lease.acquired_at))


def _notes(database: str) -> Iterator[Lease]:
    file = Path(database).resolve()
    try:
        notes = list((file.parent / STATE_FOLDER).iterdir())
    except OSError:
        return
    for note in notes:
        if note.name.startswith(f"{file.name}.") and note.name.endswith(_SUFFIX):
            lease = _read(note)
            # The same folder may have notes on `shop.duckdb` and on `shop.duckdb.old`.
            if lease is not None and note == _note(database, lease.environment):
                yield lease


def _note(database: str, environment: str) -> Path:
    file = Path(database).resolve()
    return file.parent / STATE_FOLDER / f"{file.name}.{environment}{_SUFFIX}"


def _encode(lease: Lease) -> dict[str, Any]:
    owner = lease.owner
    return {
        "version": _VERSION,
        "environment": lease.environment,
        "owner": {
            "person": owner.person,
            "host": owner.host,
            "pid": owner.pid,
            "started": owner.started,
            "operation": owner.operation,
        },
        "fence": lease.fence,
        "acquired_at": lease.acquired_at.isoformat(),
        "expires_at": lease.expires_at.isoformat(),
    }


def _read(note: Path) -> Lease | None:
    """The lease in the file; None where it is no note of ours, whatever it is."""
    try:
        record = json.loads(note.read_bytes())
        if record["version"] != _VERSION:
            return None
        owner = record["owner"]
        return Lease(
            str(record["environment"]),
            Owner(
                str(owner["person"]),
                str(owner["host"]),
                int(owner["pid"]),
                str(owner["started"]),
                str(owner["operation"]),
            ),
            int(record["fence"]),
            _moment(record["acquired_at"]),
            _moment(record["expires_at"]),
        )
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a moment without an offset")
    return moment
