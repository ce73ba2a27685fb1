"""Making a backup, under the environment's lease, and removing those that are too many."""

from __future__ import annotations

from datetime import timedelta

from dbt_rewind import clock
from dbt_rewind.config.duration import parse_duration
from dbt_rewind.engine.backups.place import BackupPlace
from dbt_rewind.engine.backups.record import Backup, Head, LiveRelation
from dbt_rewind.engine.backups.retention import superfluous
from dbt_rewind.engine.history import History
from dbt_rewind.engine.ledger import Ledger, read_release
from dbt_rewind.engine.policy import recorded_policy
from dbt_rewind.engine.policy_record import encode_policy
from dbt_rewind.model import EventKind
from dbt_rewind.redact import redact
from dbt_rewind.warehouse.protocol import LedgerReader


def create_backup(place: BackupPlace, ledger: Ledger, *, why: str, by: str) -> Backup:
    """Copies the whole database as it stands and returns the backup's record.

    Whoever holds the lease keeps every other operation of the environment out meanwhile.
    Raises BackupFailed, ProgramMissing, ArtifactDamaged, WarehouseError.
    """
    backup = _described(place, ledger, why=why, by=by)
    with ledger.access.lent():
        return place.shelf.add(backup, lambda folder: place.engine.copy(folder, backup.name))


def remove_superfluous(place: BackupPlace, keep: int) -> tuple[Backup, ...]:
    """Deletes the backups that are more than are to be kept, and returns them."""
    gone = superfluous(place.shelf.all(), keep)
    for backup in gone:
        place.engine.forget(place.shelf.data(backup), backup.name)
        place.shelf.remove(backup)
    return gone


def fresh_backup(place: BackupPlace, history: History) -> Backup | None:
    """The newest backup, where it serves for a deploy, too: it is not older than rewind.yml lets it
    be, and nothing was published since. None where it does not."""
    newest = next(iter(place.shelf.all()), None)
    if newest is None or clock.now() - newest.at > _max_age(place):
        return None
    head, events = newest.head, history.events
    if head is None or len(events) < head.sequence:
        return None
    if events[head.sequence - 1].hash != head.hash:
        return None
    changed = any(event.kind in _CHANGES for event in events[head.sequence :])
    return None if changed else newest


_CHANGES = frozenset(
    {EventKind.PUBLISHED, EventKind.REPAIRED, EventKind.PRUNED, EventKind.RESTORED}
)


def _max_age(place: BackupPlace) -> timedelta:
    return parse_duration(place.settings.max_age)


def _described(place: BackupPlace, ledger: Ledger, *, why: str, by: str) -> Backup:
    """The record of the backup that is about to be made."""
    reader, history = ledger.access.warehouse, ledger.history
    policy = recorded_policy(reader, history)
    return Backup(
        place.shelf.next_number(),
        history.environment,
        clock.now(),
        redact(by),
        redact(why),
        place.engine.traits.engine,
        _heads(reader),
        history.live.number if history.live else None,
        history.live.commit.sha if history.live else "",
        _relations(reader, history),
        encode_policy(policy).decode() if policy else None,
        (),
        0,
        0.0,
    )


def _heads(reader: LedgerReader) -> dict[str, Head]:
    heads = {}
    for chain in sorted(reader.environments()):
        events = reader.events(chain)
        if events:
            heads[chain] = Head(events[-1].sequence, events[-1].hash)
    return heads


def _relations(reader: LedgerReader, history: History) -> tuple[LiveRelation, ...]:
    """What users see, with the rows that were counted when it was built: nothing is read anew."""
    if history.live is None:
        return ()
    nodes = read_release(reader, history.live).nodes
    return tuple(LiveRelation(node.relation, node.pointer, node.rows) for node in nodes)
