"""Tells the ledger of a restored database what it forgot, which the mirror knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dbt_rewind import clock
from dbt_rewind.engine.confirm import require_committed
from dbt_rewind.engine.derive import derive_history
from dbt_rewind.engine.history import History, ReleaseState, ReleaseSummary
from dbt_rewind.engine.ledger import Ledger, digest_of
from dbt_rewind.engine.mirror import forgotten, runbook_mirror, sync_mirror
from dbt_rewind.engine.permits import permit_payload
from dbt_rewind.engine.policy import keep_policy
from dbt_rewind.engine.runbook.logbook import acquired
from dbt_rewind.errors import CommitUnconfirmed
from dbt_rewind.model import Event, EventKind, Lease, Permit, next_event, runbook_chain
from dbt_rewind.redact import redact_data


@dataclass(frozen=True, slots=True)
class Restoration:
    """Where the database's present state comes from: the backup's id, and what the database that it
    has replaced is called now (both empty where somebody has restored it by hand), by whom and why.

    `policies` are all policies that can be found, as the ledger stores them: one of them is in
    force by its digest."""

    by: str
    reason: str
    backup: str = ""
    kept: str = ""
    permit: Permit | None = None
    policies: Sequence[bytes] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """What the ledger was told: numbers of events of both chains; the releases that are lost; and
    the event that says so, None where the ledger had forgotten nothing. `is_policy_lost`: the
    policy in force was changed since the backup and nobody has the newer one, so that the older one
    is in force again."""

    events: int
    of_runbook: int
    lost: tuple[ReleaseSummary, ...]
    event: Event | None
    is_policy_lost: bool = False


def tell_ledger(ledger: Ledger, restoration: Restoration) -> Told:
    """Appends what the mirrors have and the ledgers lack, to both chains, and then the event that
    the database was restored: all of the environment's in one transaction, so that no kill leaves a
    ledger that tells of releases which are not there.

    Raises MirrorAhead where a mirror tells of another past, MirrorBroken, MirrorUnreadable,
    LockHeld, LeaseLost, LiveChanged.
    """
    of_runbook = _tell_runbook(ledger)
    environment, before = ledger.history.environment, ledger.history
    missing = forgotten(ledger.mirror, environment, before.events)
    if not missing and not restoration.backup:
        return Told(0, of_runbook, (), None)
    known = derive_history(environment, (*before.events, *missing))
    if _is_told(known, before, restoration):
        return Told(0, of_runbook, _lost(known), known.head)
    policy, is_lost = _policy(ledger, known, before, restoration)
    event = next_event(
        known.head,
        environment,
        clock.now(),
        EventKind.RESTORED,
        _payload(known, before, restoration, digest_of(policy) if policy else ""),
    )
    _replay(ledger, (*missing, event), ledger.lease, (policy,) if policy else ())
    ledger.history = derive_history(environment, (*known.events, event))
    sync_mirror(ledger.mirror, environment, ledger.history.events)
    if policy:
        keep_policy(ledger.mirror, policy)
    return Told(len(missing), of_runbook, _lost(ledger.history), event, is_lost)


def _tell_runbook(ledger: Ledger) -> int:
    """The number of events that the runbook was told."""
    warehouse = ledger.access.warehouse
    chain = runbook_chain(ledger.history.environment)
    mirror = runbook_mirror(ledger.mirror)
    if not forgotten(mirror, chain, warehouse.events(chain)):
        return 0
    lease = acquired(ledger.access, chain, replace(ledger.lease.owner, operation="runbook"))
    try:
        missing = forgotten(mirror, chain, warehouse.events(chain))
        if missing:
            _replay(ledger, missing, lease)
        return len(missing)
    finally:
        ledger.access.warehouse.release_lease(lease)


def _replay(
    ledger: Ledger, events: Sequence[Event], lease: Lease, artifacts: Sequence[bytes] = ()
) -> None:
    try:
        ledger.access.warehouse.replay(events, lease, artifacts=artifacts)
    except CommitUnconfirmed as unconfirmed:
        require_committed(ledger.access, lease, events[-1], unconfirmed)


def _is_told(known: History, before: History, restoration: Restoration) -> bool:
    """Whether an earlier attempt has told all of it."""
    head = known.head
    return (
        head is not None
        and head == before.head
        and head.kind is EventKind.RESTORED
        and bool(restoration.kept)
        and head.payload["kept"] == restoration.kept
    )


def _lost(history: History) -> tuple[ReleaseSummary, ...]:
    """What the last restore has cost, the oldest first."""
    head = history.head
    numbers = head.payload["releases"] if head else ()
    return tuple(history.releases[number] for number in numbers)


def _payload(
    known: History, before: History, restoration: Restoration, policy: str
) -> dict[str, object]:
    lost = sorted(set(known.releases) - set(before.releases))
    # What was lost once is so in every database that was restored from an older backup, too.
    lost = [n for n in lost if known.releases[n].state is not ReleaseState.LOST]
    return {
        "operation": "restore",
        "backup": restoration.backup or None,
        "kept": restoration.kept or None,
        "head": len(before.events),
        "release": before.live.number if before.live else None,
        "previous": known.live.number if known.live else None,
        "releases": lost,
        "policy": policy,
        "reason": redact_data(restoration.reason),
        "by": redact_data(restoration.by),
        "permit": permit_payload(restoration.permit) if restoration.permit else None,
    }


def _policy(
    ledger: Ledger, known: History, before: History, restoration: Restoration
) -> tuple[bytes | None, bool]:
    """The policy that is in force from now on: the newest that was, where anybody has it; else that
    of the backup, and that the newer one is lost."""
    for digest, is_lost in ((known.policy_digest, False), (before.policy_digest, True)):
        if not digest:
            return None, is_lost
        stored = ledger.access.warehouse.artifact(digest)
        found = [stored] if stored is not None else list(restoration.policies)
        for content in found:
            if digest_of(content) == digest:
                return content, is_lost
    return None, True
