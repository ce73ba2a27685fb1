"""Runs dbt's tests against the live release, on the code that it was built from."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dbt_rewind.dbt.manifest import Manifest
    from dbt_rewind.dbt.version import Built
    from dbt_rewind.engine.workspace import Workspace


def run_live_tests(
    workspace: Workspace,
    sha: str,
    state: Manifest,
    select: Sequence[str],
    withheld: Collection[str] = (),
) -> Built:
    """What the tests say now. `sha` is the live commit, `state` the live release's manifest. Tests
    of `withheld` nodes are left out: they look at what flags keep from users.

    Where the warehouse admits one process only, its connection must be closed.
    Raises GitFailed, DbtError.
    """
    with workspace.open_version(sha) as version:
        # What users know the failing rows by is not for a check to write.
        version.place(dict.fromkeys(version.parse().kept_failures))
        built = version.test(select, state)
    return built.without_tests_of(withheld)
