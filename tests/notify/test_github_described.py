"""What GitHub is asked for, and what the stand-in answers, is as GitHub itself describes it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from openapi_core import OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse
from tests.notify.description import HOW, PATHS, description
from tests.notify.github_double import REPOSITORY, TOKEN, Asked, GitHub, Refusal
from tests.notify.project import Notified
from tests.notify.test_github import (
    BACK,
    CLOSED,
    INCIDENT,
    NOTED,
    OPENED,
    record,
    settings,
)

from dbt_rewind.engine.runbook.incidents import opened_payload
from dbt_rewind.integrations.github_api import open_github
from dbt_rewind.integrations.github_issues import GithubIssues
from dbt_rewind.model import EventKind
from dbt_rewind.procedures.announcement import Announcement
from dbt_rewind.procedures.messages import incident_opened, trial

_API = "https://api.github.com"
_JSON = "application/json"


@pytest.fixture(scope="module")
def described(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> OpenAPI:
    # Without pytest's cache, it is fetched each time.
    cache = getattr(request.config, "cache", None)
    found = description(cache.mkdir("github") if cache else tmp_path_factory.mktemp("github"))
    if found is None:
        pytest.skip(HOW)
    return OpenAPI.from_dict(found)


@pytest.fixture
def asked(project: Notified, hub: GitHub) -> list[Asked]:
    """Every request of an incident from its opening to its end, with a page of issues that others
    have made, with lost answers and with refusals; and of a test."""
    project.channels(settings(hub), timeout="20s")
    project.set_address("SHOP_TOKEN", TOKEN)
    record(project, EventKind.OPENED, opened_payload(INCIDENT))
    for number in range(101):
        hub.add_issue({"title": f"other {number}"})
    for announcement in (OPENED, NOTED, BACK, CLOSED):
        project.announce(announcement)
    assert project.warnings == []
    channel = GithubIssues(open_github(REPOSITORY, TOKEN, "T", hub.address, 20), ("incident",))
    channel.try_out(*trial("prod", "ana"))
    for number, status in enumerate((403, 404, 410, 422)):
        hub.refuses = [("POST", Refusal(status))]
        record(
            project,
            EventKind.OPENED,
            {**opened_payload(INCIDENT), "incident": 2 + number, "releases": [50 + number]},
        )
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(project, "warnings", [])
            outcome = project.announce(_opened(2 + number))
        assert len(outcome.given_up) == 1
    return hub.asked


def _opened(number: int) -> Announcement:
    return incident_opened("prod", replace(INCIDENT, number=number))


def as_request(asked: Asked) -> MockRequest:
    headers = {
        name: value
        for name, value in asked.headers.items()
        if name.casefold() not in ("host", "content-length")
    }
    query = {name: values[0] for name, values in asked.query.items()}
    data = None if asked.body is None else json.dumps(asked.body).encode()
    return MockRequest(
        _API, asked.method, asked.path, args=query, headers=headers, data=data, content_type=_JSON
    )


def test_every_request_and_every_answer_is_as_described(
    described: OpenAPI, asked: list[Asked]
) -> None:
    statuses = set()
    for each in asked:
        problem = disagreement(described, each)
        assert problem is None, f"{each.method} {each.path}: {each.status}: {problem[:400]}"
        statuses.add((each.method, each.status))
    assert {status for method, status in statuses if method == "POST"} == {201, 403, 404, 410, 422}
    assert {method for method, _ in statuses} == {"GET", "POST", "PATCH"}


def disagreement(described: OpenAPI, asked: Asked) -> str | None:
    request = as_request(asked)
    content = json.dumps(asked.answer).encode()
    response = MockResponse(content, status_code=asked.status, content_type=_JSON)
    try:
        described.validate_request(request)
        described.validate_response(request, response)
    except OpenAPIError as error:
        return f"{error} {error.__cause__}"[-400:]
    return None


def test_the_comparison_finds_what_is_wrong(described: OpenAPI, asked: list[Asked]) -> None:
    """Otherwise the other test says nothing."""
    made = next(each for each in asked if each.method == "POST")
    listed = next(each for each in asked if each.method == "GET")
    bodies = ({"title": None}, {"body": "no title"}, {"title": "t", "labels": "incident"})
    wrong = [
        *(replace(made, body=body) for body in bodies),
        *(
            replace(listed, query={**listed.query, name: [value]})
            for name, value in (("per_page", "many"), ("state", "any"), ("sort", "number"))
        ),
        replace(made, answer={**made.answer, "html_url": None}),
        replace(listed, path=f"{listed.path}/of/nobody"),
    ]
    assert disagreement(described, made) is None
    assert [each for each in wrong if disagreement(described, each) is None] == []


def test_the_paths_are_those_that_are_asked_for(asked: list[Asked]) -> None:
    names = {each.path.replace(f"/repos/{REPOSITORY}", "/repos/{owner}/{repo}") for each in asked}
    known = set()
    for name in names:
        parts = ["{issue_number}" if part.isdigit() else part for part in name.split("/")]
        known.add("/".join(parts))
    assert known == set(PATHS)
