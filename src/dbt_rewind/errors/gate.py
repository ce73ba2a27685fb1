"""A gate keeps a release from its publish, or is asked for wrongly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dbt_rewind.errors.base import ExitCode, RewindError
from dbt_rewind.errors.input import InputError
from dbt_rewind.model.gate import GateFinding


@dataclass(eq=False)
class GateStopped(RewindError):
    """A release was built and tested, and differs from the live one more than a gate lets pass."""

    slug: ClassVar[str] = "gate-stopped"
    exit_code: ClassVar[ExitCode] = ExitCode.GATE

    release: str
    findings: tuple[GateFinding, ...]
    command: str
    live: str | None

    @property
    def message(self) -> str:
        told = [f"{finding.pointer} {finding.words}" for finding in self.findings[:1]]
        more = f" (and {len(self.findings) - 1} more)" if len(self.findings) > 1 else ""
        still = f"users still see {self.live}" if self.live else "nothing is live yet"
        return f"{self.release} was not published: {''.join(told)}{more}; {still}"

    @property
    def hint(self) -> str:
        gates = dict.fromkeys(finding.gate.value for finding in self.findings)
        accepted = " ".join(f"--accept {gate}" for gate in gates)
        return f"if that is meant: rewind {self.command} {accepted} --reason '...'"

    @property
    def details(self) -> tuple[str, ...]:
        return tuple(
            f"{finding.gate.value}: {finding.pointer} {finding.words}" for finding in self.findings
        )


@dataclass(eq=False)
class GateUnknown(InputError):
    """`--accept` names no gate."""

    slug: ClassVar[str] = "gate-unknown"

    wanted: str
    known: tuple[str, ...]

    @property
    def message(self) -> str:
        return f"there is no gate called {self.wanted}"

    @property
    def hint(self) -> str:
        return f"--accept takes one of {', '.join(self.known)}; for one table: rows:gold.orders"


@dataclass(eq=False)
class ReasonNeeded(InputError):
    """Something that is recorded with a reason was asked for without one."""

    slug: ClassVar[str] = "reason-needed"

    option: str

    @property
    def message(self) -> str:
        return f"{self.option} needs a reason, which is recorded with it"

    @property
    def hint(self) -> str:
        return "say why with --reason"
