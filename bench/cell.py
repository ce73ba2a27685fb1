"""One cell of the matrix: a number of models and an amount of data, all sides in turns."""

from __future__ import annotations

import shutil
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.processes import ChildFailed
from bench.project import GOOD, Size, bad, load_statements, make_project
from bench.sides import Procedure, Rewind, Side, SqlMesh

ROUNDS = {10: 2}
"""Rounds by number of models; bigger projects, which take minutes, get one."""

LATE = 1000
"""From how many models on SQLMesh is measured when all else is: a plan of its takes minutes."""

_ROLLBACKS = 5
"""The fewest rollbacks of a cell, whatever its rounds: they are the shortest of all."""

Say = Callable[[str], None]


@dataclass(slots=True)
class Timings:
    """Seconds of every repetition."""

    rollback: list[float] = field(default_factory=list)
    procedure: list[float] = field(default_factory=list)
    sqlmesh: list[float] = field(default_factory=list)
    deploy: list[float] = field(default_factory=list)
    dbt_build: list[float] = field(default_factory=list)
    dbt_build_in_place: list[float] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)


def measure_cell(
    size: Size, scratch: Path, mesh_python: str | None, missing: list[dict[str, Any]], say: Say
) -> dict[str, Any]:
    """The cell's figures as JSON data; `mesh_python` is SQLMesh's Python, None leaves it out.

    Where SQLMesh fails or takes too long, `missing` gets to know it. Raises ChildFailed for the
    other sides. All is done in a folder below `scratch` that is gone afterwards.
    """
    folder = scratch / f"{size.models}x{size.data}"
    rounds = ROUNDS.get(size.models, 1)
    try:
        released = Rewind(folder / "released")
        make_project(released.folder, size, rounds)
        plain, mesh = Procedure(folder / "plain"), None
        shutil.copytree(released.folder, plain.folder)
        if mesh_python is not None and size.models < LATE:
            mesh = SqlMesh(folder / "mesh", mesh_python)
            shutil.copytree(released.folder, mesh.folder)
        for side in (released, plain, *([mesh] if mesh else [])):
            side.execute(*load_statements(size))
        timings = Timings()
        _rewind_and_procedure(released, plain, rounds, timings, say)
        if mesh is not None:
            try:
                _sqlmesh(mesh, rounds, timings, say)
            except ChildFailed as error:
                missing.append(not_measured(size, "SQLMesh", error))
                say(f"  not measured: {error}")
        return _figures(size, timings, released)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure_sqlmesh(size: Size, scratch: Path, mesh_python: str, say: Say) -> dict[str, Any] | None:
    """SQLMesh's side of a cell that was measured without it. Raises ChildFailed."""
    mesh = SqlMesh(scratch / f"{size.models}x{size.data}-mesh", mesh_python)
    timings = Timings()
    try:
        make_project(mesh.folder, size, 1)
        mesh.execute(*load_statements(size))
        _sqlmesh(mesh, 1, timings, say)
        return seconds(timings.sqlmesh)
    finally:
        shutil.rmtree(mesh.folder, ignore_errors=True)


def _rewind_and_procedure(
    released: Rewind, plain: Procedure, rounds: int, timings: Timings, say: Say
) -> None:
    """Good, then for each round a bad version forward and back, the two sides in turns."""
    released.deploy(GOOD)
    plain.build(GOOD)
    good = released.seen()
    plain.require_seen(good)
    for round_ in range(1, rounds + 1):
        say(f"  round {round_} of {rounds}")
        if rounds > 1:  # otherwise it takes minutes, and tells little
            timings.dbt_build_in_place.append(plain.build(bad(round_)))
        timings.deploy.append(released.deploy(bad(round_)))
        timings.dbt_build.append(plain.build_fresh(bad(round_)))
        wrong = released.seen()
        for _ in range(-(-_ROLLBACKS // rounds)):
            timings.rollback.append(released.rollback(1))
            released.require_seen(good)
            timings.floor.append(released.floor())
            released.rollback(round_ + 1)
            released.require_seen(wrong)
        released.rollback(1)
        timings.procedure.append(plain.back())
        plain.require_seen(good)


def _sqlmesh(mesh: SqlMesh, rounds: int, timings: Timings, say: Say) -> None:
    say("  SQLMesh")
    mesh.plan(GOOD)
    good = mesh.seen()
    for _ in range(rounds):
        mesh.plan(bad(1))
        _require_other(mesh, good)
        timings.sqlmesh.append(mesh.plan(GOOD))
        mesh.require_seen(good)


def not_measured(size: Size, part: str, error: ChildFailed) -> dict[str, Any]:
    """What the results say of a part that is not in them."""
    reason = str(error).partition("\n")[0].replace(str(Path.home()), "~")
    return {"models": size.models, "data": size.data, "part": part, "reason": reason[:200]}


def _require_other(side: Side, good: str) -> None:
    if side.seen() == good:
        raise AssertionError("the bad version did not go live, so there is nothing to undo")


def _figures(size: Size, timings: Timings, released: Rewind) -> dict[str, Any]:
    return {
        "models": size.models,
        "data": size.data,
        "source_rows": size.rows,
        "database_megabytes": released.megabytes,
        "rollback": seconds(timings.rollback),
        "procedure": seconds(timings.procedure),
        "sqlmesh": seconds(timings.sqlmesh),
        "deploy": seconds(timings.deploy),
        "dbt_build": seconds(timings.dbt_build),
        "dbt_build_in_place": seconds(timings.dbt_build_in_place),
        "floor": seconds(timings.floor),
    }


def seconds(measured: Sequence[float]) -> dict[str, Any] | None:
    """Every repetition and their median; None where nothing was measured."""
    if not measured:
        return None
    return {
        "median": round(statistics.median(measured), 3),
        "all": [round(each, 3) for each in measured],
    }
