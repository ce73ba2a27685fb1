"""`rewind rollback --continue` and `--abort`: what comes after a conflict."""

from __future__ import annotations

from dbt_rewind.cli.code_words import code_facts, say_code_outcome
from dbt_rewind.cli.rollback_asked import Asked
from dbt_rewind.cli.rollback_code import CodeSaid
from dbt_rewind.engine.quarantine import quarantined
from dbt_rewind.errors import CodeApart, GitError, NothingLive
from dbt_rewind.procedures.code.record import record_changed
from dbt_rewind.procedures.code.site import code_site
from dbt_rewind.procedures.code.strategies import apart
from dbt_rewind.procedures.code.take_back import give_up, go_on


def continue_code(asked: Asked) -> None:
    """Commits what a person has put right, makes the rest, and has the remote take it."""
    screen, workspace = asked.screen, asked.workspace
    site = code_site(workspace, screen.warn)
    try:
        done = go_on(site)
    except GitError as error:
        said = CodeSaid({"problem": error.message}, error=_apart(asked, error))
    else:
        record_changed(workspace, done, screen.warn)
        say_code_outcome(screen, done)
        said = CodeSaid(code_facts(site, done.plan, done))
    said.end_alone(screen, workspace.name, dry_run=False)


def abort_code(asked: Asked) -> None:
    """Throws away what is in conflict; the remote is as it was."""
    screen, workspace = asked.screen, asked.workspace
    site = code_site(workspace, screen.warn)
    plan = give_up(site)
    held = " and ".join(each.bad[:7] for each in plan.holds)
    screen.say(f"given up: {plan.branch} at {plan.remote} still holds {held}", fg="yellow")
    screen.tell(f"  `rewind rollback --code-only -e {workspace.name}` begins anew")
    facts = {"environment": workspace.name, "dry_run": False, "code": code_facts(site, plan)}
    screen.document("rollback", facts)


def _apart(asked: Asked, error: GitError) -> CodeApart:
    workspace = asked.workspace
    history = workspace.read_history()
    if history.live is None:
        raise NothingLive(workspace.name)
    return apart(
        code_site(workspace, asked.screen.warn), quarantined(history), history.live.id, error
    )
