"""Whether a target's settings are of the shape that its adapter needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def misshapen(adapter: str, settings: Mapping[str, Any]) -> str | None:
    """What is wrong with the rendered settings, None where nothing is; quotes no value.

    Those of adapters that we do not open ourselves are dbt's business.
    """
    match adapter:
        case "duckdb":
            from dbt_rewind.config import duckdb_shapes

            return duckdb_shapes.misshapen(settings)
        case "postgres":
            from dbt_rewind.config import postgres_shapes

            return postgres_shapes.misshapen(settings)
        case "sqlserver":
            from dbt_rewind.config import sqlserver_shapes

            return sqlserver_shapes.misshapen(settings)
        case _:
            return None
