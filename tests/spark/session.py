"""A Spark of one's own: pyspark in a session, with Iceberg tables and Derby's metastore in memory.

`REWIND_TEST_SPARK` is the Python that has pyspark, dbt-spark and Iceberg; `make test-spark` makes
it. Iceberg's extensions are left out: with them, views in Spark's own catalogue are Iceberg's, and
one that is replaced stays as it was (Iceberg 1.10.2, Spark 3.5.9).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

VARIABLE = "REWIND_TEST_SPARK"
HOW = "Spark was not tried: run `make test-spark`, which needs Java 17 and Python 3.11 or 3.12"


def spark_python() -> str | None:
    """The Python with pyspark, None where Spark is not to be tried."""
    return os.environ.get(VARIABLE) or None


def profile(folder: Path) -> dict[str, Any]:
    """What a dbt profile says of a Spark in this process, whose files are in `folder`."""
    jars = Path(spark_python() or "").parent.parent / "jars"
    classes = os.pathsep.join(str(jar) for jar in sorted(jars.glob("*.jar")))
    return {
        "type": "spark",
        "method": "session",
        "schema": "default",
        "host": "NA",
        "server_side_parameters": {
            "spark.driver.extraClassPath": classes,
            "spark.driver.memory": "1g",
            # A statement on a handful of rows is over before its code would have been compiled.
            "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
            "spark.sql.codegen.wholeStage": "false",
            "spark.sql.codegen.factoryMode": "NO_CODEGEN",
            "spark.sql.adaptive.enabled": "false",
            "spark.master": "local[1]",
            "spark.ui.enabled": "false",
            "spark.sql.shuffle.partitions": "1",
            "spark.sql.warehouse.dir": str(folder / "warehouse"),
            "spark.hadoop.javax.jdo.option.ConnectionURL": (
                "jdbc:derby:memory:metastore;create=true"
            ),
            "spark.hadoop.iceberg.engine.hive.lock-enabled": "false",
            "spark.sql.catalog.spark_catalog": "org.apache.iceberg.spark.SparkSessionCatalog",
            "spark.sql.catalog.spark_catalog.type": "hive",
            "spark.sql.catalog.spark_catalog.cache-enabled": "false",
        },
    }
