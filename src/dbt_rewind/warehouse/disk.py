"""How much is free on a disk of ours."""

from __future__ import annotations

import shutil
from pathlib import Path

from dbt_rewind.model import Finding, Health

LITTLE = 1_000_000_000
TOO_LITTLE = 100_000_000
"""Bytes that are free."""


def check_disk(name: str, path: Path) -> Finding:
    """How much is free on the disk that holds `path`, or what is to become of it."""
    while not path.exists() and path != path.parent:
        path = path.parent
    try:
        free = shutil.disk_usage(path).free
    except OSError as error:
        return Finding(name, Health.NOT_CHECKED, f"{path}: {error.strerror or error}")
    found = f"{free / 10**9:,.1f} GB free for {path}"
    if free >= LITTLE:
        return Finding(name, Health.OK, found)
    health = Health.WARNING if free >= TOO_LITTLE else Health.PROBLEM
    return Finding(name, health, found, "free some space; `rewind prune` drops old releases")
