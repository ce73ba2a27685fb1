"""A publish through the door: in one transaction where DDL takes part in one, else journalled.

Journalled: what is meant to happen is written first, as one row. Then pointer by pointer moves,
each by a CREATE OR REPLACE VIEW of which readers see all or nothing; then the event is appended,
and the journal's row is deleted. In between, readers see some pointers moved and others not.

What is weaker there than in one transaction:

- Invariant 1: a reader sees a whole relation under every name, but for as long as the moves take,
  names of two releases beside each other. No name is missing, unless it is to be dropped.
- Invariant 2: pointers and event do not commit together. The journal's row says what is missing,
  and `finish` does it: an environment is wholly the old release or wholly the new one only then.
- Invariant 5: the lease is compared before each step, and not within it. A process that is stopped
  between the comparison and its statement, for longer than its lease lasts, can still do that one
  step. It does no second one, and its event is refused; what it did is told as drift.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from dbt_rewind.errors import (
    LeaseLost,
    LiveChanged,
    NameTaken,
    NotAtomic,
    PublishUnfinished,
    RewindError,
    WarehouseFailed,
)
from dbt_rewind.model import Event, Lease, PointerMove, RelationName, Relocation
from dbt_rewind.warehouse import dbt_adapter_catalogue as catalogue
from dbt_rewind.warehouse import dbt_adapter_journal as journal
from dbt_rewind.warehouse import dbt_adapter_lease as lease_of
from dbt_rewind.warehouse import dbt_adapter_ledger as ledger
from dbt_rewind.warehouse import dbt_adapter_steps as steps
from dbt_rewind.warehouse.dbt_adapter_journal import Intent
from dbt_rewind.warehouse.dbt_adapter_session import Session, is_conflict
from dbt_rewind.warehouse.dbt_adapter_sql import folded, folded_name
from dbt_rewind.warehouse.preconditions import require_distinct, require_lease_of, require_standing


def commit(session: Session, intent: Intent, lease: Lease, artifacts: Sequence[bytes]) -> None:
    """Does all that is meant; the protocol's `commit` names the errors."""
    doing = f"publishing to {intent.event.environment}"
    session.require_writable(doing)
    require_one_database(session, intent.names())
    require_lease_of(intent.event, lease)
    require_distinct(intent.moves, lambda name: folded_name(session.dialect, name))
    if session.dialect.journalled:
        _journalled(session, intent, lease, artifacts)
        return
    try:
        with session.transaction(doing):
            _require_unchanged(session, intent, lease)
            _move(session, intent)
            ledger.store_artifacts(session, artifacts)
            ledger.append(session, intent.event)
    except WarehouseFailed as failed:
        if is_conflict(session.dialect, failed):
            # The driver does not say on what; whoever got in first has left traces that do.
            with session.transaction(doing):
                _require_unchanged(session, intent, lease)
        raise


def replay(
    session: Session, events: Sequence[Event], lease: Lease, artifacts: Sequence[bytes]
) -> None:
    """The protocol's `replay` names the errors."""
    doing = f"telling the ledger of {lease.environment} what it forgot"
    session.require_writable(doing)
    if session.dialect.journalled:
        _append_all(session, events, lease, artifacts)
        return
    with session.transaction(doing):
        _append_all(session, events, lease, artifacts)


def _append_all(
    session: Session, events: Sequence[Event], lease: Lease, artifacts: Sequence[bytes]
) -> None:
    lease_of.hold_against_takers(session, lease)
    ledger.store_artifacts(session, artifacts)
    for event in events:
        require_lease_of(event, lease)
        ledger.require_next(session, event)
        ledger.append(session, event)


def require_one_database(session: Session, names: Sequence[RelationName]) -> None:
    """Raises NotAtomic unless all of `names` are in the ledger's database."""
    written = {folded(session.dialect, session.database): session.database}
    for name in names:
        written.setdefault(folded(session.dialect, name.database), name.database)
    if len(written) > 1:
        raise NotAtomic(tuple(sorted(written.values())))


def half_published(session: Session, environment: str) -> Event | None:
    """The event of a publish that was begun and not finished."""
    if not session.dialect.journalled or not ledger.is_there(session):
        return None
    begun = journal.unfinished(session, environment)
    return next((each.event for each in begun if not _is_superseded(session, each)), None)


def finish(session: Session, lease: Lease) -> Event | None:
    """Does what is left of a publish that a killed process has begun, and returns its event; None
    where there is none. Raises LeaseLost, PublishUnfinished."""
    if not session.dialect.journalled or not ledger.is_there(session):
        return None
    finished = None
    for intent in journal.unfinished(session, lease.environment):
        lease_of.hold_against_takers(session, lease)
        if _is_superseded(session, intent):
            # A stale process wrote it; the comparison before its first step has stopped it.
            journal.close(session, intent)
            continue
        try:
            _move_one_by_one(session, intent, lease)
            ledger.append(session, intent.event)
        except WarehouseFailed as failed:
            raise PublishUnfinished(lease.environment, failed.message) from failed
        journal.close(session, intent)
        finished = intent.event
    journal.tidy(session, lease.environment)
    return finished


def _journalled(session: Session, intent: Intent, lease: Lease, artifacts: Sequence[bytes]) -> None:
    _require_unchanged(session, intent, lease)
    ledger.store_artifacts(session, artifacts)
    if not intent.moves and not intent.relocations:
        ledger.append(session, intent.event)
        return
    journal.open_row(session, intent)
    try:
        _move_one_by_one(session, intent, lease)
    except LeaseLost:
        raise  # whoever has the lease now finishes it
    except RewindError as error:
        _take_back(session, intent, lease, error)
        raise
    try:
        ledger.append(session, intent.event)
    except LiveChanged as error:
        _take_back(session, intent, lease, error)
        raise
    except WarehouseFailed as failed:
        # Whether the event was written is not known; the journal's row leads to either end.
        raise PublishUnfinished(intent.event.environment, failed.message) from failed
    with suppress(WarehouseFailed):
        # What is committed cannot be called failed; the next `finish` removes the row.
        journal.close(session, intent)


def _take_back(session: Session, intent: Intent, lease: Lease, error: RewindError) -> None:
    """Leads pointers back where they led, after a step was refused, so that nobody waits for a
    recovery. What cannot be taken back is left in the journal.

    Raises PublishUnfinished.
    """
    back = intent.taken_back()
    if back is None:
        raise PublishUnfinished(intent.event.environment, error.message) from error
    try:
        _move_one_by_one(session, back, lease)
        journal.close(session, intent)
    except RewindError as second:
        error.add_note(f"nor could it be taken back: {second.message}")
        raise PublishUnfinished(intent.event.environment, error.message) from error


def _is_superseded(session: Session, intent: Intent) -> bool:
    known = ledger.events(session, intent.event.environment, intent.event.sequence - 1)
    return bool(known)


def _move(session: Session, intent: Intent) -> None:
    left = _left(session, intent)
    steps.make_schemas(session, left)
    scene = steps.scene_of(session, left)
    for step in left:
        steps.run(scene, step)


def _move_one_by_one(session: Session, intent: Intent, lease: Lease) -> None:
    left = _left(session, intent)
    lease_of.require_held(session, lease)
    steps.make_schemas(session, left)
    scene = steps.scene_of(session, left)
    for step in left:
        lease_of.require_held(session, lease)
        steps.run(scene, step)
    lease_of.require_held(session, lease)
    still = _left(session, intent) if left else ()
    if still:
        # Seen: Iceberg's views in Spark's own catalogue, which are replaced and stay as they were.
        raise WarehouseFailed("moving pointers", f"{still[0]} was done, and changed nothing")


def _left(session: Session, intent: Intent) -> tuple[steps.Step, ...]:
    return steps.remaining(session, intent.moves, intent.relocations, intent.references)


def _require_unchanged(session: Session, intent: Intent, lease: Lease) -> None:
    lease_of.hold_against_takers(session, lease)
    ledger.require_next(session, intent.event)
    moves, relocations = intent.moves, intent.relocations
    states = catalogue.pointers(session, [move.pointer for move in moves])
    require_standing(
        moves,
        states,
        lambda name: folded_name(session.dialect, name),
        leaving=[each.source for each in relocations],
    )
    _require_possible(session, moves, relocations)


def _require_possible(
    session: Session, moves: Sequence[PointerMove], relocations: Sequence[Relocation]
) -> None:
    """Raises WarehouseFailed where something that is needed is not there, NameTaken where something
    has a name that is needed: before anything has moved."""

    def known(name: RelationName) -> RelationName:
        return folded_name(session.dialect, name)

    names = [move.after for move in moves if move.after]
    names += [name for each in relocations for name in (each.source, each.target)]
    there = {known(name) for name in catalogue.kinds(session, names)}
    leaving = {known(each.source) for each in relocations}
    ending = {known(move.pointer) for move in moves if move.after is None}
    made = {known(each.target) for each in relocations}
    made |= {known(move.pointer) for move in moves if move.after}
    for each in relocations:
        if known(each.source) not in there:
            raise WarehouseFailed(f"renaming {each.source}", "it does not exist")
    for each in relocations:
        if known(each.target) in there - leaving - ending:
            raise NameTaken(str(each.target))
    for move in moves:
        if move.after and known(move.after) not in there | made:
            raise WarehouseFailed(f"moving {move.pointer}", f"{move.after} does not exist")
