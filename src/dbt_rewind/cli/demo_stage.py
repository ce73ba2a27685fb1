"""What the demo shows on: its folder, its headings, and commands run in sight."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from dbt_rewind.cli.screen import echo
from dbt_rewind.errors import ExitCode

REVENUE = "select round(sum(total_revenue)) as revenue from gold.gld_sales_summary"


@dataclass(frozen=True, slots=True)
class Stage:
    """The repository in `place`, as somebody with that `environment` sees it."""

    place: Path
    environment: Mapping[str, str | None] | None = None

    def rewind(self, *arguments: str, expected: int = ExitCode.OK, said_by: str = "") -> None:
        """Runs our own command, and ends the demo unless it ends with the expected exit code."""
        self._show(said_by, ["rewind", *arguments])
        self._check([sys.executable, "-m", "dbt_rewind", *arguments], expected)

    def run(self, *arguments: str) -> None:
        """Runs any other command, and ends the demo if it fails."""
        self._show("", arguments)
        self._check(arguments, ExitCode.OK)

    def revenue(self) -> float:
        """What a user of the warehouse reads at this moment."""
        from dbt_rewind.engine.workspace import open_workspace

        reader = open_workspace(self.place, "prod").connect(read_only=True)
        try:
            ((revenue,),) = reader.query(REVENUE, limit=1).rows
        finally:
            reader.close()
        return float(revenue)

    def _show(self, said_by: str, arguments: Sequence[str]) -> None:
        typer.secho(f"{said_by}$ {shlex.join(arguments)}", fg="cyan")

    def _check(self, arguments: Sequence[str], expected: int) -> None:
        from dbt_rewind.process import run_in_sight

        sys.stdout.flush()
        status = run_in_sight(arguments, folder=self.place, environment=self.environment)
        if status != expected:
            echo(f"error: exit status {status}, where {expected:d} was expected", err=True)
            raise typer.Exit(status or ExitCode.INTERNAL)


def heading(text: str) -> None:
    echo()
    typer.secho(text, bold=True)
    echo("-" * min(len(text), 78))


def unlike_the_story() -> typer.Exit:
    """Says that the figures are wrong, and returns what ends the demo for it."""
    echo("error: the figures do not tell the story they should", err=True)
    return typer.Exit(ExitCode.INTERNAL)


def ways_there(place: Path) -> tuple[str, str]:
    """The folder as one may type it from here, and the line that finds our command, if need be."""
    shown = place.relative_to(Path.cwd()) if place.is_relative_to(Path.cwd()) else place
    found = shutil.which("rewind")
    return str(shown), "" if found else f"\n  PATH={Path(sys.executable).parent}:$PATH"
