"""Where an environment's code lives: its branch at a remote, and the bench beside the project."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Literal

from dbt_rewind.engine.workspace import Workspace
from dbt_rewind.errors import NoRemote
from dbt_rewind.git.remote import Remote
from dbt_rewind.git.repository import Repository
from dbt_rewind.integrations.pull_requests import ByHand, PullRequests
from dbt_rewind.state_folder import make_state_folder


@dataclass(frozen=True, slots=True)
class CodeSite:
    """The environment's branch at a remote. `project` is the dbt project's folder in it, `folder`
    where commits are made, `push` as `git.push` in rewind.yml says, `person` who acts."""

    environment: str
    repository: Repository
    remote: Remote
    branch: str
    project: PurePosixPath
    folder: Path
    push: Literal["auto", "direct", "pull-request", "never"]
    person: str
    pull_requests: Callable[[], PullRequests]


def has_code(workspace: Workspace) -> bool:
    """Whether there is a branch at a remote that a rollback could take back."""
    return bool(workspace.environment.branch) and bool(_remote(workspace).address)


def code_site(workspace: Workspace, warn: Callable[[str], None]) -> CodeSite:
    """The environment's; `warn` is told why no host opens pull requests. Raises NoRemote."""
    branch, remote = workspace.environment.branch, _remote(workspace)
    address = remote.address
    if branch is None or not address:
        raise NoRemote(workspace.name, branch, remote.name)
    make_state_folder(workspace.state_folder)
    return CodeSite(
        workspace.name,
        workspace.repository,
        remote,
        branch,
        workspace.project_path,
        workspace.code_folder,
        workspace.config.git.push,
        workspace.person,
        partial(_pull_requests, workspace, address, warn),
    )


def _pull_requests(workspace: Workspace, address: str, warn: Callable[[str], None]) -> PullRequests:
    if workspace.config.github.repository is None and "github" not in address:
        return ByHand(address)
    from dbt_rewind.procedures.pull_requests import pull_requests_of

    return pull_requests_of(workspace, address, warn)


def _remote(workspace: Workspace) -> Remote:
    return Remote(workspace.repository, workspace.config.git.remote)
