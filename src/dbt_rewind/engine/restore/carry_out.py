"""Puts a backup in place of the database: aside, looked at, exchanged, told what it forgot."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace

from dbt_rewind import clock
from dbt_rewind.backups.files import require_whole
from dbt_rewind.engine.backups.place import BackupPlace
from dbt_rewind.engine.backups.prove import look_at
from dbt_rewind.engine.backups.record import Backup
from dbt_rewind.engine.heartbeat import beating
from dbt_rewind.engine.ledger import read_history
from dbt_rewind.engine.mirror import sync_mirror
from dbt_rewind.engine.restore.journal import (
    Journal,
    Stage,
    journal_beside,
    read_journal,
    remove_journal,
    write_journal,
)
from dbt_rewind.engine.restore.known import DAMAGE
from dbt_rewind.engine.restore.plan import RestorePlan
from dbt_rewind.engine.restore.policies import known_policies
from dbt_rewind.engine.restore.tell import Restoration, Told, tell_ledger
from dbt_rewind.engine.site import EXCLUSIVE_LEASE, LEASE, Site, holding
from dbt_rewind.errors import LiveChanged, LockHeld, RestoreUnfinished, RewindError, WarehouseError
from dbt_rewind.model import Lease, Permit
from dbt_rewind.redact import redact

PURPOSE = "restore"

Tell = Callable[[str], None]
"""Takes what is being done, in words for people."""


@dataclass(frozen=True, slots=True)
class Restored:
    """How a restore ended. `kept` is what the database is called that was replaced, None where
    there was none; `live` is the live release's number, `sequence` that of the event."""

    journal: Journal
    kept: str | None
    live: int | None
    told: Told

    @property
    def sequence(self) -> int:
        return self.told.event.sequence if self.told.event else 0


def begin(
    place: BackupPlace, site: Site, plan: RestorePlan, permit: Permit, *, reason: str, tell: Tell
) -> Restored:
    """Carries the plan out. Where it is damaged, the database's lease is not to be had, nor needed.

    Raises BackupDamaged, BackupFailed, LiveChanged, LockHeld, WarehouseError; until the databases
    are exchanged, all is as it was then.
    """
    if permit.plan != plan.intent.digest:
        raise AssertionError("the permit is for another plan")
    now, live = clock.now(), plan.known.history.live
    journal = Journal(
        plan.environment,
        plan.backup.number,
        place.engine.kept_name(now),
        Stage.COPYING,
        redact(site.owner.person),
        now,
        redact(reason),
        live.number if live else None,
        permit,
    )
    with _alone(site, plan.backup):
        with _keeping_others_out(site, plan):
            write_journal(site.mirror, journal)
            try:
                journal = _copy(place, site, plan.backup, journal, tell)
            except BaseException:
                _forget_all(place, site)
                raise
            site.access.close()
            try:
                existed = _exchange(place, journal, tell)
            except (WarehouseError, LockHeld):
                # Others are in the way, and nothing was changed.
                _forget_all(place, site)
                raise
        return _tell(place, site, plan.backup, journal, tell, existed=existed)


def resume(
    place: BackupPlace, site: Site, backup: Backup, journal: Journal, tell: Tell
) -> Restored:
    """Goes on with a restore that was killed when the databases changed places, or later. Raises
    RestoreUnfinished where another process is at it, and as `begin` does."""
    with _alone(site, backup):
        existed = _exchange(place, journal, tell)
        return _tell(place, site, backup, journal, tell, existed=existed)


def forget_copy(place: BackupPlace, site: Site) -> bool:
    """Removes what a restore has left that was killed before it changed anything; returns whether
    there was one. Does nothing where a process is still at it. Raises RestoreUnreadable."""
    journal = read_journal(site.mirror)
    if journal is None or journal.stage is not Stage.COPYING:
        return False
    try:
        with _alone(site, place.shelf.find(f"B{journal.backup}")):
            _forget_all(place, site)
    except RestoreUnfinished:
        return False
    return True


def _copy(place: BackupPlace, site: Site, backup: Backup, journal: Journal, tell: Tell) -> Journal:
    """Makes a database of the backup beside the other, and looks whether it is one."""
    tell(f"restoring {backup.id} beside the database")
    require_whole(place.shelf.data(backup), backup.files, backup.id)
    aside = place.engine.put_aside(place.shelf.data(backup), backup.id, PURPOSE)
    warehouse = place.open_aside(aside, read_only=False)
    try:
        # Whoever held a lease when the copy was made holds none in it.
        for chain in sorted(warehouse.environments()):
            if (held := warehouse.lease(chain)) is not None:
                warehouse.release_lease(held)
        look_at(warehouse, aside, backup, count=False)
    finally:
        warehouse.close()
    journal = journal.at_stage(Stage.EXCHANGING)
    write_journal(site.mirror, journal)
    return journal


def _exchange(place: BackupPlace, journal: Journal, tell: Tell) -> bool:
    if journal.stage is not Stage.TELLING:
        tell("putting it in the database's place")
    return place.engine.exchange(PURPOSE, journal.kept)


def _tell(
    place: BackupPlace,
    site: Site,
    backup: Backup,
    journal: Journal,
    tell: Tell,
    *,
    existed: bool,
) -> Restored:
    """Tells the restored ledger what it forgot, and ends the restore."""
    journal = journal.at_stage(Stage.TELLING)
    write_journal(site.mirror, journal)
    tell("telling its ledger what it forgot")
    restoration = Restoration(
        journal.by,
        journal.reason,
        backup.id,
        journal.kept,
        journal.permit,
        (*known_policies(place.workspace), *([backup.policy.encode()] if backup.policy else [])),
    )
    try:
        with holding(site, "rollback") as ledger:
            told = tell_ledger(ledger, restoration)
            live = ledger.history.live
    finally:
        site.access.close()
    remove_journal(site.mirror)
    kept = journal.kept if existed else None
    return Restored(journal, kept, live.number if live else None, told)


def _forget_all(place: BackupPlace, site: Site) -> None:
    """Leaves nothing of a restore before which the database is as it was."""
    with suppress(RewindError):
        place.engine.drop_aside(PURPOSE)
    remove_journal(site.mirror)


@contextmanager
def _alone(site: Site, backup: Backup) -> Iterator[None]:
    """Keeps others on this machine from the same restore, which the database cannot do."""
    path = journal_beside(site.mirror).with_suffix(".lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise RestoreUnfinished(site.environment, backup.id) from error
        yield
        path.unlink(missing_ok=True)


@contextmanager
def _keeping_others_out(site: Site, plan: RestorePlan) -> Iterator[None]:
    """Holds the lease in the database that is to be replaced, where that can still be had. It goes
    with that database; it is given back where the block ends in an error.

    Raises LockHeld, and LiveChanged where something has happened since the plan was made.
    """
    lease = _acquired(site, plan)
    if lease is None:
        yield
        return
    exclusive = site.access.warehouse.capabilities.exclusive
    with nullcontext() if exclusive else beating(site.access, lease, LEASE), site.access.lent():
        try:
            yield
        except BaseException:
            _give_back(site, lease)
            raise


def _acquired(site: Site, plan: RestorePlan) -> Lease | None:
    if plan.known.problem is not None:
        return None
    owner = replace(site.owner, operation="rollback")
    try:
        warehouse = site.access.warehouse
        warehouse.prepare()
        duration = EXCLUSIVE_LEASE if warehouse.capabilities.exclusive else LEASE
        lease = warehouse.acquire_lease(site.environment, owner, clock.now(), duration)
    except DAMAGE:
        site.access.close()
        return None
    try:
        history = read_history(warehouse, site.environment)
        known = plan.known.history.events
        if history.events != known[: len(history.events)]:
            raise LiveChanged(site.environment)
        if len(history.events) == len(known):
            sync_mirror(site.mirror, site.environment, known)
    except BaseException:
        _give_back(site, lease)
        raise
    return lease


def _give_back(site: Site, lease: Lease) -> None:
    try:
        site.access.warehouse.release_lease(lease)
    except RewindError:
        site.access.close()
