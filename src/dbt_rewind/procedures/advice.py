"""What is recommended, and what it costs by this environment's own history."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from statistics import median
from typing import Final

from dbt_rewind.engine.history import History
from dbt_rewind.engine.ledger import read_release
from dbt_rewind.engine.plan import plan_moves, pointer_map
from dbt_rewind.model import Action, Decision, EventKind, Release, ReleaseKind, release_id
from dbt_rewind.warehouse.protocol import LedgerReader

SAMPLES: Final = 20
"""How many of the newest publishes, or builds, an estimate is made of."""

_REASON: Final = 60


class Strategy(StrEnum):
    """`rollback`: publish an earlier release. `forward fix`: mend it and deploy that."""

    ROLLBACK = "rollback"
    FORWARD_FIX = "forward fix"


@dataclass(frozen=True, slots=True)
class Estimate:
    """How long something takes, in seconds: the median of `samples` times that it took here."""

    seconds: float
    samples: int


@dataclass(frozen=True, slots=True)
class Option:
    """One way out. `rows` is how many rows users no longer see afterwards, None where that is not
    known. `estimate` is None where nothing of the kind has happened here yet."""

    strategy: Strategy
    reason: str
    estimate: Estimate | None
    rows: int | None


@dataclass(frozen=True, slots=True)
class Advice:
    """The option that is recommended, and those that are not."""

    best: Option
    others: tuple[Option, ...] = ()


def advise(reader: LedgerReader, history: History, live: Release, decision: Decision) -> Advice:
    """Which way out of what was decided is best. Raises ArtifactDamaged."""
    fix = _fix(history, decision)
    if decision.target is None:
        return Advice(fix)
    target = read_release(reader, history.releases[decision.target])
    return Advice(_rollback(history, live, target), (fix,))


def command_of(environment: str, decision: Decision) -> str:
    """The exact command that does what was decided."""
    if decision.target is None:
        looked = decision.answer.action is Action.ASSESS
        return f"rewind {'verify --deep' if looked else 'deploy'} -e {environment}"
    number = f"{decision.id}: " if decision.number else ""
    what = f"{number}{' '.join(decision.findings[0].what.split())}"
    reason = shlex.quote(what if len(what) <= _REASON else f"{what[: _REASON - 3]}...")
    emergency = " --emergency" if decision.answer.demand.emergency else ""
    target = release_id(decision.target)
    return f"rewind rollback --to {target} -e {environment}{emergency} --reason {reason}"


def _rollback(history: History, live: Release, target: Release) -> Option:
    moves = plan_moves(pointer_map(live.nodes), pointer_map(target.nodes))
    reason = (
        f"{target.id} was healthy; {len(moves)} of {len(target.nodes)} names move,"
        " and nothing is rebuilt"
    )
    return Option(Strategy.ROLLBACK, reason, publish_time(history), rows_lost(live, target))


def _fix(history: History, decision: Decision) -> Option:
    return Option(Strategy.FORWARD_FIX, _why_fix(decision), deploy_time(history), 0)


def _why_fix(decision: Decision) -> str:
    remedies = [finding.remedy for finding in decision.findings if finding.remedy]
    if remedies:
        return remedies[0]
    match decision.answer.action:
        case Action.ROLL_BACK:
            if decision.target is None:
                return "no earlier release is healthy"
            return "users see what is wrong until it is mended and built"
        case Action.ASSESS:
            return "it is not bad enough to go back unseen: look first"
        case Action.MONITOR:
            return "it hurts nobody: mend it with the next deploy"
        case Action.FIX_FORWARD:
            return "nobody depends on it: mend it and deploy that"


def publish_time(history: History) -> Estimate | None:
    """How long publishes took: from a release's record to its publish, where nothing came
    between. A rollback does the same."""
    pairs = zip(history.events, history.events[1:], strict=False)
    return _median(
        (after.at - before.at).total_seconds()
        for before, after in pairs
        if before.kind is EventKind.BUILT and after.kind is EventKind.PUBLISHED
    )


def deploy_time(history: History) -> Estimate | None:
    """How long deploys took that built something, from the checkout to the publish."""
    return _median(
        release.seconds
        for release in reversed(history.newest_first())
        if release.kind is ReleaseKind.DEPLOY and release.built and release.published_at
    )


def rows_lost(live: Release, target: Release) -> int | None:
    """How many rows fewer users see in `target`, by what was counted at the builds: the sum over
    the names that have fewer there. None where the counts say nothing of a name that moves."""
    after = {node.pointer: node for node in target.nodes}
    lost = 0
    for node in live.nodes:
        other = after.get(node.pointer)
        if node.follows_sources or (other is not None and other.relation == node.relation):
            continue
        if node.rows is None or (other is not None and other.rows is None):
            return None
        lost += max(0, node.rows - (other.rows or 0 if other is not None else 0))
    return lost


def _median(times: Iterable[float]) -> Estimate | None:
    newest = list(times)[-SAMPLES:]
    return Estimate(median(newest), len(newest)) if newest else None
