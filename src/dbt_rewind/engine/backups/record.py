"""What is known of a backup without the database: one JSON file beside the copy."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from dbt_rewind.backups.files import StoredFile
from dbt_rewind.engine.records import decode_relation, encode_relation
from dbt_rewind.errors import BackupDamaged
from dbt_rewind.model import RelationName, release_id

VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain of events stood: its last event's sequence and hash."""

    sequence: int
    hash: str


@dataclass(frozen=True, slots=True)
class LiveRelation:
    """A relation of the live release, its public name, and its rows; None: not fixed."""

    relation: RelationName
    pointer: RelationName
    rows: int | None


@dataclass(frozen=True, slots=True)
class Backup:
    """One backup. `chains` are all chains of events in the database when it was made, by their
    name: the environment's own, its runbook's, and those of others that share the database. `live`
    is the live release's number. `policy` is the policy in force, as the ledger stores it.

    `why` says what it was made before, `verified_at` when it was last proven to be whole by
    restoring it; None: never."""

    number: int
    environment: str
    at: datetime
    by: str
    why: str
    engine: str
    chains: Mapping[str, Head]
    live: int | None
    live_commit: str
    relations: tuple[LiveRelation, ...]
    policy: str | None
    files: tuple[StoredFile, ...]
    bytes: int
    seconds: float
    verified_at: datetime | None = None

    @property
    def id(self) -> str:
        return backup_id(self.number)

    @property
    def head(self) -> Head | None:
        """Where the environment's own chain stood, None where it had no event."""
        return self.chains.get(self.environment)

    @property
    def name(self) -> str:
        """What tells it from all others, where the server keeps it: `prod_B3_20261129_140500`."""
        return f"{self.environment}_{self.id}_{self.at:%Y%m%d_%H%M%S}"

    @property
    def live_id(self) -> str | None:
        return None if self.live is None else release_id(self.live)

    @property
    def rows(self) -> int:
        """The rows of all relations whose rows are known."""
        return sum(each.rows or 0 for each in self.relations)


def backup_id(number: int) -> str:
    """`B3` for 3."""
    return f"B{number}"


def backup_number(text: str) -> int | None:
    """3 for `B3`; None where `text` is no id of a backup."""
    match = re.fullmatch(r"[Bb]([1-9][0-9]{0,8})", text)
    return int(match[1]) if match else None


def encode_backup(backup: Backup) -> str:
    record = {
        "version": VERSION,
        "backup": backup.id,
        "number": backup.number,
        "environment": backup.environment,
        "at": backup.at.isoformat(),
        "by": backup.by,
        "why": backup.why,
        "engine": backup.engine,
        "chains": {
            name: {"sequence": head.sequence, "hash": head.hash}
            for name, head in sorted(backup.chains.items())
        },
        "live": backup.live,
        "live_commit": backup.live_commit,
        "relations": [
            {
                "relation": encode_relation(each.relation),
                "pointer": encode_relation(each.pointer),
                "rows": each.rows,
            }
            for each in backup.relations
        ],
        "policy": backup.policy,
        "files": [
            {"path": each.path, "bytes": each.bytes, "sha256": each.sha256} for each in backup.files
        ],
        "bytes": backup.bytes,
        "seconds": round(backup.seconds, 3),
        "verified_at": backup.verified_at and backup.verified_at.isoformat(),
    }
    return json.dumps(record, indent=2) + "\n"


def decode_backup(content: bytes, name: str) -> Backup:
    """The backup that `content` tells of; `name` is what an error calls it. Raises
    BackupDamaged."""
    try:
        return _decoded(json.loads(content))
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise BackupDamaged(name, "its record is not as it was written") from error


def _decoded(record: Mapping[str, Any]) -> Backup:
    if record["version"] != VERSION:
        raise ValueError("of another version")
    verified = record["verified_at"]
    return Backup(
        int(record["number"]),
        str(record["environment"]),
        datetime.fromisoformat(record["at"]),
        str(record["by"]),
        str(record["why"]),
        str(record["engine"]),
        {
            name: Head(int(head["sequence"]), str(head["hash"]))
            for name, head in record["chains"].items()
        },
        None if record["live"] is None else int(record["live"]),
        str(record["live_commit"]),
        tuple(
            LiveRelation(
                decode_relation(each["relation"]), decode_relation(each["pointer"]), each["rows"]
            )
            for each in record["relations"]
        ),
        record["policy"],
        tuple(
            StoredFile(str(each["path"]), int(each["bytes"]), str(each["sha256"]))
            for each in record["files"]
        ),
        int(record["bytes"]),
        float(record["seconds"]),
        None if verified is None else datetime.fromisoformat(verified),
    )
