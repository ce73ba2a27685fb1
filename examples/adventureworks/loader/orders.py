"""Orders and their lines."""

# ruff: noqa: S608 - the SQL is put together from constants and whole numbers, and from column names
# of the CSV files, which are quoted.

from __future__ import annotations

import duckdb

from loader.calendar import DAYS, FIRST_DAY
from loader.counts import Counts
from loader.draw import Draw
from loader.sql import insert
from loader.tables import MONEY


def orders(connection: duckdb.DuckDBPyConnection, counts: Counts, draw: Draw) -> None:
    """Write order lines, then the headers with the totals of their lines."""
    c = counts
    extra = c.lines - c.orders
    # The day grows with the order's number, more slowly late: orders become more frequent.
    # The number of lines is the step of a running sum cut to the exact total wanted.
    connection.execute(
        f"""create or replace temp table planned_orders as
        with drawn as (
            select
                i,
                {draw.pick("i", 51, 10000)} >= 1210 as online,
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
                select *, case when online then {draw.pick("i", 52, 25)}
                    else 50 + {draw.pick("i", 52, 200)} end + 1 as weight
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
            case when online then {c.first_individual} + {draw.pick("i", 53, c.individuals)}
                else {c.first_contact} + {draw.pick("i", 53, c.contacts)} end as customer,
            i + first_extra as first_line,
            1 + last_extra - first_extra as line_count,
            {draw.pick("i", 54, 1000)} as first_slot,
            [1, 3, 7, 9, 11, 13, 17, 19][1 + {draw.pick("i", 55, 8)}] as step,
            case when day < 365 then 100 when day < 730 then 185 else 295 end as slots,
            case when not online then format('{{:04X}}-{{:04X}}-{{:02X}}',
                {draw.pick("i", 56, 65536)}, {draw.pick("i", 57, 65536)},
                {draw.pick("i", 58, 256)}) end as tracking
        from cut"""
    )
    # Steps share no factor with the numbers of slots, so a product is in an order once.
    insert(
        connection,
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
            {draw.guid("line", 61)} as rowguid,
            ordered_on as ModifiedDate
        from (
            select
                lines.*,
                products.ProductID,
                case when online then 1 else 1 + {draw.pick("line", 62, 10)} end as quantity,
                case when online or {draw.pick("line", 63, 100)} < 85 then 0
                    else 1 + {draw.pick("line", 64, 3)} end as discount,
                case when online then products.ListPrice
                    else cast(products.ListPrice * 0.6 as {MONEY}) end as price
            from (
                select *, 1 + first_line + k as line, (first_slot + k * step) % slots as slot
                from (select *, unnest(range(line_count)) as k from planned_orders)
            ) as lines
            join Production.Product as products on products.ProductID = 705 + lines.slot
        )""",
    )
    insert(
        connection,
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
            case when not online then 274 + {draw.pick("customer", 71, 17)} end
                as SalesPersonID,
            {draw.territory("customer")} as TerritoryID,
            customer as BillToAddressID,
            customer as ShipToAddressID,
            case when online then 1 else 5 end as ShipMethodID,
            case when {draw.pick("i", 72, 30)} > 0 then customer end as CreditCardID,
            case when {draw.pick("i", 72, 30)} > 0
                then 10000 + {draw.pick("i", 73, 90000)} || 'Vi'
                    || (1000 + {draw.pick("i", 74, 9000)}) end as CreditCardApprovalCode,
            subtotal as SubTotal,
            subtotal * 0.08 as TaxAmt,
            subtotal * 0.025 as Freight,
            subtotal + cast(subtotal * 0.08 as {MONEY}) + cast(subtotal * 0.025 as {MONEY})
                as TotalDue,
            {draw.guid("i", 75)} as rowguid,
            ordered_on + 7 as ModifiedDate
        from planned_orders
        join (
            select SalesOrderID, cast(sum(LineTotal) as {MONEY}) as subtotal
            from Sales.SalesOrderDetail
            group by SalesOrderID
        ) as totals on totals.SalesOrderID = 43659 + i
        order by i""",
    )
