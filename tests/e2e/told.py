"""What receivers must get of an incident: each message whole, in order, with its id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.e2e.incident import Scene

TOPICS: dict[str, set[str] | None] = {
    "team": None,
    "mail": {"incident-opened", "rolled-back", "incident-closed"},
    "slow": {"emergency", "rolled-back"},
    "away": {"incident-opened", "rolled-back"},
    "pager": {"emergency"},
}
"""The channels in the order of rewind.yml, and what each is told of; None: of everything."""

LONGEST = 68
"""The longest subject, without the message's id."""

Mail = tuple[str, str]
"""A subject and a text."""


@dataclass
class Told:
    """The messages so far, by channel. `opened_at` is when the incident was opened."""

    severity: str
    title: str
    opened_at: str = ""
    number: int = 0
    messages: dict[str, list[Mail]] = field(default_factory=lambda: {name: [] for name in TOPICS})

    def opened(self, by: str) -> None:
        self._of_incident(
            "incident-opened", f"I1 opened: {self.title}", [f"Opened by: {by}"], "incident ack I1"
        )

    def called(self, level: int, name: str, contact: str, to: Sequence[str] | None) -> None:
        lines = [f"Called: level {level}, {name}"]
        lines += [f"Contact: {contact}"] if contact else []
        lines += [f"Open since: {self.opened_at}, not acknowledged"]
        words = f"I1 calls {name} (level {level}): {self.title}"
        self._of_incident("escalated", words, lines, "incident ack I1", to)

    def in_hand(self, by: str) -> None:
        self._of_incident(
            "incident-acknowledged",
            f"I1 is in hand: {by}",
            [f"Acknowledged by: {by}"],
            "incident show I1",
        )

    def closed(self, by: str, note: str) -> None:
        lines = [f"Closed by: {by}", f"Note: {note}"]
        self._of_incident("incident-closed", f"I1 closed: {self.title}", lines, "incident show I1")

    def asked(self, by: str, until: str, reason: str, plan: Sequence[str]) -> None:
        self._add(
            "approval-requested",
            "A1 needs approval: rollback",
            [
                f"Asked by: {by}",
                "Needed: 1 x team-lead",
                f"Until: {until}",
                f"Reason: {reason}",
                *(f"Plan: {line}" for line in plan),
            ],
            "rewind approve A1 --env prod",
        )

    def answered(self, verb: str, by: str, lines: Sequence[str], follows: str) -> None:
        words = f"A1 {verb} by {by}"
        self._add(verb, words, [f"{verb.capitalize()} by: {by}", *lines], follows)

    def emergency(self, by: str, reason: str) -> None:
        lines = [
            f"By: {by}, without approval",
            "Releases: r2 -> r1",
            f"Reason: {reason}",
            "Review: needed: it stays open until somebody closes it",
        ]
        words = f"emergency rollback to r1 by {by}"
        self._add("emergency", words, lines, "rewind review list --env prod")

    def rolled_back(self, by: str, reason: str) -> None:
        lines = [f"By: {by}", "Releases: r2 -> r1", f"Reason: {reason}"]
        self._add("rolled-back", "rolled back to r1", lines, "rewind verify --env prod")

    def _of_incident(
        self,
        topic: str,
        words: str,
        lines: Sequence[str],
        command: str,
        to: Sequence[str] | None = None,
    ) -> None:
        about = [f"Incident: I1, {self.title}", "Releases: r2"]
        self._add(topic, words, [*lines, *about], f"rewind {command} --env prod", to)

    def _add(
        self,
        topic: str,
        words: str,
        lines: Sequence[str],
        follows: str,
        to: Sequence[str] | None = None,
    ) -> None:
        subject = f"[prod] {words}"
        if len(subject) > LONGEST:
            subject = f"{subject[: LONGEST - 3]}..."
        text = "\n".join(
            ["Environment: prod", f"Severity: {self.severity}", *lines, "", f"Next: {follows}"]
        )
        for channel, topics in TOPICS.items():
            if channel in to if to is not None else topics is None or topic in topics:
                self.number += 1
                sent = f"Message M{self.number} of prod, sent by dbt-rewind"
                self.messages[channel].append((f"{subject} (M{self.number})", f"{text}\n\n{sent}"))


def received(scene: Scene) -> dict[str, list[Mail]]:
    """What has really arrived, by channel."""
    found: dict[str, list[Mail]] = {name: [] for name in TOPICS}
    servers = [scene.team, scene.slow, *([scene.away] if scene.away else [])]
    for server in servers:
        for place, body in zip(server.places, server.taken, strict=True):
            channel = place.strip("/").partition("?")[0]
            found[channel].append((body["title"], body["message"]))
    found["mail"] = [
        (mail["Subject"], mail.get_content().replace("\r\n", "\n").strip())
        for mail in scene.mails.mails
    ]
    return found
