"""How far a restore has got, in a file beside the mirror: the database cannot hold that."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from dbt_rewind.engine.mirror import mirror_name
from dbt_rewind.engine.runbook.codec import decode_permit, encode_permit
from dbt_rewind.errors import RestoreUnfinished, RestoreUnreadable
from dbt_rewind.model import Permit
from dbt_rewind.state_folder import STATE_FOLDER, make_state_folder

_VERSION: Final = 1


class Stage(StrEnum):
    """What is being done. Until `exchanging`, the database is as it was."""

    COPYING = "copying"
    EXCHANGING = "exchanging"
    TELLING = "telling"


@dataclass(frozen=True, slots=True)
class Journal:
    """A restore that was begun: `kept` is what the database that it replaces will be called, `was`
    the number of the release that was live."""

    environment: str
    backup: int
    kept: str
    stage: Stage
    by: str
    at: datetime
    reason: str
    was: int | None
    permit: Permit

    def at_stage(self, stage: Stage) -> Journal:
        return replace(self, stage=stage)


def journal_beside(mirror: Path) -> Path:
    """The file, beside the mirror of its environment."""
    suffix = mirror_name("")
    return mirror.with_name(f"{mirror.name.removesuffix(suffix)}.restore.json")


def require_no_restore(mirror: Path) -> None:
    """Raises RestoreUnfinished where databases were to change places, and the restore has not
    ended: until then, nothing else is to be done to the environment. Raises RestoreUnreadable."""
    journal = read_journal(mirror)
    if journal is not None and journal.stage is not Stage.COPYING:
        raise RestoreUnfinished(journal.environment, f"B{journal.backup}")


def read_journal(mirror: Path) -> Journal | None:
    """The restore that was begun, None where none was. Raises RestoreUnreadable."""
    path = journal_beside(mirror)
    try:
        return _decoded(json.loads(path.read_bytes()))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RestoreUnreadable(str(path)) from error


def write_journal(mirror: Path, journal: Journal) -> None:
    """Writes it in place of what was there: on the disk when it returns."""
    path = journal_beside(mirror)
    if path.parent.name == STATE_FOLDER:
        make_state_folder(path.parent)
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(path.name + ".half")
    with half.open("w", encoding="utf-8") as file:
        json.dump(_encoded(journal), file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)


def remove_journal(mirror: Path) -> None:
    journal_beside(mirror).unlink(missing_ok=True)


def _encoded(journal: Journal) -> dict[str, Any]:
    return {
        "version": _VERSION,
        "environment": journal.environment,
        "backup": journal.backup,
        "kept": journal.kept,
        "stage": journal.stage.value,
        "by": journal.by,
        "at": journal.at.isoformat(),
        "reason": journal.reason,
        "was": journal.was,
        "permit": encode_permit(journal.permit),
    }


def _decoded(record: dict[str, Any]) -> Journal:
    if record["version"] != _VERSION:
        raise ValueError("of another version")
    return Journal(
        str(record["environment"]),
        int(record["backup"]),
        str(record["kept"]),
        Stage(record["stage"]),
        str(record["by"]),
        datetime.fromisoformat(record["at"]),
        str(record["reason"]),
        None if record["was"] is None else int(record["was"]),
        decode_permit(record["permit"]),
    )
