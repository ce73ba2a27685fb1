"""How incidents and messages look on GitHub, and the marks by which they are found again."""

from __future__ import annotations

import re
from typing import Final

from dbt_rewind.integrations.channel import signed
from dbt_rewind.model import Message

_LONGEST_TITLE: Final = 256
_LONGEST_TEXT: Final = 60_000

_TICKS = re.compile(r"`+")


def title_of(environment: str, message: Message) -> str:
    """The title of the issue for the message's incident."""
    facts = message.facts
    line = " ".join(f"[{environment}] {facts['incident']}: {facts.get('title', '')}".split())
    return line if len(line) <= _LONGEST_TITLE else line[: _LONGEST_TITLE - 3] + "..."


def opening(environment: str, message: Message) -> str:
    """The first text of the issue: the message, if it tells of the opening, and otherwise what is
    known of the incident."""
    facts = message.facts
    lines = (
        f"Environment: {environment}",
        f"Severity: {facts.get('severity', '')}",
        f"Incident: {facts['incident']}, {facts.get('title', '')}",
        f"Opened: {facts.get('opened_at', '')}",
    )
    return marked("\n".join(lines), incident_mark(environment, message))


def opened(environment: str, message: Message) -> str:
    return marked(signed(environment, message), incident_mark(environment, message))


def comment(environment: str, message: Message) -> str:
    return marked(signed(environment, message), message_mark(environment, message))


def incident_mark(environment: str, message: Message) -> str:
    """The time tells incidents of the same number apart: of two projects with one repository, or of
    one whose ledger was begun anew."""
    facts = message.facts
    return _mark(facts["incident"], environment, facts.get("opened_at", ""))


def message_mark(environment: str, message: Message) -> str:
    return _mark(message.id, environment, message.at.isoformat())


def marked(text: str, mark: str) -> str:
    """The words as they are, so that nobody is mentioned and nothing is linked by accident, with a
    mark that is not shown."""
    if len(text) > _LONGEST_TEXT:
        text = text[: _LONGEST_TEXT - 3] + "..."
    longest = max((len(ticks) for ticks in _TICKS.findall(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}\n\n{mark}\n"


def _mark(name: str, environment: str, at: str) -> str:
    return f"<!-- dbt-rewind {name} {environment} {at} -->"
