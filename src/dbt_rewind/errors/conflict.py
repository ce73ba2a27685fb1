"""Somebody else acts, acted, or stands where we must."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dbt_rewind.errors.base import ExitCode, RewindError


class ConflictError(RewindError):
    """Exit 8: what is there is not what the plan believed."""

    exit_code: ClassVar[ExitCode] = ExitCode.CONFLICT


@dataclass(eq=False)
class PointerDrifted(ConflictError):
    """A public name no longer leads where the ledger says."""

    slug: ClassVar[str] = "pointer-drifted"

    pointer: str
    expected: str
    found: str

    @property
    def message(self) -> str:
        return (
            f"{self.pointer} should lead to {self.expected} but is {self.found}; nothing was"
            " published"
        )

    @property
    def hint(self) -> str:
        return (
            "see `rewind status`; `rewind deploy` or `rewind rollback` with --repair puts it back,"
            " and keeps what stands there under another name"
        )


@dataclass(eq=False)
class PointerOccupied(ConflictError):
    """A stranger's table or view has a name that a release needs."""

    slug: ClassVar[str] = "pointer-occupied"

    pointer: str
    kind: str

    @property
    def message(self) -> str:
        return f"{self.pointer} is a {self.kind} that dbt-rewind did not make; nothing was changed"

    @property
    def hint(self) -> str:
        return (
            "where plain dbt built it, `rewind adopt` takes over what there is; --repair keeps it"
            " under another name and goes on"
        )


@dataclass(eq=False)
class NameTaken(ConflictError):
    """A versioned name that a deploy would build under exists already."""

    slug: ClassVar[str] = "name-taken"

    relation: str

    @property
    def message(self) -> str:
        return f"{self.relation}, which this deploy would make, is there already; nothing was built"

    @property
    def hint(self) -> str:
        return "give each environment a schema of its own in profiles.yml: two share these names"


@dataclass(eq=False)
class AlreadyLive(ConflictError):
    """Only what plain dbt left can be adopted, not a release."""

    slug: ClassVar[str] = "already-live"

    environment: str
    release: str

    @property
    def message(self) -> str:
        return f"{self.release} is live in {self.environment}: there is nothing to adopt"

    @property
    def hint(self) -> str:
        return "`rewind deploy` builds what has changed"


@dataclass(eq=False)
class AdoptionRefused(ConflictError):
    """What plain dbt built cannot be taken over as it is."""

    slug: ClassVar[str] = "adoption-refused"

    environment: str
    problems: tuple[str, ...]

    @property
    def message(self) -> str:
        return f"{self.environment} cannot be adopted; nothing was changed"

    @property
    def hint(self) -> str:
        return "change what is named above and adopt again, or build anew with `rewind deploy`"

    @property
    def details(self) -> tuple[str, ...]:
        return self.problems


@dataclass(eq=False)
class EjectionRefused(ConflictError):
    """What is live cannot be given back as plain tables and views."""

    slug: ClassVar[str] = "ejection-refused"

    environment: str
    release: str
    problems: tuple[str, ...]

    @property
    def message(self) -> str:
        return f"{self.release} of {self.environment} cannot be given back; nothing was changed"

    @property
    def hint(self) -> str:
        return "run `rewind deploy` first, which builds what is behind, and eject then"

    @property
    def details(self) -> tuple[str, ...]:
        return self.problems


@dataclass(eq=False)
class LiveChanged(ConflictError):
    """The ledger grew between the plan and the publish."""

    slug: ClassVar[str] = "live-changed"

    environment: str

    @property
    def message(self) -> str:
        return (
            f"another operation published to {self.environment} in the meantime; nothing was"
            " published"
        )

    @property
    def hint(self) -> str:
        return "look at `rewind history` and run the command again"


@dataclass(eq=False)
class LeaseLost(ConflictError):
    """The lease ran out and another process took it."""

    slug: ClassVar[str] = "lease-lost"

    environment: str

    @property
    def message(self) -> str:
        return (
            f"this process no longer holds the lease on {self.environment}; nothing was published"
        )

    @property
    def hint(self) -> str:
        return "look at `rewind history` and run the command again"


@dataclass(eq=False)
class LockHeld(RewindError):
    """Another operation is running in this environment."""

    slug: ClassVar[str] = "lock-held"
    exit_code: ClassVar[ExitCode] = ExitCode.LOCKED

    environment: str
    holder: str
    since: str

    @property
    def message(self) -> str:
        return f"{self.environment} is held since {self.since} by: {self.holder}"

    @property
    def hint(self) -> str:
        return "wait until it has finished, and try again"


@dataclass(eq=False)
class DependentsInTheWay(ConflictError):
    """What others built on the pointers would be lost, or cannot be made anew."""

    slug: ClassVar[str] = "dependents-in-the-way"

    problems: tuple[str, ...]

    @property
    def message(self) -> str:
        return "what others built on the pointers is in the way; nothing was published"

    @property
    def hint(self) -> str:
        return "change or drop what is named above, run the command again, and make it again"

    @property
    def details(self) -> tuple[str, ...]:
        return self.problems
