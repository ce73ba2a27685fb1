"""Switching flags off and on: only pointers move, in one publish. Runs no dbt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from dbt_rewind import clock
from dbt_rewind.engine.append_release import append_release
from dbt_rewind.engine.compare import compare_shown
from dbt_rewind.engine.drift import settle
from dbt_rewind.engine.flags.base import Base, find_base
from dbt_rewind.engine.flags.composite import Flagged, Side
from dbt_rewind.engine.flags.keep import Kept, compose_kept, models_off
from dbt_rewind.engine.flags.sides import Sides, named_in
from dbt_rewind.engine.history import RESTORABLE, History
from dbt_rewind.engine.intent import Intent, intent_of
from dbt_rewind.engine.judge import Asking
from dbt_rewind.engine.ledger import Ledger, read_artifact, read_release
from dbt_rewind.engine.needs import needs_of_plan
from dbt_rewind.engine.permits import permit_for
from dbt_rewind.engine.plan import Plan, plan_publish
from dbt_rewind.engine.profile import encode_profile, profile_from
from dbt_rewind.engine.records import encode_release
from dbt_rewind.engine.recover import undo_failed
from dbt_rewind.engine.rollback import publish
from dbt_rewind.engine.rules import Rules
from dbt_rewind.engine.select import taken, without_lost_figures
from dbt_rewind.engine.undoing import Inexact, inexact_moves
from dbt_rewind.errors import NothingLive
from dbt_rewind.model import (
    GENESIS,
    EventKind,
    Flag,
    FlagOff,
    GateFinding,
    Permit,
    Release,
    ReleaseKind,
    ReleaseNode,
    TestSummary,
)
from dbt_rewind.warehouse.protocol import LedgerReader

NamedBase = Callable[[Flag], Base | None]
"""The release that somebody has named for a flag to go back to, None: nobody has."""


@dataclass(frozen=True, slots=True)
class Switch:
    """What is wanted: flags to switch off and names of flags to switch on. `operation` is what
    events call it."""

    operation: str
    off: tuple[Flag, ...] = ()
    on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SwitchPlan:
    """What a switch will do. `release` is what will be live; `whys` say of flags that go off why
    they go back to the release that they go back to. `backward`: users get what they have seen
    before, as by a rollback. `findings` are what gates would say, and `inexact` what will not be as
    it was: both are told and stop nothing."""

    switch: Switch
    live: Release
    release: Release
    kept: Kept
    plan: Plan
    backward: bool
    whys: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[GateFinding, ...] = ()
    inexact: tuple[Inexact, ...] = ()

    @property
    def intent(self) -> Intent:
        """What the switch would make live, as approvals are bound to it."""
        words = [f"{each.name} off" for each in self.switch.off]
        words += [f"{name} on" for name in self.switch.on]
        subject = f"{self.live.id} with {', '.join(words)}"
        return intent_of(self.plan, subject, target=None, backward=self.backward)

    def off(self, flag: str) -> FlagOff | None:
        """How the flag will be off; None where it will be on."""
        return next((each for each in self.release.off if each.flag == flag), None)

    @property
    def hidden(self) -> tuple[ReleaseNode, ...]:
        """The nodes whose names users will lose."""
        stay = {node.pointer for node in self.release.nodes}
        return tuple(node for node in self.live.nodes if node.pointer not in stay)


def plan_switch(
    reader: LedgerReader,
    history: History,
    switch: Switch,
    flags: Mapping[str, Flag],
    named_base: NamedBase,
    rules: Rules | None = None,
    *,
    by: str = "",
) -> SwitchPlan:
    """Reads what stands and plans the switch. `flags` are those of rewind.yml. Changes nothing.

    Raises NothingLive, NoReleaseWithout, FlagUnclear, FlagStuck, FlagsCollide, PointerDrifted,
    PointerOccupied, ArtifactDamaged, ArtifactInvalid.
    """
    if history.live is None:
        raise NothingLive(history.environment)
    sides = Sides(reader, history)
    side = sides.of(history.live.number)
    live, whys = side.release, {}
    bases = {each.flag: each.base for each in live.off}
    wanted = {
        name: Flagged(name, models, bases[name], named_in(side, name, models))
        for name, models in models_off(live, tuple(flags.values())).items()
        if name not in switch.on
    }
    for flag in switch.off:
        nodes = named_in(side, flag.name, flag.models)
        base = named_base(flag)
        if base is None and nodes:
            base = find_base(sides, flag, nodes, side)
        number = base.release if base else None
        wanted[flag.name] = Flagged(flag.name, flag.models, number, nodes)
        whys[flag.name] = base.why if base else ""
    made = without_lost_figures(live.made, history.overwritten(live))
    kept = compose_kept(reader, sides, made, side.manifest, tuple(wanted.values()), live.flags)
    release = _release(history, side, kept, by)
    plan = _plan(reader, history, switch, live, release)
    return SwitchPlan(
        switch,
        live,
        release,
        kept,
        plan,
        bool(switch.off) or _were_seen(reader, history, plan),
        whys,
        compare_shown(live.nodes, release.nodes, kept.columns(reader, history), rules or Rules()),
        inexact_moves(history, plan, release),
    )


def _were_seen(reader: LedgerReader, history: History, plan: Plan) -> bool:
    """Whether something that comes into sight was there before, in a release that was live."""
    coming = {(move.pointer, move.after) for move in plan.moves if move.after is not None}
    return any(
        (node.pointer, node.relation) in coming
        for summary in history.newest_first()
        if coming and summary.state in RESTORABLE and summary.record_digest
        for node in read_release(reader, summary).nodes
    )


def _release(history: History, side: Side, kept: Kept, by: str) -> Release:
    return replace(
        side.release,
        number=history.next_number,
        kind=ReleaseKind.FLAG,
        created_at=clock.now(),
        created_by=by,
        seconds=0.0,
        tests=TestSummary(),
        warnings=(),
        nodes=taken(kept.composite.nodes),
        gates=(),
        base=side.release.number,
        off=kept.composite.off,
        withheld=taken(kept.composite.withheld),
    )


def _plan(
    reader: LedgerReader, history: History, switch: Switch, live: Release, release: Release
) -> Plan:
    names = {node.pointer for node in (*release.nodes, *live.nodes)}
    relations = {node.relation for node in release.nodes}
    states = reader.pointers(names | relations)
    settle(reader, history, live, names, states, repair=False)
    plan = plan_publish(
        switch.operation,
        history.head.hash if history.head else GENESIS,
        release,
        live,
        {relation for relation in relations if not states[relation].absent},
        one_by_one=not reader.capabilities.transactional_ddl,
    )
    reader.require_permitted(needs_of_plan(plan))
    return plan


def apply_switch(ledger: Ledger, planned: SwitchPlan, asking: Asking, *, reason: str) -> Permit:
    """Publishes what was planned, and returns by what right. Raises ApprovalNeeded, and what
    `Ledger.append` raises; then no release has gone live."""
    permit = permit_for(ledger, planned.intent, asking)
    warehouse, history = ledger.access.warehouse, ledger.history
    live = history.releases[planned.live.number]
    release, composite = planned.release, planned.kept.composite
    columns = planned.kept.columns(warehouse, history)
    artifacts = {
        "record": encode_release(release),
        "manifest": read_artifact(warehouse, live.manifest_digest, f"the manifest of {live.id}"),
        "profile": encode_profile(profile_from(columns, composite.nodes, composite.withheld)),
    }
    try:
        append_release(ledger, EventKind.BUILT, release, artifacts)
        publish(ledger, planned.plan, planned.intent, permit, reason=reason, by=asking.by)
    except BaseException as error:
        undo_failed(ledger, error)
        raise
    return permit
