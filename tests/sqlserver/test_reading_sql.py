"""Texts that others wrote: what a query may be, where a view leads, and a view under a new name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbt_rewind.model import RelationName
from dbt_rewind.warehouse.sqlserver_query import is_one_query
from dbt_rewind.warehouse.sqlserver_sql import create_pointer, replace_pointer
from dbt_rewind.warehouse.sqlserver_tokens import tokens_of
from dbt_rewind.warehouse.sqlserver_view_rewrite import names_in, relocated_view
from dbt_rewind.warehouse.sqlserver_view_text import pointer_target

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
ORDERS = RelationName("shop", "gold", "orders")
MOVED = RelationName("shop", "rewind_r1_gold", "orders")


@given(st.text())
def test_tokens_are_the_text(text: str) -> None:
    assert "".join(token.text for token in tokens_of(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1",
        "select a, b from t order by a offset 0 rows fetch next 5 rows only;",
        "WITH a AS (SELECT 1 AS n) SELECT n FROM a",
        "SELECT 'drop x; delete', [update], \"insert\" FROM t -- drop\n/* create /* set */ */",
    ],
)
def test_a_query(text: str) -> None:
    assert is_one_query(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ";",
        "not SQL",
        "DROP TABLE t",
        "SELECT 1; SELECT 2",
        "SELECT 1 DROP TABLE t",
        "SELECT 1\nCOMMIT TRANSACTION\nDROP TABLE t",
        "SELECT * INTO t2 FROM t",
        "WITH a AS (SELECT 1 AS n) DELETE FROM a",
        "WITH a AS (SELECT 1 AS n) MERGE t USING a ON 1 = 0 WHEN MATCHED THEN DELETE",
        "SELECT NEXT VALUE FOR dbo.numbers",
        "SELECT * FROM OPENQUERY(other, 'delete from t')",
        "EXEC sp_who",
        "sp_who",
        "SELECT 'a'' FROM t' EXEC('drop table t')",
        "SELECT 1 /* ' */ DROP TABLE t -- '",
    ],
)
def test_what_is_no_query(text: str) -> None:
    assert not is_one_query(text)


@given(NAMES, NAMES, NAMES)
def test_a_pointer_is_known_again(schema: str, name: str, target: str) -> None:
    pointer = RelationName("shop", schema, name)
    leads_to = RelationName("shop", target, name)
    for text in (create_pointer(pointer, leads_to), replace_pointer(pointer, leads_to)):
        assert pointer_target(text, "shop") == leads_to
        assert pointer_target(text.replace("OR ALTER", " ").rstrip(";"), "shop") == leads_to


@pytest.mark.parametrize(
    "text",
    [
        "CREATE VIEW [gold].[orders] AS SELECT id FROM [a].[b];",
        "CREATE VIEW [gold].[orders] AS SELECT * FROM [a].[b] WHERE 1 = 1;",
        "CREATE VIEW [gold].[orders] AS SELECT * FROM [a].[b], [a].[c];",
        "CREATE VIEW [gold].[orders] AS SELECT * FROM [b];",
        "CREATE VIEW [gold].[orders] AS SELECT * FROM [other].[a].[b];",
        "CREATE VIEW [gold].[orders] WITH SCHEMABINDING AS SELECT * FROM [a].[b];",
        "-- ours\nCREATE VIEW [gold].[orders] AS SELECT * FROM [a].[b];",
    ],
)
def test_any_other_view_is_no_pointer(text: str) -> None:
    assert pointer_target(text, "shop") is None


def fold(name: RelationName) -> RelationName:
    return RelationName(name.database, name.schema.lower(), name.name.lower())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "create view gold.latest as select o.id from gold.orders as o",
            "CREATE VIEW [new].[latest] as select o.id from [rewind_r1_gold].orders as o",
        ),
        (
            "CREATE   OR ALTER /* hm */ VIEW [gold].[latest] (id) WITH VIEW_METADATA AS\n"
            "SELECT [orders].[id] FROM [Shop].[GOLD].[Orders] -- gold.orders\n",
            "CREATE VIEW [new].[latest] (id) WITH VIEW_METADATA AS\n"
            "SELECT [orders].[id] FROM [rewind_r1_gold].[Orders] -- gold.orders\n",
        ),
        (
            'CREATE VIEW "gold"."latest" AS SELECT \'gold.orders\' AS x, gold.orders.id FROM'
            ' "gold"."orders" JOIN other.gold.orders AS y ON 1 = 1',
            "CREATE VIEW [new].[latest] AS SELECT 'gold.orders' AS x, [rewind_r1_gold].orders.id"
            ' FROM [rewind_r1_gold]."orders" JOIN other.gold.orders AS y ON 1 = 1',
        ),
        ("CREATE VIEW latest AS SELECT 1 AS a", "CREATE VIEW [new].[latest] AS SELECT 1 AS a"),
    ],
)
def test_a_view_gets_a_new_name(text: str, expected: str) -> None:
    new = RelationName("shop", "new", "latest")
    assert relocated_view(text, new, {fold(ORDERS): MOVED}, fold) == expected


@pytest.mark.parametrize("text", ["", "CREATE TABLE t (a int)", "CREATE VIEW", "ALTER VIEW a AS"])
def test_what_is_no_view_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"(?i)view"):
        relocated_view(text, ORDERS, {}, fold)


def test_names_in_a_text() -> None:
    found = names_in("CREATE VIEW a.b AS SELECT x.y FROM shop.gold.orders -- no.name", "shop")
    assert ORDERS in found
    assert RelationName("shop", "x", "y") in found
    assert RelationName("shop", "no", "name") not in found
