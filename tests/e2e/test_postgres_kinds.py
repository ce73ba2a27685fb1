"""What dbt makes on PostgreSQL and not on DuckDB: materialized views, indexes, unlogged tables,
grants; lost connections; and what it drops with CASCADE."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from tests.e2e.lab import Lab
from tests.postgres import Database

pytestmark = pytest.mark.e2e

FILES = {
    "dbt_project.yml": "name: kinds\nprofile: kinds\nversion: 1.0.0\nconfig-version: 2\n"
    "flags: {send_anonymous_usage_stats: false}\n",
    "rewind.yml": "version: 1\nenvironments: {prod: {target: prod, branch: main}}\n"
    "models: {log: {checkpoint: none}}\n",
    ".gitignore": "target/\nlogs/\n.rewind/\n.user.yml\nprofiles.yml\n",
    "models/sources.yml": "sources:\n  - {name: raw, schema: raw, tables: [{name: orders}]}\n",
    "models/base.sql": "{{ config(materialized='table', unlogged=true,"
    " grants={'select': ['READER']},"
    " indexes=[{'columns': ['id'], 'unique': true}, {'columns': ['name']}]) }}\n"
    "select id, name, amount from {{ source('raw', 'orders') }}\n",
    "models/totals.sql": "{{ config(materialized='materialized_view',"
    " grants={'select': ['READER']}, indexes=[{'columns': ['name'], 'unique': true}]) }}\n"
    "select name, sum(amount) as total from {{ ref('base') }} group by name\n",
    "models/large.sql": "{{ config(materialized='view') }}\n"
    "select * from {{ ref('totals') }} where total > 1000\n",
    "models/log.sql": "{{ config(materialized='incremental', unique_key='id') }}\n"
    "select id, name::varchar(4) as name from {{ ref('base') }}\n",
    "models/kept.sql": "{{ config(materialized='incremental', unique_key='id',"
    " indexes=[{'columns': ['id'], 'unique': true}]) }}\n"
    "select id, name::varchar(4) as name from {{ ref('base') }}\n",
    "models/number.sql": "{{ config(materialized='ephemeral') }}\n"
    "select nextval('raw.attempt') as number\n",
    # Whoever takes the second number loses its connection.
    "models/flaky.sql": "{{ config(materialized='table') }}\nselect case"
    " when number = 2 then pg_terminate_backend(pg_backend_pid()) end as ended"
    " from {{ ref('number') }}\n",
}
RELATIONS = (
    "select relname, relkind, relpersistence from pg_class where relkind in ('r', 'v', 'm')"
    " and relnamespace = '{}'::regnamespace order by 1"
)
INDEXES = "select tablename, indexdef from pg_indexes where schemaname = '{}' order by 1, 2"
SEEN = ("base", "totals", "large", "log", "kept")


class Shop:
    """The project, its database, and what others do there."""

    def __init__(self, lab: Lab, database: Database) -> None:
        self.lab, self.database = lab, database
        self.reader = f"reader_{database.name}"
        lab.repository.mkdir(parents=True)
        lab.git("init", "--quiet", "--template=", "--initial-branch=main")
        files = {name: text.replace("READER", self.reader) for name, text in FILES.items()}
        outputs = {"prod": {**database.settings, "schema": "shop", "threads": 4}}
        profiles = {"kinds": {"target": "prod", "outputs": outputs}}
        lab.write({"profiles.yml": json.dumps(profiles)})
        lab.commit("Begin", files)
        database.run(
            f"create role {self.reader} login password 'reads'",
            "create schema raw",
            "create sequence raw.attempt",
            "create table raw.orders (id int, name text, amount numeric)",
            "insert into raw.orders select i, 'n' || i % 7, i from generate_series(1, 100) i",
        )

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.database.rows(query)

    def relations(self, schema: str) -> dict[str, str]:
        """Kind and persistence of each, in PostgreSQL's letters."""
        return {name: kind + how for name, kind, how in self.rows(RELATIONS.format(schema))}

    def indexes(self, schema: str) -> list[tuple[str, str]]:
        """What each index is on, without its own name, which nobody chose."""
        found = self.rows(INDEXES.format(schema))
        return [(name, text.split(" USING ")[1]) for name, text in found]

    def seen(self) -> dict[str, list[tuple[Any, ...]]]:
        return {name: sorted(self.rows(f"select * from shop.{name}")) for name in SEEN}

    def seen_by_reader(self) -> int:
        server = self.database.server
        where = make_conninfo(host=server.host, port=server.port, dbname=self.database.name)
        with psycopg.connect(where, user=self.reader, password="reads") as connection:
            rows = connection.execute("select total from shop.totals").fetchall()
            connection.execute("select 1 from shop.base")
        return len(rows)


@pytest.fixture
def shop(tmp_path: Path, postgres: Database) -> Shop:
    return Shop(Lab(tmp_path / "lab"), postgres)


def test_kinds_of_postgresql(shop: Shop) -> None:
    lab = shop.lab
    built = lab.run("build", "--quiet", script=("-m", "dbt.cli.main")).check(0)
    assert "ERROR" not in built.stdout
    plain, indexes, before = shop.relations("shop"), shop.indexes("shop"), shop.seen()
    assert (plain["base"], plain["totals"], plain["large"]) == ("ru", "mp", "vp")
    assert len(indexes) == 4
    shop.database.run(
        f"grant usage on schema shop to {shop.reader}",
        "create view public.ours as select max(name) as name, count(*) as n from shop.log",
        "create view public.sums as select sum(total) from shop.totals",
    )

    lab.rewind("adopt", "--yes")
    assert shop.relations("rewind_r1_shop") == plain
    assert shop.indexes("rewind_r1_shop") == indexes
    assert set(shop.relations("shop").values()) == {"vp"}
    assert (shop.seen(), shop.seen_by_reader()) == (before, 7)

    # A connection is lost, and dbt tries again.
    shop.database.run("insert into raw.orders values (101, 'new', 5000)")
    refreshed = lab.rewind("refresh", "--retries", "1")
    assert refreshed["release"]["id"] == "r2"
    assert shop.rows("select last_value from raw.attempt") == [(3,)]
    after = shop.seen()
    assert {name for name in SEEN if after[name] != before[name]} == set(SEEN)
    assert shop.relations("rewind_r2_shop")["base"] == "ru"
    assert shop.relations("rewind_r2_shop")["totals"] == "mp"
    kept = [each for each in shop.indexes("rewind_r2_shop") if each[0] == "kept"]
    assert kept == [each for each in indexes if each[0] == "kept"]
    assert shop.rows("select n from public.ours") == [(101,)]
    assert shop.seen_by_reader() == 8

    # dbt would drop a column of the table that is written in place, with all views on it.
    longer = FILES["models/log.sql"].replace("varchar(4)", "varchar(8)")
    lab.commit("Longer names", {"models/log.sql": longer})
    failed = lab.run("deploy").check(6)
    assert "other objects depend on it" in failed.stderr
    assert (shop.seen(), shop.rows("select n from public.ours")) == (after, [(101,)])
    assert lab.rewind("status")["healthy"]

    lab.rewind("rollback", "--yes")
    # All but what was written in place.
    assert shop.seen() == {**before, "log": after["log"]}
    lab.rewind("rollback", "--to", "r2", "--yes")
    assert shop.seen() == after
    lab.rewind("prune", "--keep", "1", "--yes")
    lab.rewind("eject", "--yes")
    assert shop.seen() == after
    assert shop.relations("shop") == plain
    assert shop.rows("select n from public.ours") == [(101,)]
    assert shop.rows("select sum from public.sums") == [(10050,)]
    assert shop.seen_by_reader() == 8
    assert shop.rows("select 1 from pg_namespace where nspname like 'rewind%'") == []
