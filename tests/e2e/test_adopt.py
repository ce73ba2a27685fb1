"""From plain dbt to releases and back to plain dbt, with real dbt: one story."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping

import duckdb
import pytest
from tests.e2e.lab import Lab, Rows
from tests.e2e.project import CHANGED_SALES, NEWER_SOURCES, PUBLIC_NAMES

pytestmark = pytest.mark.e2e


def dbt(lab: Lab, *arguments: str) -> None:
    """Plain dbt, as somebody without dbt-rewind runs it."""
    done = subprocess.run(
        [sys.executable, "-m", "dbt.cli.main", *arguments, "--profiles-dir", "."],
        cwd=lab.repository / "pipeline",
        env=lab.environment({"PATH": os.environ["PATH"]}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def rows(lab: Lab) -> Mapping[str, Rows]:
    """What users read under the project's names, whatever stands there."""
    with duckdb.connect(str(lab.database), read_only=True) as connection:
        return {
            name: connection.execute(f"from {name} order by all").fetchall()
            for name in sorted(PUBLIC_NAMES)
        }


def texts(lab: Lab) -> Rows:
    """Everything that the catalogue says of tables and views that are not the ledger's."""
    with duckdb.connect(str(lab.database), read_only=True) as connection:
        return connection.execute(
            "select schema_name, table_name as name, sql, comment from duckdb_tables()"
            " where schema_name <> 'rewind' union all select schema_name, view_name, sql, comment"
            " from duckdb_views() where not internal union all select schema_name, table_name,"
            " column_name, comment from duckdb_columns() where comment is not null and not internal"
            " and schema_name <> 'rewind' order by all"
        ).fetchall()


def ours(lab: Lab) -> Rows:
    with duckdb.connect(str(lab.database), read_only=True) as connection:
        return connection.execute(
            "select schema_name from duckdb_schemas() where starts_with(schema_name, 'rewind')"
        ).fetchall()


def test_from_plain_dbt_and_back(empty: Lab) -> None:
    lab = empty
    dbt(lab, "build")
    plain, plainly = rows(lab), texts(lab)

    adopted = lab.rewind("adopt", "--yes")
    assert len(adopted["adopted"]) == 5
    assert adopted["missing"] == []
    assert rows(lab) == plain
    assert lab.rewind("verify", "--deep")["verdict"] == "verified"
    assert lab.rewind("deploy")["moved"] == 0

    # There and back: as it was, to the letter.
    lab.rewind("eject", "--yes")
    assert texts(lab) == plainly
    assert rows(lab) == plain
    assert ours(lab) == []
    assert not lab.mirror.exists()
    lab.rewind("adopt", "--yes")

    # A change builds only what it changes, and the incremental model goes on from its rows.
    lab.sql(*NEWER_SOURCES)
    log = "pipeline/models/order_log.sql"
    changed = (lab.repository / log).read_text().replace("amount from", "2 * amount as amount from")
    lab.commit("Double it", {"pipeline/models/sales.sql": CHANGED_SALES, log: changed})
    deployed = lab.rewind("deploy")
    built = {n["unique_id"] for n in deployed["release"]["nodes"] if n["origin"] == "built"}
    assert built == {"model.shop.sales", "model.shop.order_log"}
    assert rows(lab)["silver.order_log"] == [*plain["silver.order_log"], (4, 2, 160)]
    second = rows(lab)
    lab.rewind("rollback", "--yes")
    assert rows(lab) == plain
    lab.rewind("rollback", "--to", "r2", "--yes")
    assert rows(lab) == second

    # Somebody runs dbt by hand. Their table is kept, and users see the release again.
    dbt(lab, "run", "--select", "sales")
    stranger = rows(lab)["gold.sales"]
    (drift,) = lab.rewind("status")["drift"]
    assert drift["pointer"]["name"] == "sales"
    assert lab.refused("rollback", "--yes", expected=8)["slug"] == "pointer-drifted"
    assert lab.refused("deploy", expected=8)["slug"] == "pointer-drifted"
    back = lab.rewind("rollback", "--yes", "--repair")
    (kept,) = back["repair"]["set_aside"]
    assert rows(lab) == plain
    aside = f"{kept['relation']['schema']}.{kept['relation']['name']}"
    assert lab.sql(f"from {aside} order by all") == stranger
    assert lab.rewind("status")["healthy"]
    lab.rewind("rollback", "--to", "r2", "--yes")

    # Given back with two tables that have to be copied, plain dbt goes on.
    ejected = lab.rewind("eject", "--yes")
    copied = {g["unique_id"] for g in ejected["given_back"] if g["copied_bytes"] is not None}
    assert copied == built
    assert rows(lab) == second
    assert ours(lab) == []
    assert lab.sql(f"from {aside} order by all") == stranger
    dbt(lab, "build")
    assert rows(lab)["gold.sales"] != plain["gold.sales"]
    again = rows(lab)
    assert lab.rewind("adopt", "--yes")["release"]["id"] == "r1"
    assert rows(lab) == again
    lab.assert_tidy()
