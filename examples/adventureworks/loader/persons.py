"""People: staff and contacts of stores and vendors, then the customers themselves."""

# ruff: noqa: S608 - the SQL is put together from constants and whole numbers, and from column names
# of the CSV files, which are quoted.

from __future__ import annotations

import duckdb

from loader.calendar import DAYS, FIRST_DAY
from loader.counts import Counts
from loader.draw import Draw
from loader.sql import insert
from loader.words import FIRST_NAMES, LAST_NAMES


def persons(connection: duckdb.DuckDBPyConnection, counts: Counts, draw: Draw) -> None:
    """Write persons: staff and contacts first, then the customers' own."""
    c = counts
    end_other = c.other_persons
    end_contacts = end_other + c.contacts
    total = end_contacts + c.individuals
    other_type = f"""case
        when i * 853 < 273 * {end_other} then 'EM' when i * 853 < 290 * {end_other} then 'SP'
        when i * 853 < 408 * {end_other} then 'SC' when i * 853 < 564 * {end_other} then 'VC'
        else 'GC' end"""
    insert(
        connection,
        "Person.Person",
        f"""select
            i + 1 as BusinessEntityID,
            case when i < {end_other} then {other_type}
                when i < {end_contacts} then 'SC' else 'IN' end as PersonType,
            false as NameStyle,
            case {draw.pick("i", 11, 12)} when 0 then 'Mr.' when 1 then 'Ms.' end as Title,
            {draw.choose("i", 12, FIRST_NAMES)} as FirstName,
            case when {draw.pick("i", 13, 10)} < 6
                then chr(65 + {draw.pick("i", 14, 26)}) end as MiddleName,
            {draw.choose("i", 15, LAST_NAMES)} as LastName,
            case {draw.pick("i", 16, 400)} when 0 then 'Jr.' when 1 then 'III' end as Suffix,
            {draw.pick("i", 17, 3)} as EmailPromotion,
            {draw.guid("i", 18)} as rowguid,
            {FIRST_DAY} + {draw.pick("i", 19, DAYS)} as ModifiedDate
        from range({total}) rows(i)""",
    )
