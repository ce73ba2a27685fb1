"""What the worker does to dbt's manifest, and what it says of dbt's errors."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from dbt_rewind.dbt.worker import (
    forget_inlined,
    forward,
    keep_dependents,
    place_sources,
    without_cascade,
    worded,
)


class Lookup:
    """dbt's way from a source's name to its definition."""

    def __init__(self) -> None:
        self.known = {
            name: SimpleNamespace(
                unique_id=f"source.shop.{name}", database="shop", schema="raw", identifier=name
            )
            for name in ("orders", "prices")
        }

    def find(self, name: str, package: str | None = None, manifest: Any = None) -> Any:
        return self.known.get(name)


def test_a_placed_source_leads_elsewhere_and_stays_as_it_was_written() -> None:
    lookup = Lookup()
    manifest = SimpleNamespace(source_lookup=lookup)
    place_sources(manifest, {"source.shop.orders": ["shop", "rewind_r1_raw", "orders_seed"]})
    found = lookup.find("orders", None, manifest=manifest)
    assert (found.database, found.schema, found.identifier) == (
        "shop",
        "rewind_r1_raw",
        "orders_seed",
    )
    assert lookup.known["orders"].schema == "raw", "or the source would count as modified"
    assert lookup.find("prices") is lookup.known["prices"]
    assert lookup.find("unknown") is None


def test_complaints_are_told_where_the_exception_says_little() -> None:
    complaints: list[str] = []
    for level, message in (("info", "Running"), ("error", "Invalid name `day`")):
        info = SimpleNamespace(name="Validation", level=level, msg=message)
        forward(SimpleNamespace(info=info), lambda *_, **__: None, complaints)
    exception = ValueError("Parsing Error\n  Semantic Manifest validation failed.")
    assert worded(exception, complaints) == f"{exception}\nInvalid name `day`"
    # dbt says the exception itself, too, in a sentence of its own.
    repeated = [f"Encountered an error:\n{exception}"]
    assert worded(exception, repeated) == str(exception)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (
            'drop table if exists "shop"."rewind_r1_gold"."orders__dbt_backup" cascade',
            'drop table if exists "shop"."rewind_r1_gold"."orders__dbt_backup"',
        ),
        (
            "/* {} */\n  drop materialized view if exists rewind_r1_gold.sums cascade\n",
            "/* {} */\n  drop materialized view if exists rewind_r1_gold.sums\n",
        ),
        (
            "alter table rewind_r2_gold.o add column a int;\n"
            'alter table rewind_r2_gold.o drop column "b" cascade;\n'
            "alter table rewind_r2_gold.o rename column a to b",
            "alter table rewind_r2_gold.o add column a int;\n"
            'alter table rewind_r2_gold.o drop column "b";\n'
            "alter table rewind_r2_gold.o rename column a to b",
        ),
        (
            'DROP VIEW IF EXISTS "rewind_r12_gold"."v" CASCADE /* {"app": "dbt"} */',
            'DROP VIEW IF EXISTS "rewind_r12_gold"."v" /* {"app": "dbt"} */',
        ),
        # What a hook of the project does elsewhere is the project's business.
        ("drop table if exists scratch.orders cascade", None),
        ("drop schema rewind_r1_gold cascade", None),
        ("create table rewind_r1_gold.x as select 'drop table x cascade;' as words", None),
    ],
)
def test_nothing_is_dropped_with_what_depends_on_it(sql: str, expected: str | None) -> None:
    assert without_cascade(sql) == (sql if expected is None else expected)


def test_every_statement_goes_through_it_once() -> None:
    ran: list[tuple[str, bool]] = []

    class Connections:
        def add_query(self, sql: str, auto_begin: bool = True) -> None:
            ran.append((sql, auto_begin))

    keep_dependents(Connections)
    wrapped = Connections.add_query
    keep_dependents(Connections)
    assert Connections.add_query is wrapped
    Connections().add_query("drop view if exists rewind_r1_gold.v cascade", auto_begin=False)
    assert ran == [("drop view if exists rewind_r1_gold.v", False)]
    keep_dependents(object)  # an adapter that runs its statements another way


def test_what_was_inlined_is_inlined_again_in_another_build() -> None:
    node = SimpleNamespace(extra_ctes_injected=True, extra_ctes=["one"])
    forget_inlined(SimpleNamespace(nodes={"model.shop.a": node, "test.b": SimpleNamespace()}))
    assert (node.extra_ctes_injected, node.extra_ctes) == (False, [])
