"""What follows a hotfix: the run that its merge starts, watched to its end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from dbt_rewind.cli.screen import Screen
from dbt_rewind.errors import RewindError
from dbt_rewind.procedures.code.delivery import Way

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dbt_rewind.engine.workspace import Workspace
    from dbt_rewind.integrations.github_runs import Job, Run
    from dbt_rewind.procedures.code.take_back import CodeOutcome

LIMIT: Final = timedelta(hours=1)


def watch_deployment(
    screen: Screen, workspace: Workspace, outcome: CodeOutcome
) -> dict[str, Any] | None:
    """Looks at the run every 30 seconds until it has ended, and returns its facts; None where
    nothing was merged, or nobody can look. Never raises: what users see does not depend on it."""
    delivered = outcome.delivered
    if delivered is None or delivered.way is not Way.MERGED:
        return None
    from dbt_rewind.procedures.runs import EVERY, Wanted, open_runs, watch_run

    try:
        _, runs = open_runs(workspace.root)
        run = watch_run(
            runs,
            Wanted(sha=delivered.sha),
            every=EVERY,
            limit=LIMIT,
            tell=_Told(screen),
            warn=screen.warn,
        )
    except RewindError as error:
        screen.warn(f"the deployment is not watched: {error.message}")
        return None
    if not run.is_good:
        screen.warn(f"the deployment has not gone well ({run.state}): rewind run logs {run.id}")
    return {"id": run.id, "state": run.state, "good": run.is_good}


@dataclass(slots=True)
class _Told:
    screen: Screen
    last: str = ""

    def __call__(self, run: Run, jobs: Sequence[Job]) -> None:  # noqa: ARG002
        words = f"  deployment     {run.workflow} {run.id}: {run.state}"
        if words != self.last:
            self.screen.tell(words)
            self.last = words
