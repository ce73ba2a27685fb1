"""The policies that can be found outside the database, of which a digest says which is in force."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from dbt_rewind.engine.backups.place import shelf_of
from dbt_rewind.engine.mirror import policy_beside
from dbt_rewind.engine.policy import configured_policy
from dbt_rewind.engine.policy_record import encode_policy
from dbt_rewind.engine.workspace import Workspace


def known_policies(workspace: Workspace) -> tuple[bytes, ...]:
    """As the ledger stores them: the one beside the mirror, what rewind.yml says, and those of the
    backups. Nobody can put another in their place, because an event names it by its digest."""
    return tuple(_found(workspace))


def _found(workspace: Workspace) -> Iterator[bytes]:
    with suppress(OSError):
        yield policy_beside(workspace.mirror).read_bytes()
    yield encode_policy(configured_policy(workspace.config, workspace.name))
    for backup in shelf_of(workspace).all():
        if backup.policy:
            yield backup.policy.encode()
