"""Makes manifests and run results in code, with just the fields that are read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from dbt_rewind.dbt.manifest import Manifest
from dbt_rewind.dbt.results import RunResults, read_results


def node(
    name: str,
    materialized: str = "table",
    parents: Sequence[str] = (),
    *,
    resource_type: str = "model",
    schema: str = "gold",
    alias: str | None = None,
    **more: Any,
) -> dict[str, Any]:
    return {
        "unique_id": f"{resource_type}.shop.{name}",
        "resource_type": resource_type,
        "config": {"materialized": materialized},
        "database": "warehouse",
        "schema": schema,
        "alias": name if alias is None else alias,
        "fqn": ["shop", "marts", name],
        "original_file_path": f"models/{name}.sql",
        "depends_on": {"nodes": list(parents)},
        **more,
    }


def manifest(*nodes: Mapping[str, Any], **more: Any) -> Manifest:
    return Manifest(
        {
            "metadata": {"dbt_version": "1.11.2"},
            "nodes": {each["unique_id"]: each for each in nodes},
            **more,
        }
    )


def result(unique_id: str, status: str, **more: Any) -> dict[str, Any]:
    return {"unique_id": unique_id, "status": status, "execution_time": 0.5, **more}


def results(*outcomes: Mapping[str, Any]) -> RunResults:
    return read_results(json.dumps({"results": outcomes}).encode(), "run_results.json")
