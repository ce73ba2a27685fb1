"""A project on PostgreSQL whose roles are those that the documentation's script makes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import psycopg
import pytest
import yaml
from tests.crash.double import DoubleVersion
from tests.docs.pages import ROOT, Page
from tests.postgres import Database
from tests.unit.git.sandbox import Sandbox, new_repository

from dbt_rewind.cli.main import run
from dbt_rewind.dbt.manifest import Manifest
from dbt_rewind.dbt.version import ProjectVersion
from dbt_rewind.engine.workspace import Workspace
from dbt_rewind.model import RelationName

PAGE = Page(ROOT / "docs" / "how-to" / "postgresql.md")
NODES = "nodes.json"
PASSWORD = "change me"

STATE = """
SELECT n.nspname, c.relname, c.relkind, r.rolname, c.relacl::text,
  obj_description(c.oid, 'pg_class'),
  CASE WHEN c.relkind = 'v' THEN pg_get_viewdef(c.oid) END,
  ARRAY(SELECT a.attname || ' ' || format_type(a.atttypid, a.atttypmod) FROM pg_attribute AS a
    WHERE a.attrelid = c.oid AND a.attnum > 0 ORDER BY a.attnum)
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_roles AS r ON r.oid = c.relowner
WHERE c.relkind IN ('r', 'v', 'm') AND n.nspname !~ '^pg_' AND n.nspname NOT IN
  ('information_schema', 'rewind')
UNION ALL
SELECT n.nspname, NULL, 'schema', r.rolname, n.nspacl::text, NULL, NULL, NULL
FROM pg_namespace AS n JOIN pg_roles AS r ON r.oid = n.nspowner
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'rewind'
ORDER BY 1, 2
"""
"""Everything that anybody could see of the database, but for the ledger."""


def script() -> tuple[str, ...]:
    """The statements of the page, in order."""
    blocks = re.findall(r"^```sql\n(.*?)^```$", PAGE.text, re.DOTALL | re.MULTILINE)
    return tuple(
        statement.strip() for block in blocks for statement in block.split(";") if statement.strip()
    )


@dataclass(frozen=True)
class Dialled:
    """The database as dbt writes into it: over connections of the deployer's."""

    name: str
    parameters: Mapping[str, Any]

    @property
    def stem(self) -> str:
        return self.name

    def run(self, *statements: str) -> None:
        with psycopg.connect(**self.parameters, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())


@dataclass(frozen=True)
class SourcedVersion(DoubleVersion):
    """The double with sources, whose tables have the columns that `nodes.json` gives them."""

    database: Any

    def parse(self) -> Manifest:
        data = super().parse().data
        sources = {
            f"source.double.raw.{name}": {
                "database": self.database.name,
                "schema": "raw",
                "identifier": name,
            }
            for name in {node["source"] for node in self.nodes.values() if "source" in node}
        }
        return Manifest({**data, "sources": sources})

    def _parsed(self, name: str) -> dict[str, Any]:
        node = super()._parsed(name)
        if source := self.nodes[name].get("source"):
            node["depends_on"]["nodes"].append(f"source.double.raw.{source}")
        return node

    def _write(
        self,
        node: Mapping[str, Any],
        place: RelationName,
        row: str,
        chosen: Sequence[str],
        state: Manifest | None,
    ) -> None:
        target = f'"{place.schema}"."{place.name}"'
        kind, needs = node["materialized"], node.get("needs", ())
        read = self._held(needs[0], chosen, state) if needs else f"raw.{node['source']}"
        statements = [f'create schema if not exists "{place.schema}"']
        if kind == "incremental":
            statements += [f"create table if not exists {target} as select * from {read} limit 0"]
            added = f"select {node['columns']} from {read}"
            statements += [f"create temporary table added as {added}"]
            statements += [f"insert into {target} select * from added"]
        else:
            statements += [f"create {kind} {target} as select {node['columns']} from {read}"]
        self.database.run(*statements)


@dataclass
class Place:
    """The project, its database, and whoever is there. In SQL, `shop` stands for its name."""

    database: Database
    sandbox: Sandbox
    capsys: pytest.CaptureFixture[str]
    roles: list[str] = field(default_factory=list)

    def named(self, text: str) -> str:
        """The text with the names of this place: roles are common to all databases of a server."""
        return re.sub(r"\bshop(?=\b|_)", self.database.name, text)

    def sql(self, *statements: str) -> None:
        """As a superuser."""
        for statement in map(self.named, statements):
            if match := re.match(r"CREATE ROLE (\w+)", statement):
                self.roles.append(match[1])
            self.database.run(statement)

    def reads(self, role: str, query: str) -> list[tuple[Any, ...]]:
        """What a role sees."""
        with self.database.connect() as connection:
            connection.execute(self.named(f"SET ROLE {role}").encode())
            return connection.execute(query.encode()).fetchall()

    def state(self) -> list[tuple[Any, ...]]:
        return [(*row, self._count(*row[:2])) for row in self.database.rows(STATE)]

    def _count(self, schema: str, name: str | None) -> int | None:
        if name is None:
            return None
        ((found,),) = self.database.rows(f'SELECT count(*) FROM "{schema}"."{name}"')
        return int(found)

    def ledger(self) -> list[tuple[Any, ...]]:
        """The kinds of the ledger's events."""
        if not self.database.rows("SELECT 1 FROM pg_namespace WHERE nspname = 'rewind'"):
            return []
        return self.database.rows("SELECT kind FROM rewind.event ORDER BY sequence")

    def connects_as(self, role: str, password: str = PASSWORD) -> None:
        """Changes the profile."""
        settings = {**self.database.settings, "user": self.named(role), "password": password}
        target = {"shop": {"outputs": {"prod": settings}}}
        self.sandbox.write("profiles.yml", yaml.safe_dump(target))

    def rewind(self, *arguments: str, expected: int = 0) -> dict[str, Any]:
        """A command's document."""
        self.capsys.readouterr()
        status = run([*arguments, "--json"])
        told = self.capsys.readouterr()
        assert status == expected, (arguments, told.out, told.err)
        document: dict[str, Any] = json.loads(told.out)
        return document

    def version(self, nodes: Mapping[str, Any]) -> ProjectVersion:
        settings = self.database.settings
        names = ("host", "port", "dbname")
        parameters = {name: settings[name] for name in names} | {
            "user": self.named("shop_deployer"),
            "password": PASSWORD,
        }
        dialled: Any = Dialled(self.database.name, parameters)
        return SourcedVersion(nodes, dialled, lambda instant: None)

    def close(self) -> None:
        for role in self.roles:
            self.database.run(f"REASSIGN OWNED BY {role} TO postgres")
            self.database.run(f"DROP OWNED BY {role}")
        for role in self.roles:
            self.database.run(f"DROP ROLE {role}")


ORDERS = {"schema": "gold", "materialized": "table", "source": "orders", "text": 1}
SUMMARY = {"schema": "gold", "materialized": "view", "needs": ["orders"], "text": 1}
KEPT = {"schema": "gold", "materialized": "incremental", "source": "orders", "text": 1}
VERSIONS: Mapping[str, Mapping[str, Any]] = {
    "v1": {
        "orders": {**ORDERS, "columns": "id, label"},
        "summary": {**SUMMARY, "columns": "id"},
        "kept": {**KEPT, "columns": "*"},
    },
    # Columns change their order, so that pointers and the views on them have to be made anew.
    "v2": {
        "orders": {**ORDERS, "columns": "label, id", "text": 2},
        "summary": {**SUMMARY, "columns": "id"},
        "kept": {**KEPT, "columns": "*", "text": 2},
    },
    # A source and a name that are new.
    "v3": {
        "orders": {**ORDERS, "columns": "label, id", "text": 2},
        "summary": {**SUMMARY, "columns": "id"},
        "kept": {**KEPT, "columns": "*", "text": 2},
        "clicks": {**ORDERS, "source": "clicks", "columns": "id"},
    },
}

BEFORE = (
    "REVOKE ALL ON DATABASE shop FROM PUBLIC",
    "CREATE ROLE shop_loader",
    "CREATE ROLE shop_builder",
    "CREATE ROLE shop_analyst",
    "CREATE SCHEMA raw",
    "GRANT USAGE, CREATE ON SCHEMA raw TO shop_loader",
    "SET ROLE shop_loader; CREATE TABLE raw.orders AS SELECT 1 AS id, 'one' AS label",
    "CREATE SCHEMA gold",
    "GRANT USAGE, CREATE ON SCHEMA gold TO shop_builder",
    # What plain dbt has built, as another role than the deployer.
    "SET ROLE shop_builder; CREATE TABLE gold.orders AS SELECT 1 AS id, 'one' AS label;"
    " CREATE TABLE gold.kept AS SELECT 1 AS id, 'one' AS label;"
    " CREATE VIEW gold.summary AS SELECT id FROM gold.orders",
    "REVOKE ALL ON SCHEMA gold FROM shop_builder",
    # What somebody has built upon that.
    "CREATE SCHEMA analytics AUTHORIZATION shop_analyst",
    "GRANT USAGE ON SCHEMA gold TO shop_analyst",
    "GRANT SELECT ON gold.orders TO shop_analyst",
    "SET ROLE shop_analyst; CREATE VIEW analytics.big AS SELECT label FROM gold.orders;"
    " COMMENT ON VIEW analytics.big IS 'mine'",
)
"""What is there before anybody thinks of rewind."""


@contextmanager
def placed(database: Database, folder: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Place]:
    """A place, with its commits, where the script has not been run yet."""
    sandbox = new_repository(folder / "shop")
    for name, text in {
        "dbt_project.yml": "name: shop\nprofile: shop\n",
        "rewind.yml": "version: 1\nenvironments:\n  prod: {target: prod}\n"
        "gates: {vanished: off, rows: off}\n",
        ".gitignore": "profiles.yml\n",
    }.items():
        sandbox.write(name, text)
    for version, nodes in VERSIONS.items():
        sandbox.write(NODES, json.dumps(nodes))
        sandbox.commit(version)
        sandbox.git("tag", version)
    place = Place(database, sandbox, capsys)
    try:
        place.sql(*BEFORE)
        place.connects_as("shop_deployer")
        yield place
    finally:
        place.close()


@contextmanager
def opened(place: Place, workspace: Workspace, sha: str) -> Iterator[ProjectVersion]:
    """What takes the place of `Workspace.open_version`."""
    content = workspace.repository.file(sha, PurePosixPath(NODES))
    assert content is not None
    yield place.version(json.loads(content))
