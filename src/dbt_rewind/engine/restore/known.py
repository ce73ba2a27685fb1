"""What is known of an environment whose database may be damaged, or gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dbt_rewind.engine.backups.place import shelf_of
from dbt_rewind.engine.derive import derive_history
from dbt_rewind.engine.history import History
from dbt_rewind.engine.ledger import digest_of, read_release
from dbt_rewind.engine.mirror import forgotten, runbook_mirror
from dbt_rewind.engine.policy import configured_policy, policy_in_force
from dbt_rewind.engine.policy_record import decode_policy
from dbt_rewind.engine.restore.policies import known_policies
from dbt_rewind.engine.runbook.state import Runbook, derive_runbook, read_runbook
from dbt_rewind.engine.site import require_own
from dbt_rewind.errors import (
    ArtifactDamaged,
    ChainBroken,
    ConnectionLost,
    DatabaseMissing,
    RewindError,
    WarehouseFailed,
    WarehouseMissing,
)
from dbt_rewind.model import Policy, Release, runbook_chain

if TYPE_CHECKING:
    from dbt_rewind.engine.workspace import Workspace
    from dbt_rewind.warehouse.protocol import LedgerReader

DAMAGE: Final = (
    ArtifactDamaged,
    ChainBroken,
    ConnectionLost,
    DatabaseMissing,
    WarehouseFailed,
    WarehouseMissing,
)
"""What a database answers that is damaged or gone; any other error says why it could not be asked,
and is no reason to replace it."""


@dataclass(frozen=True, slots=True)
class Known:
    """Both chains as far as anybody knows them, and the policy in force. `live` is the live release
    whole. `problem` is why the database cannot be asked, so that the mirrors are all there is;
    None: it can. `others` are environments that share it."""

    history: History
    runbook: Runbook
    policy: Policy
    live: Release | None
    problem: RewindError | None
    others: frozenset[str] = frozenset()


def what_is_known(workspace: Workspace) -> Known:
    """From the database, or where that is damaged, from the mirrors.

    Raises LockHeld, WarehouseLocked and whatever else keeps one from asking; MirrorAhead where a
    mirror tells of another past; MirrorBroken, MirrorUnreadable, EnvironmentTaken.
    """
    try:
        reader = workspace.connect(read_only=True)
        try:
            return _from_database(workspace, reader)
        finally:
            reader.close()
    except DAMAGE as problem:
        return _from_mirrors(workspace, problem)


def _from_database(workspace: Workspace, reader: LedgerReader) -> Known:
    history = workspace.history(reader)
    missing = forgotten(workspace.mirror, workspace.name, history.events)
    if missing:
        history = derive_history(workspace.name, (*history.events, *missing))
    configured = configured_policy(workspace.config, workspace.name)
    policy = (
        _policy_of(workspace, history) if missing else policy_in_force(reader, history, configured)
    )
    live = history.live
    return Known(
        history,
        read_runbook(reader, workspace.name),
        policy,
        read_release(reader, live) if live else None,
        None,
        frozenset(reader.environments()),
    )


def _from_mirrors(workspace: Workspace, problem: RewindError) -> Known:
    chain = runbook_chain(workspace.name)
    history = derive_history(workspace.name, forgotten(workspace.mirror, workspace.name, ()))
    require_own(history, workspace.project.name, workspace.project_at)
    runbook = derive_runbook(workspace.name, forgotten(runbook_mirror(workspace.mirror), chain, ()))
    return Known(history, runbook, _policy_of(workspace, history), None, problem)


def _policy_of(workspace: Workspace, history: History) -> Policy:
    """The policy in force, which an event names by its digest: from wherever it can be found. Where
    nobody has it, that of the newest backup that has one; else what rewind.yml says."""
    configured = configured_policy(workspace.config, workspace.name)
    if not history.policy_digest:
        return configured
    candidates: Sequence[bytes] = [
        content
        for content in known_policies(workspace)
        if digest_of(content) == history.policy_digest
    ] or [each.policy.encode() for each in shelf_of(workspace).all() if each.policy]
    if not candidates:
        return configured
    found = decode_policy(candidates[0], "the policy in force")
    return found if found.enforced else configured
