"""Adopt: what plain dbt built becomes a release where it lies, and can be given back."""

from __future__ import annotations

import json

import pytest
from tests.unit.engine.double import COLUMNS, Model, manifest_of, pointer, versioned
from tests.unit.engine.stage import ENVIRONMENT, Stage, killed_at

from dbt_rewind.dbt.manifest import Manifest, placed
from dbt_rewind.engine.ledger import read_artifact
from dbt_rewind.errors import AdoptionRefused, AlreadyLive, WarehouseFailed
from dbt_rewind.model import RelationName, ReleaseKind
from dbt_rewind.warehouse.memory_store import Contents, Table, View

PROJECT = {
    "customers": Model("c1"),
    "orders": Model("o1", "incremental"),
    "summary": Model("s1", parents=("customers", "orders")),
    "latest": Model("l1", "view", ("orders",)),
}
CHANGED = {**PROJECT, "orders": Model("o2", "incremental")}


@pytest.fixture
def plain(stage: Stage) -> Stage:
    """A warehouse that plain dbt has built, and one table of a stranger's."""
    stage.plain_build(PROJECT)
    stage.store.create_table(pointer("strangers"), COLUMNS, [("theirs", "1", "")])
    return stage


def shown(stage: Stage) -> dict[str, object]:
    """What users read under the project's names."""
    return {name: stage.store.rows(pointer(name)) for name in (*PROJECT, "strangers")}


def relations(contents: Contents) -> dict[RelationName, Table | View]:
    return dict(contents.relations)


def test_users_see_the_same_and_no_row_is_copied(plain: Stage) -> None:
    before, tables = shown(plain), relations(plain.store.contents)
    release = plain.adopt(PROJECT)
    assert shown(plain) == before
    assert (release.id, release.kind, release.pending) == ("r1", ReleaseKind.ADOPT, ())
    assert plain.kinds == ["built", "published"]
    now = plain.store.contents.relations
    for name in ("customers", "orders", "summary"):
        assert now[pointer(f"{name}__r1")] is tables[pointer(name)]
        assert now[versioned(name, 1)] == View(pointer(f"{name}__r1"))
        assert now[pointer(name)] == View(versioned(name, 1))
    assert now[versioned("latest", 1)] == View(versioned("orders", 1))
    assert now[pointer("latest")] == View(versioned("latest", 1))
    plain.assert_consistent()


def test_what_is_stored_says_where_every_node_is(plain: Stage) -> None:
    release = plain.adopt(PROJECT)
    assert {node.unique_id: str(node.storage or node.relation) for node in release.nodes} == {
        "model.shop.customers": "gold.customers__r1",
        "model.shop.latest": "rewind_r1_gold.latest",
        "model.shop.orders": "gold.orders__r1",
        "model.shop.summary": "gold.summary__r1",
    }
    assert all(node.rows == 1 and node.fingerprint for node in release.nodes)
    live = plain.history.live
    assert live is not None
    content = read_artifact(plain.connect(), live.manifest_digest, "manifest")
    stored = Manifest(json.loads(content))
    for unique_id, node in stored.nodes.items():
        assert node.relation == versioned(unique_id.split(".")[-1], 1)


def test_the_next_deploy_builds_only_what_changed_and_is_undone_exactly(plain: Stage) -> None:
    before = shown(plain)
    plain.adopt(PROJECT)
    assert plain.deploy(PROJECT).plan is None
    deployed = plain.deploy(CHANGED)
    built = {n.unique_id.split(".")[-1] for n in deployed.release.nodes if n.built_by == 2}
    assert built == {"orders", "summary", "latest"}
    after = shown(plain)
    # The incremental model has gone on from the adopted rows.
    assert plain.store.rows(pointer("orders")) == (
        ("orders", "o1", ""),
        ("orders", "o2", ""),
    )
    for to, rows in (("r1", before), ("r2", after), ("r1", before)):
        plain.rollback(to)
        assert shown(plain) == rows
    plain.let_in(CHANGED)
    assert plain.deploy(CHANGED).reused == 2


def test_what_is_missing_waits_for_the_next_deploy(stage: Stage) -> None:
    stage.plain_build({name: PROJECT[name] for name in ("customers", "orders")})
    release = stage.adopt(PROJECT)
    assert release.pending == ("model.shop.latest", "model.shop.summary")
    assert release.build_key == ""
    assert set(stage.pointers) == {pointer("customers"), pointer("orders")}
    deployed = stage.deploy(PROJECT)
    assert sum(node.built_by == 2 for node in deployed.release.nodes) == 2
    assert deployed.release.pending == ()


def test_without_measuring_nothing_is_recorded(plain: Stage) -> None:
    release = plain.adopt(PROJECT, measure=False)
    assert {(node.rows, node.fingerprint) for node in release.nodes} == {(None, None)}
    # What comes next is compared with nothing, and measured again.
    deployed = plain.deploy(CHANGED)
    assert {node.rows for node in deployed.release.nodes if node.built_by == 2} == {1, 2}
    plain.rollback()
    plain.rollback("r2")
    plain.assert_consistent()


def test_a_prune_keeps_the_table_behind_what_a_view_that_was_left_behind_reads(
    plain: Stage,
) -> None:
    plain.adopt(PROJECT)
    for code in ("o2", "o3"):  # `latest` still reads the adopted orders
        plain.deploy({**PROJECT, "orders": Model(code, "incremental")}, select=["orders"])
    before = plain.store.rows(pointer("latest"))
    plain.prune(keep=1)
    assert "pruned" in plain.states()
    assert plain.store.rows(pointer("latest")) == before
    assert pointer("orders__r1") in plain.store.contents.relations


def test_a_lost_adopted_table_is_missing_and_built_again(plain: Stage) -> None:
    plain.adopt(PROJECT)
    plain.store.remove(pointer("customers__r1"))
    deployed = plain.deploy(PROJECT)
    assert deployed.plan is not None
    assert plain.store.rows(pointer("customers")) == (("customers", "c1", ""),)


def test_where_something_is_live_nothing_is_adopted(plain: Stage) -> None:
    plain.adopt(PROJECT)
    before = plain.store.contents
    with pytest.raises(AlreadyLive):
        plain.adopt(PROJECT)
    assert plain.store.contents.relations == before.relations
    assert plain.store.contents.events == before.events


def test_all_that_stands_in_the_way_is_named_at_once(plain: Stage) -> None:
    plain.store.create_table(pointer("orders__r1"), COLUMNS, [])
    plain.store.create_view(pointer("latest"), versioned("latest", 7))
    before = relations(plain.store.contents)
    with pytest.raises(AdoptionRefused) as raised:
        plain.adopt({**PROJECT, "outside": Model("1", "external")})
    assert raised.value.problems == (
        "gold.outside is external: its content lies outside of the warehouse",
        "gold.latest is a pointer of another environment",
        "gold.orders__r1 is there already, and would be needed as a name",
    )
    assert relations(plain.store.contents) == before
    assert plain.kinds == []


def test_an_empty_warehouse_has_nothing_to_adopt(stage: Stage) -> None:
    with pytest.raises(AdoptionRefused, match="cannot be adopted") as raised:
        stage.adopt(PROJECT)
    assert "none of the project's relations" in raised.value.problems[0]


@pytest.mark.parametrize(
    "when",
    ["before built", "after built", "before published", "after published"],
)
def test_killed_at_any_step_it_is_plain_or_adopted(plain: Stage, when: str) -> None:
    before, plainly = shown(plain), relations(plain.store.contents)
    with pytest.raises(WarehouseFailed):
        plain.adopt(PROJECT, fault=killed_at(when), killed=True)
    assert shown(plain) == before
    plain.recover()
    assert shown(plain) == before
    plain.assert_consistent()
    if when == "after published":
        assert plain.live is not None
        return
    assert relations(plain.store.contents) == plainly
    assert plain.adopt(PROJECT).id == ("r2" if when != "before built" else "r1")
    assert shown(plain) == before


def test_a_failed_publish_leaves_all_as_it_was(plain: Stage) -> None:
    def fault(at: str) -> None:
        if at == "before published":
            raise WarehouseFailed("renaming", "it would not")

    plainly = relations(plain.store.contents)
    with pytest.raises(WarehouseFailed):
        plain.adopt(PROJECT, fault=fault)
    assert relations(plain.store.contents) == plainly
    assert plain.kinds == ["built", "aborted"]
    assert plain.connect().lease(ENVIRONMENT) is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ('"gold"."gold"."gold"', '"gold"."rewind_r1_gold"."gold"'),
        ("gold.gold", "rewind_r1_gold.gold"),
        ("`db`.`gold`.`gold`", "`db`.`rewind_r1_gold`.`gold`"),
        (None, None),
    ],
)
def test_a_name_as_text_goes_to_another_schema(name: str | None, expected: str | None) -> None:
    data = manifest_of({"gold": Model()})
    data["nodes"]["model.shop.gold"]["relation_name"] = name
    moved = placed(Manifest(data), {"model.shop.gold": versioned("gold", 1)})
    assert moved.data["nodes"]["model.shop.gold"]["relation_name"] == expected
    assert moved.nodes["model.shop.gold"].relation == versioned("gold", 1)
