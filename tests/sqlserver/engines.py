"""What the conformance suite needs of SQL Server, and of its stand-in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
from tests.sqlserver import server
from tests.sqlserver.double import ServerDouble, Thing

from dbt_rewind.model import Patience, RelationKind, RelationName
from dbt_rewind.warehouse import sqlserver_describe_sql as described
from dbt_rewind.warehouse import sqlserver_open
from dbt_rewind.warehouse.protocol import Warehouse
from dbt_rewind.warehouse.sqlserver import open_sqlserver
from dbt_rewind.warehouse.sqlserver_settings import SqlServerSettings
from dbt_rewind.warehouse.sqlserver_sql import create_schema, drop_relation, qualified, quoted

Row = tuple[int, str | None]

BRIEF = Patience(lock_timeout=timedelta(milliseconds=10), wait=timedelta(milliseconds=100))
COMMENT = described.COMMENT


class SQLServerDoubleEngine:
    """On the stand-in: what is decided in Python is tried, and no SQL."""

    name = "sqlserver"
    database = "shop"
    types = ("int", "nvarchar(400)")
    kinds: Sequence[RelationKind] = (RelationKind.TABLE, RelationKind.VIEW)

    def __init__(self, *, replaces_views: bool = True) -> None:
        self.server = ServerDouble(replaces_views=replaces_views)
        self._patched = pytest.MonkeyPatch()
        self._patched.setattr(sqlserver_open, "mssql_python", self.server)

    def open(self, *, read_only: bool = False, patience: Patience = BRIEF) -> Warehouse:
        settings = SqlServerSettings("Server=double", place="shop on double", retries=0)
        return open_sqlserver(settings, read_only=read_only, patience=patience)

    def create_table(
        self,
        name: RelationName,
        rows: Sequence[Row],
        comment: str | None = None,
        column_comments: Mapping[str, str] | None = None,
    ) -> None:
        columns = list(zip(("id", "label"), self.types, strict=True))
        made = self.server.create((name.schema, name.name), "U", columns, rows)
        if comment is not None:
            made.properties[None, COMMENT] = comment
        for column, text in (column_comments or {}).items():
            made.properties[column, COMMENT] = text

    def create_view(self, name: RelationName, target: RelationName | None) -> None:
        self.server.view((name.schema, name.name), (target.schema, target.name) if target else None)

    def create_materialized_view(self, name: RelationName, target: RelationName) -> None:
        raise NotImplementedError

    def insert(self, name: RelationName, row: Row) -> None:
        self.thing(name).rows.append(row)

    def remove_view(self, name: RelationName) -> None:
        self.server.execute(drop_relation(name, RelationKind.VIEW), {})

    def rows(self, name: RelationName) -> list[tuple[Any, ...]]:
        return list(self.server.read(name.schema, name.name).rows)

    def comments(self, name: RelationName) -> tuple[str | None, dict[str, str]]:
        comments = {
            column: text
            for (column, key), text in self.thing(name).properties.items()
            if key == COMMENT
        }
        own = comments.pop(None, None)
        return own, {str(column): text for column, text in comments.items()}

    def damage_artifact(self, digest: str, stored: bytes) -> None:
        self.server.contents.artifacts[digest] = stored

    def write_ledger_version(self, version: int) -> None:
        self.server.contents.version = version

    def close(self) -> None:
        self._patched.undo()

    def thing(self, name: RelationName) -> Thing:
        found = self.server.find(name.schema, name.name)
        assert found is not None, name
        return found


class SQLServerEngine:
    """On a server, in a database of its own."""

    name = "sqlserver"
    types = ("int", "nvarchar(400)")
    kinds: Sequence[RelationKind] = (RelationKind.TABLE, RelationKind.VIEW)

    def __init__(self) -> None:
        self.database = server.fresh_database()
        self._stranger = server.connected(self.database)

    def open(self, *, read_only: bool = False) -> Warehouse:
        settings = SqlServerSettings(server.leading_to(self.database), place="the test's server")
        return open_sqlserver(settings, read_only=read_only, patience=Patience())

    def create_table(
        self,
        name: RelationName,
        rows: Sequence[Row],
        comment: str | None = None,
        column_comments: Mapping[str, str] | None = None,
    ) -> None:
        self._make_room(name)
        self._run(f"CREATE TABLE {qualified(name)} (id int, label nvarchar(400));")
        table = RelationKind.TABLE
        for column, text in ((None, comment), *(column_comments or {}).items()):
            if text is not None:
                self._run(described.set_property(name, table, column, COMMENT, text))
        for row in rows:
            self.insert(name, row)

    def create_view(self, name: RelationName, target: RelationName | None) -> None:
        source = f"SELECT * FROM {qualified(target)}" if target else "SELECT 1 AS another"
        self._make_room(name)
        self._run(f"CREATE VIEW {qualified(name)} AS {source};")

    def create_materialized_view(self, name: RelationName, target: RelationName) -> None:
        raise NotImplementedError

    def insert(self, name: RelationName, row: Row) -> None:
        number, label = row
        text = "NULL" if label is None else "N'" + label.replace("'", "''") + "'"
        self._run(f"INSERT INTO {qualified(name)} VALUES ({number}, {text});")

    def remove_view(self, name: RelationName) -> None:
        self._run(drop_relation(name, RelationKind.VIEW))

    def rows(self, name: RelationName) -> list[tuple[Any, ...]]:
        return self._run(f"SELECT * FROM {qualified(name)};")

    def comments(self, name: RelationName) -> tuple[str | None, dict[str, str]]:
        found = self._run(
            "SELECT c.[name], CONVERT(nvarchar(4000), p.[value]) FROM sys.extended_properties AS p"
            " INNER JOIN sys.objects AS o ON o.object_id = p.major_id"
            " INNER JOIN sys.schemas AS s ON s.schema_id = o.schema_id"
            " LEFT JOIN sys.columns AS c"
            " ON c.object_id = p.major_id AND c.column_id = p.minor_id AND p.minor_id > 0"
            " WHERE p.class = 1 AND p.[name] = N'MS_Description' AND s.[name] = ? AND o.[name] = ?",
            name.schema,
            name.name,
        )
        comments = dict(found)
        own = comments.pop(None, None)
        return own, comments

    def damage_artifact(self, digest: str, stored: bytes) -> None:
        self._run("UPDATE rewind.artifact SET content = ? WHERE digest = ?", stored, digest)

    def write_ledger_version(self, version: int) -> None:
        self._run("UPDATE rewind.ledger SET version = ?", version)

    def close(self) -> None:
        self._stranger.close()
        server.drop_database(self.database)

    def _make_room(self, name: RelationName) -> None:
        """Makes the schema, and removes what has the name."""
        if not self._run("SELECT 1 FROM sys.schemas WHERE [name] = ?", name.schema):
            self._run(create_schema(name.schema))
        for (kind,) in self._run(
            "SELECT CASE o.[type] WHEN 'U' THEN 'TABLE' ELSE 'VIEW' END FROM sys.objects AS o"
            " WHERE o.schema_id = SCHEMA_ID(?) AND o.[name] = ?",
            name.schema,
            name.name,
        ):
            self._run(f"DROP {kind} {quoted(name.schema)}.{quoted(name.name)};")

    def _run(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        cursor = self._stranger.cursor()
        cursor.execute(statement, *([values] if values else []))
        found = [tuple(row) for row in cursor.fetchall()] if cursor.description else []
        cursor.close()
        return found
