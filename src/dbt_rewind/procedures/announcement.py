"""The form of every message: one line that says what, and its facts, one a line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from dbt_rewind.model import Severity, Topic

SUBJECT: Final = 78
"""The longest subject, with the message's id behind it: what a line of a mail's head may have."""

_ROOM_FOR_ID: Final = len(" (M123456)")

_LONGEST_FACT: Final = 2_000
"""Somebody's note may be a whole log, which no receiver would take."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """What is to be told. `about` says what of, such as `I3` or `publish 41`: with the topic it is
    the announcement's key, and the same is told once. `facts` are for other systems."""

    topic: Topic
    about: str
    severity: Severity | None
    subject: str
    body: str
    facts: Mapping[str, str] = field(default_factory=dict)


def subject_of(environment: str, words: str) -> str:
    """One line that begins with the environment and leaves room for the message's id."""
    line = " ".join(f"[{environment}] {words}".split())
    room = SUBJECT - _ROOM_FOR_ID
    return line if len(line) <= room else line[: room - 3] + "..."


def body_of(
    environment: str,
    severity: Severity | None,
    lines: Iterable[tuple[str, str]],
    command: str,
) -> str:
    """Plain text, one fact a line; what is empty is left out."""
    facts = (
        ("Environment", environment),
        ("Severity", severity.value if severity else ""),
        *lines,
    )
    told = [f"{name}: {_shortened(text)}" for name, text in facts if text]
    return "\n".join([*told, "", f"Next: {command}"])


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_FACT else text[: _LONGEST_FACT - 3] + "..."
