"""What a release cannot be made of stops a deploy before it has written anything."""

from __future__ import annotations

import pytest
from tests.unit.engine.double import FakeVersion, Model, manifest_of

from dbt_rewind.dbt.manifest import Manifest
from dbt_rewind.engine.soundness import require_sound, require_sound_code
from dbt_rewind.errors import NameWrittenOut, ProjectUnusable
from dbt_rewind.warehouse.memory_store import MemoryStore

PROJECT = {"orders": Model(), "sales": Model()}
CHOSEN = frozenset({"model.shop.orders", "model.shop.sales"})


def manifest(**sales: object) -> Manifest:
    data = manifest_of(PROJECT)
    data["nodes"]["model.shop.sales"] |= {"package_name": "shop", **sales}
    return Manifest(data)


def check(known: Manifest, chosen: frozenset[str] = CHOSEN) -> None:
    require_sound(FakeVersion(MemoryStore(), PROJECT), known, chosen)


def test_a_sound_project_passes() -> None:
    check(manifest(raw_code="select * from {{ ref('orders') }}"))


def test_a_public_name_in_what_is_built() -> None:
    known = manifest(raw_code="select * from gold.orders")
    with pytest.raises(NameWrittenOut) as raised:
        check(known)
    assert raised.value.places == ("models/sales.sql: gold.orders",)
    assert "ref('orders')" in raised.value.hint
    check(known, frozenset({"model.shop.orders"}))


def test_a_model_that_writes_a_file() -> None:
    known = manifest(config={"materialized": "external"})
    with pytest.raises(ProjectUnusable, match=r"models/sales\.sql writes a file"):
        check(known)
    check(known, frozenset({"model.shop.orders"}))


def test_a_user_defined_function() -> None:
    unique_id = "function.shop.f"
    functions = {unique_id: {"original_file_path": "functions/f.sql"}}
    known = Manifest({**manifest().data, "functions": functions})
    with pytest.raises(ProjectUnusable, match=r"functions/f\.sql is a function"):
        check(known, frozenset({unique_id}))
    check(known)


def test_a_public_name_in_what_was_compiled() -> None:
    """Compiled code belongs to nodes that are placed elsewhere by then."""
    parsed = manifest(raw_code="select * from {{ target.schema }}.orders")
    compiled = manifest(compiled_code="select * from gold.orders", schema="rewind_r1_gold")
    check(parsed)
    with pytest.raises(NameWrittenOut) as raised:
        require_sound_code(parsed, compiled, CHOSEN, None)
    assert raised.value.places == ("models/sales.sql: gold.orders",)


def test_a_name_without_a_schema_in_what_was_compiled() -> None:
    parsed = manifest()
    compiled = manifest(compiled_code="select 1 union all select id from orders")
    require_sound_code(parsed, compiled, CHOSEN, None)
    require_sound_code(parsed, compiled, CHOSEN, "main")
    with pytest.raises(NameWrittenOut) as raised:
        require_sound_code(parsed, compiled, CHOSEN, "GOLD")
    assert raised.value.places == ("models/sales.sql: orders",)
