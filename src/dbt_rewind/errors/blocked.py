"""Others are using what a publish must move."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dbt_rewind.errors.base import ExitCode, RewindError


@dataclass(eq=False)
class PublishBlocked(RewindError):
    """Others were in the way of a publish for as long as it may wait. `sessions` says who, one
    sentence each; `built` is the release that was built for it and is kept, None for none."""

    slug: ClassVar[str] = "publish-blocked"
    exit_code: ClassVar[ExitCode] = ExitCode.LOCKED

    environment: str
    waited: str
    sessions: tuple[str, ...]
    built: str | None = None

    @property
    def message(self) -> str:
        kept = f"; {self.built} stays built" if self.built else ""
        return (
            f"nothing was published to {self.environment}, because others were in the way for"
            f" {self.waited}{kept}"
        )

    @property
    def hint(self) -> str:
        again = "run the same command again" if self.built else "run the command again"
        more = f", which publishes {self.built} as it is" if self.built else ""
        return f"wait for what is named above, or end it, and {again}{more}; --wait gives more time"

    @property
    def details(self) -> tuple[str, ...]:
        return self.sessions
