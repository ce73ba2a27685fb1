"""What was done to an environment's code, as its events tell it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dbt_rewind.model import RollbackStrategy


def code_changed_payload(
    strategy: RollbackStrategy,
    *,
    remote: str,
    branch: str,
    way: str,
    to: str,
    commit: str,
    commits: Sequence[str],
    releases: Sequence[int],
    address: str,
    by: str,
) -> Mapping[str, Any]:
    """`way` says how it was done, `to` is the branch that `commit` was pushed to (`branch`, or one
    beside it), `commits` are those that were reverted or picked, in that order; `address` is where
    a pull request is, empty where there is none."""
    return {
        "strategy": strategy.value,
        "remote": remote,
        "branch": branch,
        "way": way,
        "to": to,
        "commit": commit,
        "commits": list(commits),
        "releases": list(releases),
        "address": address,
        "by": by,
    }


def code_refused_payload(
    strategy: RollbackStrategy,
    *,
    remote: str,
    branch: str,
    slug: str,
    message: str,
    releases: Sequence[int],
    by: str,
) -> Mapping[str, Any]:
    """`slug` and `message` are those of the error that was in the way."""
    return {
        "strategy": strategy.value,
        "remote": remote,
        "branch": branch,
        "slug": slug,
        "message": message,
        "releases": list(releases),
        "by": by,
    }
