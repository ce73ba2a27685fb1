"""One version of a dbt project, laid out privately and open in one dbt process."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from dbt_rewind.config.packages import PACKAGE_FILES, local_packages
from dbt_rewind.config.project import ProjectFile
from dbt_rewind.dbt.freshness import SourceAge, read_sources
from dbt_rewind.dbt.manifest import Manifest, read_manifest
from dbt_rewind.dbt.progress import NodeProgress, ProgressListener, ignore_progress
from dbt_rewind.dbt.results import RunResults, merge_results, read_results
from dbt_rewind.dbt.saved_selectors import GENERATED, Definition, meeting, write_selector
from dbt_rewind.dbt.session import Answered, DbtSession, start_session
from dbt_rewind.dbt.transient import is_transient
from dbt_rewind.errors import ArtifactInvalid, ProjectUnusable
from dbt_rewind.model import RelationName
from dbt_rewind.redact import redact, redact_artifact


@dataclass(frozen=True, slots=True)
class Built:
    """What a build or a test run left: the manifest with compiled SQL, and the outcomes."""

    manifest: Manifest
    results: RunResults
    manifest_bytes: bytes
    results_bytes: bytes

    def without_tests_of(self, nodes: Collection[str]) -> Built:
        """The same without the outcomes of tests that look at one of these nodes."""
        parents = self.manifest.parents
        kept = {
            unique_id: result
            for unique_id, result in self.results.nodes.items()
            if not nodes or parents(unique_id).isdisjoint(nodes)
        }
        return replace(self, results=replace(self.results, nodes=kept))

    @classmethod
    def read(cls, manifest: bytes, results: bytes) -> Built:
        """What dbt wrote, without the secrets in it. Raises ArtifactInvalid."""
        manifest, results = redact_artifact(manifest), redact_artifact(results)
        return cls(
            read_manifest(manifest, "manifest.json"),
            read_results(results, "run_results.json"),
            manifest,
            results,
        )


class ProjectVersion(Protocol):
    """A version that can be parsed, listed, built and tested; the engine knows no more of dbt."""

    @property
    def dbt_version(self) -> str: ...

    def parse(self) -> Manifest:
        """The project as it is: every node under its public name.

        Raises ProjectUnusable, DbtCrashed.
        """
        ...

    def text(self, package: str, file: str) -> str | None:
        """The text of a file of the project or of a package of it; None where there is none."""
        ...

    def place(self, relations: Mapping[str, RelationName | None]) -> None:
        """Says for nodes and sources of the parsed project, by unique id, in which relations they
        are built and found from now on; None for a test: it keeps no failing rows.

        Raises ProjectUnusable, DbtCrashed.
        """
        ...

    def wait(self, waiting: Mapping[str, Sequence[str]]) -> None:
        """Says for nodes which others they depend on besides those that dbt knows of.

        Raises ProjectUnusable, DbtCrashed.
        """
        ...

    def select(
        self, selection: Sequence[str], state: Manifest | None, *, within: Definition | None = None
    ) -> tuple[str, ...]:
        """The unique ids that dbt selects, tests included, and of these only what `within` has
        too. Raises ProjectUnusable."""
        ...

    def build(
        self,
        selection: Sequence[str],
        state: Manifest | None,
        *,
        within: Definition | None = None,
        retries: int = 0,
        full_refresh: bool = False,
        listener: ProgressListener = ignore_progress,
    ) -> Built:
        """Builds and tests what `select` selects; a full refresh begins incremental models anew.

        A node's failure is an outcome; raises ProjectUnusable, DbtCrashed where dbt could not even
        begin.
        """
        ...

    def test(
        self,
        selection: Sequence[str],
        state: Manifest,
        *,
        listener: ProgressListener = ignore_progress,
    ) -> Built:
        """Runs tests against the relations that `state` names."""
        ...

    def freshness(self) -> tuple[SourceAge, ...]:
        """How old the sources are that say how old they may be.

        That one is too old, or could not be asked, is an outcome; raises ProjectUnusable,
        DbtCrashed, ArtifactInvalid.
        """
        ...

    def close(self) -> None:
        """Ends dbt, which may keep the warehouse open after a build; nothing can be asked then."""
        ...


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a version lies and how dbt is to be called for it.

    `tree` is the private worktree, in which `project` lies; `profiles` holds the private
    profiles.yml, `scratch` whatever dbt writes.
    """

    tree: Path
    project: ProjectFile
    profiles: Path
    scratch: Path
    profile: str
    target: str
    variables: Mapping[str, Any]


@contextmanager
def open_version(layout: Layout, python: str) -> Iterator[OpenVersion]:
    """The version in `layout`, its packages installed.

    Raises DbtMissing, DbtTooOld, DbtCrashed, ProjectUnusable.
    """
    temporary = layout.scratch / "temporary"
    temporary.mkdir()
    # What dbt leaves in it (byte code of Python models, for one) goes with the worktree.
    with start_session(python, layout.project.folder, {"TMPDIR": str(temporary)}) as session:
        version = OpenVersion(layout, session)
        version.install_packages()
        yield version


@dataclass(frozen=True, slots=True)
class OpenVersion:
    """See `ProjectVersion`, which this is."""

    layout: Layout
    session: DbtSession

    @property
    def dbt_version(self) -> str:
        return self.session.dbt_version

    def install_packages(self) -> None:
        folder = self.layout.project.folder
        for file, path in local_packages(folder, self.layout.variables):
            if not (folder / path).resolve().is_relative_to(self.layout.tree.resolve()):
                problem = (
                    f"{file}: the package {path} is outside the repository, so no commit has it"
                )
                raise ProjectUnusable("deps", problem)
        if any((folder / file).exists() for file in PACKAGE_FILES):
            self._ask("deps", self._arguments("deps", target_path=False))

    def parse(self) -> Manifest:
        self._ask("parse", self._arguments("parse"), keep_manifest=True)
        content = _content(self._artifact("manifest.json"))
        return read_manifest(redact_artifact(content), "manifest.json")

    def text(self, package: str, file: str) -> str | None:
        project = self.layout.project
        own = package == project.name
        folder = project.folder if own else project.folder / project.packages_path / package
        try:
            return (folder / file).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return None

    def place(self, relations: Mapping[str, RelationName | None]) -> None:
        places = {
            unique_id: (place.database, place.schema, place.name) if place else None
            for unique_id, place in relations.items()
        }
        self._placed(self.session.place(places, {}))

    def wait(self, waiting: Mapping[str, Sequence[str]]) -> None:
        self._placed(self.session.place({}, waiting))

    def _placed(self, answer: Answered) -> None:
        if not answer.success:
            raise ProjectUnusable("parse", _first_lines(answer.problem))

    def select(
        self, selection: Sequence[str], state: Manifest | None, *, within: Definition | None = None
    ) -> tuple[str, ...]:
        arguments = [
            *self._arguments("list"),
            *self._selection(selection, state, within),
            *("--output", "json", "--output-keys", "unique_id", "--quiet"),
        ]
        listed = self._ask("list", arguments)
        return tuple(json.loads(line)["unique_id"] for line in listed)

    def build(
        self,
        selection: Sequence[str],
        state: Manifest | None,
        *,
        within: Definition | None = None,
        retries: int = 0,
        full_refresh: bool = False,
        listener: ProgressListener = ignore_progress,
    ) -> Built:
        arguments = [*self._arguments("build"), *self._selection(selection, state, within)]
        arguments += ["--full-refresh"] if full_refresh else []
        built = self._run("build", arguments, listener)
        for attempt in range(retries):
            failed = [node for node in built.results.nodes.values() if node.failed]
            if not failed or not all(is_transient(node.message) for node in failed):
                break
            left = _selectors(built)
            if left is None:
                break
            time.sleep(min(2.0**attempt, 60.0))
            arguments = [*self._arguments("build"), *self._selection(left, state, None)]
            arguments += ["--indirect-selection", "empty"]
            arguments += ["--full-refresh"] if full_refresh else []
            again = self._run("build", arguments, listener)
            results = merge_results(built.results, again.results)
            built = Built(again.manifest, results, again.manifest_bytes, again.results_bytes)
        return built

    def test(
        self,
        selection: Sequence[str],
        state: Manifest,
        *,
        listener: ProgressListener = ignore_progress,
    ) -> Built:
        arguments = [*self._arguments("test"), *self._selection(selection, state, None)]
        return self._run("test", arguments, listener)

    def freshness(self) -> tuple[SourceAge, ...]:
        file = self._artifact("sources.json")
        file.unlink(missing_ok=True)
        # Without a selection, a default selector of the project's would choose.
        arguments = [*self._arguments("source", "freshness"), "--select", "source:*"]
        failed: dict[str, SourceAge] = {}

        def listen(progress: NodeProgress) -> None:
            if progress.finished and progress.message:
                problem = redact(progress.message)
                failed[progress.unique_id] = SourceAge(
                    progress.unique_id, progress.status, problem=problem
                )

        answer = self.session.ask(arguments, listener=listen)
        if answer.problem or not file.exists():
            raise ProjectUnusable("source freshness", _first_lines(answer.problem))
        found = read_sources(redact_artifact(_content(file)), file.name)
        # dbt 1.11 leaves out of the file what it could not ask.
        return (
            *found,
            *(failed[each] for each in failed.keys() - {age.unique_id for age in found}),
        )

    def close(self) -> None:
        self.session.close()

    def _run(self, step: str, arguments: list[str], listener: ProgressListener) -> Built:
        results_file = self._artifact("run_results.json")
        results_file.unlink(missing_ok=True)
        answer = self.session.ask(arguments, listener=listener)
        # dbt reports failed nodes as "no success" too; only what it wrote tells them from a start
        # that failed.
        if answer.problem or not results_file.exists():
            raise ProjectUnusable(step, _first_lines(answer.problem))
        return Built.read(_content(self._artifact("manifest.json")), _content(results_file))

    def _ask(
        self, step: str, arguments: list[str], *, keep_manifest: bool = False
    ) -> tuple[str, ...]:
        answer = self.session.ask(arguments, keep_manifest=keep_manifest)
        if not answer.success:
            raise ProjectUnusable(step, _first_lines(answer.problem))
        return answer.listed

    def _artifact(self, name: str) -> Path:
        return self.layout.scratch / "target" / name

    def _arguments(self, *command: str, target_path: bool = True) -> list[str]:
        layout = self.layout
        arguments = [
            *(*command, "--project-dir", str(layout.project.folder)),
            *("--profiles-dir", str(layout.profiles)),
            *("--profile", layout.profile, "--target", layout.target),
            *("--log-path", str(layout.scratch / "logs")),
        ]
        if target_path:
            arguments += ["--target-path", str(layout.scratch / "target")]
        if layout.variables:
            arguments += ["--vars", json.dumps(layout.variables)]
        return arguments

    def _selection(
        self, selection: Sequence[str], state: Manifest | None, within: Definition | None
    ) -> list[str]:
        arguments = ["--select", *selection] if selection else []
        if within is not None:
            write_selector(self.layout.project.folder, meeting(selection, within))
            arguments = ["--selector", GENERATED]
        if state is not None:
            folder = self.layout.scratch / "state"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "manifest.json").write_text(json.dumps(state.data), encoding="utf-8")
            arguments += ["--state", str(folder), "--defer", "--favor-state"]
        return arguments


def _selectors(built: Built) -> tuple[str, ...] | None:
    """Selections of what failed or was skipped; None where something failed that cannot be
    selected, such as a hook.

    dbt's own `retry` reads the project again, and would build under public names.
    """
    left = [node for node in built.results.nodes.values() if node.failed or node.skipped]
    found = [built.manifest.selector(node.unique_id) for node in left]
    selectors = tuple(each for each in found if each is not None)
    return selectors if len(selectors) == len(left) else None


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ArtifactInvalid(path.name, error.strerror or str(error)) from error


def _first_lines(problem: str) -> str:
    lines = [line.strip() for line in redact(problem).strip().splitlines() if line.strip()]
    return " ".join(lines[:8]) or "dbt gave no reason"
