"""dbt's `run_results.json`: what became of each node of a build."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dbt_rewind.dbt.manifest import Manifest
from dbt_rewind.errors import ArtifactInvalid
from dbt_rewind.model import FailedNode, TestSummary

_GOOD = frozenset({"success", "pass"})
_BAD = frozenset({"error", "fail", "runtime error", "partial success"})


@dataclass(frozen=True, slots=True)
class NodeResult:
    """One node's outcome: `status` is dbt's word, `seconds` its execution time, `failures` what a
    test has counted, None where it did not get that far."""

    unique_id: str
    status: str
    seconds: float
    message: str
    compiled_sql: str | None
    failures: int | None = None

    @property
    def failed(self) -> bool:
        return self.status in _BAD

    @property
    def skipped(self) -> bool:
        return self.status == "skipped"

    @property
    def is_test(self) -> bool:
        return self.unique_id.startswith(("test.", "unit_test."))


NodeFilter = Callable[[NodeResult], bool]


@dataclass(frozen=True, slots=True)
class RunResults:
    """All outcomes of one build, by unique id."""

    nodes: Mapping[str, NodeResult]

    @property
    def tests(self) -> TestSummary:
        statuses = [node.status for node in self.nodes.values() if node.is_test]
        return TestSummary(
            passed=sum(status in _GOOD for status in statuses),
            warned=statuses.count("warn"),
            failed=sum(status in _BAD for status in statuses),
            skipped=statuses.count("skipped"),
        )

    @property
    def built(self) -> frozenset[str]:
        """The models, seeds and snapshots that were built."""
        return frozenset(
            node.unique_id
            for node in self.nodes.values()
            if not node.is_test and node.status in _GOOD
        )

    def failures(self, manifest: Manifest) -> tuple[FailedNode, ...]:
        """Failed nodes with dbt's message and the SQL, in dbt's order."""
        return self._described(manifest, lambda node: node.failed)

    def warnings(self, manifest: Manifest) -> tuple[FailedNode, ...]:
        """Tests that warned, described like failures."""
        return self._described(manifest, lambda node: node.status == "warn")

    def _described(self, manifest: Manifest, wanted: NodeFilter) -> tuple[FailedNode, ...]:
        kept = manifest.kept_failures
        return tuple(
            FailedNode(
                node.unique_id,
                node.status,
                node.message,
                node.compiled_sql or manifest.compiled_sql(node.unique_id),
                manifest.file(node.unique_id),
                str(kept[node.unique_id]) if node.unique_id in kept else None,
            )
            for node in self.nodes.values()
            if wanted(node)
        )


def merge_results(first: RunResults, later: RunResults) -> RunResults:
    """The outcomes after a retry: the later one of each node counts."""
    return RunResults({**first.nodes, **later.nodes})


def read_results(content: bytes, name: str) -> RunResults:
    """The results in `content`; `name` is what an error calls it. Raises ArtifactInvalid."""
    try:
        results = [_node_result(result) for result in json.loads(content)["results"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ArtifactInvalid(name, f"{type(error).__name__}: {error}") from error
    return RunResults({result.unique_id: result for result in results})


def _node_result(result: Mapping[str, object]) -> NodeResult:
    return NodeResult(
        str(result["unique_id"]),
        str(result["status"]),
        _seconds(result["execution_time"]),
        str(result.get("message") or ""),
        str(result["compiled_code"]) if result.get("compiled_code") else None,
        _count(result.get("failures")),
    )


def _count(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _seconds(value: object) -> float:
    seconds = float(str(value))
    if not math.isfinite(seconds):
        raise ValueError(f"{seconds} is no execution time")
    return seconds
