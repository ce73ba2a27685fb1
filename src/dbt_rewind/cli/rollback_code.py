"""The code side of `rewind rollback`: after the data, or by itself with --code-only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import typer

from dbt_rewind.cli.code_words import (
    code_facts,
    code_question,
    say_code_outcome,
    say_code_plan,
)
from dbt_rewind.cli.errors_told import error_facts, say_error
from dbt_rewind.cli.rollback_asked import Asked
from dbt_rewind.cli.screen import Screen
from dbt_rewind.cli.words import wrapped
from dbt_rewind.engine.quarantine import Quarantined, quarantined, quarantined_after
from dbt_rewind.errors import CodeApart, ExitCode, GitError, NothingLive
from dbt_rewind.model import RollbackStrategy
from dbt_rewind.procedures.announce import deliver
from dbt_rewind.procedures.code.site import CodeSite, code_site, has_code
from dbt_rewind.procedures.code.strategies import (
    Choice,
    plan_code,
    require_possible,
    roll_code_back,
    still_there,
    unproposed,
)

if TYPE_CHECKING:
    from dbt_rewind.cli.rollback_words import Outcome
    from dbt_rewind.engine.history import History
    from dbt_rewind.engine.rollback import RollbackPlan
    from dbt_rewind.procedures.code.plan import CodePlan


_GLANCE: Final = 20.0
"""The longest that a person waits to be shown what will be done to the code, in seconds."""


@dataclass(frozen=True, slots=True)
class CodeSaid:
    """What was said of the code: `facts` for the document, `words` for the question, and `error`
    where the code is not where the data is."""

    facts: dict[str, Any]
    words: str = ""
    error: CodeApart | None = None

    def end(self) -> None:
        """Ends the command with the exit code that says so."""
        if self.error is not None:
            say_error(self.error)
            raise typer.Exit(ExitCode.APART)

    def end_alone(self, screen: Screen, environment: str, *, dry_run: bool) -> None:
        """The same of a command that has done nothing but this, with its document."""
        facts = {"environment": environment, "dry_run": dry_run, "code": self.facts}
        error = {"error": error_facts(self.error)} if self.error else {}
        screen.document("rollback", {**facts, **error})
        self.end()


def preview_code(
    asked: Asked, strategy: RollbackStrategy | None, history: History, planned: RollbackPlan
) -> CodeSaid | None:
    """Shows what will be done to the code; None where that is nothing."""
    source, target = planned.live.number, planned.target.number
    chosen = _chosen(asked, strategy)
    if chosen is None:
        return None
    if target > source:
        _say_forward(asked)
        return None
    by, reason = asked.workspace.person, asked.reason
    entries = quarantined_after(history, source, target, by=by, reason=reason)
    site = code_site(asked.workspace, asked.screen.warn)
    try:
        plan = plan_code(asked.workspace, site, _choice(asked, chosen), entries)(
            site.remote.fetch(site.branch, timeout=_GLANCE)
        )
    except GitError as error:
        words = f"what will be done to {site.branch} cannot be told now: {error.message}"
        asked.screen.tell("\n".join(wrapped("  code: ", words)), fg="yellow")
        return CodeSaid({"strategy": chosen, "problem": error.message})
    say_code_plan(asked.screen, site, plan)
    words = "" if plan.is_nothing else f", and {code_question(plan)}"
    return CodeSaid(code_facts(site, plan), words)


def follow_with_code(
    asked: Asked, strategy: RollbackStrategy | None, outcome: Outcome
) -> CodeSaid | None:
    """Takes the code to where the data is now; None where it is left alone."""
    chosen = _chosen(asked, strategy)
    planned = outcome.planned
    if chosen is None or planned.target.number > planned.live.number:
        return None
    site = code_site(asked.workspace, asked.screen.warn)
    return _taken_back(asked, site, chosen, outcome.quarantine, planned.target.id)


def roll_code_only(asked: Asked, strategy: RollbackStrategy | None) -> None:
    """`--code-only`: what is in quarantine leaves the branch; the data is where it was."""
    screen, workspace = asked.screen, asked.workspace
    site = code_site(workspace, screen.warn)
    chosen = strategy or RollbackStrategy.REVERT
    require_possible(workspace, _choice(asked, chosen))
    history = workspace.read_history()
    if history.live is None:
        raise NothingLive(workspace.name)
    entries, live = quarantined(history), history.live.id
    said: CodeSaid
    if asked.dry_run or not asked.yes:
        screen.tell(f"{workspace.name}: {live} is live, and stays so")
        plan = plan_code(workspace, site, _choice(asked, chosen), entries)(
            site.remote.fetch(site.branch)
        )
        say_code_plan(screen, site, plan)
        said = CodeSaid(code_facts(site, plan))
        if not plan.is_nothing and not asked.dry_run:
            _confirm(plan)
    if not asked.dry_run:
        said = _taken_back(asked, site, chosen, entries, live)
        deliver(workspace, screen.warn)
    said.end_alone(screen, workspace.name, dry_run=asked.dry_run)


def is_code_left(asked: Asked, strategy: RollbackStrategy | None) -> bool:
    """Whether the branch, as it was fetched last, still holds what was rolled back, and the
    strategy is one that takes it away."""
    if _chosen(asked, strategy) is None:
        return False
    entries = quarantined(asked.workspace.read_history())
    return bool(still_there(code_site(asked.workspace, asked.screen.warn), entries))


def _taken_back(
    asked: Asked,
    site: CodeSite,
    strategy: RollbackStrategy,
    entries: Sequence[Quarantined],
    live: str,
) -> CodeSaid:
    try:
        done = roll_code_back(
            asked.workspace, site, _choice(asked, strategy), entries, live, asked.screen.warn
        )
    except CodeApart as error:
        return CodeSaid({"strategy": strategy, "problem": error.problem}, error=error)
    say_code_outcome(asked.screen, done)
    facts = code_facts(site, done.plan, done)
    if done.delivered is not None and done.delivered.problem:
        return CodeSaid(facts, error=unproposed(site, entries, live, done.delivered))
    if strategy is RollbackStrategy.HOTFIX:
        from dbt_rewind.cli.rollback_hotfix import watch_deployment

        deliver(asked.workspace, asked.screen.warn)  # a run takes minutes
        facts = {**facts, "run": watch_deployment(asked.screen, asked.workspace, done)}
    return CodeSaid(facts)


def _choice(asked: Asked, strategy: RollbackStrategy) -> Choice:
    return Choice(strategy, asked.picks, asked.by)


def _chosen(asked: Asked, strategy: RollbackStrategy | None) -> RollbackStrategy | None:
    """What is done to the code; None: nothing."""
    if strategy is None:
        return RollbackStrategy.REVERT if has_code(asked.workspace) else None
    return None if strategy is RollbackStrategy.DATA else strategy


def _confirm(plan: CodePlan) -> None:
    from dbt_rewind.cli.confirm import confirm

    words = code_question(plan)
    confirm(f"taking {plan.branch} at {plan.remote} back", f"{words[0].upper()}{words[1:]}?")


def _say_forward(asked: Asked) -> None:
    words = "stays as it is, because going forward moves data only; where the branch has"
    words += " reverted it, `git revert` of the reverts brings it back"
    asked.screen.tell("\n".join(wrapped("  code: ", words)))
