"""What is checked of the runbook: its chain, and its mirror."""

from __future__ import annotations

from pathlib import Path

from dbt_rewind.engine.mirror import mirror_problem, runbook_mirror
from dbt_rewind.engine.runbook.state import read_runbook
from dbt_rewind.errors import LedgerError
from dbt_rewind.model import Finding, Health, runbook_chain
from dbt_rewind.procedures.doctor.findings import refused
from dbt_rewind.warehouse.protocol import LedgerReader


def check_runbook(reader: LedgerReader, environment: str, mirror: Path) -> Finding:
    """Whether decisions, requests, incidents and messages can be read, and the mirror beside the
    environment's tells the same."""
    try:
        events = read_runbook(reader, environment).events
    except LedgerError as error:
        return refused("runbook", error)
    problem = mirror_problem(runbook_mirror(mirror), runbook_chain(environment), events)
    if problem is not None:
        return refused("runbook", problem)
    chain = f"{len(events)} events, each follows the one before it" if events else "no event yet"
    return Finding("runbook", Health.OK, chain)
