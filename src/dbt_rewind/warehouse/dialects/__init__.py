"""Dialects by the names that dbt has for its adapters: one file each, and no logic in any."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dbt_rewind.warehouse.dbt_adapter_dialect import Dialect
from dbt_rewind.warehouse.dialects.duckdb import DUCKDB
from dbt_rewind.warehouse.dialects.postgres import POSTGRES

DIALECTS: Mapping[str, Dialect] = MappingProxyType(
    {dialect.name: dialect for dialect in (DUCKDB, POSTGRES)}
)
