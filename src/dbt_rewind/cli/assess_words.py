"""What was seen and decided, in words and as JSON facts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from dbt_rewind.cli.screen import Screen
from dbt_rewind.cli.words import count, lasting, moment, wrapped
from dbt_rewind.errors import ExitCode
from dbt_rewind.model import Action, Demand, Observation, Policy, Severity, release_id, worst

if TYPE_CHECKING:
    from dbt_rewind.model import Decision, TriggerFinding
    from dbt_rewind.procedures.advice import Option
    from dbt_rewind.procedures.assess import Assessment, Recorded
    from dbt_rewind.procedures.triggers.all import LeftOut

COLOURS: Final = {
    Severity.CRITICAL: "red",
    Severity.HIGH: "red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "yellow",
}

_WIDTH: Final = 80

_MOST: Final = 5
"""How many findings of one look are told; --json has all."""


def severity_code(severity: Severity) -> ExitCode:
    """The exit code that says how bad it is."""
    return ExitCode[severity.name]


def say_observation(screen: Screen, seen: Observation) -> None:
    """One line for a look, and some more for what it has found."""
    if seen.unseen is not None:
        _say_look(screen, "unseen", seen, seen.unseen, "yellow")
        return
    severity = worst(tuple(finding.severity for finding in seen.findings))
    _say_look(
        screen,
        severity.value if severity else "ok",
        seen,
        seen.seen,
        COLOURS[severity] if severity else "green",
    )
    for finding in sorted(seen.findings, key=lambda each: each.severity.rank)[:_MOST]:
        _say_finding(screen, finding)
    if len(seen.findings) > _MOST:
        screen.tell(f"            and {len(seen.findings) - _MOST} more (--json has all)")


def _say_look(screen: Screen, mark: str, seen: Observation, words: str, colour: str) -> None:
    text = f"{seen.name}: {words}" if words else seen.name
    screen.tell("\n".join(wrapped(f"  {mark:10}", text)), fg=colour)


def _say_finding(screen: Screen, finding: TriggerFinding) -> None:
    measured = "" if finding.what.endswith(f": {finding.measured}") else f"{finding.measured}; "
    words = f"{finding.what} ({measured}threshold {finding.threshold})"
    screen.tell("\n".join(wrapped(" " * 12, words)))
    for line in finding.evidence[:_MOST]:
        screen.tell("\n".join(wrapped(" " * 14, line)))


def say_outcome(
    screen: Screen,
    environment: str,
    found: Assessment,
    recorded: Recorded | None,
    left: Sequence[LeftOut],
) -> None:
    """The one line that says how it is, and what nobody has looked at."""
    if left:
        screen.tell("\n".join(wrapped("  left out  ", _left_words(left))))
    where = f"{found.live.id} in {environment}"
    decision = recorded.decision if recorded else found.decision
    if decision is not None:
        act = f"{decision.severity}: {decision.answer.action}{_within_words(decision)}"
        screen.say(f"{where}: {act}", fg=COLOURS[decision.severity], bold=True)
    elif found.unseen:
        screen.say(
            f"{where}: nothing found, but {count(len(found.unseen), 'look')} saw nothing",
            fg="yellow",
            bold=True,
        )
    else:
        screen.say(f"{where}: healthy, nothing asks for a rollback", fg="green", bold=True)


def _left_words(left: Sequence[LeftOut]) -> str:
    deep = [each.what for each in left if each.by_option]
    words = [f"{', '.join(deep)} (--deep)"] if deep else []
    words += [f"{each.what} ({each.setting})" for each in left if not each.by_option]
    return "; ".join(words)


def say_decision(
    screen: Screen,
    environment: str,
    found: Assessment,
    policy: Policy,
    recorded: Recorded | None,
) -> None:
    """What is to be done, who must say yes, what it costs, and the command."""
    from dbt_rewind.procedures.advice import command_of

    if found.decision is None or found.advice is None:
        return
    decision = recorded.decision if recorded else found.decision
    _say(screen, "approval", approval_words(decision.answer.demand, policy))
    _say_option(screen, "best", found.advice.best)
    for option in found.advice.others:
        _say_option(screen, "or", option)
    if recorded is None:
        _say(screen, "recorded", "nothing: this was a dry run")
    else:
        old = "" if recorded.new else f", as {moment(decision.at)} already"
        _say(screen, "recorded", f"{decision.id}{old}")
        if recorded.incident is not None:
            _say(screen, "incident", f"{recorded.incident.id}: {recorded.incident.title}")
    _say_command(screen, command_of(environment, decision))


def _say_command(screen: Screen, command: str) -> None:
    """The command as it can be copied, over two lines where one is too short for it."""
    line = f"  {'command':10}{command}"
    if len(line) > _WIDTH and " --reason " in command:
        first, _, reason = command.partition(" --reason ")
        line = f"  {'command':10}{first} \\\n{' ' * 14}--reason {reason}"
    screen.say(line)


def approval_words(demand: Demand, policy: Policy) -> str:
    """Whose yes is needed: `1 of team-lead (ada, grace)`."""
    if demand.emergency:
        return "nobody's, but only with --emergency and a reason; it is announced and reviewed"
    if not demand.quorum:
        return "nobody's"
    words = ", and ".join(_part_words(each, policy) for each in demand.parts)
    if policy.production and not policy.enforced:
        words += "; nothing enforces it, because rewind.yml names no people"
    return words


def _part_words(demand: Demand, policy: Policy) -> str:
    people = [each.name for each in policy.people if demand.asks(each)]
    names = f" ({', '.join(people)})" if people else ""
    return f"{demand.quorum} of {', '.join(demand.roles)}{names}"


def _say_option(screen: Screen, head: str, option: Option) -> None:
    figures = [option.reason]
    if option.estimate is not None:
        times = f"the median of {option.estimate.samples} here"
        figures.append(f"takes {lasting(option.estimate.seconds)}, {times}")
    figures.append(_rows_words(option.rows))
    _say(screen, head, f"{option.strategy}: {'; '.join(figures)}")


def _rows_words(rows: int | None) -> str:
    if rows is None:
        return "how many rows it takes away is not known"
    return f"takes {count(rows, 'row')} away" if rows else "takes no rows away"


def _within_words(decision: Decision) -> str:
    within = decision.answer.within
    if within is None:
        return ""
    if not within:
        return " at once"
    return f" within {_time_words(within)}, by {moment(decision.at + within)}"


def _time_words(time: timedelta) -> str:
    hours, minutes = time / timedelta(hours=1), time / timedelta(minutes=1)
    if hours >= 1 and hours == int(hours):
        return count(int(hours), "hour")
    if minutes >= 1 and minutes == int(minutes):
        return count(int(minutes), "minute")
    return lasting(time.total_seconds())


def _say(screen: Screen, head: str, words: str) -> None:
    screen.say("\n".join(wrapped(f"  {head:10}", words)))


def facts_of(
    environment: str,
    found: Assessment,
    policy: Policy,
    recorded: Recorded | None,
    left: Sequence[LeftOut],
) -> dict[str, Any]:
    """The JSON document."""
    from dbt_rewind.procedures.advice import command_of

    decision = recorded.decision if recorded else found.decision
    return {
        "environment": environment,
        "release": found.live.id,
        "production": policy.production,
        "looks": [
            {
                "trigger": seen.trigger,
                "name": seen.name,
                "seen": seen.seen,
                "unseen": seen.unseen,
                "findings": [_finding_facts(finding) for finding in seen.findings],
            }
            for seen in found.observations
        ],
        "left_out": [{"what": each.what, "setting": each.setting} for each in left],
        "decision": decision and _decision_facts(decision, policy, recorded),
        "options": [
            _option_facts(option)
            for option in ((found.advice.best, *found.advice.others) if found.advice else ())
        ],
        "incident": recorded and recorded.incident and recorded.incident.id,
        "command": decision and command_of(environment, decision),
    }


def _decision_facts(
    decision: Decision, policy: Policy, recorded: Recorded | None
) -> dict[str, Any]:
    answer = decision.answer
    return {
        "id": decision.id if recorded else None,
        "new": recorded is not None and recorded.new,
        "severity": decision.severity,
        "action": answer.action,
        "rolls_back": answer.action is Action.ROLL_BACK,
        "within_seconds": None if answer.within is None else answer.within.total_seconds(),
        "deadline": decision.deadline,
        "target": release_id(decision.target) if decision.target else None,
        "approval": demand_facts(answer.demand, policy),
        "review": answer.review,
    }


def demand_facts(demand: Demand, policy: Policy) -> dict[str, Any]:
    """Whose yes is needed."""
    return {
        "roles": list(demand.roles),
        "people": demand.quorum,
        "emergency": demand.emergency,
        "enforced": policy.enforced,
    }


def _option_facts(option: Option) -> dict[str, Any]:
    return {
        "strategy": option.strategy,
        "reason": option.reason,
        "seconds": option.estimate and round(option.estimate.seconds, 3),
        "samples": option.estimate.samples if option.estimate else 0,
        "rows_lost": option.rows,
    }


def _finding_facts(finding: TriggerFinding) -> dict[str, Any]:
    return {
        "severity": finding.severity,
        "subject": finding.subject,
        "what": finding.what,
        "measured": finding.measured,
        "threshold": finding.threshold,
        "evidence": list(finding.evidence),
        "release": release_id(finding.release) if finding.release else None,
        "remedy": finding.remedy or None,
    }
