"""`--github`: what a job, a deployment, a commit and a pull request get to show."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.cases import with_lost_remote
from tests.cli.shop import Shop, commit
from tests.github.told import Kept
from tests.notify.github_double import REPOSITORY, TOKEN, GitHub, Refusal, github

from dbt_rewind.cli.github_output import tell_github
from dbt_rewind.cli.screen import Screen
from dbt_rewind.integrations.github_job import annotation

RUN = f"https://github.com/{REPOSITORY}/actions/runs/77"
ACCEPT = ("--accept", "vanished", "--reason", "asked for by @acme/board | `all` of it")


@pytest.fixture
def hub() -> Iterator[GitHub]:
    with github() as server:
        yield server


@pytest.fixture
def kept(hub: GitHub) -> Kept:
    found = Kept()
    hub.more.append(found.answer)
    return found


@pytest.fixture
def job(hub: GitHub, kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the job's files are; commands run in a job from here on."""
    for name, value in {
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_REPOSITORY": REPOSITORY,
        "GITHUB_API_URL": hub.address,
        "GITHUB_RUN_ID": "77",
        "GITHUB_TOKEN": TOKEN,
    }.items():
        monkeypatch.setenv(name, value)
    return tmp_path


def outputs(job: Path) -> dict[str, str]:
    lines = (job / "output").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


def test_a_deploy_is_a_summary_outputs_a_deployment_and_a_comment(
    shop: Shop, job: Path, kept: Kept
) -> None:
    shop.done("deploy", "v1.0")
    ran = shop.run("deploy", "v1.1", "--github")
    assert (ran.status, ran.err) == (0, "")
    sha = shop.sandbox.git("rev-parse", "v1.1").strip()
    (deployment,) = kept.deployments
    assert deployment["ref"] == sha
    assert deployment["environment"] == "prod"
    assert deployment["production_environment"] is True
    assert (deployment["auto_merge"], deployment["required_contexts"]) == (False, [])
    assert kept.statuses[1] == [
        {
            "state": "success",
            "description": "r2 is live",
            "environment": "prod",
            "log_url": RUN,
        }
    ]
    (comment,) = kept.comments[f"commits/{sha}"]
    summary = (job / "summary").read_text()
    assert comment["body"] == f"{summary.rstrip()}\n\n<!-- dbt-rewind release prod -->"
    assert summary.startswith("### r2 is live in prod\n\n|  |  |\n|---|---|\n| Commit | `")
    assert "| Relations | 1 built, 3 taken over |\n" in summary
    assert "| Back | `rewind rollback --to r1 --env prod` |" in summary
    assert outputs(job) == {"result": "live", "release": "r2", "left": "r1"}


def test_what_is_said_already_is_not_said_again(shop: Shop, job: Path, kept: Kept) -> None:
    for _ in range(3):
        shop.done("deploy", "v1.0", "--github")
    assert len(kept.deployments) == len(kept.statuses[1]) == 1
    assert [len(comments) for comments in kept.comments.values()] == [1]


def test_a_release_that_was_taken_back_is_not_live(
    shop: Shop, job: Path, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.done("deploy", "v1.0")
    told = {"version": 1, "command": "deploy"}
    facts = json.loads(shop.run("deploy", "v1.1", "--json").out) | {"watch": {"withdrawn_to": "r1"}}
    tell_github(Screen(github=True), "deploy", {**facts, **told})
    assert outputs(job) == {"result": "withdrawn", "release": "r1", "left": "r2"}
    assert kept.statuses[1][0]["state"] == "failure"
    assert kept.statuses[1][0]["description"] == "r2 is taken back, r1 is live again"
    assert (job / "summary").read_text().startswith("### r2 was taken back: r1 is live in prod")


def test_json_stays_one_document(shop: Shop, job: Path) -> None:
    assert json.loads(shop.run("deploy", "v1.0", "--github", "--json").out)["command"] == "deploy"
    assert json.loads(shop.run("deploy", "nothing", "--github", "--json").out)["error"]


def test_a_deployment_that_the_jobs_environment_has_made_is_taken(
    shop: Shop, job: Path, kept: Kept
) -> None:
    sha = shop.sandbox.git("rev-parse", "v1.0").strip()
    for number, run in ((1, "78"), (2, "77")):
        kept.deployments.append({"id": number, "ref": sha, "environment": "prod"})
        kept.statuses[number] = [{"log_url": f"{RUN[:-2]}{run}/job/5"}]
    shop.done("deploy", "v1.0", "--github")
    assert len(kept.deployments) == 2
    assert [each.get("state") for each in kept.statuses[2]] == ["success", None]


def test_a_rollback_says_so_at_the_commit_that_was_left(shop: Shop, job: Path, kept: Kept) -> None:
    shop.done("deploy", "v1.0")
    shop.done("deploy", "v1.1", "--github")
    reason = "asked for by @acme/board | `all` of it"
    shop.done("rollback", "--yes", "--reason", reason, "--github")
    bad, good = (shop.sandbox.git("rev-parse", tag).strip() for tag in ("v1.1", "v1.0"))
    (comment,) = kept.comments[f"commits/{bad}"]  # the deploy's, with other words now
    assert comment["body"].startswith("### r1 is live in prod again\n")
    # Nobody is mentioned, and the table stays one.
    assert "| Reason | ``asked for by @acme/board \\| `all` of it`` |\n" in comment["body"]
    assert kept.deployments[-1]["ref"] == good
    assert kept.statuses[2][0]["description"] == "r1 is live again, r2 was taken back"
    assert outputs(job)["left"] == "r2"


def test_a_rollback_whose_code_stays_behind_says_both(shop: Shop, job: Path, kept: Kept) -> None:
    with_lost_remote(shop)
    ran = shop.run("rollback", "--yes", "--env", "prod", "--github")
    assert ran.status == 19
    summary = (job / "summary").read_text()
    assert summary.startswith("### r1 is live in prod again\n")
    assert "| Code | revert |" in summary
    assert "### Stopped: code-apart" in summary
    assert outputs(job) == {"result": "code-apart", "release": "r1", "left": "r2"}
    assert kept.statuses[1][0]["state"] == "success"
    assert ran.err.count("::error title=rewind rollback%3A code-apart::") == 1


def test_a_deploy_that_stops_is_an_annotation_and_a_failed_deployment(
    shop: Shop, job: Path, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.done("deploy", "v1.0")
    sha = shop.sandbox.git("rev-parse", "v1.2").strip()
    monkeypatch.setenv("GITHUB_SHA", sha)
    ran = shop.run("deploy", "v1.2", "--env", "prod", "--github")
    assert ran.status == 6
    (line,) = [line for line in ran.err.splitlines() if line.startswith("::")]
    assert line.startswith("::error title=rewind deploy%3A build-failed::")
    assert "%0Atry: " in line
    assert kept.statuses[1][0]["state"] == "failure"
    assert (job / "summary").read_text().startswith("### Stopped: build-failed\n")
    assert outputs(job) == {"result": "build-failed"}
    assert kept.comments == {}


def test_a_pull_request_has_one_comment_which_says_what_is_so_now(
    shop: Shop, job: Path, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_REF", "refs/pull/12/merge")
    shop.done("deploy", "v1.0")
    shop.done("deploy", "main", "--env", "prod", "--dry-run", "--github")
    (comment,) = kept.comments["issues/12"]
    body = comment["body"]
    assert body.startswith("### What a deploy to prod would do\n")
    assert "**It could be undone exactly**" in body
    assert "**Names that would be gone:**\n\n- `gold.customers`" in body
    assert "- `model.shop.totals`" in body
    assert kept.deployments == []
    commit(shop.sandbox, 8, "Nothing", {})
    shop.run("deploy", "gone", "--env", "prod", "--dry-run", "--github")
    (comment,) = kept.comments["issues/12"]
    assert comment["body"].startswith("### Stopped: unknown-ref\n")
    assert outputs(job)["result"] == "unknown-ref"


def test_the_number_of_a_pull_request_may_stand_in_the_event(
    shop: Shop, job: Path, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    (job / "event").write_text('{"pull_request": {"number": 9}}')
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(job / "event"))
    shop.done("deploy", "v1.0", "--env", "prod", "--dry-run", "--github")
    assert list(kept.comments) == ["issues/9"]


def test_what_verify_and_assess_find_is_annotated(shop: Shop, job: Path) -> None:
    shop.done("deploy", "v1.0")
    ran = shop.run("verify", "--github")
    assert ran.status == 0
    assert outputs(job) == {"result": "verified", "release": "r1"}
    assert "| passed | `ledger` | `" in (job / "summary").read_text()
    ran = shop.run("assess", "--report", "numbers\nare 100% off", "--github")
    assert ran.status == 21
    (line,) = [line for line in ran.err.splitlines() if line.startswith("::")]
    assert line.startswith("::error title=high%3A ")
    assert "are 100%25 off" in line
    assert outputs(job)["result"] == "high"


@pytest.mark.parametrize(
    ("method", "refusal"),
    [
        ("GET", Refusal(503, "Unicorn!")),
        ("POST", Refusal(403, "Resource not accessible by integration")),
        ("GET", Refusal(200, raw=b"<html>")),
        ("GET", Refusal(429, "Slow down")),
    ],
    ids=["503", "403", "html", "429"],
)
def test_a_deploy_does_not_fail_because_github_does(
    shop: Shop, job: Path, hub: GitHub, method: str, refusal: Refusal
) -> None:
    hub.refuses = [(method, refusal)]
    ran = shop.run("deploy", "v1.0", "--github")
    assert ran.status == 0
    assert ran.err.startswith("warning: GitHub was not told: ")
    assert TOKEN not in ran.err
    assert outputs(job)["release"] == "r1"


def test_without_network_token_or_files_there_is_a_warning(
    shop: Shop, job: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_API_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("GITHUB_OUTPUT", str(job / "no folder" / "output"))
    ran = shop.run("deploy", "v1.0", "--github")
    assert ran.status == 0
    assert "GitHub was not told: GitHub cannot be reached" in " ".join(ran.err.split())
    assert "GitHub was not told: FileNotFoundError" in " ".join(ran.err.split())
    monkeypatch.delenv("GITHUB_TOKEN")
    ran = shop.run("deploy", "v1.1", "--github")
    assert ran.status == 0
    assert "the environment variable GITHUB_TOKEN is not set" in " ".join(ran.err.split())


def test_a_laptop_has_nothing_to_write_to(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = shop.run("deploy", "v1.0", "--github")
    assert ran.status == 0
    assert "nothing says which repository on GitHub it is" in " ".join(ran.err.split())


def test_annotations_cannot_be_broken_out_of() -> None:
    text = "a\r\n::add-mask::x\n%0A"
    assert annotation("error", "t: a, b\n::", text) == (
        "::error title=t%3A a%2C b%0A%3A%3A::a%0D%0A::add-mask::x%0A%250A"
    )
