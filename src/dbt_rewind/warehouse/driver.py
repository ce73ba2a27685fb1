"""The Python packages that speak with servers; each comes with an extra of ours."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from dbt_rewind.errors import DriverMissing

_MODULES = {"postgres": "psycopg", "sqlserver": "mssql_python"}
"""What a warehouse's driver is imported as; the extra is called as the warehouse."""


def require_driver(module: str, package: str, extra: str) -> None:
    """Raises DriverMissing where `module` cannot be imported, which `package` brings and
    `pip install 'dbt-rewind[extra]'` installs."""
    try:
        import_module(module)
    except ImportError as error:  # also where a library that the package needs is not there
        raise DriverMissing(package, extra, str(error).split("\n", 1)[0]) from error


def missing_extra(adapter: str) -> str | None:
    """What is to be installed before that warehouse can be reached, `dbt-rewind[postgres]`; None
    where nothing is missing."""
    module = _MODULES.get(adapter)
    return f"dbt-rewind[{adapter}]" if module and find_spec(module) is None else None
