"""`rewind rollback --strategy restore`: the whole database goes back to a backup."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from dbt_rewind.cli.asking import asked_for, say_demand
from dbt_rewind.cli.restore_words import say_plan, say_restore_document, say_restored, say_resumed
from dbt_rewind.cli.rollback_asked import Asked
from dbt_rewind.config.environment import is_production
from dbt_rewind.engine.asking import asking_of
from dbt_rewind.engine.backups.place import BackupPlace, backup_place
from dbt_rewind.engine.permits import needed, permit_by
from dbt_rewind.engine.restore.carry_out import Restored, begin, resume
from dbt_rewind.engine.restore.journal import Journal, Stage, read_journal
from dbt_rewind.engine.restore.known import what_is_known
from dbt_rewind.engine.restore.plan import RestorePlan, plan_restore
from dbt_rewind.errors import BackupNotFound, DatabaseShared, SentenceNeeded
from dbt_rewind.model import Permit

if TYPE_CHECKING:
    from dbt_rewind.engine.judge import Asking, Missing


def restore(asked: Asked, backup: str | None, said: str | None) -> None:
    """Shows what is lost, has it said, and puts the backup in the database's place. One that was
    killed when the databases changed places, or later, goes on without another word."""
    place = backup_place(asked.workspace)
    journal = read_journal(asked.workspace.mirror)
    if journal is not None and journal.stage is not Stage.COPYING and not asked.dry_run:
        _finish(asked, _resumed(asked, place, journal, backup))
        return
    plan = plan_restore(what_is_known(asked.workspace), place.shelf.find(backup))
    _require_own_production(asked, plan)
    asking = asking_of(asked.workspace)
    say_plan(asked.screen, plan)
    if asked.dry_run:
        if not asked.emergency:
            say_demand(asked.screen, _judged(plan, asking))
        say_restore_document(asked.screen, plan)
        return
    if asked.emergency:
        from dbt_rewind.procedures.asking import break_glass

        policy = plan.known.policy
        asking = break_glass(asked.workspace, policy, plan.intent, asked.reason, asked.screen.warn)
    permit = _permit(asked, plan, asking)
    _require_said(asked, plan, said)
    site = asked.workspace.site("rollback")
    tell = asked.screen.tell_wrapped
    _finish(asked, begin(place, site, plan, permit, reason=asked.reason, tell=tell), plan)


def _resumed(asked: Asked, place: BackupPlace, journal: Journal, wanted: str | None) -> Restored:
    found = place.shelf.find(f"B{journal.backup}")
    if wanted is not None and place.shelf.find(wanted) != found:
        raise BackupNotFound(journal.environment, wanted, "what is being restored", (found.id,))
    say_resumed(asked.screen, journal)
    site = asked.workspace.site("rollback")
    return resume(place, site, found, journal, asked.screen.tell_wrapped)


def _require_own_production(asked: Asked, plan: RestorePlan) -> None:
    """Raises DatabaseShared where another environment goes back with it that is in production and
    has rules of its own."""
    environments = asked.workspace.config.environments
    for other in plan.others:
        if other in environments and is_production(other, environments[other]):
            raise DatabaseShared(plan.environment, other)


def _judged(plan: RestorePlan, asking: Asking) -> Permit | Missing:
    known = plan.known
    return permit_by(known.policy, known.history, known.runbook, plan.intent, asking)


def _permit(asked: Asked, plan: RestorePlan, asking: Asking) -> Permit:
    """By what right. Raises ApprovalNeeded; it is asked for where the database can hold that."""
    found = _judged(plan, asking)
    if isinstance(found, Permit):
        return found
    error = needed(plan.intent, found)
    if plan.known.problem is not None:
        error.add_note(
            "the database cannot be read, so that nobody can be asked through it;"
            " --emergency does without"
        )
        raise error
    with asked_for(asked.screen, asked.workspace, asked.reason):
        raise error


def _require_said(asked: Asked, plan: RestorePlan, said: str | None) -> None:
    """Raises SentenceNeeded unless somebody has said what is lost, word for word."""
    if said is None and not asked.yes and sys.stdin.isatty():
        import typer

        asked.screen.say(f"to go on, type this sentence:\n  {plan.sentence}")
        said = str(typer.prompt("  ", prompt_suffix="", err=True))
    if said is None or " ".join(said.split()) != plan.sentence:
        raise SentenceNeeded(plan.sentence, said)


def _finish(asked: Asked, restored: Restored, plan: RestorePlan | None = None) -> None:
    from dbt_rewind.procedures.aftermath import Published, tell_of_publish

    screen, workspace, journal = asked.screen, asked.workspace, restored.journal
    say_restored(screen, workspace.name, restored)
    incident = None
    if restored.live is not None:
        published = Published(
            restored.sequence,
            "restore",
            journal.was,
            restored.live,
            journal.by,
            journal.reason,
            journal.permit,
        )
        incident = tell_of_publish(workspace, published, screen.warn)
    if incident is not None:
        screen.tell(f"  incident       rewind incident show {incident.id} -e {workspace.name}")
    say_restore_document(screen, plan, restored, incident)
