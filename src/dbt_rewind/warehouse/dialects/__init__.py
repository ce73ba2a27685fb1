"""Dialects by the names that dbt has for its adapters: one file each, and no logic in any."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dbt_rewind.warehouse.dbt_adapter_dialect import Dialect
from dbt_rewind.warehouse.dialects.bigquery import BIGQUERY
from dbt_rewind.warehouse.dialects.databricks import DATABRICKS
from dbt_rewind.warehouse.dialects.duckdb import DUCKDB
from dbt_rewind.warehouse.dialects.postgres import POSTGRES
from dbt_rewind.warehouse.dialects.redshift import REDSHIFT
from dbt_rewind.warehouse.dialects.snowflake import SNOWFLAKE
from dbt_rewind.warehouse.dialects.spark import SPARK
from dbt_rewind.warehouse.dialects.trino import TRINO

_ALL = (BIGQUERY, DATABRICKS, DUCKDB, POSTGRES, REDSHIFT, SNOWFLAKE, SPARK, TRINO)

DIALECTS: Mapping[str, Dialect] = MappingProxyType({dialect.name: dialect for dialect in _ALL})
