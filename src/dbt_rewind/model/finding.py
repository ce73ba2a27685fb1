"""What an examination finds: one small question, its answer, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Health(StrEnum):
    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True)
class Finding:
    """`found` is what was seen, `fix` what makes it good where it is not; `details` are lines to go
    with the fix, such as statements to run."""

    name: str
    health: Health
    found: str
    fix: str = ""
    details: tuple[str, ...] = ()
