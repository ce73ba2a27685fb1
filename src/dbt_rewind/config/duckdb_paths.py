"""Relative paths in a dbt-duckdb profile, which mean another file once dbt runs elsewhere."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from dbt_rewind.config.rendering import has_jinja

# What follows these is a file's path; any other scheme (`md:`, `s3:`, `postgres:`) is an address.
_FILE_SCHEMES: Final = re.compile(r"(?:(?:ducklake|duckdb|sqlite):)*", re.IGNORECASE)
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_KINDS_WITH_FILES: Final = {"", "duckdb", "ducklake", "sqlite"}


def with_absolute_paths(
    raw: Mapping[str, Any], rendered: Mapping[str, Any], folder: Path
) -> dict[str, Any]:
    """The raw settings with the paths of databases, relative to `folder`, made absolute.

    Jinja stays: whether a path is relative is told from `rendered`, and `folder` is put before
    the raw text. `external_root`, where exported files go, is set, since its default is relative.
    """
    changed = dict(raw)
    if "path" in raw:
        changed["path"] = _absolute(raw["path"], rendered["path"], folder)
    changed["external_root"] = _absolute(
        raw.get("external_root", "."), rendered.get("external_root", "."), folder
    )
    if isinstance(raw.get("attach"), list):
        changed["attach"] = [
            _attachment(entry, rendered["attach"][at], folder)
            for at, entry in enumerate(raw["attach"])
        ]
    return changed


def _attachment(raw: Any, rendered: Any, folder: Path) -> Any:
    if not isinstance(raw, dict) or "path" not in raw:
        return raw
    options = rendered.get("options")
    kind = rendered.get("type") or (options.get("type") if isinstance(options, dict) else None)
    if str(kind or "").lower() not in _KINDS_WITH_FILES:
        return raw  # a connection string
    return {**raw, "path": _absolute(raw["path"], rendered["path"], folder)}


def _absolute(raw: Any, rendered: Any, folder: Path) -> Any:
    if not isinstance(raw, str) or not isinstance(rendered, str):
        return raw
    match = _FILE_SCHEMES.match(rendered)
    scheme = match[0] if match else ""
    path = rendered.removeprefix(scheme)
    if not path or path.startswith((":", "/", "~")) or _SCHEME.match(path):
        return raw
    if not has_jinja(raw):
        return scheme + _literal(str(folder / path))
    if not raw.startswith(scheme):
        return scheme + _literal(str(folder / path))
    return scheme + _literal(str(folder).rstrip("/") + "/") + raw.removeprefix(scheme)


def _literal(text: str) -> str:
    """Text that Jinja renders to itself."""
    if not has_jinja(text):
        return text
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"{{{{ '{escaped}' }}}}"
