"""From what a person names (a ref, a selection) to what the engine is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from dbt_rewind.engine.asking import asking_of
from dbt_rewind.engine.backups.before_deploy import backup_first, is_backed_up
from dbt_rewind.engine.build_key import build_key
from dbt_rewind.engine.build_plan import DeployRequest, FindCarried, nothing_before
from dbt_rewind.engine.history import ReleaseSummary
from dbt_rewind.engine.judge import Asking
from dbt_rewind.engine.quarantine import Quarantined
from dbt_rewind.engine.settings import flags_of, rules_of
from dbt_rewind.engine.workspace import Workspace
from dbt_rewind.errors import GateUnknown, GitError, ReasonNeeded, UncommittedChanges
from dbt_rewind.git.repository import Repository
from dbt_rewind.git.reverts import Carried, Change, carried
from dbt_rewind.model import Gate, ReleaseKind


def deploy_request(
    workspace: Workspace,
    ref: str | None,
    *,
    select: tuple[str, ...] = (),
    selector: str | None = None,
    full: bool = False,
    full_refresh: bool = False,
    retries: int | None = None,
    reason: str = "",
    repair: bool = False,
    accepted: tuple[str, ...] = (),
    asking: Asking | None = None,
    backup: bool = True,
) -> DeployRequest:
    """The request to deploy `ref`; without one, the checkout's commit. A `backup` is made first
    where rewind.yml wants it; without one, the reason has to be given.

    Raises UncommittedChanges where the checkout is meant but holds more than its commit,
    UnknownRef, ShallowClone, GitFailed, GateUnknown, ReasonNeeded.
    """
    require_accepted(accepted, reason)
    if not backup and not reason.strip():
        raise ReasonNeeded("--no-backup")
    repository = workspace.repository
    if ref is None and (changed := repository.uncommitted(workspace.project_path)):
        raise UncommittedChanges(changed)
    sha = repository.resolve("HEAD" if ref is None else ref)
    return DeployRequest(
        commit=repository.commit(sha),
        build_key=commit_key(workspace, sha),
        by=workspace.person,
        open_version=lambda: workspace.open_version(sha),
        select=select,
        selector=selector,
        full=full,
        retries=workspace.config.dbt.retries if retries is None else retries,
        reason=reason,
        repair=repair,
        full_refresh=full_refresh,
        rules=rules_of(workspace.config),
        accepted=accepted,
        carries=carries_in(workspace),
        asking=asking or asking_of(workspace),
        flags=flags_of(workspace.config),
        contains=lambda older: _contains(repository, older, sha),
        before_build=backup_first(workspace)
        if backup and is_backed_up(workspace)
        else nothing_before,
    )


def refresh_request(
    workspace: Workspace,
    live: ReleaseSummary,
    *,
    select: tuple[str, ...] = (),
    selector: str | None = None,
    full_refresh: bool = False,
    retries: int | None = None,
    reason: str = "",
    accepted: tuple[str, ...] = (),
) -> DeployRequest:
    """The request to build the live release's code again, on today's source data.

    Raises ShallowClone and UnknownRef where this clone lacks its commit, GateUnknown,
    ReasonNeeded.
    """
    require_accepted(accepted, reason)
    sha = workspace.repository.resolve(live.commit.sha)
    return DeployRequest(
        commit=live.commit,
        build_key=live.build_key,
        by=workspace.person,
        open_version=lambda: workspace.open_version(sha),
        select=select,
        selector=selector,
        retries=workspace.config.dbt.retries if retries is None else retries,
        reason=reason,
        kind=ReleaseKind.REFRESH,
        full_refresh=full_refresh,
        rules=rules_of(workspace.config),
        accepted=accepted,
        asking=asking_of(workspace),
        flags=flags_of(workspace.config),
    )


def _contains(repository: Repository, older: str, newer: str) -> bool | None:
    try:
        return repository.is_ancestor(older, newer)
    except GitError:
        return None  # such as a clone without the older one


def require_accepted(accepted: Sequence[str], reason: str) -> None:
    """Raises GateUnknown where one of `accepted` names no gate, ReasonNeeded without a reason."""
    known = tuple(gate.value for gate in Gate)
    for each in accepted:
        if each.partition(":")[0] not in known:
            raise GateUnknown(each, known)
    if accepted and not reason.strip():
        raise ReasonNeeded("--accept")


def carries_in(workspace: Workspace) -> FindCarried:
    """Asks the workspace's git, and each question once."""

    @cache
    def carries(sha: str, entry: Quarantined) -> Carried | None:
        change = Change(entry.commit.sha, entry.good.sha)
        return carried(workspace.repository, sha, change, workspace.project_path)

    return carries


def commit_key(workspace: Workspace, sha: str) -> str:
    """The build key of a commit in the workspace's environment."""
    return build_key(
        workspace.repository,
        sha,
        workspace.project_path,
        workspace.config.dbt.requirements,
        workspace.environment.target,
        workspace.environment.vars,
    )
