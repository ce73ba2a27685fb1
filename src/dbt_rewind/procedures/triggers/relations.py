"""Is all there that users query, and can it be queried?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from dbt_rewind.engine.drift import find_drift, missing_relations
from dbt_rewind.engine.profile import read_profile
from dbt_rewind.model import (
    Observation,
    RelationName,
    ReleaseNode,
    Severity,
    Trigger,
    TriggerFinding,
)
from dbt_rewind.procedures.triggers.signal import unseen
from dbt_rewind.procedures.triggers.subject import MOVED_ON, Subject
from dbt_rewind.redact import redact

NAME: Final = "tables and views"
HALF_WAY: Final = "a publish moves names, or has stopped half way: see `rewind status`"
REPAIR: Final = "`rewind deploy --repair` leads the name back"


@dataclass(frozen=True, slots=True)
class Relations:
    """Looks whether every public name of the live release leads to its relation, and whether that
    is there, has its columns, and can be queried with all that it reads. No row is read.

    A name that leads elsewhere is high: users may still get what they need. All else is critical.
    """

    trigger: Trigger = Trigger.INTEGRITY
    question: str = "Is all there that users query?"

    def look(self, subject: Subject) -> Iterator[Observation]:
        if subject.reader.half_published(subject.workspace.name) is not None:
            yield unseen(self.trigger, NAME, HALF_WAY)
            return
        found = _missing(subject)
        found |= _drifted(subject, found)
        found |= _broken(subject, found)
        found |= _without_columns(subject, found)
        if found and subject.has_moved_on():
            yield unseen(self.trigger, NAME, MOVED_ON)
            return
        total = len(subject.live.nodes)
        names = "1 name" if total == 1 else f"{total} names"
        yield Observation(
            self.trigger,
            NAME,
            f"{names}: {len(found) or 'none'} gone, broken or led elsewhere",
            tuple(found[name] for name in sorted(found)),
        )


Found = dict[RelationName, TriggerFinding]
"""What is wrong, by public name."""


def _missing(subject: Subject) -> Found:
    gone = set(missing_relations(subject.reader, subject.live))
    return {
        node.pointer: _finding(
            subject,
            node,
            f"{name}, which {node.pointer} leads to, is gone",
            "missing",
            f"{name} is there",
            remedy=subject.remedy_of(node),
        )
        for node in subject.live.nodes
        for name in (node.storage, node.relation)
        if name in gone
    }


def _drifted(subject: Subject, known: Found) -> Found:
    nodes = {node.pointer: node for node in subject.live.nodes}
    found: Found = {}
    for drift in find_drift(subject.reader, subject.live):
        if drift.pointer in known:
            continue
        is_gone = drift.found == "missing"
        found[drift.pointer] = _finding(
            subject,
            nodes[drift.pointer],
            f"{drift.pointer} is {'gone' if is_gone else drift.found}",
            drift.found,
            f"leading to {drift.expected}",
            remedy=REPAIR,
            severity=Severity.CRITICAL if is_gone else Severity.HIGH,
        )
    return found


def _without_columns(subject: Subject, known: Found) -> Found:
    overwritten = {each.relation for each in subject.history.overwritten(subject.live)}
    profile = read_profile(subject.reader, subject.history.releases[subject.live.number])
    nodes = [node for node in subject.live.nodes if node.unique_id in profile]
    present = subject.reader.relations([node.relation for node in nodes])
    found: Found = {}
    for node in nodes:
        if node.pointer in known or node.relation not in present or node.relation in overwritten:
            continue
        columns = {each.name for each in present[node.relation].columns}
        lost = [each.name for each in profile[node.unique_id] if each.name not in columns]
        if lost:
            total = len(profile[node.unique_id])
            what = f"{node.relation} has lost {'a column' if len(lost) == 1 else 'columns'}"
            found[node.pointer] = _finding(
                subject,
                node,
                f"{what}: {', '.join(lost[:5])}{' ...' if len(lost) > 5 else ''}",
                f"{total - len(lost)} of {total} columns",
                f"all {total} columns, as published",
                remedy=subject.remedy_of(node),
            )
    return found


def _broken(subject: Subject, known: Found) -> Found:
    nodes = {node.pointer: node for node in subject.live.nodes if node.pointer not in known}
    return {
        name: _finding(
            subject,
            nodes[name],
            f"{name} cannot be queried",
            redact(words),
            "it can be queried",
        )
        for name, words in subject.reader.unreadable(list(nodes)).items()
    }


def _finding(
    subject: Subject,
    node: ReleaseNode,
    what: str,
    measured: str,
    threshold: str,
    *,
    severity: Severity = Severity.CRITICAL,
    remedy: str = "",
) -> TriggerFinding:
    return TriggerFinding(
        Trigger.INTEGRITY,
        severity,
        str(node.pointer),
        what,
        measured,
        threshold,
        (f"{node.pointer} is {node.unique_id}",),
        subject.live.number,
        remedy,
    )
