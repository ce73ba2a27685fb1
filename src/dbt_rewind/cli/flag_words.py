"""Feature flags in words and as JSON facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dbt_rewind.cli.screen import Screen
from dbt_rewind.cli.words import ago, count, lasting, moment, wrapped
from dbt_rewind.model import release_id

if TYPE_CHECKING:
    from dbt_rewind.engine.flags.look import Look
    from dbt_rewind.engine.flags.standing import FlagState
    from dbt_rewind.engine.flags.switch import SwitchPlan
    from dbt_rewind.model import FlagOff, Incident, Permit, Release
    from dbt_rewind.procedures.aftermath import Published


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a switch went; `seconds` is what the publish took."""

    planned: SwitchPlan
    permit: Permit
    sequence: int
    by: str
    reason: str
    seconds: float

    @property
    def published(self) -> Published:
        """What others are told."""
        from dbt_rewind.procedures.aftermath import Published

        planned = self.planned
        return Published(
            self.sequence,
            planned.plan.operation,
            planned.live.number,
            planned.release.number,
            self.by,
            self.reason,
            self.permit,
        )


def off_words(off: FlagOff) -> str:
    """`2 models as in r1, 1 not shown`."""
    if off.shown is None:
        return "the live code has nothing of it; what a deploy brings of it is not shown"
    parts = []
    if off.held:
        parts.append(f"{count(len(off.held), 'model')} as in {release_id(off.shown)}")
    if off.hidden:
        parts.append(f"{len(off.hidden)} not shown")
    return ", ".join(parts) or "the live code has nothing of it any more"


def say_kept(screen: Screen, off: Sequence[FlagOff]) -> None:
    """That flags stay off, after a build or before one."""
    for each in off:
        words = f"{each.flag} stays off: {off_words(each)}"
        screen.say("\n".join(wrapped("  flag: ", words)), fg="yellow")


def switched_words(live: Release, target: Release) -> list[str]:
    """The flags that stand otherwise in the release that a rollback goes to."""
    now, then = ({each.flag for each in release.off} for release in (live, target))
    off = [f"{name} is on, and off in {target.id}" for name in sorted(then - now)]
    return [f"{name} is off, and on in {target.id}" for name in sorted(now - then)] + off


def say_switch(screen: Screen, environment: str, planned: SwitchPlan) -> None:
    """What would move, and what would not be as it was."""
    from dbt_rewind.cli.plan_words import say_changes, say_inexact, say_moves, say_one_by_one

    live, release = planned.live, planned.release
    screen.tell(f"{environment}: {live.id} -> {release.id}, of the same code")
    for flag in planned.switch.off:
        off = planned.off(flag.name)
        if off is not None:
            screen.tell("\n".join(wrapped(f"  off {flag.name}: ", off_words(off))))
            if off.base is not None:
                words = f"{release_id(off.base)}: {planned.whys.get(flag.name, '')}"
                screen.tell("\n".join(wrapped("    goes back to ", words)))
    for name in planned.switch.on:
        screen.tell(f"  on {name}: its models as the live code has built them last")
    total = len(release.nodes)
    moved = len(planned.plan.moves)
    screen.tell(f"  {moved} of {count(total, 'pointer')} move; nothing is built")
    say_moves(screen, planned.plan.moves)
    say_one_by_one(screen, planned.plan)
    say_changes(screen, planned.findings)
    say_inexact(screen, planned.inexact)


def say_nothing(screen: Screen, environment: str, action: str, names: Sequence[str]) -> None:
    """That everything is as it is wanted."""
    if action == "sync":
        screen.say(f"all flags are in {environment} as they should be: nothing to do", fg="green")
        screen.document("flag sync", {"environment": environment, "changed": False})
        return
    how = "off" if action == "disable" else "on"
    verb = "is" if len(names) == 1 else "are"
    words = f"{', '.join(names)} {verb} {how} in {environment} already: nothing to do"
    screen.say(words, fg="green")
    screen.document(f"flag {action}", {"environment": environment, "changed": False})


def say_outcome(screen: Screen, environment: str, outcome: Outcome) -> None:
    """That it is done."""
    planned = outcome.planned
    said = [f"{flag.name} is off" for flag in planned.switch.off]
    said += [f"{name} is on" for name in planned.switch.on]
    moved = count(len(planned.plan.moves), "pointer")
    words = f"{', '.join(said)} in {environment}: {moved} moved in {lasting(outcome.seconds)}"
    screen.say(words, fg="green", bold=True)


def say_follows(
    screen: Screen, environment: str, outcome: Outcome, incident: Incident | None
) -> None:
    """By what right it was done, and the commands that come next."""
    from dbt_rewind.cli.asking import say_permit

    say_permit(screen, environment, outcome.permit, outcome.sequence, incident)
    switch = outcome.planned.switch
    if switch.off:
        names = " ".join(flag.name for flag in switch.off)
        screen.tell("  deploys keep it off")
        screen.tell(f"  on again       rewind flag enable {names} -e {environment}")
    if switch.on:
        screen.tell(f"  off again      rewind flag disable {' '.join(switch.on)} -e {environment}")


def say_brief(screen: Screen, state: FlagState) -> None:
    """A flag in a list."""
    how = "off" if state.off else "on"
    screen.say(f"{state.name}: {how}{_since(state)}", fg="yellow" if state.off else None)
    if state.off is not None:
        screen.say("\n".join(wrapped("  ", off_words(state.off))))
    if state.flag is None:
        words = f"rewind.yml has it no longer; `rewind flag enable {state.name}` ends it"
        screen.say("\n".join(wrapped("  ", words)), fg="yellow")
    elif state.flag.description:
        screen.tell("\n".join(wrapped("  ", state.flag.description)))
    if state.flag is not None:
        named = "" if state.nodes is None else f" ({count(len(state.nodes), 'model')})"
        screen.tell("\n".join(wrapped("  models  ", f"{state.flag.models}{named}")))


def _since(state: FlagState) -> str:
    if state.switched is None:
        return ""
    return f" since {moment(state.switched.at)}, {ago(state.switched.at)}"


def say_off(screen: Screen, state: FlagState) -> None:
    """A flag that is off, in a status."""
    if state.off is not None:
        words = f"{state.name} is off{_since(state)}: {off_words(state.off)}"
        screen.say("\n".join(wrapped("  flag      ", words)), fg="yellow")


def say_state(screen: Screen, look: Look) -> None:
    """One flag whole."""
    state = look.state
    say_brief(screen, state)
    if state.switched is not None:
        by = state.switched
        words = f"by {by.by}, {by.operation}" + (f": {by.reason}" if by.reason else "")
        screen.say("\n".join(wrapped("  switched  ", words)))
    for unique_id in look.nodes or ():
        screen.say(f"  names     {unique_id}")
    if state.off is not None:
        for unique_id in state.off.held:
            screen.say(f"  held      {unique_id}")
        for unique_id in state.off.hidden:
            screen.say(f"  hidden    {unique_id}")
    elif look.base is not None:
        words = f"to {release_id(look.base.release)}: {look.base.why}"
        screen.say("\n".join(wrapped("  back      ", words)))
    elif look.nodes is not None and not look.nodes:
        screen.say("  back      the live code has nothing of it")
    if look.problem is not None and state.off is None:
        screen.say("\n".join(wrapped("  back      ", look.problem)), fg="yellow")


def off_facts(off: FlagOff) -> dict[str, Any]:
    """A flag that is off, as JSON data."""
    return {
        "flag": off.flag,
        "models": off.models,
        "base": release_id(off.base) if off.base is not None else None,
        "shown": release_id(off.shown) if off.shown is not None else None,
        "held": list(off.held),
        "hidden": list(off.hidden),
    }


def state_facts(state: FlagState) -> dict[str, Any]:
    """A flag as it stands, as JSON data."""
    switched = state.switched
    return {
        "name": state.name,
        "on": state.off is None,
        "models": state.flag.models if state.flag else None,
        "description": state.flag.description if state.flag else None,
        "nodes": None if state.nodes is None else list(state.nodes),
        "off": state.off and off_facts(state.off),
        "switched": switched
        and {
            "at": switched.at,
            "by": switched.by,
            "reason": switched.reason,
            "operation": switched.operation,
        },
    }


def show_facts(look: Look) -> dict[str, Any]:
    """One flag whole, as JSON data."""
    base = look.base
    return {
        **state_facts(look.state),
        "nodes": None if look.nodes is None else list(look.nodes),
        "back": base and {"release": release_id(base.release), "why": base.why},
        "problem": look.problem,
    }


def say_document(
    screen: Screen,
    environment: str,
    action: str,
    planned: SwitchPlan,
    outcome: Outcome | None = None,
    incident: Incident | None = None,
) -> None:
    """The JSON document; without an outcome, that of a dry run."""
    if not screen.as_json:
        return
    from dbt_rewind.cli.asking import permit_facts
    from dbt_rewind.cli.plan_words import finding_facts, move_facts

    facts = {
        "environment": environment,
        "dry_run": outcome is None,
        "changed": outcome is not None,
        "from": planned.live.id,
        "release": planned.release.id,
        "disabled": [flag.name for flag in planned.switch.off],
        "enabled": list(planned.switch.on),
        "off": [off_facts(each) for each in planned.release.off],
        "why": dict(planned.whys),
        "moves": [move_facts(move) for move in planned.plan.moves],
        "gates": [finding_facts(finding) for finding in planned.findings],
        "not_exact": planned.inexact,
        "reason": outcome.reason if outcome else "",
        "permit": permit_facts(outcome.permit if outcome else None),
        "incident": incident and incident.id,
        "publish_seconds": round(outcome.seconds, 4) if outcome else None,
    }
    screen.document(f"flag {action}", facts)
