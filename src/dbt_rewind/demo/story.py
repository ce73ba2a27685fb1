"""The commits of the sample repository: one good, one that fails, one that is subtly wrong."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath


@dataclass(frozen=True, slots=True)
class Edit:
    """A replacement of text that stands exactly once in a file."""

    file: PurePosixPath
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Version:
    """A commit: what changes from the one before, and what its author says of it."""

    tag: str | None
    subject: str
    author: str
    edits: tuple[Edit, ...]


_CUSTOMER_METRICS = PurePosixPath("models/gold/gld_customer_metrics.sql")
_SALES_SUMMARY = PurePosixPath("models/gold/gld_sales_summary.sql")

_WITHOUT_TERRITORY = """\
    customers.territory_id
from customers
left join order_totals
    on customers.customer_id = order_totals.customer_id
"""
_WITH_TERRITORY = """\
    customers.territory_id,
    sales_orders.territory_name as sales_territory
from customers
left join order_totals
    on customers.customer_id = order_totals.customer_id
left join {{ ref('slvr_sales_orders') }} as sales_orders
    on customers.customer_id = sales_orders.customer_id
"""

VERSIONS = (
    Version("v1.0.0", "Build bronze, silver and gold", "Ana", ()),
    Version(
        "v1.1.0",
        "Add the sales territory to the customer metrics",
        "Ben",
        (Edit(_CUSTOMER_METRICS, _WITHOUT_TERRITORY, _WITH_TERRITORY),),
    ),
    Version(
        None,
        "Take the sales territory out again",
        "Ben",
        (Edit(_CUSTOMER_METRICS, _WITH_TERRITORY, _WITHOUT_TERRITORY),),
    ),
    Version(
        "v1.2.0",
        "Simplify revenue in the sales summary",
        "Cleo",
        (
            # The shortcut forgets the discount; every test passes all the same.
            Edit(
                _SALES_SUMMARY,
                "        line_total as revenue",
                "        order_quantity * unit_price as revenue",
            ),
        ),
    ),
)
