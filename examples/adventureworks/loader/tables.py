"""The tables of the source, as AdventureWorks has them."""

from __future__ import annotations

from dataclasses import dataclass

MODIFIED = "timestamp '2014-02-08 10:01:36.827'"
MONEY = "decimal(19,4)"


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
            Column("StandardCost", MONEY),
            Column("ListPrice", MONEY),
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
            Column("SubTotal", MONEY),
            Column("TaxAmt", MONEY, fill="0"),
            Column("Freight", MONEY, fill="0"),
            Column("TotalDue", MONEY, fill="SubTotal + TaxAmt + Freight"),
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
            Column("UnitPrice", MONEY),
            Column("UnitPriceDiscount", MONEY, fill="0"),
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


def table_named(name: str) -> Table:
    """The table of that name, such as `Sales.Customer`."""
    return next(table for table in TABLES if table.name == name)
