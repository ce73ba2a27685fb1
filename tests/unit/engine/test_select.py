"""What a deploy asks dbt for, and what it takes over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from tests.unit.engine.double import FakeVersion, Model, Project, manifest_of, versioned
from tests.unit.engine.releases import release

from dbt_rewind.dbt.manifest import Manifest
from dbt_rewind.dbt.saved_selectors import Definition
from dbt_rewind.engine.select import (
    Live,
    nodes_to_build,
    nodes_to_reuse,
    select_nodes,
    stateful_sources,
)
from dbt_rewind.errors import SelectorUnknown
from dbt_rewind.model import Origin, RelationInfo, RelationKind, RelationName, Release
from dbt_rewind.warehouse.memory_store import MemoryStore

PROJECT: Project = {
    "a": Model("1", tests=("pass",)),
    "b": Model("1", parents=("a",)),
    "log": Model("1", "incremental"),
}


class Asked(FakeVersion):
    """Records what dbt was asked to select."""

    def __init__(self, project: Project) -> None:
        super().__init__(MemoryStore(), project)
        self.asked: list[tuple[str, ...]] = []

    def select(
        self, selection: Sequence[str], state: Manifest | None, *, within: Definition | None = None
    ) -> tuple[str, ...]:
        self.asked.append((*selection, *([f"within {within}"] if within else ())))
        return super().select(selection, state, within=within)


def manifest(project: Project = PROJECT) -> Manifest:
    return Manifest(manifest_of(project))


def made(project: Project = PROJECT) -> Release:
    return release(1, *nodes_to_build(manifest(project), manifest(project).nodes, 1))


def live(
    held: Release | None = None,
    gone: Sequence[str] = (),
    kinds: Mapping[str, RelationKind] | None = None,
) -> Live:
    held = held or made()
    present = {
        node.relation: RelationInfo(
            node.relation, (kinds or {}).get(node.unique_id, RelationKind.TABLE), ()
        )
        for node in held.nodes
        if node.unique_id not in {f"model.shop.{name}" for name in gone}
    }
    return Live(held, manifest(), present)


def ids(*names: str) -> frozenset[str]:
    return frozenset(f"model.shop.{name}" for name in names)


def test_without_a_live_release_all_is_built_without_state() -> None:
    version = Asked(PROJECT)
    selected = select_nodes(version, manifest(), None, select=(), full=False)
    assert version.asked == [()]
    assert (selected.arguments, selected.state, selected.pending) == ((), None, ())
    assert (selected.nodes, selected.tests) == (ids("a", "b", "log"), 1)


def test_with_one_what_changed_and_what_depends_on_it() -> None:
    project = {**PROJECT, "a": Model("2", tests=("pass",))}
    version, held = Asked(project), live()
    selected = select_nodes(version, manifest(project), held, select=(), full=False)
    assert version.asked == [("state:modified+",)]
    assert (selected.arguments, selected.state) == (("state:modified+",), held.manifest)
    assert (selected.nodes, selected.tests, selected.pending) == (ids("a", "b"), 1, ())


def test_an_unchanged_project_selects_nothing() -> None:
    selected = select_nodes(Asked(PROJECT), manifest(), live(), select=(), full=False)
    assert (selected.nodes, selected.tests, selected.pending) == (frozenset(), 0, ())


def test_full_selects_all_and_still_names_the_state() -> None:
    held = live()
    selected = select_nodes(Asked(PROJECT), manifest(), held, select=(), full=True)
    assert (selected.arguments, selected.nodes) == ((), ids("a", "b", "log"))
    assert selected.state is held.manifest


@pytest.mark.parametrize(
    ("select", "arguments"),
    [
        (("b",), ("b,state:modified+",)),
        (("a", "b"), ("a,state:modified+", "b,state:modified+")),
        # To dbt one argument with a space is two, and the comma binds tighter.
        (("a b",), ("a,state:modified+", "b,state:modified+")),
        (("tag:x,a",), ("tag:x,a,state:modified+",)),
    ],
)
def test_a_selection_narrows_what_changed(
    select: tuple[str, ...], arguments: tuple[str, ...]
) -> None:
    project = {**PROJECT, "a": Model("2", tests=("pass",)), "log": Model("2", "incremental")}
    selected = select_nodes(Asked(project), manifest(project), live(), select=select, full=False)
    assert selected.arguments == arguments
    assert not selected.nodes & set(selected.pending)
    assert selected.nodes | set(selected.pending) == ids("a", "b", "log")


def test_a_selection_never_builds_what_did_not_change() -> None:
    project = {**PROJECT, "log": Model("2", "incremental")}
    selected = select_nodes(
        Asked(project), manifest(project), live(), select=("a log",), full=False
    )
    assert (selected.nodes, selected.pending) == (ids("log"), ())


def test_full_with_a_selection_builds_just_that() -> None:
    selected = select_nodes(Asked(PROJECT), manifest(), live(), select=("a",), full=True)
    assert (selected.arguments, selected.nodes) == (("a",), ids("a"))
    assert set(selected.pending) == ids("b", "log")


def saved(project: Project = PROJECT) -> Manifest:
    """The project with saved selectors, of which `few` is the default."""
    definitions = {"few": ("a", True), "one": ("b", False)}
    selectors = {
        name: {"name": name, "definition": definition, "default": default}
        for name, (definition, default) in definitions.items()
    }
    return Manifest({**manifest_of(project), "selectors": selectors})


def test_what_the_default_selector_leaves_out_is_no_part_of_a_release() -> None:
    version = Asked(PROJECT)
    selected = select_nodes(version, saved(), None, select=(), full=False)
    assert version.asked == [("within a",)]
    assert (selected.within, selected.nodes, selected.pending) == ("a", ids("a"), ())
    project = {name: replace(each, code="2") for name, each in PROJECT.items()}
    version = Asked(project)
    selected = select_nodes(version, saved(project), live(), select=(), full=False)
    assert version.asked == [("state:modified+", "within a")]
    assert (selected.nodes, selected.pending) == (ids("a"), ())


def test_who_says_what_to_select_is_not_held_to_the_default() -> None:
    project = {name: replace(each, code="2") for name, each in PROJECT.items()}
    selected = select_nodes(Asked(project), saved(project), live(), select=("log",), full=False)
    assert (selected.within, selected.nodes, selected.pending) == (
        None,
        ids("log"),
        ("model.shop.a",),
    )
    selected = select_nodes(
        Asked(project), saved(project), live(), select=(), selector="one", full=False
    )
    assert (selected.within, selected.nodes, selected.pending) == ("b", ids("b"), ("model.shop.a",))


def test_an_unknown_selector_is_refused() -> None:
    with pytest.raises(SelectorUnknown, match="'two'") as raised:
        select_nodes(Asked(PROJECT), saved(), None, select=(), selector="two", full=False)
    assert raised.value.hint == "choose one of: few, one"
    with pytest.raises(SelectorUnknown):
        select_nodes(Asked(PROJECT), manifest(), None, select=(), selector="few", full=False)


def test_what_an_earlier_deploy_left_out_is_built_again() -> None:
    held = live(replace(made(), pending=("model.shop.a", "model.shop.removed")))
    selected = select_nodes(Asked(PROJECT), manifest(), held, select=(), full=False)
    assert selected.arguments == ("state:modified+", "fqn:shop.[a]+")
    assert selected.nodes == ids("a", "b")


def test_what_lost_its_relation_is_built_again() -> None:
    held = live(gone=["log"])
    assert held.missing == ids("log")
    selected = select_nodes(Asked(PROJECT), manifest(), held, select=(), full=False)
    assert selected.arguments == ("state:modified+", "fqn:shop.lo[g]+")
    assert selected.nodes == ids("log")


def test_a_selection_narrows_what_waits_too() -> None:
    held = live(replace(made(), pending=("model.shop.log",)))
    project = {**PROJECT, "a": Model("2", tests=("pass",))}
    selected = select_nodes(Asked(project), manifest(project), held, select=("a",), full=False)
    assert selected.arguments == ("a,state:modified+", "a,fqn:shop.lo[g]+")
    assert selected.nodes == ids("a")
    assert selected.pending == ("model.shop.b", "model.shop.log")


def test_nodes_to_build_are_this_releases_and_unmeasured() -> None:
    (node,) = nodes_to_build(manifest(), ["model.shop.a"], 2)
    assert (node.relation, node.pointer) == (versioned("a", 2), RelationName("memory", "gold", "a"))
    assert (node.origin, node.built_by) == (Origin.BUILT, 2)
    assert (node.rows, node.fingerprint, node.seconds) == (None, None, None)


def test_nodes_to_reuse_keep_relation_record_and_maker() -> None:
    held = live(replace(made(), nodes=tuple(replace(n, rows=7, seconds=1.0) for n in made().nodes)))
    reused = nodes_to_reuse(manifest(), ids("b"), held)
    assert [node.unique_id for node in reused] == ["model.shop.a", "model.shop.log"]
    assert {(node.origin, node.built_by, node.rows, node.seconds) for node in reused} == {
        (Origin.REUSED, 1, 7, None)
    }
    assert {node.relation for node in reused} == {versioned("a", 1), versioned("log", 1)}


def test_neither_missing_nor_new_nor_removed_nodes_are_reused() -> None:
    project = {"b": Model("1"), "log": Model("1", "incremental"), "new": Model("1")}
    reused = nodes_to_reuse(manifest(project), (), live(gone=["log"]))
    assert [node.unique_id for node in reused] == ["model.shop.b"]
    assert nodes_to_reuse(manifest(), (), None) == ()


def test_a_stateful_node_continues_from_its_live_table() -> None:
    assert stateful_sources(manifest(), ids("a", "log"), live()) == {
        "model.shop.log": versioned("log", 1)
    }


def test_a_snapshot_is_stateful_whatever_its_materialization() -> None:
    project = {"seen": Model("1", "snapshot", resource_type="snapshot")}
    held = live(made(project))
    assert stateful_sources(manifest(project), ["snapshot.shop.seen"], held) == {
        "snapshot.shop.seen": versioned("seen", 1)
    }


def test_what_has_nothing_to_continue_from_begins_anew() -> None:
    selected = ids("log")
    assert stateful_sources(manifest(), selected, None) == {}
    assert stateful_sources(manifest(), selected, live(gone=["log"])) == {}
    assert stateful_sources(manifest(), selected, live(made({"a": Model("1")}))) == {}
    view = live(kinds={"model.shop.log": RelationKind.VIEW})
    assert stateful_sources(manifest(), selected, view) == {}
    assert stateful_sources(manifest(), ids("a"), live()) == {}
