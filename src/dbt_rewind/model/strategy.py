"""How the code goes back where a rollback has taken the data back."""

from __future__ import annotations

from enum import StrEnum


class RollbackStrategy(StrEnum):
    """`data`: not at all. `revert`: by reverts on the branch. `reset`: the branch points at the
    last good commit again, and what came after it is lost. `cherry-pick`: a branch for a pull
    request, with the last good state and the good commits that came after it.
    `hotfix`: by an incident, an urgent pull request and the run that it starts. `restore`: not
    at all either; the whole database goes back to a backup."""

    DATA = "data"
    REVERT = "revert"
    RESET = "reset"
    CHERRY_PICK = "cherry-pick"
    HOTFIX = "hotfix"
    RESTORE = "restore"
