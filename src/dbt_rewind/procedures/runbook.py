"""Holding an environment's runbook, to write into it; and reading it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from dbt_rewind.engine.access import Access
from dbt_rewind.engine.history import History
from dbt_rewind.engine.mirror import mirror_problem, runbook_mirror
from dbt_rewind.engine.runbook.logbook import Logbook, open_logbook, patiently
from dbt_rewind.engine.runbook.state import Runbook, read_runbook
from dbt_rewind.engine.workspace import Workspace
from dbt_rewind.model import runbook_chain
from dbt_rewind.state_folder import make_state_folder
from dbt_rewind.warehouse.owner import current_owner


@dataclass(frozen=True, slots=True)
class Reading:
    """An environment's two chains as they stand. `problem` says what is wrong with the runbook's
    mirror, None: nothing."""

    history: History
    runbook: Runbook
    problem: str | None = None


@contextmanager
def holding_runbook(workspace: Workspace) -> Iterator[tuple[Logbook, History]]:
    """Holds the runbook's lease for the block, with the environment's history as it stands.

    The connection is closed when the block ends. Nobody may wait in it for a person or a network.
    Raises as `open_logbook` and `Workspace.history` do.
    """
    make_state_folder(workspace.state_folder)  # before the mirror is written there
    access = Access(workspace.connect)
    owner = current_owner(workspace.person, "runbook")
    mirror = runbook_mirror(workspace.mirror)
    try:
        with open_logbook(access, workspace.name, mirror, owner) as book:
            yield book, workspace.history(access.warehouse)
    finally:
        access.close()


def read_both(workspace: Workspace) -> Reading:
    """Both chains, over a connection that changes nothing.

    Raises EnvironmentTaken, ChainBroken, LedgerTooNew, WarehouseError.
    """
    reader = patiently(workspace.connect_to_read)
    try:
        history = workspace.history(reader)
        runbook = read_runbook(reader, workspace.name)
    finally:
        reader.close()
    chain = runbook_chain(workspace.name)
    problem = mirror_problem(runbook_mirror(workspace.mirror), chain, runbook.events)
    return Reading(history, runbook, problem.message if problem else None)
