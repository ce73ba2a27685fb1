"""The overlay: macros laid over a private worktree so that nodes build under versioned names.

dbt asks two macros for a node's schema and alias. Ours ask the project's own (renamed in the
worktree, so that the public name is exactly what the project would have made) and add a prefix to
the schema and the release to the alias: `gold.orders` builds as `rewind_gold.orders__r12`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from dbt_rewind.config.project import ProjectFile, read_project

SCHEMA_PREFIX = "rewind_"
OVERLAY_FILE = "rewind_overlay.sql"
OVERLAY_VERSION = 1
"""Part of every build key: a new way of laying the overlay must not reuse what an old one built."""

_OWN = "rewind_public__"
_DEFINITION = re.compile(
    r"\{#.*?#\}"  # a comment, so that a definition in it does not count as one
    r"|(\{%[-+]?\s*macro\s+)(generate_schema_name|generate_alias_name)(\s*\()",
    re.ASCII | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class OwnMacros:
    """Which of the two macros a project or package defines itself."""

    schema: bool = False
    alias: bool = False


def version_suffix(release: int) -> str:
    """What the alias of every node of a release ends with."""
    return f"__r{release}"


def rename_own_macros(text: str) -> tuple[str, OwnMacros]:
    """`text` with definitions of the two macros renamed, and which were found."""
    found = {match[2] for match in _DEFINITION.finditer(text)}
    own = OwnMacros("generate_schema_name" in found, "generate_alias_name" in found)
    return _DEFINITION.sub(_renamed, text), own


def _renamed(match: re.Match[str]) -> str:
    return f"{match[1]}{_OWN}{match[2]}{match[3]}" if match[2] else match[0]


def overlay_text(release: int, own: OwnMacros, package: str) -> str:
    """The overlay's macro file for the package that dbt calls `package`.

    Where the project has no macro of its own, dbt's is asked: it dispatches, so that a project's
    `default__generate_schema_name` is honoured too.
    """
    schema = f"{package}.{_OWN}generate_schema_name" if own.schema else "dbt.generate_schema_name"
    alias = f"{package}.{_OWN}generate_alias_name" if own.alias else "dbt.generate_alias_name"
    return f"""{{% macro generate_schema_name(custom_schema_name=none, node=none) -%}}
  {SCHEMA_PREFIX}{{{{ {schema}(custom_schema_name, node) | trim }}}}
{{%- endmacro %}}

{{% macro generate_alias_name(custom_alias_name=none, node=none) -%}}
  {{{{ {alias}(custom_alias_name, node) | trim }}}}{version_suffix(release)}
{{%- endmacro %}}
"""


def lay_overlay(project: ProjectFile, release: int) -> None:
    """Lays the overlay over the worktree's project, and over packages with macros of their own.

    Writes into `project.folder`, which must be a private worktree in which `dbt deps` has run.
    """
    _lay(project, release, always=True)
    packages = project.folder / project.packages_path
    for folder in sorted(packages.glob("*/dbt_project.yml")):
        _lay(read_project(folder.parent), release, always=False)


def _lay(project: ProjectFile, release: int, *, always: bool) -> None:
    schema = alias = False
    for folder in project.macro_paths:
        for path in sorted((project.folder / folder).rglob("*.sql")):
            text = path.read_text(encoding="utf-8", errors="surrogateescape")
            renamed, own = rename_own_macros(text)
            if renamed != text:
                path.write_text(renamed, encoding="utf-8", errors="surrogateescape")
            schema, alias = schema or own.schema, alias or own.alias
    if not (always or schema or alias):
        return
    target = project.folder / project.macro_paths[0]
    target.mkdir(parents=True, exist_ok=True)
    text = overlay_text(release, OwnMacros(schema, alias), project.name)
    (target / OVERLAY_FILE).write_text(text, encoding="utf-8")
