"""What a repository on GitHub keeps of deployments and comments, as far as a test asks for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.notify.github_double import Asked


@dataclass
class Kept:
    """`comments` are by what they are on (`commits/SHA`, `issues/7`), `statuses` by deployment."""

    deployments: list[dict[str, Any]] = field(default_factory=list)
    statuses: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    comments: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def answer(self, asked: Asked) -> tuple[int, Any] | None:
        match asked.method, *asked.path.split("/")[4:]:
            case "GET", "deployments":
                (sha,), (environment,) = asked.query["sha"], asked.query["environment"]
                chosen = (sha, environment)
                return 200, [
                    each
                    for each in self.deployments
                    if (each["ref"], each["environment"]) == chosen
                ]
            case "POST", "deployments":
                made = {**asked.body, "id": len(self.deployments) + 1}
                self.deployments.append(made)
                return 201, made
            case "GET", "deployments", number, "statuses":
                return 200, self.statuses.get(int(number), [])
            case "POST", "deployments", number, "statuses":
                self.statuses.setdefault(int(number), []).insert(0, asked.body)
                return 201, asked.body
            case "GET", ("commits" | "issues") as kind, which, "comments":
                return 200, self.comments.get(f"{kind}/{which}", [])
            case "POST", ("commits" | "issues") as kind, which, "comments":
                comments = self.comments.setdefault(f"{kind}/{which}", [])
                identity = 1 + sum(map(len, self.comments.values()))
                comments.append({"id": identity, **asked.body})
                return 201, comments[-1]
            case "PATCH", "comments", number:
                return 200, self._changed(int(number), asked.body)
            case "PATCH", "issues", "comments", number:
                return 200, self._changed(int(number), asked.body)
        return None

    def _changed(self, number: int, content: dict[str, Any]) -> dict[str, Any]:
        every = (comment for comments in self.comments.values() for comment in comments)
        found = next(comment for comment in every if comment["id"] == number)
        found.update(content)
        return found
