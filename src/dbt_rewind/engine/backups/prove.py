"""Proving a backup: it is restored beside the database, looked at, and removed again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from dbt_rewind import clock
from dbt_rewind.backups.files import require_whole
from dbt_rewind.backups.protocol import Aside
from dbt_rewind.engine.backups.place import BackupPlace
from dbt_rewind.engine.backups.record import Backup
from dbt_rewind.engine.chain import check_chain
from dbt_rewind.engine.ledger import read_history, read_release
from dbt_rewind.errors import BackupDamaged, LedgerError, WarehouseError
from dbt_rewind.model import RelationName
from dbt_rewind.warehouse.protocol import LedgerReader, Warehouse

_PURPOSE = "verify"


@dataclass(frozen=True, slots=True)
class Proof:
    """What was looked at in a backup that was restored: events, relations of the live release, and
    the rows that were counted in them."""

    backup: Backup
    events: int
    relations: int
    rows: int


def prove_backup(place: BackupPlace, backup: Backup) -> Proof:
    """Restores the backup aside, looks at it, removes it, and records that it is whole.

    Raises BackupDamaged with what is wrong; BackupFailed, WarehouseError where it could not be
    restored.
    """
    require_whole(place.shelf.data(backup), backup.files, backup.id)
    with _aside(place, backup) as (aside, reader):
        proof = look_at(reader, aside, backup)
    return replace(proof, backup=place.shelf.mark_verified(backup, clock.now()))


def look_at(reader: LedgerReader, aside: Aside, backup: Backup, *, count: bool = True) -> Proof:
    """Whether what was restored is what was copied: every chain of events, and every relation of
    the live release, with its rows if they are to be counted. Raises BackupDamaged."""
    try:
        events = sum(_check_chain(reader, name, backup) for name in backup.chains)
        history = read_history(reader, backup.environment)
        live = history.live
        if (live.number if live else None) != backup.live:
            raise BackupDamaged(backup.id, f"{backup.live_id or 'nothing'} is not live in it")
        if live is not None:
            read_release(reader, live)
        rows = _count(reader, aside, backup, count=count)
    except (LedgerError, WarehouseError) as error:
        raise BackupDamaged(backup.id, error.message) from error
    return Proof(backup, events, len(backup.relations), rows)


@contextmanager
def _aside(place: BackupPlace, backup: Backup) -> Iterator[tuple[Aside, Warehouse]]:
    try:
        aside = place.engine.put_aside(place.shelf.data(backup), backup.id, _PURPOSE)
        reader = _opened(place, aside, backup)
        try:
            yield aside, reader
        finally:
            reader.close()
    finally:
        place.engine.drop_aside(_PURPOSE)


def _opened(place: BackupPlace, aside: Aside, backup: Backup) -> Warehouse:
    try:
        return place.open_aside(aside, read_only=True)
    except WarehouseError as error:
        raise BackupDamaged(backup.id, error.message) from error


def _check_chain(reader: LedgerReader, name: str, backup: Backup) -> int:
    """The number of its events. It may have grown since its head was noted, which holders of other
    leases do while the copy is made."""
    events = reader.events(name)
    check_chain(name, events)
    head = backup.chains[name]
    if len(events) < head.sequence or events[head.sequence - 1].hash != head.hash:
        raise BackupDamaged(backup.id, f"the ledger of {name} lacks event {head.sequence}")
    return len(events)


def _count(reader: LedgerReader, aside: Aside, backup: Backup, *, count: bool) -> int:
    """The rows of all relations whose rows are known."""
    here = {each: _moved(each.relation, aside) for each in backup.relations}
    broken = reader.unreadable(list(here.values()))
    for each, relation in here.items():
        if relation in broken:
            raise BackupDamaged(backup.id, f"{each.pointer} cannot be read: {broken[relation]}")
    total = 0
    for each, relation in here.items():
        if each.rows is None or not count:
            continue
        rows = reader.measure(relation, fingerprint=False).rows
        if rows != each.rows:
            problem = f"{each.pointer} has {rows:,} rows in place of {each.rows:,}"
            raise BackupDamaged(backup.id, problem)
        total += rows
    return total


def _moved(relation: RelationName, aside: Aside) -> RelationName:
    return replace(relation, database=aside.database) if aside.database else relation
