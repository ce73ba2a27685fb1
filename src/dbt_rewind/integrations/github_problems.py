"""What GitHub's refusals mean, each in one line without a secret, and which of them pass."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from dbt_rewind.integrations.channel import DeliveryFailed, DeliveryRefused
from dbt_rewind.redact import redact

_LONGEST: Final = 120


def unreadable() -> DeliveryFailed:
    return DeliveryFailed("GitHub's answer cannot be read")


def moved(repository: str) -> DeliveryRefused:
    return DeliveryRefused(f"{repository} has another name now: correct `notify.github.repository`")


def problem_of(error: Exception, repository: str, variable: str, path: str) -> DeliveryFailed:
    """The problem that an error of githubkit's tells of. `variable` holds the token, `path` is what
    was asked for, below the repository."""
    from githubkit.exception import RateLimitExceeded, RequestError, RequestFailed, RequestTimeout

    if isinstance(error, RateLimitExceeded):
        return _limited(error.retry_after)
    if isinstance(error, RequestFailed):
        words = _words(error.response)
        return _refusal(error.response.status_code, words, repository, variable, path)
    if isinstance(error, RequestTimeout):
        return DeliveryFailed("GitHub does not answer in time")
    if isinstance(error, RequestError):
        words = _in_short(str(error.exc)) or type(error.exc).__name__
        return DeliveryFailed(f"GitHub cannot be reached: {words}")
    return unreadable()  # an answer of whoever stands between, such as a page to log in


def _refusal(status: int, words: str, repository: str, variable: str, path: str) -> DeliveryFailed:
    issue = path.partition("/")[2].partition("/")[0]
    if status >= 500:
        return DeliveryFailed(f"GitHub answers with {status}")
    # Of a limit that has no headers, nothing but the words tells.
    if status == 429 or (status == 403 and "rate limit" in words.casefold()):
        return _limited(None)
    if status == 404 and issue:  # for a moment, this is also said of what was just made
        return DeliveryFailed(f"there is no issue {issue} in {repository}, or none for this token")
    known = {
        401: f"GitHub does not know the token in {variable}: it is wrong, or has expired",
        403: f"the token in {variable} may not write issues of {repository}: {words}",
        404: f"there is no repository {repository}, or the token in {variable} may not see it",
        410: f"issue {issue} of {repository} was deleted"
        if issue
        else f"{repository} has its issues switched off",
        422: f"GitHub takes the request for invalid: {words}",
    }
    return DeliveryRefused(known.get(status, f"GitHub answers with {status}: {words}"))


def _limited(after: timedelta | None) -> DeliveryFailed:
    return DeliveryFailed("GitHub's limit of requests is used up", after)


def _words(response: Any) -> str:
    try:
        found = response.json()["message"]
    except Exception:
        return "no reason given"
    return _in_short(str(found)) or "no reason given"


def _in_short(text: str) -> str:
    line = redact(" ".join(text.split()))
    return line if len(line) <= _LONGEST else line[: _LONGEST - 3] + "..."
