"""Incidents as issues on GitHub: one issue an incident, one comment a message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from dbt_rewind.integrations import github_words
from dbt_rewind.integrations.channel import DeliveryRefused
from dbt_rewind.integrations.github_api import Github, Issue
from dbt_rewind.model import Message, Topic

_CLOCKS_DIFFER: Final = timedelta(hours=1)


@dataclass(slots=True)
class GithubIssues:
    """`labels` are those of every issue, beside the incident's severity. Nothing is made twice:
    each text has a mark, which is looked for before the text is written."""

    github: Github
    labels: Sequence[str] = ()
    _found: dict[str, Issue] = field(default_factory=dict)

    @property
    def keeps_order(self) -> bool:
        return True

    def send(self, environment: str, message: Message) -> str | None:
        if "incident" not in message.facts:
            raise DeliveryRefused("it belongs to no incident")
        with self.github.connected():
            issue = self._issue(environment, message)
            if message.topic is not Topic.INCIDENT_OPENED:
                self._comment(environment, message, issue)
            if message.topic is Topic.INCIDENT_CLOSED:
                self.github.close(issue.number, "completed")
        return issue.address

    def try_out(self, subject: str, body: str) -> str | None:
        with self.github.connected():
            text = github_words.marked(body, "<!-- dbt-rewind test -->")
            issue = self.github.create(subject, text, self.labels)
            self.github.close(issue.number, "not_planned")
        if missing := sorted(set(self.labels) - set(issue.labels)):
            raise DeliveryRefused(
                f"{issue.address} was made without its labels ({', '.join(missing)}), which needs"
                " a token that may push"
            )
        return issue.address

    def _issue(self, environment: str, message: Message) -> Issue:
        """The incident's issue: the one that is linked, the one that a killed process has left
        unrecorded, or a new one."""
        mark = github_words.incident_mark(environment, message)
        if mark not in self._found:
            self._found[mark] = (
                self.github.at(message.facts.get("link", ""))
                or self._left(mark, message)
                or self._created(environment, message)
            )
        return self._found[mark]

    def _left(self, mark: str, message: Message) -> Issue | None:
        opened = message.facts.get("opened_at")
        since = datetime.fromisoformat(opened) if opened else message.at
        marked = [each for each in self.github.issues(since - _CLOCKS_DIFFER) if mark in each.body]
        # The first is ours: others may copy a mark once they have seen it.
        return min(marked, key=lambda issue: issue.number, default=None)

    def _created(self, environment: str, message: Message) -> Issue:
        is_opening = message.topic is Topic.INCIDENT_OPENED
        words = github_words.opened if is_opening else github_words.opening
        severity = message.facts.get("severity")
        return self.github.create(
            github_words.title_of(environment, message),
            words(environment, message),
            (*self.labels, *((severity,) if severity else ())),
        )

    def _comment(self, environment: str, message: Message, issue: Issue) -> None:
        mark = github_words.message_mark(environment, message)
        written = self.github.comments(issue.number, message.at - _CLOCKS_DIFFER)
        if not any(mark in text for text in written):
            self.github.comment(issue.number, github_words.comment(environment, message))
