"""The models are valid SQL for all three engines, as far as a parser can tell.

dbt can compile only for an adapter that is installed, so the files are rendered here with Jinja
and stand-ins for what dbt provides; the project's own macros are the real ones.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import pytest
import sqlglot
from sqlglot import exp

PROJECT = Path(__file__).parents[2] / "examples" / "adventureworks"
MODELS = sorted((PROJECT / "models").rglob("*.sql"))
SINGULAR_TESTS = sorted((PROJECT / "tests").glob("*.sql"))
GENERIC_TESTS = sorted((PROJECT / "tests" / "generic").glob("*.sql"))
DIALECTS = {"duckdb": "duckdb", "postgres": "postgres", "sqlserver": "tsql"}
# What T-SQL does not have, though a lenient parser reads it.
NOT_IN_TSQL = (exp.Limit, exp.Qualify, exp.Boolean, exp.DPipe, exp.ILike, exp.RegexpLike)


class StandInDbt:
    """The few of dbt's own macros the project calls, as each adapter renders them."""

    def __init__(self, adapter: str) -> None:
        self.sqlserver = adapter == "sqlserver"

    def concat(self, parts: list[str]) -> str:
        return f"concat({', '.join(parts)})" if self.sqlserver else " || ".join(parts)

    def datediff(self, first: str, second: str, part: str) -> str:
        if self.sqlserver:
            return f"datediff({part}, {first}, {second})"
        return f"(cast({second} as date) - cast({first} as date))"

    def type_timestamp(self) -> str:
        return "datetime2(6)" if self.sqlserver else "timestamp"

    def current_timestamp(self) -> str:
        return "sysdatetime()" if self.sqlserver else "now()"


class StandInAdapter:
    """Finds the macro of the adapter, or the default one, as dbt does."""

    def __init__(self, adapter: str) -> None:
        self.adapter = adapter
        self.macros: dict[str, Callable[..., str]] = {}

    def dispatch(self, name: str, package: str) -> Callable[..., str]:
        assert package == "adventureworks"
        found = self.macros.get(f"{self.adapter}__{name}")
        return found or self.macros[f"default__{name}"]


@cache
def renderer(adapter: str, *, incremental: bool = False) -> Callable[[str], str]:
    """Return a function that renders a template for the adapter."""
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined)
    stand_in = StandInAdapter(adapter)
    environment.globals.update(
        adapter=stand_in,
        dbt=StandInDbt(adapter),
        config=lambda **_: "",
        ref=lambda name: f"some_schema.{name}",
        source=lambda schema, table: f"{schema}.{table}",
        is_incremental=lambda: incremental,
        this="silver.this_table",
    )
    text = "\n".join(path.read_text("utf-8") for path in sorted(PROJECT.glob("macros/*.sql")))
    for path in GENERIC_TESTS:
        text += re.sub(r"{% (end)?test", r"{% \1macro", path.read_text("utf-8"))
    module: Any = environment.from_string(text).module
    stand_in.macros = {n: m for n, m in vars(module).items() if not n.startswith("_")}
    environment.globals.update(stand_in.macros)
    return lambda template: environment.from_string(template).render()


def check(sql: str, adapter: str) -> None:
    """Fail unless the text is one query the dialect can hold."""
    statements = sqlglot.parse(sql, dialect=DIALECTS[adapter])
    assert len(statements) == 1
    query = statements[0]
    assert isinstance(query, exp.Query)
    assert query.args.get("order") is None, "a view cannot be ordered"
    for group in query.find_all(exp.Group):
        assert not any(isinstance(part, exp.Literal) for part in group.expressions)
    if adapter == "sqlserver":
        assert [node.sql() for node in query.find_all(*NOT_IN_TSQL)] == []
        nested = [w for w in query.find_all(exp.With) if w.parent is not query]
        assert nested == [], "T-SQL has common table expressions at the top only"


@pytest.mark.parametrize("adapter", DIALECTS)
@pytest.mark.parametrize("path", [*MODELS, *SINGULAR_TESTS], ids=lambda path: path.stem)
def test_models_and_tests(path: Path, adapter: str) -> None:
    template = path.read_text("utf-8")
    assert "::" not in template
    for incremental in (False, True):
        check(renderer(adapter, incremental=incremental)(template), adapter)


@pytest.mark.parametrize("adapter", DIALECTS)
@pytest.mark.parametrize("path", GENERIC_TESTS, ids=lambda path: path.stem)
def test_generic_tests(path: Path, adapter: str) -> None:
    check(renderer(adapter)(f"{{{{ {path.stem}('gold.a_table', 'a_column') }}}}"), adapter)


def test_sql_server_gets_its_own_macros() -> None:
    render = renderer("sqlserver")
    assert render("{{ month_start('d') }}").strip() == "datefromparts(year(d), month(d), 1)"
    assert "= 1" in render("{{ flag_to_int('f') }}")
    assert "N'" in render("{{ email_address('a', 'b') }}")
    assert "date_trunc" in renderer("postgres")("{{ month_start('d') }}")


def test_the_parser_would_notice() -> None:
    for bad in ("select a from t limit 1", "select true as a", "select a || b as c from t"):
        with pytest.raises(AssertionError):
            check(bad, "sqlserver")
