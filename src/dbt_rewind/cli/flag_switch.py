"""`rewind flag disable` and `rewind flag enable`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dbt_rewind.cli.options import DryRun, Emergency, Env, Json, Quiet, Reason, Wait, Yes
from dbt_rewind.cli.screen import Screen

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import timedelta

    from dbt_rewind.engine.flags.switch import Switch, SwitchPlan
    from dbt_rewind.engine.history import History
    from dbt_rewind.engine.judge import Asking
    from dbt_rewind.engine.workspace import Workspace
    from dbt_rewind.warehouse.protocol import LedgerReader

    Plan = Callable[[LedgerReader, History], SwitchPlan | None]

Names = Annotated[
    list[str], typer.Argument(metavar="NAME", help="Flags of rewind.yml.", show_default=False)
]


def disable(
    names: Names,
    to: Annotated[
        str | None,
        typer.Option(
            "--to", help="Release, tag or commit without the feature; default: one is looked for."
        ),
    ] = None,
    env: Env = None,
    reason: Reason = "",
    emergency: Emergency = False,
    dry_run: DryRun = False,
    wait: Wait = None,
    yes: Yes = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show the models of a feature, and what reads them, as the last release without it has them.

    Only pointers move: nothing is built or deployed, and deploys keep it so.
    """
    from dbt_rewind.engine.flags.look import find_flag, off_in_live
    from dbt_rewind.engine.flags.switch import Switch

    screen = Screen(as_json, quiet)
    workspace = _workspace(screen, env, wait)
    flags = tuple(find_flag(workspace, name) for name in dict.fromkeys(names))

    def plan(reader: LedgerReader, history: History) -> SwitchPlan | None:
        off = off_in_live(workspace, reader, history)
        # What goes back elsewhere, or names other models by now, is switched again.
        wanted = tuple(
            flag
            for flag in flags
            if to is not None or flag.name not in off or off[flag.name].models != flag.models
        )
        switch = Switch("flag-disable", off=wanted)
        return planned_switch(workspace, reader, history, switch, to) if wanted else None

    carry_out(screen, workspace, "disable", names, plan, reason, emergency, dry_run, yes)


def enable(
    names: Names,
    env: Env = None,
    reason: Reason = "",
    emergency: Emergency = False,
    dry_run: DryRun = False,
    wait: Wait = None,
    yes: Yes = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show the models of a feature as the live code has built them last."""
    from dbt_rewind.engine.flags.look import off_in_live, state_of
    from dbt_rewind.engine.flags.switch import Switch

    screen = Screen(as_json, quiet)
    workspace = _workspace(screen, env, wait)

    def plan(reader: LedgerReader, history: History) -> SwitchPlan | None:
        for name in names:
            state_of(workspace, reader, history, name)
        off = off_in_live(workspace, reader, history)
        wanted = tuple(name for name in dict.fromkeys(names) if name in off)
        switch = Switch("flag-enable", on=wanted)
        return planned_switch(workspace, reader, history, switch, None) if wanted else None

    carry_out(screen, workspace, "enable", names, plan, reason, emergency, dry_run, yes)


def _workspace(screen: Screen, env: str | None, wait: timedelta | None) -> Workspace:
    from dbt_rewind.engine.workspace import open_workspace

    return open_workspace(Path.cwd(), env).waiting(wait, screen.tell_wrapped)


def planned_switch(
    workspace: Workspace, reader: LedgerReader, history: History, switch: Switch, to: str | None
) -> SwitchPlan:
    from dbt_rewind.engine.flags.look import named_bases
    from dbt_rewind.engine.flags.switch import plan_switch
    from dbt_rewind.engine.settings import flags_of, rules_of

    flags = {flag.name: flag for flag in flags_of(workspace.config)}
    bases = named_bases(workspace, history, to)
    rules = rules_of(workspace.config)
    return plan_switch(reader, history, switch, flags, bases, rules, by=workspace.person)


def carry_out(
    screen: Screen,
    workspace: Workspace,
    action: str,
    names: Sequence[str],
    plan: Plan,
    reason: str,
    emergency: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    """Plans, shows, asks, and publishes what is to be switched."""
    from dbt_rewind.cli.asking import asked_for
    from dbt_rewind.cli.flag_words import (
        Outcome,
        say_document,
        say_follows,
        say_nothing,
        say_outcome,
        say_switch,
    )
    from dbt_rewind.cli.recover import say_recovery
    from dbt_rewind.engine.asking import asking_of
    from dbt_rewind.engine.flags.switch import apply_switch
    from dbt_rewind.engine.site import operating
    from dbt_rewind.errors import LiveChanged

    if emergency:
        from dbt_rewind.procedures.asking import require_emergency

        require_emergency(workspace, reason)
    asking, believed = asking_of(workspace), None
    if dry_run or emergency or not yes:
        believed = _preview(screen, workspace, asking, plan, emergency=emergency)
        if believed is None:
            say_nothing(screen, workspace.name, action, names)
            return
        if dry_run:
            screen.say("nothing was changed")
            say_document(screen, workspace.name, action, believed)
            return
        if not yes:
            _confirm(workspace, action, believed)
        if emergency:
            from dbt_rewind.procedures.asking import emergency_of

            intent = believed.intent
            asking = emergency_of(workspace, intent.operation, intent.digest, screen.warn)
    with (
        asked_for(screen, workspace, reason),
        operating(workspace.site("flag"), "flag") as (ledger, recovery),
    ):
        say_recovery(screen, recovery)
        planned = plan(ledger.access.warehouse, ledger.history)
        if planned is None:
            say_nothing(screen, workspace.name, action, names)
            return
        if believed is None:
            say_switch(screen, workspace.name, planned)
        elif believed.plan != planned.plan:
            raise LiveChanged(workspace.name)
        began = time.perf_counter()
        permit = apply_switch(ledger, planned, asking, reason=reason)
        took = time.perf_counter() - began
        sequence = ledger.history.events[-1].sequence
    if ledger.mirror_problem:
        screen.warn(ledger.mirror_problem)
    outcome = Outcome(planned, permit, sequence, asking.by, reason, took)
    say_outcome(screen, workspace.name, outcome)
    # Users see it already: only now does it cost nobody anything to load what tells.
    from dbt_rewind.procedures.aftermath import tell_of_publish

    incident = tell_of_publish(workspace, outcome.published, screen.warn)
    say_follows(screen, workspace.name, outcome, incident)
    say_document(screen, workspace.name, action, planned, outcome, incident)


def _preview(
    screen: Screen, workspace: Workspace, asking: Asking, plan: Plan, *, emergency: bool
) -> SwitchPlan | None:
    """Plans over a connection that changes nothing and holds no lock while a person thinks."""
    from dbt_rewind.cli.asking import say_demand
    from dbt_rewind.cli.flag_words import say_switch
    from dbt_rewind.engine.mirror import check_mirror
    from dbt_rewind.engine.permits import preview_permit

    reader = workspace.connect_to_read()
    try:
        history = workspace.history(reader)
        check_mirror(workspace.mirror, workspace.name, history.events)
        planned = plan(reader, history)
        permit = preview_permit(reader, history, planned.intent, asking) if planned else None
    finally:
        reader.close()
    if planned is None or permit is None:
        return None
    say_switch(screen, workspace.name, planned)
    if not emergency:
        say_demand(screen, permit)
    return planned


def _confirm(workspace: Workspace, action: str, planned: SwitchPlan) -> None:
    from dbt_rewind.cli.confirm import confirm
    from dbt_rewind.cli.words import count

    switch = planned.switch
    names = ", ".join([*(flag.name for flag in switch.off), *switch.on])
    lost = len(planned.hidden)
    loses = f", which takes {count(lost, 'name')} from users" if lost else ""
    verb = action.capitalize()
    doing = f"{action.removesuffix('e')}ing"
    confirm(
        f"{doing} {names} in {workspace.name}",
        f"{verb} {names} in {workspace.name}{loses}?",
    )
