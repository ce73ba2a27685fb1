"""dbt-rewind: a release manager and rollback engine for dbt."""

from dbt_rewind._version import __version__

__all__ = ["__version__"]
