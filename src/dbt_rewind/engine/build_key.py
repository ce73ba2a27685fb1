"""The build key: equal for commits that would build the same relations."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from dbt_rewind.config.packages import PACKAGE_FILES
from dbt_rewind.config.project import PROJECT_FILE
from dbt_rewind.git.repository import Repository

_PLACING = 2
"""How relations are placed under versioned names; what another way has built is not equal."""

_REQUIREMENTS = "requirements.txt"


def build_key(
    repository: Repository,
    sha: str,
    project: PurePosixPath,
    requirements: str | bool | None,
    target: str,
    variables: Mapping[str, Any],
) -> str:
    """A SHA-256 over the project's git tree and all else that decides what a build makes.

    Git names a tree by its content (two commits with equal files have equal trees), so a revert
    has the key of the commit it returns to.
    """
    tree = None if _reaches_out(repository, sha, project) else repository.tree(sha, project)
    if tree is None:  # also where the project lies in a submodule, whose files git does not name
        tree = repository.tree(sha, PurePosixPath("."))
    parts = [
        _PLACING,
        tree,
        _requirements_text(repository, sha, project, requirements),
        target,
        variables,
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _reaches_out(repository: Repository, sha: str, project: PurePosixPath) -> bool:
    """A local package, or a folder of models or macros, may lie outside the project's folder, so
    that the whole repository counts."""
    marks = {**dict.fromkeys(PACKAGE_FILES, b"local:"), PROJECT_FILE: b"../"}
    contents = ((repository.file(sha, project / name), mark) for name, mark in marks.items())
    return any(mark in content for content, mark in contents if content is not None)


def _requirements_text(
    repository: Repository, sha: str, project: PurePosixPath, requirements: str | bool | None
) -> str:
    if requirements is False:
        return ""
    named = [PurePosixPath(requirements)] if isinstance(requirements, str) else []
    for path in named or [project / _REQUIREMENTS, PurePosixPath(_REQUIREMENTS)]:
        content = repository.file(sha, path)
        if content is not None:
            return content.decode(errors="replace")
    return ""
