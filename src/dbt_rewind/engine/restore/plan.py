"""What a restore would do, and what would be lost by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dbt_rewind.engine.backups.record import Backup
from dbt_rewind.engine.derive import derive_history
from dbt_rewind.engine.history import History, ReleaseState, ReleaseSummary
from dbt_rewind.engine.intent import Intent, digest_of_data
from dbt_rewind.engine.quarantine import Quarantined, quarantined
from dbt_rewind.engine.restore.known import Known
from dbt_rewind.errors import BackupDamaged
from dbt_rewind.model import GENESIS, ReleaseKind, chain_owner


@dataclass(frozen=True, slots=True)
class Loss:
    """What has happened since the backup, as far as anybody knows. `releases` went live,
    `refreshes` of them without new code. `rows` is by how many rows the names that users query get
    smaller (None: nobody knows), `uncounted` are names of which that is not known."""

    releases: tuple[ReleaseSummary, ...]
    refreshes: int
    rows: int | None
    uncounted: int


@dataclass(frozen=True, slots=True)
class RestorePlan:
    """`others` are the environments that share the database and go back with it. `quarantine` is
    what was rolled back since and would be live again."""

    environment: str
    backup: Backup
    known: Known
    loss: Loss
    others: tuple[str, ...]
    quarantine: Quarantined | None

    @property
    def sentence(self) -> str:
        """What whoever wants it has to say, word for word."""
        what = release_ids(self.loss.releases) or "what was written since"
        alike = f" with {', '.join(self.others)}" if self.others else ""
        return f"{self.environment} goes back to {self.backup.id}{alike} and loses {what}"

    @property
    def intent(self) -> Intent:
        """What approvals are bound to: this copy, and what is known to be lost by it."""
        head = self.known.history.head
        said = {
            "operation": "restore",
            "environment": self.environment,
            "backup": self.backup.id,
            "at": self.backup.at.isoformat(),
            "files": [[each.path, each.sha256] for each in self.backup.files],
            "previous": head.hash if head else GENESIS,
            "sentence": self.sentence,
        }
        return Intent(
            "restore",
            self.environment,
            self.backup.id,
            digest_of_data(said),
            (self.sentence,),
            backward=True,
        )


def plan_restore(known: Known, backup: Backup) -> RestorePlan:
    """Raises BackupDamaged where the backup tells of another past than the ledger."""
    history = known.history
    before = _at_backup(history, backup)
    lost = tuple(
        release
        for number, release in sorted(history.releases.items())
        if number not in before.releases
        and release.published_at is not None
        and release.state is not ReleaseState.LOST
    )
    refreshes = sum(release.kind is ReleaseKind.REFRESH for release in lost)
    names = {*map(chain_owner, backup.chains), *map(chain_owner, known.others)}
    return RestorePlan(
        backup.environment,
        backup,
        known,
        Loss(lost, refreshes, *_rows(known, backup)),
        tuple(sorted(names - {backup.environment})),
        _back_again(history, backup),
    )


def release_ids(releases: Sequence[ReleaseSummary]) -> str:
    """`r6`, `r6 and r7`, `r6 to r17 (12 releases)`; empty for none."""
    ids = [release.id for release in releases]
    if len(ids) > 3:
        return f"{ids[0]} to {ids[-1]} ({len(ids)} releases)"
    return " and ".join([*filter(None, [", ".join(ids[:-1])]), *ids[-1:]])


def _at_backup(history: History, backup: Backup) -> History:
    """The history until the backup was made. Raises BackupDamaged."""
    head, events = backup.head, history.events
    if head is None:
        return derive_history(history.environment, ())
    if head.sequence <= len(events) and events[head.sequence - 1].hash != head.hash:
        problem = f"it tells of another past than the ledger, at event {head.sequence}"
        raise BackupDamaged(backup.id, problem)
    return derive_history(history.environment, events[: head.sequence])


def _rows(known: Known, backup: Backup) -> tuple[int | None, int]:
    """By how many rows names get smaller, and of how many names that is not known."""
    if known.live is None:
        return None, 0
    then = {each.pointer: each.rows for each in backup.relations}
    fewer, uncounted = 0, 0
    for node in known.live.nodes:
        before = then.get(node.pointer, 0)
        if node.rows is None or before is None:
            uncounted += 1
        else:
            fewer += max(0, node.rows - before)
    return fewer, uncounted


def _back_again(history: History, backup: Backup) -> Quarantined | None:
    live = history.releases.get(backup.live) if backup.live is not None else None
    if live is None:
        return None
    return next((entry for entry in quarantined(history) if entry.is_of(live)), None)
