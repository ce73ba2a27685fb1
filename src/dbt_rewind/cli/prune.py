"""`rewind prune`: drop what no release that is kept needs."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dbt_rewind.cli.options import Env, Json, Quiet, Reason, Yes
from dbt_rewind.cli.screen import Screen
from dbt_rewind.cli.words import count, sized, wrapped

if TYPE_CHECKING:
    from dbt_rewind.engine.history import History
    from dbt_rewind.engine.prune import PrunePlan
    from dbt_rewind.engine.retention import Rules
    from dbt_rewind.engine.workspace import Workspace


def register(app: typer.Typer) -> None:
    app.command("prune")(prune)


def prune(
    env: Env = None,
    keep: Annotated[
        int | None, typer.Option("--keep", min=1, help="How many that were live are kept.")
    ] = None,
    within: Annotated[
        str | None, typer.Option("--within", help="Keep what went live in that time: 30d, 12h, 4w.")
    ] = None,
    reason: Reason = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would go, and why; change nothing.")
    ] = False,
    yes: Yes = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Drop the data of old releases, and nothing that a kept release needs.

    The live release, pinned ones and the one that a rollback would go to are always kept.
    """
    from dbt_rewind import clock
    from dbt_rewind.cli.recover import say_recovery
    from dbt_rewind.cli.retention_words import rules_of
    from dbt_rewind.engine.prune import apply_prune, plan_prune
    from dbt_rewind.engine.site import operating
    from dbt_rewind.engine.workspace import open_workspace

    screen = Screen(as_json, quiet)
    age = _age(within)
    workspace = open_workspace(Path.cwd(), env)
    rules = rules_of(workspace.config, keep, age)
    given = keep is not None or age is not None or "retention" in workspace.config.model_fields_set
    source = "" if given else " (rewind.yml has no `retention`)"
    believed = None
    if dry_run or not yes:
        known, believed = _preview(screen, workspace, rules, source)
        if dry_run or not believed.drops:
            _say_end(screen, workspace, believed, would=dry_run)
            _document(screen, workspace, known, rules, believed, dry_run=dry_run)
            return
        _confirm(workspace, believed)
    with operating(workspace.site("prune"), "prune") as (ledger, recovery):
        say_recovery(screen, recovery)
        known = ledger.history
        planned = plan_prune(ledger.access.warehouse, known, rules, clock.now())
        if believed is None:
            _say_plan(screen, workspace, known, rules, planned, source)
        elif not set(planned.relations) <= set(believed.relations):
            from dbt_rewind.errors import LiveChanged

            raise LiveChanged(workspace.name)
        apply_prune(ledger, planned, reason=reason, by=ledger.lease.owner.person)
        returns_space = ledger.access.warehouse.capabilities.returns_space
    if ledger.mirror_problem:
        screen.warn(ledger.mirror_problem)
    _say_end(screen, workspace, planned, would=False)
    if planned.drops and not returns_space:
        screen.tell("  the file keeps its size; new data fills the space first")
    _document(screen, workspace, known, rules, planned, dry_run=False, reason=reason)


def _age(within: str | None) -> timedelta | None:
    from dbt_rewind.config.age import parse_age

    try:
        return parse_age(within) if within is not None else None
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--within") from None


def _preview(
    screen: Screen, workspace: Workspace, rules: Rules, source: str
) -> tuple[History, PrunePlan]:
    """Plans over a connection that changes nothing and holds no lock while a person thinks."""
    from dbt_rewind import clock
    from dbt_rewind.engine.mirror import check_mirror
    from dbt_rewind.engine.prune import plan_prune

    reader = workspace.connect_to_read()
    try:
        known = workspace.history(reader)
        check_mirror(workspace.mirror, workspace.name, known.events)
        planned = plan_prune(reader, known, rules, clock.now())
    finally:
        reader.close()
    _say_plan(screen, workspace, known, rules, planned, source)
    return known, planned


def _say_plan(
    screen: Screen,
    workspace: Workspace,
    known: History,
    rules: Rules,
    planned: PrunePlan,
    source: str,
) -> None:
    from dbt_rewind.cli.retention_words import rules_words, verdict_words
    from dbt_rewind.engine.retention import Fate

    screen.tell("\n".join(wrapped(f"{workspace.name} keeps ", f"{rules_words(rules)}{source}")))
    for verdict in planned.verdicts:
        fate = verdict.reason.fate
        if fate is Fate.GONE:
            continue
        word = "drop" if fate is Fate.DROPPED else "keep"
        head = f"  {word}  r{verdict.release:<4} "
        colour = "yellow" if fate is Fate.DROPPED else None
        words = "\n".join(wrapped(head, verdict_words(verdict, known, rules)))
        screen.tell(words, fg=colour)
        if fate is Fate.DROPPED:
            sizes = planned.drops[verdict.release]
            screen.tell(f"{' ' * len(head)}{_with(len(sizes), sum(sizes.values()))}")


def _with(relations: int, size: int) -> str:
    if not relations:
        return "with nothing: other releases have all that it is made of"
    return f"with {count(relations, 'relation')}, {sized(size)}"


def _confirm(workspace: Workspace, planned: PrunePlan) -> None:
    from dbt_rewind.cli.confirm import confirm

    releases = count(len(planned.drops), "release")
    confirm(
        f"pruning {releases} of {workspace.name}", f"Drop {releases} of {workspace.name} for good?"
    )


def _say_end(screen: Screen, workspace: Workspace, planned: PrunePlan, *, would: bool) -> None:
    if not planned.drops:
        screen.say(f"{workspace.name}: nothing to prune")
        return
    what = f"{count(len(planned.drops), 'release')} {'would be ' if would else ''}pruned"
    relations = count(len(planned.relations), "relation")
    screen.say(
        f"{workspace.name}: {what}, with {relations} and {sized(planned.bytes)}",
        fg=None if would else "green",
        bold=not would,
    )
    if would:
        screen.say("nothing was changed")


def _document(
    screen: Screen,
    workspace: Workspace,
    known: History,
    rules: Rules,
    planned: PrunePlan,
    *,
    dry_run: bool,
    reason: str = "",
) -> None:
    if not screen.as_json:
        return
    from dbt_rewind.config.age import age_text

    facts = {
        "environment": workspace.name,
        "dry_run": dry_run,
        "keep": rules.keep,
        "within": None if rules.within is None else age_text(rules.within),
        "releases": [
            {
                "id": f"r{verdict.release}",
                "state": known.releases[verdict.release].state,
                "fate": verdict.reason.fate,
                "why": verdict.reason,
                "until": verdict.until,
                "relations": list(planned.drops.get(verdict.release, ())),
                "bytes": sum(planned.drops.get(verdict.release, {}).values()),
            }
            for verdict in planned.verdicts
        ],
        "bytes": planned.bytes,
        "reason": reason,
    }
    screen.document("prune", facts)
