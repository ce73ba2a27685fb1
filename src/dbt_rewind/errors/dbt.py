"""dbt cannot be run, cannot read the project, or the build failed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dbt_rewind.errors.base import ExitCode, RewindError
from dbt_rewind.model.release import FailedNode


class DbtError(RewindError):
    """Exit 5: dbt itself, or a project it cannot read."""

    exit_code: ClassVar[ExitCode] = ExitCode.DBT


@dataclass(eq=False)
class DbtMissing(DbtError):
    """No Python with dbt in it was found."""

    slug: ClassVar[str] = "dbt-missing"

    searched: tuple[str, ...]

    @property
    def message(self) -> str:
        return f"no dbt found; looked at {', '.join(self.searched)}"

    @property
    def hint(self) -> str:
        return "install dbt with its adapter (`pip install dbt-duckdb`), or set `dbt.python`"


@dataclass(eq=False)
class DbtTooOld(DbtError):
    """dbt lacks what a deploy needs."""

    slug: ClassVar[str] = "dbt-too-old"

    found: str
    needed: str

    @property
    def message(self) -> str:
        return f"dbt {self.found} is too old; dbt-rewind needs {self.needed} or newer"

    @property
    def hint(self) -> str:
        return "upgrade dbt-core, or pin a newer one in the project's requirements"


@dataclass(eq=False)
class RequirementsFailed(DbtError):
    """The version's own requirements cannot be installed."""

    slug: ClassVar[str] = "requirements-failed"

    file: str
    output: str

    @property
    def message(self) -> str:
        return f"the requirements in {self.file} could not be installed: {self.output}"

    @property
    def hint(self) -> str:
        return "install them by hand with `uv pip install -r` to see more"


@dataclass(eq=False)
class DbtCrashed(DbtError):
    """The dbt process died or could not start."""

    slug: ClassVar[str] = "dbt-crashed"

    output: str

    @property
    def message(self) -> str:
        return f"dbt stopped without an answer: {self.output}"

    @property
    def hint(self) -> str:
        return "run dbt by hand in a checkout of the same commit"


@dataclass(eq=False)
class ProjectUnusable(DbtError):
    """dbt cannot parse, install or compile this version of the project."""

    slug: ClassVar[str] = "project-unusable"

    step: str
    problem: str

    @property
    def message(self) -> str:
        return f"dbt {self.step} failed: {self.problem}"

    @property
    def hint(self) -> str:
        return "correct the project and commit; nothing was built and nothing was published"


@dataclass(eq=False)
class SourceCycle(DbtError):
    """A source names what is built from that very source."""

    slug: ClassVar[str] = "source-cycle"

    files: tuple[str, ...]

    @property
    def message(self) -> str:
        way = " <- ".join((*self.files, *self.files[:1]))
        return f"a source is what this project makes of it: {way}"

    @property
    def hint(self) -> str:
        return "give the model another name or schema than the source that it is made from"


@dataclass(eq=False)
class NameWrittenOut(DbtError):
    """Code names what users query instead of saying `ref()`, so that no release can hold it."""

    slug: ClassVar[str] = "name-written-out"

    places: tuple[str, ...]
    instead: str

    @property
    def message(self) -> str:
        more = f" and {len(self.places) - 5} more" if len(self.places) > 5 else ""
        told = "; ".join(self.places[:5])
        return f"names that users query are written out in the code: {told}{more}"

    @property
    def hint(self) -> str:
        return f"say {self.instead} there instead and commit; nothing was published"


@dataclass(eq=False)
class ArtifactInvalid(DbtError):
    """A dbt artifact cannot be read."""

    slug: ClassVar[str] = "artifact-invalid"

    file: str
    problem: str

    @property
    def message(self) -> str:
        return f"{self.file} is not what dbt writes: {self.problem}"

    @property
    def hint(self) -> str:
        return "check the dbt version; the file is in dbt's target folder"


@dataclass(eq=False)
class BuildFailed(RewindError):
    """A model, seed, snapshot or test failed; the live release is untouched."""

    slug: ClassVar[str] = "build-failed"
    exit_code: ClassVar[ExitCode] = ExitCode.BUILD

    release: str
    failures: tuple[FailedNode, ...]
    live: str | None

    @property
    def message(self) -> str:
        named = ", ".join(failure.unique_id for failure in self.failures[:5])
        more = f" and {len(self.failures) - 5} more" if len(self.failures) > 5 else ""
        return f"{self.release} was not published, because this failed: {named}{more}"

    @property
    def hint(self) -> str:
        still = f"users still see {self.live}" if self.live else "nothing is live yet"
        return f"`rewind show {self.release}` has all of it; {still}"

    @property
    def details(self) -> tuple[str, ...]:
        """dbt's message and the compiled SQL of the first failures, which are often one cause."""
        lines: list[str] = []
        for failure in self.failures[:3]:
            lines += [failure.unique_id, *([f"  in {failure.file}"] if failure.file else [])]
            lines += [f"  {line}" for line in failure.message.strip().splitlines()[:8]]
            sql = (failure.compiled_sql or "").strip().splitlines()
            lines += [f"  | {line}".rstrip() for line in sql[:24] if line.strip()]
            lines += [f"  | ... {len(sql) - 24} more lines"] if len(sql) > 24 else []
        return tuple(lines)
