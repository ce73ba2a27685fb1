"""Keeps secrets out of what is stored and what is shown.

Known are the values of settings and environment variables that are named like secrets, and what
stands in an address or a connection string where a password does. They are masked in every text
that goes into the ledger, a file or the terminal; names of relations and the like are left as they
are, since a release is found by them.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

MASK = "*****"

SHORTEST = 6
"""Shorter values are not looked for: they stand in too many words that are no secrets."""

_SECRET_NAME = re.compile(
    r"pass|pwd|token|secret|private|credential|(api|access|account|encryption)_?key|key_?id|^dsn$"
    r"|connection_?string",
    re.IGNORECASE,
)
_HARMLESS = frozenset(
    {
        *("type", "path", "schema", "database", "target", "threads", "host", "port", "alias"),
        *("name", "extensions", "external_root", "role", "warehouse", "region", "read_only"),
        *("is_ducklake", "catalog", "project", "dataset", "location"),
        *("user", "username", "dbname", "search_path", "application_name", "sslmode", "retries"),
        *("connect_timeout", "keepalives_idle", "server", "authentication", "driver", "backend"),
        *("encrypt", "trust_cert", "login_timeout", "query_timeout", "schema_authorization"),
        *("windows_login", "trusted_connection"),
    }
)
"""Settings whose values are no secrets, so that a variable used in one is none either."""

_NO_SECRETS = frozenset({"PWD", "OLDPWD"})
_ENV_VAR = re.compile(r"env_var\(\s*['\"]([^'\"]+)['\"]")
_USER_INFO = re.compile(r"://([^/@\s'\"]+)@")
_ASSIGNED = re.compile(
    r"((?:password|passwd|pwd|token|secret)=)('[^']*'|\"[^\"]*\"|[^\s;&,'\")]+)", re.IGNORECASE
)
_SIGNS = ("password=", "passwd=", "pwd=", "token=", "secret=", "://")

_STRUCTURE = frozenset(
    {
        *("unique_id", "name", "database", "schema", "alias", "identifier", "relation_name"),
        *("fqn", "resource_type", "package_name", "path", "original_file_path", "root_path"),
        *("patch_path", "checksum", "depends_on", "refs", "sources", "materialized"),
        *("dbt_version", "generated_at", "invocation_id", "adapter_type", "status"),
        "execution_time",
    }
)
_PASSED_OVER = frozenset({"macros", "parent_map", "child_map", "group_map", "selectors", "docs"})
"""Parts of a manifest that dbt compares word by word and renders nothing into."""

_known: tuple[str, ...] | None = None
_told: frozenset[str] = frozenset()
"""Secrets that no profile has: `know_secrets` was told them."""


def know_profile(settings: Mapping[str, Any], raw: Mapping[str, Any]) -> None:
    """Learns the secrets of a profile, in place of those of another; `raw` is it as written."""
    global _known  # noqa: PLW0603 -- a process works with one profile
    found = {*_of_environment(), *_in_settings(settings), *_of_variables(raw)}
    _known = _spellings(found | _told)


def know_secrets(secrets: Iterable[str]) -> None:
    """Learns secrets beside those of the profile, such as the address of a channel."""
    global _known, _told  # noqa: PLW0603 -- as above
    _known = tuple(sorted({*_secrets(), *_spellings(set(secrets))}, key=len, reverse=True))
    _told = _told | frozenset(secrets)


def redact(text: str) -> str:
    """The text with a mask in place of every secret."""
    for secret in _secrets():
        if secret in text:
            text = text.replace(secret, MASK)
    if any(sign in text.lower() for sign in _SIGNS):
        text = _USER_INFO.sub(f"://{MASK}@", text)
        text = _ASSIGNED.sub(rf"\g<1>{MASK}", text)
    return text


def redact_data(data: Any) -> Any:
    """JSON data with every text in it masked; keys, and what names a node, stay as they are."""
    if isinstance(data, str):
        return redact(data)
    if isinstance(data, list):
        return [redact_data(each) for each in data]
    if isinstance(data, dict):
        kept = _STRUCTURE | _PASSED_OVER
        return {key: each if key in kept else redact_data(each) for key, each in data.items()}
    return data


def redact_artifact(content: bytes) -> bytes:
    """A JSON file of dbt's with every text in it masked; as it is where there is no secret."""
    text = content.decode(errors="replace")
    if redact(text) == text:
        return content
    try:
        return json.dumps(redact_data(json.loads(content))).encode()
    except (ValueError, RecursionError):
        return content  # which is refused as no artifact


def _secrets() -> tuple[str, ...]:
    global _known  # noqa: PLW0603
    if _known is None:
        _known = _spellings({*_of_environment(), *_told})
    return _known


def _of_environment() -> Iterator[str]:
    for name, value in os.environ.items():
        if name not in _NO_SECRETS and _SECRET_NAME.search(name):
            yield value


def _in_settings(value: Any, name: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _in_settings(each, str(key))
    elif isinstance(value, list):
        for each in value:
            yield from _in_settings(each, name)
    elif isinstance(value, bool) or value is None:
        return
    elif _SECRET_NAME.search(name):
        yield str(value)
    elif isinstance(value, str):
        for match in _USER_INFO.finditer(value):
            yield match[1].partition(":")[2] or match[1]
        for match in _ASSIGNED.finditer(value):
            yield match[2].strip("'\"")


def _of_variables(raw: Any, name: str = "") -> Iterator[str]:
    """The values of the environment variables that a profile uses for what may be a secret."""
    if isinstance(raw, dict):
        for key, each in raw.items():
            yield from _of_variables(each, str(key))
    elif isinstance(raw, list):
        for each in raw:
            yield from _of_variables(each, name)
    elif isinstance(raw, str) and name not in _HARMLESS:
        for variable in _ENV_VAR.findall(raw):
            yield os.environ.get(variable, "")


def _spellings(secrets: set[str]) -> tuple[str, ...]:
    """Every way in which a secret may be written, the longest first.

    A secret of several lines is one line by line, too: that is how messages are shown.
    """
    parts = {part for secret in secrets for part in (secret, secret.strip(), *secret.split("\n"))}
    found: set[str] = set()
    for secret in parts:
        if len(secret) < SHORTEST:
            continue
        found |= {secret, repr(secret)[1:-1], secret.replace("'", "''")}
        for as_ascii in (True, False):
            found.add(json.dumps(secret, ensure_ascii=as_ascii)[1:-1])
        if not secret.isalnum():
            from urllib.parse import quote, quote_plus

            found |= {quote(secret, safe=""), quote(secret), quote_plus(secret)}
    return tuple(sorted(found, key=len, reverse=True))
