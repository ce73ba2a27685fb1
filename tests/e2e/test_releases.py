"""Deploy, change, undo, redo: what users read is exactly one release's rows each time."""

from __future__ import annotations

import duckdb
import pytest
from tests.e2e.lab import Lab
from tests.e2e.project import CHANGED_SALES, FILES, NEWER_SOURCES, PUBLIC_NAMES
from tests.e2e.stages import Stages, told

pytestmark = pytest.mark.e2e


def verified(lab: Lab, release: str) -> None:
    """The fingerprints of every table agree with the record."""
    document = lab.rewind("verify", "--deep", "--no-tests")
    assert document["release"] == release
    assert document["verdict"] == "verified"
    checks = {check["name"]: check for check in document["checks"]}
    assert checks["fingerprints"]["status"] == "passed"
    assert checks["query: sales"]["status"] == "passed"


def test_first_deploy_builds_everything_under_the_projects_own_names(stages: Stages) -> None:
    lab = stages.first()
    release = told(lab, "first")["release"]
    assert release["id"] == "r1"
    assert {node["origin"] for node in release["nodes"]} == {"built"}
    assert release["tests"] == {"passed": 3, "warned": 0, "failed": 0, "skipped": 0}
    assert lab.read().keys() == PUBLIC_NAMES
    # The profile's path is relative: the file lies in the repository, not in a worktree.
    assert lab.database.is_file()
    assert not lab.cache.exists(), "the requirements were satisfied; nothing had to be installed"
    lab.assert_tidy()


def test_only_what_changed_is_built(stages: Stages) -> None:
    lab = stages.second()
    deployed = told(lab, "second")
    nodes = deployed["release"]["nodes"]
    assert [n["unique_id"] for n in nodes if n["origin"] == "built"] == ["model.shop.sales"]
    assert {n["built_by"] for n in nodes} == {"r1", "r2"}
    assert deployed["moved"] == 1
    assert deployed["previous"] == "r1"


def test_the_users_checkout_is_not_touched(stages: Stages) -> None:
    lab = stages.second()
    noted = told(lab, "checkout")
    assert noted["before"] == noted["after"]
    lab.assert_tidy()


def test_comments_are_on_the_public_views(stages: Stages) -> None:
    with duckdb.connect(str(stages.second().database), read_only=True) as connection:
        views = connection.execute(
            "select comment from duckdb_views() where schema_name = 'gold' and view_name = 'sales'"
        ).fetchall()
        columns = connection.execute(
            "select column_name, comment from duckdb_columns() where schema_name = 'gold'"
            " and table_name = 'sales' and comment is not null"
        ).fetchall()
    assert views == [("Sales of each region; it's money.",)]
    assert columns == [("region_name", "The region's name.")]


def test_back_forward_and_back(stages: Stages, second: Lab) -> None:
    old, new = stages.first().read(), second.read()
    assert old != new
    verified(second, "r2")
    dry = second.rewind("rollback", "--dry-run")
    assert [move["pointer"]["name"] for move in dry["moves"]] == ["sales"]
    assert second.read() == new

    back = second.rewind("rollback", "--yes", "--reason", "sales are doubled")
    assert (back["from"]["id"], back["to"]["id"]) == ("r2", "r1")
    assert second.read() == old
    verified(second, "r1")

    second.rewind("rollback", "--to", "v2", "--yes")
    assert second.read() == new
    verified(second, "r2")

    second.rewind("rollback", "--to", "r1", "--yes")
    assert second.read() == old
    verified(second, "r1")
    events = second.rewind("show", "r1")["events"]
    own = [event for event in events if event["payload"]["release"] == 1]
    assert [event["kind"] for event in own] == ["started", "built", *["published"] * 3]
    assert own[3]["payload"]["reason"] == "sales are doubled"


def test_deploying_a_revert_runs_no_dbt(stages: Stages, second: Lab) -> None:
    second.git("revert", "--no-edit", "HEAD")
    # A dbt that is not there proves that none is asked.
    second.write({"rewind.yml": FILES["rewind.yml"] + "dbt: {python: /nowhere/python}\n"})
    deployed = second.rewind("deploy", "main")
    assert deployed["equals"] == "r1"
    assert deployed["release"]["id"] == "r3"
    assert deployed["moved"] == 1
    assert second.read() == stages.first().read()
    verified(second, "r3")

    again = second.rewind("deploy", "main")
    assert (again["equals"], again["moved"]) == ("r3", 0)
    second.rewind("rollback", "--to", "r2", "--yes")
    assert second.read() == stages.second().read()
    second.assert_tidy()


def test_names_that_go_come_and_move(first: Lab) -> None:
    old = first.read()
    (first.repository / "pipeline/models/region_names.sql").unlink()
    (first.repository / "pipeline/models/order_log.sql").rename(
        first.repository / "pipeline/models/orders_seen.sql"
    )
    sales = FILES["pipeline/models/sales.sql"].replace("schema='gold'", "schema='reports'")
    models = FILES["pipeline/models/models.yml"].replace("order_log", "orders_seen")
    config = FILES["rewind.yml"].replace("from gold.sales", "from reports.sales")
    changed = {
        "pipeline/models/sales.sql": sales,
        "pipeline/models/models.yml": models,
        "rewind.yml": config,
    }
    first.commit("Remove one, rename one, move one", changed)
    deployed = first.rewind("deploy", "--accept", "vanished", "--reason", "renamed")
    assert deployed["moved"] == 5
    kept = {name: old[name] for name in ("reference.regions", "history.price_history")}
    moved = {"reports.sales": old["gold.sales"], "silver.orders_seen": old["silver.order_log"]}
    new = first.read()
    assert new == {**kept, **moved}
    verified(first, "r2")

    first.rewind("rollback", "--yes")
    assert first.read() == old
    first.rewind("rollback", "--to", "r2", "--yes")
    assert first.read() == new


def test_stateful_nodes_go_back_to_the_very_rows(first: Lab) -> None:
    old = first.read()
    first.sql(*NEWER_SOURCES)
    assert first.read() == old, "users see a release, not the sources"
    deployed = first.rewind("deploy", "--full", "--reason", "newer rows")
    assert {node["built_by"] for node in deployed["release"]["nodes"]} == {"r2"}
    new = first.read()
    assert new["silver.order_log"] == [*old["silver.order_log"], (4, 2, 80)]
    # The snapshot closed the version that ended and opened a new one; it kept the other as it was.
    history = {row[:2]: row[2:] for row in new["history.price_history"]}
    assert history.keys() == {(7, 70), (7, 71), (8, 80)}
    assert history[7, 70][-1] is not None
    assert history[7, 71][-1] is None
    assert (8, 80, *history[8, 80]) in old["history.price_history"]

    first.rewind("rollback", "--yes")
    assert first.read() == old
    verified(first, "r1")
    first.rewind("rollback", "--to", "r2", "--yes")
    assert first.read() == new
    verified(first, "r2")


def test_what_was_not_selected_waits(first: Lab) -> None:
    names = FILES["pipeline/models/region_names.sql"].replace("upper", "lower")
    files = {
        "pipeline/models/sales.sql": CHANGED_SALES,
        "pipeline/models/region_names.sql": names,
    }
    first.commit("Change two", files)
    deployed = first.rewind("deploy", "--select", "sales")
    assert deployed["release"]["pending"] == ["model.shop.region_names"]
    assert deployed["moved"] == 1
    assert first.read()["silver.region_names"] == [(1, "NORTH"), (2, "SOUTH")]

    rest = first.rewind("deploy")
    nodes = rest["release"]["nodes"]
    assert [n["unique_id"] for n in nodes if n["built_by"] == "r3"] == ["model.shop.region_names"]
    assert rest["release"]["pending"] == []
    assert first.read()["silver.region_names"] == [(1, "north"), (2, "south")]


def test_a_dry_run_changes_nothing(first: Lab) -> None:
    first.commit("Count sales twice", {"pipeline/models/sales.sql": CHANGED_SALES})
    digest, standing = first.file_digest(), first.standing()
    mirror = first.mirror.read_bytes()
    plan = first.rewind("deploy", "--dry-run")
    assert plan["build"] == ["model.shop.sales"]
    assert [move["pointer"]["name"] for move in plan["moves"]] == ["sales"]
    assert first.file_digest() == digest
    assert first.standing() == standing
    assert first.mirror.read_bytes() == mirror
    first.assert_tidy()


def test_a_dry_run_makes_no_database(empty: Lab) -> None:
    empty.database.unlink()
    plan = empty.rewind("deploy", "--dry-run")
    assert len(plan["build"]) == 5
    assert plan["reuse"] == []
    assert not list(empty.repository.glob("*.duckdb*"))


def test_verify_runs_the_tests_of_what_is_live(second: Lab) -> None:
    selection = ("-s", "tag:critical", "-s", "sales")
    document = second.rewind("verify", *selection)
    tests = document["checks"][-1]
    assert (tests["name"], tests["status"]) == ("dbt tests", "passed")
    assert tests["evidence"].startswith("3 passed")
    assert (document["release"], document["verdict"]) == ("r2", "verified")

    second.rewind("rollback", "--yes")
    # A stranger writes into the relation that is live again, and only there.
    second.sql("insert into rewind_r1_gold.sales values ('north', 1, 1)")
    document = second.rewind("verify", "--deep", *selection, expected=10)
    assert (document["release"], document["verdict"]) == ("r1", "failed")
    failed = {check["name"]: check for check in document["checks"] if check["status"] == "failed"}
    assert failed.keys() == {"row counts", "fingerprints", "dbt tests"}
    assert failed["dbt tests"]["evidence"].startswith("2 passed, 0 warned, 1 failed")
    assert "unique_sales_region_name" in failed["dbt tests"]["details"][0]
    second.assert_tidy()
