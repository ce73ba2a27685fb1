"""What a job on GitHub takes from its steps: a summary, outputs, annotations."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Job:
    """`sha` is the commit that the run is about, `pull` the number of its pull request, `address`
    where people see the run; each None outside of GitHub, or where there is none."""

    sha: str | None
    pull: int | None
    address: str | None

    @classmethod
    def here(cls) -> Job:
        """The job that this process belongs to."""
        run = os.environ.get("GITHUB_RUN_ID", "")
        server = os.environ.get("GITHUB_SERVER_URL", "https://github.com")
        repository = os.environ.get("GITHUB_REPOSITORY", "")
        address = f"{server}/{repository}/actions/runs/{run}" if run and repository else None
        return cls(os.environ.get("GITHUB_SHA") or None, _pull(), address)


def write_summary(text: str) -> None:
    """Adds Markdown to the job's summary, where there is one. Raises OSError."""
    _add(os.environ.get("GITHUB_STEP_SUMMARY"), text + "\n\n")


def write_outputs(outputs: Mapping[str, str]) -> None:
    """Sets the step's outputs, each of one line, where somebody takes them. Raises OSError."""
    lines = (f"{name}={' '.join(value.split())}\n" for name, value in outputs.items())
    _add(os.environ.get("GITHUB_OUTPUT"), "".join(lines))


def annotation(kind: str, title: str, text: str) -> str:
    """The line by which a step annotates its run; `kind` is error, warning or notice."""
    title = _escaped(title).replace(":", "%3A").replace(",", "%2C")
    return f"::{kind} title={title}::{_escaped(text)}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _add(path: str | None, text: str) -> None:
    if path:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(text)


def _pull() -> int | None:
    if found := re.fullmatch(r"refs/pull/([0-9]+)/\w+", os.environ.get("GITHUB_REF", "")):
        return int(found[1])
    try:
        event = json.loads(Path(os.environ["GITHUB_EVENT_PATH"]).read_text("utf-8"))
        return int(event["pull_request"]["number"])
    except (KeyError, TypeError, ValueError, OSError):
        return None
