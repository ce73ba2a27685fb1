"""Who asks here."""

from __future__ import annotations

from dbt_rewind.engine.judge import Asking
from dbt_rewind.engine.policy import configured_policy
from dbt_rewind.engine.workspace import Workspace


def asking_of(workspace: Workspace) -> Asking:
    """Whoever acts here, by the policy that rewind.yml says."""
    return Asking(workspace.person, configured_policy(workspace.config, workspace.name))
