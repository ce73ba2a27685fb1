"""Assess: look at a live release, decide by the matrix, record the decision."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from dbt_rewind import clock
from dbt_rewind.engine.decide import decide, same_decision
from dbt_rewind.engine.history import ReleaseSummary
from dbt_rewind.engine.runbook.decisions import assessed_payload
from dbt_rewind.engine.runbook.logbook import Logbook
from dbt_rewind.engine.workspace import Workspace
from dbt_rewind.model import (
    Decision,
    EventKind,
    Incident,
    Observation,
    Policy,
    Severity,
    TriggerFinding,
)
from dbt_rewind.procedures.advice import Advice, advise
from dbt_rewind.procedures.announce import deliver
from dbt_rewind.procedures.escalation import queue_opened
from dbt_rewind.procedures.incident import ensure_incident
from dbt_rewind.procedures.runbook import holding_runbook
from dbt_rewind.procedures.triggers.signal import Signal, look_for
from dbt_rewind.procedures.triggers.subject import Subject


@dataclass(frozen=True, slots=True)
class Assessment:
    """What was seen of the live release, and what follows from it: nothing, where `decision` is
    None."""

    live: ReleaseSummary
    observations: tuple[Observation, ...]
    decision: Decision | None
    advice: Advice | None

    @property
    def findings(self) -> tuple[TriggerFinding, ...]:
        return findings_in(self.observations)

    @property
    def unseen(self) -> tuple[Observation, ...]:
        """What could not be looked at."""
        return tuple(each for each in self.observations if each.unseen is not None)


def assess(
    subject: Subject,
    signals: Iterable[Signal],
    policy: Policy,
    tell: Callable[[Observation], None],
) -> Assessment:
    """Looks at everything, tells what is seen as soon as it is, and decides. Records nothing.

    Raises ArtifactDamaged, and what the warehouse raises.
    """
    observations = []
    for observation in look_for(signals, subject):
        tell(observation)
        observations.append(observation)
    history = subject.history
    decision = decide(
        policy,
        history,
        findings_in(observations),
        by=subject.workspace.person,
        at=clock.now(),
    )
    advice = advise(subject.reader, history, subject.live, decision) if decision else None
    summary = history.releases[subject.live.number]
    return Assessment(summary, tuple(observations), decision, advice)


def findings_in(observations: Iterable[Observation]) -> tuple[TriggerFinding, ...]:
    """All findings, the worst first."""
    found = [finding for each in observations for finding in each.findings]
    return tuple(sorted(found, key=lambda finding: finding.severity.rank))


@dataclass(frozen=True, slots=True)
class Recorded:
    """A decision that is on record; `new` where it was not before. `incident` is the one that it
    has opened, or belongs to. `mirror_problem` says why the mirror lags behind, where it does."""

    decision: Decision
    new: bool
    incident: Incident | None = None
    mirror_problem: str | None = None


def record(
    workspace: Workspace, decision: Decision, policy: Policy, warn: Callable[[str], None]
) -> Recorded:
    """As `write_down`, and delivers the messages."""
    recorded = write_down(workspace, decision, policy, warn)
    if recorded.incident is not None:
        deliver(workspace, warn)
    return recorded


def write_down(
    workspace: Workspace, decision: Decision, policy: Policy, warn: Callable[[str], None]
) -> Recorded:
    """Writes the decision down, unless the last one says the same; opens an incident where it is
    about production and high or worse; and writes messages to those who have to know, which
    `deliver` sends: who has something urgent to do does that first.

    Raises as `holding_runbook`.
    """
    opened = False
    with holding_runbook(workspace) as (book, _history):
        same = same_decision(book.runbook, decision, policy)
        kept = same or _appended(book, decision)
        incident = None
        if policy.production and decision.severity.rank <= Severity.HIGH.rank:
            incident, opened = _incident(book, kept, is_new=same is None)
        problem = book.mirror_problem
    if incident is not None:
        queue_opened(workspace, incident, opened, warn)
    return Recorded(kept, same is None, incident, problem)


def _appended(book: Logbook, decision: Decision) -> Decision:
    numbered = replace(decision, number=max(book.runbook.decisions, default=0) + 1)
    runbook = book.append(EventKind.ASSESSED, assessed_payload(numbered))
    return runbook.decisions[numbered.number]


def _incident(book: Logbook, decision: Decision, *, is_new: bool) -> tuple[Incident | None, bool]:
    """The decision's incident, and whether it was opened just now. What somebody has closed since
    the same was decided stays closed."""
    there = [
        each
        for each in book.runbook.incidents.values()
        if decision.release in each.releases and (each.is_open or each.opened_at >= decision.at)
    ]
    if there and not is_new:
        return (there[-1] if there[-1].is_open else None), False
    return ensure_incident(
        book,
        title=decision.findings[0].what,
        severity=decision.severity,
        releases=(decision.release,),
        decision=decision.number,
        by=decision.by,
    )
