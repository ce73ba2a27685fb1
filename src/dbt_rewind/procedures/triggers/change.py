"""The change that the live release has brought: from which commit to which."""

from __future__ import annotations

from dataclasses import dataclass

from dbt_rewind.model import release_id
from dbt_rewind.procedures.triggers.subject import Subject


@dataclass(frozen=True, slots=True)
class Change:
    """From the commit `older`, which is that of the release `since`, to the commit `newer`."""

    older: str
    newer: str
    since: str


def change_of(subject: Subject) -> Change | None:
    """What lies between the live release and the one that was live before it; None for the first
    of all."""
    number = subject.history.before(subject.live.number)
    if number is None:
        return None
    older = subject.history.releases[number].commit.sha
    return Change(older, subject.live.commit.sha, release_id(number))
