"""What is read of `sources.json`, and of the manifest's sources."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.unit.dbt.artifacts import manifest

from dbt_rewind.dbt.freshness import SourceAge, limits_of, read_sources
from dbt_rewind.dbt.manifest import read_manifest
from dbt_rewind.errors import ArtifactInvalid

ORDERS = "source.shop.raw.orders"
CRITERIA = {
    "warn_after": {"count": 12, "period": "hour"},
    "error_after": {"count": 1, "period": "day"},
    "filter": None,
}


def read(*results: dict[str, Any]) -> tuple[SourceAge, ...]:
    return read_sources(json.dumps({"results": results}).encode(), "sources.json")


def test_a_source_with_rows() -> None:
    (age,) = read(
        {
            "unique_id": ORDERS,
            "status": "warn",
            "max_loaded_at": "2026-03-01T12:00:00+00:00",
            "max_loaded_at_time_ago_in_s": 50_000.5,
            "criteria": CRITERIA,
        }
    )
    limits = {"warn": "12 hours", "error": "1 day"}
    assert age == SourceAge(ORDERS, "warn", 50_000.5, "2026-03-01T12:00:00+00:00", limits)


def test_a_source_without_rows() -> None:
    (age,) = read(
        {
            "unique_id": ORDERS,
            "status": "error",
            "max_loaded_at": "0001-01-01T00:00:00+00:00",
            "max_loaded_at_time_ago_in_s": 63_900_000_000.0,
            "criteria": CRITERIA,
        }
    )
    assert (age.status, age.seconds, age.newest) == ("error", None, None)


def test_a_source_that_dbt_could_not_ask() -> None:
    (age,) = read({"unique_id": ORDERS, "status": "runtime error", "error": "no such table"})
    assert age == SourceAge(ORDERS, "runtime error", problem="no such table")


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b'{"results": [{}]}', b'{"results": 3}', b'{"results": ["a"]}']
)
def test_what_is_no_such_file(content: bytes) -> None:
    with pytest.raises(ArtifactInvalid, match=r"sources\.json"):
        read_sources(content, "sources.json")


def test_limits_in_words() -> None:
    assert limits_of(CRITERIA) == {"warn": "12 hours", "error": "1 day"}
    nothing = {"count": None, "period": None}
    assert limits_of({"warn_after": nothing, "error_after": None, "filter": "a > 1"}) == {}
    assert limits_of({}) == {}


def test_only_sources_that_say_how_old_they_may_be() -> None:
    def source(name: str, freshness: Any) -> dict[str, Any]:
        return {"source_name": "raw", "name": name, "freshness": freshness}

    known = manifest(
        sources={
            ORDERS: source("orders", CRITERIA),
            "source.shop.raw.prices": source("prices", {"warn_after": None}),
            "source.shop.raw.items": source("items", None),
        }
    )
    assert known.aged_sources == {ORDERS: "raw.orders"}
    assert manifest().aged_sources == {}


@pytest.mark.parametrize("freshness", [3, {"warn_after": 3}])
def test_a_damaged_manifest_is_found_when_it_is_read(freshness: Any) -> None:
    source = {"source_name": "raw", "name": "orders", "freshness": freshness}
    damaged = manifest(sources={ORDERS: source})
    with pytest.raises(ArtifactInvalid):
        read_manifest(json.dumps(damaged.data).encode(), "manifest.json")
