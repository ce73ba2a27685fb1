"""Who opens pull requests for a project: its host, or a person."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from dbt_rewind.engine.workspace import Workspace
    from dbt_rewind.integrations.pull_requests import PullRequests

SECONDS: Final = 20.0
"""The longest that one answer of GitHub's may take."""


def pull_requests_of(
    workspace: Workspace, address: str, warn: Callable[[str], None]
) -> PullRequests:
    """Those of the repository on GitHub that rewind.yml or CI names, or the remote of `git` leads
    to. Where GitHub cannot be asked (no token, another host), `warn` gets the reason, and
    what `address`, the remote's, tells is all that is done."""
    from dbt_rewind.integrations.channel import ChannelUnusable
    from dbt_rewind.integrations.github_place import place_of
    from dbt_rewind.integrations.github_pulls import GithubPullRequests
    from dbt_rewind.integrations.pull_requests import ByHand

    try:
        place = place_of(workspace.config.github, workspace.root, workspace.config.git.remote)
        return GithubPullRequests(place.open(SECONDS), warn)
    except ChannelUnusable as error:
        warn(f"nobody asks GitHub for a pull request: {error.problem} ({error.fix})")
        return ByHand(address)
