"""Which relations a version is made of, and the names users query."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.dbt.artifacts import manifest, node

from dbt_rewind.dbt.manifest import (
    Manifest,
    merge_manifests,
    read_manifest,
)
from dbt_rewind.errors import ArtifactInvalid
from dbt_rewind.model import RelationName

SOURCE = "source.shop.raw.orders"
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


def test_models_seeds_and_snapshots_become_relations() -> None:
    found = manifest(
        node("a"),
        node("b", "seed", resource_type="seed"),
        node("c", "snapshot", resource_type="snapshot"),
        node("d", "ephemeral"),
        node("e", "test", resource_type="test"),
        node("f", "view", resource_type="analysis"),
    )
    assert list(found.nodes) == ["model.shop.a", "seed.shop.b", "snapshot.shop.c"]
    assert found.dbt_version == "1.11.2"


def test_a_node_as_parsed() -> None:
    (parsed,) = manifest(node("a", "incremental")).nodes.values()
    assert parsed.relation == RelationName("warehouse", "gold", "a")
    assert (parsed.materialized, parsed.file) == ("incremental", "models/a.sql")
    assert parsed.selector == "fqn:shop.marts.[a]"


@pytest.mark.parametrize(
    ("fqn", "selector"),
    [
        # Without a pattern, dbt takes the name for a folder's, too.
        (["shop", "orders"], "fqn:shop.order[s]"),
        (["shop", "orders.daily"], "fqn:shop.orders.dail[y]"),
        (["shop", "orders", "v2"], "fqn:shop.orders.v[2]"),
        (["shop", "my folder", "a,b+"], "fqn:shop.my?folder.a?b?"),
        (["shop", "[a]*", "ü"], "fqn:shop.?a??.[ü]"),
    ],
)
def test_a_selector_names_a_node_and_no_other(fqn: list[str], selector: str) -> None:
    (parsed,) = manifest(node("a", fqn=fqn)).nodes.values()
    assert parsed.selector == selector


def test_saved_selectors_are_those_of_the_manifest() -> None:
    selectors = {"a": {"definition": "tag:a"}, "b": {"definition": {"tag": "b"}, "default": True}}
    assert manifest(selectors=selectors).selectors == {"a": "tag:a", "b": {"tag": "b"}}
    assert manifest(selectors=selectors).default_selector == "b"
    assert manifest(selectors={"a": {"definition": "x", "default": False}}).default_selector is None
    assert (manifest().selectors, manifest().default_selector) == ({}, None)


@pytest.mark.parametrize(
    ("materialized", "resource_type", "stateful"),
    [
        ("table", "model", False),
        ("view", "model", False),
        ("seed", "seed", False),
        ("incremental", "model", True),
        ("snapshot", "snapshot", True),
        ("table", "snapshot", True),
    ],
)
def test_what_continues_from_its_old_content(
    materialized: str, resource_type: str, stateful: bool
) -> None:
    (parsed,) = manifest(node("a", materialized, resource_type=resource_type)).nodes.values()
    assert parsed.stateful is stateful


def test_an_adapter_without_databases() -> None:
    (parsed,) = manifest(node("a", database=None)).nodes.values()
    assert parsed.relation.database == ""


def test_a_view_reads_its_parents_through_ephemeral_models() -> None:
    found = manifest(
        node("table"),
        node("other"),
        node("seed", "seed", resource_type="seed"),
        node("inner", "ephemeral", ["model.shop.table", "model.shop.between"]),
        node("between", "ephemeral", ["seed.shop.seed", SOURCE]),
        node("view", "view", ["model.shop.inner", "model.shop.other"]),
        node("outer", "view", ["model.shop.view"]),
        node("odd", "somebody_s_own", ["model.shop.table"]),
        node("reader", "table", ["model.shop.table", "model.shop.view"]),
        node("log", "incremental", ["model.shop.table"]),
    )
    reads = {unique_id.split(".")[-1]: found.reads(unique_id) for unique_id in found.nodes}
    assert reads == {
        "table": set(),
        "other": set(),
        "seed": set(),
        "view": {"model.shop.table", "seed.shop.seed", "model.shop.other"},
        "outer": {"model.shop.view"},
        "odd": {"model.shop.table"},
        "reader": set(),
        "log": set(),
    }


@pytest.mark.parametrize(
    "where",
    [
        {"constraints": [{"type": "not_null"}, {"type": "foreign_key"}]},
        {"columns": {"id": {"constraints": [{"type": "foreign_key"}]}}},
    ],
)
def test_a_table_cannot_be_without_what_its_foreign_keys_lead_to(where: dict[str, Any]) -> None:
    child = node("child", "table", ["model.shop.parent"], **where)
    assert manifest(node("parent"), child).reads("model.shop.child") == {"model.shop.parent"}


def test_models_in_a_circle_hang_nothing() -> None:
    one = node("one", "ephemeral", ["model.shop.two"])
    two = node("two", "ephemeral", ["model.shop.one"])
    view = node("view", "view", ["model.shop.one"])
    assert manifest(one, two, view).reads("model.shop.view") == set()


def following(*nodes: dict[str, Any]) -> set[str]:
    parsed = manifest(*nodes).nodes.values()
    return {each.unique_id.split(".")[-1] for each in parsed if each.follows_sources}


def test_a_view_of_a_source_follows_it_and_a_table_does_not() -> None:
    assert following(node("v", "view", [SOURCE]), node("t", "table", [SOURCE])) == {"v"}
    assert following(node("i", "incremental", [SOURCE]), node("s", "seed")) == set()


def test_through_views_and_ephemerals_down_to_a_table() -> None:
    assert following(
        node("a", "ephemeral", [SOURCE]),
        node("b", "view", ["model.shop.a"]),
        node("c", "view", ["model.shop.b"]),
        node("d", "table", ["model.shop.c"]),
        node("e", "view", ["model.shop.d"]),
        node("f", "view", ["model.shop.e", "model.shop.c"]),
    ) == {"b", "c", "f"}


def test_a_view_of_seeds_and_tables_follows_nothing() -> None:
    assert (
        following(node("s", "seed", resource_type="seed"), node("v", "view", ["seed.shop.s"]))
        == set()
    )


def test_a_damaged_manifest_with_a_cycle_ends() -> None:
    found = following(node("a", "view", ["model.shop.b"]), node("b", "view", ["model.shop.a"]))
    assert found == set()


def test_a_parent_that_is_not_there_is_no_source() -> None:
    assert following(node("a", "view", ["model.shop.gone"])) == set()


def test_a_long_chain_of_views_is_no_obstacle() -> None:
    chain = [node("v0", "view", [SOURCE])]
    chain += [node(f"v{n}", "view", [f"model.shop.v{n - 1}"]) for n in range(1, 150)]
    assert len(following(*chain)) == 150


def test_files_tags_and_sql_of_any_node() -> None:
    found = manifest(
        node("a", compiled_code="select 1", tags=["critical", "daily"]),
        unit_tests={"unit_test.shop.u": {"original_file_path": "models/u.yml"}},
    )
    assert found.file("model.shop.a") == "models/a.sql"
    assert found.file("unit_test.shop.u") == "models/u.yml"
    assert (found.file("model.shop.no"), found.tags("model.shop.no")) == (None, ())
    assert found.tags("model.shop.a") == ("critical", "daily")
    assert found.compiled_sql("model.shop.a") == "select 1"
    assert (found.compiled_sql("unit_test.shop.u"), found.compiled_sql("no")) == (None, None)


def test_merging_takes_built_nodes_as_new_and_others_as_live() -> None:
    new = manifest(
        node("built", code="new"),
        node("kept", code="new"),
        node("added", code="new"),
        node("e", "ephemeral", code="new"),
        node("t", "test", resource_type="test", code="new"),
    )
    live = manifest(
        node("built", alias="built__r1", code="old"),
        node("kept", alias="kept__r1", code="old"),
        node("removed", alias="removed__r1", code="old"),
        node("e", "ephemeral", code="old"),
    )
    merged = merge_manifests(new, live, {"model.shop.built"})
    codes = {key.split(".")[-1]: each["code"] for key, each in merged.data["nodes"].items()}
    # `added` was left out by --select: without it, the next deploy sees it as new.
    assert codes == {"built": "new", "kept": "old", "e": "new", "t": "new"}
    assert merged.nodes["model.shop.kept"].relation.name == "kept__r1"
    assert merged.dbt_version == new.dbt_version


def test_merging_changes_neither_and_needs_no_live_one() -> None:
    new, live = manifest(node("a"), node("b")), manifest(node("a", alias="a__r1"))
    before = json.dumps([new.data, live.data])
    merge_manifests(new, live, ())
    assert json.dumps([new.data, live.data]) == before
    assert list(merge_manifests(new, None, {"model.shop.b"}).nodes) == ["model.shop.b"]


@given(st.binary(max_size=64))
def test_random_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(ArtifactInvalid):
        read_manifest(content, "manifest.json")


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(ArtifactInvalid):
        read_manifest(b"[" * 100_000, "manifest.json")


@given(st.dictionaries(st.sampled_from(["metadata", "nodes", "unit_tests"]), ANYTHING))
def test_any_json_is_read_or_refused(data: dict[str, Any]) -> None:
    try:
        read = read_manifest(json.dumps(data).encode(), "manifest.json")
    except ArtifactInvalid:
        return
    assert isinstance(read, Manifest)


@given(st.sampled_from(sorted(node("a"))), ANYTHING)
def test_any_value_in_a_nodes_field_is_read_or_refused(field: str, value: object) -> None:
    data = {"metadata": {}, "nodes": {"model.shop.a": {**node("a"), field: value}}}
    with suppress(ArtifactInvalid):
        read_manifest(json.dumps(data).encode(), "manifest.json")
