"""The loader of the reference pipeline: generated rows, rows from CSV files, plain errors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from load import TABLES, LoadError, LoadReport, load, main, repaired

SMALL = 0.01


def rows_of(database: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(query).fetchall()


def one_of(database: Path, query: str) -> Any:
    return rows_of(database, query)[0][0]


def fingerprint(database: Path) -> list[tuple[Any, ...]]:
    parts = [f"select '{t.name}', count(*), sum(hash(t)) from {t.name} t" for t in TABLES]
    return rows_of(database, " union all ".join(parts) + " order by all")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, LoadReport]:
    database = tmp_path_factory.mktemp("small") / "small.duckdb"
    return database, load(database, scale=SMALL)


def test_scale_one_has_the_real_row_counts(tmp_path: Path) -> None:
    report = load(tmp_path / "full.duckdb")
    assert {table.name: table.rows for table in report.tables} == {
        "Person.Person": 19_972,
        "Production.ProductCategory": 4,
        "Production.ProductSubcategory": 37,
        "Production.Product": 504,
        "Sales.Customer": 19_820,
        "Sales.SalesOrderHeader": 31_465,
        "Sales.SalesOrderDetail": 121_317,
    }
    assert not any(table.filled or table.repaired or table.orphans for table in report.tables)


@pytest.mark.parametrize("scale", [0.001, 0.037, 1.5])
def test_scale_multiplies_what_grows(tmp_path: Path, scale: float) -> None:
    report = load(tmp_path / "scaled.duckdb", scale=scale)
    assert report.rows("sales.customer") == round(19_820 * scale)
    assert report.rows("sales.salesorderheader") == round(31_465 * scale)
    assert report.rows("sales.salesorderdetail") == round(121_317 * scale)
    assert report.rows("production.product") == 504
    assert not any(table.orphans for table in report.tables)


def test_same_seed_same_rows(tmp_path: Path, small: tuple[Path, LoadReport]) -> None:
    again = tmp_path / "again.duckdb"
    load(again, scale=0.02, seed=7)
    load(again, scale=SMALL)  # over what is there
    assert fingerprint(again) == fingerprint(small[0])
    load(again, scale=SMALL, seed=43)
    assert fingerprint(again) != fingerprint(small[0])


def test_columns_types_and_nullability(small: tuple[Path, LoadReport]) -> None:
    found = {
        (schema, table, column): (kind, nullable)
        for schema, table, column, kind, nullable in rows_of(
            small[0],
            "select lower(table_schema), table_name, column_name, data_type, is_nullable"
            " from information_schema.columns",
        )
    }
    assert found["sales", "SalesOrderHeader", "SubTotal"] == ("DECIMAL(19,4)", "NO")
    assert found["sales", "SalesOrderHeader", "ShipDate"] == ("TIMESTAMP", "YES")
    assert found["sales", "SalesOrderHeader", "Status"] == ("UTINYINT", "NO")
    assert found["sales", "SalesOrderDetail", "LineTotal"] == ("DECIMAL(38,6)", "NO")
    assert found["sales", "Customer", "PersonID"] == ("INTEGER", "YES")
    assert found["production", "Product", "FinishedGoodsFlag"] == ("BOOLEAN", "NO")
    assert found["person", "Person", "rowguid"] == ("UUID", "NO")


def test_generated_rows_make_sense(small: tuple[Path, LoadReport]) -> None:
    database, _ = small
    days = rows_of(
        database,
        "select min(OrderDate)::date::varchar, max(OrderDate)::date::varchar"
        " from sales.SalesOrderHeader",
    )
    assert days == [("2011-05-31", "2014-06-30")]
    doubles = " union all ".join(
        f"select count(*) - count(distinct {t.key}) + count(*) - count(distinct rowguid)"
        f" from {t.name}"
        for t in TABLES
    )
    assert set(rows_of(database, doubles)) == {(0,)}
    wrong_totals = """
        select count(*) from sales.SalesOrderHeader as h
        join (select SalesOrderID, sum(LineTotal) as total from sales.SalesOrderDetail group by all)
            using (SalesOrderID)
        where abs(h.SubTotal - total) > 0.0001 or h.TotalDue <> h.SubTotal + h.TaxAmt + h.Freight"""
    assert one_of(database, wrong_totals) == 0
    too_early = """
        select count(*) from sales.SalesOrderHeader
        join sales.SalesOrderDetail using (SalesOrderID)
        join production.Product using (ProductID) where OrderDate < SellStartDate"""
    assert one_of(database, too_early) == 0
    twice = """
        select count(*) from (select 1 from sales.SalesOrderDetail
        group by SalesOrderID, ProductID having count(*) > 1)"""
    assert one_of(database, twice) == 0


FILES = {
    "person": "businessentityid,persontype,firstname,lastname\n1,IN,Ken,SÃ¡nchez\n2,IN,José,Lee\n",
    "productcategory": "productcategoryid,name\n1,Bikes\n",
    "productsubcategory": "productsubcategoryid,productcategoryid,name\n1,1,Road Bikes\n",
    "product": (
        "productid,name,productnumber,standardcost,listprice,productsubcategoryid,makeflag\n"
        '7,"Bike, red",BK-7,10.5,20,1,t\n8,Part,PA-8,0,0,,f\n'
    ),
    "customer": "CustomerID,PersonID,StoreID,TerritoryID\n11,1,,4\n12,99,,4\n13,,300,\n",
    "salesorderheader": (
        "salesorderid,orderdate,duedate,shipdate,onlineorderflag,customerid,subtotal\n"
        "100,2011-05-31 00:00:00,2011-06-12 00:00:00,,t,11,18\n"
    ),
    "salesorderdetail": (
        "salesorderid,salesorderdetailid,orderqty,productid,unitprice,unitpricediscount\n"
        "100,1,1,7,20,0.1\n101,2,1,7,20,0\n"
    ),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "rows"
    path.mkdir()
    for name, text in FILES.items():
        (path / f"{name}.csv").write_text(text, encoding="utf-8")
    return path


def test_csv_gaps_are_filled_repaired_and_reported(tmp_path: Path, folder: Path) -> None:
    database = tmp_path / "real.duckdb"
    report = load(database, source=folder)
    tables = {table.name: table for table in report.tables}

    assert report.rows("Sales.SalesOrderDetail") == 2
    assert tables["Sales.SalesOrderDetail"].orphans == ("order lines without their header: 1",)
    assert tables["Sales.Customer"].orphans == ("customers without their person: 1",)
    assert any("AccountNumber = " in note for note in tables["Sales.Customer"].filled)
    assert any("Size" in note and "= null" in note for note in tables["Production.Product"].filled)
    assert tables["Person.Person"].repaired == ("1 value of lastname, such as SÃ¡nchez to Sánchez",)

    names = rows_of(database, "select FirstName, LastName from person.Person order by all")
    assert names == [("José", "Lee"), ("Ken", "Sánchez")]
    assert one_of(database, "select AccountNumber from sales.Customer limit 1") == "AW00000011"
    assert one_of(database, "select LineTotal from sales.SalesOrderDetail limit 1") == 18
    assert one_of(database, "select TotalDue from sales.SalesOrderHeader") == 18
    assert rows_of(database, "select MakeFlag from production.Product") == [(True,), (False,)]
    assert max(len(line) for line in report.text().splitlines() if "real.duckdb" not in line) <= 80


def test_csv_rows_replace_generated_rows(tmp_path: Path, folder: Path) -> None:
    database = tmp_path / "both.duckdb"
    load(database, scale=SMALL)
    assert load(database, source=folder).rows("sales.customer") == 3


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("customer", None, "missing in .*: customer.csv"),
        ("customer", "PersonID\n1\n", "missing column in customer.csv: CustomerID"),
        ("customer", "CustomerID\nx\n", "bad value in customer.csv: .*'x'.*CustomerID"),
        ("customer", "CustomerID,PersonID\n,1\n", "bad value in customer.csv: .*CustomerID"),
        ("person", "", "person.csv"),
    ],
)
def test_csv_faults_are_one_line(
    tmp_path: Path, folder: Path, name: str, text: str | None, message: str
) -> None:
    database = tmp_path / "kept.duckdb"
    load(database, scale=0.001)
    before = fingerprint(database)
    file = folder / f"{name}.csv"
    file.unlink()
    if text is not None:
        file.write_text(text, encoding="utf-8")

    with pytest.raises(LoadError, match=message) as raised:
        load(database, source=folder)

    assert "\n" not in str(raised.value)
    assert fingerprint(database) == before


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    database = str(tmp_path / "cli.duckdb")
    assert main(["--database", database, "--scale", "0.001"]) == 0
    assert "Sales.SalesOrderDetail" in capsys.readouterr().out

    assert main(["--database", database, "--from", str(tmp_path / "nowhere")]) == 1
    assert capsys.readouterr().err.startswith("error: no such folder: ")
    assert main(["--database", database, "--scale", "0"]) == 1
    assert capsys.readouterr().err == "error: scale must be from 0.001 to 1000, not 0\n"
    assert main(["--database", str(tmp_path / "no" / "x.duckdb")]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    with pytest.raises(SystemExit):
        main(["--database", database, "--from", "x", "--scale", "1"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [("SÃ¡nchez", "Sánchez"), ("MarÃ\xada", "María"), ("José", "José"), ("Lee", "Lee")],
)
def test_only_certain_repairs(text: str, expected: str) -> None:
    assert repaired(text) == expected
