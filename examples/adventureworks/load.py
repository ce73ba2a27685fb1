"""Fill a DuckDB file with AdventureWorks-shaped tables, generated or read from CSV files.

    python load.py --database warehouse.duckdb              # generated, real row counts
    python load.py --database warehouse.duckdb --scale 0.01 # generated, one hundredth
    python load.py --database warehouse.duckdb --from rows  # rows from CSV files in a folder

All tables are replaced in one transaction: a run that fails leaves the file as it was.
"""

# ruff: noqa: S608 - the SQL is put together from this file's own constants and whole numbers,
# and from column names of the CSV files, which are quoted.

from __future__ import annotations

import argparse
import sys
import textwrap
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb

FIRST_DAY = "date '2011-05-31'"
DAYS = 1127  # 2011-05-31 to 2014-06-30, both included
MODIFIED = "timestamp '2014-02-08 10:01:36.827'"


class LoadError(Exception):
    """Something the caller can put right; the message is one line."""


@dataclass(frozen=True)
class TableReport:
    """What was loaded into one table, and what was not as it should be."""

    name: str
    rows: int
    filled: tuple[str, ...] = ()
    repaired: tuple[str, ...] = ()
    orphans: tuple[str, ...] = ()


@dataclass(frozen=True)
class LoadReport:
    """What one call of load() did."""

    database: Path
    origin: str
    seconds: float
    tables: tuple[TableReport, ...]

    def rows(self, table: str) -> int:
        """Return the number of rows of one table, such as ``sales.customer``."""
        return next(t.rows for t in self.tables if t.name.lower() == table.lower())

    def text(self) -> str:
        """Return the report as plain text, 80 columns wide."""
        lines = [f"{'table':<34}{'rows':>14}"]
        for table in self.tables:
            lines.append(f"{table.name:<34}{table.rows:>14,}")
            for label, notes in (
                ("filled in", table.filled),
                ("repaired", table.repaired),
                ("orphans", table.orphans),
            ):
                for note in notes:
                    lines += textwrap.wrap(
                        f"{label}: {note}", 80, initial_indent="  ", subsequent_indent="    "
                    )
        last = f"{self.origin} -> {self.database} in {self.seconds:.1f} s"
        return "\n".join([*lines, *textwrap.wrap(last, 80, subsequent_indent="  ")])


@dataclass(frozen=True)
class Column:
    """A column; ``fill`` is the SQL used when a CSV file does not have it."""

    name: str
    type: str
    nullable: bool = False
    fill: str | None = None


@dataclass(frozen=True)
class Table:
    """A table; ``parents`` are (column, parent table, its key, words for the report)."""

    name: str
    key: str
    columns: tuple[Column, ...]
    parents: tuple[tuple[str, str, str, str], ...] = ()

    @property
    def csv_name(self) -> str:
        """Return the name of the table's CSV file."""
        return self.name.split(".")[1].lower() + ".csv"


def _guid(table: str, key: str) -> Column:
    return Column("rowguid", "uuid", fill=f"cast(md5('{table}' || {key}) as uuid)")


_NAME = "varchar"
_MONEY = "decimal(19,4)"
_MODIFIED = Column("ModifiedDate", "timestamp", fill=MODIFIED)

# Types are those of SQL Server with DuckDB's words: money is decimal(19,4), nvarchar is varchar,
# bit is boolean, datetime is timestamp, tinyint is utinyint, uniqueidentifier is uuid.
TABLES = (
    Table(
        "Person.Person",
        "BusinessEntityID",
        (
            Column("BusinessEntityID", "integer"),
            Column("PersonType", "varchar"),
            Column("NameStyle", "boolean", fill="false"),
            Column("Title", "varchar", nullable=True),
            Column("FirstName", _NAME),
            Column("MiddleName", _NAME, nullable=True),
            Column("LastName", _NAME),
            Column("Suffix", "varchar", nullable=True),
            Column("EmailPromotion", "integer", fill="0"),
            Column("AdditionalContactInfo", "varchar", nullable=True),
            Column("Demographics", "varchar", nullable=True),
            _guid("Person", "BusinessEntityID"),
            _MODIFIED,
        ),
    ),
    Table(
        "Production.ProductCategory",
        "ProductCategoryID",
        (
            Column("ProductCategoryID", "integer"),
            Column("Name", _NAME),
            _guid("ProductCategory", "ProductCategoryID"),
            _MODIFIED,
        ),
    ),
    Table(
        "Production.ProductSubcategory",
        "ProductSubcategoryID",
        (
            Column("ProductSubcategoryID", "integer"),
            Column("ProductCategoryID", "integer"),
            Column("Name", _NAME),
            _guid("ProductSubcategory", "ProductSubcategoryID"),
            _MODIFIED,
        ),
        (
            (
                "ProductCategoryID",
                "Production.ProductCategory",
                "ProductCategoryID",
                "subcategories without their category",
            ),
        ),
    ),
    Table(
        "Production.Product",
        "ProductID",
        (
            Column("ProductID", "integer"),
            Column("Name", _NAME),
            Column("ProductNumber", "varchar"),
            Column("MakeFlag", "boolean", fill="true"),
            Column("FinishedGoodsFlag", "boolean", fill="true"),
            Column("Color", "varchar", nullable=True),
            Column("SafetyStockLevel", "smallint", fill="500"),
            Column("ReorderPoint", "smallint", fill="375"),
            Column("StandardCost", _MONEY),
            Column("ListPrice", _MONEY),
            Column("Size", "varchar", nullable=True),
            Column("SizeUnitMeasureCode", "varchar", nullable=True),
            Column("WeightUnitMeasureCode", "varchar", nullable=True),
            Column("Weight", "decimal(8,2)", nullable=True),
            Column("DaysToManufacture", "integer", fill="0"),
            Column("ProductLine", "varchar", nullable=True),
            Column("Class", "varchar", nullable=True),
            Column("Style", "varchar", nullable=True),
            Column("ProductSubcategoryID", "integer", nullable=True),
            Column("ProductModelID", "integer", nullable=True),
            Column("SellStartDate", "timestamp", fill="timestamp '2008-04-30'"),
            Column("SellEndDate", "timestamp", nullable=True),
            Column("DiscontinuedDate", "timestamp", nullable=True),
            _guid("Product", "ProductID"),
            _MODIFIED,
        ),
        (
            (
                "ProductSubcategoryID",
                "Production.ProductSubcategory",
                "ProductSubcategoryID",
                "products without their subcategory",
            ),
        ),
    ),
    Table(
        "Sales.Customer",
        "CustomerID",
        (
            Column("CustomerID", "integer"),
            Column("PersonID", "integer", nullable=True),
            Column("StoreID", "integer", nullable=True),
            Column("TerritoryID", "integer", nullable=True),
            Column(
                "AccountNumber",
                "varchar",
                fill="'AW' || lpad(cast(CustomerID as varchar), 8, '0')",
            ),
            _guid("Customer", "CustomerID"),
            _MODIFIED,
        ),
        (("PersonID", "Person.Person", "BusinessEntityID", "customers without their person"),),
    ),
    Table(
        "Sales.SalesOrderHeader",
        "SalesOrderID",
        (
            Column("SalesOrderID", "integer"),
            Column("RevisionNumber", "utinyint", fill="8"),
            Column("OrderDate", "timestamp"),
            Column("DueDate", "timestamp"),
            Column("ShipDate", "timestamp", nullable=True),
            Column("Status", "utinyint", fill="5"),
            Column("OnlineOrderFlag", "boolean"),
            Column("SalesOrderNumber", "varchar", fill="'SO' || SalesOrderID"),
            Column("PurchaseOrderNumber", "varchar", nullable=True),
            Column("AccountNumber", "varchar", nullable=True),
            Column("CustomerID", "integer"),
            Column("SalesPersonID", "integer", nullable=True),
            Column("TerritoryID", "integer", nullable=True),
            Column("BillToAddressID", "integer", fill="CustomerID"),
            Column("ShipToAddressID", "integer", fill="CustomerID"),
            Column("ShipMethodID", "integer", fill="5"),
            Column("CreditCardID", "integer", nullable=True),
            Column("CreditCardApprovalCode", "varchar", nullable=True),
            Column("CurrencyRateID", "integer", nullable=True),
            Column("SubTotal", _MONEY),
            Column("TaxAmt", _MONEY, fill="0"),
            Column("Freight", _MONEY, fill="0"),
            Column("TotalDue", _MONEY, fill="SubTotal + TaxAmt + Freight"),
            Column("Comment", "varchar", nullable=True),
            _guid("SalesOrderHeader", "SalesOrderID"),
            _MODIFIED,
        ),
        (("CustomerID", "Sales.Customer", "CustomerID", "orders without their customer"),),
    ),
    Table(
        "Sales.SalesOrderDetail",
        "SalesOrderDetailID",
        (
            Column("SalesOrderID", "integer"),
            Column("SalesOrderDetailID", "integer"),
            Column("CarrierTrackingNumber", "varchar", nullable=True),
            Column("OrderQty", "smallint"),
            Column("ProductID", "integer"),
            Column("SpecialOfferID", "integer", fill="1"),
            Column("UnitPrice", _MONEY),
            Column("UnitPriceDiscount", _MONEY, fill="0"),
            Column(
                "LineTotal", "decimal(38,6)", fill="OrderQty * UnitPrice * (1 - UnitPriceDiscount)"
            ),
            _guid("SalesOrderDetail", "SalesOrderDetailID"),
            _MODIFIED,
        ),
        (
            (
                "SalesOrderID",
                "Sales.SalesOrderHeader",
                "SalesOrderID",
                "order lines without their header",
            ),
            ("ProductID", "Production.Product", "ProductID", "order lines without their product"),
        ),
    ),
)

# name of the subcategory, category, number of products for sale, lowest and highest list price
SUBCATEGORIES = (
    ("Mountain Bikes", 1, 32, 540, 3400),
    ("Road Bikes", 1, 43, 540, 3580),
    ("Touring Bikes", 1, 22, 740, 2385),
    ("Handlebars", 2, 8, 45, 120),
    ("Bottom Brackets", 2, 3, 54, 121),
    ("Brakes", 2, 2, 100, 110),
    ("Chains", 2, 1, 20, 22),
    ("Cranksets", 2, 3, 175, 405),
    ("Derailleurs", 2, 2, 91, 121),
    ("Forks", 2, 3, 148, 229),
    ("Headsets", 2, 3, 34, 125),
    ("Mountain Frames", 2, 28, 250, 1365),
    ("Pedals", 2, 7, 40, 81),
    ("Road Frames", 2, 33, 337, 1432),
    ("Saddles", 2, 9, 27, 53),
    ("Touring Frames", 2, 18, 333, 1004),
    ("Wheels", 2, 14, 61, 357),
    ("Bib-Shorts", 3, 3, 85, 95),
    ("Caps", 3, 1, 8, 10),
    ("Gloves", 3, 6, 24, 38),
    ("Jerseys", 3, 8, 50, 54),
    ("Shorts", 3, 7, 60, 70),
    ("Socks", 3, 4, 8, 10),
    ("Tights", 3, 3, 70, 80),
    ("Vests", 3, 3, 60, 65),
    ("Bike Racks", 4, 1, 115, 125),
    ("Bike Stands", 4, 1, 150, 160),
    ("Bottles and Cages", 4, 3, 5, 10),
    ("Cleaners", 4, 1, 7, 9),
    ("Fenders", 4, 1, 20, 24),
    ("Helmets", 4, 3, 33, 37),
    ("Hydration Packs", 4, 1, 50, 60),
    ("Lights", 4, 3, 14, 45),
    ("Locks", 4, 1, 24, 26),
    ("Panniers", 4, 1, 120, 130),
    ("Pumps", 4, 2, 20, 25),
    ("Tires and Tubes", 4, 11, 3, 35),
)
CATEGORIES = ("Bikes", "Components", "Clothing", "Accessories")
FIRST_NAMES = """
    Aisha Alan Alice Amir Ana Andre Anna Ben Carla Carlos Chen Clara Daniel Diego Elena Emil
    Emma Eric Fatima Felix Finn Grace Hana Hugo Ines Ivan Jack James Jana Joan José Julia
    Karim Kate Ken Lara Leo Lina Louis Lucy Luis Maja Marc Maria Max Mei Mia Milan Nina Noah
    Nora Olga Omar Paul Pia Priya Ravi René Rosa Ruth Sam Sara Sofia Sven Tara Theo Tom Uma
    Vera Victor Wei Yara Yusuf Zoë
""".split()  # noqa: SIM905 - shorter than a list, and easier to read
LAST_NAMES = """
    Abel Adler Ahmed Alvarez Anand Baker Barnes Becker Bell Blanc Brandt Brooks Campos Carter
    Chen Clark Costa Cruz Diaz Duval Eaton Fischer Flores Ford Fuchs García Gill Gomez Gray
    Haas Hall Harris Hill Huang Hughes Iyer Jansen Jones Kaur Keller Khan Kim Klein Kovacs
    Kumar Lang Lee Lopez Marin Martin Meyer Mills Moreau Moreno Müller Muñoz Nair Nelson Novak
    Olsen Ortiz Park Patel Perez Price Ramos Reed Rossi Roux Roy Sato Schmidt Shah Silva Stone
    Suarez Tanaka Torres Vega Wagner Walker Wang Weber White Wolf Wood Wright Xu Young Zhang
""".split()  # noqa: SIM905 - shorter than a list, and easier to read
COLORS = ["Black", "Blue", "Grey", "Multi", "Red", "Silver", "White", "Yellow"]


@dataclass(frozen=True)
class Counts:
    """How many rows of each kind a scale asks for, and where their numbers begin."""

    stores: int
    individuals: int
    contacts: int
    other_persons: int
    orders: int
    lines: int

    @classmethod
    def of(cls, scale: float) -> Counts:
        """Return the counts; at scale 1 they add up to AdventureWorks' own."""
        customers = max(3, round(19_820 * scale))
        stores = max(1, round(701 * scale))
        contacts = max(1, round(635 * scale))
        orders = max(1, round(31_465 * scale))
        return cls(
            stores=stores,
            individuals=customers - stores - contacts,
            contacts=contacts,
            other_persons=max(1, round(853 * scale)),
            orders=orders,
            lines=max(orders, round(121_317 * scale)),
        )

    @property
    def first_individual(self) -> int:
        """Return the first customer number of an individual: 11000 as long as stores fit below."""
        return max(11_000, self.stores + 1)

    @property
    def first_contact(self) -> int:
        """Return the first customer number of a store's contact."""
        return self.first_individual + self.individuals


class Generator:
    """Writes the generated rows. Every value comes from hash(row number, salt, seed)."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, scale: float, seed: int) -> None:
        self.connection = connection
        self.counts = Counts.of(scale)
        self.seed = seed

    def pick(self, row: str, salt: int, n: int | str) -> str:
        """Return SQL for a whole number from 0 to n - 1 that depends on the row."""
        return f"cast(hash({row}, {salt}, {self.seed}) % {n} as integer)"

    def choose(self, row: str, salt: int, values: list[str]) -> str:
        """Return SQL for one of the values."""
        return f"{_literals(values)}[1 + {self.pick(row, salt, len(values))}]"

    def guid(self, row: str, salt: int) -> str:
        """Return SQL for a uuid."""
        return (
            f"cast((cast(hash({row}, {salt}, {self.seed}) as uhugeint) << 64)"
            f" + hash({row}, {salt + 1000}, {self.seed}) as uuid)"
        )

    def territory(self, customer: str) -> str:
        """Return SQL for the customer's territory; big ones are as much bigger as in the sample."""
        shares = (3520, 113, 132, 4696, 176, 1791, 1884, 1852, 3665)
        limits = [sum(shares[: i + 1]) for i in range(len(shares))]
        cases = " ".join(f"when x < {limit} then {i + 1}" for i, limit in enumerate(limits))
        draw = self.pick(customer, 1, 19_820)
        return f"list_transform([{draw}], lambda x: case {cases} else 10 end)[1]"

    def insert(self, table: str, query: str) -> None:
        """Create a table and fill it with a query that names its columns."""
        _create(self.connection, _table(table))
        self.connection.execute(f"insert into {table} by name {query}")

    def run(self) -> None:
        """Write all tables."""
        self.persons()
        self.products()
        self.customers()
        self.orders()

    def persons(self) -> None:
        """Write persons: staff and contacts first, then the customers' own."""
        c = self.counts
        end_other = c.other_persons
        end_contacts = end_other + c.contacts
        total = end_contacts + c.individuals
        other_type = f"""case
            when i * 853 < 273 * {end_other} then 'EM' when i * 853 < 290 * {end_other} then 'SP'
            when i * 853 < 408 * {end_other} then 'SC' when i * 853 < 564 * {end_other} then 'VC'
            else 'GC' end"""
        self.insert(
            "Person.Person",
            f"""select
                i + 1 as BusinessEntityID,
                case when i < {end_other} then {other_type}
                    when i < {end_contacts} then 'SC' else 'IN' end as PersonType,
                false as NameStyle,
                case {self.pick("i", 11, 12)} when 0 then 'Mr.' when 1 then 'Ms.' end as Title,
                {self.choose("i", 12, FIRST_NAMES)} as FirstName,
                case when {self.pick("i", 13, 10)} < 6
                    then chr(65 + {self.pick("i", 14, 26)}) end as MiddleName,
                {self.choose("i", 15, LAST_NAMES)} as LastName,
                case {self.pick("i", 16, 400)} when 0 then 'Jr.' when 1 then 'III' end as Suffix,
                {self.pick("i", 17, 3)} as EmailPromotion,
                {self.guid("i", 18)} as rowguid,
                {FIRST_DAY} + {self.pick("i", 19, DAYS)} as ModifiedDate
            from range({total}) rows(i)""",
        )

    def products(self) -> None:
        """Write the catalogue, which is the same size at every scale: 209 parts, 295 for sale."""
        self.insert(
            "Production.ProductCategory",
            f"""select i + 1 as ProductCategoryID, {_literals(CATEGORIES)}[i + 1] as Name,
                {self.guid("i", 21)} as rowguid, {MODIFIED} as ModifiedDate
            from range({len(CATEGORIES)}) rows(i)""",
        )
        values = ", ".join(
            f"({number}, {category}, '{name}', {size}, {low}, {high})"
            for number, (name, category, size, low, high) in enumerate(SUBCATEGORIES, start=1)
        )
        self.connection.execute(
            f"""create or replace temp table subcategories as
            select *, sum(size) over (order by number) - size as first_slot
            from (values {values}) t(number, category, name, size, low, high)"""
        )
        self.insert(
            "Production.ProductSubcategory",
            f"""select number as ProductSubcategoryID, category as ProductCategoryID,
                name as Name, {self.guid("number", 22)} as rowguid, {MODIFIED} as ModifiedDate
            from subcategories""",
        )
        self.insert(
            "Production.Product",
            f"""select
                i + case when i < 4 then 1 else 312 end as ProductID,
                'Part ' || (i + 1) as Name,
                'PT-' || lpad(cast(i + 1 as varchar), 4, '0') as ProductNumber,
                {self.pick("i", 23, 2)} = 0 as MakeFlag, false as FinishedGoodsFlag,
                1000 as SafetyStockLevel, 750 as ReorderPoint, 0 as StandardCost, 0 as ListPrice,
                {self.pick("i", 24, 3)} as DaysToManufacture,
                timestamp '2008-04-30' as SellStartDate, {self.guid("i", 25)} as rowguid,
                {MODIFIED} as ModifiedDate
            from range(209) rows(i)""",
        )
        # Slots 0-99 are sold from the first day on, the next 85 from 2012, the rest from 2013;
        # the multiplication spreads each subcategory over the three.
        self.connection.execute(
            f"""insert into Production.Product by name
            select
                705 + i as ProductID,
                s.name || ' ' || chr(65 + cast(i % 26 as integer)) || '-' || (100 + i)
                    as Name,
                upper(left(s.name, 2)) || '-' || lpad(cast(705 + i as varchar), 4, '0')
                    as ProductNumber,
                s.category <= 2 as MakeFlag, true as FinishedGoodsFlag,
                case when s.category < 4 then {self.choose("i", 26, COLORS)} end as Color,
                case s.category when 1 then 100 when 2 then 500 else 4 end as SafetyStockLevel,
                case s.category when 1 then 75 when 2 then 375 else 3 end as ReorderPoint,
                price * (50 + {self.pick("i", 27, 15)}) / 100 as StandardCost,
                price as ListPrice,
                case when s.category = 1 then cast(38 + 2 * {self.pick("i", 28, 13)} as varchar)
                    when s.category = 3 then ['S', 'M', 'L', 'XL'][1 + {self.pick("i", 28, 4)}]
                    end as Size,
                case when s.category = 1 then 'CM' end as SizeUnitMeasureCode,
                case when s.category = 1 then 'LB' end as WeightUnitMeasureCode,
                case when s.category = 1 then 14 + {self.pick("i", 29, 1600)} / 100 end as Weight,
                case when s.category = 1 then 4 else {self.pick("i", 30, 2)} end
                    as DaysToManufacture,
                case when s.category <= 2 then ['M', 'R', 'T'][1 + {self.pick("i", 31, 3)}]
                    else 'S' end as ProductLine,
                case when s.category <= 2 then ['L', 'M', 'H'][1 + {self.pick("i", 32, 3)}] end
                    as Class,
                case when s.category in (1, 3) then 'U' end as Style,
                s.number as ProductSubcategoryID,
                1 + {self.pick("i", 33, 128)} as ProductModelID,
                case when i < 100 then timestamp '2011-05-31'
                    when i < 185 then timestamp '2012-05-30'
                    else timestamp '2013-05-30' end as SellStartDate,
                {self.guid("i", 34)} as rowguid,
                {MODIFIED} as ModifiedDate
            from (
                select slots.i, s.*, cast(s.low + (s.high - s.low)
                    * {self.pick("slots.i", 35, 1000)} / 1000 as decimal(19, 2)) as price
                from range(295) slots(i)
                join subcategories as s
                    on (slots.i * 98) % 295 >= s.first_slot
                    and (slots.i * 98) % 295 < s.first_slot + s.size
            ) as s
            order by i"""
        )

    def customers(self) -> None:
        """Write customers: stores, then individuals, then stores' contacts."""
        c = self.counts
        first_person = c.other_persons + 1
        customer = f"""case when i < {c.stores} then i + 1
            else i - {c.stores} + {c.first_individual} end"""
        self.insert(
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
                {self.territory("id")} as TerritoryID,
                'AW' || lpad(cast(id as varchar), 8, '0') as AccountNumber,
                {self.guid("id", 41)} as rowguid,
                timestamp '2014-09-12 11:15:07.263' as ModifiedDate
            from (
                select i, {customer} as id
                from range({c.stores + c.individuals + c.contacts}) rows(i)
            )""",
        )

    def orders(self) -> None:
        """Write order lines, then the headers with the totals of their lines."""
        c = self.counts
        extra = c.lines - c.orders
        # The day grows with the order's number, more slowly late: orders become more frequent.
        # The number of lines is the step of a running sum cut to the exact total wanted.
        self.connection.execute(
            f"""create or replace temp table planned_orders as
            with drawn as (
                select
                    i,
                    {self.pick("i", 51, 10000)} >= 1210 as online,
                    cast(least({DAYS - 1}, floor({DAYS} * (sqrt(0.09 + 2.8 * i
                        / {max(1, c.orders - 1)}) - 0.3) / 1.4)) as integer) as day
                from range({c.orders}) rows(i)
            ),
            weighted as (
                select
                    *,
                    cast(sum(weight) over (order by i) as bigint) as running,
                    cast(sum(weight) over () as bigint) as total
                from (
                    select *, case when online then {self.pick("i", 52, 25)}
                        else 50 + {self.pick("i", 52, 200)} end + 1 as weight
                    from drawn
                )
            ),
            cut as (
                select
                    *,
                    running * {extra} // total as last_extra,
                    (running - weight) * {extra} // total as first_extra
                from weighted
            )
            select
                i,
                online,
                {FIRST_DAY} + day as ordered_on,
                case when online then {c.first_individual} + {self.pick("i", 53, c.individuals)}
                    else {c.first_contact} + {self.pick("i", 53, c.contacts)} end as customer,
                i + first_extra as first_line,
                1 + last_extra - first_extra as line_count,
                {self.pick("i", 54, 1000)} as first_slot,
                [1, 3, 7, 9, 11, 13, 17, 19][1 + {self.pick("i", 55, 8)}] as step,
                case when day < 365 then 100 when day < 730 then 185 else 295 end as slots,
                case when not online then format('{{:04X}}-{{:04X}}-{{:02X}}',
                    {self.pick("i", 56, 65536)}, {self.pick("i", 57, 65536)},
                    {self.pick("i", 58, 256)}) end as tracking
            from cut"""
        )
        # Steps share no factor with the numbers of slots, so a product is in an order once.
        self.insert(
            "Sales.SalesOrderDetail",
            f"""select
                43659 + i as SalesOrderID,
                line as SalesOrderDetailID,
                tracking as CarrierTrackingNumber,
                quantity as OrderQty,
                ProductID,
                case when discount = 0 then 1 else 1 + discount end as SpecialOfferID,
                price as UnitPrice,
                discount * 0.05 as UnitPriceDiscount,
                quantity * price * (1 - discount * 0.05) as LineTotal,
                {self.guid("line", 61)} as rowguid,
                ordered_on as ModifiedDate
            from (
                select
                    lines.*,
                    products.ProductID,
                    case when online then 1 else 1 + {self.pick("line", 62, 10)} end as quantity,
                    case when online or {self.pick("line", 63, 100)} < 85 then 0
                        else 1 + {self.pick("line", 64, 3)} end as discount,
                    case when online then products.ListPrice
                        else cast(products.ListPrice * 0.6 as {_MONEY}) end as price
                from (
                    select *, 1 + first_line + k as line, (first_slot + k * step) % slots as slot
                    from (select *, unnest(range(line_count)) as k from planned_orders)
                ) as lines
                join Production.Product as products on products.ProductID = 705 + lines.slot
            )""",
        )
        self.insert(
            "Sales.SalesOrderHeader",
            f"""select
                43659 + i as SalesOrderID,
                8 as RevisionNumber,
                ordered_on as OrderDate,
                ordered_on + 12 as DueDate,
                ordered_on + 7 as ShipDate,
                5 as Status,
                online as OnlineOrderFlag,
                'SO' || (43659 + i) as SalesOrderNumber,
                case when not online then 'PO' || (100000 + i) end as PurchaseOrderNumber,
                '10-4020-' || lpad(cast(customer as varchar), 6, '0') as AccountNumber,
                customer as CustomerID,
                case when not online then 274 + {self.pick("customer", 71, 17)} end
                    as SalesPersonID,
                {self.territory("customer")} as TerritoryID,
                customer as BillToAddressID,
                customer as ShipToAddressID,
                case when online then 1 else 5 end as ShipMethodID,
                case when {self.pick("i", 72, 30)} > 0 then customer end as CreditCardID,
                case when {self.pick("i", 72, 30)} > 0
                    then 10000 + {self.pick("i", 73, 90000)} || 'Vi'
                        || (1000 + {self.pick("i", 74, 9000)}) end as CreditCardApprovalCode,
                subtotal as SubTotal,
                subtotal * 0.08 as TaxAmt,
                subtotal * 0.025 as Freight,
                subtotal + cast(subtotal * 0.08 as {_MONEY}) + cast(subtotal * 0.025 as {_MONEY})
                    as TotalDue,
                {self.guid("i", 75)} as rowguid,
                ordered_on + 7 as ModifiedDate
            from planned_orders
            join (
                select SalesOrderID, cast(sum(LineTotal) as {_MONEY}) as subtotal
                from Sales.SalesOrderDetail
                group by SalesOrderID
            ) as totals on totals.SalesOrderID = 43659 + i
            order by i""",
        )


class CsvReader:
    """Reads real rows from one CSV file per table and notes what had to be changed."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
        self.connection = connection
        self.folder = folder
        self.filled: dict[str, list[str]] = {}
        self.repaired: dict[str, list[str]] = {}

    def run(self) -> None:
        """Write all tables; looks for all files before it reads the first."""
        if not self.folder.is_dir():
            raise LoadError(f"no such folder: {self.folder}")
        files = {path.name.lower(): path for path in self.folder.iterdir()}
        missing = [table.csv_name for table in TABLES if table.csv_name not in files]
        if missing:
            raise LoadError(f"missing in {self.folder}: {', '.join(missing)}")
        for table in TABLES:
            self.read(table, files[table.csv_name])

    def read(self, table: Table, path: Path) -> None:
        """Write one table from its file."""
        try:
            # Everything arrives as text, so that a bad value is named with its column below.
            self.connection.execute(
                "create or replace temp table incoming as select * from read_csv(?,"
                " header = true, all_varchar = true, delim = ',', quote = '\"', nullstr = '')",
                [str(path)],
            )
        except duckdb.Error as error:
            raise LoadError(f"cannot read {path.name}: {_first_line(error)}") from error
        found = {
            str(row[0]).lower(): str(row[0])
            for row in self.connection.execute("describe incoming").fetchall()
        }
        self.repair(table, list(found.values()))
        _create(self.connection, table)

        given = [column for column in table.columns if column.name.lower() in found]
        absent = [column for column in table.columns if column.name.lower() not in found]
        needed = [c.name for c in absent if c.fill is None and not c.nullable]
        if needed:
            raise LoadError(f"missing column in {path.name}: {', '.join(needed)}")
        casts = [f"cast({_quoted(found[c.name.lower()])} as {c.type}) as {c.name}" for c in given]
        query = f"select {', '.join(casts)} from incoming"
        # One level per filled column: a fill may use columns filled before it.
        for column in absent:
            if column.fill is not None:
                value = f"cast({column.fill} as {column.type}) as {column.name}"
                query = f"select *, {value} from ({query})"
        try:
            self.connection.execute(f"insert into {table.name} by name {query}")
        except duckdb.Error as error:
            raise LoadError(f"bad value in {path.name}: {_first_line(error)}") from error

        nulls = [c.name for c in absent if c.fill is None]
        notes = [f"{c.name} = {c.fill}" for c in absent if c.fill is not None]
        if nulls:
            notes.append(f"{', '.join(nulls)} = null")
        self.filled[table.name] = notes

    def repair(self, table: Table, columns: list[str]) -> None:
        """Put right text that was UTF-8, read as Windows-1252 or Latin-1 and saved again."""
        notes = self.repaired.setdefault(table.name, [])
        for name in columns:
            column = _quoted(name)
            rows = self.connection.execute(
                f"select {column}, count(*) from incoming"
                f" where length({column}) <> strlen({column}) group by all order by all"
            ).fetchall()
            fixes = [(old, new, n) for old, n in rows if (new := repaired(old)) != old]
            for old, new, _ in fixes:
                self.connection.execute(
                    f"update incoming set {column} = ? where {column} = ?", [new, old]
                )
            if fixes:
                count = sum(n for _, _, n in fixes)
                old, new, _ = fixes[0]
                words = "value" if count == 1 else "values"
                notes.append(f"{count:,} {words} of {name}, such as {old} to {new}")


def repaired(text: str) -> str:
    """Return text with broken encoding put right, or as it is when that is not certain."""
    for encoding in ("cp1252", "latin-1"):
        try:
            return text.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
    return text


def load(
    database: Path, *, scale: float = 1, source: Path | None = None, seed: int = 42
) -> LoadReport:
    """Replace all tables in the database, with generated rows or those of a folder of CSV files.

    Args:
        database: DuckDB file, made if it is not there.
        scale: Size of the generated data, 1 for AdventureWorks' own row counts.
        source: Folder with one CSV file per table; nothing is generated then.
        seed: Start of the random state; the same seed gives the same rows.

    Returns:
        What was loaded, filled in, repaired and found without its parent row.

    Raises:
        LoadError: The database, the folder, a file, a column or a value is not usable.
    """
    if not 0.001 <= scale <= 1000:
        raise LoadError(f"scale must be from 0.001 to 1000, not {scale:g}")
    started = time.perf_counter()
    try:
        connection = duckdb.connect(str(database))
    except duckdb.Error as error:
        raise LoadError(f"cannot open {database}: {_first_line(error)}") from error
    with connection:
        connection.execute("begin")
        for schema in ("person", "production", "sales"):
            connection.execute(f"create schema if not exists {schema}")
        reader: CsvReader | None = None
        if source is None:
            Generator(connection, scale, seed).run()
            origin = f"generated, scale {scale:g}, seed {seed}"
        else:
            reader = CsvReader(connection, source)
            reader.run()
            origin = f"read from {source}"
        tables = tuple(
            TableReport(
                table.name,
                _count(connection, f"select count(*) from {table.name}"),
                tuple(reader.filled[table.name]) if reader else (),
                tuple(reader.repaired[table.name]) if reader else (),
                _orphans(connection, table),
            )
            for table in TABLES
        )
        connection.execute("commit")
    return LoadReport(database, origin, time.perf_counter() - started, tables)


def _table(name: str) -> Table:
    return next(table for table in TABLES if table.name == name)


def _create(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    columns = ", ".join(
        f"{c.name} {c.type}{'' if c.nullable else ' not null'}" for c in table.columns
    )
    connection.execute(f"create or replace table {table.name} ({columns})")


def _orphans(connection: duckdb.DuckDBPyConnection, table: Table) -> tuple[str, ...]:
    notes = []
    for column, parent, key, words in table.parents:
        count = _count(
            connection,
            f"select count(*) from {table.name} where {column} is not null"
            f" and {column} not in (select {key} from {parent})",
        )
        if count:
            notes.append(f"{words}: {count:,}")
    return tuple(notes)


def _count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def _literals(values: list[str] | tuple[str, ...]) -> str:
    return "[" + ", ".join(f"'{value}'" for value in values) + "]"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]


def main(arguments: list[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        description="Fill a DuckDB file with AdventureWorks-shaped tables."
    )
    parser.add_argument("--database", type=Path, required=True, help="DuckDB file to fill")
    parser.add_argument("--scale", type=float, help="size of the generated data (default: 1)")
    parser.add_argument("--seed", type=int, default=42, help="start of the random state")
    parser.add_argument(
        "--from", dest="source", type=Path, metavar="FOLDER", help="read CSV files instead"
    )
    options = parser.parse_args(arguments)
    if options.source is not None and options.scale is not None:
        parser.error("--scale is for generated rows, it cannot be used with --from")
    scale = 1.0 if options.scale is None else options.scale
    try:
        report = load(options.database, scale=scale, source=options.source, seed=options.seed)
    except LoadError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(report.text())
    return 0


if __name__ == "__main__":
    sys.exit(main())
