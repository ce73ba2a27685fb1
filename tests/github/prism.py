"""GitHub's interface as GitHub describes it, served on this machine by Stoplight's Prism: it judges
each request, and answers with GitHub's own examples."""

from __future__ import annotations

import fcntl
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from tests.notify.description import PACKAGE as DESCRIPTION
from tests.notify.description import description

PRISM = "@stoplight/prism-cli@5.14.2"
HOW = (
    "GitHub: Prism has not served its interface, for which there have to be node and npm, and npm"
    f" has to be able to fetch {PRISM} and {DESCRIPTION}."
)

_BELOW = (
    "issues",
    "issues/{issue_number}",
    "issues/{issue_number}/comments",
    "issues/{issue_number}/labels",
    "issues/comments/{comment_id}",
    "pulls",
    "pulls/{pull_number}",
    "pulls/{pull_number}/merge",
    "branches/{branch}",
    "rules/branches/{branch}",
    "git/refs/{ref}",
    "actions/runs",
    "actions/runs/{run_id}",
    "actions/runs/{run_id}/jobs",
    "actions/workflows/{workflow_id}/runs",
    "actions/jobs/{job_id}/logs",
    "deployments",
    "deployments/{deployment_id}/statuses",
    "commits/{commit_sha}/comments",
    "comments/{comment_id}",
)
PATHS = tuple(f"/repos/{{owner}}/{{repo}}/{each}" for each in _BELOW)


@dataclass(frozen=True)
class Prism:
    """The server that runs."""

    address: str

    def complaint(self, method: str, path: str, query: Any, body: Any) -> str | None:
        """What it finds wrong with the request; None: it is as described."""
        answer = httpx.request(method, self.address + path, params=query, json=body, timeout=30)
        if answer.headers.get("content-type", "").startswith("application/problem+json"):
            return f"{answer.status_code}: {answer.text[:600]}"
        found = json.loads(answer.headers.get("sl-violations", "[]"))
        # Some of GitHub's examples are not as GitHub describes them, for which `prism --errors`
        # would refuse good requests, too.
        ours = [each for each in found if each["location"][0] == "request"]
        return json.dumps(ours) if ours else None


def served(folder: Path) -> Iterator[Prism | None]:
    """For a fixture: the server, ended when the tests are; None where it cannot be had. `folder`
    keeps what is fetched."""
    part, program = description(folder, PATHS), _program(folder)
    if part is None or program is None:
        yield None
        return
    file = folder / "served.json"
    _readable(part)
    file.write_text(json.dumps(part))
    with _running(program, file) as prism:
        yield prism


def _readable(part: Any) -> None:
    """Says the same so that Prism understands it. Answers are known by the name that GitHub wants
    them to be asked for, too, and not only by that by which they come. A choice that may be null
    has null among its choices: Prism judges no body in whose schema that stands beside them."""
    if isinstance(part, list):
        for each in part:
            _readable(each)
    if not isinstance(part, dict):
        return
    if isinstance(content := part.get("content"), dict) and "application/json" in content:
        content["application/vnd.github+json"] = content["application/json"]
    for choice in ("oneOf", "anyOf"):
        if part.get("nullable") is True and "type" not in part and choice in part:
            del part["nullable"]
            part[choice].append({"enum": [None]})
    for each in part.values():
        _readable(each)


def _program(folder: Path) -> Path | None:
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        return None
    program = folder / "node_modules" / "@stoplight" / "prism-cli" / "dist" / "index.js"
    done = folder / "installed"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the tests run in several processes
        if not done.exists():
            install = ("install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts")
            fetched = subprocess.run(
                [npm, *install, "--prefix", str(folder), PRISM],
                capture_output=True,
                check=False,
                timeout=300,
            )
            if fetched.returncode != 0 or not program.exists():
                return None
            done.touch()
    return program


@contextmanager
def _running(program: Path, file: Path) -> Iterator[Prism]:
    port = _free_port()
    process = subprocess.Popen(
        [
            *("node", str(program), "mock", str(file)),
            *("--host", "127.0.0.1", "--port", str(port), "--verboseLevel", "silent"),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port, process)
        yield Prism(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < until:
        with socket.socket() as found:
            if found.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(f"Prism does not listen; its exit code is {process.poll()}")
