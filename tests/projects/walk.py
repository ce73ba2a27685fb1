"""A small dbt project of one kind, and the way that each is taken: there, back, there again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import duckdb
from tests.e2e.lab import Lab, Rows

Files = Mapping[str, str]

CONFIG = "version: 1\nenvironments:\n  prod: {target: prod, branch: main}\n"
PROJECT = "name: shop\nversion: '1.0'\nprofile: shop\nflags: {send_anonymous_usage_stats: false}\n"
PROFILES = """\
shop:
  target: prod
  outputs:
    prod: {type: duckdb, path: shop.duckdb, threads: 2}
"""
OUTSIDE_GIT = "*.duckdb*\n.user.yml\ntarget/\nlogs/\ndbt_packages/\npackage-lock.yml\n"


@dataclass(frozen=True)
class Kind:
    """One kind of project.

    `files` are at the repository's top and are added to the usual ones; `change` is the second
    commit, None for a file that goes. `first` and `second` are all names that users see after each
    deploy, with their rows. `rebuilt` are the nodes that the second deploy builds, without their
    project's name. `sources` runs in the warehouse before, `newer` between the two deploys; `LAKE`
    in them is the path of another database. `columns` says for names with columns that are never
    the same what to read instead.
    """

    peculiarities: Sequence[str]
    files: Files
    first: Mapping[str, Rows]
    change: Mapping[str, str | None]
    second: Mapping[str, Rows]
    rebuilt: set[str]
    sources: Sequence[str] = ()
    newer: Sequence[str] = ()
    project: str = "."
    file: str = "shop.duckdb"
    deploy: Sequence[str] = ()
    columns: Mapping[str, str] = field(default_factory=dict)

    @property
    def all_files(self) -> Files:
        at = "" if self.project == "." else f"{self.project}/"
        usual = {
            "rewind.yml": CONFIG if not at else f"{CONFIG}project: {self.project}\n",
            ".gitignore": OUTSIDE_GIT,
            f"{at}dbt_project.yml": PROJECT,
            f"{at}profiles.yml": PROFILES.replace("shop.duckdb", f"{up(self.project)}{self.file}"),
        }
        return {**usual, **self.files}


def up(project: str) -> str:
    """The way from the project's folder to the repository's top."""
    return "" if project == "." else "../" * len(Path(project).parts)


def begin(kind: Kind, folder: Path) -> Lab:
    """A repository with the kind's first commit, and its sources; nothing was ever deployed."""
    lab = Lab(folder, kind.file)
    lab.repository.mkdir(parents=True)
    lab.git("init", "--quiet", "--template=", "--initial-branch=main")
    lab.commit("Begin", kind.all_files)
    fill(lab, kind.sources)
    return lab


def fill(lab: Lab, statements: Sequence[str]) -> None:
    lake = str(lab.repository / "lake.duckdb")
    if statements:
        lab.sql(*(statement.replace("LAKE", lake) for statement in statements))


def change(lab: Lab, files: Mapping[str, str | None]) -> None:
    for name, content in files.items():
        if content is None:
            (lab.repository / name).unlink()
    lab.commit("Change", {name: text for name, text in files.items() if text is not None})


def walk(lab: Lab, kind: Kind) -> None:
    """Deploy, change, deploy, rollback, forward: users see what is expected at each stage."""
    lab.rewind("deploy", *kind.deploy)
    assert seen(lab, kind.columns) == kind.first
    fill(lab, kind.newer)
    change(lab, kind.change)
    deployed = lab.rewind("deploy", *kind.deploy)
    nodes = deployed["release"]["nodes"]
    assert seen(lab, kind.columns) == kind.second
    built = {node["unique_id"] for node in nodes if node["built_by"] == "r2"}
    assert {".".join(each.split(".")[0:1] + each.split(".")[2:]) for each in built} == kind.rebuilt
    lab.rewind("rollback", "--yes")
    assert seen(lab, kind.columns) == kind.first
    lab.rewind("verify", "--deep")
    lab.rewind("rollback", "--to", "r2", "--yes")
    assert seen(lab, kind.columns) == kind.second
    lab.rewind("verify", "--deep")
    lab.assert_tidy()


def seen(lab: Lab, columns: Mapping[str, str] = MappingProxyType({})) -> dict[str, Rows]:
    """All rows that users see, by public name, whatever characters are in the names."""

    def rows(schema: str, name: str) -> Rows:
        wanted = columns.get(f"{schema}.{name}", "*")
        # A schema may be called like its database.
        source = ".".join(quoted(part) for part in (Path(lab.file).stem, schema, name))
        return connection.execute(f"select {wanted} from {source} order by all").fetchall()

    with duckdb.connect(str(lab.database), read_only=True) as connection:
        return {
            f"{schema}.{name}": rows(schema, name)
            for schema, name in connection.execute(
                "select schema_name, view_name from duckdb_views() where not internal"
                " and schema_name <> 'rewind' and not starts_with(schema_name, 'rewind_')"
                " and database_name = current_database()"
                # A snapshot with a schema of its own is built beside its pointer.
                " and not regexp_matches(view_name, '__r[0-9]+$') order by all"
            ).fetchall()
        }


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def model(sql: str, **config: Any) -> str:
    """A model's file."""
    settings = ", ".join(f"{name}={value!r}" for name, value in config.items())
    return f"{{{{ config({settings}) }}}}\n{sql}\n" if config else f"{sql}\n"
