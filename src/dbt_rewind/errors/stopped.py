"""The command was stopped from outside."""

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
