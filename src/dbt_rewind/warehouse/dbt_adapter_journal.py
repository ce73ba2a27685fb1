"""The journal of a publish whose pointers move one by one: one row, from before the first to after
the event. A row whose event is in the ledger has nothing left to say.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dbt_rewind.errors import WarehouseFailed
from dbt_rewind.model import Event, EventKind, PointerMove, RelationName, Relocation, event_time
from dbt_rewind.warehouse import dbt_adapter_ledger_sql as sql
from dbt_rewind.warehouse.dbt_adapter_session import Session

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Intent:
    """All that a publish is meant to do, but for its artifacts, which are stored before."""

    event: Event
    moves: tuple[PointerMove, ...] = ()
    relocations: tuple[Relocation, ...] = ()
    references: Mapping[RelationName, RelationName] = field(default_factory=dict)

    def names(self) -> list[RelationName]:
        """Every name that something gets or loses."""
        names = [move.pointer for move in self.moves]
        return names + [name for each in self.relocations for name in (each.source, each.target)]

    def taken_back(self) -> Intent | None:
        """The way back; None where relations have got other names."""
        if self.relocations:
            return None
        back = tuple(PointerMove(m.pointer, m.after, m.before) for m in self.moves)
        return Intent(self.event, back)


def open_row(session: Session, intent: Intent) -> None:
    """Writes what is meant, before anything of it is done."""
    values = [intent.event.environment, intent.event.hash, json.dumps(_encode(intent))]
    statement = sql.insert(session.dialect, session.database, "journal", sql.JOURNAL)
    session.run("writing the journal", statement, values)


def close(session: Session, intent: Intent) -> None:
    """Removes the row of what is done."""
    _remove(session, intent.event.environment, intent.event.hash)


def unfinished(session: Session, environment: str) -> list[Intent]:
    """What is meant and not done."""
    return [
        _decode(content)
        for digest, content in _rows(session, environment)
        if not _is_appended(session, environment, digest)
    ]


def tidy(session: Session, environment: str) -> None:
    """Removes rows of publishes whose process was killed behind the event."""
    for digest, _ in _rows(session, environment):
        if _is_appended(session, environment, digest):
            _remove(session, environment, digest)


def _rows(session: Session, environment: str) -> list[tuple[Any, ...]]:
    columns = ("hash", "content")
    statement = sql.select(session.dialect, session.database, "journal", columns, ["environment"])
    return session.rows("reading the journal", statement, [environment])


def _is_appended(session: Session, environment: str, digest: str) -> bool:
    where = ("environment", "hash")
    statement = sql.select(session.dialect, session.database, "event", ["sequence"], where)
    return session.row("reading the journal", statement, [environment, digest]) is not None


def _remove(session: Session, environment: str, digest: str) -> None:
    where = ("environment", "hash")
    statement = sql.delete(session.dialect, session.database, "journal", where)
    session.run("closing the journal", statement, [environment, digest])


def _encode(intent: Intent) -> dict[str, Any]:
    event = intent.event
    return {
        "version": _VERSION,
        "event": {
            "environment": event.environment,
            "sequence": event.sequence,
            "at": event.at.isoformat(),
            "kind": event.kind.value,
            "version": event.version,
            "payload": event.payload,
            "previous_hash": event.previous_hash,
            "hash": event.hash,
        },
        "moves": [[_parts(m.pointer), _parts(m.before), _parts(m.after)] for m in intent.moves],
        "relocations": [[_parts(r.source), _parts(r.target)] for r in intent.relocations],
        "references": [[_parts(name), _parts(to)] for name, to in intent.references.items()],
    }


def _decode(content: str) -> Intent:
    try:
        record = json.loads(content)
        if record["version"] != _VERSION:
            raise ValueError(record["version"])
        event = record["event"]
        return Intent(
            Event(
                event["environment"],
                event["sequence"],
                event_time(event["at"]),
                EventKind(event["kind"]),
                event["version"],
                event["payload"],
                event["previous_hash"],
                event["hash"],
            ),
            tuple(PointerMove(_name(p), _maybe(b), _maybe(a)) for p, b, a in record["moves"]),
            tuple(Relocation(_name(s), _name(t)) for s, t in record["relocations"]),
            {_name(name): _name(to) for name, to in record["references"]},
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise WarehouseFailed("reading the journal", "it is not as it was written") from error


def _parts(name: RelationName | None) -> list[str] | None:
    return [name.database, name.schema, name.name] if name else None


def _maybe(parts: list[str] | None) -> RelationName | None:
    return _name(parts) if parts else None


def _name(parts: list[str]) -> RelationName:
    database, schema, name = parts
    return RelationName(database, schema, name)
