"""GitHub cannot be asked, or does not do what is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dbt_rewind.errors.git import GitError
from dbt_rewind.errors.input import InputError


@dataclass(eq=False)
class GithubUnusable(InputError):
    """Something is missing here: a token, a package, the repository's name."""

    slug: ClassVar[str] = "github-unusable"

    problem: str
    fix: str

    @property
    def message(self) -> str:
        return f"GitHub cannot be asked: {self.problem}"

    @property
    def hint(self) -> str:
        return self.fix


@dataclass(eq=False)
class RunNotFound(InputError):
    """No run of a workflow is what was asked for."""

    slug: ClassVar[str] = "run-not-found"

    wanted: str

    @property
    def message(self) -> str:
        return f"there is no run {self.wanted}"

    @property
    def hint(self) -> str:
        return "see `rewind run list`"


@dataclass(eq=False)
class GithubFailed(GitError):
    """GitHub refuses, or does not answer."""

    slug: ClassVar[str] = "github-failed"

    problem: str
    fix: str

    @property
    def message(self) -> str:
        return self.problem

    @property
    def hint(self) -> str:
        return self.fix
