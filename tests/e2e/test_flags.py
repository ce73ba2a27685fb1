"""A feature is taken back, stays back through deploys, and comes again; on real dbt."""

from __future__ import annotations

from tests.e2e.lab import Lab
from tests.e2e.project import CHANGED_SALES, CONFIG, FILES

from dbt_rewind.dbt.selection import selected_nodes
from dbt_rewind.engine.workspace import open_workspace

NAMES = "pipeline/models/region_names.sql"
SALES = CHANGED_SALES.replace("schema='gold'", "schema='gold', tags=['pricing']")
DISCOUNTS = """\
{{ config(materialized='table', schema='gold', tags=['pricing', 'new']) }}
select region_name, amount / 10 as discount from {{ ref('sales') }}
"""
# Only dbt can tell what the second names.
FLAGS = """\
flags:
  pricing: {models: "tag:pricing"}
  asked: {models: "config.tags:pricing"}
"""
FEATURE = {
    "rewind.yml": CONFIG + FLAGS,
    "pipeline/models/sales.sql": SALES,
    "pipeline/models/discounts.sql": DISCOUNTS,
    "pipeline/models/steps/inlined.sql": (
        "{{ config(materialized='ephemeral') }}\nselect * from {{ ref('discounts') }}\n"
    ),
    "pipeline/models/steps/report.sql": (
        "{{ config(materialized='view', schema='gold') }}\nselect * from {{ ref('inlined') }}\n"
    ),
}
SELECTIONS = (
    "sales",
    "sales+",
    "+report",
    "1+report",
    "discounts+1",
    "sales+,tag:new report",
    "tag:pricing",
    "tag:none",
    "fqn:shop.steps",
    "steps",
    "shop",
    "shop.sales",
    "path:models/steps",
    "models/steps/inlined.sql",
    "file:report",
    "sales.sql",
    "regions.csv+",
    "package:shop,resource_type:snapshot",
    "package:this,config.materialized:incremental",
    "price_history",
    "resource_type:seed+",
)


def test_selections_are_what_dbt_says(empty: Lab) -> None:
    sha = empty.commit("Price anew", FEATURE)
    workspace = open_workspace(empty.repository, None)
    found, said = {}, {}
    with workspace.open_version(sha) as version:
        manifest = version.parse()
        models = {each for each in manifest.data["nodes"] if not each.startswith("test.")}
        for selection in SELECTIONS:
            chosen = version.select(tuple(selection.split()), None)
            said[selection] = sorted(set(chosen) & models)
            found[selection] = sorted(selected_nodes(manifest, selection) or ())
    assert found == said
    assert {each for chosen in said.values() for each in chosen} == models


def test_a_feature_goes_back_and_comes_again(first: Lab) -> None:
    before = first.read()
    first.commit("Price anew", FEATURE)
    named = first.rewind("deploy")["release"]
    with_it = first.read()
    assert with_it["gold.sales"] != before["gold.sales"]
    flags = {each["name"]: each for each in first.rewind("flag", "list")["flags"]}
    assert (
        flags["pricing"]["nodes"]
        == flags["asked"]["nodes"]
        == ["model.shop.discounts", "model.shop.sales"]
    )

    switched = first.rewind("flag", "disable", "pricing", "--yes", "--reason", "too cheap")
    assert switched["why"]["pricing"].startswith("it has sales with other code")
    assert first.read() == before
    assert switched["off"][0]["hidden"] == ["model.shop.discounts", "model.shop.report"]
    assert first.rewind("verify", "--deep")["verdict"] == "verified"

    # A deploy builds and tests the feature, and shows everything else.
    lower = FILES[NAMES].replace("upper", "lower")
    first.commit(
        "Write names small", {NAMES: lower, "pipeline/models/discounts.sql": DISCOUNTS + "-- 2"}
    )
    deployed = first.rewind("deploy")["release"]
    built = {each["unique_id"] for each in deployed["nodes"] if each["built_by"] == deployed["id"]}
    built |= {
        each["unique_id"] for each in deployed["withheld"] if each["built_by"] == deployed["id"]
    }
    assert built == {"model.shop.region_names", "model.shop.discounts", "model.shop.report"}
    now = first.read()
    assert now["silver.region_names"] == [(1, "north"), (2, "south")]
    assert {**now, "silver.region_names": before["silver.region_names"]} == before

    # So does a refresh: what is held stays as it was.
    first.sql("insert into raw.orders values (4, 2, 7)")
    first.rewind("refresh")
    now = first.read()
    assert len(now["silver.order_log"]) == len(before["silver.order_log"]) + 1
    assert now["gold.sales"] == before["gold.sales"]

    first.rewind("flag", "enable", "pricing", "--yes")
    now = first.read()
    assert now["gold.sales"] != with_it["gold.sales"]
    assert set(now) == set(with_it)
    assert len(now["gold.report"]) == len(now["gold.sales"])
    assert first.rewind("verify", "--deep", "--no-tests")["verdict"] == "verified"
    assert named["off"] == []
    first.assert_tidy()
