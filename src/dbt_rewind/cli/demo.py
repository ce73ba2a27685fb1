"""`rewind demo`: a sample pipeline deployed, broken, stopped, broken again and rolled back."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dbt_rewind.cli.demo_stage import Stage, heading, unlike_the_story, ways_there
from dbt_rewind.cli.screen import echo
from dbt_rewind.cli.words import lasting
from dbt_rewind.errors import ExitCode, UsageInvalid

if TYPE_CHECKING:
    from dbt_rewind.demo.sample import Loading


class Engine(StrEnum):
    DUCKDB = "duckdb"
    POSTGRES = "postgres"


def register(app: typer.Typer) -> None:
    app.command("demo")(demo)


def demo(
    folder: Annotated[
        Path | None,
        typer.Option("--folder", help="A new folder for it; default: rewind-demo, here."),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option("--data", help="A folder of AdventureWorks CSV files; default: generated."),
    ] = None,
    engine: Annotated[
        Engine,
        typer.Option("--engine", help="The warehouse; postgres starts a server of its own."),
    ] = Engine.DUCKDB,
    incident: Annotated[
        bool,
        typer.Option(
            "--incident", help="The second act: a bad merge, from who sees it to its revert."
        ),
    ] = False,
    serve: Annotated[
        bool,
        typer.Option("--serve", help="Only run the PostgreSQL of an earlier demo, until Ctrl-C."),
    ] = False,
) -> None:
    """Show the whole of it on a sample pipeline, in a folder that is kept for you to try more."""
    if incident and (serve or engine is not Engine.DUCKDB):
        raise UsageInvalid("--incident plays on DuckDB only, and with nothing else to serve")
    if serve:
        _serve(folder or _last_place())
        return
    from dbt_rewind.demo.sample import free_folder, load_data

    place = (folder or free_folder(Path.cwd())).absolute()
    began = time.perf_counter()
    heading("A dbt project with its history, and a warehouse to go with it")
    rows = data.absolute() if data else None
    if incident:
        from dbt_rewind.cli.demo_incident import tell_incident

        tell_incident(place, rows)
        return
    with _sample(place, engine) as loading:
        echo(load_data(place, rows, loading))
        _tell_story(Stage(place))
    _end(place, engine, time.perf_counter() - began)


@contextmanager
def _sample(place: Path, engine: Engine) -> Iterator[Loading]:
    """The repository in `place`, with its warehouse running for the length of the block."""
    from dbt_rewind.demo.sample import INTO_A_FILE, make_repository

    if engine is Engine.DUCKDB:
        make_repository(place)
        yield INTO_A_FILE
        return
    from dbt_rewind.demo.own_postgres import NOT_COMMITTED, prepare, serving

    make_repository(place, NOT_COMMITTED)
    with serving(place) as server:
        echo(f"PostgreSQL serves on {server.host}:{server.port}, from {server.folder}")
        yield prepare(place, server)


def _tell_story(stage: Stage) -> None:
    stage.run("git", "--no-pager", "log", "--oneline", "--decorate", "--reverse")

    heading("1. v1.0.0 is good: deploy it")
    stage.rewind("deploy", "v1.0.0")
    before = stage.revenue()

    heading("2. v1.1.0 breaks a critical test: nobody ever sees it")
    stage.rewind("deploy", "v1.1.0", expected=ExitCode.BUILD)
    stage.rewind("status")

    heading("3. v1.2.0 passes every test, and is wrong all the same")
    stage.rewind("deploy", "v1.2.0")
    wrong = stage.revenue()
    echo(f"Revenue was {before:,.0f} and is {wrong:,.0f}: the discount is gone.")

    heading("4. Roll it back")
    stage.rewind("rollback", "--yes", "--reason", "revenue is too high")
    after = stage.revenue()
    echo(f"Revenue is {after:,.0f} again.")

    heading("5. Prove it")
    stage.rewind("verify", "--deep")
    stage.rewind("history", "--git")
    if after != before or wrong == before:
        raise unlike_the_story()


def _last_place() -> Path:
    """Where a demo has left a server: here, or in the folder that a demo makes."""
    from dbt_rewind.demo.own_postgres import has_server

    return Path.cwd() if has_server(Path.cwd()) else Path("rewind-demo")


def _serve(place: Path) -> None:
    """Runs the server of the demo in `place` until somebody ends us."""
    from dbt_rewind.demo.own_postgres import has_server, serving
    from dbt_rewind.errors import DemoServerFailed

    if not has_server(place):
        raise DemoServerFailed(f"no demo has left a PostgreSQL server in {place}")
    with serving(place) as server:
        echo(f"PostgreSQL serves {place} on {server.host}:{server.port} until Ctrl-C")
        sys.stdout.flush()
        try:
            signal.pause()
        except KeyboardInterrupt:
            echo("it is stopped; its data stays")


def _end(place: Path, engine: Engine, took: float) -> None:
    heading(f"That was it, in {lasting(took)}")
    shown, path = ways_there(place)
    serve = ""
    if engine is Engine.POSTGRES:
        serve = "\n  rewind demo --serve             in a terminal of its own: its server again"
    echo(
        f"""\
v1.0.0 went live. v1.1.0 was built beside it, failed its test and was never
seen. v1.2.0 went live with wrong figures and was undone: the same rows as
before, proven by their fingerprints, with nothing built again.

The folder is yours; the same commands work there by hand:

  cd {shown}{path}{serve}
  rewind rollback --to v1.2.0     forward again
  rewind show r2                  the failed build, with dbt's message
  rewind deploy main              refused: it was rolled back
  rewind status"""
    )
