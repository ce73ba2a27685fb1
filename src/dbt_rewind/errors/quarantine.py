"""A deploy would bring what was rolled back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dbt_rewind.errors.base import ExitCode, RewindError
from dbt_rewind.errors.input import InputError
from dbt_rewind.errors.release import ReleaseError


@dataclass(eq=False)
class CommitQuarantined(RewindError):
    """The commit was rolled back, or still holds one that was. `quarantined` is that commit, of
    which `release` was made, and `good` the one that users went back to. `carried_by` is the commit
    that brings it, which may be a copy; `unseen` is how many later commits were not
    compared."""

    slug: ClassVar[str] = "commit-quarantined"
    exit_code: ClassVar[ExitCode] = ExitCode.QUARANTINED

    environment: str
    commit: str
    release: str
    quarantined: str
    subject: str
    good: str
    by: str
    at: str
    reason: str
    carried_by: str
    unseen: int

    @property
    def message(self) -> str:
        bad = self.quarantined[:7]
        if self.commit == self.quarantined:
            how = f"it ({self.subject})"
        elif self.carried_by == self.quarantined:
            how = f"it still holds {bad} ({self.subject}), which"
        else:
            how = f"it still holds {bad} ({self.subject}), by {self.carried_by[:7]}, which"
        why = f": {self.reason}" if self.reason else "; no reason was given"
        return (
            f"{self.commit[:7]} cannot be deployed to {self.environment}: {how} was rolled back as"
            f" {self.release}, by {self.by} on {self.at}{why}"
        )

    @property
    def hint(self) -> str:
        return (
            "deploy a commit that reverts it; a correction still holds it, and needs"
            " release-quarantine first"
        )

    @property
    def details(self) -> tuple[str, ...]:
        bad, where = self.quarantined[:7], f"-e {self.environment}"
        lines = (
            f"  what it brought  git log --oneline {self.good[:7]}..{bad}",
            f"  take it back     git revert {bad}    (a merge: with -m 1)",
            f"  let it in        rewind release-quarantine {bad} {where} --reason ...",
        )
        if not self.unseen:
            return lines
        unseen = f"{self.unseen} later commits were not compared: a revert among them is not seen"
        return (unseen, *lines)


@dataclass(eq=False)
class NotInQuarantine(ReleaseError):
    """The commit named, or any, is not in quarantine. `there` are the releases that are."""

    slug: ClassVar[str] = "not-in-quarantine"

    environment: str
    wanted: str | None
    there: tuple[str, ...]

    @property
    def message(self) -> str:
        if self.wanted is None:
            return f"nothing is in quarantine in {self.environment}"
        return f"{self.wanted} is not in quarantine in {self.environment}"

    @property
    def hint(self) -> str:
        if not self.there:
            return "every commit can be deployed; `rewind status` says what is in quarantine"
        return f"in quarantine is what was rolled back as {', '.join(self.there)}"


@dataclass(eq=False)
class QuarantineAmbiguous(InputError):
    """Several commits are in quarantine, and none was named."""

    slug: ClassVar[str] = "quarantine-ambiguous"

    environment: str
    there: tuple[str, ...]

    @property
    def message(self) -> str:
        return f"{len(self.there)} commits are in quarantine in {self.environment}"

    @property
    def hint(self) -> str:
        return f"name one of {', '.join(self.there)}; `rewind status` says why each is there"
