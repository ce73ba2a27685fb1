"""Which release to go back to."""

from __future__ import annotations

import re
from collections.abc import Callable

from dbt_rewind.engine.history import HEALTHY, RESTORABLE, History, ReleaseState, ReleaseSummary
from dbt_rewind.errors import (
    NothingEarlier,
    NothingLive,
    ReleaseIsLive,
    ReleaseNotFound,
    ReleaseNotRestorable,
)
from dbt_rewind.model import release_number

FindCommit = Callable[[str], str | None]
"""Gives the commit that git knows by a name, or None."""


_WHY_NOT = {
    ReleaseState.BUILDING: "it is being built",
    ReleaseState.BUILT: "it was never published",
    ReleaseState.FAILED: "its build or a test failed",
    ReleaseState.STOPPED: "a gate stopped it before it went live",
    ReleaseState.ABORTED: "its deploy was stopped and undone",
    ReleaseState.PRUNED: "its relations were pruned",
    ReleaseState.LOST: "it was lost with the database that a backup has replaced",
}


def choose_target(history: History, wanted: str | None, find_commit: FindCommit) -> ReleaseSummary:
    """The release to go back to.

    Without `wanted`, the last healthy release before the live one. Otherwise a release id, a tag
    or a commit: the newest restorable release of that commit.
    Raises NothingLive, NothingEarlier, ReleaseNotFound, ReleaseNotRestorable.
    """
    if history.live is None:
        raise NothingLive(history.environment)
    if wanted is None:
        number = default_target(history)
        if number is None:
            raise NothingEarlier(history.environment, history.live.id)
        return history.releases[number]
    target = find_release(history, wanted, find_commit)
    if target.number == history.live.number:
        raise ReleaseIsLive(history.environment, target.id)
    require_restorable(target)
    return target


def require_restorable(release: ReleaseSummary) -> None:
    """Raises ReleaseNotRestorable where the release was never live, or is gone."""
    if release.state not in RESTORABLE:
        raise ReleaseNotRestorable(release.id, _WHY_NOT[release.state])


def default_target(history: History) -> int | None:
    """The last healthy release before the live one: where a rollback goes that names none.

    Goes back from release to release as users saw them, past those that proved bad. What was live
    before counts, and not the number below: after r1, r2, r3, a rollback to r1 and the deploy of
    r4, the way back from r4 leads to r1. None where nothing is live, or nothing was before.
    """
    number = history.before(history.live.number) if history.live else None
    while number is not None:
        if history.releases[number].state in HEALTHY:
            return number
        number = history.before(number)
    return None


def find_release(history: History, wanted: str, find_commit: FindCommit) -> ReleaseSummary:
    """The release with that id, or the newest of that tag or commit, restorable ones first.

    Raises ReleaseNotFound.
    """
    number = release_number(wanted)
    found = history.releases.get(number) if number else _of_commit(history, wanted, find_commit)
    if found is None:
        raise ReleaseNotFound(wanted, history.environment)
    return found


def _of_commit(history: History, wanted: str, find_commit: FindCommit) -> ReleaseSummary | None:
    matching = [release for release in history.newest_first() if wanted in release.commit.tags]
    if not matching:
        # A prefix of a recorded commit needs no git, so that a rollback works without a checkout.
        is_prefix = re.fullmatch(r"[0-9a-f]{7,64}", wanted)
        matching = _made_of(history, wanted) if is_prefix else []
    if not matching and (sha := find_commit(wanted)) is not None:
        matching = _made_of(history, sha)
    restorable = [release for release in matching if release.state in RESTORABLE]
    return next(iter(restorable or matching), None)


def _made_of(history: History, sha: str) -> list[ReleaseSummary]:
    return [each for each in history.newest_first() if each.commit.sha.startswith(sha)]
