"""The ledger's mirror: each event as a JSON line in a file outside the database.

A database restored from a backup has forgotten its newest events; the mirror has not.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from dbt_rewind.engine.chain import check_chain
from dbt_rewind.errors import (
    ChainBroken,
    LedgerError,
    MirrorAhead,
    MirrorBroken,
    MirrorUnreadable,
    MirrorUnusable,
)
from dbt_rewind.model import Event, EventKind, event_time, runbook_chain

_T = TypeVar("_T")


_SUFFIX = ".ledger.jsonl"


def mirror_name(environment: str) -> str:
    """The name of the file that mirrors the environment's events."""
    return environment + _SUFFIX


def runbook_mirror(mirror: Path) -> Path:
    """The mirror of the runbook that belongs to the environment which `mirror` mirrors."""
    return mirror.with_name(mirror_name(runbook_chain(mirror.name.removesuffix(_SUFFIX))))


def event_line(event: Event) -> str:
    """The event as one line of JSON, without the line's end."""
    return json.dumps(
        {
            "environment": event.environment,
            "sequence": event.sequence,
            "at": event.at.isoformat(),
            "kind": event.kind.value,
            "version": event.version,
            "payload": event.payload,
            "previous_hash": event.previous_hash,
            "hash": event.hash,
        },
        sort_keys=True,
        separators=(",", ":"),
    )


def read_mirror(path: Path) -> tuple[Event, ...]:
    """The mirrored events, oldest first; none where there is no file. Raises MirrorUnreadable.

    A last line without its end is what a kill left of an append; the ledger has the event, so it
    is passed over and written again.
    """
    lines = _content(path).split(b"\n")[:-1]
    return tuple(_read_line(path, number, line) for number, line in enumerate(lines, start=1))


def sync_mirror(path: Path, environment: str, events: Sequence[Event]) -> int:
    """Appends what the mirror lacks of the ledger's events and returns how many that were.

    Raises MirrorAhead where the mirror does not begin like the ledger: then it holds events that
    this database never had, or has forgotten. Raises MirrorBroken, MirrorUnreadable,
    MirrorUnusable.
    """
    mirrored = read_mirror(path)
    _check(path, environment, mirrored, events)
    missing = events[len(mirrored) :]
    content = _content(path)
    is_torn = content != b"" and not content.endswith(b"\n")
    if missing or is_torn:
        _append(path, missing)
    return len(missing)


def check_mirror(path: Path, environment: str, events: Sequence[Event]) -> None:
    """Raises what `sync_mirror` would raise, and writes nothing."""
    _check(path, environment, read_mirror(path), events)


def mirror_problem(path: Path, environment: str, events: Sequence[Event]) -> LedgerError | None:
    """What `check_mirror` would raise, for those who only look; None where nothing is wrong."""
    try:
        check_mirror(path, environment, events)
    except LedgerError as error:
        return error
    return None


def forgotten(path: Path, chain: str, events: Sequence[Event]) -> tuple[Event, ...]:
    """The mirrored events that follow `events`, which are all that the ledger has; none where there
    is no mirror, or it has no more.

    Raises MirrorAhead where the two tell of different pasts, MirrorBroken, MirrorUnreadable,
    MirrorUnusable.
    """
    mirrored = read_mirror(path)
    if not mirrored:
        return ()
    _check(path, chain, mirrored[: len(events)], events)
    try:
        check_chain(chain, mirrored)
    except ChainBroken as error:
        raise MirrorBroken(str(path), error.sequence, error.problem) from error
    return mirrored[len(events) :]


def policy_beside(mirror: Path) -> Path:
    """The file with the policy in force, beside the mirror: an event names a policy by its digest,
    and a database that was restored from before it has not got it."""
    return mirror.with_name(f"{mirror.name.removesuffix(_SUFFIX)}.policy.json")


def set_aside(path: Path, at: datetime) -> Path:
    """Renames the mirror, so that the next sync writes a new one; returns where it is now.

    Raises MirrorUnusable.
    """
    return _renamed(path, f"{path.name}.{at:%Y%m%dT%H%M%S}")


def set_ejected_aside(path: Path, at: datetime) -> Path | None:
    """As `set_aside`, under a name that says that the environment was given back; None where there
    is no mirror."""
    return _renamed(path, f"{path.name}.ejected-{at:%Y%m%dT%H%M%S}") if path.exists() else None


def tells_of_eject(path: Path) -> bool:
    """Whether the mirror ends with an environment that was given back. Raises MirrorUnreadable."""
    mirrored = read_mirror(path)
    return bool(mirrored) and mirrored[-1].kind is EventKind.EJECTED


def _renamed(path: Path, name: str) -> Path:
    kept = path.with_name(name)
    try:
        path.rename(kept)
    except OSError as error:
        raise MirrorUnusable(str(path), error.strerror or str(error)) from error
    return kept


def _check(
    path: Path, environment: str, mirrored: Sequence[Event], events: Sequence[Event]
) -> None:
    equal = 0
    for held, event in zip(mirrored, events, strict=False):
        if held != event:
            break
        equal += 1
    if equal == len(mirrored):
        return
    # Either somebody was at the mirror, or it tells of another past than the ledger.
    try:
        check_chain(environment, mirrored)
    except ChainBroken as error:
        raise MirrorBroken(str(path), error.sequence, error.problem) from error
    raise MirrorAhead(str(path), environment, equal + 1, len(events))


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes() if path.exists() else b""
    except OSError as error:
        raise MirrorUnusable(str(path), error.strerror or str(error)) from error


def _append(path: Path, events: Sequence[Event]) -> None:
    """Writes the events after the last whole line; they are on the disk when it returns."""
    whole = _content(path).rfind(b"\n") + 1
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("r+b" if path.exists() else "xb") as file:
            file.truncate(whole)
            file.seek(whole)
            file.write("".join(event_line(event) + "\n" for event in events).encode())
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise MirrorUnusable(str(path), error.strerror or str(error)) from error


def _read_line(path: Path, number: int, line: bytes) -> Event:
    try:
        record = json.loads(line)
        return Event(
            environment=_of_type(str, record["environment"]),
            sequence=_of_type(int, record["sequence"]),
            at=event_time(record["at"]),
            kind=EventKind(record["kind"]),
            version=_of_type(int, record["version"]),
            payload=_of_type(dict, record["payload"]),
            previous_hash=_of_type(str, record["previous_hash"]),
            hash=_of_type(str, record["hash"]),
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise MirrorUnreadable(str(path), number) from error


def _of_type(kind: type[_T], value: object) -> _T:
    if not isinstance(value, kind):
        raise TypeError(f"{value!r} is no {kind.__name__}")
    return value
