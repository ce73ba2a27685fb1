"""A real repository to work in."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from dbt_rewind.git.repository import Repository


@dataclass(frozen=True)
class Sandbox:
    """A repository in `folder`, driven with plain git."""

    folder: Path

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=self.folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (arguments, done.stderr)
        return done.stdout.strip()

    def write(self, name: str, content: str = "x\n") -> Path:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
        return file

    def commit(self, subject: str, **files: str) -> str:
        """Commit everything, after writing `files` (a name's `__` is a slash); the commit's id."""
        for name, content in files.items():
            self.write(name.replace("__", "/"), content)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", subject)
        return self.git("rev-parse", "HEAD")

    def open(self) -> Repository:
        return Repository.open(self.folder)


def new_repository(folder: Path) -> Sandbox:
    folder.mkdir(parents=True, exist_ok=True)
    sandbox = Sandbox(folder)
    sandbox.git("init", "--quiet", "--template=", "--initial-branch=main")
    return sandbox
