"""A stand-in for GitHub's interface on this machine: issues and comments of one repository."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "ghp_NobodyMayEverSeeThisToken000000000000"
REPOSITORY = "acme/shop"
_SITE = "https://github.example.com"


@dataclass
class Asked:
    """One request and its answer."""

    method: str
    path: str
    query: dict[str, list[str]]
    body: Any
    headers: dict[str, str]
    status: int = 0
    answer: Any = None


@dataclass
class Refusal:
    """An answer in place of what was asked for; `does_it`: it is done all the same, but nobody is
    told, as when the connection breaks; `is_mute`: no answer comes."""

    status: int
    message: str = "no"
    headers: dict[str, str] = field(default_factory=dict)
    does_it: bool = False
    is_mute: bool = False
    raw: bytes | None = None


class GitHub(ThreadingHTTPServer):
    """`refuses` are given in order, to the requests of which the test says so. `may_label`: the
    token may set labels. While `slow` is set, nobody is answered. `more` is asked first: what else
    the repository has."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.issues: list[dict[str, Any]] = []
        self.comments: dict[int, list[dict[str, Any]]] = {}
        self.asked: list[Asked] = []
        self.refuses: list[tuple[str, Refusal]] = []
        self.may_label = True
        self.more: list[Callable[[Asked], tuple[int, Any] | None]] = []
        self.slow = False
        self.ending = threading.Event()
        self.clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def wrote(self) -> list[str]:
        """The requests that change something."""
        return [f"{each.method} {each.path}" for each in self.asked if each.method != "GET"]

    def add_issue(self, content: dict[str, Any]) -> dict[str, Any]:
        number = len(self.issues) + 1
        labels = content.get("labels", []) if self.may_label else []
        place = f"{self.address}/repos/{REPOSITORY}/issues/{number}"
        now = self.clock().strftime("%Y-%m-%dT%H:%M:%SZ")
        issue = {
            "id": 1000 + number,
            "node_id": f"I_{number}",
            "url": place,
            "repository_url": f"{self.address}/repos/{REPOSITORY}",
            "labels_url": f"{place}/labels{{/name}}",
            "comments_url": f"{place}/comments",
            "events_url": f"{place}/events",
            "html_url": f"{_SITE}/{REPOSITORY}/issues/{number}",
            "number": number,
            "state": "open",
            "title": content["title"],
            "body": content.get("body"),
            "user": _user(self.address),
            "labels": [
                {
                    "id": 1,
                    "node_id": "L_1",
                    "url": f"{place}/labels/{name}",
                    "name": name,
                    "description": None,
                    "color": "ededed",
                    "default": False,
                }
                for name in labels
            ],
            "assignee": None,
            "assignees": [],
            "milestone": None,
            "locked": False,
            "active_lock_reason": None,
            "comments": 0,
            "closed_at": None,
            "created_at": now,
            "updated_at": now,
            "author_association": "MEMBER",
            **({"pull_request": content["pull_request"]} if "pull_request" in content else {}),
        }
        self.issues.append(issue)
        return issue

    def add_comment(self, number: int, body: str) -> dict[str, Any]:
        texts = self.comments.setdefault(number, [])
        identity = len(texts) + 1
        place = f"{self.address}/repos/{REPOSITORY}/issues"
        now = self.clock().strftime("%Y-%m-%dT%H:%M:%SZ")
        comment = {
            "id": identity,
            "node_id": f"IC_{identity}",
            "url": f"{place}/comments/{identity}",
            "html_url": f"{_SITE}/{REPOSITORY}/issues/{number}#issuecomment-{identity}",
            "issue_url": f"{place}/{number}",
            "user": _user(self.address),
            "body": body,
            "created_at": now,
            "updated_at": now,
            "author_association": "MEMBER",
        }
        texts.append(comment)
        return comment


class _Answers(BaseHTTPRequestHandler):
    server: GitHub

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PATCH(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def _serve(self) -> None:
        found = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        asked = Asked(
            self.command, found.path, parse_qs(found.query), body, dict(self.headers.items())
        )
        self.server.asked.append(asked)
        if self.server.slow:
            self.server.ending.wait(60)
            return
        refusal = self._refusal(asked)
        if refusal is None or refusal.does_it:
            asked.status, asked.answer = self._done(asked)
        if refusal is not None:
            asked.status, asked.answer = (
                refusal.status,
                {
                    "message": refusal.message,
                    "documentation_url": "https://docs.github.com/rest",
                    "status": str(refusal.status),
                },
            )
        content = b"" if asked.status in (204, 302) else json.dumps(asked.answer).encode()
        if refusal is not None and refusal.raw is not None:
            content = refusal.raw
        self.send_response(asked.status)
        headers = refusal.headers if refusal is not None else {}
        if asked.status == 302:
            headers = {**headers, "Location": asked.answer}
        for name, value in {"Content-Type": "application/json; charset=utf-8", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _refusal(self, asked: Asked) -> Refusal | None:
        if self.headers.get("Authorization") not in (f"token {TOKEN}", f"Bearer {TOKEN}"):
            return Refusal(401, "Bad credentials")
        if not asked.path.startswith(f"/repos/{REPOSITORY}/"):
            return Refusal(404, "Not Found")
        for at, (method, refusal) in enumerate(self.server.refuses):
            if method == asked.method:
                del self.server.refuses[at]
                return refusal
        return None

    def _done(self, asked: Asked) -> tuple[int, Any]:
        for answer in self.server.more:
            if (found := answer(asked)) is not None:
                return found
        match asked.method, *asked.path.split("/")[4:]:
            case "GET", "issues":
                issues = sorted(self.server.issues, key=lambda each: -int(each["number"]))
                return 200, _page(issues, asked.query)
            case "POST", "issues":
                return 201, self.server.add_issue(asked.body)
            case "PATCH", "issues", number:
                issue = self.server.issues[int(number) - 1]
                issue.update(asked.body)
                return 200, issue
            case "GET", "issues", number, "comments":
                return 200, _page(self.server.comments.get(int(number), []), asked.query)
            case "POST", "issues", number, "comments":
                return 201, self.server.add_comment(int(number), asked.body["body"])
        return 404, {"message": "Not Found"}

    def log_message(self, format: str, *arguments: object) -> None:
        pass

    def handle(self) -> None:
        with suppress(OSError):
            super().handle()


def _page(records: list[dict[str, Any]], query: dict[str, list[str]]) -> list[dict[str, Any]]:
    (since,), (size,), (page,) = query["since"], query["per_page"], query["page"]
    recent = [record for record in records if record["updated_at"] >= since]
    begin = (int(page) - 1) * int(size)
    return recent[begin : begin + int(size)]


def _user(address: str) -> dict[str, Any]:
    place = f"{address}/users/rewind-bot"
    lists = (
        *("events", "followers", "following", "gists", "organizations", "received_events"),
        *("repos", "starred", "subscriptions"),
    )
    return {
        "login": "rewind-bot",
        "id": 1,
        "node_id": "U_1",
        "avatar_url": f"{_SITE}/avatar.png",
        "gravatar_id": "",
        "url": place,
        "html_url": f"{_SITE}/rewind-bot",
        "type": "Bot",
        "site_admin": False,
        **{f"{name}_url": f"{place}/{name}" for name in lists},
    }


@contextmanager
def github() -> Iterator[GitHub]:
    server = GitHub()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.ending.set()
        server.shutdown()
        server.server_close()
        thread.join()
