"""A subject whose releases are of commits in a real repository."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.unit.engine.double import Model
from tests.unit.engine.stage import Stage
from tests.unit.git.sandbox import Sandbox
from tests.unit.procedures.triggers.subject import subject

from dbt_rewind.procedures.triggers.subject import Subject

NOTHING: Mapping[str, Any] = {}


@contextmanager
def committed(
    folder: Path, sandbox: Sandbox, *shas: str, settings: Mapping[str, Any] = NOTHING
) -> Iterator[Subject]:
    """A release of each commit went live, one after the other."""
    stage = Stage(folder)
    for sha in shas:
        stage.deploy({"orders": Model(sha)})
    with subject(stage, settings) as opened:
        releases = {
            number: replace(found, commit=replace(found.commit, sha=shas[number - 1]))
            for number, found in opened.history.releases.items()
        }
        project = replace(opened.workspace.project, folder=sandbox.folder)
        yield replace(
            opened,
            workspace=replace(
                opened.workspace, repository=sandbox.open(), root=sandbox.folder, project=project
            ),
            history=replace(opened.history, releases=releases),
            live=replace(opened.live, commit=replace(opened.live.commit, sha=shas[-1])),
        )
