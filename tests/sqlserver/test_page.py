"""The script of docs/how-to/sqlserver.md is T-SQL, and allows what is asked about beforehand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.sqlserver.test_golden import parsed_by_sqlfluff

from dbt_rewind.warehouse.sqlserver_permissions import FIND_ALLOWED

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "sqlserver.md").read_text("utf-8")
SCRIPT = re.search(r"```sql\n(.*?)```", PAGE, re.DOTALL)
assert SCRIPT is not None
STATEMENTS = [line for line in SCRIPT[1].splitlines() if line.strip() and not line.startswith("--")]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_each_statement_is_t_sql(statement: str) -> None:
    assert parsed_by_sqlfluff(statement)


def test_the_script_gives_what_is_asked_for() -> None:
    asked = set(re.findall(r"DATABASE', N'([A-Z ]+)'", FIND_ALLOWED))
    assert asked == {"CREATE SCHEMA", "CREATE TABLE", "CREATE VIEW", "VIEW DEFINITION"}
    given = " ".join(STATEMENTS)
    assert all(permission in given for permission in (*asked, "VIEW DATABASE STATE"))
    assert "SELECT ON OBJECT::sys.sql_expression_dependencies" in given


def test_nobody_is_made_an_owner_of_the_database() -> None:
    assert "db_owner" not in " ".join(STATEMENTS)
    assert "CONTROL" not in " ".join(STATEMENTS)
