"""The JSON reference has every field that a command writes, and none that is not there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.docs.pages import ROOT, codes, reference, rows

from dbt_rewind.cli.screen import JSON_VERSION

PAGE = reference("json")
CLI = ROOT / "src" / "dbt_rewind" / "cli"
NO_DOCUMENT = {"schema", "demo"}


def written() -> Iterator[str]:
    """The keys of every dict that the command line writes out or assigns into."""
    for module in CLI.glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            found: list[ast.expr | None] = []
            if isinstance(node, ast.Dict):
                found = list(node.keys)
            elif isinstance(node, ast.Assign):
                found = [each.slice for each in node.targets if isinstance(each, ast.Subscript)]
            for key in found:
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    yield key.value


def documented() -> set[str]:
    """The last part of every field in a table, and fields that the text names."""
    paths = {path for row in rows(PAGE.prose) for path in codes(row[0])}
    in_text = {"passed", "warned", "failed", "skipped", "database", "schema", "name"}
    in_text |= {"target", "branch"}
    return {path.rsplit(".", 1)[-1] for path in paths} | in_text


NO_FIELDS = {
    *("fg", "live", "failed", "aborted", "rolled back", "passed", "warned", "skipped", "verified"),
    *("help_option_names", "max_content_width", "ok", "warning", "problem", "not checked"),
    *("open", "in hand", "closed"),
    *("critical", "high", "medium", "left", "success", "failure"),
}
"""Keys of dicts that are no documents: colours, and Typer's settings."""


def test_every_field_is_documented() -> None:
    missing = set(written()) - documented() - NO_FIELDS
    assert missing == set()


def test_every_documented_field_is_written() -> None:
    assert documented() - set(written()) == set()


def test_every_command_with_a_document_has_a_section() -> None:
    commands = {
        match[1]
        for module in CLI.glob("*.py")
        for match in re.finditer(r"screen\.document\(\s*\"([\w-]+)\"", module.read_text())
    }
    sections = {heading.split()[0] for heading in PAGE.headings}
    assert commands <= sections
    assert NO_DOCUMENT.isdisjoint(sections)


def test_the_version_is_documented() -> None:
    assert f"| `version` | {JSON_VERSION} |" in PAGE.prose
