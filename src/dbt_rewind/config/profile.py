"""dbt's connection profile: found, chosen and rendered as dbt does it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from dbt_rewind.config.dbt_yaml import described, read_dbt_yaml
from dbt_rewind.config.project import ProjectFile
from dbt_rewind.config.rendering import Rendering, RenderProblem
from dbt_rewind.config.shapes import misshapen
from dbt_rewind.config.yaml_source import YamlProblem
from dbt_rewind.errors import ProfileInvalid, ProfileNotFound, ProjectInvalid, TargetNotFound
from dbt_rewind.redact import know_profile

PROFILES_FILE: Final = "profiles.yml"


@dataclass(frozen=True, slots=True)
class Profile:
    """One target of one profile in `file`.

    `settings` are rendered and may hold secrets, so they are never shown; `raw` are the same as
    written, Jinja and all. A relative path in them is relative to `folder`, the dbt project's.
    """

    name: str
    target: str
    file: Path
    adapter: str
    folder: Path
    settings: Mapping[str, Any] = field(repr=False)
    raw: Mapping[str, Any] = field(repr=False)


def load_profile(
    project: ProjectFile,
    profiles_dir: Path | None,
    target: str,
    variables: Mapping[str, Any] | None = None,
) -> Profile:
    """The target of the project's profile, rendered; other targets are not looked at.

    Searched as dbt does: only `profiles_dir`, else only DBT_PROFILES_DIR, else the project's
    folder, then ~/.dbt. `variables` are those given to dbt, which `var()` may use. Raises
    ProjectInvalid (it names no profile), ProfileNotFound, ProfileInvalid, TargetNotFound,
    EnvVarUnset.
    """
    name = _profile_name(project)
    file = _profiles_file(name, project.folder, profiles_dir)
    with _problems_in(file):
        raw = _raw_target(read_dbt_yaml(file), file, name, target)
        settings = Rendering(str(file), variables or {}).value(raw)
    adapter = _adapter(settings.get("type"), file, f"{name}.{target}")
    problem = misshapen(adapter, settings)
    if problem is not None:
        raise ProfileInvalid(str(file), f"{name}.{target}: {problem}")
    know_profile(settings, raw)
    return Profile(
        name=name,
        target=target,
        file=file,
        adapter=adapter,
        folder=project.folder.absolute(),
        settings=settings,
        raw=raw,
    )


@dataclass(frozen=True, slots=True)
class ProfileTargets:
    """The targets of one profile in `file`, as written there; `adapter` is the default one's."""

    name: str
    file: Path
    adapter: str
    targets: tuple[str, ...]


def find_targets(project: ProjectFile, profiles_dir: Path | None = None) -> ProfileTargets:
    """The project's profile, found as `load_profile` finds it; no secret in it is read.

    Raises ProjectInvalid, ProfileNotFound, ProfileInvalid, EnvVarUnset (`type` needs it).
    """
    name = _profile_name(project)
    file = _profiles_file(name, project.folder, profiles_dir)
    with _problems_in(file):
        profiles = read_dbt_yaml(file)
        outputs = _outputs(profiles, file, name)
        targets = tuple(map(str, outputs))
        default = profiles[name].get("target")
        chosen = default if default in targets else targets[0]
        raw = _raw_target(profiles, file, name, chosen)
        adapter = Rendering(str(file)).value(raw.get("type"), ("type",))
    return ProfileTargets(name, file, _adapter(adapter, file, f"{name}.{chosen}"), targets)


def written_target(
    project: ProjectFile, profiles_dir: Path | None, target: str
) -> tuple[Path, Mapping[str, Any]]:
    """The file of the project's profile and what it says of the target, Jinja and all; no variable
    is read.

    Raises as `load_profile`, but for EnvVarUnset.
    """
    name = _profile_name(project)
    file = _profiles_file(name, project.folder, profiles_dir)
    with _problems_in(file):
        return file, _raw_target(read_dbt_yaml(file), file, name, target)


def private_profile(profile: Profile, threads: int | None = None) -> str:
    """The text of a profiles.yml that holds only this target, to run dbt in another folder.

    Jinja is left in it, so that secrets stay in the environment, but what the user wrote out is
    there: keep it from other people's eyes. Relative paths of a DuckDB profile are made absolute.
    `threads` replaces what the profile says.
    """
    import yaml

    settings = dict(profile.raw)
    if profile.adapter == "duckdb":
        from dbt_rewind.config.duckdb_paths import with_absolute_paths

        settings = with_absolute_paths(profile.raw, profile.settings, profile.folder)
    if threads is not None:
        settings["threads"] = threads
    section = {"target": profile.target, "outputs": {profile.target: settings}}
    return yaml.safe_dump({profile.name: section}, sort_keys=False, width=1_000_000)


def _profile_name(project: ProjectFile) -> str:
    if project.profile is None:
        raise ProjectInvalid(str(project.file), "`profile` is missing")
    return project.profile


def _profiles_file(name: str, project: Path, profiles_dir: Path | None) -> Path:
    environment = os.environ.get("DBT_PROFILES_DIR")
    if profiles_dir is not None:
        folders = [profiles_dir]
    elif environment:
        folders = [Path(environment)]
    else:
        folders = [project, Path("~/.dbt")]
    files = [_expanded(folder).absolute() / PROFILES_FILE for folder in folders]
    for file in files:
        if file.is_file():
            return file
    raise ProfileNotFound(name, searched=tuple(str(file) for file in files))


def _expanded(folder: Path) -> Path:
    try:
        return folder.expanduser()
    except RuntimeError:  # an account without a home
        return folder


@contextmanager
def _problems_in(file: Path) -> Iterator[None]:
    try:
        yield
    except YamlProblem as error:
        raise ProfileInvalid(str(file), described(error)) from None
    except RenderProblem as error:
        raise ProfileInvalid(str(file), f"`{error.where}` {error.problem}") from None


def _outputs(profiles: dict[Any, Any], file: Path, name: str) -> dict[Any, Any]:
    if name not in profiles:
        raise ProfileNotFound(name, searched=(str(file),))
    return _mapping(_mapping(profiles[name], file, name).get("outputs"), file, f"{name}.outputs")


def _raw_target(profiles: dict[Any, Any], file: Path, name: str, target: str) -> dict[str, Any]:
    outputs = _outputs(profiles, file, name)
    if target not in outputs:
        raise TargetNotFound(str(file), name, target, known=tuple(map(str, outputs)))
    return _mapping(outputs[target], file, f"{name}.outputs.{target}")


def _adapter(value: Any, file: Path, where: str) -> str:
    if isinstance(value, str) and value:
        return value
    raise ProfileInvalid(str(file), f"{where} has no `type`")


def _mapping(value: Any, file: Path, where: str) -> dict[Any, Any]:
    if isinstance(value, dict) and value:
        return value
    problem = "is missing or empty" if not value else "is not a mapping of settings"
    raise ProfileInvalid(str(file), f"`{where}` {problem}")
