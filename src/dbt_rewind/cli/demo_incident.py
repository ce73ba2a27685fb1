"""The demo's second act: a bad merge, from who sees it to the revert that is on `main`."""

from __future__ import annotations

import time
from pathlib import Path

from dbt_rewind.cli.demo_stage import Stage, heading, unlike_the_story, ways_there
from dbt_rewind.cli.screen import echo
from dbt_rewind.cli.words import lasting
from dbt_rewind.errors import ExitCode

_REASON = "revenue is not what the orders say"
_LESSON = "the health check stays; the formula gets a test"


def tell_incident(place: Path, data: Path | None) -> None:
    """Makes the repository with its remote in `place`, and plays the incident to its end.

    Raises what `make_team` and `load_data` raise; typer.Exit where a command of the story ends
    otherwise than it should.
    """
    from dbt_rewind.demo.sample import INTO_A_FILE, load_data
    from dbt_rewind.demo.team import BRANCH, make_team

    began = time.perf_counter()
    team = make_team(place)
    echo(load_data(place, data, INTO_A_FILE))
    ben, dana, ada = (Stage(place, team.acting(name)) for name in ("Ben", "Dana", "Ada"))
    ci = Stage(place, team.without_key("CI"))

    heading("1. main is good, and CI deploys it")
    ci.rewind("deploy", "main", said_by="CI ")
    good = dana.revenue()

    heading("2. Ben merges a branch; every test passes, and CI deploys it")
    ben.run("git", "merge", "--quiet", "--no-ff", "--no-edit", BRANCH)
    ben.run("git", "push", "--quiet", "origin", "main")
    ci.rewind("deploy", "main", said_by="CI ")
    wrong = dana.revenue()
    echo(f"Revenue was {good:,.0f} and is {wrong:,.0f}: the discount is gone.")

    heading("3. Is this bad enough? A check of rewind.yml says so")
    dana.rewind("assess", expected=ExitCode.HIGH, said_by="Dana ")

    heading("4. Dana is on call, and has to ask")
    dana.rewind("incident", "ack", said_by="Dana ")
    _roll_back(dana, expected=ExitCode.APPROVAL)
    ada.rewind("approve", "A1", "--yes", said_by="Ada ")

    heading("5. Data first, code after it: one command")
    _roll_back(dana)
    after = dana.revenue()
    echo(f"Revenue is {after:,.0f} again.")
    ben.run("git", "pull", "--quiet", "--ff-only", "origin", "main")
    ben.run("git", "--no-pager", "log", "--graph", "--oneline", "--decorate")

    heading("6. The push triggers CI, which finds nothing to do")
    ci.rewind("deploy", "main", said_by="CI ")

    heading("7. What happened")
    dana.rewind("assess", said_by="Dana ")
    dana.rewind("incident", "close", "--note", _LESSON, said_by="Dana ")
    dana.rewind("incident", "show", "I1", said_by="Dana ")
    if after != good or wrong == good:
        raise unlike_the_story()
    _end(place, time.perf_counter() - began)


def _roll_back(stage: Stage, expected: ExitCode = ExitCode.OK) -> None:
    stage.rewind("rollback", "--yes", "--reason", _REASON, expected=expected, said_by="Dana ")


def _end(place: Path, took: float) -> None:
    heading(f"That was it, in {lasting(took)}")
    shown, path = ways_there(place)
    echo(
        f"""\
A bad merge went live with all tests green. A check saw it, somebody else
allowed the way back, users had the good figures in a moment, and `main` had its
revert before anybody could deploy the merge again.

The folder is yours, and {shown}.git is its remote:

  cd {shown}{path}
  export REWIND_SIGNING_KEY=.keys/dana    as Dana; .keys/ada for Ada
  rewind history --git
  rewind incident list --all
  rewind status"""
    )
