"""What GitHub's refusals mean, each in one line without a secret, and which of them pass."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any, Final

from dbt_rewind.integrations.channel import DeliveryFailed, DeliveryRefused
from dbt_rewind.redact import redact

_LONGEST: Final = 120

LATER: Final = "try again later; https://www.githubstatus.com says whether GitHub has a problem"

_NEEDS: Final = (
    (r"issues/.*/labels", "label pull requests", "pull-requests: write"),
    (r"issues", "write issues", "issues: write"),
    (r"pulls/.*/merge", "merge pull requests", "contents: write"),
    (r"pulls", "write pull requests", "pull-requests: write"),
    (r"branches|rules", "read branches", "contents: read"),
    (r"git|commits|contents", "write contents", "contents: write"),
    (r"deployments", "write deployments", "deployments: write"),
    (r"actions", "read workflow runs", "actions: read"),
)
"""By the beginning of a path: what is done there, and the permission of a token that it needs, as
workflows and GitHub's page of tokens call it."""


def unreadable() -> DeliveryFailed:
    return DeliveryFailed(
        "GitHub's answer cannot be read", fix="look what stands between here and GitHub: a proxy?"
    )


def moved(repository: str) -> DeliveryRefused:
    return DeliveryRefused(
        f"{repository} has another name now: correct it in rewind.yml, or the remote's address",
        fix="set `github: {repository: owner/name}` in rewind.yml",
    )


def problem_of(error: Exception, repository: str, variable: str, path: str) -> DeliveryFailed:
    """The problem that an error of githubkit's tells of. `variable` holds the token, `path` is what
    was asked for, below the repository."""
    from githubkit.exception import RateLimitExceeded, RequestError, RequestFailed, RequestTimeout

    if isinstance(error, RateLimitExceeded):
        return _limited(error.retry_after)
    if isinstance(error, RequestFailed):
        words = words_of(error.response)
        return _refusal(error.response.status_code, words, repository, variable, path)
    if isinstance(error, RequestTimeout):
        return DeliveryFailed("GitHub does not answer in time", fix=LATER)
    if isinstance(error, RequestError):
        words = _in_short(str(error.exc)) or type(error.exc).__name__
        return DeliveryFailed(
            f"GitHub cannot be reached: {words}", fix="look at the network, then try again"
        )
    return unreadable()  # an answer of whoever stands between, such as a page to log in


def is_limit(status: int, words: str) -> bool:
    """Whether a refusal is that of a limit: of one without headers, nothing but the words tells."""
    return status == 429 or (status == 403 and "rate limit" in words.casefold())


def words_of(response: Any) -> str:
    """The reason that a refusal gives, in one line."""
    try:
        found = response.json()
        # What is invalid about a request stands below the general words.
        more = [str(each["message"]) for each in found.get("errors", ()) if "message" in each]
        words = ": ".join([str(found["message"]), *more])
    except Exception:
        return "no reason given"
    return _in_short(words) or "no reason given"


def _refusal(status: int, words: str, repository: str, variable: str, path: str) -> DeliveryFailed:
    if status >= 500:
        return DeliveryFailed(f"GitHub answers with {status}", fix=LATER)
    if is_limit(status, words):
        return _limited(None)
    doing, permission = _need(path)
    one = _one_of(path)
    if status == 404 and one:
        # For a moment, this is also said of what was just made.
        return DeliveryFailed(
            f"there is no {one} in {repository}, or none for this token",
            fix=f"look for it; the token needs `{permission}`",
        )
    if status == 410:
        gone = (
            f"{one} of {repository} was deleted"
            if one
            else f"{repository} has its issues switched off"
        )
        return DeliveryRefused(gone, fix="look at the repository's settings")
    token = f"set {variable} to a token that has `{permission}` in {repository}"
    known = {
        401: f"GitHub does not know the token in {variable}: it is wrong, or has expired",
        403: f"the token in {variable} may not {doing} of {repository}: {words}",
        404: f"there is no repository {repository}, or the token in {variable} may not see it",
    }
    if status in known:
        return DeliveryRefused(known[status], fix=token)
    said = "takes the request for invalid" if status == 422 else f"answers with {status}"
    return DeliveryRefused(f"GitHub {said}: {words}", fix="do what GitHub says, then try again")


def _need(path: str) -> tuple[str, str]:
    for beginning, doing, permission in _NEEDS:
        if re.match(rf"(?:{beginning})(?:/|$)", path):
            return doing, permission
    return "do that", "contents: write"


def _one_of(path: str) -> str:
    """The one thing that a path is about: `issue 4`; empty where it is about all."""
    found = re.match(r"(issues|pulls|actions/runs|actions/jobs|deployments)/([0-9]+)", path)
    kinds = {
        "issues": "issue",
        "pulls": "pull request",
        "actions/runs": "run",
        "actions/jobs": "job",
        "deployments": "deployment",
    }
    return f"{kinds[found[1]]} {found[2]}" if found else ""


def _limited(after: timedelta | None) -> DeliveryFailed:
    minutes = max(1, round(after.total_seconds() / 60)) if after else 0
    fix = f"try again in {minutes} min" if minutes else "try again in some minutes"
    return DeliveryFailed("GitHub's limit of requests is used up", after, fix)


def _in_short(text: str) -> str:
    line = redact(" ".join(text.split()))
    return line if len(line) <= _LONGEST else line[: _LONGEST - 3] + "..."
