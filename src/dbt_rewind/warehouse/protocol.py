"""What a warehouse must do for releases, and which errors say that it could not.

Every method that fails in a way this contract does not name raises a `WarehouseError`, with the
driver's error as its cause; no driver's exception leaves an adapter. Names are never trusted:
identifiers are quoted by the engine's own rules and values are bound.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Protocol

from dbt_rewind.errors import NameTooLong
from dbt_rewind.model import (
    Event,
    Finding,
    Health,
    IntegrityCheck,
    Lease,
    Measure,
    Needs,
    Owner,
    PointerMove,
    PointerState,
    RelationInfo,
    RelationName,
    Relocation,
)

LEDGER_SCHEMA = "rewind"
"""The schema that holds `event`, `artifact` and `lease` (and nothing that users query)."""

LEDGER_VERSION = 3
"""The ledger's format; a higher number is refused, a lower one raised by the first write.

1: until 0.1. 2: events and records of gates, pins, prunes, repairs and adoption. 3: the runbook's
chains, policies and quarantine. The tables are as they were.
"""


class NameUnits(StrEnum):
    """What an engine counts in a name: bytes of UTF-8, or code units of UTF-16."""

    BYTES = "bytes"
    CHARACTERS = "characters"

    def of(self, name: str) -> int:
        match self:
            case NameUnits.BYTES:
                return len(name.encode("utf-8", "surrogatepass"))
            case NameUnits.CHARACTERS:
                return len(name.encode("utf-16-le", "surrogatepass")) // 2


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an engine can do, as data; nothing asks for an engine's name.

    `exclusive`: one process at a time, so that ours must be closed while dbt has it open.
    `transactional_ddl`: a publish commits whole or not at all.
    `grants`: views have privileges of their own that a publish must carry over.
    `returns_space`: what is dropped makes the database smaller, and not only emptier.
    `max_identifier`: the longest identifier, in `name_units`; None for no limit.
    `default_schema`: where a table is looked for whose name has no schema, None where that is told.
    `moves_tables`: a table gets another schema or name with all it has, whatever refers to it, and
    without a copy.
    `views_hold`: what a view reads cannot be dropped while the view is there.
    `tried`: all that is said to a warehouse of this kind has been said to a real one.
    `word_names`: names of schemas and relations have letters, digits and underscores alone.
    """

    engine: str
    exclusive: bool
    transactional_ddl: bool
    grants: bool
    returns_space: bool
    max_identifier: int | None
    name_units: NameUnits
    default_schema: str | None
    moves_tables: bool
    views_hold: bool
    tried: bool = True
    word_names: bool = False

    def with_suffix(self, name: str, suffix: str) -> str:
        """The name with the suffix; where that is too long, the beginning of the name, and what
        tells it from others that begin so."""
        if self.max_identifier is None or self.name_units.of(name + suffix) <= self.max_identifier:
            return name + suffix
        suffix = f"_{hashlib.sha256(name.encode(errors='surrogatepass')).hexdigest()[:8]}{suffix}"
        while self.name_units.of(name + suffix) > self.max_identifier:
            name = name[:-1]
        return name + suffix

    def require_fitting(self, names: Iterable[RelationName]) -> None:
        """Raises NameTooLong where a schema or a name is longer than the engine keeps."""
        if self.max_identifier is None:
            return
        for part in (part for name in sorted(names) for part in (name.schema, name.name)):
            if self.name_units.of(part) > self.max_identifier:
                raise NameTooLong(part, self.max_identifier, self.name_units.value)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query returned: column names, at most the asked number of rows, time taken."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    seconds: float


class LedgerReader(Protocol):
    """The half of a warehouse that a planner may see: it changes nothing and takes no lock."""

    @property
    def capabilities(self) -> Capabilities: ...

    def events(self, environment: str, after: int = 0) -> tuple[Event, ...]:
        """The environment's events with a sequence above `after`, oldest first.

        Empty where there is no ledger. The chain is returned as stored, not checked.
        Raises LedgerTooNew.
        """
        ...

    def artifact(self, digest: str) -> bytes | None:
        """The content stored under `digest` (SHA-256 of the content, hexadecimal), or None.

        Raises ArtifactDamaged where the stored bytes do not have that digest.
        """
        ...

    def lease(self, environment: str) -> Lease | None:
        """The lease as it stands, expired or not; None where nobody holds it."""
        ...

    def pointers(self, names: Collection[RelationName]) -> Mapping[RelationName, PointerState]:
        """What stands under each of `names`: one entry a name, absent ones included."""
        ...

    def relations(self, names: Collection[RelationName]) -> Mapping[RelationName, RelationInfo]:
        """The tables and views among `names` that exist."""
        ...

    def reads(self, views: Collection[RelationName]) -> Mapping[RelationName, Set[RelationName]]:
        """For each of `views` that is a view: the relations that its text names and that exist."""
        ...

    def referred(
        self, tables: Collection[RelationName]
    ) -> Mapping[RelationName, Set[RelationName]]:
        """Those of `tables` that foreign keys of other tables lead to, with these other tables."""
        ...

    def environments(self) -> Set[str]:
        """Those with events in the ledger, or whose lease somebody holds; none without a ledger."""
        ...

    def sizes(self, names: Collection[RelationName]) -> Mapping[RelationName, int]:
        """The bytes that each table among `names` takes on disk; views and missing ones take 0."""
        ...

    def require_atomic(self, names: Collection[RelationName]) -> None:
        """Raises NotAtomic where pointers of these names cannot move in one transaction, in which
        the ledger is written too."""
        ...

    def require_permitted(self, needs: Needs) -> None:  # noqa: ARG002
        """Raises PermissionMissing, with what to grant, where the connection's user may not do all
        of that. An engine that does not know beforehand says nothing."""
        return

    def public_grants(
        self,
        names: Collection[RelationName],  # noqa: ARG002 - for engines with privileges
    ) -> Mapping[RelationName, Set[str]] | None:
        """Those of `names` on which everybody (PUBLIC) has privileges, with these in the engine's
        words, a column's with the column. None where that cannot be told."""
        return None

    def half_published(self, environment: str) -> Event | None:  # noqa: ARG002 - for journals
        """The event of a publish that was begun and is not finished: some pointers may lead where
        it leads them, and others not yet. Always None where a publish commits whole."""
        return None

    def measure(
        self, relation: RelationName, *, fingerprint: bool, totals: Collection[str] = ()
    ) -> Measure:
        """Counts the relation's rows and, if asked, fingerprints their content and profiles its
        columns; `totals` names the columns to sum, those that have no sum are passed over."""
        ...

    def duplicates(self, relation: RelationName, key: Sequence[str]) -> int:
        """How many values of `key` (columns) stand in more than one row; NULLs are no values.

        Raises WarehouseFailed where a column is missing.
        """
        ...

    def unreadable(self, names: Collection[RelationName]) -> Mapping[RelationName, str]:
        """Those of `names` that cannot be queried, in the engine's words: they are missing, or what
        their text needs is. No row is read. Raises WarehouseError for what says nothing of them,
        such as a missing permission."""
        ...

    def check_integrity(self, tables: Collection[RelationName]) -> IntegrityCheck:
        """The engine's own check of what it has stored of `tables`, or else a reading of all of it;
        nothing is changed. Damage is returned and not raised.

        Takes as long as reading the tables, or longer. The connection may be of no use afterwards
        where damage was found. Raises WarehouseError where a table is missing, or where an error
        says nothing of the storage.
        """
        ...

    def fingerprint_algorithm(self) -> str:
        """What `measure` puts before the colon of a fingerprint."""
        ...

    def query(self, sql: str, *, limit: int) -> Answer:
        """Runs a user's own read-only query and returns at most `limit` rows of its result."""
        ...


class Warehouse(LedgerReader, Protocol):
    """One open connection."""

    def close(self) -> None:
        """Closes the connection; an open transaction is rolled back. May be called twice."""
        ...

    def prepare(self) -> None:
        """Makes the ledger's schema and tables where they are missing, and raises an older ledger
        to today's version. Raises LedgerTooNew."""
        ...

    def acquire_lease(
        self, environment: str, owner: Owner, now: datetime, duration: timedelta
    ) -> Lease:
        """Takes the environment's lease with the next fencing number, in one transaction.

        A lease can be taken when nobody holds it, when it has expired, or when its owner's process
        is on this host and no longer runs. Otherwise raises LockHeld.
        """
        ...

    def renew_lease(self, lease: Lease, now: datetime, duration: timedelta) -> Lease:
        """Prolongs the lease. Raises LeaseLost where another process has taken it."""
        ...

    def release_lease(self, lease: Lease) -> None:
        """Gives the lease back; does nothing where another process has taken it, or where the
        ledger has been removed."""
        ...

    def clone(self, source: RelationName, target: RelationName) -> None:
        """Copies a table with its rows, columns, constraints and defaults, without its writes ever
        reaching the source. Replaces `target`, makes its schema where missing."""
        ...

    def drop(self, relations: Sequence[RelationName]) -> None:
        """Drops tables and views in one transaction, never what depends on them; missing ones are
        passed over. A schema that became empty goes too where its name begins with `rewind_`."""
        ...

    def commit(
        self,
        event: Event,
        lease: Lease,
        *,
        moves: Sequence[PointerMove] = (),
        relocations: Sequence[Relocation] = (),
        references: Mapping[RelationName, RelationName] = MappingProxyType({}),
        artifacts: Sequence[bytes] = (),
    ) -> None:
        """Moves pointers, renames relations, stores artifacts and appends the event: all or none.

        In one transaction: the lease is compared (LeaseLost) and held against takers, the event
        must follow the chain's last (LiveChanged), every pointer must lead where its move says it
        does (PointerDrifted; PointerOccupied where something else has its name, unless that is the
        source of a relocation). Then:

        - Pointers that end are dropped.
        - Relations are relocated, into schemas that are made where missing. For each relation of
          `references` that the text of a relocated view names, it names what replaces that: the
          same name in another schema.
        - Pointers are created (with their schema) or re-pointed, and carry the comments of the
          relation and its columns, and what privileges the pointer had.
        - Artifacts are stored compressed under their digest; one that is there is left as it is.

        A relocation's source must exist (WarehouseFailed) and its target must not (NameTaken).
        Raises NotAtomic before anything is done where the moves cannot share a transaction, and
        PublishBlocked where others are in the way for as long as the warehouse has patience.

        Without `transactional_ddl` all conditions are looked at first, then it is written down what
        is meant, and done one by one. What is refused in the middle is taken back; what cannot be,
        or was ended by a kill, is `half_published` (PublishUnfinished), until `finish_publish`.
        """
        ...

    def replay(
        self, events: Sequence[Event], lease: Lease, *, artifacts: Sequence[bytes] = ()
    ) -> None:
        """Appends events that follow each other, the first of them the chain's last, and stores
        artifacts: all or none. No pointer moves, whatever the events say of pointers. Raises
        LeaseLost, LiveChanged.

        Without `transactional_ddl` they are appended one by one; begun again, it goes on.
        """
        ...

    def finish_publish(self, lease: Lease) -> Event | None:  # noqa: ARG002 - for journals
        """Does what is left of a publish that was begun and is not finished, and returns its event;
        None where there is none, and always where a publish commits whole.

        What a stranger has put in a pointer's place meanwhile stays, and is drift.
        Raises LeaseLost, PublishUnfinished.
        """
        return None

    def forget(self, environment: str, digests: Collection[str]) -> None:
        """Deletes the artifacts among `digests` that no event of another environment names; missing
        ones are passed over."""
        ...

    def examine(self, schemas: Collection[str]) -> Iterable[Finding]:  # noqa: ARG002
        """What can be told of the warehouse, with what is wrong there. Tries out what operations
        do, under names that begin with `rewind_doctor_`, and leaves nothing behind, whatever
        happens. `schemas` are those of public names.

        The first finding is called `warehouse`. Raises WarehouseError where it cannot be asked.
        """
        return (Finding("warehouse", Health.NOT_CHECKED, "it can be read; nothing was tried out"),)

    def reclaim(self) -> None:
        """Makes the space of what was dropped free for new data, where the engine does not do that
        by itself."""
        ...

    def remove_ledger(self) -> None:
        """Drops the ledger with all it holds, in one transaction. Does nothing where none is."""
        ...
