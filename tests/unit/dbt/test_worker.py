"""What the worker does to dbt's manifest, and what it says of dbt's errors."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from dbt_rewind.dbt.worker import forward, place_sources, worded


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
