"""The command was stopped from outside, could not be read, or is at fault itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dbt_rewind.errors.base import ExitCode, RewindError


@dataclass(eq=False)
class Interrupted(RewindError):
    """Ctrl-C or SIGTERM. A deploy that had begun was undone."""

    slug: ClassVar[str] = "interrupted"
    exit_code: ClassVar[ExitCode] = ExitCode.INTERRUPTED

    operation: str
    outcome: str = "users see what they saw before"

    @property
    def message(self) -> str:
        return f"{self.operation} was interrupted; {self.outcome}"

    @property
    def hint(self) -> str:
        return "run the command again; what was left over is cleaned up first"


@dataclass(eq=False)
class UsageInvalid(RewindError):
    """The command line cannot be read."""

    slug: ClassVar[str] = "usage-invalid"
    exit_code: ClassVar[ExitCode] = ExitCode.USAGE

    problem: str

    @property
    def message(self) -> str:
        return self.problem.rstrip(".")

    @property
    def hint(self) -> str:
        return "rewind --help"


@dataclass(eq=False)
class InternalFault(RewindError):
    """A fault in dbt-rewind, or a failure of the system that it does not know."""

    slug: ClassVar[str] = "internal-fault"
    exit_code: ClassVar[ExitCode] = ExitCode.INTERNAL

    kind: str
    problem: str

    @property
    def message(self) -> str:
        said = f"{self.kind}: {self.problem}" if self.problem else self.kind
        return f"dbt-rewind failed with an internal error: {said}"

    @property
    def hint(self) -> str:
        return "the same with REWIND_TRACEBACK=1, and report what it says"
