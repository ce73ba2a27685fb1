"""What a dbt-postgres profile's settings must look like for us to connect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, Final

from dbt_rewind.config.setting_shapes import (
    Shape,
    misshapen_values,
    missing,
    one_of,
    said_twice,
    text,
    whole_number,
)

# The password may be missing: then it comes from PGPASSWORD, ~/.pgpass or a service's file.
_NEEDED: Final = (("host",), ("user",), ("port",), ("dbname", "database"), ("schema",))
_ALIASES: Final = (("dbname", "database"), ("password", "pass"))
_SSL_MODES: Final = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_SHAPES: Final[Mapping[str, Shape]] = {
    "host": text,
    "user": text,
    "password": text,
    "pass": text,
    "port": whole_number(1, 65_535),
    "dbname": text,
    "database": text,
    "schema": text,
    "connect_timeout": whole_number(0),
    "keepalives_idle": whole_number(0),
    "retries": whole_number(0),
    "search_path": text,
    "role": text,
    "sslmode": lambda value: None if value == "" else one_of(*_SSL_MODES)(value),
    "sslcert": text,
    "sslkey": text,
    "sslrootcert": text,
    "application_name": text,
}


def misshapen(settings: Mapping[str, Any]) -> str | None:
    """What is wrong with the rendered settings, None where nothing is; quotes no value."""
    return next(_problems(settings), None)


def _problems(settings: Mapping[str, Any]) -> Iterator[str]:
    return chain(
        missing(settings, _NEEDED),
        said_twice(settings, _ALIASES),
        misshapen_values(settings, _SHAPES),
    )
