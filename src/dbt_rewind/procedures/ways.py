"""The ways out of a bad release side by side: how long each takes here, what it loses, its risk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from dbt_rewind.engine.flags.switch import SwitchPlan
from dbt_rewind.engine.history import History
from dbt_rewind.engine.restore.plan import RestorePlan
from dbt_rewind.engine.rollback import RollbackPlan
from dbt_rewind.model import release_id
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
    where nothing of the kind has happened here yet, `more` what comes on top, and `basis` what it
    is measured by. `rows` is how many rows users no longer see afterwards, None where that is not
    known. `lost` is what is gone for good. A way that cannot be taken has no risk and no command,
    and `reason` says why not."""

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
    """What the ways are compared by: each as it is planned, or the reason why it cannot be taken.
    `strategy` is how a rollback would be done without being told; `flags` are by name; `no_deploy`
    says why nothing can be deployed."""

    history: History
    strategy: str
    rollback: RollbackPlan | str
    flags: Mapping[str, SwitchPlan | str]
    restore: RestorePlan | str
    no_deploy: str = ""


def compare_ways(grounds: Grounds) -> tuple[Way, ...]:
    """All ways out. The first is recommended, and those that cannot be taken come last."""
    ways = (_rollback(grounds), *_flags(grounds), _fix(grounds), _restore(grounds))
    return tuple(sorted(ways, key=lambda way: not way.possible))


def _rollback(grounds: Grounds) -> Way:
    planned, history, strategy = grounds.rollback, grounds.history, grounds.strategy
    if isinstance(planned, str):
        return Way(strategy, planned)
    target, inexact = planned.target, planned.inexact
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
        basis="publishes",
        rows=rows_lost(planned.live, target),
        risk=Risk.MEDIUM if inexact else Risk.LOW,
        because=because,
        command=f"rewind rollback --to {target.id} -e {history.environment}",
    )


def _flags(grounds: Grounds) -> tuple[Way, ...]:
    """The flags that would change something, or why none would."""
    if not grounds.flags:
        return (Way("flag", "no flag in rewind.yml is on"),)
    planned = {name: each for name, each in grounds.flags.items() if not isinstance(each, str)}
    if not any(each.plan.moves for each in planned.values()):
        reasons = [each for each in grounds.flags.values() if isinstance(each, str)]
        return (Way("flag", reasons[0] if reasons else "no flag would change what users see"),)
    return tuple(
        _flag(grounds, name, switch) for name, switch in planned.items() if switch.plan.moves
    )


def _flag(grounds: Grounds, name: str, switch: SwitchPlan) -> Way:
    moved = {move.pointer for move in switch.plan.moves}
    reason = (
        f"{len(moved)} of {len(switch.live.nodes)} names go back, all else stays as new as it is"
    )
    if not isinstance(grounds.rollback, str):
        differ = {move.pointer for move in grounds.rollback.plan.moves}
        reason += (
            f"; of the {len(differ)} that a rollback would move, it moves {len(moved & differ)}"
        )
    hidden = [str(node.pointer) for node in switch.hidden]
    because = f"they stay as they were then until `rewind flag enable {name}`"
    if hidden:
        because = f"users lose {', '.join(hidden)}, which had no earlier release; {because}"
    return Way(
        f"flag {name}",
        reason,
        publish_time(grounds.history),
        basis="publishes",
        rows=rows_lost(switch.live, switch.release),
        risk=Risk.MEDIUM if hidden else Risk.LOW,
        because=because,
        command=f"rewind flag disable {name} -e {grounds.history.environment}",
    )


def _fix(grounds: Grounds) -> Way:
    history = grounds.history
    if grounds.no_deploy:
        return Way("forward fix", grounds.no_deploy)
    return Way(
        "forward fix",
        "users see what is wrong until somebody has written the correction, and it is built",
        deploy_time(history),
        more="writing it",
        basis="deploys that built something",
        rows=0,
        risk=Risk.MEDIUM,
        because="new code goes live, in a hurry",
        command=f"rewind fix start -e {history.environment}",
    )


def _restore(grounds: Grounds) -> Way:
    planned, environment = grounds.restore, grounds.history.environment
    if isinstance(planned, str):
        return Way("restore", planned)
    backup, loss = planned.backup, planned.loss
    return Way(
        "restore",
        f"{backup.id} has the whole database of {backup.at:%Y-%m-%d %H:%M} UTC,"
        f" with {backup.live_id or 'nothing'} live",
        Estimate(backup.seconds, 1),
        basis="what making the backup took",
        rows=loss.rows,
        lost=tuple(release_id(each.number) for each in loss.releases),
        risk=Risk.HIGH,
        because="what anybody wrote into the database since is gone, and nobody reads meanwhile",
        command=f"rewind rollback --strategy restore --backup {backup.id} -e {environment}",
    )
