"""What a person asks of `rewind rollback`, as every strategy takes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dbt_rewind.cli.screen import Screen

if TYPE_CHECKING:
    from dbt_rewind.engine.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of one call. `to` is None for the last healthy release before the live one;
    `picks` are for a cherry-pick, `by` for a hotfix."""

    screen: Screen
    workspace: Workspace
    to: str | None
    reason: str
    emergency: bool
    repair: bool
    dry_run: bool
    yes: bool
    picks: tuple[str, ...] = ()
    by: str = "revert"
