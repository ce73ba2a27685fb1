"""Comments of relations and columns in DuckDB."""

from __future__ import annotations

from dbt_rewind.model import RelationKind, RelationName
from dbt_rewind.warehouse import duckdb_sql
from dbt_rewind.warehouse.duckdb_catalogue import Comments
from dbt_rewind.warehouse.duckdb_session import Session


def set_comments(
    session: Session, relation: RelationName, kind: RelationKind, comments: Comments | None
) -> None:
    """Gives a relation without comments these, within the caller's transaction."""
    if comments is None:
        return
    doing = f"commenting {relation}"
    if comments.own is not None:
        session.run(doing, duckdb_sql.comment_on(relation, kind, comments.own))
    for column, comment in comments.columns.items():
        session.run(doing, duckdb_sql.comment_on_column(relation, column, comment))
