"""`rewind flag sync`: switch flags as OpenFeature says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dbt_rewind.cli.flag_switch import carry_out, planned_switch
from dbt_rewind.cli.options import DryRun, Env, Json, Quiet, Reason, Wait, Yes
from dbt_rewind.cli.screen import Screen

if TYPE_CHECKING:
    from dbt_rewind.engine.flags.switch import SwitchPlan
    from dbt_rewind.engine.history import History
    from dbt_rewind.warehouse.protocol import LedgerReader


def sync(
    env: Env = None,
    reason: Reason = "",
    dry_run: DryRun = False,
    wait: Wait = None,
    yes: Yes = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Switch what differs from what OpenFeature says, in one publish; for cron and CI.

    Flags that the provider does not know stay as they are. Where it does not answer, all do.
    """
    from dbt_rewind.engine.flags.look import off_in_live
    from dbt_rewind.engine.flags.switch import Switch
    from dbt_rewind.engine.settings import flags_of
    from dbt_rewind.engine.workspace import open_workspace
    from dbt_rewind.integrations.openfeature_flags import flags_decided

    screen = Screen(as_json, quiet)
    workspace = open_workspace(Path.cwd(), env).waiting(wait, screen.tell_wrapped)
    settings = workspace.config.openfeature
    flags = flags_of(workspace.config)
    names = [flag.name for flag in flags]
    is_on = flags_decided(settings, workspace.root, workspace.name, names)
    for name in names:
        if name not in is_on:
            screen.tell_wrapped(f"nobody says whether {name} is on: it stays as it is")

    def plan(reader: LedgerReader, history: History) -> SwitchPlan | None:
        off_now = off_in_live(workspace, reader, history)
        off = tuple(
            flag for flag in flags if not is_on.get(flag.name, True) and flag.name not in off_now
        )
        on = tuple(name for name in names if is_on.get(name, False) and name in off_now)
        switch = Switch("flag-sync", off, on)
        return planned_switch(workspace, reader, history, switch, None) if off or on else None

    words = reason or f"as {settings.provider} says"
    carry_out(screen, workspace, "sync", names, plan, words, False, dry_run, yes)
