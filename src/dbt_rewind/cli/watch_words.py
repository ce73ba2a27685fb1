"""A watch in words and as JSON facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import typer

from dbt_rewind import clock
from dbt_rewind.cli.assess_words import COLOURS, severity_code
from dbt_rewind.cli.screen import Screen
from dbt_rewind.cli.words import count, lasting, wrapped
from dbt_rewind.errors import ExitCode
from dbt_rewind.model import release_id

if TYPE_CHECKING:
    from dbt_rewind.engine.workspace import Workspace
    from dbt_rewind.procedures.watch import Look, Withdrawn


@dataclass(frozen=True, slots=True)
class Watched:
    """How a watch ended: after `looks` looks, of which `last` was the last; None: another release
    was live already."""

    looks: int
    last: Look | None

    @property
    def facts(self) -> dict[str, Any]:
        """What the JSON document says of it."""
        last = self.last
        decision = last.recorded.decision if last and last.recorded else None
        gone = last.withdrawn if last else None
        return {
            "release": last.found.live.id if last and last.found else None,
            "looks": self.looks,
            "severity": decision and decision.severity,
            "decision": decision and decision.id,
            "kept": last.kept if last else None,
            "problem": last.problem if last else None,
            "withdrawn_to": gone and release_id(gone.published.target),
            "incident": _incident_id(last),
        }

    def leave(self) -> None:
        """Ends the command with the exit code that says it."""
        last = self.last
        if last is None:
            return
        if last.found is None:
            raise typer.Exit(ExitCode.UNVERIFIED)
        if last.withdrawn is not None:
            raise typer.Exit(ExitCode.WITHDRAWN)
        if last.found.decision is not None:
            raise typer.Exit(severity_code(last.found.decision.severity))
        if last.found.unseen:
            raise typer.Exit(ExitCode.UNVERIFIED)


def follow(
    screen: Screen,
    workspace: Workspace,
    release: int | None,
    time: timedelta,
    every: timedelta,
) -> Watched:
    """Watches, tells each look in a line, and what comes of it."""
    from dbt_rewind.procedures.watch import watch

    looks, last = 0, None
    for look in watch(workspace, release, lasting=time, every=every, warn=screen.warn):
        looks, last = looks + 1, look
        _say_look(screen, look)
    _say_end(screen, workspace.name, Watched(looks, last))
    return Watched(looks, last)


def _say_look(screen: Screen, look: Look) -> None:
    found, at = look.found, f"{clock.now():%H:%M:%S}"
    if found is None:
        words = f"not seen: {look.problem}"
        screen.tell("\n".join(wrapped(f"  {at}  ", words)), fg="yellow")
        return
    decision = found.decision
    if decision is not None:
        colour, words = COLOURS[decision.severity], f"{decision.severity}: "
        words += "; ".join(finding.what for finding in decision.findings[:3])
        more = len(decision.findings) - 3
        words += f" and {more} more" if more > 0 else ""
    elif found.unseen:
        colour, words = "yellow", f"ok, but not seen: {found.unseen[0].name}"
    else:
        colour, words = "green", f"ok, {count(len(found.observations), 'look')}"
    screen.tell("\n".join(wrapped(f"  {at}  {found.live.id}  ", words)), fg=colour)
    if look.kept is not None:
        screen.say("\n".join(wrapped("  not taken back: ", look.kept)), fg="yellow")


def _say_end(screen: Screen, environment: str, watched: Watched) -> None:
    last = watched.last
    if last is None:
        screen.say(f"{environment}: another release is live, so that nothing is left to watch")
        return
    if last.found is None:
        screen.say(f"{environment}: the last look saw nothing", fg="yellow", bold=True)
    elif last.withdrawn is not None:
        _say_withdrawn(screen, environment, last.withdrawn)
    elif last.found.decision is not None:
        words = f"{last.found.live.id} in {environment}: {last.found.decision.severity}"
        screen.say(words, fg=COLOURS[last.found.decision.severity], bold=True)
        screen.tell(f"  what to do     rewind assess -e {environment}")
    else:
        seen = count(watched.looks, "look")
        unseen = ", but not all was seen" if last.found.unseen else ""
        words = f"{last.found.live.id} in {environment}: nothing found in {seen}{unseen}"
        screen.say(words, fg="yellow" if unseen else "green", bold=True)
    if (incident := _incident_id(last)) is not None:
        screen.tell(f"  incident       rewind incident show {incident} -e {environment}")


def _say_withdrawn(screen: Screen, environment: str, gone: Withdrawn) -> None:
    target, source = release_id(gone.published.target), gone.planned.live.id
    moved = count(len(gone.planned.plan.moves), "pointer")
    words = f"{source} is taken back: {target} is live in {environment}"
    screen.say(f"{words}, {moved} moved in {lasting(gone.seconds)}", fg="red", bold=True)
    screen.say("\n".join(wrapped("  because        ", gone.published.reason)))
    sequence = gone.published.sequence
    screen.tell(f"  review         rewind review close R{sequence} -e {environment}")
    screen.tell(f"  check it       rewind verify --deep -e {environment}")


def _incident_id(look: Look | None) -> str | None:
    if look is None:
        return None
    incident = look.withdrawn.incident if look.withdrawn else None
    incident = incident or (look.recorded.incident if look.recorded else None)
    return incident.id if incident else None
