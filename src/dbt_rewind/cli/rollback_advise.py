"""`rewind rollback --advise`: the ways out side by side, and nothing is changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dbt_rewind.cli.flag_switch import planned_switch
from dbt_rewind.cli.rollback_asked import Asked
from dbt_rewind.cli.screen import Screen
from dbt_rewind.cli.words import lasting, wrapped
from dbt_rewind.engine.backups.place import shelf_of
from dbt_rewind.engine.flags.look import off_in_live
from dbt_rewind.engine.flags.switch import Switch, SwitchPlan
from dbt_rewind.engine.mirror import check_mirror
from dbt_rewind.engine.restore.known import DAMAGE, Known, what_is_known
from dbt_rewind.engine.restore.plan import RestorePlan, plan_restore
from dbt_rewind.engine.rollback import RollbackPlan, plan_rollback
from dbt_rewind.engine.settings import flags_of, rules_of
from dbt_rewind.engine.target import choose_target
from dbt_rewind.errors import (
    BackupError,
    NothingLive,
    ReleaseError,
    RewindError,
)
from dbt_rewind.model import RollbackStrategy
from dbt_rewind.procedures.advice import Estimate
from dbt_rewind.procedures.code.site import has_code
from dbt_rewind.procedures.ways import Grounds, Way, compare_ways

if TYPE_CHECKING:
    from dbt_rewind.engine.history import History
    from dbt_rewind.engine.workspace import Workspace
    from dbt_rewind.warehouse.protocol import LedgerReader

_HEADS = ("way", "users right after", "rows fewer", "risk")


def compare(asked: Asked) -> None:
    """Compares the ways out of the live release, also where the database is damaged or gone. Raises
    NothingLive, and what reading the ledger raises."""
    workspace = asked.workspace
    try:
        grounds = _grounds(asked)
    except DAMAGE as error:
        grounds = _without_database(workspace, error)
    live = grounds.history.live
    if live is None:
        raise NothingLive(workspace.name)
    ways = compare_ways(grounds)
    _say(asked.screen, workspace.name, live.id, ways)
    facts = [_facts(way) for way in ways]
    asked.screen.document(
        "rollback", {"environment": workspace.name, "release": live.id, "ways": facts}
    )


def _grounds(asked: Asked) -> Grounds:
    workspace = asked.workspace
    reader = workspace.connect_to_read()
    try:
        history = workspace.history(reader)
        check_mirror(workspace.mirror, workspace.name, history.events)
        rollback = _rollback(asked, reader, history)
        flags = _flags(workspace, reader, history)
    finally:
        reader.close()
    strategy = RollbackStrategy.REVERT if has_code(workspace) else RollbackStrategy.DATA
    return Grounds(history, strategy, rollback, flags, _restore(workspace))


def _without_database(workspace: Workspace, error: RewindError) -> Grounds:
    """What the mirror knows."""
    reason = f"the database cannot be read: {error.message}"
    known = what_is_known(workspace)
    flags = {flag.name: reason for flag in flags_of(workspace.config)}
    restore = _restore(workspace, known)
    return Grounds(known.history, RollbackStrategy.DATA, reason, flags, restore, reason)


def _rollback(asked: Asked, reader: LedgerReader, history: History) -> RollbackPlan | str:
    try:
        target = choose_target(history, asked.to, asked.workspace.find_commit)
        rules = rules_of(asked.workspace.config)
        return plan_rollback(reader, history, target, rules, repair=asked.repair)
    except ReleaseError as error:
        return error.message


def _flags(
    workspace: Workspace, reader: LedgerReader, history: History
) -> Mapping[str, SwitchPlan | str]:
    """Of each flag that is on, what switching it off would do."""
    if history.live is None:
        return {}
    off = off_in_live(workspace, reader, history)
    found: dict[str, SwitchPlan | str] = {}
    for flag in sorted(flags_of(workspace.config), key=lambda each: each.name):
        if flag.name not in off:
            switch = Switch("flag-disable", off=(flag,))
            try:
                found[flag.name] = planned_switch(workspace, reader, history, switch, None)
            except RewindError as error:
                found[flag.name] = error.message
    return found


def _restore(workspace: Workspace, known: Known | None = None) -> RestorePlan | str:
    newest = next(iter(shelf_of(workspace).all()), None)
    if newest is None:
        return f"there is no backup; `rewind backup create -e {workspace.name}` makes one"
    try:
        return plan_restore(known or what_is_known(workspace), newest)
    except BackupError as error:
        return error.message


def _say(screen: Screen, environment: str, live: str, ways: Sequence[Way]) -> None:
    screen.say(f"{environment}: {live} is live; the ways out of it, the recommended one first")
    rows = [_HEADS, *((way.name, *_figures(way)) for way in ways)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(_HEADS))]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        screen.say(f"  {'  '.join(cells)}".rstrip())
    for way in ways:
        screen.say()
        screen.say(way.name)
        for head, words in _details(way):
            screen.say("\n".join(wrapped(f"  {head:10}", words)))


def _figures(way: Way) -> tuple[str, str, str]:
    if not way.possible or way.risk is None:
        return "not possible", "", ""
    time = lasting(way.estimate.seconds) if way.estimate else "not known"
    if way.more:
        time = f"{time} + {way.more}"
    return time, "not known" if way.rows is None else f"{way.rows:,}", way.risk


def _details(way: Way) -> list[tuple[str, str]]:
    if not way.possible:
        return [("not now", way.reason)]
    found = [("what", way.reason)]
    if way.estimate is not None:
        found.append(("time", _basis(way.estimate, way.basis)))
    if way.lost:
        found.append(("gone", f"{', '.join(way.lost)}: built since"))
    found.append(("risk", f"{way.risk}: {way.because}"))
    return [*found, ("command", way.command or "")]


def _basis(estimate: Estimate, basis: str) -> str:
    if estimate.samples == 1:
        return f"{basis}, once here"
    return f"{basis}, the median of {estimate.samples} here"


def _facts(way: Way) -> dict[str, Any]:
    return {
        "way": way.name,
        "possible": way.possible,
        "reason": way.reason,
        "seconds": way.estimate and round(way.estimate.seconds, 3),
        "more": way.more or None,
        "samples": way.estimate.samples if way.estimate else 0,
        "rows_lost": way.rows,
        "releases_lost": list(way.lost),
        "risk": way.risk,
        "because": way.because,
        "command": way.command,
    }
