"""The folder `.rewind`: what is ours and lies outside the warehouse, invisible to git."""

from __future__ import annotations

from pathlib import Path

STATE_FOLDER = ".rewind"


def make_state_folder(folder: Path) -> None:
    """Makes the folder for worktrees, mirrors and notes, which ignores itself in git."""
    folder.mkdir(parents=True, exist_ok=True)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n")
