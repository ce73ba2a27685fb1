from __future__ import annotations

import subprocess
import sys

from dbt_rewind.git.command import git_failed
from dbt_rewind.process import Completed


def test_a_token_in_an_address_is_not_shown() -> None:
    completed = Completed((), 128, b"", b"fatal: clone of 'https://me:t0ken@host/x.git' failed")
    error = git_failed(completed, "fetch", "a b")
    assert "t0ken" not in error.message
    assert "https://***@host/x.git" in error.output
    assert error.command == "git fetch 'a b'"


def test_a_failure_without_words_says_its_status() -> None:
    assert git_failed(Completed((), 3, b"", b""), "fetch").output == "exit status 3"


def test_importing_git_is_cheap() -> None:
    code = (
        "import sys, dbt_rewind.git.worktree, dbt_rewind.process\n"
        "print({'pydantic', 'jinja2', 'yaml', 'duckdb'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
