"""From what a person names (a ref, a selection) to what the engine is asked for."""

from __future__ import annotations

from dbt_rewind.engine.build_key import build_key
from dbt_rewind.engine.build_plan import DeployRequest
from dbt_rewind.engine.workspace import Workspace
from dbt_rewind.errors import UncommittedChanges


def deploy_request(
    workspace: Workspace,
    ref: str | None,
    *,
    select: tuple[str, ...] = (),
    selector: str | None = None,
    full: bool = False,
    retries: int | None = None,
    reason: str = "",
    repair: bool = False,
) -> DeployRequest:
    """The request to deploy `ref`; without one, the checkout's commit.

    Raises UncommittedChanges where the checkout is meant but holds more than its commit,
    UnknownRef, ShallowClone, GitFailed.
    """
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
    )


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
