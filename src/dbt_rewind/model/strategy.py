"""What a rollback takes back beside what users see."""

from __future__ import annotations

from enum import StrEnum


class RollbackStrategy(StrEnum):
    """`data`: nothing. `revert`: the commits that brought what is bad, by reverts on the branch."""

    DATA = "data"
    REVERT = "revert"
