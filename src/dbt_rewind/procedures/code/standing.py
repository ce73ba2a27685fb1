"""Whether the code is where the data is, told without the network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dbt_rewind.engine.quarantine import Quarantined
from dbt_rewind.engine.workspace import Workspace
from dbt_rewind.errors import GitError, NoRemote
from dbt_rewind.git.reverts import Change, carried
from dbt_rewind.procedures.code.memory import Memory, recall
from dbt_rewind.procedures.code.site import CodeSite, code_site
from dbt_rewind.procedures.code.strategies import still_there


@dataclass(frozen=True, slots=True)
class CodeStanding:
    """`held` is what the branch still has of what was rolled back, at the remote as it was fetched
    last; `remote` is that one, None where there is none, so that the branch here counts.
    `held_here` is what the branch here has and the remote's has not. `conflict` is what waits for a
    person, in the worktree `folder`."""

    branch: str | None
    remote: str | None
    held: tuple[Quarantined, ...]
    held_here: tuple[Quarantined, ...]
    conflict: Memory | None
    folder: Path


def code_standing(workspace: Workspace, entries: Sequence[Quarantined]) -> CodeStanding:
    """Where the environment's code stands. Never raises: what git cannot tell is not told."""
    branch = workspace.environment.branch
    conflict, folder = recall(workspace.code_folder), workspace.code_folder / "worktree"
    if branch is None or not entries:
        return CodeStanding(branch, None, (), (), conflict, folder)
    here = _held_here(workspace, branch, entries)
    site = _site(workspace)
    if site is None or site.remote.fetched(branch) is None:
        return CodeStanding(branch, None, here, (), conflict, folder)
    there = still_there(site, entries)
    left = tuple(each for each in here if each not in there)
    return CodeStanding(branch, site.remote.name, there, left, conflict, folder)


def _site(workspace: Workspace) -> CodeSite | None:
    try:
        return code_site(workspace, lambda _: None)
    except NoRemote:
        return None


def _held_here(
    workspace: Workspace, branch: str, entries: Sequence[Quarantined]
) -> tuple[Quarantined, ...]:
    repository = workspace.repository
    try:
        head = repository.resolve(branch)
        return tuple(
            entry
            for entry in entries
            if carried(
                repository,
                head,
                Change(entry.commit.sha, entry.good.sha),
                workspace.project_path,
            )
        )
    except GitError:
        return ()
