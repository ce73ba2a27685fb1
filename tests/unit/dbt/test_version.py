"""How a version is laid out and what dbt is asked."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import pytest
from tests.unit.dbt.artifacts import manifest, node, result

from dbt_rewind.config.project import read_project
from dbt_rewind.dbt.progress import NodeProgress, ProgressListener, ignore_progress
from dbt_rewind.dbt.session import Answered, DbtSession
from dbt_rewind.dbt.version import Layout, OpenVersion
from dbt_rewind.errors import ArtifactInvalid, ProjectUnusable

GOOD = Answered(True, "", ())
FAILED = Answered(False, "", ())
LOCKED = "IO Error: Could not set lock on file"


class Session:
    """A session that answers as told; `acts` write what dbt would have written."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.acts: list[Callable[[], Answered]] = []
        self.tells: list[NodeProgress] = []
        self.closed = False
        self.dbt_version = "1.11.2"

    def ask(
        self,
        arguments: Sequence[str],
        *,
        keep_manifest: bool = False,
        listener: ProgressListener = ignore_progress,
    ) -> Answered:
        self.asked.append(list(arguments))
        for progress in self.tells:
            listener(progress)
        return self.acts.pop(0)() if self.acts else GOOD

    def close(self) -> None:
        self.closed = True


LEFT = (node("a"), node("t", "test", resource_type="test"))
"""What the manifest has that a build leaves."""


class Laid:
    """A version in a folder, and what dbt left of each request."""

    def __init__(self, folder: Path, **variables: Any) -> None:
        project = folder / "project"
        project.mkdir()
        (project / "dbt_project.yml").write_text("name: shop\n")
        self.target = folder / "scratch" / "target"
        self.target.mkdir(parents=True)
        self.session = Session()
        self.folder = project
        layout = Layout(
            folder,
            read_project(project),
            folder / "profiles",
            folder / "scratch",
            "shop",
            "prod",
            variables,
        )
        self.version = OpenVersion(layout, cast(DbtSession, self.session))

    def leaves(self, answer: Answered, *outcomes: dict[str, Any]) -> None:
        """The next request writes artifacts and answers."""

        def act() -> Answered:
            (self.target / "manifest.json").write_text(json.dumps(manifest(*LEFT).data))
            (self.target / "run_results.json").write_text(json.dumps({"results": outcomes}))
            return answer

        self.session.acts.append(act)

    def answers(self, answer: Answered) -> None:
        self.session.acts.append(lambda: answer)


@pytest.fixture
def laid(tmp_path: Path) -> Laid:
    return Laid(tmp_path)


@pytest.fixture(autouse=True)
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was waited, instead of waiting."""
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    return slept


def option(arguments: Sequence[str], name: str) -> str:
    return arguments[list(arguments).index(name) + 1]


def test_every_request_says_where_everything_lies(tmp_path: Path) -> None:
    laid = Laid(tmp_path, days=3)
    laid.leaves(GOOD)
    laid.version.build((), None)
    (asked,) = laid.session.asked
    assert asked[0] == "build"
    assert option(asked, "--project-dir") == str(laid.folder)
    assert option(asked, "--profiles-dir") == str(tmp_path / "profiles")
    assert (option(asked, "--profile"), option(asked, "--target")) == ("shop", "prod")
    assert option(asked, "--target-path") == str(laid.target)
    assert json.loads(option(asked, "--vars")) == {"days": 3}
    assert "--select" not in asked
    assert "--state" not in asked


def test_with_a_state_unbuilt_parents_are_read_from_it(laid: Laid) -> None:
    state = manifest(node("a", alias="a__r1"))
    laid.leaves(GOOD)
    laid.version.build(("state:modified+", "fqn:shop.a+"), state)
    (asked,) = laid.session.asked
    at = asked.index("--select")
    assert asked[at + 1 : at + 3] == ["state:modified+", "fqn:shop.a+"]
    assert {"--defer", "--favor-state"} <= set(asked)
    written = Path(option(asked, "--state")) / "manifest.json"
    assert json.loads(written.read_text()) == state.data


@pytest.mark.parametrize("file", ["packages.yml", "dependencies.yml"])
def test_packages_are_installed_where_there_are_any(laid: Laid, file: str) -> None:
    laid.version.install_packages()
    assert laid.session.asked == []
    (laid.folder / file).write_text("packages: []\n")
    laid.version.install_packages()
    (asked,) = laid.session.asked
    assert asked[0] == "deps"
    assert "--target-path" not in asked


def test_parsing_reads_the_manifest(laid: Laid) -> None:
    laid.leaves(GOOD)
    assert list(laid.version.parse().nodes) == ["model.shop.a"]


def test_selecting_reads_ids(laid: Laid) -> None:
    laid.answers(Answered(True, "", ('{"unique_id": "model.shop.a"}', '{"unique_id": "test.t"}')))
    assert laid.version.select(("a",), None) == ("model.shop.a", "test.t")


@pytest.mark.parametrize("step", ["parse", "select"])
def test_a_project_that_dbt_refuses_is_said_in_few_words(laid: Laid, step: str) -> None:
    problem = "\n".join(
        ["Compilation Error", "", "  in model x", *(f"line {n}" for n in range(99))]
    )
    laid.answers(Answered(False, problem, ()))
    with pytest.raises(ProjectUnusable) as raised:
        laid.version.parse() if step == "parse" else laid.version.select((), None)
    assert raised.value.problem.startswith("Compilation Error in model x line 0")
    assert len(raised.value.problem) < 100


def test_a_build_that_could_not_begin_is_no_outcome(laid: Laid) -> None:
    laid.answers(Answered(False, "", ()))
    with pytest.raises(ProjectUnusable, match="dbt build failed: dbt gave no reason"):
        laid.version.build((), None)


def test_the_results_of_an_earlier_request_are_not_taken_for_new(laid: Laid) -> None:
    (laid.target / "run_results.json").write_text('{"results": []}')
    laid.answers(FAILED)
    with pytest.raises(ProjectUnusable):
        laid.version.build((), None)


def test_a_failed_node_is_an_outcome(laid: Laid) -> None:
    laid.leaves(FAILED, result("model.shop.a", "error", message="Binder Error"))
    built = laid.version.build((), None, retries=3)
    assert built.results.nodes["model.shop.a"].failed
    assert len(laid.session.asked) == 1  # a fault in the code is not tried again
    assert json.loads(built.results_bytes)["results"]
    assert json.loads(built.manifest_bytes)["nodes"]


def test_transient_failures_are_tried_again_and_waited_for(laid: Laid, naps: list[float]) -> None:
    locked = result("model.shop.a", "error", message=LOCKED)
    skipped = result("test.shop.t", "skipped")
    laid.leaves(FAILED, locked, skipped, result("model.shop.b", "success"))
    laid.leaves(FAILED, locked, skipped)
    laid.leaves(GOOD, result("model.shop.a", "success"), result("test.shop.t", "pass"))
    built = laid.version.build(("a",), manifest(node("a")), retries=3, full_refresh=True)
    first, *again = laid.session.asked
    assert "fqn:shop.marts.[a]" not in first
    # Not dbt's own retry, which would build under public names.
    for asked in again:
        assert asked[0] == "build"
        at = asked.index("--select")
        assert set(asked[at + 1 : at + 3]) == {"fqn:shop.marts.[a]", "fqn:shop.marts.[t]"}
        assert {"--state", "--defer", "--favor-state", "--full-refresh"} <= set(asked)
        assert asked[asked.index("--indirect-selection") + 1] == "empty"
    assert len(again) == 2
    assert built.results.tests.passed == 1
    assert built.results.built == {"model.shop.a", "model.shop.b"}
    assert naps == [1.0, 2.0]


def test_what_no_selection_names_is_not_tried_again(laid: Laid) -> None:
    laid.leaves(FAILED, result("operation.shop.shop-on-run-start-0", "error", message=LOCKED))
    laid.version.build((), None, retries=3)
    assert len(laid.session.asked) == 1


def test_tries_are_counted(laid: Laid) -> None:
    for _ in range(3):
        laid.leaves(FAILED, result("model.shop.a", "error", message=LOCKED))
    built = laid.version.build((), None, retries=2)
    assert len(laid.session.asked) == 3
    assert built.results.nodes["model.shop.a"].failed


def test_one_fault_among_transient_failures_ends_the_tries(laid: Laid) -> None:
    laid.leaves(
        FAILED,
        result("model.shop.a", "error", message=LOCKED),
        result("test.shop.t", "fail", message="Got 1 result"),
    )
    laid.version.build((), None, retries=5)
    assert len(laid.session.asked) == 1


def test_tests_run_against_what_the_state_names(laid: Laid) -> None:
    laid.leaves(GOOD, result("test.shop.t", "pass"))
    tested = laid.version.test(("tag:critical",), manifest(node("a")))
    (asked,) = laid.session.asked
    assert asked[0] == "test"
    assert {"--state", "--defer", "--favor-state"} <= set(asked)
    assert tested.results.tests.passed == 1


def test_damaged_artifacts_are_said(laid: Laid) -> None:
    laid.leaves(GOOD)
    act = laid.session.acts.pop()

    def torn() -> Answered:
        answered = act()
        (laid.target / "run_results.json").write_text('{"resu')
        return answered

    laid.session.acts.append(torn)
    with pytest.raises(ArtifactInvalid, match=r"run_results\.json"):
        laid.version.build((), None)


def test_closing_it_closes_dbt(laid: Laid) -> None:
    laid.version.close()
    assert laid.session.closed


@pytest.mark.parametrize("file", ["packages.yml", "dependencies.yml"])
def test_a_package_outside_the_repository_is_refused(laid: Laid, file: str) -> None:
    (laid.folder / file).write_text("packages: [{local: ../beside}, {local: '../../{{ 1 }}/x'}]")
    with pytest.raises(ProjectUnusable, match=rf"{file}: the package \.\./\.\./1/x is outside"):
        laid.version.install_packages()
    assert laid.session.asked == []


@pytest.mark.parametrize("text", ["packages: [{local: inside}, {git: 'x'}, 7]", "packages: 7", "["])
def test_other_packages_are_dbts_to_find(laid: Laid, text: str) -> None:
    (laid.folder / "packages.yml").write_text(text)
    laid.version.install_packages()
    assert laid.session.asked[0][0] == "deps"


def test_the_age_of_all_sources_is_asked_for(laid: Laid) -> None:
    def act() -> Answered:
        source = {"unique_id": "source.shop.raw.orders", "status": "runtime error", "error": "no"}
        (laid.target / "sources.json").write_text(json.dumps({"results": [source]}))
        return FAILED

    laid.session.acts.append(act)
    (age,) = laid.version.freshness()
    assert (age.status, age.problem) == ("runtime error", "no")
    (asked,) = laid.session.asked
    assert asked[:2] == ["source", "freshness"]
    assert option(asked, "--select") == "source:*"
    assert option(asked, "--target-path") == str(laid.target)


def test_what_dbt_leaves_out_of_its_file_is_told(laid: Laid) -> None:
    source = "source.shop.raw.orders"
    laid.session.tells = [
        NodeProgress(source, "source", False),
        NodeProgress(source, "source", True, "runtime error", 0.1, "no such column"),
        NodeProgress("source.shop.raw.prices", "source", True, "pass", 0.1),
    ]

    def act() -> Answered:
        (laid.target / "sources.json").write_text('{"results": []}')
        return FAILED

    laid.session.acts.append(act)
    (age,) = laid.version.freshness()
    assert (age.unique_id, age.status, age.problem) == (source, "runtime error", "no such column")


def test_no_age_is_taken_from_an_earlier_request(laid: Laid) -> None:
    (laid.target / "sources.json").write_text('{"results": []}')
    laid.answers(Answered(False, "Compilation Error", ()))
    with pytest.raises(ProjectUnusable, match="source freshness failed: Compilation Error"):
        laid.version.freshness()
