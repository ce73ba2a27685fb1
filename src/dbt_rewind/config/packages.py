"""The local packages that a dbt project lists, as far as they must be known without dbt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from dbt_rewind.config.dbt_yaml import read_dbt_yaml
from dbt_rewind.config.rendering import Rendering, RenderProblem
from dbt_rewind.config.yaml_source import YamlProblem

PACKAGE_FILES: Final = ("packages.yml", "dependencies.yml")


def local_packages(folder: Path, variables: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """For each local package of the project in `folder`: the file that lists it, and its path as
    written there. What cannot be read is dbt's to complain of. Raises EnvVarUnset."""
    for name in PACKAGE_FILES:
        file = folder / name
        if not file.is_file():
            continue
        try:
            listed = read_dbt_yaml(file).get("packages")
            entries = Rendering(str(file), variables).value(listed, ("packages",))
        except (YamlProblem, RenderProblem):
            continue
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict) and isinstance(entry.get("local"), str):
                yield name, entry["local"]
