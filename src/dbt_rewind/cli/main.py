"""The `rewind` command: registers each verb, and turns every error into words and an exit code."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterable
from importlib import import_module
from types import FrameType
from typing import Annotated, NoReturn

import typer

from dbt_rewind._version import __version__
from dbt_rewind.cli.screen import JSON_VERSION, plain
from dbt_rewind.cli.words import wrapped
from dbt_rewind.errors import ExitCode, Interrupted, RewindError

COMMANDS = (
    "deploy",
    "rollback",
    "history",
    "status",
    "show",
    "verify",
    "recover",
    "init",
    "schema",
    "demo",
)
"""The modules beside this one that register a command each, in the order of `rewind --help`."""


def command_line(modules: Iterable[str] = COMMANDS) -> typer.Typer:
    """The command `rewind` with the commands of `modules`."""
    app = typer.Typer(
        name="rewind",
        help="Deploy a dbt project as releases that can be undone in under a second.",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
    )
    app.callback(invoke_without_command=True)(version_option)
    for module in modules:
        import_module(f"dbt_rewind.cli.{module}").register(app)
    return app


def version_option(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        typer.echo(f"dbt-rewind {__version__}")
        raise typer.Exit


def main() -> NoReturn:
    """Runs the command line and exits; the exit codes are `ExitCode`."""
    signal.signal(signal.SIGTERM, _interrupt)
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Runs one command and returns its exit code."""
    as_json = "--json" in arguments
    # A rollback need not wait for the modules of all the other commands.
    named = [module for module in COMMANDS if module in arguments[:1]]
    app = command_line(named or COMMANDS)
    try:
        result = app(arguments or ["--help"], standalone_mode=False)
    except RewindError as error:
        _report(error, as_json)
        return error.exit_code
    except typer.TyperException as error:
        describe: Callable[[], str] = getattr(error, "format_message", error.__str__)
        typer.echo(f"error: {describe()}", err=True)
        typer.echo("  try: rewind --help", err=True)
        return ExitCode.USAGE
    except (KeyboardInterrupt, typer.Abort):
        interrupted = Interrupted("the command", "`rewind status` says what users see")
        _report(interrupted, as_json)
        return interrupted.exit_code
    except BrokenPipeError:
        # Whoever read our output has gone, such as `head`; there is nobody to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.OK
    except Exception as error:
        if os.environ.get("REWIND_TRACEBACK"):
            raise
        typer.echo(f"internal error: {type(error).__name__}: {error}", err=True)
        typer.echo("  try: the same with REWIND_TRACEBACK=1, and report what it says", err=True)
        return ExitCode.INTERNAL
    return result if isinstance(result, int) else ExitCode.OK


def _report(error: RewindError, as_json: bool) -> None:
    if as_json:
        document = {
            "version": JSON_VERSION,
            "error": {
                "slug": error.slug,
                "message": error.message,
                "hint": error.hint,
                "exit_code": int(error.exit_code),
                "facts": error.facts(),
            },
        }
        typer.echo(json.dumps(document, default=plain, indent=2))
    notes = getattr(error, "__notes__", ())
    lines = [*wrapped("error: ", error.message)]
    lines += [f"  {line}" for line in error.details]
    lines += [*wrapped("  try: ", error.hint)]
    for note in notes:
        lines += wrapped("  note: ", note)
    typer.echo("\n".join(lines), err=True)


def _interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    """SIGTERM ends a command the way Ctrl-C does: what had begun is undone first."""
    raise KeyboardInterrupt
