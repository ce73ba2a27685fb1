"""The one transaction of a publish: lease, chain, pointers, others' views, artifacts, event."""

from __future__ import annotations

from collections.abc import Collection

from dbt_rewind.errors import NotAtomic
from dbt_rewind.model import RelationName
from dbt_rewind.warehouse.postgres_session import Session


def require_one_database(session: Session, names: Collection[RelationName]) -> None:
    """Raises NotAtomic unless all of `names` are in the connection's database."""
    databases = {session.database, *(name.database for name in names)}
    if len(databases) > 1:
        raise NotAtomic(tuple(sorted(databases)))
