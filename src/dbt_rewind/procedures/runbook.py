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
from dbt_rewind.errors import LedgerError
from dbt_rewind.model import runbook_chain
from dbt_rewind.state_folder import make_state_folder
from dbt_rewind.warehouse.owner import current_owner


@dataclass(frozen=True, slots=True)
class Reading:
    """An environment's two chains as they stand. `problem` is what is wrong with the mirror of one,
    None: nothing."""

    history: History
    runbook: Runbook
    problem: LedgerError | None = None


@contextmanager
def holding_runbook(workspace: Workspace) -> Iterator[tuple[Logbook, History]]:
    """Holds the runbook's lease for the block, with the environment's history as it stands.

    What is wrong with the environment's mirror keeps nobody from an incident: it is the logbook's
    `mirror_problem`, to be told. The connection is closed when the block ends. Nobody may wait in
    it for a person or a network.
    Raises as `open_logbook` and `Workspace.history` do.
    """
    make_state_folder(workspace.state_folder)  # before the mirror is written there
    access = Access(workspace.connect)
    owner = current_owner(workspace.person, "runbook")
    mirror = runbook_mirror(workspace.mirror)
    try:
        with open_logbook(access, workspace.name, mirror, owner) as book:
            history = workspace.history(access.warehouse)
            problem = mirror_problem(workspace.mirror, workspace.name, history.events)
            book.mirror_problem = problem.message if problem else None
            yield book, history
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
    return Reading(history, runbook, mirrors_problem(workspace, history, runbook))


def mirrors_problem(workspace: Workspace, history: History, runbook: Runbook) -> LedgerError | None:
    """What is wrong with the environment's mirror, or else with its runbook's; None: nothing."""
    chain = runbook_chain(workspace.name)
    return mirror_problem(workspace.mirror, workspace.name, history.events) or mirror_problem(
        runbook_mirror(workspace.mirror), chain, runbook.events
    )
