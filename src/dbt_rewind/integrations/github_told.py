"""What GitHub shows of releases: deployments of environments, comments on commits and pull
requests. Nothing is made twice: what is there is looked for first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from dbt_rewind.integrations.channel import DeliveryFailed
from dbt_rewind.integrations.github_api import Github
from dbt_rewind.integrations.github_problems import unreadable

_LONGEST: Final = 140
_LATEST: Final = "10"


@dataclass(frozen=True, slots=True)
class Deployment:
    """What went live where, or did not; `run` is where people see the run that did it."""

    environment: str
    production: bool
    sha: str
    state: str
    description: str
    run: str | None


@dataclass(frozen=True, slots=True)
class GithubTold:
    """Each method raises DeliveryFailed, DeliveryRefused, and may be called again."""

    github: Github

    def deployed(self, deployment: Deployment) -> None:
        """Gives the deployment of that run its state. A job that has an environment has made one
        already."""
        with self._asking():
            found = self._of_run(deployment) or self._made(deployment)
            state = {
                "state": deployment.state,
                "description": deployment.description[:_LONGEST],
                "environment": deployment.environment,
                **({"log_url": deployment.run} if deployment.run else {}),
            }
            self.github.ask("POST", f"deployments/{int(found['id'])}/statuses", content=state)

    def comment_on_commit(self, sha: str, name: str, text: str) -> None:
        """Has one comment on the commit, by that name, say the text."""
        self._comment(f"commits/{sha}/comments", "comments", name, text)

    def comment_on_pull(self, number: int, name: str, text: str) -> None:
        """The same on a pull request."""
        self._comment(f"issues/{number}/comments", "issues/comments", name, text)

    def _comment(self, place: str, each: str, name: str, text: str) -> None:
        mark = f"<!-- dbt-rewind {name} -->"
        body = {"body": f"{text}\n\n{mark}"}
        with self._asking():
            for comment in self.github.all(place, {}):
                if str(comment.get("body") or "").rstrip().endswith(mark):
                    if comment["body"] != body["body"]:
                        self.github.ask("PATCH", f"{each}/{int(comment['id'])}", content=body)
                    return
            self.github.ask("POST", place, content=body)

    def _of_run(self, deployment: Deployment) -> Any | None:
        if deployment.run is None:
            return None
        query = {
            "sha": deployment.sha,
            "environment": deployment.environment,
            "per_page": _LATEST,
        }
        for found in self.github.ask("GET", "deployments", query=query):
            place = f"deployments/{int(found['id'])}/statuses"
            for status in self.github.ask("GET", place, query={"per_page": _LATEST}):
                if str(status.get("log_url") or "").startswith(deployment.run):
                    return found
        return None

    def _made(self, deployment: Deployment) -> Any:
        content = {
            "ref": deployment.sha,
            "environment": deployment.environment,
            "description": deployment.description[:_LONGEST],
            "production_environment": deployment.production,
            "auto_merge": False,
            "required_contexts": [],
        }
        return self.github.ask("POST", "deployments", content=content)

    @contextmanager
    def _asking(self) -> Iterator[None]:
        try:
            with self.github.connected():
                yield
        except DeliveryFailed:
            raise
        except (AttributeError, KeyError, TypeError, ValueError):
            raise unreadable() from None
