"""What a clone in PostgreSQL keeps. `pg_dump`, which we did not write, is the judge."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from tests.postgres import Database, connected

from dbt_rewind.demo.postgres_server import INSTALLED, PACKAGE
from dbt_rewind.errors import PermissionMissing, WarehouseFailed
from dbt_rewind.model import RelationName
from dbt_rewind.warehouse.connect import connect
from dbt_rewind.warehouse.protocol import Warehouse

SCHEMA, COPIES = "rewind_r1_gold", "rewind_r2_gold"
NAME = 'Or"ders'
READER, WRITER, OWNER = "clone_reader", "clone_writer", "clone_owner"

MAKE = f"""
CREATE SCHEMA {SCHEMA};
CREATE SCHEMA outside;
CREATE TABLE outside.regions (id integer PRIMARY KEY);
INSERT INTO outside.regions VALUES (1);
CREATE TYPE outside.state AS ENUM ('new, (', 'o''ld');
CREATE DOMAIN outside.positive AS integer CHECK (VALUE > 0);
CREATE FUNCTION outside.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE SEQUENCE outside.shared;
CREATE TABLE {SCHEMA}."Or""ders" (
  id bigint GENERATED ALWAYS AS IDENTITY (START WITH 100 INCREMENT BY 5) PRIMARY KEY,
  number serial,
  code text DEFAULT ('X' || nextval('outside.shared'::regclass)),
  "B ""b" varchar(20) COLLATE "C" DEFAULT 'it''s, (x' NOT NULL,
  tags integer[] DEFAULT '{{1,2}}',
  state outside.state,
  size outside.positive,
  amount numeric(10,2),
  doubled numeric GENERATED ALWAYS AS (amount * 2) STORED,
  seen timestamptz DEFAULT now(),
  region integer REFERENCES outside.regions (id) ON DELETE SET NULL,
  parent bigint REFERENCES {SCHEMA}."Or""ders" (id) DEFERRABLE INITIALLY DEFERRED,
  during int4range,
  big text,
  gone text,
  CONSTRAINT "ch eck" CHECK (amount > 0 AND "B ""b" <> 'z'),
  CONSTRAINT pair UNIQUE NULLS NOT DISTINCT (size, amount) INCLUDE (state)
    WITH (fillfactor = 80) DEFERRABLE,
  CONSTRAINT apart EXCLUDE USING gist (during WITH &&) WHERE (amount < 5000)
) WITH (fillfactor = 70, toast.autovacuum_enabled = false);
ALTER TABLE {SCHEMA}."Or""ders" DROP COLUMN gone;
ALTER TABLE {SCHEMA}."Or""ders" ALTER big SET STORAGE EXTERNAL, ALTER "B ""b" SET COMPRESSION pglz;
ALTER TABLE {SCHEMA}."Or""ders" ALTER state SET STATISTICS 17;
ALTER TABLE {SCHEMA}."Or""ders" ALTER state SET (n_distinct = 3);
CREATE UNIQUE INDEX "by ""b" ON {SCHEMA}."Or""ders" (lower("B ""b") DESC NULLS LAST, id)
  INCLUDE (seen) WITH (fillfactor = 60) WHERE amount > 1;
CREATE INDEX by_text ON {SCHEMA}."Or""ders" ("B ""b" text_pattern_ops);
CREATE UNIQUE INDEX identifies ON {SCHEMA}."Or""ders" (number);
ALTER TABLE {SCHEMA}."Or""ders" REPLICA IDENTITY USING INDEX identifies;
ALTER TABLE {SCHEMA}."Or""ders" CLUSTER ON by_text;
CREATE STATISTICS {SCHEMA}."Or""ders_state_region_stat" (ndistinct) ON state, region
  FROM {SCHEMA}."Or""ders";
CREATE TRIGGER touched BEFORE UPDATE OF amount ON {SCHEMA}."Or""ders"
  FOR EACH ROW WHEN (NEW.amount > 3) EXECUTE FUNCTION outside.touch('a', 'b');
CREATE TRIGGER resting AFTER INSERT ON {SCHEMA}."Or""ders" EXECUTE FUNCTION outside.touch();
ALTER TABLE {SCHEMA}."Or""ders" DISABLE TRIGGER resting;
ALTER TABLE {SCHEMA}."Or""ders" ENABLE ROW LEVEL SECURITY;
ALTER TABLE {SCHEMA}."Or""ders" FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON {SCHEMA}."Or""ders" AS RESTRICTIVE FOR UPDATE TO {READER}, {WRITER}
  USING (size > 1) WITH CHECK (amount < 100);
CREATE POLICY "every one" ON {SCHEMA}."Or""ders" USING (true);
COMMENT ON TABLE {SCHEMA}."Or""ders" IS 'all ''orders''';
COMMENT ON COLUMN {SCHEMA}."Or""ders"."B ""b" IS 'a \\ "b"';
COMMENT ON INDEX {SCHEMA}.by_text IS 'by text';
COMMENT ON CONSTRAINT "ch eck" ON {SCHEMA}."Or""ders" IS 'sound';
COMMENT ON CONSTRAINT pair ON {SCHEMA}."Or""ders" IS 'pair';
COMMENT ON TRIGGER touched ON {SCHEMA}."Or""ders" IS 'touched';
COMMENT ON POLICY own ON {SCHEMA}."Or""ders" IS 'own';
COMMENT ON SEQUENCE {SCHEMA}."Or""ders_number_seq" IS 'numbers';
GRANT SELECT ON {SCHEMA}."Or""ders" TO {READER} WITH GRANT OPTION;
GRANT UPDATE (amount, "B ""b") ON {SCHEMA}."Or""ders" TO {WRITER};
GRANT INSERT, TRUNCATE ON {SCHEMA}."Or""ders" TO PUBLIC;
GRANT USAGE ON SEQUENCE {SCHEMA}."Or""ders_number_seq" TO {WRITER};
GRANT SELECT ON SEQUENCE {SCHEMA}."Or""ders_id_seq" TO {READER};
INSERT INTO {SCHEMA}."Or""ders"
  (id, number, code, "B ""b", state, size, amount, region, parent, during, big)
  OVERRIDING SYSTEM VALUE SELECT 5000 - 2 * i, 9000 - i, 'c', 'b' || i, 'new, (', i, i, 1,
  CASE WHEN i > 1 THEN 4998 END, int4range(i, i + 1), repeat('x', 3000)
  FROM generate_series(1, 200) AS i;
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE {SCHEMA}."Or""ders" ADD CONSTRAINT odd CHECK (id % 2 = 1) NO INHERIT NOT VALID;
SELECT setval('{SCHEMA}."Or""ders_id_seq"', 7776);
SELECT setval('{SCHEMA}."Or""ders_number_seq"', 55, false);
ALTER TABLE {SCHEMA}."Or""ders" OWNER TO {OWNER};
"""


@pytest.fixture(scope="session", autouse=True)
def roles(postgres_server: Any) -> None:
    with connected(postgres_server, "postgres") as connection:
        for role in (READER, WRITER, OWNER):
            connection.execute(f"CREATE ROLE {role}".encode())


@pytest.fixture
def warehouse(postgres: Database) -> Iterator[Warehouse]:
    opened = connect("postgres", postgres.settings, Path(), read_only=False)
    yield opened
    opened.close()


@pytest.fixture
def source(postgres: Database) -> RelationName:
    postgres.run(MAKE)
    return RelationName(postgres.name, SCHEMA, NAME)


def dumped(postgres: Database, schema: str) -> list[str]:
    """The statements that make the schema, one an entry, in an order of no meaning."""
    spec = find_spec(PACKAGE)
    assert spec is not None
    assert spec.origin is not None
    program = Path(spec.origin).parent / INSTALLED / "bin" / "pg_dump"
    server = postgres.server
    place = ["--host", server.host, "--port", str(server.port), "--user", server.user]
    text = subprocess.run(
        [program, "--schema-only", "--schema", schema, *place, postgres.name],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PGPASSWORD": server.password},
    ).stdout
    lines = [line for line in text.splitlines() if not line.startswith(("--", "\\"))]
    return sorted(each.strip() for each in "\n".join(lines).split(";\n"))


def rows(postgres: Database, schema: str) -> list[tuple[Any, ...]]:
    return postgres.rows(f'SELECT * FROM {schema}."Or""ders"')


def test_a_clone_is_made_as_its_source(
    warehouse: Warehouse, postgres: Database, source: RelationName
) -> None:
    warehouse.clone(source, replace(source, schema=COPIES))
    copied = [text.replace(COPIES, SCHEMA) for text in dumped(postgres, COPIES)]
    assert len(copied) > 60
    assert copied == dumped(postgres, SCHEMA)
    assert rows(postgres, COPIES) == rows(postgres, SCHEMA)


def test_a_clone_counts_on_by_itself(
    warehouse: Warehouse, postgres: Database, source: RelationName
) -> None:
    warehouse.clone(source, replace(source, schema=COPIES))
    insert = (
        """INSERT INTO {}."Or""ders" ("B ""b", amount) VALUES ('c', 1001) RETURNING id, number"""
    )
    for schema in (COPIES, SCHEMA):
        assert postgres.rows(insert.format(schema)) == [(7781, 55)]


def test_names_in_one_schema_are_others(
    warehouse: Warehouse, postgres: Database, source: RelationName
) -> None:
    target = replace(source, name="another")
    for _ in range(2):
        warehouse.clone(source, target)
        found = postgres.rows(
            "SELECT c.relname FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid"
            f" WHERE i.indrelid = '{SCHEMA}.another'::regclass"
        )
        assert len(found) == 6
        assert all(name.startswith("rewind_") for (name,) in found)
    (default,) = postgres.rows(
        "SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid ="
        f" '{SCHEMA}.another'::regclass AND pg_get_expr(adbin, adrelid) LIKE '%rewind_%'"
    )
    postgres.run(f'DROP TABLE {SCHEMA}."Or""ders" CASCADE')
    assert default[0].startswith("nextval('rewind_")


def test_a_key_to_a_release_stays_behind_and_that_can_be_dropped(
    warehouse: Warehouse, postgres: Database
) -> None:
    postgres.run(
        f"CREATE SCHEMA {SCHEMA}",
        f"CREATE TABLE {SCHEMA}.customers (id integer PRIMARY KEY)",
        f"CREATE TABLE {SCHEMA}.orders (id integer REFERENCES {SCHEMA}.customers)",
    )
    orders, customers = (RelationName(postgres.name, SCHEMA, x) for x in ("orders", "customers"))
    warehouse.clone(orders, replace(orders, schema=COPIES))
    warehouse.drop([customers, orders])
    assert set(warehouse.relations([orders, customers, replace(orders, schema=COPIES)])) == {
        replace(orders, schema=COPIES)
    }
    assert postgres.rows(f"SELECT FROM pg_namespace WHERE nspname = '{SCHEMA}'") == []


@pytest.mark.parametrize(
    ("make", "why"),
    [
        ("CREATE TABLE s.t (id integer) PARTITION BY LIST (id)", "is partitioned"),
        (
            "CREATE TABLE s.p (id integer) PARTITION BY LIST (id);"
            "CREATE TABLE s.t PARTITION OF s.p DEFAULT",
            "is a partition of another table",
        ),
        ("CREATE TABLE s.p (id integer); CREATE TABLE s.t () INHERITS (s.p)", "by inheritance"),
        ("CREATE TABLE s.t (id integer); CREATE TABLE s.p () INHERITS (s.t)", "by inheritance"),
        (
            "CREATE TABLE s.t (id integer); CREATE RULE r AS ON DELETE TO s.t DO INSTEAD NOTHING",
            "has rules",
        ),
        ("CREATE VIEW s.t AS SELECT 1 AS id", "is not a table"),
        ("CREATE MATERIALIZED VIEW s.t AS SELECT 1 AS id", "is not a table"),
    ],
)
def test_what_cannot_be_copied_whole_is_refused(
    warehouse: Warehouse, postgres: Database, make: str, why: str
) -> None:
    postgres.run("CREATE SCHEMA s", make, "CREATE TABLE s.target AS SELECT 7 AS id")
    target = RelationName(postgres.name, "s", "target")
    with pytest.raises(WarehouseFailed, match=why):
        warehouse.clone(RelationName(postgres.name, "s", "t"), target)
    assert postgres.rows("SELECT * FROM s.target") == [(7,)]


def test_an_unlogged_table_stays_so_and_one_without_columns_keeps_its_rows(
    warehouse: Warehouse, postgres: Database
) -> None:
    postgres.run(
        "CREATE SCHEMA s", "CREATE UNLOGGED TABLE s.t ()", "INSERT INTO s.t DEFAULT VALUES"
    )
    source = RelationName(postgres.name, "s", "t")
    warehouse.clone(source, replace(source, name="u"))
    assert postgres.rows("SELECT relpersistence::text FROM pg_class WHERE relname = 'u'") == [
        ("u",)
    ]
    assert len(postgres.rows("SELECT FROM s.u")) == 1


def test_rows_that_a_policy_hides_are_not_left_out(postgres: Database) -> None:
    postgres.run(
        "CREATE SCHEMA s",
        "CREATE TABLE s.t AS SELECT 1 AS id",
        "ALTER TABLE s.t ENABLE ROW LEVEL SECURITY",
        f"GRANT USAGE, CREATE ON SCHEMA s TO {READER}",
        f"GRANT SELECT ON s.t TO {READER}",
    )
    source = RelationName(postgres.name, "s", "t")
    settings = {**postgres.settings, "role": READER}
    warehouse = connect("postgres", settings, Path(), read_only=False)
    try:
        with pytest.raises(PermissionMissing):
            warehouse.clone(source, replace(source, name="u"))
        assert warehouse.relations([replace(source, name="u")]) == {}
    finally:
        warehouse.close()


def test_the_copy_of_anothers_table(postgres: Database) -> None:
    """It is theirs, or is not made; where it could not be theirs, because they may make nothing in
    the schema, it is whoever's that copies."""
    postgres.run(
        "CREATE SCHEMA s",
        "CREATE SCHEMA mine",
        "CREATE TABLE s.t AS SELECT 1 AS id",
        f"GRANT USAGE, CREATE ON SCHEMA s TO {READER}, {OWNER}",
        f"GRANT USAGE, CREATE ON SCHEMA mine TO {READER}",
        f"GRANT SELECT ON s.t TO {READER}, {WRITER}",
        f"ALTER TABLE s.t OWNER TO {OWNER}",
    )
    source, copy = (RelationName(postgres.name, *names) for names in (("s", "t"), ("mine", "t")))
    warehouse = connect("postgres", {**postgres.settings, "role": READER}, Path(), read_only=False)
    try:
        with pytest.raises(PermissionMissing):
            warehouse.clone(source, replace(source, name="u"))
        warehouse.clone(source, copy)
    finally:
        warehouse.close()
    allowed = (
        "SELECT r.rolname, has_table_privilege(r.rolname, 'mine.t', 'SELECT'),"
        " has_table_privilege(r.rolname, 'mine.t', 'INSERT')"
        f" FROM pg_roles AS r WHERE r.rolname IN ('{READER}', '{WRITER}', '{OWNER}') ORDER BY 1"
    )
    assert postgres.rows(allowed) == [
        (OWNER, False, False),
        (READER, True, True),
        (WRITER, True, False),
    ]
