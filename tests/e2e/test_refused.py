"""Every refusal says what is wrong, has its exit code, and leaves all as it was."""

from __future__ import annotations

import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from tests.crash.checker import prove
from tests.e2e.lab import Lab, ended, killed_at_last, lines_of
from tests.e2e.project import CHANGED_SALES, FILES

pytestmark = pytest.mark.e2e

PROFILES = "pipeline/profiles.yml"


@pytest.fixture
def unchanged(second: Lab) -> Iterator[Lab]:
    """A lab in which nothing may change."""
    standing, mirror = second.standing(), second.mirror.read_bytes()
    yield second
    assert second.standing() == standing
    assert second.mirror.read_bytes() == mirror
    second.assert_tidy()


def test_unknown_ref(unchanged: Lab) -> None:
    for ref in ("no-such-branch", "deadbeef", ""):
        assert unchanged.refused("deploy", ref, expected=4)["slug"] == "unknown-ref"
    error = unchanged.refused("rollback", "--to", "no-such-tag", "--yes", expected=9)
    assert error["slug"] == "release-not-found"
    error = unchanged.refused("show", "r77", expected=9)
    assert error["slug"] == "release-not-found"


def test_no_configuration(unchanged: Lab) -> None:
    (unchanged.repository / "rewind.yml").unlink()
    for command in (("deploy",), ("rollback", "--yes"), ("status",), ("recover",)):
        error = unchanged.refused(*command, expected=3)
        assert error["slug"] == "config-not-found"
        assert "rewind init" in error["hint"]


def test_not_a_repository(unchanged: Lab) -> None:
    git = unchanged.repository / ".git"
    git.rename(unchanged.folder / "elsewhere")
    assert unchanged.refused("deploy", expected=4)["slug"] == "not-a-repository"
    (unchanged.folder / "elsewhere").rename(git)


def test_shallow_clone_with_an_older_ref(second: Lab, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    second.git("clone", "-q", "--depth=1", second.repository.as_uri(), str(clone))
    shutil.copy(second.database, clone / second.file)
    shutil.copytree(second.repository / ".rewind", clone / ".rewind")
    old = second.git("rev-parse", "v1")
    standing = second.standing()
    for ref in ("v1", old):
        answer = second.run("deploy", ref, "--json", folder=clone).check(4)
        assert answer.error["slug"] == "shallow-clone"
        assert "fetch-depth" in answer.error["hint"]
    # A rollback needs no history: the ledger knows the commit.
    answer = second.run("rollback", "--to", old[:12], "--yes", "--json", folder=clone).check(0)
    assert answer.document["to"]["id"] == "r1"
    assert second.standing() == standing


def test_uncommitted_changes(unchanged: Lab) -> None:
    unchanged.write({"pipeline/models/sales.sql": "select 1\n", "pipeline/new.sql": "select 2\n"})
    error = unchanged.refused("deploy", expected=4)
    assert error["slug"] == "uncommitted-changes"
    assert error["facts"]["files"] == ["pipeline/models/sales.sql", "pipeline/new.sql"]
    # Named, the commit is meant; it is live already.
    assert unchanged.rewind("deploy", "HEAD")["equals"] == "r2"


@pytest.mark.parametrize(
    ("file", "content", "slug"),
    [
        ("rewind.yml", "version: 1\n  environments: [\n", "config-invalid"),
        ("rewind.yml", "version: 1\nenvironments: {prod: {target: 3}}\n", "config-invalid"),
        ("rewind.yml", FILES["rewind.yml"] + "surprise: true\n", "config-invalid"),
        (PROFILES, "shop: [\n", "profile-invalid"),
        (PROFILES, "shop: {outputs: {prod: {path: x.duckdb}}}\n", "profile-invalid"),
        (PROFILES, "another: {outputs: {prod: {type: duckdb}}}\n", "profile-not-found"),
        (PROFILES, "shop: {outputs: {dev: {type: duckdb}}}\n", "target-not-found"),
        (PROFILES, "shop: {outputs: {prod: {type: oracle}}}\n", "adapter-unsupported"),
        (
            PROFILES,
            "shop: {outputs: {prod: {type: duckdb, path: \"{{ env_var('NOT_SET') }}\"}}}\n",
            "env-var-unset",
        ),
        ("pipeline/dbt_project.yml", "name: [shop\n", "project-invalid"),
        ("pipeline/dbt_project.yml", "name: shop\n", "project-invalid"),
    ],
)
def test_files_that_cannot_be_used(unchanged: Lab, file: str, content: str, slug: str) -> None:
    unchanged.write({file: content})
    command = ("deploy", "HEAD") if file == "rewind.yml" else ("rollback", "--yes")
    assert unchanged.refused(*command, expected=3)["slug"] == slug


def test_missing_files(unchanged: Lab) -> None:
    (unchanged.repository / PROFILES).unlink()
    error = unchanged.refused("deploy", "HEAD", expected=3)
    assert error["slug"] == "profile-not-found"
    assert len(error["facts"]["searched"]) == 2
    (unchanged.repository / "pipeline/dbt_project.yml").unlink()
    assert unchanged.refused("deploy", "HEAD", expected=3)["slug"] == "project-not-found"
    error = unchanged.refused("deploy", "--env", "prd", expected=3)
    assert error["slug"] == "environment-unknown"
    assert error["facts"]["known"] == ["prod"]


def test_a_rollback_must_be_confirmed(unchanged: Lab) -> None:
    error = unchanged.refused("rollback", expected=3)
    assert error["slug"] == "confirmation-needed"
    assert "--yes" in error["hint"]


def test_nothing_to_roll_back(empty: Lab, first: Lab) -> None:
    assert empty.refused("rollback", "--yes", expected=9)["slug"] == "nothing-live"
    assert first.refused("rollback", "--yes", expected=9)["slug"] == "nothing-earlier"


def _commit_change(lab: Lab, python: object) -> None:
    """A commit that needs a build, and the Python that is to build it."""
    lab.commit("Count sales otherwise", {"pipeline/models/sales.sql": CHANGED_SALES + "-- again\n"})
    lab.write({"rewind.yml": FILES["rewind.yml"] + f"dbt: {{python: '{python}'}}\n"})


def _python(path: Path, packages: Path | None = None) -> Path:
    """A Python that finds no installed package, only those in `packages`."""
    path.write_text(
        f'#!/bin/sh\nPYTHONPATH="{packages or ""}" exec "{sys.executable}" -S "$@"\n',
        encoding="utf-8",
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_a_python_that_is_not_there(unchanged: Lab) -> None:
    _commit_change(unchanged, "/nowhere/python")
    error = unchanged.refused("deploy", "HEAD", expected=5)
    assert error["slug"] == "dbt-missing"
    assert "/nowhere/python" in error["message"]


def test_a_python_without_dbt(unchanged: Lab, tmp_path: Path) -> None:
    python = _python(tmp_path / "python")
    _commit_change(unchanged, python)
    error = unchanged.refused("deploy", "HEAD", expected=5)
    assert error["slug"] == "dbt-missing"
    assert str(python) in error["message"]


def test_a_dbt_that_is_too_old(unchanged: Lab, tmp_path: Path) -> None:
    packages = tmp_path / "packages"
    (packages / "dbt" / "cli").mkdir(parents=True)
    (packages / "dbt" / "version.py").write_text('__version__ = "1.7.4"\n')
    (packages / "dbt" / "cli" / "main.py").write_text("class dbtRunner: ...\n")
    _commit_change(unchanged, _python(tmp_path / "python", packages))
    error = unchanged.refused("deploy", "HEAD", expected=5)
    assert error["slug"] == "dbt-too-old"
    assert error["facts"] == {"found": "1.7.4", "needed": "1.9"}


def test_a_database_that_another_process_has_open(unchanged: Lab) -> None:
    script = dedent(
        """\
        import duckdb, sys, time
        held = duckdb.connect(sys.argv[1])
        print("held", flush=True)
        time.sleep(600)
        """
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", script, str(unchanged.database)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with killed_at_last(holder):
        lines_of(holder, "held")
        # Each of them waits a little for the file, so that they wait together.
        commands = (("rollback", "--yes"), ("deploy", "v1"), ("status",), ("recover",))
        started = [unchanged.start(*command, "--json") for command in commands]
        for answer in [ended(process) for process in started]:
            error = answer.check(12).error
            assert error["slug"] == "warehouse-locked"
            assert error["facts"]["pid"] == holder.pid
            assert f"process {holder.pid}" in error["message"]
    assert unchanged.rewind("status")["live"]["id"] == "r2"


def test_a_ledger_that_was_altered(second: Lab) -> None:
    second.sql("update rewind.event set payload = replace(payload, 'sales', 'sails')")
    second.sql("""update rewind.event set payload = replace(payload, 'Count', 'Found')""")
    before = second.standing()
    for command in (("rollback", "--yes"), ("deploy", "v1"), ("status",), ("history",)):
        error = second.refused(*command, expected=13)
        assert error["slug"] == "chain-broken"
    assert second.standing() == before


def test_a_database_from_an_old_backup(first: Lab, second: Lab) -> None:
    shutil.copy(first.database, second.database)
    before = second.standing()
    for command in (("rollback", "--yes"), ("deploy", "v2"), ("recover",)):
        error = second.refused(*command, expected=13)
        assert error["slug"] == "mirror-ahead"
    assert second.standing() == before
    recovered = second.rewind("recover", "--accept-ledger")
    assert recovered["live"] == "r1"
    assert second.rewind("status")["healthy"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder with little room."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"A FULL DISK IS NOT TESTED: mounting a small one failed: {done.stderr}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_is_full(first: Lab, small_disk: Path) -> None:
    for path in first.repository.glob("*.duckdb*"):
        shutil.move(path, small_disk / path.name)
    profiles = FILES[PROFILES].replace("../", f"{small_disk}/")
    many = CHANGED_SALES.replace(
        "regions.region_name", "concat(region_name, md5(n::text)) as region_name", 1
    )
    many = many.replace("group by", "cross join range(500000) as numbers(n) group by")
    many = many.replace("by regions.region_name", "by all")
    files = {PROFILES: profiles, "pipeline/models/sales.sql": many}
    first.commit("Make millions of rows", files)
    lab = Lab(first.folder, str(small_disk / first.file))
    before = lab.read()
    answer = lab.run("deploy", "--json")
    # Which of the two comes first, dbt's failure or the ledger's, is the disk's business.
    assert answer.error["slug"] in {"build-failed", "disk-full"}
    assert "space" in answer.stderr
    assert answer.status in {6, 12}
    assert lab.read() == before
    lab.assert_tidy()

    subprocess.run(["mount", "-o", "remount,size=200m", str(small_disk)], check=True)
    assert lab.rewind("recover")["live"] == "r1"
    assert prove(lab.database, lab.mirror).live == 1
    assert lab.read() == before


def test_usage(unchanged: Lab) -> None:
    for arguments in (("deploy", "--no-such-option"), ("no-such-command",)):
        answer = ended(unchanged.start(*arguments))
        assert answer.status == 2
        assert "rewind --help" in answer.stderr
