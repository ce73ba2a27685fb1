"""Whether the code is where the data is, in words and as JSON facts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dbt_rewind.cli.screen import Screen
from dbt_rewind.cli.words import wrapped

if TYPE_CHECKING:
    from dbt_rewind.engine.quarantine import Quarantined
    from dbt_rewind.procedures.code.standing import CodeStanding


def say_code_standing(screen: Screen, environment: str, code: CodeStanding, root: Path) -> None:
    """What the branch still holds of what was rolled back, and what is in conflict."""
    if code.held:
        where = f"{code.branch} at {code.remote}" if code.remote else f"{code.branch}"
        was, it = ("was", "it") if len(code.held) == 1 else ("were", "them")
        command = f"`rewind rollback --code-only -e {environment}` takes {it} back"
        what = command if code.remote else f"revert {it}"
        words = f"{where} still holds {_ids(code.held)}, which {was} rolled back: {what}"
        screen.say("\n".join(wrapped("  branch    ", words)), fg="yellow")
    elif code.held_here:
        words = f"{code.branch} here still holds {_ids(code.held_here)}, which was rolled back;"
        words += f" at {code.remote} it does not: `git pull` brings that"
        screen.say("\n".join(wrapped("  branch    ", words)), fg="yellow")
    if code.conflict is not None:
        folder = code.folder.relative_to(root) if code.folder.is_relative_to(root) else code.folder
        files = ", ".join(code.conflict.files[:3])
        words = f"in conflict in {folder}: {files or 'put right, and not pushed'};"
        words += f" `rewind rollback --continue -e {environment}`, or `--abort`"
        screen.say("\n".join(wrapped("  code      ", words)), fg="red")


def code_standing_facts(code: CodeStanding) -> dict[str, Any]:
    return {
        "holds": [entry.commit.sha for entry in code.held],
        "conflict": {"folder": code.folder, "files": code.conflict.files}
        if code.conflict
        else None,
    }


def _ids(entries: Sequence[Quarantined]) -> str:
    return " and ".join(entry.commit.sha[:7] for entry in entries)
