"""`rewind init`: look at the dbt project, write rewind.yml, say what was found."""

from __future__ import annotations

import json
from pathlib import Path

import typer

from dbt_rewind.cli.options import Json, Quiet
from dbt_rewind.cli.screen import Screen


def register(app: typer.Typer) -> None:
    from dbt_rewind.cli.init_github import init_github

    group = typer.Typer(name="init", invoke_without_command=True, rich_markup_mode=None)
    group.callback()(init)
    group.command("github")(init_github)
    app.add_typer(group)


def init(context: typer.Context, as_json: Json = False, quiet: Quiet = False) -> None:
    """Write rewind.yml for the dbt project found here, and say what was found."""
    if context.invoked_subcommand is None:
        _init(Screen(as_json, quiet))


def _init(screen: Screen) -> None:
    from dbt_rewind.config.load import json_schema
    from dbt_rewind.engine.discover import discover
    from dbt_rewind.errors import ConfigExists
    from dbt_rewind.state_folder import STATE_FOLDER, make_state_folder
    from dbt_rewind.warehouse.driver import missing_extra

    found = discover(Path.cwd())
    path = found.root / "rewind.yml"
    if path.exists():
        raise ConfigExists(str(path))
    make_state_folder(found.root / STATE_FOLDER)
    schema = found.root / STATE_FOLDER / "rewind.schema.json"
    schema.write_text(json.dumps(json_schema(), indent=2) + "\n")
    path.write_text(found.config_text(f"{STATE_FOLDER}/{schema.name}"))
    screen.say(f"wrote {path}", fg="green")
    screen.tell(f"  project       {found.project.name} in {found.project_path}")
    screen.tell(f"  profile       {found.profile} in {found.profiles_file} ({found.adapter})")
    for name, target, branch in found.environments:
        screen.tell(f"  environment   {name}: target {target}, branch {branch or 'none'}")
    install = missing_extra(found.adapter)
    if install is not None:
        screen.tell(f"first install what {found.adapter} needs: pip install '{install}'")
    screen.tell("commit it, then: rewind deploy --dry-run")
    screen.document(
        "init",
        {
            "file": path,
            "project": found.project_path,
            "profile": found.profile,
            "adapter": found.adapter,
            "install": install,
            "environments": [
                {"name": name, "target": target, "branch": branch}
                for name, target, branch in found.environments
            ],
        },
    )
