"""`rewind review`: looking afterwards at what went live without a yes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dbt_rewind.cli.group import register_group
from dbt_rewind.cli.options import Env, Json, Quiet
from dbt_rewind.cli.screen import Screen
from dbt_rewind.cli.words import ago, wrapped
from dbt_rewind.errors import ReasonNeeded

if TYPE_CHECKING:
    from dbt_rewind.engine.reviews import Review


def register(app: typer.Typer) -> None:
    register_group(
        app,
        "review",
        "See what went live without a yes, and say that you have looked at it.",
        (("list", list_), ("close", close)),
    )


def list_(env: Env = None, as_json: Json = False, quiet: Quiet = False) -> None:
    """The reviews that are open, the oldest first."""
    from dbt_rewind.engine.workspace import open_workspace
    from dbt_rewind.procedures.approvals import read_standing

    screen = Screen(as_json, quiet)
    workspace = open_workspace(Path.cwd(), env)
    standing = read_standing(workspace)
    reviews = standing.reviews
    for each in reviews:
        say_review(screen, each)
    if not reviews:
        screen.say(f"{workspace.name}: nothing waits for a review")
    if standing.problem is not None:
        screen.warn(standing.problem.message)
    screen.document(
        "review list",
        {
            "environment": workspace.name,
            "reviews": [review_facts(each) for each in reviews],
            "mirror_problem": standing.problem and standing.problem.message,
        },
    )


def close(
    review: Annotated[
        str | None, typer.Argument(help="The review, such as R12; default: the only open one.")
    ] = None,
    note: Annotated[str, typer.Option("--note", help="What you have found; recorded.")] = "",
    env: Env = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Say that you have looked at it, and what you found. Whoever did it cannot."""
    from dbt_rewind.engine.workspace import open_workspace
    from dbt_rewind.procedures.approvals import read_standing, require_whole
    from dbt_rewind.procedures.reviews import close_review, find_review

    if not note.strip():
        raise ReasonNeeded("a review's end")
    screen = Screen(as_json, quiet)
    workspace = open_workspace(Path.cwd(), env)
    standing = read_standing(workspace)
    require_whole(standing)
    found = find_review(workspace.name, standing.reviews, review)
    say_review(screen, found)
    by = close_review(workspace, standing.policy, found, note=note)
    screen.say(f"{found.id} is reviewed by {by}", fg="green", bold=True)
    screen.document(
        "review close",
        {"environment": workspace.name, "review": review_facts(found), "by": by, "note": note},
    )


def say_review(screen: Screen, review: Review) -> None:
    """What was done, by whom, by what right and why."""
    words = f"{review.words} by {review.by}, {ago(review.at)} ({review.permit.ground})"
    screen.say("\n".join(wrapped(f"  {review.id:8}", words)))
    if review.reason:
        screen.say("\n".join(wrapped(" " * 10, review.reason)))


def review_facts(review: Review) -> dict[str, Any]:
    """A review as JSON data."""
    return {
        "id": review.id,
        "at": review.at,
        "what": review.words,
        "by": review.by,
        "reason": review.reason,
        "ground": review.permit.ground,
    }
