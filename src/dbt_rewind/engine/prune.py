"""Prune: drop what only releases hold that are kept no longer. Mark, drop, confirm."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from dbt_rewind.engine.finish_prune import finish_prune
from dbt_rewind.engine.history import GONE, History
from dbt_rewind.engine.holdings import Holdings
from dbt_rewind.engine.ledger import Ledger, read_release
from dbt_rewind.engine.records import encode_relation
from dbt_rewind.engine.retention import Fate, Rules, Verdict, decide
from dbt_rewind.model import EventKind, Needs, RelationName
from dbt_rewind.warehouse.protocol import LedgerReader


@dataclass(frozen=True, slots=True)
class PrunePlan:
    """What a prune will do. `verdicts` has every release, the newest first; `drops` what goes with
    each that is dropped, every relation once, with its bytes on disk."""

    verdicts: tuple[Verdict, ...]
    drops: Mapping[int, Mapping[RelationName, int]]

    @property
    def relations(self) -> tuple[RelationName, ...]:
        return tuple(sorted(name for each in self.drops.values() for name in each))

    @property
    def bytes(self) -> int:
        return sum(size for each in self.drops.values() for size in each.values())


def plan_prune(reader: LedgerReader, history: History, rules: Rules, now: datetime) -> PrunePlan:
    """Decides which releases go, and finds what nothing else needs then. Changes nothing.

    Raises ArtifactDamaged where a record cannot be read: then it is not known what is needed.
    """
    verdicts = decide(history, rules, now)
    of_fate = {fate: [v.release for v in verdicts if v.reason.fate is fate] for fate in Fate}
    if not of_fate[Fate.DROPPED]:
        return PrunePlan(verdicts, {})
    holdings = Holdings(history, partial(read_release, reader))
    needed = {name for number in of_fate[Fate.KEPT] for name in holdings.needs(number)}
    needed |= {each.relation for each in history.set_aside}
    dropped: dict[int, set[RelationName]] = {}
    for number in sorted(of_fate[Fate.DROPPED]):
        dropped[number] = set(holdings.needs(number)) - needed
        needed |= dropped[number]  # what two of them share goes with the older one
    every = {name for names in dropped.values() for name in names}
    states = reader.pointers(every)
    sizes = reader.sizes([name for name in every if not states[name].absent])
    drops = {
        number: {name: sizes[name] for name in sorted(names) if name in sizes}
        for number, names in dropped.items()
    }
    plan = PrunePlan(verdicts, drops)
    reader.require_permitted(Needs(drops=plan.relations))
    return plan


def held_alone(
    reader: LedgerReader, history: History, numbers: Collection[int]
) -> Mapping[int, int]:
    """For each of `numbers`, the bytes that pruning it and nothing else would free.

    Raises ArtifactDamaged.
    """
    holdings = Holdings(history, partial(read_release, reader))
    holders: dict[RelationName, int] = {}
    for number, release in history.releases.items():
        if release.state in GONE:
            continue
        for name in holdings.needs(number):
            # 0: more than one holds it.
            holders[name] = number if name not in holders else 0
    alone = {name: number for name, number in holders.items() if number in numbers}
    totals = dict.fromkeys(numbers, 0)
    for name, size in reader.sizes(list(alone)).items():
        totals[alone[name]] += size
    return totals


def apply_prune(ledger: Ledger, plan: PrunePlan, *, reason: str, by: str) -> None:
    """Marks the plan in the ledger and carries it out. Does nothing where nothing is dropped."""
    if not plan.drops:
        return
    ledger.append(
        EventKind.PRUNING,
        {
            "operation": "prune",
            "releases": sorted(plan.drops),
            "relations": [encode_relation(relation) for relation in plan.relations],
            "reason": reason,
            "by": by,
        },
    )
    finish_prune(ledger)
