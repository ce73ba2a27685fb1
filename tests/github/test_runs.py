"""`rewind run`: which runs there are, how one goes, why one failed."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.github.runs import SITE, Runs, Storage, job, run, step, storage
from tests.notify.github_double import TOKEN, GitHub, Refusal
from tests.unit.git.sandbox import new_repository

from dbt_rewind import clock
from dbt_rewind.cli.main import run as rewind

LOG = """\
\ufeff2026-03-02T08:01:00.1000000Z ##[group]Run rewind doctor
2026-03-02T08:01:01.1000000Z all is well
2026-03-02T08:01:05.0000000Z ##[group]Run rewind deploy
2026-03-02T08:01:06.0000000Z \x1b[36;1mbuilding\x1b[0m 3 relations
a line that dbt broke, with \x1b]0;a title
2026-03-02T08:01:07.9999999Z error: a test failed
2026-03-02T08:01:09.0000000Z Cleaning up
"""


@pytest.fixture
def known(hub: GitHub) -> Runs:
    found = Runs()
    hub.more.append(found.answer)
    return found


@pytest.fixture
def logs() -> Iterator[Storage]:
    with storage() as server:
        server.texts["/log"] = LOG
        yield server


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that were slept; the time goes on by them, and by nothing else."""
    slept: list[float] = []
    start = datetime(2026, 3, 2, 9, tzinfo=UTC)
    monkeypatch.setattr(time, "sleep", slept.append)
    monkeypatch.setattr(clock, "now", lambda: start + timedelta(seconds=sum(slept)))
    return slept


class Here:
    """A checkout whose rewind.yml names the repository; commands run in it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.sandbox, self.capsys = new_repository(folder), capsys

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        status = rewind(["run", *arguments])
        said = self.capsys.readouterr()
        return status, said.out, said.err

    def json(self, *arguments: str) -> Any:
        return json.loads(self(*arguments, "--json")[1])


@pytest.fixture
def here(
    tmp_path: Path,
    hub: GitHub,
    now: list[float],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Here:
    found = Here(tmp_path / "shop", capsys)
    found.sandbox.write(
        "rewind.yml",
        "version: 1\nenvironments: {prod: {target: prod, branch: main}}\n"
        f"github: {{repository: acme/shop, token: SHOP_TOKEN, api: '{hub.address}'}}\n",
    )
    found.sandbox.commit("First")
    found.sandbox.git("branch", "-M", "main")
    monkeypatch.chdir(found.sandbox.folder)
    monkeypatch.setenv("SHOP_TOKEN", TOKEN)
    monkeypatch.setenv("NO_COLOR", "1")
    return found


def failed() -> list[dict[str, Any]]:
    return [
        job(5, "Validate", step("Plan", "success", "00:01", "00:59")),
        job(
            6,
            "Deploy",
            step("Check", "success", "01:00", "01:04"),
            step("Build it", "failure", "01:05", "01:08"),
            step("Verify", "skipped", "01:09", "01:09"),
            conclusion="failure",
        ),
    ]


def test_the_list(here: Here, hub: GitHub, known: Runs) -> None:
    known.runs = [
        run(12, status="in_progress", conclusion=None, name="Drill\x1b[2J"),
        run(11, head_branch="develop", conclusion="failure"),
        run(10, head_sha="b" * 40),
    ]
    status, out, _ = here("list")
    assert status == 0
    assert out.splitlines()[:3] == [
        "12           in_progress  Drill\\x1b[2J",
        "             9f3c2a1 main  2026-03-02 08:00 UTC, 1 hour ago",
        f"             {SITE}/actions/runs/12",
    ]
    assert all(len(line) <= 80 for line in out.splitlines())
    assert [each["id"] for each in here.json("list", "--branch", "develop")["runs"]] == [11]
    assert [
        each["id"] for each in here.json("list", "-n", "1", "--workflow", "deploy.yml")["runs"]
    ] == [12]
    head = here.sandbox.git("rev-parse", "HEAD").strip()
    assert here("list", "--commit", "HEAD")[:2] == (0, "there are no such runs\n")
    assert hub.asked[-1].query["head_sha"] == [head]


def test_a_run_is_watched_to_its_end(here: Here, known: Runs, now: list[float]) -> None:
    known.runs = [run(12, status="queued", conclusion=None)]
    known.becomes = [
        {"status": "in_progress"},
        {"status": "in_progress"},
        {"status": "completed", "conclusion": "success"},
    ]
    known.jobs = [job(6, "Deploy", step("Build it", None, "01:05", ""), conclusion=None)]
    status, out, err = here("watch")
    assert (status, err) == (0, "")
    assert out.splitlines() == [
        f"Deploy 12: {SITE}/actions/runs/12",
        "  queued       0 of 1 jobs; Deploy: Build it",
        "  in_progress  0 of 1 jobs; Deploy: Build it",
        "  success      0 of 1 jobs; Deploy: Build it",
        "Deploy 12: success",
    ]
    assert now == [30, 30, 30]


@pytest.mark.parametrize(
    ("conclusion", "code"),
    [
        *((good, 0) for good in ("success", "neutral", "skipped")),
        *((bad, 25) for bad in ("failure", "cancelled", "timed_out", "startup_failure", "stale")),
        ("action_required", 25),
    ],
)
def test_the_exit_code_is_the_conclusion(
    here: Here, known: Runs, conclusion: str, code: int
) -> None:
    known.runs = [run(12, conclusion=conclusion)]
    assert here("watch", "12", "-q")[:2] == (code, f"Deploy 12: {conclusion}\n")
    assert here.json("watch", f"{SITE}/actions/runs/12/job/6")["conclusion"] == conclusion


def test_a_run_may_be_late_and_take_its_time(here: Here, known: Runs, now: list[float]) -> None:
    status, _, err = here("watch", "--commit", "HEAD", "--every", "1m")
    assert status == 3
    assert "there is no run of " in err
    assert now == [60] * 5
    known.runs = [run(12, status="in_progress", conclusion=None)]
    status, out, _ = here("watch", "--for", "45s")
    assert status == 11
    assert out.endswith("Deploy 12: in_progress\n")


def test_a_look_that_fails_is_followed_by_another(
    here: Here, hub: GitHub, known: Runs, now: list[float]
) -> None:
    known.runs = [run(12)]
    limit = Refusal(403, "You have exceeded a secondary rate limit", {"Retry-After": "120"})
    hub.refuses = [("GET", Refusal(502)), ("GET", limit)]
    status, _, err = here("watch", "12")
    assert status == 0
    assert err.splitlines() == [
        "warning: a look failed: GitHub answers with 502",
        "warning: a look failed: GitHub's limit of requests is used up",
    ]
    assert now == [30, 120]
    hub.refuses = [("GET", Refusal(502))] * 5
    status, _, err = here("watch", "12")
    assert status == 4
    assert err.endswith("whether GitHub has a\n       problem\n")


REFUSED = {
    "a wrong token": (Refusal(401, "Bad credentials"), 4, "github-failed"),
    "a token that may not": (Refusal(403, "Resource not accessible"), 4, "github-failed"),
    "a limit": (Refusal(429, "Slow down"), 4, "github-failed"),
    "a fault of theirs": (Refusal(500, "Unicorn!"), 4, "github-failed"),
    "a page to log in": (Refusal(200, raw=b"<html>"), 4, "github-failed"),
    "something else": (Refusal(200, raw=b'{"workflow_runs": [{}]}'), 4, "github-failed"),
    "another name": (Refusal(301, headers={"Location": "https://x.example/"}), 4, "github-failed"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals_are_errors(here: Here, hub: GitHub, case: str) -> None:
    refusal, code, slug = REFUSED[case]
    hub.refuses = [("GET", refusal)]
    status, out, err = here("list", "--json")
    assert status == code
    assert json.loads(out)["error"]["slug"] == slug
    assert "Traceback" not in err
    assert TOKEN not in out + err


def test_what_is_not_there_says_so(
    here: Here, known: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert here.json("logs", "99")["error"]["slug"] == "run-not-found"
    assert here.json("logs", "--branch", "gone")["error"]["message"] == "there is no run on gone"
    assert here.json("watch", "twelve")["error"]["slug"] == "run-not-found"
    found = here.json("list", "--workflow", "../../../user")["error"]
    assert found["message"] == "there is no workflow ../../../user in acme/shop"
    monkeypatch.setenv("SHOP_TOKEN", "")
    found = here.json("list")["error"]
    assert (found["slug"], found["exit_code"]) == ("github-unusable", 3)


def test_no_network_says_so(here: Here) -> None:
    config = here.sandbox.folder / "rewind.yml"
    config.write_text(
        config.read_text().replace(config.read_text().split("'")[1], "http://127.0.0.1:9")
    )
    found = here.json("list")["error"]
    assert found["slug"] == "github-failed"
    assert found["message"].startswith("GitHub cannot be reached: ")


def test_the_log_of_what_failed(here: Here, known: Runs, logs: Storage) -> None:
    known.runs, known.jobs = [run(12, conclusion="failure")], failed()
    known.places = {6: f"{logs.address}/log?sig=secret-of-the-place"}
    status, out, _ = here("logs")
    assert status == 0
    assert out.splitlines()[1:] == [
        "Deploy: Build it",
        "  ##[group]Run rewind deploy",
        "  building 3 relations",
        "  a line that dbt broke, with \\x1b]0;a title",
        "  error: a test failed",
    ]
    (found,) = here.json("logs", "12")["logs"]
    assert (found["job"], found["step"], found["conclusion"]) == ("Deploy", "Build it", "failure")
    assert len(found["lines"]) == 4


def test_the_token_goes_to_no_other_host(here: Here, known: Runs, logs: Storage) -> None:
    known.runs, known.jobs = [run(12, conclusion="failure")], failed()
    known.places = {6: f"{logs.address}/log?sig=x"}
    assert here("logs", "12")[0] == 0
    (headers,) = logs.asked
    assert "authorization" not in headers
    assert TOKEN not in str(headers)


def test_logs_that_are_gone_or_do_not_fit(here: Here, known: Runs, logs: Storage) -> None:
    known.runs, known.jobs = [run(12, conclusion="failure")], failed()
    assert here("logs", "12")[1].splitlines()[1:] == ["Deploy", "  (GitHub has no log of it)"]
    for each in known.jobs[1]["steps"]:
        each["started_at"] = None
    known.places = {5: f"{logs.address}/log", 6: f"{logs.address}/log"}
    out = here("logs", "12")[1]
    assert out.splitlines()[1:3] == ["Deploy", "  ##[group]Run rewind doctor"]
    assert [each["job"] for each in here.json("logs", "--all")["logs"]] == ["Validate", "Deploy"]
    known.jobs = known.jobs[:1]
    assert "no job has failed" in here("logs", "12")[1]


@pytest.mark.parametrize(
    "place",
    [
        "http://storage.example.com/log",
        "https://user:password@storage.example.com/log",
        "file:///etc/passwd",
        "/log",
    ],
)
def test_a_place_that_is_not_safe_is_not_asked(here: Here, known: Runs, place: str) -> None:
    known.runs, known.jobs = [run(12, conclusion="failure")], failed()
    known.places = {6: place}
    found = here.json("logs", "12")["error"]
    assert found["message"] == "GitHub names a place of the log that is not safe to ask"


def test_the_place_of_a_log_may_be_broken(here: Here, known: Runs, logs: Storage) -> None:
    """Its address opens it to whoever has it, so that no message holds it."""
    known.runs, known.jobs = [run(12, conclusion="failure")], failed()
    known.places = {6: "http://localhost:9/log?sig=secret-of-the-place"}
    status, out, err = here("logs", "12", "--json")
    assert status == 4
    assert "localhost, which has the log, cannot be reached: ConnectError" in out
    assert "secret-of-the-place" not in out + err
    logs.onward = "http://localhost:9/"
    known.places = {6: f"{logs.address}/log?sig=secret-of-the-place"}
    assert here.json("logs", "12")["error"]["message"] == (
        "localhost, which has the log, answers with 302"
    )
