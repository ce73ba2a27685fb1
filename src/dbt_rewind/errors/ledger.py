"""The ledger, or its mirror, is not as it was written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dbt_rewind.errors.base import ExitCode, RewindError


class LedgerError(RewindError):
    """Exit 13: the ledger cannot be trusted or read."""

    exit_code: ClassVar[ExitCode] = ExitCode.LEDGER


@dataclass(eq=False)
class ChainBroken(LedgerError):
    """An event is missing, changed or out of order."""

    slug: ClassVar[str] = "chain-broken"

    environment: str
    sequence: int
    problem: str

    @property
    def message(self) -> str:
        return f"the ledger of {self.environment} was altered: event {self.sequence} {self.problem}"

    @property
    def hint(self) -> str:
        return (
            "compare with the mirror (`rewind status --json` names it) before anything else is done"
        )


@dataclass(eq=False)
class LedgerTooNew(LedgerError):
    """A newer dbt-rewind has written here."""

    slug: ClassVar[str] = "ledger-too-new"

    found: int
    known: int

    @property
    def message(self) -> str:
        return (
            f"the ledger has version {self.found}; this dbt-rewind knows versions up to "
            f"{self.known}"
        )

    @property
    def hint(self) -> str:
        return "upgrade dbt-rewind"


@dataclass(eq=False)
class MirrorAhead(LedgerError):
    """The mirror does not continue the ledger: the database is older, or another one. `sequence` is
    the first event that differs, `known` the number of the ledger's events."""

    slug: ClassVar[str] = "mirror-ahead"

    mirror: str
    environment: str
    sequence: int
    known: int

    @property
    def message(self) -> str:
        return (
            f"{self.mirror} holds events that the ledger of {self.environment} has forgotten,"
            f" from event {self.sequence} on; the ledger has {self.known}"
        )

    @property
    def hint(self) -> str:
        if self.sequence == self.known + 1:
            return (
                "where the database was restored from a backup, `rewind recover --restored` tells"
                " its ledger what it forgot; where it is another one, `rewind recover"
                " --accept-ledger` goes on from what it holds"
            )
        return (
            "the database is another one, or went on without the mirror; `rewind recover"
            " --accept-ledger` goes on from what it holds"
        )


@dataclass(eq=False)
class MirrorBroken(LedgerError):
    """A line of the mirror is missing, changed or out of order."""

    slug: ClassVar[str] = "mirror-broken"

    mirror: str
    line: int
    problem: str

    @property
    def message(self) -> str:
        return f"the mirror {self.mirror} was altered: the event of line {self.line} {self.problem}"

    @property
    def hint(self) -> str:
        return (
            "the ledger itself is whole; `rewind recover --accept-ledger` keeps the file aside and"
            " writes it anew"
        )


@dataclass(eq=False)
class MirrorUnreadable(LedgerError):
    """The mirror was damaged."""

    slug: ClassVar[str] = "mirror-unreadable"

    mirror: str
    line: int

    @property
    def message(self) -> str:
        return f"{self.mirror}, line {self.line} is not a ledger event"

    @property
    def hint(self) -> str:
        return "move the file away; the next command writes it anew from the ledger"


@dataclass(eq=False)
class MirrorUnusable(LedgerError):
    """The mirror's file cannot be read or written."""

    slug: ClassVar[str] = "mirror-unusable"

    mirror: str
    problem: str

    @property
    def message(self) -> str:
        return f"the mirror {self.mirror} cannot be read or written: {self.problem}"

    @property
    def hint(self) -> str:
        return "make room or give access, or set `mirror:` in rewind.yml to another folder"


@dataclass(eq=False)
class ArtifactDamaged(LedgerError):
    """A stored artifact does not match its hash."""

    slug: ClassVar[str] = "artifact-damaged"

    artifact: str

    @property
    def message(self) -> str:
        return f"{self.artifact} in the ledger is missing or not as it was written"

    @property
    def hint(self) -> str:
        return "restore the schema `rewind` from a backup"
