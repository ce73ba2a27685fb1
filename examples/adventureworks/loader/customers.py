"""Customers: stores, individuals, and contacts of stores."""

# ruff: noqa: S608 - the SQL is put together from constants and whole numbers, and from column names
# of the CSV files, which are quoted.

from __future__ import annotations

import duckdb

from loader.counts import Counts
from loader.draw import Draw
from loader.sql import insert


def customers(connection: duckdb.DuckDBPyConnection, counts: Counts, draw: Draw) -> None:
    """Write customers: stores, then individuals, then stores' contacts."""
    c = counts
    first_person = c.other_persons + 1
    customer = f"""case when i < {c.stores} then i + 1
        else i - {c.stores} + {c.first_individual} end"""
    insert(
        connection,
        "Sales.Customer",
        f"""select
            id as CustomerID,
            case when i >= {c.stores + c.individuals}
                    then {first_person} + i - {c.stores + c.individuals}
                when i >= {c.stores} then {first_person + c.contacts} + i - {c.stores}
                end as PersonID,
            case when i < {c.stores} then 292 + 2 * i
                when i >= {c.stores + c.individuals}
                    then 292 + 2 * ((i - {c.stores + c.individuals}) % {c.stores})
                end as StoreID,
            {draw.territory("id")} as TerritoryID,
            'AW' || lpad(cast(id as varchar), 8, '0') as AccountNumber,
            {draw.guid("id", 41)} as rowguid,
            timestamp '2014-09-12 11:15:07.263' as ModifiedDate
        from (
            select i, {customer} as id
            from range({c.stores + c.individuals + c.contacts}) rows(i)
        )""",
    )
