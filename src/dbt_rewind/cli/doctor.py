"""`rewind doctor`: is everything there that an operation needs?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from dbt_rewind.cli.options import Env, Json, Quiet
from dbt_rewind.cli.screen import Screen
from dbt_rewind.cli.words import count, wrapped
from dbt_rewind.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dbt_rewind.model import Finding, Health

_COLOURS = {"ok": "green", "warning": "yellow", "problem": "red", "not checked": "yellow"}
_MOST_DETAILS = 10


def register(app: typer.Typer) -> None:
    app.command("doctor")(doctor)


def doctor(env: Env = None, as_json: Json = False, quiet: Quiet = False) -> None:
    """Check all that operations need: git, dbt, the warehouse, permissions, disks, the ledger.

    What operations do is tried out in a scratch schema and taken back. Exit code 0: all is well,
    or there are only warnings, 15: something is wrong.
    """
    from dbt_rewind.model import Health
    from dbt_rewind.procedures.doctor.diagnose import diagnose
    from dbt_rewind.procedures.doctor.findings import verdict

    screen = Screen(as_json, quiet)
    findings: list[Finding] = []
    for finding in diagnose(Path.cwd(), env):
        _say(screen, finding)
        findings.append(finding)
    result = verdict(findings)
    screen.say(_outcome(findings), fg=_COLOURS[result.value], bold=True)
    screen.document("doctor", _facts(result, findings))
    if result is Health.PROBLEM:
        raise typer.Exit(ExitCode.UNWELL)


def _say(screen: Screen, finding: Finding) -> None:
    is_well = finding.health.value == "ok"
    say = screen.tell if is_well or finding.health.value == "not checked" else screen.say
    colour = {} if is_well else {"fg": _COLOURS[finding.health.value]}
    head = f"  {finding.health.value:13}{finding.name:13}"
    lines = wrapped(head, finding.found)
    say("\n".join(lines), **colour)
    if finding.fix:
        say("\n".join(wrapped(" " * 15 + "fix: ", finding.fix)))
    for detail in finding.details[:_MOST_DETAILS]:
        # A statement to be copied stays in one piece.
        say(f"    {detail}")
    if len(finding.details) > _MOST_DETAILS:
        say(f"    and {len(finding.details) - _MOST_DETAILS} more (--json has all)")


def _outcome(findings: Sequence[Finding]) -> str:
    numbers = {word: sum(finding.health.value == word for finding in findings) for word in _COLOURS}
    parts = [count(numbers["problem"], "problem")] if numbers["problem"] else []
    parts += [count(numbers["warning"], "warning")] if numbers["warning"] else []
    parts += [f"{numbers['not checked']} not checked"] if numbers["not checked"] else []
    return ", ".join(parts) if parts else f"all is well ({numbers['ok']} checks)"


def _facts(result: Health, findings: Sequence[Finding]) -> dict[str, Any]:
    return {
        "result": result,
        "checks": [
            {
                "name": finding.name,
                "result": finding.health,
                "found": finding.found,
                "fix": finding.fix or None,
                "details": list(finding.details),
            }
            for finding in findings
        ],
    }
