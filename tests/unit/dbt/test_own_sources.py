"""Sources that are the project's own seeds and models."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.dbt.artifacts import manifest, node

from dbt_rewind.dbt.manifest import Manifest
from dbt_rewind.dbt.own_sources import OwnSources
from dbt_rewind.errors import SourceCycle

RAW, OTHER = "source.shop.raw.orders", "source.shop.other.orders"
SEED = "seed.shop.orders"


def source(unique_id: str, schema: str, identifier: str = "orders") -> dict[str, Any]:
    return {
        "unique_id": unique_id,
        "database": "warehouse",
        "schema": schema,
        "identifier": identifier,
    }


def project(*nodes: dict[str, Any]) -> Manifest:
    seed = node("orders", "seed", resource_type="seed", schema="raw", alias="orders")
    sources = {RAW: source(RAW, "RAW", "Orders"), OTHER: source(OTHER, "other")}
    return manifest(seed, *nodes, sources=sources)


def test_a_source_is_known_by_its_name_in_any_case() -> None:
    assert OwnSources(project()).nodes == {RAW: SEED}
    assert OwnSources(manifest()).nodes == {}


def test_who_reads_one_waits_for_its_node() -> None:
    own = OwnSources(
        project(
            node("a", "view", [RAW, OTHER]),
            node("b", "view", [OTHER]),
            node("c", "view", [RAW, SEED]),
            node("t", "test", [RAW], resource_type="test"),
        )
    )
    assert own.waiting == {"model.shop.a": (SEED,), "test.shop.t": (SEED,)}
    assert own.manifest.data["nodes"]["model.shop.a"]["depends_on"]["nodes"] == [OTHER, SEED]


def test_such_a_source_is_none_that_content_follows() -> None:
    known = project(node("a", "view", [RAW]), node("b", "view", [OTHER]))
    follows = {
        each: found.follows_sources for each, found in OwnSources(known).manifest.nodes.items()
    }
    assert follows == {SEED: False, "model.shop.a": False, "model.shop.b": True}
    assert known.nodes["model.shop.a"].follows_sources, "the parsed manifest stays as it is"


def test_a_project_without_any_is_left_as_it_is() -> None:
    known = manifest(node("a", "view", [OTHER]), sources={OTHER: source(OTHER, "other")})
    own = OwnSources(known)
    assert own.waiting == {}
    assert own.manifest is known


@pytest.mark.parametrize("length", [1, 2, 100])
def test_what_is_made_of_itself_is_refused(length: int) -> None:
    source_of = source(RAW, "gold", "m0")
    nodes = [
        node(f"m{i}", "view", [f"model.shop.m{i + 1}"], schema="gold", alias=f"m{i}")
        for i in range(length)
    ]
    nodes[-1]["depends_on"]["nodes"] = [RAW]
    with pytest.raises(SourceCycle) as raised:
        _ = OwnSources(manifest(*nodes, sources={RAW: source_of})).waiting
    assert sorted(raised.value.files) == sorted(f"models/m{i}.sql" for i in range(length))


def test_what_only_comes_together_again_is_no_cycle() -> None:
    own = OwnSources(
        project(
            node("a", "view", [RAW]),
            node("b", "view", [RAW, "model.shop.a"]),
            node("c", "view", ["model.shop.a", "model.shop.b", RAW]),
        )
    )
    assert set(own.waiting) == {"model.shop.a", "model.shop.b", "model.shop.c"}
