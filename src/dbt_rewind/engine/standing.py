"""Where the live release stands towards its branch."""

from __future__ import annotations

from dbt_rewind.engine.requests import commit_key
from dbt_rewind.engine.status import BranchDistance
from dbt_rewind.engine.workspace import Workspace
from dbt_rewind.errors import GitError
from dbt_rewind.warehouse.protocol import LedgerReader


def live_distance(workspace: Workspace, reader: LedgerReader) -> BranchDistance | None:
    """How far the live commit is from the environment's branch.

    None where nothing is live, the environment has no branch, or this clone does not have it.
    """
    branch = workspace.environment.branch
    live = workspace.history(reader).live
    if branch is None or live is None:
        return None
    try:
        head = workspace.repository.resolve(branch)
    except GitError:
        return None
    return BranchDistance(
        branch,
        head,
        workspace.repository.commits_between(live.commit.sha, head),
        commit_key(workspace, head) == live.build_key,
    )
