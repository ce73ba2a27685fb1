"""What rewind.yml and the profile say of the workflows that a project needs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dbt_rewind._version import __version__
from dbt_rewind.config.environment import is_production
from dbt_rewind.config.load import find_config, load_config
from dbt_rewind.config.profile import written_target
from dbt_rewind.config.project import read_project
from dbt_rewind.config.schema import RewindConfig
from dbt_rewind.errors import BranchesMissing
from dbt_rewind.git.repository import Repository
from dbt_rewind.integrations.github_workflows import Layout
from dbt_rewind.model import RollbackStrategy

RUNNER: Final = "ubuntu-24.04"

_READ = re.compile(r"""env_var\(\s*['"](\w+)['"]\s*(?:,\s*(?:'([^']*)'|"([^"]*)"))?""")
_FORM: Final = (RollbackStrategy.REVERT.value, RollbackStrategy.DATA.value)
"""The strategies that a form may ask for, the usual one first: those that need nobody beside it."""

_EXTRAS: Final = {"postgres": "postgres", "sqlserver": "sqlserver"}


@dataclass(frozen=True, slots=True)
class Planned:
    """`top` is the repository's top folder. `optional` are the variables whose defaults in the
    profile hold, `outside` the profile's file, if no checkout has it; `on_disk`: a warehouse is a
    file, which has to lie where the runner can open it."""

    top: Path
    layout: Layout
    optional: tuple[str, ...]
    outside: Path | None
    on_disk: bool


def plan_workflows(start: Path, runner: str = RUNNER) -> Planned:
    """What the project around `start` needs. Raises ConfigNotFound, ConfigInvalid, NotARepository,
    BranchesMissing, ProjectNotFound, ProjectInvalid, ProfileNotFound, ProfileInvalid,
    TargetNotFound."""
    path = find_config(start)
    config = load_config(path)
    branches = {
        environment.branch: name
        for name, environment in config.environments.items()
        if environment.branch
    }
    if not branches:
        raise BranchesMissing(str(path), tuple(config.environments))
    top = Repository.open(path.parent).root.resolve()
    followed = [name for name in config.environments if name in branches.values()]
    file, written = _written(path.parent, config, followed)
    variables = dict(_variables(config, written))
    required = {name for name, default in variables.items() if not default}
    adapters = sorted({str(each.get("type", "")) for each in written})
    layout = Layout(
        branches=branches,
        environments=tuple(followed),
        drilled=_drilled(config, followed),
        strategies=_FORM,
        folder=path.parent.resolve().relative_to(top).as_posix(),
        install=_install(
            config, adapters, has_requirements=_requirements(config, path.parent, top)
        ),
        runner=runner,
        variables=_settings(config, sorted(required)),
        permits=tuple(_permits(config)),
    )
    outside = None if file.resolve().is_relative_to(top) else file
    optional = tuple(sorted(set(variables) - required))
    return Planned(top, layout, optional, outside, "duckdb" in adapters)


def _written(
    folder: Path, config: RewindConfig, environments: list[str]
) -> tuple[Path, list[Mapping[str, Any]]]:
    profiles = folder / Path(config.profiles_dir).expanduser() if config.profiles_dir else None
    found = []
    for name in environments:
        environment = config.environments[name]
        project = read_project(folder / config.project, environment.vars)
        file, written = written_target(project, profiles, environment.target)
        found.append(written)
    return file, found


def _variables(config: RewindConfig, written: list[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """The variables that commands read, each with its default; an empty one is none."""
    for target in written:
        for value in target.values():
            for name, single, double in _READ.findall(str(value)):
                yield name, single or double
    for channel in config.notify.channels.values():
        yield channel.url, ""


def _settings(config: RewindConfig, required: list[str]) -> dict[str, str]:
    tokens = {config.github.token}
    if config.notify.github is not None:
        tokens.add(config.notify.github.over(config.github).token)
    found = {}
    for name in (*sorted(tokens), *(each for each in required if each not in tokens)):
        is_jobs = name == "GITHUB_TOKEN"  # no secret may be called so
        found[name] = "${{ github.token }}" if is_jobs else f"${{{{ secrets.{name} }}}}"
    return found


def _permits(config: RewindConfig) -> Iterator[str]:
    if config.approvals.ci.repository is not None:
        yield "id-token: write # proves who has started the run"
    if config.notify.github is not None:
        yield "issues: write # incidents"


def _drilled(config: RewindConfig, followed: list[str]) -> str:
    """The first environment on which nobody depends, and the last one where there is none."""
    for name in followed:
        if not is_production(name, config.environments[name]):
            return name
    return followed[-1]


def _install(config: RewindConfig, adapters: list[str], *, has_requirements: bool) -> str:
    extras = ["github", *(_EXTRAS[each] for each in adapters if each in _EXTRAS)]
    if config.notify.channels:
        extras.append("notify")
    if config.approvals.ci.repository is not None:
        extras.append("ci")
    packages = [f"dbt-rewind[{','.join(extras)}]=={__version__}"]
    # Versions that bring their own requirements get their own dbt.
    packages += [] if has_requirements else [f"dbt-{adapter}" for adapter in adapters if adapter]
    return f"python -m pip install {' '.join(f'{package!r}' for package in packages)}"


def _requirements(config: RewindConfig, folder: Path, top: Path) -> bool:
    chosen = config.dbt.requirements
    if chosen is False:
        return False
    files = [top / chosen] if chosen else [folder / config.project / "requirements.txt"]
    return any(file.is_file() for file in (*files, top / "requirements.txt"))
