"""dbt's own YAML files, read as leniently as dbt reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from dbt_rewind.config.yaml_source import LOADER, YamlProblem, checked_text, yaml_problem


def read_dbt_yaml(file: Path) -> dict[Any, Any]:
    """The file's mapping; empty where the file is.

    Raises YamlProblem, also where it cannot be opened.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise YamlProblem(None, f"cannot be read: {(error.strerror or 'error').lower()}") from error
    return parse_dbt_yaml(content)


def parse_dbt_yaml(content: bytes) -> dict[Any, Any]:
    """The mapping in `content`; empty where that is. Raises YamlProblem."""
    text = checked_text(content)
    try:
        value = yaml.load(text, Loader=LOADER)  # noqa: S506 (a safe loader)
    except yaml.YAMLError as error:
        raise yaml_problem(error) from None
    except Exception:
        # PyYAML lets a malformed tagged scalar's error through: `!!int ""`, `2024-99-99`.
        raise YamlProblem(None, "holds a value that YAML cannot read") from None
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise YamlProblem(1, "is not a mapping of settings")
    return value


def described(problem: YamlProblem) -> str:
    """The problem as one phrase that follows the file's name."""
    return f"line {problem.line} {problem.problem}" if problem.line else problem.problem
