"""Assess: look at a live release, decide by the matrix, record the decision."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from dbt_rewind import clock
from dbt_rewind.engine.access import Access
from dbt_rewind.engine.decide import decide, same_decision
from dbt_rewind.engine.history import ReleaseSummary
from dbt_rewind.engine.mirror import runbook_mirror
from dbt_rewind.engine.runbook.decisions import assessed_payload
from dbt_rewind.engine.runbook.logbook import Logbook, open_logbook
from dbt_rewind.engine.workspace import Workspace
from dbt_rewind.model import Decision, EventKind, Observation, Policy, TriggerFinding
from dbt_rewind.procedures.advice import Advice, advise
from dbt_rewind.procedures.triggers.signal import Signal, look_for
from dbt_rewind.procedures.triggers.subject import Subject
from dbt_rewind.state_folder import make_state_folder
from dbt_rewind.warehouse.owner import current_owner


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
    """A decision that is on record; `new` where it was not before. `mirror_problem` says why the
    mirror lags behind, where it does."""

    decision: Decision
    new: bool
    mirror_problem: str | None = None


def record(workspace: Workspace, decision: Decision, policy: Policy) -> Recorded:
    """Writes the decision down, unless the last one says the same. Raises as `open_logbook`."""
    make_state_folder(workspace.state_folder)
    access = Access(workspace.connect)
    owner = current_owner(workspace.person, "assess")
    try:
        with open_logbook(access, workspace.name, runbook_mirror(workspace.mirror), owner) as book:
            return _record(book, decision, policy)
    finally:
        access.close()


def _record(book: Logbook, decision: Decision, policy: Policy) -> Recorded:
    same = same_decision(book.runbook, decision, policy)
    if same is not None:
        return Recorded(same, new=False)
    numbered = replace(decision, number=max(book.runbook.decisions, default=0) + 1)
    runbook = book.append(EventKind.ASSESSED, assessed_payload(numbered))
    return Recorded(
        runbook.decisions[numbered.number], new=True, mirror_problem=book.mirror_problem
    )
