"""Git as a command: one environment for every call, and failures as errors."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Final

from dbt_rewind.errors import GitFailed, GitMissing
from dbt_rewind.process import Completed, run

# A user's configuration must neither run programs nor change what we parse.
_SETTINGS: Final = (
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "core.fsmonitor=false"),
    *("-c", "color.ui=false"),
    *("-c", "log.showSignature=false"),
)

# Git sets the variables that are None here when it runs a hook; inherited, they would make every
# call act on the hook's repository instead of the one asked about.
_ENVIRONMENT: Final[dict[str, str | None]] = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_LITERAL_PATHSPECS": "1",
    "LC_ALL": "C",
    "LANGUAGE": None,
    "GIT_DIR": None,
    "GIT_WORK_TREE": None,
    "GIT_INDEX_FILE": None,
    "GIT_COMMON_DIR": None,
    "GIT_PREFIX": None,
    "GIT_NAMESPACE": None,
    "GIT_OBJECT_DIRECTORY": None,
    "GIT_ALTERNATE_OBJECT_DIRECTORIES": None,
    "GIT_QUARANTINE_PATH": None,
    "GIT_SHALLOW_FILE": None,
    "GIT_GRAFT_FILE": None,
    "GIT_IMPLICIT_WORK_TREE": None,
    "GIT_GLOB_PATHSPECS": None,
    "GIT_NOGLOB_PATHSPECS": None,
    "GIT_ICASE_PATHSPECS": None,
}


def git(
    folder: Path,
    *arguments: str,
    settings: tuple[str, ...] = (),
    input: bytes | None = None,
    timeout: float | None = None,
) -> Completed:
    """Run git in `folder` to its end, whatever its exit status.

    `settings` are `name=value` pairs of git configuration for this one call, `timeout` is in
    seconds. Raises GitMissing, TimeoutError, and NotADirectoryError where there is no such folder.
    """
    more = [word for setting in settings for word in ("-c", setting)]
    try:
        return run(
            ["git", *_SETTINGS, *more, *arguments],
            folder=folder,
            environment=_ENVIRONMENT,
            input=input,
            timeout=timeout,
        )
    except (FileNotFoundError, PermissionError) as error:
        raise GitMissing from error


def git_checked(
    folder: Path,
    *arguments: str,
    settings: tuple[str, ...] = (),
    input: bytes | None = None,
) -> Completed:
    """As `git`, but an exit status other than 0 raises GitFailed."""
    completed = git(folder, *arguments, settings=settings, input=input)
    if completed.status != 0:
        raise git_failed(completed, *arguments)
    return completed


def git_failed(completed: Completed, *arguments: str) -> GitFailed:
    """The error for a call that failed: the command as one may repeat it, and git's own words."""
    output = completed.error_text.strip() or f"exit status {completed.status}"
    output = without_tokens(output)
    return GitFailed(command=shlex.join(("git", *arguments)), output=output)


def without_tokens(text: str) -> str:
    """Git repeats a remote's address in its messages, and an address may hold a token."""
    return re.sub(r"(?<=://)[^/\s@]+@", "***@", text)
