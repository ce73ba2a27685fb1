"""A generated dbt project in git: layers of models, a test on each, and one bad version a round."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.processes import run

GOOD = "good"
"""The tag of the version to go back to."""

DATABASE = "shop.duckdb"
ROWS = 50_000
"""Source rows in one unit of data."""

_PROJECT = """\
name: shop
version: "1.0"
profile: shop
model-paths: [models]
models:
  shop:
    staging: {materialized: view}
    intermediate: {materialized: table}
    marts: {materialized: table}
"""

_PROFILE = f"""\
shop:
  target: prod
  outputs:
    prod: {{type: duckdb, path: {DATABASE}, schema: analytics, threads: 2}}
"""

_REWIND = """\
version: 1
environments:
  prod: {target: prod, branch: main}
"""

_SQLMESH = """\
model_defaults:
  start: 2026-01-01
  dialect: duckdb
virtual_environment_mode: full
"""

_SOURCES = """\
sources:
  - name: raw
    schema: raw
    tables:
      - name: orders
"""

_IGNORED = "\n".join(
    (f"{DATABASE}*", ".rewind", "target", "logs", ".cache", "dbt_packages", "*.dump", "")
)


@dataclass(frozen=True, slots=True)
class Size:
    """How many models, and how many units of data their source has."""

    models: int
    data: int

    @property
    def staging(self) -> int:
        return max(1, self.models * 3 // 10)

    @property
    def intermediate(self) -> int:
        return max(1, self.models * 4 // 10)

    @property
    def marts(self) -> int:
        return self.models - self.staging - self.intermediate

    @property
    def rows(self) -> int:
        return self.data * ROWS


def bad(round_: int) -> str:
    """The tag of the bad version of that round (from 1): each changes every model."""
    return f"bad-{round_}"


def make_project(folder: Path, size: Size, rounds: int, profile: str = _PROFILE) -> None:
    """A repository in `folder` with the tag `good` and a bad version for each round."""
    folder.mkdir(parents=True)
    for name, text in _files(size, factor=1, profile=profile):
        _write(folder / name, text)
    git(folder, "init", "--quiet", "--initial-branch=main")
    _commit(folder, "The good version", GOOD)
    for round_ in range(1, rounds + 1):
        for name, text in _staging(size, factor=100 + round_):
            _write(folder / name, text)
        _commit(folder, f"Bad version {round_}", bad(round_))


def change(folder: Path, size: Size, factor: int, subject: str) -> None:
    """Commits whatever lies in `folder`, with every amount multiplied by `factor`."""
    for name, text in _staging(size, factor):
        _write(folder / name, text)
    _commit(folder, subject, None)


def git(folder: Path, *arguments: str) -> None:
    run(folder, "git", *arguments)


def load_statements(size: Size) -> tuple[str, ...]:
    """SQL that makes the source table: the same rows each time, spread over all staging models."""
    return (
        "CREATE SCHEMA IF NOT EXISTS raw",
        f"""CREATE OR REPLACE TABLE raw.orders AS
SELECT i AS id, i % {size.staging} AS part, hash(i) % 5000 AS customer,
  (hash(i + 1) % 100000)::DECIMAL(12, 2) AS amount, DATE '2026-01-01' + (i % 365)::INTEGER AS day,
  'order ' || i AS note
FROM range({size.rows}) AS r(i)""",
    )


def _files(size: Size, factor: int, profile: str) -> Iterator[tuple[str, str]]:
    yield "dbt_project.yml", _PROJECT
    yield "profiles.yml", profile
    yield "rewind.yml", _REWIND
    yield "sqlmesh.yaml", _SQLMESH
    yield ".gitignore", _IGNORED
    yield "models/sources.yml", _SOURCES
    yield from _staging(size, factor)
    yield from _intermediate(size)
    yield from _marts(size)
    for layer, prefix, count in (
        ("staging", "stg", size.staging),
        ("intermediate", "int", size.intermediate),
        ("marts", "mart", size.marts),
    ):
        yield f"models/{layer}/schema.yml", _tests(prefix, count)


def _staging(size: Size, factor: int) -> Iterator[tuple[str, str]]:
    for at in range(size.staging):
        yield (
            f"models/staging/stg_{at}.sql",
            f"select id, customer, amount * {factor} as amount, day, note\n"
            f"from {{{{ source('raw', 'orders') }}}}\nwhere part = {at}\n",
        )


def _intermediate(size: Size) -> Iterator[tuple[str, str]]:
    for at in range(size.intermediate):
        yield (
            f"models/intermediate/int_{at}.sql",
            "select id, customer, amount, day, note, amount * 0.19 as tax\n"
            f"from {{{{ ref('stg_{at % size.staging}') }}}}\n",
        )


def _marts(size: Size) -> Iterator[tuple[str, str]]:
    for at in range(size.marts):
        yield (
            f"models/marts/mart_{at}.sql",
            "select customer as id, count(*) as orders, sum(amount) as amount, sum(tax) as tax,\n"
            "  min(day) as first_day, max(day) as last_day\n"
            f"from {{{{ ref('int_{at % size.intermediate}') }}}}\ngroup by customer\n",
        )


def _tests(prefix: str, count: int) -> str:
    models = "".join(
        f"  - name: {prefix}_{at}\n    columns:\n      - name: id\n        data_tests: [unique]\n"
        for at in range(count)
    )
    return f"models:\n{models}"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _commit(folder: Path, subject: str, tag: str | None) -> None:
    person = ("-c", "user.name=Bench", "-c", "user.email=bench@example.com")
    git(folder, "add", "--all")
    git(folder, *person, "commit", "--quiet", f"--message={subject}")
    if tag is not None:
        git(folder, "tag", tag)
