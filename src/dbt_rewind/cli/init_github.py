"""`rewind init github`: write the workflows that deploy, roll back, drill and plan."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dbt_rewind.cli.options import Json, Quiet
from dbt_rewind.cli.screen import Screen

if TYPE_CHECKING:
    from dbt_rewind.procedures.workflows import Planned


def _runner(text: str) -> str:
    if not re.fullmatch(r"[\w.-]+|\[[\w., -]+\]|\$\{\{ vars\.\w+ \}\}", text):
        raise typer.BadParameter("must be a label, such as ubuntu-24.04, or [self-hosted, linux]")
    return text


def init_github(
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite workflows that say something else.")
    ] = False,
    runner: Annotated[
        str,
        typer.Option(
            "--runner", callback=_runner, help="The label of the machine that jobs run on."
        ),
    ] = "ubuntu-24.04",
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write .github/workflows: deploy, rollback, drill, and what a pull request would build.

    Branches and environments are those of rewind.yml.
    """
    from dbt_rewind.errors import WorkflowsExist
    from dbt_rewind.integrations.github_workflows import FOLDER, workflows
    from dbt_rewind.procedures.workflows import plan_workflows

    screen = Screen(as_json, quiet)
    planned = plan_workflows(Path.cwd(), runner)
    folder = planned.top / FOLDER
    texts = workflows(planned.layout)
    changes = {name: _change(folder / name, text) for name, text in texts.items()}
    others = [name for name, each in changes.items() if each and (folder / name).exists()]
    if others and not force:
        raise WorkflowsExist(tuple(f"{name}: {_words(changes[name])}" for name in others))
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    for name, each in changes.items():
        screen.say(f"{FOLDER}/{name:13} {_words(each)}", fg="green" if each else None)
    _say_what_is_needed(screen, planned)
    screen.document(
        "init github",
        {
            "folder": folder,
            "files": [
                {"name": name, "added": each[0] if each else 0, "removed": each[1] if each else 0}
                for name, each in changes.items()
            ],
            "branches": dict(planned.layout.branches),
            "drills": planned.layout.drilled,
            "secrets": _secrets(planned),
            "optional": list(planned.optional),
        },
    )


def _change(file: Path, text: str) -> tuple[int, int] | None:
    """How many lines it would add and take away; None where the file says the same."""
    from difflib import unified_diff

    before = file.read_text("utf-8", "replace") if file.exists() else ""
    if before == text:
        return None
    lines = list(unified_diff(before.splitlines(), text.splitlines(), n=0))[2:]
    return sum(line[0] == "+" for line in lines), sum(line[0] == "-" for line in lines)


def _words(change: tuple[int, int] | None) -> str:
    return f"+{change[0]} -{change[1]} lines" if change else "as it was"


def _say_what_is_needed(screen: Screen, planned: Planned) -> None:
    layout = planned.layout
    for branch, name in layout.branches.items():
        screen.tell(f"  {branch} is deployed to {name}, planned in {name}-plan")
    screen.tell(f"  drills are held in {layout.drilled}, each quarter")
    told = []
    if secrets := _secrets(planned):
        told.append(f"secrets to set in GitHub: {', '.join(secrets)}")
    if planned.optional:
        names = ", ".join(planned.optional)
        told.append(f"left to the profile's defaults: {names}; name them beside the secrets if not")
    for line in told:
        screen.tell_wrapped(line)
    if planned.outside is not None:
        screen.warn(f"{planned.outside} is outside the repository: no runner will have it")
    if planned.on_disk:
        screen.warn(
            "a DuckDB file has to last: run the jobs on a machine of yours, --runner self-hosted"
        )
    screen.tell("commit them; environments and secrets: docs/how-to/github-deploy.md")


def _secrets(planned: Planned) -> list[str]:
    return [name for name, value in planned.layout.variables.items() if "secrets." in value]
