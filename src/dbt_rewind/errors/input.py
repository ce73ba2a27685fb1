"""What the user wrote cannot be used: configuration, profile, arguments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dbt_rewind.errors.base import ExitCode, RewindError


class InputError(RewindError):
    """Exit 3: something the user wrote or left out."""

    exit_code: ClassVar[ExitCode] = ExitCode.INPUT


@dataclass(eq=False)
class ConfigNotFound(InputError):
    """There is no `rewind.yml`."""

    slug: ClassVar[str] = "config-not-found"

    searched: str

    @property
    def message(self) -> str:
        return f"no rewind.yml in {self.searched} or any folder above it"

    @property
    def hint(self) -> str:
        return "run `rewind init` in the repository that holds the dbt project"


@dataclass(eq=False)
class ConfigInvalid(InputError):
    """`rewind.yml` cannot be read or says something it may not."""

    slug: ClassVar[str] = "config-invalid"

    file: str
    line: int | None
    problem: str
    fix: str

    @property
    def message(self) -> str:
        where = f"{self.file}, line {self.line}" if self.line else self.file
        return f"{where}: {self.problem}"

    @property
    def hint(self) -> str:
        return self.fix


@dataclass(eq=False)
class ConfigExists(InputError):
    """`rewind init` never overwrites."""

    slug: ClassVar[str] = "config-exists"

    file: str

    @property
    def message(self) -> str:
        return f"{self.file} is already there and was left as it is"

    @property
    def hint(self) -> str:
        return "edit it, or move it away and run `rewind init` again"


@dataclass(eq=False)
class WorkflowsExist(InputError):
    """`rewind init github` would overwrite what somebody has written. `changes` are the files, each
    with how many lines would come and go."""

    slug: ClassVar[str] = "workflows-exist"

    changes: tuple[str, ...]

    @property
    def message(self) -> str:
        return "there are workflows already that say something else; nothing was written"

    @property
    def hint(self) -> str:
        return "--force overwrites them; `git diff` then shows what it changed"

    @property
    def details(self) -> tuple[str, ...]:
        return self.changes


@dataclass(eq=False)
class BranchesMissing(InputError):
    """No environment follows a branch, so that no push can be deployed."""

    slug: ClassVar[str] = "branches-missing"

    file: str
    environments: tuple[str, ...]

    @property
    def message(self) -> str:
        return f"no environment in {self.file} has a branch that is deployed to it"

    @property
    def hint(self) -> str:
        return f"give a `branch` to one of {', '.join(self.environments)}"


@dataclass(eq=False)
class EnvironmentUnknown(InputError):
    """`--env` names an environment that is not configured."""

    slug: ClassVar[str] = "environment-unknown"

    name: str
    known: tuple[str, ...]

    @property
    def message(self) -> str:
        return f"there is no environment {self.name!r} in rewind.yml"

    @property
    def hint(self) -> str:
        return f"choose one of: {', '.join(self.known)}"


@dataclass(eq=False)
class EnvironmentAmbiguous(InputError):
    """The current branch does not tell which environment is meant."""

    slug: ClassVar[str] = "environment-ambiguous"

    branch: str | None
    known: tuple[str, ...]

    @property
    def message(self) -> str:
        where = f"the current branch {self.branch!r}" if self.branch else "a detached head"
        return f"no environment in rewind.yml belongs to {where}"

    @property
    def hint(self) -> str:
        return f"say which one: --env {' | '.join(self.known)}"


@dataclass(eq=False)
class EnvironmentTaken(InputError):
    """An environment of that name in this warehouse is another dbt project's."""

    slug: ClassVar[str] = "environment-taken"

    name: str
    owner: str
    project: str

    @property
    def message(self) -> str:
        return (
            f"the environment {self.name!r} in this warehouse belongs to the dbt project"
            f" {self.owner!r}, not to {self.project!r}"
        )

    @property
    def hint(self) -> str:
        return "give this project's environment another name in rewind.yml"


@dataclass(eq=False)
class ProjectNotFound(InputError):
    """The dbt project is not where `rewind.yml` says."""

    slug: ClassVar[str] = "project-not-found"

    searched: str

    @property
    def message(self) -> str:
        return f"no dbt_project.yml in {self.searched}"

    @property
    def hint(self) -> str:
        return "set `project:` in rewind.yml to the folder that holds dbt_project.yml"


@dataclass(eq=False)
class ProjectInvalid(InputError):
    """`dbt_project.yml` cannot be read."""

    slug: ClassVar[str] = "project-invalid"

    file: str
    problem: str

    @property
    def message(self) -> str:
        return f"{self.file}: {self.problem}"

    @property
    def hint(self) -> str:
        return "correct the file; `dbt parse` reads it the same way"


@dataclass(eq=False)
class ProfileNotFound(InputError):
    """The dbt profile that the project names does not exist."""

    slug: ClassVar[str] = "profile-not-found"

    profile: str
    searched: tuple[str, ...]

    @property
    def message(self) -> str:
        return f"no dbt profile {self.profile!r} in {', '.join(self.searched)}"

    @property
    def hint(self) -> str:
        return "add it to profiles.yml, or set DBT_PROFILES_DIR or `profiles_dir:` in rewind.yml"


@dataclass(eq=False)
class ProfileInvalid(InputError):
    """`profiles.yml` cannot be read or lacks a setting."""

    slug: ClassVar[str] = "profile-invalid"

    file: str
    problem: str

    @property
    def message(self) -> str:
        return f"{self.file}: {self.problem}"

    @property
    def hint(self) -> str:
        return "correct the file; `dbt debug` reads it the same way"


@dataclass(eq=False)
class TargetNotFound(InputError):
    """The profile lacks the target that the environment names."""

    slug: ClassVar[str] = "target-not-found"

    file: str
    profile: str
    target: str
    known: tuple[str, ...]

    @property
    def message(self) -> str:
        return f"{self.file}: profile {self.profile!r} has no target {self.target!r}"

    @property
    def hint(self) -> str:
        return f"its targets are: {', '.join(self.known) or 'none'}; change `target:` in rewind.yml"


@dataclass(eq=False)
class EnvVarUnset(InputError):
    """A profile reads an environment variable that is not set."""

    slug: ClassVar[str] = "env-var-unset"

    name: str
    file: str

    @property
    def message(self) -> str:
        return f"{self.file} needs the environment variable {self.name}, which is not set"

    @property
    def hint(self) -> str:
        return f"set {self.name}, or give env_var() a default"


@dataclass(eq=False)
class AdapterUnsupported(InputError):
    """The profile's warehouse type is not supported: dbt has no such adapter, or we do not speak
    its SQL."""

    slug: ClassVar[str] = "adapter-unsupported"

    adapter: str
    supported: tuple[str, ...]

    @property
    def message(self) -> str:
        if not self.supported:
            return f"the Python that runs dbt has no adapter for {self.adapter!r}"
        return f"dbt-rewind cannot work with a warehouse of type {self.adapter!r} yet"

    @property
    def hint(self) -> str:
        if not self.supported:
            return f"install dbt-{self.adapter} beside dbt, or name another Python: `dbt.python`"
        return f"supported: {', '.join(self.supported)}"


@dataclass(eq=False)
class SelectorUnknown(InputError):
    """`--selector` names nothing that the project's selectors.yml has."""

    slug: ClassVar[str] = "selector-unknown"

    name: str
    known: tuple[str, ...]

    @property
    def message(self) -> str:
        return f"this version of the project has no saved selector {self.name!r}"

    @property
    def hint(self) -> str:
        if not self.known:
            return "it has no selectors.yml; use --select"
        return f"choose one of: {', '.join(self.known)}"


@dataclass(eq=False)
class ConfirmationNeeded(InputError):
    """A command that asks first was answered no, or could not ask."""

    slug: ClassVar[str] = "confirmation-needed"

    action: str

    @property
    def message(self) -> str:
        return f"{self.action} was not confirmed; nothing was changed"

    @property
    def hint(self) -> str:
        return "answer yes, or pass --yes where nobody can be asked"


@dataclass(eq=False)
class FolderInUse(InputError):
    """A folder to be made holds something."""

    slug: ClassVar[str] = "folder-in-use"

    folder: str

    @property
    def message(self) -> str:
        return f"{self.folder} is there already and is not empty"

    @property
    def hint(self) -> str:
        return "name another folder with --folder"


@dataclass(eq=False)
class DemoServerFailed(InputError):
    """The demo's own PostgreSQL does not start, or there is none."""

    slug: ClassVar[str] = "demo-server-failed"

    problem: str

    @property
    def message(self) -> str:
        return self.problem

    @property
    def hint(self) -> str:
        return "`rewind demo --engine postgres` makes a new one; --folder says where another is"


@dataclass(eq=False)
class DataUnusable(InputError):
    """`--data` names something that cannot be loaded."""

    slug: ClassVar[str] = "data-unusable"

    problem: str

    @property
    def message(self) -> str:
        return f"{self.problem}"

    @property
    def hint(self) -> str:
        return "name a folder of AdventureWorks CSV files, one a table"


@dataclass(eq=False)
class ChannelUnknown(InputError):
    """Nobody of that name is told of the environment; or nobody at all, where no name is given."""

    slug: ClassVar[str] = "channel-unknown"

    name: str | None
    environment: str
    known: tuple[str, ...]

    @property
    def message(self) -> str:
        if self.name is None:
            return f"rewind.yml names no channel that is told of {self.environment}"
        return f"no channel called '{self.name}' is told of {self.environment}"

    @property
    def hint(self) -> str:
        if self.known:
            return f"choose one of: {', '.join(self.known)}"
        return "name one below `notify:`, as docs/how-to/notifications.md shows"
