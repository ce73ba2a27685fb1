"""All checks of one environment, in an order in which each can be understood by those before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from dbt_rewind.engine.ledger import read_release
from dbt_rewind.engine.workspace import Workspace
from dbt_rewind.errors import LedgerError, LockHeld, RewindError, WarehouseLocked, WarehouseMissing
from dbt_rewind.model import Finding, Health
from dbt_rewind.procedures.doctor.approvals import check_approvals
from dbt_rewind.procedures.doctor.backups import check_backups
from dbt_rewind.procedures.doctor.dbt import check_dbt
from dbt_rewind.procedures.doctor.findings import not_checked, refused
from dbt_rewind.procedures.doctor.ledger import check_past
from dbt_rewind.procedures.doctor.opened import look_on_the_way
from dbt_rewind.procedures.doctor.runbook import check_runbook
from dbt_rewind.warehouse.disk import check_disk

_PAST: Final = ("ledger", "lease", "mirror", "ownership", "runbook", "approvals")
_NEEDS_IT: Final = "needs `warehouse`"


def diagnose(start: Path, name: str | None) -> Iterator[Finding]:
    """Checks everything that an operation on the environment around `start` needs, and leaves
    nothing behind; `name` is the environment's, None: the current branch tells."""
    found, workspace = look_on_the_way(start, name)
    yield from found
    if workspace is None:
        wrong = next(each.name for each in found if each.health is Health.PROBLEM)
        yield from not_checked(("dbt", "disk", "warehouse", *_PAST), f"needs `{wrong}`")
        return
    yield check_dbt(workspace)
    yield check_disk("disk", workspace.state_folder)
    yield from check_backups(workspace)
    yield from _check_warehouse(workspace)


def _check_warehouse(workspace: Workspace) -> Iterator[Finding]:
    try:
        past, schemas = _read(workspace)
        examined = _examine(workspace, schemas)
        yield from examined
        yield from past if _tells(examined) else _without_ownership(past)
    except WarehouseMissing as error:
        yield from not_checked(("warehouse",), f"{error.message}; the first deploy makes it")
        yield from not_checked(_PAST, _NEEDS_IT)
    except (LockHeld, WarehouseLocked) as error:
        # Somebody is at work; nothing is wrong with that.
        yield from not_checked(("warehouse",), error.message)
        yield from not_checked(_PAST, _NEEDS_IT)
    except RewindError as error:
        yield refused("warehouse", error)
        yield from not_checked(_PAST, _NEEDS_IT)


def _read(workspace: Workspace) -> tuple[tuple[Finding, ...], frozenset[str]]:
    """What the ledger tells, over a connection that cannot write; and the schemas of public
    names."""
    reader = workspace.connect(read_only=True)
    try:
        history = workspace.history(reader)
        live = read_release(reader, history.live) if history.live else None
        past = (
            *check_past(reader, history, live, workspace.mirror),
            check_runbook(reader, workspace.name, workspace.mirror),
            check_approvals(workspace, reader, history),
        )
        return past, frozenset(node.pointer.schema for node in live.nodes) if live else frozenset()
    except LedgerError as error:
        return (refused("ledger", error), *not_checked(_PAST[1:], "needs `ledger`")), frozenset()
    finally:
        reader.close()


def _examine(workspace: Workspace, schemas: frozenset[str]) -> tuple[Finding, ...]:
    """Looks at the server, and tries out there what operations do."""
    warehouse = workspace.connect()
    try:
        return tuple(warehouse.examine(schemas))
    finally:
        warehouse.close()


def _tells(examined: tuple[Finding, ...]) -> bool:
    """Whether this kind of warehouse tells beforehand what is allowed."""
    return examined[0].health is not Health.NOT_CHECKED


def _without_ownership(past: tuple[Finding, ...]) -> Iterator[Finding]:
    for each in past:
        if each.name == "ownership" and each.health is Health.OK:
            yield from not_checked(("ownership",), "this warehouse does not tell beforehand")
        else:
            yield each
