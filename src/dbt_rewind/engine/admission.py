"""Admission: whether a deploy brings what was rolled back."""

from __future__ import annotations

from dbt_rewind.engine.build_plan import DeployRequest
from dbt_rewind.engine.history import WAS_LIVE, History
from dbt_rewind.engine.quarantine import Quarantined, quarantined
from dbt_rewind.errors import CommitQuarantined
from dbt_rewind.git.reverts import Carried
from dbt_rewind.model import ReleaseKind


def require_admitted(history: History, request: DeployRequest) -> None:
    """Raises CommitQuarantined where the request would bring back what is in quarantine.

    That is so for the very commit, for an equal project, and for every commit that still holds it,
    unless its project equals a release that was live and is not in quarantine, or the live release
    holds it as well. A refresh goes on with the live code. Git is asked only where something is in
    quarantine; raises ShallowClone, GitFailed where it cannot tell.
    """
    entries = quarantined(history)
    if not entries or request.kind is ReleaseKind.REFRESH:
        return
    for entry in entries:
        if entry.commit.sha == request.commit.sha or entry.build_key == request.build_key:
            raise _refused(history, request, entry, Carried(entry.commit.sha))
    if _was_healthy(history, request.build_key, entries):
        return
    for entry in entries:
        carried = request.carries(request.commit.sha, entry)
        if carried is None:
            continue
        if history.live is None or request.carries(history.live.commit.sha, entry) is None:
            raise _refused(history, request, entry, carried)


def _was_healthy(history: History, key: str, entries: tuple[Quarantined, ...]) -> bool:
    return any(
        release.build_key == key
        and release.state in WAS_LIVE
        and not any(entry.is_of(release) for entry in entries)
        for release in history.releases.values()
    )


def _refused(
    history: History, request: DeployRequest, entry: Quarantined, carried: Carried
) -> CommitQuarantined:
    return CommitQuarantined(
        environment=history.environment,
        commit=request.commit.sha,
        release=entry.id,
        quarantined=entry.commit.sha,
        subject=entry.commit.subject,
        good=entry.good.sha,
        by=entry.by,
        at=f"{entry.at:%Y-%m-%d %H:%M} UTC",
        reason=entry.reason,
        carried_by=carried.by,
        unseen=carried.unseen,
    )
