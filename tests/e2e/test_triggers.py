"""What `rewind assess` sees of a real project: that all is well, and what is really broken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
from tests.e2e.lab import Lab
from tests.e2e.project import FILES

MODELS = "pipeline/models/models.yml"
HEADERS, BLOCK = 3 * 4096, 262_144

AGED = FILES[MODELS].replace(
    "    tables: [{name: orders}, {name: prices}]\n",
    """\
    tables:
      - name: orders
        loaded_at_field: loaded_at
        freshness: &day
          warn_after: {count: 12, period: hour}
          error_after: {count: 1, period: day}
      - name: prices
        loaded_at_field: loaded_at
        freshness: *day
""",
)


def assessed(lab: Lab, *arguments: str, expected: int) -> dict[str, Any]:
    return lab.rewind("assess", "--dry-run", *arguments, expected=expected)


def severities(document: dict[str, Any]) -> dict[str, str]:
    return {
        each["subject"]: each["severity"] for look in document["looks"] for each in look["findings"]
    }


def test_a_healthy_environment_takes_one_screen(second: Lab) -> None:
    for arguments in ((), ("--deep",)):
        answer = second.run("assess", "--dry-run", *arguments).check(0)
        lines = (answer.stdout + answer.stderr).splitlines()
        assert len(lines) <= 22
        assert all(len(line) <= 80 for line in lines)
        looks = [line for line in lines if line.startswith("  ok ")]
        assert len(looks) >= 8
        assert not any(line.startswith("  unseen") for line in lines)


def test_rows_that_somebody_deletes_from_what_is_published(second: Lab) -> None:
    second.sql("delete from rewind_r1_silver.order_log where order_id = 1")
    assert severities(assessed(second, expected=21)) == {"silver.order_log": "high"}
    second.sql("delete from rewind_r2_gold.sales")
    found = severities(assessed(second, expected=20))
    assert found == {"silver.order_log": "high", "gold.sales": "critical"}


def test_values_that_somebody_changes_in_what_is_published(second: Lab) -> None:
    second.sql("update rewind_r2_gold.sales set amount = amount + 1")
    assessed(second, expected=0)
    found = severities(assessed(second, "--deep", expected=20))
    assert found == {"storage of gold.sales": "critical"}


def test_what_is_gone_or_broken(second: Lab) -> None:
    second.sql("alter table rewind_r1_reference.regions drop column region_name")
    found = severities(assessed(second, expected=20))
    assert found == {"reference.regions": "critical", "silver.region_names": "critical"}


def test_a_block_that_went_bad(empty: Lab) -> None:
    empty.sql("insert into raw.orders select i, 1, hash(i) % 1000 from range(10, 300000) t (i)")
    empty.rewind("deploy")
    assessed(empty, "--deep", expected=0)
    damage(empty.database, "rewind_r1_silver.order_log")
    found = severities(assessed(empty, "--deep", expected=20))
    assert found["storage of silver.order_log"] == "critical"
    assert len([each for each in found if each.startswith("storage")]) == 1


def damage(file: Path, table: str) -> None:
    """Turns bytes in a block that only this table has."""
    with duckdb.connect(str(file), read_only=True) as connection:
        names = connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables()"
        ).fetchall()
        held = {
            name: {
                block
                for (block,) in connection.execute(
                    f"select block_id from pragma_storage_info('{name}') where block_id >= 0"
                ).fetchall()
            }
            for (name,) in names
        }
    own = held.pop(table).difference(*held.values())
    with file.open("r+b") as content:
        content.seek(HEADERS + min(own) * BLOCK + BLOCK // 2)
        found = content.read(8)
        content.seek(-8, 1)
        content.write(bytes(255 - byte for byte in found))


def test_sources_that_are_too_old(first: Lab) -> None:
    first.sql(
        "alter table raw.orders add column loaded_at timestamp default current_timestamp",
        "alter table raw.prices add column loaded_at timestamp",
        "update raw.prices set loaded_at = current_timestamp - interval 13 hours",
    )
    first.commit("Say how old sources may be", {MODELS: AGED})
    first.rewind("deploy")
    found = severities(assessed(first, "--deep", expected=23))
    assert found == {"source.shop.raw.prices": "low"}
    first.sql("update raw.orders set loaded_at = current_timestamp - interval 3 days")
    document = assessed(first, "--deep", expected=21)
    assert severities(document)["source.shop.raw.orders"] == "high"
    first.sql("alter table raw.orders drop column loaded_at")
    document = assessed(first, "--deep", expected=23)
    (missed,) = [each for each in document["looks"] if each["unseen"]]
    assert missed["name"] == "freshness of raw.orders"
    assert "loaded_at" in missed["unseen"]
    first.assert_tidy()
