"""What a repository holds: the dbt project, its profile, its targets and branches."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dbt_rewind.config.profile import find_targets
from dbt_rewind.config.project import ProjectFile, find_projects, read_project
from dbt_rewind.errors import ProjectNotFound, UnknownRef
from dbt_rewind.git.repository import Repository

_BRANCHES_BY_KIND = (
    (("prod", "production", "live"), ("main", "master", "production")),
    (("dev", "development", "staging"), ("develop", "dev", "development")),
)


@dataclass(frozen=True, slots=True)
class Discovery:
    """What `rewind init` writes down. `environments` are (name, target, branch)."""

    root: Path
    project: ProjectFile
    project_path: str
    profile: str
    profiles_file: Path
    adapter: str
    environments: tuple[tuple[str, str, str | None], ...]

    def config_text(self, schema: str) -> str:
        """The text of rewind.yml; `schema` is the path of its JSON Schema, for editors."""
        lines = [f"# yaml-language-server: $schema={schema}", "version: 1"]
        if self.project_path != ".":
            lines.append(f"project: {_scalar(self.project_path)}")
        lines.append("environments:")
        for name, target, branch in self.environments:
            ends = f", branch: {_scalar(branch)}" if branch else ""
            lines.append(f"  {_scalar(name)}: {{target: {_scalar(target)}{ends}}}")
        return "\n".join(lines) + "\n"


def discover(start: Path) -> Discovery:
    """Looks around `start`. Raises NotARepository, ProjectNotFound, ProfileNotFound."""
    repository = Repository.open(start)
    projects = find_projects(repository.root)
    if not projects:
        raise ProjectNotFound(str(repository.root))
    here = [folder for folder in projects if start.resolve().is_relative_to(folder.resolve())]
    project = read_project((here or list(projects))[0])
    profile = find_targets(project)
    return Discovery(
        repository.root,
        project,
        project.folder.resolve().relative_to(repository.root.resolve()).as_posix(),
        profile.name,
        profile.file,
        profile.adapter,
        _environments(profile.targets, repository),
    )


def _environments(
    targets: tuple[str, ...], repository: Repository
) -> tuple[tuple[str, str, str | None], ...]:
    """One environment a target, with the branch that usually feeds it where it exists."""
    current = repository.branch()
    taken: set[str] = set()
    environments = []
    for target in targets:
        branch = _usual_branch(target, repository)
        if branch is None and len(targets) == 1:
            branch = current
        if branch in taken:
            branch = None
        taken |= {branch} if branch else set()
        environments.append((target, target, branch))
    return tuple(environments)


def _usual_branch(target: str, repository: Repository) -> str | None:
    for names, branches in _BRANCHES_BY_KIND:
        if target.lower() in names:
            return next((branch for branch in branches if _exists(repository, branch)), None)
    return None


def _exists(repository: Repository, branch: str) -> bool:
    try:
        repository.resolve(branch)
    except UnknownRef:
        return False
    return True


def _scalar(text: str) -> str:
    """A YAML scalar: plain where that is unmistakable, quoted otherwise."""
    plain = text.replace("_", "").replace("-", "").replace("/", "").isalnum()
    reserved = text.lower() in {"true", "false", "yes", "no", "on", "off", "null"}
    if plain and text[0].isalpha() and not reserved:
        return text
    return "'" + text.replace("'", "''") + "'"
