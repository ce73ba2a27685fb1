"""The incident asked for cannot be had, or not be had in hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dbt_rewind.errors.conflict import ConflictError
from dbt_rewind.errors.input import InputError


@dataclass(eq=False)
class IncidentNotFound(InputError):
    """No incident has that id."""

    slug: ClassVar[str] = "incident-not-found"

    wanted: str
    environment: str

    @property
    def message(self) -> str:
        return f"{self.environment} has no incident {self.wanted}"

    @property
    def hint(self) -> str:
        return "`rewind incident list --all` has them all; an id looks like I3"


@dataclass(eq=False)
class NoIncidentOpen(InputError):
    """None was named, and none is open."""

    slug: ClassVar[str] = "no-incident-open"

    environment: str

    @property
    def message(self) -> str:
        return f"no incident is open in {self.environment}"

    @property
    def hint(self) -> str:
        return "name one of `rewind incident list --all`, or open one: `rewind incident open TITLE`"


@dataclass(eq=False)
class IncidentOpen(ConflictError):
    """A release has at most one open incident."""

    slug: ClassVar[str] = "incident-open"

    incident: str
    title: str
    release: str | None
    environment: str

    @property
    def message(self) -> str:
        about = f" of {self.release}" if self.release else ""
        return f"{self.incident}{about} is open already in {self.environment}: {self.title}"

    @property
    def hint(self) -> str:
        return f"add to it with `rewind incident note {self.incident} TEXT`, or close it first"


@dataclass(eq=False)
class IncidentClosed(ConflictError):
    """It is over, so that nobody can have it in hand or close it."""

    slug: ClassVar[str] = "incident-closed"

    incident: str
    by: str

    @property
    def message(self) -> str:
        return f"{self.incident} was closed by {self.by}; nothing was changed"

    @property
    def hint(self) -> str:
        return (
            f"`rewind incident note {self.incident} TEXT` still adds to it; if it is back, open"
            " another with `rewind incident open`"
        )


@dataclass(eq=False)
class WordsNeeded(InputError):
    """A title or a note is empty, or too long to be one."""

    slug: ClassVar[str] = "words-needed"

    what: str
    problem: str

    @property
    def message(self) -> str:
        return f"{self.what} {self.problem}; nothing was changed"

    @property
    def hint(self) -> str:
        return "say in a few words what is wrong, or what was done, in quotes"
