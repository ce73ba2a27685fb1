"""`rewind status`: what is live, and whether all is as it should be."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from dbt_rewind.cli.code_standing_words import code_standing_facts, say_code_standing
from dbt_rewind.cli.flag_words import say_off
from dbt_rewind.cli.options import Env, Json, Quiet
from dbt_rewind.cli.quarantine_words import quarantine_facts, say_quarantine
from dbt_rewind.cli.screen import Screen
from dbt_rewind.cli.words import ago, begun, commit_words, count, moment, release_of, wrapped

if TYPE_CHECKING:
    from dbt_rewind.engine.history import ReleaseSummary
    from dbt_rewind.engine.status import BranchDistance, Status
    from dbt_rewind.procedures.approvals import Standing
    from dbt_rewind.procedures.code.standing import CodeStanding


def register(app: typer.Typer) -> None:
    app.command("status")(status)


def status(env: Env = None, as_json: Json = False, quiet: Quiet = False) -> None:
    """What is live, how far behind its branch, what drifted, who is at work."""
    from dbt_rewind.engine.standing import live_distance
    from dbt_rewind.engine.status import read_status
    from dbt_rewind.engine.workspace import open_workspace
    from dbt_rewind.procedures.approvals import standing_of
    from dbt_rewind.procedures.code.standing import code_standing

    screen = Screen(as_json, quiet)
    workspace = open_workspace(Path.cwd(), env)
    reader = workspace.connect_to_read()
    try:
        distance = live_distance(workspace, reader)
        found = read_status(reader, workspace.name, workspace.mirror, distance)
        standing = standing_of(workspace, reader)
    finally:
        reader.close()
    code = code_standing(workspace, found.quarantine)
    _say(screen, found, code, workspace.root)
    _say_runbook(screen, standing)
    facts = {**_facts(found), **code_standing_facts(code), **_runbook_facts(standing)}
    screen.document("status", facts)


def _say(screen: Screen, found: Status, code: CodeStanding, root: Path) -> None:
    if found.live is None:
        screen.say(f"{found.environment}: nothing is live; `rewind deploy` makes the first release")
    else:
        live = found.live
        since = (
            f"since {moment(live.published_at)}, {ago(live.published_at)}"
            if (live.published_at)
            else ""
        )
        screen.say(f"{found.environment}: {live.id} is live {since}", bold=True)
        screen.say(f"  commit    {commit_words(live.commit)}")
        if found.branch and not (code.held or code.held_here):
            screen.say(f"  branch    {_branch_words(found.branch)}")
        say_code_standing(screen, found.environment, code, root)
        _say_pointers(screen, found)
        for drift in found.drift:
            words = f"{drift.pointer} should lead to {drift.expected} but is {drift.found}"
            screen.say("\n".join(wrapped(" " * 12, words)), fg="red")
        _say_missing(screen, found)
    for kept in found.set_aside:
        words = f"{kept.relation}, which stood in place of {kept.pointer}"
        screen.say("\n".join(wrapped("  kept      ", words)))
    if found.waiting is not None:
        _say_waiting(screen, found.waiting)
    say_quarantine(screen, found.quarantine)
    for state in found.flags:
        say_off(screen, state)
    _say_operation(screen, found)
    mirror = found.mirror.relative_to(root) if found.mirror.is_relative_to(root) else found.mirror
    problem = found.mirror_problem
    words = "\n".join(wrapped("  mirror    ", problem or f"{mirror} agrees"))
    screen.say(words, fg="red" if problem else None)


def _say_runbook(screen: Screen, standing: Standing) -> None:
    """What waits for people."""
    from dbt_rewind.cli.words import moment

    if standing.differs:
        screen.say("  policy    rewind.yml says otherwise: see `rewind policy show`", fg="yellow")
    for request in standing.open_requests:
        words = f"{request.id}: {request.proof.person} asks for {request.operation}, which needs"
        words += f" {request.demand}, until"
        words += f" {moment(request.expires_at)}"
        screen.say("\n".join(wrapped("  asked     ", words)), fg="yellow")
    for review in standing.reviews:
        words = f"{review.id}: {review.words} by {review.by} ({review.permit.ground})"
        screen.say("\n".join(wrapped("  review    ", words)), fg="yellow")
    for incident in standing.runbook.incidents.values():
        if incident.is_open:
            words = f"{incident.id}: {incident.title} ({incident.severity})"
            screen.say("\n".join(wrapped("  incident  ", words)), fg="red")


def _runbook_facts(standing: Standing) -> dict[str, Any]:
    incidents = standing.runbook.incidents.values()
    return {
        "policy_differs": standing.differs,
        "requests": [request.id for request in standing.open_requests],
        "reviews": [review.id for review in standing.reviews],
        "incidents": [incident.id for incident in incidents if incident.is_open],
    }


def _say_pointers(screen: Screen, found: Status) -> None:
    if found.half_published is not None:
        words = f"{begun(found.half_published)} has moved some of them,"
        words += " and others not yet; readers see both"
        screen.say("\n".join(wrapped("  pointers  ", words)), fg="red")
        return
    right = found.pointers - len(found.drift)
    colour = "red" if found.drift else None
    screen.say(f"  pointers  {right} of {found.pointers} lead where they should", fg=colour)


def _say_missing(screen: Screen, found: Status) -> None:
    for name in found.missing:
        words = f"{name} is gone, which {found.live.id if found.live else 'nothing'} needs"
        screen.say("\n".join(wrapped("  missing   ", words)), fg="red")
    if found.missing:
        screen.say("            `rewind deploy` builds it again", fg="red")
    if found.drift:
        words = "`rewind rollback --repair` or `rewind deploy --repair` puts names right"
        screen.say("\n".join(wrapped(" " * 12, words)), fg="red")


def _say_waiting(screen: Screen, waiting: ReleaseSummary) -> None:
    command = f"{waiting.kind.value} of {waiting.commit.sha[:7]}"
    words = f"{waiting.id} is built, and others were in the way of its publish; the same {command}"
    words += " publishes it as it is"
    screen.say("\n".join(wrapped("  waiting   ", words)), fg="yellow")


def _say_operation(screen: Screen, found: Status) -> None:
    if found.lease is not None and found.at_work:
        since = moment(found.lease.acquired_at)
        screen.say(f"  at work   {found.lease.owner}, since {since}", fg="yellow")
    if found.ejected and not found.at_work:
        screen.say(
            "  left over it was given back, but not cleared up: run `rewind recover`", fg="red"
        )
    if found.half_published is not None and not found.at_work:
        words = f"{begun(found.half_published)} has stopped half way"
        screen.say("\n".join(wrapped("  left over ", f"{words}: run `rewind recover`")), fg="red")
    elif found.unfinished is not None and not found.at_work:
        pruned = found.unfinished.pruned
        what = count(len(pruned), "release") if pruned else f"r{found.unfinished.release}"
        words = f"{found.unfinished.kind} of {what} was interrupted"
        screen.say(f"  left over {words}: run `rewind recover`", fg="red")


def _branch_words(distance: BranchDistance) -> str:
    if distance.same_project:
        return f"{distance.branch} holds the same project: nothing to deploy"
    if distance.commits is None:
        return f"{distance.branch} differs; how far cannot be told from this clone"
    if distance.commits == 0:
        return f"{distance.branch} is behind what is live"
    ahead = count(distance.commits, "commit")
    return f"{distance.branch} is {ahead} ahead; `rewind deploy {distance.branch}` brings it"


def _facts(found: Status) -> dict[str, Any]:
    from dbt_rewind.cli.flag_words import state_facts
    from dbt_rewind.cli.plan_words import summary_facts

    return {
        "environment": found.environment,
        "healthy": found.healthy,
        "live": summary_facts(found.live) if found.live else None,
        "branch": {
            "name": found.branch.branch,
            "head": found.branch.head,
            "commits_ahead": found.branch.commits,
            "same_project": found.branch.same_project,
        }
        if found.branch
        else None,
        "pointers": found.pointers,
        "drift": [
            {"pointer": drift.pointer, "expected": drift.expected, "found": drift.found}
            for drift in found.drift
        ],
        "unfinished_publish": found.half_published and release_of(found.half_published),
        "missing": found.missing,
        "set_aside": [
            {"pointer": kept.pointer, "relation": kept.relation, "at": kept.at}
            for kept in found.set_aside
        ],
        "operation": {
            "holder": str(found.lease.owner),
            "since": found.lease.acquired_at,
        }
        if found.lease and found.at_work
        else None,
        "interrupted": f"r{found.unfinished.release}"
        if found.unfinished and not found.at_work
        else None,
        "waiting": found.waiting and found.waiting.id,
        "quarantine": [quarantine_facts(entry) for entry in found.quarantine],
        "flags_off": [state_facts(state) for state in found.flags],
        "mirror": {"file": found.mirror, "problem": found.mirror_problem},
    }
