"""What an operation tells whoever watches it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dbt_rewind.dbt.progress import NodeProgress
from dbt_rewind.engine.plan import Step


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of the work that is no step of the plan, such as reading the project."""

    name: str


Progress = Phase | Step | NodeProgress
Listener = Callable[[Progress], None]
