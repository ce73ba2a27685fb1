"""`rewind approve` and `rewind reject`: answering a request."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dbt_rewind.cli.options import Env, Json, Quiet, Yes
from dbt_rewind.cli.screen import Screen
from dbt_rewind.cli.words import moment, wrapped

if TYPE_CHECKING:
    from dbt_rewind.model import Request

Wanted = Annotated[
    str | None, typer.Argument(help="The request, such as A7; default: the only one that waits.")
]


def register(app: typer.Typer) -> None:
    app.command("approve")(approve)


def approve(
    request: Wanted = None,
    env: Env = None,
    reason: Annotated[str, typer.Option("--reason", help="A remark; recorded.")] = "",
    yes: Yes = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Say yes to what somebody asks for, once you have seen it; your key or CI proves who you are.

    Without --yes it shows what is asked for, and asks you.
    """
    respond(request, env, reason, approves=True, yes=yes, screen=Screen(as_json, quiet))


def respond(
    wanted: str | None, env: str | None, reason: str, *, approves: bool, yes: bool, screen: Screen
) -> None:
    """Shows the request and answers it.

    Raises ApprovalErrors, ConfirmationNeeded, and what `require_whole` raises.
    """
    from dbt_rewind.cli.confirm import confirm
    from dbt_rewind.engine.workspace import open_workspace
    from dbt_rewind.procedures.approvals import (
        answer,
        find_request,
        read_standing,
        require_whole,
    )

    workspace = open_workspace(Path.cwd(), env)
    standing = read_standing(workspace)
    require_whole(standing)
    request = find_request(standing, wanted)
    say_request(screen, request)
    verb = "approve" if approves else "reject"
    if not yes:
        confirm(f"answering {request.id}", f"{verb.capitalize()} {request.id}?")
    answered = answer(
        workspace, standing, request, approves=approves, reason=reason, warn=screen.warn
    )
    said = answered.verdicts[-1]
    done = "approved" if approves else "rejected"
    so_far = {verdict.proof.person for verdict in answered.verdicts if verdict.approves}
    needed = sum(each.quorum for each in answered.demand.parts)
    counted = f": {len(so_far)} of {needed}" if approves else ""
    screen.say(
        f"{answered.id} is {done} by {said.proof.person}{counted}",
        fg="green" if approves else "yellow",
        bold=True,
    )
    people = [person for person in standing.policy.people if person.name in so_far]
    if approves and answered.demand.is_met_by(people):
        until = moment(answered.expires_at)
        screen.tell(f"  the same {answered.operation} goes through now, until {until}")
    screen.document(verb, {"environment": workspace.name, "request": request_facts(answered)})


def say_request(screen: Screen, request: Request) -> None:
    """All that whoever answers has to see."""
    screen.say(f"{request.id}: {request.summary[0] if request.summary else request.operation}")
    lines = (
        ("asked by", f"{request.proof.person}, {moment(request.at)}"),
        ("because", request.reason),
        ("severity", request.severity.value if request.severity else ""),
        ("needs", str(request.demand)),
        ("until", moment(request.expires_at)),
        ("yes", ", ".join(each.proof.person for each in request.verdicts if each.approves)),
    )
    for head, words in lines:
        if words:
            screen.say("\n".join(wrapped(f"  {head:10}", words)))
    for line in request.summary[1:11]:
        screen.say("\n".join(wrapped("    ", line)))
    if len(request.summary) > 11:
        screen.say(f"    and {len(request.summary) - 11} more")


def request_facts(request: Request) -> dict[str, Any]:
    """A request as JSON data."""
    return {
        "id": request.id,
        "at": request.at,
        "asked_by": request.proof.person,
        "proof": request.proof.method,
        "operation": request.operation,
        "plan": request.plan,
        "roles": list(request.demand.roles),
        "people": request.demand.quorum,
        "also": [str(each) for each in request.demand.also],
        "expires_at": request.expires_at,
        "reason": request.reason,
        "severity": request.severity,
        "decision": f"D{request.decision}" if request.decision else None,
        "summary": list(request.summary),
        "answers": [
            {
                "approves": verdict.approves,
                "by": verdict.proof.person,
                "at": verdict.at,
                "reason": verdict.reason,
            }
            for verdict in request.verdicts
        ],
    }
