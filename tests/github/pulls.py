"""What a repository on GitHub has of branches and pull requests, as far as a test asks for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from tests.notify.github_double import REPOSITORY, Asked

SITE = f"https://github.example.com/{REPOSITORY}"


@dataclass
class Pulls:
    """`branches` are by name, each with its commit; pushes to those in `protected` have rules, and
    so have those in `ruled`, of the newer kind. `admits`: merges are allowed."""

    branches: dict[str, str] = field(default_factory=dict)
    protected: set[str] = field(default_factory=set)
    ruled: set[str] = field(default_factory=set)
    pulls: list[dict[str, Any]] = field(default_factory=list)
    admits: bool = True

    def answer(self, asked: Asked) -> tuple[int, Any] | None:
        match asked.method, *(unquote(part) for part in asked.path.split("/")[4:]):
            case "GET", "branches", name:
                return self._branch(name)
            case "GET", "rules", "branches", name:
                return 200, [{"type": "pull_request"}] if name in self.ruled else []
            case "GET", "pulls":
                return 200, self._listed(asked.query)
            case "POST", "pulls":
                return self._made(asked.body)
            case "GET", "pulls", number:
                return 200, self.pulls[int(number) - 1]
            case "PUT", "pulls", number, "merge":
                return self._merged(self.pulls[int(number) - 1], asked.body)
            case "POST", "issues", number, "labels":
                labels = self.pulls[int(number) - 1]["labels"]
                labels += [{"name": name} for name in asked.body["labels"]]
                return 200, labels
            case "DELETE", "git", "refs", ref:
                name = ref.removeprefix("heads/")
                if self.branches.pop(name, None) is None:
                    return 422, _no("Reference does not exist")
                return 204, None
        return None

    def _branch(self, name: str) -> tuple[int, Any]:
        if name not in self.branches:
            return 404, _no("Branch not found")
        return 200, {"name": name, "protected": name in self.protected}

    def _listed(self, query: dict[str, list[str]]) -> list[dict[str, Any]]:
        (head,), (base,), (state,) = query["head"], query["base"], query["state"]
        return [
            pull
            for pull in reversed(self.pulls)
            if (pull["state"], pull["base"]["ref"]) == (state, base)
            and f"acme:{pull['head']['ref']}" == head
        ]

    def _made(self, content: dict[str, Any]) -> tuple[int, Any]:
        head, base = content["head"], content["base"]
        if self._listed({"head": [f"acme:{head}"], "base": [base], "state": ["open"]}):
            return 422, _no("Validation Failed", f"A pull request already exists for acme:{head}.")
        if head not in self.branches:
            return 422, _no("Validation Failed", f"No commits between {base} and {head}")
        number = len(self.pulls) + 1
        pull = {
            "number": number,
            "html_url": f"{SITE}/pull/{number}",
            "state": "open",
            "title": content["title"],
            "body": content["body"],
            "labels": [],
            "merged": False,
            "merge_commit_sha": None,
            "head": {"ref": head, "repo": {"full_name": REPOSITORY}},
            "base": {"ref": base},
        }
        self.pulls.append(pull)
        return 201, pull

    def _merged(self, pull: dict[str, Any], content: dict[str, Any]) -> tuple[int, Any]:
        if not self.admits:
            return 405, _no("At least 1 approving review is required")
        if self.branches[pull["head"]["ref"]] != content["sha"]:
            return 409, _no("Head branch was modified. Review and try the merge again.")
        sha = f"{pull['number']:040x}"
        pull.update(state="closed", merged=True, merge_commit_sha=sha)
        return 200, {"sha": sha, "merged": True, "message": "Pull Request successfully merged"}


def _no(message: str, *more: str) -> dict[str, Any]:
    found: dict[str, Any] = {"message": message, "documentation_url": "https://docs.github.com"}
    return {**found, "errors": [{"message": each} for each in more]} if more else found
