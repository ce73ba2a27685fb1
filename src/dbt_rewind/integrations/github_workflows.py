"""The workflows for GitHub, made of templates that lie beside this module."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

WORKFLOWS: Final = ("deploy.yml", "rollback.yml", "drill.yml", "pr.yml")
FOLDER: Final = ".github/workflows"

_PLACE = re.compile(r"<<([a-z ]+)>>")


@dataclass(frozen=True, slots=True)
class Layout:
    """What a project's workflows differ in.

    `branches` are the environments by their branch, `environments` those that can be rolled back,
    `drilled` the one in which drills are held; the first of `strategies` is the usual one. `folder`
    is where commands run, relative to the repository's top; `install` the shell line that installs
    them; `runner` the machine's label. `variables` are what commands read, each with the expression
    that it is set to, `permits` more permissions of jobs that publish. `guard` is a condition for
    all jobs; empty: none.
    """

    branches: Mapping[str, str]
    environments: Sequence[str]
    drilled: str
    strategies: Sequence[str]
    folder: str
    install: str
    runner: str
    variables: Mapping[str, str]
    permits: Sequence[str] = ()
    guard: str = ""


def workflows(layout: Layout) -> dict[str, str]:
    """The text of each workflow, by the name of its file."""
    return {name: _filled(_template(name), _words(layout)) for name in WORKFLOWS}


def _words(layout: Layout) -> dict[str, str]:
    pushed, merged = _chosen(layout, "github.ref_name"), _chosen(layout, "github.base_ref")
    setup = _template("setup.yml").rstrip()
    setup = setup.replace("<<install>>", layout.install)
    return {
        "branches": json.dumps(list(layout.branches)),
        "environments": json.dumps(list(layout.environments)),
        "strategies": json.dumps(list(layout.strategies)),
        "strategy": json.dumps(layout.strategies[0]),
        "drilled": json.dumps(layout.drilled),
        "folder": json.dumps(layout.folder),
        "runner": layout.runner,
        "pushed": f"${{{{ {pushed} }}}}",
        "planned": f"${{{{ {pushed} }}}}-plan",
        "merged": f"${{{{ {merged} }}}}",
        "merged planned": f"${{{{ {merged} }}}}-plan",
        "setup": setup.replace("<<persist>>", "false"),
        "setup to push": setup.replace("<<persist>>", "true"),
        "secrets": "\n".join(f"{name}: {value}" for name, value in layout.variables.items()),
        "permits": "\n".join(layout.permits),
        "guard": f"if: {layout.guard}" if layout.guard else "",
        "and guard": f" && {layout.guard}" if layout.guard else "",
    }


def _chosen(layout: Layout, ref: str) -> str:
    """An expression for the environment whose branch `ref` names."""
    known = json.dumps(dict(layout.branches), separators=(",", ":")).replace("'", "''")
    return f"fromJSON('{known}')[{ref}]"


def _template(name: str) -> str:
    return files("dbt_rewind.integrations").joinpath("workflows", name).read_text("utf-8")


def _filled(template: str, words: Mapping[str, str]) -> str:
    """The template with the words in their places; what has several lines is as far in as its
    place, and where there is nothing to say, the line goes."""
    lines: list[str] = []
    for line in template.splitlines():
        place = _PLACE.fullmatch(line.strip())
        if place is None:
            lines.append(_PLACE.sub(lambda found: words[found[1]], line))
            continue
        indent = line[: len(line) - len(line.lstrip())]
        lines += [f"{indent}{each}" for each in words[place[1]].splitlines()]
    return "\n".join(lines) + "\n"
