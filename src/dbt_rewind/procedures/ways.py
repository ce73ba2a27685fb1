"""The ways out of a bad release side by side: how long each takes here, what it loses, its risk."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dbt_rewind.engine.backups.record import Backup
from dbt_rewind.engine.history import History
from dbt_rewind.engine.rollback import RollbackPlan
from dbt_rewind.model import EventKind, Release, release_id
from dbt_rewind.procedures.advice import Estimate, deploy_time, publish_time, rows_lost


class Risk(StrEnum):
    """`low`: nothing is written, and the same command undoes it. `medium`: something new goes live,
    or not all will be as it was. `high`: data is gone for good."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Way:
    """One way out. `estimate` is how long users see what is wrong after the command was given, None
    where nothing of the kind has happened here yet, `more` what comes on top, and `basis`
    what it is measured by. `rows` is how many rows users no longer see
    afterwards, None where that is not known. `lost` is what is gone for good. A way that cannot be
    taken has no risk and no command, and `reason` says why not."""

    name: str
    reason: str
    estimate: Estimate | None = None
    more: str = ""
    basis: str = ""
    rows: int | None = None
    lost: tuple[str, ...] = ()
    risk: Risk | None = None
    because: str = ""
    command: str | None = None

    @property
    def possible(self) -> bool:
        return self.command is not None


@dataclass(frozen=True, slots=True)
class Grounds:
    """What the ways are compared by. `planned` is the rollback, or the reason why there is none;
    `strategy` is how it would be done without being told; `backup` is the newest that there is."""

    history: History
    live: Release
    planned: RollbackPlan | str
    strategy: str
    backup: Backup | None


def compare_ways(grounds: Grounds) -> tuple[Way, ...]:
    """The four ways out. The first is recommended, and those that cannot be taken come last."""
    ways = (_rollback(grounds), _fix(grounds.history), _restore(grounds))
    return tuple(sorted(ways, key=lambda way: not way.possible))


def _rollback(grounds: Grounds) -> Way:
    planned, history, strategy = grounds.planned, grounds.history, grounds.strategy
    if isinstance(planned, str):
        return Way(strategy, planned)
    target = planned.target
    inexact = planned.inexact
    because = "only pointers move, and the same command goes forward again"
    if inexact:
        because = f"{inexact[0].pointer} will not be as it was: {inexact[0].reason}"
        if len(inexact) > 1:
            because += f"; {len(inexact) - 1} more names neither"
    code = "" if strategy == "data" else "; then the branch gets its reverts"
    return Way(
        strategy,
        f"{target.id} was live before; {len(planned.plan.moves)} of {len(target.nodes)} names move,"
        f" and nothing is rebuilt{code}",
        publish_time(history),
        "",
        "publishes",
        rows_lost(planned.live, target),
        (),
        Risk.MEDIUM if inexact else Risk.LOW,
        because,
        f"rewind rollback --to {target.id} -e {history.environment}",
    )


def _fix(history: History) -> Way:
    return Way(
        "forward fix",
        "users see what is wrong until somebody has written the correction, and it is built",
        deploy_time(history),
        "writing it",
        "deploys that built something",
        0,
        (),
        Risk.MEDIUM,
        "new code goes live, in a hurry",
        f"rewind deploy -e {history.environment}",
    )


def _restore(grounds: Grounds) -> Way:
    backup, environment = grounds.backup, grounds.history.environment
    if backup is None:
        return Way(
            "restore",
            f"there is no backup; `rewind backup create -e {environment}` makes one",
        )
    return Way(
        "restore",
        f"{backup.id} has the whole database of {backup.at:%Y-%m-%d %H:%M} UTC,"
        f" with {backup.live_id or 'nothing'} live",
        _restore_time(backup),
        "",
        "what making the backup took",
        _rows_since(grounds.live, backup),
        _gone(grounds.history, backup),
        Risk.HIGH,
        "what others wrote into the database since is gone, too, and nobody can read meanwhile",
        f"rewind rollback --strategy restore --backup {backup.id} -e {environment}",
    )


def _restore_time(backup: Backup) -> Estimate:
    """As long as the copy took: both read and write all of it."""
    return Estimate(backup.seconds, 1)


def _rows_since(live: Release, backup: Backup) -> int | None:
    """How many rows fewer users see, as far as both were counted."""
    before = {each.pointer: each.rows for each in backup.relations}
    lost = 0
    for node in live.nodes:
        if node.follows_sources:
            continue
        rows = before.get(node.pointer, 0)
        if node.rows is None or rows is None:
            return None
        lost += max(0, node.rows - rows)
    return lost


def _gone(history: History, backup: Backup) -> tuple[str, ...]:
    """The releases that were built since."""
    since = backup.head.sequence if backup.head else 0
    return tuple(
        release_id(int(event.payload["release"]))
        for event in history.events[since:]
        if event.kind is EventKind.BUILT
    )
