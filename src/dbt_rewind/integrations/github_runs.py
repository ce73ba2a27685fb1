"""Runs of workflows on GitHub: how they go, and what they have logged."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote, urlsplit

from dbt_rewind.config.address import HERE
from dbt_rewind.integrations.channel import DeliveryFailed, DeliveryRefused
from dbt_rewind.integrations.github_api import ONWARD, Github
from dbt_rewind.integrations.github_problems import LATER, unreadable

_NOT_FOUND: Final = 404
_GONE: Final = 410
_LARGEST: Final = 50_000_000

ENDED: Final = "completed"
GOOD: Final = ("success", "neutral", "skipped")
"""Conclusions of runs with which nothing is wrong."""


@dataclass(frozen=True, slots=True)
class Run:
    """`conclusion` is None until it has ended; `address` is where people see it."""

    id: int
    workflow: str
    title: str
    event: str
    branch: str
    sha: str
    status: str
    conclusion: str | None
    started_at: datetime
    address: str

    @property
    def state(self) -> str:
        return self.conclusion or self.status

    @property
    def is_good(self) -> bool:
        return self.conclusion in GOOD


@dataclass(frozen=True, slots=True)
class Step:
    """The times are to the second, None where it has not been run."""

    name: str
    status: str
    conclusion: str | None
    started_at: datetime | None
    completed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Job:
    """A run's job with its steps."""

    id: int
    name: str
    status: str
    conclusion: str | None
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class GithubRuns:
    """Every method raises DeliveryFailed, DeliveryRefused."""

    github: Github

    def latest(
        self,
        limit: int,
        *,
        branch: str | None = None,
        sha: str | None = None,
        workflow: str | None = None,
    ) -> tuple[Run, ...]:
        """At most so many, the newest first; `workflow` is the name of its file."""
        place = f"actions/workflows/{quote(workflow, safe='')}/runs" if workflow else "actions/runs"
        query = {"per_page": str(min(limit, 100))}
        query |= {"branch": branch} if branch else {}
        query |= {"head_sha": sha} if sha else {}
        with _reading():
            answer = self.github.answer("GET", place, query=query, refusals=(_NOT_FOUND,))
            if answer.status == _NOT_FOUND and workflow:
                raise DeliveryRefused(
                    f"there is no workflow {workflow} in {self.github.repository}",
                    fix="name its file, such as deploy.yml",
                )
            if answer.status == _NOT_FOUND:
                self.github.ask("GET", place, query=query)  # says why
            return tuple(_run(each) for each in answer.content["workflow_runs"])

    def run(self, number: int) -> Run | None:
        """The run of that id; None where there is none."""
        with _reading():
            path = f"actions/runs/{number}"
            answer = self.github.answer("GET", path, refusals=(_NOT_FOUND,))
            return None if answer.status == _NOT_FOUND else _run(answer.content)

    def jobs(self, number: int) -> tuple[Job, ...]:
        """The jobs of the run's latest attempt."""
        with _reading():
            place = f"actions/runs/{number}/jobs"
            found = self.github.all(place, {"filter": "latest"}, within="jobs")
            return tuple(_job(each) for each in found)

    def log(self, number: int) -> str | None:
        """What the job of that id has logged; None where GitHub keeps it no longer, or not yet."""
        path = f"actions/jobs/{number}/logs"
        refusals = (ONWARD, _NOT_FOUND, _GONE)
        answer = self.github.answer("GET", path, refusals=refusals)
        if answer.status in (_NOT_FOUND, _GONE):
            return None
        if answer.status != ONWARD or not isinstance(answer.content, str):
            raise unreadable()
        return _text_at(_checked(answer.content, self.github.api))


def _checked(address: str, api: str) -> str:
    """The address, if it is one through TLS; only an API on this machine may name this machine."""
    try:
        found = urlsplit(address)
        host = found.hostname
    except ValueError:
        host = None
    here = urlsplit(api).hostname in HERE
    is_safe = host and (found.scheme == "https" or (here and host in HERE))
    if not is_safe or found.username or found.password:
        raise DeliveryRefused("GitHub names a place of the log that is not safe to ask", fix=LATER)
    return address


def _text_at(address: str) -> str:
    """What is there, asked for without a token: the address itself is the permission, so that no
    message has more of it than its host."""
    import httpx

    host = urlsplit(address).hostname
    found = bytearray()
    try:
        with httpx.stream("GET", address, timeout=20, follow_redirects=False) as response:
            if response.status_code != 200:
                said = f"{host}, which has the log, answers with {response.status_code}"
                raise DeliveryFailed(said, fix=LATER)
            for part in response.iter_bytes():
                found += part
                if len(found) > _LARGEST:
                    raise DeliveryRefused(
                        f"the log is larger than {_LARGEST // 10**6} MB",
                        fix="look at it where GitHub shows it",
                    )
    except httpx.HTTPError as error:
        words = f"{host}, which has the log, cannot be reached: {type(error).__name__}"
        raise DeliveryFailed(words, fix=LATER) from None
    return found.decode("utf-8", "replace")


@contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError):
        raise unreadable() from None


def _run(record: Mapping[str, Any]) -> Run:
    return Run(
        int(record["id"]),
        str(record.get("name") or record.get("path") or ""),
        str(record.get("display_title") or ""),
        str(record["event"]),
        str(record["head_branch"] or ""),
        str(record["head_sha"]),
        str(record["status"]),
        record["conclusion"],
        _moment(record.get("run_started_at") or record["created_at"]),
        str(record["html_url"]),
    )


def _job(record: Mapping[str, Any]) -> Job:
    steps = tuple(
        Step(
            str(each["name"]),
            str(each["status"]),
            each["conclusion"],
            _moment(each["started_at"]) if each.get("started_at") else None,
            _moment(each["completed_at"]) if each.get("completed_at") else None,
        )
        for each in record.get("steps") or ()
    )
    name, status = str(record["name"]), str(record["status"])
    return Job(int(record["id"]), name, status, record["conclusion"], steps)


def _moment(text: str) -> datetime:
    # Fractions of a second come with as many digits as GitHub likes.
    return datetime.fromisoformat(re.sub(r"\.[0-9]+", "", text))
