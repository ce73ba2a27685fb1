"""What a release cannot be made of, found before or at least not after it is published."""

from __future__ import annotations

from collections.abc import Collection

from dbt_rewind.dbt.manifest import Manifest
from dbt_rewind.dbt.version import ProjectVersion
from dbt_rewind.dbt.written_names import (
    PublicNames,
    WrittenName,
    names_in_code,
    names_in_compiled,
)
from dbt_rewind.errors import NameWrittenOut, ProjectUnusable

_WRITES_FILES = "external"


def require_sound(version: ProjectVersion, manifest: Manifest, chosen: Collection[str]) -> None:
    """Raises NameWrittenOut or ProjectUnusable where what dbt has chosen to build reads or writes
    past its release."""
    for unique_id in sorted(chosen & manifest.functions.keys()):
        problem = f"{manifest.functions[unique_id]} is a function, which no release can hold"
        raise ProjectUnusable("parse", problem)
    for unique_id in sorted(chosen & manifest.nodes.keys()):
        node = manifest.nodes[unique_id]
        if node.materialized == _WRITES_FILES:
            problem = f"{node.file} writes a file, which every release would overwrite"
            raise ProjectUnusable("parse", problem)
    _require_none(names_in_code(manifest, _public(manifest), chosen, version.text))


def require_sound_code(
    manifest: Manifest, compiled: Manifest, chosen: Collection[str], default_schema: str | None
) -> None:
    """As `require_sound`, of what dbt has compiled: now it is known which names macros made.

    `manifest` is the project as it was parsed, `default_schema` where names without one lead.
    """
    _require_none(names_in_compiled(compiled, _public(manifest, default_schema), chosen))


def _public(manifest: Manifest, default_schema: str | None = None) -> PublicNames:
    names = {each.unique_id: each.relation for each in manifest.nodes.values()}
    return PublicNames(names, default_schema)


def _require_none(found: Collection[WrittenName]) -> None:
    if not found:
        return
    nodes = sorted({each.meant.split(".", 2)[2] for each in found})
    instead = ", ".join(f"ref('{name}')" for name in nodes[:3])
    raise NameWrittenOut(tuple(sorted(_place(each) for each in found)), instead)


def _place(found: WrittenName) -> str:
    line = f", line {found.line}" if found.line else ""
    return f"{found.file}{line}: {found.text}"
