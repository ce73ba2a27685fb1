"""A subject on the memory warehouse, whose workspace needs neither dbt nor a profile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.unit.engine.double import FakeVersion, Hook, Project, no_hook
from tests.unit.engine.stage import ENVIRONMENT, Stage

from dbt_rewind.config.profile import Profile
from dbt_rewind.config.project import ProjectFile
from dbt_rewind.config.schema import EnvironmentConfig, RewindConfig
from dbt_rewind.dbt.version import ProjectVersion
from dbt_rewind.engine.workspace import Workspace
from dbt_rewind.git.repository import Repository
from dbt_rewind.model import Observation, TriggerFinding
from dbt_rewind.procedures.triggers.signal import Signal, look_for
from dbt_rewind.procedures.triggers.subject import Subject, open_subject
from dbt_rewind.warehouse.protocol import Warehouse


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedWorkspace(Workspace):
    """`stage` seen as a workspace. Its git knows one project, `code`, whatever commit is asked."""

    stage: Stage
    code: Project
    hook: Hook

    def connect(self, *, read_only: bool = False) -> Warehouse:
        return self.stage.connect()

    def project_at(self, sha: str) -> str | None:
        return None

    @contextmanager
    def open_version(self, sha: str) -> Iterator[ProjectVersion]:
        self.hook("open")
        yield FakeVersion(self.stage.store, self.code, self.hook)


def workspace(
    stage: Stage,
    settings: Mapping[str, Any] | None = None,
    *,
    code: Project | None = None,
    hook: Hook = no_hook,
) -> StagedWorkspace:
    """`settings` are sections of rewind.yml; `code` is what dbt finds in every commit."""
    environments = {ENVIRONMENT: {"target": ENVIRONMENT}}
    config = RewindConfig.model_validate(
        {"version": 1, "environments": environments, **(settings or {})}
    )
    folder: Path = stage.folder
    return StagedWorkspace(
        root=folder,
        config=config,
        name=ENVIRONMENT,
        environment=EnvironmentConfig(target=ENVIRONMENT),
        project=ProjectFile(
            folder, stage.project, None, (), (), (), (), "target", "packages", None
        ),
        profile=Profile(
            stage.project, ENVIRONMENT, folder / "profiles.yml", "memory", folder, {}, {}
        ),
        repository=Repository(folder, folder / ".git"),
        stage=stage,
        code=code or {},
        hook=hook,
    )


@contextmanager
def subject(
    stage: Stage,
    settings: Mapping[str, Any] | None = None,
    *,
    code: Project | None = None,
    hook: Hook = no_hook,
) -> Iterator[Subject]:
    """What triggers look at; `rewind.yml` says `settings`."""
    with open_subject(workspace(stage, settings, code=code, hook=hook)) as opened:
        yield opened


def looked(signal: Signal, opened: Subject) -> tuple[Observation, ...]:
    """What the signal sees, as `rewind assess` has it look."""
    return tuple(look_for((signal,), opened))


def found(signal: Signal, opened: Subject) -> tuple[TriggerFinding, ...]:
    """What the signal finds; everything can be looked at."""
    seen = looked(signal, opened)
    assert [each.unseen for each in seen if each.unseen] == []
    return tuple(finding for each in seen for finding in each.findings)
