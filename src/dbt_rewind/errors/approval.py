"""What stands between an operation and the yes that it needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from dbt_rewind.errors.identity import ApprovalError
from dbt_rewind.model import Demand, Severity


@dataclass(eq=False)
class ApprovalNeeded(ApprovalError):
    """Somebody has to say yes first. `request` is the id of the request that waits for it, `built`
    that of the release which waits with it, `instead` the option that does without."""

    slug: ClassVar[str] = "approval-needed"

    environment: str
    operation: str
    subject: str
    plan: str
    roles: tuple[str, ...]
    people: int
    also: tuple[Demand, ...] = ()
    instead: str = ""
    severity: Severity | None = None
    decision: str | None = None
    request: str | None = None
    yes: tuple[str, ...] = ()
    rejected_by: str | None = None
    rejected_because: str = ""
    summary: tuple[str, ...] = ()
    built: str | None = None

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "also": tuple(map(str, self.also))}

    @property
    def demand(self) -> Demand:
        """Whose yes is missing."""
        return Demand(self.roles, self.people, bool(self.instead), self.also)

    @property
    def message(self) -> str:
        what = f"the {self.operation} of {self.environment} ({self.subject})"
        if not self.people:
            return f"{what} is nobody's to approve: it needs {self.instead} and a reason"
        return f"{what} needs the yes of {self.demand}"

    @property
    def hint(self) -> str:
        if not self.people:
            return f"the same command with {self.instead} --reason; it is announced and reviewed"
        if self.rejected_by is not None:
            return "ask for something else, or for the same when that request has run out"
        approve = f"rewind approve {self.request or ''}".strip()
        asked = f"`{approve} -e {self.environment}` by one of them, then the same command again"
        return f"{asked}; or {self.instead}" if self.instead else asked

    @property
    def details(self) -> tuple[str, ...]:
        by = f"{self.rejected_by} has said no: {self.rejected_because}"
        told = (
            (f"it is {self.severity}", self.severity),
            (f"by the decision {self.decision}", self.decision),
            (by, self.rejected_by),
            (f"so far: {', '.join(self.yes)}", self.yes),
            (f"{self.request} asks for it", self.request),
            (f"{self.built} is built and tested, and waits for it", self.built),
            (f"plan {self.plan}", self.plan),
        )
        return (*self.summary[:12], *(words for words, there in told if there))


@dataclass(eq=False)
class RequestNotFound(ApprovalError):
    """There is no such request. `open_ones` are those that can be answered."""

    slug: ClassVar[str] = "request-not-found"

    environment: str
    wanted: str | None
    open_ones: tuple[str, ...]

    @property
    def message(self) -> str:
        if self.wanted is None:
            several = "several requests wait" if self.open_ones else "no request waits"
            return f"{several} for an answer in {self.environment}"
        return f"{self.environment} has no request {self.wanted}"

    @property
    def hint(self) -> str:
        if self.open_ones:
            return f"name one of them: {', '.join(self.open_ones)}"
        return "a command that needs somebody's yes makes a request"


@dataclass(eq=False)
class RequestClosed(ApprovalError):
    """A request can no longer be answered, or not by this person."""

    slug: ClassVar[str] = "request-closed"

    request: str
    problem: str

    @property
    def message(self) -> str:
        return f"{self.request} cannot be answered: {self.problem}"

    @property
    def hint(self) -> str:
        return "`rewind status` shows the requests that wait; the same command asks anew"


@dataclass(eq=False)
class NotYours(ApprovalError):
    """This person's yes does not count for that."""

    slug: ClassVar[str] = "not-yours"

    request: str
    person: str
    problem: str

    @property
    def message(self) -> str:
        return f"{self.person} cannot answer {self.request}: {self.problem}"

    @property
    def hint(self) -> str:
        return "somebody else has to: `rewind status` says who may"


@dataclass(eq=False)
class EmergencyRefused(ApprovalError):
    """The matrix lets nobody break the glass here."""

    slug: ClassVar[str] = "emergency-refused"

    environment: str
    problem: str

    @property
    def message(self) -> str:
        return f"--emergency does not help in {self.environment}: {self.problem}"

    @property
    def hint(self) -> str:
        return "run the same command without it"


@dataclass(eq=False)
class ReviewNotFound(ApprovalError):
    """Nothing of that number waits for somebody to look at it."""

    slug: ClassVar[str] = "review-not-found"

    environment: str
    wanted: str | None
    open_ones: tuple[str, ...]

    @property
    def message(self) -> str:
        if self.wanted is None:
            several = "several reviews are open" if self.open_ones else "no review is open"
            return f"{several} in {self.environment}"
        return f"{self.environment} has no open review {self.wanted}"

    @property
    def hint(self) -> str:
        if self.open_ones:
            return f"name one of them: {', '.join(self.open_ones)}"
        return "nothing is left to look at"
