"""`rewind demo --engine postgres`, and the reference pipeline from there on: refreshed, rolled
back, pruned, given back and adopted, with a view of somebody else's on it."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.e2e.lab import Lab, Rows, ended
from tests.e2e.test_demo import told

pytestmark = pytest.mark.e2e

Connection = psycopg.Connection[Any]

PUBLIC = (
    "select table_schema || '.' || table_name, table_type from information_schema.tables"
    " where table_schema in ('bronze', 'silver', 'gold', 'reference', 'snapshots', 'public')"
    " order by 1"
)
READ = "select count(*), sum(('x' || substr(md5(t::text), 1, 15))::bit(60)::bigint) from NAME as t"
OURS = "select nspname from pg_namespace where nspname like 'rewind%'"


@contextmanager
def served(lab: Lab) -> Iterator[Connection]:
    """A user's connection to the demo's server, which is run again."""
    server = lab.start("demo", "--serve", "--folder", str(lab.repository))
    try:
        assert server.stdout is not None
        assert "until Ctrl-C" in server.stdout.readline()
        profile = json.loads((lab.repository / "profiles.yml").read_text())
        prod = profile["adventureworks"]["outputs"]["prod"]
        login = {name: prod[name] for name in ("host", "port", "user", "password", "dbname")}
        with psycopg.connect(**login, autocommit=True) as connection:
            yield connection
    finally:
        server.send_signal(signal.SIGINT)
        assert "its data stays" in ended(server).check(0).stdout


def kinds(user: Connection) -> dict[str, str]:
    """Whether each public name is a table or a view."""
    return {str(name): str(kind) for name, kind in user.execute(PUBLIC).fetchall()}


def read(user: Connection) -> dict[str, Rows]:
    """How many rows users see under each public name, and a sum over all that is in them."""
    return {
        name: user.execute(READ.replace("NAME", name).encode()).fetchall() for name in kinds(user)
    }


def test_the_demo_tells_its_story_and_the_folder_goes_on(tmp_path: Path) -> None:
    lab = Lab(tmp_path / "lab")
    lab.folder.mkdir()
    try:
        _tell_and_go_on(lab)
    finally:
        shutil.rmtree((lab.repository / ".server").resolve(), ignore_errors=True)
    lab.assert_tidy()


def _tell_and_go_on(lab: Lab) -> None:
    text = told(
        lab.run("demo", "--engine", "postgres", "--folder", str(lab.repository), folder=lab.folder)
    )
    assert "Revenue is 210,793,022 again." in text
    assert (lab.repository / "profiles.yml").stat().st_mode & 0o077 == 0
    assert lab.git("status", "--porcelain") == ""
    assert "profiles.yml" not in lab.git("ls-files")
    with served(lab) as user:
        user.execute(
            "create view public.revenue as select sum(total_revenue) from gold.gld_sales_summary"
        )
        _refresh_and_go_back(lab, user)
        _give_back_and_adopt(lab, user)


def _refresh_and_go_back(lab: Lab, user: Connection) -> None:
    before = read(user)
    user.execute("update production.product set listprice = listprice + 1 where productid > 950")
    user.execute(
        "update sales.salesorderheader set shipdate = shipdate + interval '1 day',"
        " modifieddate = '2014-07-20' where salesorderid > 75120"
    )
    user.execute("update sales.salesorderdetail set linetotal = linetotal * 2 where orderqty = 9")
    refreshed = lab.rewind("refresh", "--wait", "60s")["release"]
    assert (refreshed["id"], refreshed["tests"]["failed"]) == ("r4", 0)
    after = read(user)
    assert after["snapshots.snap_products"][0][0] > before["snapshots.snap_products"][0][0]
    for name in ("silver.slvr_order_events", "gold.gld_sales_summary", "public.revenue"):
        assert after[name] != before[name]
    # Views over sources show today's rows in every release.
    sources = {name for name in before if name.startswith("bronze.")}
    sources.add("silver.slvr_order_lines_checked")
    exact = set(before) - sources
    for release, rows in (("r1", before), ("r4", after), ("r1", before), ("r4", after)):
        lab.rewind("rollback", "--to", release, "--yes")
        seen = read(user)
        assert {name: seen[name] for name in exact} == {name: rows[name] for name in exact}
    verified = lab.run("verify", "--deep").check(0).stdout
    assert "r4 in prod: verified" in verified


def _give_back_and_adopt(lab: Lab, user: Connection) -> None:
    lab.rewind("prune", "--keep", "1", "--yes")
    seen = read(user)
    lab.rewind("eject", "--yes")
    assert read(user) == seen
    assert user.execute(OURS).fetchall() == []
    plain = kinds(user)
    assert sum(kind == "BASE TABLE" for kind in plain.values()) == 10
    adopted = lab.rewind("adopt", "v1.0.0", "--yes")["adopted"]
    assert {each["storage"] for each in adopted} == {None}
    assert read(user) == seen
    assert set(kinds(user).values()) == {"VIEW"}
    lab.rewind("eject", "--yes")
    assert read(user) == seen
    assert kinds(user) == plain
