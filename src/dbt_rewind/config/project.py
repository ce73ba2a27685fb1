"""The dbt project, as far as dbt-rewind must know it without dbt."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dbt_rewind.config.dbt_yaml import described, parse_dbt_yaml, read_dbt_yaml
from dbt_rewind.config.rendering import Rendering, RenderProblem
from dbt_rewind.config.yaml_source import YamlProblem
from dbt_rewind.errors import ProjectInvalid, ProjectNotFound

PROJECT_FILE: Final = "dbt_project.yml"

_NEVER_SEARCHED: Final = frozenset(
    {"dbt_packages", "dbt_modules", "node_modules", "site-packages", "target", "venv"}
)


@dataclass(frozen=True, slots=True)
class ProjectFile:
    """What dbt_project.yml in `folder` says; paths are as written there, relative to `folder`.

    `profile` is None where it names none. `packages_file` is the name of the file that lists
    packages for `dbt deps` (packages.yml, dependencies.yml), None where there is none.
    """

    folder: Path
    name: str
    profile: str | None
    model_paths: tuple[str, ...]
    macro_paths: tuple[str, ...]
    seed_paths: tuple[str, ...]
    snapshot_paths: tuple[str, ...]
    target_path: str
    packages_path: str
    packages_file: str | None

    @property
    def file(self) -> Path:
        return self.folder / PROJECT_FILE


def read_project(folder: Path, variables: Mapping[str, Any] | None = None) -> ProjectFile:
    """The project in `folder`; `variables` are those given to dbt, which `var()` may use.

    Raises ProjectNotFound, ProjectInvalid, EnvVarUnset.
    """
    file = folder / PROJECT_FILE
    if not file.is_file():
        raise ProjectNotFound(searched=str(folder))
    try:
        content = _Content(file, read_dbt_yaml(file), Rendering(str(file), variables or {}))
        name = content.text("name")
        if not name:
            raise ProjectInvalid(str(file), "`name` is missing")
        return ProjectFile(
            folder=folder,
            name=name,
            profile=content.text("profile"),
            model_paths=content.texts("model-paths", "models"),
            macro_paths=content.texts("macro-paths", "macros"),
            seed_paths=content.texts("seed-paths", "seeds"),
            snapshot_paths=content.texts("snapshot-paths", "snapshots"),
            target_path=content.text("target-path") or "target",
            packages_path=content.text("packages-install-path") or "dbt_packages",
            packages_file=_packages_file(folder),
        )
    except YamlProblem as error:
        raise ProjectInvalid(str(file), described(error)) from None
    except RenderProblem as error:
        raise ProjectInvalid(str(file), f"`{error.where}` {error.problem}") from None


def project_name(content: bytes) -> str | None:
    """The project's name in the text of a dbt_project.yml; None where it cannot be read."""
    try:
        name = parse_dbt_yaml(content).get("name")
    except YamlProblem:
        return None
    return name if isinstance(name, str) else None


def read_flags(folder: Path) -> Mapping[str, Any]:
    """What dbt_project.yml in `folder` sets below `flags`, as it stands there; nothing where it
    cannot be read."""
    try:
        flags = read_dbt_yaml(folder / PROJECT_FILE).get("flags")
    except (OSError, YamlProblem):
        return {}
    return flags if isinstance(flags, dict) else {}


def find_projects(root: Path) -> tuple[Path, ...]:
    """Every folder from `root` down that holds a dbt project of the user's own, sorted.

    Installed packages, build output, virtual environments and hidden folders are not searched.
    """
    return tuple(sorted(_projects_below(root)))


def _projects_below(root: Path) -> Iterator[Path]:
    for name, folders, files in os.walk(root):
        if PROJECT_FILE in files:
            yield Path(name)
        folders[:] = [
            folder
            for folder in folders
            if not folder.startswith(".")
            and folder not in _NEVER_SEARCHED
            and not Path(name, folder, "pyvenv.cfg").exists()
        ]


@dataclass(frozen=True, slots=True)
class _Content:
    file: Path
    settings: dict[Any, Any]
    rendering: Rendering

    def text(self, key: str) -> str | None:
        value = self._rendered(key)
        if value is not None and not isinstance(value, str):
            raise ProjectInvalid(str(self.file), f"`{key}` must be text")
        return value or None

    def texts(self, key: str, default: str) -> tuple[str, ...]:
        value = self._rendered(key)
        if value is None:
            return (default,)
        items = value if isinstance(value, list) else [value]
        if not all(isinstance(item, str) for item in items):
            raise ProjectInvalid(str(self.file), f"`{key}` must be a list of folders")
        return tuple(items)

    def _rendered(self, key: str) -> Any:
        return self.rendering.value(self.settings.get(key), (key,))


def _packages_file(folder: Path) -> str | None:
    names = ("packages.yml", "dependencies.yml")
    return next((name for name in names if (folder / name).is_file()), None)
