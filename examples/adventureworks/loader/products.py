"""The catalogue."""

# ruff: noqa: S608 - the SQL is put together from constants and whole numbers, and from column names
# of the CSV files, which are quoted.

from __future__ import annotations

import duckdb

from loader.draw import Draw
from loader.sql import insert, literals
from loader.tables import MODIFIED
from loader.words import CATEGORIES, COLORS, SUBCATEGORIES


def products(connection: duckdb.DuckDBPyConnection, draw: Draw) -> None:
    """Write the catalogue, which is the same size at every scale: 209 parts, 295 for sale."""
    insert(
        connection,
        "Production.ProductCategory",
        f"""select i + 1 as ProductCategoryID, {literals(CATEGORIES)}[i + 1] as Name,
            {draw.guid("i", 21)} as rowguid, {MODIFIED} as ModifiedDate
        from range({len(CATEGORIES)}) rows(i)""",
    )
    values = ", ".join(
        f"({number}, {category}, '{name}', {size}, {low}, {high})"
        for number, (name, category, size, low, high) in enumerate(SUBCATEGORIES, start=1)
    )
    connection.execute(
        f"""create or replace temp table subcategories as
        select *, sum(size) over (order by number) - size as first_slot
        from (values {values}) t(number, category, name, size, low, high)"""
    )
    insert(
        connection,
        "Production.ProductSubcategory",
        f"""select number as ProductSubcategoryID, category as ProductCategoryID,
            name as Name, {draw.guid("number", 22)} as rowguid, {MODIFIED} as ModifiedDate
        from subcategories""",
    )
    insert(
        connection,
        "Production.Product",
        f"""select
            i + case when i < 4 then 1 else 312 end as ProductID,
            'Part ' || (i + 1) as Name,
            'PT-' || lpad(cast(i + 1 as varchar), 4, '0') as ProductNumber,
            {draw.pick("i", 23, 2)} = 0 as MakeFlag, false as FinishedGoodsFlag,
            1000 as SafetyStockLevel, 750 as ReorderPoint, 0 as StandardCost, 0 as ListPrice,
            {draw.pick("i", 24, 3)} as DaysToManufacture,
            timestamp '2008-04-30' as SellStartDate, {draw.guid("i", 25)} as rowguid,
            {MODIFIED} as ModifiedDate
        from range(209) rows(i)""",
    )
    # Slots 0-99 are sold from the first day on, the next 85 from 2012, the rest from 2013;
    # the multiplication spreads each subcategory over the three.
    connection.execute(
        f"""insert into Production.Product by name
        select
            705 + i as ProductID,
            s.name || ' ' || chr(65 + cast(i % 26 as integer)) || '-' || (100 + i)
                as Name,
            upper(left(s.name, 2)) || '-' || lpad(cast(705 + i as varchar), 4, '0')
                as ProductNumber,
            s.category <= 2 as MakeFlag, true as FinishedGoodsFlag,
            case when s.category < 4 then {draw.choose("i", 26, COLORS)} end as Color,
            case s.category when 1 then 100 when 2 then 500 else 4 end as SafetyStockLevel,
            case s.category when 1 then 75 when 2 then 375 else 3 end as ReorderPoint,
            price * (50 + {draw.pick("i", 27, 15)}) / 100 as StandardCost,
            price as ListPrice,
            case when s.category = 1 then cast(38 + 2 * {draw.pick("i", 28, 13)} as varchar)
                when s.category = 3 then ['S', 'M', 'L', 'XL'][1 + {draw.pick("i", 28, 4)}]
                end as Size,
            case when s.category = 1 then 'CM' end as SizeUnitMeasureCode,
            case when s.category = 1 then 'LB' end as WeightUnitMeasureCode,
            case when s.category = 1 then 14 + {draw.pick("i", 29, 1600)} / 100 end as Weight,
            case when s.category = 1 then 4 else {draw.pick("i", 30, 2)} end
                as DaysToManufacture,
            case when s.category <= 2 then ['M', 'R', 'T'][1 + {draw.pick("i", 31, 3)}]
                else 'S' end as ProductLine,
            case when s.category <= 2 then ['L', 'M', 'H'][1 + {draw.pick("i", 32, 3)}] end
                as Class,
            case when s.category in (1, 3) then 'U' end as Style,
            s.number as ProductSubcategoryID,
            1 + {draw.pick("i", 33, 128)} as ProductModelID,
            case when i < 100 then timestamp '2011-05-31'
                when i < 185 then timestamp '2012-05-30'
                else timestamp '2013-05-30' end as SellStartDate,
            {draw.guid("i", 34)} as rowguid,
            {MODIFIED} as ModifiedDate
        from (
            select slots.i, s.*, cast(s.low + (s.high - s.low)
                * {draw.pick("slots.i", 35, 1000)} / 1000 as decimal(19, 2)) as price
            from range(295) slots(i)
            join subcategories as s
                on (slots.i * 98) % 295 >= s.first_slot
                and (slots.i * 98) % 295 < s.first_slot + s.size
        ) as s
        order by i"""
    )
