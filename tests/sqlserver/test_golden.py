"""The texts that SQL Server is sent are those of the golden files, and T-SQL.

No server judges them here. Two parsers do; what one does not know is listed with the reason, and
the other must take it.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import pytest
import sqlglot
from sqlfluff.core import Linter
from sqlglot import exp
from sqlglot.errors import ErrorLevel
from tests.sqlserver.statements import batches, statements

GOLDEN: Final = Path(__file__).parent / "golden"
TEXTS: Final = {**statements(), **batches()}

_TRY: Final = "passes over BEGIN TRY as a command"
_PERMISSION: Final = "knows GRANT and DENY without the class OBJECT::"
_CONSTRAINT: Final = "knows ALTER TABLE ADD without kinds of indexes, WITH and NOCHECK"
_DATABASE: Final = "knows ALTER DATABASE as a command only"
NOT_KNOWN_TO_SQLGLOT: Final = {
    "create-schema-owned": "CREATE SCHEMA without AUTHORIZATION only",
    "own-schema": "no ALTER AUTHORIZATION",
    "permit": _PERMISSION,
    "permit-column-on": _PERMISSION,
    "permit-revoke": _PERMISSION,
    "permit-deny": _PERMISSION,
    "copy-rich-1": "no SPARSE, no computed columns without a type",
    "copy-rich-2": _CONSTRAINT,
    "copy-rich-3": "SET IDENTITY_INSERT as a command only",
    "copy-rich-4": "no DBCC",
    "copy-rich-6": "no index with INCLUDE, WHERE and WITH together",
    "copy-rich-8": "no ALTER INDEX",
    "copy-rich-9": _CONSTRAINT,
    "copy-rich-10": _CONSTRAINT,
    "copy-rich-11": _CONSTRAINT,
    "copy-heap-2": "no INSERT with a table hint",
    "copy-columnstore-3": "no INSERT with a table hint",
    "check-table": "no DBCC",
    "check-table-odd": "no DBCC",
    "batch-of-one": _TRY,
    "batch-of-one-odd": _TRY,
    "batch-of-one-values": _TRY,
    "batch-of-many": _TRY,
    "batch-options": "several SET options at once as a command only",
    "batch-server": _TRY,
    "backup-single-user": _DATABASE,
    "backup-multi-user": _DATABASE,
    "backup-offline": _DATABASE,
    "backup-rename": _DATABASE,
}
_BRACKET: Final = "does not know that ]] is a bracket within brackets"
NOT_KNOWN_TO_SQLFLUFF: Final = {
    "drop-schema": _BRACKET,
    "drop-view": _BRACKET,
    "replace-pointer-odd": _BRACKET,
    "count-duplicates": _BRACKET,
    "fingerprint-types": _BRACKET,
    "probe": _BRACKET,
}


ONLY_SCRIPTDOM: Final = frozenset(
    {"backup-database", "backup-verify", "backup-files", "backup-restore"}
)
"""BACKUP and RESTORE are in neither; only Microsoft's own parser (test_scriptdom.py) knows them."""


@pytest.mark.parametrize("name", TEXTS)
def test_the_text_is_as_it_was(name: str, update_golden: bool) -> None:
    file = GOLDEN / f"{name}.sql"
    if update_golden:
        file.write_text(TEXTS[name] + "\n", "utf-8", newline="")
    assert file.read_bytes().decode() == TEXTS[name] + "\n"


def test_no_golden_file_is_left_over() -> None:
    assert {file.stem for file in GOLDEN.iterdir()} == set(TEXTS)


@pytest.mark.parametrize("name", TEXTS)
def test_sqlglot_takes_it(name: str) -> None:
    assert parsed_by_sqlglot(TEXTS[name]) == (name not in {*NOT_KNOWN_TO_SQLGLOT, *ONLY_SCRIPTDOM})


@pytest.mark.parametrize("name", TEXTS)
def test_sqlfluff_takes_it(name: str) -> None:
    assert parsed_by_sqlfluff(TEXTS[name]) == (
        name not in {*NOT_KNOWN_TO_SQLFLUFF, *ONLY_SCRIPTDOM}
    )


def test_every_text_has_a_judge() -> None:
    assert not NOT_KNOWN_TO_SQLGLOT.keys() & NOT_KNOWN_TO_SQLFLUFF.keys()
    assert NOT_KNOWN_TO_SQLGLOT.keys() | NOT_KNOWN_TO_SQLFLUFF.keys() <= TEXTS.keys()


@pytest.mark.parametrize("text", ["SELEC 1 FROM t;", "CREATE VIEW [a.b AS SELECT 1;", "DROP;"])
def test_the_parsers_would_notice(text: str) -> None:
    assert not parsed_by_sqlglot(text)
    assert not parsed_by_sqlfluff(text)


def parsed_by_sqlglot(text: str) -> bool:
    """Whether sqlglot understands the text; what it passes over as a command, it does not."""
    try:
        found = sqlglot.parse(with_values(text), dialect="tsql", error_level=ErrorLevel.RAISE)
    except sqlglot.errors.SqlglotError:
        return False
    return bool(found) and not any(
        node is None or list(node.find_all(exp.Command)) for node in found
    )


def parsed_by_sqlfluff(text: str) -> bool:
    parsed = linter().parse_string(with_values(text) + "\n")
    return not parsed.violations and "unparsable" not in parsed.tree.type_set()


def with_values(text: str) -> str:
    """The text as the driver has it executed: with a value for every `?`."""
    return text.replace("= ?", "= NULL")


@cache
def linter() -> Linter:
    return Linter(dialect="tsql")
