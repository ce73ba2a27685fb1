"""What the figures were measured on, without a name or a path of it."""

from __future__ import annotations

import os
import platform
import sys
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from bench.processes import run

_OF_MESH = """\
from importlib import metadata
print(*(metadata.version(name) for name in ("sqlmesh", "dbt-core", "duckdb")))
"""


def today() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d}"


def machine() -> dict[str, object]:
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gigabytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 10**9,
        "python": platform.python_version(),
    }


def versions(mesh_python: str | None) -> dict[str, str]:
    """Of everything that was measured."""
    found = {name: metadata.version(name) for name in ("dbt-rewind", "dbt-core", "dbt-duckdb")}
    found["duckdb"] = metadata.version("duckdb")
    if mesh_python is not None:
        mesh, dbt, duckdb = run(Path.cwd(), mesh_python, "-c", _OF_MESH).split()
        found |= {"sqlmesh": mesh, "dbt-core of sqlmesh": dbt, "duckdb of sqlmesh": duckdb}
    return found


def _processor() -> str:
    if sys.platform == "linux":
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"
