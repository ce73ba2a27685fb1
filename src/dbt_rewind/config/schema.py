"""What rewind.yml may say. The descriptions go into the JSON Schema and the documentation."""

from __future__ import annotations

from datetime import timedelta
from pathlib import PurePath
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    Field,
    JsonValue,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from dbt_rewind.config.age import parse_age
from dbt_rewind.config.approvals import ApprovalsConfig
from dbt_rewind.config.attainable import require_attainable
from dbt_rewind.config.backups import BackupsConfig
from dbt_rewind.config.duration import parse_duration
from dbt_rewind.config.escalation import EscalationConfig
from dbt_rewind.config.flags import Flags
from dbt_rewind.config.git import GitConfig
from dbt_rewind.config.github import GithubConfig
from dbt_rewind.config.matrix import RuleConfig, require_agreement
from dbt_rewind.config.notify import GITHUB, NotifyConfig
from dbt_rewind.config.openfeature import OpenFeatureConfig
from dbt_rewind.config.people import People
from dbt_rewind.config.rules import (
    PROBLEM,
    CheckpointConfig,
    GatesConfig,
    ModelConfig,
    Settings,
)
from dbt_rewind.config.triggers import TriggersConfig

ENVIRONMENT_NAME: Final = r"^[A-Za-z][A-Za-z0-9_-]{0,62}$"
SHORTEST_LOCK: Final = timedelta(milliseconds=10)
DEADLOCK_TIMEOUT: Final = timedelta(seconds=1)
"""PostgreSQL's default. From then on it ends whoever waits in a circle, which may be a reader."""


def _relative(text: str) -> str:
    if PurePath(text).is_absolute():
        raise PydanticCustomError(PROBLEM, "must be a relative path: others read this file too")
    return text


Text = Annotated[str, Field(min_length=1)]
RelativePath = Annotated[Text, AfterValidator(_relative)]


class EnvironmentConfig(Settings):
    """Where one environment's data lives, and which branch it follows."""

    target: Text = Field(description="The target in profiles.yml that this environment builds.")
    branch: Text | None = Field(
        default=None,
        description="The git branch that belongs to this environment: on it, `--env` is optional.",
    )
    production: bool | None = Field(
        default=None,
        description=(
            "Whether people depend on it, so that the runbook's rules for production hold; without "
            "it, where it is called prod or production."
        ),
    )
    through: Literal["dbt"] | None = Field(
        default=None,
        description=(
            "dbt: the warehouse is spoken to through dbt's adapter, also where dbt-rewind has a "
            "driver of its own."
        ),
    )
    vars: dict[str, JsonValue] = Field(
        default_factory=dict, description="Variables for dbt, as its `--vars` takes them."
    )


class DbtConfig(Settings):
    """The dbt that builds releases."""

    python: Text | None = Field(
        default=None, description="A Python that has dbt; without it, one is looked for."
    )
    requirements: Text | Literal[False] | None = Field(
        default=None,
        description=(
            "The requirements file of the dbt project, relative to the repository's top folder; "
            "false: never install anything. Without it, requirements.txt is looked for beside "
            "dbt_project.yml and then in the top folder."
        ),
    )
    retries: int = Field(
        default=0, ge=0, le=10, description="How often failed nodes of a build are tried again."
    )
    threads: int | None = Field(
        default=None, ge=1, description="dbt's threads; without it, as profiles.yml says."
    )

    @field_validator("requirements", mode="before")
    @classmethod
    def _file_or_false(cls, value: Any) -> Any:
        if value is None or value is False:
            return value
        if not isinstance(value, str) or not value:
            raise PydanticCustomError(PROBLEM, "must be the name of a file, or false")
        return _relative(value)


class QueryConfig(Settings):
    """A query that must answer after a publish or a rollback."""

    name: Text = Field(description="What reports call it.")
    sql: Text = Field(description="A SELECT on public names.")
    max_seconds: float = Field(
        default=1.0, gt=0, description="The longest time it may take, in seconds."
    )
    min_rows: int = Field(default=1, ge=0, description="The fewest rows it may return.")


class VerifyConfig(Settings):
    """Checks of what users see."""

    queries: Annotated[tuple[QueryConfig, ...], Field(strict=False)] = Field(
        default=(), description="Queries that must answer, each in its time."
    )

    @field_validator("queries")
    @classmethod
    def _names_differ(cls, queries: tuple[QueryConfig, ...]) -> tuple[QueryConfig, ...]:
        seen: set[str] = set()
        for at, query in enumerate(queries):
            if query.name in seen:
                raise PydanticCustomError(
                    PROBLEM,
                    "is the second query called '{name}'",
                    {"name": query.name, "at": (at, "name")},
                )
            seen.add(query.name)
        return queries


def _age(text: str) -> str:
    try:
        parse_age(text)
    except ValueError:
        raise PydanticCustomError(PROBLEM, "must be an age such as 12h, 30d or 4w") from None
    return text


class RetentionConfig(Settings):
    """Which releases `rewind prune` keeps, beside those that it always keeps."""

    keep: int = Field(
        default=10, ge=1, description="How many of the releases that were live last are kept."
    )
    within: Annotated[str, AfterValidator(_age)] | None = Field(
        default=None,
        description="Releases that went live in that time are kept, too: 12h, 30d, 4w.",
    )


def _time(text: str) -> timedelta:
    try:
        return parse_duration(text)
    except ValueError:
        raise PydanticCustomError(PROBLEM, "must be a time such as 500ms, 30s or 5m") from None


def _lock_timeout(text: str) -> str:
    if not SHORTEST_LOCK <= _time(text) < DEADLOCK_TIMEOUT:
        raise PydanticCustomError(PROBLEM, "must be at least 10ms, and less than 1s")
    return text


def _wait(text: str) -> str:
    _time(text)
    return text


class PublishConfig(Settings):
    """How a publish gets past those who are reading, where the warehouse locks what they read."""

    lock_timeout: Annotated[str, AfterValidator(_lock_timeout)] = Field(
        default="500ms",
        description="The longest that one attempt waits for readers, and a reader for it.",
    )
    wait: Annotated[str, AfterValidator(_wait)] = Field(
        default="5m", description="How long attempts go on before the publish is given up."
    )


class RewindConfig(Settings):
    """dbt-rewind's settings for one dbt project."""

    version: Literal[1] = Field(description="The version of this file's format.")
    project: RelativePath = Field(
        default=".", description="The folder of dbt_project.yml, relative to this file."
    )
    profiles_dir: Text | None = Field(
        default=None, description="The folder of profiles.yml; without it, where dbt looks."
    )
    environments: dict[Annotated[str, Field(pattern=ENVIRONMENT_NAME)], EnvironmentConfig] = Field(
        min_length=1,
        description="The environments by name.",
        # The pattern for names says nothing yet of names that do not match it.
        json_schema_extra={"additionalProperties": False},
    )
    dbt: DbtConfig = Field(default_factory=DbtConfig, description="How dbt is found and run.")
    verify: VerifyConfig = Field(
        default_factory=VerifyConfig,
        description="What is checked after a publish or a rollback.",
    )
    git: GitConfig = Field(
        default_factory=GitConfig, description="How a rollback takes the code back."
    )
    github: GithubConfig = Field(
        default_factory=GithubConfig,
        description="The repository on GitHub, for pull requests, runs and deployments.",
    )
    retention: RetentionConfig = Field(
        default_factory=RetentionConfig, description="Which releases `rewind prune` keeps."
    )
    gates: GatesConfig = Field(
        default_factory=GatesConfig,
        description="Gates between a built release and its publish.",
    )
    models: dict[Text, ModelConfig] = Field(
        default_factory=dict,
        description="Settings of single models, seeds and snapshots, by name or unique id.",
    )
    checkpoint: CheckpointConfig = Field(
        default_factory=CheckpointConfig,
        description="Copies of incremental models and snapshots before they are written on.",
    )
    publish: PublishConfig = Field(
        default_factory=PublishConfig,
        description="How long a publish waits for those who are reading.",
    )
    triggers: TriggersConfig = Field(
        default_factory=TriggersConfig, description="What `rewind assess` looks for."
    )
    matrix: Annotated[tuple[RuleConfig, ...], Field(strict=False)] = Field(
        default=(),
        description="What is to be done about findings, beside the rules that always hold.",
    )
    notify: NotifyConfig = Field(
        default_factory=NotifyConfig,
        description="Who is told of incidents, approvals and rollbacks.",
    )
    people: People = Field(
        default_factory=dict, description="Who can ask and say yes in production, by name."
    )
    approvals: ApprovalsConfig = Field(
        default_factory=ApprovalsConfig, description="How an approval is proven, and how it ends."
    )
    escalation: EscalationConfig = Field(
        default_factory=EscalationConfig,
        description="Who is called when nobody acknowledges an incident.",
    )
    backups: BackupsConfig | None = Field(default=None, description="Copies of the whole database.")
    flags: Flags = Field(
        default_factory=dict,
        description="Feature flags by name.",
        json_schema_extra={"additionalProperties": False},
    )
    openfeature: OpenFeatureConfig = Field(
        default_factory=OpenFeatureConfig,
        description="Who decides flags, for `rewind flag sync`.",
    )
    mirror: Text | None = Field(
        default=None,
        description="A folder outside the warehouse that every event is also written to.",
    )

    @field_validator("version", mode="before")
    @classmethod
    def _not_a_boolean(cls, value: Any) -> Any:
        if isinstance(value, bool):  # to Python, True is 1
            raise PydanticCustomError(PROBLEM, "must be 1")
        return value

    @field_validator("matrix")
    @classmethod
    def _rules_agree(cls, rules: tuple[RuleConfig, ...]) -> tuple[RuleConfig, ...]:
        return require_agreement(rules)

    @field_validator("notify")
    @classmethod
    def _environments_are_known(cls, notify: NotifyConfig, info: ValidationInfo) -> NotifyConfig:
        # Who misspells one would wait for notices in vain.
        known = info.data.get("environments")
        for at, chosen in notify.chosen_environments():
            if known is not None and chosen not in known:
                names = ", ".join(known)
                raise PydanticCustomError(
                    PROBLEM,
                    "must be one of the environments: {names}",
                    {"names": names, "at": at},
                )
        return notify

    @field_validator("environments")
    @classmethod
    def _branches_differ(
        cls, environments: dict[str, EnvironmentConfig]
    ) -> dict[str, EnvironmentConfig]:
        owners: dict[str, str] = {}
        for name, environment in environments.items():
            if environment.branch is None:
                continue
            owner = owners.setdefault(environment.branch, name)
            if owner != name:
                raise PydanticCustomError(
                    PROBLEM,
                    "is '{branch}', which belongs to environment '{owner}' already: '{owner}' and "
                    "'{name}' cannot share a branch",
                    {
                        "branch": environment.branch,
                        "owner": owner,
                        "name": name,
                        "at": (name, "branch"),
                    },
                )
        return environments

    @model_validator(mode="after")
    def _every_yes_is_somebodys(self) -> Self:
        require_attainable(self)
        return self

    @model_validator(mode="after")
    def _levels_lead_to_channels(self) -> Self:
        known = {*self.notify.channels, *([GITHUB] if self.notify.github else [])}
        for at, level in enumerate(self.escalation.levels):
            for place, name in enumerate(level.channels or ()):
                if name not in known:
                    raise PydanticCustomError(
                        PROBLEM,
                        "is '{name}', which is no channel of `notify`",
                        {"name": name, "at": ("escalation", "levels", at, "channels", place)},
                    )
        return self
