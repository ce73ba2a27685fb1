"""The root of the error tree and the exit codes that scripts may rely on."""

from __future__ import annotations

from dataclasses import fields
from enum import IntEnum
from typing import Any, ClassVar


class ExitCode(IntEnum):
    """What a command's exit status means. A contract: numbers are never reused."""

    OK = 0
    INTERNAL = 1
    USAGE = 2
    INPUT = 3
    GIT = 4
    DBT = 5
    BUILD = 6
    LOCKED = 7
    CONFLICT = 8
    NO_SUCH_RELEASE = 9
    VERIFY_FAILED = 10
    UNVERIFIED = 11
    WAREHOUSE = 12
    LEDGER = 13
    GATE = 14
    UNWELL = 15
    APPROVAL = 16
    QUARANTINED = 17
    WITHDRAWN = 18
    APART = 19
    CRITICAL = 20
    HIGH = 21
    MEDIUM = 22
    LOW = 23
    BACKUP = 24
    RUN_FAILED = 25
    INTERRUPTED = 130


class RewindError(Exception):
    """Anything that stops a command, said once and clearly.

    Every leaf is a dataclass: its fields are the facts, `message` says what is wrong and where,
    `hint` what to do next. Code branches on the class, never on the words.
    """

    slug: ClassVar[str]
    exit_code: ClassVar[ExitCode]

    @property
    def message(self) -> str:
        raise AssertionError(f"{type(self).__name__} has no message")

    @property
    def hint(self) -> str:
        raise AssertionError(f"{type(self).__name__} has no hint")

    @property
    def details(self) -> tuple[str, ...]:
        """Lines that show more of what is wrong, where one sentence cannot."""
        return ()

    def __str__(self) -> str:
        return self.message

    def facts(self) -> dict[str, Any]:
        """The leaf's fields by name, for `--json`; values may need turning into text."""
        names = [field.name for field in fields(self)]  # type: ignore[arg-type]
        return {name: getattr(self, name) for name in names}
