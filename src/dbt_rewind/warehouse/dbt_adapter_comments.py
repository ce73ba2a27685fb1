"""Comments of relations and columns through the door."""

from __future__ import annotations

from dbt_rewind.model import RelationKind, RelationName
from dbt_rewind.warehouse.dbt_adapter_catalogue import Comments
from dbt_rewind.warehouse.dbt_adapter_session import Session
from dbt_rewind.warehouse.dbt_adapter_sql import comment_on, comment_on_column


def set_comments(
    session: Session,
    name: RelationName,
    kind: RelationKind,
    wanted: Comments,
    there: Comments | None = None,
) -> None:
    """Gives a relation that has the comments `there` those that are `wanted`, and no others. Does
    nothing where the warehouse has no statement for it."""
    dialect, has = session.dialect, there or Comments()
    doing = f"commenting {name}"
    if dialect.comments.relation is not None and wanted.own != has.own:
        session.run(doing, comment_on(dialect, name, kind, wanted.own or ""))
    inherited = dialect.comments.inherited and kind is RelationKind.VIEW
    if dialect.comments.column is None or inherited:
        return
    for column in sorted(wanted.columns.keys() | has.columns.keys()):
        comment = wanted.columns.get(column)
        if comment != has.columns.get(column):
            session.run(doing, comment_on_column(dialect, name, column, comment or ""))
