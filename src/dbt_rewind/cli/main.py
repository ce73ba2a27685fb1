"""The `rewind` command: registers each verb, and turns every error into words and an exit code."""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections.abc import Iterable
from importlib import import_module
from types import FrameType
from typing import Annotated, NoReturn

import typer

from dbt_rewind._version import __version__
from dbt_rewind.cli.errors_told import error_facts, say_error
from dbt_rewind.cli.screen import JSON_VERSION, echo, plain
from dbt_rewind.errors import ExitCode, InternalFault, Interrupted, RewindError, UsageInvalid

COMMANDS = (
    "deploy",
    "refresh",
    "rollback",
    "fix",
    "flag",
    "release_quarantine",
    "adopt",
    "eject",
    "history",
    "status",
    "show",
    "verify",
    "assess",
    "watch",
    "approve",
    "reject",
    "review",
    "policy",
    "doctor",
    "prune",
    "backup",
    "pin",
    "unpin",
    "recover",
    "incident",
    "notify",
    "tick",
    "run",
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
        echo(f"dbt-rewind {__version__}")
        raise typer.Exit


def main() -> NoReturn:
    """Runs the command line and exits; the exit codes are `ExitCode`."""
    signal.signal(signal.SIGTERM, _interrupt)
    status = run(sys.argv[1:])
    # The outcome has been told, and an interrupt could only spoil it.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    sys.exit(status)


def run(arguments: list[str]) -> int:
    """Runs one command and returns its exit code, having told of every error."""
    try:
        # A rollback need not wait for the modules of all the other commands.
        named = [module for module in COMMANDS if module.replace("_", "-") in arguments[:1]]
        app = command_line(named or COMMANDS)
        result = app(arguments or ["--help"], standalone_mode=False)
        if result == ExitCode.INTERRUPTED:
            raise KeyboardInterrupt  # which Typer has made that number of, without a word
    except RewindError as error:
        return _report(error, arguments)
    except typer.TyperException as error:
        describe = getattr(error, "format_message", error.__str__)
        return _report(UsageInvalid(str(describe())), arguments)
    except (KeyboardInterrupt, typer.Abort):
        told = Interrupted("the command", "`rewind status` says what users see")
        return _report(told, arguments)
    except Exception as error:
        if os.environ.get("REWIND_TRACEBACK"):
            echo(traceback.format_exc().rstrip(), err=True)
        return _report(InternalFault(type(error).__name__, str(error)), arguments)
    return result if isinstance(result, int) else ExitCode.OK


def _report(error: RewindError, arguments: list[str]) -> int:
    """Tells people and programs of the error, and returns its exit code."""
    document = {"version": JSON_VERSION, "error": error_facts(error)}
    if "--json" in arguments:
        echo(json.dumps(document, default=plain, indent=2))
    say_error(error)
    if "--github" in arguments:
        from dbt_rewind.cli.github_output import tell_github_error

        tell_github_error(arguments, document)
    return error.exit_code


def _interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    """SIGTERM ends a command the way Ctrl-C does: what had begun is undone first."""
    raise KeyboardInterrupt
