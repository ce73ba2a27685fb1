"""The release asked for cannot be had."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dbt_rewind.errors.base import ExitCode, RewindError


class ReleaseError(RewindError):
    """Exit 9: no such release, or it cannot go live again."""

    exit_code: ClassVar[ExitCode] = ExitCode.NO_SUCH_RELEASE


@dataclass(eq=False)
class ReleaseNotFound(ReleaseError):
    """No release has that id, commit or tag."""

    slug: ClassVar[str] = "release-not-found"

    wanted: str
    environment: str

    @property
    def message(self) -> str:
        return f"{self.environment} has no release {self.wanted}"

    @property
    def hint(self) -> str:
        return "see `rewind history` for what can be rolled back to"


@dataclass(eq=False)
class ReleaseNotRestorable(ReleaseError):
    """The release exists but must not or cannot be published."""

    slug: ClassVar[str] = "release-not-restorable"

    release: str
    reason: str

    @property
    def message(self) -> str:
        return f"{self.release} cannot go live: {self.reason}"

    @property
    def hint(self) -> str:
        return "see `rewind history` for what can be rolled back to"


@dataclass(eq=False)
class ReleaseIsLive(ReleaseError):
    """The release to go to is where users are already."""

    slug: ClassVar[str] = "release-is-live"

    environment: str
    release: str

    @property
    def message(self) -> str:
        return f"{self.release} cannot go live in {self.environment}: it is live already"

    @property
    def hint(self) -> str:
        return (
            "see `rewind history` for what can be rolled back to; `rewind rollback --code-only`"
            " takes the code there, too"
        )


@dataclass(eq=False)
class NothingLive(ReleaseError):
    """The environment has no live release."""

    slug: ClassVar[str] = "nothing-live"

    environment: str

    @property
    def message(self) -> str:
        return f"nothing has been published to {self.environment} yet"

    @property
    def hint(self) -> str:
        return "run `rewind deploy` first"


@dataclass(eq=False)
class NothingEarlier(ReleaseError):
    """There is no release to return to."""

    slug: ClassVar[str] = "nothing-earlier"

    environment: str
    live: str

    @property
    def message(self) -> str:
        return f"{self.environment} has no healthy release before {self.live}"

    @property
    def hint(self) -> str:
        return "name one with --to, or fix forward with `rewind deploy`"
