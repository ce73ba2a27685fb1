"""What a repository on GitHub has of workflow runs, and the place where their logs are."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.notify.github_double import REPOSITORY, Asked

SITE = f"https://github.example.com/{REPOSITORY}"
SHA = "9f3c2a1" + "0" * 33


def run(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "name": "Deploy",
        "display_title": "Sell things",
        "event": "push",
        "head_branch": "main",
        "head_sha": SHA,
        "status": "completed",
        "conclusion": "success",
        "created_at": "2026-03-02T08:00:00Z",
        "run_started_at": "2026-03-02T08:00:00.123Z",
        "html_url": f"{SITE}/actions/runs/{number}",
        **more,
    }


def job(number: int, name: str, *steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    found = {"id": number, "name": name, "status": "completed", "conclusion": "success"}
    return {**found, "steps": list(steps), **more}


def step(name: str, conclusion: str | None, begin: str, end: str) -> dict[str, Any]:
    return {
        "name": name,
        "status": "completed" if conclusion else "in_progress",
        "conclusion": conclusion,
        "started_at": f"2026-03-02T08:{begin}Z",
        "completed_at": f"2026-03-02T08:{end}Z" if conclusion else None,
    }


@dataclass
class Runs:
    """`runs`, the newest first; `becomes` are what the newest one is at later looks. `places` are
    where the log of each job is; one without is gone."""

    runs: list[dict[str, Any]] = field(default_factory=list)
    becomes: list[dict[str, Any]] = field(default_factory=list)
    jobs: list[dict[str, Any]] = field(default_factory=list)
    places: dict[int, str] = field(default_factory=dict)
    workflows: frozenset[str] = frozenset({"deploy.yml"})

    def answer(self, asked: Asked) -> tuple[int, Any] | None:
        match asked.method, *asked.path.split("/")[4:]:
            case "GET", "actions", "runs":
                return 200, self._listed(asked)
            case "GET", "actions", "workflows", name, "runs":
                if name not in self.workflows:
                    return 404, {"message": "Not Found"}
                return 200, self._listed(asked)
            case "GET", "actions", "runs", number:
                found = [each for each in self.runs if each["id"] == int(number)]
                if found and self.becomes and found[0] is self.runs[0]:
                    found[0].update(self.becomes.pop(0))
                return (200, found[0]) if found else (404, {"message": "Not Found"})
            case "GET", "actions", "runs", _, "jobs":
                return 200, {"total_count": len(self.jobs), "jobs": self.jobs}
            case "GET", "actions", "jobs", number, "logs":
                place = self.places.get(int(number))
                return (302, place) if place else (410, {"message": "Gone"})
        return None

    def _listed(self, asked: Asked) -> dict[str, Any]:
        found = [
            each
            for each in self.runs
            if asked.query.get("branch", [each["head_branch"]]) == [each["head_branch"]]
            and asked.query.get("head_sha", [each["head_sha"]]) == [each["head_sha"]]
        ]
        return {
            "total_count": len(found),
            "workflow_runs": found[: int(asked.query["per_page"][0])],
        }


class Storage(ThreadingHTTPServer):
    """Another host, which has the logs: `texts` by path. `asked` are the requests' headers."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.texts: dict[str, str] = {}
        self.asked: list[dict[str, str]] = []
        self.onward: str | None = None

    @property
    def address(self) -> str:
        return f"http://localhost:{self.server_address[1]}"


class _Answers(BaseHTTPRequestHandler):
    server: Storage

    def do_GET(self) -> None:
        self.server.asked.append({name.casefold(): value for name, value in self.headers.items()})
        if self.server.onward:
            self.send_response(302)
            self.send_header("Location", self.server.onward)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        content = self.server.texts[self.path.partition("?")[0]].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@contextmanager
def storage() -> Iterator[Storage]:
    server = Storage()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
