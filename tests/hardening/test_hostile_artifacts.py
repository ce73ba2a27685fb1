"""Whatever dbt's artifacts say: they are read, or refused before anything is published."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.crash.checker import prove
from tests.crash.double import DoubleVersion, opening
from tests.hardening.hostile import CORPUS, changed, every_change
from tests.hardening.place import ALL, Place
from tests.unit.dbt.artifacts import manifest, node, result

from dbt_rewind.dbt.manifest import Manifest, merge_manifests, read_manifest
from dbt_rewind.dbt.results import merge_results, read_results
from dbt_rewind.dbt.version import Built
from dbt_rewind.engine.records import decode_release
from dbt_rewind.engine.workspace import Workspace
from dbt_rewind.errors import ArtifactDamaged, ArtifactInvalid
from dbt_rewind.model import versioned

GOOD = manifest(
    node("orders", "incremental", ["source.shop.raw.orders"], compiled_code="select 1"),
    node("recent", "view", ["model.shop.orders"], tags=["daily"]),
    node("inner", "ephemeral", ["model.shop.orders"]),
    node("unique", "test", resource_type="test", relation_name='"w"."audit"."unique"'),
    unit_tests={"unit_test.shop.u": {"original_file_path": "models/u.yml", "tags": []}},
)
RESULTS = {
    "metadata": {},
    "results": [
        result("model.shop.orders", "success", message="OK"),
        result("model.shop.recent", "error", message="no", compiled_code="select"),
        result("test.shop.unique", "warn", message=None, compiled_code=None),
    ],
}


def use(read: Manifest) -> None:
    """Everything that is asked of a manifest after it was read."""
    for unique_id in (*read.data["nodes"], *GOOD.data["nodes"], "unit_test.shop.u"):
        assert isinstance(read.file(unique_id), str | None)
        assert isinstance(read.compiled_sql(unique_id), str | None)
        assert all(isinstance(tag, str) for tag in read.tags(unique_id))
    for each in read.nodes.values():
        assert isinstance(f"{each.selector} {each.file} {each.stateful}", str)
        json.dumps([*map(str, (versioned(each.relation, 2), each.relation))])
    for relation in read.kept_failures.values():
        str(versioned(relation, 2))
    for new, live in ((read, GOOD), (GOOD, read)):
        merged = merge_manifests(new, live, {"model.shop.orders"})
        read_manifest(json.dumps(merged.data).encode(), "manifest.json")


def test_any_change_of_a_manifest_is_read_or_refused() -> None:
    use(GOOD)
    accepted = 0
    for data in every_change(GOOD.data):
        with suppress(ArtifactInvalid):
            use(read_manifest(json.dumps(data).encode(), "manifest.json"))
            accepted += 1
    assert accepted > 100


def test_any_change_of_results_is_read_or_refused() -> None:
    good = read_results(json.dumps(RESULTS).encode(), "run_results.json")
    accepted = 0
    for data in every_change(RESULTS):
        with suppress(ArtifactInvalid):
            read = read_results(json.dumps(data).encode(), "run_results.json")
            for results in (read, merge_results(good, read), merge_results(read, good)):
                assert results.tests.passed >= 0
                assert all(isinstance(each, str) for each in results.built)
                found = (*results.failures(GOOD), *results.warnings(GOOD))
                json.dumps([each.message for each in found], allow_nan=False)
                json.dumps([each.seconds for each in results.nodes.values()], allow_nan=False)
            accepted += 1
    assert accepted > 20


@pytest.mark.parametrize("seconds", ["nan", "inf", "-inf"])
def test_a_time_that_is_no_number_is_refused(seconds: str) -> None:
    data = {"results": [result("model.shop.a", "success", execution_time=float(seconds))]}
    with pytest.raises(ArtifactInvalid):
        read_results(json.dumps(data).encode(), "run_results.json")


@pytest.mark.parametrize("content", CORPUS.values(), ids=CORPUS.keys())
def test_the_corpus_is_refused(content: bytes) -> None:
    for read in (read_manifest, read_results):
        with pytest.raises(ArtifactInvalid):
            read(content, "an artifact")
    with pytest.raises(ArtifactDamaged):
        decode_release(content, "the record of r1")


@given(st.binary(max_size=200))
def test_any_bytes_are_no_record(content: bytes) -> None:
    with pytest.raises(ArtifactDamaged):
        decode_release(content, "the record of r1")


def unchanged(name: str, data: Any) -> Any:
    return data


@dataclass(frozen=True)
class HostileVersion(DoubleVersion):
    """The double, whose artifacts were changed on their way to us."""

    change: Callable[[str, Any], Any] = unchanged

    def _changed(self, name: str, data: Any) -> bytes:
        return json.dumps(self.change(name, data)).encode()

    def parse(self) -> Manifest:
        return read_manifest(self._changed("parsed", super().parse().data), "manifest.json")

    def build(self, *arguments: Any, **named: Any) -> Built:
        built = super().build(*arguments, **named)
        content = self._changed("manifest.json", built.manifest.data)
        results = self._changed(
            "run_results.json",
            {
                "results": [
                    {
                        "unique_id": each.unique_id,
                        "status": each.status,
                        "execution_time": each.seconds,
                        "message": each.message,
                    }
                    for each in built.results.nodes.values()
                ]
            },
        )
        return Built(
            read_manifest(content, "manifest.json"),
            read_results(results, "run_results.json"),
            content,
            results,
        )


@pytest.mark.parametrize("seed", range(60 if ALL else 6))
@pytest.mark.parametrize("which", ["parsed", "manifest.json", "run_results.json"])
def test_a_deploy_with_a_changed_artifact_ends_in_order(
    place: Place, monkeypatch: pytest.MonkeyPatch, which: str, seed: int
) -> None:
    dice = random.Random(seed)

    def change(name: str, data: Any) -> Any:
        return changed(data, dice) if name == which else data

    healthy = opening(lambda instant: None)

    @contextmanager
    def hostile(*arguments: Any) -> Iterator[DoubleVersion]:
        with healthy(*arguments) as version:
            assert isinstance(version, DoubleVersion)
            yield HostileVersion(version.nodes, version.database, version.instant, change=change)

    before = place.events()
    monkeypatch.setattr(Workspace, "open_version", hostile)
    answer = place.run("deploy", "v4")
    assert answer.status != 1, answer
    monkeypatch.setattr(Workspace, "open_version", healthy)
    place.run("recover").check(0)
    assert place.events()[: len(before)] == before
    found = prove(place.database, place.mirror)
    assert found.live == (5 if answer.status == 0 else 4)
    assert place.run("rollback", "--yes").status == 0
