"""The Python packages that speak with servers; each comes with an extra of ours."""

from __future__ import annotations

from importlib import import_module

from dbt_rewind.errors import DriverMissing


def require_driver(module: str, package: str, extra: str) -> None:
    """Raises DriverMissing where `module` cannot be imported, which `package` brings and
    `pip install 'dbt-rewind[extra]'` installs."""
    try:
        import_module(module)
    except ImportError as error:  # also where a library that the package needs is not there
        raise DriverMissing(package, extra, str(error).split("\n", 1)[0]) from error
