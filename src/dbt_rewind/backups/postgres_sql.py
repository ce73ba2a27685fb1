"""What is said to PostgreSQL about whole databases: pure text, in which names are quoted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from dbt_rewind.warehouse.postgres_sql import literal, quoted

PROPERTIES: Final = """
SELECT pg_catalog.to_jsonb(d),
       pg_catalog.pg_encoding_to_char(d.encoding),
       pg_catalog.pg_get_userbyid(d.datdba),
       pg_catalog.shobj_description(d.oid, 'pg_database')
FROM pg_catalog.pg_database AS d
WHERE d.datname = $1
"""

GRANTS: Final = """
SELECT coalesce(r.rolname, 'PUBLIC'), a.grantee = 0, a.privilege_type, a.is_grantable
FROM pg_catalog.pg_database AS d
CROSS JOIN LATERAL pg_catalog.aclexplode(d.datacl) AS a
LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = a.grantee
WHERE d.datname = $1
ORDER BY 1, 3
"""

SETTINGS: Final = """
SELECT pg_catalog.unnest(s.setconfig)
FROM pg_catalog.pg_db_role_setting AS s
JOIN pg_catalog.pg_database AS d ON d.oid = s.setdatabase
WHERE d.datname = $1 AND s.setrole = 0
ORDER BY 1
"""

VERSION: Final = "SELECT pg_catalog.current_setting('server_version_num')"

EXISTS: Final = "SELECT 1 FROM pg_catalog.pg_database WHERE datname = $1"

SESSIONS: Final = """
SELECT pg_catalog.pg_terminate_backend(pid)
FROM pg_catalog.pg_stat_activity
WHERE datname = $1 AND backend_type = 'client backend' AND pid <> pg_catalog.pg_backend_pid()
"""
"""The server's own workers make way by themselves, and only a superuser may end them."""

SIZE: Final = "SELECT pg_catalog.pg_database_size($1)"

_PROVIDERS: Final = {"c": "libc", "i": "icu", "b": "builtin"}


def create_database(name: str, properties: Mapping[str, Any]) -> str:
    """A new database, empty, with the owner, the encoding and the rules of sorting that are
    recorded."""
    words = [
        f"CREATE DATABASE {quoted(name)} TEMPLATE template0",
        f"OWNER {quoted(properties['owner'])}",
        f"ENCODING {literal(properties['encoding'])}",
        f"LC_COLLATE {literal(properties['collate'])}",
        f"LC_CTYPE {literal(properties['ctype'])}",
    ]
    provider = _PROVIDERS.get(properties.get("provider") or "")
    if provider is not None:
        words.append(f"LOCALE_PROVIDER {provider}")
        if locale := properties.get("locale"):
            option = "ICU_LOCALE" if provider == "icu" else "BUILTIN_LOCALE"
            words.append(f"{option} {literal(locale)}")
        if rules := properties.get("icu_rules"):
            words.append(f"ICU_RULES {literal(rules)}")
    if (limit := properties.get("connection_limit", -1)) != -1:
        words.append(f"CONNECTION LIMIT {int(limit)}")
    return " ".join(words)


def drop_database(name: str) -> str:
    """Only of names that we have given; whoever looks at such a copy is disconnected."""
    return f"DROP DATABASE IF EXISTS {quoted(name)} WITH (FORCE)"


def rename_database(name: str, to: str) -> str:
    return f"ALTER DATABASE {quoted(name)} RENAME TO {quoted(to)}"


def allow_connections(name: str, allowed: bool) -> str:
    word = "true" if allowed else "false"
    return f"ALTER DATABASE {quoted(name)} WITH ALLOW_CONNECTIONS {word}"


def dress(name: str, properties: Mapping[str, Any]) -> Iterator[str]:
    """What a dump of the data leaves out: privileges on the database, its settings and comment."""
    database = quoted(name)
    if comment := properties.get("comment"):
        yield f"COMMENT ON DATABASE {database} IS {literal(comment)}"
    for setting in properties.get("settings", ()):
        key, _, value = setting.partition("=")
        yield f"ALTER DATABASE {database} SET {_setting(key)} TO {_value(key, value)}"
    grants: Sequence[Mapping[str, Any]] | None = properties.get("grants")
    if grants is None:
        return  # the privileges that every new database has
    yield f"REVOKE ALL ON DATABASE {database} FROM PUBLIC"
    for grant in grants:
        grantee = "PUBLIC" if grant["public"] else quoted(grant["role"])
        option = " WITH GRANT OPTION" if grant["grantable"] else ""
        yield f"GRANT {grant['privilege']} ON DATABASE {database} TO {grantee}{option}"


_LISTS: Final = frozenset({"search_path", "temp_tablespaces", "session_preload_libraries"})
"""Settings whose value is a list of names, each of which is quoted by itself."""


def _setting(key: str) -> str:
    return ".".join(quoted(part) for part in key.split("."))


def _value(key: str, value: str) -> str:
    if key.lower() not in _LISTS:
        return literal(value)
    return ", ".join(literal(part.strip().strip('"')) for part in value.split(","))
