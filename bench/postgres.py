"""Measures on PostgreSQL: a rollback beside the written procedure and a restored backup."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import psycopg

from bench.cell import seconds
from bench.machine import machine, today
from bench.postgres_sides import ProcedureOnServer, RewindOnServer, load_statements, profile
from bench.processes import ChildFailed, elapsed
from bench.project import GOOD, Size, bad, make_project
from dbt_rewind.demo.postgres_server import PostgresServer, running_postgres

MODELS, DATA = (10, 100, 1000), (10,)

ROLLBACKS = 5

Say = Callable[[str], None]


def measure(scratch: Path, models: Sequence[int], data: Sequence[int], say: Say) -> dict[str, Any]:
    """All figures as JSON data. Raises ChildFailed."""
    began = elapsed()
    cells: list[dict[str, Any]] = []
    missing: list[dict[str, Any]] = []
    say("PostgreSQL, as it is installed: whatever commits is on the disk")
    with running_postgres({}) as server:
        os.environ["PGPASSWORD"] = server.password
        for size in (Size(of, with_) for of in sorted(models) for with_ in sorted(data)):
            say(f"{size.models} models, data {size.data}: {size.rows:,} source rows")
            try:
                cells.append(_cell(size, scratch, server, say))
            except ChildFailed as error:
                reason = str(error).partition("\n")[0][:200]
                missing.append({"models": size.models, "data": size.data, "reason": reason})
                say(f"  not measured: {error}")
        version = _version(server)
    names = ("dbt-rewind", "dbt-core", "dbt-postgres", "psycopg")
    return {
        "date": today(),
        "minutes": round((elapsed() - began) / 60, 1),
        "machine": machine(),
        "versions": {"PostgreSQL": version, **{name: metadata.version(name) for name in names}},
        "cells": cells,
        "missing": missing,
    }


def _cell(size: Size, scratch: Path, server: PostgresServer, say: Say) -> dict[str, Any]:
    folder = scratch / f"postgres-{size.models}x{size.data}"
    try:
        ours = RewindOnServer(folder / "released", target=_database(server, "released"))
        plain = ProcedureOnServer(folder / "plain", target=_database(server, "plain"))
        for side in (ours, plain):
            make_project(side.folder, size, 1, profile(server, side.folder.name))
            side.execute(*load_statements(size))
        return _measured(size, ours, plain, say)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _measured(
    size: Size, ours: RewindOnServer, plain: ProcedureOnServer, say: Say
) -> dict[str, Any]:
    say("  the good version")
    ours.deploy(GOOD)
    plain.build(GOOD)
    good = ours.seen()
    plain.require_seen(good)
    dumped = plain.dump()
    say("  the bad version, and back")
    deployed, built = ours.deploy(bad(1)), plain.build_fresh(bad(1))
    wrong = ours.seen()
    plain.require_seen(wrong)
    rollbacks, floors = [], []
    for _ in range(ROLLBACKS):
        rollbacks.append(ours.rollback(1))
        ours.require_seen(good)
        floors.append(ours.floor())
        ours.rollback(2)
        ours.require_seen(wrong)
    procedure = plain.back()
    plain.require_seen(good)
    # What is there is as large as the bad version was, and as wrong where somebody looks.
    plain.execute("UPDATE analytics.mart_0 SET amount = 0")
    restored = plain.restore()
    plain.require_seen(good)
    return {
        "models": size.models,
        "data": size.data,
        "source_rows": size.rows,
        "database_megabytes": plain.megabytes,
        "rollback": seconds(rollbacks),
        "procedure": seconds([procedure]),
        "restore": seconds([restored]),
        "dump": seconds([dumped]),
        "deploy": seconds([deployed]),
        "dbt_build": seconds([built]),
        "floor": seconds(floors),
    }


def _database(server: PostgresServer, name: str) -> str:
    """An empty database of that name, as a connection string; the password is PGPASSWORD's."""
    where = f"host={server.host} port={server.port} user={server.user}"
    with psycopg.connect(f"{where} dbname=postgres", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
        connection.execute(f"CREATE DATABASE {name}".encode())
    return f"{where} dbname={name}"


def _version(server: PostgresServer) -> str:
    where = f"host={server.host} port={server.port} user={server.user} dbname=postgres"
    with psycopg.connect(where) as connection:
        return str(connection.execute("SHOW server_version").fetchall()[0][0])
