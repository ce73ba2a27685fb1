"""Public names that a project's code has written out instead of using `ref()`.

Such code reads, or writes, what is live at the moment it runs, so no release can hold it: the first
deploy does not find it, and every later one mixes two releases.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dbt_rewind.dbt.manifest import Manifest
from dbt_rewind.dbt.sql_names import table_names
from dbt_rewind.model import RelationName

ReadFile = Callable[[str, str], str | None]
"""The text of a project's file, by package and path; None where there is none."""

_PROJECT_FILE = "dbt_project.yml"
_NAME_ALONE = re.compile(r'[\w"]+(?:\.[\w"]+){1,2}')
_AFTER_KEYWORD = re.compile(
    r"(?:\b(?:from|join|into|update|using|table)|,)\s+(?:\"([^\"]+)\"|(\w+))(?!\s*\.)",
    re.IGNORECASE,
)
_HOOKS = ("pre-hook", "post-hook")


@dataclass(frozen=True, slots=True)
class WrittenName:
    """A public name in the code of `unique_id`: as it is written, the node that it means, and
    where. `line` is None where the name came into the code by a macro."""

    unique_id: str
    text: str
    meant: str
    file: str
    line: int | None


class PublicNames:
    """The names that users query, each with the node that is behind it.

    With a `default_schema`, names of one part count too, as those of that schema: only of text that
    is complete, since a template may get the common table expression that is meant from a macro.
    """

    def __init__(
        self, names: Mapping[str, RelationName], default_schema: str | None = None
    ) -> None:
        self._default_schema = default_schema.lower() if default_schema else None
        self._nodes = {
            (name.schema.lower(), name.name.lower()): (name.database.lower(), unique_id)
            for unique_id, name in names.items()
        }
        schemas = sorted({re.escape(schema) for schema, _ in self._nodes}, reverse=True)
        # Anywhere, so that code without any such pair, which most is, need not be read at all.
        self._pairs = re.compile(
            rf"\b({'|'.join(schemas)})\"?\s*\.\s*(?:\"([^\"]+)\"|(\w+))", re.IGNORECASE
        )

    def written_in(self, sql: str) -> Iterator[tuple[int, str, str]]:
        """For each public name in the text: where it is, how it is written, which node it is."""
        if not any(pair in self._nodes for pair in self._candidates(sql)):
            return
        for name in table_names(sql):
            node = self._node(name.parts)
            if node is not None:
                yield name.start, sql[name.start : name.end], node

    def _candidates(self, sql: str) -> Iterator[tuple[str, str]]:
        for schema, quoted, plain in self._pairs.findall(sql):
            yield schema.lower(), (quoted or plain).lower()
        if self._default_schema is not None:
            for quoted, plain in _AFTER_KEYWORD.findall(sql):
                yield self._default_schema, (quoted or plain).lower()

    def _node(self, parts: tuple[str, ...]) -> str | None:
        folded = tuple(part.lower() for part in parts)
        # Of a column's name, which some statements want, the last part is the column's.
        for database, schema, name in self._readings(folded):
            known, unique_id = self._nodes.get((schema, name), ("", ""))
            if unique_id and database in (None, known):
                return unique_id
        return None

    def _readings(self, parts: tuple[str, ...]) -> Iterator[tuple[str | None, str, str]]:
        if len(parts) == 1 and self._default_schema is not None:
            yield None, self._default_schema, parts[0]
        elif len(parts) == 2:
            yield None, parts[0], parts[1]
        elif len(parts) == 3:
            yield parts[0], parts[1], parts[2]
            yield None, parts[0], parts[1]


def names_in_code(
    manifest: Manifest, public: PublicNames, unique_ids: Collection[str], read: ReadFile
) -> tuple[WrittenName, ...]:
    """What the code of these nodes, and of all operations, names as people have written it."""
    found = []
    for unique_id, node in manifest.data["nodes"].items():
        if unique_id not in unique_ids and not unique_id.startswith("operation."):
            continue
        for code in _code(node):
            for at, text, meant in _in_code(code, node, public):
                found.append(_located(node, code, at, text, meant, read))
    return tuple(found)


def names_in_compiled(
    manifest: Manifest, public: PublicNames, unique_ids: Collection[str]
) -> tuple[WrittenName, ...]:
    """What the SQL that dbt has compiled for these nodes names."""
    return tuple(
        WrittenName(unique_id, text, meant, manifest.file(unique_id) or "", None)
        for unique_id in sorted(unique_ids)
        for _, text, meant in public.written_in(manifest.compiled_sql(unique_id) or "")
    )


def _code(node: Mapping[str, Any]) -> Iterator[str]:
    yield node.get("raw_code") or ""
    for hook in _HOOKS:
        for each in node["config"].get(hook) or ():
            yield each["sql"] if isinstance(each, Mapping) else str(each)


def _in_code(
    code: str, node: Mapping[str, Any], public: PublicNames
) -> Iterator[tuple[int, str, str]]:
    if node.get("language") != "python" or code != node.get("raw_code"):
        yield from public.written_in(code)
        return
    for text in _python_texts(code):
        # A text that is a name and nothing else is a table's (`session.table("silver.orders")`).
        sql = f"from {text}" if _NAME_ALONE.fullmatch(text) else text
        yield from ((max(code.find(name), 0), name, to) for _, name, to in public.written_in(sql))


def _python_texts(code: str) -> Iterator[str]:
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError):
        return  # dbt says what is wrong with it
    remarks = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in remarks
        ):
            yield node.value


def _located(
    node: Mapping[str, Any], code: str, at: int, text: str, meant: str, read: ReadFile
) -> WrittenName:
    for file in _files(node):
        content = read(node["package_name"], file) or ""
        # dbt cuts white space off, and blocks out of their file.
        begin = content.find(code)
        place = begin + at if begin >= 0 else content.find(text)
        if place >= 0:
            line = content.count("\n", 0, place) + 1
            return WrittenName(node["unique_id"], text, meant, file, line)
    return WrittenName(node["unique_id"], text, meant, node["original_file_path"], None)


def _files(node: Mapping[str, Any]) -> Iterator[str]:
    """Where a node's code may be written: its own file, its properties, the project's file."""
    yield node["original_file_path"].removeprefix("./")
    if patch := node.get("patch_path"):
        yield patch.partition("://")[2]
    yield _PROJECT_FILE
