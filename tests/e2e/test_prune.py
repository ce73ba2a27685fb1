"""Old releases go, and a view that a selection has left behind keeps the table that it reads."""

from __future__ import annotations

import duckdb
import pytest
from tests.e2e.lab import Lab

pytestmark = pytest.mark.e2e

OLD_TABLE = ("rewind_r1_reference", "regions")


def standing(lab: Lab) -> set[tuple[str, str]]:
    """The versioned relations in the file."""
    with duckdb.connect(str(lab.database), read_only=True) as connection:
        rows = connection.execute(
            "select schema_name, table_name from duckdb_tables() union all"
            " select schema_name, view_name from duckdb_views() where not internal"
        ).fetchall()
    return {(schema, name) for schema, name in rows if schema.startswith("rewind_r")}


def test_a_prune_frees_space_and_breaks_nothing(second: Lab) -> None:
    seeds = "pipeline/seeds/regions.csv"
    names = "region_id,region_name\n1,north\n2,{}\n"
    for name in ("east", "west"):
        second.commit(f"The second region is the {name}", {seeds: names.format(name)})
        second.rewind("deploy", "main", "--select", "regions")
    assert second.rewind("pin", "r3", "--reason", "the audit's")["changed"]
    seen = second.read()
    before = standing(second)

    history = {each["id"]: each for each in second.rewind("history")["releases"]}
    assert history["r3"]["pinned"] == "the audit's"
    assert history["r1"]["bytes_alone"] > 0

    dry = second.rewind("prune", "--dry-run", "--keep", "1")
    assert standing(second) == before
    fates = {each["id"]: (each["fate"], each["why"]) for each in dry["releases"]}
    assert fates == {
        "r4": ("kept", "live"),
        "r3": ("kept", "pinned"),
        "r2": ("dropped", "old"),
        "r1": ("dropped", "old"),
    }
    second.refused("prune", "--keep", "1", expected=3)
    answer = second.run("prune", "--keep", "1", "--yes").check(0)
    assert "the file keeps its size" in answer.stdout

    # No node of r3 or r4 is the seed as r1 built it, and the view of both reads it.
    after = standing(second)
    assert before - after == {("rewind_r1_gold", "sales")}
    assert OLD_TABLE in after
    assert second.read() == seen
    second.rewind("rollback", "--yes")
    assert second.read() != seen
    second.rewind("rollback", "--to", "r4", "--yes")
    assert second.read() == seen
    assert second.refused("rollback", "--to", "r1", "--yes", expected=9)["slug"] == (
        "release-not-restorable"
    )
    assert second.rewind("show", "r1")["state"] == "pruned"
    assert second.rewind("prune", "--keep", "1", "--yes")["bytes"] == 0

    # What was left out is built at last, and nothing needs the old table any more.
    second.rewind("unpin", "r3")
    second.rewind("deploy", "main")
    second.commit("The regions again", {seeds: names.format("south")})
    second.rewind("deploy", "main")
    last = second.read()
    second.rewind("prune", "--keep", "1", "--yes")
    assert OLD_TABLE not in standing(second)
    assert second.read() == last
    second.rewind("rollback", "--yes")
    second.rewind("verify", "--deep", "--no-tests")
    second.assert_tidy()
