"""What a rollback takes back beside what users see."""

from __future__ import annotations

from enum import StrEnum


class RollbackStrategy(StrEnum):
    """`data`: what users see, and nothing else."""

    DATA = "data"
