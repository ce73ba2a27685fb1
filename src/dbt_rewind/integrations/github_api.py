"""One repository on GitHub: how it is asked, and its issues."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from dbt_rewind._version import __version__
from dbt_rewind.config.github import is_api
from dbt_rewind.integrations.channel import ChannelUnusable
from dbt_rewind.integrations.github_problems import (
    is_limit,
    moved,
    problem_of,
    unreadable,
    words_of,
)

if TYPE_CHECKING:
    from githubkit import GitHub, TokenAuthStrategy

ONWARD: Final = 302
"""Look there, this once: the answer is an address, which no token may go to."""

_PUBLIC: Final = "https://api.github.com"
_PAGE: Final = 100
_PAGES: Final = 20


@dataclass(frozen=True, slots=True)
class Issue:
    """`address` is where people see it."""

    number: int
    address: str
    body: str = ""
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """`words` is what a refusal says."""

    status: int
    content: Any
    words: str = ""


@dataclass(frozen=True, slots=True)
class Github:
    """One repository (`owner/name`), seen with the token that `variable` holds.

    Every method that asks raises DeliveryFailed, DeliveryRefused.
    """

    repository: str
    variable: str
    client: GitHub[TokenAuthStrategy]
    api: str = _PUBLIC

    @contextmanager
    def connected(self) -> Iterator[None]:
        """Keeps the connection open between the requests of the block."""
        with self.client:
            yield

    def at(self, address: str) -> Issue | None:
        """The issue that people see there, if it is one of this repository."""
        found = re.search(r"/([^/]+/[^/]+)/issues/([0-9]+)$", address)
        if found is None or found[1].casefold() != self.repository.casefold():
            return None
        return Issue(int(found[2]), address)

    def issues(self, since: datetime) -> Iterator[Issue]:
        """Those that were changed since then, the newest first."""
        query = {"state": "all", "sort": "created", "direction": "desc"}
        for record in self._changed("issues", since, query):
            if "pull_request" not in record:  # to GitHub, each is an issue as well
                yield _issue(record)

    def create(self, title: str, body: str, labels: Sequence[str]) -> Issue:
        content = {"title": title, "body": body, "labels": list(dict.fromkeys(labels))}
        return _issue(self.ask("POST", "issues", content=content))

    def close(self, number: int, reason: str) -> None:
        content = {"state": "closed", "state_reason": reason}
        self.ask("PATCH", f"issues/{number}", content=content)

    def comments(self, number: int, since: datetime) -> Iterator[str]:
        """The texts that were written or changed since then."""
        for record in self._changed(f"issues/{number}/comments", since, {}):
            yield str(record.get("body") or "")

    def comment(self, number: int, body: str) -> None:
        self.ask("POST", f"issues/{number}/comments", content={"body": body})

    def _changed(self, path: str, since: datetime, query: Mapping[str, str]) -> Iterator[Any]:
        at = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return self.all(path, {**query, "since": at})

    def all(self, path: str, query: Mapping[str, str], within: str | None = None) -> Iterator[Any]:
        """The records of all pages, up to a limit, the lists being the answers' value of
        `within`."""
        for page in range(1, _PAGES + 1):
            asked = {**query, "per_page": str(_PAGE), "page": str(page)}
            answer = self.ask("GET", path, query=asked)
            records = answer.get(within) if within and isinstance(answer, dict) else answer
            if not isinstance(records, list):
                raise unreadable()
            yield from records
            if len(records) < _PAGE:
                return

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        content: Mapping[str, Any] | None = None,
    ) -> Any:
        """What GitHub answers about that path below the repository; None where it is empty."""
        return self.answer(method, path, query=query, content=content).content

    def answer(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        content: Mapping[str, Any] | None = None,
        refusals: Collection[int] = (),
    ) -> Answer:
        """As `ask`; these refusals are answers, too."""
        from githubkit.exception import RateLimitExceeded, RequestFailed

        try:
            response = self.client.request(
                method, f"/repos/{self.repository}/{path}", params=query, json=content
            )
            if response.status_code < 300:
                read = response.json() if response.content else None
                return Answer(response.status_code, read)
            if response.status_code == ONWARD and ONWARD in refusals:
                return Answer(ONWARD, response.headers.get("Location"))
        except Exception as error:
            if isinstance(error, RequestFailed) and not isinstance(error, RateLimitExceeded):
                status = error.response.status_code
                words = words_of(error.response)
                if status in refusals and not is_limit(status, words):
                    return Answer(status, None, words)
            raise problem_of(error, self.repository, self.variable, path) from None
        raise moved(self.repository)


def open_github(
    repository: str, token: str, variable: str, api: str | None, seconds: float
) -> Github:
    """The repository at that API (None: the one that CI names, or the public one), where each
    answer takes so many seconds at most. Raises ChannelUnusable."""
    try:
        from githubkit import GitHub
    except ImportError:
        raise ChannelUnusable(
            "githubkit is not installed, which speaks to GitHub",
            "pip install 'dbt-rewind[github]'",
        ) from None
    address = api or os.environ.get("GITHUB_API_URL", "").strip() or _PUBLIC
    if not is_api(address):
        raise ChannelUnusable(
            "GITHUB_API_URL is no address that a token may be sent to",
            "write it as https://github.example.com/api/v3",
        )
    client = GitHub(
        token,
        base_url=address,
        user_agent=f"dbt-rewind/{__version__}",
        timeout=seconds,
        # Whoever waits decides what is asked again and when, and a token goes to no other address.
        auto_retry=False,
        follow_redirects=False,
        http_cache=False,
    )
    return Github(repository, variable, client, address)


def _issue(record: Any) -> Issue:
    try:
        return Issue(
            int(record["number"]),
            str(record["html_url"]),
            str(record.get("body") or ""),
            tuple(_label(each) for each in record["labels"]),
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        raise unreadable() from None


def _label(record: Any) -> str:
    return record if isinstance(record, str) else str(record["name"])
