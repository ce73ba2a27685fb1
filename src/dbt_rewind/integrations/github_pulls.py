"""Pull requests on GitHub: looked for before they are made, so that none is made twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from dbt_rewind.integrations.channel import DeliveryFailed
from dbt_rewind.integrations.github_api import Answer, Github
from dbt_rewind.integrations.github_problems import unreadable
from dbt_rewind.integrations.pull_requests import Merged, Proposal, PullRequestFailed

_NOT_FOUND: Final = 404
_NOT_ALLOWED: Final = 405
_MOVED_ON: Final = 409
_INVALID: Final = 422


@dataclass(frozen=True, slots=True)
class GithubPullRequests:
    """`warn` gets a line for what does not go well and stops nobody, such as a label."""

    github: Github
    warn: Callable[[str], None]

    def propose(
        self, branch: str, base: str, title: str, body: str, labels: Sequence[str]
    ) -> Proposal:
        with self._asking():
            found = self._open(branch, base) or self._made(branch, base, title, body)
            self._label(found, labels)
        return _proposal(found)

    def merge(self, proposal: Proposal, sha: str, title: str) -> Merged | None:
        if proposal.number is None:
            return None
        with self._asking():
            found = self.github.ask("GET", f"pulls/{proposal.number}")
            if found.get("merged"):
                merged = _text(found, "merge_commit_sha")
            else:
                answer = self._merge(proposal, sha, title)
                if answer.status == _NOT_ALLOWED:
                    self.warn(f"GitHub does not merge {proposal.address} yet: {answer.words}")
                    return None
                merged = _text(answer.content, "sha")
            return Merged(merged, self._delete(found))

    def is_protected(self, branch: str) -> bool | None:
        name = quote(branch, safe="")
        with self._asking():
            answer = self.github.answer("GET", f"branches/{name}", refusals=(_NOT_FOUND,))
            if answer.status == _NOT_FOUND or not isinstance(answer.content, dict):
                return None
            if answer.content.get("protected"):
                return True
            # Rules of the newer kind, which may be the organisation's.
            return bool(self.github.ask("GET", f"rules/branches/{name}"))

    def _open(self, branch: str, base: str) -> Any | None:
        """The open one of a branch of this very repository, the oldest first."""
        owner = self.github.repository.partition("/")[0]
        query = {"state": "open", "head": f"{owner}:{branch}", "base": base}
        found = list(self.github.all("pulls", query))
        return min(found, key=lambda each: int(each["number"]), default=None)

    def _made(self, branch: str, base: str, title: str, body: str) -> Any:
        content = {"title": title, "head": branch, "base": base, "body": body}
        answer = self.github.answer("POST", "pulls", content=content, refusals=(_INVALID,))
        if answer.status != _INVALID:
            return answer.content
        found = self._open(branch, base)  # somebody else may have made it in between
        if found is None:
            raise PullRequestFailed(
                f"GitHub opens no pull request from {branch} into {base}: {answer.words}",
                "push the branch, and see that it holds commits that the other has not",
            )
        return found

    def _merge(self, proposal: Proposal, sha: str, title: str) -> Answer:
        content = {"merge_method": "squash", "sha": sha, "commit_title": title}
        refusals = (_NOT_ALLOWED, _MOVED_ON)
        path = f"pulls/{proposal.number}/merge"
        answer = self.github.answer("PUT", path, content=content, refusals=refusals)
        if answer.status == _MOVED_ON:
            raise PullRequestFailed(
                f"the branch of {proposal.address} is no longer at {sha[:7]}: {answer.words}",
                "look at what was pushed to it, then merge it there",
            )
        return answer

    def _label(self, found: Any, labels: Sequence[str]) -> None:
        has = {each["name"] for each in found.get("labels", ())}
        missing = [each for each in dict.fromkeys(labels) if each not in has]
        if not missing:
            return
        try:
            path = f"issues/{found['number']}/labels"
            self.github.ask("POST", path, content={"labels": missing})
        except DeliveryFailed as error:
            self.warn(f"{found['html_url']} lacks the label {', '.join(missing)}: {error.problem}")

    def _delete(self, found: Any) -> bool:
        """Whether the branch is gone; that of a fork is none of ours."""
        head = found["head"]
        repository = (head.get("repo") or {}).get("full_name", "")
        if repository.casefold() != self.github.repository.casefold():
            return False
        path = f"git/refs/{quote('heads/' + head['ref'], safe='')}"
        try:
            # It is invalid to delete what is gone.
            self.github.answer("DELETE", path, refusals=(_INVALID,))
        except DeliveryFailed as error:
            self.warn(f"the branch {head['ref']} is still there: {error.problem}")
            return False
        return True

    @contextmanager
    def _asking(self) -> Iterator[None]:
        try:
            with self.github.connected():
                yield
        except DeliveryFailed as error:
            raise PullRequestFailed(error.problem, error.fix) from None
        except (AttributeError, KeyError, TypeError, ValueError):
            told = unreadable()
            raise PullRequestFailed(told.problem, told.fix) from None


def _proposal(found: Any) -> Proposal:
    return Proposal(_text(found, "html_url"), int(found["number"]))


def _text(record: Any, name: str) -> str:
    value = record[name]
    if not isinstance(value, str) or not value:
        raise ValueError(name)
    return value
