"""What was rolled back stays out, on real dbt: refused, reverted, corrected and let in."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.lab import Lab
from tests.e2e.project import CHANGED_SALES, FILES
from tests.e2e.stages import Stages

SALES = "pipeline/models/sales.sql"
NAMES = "pipeline/models/region_names.sql"
LOWER = FILES[NAMES].replace("upper", "lower")


def refused(lab: Lab, *arguments: str) -> str:
    """A deploy that must not go, and leaves everything as it was; returns why it must not."""
    standing = lab.standing()
    for more in ((), ("--dry-run",)):
        error = lab.refused("deploy", *arguments, *more, expected=17)
        assert error["slug"] == "commit-quarantined"
        assert lab.standing() == standing
    lab.assert_tidy()
    return str(error["message"])


def test_it_stays_out_until_it_is_reverted(stages: Stages, second: Lab) -> None:
    old = stages.first().read()
    bad = second.git("rev-parse", "v2")
    back = second.rewind("rollback", "--yes", "--reason", "sales are doubled")
    assert back["quarantined"] == bad
    (entry,) = second.rewind("status")["quarantine"]
    assert (entry["commit"], entry["release"], entry["reason"]) == (bad, "r2", "sales are doubled")
    assert "sales are doubled" in refused(second, "v2")

    second.commit("Write names small", {NAMES: LOWER})
    assert bad[:7] in refused(second)
    assert second.read() == old

    # Users see today's rows all the same, by the code that they know to be good.
    refreshed = second.rewind("refresh")
    assert refreshed["release"]["commit"]["tags"] == ["v1"]

    second.git("revert", "--no-edit", bad)
    assert second.rewind("deploy", "--dry-run")["build"] == ["model.shop.region_names"]
    second.rewind("deploy")
    now = second.read()
    assert now["silver.region_names"] == [(1, "north"), (2, "south")]
    assert now["gold.sales"] == old["gold.sales"]
    second.git("revert", "--no-edit", "HEAD")
    assert bad[:7] in refused(second)


def test_a_correction_has_to_be_let_in(second: Lab) -> None:
    doubled = second.read()
    second.rewind("rollback", "--yes")
    second.commit("Count them once", {SALES: CHANGED_SALES + "-- once\n"})
    refused(second)
    second.refused("release-quarantine", expected=3)
    second.rewind("release-quarantine", "r2", "--reason", "it is corrected")
    assert second.rewind("status")["quarantine"] == []
    second.rewind("deploy")
    assert second.read() == doubled
    assert second.refused("release-quarantine", "--reason", "x", expected=9)["slug"] == (
        "not-in-quarantine"
    )
    second.rewind("rollback", "--yes")
    refused(second)


def test_forward_again_takes_it_out(second: Lab) -> None:
    second.rewind("rollback", "--yes")
    second.rewind("rollback", "--to", "v2", "--yes")
    second.commit("Write names small", {NAMES: LOWER})
    second.rewind("deploy")


def test_a_shallow_clone_cannot_tell(second: Lab, tmp_path: Path) -> None:
    second.rewind("rollback", "--yes")
    second.commit("Write names small", {NAMES: LOWER})
    second.git("clone", "-q", "--depth=1", second.repository.as_uri(), str(tmp_path / "clone"))
    for name in (second.file, ".rewind"):
        (tmp_path / "clone" / name).symlink_to(second.repository / name)
    answer = second.run("deploy", "--json", folder=tmp_path / "clone").check(4)
    assert answer.error["slug"] == "shallow-clone"
    assert "fetch-depth: 0" in answer.error["hint"]


def test_the_code_goes_back_with_the_data(stages: Stages, second: Lab, tmp_path: Path) -> None:
    """The deploy that the push triggers finds all of it live."""
    old = stages.first().read()
    good, bad = (second.git("rev-parse", each) for each in ("v1", "v2"))
    second.git("init", "--quiet", "--bare", str(tmp_path / "remote.git"))
    second.git("remote", "add", "origin", str(tmp_path / "remote.git"))
    second.git("push", "--quiet", "origin", "v2:refs/heads/main")
    back = second.rewind("rollback", "--yes", "--reason", "sales are doubled")
    assert (back["code"]["way"], back["code"]["to"]) == ("pushed", "main")
    assert second.read() == old
    head = back["code"]["head"]
    assert second.git("rev-parse", f"{head}^{{tree}}") == second.git(
        "rev-parse", f"{good}^{{tree}}"
    )
    assert second.git("log", "--format=%b", "-1", head).startswith(f"This reverts commit {bad}.")
    standing = second.standing()
    deployed = second.rewind("deploy", "origin/main")
    assert (deployed["equals"], deployed["moved"]) == ("r1", 0)
    assert second.standing() == standing
    assert second.rewind("status")["holds"] == []
