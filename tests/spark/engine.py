"""The factory of Spark for the conformance suite."""

from __future__ import annotations

import tempfile
from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from tests.conformance.doors import Door, Stranger
from tests.spark.session import profile, spark_python

from dbt_rewind.model import RelationKind, RelationName
from dbt_rewind.warehouse.dbt_adapter_sql import literal
from dbt_rewind.warehouse.dialects.spark import SPARK
from dbt_rewind.warehouse.protocol import Warehouse

Row = tuple[int, str | None]


@cache
def folder() -> Path:
    """Where this process's Spark keeps its files: one Spark serves all tests."""
    return Path(tempfile.mkdtemp(prefix="rewind-spark-"))


class SparkEngine:
    """Spark through dbt-spark, in a session of the process behind the door."""

    name = "spark"
    database = ""
    types = ("int", "string")
    kinds: Sequence[RelationKind] = (RelationKind.TABLE, RelationKind.VIEW)

    def __init__(self) -> None:
        self.door = Door(profile(folder()), folder(), str(spark_python()))
        self.schemas = {"rewind"}

    def open(self, *, read_only: bool = False) -> Warehouse:
        return self.door.open(read_only=read_only)

    def create_table(
        self,
        name: RelationName,
        rows: Sequence[Row],
        comment: str | None = None,
        column_comments: Mapping[str, str] | None = None,
    ) -> None:
        self._make_room(name)
        of_column = {
            column: f" COMMENT {literal(SPARK, text)}"
            for column, text in (column_comments or {}).items()
        }
        own = f" COMMENT {literal(SPARK, comment)}" if comment is not None else ""
        columns = f"id INT{of_column.get('id', '')}, label STRING{of_column.get('label', '')}"
        self._run(f"CREATE TABLE {self._called(name)} ({columns}) USING iceberg{own}")
        if rows:
            values = ", ".join(self._row(row) for row in rows)
            self._run(f"INSERT INTO {self._called(name)} VALUES {values}")

    def create_view(self, name: RelationName, target: RelationName | None) -> None:
        source = f"SELECT * FROM {self._called(target)}" if target else "SELECT 1 AS another"
        self._make_room(name)
        self._run(f"CREATE VIEW {self._called(name)} AS {source}")

    def create_materialized_view(self, name: RelationName, target: RelationName) -> None:
        raise NotImplementedError

    def insert(self, name: RelationName, row: Row) -> None:
        self._run(f"INSERT INTO {self._called(name)} VALUES {self._row(row)}")

    def remove_view(self, name: RelationName) -> None:
        self._run(f"DROP VIEW {self._called(name)}")

    def rows(self, name: RelationName) -> list[tuple[Any, ...]]:
        return self._run(f"SELECT * FROM {self._called(name)}")

    def comments(self, name: RelationName) -> tuple[str | None, dict[str, str]]:
        (columns,) = [self._run(f"DESCRIBE TABLE {self._called(name)}")]
        described = self._run(f"DESCRIBE TABLE EXTENDED {self._called(name)}")
        own = next((value for key, value, _ in described if key == "Comment"), None)
        return own or None, {c: text for c, _, text in columns if text and not c.startswith("#")}

    def damage_artifact(self, digest: str, stored: bytes) -> None:
        self._run(f"DELETE FROM rewind.artifact WHERE digest = '{digest}'")
        text = b64encode(stored).decode()
        self._run(f"INSERT INTO rewind.artifact VALUES ('{digest}', 0, 1, '{text}')")

    def write_ledger_version(self, version: int) -> None:
        self._run(f"UPDATE rewind.ledger SET version = {version}")

    def close(self) -> None:
        for (schema,) in self._run("SHOW SCHEMAS"):
            if schema != "default":
                self._run(f"DROP SCHEMA `{schema}` CASCADE")
        self.door.close()

    def _make_room(self, name: RelationName) -> None:
        self._run(f"CREATE SCHEMA IF NOT EXISTS `{name.schema}`")
        views = {row[1] for row in self._run(f"SHOW VIEWS IN `{name.schema}`")}
        if name.name.lower() in views:
            self.remove_view(name)
        else:
            self._run(f"DROP TABLE IF EXISTS {self._called(name)}")

    def _called(self, name: RelationName) -> str:
        return f"`{name.schema}`.`{name.name}`"

    def _row(self, row: Row) -> str:
        number, label = row
        return f"({number}, {literal(SPARK, label) if label is not None else 'NULL'})"

    def _run(self, sql: str) -> list[tuple[Any, ...]]:
        return Stranger(self.door.stranger).execute(sql).fetchall()
