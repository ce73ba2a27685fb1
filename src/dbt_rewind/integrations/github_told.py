"""What GitHub shows of releases: deployments of environments, comments on commits and pull
requests. Nothing is made twice: what is there is looked for first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

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
class _Known:
    """A deployment with what its newest status says."""

    number: int
    state: str | None
    description: str | None

    def says(self, deployment: Deployment) -> bool:
        words = deployment.description[:_LONGEST]
        return (self.state, self.description) == (deployment.state, words)


@dataclass(frozen=True, slots=True)
class GithubTold:
    """Each method raises DeliveryFailed, DeliveryRefused, and may be called again."""

    github: Github

    def deployed(self, deployment: Deployment) -> None:
        """Gives the deployment of that run its state. A job that has an environment has made one
        already."""
        with self._asking():
            known = self._known(deployment)
            if known is not None and known.says(deployment):
                return
            number = known.number if known is not None else self._made(deployment)
            state = {
                "state": deployment.state,
                "description": deployment.description[:_LONGEST],
                "environment": deployment.environment,
                **({"log_url": deployment.run} if deployment.run else {}),
            }
            self.github.ask("POST", f"deployments/{number}/statuses", content=state)

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

    def _known(self, deployment: Deployment) -> _Known | None:
        """The one of the same run, or one that says the same already: GitHub marks those inactive
        that others have followed."""
        query = {
            "sha": deployment.sha,
            "environment": deployment.environment,
            "per_page": _LATEST,
        }
        for found in self.github.ask("GET", "deployments", query=query):
            number = int(found["id"])
            place = f"deployments/{number}/statuses"
            statuses = self.github.ask("GET", place, query={"per_page": _LATEST})
            newest = statuses[0] if statuses else {}
            known = _Known(number, newest.get("state"), newest.get("description"))
            runs = [str(each.get("log_url") or "") for each in statuses]
            is_ours = deployment.run and any(each.startswith(deployment.run) for each in runs)
            if is_ours or known.says(deployment):
                return known
        return None

    def _made(self, deployment: Deployment) -> int:
        content = {
            "ref": deployment.sha,
            "environment": deployment.environment,
            "description": deployment.description[:_LONGEST],
            "production_environment": deployment.production,
            "auto_merge": False,
            "required_contexts": [],
        }
        return int(self.github.ask("POST", "deployments", content=content)["id"])

    @contextmanager
    def _asking(self) -> Iterator[None]:
        try:
            with self.github.connected():
                yield
        except DeliveryFailed:
            raise
        except (AttributeError, KeyError, TypeError, ValueError):
            raise unreadable() from None
