"""A restored database in words and as JSON facts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from dbt_rewind.cli.screen import Screen
from dbt_rewind.cli.words import ago, count, moment, sized, wrapped

if TYPE_CHECKING:
    from dbt_rewind.engine.restore.carry_out import Restored
    from dbt_rewind.engine.restore.journal import Journal
    from dbt_rewind.engine.restore.plan import Loss, RestorePlan
    from dbt_rewind.engine.restore.tell import Told
    from dbt_rewind.model import Incident


def say_plan(screen: Screen, plan: RestorePlan) -> None:
    """What would be put back, and all that would be lost."""
    backup, known = plan.backup, plan.known
    live = known.history.live
    now = live.id if live else ("unknown" if known.problem else "nothing")
    screen.tell(f"{plan.environment}: {now} -> {backup.live_id or 'nothing'}, from {backup.id}")
    proven = "proven" if backup.verified_at else "never proven"
    when = f"{moment(backup.at)}, {ago(backup.at)}"
    screen.tell(f"  backup    {backup.id}, {when}, {sized(backup.bytes)}, {proven}")
    for head, words in _loss_lines(plan):
        screen.tell("\n".join(wrapped(f"  {head:10}", words)), fg="yellow")
    if plan.quarantine is not None:
        words = f"{backup.live_id} was rolled back since: {plan.quarantine.reason or 'no reason'}"
        screen.warn(f"{words}; it would be live again, until `rewind rollback`")


def _loss_lines(plan: RestorePlan) -> Iterator[tuple[str, str]]:
    loss, known = plan.loss, plan.known
    if known.problem is not None:
        yield "database", f"cannot be read: {known.problem.message}"
    if not known.history.events:
        yield "releases", "what happened since is not known: there is no mirror"
    elif loss.releases:
        refreshes = f", of which {count(loss.refreshes, 'refresh', 'refreshes')}"
        commits = ", ".join(f"{each.id} {each.commit.sha[:7]}" for each in loss.releases[-5:])
        words = count(len(loss.releases), "release") + (refreshes if loss.refreshes else "")
        yield "releases", f"{words}: {commits}"
    else:
        yield "releases", "none went live since"
    yield "rows", _rows_words(loss)
    yield "besides", "everything else that was written since: sources, tables of others"
    if plan.others:
        yield "with it", f"{', '.join(plan.others)}: the same database"


def _rows_words(loss: Loss) -> str:
    if loss.rows is None:
        return "how many are lost cannot be counted"
    words = f"{count(loss.rows, 'row')} fewer in what users query"
    if loss.uncounted:
        words += f"; {count(loss.uncounted, 'name')} cannot be counted"
    return words


def say_resumed(screen: Screen, journal: Journal) -> None:
    words = (
        f"the restore of {journal.environment} from B{journal.backup}, which {journal.by} began at"
        f" {moment(journal.at)}, has not ended and goes on"
    )
    screen.say("\n".join(wrapped("", words)), fg="yellow")


def say_restored(screen: Screen, environment: str, restored: Restored) -> None:
    """That it is done, where the old database is, and what comes next."""
    live = f"r{restored.live} is live" if restored.live else "nothing is live"
    backup = f"B{restored.journal.backup}"
    screen.say(f"{environment} is restored from {backup}: {live}", fg="green", bold=True)
    if restored.kept:
        screen.tell("  the old database is kept as")
        screen.tell(f"    {restored.kept}")
    say_told(screen, environment, restored.told)
    if restored.journal.permit.review:
        screen.tell(f"  review         rewind review close R{restored.sequence} -e {environment}")
    screen.tell(f"  check it       rewind verify --deep -e {environment}")
    screen.tell(f"  forward again  rewind deploy -e {environment}")


def say_restore_document(
    screen: Screen,
    plan: RestorePlan | None,
    restored: Restored | None = None,
    incident: Incident | None = None,
) -> None:
    """The JSON document; without an outcome, that of a dry run; without a plan, that of a restore
    that was resumed."""
    if not screen.as_json:
        return
    from dbt_rewind.cli.asking import permit_facts

    journal = restored.journal if restored else None
    facts: dict[str, Any] = {
        "strategy": "restore",
        "environment": plan.environment if plan else journal and journal.environment,
        "dry_run": restored is None,
        "backup": plan.backup.id if plan else journal and f"B{journal.backup}",
        "sentence": plan and plan.sentence,
        "loss": plan and _loss_facts(plan),
        "reason": journal.reason if journal else "",
        "permit": permit_facts(journal.permit if journal else None),
        "incident": incident and incident.id,
        "live": f"r{restored.live}" if restored and restored.live else None,
        "kept": restored and restored.kept,
        "restored": restored and told_facts(restored.told),
    }
    screen.document("rollback", facts)


def _loss_facts(plan: RestorePlan) -> dict[str, Any]:
    loss = plan.loss
    return {
        "releases": [release.id for release in loss.releases],
        "refreshes": loss.refreshes,
        "rows": loss.rows,
        "uncounted": loss.uncounted,
        "others": list(plan.others),
        "problem": plan.known.problem and plan.known.problem.message,
    }


def say_told(screen: Screen, environment: str, told: Told) -> None:
    """What the ledger knows again, and what is gone."""
    events = told.events + told.of_runbook
    if events:
        words = f"the ledger of {environment} knows {count(events, 'event')} again"
        screen.say(f"{words} that it had forgotten")
    else:
        screen.say(f"the ledger of {environment} has forgotten nothing")
    if told.event is not None:
        screen.say("\n".join(wrapped("  ", _losses(told))), fg="yellow")
    if told.is_policy_lost:
        screen.warn(
            "nobody has the policy that was in force: the one of the backup is in force again"
            f" (rewind policy show -e {environment})"
        )


def _losses(told: Told) -> str:
    from dbt_rewind.engine.restore.plan import release_ids

    if not told.lost:
        return "no release is lost"
    verb, what = ("is", "it") if len(told.lost) == 1 else ("are", "they")
    return f"{release_ids(told.lost)} {verb} lost; what {what} brought has to be deployed again"


def told_facts(told: Told) -> dict[str, Any]:
    return {
        "events": told.events + told.of_runbook,
        "lost": [release.id for release in told.lost],
        "sequence": told.event and told.event.sequence,
        "policy_lost": told.is_policy_lost,
    }
