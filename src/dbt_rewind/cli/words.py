"""How figures, times and names are written for people."""

from __future__ import annotations

import re
import textwrap
from datetime import datetime
from typing import Final

from dbt_rewind import clock
from dbt_rewind.model import Commit, Event, TestSummary
from dbt_rewind.redact import redact

_STEERS: Final = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""What no terminal shows: what moves its cursor, asks it something, or turns the text around."""


def shown(text: str) -> str:
    """The text as a terminal may have it: what would steer the terminal is spelled out.

    People and other programs write titles, notes and messages. Ends of lines and tabs stay.
    """
    return _STEERS.sub(lambda match: ascii(match[0])[1:-1], text)


def on_one_line(text: str) -> str:
    """The text as a terminal may have it, with one space for every run of white space."""
    return shown(" ".join(text.split()))


def release_of(event: Event) -> str:
    """The release that an event of a publish, a repair or an eject is about."""
    return f"r{event.payload.get('release')}"


def begun(event: Event) -> str:
    """What has moved some names and not others: `the rollback to r1`."""
    operation = event.payload.get("operation", event.kind.value)
    way = "to" if operation == "rollback" else "of"
    return f"the {operation} {way} {release_of(event)}"


def moment(at: datetime) -> str:
    """`2026-11-23 14:05 UTC`."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def ago(at: datetime) -> str:
    """The time since `at` in its largest unit: `12 minutes ago`."""
    seconds = max(0.0, (clock.now() - at).total_seconds())
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            return f"{count(int(seconds // size), unit)} ago"
    return "just now" if seconds < 10 else f"{int(seconds)} seconds ago"


def lasting(seconds: float) -> str:
    """A duration: `12 ms`, `3.4 s`, `2 min 5 s`."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds // 60)} min {int(seconds % 60)} s"


def sized(size: int) -> str:
    """A size in its largest unit, of powers of 1000: `1.2 MB`."""
    for factor, unit in ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size} B"


def count(number: int, noun: str, plural: str | None = None) -> str:
    """`1 pointer`, `12 pointers`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def commit_words(commit: Commit) -> str:
    """`9f3c2a1 v1.2.0  Simplify the sales summary`."""
    tags = "".join(f" {tag}" for tag in commit.tags)
    return clipped(f"{commit.sha[:7]}{tags}  {commit.subject}", 66)


def tests_words(tests: TestSummary) -> str:
    """`58 tests passed`, with whatever else they did; `no test run` where none was."""
    if not (tests.passed or tests.warned or tests.failed):
        return "no test run"
    words = f"{count(tests.passed, 'test')} passed"
    for number, word in ((tests.warned, "warned"), (tests.failed, "failed")):
        words += f", {number} {word}" if number else ""
    return words


def wrapped(head: str, text: str, width: int = 80) -> list[str]:
    """`text` after `head` in lines of at most `width`, later ones as far in as the text's first.

    Words longer than a line, such as paths and names to be copied, stay whole.
    """
    return textwrap.wrap(
        on_one_line(redact(text)),
        width,
        initial_indent=head,
        subsequent_indent=" " * len(head),
        break_long_words=False,
        break_on_hyphens=False,
    ) or [head]


def clipped(text: str, width: int) -> str:
    """`text` in at most `width` characters, its end cut where it is longer."""
    text = shown(redact(text))
    return text if len(text) <= width else text[: max(0, width - 1)] + "…"
