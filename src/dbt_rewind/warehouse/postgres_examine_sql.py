# ruff: noqa: S608 - names are quoted, and there are no values of others
"""SQL text that `rewind doctor` asks PostgreSQL, and what it tries out there."""

from __future__ import annotations

from typing import Final

from dbt_rewind.model import RelationKind, RelationName
from dbt_rewind.warehouse import postgres_sql as sql
from dbt_rewind.warehouse.protocol import LEDGER_SCHEMA
from dbt_rewind.warehouse.trying import Try

FIND_SERVER: Final = (
    "SELECT current_setting('server_version_num')::int, current_setting('server_version'),"
    " current_user::text, session_user::text, pg_catalog.pg_is_in_recovery(),"
    " current_setting('transaction_read_only') = 'on'"
)
"""The version as a number and as text, who we are and who logged in, whether it is a replica, and
whether transactions only read."""

FIND_TIME: Final = "SELECT pg_catalog.clock_timestamp()"

FIND_READERS: Final = (
    "WITH views AS (SELECT c.oid, n.nspname::text AS schema, c.relacl, c.relowner"
    " FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace"
    " WHERE n.nspname = ANY($1::text[]) AND c.relkind = 'v'),"
    " readers AS (SELECT v.schema, g.grantee FROM views AS v,"
    " LATERAL pg_catalog.aclexplode(v.relacl) AS g"
    " WHERE g.privilege_type = 'SELECT' AND g.grantee <> v.relowner GROUP BY v.schema, g.grantee"
    " HAVING count(DISTINCT v.oid) = (SELECT count(*) FROM views AS o WHERE o.schema = v.schema))"
    " SELECT r.schema, coalesce(o.rolname::text, 'PUBLIC'), current_user::text"
    " FROM readers AS r LEFT JOIN pg_catalog.pg_roles AS o ON o.oid = r.grantee"
    " WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_default_acl AS d"
    " JOIN pg_catalog.pg_roles AS m ON m.oid = d.defaclrole AND m.rolname = current_user"
    " LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = d.defaclnamespace,"
    " LATERAL pg_catalog.aclexplode(d.defaclacl) AS g"
    " WHERE d.defaclobjtype = 'r' AND (n.nspname = r.schema OR d.defaclnamespace = 0)"
    " AND g.privilege_type = 'SELECT' AND g.grantee = r.grantee) ORDER BY 1, 2"
)
"""Schema and role of those who may read every view of one of these schemas, but none that we will
make there; and who we are."""


def tries(database: str, role: str, scratch: str) -> tuple[Try, ...]:
    """Everything that operations do, to be done in schemas whose names begin with `scratch`."""
    built, public = f"{scratch}_built", f"{scratch}_public"
    table = RelationName(database, public, "sample")
    named = RelationName(database, public, "renamed")
    moved = RelationName(database, built, "renamed")
    view = RelationName(database, public, "sample")
    kept = RelationName(database, LEDGER_SCHEMA, scratch)
    target = sql.qualified(moved)
    return (
        ("make schemas", [sql.create_schema(built), sql.create_schema(public)]),
        ("make a table", [f"CREATE TABLE {sql.qualified(table)} (id integer)"]),
        ("write to it", [f"INSERT INTO {sql.qualified(table)} VALUES (1)"]),
        ("rename it", [sql.rename(table, RelationKind.TABLE, named.name)]),
        ("move it", [sql.set_schema(named, RelationKind.TABLE, built)]),
        (
            "lead a view to it",
            [f"CREATE OR REPLACE VIEW {sql.qualified(view)} AS SELECT * FROM {target}"] * 2,
        ),
        ("comment", [sql.comment_on(view, RelationKind.VIEW, "a try")]),
        (
            "grant",
            [
                f"GRANT SELECT ON {sql.qualified(view)} TO {sql.quoted(role)}",
                f"ALTER VIEW {sql.qualified(view)} OWNER TO {sql.quoted(role)}",
            ],
        ),
        (
            "keep the ledger",
            [
                f"CREATE TABLE {sql.qualified(kept)} (id integer)",
                f"INSERT INTO {sql.qualified(kept)} VALUES (1)",
                f"DELETE FROM {sql.qualified(kept)}",
            ],
        ),
        (
            "drop",
            [
                f"DROP VIEW {sql.qualified(view)}",
                f"DROP TABLE {target}, {sql.qualified(kept)}",
                *(sql.drop_schema(name) for name in (built, public)),
            ],
        ),
    )
