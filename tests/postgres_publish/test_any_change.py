"""Whatever becomes of the columns, and whatever others read of them: forward, back, forward."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.postgres_publish.shop import Shop

from dbt_rewind.errors import DependentsInTheWay
from dbt_rewind.warehouse.postgres_sql import literal, quoted

NAMES = st.sampled_from(
    ["id", "ID", 'a "quoted" one', "select", "per%cent", "é" * 31, "back\\slash", " "]
)
TYPES = st.sampled_from(
    [
        "integer",
        "bigint",
        "text",
        "character varying(10)",
        "numeric(8,2)",
        "integer[]",
        "jsonb",
        "date",
    ]
)
COLUMNS = st.dictionaries(NAMES, TYPES, min_size=1, max_size=6).flatmap(
    lambda found: st.permutations(sorted(found.items()))
)
SHAPE = (
    "SELECT attname::text, format_type(atttypid, atttypmod) FROM pg_attribute"
    " WHERE attrelid = '{}'::regclass AND attnum > 0 ORDER BY attnum"
)


def query(columns: list[tuple[str, str]]) -> str:
    return "SELECT " + ", ".join(f"NULL::{kind} AS {quoted(name)}" for name, kind in columns)


@settings(
    deadline=None,
    max_examples=15,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(first=COLUMNS, second=COLUMNS, data=st.data())
def test_it_is_carried_over_or_refused(
    shop: Shop, first: list[tuple[str, str]], second: list[tuple[str, str]], data: st.DataObject
) -> None:
    names = [name for name, _ in first]
    read = data.draw(st.lists(st.sampled_from(names), unique=True), label="read by a view")
    above = data.draw(st.lists(st.sampled_from(read), unique=True) if read else st.just([]))
    fresh(shop)
    shop.build(1, query(first))
    shop.build(2, query(second))
    shop.publish(1)
    listed = ", ".join(map(quoted, read))
    shop.run(
        f"CREATE VIEW mart.v AS SELECT {listed} FROM gold.orders",
        f"COMMENT ON VIEW mart.v IS {literal('of ' + listed)}",
        f"CREATE VIEW mart.w AS SELECT {', '.join(map(quoted, above))} FROM mart.v",
        "GRANT SELECT ON gold.orders, mart.v, mart.w TO PUBLIC",
    )
    before = shop.everything()
    gone = sorted(set(read) - {name for name, _ in second})
    if gone and second[: len(first)] != first:
        with pytest.raises(DependentsInTheWay) as raised:
            shop.publish(2)
        assert raised.value.problems == tuple(
            f"mart.v reads the column {name} of gold.orders, which is gone" for name in gone
        )
        assert shop.everything() == before
        return
    for release, columns in ((2, second), (1, first), (2, second)):
        shop.publish(release)
        assert shop.rows(SHAPE.format("gold.orders")) == [tuple(each) for each in columns]
        kinds = dict(columns)
        assert shop.rows(SHAPE.format("mart.v")) == [(name, kinds[name]) for name in read]
        assert shop.rows(SHAPE.format("mart.w")) == [(name, kinds[name]) for name in above]
        assert shop.rows("SELECT obj_description('mart.v'::regclass)") == [(f"of {listed}",)]
        acls = shop.rows(
            "SELECT count(*) FROM pg_class WHERE relnamespace IN ('gold'::regnamespace,"
            " 'mart'::regnamespace) AND '=r/postgres' = ANY(relacl::text[])"
        )
        assert acls == [(3,)]
        if release == 1:
            assert shop.everything() == before


def fresh(shop: Shop) -> None:
    """Nothing of an earlier example."""
    for schema in ("mart", "gold", "rewind_r1_gold", "rewind_r2_gold"):
        shop.run(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
    shop.run("CREATE SCHEMA mart")
    shop.live.clear()
