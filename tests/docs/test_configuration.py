"""The reference has every key of rewind.yml with its default, and every environment variable."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.docs.pages import ROOT, codes, reference, rows

from dbt_rewind.config.load import json_schema, load_config
from dbt_rewind.dbt import session
from dbt_rewind.engine import workspace

PAGE = reference("configuration")
SCHEMA = json_schema()

VARIABLES_BY_NAME = {
    "src/dbt_rewind/engine/workspace.py": set(workspace._CI_ACTORS),
    "src/dbt_rewind/config/rendering.py": set[str](),  # whatever the user's `env_var()` names
    "src/dbt_rewind/redact.py": set[str](),  # the same
    "src/dbt_rewind/config/told.py": set[str](),  # whatever rewind.yml names
}
"""Files that read variables whose names they do not spell out where they read them."""

TOLD_IN_ONE_ROW = {"models.<name>.gates", "approvals.deploy", "matrix[].approval"}
"""Sections that may be left out, whose keys are told where they are told first."""


def keys(schema: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every key with its default in the words of the reference."""
    required = schema.get("required", ())
    for name, found in schema.get("properties", {}).items():
        path = f"{prefix}{name}"
        yield path, "required" if name in required else found.get("default", {})
        yield from keys(resolved(found), f"{path}.")
        patterns = found.get("patternProperties") or {}
        for entry in (*patterns.values(), found.get("additionalProperties")):
            if isinstance(entry, dict) and "$ref" in entry:
                yield from keys(resolved(entry), f"{path}.<name>.")
        if path not in TOLD_IN_ONE_ROW:
            for choice in found.get("anyOf", ()):  # a section that may be left out
                yield from keys(resolved(choice), f"{path}.")
        if "items" in found:
            yield from keys(resolved(found["items"]), f"{path}[].")


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    found: dict[str, Any] = SCHEMA["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    return found


def default(cell: str) -> Any:
    """What a cell of the column `Default` says."""
    if cell in {"required", "none"}:
        return {"required": "required", "none": None}[cell]
    (text,) = codes(cell)
    try:
        return json.loads(text)
    except ValueError:
        return text


def comparable(value: Any) -> Any:
    """A section that has only defaults is written `{}`."""
    return {} if isinstance(value, dict) else value


def test_every_key_is_documented_with_its_default_and_no_other() -> None:
    documented = {codes(row[0])[0]: default(row[2]) for row in rows(PAGE.section("Keys"))}
    expected = {path: comparable(value) for path, value in keys(SCHEMA)}
    assert documented == expected


def test_the_examples_are_valid(tmp_path: Path) -> None:
    examples = [block for block in PAGE.blocks if block.startswith("version:")]
    assert len(examples) == 2
    for example in examples:
        (tmp_path / "rewind.yml").write_text(example)
        load_config(tmp_path / "rewind.yml")


def variables(file: Path) -> set[str]:
    """The environment variables that a module reads."""
    known = VARIABLES_BY_NAME.get(file.relative_to(ROOT).as_posix())
    found = set(known or ())
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        name = variable(node)
        if isinstance(name, ast.Constant):
            found.add(str(name.value))
        elif name is not None:
            assert known is not None, f"{file}:{node.lineno} reads a variable by another name"  # type: ignore[attr-defined]
    return found


def variable(node: ast.AST) -> ast.expr | None:
    """The name in `os.environ[...]`, `os.environ.get(...)`, `os.getenv(...)`, if `node` is one."""
    if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
        return node.slice
    readers = {"os.environ.get", "os.environ.pop", "os.getenv"}
    if isinstance(node, ast.Call) and ast.unparse(node.func) in readers:
        return node.args[0]
    return None


def test_every_environment_variable_is_documented_and_no_other() -> None:
    section = PAGE.section("Environment variables")
    documented = {name for row in rows(section) for name in codes(row[0])}
    modules = (ROOT / "src" / "dbt_rewind").rglob("*.py")
    read = {name for module in modules for name in variables(module)}
    assert documented == read


def test_every_variable_that_is_kept_from_dbt_is_documented() -> None:
    _, after = PAGE.section("Environment variables").split("kept from dbt:")
    assert set(codes(after)) == session._STEERING


@pytest.mark.parametrize("name", ["DBT_REWIND_CACHE", "REWIND_TRACEBACK"])
def test_variables_are_found(name: str) -> None:
    modules = (ROOT / "src" / "dbt_rewind").rglob("*.py")
    assert any(name in variables(module) for module in modules)
