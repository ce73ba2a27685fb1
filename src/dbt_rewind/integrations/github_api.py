"""The few requests to GitHub that issues need, and what can be wrong with them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from dbt_rewind._version import __version__
from dbt_rewind.config.github import is_api
from dbt_rewind.integrations.channel import ChannelUnusable
from dbt_rewind.integrations.github_problems import moved, problem_of, unreadable

if TYPE_CHECKING:
    from githubkit import GitHub, TokenAuthStrategy

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
class Github:
    """One repository (`owner/name`), seen with the token that `variable` holds.

    Every method that asks raises DeliveryFailed, DeliveryRefused.
    """

    repository: str
    variable: str
    client: GitHub[TokenAuthStrategy]

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
        for record in self._all("issues", since, query):
            if "pull_request" not in record:  # to GitHub, each is an issue as well
                yield _issue(record)

    def create(self, title: str, body: str, labels: Sequence[str]) -> Issue:
        content = {"title": title, "body": body, "labels": list(dict.fromkeys(labels))}
        return _issue(self._ask("POST", "issues", content=content))

    def close(self, number: int, reason: str) -> None:
        content = {"state": "closed", "state_reason": reason}
        self._ask("PATCH", f"issues/{number}", content=content)

    def comments(self, number: int, since: datetime) -> Iterator[str]:
        """The texts that were written or changed since then."""
        for record in self._all(f"issues/{number}/comments", since, {}):
            yield str(record.get("body") or "")

    def comment(self, number: int, body: str) -> None:
        self._ask("POST", f"issues/{number}/comments", content={"body": body})

    def _all(self, path: str, since: datetime, query: Mapping[str, str]) -> Iterator[Any]:
        at = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        for page in range(1, _PAGES + 1):
            asked = {**query, "since": at, "per_page": str(_PAGE), "page": str(page)}
            records = self._ask("GET", path, query=asked)
            if not isinstance(records, list):
                raise unreadable()
            yield from records
            if len(records) < _PAGE:
                return

    def _ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        content: Mapping[str, Any] | None = None,
    ) -> Any:
        try:
            response = self.client.request(
                method, f"/repos/{self.repository}/{path}", params=query, json=content
            )
            if response.status_code < 300:
                return response.json()
        except Exception as error:
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
    return Github(repository, variable, client)


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
